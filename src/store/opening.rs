//! I/O. What an agent needs to know when it starts: machines, where everything ended, and then settings and entries one by one.

use super::journal::{self, COLUMNS, Heads, Stored};
use super::rows::{machine, number};
use super::schema::Trouble;
use super::shifts;
use super::transaction::pruned_before;
use super::{Opening, Standing};
use crate::model::commit::{Alive, Checkpoint};
use crate::model::fact::{Fact, Role};
use crate::model::ids::{MachineId, Roster};
use crate::model::tally::{ENGINE, OLDEST_ENGINE};
use crate::model::time::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, params};

/// The machines in the order of their numbers. A hole, which only damage can leave, gets a name that says so.
pub(super) fn roster(conn: &Connection) -> rusqlite::Result<Roster> {
    let mut roster = Roster::default();
    let mut statement = conn.prepare_cached("SELECT id, name FROM machine ORDER BY id")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (id, name) = (number(row, 0)?, row.get::<_, String>(1)?);
        while (roster.len() as u64) < id {
            roster.add(&format!("lost-{}", roster.len()));
        }
        roster.add(&name);
    }
    Ok(roster)
}

/// The machines, with those in `names` that are new added to the database.
pub(super) fn enrol(conn: &mut Connection, names: &[String]) -> Result<Roster, Trouble> {
    let tx = conn.transaction()?;
    let mut roster = roster(&tx)?;
    for name in names {
        if roster.find(name).is_none() {
            let id = roster.add(name);
            tx.execute("INSERT INTO machine (id, name) VALUES (?1, ?2)", params![id.0, name])?;
        }
    }
    tx.commit()?;
    Ok(roster)
}

/// Facts of one kind: the first condition is the very one of the index.
const OF_KIND: &str = "kind IN ('setting', 'entry', 'started', 'clock', 'loss') AND kind = ?1";

/// Everything an agent starts from, but for what [`said`] gives.
pub(super) fn load(
    conn: &Connection,
    roster: &Roster,
    heads: &Heads,
    findings: Vec<String>,
) -> Result<Opening, Trouble> {
    prove_said(conn)?;
    let (shifts, engines) = shifts::newest(conn, roster.iter().map(|(id, _)| id))?;
    Ok(Opening {
        roster: roster.clone(),
        alive: alive(conn)?,
        checkpoints: newest_checkpoints(conn)?,
        sealed_until: per_machine(conn, "SELECT machine, until FROM sealed ORDER BY machine")?,
        shifts,
        engines,
        restating: restating(conn)?,
        last_seq: heads.seq,
        newest: journal::newest_arrival(conn)?,
        findings,
    })
}

/// Reads the facts of settings and entries through, so that damage in one of them is met while it can still be mended.
fn prove_said(conn: &Connection) -> rusqlite::Result<()> {
    for kind in ["setting", "entry"] {
        let sql = format!("SELECT sum(length(author) + length(body)) FROM fact WHERE {OF_KIND}");
        conn.query_row(&sql, [kind], |row| row.get::<_, Option<i64>>(0))?;
    }
    Ok(())
}

/// Sentences about sinks the store knows and the configuration does not: bookings no longer wait for them.
pub(super) fn forgotten_sinks(conn: &Connection, configured: &[String]) -> rusqlite::Result<Vec<String>> {
    let mut statement = conn.prepare("SELECT name, done FROM sink ORDER BY name")?;
    let known = statement.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?)))?;
    let known: Vec<_> = known.collect::<rusqlite::Result<_>>()?;
    let forgotten = known.into_iter().filter(|(name, _)| !configured.contains(name));
    let said = forgotten.map(|(name, done)| {
        format!(
            "sink {name} is no longer configured: it has the ledger up to booking {done}, and later ones are not kept for it. \
             If it was renamed, the new name begins as a new sink"
        )
    });
    Ok(said.collect())
}

/// A checkpoint from the columns `machine, at, engine, keep, bytes`.
pub(super) fn checkpoint(row: &Row<'_>) -> rusqlite::Result<Checkpoint> {
    Ok(Checkpoint {
        machine: machine(row, 0)?,
        at: Timestamp(row.get(1)?),
        engine: row.get(2)?,
        keep: row.get(3)?,
        bytes: row.get(4)?,
    })
}

/// Up to where everything is written, for a replay.
pub(super) fn standing(conn: &Connection) -> rusqlite::Result<Standing> {
    Ok(Standing {
        alive: alive(conn)?.map(|alive| alive.at),
        sealed_until: per_machine(conn, "SELECT machine, until FROM sealed ORDER BY machine")?,
        restating: restating(conn)?,
        kept_since: pruned_before(conn)?,
    })
}

/// Machines whose past is being worked out again, and from when on.
pub(super) fn restating(conn: &Connection) -> rusqlite::Result<Vec<(MachineId, Timestamp)>> {
    per_machine(conn, "SELECT machine, since FROM restating ORDER BY machine")
}

/// Gives all facts of settings and entries to `each`, in the order of their numbers: there are more entries than fit into memory.
/// Sentences about those that cannot be read are added to `unreadable`.
pub(super) fn said(
    conn: &Connection,
    roster: &Roster,
    unreadable: &mut Vec<String>,
    mut each: impl FnMut(u64, Fact),
) -> rusqlite::Result<()> {
    let mut settings = Vec::new();
    of_kind(conn, "setting", roster, unreadable, |seq, fact| {
        settings.push((seq, fact))
    })?;
    let mut settings = settings.into_iter().peekable();
    of_kind(conn, "entry", roster, unreadable, |seq, fact| {
        while let Some((before, setting)) = settings.next_if(|(before, _)| *before < seq) {
            each(before, setting);
        }
        each(seq, fact);
    })?;
    settings.for_each(|(seq, setting)| each(seq, setting));
    Ok(())
}

fn of_kind(
    conn: &Connection,
    kind: &str,
    roster: &Roster,
    unreadable: &mut Vec<String>,
    mut each: impl FnMut(u64, Fact),
) -> rusqlite::Result<()> {
    let mut statement = conn.prepare(&format!("SELECT {COLUMNS} FROM fact WHERE {OF_KIND} ORDER BY seq"))?;
    for fact in statement.query_map([kind], |row| Ok(Stored::read_fact(row, roster)))? {
        match fact? {
            Ok((seq, fact)) => each(seq, fact),
            Err(why) => unreadable.push(why),
        }
    }
    Ok(())
}

fn alive(conn: &Connection) -> rusqlite::Result<Option<Alive>> {
    let row = conn
        .query_row("SELECT at, clean, silent FROM alive", [], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get::<_, String>(2)?))
        })
        .optional()?;
    Ok(row.map(|(at, clean, silent)| Alive {
        at: Timestamp(at),
        clean,
        // What cannot be read is left out: those signals are then taken for confirmed up to `at`.
        silent: super::body::read::<Vec<(u32, String, i64)>>(&silent)
            .unwrap_or_default()
            .into_iter()
            .filter_map(|(machine, role, at)| Some((MachineId(machine), Role::parse(&role)?, Timestamp(at))))
            .collect(),
    }))
}

fn newest_checkpoints(conn: &Connection) -> rusqlite::Result<Vec<Checkpoint>> {
    let mut statement = conn.prepare(
        "SELECT c.machine, c.at, c.engine, c.keep, c.bytes
         FROM (SELECT machine, max(at) AS at FROM checkpoint WHERE engine BETWEEN ?1 AND ?2 GROUP BY machine) AS newest
         JOIN checkpoint AS c ON c.at = newest.at AND c.machine = newest.machine ORDER BY c.machine",
    )?;
    let found = statement.query_map([OLDEST_ENGINE, ENGINE], checkpoint)?;
    found.collect()
}

fn per_machine(conn: &Connection, sql: &str) -> rusqlite::Result<Vec<(MachineId, Timestamp)>> {
    let mut statement = conn.prepare(sql)?;
    let rows = statement.query_map([], |row| Ok((machine(row, 0)?, Timestamp(row.get(1)?))))?;
    rows.collect()
}
