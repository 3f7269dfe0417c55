//! Pure. Whether the counters of a shift and product fit together: rejects beyond all its pieces are summed, and never hidden.
//! And which good pieces those are that people take out of them.

use super::plan::Segment;
use crate::model::tally::{Column, Tally};
use crate::model::time::{Period, Timestamp};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Good pieces of shifts, and of the times between two shifts, that are not over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Balance {
    /// The shifts by the instant from which on each was: the one that is on, and those before it while time of theirs waits to be told.
    pub shifts: BTreeMap<Timestamp, Shift>,
    /// False where the first pieces of the next shift are not known.
    pub is_whole: bool,
}

/// Good pieces of one shift.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shift {
    /// When it began by the calendar.
    pub start: Timestamp,
    /// When it ends.
    pub end: Timestamp,
    /// False where its first pieces are not known: nothing is told of it then.
    pub is_whole: bool,
    /// By product.
    pub good: BTreeMap<Arc<str>, Good>,
}

/// Good pieces of one product in a shift.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Good {
    /// As counters tell them, those of gaps among them. What people enter is no part of it: an entry is refused where it takes more
    /// than there is.
    pub counted: i64,
    /// Those of known time that people left.
    pub known: i64,
    /// Those of gaps that people left.
    pub gaps: i64,
    /// Those of gaps that people took.
    pub taken: i64,
}

/// Of so many pieces one reject may be read too late for its shift. More is no lag, and a ratio may not be off by more than that.
const LATE_ONE_IN: i64 = 100;

impl Default for Balance {
    fn default() -> Self {
        Balance {
            shifts: BTreeMap::new(),
            is_whole: true,
        }
    }
}

impl Balance {
    /// That of a snapshot which knows of none: nothing is told of the shift that is on.
    pub fn unknown() -> Balance {
        Balance {
            is_whole: false,
            ..Balance::default()
        }
    }

    /// Takes good pieces of known time and of gaps that were counted at an instant (below zero: rejects among those counted before),
    /// and adds to the tally what the rejects then exceed the pieces of their shift and product by, more than they did before. A
    /// counter of rejects may be read before the one of all pieces: what it is ahead by comes off again with them.
    pub fn take(&mut self, segment: &Segment, at: Timestamp, (known, gaps): (i64, i64), tally: &mut Tally) {
        if (known, gaps) == (0, 0) {
            return;
        }
        if let Some(good) = self.good(segment, at) {
            let before = excess(good.counted);
            good.counted = good.counted.saturating_add(known).saturating_add(gaps);
            good.known = good.known.saturating_add(known);
            good.gaps = good.gaps.saturating_add(gaps);
            tally.add(Column::ExcessReject, excess(good.counted) - before);
        }
    }

    /// How many of the pieces that a person takes out of the good ones at an instant are those of gaps: what the known ones cannot
    /// give, so that no good pieces of known time are below zero. What is given back (below zero) goes there first.
    pub fn from_gaps(&mut self, segment: &Segment, at: Timestamp, pieces: i64) -> i64 {
        let Some(good) = self.good(segment, at) else { return 0 };
        let from_gaps = if pieces < 0 {
            pieces.max(-good.taken)
        } else {
            (pieces - good.known.max(0)).clamp(0, good.gaps.max(0))
        };
        good.known = good.known.saturating_sub(pieces - from_gaps);
        good.gaps = good.gaps.saturating_sub(from_gaps);
        good.taken = good.taken.saturating_add(from_gaps);
        from_gaps
    }

    /// The good pieces of the shift and product at an instant; `None` where nothing is told of them.
    fn good(&mut self, segment: &Segment, at: Timestamp) -> Option<&mut Good> {
        if !segment.in_service || !segment.is_judged() {
            return None;
        }
        let (_, shift) = self.shifts.range_mut(..=at).next_back()?;
        if !shift.is_whole {
            return None;
        }
        let product = &segment.key.product;
        if !shift.good.contains_key(product) {
            shift.good.insert(Arc::clone(product), Good::default());
        }
        shift.good.get_mut(product)
    }

    /// The shift of this period is on at `at`: the one before it no longer is, whatever the calendar said then.
    pub fn shift_is_on(&mut self, period: Period, at: Timestamp) {
        if let Some(mut last) = self.shifts.last_entry() {
            let last = last.get_mut();
            if last.start == period.start {
                last.end = period.end;
                return;
            }
            last.end = last.end.min(at);
        }
        let shift = Shift {
            start: period.start,
            end: period.end,
            is_whole: std::mem::replace(&mut self.is_whole, true),
            good: BTreeMap::new(),
        };
        self.shifts.insert(at, shift);
    }

    /// Lets go of the shifts that ended at `told` or before it: when each ended, and what its rejects exceed the pieces of their
    /// products by.
    pub fn end(&mut self, told: Timestamp) -> Vec<(Timestamp, i64)> {
        let mut ended = Vec::new();
        while let Some(first) = self.shifts.first_entry() {
            if first.get().end > told {
                break;
            }
            let shift = first.remove();
            ended.push((
                shift.end,
                shift
                    .good
                    .into_values()
                    .map(|good| excess(good.counted))
                    .fold(0, i64::saturating_add),
            ));
        }
        ended
    }
}

/// True when the excess makes every ratio of good pieces void: there is no good piece left, or it is more than the few rejects that
/// a counter shows when the shift of their pieces is over. Those are booked in full: in the sums of both shifts they are right.
pub fn is_void(tally: &Tally) -> bool {
    let made = tally.get(Column::Total).saturating_add(tally.get(Column::GapTotal));
    tally.get(Column::Good) < 0 || tally.get(Column::ExcessReject).saturating_mul(LATE_ONE_IN) > made
}

/// True when the quality of all pieces is known, of those of gaps too: the rest of those that are not good are rejects.
pub fn is_judged(tally: &Tally) -> bool {
    let of_gaps = tally.get(Column::GapGood).saturating_add(tally.get(Column::GapReject));
    tally.get(Column::Judged) == tally.get(Column::Total) && of_gaps == tally.get(Column::GapTotal)
}

/// Good pieces of a tally: of known time, and of gaps.
pub fn good_of(tally: &Tally) -> (i64, i64) {
    (tally.get(Column::Good), tally.get(Column::GapGood))
}

fn excess(good: i64) -> i64 {
    good.saturating_neg().max(0)
}
