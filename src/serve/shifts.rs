//! Pure. Shifts of the week as JSON, and back: times of day as `06:00`, days by their first three letters.

use crate::model::calendar::hours::{DAYS, Hours, clock_text};
use crate::model::calendar::overlap;
use crate::model::settings::{CalendarSetting, ShiftSetting};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

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
        let days = shift.days.iter().zip(DAYS).filter(|(works, _)| **works);
        let pause = |(from, to): &(u32, u32)| format!("{}-{}", clock_text(*from), clock_text(*to));
        Wire {
            id: Arc::clone(&shift.id),
            name: Some(Arc::clone(&shift.name)),
            days: days.map(|(_, day)| day.to_owned()).collect(),
            from: clock_text(shift.from_min),
            to: clock_text(shift.to_min),
            breaks: shift.breaks.iter().map(pause).collect(),
        }
    }

    /// The shift as it is kept; the error is a sentence.
    pub(super) fn setting(self) -> Result<ShiftSetting, String> {
        let mut days = [false; 7];
        for day in &self.days {
            let found = DAYS.iter().position(|known| known == day);
            days[found.ok_or_else(|| format!("{day:?} is no day: write \"mon\", \"tue\", ... \"sun\""))?] = true;
        }
        let pause = |text: &String| {
            let (from, to) = text
                .split_once('-')
                .ok_or_else(|| format!("{text:?} is no break: write it as \"09:00-09:15\""))?;
            Ok((clock(from)?, clock(to)?))
        };
        let breaks: Result<Vec<_>, String> = self.breaks.iter().map(pause).collect();
        Ok(ShiftSetting {
            name: self.name.unwrap_or_else(|| Arc::clone(&self.id)),
            id: self.id,
            days,
            from_min: clock(&self.from)?,
            to_min: clock(&self.to)?,
            breaks: breaks?,
        })
    }
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
    let shifts = &calendar.shifts;
    for (index, shift) in shifts.iter().enumerate() {
        if shifts[..index].iter().any(|other| other.id == shift.id) {
            return Some(format!("there are two shifts `{}`", shift.id));
        }
        let hours = Hours {
            from_min: shift.from_min,
            to_min: shift.to_min,
        };
        if let Some((start, end)) = shift.breaks.iter().find(|pause| !hours.hold(**pause)) {
            let pause = format!("{}-{}", clock_text(*start), clock_text(*end));
            return Some(format!("the break {pause} of shift `{}` is not inside it", shift.id));
        }
    }
    let is_missing = |id: &&Arc<str>| !id.is_empty() && !shifts.iter().any(|shift| shift.id == **id);
    let ahead = calendar.exceptions.iter().filter(|it| it.dates.last >= from);
    for (of, id) in ahead.flat_map(|it| it.shifts.iter().map(move |own| (it.dates.first, &own.id))) {
        if is_missing(&id) {
            return Some(format!(
                "there is no shift `{id}`, and the exception from {of} on has it"
            ));
        }
    }
    for crew in &calendar.crews {
        if let Some(id) = crew.pattern.iter().find(is_missing) {
            return Some(format!("there is no shift `{id}`, and crew `{}` works it", crew.id));
        }
    }
    overlap::first(calendar, from).map(|overlap| overlap.told)
}
