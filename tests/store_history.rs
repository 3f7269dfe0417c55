//! Histories: the facts of a machine in the order they are folded, over pages, late ones in their place.
#![allow(clippy::unwrap_used)] // Helpers outside #[test] unwrap too.

#[path = "support/store_fixture.rs"]
mod fixture;

use fixture::*;
use gemba::model::commit::{Checkpoint, Commit};
use gemba::model::entry::{Entry, Says, Source};
use gemba::model::fact::{Body, Role};
use gemba::model::ids::MachineId;
use gemba::model::settings::{Change, Setting, SiteSetting};
use gemba::model::tally::{ENGINE, OLDEST_ENGINE};
use gemba::model::time::{DAY_MS, Period, QUARTER_MS, Timestamp};
use gemba::store::{HistoryCursor, Reader};

fn pages(reader: &Reader, machine: u32, from: i64) -> (Vec<u64>, u64) {
    let mut cursor = HistoryCursor::default();
    let mut seqs = Vec::new();
    loop {
        let page = reader
            .history(MachineId(machine), Timestamp(from), &mut cursor)
            .unwrap();
        assert!(page.facts.len() <= 5_000);
        seqs.extend(page.facts.iter().map(|(seq, _)| *seq));
        if page.last {
            return (seqs, page.end);
        }
    }
}

#[test]
fn of_the_words_about_a_stretch_the_newest_are_told_and_that_there_are_more() {
    let folder = tempfile::tempdir().unwrap();
    let mut open = open(folder.path());
    let word = |n: i64| {
        let entry = Entry {
            key: n.to_string().into(),
            says: Says::Reworked { pieces: n },
            source: Source::Manual,
            late: false,
        };
        fact(Some(0), T0 + n, T0 + n + 1, Body::Entry(entry))
    };
    open.facts((0..1_000).map(word).collect());
    let of_day = Period::new(Timestamp(T0), Timestamp(T0 + 86_400_000));
    let told = |reader: Reader| {
        let versions = reader.versions(MachineId(0), of_day).unwrap();
        (versions.words.first().unwrap().0, versions.words.len(), versions.is_cut)
    };
    assert_eq!(told(open.reader()), (1, 1_000, false));
    open.facts(vec![word(1_000)]);
    assert_eq!(told(open.reader()), (2, 1_000, true), "the oldest is left out");
}

#[test]
fn a_history_is_in_event_order_over_pages_with_late_facts_in_their_place() {
    let folder = tempfile::tempdir().unwrap();
    let mut open = open(folder.path());
    let mut all = Vec::new();
    // 12,000 facts over 20 days in 24 second steps, every seventh received up to nine days late, two machines.
    let mut facts: Vec<_> = (0..12_000i64)
        .map(|n| {
            let at = T0 + n * 144_000;
            let late = if n % 7 == 0 { (n % 9) * 86_400_000 } else { 5 };
            fact(Some((n % 2) as u32), at, at + late, body(Role::Good, n.into(), at))
        })
        .collect();
    facts.sort_by_key(|fact| fact.received_at);
    for chunk in facts.chunks(500) {
        let first = open.facts(chunk.to_vec()).first_seq;
        all.extend((first..).zip(chunk.to_vec()));
    }
    for machine in [0, 1] {
        let mut expected: Vec<_> = all
            .iter()
            .filter(|(_, fact)| fact.machine == Some(MachineId(machine)))
            .collect();
        expected.sort_by(|(seq, fact), (other_seq, other)| fact.order().cmp(&other.order()).then(seq.cmp(other_seq)));
        let expected: Vec<_> = expected.iter().map(|(seq, _)| *seq).collect();
        assert_eq!(pages(&open.reader(), machine, T0), (expected, 12_000));
    }
}

#[test]
fn a_history_begins_at_the_newest_checkpoint_and_stops_at_its_first_pages_end() {
    let folder = tempfile::tempdir().unwrap();
    let mut open = open(folder.path());
    let checkpoint = |quarter: i64| Checkpoint {
        machine: MachineId(0),
        at: Timestamp(T0 + quarter * QUARTER_MS),
        engine: ENGINE,
        keep: false,
        bytes: vec![quarter as u8],
    };
    let started = Body::Loss(gemba::model::fact::Loss {
        count: 1,
        until: Timestamp(T0),
    });
    let site = Body::Setting(Change::new(Setting::Site(SiteSetting::default())));
    let second_quarter = T0 + QUARTER_MS;
    open.commit(Commit {
        facts: vec![
            count(0, T0 + 1, 1),
            count(0, second_quarter - 1, 2),
            count(0, second_quarter, 3),
            count(1, second_quarter + 1, 4),
            fact(None, second_quarter + 2, second_quarter + 2, started),
            fact(None, second_quarter + 2, second_quarter + 2, site),
            // Very late: 1970.
            fact(Some(0), 0, second_quarter + 3, body(Role::Good, 5, 0)),
        ],
        checkpoints: vec![checkpoint(0), checkpoint(1), checkpoint(2)],
        ..Commit::default()
    });
    let reader = open.reader();
    let mut cursor = HistoryCursor::default();
    let from = Timestamp(second_quarter + 5);
    let first = reader.history(MachineId(0), from, &mut cursor).unwrap();
    assert_eq!(
        (first.checkpoint, first.later),
        (Some(checkpoint(1)), vec![checkpoint(2)])
    );
    let seqs: Vec<_> = first.facts.iter().map(|(seq, _)| *seq).collect();
    assert_eq!((seqs, first.end, first.last), (vec![3, 5], 7, true));
    assert_eq!(
        pages(&reader, 0, T0 - 1),
        (vec![7, 1, 2, 3, 5], 7),
        "no checkpoint before it: from the first fact on"
    );
    assert_eq!(pages(&reader, 1, 0), (vec![4, 5], 7));
    let mut other = HistoryCursor::default();
    reader.history(MachineId(1), Timestamp(0), &mut other).unwrap();
    open.facts(vec![count(1, second_quarter + 2, 9)]);
    assert_eq!(reader.history(MachineId(1), Timestamp(0), &mut other).unwrap().end, 7);
}

#[test]
fn a_history_begins_at_a_checkpoint_of_a_former_engine_but_agrees_only_with_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let mut open = open(folder.path());
    let checkpoint = |quarter: i64, engine: u32| Checkpoint {
        machine: MachineId(0),
        at: Timestamp(T0 + quarter * QUARTER_MS),
        engine,
        keep: false,
        bytes: vec![quarter as u8],
    };
    let (old, own) = (OLDEST_ENGINE, ENGINE);
    let all = [
        checkpoint(0, own),
        checkpoint(1, old),
        checkpoint(2, old),
        checkpoint(3, own),
        checkpoint(4, own + 1),
    ];
    open.commit(Commit {
        facts: vec![count(0, T0, 1)],
        checkpoints: all.to_vec(),
        ..Commit::default()
    });
    let from = Timestamp(T0 + QUARTER_MS);
    let page = open
        .reader()
        .history(MachineId(0), from, &mut HistoryCursor::default())
        .unwrap();
    assert_eq!(
        (page.checkpoint, page.later),
        (Some(checkpoint(1, old)), vec![checkpoint(3, own)])
    );
}

#[test]
fn a_history_of_an_empty_journal_is_one_empty_last_page() {
    let folder = tempfile::tempdir().unwrap();
    let open = open(folder.path());
    assert_eq!(pages(&open.reader(), 0, T0), (vec![], 0));
}

#[test]
fn what_is_told_for_a_later_time_is_no_instant_the_agent_has_lived_through() {
    let folder = tempfile::tempdir().unwrap();
    let mut first = open(folder.path());
    let site = SiteSetting {
        org: "o".into(),
        site: "s".into(),
    };
    let ahead = Body::Setting(Change::new(Setting::Site(site)));
    // Received at two seconds, to hold from the eighth day on.
    first.facts(vec![
        count(0, T0 + 1_000, 5),
        fact(None, T0 + 8 * DAY_MS, T0 + 2_000, ahead),
    ]);
    first.stop();
    let again = open(folder.path());
    assert_eq!(again.opening.newest, Some(Timestamp(T0 + 2_000)));
    again.stop();
}
