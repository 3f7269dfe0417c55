//! `gemba replay --check`: a wrong bit anywhere in the detail of a stored tally or shift is found, and its row is named.
#![allow(clippy::unwrap_used, reason = "a test ends where something is missing")]

#[path = "support/store_fixture.rs"]
mod fixture;
#[path = "support/lived_lathe.rs"]
mod lived_lathe;
#[path = "support/pipeline_plant.rs"]
mod pipeline_plant;
#[path = "support/pipeline_rig.rs"]
mod pipeline_rig;
#[path = "support/pipeline_store.rs"]
mod pipeline_store;

use gemba::commands::replay::check;
use gemba::model::time::Timestamp;
use gemba::pipeline::replay::stamp;
use lived_lathe::lived;
use rusqlite::Connection;
use std::path::Path;

/// What the check says with other bytes in a detail: of its report, or of why there is none.
fn after(folder: &Path, table: &str, key: i64, detail: &[u8]) -> String {
    let conn = Connection::open(folder.join(fixture::DATABASE)).unwrap();
    let number = if table == "tally" { "start" } else { "shift_start" };
    let sql = format!("UPDATE {table} SET detail = ?1 WHERE {number} = ?2 AND machine = 1");
    assert_eq!(conn.execute(&sql, (detail, key)).unwrap(), 1);
    match check(folder) {
        Ok(report) => report.sentences().join("\n"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn a_wrong_bit_in_the_detail_of_a_tally_is_found_and_its_row_is_named() {
    let folder = tempfile::tempdir().unwrap();
    lived(folder.path(), 1, &[]);
    let conn = Connection::open(folder.path().join(fixture::DATABASE)).unwrap();
    // A minute with cycles and a stop in it.
    let longest = "SELECT start, detail FROM tally WHERE machine = 1 ORDER BY length(detail) DESC, start LIMIT 1";
    let (start, right): (i64, Vec<u8>) = conn
        .query_row(longest, [], |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap();
    drop(conn);
    assert!(right.len() > 10, "{right:?}");
    assert_eq!(after(folder.path(), "tally", start, &right), "");
    let (mut differ, mut unreadable) = (0, 0);
    for byte in 0..right.len() {
        for bit in [0, 3, 7] {
            let mut wrong = right.clone();
            wrong[byte] ^= 1 << bit;
            let said = after(folder.path(), "tally", start, &wrong);
            let named = format!("press-02: the tally at {} has detail = '", stamp(Timestamp(start)));
            if said.starts_with(&named) {
                differ += 1;
            } else {
                let row = format!("the tally of machine number 1 that starts at {start}: the bytes of its detail");
                assert!(said.contains(&row), "byte {byte}, bit {bit}: {said}");
                unreadable += 1;
            }
        }
    }
    assert!(differ > 5 && unreadable > 5, "{differ} {unreadable}");
}

#[test]
fn a_shift_whose_detail_is_not_that_of_its_minutes_is_named() {
    let folder = tempfile::tempdir().unwrap();
    lived(folder.path(), 1, &[]);
    let conn = Connection::open(folder.path().join(fixture::DATABASE)).unwrap();
    let first = "SELECT shift_start FROM tally_shift WHERE machine = 1 ORDER BY shift_start LIMIT 1";
    let start: i64 = conn.query_row(first, [], |row| row.get(0)).unwrap();
    drop(conn);
    let said = after(folder.path(), "tally_shift", start, &[]);
    let named = format!("press-02: the shift's tally at {}", stamp(Timestamp(start)));
    assert!(said.starts_with(&named) && said.contains("detail = ''"), "{said}");
    assert!(said.contains("cycles from 9961472 us"), "ten seconds: {said}");
}
