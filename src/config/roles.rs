//! Pure. What a machine's points are for: counters, values, and (elsewhere) state; each use with the key that says so.

use super::checker::{Checker, Child};
use super::finding::KeyPath;
use super::point::{Shape, Wire};
use super::raw;
use super::state::Told;
use super::state_fits;
use super::suggest;
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
