//! Pure. All machines together as the wall shows them now: machines by themselves, and serial lines as one.

use super::contract::{Plant, Tile};
use super::shown::shown;
use super::story::Story;
use super::tile::{ratios, shift_plan};
use crate::model::line::LineSetting;
use crate::model::live::{MachineLive, PlantLive};
use crate::model::tally::{Column, Sums};
use crate::model::time::Timestamp;
use crate::oee::balance::{is_judged, is_void};
use crate::oee::basis::Basis;
use crate::oee::indicators::{Kpi, Missing};
use crate::oee::kpi::Kpis;
use crate::oee::plan::Plan;
use crate::oee::rollup::{By, Kinds, Over, Part, RollUp};
use crate::report::figures::cause;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A machine with its tile and its shift so far.
#[derive(Clone, Copy)]
pub(super) struct Shown<'a> {
    /// The machine.
    pub live: &'a MachineLive,
    /// Its tile.
    pub tile: &'a Tile,
    /// Its shift.
    pub story: &'a Story,
}

/// The plant: its lines added, each by its kind, without machines that are not in service. It has quality and OEE only while the
/// rejects of all its machines are known.
pub(super) fn plant(live: &PlantLive, plan: &Plan, machines: &[Shown], stale: bool) -> Plant {
    let in_service: Vec<Shown> = machines.iter().copied().filter(|shown| shown.live.in_service).collect();
    let units = units(plan, live, &in_service);
    let mut sums = Sums::default();
    units.iter().for_each(|unit| sums.merge(&unit.sums));
    // A plan that leaves a machine out is none to hold its pieces against.
    let counted = units.iter().filter(|unit| unit.good.is_some());
    let planned: Option<f64> = counted.map(|unit| unit.plan).sum();
    let policy = plan.policy(live.at);
    let are_counted = in_service.iter().all(|shown| shown.live.reject_source.is_known());
    let basis = Basis::under(&policy, &sums).with_rejects(are_counted);
    let why = basis.get(Kpi::Oee).err();
    let kpis = Kpis::from(&basis);
    Plant {
        ratios: ratios(&policy, &kpis, shown(&sums.tally, kpis.coverage, stale)),
        good: units.iter().filter_map(|unit| unit.good).sum(),
        made: units.iter().map(|unit| unit.made).sum(),
        plan: planned.filter(|_| in_service.iter().any(|shown| shown.tile.plan.is_some())),
        unexplained: machines.iter().map(|machine| machine.tile.unexplained).sum(),
        why: why.map(cause),
        lacking: why.map_or_else(Vec::new, |why| lacking(why, &in_service, &units)),
        machines: u32::try_from(in_service.len()).unwrap_or(u32::MAX),
    }
}

/// The machines that a cause lies in; where it is in none of them alone, those of the serial line it is in.
fn lacking(why: Missing, machines: &[Shown], units: &[Unit]) -> Vec<Arc<str>> {
    let lacks = |live: &MachineLive| {
        why == Missing::Rejects && !live.reject_source.is_known()
            || why == Missing::Judgement && live.tally.get(Column::Judged) != live.tally.get(Column::Total)
            || why == Missing::ExcessReject && is_void(&live.tally)
    };
    let lacking: Vec<_> = machines.iter().filter(|shown| lacks(shown.live)).collect();
    let of_lines = units
        .iter()
        // Rejects of all its machines stand against the pieces of one.
        .filter(|unit| lacking.is_empty() && why == Missing::ExcessReject && is_void(&unit.sums.tally))
        .flat_map(|unit| &unit.machines);
    let named = lacking.iter().copied().chain(of_lines);
    named.map(|shown| Arc::clone(&shown.live.id)).collect()
}

/// What counts as one: a machine, or a serial line.
struct Unit<'a> {
    machines: Vec<Shown<'a>>,
    sums: Sums,
    made: i64,
    good: Option<i64>,
    plan: Option<f64>,
}

fn units<'a>(plan: &Plan, live: &PlantLive, machines: &[Shown<'a>]) -> Vec<Unit<'a>> {
    let kinds = plan.kinds();
    let mut units = Vec::new();
    let mut serial: BTreeMap<&Arc<str>, Vec<Shown<'a>>> = BTreeMap::new();
    for machine in machines {
        match kind(plan, &kinds, machine.live, live.at) {
            LineSetting::Serial { .. } => serial.entry(&machine.live.line).or_default().push(*machine),
            LineSetting::Parallel => units.push(Unit {
                machines: vec![*machine],
                sums: machine.live.sums(),
                made: machine.tile.made,
                good: machine.tile.good,
                plan: plan_of(plan, machine),
            }),
        }
    }
    units.extend(
        serial
            .into_iter()
            .map(|(id, machines)| line((plan, live.at), id, machines, &kinds)),
    );
    units
}

/// The kind of a machine's line in its shift; between shifts that of the begin of the production day, as its tallies have it.
fn kind(plan: &Plan, kinds: &Kinds, machine: &MachineLive, now: Timestamp) -> LineSetting {
    let shift = machine.shift.as_ref().map(|shift| shift.period.start);
    let start = shift.unwrap_or_else(|| plan.slot(now).shift_start);
    kinds.of(&machine.line, start)
}

/// The plan so far of a machine; 0 where nothing of its shift is planned, which its own tile does not show.
fn plan_of(plan: &Plan, machine: &Shown) -> Option<f64> {
    machine.tile.plan.or_else(|| {
        let of_shift = shift_plan(machine.live, plan).whole();
        of_shift.filter(|pieces| *pieces <= 0.0)
    })
}

/// A serial line: product by product, as roll-ups and reports merge it.
fn line<'a>((plan, at): (&Plan, Timestamp), id: &Arc<str>, machines: Vec<Shown<'a>>, kinds: &Kinds) -> Unit<'a> {
    let mut roll_up = RollUp::new(Over::Whole, By::Line, kinds);
    let rows = machines.iter().flat_map(|machine| &machine.story.tallies);
    for row in rows.filter(|row| row.key.line == *id) {
        let mut sums = Sums::default();
        sums.give(row);
        roll_up.give(Part {
            machine: row.machine,
            start: row.period.start,
            key: &row.key,
            sums: &sums,
            engines: &[],
        });
    }
    let mut sums = Sums::default();
    roll_up.finish().values().for_each(|merged| sums.merge(&merged.sums));
    let get = |column| sums.tally.get(column);
    let is_counted = machines.iter().all(|machine| machine.live.reject_source.is_known());
    let bottleneck = machines
        .iter()
        .find(|machine| match kind(plan, kinds, machine.live, at) {
            LineSetting::Serial { bottleneck, .. } => bottleneck == machine.live.machine,
            LineSetting::Parallel => false,
        });
    Unit {
        made: get(Column::Total) + get(Column::GapTotal),
        good: (is_counted && is_judged(&sums.tally)).then(|| get(Column::Good) + get(Column::GapGood)),
        plan: bottleneck.and_then(|machine| plan_of(plan, machine)),
        machines,
        sums,
    }
}
