//! Pure. Amounts by key that only add up, in one run of memory in the order of their keys: merging two walks each once.

use std::cmp::Ordering;

/// `N` amounts for each key, in the order of the keys. A key whose amounts are all zero is not kept, so that equal sums are equal
/// whatever they were made from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Amounts<K, const N: usize> {
    entries: Vec<(K, [i64; N])>,
}

impl<K, const N: usize> Default for Amounts<K, N> {
    fn default() -> Amounts<K, N> {
        Amounts { entries: Vec::new() }
    }
}

impl<K: Ord + Clone, const N: usize> Amounts<K, N> {
    /// Adds to the amounts of one key; a sum stays at the ends of its numbers.
    pub fn add(&mut self, key: &K, amounts: [i64; N]) {
        match self.entries.binary_search_by(|(known, _)| known.cmp(key)) {
            Ok(place) => {
                let sums = &mut self.entries[place].1;
                if add(sums, amounts) {
                    self.entries.remove(place);
                }
            }
            Err(place) if amounts != [0; N] => self.entries.insert(place, (key.clone(), amounts)),
            Err(_) => {}
        }
    }

    /// Adds an entry that comes after all others; `false`, and nothing is added, where it does not or where it says nothing.
    #[must_use]
    pub fn push(&mut self, key: K, amounts: [i64; N]) -> bool {
        let is_next = self.entries.last().is_none_or(|(last, _)| *last < key) && amounts != [0; N];
        if is_next {
            self.entries.push((key, amounts));
        }
        is_next
    }

    /// Adds all of `other`, as often as `times` says: 1, or -1 to take it away.
    pub fn merge(&mut self, other: &Amounts<K, N>, times: i64) {
        let (mut place, mut has_gone) = (0, false);
        for (key, amounts) in &other.entries {
            let amounts = amounts.map(|amount| amount.saturating_mul(times));
            let found = loop {
                match self.entries.get(place).map(|(known, _)| known.cmp(key)) {
                    Some(Ordering::Less) => place += 1,
                    Some(Ordering::Equal) => break true,
                    Some(Ordering::Greater) | None => break false,
                }
            };
            if found {
                has_gone |= add(&mut self.entries[place].1, amounts);
            } else {
                self.entries.insert(place, (key.clone(), amounts));
            }
            place += 1;
        }
        if has_gone {
            self.entries.retain(|(_, sums)| *sums != [0; N]);
        }
    }

    /// All of them, in the order of the keys.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&K, [i64; N])> {
        self.entries.iter().map(|(key, amounts)| (key, *amounts))
    }

    /// How many keys there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// True when there is none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

/// Adds up; true when all sums are zero then.
fn add<const N: usize>(sums: &mut [i64; N], amounts: [i64; N]) -> bool {
    for (sum, amount) in sums.iter_mut().zip(amounts) {
        *sum = sum.saturating_add(amount);
    }
    *sums == [0; N]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    fn said(entries: &[(u8, i64, i64)]) -> (Amounts<u8, 2>, BTreeMap<u8, [i64; 2]>) {
        let (mut amounts, mut plain) = (Amounts::default(), BTreeMap::<u8, [i64; 2]>::new());
        for (key, a, b) in entries {
            amounts.add(key, [*a, *b]);
            let sums = plain.entry(*key).or_default();
            *sums = [sums[0] + a, sums[1] + b];
        }
        plain.retain(|_, sums| *sums != [0, 0]);
        (amounts, plain)
    }

    fn plain(amounts: &Amounts<u8, 2>) -> Vec<(u8, [i64; 2])> {
        amounts.iter().map(|(key, sums)| (*key, sums)).collect()
    }

    #[test]
    fn an_entry_is_pushed_behind_the_others_or_not_at_all() {
        let mut amounts = Amounts::<u8, 2>::default();
        assert!(amounts.push(3, [0, 1]));
        assert!(!amounts.push(3, [1, 1]) && !amounts.push(2, [1, 1]) && !amounts.push(4, [0, 0]));
        assert!(amounts.push(4, [-1, 0]));
        assert_eq!(plain(&amounts), [(3, [0, 1]), (4, [-1, 0])]);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(10_000))]

        #[test]
        fn they_add_up_as_an_ordinary_map_does(
            a in proptest::collection::vec((0u8..12, -3i64..4, -2i64..3), 0..20),
            b in proptest::collection::vec((0u8..12, -3i64..4, -2i64..3), 0..20),
        ) {
            let ((one, plain_one), (other, _)) = (said(&a), said(&b));
            prop_assert_eq!(plain(&one), plain_one.into_iter().collect::<Vec<_>>());
            let (both, of_both) = said(&[&a[..], &b[..]].concat());
            let mut merged = one.clone();
            merged.merge(&other, 1);
            prop_assert_eq!(&merged, &both);
            prop_assert_eq!((merged.len(), merged.is_empty()), (of_both.len(), of_both.is_empty()));
            merged.merge(&other, -1);
            prop_assert_eq!(merged, one);
        }
    }
}
