//! Pure. What a machine's controller shows of its life: the state code, counters that roll over or begin again, registers.

use super::life::{Doing, Event, Life, What};
use super::plant::{MACHINES, Machine, Map, Product, Wire, Words};
use super::random::Random;
use std::collections::BTreeMap;

/// The modulus of a 16-bit counter.
const U16: i64 = 1 << 16;
/// The barrel is this warm in tenths of a degree, and swings by [`SWING`] in [`SWING_MS`].
const WARM: i64 = 2_150;
const SWING: i64 = 25;
const SWING_MS: i64 = 600_000;

/// A machine's controller as of an instant.
#[derive(Debug, Clone)]
pub struct Device {
    life: Life,
    /// Which machine.
    pub machine: &'static Machine,
    /// What the machine is doing.
    pub doing: Doing,
    product: usize,
    counted: i64,
    rejects: i64,
    cycle_ms: i64,
}

/// A value a device shows, under the name of its point in the configuration.
#[derive(Debug, Clone, PartialEq)]
pub enum Shown {
    /// A whole number.
    Int(i64),
    /// A measured one.
    Float(f64),
    /// A bit.
    Bit(bool),
    /// A word.
    Word(&'static str),
}

impl Device {
    /// The controller of `MACHINES[index]` at `begin`. Its counters were there before.
    pub fn new(seed: u64, index: usize, begin: i64) -> Device {
        let machine = &MACHINES[index.min(MACHINES.len() - 1)];
        let stream = 100 + u64::try_from(index).unwrap_or(0);
        let mut random = Random::new(seed, stream);
        let counted = match machine.wire {
            // It rolls over within the day: about 32,000 strokes.
            Wire::Modbus { map: Map::Stamp, .. } => U16 - random.between(3_000, 25_000),
            Wire::Modbus { map: Map::OldPress, .. } => random.between(100, 3_000),
            Wire::Modbus { .. } => random.between(4_000, 30_000),
            Wire::Mqtt { .. } => random.between(100_000, 900_000),
        };
        Device {
            life: Life::new(seed, index, begin),
            machine,
            doing: Doing::Stopped,
            product: 0,
            counted,
            rejects: random.between(50, 900),
            cycle_ms: machine.products[0].ideal_ms,
        }
    }

    /// What it makes.
    pub fn product(&self) -> &'static Product {
        &self.machine.products[self.product]
    }

    /// When something happens to it next.
    pub fn next_at(&mut self) -> i64 {
        self.life.peek().at
    }

    /// Lives through the next event that lies before `until`, and gives it.
    pub fn step(&mut self, until: i64) -> Option<Event> {
        let event = self.life.before(until)?;
        match event.what {
            What::Turns(doing) => {
                if self.doing == Doing::Off {
                    // The power is back, and nothing was kept.
                    (self.counted, self.rejects) = (0, 0);
                }
                self.doing = doing;
            }
            What::Makes(product) => self.product = product,
            What::Shot { rejects, cycle_ms } => {
                self.counted += match self.machine.wire {
                    Wire::Modbus { .. } => 1,
                    // It counts good pieces, and bad ones apart.
                    Wire::Mqtt { .. } => self.product().cavities - rejects,
                };
                self.rejects += rejects;
                self.cycle_ms = cycle_ms;
            }
            What::Reason { .. } => {}
        }
        Some(event)
    }

    /// Lives up to and including `at`.
    pub fn live(&mut self, at: i64) {
        while self.step(at.saturating_add(1)).is_some() {}
    }

    /// The points it shows at `at`, by name; none while it has no power.
    pub fn points(&self, at: i64) -> Vec<(&'static str, Shown)> {
        let status = Shown::Int(i64::from(code(self.doing)));
        let int = |number: i64| Shown::Int(number);
        if self.doing == Doing::Off {
            return Vec::new();
        }
        match self.machine.wire {
            Wire::Modbus { map: Map::Press, .. } => vec![
                ("status", status),
                ("shots", int(self.counted)),
                ("rejects", int(self.rejects % U16)),
                ("cycle_s", Shown::Float(f64::from(self.cycle_s()))),
                ("barrel_c", Shown::Float(f64::from(self.barrel(at)) / 10.0)),
            ],
            Wire::Modbus { map, .. } => {
                let name = match map {
                    Map::Press | Map::OldPress => "shots",
                    Map::Cnc => "parts",
                    Map::Stamp => "strokes",
                };
                vec![
                    ("status", status),
                    (name, int(self.counted % U16)),
                    ("rejects", int(self.rejects % U16)),
                ]
            }
            Wire::Mqtt { words, .. } => {
                let (name, state) = match words {
                    Words::Status => ("status", Shown::Word(word(self.doing))),
                    Words::Run => ("run", Shown::Bit(self.doing == Doing::Running)),
                };
                vec![(name, state), ("good", int(self.counted)), ("scrap", int(self.rejects))]
            }
        }
    }

    /// Its holding and its input registers at `at`, by address.
    pub fn registers(&self, at: i64) -> Registers {
        let Wire::Modbus { offset, map, .. } = self.machine.wire else {
            return Registers::default();
        };
        let mut registers = Registers::default();
        let low = |number: i64| (number & 0xFFFF) as u16;
        let (counted, rejects) = (low(self.counted), low(self.rejects));
        let mut put = |address: u16, words: &[u16]| {
            for (word, address) in words.iter().zip(offset + address..) {
                registers.holding.insert(address, *word);
            }
        };
        match map {
            Map::Press => {
                let cycle = self.cycle_s().to_bits();
                let swapped = |value: u32| [(value & 0xFFFF) as u16, (value >> 16) as u16];
                put(0, &[code(self.doing)]);
                put(2, &swapped((self.counted & 0xFFFF_FFFF) as u32));
                put(4, &[rejects]);
                put(6, &swapped(cycle));
                registers.input.insert(offset + 10, self.barrel(at).cast_unsigned());
            }
            Map::OldPress => {
                put(0, &[code(self.doing)]);
                put(10, &[counted, rejects]);
            }
            Map::Cnc => {
                let words = [code(self.doing), counted, rejects];
                registers.input = (offset..).zip(words).collect();
            }
            Map::Stamp => put(0, &[code(self.doing), counted, rejects]),
        }
        registers
    }

    fn cycle_s(&self) -> f32 {
        self.cycle_ms as f32 / 1_000.0
    }

    /// Tenths of a degree.
    fn barrel(&self, at: i64) -> i16 {
        let phase = at.rem_euclid(SWING_MS) * 4 * SWING / SWING_MS;
        let swing = if phase < 2 * SWING { phase } else { 4 * SWING - phase };
        (WARM - SWING + swing) as i16
    }
}

/// Registers by address; what is not there, the PLC refuses to read.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Registers {
    /// Function 3.
    pub holding: BTreeMap<u16, u16>,
    /// Function 4.
    pub input: BTreeMap<u16, u16>,
}

/// The state in a register.
pub fn code(doing: Doing) -> u16 {
    match doing {
        Doing::Stopped | Doing::Off => 0,
        Doing::Running => 1,
        Doing::Setup => 2,
        Doing::Fault => 3,
        Doing::Material => 4,
    }
}

/// The state in a message.
pub fn word(doing: Doing) -> &'static str {
    match doing {
        Doing::Stopped | Doing::Off => "stop",
        Doing::Running => "run",
        Doing::Setup => "setup",
        Doing::Fault => "fault",
        Doing::Material => "material",
    }
}

#[cfg(test)]
#[path = "device/tests.rs"]
mod tests;
