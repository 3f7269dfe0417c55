//! Which time a report is of, also on DST nights, in the week that ends a year, and on a plant's first day.

use super::*;
use crate::model::fact::{Body, Fact};
use crate::model::settings::{CalendarSetting, Change, Setting, ShiftSetting};
use crate::model::time::{HOUR_MS, MINUTE_MS};

fn at(text: &str) -> Timestamp {
    let instant: jiff::Timestamp = text.parse().unwrap();
    Timestamp(instant.as_millisecond())
}

/// Three shifts of eight hours by the clock on Monday to Saturday, the production day from 06:00, since an instant.
fn plan(timezone: &str, since: &str) -> Plan {
    let shift = |id: &str, from_min, to_min| ShiftSetting {
        id: id.into(),
        name: id.into(),
        days: [true, true, true, true, true, true, false],
        from_min,
        to_min,
        breaks: vec![],
    };
    let calendar = CalendarSetting {
        timezone: timezone.into(),
        day_start_min: 360,
        shifts: vec![shift("1", 360, 840), shift("2", 840, 1_320), shift("3", 1_320, 360)],
        ..CalendarSetting::default()
    };
    let mut plan = Plan::default();
    plan.apply(&Fact {
        at: at(since),
        received_at: at(since),
        mono_ms: 0,
        epoch: 0,
        machine: None,
        author: "config".into(),
        body: Body::Setting(Change::new(Setting::Calendar(calendar))),
    });
    plan
}

fn berlin() -> Plan {
    plan("Europe/Berlin", "2026-01-01T00:00:00Z")
}

fn asked(plan: &Plan, kind: Kind, of: &str) -> Stretch {
    Stretch::asked(plan, kind, of, at("2027-06-01T00:00:00Z")).unwrap()
}

#[test]
fn the_day_and_the_night_shift_of_a_dst_night_are_as_long_as_they_were() {
    // The clocks go forward in the night to 29 March and back in the night to 25 October.
    for (date, day_h, night_h) in [("2026-03-28", 23, 7), ("2026-10-24", 25, 9), ("2026-10-23", 24, 8)] {
        let day = asked(&berlin(), Kind::Day, date);
        assert_eq!(day.period.ms(), day_h * HOUR_MS, "{date}");
        let night = asked(&berlin(), Kind::Shift, &format!("{date}.3"));
        assert_eq!(night.period.ms(), night_h * HOUR_MS, "{date}");
        assert_eq!(night.period.end, day.period.end, "it belongs to the day it began on");
    }
    assert_eq!(
        asked(&berlin(), Kind::Week, "2026-10-21").period.ms(),
        (7 * 24 + 1) * HOUR_MS
    );
}

#[test]
fn a_week_is_that_of_iso_8601_and_has_seven_business_days() {
    let week = asked(&berlin(), Kind::Week, "2027-01-02");
    assert_eq!(
        (week.name().as_str(), week.first.to_string().as_str()),
        ("2026-W53", "2026-12-28")
    );
    assert_eq!(week.last.to_string(), "2027-01-03");
    // 6 days of three shifts, and a Sunday that is one time between shifts.
    assert_eq!(week.slots.iter().filter(|slot| !slot.shift.is_empty()).count(), 18);
}

#[test]
fn the_last_shift_day_and_week_are_those_that_are_over() {
    // 2026-11-25 is a Wednesday; Berlin is an hour ahead: 13:59 and 14:00.
    let last = |kind, now: &str| Stretch::last(&berlin(), kind, at(now)).unwrap().name();
    assert_eq!(last(Kind::Shift, "2026-11-25T12:59:00Z"), "2026-11-24.3");
    assert_eq!(last(Kind::Shift, "2026-11-25T13:00:00Z"), "2026-11-25.1");
    // On Sunday the last shift is that of Saturday night; on Sunday 05:59 it is still on.
    assert_eq!(last(Kind::Shift, "2026-11-29T20:00:00Z"), "2026-11-28.3");
    assert_eq!(last(Kind::Shift, "2026-11-29T04:59:00Z"), "2026-11-28.2");
    assert_eq!(last(Kind::Day, "2026-11-25T04:59:00Z"), "2026-11-23");
    assert_eq!(last(Kind::Day, "2026-11-25T05:00:00Z"), "2026-11-24");
    assert_eq!(last(Kind::Week, "2026-11-25T05:00:00Z"), "2026-W47");
}

#[test]
fn the_first_day_of_a_plant_is_a_whole_one() {
    let plan = plan("Asia/Ho_Chi_Minh", "2026-11-21T08:12:34Z");
    let day = asked(&plan, Kind::Day, "2026-11-21");
    assert_eq!(
        day.period,
        Period::new(at("2026-11-20T23:00:00Z"), at("2026-11-21T23:00:00Z"))
    );
    let shift = asked(&plan, Kind::Shift, "2026-11-21.2");
    assert_eq!(shift.period.start, at("2026-11-21T07:00:00Z"));
}

#[test]
fn the_one_that_is_on_can_be_asked_for_and_ends_now() {
    let now = at("2026-11-25T10:00:00Z");
    let shift = Stretch::asked(&berlin(), Kind::Shift, "2026-11-25.1", now).unwrap();
    assert!(shift.is_on(now) && !shift.is_on(at("2026-11-25T13:00:00Z")));
    assert_eq!(shift.so_far(now).ms(), 5 * HOUR_MS); // 06:00 to 11:00
    let later = Stretch::asked(&berlin(), Kind::Shift, "2026-11-25.2", now).unwrap_err();
    assert!(later.contains("had not begun"), "{later}");
    let none = Stretch::asked(&berlin(), Kind::Shift, "2026-11-22.1", now).unwrap_err();
    assert!(
        none.contains("no shift begins on business date 2026-11-22"),
        "a Sunday: {none}"
    );
}

#[test]
fn without_shifts_a_day_is_told_and_a_shift_is_not() {
    let plan = Plan::default();
    let now = at("2026-11-25T10:00:00Z");
    let day = Stretch::last(&plan, Kind::Day, now).unwrap();
    assert_eq!(
        (day.name().as_str(), day.period.ms()),
        ("2026-11-24", 24 * 60 * MINUTE_MS)
    );
    let shift = Stretch::last(&plan, Kind::Shift, now).unwrap_err();
    assert!(shift.contains("gemba report day"), "{shift}");
}
