//! Pure. Facts on their way to the journal, and who waits for them: journal before tell.

use crate::model::commit::{Commit, Committed};
use crate::model::entry::Outcome;
use crate::model::fact::{Body, Fact};
use crate::model::ids::MachineId;
use crate::model::reading::AckId;
use crate::model::tally::TallyKey;
use crate::model::time::{Now, Timestamp};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

/// Facts that may wait for the store: at 50 machines and a 10 s cycle more than four hours of a store that fails.
pub const MOST_WAITING: usize = 100_000;
/// Facts given up at once when that is full, so that the loss is one fact a machine and not thousands.
const GIVE_UP: usize = 1_000;
/// Facts in one transaction: a few megabytes.
const MOST_IN_COMMIT: usize = 20_000;
/// Messages waiting for their ack at which a commit is due: half of Mosquitto's in-flight window of 20.
const MOST_ACKS: usize = 10;

/// The facts not on disk yet, in the order they were recorded.
#[derive(Debug, Default)]
pub struct Outbox {
    waiting: VecDeque<Waiting>,
    acks: VecDeque<AwaitedBy>,
    replies: VecDeque<(u64, u64, bool)>,
    in_flight: Option<InFlight>,
    /// Number of the next fact of this run.
    next: u64,
    /// Every fact before this one is on disk or was given up.
    done: u64,
    /// Facts given up.
    pub lost: u64,
    commits: u64,
}

#[derive(Debug)]
struct Waiting {
    number: u64,
    fact: Arc<Fact>,
    key: Option<Arc<TallyKey>>,
    since: Timestamp,
}

/// A message whose ack waits for the facts with these numbers, from first to before last.
#[derive(Debug)]
struct AwaitedBy {
    facts: (u64, u64),
    ack: AckId,
}

#[derive(Debug)]
struct InFlight {
    number: u64,
    facts: Vec<u64>,
}

/// Facts of one machine that were given up.
#[derive(Debug)]
pub struct GivenUp {
    /// Whose they were; `None` for facts about all machines.
    pub machine: Option<MachineId>,
    /// Their numbers of the run, in order.
    pub numbers: Vec<u64>,
    /// The earliest instant any of them could affect.
    pub at: Timestamp,
    /// The latest.
    pub until: Timestamp,
}

/// What a commit that is on disk sets free.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Released {
    /// Messages to acknowledge.
    pub acks: Vec<AckId>,
    /// Answers to give: who waits, and what became of the entry.
    pub replies: Vec<(u64, Outcome)>,
    /// Facts with these numbers of the run are on disk ...
    pub facts: Vec<u64>,
    /// ... under numbers of the journal that follow each other from this one on.
    pub first_seq: u64,
}

impl Outbox {
    /// Adds a fact; `key` says where its process values belong. Gives its number of the run.
    pub fn add(&mut self, fact: Arc<Fact>, key: Option<Arc<TallyKey>>, now: Now) -> u64 {
        self.waiting.push_back(Waiting {
            number: self.next,
            fact,
            key,
            since: now.at,
        });
        self.next += 1;
        self.next - 1
    }

    /// The number the next fact gets.
    pub fn next(&self) -> u64 {
        self.next
    }

    /// Gives up the oldest facts when too many wait. What people said, settings and starts stay, and what a message waits
    /// for too: all of it is little, and the plant does not tell it again.
    pub fn overflow(&mut self) -> Vec<GivenUp> {
        if self.waiting.len() <= MOST_WAITING {
            return Vec::new();
        }
        let many = (self.waiting.len() - MOST_WAITING).max(GIVE_UP);
        let mut gone: BTreeMap<Option<MachineId>, GivenUp> = BTreeMap::new();
        let mut count = 0;
        for waiting in std::mem::take(&mut self.waiting) {
            if count == many || !self.may_go(&waiting) {
                self.waiting.push_back(waiting);
                continue;
            }
            count += 1;
            let (machine, at) = (waiting.fact.machine, waiting.fact.at);
            let of_machine = gone.entry(machine).or_insert_with(|| GivenUp {
                machine,
                numbers: Vec::new(),
                at,
                until: at,
            });
            of_machine.numbers.push(waiting.number);
            of_machine.at = of_machine.at.min(at);
            of_machine.until = of_machine.until.max(at);
        }
        self.lost += count as u64;
        gone.into_values().collect()
    }

    fn may_go(&self, waiting: &Waiting) -> bool {
        let awaited = |by: &AwaitedBy| (by.facts.0..by.facts.1).contains(&waiting.number);
        matches!(waiting.fact.body, Body::Signal(_) | Body::Values(_)) && !self.acks.iter().any(awaited)
    }

    /// A message to acknowledge once the facts with these numbers, from first to before last, are on disk.
    pub fn ack_later(&mut self, ack: AckId, facts: (u64, u64)) {
        let place = self.acks.partition_point(|other| other.facts.1 <= facts.1);
        self.acks.insert(place, AwaitedBy { facts, ack });
    }

    /// Someone to answer once the fact of this number is on disk. `known`: it is somebody's earlier entry.
    pub fn reply_later(&mut self, reply: u64, fact: u64, known: bool) {
        self.replies.push_back((fact, reply, known));
    }

    /// True when the fact of this number is on disk (or was given up).
    pub fn is_done(&self, fact: u64) -> bool {
        fact < self.done
    }

    /// True while a commit is on its way.
    pub fn is_busy(&self) -> bool {
        self.in_flight.is_some()
    }

    /// How many facts wait.
    pub fn len(&self) -> usize {
        self.waiting.len() + self.in_flight.as_ref().map_or(0, |flight| flight.facts.len())
    }

    /// True when a commit is due now: someone waits, or the oldest fact has waited `commit_ms`.
    pub fn is_due(&self, now: Now, commit_ms: i64) -> bool {
        let old = self
            .waiting
            .front()
            .is_some_and(|oldest| now.at.since(oldest.since) >= commit_ms);
        old || !self.replies.is_empty() || self.acks.len() >= MOST_ACKS || self.waiting.len() >= MOST_IN_COMMIT
    }

    /// When the oldest waiting fact was recorded.
    pub fn oldest(&self) -> Option<Timestamp> {
        self.waiting.front().map(|oldest| oldest.since)
    }

    /// True when none waits.
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Moves the oldest facts into a new commit.
    pub fn begin(&mut self) -> Commit {
        let count = self.waiting.len().min(MOST_IN_COMMIT);
        self.commits += 1;
        self.in_flight = Some(InFlight {
            number: self.commits,
            facts: self.waiting.iter().take(count).map(|waiting| waiting.number).collect(),
        });
        let mut commit = Commit {
            number: self.commits,
            ..Commit::default()
        };
        for (place, waiting) in self.waiting.drain(..count).enumerate() {
            commit.value_keys.extend(waiting.key.map(|key| (place, key)));
            commit.facts.push(Arc::unwrap_or_clone(waiting.fact));
        }
        commit
    }

    /// Takes the store's answer.
    pub fn committed(&mut self, answer: &Committed) -> Released {
        let Some(flight) = self.in_flight.take_if(|flight| flight.number == answer.number) else {
            return Released::default();
        };
        // Numbers between that are missing here were given up.
        self.done = flight.facts.last().map_or(self.done, |last| last + 1);
        let mut released = Released {
            facts: flight.facts,
            first_seq: answer.first_seq,
            ..Released::default()
        };
        while self.acks.front().is_some_and(|by| by.facts.1 <= self.done) {
            released.acks.extend(self.acks.pop_front().map(|by| by.ack));
        }
        while let Some((fact, reply, known)) = self.replies.front().copied().filter(|(fact, ..)| *fact < self.done) {
            self.replies.pop_front();
            let outcome = released
                .seq(fact)
                .filter(|_| !known)
                .map_or(Outcome::Known, Outcome::Booked);
            released.replies.push((reply, outcome));
        }
        released
    }
}

impl Released {
    /// The number of the journal of a fact that is on disk now.
    pub fn seq(&self, fact: u64) -> Option<u64> {
        let place = self.facts.binary_search(&fact).ok()?;
        Some(self.first_seq + place as u64)
    }
}
