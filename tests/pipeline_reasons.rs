//! Reasons people give in the core: for a part of a stop, for too many parts, those that are the leader's to give, and for scrap
//! that is taken back.
#![allow(clippy::unwrap_used, reason = "a test ends where something is missing")]

#[path = "support/pipeline_asked.rs"]
mod pipeline_asked;
#[path = "support/pipeline_plant.rs"]
mod pipeline_plant;
#[path = "support/pipeline_proof.rs"]
mod pipeline_proof;
#[path = "support/pipeline_rig.rs"]
mod pipeline_rig;
#[path = "support/pipeline_store.rs"]
mod pipeline_store;

use gemba::model::entry::{Room, Says, Scope};
use gemba::model::policy::Charge;
use gemba::model::settings::{PolicySetting, Setting};
use gemba::model::state::Class;
use gemba::model::time::Period;
use pipeline_asked::*;
use pipeline_plant::*;

#[test]
fn a_reason_for_a_part_splits_the_stop() {
    // It stood from 300 s to 1,200 s: 15 min.
    let mut rig = ran(1_500, 300..1_200);
    let part = Period::new(at(600), at(900));
    let says = Says::Reason {
        reason: "jam".into(),
        anchor: part.start,
        part: Some(part),
        leads: false,
    };
    assert!(is_booked(&outcome(&mut rig, entry("part", at(290), says, None))));
    go_on(&mut rig, at(2_400), 300..1_200);
    let spans = rig.store.spans.of(LATHE);
    let of = |class| {
        let spans = spans.iter().filter(|span| span.class == class);
        spans.map(|span| span.period.ms() / 1_000).sum::<i64>()
    };
    assert_eq!(of(Class::Breakdown), 300, "the five minutes that were named");
    assert!(
        (590..=610).contains(&of(Class::Unexplained)),
        "{}",
        of(Class::Unexplained)
    );
}

#[test]
fn a_stop_in_too_many_parts_is_cut_no_further_and_takes_a_reason_for_all_of_it() {
    // Every other second of a stop of ten minutes: 64 parts with nothing said between.
    let mut rig = ran(900, 300..900);
    let says = |part: Option<Period>| Says::Reason {
        reason: "jam".into(),
        anchor: part.map_or(at(300), |part| part.start),
        part,
        leads: false,
    };
    let second = |number: i64| Some(Period::new(at(300 + 2 * number), at(301 + 2 * number)));
    for number in 0..64 {
        let draft = entry(&format!("part-{number}"), at(290), says(second(number)), None);
        assert!(is_booked(&outcome(&mut rig, draft)), "{number}");
    }
    let why = refused(outcome(&mut rig, entry("one-more", at(290), says(second(64)), None)));
    assert!(why.contains("64 parts"), "{why}");
    let other = Says::Reason {
        reason: "material".into(),
        anchor: at(300),
        part: None,
        leads: false,
    };
    assert!(is_booked(&outcome(&mut rig, entry("all", at(290), other, None))));
    go_on(&mut rig, at(2_400), 300..900);
    let spans = rig.store.spans.of(LATHE);
    let waited = spans.iter().filter(|span| span.class == Class::Waiting);
    let waited_s = waited.map(|span| span.period.ms() / 1_000).sum::<i64>();
    assert!((590..=610).contains(&waited_s), "{waited_s} s of 600");
}

#[test]
fn a_reason_that_the_policy_in_force_leaves_out_of_oee_is_the_leaders_to_give() {
    let mut rig = ran(600, 300..600);
    let says = |leads| Says::Reason {
        reason: "material".into(),
        anchor: at(400),
        part: None,
        leads,
    };
    let mut ours = PolicySetting {
        id: "ours".into(),
        ..PolicySetting::default()
    };
    ours.charges.reasons.insert("material".into(), Charge::Excluded);
    let was = Some(Setting::Policy(PolicySetting::default()));
    let changed = change("policy", Setting::Policy(ours), was, at(350));
    assert!(is_booked(&outcome(
        &mut rig,
        entry("before", at(290), says(false), None)
    )));
    assert!(is_booked(&outcome(&mut rig, changed)));
    let why = refused(outcome(&mut rig, entry("after", at(290), says(false), None)));
    assert!(why.contains("takes time out of OEE"), "{why}");
    assert!(is_booked(&outcome(
        &mut rig,
        entry("leader", at(290), says(true), None)
    )));
}

#[test]
fn no_more_scrap_is_taken_back_with_a_reason_than_was_entered_with_it() {
    let mut rig = ran(600, 0..0);
    let now = rig.now;
    let mut said = |key: &str, says| {
        let room = Room {
            gross: 60,
            period: Period::new(at(-3_600), at(3_600)),
            order: None,
        };
        outcome(&mut rig, entry(key, now, says, Some(room)))
    };
    let because = |pieces, reason: &str| Says::Scrap {
        pieces,
        reason: reason.into(),
        scope: Scope::Shift,
    };
    let undo = |key: &str| Says::Undo { entry: key.into() };
    assert!(is_booked(&said("a", because(5, "burr"))));
    assert!(is_booked(&said("b", because(20, ""))));
    let other = refused(said("c", because(-2, "jam")));
    assert!(
        other.contains("Only 0 pieces were entered there with the reason \"jam\""),
        "{other}"
    );
    let none = refused(said("d", because(-21, "")));
    assert!(
        none.contains("Only 20 pieces were entered there without a reason"),
        "{none}"
    );
    assert!(is_booked(&said("e", because(-4, "burr"))));
    // 5 - 4 = 1 stands with it: the five are not all there.
    let undone = refused(said("f", undo("a")));
    assert!(
        undone.contains("Only 1 pieces were entered there with the reason \"burr\""),
        "{undone}"
    );
    assert!(is_booked(&said("g", undo("e"))));
    assert!(is_booked(&said("h", undo("a"))));
}

#[test]
fn to_close_a_shift_and_to_open_it_again_works_no_past_out() {
    let mut rig = ran(1_500, 300..1_200);
    let retold = rig.machine(LATHE).unwrap().retold;
    let spans = rig.store.spans.of(LATHE);
    let shift = "2026-11-21.1".into();
    for (key, says) in [
        ("close", Says::Close { shift }),
        ("open", Says::Undo { entry: "close".into() }),
    ] {
        assert!(is_booked(&outcome(&mut rig, entry(key, at(600), says, None))));
        assert_eq!(rig.machine(LATHE).unwrap().retold, retold, "{key}");
        let so_far = rig.store.spans.of(LATHE);
        assert_eq!(so_far[..spans.len()], spans, "{key}");
    }
}
