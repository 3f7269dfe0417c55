//! The fold under a calendar: planned stops of the week, and a calendar that is edited during a shift.
#![allow(clippy::unwrap_used)] // clippy's own exception ends at helper functions

#[path = "support/timeline.rs"]
mod timeline;

use gemba::model::calendar::{CalendarSetting, Dates, PlannedStopSetting, ShiftSetting};
use gemba::model::fact::Role;
use gemba::model::settings::Setting;
use gemba::model::state::Class;
use gemba::model::tally::Column;
use gemba::model::time::Period;
use jiff::civil::date;
use timeline::{MACHINE, Timeline, at, press};

/// A stop planned for Saturdays (2026-11-21 is one) from 00:10 to 00:20.
fn cleaning(line: &str) -> PlannedStopSetting {
    PlannedStopSetting {
        id: "cleaning".into(),
        name: "cleaning".into(),
        days: [false, false, false, false, false, true, false],
        from_min: 10,
        to_min: 20,
        machines: vec![],
        lines: vec![line.into()],
    }
}

fn with_stop(line: &str) -> Timeline {
    let mut timeline = Timeline::new(press(10.0));
    timeline.set(
        0.0,
        Setting::Calendar(CalendarSetting {
            timezone: "UTC".into(),
            planned_stops: vec![cleaning(line)],
            ..CalendarSetting::default()
        }),
    );
    timeline
}

/// Running, with a stop from 500 s to 900 s.
fn stopped(mut timeline: Timeline) -> Timeline {
    timeline
        .first(0.0, 1)
        .sample(Role::State, 500.0, 500.0, 0)
        .sample(Role::State, 900.0, 900.0, 1);
    timeline
}

#[test]
fn a_planned_stop_claims_only_time_in_which_the_machine_stands_still() {
    let folded = stopped(with_stop("moulding")).fold(1_800.0);
    assert_eq!(
        folded.classes(),
        [
            (Class::Running, 500.0),
            (Class::Unexplained, 100.0),
            (Class::PlannedStop, 300.0),
            (Class::Running, 900.0)
        ],
        "planned from 600 s to 1,200 s"
    );
    let sum = folded.sum();
    // 500 s + 100 s before; running from 900 s to 1,800 s, of which the first 300 s run through the planned stop.
    assert_eq!(sum.get(Column::PlannedMs), 1_500_000);
    assert_eq!(sum.get(Column::ExtraMs), 300_000);
    assert_eq!(sum.get(Column::Stops), 1);
}

#[test]
fn a_stop_planned_for_another_line_changes_nothing() {
    let folded = stopped(with_stop("packing")).fold(1_800.0);
    assert_eq!(
        folded.classes(),
        [
            (Class::Running, 500.0),
            (Class::Unexplained, 400.0),
            (Class::Running, 900.0)
        ]
    );
}

#[test]
fn planned_time_of_a_machine_leaves_its_planned_stops_out() {
    let period = Period::new(at(0.0), at(1_800.0));
    assert_eq!(with_stop("moulding").plan().planned_ms(MACHINE, period), 1_200_000);
    assert_eq!(with_stop("packing").plan().planned_ms(MACHINE, period), 1_800_000);
}

/// One shift a day from a minute on until 08:00.
fn shift_from(from_min: u32) -> Setting {
    Setting::Calendar(CalendarSetting {
        timezone: "UTC".into(),
        day_start_min: 0,
        shifts: vec![ShiftSetting {
            id: "1".into(),
            name: "1".into(),
            days: [true; 7],
            from_min,
            to_min: 480,
            breaks: vec![],
        }],
        ..CalendarSetting::default()
    })
}

#[test]
fn a_shift_start_moved_by_ten_minutes_leaves_the_past_and_cuts_the_tally_at_the_change() {
    let plant = || {
        let mut timeline = Timeline::new(press(10.0));
        timeline.set(0.0, shift_from(10)).first(0.0, 1);
        timeline
    };
    // 00:10 becomes 00:20 at 00:30:15, in the middle of a minute.
    let mut moved = plant();
    moved.set(1_815.0, shift_from(20));
    // A sample every 25 s keeps the machine known.
    let fold = |mut timeline: Timeline| {
        for second in (25..2_400).step_by(25).map(f64::from) {
            timeline.sample(Role::State, second, second, 1);
        }
        timeline.fold(2_400.0)
    };
    let (before, after) = (fold(plant()), fold(moved));
    let past = |folded: &timeline::Folded| {
        let tallies = folded.tallies().iter().filter(|row| row.period.end <= at(1_800.0));
        tallies.cloned().collect::<Vec<_>>()
    };
    assert!(past(&before).len() >= 30);
    assert_eq!(past(&before), past(&after), "nothing before the change moves");
    let row = |from: f64, until: f64| {
        let period = Period::new(at(from), at(until));
        let found = after.tallies().iter().find(|row| row.period == period);
        found.unwrap_or_else(|| panic!("no tally from {from} to {until}"))
    };
    assert_eq!(row(1_800.0, 1_815.0).key.shift_start, at(600.0));
    assert_eq!(row(1_815.0, 1_860.0).key.shift_start, at(1_200.0));
    assert_eq!(
        row(1_815.0, 1_860.0).key.business_date,
        row(1_800.0, 1_815.0).key.business_date
    );
    let sum = |folded: &timeline::Folded| {
        let mut sum = folded.sum();
        folded.tallies().iter().for_each(|row| sum.merge(&row.tally));
        sum
    };
    assert_eq!(sum(&before), sum(&after), "no time is lost or doubled");
}

#[test]
fn nine_days_of_tet_with_the_gateway_off_are_not_scheduled_and_only_the_shifts_around_them_unknown() {
    let mut timeline = Timeline::new(press(10.0));
    let Setting::Calendar(calendar) = shift_from(0) else {
        panic!("a calendar")
    };
    timeline.set(
        0.0,
        Setting::Calendar(CalendarSetting {
            holidays: vec![Dates {
                first: date(2026, 11, 22),
                last: date(2026, 11, 30),
            }],
            ..calendar
        }),
    );
    // Off 100 s before the shift of the 21st ends at 08:00, back on the 1st of December at 02:00, ten days and 2 h later.
    let back = 10.0 * 86_400.0 + 7_200.0;
    timeline.first(0.0, 1).restarted(28_700.0).first(back, 1);
    let folded = timeline.fold(back + 600.0);
    assert_eq!(
        folded.classes(),
        [
            (Class::Running, 28_700.0),
            (Class::Unknown, 100.0),
            (Class::NotScheduled, 10.0 * 86_400.0 - 28_800.0),
            (Class::Unknown, 7_200.0),
            (Class::Running, 600.0)
        ]
    );
    let sum = folded.sum();
    assert_eq!(sum.get(Column::PlannedMs), (28_700 + 100 + 7_200 + 600) * 1_000);
}
