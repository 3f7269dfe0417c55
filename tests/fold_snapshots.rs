//! Snapshots of former engines: this one goes on from what they hold.
#![allow(clippy::unwrap_used, reason = "a test ends where something is missing")]

#[path = "support/timeline.rs"]
mod timeline;

use gemba::model::commit::Checkpoint;
use gemba::model::fact::Role;
use gemba::oee::rows::Rows;
use gemba::pipeline::fold::{Fold, Inbox};
use std::sync::Arc;
use timeline::{MACHINE, Timeline, at, press};

/// The snapshot that engine 1 made of [`told`] at 00:40:00.
const ENGINE_1: &str = "80dcddb8bf68000000060a737461746501020001c0edefb7bf680000000114706c6320756e6974203100000a746f74616c010280ade2\
0401e0bfdcb8bf680001ac02c0edefb7bf680180ade204e0bfdcb8bf680114706c6320756e6974203102a0f8deb8bf6802c00201f08dddb8bf68a0f8\
deb8bf68001406b0ea01904e000001c002a0f8deb8bf68000c72656a65637401020601c0edefb7bf68000106c0edefb7bf68000114706c6320756e69\
7420310000000100c0edefb7bf6880d30e01000000000001c0edefb7bf6800";

/// A press that runs for 25 minutes and then stands. At 00:40:00 its counter has just shown 5,000,000, which nobody believes,
/// and the interval of a sample that refutes it is under way.
fn told() -> Timeline {
    let mut line = Timeline::new(press(10.0));
    line.first(1.0, 1);
    for poll in 1..=150 {
        let second = f64::from(poll) * 10.0;
        line.sample(Role::Total, second - 10.0, second, i128::from(poll));
        line.sample(Role::Reject, second - 10.0, second, i128::from(poll / 50));
    }
    line.sample(Role::State, 1_490.0, 1_500.0, 0);
    line.sample(Role::Total, 2_380.0, 2_390.0, 5_000_000);
    line.sample(Role::Total, 2_395.0, 2_410.0, 160);
    line
}

fn bytes(hex: &str) -> Vec<u8> {
    let digits = |place: usize| u8::from_str_radix(&hex[place..place + 2], 16).unwrap();
    (0..hex.len()).step_by(2).map(digits).collect()
}

#[test]
fn a_snapshot_of_the_first_engine_holds_what_it_held() {
    let checkpoint = Checkpoint {
        machine: MACHINE,
        at: at(2_400.0),
        engine: 1,
        keep: false,
        bytes: bytes(ENGINE_1),
    };
    let line = told();
    let plan = line.plan();
    let mut inbox = Inbox::default();
    line.facts.iter().for_each(|fact| inbox.add(Arc::new(fact.clone())));
    let mut fold = Fold::new(MACHINE, at(0.0));
    fold.advance(at(2_400.0), &mut inbox, &plan, &mut Rows::default(), &mut Vec::new());
    let resumed = Fold::resume(&checkpoint).unwrap();
    assert!(
        !resumed.engine.balance.is_whole,
        "it did not sum up the good pieces of the shift"
    );
    fold.engine.balance = resumed.engine.balance.clone();
    assert_eq!(resumed.encode(), fold.encode());
}

#[test]
fn a_snapshot_cut_short_is_none() {
    let whole = bytes(ENGINE_1);
    for length in 0..whole.len() {
        assert_eq!(Fold::decode(MACHINE, &whole[..length], 1), None, "{length} bytes");
    }
}
