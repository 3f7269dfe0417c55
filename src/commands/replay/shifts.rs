//! Tallies merged per shift: kept for ever, and compared wherever the journal can give them again.

use super::Known;
use crate::model::entry::Says;
use crate::model::fact::{Body, Fact};
use crate::model::ids::MachineId;
use crate::model::tally::{ENGINE, Sums, TallyKey, TallyRow};
use crate::model::time::{DAY_MS, Period, Timestamp};
use crate::pipeline::replay::{self, Difference};
use crate::store::MINUTE_DAYS;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A shift the journal does not give is taken to be so long.
const SHIFT_MS: i64 = DAY_MS;

/// Why a tally of a shift whose minutes are gone cannot be compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Aside {
    /// Another engine worked out at least a minute of the shift.
    OtherEngine,
    /// Damage took facts of it.
    FactsLost,
    /// The ledger leaves out what is said of minutes that are gone, and the journal has it.
    Closed,
}

impl Aside {
    pub(super) fn sentence(self) -> &'static str {
        match self {
            Aside::OtherEngine => "another engine than this one worked them out, and their minutes are no longer kept",
            Aside::FactsLost => "facts behind them were lost by damage, and their minutes are no longer kept",
            Aside::Closed => "something was said of their time when their minutes were no longer kept",
        }
    }
}

/// Start and name of a shift.
type Shift = (Timestamp, Arc<str>);

/// Time of which a fact says something though its minutes were gone when it arrived: they are kept for so many days at least.
pub(super) fn late(fact: &Fact) -> Option<(Option<MachineId>, Period)> {
    let machine = match &fact.body {
        Body::Values(_) | Body::Import(_) => return None,
        // One that a person accepts is told again by that word.
        Body::Signal(_) | Body::Entry(_) if fact.is_too_late() => return None,
        // What was on one machine may decide about an order of another.
        Body::Entry(entry)
            if matches!(
                entry.says,
                Says::Order { .. } | Says::Product { .. } | Says::Undo { .. } | Says::Accept { .. }
            ) =>
        {
            None
        }
        Body::Setting(_) => None,
        Body::Signal(_) | Body::Started(_) | Body::Clock(_) | Body::Loss(_) | Body::Entry(_) => fact.machine,
    };
    let gone = fact.received_at.plus(-i64::from(MINUTE_DAYS).saturating_mul(DAY_MS));
    (fact.at < gone).then(|| (machine, Period::new(fact.at, gone)))
}

/// Time before the minutes that are kept, of which the journal and the tallies of shifts need not agree.
pub(super) struct Gone {
    /// The first minute that is kept.
    kept: Timestamp,
    lost: Vec<Period>,
    closed: Vec<Period>,
}

impl Gone {
    /// What is gone of a machine when minutes are kept from `kept` on.
    pub(super) fn before(kept: Timestamp, machine: MachineId, known: &Known) -> Gone {
        let losses = known.losses.iter();
        let late = known.late.iter();
        let of_it = late.filter(|(whose, _)| whose.is_none_or(|whose| whose == machine));
        Gone {
            kept,
            lost: losses.map(|(at, loss)| Period::new(*at, loss.until.plus(1))).collect(),
            closed: of_it.map(|(_, period)| *period).collect(),
        }
    }

    /// Why the tallies of a shift cannot be compared, some of which another engine worked out.
    fn why(&self, shift: Period, by_another: bool) -> Option<Aside> {
        let meets = |periods: &[Period]| periods.iter().any(|period| !period.intersect(shift).is_empty());
        match shift.start < self.kept {
            false => None,
            true if by_another => Some(Aside::OtherEngine),
            true if meets(&self.lost) => Some(Aside::FactsLost),
            true if meets(&self.closed) => Some(Aside::Closed),
            true => None,
        }
    }
}

/// The minutes of the journal merged per shift.
#[derive(Default)]
pub(super) struct Merged {
    sums: BTreeMap<TallyKey, Sums>,
    /// Where the minutes of each shift end.
    ends: BTreeMap<Shift, Timestamp>,
}

/// What the comparison of all shifts of a machine gives.
pub(super) struct Compared {
    /// How many rows of the journal were compared.
    pub(super) rows: usize,
    pub(super) difference: Option<Difference>,
    /// How many stored rows were not compared, and why.
    pub(super) set_aside: BTreeMap<Aside, usize>,
}

impl Merged {
    /// Adds a minute.
    pub(super) fn give(&mut self, row: &TallyRow) {
        self.sums.entry((*row.key).clone()).or_default().give(row);
        let end = self.ends.entry(shift(&row.key)).or_insert(row.period.end);
        *end = row.period.end.max(*end);
    }

    /// Compares with what is stored of the machine: rows with the engines that worked them out.
    pub(super) fn compare(mut self, stored: Vec<(TallyKey, Sums, Vec<u32>)>, gone: &Gone) -> Compared {
        let mut by_another: BTreeMap<Shift, bool> = BTreeMap::new();
        for (key, _, engines) in &stored {
            *by_another.entry(shift(key)).or_default() |= engines.iter().any(|engine| *engine != ENGINE);
        }
        let why = |key: &TallyKey| {
            let shift = shift(key);
            let end = self.ends.get(&shift).copied();
            let period = Period::new(shift.0, end.unwrap_or(shift.0.plus(SHIFT_MS)));
            gone.why(period, by_another.get(&shift).copied().unwrap_or_default())
        };
        let mut set_aside: BTreeMap<Aside, usize> = BTreeMap::new();
        let mut rows: BTreeMap<TallyKey, Sums> = BTreeMap::new();
        for (key, sums, _) in stored {
            match why(&key) {
                Some(why) => *set_aside.entry(why).or_default() += 1,
                None => {
                    rows.insert(key, sums);
                }
            }
        }
        self.sums.retain(|key, _| why(key).is_none());
        Compared {
            rows: self.sums.len(),
            difference: replay::shifts(&self.sums, &rows),
            set_aside,
        }
    }
}

fn shift(key: &TallyKey) -> Shift {
    (key.shift_start, Arc::clone(&key.shift))
}
