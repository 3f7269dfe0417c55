//! I/O. Facts of devices that came too late to be applied.

use super::Reader;
use crate::model::fact::Fact;
use crate::model::time::LATENESS_MS;
use crate::store::ReadError;
use crate::store::journal::{COLUMNS, Stored};

/// Facts that are looked at: buffered ones that came in time lie between those that did not, and a look has an end.
const MOST_LOOKED_AT: u32 = 50_000;

impl Reader {
    /// Facts of people and devices that came too late and are not `decided` on, those of people first, each the newest by their own
    /// time first, at most `limit` of them; and whether there may be more.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn too_late(
        &self,
        decided: &dyn Fn(u64, &Fact) -> bool,
        limit: usize,
    ) -> Result<(Vec<(u64, Fact)>, bool), ReadError> {
        // None lies before the sample it tells of; which of them came too late, its sample says. Entries are few, and behind all
        // that devices tell.
        let sql = format!(
            "SELECT {COLUMNS} FROM (SELECT * FROM fact WHERE late = 1 ORDER BY at DESC LIMIT {MOST_LOOKED_AT})
             WHERE kind = 'signal' AND received_at - at > ?1
             UNION ALL SELECT {COLUMNS} FROM fact WHERE late = 1 AND kind = 'entry' AND instr(body, '\"late\":true') > 0
             ORDER BY kind, at DESC"
        );
        let mut statement = self.conn.prepare_cached(&sql)?;
        let mut rows = statement.query([LATENESS_MS])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            match Stored::read_fact(row, &self.roster) {
                Ok((seq, fact)) if fact.is_too_late() && !decided(seq, &fact) => {
                    if found.len() == limit {
                        return Ok((found, true));
                    }
                    found.push((seq, fact));
                }
                Ok(_) => {}
                Err(why) => self.left_out(&why),
            }
        }
        let late = "SELECT count(*) FROM (SELECT 1 FROM fact WHERE late = 1 LIMIT ?1)";
        let looked_at: u32 = self.conn.query_row(late, [MOST_LOOKED_AT + 1], |row| row.get(0))?;
        Ok((found, looked_at > MOST_LOOKED_AT))
    }
}
