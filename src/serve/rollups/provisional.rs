//! Pure. Which rows of a roll-up may still lack rejects that people enter.

use super::{Means, Rolled};
use crate::model::calendar::dates::around;
use crate::model::ids::MachineId;
use crate::model::time::{Period, Timestamp};
use crate::oee::calendar::Slot;
use crate::oee::plan::Plan;
use crate::oee::rollup::{Merged, When};
use jiff::civil::Date;
use std::collections::BTreeMap;

/// The shifts of the dates asked for in which rejects that people enter may be missing, by machine.
pub(super) fn unclosed(
    plan: &Plan,
    rolled: &Rolled,
    (first, last): (Date, Date),
    now: Timestamp,
) -> BTreeMap<MachineId, Vec<Slot>> {
    let period = around(first, last).unwrap_or_else(|| Period::new(now, now));
    let machines = rolled.roster.iter().map(|(machine, _)| machine);
    machines
        .map(|machine| (machine, plan.unclosed(machine, period, now)))
        .collect()
}

impl Means<'_> {
    /// True where rejects that people enter may be missing from a row, of which so much has passed. A shift is of the day it begins
    /// on, also where it ends after that day.
    pub(super) fn is_provisional(&self, when: &When, so_far: Period, merged: &Merged) -> bool {
        let dates = self.dates_of(when);
        let of_row = merged.machines.iter().filter_map(|machine| self.unclosed.get(machine));
        of_row
            .flatten()
            .any(|shift| match (when, dates, shift.business_date.parse::<Date>()) {
                (When::Shift(start, id), ..) => shift.shift_start == *start && shift.shift == *id,
                (_, Some((first, last)), Ok(date)) => first <= date && date <= last,
                (_, Some(_) | None, _) => !shift.shift_period.intersect(so_far).is_empty(),
            })
    }
}
