//! Pure. Every entry there ever was, small: found by its key or its number, in parts that copies of the plan share, so that a tap
//! copies the newest part and not ten years of them.

use super::keys::Keys;
use super::packed::{Names, pack, unpack};
use crate::model::entry::{Says, Source};
use crate::model::ids::MachineId;
use crate::model::time::Timestamp;
use std::sync::Arc;

/// Entries of a part: what a change of the plan copies at most.
const PART: usize = 1_024;

/// An entry that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heard {
    /// Which machine; `None` when it is about a line.
    pub machine: Option<MachineId>,
    /// The earliest instant it can affect.
    pub at: Timestamp,
    /// When the agent learned it.
    pub received_at: Timestamp,
    /// Who made it.
    pub author: Arc<str>,
    /// How it was made.
    pub source: Source,
    /// Its number among the entries, from 1 on.
    pub n: u64,
    /// What it says.
    pub says: Says,
}

/// The entries.
#[derive(Debug, Clone, Default)]
pub(super) struct AllHeard {
    keys: Keys,
    parts: Vec<Arc<Part>>,
    names: Arc<Names>,
}

/// Entries one after another, each packed.
#[derive(Debug, Clone, Default)]
struct Part {
    bytes: Vec<u8>,
    /// Where each ends.
    ends: Vec<u32>,
}

impl AllHeard {
    /// Adds an entry, gives its number, and lets `heard` share its names with the others; of two with one key the first is found
    /// by it.
    pub(super) fn add(&mut self, key: &str, heard: Heard) -> Heard {
        let number = self.len() + 1;
        let heard = Heard { n: number, ..heard };
        let bytes = pack(&heard, &mut self.names);
        if self.parts.last().is_none_or(|part| part.ends.len() >= PART) {
            self.parts.push(Arc::default());
        }
        if let Some(newest) = self.parts.last_mut() {
            Arc::make_mut(newest).add(&bytes);
        }
        self.keys.add(key, number);
        self.nth(number).unwrap_or(heard)
    }

    /// How many there are.
    fn len(&self) -> u64 {
        let before = self.parts.len().saturating_sub(1) * PART;
        let newest = self.parts.last().map_or(0, |part| part.ends.len());
        (before + newest) as u64
    }

    /// The first entry with a key.
    pub(super) fn get(&self, key: &str) -> Option<Heard> {
        self.nth(self.keys.get(key)?)
    }

    /// The entry of a number.
    pub(super) fn nth(&self, n: u64) -> Option<Heard> {
        let place = usize::try_from(n.checked_sub(1)?).ok()?;
        let bytes = self.parts.get(place / PART)?.get(place % PART)?;
        unpack(bytes, n, &self.names)
    }
}

impl Part {
    fn add(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
        self.ends.push(u32::try_from(self.bytes.len()).unwrap_or(u32::MAX));
        if self.ends.len() >= PART {
            self.bytes.shrink_to_fit();
            self.ends.shrink_to_fit();
        }
    }

    fn get(&self, place: usize) -> Option<&[u8]> {
        let start = match place.checked_sub(1) {
            Some(before) => *self.ends.get(before)?,
            None => 0,
        };
        self.bytes.get(start as usize..*self.ends.get(place)? as usize)
    }
}

#[cfg(test)]
mod tests;
