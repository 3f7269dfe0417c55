//! I/O. What the journal says of an instant: the stop, or the time nobody saw, that an entry can be about.

use crate::model::ids::MachineId;
use crate::model::state::Class;
use crate::model::tally::SpanRow;
use crate::model::time::{Period, Timestamp};
use crate::store::Reader;
use std::path::PathBuf;
use std::sync::Arc;

/// When the stop began that holds an instant of a machine, or the time nobody saw; `None` when it ran then, or nothing is stored
/// for that instant (yet, or any more). The error is a sentence. May block.
pub type Standings = Arc<dyn Fn(MachineId, Timestamp) -> Result<Option<Timestamp>, String> + Send + Sync>;

/// Looks them up in the data folder, over a read-only connection of its own for each look.
pub fn standings_in(folder: PathBuf) -> Standings {
    Arc::new(move |machine, anchor| {
        let reader = Reader::open(&folder).map_err(|error| error.to_string())?;
        let spans = reader.spans(Some(machine), Period::new(anchor, anchor.plus(1)));
        let spans = spans.map_err(|error| error.to_string())?;
        let stands = |span: &&SpanRow| !matches!(span.class, Class::Running | Class::ClockSkip);
        Ok(spans.iter().find(stands).map(|span| span.since))
    })
}
