//! Pure. From shift tallies and what is known beside them to a report: which machines, lines and plant it tells of, and under
//! which policy.

use super::scope::{Place, Scope};
use super::stretch::Stretch;
use crate::model::ids::{MachineId, Roster};
use crate::model::settings::{MachineSetting, PolicySetting, Setting, SiteSetting};
use crate::model::tally::{Flag, SpanRow, Sums, TallyKey};
use crate::model::time::Timestamp;
use crate::oee::meters::Meters;
use crate::oee::plan::Plan;
use crate::oee::rollup::{By, Kinds, Merged, Over, Part, RollUp};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Texts by language; key "" when one serves all.
pub type Names = BTreeMap<Arc<str>, Arc<str>>;

/// A tally merged per shift.
#[derive(Debug, Clone)]
pub struct Row {
    /// Whose.
    pub machine: MachineId,
    /// What it belongs to.
    pub key: TallyKey,
    /// The sums.
    pub sums: Sums,
    /// The engines that worked it out, 0 where one is not known.
    pub engines: Vec<u32>,
}

impl Row {
    /// The tally as it is merged.
    pub(super) fn part(&self) -> Part<'_> {
        Part {
            machine: self.machine,
            start: self.key.shift_start,
            key: &self.key,
            sums: &self.sums,
            engines: &self.engines,
        }
    }
}

/// What a report is made from.
pub struct Known<'a> {
    /// What is configured and entered, by time.
    pub plan: &'a Plan,
    /// The machines.
    pub roster: &'a Roster,
    /// The time it is of.
    pub stretch: Stretch,
    /// The newest instant the data tells of.
    pub now: Timestamp,
    /// Its shift tallies.
    pub rows: Vec<Row>,
    /// The shift tallies of all time of its orders, pieces alone.
    pub of_orders: Vec<Row>,
    /// Spans that have time in it, those at least of which single stops are told.
    pub spans: Vec<SpanRow>,
    /// What counters did in it.
    pub flags: Vec<Flag>,
    /// How many of its minute tallies are of a revision above 0.
    pub revised: BTreeMap<MachineId, u64>,
    /// Minute tallies, spans and flags that start before it are no longer kept.
    pub kept_since: Timestamp,
    /// End of the newest tally of each machine.
    pub sealed_until: BTreeMap<MachineId, Timestamp>,
    /// Machines whose past is being worked out again.
    pub restating: BTreeSet<MachineId>,
    /// The meters of machines; the energy of those that share one is split among its tallies already.
    pub meters: Meters,
    /// Time between two polls of the counter that times a machine's cycles, in milliseconds, where the configuration knows it.
    pub polls: BTreeMap<MachineId, i64>,
}

/// Whose part of the plant is told of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Whose {
    /// All of it.
    Plant,
    /// One machine.
    Machine(MachineId),
    /// One line and its machines.
    Line(Arc<str>),
}

/// A report, ready to be written.
pub struct Report {
    /// The time it is of.
    pub stretch: Stretch,
    /// The newest instant the data tells of.
    pub now: Timestamp,
    /// IANA zone of the calendar.
    pub zone: Arc<str>,
    /// The plant.
    pub site: SiteSetting,
    /// The policy of all ratios: the one in force at its end.
    pub policy: PolicySetting,
    /// The plant, then each line, each with its machines behind it, as far as they were asked for.
    pub scopes: Vec<Scope>,
    /// Machines in service without any tally, by name.
    pub silent: Vec<Arc<str>>,
    /// Names of products by id.
    pub products: BTreeMap<Arc<str>, Names>,
    /// Names of reasons by id.
    pub reasons: BTreeMap<Arc<str>, Names>,
    /// The engines that worked its tallies out, 0 where one is not known.
    pub engines: BTreeSet<u32>,
    /// Where minutes and single stops of it are no longer kept: until when.
    pub pruned_until: Option<Timestamp>,
}

/// What is in force at the end of a report.
pub(super) struct InForce<'a> {
    pub plan: &'a Plan,
    pub machines: BTreeMap<MachineId, MachineSetting>,
    pub kinds: Kinds,
    pub quantities: BTreeMap<Arc<str>, Option<i64>>,
}

/// Makes the report of a part of the plant.
pub fn report(known: &Known, whose: &Whose) -> Report {
    let end = known.stretch.so_far(known.now).end.plus(-1);
    let (mut site, mut policy) = (SiteSetting::default(), PolicySetting::default());
    let (mut products, mut reasons) = (BTreeMap::new(), BTreeMap::new());
    let mut force = InForce {
        plan: known.plan,
        machines: BTreeMap::new(),
        kinds: known.plan.kinds(),
        quantities: BTreeMap::new(),
    };
    // What was added or taken away only after the end has its name all the same: tallies of now come last.
    for setting in known
        .plan
        .in_force(known.now)
        .into_iter()
        .chain(known.plan.in_force(end))
    {
        match setting {
            Setting::Site(it) => site = it,
            Setting::Policy(it) => policy = it,
            Setting::Machine(id, it) => {
                force.machines.insert(id, it);
            }
            Setting::Product(id, it) => {
                products.insert(id, it.name);
            }
            Setting::Reason(id, it) => {
                reasons.insert(id, it.name);
            }
            Setting::Order(id, it) => {
                force.quantities.insert(id, it.quantity);
            }
            Setting::Line(..)
            | Setting::Standard(..)
            | Setting::Calendar(_)
            | Setting::Target(_)
            | Setting::Removed(..) => {}
        }
    }
    let places = places(known, whose);
    let scopes: Vec<Scope> = places.iter().map(|place| Scope::of(known, &force, place)).collect();
    let pruned_until = (known.kept_since > known.stretch.period.start).then_some(known.kept_since);
    Report {
        engines: scopes.iter().flat_map(|scope| scope.merged.engines.clone()).collect(),
        scopes,
        silent: silent(known, whose),
        stretch: known.stretch.clone(),
        now: known.now,
        zone: zone(known.plan, end),
        site,
        policy,
        products,
        reasons,
        pruned_until,
    }
}

/// The zone of the calendar in force; of the first one, where it is of a time before the plant had any.
fn zone(plan: &Plan, at: Timestamp) -> Arc<str> {
    let first = plan.first_calendar().map_or(at, |(since, _)| since);
    plan.zone(at.max(first))
}

/// Merges rows of one machine, one line or the plant.
pub(super) fn merge<'a>(rows: impl Iterator<Item = &'a Row>, by: By, force: &InForce) -> Merged {
    let mut roll_up = RollUp::new(Over::Whole, by, &force.kinds).by_part(force.plan);
    for row in rows {
        roll_up.give(row.part());
    }
    let mut merged = Merged::default();
    roll_up.finish().values().for_each(|group| merged.merge(group));
    merged
}

/// The parts of the plant that have tallies and were asked for.
fn places(known: &Known, whose: &Whose) -> Vec<Place> {
    let mut lines: BTreeMap<&Arc<str>, BTreeSet<MachineId>> = BTreeMap::new();
    for row in &known.rows {
        lines.entry(&row.key.line).or_default().insert(row.machine);
    }
    let mut places = Vec::new();
    if *whose == Whose::Plant && !lines.is_empty() {
        places.push(Place::Plant);
    }
    let mut told = BTreeSet::new();
    for (line, machines) in lines {
        if *whose != Whose::Plant && !matches!(whose, Whose::Machine(_)) && *whose != Whose::Line(Arc::clone(line)) {
            continue;
        }
        if !line.is_empty() && !matches!(whose, Whose::Machine(_)) {
            places.push(Place::Line(Arc::clone(line)));
        }
        for machine in machines {
            let is_asked = !matches!(whose, Whose::Machine(asked) if *asked != machine);
            // One that changed its line has all its time in one place.
            if is_asked && told.insert(machine) {
                places.push(Place::Machine(machine));
            }
        }
    }
    places
}

/// Machines that were in service and have no tally.
fn silent(known: &Known, whose: &Whose) -> Vec<Arc<str>> {
    let end = known.stretch.so_far(known.now).end.plus(-1);
    let lacks = |machine: &MachineId| !known.rows.iter().any(|row| row.machine == *machine);
    let is_asked = |machine: MachineId, line: &str| match whose {
        Whose::Plant => true,
        Whose::Machine(asked) => *asked == machine,
        Whose::Line(asked) => **asked == *line,
    };
    let machines = known.roster.iter().filter(|(machine, _)| lacks(machine));
    let silent = machines.filter(|(machine, _)| {
        let segment = known.plan.segment(*machine, end);
        segment.is_some_and(|segment| segment.in_service && is_asked(*machine, &segment.key.line))
    });
    silent.map(|(_, name)| name.into()).collect()
}
