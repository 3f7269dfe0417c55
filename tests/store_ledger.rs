//! Final rows against stored ones: the differences the ledger is told, and that they always add up.
#![allow(clippy::unwrap_used)] // Helpers outside #[test] unwrap too.

#[path = "support/store_fixture.rs"]
mod fixture;

use fixture::*;
use gemba::model::ids::MachineId;
use gemba::model::state::Class;
use gemba::model::tally::Column;
use gemba::model::time::{MINUTE_MS, Period, Timestamp};
use gemba::store::Reader;
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::sync::Arc;

fn field(line: &str, name: &str) -> i64 {
    point(line).ints[name]
}

fn tag(line: &str, name: &str) -> String {
    point(line).tags[name].clone()
}

#[test]
fn the_same_rows_sealed_twice_book_nothing_the_second_time() {
    let folder = tempfile::tempdir().unwrap();
    let mut open = open(folder.path());
    let rows = || {
        sealed(
            0,
            Some((0, 15)),
            vec![tally(0, 0, "A", 3)],
            vec![span(0, (0, 1), Class::Breakdown, "", 0)],
        )
    };
    let first = open.seal(vec![rows()]);
    let second = open.seal(vec![rows()]);
    assert_eq!((first.last_booking, second.last_booking), (2, 2), "one tally, one stop");
}

#[test]
fn a_row_that_changes_vanishes_and_comes_back_never_uses_a_revision_twice() {
    let folder = tempfile::tempdir().unwrap();
    let mut open = open(folder.path());
    let steps = [
        (vec![tally(0, 0, "A", 10)], vec![("A", 0, 10)]),
        (vec![tally(0, 0, "A", 8)], vec![("A", 1, -2)]),
        (vec![tally(0, 0, "B", 8)], vec![("A", 2, -8), ("B", 2, 8)]),
        (vec![], vec![("B", 3, -8)]),
        (vec![tally(0, 0, "B", 8)], vec![("B", 4, 8)]),
        (vec![], vec![("B", 5, -8)]),
    ];
    let mut seen = 0;
    for (rows, expected) in steps {
        open.seal(vec![sealed(0, Some((0, 15)), rows.clone(), vec![])]);
        let lines = open.lines();
        let booked: Vec<_> = lines[seen..]
            .iter()
            .map(|line| {
                (
                    tag(line, "product"),
                    tag(line, "rev").parse().unwrap(),
                    field(line, "good"),
                )
            })
            .collect();
        let expected: Vec<_> = expected
            .into_iter()
            .map(|(p, rev, good)| (p.to_owned(), rev, good))
            .collect();
        let booked: Vec<(String, i32, i64)> = booked;
        assert_eq!(booked, expected);
        assert_eq!(open.reader().tallies(None, whole()).unwrap(), rows);
        seen = lines.len();
    }
}

#[test]
fn a_reason_given_later_moves_the_stop_from_one_reason_to_the_other() {
    let folder = tempfile::tempdir().unwrap();
    let mut open = open(folder.path());
    let unexplained = span(0, (0, 10), Class::Unexplained, "", 0);
    let waiting = span(0, (0, 10), Class::Waiting, "no-material", 0);
    let planned = span(0, (0, 10), Class::PlannedStop, "5s", 0);
    for row in [&unexplained, &waiting, &planned] {
        open.seal(vec![sealed(0, Some((0, 15)), vec![], vec![row.clone()])]);
    }
    let booked: Vec<_> = open
        .lines()
        .iter()
        .map(|line| {
            (
                tag(line, "class"),
                tag(line, "rev"),
                field(line, "stops"),
                field(line, "ms"),
            )
        })
        .collect();
    let ten = 10 * MINUTE_MS;
    let expected = [
        ("unexplained", "0", 1, ten),
        ("unexplained", "1", -1, -ten),
        ("waiting", "1", 1, ten),
        ("waiting", "2", -1, -ten),
    ];
    assert_eq!(
        booked,
        expected.map(|(c, rev, stops, ms)| (c.to_owned(), rev.to_owned(), stops, ms))
    );
    assert_eq!(open.reader().spans(None, whole()).unwrap(), [planned]);
}

#[test]
fn what_a_row_said_before_it_was_corrected_stays_readable() {
    let folder = tempfile::tempdir().unwrap();
    let mut open = open(folder.path());
    let steps = [
        (vec![tally(0, 0, "A", 10), tally(0, 1, "A", 7)], Class::Unexplained, ""),
        (
            vec![tally(0, 0, "A", 8), tally(0, 1, "A", 7)],
            Class::Waiting,
            "no-material",
        ),
        (vec![tally(0, 1, "A", 7)], Class::Breakdown, "jam"),
    ];
    for (rows, class, reason) in steps {
        open.seal(vec![sealed(
            0,
            Some((0, 15)),
            rows,
            vec![span(0, (0, 10), class, reason, 0)],
        )]);
    }
    let versions = open.reader().versions(MachineId(0), whole()).unwrap();
    let good: Vec<_> = versions
        .tallies
        .iter()
        .map(|it| (it.rev, it.stands, it.row.tally.get(Column::Good)))
        .collect();
    // The second minute was never corrected, and the first one is gone.
    assert_eq!(good, [(0, false, 10), (1, false, 8)]);
    let reasons: Vec<_> = versions
        .spans
        .iter()
        .map(|it| (it.rev, it.stands, it.row.class, &*it.row.reason))
        .collect();
    let expected = [
        (0, false, Class::Unexplained, ""),
        (1, false, Class::Waiting, "no-material"),
        (2, true, Class::Breakdown, "jam"),
    ];
    assert_eq!(reasons, expected);
    let other = open.reader().versions(MachineId(1), whole()).unwrap();
    assert_eq!(other, gemba::store::Versions::default(), "another machine");
}

#[test]
fn rows_outside_a_restated_range_and_of_other_machines_stay() {
    let folder = tempfile::tempdir().unwrap();
    let mut open = open(folder.path());
    open.seal(vec![
        sealed(
            0,
            None,
            vec![tally(0, 0, "A", 1), tally(0, 14, "A", 1), tally(0, 15, "A", 1)],
            vec![],
        ),
        sealed(1, None, vec![tally(1, 3, "A", 1)], vec![]),
    ]);
    open.seal(vec![sealed(0, Some((0, 15)), vec![], vec![])]);
    assert_eq!(
        open.reader().tallies(None, whole()).unwrap(),
        [tally(1, 3, "A", 1), tally(0, 15, "A", 1)]
    );
}

#[test]
fn a_committed_answer_tells_the_shift_merged_per_product() {
    let folder = tempfile::tempdir().unwrap();
    let mut open = open(folder.path());
    open.seal(vec![sealed(
        0,
        None,
        vec![tally(0, 0, "A", 3), tally(0, 1, "A", 4)],
        vec![],
    )]);
    let mut other_order = tally(0, 2, "A", 5);
    let mut with_order = (*other_order.key).clone();
    with_order.order = "4711".into();
    other_order.key = Arc::new(with_order);
    let answer = open.seal(vec![sealed(0, None, vec![other_order, tally(0, 3, "B", 1)], vec![])]);
    let told: Vec<_> = answer
        .shifts
        .iter()
        .map(|row| {
            (
                row.key.product.to_string(),
                row.key.order.to_string(),
                row.tally.get(Column::Good),
            )
        })
        .collect();
    let expected = [("A", "mixed", 12), ("B", "", 1)];
    assert_eq!(
        told,
        expected.map(|(p, order, good)| (p.to_owned(), order.to_owned(), good)),
        "3 + 4 + 5"
    );
    assert_eq!(
        answer.shifts[0].period,
        Period::new(Timestamp(T0), Timestamp(T0 + 4 * MINUTE_MS))
    );
}

#[derive(Debug, Clone)]
struct Step {
    machine: u32,
    range: Option<(i64, i64)>,
    rows: BTreeMap<i64, (u8, i64)>,
}

fn step() -> impl Strategy<Value = Step> {
    let rows = prop::collection::btree_map(0i64..30, (0u8..3, 0i64..5), 0..12);
    (
        0u32..2,
        prop::option::of(prop::sample::select(vec![(0, 15), (15, 30), (0, 30)])),
        rows,
    )
        .prop_map(|(machine, range, mut rows)| {
            if let Some((from, to)) = range {
                rows.retain(|minute, _| (from..to).contains(minute));
            }
            Step { machine, range, rows }
        })
}

fn seal(step: &Step) -> gemba::model::commit::Sealed {
    let product = |number: u8| ["A", "B", "C"][usize::from(number)];
    let class = |number: u8| [Class::Running, Class::Breakdown, Class::Waiting][usize::from(number)];
    let tallies = step
        .rows
        .iter()
        .map(|(minute, (kind, good))| tally(step.machine, *minute, product(*kind), *good));
    let spans = step.rows.iter().map(|(minute, (kind, length))| {
        let until = minute + 1 + length;
        span(
            step.machine,
            (*minute, until),
            class(*kind),
            product(*kind),
            minute - length % 2,
        )
    });
    sealed(step.machine, step.range, tallies.collect(), spans.collect())
}

type Sums = BTreeMap<(String, String, String), BTreeMap<String, i64>>;
/// Sums over the ledger by (measurement, machine, product or reason).
fn booked(lines: &[String]) -> Sums {
    let mut sums = Sums::new();
    for line in lines {
        let point = point(line);
        let by = point.tags.get("product").or(point.tags.get("reason")).unwrap().clone();
        let sum = sums
            .entry((point.measurement, point.tags["machine"].clone(), by))
            .or_default();
        for (field, amount) in point.ints {
            *sum.entry(field).or_default() += amount;
        }
    }
    for sum in sums.values_mut() {
        sum.retain(|_, amount| *amount != 0);
    }
    sums.retain(|_, sum| !sum.is_empty());
    sums
}

/// The same sums over the tables.
fn stored(reader: &Reader) -> Sums {
    let roster = reader.roster().unwrap();
    let mut lines = Vec::new();
    for row in reader.tallies(None, whole()).unwrap() {
        lines.push(encode(&gemba::model::booking::of_tally(
            &row,
            roster.name(row.machine),
            &row.tally,
            0,
        )));
    }
    for row in reader.spans(None, whole()).unwrap() {
        if gemba::model::booking::is_stop(row.class) {
            lines.push(encode(&gemba::model::booking::of_stop(
                &row,
                roster.name(row.machine),
                1,
                0,
            )));
        }
    }
    booked(&lines)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn whatever_was_restated_the_sums_of_the_ledger_are_the_sums_of_the_tables(
        steps in prop::collection::vec(step(), 1..12)
    ) {
        let folder = tempfile::tempdir().unwrap();
        let mut open = open(folder.path());
        let mut shifts: BTreeMap<u32, i64> = BTreeMap::new();
        for step in &steps {
            let answer = open.seal(vec![seal(step)]);
            let good = answer.shifts.iter().map(|row| row.tally.get(Column::Good)).sum();
            shifts.insert(step.machine, good);
        }
        let lines = open.lines();
        let reader = open.reader();
        prop_assert_eq!(booked(&lines), stored(&reader));
        // (measurement, tags with rev, instant) is unique for ever.
        let mut identities: Vec<_> = lines
            .iter()
            .map(|line| { let point = point(line); (point.measurement, point.tags, point.at) })
            .collect();
        identities.sort();
        let all = identities.len();
        identities.dedup();
        prop_assert_eq!(identities.len(), all);
        for (machine, told) in shifts {
            let rows = reader.tallies(Some(MachineId(machine)), whole()).unwrap();
            let good: i64 = rows.iter().map(|row| row.tally.get(Column::Good)).sum();
            prop_assert_eq!(told, good, "the merged shift of machine {}", machine);
        }
        open.stop();
    }
}
