//! Pure. Shifts of the week as JSON, and back: times of day as `06:00`, days by their first three letters.

use crate::model::settings::ShiftSetting;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

const DAY_MIN: u32 = 24 * 60;
const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

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

/// A minute of the day as `06:00`.
pub(super) fn clock_text(minute: u32) -> String {
    format!("{:02}:{:02}", minute % DAY_MIN / 60, minute % 60)
}

/// Why shifts cannot stand together; `None` when they can.
pub(super) fn fault(shifts: &[ShiftSetting]) -> Option<String> {
    for (index, shift) in shifts.iter().enumerate() {
        let within = |minute: u32| (minute + DAY_MIN - shift.from_min) % DAY_MIN;
        let outside =
            |(from, to): &&(u32, u32)| within(*from) + length(*from, *to) > length(shift.from_min, shift.to_min);
        if shift.breaks.iter().any(|pause| outside(&pause)) {
            return Some(format!("a break of shift {} is not inside it", shift.id));
        }
        for other in &shifts[..index] {
            if other.id == shift.id {
                return Some(format!("there are two shifts {}", shift.id));
            }
            if overlap(shift, other) {
                return Some(format!("shift {} overlaps shift {}", shift.id, other.id));
            }
        }
    }
    None
}

/// Minutes from one time of day to another; the same time is a whole day.
fn length(from: u32, to: u32) -> u32 {
    match (to + DAY_MIN - from) % DAY_MIN {
        0 => DAY_MIN,
        minutes => minutes,
    }
}

/// True when both are at work at the same minute of the week.
fn overlap(one: &ShiftSetting, other: &ShiftSetting) -> bool {
    let starts = |shift: &ShiftSetting| {
        let from = shift.from_min;
        let days = shift.days.into_iter().zip(0u32..).filter(|(works, _)| *works);
        days.map(|(_, day)| day * DAY_MIN + from).collect::<Vec<_>>()
    };
    let week = 7 * DAY_MIN;
    let after = |later: u32, earlier: u32| (later + week - earlier) % week;
    let (one_min, other_min) = (length(one.from_min, one.to_min), length(other.from_min, other.to_min));
    let others = starts(other);
    let meets = |start: u32, other: u32| after(other, start) < one_min || after(start, other) < other_min;
    starts(one)
        .into_iter()
        .any(|start| others.iter().any(|other| meets(start, *other)))
}
