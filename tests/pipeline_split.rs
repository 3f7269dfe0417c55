//! Pieces of a long silence in the running pipeline: said late what was on the machine in it, they are shared out anew, all of them.
#![allow(clippy::unwrap_used, reason = "a test ends where something is missing")]

#[path = "support/pipeline_plant.rs"]
mod pipeline_plant;
#[path = "support/pipeline_proof.rs"]
mod pipeline_proof;
#[path = "support/pipeline_rig.rs"]
mod pipeline_rig;
#[path = "support/pipeline_store.rs"]
mod pipeline_store;

use gemba::model::entry::Says;
use gemba::model::tally::Column;
use gemba::model::time::Period;
use pipeline_plant::*;
use pipeline_proof::{prove, stored};
use pipeline_rig::{Rig, run};

/// The lathe's pieces of gaps on disk between two seconds.
fn pieces(rig: &Rig, from: i64, to: i64) -> i64 {
    stored(&rig.store, LATHE, Period::new(at(from), at(to))).get(Column::GapTotal)
}

#[test]
fn a_product_said_late_of_the_middle_of_a_silence_moves_pieces_before_it_too() {
    let mut rig = Rig::new();
    let mut made = 0;
    run(&mut rig, &mut made, true, at(3_953));
    // Silent from 06:06 on for 50 min, over three snapshots, with 5 pieces: at 5, 15, 25, 35 and 45 min.
    while rig.now < at(6_953) {
        rig.tick(rig.now.plus(10_000));
        rig.fail(&[LATHE_RUN, LATHE_TOTAL, LATHE_REJECT]);
    }
    made += 4;
    run(&mut rig, &mut made, true, at(12_000));
    let from = 3_953;
    let by_minutes = |rig: &Rig, edges: &[i64]| -> Vec<i64> {
        let edge = |minute: i64| from + minute * 60;
        edges
            .windows(2)
            .map(|pair| pieces(rig, edge(pair[0]), edge(pair[1])))
            .collect()
    };
    assert_eq!(by_minutes(&rig, &[0, 10, 20, 30, 40, 52]), [1, 1, 1, 1, 1]);
    // From 22 min on it was product B, from 29 min on product A: 5 x 22/50 = 2.2, 5 x 7/50 = 0.7, 5 x 21/50 = 2.1.
    let product = |product: &str| Says::Product {
        product: product.into(),
    };
    rig.enter_as("a", LATHE, at(from + 29 * 60), product("A"));
    run(&mut rig, &mut made, true, at(12_100));
    rig.enter_as("b", LATHE, at(from + 22 * 60), product("B"));
    run(&mut rig, &mut made, true, at(13_000));
    // At 5.5 and 16.5, at 25.5, and at 34.25 and 44.75 min.
    assert_eq!(by_minutes(&rig, &[0, 22, 29, 52]), [2, 1, 2]);
    assert_eq!(
        by_minutes(&rig, &[5, 6, 16, 17, 25, 26, 34, 35, 44, 45]),
        [1, 0, 1, 0, 1, 0, 1, 0, 1]
    );
    prove(&rig.store, rig.now).unwrap();
}
