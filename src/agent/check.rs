//! I/O. After an unclean stop: checks the database once, beside the work, and has the store replace it when it is damaged.

use crate::store::{ReadError, Reader, Writer};
use std::path::{Path, PathBuf};

/// Starts the check on a thread that may block, when the last run was not ended in order. It reads the whole file, which takes
/// about a minute for each 4 GB of a common disk; nothing waits for it.
pub fn start_if(unclean: bool, folder: &Path, writer: &Writer) {
    if !unclean {
        return;
    }
    let (folder, writer): (PathBuf, Writer) = (folder.to_owned(), writer.clone());
    tracing::info!("the last run was not ended in order: the database is checked");
    tokio::task::spawn_blocking(move || check(&folder, &writer));
}

fn check(folder: &Path, writer: &Writer) {
    match found(folder) {
        Ok(findings) if findings.is_empty() => tracing::info!("the database is whole"),
        Ok(findings) => {
            let why = findings.join("; ");
            tracing::error!(
                why,
                "the database is damaged: it is moved to quarantine/ in the data folder, and what is readable is saved"
            );
            writer.repair(&why);
        }
        Err(error) => tracing::error!(%error, "the database could not be checked: look at the disk"),
    }
}

fn found(folder: &Path) -> Result<Vec<String>, ReadError> {
    Reader::open(folder)?.quick_check()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::forward::line_protocol::encode;
    use crate::store::{self, Answer, Config};
    use std::os::unix::fs::FileExt;
    use tokio::sync::mpsc;

    fn config(path: &Path) -> Config {
        Config {
            path: path.to_owned(),
            commit_ms: 5_000,
            fact_days: 400,
            max_disk_mb: 64,
            sinks: Vec::new(),
        }
    }

    fn open(path: &Path) -> (store::Store, Writer, mpsc::UnboundedReceiver<Answer>) {
        let (answers, answers_in) = mpsc::unbounded_channel();
        let (store, writer, _) = store::open(&config(path), &["m".to_owned()], "boot", encode, answers).unwrap();
        (store, writer, answers_in)
    }

    /// Where a page in the middle of the file is, that is read by no start: one of a table's index.
    fn root_of_an_index(path: &Path) -> u64 {
        let conn = rusqlite::Connection::open(path).unwrap();
        let sql = "SELECT rootpage FROM sqlite_master WHERE name = 'fact_late'";
        let page: i64 = conn.query_row(sql, [], |row| row.get(0)).unwrap();
        let size: i64 = conn.query_row("PRAGMA page_size", [], |row| row.get(0)).unwrap();
        u64::try_from((page - 1) * size).unwrap()
    }

    #[test]
    fn a_sound_database_stays_and_a_damaged_one_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let aside = folder.path().join("quarantine");
        let (store, writer, _answers) = open(folder.path());
        check(folder.path(), &writer);
        store.stop();
        assert!(!aside.exists(), "nothing was wrong");
        let file = folder.path().join("gemba.db");
        let at = root_of_an_index(&file);
        let (store, writer, _answers) = open(folder.path());
        let damaged = std::fs::OpenOptions::new().write(true).open(&file).unwrap();
        damaged.write_all_at(&[0xff; 64], at).unwrap();
        assert!(!found(folder.path()).unwrap().is_empty());
        check(folder.path(), &writer);
        store.stop();
        assert!(aside.join("1/gemba.db").exists());
        assert_eq!(found(folder.path()).unwrap(), Vec::<String>::new());
    }
}
