//! Pure. Shifts of the week as JSON, and back: times of day as `06:00`, days by their first three letters; and what makes no
//! calendar.

use crate::model::calendar::dates::MOST_HOLIDAYS;
use crate::model::calendar::hours::{DAYS, Hours, clock_text};
use crate::model::calendar::{CalendarSetting, Dates, ShiftSetting, business_date, hole, overlap};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Characters of a shift's id: it is a tag on every point.
const ID_CHARS: usize = 64;
/// Longest pattern of crews: after it they begin again.
const MOST_PATTERN: usize = 366;

/// A shift.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wire {
    id: Arc<str>,
    name: Option<Arc<str>>,
    /// The days it begins on.
    days: Vec<String>,
    from: String,
    to: String,
    /// As `09:00-09:15`.
    #[serde(default)]
    breaks: Vec<String>,
}

impl Wire {
    /// The shift as it is shown.
    pub(super) fn of(shift: &ShiftSetting) -> Wire {
        Wire {
            id: Arc::clone(&shift.id),
            name: Some(Arc::clone(&shift.name)),
            days: days_text(&shift.days),
            from: clock_text(shift.from_min),
            to: clock_text(shift.to_min),
            breaks: pauses_text(&shift.breaks),
        }
    }

    /// The shift as it is kept; the error is a sentence.
    pub(super) fn setting(self) -> Result<ShiftSetting, String> {
        Ok(ShiftSetting {
            name: self.name.unwrap_or_else(|| Arc::clone(&self.id)),
            id: self.id,
            days: days(&self.days)?,
            from_min: clock(&self.from)?,
            to_min: clock(&self.to)?,
            breaks: pauses(&self.breaks)?,
        })
    }
}

/// The days of the week of their names, Monday first.
pub(super) fn days(names: &[String]) -> Result<[bool; 7], String> {
    let mut days = [false; 7];
    for day in names {
        let found = DAYS.iter().position(|known| known == day);
        days[found.ok_or_else(|| format!("{day:?} is no day: write \"mon\", \"tue\", ... \"sun\""))?] = true;
    }
    Ok(days)
}

/// The names of days of the week.
pub(super) fn days_text(days: &[bool; 7]) -> Vec<String> {
    let days = days.iter().zip(DAYS).filter(|(is_one, _)| **is_one);
    days.map(|(_, day)| day.to_owned()).collect()
}

/// Breaks as minutes of the day of texts as `09:00-09:15`.
pub(super) fn pauses(texts: &[String]) -> Result<Vec<(u32, u32)>, String> {
    let pause = |text: &String| {
        let (from, to) = text
            .split_once('-')
            .ok_or_else(|| format!("{text:?} is no break: write it as \"09:00-09:15\""))?;
        Ok((clock(from)?, clock(to)?))
    };
    texts.iter().map(pause).collect()
}

/// Breaks as `09:00-09:15`.
pub(super) fn pauses_text(pauses: &[(u32, u32)]) -> Vec<String> {
    let pause = |(from, to): &(u32, u32)| format!("{}-{}", clock_text(*from), clock_text(*to));
    pauses.iter().map(pause).collect()
}

/// Minutes of the day of a text as `06:00`.
pub(super) fn clock(text: &str) -> Result<u32, String> {
    let two = |part: &str| match part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit()) {
        true => part.parse::<u32>().ok(),
        false => None,
    };
    let parts = text.trim().split_once(':');
    match parts.and_then(|(hour, minute)| Some((two(hour)?, two(minute)?))) {
        Some((hour, minute)) if hour < 24 && minute < 60 => Ok(hour * 60 + minute),
        Some((24, 0)) => Ok(0),
        Some(_) | None => Err(format!("{text:?} is no time of day: write it as \"06:00\"")),
    }
}

/// Why a calendar cannot be, from a date on; `None` when it can.
pub(super) fn fault(calendar: &CalendarSetting, from: Date) -> Option<String> {
    let mut faults = [
        of_shifts(&calendar.shifts),
        of_dates(calendar, from),
        of_crews(calendar),
    ]
    .into_iter();
    let stops = || {
        let mut never = calendar.planned_stops.iter().filter(|stop| stop.days == [false; 7]);
        never
            .next()
            .map(|stop| format!("the planned stop `{}` is on no day: write its days", stop.id))
    };
    let overlap = || overlap::first(calendar, from).map(|overlap| overlap.told);
    let shared = || {
        let shared = business_date::first(calendar, from);
        shared.map(|shared| format!("{}: {}", shared.told, shared.instead))
    };
    let fault = faults.find_map(|fault| fault).or_else(stops);
    fault.or_else(overlap).or_else(shared)
}

/// What should be looked at in a calendar that can be, from a date on: time between two shifts in which none runs.
pub(super) fn doubts(calendar: &CalendarSetting, from: Date) -> Vec<String> {
    let holes = hole::all(calendar, from).into_iter();
    holes
        .map(|hole| format!("{}; {}", hole.told(), hole::INSTEAD))
        .collect()
}

fn of_shifts(shifts: &[ShiftSetting]) -> Option<String> {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    for (index, shift) in shifts.iter().enumerate() {
        if shift.id.is_empty() || shift.id.len() > ID_CHARS || !shift.id.chars().all(fits) {
            let id = &shift.id;
            return Some(format!(
                "{id:?} cannot be the id of a shift: write 1 to {ID_CHARS} of the characters A-Z a-z 0-9 . _ -"
            ));
        }
        if shifts[..index].iter().any(|other| other.id == shift.id) {
            return Some(format!("there are two shifts `{}`", shift.id));
        }
        if let Some(pause) = outside((shift.from_min, shift.to_min), &shift.breaks) {
            return Some(format!("the break {pause} of shift `{}` is not inside it", shift.id));
        }
        if let Some(pause) = twice((shift.from_min, shift.to_min), &shift.breaks) {
            return Some(format!(
                "the break {pause} of shift `{}` overlaps another break",
                shift.id
            ));
        }
    }
    None
}

/// The exceptions that are not over: each date has one, and their shifts are there and hold their breaks.
fn of_dates(calendar: &CalendarSetting, from: Date) -> Option<String> {
    let holidays = calendar.holidays.len();
    if holidays > MOST_HOLIDAYS {
        return Some(format!(
            "there are {holidays} holidays: write at most {MOST_HOLIDAYS} dates or ranges of dates"
        ));
    }
    let ahead = || calendar.exceptions.iter().filter(|it| it.dates.last >= from);
    for (index, exception) in ahead().enumerate() {
        let of = exception.dates.first;
        let meets = |other: &Dates| other.first <= exception.dates.last && exception.dates.first <= other.last;
        if let Some(twin) = ahead().take(index).find(|other| meets(&other.dates)) {
            return Some(format!(
                "the exceptions from {} and from {of} on share dates: write each date in one",
                twin.dates.first
            ));
        }
        for own in &exception.shifts {
            if !calendar.shifts.iter().any(|shift| shift.id == own.id) {
                return Some(format!(
                    "there is no shift `{}`, and the exception from {of} on has it",
                    own.id
                ));
            }
            if let Some(pause) = twice((own.from_min, own.to_min), &own.breaks) {
                return Some(format!(
                    "the break {pause} of shift `{}` overlaps another break in the exception from {of} on",
                    own.id
                ));
            }
            if let Some(pause) = outside((own.from_min, own.to_min), &own.breaks) {
                return Some(format!(
                    "the break {pause} of shift `{}` is not inside it in the exception from {of} on",
                    own.id
                ));
            }
        }
    }
    None
}

/// Crews work shifts that are there, in patterns of one length from one day on, and no two of them the same shift of a day.
fn of_crews(calendar: &CalendarSetting) -> Option<String> {
    let first = calendar.crews.first()?;
    for (index, crew) in calendar.crews.iter().enumerate() {
        let length = crew.pattern.len();
        if !(1..=MOST_PATTERN).contains(&length) || length != first.pattern.len() || crew.start != first.start {
            return Some(format!(
                "crews begin on one day and have patterns of one length, 1 to {MOST_PATTERN} days: crew `{}` has {length} from {}, \
                 crew `{}` {} from {}",
                crew.id,
                crew.start,
                first.id,
                first.pattern.len(),
                first.start
            ));
        }
        for (day, id) in crew.pattern.iter().enumerate().filter(|(_, id)| !id.is_empty()) {
            if !calendar.shifts.iter().any(|shift| shift.id == *id) {
                return Some(format!("there is no shift `{id}`, and crew `{}` works it", crew.id));
            }
            let others = &calendar.crews[..index];
            if let Some(twin) = others.iter().find(|other| other.pattern.get(day) == Some(id)) {
                return Some(format!(
                    "crew `{}` and crew `{}` both work shift `{id}` on day {} of the pattern",
                    twin.id,
                    crew.id,
                    day + 1
                ));
            }
        }
    }
    None
}

/// The first break that is not inside a shift of these hours, as text.
fn outside((from_min, to_min): (u32, u32), breaks: &[(u32, u32)]) -> Option<String> {
    let hours = Hours { from_min, to_min };
    breaks.iter().find(|pause| !hours.hold(**pause)).map(pause_text)
}

/// The first break that shares time with another one, as text.
fn twice((from_min, to_min): (u32, u32), breaks: &[(u32, u32)]) -> Option<String> {
    Hours { from_min, to_min }.twice(breaks).as_ref().map(pause_text)
}

fn pause_text((start, end): &(u32, u32)) -> String {
    format!("{}-{}", clock_text(*start), clock_text(*end))
}
