//! Tests of the lives of machines.

use super::super::calendar::{DAY_MS, HOUR_MS};
use super::*;

/// 2026-11-20 10:47:18 in Ho Chi Minh City.
const BEGIN: i64 = 1_795_146_438_000;

fn events(seed: u64, index: usize, until: i64) -> Vec<Event> {
    let mut life = Life::new(seed, index, BEGIN);
    std::iter::from_fn(|| life.before(until)).collect()
}

#[test]
fn the_same_seed_gives_the_same_life_in_whatever_steps_it_is_asked() {
    for (index, machine) in MACHINES.iter().enumerate() {
        let at_once = events(7, index, BEGIN + DAY_MS);
        let mut life = Life::new(7, index, BEGIN);
        let mut in_steps = Vec::new();
        for minute in 1..=DAY_MS / MINUTE_MS {
            let until = BEGIN + minute * MINUTE_MS;
            life.peek();
            in_steps.extend(std::iter::from_fn(|| life.before(until)));
        }
        assert_eq!(at_once, in_steps, "{}", machine.id);
        assert_ne!(at_once, events(8, index, BEGIN + DAY_MS), "{}", machine.id);
    }
}

#[test]
fn events_come_in_the_order_of_time_and_every_turn_is_a_change() {
    for (index, machine) in MACHINES.iter().enumerate() {
        let events = events(1, index, BEGIN + DAY_MS);
        assert!(events.is_sorted_by_key(|event| event.at), "{}", machine.id);
        assert_eq!(events[0].at, BEGIN);
        let mut doing = Doing::Stopped;
        for event in events {
            match event.what {
                What::Turns(next) => {
                    assert_ne!(next, doing, "{} at {}", machine.id, event.at);
                    doing = next;
                }
                What::Shot { .. } => assert_eq!(doing, Doing::Running, "{} at {}", machine.id, event.at),
                What::Makes(_) | What::Reason { .. } => {}
            }
        }
    }
}

#[test]
fn machines_stand_in_the_breaks_but_for_the_one_that_runs_through_them() {
    // 11:32 to 12:00 of the day it begins: 45 to 73 minutes after the begin, and 18 s before the full minute.
    let pause = BEGIN - 18_000 + 45 * MINUTE_MS..BEGIN - 18_000 + 73 * MINUTE_MS;
    for (index, machine) in MACHINES.iter().enumerate() {
        let events = events(1, index, pause.end);
        let is_shot = |event: &&Event| matches!(event.what, What::Shot { .. }) && pause.contains(&event.at);
        let shots = events.iter().filter(is_shot).count();
        assert_eq!(shots > 0, machine.nature.through_breaks, "{}: {shots}", machine.id);
    }
}

#[test]
fn a_week_holds_everything_that_can_befall_a_machine() {
    let week = |id: &str| {
        let index = MACHINES.iter().position(|machine| machine.id == id).unwrap();
        events(1, index, BEGIN + 7 * DAY_MS)
    };
    let turns = |events: &[Event], doing| {
        let turns = events.iter().filter(|event| event.what == What::Turns(doing));
        turns.count()
    };
    let old = week("press-03");
    for doing in [Doing::Stopped, Doing::Fault, Doing::Off] {
        assert!(turns(&old, doing) > 10, "{doing:?}: {}", turns(&old, doing));
    }
    let small_batches = week("cnc-02");
    let setups = turns(&small_batches, Doing::Setup);
    let products = small_batches
        .iter()
        .filter(|event| matches!(event.what, What::Makes(_)));
    assert!(setups > 10);
    // The first product is there from the begin on; each setup leads to the next one.
    assert!(products.count().abs_diff(setups + 1) <= 1);
    assert!(turns(&week("assembly-01"), Doing::Material) > 10);
    let given = old.iter().filter(|event| matches!(event.what, What::Reason { .. }));
    assert!(given.count() > 10, "an operator gives reasons");
}

#[test]
fn at_most_moments_most_machines_run_and_now_and_then_one_does_not() {
    let running_at = |at: i64| {
        let runs = |index: &usize| {
            let mut last = Doing::Stopped;
            let mut life = Life::new(1, *index, BEGIN);
            while let Some(event) = life.before(at) {
                if let What::Turns(doing) = event.what {
                    last = doing;
                }
            }
            last == Doing::Running
        };
        (0..MACHINES.len()).filter(runs).count()
    };
    // Every half hour of a shift without a break: from 18:45 to 21:45.
    let moments = (16..23).map(|half| BEGIN + half * HOUR_MS / 2);
    let running: Vec<usize> = moments.map(running_at).collect();
    let mean = running.iter().sum::<usize>() as f64 / running.len() as f64;
    assert!((5.0..7.9).contains(&mean), "of 8 machines run {running:?}");
}
