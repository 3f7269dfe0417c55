//! A message that a broker delivers again counts once among the process values of its minute.

use gemba::model::fact::Body;
use gemba::model::ids::{MachineId, PointId};
use gemba::model::reading::{Raw, Reading, Value};
use gemba::model::time::{MINUTE_MS, Now, Timestamp};
use gemba::signal::decode::{Decode, Order, Type};
use gemba::signal::{Point, Stage};

const MINUTE: Timestamp = Timestamp(1_795_219_200_000);

fn now(at: Timestamp) -> Now {
    Now {
        at,
        mono_ms: 0,
        epoch: 0,
    }
}

/// What a temperature of messages comes to, given as (second of its own time, degrees), in its minute: n, mean, min, max.
fn temperature(own_time: bool, messages: &[(i64, f64)]) -> (u64, f64, f64, f64) {
    let decode = Decode {
        kind: Type::Message,
        order: Order::Abcd,
        bit: None,
        scale: None,
        offset: None,
        range: None,
    };
    let mut stage = Stage::new(vec![Point {
        machine: MachineId(0),
        name: "temperature".into(),
        roles: Vec::new(),
        is_value: true,
        decode,
        limit_ms: 120_000,
        own_time,
        tells: gemba::signal::Tells::Changes,
    }]);
    let mut facts = Vec::new();
    for (second, degrees) in messages {
        let received_at = MINUTE.plus(50_000);
        let reading = Reading {
            point: PointId(0),
            at: if own_time {
                MINUTE.plus(second * 1_000)
            } else {
                received_at
            },
            received_at,
            raw: Ok(Raw::Value(Value::Float(*degrees))),
        };
        stage.take(&reading, now(received_at), &mut facts);
    }
    stage.finish(now(MINUTE.plus(MINUTE_MS)), &mut facts);
    let [fact] = &facts[..] else { panic!("{facts:?}") };
    let Body::Values(values) = &fact.body else {
        panic!("{fact:?}")
    };
    let value = &values[0];
    (value.n, value.mean, value.min, value.max)
}

#[test]
fn a_message_with_its_own_time_that_comes_again_counts_once() {
    let messages = [(10, 20.0), (20, 40.0), (10, 20.0), (20, 40.0), (20, 40.0)];
    assert_eq!(temperature(true, &messages), (2, 30.0, 20.0, 40.0), "(20 + 40) / 2");
}

#[test]
fn two_values_of_one_instant_and_one_value_of_two_instants_are_no_copies() {
    let messages = [(10, 20.0), (10, 40.0), (30, 20.0)];
    assert_eq!(temperature(true, &messages), (3, 80.0 / 3.0, 20.0, 40.0));
}

#[test]
fn without_its_own_time_a_message_that_comes_again_cannot_be_told_apart() {
    assert_eq!(temperature(false, &[(10, 20.0), (10, 20.0)]).0, 2);
}
