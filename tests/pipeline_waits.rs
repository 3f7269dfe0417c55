//! Machines whose state waits for pieces or time: snapshots hold what waits, and a late fact is worked in and no more.
#![allow(clippy::unwrap_used, reason = "a test ends where something is missing")]

#[path = "support/pipeline_plant.rs"]
mod pipeline_plant;
#[path = "support/pipeline_proof.rs"]
mod pipeline_proof;
#[path = "support/pipeline_rig.rs"]
mod pipeline_rig;
#[path = "support/pipeline_store.rs"]
mod pipeline_store;

use gemba::model::state::Class;
use gemba::model::tally::Column;
use gemba::model::time::{Period, QUARTER_MS, Timestamp};
use pipeline_plant::*;
use pipeline_proof::{prove, revised, stored};
use pipeline_rig::Rig;

/// A press that tells nothing but its pieces, one each `cycle_s`, up to `to`; messages of `held` seconds are held back.
fn counted(asks: Asks, cycle_s: i64, to: i64, held: &[i64]) -> Rig {
    let mut rig = Rig::with(asking([asks, Asks::Nothing]));
    for second in (10..=to).step_by(10) {
        poll(&mut rig, second);
        if !held.contains(&second) {
            rig.message(&[(PRESS_TOTAL, at(second), i128::from(second / cycle_s))]);
        }
    }
    rig
}

/// The core wakes. The state that nobody asks for any more is read too, so that the machine is heard up to now.
fn poll(rig: &mut Rig, second: i64) {
    rig.tick(at(second));
    rig.read(&[(PRESS_STATE, at(second), 1)]);
}

fn stopped_ms(rig: &Rig, from: i64, to: i64) -> i64 {
    let sum = stored(&rig.store, PRESS, Period::new(at(from), at(to)));
    sum.get(Column::MinorStopMs) + sum.get(Column::UnexplainedMs)
}

#[test]
fn a_machine_that_tells_only_pieces_has_a_snapshot_of_every_quarter_hour() {
    let rig = counted(Asks::Alone, 10, 7_300, &[]);
    let quarters = rig
        .store
        .checkpoints
        .keys()
        .filter(|(machine, _)| *machine == PRESS)
        .count();
    assert_eq!(quarters, 8, "05:15 to 07:00");
    assert_eq!(stopped_ms(&rig, 60, 7_000), 0);
    assert_eq!(revised(&rig.store), []);
    prove(&rig.store, rig.now).unwrap();
}

#[test]
fn a_late_piece_of_a_machine_that_tells_only_pieces_is_worked_in_within_two_quarter_hours() {
    let mut rig = counted(Asks::Alone, 10, 6_400, &[4_000]);
    rig.tick(rig.now.plus(6_000));
    let before = rig.store.tallies.of(PRESS);
    rig.message(&[(PRESS_TOTAL, at(4_000), 400)]);
    rig.tick(rig.now.plus(6_000));
    rig.tick(rig.now.plus(6_000));
    assert!(rig.is_calm());
    assert!(!rig.store.ranges.is_empty());
    for (_, range) in &rig.store.ranges {
        // 4,000 s is 06:06:47.
        assert!(
            range.start >= at(4_000).floor(QUARTER_MS).plus(-QUARTER_MS),
            "{range:?}"
        );
        assert!(range.end <= at(4_000).next(QUARTER_MS), "{range:?}");
    }
    assert_eq!(
        rig.store.tallies.of(PRESS)[..before.len()],
        before,
        "two pieces in 20 s either way"
    );
    prove(&rig.store, rig.now).unwrap();
}

#[test]
fn a_late_piece_just_after_a_quarter_hour_takes_back_the_stop_before_it() {
    // A piece each 30 s, the last before 06:00:00 (3,593 s) at 3,570 s, and no message between 3,600 s and 3,650 s: by then
    // there is one more. Told late, that one came at 3,603 s, 33 s after the last; the next one comes at 3,660 s.
    let mut rig = Rig::with(asking([Asks::Alone, Asks::Nothing]));
    for second in (10..=6_000).step_by(10) {
        poll(&mut rig, second);
        if !(3_610..3_650).contains(&second) {
            // It stands from 3,900 s on in either case, so that what follows is the same.
            let shown = if (3_900..4_020).contains(&second) {
                3_900
            } else {
                second
            };
            let made = shown / 30 - i64::from(second >= 3_600);
            rig.message(&[(PRESS_TOTAL, at(second), i128::from(made))]);
        }
    }
    rig.tick(rig.now.plus(6_000));
    assert_eq!(stopped_ms(&rig, 3_500, 3_700), 80_000, "3,570 s to 3,650 s");
    rig.message(&[(PRESS_TOTAL, at(3_603), 120)]);
    for _ in 0..4 {
        rig.tick(rig.now.plus(6_000));
    }
    assert!(rig.is_calm());
    assert_eq!(stopped_ms(&rig, 3_500, 3_700), 57_000, "3,603 s to 3,660 s");
    assert!(
        rig.store
            .ranges
            .iter()
            .all(|(_, range)| range.end <= at(3_593).plus(QUARTER_MS))
    );
    prove(&rig.store, rig.now).unwrap();
}

#[test]
fn a_machine_with_long_cycles_is_begun_again_from_the_snapshot_before_the_time_that_waits() {
    // A piece each ten minutes, and fifteen without one are a stop: every snapshot holds time that waits.
    let mut rig = counted(Asks::AloneAndSlow, 600, 7_800, &[5_400]);
    rig.tick(rig.now.plus(6_000));
    rig.loads.clear();
    rig.message(&[(PRESS_TOTAL, at(5_400), 9)]);
    for _ in 0..4 {
        rig.tick(rig.now.plus(6_000));
    }
    assert!(rig.is_calm());
    let firsts: Vec<Timestamp> = rig.loads.iter().filter_map(|(_, from)| *from).collect();
    assert!(firsts.len() <= 2, "one snapshot earlier is enough: {firsts:?}");
    let end = rig.store.ranges.iter().map(|(_, range)| range.end).max().unwrap();
    assert!(end <= at(5_400).plus(3 * QUARTER_MS), "{end:?}");
    let minutes = revised(&rig.store).len();
    assert_eq!(
        minutes, 2,
        "its cycle took 600 s and not 610 s, and the next one as much and not 590 s"
    );
    prove(&rig.store, rig.now).unwrap();
}

#[test]
fn the_screen_shows_a_machine_running_until_its_stop_is_decided_and_then_from_its_last_piece_on() {
    let mut rig = counted(Asks::Alone, 10, 600, &[]);
    let shown = |rig: &Rig| rig.machine(PRESS).map(|live| (live.class, live.since)).unwrap();
    rig.tick(at(630));
    assert_eq!(shown(&rig).0, Class::Running, "30 s without a piece");
    rig.tick(at(636));
    assert_eq!(shown(&rig), (Class::MinorStop, at(600)), "35 s without a piece");
    poll(&mut rig, 640);
    rig.message(&[(PRESS_TOTAL, at(640), 61)]);
    rig.tick(at(641));
    assert_eq!(shown(&rig), (Class::Running, at(640)));
}

#[test]
fn a_crash_while_time_waits_loses_none_of_it() {
    for (applied, away) in [(true, 5), (false, 5), (true, 100)] {
        for second in [3_590, 3_600, 3_610, 3_620] {
            let mut rig = counted(Asks::Alone, 20, second, &[]);
            rig.crash(applied, at(second + away));
            for second in (second + away..4_600).step_by(10) {
                poll(&mut rig, second);
                rig.message(&[(PRESS_TOTAL, at(second), i128::from(second / 20))]);
            }
            rig.tick(rig.now.plus(6_000));
            prove(&rig.store, rig.now).unwrap();
            assert_eq!(revised(&rig.store), [], "{applied} {away} {second}");
        }
    }
}

#[test]
fn a_reason_for_a_stop_that_a_snapshot_did_not_know_of_yet_covers_all_of_it() {
    // The last piece comes at 3,500 s. At 06:00 (3,593 s) it is open whether that is a stop, and at 4,400 s it is one.
    let mut rig = Rig::with(asking([Asks::AloneAndSlow, Asks::Nothing]));
    for second in (10..=6_000).step_by(10) {
        poll(&mut rig, second);
        let made = if second < 5_000 {
            second.min(3_500)
        } else {
            second - 1_490
        } / 10;
        rig.message(&[(PRESS_TOTAL, at(second), i128::from(made))]);
        if second == 4_600 {
            assert!(rig.reason(PRESS, at(3_520), "material"));
        }
    }
    rig.tick(rig.now.plus(6_000));
    let sum = stored(&rig.store, PRESS, Period::new(at(3_420), at(5_100)));
    assert_eq!(sum.get(Column::WaitingMs), 1_500_000, "3,500 s to 5,000 s");
    prove(&rig.store, rig.now).unwrap();
}
