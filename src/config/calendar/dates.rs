//! Pure. Dates and ranges of dates, as text becomes days of the plant's calendar.

use super::super::checker::Checker;
use super::super::finding::KeyPath;
use crate::model::calendar::dates::{MOST_HOLIDAYS, NoDate};
use crate::model::calendar::{self, Dates};
use jiff::civil::Date;

/// The holidays that `path` lists.
pub fn holidays(checker: &mut Checker, path: &KeyPath, texts: &[String]) -> Vec<Dates> {
    checker.within(path, texts.len(), 0, MOST_HOLIDAYS, "so many dates or ranges of dates");
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
    let last = last.unwrap_or(Some(first))?;
    told(checker, path, calendar::dates::range(first, last))
}

/// `2027-09-02`.
pub fn date(checker: &mut Checker, path: &KeyPath, text: &str) -> Option<Date> {
    told(checker, path, calendar::dates::date(text))
}

fn told<T>(checker: &mut Checker, path: &KeyPath, read: Result<T, NoDate>) -> Option<T> {
    match read {
        Ok(read) => Some(read),
        Err(wrong) => {
            checker.error(path, wrong.what, wrong.instead);
            None
        }
    }
}
