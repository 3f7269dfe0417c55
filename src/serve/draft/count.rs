//! Pure. Entries about pieces: scrap, rework, cavities, counts by hand, increases that are held.

use super::wire::{self, Cavities, HandCount, Held, Pieces, Reworked, Word};
use super::{Against, OLDEST_MS, Pool, Scoped, Sound, instant, kept, reason_id};
use crate::model::entry::{Says, Scope};
use crate::model::fact::Role;
use crate::model::ids::MachineId;
use crate::model::time::{DAY_MS, Period, Timestamp};
use crate::oee::plan::Plan;
use crate::serve::shift;
use std::sync::Arc;

/// Pieces of one entry: no machine makes more in a shift, and 90 days of the largest sums stay far inside 64 bits.
const PIECES: i64 = 1_000_000;
/// Nobody counts by hand for longer.
const HAND_MS: i64 = DAY_MS;

/// Pieces that were scrap.
pub(super) fn scrap(said: &Pieces, machine: MachineId, at: Timestamp, against: Against) -> Result<Sound, String> {
    let (pieces, reason) = (pieces("scrap", said.pieces)?, reason(said, against)?);
    let (at, scope, takes_from) = scope(said.scope.as_ref(), machine, at, against)?;
    Ok(Sound {
        takes_from: Some(takes_from),
        ..Sound::at(at, Says::Scrap { pieces, reason, scope })
    })
}

/// Pieces that were sent to rework.
pub(super) fn rework(said: &Pieces, machine: MachineId, at: Timestamp, against: Against) -> Result<Sound, String> {
    let (pieces, reason) = (pieces("rework", said.pieces)?, reason(said, against)?);
    let (at, scope, takes_from) = scope(said.scope.as_ref(), machine, at, against)?;
    Ok(Sound {
        takes_from: Some(takes_from),
        from_rework: (pieces < 0).then(|| rejected(against.plan, machine, at)),
        ..Sound::at(at, Says::Rework { pieces, reason, scope })
    })
}

/// Reworked pieces that passed.
pub(super) fn reworked(said: &Reworked, machine: MachineId, at: Timestamp, against: Against) -> Result<Sound, String> {
    let pieces = pieces("reworked", said.pieces)?;
    Ok(Sound {
        takes_from: Some(rejected(against.plan, machine, at)),
        ..Sound::at(at, Says::Reworked { pieces })
    })
}

/// What may pass rework at an instant: whatever was rejected of the order that is on the machine, on any machine and however long
/// ago; without an order, of its product in the time that is kept.
pub(super) fn rejected(plan: &Plan, machine: MachineId, at: Timestamp) -> Scoped {
    let order = plan.order_on(machine, at);
    Scoped {
        pool: Pool::Rejected,
        period: match order {
            Some(_) => Period::new(Timestamp::MIN, Timestamp::MAX),
            None => Period::new(at.plus(-OLDEST_MS), Timestamp::MAX),
        },
        order,
    }
}

/// Cavities in use from now on.
pub(super) fn cavities(said: &Cavities, at: Timestamp) -> Result<Sound, String> {
    match said.active {
        0 => Err("`cavities.active` must be at least 1: with none in use the machine makes nothing".to_owned()),
        active => Ok(Sound::at(at, Says::Cavities { active })),
    }
}

/// Pieces counted by hand up to when it happened, where no other end is named.
pub(super) fn by_hand(said: &HandCount, at: Timestamp, now: Timestamp) -> Result<Sound, String> {
    let from = instant("hand_count.from", &said.from, now)?;
    let until = match &said.until {
        Some(until) => instant("hand_count.until", until, now)?,
        None => at,
    };
    if until <= from || until.since(from) > HAND_MS {
        return Err("`hand_count.until`, or else `at`, must lie after `hand_count.from`, and at most a day".to_owned());
    }
    if !(0..=PIECES).contains(&said.pieces) {
        return Err(format!("`hand_count.pieces` must be 0 to {PIECES}"));
    }
    let pieces = said.pieces;
    let says = Says::HandCount {
        until,
        pieces,
        counted: None,
    };
    Ok(Sound::at(from, says))
}

/// What becomes of an increase that is held.
pub(super) fn held(said: &Held, now: Timestamp) -> Result<Sound, String> {
    let at = instant("held.at", &said.at, now)?;
    let role = Role::parse(&said.role).filter(|role| role.is_counter());
    let role = role.ok_or("`held.role` must be shots, total, good or reject")?;
    let says = Says::Held {
        role: role.name().into(),
        release: said.release,
    };
    Ok(Sound::at(at, says).led("to decide on pieces that are held"))
}

fn pieces(object: &str, pieces: i64) -> Result<i64, String> {
    if pieces == 0 || pieces.unsigned_abs() > PIECES.unsigned_abs() {
        return Err(format!(
            "`{object}.pieces` must be 1 to {PIECES}, or the same below zero to take a former entry back"
        ));
    }
    Ok(pieces)
}

fn reason(said: &Pieces, against: Against) -> Result<Arc<str>, String> {
    match said.reason.as_str() {
        "" => Ok("".into()),
        reason => reason_id(reason, against),
    }
}

/// When pieces are booked, what the sender meant, and which good pieces they are taken from.
fn scope(
    scope: Option<&wire::Scope>,
    machine: MachineId,
    at: Timestamp,
    against: Against,
) -> Result<(Timestamp, Scope, Scoped), String> {
    let Against { plan, now, .. } = against;
    let of_shift = |period| Scoped {
        pool: Pool::Good,
        period,
        order: None,
    };
    match scope {
        None | Some(wire::Scope::Word(Word::Now)) => Ok((at, Scope::Now, of_shift(plan.slot(at).shift_period))),
        Some(wire::Scope::Word(Word::Shift)) => Ok((at, Scope::Shift, of_shift(plan.slot(at).shift_period))),
        Some(wire::Scope::Shift { shift }) => {
            let slot = shift::find(plan, shift, now).ok_or_else(|| {
                let shift = wire::short(shift);
                format!("there is no shift `{shift}`; write business date and shift, such as 2026-11-21.1")
            })?;
            let period = slot.shift_period;
            let last = period.end.plus(-1).min(now);
            kept(&format!("the end of the shift `{}`", wire::short(shift)), last, now)?;
            // Of the product and order valid when the shift ended.
            Ok((last, Scope::Former(shift.as_str().into()), of_shift(period)))
        }
        Some(wire::Scope::Order { order }) => {
            let never = || format!("the order `{}` was never on this machine", wire::short(order));
            let last = plan.last_of_order(machine, order, at).ok_or_else(never)?;
            let first = plan.first_of_order(machine, order).ok_or_else(never)?;
            let what = format!("the last time the order `{}` was on this machine", wire::short(order));
            kept(&what, last, now)?;
            let scoped = Scoped {
                pool: Pool::Good,
                period: Period::new(first, Timestamp::MAX),
                order: Some(order.as_str().into()),
            };
            Ok((last, Scope::Order(order.as_str().into()), scoped))
        }
    }
}
