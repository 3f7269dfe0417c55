//! Pure. Joins signal, machine and oee: readings and entries in, commits, acks, replies and the live view out.

mod admission;
mod counting;
mod entries;
pub mod fold;
mod held;
mod machine;
mod mend;
mod outbox;
pub mod replay;
mod restate;
mod resume;
mod route;
mod silence;
mod start;
mod stood;
mod view;
mod waits;

pub use counting::Counting;
pub use outbox::MOST_WAITING;
pub use resume::{Resumed, wanted};
pub use start::{LONGEST_OFF_MS, Opened};

use crate::model::commit::{Alive, Commit, Committed, History};
use crate::model::entry::{Draft, Outcome};
use crate::model::fact::{Body, Clock, Fact, Import, Loss};
use crate::model::ids::{MachineId, PointId};
use crate::model::live::PlantLive;
use crate::model::reading::{AckId, Reading};
use crate::model::settings::SettingKind;
use crate::model::tally::TallyKey;
use crate::model::time::{HOUR_MS, MINUTE_MS, Now, SECOND_MS, Timestamp};
use crate::oee::plan::Plan;
use crate::signal::Stage;
use machine::Machine;
use outbox::{Outbox, Released};
use restate::Dirty;
use route::route;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

/// A tally is sealed at the latest this long after its end, whatever its signals say.
const SEAL_LATEST_MS: i64 = 15 * MINUTE_MS;
/// Time that the live fold goes on in one tick: after a long silence, such as nine days of Tet, it catches up in steps.
pub(crate) const TURN_MS: i64 = 2 * HOUR_MS;
/// Tallies of a machine that may wait for a commit before its fold goes on.
const MOST_CELLS: usize = 360;
/// A signal this long without confirmation is told in the proof of life, so that a crash makes it unknown from then on.
const OVERDUE_MS: i64 = 5 * SECOND_MS;
/// First and longest wait before a commit that the store refused is tried again: a disk that has room again is written to
/// within ten seconds, and a try that fails costs little.
const REFUSED_MS: (i64, i64) = (SECOND_MS, 5 * SECOND_MS);

/// What the core is told.
#[derive(Debug)]
pub enum Input {
    /// Readings of a source, with the message to acknowledge once their facts are on disk.
    Readings(Vec<Reading>, Option<AckId>),
    /// An entry, and who waits for the answer.
    Entry(Draft, u64),
    /// The agent's clock was set forward at an instant.
    Clock(Timestamp, Clock),
    /// The store has written a commit.
    Committed(Committed),
    /// The store could not write a commit.
    Refused(Box<Commit>),
    /// A page of a machine's history.
    History(History),
    /// A machine's history could not be read; it is asked for again.
    HistoryFailed(MachineId),
    /// Time has passed.
    Tick,
    /// The agent stops: everything goes into a last commit.
    Stop,
}

/// What the core wants done.
#[derive(Debug, PartialEq)]
pub enum Output {
    /// Write this.
    Commit(Box<Commit>),
    /// Acknowledge this message.
    Ack(AckId),
    /// Answer whoever waits.
    Reply(u64, Outcome),
    /// Show this.
    Live(Arc<PlantLive>),
    /// Read a machine's history from an instant on; without an instant, its next page.
    Load(MachineId, Option<Timestamp>),
}

/// The pipeline of the whole plant.
#[derive(Debug)]
pub struct Pipeline {
    stage: Stage,
    plan: Plan,
    machines: BTreeMap<MachineId, Machine>,
    names: BTreeMap<MachineId, Arc<str>>,
    outbox: Outbox,
    /// Entries and changes that are not on disk yet, by their keys, with their numbers of the run.
    on_their_way: BTreeMap<Arc<str>, u64>,
    /// The facts that the newest reading of each point that made any made, with those of the message it came in.
    told: BTreeMap<PointId, (u64, u64)>,
    outputs: VecDeque<Output>,
    refused: Option<(Box<Commit>, Timestamp)>,
    refused_wait_ms: i64,
    commit_ms: i64,
    started: Timestamp,
    last_commit: Timestamp,
    last_seq: u64,
    too_late: u64,
    /// Items that the configuration writes otherwise than a person changed them.
    left_alone: Vec<(SettingKind, Arc<str>)>,
    /// The history this run brings in, and who brings it: nobody sees its present.
    import: Option<(Arc<str>, Import)>,
    stopping: bool,
    last: Option<u64>,
}

impl Pipeline {
    /// What is configured and entered, by time.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Items that the configuration writes otherwise than a person changed them: they stay as the person wants them.
    pub fn left_alone(&self) -> &[(SettingKind, Arc<str>)] {
        &self.left_alone
    }

    /// Takes one input. Outputs are then drained with [`Pipeline::poll`].
    pub fn handle(&mut self, input: Input, now: Now) {
        match input {
            Input::Readings(readings, ack) => self.readings(&readings, ack, now),
            Input::Entry(draft, reply) => self.entry(draft, reply, now),
            Input::Clock(at, clock) => {
                self.interrupt(None, at, now);
                self.record(at, None, "agent", Body::Clock(clock), now);
            }
            Input::Committed(answer) => self.committed(&answer, now),
            Input::Refused(commit) => {
                self.refused = Some((commit, now.at.plus(self.refused_wait_ms)));
                self.refused_wait_ms = (self.refused_wait_ms * 2).min(REFUSED_MS.1);
            }
            Input::History(page) => self.history(page),
            Input::HistoryFailed(machine) => self.history_failed(machine, now),
            Input::Tick => self.tick(now),
            Input::Stop => self.stop(now),
        }
        self.commit_if_due(now);
    }

    /// The next output, if there is one.
    pub fn poll(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// When a tick is due at the latest: the next whole second, for silence, seals, screens and commits.
    pub fn wake_at(&self, now: Now) -> Timestamp {
        now.at.next(SECOND_MS)
    }

    /// The number of the commit that ends the run, once it was made: none is made after it.
    pub fn last_commit_number(&self) -> Option<u64> {
        self.last
    }

    fn readings(&mut self, readings: &[Reading], ack: Option<AckId>, now: Now) {
        let first = self.outbox.next();
        let mut facts = Vec::new();
        let mut told = Vec::new();
        for reading in readings {
            let before = facts.len();
            self.stage.take(reading, now, &mut facts);
            if facts.len() > before {
                told.push(reading.point);
            }
        }
        self.accept_all(facts, now);
        let facts = (first, self.outbox.next());
        self.told.extend(told.into_iter().map(|point| (point, facts)));
        if let Some(ack) = ack {
            // A message that made no fact may have come before: then it waits for the facts it made the first time.
            let of_points = readings.iter().filter_map(|reading| self.told.get(&reading.point));
            match of_points.max_by_key(|facts| facts.1).copied() {
                Some(facts) if facts.1 > 0 && !self.outbox.is_done(facts.1 - 1) => self.outbox.ack_later(ack, facts),
                Some(_) | None => self.outputs.push_back(Output::Ack(ack)),
            }
        }
    }

    fn tick(&mut self, now: Now) {
        let mut facts = Vec::new();
        self.stage.tick(now, &mut facts);
        self.accept_all(facts, now);
        self.give_up(now);
        let forced = (now.at.since(self.started) >= SEAL_LATEST_MS).then(|| now.at.plus(-SEAL_LATEST_MS));
        for (id, machine) in &mut self.machines {
            let confirmed = if machine.gone {
                Some(now.at)
            } else {
                self.stage.confirmed(*id)
            };
            if let Some(to) = confirmed.max(forced).filter(|_| machine.rows.len() < MOST_CELLS) {
                let turn = machine.fold.reach(TURN_MS);
                machine.advance(to.min(now.at).min(turn), &self.plan);
            }
        }
        self.machines.retain(|_, machine| !machine.is_over());
        self.go_on_restating();
        self.load_dirty(now);
        if self.import.is_none() {
            let live = self.view(now);
            self.outputs.push_back(Output::Live(Arc::new(live)));
        }
    }

    /// Gives up facts when too many wait, and tells it: one fact a machine, so that no other machine's past is in doubt.
    fn give_up(&mut self, now: Now) {
        for gone in self.outbox.overflow() {
            self.interrupt(gone.machine, gone.at, now);
            for machine in self.machines.values_mut() {
                machine.forget(&gone.numbers);
            }
            let loss = Loss {
                count: gone.numbers.len() as u64,
                until: gone.until,
            };
            self.record(gone.at, gone.machine, "agent", Body::Loss(loss), now);
        }
    }

    fn record(&mut self, at: Timestamp, machine: Option<MachineId>, author: &str, body: Body, now: Now) -> u64 {
        let (received_at, mono_ms, epoch) = (now.at, now.mono_ms, now.epoch);
        self.accept(
            Fact {
                at,
                received_at,
                mono_ms,
                epoch,
                machine,
                author: author.into(),
                body,
            },
            now,
        )
    }

    /// Nothing is known any more from `at` on of a machine (`None`: of any).
    fn interrupt(&mut self, machine: Option<MachineId>, at: Timestamp, now: Now) {
        let mut facts = Vec::new();
        self.stage.interrupt(machine, at, now, &mut facts);
        self.accept_all(facts, now);
    }

    fn accept_all(&mut self, facts: Vec<Fact>, now: Now) {
        for fact in facts {
            self.accept(fact, now);
        }
    }

    /// Takes a fact: into the plan, into the folds it concerns, and on its way to the journal.
    fn accept(&mut self, fact: Fact, now: Now) -> u64 {
        let fact = Arc::new(fact);
        let withdraws = matches!(&fact.body, Body::Entry(entry) if !entry.late && self.withdraws(&entry.says));
        self.plan.apply(&fact);
        let key = self.value_key(&fact);
        let number = self.outbox.add(Arc::clone(&fact), key, now);
        if fact.is_too_late() || withdraws {
            self.too_late += u64::from(matches!(fact.body, Body::Signal(_)));
            return number;
        }
        route(&mut self.machines, &fact, number, &self.plan);
        number
    }

    /// What process values are forwarded under; `None` for what is not forwarded, as of a machine in commissioning.
    fn value_key(&self, fact: &Fact) -> Option<Arc<TallyKey>> {
        let machine = fact.machine.filter(|_| matches!(fact.body, Body::Values(_)))?;
        let segment = self.plan.segment(machine, fact.at)?;
        segment.in_service.then_some(segment.key)
    }

    fn committed(&mut self, answer: &Committed, now: Now) {
        self.refused_wait_ms = REFUSED_MS.0;
        let released = self.outbox.committed(answer);
        self.on_their_way.retain(|_, fact| !self.outbox.is_done(*fact));
        self.last_seq = answer.last_seq;
        for machine in self.machines.values_mut() {
            machine.number(&released);
            machine.committed(answer.number, &answer.shifts);
            machine.worked_out(&answer.engines);
        }
        for (id, from) in &answer.again {
            if let Some(machine) = self.machines.get_mut(id) {
                machine.soil(Dirty::since(*from, 0));
            }
        }
        self.tell(released);
        let early: Vec<History> = self
            .machines
            .values_mut()
            .filter_map(|machine| machine.early_page(answer.last_seq))
            .collect();
        early.into_iter().for_each(|page| self.history(page));
        self.load_dirty(now);
    }

    fn tell(&mut self, released: Released) {
        self.outputs.extend(released.acks.into_iter().map(Output::Ack));
        self.outputs.extend(
            released
                .replies
                .into_iter()
                .map(|(reply, outcome)| Output::Reply(reply, outcome)),
        );
    }

    fn stop(&mut self, now: Now) {
        let mut facts = Vec::new();
        self.stage.finish(now, &mut facts);
        self.accept_all(facts, now);
        if let Some((author, import)) = self.import.clone().filter(|_| !self.stopping) {
            let done = Body::Import(Import { done: true, ..import });
            self.record(now.at, None, &author, done, now);
        }
        self.stopping = true;
        if let Some((_, again)) = &mut self.refused {
            *again = now.at;
        }
    }

    fn commit_if_due(&mut self, now: Now) {
        if let Some((commit, _)) = self.refused.take_if(|(_, at)| *at <= now.at) {
            self.outputs.push_back(Output::Commit(commit));
            return;
        }
        if self.outbox.is_busy() || self.last.is_some() {
            return;
        }
        let idle = now.at.since(self.last_commit) >= self.commit_ms;
        if idle || self.stopping || self.outbox.is_due(now, self.commit_ms) {
            self.commit(now);
        }
    }

    fn commit(&mut self, now: Now) {
        let mut commit = self.outbox.begin();
        // Final rows never go to disk before all the facts behind them.
        let whole = self.outbox.is_empty();
        for (id, machine) in &mut self.machines {
            if whole {
                let (sealed, checkpoints) = machine.seal(commit.number, &self.plan);
                commit.sealed.extend(sealed);
                commit.checkpoints.extend(checkpoints);
            }
            let mark = machine.mark.take_if(|mark| whole || mark.is_some());
            commit.restating.extend(mark.map(|from| (*id, from)));
        }
        let clean = self.stopping && self.outbox.is_empty();
        // What had to wait for a later commit is not on disk: only up to there does this commit prove life.
        let at = self.outbox.oldest().unwrap_or(now.at);
        commit.alive = Some(Alive {
            at,
            clean,
            silent: self.stage.overdue(now, OVERDUE_MS),
        });
        self.last = clean.then_some(commit.number);
        self.last_commit = now.at;
        self.outputs.push_back(Output::Commit(Box::new(commit)));
    }
}
