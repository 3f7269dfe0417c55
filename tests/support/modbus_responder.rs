//! A Modbus TCP device that misbehaves to order: a script says, request by request, which bytes it sends and when.

#![allow(dead_code, reason = "each test uses the part it needs")]

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

/// A request as it came over the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ask {
    /// Counts all requests from 0.
    pub number: usize,
    /// Counts the connections from 0.
    pub connection: usize,
    pub transaction: [u8; 2],
    pub unit: u8,
    pub function: u8,
    pub start: u16,
    pub count: u16,
}

/// One thing the device does.
#[derive(Debug, Clone)]
pub enum Step {
    Send(Vec<u8>),
    Wait(Duration),
    Close,
}

/// A wait of so many milliseconds.
pub fn ms(ms: u64) -> Step {
    Step::Wait(Duration::from_millis(ms))
}

/// What register `address` of `unit` holds: different in every block, so that a swapped answer is seen.
pub fn register(unit: u8, address: u16) -> u16 {
    address.wrapping_mul(7).wrapping_add(u16::from(unit) * 1_000)
}

/// What coil or input `address` of `unit` holds.
pub fn bit(unit: u8, address: u16) -> bool {
    (usize::from(unit) + usize::from(address)).is_multiple_of(3)
}

impl Ask {
    /// The right answer.
    pub fn answer(&self) -> Vec<u8> {
        let addresses = (0..self.count).map(|offset| self.start.wrapping_add(offset));
        let data: Vec<u8> = if self.function <= 2 {
            let bits: Vec<bool> = addresses.map(|address| bit(self.unit, address)).collect();
            let byte = |eight: &[bool]| eight.iter().rev().fold(0, |byte, bit| byte << 1 | u8::from(*bit));
            bits.chunks(8).map(byte).collect()
        } else {
            addresses
                .flat_map(|address| register(self.unit, address).to_be_bytes())
                .collect()
        };
        let mut pdu = vec![self.function, u8::try_from(data.len()).unwrap()];
        pdu.extend(data);
        self.frame(&pdu)
    }

    /// The refusal with exception `code`.
    pub fn exception(&self, code: u8) -> Vec<u8> {
        self.frame(&[self.function | 0x80, code])
    }

    /// The right header around any PDU.
    pub fn frame(&self, pdu: &[u8]) -> Vec<u8> {
        let length = u16::try_from(pdu.len() + 1).unwrap().to_be_bytes();
        [&self.transaction[..], &[0, 0], &length, &[self.unit], pdu].concat()
    }

    /// The right answer with one byte changed.
    pub fn with(&self, at: usize, change: impl Fn(u8) -> u8) -> Vec<u8> {
        let mut answer = self.answer();
        answer[at] = change(answer[at]);
        answer
    }

    /// True when it reads this address.
    pub fn reads(&self, address: u16) -> bool {
        (self.start..=self.start + (self.count - 1)).contains(&address)
    }
}

/// The right answer and nothing else.
pub fn well(ask: &Ask) -> Vec<Step> {
    vec![Step::Send(ask.answer())]
}

type Script = dyn Fn(&Ask) -> Vec<Step> + Send + Sync;

/// A listening device; it is gone when this is dropped.
pub struct Responder {
    pub address: SocketAddr,
    seen: Arc<Mutex<Vec<Ask>>>,
    task: JoinHandle<()>,
}

impl Responder {
    /// Starts on a free port of this machine.
    pub async fn start(script: impl Fn(&Ask) -> Vec<Step> + Send + Sync + 'static) -> Responder {
        Responder::start_at("127.0.0.1:0".parse().unwrap(), script).await
    }

    /// Starts at an address.
    pub async fn start_at(
        address: SocketAddr,
        script: impl Fn(&Ask) -> Vec<Step> + Send + Sync + 'static,
    ) -> Responder {
        let listener = TcpListener::bind(address).await.unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let task = tokio::spawn(accept(listener, Arc::new(script), Arc::clone(&seen)));
        Responder { address, seen, task }
    }

    /// Every request so far.
    pub fn seen(&self) -> Vec<Ask> {
        self.seen.lock().unwrap().clone()
    }

    /// Connections that brought a request so far.
    pub fn connections(&self) -> usize {
        self.seen().iter().map(|ask| ask.connection + 1).max().unwrap_or(0)
    }
}

impl Drop for Responder {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn accept(listener: TcpListener, script: Arc<Script>, seen: Arc<Mutex<Vec<Ask>>>) {
    let mut connections = JoinSet::new();
    for connection in 0.. {
        let (stream, _) = listener.accept().await.unwrap();
        connections.spawn(serve(stream, connection, Arc::clone(&script), Arc::clone(&seen)));
    }
}

async fn serve(mut stream: TcpStream, connection: usize, script: Arc<Script>, seen: Arc<Mutex<Vec<Ask>>>) {
    stream.set_nodelay(true).unwrap();
    let mut request = [0; 12];
    while stream.read_exact(&mut request).await.is_ok() {
        let ask = {
            let mut seen = seen.lock().unwrap();
            let ask = Ask {
                number: seen.len(),
                connection,
                transaction: [request[0], request[1]],
                unit: request[6],
                function: request[7],
                start: u16::from_be_bytes([request[8], request[9]]),
                count: u16::from_be_bytes([request[10], request[11]]),
            };
            seen.push(ask.clone());
            ask
        };
        for step in script(&ask) {
            match step {
                Step::Wait(time) => tokio::time::sleep(time).await,
                Step::Close => return,
                Step::Send(bytes) => {
                    if stream.write_all(&bytes).await.is_err() {
                        return;
                    }
                }
            }
        }
    }
}
