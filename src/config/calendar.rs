//! Pure. When work is planned: shifts over the week, their breaks, and when the production day begins.

use super::checker::Checker;
use super::finding::KeyPath;
use super::raw;
use crate::model::settings::{CalendarSetting, ShiftSetting};

const DAY_MIN: u32 = 24 * 60;
const WEEK_MIN: u32 = 7 * DAY_MIN;
const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// Reads `[calendar]`. Without it all time is planned.
pub fn build(checker: &mut Checker, timezone: &str) -> CalendarSetting {
    let path = KeyPath::of(&["calendar"]);
    let calendar: Option<raw::Calendar> = checker.read(&path, &["shift"]);
    let section = path.join("shift");
    let mut shifts = Vec::new();
    for id in checker.ids(&section) {
        shifts.extend(shift(checker, &section.join(&id), &id));
    }
    overlaps(checker, &section, &shifts);
    let start_at = path.join("production_day_start");
    let written = calendar.and_then(|calendar| calendar.production_day_start);
    let earliest = || shifts.iter().map(|shift| shift.from_min).min();
    let day_start_min = match written {
        Some(text) => clock(checker, &start_at, &text),
        None => earliest(),
    };
    CalendarSetting {
        timezone: timezone.into(),
        day_start_min: day_start_min.unwrap_or(0),
        shifts,
    }
}

fn shift(checker: &mut Checker, path: &KeyPath, id: &str) -> Option<ShiftSetting> {
    let shift: raw::Shift = checker.read(path, &[])?;
    let days = days(checker, &path.join("days"), &shift.days);
    let from = clock(checker, &path.join("from"), &shift.from);
    let to = clock(checker, &path.join("to"), &shift.to);
    let (from_min, to_min) = (from?, to?);
    let length = length(from_min, to_min);
    let mut breaks: Vec<(u32, u32)> = Vec::new();
    for (index, text) in shift.breaks.iter().enumerate() {
        let at = path.join("breaks").join(&index.to_string());
        let Some((start, end)) = text.split_once('-') else {
            checker.error(&at, format!("{text:?} is no break"), super::hints::of(&at));
            continue;
        };
        let (start, end) = (clock(checker, &at, start.trim()), clock(checker, &at, end.trim()));
        let (Some(start), Some(end)) = (start, end) else {
            continue;
        };
        // Minutes since the shift began, so that midnight is nothing special.
        let within = |minute: u32| (minute + DAY_MIN - from_min) % DAY_MIN;
        let (begin, end_in) = (within(start), within(start) + self::length(start, end));
        if end_in > length {
            let what = format!("{text} is not inside the shift ({} to {})", shift.from, shift.to);
            checker.error(&at, what, "write a break that begins and ends in its shift");
        }
        let is_twice = breaks.iter().any(|(other_start, other_end)| {
            let other = within(*other_start);
            begin < other + self::length(*other_start, *other_end) && other < end_in
        });
        if is_twice {
            checker.error(
                &at,
                format!("{text} overlaps another break"),
                "write the time they share once",
            );
        }
        breaks.push((start, end));
    }
    Some(ShiftSetting {
        id: id.into(),
        name: shift.name.as_deref().unwrap_or(id).into(),
        days: days?,
        from_min,
        to_min,
        breaks,
    })
}

/// Minutes from one time of day to another; the same time is a whole day.
fn length(from: u32, to: u32) -> u32 {
    match (to + DAY_MIN - from) % DAY_MIN {
        0 => DAY_MIN,
        minutes => minutes,
    }
}

fn clock(checker: &mut Checker, path: &KeyPath, text: &str) -> Option<u32> {
    let digits = |part: &str| part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
    let minutes = text
        .split_once(':')
        .filter(|(hour, minute)| digits(hour) && digits(minute));
    let minutes = minutes.and_then(|(hour, minute)| Some((hour.parse::<u32>().ok()?, minute.parse::<u32>().ok()?)));
    match minutes {
        Some((hour, minute)) if hour < 24 && minute < 60 => Some(hour * 60 + minute),
        Some((24, 0)) => Some(0),
        Some(_) | None => {
            checker.error(
                path,
                format!("{text:?} is no time of day"),
                "write hours and minutes, such as \"06:00\"",
            );
            None
        }
    }
}

/// `mon-sat`, `sun-thu`, `mon,wed,fri`, `daily`.
fn days(checker: &mut Checker, path: &KeyPath, text: &str) -> Option<[bool; 7]> {
    let mut days = [text == "daily"; 7];
    let find = |word: &str| DAYS.iter().position(|day| *day == word);
    for part in text.split(',').map(str::trim).filter(|_| text != "daily") {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (Some(first), Some(last)) = (find(first), find(last)) else {
            let what = format!("{part:?} is no day of the week");
            checker.error(
                path,
                what,
                "write days such as \"mon-sat\", \"mon,wed,fri\" or \"daily\"",
            );
            return None;
        };
        for day in 0..=(last + 7 - first) % 7 {
            days[(first + day) % 7] = true;
        }
    }
    Some(days)
}

fn overlaps(checker: &mut Checker, section: &KeyPath, shifts: &[ShiftSetting]) {
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
    let (one_min, other_min) = (length(one.from_min, one.to_min), length(other.from_min, other.to_min));
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
