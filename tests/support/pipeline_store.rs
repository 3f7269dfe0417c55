//! The store as the core sees it, in memory: what a commit means, and what a history is.
#![allow(clippy::unwrap_used, dead_code, reason = "a helper of several test files")]

use gemba::model::booking::{self, Booking, Field};
use gemba::model::commit::{Alive, Checkpoint, Commit, Committed, History, Sealed, WorkedOut};
use gemba::model::detail::Detail;
use gemba::model::fact::{Body, Fact};
use gemba::model::ids::MachineId;
use gemba::model::tally::{Flag, SpanRow, Standing, Tally, TallyRow};
use gemba::model::time::{Period, Timestamp};
use gemba::oee::plan::Plan;
use gemba::pipeline::Resumed;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

/// Facts on a page of history.
pub const PAGE: usize = 50;

pub type Place = (MachineId, Timestamp);

/// Rows by machine and start, each with its revision.
#[derive(Debug, Clone)]
pub struct Table<T> {
    pub rows: BTreeMap<Place, (T, u32)>,
    next: BTreeMap<Place, u32>,
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Table {
            rows: BTreeMap::new(),
            next: BTreeMap::new(),
        }
    }
}

impl<T: Clone + PartialEq> Table<T> {
    /// Puts a row in its place, or takes it away; gives the former one and the revision, when that changed anything.
    fn put(&mut self, place: Place, row: Option<&T>) -> Option<(Option<T>, u32)> {
        let former = self.rows.get(&place).map(|(row, _)| row.clone());
        if former.as_ref() == row {
            return None;
        }
        let next = self.next.entry(place).or_default();
        let rev = *next;
        *next += 1;
        match row {
            Some(row) => self.rows.insert(place, (row.clone(), rev)),
            None => self.rows.remove(&place),
        };
        Some((former, rev))
    }

    fn starts(&self, machine: MachineId, range: Period) -> Vec<Place> {
        let places = self.rows.range((machine, range.start)..(machine, range.end));
        places.map(|(place, _)| *place).collect()
    }

    pub fn of(&self, machine: MachineId) -> Vec<T> {
        let rows = self.rows.range((machine, Timestamp::MIN)..(machine, Timestamp::MAX));
        rows.map(|(_, (row, _))| row.clone()).collect()
    }

    /// Places whose row is not the first that was written there.
    pub fn revised(&self) -> Vec<Place> {
        let next = self.next.iter().filter(|(_, next)| **next > 1);
        next.map(|(place, _)| *place).collect()
    }
}

/// All that is on disk.
#[derive(Debug, Clone, Default)]
pub struct Store {
    pub facts: Vec<Fact>,
    pub tallies: Table<TallyRow>,
    pub spans: Table<SpanRow>,
    pub flags: Vec<Flag>,
    pub ledger: Vec<Booking>,
    pub checkpoints: BTreeMap<Place, Checkpoint>,
    pub alive: Option<Alive>,
    pub restating: BTreeMap<MachineId, Timestamp>,
    /// What answers say of the engines that worked rows out.
    pub engines: Vec<WorkedOut>,
    /// What the answer to the next commit says was lost.
    pub lost: Vec<(MachineId, Timestamp)>,
    /// Ranges that were worked out again.
    pub ranges: Vec<(MachineId, Period)>,
    /// Facts handed out on pages.
    pub handed: usize,
    sealed_until: BTreeMap<MachineId, (Timestamp, Timestamp)>,
    pages: BTreeMap<MachineId, (u64, VecDeque<(u64, Fact)>)>,
}

pub fn name(machine: MachineId) -> String {
    format!("m{}", machine.0)
}

impl Store {
    /// Writes all of a commit.
    pub fn apply(&mut self, commit: &Commit) -> Committed {
        let first_seq = self.facts.len() as u64 + 1;
        self.facts.extend(commit.facts.iter().cloned());
        for sealed in &commit.sealed {
            self.seal(sealed, commit);
        }
        for (index, key) in &commit.value_keys {
            let fact = &commit.facts[*index];
            let Body::Values(points) = &fact.body else {
                panic!("a key for process values points at {:?}", fact.body)
            };
            let machine = name(fact.machine.unwrap());
            let points = points
                .iter()
                .map(|point| booking::of_value(point, key, &machine, fact.at));
            self.ledger.extend(points);
        }
        for checkpoint in &commit.checkpoints {
            self.checkpoints
                .insert((checkpoint.machine, checkpoint.at), checkpoint.clone());
        }
        if let Some(alive) = &commit.alive {
            self.alive = Some(alive.clone());
        }
        for (machine, from) in &commit.restating {
            match from {
                Some(from) => self.restating.insert(*machine, *from),
                None => self.restating.remove(machine),
            };
        }
        let machines = commit.sealed.iter().map(|sealed| sealed.machine);
        Committed {
            number: commit.number,
            first_seq,
            last_seq: self.facts.len() as u64,
            last_booking: self.ledger.len() as u64,
            shifts: self.shifts_of(machines.collect()),
            engines: self.engines.clone(),
            again: std::mem::take(&mut self.lost),
        }
    }

    fn seal(&mut self, sealed: &Sealed, commit: &Commit) {
        let machine = sealed.machine;
        let mut tallies: BTreeMap<Timestamp, Option<&TallyRow>> = BTreeMap::new();
        let mut spans: BTreeMap<Timestamp, Option<&SpanRow>> = BTreeMap::new();
        if let Some(range) = sealed.range {
            self.ranges.push((machine, range));
            let gone = |place: Place| (place.1, None);
            tallies.extend(self.tallies.starts(machine, range).into_iter().map(gone));
            let gone = |place: Place| (place.1, None);
            spans.extend(self.spans.starts(machine, range).into_iter().map(gone));
            self.flags
                .retain(|flag| flag.machine != machine || !range.contains(flag.at));
            let brought = |at: Timestamp| {
                let mut checkpoints = commit.checkpoints.iter();
                checkpoints.any(|other| other.machine == machine && other.at == at)
            };
            self.checkpoints
                .retain(|(of, at), _| *of != machine || *at <= range.start || *at > range.end || brought(*at));
            for start in sealed.tallies.iter().map(|row| row.period.start) {
                assert!(
                    range.contains(start),
                    "a tally of {start:?} outside its range {range:?}"
                );
            }
            for start in sealed.spans.iter().map(|row| row.period.start) {
                assert!(range.contains(start), "a span of {start:?} outside its range {range:?}");
            }
        }
        tallies.extend(sealed.tallies.iter().map(|row| (row.period.start, Some(row))));
        spans.extend(sealed.spans.iter().map(|row| (row.period.start, Some(row))));
        for (start, row) in tallies {
            self.tally((machine, start), row);
        }
        for (start, row) in spans {
            if let Some((former, rev)) = self.spans.put((machine, start), row) {
                let stop = |row: &&SpanRow| booking::is_stop(row.class);
                let taken = former.as_ref().filter(stop);
                let taken = taken.map(|row| booking::of_stop(row, &name(machine), -1, rev));
                let given = row.filter(stop);
                let given = given.map(|row| booking::of_stop(row, &name(machine), 1, rev));
                self.book(taken, given);
            }
        }
        for flag in &sealed.flags {
            self.flags.retain(|other| other != flag);
            self.flags.push(flag.clone());
        }
    }

    fn tally(&mut self, place: Place, row: Option<&TallyRow>) {
        let Some((former, rev)) = self.tallies.put(place, row) else {
            return;
        };
        if let Some(row) = row {
            let newest = (row.period.end, row.key.shift_start);
            let until = self.sealed_until.entry(place.0).or_insert(newest);
            *until = newest.max(*until);
        }
        let machine = name(place.0);
        let taken = former.map(|row| booking::of_tally(&row, &machine, &Tally::default().minus(&row.tally), rev));
        let given = row.map(|row| booking::of_tally(row, &machine, &row.tally, rev));
        self.book(taken, given);
    }

    /// One point where the tags agree, else one to take back and one to give.
    fn book(&mut self, taken: Option<Booking>, given: Option<Booking>) {
        match (taken, given) {
            (Some(taken), Some(mut given)) if taken.tags == given.tags => {
                for ((_, sum), (_, less)) in given.fields.iter_mut().zip(&taken.fields) {
                    if let (Field::Int(sum), Field::Int(less)) = (sum, less) {
                        *sum += less;
                    }
                }
                self.ledger.push(given);
            }
            (taken, given) => self.ledger.extend(taken.into_iter().chain(given)),
        }
    }

    /// The merged tallies of the newest shift of each machine, one row per product.
    fn shifts_of(&self, machines: Vec<MachineId>) -> Vec<TallyRow> {
        let mut merged: BTreeMap<(MachineId, Arc<str>), TallyRow> = BTreeMap::new();
        for (machine, (_, shift_start)) in &self.sealed_until {
            let rows = self
                .tallies
                .rows
                .range((*machine, Timestamp::MIN)..(*machine, Timestamp::MAX));
            let rows = rows.map(|(_, (row, _))| row);
            for row in rows.filter(|row| machines.contains(machine) && row.key.shift_start == *shift_start) {
                let place = (*machine, Arc::clone(&row.key.product));
                let sum = merged.entry(place).or_insert_with(|| TallyRow {
                    tally: Tally::default(),
                    detail: Detail::default(),
                    ..row.clone()
                });
                sum.tally.merge(&row.tally);
                sum.detail.merge(&row.detail);
            }
        }
        merged.into_values().collect()
    }

    /// A page of a machine's history: the first from an instant on, or the next one.
    pub fn history(&mut self, machine: MachineId, from: Option<Timestamp>) -> History {
        let mut page = History {
            machine,
            checkpoint: None,
            later: Vec::new(),
            facts: Vec::new(),
            end: 0,
            last: false,
        };
        if let Some(from) = from {
            let of = |from, to| self.checkpoints.range((machine, from)..(machine, to));
            let checkpoint = of(Timestamp::MIN, from.plus(1)).next_back();
            page.checkpoint = checkpoint.map(|(_, checkpoint)| checkpoint.clone());
            let begin = checkpoint.map_or(Timestamp::MIN, |((_, at), _)| *at);
            let later = of(begin.plus(1), Timestamp::MAX);
            page.later = later.map(|(_, checkpoint)| checkpoint.clone()).collect();
            let facts = self.facts_of(machine, begin);
            self.pages.insert(machine, (self.facts.len() as u64, facts.into()));
        }
        let (end, rest) = self.pages.get_mut(&machine).unwrap();
        page.end = *end;
        page.facts = rest.drain(..rest.len().min(PAGE)).collect();
        page.last = rest.is_empty();
        self.handed += page.facts.len();
        page
    }

    /// Facts of a machine and those about all machines, from an instant on, in the order they are folded.
    pub fn facts_of(&self, machine: MachineId, from: Timestamp) -> Vec<(u64, Fact)> {
        let concerns = |fact: &Fact| match fact.body {
            Body::Setting(_) | Body::Import(_) => false,
            Body::Started(_) | Body::Clock(_) | Body::Loss(_) => fact.machine.is_none_or(|id| id == machine),
            Body::Signal(_) | Body::Values(_) | Body::Entry(_) => fact.machine == Some(machine),
        };
        let mut facts: Vec<(u64, Fact)> = (1..)
            .zip(self.facts.iter().cloned())
            .filter(|(_, fact)| concerns(fact) && fact.at >= from)
            .collect();
        facts.sort_by(|(seq, fact), (other_seq, other)| fact.order().cmp(&other.order()).then(seq.cmp(other_seq)));
        facts
    }

    /// Setting and entry facts in the order of their numbers.
    pub fn known(&self) -> Vec<Fact> {
        let known = |fact: &&Fact| matches!(fact.body, Body::Setting(_) | Body::Entry(_));
        self.facts.iter().filter(known).cloned().collect()
    }

    /// What an agent finds when it opens the store; points, settings and the like are for the caller.
    pub fn opened(&self, machines: &[MachineId]) -> gemba::pipeline::Opened {
        let mut plan = Plan::default();
        self.known().iter().for_each(|fact| plan.apply(fact));
        let mut opened = gemba::pipeline::Opened {
            plan: plan.clone(),
            shifts: self.shifts_of(machines.to_vec()),
            engines: self.engines.clone(),
            held: self
                .flags
                .iter()
                .filter(|flag| flag.standing == Standing::Open)
                .cloned()
                .collect(),
            restating: self.restating.iter().map(|(id, from)| (*id, *from)).collect(),
            alive: self.alive.clone(),
            last_seq: self.facts.len() as u64,
            ..gemba::pipeline::Opened::default()
        };
        for machine in machines {
            let of_machine = (*machine, Timestamp::MIN)..(*machine, Timestamp::MAX);
            let newest = self.checkpoints.range(of_machine).next_back();
            let checkpoint = newest.map(|(_, checkpoint)| checkpoint);
            let sealed = self.sealed_until(*machine);
            let Some(mut resumed) = Resumed::new(*machine, checkpoint, sealed, &plan) else {
                continue;
            };
            let facts = self.facts_of(*machine, resumed.from()).into_iter();
            let facts: Vec<_> = facts.collect();
            for page in facts.chunks(PAGE) {
                resumed.feed(page.iter().cloned(), false, &plan);
            }
            resumed.feed(std::iter::empty(), true, &plan);
            opened.resumed.insert(*machine, resumed);
        }
        opened
    }

    /// End of the newest tally a machine ever had.
    pub fn sealed_until(&self, machine: MachineId) -> Option<Timestamp> {
        self.sealed_until.get(&machine).map(|(until, _)| *until)
    }
}
