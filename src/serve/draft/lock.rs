//! Pure. Until when people's entries are taken: a period is locked seven working days after its shift.

use crate::model::time::{DAY_MS, Timestamp};
use crate::oee::plan::Plan;

/// Working days after a shift until its period is locked: a month's figures are closed within the first week and a half of the
/// next.
const WORKING_DAYS: i64 = 7;

/// True when more than seven working days have begun since the shift that holds `at` ended. A working day is one on which a shift
/// begins; without shifts, every day.
pub(in crate::serve) fn locked(plan: &Plan, at: Timestamp, now: Timestamp) -> bool {
    let slot = plan.slot(at);
    let mut end = slot.shift_period.end;
    if plan.next_shift(end.plus(-1)).is_none() {
        return now.since(end) > WORKING_DAYS * DAY_MS;
    }
    let (mut worked, mut last) = (0, slot.business_date);
    while worked <= WORKING_DAYS {
        // A shift that begins where the last one ends begins after it.
        let next = plan.next_shift(end.plus(-1));
        let Some(next) = next.filter(|next| next.shift_start < now) else {
            return false;
        };
        worked += i64::from(next.business_date != last);
        last = next.business_date;
        end = next.shift_start.plus(1).max(next.shift_period.end);
    }
    true
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
