//! Pure. A changeover that lasts until its release: a first piece approved, or good pieces in a row at the right pace.

use super::plan::{Between, Plan, Segment};
use crate::model::ids::MachineId;
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
}

impl Changeover {
    /// True when a machine of this setting, in this state and between these orders, is being changed over until a release.
    pub fn begins(segment: &Segment, state: &State) -> bool {
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

    /// Takes pieces that one sample showed, and how long all of them took (`None` when that cannot be told); true when they
    /// release the machine.
    pub fn take(&mut self, pieces: i64, took_ms: Option<i64>, segment: &Segment) -> bool {
        let Release::GoodInARow(wanted) = segment.setting.release else {
            return false;
        };
        let ideal_ns = segment.ideal_shot_ns.unwrap_or(i64::MAX / PACE_TENTHS);
        let most_ns = i128::from(pieces) * i128::from(ideal_ns) * i128::from(PACE_TENTHS) / 10;
        let in_time = took_ms.is_none_or(|ms| i128::from(ms) * 1_000_000 <= most_ns);
        self.in_a_row = if in_time { self.in_a_row + pieces } else { 0 };
        self.in_a_row >= i64::from(wanted)
    }

    /// A reject: the row begins again.
    pub fn reject(&mut self) {
        self.in_a_row = 0;
    }
}

/// True when the first piece of the changeover that holds `at` is approved later: then its pieces are no startup rejects.
pub fn is_approved(plan: &Plan, machine: MachineId, at: Timestamp) -> bool {
    let said = plan.said(machine);
    let approved = said.first_offs.range((at, 0)..).next().map(|((when, _), ())| *when);
    let next_work = said.next_work(at);
    approved.is_some_and(|when| next_work.is_none_or(|next| when <= next))
}
