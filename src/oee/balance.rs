//! Pure. Whether the counters of a shift and product fit together: rejects beyond all its pieces are summed, and never hidden,
//! and so are good pieces beyond all pieces of a shift. And which good pieces those are that people take out of them.

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
    /// How many more good pieces than pieces in all were counted, of all products: the counter of good pieces may be read after
    /// a change of product, which makes up for what the one before it lacks.
    pub surplus: i64,
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
    /// Of those of gaps that people left, the ones that earned nothing: they lie in leave to stand still, or had no ideal cycle.
    pub idle: i64,
    /// Of those of gaps that people took, the ones that had earned nothing.
    pub idle_taken: i64,
}

/// Pieces of gaps that people took out of the good ones; below zero what they gave back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FromGaps {
    /// All of them.
    pub pieces: i64,
    /// Those that had earned something.
    pub earned: i64,
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
    /// and all pieces that were; and adds to the tally what the rejects then exceed the pieces of their shift and product by, or
    /// the good ones all pieces of the shift, more than they did before. A counter of rejects, or of good pieces, may be read
    /// before the one of all pieces: what it is ahead by comes off again with them.
    /// Pieces of gaps that earned nothing are `idle`.
    pub fn take(&mut self, segment: &Segment, at: Timestamp, counted: [i64; 3], idle: bool, tally: &mut Tally) {
        let [known, gaps, all] = counted;
        if counted == [0; 3] {
            return;
        }
        if let Some(shift) = self.shift(segment, at) {
            let counted = known.saturating_add(gaps);
            let before = shift.surplus.max(0);
            shift.surplus = shift.surplus.saturating_add(counted).saturating_sub(all);
            tally.add(Column::ExcessReject, shift.surplus.max(0) - before);
            let good = shift.good_of(&segment.key.product);
            let before = excess(good.counted);
            good.counted = good.counted.saturating_add(counted);
            good.known = good.known.saturating_add(known);
            good.gaps = good.gaps.saturating_add(gaps);
            good.idle = good.idle.saturating_add(if idle { gaps } else { 0 });
            tally.add(Column::ExcessReject, excess(good.counted) - before);
        }
    }

    /// How many of the pieces that a person takes out of the good ones at an instant are those of gaps: what the known ones cannot
    /// give, so that no good pieces of known time are below zero. What is given back (below zero) goes there first. Those that
    /// earned something go first, so that nothing is earned by a piece that may be the bad one, and come back last.
    pub fn from_gaps(&mut self, segment: &Segment, at: Timestamp, pieces: i64) -> FromGaps {
        let Some(shift) = self.shift(segment, at) else {
            return FromGaps::default();
        };
        let good = shift.good_of(&segment.key.product);
        let from_gaps = if pieces < 0 {
            pieces.max(-good.taken)
        } else {
            (pieces - good.known.max(0)).clamp(0, good.gaps.max(0))
        };
        good.known = good.known.saturating_sub(pieces - from_gaps);
        good.gaps = good.gaps.saturating_sub(from_gaps);
        good.taken = good.taken.saturating_add(from_gaps);
        let idle = if from_gaps < 0 {
            from_gaps.max(-good.idle_taken)
        } else {
            (good.idle - good.gaps).clamp(0, from_gaps)
        };
        good.idle = good.idle.saturating_sub(idle);
        good.idle_taken = good.idle_taken.saturating_add(idle);
        FromGaps {
            pieces: from_gaps,
            earned: from_gaps - idle,
        }
    }

    /// The shift at an instant; `None` where nothing is told of its good pieces.
    fn shift(&mut self, segment: &Segment, at: Timestamp) -> Option<&mut Shift> {
        if !segment.in_service || !segment.is_judged() {
            return None;
        }
        let (_, shift) = self.shifts.range_mut(..=at).next_back()?;
        Some(shift).filter(|shift| shift.is_whole)
    }

    /// The shift of this period is on at `at`: the one before it no longer is, whatever the calendar said then.
    pub fn shift_is_on(&mut self, period: Period, at: Timestamp) {
        if let Some(mut last) = self.shifts.last_entry() {
            // What waited is told late: the next shift may have begun.
            if at < *last.key() {
                return;
            }
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
            surplus: 0,
        };
        self.shifts.insert(at, shift);
    }

    /// Lets go of the shifts that ended at `told` or before it: when each ended, and what its rejects exceed the pieces of their
    /// products by, or its good pieces all pieces.
    pub fn end(&mut self, told: Timestamp) -> Vec<(Timestamp, i64)> {
        let mut ended = Vec::new();
        while let Some(first) = self.shifts.first_entry() {
            if first.get().end > told {
                break;
            }
            let shift = first.remove();
            let excess = shift.good.into_values().map(|good| excess(good.counted));
            ended.push((shift.end, excess.fold(shift.surplus.max(0), i64::saturating_add)));
        }
        ended
    }
}

impl Shift {
    fn good_of(&mut self, product: &Arc<str>) -> &mut Good {
        self.good.entry(Arc::clone(product)).or_default()
    }
}

/// True when the excess makes every ratio of good pieces void: there is no good piece left, or it is more than the few rejects that
/// a counter shows when the shift of their pieces is over. Those are booked in full: in the sums of both shifts they are right.
pub fn is_void(tally: &Tally) -> bool {
    tally.get(Column::Good) < 0 || tally.get(Column::ExcessReject).saturating_mul(LATE_ONE_IN) > made_of(tally)
}

/// True when the quality of all pieces is known, of those of gaps too: the rest of those that are not good are rejects.
pub fn is_judged(tally: &Tally) -> bool {
    let of_gaps = tally.get(Column::GapGood).saturating_add(tally.get(Column::GapReject));
    tally.get(Column::Judged) == tally.get(Column::Total) && of_gaps == tally.get(Column::GapTotal)
}

/// Pieces of a tally: good ones of known time, good ones of gaps, and all of both.
pub fn counted(tally: &Tally) -> [i64; 3] {
    [tally.get(Column::Good), tally.get(Column::GapGood), made_of(tally)]
}

/// All pieces of a tally, those of gaps among them.
fn made_of(tally: &Tally) -> i64 {
    tally.get(Column::Total).saturating_add(tally.get(Column::GapTotal))
}

fn excess(good: i64) -> i64 {
    good.saturating_neg().max(0)
}
