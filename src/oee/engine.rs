//! Pure. One machine's time and counts become spans and tallies: stops with limit and reasons, pieces with ideal time.

use super::book::{book, primary, write};
use super::class::{Group, group, in_calendar, is_busy, unexplained};
use super::plan::{Plan, Segment, is_work};
use super::rows::{Label, Rows};
use crate::model::happened::{Counted, Sampled};
use crate::model::ids::MachineId;
use crate::model::state::{Class, State};
use crate::model::tally::{Column, Flag};
use crate::model::time::{Period, Timestamp};
use std::sync::Arc;

/// What the engine remembers of one machine between two steps.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Engine {
    /// The stop under way.
    pub stop: Option<Stop>,
    /// Class of the last step that was not a stop, and since when.
    pub stretch: Option<(Class, Timestamp)>,
    /// Since when nothing but running was seen.
    pub running_since: Option<Timestamp>,
    /// When the counter that times cycles last showed a piece, and of which product.
    pub last_piece: Option<(Timestamp, Arc<str>)>,
    segment: Option<(u64, Arc<Segment>)>,
}

/// A stop under way. Until it is decided its time waits, since a short stop becomes a minor one as a whole.
#[derive(Debug, Clone, PartialEq)]
pub struct Stop {
    /// Which states belong to it.
    pub group: Group,
    /// When it began.
    pub start: Timestamp,
    /// From this length on it is no minor stop.
    pub limit_ms: i64,
    /// How it was decided; `None` while its time waits.
    pub decided: Option<Decided>,
    /// The states it went through while it waits, each with its begin.
    pub states: Vec<(Timestamp, State)>,
    /// True once it was counted.
    pub counted: bool,
    /// True once it was counted as a failure.
    pub failed: bool,
}

/// How a stop is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decided {
    /// True when it ended below the minor limit without a reason.
    pub minor: bool,
    /// A person's reason: its id, author and class.
    pub reason: Option<(Arc<str>, Arc<str>, Class)>,
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

    /// Adds the time of a step over which nothing changes. The step lies within one segment.
    pub fn step(&mut self, place: Place, step: Period, state: &State, skipped: bool, rows: &mut Rows) {
        let group = if skipped { None } else { group(state) };
        if self.stop.as_ref().is_some_and(|stop| Some(stop.group) != group) {
            self.end_stop(place, step.start, rows);
        }
        match group {
            Some(group) => self.stand(place, step, state, group, rows),
            None => self.go(
                place,
                step,
                if skipped {
                    Class::ClockSkip
                } else {
                    unexplained(state, false)
                },
                state,
                rows,
            ),
        }
    }

    /// Books counts of known or unknown time at an instant.
    pub fn count(&mut self, place: Place, at: Timestamp, counted: Counted, unknown: bool, rows: &mut Rows) {
        let Some(segment) = self.segment(place, at) else { return };
        let counted = Counted {
            gap: counted.gap || unknown,
            ..counted
        };
        book(counted, &segment, rows.cell(at, &segment));
    }

    /// Books scrap a person entered.
    pub fn scrap(&mut self, place: Place, at: Timestamp, pieces: i64, rows: &mut Rows) {
        let Some(segment) = self.segment(place, at) else { return };
        let tally = rows.cell(at, &segment);
        let ideal = segment.ideal_piece_ns.unwrap_or(0);
        tally.add(Column::Reject, pieces);
        tally.add(Column::ManualReject, pieces);
        tally.add(Column::Good, -pieces);
        tally.add(Column::EarnedGoodNs, -pieces * ideal);
    }

    /// Planned unknown time of a step whose gap an in-order counter closes.
    pub fn bridge(&mut self, place: Place, step: Period, rows: &mut Rows) {
        let Some(segment) = self.segment(place, step.start) else {
            return;
        };
        if is_work(&segment) {
            rows.cell(step.start, &segment).add(Column::BridgedMs, step.ms());
        }
    }

    /// Notes what a counter did.
    pub fn flag(&self, place: Place, at: Timestamp, sampled: &Sampled, rows: &mut Rows) {
        if let Some((what, amount)) = sampled.flag {
            rows.flag(Flag {
                machine: place.machine,
                at,
                role: sampled.rest.role.name().into(),
                what,
                amount,
            });
        }
    }

    /// Times the cycle that a counter's sample ends.
    pub fn sampled(&mut self, place: Place, at: Timestamp, sampled: &Sampled, rows: &mut Rows) {
        let role = sampled.rest.role;
        let Some(segment) = self.segment(place, at) else { return };
        if sampled.whole <= 0 || primary(&segment) != Some(role) {
            return;
        }
        if let (Some((last, product)), Some(running)) = (&self.last_piece, self.running_since)
            && running <= *last
            && *product == segment.key.product
            && !sampled.rest.gap
        {
            let tally = rows.cell(at, &segment);
            tally.add(Column::Cycles, sampled.whole);
            tally.add(Column::CycleMs, at.since(*last));
        }
        self.last_piece = Some((at, Arc::clone(&segment.key.product)));
    }

    /// Ends whatever is under way: what follows has nothing to do with it.
    pub fn interrupt(&mut self, place: Place, at: Timestamp, rows: &mut Rows) {
        self.end_stop(place, at, rows);
        self.stretch = None;
        self.running_since = None;
    }

    /// Takes the time of a waiting stop as it stands, for a look at the present that is thrown away.
    pub fn settle_for_view(&mut self, place: Place, position: Timestamp, rows: &mut Rows) {
        if let Some(stop) = &self.stop
            && stop.decided.is_none()
        {
            let minor = position.since(stop.start) < stop.limit_ms && stop.group == Group::Down;
            self.decide(place, position, minor, rows);
        }
    }

    fn go(&mut self, place: Place, step: Period, class: Class, state: &State, rows: &mut Rows) {
        let Some(segment) = self.segment(place, step.start) else {
            return;
        };
        let class = in_calendar(class, segment.slot.planned);
        let since = match self.stretch {
            Some((last, since)) if last == class => since,
            Some(_) | None => step.start,
        };
        self.stretch = Some((class, since));
        self.running_since = (class == Class::Running).then_some(since);
        let label = Label {
            class,
            state: state.name().into(),
            reason: Arc::default(),
            author: Arc::default(),
            since,
        };
        write(place.machine, step, &label, false, &segment, rows);
    }

    fn stand(&mut self, place: Place, step: Period, state: &State, group: Group, rows: &mut Rows) {
        self.stretch = None;
        self.running_since = None;
        let limit_ms = match group {
            Group::Down => self
                .segment(place, step.start)
                .map_or(0, |segment| segment.minor_limit_ms),
            Group::Waiting | Group::Setup | Group::Maintenance => 0,
        };
        let stop = self.stop.get_or_insert_with(|| Stop {
            group,
            start: step.start,
            limit_ms,
            decided: None,
            states: Vec::new(),
            counted: false,
            failed: false,
        });
        if let Some(decided) = stop.decided.clone() {
            self.write_stop(place, step, state, &decided, rows);
            return;
        }
        if stop.states.last().is_none_or(|(_, last)| last != state) {
            stop.states.push((step.start, state.clone()));
        }
        let ready = step.end.since(stop.start) >= stop.limit_ms;
        if ready && place.plan.next_anchor(place.machine, step.end).is_none() {
            self.decide(place, step.end, false, rows);
        }
    }

    fn end_stop(&mut self, place: Place, end: Timestamp, rows: &mut Rows) {
        if let Some(stop) = &self.stop
            && stop.decided.is_none()
        {
            let minor = end.since(stop.start) < stop.limit_ms && stop.group == Group::Down;
            self.decide(place, end, minor, rows);
        }
        self.stop = None;
    }

    /// Decides the waiting stop at `at` and writes the time it waited.
    fn decide(&mut self, place: Place, at: Timestamp, minor: bool, rows: &mut Rows) {
        let Some(stop) = &mut self.stop else { return };
        let given = place.plan.reason_in(place.machine, Period::new(stop.start, at));
        let reason = given.and_then(|given| {
            let reason = place.plan.reason(&given.reason, stop.start)?;
            Some((Arc::clone(&given.reason), Arc::clone(&given.author), reason.class))
        });
        let decided = Decided {
            minor: minor && reason.is_none(),
            reason,
        };
        stop.decided = Some(decided.clone());
        let states = std::mem::take(&mut stop.states);
        let ends = states.iter().skip(1).map(|(start, _)| *start).chain([at]);
        for ((start, state), end) in states.iter().zip(ends) {
            self.write_stop(place, Period::new(*start, end), state, &decided, rows);
        }
    }

    fn write_stop(&mut self, place: Place, period: Period, state: &State, decided: &Decided, rows: &mut Rows) {
        let mut at = period.start;
        while at < period.end {
            let Some(segment) = self.segment(place, at) else { return };
            let part = Period::new(at, period.end.min(segment.period.end));
            let class = match &decided.reason {
                Some((_, _, class)) => *class,
                None => unexplained(state, decided.minor),
            };
            let class = in_calendar(class, segment.slot.planned);
            let Some(stop) = &mut self.stop else { return };
            let counts = is_busy(class) && !stop.counted;
            let fails = class == Class::Breakdown && !stop.failed;
            stop.counted |= counts;
            stop.failed |= fails;
            let (reason, author) = match &decided.reason {
                Some((reason, author, _)) if is_busy(class) => (Arc::clone(reason), Arc::clone(author)),
                Some(_) | None => (Arc::default(), Arc::default()),
            };
            let label = Label {
                class,
                state: state.name().into(),
                reason,
                author,
                since: stop.start,
            };
            let tally = rows.cell(at, &segment);
            tally.add(Column::Failures, i64::from(fails));
            match class {
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
            write(place.machine, part, &label, counts, &segment, rows);
            at = part.end;
        }
    }
}
