//! Pure. The time of business dates.

use super::{Plan, valid};
use crate::model::calendar::dates;
use crate::model::time::{Period, Timestamp};
use crate::oee::calendar::{Calendar, Slot};
use jiff::ToSpan;
use jiff::civil::Date;

impl Plan {
    /// The time of the business dates from `first` to `last`: calendar time of TEEP and of the calendar's coverage. It is their
    /// production days, of 23, 24 or 25 h each, with every shift whole on the date on which it begins: a date whose last shift
    /// reaches into the next production day lasts until that shift ends, and the next date begins there. So every instant is of one
    /// date, as every tally is; no more of a date can be told than it is long, and a month is as long as its days.
    ///
    /// A calendar that was edited holds from its edit on, and the first one for the hours before it too. `None` without any.
    pub fn business_days(&self, first: Date, last: Date) -> Option<Period> {
        let after = last.checked_add(1.day()).ok()?;
        Some(Period::new(self.begin_of(first)?, self.begin_of(after)?))
    }

    /// The time of the business date whose production day begins at an instant.
    pub fn business_day_at(&self, start: Timestamp) -> Option<Period> {
        let first = self.first_calendar().filter(|(since, _)| start < *since);
        let calendar = first.map_or_else(|| self.calendar_at(start), |(_, first)| first);
        let date = calendar.date(start)?;
        self.business_days(date, date)
    }

    /// What the calendar says of an instant, and the first one of the time before it: the first day of a plant is a whole one.
    pub fn slot_then(&self, at: Timestamp) -> Slot {
        match self.first_calendar().filter(|(since, _)| at < *since) {
            Some((_, first)) => first.slot(at),
            None => self.slot(at),
        }
    }

    /// The first instant that is of a business date.
    fn begin_of(&self, date: Date) -> Option<Timestamp> {
        let (_, first) = self.first_calendar()?;
        let around = dates::around(date, date)?;
        let begin = |calendar: &Calendar| calendar.production_days(date, date).start;
        let before = valid(&self.calendar, around.start);
        let edits = self.calendar.range(around.start..around.end);
        let begins = edits.filter_map(|(_, calendar)| calendar.as_deref()).map(begin);
        let mut at = begins.fold(begin(before.as_ref().unwrap_or(&first)), Timestamp::min);
        while at < around.end {
            let slot = self.slot_then(at);
            if date_of(&slot).is_none_or(|of| of >= date) {
                break;
            }
            let edit = self.calendar.range(at.plus(1)..).next();
            let end = slot.shift_period.end;
            at = edit.map_or(end, |(edit, _)| end.min(*edit)).max(at.plus(1));
        }
        Some(at)
    }
}

fn date_of(slot: &Slot) -> Option<Date> {
    slot.business_date.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::calendar::{CalendarSetting, ShiftSetting};
    use crate::model::fact::{Body, Fact};
    use crate::model::settings::{Change, Setting};
    use crate::model::time::HOUR_MS;
    use jiff::civil::date;

    fn at(text: &str) -> Timestamp {
        let instant: jiff::Timestamp = text.parse().unwrap();
        Timestamp(instant.as_millisecond())
    }

    /// Shifts by id, with the days they begin on, Monday first, and their hours.
    fn calendar(zone: &str, day_start_h: u32, shifts: &[(&str, [bool; 7], u32, u32)]) -> CalendarSetting {
        let shift = |(id, days, from, to): &(&str, [bool; 7], u32, u32)| ShiftSetting {
            id: (*id).into(),
            name: (*id).into(),
            days: *days,
            from_min: from * 60,
            to_min: to * 60,
            breaks: vec![],
        };
        CalendarSetting {
            timezone: zone.into(),
            day_start_min: day_start_h * 60,
            shifts: shifts.iter().map(shift).collect(),
            ..CalendarSetting::default()
        }
    }

    fn plan(calendars: &[(&str, CalendarSetting)]) -> Plan {
        let mut plan = Plan::default();
        for (since, calendar) in calendars {
            plan.apply(&Fact {
                at: at(since),
                received_at: at(since),
                mono_ms: 0,
                epoch: 0,
                machine: None,
                author: "config".into(),
                body: Body::Setting(Change::new(Setting::Calendar(calendar.clone()))),
            });
        }
        plan
    }

    fn hours(plan: &Plan, first: Date, last: Date) -> f64 {
        plan.business_days(first, last).unwrap().ms() as f64 / HOUR_MS as f64
    }

    const ALL: [bool; 7] = [true; 7];
    const NOT_SUNDAY: [bool; 7] = [true, true, true, true, true, true, false];

    /// Three shifts of eight hours from six on, none on Sunday nights or none on Sundays at all.
    fn three(zone: &str, day_start_h: u32, sunday: bool) -> CalendarSetting {
        let day = if sunday { ALL } else { NOT_SUNDAY };
        let shifts = [("1", day, 6, 14), ("2", day, 14, 22), ("3", NOT_SUNDAY, 22, 6)];
        calendar(zone, day_start_h, &shifts)
    }

    #[test]
    fn a_day_that_begins_with_a_shift_has_23_24_or_25_hours() {
        // The clocks go forward in the night to 29 March and back in the night to 25 October: in shift 3 of the day before.
        let plan = plan(&[("2026-01-01T00:00:00Z", three("Europe/Berlin", 6, false))]);
        let of = |month, day| hours(&plan, date(2026, month, day), date(2026, month, day));
        assert_eq!([of(3, 28), of(3, 29), of(3, 27)], [23.0, 24.0, 24.0]);
        assert_eq!([of(10, 24), of(10, 25), of(10, 23)], [25.0, 24.0, 24.0]);
        assert_eq!(hours(&plan, date(2026, 10, 19), date(2026, 10, 25)), 7.0 * 24.0 + 1.0);
    }

    #[test]
    fn a_day_without_shifts_has_23_24_or_25_hours_from_midnight_on() {
        let plan = plan(&[("2026-01-01T00:00:00Z", calendar("Europe/Berlin", 0, &[]))]);
        let of = |month, day| hours(&plan, date(2026, month, day), date(2026, month, day));
        assert_eq!([of(3, 28), of(3, 29), of(10, 25)], [24.0, 23.0, 25.0]);
    }

    #[test]
    fn a_shift_that_reaches_over_midnight_is_whole_of_the_day_it_begins_on() {
        // The production day begins at 00:00. 2026-11-23 is a Monday, without a shift in the night before it.
        let plan = plan(&[("2026-01-01T00:00:00Z", three("Asia/Ho_Chi_Minh", 0, true))]);
        let of = |day| hours(&plan, date(2026, 11, day), date(2026, 11, day));
        assert_eq!(of(23), 30.0, "Monday 00:00 to Tuesday 06:00");
        assert_eq!(of(24), 24.0, "Tuesday 06:00 to Wednesday 06:00");
        assert_eq!(of(29), 18.0, "Sunday 06:00 to 24:00");
        // The production day of Tuesday begins in Monday's night shift.
        let tuesday = plan.business_day_at(at("2026-11-23T17:00:00Z"));
        assert_eq!(tuesday, plan.business_days(date(2026, 11, 24), date(2026, 11, 24)));
        assert_eq!(hours(&plan, date(2026, 11, 23), date(2026, 11, 29)), 168.0);
    }

    #[test]
    fn every_instant_is_of_one_date_and_of_the_one_its_tallies_have() {
        for (zone, start_h) in [("Europe/Berlin", 0), ("Europe/Berlin", 6), ("Australia/Lord_Howe", 3)] {
            let plan = plan(&[
                ("2026-01-01T00:00:00Z", three(zone, start_h, true)),
                // In the night shift, which ends at 04:00 from then on.
                ("2026-03-05T00:30:00Z", calendar(zone, start_h, &[("3", ALL, 22, 4)])),
            ]);
            let mut day = date(2026, 2, 20);
            while day < date(2026, 4, 10) {
                let of = plan.business_days(day, day).unwrap();
                let next = day.tomorrow().unwrap();
                assert_eq!(plan.business_days(next, next).unwrap().start, of.end, "{zone} {day}");
                for inside in [of.start, of.end.plus(-1)] {
                    assert_eq!(*plan.slot(inside).business_date, day.to_string(), "{zone} {start_h}");
                }
                day = next;
            }
        }
    }

    #[test]
    fn the_first_day_of_a_plant_is_a_whole_one_and_a_plant_without_calendar_has_none() {
        let begun = plan(&[("2026-11-21T08:12:34Z", three("Asia/Ho_Chi_Minh", 6, true))]);
        let day = begun.business_days(date(2026, 11, 21), date(2026, 11, 21));
        assert_eq!(
            day,
            Some(Period::new(at("2026-11-20T23:00:00Z"), at("2026-11-21T23:00:00Z")))
        );
        assert_eq!(
            Plan::default().business_days(date(2026, 11, 21), date(2026, 11, 21)),
            None
        );
    }
}
