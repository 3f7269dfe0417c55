//! I/O. What is on disk of a machine's time: spans and tallies, for the timeline and the hours of a shift.

use crate::model::ids::MachineId;
use crate::model::tally::{SpanRow, TallyRow};
use crate::model::time::Period;
use crate::store::{ReadError, Reader};
use std::path::PathBuf;
use std::sync::Arc;

/// What is looked up of one machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted {
    /// Whose.
    pub machine: MachineId,
    /// Spans that have time in here.
    pub spans: Period,
    /// Tallies that start in here.
    pub tallies: Period,
}

/// The rows of one [`Wanted`], by start.
pub type PastRows = (Vec<SpanRow>, Vec<TallyRow>);

/// Looks the time of machines up, all at one moment; the error is a sentence. May block.
pub type Past = Arc<dyn Fn(&[Wanted]) -> Result<Vec<PastRows>, String> + Send + Sync>;

/// Looks it up in the data folder, over a read-only connection of its own for each look.
pub fn past_in(folder: PathBuf) -> Past {
    Arc::new(move |wanted| {
        let read = || -> Result<Vec<PastRows>, ReadError> {
            let reader = Reader::open(&folder)?.hold()?;
            let rows = |wanted: &Wanted| {
                Ok((
                    reader.spans(Some(wanted.machine), wanted.spans)?,
                    reader.tallies(Some(wanted.machine), wanted.tallies)?,
                ))
            };
            wanted.iter().map(rows).collect()
        };
        read().map_err(|error| error.to_string())
    })
}
