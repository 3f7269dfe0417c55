//! I/O. The data folder: made, locked for one agent, and with a ballast file to give up when the disk is full.

use super::OpenError;
use fs4::fs_std::FileExt;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// Locked while an agent uses the folder; holds its process number for people.
const LOCK: &str = "lock";
/// Given up when the disk is full, so that rows can be deleted: deleting needs room in the write-ahead log first.
const BALLAST: &str = "ballast";
/// A commit of a few hundred rows and a step of pruning fit in it several times.
const BALLAST_BYTES: u64 = 1_000_000;
/// The ballast is made again when this much is free: else it would be given up again at once.
const ROOMY_BYTES: u64 = 16 * BALLAST_BYTES;

/// A folder this process holds until it is dropped.
#[derive(Debug)]
pub(super) struct Folder {
    pub(super) path: PathBuf,
    _lock: File,
}

impl Folder {
    /// Makes the folder (0700: the journal is nobody else's) and locks it.
    pub(super) fn claim(path: &Path) -> Result<Folder, OpenError> {
        let failed = |error: io::Error| OpenError::Folder {
            path: path.to_owned(),
            why: error.to_string(),
        };
        if path.exists() && !path.is_dir() {
            return Err(OpenError::NoFolder { path: path.to_owned() });
        }
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(path)
            .map_err(failed)?;
        let mut lock = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(path.join(LOCK))
            .map_err(failed)?;
        if !lock.try_lock_exclusive().map_err(failed)? {
            let mut holder = String::new();
            let read = lock.read_to_string(&mut holder);
            return Err(OpenError::Locked {
                path: path.to_owned(),
                pid: read.map_or_else(|_| "unknown".to_owned(), |_| holder.trim().to_owned()),
            });
        }
        let written = lock
            .set_len(0)
            .and_then(|()| lock.rewind())
            .and_then(|()| writeln!(lock, "{}", std::process::id()));
        if let Err(error) = written {
            // A full disk; the lock itself holds.
            tracing::debug!(%error, "the process number was not written to the lock file");
        }
        Ok(Folder {
            path: path.to_owned(),
            _lock: lock,
        })
    }

    /// Gives the ballast up; true when there was one.
    pub(super) fn drop_ballast(&self) -> bool {
        fs::remove_file(self.path.join(BALLAST)).is_ok()
    }

    /// Gives the ballast up before anything is written, when the disk has less room than the ballast would give.
    pub(super) fn make_room(&self) -> bool {
        let free = fs4::available_space(&self.path).unwrap_or(u64::MAX);
        free < BALLAST_BYTES && self.drop_ballast()
    }

    /// Bytes the disk has left, when they are few.
    pub(super) fn low(&self) -> Option<u64> {
        let free = fs4::available_space(&self.path).ok();
        free.filter(|free| *free < ROOMY_BYTES)
    }

    /// Makes the ballast, when it is missing and the disk has room.
    pub(super) fn lay_ballast(&self) {
        let path = self.path.join(BALLAST);
        let there = fs::metadata(&path).is_ok_and(|file| file.len() == BALLAST_BYTES);
        if there || fs4::available_space(&self.path).unwrap_or(0) < ROOMY_BYTES {
            return;
        }
        if let Err(error) = write_zeros(&path) {
            tracing::warn!(%error, "the ballast file could not be made: a full disk may need a person");
        }
    }
}

/// Forces names in a folder to disk.
pub(super) fn sync(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

fn write_zeros(path: &Path) -> io::Result<()> {
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path)?;
    io::copy(&mut io::repeat(0).take(BALLAST_BYTES), &mut file)?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ballast_has_its_full_size_and_can_be_given_up_once() {
        let folder = tempfile::tempdir().unwrap();
        let folder = Folder::claim(folder.path()).unwrap();
        folder.lay_ballast();
        assert_eq!(fs::metadata(folder.path.join(BALLAST)).unwrap().len(), BALLAST_BYTES);
        assert!(folder.drop_ballast());
        assert!(!folder.drop_ballast());
    }
}
