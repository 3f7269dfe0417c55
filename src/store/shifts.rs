//! I/O. Tallies merged per shift: kept in step with the minute tallies by adding differences, in the same transaction.

use super::engines::Engines;
use super::rows::{self, KEY, KEY_COLUMNS, SUMS, SUMS_COLUMNS, TALLY, TALLY_COLUMNS, places};
use crate::model::commit::WorkedOut;
use crate::model::ids::MachineId;
use crate::model::tally::{Sums, TallyKey, TallyRow};
use crate::model::time::{DAY_MS, Period, Timestamp};
use rusqlite::{Connection, OptionalExtension, Row, ToSql, params, params_from_iter};
use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

/// No shift and no production day is longer, the one in which the clocks are set back included.
const LONGEST_MS: i64 = 2 * DAY_MS;
/// Said of what differs among merged tallies.
const MIXED: &str = "mixed";

/// `machine`, then the key: the columns a merged row is found by.
const HERE: &str = "machine = ?1 AND org = ?2 AND site = ?3 AND line = ?4 AND shift = ?5 AND shift_start = ?6
    AND business_date = ?7 AND product = ?8 AND \"order\" = ?9 AND standard = ?10 AND policy = ?11
    AND crew = ?12 AND mould = ?13";

static READ: LazyLock<String> = LazyLock::new(|| format!("SELECT {}, engines FROM tally_shift WHERE {HERE}", *SUMS));
static REMOVE: LazyLock<String> = LazyLock::new(|| format!("DELETE FROM tally_shift WHERE {HERE}"));
/// What follows INSERT or INSERT OR another word.
static INTO: LazyLock<String> = LazyLock::new(|| {
    format!(
        "INTO tally_shift (machine, {KEY}, {}, engines) VALUES ({})",
        *SUMS,
        places(2 + KEY_COLUMNS + SUMS_COLUMNS)
    )
});
static WRITE: LazyLock<String> = LazyLock::new(|| format!("INSERT OR REPLACE {}", *INTO));
static NEWEST: LazyLock<String> = LazyLock::new(|| {
    format!(
        "SELECT {KEY}, {}, engines FROM tally_shift WHERE shift_start = ?1 AND machine = ?2 AND shift = ?3 ORDER BY product",
        *SUMS
    )
});

/// Merged rows, and the engines that worked them out.
pub(super) type Newest = (Vec<TallyRow>, Vec<WorkedOut>);

/// What one commit changes.
#[derive(Default)]
pub(super) struct Shifts {
    differences: BTreeMap<(MachineId, Arc<TallyKey>), Part>,
    newest: BTreeMap<MachineId, (Timestamp, Arc<TallyKey>)>,
}

impl Shifts {
    /// A minute tally that is gone, and the engine that worked it out.
    pub(super) fn take(&mut self, row: &TallyRow, engine: u32) {
        let part = self.differences.entry((row.machine, Arc::clone(&row.key))).or_default();
        part.sums.take(row);
        part.engines.add(engine, -1);
    }

    /// A minute tally that is new, and the engine that worked it out.
    pub(super) fn give(&mut self, row: &TallyRow, engine: u32) {
        let part = self.differences.entry((row.machine, Arc::clone(&row.key))).or_default();
        part.give(row, engine);
        self.reach(row);
    }

    /// A minute tally that is there again, and that the merged rows still have.
    pub(super) fn reach(&mut self, row: &TallyRow) {
        let newest = (row.period.end, Arc::clone(&row.key));
        let known = self.newest.entry(row.machine).or_insert_with(|| newest.clone());
        if known.0 <= newest.0 {
            *known = newest;
        }
    }

    /// Adds the differences to the stored rows; a row whose every sum becomes zero is removed.
    pub(super) fn write(&self, conn: &Connection) -> rusqlite::Result<()> {
        for ((machine, key), difference) in &self.differences {
            let mut values: Vec<&dyn ToSql> = vec![&machine.0];
            values.extend(rows::of_key(key));
            let stored = conn
                .prepare_cached(&READ)?
                .query_row(params_from_iter(&values), |row| {
                    let (sums, engines) = (rows::sums(row, 0)?, Engines::read(row, SUMS_COLUMNS)?);
                    Ok(Part { sums, engines })
                })
                .optional()?;
            let mut part = stored.unwrap_or_default();
            part.sums.merge(&difference.sums);
            part.engines.merge(&difference.engines);
            if part.sums.is_zero() {
                conn.prepare_cached(&REMOVE)?.execute(params_from_iter(&values))?;
                continue;
            }
            write(conn, &WRITE, *machine, key, &part)?;
        }
        for (machine, (until, key)) in &self.newest {
            conn.prepare_cached(
                "INSERT INTO sealed (machine, until, shift_start, shift) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (machine) DO UPDATE SET until = ?2, shift_start = ?3, shift = ?4 WHERE ?2 >= until",
            )?
            .execute(params![machine.0, until.0, key.shift_start.0, key.shift])?;
        }
        Ok(())
    }
}

/// Merged minutes of one shift and key, or the difference to them.
#[derive(Default)]
struct Part {
    sums: Sums,
    engines: Engines,
}

impl Part {
    fn give(&mut self, row: &TallyRow, engine: u32) {
        self.sums.give(row);
        self.engines.add(engine, 1);
    }
}

/// Merges again, after damage, every shift of which all minute tallies are there: those that began at or after `kept` and have
/// none in `lost`. Of the others a row that could be read stays as it is: it has the sums of the lost minutes too.
pub(super) fn merge_all_again(conn: &Connection, kept: Timestamp, lost: Period) -> rusqlite::Result<()> {
    let reaches = lost.start.plus(-LONGEST_MS);
    conn.execute(
        "DELETE FROM tally_shift WHERE shift_start >= ?1 AND NOT (shift_start > ?2 AND shift_start < ?3)",
        params![kept.0, reaches.0, if lost.is_empty() { reaches.0 } else { lost.end.0 }],
    )?;
    let condition = "shift_start >= ?1";
    merge(conn, "INSERT OR IGNORE", condition, &[&kept.0])
}

/// Merges again every shift of a machine that has minute tallies in `lost`, now that all of them are there.
pub(super) fn merge_again(
    conn: &Connection,
    machine: MachineId,
    lost: Period,
    kept: Timestamp,
) -> rusqlite::Result<()> {
    let (first, last): (Option<i64>, Option<i64>) = conn
        .prepare_cached(
            "SELECT min(shift_start), max(shift_start) FROM tally WHERE start >= ?1 AND start < ?2 AND machine = ?3",
        )?
        .query_row(params![lost.start.0, lost.end.0, machine.0], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
    let Some((first, last)) = first.map(|first| first.max(kept.0)).zip(last) else {
        return Ok(());
    };
    conn.execute(
        "DELETE FROM tally_shift WHERE shift_start >= ?1 AND shift_start <= ?2 AND machine = ?3",
        params![first, last, machine.0],
    )?;
    let condition = "start >= ?1 AND start < ?2 AND machine = ?3 AND shift_start >= ?1 AND shift_start <= ?4";
    let until = Timestamp(last).plus(LONGEST_MS);
    merge(conn, "INSERT", condition, &[&first, &until.0, &machine.0, &last])
}

/// Merges the minute tallies of a condition and adds the merged rows by `insert`.
fn merge(conn: &Connection, insert: &str, condition: &str, bounds: &[&dyn ToSql]) -> rusqlite::Result<()> {
    let mut merged: BTreeMap<(MachineId, Arc<TallyKey>), Part> = BTreeMap::new();
    let mut statement = conn.prepare(&format!("SELECT {}, engine FROM tally WHERE {condition}", *TALLY))?;
    let read = |row: &Row<'_>| Ok((rows::tally(row)?, row.get(TALLY_COLUMNS)?));
    for row in statement.query_map(bounds, read)? {
        let (row, engine): (TallyRow, u32) = row?;
        merged
            .entry((row.machine, Arc::clone(&row.key)))
            .or_default()
            .give(&row, engine);
    }
    let insert = format!("{insert} {}", *INTO);
    for ((machine, key), part) in &merged {
        write(conn, &insert, *machine, key, part)?;
    }
    Ok(())
}

fn write(conn: &Connection, sql: &str, machine: MachineId, key: &TallyKey, part: &Part) -> rusqlite::Result<()> {
    let (detail, engines) = (part.sums.detail.bytes(), part.engines.text());
    let mut values: Vec<&dyn ToSql> = vec![&machine.0];
    values.extend(rows::of_key(key));
    values.extend(part.sums.tally.sums().iter().map(|sum| sum as &dyn ToSql));
    values.extend([&detail as &dyn ToSql, &engines]);
    conn.prepare_cached(sql)?.execute(params_from_iter(values))?;
    Ok(())
}

/// The merged tallies of the shift that each machine's newest tally belongs to: one row per product; where merged rows
/// differ in what else they belong to, it says `mixed`. The period goes from the shift's start to the newest tally's end. Beside
/// them the engines that worked each shift out.
pub(super) fn newest(conn: &Connection, machines: impl Iterator<Item = MachineId>) -> rusqlite::Result<Newest> {
    let (mut merged, mut worked_out) = (Vec::new(), Vec::new());
    for machine in machines {
        let shift = conn
            .prepare_cached("SELECT shift_start, until, shift FROM sealed WHERE machine = ?1")?
            .query_row([machine.0], |row| {
                let period = Period::new(Timestamp(row.get(0)?), Timestamp(row.get(1)?));
                Ok((row.get::<_, i64>(0)?, row.get::<_, String>(2)?, period))
            })
            .optional()?;
        let Some((start, shift, period)) = shift else { continue };
        let mut statement = conn.prepare_cached(&NEWEST)?;
        let found = statement.query_map(params![start, machine.0, shift], |row| {
            let engines = Engines::read(row, KEY_COLUMNS + SUMS_COLUMNS)?;
            Ok((rows::key(row, 0)?, rows::sums(row, KEY_COLUMNS)?, engines))
        })?;
        let mut engines = Engines::default();
        let mut by_product: BTreeMap<Arc<str>, (TallyKey, Sums)> = BTreeMap::new();
        for row in found {
            let (key, sums, of_row) = row?;
            engines.merge(&of_row);
            by_product
                .entry(Arc::clone(&key.product))
                .and_modify(|(known, merged)| {
                    mix(known, &key);
                    merged.merge(&sums);
                })
                .or_insert((key, sums));
        }
        worked_out.push(WorkedOut {
            machine,
            shift_start: Timestamp(start),
            shift: shift.into(),
            engines: engines.numbers(),
        });
        merged.extend(by_product.into_values().map(|(key, sums)| TallyRow {
            machine,
            period,
            key: Arc::new(key),
            tally: sums.tally,
            detail: sums.detail,
        }));
    }
    Ok((merged, worked_out))
}

fn mix(known: &mut TallyKey, other: &TallyKey) {
    for (field, value) in [
        (&mut known.org, &other.org),
        (&mut known.site, &other.site),
        (&mut known.line, &other.line),
        (&mut known.business_date, &other.business_date),
        (&mut known.order, &other.order),
        (&mut known.standard, &other.standard),
        (&mut known.policy, &other.policy),
        (&mut known.crew, &other.crew),
        (&mut known.mould, &other.mould),
    ] {
        if field != value {
            *field = MIXED.into();
        }
    }
}
