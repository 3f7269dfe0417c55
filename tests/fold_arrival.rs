//! Messages with their own time give the same rows however they arrive: late, shuffled in a window of 50, one to three times.

#[path = "support/timeline.rs"]
mod timeline;

use gemba::model::fact::{Fact, Role};
use gemba::model::ids::PointId;
use gemba::model::reading::{Raw, Reading, Value};
use gemba::model::time::Now;
use gemba::oee::rows::Final;
use gemba::signal::decode::{Decode, Order, Type};
use gemba::signal::{Point, Stage};
use proptest::prelude::*;
use timeline::{MACHINE, Timeline, at, press};

/// Messages that a broker may send again or out of order.
const WINDOW: usize = 50;
const LIMIT_S: u32 = 120;
const ROLES: [Role; 3] = [Role::State, Role::Total, Role::Reject];

/// One message of the machine: its own time in seconds, and state, total and rejects so far.
#[derive(Debug, Clone, Copy)]
struct Message {
    second: u32,
    values: [i128; 3],
}

fn stage() -> Stage {
    let decode = Decode {
        kind: Type::Message,
        order: Order::Abcd,
        bit: None,
        scale: None,
        offset: None,
        range: None,
    };
    let point = |role: Role| Point {
        machine: MACHINE,
        name: role.name().into(),
        roles: vec![role],
        is_value: false,
        decode,
        limit_ms: i64::from(LIMIT_S) * 1000,
        own_time: true,
        tells: gemba::signal::Tells::Changes,
    };
    Stage::new(ROLES.map(point).to_vec())
}

/// The facts of messages that arrive at these seconds, with a tick between every two.
fn facts(arrivals: &[(u32, Message)]) -> Vec<Fact> {
    let mut stage = stage();
    let mut facts = Vec::new();
    for (received, message) in arrivals {
        let received_at = at(f64::from(*received));
        let now = Now {
            at: received_at,
            mono_ms: 0,
            epoch: 0,
        };
        stage.tick(now, &mut facts);
        for (point, value) in (0u32..).zip(message.values) {
            let reading = Reading {
                point: PointId(point),
                at: at(f64::from(message.second)),
                received_at,
                raw: Ok(Raw::Value(Value::Int(value))),
            };
            stage.take(&reading, now, &mut facts);
        }
    }
    facts
}

fn rows(arrivals: &[(u32, Message)]) -> Final {
    let mut machine = press(10.0);
    machine
        .signals
        .iter_mut()
        .for_each(|signal| signal.limit_ms = i64::from(LIMIT_S) * 1000);
    let mut line = Timeline::new(machine);
    line.facts = facts(arrivals);
    let last = arrivals.iter().map(|(_, message)| message.second).max().unwrap_or(0);
    line.fold(f64::from(last + 60)).rows
}

/// Messages some seconds apart, now and then with a silence; the counters go on over 16 bits' end.
fn messages() -> impl Strategy<Value = Vec<Message>> {
    let apart = prop_oneof![8 => 1u32..30, 1 => 100u32..140, 1 => 121u32..900];
    let code = prop_oneof![3 => Just(1i128), 1 => 0i128..5];
    let step = (apart, code, 0i128..4, 0i128..2);
    proptest::collection::vec(step, 2..160).prop_map(|steps| {
        let mut message = Message {
            second: 1_000,
            values: [1, 65_400, 20],
        };
        let mut messages = Vec::new();
        for (apart, code, made, bad) in steps {
            message.second += apart;
            let [_, total, reject] = message.values;
            message.values = [code, (total + made) % 65_536, reject + bad.min(made)];
            messages.push(message);
        }
        messages
    })
}

/// In each window of 50 the messages come in any order, one to three times each, once the last of them was sent.
fn shuffled(messages: &[Message], places: &[(u32, usize)]) -> Vec<(u32, Message)> {
    let mut arrivals = Vec::new();
    for (window, messages) in messages.chunks(WINDOW).enumerate() {
        let sent = messages.iter().map(|message| message.second).max().unwrap_or(0);
        let mut copies = Vec::new();
        for (number, message) in messages.iter().enumerate() {
            let (place, count) = places[(window * 7 + number) % places.len()];
            for copy in 0..count as u32 {
                copies.push((place.rotate_left(11 * copy), (sent + 1, *message)));
            }
        }
        copies.sort_by_key(|(place, _)| *place);
        arrivals.extend(copies.into_iter().map(|(_, arrival)| arrival));
    }
    arrivals
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn shuffled_and_repeated_messages_give_the_rows_of_the_clean_run(
        messages in messages(),
        places in proptest::collection::vec((any::<u32>(), 1usize..4), 97),
    ) {
        let clean: Vec<(u32, Message)> = messages.iter().map(|message| (message.second, *message)).collect();
        prop_assert_eq!(rows(&shuffled(&messages, &places)), rows(&clean));
    }
}
