//! Pure. Entries as a whole: taken in one after another, and asked for by key, by stop, by pieces.

use super::said::Given;
use super::{Heard, Plan, keys};
use crate::model::entry::{Entry, Late, Says};
use crate::model::fact::Fact;
use crate::model::ids::MachineId;
use crate::model::time::{Period, Timestamp};
use std::sync::Arc;

impl Plan {
    /// The entry with this key, however old it is.
    pub fn entry(&self, key: &str) -> Option<Heard> {
        self.entries.get(key)
    }

    /// True when the entry with this key was taken back.
    pub fn is_undone(&self, key: &str) -> bool {
        !self.undone.is_empty() && self.undone.contains(&keys::digest(key))
    }

    /// The reasons whose anchor lies in a period, in the order they were given.
    pub fn given_in(&self, machine: MachineId, period: Period) -> Vec<Given> {
        let mut numbers: Vec<u64> = self.said(machine).given_in(period).collect();
        numbers.sort_unstable();
        let heard = numbers.into_iter().filter_map(|n| self.entries.nth(n));
        heard.filter_map(Given::of).collect()
    }

    /// What the reasons for a stop are about, in the order they were given: parts of it, or all. It is known by where it began
    /// when they were given.
    pub fn parts_told(&self, machine: MachineId, began: Timestamp) -> Vec<Option<Period>> {
        let mut numbers: Vec<u64> = self
            .said(machine)
            .given_in(Period::new(began, Timestamp::MAX))
            .collect();
        numbers.sort_unstable();
        let heard = numbers.into_iter().filter_map(|n| self.entries.nth(n));
        let of_stop = heard.filter(|heard| heard.at == began);
        of_stop.filter_map(Given::of).map(|given| given.part).collect()
    }

    /// The entries about pieces of a machine in a period; none that was taken back.
    pub fn about_pieces(&self, machine: MachineId, period: Period) -> impl Iterator<Item = Heard> {
        let numbers = self.said(machine).about_pieces(period);
        numbers.filter_map(|n| self.entries.nth(n))
    }

    /// The same while an order was on the machine, or paused and nothing put on in its place.
    pub fn about_pieces_of(&self, machine: MachineId, order: &Arc<str>, period: Period) -> impl Iterator<Item = Heard> {
        let stretches = self.said(machine).stretches_of(order).into_iter();
        stretches.flat_map(move |stretch| self.about_pieces(machine, stretch.intersect(period)))
    }

    /// The machines that anybody said anything of.
    pub fn machines_said(&self) -> impl Iterator<Item = MachineId> {
        self.said.keys().copied()
    }

    /// Counts by hand that were not taken back, with their keys; those of the newest time first.
    pub fn hand_counts(&self) -> impl Iterator<Item = (&Arc<str>, Heard)> {
        let newest_first = self.hand_counts.iter().rev();
        newest_first.filter_map(|((_, n), key)| Some((key, self.entries.nth(*n)?)))
    }

    /// Takes an entry.
    pub(super) fn hear(&mut self, entry: &Entry, fact: &Fact) {
        let heard = Heard {
            machine: fact.machine,
            at: fact.at,
            received_at: fact.received_at,
            author: Arc::clone(&fact.author),
            source: entry.source,
            n: 0,
            says: entry.says.clone(),
        };
        let heard = self.entries.add(&entry.key, heard);
        match entry.late {
            true => {
                Arc::make_mut(&mut self.waiting).insert(keys::digest(&entry.key));
            }
            false => self.count(&entry.key, &heard),
        }
    }

    /// Lets an entry count from its place among the others on.
    fn count(&mut self, key: &Arc<str>, heard: &Heard) {
        if let Says::Undo { entry: key } = &heard.says {
            Arc::make_mut(&mut self.undone).insert(keys::digest(key));
            self.stop_waiting(key);
            if let Some(undone) = self.entries.get(key) {
                self.take_back(&undone);
            }
        } else if let Says::Accept { late } = &heard.says {
            self.accept(late, heard.n);
        } else if let Says::Unlock { until } = &heard.says {
            let period = Period::new(heard.received_at, *until);
            Arc::make_mut(&mut self.unlocked).insert((heard.at, heard.n), period);
        } else if matches!(heard.says, Says::HandCount { .. }) {
            Arc::make_mut(&mut self.hand_counts).insert((heard.at, heard.n), Arc::clone(key));
        } else if let Some(machine) = heard.machine {
            Arc::make_mut(self.said.entry(machine).or_default()).put(heard);
            if let Says::Order { order, act, when } = &heard.says {
                Arc::make_mut(&mut self.acts).put(order, (*when, heard.n), machine, *act);
            }
        } else if let Says::Headcount { milli, line } = &heard.says {
            let lines = Arc::make_mut(&mut self.lines);
            let line = lines.entry(Arc::clone(line)).or_default();
            line.insert((heard.at, heard.n), *milli);
        }
    }

    /// Lets what came too late count, by the word of this number.
    fn accept(&mut self, late: &Late, n: u64) {
        let key = match late {
            Late::Fact(seq) => {
                self.accepted.insert(*seq, n);
                return;
            }
            Late::Entry(key) => key,
        };
        let waited = self.stop_waiting(key);
        if let Some(heard) = self.entries.get(key).filter(|_| waited) {
            self.count(key, &heard);
        }
    }

    /// True when it waited.
    fn stop_waiting(&mut self, key: &str) -> bool {
        self.is_waiting(key) && Arc::make_mut(&mut self.waiting).remove(&keys::digest(key))
    }

    fn take_back(&mut self, undone: &Heard) {
        let of_machine = undone.machine.and_then(|id| self.said.get_mut(&id));
        of_machine
            .into_iter()
            .for_each(|said| Arc::make_mut(said).take_back(undone));
        let at = (undone.at, undone.n);
        if let Says::Headcount { line, .. } = &undone.says
            && let Some(line) = Arc::make_mut(&mut self.lines).get_mut(line)
        {
            line.remove(&at);
        } else if let Says::Accept { late: Late::Fact(seq) } = &undone.says {
            // Somebody else may have said the same since.
            self.accepted.retain(|of, n| of != seq || *n != undone.n);
        } else if matches!(undone.says, Says::Unlock { .. }) {
            Arc::make_mut(&mut self.unlocked).remove(&at);
        } else if matches!(undone.says, Says::HandCount { .. }) {
            Arc::make_mut(&mut self.hand_counts).remove(&at);
        } else if let (Says::Order { order, when, .. }, Some(machine)) = (&undone.says, undone.machine) {
            Arc::make_mut(&mut self.acts).take_back(order, (*when, undone.n), machine);
        }
    }
}
