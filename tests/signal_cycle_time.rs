//! The register of the last cycle's length on its way from readings to facts: what it may say, and that nothing waits for it.
#![allow(clippy::unwrap_used, reason = "a test ends where something is missing")]

use gemba::model::fact::{Body, Fact, Role};
use gemba::model::ids::{MachineId, PointId};
use gemba::model::reading::{Quality, Raw, Reading, Value};
use gemba::model::time::{Now, Timestamp};
use gemba::signal::decode::{Decode, Order, Type};
use gemba::signal::{Point, Stage, Tells};

const MACHINE: MachineId = MachineId(0);

fn at(second: i64) -> Timestamp {
    Timestamp(1_795_219_200_000 + second * 1_000)
}

fn now(second: i64) -> Now {
    Now {
        at: at(second),
        mono_ms: 0,
        epoch: 0,
    }
}

fn point(role: Role) -> Point {
    Point {
        machine: MACHINE,
        name: role.name().into(),
        roles: vec![role],
        is_value: false,
        decode: Decode {
            kind: Type::Message,
            order: Order::Abcd,
            bit: None,
            scale: Some(0.1),
            offset: None,
            range: None,
        },
        limit_ms: 30_000,
        own_time: false,
        tells: Tells::Changes,
    }
}

fn read(stage: &mut Stage, point: u32, second: i64, value: Value) -> Vec<Fact> {
    let reading = Reading {
        point: PointId(point),
        at: at(second),
        received_at: at(second),
        raw: Ok(Raw::Value(value)),
    };
    let mut facts = Vec::new();
    stage.take(&reading, now(second), &mut facts);
    facts
}

#[test]
fn a_number_is_told_in_seconds_when_it_changes_and_a_text_is_none() {
    let mut stage = Stage::new(vec![point(Role::CycleTime)]);
    let facts = read(&mut stage, 0, 0, Value::Int(84));
    let Body::Signal(signal) = &facts[0].body else {
        panic!("{facts:?}")
    };
    let Some(Value::Float(seconds)) = signal.value else {
        panic!("{signal:?}")
    };
    assert!(
        (seconds - 8.4).abs() < 1e-9 && signal.role == Role::CycleTime,
        "84 x 0.1"
    );
    assert_eq!(read(&mut stage, 0, 1, Value::Int(84)).len(), 0);
    assert_eq!(read(&mut stage, 0, 2, Value::Text("8.4 s".into())).len(), 0);
    assert_eq!(stage.live(MACHINE)[0].quality, Quality::BadConfig);
    assert_eq!(
        point(Role::CycleTime).instead_of(&Value::Text("8.4 s".into())),
        Some("a number, 0 or more")
    );
}

#[test]
fn nothing_waits_for_a_register_that_was_never_heard_or_is_silent() {
    let mut stage = Stage::new(vec![point(Role::Run), point(Role::CycleTime)]);
    let runs = |stage: &mut Stage, second| read(stage, 0, second, Value::Bool(true));
    runs(&mut stage, 0);
    assert_eq!(stage.confirmed(MACHINE), Some(at(0)), "never heard");
    read(&mut stage, 1, 0, Value::Int(84));
    for second in [20, 40, 60] {
        runs(&mut stage, second);
        stage.tick(now(second), &mut Vec::new());
    }
    assert_eq!(
        stage.confirmed(MACHINE),
        Some(at(60)),
        "silent since 0 s, for more than 30 s"
    );
}
