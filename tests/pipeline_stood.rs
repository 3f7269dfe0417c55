//! A state that is stuck while pieces come, in the running pipeline: what the live view says of it.
#![allow(clippy::unwrap_used, reason = "a test ends where something is missing")]

#[path = "support/pipeline_plant.rs"]
mod pipeline_plant;
#[path = "support/pipeline_rig.rs"]
mod pipeline_rig;
#[path = "support/pipeline_store.rs"]
mod pipeline_store;

use gemba::model::live::StoodCounting;
use gemba::model::time::MINUTE_MS;
use pipeline_plant::*;
use pipeline_rig::{Rig, run};

/// Reads the lathe every ten seconds: its run bit, and a piece at each `every`-th poll of the first `pieces`.
fn read(rig: &mut Rig, made: &mut i128, is_running: bool, pieces: i64, to: i64) {
    let mut left = pieces;
    while rig.now < at(to) {
        rig.tick(rig.now.plus(10_000).min(at(to)));
        *made += i128::from(left > 0);
        left -= 1;
        let now = rig.now;
        rig.read(&[
            (LATHE_RUN, now, i128::from(is_running)),
            (LATHE_TOTAL, now, *made),
            (LATHE_REJECT, now, 0),
        ]);
    }
}

#[test]
fn pieces_while_a_register_hangs_at_stopped_are_told_and_last_pieces_before_stops_are_not() {
    let mut rig = Rig::new();
    let mut made = 0;
    // Twenty stops of six minutes, each with a piece in its first ten seconds, after two minutes of work.
    for stop in 0..20 {
        let from = stop * 480;
        run(&mut rig, &mut made, true, at(from + 120));
        read(&mut rig, &mut made, false, 1, from + 480);
    }
    run(&mut rig, &mut made, true, at(9_900));
    rig.tick_each_second(at(9_902));
    assert_eq!(rig.machine(LATHE).unwrap().stood, StoodCounting::default());
    // From 9,900 s to 13,500 s it works on, and its run bit hangs at 0: 360 polls with a piece each.
    read(&mut rig, &mut made, false, 360, 13_500);
    run(&mut rig, &mut made, true, at(14_400));
    rig.tick_each_second(at(14_402));
    let stood = rig.machine(LATHE).unwrap().stood;
    // The first and the last minute are of both states: 59 or 58 whole minutes of six pieces.
    assert!((58 * MINUTE_MS..=60 * MINUTE_MS).contains(&stood.ms), "{stood:?}");
    assert_eq!(stood.pieces, stood.ms / 10_000, "one each ten seconds");
    // The early shift, which began at 3,593 s, ends at 14:00: the next one begins anew.
    run(&mut rig, &mut made, true, at(33_000));
    rig.tick_each_second(at(33_002));
    assert_eq!(rig.machine(LATHE).unwrap().stood, StoodCounting::default());
}
