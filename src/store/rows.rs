//! I/O. Rows of tallies, spans and flags: their columns, and how they are read from a statement.

use crate::model::detail::Detail;
use crate::model::ids::MachineId;
use crate::model::state::Class;
use crate::model::tally::{Column, Flag, FlagKind, Source, SpanRow, Standing, Sums, Tally, TallyKey, TallyRow};
use crate::model::time::{Period, Timestamp};
use rusqlite::types::{FromSqlError, Type};
use rusqlite::{Row, ToSql};
use std::sync::{Arc, LazyLock};

/// The columns of a [`TallyKey`].
pub(super) const KEY: &str = "org, site, line, shift, shift_start, business_date, product, \"order\", standard, policy, \
    crew, mould";
/// How many columns [`KEY`] has.
pub(super) const KEY_COLUMNS: usize = 12;

/// The columns of [`Sums`]: those of [`Column::ALL`] in their order, and the detail.
pub(super) static SUMS: LazyLock<String> = LazyLock::new(|| {
    let names: Vec<_> = Column::ALL.iter().map(|(_, name)| *name).collect();
    format!("{}, detail", names.join(", "))
});
/// How many columns [`SUMS`] has.
pub(super) const SUMS_COLUMNS: usize = Column::COUNT + 1;

/// The columns [`tally`] reads, in its order; the revision comes right after.
pub(super) static TALLY: LazyLock<String> = LazyLock::new(|| format!("start, machine, \"end\", {KEY}, {}", *SUMS));
/// How many columns [`TALLY`] has.
pub(super) const TALLY_COLUMNS: usize = 3 + KEY_COLUMNS + SUMS_COLUMNS;

/// The columns [`span`] reads, in its order; the revision comes right after.
pub(super) static SPAN: LazyLock<String> =
    LazyLock::new(|| format!("start, machine, \"end\", class, state, reason, author, since, counts, source, {KEY}"));
/// How many columns [`SPAN`] has.
pub(super) const SPAN_COLUMNS: usize = 10 + KEY_COLUMNS;

/// `?1, ?2, ...`: as many places as a statement has columns.
pub(super) fn places(count: usize) -> String {
    let places: Vec<_> = (1..=count).map(|place| format!("?{place}")).collect();
    places.join(", ")
}

/// A tally from the columns [`TALLY`].
pub(super) fn tally(row: &Row<'_>) -> rusqlite::Result<TallyRow> {
    let Sums { tally, detail } = sums(row, 3 + KEY_COLUMNS).map_err(|error| named(row, error))?;
    Ok(TallyRow {
        machine: machine(row, 1)?,
        period: period(row)?,
        key: Arc::new(key(row, 3)?),
        tally,
        detail,
    })
}

/// Content that says nothing, with the row it stands in.
fn named(row: &Row<'_>, error: rusqlite::Error) -> rusqlite::Error {
    let (Ok(start), Ok(machine)) = (row.get::<_, i64>(0), row.get::<_, u32>(1)) else {
        return error;
    };
    within(error, || {
        format!("the tally of machine number {machine} that starts at {start}")
    })
}

/// Content that says nothing, with the words for the row it stands in.
pub(super) fn within(error: rusqlite::Error, row: impl FnOnce() -> String) -> rusqlite::Error {
    if let rusqlite::Error::FromSqlConversionFailure(column, _, why) = error {
        return wrong(column, format!("{}: {why}", row()));
    }
    error
}

/// The values of the columns [`TALLY`]; `detail` is the bytes of the row's detail.
pub(super) fn of_tally<'a>(row: &'a TallyRow, detail: &'a dyn ToSql) -> Vec<&'a dyn ToSql> {
    let mut values: Vec<&dyn ToSql> = vec![&row.period.start.0, &row.machine.0, &row.period.end.0];
    values.extend(of_key(&row.key));
    values.extend(row.tally.sums().iter().map(|sum| sum as &dyn ToSql));
    values.push(detail);
    values
}

/// A span from the columns [`SPAN`].
pub(super) fn span(row: &Row<'_>) -> rusqlite::Result<SpanRow> {
    let (class, source): (String, String) = (row.get(3)?, row.get(9)?);
    Ok(SpanRow {
        machine: machine(row, 1)?,
        period: period(row)?,
        class: Class::parse(&class).ok_or_else(|| wrong(3, format!("no class is called '{class}'")))?,
        state: text(row, 4)?,
        reason: text(row, 5)?,
        author: text(row, 6)?,
        since: Timestamp(row.get(7)?),
        counts: row.get(8)?,
        source: Source::parse(&source).ok_or_else(|| wrong(9, format!("no source is called '{source}'")))?,
        key: Arc::new(key(row, 10)?),
    })
}

/// The values of the columns [`SPAN`]; `words` are the names of the row's class and source.
pub(super) fn of_span<'a>(row: &'a SpanRow, (class, source): &'a (&'static str, &'static str)) -> Vec<&'a dyn ToSql> {
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
        source,
    ];
    values.extend(of_key(&row.key));
    values
}

/// The columns [`flag`] reads, in its order.
pub(super) const FLAG: &str = "machine, at, role, what, amount, standing, author";

/// A flag from the columns [`FLAG`].
pub(super) fn flag(row: &Row<'_>) -> rusqlite::Result<Flag> {
    let (what, standing): (String, String) = (row.get(3)?, row.get(5)?);
    Ok(Flag {
        machine: machine(row, 0)?,
        at: Timestamp(row.get(1)?),
        role: text(row, 2)?,
        what: FlagKind::parse(&what).ok_or_else(|| wrong(3, format!("no flag is called '{what}'")))?,
        amount: row.get(4)?,
        standing: Standing::parse(&standing).ok_or_else(|| wrong(5, format!("no flag is '{standing}'")))?,
        author: text(row, 6)?,
    })
}

/// A key from the columns [`KEY`], beginning at `first`.
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
        crew: text(row, first + 10)?,
        mould: text(row, first + 11)?,
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
        &key.crew,
        &key.mould,
    ]
}

/// All sums from the columns [`SUMS`], beginning at `first`.
pub(super) fn sums(row: &Row<'_>, first: usize) -> rusqlite::Result<Sums> {
    let mut sums = [0; Column::COUNT];
    for (index, sum) in sums.iter_mut().enumerate() {
        *sum = row.get(first + index)?;
    }
    Ok(Sums {
        tally: Tally::from_sums(sums),
        detail: detail(row, first + Column::COUNT)?,
    })
}

/// A detail from one column.
pub(super) fn detail(row: &Row<'_>, column: usize) -> rusqlite::Result<Detail> {
    let detail = Detail::read(row.get_ref(column)?.as_blob()?);
    detail.ok_or_else(|| wrong(column, "the bytes of its detail say nothing".to_owned()))
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
