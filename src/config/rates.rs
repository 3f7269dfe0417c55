//! Pure. How fast a machine is at best, and how fast a counter is believed to go.

use super::checker::Checker;
use super::decimal::Decimal;
use super::finding::KeyPath;
use super::merged::Merged;
use super::roles::Use;
use crate::model::fact::Role;
use crate::model::settings::{MAX_RATE_MILLI, RATE_MARGIN, rate_milli};
use std::sync::Arc;

/// An ideal cycle of a product or a standard.
#[derive(Debug, Clone)]
pub struct Pace {
    /// Name of the one machine it is for, or an empty one.
    pub machine: String,
    /// The group of machines it is for, or an empty one.
    pub group: Arc<str>,
    /// Length of a cycle.
    pub ideal_ns: i64,
    /// Pieces per cycle, where they are not the machine's.
    pub cavities: Option<u32>,
}

impl Pace {
    /// True when the machine may work at it.
    pub fn is_for(&self, machine: &str, group: &str) -> bool {
        (self.machine.is_empty() || self.machine == machine) && (self.group.is_empty() || *self.group == *group)
    }
}

/// How fast the machine is at best and at all.
pub struct Rates {
    /// Ideal cycle, where the machine has one of its own.
    pub ideal_ns: Option<i64>,
    /// Pieces per cycle.
    pub cavities: u32,
    /// Greatest believable rate of each counter, in thousandths of a count a minute.
    pub max_milli_per_min: i64,
    /// True when that is worked out from the paces, and not written.
    pub follows: bool,
}

impl Rates {
    /// Reads them; `paces` are the other ideal cycles the machine may work at.
    pub fn read(checker: &mut Checker, merged: &Merged<'_>, counts: &[Use], paces: &[&Pace]) -> Rates {
        let path = &merged.mine.path;
        let ideal = merged.key("ideal_cycle_s", |shared| shared.ideal_cycle_s.clone());
        let ideal_ns = ideal
            .as_ref()
            .and_then(|(_, seconds)| seconds.scaled(9))
            .filter(|ns| *ns > 0);
        if ideal.is_none() && paces.is_empty() && !counts.is_empty() {
            let what = "`ideal_cycle_s` is missing, and no product has one: performance and OEE would never be known";
            checker.absent(path, what, super::hints::of(&path.join("ideal_cycle_s")));
        }
        let cavities = merged
            .key("cavities", |shared| shared.cavities)
            .map_or(1, |(_, pieces)| pieces.max(1));
        // Pieces come `cavities` at a time; shots alone do not.
        let is_pieces = counts.iter().any(|one| one.role != Some(Role::Shots));
        let rate = |ns: i64, pieces: u32| rate_milli(ns, if is_pieces { pieces } else { 1 });
        let own = ideal_ns.map(|ns| rate(ns, cavities));
        let others = paces
            .iter()
            .map(|pace| rate(pace.ideal_ns, pace.cavities.unwrap_or(cavities)));
        let fastest = own.into_iter().chain(others).max();
        let written = merged.key("max_rate_per_min", |shared| shared.max_rate_per_min.clone());
        let follows = written.is_none();
        let max_milli_per_min = match written {
            // Which products it makes is not known here: its own cycle is what it is held against.
            Some((at, rate)) => max_rate(checker, &at, &rate, own.or(fastest)),
            // A product with a shorter cycle than the machine's own makes no increase unbelievable.
            None => fastest.map_or(MAX_RATE_MILLI, |rate| whole(rate * RATE_MARGIN)),
        };
        Rates {
            ideal_ns,
            cavities,
            max_milli_per_min,
            follows,
        }
    }
}

fn max_rate(checker: &mut Checker, at: &KeyPath, rate: &Decimal, ideal_rate: Option<i128>) -> i64 {
    let Some(milli) = rate.scaled(3).filter(|milli| (1..=MAX_RATE_MILLI).contains(milli)) else {
        let most = MAX_RATE_MILLI / 1_000;
        checker.error(
            at,
            format!("{rate} counts a minute is not possible"),
            format!("write more than 0, at most {most}"),
        );
        return MAX_RATE_MILLI;
    };
    if let Some(ideal) = ideal_rate.filter(|ideal| i128::from(milli) < *ideal) {
        let per_min = ideal as f64 / 1_000.0;
        let what = format!("{rate} is below the ideal rate of {per_min} counts a minute: every count would be held");
        checker.error(
            at,
            what,
            "write a rate the machine cannot pass, or leave it out (4 x the ideal rate)",
        );
    }
    milli
}

fn whole(rate: i128) -> i64 {
    i64::try_from(rate).unwrap_or(MAX_RATE_MILLI).clamp(1, MAX_RATE_MILLI)
}
