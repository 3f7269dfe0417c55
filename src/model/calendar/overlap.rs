//! Pure. Shifts that would run at the same time: over the week, with the crews at work, and on single dates.

use super::hours::{DAYS, Hours, clock_text};
use super::{CalendarSetting, DAY_MIN, Dates, ShiftSetting, Turn};
use jiff::civil::Date;
use std::sync::Arc;

const WEEK_MIN: u32 = 7 * DAY_MIN;
/// The pattern of crews and the week come together again after at most so many times the pattern.
const WEEK_DAYS: usize = 7;

/// Two shifts at work at the same time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overlap {
    /// Id of the one: over the week that listed first, on dates that which begins first.
    pub first: Arc<str>,
    /// Id of the other.
    pub second: Arc<str>,
    /// That and when they do, as a sentence without its full stop.
    pub told: String,
}

/// The shifts that overlap on the days of the week they list.
pub fn of_week(shifts: &[ShiftSetting]) -> Vec<Overlap> {
    let mut found = Vec::new();
    for (index, later) in shifts.iter().enumerate() {
        for earlier in &shifts[..index] {
            found.extend(first_overlap(earlier, later).map(|day| Overlap {
                first: Arc::clone(&earlier.id),
                second: Arc::clone(&later.id),
                told: format!("shift `{}` overlaps shift `{}` on {}", later.id, earlier.id, DAYS[day]),
            }));
        }
    }
    found
}

/// The shifts that overlap on some day of the crews' patterns and on no day of the week alone; patterns and week repeat together.
pub fn of_crews(setting: &CalendarSetting) -> Vec<Overlap> {
    let Some(crew) = setting.crews.first() else {
        return Vec::new();
    };
    let rotation = CalendarSetting {
        holidays: Vec::new(),
        exceptions: Vec::new(),
        ..setting.clone()
    };
    let mut found: Vec<Overlap> = Vec::new();
    let days = std::iter::successors(Some(crew.start), |date| date.tomorrow().ok());
    // One day more than the longest time until pattern and week begin together again.
    for date in days.take(crew.pattern.len() * WEEK_DAYS + 1) {
        for meeting in meetings(&rotation, date) {
            let (first, second) = (shift(setting, meeting.first.id), shift(setting, meeting.second.id));
            let is_of_week = first
                .zip(second)
                .is_some_and(|(first, second)| first_overlap(first, second).is_some());
            let mut overlap = meeting.overlap();
            let is_known = |known: &Overlap| known.first == overlap.first && known.second == overlap.second;
            if !is_of_week && !found.iter().any(is_known) {
                overlap.told.push_str(" with the crews at work");
                found.push(overlap);
            }
        }
    }
    found
}

/// The first shifts that overlap on the dates of an exception, or with those of the day before or after.
pub fn of_exception(setting: &CalendarSetting, dates: Dates) -> Option<Overlap> {
    let first = dates.first.yesterday().unwrap_or(dates.first);
    let days = std::iter::successors(Some(first), |date| date.tomorrow().ok());
    let days = days.take_while(|date| date.yesterday().is_ok_and(|before| before <= dates.last));
    let met = days
        .flat_map(|date| meetings(setting, date))
        .find(|meeting| dates.contains(meeting.first_on) || dates.contains(meeting.second_on));
    met.map(|meeting| meeting.overlap())
}

/// The first shifts that overlap: over the week, with the crews, or on the dates of an exception that is not over before `from`.
pub fn first(setting: &CalendarSetting, from: Date) -> Option<Overlap> {
    let ahead = setting
        .exceptions
        .iter()
        .filter(|exception| exception.dates.last >= from);
    let of_week = of_week(&setting.shifts).into_iter().next();
    of_week.or_else(|| of_crews(setting).into_iter().next()).or_else(|| {
        ahead
            .filter_map(|exception| of_exception(setting, exception.dates))
            .next()
    })
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

/// The shift that begins first, that which begins before its end, and on which dates they do.
struct Meeting<'a> {
    first: Turn<'a>,
    first_on: Date,
    second: Turn<'a>,
    second_on: Date,
}

impl Meeting<'_> {
    fn overlap(&self) -> Overlap {
        Overlap {
            first: Arc::clone(self.first.id),
            second: Arc::clone(self.second.id),
            told: self.told(),
        }
    }

    fn told(&self) -> String {
        format!(
            "shift `{}` begins at {} on {}, before shift `{}` ends at {}",
            self.second.id,
            clock_text(self.second.from_min),
            self.second_on,
            self.first.id,
            clock_text(self.first.end_min),
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

#[cfg(test)]
#[path = "overlap/tests.rs"]
mod tests;
