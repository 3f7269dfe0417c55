//! I/O. The journal: appends facts with their numbers and hashes, reads them back, checks the chain.

use super::body;
use super::chain::{GENESIS, Hash, Header, hex, link};
use super::rows::{int, machine, number};
use crate::model::fact::Fact;
use crate::model::ids::{MachineId, Roster};
use crate::model::time::{HOUR_MS, QUARTER_MS, Timestamp};
use rusqlite::{Connection, OptionalExtension, Row, params};
use std::sync::Arc;

/// A fact is late (or early) when its `at` is further than this from the newest arrival before it. Ordinary signals are
/// within a poll or two; a larger bound would widen every range read, a smaller one would index too many.
const LATE_MS: i64 = QUARTER_MS;
/// Facts between two marks: the most a range read passes over in vain at each end.
const MARK_EVERY: u64 = 512;
/// A jump of arrival greater than this gets a mark of its own.
const MARK_JUMP_MS: i64 = HOUR_MS;

/// The columns [`Stored::read`] reads, in its order.
pub(super) const COLUMNS: &str = "seq, boot, epoch, mono_ms, at, received_at, machine, kind, author, body, hash";

/// Where the journal and the ledger end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Heads {
    /// Number of the newest fact; 0 when there is none.
    pub(super) seq: u64,
    /// Its hash.
    pub(super) hash: Hash,
    /// The newest arrival among all facts.
    pub(super) newest: Option<Timestamp>,
    /// The fact the newest mark stands at.
    pub(super) marked: u64,
    /// Number of the newest booking; 0 when there is none.
    pub(super) booking: u64,
}

impl Heads {
    /// The heads as the tables tell them.
    pub(super) fn load(conn: &Connection) -> rusqlite::Result<Heads> {
        let fact = conn
            .query_row("SELECT seq, hash FROM fact ORDER BY seq DESC LIMIT 1", [], |row| {
                Ok((number(row, 0)?, row.get::<_, Hash>(1)?))
            })
            .optional()?;
        let gap = conn
            .query_row("SELECT last, hash FROM gap ORDER BY last DESC LIMIT 1", [], |row| {
                Ok((number(row, 0)?, row.get::<_, Option<Hash>>(1)?))
            })
            .optional()?;
        let (mut seq, mut hash) = fact.unwrap_or((0, GENESIS));
        if let Some((last, known)) = gap.filter(|(last, _)| *last > seq) {
            (seq, hash) = (last, known.unwrap_or(GENESIS));
        }
        let (newest, marked) = newest(conn)?;
        let booking = conn.query_row("SELECT coalesce(max(seq), 0) FROM booking", [], |row| number(row, 0))?;
        let floor = conn
            .query_row("SELECT value FROM meta WHERE key = 'last_booking'", [], |row| {
                row.get::<_, String>(0)
            })
            .optional()?;
        let floor = floor.and_then(|text| text.parse().ok()).unwrap_or(0);
        Ok(Heads {
            seq,
            hash,
            newest,
            marked,
            booking: booking.max(floor),
        })
    }
}

fn newest(conn: &Connection) -> rusqlite::Result<(Option<Timestamp>, u64)> {
    let mark = conn
        .query_row(
            "SELECT newest, seq FROM mark ORDER BY newest DESC, seq DESC LIMIT 1",
            [],
            |row| Ok((Timestamp(row.get(0)?), number(row, 1)?)),
        )
        .optional()?;
    let marked = mark.map_or(0, |(_, seq)| seq);
    let later: Option<i64> = conn.query_row(
        "SELECT max(received_at) FROM fact WHERE seq > ?1",
        [int(marked)],
        |row| row.get(0),
    )?;
    Ok((mark.map(|(newest, _)| newest).max(later.map(Timestamp)), marked))
}

/// Appends one fact inside the caller's transaction. The outer error is the database's, the inner one the fact's own.
pub(super) fn append(
    conn: &Connection,
    heads: &mut Heads,
    fact: &Fact,
    boot: &str,
    roster: &Roster,
) -> rusqlite::Result<Result<(), String>> {
    let text = match body::encode(&fact.body, roster) {
        Ok(text) => text,
        Err(why) => return Ok(Err(why)),
    };
    let name = match fact
        .machine
        .map(|machine| body::machine_name(machine, roster))
        .transpose()
    {
        Ok(name) => name.unwrap_or(""),
        Err(why) => return Ok(Err(why)),
    };
    let header = Header {
        seq: heads.seq + 1,
        boot,
        epoch: fact.epoch,
        mono_ms: fact.mono_ms,
        at: fact.at.0,
        received_at: fact.received_at.0,
        machine: name,
        kind: fact.body.kind(),
        author: &fact.author,
    };
    let hash = link(&heads.hash, &header, &text);
    mark(conn, heads, fact.received_at)?;
    let newest = heads.newest.max(Some(fact.received_at)).unwrap_or(fact.received_at);
    let late = fact.at.since(newest).saturating_abs() > LATE_MS;
    conn.prepare_cached(
        "INSERT INTO fact (seq, boot, epoch, mono_ms, at, received_at, machine, kind, author, late, body, hash)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
    )?
    .execute(params![
        int(header.seq),
        boot,
        fact.epoch,
        int(fact.mono_ms),
        fact.at.0,
        fact.received_at.0,
        fact.machine.map(|machine| machine.0),
        header.kind,
        fact.author,
        late,
        text,
        hash,
    ])?;
    heads.seq = header.seq;
    heads.hash = hash;
    heads.newest = Some(newest);
    Ok(Ok(()))
}

/// Sets a mark at the fact before the one that is about to come, when one is due.
fn mark(conn: &Connection, heads: &mut Heads, received_at: Timestamp) -> rusqlite::Result<()> {
    let Some(newest) = heads.newest else { return Ok(()) };
    let due = heads.seq >= heads.marked + MARK_EVERY || received_at.since(newest) > MARK_JUMP_MS;
    if due && heads.seq > heads.marked {
        conn.prepare_cached("INSERT OR IGNORE INTO mark (newest, seq) VALUES (?1, ?2)")?
            .execute(params![newest.0, int(heads.seq)])?;
        heads.marked = heads.seq;
    }
    Ok(())
}

/// Works out `late` and the marks again, from all facts: after rows were salvaged.
pub(super) fn mark_again(conn: &Connection) -> rusqlite::Result<()> {
    conn.execute("DELETE FROM mark", [])?;
    let mut heads = Heads {
        seq: 0,
        hash: GENESIS,
        newest: None,
        marked: 0,
        booking: 0,
    };
    let mut statement = conn.prepare("SELECT seq, at, received_at, late FROM fact ORDER BY seq")?;
    let mut rows = statement.query([])?;
    let mut changed = Vec::new();
    while let Some(row) = rows.next()? {
        let (at, received_at) = (Timestamp(row.get(1)?), Timestamp(row.get(2)?));
        mark(conn, &mut heads, received_at)?;
        let newest = heads.newest.max(Some(received_at)).unwrap_or(received_at);
        let late = at.since(newest).saturating_abs() > LATE_MS;
        heads.seq = number(row, 0)?;
        heads.newest = Some(newest);
        if late != row.get::<_, bool>(3)? {
            changed.push((int(heads.seq), late));
        }
    }
    drop(rows);
    for (seq, late) in changed {
        conn.prepare_cached("UPDATE fact SET late = ?2 WHERE seq = ?1")?
            .execute(params![seq, late])?;
    }
    Ok(())
}

/// The numbers `(after, before)` between which every fact that is not late lies whose `at` is in `[from, until)`.
pub(super) fn range(conn: &Connection, from: Timestamp, until: Timestamp) -> rusqlite::Result<(u64, u64)> {
    let after = conn
        .prepare_cached("SELECT seq FROM mark WHERE newest < ?1 ORDER BY newest DESC, seq DESC LIMIT 1")?
        .query_row([from.plus(-LATE_MS).0], |row| number(row, 0))
        .optional()?;
    let before = conn
        .prepare_cached("SELECT seq FROM mark WHERE newest > ?1 ORDER BY newest, seq LIMIT 1")?
        .query_row([until.plus(LATE_MS).0], |row| number(row, 0))
        .optional()?;
    Ok((after.unwrap_or(0), before.unwrap_or(u64::MAX)))
}

/// The plus keeps SQLite from going through the whole journal by number: few facts are late, and their index has them by instant.
pub(super) const EARLIEST_LATE: &str = "SELECT at FROM fact WHERE late = 1 AND +seq <= ?1 ORDER BY at LIMIT 1";
pub(super) const LATEST_LATE: &str = "SELECT at FROM fact WHERE late = 1 AND +seq <= ?1 ORDER BY at DESC LIMIT 1";

/// The first and last instant any fact up to number `end` can be about; `None` when there is none.
pub(super) fn extent(conn: &Connection, end: u64) -> rusqlite::Result<Option<(Timestamp, Timestamp)>> {
    let instant = |sql: &str| -> rusqlite::Result<Option<Timestamp>> {
        let value = conn
            .prepare_cached(sql)?
            .query_row([int(end)], |row| row.get(0))
            .optional()?;
        Ok(value.map(Timestamp))
    };
    let first = instant("SELECT received_at FROM fact WHERE seq <= ?1 ORDER BY seq LIMIT 1")?;
    let Some(first) = first else { return Ok(None) };
    let earliest = instant(EARLIEST_LATE)?;
    let latest = instant(LATEST_LATE)?;
    let last = newest(conn)?.0.unwrap_or(first).plus(LATE_MS);
    let first = first.plus(-LATE_MS);
    Ok(Some((
        first.min(earliest.unwrap_or(first)),
        last.max(latest.unwrap_or(last)),
    )))
}

/// The newest arrival of any fact. What a fact is about may lie ahead, such as a stop declared for tomorrow.
pub(super) fn newest_arrival(conn: &Connection) -> rusqlite::Result<Option<Timestamp>> {
    Ok(newest(conn)?.0)
}

/// A fact as kept.
pub(super) struct Stored {
    pub(super) seq: u64,
    boot: String,
    epoch: u32,
    mono_ms: u64,
    at: i64,
    received_at: i64,
    machine: Option<MachineId>,
    kind: String,
    author: Arc<str>,
    body: String,
    pub(super) hash: Hash,
}

impl Stored {
    /// Reads the columns [`COLUMNS`]. An error is a sentence that names the fact: its content does not fit its columns, which
    /// only damage does.
    pub(super) fn read(row: &Row<'_>) -> Result<Stored, String> {
        Stored::columns(row).map_err(|error| {
            let seq = row.get::<_, i64>(0).unwrap_or(0);
            format!("fact {seq} cannot be read: {error}")
        })
    }

    /// Reads the columns [`COLUMNS`], and what they say.
    pub(super) fn read_fact(row: &Row<'_>, roster: &Roster) -> Result<(u64, Fact), String> {
        let stored = Stored::read(row)?;
        let fact = stored.fact(roster)?;
        Ok((stored.seq, fact))
    }

    fn columns(row: &Row<'_>) -> rusqlite::Result<Stored> {
        let about = row.get::<_, Option<i64>>(6)?.is_some();
        Ok(Stored {
            seq: number(row, 0)?,
            boot: row.get(1)?,
            epoch: row.get(2)?,
            mono_ms: number(row, 3)?,
            at: row.get(4)?,
            received_at: row.get(5)?,
            machine: if about { Some(machine(row, 6)?) } else { None },
            kind: row.get(7)?,
            author: row.get(8)?,
            body: row.get(9)?,
            hash: row.get(10)?,
        })
    }

    /// What it says; an error is a sentence that names it.
    fn fact(&self, roster: &Roster) -> Result<Fact, String> {
        let body = body::decode(&self.kind, &self.body, roster)
            .map_err(|why| format!("fact {} cannot be read: {why}", self.seq))?;
        Ok(Fact {
            at: Timestamp(self.at),
            received_at: Timestamp(self.received_at),
            mono_ms: self.mono_ms,
            epoch: self.epoch,
            machine: self.machine,
            author: Arc::clone(&self.author),
            body,
        })
    }

    /// The hash it must have when it follows `previous`.
    pub(super) fn link(&self, previous: &Hash, roster: &Roster) -> Hash {
        let header = Header {
            seq: self.seq,
            boot: &self.boot,
            epoch: self.epoch,
            mono_ms: self.mono_ms,
            at: self.at,
            received_at: self.received_at,
            machine: self.machine.map_or("", |machine| roster.name(machine)),
            kind: &self.kind,
            author: &self.author,
        };
        link(previous, &header, &self.body)
    }
}

/// Checks every number and hash up to the newest fact; gives how many facts there are, or a sentence about the first that
/// does not fit. Numbers that recovery noted as lost are passed over.
pub(super) fn verify(conn: &Connection, roster: &Roster) -> rusqlite::Result<Result<u64, String>> {
    let mut statement = conn.prepare(&format!(
        "SELECT {COLUMNS} FROM fact WHERE seq > ?1 ORDER BY seq LIMIT ?2"
    ))?;
    let (mut count, mut seq, mut previous) = (0, 0, Some(GENESIS));
    loop {
        let page = statement
            .query_map(params![int(seq), int(MARK_EVERY)], |row| Ok(Stored::read(row)))?
            .collect::<rusqlite::Result<Vec<_>>>()?;
        if page.is_empty() {
            return Ok(Ok(count));
        }
        for stored in page {
            let stored = match stored {
                Ok(stored) => stored,
                Err(why) => return Ok(Err(why)),
            };
            if stored.seq != seq + 1 {
                match gap(conn, seq + 1, stored.seq - 1)? {
                    Some(hash) => previous = hash,
                    None => return Ok(Err(format!("facts {} to {} are missing", seq + 1, stored.seq - 1))),
                }
            }
            if previous.is_some_and(|previous| stored.link(&previous, roster) != stored.hash) {
                let why = format!(
                    "fact {} does not fit the one before it: one of them was changed",
                    stored.seq
                );
                return Ok(Err(format!("{why} (its hash is {})", hex(&stored.hash))));
            }
            (count, seq, previous) = (count + 1, stored.seq, Some(stored.hash));
        }
    }
}

/// The hash at the end of a noted gap over exactly these numbers; the outer `None`: no such gap was noted.
fn gap(conn: &Connection, first: u64, last: u64) -> rusqlite::Result<Option<Option<Hash>>> {
    let mut next = first;
    loop {
        let found = conn
            .prepare_cached("SELECT last, hash FROM gap WHERE first = ?1")?
            .query_row([int(next)], |row| Ok((number(row, 0)?, row.get::<_, Option<Hash>>(1)?)))
            .optional()?;
        match found {
            Some((until, hash)) if until == last => return Ok(Some(hash)),
            Some((until, _)) if until < last => next = until + 1,
            Some(_) | None => return Ok(None),
        }
    }
}
