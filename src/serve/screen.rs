//! Pure. How a class of time is drawn, and whether a machine that runs is slow.

use super::contract::Screen;
use crate::model::ids::MachineId;
use crate::model::state::Class;
use crate::model::tally::{Column, TallyRow};
use crate::model::time::{Period, Timestamp};
use crate::oee::plan::Plan;
use std::sync::Arc;

/// A cycle above this many tenths of the ideal one is slow.
const SLOW_TENTHS: i64 = 12;
/// Cycles of one judgement: one long cycle alone makes nobody look.
const CYCLES: i64 = 3;

/// The screen of a class; a machine that runs may be slow besides.
pub(super) fn of(class: Class) -> Screen {
    match class {
        Class::Running => Screen::Run,
        Class::MinorStop => Screen::Short,
        Class::Unexplained | Class::Breakdown => Screen::Down,
        Class::Waiting => Screen::Idle,
        Class::Setup => Screen::Change,
        Class::NotScheduled | Class::PlannedStop | Class::Break | Class::NoOrder => Screen::Planned,
        Class::Unknown | Class::ClockSkip => Screen::Offline,
    }
}

/// The mean of a few cycles that followed each other.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Pace {
    /// The tallies they were timed in.
    pub period: Period,
    /// The product they made; empty for none.
    pub product: Arc<str>,
    /// Their mean, in milliseconds.
    pub cycle_ms: f64,
    /// True when that is above 1.2 ideal cycles.
    pub is_slow: bool,
}

/// The pace of a machine over tallies sorted by start, judged over at least three timed cycles of one product each. Where
/// there is no ideal cycle nothing is slow.
pub(super) fn paces(machine: MachineId, tallies: &[TallyRow], plan: &Plan) -> Vec<Pace> {
    let mut paces = Vec::new();
    let mut group: Option<Group> = None;
    let mut standard = Standard::default();
    let mut judge = |group: Option<Group>| group.and_then(|group| group.pace(machine, plan, &mut standard));
    for row in tallies {
        let is_other = |group: &Group| group.product != row.key.product || group.period.end != row.period.start;
        if group.as_ref().is_some_and(is_other) {
            paces.extend(judge(group.take()));
        }
        let grown = group.get_or_insert_with(|| Group::begin(row));
        grown.period.end = row.period.end;
        grown.cycles += row.tally.get(Column::Cycles);
        grown.ms += row.tally.get(Column::CycleMs);
        let stood = row.tally.get(Column::of(Class::Running)) < row.tally.get(Column::SpanMs);
        if stood || grown.cycles >= CYCLES {
            paces.extend(judge(group.take()));
        }
    }
    paces.extend(judge(group));
    paces
}

/// The ideal time of what is timed, a shot or a piece, in nanoseconds.
pub(super) fn ideal_ns(machine: MachineId, plan: &Plan, at: Timestamp) -> Option<i64> {
    Standard::default().at(machine, plan, at)
}

/// The ideal cycle looked up last, and how long it holds.
#[derive(Default)]
struct Standard {
    known: Option<(Period, Option<i64>)>,
}

impl Standard {
    fn at(&mut self, machine: MachineId, plan: &Plan, at: Timestamp) -> Option<i64> {
        if let Some((_, ideal_ns)) = self.known.filter(|(period, _)| period.contains(at)) {
            return ideal_ns;
        }
        let segment = plan.segment(machine, at)?;
        let ideal_ns = segment.ideal_timed_ns();
        self.known = Some((segment.period, ideal_ns));
        ideal_ns
    }
}

struct Group {
    period: Period,
    product: Arc<str>,
    cycles: i64,
    ms: i64,
}

impl Group {
    fn begin(row: &TallyRow) -> Group {
        Group {
            period: row.period,
            product: Arc::clone(&row.key.product),
            cycles: 0,
            ms: 0,
        }
    }

    fn pace(self, machine: MachineId, plan: &Plan, standard: &mut Standard) -> Option<Pace> {
        if self.cycles < CYCLES {
            return None;
        }
        let is_slow = standard.at(machine, plan, self.period.start).is_some_and(|ideal_ns| {
            // ms / cycles > 1.2 x ideal
            i128::from(self.ms) * 10_000_000 > i128::from(SLOW_TENTHS) * i128::from(ideal_ns) * i128::from(self.cycles)
        });
        Some(Pace {
            period: self.period,
            product: self.product,
            cycle_ms: self.ms as f64 / self.cycles as f64,
            is_slow,
        })
    }
}
