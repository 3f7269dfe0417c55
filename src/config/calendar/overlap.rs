//! Pure. Shifts that would run at the same time, over the week and on single dates.

use super::super::checker::Checker;
use super::super::finding::KeyPath;
use super::times::{DAYS, Hours, minute};
use crate::model::calendar::{CalendarSetting, DAY_MIN, Dates, ShiftSetting, Turn};
use jiff::civil::Date;
use std::sync::Arc;

const WEEK_MIN: u32 = 7 * DAY_MIN;
/// The pattern of crews and the week come together again after at most so many times the pattern.
const WEEK_DAYS: usize = 7;

/// Notes the shifts of the week that overlap.
pub fn of_week(checker: &mut Checker, section: &KeyPath, shifts: &[ShiftSetting]) {
    for (index, later) in shifts.iter().enumerate() {
        for earlier in &shifts[..index] {
            let Some(day) = first_overlap(earlier, later) else {
                continue;
            };
            let what = format!("overlaps shift `{}` on {}", earlier.id, DAYS[day]);
            checker.error(&section.join(&later.id), what, "end one where the other begins");
        }
    }
}

/// The day of the week on which both are at work, as an index into [`DAYS`].
fn first_overlap(one: &ShiftSetting, other: &ShiftSetting) -> Option<usize> {
    let starts = |shift: &ShiftSetting| {
        let from = shift.from_min;
        let days = shift.days.into_iter().zip(0u32..).filter(|(works, _)| *works);
        days.map(|(_, day)| day * DAY_MIN + from).collect::<Vec<_>>()
    };
    let length = |shift: &ShiftSetting| {
        let hours = Hours {
            from_min: shift.from_min,
            to_min: shift.to_min,
        };
        hours.length()
    };
    let (one_min, other_min) = (length(one), length(other));
    let others = starts(other);
    starts(one).into_iter().find_map(|start| {
        // The week is a circle: each begins at some distance after the other.
        let meets = |other: u32| {
            (other + WEEK_MIN - start) % WEEK_MIN < one_min || (start + WEEK_MIN - other) % WEEK_MIN < other_min
        };
        let other = others.iter().find(|other| meets(**other))?;
        let is_later = (other + WEEK_MIN - start) % WEEK_MIN < one_min;
        let at = if is_later { *other } else { start };
        usize::try_from(at / DAY_MIN).ok()
    })
}

/// Notes the shifts that overlap on some day of the crews' patterns; they and the week repeat together.
pub fn of_crews(checker: &mut Checker, section: &KeyPath, setting: &CalendarSetting) {
    let Some(crew) = setting.crews.first() else { return };
    let rotation = CalendarSetting {
        holidays: Vec::new(),
        exceptions: Vec::new(),
        ..setting.clone()
    };
    let mut known: Vec<(Arc<str>, Arc<str>)> = Vec::new();
    let days = std::iter::successors(Some(crew.start), |date| date.tomorrow().ok());
    // One day more than the longest time until pattern and week begin together again.
    for date in days.take(crew.pattern.len() * WEEK_DAYS + 1) {
        for meeting in meetings(&rotation, date) {
            let pair = (Arc::clone(meeting.first.id), Arc::clone(meeting.second.id));
            let (first, second) = (shift(setting, &pair.0), shift(setting, &pair.1));
            let is_of_week = first
                .zip(second)
                .is_some_and(|(first, second)| first_overlap(first, second).is_some());
            if !is_of_week && !known.contains(&pair) {
                let what = format!("{} with the crews at work", meeting.told());
                checker.error(&section.join(&pair.1), what, END_ONE);
                known.push(pair);
            }
        }
    }
}

/// Notes the first shifts that overlap on the dates of an exception, or with those of the day before or after.
pub fn of_exception(checker: &mut Checker, path: &KeyPath, setting: &CalendarSetting, dates: Dates) {
    let first = dates.first.yesterday().unwrap_or(dates.first);
    let days = std::iter::successors(Some(first), |date| date.tomorrow().ok());
    let days = days.take_while(|date| date.yesterday().is_ok_and(|before| before <= dates.last));
    let met = days
        .flat_map(|date| meetings(setting, date))
        .find(|meeting| dates.contains(meeting.first_on) || dates.contains(meeting.second_on));
    if let Some(meeting) = met {
        checker.error(path, meeting.told(), END_ONE);
    }
}

const END_ONE: &str = "end one where the other begins";

/// Two shifts at work at the same time.
struct Meeting<'a> {
    first: Turn<'a>,
    first_on: Date,
    second: Turn<'a>,
    second_on: Date,
}

impl Meeting<'_> {
    fn told(&self) -> String {
        format!(
            "shift `{}` begins at {} on {}, before shift `{}` ends at {}",
            self.second.id,
            minute(self.second.from_min),
            self.second_on,
            self.first.id,
            minute(self.first.end_min),
        )
    }
}

/// The shifts that begin on a date while another one, of the same day or the day before, is on.
fn meetings(setting: &CalendarSetting, date: Date) -> Vec<Meeting<'_>> {
    let mut met = Vec::new();
    let own: Vec<Turn> = setting.turns(date).collect();
    if let Ok(before) = date.yesterday() {
        for first in setting.turns(before) {
            let later = own.iter().filter(|second| second.from_min + DAY_MIN < first.end_min);
            met.extend(later.map(|second| Meeting {
                first,
                first_on: before,
                second: *second,
                second_on: date,
            }));
        }
    }
    for (index, one) in own.iter().enumerate() {
        for other in &own[..index] {
            let (first, second) = if other.from_min <= one.from_min {
                (other, one)
            } else {
                (one, other)
            };
            if second.from_min < first.end_min {
                met.push(Meeting {
                    first: *first,
                    first_on: date,
                    second: *second,
                    second_on: date,
                });
            }
        }
    }
    met
}

fn shift<'a>(setting: &'a CalendarSetting, id: &str) -> Option<&'a ShiftSetting> {
    setting.shifts.iter().find(|shift| *shift.id == *id)
}
