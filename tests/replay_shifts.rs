//! `gemba replay --check`: shift tallies are compared where their minutes are gone too, and what cannot be compared is said.
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

use gemba::commands::replay::{Report, check};
use gemba::model::entry::{Entry, Says, Source};
use gemba::model::fact::{Body, Fact, Loss};
use gemba::model::tally::ENGINE;
use gemba::model::time::{DAY_MS, MINUTE_MS, Timestamp};
use gemba::pipeline::replay::stamp;
use lived_lathe::lived;
use pipeline_plant::{LATHE, at};
use rusqlite::Connection;
use std::path::Path;

/// The early shift begins 53 minutes after the start: two hours are of the night and of the early shift.
const EARLY: i64 = 3_600 - 7;
/// Minutes before it are pruned in these tests: in the second hour, within the early shift.
const KEPT: i64 = EARLY + 1_800;

fn run(folder: &Path, sql: &str) {
    let conn = Connection::open(folder.join(fixture::DATABASE)).unwrap();
    conn.execute_batch(sql).unwrap();
}

/// What pruning leaves: minutes, spans and flags from [`KEPT`] on, and every shift.
fn prune(folder: &Path) {
    let kept = at(KEPT).floor(MINUTE_MS).0;
    run(
        folder,
        &format!(
            "DELETE FROM tally WHERE start < {kept}; DELETE FROM span WHERE start < {kept}; DELETE FROM flag WHERE at < {kept};
             INSERT OR REPLACE INTO meta (key, value) VALUES ('pruned_before', '{kept}');"
        ),
    );
}

fn pruned(more: &[Fact]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    lived(folder.path(), 2, more);
    prune(folder.path());
    folder
}

fn checked(folder: &Path) -> Report {
    check(folder).unwrap()
}

/// The start of the first shift of the lathe, the night.
fn night(folder: &Path) -> i64 {
    let conn = Connection::open(folder.join(fixture::DATABASE)).unwrap();
    let sql = "SELECT min(shift_start) FROM tally_shift WHERE machine = 1";
    conn.query_row(sql, [], |row| row.get(0)).unwrap()
}

fn fact(at: Timestamp, received_at: Timestamp, body: Body) -> Fact {
    Fact {
        at,
        received_at,
        mono_ms: 0,
        epoch: 0,
        machine: None,
        author: "agent".into(),
        body,
    }
}

#[test]
fn shifts_whose_minutes_are_gone_are_compared_and_a_wrong_sum_is_named() {
    let folder = pruned(&[]);
    let report = checked(folder.path());
    assert_eq!(report.sentences(), Vec::<String>::new());
    assert_eq!(
        report.shifts, 4,
        "the night and the early shift of both machines, though the minutes of the night are gone"
    );
    let night = night(folder.path());
    let stamp = stamp(Timestamp(night));
    run(
        folder.path(),
        &format!("UPDATE tally_shift SET good = good + 1 WHERE machine = 1 AND shift_start = {night}"),
    );
    let said = checked(folder.path()).sentences();
    let named = format!("press-02: the shift's tally at {stamp} (night) has good = '");
    assert!(said.len() == 1 && said[0].starts_with(&named), "{said:?}");
    run(
        folder.path(),
        &format!("DELETE FROM tally_shift WHERE machine = 1 AND shift_start = {night}"),
    );
    let missing = format!("press-02: no shift's tally at {stamp} (night) is stored, and the journal gives one");
    assert_eq!(checked(folder.path()).sentences(), [missing]);
}

#[test]
fn a_shift_whose_detail_cannot_be_read_is_named() {
    let folder = pruned(&[]);
    let night = night(folder.path());
    run(
        folder.path(),
        &format!("UPDATE tally_shift SET detail = x'ff' WHERE machine = 1 AND shift_start = {night}"),
    );
    let why = check(folder.path()).unwrap_err().to_string();
    let named = format!("the tally of the shift of machine number 1 that starts at {night} (night): ");
    assert!(why.contains(&named), "{why}");
}

#[test]
fn shifts_of_another_engine_whose_minutes_are_gone_are_counted_and_not_compared() {
    let folder = pruned(&[]);
    let night = night(folder.path());
    run(
        folder.path(),
        &format!(
            "UPDATE tally_shift SET engines = '3:52 {ENGINE}:1', good = 7 WHERE machine = 1 AND shift_start = {night}"
        ),
    );
    let report = checked(folder.path());
    assert_eq!(
        report.sentences(),
        [
            "press-02: 1 shift tallies were not compared: another engine than this one worked them out, and their minutes are no longer kept"
        ]
    );
    assert!(report.is_clean(), "nothing is known to be wrong");
    assert_eq!(report.shifts, 3);
}

#[test]
fn shifts_behind_which_facts_were_lost_are_counted_and_not_compared() {
    let loss = Loss {
        count: 3,
        until: at(1_000),
    };
    let folder = pruned(&[fact(at(900), at(8_000), Body::Loss(loss))]);
    let report = checked(folder.path());
    let said = report.sentences();
    for machine in ["press-01", "press-02"] {
        let apart = format!("{machine}: 1 shift tallies were not compared: facts behind them were lost by damage");
        assert!(said.iter().any(|said| said.starts_with(&apart)), "{said:?}");
    }
}

#[test]
fn shifts_of_which_something_was_said_when_their_minutes_were_gone_are_counted_and_not_compared() {
    // Ten minutes of the night, planned 90 days and 15 minutes after they began: the ledger left that out.
    let stop = Entry {
        key: "k".into(),
        source: Source::Manual,
        late: false,
        says: Says::PlannedStop {
            until: at(1_200),
            reason: "".into(),
        },
    };
    let late = at(600 + 900).plus(90 * DAY_MS);
    let mut word = fact(at(600), late, Body::Entry(stop));
    word.machine = Some(LATHE);
    let said = checked(pruned(&[word.clone()]).path()).sentences();
    assert_eq!(
        said,
        [
            "press-02: 1 shift tallies were not compared: something was said of their time when their minutes were no longer kept"
        ]
    );
    // In time, and not in what is stored.
    word.received_at = at(7_000);
    let said = checked(pruned(&[word]).path()).sentences();
    let night = "(night) has minor_stop_ms = '";
    assert!(said.len() == 1 && said[0].contains(night), "{said:?}");
}

#[test]
fn a_machine_whose_end_of_sealed_tallies_is_missing_is_named_and_its_rows_are_compared() {
    let folder = tempfile::tempdir().unwrap();
    lived(folder.path(), 2, &[]);
    run(folder.path(), "DELETE FROM sealed WHERE machine = 1");
    let conn = Connection::open(folder.path().join(fixture::DATABASE)).unwrap();
    let first: i64 = conn
        .query_row("SELECT min(start) FROM tally WHERE machine = 1", [], |row| row.get(0))
        .unwrap();
    let said = format!(
        "press-02: up to when it is sealed is not stored, and the journal gives tallies from {} on",
        stamp(Timestamp(first))
    );
    let report = checked(folder.path());
    assert_eq!(report.sentences().join("\n"), said);
    assert!(!report.is_clean() && report.tallies > 200, "{report:?}");
    run(
        folder.path(),
        "DELETE FROM tally WHERE machine = 1; DELETE FROM span WHERE machine = 1; DELETE FROM tally_shift WHERE machine = 1",
    );
    let report = checked(folder.path());
    assert_eq!(report.sentences()[0], said);
    assert!(
        report.sentences()[1].starts_with("press-02: no tally at "),
        "{:?}",
        report.sentences()
    );
}

#[test]
fn an_end_of_sealed_tallies_before_the_newest_one_hides_nothing() {
    let folder = tempfile::tempdir().unwrap();
    lived(folder.path(), 2, &[]);
    let conn = Connection::open(folder.path().join(fixture::DATABASE)).unwrap();
    let (start, end): (i64, i64) = conn
        .query_row(
            "SELECT start, \"end\" FROM tally WHERE machine = 1 ORDER BY start DESC",
            [],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .unwrap();
    let before = end - 30 * MINUTE_MS;
    run(
        folder.path(),
        &format!(
            "UPDATE sealed SET until = {before} WHERE machine = 1;
             UPDATE tally SET good = good + 1 WHERE machine = 1 AND start = {start}"
        ),
    );
    let said = checked(folder.path()).sentences();
    assert_eq!(said.len(), 2, "{said:?}");
    assert_eq!(
        said[0],
        format!(
            "press-02: it is said to be sealed up to {}, and a tally that ends at {} is stored",
            stamp(Timestamp(before)),
            stamp(Timestamp(end))
        )
    );
    assert!(
        said[1].starts_with(&format!(
            "press-02: the tally at {} has good = '",
            stamp(Timestamp(start))
        )),
        "{said:?}"
    );
}
