//! Pure. What people and other systems said of one machine, by the instant it is about; what was taken back is not among it.

use super::stretches::Stretches;
use crate::model::entry::{Entry, OrderAct, Says};
use crate::model::fact::{Fact, Role};
use crate::model::time::{MINUTE_MS, Period, Timestamp};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A planned stop is declared in time when it is known so long after its begin at the latest: "from now" is on its way for some
/// milliseconds, or seconds over a bad radio link, and nobody makes planned time of a breakdown in a minute.
const IN_TIME_MS: i64 = MINUTE_MS;

/// An instant and the number of the entry about it: of several for one instant the last stands.
pub type At = (Timestamp, u64);

/// The words about one machine.
#[derive(Debug, Clone, Default)]
pub struct Said {
    /// Reasons, by an instant inside their stop.
    pub given: BTreeMap<At, Given>,
    /// Products and orders on the machine.
    pub work: BTreeMap<At, Work>,
    /// Of each order when it was started and finished; true for finished.
    acts: BTreeMap<Arc<str>, BTreeMap<At, bool>>,
    /// Planned stops, by their start.
    declared: Stretches<Arc<Declared>>,
    /// First pieces approved: stretches that begin at the earliest instant their changeover can have begun at, and end when they
    /// were approved.
    first_offs: Stretches<()>,
    /// Cavities in use.
    pub cavities: BTreeMap<At, u32>,
    /// Thousandths of people at work on it.
    pub people: BTreeMap<At, i64>,
    /// Whether it is in service.
    pub service: BTreeMap<At, bool>,
    /// What became of held increases.
    pub held: BTreeMap<At, Decided>,
}

/// What a person made of an increase that was held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decided {
    /// The counter.
    pub role: Arc<str>,
    /// True when its pieces were made.
    pub release: bool,
    /// Who decided.
    pub author: Arc<str>,
}

/// A reason a person gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given {
    /// Id of the reason.
    pub reason: Arc<str>,
    /// Who gave it.
    pub author: Arc<str>,
    /// The part of the stop it is about; `None` for all of it.
    pub part: Option<Period>,
    /// True when its author leads the shift.
    pub leads: bool,
    /// When it was given.
    pub given_at: Timestamp,
}

/// What was put on the machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Work {
    /// A product, without an order; empty for none.
    Product(Arc<str>),
    /// Something happened to an order.
    Order(Arc<str>, OrderAct),
}

/// A planned stop that a person declared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Declared {
    /// When it holds.
    pub period: Period,
    /// Id of the reason, or empty.
    pub reason: Arc<str>,
    /// Who declared it.
    pub author: Arc<str>,
    /// True when it was declared only after its start.
    pub late: bool,
}

impl Said {
    /// Takes the `n`-th entry. Entries that say nothing of a stretch of time change nothing here.
    pub fn put(&mut self, fact: &Fact, entry: &Entry, n: u64) {
        let now = (fact.at, n);
        match &entry.says {
            Says::Reason {
                reason,
                anchor,
                part,
                leads,
            } => {
                let given = Given {
                    reason: Arc::clone(reason),
                    author: Arc::clone(&fact.author),
                    part: *part,
                    leads: *leads,
                    given_at: fact.received_at,
                };
                self.given.insert((*anchor, n), given);
            }
            Says::Product { product } => {
                self.work.insert(now, Work::Product(Arc::clone(product)));
            }
            Says::Order { order, act, when } => {
                self.work.insert((*when, n), Work::Order(Arc::clone(order), *act));
                if *act != OrderAct::Pause {
                    let acts = self.acts.entry(Arc::clone(order)).or_default();
                    acts.insert((*when, n), *act == OrderAct::Finish);
                }
            }
            Says::PlannedStop { until, reason } => {
                let declared = Declared {
                    period: Period::new(fact.at, *until),
                    reason: Arc::clone(reason),
                    author: Arc::clone(&fact.author),
                    late: fact.received_at.since(fact.at) > IN_TIME_MS,
                };
                let period = (declared.period.start, declared.period.end);
                self.declared.put(period, n, Arc::new(declared));
            }
            Says::FirstOff { when } => {
                self.first_offs.put((fact.at, *when), n, ());
            }
            Says::Cavities { active } => {
                self.cavities.insert(now, *active);
            }
            Says::Headcount { milli, .. } => {
                self.people.insert(now, *milli);
            }
            Says::Service { on } => {
                self.service.insert(now, *on);
            }
            Says::Held { role, release } => {
                let decided = Decided {
                    role: Arc::clone(role),
                    release: *release,
                    author: Arc::clone(&fact.author),
                };
                self.held.insert(now, decided);
            }
            Says::Scrap { .. }
            | Says::Rework { .. }
            | Says::Reworked { .. }
            | Says::HandCount { .. }
            | Says::Accept { .. }
            | Says::Undo { .. } => {}
        }
    }

    /// Forgets the `n`-th entry.
    pub fn take_back(&mut self, n: u64) {
        let other = |at: &At| at.1 != n;
        self.given.retain(|at, _| other(at));
        self.work.retain(|at, _| other(at));
        self.acts.values_mut().for_each(|acts| acts.retain(|at, _| other(at)));
        self.declared.take_back(n);
        self.first_offs.take_back(n);
        self.cavities.retain(|at, _| other(at));
        self.people.retain(|at, _| other(at));
        self.service.retain(|at, _| other(at));
        self.held.retain(|at, _| other(at));
    }

    /// The reasons whose anchor lies in a period, in the order they were given.
    pub fn given_in(&self, period: Period) -> Vec<&Given> {
        let mut given: Vec<_> = self.given.range((period.start, 0)..(period.end, 0)).collect();
        given.sort_by_key(|((_, n), _)| *n);
        given.into_iter().map(|(_, given)| given).collect()
    }

    /// The first instant at or after `at` that a word about a stop names: the anchor of a reason, or a change of orders.
    pub fn next_anchor(&self, at: Timestamp, orders: bool) -> Option<Timestamp> {
        let given = self.given.range((at, 0)..).next().map(|((anchor, _), _)| *anchor);
        let order = || self.work.range((at, 0)..).next().map(|((when, _), _)| *when);
        let order = orders.then(order).flatten();
        given.into_iter().chain(order).min()
    }

    /// True when an order came onto the machine or went off it in a period. What is said again of an order changes nothing: one
    /// that is on is not started, and one that is off is neither paused nor finished.
    pub fn orders_changed_in(&self, period: Period) -> bool {
        let mut acts = self.work.range((period.start, 0)..(period.end, 0));
        acts.any(|(at, work)| {
            let before = self.work.range(..at).rev();
            matches!(work, Work::Order(..)) && on(before) != on(self.work.range(..=at).rev())
        })
    }

    /// What is on the machine at `at`; `None` when the last order was paused or finished.
    pub fn on_at(&self, at: Timestamp) -> Option<&Work> {
        on(self.work.range(..=(at, u64::MAX)).rev())
    }

    /// True when an order was finished, and not started again. To pause it then changes nothing.
    pub fn is_finished(&self, order: &str, at: Timestamp) -> bool {
        let acts = self.acts.get(order);
        let last = acts.and_then(|acts| acts.range(..=(at, u64::MAX)).next_back());
        last.is_some_and(|(_, is_finish)| *is_finish)
    }

    /// What a person made last of the pieces that a counter held at `at`; `None` while nobody did.
    pub fn decided(&self, at: Timestamp, role: Role) -> Option<&Decided> {
        let words = self.held.range((at, 0)..=(at, u64::MAX)).rev();
        let mut of_role = words.map(|(_, decided)| decided);
        of_role.find(|decided| *decided.role == *role.name())
    }

    /// True when a first piece was approved after `since`, at `at` at the latest.
    pub fn is_released_in(&self, since: Timestamp, at: Timestamp) -> bool {
        self.first_offs.next_end(since).is_some_and(|when| when <= at)
    }

    /// True when the first piece of the changeover that holds `at` was approved at it or later.
    pub fn is_approved(&self, at: Timestamp) -> bool {
        self.first_offs.around(at).next().is_some()
    }

    /// The next instant after `at` at which an answer about first pieces changes.
    pub fn next_first_off(&self, at: Timestamp) -> Option<Timestamp> {
        self.first_offs.next_edge(at)
    }

    /// The first instant after `at` from which work no longer depends on what was put on the machine at `at`: something else
    /// is put on it. An order that waits or ends tells nothing of another one, and cavities in use hold on over all work.
    pub fn next_placed(&self, at: Timestamp) -> Option<Timestamp> {
        let later = self.work.range((at.plus(1), 0)..);
        let mut placed = later.filter(|(_, work)| matches!(work, Work::Product(_) | Work::Order(_, OrderAct::Start)));
        let next = placed.next().map(|((when, _), _)| *when);
        next.filter(|_| self.cavities.is_empty())
    }

    /// The first instant after `at` from which neither work nor what is finished depends on what happened to an order at `at`.
    pub fn next_of_order(&self, order: &str, at: Timestamp) -> Option<Timestamp> {
        let acts = self.acts.get(order);
        let again = acts.and_then(|acts| acts.range((at.plus(1), 0)..).next());
        let again = again.map(|((when, _), _)| *when);
        again.zip(self.next_placed(at)).map(|(again, placed)| again.max(placed))
    }

    /// The planned stop in force at `at` that was declared last, and how long the answer holds.
    pub fn declared_at(&self, at: Timestamp, holds: &mut Period) -> Option<&Arc<Declared>> {
        let (last, next) = (self.declared.last_edge(at), self.declared.next_edge(at));
        holds.start = last.map_or(holds.start, |last| holds.start.max(last));
        holds.end = next.map_or(holds.end, |next| holds.end.min(next));
        // What ends at `at` no longer holds.
        let on = self.declared.around(at.plus(1)).filter(|(start, ..)| *start <= at);
        on.max_by_key(|(_, n, _)| *n).map(|(.., declared)| declared)
    }
}

/// What the words, the last one first, leave on a machine.
fn on<'a>(words: impl Iterator<Item = (&'a At, &'a Work)>) -> Option<&'a Work> {
    let mut over: Vec<&Arc<str>> = Vec::new();
    for (_, work) in words {
        match work {
            Work::Order(id, OrderAct::Pause | OrderAct::Finish) => over.push(id),
            Work::Order(id, OrderAct::Start) if over.contains(&id) => return None,
            Work::Order(_, OrderAct::Start) | Work::Product(_) => return Some(work),
        }
    }
    None
}

/// The first instant after `at` that a timeline has a word for.
pub fn next<T>(timeline: &BTreeMap<At, T>, at: Timestamp) -> Option<Timestamp> {
    timeline.range((at.plus(1), 0)..).next().map(|((next, _), _)| *next)
}

/// The value in force at `at`, and how long it holds.
pub fn in_force<'a, T>(timeline: &'a BTreeMap<At, T>, at: Timestamp, holds: &mut Period) -> Option<(Timestamp, &'a T)> {
    if let Some(((next, _), _)) = timeline.range((at.plus(1), 0)..).next() {
        holds.end = holds.end.min(*next);
    }
    let ((from, _), value) = timeline.range(..=(at, u64::MAX)).next_back()?;
    holds.start = holds.start.max(*from);
    Some((*from, value))
}
