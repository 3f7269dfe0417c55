//! I/O. Modbus TCP: one connection with the points to read over it. Only reads (functions 1 to 4) are ever sent.

pub mod address;
mod frame;
mod guard;
mod health;
mod link;
mod notes;
pub mod plan;
mod poll;
mod schedule;

use super::Outbox;
use crate::clock::Clock;
use crate::model::ids::{PointId, SourceId};
use serde::Deserialize;

/// `[source.modbus.NAME]`: one connection.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Connection {
    /// `tcp://host:port`.
    pub url: String,
    /// Longest wait for an answer, in milliseconds.
    #[serde(default = "default_timeout_ms")]
    pub timeout_ms: u64,
    /// Pause between two requests, in milliseconds.
    #[serde(default)]
    pub pause_ms: u64,
    /// Pause between connecting and the first request, in milliseconds; some gateways need it.
    #[serde(default)]
    pub after_connect_ms: u64,
    /// Most registers in one request (the protocol allows 125); of bits, sixteen times as many, at most 2,000.
    #[serde(default = "default_max_registers")]
    pub max_registers: u16,
    /// Most registers read for nothing to merge two points into one request; of bits, sixteen times as many.
    #[serde(default = "default_max_gap")]
    pub max_gap: u16,
    /// Addresses that are never read for nothing, such as `holding:110-119`, or `3/holding:110-119` of unit 3.
    #[serde(default)]
    pub holes: Vec<address::Hole>,
}

fn default_timeout_ms() -> u64 {
    1_000
}

fn default_max_registers() -> u16 {
    100
}

fn default_max_gap() -> u16 {
    10
}

/// A connection with the points to read over it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// How to reach it.
    pub connection: Connection,
    /// What to read.
    pub points: Vec<Point>,
}

/// One point in a device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Point {
    /// Which point the readings are of.
    pub point: PointId,
    /// Machine and name, for messages: `press-01.shots`.
    pub name: String,
    /// Unit id on this connection.
    pub unit: u8,
    /// Which table of the device.
    pub area: Area,
    /// 0-based address.
    pub address: u16,
    /// Registers it takes (1, 2 or 4); 1 for bits.
    pub words: u16,
    /// How often it is read, in milliseconds.
    pub poll_ms: u64,
}

/// The four tables of a Modbus device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Area {
    /// Bits that can be written by others (function 1).
    Coil,
    /// Input bits (function 2).
    Discrete,
    /// Registers that can be written by others (function 3).
    Holding,
    /// Input registers (function 4).
    Input,
}

impl Area {
    /// The word in configuration and messages.
    pub fn name(self) -> &'static str {
        match self {
            Area::Coil => "coil",
            Area::Discrete => "discrete",
            Area::Holding => "holding",
            Area::Input => "input",
        }
    }

    /// True where an address is a bit and not a register.
    pub fn is_bits(self) -> bool {
        matches!(self, Area::Coil | Area::Discrete)
    }
}

/// Reads every point of `config` at its pace until the device cannot be reached or the agent stops, and gives the reason
/// as a sentence. A request that fails, a unit that is dead or an answer that cannot be trusted end nothing: they cost
/// the points concerned their quality. To be called again after a pause.
pub async fn run(id: SourceId, name: &str, config: &Config, outbox: &Outbox, clock: &Clock) -> String {
    poll::run(id, name, config, outbox, clock).await
}
