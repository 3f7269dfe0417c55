//! I/O. Read-only access beside the store thread. No read transaction outlives a call, but one that is asked for: an open
//! one lets the write-ahead log grow.

mod flags;
mod held;
mod late;
mod merged;
mod starts;
mod versions;

pub use versions::{Version, Versions};

use super::chain::hex;
use super::history::{HistoryCursor, Source, WINDOW_ROWS};
use super::journal::{self, COLUMNS, Heads, Stored};
use super::opening;
use super::rolled;
use super::rows::{self, SPAN, TALLY, TALLY_COLUMNS, int, number};
use super::schema::{self, FILE};
use super::{Booked, Quarantined, ReadError, SinkState, Standing};
use crate::model::commit::History;
use crate::model::fact::Fact;
use crate::model::ids::{MachineId, Roster};
use crate::model::tally::{Column, ENGINE, SpanRow, Sums, TallyKey, TallyRow};
use crate::model::time::{Period, QUARTER_MS, Timestamp};
use rusqlite::{Connection, OptionalExtension, Params, Row, params};
use std::cell::Cell;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// Findings of a check of the file that are told; more of the same help nobody.
const MOST_FINDINGS: u32 = 20;

/// Read-only connection; open one per task or request.
#[derive(Debug)]
pub struct Reader {
    conn: Connection,
    roster: Roster,
    unreadable: Cell<u64>,
    path: PathBuf,
    /// Which file was at the path before it was opened: device and inode.
    file: Option<(u64, u64)>,
}

impl Reader {
    /// True when there is a database in a data folder: an agent has run there.
    pub fn is_there(folder: &Path) -> bool {
        folder.join(FILE).exists()
    }

    /// Opens the database of a data folder; an agent may be using it.
    ///
    /// # Errors
    /// There is no database, or it cannot be read.
    pub fn open(folder: &Path) -> Result<Reader, ReadError> {
        let path = folder.join(FILE);
        let failed = |error: rusqlite::Error| ReadError(format!("{} cannot be read: {error}", path.display()));
        // Looked at first: a file that comes in between is taken for another one, never the other way round.
        let file = identity(&path);
        let conn = schema::connect_read_only(&path).map_err(failed)?;
        let roster = opening::roster(&conn).map_err(failed)?;
        Ok(Reader {
            conn,
            roster,
            unreadable: Cell::new(0),
            path,
            file,
        })
    }

    /// False when another file has taken the place of the one this reader has open, as after [`super::Writer::repair`]:
    /// what it reads is then what was moved aside, and it must be opened again.
    pub fn is_current(&self) -> bool {
        self.file.is_some() && self.file == identity(&self.path)
    }

    /// The machines as of now.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn roster(&self) -> Result<Roster, ReadError> {
        Ok(opening::roster(&self.conn)?)
    }

    /// Up to where everything is written.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn standing(&self) -> Result<Standing, ReadError> {
        Ok(opening::standing(&self.conn)?)
    }

    /// Where the journal ends: the number of the newest fact (0 when there is none) and its hash as 64 hexadecimal digits.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn head(&self) -> Result<(u64, String), ReadError> {
        let heads = Heads::load(&self.conn)?;
        Ok((heads.seq, hex(&heads.hash)))
    }

    /// One page (at most 5,000 facts) of the facts of a machine and those about all machines (starts, clock, losses), in
    /// the order of [`Fact::order`] and the number. Settings are not among them. The first page begins at the newest
    /// checkpoint at or before `from` that this engine can read, or where there is none at the first fact; it brings that
    /// checkpoint and all later ones, and sets `end`: no page has a fact with a greater number. `page` continues; a page may
    /// hold few facts, or none at all, before the last.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn history(&self, machine: MachineId, from: Timestamp, page: &mut HistoryCursor) -> Result<History, ReadError> {
        let source = Source {
            conn: &self.conn,
            roster: &self.roster,
            machine,
            window_rows: WINDOW_ROWS,
        };
        let mut unreadable = Vec::new();
        let history = source.page(from, page, &mut unreadable)?;
        unreadable.iter().for_each(|why| self.left_out(why));
        Ok(history)
    }

    /// Facts after number `after` in the order of their numbers, at most `limit`: empty at the end.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn facts(&self, after: u64, limit: usize) -> Result<Vec<(u64, Fact)>, ReadError> {
        let mut statement = self
            .conn
            .prepare_cached(&format!("SELECT {COLUMNS} FROM fact WHERE seq > ?1 ORDER BY seq"))?;
        let mut rows = statement.query([int(after)])?;
        let mut facts = Vec::new();
        while facts.len() < limit {
            let Some(row) = rows.next()? else { break };
            match Stored::read_fact(row, &self.roster) {
                Ok(fact) => facts.push(fact),
                Err(why) => self.left_out(&why),
            }
        }
        Ok(facts)
    }

    /// Gives all facts of settings and entries with their numbers to `each`, in the order of these: a plant has more entries
    /// than one wants in memory at once. Answers with a sentence for each fact that was left out because it cannot be read.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn said(&self, each: impl FnMut(u64, Fact)) -> Result<Vec<String>, ReadError> {
        let mut unreadable = Vec::new();
        opening::said(&self.conn, &self.roster, &mut unreadable, each)?;
        unreadable.iter().for_each(|why| self.left_out(why));
        Ok(unreadable)
    }

    /// How many facts this reader left out so far because their content cannot be read; each was logged with its number.
    pub fn unreadable(&self) -> u64 {
        self.unreadable.get()
    }

    /// Tallies that start in `period`, by start and machine.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn tallies(&self, machine: Option<MachineId>, period: Period) -> Result<Vec<TallyRow>, ReadError> {
        let sql = format!(
            "SELECT {} FROM tally WHERE start >= ?1 AND start < ?2 AND (?3 IS NULL OR machine = ?3) ORDER BY start, machine",
            *TALLY
        );
        let bounds = params![period.start.0, period.end.0, machine.map(|machine| machine.0)];
        self.all(&sql, bounds, rows::tally)
    }

    /// The same, each with the engine that worked it out.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn worked_out(&self, machine: Option<MachineId>, period: Period) -> Result<Vec<(TallyRow, u32)>, ReadError> {
        let sql = format!(
            "SELECT {}, engine FROM tally WHERE start >= ?1 AND start < ?2 AND (?3 IS NULL OR machine = ?3)
             ORDER BY start, machine",
            *TALLY
        );
        let bounds = params![period.start.0, period.end.0, machine.map(|machine| machine.0)];
        self.all(&sql, bounds, |row| Ok((rows::tally(row)?, row.get(TALLY_COLUMNS)?)))
    }

    /// Spans that have time in `period`, whole, by start and machine.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn spans(&self, machine: Option<MachineId>, period: Period) -> Result<Vec<SpanRow>, ReadError> {
        let sql = format!(
            "SELECT {} FROM span WHERE start > ?1 AND start < ?2 AND \"end\" > ?3 AND (?4 IS NULL OR machine = ?4)
             ORDER BY start, machine",
            *SPAN
        );
        // Spans are cut at quarter hours, so none that began earlier reaches into the period.
        let earliest = period.start.plus(-QUARTER_MS);
        let machine = machine.map(|machine| machine.0);
        self.all(
            &sql,
            params![earliest.0, period.end.0, period.start.0, machine],
            rows::span,
        )
    }

    /// Hands over every tally merged per shift of the shifts that began in `period`, of all machines or one, by their start and
    /// machine, with these columns of the sums alone (the others are zero) and, if asked, the detail. A year of a plant is read in one go without
    /// being held. With each come the engines that worked its minutes out, 0 where one is not known.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn each_shift(
        &self,
        (machine, period): (Option<MachineId>, Period),
        columns: &[Column],
        with_detail: bool,
        each: impl FnMut(MachineId, &TallyKey, &Sums, &[u32]),
    ) -> Result<(), ReadError> {
        Ok(rolled::each_shift(
            &self.conn,
            (machine, period),
            columns,
            with_detail,
            each,
        )?)
    }

    /// How many tallies another engine than this one worked out.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn of_other_engines(&self) -> Result<u64, ReadError> {
        let sql = "SELECT count(*) FROM tally WHERE engine <> ?1";
        Ok(self.conn.query_row(sql, [ENGINE], |row| number(row, 0))?)
    }

    /// Bookings with numbers in `first..=last`, in order, at most `limit`; those in quarantine for `sink` left out.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn bookings(&self, sink: &str, first: u64, last: u64, limit: usize) -> Result<Vec<Booked>, ReadError> {
        let sql = "SELECT seq, machine, at, line FROM booking WHERE seq >= ?1 AND seq <= ?2
             AND NOT EXISTS (SELECT 1 FROM quarantine WHERE booking = booking.seq AND sink = ?3) ORDER BY seq LIMIT ?4";
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.all(sql, params![int(first), int(last), sink, limit], |row| {
            Ok(Booked {
                seq: number(row, 0)?,
                machine: row.get::<_, Option<u32>>(1)?.map(MachineId),
                at: Timestamp(row.get(2)?),
                line: row.get(3)?,
            })
        })
    }

    /// Numbers of the oldest and newest booking kept; (1, 0) when there is none.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn booking_range(&self) -> Result<(u64, u64), ReadError> {
        // Two look-ups at the ends; min and max in one SELECT would read the whole table.
        let sql = "SELECT coalesce((SELECT min(seq) FROM booking), 1), coalesce((SELECT max(seq) FROM booking), 0)";
        Ok(self
            .conn
            .query_row(sql, [], |row| Ok((number(row, 0)?, number(row, 1)?)))?)
    }

    /// What a sink has confirmed, as far as it was written; `None` for one that never did.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn sink(&self, name: &str) -> Result<Option<SinkState>, ReadError> {
        let state = self
            .conn
            .prepare_cached("SELECT done, ahead_first, ahead_last FROM sink WHERE name = ?1")?
            .query_row([name], |row| {
                let ahead = row.get::<_, Option<i64>>(1)?.is_some() && row.get::<_, Option<i64>>(2)?.is_some();
                Ok(SinkState {
                    name: name.to_owned(),
                    done: number(row, 0)?,
                    ahead: if ahead {
                        Some((number(row, 1)?, number(row, 2)?))
                    } else {
                        None
                    },
                })
            })
            .optional()?;
        Ok(state)
    }

    /// Bookings in quarantine for a sink, by number.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn quarantined(&self, sink: &str) -> Result<Vec<Quarantined>, ReadError> {
        let sql = "SELECT sink, booking, at, why FROM quarantine WHERE sink = ?1 ORDER BY booking";
        self.all(sql, [sink], |row| {
            Ok(Quarantined {
                sink: row.get(0)?,
                booking: number(row, 1)?,
                at: Timestamp(row.get(2)?),
                why: row.get(3)?,
            })
        })
    }

    /// Checks the hash chain of the whole journal; gives the number of facts. Numbers that recovery noted as lost are
    /// passed over.
    ///
    /// # Errors
    /// The first fact that does not fit, by number; or the database cannot be read.
    pub fn verify_chain(&self) -> Result<u64, ReadError> {
        journal::verify(&self.conn, &self.roster)?.map_err(ReadError)
    }

    /// SQLite's own check of the file, for after an unclean stop; sentences about what is wrong, none when all is well. It
    /// reads the whole file. What it finds is for [`super::Writer::repair`].
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn quick_check(&self) -> Result<Vec<String>, ReadError> {
        let sql = format!("PRAGMA quick_check({MOST_FINDINGS})");
        let check = || -> rusqlite::Result<Vec<String>> {
            let mut statement = self.conn.prepare(&sql)?;
            let findings = statement.query_map([], |row| row.get(0))?;
            findings.collect()
        };
        match check() {
            Ok(mut findings) => {
                findings.retain(|finding| finding != "ok");
                Ok(findings)
            }
            // Some damage ends the check itself.
            Err(error) if schema::is_damage(&error) => Ok(vec![error.to_string()]),
            Err(error) => Err(error.into()),
        }
    }

    fn all<T>(
        &self,
        sql: &str,
        bounds: impl Params,
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, ReadError> {
        let mut statement = self.conn.prepare_cached(sql)?;
        let found = statement.query_map(bounds, read)?;
        Ok(found.collect::<rusqlite::Result<_>>()?)
    }

    fn left_out(&self, why: &str) {
        self.unreadable.set(self.unreadable.get() + 1);
        tracing::error!(why, "a fact of the journal was left out");
    }
}

/// Device and inode; `None` when there is no such file.
fn identity(path: &Path) -> Option<(u64, u64)> {
    let found = std::fs::metadata(path).ok()?;
    Some((found.dev(), found.ino()))
}

impl From<rusqlite::Error> for ReadError {
    fn from(error: rusqlite::Error) -> Self {
        ReadError(format!("the journal cannot be read: {error}"))
    }
}
