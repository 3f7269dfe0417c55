//! I/O. Starts of the agent after a run that had not ended in order.

use super::Reader;
use crate::model::fact::Body;
use crate::model::time::{Period, Timestamp};
use crate::store::ReadError;
use crate::store::journal::{COLUMNS, Stored};

impl Reader {
    /// Starts at `since` or later after a run that had not ended in order and a silence of more than `least_ms`, the newest first,
    /// at most `limit`: each with its number, and the time from the last sign of life to the start.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn unclean_starts(
        &self,
        since: Timestamp,
        least_ms: i64,
        limit: usize,
    ) -> Result<Vec<(u64, Period)>, ReadError> {
        // The first condition is the very one of the index.
        let sql = format!(
            "SELECT {COLUMNS} FROM fact
             WHERE kind IN ('setting', 'entry', 'started', 'clock', 'loss') AND kind = 'started' AND received_at >= ?1
             ORDER BY seq DESC"
        );
        let mut statement = self.conn.prepare_cached(&sql)?;
        let mut rows = statement.query([since.0])?;
        let mut found = Vec::new();
        while found.len() < limit {
            let Some(row) = rows.next()? else { break };
            match Stored::read_fact(row, &self.roster) {
                Ok((seq, fact)) => {
                    let Body::Started(started) = &fact.body else { continue };
                    let silence = Period::new(fact.at, started.started_at);
                    if !started.clean && silence.ms() > least_ms {
                        found.push((seq, silence));
                    }
                }
                Err(why) => self.left_out(&why),
            }
        }
        Ok(found)
    }
}
