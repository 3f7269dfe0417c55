//! Pure. What the answer of roll-ups has.

use crate::model::time::Timestamp;
use crate::oee::rollup::{MIXED, engine_name};
use crate::serve::kpis::Causes;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// `GET /api/v1/rollups`: tallies merged over time and place.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(in crate::serve) struct RollUps {
    /// IANA zone of the calendar.
    pub timezone: Arc<str>,
    /// Id of the loss policy of all ratios: the one in force at the end.
    pub policy: Arc<str>,
    /// The engine that worked all of it out; `mixed` where it was several, whose numbers each row has, `unknown` where nobody
    /// knows it any more, and null where there are no rows.
    pub engine: Option<Engine>,
    pub version: &'static str,
    /// Minute tallies of the dates, machine and line asked for that were corrected since they were sealed.
    #[cfg_attr(test, ts(type = "number"))]
    pub corrected: u64,
    /// Minute tallies, and so hours, before it are no longer kept; null where none was ever given up.
    #[serde(serialize_with = "super::maybe_millis")]
    #[cfg_attr(test, ts(type = "number | null"))]
    pub kept_since: Option<Timestamp>,
    pub rows: Vec<RollUp>,
}

/// Which engine worked tallies out.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(untagged)]
pub(in crate::serve) enum Engine {
    Number(u32),
    Word(String),
}

impl Engine {
    /// Of all these.
    pub(in crate::serve) fn of(engines: &BTreeSet<u32>) -> Option<Engine> {
        let mut all = engines.iter();
        match (all.next(), all.next()) {
            (None, _) => None,
            (Some(0), None) => Some(Engine::Word(engine_name(0))),
            (Some(engine), None) => Some(Engine::Number(*engine)),
            (Some(_), Some(_)) => Some(Engine::Word(MIXED.to_owned())),
        }
    }
}

/// Merged tallies.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(in crate::serve) struct RollUp {
    /// `2026-11-21T06:00:00Z` (the hour), `2026-11-21.1` (the shift), `2026-11-21`, `2026-W47` or `2026-11`.
    pub period: String,
    /// Id of the machine, line, plant, product or order.
    pub id: Arc<str>,
    pub machines: Vec<Arc<str>>,
    /// What they belong to by name, such as `product`; `mixed` where they differ.
    #[cfg_attr(test, ts(type = "Record<string, string>"))]
    pub key: BTreeMap<&'static str, String>,
    /// The first 50 that they differ in, in order, by the names that are `mixed` ...
    #[cfg_attr(test, ts(type = "Record<string, string[]>"))]
    pub mixed: BTreeMap<&'static str, Vec<Arc<str>>>,
    /// ... and those names of which there are more.
    #[cfg_attr(test, ts(type = "string[]"))]
    pub mixed_cut: Vec<&'static str>,
    #[cfg_attr(test, ts(type = "Record<string, number>"))]
    pub sums: BTreeMap<&'static str, i64>,
    #[cfg_attr(test, ts(type = "Record<string, number | null>"))]
    pub kpis: BTreeMap<&'static str, Option<f64>>,
    /// The cause of each KPI that is null.
    #[cfg_attr(test, ts(type = "Record<string, string>"))]
    pub why: Causes,
    /// Known / planned time.
    pub coverage: Option<f64>,
    /// Up to when all its machines are sealed; null where the row is final: what changes then is a correction.
    #[serde(serialize_with = "super::maybe_millis")]
    #[cfg_attr(test, ts(type = "number | null"))]
    pub sealed_until: Option<Timestamp>,
    /// People enter the rejects of one of its machines, and one of their shifts is not closed: quality may still change.
    pub provisional: bool,
    /// How far the ratios may be believed: `full`, `approx`, `low_coverage` or `too_early`.
    #[cfg_attr(test, ts(type = "string"))]
    pub shown: &'static str,
    /// Performance is above 1: the standard is too long, or a counter counts too much.
    pub above_one: bool,
    /// Time between two polls / ideal cycle of the machine that is polled coarsest for its cycles; above 0.1 there are no
    /// percentiles.
    pub resolution: Option<f64>,
    /// Where the lengths of cycles come from: `pieces`, `register` or `mixed`; null where no machine made any.
    pub cycle_source: Option<&'static str>,
    /// Of one machine and product without a standard: P10 of at least 30 cycles, an ideal cycle to begin with, in seconds.
    pub suggested_ideal_s: Option<f64>,
    /// True where `wh` is a share, by run time, of a meter that measures other machines too.
    pub energy_is_share: bool,
    /// Of a product of a family mould: pieces made of each part in known time, good or not, by its shots ...
    #[cfg_attr(test, ts(type = "Record<string, number>"))]
    pub parts: BTreeMap<Arc<str>, i64>,
    /// ... and those of its pieces that are not told by part: a cavity was not in use, or no shots were counted.
    #[cfg_attr(test, ts(type = "number"))]
    pub parts_untold: i64,
}
