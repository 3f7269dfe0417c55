//! Damage to a data folder, as a failing disk does it.
#![allow(clippy::unwrap_used, reason = "a test double may fail its test")]

use std::fs;
use std::path::Path;

const DATABASE: &str = "gemba.db";
const PAGE: usize = 4_096;
/// First byte of an interior page of an index tree, which a table without row ids is.
const INTERIOR: u8 = 2;

/// Overwrites the `nth` leaf page of a table with zeros: its only one, where it has one.
pub fn lose_page(folder: &Path, table: &str, nth: usize) {
    let conn = rusqlite::Connection::open(folder.join(DATABASE)).unwrap();
    conn.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
    let root: u32 = conn
        .query_row("SELECT rootpage FROM sqlite_schema WHERE name = ?1", [table], |row| {
            row.get(0)
        })
        .unwrap();
    drop(conn);
    let path = folder.join(DATABASE);
    let mut bytes = fs::read(&path).unwrap();
    let page = &bytes[(root as usize - 1) * PAGE..root as usize * PAGE];
    let cells = usize::from(u16::from_be_bytes([page[3], page[4]]));
    let lost = if page[0] == INTERIOR {
        // Its children: page numbers in front of its cells.
        assert!(nth < cells);
        let cell = usize::from(u16::from_be_bytes([page[12 + 2 * nth], page[13 + 2 * nth]]));
        u32::from_be_bytes(page[cell..cell + 4].try_into().unwrap()) as usize
    } else {
        assert_eq!(nth, 0, "{table} has only one page");
        root as usize
    };
    bytes[(lost - 1) * PAGE..lost * PAGE].fill(0);
    fs::write(&path, bytes).unwrap();
}
