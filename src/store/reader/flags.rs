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
        let counted = self.all(REVISED, params![period.start.0, period.end.0], |row| {
            Ok((rows::machine(row, 0)?, rows::number(row, 1)?))
        })?;
        Ok(counted.into_iter().collect())
    }

    /// How many stored tallies that start in `period`, of a machine alone and of a line alone where one is named, are of business
    /// dates from `first` to `last`, such as 2026-11-21, and not the first of their minute.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn corrected(
        &self,
        period: Period,
        (first, last): (&str, &str),
        machine: Option<MachineId>,
        line: Option<&str>,
    ) -> Result<u64, ReadError> {
        let machine = machine.map(|machine| machine.0);
        let bounds = params![period.start.0, period.end.0, first, last, machine, line];
        let count = self
            .conn
            .prepare_cached(CORRECTED)?
            .query_row(bounds, |row| rows::number(row, 0))?;
        Ok(count)
    }
}

const REVISED: &str =
    "SELECT machine, count(*) FROM tally WHERE start >= ?1 AND start < ?2 AND rev > 0 GROUP BY machine";
const CORRECTED: &str = "SELECT count(*) FROM tally WHERE start >= ?1 AND start < ?2 AND rev > 0
     AND business_date >= ?3 AND business_date <= ?4 AND (?5 IS NULL OR machine = ?5) AND (?6 IS NULL OR line = ?6)";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::schema::{FILE, connect};

    #[test]
    fn what_was_corrected_is_counted_by_its_own_index_and_not_by_going_through_the_minutes() {
        let folder = tempfile::tempdir().unwrap();
        let conn = connect(&folder.path().join(FILE), 64).unwrap();
        for sql in [CORRECTED, REVISED] {
            let mut plan = conn.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
            let bounds = vec![rusqlite::types::Null; plan.parameter_count()];
            let bounds = rusqlite::params_from_iter(bounds);
            let how: String = plan.query_row(bounds, |row| row.get(3)).unwrap();
            assert!(
                how.contains("INDEX tally_revised (start>? AND start<?)"),
                "{sql}: {how}"
            );
        }
    }
}
