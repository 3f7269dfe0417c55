//! I/O. The database file: how it is opened, its limits, and the migrations that made its tables.

use rusqlite::{Connection, ErrorCode, OpenFlags, TransactionBehavior};
use std::path::Path;
use std::time::Duration;

/// The database inside the data folder.
pub(super) const FILE: &str = "gemba.db";

/// Bytes of a page; SQLite's own default, named because the cap of the file is counted in pages.
const PAGE_BYTES: u64 = 4096;
/// The database never gets smaller a cap than this: an empty one needs about a third of it.
const LEAST_PAGES: u64 = 96;
/// Pages of 4 kB a connection keeps in memory, in kB: 2 MB are enough for the few pages a commit touches.
const CACHE_KB: i64 = 2_000;
/// The write-ahead log is cut back to this after a checkpoint: twice the 1,000 pages SQLite checkpoints at.
const WAL_BYTES: i64 = 4_000_000;
/// How long to wait for another program that holds the database, such as a person's `sqlite3`.
const BUSY: Duration = Duration::from_secs(5);
/// Statements kept prepared: all of a commit's.
const STATEMENTS: usize = 64;

/// Each brings the database from one `user_version` to the next, and is never changed once published.
const MIGRATIONS: [&str; 5] = [
    include_str!("migrations/0001_first.sql"),
    include_str!("migrations/0002_detail.sql"),
    include_str!("migrations/0003_excess.sql"),
    include_str!("migrations/0004_metered.sql"),
    include_str!("migrations/0005_engines.sql"),
];

/// Why the database did not open.
#[derive(Debug, thiserror::Error)]
pub(super) enum Trouble {
    #[error(transparent)]
    Sql(#[from] rusqlite::Error),
    #[error(
        "the database was made by a newer gemba (schema {found}, this one knows {known}): install that version again"
    )]
    Newer { found: usize, known: usize },
    #[error("{0}")]
    Malformed(String),
    #[error("the disk failed: {0}")]
    Disk(std::io::Error),
}

impl Trouble {
    /// True when the file's content is at fault, so that opening it again would fail again.
    pub(super) fn is_damage(&self) -> bool {
        match self {
            Trouble::Sql(error) => is_damage(error),
            Trouble::Newer { .. } | Trouble::Disk(_) => false,
            Trouble::Malformed(_) => true,
        }
    }
}

/// True when the file's content is at fault.
pub(super) fn is_damage(error: &rusqlite::Error) -> bool {
    use rusqlite::Error;
    let content = matches!(
        error,
        Error::FromSqlConversionFailure(..)
            | Error::IntegralValueOutOfRange(..)
            | Error::Utf8Error(..)
            | Error::InvalidColumnType(..)
    );
    // SQLITE_ERROR is what a missing table or column gives: every statement of ours fits our schema.
    let codes = [ErrorCode::DatabaseCorrupt, ErrorCode::NotADatabase, ErrorCode::Unknown];
    content || error.sqlite_error_code().is_some_and(|code| codes.contains(&code))
}

/// True when there is no room: the file is at its cap, or the disk is full.
pub(super) fn is_full(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(ErrorCode::DiskFull)
}

/// What to do about it, in an operator's words.
pub(super) fn advice(error: &rusqlite::Error) -> String {
    let what = match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => {
            "the disk is full, or the database is at `store.max_disk_mb`: free space or raise it"
        }
        Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => {
            "the data folder cannot be written: check its owner and whether the disk is mounted read-only"
        }
        Some(ErrorCode::SystemIoFailure | ErrorCode::CannotOpen) => {
            "the disk failed: check it (dmesg, smartctl) and its free space"
        }
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            "another program holds the database: end it (a backup, an sqlite3 shell)"
        }
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
            "the database is damaged: what is readable is saved"
        }
        Some(_) | None => "the database refused it",
    };
    format!("{what} ({error})")
}

/// The one writing connection: limits set, tables made.
pub(super) fn connect(path: &Path, max_disk_mb: u64) -> Result<Connection, Trouble> {
    let mut conn = Connection::open(path)?;
    conn.busy_timeout(BUSY)?;
    conn.set_prepared_statement_cache_capacity(STATEMENTS);
    // Before the first table, or it has no effect.
    conn.pragma_update(None, "auto_vacuum", "INCREMENTAL")?;
    conn.pragma_update(None, "journal_mode", "WAL")?;
    conn.pragma_update(None, "synchronous", "FULL")?;
    conn.pragma_update(None, "journal_size_limit", WAL_BYTES)?;
    conn.pragma_update(None, "cache_size", -CACHE_KB)?;
    conn.pragma_update(None, "foreign_keys", true)?;
    migrate(&mut conn)?;
    let pages = (max_disk_mb.saturating_mul(1_000_000) / PAGE_BYTES).clamp(LEAST_PAGES, u64::from(u32::MAX - 1));
    let pages = i64::try_from(pages).unwrap_or(i64::MAX);
    conn.query_row(&format!("PRAGMA max_page_count = {pages}"), [], |_| Ok(()))?;
    Ok(conn)
}

/// A connection that cannot write.
pub(super) fn connect_read_only(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = Connection::open_with_flags(path, flags)?;
    conn.busy_timeout(BUSY)?;
    conn.set_prepared_statement_cache_capacity(STATEMENTS);
    conn.pragma_update(None, "cache_size", -CACHE_KB)?;
    Ok(conn)
}

/// A connection that cannot write, to a file whose content is at fault. A table whose description is damaged is passed over
/// then; else none could be read.
pub(super) fn connect_to_damaged(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = Connection::open_with_flags(path, flags)?;
    conn.pragma_update(None, "writable_schema", true)?;
    Ok(conn)
}

fn migrate(conn: &mut Connection) -> Result<(), Trouble> {
    let tx = conn.transaction_with_behavior(TransactionBehavior::Deferred)?;
    let version: i64 = tx.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    let known = MIGRATIONS.len();
    let found = usize::try_from(version).map_err(|_| Trouble::Malformed(format!("its version is {version}")))?;
    if found > known {
        // One flipped bit must not make a database look newer: its own word counts as well.
        return match tx.query_row("SELECT value FROM meta WHERE key = 'schema'", [], |row| {
            row.get::<_, String>(0)
        }) {
            Ok(text) if text == found.to_string() => Err(Trouble::Newer { found, known }),
            Ok(_) | Err(_) => Err(Trouble::Malformed(format!("its version cannot be {found}"))),
        };
    }
    let tables: i64 = tx.query_row("SELECT count(*) FROM sqlite_schema WHERE type = 'table'", [], |row| {
        row.get(0)
    })?;
    if (found == 0) != (tables == 0) {
        let text = format!("it has {tables} tables and says it is of version {found}");
        return Err(Trouble::Malformed(text));
    }
    if found == known {
        return Ok(());
    }
    for sql in MIGRATIONS.iter().skip(found) {
        tx.execute_batch(sql)?;
    }
    tx.pragma_update(None, "user_version", i64::try_from(known).unwrap_or(i64::MAX))?;
    tx.execute(
        "INSERT OR REPLACE INTO meta (key, value) VALUES ('schema', ?1)",
        [known.to_string()],
    )?;
    tx.commit()?;
    Ok(())
}

/// The names of all tables of ours.
pub(super) fn tables(conn: &Connection) -> rusqlite::Result<Vec<String>> {
    let sql = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY rowid";
    let mut statement = conn.prepare(sql)?;
    let names = statement.query_map([], |row| row.get(0))?;
    names.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::tally::Column;

    fn columns(conn: &Connection, table: &str) -> Vec<String> {
        let mut statement = conn.prepare("SELECT name FROM pragma_table_info(?1)").unwrap();
        let names = statement.query_map([table], |row| row.get(0)).unwrap();
        names.map(Result::unwrap).collect()
    }

    #[test]
    fn every_table_of_sums_has_every_column_of_a_tally_in_its_order() {
        let folder = tempfile::tempdir().unwrap();
        let conn = connect(&folder.path().join(FILE), 64).unwrap();
        for table in ["tally", "tally_history", "tally_shift"] {
            let found: Vec<_> = columns(&conn, table)
                .into_iter()
                .filter(|name| Column::ALL.iter().any(|(_, column)| column == name))
                .collect();
            let all: Vec<_> = Column::ALL.iter().map(|(_, name)| (*name).to_owned()).collect();
            assert_eq!(found, all, "{table} needs a migration for a new column");
        }
    }

    #[test]
    fn no_index_and_no_primary_key_of_a_growing_table_starts_with_the_machine() {
        let folder = tempfile::tempdir().unwrap();
        let conn = connect(&folder.path().join(FILE), 64).unwrap();
        let mut statement = conn
            .prepare(
                "SELECT t.name, c.name FROM sqlite_schema t, pragma_index_list(t.name) i, pragma_index_info(i.name) c
                 WHERE t.type = 'table' AND c.seqno = 0",
            )
            .unwrap();
        let firsts = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        let firsts: Vec<(String, String)> = firsts.map(Result::unwrap).collect();
        assert!(firsts.contains(&("tally".to_owned(), "start".to_owned())), "{firsts:?}");
        assert!(firsts.iter().all(|(_, column)| column != "machine"), "{firsts:?}");
    }

    #[test]
    fn the_database_keeps_to_its_limits() {
        let folder = tempfile::tempdir().unwrap();
        let conn = connect(&folder.path().join(FILE), 8).unwrap();
        let get = |name: &str| -> String {
            let text = |row: &rusqlite::Row<'_>| row.get::<_, rusqlite::types::Value>(0);
            let value = conn.query_row(&format!("PRAGMA {name}"), [], text).unwrap();
            format!("{value:?}")
        };
        assert_eq!(get("auto_vacuum"), "Integer(2)");
        assert_eq!(get("journal_mode"), "Text(\"wal\")");
        assert_eq!(get("synchronous"), "Integer(2)");
        assert_eq!(get("max_page_count"), "Integer(1953)", "8,000,000 / 4,096");
        assert_eq!(get("user_version"), "Integer(5)");
    }

    #[test]
    fn a_held_increase_of_an_older_program_stands_as_the_last_word_on_it_says() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(FILE);
        let conn = Connection::open(&path).unwrap();
        let first_two = MIGRATIONS[..2].join(";");
        conn.execute_batch(&first_two).unwrap();
        conn.execute_batch("INSERT INTO machine VALUES (0, 'm'); PRAGMA user_version = 2;")
            .unwrap();
        for (at, what) in [(10, "held"), (20, "held"), (30, "held"), (40, "held"), (50, "reset")] {
            let values = format!("({at}, 0, 'good', '{what}', 7)");
            conn.execute_batch(&format!("INSERT INTO flag VALUES {values}"))
                .unwrap();
        }
        let held =
            |key: &str, release: bool| format!(r#"{{"says":"held","key":"{key}","role":"good","release":{release}}}"#);
        let undo = r#"{"says":"undo","key":"u","entry":"c"}"#.to_owned();
        let facts = [
            (10, "ann", held("a", true)),
            (20, "ann", held("b", true)),
            (20, "bob", held("d", false)),
            (30, "ann", held("c", true)),
            (30, "ann", undo),
            (40, "ann", "no JSON at all".to_owned()),
        ];
        for (seq, (at, author, body)) in (1..).zip(facts) {
            conn.execute(
                "INSERT INTO fact VALUES (?1, 'b', 0, 0, ?2, ?2, 0, 'entry', ?3, 0, ?4, x'')",
                rusqlite::params![seq, at, author, body],
            )
            .unwrap();
        }
        drop(conn);
        let conn = connect(&path, 64).unwrap();
        let sql = "SELECT at || standing || ' ' || author FROM flag ORDER BY at";
        let mut statement = conn.prepare(sql).unwrap();
        let rows = statement.query_map([], |row| row.get::<_, String>(0)).unwrap();
        let rows: Vec<String> = rows.map(Result::unwrap).collect();
        assert_eq!(rows, ["10released ann", "20refused bob", "30open ", "40open ", "50 "]);
    }

    #[test]
    fn a_database_of_a_newer_program_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(FILE);
        let conn = connect(&path, 8).unwrap();
        conn.pragma_update(None, "user_version", 99).unwrap();
        assert!(connect(&path, 8).unwrap_err().is_damage(), "a flipped bit alone");
        conn.execute("UPDATE meta SET value = '99' WHERE key = 'schema'", [])
            .unwrap();
        let trouble = connect(&path, 8).unwrap_err();
        assert!(!trouble.is_damage());
        assert!(trouble.to_string().contains("newer gemba"), "{trouble}");
    }
}
