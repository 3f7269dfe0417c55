//! Pure. A changeover that lasts until its release: a first piece approved, or good pieces in a row at the right pace.

use super::book::primary;
use super::plan::{Between, Said, Segment};
use crate::model::fact::Role;
use crate::model::settings::Release;
use crate::model::state::State;
use crate::model::time::Timestamp;

/// A piece in a row may take this many ideal cycles, in tenths.
const PACE_TENTHS: i64 = 12;

/// A changeover under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Changeover {
    /// When it began.
    pub since: Timestamp,
    /// Good pieces in a row at the right pace.
    pub in_a_row: i64,
    /// True once it was released while the signals, or the orders, still say changeover: that begins no other one.
    pub released: bool,
}

impl Changeover {
    /// A changeover that begins.
    fn new(since: Timestamp) -> Changeover {
        Changeover {
            since,
            in_a_row: 0,
            released: false,
        }
    }

    /// The changeover under way from `at` on, after `before`; `None` for none. Answers do not depend on how often it is asked.
    pub fn at(
        before: Option<Changeover>,
        at: Timestamp,
        segment: &Segment,
        state: &State,
        said: &Said,
    ) -> Option<Changeover> {
        if segment.setting.release == Release::Running {
            return None;
        }
        let begins = Changeover::begins(segment, state);
        let Some(mut now) = before else {
            return begins.then(|| Changeover::new(at));
        };
        now.released |= said.is_released_in(now.since, at);
        // Time nobody saw tells nothing of what the machine was released from.
        let over = now.released && !begins && *state != State::Unknown;
        (!over).then_some(now)
    }

    /// True when a machine of this setting, in this state and between these orders, is being changed over until a release.
    fn begins(segment: &Segment, state: &State) -> bool {
        let waits = segment.setting.release != Release::Running;
        waits && (*state == State::Setup || segment.between == Between::Changeover)
    }

    /// The state of a machine that is being changed over: what it makes is a try, and where it stands it is at work on it.
    pub fn state(state: &State) -> State {
        match state {
            State::Running | State::Stopped | State::Idle => State::Setup,
            State::Fault(_) | State::Setup | State::Maintenance | State::Waiting(_) | State::Unknown => state.clone(),
        }
    }

    /// Takes counts that one sample showed, and how long all of them took (`None` when that cannot be told).
    pub fn take(&mut self, counts: i64, took_ms: Option<i64>, segment: &Segment) {
        let ideal_ns = match primary(segment) {
            Some(Role::Shots) => segment.ideal_shot_ns,
            Some(_) | None => segment.ideal_piece_ns,
        };
        let most_ns = ideal_ns.map(|ns| i128::from(counts) * i128::from(ns) * i128::from(PACE_TENTHS) / 10);
        let took_ns = took_ms.map(|ms| i128::from(ms) * 1_000_000);
        let in_time = took_ns.zip(most_ns).is_none_or(|(took, most)| took <= most);
        self.in_a_row = if in_time { self.in_a_row + counts } else { 0 };
    }

    /// Releases the machine when enough good pieces came in a row; to be asked once all counts of an instant are in.
    pub fn release(&mut self, segment: &Segment) {
        if let Release::GoodInARow(wanted) = segment.setting.release {
            self.released |= self.in_a_row >= i64::from(wanted);
        }
    }

    /// A reject: the row begins again.
    pub fn reject(&mut self) {
        self.in_a_row = 0;
    }
}
