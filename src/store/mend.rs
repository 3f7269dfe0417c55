//! I/O. Makes again what follows from the rows that were saved, and notes what is missing among them.

use super::copy::{Saved, join};
use super::transaction::pruned_before;
use super::{journal, lost, shifts};
use crate::model::state::Class;
use crate::model::tally::{FlagKind, Standing};
use crate::model::time::{Period, Timestamp};
use rusqlite::Connection;
use std::collections::BTreeMap;

/// A machine number above this is damage, not a machine: names for lost machines are made up to here.
const MOST_MACHINES: i64 = 10_000;
/// What a restatement makes again; each is numbered by the instant it begins.
const MADE_AGAIN: [(&str, &str); 3] = [("tally", "start"), ("span", "start"), ("flag", "at")];

/// Makes again what follows from other rows (machines' names, marks, the ends of what is sealed, shifts), and leaves out
/// rows that say what no row can say: they would be met again at the next commit. Tallies and spans that are missing are
/// noted, to be worked out again; gives the stretch they lie in.
pub(super) fn mend(tx: &Connection, saved: &BTreeMap<String, Saved>) -> rusqlite::Result<Period> {
    name_machines(tx)?;
    let mut holes = leave_out(tx)?;
    for (table, _) in MADE_AGAIN {
        holes = saved.get(table).map_or(holes, |saved| join(holes, saved.holes));
    }
    journal::mark_again(tx)?;
    let newest = newest(tx)?;
    let impossible = tx.execute("DELETE FROM sealed WHERE until > ?1", [newest.0])?;
    let ends_known = impossible == 0 && saved.get("sealed").is_some_and(|sealed| sealed.whole);
    let until = if ends_known { Timestamp::MIN } else { newest };
    let kept = pruned_before(tx)?;
    let lost = lost::note_all(tx, holes, kept, until)?;
    seal_again(tx)?;
    shifts::merge_all_again(tx, kept, lost)?;
    Ok(lost)
}

/// Deletes rows nobody can read; gives the stretch in which something is missing now.
fn leave_out(tx: &Connection) -> rusqlite::Result<Period> {
    let unknown = "machine NOT IN (SELECT id FROM machine)";
    let classes = Class::ALL.map(|class| format!("'{}'", class.name())).join(", ");
    let kinds = FlagKind::ALL.map(|kind| format!("'{}'", kind.name())).join(", ");
    let standings = Standing::ALL
        .map(|standing| format!("'{}'", standing.name()))
        .join(", ");
    let wrong = |table: &str| match table {
        "span" | "span_history" => format!("{unknown} OR class NOT IN ({classes})"),
        "flag" => format!("{unknown} OR what NOT IN ({kinds}) OR standing NOT IN ({standings})"),
        _ => unknown.to_owned(),
    };
    let mut holes = Period::new(Timestamp::MAX, Timestamp::MAX);
    for (table, number) in MADE_AGAIN {
        let (from, until): (Option<i64>, Option<i64>) = tx.query_row(
            &format!(
                "SELECT min({number}), max({number}) FROM {table} WHERE {}",
                wrong(table)
            ),
            [],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?;
        if let Some((from, until)) = from.zip(until) {
            holes = join(holes, Period::new(Timestamp(from), Timestamp(until).plus(1)));
        }
    }
    for table in [
        "tally",
        "tally_history",
        "tally_shift",
        "span",
        "span_history",
        "flag",
        "checkpoint",
        "restating",
        "sealed",
    ] {
        tx.execute(&format!("DELETE FROM {table} WHERE {}", wrong(table)), [])?;
    }
    Ok(holes)
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

/// The newest instant at which the agent is known to have been alive: nothing later was sealed.
fn newest(tx: &Connection) -> rusqlite::Result<Timestamp> {
    let newest: Option<i64> = tx.query_row(
        "SELECT max(at) FROM (SELECT max(received_at) AS at FROM fact UNION ALL SELECT at FROM alive)",
        [],
        |row| row.get(0),
    )?;
    Ok(newest.map_or(Timestamp::MIN, Timestamp))
}

/// The ends of what is sealed: as they were noted where that can be, else as the tallies show them.
fn seal_again(tx: &Connection) -> rusqlite::Result<()> {
    tx.execute(
        "INSERT INTO sealed (machine, until, shift_start, shift)
         SELECT machine, max(\"end\"), shift_start, shift FROM tally WHERE true GROUP BY machine
         ON CONFLICT (machine) DO UPDATE
         SET until = excluded.until, shift_start = excluded.shift_start, shift = excluded.shift
         WHERE excluded.until >= sealed.until",
        [],
    )?;
    Ok(())
}
