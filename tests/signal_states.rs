//! What the signal stage tells of measured values and lamps: a fact where something changes, and not with every sample.
#![allow(clippy::unwrap_used, reason = "a test ends where something is missing")]

use gemba::model::fact::{Body, Fact, Role, Signal};
use gemba::model::ids::{MachineId, PointId};
use gemba::model::reading::{Quality, Raw, Reading, Value};
use gemba::model::time::{Now, Timestamp};
use gemba::signal::decode::{Decode, Order, Type};
use gemba::signal::{Point, Stage, Tells};

const MACHINE: MachineId = MachineId(0);

fn stage(tells: Tells, range: Option<(f64, f64)>) -> Stage {
    Stage::new(vec![Point {
        machine: MACHINE,
        name: "point".into(),
        roles: vec![Role::Input(0)],
        is_value: false,
        decode: Decode {
            kind: Type::Message,
            order: Order::Abcd,
            bit: None,
            scale: None,
            offset: None,
            range,
        },
        limit_ms: 30_000,
        own_time: false,
        tells,
    }])
}

fn now(ms: i64) -> Now {
    Now {
        at: Timestamp(ms),
        mono_ms: 0,
        epoch: 0,
    }
}

fn read(stage: &mut Stage, ms: i64, value: Value, facts: &mut Vec<Fact>) {
    stage.tick(now(ms), facts);
    let reading = Reading {
        point: PointId(0),
        at: Timestamp(ms),
        received_at: Timestamp(ms),
        raw: Ok(Raw::Value(value)),
    };
    stage.take(&reading, now(ms), facts);
}

fn signals(facts: &[Fact]) -> Vec<(i64, &Signal)> {
    let signals = facts.iter().map(|fact| {
        let Body::Signal(signal) = &fact.body else {
            panic!("{fact:?}")
        };
        (fact.at.0, signal)
    });
    signals.collect()
}

/// Each fact as (at, taken at, value).
fn told(facts: &[Fact]) -> Vec<(i64, i64, Option<Value>)> {
    let signals = signals(facts).into_iter();
    signals
        .map(|(at, signal)| (at, signal.taken_at.0, signal.value.clone()))
        .collect()
}

#[test]
fn a_measured_value_is_a_fact_only_when_it_enters_another_zone() {
    let mut stage = stage(Tells::Zones { on: 4.0, off: 2.5 }, None);
    let mut facts = Vec::new();
    let amps = [0.1, 0.2, 2.5, 2.6, 3.9, 4.0, 7.0, 11.5, 3.0];
    for (second, amps) in (0..).zip(amps) {
        read(&mut stage, second * 1_000, Value::Float(amps), &mut facts);
    }
    let float = |amps| Some(Value::Float(amps));
    assert_eq!(
        told(&facts),
        [
            (0, 0, float(0.1)),
            (2_000, 3_000, float(2.6)),
            (4_000, 5_000, float(4.0)),
            (7_000, 8_000, float(3.0))
        ]
    );
    assert_eq!(stage.confirmed(MACHINE), Some(Timestamp(8_000)));
}

#[test]
fn a_measured_value_out_of_range_or_no_number_is_lost_from_the_last_good_sample_on() {
    let mut stage = stage(Tells::Zones { on: 4.0, off: 2.5 }, Some((0.0, 100.0)));
    let mut facts = Vec::new();
    read(&mut stage, 0, Value::Float(5.0), &mut facts);
    read(&mut stage, 1_000, Value::Float(6.0), &mut facts);
    for second in 2..=32 {
        let wrong = if second % 2 == 0 { 900.0 } else { f64::NAN };
        read(&mut stage, second * 1_000, Value::Float(wrong), &mut facts);
    }
    let last = signals(&facts).pop().unwrap();
    assert_eq!(
        (last.0, &last.1.value, last.1.quality),
        (1_000, &None, Quality::OutOfRange)
    );
}

/// A lamp read five times a second for so many seconds, on in the tenths of a second that `is_on` says.
fn lamp(seconds: i64, is_on: impl Fn(i64) -> bool) -> (Stage, Vec<Fact>) {
    let mut stage = stage(Tells::Lamp, None);
    let mut facts = Vec::new();
    for fifth in 0..seconds * 5 {
        read(&mut stage, fifth * 200, Value::Bool(is_on(fifth * 2)), &mut facts);
    }
    (stage, facts)
}

#[test]
fn a_lamp_that_flashes_for_an_hour_is_two_facts_back_dated_to_its_first_and_last_edge() {
    // Off for 10 s, then a second on and a second off until 3,610 s.
    let flashes = |tenth: i64| (100..36_100).contains(&tenth) && tenth / 10 % 2 == 0;
    let (stage, facts) = lamp(3_700, flashes);
    let word = |word: &str| Some(Value::Text(word.into()));
    assert_eq!(
        told(&facts),
        [
            (0, 0, word("off")),
            (9_800, 10_000, word("flashing")),
            (3_608_800, 3_609_000, word("off"))
        ]
    );
    assert_eq!(stage.confirmed(MACHINE), Some(Timestamp(3_699_800)));
}

#[test]
fn until_a_lamps_edge_is_decided_its_machine_is_confirmed_up_to_the_edge_only() {
    let (stage, facts) = lamp(12, |tenth| tenth >= 100);
    assert_eq!(told(&facts).len(), 1, "the edge of 10 s is not decided after 2 s");
    assert_eq!(stage.confirmed(MACHINE), Some(Timestamp(9_800)));
}

#[test]
fn a_lamp_that_falls_silent_is_as_it_was_seen_up_to_its_last_sample() {
    let (mut stage, mut facts) = lamp(12, |tenth| tenth >= 100);
    stage.tick(now(60_000), &mut facts);
    let found = told(&facts);
    assert_eq!(found[1], (9_800, 10_000, Some(Value::Text("on".into()))));
    assert_eq!((found[2].0, &found[2].2), (11_800, &None), "the last sample");
    read(&mut stage, 70_000, Value::Bool(true), &mut facts);
    assert_eq!(facts.len(), 3, "the first sample after a silence may begin a flash");
    stage.tick(now(73_100), &mut facts);
    let last = told(&facts).pop().unwrap();
    assert_eq!(last, (11_800, 70_000, Some(Value::Text("on".into()))));
}

#[test]
fn a_lamp_that_is_neither_0_nor_1_is_no_lamp() {
    let mut stage = stage(Tells::Lamp, None);
    let mut facts = Vec::new();
    read(&mut stage, 0, Value::Int(2), &mut facts);
    assert_eq!(stage.live(MACHINE)[0].quality, Quality::OutOfRange);
    read(&mut stage, 1_000, Value::Text("on".into()), &mut facts);
    assert_eq!(stage.live(MACHINE)[0].quality, Quality::BadConfig);
    assert_eq!(facts, []);
}
