//! Pure. A changeover that lasts until its release: a first piece approved, or good pieces in a row at the right pace.
//!
//! It begins with the signals, with a gap between two orders, or with another product or mould, and then takes in the stop the
//! order changed in. An order of the same product and mould needs none.

use super::plan::{Between, Said, Segment};
use crate::model::settings::Release;
use crate::model::state::State;
use crate::model::tally::TallyKey;
use crate::model::time::Timestamp;
use std::sync::Arc;

/// A piece in a row may take this many ideal cycles, in tenths.
const PACE_TENTHS: i64 = 12;

/// A changeover under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Changeover {
    /// When it began.
    pub since: Timestamp,
    /// What began it.
    pub cause: Cause,
    /// Good pieces in a row at the right pace.
    pub in_a_row: i64,
    /// Pieces counted since a counter of good ones beside them was read last: not known to be good.
    pub unproven: i64,
    /// True once it was released while the signals, or the orders, still say changeover: that begins no other one.
    pub released: bool,
}

/// What began a changeover.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// The machine's signals said so.
    Signal,
    /// No order was on, while one waited. It is over without a release when the machine goes on with what it made before, or none
    /// waits any more.
    Gap,
    /// Another product or mould was put on, with nothing between it and the one before.
    Work,
}

/// What a machine is set up to make, told by the last order or product that was put on it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SetUp {
    /// Id of the order; empty for a product without one.
    pub order: Arc<str>,
    /// Id of the product.
    pub product: Arc<str>,
    /// The mould, or empty.
    pub mould: Arc<str>,
}

/// What is on a machine, beside what it was set up for before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PutOn {
    /// Nothing, or an order whose product nobody told.
    Nothing,
    /// What it is set up for. An order of the same product and mould needs no setup, nor does one that goes on after a pause;
    /// and a mould that is only named anew is no other one.
    Same,
    /// The first product since the machine is known.
    First,
    /// A product or mould it must be set up for.
    Other,
}

impl SetUp {
    /// Takes what is on the machine now.
    pub fn put_on(before: &mut Option<SetUp>, key: &TallyKey) -> PutOn {
        if key.product.is_empty() {
            return PutOn::Nothing;
        }
        let put_on = match before {
            None => PutOn::First,
            Some(before) if before.product != key.product => PutOn::Other,
            Some(before) if before.mould == key.mould && before.order == key.order => return PutOn::Same,
            Some(before) if before.mould != key.mould && before.order != key.order => PutOn::Other,
            Some(_) => PutOn::Same,
        };
        *before = Some(SetUp {
            order: Arc::clone(&key.order),
            product: Arc::clone(&key.product),
            mould: Arc::clone(&key.mould),
        });
        put_on
    }
}

impl Changeover {
    /// The changeover under way from `at` on, after `before`; `None` for none. Another product or mould begins one, unless one
    /// is under way: then that one is of it. Answers do not depend on how often it is asked.
    pub fn at(
        before: Option<Changeover>,
        at: Timestamp,
        segment: &Segment,
        state: &State,
        put_on: PutOn,
        said: &Said,
    ) -> Option<Changeover> {
        if segment.setting.release == Release::Running {
            return None;
        }
        let gap = segment.between == Between::Changeover;
        let says_so = *state == State::Setup;
        let goes_on = !gap && put_on == PutOn::Same && !says_so;
        // Nothing waits for it any more: the order went to another machine, or was closed.
        let is_off = segment.between == Between::NoOrder && !says_so;
        let Some(mut now) = before.filter(|now| !((goes_on || is_off) && now.cause == Cause::Gap)) else {
            let of_work = (put_on == PutOn::Other).then_some(Cause::Work);
            let of_signal = says_so.then_some(Cause::Signal);
            let cause = of_work.or(of_signal).or(gap.then_some(Cause::Gap));
            return cause.map(|cause| Changeover {
                since: at,
                cause,
                in_a_row: 0,
                unproven: 0,
                released: false,
            });
        };
        if now.cause == Cause::Gap && matches!(put_on, PutOn::First | PutOn::Other) {
            now.cause = Cause::Work;
        } else if now.cause == Cause::Gap && says_so {
            now.cause = Cause::Signal;
        }
        if put_on == PutOn::Other {
            // A row is of pieces of one product.
            now.in_a_row = 0;
        }
        now.released |= said.is_released_in(now.since, at);
        // Time nobody saw tells nothing of what the machine was released from.
        let over = now.released && !gap && !says_so && *state != State::Unknown;
        (!over).then_some(now)
    }

    /// The state of a machine that is being changed over: what it makes is a try, and where it stands it is at work on it.
    pub fn state(state: &State) -> State {
        match state {
            State::Running | State::Stopped | State::Idle => State::Setup,
            State::Fault(_) | State::Setup | State::Maintenance | State::Waiting(_) | State::Unknown => state.clone(),
        }
    }

    /// Takes counts that one sample showed, `counts` of them since the changeover began, and how long all of them took (`None`
    /// when that cannot be told).
    pub fn take(&mut self, (whole, counts): (i64, i64), took_ms: Option<i64>, segment: &Segment) {
        let most_ns = segment
            .ideal_timed_ns()
            .map(|ns| i128::from(whole) * i128::from(ns) * i128::from(PACE_TENTHS) / 10);
        let took_ns = took_ms.map(|ms| i128::from(ms) * 1_000_000);
        let in_time = took_ns.zip(most_ns).is_none_or(|(took, most)| took <= most);
        self.in_a_row = if in_time { self.in_a_row + counts } else { 0 };
    }

    /// Where a counter of good pieces stands beside that of all: takes the `pieces` (and `counts`) that the samples of one
    /// instant showed, and the good ones when those were read too. Fewer good ones than pieces since they were read last are
    /// rejects: the row begins again, with the pieces of this instant if all of them are good.
    pub fn prove(&mut self, (counts, pieces): (i64, i64), good: Option<i64>) {
        self.unproven = self.unproven.saturating_add(pieces);
        let Some(good) = good else { return };
        if good < self.unproven {
            let all_good = pieces <= good;
            self.in_a_row = if all_good { self.in_a_row.min(counts) } else { 0 };
        }
        self.unproven = 0;
    }

    /// Releases the machine when enough good pieces came in a row; to be asked once all counts of an instant are in.
    pub fn release(&mut self, segment: &Segment) {
        if let Release::GoodInARow(wanted) = segment.setting.release {
            self.released |= self.in_a_row >= i64::from(wanted) && self.unproven == 0;
        }
    }

    /// A reject: the row begins again.
    pub fn reject(&mut self) {
        self.in_a_row = 0;
    }
}

/// Startup pieces, of which a second counter may tell only after the release that they are rejects, or good.
///
/// What a counter beside that of all pieces shows after the release is of pieces made since then. What is more than those is
/// of startup pieces: they are rejects already and stay so, and none is counted twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tries {
    /// Startup pieces that the second counter has not told of.
    pub left: i64,
    /// Pieces made since the release that it has not told of; below 0 where it told of more.
    pub since: i64,
}

impl Tries {
    /// Takes pieces that were made, or (below 0) that the second counter told of.
    pub fn take(&mut self, pieces: i64, startup: bool) {
        if startup {
            self.left = self.left.saturating_add(pieces);
            self.since = 0;
        } else {
            self.since = self.since.saturating_add(pieces);
        }
    }

    /// How many of those that the second counter told of by now are startup pieces; asked when it was read.
    pub fn late(&mut self) -> i64 {
        let late = self.since.saturating_neg().clamp(0, self.left.max(0));
        self.left -= late;
        self.since += late;
        late
    }
}
