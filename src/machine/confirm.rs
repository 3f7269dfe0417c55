//! Pure. Running must show pieces: no piece for `stop_after` is a stop, back-dated to the end of the last cycle.

use super::resolve::{Demands, Resolved, Stretch};
use crate::model::happened::Shown;
use crate::model::state::State;
use crate::model::time::{Period, Timestamp};

/// What is known of the pieces of a machine that should be making some.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Confirm {
    /// The state that counted last; only where the pieces alone tell it.
    pub former: Option<State>,
    /// The time since the last piece, until the next one or the end of `stop_after` decides it.
    pub open: Option<Open>,
    /// True while it stands although its signals say that it runs.
    pub stands: bool,
}

/// Time without a piece.
#[derive(Debug, Clone, PartialEq)]
pub struct Open {
    /// The last piece, or when it began to run.
    pub since: Timestamp,
    /// Without a piece before this it is a stop.
    pub until: Timestamp,
    /// What it is when something else ends it.
    pub state: State,
    /// What the counters showed meanwhile.
    pub shown: Vec<(Timestamp, Shown)>,
}

impl Confirm {
    /// Takes a stretch, and gives on what is decided.
    pub fn pass(&mut self, stretch: Stretch, demands: Demands, on: &mut dyn FnMut(Resolved)) {
        let period = stretch.period;
        let stop_after_ms = demands.stop_after_ms.filter(|_| stretch.state == State::Running);
        if stop_after_ms.is_none() || stretch.pieces.is_some() {
            let proven = stretch.pieces.map(|_| State::Running);
            self.end(period.start, proven, on);
            self.stands = false;
        }
        // Also where the piece comes with the last sample before a silence.
        if stretch.pieces.is_some() {
            self.former = demands.pieces_alone.then_some(State::Running);
        }
        let mut shown = stretch.shown;
        if self.open.is_none() {
            give_moved(period.start, &mut shown, on);
            give_samples(period.start, &mut shown, on);
        }
        for sampled in stretch.samples {
            on(Resolved::Sample(period.start, sampled));
        }
        let Some(stop_after_ms) = stop_after_ms else {
            give_counts(period.start, &stretch.state, &mut shown, on);
            on(Resolved::Time(period, stretch.state));
            return;
        };
        if self.stands {
            give_counts(period.start, &State::Stopped, &mut shown, on);
            on(Resolved::Time(period, State::Stopped));
            return;
        }
        let mut since = period.start;
        let mut state = State::Running;
        if let Some(pieces) = stretch.pieces {
            since = pieces.last;
            if pieces.last > period.start {
                give_counts(period.start, &State::Running, &mut shown, on);
                on(Resolved::Time(Period::new(period.start, pieces.last), State::Running));
            }
        } else if demands.pieces_alone {
            state = self.former.clone().unwrap_or(State::Unknown);
        }
        let open = self.open.get_or_insert(Open {
            since,
            until: since.plus(stop_after_ms),
            state,
            shown: Vec::new(),
        });
        if !shown.is_empty() {
            Shown::add(&mut open.shown, period.start, shown);
        }
        if open.until <= period.end {
            self.end(period.end, Some(State::Stopped), on);
            self.stands = true;
            self.former = demands.pieces_alone.then_some(State::Stopped);
        }
    }

    /// The time without a piece ends at `end`: it was `state`, or what it is taken for when nothing decided it.
    pub fn end(&mut self, end: Timestamp, state: Option<State>, on: &mut dyn FnMut(Resolved)) {
        let Some(open) = self.open.take() else { return };
        let state = state.unwrap_or(open.state);
        let mut since = open.since;
        for (at, mut shown) in open.shown {
            if since < at {
                on(Resolved::Time(Period::new(since, at), state.clone()));
            }
            give_moved(at, &mut shown, on);
            give_samples(at, &mut shown, on);
            give_counts(at, &state, &mut shown, on);
            since = at;
        }
        if since < end {
            on(Resolved::Time(Period::new(since, end), state));
        }
    }
}

fn give_moved(at: Timestamp, shown: &mut Shown, on: &mut dyn FnMut(Resolved)) {
    for moved in std::mem::take(&mut shown.moved) {
        on(Resolved::Moved(at, moved));
    }
}

fn give_samples(at: Timestamp, shown: &mut Shown, on: &mut dyn FnMut(Resolved)) {
    let samples = std::mem::take(&mut shown.samples);
    if !samples.is_empty() {
        on(Resolved::Samples(at, samples, shown.was_unknown));
    }
}

fn give_counts(at: Timestamp, state: &State, shown: &mut Shown, on: &mut dyn FnMut(Resolved)) {
    let counts = std::mem::take(&mut shown.counts);
    if !counts.is_empty() {
        on(Resolved::Counts(at, state.clone(), counts, shown.unknown));
    }
}
