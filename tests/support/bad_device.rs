//! Modbus TCP devices that work well until they are told to fail, each in its own way, and go on working when told to stop.
#![allow(dead_code, reason = "each test file uses the part it needs")]

use super::responder::{Ask, Responder, Step, ms};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::Duration;

/// The longest the agent waits for an answer, as the tests configure it.
pub const TIMEOUT_MS: u64 = 400;
/// Unit of every machine that fails; others of the same device work on.
pub const UNIT: u8 = 1;
/// Longer than any test.
const FOR_EVER: Duration = Duration::from_secs(3_600);

/// How a device fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// Connections stay open, nothing is answered: half-open.
    Silent,
    /// Another unit's answer.
    WrongUnit,
    /// The frame ends in the middle, the connection goes on.
    Short,
    /// The frame ends in the middle, and so does the connection.
    Cut,
    /// Bytes that are no Modbus.
    Garbage,
    /// The right answer, when nobody waits for it any more.
    Late,
    /// Exception 4: device failure.
    Exception,
    /// Exception 2: no such address.
    NoAddress,
    /// The state is one nobody mapped, far outside what its point declares.
    OutOfRange,
}

/// A device; it is gone when this is dropped.
pub struct Device {
    /// Where it listens.
    pub address: SocketAddr,
    fails: Arc<AtomicBool>,
    counter: Arc<AtomicI64>,
    _responder: Responder,
}

impl Device {
    /// A device whose machines run and count, until it fails.
    pub async fn start(way: Way) -> Device {
        let fails = Arc::new(AtomicBool::new(false));
        let counter = Arc::new(AtomicI64::new(1_000));
        let (failing, counting) = (Arc::clone(&fails), Arc::clone(&counter));
        let responder = Responder::start(move |ask| {
            let right = well(ask, counting.load(Ordering::Acquire));
            if failing.load(Ordering::Acquire) && ask.unit == UNIT {
                badly(way, ask, right)
            } else {
                vec![Step::Send(right)]
            }
        });
        let responder = responder.await;
        Device {
            address: responder.address,
            fails,
            counter,
            _responder: responder,
        }
    }

    /// Fails from now on, or works well again.
    pub fn fail(&self, fails: bool) {
        self.fails.store(fails, Ordering::Release);
    }

    /// The counter of all its machines goes on by so many pieces.
    pub fn count(&self, pieces: i64) {
        self.counter.fetch_add(pieces, Ordering::AcqRel);
    }
}

/// Holding registers: 0 state (1 runs), 1 run bit, 2-3 counter (CDAB); everything else is 0.
fn well(ask: &Ask, counter: i64) -> Vec<u8> {
    let word = |address: u16| match address {
        0 | 1 => 1,
        2 => (counter & 0xFFFF) as u16,
        3 => (counter >> 16 & 0xFFFF) as u16,
        _ => 0,
    };
    framed(ask, word)
}

fn framed(ask: &Ask, word: impl Fn(u16) -> u16) -> Vec<u8> {
    let words = (ask.start..ask.start + ask.count).flat_map(|address| word(address).to_be_bytes());
    let mut pdu = vec![ask.function, u8::try_from(2 * ask.count).unwrap()];
    pdu.extend(words);
    ask.frame(&pdu)
}

fn badly(way: Way, ask: &Ask, mut right: Vec<u8>) -> Vec<Step> {
    let half = right[..right.len() / 2].to_vec();
    match way {
        Way::Silent => vec![Step::Wait(FOR_EVER)],
        Way::WrongUnit => {
            right[6] = UNIT + 1;
            vec![Step::Send(right)]
        }
        Way::Short => vec![Step::Send(half)],
        Way::Cut => vec![Step::Send(half), Step::Close],
        Way::Garbage => vec![Step::Send(b"HTTP/1.0 400 Bad Request\r\n\r\n".to_vec())],
        Way::Late => vec![ms(3 * TIMEOUT_MS), Step::Send(right)],
        Way::Exception => vec![Step::Send(ask.exception(4))],
        Way::NoAddress => vec![Step::Send(ask.exception(2))],
        Way::OutOfRange => vec![Step::Send(framed(ask, |_| 40_000))],
    }
}
