//! I/O. What counters did that a person should know of, and how much was corrected.

use super::Reader;
use crate::model::ids::MachineId;
use crate::model::tally::Flag;
use crate::model::time::Period;
use crate::store::ReadError;
use crate::store::rows::{self, FLAG};
use rusqlite::params;
use std::collections::BTreeMap;

impl Reader {
    /// What counters did in `period` that a person should know of, by instant.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn flags(&self, machine: Option<MachineId>, period: Period) -> Result<Vec<Flag>, ReadError> {
        let sql = format!(
            "SELECT {FLAG} FROM flag
             WHERE at >= ?1 AND at < ?2 AND (?3 IS NULL OR machine = ?3) ORDER BY at, machine, role, what"
        );
        let bounds = params![period.start.0, period.end.0, machine.map(|machine| machine.0)];
        self.all(&sql, bounds, rows::flag)
    }

    /// Increases that are held and that nobody decided on, by instant; the newest, at most `limit`.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn open_flags(&self, limit: usize) -> Result<Vec<Flag>, ReadError> {
        let sql = format!(
            "SELECT {FLAG} FROM (SELECT * FROM flag WHERE standing = 'open' ORDER BY at DESC LIMIT ?1)
             ORDER BY at, machine, role"
        );
        self.all(&sql, [i64::try_from(limit).unwrap_or(i64::MAX)], rows::flag)
    }

    /// How many stored tallies of each machine that start in `period` are not the first of their minute.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn revised(&self, period: Period) -> Result<BTreeMap<MachineId, u64>, ReadError> {
        let sql = "SELECT machine, count(*) FROM tally WHERE start >= ?1 AND start < ?2 AND rev > 0 GROUP BY machine";
        let counted = self.all(sql, params![period.start.0, period.end.0], |row| {
            Ok((rows::machine(row, 0)?, rows::number(row, 1)?))
        })?;
        Ok(counted.into_iter().collect())
    }
}
