//! I/O. What else the journal is asked for: held increases, single facts, and sums by shift.

use crate::model::fact::Fact;
use crate::model::ids::MachineId;
use crate::model::tally::{Flag, Sums, TallyKey};
use crate::model::time::{Period, Timestamp};
use crate::store::{ReadError, Reader};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

/// Sums by what they belong to.
pub type BySums = BTreeMap<TallyKey, Sums>;

/// A question to the journal and its answer; the error is a sentence. May block.
pub type Question<Q, A> = Arc<dyn Fn(Q) -> Result<A, String> + Send + Sync>;

/// Questions to the journal. Each may block; each error is a sentence.
#[derive(Clone)]
pub struct Books {
    /// What counters of a machine did in a period.
    pub flags: Question<(MachineId, Period), Vec<Flag>>,
    /// The fact of this number.
    pub fact: Question<u64, Option<Fact>>,
    /// Sums of a machine's shifts that began at an instant or later.
    pub shifts: Question<(MachineId, Timestamp), BySums>,
}

/// Asks the data folder, over a read-only connection of its own for each question.
pub fn books_in(folder: PathBuf) -> Books {
    let open = {
        let folder = Arc::new(folder);
        move || Reader::open(&folder)
    };
    let said = |error: ReadError| error.to_string();
    let (flags, fact, shifts) = (open.clone(), open.clone(), open);
    Books {
        flags: Arc::new(move |(machine, period)| {
            let reader = flags().map_err(said)?;
            reader.flags(Some(machine), period).map_err(said)
        }),
        fact: Arc::new(move |seq: u64| {
            let found = fact().map_err(said)?.facts(seq.saturating_sub(1), 1).map_err(said)?;
            Ok(found
                .into_iter()
                .find(|(number, _)| *number == seq)
                .map(|(_, fact)| fact))
        }),
        shifts: Arc::new(move |(machine, from)| shifts().map_err(said)?.shifts(machine, from).map_err(said)),
    }
}
