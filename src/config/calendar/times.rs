//! Pure. Times of day, breaks and days of the week, as text becomes minutes.

use super::super::checker::Checker;
use super::super::finding::KeyPath;
use super::super::hints;

pub use crate::model::calendar::hours::{DAYS, Hours};

/// The breaks that `path` lists, which a shift with these hours must hold.
pub fn breaks(checker: &mut Checker, path: &KeyPath, texts: &[String], hours: Hours) -> Vec<(u32, u32)> {
    let mut breaks: Vec<(u32, u32)> = Vec::new();
    for (index, text) in texts.iter().enumerate() {
        let at = path.join(&index.to_string());
        let Some((start, end)) = text.split_once('-') else {
            checker.error(&at, format!("{text:?} is no break"), hints::of(&at));
            continue;
        };
        let (start, end) = (clock(checker, &at, start.trim()), clock(checker, &at, end.trim()));
        let Some(pause) = start.zip(end) else {
            continue;
        };
        if !hours.hold(pause) {
            let what = format!("{text} is not inside the shift ({})", hours.told());
            checker.error(&at, what, "write a break that begins and ends in its shift");
        }
        breaks.push(pause);
        if hours.twice(&breaks) == Some(pause) {
            checker.error(
                &at,
                format!("{text} overlaps another break"),
                "write the time they share once",
            );
        }
    }
    breaks
}

/// The minute of the day that a text such as `06:00` names.
pub fn clock(checker: &mut Checker, path: &KeyPath, text: &str) -> Option<u32> {
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

/// `mon-sat`, `sun-thu`, `mon,wed,fri`, `daily`, `none`.
pub fn days(checker: &mut Checker, path: &KeyPath, text: &str) -> Option<[bool; 7]> {
    let mut days = [text == "daily"; 7];
    let find = |word: &str| DAYS.iter().position(|day| *day == word);
    for part in text
        .split(',')
        .map(str::trim)
        .filter(|_| !["daily", "none"].contains(&text))
    {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (Some(first), Some(last)) = (find(first), find(last)) else {
            let what = format!("{part:?} is no day of the week");
            checker.error(
                path,
                what,
                "write days such as \"mon-sat\", \"mon,wed,fri\", \"daily\" or \"none\"",
            );
            return None;
        };
        for day in 0..=(last + 7 - first) % 7 {
            days[(first + day) % 7] = true;
        }
    }
    Some(days)
}
