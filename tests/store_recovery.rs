//! A folder after a crash: an older database, another one, none, or a recovery that was cut off.
#![allow(clippy::unwrap_used)] // Helpers outside #[test] unwrap too.

#[path = "support/store_fixture.rs"]
mod fixture;

use fixture::*;
use gemba::model::commit::Commit;
use gemba::model::time::{HOUR_MS, Timestamp};
use std::fs;

#[test]
fn a_database_that_is_none_is_moved_aside_and_the_loss_is_a_fact_with_its_count() {
    let folder = tempfile::tempdir().unwrap();
    let mut first = open(folder.path());
    fill(&mut first, 4, 10);
    first.stop();
    fs::write(folder.path().join(DATABASE), "not a database\n".repeat(1_000)).unwrap();
    let mut second = open(folder.path());
    let findings = second.opening.findings.join("\n");
    assert!(
        findings.contains("damaged") && findings.contains("went back from fact 40 to 0"),
        "{findings}"
    );
    let aside = fs::read_to_string(folder.path().join("quarantine/1").join(DATABASE)).unwrap();
    assert!(aside.starts_with("not a database"));
    let lost = losses(&second.reader());
    assert_eq!(
        (lost.len(), lost[0].0, lost[0].1.count),
        (1, 41, 40),
        "numbers up to 40 are never used again"
    );
    assert_eq!(second.facts(vec![count(0, T0 + HOUR_MS, 1)]).first_seq, 42);
    assert_eq!(
        second
            .seal(vec![sealed(0, None, vec![tally(0, 60, "A", 1)], vec![])])
            .last_booking,
        5,
        "4 were booked"
    );
    assert_eq!(second.reader().verify_chain().unwrap(), 2);
    second.stop();
    assert_eq!(
        open(folder.path()).opening.findings,
        Vec::<String>::new(),
        "recovery is done once"
    );
}

#[test]
fn a_database_put_back_from_yesterday_is_noticed_and_its_numbers_are_not_used_again() {
    let folder = tempfile::tempdir().unwrap();
    let old = tempfile::tempdir().unwrap();
    let mut first = open(folder.path());
    fill(&mut first, 2, 10);
    first.stop();
    copy(folder.path(), old.path(), &[DATABASE]);
    let mut second = open(folder.path());
    second.commit(Commit {
        facts: (20..25).map(|n| count(0, T0 + n * 1_000, n.into())).collect(),
        sealed: vec![sealed(0, None, vec![tally(0, 30, "A", 1)], vec![])],
        ..Commit::default()
    });
    second.stop();
    copy(old.path(), folder.path(), &[DATABASE]);
    let mut third = open(folder.path());
    let findings = third.opening.findings.join("\n");
    assert!(findings.contains("went back from fact 25 to 20"), "{findings}");
    assert!(findings.contains("from booking 3 to 2"), "{findings}");
    let (seq, loss) = losses(&third.reader()).remove(0);
    assert_eq!((seq, loss.count, loss.until), (26, 5, Timestamp(T0 + 24_005)));
    let next = third.commit(Commit {
        facts: vec![count(0, T0 + 30_000, 1)],
        sealed: vec![sealed(0, None, vec![tally(0, 31, "A", 1)], vec![])],
        ..Commit::default()
    });
    assert_eq!((next.first_seq, next.last_booking), (27, 4));
    assert_eq!(third.reader().verify_chain().unwrap(), 22, "20 + the loss + 1");
    third.stop();
    let again = open(folder.path());
    assert_eq!(again.opening.findings, Vec::<String>::new());
    assert_eq!(again.opening.last_seq, 27);
    again.stop();
}

#[test]
fn another_journal_in_the_place_of_this_one_is_noticed_by_its_hash() {
    let (folder, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    for (path, first) in [(folder.path(), 0), (other.path(), 500)] {
        let mut open = open(path);
        open.facts(
            (first..first + 10)
                .map(|n| count(0, T0 + n * 1_000, n.into()))
                .collect(),
        );
        open.stop();
    }
    copy(other.path(), folder.path(), &[DATABASE]);
    let findings = open(folder.path()).opening.findings.join("\n");
    assert!(
        findings.contains("fact 10 is not the one that was written"),
        "{findings}"
    );
}

#[test]
fn a_damaged_head_file_is_passed_over_with_a_finding() {
    let folder = tempfile::tempdir().unwrap();
    let mut first = open(folder.path());
    fill(&mut first, 1, 10);
    first.stop();
    for content in ["", "gemba-head-1 99", "\u{0}\u{0}\u{0}"] {
        fs::write(folder.path().join("head"), content).unwrap();
        let opened = open(folder.path());
        assert!(
            opened.opening.findings.join("").contains("head file is damaged"),
            "{content:?}"
        );
        assert_eq!(opened.opening.last_seq, 10);
        opened.stop();
    }
}

#[test]
fn a_recovery_cut_off_at_any_step_is_finished_at_the_next_start() {
    let folder = tempfile::tempdir().unwrap();
    let sound = folder.path().join("sound");
    let mut first = open(&sound);
    fill(&mut first, 2, 10);
    first.stop();
    let other = folder.path().join("other");
    let mut running = open(&other);
    fill(&mut running, 5, 3);
    // (the database there, the partial one there, the complete one there)
    for (name, old, partial, saved) in [
        ("while rows were saved", true, true, false),
        ("before the old one was moved", true, false, true),
        ("between the two renames", false, false, true),
    ] {
        let case = folder.path().join("case");
        fs::create_dir_all(&case).unwrap();
        copy(&sound, &case, &["head"]);
        if old {
            fs::copy(sound.join(DATABASE), case.join(DATABASE)).unwrap();
        }
        if old && saved {
            fs::write(case.join(DATABASE), "damaged").unwrap();
            // A sound log of another database: left behind, it would be written over the saved one.
            fs::copy(other.join(WAL), case.join(WAL)).unwrap();
        }
        if partial {
            fs::write(case.join("gemba.db.partial"), "half").unwrap();
            fs::write(case.join("gemba.db.partial-wal"), "half").unwrap();
        }
        if saved {
            fs::copy(sound.join(DATABASE), case.join("gemba.db.saved")).unwrap();
        }
        let opened = open(&case);
        assert_eq!(opened.reader().verify_chain().unwrap(), 20, "{name}");
        assert!(!case.join("gemba.db.saved").exists(), "{name}");
        opened.stop();
        fs::remove_dir_all(&case).unwrap();
    }
}

#[test]
fn of_damaged_databases_the_first_and_the_newest_are_kept_and_it_changes_at_most_once_an_hour() {
    let folder = tempfile::tempdir().unwrap();
    let aside = folder.path().join("quarantine");
    let damage = |text: &str| {
        open(folder.path()).stop();
        fs::write(folder.path().join(DATABASE), text.repeat(5_000)).unwrap();
        let opened = open(folder.path());
        let findings = opened.opening.findings.join("\n");
        opened.stop();
        findings
    };
    let kept = || {
        let entries = fs::read_dir(&aside).unwrap().map(|entry| entry.unwrap().path());
        let read = |path: std::path::PathBuf| fs::read_to_string(path.join(DATABASE)).unwrap()[..1].to_owned();
        let mut kept: Vec<_> = entries
            .map(|path| (path.file_name().unwrap().to_owned(), read(path)))
            .collect();
        kept.sort();
        kept.into_iter()
            .map(|(name, text)| (name.into_string().unwrap(), text))
            .collect::<Vec<_>>()
    };
    let copy = |name: &str, text: &str| (name.to_owned(), text.to_owned());
    assert!(damage("a").contains("quarantine/1"));
    assert!(damage("b").contains("quarantine/2"));
    assert!(damage("c").contains("less than an hour old"));
    assert_eq!(kept(), [copy("1", "a"), copy("2", "b")]);
    // The second one has become two hours old.
    let newest = fs::File::open(aside.join("2")).unwrap();
    let made = newest.metadata().unwrap().modified().unwrap();
    newest
        .set_modified(made - std::time::Duration::from_secs(7_200))
        .unwrap();
    assert!(damage("d").contains("quarantine/3"));
    assert_eq!(kept(), [copy("1", "a"), copy("3", "d")]);
}
