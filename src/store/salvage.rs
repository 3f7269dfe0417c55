//! I/O. Saves what is readable of a damaged database into a new one, table by table, and mends what belongs together.

use super::journal;
use super::rows::{KEY, SUMS, int, number};
use super::schema::{self, Trouble};
use crate::model::state::Class;
use crate::model::tally::{Column, FlagKind};
use crate::model::time::Timestamp;
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, Row, params, params_from_iter};
use std::path::Path;

/// A machine number above this is damage, not a machine: names for lost machines are made up to here.
const MOST_MACHINES: i64 = 10_000;

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
    match &old {
        Ok(old) => copy_all(old, &tx, findings)?,
        Err(error) => findings.push(format!("nothing of the damaged database could be read ({error})")),
    }
    mend(&tx)?;
    let lost = note_gaps(&tx)?;
    tx.commit()?;
    new.pragma_update(None, "foreign_keys", true)?;
    Ok(lost)
}

fn copy_all(old: &Connection, tx: &Connection, findings: &mut Vec<String>) -> rusqlite::Result<()> {
    for table in schema::tables(tx)? {
        if table == "mark" || table == "meta" {
            continue;
        }
        let copy = Copy::new(old, tx, &table)?;
        let saved = match copy.number {
            Some(_) => copy.by_number()?,
            None => copy.both_ends()?,
        };
        if !saved.whole {
            findings.push(format!(
                "{} rows of table {table} were saved, others could not be read",
                saved.rows
            ));
        }
    }
    // Words about the database itself, but for its version, which is the new one's.
    let words = old
        .prepare("SELECT key, value FROM meta WHERE key <> 'schema'")
        .and_then(|mut statement| {
            let words = statement.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)))?;
            words.collect::<rusqlite::Result<Vec<_>>>()
        });
    for (key, value) in words.unwrap_or_default() {
        tx.execute(
            "INSERT OR IGNORE INTO meta (key, value) VALUES (?1, ?2)",
            params![key, value],
        )?;
    }
    Ok(())
}

struct Copy<'a> {
    old: &'a Connection,
    new: &'a Connection,
    table: &'a str,
    columns: Vec<String>,
    key: String,
    /// The column that numbers the rows, where one does.
    number: Option<usize>,
    insert: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Saved {
    rows: u64,
    whole: bool,
}

impl<'a> Copy<'a> {
    fn new(old: &'a Connection, new: &'a Connection, table: &'a str) -> rusqlite::Result<Copy<'a>> {
        let mut statement = new.prepare("SELECT name, pk FROM pragma_table_info(?1) ORDER BY cid")?;
        let info = statement.query_map([table], |row| Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?)))?;
        let info: Vec<_> = info.collect::<rusqlite::Result<_>>()?;
        let mut keys: Vec<_> = info.iter().filter(|(_, place)| *place > 0).collect();
        keys.sort_by_key(|(_, place)| *place);
        let quoted = |name: &String| format!("\"{name}\"");
        let key: Vec<_> = keys.iter().map(|(name, _)| quoted(name)).collect();
        let columns: Vec<_> = info.iter().map(|(name, _)| quoted(name)).collect();
        let insert = format!(
            "INSERT OR IGNORE INTO {table} ({}) VALUES ({})",
            columns.join(", "),
            super::rows::places(columns.len())
        );
        Ok(Copy {
            old,
            new,
            table,
            number: info.iter().position(|(name, _)| name == "seq"),
            key: key.join(", "),
            columns,
            insert,
        })
    }

    /// Forward until a row cannot be read, then backward from the end until one cannot, or is saved already.
    fn both_ends(&self) -> rusqlite::Result<Saved> {
        let mut saved = Saved { rows: 0, whole: true };
        let columns = self.columns.join(", ");
        for direction in ["ASC", "DESC"] {
            let order = self.key.replace(", ", &format!(" {direction}, "));
            let sql = format!("SELECT {columns} FROM {} ORDER BY {order} {direction}", self.table);
            let Ok(mut statement) = self.old.prepare(&sql) else {
                saved.whole = false;
                return Ok(saved);
            };
            let mut rows = statement.query([])?;
            loop {
                match rows.next() {
                    Ok(None) => return Ok(saved),
                    Ok(Some(row)) if self.save(row, &mut saved)? => {}
                    Ok(Some(_)) => break,
                    Err(_) => {
                        saved.whole = false;
                        break;
                    }
                }
            }
        }
        Ok(saved)
    }

    /// Forward; over what cannot be read in growing steps, and from the far side of each hole back into it.
    fn by_number(&self) -> rusqlite::Result<Saved> {
        let mut saved = Saved { rows: 0, whole: true };
        let (mut next, mut step, mut last) = (i64::MIN, 1i64, 0);
        loop {
            let hole = step > 1;
            let Some((reached, ended)) = self.forward(next, &mut saved)? else {
                if !hole {
                    last = self.last().unwrap_or(i64::MAX);
                }
                saved.whole = false;
                next = next.max(0).saturating_add(step);
                step = step.saturating_mul(2);
                if next >= last {
                    break;
                }
                continue;
            };
            if hole {
                self.backward(next, &mut saved)?;
            }
            if ended {
                return Ok(saved);
            }
            (next, step) = (reached.saturating_add(1), 1);
            saved.whole = false;
        }
        self.backward(i64::MAX, &mut saved)?;
        Ok(saved)
    }

    /// Saves from number `from` on. `None`: not even one row could be read; else the last number, and whether it was the
    /// end of the table.
    fn forward(&self, from: i64, saved: &mut Saved) -> rusqlite::Result<Option<(i64, bool)>> {
        let sql = format!(
            "SELECT {} FROM {} WHERE seq >= ?1 ORDER BY seq",
            self.columns.join(", "),
            self.table
        );
        let Ok(mut statement) = self.old.prepare(&sql) else {
            return Ok(None);
        };
        let mut rows = statement.query([from])?;
        let mut reached = None;
        loop {
            match rows.next() {
                Ok(Some(row)) => {
                    reached = Some(row.get(self.number.unwrap_or(0)).unwrap_or(from));
                    self.save(row, saved)?;
                }
                Ok(None) => return Ok(Some((reached.unwrap_or(from), true))),
                Err(_) => return Ok(reached.map(|reached| (reached, false))),
            }
        }
    }

    /// Saves from below number `from` back to the first row that is saved already or cannot be read.
    fn backward(&self, from: i64, saved: &mut Saved) -> rusqlite::Result<()> {
        let columns = self.columns.join(", ");
        let sql = format!("SELECT {columns} FROM {} WHERE seq < ?1 ORDER BY seq DESC", self.table);
        let Ok(mut statement) = self.old.prepare(&sql) else {
            return Ok(());
        };
        let mut rows = statement.query([from])?;
        while let Ok(Some(row)) = rows.next() {
            if !self.save(row, saved)? {
                break;
            }
        }
        Ok(())
    }

    fn last(&self) -> Option<i64> {
        let sql = format!("SELECT seq FROM {} ORDER BY seq DESC LIMIT 1", self.table);
        self.old.query_row(&sql, [], |row| row.get(0)).optional().ok().flatten()
    }

    /// False when the new database has the row already. A row whose content no longer fits its columns is left out.
    fn save(&self, row: &Row<'_>, saved: &mut Saved) -> rusqlite::Result<bool> {
        let mut values = Vec::with_capacity(self.columns.len());
        for column in 0..self.columns.len() {
            match row.get::<_, Value>(column) {
                Ok(value) => values.push(value),
                Err(_) => {
                    saved.whole = false;
                    return Ok(true);
                }
            }
        }
        match self.new.prepare_cached(&self.insert)?.execute(params_from_iter(values)) {
            Ok(0) => Ok(false),
            Ok(_) => {
                saved.rows += 1;
                Ok(true)
            }
            Err(error) if schema::is_full(&error) => Err(error),
            Err(_) => {
                saved.whole = false;
                Ok(true)
            }
        }
    }
}

/// Makes again what follows from other rows (machines' names, marks, the ends of what is sealed, shifts), and leaves out
/// rows that say what no row can say: they would be met again at the next commit.
fn mend(tx: &Connection) -> rusqlite::Result<()> {
    name_machines(tx)?;
    for table in [
        "tally",
        "tally_history",
        "tally_shift",
        "span",
        "span_history",
        "flag",
        "checkpoint",
        "restating",
    ] {
        tx.execute(
            &format!("DELETE FROM {table} WHERE machine NOT IN (SELECT id FROM machine)"),
            [],
        )?;
    }
    let classes = Class::ALL.map(|class| format!("'{}'", class.name())).join(", ");
    for table in ["span", "span_history"] {
        tx.execute(&format!("DELETE FROM {table} WHERE class NOT IN ({classes})"), [])?;
    }
    let kinds = FlagKind::ALL.map(|kind| format!("'{}'", kind.name())).join(", ");
    tx.execute(&format!("DELETE FROM flag WHERE what NOT IN ({kinds})"), [])?;
    journal::mark_again(tx)?;
    merge_again(tx)
}

fn name_machines(tx: &Connection) -> rusqlite::Result<()> {
    tx.execute(
        "INSERT OR IGNORE INTO machine (id, name)
         SELECT machine, json_extract(body, '$.id') FROM fact
         WHERE kind = 'setting' AND machine BETWEEN 0 AND ?1 AND json_valid(body)
         AND json_extract(body, '$.item') = 'machine' AND json_extract(body, '$.id') IS NOT NULL",
        [MOST_MACHINES],
    )?;
    tx.execute(
        "WITH RECURSIVE
         used (id) AS (SELECT id FROM machine UNION SELECT machine FROM fact UNION SELECT machine FROM tally),
         every (id) AS (SELECT 0 UNION ALL SELECT id + 1 FROM every
                        WHERE id < (SELECT max(id) FROM used WHERE id BETWEEN 0 AND ?1))
         INSERT OR IGNORE INTO machine (id, name)
         SELECT id, 'lost-' || id FROM every WHERE id <= (SELECT max(id) FROM used WHERE id BETWEEN 0 AND ?1)",
        [MOST_MACHINES],
    )?;
    Ok(())
}

fn merge_again(tx: &Connection) -> rusqlite::Result<()> {
    tx.execute("DELETE FROM sealed", [])?;
    tx.execute(
        "INSERT INTO sealed (machine, until, shift_start, shift)
         SELECT machine, max(\"end\"), shift_start, shift FROM tally GROUP BY machine",
        [],
    )?;
    // Shifts that began after the oldest minute tally kept are the sums of minute tallies.
    tx.execute(
        "DELETE FROM tally_shift WHERE shift_start >= (SELECT min(start) FROM tally)",
        [],
    )?;
    let sums: Vec<_> = Column::ALL.iter().map(|(_, name)| format!("sum({name})")).collect();
    tx.execute(
        &format!(
            "INSERT INTO tally_shift (machine, {KEY}, {}) SELECT machine, {KEY}, {} FROM tally
             WHERE shift_start >= (SELECT min(start) FROM tally) GROUP BY machine, {KEY}",
            *SUMS,
            sums.join(", ")
        ),
        [],
    )?;
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
