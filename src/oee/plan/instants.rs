//! Pure. Numbers of entries by the instants they name: twelve bytes each, since there are as many as people ever gave reasons.

use super::said::At;
use crate::model::time::{Period, Timestamp};

/// An instant, moved up so that it sorts without its sign, in two halves, and the number of the entry.
type Short = [u32; 3];

/// Room that is made for more when there is none left is this part of what is there: doubling would leave half of it empty.
const ROOM_PART: usize = 8;
/// And this much at least.
const ROOM_LEAST: usize = 16;

/// Instants in order.
#[derive(Debug, Clone, Default)]
pub(super) struct Instants {
    all: Vec<Short>,
}

impl Instants {
    /// Adds an entry; nearly always behind all others.
    pub(super) fn insert(&mut self, at: At) {
        if self.all.len() == self.all.capacity() {
            self.all.reserve_exact(self.all.len() / ROOM_PART + ROOM_LEAST);
        }
        let place = self.place(at);
        self.all.insert(place, short(at));
    }

    /// Forgets an entry.
    pub(super) fn remove(&mut self, at: At) {
        let place = self.place(at);
        if self.all.get(place) == Some(&short(at)) {
            self.all.remove(place);
        }
    }

    /// Numbers of the entries in a period, by instant.
    pub(super) fn numbers_in(&self, period: Period) -> impl Iterator<Item = u64> {
        let (first, end) = (self.place((period.start, 0)), self.place((period.end, 0)));
        let within = self.all.get(first..end).unwrap_or_default();
        within.iter().map(|[.., n]| u64::from(*n))
    }

    /// The first instant at or after `at`.
    pub(super) fn next(&self, at: Timestamp) -> Option<Timestamp> {
        self.all.get(self.place((at, 0))).map(instant)
    }

    fn place(&self, at: At) -> usize {
        let at = short(at);
        self.all.partition_point(|other| *other < at)
    }
}

fn short((at, n): At) -> Short {
    let at = at.0.cast_unsigned() ^ (1 << 63);
    let n = u32::try_from(n).unwrap_or(u32::MAX);
    [(at >> 32) as u32, at as u32, n]
}

fn instant([high, low, _]: &Short) -> Timestamp {
    let at = u64::from(*high) << 32 | u64::from(*low);
    Timestamp((at ^ (1 << 63)).cast_signed())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    fn at() -> impl Strategy<Value = Timestamp> {
        let any = prop_oneof![Just(i64::MIN), Just(i64::MAX), -3i64..3, any::<i64>()];
        any.prop_map(Timestamp)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(10_000))]

        #[test]
        fn every_answer_is_that_of_a_look_at_all_instants(
            told in proptest::collection::vec((at(), 1u64..40), 0..60),
            gone in proptest::collection::vec((at(), 1u64..40), 0..9),
            (from, to) in (at(), at()),
        ) {
            let (mut instants, mut all) = (Instants::default(), BTreeSet::new());
            for one in told.iter().filter(|one| all.insert(**one)) {
                instants.insert(*one);
            }
            for one in gone.iter().chain(told.first()) {
                instants.remove(*one);
                all.remove(one);
            }
            let period = Period::new(from, to);
            let within = all.iter().filter(|(at, _)| period.contains(*at)).map(|(_, n)| *n);
            prop_assert_eq!(instants.numbers_in(period).collect::<Vec<_>>(), within.collect::<Vec<_>>());
            let next = all.iter().map(|(at, _)| *at).find(|at| *at >= from);
            prop_assert_eq!(instants.next(from), next);
        }
    }
}
