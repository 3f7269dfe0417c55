//! I/O. Stretches whose tallies or spans were lost by damage. They are worked out again from facts; the ledger and the
//! shifts have them already.
//!
//! A row was booked in the very transaction that stored it. So one that damage took and that the facts give again is stored
//! and not booked: the same facts give the same numbers. Each such machine has a row `restating`, from where the stretch
//! begins, and the stretch itself in `meta` until its past is worked out.

use super::copy::join;
use super::rows::machine;
use crate::model::booking;
use crate::model::ids::MachineId;
use crate::model::time::{Period, Timestamp};
use rusqlite::{Connection, params};
use std::collections::BTreeMap;

/// What the keys in `meta` begin with; the machine's number follows. The value is `from until`.
const KEY: &str = "lost_";

/// By machine: the stretch in which a row that is missing was booked all the same.
pub(super) type Stretches = BTreeMap<MachineId, Period>;

/// The stretches of all machines.
pub(super) fn load(conn: &Connection) -> rusqlite::Result<Stretches> {
    let mut statement = conn.prepare_cached("SELECT key, value FROM meta WHERE key >= 'lost_' AND key < 'lost`'")?;
    let words = statement.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)))?;
    let mut stretches = Stretches::new();
    for word in words {
        let (key, value) = word?;
        let id = key.strip_prefix(KEY).and_then(|id| id.parse().ok());
        stretches.extend(id.map(MachineId).zip(parse(&value)));
    }
    Ok(stretches)
}

/// Notes that rows of a machine were lost somewhere in `stretch`, and that its past must be worked out again.
pub(super) fn note(conn: &Connection, machine: MachineId, stretch: Period) -> rusqlite::Result<()> {
    let known = load(conn)?.get(&machine).copied();
    let all = known.map_or(stretch, |known| join(known, stretch));
    conn.execute(
        "INSERT OR REPLACE INTO meta (key, value) VALUES (?1, ?2)",
        params![format!("{KEY}{}", machine.0), format!("{} {}", all.start.0, all.end.0)],
    )?;
    restate(conn, machine, all.start)
}

/// The machine's past is worked out again at least from `since` on.
pub(super) fn restate(conn: &Connection, machine: MachineId, since: Timestamp) -> rusqlite::Result<()> {
    conn.prepare_cached(
        "INSERT INTO restating (machine, since) VALUES (?1, ?2)
         ON CONFLICT (machine) DO UPDATE SET since = min(since, ?2)",
    )?
    .execute(params![machine.0, since.0])?;
    Ok(())
}

/// The past of a machine is whole again.
pub(super) fn forget(conn: &Connection, machine: MachineId) -> rusqlite::Result<()> {
    conn.prepare_cached("DELETE FROM meta WHERE key = ?1")?
        .execute([format!("{KEY}{}", machine.0)])?;
    Ok(())
}

/// Notes for each machine what it may have lost: what lies in `holes`, and what is missing up to the end of what was sealed.
/// Where that end could not be read, the ledger tells it, or else it is taken to be `until`. Gives the stretch that all of it
/// lies in.
pub(super) fn note_all(tx: &Connection, holes: Period, kept: Timestamp, until: Timestamp) -> rusqlite::Result<Period> {
    let mut statement = tx.prepare(
        "SELECT m.id, s.until, t.until FROM machine AS m LEFT JOIN sealed AS s ON s.machine = m.id
         LEFT JOIN (SELECT machine, max(\"end\") AS until FROM tally GROUP BY machine) AS t ON t.machine = m.id",
    )?;
    let ends = statement.query_map([], |row| {
        let sealed = row.get::<_, Option<i64>>(1)?.map(Timestamp);
        let sealed = match sealed {
            Some(sealed) => Some(sealed),
            None => booked_until(tx, row.get(0)?)?,
        };
        let there = row.get::<_, Option<i64>>(2)?.map(Timestamp);
        Ok((machine(row, 0)?, sealed, there))
    })?;
    let mut all = Period::new(Timestamp::MAX, Timestamp::MAX);
    for end in ends.collect::<rusqlite::Result<Vec<_>>>()? {
        let (machine, sealed, there) = end;
        let tail = sealed.map_or(holes, |sealed| Period::new(there.unwrap_or(kept), sealed));
        // Nothing later was sealed, so nothing later was booked.
        let booked = Period::new(kept, sealed.unwrap_or(until).max(there.unwrap_or(kept)));
        let lost = join(holes, tail).intersect(booked);
        if !lost.is_empty() {
            note(tx, machine, lost)?;
            all = join(all, lost);
        }
    }
    Ok(all)
}

/// Just after the start of the newest tally a machine has in the ledger.
fn booked_until(conn: &Connection, machine: u32) -> rusqlite::Result<Option<Timestamp>> {
    let newest: Option<i64> = conn
        .prepare_cached("SELECT max(at) FROM booking WHERE machine = ?1 AND line GLOB ?2")?
        .query_row(params![machine, format!("{}[^a-z_]*", booking::TALLY)], |row| {
            row.get(0)
        })?;
    Ok(newest.map(|at| Timestamp(at).plus(1)))
}

fn parse(value: &str) -> Option<Period> {
    let (from, until) = value.split_once(' ')?;
    Some(Period::new(
        Timestamp(from.parse().ok()?),
        Timestamp(until.parse().ok()?),
    ))
}
