//! What a commit writes and an opening gives back: facts, sinks, checkpoints, process values.
#![allow(clippy::unwrap_used)] // Helpers outside #[test] unwrap too.

#[path = "support/store_fixture.rs"]
mod fixture;

use fixture::*;
use gemba::model::commit::{Alive, Checkpoint, Commit};
use gemba::model::entry::{Entry, Says, Source};
use gemba::model::fact::{Body, Role};
use gemba::model::ids::MachineId;
use gemba::model::settings::{Change, Setting, SiteSetting};
use gemba::model::tally::{Column, ENGINE, Flag, FlagKind, Standing, Sums, Tally, TallyKey};
use gemba::model::time::{MINUTE_MS, QUARTER_MS, Timestamp};
use gemba::store::{Answer, Quarantined, Reader, SinkState};
use std::sync::Arc;

#[test]
fn facts_get_consecutive_numbers_are_read_back_and_the_chain_fits() {
    let folder = tempfile::tempdir().unwrap();
    let mut open = open(folder.path());
    let facts: Vec<_> = (0..10).map(|n| count(0, T0 + n * 1_000, n.into())).collect();
    let first = open.facts(facts[..4].to_vec());
    assert_eq!((first.first_seq, first.last_seq), (1, 4));
    let second = open.facts(facts[4..].to_vec());
    assert_eq!((second.first_seq, second.last_seq), (5, 10));
    let read = open.reader().facts(0, 100).unwrap();
    let expected: Vec<_> = (1..).zip(facts).collect();
    assert_eq!(read, expected);
    assert_eq!(open.reader().facts(8, 1).unwrap()[0].0, 9);
    assert_eq!(open.reader().verify_chain().unwrap(), 10);
}

#[test]
fn a_commit_handed_over_again_after_its_answer_was_lost_is_written_once() {
    let folder = tempfile::tempdir().unwrap();
    let mut open = open(folder.path());
    let first = open.facts(vec![count(0, T0, 1), count(0, T0 + 1_000, 2)]);
    open.number -= 1;
    let again = open.facts(vec![count(0, T0, 1), count(0, T0 + 1_000, 2)]);
    assert_eq!((again.first_seq, again.last_seq), (first.first_seq, 2));
    let next = open.facts(vec![count(0, T0 + 2_000, 3)]);
    assert_eq!((next.first_seq, next.last_seq), (3, 3));
    assert_eq!(open.reader().verify_chain().unwrap(), 3);
}

#[test]
fn a_changed_a_missing_and_an_exchanged_fact_are_each_named_by_number() {
    for (change, says) in [
        ("UPDATE fact SET body = replace(body, '3', '4') WHERE seq = 4", "fact 4"),
        ("UPDATE fact SET author = 'x' WHERE seq = 2", "fact 2"),
        ("DELETE FROM fact WHERE seq BETWEEN 5 AND 6", "facts 5 to 6"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let mut open = open(folder.path());
        open.facts((0..10).map(|n| count(0, T0 + n * 1_000, n.into())).collect());
        open.stop();
        let conn = rusqlite::Connection::open(folder.path().join("gemba.db")).unwrap();
        conn.execute(change, []).unwrap();
        drop(conn);
        let error = Reader::open(folder.path()).unwrap().verify_chain().unwrap_err();
        assert!(error.to_string().contains(says), "{change}: {error}");
    }
}

/// A commit with something of everything an opening gives back.
fn full_commit() -> Commit {
    let site = Setting::Site(SiteSetting {
        org: "acme".into(),
        site: "ulm".into(),
    });
    let entry = Entry {
        key: "k1".into(),
        says: Says::Product { product: "A".into() },
        source: Source::Manual,
        late: false,
    };
    let other_engine = Checkpoint {
        engine: ENGINE + 1,
        ..checkpoint(1, T0 + QUARTER_MS)
    };
    let mut flagged = sealed(0, None, vec![tally(0, 0, "A", 3), tally(0, 1, "B", 4)], vec![]);
    flagged.flags.push(Flag {
        machine: MachineId(0),
        at: Timestamp(T0),
        role: "good".into(),
        what: FlagKind::Reset,
        amount: 2,
        standing: Standing::Refused,
        author: "leader".into(),
    });
    Commit {
        facts: vec![
            fact(None, T0, T0 + 1, Body::Setting(Change::new(site))),
            fact(Some(0), T0 + 5, T0 + 6, Body::Entry(entry)),
            count(0, T0 + 8, 1),
        ],
        sealed: vec![flagged],
        checkpoints: vec![
            checkpoint(0, T0),
            checkpoint(0, T0 + QUARTER_MS),
            checkpoint(1, T0),
            other_engine,
        ],
        alive: Some(Alive {
            at: Timestamp(T0 + 9),
            clean: true,
            silent: vec![(MachineId(1), Role::Total, Timestamp(T0))],
        }),
        restating: vec![(MachineId(0), Some(Timestamp(T0))), (MachineId(1), Some(Timestamp(T0)))],
        ..Commit::default()
    }
}

fn checkpoint(machine: u32, at: i64) -> Checkpoint {
    Checkpoint {
        machine: MachineId(machine),
        at: Timestamp(at),
        engine: ENGINE,
        keep: false,
        bytes: vec![1, 2, 3],
    }
}

#[test]
fn settings_and_entries_come_in_the_order_of_their_numbers_and_what_cannot_be_read_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let mut open = open(folder.path());
    let given = full_commit().facts;
    let (setting, entry) = (&given[0], &given[1]);
    // Entries 1, 3, 4 and 6, settings 2, 5 and 7.
    let facts = [entry, setting, entry, entry, setting, entry, setting];
    open.facts(facts.into_iter().cloned().collect());
    open.stop();
    let conn = rusqlite::Connection::open(folder.path().join("gemba.db")).unwrap();
    conn.execute("UPDATE fact SET body = '{' WHERE seq = 4", []).unwrap();
    drop(conn);
    let mut said = Vec::new();
    let reader = Reader::open(folder.path()).unwrap();
    let left_out = reader.said(|seq, fact| said.push((seq, fact.body.kind()))).unwrap();
    let (setting, entry) = ("setting", "entry");
    assert_eq!(
        said,
        [
            (1, entry),
            (2, setting),
            (3, entry),
            (5, setting),
            (6, entry),
            (7, setting)
        ]
    );
    assert!(left_out.len() == 1 && left_out[0].contains("fact 4"), "{left_out:?}");
}

#[test]
fn an_opening_after_a_stop_gives_back_what_the_core_needs() {
    let folder = tempfile::tempdir().unwrap();
    let mut first = open(folder.path());
    assert_eq!(
        (first.opening.last_seq, first.opening.newest, &first.opening.alive),
        (0, None, &None)
    );
    let given = full_commit();
    first.commit(given.clone());
    first.commit(Commit {
        restating: vec![(MachineId(1), None)],
        ..Commit::default()
    });
    first.stop();
    let second = open(folder.path());
    let opening = &second.opening;
    assert_eq!(opening.findings, Vec::<String>::new());
    assert_eq!(opening.alive, given.alive);
    let mut said = Vec::new();
    let reader = Reader::open(folder.path()).unwrap();
    let left_out = reader.said(|seq, fact| said.push((seq, fact))).unwrap();
    assert_eq!(left_out, Vec::<String>::new());
    assert_eq!(said, [(1, given.facts[0].clone()), (2, given.facts[1].clone())]);
    assert_eq!(opening.checkpoints, [checkpoint(0, T0 + QUARTER_MS), checkpoint(1, T0)]);
    assert_eq!(opening.sealed_until, [(MachineId(0), Timestamp(T0 + 2 * MINUTE_MS))]);
    assert_eq!(opening.restating, [(MachineId(0), Timestamp(T0))]);
    assert_eq!((opening.last_seq, opening.newest), (3, Some(Timestamp(T0 + 8 + 5))));
    let merged: Vec<_> = opening
        .shifts
        .iter()
        .map(|row| (row.key.product.to_string(), row.tally.get(Column::Good)))
        .collect();
    assert_eq!(merged, [("A".to_owned(), 3), ("B".to_owned(), 4)]);
    assert_eq!(second.reader().flags(None, whole()).unwrap(), given.sealed[0].flags);
}

#[test]
fn a_machine_keeps_its_number_when_the_configuration_changes_their_order() {
    let folder = tempfile::tempdir().unwrap();
    open(folder.path()).stop();
    let (sender, _answers) = tokio::sync::mpsc::unbounded_channel();
    let names = ["oven".to_owned(), "press-02".to_owned()];
    let (store, _, opening) = gemba::store::open(&config(folder.path()), &names, "b", encode, sender).unwrap();
    assert_eq!(opening.roster.find("press-02"), Some(MachineId(1)));
    assert_eq!(opening.roster.find("oven"), Some(MachineId(2)));
    store.stop();
}

#[test]
fn process_values_are_booked_once_with_the_place_they_belong_to() {
    let folder = tempfile::tempdir().unwrap();
    let mut open = open(folder.path());
    let values = Body::Values(vec![value("oil", 41.5), value("kwh", 7.25)]);
    open.commit(Commit {
        facts: vec![count(0, T0, 1), fact(Some(1), T0, T0 + 60_005, values)],
        value_keys: vec![(1, key("A"))],
        ..Commit::default()
    });
    let lines = open.lines();
    assert_eq!(lines.len(), 2);
    assert!(lines[0].starts_with("gemba_value|org=acme,site=ulm,line=L1,machine=press-02,point=oil|n=6,mean=41.5f"));
    assert_eq!(point(&lines[1]).at, T0);
}

#[test]
fn a_commit_for_a_machine_nobody_knows_is_refused_whole_and_the_next_one_works() {
    let folder = tempfile::tempdir().unwrap();
    let mut open = open(folder.path());
    let answer = open.try_commit(Commit {
        facts: vec![count(0, T0, 1), count(9, T0, 1)],
        ..Commit::default()
    });
    let Answer::Refused { commit, why } = answer else {
        panic!("{answer:?}")
    };
    assert_eq!(
        (commit.facts.len(), why.contains("machine number 9")),
        (2, true),
        "{why}"
    );
    assert_eq!(open.reader().facts(0, 10).unwrap(), []);
    assert_eq!(open.facts(vec![count(0, T0, 1)]).first_seq, 1);
}

#[test]
fn sinks_and_quarantine_are_kept_and_bookings_in_quarantine_are_left_out_for_that_sink_only() {
    let folder = tempfile::tempdir().unwrap();
    let mut first = open(folder.path());
    first.seal(vec![sealed(
        0,
        None,
        (0..5).map(|n| tally(0, n, "A", n)).collect(),
        vec![],
    )]);
    assert_eq!(first.reader().booking_range().unwrap(), (1, 5));
    let refused = Quarantined {
        sink: "influx".to_owned(),
        booking: 2,
        at: Timestamp(T0),
        why: "field type conflict".to_owned(),
    };
    let state = SinkState {
        name: "influx".to_owned(),
        done: 3,
        ahead: Some((5, 5)),
    };
    first.writer.quarantine(vec![refused.clone()]);
    first.writer.sink(state.clone());
    first.stop();
    let reader = Reader::open(folder.path()).unwrap();
    assert_eq!(reader.sink("influx").unwrap(), Some(state));
    assert_eq!(reader.sink("other").unwrap(), None);
    assert_eq!(reader.quarantined("influx").unwrap(), [refused]);
    let numbers = |sink| -> Vec<u64> {
        let bookings = reader.bookings(sink, 1, 4, 10).unwrap();
        bookings.iter().map(|booked| booked.seq).collect()
    };
    assert_eq!((numbers("influx"), numbers("other")), (vec![1, 3, 4], vec![1, 2, 3, 4]));
    assert_eq!(reader.bookings("other", 1, 5, 2).unwrap().len(), 2);
}

#[test]
fn each_shift_tally_is_read_with_the_words_of_its_own_machine_and_shift() {
    let folder = tempfile::tempdir().unwrap();
    let mut open = open(folder.path());
    // Two machines of two lines over three shifts; the first makes A, B and A again.
    let rows = |machine: u32| {
        let shifts = (0..).zip([("early", "A"), ("late", "B"), ("night", "A")]);
        let row = shifts.map(move |(shift, (name, product))| {
            let mut row = tally(
                machine,
                480 * shift,
                if machine == 0 { product } else { "C" },
                10 + shift,
            );
            let start = row.period.start;
            let key = Arc::make_mut(&mut row.key);
            (key.line, key.shift, key.shift_start) = (format!("L{machine}").into(), name.into(), start);
            row
        });
        row.collect::<Vec<_>>()
    };
    let (first, second) = (rows(0), rows(1));
    open.seal(vec![
        sealed(0, None, first.clone(), Vec::new()),
        sealed(1, None, second.clone(), Vec::new()),
    ]);
    let mut read = Vec::new();
    let reader = open.reader();
    let each = |machine, key: &TallyKey, sums: &Sums, engines: &[u32]| {
        assert_eq!(engines, [ENGINE]);
        read.push((machine, key.clone(), sums.tally));
    };
    reader
        .each_shift((None, whole()), &[Column::Good], false, each)
        .unwrap();
    let expected = first.iter().zip(&second).flat_map(|(one, other)| [one, other]);
    let expected = expected.map(|row| {
        // Of the sums the one that was asked for.
        let mut good = Tally::default();
        good.add(Column::Good, row.tally.get(Column::Good));
        (row.machine, (*row.key).clone(), good)
    });
    assert_eq!(read, expected.collect::<Vec<_>>());
}
