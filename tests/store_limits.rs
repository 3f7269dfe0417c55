//! A folder that is not its own, and a database that is full.
#![allow(clippy::unwrap_used)] // Helpers outside #[test] unwrap too.

#[path = "support/store_fixture.rs"]
mod fixture;

use fixture::*;
use gemba::model::commit::Commit;
use gemba::model::fact::Body;
use gemba::model::time::DAY_MS;
use gemba::store::{Answer, OpenError, SinkState};
use std::fs;
use std::path::Path;

#[test]
fn a_second_agent_on_the_same_folder_is_told_who_has_it() {
    let folder = tempfile::tempdir().unwrap();
    let first = open(folder.path());
    let (sender, _answers) = tokio::sync::mpsc::unbounded_channel();
    let error = gemba::store::open(&config(folder.path()), &[], "b", encode, sender).unwrap_err();
    assert!(matches!(&error, OpenError::Locked { .. }), "{error}");
    let pid = format!("(pid {})", std::process::id());
    assert!(error.to_string().contains(&pid), "{error}");
    first.stop();
    open(folder.path()).stop();
}

#[test]
fn a_folder_that_cannot_be_used_is_a_sentence_that_says_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "x").unwrap();
    // Nobody, root neither, can make a file in /proc/self.
    for (path, says) in [
        (Path::new("/proc/self"), "writable disk"),
        (&file, "must name a folder"),
        (&file.join("data"), "writable disk"),
    ] {
        let (sender, _answers) = tokio::sync::mpsc::unbounded_channel();
        let error = gemba::store::open(&config(path), &machines(), "b", encode, sender).unwrap_err();
        assert!(error.to_string().contains(says), "{}: {error}", path.display());
    }
    assert_eq!(fs::read_to_string(&file).unwrap(), "x");
}

fn values(minute: i64) -> Commit {
    let points = (0..20)
        .map(|n| value(&format!("point-with-a-long-name-{n}"), 0.1))
        .collect();
    let at = T0 + minute * 60_000;
    Commit {
        facts: vec![fact(Some(0), at, at + 60_000, Body::Values(points))],
        value_keys: vec![(0, key("A"))],
        ..Commit::default()
    }
}

/// Has the agent of this folder live nine days, the first of which is over at `from`.
fn lived(folder: &Path, from: i64) {
    let days: Vec<_> = (0..9).map(|day| (from + day * DAY_MS).to_string()).collect();
    let conn = rusqlite::Connection::open(folder.join(DATABASE)).unwrap();
    let changed = conn.execute("UPDATE meta SET value = ?1 WHERE key = 'lived_days'", [days.join(" ")]);
    assert_eq!(changed.unwrap(), 1);
}

#[test]
fn a_full_database_refuses_with_the_commit_given_back_and_goes_on_when_there_is_room() {
    let folder = tempfile::tempdir().unwrap();
    let mut small = config(folder.path());
    small.max_disk_mb = 1;
    let mut first = open_with(&small);
    let mut minute = 0;
    let (commit, why) = loop {
        match first.try_commit(values(minute)) {
            Answer::Committed(_) => minute += 1,
            Answer::Refused { commit, why } => break (commit, why),
        }
    };
    assert!(minute > 20 && why.contains("max_disk_mb"), "{minute}: {why}");
    assert_eq!(commit.facts, values(minute).facts);
    let size = fs::metadata(folder.path().join(DATABASE)).unwrap().len();
    assert!(size <= 1_000_000, "{size}");
    let committed = minute as u64;
    assert_eq!(
        first.reader().verify_chain().unwrap(),
        committed,
        "what was answered is there, and no more"
    );
    // A week and a day later the sink has taken everything: its bookings make room.
    first.writer.sink(SinkState {
        name: "influx".to_owned(),
        done: committed * 20,
        ahead: None,
    });
    let later = minute + 8 * 24 * 60;
    assert!(
        matches!(first.try_commit(values(later)), Answer::Refused { .. }),
        "nothing is a week old yet"
    );
    first.stop();
    lived(folder.path(), T0 + later * 60_000 - 7 * DAY_MS);
    let mut larger = small.clone();
    larger.max_disk_mb = 2;
    let mut second = open_with(&larger);
    second.commit(values(later));
    second.stop();
    let mut third = open_with(&small);
    for more in 1..10 {
        third.commit(values(later + more));
    }
    assert_eq!(third.reader().verify_chain().unwrap(), committed + 10);
    third.stop();
}
