//! Pure. Every entry by its key, in parts that copies of the plan share: a tap copies the newest part, not ten years of them.

use crate::model::entry::Says;
use crate::model::ids::MachineId;
use crate::model::time::Timestamp;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Entries of the newest part: what a change of the plan copies at most, but for the few that join parts.
const PART: usize = 1_024;

/// An entry that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heard {
    /// Which machine; `None` when it is about a line.
    pub machine: Option<MachineId>,
    /// The earliest instant it can affect.
    pub at: Timestamp,
    /// Who made it.
    pub author: Arc<str>,
    /// Its number among the entries.
    pub n: u64,
    /// What it says.
    pub says: Says,
}

type Part = BTreeMap<Arc<str>, Heard>;

/// The entries. A part that is full joins the one before it unless that is larger, so that there are few to look through.
#[derive(Debug, Clone, Default)]
pub(super) struct AllHeard {
    parts: Vec<Arc<Part>>,
}

impl AllHeard {
    /// Adds an entry; of two with one key the first stands.
    pub(super) fn add(&mut self, key: &Arc<str>, heard: Heard) {
        if self.get(key).is_some() {
            return;
        }
        let newest = self.parts.last_mut().filter(|part| part.len() < PART);
        match newest {
            Some(part) => {
                Arc::make_mut(part).insert(Arc::clone(key), heard);
            }
            None => {
                self.join();
                self.parts.push(Arc::new(Part::from([(Arc::clone(key), heard)])));
            }
        }
    }

    /// Joins parts until each is larger than the next.
    fn join(&mut self) {
        while let [.., before, last] = &self.parts[..]
            && before.len() <= last.len()
        {
            let joined = before.iter().chain(last.iter());
            let joined: Part = joined.map(|(key, heard)| (Arc::clone(key), heard.clone())).collect();
            self.parts.truncate(self.parts.len() - 2);
            self.parts.push(Arc::new(joined));
        }
    }

    /// The entry with a key.
    pub(super) fn get(&self, key: &str) -> Option<&Heard> {
        // What is asked for was nearly always made lately.
        self.parts.iter().rev().find_map(|part| part.get(key))
    }

    /// All of them with their keys.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&Arc<str>, &Heard)> {
        self.parts.iter().flat_map(|part| part.iter())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(n: u64) -> Heard {
        Heard {
            machine: None,
            at: Timestamp(0),
            author: "lan".into(),
            n,
            says: Says::Service { on: true },
        }
    }

    #[test]
    fn every_entry_is_found_by_its_key_and_the_first_of_a_key_stands() {
        let mut all = AllHeard::default();
        for n in 0..9_000 {
            all.add(&format!("key-{n}").into(), heard(n));
        }
        all.add(&"key-5".into(), heard(9_999));
        assert_eq!(all.get("key-5").map(|heard| heard.n), Some(5));
        assert_eq!(all.get("key-8999").map(|heard| heard.n), Some(8_999));
        assert_eq!(all.get("key-9000"), None);
        assert_eq!(all.iter().count(), 9_000);
        // 9,000 = 8 x 1,024 + 808.
        let sizes: Vec<_> = all.parts.iter().map(|part| part.len()).collect();
        assert_eq!(sizes, [8_192, 808]);
    }

    #[test]
    fn a_copy_shares_all_but_the_newest_part_and_does_not_change_with_the_other() {
        let mut all = AllHeard::default();
        for n in 0..3_000 {
            all.add(&format!("key-{n}").into(), heard(n));
        }
        let copy = all.clone();
        all.add(&"one-more".into(), heard(3_000));
        assert_eq!(copy.get("one-more"), None);
        let shared = all.parts.iter().zip(&copy.parts);
        // 3,000 = 2,048 + 952.
        assert_eq!(
            shared.map(|(one, other)| Arc::ptr_eq(one, other)).collect::<Vec<_>>(),
            [true, false]
        );
    }
}
