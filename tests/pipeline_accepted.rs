//! A reading that came too late, and a person who says that it counts all the same: in the books, taken back, and replayed.
#![allow(clippy::unwrap_used, reason = "a test ends where something is missing")]

#[path = "support/pipeline_plant.rs"]
mod pipeline_plant;
#[path = "support/pipeline_proof.rs"]
mod pipeline_proof;
#[path = "support/pipeline_rig.rs"]
mod pipeline_rig;
#[path = "support/pipeline_store.rs"]
mod pipeline_store;

use gemba::model::entry::{Late, Outcome, Says};
use gemba::model::fact::{Body, Fact, Role, Signal};
use gemba::model::reading::{Quality, Value};
use gemba::model::tally::TallyRow;
use gemba::model::time::{HOUR_MS, MINUTE_MS, Period, Timestamp};
use gemba::oee::plan::Plan;
use gemba::pipeline::fold::is_applied;
use gemba::pipeline::replay::Replay;
use pipeline_plant::*;
use pipeline_proof::{pieces, stored};
use pipeline_rig::Rig;

const DAYS: i64 = 4 * 86_400;

/// Six pieces a minute are told up to 600 s. Then the agent is away for four days, and a message of 660 s is the first it gets:
/// the number of its fact, and the instant it can affect first.
fn late() -> (Rig, u64, Timestamp) {
    let mut rig = Rig::new();
    for second in (0..=600).step_by(10) {
        rig.tick(at(second));
        rig.read(&[(PRESS_STATE, at(second), 1)]);
        if second % 60 == 0 {
            rig.message(&[(PRESS_TOTAL, at(second), i128::from(second / 10))]);
        }
    }
    rig.tick(at(606));
    rig.crash(true, at(DAYS));
    rig.message(&[(PRESS_TOTAL, at(660), 66)]);
    settle(&mut rig);
    assert_eq!(rig.live.too_late_facts, 1);
    let is_late = |fact: &Fact| matches!(&fact.body, Body::Signal(signal) if signal.taken_at == at(660));
    let place = rig.store.facts.iter().position(is_late).unwrap();
    let from = rig.store.facts[place].at;
    (rig, place as u64 + 1, from)
}

/// What may still come is waited for a quarter of an hour.
fn settle(rig: &mut Rig) {
    for _ in 0..60 {
        rig.tick(rig.now.plus(MINUTE_MS / 3));
    }
    assert!(rig.is_calm());
}

fn enter(rig: &mut Rig, key: &str, from: Timestamp, says: Says) {
    let number = rig.enter_as(key, PRESS, from, says);
    settle(rig);
    let answer = rig.replies.iter().find(|(reply, _)| *reply == number);
    assert!(matches!(answer, Some((_, Outcome::Booked(_)))), "{answer:?}");
}

/// Pieces in the books, which are what the journal gives when it is replayed.
fn booked(rig: &Rig) -> i64 {
    let mut plan = Plan::default();
    rig.store.known().iter().for_each(|fact| plan.apply(fact));
    let mut replay = Replay::new(PRESS, &plan).unwrap();
    replay.feed(rig.store.facts_of(PRESS, Timestamp::MIN).into_iter());
    let until = rig.store.sealed_until(PRESS).unwrap();
    let rows = replay.finish(until, rig.now);
    let sealed: Vec<TallyRow> = rows.tallies.into_iter().filter(|row| row.period.end <= until).collect();
    assert_eq!(sealed, rig.store.tallies.of(PRESS));
    pieces(&stored(&rig.store, PRESS, Period::new(START, rig.now)))
}

#[test]
fn what_came_too_late_counts_from_when_a_person_says_so_and_no_more_when_that_is_taken_back() {
    let (mut rig, seq, from) = late();
    assert_eq!(booked(&rig), 60, "one each 10 s for 600 s");
    enter(&mut rig, "accept", from, Says::Accept { late: Late::Fact(seq) });
    assert_eq!(booked(&rig), 66);
    enter(&mut rig, "undo", from, Says::Undo { entry: "accept".into() });
    assert_eq!(booked(&rig), 60);
    enter(&mut rig, "again", from, Says::Accept { late: Late::Fact(seq) });
    assert_eq!(booked(&rig), 66);
}

#[test]
fn what_a_person_accepted_is_found_again_by_an_agent_that_starts_anew() {
    let (mut rig, seq, from) = late();
    enter(&mut rig, "accept", from, Says::Accept { late: Late::Fact(seq) });
    let again = rig.now.plus(60_000);
    rig.crash(true, again);
    settle(&mut rig);
    assert_eq!(booked(&rig), 66);
    // The past is worked out again for another reason.
    enter(&mut rig, "product", at(300), Says::Product { product: "A".into() });
    assert_eq!(booked(&rig), 66);
}

#[test]
fn a_reading_of_72_hours_is_applied_and_one_of_a_millisecond_more_is_not() {
    let plan = Plan::default();
    let applied = |late_ms: i64| {
        let taken_at = at(0);
        let signal = Signal {
            role: Role::Total,
            value: Some(Value::Int(1)),
            quality: Quality::Good,
            taken_at,
            // Confirmed long before: what counts is how old the reading itself is.
            seen: Some(taken_at.plus(-100 * HOUR_MS)),
        };
        let fact = Fact {
            at: taken_at.plus(-100 * HOUR_MS),
            received_at: taken_at.plus(late_ms),
            mono_ms: 0,
            epoch: 0,
            machine: Some(PRESS),
            author: "".into(),
            body: Body::Signal(signal),
        };
        is_applied(&plan, 1, &fact)
    };
    assert!(applied(72 * HOUR_MS));
    assert!(!applied(72 * HOUR_MS + 1));
}

#[test]
fn a_message_of_72_hours_is_booked_and_one_of_a_millisecond_more_waits_for_a_person() {
    for (over_ms, pieces) in [(0, 66), (1, 60)] {
        let mut rig = Rig::new();
        for second in (0..=600).step_by(60) {
            rig.tick(at(second));
            rig.message(&[(PRESS_TOTAL, at(second), i128::from(second / 10))]);
        }
        rig.tick(at(606));
        rig.crash(true, at(660 + 72 * 3_600).plus(over_ms));
        rig.message(&[(PRESS_TOTAL, at(660), 66)]);
        settle(&mut rig);
        assert_eq!((rig.live.too_late_facts, booked(&rig)), (over_ms as u64, pieces));
    }
}
