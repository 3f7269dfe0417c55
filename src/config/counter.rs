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
    let digits = written.and_then(|counter| counter.digits);
    let decade = digits.and_then(|digits| decade(checker, &at, digits, bits.is_some(), natural));
    let is_counter = matches!(counter, Child::Good(_)) || natural.is_some() || kind.is_none();
    let width = bits.or(natural).filter(|bits| (8..=64).contains(bits));
    let modulus = decade.or(width.map(|bits| 1i128 << bits));
    is_counter.then(|| CounterSetting {
        modulus,
        resets: resets(
            checker,
            &at.join("resets"),
            written.and_then(|counter| counter.resets.as_ref()),
            modulus,
        ),
    })
}

/// What a counter of so many decimal digits never reaches.
fn decade(checker: &mut Checker, at: &KeyPath, digits: u64, has_bits: bool, natural: Option<u64>) -> Option<i128> {
    let at = at.join("digits");
    if has_bits {
        let what = "a counter turns after its bits or after its digits, not after both";
        checker.error(
            &at,
            what,
            "write bits = 16, or digits = 4 for one that goes from 9999 to 0",
        );
        return None;
    }
    if !checker.within(&at, digits, 1, 18, "counters have 1 to 18 digits") {
        return None;
    }
    let modulus = 10i128.pow(u32::try_from(digits).ok()?);
    if let Some(natural) = natural.filter(|natural| modulus > 1i128 << natural) {
        let what = format!("a counter of {digits} digits does not fit into a register type of {natural} bits");
        let most = if natural == 16 { 4 } else { 9 };
        checker.error(&at, what, format!("write at most digits = {most}, or a wider type"));
    }
    Some(modulus)
}

fn resets(checker: &mut Checker, at: &KeyPath, written: Option<&raw::Resets>, modulus: Option<i128>) -> Resets {
    let word = match written {
        None => return Resets::Undeclared,
        Some(raw::Resets::Preset(value)) => {
            if *value < 0 || modulus.is_some_and(|modulus| i128::from(*value) >= modulus) {
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
        "order" => Resets::Order,
        other => {
            let what = format!("there is no `{other}` here");
            checker.error(
                at,
                what,
                "write \"never\", \"power\", \"shift\", \"order\" or { preset = N }",
            );
            Resets::Undeclared
        }
    }
}
