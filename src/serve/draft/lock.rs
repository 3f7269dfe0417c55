//! Pure. Until when people's entries are taken: a period is locked seven working days after its shift.

use crate::model::time::{DAY_MS, Period, Timestamp};
use crate::oee::plan::Plan;

/// Working days after a shift until its period is locked: a month's figures are closed within the first week and a half of the
/// next.
const WORKING_DAYS: usize = 7;

/// True when the shift that holds `at` ended more than seven working days before `now`. A working day is one in which the
/// calendar plans work.
pub(in crate::serve) fn locked(plan: &Plan, at: Timestamp, now: Timestamp) -> bool {
    let mut day = plan.slot(at).shift_period.end;
    let mut worked = 0;
    // Entries reach ninety days back at most.
    while day < now && worked <= WORKING_DAYS {
        let next = day.plus(DAY_MS);
        worked += usize::from(plan.planned_ms(Period::new(day, next)) > 0);
        day = next;
    }
    worked > WORKING_DAYS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_calendar_every_day_is_a_working_day() {
        let plan = Plan::default();
        let shift_end = plan.slot(Timestamp(0)).shift_period.end;
        assert!(!locked(&plan, Timestamp(0), shift_end.plus(7 * DAY_MS)));
        assert!(locked(&plan, Timestamp(0), shift_end.plus(7 * DAY_MS + 1)));
        assert!(!locked(&plan, Timestamp(0), Timestamp(1)));
    }
}
