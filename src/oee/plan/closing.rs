//! Pure. When the rejects that people enter are complete: a person closed the shift, or it ended so long ago that it is locked.

use super::Plan;
use crate::model::ids::MachineId;
use crate::model::settings::RejectSource;
use crate::model::time::{DAY_MS, Period, Timestamp};
use crate::oee::calendar::Slot;

/// Working days after a shift until its period is locked: a month's figures are closed within the first week and a half of the
/// next.
const WORKING_DAYS: i64 = 7;
/// Settings may begin inside what the calendar says of an instant; no shift is shorter than this.
const STEP_MS: i64 = 60_000;

impl Plan {
    /// True when more than seven working days have begun since the shift that holds `at` ended. A working day is one on which a
    /// shift begins; without shifts, every day.
    pub fn is_locked(&self, at: Timestamp, now: Timestamp) -> bool {
        let slot = self.slot(at);
        let mut end = slot.shift_period.end;
        if self.next_shift(end.plus(-1)).is_none() {
            return now.since(end) > WORKING_DAYS * DAY_MS;
        }
        let (mut worked, mut last) = (0, slot.business_date);
        while worked <= WORKING_DAYS {
            // A shift that begins where the last one ends begins after it.
            let next = self.next_shift(end.plus(-1));
            let Some(next) = next.filter(|next| next.shift_start < now) else {
                return false;
            };
            worked += i64::from(next.business_date != last);
            last = next.business_date;
            end = next.shift_start.plus(1).max(next.shift_period.end);
        }
        true
    }

    /// True for a shift; where the calendar has none, for the whole production day.
    pub fn is_closable(&self, slot: &Slot) -> bool {
        !slot.shift.is_empty() || self.next_shift(slot.shift_period.end.plus(-1)).is_none()
    }

    /// The shifts that share time with a period and in which people enter the rejects of a machine in service, as long as they may
    /// be incomplete: until the shift is over and a person closed it, or it is locked. The newest first.
    pub fn unclosed(&self, machine: MachineId, period: Period, now: Timestamp) -> Vec<Period> {
        let mut unclosed = Vec::new();
        let mut at = period.end.min(now.plus(1)).plus(-1);
        while at >= period.start && !self.is_locked(at, now) {
            let slot = self.slot(at);
            let shift = slot.shift_period;
            let is_on = shift.end > now;
            let is_closed = || !self.is_closable(&slot) || self.said(machine).is_closed(shift);
            if (is_on || !is_closed()) && self.enters_rejects(machine, shift, now) {
                unclosed.push(shift);
            }
            at = shift.start.plus(-1).min(at.plus(-STEP_MS));
        }
        unclosed
    }

    /// True where the quality of a machine may still change because people enter its rejects.
    pub fn is_provisional(&self, machine: MachineId, period: Period, now: Timestamp) -> bool {
        !self.unclosed(machine, period, now).is_empty()
    }

    fn enters_rejects(&self, machine: MachineId, shift: Period, now: Timestamp) -> bool {
        let so_far = Period::new(shift.start, shift.end.min(now.plus(1)));
        let setting = self.machine(machine, so_far.end.plus(-1));
        setting.is_some_and(|setting| setting.reject_source == RejectSource::Manual) && self.serves_in(machine, so_far)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::calendar::{CalendarSetting, ShiftSetting};
    use crate::model::entry::{Entry, Says, Source};
    use crate::model::fact::{Body, Fact};
    use crate::model::settings::{Change, MachineSetting, Setting};
    use crate::model::time::HOUR_MS;

    const PRESS: MachineId = MachineId(0);
    /// Monday, 2026-11-16T00:00:00Z.
    const MONDAY: Timestamp = Timestamp(1_794_787_200_000);

    fn hour(hour: i64) -> Timestamp {
        MONDAY.plus(hour * HOUR_MS)
    }

    fn hours(from: i64, to: i64) -> Period {
        Period::new(hour(from), hour(to))
    }

    fn apply(plan: &mut Plan, at: Timestamp, body: Body) {
        plan.apply(&Fact {
            at,
            received_at: at,
            mono_ms: 0,
            epoch: 0,
            machine: Some(PRESS),
            author: "boss".into(),
            body,
        });
    }

    fn say(plan: &mut Plan, key: &str, at: Timestamp, says: Says) {
        let source = Source::Manual;
        let key = key.into();
        apply(plan, at, Body::Entry(Entry { key, source, says }));
    }

    /// Shift 1 from 06:00 to 14:00 and shift 2 from 14:00 to 22:00, Monday to Friday; people enter the rejects.
    fn plan() -> Plan {
        let mut plan = Plan::default();
        let shift = |id: &str, from: u32| ShiftSetting {
            id: id.into(),
            name: id.into(),
            days: [true, true, true, true, true, false, false],
            from_min: from * 60,
            to_min: (from + 8) * 60,
            breaks: vec![],
        };
        let calendar = Setting::Calendar(CalendarSetting {
            timezone: "UTC".into(),
            day_start_min: 360,
            shifts: vec![shift("1", 6), shift("2", 14)],
            ..CalendarSetting::default()
        });
        let press = MachineSetting {
            reject_source: RejectSource::Manual,
            ..MachineSetting::default()
        };
        for setting in [calendar, Setting::Machine(PRESS, press)] {
            apply(&mut plan, hour(0), Body::Setting(Change::new(setting)));
        }
        plan
    }

    #[test]
    fn without_a_calendar_every_day_is_a_working_day() {
        let plan = Plan::default();
        let shift_end = plan.slot(Timestamp(0)).shift_period.end;
        assert!(!plan.is_locked(Timestamp(0), shift_end.plus(7 * DAY_MS)));
        assert!(plan.is_locked(Timestamp(0), shift_end.plus(7 * DAY_MS + 1)));
        assert!(!plan.is_locked(Timestamp(0), Timestamp(1)));
    }

    #[test]
    fn a_shift_whose_rejects_people_enter_is_open_until_a_person_closes_it() {
        let mut plan = plan();
        let (first, second) = (hours(6, 14), hours(14, 22));
        let day = hours(6, 30);
        // It is 20:00: the first shift is over, the second runs.
        assert_eq!(plan.unclosed(PRESS, day, hour(20)), [second, first]);
        let shift = || "2026-11-16.1".into();
        say(&mut plan, "a", first.end.plus(-1), Says::Close { shift: shift() });
        assert_eq!(plan.unclosed(PRESS, day, hour(20)), [second]);
        assert!(
            !plan.is_provisional(PRESS, first, hour(20)),
            "of the closed shift alone"
        );
        assert!(!plan.is_provisional(PRESS, hours(9, 10), hour(20)), "an hour of it");
        assert!(plan.is_provisional(PRESS, hours(13, 15), hour(20)));
        say(&mut plan, "b", first.end.plus(-1), Says::Undo { entry: "a".into() });
        assert!(plan.is_provisional(PRESS, first, hour(20)), "it is open again");
        let shift = shift();
        say(&mut plan, "c", first.end.plus(-1), Says::Close { shift });
        assert!(!plan.is_provisional(PRESS, first, hour(20)), "and closed again");
        assert!(
            !plan.is_provisional(MachineId(7), first, hour(20)),
            "nobody knows such a machine"
        );
    }

    #[test]
    fn a_shift_that_nobody_closes_is_closed_by_the_lock_seven_working_days_after_it() {
        let plan = plan();
        let first = hours(6, 14);
        // Tuesday to Friday are four working days, Monday to Wednesday of the next week three more; the lock falls when the
        // eighth begins, on Thursday at 06:00: 10 days of 24 h and 6 h after Monday 00:00.
        assert!(plan.is_provisional(PRESS, first, hour(246)));
        assert!(!plan.is_provisional(PRESS, first, hour(246).plus(1)));
        // Between the shifts nobody closes anything, and nothing is open once that time is over.
        assert!(plan.is_provisional(PRESS, hours(22, 30), hour(23)));
        assert!(!plan.is_provisional(PRESS, hours(22, 30), hour(30)));
    }
}
