//! Tallies and stops that damage took: they come again from the facts, and the ledger and the shifts have them once.
#![allow(clippy::unwrap_used)] // Helpers outside #[test] unwrap too.

#[path = "support/damage.rs"]
mod damage;
#[path = "support/store_fixture.rs"]
mod fixture;

use damage::lose_page;
use fixture::*;
use gemba::model::commit::{Alive, Commit, Committed};
use gemba::model::ids::MachineId;
use gemba::model::state::Class;
use gemba::model::tally::{Column, SpanRow, TallyRow};
use gemba::model::time::{MINUTE_MS, Timestamp};
use std::path::Path;

/// Minutes sealed for each machine.
const MINUTES: i64 = 240;

fn at(minute: i64) -> Timestamp {
    Timestamp(T0 + minute * MINUTE_MS)
}

fn tallies(machine: u32, minutes: std::ops::Range<i64>) -> Vec<TallyRow> {
    minutes.map(|minute| tally(machine, minute, "A", minute % 7)).collect()
}

fn stops(machine: u32, minutes: std::ops::Range<i64>) -> Vec<SpanRow> {
    minutes
        .map(|minute| span(machine, (minute, minute + 1), Class::Breakdown, "", minute))
        .collect()
}

fn alive(minute: i64) -> Alive {
    Alive {
        at: at(minute),
        clean: true,
        silent: Vec::new(),
    }
}

/// Four hours of both machines; every tenth minute was corrected once.
fn filled(folder: &Path) -> Open {
    let mut open = open(folder);
    for machine in [0, 1] {
        let mut wrong = tallies(machine, 0..MINUTES);
        for row in wrong.iter_mut().step_by(10) {
            row.tally.add(Column::Reject, 5);
        }
        open.seal(vec![sealed(machine, None, wrong, stops(machine, 0..MINUTES))]);
        open.seal(vec![sealed(
            machine,
            Some((0, MINUTES)),
            tallies(machine, 0..MINUTES),
            stops(machine, 0..MINUTES),
        )]);
    }
    open.commit(Commit {
        facts: vec![count(0, at(MINUTES).0, 1)],
        alive: Some(alive(MINUTES + 1)),
        ..Commit::default()
    });
    open
}

/// Has the damage found and repaired while the agent runs.
fn repaired(mut open: Open) -> Open {
    let found = open.reader().quick_check().unwrap();
    assert!(!found.is_empty());
    open.writer.repair(&found[0]);
    open.commit(Commit::default());
    assert_eq!(open.reader().quick_check().unwrap(), Vec::<String>::new());
    open
}

fn shift_good(open: &Open, machine: u32) -> i64 {
    let conn = rusqlite::Connection::open(open.path.join(DATABASE)).unwrap();
    let sql = "SELECT coalesce(sum(good), 0) FROM tally_shift WHERE machine = ?1";
    conn.query_row(sql, [machine], |row| row.get(0)).unwrap()
}

/// What the core hands over once it has worked the past out again from `since` on.
fn work_out(open: &mut Open, machine: u32, since: Timestamp, change: Option<(i64, i64)>) -> Committed {
    let first = (since.since(Timestamp(T0)) / MINUTE_MS).max(0);
    let mut rows = tallies(machine, first..MINUTES);
    for row in &mut rows {
        if let Some((minute, good)) = change.filter(|(minute, _)| row.period.start == at(*minute)) {
            *row = tally(machine, minute, "A", good);
        }
    }
    open.commit(Commit {
        sealed: vec![sealed(
            machine,
            Some((first, MINUTES)),
            rows,
            stops(machine, first..MINUTES),
        )],
        restating: vec![(MachineId(machine), None)],
        ..Commit::default()
    })
}

/// Loses a page, starts again, works the past out again; gives the store then, and how many rows had been missing.
fn lost_and_found(folder: &Path, table: &str, nth: usize) -> (Open, usize) {
    filled(folder).stop();
    let before: Vec<_> = lines(folder);
    lose_page(folder, table, nth);
    repaired(open(folder)).stop();
    let mut again = open(folder);
    let there = |open: &Open| {
        let reader = open.reader();
        reader.tallies(None, whole()).unwrap().len() + reader.spans(None, whole()).unwrap().len()
    };
    let missing = 4 * MINUTES as usize - there(&again);
    let since = again.opening.restating.clone();
    assert_eq!(since.len(), 2, "both machines: {since:?}");
    for (machine, since) in since {
        let sums = shift_good(&again, machine.0);
        assert_eq!(
            sums,
            (0..MINUTES).map(|minute| minute % 7).sum::<i64>(),
            "never lowered meanwhile"
        );
        work_out(&mut again, machine.0, since, None);
    }
    assert_eq!(again.lines(), before, "nothing is booked a second time");
    assert_eq!(there(&again), 4 * MINUTES as usize);
    (again, missing)
}

fn is_as_before(open: &Open) {
    for machine in [0, 1] {
        let reader = open.reader();
        let of_machine = Some(MachineId(machine));
        assert_eq!(
            reader.tallies(of_machine, whole()).unwrap(),
            tallies(machine, 0..MINUTES)
        );
        assert_eq!(reader.spans(of_machine, whole()).unwrap(), stops(machine, 0..MINUTES));
        let good: i64 = (0..MINUTES).map(|minute| minute % 7).sum();
        assert_eq!(shift_good(open, machine), good);
    }
    assert!(open.reader().standing().unwrap().restating.is_empty());
}

#[test]
fn tallies_lost_with_a_page_come_again_and_are_booked_and_summed_once() {
    let folder = tempfile::tempdir().unwrap();
    let (mut open, missing) = lost_and_found(folder.path(), "tally", 3);
    assert!(
        (3..40).contains(&missing),
        "one page of rows, and not all between the ends: {missing}"
    );
    is_as_before(&open);
    // It is whole again: from here on a change is booked as ever.
    let bookings = open.lines().len();
    work_out(&mut open, 0, at(0), Some((200, 100)));
    let lines = open.lines();
    assert_eq!(lines.len(), bookings + 1);
    assert_eq!(point(&lines[bookings]).ints["good"], 100 - 200 % 7);
    open.stop();
}

#[test]
fn stops_lost_with_a_page_come_again_and_are_booked_once() {
    let folder = tempfile::tempdir().unwrap();
    let (open, missing) = lost_and_found(folder.path(), "span", 2);
    assert!((3..60).contains(&missing), "{missing}");
    is_as_before(&open);
    open.stop();
}

#[test]
fn a_lost_tally_that_is_corrected_later_never_uses_a_revision_again() {
    let folder = tempfile::tempdir().unwrap();
    let (mut open, _) = lost_and_found(folder.path(), "tally", 3);
    for good in [50, 60, 50] {
        for minute in 0..MINUTES {
            work_out(&mut open, 0, at(0), Some((minute, good)));
        }
    }
    let mut names: Vec<_> = open
        .lines()
        .iter()
        .map(|line| point(line))
        .map(|point| (point.measurement, point.tags, point.at))
        .collect();
    let all = names.len();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), all);
    open.stop();
}

#[test]
fn shifts_that_cannot_be_read_are_summed_again_when_their_minutes_are_whole() {
    let folder = tempfile::tempdir().unwrap();
    filled(folder.path()).stop();
    let conn = rusqlite::Connection::open(folder.path().join(DATABASE)).unwrap();
    conn.execute("DELETE FROM tally_shift WHERE machine = 1", []).unwrap();
    drop(conn);
    lose_page(folder.path(), "tally", 3);
    repaired(open(folder.path())).stop();
    let mut again = open(folder.path());
    for (machine, since) in again.opening.restating.clone() {
        work_out(&mut again, machine.0, since, None);
    }
    is_as_before(&again);
    again.stop();
}

#[test]
fn what_was_lost_while_the_agent_runs_is_told_with_the_next_commit_whatever_that_says_of_the_past() {
    let folder = tempfile::tempdir().unwrap();
    filled(folder.path()).stop();
    let bookings = lines(folder.path()).len();
    let mut running = open(folder.path());
    lose_page(folder.path(), "tally", 3);
    let found = running.reader().quick_check().unwrap();
    running.writer.repair(&found[0]);
    // The core, which knows of no damage yet, ends a restatement of its own.
    let answer = work_out(&mut running, 0, at(MINUTES - 15), None);
    let noted = running.reader().standing().unwrap().restating;
    assert_eq!((noted.len(), &answer.again), (2, &noted));
    let next = running.commit(Commit::default());
    assert_eq!(next.again, [], "it is told once");
    for (machine, since) in noted {
        work_out(&mut running, machine.0, since, None);
    }
    is_as_before(&running);
    assert_eq!(running.lines().len(), bookings);
    running.stop();
}

#[test]
fn the_newest_tallies_lost_are_not_booked_again_and_those_after_them_are() {
    let folder = tempfile::tempdir().unwrap();
    filled(folder.path()).stop();
    let bookings = lines(folder.path()).len();
    let conn = rusqlite::Connection::open(folder.path().join(DATABASE)).unwrap();
    conn.execute("DELETE FROM tally WHERE start >= ?1", [at(MINUTES - 10).0])
        .unwrap();
    drop(conn);
    let mut open = open(folder.path());
    open.writer.repair("a page is missing");
    open.commit(Commit::default());
    let mut rows = tallies(0, MINUTES - 10..MINUTES + 1);
    rows.remove(0);
    open.seal(vec![sealed(0, None, rows, vec![])]);
    let lines = open.lines();
    assert_eq!(lines.len(), bookings + 1, "nine are in the ledger already, one is new");
    assert_eq!(point(&lines[bookings]).at, at(MINUTES).0);
    let since = open.reader().standing().unwrap().restating;
    assert_eq!(
        since,
        [(MachineId(0), at(MINUTES - 10)), (MachineId(1), at(MINUTES - 10))]
    );
    open.stop();
}

#[test]
fn around_the_end_of_what_was_sealed_a_stop_is_booked_again_only_if_it_never_was() {
    let folder = tempfile::tempdir().unwrap();
    let mut before = filled(folder.path());
    let stop = |machine: u32, from: i64, to: i64| span(machine, (from, to), Class::Breakdown, "", from);
    // One ends a minute before the newest tally does, and the next one still grows there. The other machine's ends later.
    let rows = tallies(0, MINUTES..MINUTES + 2);
    before.seal(vec![sealed(0, None, rows, vec![stop(0, MINUTES, MINUTES + 1)])]);
    let rows = tallies(1, MINUTES..MINUTES + 2);
    before.seal(vec![sealed(1, None, rows, vec![stop(1, MINUTES + 2, MINUTES + 3)])]);
    before.commit(Commit {
        alive: Some(alive(MINUTES + 3)),
        ..Commit::default()
    });
    before.stop();
    let bookings = lines(folder.path()).len();
    let conn = rusqlite::Connection::open(folder.path().join(DATABASE)).unwrap();
    for table in ["tally", "span"] {
        let all = format!("DELETE FROM {table} WHERE start >= ?1");
        conn.execute(&all, [at(MINUTES - 10).0]).unwrap();
    }
    drop(conn);
    let mut open = open(folder.path());
    open.writer.repair("a page is missing");
    open.commit(Commit::default());
    let mut again = stops(0, MINUTES - 10..MINUTES);
    again.extend([stop(0, MINUTES, MINUTES + 1), stop(0, MINUTES + 1, MINUTES + 4)]);
    open.seal(vec![sealed(0, None, tallies(0, MINUTES - 10..MINUTES + 2), again)]);
    let mut again = stops(1, MINUTES - 10..MINUTES);
    again.push(stop(1, MINUTES + 2, MINUTES + 3));
    open.seal(vec![sealed(1, None, tallies(1, MINUTES - 10..MINUTES + 2), again)]);
    let new: Vec<_> = open.lines()[bookings..].iter().map(|line| point(line).at).collect();
    assert_eq!(new, [at(MINUTES + 1).0], "the stop that was still growing");
    open.stop();
}
