//! I/O. What is no fact and waits for a transaction: what sinks confirmed, and bookings they refused for good.

use super::rows::int;
use super::{Quarantined, SinkState};
use rusqlite::{Connection, params};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Refused bookings that may wait for a store that does not write. A sink that refuses more loses nothing: its state is no
/// longer written, and the bookings are sent again after a restart.
const MOST_QUARANTINED: usize = 10_000;

/// Shared by the handles and the store thread.
#[derive(Debug, Default)]
pub(super) struct Desk {
    waiting: Mutex<Notes>,
    damage: Mutex<Option<String>>,
    /// Bytes free on the disk, while they are few.
    room: Mutex<Option<u64>>,
}

/// What waits.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Notes {
    pub(super) sinks: BTreeMap<String, SinkState>,
    pub(super) quarantine: Vec<Quarantined>,
    /// Sinks whose refused bookings could not be kept.
    stuck: BTreeSet<String>,
}

impl Desk {
    /// The newest state of a sink takes the place of one that waits.
    pub(super) fn sink(&self, state: SinkState) {
        let mut notes = self.lock();
        if !notes.stuck.contains(&state.name) {
            notes.sinks.insert(state.name.clone(), state);
        }
    }

    /// Adds refused bookings.
    pub(super) fn quarantine(&self, rows: Vec<Quarantined>) {
        let mut notes = self.lock();
        if notes.quarantine.len() + rows.len() <= MOST_QUARANTINED {
            notes.quarantine.extend(rows);
            return;
        }
        for row in rows {
            if notes.stuck.insert(row.sink.clone()) {
                tracing::error!(
                    sink = row.sink,
                    "too many refused bookings wait for the store: what this sink confirms from here on is not noted, and is sent again after a restart"
                );
            }
            notes.sinks.remove(&row.sink);
        }
    }

    /// Notes that the database is damaged.
    pub(super) fn damaged(&self, why: &str) {
        *self.damage.lock().unwrap_or_else(PoisonError::into_inner) = Some(why.to_owned());
    }

    /// What damage was noted since the last call.
    pub(super) fn take_damage(&self) -> Option<String> {
        self.damage.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Notes how many bytes the disk has left; `None` when that is enough.
    pub(super) fn low(&self, free: Option<u64>) {
        *self.room.lock().unwrap_or_else(PoisonError::into_inner) = free;
    }

    /// How many bytes the disk has left, when they are few.
    pub(super) fn room(&self) -> Option<u64> {
        *self.room.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A copy of all that waits.
    pub(super) fn look(&self) -> Notes {
        self.lock().clone()
    }

    /// True when refused bookings wait, which are written at once.
    pub(super) fn is_urgent(&self) -> bool {
        !self.lock().quarantine.is_empty()
    }

    /// Forgets what was written.
    pub(super) fn done(&self, written: &Notes) {
        let mut notes = self.lock();
        notes.sinks.retain(|name, state| written.sinks.get(name) != Some(state));
        let count = written.quarantine.len().min(notes.quarantine.len());
        notes.quarantine.drain(..count);
    }

    fn lock(&self) -> MutexGuard<'_, Notes> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Notes {
    /// True when nothing waits.
    pub(super) fn is_empty(&self) -> bool {
        self.sinks.is_empty() && self.quarantine.is_empty()
    }

    /// Writes them inside the caller's transaction: refused bookings and what a sink counts as done belong together.
    pub(super) fn write(&self, conn: &Connection) -> rusqlite::Result<()> {
        for row in &self.quarantine {
            conn.prepare_cached("INSERT OR REPLACE INTO quarantine (booking, sink, at, why) VALUES (?1, ?2, ?3, ?4)")?
                .execute(params![int(row.booking), row.sink, row.at.0, row.why])?;
        }
        for state in self.sinks.values() {
            let (first, last) = state.ahead.unzip();
            conn.prepare_cached(
                "INSERT OR REPLACE INTO sink (name, done, ahead_first, ahead_last) VALUES (?1, ?2, ?3, ?4)",
            )?
            .execute(params![state.name, int(state.done), first.map(int), last.map(int)])?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::time::Timestamp;

    fn state(done: u64) -> SinkState {
        SinkState {
            name: "influx".to_owned(),
            done,
            ahead: None,
        }
    }

    fn refused(booking: u64) -> Quarantined {
        Quarantined {
            sink: "influx".to_owned(),
            booking,
            at: Timestamp(0),
            why: "400".to_owned(),
        }
    }

    #[test]
    fn what_comes_while_notes_are_written_waits_for_the_next_time() {
        let desk = Desk::default();
        desk.sink(state(1));
        desk.quarantine(vec![refused(1)]);
        let written = desk.look();
        desk.sink(state(2));
        desk.quarantine(vec![refused(2)]);
        desk.done(&written);
        let left = desk.look();
        assert_eq!((left.sinks["influx"].done, left.quarantine), (2, vec![refused(2)]));
    }

    #[test]
    fn a_sink_whose_refused_bookings_could_not_be_kept_confirms_nothing_more() {
        let desk = Desk::default();
        desk.sink(state(1));
        desk.quarantine((0..=MOST_QUARANTINED as u64).map(refused).collect());
        desk.sink(state(20_000));
        assert!(desk.look().is_empty());
    }
}
