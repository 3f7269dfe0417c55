//! Pure. One machine's time and counts become spans and tallies: stops with limit and reasons, pieces with ideal time.

use super::allowance::Allowance;
use super::balance::Balance;
use super::book::{Mark, write};
use super::changeover::{Changeover, SetUp, Tries};
use super::class::{Group, group, in_plan, is_busy, is_excluded, is_one_failure, told_by};
use super::plan::{Plan, Segment};
use super::rows::{Label, Rows};
use super::stop::{Decided, Failure, Part, Stop, Waiting};
use crate::model::ids::MachineId;
use crate::model::policy::Charge;
use crate::model::state::{Class, State};
use crate::model::tally::{Column, Source};
use crate::model::time::{Period, Timestamp};
use std::sync::Arc;

/// What the engine remembers of one machine between two steps.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Engine {
    /// The stop under way.
    pub stop: Option<Stop>,
    /// The failure under way, or in the stop before this one.
    pub failure: Option<Failure>,
    /// Class of the last step that was not a stop, and since when.
    pub stretch: Option<(Class, Timestamp)>,
    /// Since when nothing but running was seen.
    pub running_since: Option<Timestamp>,
    /// When the counter that times cycles last showed a piece, and of which product.
    pub last_piece: Option<(Timestamp, Arc<str>)>,
    /// The same, told before it is known what the machine did: for the pace of a changeover.
    pub last_count: Option<(Timestamp, Arc<str>)>,
    /// The changeover that waits for its release.
    pub changeover: Option<Changeover>,
    /// Pieces of the last changeover.
    pub tries: Option<Tries>,
    /// What it is set up for.
    pub set_up: Option<SetUp>,
    /// Excluded time that reasons took in this shift without a leader.
    pub allowance: Allowance,
    /// Good pieces of the shift under way.
    pub balance: Balance,
    segment: Option<(u64, Arc<Segment>)>,
}

/// One machine in the plan.
#[derive(Clone, Copy)]
pub struct Place<'a> {
    /// Which machine.
    pub machine: MachineId,
    /// The plan.
    pub plan: &'a Plan,
}

impl PartialEq for Segment {
    /// The remembered segment is a copy of what the plan says and no part of the fold's state.
    fn eq(&self, _: &Segment) -> bool {
        true
    }
}

impl Engine {
    /// The segment at `at`, remembered while it lasts.
    pub fn segment(&mut self, place: Place, at: Timestamp) -> Option<Arc<Segment>> {
        let version = place.plan.version();
        let fits = self
            .segment
            .as_ref()
            .is_some_and(|(of, segment)| *of == version && segment.period.contains(at));
        if !fits {
            self.segment = place
                .plan
                .segment(place.machine, at)
                .map(|segment| (version, Arc::new(segment)));
        }
        self.segment.as_ref().map(|(_, segment)| Arc::clone(segment))
    }

    /// Up to here all time is in the rows; what follows waits for its stop to be decided.
    pub fn settled(&self, position: Timestamp) -> Timestamp {
        match &self.stop {
            Some(stop) if stop.decided.is_none() => stop.start,
            Some(_) | None => position,
        }
    }

    /// The next instant at which a waiting stop must be looked at again.
    pub fn decide_at(&self, place: Place, position: Timestamp) -> Option<Timestamp> {
        let stop = self.stop.as_ref().filter(|stop| stop.decided.is_none())?;
        let limit = stop.start.plus(stop.limit_ms);
        if limit > position {
            return Some(limit);
        }
        place
            .plan
            .next_anchor(place.machine, position)
            .map(|anchor| anchor.plus(1))
    }

    /// The state of the step that begins at `at`, as it counts: a machine that is being changed over is so until its release.
    pub fn enter(&mut self, place: Place, segment: &Segment, at: Timestamp, state: State) -> State {
        let said = place.plan.said(place.machine);
        let put_on = SetUp::put_on(&mut self.set_up, &segment.key);
        let before = self.changeover;
        self.changeover = Changeover::at(before, at, segment, &state, put_on, said);
        if before.is_none() && self.changeover.is_some() {
            self.tries = None;
        }
        match self.changeover {
            Some(changeover) if !changeover.released => Changeover::state(&state),
            Some(_) | None => state,
        }
    }

    /// The next instant at which what a person said of first pieces begins or ends to hold.
    pub fn released_at(&self, place: Place, position: Timestamp) -> Option<Timestamp> {
        place.plan.said(place.machine).next_first_off(position)
    }

    /// Adds the time of a step over which nothing changes. The step lies within the segment; `bridged` when a counter closes
    /// the gap it lies in.
    pub fn step(
        &mut self,
        place: Place,
        segment: &Segment,
        step: Period,
        state: &State,
        mark: Passing,
        rows: &mut Rows,
    ) {
        let group = if mark.skipped { None } else { group(state) };
        if let Some(before) = self.stop.as_ref().map(|stop| stop.group)
            && Some(before) != group
        {
            self.end_stop(place, step.start, rows);
            if !is_one_failure(before, group) {
                let seen = !mark.skipped && group != Some(Group::Unseen);
                self.mend(place, step.start, seen, rows);
            }
        }
        match group {
            Some(group) => self.stand(place, segment, step, (state, group, mark.bridged), rows),
            None if mark.skipped => self.go(place, segment, step, (Class::ClockSkip, state), rows),
            None => self.go(place, segment, step, (Class::Running, state), rows),
        }
    }

    /// Ends whatever is under way: what follows has nothing to do with it.
    pub fn interrupt(&mut self, place: Place, at: Timestamp, rows: &mut Rows) {
        self.end_stop(place, at, rows);
        self.failure = None;
        self.stretch = None;
        self.running_since = None;
        self.changeover = None;
        self.tries = None;
        self.set_up = None;
    }

    /// Takes the time of a waiting stop as it stands, for a look at the present that is thrown away.
    pub fn settle_for_view(&mut self, place: Place, position: Timestamp, rows: &mut Rows) {
        if let Some(stop) = &self.stop
            && stop.decided.is_none()
        {
            let minor = stop.is_minor_at(position);
            self.decide(place, position, minor, rows);
        }
    }

    fn go(&mut self, place: Place, segment: &Segment, step: Period, (class, state): (Class, &State), rows: &mut Rows) {
        let since = match self.stretch {
            Some((last, since)) if last == class => since,
            Some(_) | None => step.start,
        };
        self.stretch = Some((class, since));
        self.running_since = (class == Class::Running).then_some(since);
        let label = Label {
            class,
            state: state.name(),
            reason: Arc::default(),
            author: Arc::default(),
            since,
            source: told_by(class, segment),
        };
        write(place.machine, step, &label, Mark::default(), segment, rows);
    }

    fn stand(
        &mut self,
        place: Place,
        segment: &Segment,
        step: Period,
        (state, group, bridged): (&State, Group, bool),
        rows: &mut Rows,
    ) {
        self.stretch = None;
        self.running_since = None;
        let limit_ms = match group {
            Group::Down => segment.minor_limit_ms,
            Group::Waiting | Group::Setup | Group::Maintenance | Group::Unseen => 0,
        };
        let stop = self.stop.get_or_insert_with(|| Stop::new(group, step.start, limit_ms));
        if stop.decided.is_some() {
            self.write_stop(place, step, state, bridged, rows);
            return;
        }
        if stop
            .waiting
            .last()
            .is_none_or(|last| last.state != *state || last.bridged != bridged)
        {
            stop.waiting.push(Waiting {
                start: step.start,
                state: state.clone(),
                bridged,
            });
        }
        let ready = step.end.since(stop.start) >= stop.limit_ms;
        if ready && place.plan.next_anchor(place.machine, step.end).is_none() {
            self.decide(place, step.end, false, rows);
        }
    }

    /// Ends the stop under way.
    fn end_stop(&mut self, place: Place, end: Timestamp, rows: &mut Rows) {
        if let Some(stop) = &self.stop
            && stop.decided.is_none()
        {
            let minor = stop.is_minor_at(end);
            self.decide(place, end, minor, rows);
        }
        self.stop = None;
    }

    /// Ends the failure under way; `seen` when somebody saw that the machine was mended.
    fn mend(&mut self, place: Place, end: Timestamp, seen: bool, rows: &mut Rows) {
        let Some(failure) = self.failure.take().filter(|_| seen) else {
            return;
        };
        if let Some(segment) = self.segment(place, end) {
            let tally = rows.cell(end, &segment);
            tally.add(Column::Repairs, 1);
            tally.add(Column::RepairMs, failure.until.since(failure.since));
        }
    }

    /// Decides the waiting stop at `at` and writes the time it waited.
    fn decide(&mut self, place: Place, at: Timestamp, minor: bool, rows: &mut Rows) {
        let Some(stop) = &mut self.stop else { return };
        // Where the orders begin a changeover, the stop that ends there is the first part of it.
        let begins = self.changeover.is_some_and(|changeover| changeover.since == at);
        let until = at.plus(i64::from(begins));
        let changes = Period::new(stop.start, until);
        stop.decided = Some(Decided::new(place.plan, place.machine, stop, (at, changes), minor));
        let waiting = std::mem::take(&mut stop.waiting);
        let ends = waiting.iter().skip(1).map(|next| next.start).chain([at]);
        for (part, end) in waiting.iter().zip(ends) {
            self.write_stop(place, Period::new(part.start, end), &part.state, part.bridged, rows);
        }
    }

    fn write_stop(&mut self, place: Place, period: Period, state: &State, bridged: bool, rows: &mut Rows) {
        let mut at = period.start;
        while at < period.end {
            let Some(segment) = self.segment(place, at) else { return };
            let Some(stop) = &self.stop else { return };
            let Some(decided) = &stop.decided else { return };
            let (part, changes) = decided.part_at(at);
            let part = part.cloned();
            let unnamed = in_plan(decided.class(state, None), false, &segment);
            let class = in_plan(decided.class(state, part.as_ref()), part.is_some(), &segment);
            let mut label = Label {
                class,
                state: state.name(),
                reason: Arc::default(),
                author: Arc::default(),
                since: stop.start,
                source: told_by(class, &segment),
            };
            let mut mark = Mark {
                bridged,
                ..Mark::default()
            };
            let mut time = Period::new(at, period.end.min(segment.period.end).min(changes));
            // Whoever named the class: a reason given for the stop, or a planned stop declared for the time. Of time that is
            // planned to stand still already, a reason takes nothing more out of OEE, and a late declaration neither.
            if let Some(part) = part.filter(|part| part.class == class && !segment.is_leave()) {
                self.name_part(place, &part, unnamed, &segment, (&mut time, &mut label, &mut mark));
            } else if class == Class::PlannedStop
                && let Some(declared) = segment.declared.as_ref().filter(|_| segment.is_work())
            {
                (label.reason, label.author) = (Arc::clone(&declared.reason), Arc::clone(&declared.author));
                label.source = Source::Manual;
                mark.recoded = declared.late;
            } else if class == Class::PlannedStop {
                label.reason = Arc::clone(&segment.slot.planned_stop);
            }
            self.write_part(place, time, &label, mark, &segment, rows);
            at = time.end;
        }
    }

    /// Names time, which is of class `unnamed` without it, by the reason given for it. One that takes time out of OEE, by its
    /// class or by the policy in force, needs a leader; what another gives it for beyond the allowance stays unexplained.
    fn name_part(
        &mut self,
        place: Place,
        part: &Part,
        unnamed: Class,
        segment: &Segment,
        (time, label, mark): (&mut Period, &mut Label, &mut Mark),
    ) {
        (label.reason, label.author) = (Arc::clone(&part.reason), Arc::clone(&part.author));
        label.source = Source::Manual;
        let charges = &segment.policy.charges;
        // What the policy leaves out of OEE as it is, is not taken out by its reason.
        let is_out = unnamed != Class::Unknown && charges.of(unnamed, "") == Charge::Excluded;
        if !is_excluded(part.class) && (is_out || !charges.takes_out(part.class, &part.reason)) {
            return;
        }
        let granted = match part.leads {
            true => *time,
            false => self.allowance.take(place, segment, &part.reason, *time),
        };
        if granted.is_empty() {
            label.class = Class::Unexplained;
            return;
        }
        *time = granted;
        mark.recoded = true;
    }

    fn write_part(
        &mut self,
        place: Place,
        part: Period,
        label: &Label,
        mark: Mark,
        segment: &Segment,
        rows: &mut Rows,
    ) {
        let Some(stop) = &mut self.stop else { return };
        let counts = is_busy(label.class) && !stop.counted;
        stop.counted |= counts;
        let fails = label.class == Class::Breakdown && self.failure.is_none();
        if label.class == Class::Breakdown {
            let since = self.failure.map_or(part.start, |failure| failure.since);
            let until = part.end;
            self.failure = Some(Failure { since, until });
        }
        let tally = rows.cell(part.start, segment);
        tally.add(Column::Failures, i64::from(fails));
        match label.class {
            Class::MinorStop => tally.add(Column::MinorStops, i64::from(counts)),
            Class::Unexplained | Class::Breakdown | Class::Waiting => tally.add(Column::Stops, i64::from(counts)),
            Class::Setup
            | Class::Running
            | Class::NotScheduled
            | Class::PlannedStop
            | Class::Break
            | Class::NoOrder
            | Class::Unknown
            | Class::ClockSkip => {}
        }
        write(place.machine, part, label, Mark { counts, ..mark }, segment, rows);
    }
}

/// What a step of time is beside its state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Passing {
    /// True for wall time that never passed.
    pub skipped: bool,
    /// True when an in-order counter closes the gap the step lies in.
    pub bridged: bool,
}
