//! Pure. A machine or a template as written, each of its tables read on its own, so that one slip hides no other.

use super::checker::{Checker, Child};
use super::finding::KeyPath;
use super::meter::Energy;
use super::point::{self, Shape};
use super::raw;
use super::state_table;
use crate::model::settings::{self, MAX_SHIFT_PIECES};
use std::collections::BTreeMap;
use std::num::NonZeroU32;

/// Longest believable cycle in nanoseconds: a day.
pub const MAX_CYCLE_NS: i64 = 86_400_000_000_000;
/// Most pieces of one cycle.
const MAX_CAVITIES: u32 = 10_000;

/// What machines and templates have in common.
#[derive(Debug)]
pub struct Definition {
    /// Where it stands.
    pub path: KeyPath,
    /// Its plain keys.
    pub shared: Child<raw::Shared>,
    /// How its state is told.
    pub state: Child<state_table::State>,
    /// Which points count.
    pub count: Child<raw::Count>,
    /// Its electricity meter.
    pub energy: Child<Energy>,
    /// Its points; `None` for one that cannot be used.
    pub points: BTreeMap<String, Option<Shape>>,
}

/// Reads `[template.ID]`.
pub fn template(checker: &mut Checker, id: &str) -> Definition {
    let path = KeyPath::of(&["template", id]);
    let shared = checker.child(&path, &["state", "count", "points", "energy"]);
    definition(checker, path, shared)
}

/// Reads `[machine.ID]`: its own keys, and the rest. `None` in front when its own keys cannot be used.
pub fn machine(checker: &mut Checker, id: &str) -> (Option<raw::Machine>, Definition) {
    let path = KeyPath::of(&["machine", id]);
    let machine: Option<raw::Machine> = checker.read(&path, &["state", "count", "points", "energy", "modbus", "model"]);
    let shared = machine.as_ref().map_or(Child::Broken, |machine| {
        let machine = machine.clone();
        Child::Good(raw::Shared {
            poll_ms: machine.poll_ms,
            ideal_cycle_s: machine.ideal_cycle_s,
            cavities: machine.cavities,
            max_rate_per_min: machine.max_rate_per_min,
            reject_source: machine.reject_source,
            values: machine.values,
        })
    });
    (machine, definition(checker, path, shared))
}

/// The ideal cycle in nanoseconds, or a finding at `path`.
pub fn ideal_ns(checker: &mut Checker, path: &KeyPath, seconds: &super::decimal::Decimal) -> Option<i64> {
    let ns = seconds.scaled(9).filter(|ns| (1..=MAX_CYCLE_NS).contains(ns));
    if ns.is_none() {
        let what = format!("a cycle of {seconds} s is not possible");
        checker.error(
            path,
            what,
            "write the seconds of one cycle at best, above 0 and at most 86400",
        );
    }
    ns
}

/// Notes an impossible number of pieces per cycle at `path`.
pub fn cavities(checker: &mut Checker, path: &KeyPath, cavities: u32) {
    checker.within(path, cavities, 1, MAX_CAVITIES, "pieces of one cycle");
}

/// The pieces that a machine is to make in a shift, or a finding below `path`.
pub fn shift_pieces(checker: &mut Checker, path: &KeyPath, pieces: Option<i64>) -> Option<NonZeroU32> {
    let at = path.join("target_pieces_per_shift");
    let why = "good pieces of one machine in one shift";
    let pieces = pieces?;
    checker.within(&at, pieces, 1, i64::from(MAX_SHIFT_PIECES), why);
    settings::shift_pieces(pieces)
}

fn definition(checker: &mut Checker, path: KeyPath, shared: Child<raw::Shared>) -> Definition {
    if let Some(shared) = shared.good() {
        if let Some(poll_ms) = shared.poll_ms {
            point::poll(checker, &path.join("poll_ms"), poll_ms);
        }
        if let Some(seconds) = &shared.ideal_cycle_s {
            ideal_ns(checker, &path.join("ideal_cycle_s"), seconds);
        }
        if let Some(pieces) = shared.cavities {
            cavities(checker, &path.join("cavities"), pieces);
        }
    }
    let points_path = path.join("points");
    let points = checker
        .ids(&points_path)
        .into_iter()
        .map(|name| {
            let shape = point::shape(checker, &points_path.join(&name));
            (name, shape)
        })
        .collect();
    Definition {
        shared,
        state: state(checker, &path.join("state")),
        count: checker.child(&path.join("count"), &[]),
        energy: checker.child(&path.join("energy"), &[]),
        points,
        path,
    }
}

/// The table `state` at `path` with the tables inside it.
fn state(checker: &mut Checker, path: &KeyPath) -> Child<state_table::State> {
    let state = checker.child::<state_table::State>(path, &["threshold", "lamps"]);
    if state == Child::Absent {
        return state;
    }
    let threshold = checker.child(&path.join("threshold"), &[]);
    let lamps = checker.child(&path.join("lamps"), &[]);
    match state {
        Child::Good(state) => Child::Good(state_table::State {
            threshold,
            lamps,
            ..state
        }),
        Child::Absent | Child::Broken => state,
    }
}
