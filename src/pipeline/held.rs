//! Pure. Increases of a machine's counters that are held and that nobody decided on, as far as they are final.

use crate::model::tally::{Flag, Standing};
use crate::model::time::{Period, Timestamp};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Open increases of one machine that are known one by one. A counter that is read wrongly is held at every poll: nobody
/// decides on so many, and of older ones only the sum is kept.
const MOST: usize = 10_000;

/// What is held.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Held {
    /// Pieces by instant and counter.
    open: BTreeMap<(Timestamp, Arc<str>), i64>,
    /// Pieces of those no longer known one by one.
    older: i64,
    /// How many these are.
    more: usize,
}

impl Held {
    /// Adds the open ones among flags.
    pub fn add(&mut self, flags: &[Flag]) {
        for flag in flags.iter().filter(|flag| flag.standing == Standing::Open) {
            self.open.insert((flag.at, Arc::clone(&flag.role)), flag.amount);
        }
        while self.open.len() > MOST {
            let pieces = self.open.pop_first().map_or(0, |(_, pieces)| pieces);
            self.older = self.older.saturating_add(pieces);
            self.more += 1;
        }
    }

    /// The flags of a range were worked out again: what was known there is void.
    pub fn replace(&mut self, range: Period, flags: &[Flag]) {
        self.open.retain(|(at, _), _| !range.contains(*at));
        self.add(flags);
    }

    /// All pieces that are held.
    pub fn pieces(&self) -> i64 {
        self.open.values().copied().fold(self.older, i64::saturating_add)
    }

    /// How many increases are held.
    pub fn increases(&self) -> usize {
        self.open.len() + self.more
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ids::MachineId;
    use crate::model::tally::FlagKind;

    fn flag(at: i64, amount: i64, standing: Standing) -> Flag {
        Flag {
            machine: MachineId(0),
            at: Timestamp(at),
            role: "good".into(),
            what: FlagKind::Held,
            amount,
            standing,
            author: "".into(),
        }
    }

    #[test]
    fn what_is_decided_is_no_longer_held_and_what_is_taken_back_is_held_again() {
        let mut held = Held::default();
        held.add(&[flag(1, 100, Standing::Open), flag(5, 20, Standing::Open)]);
        held.add(&[flag(6, 9, Standing::Refused), flag(7, 7, Standing::Noted)]);
        assert_eq!((held.pieces(), held.increases()), (120, 2), "100 + 20");
        let first = Period::new(Timestamp(0), Timestamp(5));
        held.replace(first, &[flag(1, 100, Standing::Released)]);
        assert_eq!(held.pieces(), 20);
        held.replace(first, &[flag(1, 100, Standing::Open)]);
        assert_eq!(held.pieces(), 120);
    }

    #[test]
    fn a_counter_held_at_every_poll_keeps_its_sum_and_no_more_than_so_many_increases() {
        let mut held = Held::default();
        let most = i64::try_from(MOST).unwrap();
        held.add(&[flag(-1, i64::MAX, Standing::Open), flag(-2, i64::MAX, Standing::Open)]);
        assert_eq!(held.pieces(), i64::MAX);
        let mut held = Held::default();
        (0..most + 50).for_each(|at| held.add(&[flag(at, 3, Standing::Open)]));
        assert_eq!((held.open.len(), held.pieces()), (MOST, 3 * (most + 50)));
        assert_eq!(held.increases(), MOST + 50);
    }
}
