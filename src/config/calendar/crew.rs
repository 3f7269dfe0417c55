//! Pure. Crews that rotate over the shifts by a pattern of n days.

use super::super::checker::Checker;
use super::super::finding::KeyPath;
use super::super::raw;
use super::dates::date;
use super::exception::unknown_shift;
use crate::model::calendar::CrewSetting;
use std::sync::Arc;

/// Longest pattern: after it the crews begin again.
const MAX_PATTERN: usize = 366;
/// In a pattern: a day off.
const OFF: &str = "-";

/// Reads `[calendar.crews]` and every `[calendar.crew.ID]`.
pub fn all(checker: &mut Checker, calendar: &KeyPath) -> Vec<CrewSetting> {
    let (common, section) = (calendar.join("crews"), calendar.join("crew"));
    let ids = checker.ids(&section);
    if ids.is_empty() {
        if checker.tree.get(&common).is_some() {
            checker.unused(
                &common,
                "there is no crew",
                super::super::hints::of(&section.join("ID")),
            );
        }
        return Vec::new();
    }
    let start = checker.read::<raw::Crews>(&common, &[]);
    let start = start.and_then(|crews| date(checker, &common.join("start"), &crews.start));
    let mut crews: Vec<CrewSetting> = Vec::new();
    for id in &ids {
        let path = section.join(id);
        let Some(pattern) = pattern(checker, &path) else {
            continue;
        };
        let crew = CrewSetting {
            id: id.as_str().into(),
            start: start.unwrap_or_default(),
            pattern,
        };
        compare(checker, &path.join("pattern"), &crews, &crew);
        crews.push(crew);
    }
    // Without a first day nobody knows who works when; it has a finding.
    if start.is_some() { crews } else { Vec::new() }
}

fn pattern(checker: &mut Checker, path: &KeyPath) -> Option<Vec<Arc<str>>> {
    let crew: raw::Crew = checker.read(path, &[])?;
    let at = path.join("pattern");
    if !checker.within(&at, crew.pattern.len(), 1, MAX_PATTERN, "so many days") {
        return None;
    }
    let known = super::shift_ids(checker);
    let days = crew.pattern.iter().enumerate().map(|(day, id)| {
        if id != OFF && !known.contains(id) {
            unknown_shift(checker, &at.join(&day.to_string()), id);
        }
        if id == OFF {
            Arc::default()
        } else {
            Arc::from(id.as_str())
        }
    });
    Some(days.collect())
}

/// Notes where a crew does not fit those read before it.
fn compare(checker: &mut Checker, path: &KeyPath, others: &[CrewSetting], crew: &CrewSetting) {
    let Some(first) = others.first() else { return };
    if first.pattern.len() != crew.pattern.len() {
        let what = format!(
            "has {} days, crew `{}` has {}",
            crew.pattern.len(),
            first.id,
            first.pattern.len()
        );
        checker.error(path, what, "write patterns of one length, with \"-\" for a day off");
        return;
    }
    for (day, id) in crew.pattern.iter().enumerate().filter(|(_, id)| !id.is_empty()) {
        let Some(twin) = others.iter().find(|other| other.pattern.get(day) == Some(id)) else {
            continue;
        };
        let what = format!(
            "works shift `{id}` on day {} of the pattern as crew `{}` does",
            day + 1,
            twin.id
        );
        checker.error(
            &path.join(&day.to_string()),
            what,
            "give the shift to one crew each day",
        );
    }
}
