//! Pure. What a machine's points are for: counters, values, and (elsewhere) state; each use with the key that says so.

use super::checker::{Checker, Child};
use super::cycle_time;
use super::finding::KeyPath;
use super::meter;
use super::point::{Shape, Wire};
use super::raw;
use super::state::Told;
use super::state_fits;
use super::suggest;
use super::wiring::Wired;
use crate::model::entry::Source;
use crate::model::fact::Role;
use crate::model::settings::RejectSource;
use crate::signal::decode::Type;

/// One use of a point.
#[derive(Debug, Clone)]
pub struct Use {
    /// The signal it feeds; `None` for a process value.
    pub role: Option<Role>,
    /// Name of the point.
    pub point: String,
    /// The key that says so.
    pub path: KeyPath,
}

/// Which points count what.
pub fn counts(checker: &mut Checker, path: &KeyPath, count: &Child<raw::Count>) -> Vec<Use> {
    let Child::Good(count) = count else {
        return Vec::new();
    };
    let written = [
        (Role::Shots, &count.shots),
        (Role::Total, &count.total),
        (Role::Good, &count.good),
        (Role::Reject, &count.reject),
    ];
    let uses: Vec<Use> = written
        .into_iter()
        .filter_map(|(role, point)| {
            Some(Use {
                role: Some(role),
                point: point.clone()?,
                path: path.join(role.name()),
            })
        })
        .collect();
    let roles: Vec<Role> = uses.iter().filter_map(|one| one.role).collect();
    let (what, instead) = match roles.as_slice() {
        [Role::Shots | Role::Total | Role::Good] => return uses,
        [Role::Shots | Role::Total | Role::Good, Role::Reject] | [Role::Total, Role::Good] => return uses,
        [] if checker.has_findings_under(path) => return uses,
        [] => ("names no counter", super::hints::of(path)),
        [Role::Reject] => (
            "counts rejects, but nothing they are part of",
            "add shots, total or good",
        ),
        [Role::Total, Role::Good, Role::Reject] => (
            "total, good and reject: any two give the third, and three can disagree",
            "leave one out",
        ),
        _ => (
            "shots are cycles; times cavities they give the total already",
            "write shots and reject, or total and good",
        ),
    };
    checker.error(path, what, instead);
    Vec::new()
}

/// Warns of counters at two stations, and of a station where nothing is counted. `path` is where the counters are named.
pub fn stations(checker: &mut Checker, path: &KeyPath, points: &[Wired]) {
    let is_counter = |point: &&Wired| point.roles.iter().any(|role| role.is_counter());
    let mut counters = points.iter().filter(is_counter);
    let first = counters.next();
    let other = first.and_then(|first| counters.find(|point| point.station != first.station));
    if let (Some(first), Some(other)) = (first, other) {
        let named = |point: &Wired| match point.station.as_str() {
            "" => format!("`{}`, which names none", point.name),
            station => format!("`{}` of {station}", point.name),
        };
        let what = format!(
            "counts at two stations, {} and {}: what is lost between them is nobody's reject, so quality and OEE stay unknown",
            named(first),
            named(other)
        );
        checker.warning(
            path,
            what,
            "count both where the pieces leave the machine, or write the same station",
        );
    }
    for point in points
        .iter()
        .filter(|point| !is_counter(point) && !point.station.is_empty())
    {
        let what = format!("`{}` counts nothing, and only what counts has a station", point.name);
        checker.warning(path, what, "leave `station` out of that point");
    }
}

/// Who tells the state, or makes the counters count, by `told_by` of the table at `path`.
pub fn told_by(checker: &mut Checker, path: &KeyPath, written: Option<&String>) -> Source {
    const WORDS: [(&str, Source); 3] = [
        ("machine", Source::Auto),
        ("scan", Source::Scan),
        ("person", Source::Manual),
    ];
    let Some(word) = written else {
        return Source::Auto;
    };
    let found = WORDS.iter().find(|(name, _)| *name == word);
    if found.is_none() {
        let instead = suggest::or_list(word, &WORDS.map(|(name, _)| name));
        checker.error(&path.join("told_by"), format!("nothing is told by `{word}`"), instead);
    }
    found.map_or(Source::Auto, |(_, source)| *source)
}

/// Process values; one named twice is one. `path` is where the list stands.
pub fn values(path: &KeyPath, values: &[String]) -> Vec<Use> {
    let named = values.iter().enumerate();
    named
        .filter(|(index, name)| !values[..*index].contains(name))
        .map(|(index, name)| Use {
            role: None,
            point: name.clone(),
            path: path.join(&index.to_string()),
        })
        .collect()
}

/// Where rejects come from, checked against the counters there are. `path` is the machine; `written` the word and where.
pub fn rejects(
    checker: &mut Checker,
    path: &KeyPath,
    written: Option<(KeyPath, String)>,
    counts: &[Use],
) -> RejectSource {
    let has = |role| counts.iter().any(|one| one.role == Some(role));
    let is_counted = has(Role::Reject) || (has(Role::Total) && has(Role::Good));
    let Some((at, word)) = written else {
        if !counts.is_empty() {
            checker.missing(path, "reject_source");
        }
        return RejectSource::None;
    };
    let source = match word.as_str() {
        "counter" => RejectSource::Counter,
        "manual" => RejectSource::Manual,
        "none" => RejectSource::None,
        other => {
            let instead = suggest::or_list(other, &["counter", "manual", "none"]);
            checker.error(&at, format!("there is no reject source `{other}`"), instead);
            return RejectSource::None;
        }
    };
    match (source, is_counted) {
        (RejectSource::Counter, false) => {
            let what = "no counter of this machine shows rejects";
            checker.absent(
                &at,
                what,
                "add reject (or good beside total) to count, or write \"manual\" or \"none\"",
            );
        }
        (RejectSource::Manual | RejectSource::None, true) => {
            let what = "rejects are counted, and said not to be";
            checker.error(&at, what, "write \"counter\", or take the counter out of `count`");
        }
        (RejectSource::Counter, true) | (RejectSource::Manual | RejectSource::None, false) => {}
    }
    source
}

/// Notes when a point cannot be what it is used for; the map of the state's codes stands at `map`.
pub fn fits(checker: &mut Checker, one: &Use, shape: &Shape, told: &Told, map: &KeyPath) {
    let is_register = matches!(shape.wire, Wire::Modbus { .. });
    let is_scaled = shape.decode.scale.is_some() || shape.decode.offset.is_some();
    let name = &one.point;
    let Some(role) = one.role else {
        if is_register && shape.decode.kind == Type::Bool {
            let what = format!("`{name}` is a bit, and a bit has no mean");
            checker.error(&one.path, what, "name points that are measured");
        }
        return;
    };
    if role == Role::Energy {
        meter::fits(checker, one, shape);
        return;
    }
    if role == Role::CycleTime {
        cycle_time::fits(checker, one, shape);
        return;
    }
    if is_scaled && !state_fits::is_measured(told, role) {
        let word = if matches!(role, Role::Input(_)) {
            "bit or a mode"
        } else {
            role.name()
        };
        let what = format!("`{name}` is scaled, and a {word} is what the device says");
        checker.error(
            &one.path,
            what,
            format!("take scale and offset out of `{name}`, or name another point"),
        );
    }
    if role.is_counter() && shape.counter.is_none() {
        let what = format!("`{name}` cannot count: only u16 and u32 registers can");
        checker.error(
            &one.path,
            what,
            format!("write type = \"u16\" or \"u32\" in `{name}`, or name another point"),
        );
    }
    if !role.is_counter() {
        state_fits::fits(checker, one, role, shape, told, map);
    }
}
