//! Snapshots of former engines: this one goes on from what they hold.
#![allow(clippy::unwrap_used, reason = "a test ends where something is missing")]

#[path = "support/timeline.rs"]
mod timeline;

use gemba::model::commit::Checkpoint;
use gemba::model::fact::Role;
use gemba::model::settings::{MachineSetting, Release};
use gemba::model::tally::{Column, ENGINE};
use gemba::model::time::Timestamp;
use gemba::oee::rows::{Final, Rows};
use gemba::pipeline::fold::{Fold, Inbox};
use std::sync::Arc;
use timeline::{MACHINE, STOP_AFTER, Timeline, at, press};

/// The snapshot that engine 1 made of [`told`] at 00:40:00.
const ENGINE_1: &str = "80dcddb8bf68000000060a737461746501020001c0edefb7bf680000000114706c6320756e6974203100000a746f74616c010280ade2\
0401e0bfdcb8bf680001ac02c0edefb7bf680180ade204e0bfdcb8bf680114706c6320756e6974203102a0f8deb8bf6802c00201f08dddb8bf68a0f8\
deb8bf68001406b0ea01904e000001c002a0f8deb8bf68000c72656a65637401020601c0edefb7bf68000106c0edefb7bf68000114706c6320756e69\
7420310000000100c0edefb7bf6880d30e01000000000001c0edefb7bf6800";

/// The snapshot that engine 4 made of [`changed_over`] at 00:40:00.
const ENGINE_4_SETUP: &str = "80dcddb8bf68000000060a737461746501020201e0ced7b8bf68000000000114706c6320756e697420310000000a746f74616c01020401e0bfdc\
b8bf68000104e0bfdcb8bf6800000114706c6320756e697420310280dcddb8bf6802060001e0bfdcb8bf6880dcddb8bf6800000200a09c01a09c\
010000010680dcddb8bf68000000000c72656a65637401020001d0efb8b6bf68000100d0efb8b6bf6800000114706c6320756e69742031000000\
000000000000000104c0c1d1b8bf68000100000000000001e0bfdcb8bf680001e0bfdcb8bf680001c0c1d1b8bf6804000000";

/// The snapshot that engine 4 made of [`waiting`] at 00:40:00.
const ENGINE_4_WAITING: &str = "80dcddb8bf68000000060a737461746501020201c0a3dbb8bf68000000000114706c6320756e697420310000000a746f74616c01020401f08ddd\
b8bf68000104f08dddb8bf6800000114706c6320756e697420310290aadeb8bf6802060001f08dddb8bf6890aadeb8bf6800000200a09c01904e\
0000010690aadeb8bf68000000000c72656a65637401020001d0efb8b6bf68000100d0efb8b6bf6800000114706c6320756e6974203100000000\
010e73746f707065640101c0a3dbb8bf680e72756e6e696e6704d0f1dbb8bf68d0f1dbb8bf68f08dddb8bf68f08dddb8bf6804d0f1dbb8bf680a\
746f74616c020002b0d5dab8bf68f08dddb8bf680a746f74616c020002d0f1dbb8bf680000000100d0efb8b6bf6880d30e010000000000000001\
f08dddb8bf6800000000";

/// The snapshot that engine 5 made of [`both`] at 00:40:00.
const ENGINE_5_BOTH: &str = "80dcddb8bf68000000060a737461746501020401c0a3dbb8bf680000000114706c6320756e697420310000000a746f74616c01020801e0bfdcb8\
bf68000108e0bfdcb8bf68000114706c6320756e697420310280dcddb8bf68020a0001e0bfdcb8bf6880dcddb8bf6800000200a09c01a09c0100\
00010a80dcddb8bf680000000c72656a65637401020001d0efb8b6bf68000100d0efb8b6bf68000114706c6320756e6974203100000000010e72\
756e6e696e670101c0a3dbb8bf680a736574757004c0a3dbb8bf68c0a3dbb8bf68e0bfdcb8bf68e0bfdcb8bf6804c0a3dbb8bf680a746f74616c\
020002a087dab8bf68e0bfdcb8bf680a746f74616c020002c0a3dbb8bf6804c0a3dbb8bf68020a746f74616c020002a087dab8bf6800000000e0\
bfdcb8bf68020a746f74616c020002c0a3dbb8bf68000000000000000000010e72756e6e696e67d0efb8b6bf6801d0efb8b6bf6801a087dab8bf\
680001a087dab8bf680000000000010280e0b8b6bf6880e0b8b6bf6880d0eb88c06801020004040000";

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
    let mut resumed = Fold::resume(&checkpoint).unwrap();
    let total = |fold: &Fold| fold.signals.tracks[&Role::Total].counter.suspect.unwrap();
    assert_eq!(total(&resumed).seen, at(1_500.0), "it measured from the last change");
    let doubted = resumed.signals.tracks.get_mut(&Role::Total).unwrap();
    doubted.counter.suspect = Some(total(&fold));
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

/// A press that waits for five good pieces in a row: setup at 2,300 s, running from 2,350 s, two good pieces before 00:40:00
/// and four more.
fn changed_over() -> Timeline {
    let mut line = Timeline::new(MachineSetting {
        release: Release::GoodInARow(5),
        ..press(10.0)
    });
    line.first(1.0, 1).sample(Role::State, 2_290.0, 2_300.0, 2);
    line.sample(Role::State, 2_340.0, 2_350.0, 1);
    for piece in 1..=6 {
        let second = 2_370.0 + f64::from(piece) * 10.0;
        line.sample(Role::Total, second - 10.0, second, i128::from(piece));
    }
    line
}

/// A press whose changed state must hold for 30 s, and show a piece every 30 s: it says running from 2,380 s on.
fn waiting() -> Timeline {
    let mut line = Timeline::new(MachineSetting {
        debounce_ms: 30_000,
        stop_after: STOP_AFTER,
        ..press(10.0)
    });
    line.first(1.0, 0).sample(Role::State, 2_379.0, 2_380.0, 1);
    for piece in 1..=6 {
        let second = 2_375.0 + f64::from(piece) * 10.0;
        line.sample(Role::Total, second - 10.0, second, i128::from(piece));
    }
    line
}

/// What a fold tells of the time from 00:40:00 to 00:41:00, after all that it did not know yet.
fn told_from(mut fold: Fold, line: &Timeline) -> Final {
    let plan = line.plan();
    let mut inbox = Inbox::default();
    let later = line.facts.iter().filter(|fact| fact.at >= fold.position);
    later.for_each(|fact| inbox.add(Arc::new(fact.clone())));
    let mut rows = Rows::since(at(2_400.0));
    fold.advance(at(2_460.0), &mut inbox, &plan, &mut rows, &mut Vec::new());
    fold.settle_for_view(&plan, &mut rows);
    rows.finish(MACHINE, Timestamp::MAX)
}

#[test]
fn a_snapshot_of_the_fourth_engine_goes_on_as_if_it_had_never_been_left() {
    for (line, hex, setup_ms) in [
        // The fifth good piece in a row comes at 2,420 s.
        (changed_over(), ENGINE_4_SETUP, 20_000),
        (waiting(), ENGINE_4_WAITING, 0),
    ] {
        let told = told_from(Fold::decode(MACHINE, &bytes(hex), 4).unwrap(), &line);
        assert_eq!(told, told_from(Fold::new(MACHINE, at(0.0)), &line));
        let sum = |column| told.tallies.iter().map(|row| row.tally.get(column)).sum::<i64>();
        assert_eq!(
            (sum(Column::SetupMs), sum(Column::RunningMs)),
            (setup_ms, 60_000 - setup_ms)
        );
    }
}

/// The press of [`waiting`] that also waits for its release: setup from 2,380 s on, so that the pieces before 00:40:00 wait.
fn both() -> Timeline {
    let mut line = Timeline::new(MachineSetting {
        debounce_ms: 30_000,
        release: Release::GoodInARow(5),
        ..press(10.0)
    });
    line.first(1.0, 1).sample(Role::State, 2_379.0, 2_380.0, 2);
    line.makes(2_350, 2_440, 10, &mut (0, 0), &[]);
    line
}

#[test]
fn a_snapshot_of_the_fifth_engine_goes_on_as_if_it_had_never_been_left() {
    let line = both();
    let told = told_from(Fold::decode(MACHINE, &bytes(ENGINE_5_BOTH), 5).unwrap(), &line);
    assert_eq!(told, told_from(Fold::new(MACHINE, at(0.0)), &line));
}

#[test]
fn pieces_that_wait_with_their_time_are_in_the_snapshot() {
    let line = both();
    let plan = line.plan();
    let mut inbox = Inbox::default();
    line.facts.iter().for_each(|fact| inbox.add(Arc::new(fact.clone())));
    let mut fold = Fold::new(MACHINE, at(0.0));
    fold.advance(at(2_400.0), &mut inbox, &plan, &mut Rows::default(), &mut Vec::new());
    let again = Fold::decode(MACHINE, &fold.encode().unwrap(), ENGINE).unwrap();
    assert_eq!(again.encode(), fold.encode());
    assert!(again.resolver.has_counts());
    let told = told_from(again, &line);
    assert_eq!(told, told_from(Fold::new(MACHINE, at(0.0)), &line));
    // 2,390 to 2,430 s are five in a row; of them 2,400 to 2,430 are told here, and 2,440 comes after the release.
    let sum = |column| told.tallies.iter().map(|row| row.tally.get(column)).sum::<i64>();
    assert_eq!((sum(Column::Total), sum(Column::Startup)), (5, 4));
}
