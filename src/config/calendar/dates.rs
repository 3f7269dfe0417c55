//! Pure. Dates and ranges of dates, as text becomes days of the plant's calendar.

use super::super::checker::Checker;
use super::super::finding::KeyPath;
use crate::model::calendar::{self, Dates};
use jiff::civil::Date;

/// More dates than decades have holidays; each is looked at for every slot of the calendar.
const MAX_HOLIDAYS: usize = 1_000;
/// A range that is longer is a slip of the hand.
const MAX_DAYS: i64 = 366;

/// The holidays that `path` lists.
pub fn holidays(checker: &mut Checker, path: &KeyPath, texts: &[String]) -> Vec<Dates> {
    checker.within(path, texts.len(), 0, MAX_HOLIDAYS, "so many dates or ranges of dates");
    let texts = texts.iter().enumerate();
    texts
        .filter_map(|(index, text)| dates(checker, &path.join(&index.to_string()), text))
        .collect()
}

/// `2027-09-02` or `2027-02-05/2027-02-11`.
pub fn dates(checker: &mut Checker, path: &KeyPath, text: &str) -> Option<Dates> {
    let (first, last) = text.split_once('/').unwrap_or((text, text));
    let first = date(checker, path, first.trim());
    // A single date that is none is told once.
    let last = text.contains('/').then(|| date(checker, path, last.trim()));
    let first = first?;
    let dates = Dates {
        first,
        last: last.unwrap_or(Some(first))?,
    };
    if dates.last < dates.first {
        let what = format!("{} is before {}", dates.last, dates.first);
        checker.error(path, what, "write the first day first, then the last");
        return None;
    }
    let days = dates.last.duration_since(dates.first).as_hours() / 24 + 1;
    if days > MAX_DAYS {
        let what = format!("{text} has {days} days");
        checker.error(path, what, format!("write at most {MAX_DAYS} days in one range"));
        return None;
    }
    Some(dates)
}

/// `2027-09-02`.
pub fn date(checker: &mut Checker, path: &KeyPath, text: &str) -> Option<Date> {
    match calendar::dates::date(text) {
        Ok(date) => Some(date),
        Err(wrong) => {
            checker.error(path, wrong.what, wrong.instead);
            None
        }
    }
}
