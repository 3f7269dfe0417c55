//! Pure. What the page is told, and in which types: the files under `ui/types` are made of these.
//!
//! Instants are milliseconds since 1970 UTC, ratios 0 to 1 (they may pass 1), and `null` is what is not known or not defined.

use super::shown::Shown;
use crate::model::time::Timestamp;
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::Arc;

mod rollups;
pub(super) use rollups::{Engine, RollUp, RollUps};

/// Texts by language; key "" when one serves all.
pub(super) type Names = BTreeMap<Arc<str>, Arc<str>>;

/// How a stretch of time is drawn: its class and, while the machine runs, its pace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub(super) enum Screen {
    /// Producing.
    Run,
    /// Producing at more than 1.2 ideal cycles a cycle.
    Slow,
    /// A minor stop.
    Short,
    /// Waiting for something outside the machine.
    Idle,
    /// Failed, or stopped without a reason.
    Down,
    /// Changeover.
    Change,
    /// Planned to stand still, or nothing planned.
    Planned,
    /// No data.
    Offline,
}

/// `GET /api/v1/bootstrap`: what a page needs once.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(super) struct Boot {
    pub version: &'static str,
    /// Changes with the page's files.
    pub build: &'static str,
    #[serde(serialize_with = "millis")]
    #[cfg_attr(test, ts(type = "number"))]
    pub now: Timestamp,
    /// IANA zone of the plant.
    pub timezone: Arc<str>,
    /// Language of the plant, such as `vi`.
    pub language: Arc<str>,
    pub plant: PlantName,
    pub targets: Targets,
    pub reasons: Vec<Reason>,
}

/// Which plant it is.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(super) struct PlantName {
    pub org: Arc<str>,
    pub id: Arc<str>,
    pub name: Names,
}

/// What the plant wants to reach, as ratios.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(super) struct Targets {
    pub oee: Option<f64>,
    pub availability: Option<f64>,
    pub performance: Option<f64>,
    pub quality: Option<f64>,
}

/// A reason for stops.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(super) struct Reason {
    pub id: Arc<str>,
    pub name: Names,
    pub screen: Screen,
}

/// `GET /api/v1/snapshot`, and the first event of every connection.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(super) struct Snapshot {
    #[serde(serialize_with = "millis")]
    #[cfg_attr(test, ts(type = "number"))]
    pub now: Timestamp,
    /// Differs from that of [`Boot`] when the page's files have changed.
    pub build: &'static str,
    /// The core has told nothing new for five seconds.
    pub stale: bool,
    pub shift: Option<Shift>,
    pub next: Option<NextShift>,
    pub plant: Plant,
    pub machines: Vec<Tile>,
}

/// Event `shift`.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(super) struct ShiftChange {
    pub shift: Option<Shift>,
    pub next: Option<NextShift>,
}

/// Event `hb`, every five seconds.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(super) struct Heartbeat {
    #[serde(serialize_with = "millis")]
    #[cfg_attr(test, ts(type = "number"))]
    pub now: Timestamp,
    pub build: &'static str,
    /// The core has told nothing new for five seconds.
    pub stale: bool,
}

/// A shift; `planned` is false for the part of a production day between shifts.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(super) struct Shift {
    pub id: Arc<str>,
    pub name: Arc<str>,
    /// Plant-local date of its start, as `2026-11-21`.
    pub date: Arc<str>,
    #[serde(serialize_with = "millis")]
    #[cfg_attr(test, ts(type = "number"))]
    pub start: Timestamp,
    #[serde(serialize_with = "millis")]
    #[cfg_attr(test, ts(type = "number"))]
    pub end: Timestamp,
    pub planned: bool,
}

/// The shift that begins next.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(super) struct NextShift {
    pub id: Arc<str>,
    pub name: Arc<str>,
    #[serde(serialize_with = "millis")]
    #[cfg_attr(test, ts(type = "number"))]
    pub start: Timestamp,
}

/// KPIs as `oee::kpi` defines them, and how far they may be believed.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(super) struct Ratios {
    /// Id of the loss policy they are worked out under.
    pub policy: Arc<str>,
    pub oee: Option<f64>,
    pub availability: Option<f64>,
    pub performance: Option<f64>,
    /// Performance is above 1: the standard is too long, or a counter counts too much.
    pub above_one: bool,
    pub quality: Option<f64>,
    /// Known / planned time.
    pub coverage: Option<f64>,
    /// Rejected / made pieces.
    pub defect_rate: Option<f64>,
    pub shown: Shown,
    /// `too_early`, `low_coverage`, `stale` or `commissioning`.
    #[cfg_attr(test, ts(type = "string | null"))]
    pub shown_why: Option<&'static str>,
}

/// All lines together, each by its kind, from merged sums. Event `plant`.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(super) struct Plant {
    pub ratios: Ratios,
    /// Good pieces of the machines whose rejects are known, those of closed gaps among them.
    #[cfg_attr(test, ts(type = "number"))]
    pub good: i64,
    /// All pieces, those of closed gaps among them.
    #[cfg_attr(test, ts(type = "number"))]
    pub made: i64,
    /// Good pieces of these machines that should be there by now.
    pub plan: Option<f64>,
    /// Stops longer than the minor limit, and planned time longer than five minutes that nobody saw, that nobody gave a reason
    /// for.
    pub unexplained: u32,
    /// Why there is no OEE: `missing_rejects`, `missing_judgement`, `missing_excess_reject`, `missing_standard` or
    /// `missing_planned_time`; null where there is one. Availability and performance stand all the same.
    #[cfg_attr(test, ts(type = "string | null"))]
    pub why: Option<&'static str>,
    /// The machines that this lies in, by id: those whose rejects nobody counts or whose pieces are not all judged.
    pub lacking: Vec<Arc<str>>,
    /// Machines in service: all of them are in the ratios.
    pub machines: u32,
}

/// One machine now and its shift so far. Event `m` brings it without `strip`.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(super) struct Tile {
    pub id: Arc<str>,
    pub name: Names,
    pub line: Option<Arc<str>>,
    pub screen: Screen,
    /// What its signals say, such as `waiting:material`.
    pub state: Arc<str>,
    #[cfg_attr(test, ts(type = "string"))]
    pub class: &'static str,
    /// The cause its signals name, such as `material`.
    pub cause: Option<Arc<str>>,
    /// Id of the reason a person gave.
    pub reason: Option<Arc<str>>,
    /// Begin of the whole stop, or of the stretch that looks like this.
    #[serde(serialize_with = "millis")]
    #[cfg_attr(test, ts(type = "number"))]
    pub since: Timestamp,
    pub ratios: Ratios,
    /// False before a person put it in service: it has no ratios, and is in no sum.
    pub in_service: bool,
    /// All pieces of the shift, those of closed gaps among them.
    #[cfg_attr(test, ts(type = "number"))]
    pub made: i64,
    /// The good ones; null where the quality of some is not known.
    #[cfg_attr(test, ts(type = "number | null"))]
    pub good: Option<i64>,
    #[cfg_attr(test, ts(type = "number | null"))]
    pub reject: Option<i64>,
    /// Good pieces that should be there by now, by the plan made when the shift began ...
    pub plan: Option<f64>,
    /// ... and at the end of the shift.
    pub plan_shift: Option<f64>,
    pub product: Option<Arc<str>>,
    pub product_name: Option<Names>,
    /// Ideal cycle of a shot, or of a piece where a counter counts pieces, in seconds.
    pub ideal_s: Option<f64>,
    /// Mean cycle of the same over the last few, in seconds.
    pub cycle_s: Option<f64>,
    /// Stops of the shift longer than the minor limit, and planned time longer than five minutes that nobody saw, that nobody
    /// gave a reason for.
    pub unexplained: u32,
    /// When the signal that is silent longest was confirmed, meters apart.
    #[serde(serialize_with = "maybe_millis")]
    #[cfg_attr(test, ts(type = "number | null"))]
    pub last_data: Option<Timestamp>,
    /// People enter the rejects, and a shift of it is not closed: quality may still change.
    pub provisional: bool,
    /// Its past is being worked out again.
    pub recomputing: bool,
    /// Pieces nobody can believe, not booked.
    #[cfg_attr(test, ts(type = "number"))]
    pub held: i64,
    /// The shift so far: seconds from its start, and what it looks like from then on.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub strip: Option<Vec<(u32, Screen)>>,
}

/// `GET /api/v1/machines/{id}/shift`.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(super) struct ShiftDetail {
    #[serde(serialize_with = "millis")]
    #[cfg_attr(test, ts(type = "number"))]
    pub now: Timestamp,
    pub shift: Shift,
    /// The machine now; its sums are of the shift that is on.
    pub tile: Tile,
    /// People enter the rejects, and this shift is not closed: quality may still change.
    pub provisional: bool,
    /// Id of the loss policy of the shift.
    pub policy: Arc<str>,
    /// Known / planned time of the shift so far.
    pub coverage: Option<f64>,
    pub segments: Vec<Segment>,
    pub hours: Vec<Hour>,
    /// Stops by reason or cause, longest first.
    pub stops: Vec<StopSum>,
    pub times: Vec<TimeSum>,
}

/// A stretch of the timeline.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(super) struct Segment {
    #[serde(serialize_with = "millis")]
    #[cfg_attr(test, ts(type = "number"))]
    pub start: Timestamp,
    #[serde(serialize_with = "millis")]
    #[cfg_attr(test, ts(type = "number"))]
    pub end: Timestamp,
    pub screen: Screen,
    #[cfg_attr(test, ts(type = "string"))]
    pub class: &'static str,
    pub cause: Option<Arc<str>>,
    pub reason: Option<Arc<str>>,
    /// Begin of the whole stop, also where that was before the shift.
    #[serde(serialize_with = "millis")]
    #[cfg_attr(test, ts(type = "number"))]
    pub since: Timestamp,
    /// Who gave the reason.
    pub author: Option<Arc<str>>,
    /// A stop longer than the minor limit, or planned time longer than five minutes that nobody saw, that nobody gave a reason
    /// for.
    pub unexplained: bool,
}

/// What came out of an hour of the shift, cut at clock hours of the plant.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(super) struct Hour {
    #[serde(serialize_with = "millis")]
    #[cfg_attr(test, ts(type = "number"))]
    pub start: Timestamp,
    #[serde(serialize_with = "millis")]
    #[cfg_attr(test, ts(type = "number"))]
    pub end: Timestamp,
    #[cfg_attr(test, ts(type = "number"))]
    pub made: i64,
    /// Good pieces, without what `adjusted` says.
    #[cfg_attr(test, ts(type = "number | null"))]
    pub good: Option<i64>,
    /// Good pieces that entries of this hour put in (below zero: took out) for a whole shift or order, whichever hour made them.
    #[cfg_attr(test, ts(type = "number"))]
    pub adjusted: i64,
    /// Good pieces that the whole hour should bring ...
    pub plan: Option<f64>,
    /// ... and that its part up to now should have brought.
    pub plan_so_far: Option<f64>,
    /// Share of the hour that is over.
    pub frac: f64,
}

/// Stops of one class and reason or cause.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(super) struct StopSum {
    pub screen: Screen,
    #[cfg_attr(test, ts(type = "string"))]
    pub class: &'static str,
    pub cause: Option<Arc<str>>,
    pub reason: Option<Arc<str>>,
    #[cfg_attr(test, ts(type = "number"))]
    pub ms: i64,
    /// Stops that began in the shift.
    pub count: u32,
}

/// Time that looks like this.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub(super) struct TimeSum {
    pub screen: Screen,
    #[cfg_attr(test, ts(type = "number"))]
    pub ms: i64,
}

fn millis<S: serde::Serializer>(at: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_i64(at.0)
}

fn maybe_millis<S: serde::Serializer>(at: &Option<Timestamp>, serializer: S) -> Result<S::Ok, S::Error> {
    at.map(|at| at.0).serialize(serializer)
}

#[cfg(test)]
#[path = "contract/tests.rs"]
mod tests;
