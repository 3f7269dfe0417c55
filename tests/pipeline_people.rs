//! The people of a line, shared anew where a machine of it is put in service, or out of it, an hour later.
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
use gemba::model::time::{HOUR_MS, Period};
use pipeline_plant::*;
use pipeline_proof::{prove, stored};
use pipeline_rig::Rig;

/// Man hours of the lathe from 06:30 to 07:00.
fn man_hours(rig: &Rig) -> f64 {
    let half_hour = Period::new(at(5_393), at(7_193));
    stored(&rig.store, LATHE, half_hour).get(Column::ManMs) as f64 / HOUR_MS as f64
}

#[test]
fn a_machine_taken_out_of_service_an_hour_later_leaves_its_people_to_the_others_of_its_line() {
    let mut rig = Rig::new();
    while rig.now < at(10_000) {
        rig.tick(rig.now.plus(10_000));
        let made = i128::from(rig.now.since(START) / 10_000);
        rig.read(&[
            (LATHE_RUN, rig.now, 1),
            (LATHE_TOTAL, rig.now, made),
            (LATHE_REJECT, rig.now, 0),
        ]);
        if rig.now == at(3_600) {
            let line = "line".into();
            rig.enter(None, rig.now, Says::Headcount { milli: 4_000, line });
        }
    }
    rig.tick(rig.now.plus(6_000));
    // Two of four people for half an hour.
    assert_eq!(man_hours(&rig), 1.0);
    rig.enter_as("out", PRESS, at(5_000), Says::Service { on: false });
    rig.tick(rig.now.plus(6_000));
    rig.tick(rig.now.plus(6_000));
    assert!(rig.is_calm());
    assert_eq!(man_hours(&rig), 2.0, "all four");
    prove(&rig.store, rig.now).unwrap();
    rig.enter(PRESS, at(5_000), Says::Undo { entry: "out".into() });
    rig.tick(rig.now.plus(6_000));
    rig.tick(rig.now.plus(6_000));
    assert!(rig.is_calm());
    assert_eq!(man_hours(&rig), 1.0);
    prove(&rig.store, rig.now).unwrap();
}
