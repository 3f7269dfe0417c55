//! Pure. What the machines really did: time by what they were doing, shots and pieces, for each shift and product.

use super::calendar::{self, Shift};
use super::device::Device;
use super::life::{Doing, What};
use super::plant::MACHINES;
use serde::Serialize;
use std::collections::BTreeMap;

/// A machine's truth.
#[derive(Debug, Serialize, PartialEq, Eq)]
pub struct Truth {
    /// What it is doing at the end of the time asked for.
    pub doing: &'static str,
    /// Since when, in epoch milliseconds; the start of the time asked for, where that is later.
    pub since: i64,
    /// One for each shift and product, in the order of time.
    pub sums: Vec<Sums>,
}

/// Sums of one shift and product.
#[derive(Debug, Clone, Serialize, PartialEq, Eq)]
pub struct Sums {
    /// Id of the shift.
    pub shift: &'static str,
    /// Its first instant, in epoch milliseconds.
    pub start: i64,
    /// The first instant after it.
    pub end: i64,
    /// Id of the product; none where the machine has an ideal cycle of its own.
    pub product: Option<&'static str>,
    /// Milliseconds by what the machine was doing.
    pub ms: BTreeMap<&'static str, i64>,
    /// How often it began to do something else.
    pub changes: i64,
    /// Cycles.
    pub shots: i64,
    /// Good pieces.
    pub good: i64,
    /// Bad pieces.
    pub reject: i64,
}

/// What each machine did in `[from, until)`, by id, in a plant that began at `begin`; all in epoch milliseconds.
pub fn tell(seed: u64, begin: i64, from: i64, until: i64) -> BTreeMap<&'static str, Truth> {
    let from = from.max(begin);
    let ids = MACHINES.iter().map(|machine| machine.id);
    let truths = (0..MACHINES.len()).map(|index| of(Device::new(seed, index, begin), from, until));
    ids.zip(truths).collect()
}

fn of(mut device: Device, from: i64, until: i64) -> Truth {
    while device.step(from).is_some() {}
    let mut truth = Truth {
        doing: name(device.doing),
        since: from,
        sums: Vec::new(),
    };
    let mut told = from;
    while told < until {
        let before = (device.doing, device.product());
        let event = device.step(until);
        let at = event.map_or(until, |event| event.at);
        while told < at {
            let shift = calendar::shift(told);
            let end = at.min(shift.end);
            *truth.sums(shift, before.1.id).ms.entry(name(before.0)).or_default() += end - told;
            told = end;
        }
        let Some(event) = event else { break };
        match event.what {
            What::Turns(doing) => {
                (truth.doing, truth.since) = (name(doing), at);
                truth.sums(calendar::shift(at), device.product().id).changes += 1;
            }
            What::Shot { rejects, .. } => {
                let sums = truth.sums(calendar::shift(at), device.product().id);
                sums.shots += 1;
                sums.good += device.product().cavities - rejects;
                sums.reject += rejects;
            }
            What::Makes(_) | What::Reason { .. } => {}
        }
    }
    truth
}

impl Truth {
    /// The sums of a shift and product, which begin when they are asked for.
    fn sums(&mut self, shift: Shift, product: Option<&'static str>) -> &mut Sums {
        let is_same = |sums: &Sums| sums.start == shift.start && sums.product == product;
        let index = self.sums.iter().rposition(is_same).unwrap_or_else(|| {
            self.sums.push(Sums {
                shift: shift.id,
                start: shift.start,
                end: shift.end,
                product,
                ms: BTreeMap::new(),
                changes: 0,
                shots: 0,
                good: 0,
                reject: 0,
            });
            self.sums.len() - 1
        });
        &mut self.sums[index]
    }
}

fn name(doing: Doing) -> &'static str {
    match doing {
        Doing::Running => "running",
        Doing::Stopped => "stopped",
        Doing::Setup => "setup",
        Doing::Fault => "fault",
        Doing::Material => "material",
        Doing::Off => "off",
    }
}

#[cfg(test)]
#[path = "truth/tests.rs"]
mod tests;
