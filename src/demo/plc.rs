//! I/O. A PLC: answers reads over Modbus TCP from what its machines show at that moment, or nobody while it is silent.

use super::device::{Device, Registers};
use super::life::Doing;
use super::pace::Pace;
use super::plant::{MACHINES, Wire};
use super::silence::Silences;
use std::collections::BTreeMap;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::net::TcpListener;
use tokio_modbus::server::Service;
use tokio_modbus::server::tcp::{Server, accept_tcp_connection};
use tokio_modbus::{ExceptionCode, Request, Response, SlaveRequest};

/// One PLC with all its machines.
#[derive(Debug)]
pub struct Plc {
    pace: Pace,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    devices: Vec<(u8, Device)>,
    silences: Silences,
}

/// What becomes of a request.
enum Fate {
    Answered(Result<Response, ExceptionCode>),
    /// Nobody answers before this simulated instant.
    Silent(i64),
}

impl Plc {
    /// The PLC number `plc` of the plant that began at `begin`.
    pub fn new(seed: u64, plc: usize, begin: i64, pace: Pace) -> Plc {
        let behind = MACHINES
            .iter()
            .enumerate()
            .filter_map(|(index, machine)| match machine.wire {
                Wire::Modbus { plc: own, unit, .. } if own == plc => Some((unit, Device::new(seed, index, begin))),
                Wire::Modbus { .. } | Wire::Mqtt { .. } => None,
            });
        let state = State {
            devices: behind.collect(),
            silences: Silences::new(seed, plc, begin),
        };
        Plc {
            pace,
            state: Mutex::new(state),
        }
    }

    /// Answers whoever connects, until the caller drops it.
    ///
    /// # Errors
    /// When the listener breaks.
    pub async fn serve(self, listener: TcpListener) -> io::Result<()> {
        let plc = Arc::new(self);
        let on_connected = |stream, address| {
            let plc = Arc::clone(&plc);
            async move { accept_tcp_connection(stream, address, |_| Ok(Some(Arc::clone(&plc)))) }
        };
        let on_error = |error| tracing::debug!(%error, "a connection to a simulated PLC ended");
        Server::new(listener).serve(&on_connected, on_error).await
    }

    fn fate(&self, request: &SlaveRequest<'_>) -> Fate {
        let now = self.pace.now();
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        match state.silences.until(now) {
            Some(until) => Fate::Silent(until),
            None => Fate::Answered(state.answer(request, now)),
        }
    }
}

impl State {
    fn answer(&mut self, request: &SlaveRequest<'_>, now: i64) -> Result<Response, ExceptionCode> {
        let mut all = Registers::default();
        let mut is_there = false;
        for (unit, device) in &mut self.devices {
            device.live(now);
            if *unit == request.slave && device.doing != Doing::Off {
                is_there = true;
                let own = device.registers(now);
                all.holding.extend(own.holding);
                all.input.extend(own.input);
            }
        }
        if !is_there {
            return Err(ExceptionCode::GatewayTargetDevice);
        }
        if let Request::ReadHoldingRegisters(start, count) = request.request {
            return words(&all.holding, start, count).map(Response::ReadHoldingRegisters);
        }
        if let Request::ReadInputRegisters(start, count) = request.request {
            return words(&all.input, start, count).map(Response::ReadInputRegisters);
        }
        Err(ExceptionCode::IllegalFunction)
    }
}

/// Registers in a row; addresses between two values of a machine read as 0, others are refused.
fn words(registers: &BTreeMap<u16, u16>, start: u16, count: u16) -> Result<Vec<u16>, ExceptionCode> {
    let end = start.checked_add(count).ok_or(ExceptionCode::IllegalDataAddress)?;
    let is_near = |address: u16| {
        registers
            .range(address.saturating_sub(HOLE)..)
            .next()
            .is_some_and(|(first, _)| *first <= address)
    };
    let word = |address| match registers.get(&address) {
        Some(word) => Ok(*word),
        None if is_near(address) => Ok(0),
        None => Err(ExceptionCode::IllegalDataAddress),
    };
    (start..end).map(word).collect()
}

/// Addresses behind a value that can be read too, and hold nothing.
const HOLE: u16 = 4;

impl Service for Plc {
    type Request = SlaveRequest<'static>;
    type Response = Response;
    type Exception = ExceptionCode;
    type Future = Pin<Box<dyn Future<Output = Result<Response, ExceptionCode>> + Send>>;

    fn call(&self, request: Self::Request) -> Self::Future {
        match self.fate(&request) {
            Fate::Answered(answer) => Box::pin(std::future::ready(answer)),
            Fate::Silent(until) => {
                let deadline = self.pace.deadline(until);
                Box::pin(async move {
                    // By then the asker has given up, and its connection with it.
                    tokio::time::sleep_until(deadline).await;
                    Err(ExceptionCode::ServerDeviceFailure)
                })
            }
        }
    }
}
