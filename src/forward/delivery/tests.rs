//! Pure. What each answer leads to, and when the next request is made.

use super::*;
use crate::model::ids::MachineId;

pub(super) fn at(mono_ms: u64) -> Now {
    Now {
        at: Timestamp(1_795_000_000_000 + i64::try_from(mono_ms).unwrap()),
        mono_ms,
        epoch: 0,
    }
}

pub(super) fn row(seq: u64, machine: u32, minute: i64, rev: u32, total: i64) -> Booked {
    let start = minute * 60_000;
    Booked {
        seq,
        machine: Some(MachineId(machine)),
        at: Timestamp(start),
        line: format!("gemba_tally,machine=m{machine},rev={rev} total={total}i {start}"),
    }
}

pub(super) fn status(code: u16) -> Answer {
    Answer::Status {
        code,
        retry_after: None,
        said: String::new(),
    }
}

pub(super) fn busy(retry_after: &str) -> Answer {
    Answer::Status {
        code: 503,
        retry_after: Some(retry_after.to_owned()),
        said: String::new(),
    }
}

/// A delivery with one request of `rows` bookings under way at 0 ms.
fn under_way(rows: u64) -> Delivery {
    let mut delivery = Delivery::resume(Limits::default(), 0, None, &[]);
    load(&mut delivery, at(0), rows);
    assert!(matches!(delivery.next(at(0), rows), Next::Send { .. }));
    delivery
}

fn load(delivery: &mut Delivery, now: Now, newest: u64) {
    let Next::Read { first, last } = delivery.next(now, newest) else {
        panic!("nothing to read")
    };
    let minute = |seq| i64::try_from(seq).unwrap();
    delivery.loaded(
        1,
        (first..=last).map(|seq| row(seq, 1, minute(seq), 0, 1)).collect(),
        &[],
    );
}

fn wait(delivery: &mut Delivery, now: Now) -> u64 {
    match delivery.next(now, 0) {
        Next::Wait(Some(until)) => until - now.mono_ms,
        other @ (Next::Wait(None) | Next::Read { .. } | Next::Send { .. }) => panic!("{other:?}"),
    }
}

#[test]
fn only_204_moves_what_is_done() {
    for code in (100..=599).filter(|code| ![204, 400, 413, 422].contains(code)) {
        let mut delivery = under_way(3);
        delivery.answered(&status(code), at(5), 7);
        assert_eq!(delivery.position(), (0, None), "{code}");
        assert_eq!(delivery.take_verdicts(), [], "{code}");
        assert!(delivery.trouble().is_some(), "{code}");
        assert!(wait(&mut delivery, at(5)) >= 250, "{code}");
    }
    let mut delivery = under_way(3);
    delivery.answered(&status(204), at(5), 7);
    assert_eq!(delivery.position(), (3, None));
}

#[test]
fn one_request_is_under_way_at_a_time_and_a_retry_sends_the_same_bytes() {
    let mut delivery = Delivery::resume(Limits::default(), 0, None, &[]);
    load(&mut delivery, at(0), 3);
    let first = delivery.next(at(0), 3);
    assert_eq!(delivery.next(at(1), 900), Next::Wait(None));
    delivery.answered(&Answer::Lost("timeout".into()), at(30_000), u64::MAX);
    assert!(wait(&mut delivery, at(30_000)) <= 1_000);
    let again = delivery.next(at(31_000), 900);
    assert_eq!(again, first);
}

#[test]
fn the_waits_after_lost_answers_grow_to_five_minutes_and_those_for_a_person_to_fifteen() {
    let mut delivery = under_way(1);
    let mut now = 0;
    let mut longest = 0;
    for _ in 0..20 {
        delivery.answered(&Answer::Lost(String::new()), at(now), u64::MAX - 1);
        let waits = wait(&mut delivery, at(now));
        longest = longest.max(waits);
        now += waits;
        assert!(matches!(delivery.next(at(now), 1), Next::Send { .. }));
    }
    assert!((60_000..=300_000).contains(&longest), "{longest}");
    delivery.answered(&status(401), at(now), 0);
    assert_eq!(wait(&mut delivery, at(now)), 30_000);
    for _ in 0..20 {
        now += 900_000;
        load(&mut delivery, at(now), 1);
        delivery.next(at(now), 1);
        delivery.answered(&status(401), at(now), 899_999 - 7_500);
        let waits = wait(&mut delivery, at(now));
        assert!((30_000..=900_000).contains(&waits), "{waits}");
    }
}

#[test]
fn a_sink_that_asks_for_time_gets_it_between_a_second_and_fifteen_minutes() {
    for (asked, least, most) in [
        ("0", 1_000, 2_000),
        ("1", 1_000, 2_000),
        ("60", 60_000, 61_000),
        ("86400", 900_000, 900_000),
        ("-1", 1_000, 2_000),
        ("Sat, 01 Jan 2000 00:00:00 GMT", 1_000, 2_000),
        ("Fri, 01 Jan 2100 00:00:00 GMT", 900_000, 900_000),
        ("garbage", 1_000, 2_000),
        (&"9".repeat(10_000), 1_000, 2_000),
    ] {
        for random in [0, 1, 999, u64::MAX] {
            let mut delivery = under_way(1);
            delivery.answered(&busy(asked), at(0), random);
            let waits = wait(&mut delivery, at(0));
            assert!((least..=most).contains(&waits), "{waits} for {asked:.40}");
        }
    }
}

#[test]
fn catching_up_stays_below_the_points_a_second() {
    let mut delivery = under_way(500);
    delivery.answered(&status(204), at(10), 0);
    load(&mut delivery, at(10), 2_000);
    assert_eq!(
        delivery.next(at(10), 2_000),
        Next::Wait(Some(100)),
        "500 points are 100 ms of 5,000 a second"
    );
}

#[test]
fn what_was_gone_before_it_could_be_sent_is_counted_and_passed_in_one_step() {
    let mut delivery = Delivery::resume(Limits::default(), 0, None, &[]);
    assert_eq!(delivery.next(at(0), 400), Next::Read { first: 1, last: 400 });
    delivery.loaded(301, (301..=400).map(|seq| row(seq, 1, 0, 0, 1)).collect(), &[]);
    assert!(matches!(delivery.next(at(0), 400), Next::Send { points: 100, .. }));
    delivery.answered(&status(401), at(0), 0);
    assert_eq!(delivery.lost(), 0, "they are read again for the next try");
    delivery.next(at(900_000), 400);
    delivery.loaded(301, (301..=400).map(|seq| row(seq, 1, 0, 0, 1)).collect(), &[]);
    assert!(matches!(
        delivery.next(at(900_000), 400),
        Next::Send { points: 100, .. }
    ));
    delivery.answered(&status(204), at(900_000), 0);
    assert_eq!((delivery.lost(), delivery.position()), (300, (400, None)));
    let mut delivery = Delivery::resume(Limits::default(), 0, None, &[]);
    delivery.next(at(0), 500);
    delivery.loaded(5_001, vec![], &[]);
    assert_eq!(
        delivery.position(),
        (500, None),
        "the ledger is known to reach to 500 only"
    );
}

#[test]
fn numbers_that_are_neither_kept_nor_in_quarantine_are_counted_as_lost() {
    let mut delivery = Delivery::resume(Limits::default(), 0, None, &[]);
    delivery.next(at(0), 6);
    delivery.loaded(
        1,
        vec![row(1, 1, 0, 0, 1), row(3, 1, 1, 0, 1), row(6, 1, 2, 0, 1)],
        &[2],
    );
    assert!(matches!(delivery.next(at(0), 6), Next::Send { points: 3, .. }));
    delivery.answered(&status(204), at(0), 0);
    assert_eq!((delivery.lost(), delivery.position().0), (2, 6), "4 and 5");
    delivery.next(at(10_000), 8);
    delivery.loaded(1, vec![], &[]);
    assert_eq!((delivery.lost(), delivery.position().0), (4, 8), "7 and 8 as well");
}

#[test]
fn a_correction_waits_for_a_booking_that_was_in_quarantine_before_the_start() {
    let refused = row(3, 1, 9, 0, 10);
    let mut delivery = Delivery::resume(Limits::default(), 5, None, &[refused]);
    assert_eq!(delivery.next(at(0), 7), Next::Read { first: 6, last: 7 });
    delivery.loaded(1, vec![row(6, 1, 9, 1, -2), row(7, 2, 9, 1, -2)], &[]);
    let verdicts = delivery.take_verdicts();
    assert_eq!(verdicts.iter().map(|v| v.booking).collect::<Vec<_>>(), [6]);
    assert!(matches!(delivery.next(at(0), 7), Next::Send { points: 1, .. }));
}
