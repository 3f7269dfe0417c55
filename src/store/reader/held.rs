//! I/O. Reading at one moment, whatever is written beside it.

use super::super::opening;
use super::{ReadError, Reader};
use std::path::Path;

impl Reader {
    /// From here on everything is read as of this one moment, whatever is written beside it. For what ends soon: until this
    /// reader is dropped the write-ahead log cannot be cut back.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn hold(mut self) -> Result<Reader, ReadError> {
        self.conn.execute_batch("BEGIN DEFERRED")?;
        // The first read decides the moment.
        self.roster = opening::roster(&self.conn)?;
        Ok(self)
    }

    /// Two readers of one and the same moment, for a thread each. The second is missing where the agent kept writing while they
    /// were opened: then the first reads alone.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn hold_two(folder: &Path) -> Result<(Reader, Option<Reader>), ReadError> {
        let second = Reader::open(folder)?;
        let before = second.version()?;
        let first = Reader::open(folder)?.hold()?;
        let second = second.hold()?;
        let is_same = first.file == second.file && second.version()? == before;
        Ok((first, is_same.then_some(second)))
    }

    /// A number that changes with what others commit, as soon as this connection sees it.
    fn version(&self) -> Result<i64, ReadError> {
        Ok(self.conn.query_row("PRAGMA data_version", [], |row| row.get(0))?)
    }
}
