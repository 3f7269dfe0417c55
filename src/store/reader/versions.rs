//! I/O. What was told of a machine's time before it was corrected, beside what stands, and what was said since.

use super::Reader;
use crate::model::fact::Fact;
use crate::model::ids::MachineId;
use crate::model::tally::{SpanRow, TallyRow};
use crate::model::time::{Period, Timestamp};
use crate::store::ReadError;
use crate::store::journal::{self, COLUMNS, Stored};
use crate::store::rows::{self, SPAN, SPAN_COLUMNS, TALLY, TALLY_COLUMNS, int};
use rusqlite::{Row, params};

/// Words about a stretch that are read, the newest: a shift has some dozens.
const MOST_WORDS: usize = 1_000;

/// One of the contents a row has had.
#[derive(Debug, Clone, PartialEq)]
pub struct Version<T> {
    /// 0 for the first.
    pub rev: u32,
    /// True for the one that stands, false for those before it.
    pub stands: bool,
    /// What it says.
    pub row: T,
}

/// All that was corrected in a stretch of a machine's time.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Versions {
    /// Contents of the tallies that were corrected, by start and revision.
    pub tallies: Vec<Version<TallyRow>>,
    /// Contents of the spans that were corrected, by start and revision.
    pub spans: Vec<Version<SpanRow>>,
    /// Entries and settings that can bear upon the stretch and were told after its begin, by number.
    pub words: Vec<(u64, Fact)>,
    /// True where there are older ones, which are not among them.
    pub is_cut: bool,
}

impl Reader {
    /// What was corrected of a machine's time, of rows that start in `period`.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn versions(&self, machine: MachineId, period: Period) -> Result<Versions, ReadError> {
        let (words, is_cut) = self.words(machine, period)?;
        Ok(Versions {
            tallies: self.contents("tally", &TALLY, machine, period, |row| {
                version(row, rows::tally(row)?, TALLY_COLUMNS)
            })?,
            spans: self.contents("span", &SPAN, machine, period, |row| {
                version(row, rows::span(row)?, SPAN_COLUMNS)
            })?,
            words,
            is_cut,
        })
    }

    fn contents<T>(
        &self,
        table: &str,
        columns: &str,
        machine: MachineId,
        period: Period,
        read: fn(&Row<'_>) -> rusqlite::Result<Version<T>>,
    ) -> Result<Vec<Version<T>>, ReadError> {
        let here = "start >= ?1 AND start < ?2 AND machine = ?3";
        let sql = format!(
            "SELECT {columns}, rev, 0 AS stands FROM {table}_history WHERE {here}
             UNION ALL
             SELECT {columns}, rev, 1 AS stands FROM {table} WHERE {here}
                 AND start IN (SELECT start FROM {table}_history WHERE {here})
             ORDER BY start, rev"
        );
        self.all(&sql, params![period.start.0, period.end.0, machine.0], read)
    }

    fn words(&self, machine: MachineId, period: Period) -> Result<(Vec<(u64, Fact)>, bool), ReadError> {
        // What was told after the begin has a greater number.
        let (after, _) = journal::range(&self.conn, period.start, Timestamp::MAX)?;
        // The first condition is the very one of the index.
        let sql = format!(
            "SELECT {COLUMNS} FROM fact
             WHERE kind IN ('setting', 'entry', 'started', 'clock', 'loss') AND kind IN ('setting', 'entry')
                 AND seq > ?4 AND at < ?1 AND received_at > ?2 AND (machine IS NULL OR machine = ?3)
             ORDER BY seq DESC"
        );
        let mut statement = self.conn.prepare_cached(&sql)?;
        let mut rows = statement.query(params![period.end.0, period.start.0, machine.0, int(after)])?;
        let mut words = Vec::new();
        let mut is_cut = false;
        while let Some(row) = rows.next()? {
            if words.len() == MOST_WORDS {
                is_cut = true;
                break;
            }
            match Stored::read_fact(row, &self.roster) {
                Ok(fact) => words.push(fact),
                Err(why) => self.left_out(&why),
            }
        }
        words.reverse();
        Ok((words, is_cut))
    }
}

fn version<T>(row: &Row<'_>, content: T, rev: usize) -> rusqlite::Result<Version<T>> {
    Ok(Version {
        rev: row.get(rev)?,
        stands: row.get(rev + 1)?,
        row: content,
    })
}
