//! The start of a run: it goes on from what is on disk, changes nothing of it, and ends what is no longer configured.
#![allow(clippy::unwrap_used, reason = "a test ends where something is missing")]

#[path = "support/pipeline_plant.rs"]
mod pipeline_plant;
#[path = "support/pipeline_proof.rs"]
mod pipeline_proof;
#[path = "support/pipeline_rig.rs"]
mod pipeline_rig;
#[path = "support/pipeline_store.rs"]
mod pipeline_store;

use gemba::model::fact::Body;
use gemba::model::settings::Setting;
use gemba::model::state::Class;
use gemba::model::tally::Column;
use gemba::model::time::{DAY_MS, Period, Timestamp};
use pipeline_plant::*;
use pipeline_proof::{pieces, prove, replay, revised, stored};
use pipeline_rig::Rig;

/// A lathe that runs up to `to`, with a piece each ten seconds.
fn run(rig: &mut Rig, to: Timestamp) {
    while rig.now < to {
        rig.tick(rig.now.plus(10_000).min(to));
        let (now, made) = (rig.now, i128::from(rig.now.since(START) / 10_000));
        rig.read(&[(LATHE_RUN, now, 1), (LATHE_TOTAL, now, made), (LATHE_REJECT, now, 0)]);
    }
}

fn take_out_the_lathe(rig: &mut Rig) {
    let is_lathe = |setting: &Setting| matches!(setting, Setting::Machine(id, _) if *id == LATHE);
    rig.settings.retain(|setting| !is_lathe(setting));
}

fn end_of_the_lathe(rig: &Rig) -> Vec<(Class, i64)> {
    let spans = rig.store.spans.of(LATHE);
    let last = spans.iter().rev().take(2).rev();
    last.map(|span| (span.class, span.period.end.since(START) / 1000))
        .collect()
}

#[test]
fn a_machine_that_is_no_longer_configured_is_told_up_to_that_instant() {
    let mut rig = Rig::new();
    run(&mut rig, at(820));
    rig.tick(at(826));
    take_out_the_lathe(&mut rig);
    rig.crash(true, at(875));
    rig.tick_each_second(at(900));
    assert_eq!(
        end_of_the_lathe(&rig),
        [(Class::Running, 820), (Class::Unknown, 875)],
        "last read at 820 s, taken out at 875 s, within a minute"
    );
    assert_eq!(rig.store.sealed_until(LATHE), Some(at(875)));
    assert!(rig.machine(LATHE).is_none(), "no screen shows it");
    prove(&rig.store, rig.now).unwrap();
    assert_eq!(revised(&rig.store), []);
}

#[test]
fn a_machine_taken_out_is_told_to_its_end_though_the_agent_dies_right_after_saying_so() {
    let mut rig = Rig::new();
    run(&mut rig, at(820));
    rig.tick(at(826));
    take_out_the_lathe(&mut rig);
    rig.crash(true, at(875));
    // The first commit says that it is gone, and has none of its rows yet; then the agent dies.
    rig.load_ms = None;
    rig.enter(
        PRESS,
        at(875),
        gemba::model::entry::Says::Scrap {
            pieces: 1,
            reason: "".into(),
            scope: gemba::model::entry::Scope::Now,
        },
    );
    assert!(rig.store.sealed_until(LATHE).unwrap() < at(875));
    assert!(rig.store.restating.contains_key(&LATHE));
    rig.crash(true, at(890));
    rig.load_ms = Some(0);
    rig.tick_each_second(at(910));
    assert_eq!(rig.store.sealed_until(LATHE), Some(at(875)));
    prove(&rig.store, rig.now).unwrap();
}

#[test]
fn a_start_works_out_nothing_again_of_what_is_sealed() {
    let mut rig = Rig::new();
    run(&mut rig, at(1_400));
    rig.tick(at(1_406));
    // A tally of the last quarter hour as another engine made it.
    let ((_, start), (row, _)) = rig.store.tallies.rows.iter_mut().next_back().unwrap();
    row.tally.add(Column::Good, 1);
    let (start, other) = (*start, row.clone());
    rig.crash(true, at(1_450));
    run(&mut rig, at(1_600));
    assert_eq!(rig.store.tallies.rows[&(LATHE, start)], (other, 0));
    assert_eq!(revised(&rig.store), []);
}

#[test]
fn a_start_without_any_snapshot_folds_from_the_first_fact_on_and_changes_nothing() {
    let mut rig = Rig::new();
    run(&mut rig, at(2_800));
    rig.tick(at(2_806));
    let before = rig.store.clone();
    rig.store.checkpoints.clear();
    rig.crash(true, at(2_850));
    run(&mut rig, at(3_000));
    prove(&rig.store, rig.now).unwrap();
    assert_eq!(revised(&rig.store), []);
    for (place, row) in &before.tallies.rows {
        assert_eq!(&rig.store.tallies.rows[place], row);
    }
    // 05:15, 05:30 and 05:45 are 893 s, 1,793 s and 2,693 s: they can be gone on from again.
    let again: Vec<_> = rig.store.checkpoints.keys().filter(|(id, _)| *id == LATHE).collect();
    assert_eq!(again, [&(LATHE, at(893)), &(LATHE, at(1_793)), &(LATHE, at(2_693))]);
}

#[test]
fn what_a_machine_made_while_it_was_not_configured_is_in_no_number() {
    let mut rig = Rig::new();
    run(&mut rig, at(600));
    rig.tick(at(606));
    take_out_the_lathe(&mut rig);
    rig.crash(true, at(650));
    rig.tick_each_second(at(3_000));
    rig.settings = settings();
    rig.crash(true, at(3_050));
    run(&mut rig, at(3_600));
    rig.tick(at(3_606));
    let sum = replay(&rig.store, LATHE, rig.now).sum;
    // A piece every 10 s: the first sample at 10 s, and again at 3,060 s, is what is counted from.
    assert_eq!((sum.get(Column::Total), sum.get(Column::GapTotal)), (59 + 54, 0));
    assert_eq!(sum.get(Column::SpanMs), 650_000 + 556_000);
    prove(&rig.store, rig.now).unwrap();
    assert_eq!(revised(&rig.store), []);
}

/// The lathe runs for ten minutes, the agent is off for so many days, and the lathe runs for half an hour; gives the
/// seconds told of it in the meantime.
fn told_while_off(days: i64) -> i64 {
    let mut rig = Rig::new();
    run(&mut rig, at(600));
    rig.tick(at(606));
    let again = rig.now.plus(days * DAY_MS);
    rig.crash(true, again);
    run(&mut rig, again.plus(1_800_000));
    rig.tick(again.plus(1_806_000));
    prove(&rig.store, rig.now).unwrap();
    let sealed = rig.store.sealed_until(LATHE).unwrap();
    assert!(sealed > again.plus(1_700_000), "{days} days");
    assert_eq!(revised(&rig.store), []);
    let between = stored(&rig.store, LATHE, Period::new(at(600), again));
    between.get(Column::SpanMs) / 1_000
}

#[test]
fn nine_days_off_are_told_and_ten_years_are_not() {
    // The minute under way when it stopped, and the one under way when it came back, are told either way.
    assert!((9 * 86_400 - 60..=9 * 86_400).contains(&told_while_off(9)));
    assert!(told_while_off(3_650) <= 60);
}

/// The press runs up to `to`; its counter, in messages with their own time, shows a piece each ten seconds.
fn press(rig: &mut Rig, to: Timestamp) {
    while rig.now < to {
        rig.tick(rig.now.plus(10_000).min(to));
        let (now, made) = (rig.now, i128::from(rig.now.since(START) / 10_000));
        rig.read(&[(PRESS_STATE, now, 1)]);
        rig.message(&[(PRESS_TOTAL, now, made)]);
    }
}

#[test]
fn buffered_messages_of_the_time_a_machine_was_not_configured_are_in_no_number() {
    let mut rig = Rig::new();
    press(&mut rig, at(600));
    rig.tick(at(606));
    rig.settings
        .retain(|setting| !matches!(setting, Setting::Machine(PRESS, _)));
    rig.crash(true, at(650));
    rig.tick_each_second(at(3_000));
    rig.settings = settings();
    rig.crash(true, at(3_050));
    rig.tick(at(3_051));
    // The broker hands over what it kept for the session while nobody was subscribed.
    for second in (700..3_050).step_by(50) {
        rig.message(&[(PRESS_TOTAL, at(second), i128::from(second / 10))]);
    }
    press(&mut rig, at(3_600));
    rig.tick(at(3_660));
    press(&mut rig, at(3_900));
    rig.tick(at(3_906));
    let sum = replay(&rig.store, PRESS, rig.now).sum;
    // 2 to 65 before it was taken out (650 s); from the first sample of its new time (3,061 s: 306) to 3,900 s: 390.
    assert!(
        pieces(&sum) <= 64 + 85,
        "{} pieces, {} of them in a gap",
        pieces(&sum),
        sum.get(Column::GapTotal)
    );
}

#[test]
fn a_machine_whose_setting_damage_took_keeps_what_is_sealed() {
    let mut rig = Rig::new();
    run(&mut rig, at(2_800));
    rig.tick(at(2_806));
    let before = rig.store.clone();
    let made: i64 = before
        .tallies
        .of(LATHE)
        .iter()
        .map(|row| row.tally.get(Column::Total))
        .sum();
    assert!(made > 200);
    // A page of facts was lost, with the settings in it; some tally after 05:30 was lost too, so its past is worked out again.
    rig.store
        .facts
        .retain(|fact| !matches!(&fact.body, Body::Setting(change) if matches!(change.setting, Setting::Machine(..))));
    rig.store.restating.insert(LATHE, at(1_800));
    rig.crash(true, at(2_850));
    run(&mut rig, at(3_000));
    rig.tick(at(3_006));
    let left: i64 = rig
        .store
        .tallies
        .of(LATHE)
        .iter()
        .filter(|row| row.period.start < at(2_780))
        .map(|row| row.tally.get(Column::Total))
        .sum();
    assert!(left >= made - 10, "{left} of {made} pieces are left in the ledger");
}
