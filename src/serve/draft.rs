//! Pure. From the body of a request to entries whose names, numbers and instants can be believed.

use super::answer::Problem;
use super::{Known, stamp};
use crate::model::booking;
use crate::model::entry::{Says, Scope};
use crate::model::ids::MachineId;
use crate::model::live::{MachineLive, PlantLive};
use crate::model::state::Class;
use crate::model::time::{HOUR_MS, MINUTE_MS, SECOND_MS, Timestamp};
use axum::http::StatusCode;
use serde::Deserialize;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Entries in one request: what a device gathers in a shift offline; with 64 KiB there are 650 bytes for each.
pub(super) const ENTRIES: usize = 100;
/// Characters of a key: a UUID has 36.
const KEY_CHARS: usize = 128;
/// Pieces of one entry: no machine makes more in a shift, and 90 days of the largest sums stay far inside 64 bits.
const PIECES: i64 = 1_000_000;
/// Clocks of two computers in one plant differ by this much without a fault.
const FUTURE_MS: i64 = 5 * SECOND_MS;
/// Minute tallies are kept this long; there is nothing older to put an entry into.
const OLDEST_MS: i64 = 90 * 24 * HOUR_MS;
/// Spans that were settled this long ago are on disk: the minute until their tally is sealed, and the commits after it.
const ON_DISK_MS: i64 = 90 * SECOND_MS;
/// The longest minor stop that may be configured: for so long at most a stop holds settling back.
const MINOR_MS: i64 = 15 * MINUTE_MS;

/// An entry as sent.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wire {
    /// Unique among the sender's entries.
    pub key: String,
    /// Id of the machine.
    pub machine: String,
    kind: Kind,
    at: Option<When>,
    age_ms: Option<i64>,
    reason: Option<Reason>,
    scrap: Option<Scrap>,
    product: Option<Product>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Reason,
    Scrap,
    Product,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(
    untagged,
    expecting = "expected an instant with its offset, such as \"2026-11-21T14:05:00+07:00\", or whole milliseconds since 1970"
)]
enum When {
    Ms(i64),
    Text(String),
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Reason {
    reason: String,
    anchor: Option<When>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Scrap {
    pieces: i64,
    #[serde(default)]
    reason: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Product {
    product: String,
}

/// An entry that names what there is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Checked {
    /// Which machine.
    pub machine: MachineId,
    /// The earliest instant it can affect, or where to ask for it.
    pub earliest: Earliest,
    /// What it says.
    pub says: Says,
}

/// The earliest instant an entry can affect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Earliest {
    /// This one.
    At(Timestamp),
    /// The start of the stored stop that holds `anchor`; when there is none and `open`, it may come to the disk yet.
    StoredStop {
        /// An instant inside the stop.
        anchor: Timestamp,
        /// True when spans of that time are perhaps not on disk yet.
        open: bool,
    },
}

/// The entries of a body, and whether they came as an array; the error is a sentence.
pub(super) fn read(body: &[u8]) -> Result<(Vec<Wire>, bool), String> {
    let many = body.trim_ascii_start().first() == Some(&b'[');
    let mut json = serde_json::Deserializer::from_slice(body);
    let wires = if many {
        serde_path_to_error::deserialize(&mut json)
    } else {
        serde_path_to_error::deserialize(&mut json).map(|wire| vec![wire])
    };
    let wires: Vec<Wire> = wires.map_err(|error| match error.path().to_string().as_str() {
        "." | "?" => format!("the body is not an entry: {}", error.inner()),
        path => format!("`{}`: {}", short(path), error.inner()),
    })?;
    json.end()
        .map_err(|error| format!("there is more after the entry: {error}"))?;
    match wires.len() {
        0 => Err("the array is empty: send one entry at least".to_owned()),
        count if count > ENTRIES => Err(format!(
            "{count} entries came in one request: send at most {ENTRIES}, and the others in the next"
        )),
        _ => Ok((wires, many)),
    }
}

/// Checks one entry against the plant as it is at `now`.
pub(super) fn check(wire: &Wire, live: &PlantLive, known: &Known, now: Timestamp) -> Result<Checked, Problem> {
    sound(wire, live, known, now).map_err(|why| refused(&why))
}

/// The refusal of an entry that would be refused again.
pub(super) fn refused(why: &str) -> Problem {
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, format!("nothing was booked: {why}"))
}

fn sound(wire: &Wire, live: &PlantLive, known: &Known, now: Timestamp) -> Result<Checked, String> {
    let printable = wire.key.bytes().all(|byte| (b' '..=b'~').contains(&byte));
    if !(1..=KEY_CHARS).contains(&wire.key.len()) || !printable {
        return Err(format!(
            "`key` must be 1 to {KEY_CHARS} printable ASCII characters, unique for each entry"
        ));
    }
    let machine = live.machines.iter().find(|machine| *machine.id == *wire.machine);
    let machine = machine.ok_or_else(|| format!("there is no machine `{}`", short(&wire.machine)))?;
    let at = at(wire, now)?;
    let (earliest, says) = match (wire.kind, &wire.reason, &wire.scrap, &wire.product) {
        (Kind::Reason, Some(reason), None, None) => self::reason(reason, machine, known, at, now)?,
        (Kind::Scrap, None, Some(scrap), None) => (Earliest::At(at), self::scrap(scrap, known)?),
        (Kind::Product, None, None, Some(product)) => (Earliest::At(at), self::product(product, known)?),
        _ => {
            return Err(
                "`kind` must be reason, scrap or product, with the object of that name and no other".to_owned(),
            );
        }
    };
    Ok(Checked {
        machine: machine.machine,
        earliest,
        says,
    })
}

/// When it happened: `at`, or `age_ms` ago, or now.
fn at(wire: &Wire, now: Timestamp) -> Result<Timestamp, String> {
    match (&wire.at, wire.age_ms) {
        (Some(_), Some(_)) => Err("give `at` or `age_ms`, not both".to_owned()),
        (Some(at), None) => instant("at", at, now),
        (None, Some(age_ms)) => instant("age_ms", &When::Ms(now.plus(age_ms.saturating_neg()).0), now),
        (None, None) => Ok(now),
    }
}

/// An instant that is neither in the future nor older than what is kept.
fn instant(key: &str, when: &When, now: Timestamp) -> Result<Timestamp, String> {
    let at = match when {
        When::Ms(ms) => Timestamp(*ms),
        When::Text(text) => stamp::read(text).map_err(|why| format!("`{key}`: {why}"))?,
    };
    let ahead_ms = at.since(now);
    if ahead_ms > FUTURE_MS {
        let now = stamp::text(now).unwrap_or_default();
        return Err(format!(
            "`{key}` lies {} s in the future; here it is {now}: look at the clock of the sender",
            ahead_ms / SECOND_MS
        ));
    }
    if ahead_ms < -OLDEST_MS {
        return Err(format!(
            "`{key}` is older than 90 days; entries that old are no longer taken"
        ));
    }
    Ok(at.min(now))
}

fn reason(
    reason: &Reason,
    machine: &MachineLive,
    known: &Known,
    at: Timestamp,
    now: Timestamp,
) -> Result<(Earliest, Says), String> {
    let id = id_of(&reason.reason, &known.reasons, "reason")?;
    let anchor = match &reason.anchor {
        Some(anchor) => instant("anchor", anchor, now)?,
        None => at,
    };
    let earliest = if anchor < machine.since {
        // A short stop holds settling back to its start until it ends, and then all of it is settled at once.
        let has_just_ended = now.since(machine.since) < ON_DISK_MS;
        let may_be_of_it = anchor >= machine.since.plus(-MINOR_MS - ON_DISK_MS);
        let open = anchor >= machine.settled.plus(-ON_DISK_MS) || has_just_ended && may_be_of_it;
        Earliest::StoredStop { anchor, open }
    } else if booking::is_stop(machine.class) {
        Earliest::At(machine.since)
    } else if machine.class == Class::Unknown && machine.recomputing {
        // What is worked out now may be a stop yet.
        Earliest::StoredStop { anchor, open: true }
    } else if machine.class == Class::Unknown {
        return Err(unknown(machine.id.as_ref(), anchor));
    } else {
        return Err(no_stop(machine.id.as_ref(), anchor) + &format!(": it is {} now", machine.class.name()));
    };
    Ok((
        earliest,
        Says::Reason {
            reason: id,
            anchor,
            part: None,
            leads: false,
        },
    ))
}

/// The sentence for an anchor that no stop holds.
pub(super) fn no_stop(machine: &str, anchor: Timestamp) -> String {
    let anchor = stamp::text(anchor).unwrap_or_default();
    format!("{machine} had no stop at {anchor} that a reason could be for")
}

/// The sentence for an anchor in unknown time.
pub(super) fn unknown(machine: &str, anchor: Timestamp) -> String {
    let anchor = stamp::text(anchor).unwrap_or_default();
    format!(
        "nobody saw what {machine} did at {anchor}: that time is unknown, and a reason would have no effect there. Unknown time \
         cannot be declared yet: give an anchor inside a stop, and look at /api/v1/health for why the machine was not seen"
    )
}

fn scrap(scrap: &Scrap, known: &Known) -> Result<Says, String> {
    if scrap.pieces == 0 || scrap.pieces.unsigned_abs() > PIECES.unsigned_abs() {
        return Err(format!(
            "`scrap.pieces` must be 1 to {PIECES}, or the same below zero to take a former entry back"
        ));
    }
    let reason = match scrap.reason.as_str() {
        "" => "".into(),
        reason => id_of(reason, &known.reasons, "reason")?,
    };
    Ok(Says::Scrap {
        pieces: scrap.pieces,
        reason,
        scope: Scope::Now,
    })
}

fn product(product: &Product, known: &Known) -> Result<Says, String> {
    let product = match product.product.as_str() {
        "" => "".into(),
        product => id_of(product, &known.products, "product")?,
    };
    Ok(Says::Product { product })
}

fn id_of(id: &str, known: &BTreeSet<Arc<str>>, what: &str) -> Result<Arc<str>, String> {
    known
        .get(id)
        .cloned()
        .ok_or_else(|| format!("there is no {what} `{}` in the configuration", short(id)))
}

/// What a sender wrote, short enough for a sentence.
fn short(text: &str) -> String {
    text.chars().take(64).collect()
}

#[cfg(test)]
#[path = "draft/tests.rs"]
mod tests;
