//! Pure. Which entry a key belongs to, for ever: sixteen bytes of a key's hash stand for it, since a key sent again after years is
//! still the same entry.

use sha2::{Digest as _, Sha256};
use std::sync::Arc;

/// Keys of the newest part: what a change of the plan copies at most, but for the few that join parts.
const PART: usize = 1_024;

/// The first half of a key's SHA-256. Two keys have the same one by chance in 2^64 of them: no plant has so many.
pub(super) type Digest = [u8; 16];

/// What stands for a key.
pub(super) fn digest(key: &str) -> Digest {
    let hash: [u8; 32] = Sha256::digest(key.as_bytes()).into();
    let mut half = Digest::default();
    half.copy_from_slice(&hash[..16]);
    half
}

/// Keys in order, each with the number of its entry; four billion of them are 58,000 years of 200 a day.
type Part = Vec<(Digest, u32)>;

/// The keys. A part that is full joins the one before it unless that is larger, so that there are few to look through.
#[derive(Debug, Clone, Default)]
pub(super) struct Keys {
    parts: Vec<Arc<Part>>,
}

impl Keys {
    /// Adds the key of the `n`-th entry; of two entries with one key the first stands.
    pub(super) fn add(&mut self, key: &str, n: u64) {
        let digest = digest(key);
        let Some(number) = u32::try_from(n).ok().filter(|_| self.find(&digest).is_none()) else {
            return;
        };
        if self.parts.last().is_none_or(|part| part.len() >= PART) {
            self.join();
            self.parts.push(Arc::default());
        }
        if let Some(newest) = self.parts.last_mut() {
            let place = newest.partition_point(|(other, _)| *other < digest);
            Arc::make_mut(newest).insert(place, (digest, number));
        }
    }

    /// The number of the entry with a key.
    pub(super) fn get(&self, key: &str) -> Option<u64> {
        self.find(&digest(key)).map(u64::from)
    }

    fn find(&self, digest: &Digest) -> Option<u32> {
        // What is asked for was nearly always made lately.
        let mut newest_first = self.parts.iter().rev();
        newest_first.find_map(|part| {
            let place = part.binary_search_by(|(other, _)| other.cmp(digest)).ok()?;
            part.get(place).map(|(_, number)| *number)
        })
    }

    /// Joins parts until each is larger than the next.
    fn join(&mut self) {
        while let [.., before, last] = &self.parts[..]
            && before.len() <= last.len()
        {
            let mut joined = Part::with_capacity(before.len() + last.len());
            joined.extend(before.iter().chain(last.iter()));
            joined.sort_unstable();
            self.parts.truncate(self.parts.len() - 2);
            self.parts.push(Arc::new(joined));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_is_found_and_the_first_entry_of_a_key_stands() {
        let mut all = Keys::default();
        for n in 1..=9_000 {
            all.add(&format!("key-{n}"), n);
        }
        all.add("key-5", 9_999);
        assert_eq!(all.get("key-5"), Some(5));
        assert_eq!(all.get("key-9000"), Some(9_000));
        assert_eq!(all.get("key-9001"), None);
        // 9,000 = 8 x 1,024 + 808.
        let sizes: Vec<_> = all.parts.iter().map(|part| part.len()).collect();
        assert_eq!(sizes, [8_192, 808]);
    }

    #[test]
    fn a_copy_shares_all_but_the_newest_part_and_does_not_change_with_the_other() {
        let mut all = Keys::default();
        for n in 1..=3_000 {
            all.add(&format!("key-{n}"), n);
        }
        let copy = all.clone();
        all.add("one-more", 3_001);
        assert_eq!(copy.get("one-more"), None);
        let shared = all.parts.iter().zip(&copy.parts);
        // 3,000 = 2,048 + 952.
        assert_eq!(
            shared.map(|(one, other)| Arc::ptr_eq(one, other)).collect::<Vec<_>>(),
            [true, false]
        );
    }
}
