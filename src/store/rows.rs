//! I/O. Rows of tallies, spans and flags: their columns, and how they are read from a statement.

use crate::model::ids::MachineId;
use crate::model::state::Class;
use crate::model::tally::{Column, Flag, FlagKind, SpanRow, Tally, TallyKey, TallyRow};
use crate::model::time::{Period, Timestamp};
use rusqlite::types::{FromSqlError, Type};
use rusqlite::{Row, ToSql};
use std::sync::{Arc, LazyLock};

/// The columns of a [`TallyKey`].
pub(super) const KEY: &str = "org, site, line, shift, shift_start, business_date, product, \"order\", standard, policy";
/// How many columns [`KEY`] has.
pub(super) const KEY_COLUMNS: usize = 10;

/// The columns of the sums, in the order of [`Column::ALL`].
pub(super) static SUMS: LazyLock<String> = LazyLock::new(|| {
    let names: Vec<_> = Column::ALL.iter().map(|(_, name)| *name).collect();
    names.join(", ")
});

/// The columns [`tally`] reads, in its order; the revision comes right after.
pub(super) static TALLY: LazyLock<String> = LazyLock::new(|| format!("start, machine, \"end\", {KEY}, {}", *SUMS));
/// How many columns [`TALLY`] has.
pub(super) const TALLY_COLUMNS: usize = 3 + KEY_COLUMNS + Column::COUNT;

/// The columns [`span`] reads, in its order; the revision comes right after.
pub(super) static SPAN: LazyLock<String> =
    LazyLock::new(|| format!("start, machine, \"end\", class, state, reason, author, since, counts, {KEY}"));
/// How many columns [`SPAN`] has.
pub(super) const SPAN_COLUMNS: usize = 9 + KEY_COLUMNS;

/// `?1, ?2, ...`: as many places as a statement has columns.
pub(super) fn places(count: usize) -> String {
    let places: Vec<_> = (1..=count).map(|place| format!("?{place}")).collect();
    places.join(", ")
}

/// A tally from the columns [`TALLY`].
pub(super) fn tally(row: &Row<'_>) -> rusqlite::Result<TallyRow> {
    Ok(TallyRow {
        machine: machine(row, 1)?,
        period: period(row)?,
        key: Arc::new(key(row, 3)?),
        tally: sums(row, 3 + KEY_COLUMNS)?,
    })
}

/// The values of the columns [`TALLY`].
pub(super) fn of_tally(row: &TallyRow) -> Vec<&dyn ToSql> {
    let mut values: Vec<&dyn ToSql> = vec![&row.period.start.0, &row.machine.0, &row.period.end.0];
    values.extend(of_key(&row.key));
    values.extend(row.tally.sums().iter().map(|sum| sum as &dyn ToSql));
    values
}

/// A span from the columns [`SPAN`].
pub(super) fn span(row: &Row<'_>) -> rusqlite::Result<SpanRow> {
    let class: String = row.get(3)?;
    Ok(SpanRow {
        machine: machine(row, 1)?,
        period: period(row)?,
        class: Class::parse(&class).ok_or_else(|| wrong(3, format!("no class is called '{class}'")))?,
        state: text(row, 4)?,
        reason: text(row, 5)?,
        author: text(row, 6)?,
        since: Timestamp(row.get(7)?),
        counts: row.get(8)?,
        key: Arc::new(key(row, 9)?),
    })
}

/// The values of the columns [`SPAN`]; `class` is the name of the row's class.
pub(super) fn of_span<'a>(row: &'a SpanRow, class: &'a &'static str) -> Vec<&'a dyn ToSql> {
    let mut values: Vec<&dyn ToSql> = vec![
        &row.period.start.0,
        &row.machine.0,
        &row.period.end.0,
        class,
        &row.state,
        &row.reason,
        &row.author,
        &row.since.0,
        &row.counts,
    ];
    values.extend(of_key(&row.key));
    values
}

/// A flag from the columns `machine, at, role, what, amount`.
pub(super) fn flag(row: &Row<'_>) -> rusqlite::Result<Flag> {
    let what: String = row.get(3)?;
    Ok(Flag {
        machine: machine(row, 0)?,
        at: Timestamp(row.get(1)?),
        role: text(row, 2)?,
        what: FlagKind::parse(&what).ok_or_else(|| wrong(3, format!("no flag is called '{what}'")))?,
        amount: row.get(4)?,
    })
}

/// A key from ten columns in the order of [`KEY`], beginning at `first`.
pub(super) fn key(row: &Row<'_>, first: usize) -> rusqlite::Result<TallyKey> {
    Ok(TallyKey {
        org: text(row, first)?,
        site: text(row, first + 1)?,
        line: text(row, first + 2)?,
        shift: text(row, first + 3)?,
        shift_start: Timestamp(row.get(first + 4)?),
        business_date: text(row, first + 5)?,
        product: text(row, first + 6)?,
        order: text(row, first + 7)?,
        standard: text(row, first + 8)?,
        policy: text(row, first + 9)?,
    })
}

/// The values of the columns [`KEY`].
pub(super) fn of_key(key: &TallyKey) -> [&dyn ToSql; KEY_COLUMNS] {
    [
        &key.org,
        &key.site,
        &key.line,
        &key.shift,
        &key.shift_start.0,
        &key.business_date,
        &key.product,
        &key.order,
        &key.standard,
        &key.policy,
    ]
}

/// All sums from the columns beginning at `first`.
pub(super) fn sums(row: &Row<'_>, first: usize) -> rusqlite::Result<Tally> {
    let mut sums = [0; Column::COUNT];
    for (index, sum) in sums.iter_mut().enumerate() {
        *sum = row.get(first + index)?;
    }
    Ok(Tally::from_sums(sums))
}

/// A machine's number from one column.
pub(super) fn machine(row: &Row<'_>, column: usize) -> rusqlite::Result<MachineId> {
    Ok(MachineId(row.get(column)?))
}

/// The error for content that fits the column's type and no value of ours.
pub(super) fn wrong(column: usize, why: String) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, Type::Text, Box::new(FromSqlError::Other(why.into())))
}

fn period(row: &Row<'_>) -> rusqlite::Result<Period> {
    Ok(Period::new(Timestamp(row.get(0)?), Timestamp(row.get(2)?)))
}

fn text(row: &Row<'_>, column: usize) -> rusqlite::Result<Arc<str>> {
    row.get(column)
}

/// A number as SQLite keeps it; ours never pass `i64::MAX`.
pub(super) fn int(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// A number SQLite kept; below zero only in a damaged file.
pub(super) fn number(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
    let value: i64 = row.get(column)?;
    u64::try_from(value).map_err(|_| rusqlite::Error::IntegralValueOutOfRange(column, value))
}
