//! Roll-ups of many months: two readers of one moment merge a half each, and the sums are those of its parts.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail their test")]

#[path = "support/store_fixture.rs"]
mod fixture;

use fixture::{T0, open, sealed, tally};
use gemba::model::ids::MachineId;
use gemba::model::line::LineSetting;
use gemba::model::tally::{Column, TallyRow};
use gemba::model::time::{DAY_MS, MINUTE_MS, Period, Timestamp};
use gemba::oee::rollup::{By, Groups, Kinds, Merged, Over, When};
use gemba::serve::{Rolling, books_in};
use gemba::store::Reader;
use jiff::ToSpan;
use jiff::civil::{Date, date};
use jiff::tz::TimeZone;
use std::collections::BTreeMap;
use std::sync::Arc;

const FIRST: Date = date(2026, 11, 21);
/// Of 20 days each.
const PARTS: i64 = 6;

/// One tally of a day; the days before the 70th are of order A-1, those after it of A-2.
fn day(machine: u32, day: i64) -> TallyRow {
    let mut row = tally(machine, day * DAY_MS / MINUTE_MS, "A", 2 + day % 7 + i64::from(machine));
    row.detail.cycles.add(1_000_000 * (10 + day % 3), 3);
    row.detail.scrap(&["flash", "short"][(day % 2) as usize].into(), 1);
    let key = Arc::make_mut(&mut row.key);
    key.shift_start = row.period.start;
    key.business_date = (FIRST + day.days()).to_string().into();
    key.order = if day < 70 { "A-1" } else { "A-2" }.into();
    row
}

fn rolling(by: By, first: i64, days: i64) -> Rolling {
    Rolling {
        over: Over::Whole,
        by,
        first: FIRST + first.days(),
        last: FIRST + (first + days - 1).days(),
        kinds: Kinds::default(),
        plan: Arc::default(),
        machine: None,
        line: None,
    }
}

#[test]
fn what_was_made_in_four_months_is_what_was_made_in_each_of_their_parts() {
    let folder = tempfile::tempdir().unwrap();
    let mut open = open(folder.path());
    for machine in [0, 1] {
        let rows = (0..20 * PARTS).map(|at| day(machine, at)).collect();
        open.seal(vec![sealed(machine, None, rows, vec![])]);
    }
    let books = books_in(folder.path().to_owned());
    let ask = |rolling: Rolling| (books.rolled)(rolling).unwrap().groups;
    let serial = LineSetting::Serial {
        bottleneck: MachineId(0),
        output: MachineId(1),
    };
    for lines in [BTreeMap::new(), BTreeMap::from([(Arc::from("L1"), serial)])] {
        let is_serial = !lines.is_empty();
        let kinds = Kinds::from(lines);
        for by in [By::Machine, By::Line, By::Plant, By::Product, By::Order] {
            let of = |first, days| Rolling {
                kinds: kinds.clone(),
                ..rolling(by, first, days)
            };
            let mut parts = Groups::new();
            for part in 0..PARTS {
                for (key, merged) in ask(of(20 * part, 20)) {
                    parts.entry(key).or_default().merge(&merged);
                }
            }
            assert_eq!(ask(of(0, 20 * PARTS)), parts, "{by:?}, serial: {}", is_serial);
        }
    }
    // Of the days 0 to 69 ten weeks: 10 x (2 + ... + 8) = 350, and one more each day of the other machine.
    let orders = ask(rolling(By::Order, 0, 20 * PARTS));
    let good = |merged: &Merged| merged.sums.tally.get(Column::Good);
    assert_eq!(good(&orders[&(When::Whole, "A-1".into())]), 350 + 420);
    let alone = Rolling {
        machine: Some(MachineId(1)),
        ..rolling(By::Machine, 0, 20 * PARTS)
    };
    let alone = ask(alone);
    // 17 weeks of 42 pieces, and the last day (119 = 17 x 7) 3.
    let goods: Vec<_> = alone.iter().map(|((_, id), merged)| (&**id, good(merged))).collect();
    assert_eq!(goods, [("1", 17 * 42 + 3)]);
    open.stop();
}

#[test]
fn dates_before_every_instant_are_refused_at_once() {
    let folder = tempfile::tempdir().unwrap();
    open(folder.path()).stop();
    let asked = Rolling {
        over: Over::Hours(TimeZone::UTC),
        first: Date::MIN,
        last: Date::MIN,
        ..rolling(By::Plant, 0, 1)
    };
    let refused = (books_in(folder.path().to_owned()).rolled)(asked).unwrap_err();
    assert!(refused.contains("there is no time from -009999-01-01"), "{refused}");
}

#[test]
fn two_readers_for_two_threads_read_one_moment_whatever_is_written_meanwhile() {
    let folder = tempfile::tempdir().unwrap();
    let mut open = open(folder.path());
    open.seal(vec![sealed(0, None, vec![day(0, 0)], vec![])]);
    let path = folder.path();
    let read = |reader: &Reader| {
        let (mut good, whole) = (Vec::new(), Period::new(Timestamp(T0), Timestamp::MAX));
        let each = |_, _: &_, sums: &gemba::model::tally::Sums, _: &[u32]| good.push(sums.tally.get(Column::Good));
        reader.each_shift((None, whole), &[Column::Good], false, each).unwrap();
        good
    };
    let (first, second) = Reader::hold_two(path).unwrap();
    let second = second.expect("nothing was written while they were opened");
    open.seal(vec![sealed(0, None, vec![day(0, 1)], vec![])]);
    assert_eq!((read(&first), read(&second)), (vec![2], vec![2]), "the moment stays");
    drop((first, second));
    let writing = std::thread::spawn(move || {
        (2..400).for_each(|at| drop(open.seal(vec![sealed(0, None, vec![day(0, at)], vec![])])));
        open.stop();
    });
    while !writing.is_finished() {
        if let (first, Some(second)) = Reader::hold_two(path).unwrap() {
            assert_eq!(read(&first), read(&second));
        }
    }
    writing.join().unwrap();
    let (first, _) = Reader::hold_two(path).unwrap();
    assert_eq!(read(&first).len(), 400);
}
