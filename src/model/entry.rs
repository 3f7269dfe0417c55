//! Pure. What people and other systems say: reasons, scrap, the product on a machine.

use super::ids::MachineId;
use super::time::Timestamp;
use std::sync::Arc;

/// One entry. `Fact::machine` says which machine it is about, `Fact::author` who made it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Unique key its sender gave it, so that sending it twice counts once.
    pub key: Arc<str>,
    /// What it says.
    pub says: Says,
}

/// What an [`Entry`] says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Says {
    /// The stop that holds `anchor` had this reason. The latest entry about a stop stands.
    Reason {
        /// Id of a configured reason.
        reason: Arc<str>,
        /// An instant inside the stop.
        anchor: Timestamp,
    },
    /// Pieces counted as good were scrap; booked at `Fact::at` to the product valid then.
    Scrap {
        /// How many; negative takes a former entry back.
        pieces: i64,
        /// Id of a configured reason, or empty.
        reason: Arc<str>,
    },
    /// From `Fact::at` on the machine makes this product, until the next entry of this kind.
    Product {
        /// Id of a configured product; empty for none.
        product: Arc<str>,
    },
}

/// An entry on its way to the core.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// Which machine.
    pub machine: MachineId,
    /// The earliest instant it can affect: for a reason the start of the stop that holds its anchor.
    pub at: Timestamp,
    /// Pseudonym of who made it.
    pub author: Arc<str>,
    /// What it says.
    pub entry: Entry,
}

/// What became of a [`Draft`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It is on disk as the fact of this number.
    Booked(u64),
    /// An entry with this key is on disk already; nothing was added.
    Known,
    /// It was not taken, and why, in the sender's words.
    Refused(String),
}
