//! I/O. The store thread: one transaction per commit, answers only after it is on disk, and mends itself after a fault.

use super::Answer;
use super::folder::Folder;
use super::head::Head;
use super::journal::Heads;
use super::lived;
use super::notes::Desk;
use super::prune;
use super::recover;
use super::schema::{self, Trouble};
use super::transaction::{self, Failure, Scene};
use crate::model::commit::{Commit, Committed};
use rusqlite::{Connection, TransactionBehavior};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;
use tokio::sync::mpsc::UnboundedSender;
use tokio::time::Instant;

/// How often the thread looks after itself when nothing comes.
const TICK: Duration = Duration::from_secs(1);
/// What sinks confirmed rides in a commit; without one it is written after this, which bounds what is sent again.
const NOTES_EVERY: Duration = Duration::from_secs(60);
/// The head file is at most this old: less than the minute a database that went back may stay unnoticed.
const HEAD_EVERY: Duration = Duration::from_secs(45);
/// How often old rows are looked for.
const PRUNE_EVERY: Duration = Duration::from_secs(3_600);
/// Steps of pruning at once when the disk is full: enough to free some megabytes.
const STEPS_WHEN_FULL: u32 = 10;

/// What the handles tell the thread.
#[derive(Debug)]
pub(super) enum Message {
    /// To be written.
    Commit(Box<Commit>),
    /// Something on the desk is urgent.
    Wake,
    /// Write all that was handed over, and end.
    Stop,
}

/// The thread's own.
pub(super) struct Worker {
    pub(super) folder: Folder,
    pub(super) max_disk_mb: u64,
    pub(super) fact_days: u32,
    pub(super) sinks: Vec<String>,
    pub(super) scene: Scene,
    /// `None` after a fault, until it could be opened again.
    pub(super) conn: Option<Connection>,
    pub(super) heads: Heads,
    pub(super) inbox: Receiver<Message>,
    pub(super) answers: UnboundedSender<Answer>,
    pub(super) desk: Arc<Desk>,
    pub(super) clock: Due,
}

/// When things were last done.
pub(super) struct Due {
    notes: Instant,
    head: Instant,
    prune: Instant,
    /// Up to here the time lived is noted.
    lived: Instant,
    /// The head in the file.
    kept: Option<Head>,
    /// The database is known to be damaged.
    damaged: Option<String>,
}

impl Due {
    /// All of it just done, but for pruning and the head file.
    pub(super) fn start() -> Due {
        let now = Instant::now();
        Due {
            notes: now,
            head: now.checked_sub(HEAD_EVERY).unwrap_or(now),
            prune: now.checked_sub(PRUNE_EVERY).unwrap_or(now),
            lived: now,
            kept: None,
            damaged: None,
        }
    }
}

impl Worker {
    /// Works until told to stop, or until every handle is gone.
    pub(super) fn run(mut self) {
        loop {
            match self.inbox.recv_timeout(TICK) {
                Ok(Message::Commit(commit)) => self.commit(commit),
                Ok(Message::Wake) | Err(RecvTimeoutError::Timeout) => {}
                Ok(Message::Stop) | Err(RecvTimeoutError::Disconnected) => break,
            }
            self.tend();
        }
        while let Ok(message) = self.inbox.try_recv() {
            if let Message::Commit(commit) = message {
                self.commit(commit);
            }
        }
        self.finish();
    }

    fn commit(&mut self, commit: Box<Commit>) {
        self.repair();
        let outcome = match self.write(&commit) {
            Err(Failure::Sql(error)) if schema::is_full(&error) => {
                self.make_room();
                self.write(&commit)
            }
            outcome => outcome,
        };
        let answer = match outcome {
            Ok(committed) => Answer::Committed(committed),
            Err(failure) => Answer::Refused {
                commit,
                why: self.explain(failure),
            },
        };
        if self.answers.send(answer).is_err() {
            tracing::debug!("an answer of the store found nobody: the agent is stopping");
        }
    }

    /// One transaction; after a failure nothing of it is left.
    fn write(&mut self, commit: &Commit) -> Result<Committed, Failure> {
        self.connect()?;
        let Some(conn) = self.conn.as_mut() else {
            return Err(Failure::Content("the database is not open".to_owned()));
        };
        let notes = self.desk.look();
        let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let (committed, heads) = transaction::apply(&tx, &self.heads, &self.scene, commit, &notes)?;
        let now = Instant::now();
        lived::note(&tx, now.duration_since(self.clock.lived), heads.newest)?;
        if let Err(error) = tx.commit() {
            // The disk failed in the very last step: only the file knows whether it is there.
            if schema::is_full(&error) || !self.landed(&heads) {
                return Err(error.into());
            }
        }
        self.heads = heads;
        self.desk.done(&notes);
        self.scene.unheard = false;
        (self.clock.notes, self.clock.lived) = (now, now);
        Ok(committed)
    }

    /// Opens the database again and looks whether it ends at `heads`, which no other commit can lead to.
    fn landed(&mut self, heads: &Heads) -> bool {
        let advances = (heads.seq, heads.booking) != (self.heads.seq, self.heads.booking);
        self.conn = None;
        let connected = self.connect().is_ok();
        connected && advances && (self.heads.hash, self.heads.booking) == (heads.hash, heads.booking)
    }

    /// Opens the database when it is not: after an I/O error it was closed, since what the operating system holds of it
    /// may differ from what the disk holds.
    fn connect(&mut self) -> Result<(), Failure> {
        if self.conn.is_some() {
            return Ok(());
        }
        let mut findings = Vec::new();
        let opened = match &self.clock.damaged {
            Some(why) => recover::replace(&self.folder, self.max_disk_mb, why, &mut findings),
            None => recover::database(&self.folder, self.max_disk_mb, &mut findings),
        };
        if opened.is_ok() {
            self.clock.damaged = None;
        }
        let known = Head::of(&self.heads);
        let outcome = opened.and_then(|(mut conn, lost)| {
            let heads = recover::reconcile(&mut conn, known, lost, &self.scene, &mut findings)?;
            Ok((conn, heads))
        });
        // Whatever was found, the core knows nothing of it.
        self.scene.unheard |= !findings.is_empty();
        for finding in findings {
            tracing::error!(finding, "the database was opened again");
        }
        match outcome {
            Ok((conn, heads)) => {
                (self.conn, self.heads) = (Some(conn), heads);
                Ok(())
            }
            Err(Trouble::Sql(error)) => Err(Failure::Sql(error)),
            Err(trouble) => Err(Failure::Content(trouble.to_string())),
        }
    }

    /// What failed, in an operator's words; closes the database where that is the way to mend it.
    fn explain(&mut self, failure: Failure) -> String {
        match failure {
            Failure::Content(why) => format!("the store cannot write this: {why}"),
            Failure::Sql(error) => {
                if schema::is_damage(&error) {
                    self.clock.damaged = Some(error.to_string());
                }
                if !schema::is_full(&error) {
                    self.conn = None;
                }
                format!("not written: {}", schema::advice(&error))
            }
        }
    }

    /// The disk or the database is full: gives up the ballast, then whatever is old enough to go.
    fn make_room(&mut self) {
        let ballast = self.folder.drop_ballast();
        // What sinks confirmed decides what may go; it would never be written with a commit that does not fit.
        if !self.desk.look().is_empty() {
            self.write_notes();
        }
        let Some(conn) = self.conn.as_mut() else { return };
        if let Err(error) = conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())) {
            tracing::debug!(%error, "the write-ahead log was not cut back");
        }
        let mut steps = 0;
        while let Some(newest) = self.heads.newest {
            steps += 1;
            match prune::step(conn, newest, self.fact_days, &self.sinks) {
                Ok(true) if steps < STEPS_WHEN_FULL => {}
                Ok(_) => break,
                Err(error) => {
                    tracing::debug!(%error, "nothing could be pruned on the full disk");
                    break;
                }
            }
        }
        if ballast {
            tracing::warn!(steps, "no room to write: the ballast file was given up");
        } else {
            tracing::debug!(steps, "no room to write: made what room there is to make");
        }
    }

    /// What a check of the file found damaged is replaced now.
    fn repair(&mut self) {
        let Some(why) = self.desk.take_damage() else { return };
        self.clock.damaged = Some(why);
        self.conn = None;
        if let Err(failure) = self.connect() {
            let why = self.explain(failure);
            tracing::error!(why, "the damaged database could not be replaced");
        }
    }

    /// Everything that is due but no commit.
    fn tend(&mut self) {
        self.repair();
        self.watch_room();
        let waited = self.clock.notes.elapsed() >= NOTES_EVERY;
        if self.desk.is_urgent() || (waited && !self.desk.look().is_empty()) {
            self.write_notes();
        }
        if self.clock.head.elapsed() >= HEAD_EVERY {
            self.write_head();
            if self.conn.is_some() {
                self.folder.lay_ballast();
            }
        }
        if self.clock.prune.elapsed() >= PRUNE_EVERY {
            self.prune();
        }
    }

    /// Tells who looks how much room is left, and makes the ballast again as soon as there is enough.
    fn watch_room(&mut self) {
        let low = self.folder.low();
        if low.is_none() && self.desk.room().is_some() {
            self.folder.lay_ballast();
        }
        self.desk.low(low);
    }

    fn write_notes(&mut self) {
        if let Err(failure) = self.write(&Commit::default()) {
            let why = self.explain(failure);
            tracing::warn!(why, "what sinks confirmed waits to be written");
        }
    }

    fn write_head(&mut self) {
        self.clock.head = Instant::now();
        let head = Head::of(&self.heads);
        if head == self.clock.kept {
            return;
        }
        let Some(head) = head else { return };
        match head.write(&self.folder.path) {
            Ok(()) => self.clock.kept = Some(head),
            Err(error) => tracing::warn!(%error, "the head file was not written"),
        }
    }

    /// One step; the next tick does the next, until nothing is left for an hour.
    fn prune(&mut self) {
        let (Some(conn), Some(newest)) = (self.conn.as_mut(), self.heads.newest) else {
            return;
        };
        match prune::step(conn, newest, self.fact_days, &self.sinks) {
            Ok(true) => {}
            Ok(false) => self.clock.prune = Instant::now(),
            Err(error) => {
                self.clock.prune = Instant::now();
                let why = self.explain(Failure::Sql(error));
                tracing::warn!(why, "old rows were not pruned");
            }
        }
    }

    fn finish(mut self) {
        if !self.desk.look().is_empty() {
            self.write_notes();
        }
        self.write_head();
        if let Some(conn) = self.conn.take() {
            if let Err(error) = conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())) {
                tracing::warn!(%error, "the write-ahead log was not written back; the next start does it");
            }
            if let Err((_, error)) = conn.close() {
                tracing::warn!(%error, "the database was not closed in order");
            }
        }
    }
}
