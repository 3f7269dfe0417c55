//! I/O. All of one commit inside one transaction.

use super::Encode;
use super::body::machine_name;
use super::journal::{self, Heads};
use super::ledger::Ledger;
use super::lost;
use super::notes::Notes;
use super::opening;
use super::shifts::Newest;
use crate::model::commit::{Alive, Checkpoint, Commit, Committed};
use crate::model::ids::{MachineId, Roster};
use crate::model::time::{Period, Timestamp};
use rusqlite::{Connection, OptionalExtension, params};

/// What is the same for every commit of a run.
pub(super) struct Scene {
    pub(super) boot: String,
    pub(super) roster: Roster,
    pub(super) encode: Encode,
    /// The database was replaced during this run and the core does not know it yet: the answer to the next commit tells it
    /// what was lost, and what that commit says of the past leaves it out.
    pub(super) unheard: bool,
}

/// Why a commit was not applied.
pub(super) enum Failure {
    /// The database failed.
    Sql(rusqlite::Error),
    /// The commit itself cannot be written.
    Content(String),
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        Failure::Sql(error)
    }
}

/// Writes everything; the caller commits. Gives the answer, and where journal and ledger end if the commit succeeds.
pub(super) fn apply(
    conn: &Connection,
    heads: &Heads,
    scene: &Scene,
    commit: &Commit,
    notes: &Notes,
) -> Result<(Committed, Heads), Failure> {
    check(commit, &scene.roster)?;
    let mut heads = heads.clone();
    if let Some(first_seq) = written_before(conn, scene, commit)? {
        let shifts = Ledger::new(conn, &mut heads, &scene.roster, scene.encode)?.finish(commit, &[])?;
        return Ok((answer(conn, scene, commit, first_seq, (&heads, shifts))?, heads));
    }
    let whole = whole_again(scene, commit);
    let first_seq = heads.seq + 1;
    for fact in &commit.facts {
        journal::append(conn, &mut heads, fact, &scene.boot, &scene.roster)?.map_err(Failure::Content)?;
    }
    let shifts = {
        let mut ledger = Ledger::new(conn, &mut heads, &scene.roster, scene.encode)?;
        for sealed in &commit.sealed {
            ledger.seal(sealed)?;
            if let Some(range) = sealed.range {
                // Snapshots of the former past agree with nothing any more; this commit brings the new ones.
                drop_checkpoints(conn, sealed.machine, range)?;
            }
        }
        ledger.values(commit)?;
        ledger.finish(commit, &whole)?
    };
    for checkpoint in &commit.checkpoints {
        write_checkpoint(conn, checkpoint)?;
    }
    if let Some(alive) = &commit.alive {
        write_alive(conn, alive)?;
    }
    for (machine, since) in &commit.restating {
        write_restating(conn, *machine, *since)?;
    }
    if scene.unheard && !commit.restating.is_empty() {
        for (machine, stretch) in lost::load(conn)? {
            lost::restate(conn, machine, stretch.start)?;
        }
    }
    notes.write(conn)?;
    note_written(conn, scene, commit, first_seq)?;
    let committed = answer(conn, scene, commit, first_seq, (&heads, shifts))?;
    Ok((committed, heads))
}

/// Minute tallies and spans that start before it were pruned.
pub(super) fn pruned_before(conn: &Connection) -> rusqlite::Result<Timestamp> {
    let text: Option<String> = conn
        .prepare_cached("SELECT value FROM meta WHERE key = 'pruned_before'")?
        .query_row([], |row| row.get(0))
        .optional()?;
    Ok(text
        .and_then(|text| text.parse().ok())
        .map_or(Timestamp::MIN, Timestamp))
}

fn answer(
    conn: &Connection,
    scene: &Scene,
    commit: &Commit,
    first_seq: u64,
    (heads, (shifts, engines)): (&Heads, Newest),
) -> rusqlite::Result<Committed> {
    let again = if scene.unheard {
        opening::restating(conn)?
    } else {
        Vec::new()
    };
    Ok(Committed {
        number: commit.number,
        first_seq,
        last_seq: heads.seq,
        last_booking: heads.booking,
        shifts,
        engines,
        again,
    })
}

/// Machines whose past is worked out to its end with this commit.
fn whole_again(scene: &Scene, commit: &Commit) -> Vec<MachineId> {
    let over = commit.restating.iter().filter(|(_, since)| since.is_none());
    over.map(|(machine, _)| *machine).filter(|_| !scene.unheard).collect()
}

/// The number of the first fact of this very commit when it is on disk already: its answer may have been lost in a disk
/// failure, and the core then hands it over again.
fn written_before(conn: &Connection, scene: &Scene, commit: &Commit) -> rusqlite::Result<Option<u64>> {
    let text: Option<String> = conn
        .prepare_cached("SELECT value FROM meta WHERE key = 'last_commit'")?
        .query_row([], |row| row.get(0))
        .optional()?;
    let mine = format!("{}|{}|", scene.boot, commit.number);
    let first = text
        .as_deref()
        .and_then(|text| text.strip_prefix(&mine))
        .and_then(|first| first.parse().ok());
    Ok(first.filter(|_| commit.number > 0))
}

fn note_written(conn: &Connection, scene: &Scene, commit: &Commit, first_seq: u64) -> rusqlite::Result<()> {
    if commit.number > 0 {
        conn.prepare_cached("INSERT OR REPLACE INTO meta (key, value) VALUES ('last_commit', ?1)")?
            .execute([format!("{}|{}|{first_seq}", scene.boot, commit.number)])?;
    }
    Ok(())
}

/// Every machine must be one the store gave a number to: else the row would belong to nobody.
fn check(commit: &Commit, roster: &Roster) -> Result<(), Failure> {
    let known = |machine: MachineId| machine_name(machine, roster).map(|_| ());
    for sealed in &commit.sealed {
        known(sealed.machine).map_err(Failure::Content)?;
        let rows = sealed.tallies.iter().map(|row| row.machine);
        let rows = rows.chain(sealed.spans.iter().map(|row| row.machine));
        if rows
            .chain(sealed.flags.iter().map(|flag| flag.machine))
            .any(|machine| machine != sealed.machine)
        {
            return Err(Failure::Content(
                "a final row is of another machine than its group".to_owned(),
            ));
        }
    }
    Ok(())
}

fn drop_checkpoints(conn: &Connection, machine: MachineId, range: Period) -> rusqlite::Result<()> {
    conn.prepare_cached("DELETE FROM checkpoint WHERE at > ?1 AND at <= ?2 AND machine = ?3")?
        .execute(params![range.start.0, range.end.0, machine.0])?;
    Ok(())
}

fn write_checkpoint(conn: &Connection, checkpoint: &Checkpoint) -> rusqlite::Result<()> {
    conn.prepare_cached(
        "INSERT OR REPLACE INTO checkpoint (at, machine, engine, keep, bytes) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?
    .execute(params![
        checkpoint.at.0,
        checkpoint.machine.0,
        checkpoint.engine,
        checkpoint.keep,
        checkpoint.bytes
    ])?;
    Ok(())
}

fn write_alive(conn: &Connection, alive: &Alive) -> Result<(), Failure> {
    let silent: Vec<_> = alive
        .silent
        .iter()
        .map(|(machine, role, at)| (machine.0, role.name(), at.0))
        .collect();
    let silent = super::body::text(&silent).map_err(Failure::Content)?;
    conn.prepare_cached("INSERT OR REPLACE INTO alive (one, at, clean, silent) VALUES (1, ?1, ?2, ?3)")?
        .execute(params![alive.at.0, alive.clean, silent])?;
    Ok(())
}

fn write_restating(conn: &Connection, machine: MachineId, since: Option<Timestamp>) -> rusqlite::Result<()> {
    match since {
        Some(since) => conn
            .prepare_cached("INSERT OR REPLACE INTO restating (machine, since) VALUES (?1, ?2)")?
            .execute(params![machine.0, since.0])?,
        None => conn
            .prepare_cached("DELETE FROM restating WHERE machine = ?1")?
            .execute([machine.0])?,
    };
    Ok(())
}
