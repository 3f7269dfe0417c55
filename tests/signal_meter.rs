//! A meter tells another reading with every poll: one fact a minute tells what was used, and none of it is lost.
#![allow(clippy::unwrap_used, reason = "a test ends where something is missing")]

use gemba::model::fact::{Body, Fact, Role};
use gemba::model::ids::{MachineId, PointId};
use gemba::model::reading::{Quality, Raw, Reading, Value};
use gemba::model::time::{Now, Timestamp};
use gemba::signal::decode::{Decode, Order, Type};
use gemba::signal::{Point, Stage, Tells};

/// 2026-11-21T00:00:00Z.
const DAY: i64 = 1_795_219_200_000;
const MACHINE: MachineId = MachineId(0);

fn at(second: i64) -> Timestamp {
    Timestamp(DAY + second * 1_000)
}

fn now(second: i64) -> Now {
    Now {
        at: at(second),
        mono_ms: 0,
        epoch: 0,
    }
}

fn point(role: Role, tells: Tells) -> Point {
    Point {
        machine: MACHINE,
        name: role.name().into(),
        roles: vec![role],
        is_value: false,
        decode: Decode {
            kind: Type::Message,
            order: Order::Abcd,
            bit: None,
            scale: None,
            offset: None,
            range: None,
        },
        limit_ms: 30_000,
        own_time: false,
        tells,
    }
}

/// A machine with a run bit and a meter, and the facts they made.
struct Metered {
    stage: Stage,
    facts: Vec<Fact>,
}

impl Metered {
    fn new() -> Metered {
        Metered {
            stage: Stage::new(vec![
                point(Role::Run, Tells::Changes),
                point(Role::Energy, Tells::Minutes),
            ]),
            facts: Vec::new(),
        }
    }

    fn read(&mut self, point: u32, second: i64, value: Value) {
        let reading = Reading {
            point: PointId(point),
            at: at(second),
            received_at: at(second),
            raw: Ok(Raw::Value(value)),
        };
        self.stage.take(&reading, now(second), &mut self.facts);
    }

    fn runs(&mut self, second: i64) {
        self.read(0, second, Value::Int(1));
    }

    fn shows(&mut self, second: i64, wh: i64) {
        self.read(1, second, Value::Int(i128::from(wh)));
    }

    /// What was told of the meter: second of the reading, second it is known since, watt hours.
    fn told(&self) -> Vec<(i64, Option<i64>, Option<i64>)> {
        let second = |at: Timestamp| at.since(at_start()) / 1_000;
        let of_meter = self.facts.iter().filter_map(|fact| {
            let Body::Signal(signal) = &fact.body else { return None };
            (signal.role == Role::Energy).then_some(signal)
        });
        of_meter
            .map(|signal| {
                let wh = signal.value.as_ref().map(|value| {
                    let Value::Int(wh) = value else { panic!("{value:?}") };
                    i64::try_from(*wh).unwrap()
                });
                (second(signal.taken_at), signal.seen.map(second), wh)
            })
            .collect()
    }
}

fn at_start() -> Timestamp {
    at(0)
}

#[test]
fn a_meter_that_turns_all_the_time_is_told_once_a_minute() {
    let mut line = Metered::new();
    for second in 0..=150 {
        line.shows(second, 1_000 + second);
    }
    let told = [
        (0, None, Some(1_000)),
        (60, Some(0), Some(1_060)),
        (120, Some(60), Some(1_120)),
    ];
    assert_eq!(line.told(), told);
    // What is shown is the reading of now, and the minutes are known up to the last fact.
    let [_, live] = &line.stage.live(MACHINE)[..] else {
        panic!()
    };
    assert_eq!(
        (live.value.clone(), live.confirmed),
        (Some(Value::Int(1_150)), Some(at(150)))
    );
}

#[test]
fn what_a_meter_that_stood_still_shows_next_was_used_since_its_last_equal_reading() {
    let mut line = Metered::new();
    for second in 0..=90 {
        line.shows(second, 1_000);
    }
    line.shows(91, 1_001);
    line.shows(120, 1_005);
    assert_eq!(line.told(), [(0, None, Some(1_000)), (120, Some(90), Some(1_005))]);
}

#[test]
fn a_meter_that_falls_silent_tells_its_last_reading_first() {
    let mut line = Metered::new();
    for second in 0..=20 {
        line.shows(second, 1_000 + second);
    }
    line.stage.tick(now(51), &mut line.facts);
    let told = [(0, None, Some(1_000)), (20, Some(0), Some(1_020)), (51, Some(20), None)];
    assert_eq!(line.told(), told);
}

#[test]
fn a_run_that_ends_tells_the_last_reading_of_a_meter() {
    let mut line = Metered::new();
    line.shows(0, 1_000);
    line.shows(10, 1_010);
    line.stage.finish(now(11), &mut line.facts);
    assert_eq!(line.told(), [(0, None, Some(1_000)), (10, Some(0), Some(1_010))]);
}

#[test]
fn the_machine_waits_for_the_minute_of_its_meter_and_not_for_one_that_is_silent() {
    let mut line = Metered::new();
    line.runs(0);
    assert_eq!(line.stage.confirmed(MACHINE), Some(at(0)), "the meter was never heard");
    for second in 0..=70 {
        line.runs(second);
        line.shows(second, 1_000 + second);
    }
    assert_eq!(line.stage.confirmed(MACHINE), Some(at(60)));
    for second in 71..=110 {
        line.runs(second);
        line.stage.tick(now(second), &mut line.facts);
    }
    assert_eq!(line.stage.confirmed(MACHINE), Some(at(110)), "silent since 70 s");
}

#[test]
fn a_clock_that_is_set_splits_the_energy_before_it_from_that_after_it() {
    let mut line = Metered::new();
    line.shows(0, 1_000);
    line.shows(10, 1_010);
    line.stage.interrupt(None, at(11), now(11), &mut line.facts);
    line.shows(30, 1_030);
    let told = [
        (0, None, Some(1_000)),
        (10, Some(0), Some(1_010)),
        (30, Some(11), Some(1_030)),
    ];
    assert_eq!(line.told(), told);
}

#[test]
fn what_is_no_reading_of_a_meter_is_not_taken() {
    let mut line = Metered::new();
    line.read(1, 0, Value::Int(-5));
    line.read(1, 1, Value::Text("12".into()));
    assert_eq!(line.told(), []);
    let [_, live] = &line.stage.live(MACHINE)[..] else {
        panic!()
    };
    assert_eq!(live.quality, Quality::BadConfig);
}
