//! I/O. Final rows against the stored ones: equal is nothing, different is a revision, its history and the difference.

use super::Encode;
use super::body::machine_name;
use super::difference;
use super::journal::Heads;
use super::lost::{self, Stretches};
use super::rows::{self, FLAG, SPAN, SPAN_COLUMNS, TALLY, TALLY_COLUMNS, int, places};
use super::shifts::{Newest, Shifts};
use super::transaction::pruned_before;
use crate::model::booking::{self, Booking};
use crate::model::commit::{Commit, Sealed};
use crate::model::fact::Body;
use crate::model::ids::{MachineId, Roster};
use crate::model::tally::{ENGINE, Flag, SpanRow, TallyRow};
use crate::model::time::{Period, QUARTER_MS, Timestamp};
use rusqlite::{Connection, OptionalExtension, Row, params, params_from_iter};
use std::collections::BTreeSet;
use std::sync::LazyLock;

/// Bookings among which one of the last quarter hour before damage is looked for: ten hours of 50 machines.
const NEWEST_BOOKINGS: u64 = 100_000;

/// Writes the final rows of one commit inside its transaction.
pub(super) struct Ledger<'a> {
    conn: &'a Connection,
    heads: &'a mut Heads,
    roster: &'a Roster,
    encode: Encode,
    /// Rows that start before it were pruned: the ledger no longer knows what it booked for them.
    pruned_before: Timestamp,
    /// Where rows that are missing were booked all the same.
    lost: Stretches,
    shifts: Shifts,
    too_old: usize,
    there_again: usize,
}

/// A statement of each kind for tallies or spans.
struct Sql {
    former: String,
    keep_history: String,
    last_rev: String,
    write: String,
    remove: String,
    starts: String,
}

static OF_TALLIES: LazyLock<Sql> = LazyLock::new(|| {
    let write = format!(
        "INSERT OR REPLACE INTO tally ({}, rev, engine) VALUES ({})",
        *TALLY,
        places(TALLY_COLUMNS + 2)
    );
    Sql::new("tally", &TALLY, "rev, engine", write)
});
static OF_SPANS: LazyLock<Sql> = LazyLock::new(|| {
    let write = format!(
        "INSERT OR REPLACE INTO span ({}, rev) VALUES ({})",
        *SPAN,
        places(SPAN_COLUMNS + 1)
    );
    Sql::new("span", &SPAN, "rev", write)
});

static WRITE_FLAG: LazyLock<String> =
    LazyLock::new(|| format!("INSERT OR REPLACE INTO flag ({FLAG}) VALUES ({})", places(7)));

impl Sql {
    fn new(table: &str, columns: &str, more: &str, write: String) -> Sql {
        let here = "WHERE start = ?1 AND machine = ?2";
        Sql {
            former: format!("SELECT {columns}, {more} FROM {table} {here}"),
            keep_history: format!(
                "INSERT OR REPLACE INTO {table}_history ({columns}, {more}, next_rev)
                 SELECT {columns}, {more}, ?3 FROM {table} {here}"
            ),
            last_rev: format!("SELECT max(next_rev) FROM {table}_history {here}"),
            write,
            remove: format!("DELETE FROM {table} {here}"),
            starts: format!("SELECT start FROM {table} WHERE start >= ?1 AND start < ?2 AND machine = ?3"),
        }
    }

    /// The stored row with its revision, and the revision a change of it gets.
    fn former<T>(
        &self,
        conn: &Connection,
        key: (i64, u32),
        read: impl Fn(&Row<'_>) -> rusqlite::Result<T>,
        rev_column: usize,
    ) -> rusqlite::Result<(Option<T>, u32)> {
        let former = conn
            .prepare_cached(&self.former)?
            .query_row(key, |row| Ok((read(row)?, row.get::<_, u32>(rev_column)?)))
            .optional()?;
        if let Some((row, rev)) = former {
            return Ok((Some(row), rev.saturating_add(1)));
        }
        // A row that vanished and comes back goes on counting where it ended.
        let last: Option<u32> = conn.prepare_cached(&self.last_rev)?.query_row(key, |row| row.get(0))?;
        Ok((None, last.map_or(0, |rev| rev.saturating_add(1))))
    }

    /// Moves the stored content to the history; `gone` removes the row.
    fn supersede(&self, conn: &Connection, (start, machine): (i64, u32), rev: u32, gone: bool) -> rusqlite::Result<()> {
        conn.prepare_cached(&self.keep_history)?
            .execute(params![start, machine, rev])?;
        if gone {
            conn.prepare_cached(&self.remove)?.execute((start, machine))?;
        }
        Ok(())
    }

    /// Starts of the machine's stored rows in a range.
    fn starts(&self, conn: &Connection, range: Period, machine: MachineId) -> rusqlite::Result<Vec<i64>> {
        let mut statement = conn.prepare_cached(&self.starts)?;
        let starts = statement.query_map((range.start.0, range.end.0, machine.0), |row| row.get(0))?;
        starts.collect()
    }
}

impl<'a> Ledger<'a> {
    /// A ledger for one transaction.
    pub(super) fn new(
        conn: &'a Connection,
        heads: &'a mut Heads,
        roster: &'a Roster,
        encode: Encode,
    ) -> rusqlite::Result<Ledger<'a>> {
        Ok(Ledger {
            conn,
            heads,
            roster,
            encode,
            pruned_before: pruned_before(conn)?,
            lost: lost::load(conn)?,
            shifts: Shifts::default(),
            too_old: 0,
            there_again: 0,
        })
    }

    /// Final rows of one machine.
    pub(super) fn seal(&mut self, sealed: &Sealed) -> rusqlite::Result<()> {
        let (mut tallies, mut spans) = (BTreeSet::new(), BTreeSet::new());
        for row in &sealed.tallies {
            tallies.insert(row.period.start.0);
            self.tally((row.period.start.0, row.machine), Some(row))?;
        }
        for row in &sealed.spans {
            spans.insert(row.period.start.0);
            self.span((row.period.start.0, row.machine), Some(row))?;
        }
        if let Some(range) = sealed.range {
            for start in OF_TALLIES.starts(self.conn, range, sealed.machine)? {
                if !tallies.contains(&start) {
                    self.tally((start, sealed.machine), None)?;
                }
            }
            for start in OF_SPANS.starts(self.conn, range, sealed.machine)? {
                if !spans.contains(&start) {
                    self.span((start, sealed.machine), None)?;
                }
            }
            self.conn
                .prepare_cached("DELETE FROM flag WHERE at >= ?1 AND at < ?2 AND machine = ?3")?
                .execute((range.start.0, range.end.0, sealed.machine.0))?;
        }
        sealed.flags.iter().try_for_each(|flag| self.flag(flag))
    }

    /// Process values are booked once, as they are recorded.
    pub(super) fn values(&mut self, commit: &Commit) -> rusqlite::Result<()> {
        for (index, key) in &commit.value_keys {
            let Some(fact) = commit.facts.get(*index) else { continue };
            let (Body::Values(points), Some(machine)) = (&fact.body, fact.machine) else {
                continue;
            };
            let name = self.name(machine);
            let points = points
                .iter()
                .map(|value| booking::of_value(value, key, name, fact.at))
                .collect();
            self.book(machine, points)?;
        }
        Ok(())
    }

    /// Merges the differences into the shift tallies, and gives the newest shift of each machine whose rows were sealed. The
    /// past of the machines in `whole` was worked out to its end.
    pub(super) fn finish(self, commit: &Commit, whole: &[MachineId]) -> rusqlite::Result<Newest> {
        if self.too_old > 0 {
            tracing::warn!(
                rows = self.too_old,
                "rows older than the minute tallies kept were not written: their time is closed"
            );
        }
        if self.there_again > 0 {
            tracing::info!(
                rows = self.there_again,
                "rows lost by damage were worked out again; they are in the ledger already"
            );
        }
        self.shifts.write(self.conn)?;
        for machine in whole {
            if let Some(stretch) = self.lost.get(machine) {
                super::shifts::merge_again(self.conn, *machine, *stretch, self.pruned_before)?;
                lost::forget(self.conn, *machine)?;
            }
        }
        let machines: BTreeSet<_> = commit.sealed.iter().map(|sealed| sealed.machine).collect();
        super::shifts::newest(self.conn, machines.into_iter())
    }

    fn tally(&mut self, (start, machine): (i64, MachineId), latter: Option<&TallyRow>) -> rusqlite::Result<()> {
        if start < self.pruned_before.0 {
            self.too_old += 1;
            return Ok(());
        }
        let key = (start, machine.0);
        let (former, mut rev) = OF_TALLIES.former(self.conn, key, worked_out, TALLY_COLUMNS)?;
        let (former, engine) = former.unzip();
        if former.as_ref() == latter {
            return Ok(());
        }
        let again = former.is_none() && self.was_lost(start, machine);
        if again {
            rev = self.unused_rev();
            self.there_again += 1;
        }
        if let Some(former) = &former {
            OF_TALLIES.supersede(self.conn, key, rev, latter.is_none())?;
            self.shifts.take(former, engine.unwrap_or(ENGINE));
        }
        if let Some(latter) = latter {
            let detail = latter.detail.bytes();
            let mut values = rows::of_tally(latter, &detail);
            values.extend([&rev as &dyn rusqlite::ToSql, &ENGINE]);
            self.conn
                .prepare_cached(&OF_TALLIES.write)?
                .execute(params_from_iter(values))?;
            if again {
                self.shifts.reach(latter);
                return Ok(());
            }
            self.shifts.give(latter, ENGINE);
        }
        let points = difference::of_tally(former.as_ref(), latter, self.name(machine), rev);
        self.book(machine, points)
    }

    fn span(&mut self, (start, machine): (i64, MachineId), latter: Option<&SpanRow>) -> rusqlite::Result<()> {
        if start < self.pruned_before.0 {
            self.too_old += 1;
            return Ok(());
        }
        let key = (start, machine.0);
        let (former, mut rev) = OF_SPANS.former(self.conn, key, rows::span, SPAN_COLUMNS)?;
        if former.as_ref() == latter {
            return Ok(());
        }
        let again = former.is_none() && self.stop_was_lost(start, machine)?;
        if again {
            rev = self.unused_rev();
            self.there_again += 1;
        }
        if former.is_some() {
            OF_SPANS.supersede(self.conn, key, rev, latter.is_none())?;
        }
        if let Some(latter) = latter {
            let words = (latter.class.name(), latter.source.name());
            let mut values = rows::of_span(latter, &words);
            values.push(&rev);
            self.conn
                .prepare_cached(&OF_SPANS.write)?
                .execute(params_from_iter(values))?;
            if again {
                return Ok(());
            }
        }
        let points = difference::of_span(former.as_ref(), latter, self.name(machine), rev);
        self.book(machine, points)
    }

    fn flag(&self, flag: &Flag) -> rusqlite::Result<()> {
        self.conn.prepare_cached(&WRITE_FLAG)?.execute(params![
            flag.machine.0,
            flag.at.0,
            flag.role,
            flag.what.name(),
            flag.amount,
            flag.standing.name(),
            flag.author
        ])?;
        Ok(())
    }

    fn book(&mut self, machine: MachineId, points: Vec<Booking>) -> rusqlite::Result<()> {
        let mut insert = self
            .conn
            .prepare_cached("INSERT INTO booking (seq, machine, at, line) VALUES (?1, ?2, ?3, ?4)")?;
        for point in points {
            let seq = self.heads.booking + 1;
            insert.execute(params![int(seq), machine.0, point.at.0, (self.encode)(&point)])?;
            self.heads.booking = seq;
        }
        Ok(())
    }

    /// True when a row that starts here and is missing was there, and booked, before damage took it.
    fn was_lost(&self, start: i64, machine: MachineId) -> bool {
        let stretch = self.lost.get(&machine);
        stretch.is_some_and(|stretch| stretch.contains(Timestamp(start)))
    }

    /// The same of a span. Tallies are booked minute by minute and spans when they end, so of those around the end of the
    /// stretch only the ledger knows; spans are cut at quarter hours.
    fn stop_was_lost(&self, start: i64, machine: MachineId) -> rusqlite::Result<bool> {
        let (Some(stretch), start) = (self.lost.get(&machine), Timestamp(start)) else {
            return Ok(false);
        };
        let around_end = Period::new(stretch.end.floor(QUARTER_MS), stretch.end.plus(QUARTER_MS));
        if start < stretch.start || !around_end.contains(start) {
            return Ok(stretch.contains(start));
        }
        let newest = self.heads.booking.saturating_sub(NEWEST_BOOKINGS);
        self.conn
            .prepare_cached(
                "SELECT EXISTS (SELECT 1 FROM booking WHERE seq > ?1 AND at = ?2 AND machine = ?3 AND line GLOB ?4)",
            )?
            .query_row(
                params![int(newest), start.0, machine.0, format!("{}[^a-z_]*", booking::STOP)],
                |row| row.get(0),
            )
    }

    /// A revision no booking of any row has had, for one whose own cannot be known: each revision was at least one booking.
    fn unused_rev(&self) -> u32 {
        u32::try_from(self.heads.booking).unwrap_or(u32::MAX / 2)
    }

    fn name(&self, machine: MachineId) -> &'a str {
        machine_name(machine, self.roster).unwrap_or_default()
    }
}

/// A tally and the engine that worked it out; the revision stands between them.
fn worked_out(row: &Row<'_>) -> rusqlite::Result<(TallyRow, u32)> {
    Ok((rows::tally(row)?, row.get(TALLY_COLUMNS + 1)?))
}
