//! What the health page shows of the agent's own parts, gathered as the core hears of it.

use crate::clock::Step;
use crate::collect::{Batch, Kind, Source};
use crate::forward;
use crate::model::live::PlantLive;
use crate::model::time::{SECOND_MS, Timestamp};
use crate::serve::health::{ClockHealth, Health, NoteHealth, SinkHealth, SourceHealth, StoreHealth};
use crate::store;
use std::mem::discriminant;
use std::path::PathBuf;
use tokio::sync::watch;

/// Different notes kept for each source: more would be one note a topic of a broker gone wild.
const NOTES: usize = 64;
/// How often the files are looked at: a database grows by less than a megabyte in the meantime.
const LOOK_MS: i64 = 10_000;
/// What counts against `max_disk_mb`.
const FILES: [&str; 2] = ["gemba.db", "gemba.db-wal"];
const MEGABYTE: u64 = 1_000_000;
/// Why a sink that is neither up nor down is shown as it is.
const UNTRIED: &str = "nothing was booked yet: not tried";

/// The agent's own parts.
pub struct Board {
    started_at: Timestamp,
    sources: Vec<SourceHealth>,
    store: StoreHealth,
    clock: ClockHealth,
    /// What the last look at the wall clock showed.
    step: Step,
    sinks: Vec<watch::Receiver<forward::health::SinkHealth>>,
    disk: Disk,
}

/// The database on disk.
pub struct Disk {
    folder: PathBuf,
    max_mb: u64,
    looked_at: Option<Timestamp>,
}

/// Name and kind of a source.
pub fn describe(source: &Source) -> (String, &'static str) {
    let kind = match source.kind {
        Kind::Modbus(_) => "modbus",
        Kind::Mqtt(_) => "mqtt",
    };
    (source.name.clone(), kind)
}

impl Board {
    /// A board on which nothing has happened yet.
    pub fn new(
        started_at: Timestamp,
        sources: Vec<(String, &'static str)>,
        sinks: Vec<watch::Receiver<forward::health::SinkHealth>>,
        findings: Vec<String>,
        disk: Disk,
    ) -> Board {
        let source = |(name, kind): (String, &str)| SourceHealth {
            name,
            kind: kind.to_owned(),
            why: "not connected yet".into(),
            ..SourceHealth::default()
        };
        Board {
            started_at,
            sources: sources.into_iter().map(source).collect(),
            store: StoreHealth {
                ok: true,
                findings,
                max_mb: disk.max_mb,
                ..StoreHealth::default()
            },
            clock: ClockHealth {
                ok: true,
                what: String::new(),
            },
            step: Step::None,
            sinks,
            disk,
        }
    }

    /// Takes links and notes of a source.
    pub fn heard(&mut self, batch: &Batch) {
        for link in &batch.links {
            let Some(source) = self.sources.get_mut(link.source.0 as usize) else {
                continue;
            };
            if source.up != link.up || source.since.is_none() {
                source.since = Some(link.at);
            } else if source.up || source.why == link.why {
                continue;
            }
            match link.up {
                true => tracing::info!(source = source.name, "source is up: {}", link.why),
                false => tracing::warn!(source = source.name, "source is down: {}", link.why),
            }
            source.up = link.up;
            source.why = if link.up { String::new() } else { link.why.clone() };
        }
        for note in &batch.notes {
            let Some(source) = self.sources.get_mut(note.source.0 as usize) else {
                continue;
            };
            let same = |known: &NoteHealth| known.about == note.about && known.kind == note.kind;
            let before = source
                .notes
                .iter()
                .position(same)
                .map(|place| source.notes.remove(place));
            if source.notes.len() >= NOTES {
                source.notes.remove(0);
            }
            // The one that happened last stands last, so that the oldest goes when there are too many.
            source.notes.push(NoteHealth {
                about: note.about.clone(),
                kind: note.kind.to_owned(),
                what: note.what.clone(),
                count: before.map_or(0, |before| before.count).saturating_add(note.times),
                last_at: note.at,
            });
        }
    }

    /// A commit was written.
    pub fn committed(&mut self, at: Timestamp) {
        if !self.store.ok {
            tracing::info!("the store writes again");
        }
        self.store.ok = true;
        self.store.why.clear();
        self.store.last_commit = Some(at);
    }

    /// A commit could not be written.
    pub fn refused(&mut self, why: &str) {
        if self.store.ok || self.store.why != why {
            tracing::error!(why, "facts cannot be written; they wait in memory");
        }
        self.store.ok = false;
        why.clone_into(&mut self.store.why);
    }

    /// How much room the disk has left, when it is little.
    pub fn room(&mut self, free_bytes: Option<u64>) {
        match (self.store.free_bytes, free_bytes) {
            (None, Some(free_bytes)) => {
                tracing::error!(free_bytes, "the disk of the data folder is full: free space");
            }
            (Some(_), None) => tracing::info!("the disk of the data folder has room again"),
            (None, None) | (Some(_), Some(_)) => {}
        }
        self.store.free_bytes = free_bytes;
    }

    /// What a look at the wall clock showed. Each change is one line of the log, not each second it lasts.
    pub fn clock(&mut self, step: Step) {
        let what = match step {
            Step::None | Step::Skipped { .. } => String::new(),
            Step::Suspected(ms) => format!(
                "The wall clock is {} s {} the agent's: waiting a minute whether it lasts.",
                whole_seconds(ms),
                if ms > 0 { "ahead of" } else { "behind" }
            ),
            Step::Ahead(ms) => format!(
                "The wall clock was set back: the agent's time is {0} s ahead of it and goes on, so that no instant is used \
                 twice. Set the clock right (NTP). If it is right now and was wrong before, what happens is booked {0} s late: \
                 stop gemba for that long, then start it again.",
                whole_seconds(ms)
            ),
        };
        if discriminant(&step) != discriminant(&self.step) {
            match what.is_empty() {
                true => tracing::info!("the wall clock and the agent's agree again"),
                false => tracing::warn!("{what}"),
            }
        }
        self.step = step;
        self.clock = ClockHealth {
            ok: what.is_empty(),
            what,
        };
    }

    /// The board as the health page shows it.
    pub fn health(&mut self, live: &PlantLive) -> Health {
        if self.disk.looked_at.is_none_or(|last| live.at.since(last) >= LOOK_MS) {
            self.disk.looked_at = Some(live.at);
            self.store.used_mb = self.disk.used_mb();
        }
        let store = StoreHealth {
            waiting_facts: live.waiting_facts as u64,
            lost_facts: live.lost_facts,
            ..self.store.clone()
        };
        Health {
            at: live.at,
            started_at: self.started_at,
            version: env!("CARGO_PKG_VERSION").into(),
            sources: self.sources.clone(),
            store,
            sinks: self.sinks.iter().map(|sink| sink_health(&sink.borrow())).collect(),
            clock: self.clock.clone(),
        }
    }
}

/// Whole seconds of a difference, rounded, without its sign.
fn whole_seconds(ms: i64) -> i64 {
    (ms.abs() + SECOND_MS / 2) / SECOND_MS
}

impl Disk {
    /// The database of a data folder, not yet looked at.
    pub fn of(store: &store::Config) -> Disk {
        Disk {
            folder: store.path.clone(),
            max_mb: store.max_disk_mb,
            looked_at: None,
        }
    }

    /// What the database and its write-ahead log take; a file that is not there takes nothing.
    fn used_mb(&self) -> u64 {
        let size = |name: &str| std::fs::metadata(self.folder.join(name)).map_or(0, |file| file.len());
        let bytes: u64 = FILES.into_iter().map(size).sum();
        bytes.div_ceil(MEGABYTE)
    }
}

fn sink_health(sink: &forward::health::SinkHealth) -> SinkHealth {
    let why = match (sink.up, sink.is_untried()) {
        (true, _) => "",
        (false, true) => UNTRIED,
        (false, false) => &sink.what,
    };
    SinkHealth {
        name: sink.name.clone(),
        up: sink.up || sink.is_untried(),
        why: why.to_owned(),
        backlog: sink.backlog,
        done: sink.done,
        last_success: sink.last_success,
        quarantined: sink.quarantined,
        act: sink.act && !sink.up,
        lost: sink.lost,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sink_nothing_was_sent_to_is_not_down_and_says_that_it_was_not_tried() {
        let (sender, receiver) = watch::channel(forward::health::SinkHealth::default());
        let mut report = forward::health::Report::new("programme", Timestamp(0), sender);
        let shown = sink_health(&receiver.borrow());
        assert_eq!((shown.up, &*shown.why), (true, UNTRIED));
        report.broken("The disk cannot be read", true, Timestamp(1));
        let shown = sink_health(&receiver.borrow());
        assert_eq!((shown.up, &*shown.why), (false, "The disk cannot be read"));
    }

    #[test]
    fn what_the_database_takes_is_looked_up_every_ten_seconds() {
        let folder = tempfile::tempdir().unwrap();
        let grow = |name: &str, bytes: usize| std::fs::write(folder.path().join(name), vec![0; bytes]).unwrap();
        let disk = Disk {
            folder: folder.path().to_owned(),
            max_mb: 64,
            looked_at: None,
        };
        let mut board = Board::new(Timestamp(0), vec![], vec![], vec![], disk);
        let mut used = |ms| {
            let live = PlantLive {
                at: Timestamp(ms),
                ..PlantLive::default()
            };
            let store = board.health(&live).store;
            (store.used_mb, store.max_mb)
        };
        assert_eq!(used(0), (0, 64), "there is nothing yet");
        grow("gemba.db", 2_000_000);
        grow("gemba.db-wal", 500_000);
        assert_eq!(used(9_999), (0, 64));
        assert_eq!(used(10_000), (3, 64), "2.5 MB are begun megabytes");
    }
}
