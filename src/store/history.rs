//! I/O. The facts of one machine in the order they are folded, a page at a time, whatever order they came in.
//!
//! The past is read in windows of event time, each small enough to be sorted at once: a window is the range of numbers
//! received around it, plus the late facts the index finds. Facts are append-only, so pages read one after the other
//! are as one as long as they stop at the same number.

use super::journal::{self, COLUMNS, Stored};
use super::opening;
use super::rows::int;
use crate::model::commit::{Checkpoint, History};
use crate::model::fact::Fact;
use crate::model::ids::{MachineId, Roster};
use crate::model::tally::{ENGINE, OLDEST_ENGINE};
use crate::model::time::{QUARTER_MS, Timestamp};
use rusqlite::{Connection, OptionalExtension, params};
use std::collections::VecDeque;

/// Facts on a page.
const PAGE: usize = 5_000;
/// Rows of all machines a window may pass over: some tens of milliseconds, and a bound of the memory it needs.
pub(super) const WINDOW_ROWS: u64 = 50_000;
/// The widest window, halved until few enough rows are in it: 2^14 quarter hours are half a year.
const WIDEST_MS: i64 = QUARTER_MS << 14;
/// Windows read for one page once it holds anything.
const PAGE_WINDOWS: u32 = 8;

/// Where the next page of a history begins.
#[derive(Debug, Default)]
pub struct HistoryCursor {
    /// Set by the first page.
    started: Option<Started>,
    /// Sorted facts of windows already read.
    ready: VecDeque<(u64, Fact)>,
}

#[derive(Debug)]
struct Started {
    /// The newest number when the first page was read.
    end: u64,
    /// The next window begins here; `None` after the last.
    next: Option<Timestamp>,
    /// No fact is later.
    last: Timestamp,
}

/// What does not change from page to page.
pub(super) struct Source<'a> {
    pub(super) conn: &'a Connection,
    pub(super) roster: &'a Roster,
    pub(super) machine: MachineId,
    /// [`WINDOW_ROWS`]; a test sets fewer, so that few facts make many windows.
    pub(super) window_rows: u64,
}

impl Source<'_> {
    /// The next page; `unreadable` gets a sentence for each fact that could not be read and is left out.
    pub(super) fn page(
        &self,
        from: Timestamp,
        cursor: &mut HistoryCursor,
        unreadable: &mut Vec<String>,
    ) -> rusqlite::Result<History> {
        let mut history = History {
            machine: self.machine,
            checkpoint: None,
            later: Vec::new(),
            facts: Vec::new(),
            end: 0,
            last: false,
        };
        let started = match &mut cursor.started {
            Some(started) => started,
            empty => empty.insert(self.start(from, &mut history)?),
        };
        history.end = started.end;
        let mut windows = 0;
        while cursor.ready.len() < PAGE && (windows < PAGE_WINDOWS || cursor.ready.is_empty()) {
            let Some(begin) = started.next else { break };
            let until = self.window(begin)?;
            cursor.ready.extend(self.read(begin, until, started.end, unreadable)?);
            started.next = (until <= started.last).then_some(until);
            windows += 1;
        }
        let count = cursor.ready.len().min(PAGE);
        history.facts.extend(cursor.ready.drain(..count));
        history.last = cursor.ready.is_empty() && started.next.is_none();
        Ok(history)
    }

    /// The checkpoints and the end, as of one moment.
    fn start(&self, from: Timestamp, history: &mut History) -> rusqlite::Result<Started> {
        // A reader that holds one moment has begun it already.
        let free = self.conn.is_autocommit();
        let moment = free.then(|| self.conn.unchecked_transaction()).transpose()?;
        let end = journal::Heads::load(self.conn)?.seq;
        history.checkpoint = self.checkpoint(self.conn, from)?;
        let begin = history.checkpoint.as_ref().map(|checkpoint| checkpoint.at);
        history.later = self.later(self.conn, begin.unwrap_or(Timestamp::MIN))?;
        let extent = journal::extent(self.conn, end)?;
        if let Some(moment) = moment {
            moment.finish()?;
        }
        let (first, last) = extent.unwrap_or((Timestamp::MAX, Timestamp::MIN));
        let next = begin.map_or(first, |begin| begin.max(first));
        Ok(Started {
            end,
            next: (next <= last).then(|| begin.unwrap_or(first).max(first)),
            last,
        })
    }

    fn checkpoint(&self, conn: &Connection, from: Timestamp) -> rusqlite::Result<Option<Checkpoint>> {
        conn.prepare_cached(
            "SELECT machine, at, engine, keep, bytes FROM checkpoint
             WHERE at <= ?1 AND machine = ?2 AND engine BETWEEN ?3 AND ?4 ORDER BY at DESC LIMIT 1",
        )?
        .query_row(
            params![from.0, self.machine.0, OLDEST_ENGINE, ENGINE],
            opening::checkpoint,
        )
        .optional()
    }

    fn later(&self, conn: &Connection, after: Timestamp) -> rusqlite::Result<Vec<Checkpoint>> {
        let mut statement = conn.prepare_cached(
            "SELECT machine, at, engine, keep, bytes FROM checkpoint
             WHERE at > ?1 AND machine = ?2 AND engine = ?3 ORDER BY at",
        )?;
        let found = statement.query_map(params![after.0, self.machine.0, ENGINE], opening::checkpoint)?;
        found.collect()
    }

    /// The end of a window that begins at `begin`: as wide as few enough rows allow, at least a quarter hour.
    fn window(&self, begin: Timestamp) -> rusqlite::Result<Timestamp> {
        let mut width = WIDEST_MS;
        while width > QUARTER_MS {
            let (after, before) = journal::range(self.conn, begin, begin.plus(width))?;
            let before = if before == u64::MAX { self.newest()? + 1 } else { before };
            if before.saturating_sub(after) + self.late(begin, begin.plus(width))? <= self.window_rows {
                break;
            }
            width /= 2;
        }
        Ok(begin.plus(width))
    }

    /// How many late facts a window has, counted only as far as it matters.
    fn late(&self, begin: Timestamp, until: Timestamp) -> rusqlite::Result<u64> {
        self.conn
            .prepare_cached(
                "SELECT count(*) FROM (SELECT 1 FROM fact WHERE late = 1 AND at >= ?1 AND at < ?2 LIMIT ?3)",
            )?
            .query_row(params![begin.0, until.0, int(self.window_rows + 1)], |row| {
                super::rows::number(row, 0)
            })
    }

    fn newest(&self) -> rusqlite::Result<u64> {
        self.conn
            .prepare_cached("SELECT coalesce(max(seq), 0) FROM fact")?
            .query_row([], |row| super::rows::number(row, 0))
    }

    /// The machine's facts with `at` in `[begin, until)`, and those about all machines, in the order they are folded.
    fn read(
        &self,
        begin: Timestamp,
        until: Timestamp,
        end: u64,
        unreadable: &mut Vec<String>,
    ) -> rusqlite::Result<Vec<(u64, Fact)>> {
        let (after, before) = journal::range(self.conn, begin, until)?;
        let concerns = "((machine = ?4 AND kind <> 'setting')
             OR (machine IS NULL AND kind IN ('started', 'clock', 'loss')))";
        let mut statement = self.conn.prepare_cached(&format!(
            "SELECT {COLUMNS} FROM fact WHERE seq > ?5 AND seq < ?6 AND seq <= ?3
                 AND late = 0 AND at >= ?1 AND at < ?2 AND {concerns}
             UNION ALL
             SELECT {COLUMNS} FROM fact WHERE late = 1 AND at >= ?1 AND at < ?2 AND seq <= ?3 AND {concerns}"
        ))?;
        let bounds = params![begin.0, until.0, int(end), self.machine.0, int(after), int(before)];
        let mut facts = Vec::new();
        for fact in statement.query_map(bounds, |row| Ok(Stored::read_fact(row, self.roster)))? {
            match fact? {
                Ok(fact) => facts.push(fact),
                Err(why) => unreadable.push(why),
            }
        }
        facts.sort_unstable_by(|(seq, fact), (other_seq, other)| {
            fact.order().cmp(&other.order()).then(seq.cmp(other_seq))
        });
        Ok(facts)
    }
}

#[cfg(test)]
mod tests;
