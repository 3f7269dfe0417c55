//! Pure. What a shift is planned by: calendar, machine, products and standards as they stood when it began, whatever is changed
//! while it is on.

use super::job::{Job, Work};
use super::said::in_force;
use super::standard::Goal;
use super::{Plan, Timeline, Validity, valid};
use crate::model::ids::MachineId;
use crate::model::settings::{MachineSetting, StandardSetting};
use crate::model::time::{DAY_MS, Period, Timestamp};
use crate::oee::calendar::{Calendar, Planned, Slot};
use crate::oee::plan::segment::piece_ns;
use std::collections::BTreeSet;
use std::iter::once;
use std::sync::Arc;

/// An edit of the calendar makes a shift that lies in part behind it; none is longer.
const LONGEST_SHIFT_MS: i64 = 2 * DAY_MS;

/// A shift of a machine as it was planned.
#[derive(Debug, Clone)]
pub struct Frozen {
    machine: MachineId,
    /// When the plan was made: at the begin of the shift, or when the machine was first in service, where that was later.
    pub at: Timestamp,
    /// From then on to the end of the shift, as the calendar said then.
    pub period: Period,
    /// Net planned time of the whole shift, in milliseconds; the planned stops that people declared are in it.
    pub net_ms: i64,
    calendar: Arc<Calendar>,
    setting: Arc<MachineSetting>,
}

/// What holds for a machine for some time, by the plan of its shift.
#[derive(Debug, Clone)]
pub struct Stretch {
    /// For how long.
    pub period: Period,
    /// What it is to make; `None` where nothing is asked of it.
    pub work: Option<Work>,
}

/// How much is asked of a machine in its planned time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asked {
    /// Ideal time per piece in nanoseconds.
    pub ideal_piece_ns: Option<i64>,
    /// What is to be reached; `None` where nobody said.
    pub goal: Option<Goal>,
}

impl Asked {
    /// True where a plan can be made of it, once the plant has a target.
    fn is_enough(&self) -> bool {
        self.ideal_piece_ns.is_some() || matches!(self.goal, Some(Goal::Pieces(_)))
    }
}

impl Plan {
    /// The plan of the shift that begins at `start` and has this id (the time between shifts: none); `None` where nothing is asked
    /// of the machine in all of it.
    pub fn frozen(&self, machine: MachineId, id: &str, start: Timestamp) -> Option<Frozen> {
        let is_it = |slot: &Slot| slot.shift_period.start == start && *slot.shift == *id;
        let made = |at| {
            let calendar = self.calendar_at(at);
            let slot = calendar.slot(at);
            (calendar, slot)
        };
        // A calendar that is edited in the middle of a shift may say that another one is on since hours: its plan is made then.
        let edits = self.calendar.range(start.plus(1)..start.plus(LONGEST_SHIFT_MS));
        let mut instants = once(start).chain(edits.map(|(at, _)| *at));
        let begun = instants.find(|at| is_it(&made(*at).1)).unwrap_or(start);
        let at = begun.max(self.first_in_service(machine)?);
        // Where the machine came into service after an edit, the calendar is the edited one.
        let known = [at, begun].into_iter().map(made).find(|(_, slot)| is_it(slot));
        let (calendar, slot) = known.unwrap_or_else(|| made(at));
        let period = Period::new(at, slot.shift_period.end);
        let timeline = self.machines.get(&machine)?;
        let setting = as_of(timeline, period, |setting| setting.asset.connected).filter(|_| !period.is_empty())?;
        Some(Frozen {
            machine,
            at,
            period,
            net_ms: calendar.planned_ms(slot.shift_period, machine, &setting.line),
            calendar,
            setting,
        })
    }

    /// What is asked of the machine at an instant of a shift, and how long. Whether it is in service and what is put on it follow
    /// what is said during the shift; work is planned by the calendar of its begin, without the planned stops declared up to then.
    pub fn stretch(&self, frozen: &Frozen, at: Timestamp) -> Stretch {
        let machine = frozen.machine;
        let mut span = Validity::at(at);
        if let Some(timeline) = self.machines.get(&machine) {
            span.narrow(timeline);
        }
        let said = self.said(machine);
        in_force(&said.service, at, &mut span.period);
        let work = self.work(said, &mut span);
        let stands = said.was_declared(at, frozen.at, &mut span.period);
        let slot = frozen.calendar.slot_of(at, machine, &frozen.setting.line);
        let is_asked = slot.planned == Planned::Work && !stands && self.is_in_service(machine, at);
        Stretch {
            period: slot.period.intersect(span.period),
            work: Some(work).filter(|_| is_asked),
        }
    }

    /// How much of some work is asked in a shift, by what was known of it when the plan was made. Of what is new since, the first
    /// that was told: a product that is put on an hour after it was made is planned by its first standard, and so is work for which
    /// there was no ideal cycle.
    pub fn asked(&self, frozen: &Frozen, work: &Work) -> Asked {
        let product = self.products.get(&work.product);
        let is_new = product.is_some_and(|product| valid(product, frozen.at).is_none());
        let is_its = |(asked, is_own): &(Asked, bool)| asked.is_enough() && (*is_own || !is_new);
        let first = self.known(frozen, work, frozen.at);
        if is_its(&first) {
            return first.0;
        }
        let later = Period::new(frozen.at.plus(1), frozen.period.end);
        let of_product = product.into_iter().flat_map(|timeline| edits(timeline, later));
        let of_machine = self.machines.get(&frozen.machine).into_iter();
        let of_machine = of_machine.flat_map(|timeline| edits(timeline, later));
        let may_fit = |standard: &Arc<StandardSetting>| {
            let is_its = standard.product.is_empty() || standard.product == work.product;
            is_its && standard.machine.is_none_or(|machine| machine == frozen.machine)
        };
        let standards = self.standards.values();
        let standards = standards.filter(|timeline| timeline.values().flatten().any(may_fit));
        let of_standards = standards.flat_map(|timeline| edits(timeline, later));
        let instants: BTreeSet<Timestamp> = of_product.chain(of_machine).chain(of_standards).collect();
        let known = instants.into_iter().map(|at| self.known(frozen, work, at));
        let known: Vec<_> = once(first).chain(known).collect();
        let found = known.iter().find(|known| is_its(known));
        let found = found.or_else(|| known.iter().find(|(asked, _)| asked.is_enough()));
        found.map_or(first.0, |(asked, _)| *asked)
    }

    /// The same as it was known at an instant, and whether its ideal cycle is one of the product.
    fn known(&self, frozen: &Frozen, work: &Work, at: Timestamp) -> (Asked, bool) {
        let until = Period::new(at, frozen.period.end);
        let product = self.products.get(&work.product);
        let made = product.and_then(|product| as_of(product, until, |_| true));
        let machine = self.machines.get(&frozen.machine);
        let setting = machine.and_then(|machine| as_of(machine, until, |setting| setting.asset.connected));
        let setting = setting.unwrap_or_else(|| Arc::clone(&frozen.setting));
        let job = Job::new(work.clone(), made);
        let standard = self.standard(frozen.machine, &setting, &job, &mut Validity::at(at));
        let goal = self.goal(frozen.machine, &setting, &job, at);
        let asked = Asked {
            ideal_piece_ns: piece_ns(standard.ideal_ns, standard.cavities, setting.per_count),
            goal: goal.or(self.target(frozen.at).oee_ppm.map(Goal::Oee)),
        };
        (asked, standard.is_of_product)
    }

    /// When the machine was first in service.
    fn first_in_service(&self, machine: MachineId) -> Option<Timestamp> {
        let settings = self.machines.get(&machine)?.keys().copied();
        let said = self.said(machine).service.keys().map(|(at, _)| *at);
        let instants = settings.chain(said);
        instants.filter(|at| self.is_in_service(machine, *at)).min()
    }
}

/// The setting in force at the begin of a period that is as it must be, or else the first such one in it.
fn as_of<T>(timeline: &Timeline<T>, period: Period, is_right: impl Fn(&T) -> bool) -> Option<Arc<T>> {
    let first = valid(timeline, period.start).filter(|it| is_right(it));
    let mut later = edits(timeline, period).filter_map(|at| valid(timeline, at));
    first.or_else(|| later.find(|it| is_right(it)))
}

/// When an item was changed in a period.
fn edits<T>(timeline: &Timeline<T>, period: Period) -> impl Iterator<Item = Timestamp> {
    timeline.range(period.start..period.end).map(|(at, _)| *at)
}
