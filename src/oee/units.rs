//! Pure. The machines whose time and plan are those of a part of the plant, and when: of a serial line its bottleneck alone, and
//! of a machine that moved to another line the time it stood here.

use super::plan::Plan;
use super::rollup::Kinds;
use crate::model::ids::MachineId;
use crate::model::line::LineSetting;
use crate::model::time::{DAY_MS, Period, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

/// What held when a shift began holds until its end, and for the time between shifts of its production day.
const LONGEST_DAY_MS: i64 = 2 * DAY_MS;

/// A part of the plant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Where<'a> {
    /// All of it.
    Plant,
    /// A line.
    Line(&'a str),
    /// One machine, wherever it stands.
    Machine,
}

/// A machine as long as its time is that of a part of the plant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stint {
    /// Which.
    pub machine: MachineId,
    /// When.
    pub period: Period,
}

/// The stints in a period, by machine and time, of a part of the plant in which these machines have tallies.
pub fn stints(plan: &Plan, machines: &BTreeSet<MachineId>, place: Where, period: Period, kinds: &Kinds) -> Vec<Stint> {
    let mut stints: BTreeMap<MachineId, Vec<Period>> = BTreeMap::new();
    for part in parts(plan, place, period) {
        let shift_start = plan.slot_then(part.start).shift_start;
        let unit = |machine: &MachineId| {
            let line = match place {
                Where::Machine => return Some(*machine),
                Where::Plant | Where::Line(_) => plan.line_of(*machine, part.start).unwrap_or_default(),
            };
            let is_here = match place {
                Where::Line(here) => *line == *here,
                Where::Plant | Where::Machine => true,
            };
            is_here.then(|| match kinds.of(&line, shift_start) {
                LineSetting::Serial { bottleneck, .. } => bottleneck,
                LineSetting::Parallel => *machine,
            })
        };
        let units: BTreeSet<MachineId> = machines.iter().filter_map(unit).collect();
        for machine in units {
            let known = stints.entry(machine).or_default();
            match known.last_mut().filter(|last| last.end == part.start) {
                Some(last) => last.end = part.end,
                None => known.push(part),
            }
        }
    }
    let of_machine = |(machine, periods): (MachineId, Vec<Period>)| {
        let stint = move |period| Stint { machine, period };
        periods.into_iter().map(stint)
    };
    stints.into_iter().flat_map(of_machine).collect()
}

/// Their length up to an instant, in milliseconds: the calendar time of the part of the plant.
pub fn length_ms(stints: &[Stint], until: Timestamp) -> i64 {
    let so_far = |stint: &Stint| Period::new(stint.period.start, stint.period.end.min(until)).ms();
    stints.iter().map(so_far).sum()
}

/// The parts of a period in which nothing moves and every line stays as it is.
fn parts(plan: &Plan, place: Where, period: Period) -> Vec<Period> {
    let mut cuts = BTreeSet::from([period.start, period.end]);
    if place != Where::Machine {
        cuts.extend(plan.machines_change_in(period));
        let around = Period::new(period.start.plus(-LONGEST_DAY_MS), period.end);
        for change in plan.lines_change_in(around) {
            let mut at = plan.slot_then(change).shift_start;
            while at < change.plus(LONGEST_DAY_MS) {
                cuts.extend(Some(at).filter(|at| period.contains(*at)));
                at = plan.slot_then(at).shift_period.end.max(at.plus(1));
            }
        }
    }
    let starts = cuts.iter().zip(cuts.iter().skip(1));
    starts.map(|(start, end)| Period::new(*start, *end)).collect()
}
