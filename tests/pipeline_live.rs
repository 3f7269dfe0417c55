//! The pipeline while everything goes forward: what is sealed when, and what the screens show.
#![allow(clippy::unwrap_used, reason = "a test ends where something is missing")]

#[path = "support/pipeline_plant.rs"]
mod pipeline_plant;
#[path = "support/pipeline_proof.rs"]
mod pipeline_proof;
#[path = "support/pipeline_rig.rs"]
mod pipeline_rig;
#[path = "support/pipeline_store.rs"]
mod pipeline_store;

use gemba::model::commit::WorkedOut;
use gemba::model::entry::Says;
use gemba::model::fact::{Body, Role};
use gemba::model::reading::Quality;
use gemba::model::settings::{ProductSetting, Setting};
use gemba::model::state::Class;
use gemba::model::tally::{Column, ENGINE};
use gemba::model::time::{MINUTE_MS, Period, Timestamp};
use pipeline_plant::*;
use pipeline_proof::{pieces, prove, replay, revised, stored};
use pipeline_rig::{Rig, run};

fn sealed(rig: &Rig) -> Timestamp {
    rig.store.sealed_until(LATHE).unwrap()
}

fn spans(rig: &Rig) -> Vec<(Class, i64)> {
    let spans = rig.store.spans.of(LATHE).into_iter();
    spans.map(|span| (span.class, span.period.ms() / 1000)).collect()
}

#[test]
fn what_every_signal_has_confirmed_is_sealed_and_nothing_later() {
    let mut rig = Rig::new();
    let mut made = 0;
    run(&mut rig, &mut made, true, at(600));
    rig.tick_each_second(at(606));
    // The last sample is of 600 s, 05:10:07: the minute of 05:09 is over, that of 05:10 is not.
    assert_eq!(sealed(&rig), at(600).floor(MINUTE_MS));
    assert_eq!(rig.store.sealed_until(PRESS), None, "it was never heard of");
    prove(&rig.store, rig.now).unwrap();
    assert_eq!(revised(&rig.store), []);
}

#[test]
fn a_stop_below_the_minor_limit_holds_back_its_tallies_until_it_is_decided() {
    let mut rig = Rig::new();
    let mut made = 0;
    run(&mut rig, &mut made, true, at(600));
    run(&mut rig, &mut made, false, at(720));
    rig.tick_each_second(at(728));
    // It stands since the sample of 610 s, 05:10:17; the limit of 120 s (3 cycles of 10 s are less) is not over.
    assert_eq!(sealed(&rig), at(610).floor(MINUTE_MS));
    run(&mut rig, &mut made, false, at(740));
    rig.tick_each_second(at(748));
    assert_eq!(
        sealed(&rig),
        at(740).floor(MINUTE_MS),
        "decided at 730 s: no minor stop"
    );
    run(&mut rig, &mut made, true, at(900));
    run(&mut rig, &mut made, false, at(960));
    run(&mut rig, &mut made, true, at(1_100));
    prove(&rig.store, rig.now).unwrap();
    assert_eq!(revised(&rig.store), []);
    // Known from 10 s on; 758 s was the first poll to see it run again; 05:15 cuts at 893 s; it stood from 910 s to 970 s.
    let told = [
        (Class::Unknown, 10),
        (Class::Running, 600),
        (Class::Unexplained, 148),
        (Class::Running, 135),
        (Class::Running, 17),
        (Class::MinorStop, 60),
    ];
    assert_eq!(spans(&rig), told);
}

#[test]
fn an_outage_is_sealed_after_a_quarter_hour_though_nothing_was_heard_again() {
    let mut rig = Rig::new();
    let mut made = 0;
    run(&mut rig, &mut made, true, at(600));
    while rig.now < at(1_500) {
        rig.tick(rig.now.plus(10_000));
        rig.fail(&[LATHE_RUN, LATHE_TOTAL, LATHE_REJECT]);
    }
    assert_eq!(sealed(&rig), at(600).floor(MINUTE_MS), "900 s later it may still come");
    rig.tick(at(1_560));
    rig.tick(at(1_566));
    assert_eq!(
        sealed(&rig),
        at(660).floor(MINUTE_MS),
        "05:11 ended 15 min before 05:26:07"
    );
    let unknown = stored(&rig.store, LATHE, Period::new(at(600).floor(MINUTE_MS), at(660)));
    assert_eq!(
        (unknown.get(Column::RunningMs), unknown.get(Column::UnknownMs)),
        (7_000, 53_000)
    );
    prove(&rig.store, rig.now).unwrap();
    let lost = rig.store.facts.iter().filter_map(|fact| {
        let Body::Signal(signal) = &fact.body else { return None };
        (signal.value.is_none()).then_some((signal.role, signal.quality, fact.at))
    });
    let expected = [Role::Run, Role::Total, Role::Reject].map(|role| (role, Quality::BadComm, at(600)));
    assert_eq!(
        lost.collect::<Vec<_>>(),
        expected,
        "one fact each, from the last good sample on"
    );
}

#[test]
fn a_product_change_in_the_middle_of_a_minute_cuts_the_tally_that_has_begun() {
    let mut rig = Rig::new();
    let mut made = 0;
    run(&mut rig, &mut made, true, at(80));
    rig.tick_each_second(at(85));
    // 85 s is 05:01:32; the minute's tally has begun. The change counts from now on.
    rig.enter(LATHE, rig.now, Says::Product { product: "A".into() });
    run(&mut rig, &mut made, true, at(205));
    let rows = rig.store.tallies.of(LATHE);
    let cut: Vec<(i64, &str)> = rows
        .iter()
        .map(|row| (row.period.ms() / 1000, &*row.key.product))
        .collect();
    // 05:00:07 to 05:01, 32 s of 05:01 without a product and 28 s with it, 05:02.
    assert_eq!(cut, [(53, ""), (32, ""), (28, "A"), (60, "A")]);
    prove(&rig.store, rig.now).unwrap();
}

/// What the screen shows of the lathe: the sums of its shift, against those of the journal folded again.
fn screen_agrees(rig: &mut Rig) {
    rig.tick(rig.now.plus(6_000));
    rig.tick(rig.now.plus(1));
    let live = rig.machine(LATHE).unwrap();
    let shift = live.shift.clone().unwrap().period;
    let replayed = replay(&rig.store, LATHE, rig.now);
    let stored = stored(&rig.store, LATHE, Period::new(Timestamp::MIN, shift.start));
    assert_eq!(pieces(&live.tally), pieces(&replayed.sum) - pieces(&stored));
    assert_eq!(
        live.tally.get(Column::SpanMs),
        rig.now.since(shift.start.max(START)),
        "all of the shift up to now"
    );
}

#[test]
fn the_screens_show_what_everything_so_far_folds_to() {
    let mut rig = Rig::new();
    let mut made = 0;
    for (running, to) in [
        (true, 1_500),
        (false, 1_560),
        (true, 3_000),
        (false, 4_000),
        (true, 5_000),
    ] {
        run(&mut rig, &mut made, running, at(to));
        screen_agrees(&mut rig);
    }
    rig.enter(LATHE, at(4_200), Says::Product { product: "B".into() });
    run(&mut rig, &mut made, true, at(5_100));
    screen_agrees(&mut rig);
    let live = rig.machine(LATHE).unwrap();
    assert_eq!(
        (&*live.product, live.class, live.recomputing),
        ("B", Class::Running, false)
    );
}

#[test]
fn a_start_shows_what_is_on_disk_once_while_the_store_still_works() {
    let mut rig = Rig::new();
    let mut made = 0;
    run(&mut rig, &mut made, true, at(800));
    rig.tick(rig.now.plus(6_000));
    rig.crash(true, rig.now.plus(30_000));
    rig.commit_ms = None;
    rig.tick(rig.now.plus(1_000));
    let shown = rig.machine(LATHE).unwrap().tally;
    assert_eq!(shown.get(Column::SpanMs), rig.now.since(START));
    // 80 polls; the first sample is what is counted from.
    assert_eq!(pieces(&shown), 79);
    rig.release_commits();
    run(&mut rig, &mut made, true, at(900));
    screen_agrees(&mut rig);
    assert_eq!(revised(&rig.store), []);
}

#[test]
fn a_start_after_a_crash_is_unknown_from_the_last_proof_of_life_and_silent_signals_from_before() {
    let mut rig = Rig::new();
    let mut made = 0;
    run(&mut rig, &mut made, true, at(600));
    // The counters are read once more, the run bit is not: the proof of life names it.
    rig.tick(at(608));
    rig.read(&[(LATHE_TOTAL, at(608), 60), (LATHE_REJECT, at(608), 0)]);
    rig.tick(at(613));
    let alive = rig.store.alive.clone().unwrap();
    assert_eq!((alive.at, alive.clean), (at(613), false));
    assert_eq!(
        alive.silent,
        [(LATHE, Role::Run, at(600))],
        "13 s without a sample; the others 5 s"
    );
    let before = rig.store.facts.len();
    rig.crash(true, at(700));
    rig.tick(at(706));
    let told: Vec<_> = rig.store.facts[before..]
        .iter()
        .map(|fact| (fact.body.kind(), fact.at))
        .collect();
    assert_eq!(
        told,
        [("signal", at(600)), ("started", at(613))],
        "no setting has changed"
    );
    let Body::Started(started) = &rig.store.facts[before + 1].body else {
        panic!("no start")
    };
    assert_eq!((started.started_at, started.clean), (at(700), false));
    made += 9;
    run(&mut rig, &mut made, true, at(900));
    prove(&rig.store, rig.now).unwrap();
    assert_eq!(revised(&rig.store), []);
    let unknown = spans(&rig).into_iter().filter(|(class, _)| *class == Class::Unknown);
    // From the first start to the first sample 10 s; from 600 s to the first sample after the start at 716 s.
    assert_eq!(unknown.map(|(_, seconds)| seconds).collect::<Vec<_>>(), [10, 116]);
}

#[test]
fn an_orderly_stop_says_so_and_the_next_start_goes_on_from_it() {
    let mut rig = Rig::new();
    let mut made = 0;
    run(&mut rig, &mut made, true, at(600));
    rig.stop();
    assert_eq!(
        rig.store.alive.as_ref().map(|alive| (alive.at, alive.clean)),
        Some((at(600), true))
    );
    let last = rig.commits.last().unwrap().1.number;
    assert_eq!(rig.pipeline.last_commit_number(), Some(last));
    rig.tick(at(620));
    assert_eq!(
        rig.commits.last().unwrap().1.number,
        last,
        "nothing is committed after it"
    );
    rig.crash(true, at(630));
    rig.tick(at(640));
    let Body::Started(started) = &rig.store.facts.last().unwrap().body else {
        panic!("no start")
    };
    assert!(started.clean);
}

#[test]
fn only_settings_that_changed_become_facts_and_one_that_is_gone_too() {
    let mut rig = Rig::new();
    rig.tick(at(6));
    let settings = |rig: &Rig| -> Vec<Body> {
        let of_kind = rig.store.facts.iter().filter(|fact| fact.body.kind() == "setting");
        of_kind.map(|fact| fact.body.clone()).collect()
    };
    assert_eq!(settings(&rig).len(), pipeline_plant::settings().len());
    let faster = Setting::Product(
        "A".into(),
        ProductSetting {
            ideal_ns: Some(7_000_000_000),
            ..ProductSetting::default()
        },
    );
    for setting in &mut rig.settings {
        if matches!(setting, Setting::Product(id, _) if **id == *"A") {
            *setting = faster.clone();
        }
    }
    rig.settings
        .retain(|setting| !matches!(setting, Setting::Reason(id, _) if **id == *"jam"));
    rig.crash(true, at(60));
    rig.tick(at(66));
    let told = settings(&rig).split_off(pipeline_plant::settings().len());
    let gone = Setting::Removed(gemba::model::settings::SettingKind::Reason, "jam".into());
    let was = |item: &Setting| {
        let mut before = pipeline_plant::settings().into_iter();
        before.find(|old| old.item() == item.item())
    };
    let change = |setting: Setting| {
        let (was, why) = (was(&setting), "configuration".into());
        let key = "".into();
        Body::Setting(std::sync::Arc::new(gemba::model::settings::Change {
            setting,
            was,
            why,
            key,
        }))
    };
    assert_eq!(told, [faster, gone].map(change), "each with what it was before");
}

#[test]
fn a_sample_four_days_late_is_kept_and_counted_and_changes_nothing() {
    let mut rig = Rig::new();
    rig.tick(at(10));
    rig.message(&[(PRESS_TOTAL, at(10), 100)]);
    rig.message(&[(PRESS_TOTAL, at(10 - 4 * 86_400), 3)]);
    rig.tick(at(20));
    assert_eq!((rig.live.too_late_facts, rig.loads.len()), (1, 0));
    let kept = rig.store.facts.iter().filter(|fact| fact.machine == Some(PRESS));
    assert_eq!(kept.filter(|fact| fact.body.kind() == "signal").count(), 2);
}

#[test]
fn the_shift_that_is_on_tells_the_engines_that_worked_its_sums_out() {
    let mut rig = Rig::new();
    let mut made = 0;
    run(&mut rig, &mut made, true, at(300));
    let engines = |rig: &Rig| rig.machine(LATHE).unwrap().engines.iter().copied().collect::<Vec<_>>();
    assert_eq!(engines(&rig), [ENGINE]);
    let key = rig.store.tallies.of(LATHE)[0].key.clone();
    let mut of_shift = |shift_start| {
        rig.store.engines = vec![WorkedOut {
            machine: LATHE,
            shift_start,
            shift: key.shift.clone(),
            engines: vec![2],
        }];
        let to = rig.now.plus(2 * MINUTE_MS);
        rig.tick_each_second(to);
        engines(&rig)
    };
    assert_eq!(
        of_shift(key.shift_start),
        [2, ENGINE],
        "its minutes on disk are of an older program"
    );
    assert_eq!(
        of_shift(key.shift_start.plus(-1)),
        [ENGINE],
        "those of another shift are not its own"
    );
}
