//! Pure. Dense numbers for machines, points and sources inside the agent; their names live at the edges.

use std::collections::BTreeMap;
use std::sync::Arc;

/// Characters of an id that people give at most.
pub const MAX_ID: usize = 64;

/// Why a text cannot be the id of anything, and what to write; `None` where it can. An id is a tag on every point, and part of
/// every path and topic.
pub fn wrong_id(id: &str) -> Option<(String, String)> {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    let is_good = !id.is_empty() && id.len() <= MAX_ID && id.chars().all(fits);
    (!is_good).then(|| {
        (
            format!("{id:?} cannot be an id: it becomes a tag and part of topics"),
            format!("write 1 to {MAX_ID} of the characters A-Z a-z 0-9 . _ -, and the full name in `name`"),
        )
    })
}

/// A machine, as an index into [`Roster`]. The store hands the numbers out once and keeps them for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MachineId(pub u32);

/// A configured point (one register, one field of a topic), as an index into the loaded configuration's points.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PointId(pub u32);

/// A configured source (one PLC connection, one broker), as an index into the loaded configuration's sources.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceId(pub u32);

/// The machines the journal and the configuration know, in the order of their ids.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Roster {
    names: Vec<Arc<str>>,
    ids: BTreeMap<Arc<str>, MachineId>,
}

impl Roster {
    /// Adds a machine if it is new, and gives its id.
    pub fn add(&mut self, name: &str) -> MachineId {
        if let Some(id) = self.ids.get(name) {
            return *id;
        }
        let id = MachineId(u32::try_from(self.names.len()).unwrap_or(u32::MAX));
        let name: Arc<str> = name.into();
        self.names.push(Arc::clone(&name));
        self.ids.insert(name, id);
        id
    }

    /// The machine's name, or "?" for a number this roster never gave.
    pub fn name(&self, id: MachineId) -> &str {
        self.names.get(id.0 as usize).map_or("?", |name| name)
    }

    /// The id of a machine by name.
    pub fn find(&self, name: &str) -> Option<MachineId> {
        self.ids.get(name).copied()
    }

    /// All machines in the order of their ids.
    pub fn iter(&self) -> impl Iterator<Item = (MachineId, &str)> {
        self.names
            .iter()
            .zip(0u32..)
            .map(|(name, id)| (MachineId(id), name.as_ref()))
    }

    /// How many machines there are.
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// True when no machine is known.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }
}
