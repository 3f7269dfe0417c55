//! Pure. What the core hands the store in one transaction, and what comes back.

use super::fact::{Fact, Role};
use super::ids::MachineId;
use super::tally::{ENGINE, Flag, OLDEST_ENGINE, SpanRow, TallyKey, TallyRow};
use super::time::{Period, Timestamp};
use std::sync::Arc;

/// One transaction: all of it is on disk when it is answered, or none.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Commit {
    /// Counts the commits of this run; the answer carries it back.
    pub number: u64,
    /// Facts in the order they get their numbers.
    pub facts: Vec<Fact>,
    /// Where process values in `facts` belong, by position in `facts`.
    pub value_keys: Vec<(usize, Arc<TallyKey>)>,
    /// What became final.
    pub sealed: Vec<Sealed>,
    /// Fold snapshots.
    pub checkpoints: Vec<Checkpoint>,
    /// That the agent is alive, and which signals it waits for.
    pub alive: Option<Alive>,
    /// Machines whose past is being worked out again from an instant on, or no longer (`None`).
    pub restating: Vec<(MachineId, Option<Timestamp>)>,
}

/// Final rows of one machine.
#[derive(Debug, Clone, PartialEq)]
pub struct Sealed {
    /// Whose.
    pub machine: MachineId,
    /// A restated range: stored rows that start in it and are not given here vanish. `None` for rows that are only added.
    pub range: Option<Period>,
    /// Tallies.
    pub tallies: Vec<TallyRow>,
    /// Spans.
    pub spans: Vec<SpanRow>,
    /// What the counters did.
    pub flags: Vec<Flag>,
}

/// The fold of one machine at an instant, in bytes only the fold can read. A cache: it can be made again from facts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// Whose.
    pub machine: MachineId,
    /// The instant.
    pub at: Timestamp,
    /// The engine that made it: those from [`OLDEST_ENGINE`] to [`ENGINE`] can be read.
    pub engine: u32,
    /// True when it is the first of a shift and is kept longer.
    pub keep: bool,
    /// The state.
    pub bytes: Vec<u8>,
}

impl Checkpoint {
    /// True when the fold can go on from it.
    pub fn is_readable(&self) -> bool {
        (OLDEST_ENGINE..=ENGINE).contains(&self.engine)
    }
}

/// Proof of life, kept in one row: after a crash everything later is unknown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alive {
    /// When.
    pub at: Timestamp,
    /// True as the last act of an orderly stop.
    pub clean: bool,
    /// Signals not confirmed up to `at`, with the last instant each was.
    pub silent: Vec<(MachineId, Role, Timestamp)>,
}

/// Which engines worked out the tallies of a machine's shift.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkedOut {
    /// Whose.
    pub machine: MachineId,
    /// When the shift began; outside shifts, when the production day did.
    pub shift_start: Timestamp,
    /// Its id; empty outside shifts.
    pub shift: Arc<str>,
    /// Their numbers in order, 0 where one is not known.
    pub engines: Vec<u32>,
}

/// The store's answer to a [`Commit`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Committed {
    /// Which commit.
    pub number: u64,
    /// The number of its first fact; its facts are consecutive from here.
    pub first_seq: u64,
    /// The number of the newest fact in the journal.
    pub last_seq: u64,
    /// The number of the newest booking in the ledger.
    pub last_booking: u64,
    /// The newest merged shift tallies of machines that `sealed` touched, one row per product.
    pub shifts: Vec<TallyRow>,
    /// The engines that worked out what `shifts` merges, of each machine.
    pub engines: Vec<WorkedOut>,
    /// Machines of which the disk lost rows during this run, and from when on their past must be worked out again.
    pub again: Vec<(MachineId, Timestamp)>,
}

/// Facts of one machine to fold again, in the order (at, kind, role, quality, value, seq).
#[derive(Debug, Clone, PartialEq)]
pub struct History {
    /// Whose.
    pub machine: MachineId,
    /// The newest checkpoint at or before the instant asked for (first page only).
    pub checkpoint: Option<Checkpoint>,
    /// The stored checkpoints after it, to compare with (first page only).
    pub later: Vec<Checkpoint>,
    /// Facts with their numbers.
    pub facts: Vec<(u64, Fact)>,
    /// The newest number in the journal when it was read.
    pub end: u64,
    /// True on the last page.
    pub last: bool,
}
