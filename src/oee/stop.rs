//! Pure. A stop: what it is called, by its length, the words given for it and the orders that changed in it.

use super::class::{Group, unexplained};
use super::plan::{Given, Plan};
use crate::model::ids::MachineId;
use crate::model::state::{Class, State};
use crate::model::time::{Period, Timestamp};
use std::sync::Arc;

/// Parts of one stop that are kept apart: of each shift of the longest stop a good many. The desk refuses a word that makes more of
/// them, and where one is told all the same it is left out.
pub const MOST_PARTS: usize = 64;
/// A word for the whole stop is for all time: where the stop begins and ends, its words do not know.
const WHOLE: Period = Period {
    start: Timestamp::MIN,
    end: Timestamp::MAX,
};

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
    /// What it went through while it waits.
    pub waiting: Vec<Waiting>,
    /// True once it was counted.
    pub counted: bool,
}

/// A failure under way: time of class breakdown in a stop, or in several that follow each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Failure {
    /// The first instant of it.
    pub since: Timestamp,
    /// The end of its last breakdown so far.
    pub until: Timestamp,
}

/// Time of a stop that waits for it to be decided; it ends where the next one begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// When it begins.
    pub start: Timestamp,
    /// The state of it.
    pub state: State,
    /// True when an in-order counter closes the gap it lies in.
    pub bridged: bool,
}

/// How a stop is called.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Decided {
    /// True when it ended below the minor limit.
    pub minor: bool,
    /// True when the order changed in it, so that what it stood without a fault is a changeover.
    pub changeover: bool,
    /// What people called it, in parts that do not overlap, by start.
    pub parts: Vec<Part>,
}

/// A part of a stop that a person gave a reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// The part; it may reach beyond the stop.
    pub period: Period,
    /// Id of the reason.
    pub reason: Arc<str>,
    /// Who gave it.
    pub author: Arc<str>,
    /// The class it leads to.
    pub class: Class,
    /// True when its author leads the shift.
    pub leads: bool,
}

impl Stop {
    /// A stop that begins.
    pub fn new(group: Group, start: Timestamp, limit_ms: i64) -> Stop {
        Stop {
            group,
            start,
            limit_ms,
            decided: None,
            waiting: Vec::new(),
            counted: false,
        }
    }

    /// True when it is a minor stop if it ends at `end` and nobody gave a reason.
    pub fn is_minor_at(&self, end: Timestamp) -> bool {
        self.group == Group::Down && end.since(self.start) < self.limit_ms
    }
}

impl Decided {
    /// What a stop is called, as known when its time up to `at` is decided; orders that change in `changes` make it a
    /// changeover.
    pub fn new(
        plan: &Plan,
        machine: MachineId,
        stop: &Stop,
        (at, changes): (Timestamp, Period),
        minor: bool,
    ) -> Decided {
        let period = Period::new(stop.start, at);
        let said = plan.said(machine);
        let mut decided = Decided {
            minor,
            changeover: stop.group == Group::Down
                && plan.uses_orders(machine, stop.start)
                && said.orders_changed_in(changes),
            parts: Vec::new(),
        };
        for given in plan.given_in(machine, period) {
            if let Some(reason) = plan.reason(&given.reason, stop.start) {
                decided.paint(&given, reason.class);
            }
        }
        decided
    }

    /// The part that holds `at`, and where the answer changes next.
    pub fn part_at(&self, at: Timestamp) -> (Option<&Part>, Timestamp) {
        let after = self.parts.partition_point(|part| part.period.start <= at);
        let part = after.checked_sub(1).and_then(|before| self.parts.get(before));
        match part.filter(|part| at < part.period.end) {
            Some(part) => (Some(part), part.period.end),
            None => (
                None,
                self.parts.get(after).map_or(Timestamp::MAX, |next| next.period.start),
            ),
        }
    }

    /// The class of time of this stop in this state, before calendar and orders.
    pub fn class(&self, state: &State, part: Option<&Part>) -> Class {
        match part {
            Some(part) => part.class,
            // A fault stays one, whatever is put on the machine while it is mended.
            None if self.changeover && matches!(state, State::Stopped | State::Idle) => Class::Setup,
            None => unexplained(state, self.minor),
        }
    }

    /// Lays a reason over what was said before.
    fn paint(&mut self, given: &Given, class: Class) {
        let period = given.part.unwrap_or(WHOLE);
        let before = self.parts.iter().flat_map(|part| {
            let left = around(part.period, period).into_iter();
            left.map(|period| Part { period, ..part.clone() })
        });
        let mut parts: Vec<Part> = before.collect();
        parts.push(Part {
            period,
            reason: Arc::clone(&given.reason),
            author: Arc::clone(&given.author),
            class,
            leads: given.leads,
        });
        if !period.is_empty() && parts.len() <= MOST_PARTS {
            parts.sort_by_key(|part| part.period.start);
            self.parts = parts;
        }
    }
}

/// What a part of a stop keeps of itself when another is laid over it.
fn around(part: Period, over: Period) -> Vec<Period> {
    let before = Period::new(part.start, part.end.min(over.start));
    let after = Period::new(part.start.max(over.end), part.end);
    let mut left = vec![before, after];
    left.retain(|left| !left.is_empty());
    left
}

/// True when the words for one stop, each for a part of it or for all, leave it in few enough parts.
pub fn is_kept_apart(words: impl Iterator<Item = Option<Period>>) -> bool {
    let mut parts: Vec<Period> = Vec::new();
    for over in words.map(|part| part.unwrap_or(WHOLE)) {
        parts = parts.into_iter().flat_map(|part| around(part, over)).collect();
        parts.push(over);
    }
    parts.len() <= MOST_PARTS
}
