//! Commits and pages in SQLite's write-ahead log, counted from outside by reading its index now and then.

use std::fs;
use std::path::{Path, PathBuf};

/// A page with its header in the log.
const FRAME_BYTES: u64 = 4096 + 24;

/// Watches one database; as exact as it is looked at often.
#[derive(Debug)]
pub struct Wal {
    index: PathBuf,
    last: Option<Header>,
    /// Transactions since the start.
    pub commits: u64,
    /// Pages written to the log since the start.
    pub frames: u64,
}

/// What the first bytes of the index say (SQLite's file format, "WAL-index header", in the machine's byte order).
#[derive(Debug, Clone, Copy)]
struct Header {
    /// Counts transactions.
    changes: u32,
    /// Pages in the log.
    frames: u32,
}

impl Wal {
    /// Begins to watch the database in a data folder.
    pub fn watch(data: &Path) -> Wal {
        let index = data.join("gemba.db-shm");
        let last = read(&index);
        Wal {
            index,
            last,
            commits: 0,
            frames: 0,
        }
    }

    /// Counts what happened since the last look.
    pub fn look(&mut self) {
        let Some(now) = read(&self.index) else { return };
        if let Some(last) = self.last {
            self.commits += u64::from(now.changes.wrapping_sub(last.changes));
            // The log begins again from its start once all of it is in the database.
            let grown = now.frames.checked_sub(last.frames).unwrap_or(now.frames);
            self.frames += u64::from(grown);
        }
        self.last = Some(now);
    }

    /// Bytes written to the log.
    pub fn bytes(&self) -> u64 {
        self.frames * FRAME_BYTES
    }
}

fn read(index: &Path) -> Option<Header> {
    let bytes = fs::read(index).ok()?;
    let word = |at: usize| Some(u32::from_ne_bytes(bytes.get(at..at + 4)?.try_into().ok()?));
    Some(Header {
        changes: word(8)?,
        frames: word(16)?,
    })
}
