//! The pipeline when the agent's clock is set forward: the step is in no number, and counting goes on with the next samples.

#[path = "support/pipeline_plant.rs"]
mod pipeline_plant;
#[path = "support/pipeline_proof.rs"]
mod pipeline_proof;
#[path = "support/pipeline_rig.rs"]
mod pipeline_rig;
#[path = "support/pipeline_store.rs"]
mod pipeline_store;

use gemba::model::fact::Clock;
use gemba::model::state::Class;
use gemba::model::time::{DAY_MS, HOUR_MS, Period, Timestamp};
use gemba::pipeline::Input;
use pipeline_plant::*;
use pipeline_proof::{pieces, prove, revised, stored};
use pipeline_rig::Rig;

/// Polls the lathe each ten seconds up to `to`, while it runs and makes a piece in each.
fn run(rig: &mut Rig, made: &mut i128, to: Timestamp) {
    while rig.now < to {
        rig.tick(rig.now.plus(10_000).min(to));
        *made += 1;
        let now = rig.now;
        rig.read(&[(LATHE_RUN, now, 1), (LATHE_TOTAL, now, *made), (LATHE_REJECT, now, 0)]);
    }
}

#[test]
fn a_machine_that_goes_on_unchanged_is_known_again_with_its_next_sample() {
    let mut rig = Rig::new();
    let mut made = 0;
    run(&mut rig, &mut made, at(600));
    let (from, until) = (rig.now, rig.now.plus(7_000));
    rig.now = until;
    rig.hand(Input::Clock(from, Clock { until, epoch: 1 }));
    run(&mut rig, &mut made, at(1_207));
    rig.tick_each_second(at(1_216));
    let spans: Vec<(Class, i64)> = rig
        .store
        .spans
        .of(LATHE)
        .iter()
        .map(|span| (span.class, span.period.ms()))
        .collect();
    let of = |class| {
        spans
            .iter()
            .filter(|(other, _)| *other == class)
            .map(|(_, ms)| ms)
            .sum::<i64>()
    };
    assert_eq!(of(Class::ClockSkip), 7_000);
    let unknown = of(Class::Unknown);
    assert_eq!(
        unknown, 20_000,
        "ten seconds before the first poll, ten from the step to the next one"
    );
    prove(&rig.store, rig.now).unwrap();
}

#[test]
fn an_hour_forward_seals_nothing_that_its_next_sample_still_completes() {
    let mut rig = Rig::new();
    let mut made = 0;
    run(&mut rig, &mut made, at(600));
    let (from, until) = (rig.now, rig.now.plus(3_600_000));
    rig.now = until;
    rig.hand(Input::Clock(from, Clock { until, epoch: 1 }));
    rig.tick_each_second(until.plus(5_000));
    run(&mut rig, &mut made, until.plus(300_000));
    rig.tick_each_second(until.plus(310_000));
    prove(&rig.store, rig.now).unwrap();
    assert_eq!(revised(&rig.store), [], "the hour is no silence of a quarter hour");
}

#[test]
fn ten_years_forward_are_over_in_the_next_seconds_and_fill_nothing() {
    let mut rig = Rig::new();
    let mut made = 0;
    run(&mut rig, &mut made, at(600));
    let (from, until) = (rig.now, rig.now.plus(3_650 * 86_400_000));
    rig.now = until;
    rig.hand(Input::Clock(from, Clock { until, epoch: 1 }));
    rig.tick_each_second(until.plus(2_000));
    run(&mut rig, &mut made, until.plus(180_000));
    rig.tick_each_second(until.plus(190_000));
    let shown = rig.machine(LATHE).unwrap();
    assert_eq!((shown.class, shown.recomputing), (Class::Running, false));
    assert!(shown.settled > until.plus(170_000), "{shown:?}");
    // Ten minutes before and up to three after (the span that grows is not final); of the jump, no row.
    let spans = rig.store.spans.of(LATHE);
    assert!(
        spans
            .iter()
            .all(|span| span.period.end <= from || span.period.start >= until)
    );
    let told: i64 = spans.iter().map(|span| span.period.ms()).sum();
    assert!((600_000..=790_000).contains(&told), "{told} ms");
    // A piece every ten seconds; the first sample is where counting begins, the last minute is not final yet.
    let sealed = rig.store.sealed_until(LATHE).unwrap();
    let counted = i128::from(pieces(&stored(&rig.store, LATHE, Period::new(at(0), sealed))));
    assert!(made - 1 - counted <= 6, "{counted} of {made}");
    assert_eq!(revised(&rig.store), []);
}

/// The press runs up to `to`, a piece in each message.
fn press(rig: &mut Rig, to: Timestamp, made: &mut i128) {
    while rig.now < to {
        rig.tick(rig.now.plus(10_000).min(to));
        let now = rig.now;
        *made += 1;
        rig.read(&[(PRESS_STATE, now, 1)]);
        rig.message(&[(PRESS_TOTAL, now, *made)]);
    }
}

/// The clock is set forward by so much, and then messages come whose device stamped them so long before it was right: the store
/// must say what the journal folds to.
fn stamped_in_a_jump(by_ms: i64, stamped_before_ms: i64) -> Result<(), String> {
    let mut rig = Rig::new();
    let mut made = 0;
    press(&mut rig, at(600), &mut made);
    rig.tick(at(606));
    let stepped = rig.now;
    let until = stepped.plus(by_ms);
    rig.hand(Input::Clock(stepped, Clock { until, epoch: 1 }));
    rig.wait(until);
    rig.tick(until.plus(1_000));
    for n in 0..3 {
        made += 1;
        rig.message(&[(PRESS_TOTAL, until.plus(-stamped_before_ms + n * 10_000), made)]);
        rig.tick(rig.now.plus(1_000));
    }
    press(&mut rig, until.plus(1_200_000), &mut made);
    rig.tick(until.plus(1_206_000));
    prove(&rig.store, rig.now)
}

#[test]
fn a_message_stamped_anywhere_in_a_clock_set_forward_tells_the_same_live_and_replayed() {
    for (days, hours) in [(1, 1), (2, 1), (2, 30), (2, 47), (3, 10), (3, 71), (100, 20)] {
        let by = if days == 1 { DAY_MS / 2 } else { days * DAY_MS };
        let told = stamped_in_a_jump(by, hours * HOUR_MS);
        assert_eq!(told, Ok(()), "{days} days, {hours} hours before its end");
    }
}

#[test]
fn a_reading_taken_just_before_the_clock_was_set_forward_and_heard_after_it_makes_no_revision() {
    let mut rig = Rig::new();
    let mut made = 0;
    run(&mut rig, &mut made, at(1_000));
    let (from, until) = (rig.now.plus(400), rig.now.plus(3_600_000));
    rig.now = until;
    rig.hand(Input::Clock(from, Clock { until, epoch: 1 }));
    rig.tick(until.plus(1));
    // It was on its way from the source when the clock was set, with one more piece.
    made += 1;
    rig.read(&[
        (LATHE_RUN, from.plus(-100), 1),
        (LATHE_TOTAL, from.plus(-100), made),
        (LATHE_REJECT, from.plus(-100), 0),
    ]);
    run(&mut rig, &mut made, until.plus(300_000));
    rig.tick_each_second(until.plus(310_000));
    prove(&rig.store, rig.now).unwrap();
    assert_eq!(revised(&rig.store), []);
}
