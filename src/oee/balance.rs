//! Pure. Whether the counters of a shift and product fit together: rejects beyond all its pieces are summed, and never hidden.

use super::plan::Segment;
use crate::model::tally::{Column, Tally};
use crate::model::time::Timestamp;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Good pieces of the shift, or the time between two shifts, that is under way, as its counters tell them. What people enter is
/// no part of it: an entry is refused where it takes more than there is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Balance {
    /// When it began; `None` before the first piece.
    pub since: Option<Timestamp>,
    /// False where its first pieces are not known: nothing is told of it then.
    pub is_whole: bool,
    /// Good pieces by product, those of gaps among them.
    pub good: BTreeMap<Arc<str>, i64>,
}

/// Of so many pieces one reject may be read too late for its shift. More is no lag, and a ratio may not be off by more than that.
const LATE_ONE_IN: i64 = 100;

impl Default for Balance {
    fn default() -> Self {
        Balance {
            since: None,
            is_whole: true,
            good: BTreeMap::new(),
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

    /// Takes good pieces that were counted (below zero: rejects among those counted before), and adds to the tally what the rejects then
    /// exceed the pieces of their shift and product by, more than they did before. A counter of rejects may be read before
    /// the one of all pieces: what it is ahead by comes off again with them.
    pub fn take(&mut self, segment: &Segment, pieces: i64, tally: &mut Tally) {
        if pieces == 0 || !segment.in_service || !segment.is_judged() {
            return;
        }
        let start = segment.slot.shift_period.start;
        if self.since != Some(start) {
            self.is_whole |= self.since.is_some();
            self.since = Some(start);
            self.good.clear();
        }
        if !self.is_whole {
            return;
        }
        let product = &segment.key.product;
        if !self.good.contains_key(product) {
            self.good.insert(Arc::clone(product), 0);
        }
        if let Some(good) = self.good.get_mut(product) {
            let before = excess(*good);
            *good += pieces;
            tally.add(Column::ExcessReject, excess(*good) - before);
        }
    }

    /// The shift ends, and all of the next one will be known: what the rejects exceeded the pieces of their product by, over all
    /// products.
    pub fn end(&mut self) -> i64 {
        std::mem::take(self).good.into_values().map(excess).sum()
    }
}

/// True when the excess makes every ratio of good pieces void: there is no good piece left, or it is more than the few rejects that
/// a counter shows when the shift of their pieces is over. Those are booked in full: in the sums of both shifts they are right.
pub fn is_void(tally: &Tally) -> bool {
    let made = tally.get(Column::Total) + tally.get(Column::GapTotal);
    tally.get(Column::Good) < 0 || tally.get(Column::ExcessReject).saturating_mul(LATE_ONE_IN) > made
}

/// Good pieces of a tally, those of gaps among them.
pub fn good_of(tally: &Tally) -> i64 {
    tally.get(Column::Good) + tally.get(Column::GapGood)
}

fn excess(good: i64) -> i64 {
    (-good).max(0)
}
