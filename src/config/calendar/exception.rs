//! Pure. Dates that have shifts of their own: working Sundays, overtime, days without work.

use super::super::checker::Checker;
use super::super::finding::KeyPath;
use super::super::{raw, suggest};
use super::dates::dates;
use super::times::{self, Hours};
use crate::model::calendar::hours::clock_text;
use crate::model::calendar::{Dates, ExceptionSetting, ExceptionShift, ShiftSetting};

/// Reads every `[calendar.exception.DATES]`, each with the key it stands at.
pub fn all(checker: &mut Checker, section: &KeyPath, shifts: &[ShiftSetting]) -> Vec<(KeyPath, ExceptionSetting)> {
    let mut exceptions: Vec<(KeyPath, ExceptionSetting)> = Vec::new();
    for text in checker.table_at(section).unwrap_or_default().keys() {
        let path = section.join(text);
        let dates = dates(checker, &path, text);
        let shifts = own_shifts(checker, &path, shifts);
        let Some(exception) = dates
            .zip(shifts)
            .map(|(dates, shifts)| ExceptionSetting { dates, shifts })
        else {
            continue;
        };
        let shares = |other: &&(KeyPath, ExceptionSetting)| meet(other.1.dates, exception.dates);
        if let Some((twin, _)) = exceptions.iter().find(shares) {
            let what = format!("has dates that `{}` has too", twin.last());
            checker.error(&path, what, "write each date in one exception");
        }
        exceptions.push((path, exception));
    }
    exceptions
}

fn own_shifts(checker: &mut Checker, path: &KeyPath, shifts: &[ShiftSetting]) -> Option<Vec<ExceptionShift>> {
    let exception: raw::Exception = checker.read(path, &["shift"])?;
    let mut own: Vec<ExceptionShift> = Vec::new();
    for (index, id) in exception.shifts.iter().enumerate() {
        let at = path.join("shifts").join(&index.to_string());
        if exception.shifts[..index].contains(id) {
            checker.error(&at, format!("names shift `{id}` twice"), "write each shift once");
            continue;
        }
        match shifts.iter().find(|shift| *shift.id == **id) {
            Some(shift) => own.extend(changed(checker, &path.join("shift").join(id), shift)),
            None => unknown_shift(checker, &at, id),
        }
    }
    for id in checker.ids(&path.join("shift")) {
        if !exception.shifts.contains(&id) {
            let what = format!("shift `{id}` does not run on these dates");
            let at = path.join("shift").join(&id);
            checker.error(&at, what, "add it to `shifts`, or leave this table out");
        }
    }
    Some(own)
}

/// The shift with the times it has on these dates.
fn changed(checker: &mut Checker, path: &KeyPath, shift: &ShiftSetting) -> Option<ExceptionShift> {
    let own: raw::ExceptionShift = checker.read(path, &[])?;
    let mut minute = |key: &str, text: &Option<String>, usual: u32| match text {
        Some(text) => times::clock(checker, &path.join(key), text),
        None => Some(usual),
    };
    let from = minute("from", &own.from, shift.from_min);
    let to = minute("to", &own.to, shift.to_min);
    let hours = Hours {
        from_min: from?,
        to_min: to?,
    };
    let breaks = match &own.breaks {
        Some(breaks) => times::breaks(checker, &path.join("breaks"), breaks, hours),
        None => {
            let lost = shift.breaks.iter().find(|pause| !hours.hold(**pause));
            if let Some((start, end)) = lost {
                let what = format!(
                    "the usual break {}-{} is not inside {}",
                    clock_text(*start),
                    clock_text(*end),
                    hours.told(),
                );
                checker.error(path, what, "write `breaks` for these dates too, such as breaks = []");
            }
            shift.breaks.clone()
        }
    };
    Some(ExceptionShift {
        id: std::sync::Arc::clone(&shift.id),
        from_min: hours.from_min,
        to_min: hours.to_min,
        breaks,
    })
}

/// Notes an id that is no shift's.
pub fn unknown_shift(checker: &mut Checker, path: &KeyPath, id: &str) {
    let known = super::shift_ids(checker);
    // A shift that is written but cannot be used has a finding of its own.
    if !known.iter().any(|known| known == id) {
        let known: Vec<&str> = known.iter().map(String::as_str).collect();
        let instead = match suggest::or_list(id, &known) {
            text if text.is_empty() => "write [calendar.shift.ID] first".to_owned(),
            text => text,
        };
        checker.error(path, format!("there is no shift `{id}`"), instead);
    }
}

fn meet(one: Dates, other: Dates) -> bool {
    one.first <= other.last && other.first <= one.last
}
