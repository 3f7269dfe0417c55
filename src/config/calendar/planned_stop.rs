//! Pure. Stops that are planned every week, for all machines or for some.

use super::super::checker::Checker;
use super::super::finding::KeyPath;
use super::super::{raw, suggest};
use super::times;
use crate::model::calendar::PlannedStopSetting;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Reads every `[calendar.planned.ID]`, each with the ids of its machines, which get their numbers later.
pub fn all(checker: &mut Checker, section: &KeyPath) -> Vec<(PlannedStopSetting, Vec<String>)> {
    let ids = checker.ids(section);
    ids.iter()
        .filter_map(|id| one(checker, &section.join(id), id))
        .collect()
}

fn one(checker: &mut Checker, path: &KeyPath, id: &str) -> Option<(PlannedStopSetting, Vec<String>)> {
    let stop: raw::PlannedStop = checker.read(path, &[])?;
    let at = path.join("days");
    let days = times::days(checker, &at, &stop.days);
    if days == Some([false; 7]) {
        checker.error(&at, "it is planned on no day", "write its days, or leave the stop out");
    }
    let from = times::clock(checker, &path.join("from"), &stop.from);
    let to = times::clock(checker, &path.join("to"), &stop.to);
    let (machines, lines) = machines_and_lines(checker);
    known(checker, &path.join("machines"), "machine", &stop.machines, &machines);
    known(checker, &path.join("lines"), "line", &stop.lines, &lines);
    let setting = PlannedStopSetting {
        id: id.into(),
        name: stop.name.as_deref().unwrap_or(id).into(),
        days: days?,
        from_min: from?,
        to_min: to?,
        machines: Vec::new(),
        lines: stop.lines.iter().map(|line| Arc::from(line.as_str())).collect(),
    };
    Some((setting, stop.machines))
}

/// Ids of all machines and lines that are written, whether they can be used or not.
fn machines_and_lines(checker: &mut Checker) -> (BTreeSet<String>, BTreeSet<String>) {
    let section = KeyPath::of(&["machine"]);
    let table = checker.tree.table(&section).cloned().unwrap_or_default();
    let machines: BTreeSet<String> = table.keys().cloned().collect();
    let line = |machine: &String| {
        checker
            .tree
            .get(&section.join(machine).join("line"))?
            .as_str()
            .map(str::to_owned)
    };
    let lines = machines.iter().filter_map(line).collect();
    (machines, lines)
}

fn known(checker: &mut Checker, path: &KeyPath, noun: &str, named: &[String], known: &BTreeSet<String>) {
    for (index, name) in named.iter().enumerate().filter(|(_, name)| !known.contains(*name)) {
        let candidates: Vec<&str> = known.iter().map(String::as_str).collect();
        let instead = suggest::or_list(name, &candidates);
        let at = path.join(&index.to_string());
        checker.error(&at, format!("there is no {noun} `{name}`"), instead);
    }
}
