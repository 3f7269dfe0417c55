//! Pure. How a machine's state is told: by which points, by which rule, and what it needs before it counts.

use super::checker::{Checker, Child};
use super::finding::KeyPath;
use super::hints;
use super::packml;
use super::roles::Use;
use super::state_table::{Bit, Lamps, Map, State as Table, Threshold};
use super::suggest;
use crate::model::fact::Role;
use crate::model::state::State;
use crate::model::state_rule::{LampLine, Light, MOST_STOP_AFTER_MS, StateRule};
use crate::model::time::SECOND_MS;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Longest debounce: what holds for a minute is no bounce.
const MOST_DEBOUNCE_MS: u64 = 60_000;
/// Longest hold of a threshold: what it decides must be known before its tallies are final.
const MOST_HOLD_S: u64 = 900;

/// How a machine's state is told, as far as it can be made out.
#[derive(Debug, Default)]
pub struct Told {
    /// The points that tell it.
    pub uses: Vec<Use>,
    /// What codes mean.
    pub codes: BTreeMap<Arc<str>, State>,
    /// True when the codes are not written but PackML's.
    pub is_packml: bool,
    /// The rule.
    pub rule: StateRule,
    /// The counter that pieces are asked of: the point named, where one is, and the key that asks.
    pub count: Option<(Option<String>, KeyPath)>,
    /// `stop_after_s` in milliseconds, where it is written.
    pub stop_after_ms: Option<i64>,
    /// How long a change must hold.
    pub debounce_ms: i64,
}

const STATES: [&str; 8] = [
    "running",
    "idle",
    "stopped",
    "fault:CAUSE",
    "setup",
    "maintenance",
    "waiting:CAUSE",
    "unknown",
];

/// Reads how the state is told. `path` is where the table stands, or where it should.
pub fn read(checker: &mut Checker, path: &KeyPath, table: &Child<Table>) -> Told {
    let mut told = Told::default();
    let Child::Good(table) = table else {
        if *table == Child::Absent {
            let parent = KeyPath(path.0[..path.0.len().saturating_sub(1)].to_vec());
            checker.missing(&parent, "state");
        }
        return told;
    };
    if let Some(hold_s) = table.threshold.good().and_then(|threshold| threshold.hold_s) {
        let why = "what holds longer is found out after its minutes are final";
        checker.within(&path.join("threshold").join("hold_s"), hold_s, 0, MOST_HOLD_S, why);
        told.debounce_ms = ms(hold_s.saturating_mul(SECOND_MS.unsigned_abs()));
    }
    let Some(way) = way(checker, path, table) else {
        return told;
    };
    strangers(checker, path, table, way);
    let one = |role, point: &String, key: &str| Use {
        role: Some(role),
        point: point.clone(),
        path: path.join(key),
    };
    told.uses
        .extend(table.from.iter().map(|from| one(Role::State, from, "from")));
    told.uses.extend(table.run.iter().map(|run| one(Role::Run, run, "run")));
    if way == "from" {
        codes(checker, &path.join("map"), table, &mut told);
        if let Some(mode) = &table.mode {
            told.uses.push(one(Role::Input(0), mode, "mode"));
            told.rule = StateRule::Moded;
        }
    }
    if let Some(point) = &table.from_count {
        told.rule = StateRule::Count;
        told.count = Some((Some(point.clone()), path.join("from_count")));
    }
    if let Some(bits) = &table.bits {
        by_bits(checker, path, bits, table.otherwise.as_deref(), &mut told);
    }
    if let Child::Good(threshold) = &table.threshold {
        by_threshold(checker, &path.join("threshold"), threshold, &mut told);
    }
    if let Child::Good(lamps) = &table.lamps {
        by_lamps(checker, &path.join("lamps"), lamps, &mut told);
    }
    demands(checker, path, table, way, &mut told);
    told
}

/// The one way the state is told in.
fn way(checker: &mut Checker, path: &KeyPath, table: &Table) -> Option<&'static str> {
    let ways = [
        ("from", table.from.is_some()),
        ("run", table.run.is_some()),
        ("from_count", table.from_count.is_some()),
        ("bits", table.bits.is_some()),
        ("threshold", table.threshold != Child::Absent),
        ("lamps", table.lamps != Child::Absent),
    ];
    let written: Vec<&str> = ways.iter().filter(|(_, is)| *is).map(|(way, _)| *way).collect();
    match written.as_slice() {
        [way] => Some(way),
        [first, second, ..] => {
            checker.error(
                path,
                format!("has both `{first}` and `{second}`"),
                "keep one of the two",
            );
            None
        }
        // A mistyped way to tell the state was noted already.
        [] if checker.has_findings_under(path) => None,
        [] => {
            checker.absent(path, "says nowhere which point tells the state", hints::of(path));
            None
        }
    }
}

/// Keys that belong to another way to tell the state.
fn strangers(checker: &mut Checker, path: &KeyPath, table: &Table, way: &str) {
    let keys = [
        ("map", table.map.is_some(), "from"),
        ("mode", table.mode.is_some(), "from"),
        ("otherwise", table.otherwise.is_some(), "bits"),
    ];
    for (key, is_written, of) in keys {
        if is_written && way != of {
            let instead = match (key, way) {
                ("map", "run") => "leave it out: 1 is running, 0 stopped",
                ("map" | "otherwise", "lamps") => "write it inside `lamps`",
                _ => "leave it out",
            };
            checker.error(&path.join(key), format!("belongs to `{of}`, not to `{way}`"), instead);
        }
    }
}

fn codes(checker: &mut Checker, path: &KeyPath, table: &Table, told: &mut Told) {
    match &table.map {
        Some(Map::Codes(codes)) if !codes.is_empty() => {
            for (code, word) in codes {
                if let Some(meaning) = state(checker, &path.join(code), word) {
                    told.codes.insert(Arc::from(code.as_str()), meaning);
                }
            }
        }
        Some(Map::Word(word)) if word == "packml" => {
            told.codes = packml::map();
            told.is_packml = true;
        }
        Some(Map::Word(word)) => {
            let instead = match suggest::nearest(word, ["packml"]) {
                Some(_) => "did you mean \"packml\"?",
                None => hints::of(path),
            };
            checker.error(path, format!("there is no map \"{word}\""), instead);
        }
        Some(Map::Codes(_)) | None => {
            let parent = KeyPath(path.0[..path.0.len().saturating_sub(1)].to_vec());
            checker.missing(&parent, "map");
        }
    }
}

fn by_bits(checker: &mut Checker, path: &KeyPath, bits: &[Bit], otherwise: Option<&str>, told: &mut Told) {
    let at = path.join("bits");
    if bits.is_empty() || bits.len() > usize::from(Role::INPUTS) {
        let what = format!("{} bits cannot tell a state", bits.len());
        checker.error(&at, what, format!("write 1 to {} of them", Role::INPUTS));
        return;
    }
    let mut lines = Vec::new();
    for (place, bit) in (0..).zip(bits) {
        let line = at.join(&place.to_string());
        told.uses.push(Use {
            role: Some(Role::Input(place)),
            point: bit.point.clone(),
            path: line.join("point"),
        });
        lines.extend(state(checker, &line.join("is"), &bit.is));
    }
    let Some(word) = otherwise else {
        checker.missing(path, "otherwise");
        return;
    };
    let otherwise = state(checker, &path.join("otherwise"), word).unwrap_or(State::Unknown);
    told.rule = StateRule::Bits { lines, otherwise };
}

fn by_threshold(checker: &mut Checker, path: &KeyPath, threshold: &Threshold, told: &mut Told) {
    let (Some(point), Some(on), Some(off)) = (&threshold.point, threshold.on, threshold.off) else {
        let keys = [
            ("point", threshold.point.is_none()),
            ("on", threshold.on.is_none()),
            ("off", threshold.off.is_none()),
        ];
        for (key, _) in keys.iter().filter(|(_, is_missing)| *is_missing) {
            checker.missing(path, key);
        }
        return;
    };
    if !(off <= on && on.is_finite() && off.is_finite()) {
        let what = format!("it would run from {on} on and stand from {off} down");
        checker.error(
            &path.join("off"),
            what,
            "write an `off` at or below `on`, such as on = 4.0, off = 2.5",
        );
    }
    told.uses.push(Use {
        role: Some(Role::Input(0)),
        point: point.clone(),
        path: path.join("point"),
    });
    told.rule = StateRule::Threshold { on, off };
}

fn by_lamps(checker: &mut Checker, path: &KeyPath, lamps: &Lamps, told: &mut Told) {
    let mut roles = Vec::new();
    let mut next = 0;
    for (colour, point) in lamps.points() {
        roles.push((colour, point.map(|_| Role::Input(next))));
        if let Some(point) = point {
            told.uses.push(Use {
                role: Some(Role::Input(next)),
                point: point.clone(),
                path: path.join(colour),
            });
            next += 1;
        }
    }
    if next == 0 && !checker.has_findings_under(path) {
        checker.absent(path, "names no lamp", hints::of(path));
    }
    let map = lamps.map.as_deref().unwrap_or_default();
    if map.is_empty() && !checker.has_findings_under(&path.join("map")) {
        checker.missing(path, "map");
    }
    let mut lines = Vec::new();
    for (place, line) in map.iter().enumerate() {
        let at = path.join("map").join(&place.to_string());
        let mut lights = Vec::new();
        for ((colour, role), word) in roles.iter().zip(line.lights()) {
            let Some(word) = word else { continue };
            let Some(role) = role else {
                let what = format!("asks for a {colour} lamp, and no point is one");
                checker.absent(&at.join(colour), what, format!("write {colour} = \"POINT\" in `lamps`"));
                continue;
            };
            match Light::parse(word) {
                Some(light) => lights.push((*role, light)),
                None => {
                    let instead = suggest::or_list(word, &Light::ALL.map(Light::name));
                    checker.error(&at.join(colour), format!("no lamp shines `{word}`"), instead);
                }
            }
        }
        if lights.is_empty() && !checker.has_findings_under(&at) {
            let what = "fits always: the lines after it never count";
            checker.error(&at, what, "name a lamp in it, or write its state as `otherwise`");
        }
        let state = state(checker, &at.join("is"), &line.is).unwrap_or(State::Unknown);
        lines.push(LampLine { lights, state });
    }
    let Some(word) = &lamps.otherwise else {
        checker.missing(path, "otherwise");
        return;
    };
    let otherwise = state(checker, &path.join("otherwise"), word).unwrap_or(State::Unknown);
    told.rule = StateRule::Lamps { lines, otherwise };
}

/// What the state needs before it counts.
fn demands(checker: &mut Checker, path: &KeyPath, table: &Table, way: &str, told: &mut Told) {
    if let Some(debounce_ms) = table.debounce_ms {
        let at = path.join("debounce_ms");
        match way {
            "threshold" => checker.error(&at, "means nothing on a threshold", "write hold_s inside `threshold`"),
            "from_count" => checker.error(&at, "means nothing on pieces, which do not bounce", "leave it out"),
            _ => {
                let why = "what holds longer is no bounce";
                checker.within(&at, debounce_ms, 1, MOST_DEBOUNCE_MS, why);
            }
        }
        told.debounce_ms = ms(debounce_ms);
    }
    if table.confirm_with_count == Some(true) {
        let at = path.join("confirm_with_count");
        if way == "from_count" {
            checker.error(&at, "means nothing on a state that pieces tell already", "leave it out");
        } else {
            told.count = Some((None, at));
        }
    }
    if let Some(stop_after_s) = table.stop_after_s {
        let at = path.join("stop_after_s");
        if told.count.is_none() {
            let what = "means nothing on a state that no count confirms";
            checker.error(&at, what, "leave it out, or write confirm_with_count = true");
        }
        let why = "minutes are not final before it has passed";
        let most = (MOST_STOP_AFTER_MS / SECOND_MS).unsigned_abs();
        checker.within(&at, stop_after_s, 1, most, why);
        told.stop_after_ms = Some(ms(stop_after_s.saturating_mul(SECOND_MS.unsigned_abs())));
    }
}

fn state(checker: &mut Checker, path: &KeyPath, word: &str) -> Option<State> {
    let found = State::parse(word);
    if found.is_none() {
        let bare = STATES.map(|state| state.split(':').next().unwrap_or(state));
        let instead = match suggest::nearest(word, bare) {
            Some(near) => format!("did you mean \"{near}\"?"),
            None => format!("write one of: {}", STATES.join(", ")),
        };
        checker.error(path, format!("there is no state \"{word}\""), instead);
    }
    found
}

fn ms(ms: u64) -> i64 {
    i64::try_from(ms).unwrap_or(i64::MAX)
}
