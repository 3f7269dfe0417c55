//! Where the past is begun to be worked out again: at a snapshot that holds no time whose name what follows can change.
#![allow(clippy::unwrap_used, reason = "a test ends where something is missing")]

#[path = "support/pipeline_plant.rs"]
mod pipeline_plant;
#[path = "support/pipeline_proof.rs"]
mod pipeline_proof;
#[path = "support/pipeline_rig.rs"]
mod pipeline_rig;
#[path = "support/pipeline_store.rs"]
mod pipeline_store;

use gemba::model::entry::{Says, Scope};
use gemba::model::tally::Column;
use gemba::model::time::{HOUR_MS, Period};
use pipeline_plant::*;
use pipeline_proof::{prove, stored};
use pipeline_rig::Rig;

#[test]
fn two_stops_that_a_late_message_makes_one_take_the_reason_given_for_the_second_from_the_first_on() {
    // The press sends its state with the time of each; a state counts once it held for 25 s. It stands from 3,000 s on, runs
    // from 3,700 s to 3,740 s, and stands again up to 5,000 s.
    let mut points = points();
    points[PRESS_STATE as usize].own_time = true;
    let mut rig = Rig::of(asking([Asks::Debounce, Asks::Nothing]), points, START);
    let runs = |second: i64| !(3_000..5_000).contains(&second) || (3_700..3_740).contains(&second);
    for second in (10..=6_000).step_by(10) {
        rig.tick(at(second));
        let made = i128::from(second.min(3_000) / 10);
        rig.message(&[
            (PRESS_STATE, at(second), runs(second).into()),
            (PRESS_TOTAL, at(second), made),
        ]);
        if second == 5_500 {
            assert!(rig.reason(PRESS, at(4_000), "jam"));
        }
    }
    let broken = |rig: &Rig| stored(&rig.store, PRESS, Period::new(at(2_993), at(5_000))).get(Column::BreakdownMs);
    assert_eq!(broken(&rig), 1_260_000, "3,740 s to 5,000 s");
    // A message of 3,715 s comes: the machine stood then, so it never ran for 25 s.
    rig.message(&[(PRESS_STATE, at(3_715), 0)]);
    for second in (6_010..=6_100).step_by(10) {
        rig.tick(at(second));
        rig.message(&[(PRESS_STATE, at(second), 1), (PRESS_TOTAL, at(second), 300)]);
    }
    prove(&rig.store, rig.now).unwrap();
    assert_eq!(broken(&rig), 2_000_000, "3,000 s to 5,000 s");
}

#[test]
fn a_product_told_late_is_worked_in_from_its_hour_on_whatever_reasons_were_given_since() {
    // A press that tells nothing but its pieces, one in 10 s: what it does since its last piece always waits.
    let mut rig = Rig::with(asking([Asks::Alone, Asks::Nothing]));
    for second in (10..=30_000).step_by(10) {
        rig.tick(at(second));
        rig.read(&[(PRESS_STATE, at(second), 1)]);
        // It stands for ten minutes from 20,000 s on.
        let made = second.min(20_000) / 10 + (second - 20_600).max(0) / 10;
        rig.message(&[(PRESS_TOTAL, at(second), i128::from(made))]);
    }
    assert!(rig.reason(PRESS, at(20_300), "jam"));
    rig.tick(rig.now.plus(6_000));
    rig.tick(rig.now.plus(6_000));
    assert!(rig.is_calm());
    rig.loads.clear();
    let told = at(18_000);
    rig.enter(PRESS, told, Says::Product { product: "B".into() });
    rig.tick(rig.now.plus(6_000));
    rig.tick(rig.now.plus(6_000));
    assert!(rig.is_calm());
    let begins: Vec<_> = rig.loads.iter().filter_map(|(_, from)| *from).collect();
    assert!(begins.iter().all(|from| *from > told.plus(-HOUR_MS)), "{begins:?}");
    prove(&rig.store, rig.now).unwrap();
}

#[test]
fn a_planned_stop_that_is_not_over_is_worked_in_at_once_and_nothing_waits_for_its_end() {
    // A press that stands from 3,600 s on; at 7,200 s a leader declares it planned from 5,400 s to 36,000 s.
    let mut rig = Rig::new();
    let second = |rig: &mut Rig, second: i64| {
        rig.tick(at(second));
        rig.message(&[
            (PRESS_STATE, at(second), (second < 3_600).into()),
            (PRESS_TOTAL, at(second), i128::from(second.min(3_600) / 10)),
        ]);
    };
    (10..=7_200).step_by(10).for_each(|now| second(&mut rig, now));
    let says = Says::PlannedStop {
        until: at(36_000),
        reason: "".into(),
    };
    rig.enter(PRESS, at(5_400), says);
    let scrap = Says::Scrap {
        pieces: 2,
        reason: "".into(),
        scope: Scope::Now,
    };
    rig.enter(PRESS, at(3_500), scrap);
    (7_210..=7_260).step_by(10).for_each(|now| second(&mut rig, now));
    assert!(rig.store.restating.is_empty());
    let sum = |from: i64, to: i64| stored(&rig.store, PRESS, Period::new(at(from), at(to)));
    // Minutes end at 53 s of the next: 5,393 s is 06:30.
    assert_eq!(
        sum(5_393, 7_193).get(Column::PlannedStopMs),
        1_793_000,
        "5,400 s to 7,193 s"
    );
    assert_eq!(sum(3_000, 3_593).get(Column::Reject), 2);
    prove(&rig.store, rig.now).unwrap();
}
