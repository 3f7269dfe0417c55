//! Pure. What `/api/v1/wall` says: each machine now, its shift's sums, and the KPIs worked out from them.

use super::contract::Engine;
use super::kpis::{self, Causes, Polls, Table};
use super::shown::{Shown, shown_of};
use super::{Site, stamp};
use crate::model::ids::MachineId;
use crate::model::live::{MachineLive, PlantLive, ShiftLive, SignalLive};
use crate::model::reading::Value;
use crate::model::state::Class;
use crate::model::tally::{Column, Sums, Tally};
use crate::model::time::{Period, SECOND_MS, Timestamp};
use crate::oee::basis::Basis;
use crate::oee::indicators::Kpi;
use crate::oee::meters::{Meters, is_told};
use crate::oee::pace::{Counting, Pace};
use crate::oee::plan::{Hours, Plan};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The core makes a snapshot a second; after five without one the numbers are no longer "now".
pub(super) const STALE_MS: i64 = 5 * SECOND_MS;
/// The answer.
#[derive(Debug, Serialize)]
pub(super) struct Wall<'a> {
    #[serde(serialize_with = "stamp::one")]
    at: Timestamp,
    age_ms: i64,
    stale: bool,
    /// The engine that worked all sums out; `mixed` where it was several: each machine has its own.
    engine: Option<Engine>,
    site: SiteView<'a>,
    machines: Vec<Machine<'a>>,
}

/// The answer for a snapshot, as old as `now` makes it.
pub(super) fn view<'a>(site: &'a Site, live: &'a PlantLive, plan: &Plan, polls: &Polls, now: Timestamp) -> Wall<'a> {
    let age_ms = now.since(live.at).max(0);
    let stale = age_ms > STALE_MS;
    Wall {
        at: live.at,
        age_ms,
        stale,
        engine: Engine::of(
            &live
                .machines
                .iter()
                .flat_map(|machine| &machine.engines)
                .copied()
                .collect(),
        ),
        site: SiteView {
            org: &site.org,
            id: &site.id,
            name: plain(&site.name),
            language: &site.language,
        },
        machines: live
            .machines
            .iter()
            .zip(tallies(live, plan))
            .map(|(machine, energy)| {
                let counting = kpis::counting(plan, polls, machine.machine, live.at);
                let provisional = plan.is_provisional(machine.machine, machine.covers, live.at);
                let manned = plan.manned_ms_in(machine.machine, machine.covers, Hours::of(&energy.0));
                self::machine(machine, energy, manned, counting, (provisional, stale))
            })
            .collect(),
    }
}

#[derive(Debug, Serialize)]
struct SiteView<'a> {
    org: &'a str,
    id: &'a str,
    name: BTreeMap<&'a str, &'a str>,
    language: &'a str,
}

#[derive(Debug, Serialize)]
struct Machine<'a> {
    id: &'a str,
    name: BTreeMap<&'a str, &'a str>,
    line: Option<&'a str>,
    state: &'a str,
    class: &'static str,
    #[serde(serialize_with = "stamp::one")]
    since: Timestamp,
    reason: Option<&'a str>,
    product: Option<&'a str>,
    shift: Option<Shift<'a>>,
    counts: BTreeMap<&'static str, i64>,
    time_ms: BTreeMap<&'static str, i64>,
    /// The whole table of the shift so far, under `policy`.
    kpi: BTreeMap<&'static str, Option<f64>>,
    /// The cause of each that is null.
    why: Causes,
    shown: Shown,
    shown_why: Option<&'static str>,
    /// Performance is above 1.
    above_one: bool,
    /// Time between two polls / ideal cycle.
    resolution: Option<f64>,
    provisional: bool,
    in_service: bool,
    policy: &'a str,
    /// The engines that worked its sums out, by number; 0 where one is not known.
    engines: &'a BTreeSet<u32>,
    signals: Vec<Signal<'a>>,
    held: i64,
    recomputing: bool,
    #[serde(serialize_with = "stamp::one")]
    settled: Timestamp,
    sums: BTreeMap<&'static str, i64>,
    /// True where its energy is a share of a meter that measures other machines too.
    energy_is_share: bool,
}

#[derive(Debug, Serialize)]
struct Shift<'a> {
    id: &'a str,
    name: &'a str,
    #[serde(serialize_with = "stamp::one")]
    start: Timestamp,
    #[serde(serialize_with = "stamp::one")]
    end: Timestamp,
    business_date: &'a str,
}

#[derive(Debug, Serialize)]
struct Signal<'a> {
    role: &'static str,
    value: Option<Plain<'a>>,
    quality: &'static str,
    #[serde(serialize_with = "stamp::maybe")]
    confirmed: Option<Timestamp>,
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Plain<'a> {
    Bool(bool),
    Int(i128),
    Float(f64),
    Text(&'a str),
}

/// The sums of each machine's shift so far, with its share of the energy of a meter that others share; and whether it is one.
fn tallies(live: &PlantLive, plan: &Plan) -> Vec<(Tally, bool)> {
    let since = live.machines.iter().map(|machine| machine.covers.start).min();
    let so_far = Period::new(since.unwrap_or(live.at), live.at);
    let meters = Meters::of(plan, so_far);
    let mut tallies: Vec<Tally> = live.machines.iter().map(|machine| machine.tally).collect();
    let mut shifts: BTreeMap<Timestamp, Vec<(MachineId, &mut Tally)>> = BTreeMap::new();
    for (machine, tally) in live.machines.iter().zip(&mut tallies) {
        let shift = shifts.entry(machine.covers.start).or_default();
        shift.push((machine.machine, tally));
    }
    for (start, tallies) in &mut shifts {
        meters.split_within(Period::new(*start, live.at), tallies);
    }
    let machines = live.machines.iter();
    let is_share =
        machines.map(|machine| meters.is_shared(machine.machine, Period::new(machine.covers.start, live.at)));
    tallies.into_iter().zip(is_share).collect()
}

fn machine(
    live: &MachineLive,
    (tally, energy_is_share): (Tally, bool),
    manned_ms: i64,
    counting: Counting,
    (provisional, stale): (bool, bool),
) -> Machine<'_> {
    let sums = Sums {
        tally,
        detail: live.detail.clone(),
    };
    let is_metered = is_told(tally.get(Column::MeteredMs), tally.get(Column::SpanMs));
    let basis = Basis::under(&live.policy, &sums)
        .timed([(Pace::of(&tally), counting)].into_iter())
        .with_meters(is_metered)
        .with_people(is_told(manned_ms, tally.get(Column::PlannedMs)));
    let (shown, shown_why) = shown_of(live, basis.get(Kpi::Coverage).ok(), stale);
    let uncounted = if live.reject_source.is_known() {
        &[]
    } else {
        std::slice::from_ref(&live.id)
    };
    let Table { kpis, why } = kpis::table(basis, uncounted);
    Machine {
        id: &live.id,
        name: plain(&live.name),
        line: filled(&live.line),
        state: &live.state,
        class: live.class.name(),
        since: live.since,
        reason: filled(&live.reason),
        product: filled(&live.product),
        shift: live.shift.as_ref().map(shift),
        counts: COUNTS
            .iter()
            .map(|column| (column.name(), live.tally.get(*column)))
            .collect(),
        time_ms: Class::ALL
            .into_iter()
            .map(|class| (class.name(), live.tally.get(Column::of(class))))
            .collect(),
        why,
        kpi: kpis,
        shown,
        shown_why,
        above_one: basis.is_above_one(),
        resolution: basis.resolution(),
        provisional,
        in_service: live.in_service,
        policy: &live.policy.id,
        engines: &live.engines,
        signals: live.signals.iter().map(signal).collect(),
        held: live.held,
        recomputing: live.recomputing,
        settled: live.settled,
        sums: Column::ALL
            .into_iter()
            .map(|(column, name)| (name, tally.get(column)))
            .collect(),
        energy_is_share,
    }
}

/// The pieces of the shift; the other sums stand under `sums`.
const COUNTS: &[Column] = &[
    Column::Shots,
    Column::Total,
    Column::Good,
    Column::Reject,
    Column::Rework,
    Column::Startup,
    Column::Judged,
    Column::ManualTotal,
    Column::ManualReject,
    Column::GapTotal,
    Column::GapGood,
    Column::GapReject,
    Column::ExcessReject,
    Column::ScanReject,
];

fn shift(live: &ShiftLive) -> Shift<'_> {
    Shift {
        id: &live.id,
        name: &live.name,
        start: live.period.start,
        end: live.period.end,
        business_date: &live.business_date,
    }
}

fn signal(live: &SignalLive) -> Signal<'_> {
    Signal {
        role: live.role.name(),
        value: live.value.as_ref().map(|value| match value {
            Value::Bool(bit) => Plain::Bool(*bit),
            Value::Int(number) => Plain::Int(*number),
            Value::Float(number) => Plain::Float(*number),
            Value::Text(text) => Plain::Text(text),
        }),
        quality: live.quality.name(),
        confirmed: live.confirmed,
    }
}

fn plain(names: &BTreeMap<Arc<str>, Arc<str>>) -> BTreeMap<&str, &str> {
    names.iter().map(|(language, name)| (&**language, &**name)).collect()
}

fn filled(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}
