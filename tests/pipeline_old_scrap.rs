//! Scrap found long after: of the past nothing is folded again but the shift it belongs to.
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
use gemba::model::settings::Setting;
use gemba::model::tally::Column;
use gemba::model::time::{DAY_MS, HOUR_MS, MINUTE_MS, Period};
use pipeline_plant::{LATHE, LATHE_REJECT, LATHE_RUN, LATHE_TOTAL, START, points, settings};
use pipeline_proof::{prove, stored};
use pipeline_rig::Rig;

/// So long a silence is none here: the lathe is polled once a minute.
const LIMIT_MS: i64 = 5 * MINUTE_MS;
/// More than the store keeps the snapshots of all quarter hours for: what is older by weeks is found in the same way.
const DAYS: i64 = 5;
/// Snapshots of all quarter hours are kept so long, and those of the starts of shifts as long as facts.
const QUARTERS_KEPT_MS: i64 = 2 * DAY_MS;

/// A lathe that makes a piece a minute and stands for five minutes in each hour, with the snapshots a store still has.
fn days() -> Rig {
    let (mut settings, mut points) = (settings(), points());
    for setting in &mut settings {
        if let Setting::Machine(_, machine) = setting {
            machine.signals.iter_mut().for_each(|signal| signal.limit_ms = LIMIT_MS);
        }
    }
    points.iter_mut().for_each(|point| point.limit_ms = LIMIT_MS);
    let mut rig = Rig::of(settings, points, START);
    let mut made = 0;
    for minute in 0..DAYS * 24 * 60 {
        let (now, runs) = (START.plus(minute * MINUTE_MS), minute % 60 >= 5);
        made += i128::from(runs);
        rig.wait(now);
        rig.read(&[
            (LATHE_RUN, now, i128::from(runs)),
            (LATHE_TOTAL, now, made),
            (LATHE_REJECT, now, 0),
        ]);
        if minute % 15 == 0 {
            rig.tick(now);
        }
    }
    let old = rig.now.plus(-QUARTERS_KEPT_MS);
    rig.store
        .checkpoints
        .retain(|(_, at), checkpoint| checkpoint.keep || *at >= old);
    rig
}

#[test]
fn scrap_of_a_shift_of_days_ago_folds_that_shift_and_nothing_else() {
    let mut rig = days();
    // The second day's early shift, 06:00 to 14:00; the lathe was configured at 05:00:07 of the first.
    let early = Period::new(
        START.floor(DAY_MS).plus(DAY_MS + 6 * HOUR_MS),
        START.floor(DAY_MS).plus(DAY_MS + 14 * HOUR_MS),
    );
    assert!(rig.now.since(early.end) > QUARTERS_KEPT_MS + DAY_MS);
    let (before, handed) = (stored(&rig.store, LATHE, early), rig.store.handed);
    let says = Says::Scrap {
        pieces: 7,
        reason: "".into(),
        scope: Scope::Former("2026-11-22.early".into()),
    };
    rig.enter(LATHE, early.end.plus(-1), says);
    for _ in 0..20 {
        rig.tick(rig.now.plus(1_000));
    }
    rig.stop();
    assert!(rig.is_calm());
    let after = stored(&rig.store, LATHE, early);
    assert_eq!(after.get(Column::Good), before.get(Column::Good) - 7);
    assert_eq!(after.get(Column::Reject), 7);
    let folded = &rig.store.ranges;
    let (from, until) = (folded[0].1.start, folded[folded.len() - 1].1.end);
    assert_eq!((from, until), (early.start, early.end), "{folded:?}");
    // 480 samples of the counter and two changes of the run bit in each of eight hours, less the 40 minutes without a piece.
    let read = rig.store.handed - handed;
    assert!(read < 600 + pipeline_store::PAGE, "{read} facts read");
    prove(&rig.store, rig.now).unwrap();
}
