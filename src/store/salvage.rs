//! I/O. Saves what is readable of a damaged database into a new one, table by table, and mends what belongs together.

use super::copy::{Copy, Saved};
use super::mend::mend;
use super::rows::{int, number};
use super::schema::{self, Trouble};
use crate::model::time::Timestamp;
use rusqlite::{Connection, params};
use std::collections::BTreeMap;
use std::path::Path;

/// Facts that could not be saved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Lost {
    pub(super) count: u64,
    /// The last instant known before them.
    pub(super) at: Timestamp,
    /// The first instant known after them.
    pub(super) until: Timestamp,
}

/// Copies every readable row of the database at `old`; says what it did, and which facts are missing.
pub(super) fn salvage(old: &Path, new: &mut Connection, findings: &mut Vec<String>) -> Result<Option<Lost>, Trouble> {
    new.pragma_update(None, "foreign_keys", false)?;
    let old = schema::connect_to_damaged(old);
    let tx = new.transaction()?;
    let saved = match &old {
        Ok(old) => copy_all(old, &tx, findings)?,
        Err(error) => {
            findings.push(format!("nothing of the damaged database could be read ({error})"));
            BTreeMap::new()
        }
    };
    if !mend(&tx, &saved)?.is_empty() {
        findings.push(
            "tallies or stops are missing among those saved: they are worked out again from the facts, and are not \
             booked a second time"
                .to_owned(),
        );
    }
    let lost = note_gaps(&tx)?;
    tx.commit()?;
    new.pragma_update(None, "foreign_keys", true)?;
    Ok(lost)
}

/// What was saved of each table.
fn copy_all(
    old: &Connection,
    tx: &Connection,
    findings: &mut Vec<String>,
) -> rusqlite::Result<BTreeMap<String, Saved>> {
    let mut all = BTreeMap::new();
    for table in schema::tables(tx)? {
        if table == "mark" || table == "meta" {
            continue;
        }
        let saved = Copy::new(old, tx, &table)?.run()?;
        if !saved.whole {
            findings.push(format!(
                "{} rows of table {table} were saved, others could not be read",
                saved.rows
            ));
        }
        all.insert(table, saved);
    }
    copy_words(old, tx)?;
    Ok(all)
}

/// Words about the database itself, but for its version, which is the new one's.
fn copy_words(old: &Connection, tx: &Connection) -> rusqlite::Result<()> {
    let words = old
        .prepare("SELECT key, value FROM meta WHERE key <> 'schema'")
        .and_then(|mut statement| {
            let words = statement.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)))?;
            words.collect::<rusqlite::Result<Vec<_>>>()
        });
    let Ok(words) = words else {
        // Where pruning ended is not known: what is older than the rows there are is closed, or it would be booked again.
        tx.execute(
            "INSERT INTO meta (key, value)
             SELECT 'pruned_before', CAST(min(start) AS TEXT) FROM tally HAVING min(start) IS NOT NULL",
            [],
        )?;
        return Ok(());
    };
    for (key, value) in words {
        tx.execute(
            "INSERT OR IGNORE INTO meta (key, value) VALUES (?1, ?2)",
            params![key, value],
        )?;
    }
    Ok(())
}

/// Notes the numbers no fact has.
fn note_gaps(tx: &Connection) -> rusqlite::Result<Option<Lost>> {
    let holes = {
        let mut statement = tx.prepare(
            "SELECT before + 1, seq - 1, before_at, received_at FROM
             (SELECT seq, received_at, lag(seq, 1, 0) OVER (ORDER BY seq) AS before,
                     lag(received_at) OVER (ORDER BY seq) AS before_at FROM fact)
             WHERE seq > before + 1",
        )?;
        let holes = statement.query_map([], |row| {
            let until = Timestamp(row.get(3)?);
            let at = row.get::<_, Option<i64>>(2)?.map_or(until, Timestamp);
            Ok((number(row, 0)?, number(row, 1)?, at, until))
        })?;
        holes.collect::<rusqlite::Result<Vec<_>>>()?
    };
    let mut lost: Option<Lost> = None;
    for (first, last, at, until) in holes {
        let known = tx.query_row(
            "SELECT count(*) FROM gap WHERE first BETWEEN ?1 AND ?2",
            params![int(first), int(last)],
            |row| row.get::<_, i64>(0),
        )?;
        if known > 0 {
            continue;
        }
        tx.execute(
            "INSERT INTO gap (first, last, hash, why) VALUES (?1, ?2, NULL, 'not readable in a damaged database')",
            params![int(first), int(last)],
        )?;
        let known = lost.get_or_insert(Lost { count: 0, at, until });
        known.count += last - first + 1;
        known.at = known.at.min(at);
        known.until = known.until.max(until);
    }
    Ok(lost)
}
