//! Pure. How a point counts: width of the counter and when it begins again.

use super::checker::{Checker, Child};
use super::finding::KeyPath;
use super::raw;
use crate::model::settings::{CounterSetting, Resets};
use crate::signal::decode::Type;

/// What the point at `path` counts like; `None` when it cannot count. `kind` is the type of a register, `None` for a message.
pub fn read(
    checker: &mut Checker,
    path: &KeyPath,
    counter: &Child<raw::Counter>,
    kind: Option<Type>,
) -> Option<CounterSetting> {
    let natural = match kind {
        Some(Type::U16) => Some(16),
        Some(Type::U32) => Some(32),
        Some(Type::Message | Type::Bool | Type::I16 | Type::I32 | Type::F32) | None => None,
    };
    let at = path.join("counter");
    let written = counter.good();
    let bits = written.and_then(|counter| counter.bits);
    if let Some(bits) = bits {
        let is_possible = checker.within(&at.join("bits"), bits, 8, 64, "counters have 8 to 64 bits");
        if let Some(natural) = natural.filter(|natural| is_possible && bits > *natural) {
            let what = format!("a counter of {bits} bits does not fit into a register type of {natural}");
            checker.error(
                &at.join("bits"),
                what,
                format!("write bits = {natural}, or a wider type"),
            );
        }
    }
    if written.is_some() && kind.is_some() && natural.is_none() {
        checker.error(
            &at,
            "only u16 and u32 registers can count",
            "write type = \"u16\" or \"u32\"",
        );
    }
    let is_counter = matches!(counter, Child::Good(_)) || natural.is_some() || kind.is_none();
    let width = bits.or(natural);
    is_counter.then(|| CounterSetting {
        modulus: width.filter(|bits| (8..=64).contains(bits)).map(|bits| 1i128 << bits),
        resets: resets(
            checker,
            &at.join("resets"),
            written.and_then(|counter| counter.resets.as_ref()),
            width,
        ),
    })
}

fn resets(checker: &mut Checker, at: &KeyPath, written: Option<&raw::Resets>, width: Option<u64>) -> Resets {
    let word = match written {
        None => return Resets::Undeclared,
        Some(raw::Resets::Preset(value)) => {
            let limit = width
                .filter(|bits| (8..=62).contains(bits))
                .map_or(i64::MAX, |bits| 1i64 << bits);
            if *value < 0 || *value >= limit {
                checker.error(
                    at,
                    format!("the counter never reaches {value}"),
                    "write a value it can have",
                );
            }
            return Resets::Preset(*value);
        }
        Some(raw::Resets::Word(word)) => word.as_str(),
    };
    match word {
        "never" => Resets::Never,
        "power" => Resets::Power,
        "shift" => Resets::Shift,
        "order" => {
            let instead = "leave `resets` out: a smaller value is taken for a reset and flagged";
            checker.error(at, "resets = \"order\" is not built yet", instead);
            Resets::Undeclared
        }
        other => {
            let what = format!("there is no `{other}` here");
            checker.error(at, what, "write \"never\", \"power\", \"shift\" or { preset = N }");
            Resets::Undeclared
        }
    }
}
