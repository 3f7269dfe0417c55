//! Pure. What a source hands on: raw register words, bits or message values, each with its instant, or why there is none.

use super::ids::{PointId, SourceId};
use super::time::Timestamp;
use std::sync::Arc;

/// One point read once, not yet decoded.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// Which point.
    pub point: PointId,
    /// The instant the value was true: the reply's arrival, or the message's own time when the point uses it.
    pub at: Timestamp,
    /// When it reached the agent.
    pub received_at: Timestamp,
    /// What was read, or why nothing was.
    pub raw: Result<Raw, Quality>,
}

/// The bytes of a point as they came, before type, order and scale are applied.
#[derive(Debug, Clone, PartialEq)]
pub enum Raw {
    /// 16-bit registers in the order of their addresses; unused places are 0.
    Words([u16; 4]),
    /// A coil, a discrete input.
    Bit(bool),
    /// A value that needs no decoding (MQTT).
    Value(Value),
}

/// A decoded, uninterpreted value.
#[derive(Debug, Clone, PartialEq, PartialOrd)]
pub enum Value {
    /// A bit.
    Bool(bool),
    /// A whole number; wide enough for unsigned 64-bit counters.
    Int(i128),
    /// A measured number; always finite.
    Float(f64),
    /// A word, such as a state name in a message.
    Text(Arc<str>),
}

/// How far a value can be trusted. The order is from best to worst.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Quality {
    /// Read, decoded and within its range.
    Good,
    /// Good, but the agent's clock was not trusted when it was read.
    UncertainClock,
    /// Decoded, but outside the range the point declares, or not a finite number.
    OutOfRange,
    /// Not confirmed for longer than the source's limit.
    Stale,
    /// The source or the connection failed.
    BadComm,
    /// The device refused the address or the payload has no such field: the mapping is wrong.
    BadConfig,
}

impl Quality {
    /// Every quality, from best to worst.
    pub const ALL: [Quality; 6] = [
        Quality::Good,
        Quality::UncertainClock,
        Quality::OutOfRange,
        Quality::Stale,
        Quality::BadComm,
        Quality::BadConfig,
    ];

    /// The word written in the journal and the API.
    pub fn name(self) -> &'static str {
        match self {
            Quality::Good => "good",
            Quality::UncertainClock => "uncertain_clock",
            Quality::OutOfRange => "out_of_range",
            Quality::Stale => "stale",
            Quality::BadComm => "bad_comm",
            Quality::BadConfig => "bad_config",
        }
    }

    /// The quality of that name.
    pub fn parse(name: &str) -> Option<Quality> {
        Quality::ALL.into_iter().find(|quality| quality.name() == name)
    }

    /// True when the value may be counted.
    pub fn is_usable(self) -> bool {
        matches!(self, Quality::Good | Quality::UncertainClock)
    }
}

/// A message that waits for its facts to be on disk before it is acknowledged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct AckId {
    /// The source it came from.
    pub source: SourceId,
    /// The source's own number for it.
    pub number: u64,
}
