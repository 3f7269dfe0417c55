//! Pure. Whether points can be what they are used for in `state`, and how pieces confirm it.

use super::checker::Checker;
use super::finding::KeyPath;
use super::point::{Shape, Wire};
use super::rates::Rates;
use super::roles::Use;
use super::state::Told;
use super::wiring::Wired;
use crate::model::fact::Role;
use crate::model::state_rule::{StateRule, StopAfter};
use crate::signal::decode::Type;

/// A lamp that flashes once a second shows each light for half a second: with two reads in it no edge is missed.
const LAMP_POLL_MS: u64 = 250;

/// Notes when a point cannot tell the state as it is used to.
pub fn fits(checker: &mut Checker, one: &Use, role: Role, shape: &Shape, told: &Told, map: &KeyPath) {
    let is_register = matches!(shape.wire, Wire::Modbus { .. });
    let name = &one.point;
    let kind = shape.decode.kind;
    if is_measured(told, role) {
        if is_register && kind == Type::Bool {
            let what = format!("`{name}` is a bit, and a threshold cuts a measured value");
            checker.error(
                &one.path,
                what,
                "name a point that is measured, or write state = { run = ... }",
            );
        }
        return;
    }
    if is_register && kind == Type::F32 {
        let what = format!("`{name}` is measured, and a state is a code or a bit");
        let instead = "name a point of a whole type, or write state = { threshold = ... }";
        checker.error(&one.path, what, instead);
    }
    if let (Wire::Mqtt { time: Some(_), .. }, StateRule::Lamps { .. }) = (&shape.wire, &told.rule) {
        let what = format!("`{name}` carries its own time, and a lamp's edges count in the order they arrive");
        checker.error(&one.path, what, format!("leave `time` out of `{name}`"));
    }
    if role == Role::State && is_register {
        let is_bit = kind == Type::Bool;
        if told.is_packml && is_bit {
            let what = format!("`{name}` is a bit, and PackML's states are numbers");
            checker.error(&one.path, what, "name the register that holds StateCurrent");
            return;
        }
        for code in told.codes.keys() {
            let is_code = code.parse::<i64>().is_ok_and(|number| number.to_string() == **code);
            if is_bit && !matches!(&**code, "true" | "false") {
                let what = format!("`{name}` is a bit, never {code:?}");
                checker.error(&map.join(code), what, "write true and false, or state = { run = ... }");
            } else if !is_bit && !is_code {
                let what = format!("`{name}` holds numbers, never {code:?}");
                checker.error(
                    &map.join(code),
                    what,
                    "write the number without leading zeros, such as 0 or 12",
                );
            }
        }
    }
}

/// True for a signal of which the state needs a number, scaled or not.
pub fn is_measured(told: &Told, role: Role) -> bool {
    matches!((&told.rule, role), (StateRule::Threshold { .. }, Role::Input(_)))
}

/// What pieces are asked of the state, checked against the counters there are; `counts` stands at `path`.
pub fn stop_after(
    checker: &mut Checker,
    told: &Told,
    path: &KeyPath,
    counts: &[Use],
    points: &[Wired],
    rates: &Rates,
) -> Option<StopAfter> {
    let (named, at) = told.count.as_ref()?;
    // What `count` itself is wrong with was noted already.
    let may_be_absent = !checker.has_findings_under(path);
    let production = counts
        .iter()
        .filter(|one| one.role.is_some())
        .min_by_key(|one| one.role);
    let found = match (named, production) {
        (None, Some(production)) => Some(production),
        (Some(named), Some(production)) if *named == production.point => Some(production),
        (None, None) if may_be_absent => {
            let what = "no counter of this machine shows pieces";
            checker.absent(at, what, "write count = { total = \"POINT\" }, or leave it out");
            None
        }
        (Some(named), None) if may_be_absent => {
            let what = format!("`{named}` counts nothing yet");
            checker.absent(at, what, format!("write count = {{ total = \"{named}\" }}"));
            None
        }
        (Some(named), Some(production)) => {
            let made = &production.point;
            let what = format!("`{named}` is not the counter of what is made: that is `{made}`");
            checker.error(at, what, format!("write from_count = \"{made}\""));
            None
        }
        (_, None) => None,
    }?;
    if let (Some(written_ms), Some(ideal_ns)) = (told.stop_after_ms, rates.ideal_ns)
        && written_ms.saturating_mul(1_000_000) <= ideal_ns
    {
        let parent = KeyPath(at.0[..at.0.len().saturating_sub(1)].to_vec());
        let what = format!(
            "{} s is no longer than one ideal cycle: every cycle is a stop",
            written_ms / 1_000
        );
        let instead = "write a longer time, or leave it out (2.5 x the ideal cycle, at least 10 s and two polls)";
        checker.warning(&parent.join("stop_after_s"), what, instead);
    }
    let wire = points
        .iter()
        .find(|point| point.name == found.point)
        .map(|point| &point.wire);
    let poll_ms = match wire {
        Some(Wire::Modbus { poll_ms, .. }) => poll_ms.unwrap_or(0),
        Some(Wire::Mqtt { .. }) | None => 0,
    };
    Some(StopAfter {
        written_ms: told.stop_after_ms,
        polls_ms: 2 * i64::try_from(poll_ms).unwrap_or(0),
    })
}

/// Warns of lamps that are read too seldom to see them flash.
pub fn lamps_are_seen(checker: &mut Checker, told: &Told, points: &[Wired]) {
    if !matches!(told.rule, StateRule::Lamps { .. }) {
        return;
    }
    for one in told.uses.iter().filter(|one| matches!(one.role, Some(Role::Input(_)))) {
        let wired = points.iter().find(|point| point.name == one.point);
        if let Some(Wire::Modbus {
            poll_ms: Some(poll_ms), ..
        }) = wired.map(|point| &point.wire)
            && *poll_ms > LAMP_POLL_MS
        {
            let what = format!(
                "`{}` is read every {poll_ms} ms: a lamp that flashes is seen on or off at random",
                one.point
            );
            let instead = format!("write poll_ms = 200 in `{}` (at most {LAMP_POLL_MS})", one.point);
            checker.warning(&one.path, what, instead);
        }
    }
}
