//! A live fold that catches up beside a fold of the past: of the time that one has told, the other tells nothing.
#![allow(clippy::unwrap_used, reason = "a test ends where something is missing")]

#[path = "support/pipeline_plant.rs"]
mod pipeline_plant;
#[path = "support/pipeline_proof.rs"]
mod pipeline_proof;
#[path = "support/pipeline_rig.rs"]
mod pipeline_rig;
#[path = "support/pipeline_store.rs"]
mod pipeline_store;

use gemba::model::entry::{Says, Scope};
use gemba::model::time::{HOUR_MS, Timestamp};
use pipeline_plant::*;
use pipeline_proof::prove;
use pipeline_rig::Rig;

/// A lathe that makes a piece each ten seconds, read each second up to `to`.
fn lathe(rig: &mut Rig, to: Timestamp) {
    while rig.now < to {
        rig.tick(rig.now.plus(1_000).min(to));
        let (now, made) = (rig.now, i128::from(rig.now.since(START) / 10_000));
        rig.read(&[(LATHE_RUN, now, 1), (LATHE_TOTAL, now, made), (LATHE_REJECT, now, 0)]);
    }
}

/// The agent is off for sixty hours; its PLC answers so many seconds after the start. The live fold catches up by then, two
/// hours a second, since a quarter hour of silence is over; the answer makes the same hours known, six of them a second. A
/// person enters something each second, so that there is a commit each second.
fn monday_morning(answers_after_s: i64) -> Result<(), String> {
    let mut rig = Rig::new();
    lathe(&mut rig, at(600));
    rig.tick(at(606));
    let again = rig.now.plus(60 * HOUR_MS);
    rig.crash(true, again);
    rig.tick_each_second(again.plus(answers_after_s * 1_000));
    for _ in 0..20 {
        let (now, reason) = (rig.now.plus(1_000), "".into());
        lathe(&mut rig, now);
        rig.enter(
            PRESS,
            now,
            Says::Scrap {
                pieces: 1,
                reason,
                scope: Scope::Now,
            },
        );
    }
    let to = rig.now.plus(100_000);
    lathe(&mut rig, to);
    // What is on disk is what the journal folds to, snapshots too.
    prove(&rig.store, rig.now)
}

#[test]
fn an_answer_in_the_middle_of_catching_up_gives_what_the_journal_folds_to() {
    for answers_after_s in [903, 906, 909, 913] {
        monday_morning(answers_after_s).unwrap();
    }
}
