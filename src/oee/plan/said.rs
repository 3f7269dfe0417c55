//! Pure. What people and other systems said of one machine, by the instant it is about; what was taken back is not among it.

use super::heard::Heard;
use super::instants::Instants;
use super::stretches::Stretches;
use crate::model::entry::{OrderAct, Says};
use crate::model::fact::Role;
use crate::model::time::{MINUTE_MS, Period, Timestamp};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;
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
    given: Instants,
    /// Scrap, rework and what passed it.
    pieces: Instants,
    /// Products and orders on the machine.
    pub work: BTreeMap<At, Work>,
    /// Of each order when it was started and finished; true for finished.
    acts: BTreeMap<(Arc<str>, At), bool>,
    /// Planned stops, by their start.
    declared: Stretches<Arc<Declared>>,
    /// First pieces approved: stretches that begin at the earliest instant their changeover can have begun at, and end when they
    /// were approved.
    first_offs: Stretches<Timestamp>,
    /// Cavities in use.
    pub cavities: BTreeMap<At, u32>,
    /// Thousandths of people at work on it.
    pub people: BTreeMap<At, i64>,
    /// Whether it is in service.
    pub service: BTreeMap<At, bool>,
    /// What became of held increases.
    pub held: BTreeMap<At, Decided>,
    /// Names of shifts that were closed, with when that was heard.
    closed: BTreeSet<(Arc<str>, At)>,
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
    /// When the agent learned it.
    pub heard_at: Timestamp,
}

impl Given {
    /// What an entry says where it gives a reason.
    pub(super) fn of(heard: Heard) -> Option<Given> {
        let Says::Reason {
            reason, part, leads, ..
        } = heard.says
        else {
            return None;
        };
        Some(Given {
            reason,
            author: heard.author,
            part,
            leads,
        })
    }
}

impl Said {
    /// Takes an entry. Entries that say nothing of a stretch of time change nothing here.
    pub(super) fn put(&mut self, heard: &Heard) {
        let now = (heard.at, heard.n);
        match &heard.says {
            Says::Reason { anchor, .. } => self.given.insert((*anchor, heard.n)),
            Says::Scrap { .. } | Says::Rework { .. } | Says::Reworked { .. } => self.pieces.insert(now),
            Says::Product { product } => {
                self.work.insert(now, Work::Product(Arc::clone(product)));
            }
            Says::Order { order, act, when } => {
                let when = (*when, heard.n);
                self.work.insert(when, Work::Order(Arc::clone(order), *act));
                if *act != OrderAct::Pause {
                    self.acts.insert((Arc::clone(order), when), *act == OrderAct::Finish);
                }
            }
            Says::PlannedStop { until, reason } => {
                let declared = Declared {
                    period: Period::new(heard.at, *until),
                    reason: Arc::clone(reason),
                    author: Arc::clone(&heard.author),
                    late: heard.received_at.since(heard.at) > IN_TIME_MS,
                    heard_at: heard.received_at,
                };
                let period = (declared.period.start, declared.period.end);
                self.declared.put(period, heard.n, Arc::new(declared));
            }
            Says::FirstOff { when } => self.first_offs.put((heard.at, *when), heard.n, *when),
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
                    author: Arc::clone(&heard.author),
                };
                self.held.insert(now, decided);
            }
            Says::Close { shift } => {
                self.closed.insert((Arc::clone(shift), (heard.received_at, heard.n)));
            }
            Says::HandCount { .. } | Says::Accept { .. } | Says::Unlock { .. } | Says::Undo { .. } => {}
        }
    }

    /// Forgets an entry.
    pub(super) fn take_back(&mut self, heard: &Heard) {
        let now = (heard.at, heard.n);
        match &heard.says {
            Says::Reason { anchor, .. } => self.given.remove((*anchor, heard.n)),
            Says::Scrap { .. } | Says::Rework { .. } | Says::Reworked { .. } => self.pieces.remove(now),
            Says::Product { .. } => {
                self.work.remove(&now);
            }
            Says::Order { order, when, .. } => {
                self.work.remove(&(*when, heard.n));
                self.acts.remove(&(Arc::clone(order), (*when, heard.n)));
            }
            Says::PlannedStop { .. } => self.declared.take_back(heard.n),
            Says::FirstOff { .. } => self.first_offs.take_back(heard.n),
            Says::Cavities { .. } => {
                self.cavities.remove(&now);
            }
            Says::Headcount { .. } => {
                self.people.remove(&now);
            }
            Says::Service { .. } => {
                self.service.remove(&now);
            }
            Says::Held { .. } => {
                self.held.remove(&now);
            }
            Says::Close { shift } => {
                self.closed.remove(&(Arc::clone(shift), (heard.received_at, heard.n)));
            }
            Says::HandCount { .. } | Says::Accept { .. } | Says::Unlock { .. } | Says::Undo { .. } => {}
        }
    }

    /// Numbers of the reasons whose anchor lies in a period.
    pub(super) fn given_in(&self, period: Period) -> impl Iterator<Item = u64> {
        self.given.numbers_in(period)
    }

    /// Numbers of the entries about pieces in a period.
    pub(super) fn about_pieces(&self, period: Period) -> impl Iterator<Item = u64> {
        self.pieces.numbers_in(period)
    }

    /// When an order was started on the machine, also again.
    pub(super) fn starts_of(&self, order: &Arc<str>) -> impl Iterator<Item = Timestamp> {
        let acts = self.acts_of(order, Timestamp::MIN, Timestamp::MAX);
        acts.filter(|(_, is_finish)| !is_finish).map(|(at, _)| at)
    }

    /// From each start of an order to where something is put on the machine after it: what was on between belongs to it.
    pub(super) fn stretches_of(&self, order: &Arc<str>) -> Vec<Period> {
        let mut starts: Vec<_> = self.starts_of(order).collect();
        starts.dedup();
        let stretch = |start| Period::new(start, self.put_on_after(start).unwrap_or(Timestamp::MAX));
        starts.into_iter().map(stretch).collect()
    }

    /// Starts and finishes of an order between two instants, both included; true for finished.
    fn acts_of(
        &self,
        order: &Arc<str>,
        first: Timestamp,
        last: Timestamp,
    ) -> impl DoubleEndedIterator<Item = (Timestamp, bool)> {
        let key = |at: At| (Arc::clone(order), at);
        let acts = self.acts.range(key((first, 0))..=key((last, u64::MAX)));
        acts.map(|((_, (at, _)), is_finish)| (*at, *is_finish))
    }

    /// The first instant after `at` at which something is put on the machine.
    fn put_on_after(&self, at: Timestamp) -> Option<Timestamp> {
        let mut later = self.work.range((at.plus(1), 0)..);
        let placed = later.find(|(_, work)| matches!(work, Work::Product(_) | Work::Order(_, OrderAct::Start)));
        placed.map(|((when, _), _)| *when)
    }

    /// When something else was put on the machine in place of an order, after it was started by the word at `start` and before
    /// it was started again, paused or finished.
    pub(super) fn displaced_after(&self, order: &Arc<str>, start: At) -> Option<Timestamp> {
        let mut later = self.work.range((Bound::Excluded(start), Bound::Unbounded));
        let next = later.find(|(_, work)| match work {
            Work::Product(_) => true,
            Work::Order(id, act) => *act == OrderAct::Start || id == order,
        });
        let displaced = next.filter(|(_, work)| !matches!(work, Work::Order(id, _) if id == order));
        displaced.map(|((at, _), _)| *at)
    }

    /// True when anything was ever put on the machine.
    pub fn has_worked(&self) -> bool {
        !self.work.is_empty()
    }

    /// The orders that a word about work at `at` may put on the machine, or take off it.
    pub fn orders_around(&self, at: Timestamp) -> impl Iterator<Item = &Arc<str>> {
        let before = on(self.work.range(..(at, 0)).rev());
        let here = self.work.range((at, 0)..=(at, u64::MAX)).map(|(_, work)| work);
        here.chain(before).filter_map(|work| match work {
            Work::Order(id, _) => Some(id),
            Work::Product(_) => None,
        })
    }

    /// The first instant at or after `at` that a word about a stop names: the anchor of a reason, or a change of orders.
    pub fn next_anchor(&self, at: Timestamp, orders: bool) -> Option<Timestamp> {
        let given = self.given.next(at);
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
    pub fn is_finished(&self, order: &Arc<str>, at: Timestamp) -> bool {
        let last = self.acts_of(order, Timestamp::MIN, at).next_back();
        last.is_some_and(|(_, is_finish)| is_finish)
    }

    /// What a person made last of the pieces that a counter held at `at`; `None` while nobody did.
    pub fn decided(&self, at: Timestamp, role: Role) -> Option<&Decided> {
        let words = self.held.range((at, 0)..=(at, u64::MAX)).rev();
        let mut of_role = words.map(|(_, decided)| decided);
        of_role.find(|decided| *decided.role == *role.name())
    }

    /// True when a person closed the shift of this name at its end or later.
    pub(super) fn is_closed(&self, shift: &str, end: Timestamp) -> bool {
        let word = |at: At| (Arc::from(shift), at);
        let mut words = self.closed.range(word((end, 0))..=word((Timestamp::MAX, u64::MAX)));
        words.next().is_some()
    }

    /// True when a first piece was approved after `since`, at `at` at the latest.
    pub fn is_released_in(&self, since: Timestamp, at: Timestamp) -> bool {
        self.first_offs.next_end(since).is_some_and(|when| when <= at)
    }

    /// True when the first piece of the changeover that began at `since` was approved at `at` or later.
    pub fn is_approved(&self, since: Timestamp, at: Timestamp) -> bool {
        self.first_offs.around(at).any(|(.., when)| *when > since)
    }

    /// The next instant after `at` at which an answer about first pieces changes.
    pub fn next_first_off(&self, at: Timestamp) -> Option<Timestamp> {
        self.first_offs.next_edge(at)
    }

    /// The first instant after `at` from which work no longer depends on what was put on the machine at `at`: something else
    /// is put on it. An order that waits or ends tells nothing of another one, and cavities in use hold on over all work.
    pub fn next_placed(&self, at: Timestamp) -> Option<Timestamp> {
        self.put_on_after(at).filter(|_| self.cavities.is_empty())
    }

    /// The first instant after `at` from which neither work nor what is finished depends on what happened to an order at `at`.
    pub fn next_of_order(&self, order: &Arc<str>, at: Timestamp) -> Option<Timestamp> {
        let again = self.acts_of(order, at.plus(1), Timestamp::MAX).next();
        let again = again.map(|(when, _)| when);
        again.zip(self.next_placed(at)).map(|(again, placed)| again.max(placed))
    }

    /// The planned stop in force at `at` that was declared last, and how long the answer holds.
    pub fn declared_at(&self, at: Timestamp, holds: &mut Period) -> Option<&Arc<Declared>> {
        let on = self.declared_around(at, holds);
        on.max_by_key(|(_, n, _)| *n).map(|(.., declared)| declared)
    }

    /// True when `at` lies in a planned stop that the agent had heard of up to `heard`, and how long the answer holds. One that is
    /// taken back was never declared.
    pub fn was_declared(&self, at: Timestamp, heard: Timestamp, holds: &mut Period) -> bool {
        let mut on = self.declared_around(at, holds);
        on.any(|(.., declared)| declared.heard_at <= heard)
    }

    /// The planned stops in force at `at`, and how long they are.
    fn declared_around(
        &self,
        at: Timestamp,
        holds: &mut Period,
    ) -> impl Iterator<Item = (Timestamp, u64, &Arc<Declared>)> {
        let (last, next) = (self.declared.last_edge(at), self.declared.next_edge(at));
        holds.start = last.map_or(holds.start, |last| holds.start.max(last));
        holds.end = next.map_or(holds.end, |next| holds.end.min(next));
        // What ends at `at` no longer holds.
        self.declared.around(at.plus(1)).filter(move |(start, ..)| *start <= at)
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
