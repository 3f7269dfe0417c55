//! I/O. Tallies merged per shift of one machine, and where its minutes end.

use super::Reader;
use crate::model::ids::MachineId;
use crate::model::tally::{Sums, TallyKey};
use crate::model::time::Timestamp;
use crate::store::rows::{self, KEY, KEY_COLUMNS, SUMS, SUMS_COLUMNS};
use crate::store::{ReadError, engines};
use rusqlite::{OptionalExtension, Row, params};
use std::collections::BTreeMap;

impl Reader {
    /// Tallies of a machine merged per shift, of the shifts that began at `from` or later.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn shifts(&self, machine: MachineId, from: Timestamp) -> Result<BTreeMap<TallyKey, Sums>, ReadError> {
        let sql = format!(
            "SELECT {KEY}, {} FROM tally_shift WHERE shift_start >= ?1 AND machine = ?2",
            *SUMS
        );
        let rows = self.all(&sql, params![from.0, machine.0], |row| merged(row, machine))?;
        Ok(rows.into_iter().collect())
    }

    /// Every tally of a machine merged per shift, by the start of the shift, with the engines that worked its minutes out; 0
    /// stands for one that is not known.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn worked_out_shifts(&self, machine: MachineId) -> Result<Vec<(TallyKey, Sums, Vec<u32>)>, ReadError> {
        let sql = format!(
            "SELECT {KEY}, {}, engines FROM tally_shift WHERE machine = ?1 ORDER BY shift_start",
            *SUMS
        );
        self.all(&sql, [machine.0], |row| {
            let (key, sums) = merged(row, machine)?;
            let mut numbers = Vec::new();
            engines::read_into(&mut numbers, row, KEY_COLUMNS + SUMS_COLUMNS)?;
            Ok((key, sums, numbers))
        })
    }

    /// Where the newest minute tally of a machine ends; `None` when none is kept.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn tallies_end(&self, machine: MachineId) -> Result<Option<Timestamp>, ReadError> {
        let sql = "SELECT \"end\" FROM tally WHERE machine = ?1 ORDER BY start DESC LIMIT 1";
        let mut statement = self.conn.prepare_cached(sql)?;
        let end = statement.query_row([machine.0], |row| row.get(0)).optional()?;
        Ok(end.map(Timestamp))
    }
}

/// A merged row of a machine from the columns of its key and sums.
fn merged(row: &Row<'_>, machine: MachineId) -> rusqlite::Result<(TallyKey, Sums)> {
    let key = rows::key(row, 0)?;
    let sums = rows::sums(row, KEY_COLUMNS).map_err(|error| {
        rows::within(error, || {
            format!(
                "the tally of the shift of machine number {} that starts at {} ({})",
                machine.0, key.shift_start.0, key.shift
            )
        })
    })?;
    Ok((key, sums))
}
