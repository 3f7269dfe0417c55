//! I/O. SQLite on a thread of its own: the journal of facts, the tallies and the ledger. One writer, readers beside it.

mod body;
mod calendar_setting;
mod chain;
mod copy;
mod difference;
mod engines;
mod entry_row;
mod folder;
mod head;
mod header;
mod history;
mod journal;
mod ledger;
mod line_setting;
mod lived;
mod lost;
mod machine_setting;
mod mend;
mod notes;
mod opening;
mod policy_setting;
mod product_setting;
mod prune;
mod reader;
mod recover;
mod rolled;
mod rows;
mod salvage;
mod schema;
mod settings;
mod shifts;
mod state_rule;
mod thread;
mod transaction;

pub use history::HistoryCursor;
pub use prune::MINUTE_DAYS;
pub use reader::{Reader, Version, Versions};

use crate::model::booking::Booking;
use crate::model::commit::{Alive, Checkpoint, Commit, Committed, WorkedOut};
use crate::model::ids::{MachineId, Roster};
use crate::model::tally::TallyRow;
use crate::model::time::Timestamp;
use folder::Folder;
use head::Head;
use notes::Desk;
use schema::Trouble;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;
use thread::{Due, Message, Worker};
use tokio::sync::mpsc;
use transaction::Scene;

/// Commits that may wait for the thread: the core hands over one at a time, and a second at a stop.
const WAITING_COMMITS: usize = 4;

/// `[store]`.
#[derive(Debug, Clone)]
pub struct Config {
    /// The data folder; made when it is missing.
    pub path: PathBuf,
    /// A fact waits at most this long for a commit, in milliseconds. The core keeps it.
    pub commit_ms: u64,
    /// Meant for facts, which are not pruned yet. Now it bounds checkpoints, and bookings where no sink is configured, in days.
    pub fact_days: u32,
    /// The database never grows beyond this, in megabytes of 1,000,000 bytes; damaged ones kept in quarantine/ come on top.
    pub max_disk_mb: u64,
    /// Names of the configured sinks: bookings are kept until all of them are past them.
    pub sinks: Vec<String>,
}

/// How a booking becomes the bytes that are kept and sent, its measurement first; given by the agent, so that the store knows
/// no sink.
pub type Encode = fn(&Booking) -> String;

/// Up to where everything is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The last proof of life; `None` on a folder no agent has run in.
    pub alive: Option<Timestamp>,
    /// End of the newest tally of each machine.
    pub sealed_until: Vec<(MachineId, Timestamp)>,
    /// Machines whose past is being worked out again, and from when on.
    pub restating: Vec<(MachineId, Timestamp)>,
    /// Minute tallies and spans that start before it are no longer kept.
    pub kept_since: Timestamp,
}

/// What the data folder held when it was opened.
#[derive(Debug)]
pub struct Opening {
    /// Machines of the journal, and those given that were new.
    pub roster: Roster,
    /// The last proof of life; `None` on a new folder.
    pub alive: Option<Alive>,
    /// Per machine: its newest checkpoint this engine can read.
    pub checkpoints: Vec<Checkpoint>,
    /// Per machine: end of its newest tally.
    pub sealed_until: Vec<(MachineId, Timestamp)>,
    /// Per machine: the merged tallies of the shift its newest tally belongs to, one row per product, from the shift's start
    /// to the newest tally's end.
    pub shifts: Vec<TallyRow>,
    /// The engines that worked these shifts out.
    pub engines: Vec<WorkedOut>,
    /// Restatements that were under way.
    pub restating: Vec<(MachineId, Timestamp)>,
    /// Number of the newest fact; 0 when there is none.
    pub last_seq: u64,
    /// Newest arrival (`received_at`) of any fact.
    pub newest: Option<Timestamp>,
    /// What recovery did, for log and health: sentences. None when all was well.
    pub findings: Vec<String>,
}

/// What the store thread says to the core: one answer per commit, in the order they were handed over.
#[derive(Debug)]
pub enum Answer {
    /// On disk.
    Committed(Committed),
    /// Not on disk, nothing of it.
    Refused {
        /// Given back to be tried again.
        commit: Box<Commit>,
        /// What failed and what to do, in an operator's words.
        why: String,
    },
}

/// Handle to the store thread; cloneable.
#[derive(Debug, Clone)]
pub struct Writer {
    inbox: SyncSender<Message>,
    desk: Arc<Desk>,
}

/// What a sink has confirmed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SinkState {
    /// Its name as configured.
    pub name: String,
    /// Every booking up to and with this one is confirmed or in quarantine.
    pub done: u64,
    /// One range confirmed ahead of it (first, last).
    pub ahead: Option<(u64, u64)>,
}

/// A booking that a sink refused for good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quarantined {
    /// Which sink.
    pub sink: String,
    /// The booking's number.
    pub booking: u64,
    /// When it was refused.
    pub at: Timestamp,
    /// What the sink said.
    pub why: String,
}

impl Writer {
    /// Hands a commit over without waiting; exactly one [`Answer`] follows.
    ///
    /// # Errors
    /// Gives it back when too many wait, or the thread has stopped.
    pub fn commit(&self, commit: Commit) -> Result<(), Box<Commit>> {
        self.inbox.try_send(Message::Commit(Box::new(commit))).map_err(|error| {
            let (TrySendError::Full(message) | TrySendError::Disconnected(message)) = error;
            match message {
                Message::Commit(commit) => commit,
                Message::Wake | Message::Stop => Box::default(),
            }
        })
    }

    /// Notes what a sink confirmed; written with the next commit, at the latest after a minute, and at a stop.
    pub fn sink(&self, state: SinkState) {
        self.desk.sink(state);
    }

    /// Puts bookings into quarantine at once; a [`SinkState`] noted later is never written before them.
    pub fn quarantine(&self, rows: Vec<Quarantined>) {
        self.desk.quarantine(rows);
        self.wake();
    }

    /// Replaces the database by what can be read of it, before the next commit: for what [`Reader::quick_check`] found. The
    /// old one is kept aside; facts that are lost are counted in a fact of their own. Readers must be opened again.
    pub fn repair(&self, why: &str) {
        self.desk.damaged(why);
        self.wake();
    }

    /// Bytes the disk of the data folder has left, when they are few: somebody must make room before the last is used.
    pub fn room(&self) -> Option<u64> {
        self.desk.room()
    }

    fn wake(&self) {
        if self.inbox.try_send(Message::Wake).is_err() {
            tracing::trace!("the store thread is busy, and looks at the desk by itself");
        }
    }
}

/// The store thread.
#[derive(Debug)]
pub struct Store {
    inbox: SyncSender<Message>,
    thread: JoinHandle<()>,
}

impl Store {
    /// Stops the thread after everything handed over is written, and waits for it. The folder is free then.
    pub fn stop(self) {
        if self.inbox.send(Message::Stop).is_err() {
            tracing::error!("the store thread had ended before it was told to");
        }
        if self.thread.join().is_err() {
            tracing::error!("the store thread ended with a panic: what was not confirmed is not on disk");
        }
    }
}

/// Locks the folder, recovers, migrates and starts the thread. `machines` are those of the configuration; `boot` names this
/// run in the journal. `answers` receives one [`Answer`] per commit.
///
/// # Errors
/// The folder cannot be used, and what to do about it.
pub fn open(
    config: &Config,
    machines: &[String],
    boot: &str,
    encode: Encode,
    answers: mpsc::UnboundedSender<Answer>,
) -> Result<(Store, Writer, Opening), OpenError> {
    if machines.iter().any(String::is_empty) {
        return Err(OpenError::Nameless);
    }
    let folder = Folder::claim(&config.path)?;
    let mut findings = Vec::new();
    if folder.make_room() {
        findings.push("the disk is full: the ballast file was given up to open the database; free space".to_owned());
    }
    let (conn, heads, scene, opening) =
        start(&folder, config, machines, boot, encode, findings).map_err(|trouble| OpenError::Database {
            path: config.path.clone(),
            why: match &trouble {
                Trouble::Sql(error) => schema::advice(error),
                Trouble::Newer { .. } | Trouble::Malformed(_) | Trouble::Disk(_) => trouble.to_string(),
            },
        })?;
    folder.lay_ballast();
    let (inbox, messages) = sync_channel(WAITING_COMMITS);
    let desk = Arc::new(Desk::default());
    let worker = Worker {
        folder,
        max_disk_mb: config.max_disk_mb,
        fact_days: config.fact_days,
        sinks: config.sinks.clone(),
        scene,
        conn: Some(conn),
        heads,
        inbox: messages,
        answers,
        desk: Arc::clone(&desk),
        clock: Due::start(),
    };
    let thread = std::thread::Builder::new()
        .name("store".to_owned())
        .spawn(move || worker.run())
        .map_err(|error| OpenError::Thread(error.to_string()))?;
    let writer = Writer {
        inbox: inbox.clone(),
        desk,
    };
    Ok((Store { inbox, thread }, writer, opening))
}

type Started = (rusqlite::Connection, journal::Heads, Scene, Opening);

/// Opens and reads all an agent starts from; when that shows damage, saves what is readable and reads again, once.
fn start(
    folder: &Folder,
    config: &Config,
    machines: &[String],
    boot: &str,
    encode: Encode,
    mut findings: Vec<String>,
) -> Result<Started, Trouble> {
    let head = Head::read(&folder.path).unwrap_or_else(|finding| {
        findings.push(finding);
        None
    });
    let read = |(mut conn, lost), mut findings: Vec<String>| {
        let scene = Scene {
            boot: boot.to_owned(),
            roster: opening::enrol(&mut conn, machines)?,
            encode,
            unheard: false,
        };
        let heads = recover::reconcile(&mut conn, head.clone(), lost, &scene, &mut findings)?;
        findings.extend(opening::forgotten_sinks(&conn, &config.sinks)?);
        let opening = opening::load(&conn, &scene.roster, &heads, findings)?;
        Ok((conn, heads, scene, opening))
    };
    let opened = recover::database(folder, config.max_disk_mb, &mut findings)?;
    match read(opened, findings.clone()) {
        Err(trouble @ (Trouble::Sql(_) | Trouble::Malformed(_))) if trouble.is_damage() => {
            let opened = recover::replace(folder, config.max_disk_mb, &trouble.to_string(), &mut findings)?;
            read(opened, findings)
        }
        outcome => outcome,
    }
}

/// Why a data folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// It cannot be made or written.
    #[error(
        "the data folder {path} cannot be used ({why}): check that it is on a writable disk and belongs to gemba's user"
    )]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What the operating system said.
        why: String,
    },
    /// Something else has its name.
    #[error("{path} is a file: `store.path` must name a folder")]
    NoFolder {
        /// The name.
        path: PathBuf,
    },
    /// Another agent uses it.
    #[error("another gemba (pid {pid}) uses the data folder {path}: end it, or give this one a folder of its own")]
    Locked {
        /// The folder.
        path: PathBuf,
        /// Its process number, as it wrote it.
        pid: String,
    },
    /// The database in it cannot be used.
    #[error("the database in {path} cannot be used: {why}")]
    Database {
        /// The folder.
        path: PathBuf,
        /// What failed and what to do.
        why: String,
    },
    /// A machine without a name.
    #[error("a machine has an empty name: give it one")]
    Nameless,
    /// The operating system gave no thread.
    #[error("the store thread cannot be started ({0}): raise the limit of processes")]
    Thread(String),
}

/// Why a read failed.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct ReadError(pub String);

/// A booking as kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Booked {
    /// Its number.
    pub seq: u64,
    /// Whose.
    pub machine: Option<MachineId>,
    /// The instant it is booked at.
    pub at: Timestamp,
    /// The frozen bytes, without line end.
    pub line: String,
}
