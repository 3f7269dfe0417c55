//! Overlaps worked out by hand.

use super::*;
use crate::model::calendar::{CrewSetting, ExceptionSetting, ExceptionShift};
use jiff::civil::date;

const MON_FRI: [bool; 7] = [true, true, true, true, true, false, false];

fn shift(id: &str, from_h: u32, to_h: u32, days: [bool; 7]) -> ShiftSetting {
    ShiftSetting {
        id: id.into(),
        name: id.into(),
        days,
        from_min: from_h * 60,
        to_min: to_h * 60,
        breaks: Vec::new(),
    }
}

fn calendar(shifts: Vec<ShiftSetting>) -> CalendarSetting {
    CalendarSetting {
        shifts,
        ..CalendarSetting::default()
    }
}

fn told(overlap: Option<Overlap>) -> Option<String> {
    overlap.map(|overlap| overlap.told)
}

/// Long before every exception of these tests.
const EVER: Date = date(2026, 1, 1);

#[test]
fn shifts_that_follow_each_other_do_not_overlap_over_midnight_and_over_sunday_neither() {
    let round_the_clock = vec![
        shift("1", 6, 14, [true; 7]),
        shift("2", 14, 22, [true; 7]),
        shift("3", 22, 6, [true; 7]),
    ];
    assert_eq!(first(&calendar(round_the_clock), EVER), None);
}

#[test]
fn shifts_of_the_week_that_overlap_are_both_named_with_the_day() {
    let overlap = first(
        &calendar(vec![shift("1", 6, 14, MON_FRI), shift("2", 13, 22, MON_FRI)]),
        EVER,
    );
    assert_eq!(
        told(overlap.clone()).as_deref(),
        Some("shift `2` overlaps shift `1` on mon")
    );
    let overlap = overlap.unwrap();
    assert_eq!((&*overlap.first, &*overlap.second), ("1", "2"));
    // The night of Sunday ends on Monday at 07:00.
    let sunday = [false, false, false, false, false, false, true];
    let night = first(
        &calendar(vec![shift("3", 22, 7, sunday), shift("1", 6, 14, MON_FRI)]),
        EVER,
    );
    assert_eq!(told(night).as_deref(), Some("shift `1` overlaps shift `3` on mon"));
}

#[test]
fn shifts_that_only_crews_bring_about_are_checked_on_every_day_of_the_pattern() {
    let crew = |id: &str, pattern: [&str; 2]| CrewSetting {
        id: id.into(),
        start: date(2026, 1, 5),
        pattern: pattern.map(Arc::from).to_vec(),
    };
    let with_crews = |long_to_h| CalendarSetting {
        crews: vec![crew("A", ["day", "night"]), crew("B", ["night", "day"])],
        ..calendar(vec![
            shift("day", 6, long_to_h, [false; 7]),
            shift("night", 18, 6, [false; 7]),
        ])
    };
    assert_eq!(first(&with_crews(18), EVER), None);
    assert_eq!(
        told(first(&with_crews(19), EVER)).as_deref(),
        Some("shift `night` begins at 18:00 on 2026-01-05, before shift `day` ends at 19:00 with the crews at work"),
    );
}

#[test]
fn an_exception_is_held_against_its_own_shifts_and_the_days_beside_it_unless_it_is_over() {
    let own = ExceptionShift {
        id: "1".into(),
        from_min: 5 * 60,
        to_min: 14 * 60,
        breaks: Vec::new(),
    };
    let day = date(2026, 12, 8);
    let early = CalendarSetting {
        exceptions: vec![ExceptionSetting {
            dates: Dates { first: day, last: day },
            shifts: vec![own],
        }],
        ..calendar(vec![shift("1", 6, 14, MON_FRI), shift("3", 22, 6, MON_FRI)])
    };
    // The night of Monday the 7th ends at 06:00 of the 8th.
    assert_eq!(
        told(first(&early, day)).as_deref(),
        Some("shift `1` begins at 05:00 on 2026-12-08, before shift `3` ends at 06:00"),
    );
    assert_eq!(first(&early, date(2026, 12, 9)), None);
}
