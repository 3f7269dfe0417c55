//! A press in two shifts of an hour each.
#![allow(dead_code)] // Each test file uses its own part.

use crate::timeline::{Folded, Timeline, press};
use gemba::model::entry::{Says, Scope};
use gemba::model::settings::{CalendarSetting, Setting, ShiftSetting};
use gemba::model::tally::Tally;

/// Shifts from 00:00 to 01:00 and from 01:00 to 02:00.
pub fn shifts() -> Setting {
    let shift = |id: &str, from_min| ShiftSetting {
        id: id.into(),
        name: id.into(),
        days: [true; 7],
        from_min,
        to_min: from_min + 60,
        breaks: vec![],
    };
    Setting::Calendar(CalendarSetting {
        timezone: "UTC".into(),
        day_start_min: 0,
        shifts: vec![shift("1", 0), shift("2", 60)],
        ..CalendarSetting::default()
    })
}

/// A running press with those shifts, whose signals may be silent for an hour.
pub fn line() -> Timeline {
    let mut setting = press(10.0);
    setting
        .signals
        .iter_mut()
        .for_each(|signal| signal.limit_ms = 3_600_000);
    let mut line = Timeline::new(setting);
    line.set(0.0, shifts()).first(0.0, 1);
    line
}

pub fn of_shift(folded: &Folded, shift: &str) -> Tally {
    let mut sum = Tally::default();
    let rows = folded.tallies().iter().filter(|row| &*row.key.shift == shift);
    rows.for_each(|row| sum.merge(&row.tally));
    sum
}

pub fn scrap(pieces: i64) -> Says {
    Says::Scrap {
        pieces,
        reason: "".into(),
        scope: Scope::Former("2026-11-21.1".into()),
    }
}
