//! Pure. Stretches of time that entries are about, asked of an instant without a look at those far from it.

use super::said::At;
use crate::model::time::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// Stretches, each with the number of its entry; they may lie over each other.
#[derive(Debug, Clone)]
pub struct Stretches<T> {
    /// By their end.
    by_end: BTreeMap<At, (Timestamp, T)>,
    starts: BTreeSet<At>,
    /// None is longer: what holds an instant ends at most so long after it.
    longest_ms: i64,
}

impl<T> Default for Stretches<T> {
    fn default() -> Self {
        Stretches {
            by_end: BTreeMap::new(),
            starts: BTreeSet::new(),
            longest_ms: 0,
        }
    }
}

impl<T> Stretches<T> {
    /// Takes the stretch of the `n`-th entry.
    pub fn put(&mut self, (start, end): (Timestamp, Timestamp), n: u64, of: T) {
        self.by_end.insert((end, n), (start, of));
        self.starts.insert((start, n));
        self.longest_ms = self.longest_ms.max(end.since(start));
    }

    /// Forgets the `n`-th entry.
    pub fn take_back(&mut self, n: u64) {
        self.by_end.retain(|at, _| at.1 != n);
        self.starts.retain(|at| at.1 != n);
    }

    /// Start, number of the entry and what it says of each stretch that holds `at` or ends at it.
    pub fn around(&self, at: Timestamp) -> impl Iterator<Item = (Timestamp, u64, &T)> {
        let until = at.plus(self.longest_ms);
        let near = self.by_end.range((at, 0)..=(until, u64::MAX));
        let near = near.map(|((_, n), (start, of))| (*start, *n, of));
        near.filter(move |(start, ..)| *start <= at)
    }

    /// The first end after `at`.
    pub fn next_end(&self, at: Timestamp) -> Option<Timestamp> {
        let next = self.by_end.range((at.plus(1), 0)..).next();
        next.map(|((end, _), _)| *end)
    }

    /// The first start or end after `at`.
    pub fn next_edge(&self, at: Timestamp) -> Option<Timestamp> {
        let start = self.starts.range((at.plus(1), 0)..).next();
        let start = start.map(|(start, _)| *start);
        start.into_iter().chain(self.next_end(at)).min()
    }

    /// The last start or end up to `at`.
    pub fn last_edge(&self, at: Timestamp) -> Option<Timestamp> {
        let start = self.starts.range(..=(at, u64::MAX)).next_back();
        let end = self.by_end.range(..=(at, u64::MAX)).next_back();
        let end = end.map(|((end, _), _)| *end);
        start.map(|(start, _)| *start).into_iter().chain(end).max()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(10_000))]

        #[test]
        fn every_answer_is_that_of_a_look_at_all_stretches(
            told in proptest::collection::vec((0i64..50, 0i64..20), 0..12),
            undone in 0u64..12,
            at in -1i64..80,
        ) {
            let mut stretches = Stretches::default();
            let mut all = Vec::new();
            for ((start, length), n) in told.into_iter().zip(0u64..) {
                let (start, end) = (Timestamp(start), Timestamp(start + length));
                stretches.put((start, end), n, n);
                all.push((start, end, n));
            }
            stretches.take_back(undone);
            all.retain(|(.., n)| *n != undone);
            let at = Timestamp(at);
            let mut around: Vec<u64> = stretches.around(at).map(|(.., n)| *n).collect();
            around.sort_unstable();
            let holds = all.iter().filter(|(start, end, _)| *start <= at && at <= *end);
            prop_assert_eq!(around, holds.map(|(.., n)| *n).collect::<Vec<_>>());
            let edges = || all.iter().flat_map(|(start, end, _)| [*start, *end]);
            prop_assert_eq!(stretches.next_edge(at), edges().filter(|edge| *edge > at).min());
            prop_assert_eq!(stretches.last_edge(at), edges().filter(|edge| *edge <= at).max());
            let ends = all.iter().map(|(_, end, _)| *end);
            prop_assert_eq!(stretches.next_end(at), ends.filter(|end| *end > at).min());
        }
    }
}
