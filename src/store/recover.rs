//! I/O. Opening whatever the folder holds: a damaged database is moved aside and what is readable is saved into a new one.
//!
//! Every step can be cut off by a power failure and is finished, or begun again, at the next start: the new database is
//! built beside the old one, and takes its place only when it is complete.

use super::chain::Hash;
use super::folder::{self, Folder};
use super::head::Head;
use super::header;
use super::journal::{self, Heads};
use super::rows::int;
use super::salvage::{self, Lost};
use super::schema::{self, FILE, Trouble};
use super::transaction::Scene;
use crate::model::fact::{Body, Fact, Loss};
use rusqlite::{Connection, ErrorCode, OptionalExtension, TransactionBehavior, params};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Where damaged databases are kept for a person to look at.
const ASIDE: &str = "quarantine";
/// Two are kept: the first, which lost least, and the newest. That one is replaced by a newer one at most so often, so that
/// damage that comes again and again neither fills the disk nor keeps it busy.
const ASIDE_EVERY: Duration = Duration::from_secs(3_600);
/// The new database while rows are saved into it.
const PARTIAL: &str = "gemba.db.partial";
/// A copy of the damaged one with its header put right.
const MENDED: &str = "gemba.db.mended";
/// The new database when it is complete.
const SAVED: &str = "gemba.db.saved";

/// Opens the database; one whose content is at fault is replaced by what could be read of it.
pub(super) fn database(
    folder: &Folder,
    max_disk_mb: u64,
    findings: &mut Vec<String>,
) -> Result<(Connection, Option<Lost>), Trouble> {
    finish(&folder.path, findings)?;
    match sound(&folder.path.join(FILE), max_disk_mb) {
        Ok(conn) => Ok((conn, None)),
        Err(trouble) if trouble.is_damage() => replace(folder, max_disk_mb, &trouble.to_string(), findings),
        Err(trouble) => Err(trouble),
    }
}

/// Replaces the database by what can be read of it.
pub(super) fn replace(
    folder: &Folder,
    max_disk_mb: u64,
    why: &str,
    findings: &mut Vec<String>,
) -> Result<(Connection, Option<Lost>), Trouble> {
    let path = &folder.path;
    findings.push(format!(
        "the database is damaged ({why}); it is moved aside and what is readable is saved"
    ));
    remove_all(&path.join(PARTIAL))?;
    let mut new = schema::connect(&path.join(PARTIAL), max_disk_mb)?;
    let source = readable(path)?;
    let lost = salvage::salvage(&source, &mut new, findings)?;
    remove_all(&path.join(MENDED))?;
    new.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
    new.close().map_err(|(_, error)| error)?;
    fs::rename(path.join(PARTIAL), path.join(SAVED)).map_err(disk)?;
    folder::sync(path).map_err(disk)?;
    finish(path, findings)?;
    let conn = sound(&path.join(FILE), max_disk_mb)?;
    Ok((conn, lost))
}

/// Compares the database with the head file, and notes as lost what the file knows and the database does not: numbers up
/// to the head are never used again.
pub(super) fn reconcile(
    conn: &mut Connection,
    head: Option<Head>,
    lost: Option<Lost>,
    scene: &Scene,
    findings: &mut Vec<String>,
) -> Result<Heads, Trouble> {
    let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut heads = Heads::load(&tx)?;
    let mut losses: Vec<Lost> = lost.into_iter().collect();
    if let Some(head) = head {
        if head.seq > heads.seq {
            findings.push(format!(
                "the journal went back from fact {} to {}: an older copy was put back or the disk lost writes",
                head.seq, heads.seq
            ));
            losses.push(went_back(&tx, &mut heads, &head)?);
        } else if hash_of(&tx, head.seq)?.is_some_and(|hash| hash != head.hash) {
            findings.push(format!(
                "fact {} is not the one that was written: the journal was changed or another one was put in its place",
                head.seq
            ));
        }
        if head.booking > heads.booking {
            tx.execute(
                "INSERT OR REPLACE INTO meta (key, value) VALUES ('last_booking', ?1)",
                [head.booking.to_string()],
            )?;
            findings.push(format!(
                "the ledger went back from booking {} to {}; those between are never booked under their numbers again",
                head.booking, heads.booking
            ));
            heads.booking = head.booking;
        }
    }
    for lost in &losses {
        let written = journal::append(&tx, &mut heads, &lost.fact(), &scene.boot, &scene.roster)?;
        written.map_err(Trouble::Malformed)?;
    }
    tx.commit()?;
    Ok(heads)
}

impl Lost {
    /// The loss as a fact of the journal.
    fn fact(&self) -> Fact {
        Fact {
            at: self.at,
            received_at: self.until,
            mono_ms: 0,
            epoch: 0,
            machine: None,
            author: "agent".into(),
            body: Body::Loss(Loss {
                count: self.count,
                until: self.until,
            }),
        }
    }
}

fn went_back(conn: &Connection, heads: &mut Heads, head: &Head) -> rusqlite::Result<Lost> {
    conn.execute(
        "INSERT INTO gap (first, last, hash, why) VALUES (?1, ?2, ?3, 'the journal went back')",
        params![int(heads.seq + 1), int(head.seq), head.hash],
    )?;
    let lost = Lost {
        count: head.seq - heads.seq,
        at: heads.newest.map_or(head.newest, |newest| newest.min(head.newest)),
        until: heads.newest.map_or(head.newest, |newest| newest.max(head.newest)),
    };
    (heads.seq, heads.hash) = (head.seq, head.hash);
    Ok(lost)
}

fn hash_of(conn: &Connection, seq: u64) -> rusqlite::Result<Option<Hash>> {
    conn.query_row("SELECT hash FROM fact WHERE seq = ?1", [int(seq)], |row| row.get(0))
        .optional()
}

/// The file to read rows from: the damaged database, or where its header is at fault a copy with that put right.
fn readable(folder: &Path) -> Result<PathBuf, Trouble> {
    let (damaged, mended) = (folder.join(FILE), folder.join(MENDED));
    remove_all(&mended)?;
    if !header::is_damaged(&damaged) {
        return Ok(damaged);
    }
    header::mend(&damaged, &mended).map_err(disk)?;
    let [_, log, _] = files(FILE);
    if folder.join(&log).exists() {
        let [_, copy, _] = files(MENDED);
        fs::copy(folder.join(log), folder.join(copy)).map_err(disk)?;
    }
    Ok(mended)
}

/// Opens the file and touches every table, so that one that is missing or unreadable at its root shows now.
fn sound(path: &Path, max_disk_mb: u64) -> Result<Connection, Trouble> {
    let conn = schema::connect(path, max_disk_mb).map_err(|trouble| blame(trouble, path))?;
    for table in schema::tables(&conn)? {
        let mut statement = conn.prepare(&format!("SELECT * FROM {table} LIMIT 1"))?;
        statement.query([])?.next()?;
    }
    Ok(conn)
}

/// SQLite takes a file for read-only whose header says so; when the file can be written, the header is at fault.
fn blame(trouble: Trouble, path: &Path) -> Trouble {
    let read_only = matches!(&trouble, Trouble::Sql(error) if error.sqlite_error_code() == Some(ErrorCode::ReadOnly));
    if read_only && fs::OpenOptions::new().write(true).open(path).is_ok() {
        return Trouble::Malformed("its header says that it cannot be written".to_owned());
    }
    trouble
}

/// Puts a complete new database in the place of the old one.
fn finish(folder: &Path, findings: &mut Vec<String>) -> Result<(), Trouble> {
    let saved = folder.join(SAVED);
    if !saved.exists() {
        return Ok(());
    }
    let aside = aside(folder, &saved).map_err(disk)?;
    // The old write-ahead log must not be taken for the new database's.
    match &aside {
        Some(aside) => {
            for name in files(FILE) {
                let from = folder.join(&name);
                if from.exists() {
                    fs::rename(&from, aside.join(&name)).map_err(disk)?;
                }
            }
        }
        None => remove_all(&folder.join(FILE))?,
    }
    folder::sync(folder).map_err(disk)?;
    fs::rename(&saved, folder.join(FILE)).map_err(disk)?;
    folder::sync(folder).map_err(disk)?;
    findings.push(aside.map_or_else(
        || format!("the damaged database is not kept: {ASIDE}/ has one that is less than an hour old"),
        |aside| format!("the damaged database is kept in {}", aside.display()),
    ));
    Ok(())
}

/// The folder for a damaged database; `None` when the newest one that is kept is too young to be replaced. `saved` was
/// written just now.
fn aside(folder: &Path, saved: &Path) -> io::Result<Option<PathBuf>> {
    let all = folder.join(ASIDE);
    fs::create_dir_all(&all)?;
    let mut numbers: Vec<u64> = Vec::new();
    for entry in fs::read_dir(&all)? {
        numbers.extend(entry?.file_name().to_str().and_then(|name| name.parse::<u64>().ok()));
    }
    numbers.sort_unstable();
    let place = |number: u64| all.join(number.to_string());
    let newest = numbers.last().copied().unwrap_or(0);
    // Cut off between its files: the others belong to the one that was moved last.
    if newest > 0 && !folder.join(FILE).exists() {
        return Ok(Some(place(newest)));
    }
    if numbers.len() > 1 {
        let (now, then) = (
            fs::metadata(saved)?.modified()?,
            fs::metadata(place(newest))?.modified()?,
        );
        // A clock that was set back says nothing about its age: it is replaced then.
        if now.duration_since(then).is_ok_and(|age| age < ASIDE_EVERY) {
            return Ok(None);
        }
    }
    for number in numbers.iter().skip(1) {
        fs::remove_dir_all(place(*number))?;
    }
    let next = place(newest + 1);
    fs::create_dir(&next)?;
    Ok(Some(next))
}

fn remove_all(path: &Path) -> Result<(), Trouble> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    for name in files(&name) {
        match fs::remove_file(path.with_file_name(name)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(disk(error)),
            Ok(()) | Err(_) => {}
        }
    }
    Ok(())
}

/// A database and the two files SQLite keeps beside it.
fn files(name: &str) -> [String; 3] {
    [name.to_owned(), format!("{name}-wal"), format!("{name}-shm")]
}

fn disk(error: io::Error) -> Trouble {
    Trouble::Disk(error)
}
