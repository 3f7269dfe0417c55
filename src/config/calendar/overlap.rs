//! Pure. Notes shifts that would run at the same time, or be taken for one, and time between them in which none runs.

use super::super::checker::Checker;
use super::super::finding::KeyPath;
use crate::model::calendar::overlap::{self, Overlap};
use crate::model::calendar::{CalendarSetting, Dates, ShiftSetting, business_date, hole};

const END_ONE: &str = "end one where the other begins";

/// Notes the shifts of the week that overlap.
pub fn of_week(checker: &mut Checker, section: &KeyPath, shifts: &[ShiftSetting]) {
    note(checker, section, overlap::of_week(shifts));
}

/// Notes the shifts that overlap on some day of the crews' patterns.
pub fn of_crews(checker: &mut Checker, section: &KeyPath, setting: &CalendarSetting) {
    note(checker, section, overlap::of_crews(setting));
}

/// Notes time between two shifts of a day of the week in which none runs.
pub fn holes_of_week(checker: &mut Checker, section: &KeyPath, setting: &CalendarSetting) {
    for hole in hole::of_week(setting) {
        checker.doubt(&section.join(&hole.second), hole.told(), hole::INSTEAD);
    }
}

/// Notes the first such time on the dates of an exception.
pub fn hole_of_exception(checker: &mut Checker, path: &KeyPath, setting: &CalendarSetting, dates: Dates) {
    if let Some(hole) = hole::of_exception(setting, dates) {
        checker.doubt(path, hole.told(), hole::INSTEAD);
    }
}

/// Notes the first shifts that overlap on the dates of an exception, or with those of the day before or after; and the first of
/// one id and one business date.
pub fn of_exception(checker: &mut Checker, path: &KeyPath, setting: &CalendarSetting, dates: Dates) {
    if let Some(overlap) = overlap::of_exception(setting, dates) {
        checker.error(path, overlap.told, END_ONE);
    }
    if let Some(shared) = business_date::of_exception(setting, dates) {
        checker.error(path, shared.told, shared.instead);
    }
}

fn note(checker: &mut Checker, section: &KeyPath, overlaps: Vec<Overlap>) {
    for overlap in overlaps {
        checker.error(&section.join(&overlap.second), overlap.told, END_ONE);
    }
}
