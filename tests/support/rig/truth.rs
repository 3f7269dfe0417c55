//! What a machine really did, to the millisecond, and what OEE follows from it.

use serde_json::Value;
use std::collections::BTreeMap;

/// State code of a machine that produces.
pub const RUNNING: i64 = 1;
/// The map of every machine in the acceptance tests, as `state.map` writes it.
pub const STATE_MAP: &str =
    r#"{ 0 = "stopped", 1 = "running", 2 = "setup", 3 = "fault:mould", 4 = "waiting:material" }"#;

/// One machine's past.
#[derive(Debug, Clone)]
pub struct Truth {
    /// Wall instants at which the state changed, with the new code; before the first the machine stood.
    pub changes: Vec<(i64, i64)>,
    /// Wall instant of each count.
    pub counts: Vec<i64>,
    /// Those that were rejects.
    pub rejects: Vec<i64>,
    /// When the script was over.
    pub end: i64,
}

impl Truth {
    /// From what the plant told.
    pub fn of(told: &Value) -> Option<Truth> {
        let instants = |name: &str| {
            told[name]
                .as_array()?
                .iter()
                .map(Value::as_i64)
                .collect::<Option<Vec<_>>>()
        };
        let changes = told["changes"]
            .as_array()?
            .iter()
            .map(|change| Some((change[0].as_i64()?, change[1].as_i64()?)));
        Some(Truth {
            changes: changes.collect::<Option<_>>()?,
            counts: instants("counts")?,
            rejects: instants("rejects")?,
            end: told["end"].as_i64()?,
        })
    }

    /// How many of `instants` lie in `[from, to)`.
    pub fn within(instants: &[i64], from: i64, to: i64) -> i64 {
        let n = instants.iter().filter(|at| (from..to).contains(*at)).count();
        i64::try_from(n).expect("fits")
    }

    /// Milliseconds of each class in `[from, to)`, for a machine whose stops are each of one state and end within it (or
    /// are longer than `minor_ms` so far).
    pub fn class_ms(&self, from: i64, to: i64, minor_ms: i64) -> BTreeMap<&'static str, i64> {
        let mut sums = BTreeMap::new();
        for (start, end, state) in self.stretches(from, to) {
            *sums.entry(class(state, end - start < minor_ms)).or_insert(0) += end - start;
        }
        sums
    }

    /// How many changes of state lie in `[from, to)`.
    pub fn changes_within(&self, from: i64, to: i64) -> i64 {
        let instants: Vec<_> = self.changes.iter().map(|(at, _)| *at).collect();
        Truth::within(&instants, from, to)
    }

    /// (start, end, state) of each stretch in `[from, to)`.
    pub fn stretches(&self, from: i64, to: i64) -> Vec<(i64, i64, i64)> {
        let before = self.changes.iter().rev().find(|(at, _)| *at < from);
        let first = (from, before.map_or(0, |(_, state)| *state));
        let starts =
            std::iter::once(first).chain(self.changes.iter().copied().filter(|(at, _)| (from..to).contains(at)));
        let starts: Vec<_> = starts.collect();
        let ends = starts.iter().skip(1).map(|(at, _)| *at).chain(std::iter::once(to));
        starts
            .iter()
            .zip(ends)
            .map(|((start, state), end)| (*start, end, *state))
            .collect()
    }
}

fn class(state: i64, short: bool) -> &'static str {
    match state {
        RUNNING => "running_ms",
        2 => "setup_ms",
        4 => "waiting_ms",
        _ if short => "minor_stop_ms",
        3 => "breakdown_ms",
        _ => "unexplained_ms",
    }
}
