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
/// An edit of the calendar may make a shift longer; none is as long as this.
const LONGEST_SHIFT_MS: i64 = 2 * DAY_MS;

impl Plan {
    /// True when people tell no more of an instant: its shift is over for so long, and nobody unlocked it.
    pub fn is_locked(&self, at: Timestamp, now: Timestamp) -> bool {
        self.is_over_for_long(at, now) && !self.is_unlocked(at, now)
    }

    /// True when people tell no more of all of a period: any of its shifts is locked.
    pub fn is_locked_in(&self, period: Period, now: Timestamp) -> bool {
        let mut at = period.start;
        while at < period.end && self.is_over_for_long(at, now) {
            if !self.is_unlocked(at, now) {
                return true;
            }
            at = self.slot(at).shift_period.end.max(at.plus(1));
        }
        false
    }

    /// True while a person lets others tell of the shift that holds `at`.
    fn is_unlocked(&self, at: Timestamp, now: Timestamp) -> bool {
        if self.unlocked.is_empty() {
            return false;
        }
        let shift = self.slot(at).shift_period;
        let mut words = self.unlocked.range((shift.start, 0)..(shift.end, 0));
        words.any(|(_, open)| open.contains(now))
    }

    /// True when more than seven working days have begun since the shift that holds `at` ended. A working day is one on which a
    /// shift begins; without shifts, every day.
    fn is_over_for_long(&self, at: Timestamp, now: Timestamp) -> bool {
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

    /// A shift as the calendar says last that it is: it may be edited while it is on.
    pub fn as_it_became(&self, slot: Slot) -> Slot {
        if slot.shift.is_empty() {
            return slot;
        }
        let edits = self
            .calendar
            .range(slot.shift_start.plus(1)..slot.shift_start.plus(LONGEST_SHIFT_MS));
        let mut later = edits.map(|(at, _)| self.slot(*at)).rev();
        let same = later.find(|later| name(later) == name(&slot));
        same.unwrap_or(slot)
    }

    /// True when a person said after the end of a shift that all rejects of a machine in it are entered.
    pub fn is_closed(&self, machine: MachineId, slot: &Slot) -> bool {
        self.said(machine).is_closed(&name(slot), slot.shift_period.end)
    }

    /// The shifts that share time with a period and in which people enter the rejects of a machine in service, as long as they may
    /// be incomplete: until the shift is over and a person closed it, or it is locked. The newest first.
    pub fn unclosed(&self, machine: MachineId, period: Period, now: Timestamp) -> Vec<Slot> {
        self.each_unclosed(machine, period, now).collect()
    }

    fn each_unclosed(&self, machine: MachineId, period: Period, now: Timestamp) -> impl Iterator<Item = Slot> {
        let mut at = period.end.min(now.plus(1)).plus(-1);
        // To know what is locked takes longer than all else, and most machines count their rejects.
        let mut slots = std::iter::from_fn(move || {
            let is_asked = at >= period.start && self.is_entered_by_people(machine) && !self.is_over_for_long(at, now);
            is_asked.then(|| {
                let slot = self.slot(at);
                at = slot.shift_period.start.plus(-1).min(at.plus(-STEP_MS));
                slot
            })
        });
        std::iter::from_fn(move || {
            slots.find(|slot| {
                let shift = slot.shift_period;
                let is_closed = || !self.is_closable(slot) || self.is_closed(machine, slot);
                (shift.end > now || !is_closed()) && self.enters_rejects(machine, shift, now)
            })
        })
    }

    /// True where the quality of a machine may still change because people enter its rejects.
    pub fn is_provisional(&self, machine: MachineId, period: Period, now: Timestamp) -> bool {
        self.each_unclosed(machine, period, now).next().is_some()
    }

    /// True when people enter the rejects of a machine at any time.
    fn is_entered_by_people(&self, machine: MachineId) -> bool {
        let settings = self
            .machines
            .get(&machine)
            .into_iter()
            .flat_map(|timeline| timeline.values());
        settings
            .flatten()
            .any(|setting| setting.reject_source == RejectSource::Manual)
    }

    fn enters_rejects(&self, machine: MachineId, shift: Period, now: Timestamp) -> bool {
        let so_far = Period::new(shift.start, shift.end.min(now.plus(1)));
        let setting = self.machine(machine, so_far.end.plus(-1));
        setting.is_some_and(|setting| setting.reject_source == RejectSource::Manual) && self.serves_in(machine, so_far)
    }
}

/// The name of a shift: its business date and id.
pub fn name(slot: &Slot) -> String {
    format!("{}.{}", slot.business_date, slot.shift)
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

    fn apply(plan: &mut Plan, at: Timestamp, received_at: Timestamp, body: Body) {
        plan.apply(&Fact {
            at,
            received_at,
            mono_ms: 0,
            epoch: 0,
            machine: Some(PRESS),
            author: "boss".into(),
            body,
        });
    }

    /// Says at an instant something about the last instant of Monday's first shift.
    fn say(plan: &mut Plan, key: &str, received_at: Timestamp, says: Says) {
        let source = Source::Manual;
        let key = key.into();
        let body = Body::Entry(Entry {
            key,
            source,
            late: false,
            says,
        });
        apply(plan, hour(14).plus(-1), received_at, body);
    }

    /// Shift 1 from 06:00 on and shift 2 from this hour to 22:00, Monday to Friday.
    fn calendar(second: u32) -> Setting {
        let shift = |id: &str, from: u32, to: u32| ShiftSetting {
            id: id.into(),
            name: id.into(),
            days: [true, true, true, true, true, false, false],
            from_min: from * 60,
            to_min: to * 60,
            breaks: vec![],
        };
        Setting::Calendar(CalendarSetting {
            timezone: "UTC".into(),
            day_start_min: 360,
            shifts: vec![shift("1", 6, second), shift("2", second, 22)],
            ..CalendarSetting::default()
        })
    }

    /// Shift 1 from 06:00 to 14:00 and shift 2 from 14:00 to 22:00; people enter the rejects.
    fn plan() -> Plan {
        let mut plan = Plan::default();
        let press = MachineSetting {
            reject_source: RejectSource::Manual,
            ..MachineSetting::default()
        };
        for setting in [calendar(14), Setting::Machine(PRESS, press)] {
            apply(&mut plan, hour(0), hour(0), Body::Setting(Change::new(setting)));
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
        let unclosed = |plan: &Plan| -> Vec<Period> {
            let slots = plan.unclosed(PRESS, day, hour(20)).into_iter();
            slots.map(|slot| slot.shift_period).collect()
        };
        assert_eq!(unclosed(&plan), [second, first]);
        let shift = || "2026-11-16.1".into();
        say(&mut plan, "a", first.end, Says::Close { shift: shift() });
        assert_eq!(unclosed(&plan), [second]);
        assert!(
            !plan.is_provisional(PRESS, first, hour(20)),
            "of the closed shift alone"
        );
        assert!(!plan.is_provisional(PRESS, hours(9, 10), hour(20)), "an hour of it");
        assert!(plan.is_provisional(PRESS, hours(13, 15), hour(20)));
        say(&mut plan, "b", hour(15), Says::Undo { entry: "a".into() });
        assert!(plan.is_provisional(PRESS, first, hour(20)), "it is open again");
        let shift = shift();
        say(&mut plan, "c", hour(16), Says::Close { shift });
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

    #[test]
    fn a_shift_whose_end_is_moved_is_closed_by_a_word_after_the_end_it_has_and_no_other_one_is() {
        let mut plan = plan();
        let unclosed = |plan: &Plan, now| -> Vec<String> {
            let slots = plan.unclosed(PRESS, hours(6, 30), now).into_iter();
            slots.map(|slot| name(&slot)).collect()
        };
        let close = || Says::Close {
            shift: "2026-11-16.1".into(),
        };
        // At 11:00 the second shift is told to begin at 12:00.
        apply(&mut plan, hour(11), hour(11), Body::Setting(Change::new(calendar(12))));
        let first = plan.as_it_became(plan.slot(hour(8)));
        assert_eq!(first.shift_period, hours(6, 12));
        say(&mut plan, "a", hour(13), close());
        assert!(plan.is_closed(PRESS, &first));
        assert_eq!(unclosed(&plan, hour(23)), ["2026-11-16.", "2026-11-16.2"]);
        // Told for the past it goes on to 16:00: what was said at 13:00 was said too early.
        apply(&mut plan, hour(6), hour(23), Body::Setting(Change::new(calendar(16))));
        apply(&mut plan, hour(11), hour(23), Body::Setting(Change::new(calendar(16))));
        assert_eq!(
            unclosed(&plan, hour(23)),
            ["2026-11-16.", "2026-11-16.2", "2026-11-16.1"]
        );
        say(&mut plan, "b", hour(23), close());
        assert_eq!(unclosed(&plan, hour(23)), ["2026-11-16.", "2026-11-16.2"]);
    }
}
