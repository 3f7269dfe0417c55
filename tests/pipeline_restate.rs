//! The past worked out again for one late or corrected fact: what changes, what does not, and what a crash leaves undone.
#![allow(clippy::unwrap_used, reason = "a test ends where something is missing")]

#[path = "support/pipeline_plant.rs"]
mod pipeline_plant;
#[path = "support/pipeline_proof.rs"]
mod pipeline_proof;
#[path = "support/pipeline_rig.rs"]
mod pipeline_rig;
#[path = "support/pipeline_store.rs"]
mod pipeline_store;

use gemba::model::booking::Field;
use gemba::model::entry::{Says, Scope};
use gemba::model::ids::MachineId;
use gemba::model::state::Class;
use gemba::model::tally::Column;
use gemba::model::time::{MINUTE_MS, Period, QUARTER_MS, Timestamp};
use pipeline_plant::*;
use pipeline_proof::{prove, revised, stored};
use pipeline_rig::Rig;

/// A lathe that ran for so many seconds with a piece each ten seconds.
fn ran(seconds: i64) -> Rig {
    let mut rig = Rig::new();
    run(&mut rig, at(seconds));
    rig
}

/// Goes on running up to `to`.
fn run(rig: &mut Rig, to: Timestamp) {
    while rig.now < to {
        rig.tick(rig.now.plus(10_000).min(to));
        poll(rig, true);
    }
}

fn poll(rig: &mut Rig, running: bool) {
    let (now, made) = (rig.now, i128::from(rig.now.since(START) / 10_000));
    rig.read(&[
        (LATHE_RUN, now, running.into()),
        (LATHE_TOTAL, now, made),
        (LATHE_REJECT, now, 0),
    ]);
}

fn scrap(pieces: i64) -> Says {
    let reason = "".into();
    Says::Scrap {
        pieces,
        reason,
        scope: Scope::Now,
    }
}

fn rejects(rig: &Rig, from: i64, to: i64) -> i64 {
    stored(&rig.store, LATHE, Period::new(at(from), at(to))).get(Column::Reject)
}

#[test]
fn a_second_late_entry_does_not_make_a_crash_forget_the_first() {
    let mut rig = ran(7_200);
    rig.load_ms = None;
    rig.enter(LATHE, at(600), scrap(2));
    rig.tick(rig.now.plus(1_000));
    assert_eq!(rig.loads.len(), 1, "the first is being worked in");
    rig.enter(LATHE, at(5_400), scrap(3));
    rig.tick(rig.now.plus(1_000));
    assert_eq!(rig.store.restating[&LATHE], at(600), "the earlier of the two");
    rig.crash(false, rig.now.plus(60_000));
    rig.load_ms = Some(0);
    run(&mut rig, at(7_500));
    assert_eq!((rejects(&rig, 0, 1_200), rejects(&rig, 1_200, 7_200)), (2, 3));
    prove(&rig.store, rig.now).unwrap();
}

#[test]
fn a_snapshot_taken_before_the_past_was_known_does_not_outlive_it() {
    // A late reason for a stop that lasts over 06:00. While the store is slow the live fold passes 06:15; then the past
    // is worked in, and only then the next commit goes out.
    let mut rig = ran(3_000);
    while rig.now < at(4_480) {
        rig.tick(rig.now.plus(10_000));
        poll(&mut rig, false);
    }
    rig.load_ms = None;
    assert!(rig.reason(LATHE, at(3_100), "jam"));
    rig.tick(rig.now.plus(1_000));
    rig.commit_ms = None;
    while rig.now < at(4_530) {
        rig.tick(rig.now.plus(5_000));
        poll(&mut rig, false);
    }
    rig.release_loads();
    rig.release_commits();
    run(&mut rig, at(5_500));
    prove(&rig.store, rig.now).unwrap();
}

#[test]
fn an_older_fact_that_comes_while_the_past_is_worked_out_is_counted_once_and_in_its_own_time() {
    // 06:45 is 6,293 s: the first entry is worked in from that snapshot on, the second is for a time before it.
    let mut rig = ran(6_670);
    rig.load_ms = None;
    rig.enter(LATHE, at(6_655), scrap(1));
    rig.tick(rig.now.plus(1_000));
    assert_eq!(rig.loads, [(LATHE, Some(at(6_655)))]);
    rig.commit_ms = None;
    rig.enter(LATHE, at(6_287), scrap(1));
    rig.release_loads();
    rig.release_commits();
    run(&mut rig, at(6_900));
    assert_eq!((rejects(&rig, 6_000, 6_293), rejects(&rig, 6_293, 6_900)), (1, 1));
    prove(&rig.store, rig.now).unwrap();
}

#[test]
fn a_reason_given_for_a_stop_that_began_earlier_than_was_known_is_worked_in_from_its_true_start() {
    // The stop began at 3,000 s (05:50:07) and is long decided at 06:00, where a snapshot has it without a reason. The
    // screen of whoever gave the reason still showed it from 3,700 s (06:01:47) on.
    let mut rig = ran(3_000);
    while rig.now < at(5_000) {
        rig.tick(rig.now.plus(10_000));
        poll(&mut rig, false);
    }
    let says = Says::Reason {
        reason: "jam".into(),
        anchor: at(3_800),
        part: None,
        leads: false,
    };
    rig.enter(LATHE, at(3_700), says);
    while rig.now < at(5_100) {
        rig.tick(rig.now.plus(10_000));
        poll(&mut rig, false);
    }
    let whole = stored(&rig.store, LATHE, Period::new(at(3_600), at(4_800)));
    assert_eq!(
        whole.get(Column::BreakdownMs),
        1_200_000,
        "20 minutes, all of them explained"
    );
    prove(&rig.store, rig.now).unwrap();
}

#[test]
fn what_the_disk_lost_during_the_run_is_worked_out_again_without_a_restart() {
    let mut rig = ran(7_200);
    let before = rig.store.tallies.of(LATHE);
    let lost = |rig: &mut Rig| {
        let rows = &mut rig.store.tallies.rows;
        rows.retain(|(machine, start), _| *machine != LATHE || *start < at(600) || *start >= at(1_200));
        rows.len()
    };
    let whole = rig.store.tallies.rows.len();
    assert!(lost(&mut rig) < whole);
    rig.store.restating.insert(LATHE, at(593));
    rig.store.lost.push((LATHE, at(593)));
    run(&mut rig, at(7_500));
    assert_eq!(rig.store.tallies.of(LATHE)[..before.len()], before);
    assert!(rig.store.restating.is_empty());
}

fn product(id: &str) -> Says {
    Says::Product { product: id.into() }
}

fn by_product(rig: &Rig, from: i64, to: i64) -> Vec<(String, i64)> {
    let mut sums = std::collections::BTreeMap::new();
    for row in rig.store.tallies.of(LATHE) {
        if row.period.start >= at(from) && row.period.start < at(to) {
            *sums.entry(row.key.product.to_string()).or_default() += row.tally.get(Column::Total);
        }
    }
    sums.into_iter().collect()
}

fn classes(rig: &Rig) -> Vec<(Class, i64)> {
    let mut classes: Vec<(Class, i64)> = Vec::new();
    for span in rig.store.spans.of(LATHE) {
        match classes.last_mut().filter(|(class, _)| *class == span.class) {
            Some((_, seconds)) => *seconds += span.period.ms() / 1000,
            None => classes.push((span.class, span.period.ms() / 1000)),
        }
    }
    classes
}

#[test]
fn a_word_of_an_hour_ago_is_folded_only_up_to_the_next_snapshot_that_agrees() {
    let mut rig = ran(10_000);
    rig.tick(rig.now.plus(6_000));
    let (facts, booked) = (rig.store.handed, rig.store.ledger.len());
    rig.enter(LATHE, at(6_400), Says::Reworked { pieces: 3 });
    rig.tick(rig.now.plus(6_000));
    assert!(rig.is_calm());
    // 6,400 s is 06:46:47: from the snapshot of 06:45 to that of 07:00, where nothing differs any more.
    let quarter = Period::new(at(6_293), at(6_293).plus(QUARTER_MS));
    assert_eq!(rig.store.ranges, [(LATHE, quarter)]);
    assert!(
        rig.store.handed - facts <= 2 * pipeline_store::PAGE + 50,
        "{}",
        rig.store.handed - facts
    );
    assert_eq!(
        rig.store.ledger.len() - booked,
        1,
        "one tally differs, and its difference is booked"
    );
    let reworked = stored(&rig.store, LATHE, Period::new(at(0), at(10_000))).get(Column::Reworked);
    assert_eq!(reworked, 3);
    prove(&rig.store, rig.now).unwrap();
}

#[test]
fn a_scrap_entry_is_folded_up_to_the_end_of_its_shift_and_changes_one_tally() {
    // Which good pieces a later word takes, of known time or of gaps, follows from what was taken before in the shift, and
    // the early one is on.
    let mut rig = ran(10_000);
    rig.tick(rig.now.plus(6_000));
    let booked = rig.store.ledger.len();
    rig.enter(LATHE, at(6_400), scrap(3));
    rig.tick(rig.now.plus(6_000));
    assert!(rig.is_calm());
    assert!(
        rig.store.ranges.iter().all(|(_, range)| range.start >= at(6_293)),
        "{:?}",
        rig.store.ranges
    );
    assert_eq!(rig.store.ledger.len() - booked, 1);
    assert_eq!(rejects(&rig, 0, 10_000), 3);
    prove(&rig.store, rig.now).unwrap();
}

#[test]
fn a_reason_given_an_hour_later_and_changed_twice_stands_as_given_last() {
    let mut rig = ran(3_000);
    while rig.now < at(3_600) {
        rig.tick(rig.now.plus(10_000));
        poll(&mut rig, false);
    }
    run(&mut rig, at(7_200));
    let stands = |rig: &Rig, class| {
        let classes = classes(rig);
        // It stands from the sample of 3,010 s to that of 3,610 s.
        assert_eq!(
            classes[1..4],
            [(Class::Running, 3_000), (class, 600), (Class::Running, classes[3].1)]
        );
    };
    stands(&rig, Class::Unexplained);
    for (anchor, reason, class) in [
        (3_020, "jam", Class::Breakdown),
        (3_500, "material", Class::Waiting),
        (3_300, "jam", Class::Breakdown),
    ] {
        assert!(rig.reason(LATHE, at(anchor), reason));
        let to = rig.now.plus(30_000);
        run(&mut rig, to);
        stands(&rig, class);
        prove(&rig.store, rig.now).unwrap();
    }
    let touched = revised(&rig.store);
    let outside = |(_, start): &&(MachineId, Timestamp)| *start < at(3_010).floor(MINUTE_MS) || *start >= at(3_610);
    assert_eq!(
        touched.iter().find(outside),
        None,
        "only rows of the stop have revisions"
    );
}

#[test]
fn a_reason_tapped_while_the_machine_still_stands_takes_nothing_back() {
    let mut rig = ran(3_000);
    while rig.now < at(3_600) {
        rig.tick(rig.now.plus(10_000));
        poll(&mut rig, false);
    }
    let booked = rig.store.ledger.len();
    let now = rig.now;
    assert!(rig.reason(LATHE, now, "jam"));
    rig.tick(rig.now.plus(6_000));
    poll(&mut rig, false);
    run(&mut rig, at(3_700));
    prove(&rig.store, rig.now).unwrap();
    let vanished = rig.store.ledger[booked..].iter().filter(|point| {
        let zero = |(name, field): &(&str, Field)| *name == "span_ms" && matches!(field, Field::Int(ms) if *ms < 0);
        point.fields.iter().any(zero)
    });
    assert_eq!(vanished.count(), 0, "no tally was booked to zero and then again");
}

#[test]
fn a_product_corrected_two_hours_later_moves_its_pieces_and_no_others() {
    let mut rig = ran(600);
    rig.enter(LATHE, at(600), product("A"));
    run(&mut rig, at(3_000));
    rig.enter(LATHE, at(3_000), product("B"));
    run(&mut rig, at(9_000));
    let before = by_product(&rig, 0, 8_000);
    // In truth B was on it from 1,800 s on: 120 pieces of 10 s more than thought.
    rig.enter(LATHE, at(1_800), product("B"));
    rig.tick(rig.now.plus(6_000));
    let after = by_product(&rig, 0, 8_000);
    let moved = |rows: &[(String, i64)], id: &str| rows.iter().find(|(product, _)| product == id).unwrap().1;
    assert_eq!(moved(&before, "A") - moved(&after, "A"), 120);
    assert_eq!(moved(&after, "B") - moved(&before, "B"), 120);
    assert!(
        rig.store.ranges.iter().all(|(_, range)| range.end < at(4_000)),
        "{:?}",
        rig.store.ranges
    );
    prove(&rig.store, rig.now).unwrap();
}

#[test]
fn an_outage_of_half_an_hour_gives_its_pieces_when_the_counter_is_heard_again() {
    let mut rig = ran(3_000);
    while rig.now < at(4_800) {
        rig.tick(rig.now.plus(10_000));
        rig.fail(&[LATHE_RUN, LATHE_TOTAL, LATHE_REJECT]);
    }
    run(&mut rig, at(5_400));
    prove(&rig.store, rig.now).unwrap();
    let gap = stored(&rig.store, LATHE, Period::new(at(0), at(5_400)));
    // From the sample of 3,000 s to that of 4,810 s.
    assert_eq!(
        (gap.get(Column::GapTotal), gap.get(Column::BridgedMs)),
        (181, 1_810_000)
    );
    assert_eq!(
        gap.get(Column::UnknownMs),
        1_810_000 + 10_000,
        "and 10 s before the first sample"
    );
}

#[test]
fn a_crash_at_any_commit_of_a_restatement_leaves_nothing_undone() {
    for applied in [false, true] {
        for commits in 0..5 {
            let mut rig = ran(7_200);
            rig.enter(LATHE, at(600), product("A"));
            rig.tick(rig.now.plus(1));
            rig.enter(LATHE, at(5_000), scrap(2));
            let from = rig.commits.len();
            while rig.commits.len() < from + commits {
                rig.tick(rig.now.plus(1_000));
            }
            rig.commit_ms = None;
            rig.tick(rig.now.plus(6_000));
            rig.crash(applied, rig.now.plus(20_000));
            rig.commit_ms = Some(0);
            run(&mut rig, at(7_500));
            rig.tick(rig.now.plus(6_000));
            prove(&rig.store, rig.now).unwrap();
            assert_eq!(rejects(&rig, 0, 7_500), 2);
            // 05:12 to 07:00, the minutes before the crash.
            assert_eq!(by_product(&rig, 713, 7_193), [("A".to_owned(), 648)]);
        }
    }
}

#[test]
fn a_history_that_cannot_be_read_is_asked_for_again() {
    let mut rig = ran(7_200);
    rig.fail_loads = 3;
    rig.enter(LATHE, at(600), scrap(1));
    let to = rig.now.plus(6 * MINUTE_MS);
    run(&mut rig, to);
    let first = |load: &&(MachineId, Option<Timestamp>)| load.1.is_some();
    assert_eq!(
        rig.loads.iter().filter(first).count(),
        4,
        "three failed, each after a pause"
    );
    assert!(rig.is_calm());
    prove(&rig.store, rig.now).unwrap();
}
