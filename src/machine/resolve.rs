//! Pure. From what the signals say to the state that counts: a change must hold, and running must show pieces. Until that is
//! decided, time waits.

use super::confirm::Confirm;
use super::hold::Hold;
use super::state::Said;
use crate::model::happened::{Counted, Moved, Sampled, Shown};
use crate::model::state::State;
use crate::model::time::{Period, Timestamp};

/// What a machine's setting asks of a state before it counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Demands {
    /// A change must hold for so many milliseconds.
    pub debounce_ms: i64,
    /// Running without a piece for so many milliseconds is a stop.
    pub stop_after_ms: Option<i64>,
    /// Nothing but the pieces tells the state.
    pub pieces_alone: bool,
    /// The signals may say nothing new.
    pub has_between: bool,
}

/// Time over which the signals say one thing.
#[derive(Debug, Clone, PartialEq)]
pub struct Stretch {
    /// When.
    pub period: Period,
    /// What they say.
    pub state: State,
    /// The pieces made in it.
    pub pieces: Option<Pieces>,
    /// Samples taken at its start that ended cycles.
    pub samples: Vec<Sampled>,
    /// What the counters showed at its start, where that is judged by what the machine did.
    pub shown: Shown,
}

/// Pieces of a stretch, none of them `stop_after` behind the one before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pieces {
    /// One came at the start of the stretch. Otherwise they go on from before it.
    pub begins: bool,
    /// When the last one came.
    pub last: Timestamp,
}

/// What is decided, in the order of time.
#[derive(Debug, Clone, PartialEq)]
pub enum Resolved {
    /// The state of a period.
    Time(Period, State),
    /// A sample that ended a cycle.
    Sample(Timestamp, Sampled),
    /// All samples of an instant, which end the time before it; true when that is unknown.
    Samples(Timestamp, Vec<Sampled>, bool),
    /// What a person moved at an instant.
    Moved(Timestamp, Moved),
    /// Counts of time that begins at an instant, and the state then; true when that time is unknown.
    Counts(Timestamp, State, Vec<Counted>, bool),
}

/// What a machine's state waits for.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Resolver {
    /// A change that must hold.
    pub hold: Hold,
    /// Pieces that must come.
    pub confirm: Confirm,
}

impl Demands {
    /// True when every state counts at once.
    pub fn are_none(self) -> bool {
        self.debounce_ms == 0 && self.stop_after_ms.is_none() && !self.has_between
    }
}

impl Resolver {
    /// True when no time waits.
    pub fn is_settled(&self) -> bool {
        self.since().is_none()
    }

    /// The start of the time that waits.
    pub fn since(&self) -> Option<Timestamp> {
        let open = self.confirm.open.as_ref().map(|open| open.since);
        open.or_else(|| self.hold.waiting.as_ref().map(|waiting| waiting.since))
    }

    /// True when counts wait with the time that waits.
    pub fn has_counts(&self) -> bool {
        let open = self.confirm.open.as_ref().is_some_and(|open| !open.shown.is_empty());
        let held = self.hold.waiting.as_ref();
        open || held.is_some_and(|waiting| !waiting.shown.is_empty())
    }

    /// Keeps what a person moved at an instant until the counts that wait are given: they come before it.
    pub fn keep(&mut self, at: Timestamp, moved: Moved) {
        let open = self.confirm.open.as_mut().map(|open| &mut open.shown);
        let held = self.hold.waiting.as_mut().map(|waiting| &mut waiting.shown);
        if let Some(all) = held.or(open) {
            match all.last_mut().filter(|(last, _)| *last == at) {
                Some((_, shown)) => shown.moved.push(moved),
                None => all.push((
                    at,
                    Shown {
                        moved: vec![moved],
                        ..Shown::default()
                    },
                )),
            }
        }
    }

    /// The state that what is said stands for at once.
    pub fn state_of(&self, said: Said) -> State {
        self.hold.state_of(said)
    }

    /// The instants at which waiting time is decided by nothing but its length.
    pub fn decide_at(&self, demands: Demands) -> [Option<Timestamp>; 2] {
        let open = self.confirm.open.as_ref().map(|open| open.until);
        let waiting = self.hold.waiting.as_ref();
        [open, waiting.map(|waiting| waiting.since.plus(demands.debounce_ms))]
    }

    /// From here on nothing changes how the time that waits at `position` is decided; `None` when none waits.
    pub fn decided_by(&self, position: Timestamp, demands: Demands) -> Option<Timestamp> {
        let open = self.confirm.open.as_ref().map(|open| open.until);
        let held = self.hold.waiting.as_ref().map(|waiting| {
            // Once it is decided what the state was, its pieces may still be waited for.
            let pieces = position.plus(demands.stop_after_ms.unwrap_or(0));
            pieces.max(waiting.since.plus(demands.debounce_ms))
        });
        open.max(held)
    }

    /// Takes a stretch as the signals tell it.
    pub fn pass(&mut self, stretch: Stretch, demands: Demands, on: &mut dyn FnMut(Resolved)) {
        let Resolver { hold, confirm } = self;
        hold.pass(stretch, demands.debounce_ms, &mut |stretch| {
            confirm.pass(stretch, demands, on);
        });
    }

    /// What waits ends at `end` undecided: a change that did not hold never happened, and nobody knows of a stop.
    pub fn cut(&mut self, end: Timestamp, demands: Demands, on: &mut dyn FnMut(Resolved)) {
        let Resolver { hold, confirm } = self;
        hold.cut(end, &mut |stretch| confirm.pass(stretch, demands, on));
        hold.is_known = false;
        confirm.end(end, None, on);
        confirm.stands = false;
    }
}
