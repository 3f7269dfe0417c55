//! A damaged database: it opens, takes commits, and what is readable is saved.
#![allow(clippy::unwrap_used)] // Helpers outside #[test] unwrap too.

#[path = "support/store_fixture.rs"]
mod fixture;

use fixture::*;
use gemba::model::commit::Commit;
use gemba::model::state::Class;
use gemba::model::time::{HOUR_MS, Timestamp};
use gemba::store::Answer;
use std::fs;

const PAGE: usize = 4_096;
/// A cheap sequence of numbers that is the same in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % limit
    }
}

#[test]
fn a_write_ahead_log_cut_at_any_byte_loses_only_whole_commits_from_its_end() {
    let folder = tempfile::tempdir().unwrap();
    let (source, case) = (folder.path().join("source"), folder.path().join("case"));
    let mut running = open(&source);
    fill(&mut running, 20, 10);
    let all = running.reader().facts(0, usize::MAX).unwrap();
    let log = fs::read(source.join(WAL)).unwrap();
    let mut dice = Dice(1);
    for round in 0..300 {
        let cut = if round == 0 { log.len() } else { dice.below(log.len()) };
        copy(&source, &case, &[DATABASE]);
        fs::write(case.join(WAL), &log[..cut]).unwrap();
        let opened = open(&case);
        let facts = opened.reader().facts(0, usize::MAX).unwrap();
        assert_eq!(facts, all[..facts.len()], "cut at {cut} of {}", log.len());
        assert_eq!(
            (facts.len() % 10, opened.lines().len()),
            (0, facts.len() / 10),
            "a commit is all or nothing"
        );
        assert!(
            round > 0 || facts.len() == all.len(),
            "nothing is lost when the log is whole"
        );
        assert_eq!(opened.opening.last_seq, facts.len() as u64);
        opened.stop();
        fs::remove_dir_all(&case).unwrap();
    }
    running.stop();
}

#[test]
fn a_database_with_any_bit_flipped_opens_and_takes_commits_again() {
    let folder = tempfile::tempdir().unwrap();
    let (source, case) = (folder.path().join("source"), folder.path().join("case"));
    let mut running = open(&source);
    fill(&mut running, 20, 30);
    running.stop();
    let sound = fs::read(source.join(DATABASE)).unwrap();
    let mut dice = Dice(2);
    for round in 0..240 {
        copy(&source, &case, &["head"]);
        let mut bytes = sound.clone();
        // The first rounds hit the header, where every byte matters.
        let at = if round < 100 { round } else { dice.below(bytes.len()) };
        bytes[at] ^= 1 << dice.below(8);
        fs::write(case.join(DATABASE), bytes).unwrap();
        let mut opened = open(&case);
        let mut tries = 0;
        while matches!(opened.try_commit(commit_of(700)), Answer::Refused { .. }) {
            tries += 1;
            assert!(tries < 3, "byte {at}: {:?}", opened.opening.findings);
        }
        let reader = opened.reader();
        let kept = reader.facts(0, usize::MAX).map_or(0, |facts| facts.len());

        // Where the words that name the table of facts are hit, its rows are only in the file moved aside.
        let named = opened
            .opening
            .findings
            .iter()
            .any(|finding| finding.contains("table fact"));
        let known = named || reader.quick_check().is_ok_and(|found| !found.is_empty());
        assert!(
            kept > 500 || known,
            "byte {at}: {kept} of 600, {:?}",
            opened.opening.findings
        );
        opened.stop();
        open(&case).stop();
        fs::remove_dir_all(&case).unwrap();
    }
}

/// Pages of the table of facts in the file, found by the text every body of a signal has.
fn fact_pages(bytes: &[u8]) -> Vec<usize> {
    let holds = |page: &[u8]| {
        page.windows(14)
            .any(|window| window == b"\"role\":\"good\",".as_slice())
    };
    let pages = bytes.chunks(PAGE).enumerate();
    pages
        .filter(|(_, page)| holds(page))
        .map(|(number, _)| number)
        .collect()
}

#[test]
fn readable_facts_on_both_sides_of_a_hole_and_between_two_are_saved() {
    let folder = tempfile::tempdir().unwrap();
    let mut first = open(folder.path());
    fill(&mut first, 60, 50);
    first.stop();
    let path = folder.path().join(DATABASE);
    let mut bytes = fs::read(&path).unwrap();
    let pages = fact_pages(&bytes);
    for page in [pages[pages.len() / 3], pages[2 * pages.len() / 3]] {
        bytes[page * PAGE..(page + 1) * PAGE].fill(0);
    }
    fs::write(&path, &bytes).unwrap();
    let mut second = open(folder.path());
    let found = second.reader().quick_check().unwrap();
    assert!(!found.is_empty());
    second.writer.repair(&found[0]);
    second.commit(commit_of(4_000));
    let reader = second.reader();
    assert_eq!(reader.quick_check().unwrap(), Vec::<String>::new());
    let lost = losses(&reader);
    assert_eq!(lost.len(), 1);
    let kept = reader.facts(0, usize::MAX).unwrap().len() as u64 - 2;
    assert_eq!(kept + lost[0].1.count, 3_000, "every fact is saved or counted");
    assert!(
        (2..100).contains(&lost[0].1.count),
        "two pages of about twenty facts: {}",
        lost[0].1.count
    );
    assert_eq!(reader.verify_chain().unwrap(), kept + 2);
    assert_eq!(second.lines().len(), 60);
    assert_eq!(second.opening.roster.len(), 2);
    second.stop();
}

#[test]
fn a_row_that_says_what_no_row_can_is_left_out_and_commits_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let mut first = open(folder.path());
    let row = span(0, (0, 5), Class::Breakdown, "", 0);
    first.seal(vec![sealed(0, None, vec![tally(0, 0, "A", 1)], vec![row.clone()])]);
    first.stop();
    let conn = rusqlite::Connection::open(folder.path().join(DATABASE)).unwrap();
    conn.execute("UPDATE span SET class = 'broakdown'", []).unwrap();
    drop(conn);
    let mut second = open(folder.path());
    let again = || Commit {
        sealed: vec![sealed(0, Some((0, 15)), vec![tally(0, 0, "A", 1)], vec![row.clone()])],
        ..Commit::default()
    };
    let Answer::Refused { why, .. } = second.try_commit(again()) else {
        panic!("nobody can read that class")
    };
    assert!(why.contains("broakdown"), "{why}");
    second.commit(again());
    let period = gemba::model::time::Period::new(Timestamp(T0), Timestamp(T0 + HOUR_MS));
    assert_eq!(second.reader().spans(None, period).unwrap(), std::slice::from_ref(&row));
    assert_eq!(second.reader().tallies(None, period).unwrap(), [tally(0, 0, "A", 1)]);
    second.stop();
}
