//! Pure. One machine, one line or the plant in a report: its merged sums, and what is told beside them.

use super::figures::Figures;
use super::gather::{InForce, Known, Names, Row, merge};
use super::stops;
use crate::model::ids::MachineId;
use crate::model::settings::{MachineSetting, PolicySetting};
use crate::model::state::Class;
use crate::model::tally::{Column, FlagKind, Standing};
use crate::model::time::{Period, Timestamp};
use crate::oee::balance::{is_judged, is_void};
use crate::oee::pace::Counting;
use crate::oee::progress;
use crate::oee::rollup::{By, Kinds, Merged, Over, RollUp, of_work};
use crate::oee::target::ShiftPlan;
use crate::oee::units::{self, Stint, Where, length_ms};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A part of the plant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// All of it.
    Plant,
    /// A line.
    Line(Arc<str>),
    /// A machine.
    Machine(MachineId),
}

/// A part of the plant in a report.
pub struct Scope {
    /// Which.
    pub place: Place,
    /// Its id.
    pub id: Arc<str>,
    /// Its name for people; empty for a line and the plant.
    pub names: Names,
    /// All tallies of it.
    pub merged: Merged,
    /// The same by product and order.
    pub parts: Vec<Part>,
    /// The same by product.
    pub products: Vec<(Arc<str>, Merged)>,
    /// Its orders.
    pub orders: Vec<Order>,
    /// Calendar time of all its machines (of a serial line: of one) up to now, in milliseconds.
    pub calendar_ms: i64,
    /// Good pieces that all of the time should bring, and what of it is over; `None` without a plan.
    pub plan: Option<(f64, f64)>,
    /// Its longest single stops that are kept, longest first.
    pub longest: Vec<Stop>,
    /// What its counters did.
    pub counters: Counters,
    /// Minute tallies of a revision above 0.
    pub revised: u64,
    /// True when people enter the rejects of one of its machines, and one of their shifts is not closed.
    pub provisional: bool,
    /// Its machines whose rejects nobody counts, by name ...
    pub unjudged: Vec<Arc<str>>,
    /// ... and by number.
    uncounted: BTreeSet<MachineId>,
    /// Its machines with more rejects than pieces of a shift and product, by name.
    pub excess: Vec<Arc<str>>,
    /// Its machines that are not final up to the end (or up to now) yet, by name.
    pub open: Vec<Arc<str>>,
    /// Its machines whose past is being worked out again, by name.
    pub restating: Vec<Arc<str>>,
    /// Pieces that a cycle of its machines makes of each product.
    counts: BTreeMap<(MachineId, Arc<str>), f64>,
    /// How the cycles of its machines are counted.
    pub counting: BTreeMap<MachineId, Counting>,
    /// Its machines that share a meter.
    pub metered_together: BTreeSet<MachineId>,
}

/// What of a place was made of one product for one order.
pub struct Part {
    /// Id of the product, or empty.
    pub product: Arc<str>,
    /// Id of the order, or empty.
    pub order: Arc<str>,
    /// Its tallies.
    pub merged: Merged,
}

/// An order in a report.
pub struct Order {
    /// Its id.
    pub id: Arc<str>,
    /// Its product.
    pub product: Arc<str>,
    /// Good pieces of this place in the time of the report, those of closed gaps and reworked ones that passed among them.
    pub good: i64,
    /// The same of the whole plant since the order began.
    pub delivered: i64,
    /// Pieces to deliver, where somebody said.
    pub quantity: Option<i64>,
}

/// A single stop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stop {
    /// Whose.
    pub machine: Arc<str>,
    /// When it began.
    pub since: Timestamp,
    /// Its class.
    pub class: Class,
    /// Id of the reason a person gave, or empty.
    pub reason: Arc<str>,
    /// What the signals said, such as `fault:mould`.
    pub state: Arc<str>,
    /// Its length within the time of the report, in milliseconds.
    pub ms: i64,
}

/// What counters did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counters {
    /// They passed their modulus.
    pub roll_overs: u32,
    /// They began again.
    pub resets: u32,
    /// Increases held that nobody decided on ...
    pub held: u32,
    /// ... and their pieces.
    pub held_pieces: i64,
    /// Increases held and released or refused by a person.
    pub decided: u32,
}

impl Scope {
    pub(super) fn of(known: &Known, force: &InForce, place: &Place) -> Scope {
        let is_here = |row: &&Row| match place {
            Place::Plant => true,
            Place::Line(line) => row.key.line == *line,
            Place::Machine(machine) => row.machine == *machine,
        };
        let by = match place {
            Place::Plant => By::Plant,
            Place::Line(_) => By::Line,
            Place::Machine(_) => By::Machine,
        };
        let rows: Vec<&Row> = known.rows.iter().filter(is_here).collect();
        let machines: BTreeSet<MachineId> = rows.iter().map(|row| row.machine).collect();
        let stints = stints(known, force, place, &machines);
        let parts = grouped(&rows, By::Work, force, place);
        let part = |(id, merged): (Arc<str>, Merged)| {
            let (product, order) = of_work(&id);
            Part {
                product: product.into(),
                order: order.into(),
                merged,
            }
        };
        let parts: Vec<Part> = parts.into_iter().map(part).collect();
        let setting = match place {
            Place::Machine(machine) => force.machines.get(machine),
            Place::Plant | Place::Line(_) => None,
        };
        let named = |is: &dyn Fn(&MachineId) -> bool| -> Vec<Arc<str>> {
            let machines = machines.iter().filter(|machine| is(machine));
            machines.map(|machine| known.roster.name(*machine).into()).collect()
        };
        let so_far = known.stretch.so_far(known.now);
        let uncounted = uncounted(known, &machines, so_far);
        let exceeded = exceeded(&rows);
        let open = open(known, &machines, so_far);
        Scope {
            id: match place {
                Place::Plant => rows.first().map(|row| Arc::clone(&row.key.site)).unwrap_or_default(),
                Place::Line(line) => Arc::clone(line),
                Place::Machine(machine) => known.roster.name(*machine).into(),
            },
            names: setting.map(|setting| setting.name.clone()).unwrap_or_default(),
            products: grouped(&rows, By::Product, force, place),
            orders: orders(&parts, known, force),
            merged: merge(rows.iter().copied(), by, force),
            calendar_ms: length_ms(&stints, known.now),
            plan: planned(known, &stints),
            longest: stops::longest(known, &machines),
            counters: counters(known, &machines),
            revised: machines.iter().filter_map(|machine| known.revised.get(machine)).sum(),
            provisional: machines
                .iter()
                .any(|machine| known.plan.is_provisional(*machine, so_far, known.now)),
            unjudged: named(&|machine| uncounted.contains(machine)),
            excess: named(&|machine| exceeded.contains(machine)),
            open: named(&|machine| open.contains(machine)),
            restating: named(&|machine| known.restating.contains(machine)),
            counting: machines
                .iter()
                .map(|machine| (*machine, counting(known, force, *machine)))
                .collect(),
            counts: counts_of_cycles(known, &rows, so_far),
            metered_together: machines
                .into_iter()
                .filter(|it| known.meters.is_shared(*it, so_far))
                .collect(),
            place: place.clone(),
            parts,
            uncounted,
        }
    }
}

impl Scope {
    /// Good pieces, those of closed gaps among them, against what of the plan should be there by now.
    pub fn attainment(&self) -> Option<f64> {
        let tally = &self.merged.sums.tally;
        let good = tally.get(Column::Good) + tally.get(Column::GapGood);
        let is_known = self.uncounted.is_empty() && is_judged(tally) && !is_void(tally);
        let (_, so_far) = self.plan.filter(|(_, so_far)| *so_far > 0.0 && is_known)?;
        Some(good as f64 / so_far)
    }

    /// True where the energy of a part of it (or of all, of one machine) is a share of what its meters measured.
    pub fn energy_is_share(&self, merged: &Merged, is_part: bool) -> bool {
        let alone = is_part || matches!(self.place, Place::Machine(_));
        alone && !self.metered_together.is_disjoint(&merged.machines)
    }

    /// Its ratios.
    pub fn figures(&self, policy: &PolicySetting) -> Figures<'_> {
        self.figures_of(policy, &self.merged)
    }

    /// The ratios of a part of it. Where nobody counts the rejects of one of the machines in that part nothing that rests on them
    /// is known, also while that machine makes nothing.
    pub fn figures_of<'a>(&self, policy: &PolicySetting, merged: &'a Merged) -> Figures<'a> {
        let figures = Figures::of(policy, &merged.sums);
        let are_known = merged.machines.is_disjoint(&self.uncounted);
        Figures {
            basis: figures
                .basis
                .with_rejects(are_known)
                .with_meters(merged.is_metered())
                .with_people(merged.is_manned()),
            ..figures
        }
    }

    /// An ideal cycle in seconds to begin with, of a part without any.
    pub fn suggested_ideal_s(&self, policy: &PolicySetting, merged: &Merged) -> Option<f64> {
        let machine = merged.machines.first()?;
        let counts = self.counts.get(&(*machine, merged.word("product").into())).copied();
        merged.suggested_ideal_s(&self.timed(policy, merged).basis, counts.unwrap_or(1.0))
    }

    /// The same with what its cycles are worked out from.
    pub fn timed<'a>(&self, policy: &PolicySetting, merged: &'a Merged) -> Figures<'a> {
        let figures = self.figures_of(policy, merged);
        let counting = |machine| self.counting.get(&machine).copied().unwrap_or_default();
        let basis = merged.timed(figures.basis, counting);
        Figures { basis, ..figures }
    }
}

fn counts_of_cycles(known: &Known, rows: &[&Row], so_far: Period) -> BTreeMap<(MachineId, Arc<str>), f64> {
    let jobs = rows.iter().map(|row| (row.machine, Arc::clone(&row.key.product)));
    jobs.map(|job| {
        let counts = known.plan.counts_of_cycle(job.0, &job.1, so_far.end.plus(-1));
        (job, counts)
    })
    .collect()
}

fn counting(known: &Known, force: &InForce, machine: MachineId) -> Counting {
    Counting {
        poll_ms: known.polls.get(&machine).copied(),
        per_count: force.machines.get(&machine).map_or((1, 1), |setting| setting.per_count),
        is_told: force.machines.get(&machine).is_some_and(MachineSetting::tells_cycles),
    }
}

/// Its machines whose rejects nobody counted at the end of what has passed.
fn uncounted(known: &Known, machines: &BTreeSet<MachineId>, so_far: Period) -> BTreeSet<MachineId> {
    let lacks = |machine: &MachineId| !known.plan.knows_rejects(*machine, so_far.end.plus(-1));
    machines.iter().copied().filter(lacks).collect()
}

/// Machines with more rejects than pieces.
fn exceeded(rows: &[&Row]) -> BTreeSet<MachineId> {
    let exceeding = rows.iter().filter(|row| row.sums.tally.get(Column::ExcessReject) > 0);
    exceeding.map(|row| row.machine).collect()
}

/// Its machines in service in time that is not sealed yet: time out of service is in no number, and never sealed.
fn open(known: &Known, machines: &BTreeSet<MachineId>, so_far: Period) -> BTreeSet<MachineId> {
    let is_open = |machine: &MachineId| {
        let sealed = known.sealed_until.get(machine).copied().unwrap_or(so_far.start);
        let rest = Period::new(sealed.max(so_far.start), so_far.end);
        known.plan.serves_in(*machine, rest)
    };
    machines.iter().copied().filter(is_open).collect()
}

/// The machines whose time and plan are those of the place.
fn stints(known: &Known, force: &InForce, place: &Place, machines: &BTreeSet<MachineId>) -> Vec<Stint> {
    let of = match place {
        Place::Plant => Where::Plant,
        Place::Line(line) => Where::Line(line),
        Place::Machine(_) => Where::Machine,
    };
    units::stints(known.plan, machines, of, known.stretch.period, &force.kinds)
}

/// Rows merged by what was made: on a machine alone as it told it, elsewhere of a serial line once.
fn grouped(rows: &[&Row], by: By, force: &InForce, place: &Place) -> Vec<(Arc<str>, Merged)> {
    let apart = Kinds::default();
    let kinds = match place {
        Place::Machine(_) => &apart,
        Place::Plant | Place::Line(_) => &force.kinds,
    };
    let mut roll_up = RollUp::new(Over::Whole, by, kinds).by_part(force.plan);
    rows.iter().for_each(|row| roll_up.give(row.part()));
    let groups = roll_up.finish().into_iter();
    groups.map(|((_, id), merged)| (id, merged)).collect()
}

fn orders(parts: &[Part], known: &Known, force: &InForce) -> Vec<Order> {
    let of_orders = parts.iter().filter(|part| !part.order.is_empty());
    let mut all = progress::Delivered::new(&force.kinds);
    known.of_orders.iter().for_each(|row| all.give(row.part()));
    let all = all.finish();
    let order = |part: &Part| Order {
        id: Arc::clone(&part.order),
        product: Arc::clone(&part.product),
        good: delivered(&part.merged),
        delivered: all.get(&part.order).copied().unwrap_or(0),
        quantity: force.quantities.get(&part.order).copied().flatten(),
    };
    of_orders.map(order).collect()
}

/// Good pieces, those of closed gaps among them, and reworked ones that passed.
pub(super) fn delivered(merged: &Merged) -> i64 {
    progress::delivered(&merged.sums.tally)
}

/// Good pieces that should come in all of the time, and what of them should be there by now: of a shift that is over, all.
/// The plan of a machine that moved to another line in a shift is part of both lines, each for the time it stood there.
fn planned(known: &Known, stints: &[Stint]) -> Option<(f64, f64)> {
    let (mut whole, mut so_far) = (0.0, 0.0);
    for (stint, slot) in stints
        .iter()
        .flat_map(|stint| known.stretch.slots.iter().map(move |slot| (stint, slot)))
    {
        let (here, shift) = (stint.period, slot.shift_period);
        if here.intersect(shift).is_empty() {
            continue;
        }
        let of_shift = ShiftPlan::of(known.plan, stint.machine, &slot.shift, shift.start);
        // The plan of a shift that was cut short reaches behind its end.
        let start = Some(here.start).filter(|start| *start > shift.start);
        let end = Some(here.end).filter(|end| *end < shift.end);
        let part = Period::new(start.unwrap_or(Timestamp::MIN), end.unwrap_or(Timestamp::MAX));
        whole += of_shift.within(part)?;
        let is_over = shift.end <= known.now;
        let until = if is_over { Timestamp::MAX } else { known.now };
        so_far += of_shift.within(Period::new(part.start, part.end.min(until)))?;
    }
    Some((whole, so_far)).filter(|(whole, _)| *whole > 0.0)
}

/// True for classes whose single stops are told.
pub fn is_told(class: Class) -> bool {
    matches!(
        class,
        Class::Unexplained | Class::Breakdown | Class::Waiting | Class::Setup | Class::Unknown
    )
}

fn counters(known: &Known, machines: &BTreeSet<MachineId>) -> Counters {
    let mut counters = Counters::default();
    let flags = known.flags.iter().filter(|flag| machines.contains(&flag.machine));
    // What a counter did before its machine was in service is in no number.
    let flags = flags.filter(|flag| known.plan.is_in_service(flag.machine, flag.at));
    for flag in flags {
        match flag.what {
            FlagKind::RollOver => counters.roll_overs += 1,
            FlagKind::Reset => counters.resets += 1,
            FlagKind::Held if flag.standing == Standing::Open => {
                counters.held += 1;
                counters.held_pieces = counters.held_pieces.saturating_add(flag.amount);
            }
            FlagKind::Held => counters.decided += 1,
            // The note on its machine says so.
            FlagKind::ExcessReject => {}
        }
    }
    counters
}
