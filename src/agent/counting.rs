//! Reads what the counters of a machine counted in a period, for who counted its pieces by hand.

use crate::model::ids::MachineId;
use crate::model::time::{Period, SECOND_MS};
use crate::oee::plan::Plan;
use crate::pipeline::Counting;
use crate::serve::{Count, Counts};
use crate::store::{HistoryCursor, ReadError, Reader};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::sync::watch;

/// How long after a period its last pieces are in the journal: a counter is read again within it.
const READ_AGAIN_MS: i64 = 2 * SECOND_MS;

/// Counts in the journal of a data folder, over a read-only connection of its own for each question.
pub fn counts_in(folder: PathBuf, plan: watch::Receiver<Arc<Plan>>) -> Counts {
    Arc::new(move |(machine, period)| {
        let plan = Arc::clone(&plan.borrow());
        count(&folder, machine, period, &plan).map_err(|error| error.to_string())
    })
}

fn count(folder: &Path, machine: MachineId, period: Period, plan: &Plan) -> Result<Count, ReadError> {
    let reader = Reader::open(folder)?.hold()?;
    if reader.standing()?.alive < Some(period.end.plus(READ_AGAIN_MS)) {
        return Ok(Count::NotYet);
    }
    let mut cursor = HistoryCursor::default();
    let mut page = reader.history(machine, period.start, &mut cursor)?;
    let Some(mut counting) = Counting::new(machine, period, page.checkpoint.as_ref(), plan) else {
        return Ok(Count::Unknown);
    };
    while counting.feed(page.facts.into_iter()) && !page.last {
        page = reader.history(machine, period.start, &mut cursor)?;
    }
    Ok(counting.finish().map_or(Count::Unknown, Count::Pieces))
}
