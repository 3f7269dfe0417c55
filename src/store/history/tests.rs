//! I/O. Histories over many small windows and pages against sorting everything at once.

use super::*;
use crate::model::fact::{Body, Role, Signal};
use crate::model::reading::{Quality, Value};
use crate::store::journal::Heads;
use crate::store::schema::{self, FILE};
use proptest::prelude::*;

/// 2026-11-21T06:00:00Z.
const T0: i64 = 1_795_240_800_000;

struct Journal {
    _folder: tempfile::TempDir,
    conn: Connection,
    heads: Heads,
    roster: Roster,
    all: Vec<(u64, Fact)>,
}

impl Journal {
    fn new() -> Journal {
        let folder = tempfile::tempdir().unwrap();
        let conn = schema::connect(&folder.path().join(FILE), 64).unwrap();
        conn.execute("INSERT INTO machine (id, name) VALUES (0, 'a'), (1, 'b')", [])
            .unwrap();
        let mut roster = Roster::default();
        roster.add("a");
        roster.add("b");
        Journal {
            _folder: folder,
            heads: Heads::load(&conn).unwrap(),
            conn,
            roster,
            all: Vec::new(),
        }
    }

    fn append(&mut self, facts: impl Iterator<Item = (u32, i64, i64, i64)>) {
        let tx = self.conn.unchecked_transaction().unwrap();
        for (machine, at, received_at, value) in facts {
            let fact = Fact {
                at: Timestamp(at),
                received_at: Timestamp(received_at),
                mono_ms: 0,
                epoch: 0,
                machine: Some(MachineId(machine)),
                author: "agent".into(),
                body: Body::Signal(Signal {
                    role: Role::Good,
                    value: Some(Value::Int(value.into())),
                    quality: Quality::Good,
                    taken_at: Timestamp(at),
                    seen: None,
                }),
            };
            let written = journal::append(&tx, &mut self.heads, &fact, "b", &self.roster).unwrap();
            written.unwrap();
            self.all.push((self.heads.seq, fact));
        }
        tx.commit().unwrap();
    }

    fn source(&self, machine: u32) -> Source<'_> {
        Source {
            conn: &self.conn,
            roster: &self.roster,
            machine: MachineId(machine),
            window_rows: 300,
        }
    }

    /// All pages, and what could not be read.
    fn read(&self, machine: u32) -> (Vec<u64>, Vec<String>) {
        let (mut cursor, mut read, mut unreadable) = (HistoryCursor::default(), Vec::new(), Vec::new());
        loop {
            let source = self.source(machine);
            let page = source.page(Timestamp::MIN, &mut cursor, &mut unreadable).unwrap();
            read.extend(page.facts.iter().map(|(seq, _)| *seq));
            if page.last {
                return (read, unreadable);
            }
        }
    }

    fn expected(&self, machine: u32) -> Vec<u64> {
        let mut facts: Vec<_> = self
            .all
            .iter()
            .filter(|(_, fact)| fact.machine == Some(MachineId(machine)))
            .collect();
        facts.sort_by(|(seq, fact), (other_seq, other)| fact.order().cmp(&other.order()).then(seq.cmp(other_seq)));
        facts.iter().map(|(seq, _)| *seq).collect()
    }
}

/// Steps of (milliseconds since the fact before was received, lateness); lateness on both sides of the bound of a quarter
/// hour, early facts too, and now and then a fact from 1970.
fn steps() -> impl Strategy<Value = Vec<(i64, i64)>> {
    let gap = prop_oneof![8 => 0i64..60_000, 1 => 0i64..40_000_000];
    let lateness = prop_oneof![
        6 => -60_000i64..60_000,
        3 => (-2 * QUARTER_MS)..(2 * QUARTER_MS),
        1 => 0i64..400_000_000,
        1 => Just(T0),
    ];
    prop::collection::vec((gap, lateness), 1_500..3_000)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 6, ..ProptestConfig::default() })]

    #[test]
    fn every_fact_comes_once_and_in_order_whatever_came_when(steps in steps()) {
        let mut journal = Journal::new();
        let mut received = T0;
        let facts: Vec<_> = (0..).zip(&steps).map(|(n, (gap, lateness))| {
            received += gap;
            ((n % 2) as u32, received - lateness, received, n % 7)
        }).collect();
        journal.append(facts.into_iter());
        for machine in [0, 1] {
            let (read, unreadable) = journal.read(machine);
            prop_assert_eq!(read, journal.expected(machine));
            prop_assert_eq!(&unreadable, &Vec::<String>::new());
        }
        let newest = journal.all.iter().map(|(_, fact)| fact.received_at).max();
        prop_assert_eq!(journal::newest_arrival(&journal.conn).unwrap(), newest);
    }
}

#[test]
fn facts_a_little_late_or_early_are_found_on_both_sides_of_every_window() {
    let mut journal = Journal::new();
    // One a second, so that marks (every 512 facts) lie closer than windows (a quarter hour is 900 facts); every 50th was
    // received two hours before the one in front of it.
    journal.append((0..6_000).map(|n| {
        let received = T0 + n * 1_000 - if n % 50 == 49 { 7_200_000 } else { 0 };
        let lateness = [600_000, 0, -600_000][(n % 3) as usize];
        (0, received - lateness, received, n)
    }));
    assert_eq!(journal.read(0), (journal.expected(0), Vec::new()));
}

#[test]
fn facts_before_the_first_arrival_are_in_the_first_window() {
    let mut journal = Journal::new();
    journal.append([(0, T0 - 600_000, T0, 1), (0, T0 - 700_000, T0 + 1, 2)].into_iter());
    assert_eq!(journal.read(0), (vec![2, 1], Vec::new()));
}

#[test]
fn facts_that_come_between_two_pages_are_not_in_the_later_one() {
    let mut journal = Journal::new();
    let minute = |n: i64| T0 + n * 60_000;
    journal.append((0..12_000).map(|n| (0, minute(n), minute(n), n)));
    let mut cursor = HistoryCursor::default();
    let first = journal
        .source(0)
        .page(Timestamp::MIN, &mut cursor, &mut Vec::new())
        .unwrap();
    assert!(!first.last && first.facts.len() < 12_000);
    let before = journal.expected(0);
    // One late, one that is not.
    journal.append(
        [
            (0, minute(11_000), minute(12_000), 1),
            (0, minute(11_999), minute(12_001), 2),
        ]
        .into_iter(),
    );
    let mut read: Vec<_> = first.facts.iter().map(|(seq, _)| *seq).collect();
    loop {
        let page = journal
            .source(0)
            .page(Timestamp::MIN, &mut cursor, &mut Vec::new())
            .unwrap();
        read.extend(page.facts.iter().map(|(seq, _)| *seq));
        assert_eq!(page.end, 12_000);
        if page.last {
            break;
        }
    }
    assert_eq!(read, before);
}

#[test]
fn the_extent_of_a_journal_is_found_without_going_through_it() {
    let journal = Journal::new();
    for sql in [journal::EARLIEST_LATE, journal::LATEST_LATE] {
        let mut plan = journal.conn.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
        let steps = plan.query_map([1], |row| row.get::<_, String>(3)).unwrap();
        let steps: Vec<String> = steps.map(Result::unwrap).collect();
        assert!(steps.len() == 1 && steps[0].ends_with("INDEX fact_late"), "{steps:?}");
    }
}
