//! Pure. The fold of one machine: facts in the order of event time become rows, the same for the same facts.

use super::silence::Silence;
use super::waits::{beat, demands, ends_cycle};
use crate::machine::resolve::{Pieces, Resolver, Stretch};
use crate::machine::signals::{Signals, Surroundings};
use crate::machine::state::Said;
use crate::model::bytes::{ByteReader, ByteWriter};
use crate::model::commit::Checkpoint;
use crate::model::fact::{Body, Fact, Role};
use crate::model::happened::{Moved, Sampled, Shown};
use crate::model::ids::MachineId;
use crate::model::state::State;
use crate::model::time::{DAY_MS, MINUTE_MS, Period, QUARTER_MS, Timestamp};
use crate::oee::book::primary;
use crate::oee::class::is_unknown_planned;
use crate::oee::engine::{Engine, Passing, Place};
use crate::oee::plan::{Plan, Segment};
use crate::oee::rows::Rows;
use std::collections::VecDeque;
use std::sync::Arc;

/// The fold of one machine at a position in time.
#[derive(Debug, Clone, PartialEq)]
pub struct Fold {
    /// Whose.
    pub machine: MachineId,
    /// Everything before it is folded, nothing at or after it.
    pub position: Timestamp,
    /// Its signals.
    pub signals: Signals,
    /// What its state waits for.
    pub resolver: Resolver,
    /// Its stops and stretches.
    pub engine: Engine,
    /// End of the wall time that never passed.
    skip_until: Option<Timestamp>,
    /// End of a skip of more than a day: nothing is told of it at all, since the clock before it was no clock.
    jump_until: Option<Timestamp>,
    /// True when the step before the position was unknown.
    pub(super) was_unknown: bool,
}

/// Facts waiting for the fold to reach them, in its order.
#[derive(Debug, Clone, Default)]
pub struct Inbox {
    facts: VecDeque<Arc<Fact>>,
}

/// A snapshot that the fold passed: its bytes, or none when a stop was waiting to be decided.
#[derive(Debug, Clone, PartialEq)]
pub struct Passed {
    /// The quarter hour.
    pub at: Timestamp,
    /// Up to here all time was decided then; what follows may still be called by what people say of it.
    pub settled: Timestamp,
    /// The bytes.
    pub bytes: Option<Vec<u8>>,
}

impl Inbox {
    /// Adds a fact in its place.
    pub fn add(&mut self, fact: Arc<Fact>) {
        // Nearly every fact is the newest.
        if self.facts.back().is_none_or(|last| last.order() <= fact.order()) {
            self.facts.push_back(fact);
            return;
        }
        let place = self.facts.partition_point(|other| other.order() <= fact.order());
        self.facts.insert(place, fact);
    }

    /// How many wait.
    pub fn len(&self) -> usize {
        self.facts.len()
    }

    /// True when none waits.
    pub fn is_empty(&self) -> bool {
        self.facts.is_empty()
    }

    /// All that wait, in order.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Fact>> {
        self.facts.iter()
    }
}

/// True when a fact of the journal is applied: it came in time, or a person said that it counts all the same.
pub fn is_applied(plan: &Plan, seq: u64, fact: &Fact) -> bool {
    let is_accepted = || match &fact.body {
        Body::Entry(entry) => !plan.is_waiting(&entry.key),
        Body::Signal(_)
        | Body::Values(_)
        | Body::Setting(_)
        | Body::Started(_)
        | Body::Clock(_)
        | Body::Loss(_)
        | Body::Import(_) => plan.is_accepted(seq),
    };
    !fact.is_too_late() || is_accepted()
}

/// True for the fact that a signal fell silent.
fn is_loss(fact: &Fact) -> bool {
    matches!(&fact.body, Body::Signal(signal) if signal.value.is_none() || !signal.quality.is_usable())
}

impl Fold {
    /// A machine nothing is known of yet.
    pub fn new(machine: MachineId, position: Timestamp) -> Fold {
        Fold {
            machine,
            position,
            signals: Signals::default(),
            resolver: Resolver::default(),
            engine: Engine::default(),
            skip_until: None,
            jump_until: None,
            was_unknown: true,
        }
    }

    /// The fold from a checkpoint; `None` when it is of an engine that cannot be read, or damaged.
    pub fn resume(checkpoint: &Checkpoint) -> Option<Fold> {
        let readable = checkpoint.is_readable().then_some(checkpoint)?;
        Fold::decode(readable.machine, &readable.bytes, readable.engine)
    }

    /// The fold from the bytes of an engine's snapshot; `None` when they are damaged.
    pub fn decode(machine: MachineId, bytes: &[u8], engine: u32) -> Option<Fold> {
        let mut input = ByteReader::new(bytes);
        let fold = Fold {
            machine,
            position: input.time()?,
            skip_until: input.maybe(ByteReader::time)?,
            jump_until: input.maybe(ByteReader::time)?,
            was_unknown: input.bit()?,
            signals: Signals::read(&mut input, engine)?,
            resolver: Resolver::read(&mut input, engine)?,
            engine: Engine::read(&mut input, engine)?,
        };
        input.is_at_end().then_some(fold)
    }

    /// The bytes of a snapshot; `None` while a stop waits to be decided.
    pub fn encode(&self) -> Option<Vec<u8>> {
        let mut out = ByteWriter::default();
        out.time(self.position);
        out.maybe(self.skip_until, ByteWriter::time);
        out.maybe(self.jump_until, ByteWriter::time);
        out.bit(self.was_unknown);
        self.signals.write(&mut out);
        self.resolver.write(&mut out);
        self.engine.write(&mut out).then(|| out.into_bytes())
    }

    /// Where a turn of `ms` ends: so much time to tell of; a jump is none.
    pub fn reach(&self, ms: i64) -> Timestamp {
        self.jump_until.unwrap_or(self.position).max(self.position).plus(ms)
    }

    /// Up to here the rows are complete.
    pub fn settled(&self) -> Timestamp {
        self.engine.settled(self.position).min(self.told())
    }

    /// Folds up to `to` (facts at `to` wait). Snapshots of quarter hours passed are added to `passed`.
    pub fn advance(
        &mut self,
        to: Timestamp,
        inbox: &mut Inbox,
        plan: &Plan,
        rows: &mut Rows,
        passed: &mut Vec<Passed>,
    ) {
        let place = Place {
            machine: self.machine,
            plan,
        };
        while self.position < to {
            // Nothing happens inside a jump, wherever in it a turn ends.
            if let Some(until) = self.jump_until.filter(|until| *until > self.position) {
                self.position = until.min(to);
                self.jump_until = Some(until).filter(|until| *until > self.position);
                continue;
            }
            if self.position.0 % QUARTER_MS == 0 && passed.last().is_none_or(|last| last.at != self.position) {
                passed.push(Passed {
                    at: self.position,
                    settled: self.settled(),
                    bytes: self.encode(),
                });
            }
            // Samples of this instant first: a loss at it begins after them, and before the intervals that begin here.
            let mut samples = Vec::new();
            let segment = self.engine.segment(place, self.position);
            if let Some(segment) = &segment {
                self.settle_samples(place, segment, self.position, rows, &mut samples);
            }
            while inbox.facts.front().is_some_and(|fact| fact.at <= self.position) {
                let Some(fact) = inbox.facts.pop_front() else { break };
                // A value that changed at the last sample before a silence is met together with its loss: it comes first.
                if let Some(segment) = segment.as_ref().filter(|_| is_loss(&fact)) {
                    self.settle_samples(place, segment, self.position, rows, &mut samples);
                }
                self.deliver(&fact, place, rows);
            }
            if let Some(until) = self.jump_until.take_if(|_| self.position < to) {
                self.interrupt(place, &samples, rows);
                self.position = until.clamp(self.position, to);
                self.was_unknown = true;
                self.jump_until = Some(until).filter(|until| *until > self.position);
                continue;
            }
            let Some(segment) = segment else {
                // Not configured: nothing of this machine is told until it is; no stop lasts over it, no count spans it.
                self.interrupt(place, &samples, rows);
                let fact = inbox.facts.front().map(|fact| fact.at);
                let configured = plan.configured_after(self.machine, self.position);
                self.signals.forget(configured);
                let next = fact.into_iter().chain(configured).fold(to, Timestamp::min);
                self.position = next.max(self.position.plus(1)).min(to);
                continue;
            };
            self.settle_samples(place, &segment, Timestamp::MAX, rows, &mut samples);
            let end = self.step_end(to, inbox, place, &segment);
            let told = self.told();
            self.engine.shift_is_on(&segment, self.position);
            self.step(Period::new(self.position, end), place, &segment, samples, rows);
            self.position = end;
            self.engine.end_shifts(place, Period::new(told, self.told()), rows);
            self.engine.allowance.forget(self.engine.settled(self.told()));
        }
    }

    /// Up to here it is told what the machine did, if not yet what its stops are called.
    fn told(&self) -> Timestamp {
        self.resolver.since().unwrap_or(self.position)
    }

    fn deliver(&mut self, fact: &Fact, place: Place, rows: &mut Rows) {
        match &fact.body {
            Body::Signal(signal) => self.signals.deliver(signal, self.position),
            Body::Started(_) => self.signals.lose_all(self.position),
            Body::Loss(loss) => self.signals.blind(self.position, loss.until),
            Body::Clock(clock) => {
                self.signals.lose_all(self.position);
                let jump = clock.until.since(self.position) > DAY_MS;
                (self.skip_until, self.jump_until) = if jump {
                    (None, Some(clock.until))
                } else {
                    (Some(clock.until), None)
                };
            }
            Body::Entry(entry) => {
                let moved = Moved::of(entry).filter(|_| !place.plan.is_undone(&entry.key));
                match moved {
                    // What was counted before it comes first, and waits.
                    Some(moved) if self.resolver.has_counts() => self.resolver.keep(self.position, moved),
                    Some(moved) => self.engine.adjust(place, self.position, &moved, rows),
                    None => {}
                }
            }
            Body::Values(_) | Body::Setting(_) | Body::Import(_) => {}
        }
    }

    /// Begins the intervals of this instant that end at `until` at the latest, and puts the samples of this instant in force;
    /// they are added to `samples`.
    fn settle_samples(
        &mut self,
        place: Place,
        segment: &Segment,
        until: Timestamp,
        rows: &mut Rows,
        samples: &mut Vec<Sampled>,
    ) {
        // Nothing was made in wall time that never passed.
        let skip = Period::new(self.position, self.skip_until.unwrap_or(self.position));
        let silence = Silence::new(place, skip);
        let parts = |period: Period| silence.parts(period);
        let planned_ms = |period: Period| silence.planned_ms(period);
        let shift_began = |period: Period| place.plan.shift_began_in(place.machine, period);
        let order_changed = |period: Period| place.plan.said(place.machine).orders_changed_in(period);
        let around = Surroundings {
            setting: &segment.setting,
            cavities: segment.nominal,
            ideal_ns: segment.ideal_shot_ns,
            planned_ms: &planned_ms,
            parts: &parts,
            shift_began: &shift_began,
            order_changed: &order_changed,
        };
        loop {
            if self.signals.next_at().is_some_and(|next| next > until) {
                return;
            }
            let next = self.signals.begin(self.position, until, &around);
            if next.is_none_or(|next| next > self.position) {
                return;
            }
            let known = samples.len();
            self.signals.take(self.position, self.was_unknown, samples);
            self.engine.flag(place, segment, self.position, &samples[known..], rows);
        }
    }

    fn step_end(&self, to: Timestamp, inbox: &Inbox, place: Place, segment: &Segment) -> Timestamp {
        let minute = self.position.next(MINUTE_MS);
        let demands = demands(segment);
        let [open, held] = self.resolver.decide_at(demands);
        let ahead = |at: &Timestamp| *at > self.position;
        let ends = [
            inbox.facts.front().map(|fact| fact.at),
            self.signals.next_at(),
            self.skip_until.filter(ahead),
            self.engine.decide_at(place, self.position),
            self.engine.released_at(place, self.position),
            open.filter(ahead),
            held.filter(ahead),
            beat(&self.signals, self.position, segment).next,
        ];
        let nearest = ends
            .into_iter()
            .flatten()
            .chain([to, minute, segment.period.end])
            .min()
            .unwrap_or(to);
        nearest.max(self.position.plus(1))
    }

    fn step(&mut self, step: Period, place: Place, segment: &Segment, samples: Vec<Sampled>, rows: &mut Rows) {
        let skipped = self.skip_until.is_some_and(|until| step.start < until);
        let said = if skipped {
            self.cut(place, Some(segment), rows);
            Said::State(State::Unknown)
        } else {
            self.skip_until = None;
            self.signals.said(&segment.setting)
        };
        let at_once = skipped || self.counts_at_once(segment);
        let cycles = samples.iter().filter_map(|one| ends_cycle(one, segment));
        let begins = !at_once
            && (cycles.clone().any(|sampled| !sampled.rest.gap) || beat(&self.signals, step.start, segment).begins);
        let mut state = self.resolver.state_of(said);
        // Where a state waits to be decided, a changeover begins, and ends, with what is decided.
        let waits = !at_once && self.is_changed_over(segment);
        let was_unknown = self.was_unknown;
        if !waits {
            self.engine
                .take(place, segment, step.start, &samples, was_unknown, rows);
        }
        if at_once {
            state = self.engine.enter(place, segment, step.start, state);
        }
        let unknown = state == State::Unknown;
        let mut counts = self.signals.pass(step, is_unknown_planned(segment) && !skipped);
        // Energy does not wait: it is used, whatever the machine did.
        counts.retain(|counted| {
            if waits && counted.role != Role::Energy {
                return true;
            }
            self.engine.count(place, segment, step.start, *counted, unknown, rows);
            false
        });
        if self.signals.is_metered() {
            self.engine.metered(segment, step, rows);
        }
        let bridged = unknown && !skipped && self.signals.tell_pieces(&segment.setting);
        self.was_unknown = unknown;
        if at_once {
            for sampled in cycles {
                self.engine.sampled(segment, step.start, &sampled, rows);
            }
            let passing = Passing { skipped, bridged };
            self.engine.step(place, segment, step, &state, passing, rows);
            return;
        }
        let cycles = cycles.collect();
        let samples = if waits { samples } else { Vec::new() };
        let last = primary(segment).and_then(|role| self.signals.last_piece(role));
        let last = last.filter(|at| *at >= step.start).or(begins.then_some(step.start));
        let stretch = Stretch {
            period: step,
            state,
            pieces: last.map(|last| Pieces { begins, last }),
            samples: cycles,
            shown: Shown {
                moved: Vec::new(),
                samples,
                was_unknown,
                counts,
                unknown,
            },
        };
        self.resolve(stretch, bridged, place, segment, rows);
    }
}
