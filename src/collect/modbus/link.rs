//! I/O. One TCP connection to a device or gateway: connects, asks once, and never uses a doubtful stream again.

use super::Area;
use super::address::Endpoint;
use super::guard::{Fault, Guard};
use super::plan::Request;
use socket2::{SockRef, TcpKeepalive};
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};
use tokio_modbus::client::{Client, Context};
use tokio_modbus::slave::{Slave, SlaveContext};
use tokio_modbus::{Response, client};

/// Longest time to connect: the operating system repeats a lost first packet after one second, and once more after three.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// A connection without traffic is probed after this long; a line that is polled slowly is known dead before its next poll.
const KEEPALIVE_AFTER: Duration = Duration::from_secs(10);
/// Time between two such probes.
const KEEPALIVE_EVERY: Duration = Duration::from_secs(5);
/// Probes without an answer before the connection is dead.
const KEEPALIVE_PROBES: u32 = 3;
/// Bytes sent and not acknowledged for this long end the connection.
const UNACKNOWLEDGED: Duration = Duration::from_secs(20);

/// The connection.
#[allow(missing_debug_implementations)]
pub struct Link {
    endpoint: Endpoint,
    after_connect: Duration,
    /// `None` while not connected, and while a request is on its way: whoever drops the waiting drops the stream.
    context: Option<Context>,
    /// Bytes that have come of the last answer.
    came: Arc<AtomicUsize>,
    /// Set when the device was caught sending what nobody asked for.
    spoke_unasked: bool,
}

/// The values of an answer, as many as were asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// Registers.
    Words(Vec<u16>),
    /// Coils or discrete inputs.
    Bits(Vec<bool>),
}

/// Why there is no answer. After all but `Refused` the stream was dropped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// The connection cannot be made, and why.
    Unreachable(String),
    /// The device or gateway answered with this exception code; the connection is fine.
    Refused(u8),
    /// No answer, a broken connection or one that cannot be believed, in an operator's words.
    NoAnswer(String),
}

impl Link {
    /// Not connected yet.
    pub fn new(endpoint: Endpoint, after_connect_ms: u64) -> Link {
        Link {
            endpoint,
            after_connect: Duration::from_millis(after_connect_ms),
            context: None,
            came: Arc::default(),
            spoke_unasked: false,
        }
    }

    /// True once after the device was caught sending what nobody asked for.
    pub fn take_spoke_unasked(&mut self) -> bool {
        std::mem::take(&mut self.spoke_unasked)
    }

    /// Asks once and waits at most `patience` for the answer; connects first where needed. A stream that turns out to
    /// have been closed since the last request is replaced, and the request sent on the new one.
    ///
    /// # Errors
    /// See [`Failure`].
    pub async fn read(&mut self, request: &Request, patience: Duration) -> Result<Answer, Failure> {
        let mut is_fresh = self.context.is_none();
        loop {
            let mut context = match self.context.take() {
                Some(context) => context,
                None => self.connect().await?,
            };
            context.set_slave(Slave(request.unit));
            let outcome = timeout(patience, context.call(question(request))).await;
            let error = match outcome {
                Ok(Ok(Ok(response))) => {
                    let answer = answer(response, usize::from(request.count));
                    if answer.is_some() {
                        self.context = Some(context);
                    }
                    return answer.ok_or_else(|| no_answer("the answer has a wrong length"));
                }
                Ok(Ok(Err(exception))) => {
                    self.context = Some(context);
                    return Err(Failure::Refused(exception.into()));
                }
                Ok(Err(error)) => error,
                Err(_) => return Err(no_answer(&late(self.came.load(Ordering::Relaxed), patience))),
            };
            let fault = fault_of(&error);
            self.spoke_unasked |= fault == Some(Fault::Unasked);
            let was_unsent = matches!(fault, Some(Fault::Idle | Fault::Unasked));
            if is_fresh || !was_unsent {
                return Err(no_answer(&words(fault)));
            }
            is_fresh = true;
        }
    }

    async fn connect(&mut self) -> Result<Context, Failure> {
        let target = (self.endpoint.host.as_str(), self.endpoint.port);
        let stream = match timeout(CONNECT_TIMEOUT, TcpStream::connect(target)).await {
            Ok(Ok(stream)) => stream,
            Ok(Err(error)) => return Err(Failure::Unreachable(self.unreachable(&error))),
            Err(_) => {
                return Err(Failure::Unreachable(format!(
                    "{} does not answer within {} s: is it on, and the network cable in?",
                    self.endpoint,
                    CONNECT_TIMEOUT.as_secs()
                )));
            }
        };
        if let Err(error) = set_options(&stream) {
            return Err(Failure::Unreachable(self.unreachable(&error)));
        }
        if !self.after_connect.is_zero() {
            sleep(self.after_connect).await;
        }
        let guard = Guard::new(stream);
        self.came = guard.came();
        Ok(client::tcp::attach_slave(guard, Slave(0)))
    }

    fn unreachable(&self, error: &io::Error) -> String {
        use io::ErrorKind as Kind;
        let endpoint = &self.endpoint;
        let is = |kinds: &[Kind]| kinds.contains(&error.kind());
        if is(&[Kind::ConnectionRefused]) {
            format!("{endpoint} refuses the connection: is the port right, and Modbus TCP switched on in the device?")
        } else if is(&[Kind::HostUnreachable, Kind::NetworkUnreachable, Kind::TimedOut]) {
            format!("{endpoint} is not there: is it on, the network cable in, and the address right?")
        } else if is(&[Kind::ConnectionReset, Kind::ConnectionAborted]) {
            format!("{endpoint} drops new connections: has another program taken all it allows?")
        } else {
            format!("{endpoint} cannot be reached ({error}): check url, network and name service")
        }
    }
}

fn set_options(stream: &TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let socket = SockRef::from(stream);
    let keepalive = TcpKeepalive::new()
        .with_time(KEEPALIVE_AFTER)
        .with_interval(KEEPALIVE_EVERY)
        .with_retries(KEEPALIVE_PROBES);
    socket.set_tcp_keepalive(&keepalive)?;
    socket.set_tcp_user_timeout(Some(UNACKNOWLEDGED))
}

fn question(request: &Request) -> tokio_modbus::Request<'static> {
    let (start, count) = (request.start, request.count);
    match request.area {
        Area::Coil => tokio_modbus::Request::ReadCoils(start, count),
        Area::Discrete => tokio_modbus::Request::ReadDiscreteInputs(start, count),
        Area::Holding => tokio_modbus::Request::ReadHoldingRegisters(start, count),
        Area::Input => tokio_modbus::Request::ReadInputRegisters(start, count),
    }
}

/// The values, when there are as many as asked for. (The library fills bits up to whole bytes.)
#[allow(clippy::wildcard_enum_match_arm, reason = "answers to functions that are never sent")]
fn answer(response: Response, count: usize) -> Option<Answer> {
    match response {
        Response::ReadCoils(mut bits) | Response::ReadDiscreteInputs(mut bits) => {
            let enough = bits.len() >= count;
            bits.truncate(count);
            enough.then_some(Answer::Bits(bits))
        }
        Response::ReadHoldingRegisters(words) | Response::ReadInputRegisters(words) => {
            (words.len() == count).then_some(Answer::Words(words))
        }
        _ => None,
    }
}

/// What the guard found. The library passes its errors on unchanged; other transport errors come from the system and
/// carry no text worth showing.
fn fault_of(error: &tokio_modbus::Error) -> Option<Fault> {
    match error {
        tokio_modbus::Error::Transport(error) => error.get_ref()?.downcast_ref().copied(),
        tokio_modbus::Error::Protocol(_) => None,
    }
}

fn no_answer(why: &str) -> Failure {
    Failure::NoAnswer(why.to_owned())
}

fn words(fault: Option<Fault>) -> String {
    match fault {
        Some(Fault::Idle) => "the device closes new connections: has another program taken all it allows?".to_owned(),
        Some(fault) => {
            let fault = fault.to_string();
            let stop = if fault.ends_with('?') { "" } else { "." };
            format!("{fault}{stop} The connection is made anew")
        }
        None => "the connection broke: look at the cable, the switch and the device. It is made anew".to_owned(),
    }
}

fn late(came: usize, patience: Duration) -> String {
    let patience_ms = patience.as_millis();
    match came {
        0 => format!("no answer within {patience_ms} ms: is the device on, and the unit right?"),
        some => format!(
            "only {some} bytes of the answer came within {patience_ms} ms: look at the device or gateway, or raise timeout_ms"
        ),
    }
}
