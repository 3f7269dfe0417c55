//! Entries that were made after their period was locked: kept and counted, in no number until a person accepts them, then in their
//! place among the others.
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

use gemba::model::entry::{Draft, Late, Room, Says, Scope, Told};
use gemba::model::tally::{Column, SpanRow};
use gemba::model::time::{MINUTE_MS, Period, Timestamp};
use pipeline_asked::*;
use pipeline_plant::*;
use pipeline_proof::{prove, stored};
use pipeline_rig::Rig;

/// A lathe that made a piece each 10 s for 90 minutes, but for a stop from 600 s to 1,500 s: 540 - 90 = 450 pieces.
fn rig() -> Rig {
    ran(5_400, 600..1_500)
}

fn late(draft: Draft) -> Draft {
    let Told::Entry(mut entry) = draft.told else {
        panic!("an entry")
    };
    entry.late = true;
    Draft {
        told: Told::Entry(entry),
        ..draft
    }
}

fn scrap(pieces: i64) -> Says {
    Says::Scrap {
        pieces,
        reason: "".into(),
        scope: Scope::Now,
    }
}

fn jam(reason: &str) -> Says {
    Says::Reason {
        reason: reason.into(),
        anchor: at(700),
        part: None,
        leads: false,
    }
}

fn undo(key: &str) -> Says {
    Says::Undo { entry: key.into() }
}

fn accept(key: &str) -> Says {
    let late = Late::Entry(key.into());
    Says::Accept { late }
}

fn room(gross: i64) -> Option<Room> {
    Some(Room {
        gross,
        period: Period::new(START, at(3_600)),
        order: None,
    })
}

/// Takes a draft and lets the past be worked out again.
fn take(rig: &mut Rig, draft: Draft) {
    let answer = outcome(rig, draft);
    assert!(is_booked(&answer), "{answer:?}");
    settle(rig);
}

fn settle(rig: &mut Rig) {
    for _ in 0..6 {
        let next = rig.now.plus(MINUTE_MS);
        go_on(rig, next, 600..1_500);
    }
    assert!(rig.is_calm());
    prove(&rig.store, rig.now).unwrap();
}

/// Good and rejected pieces up to 05:50:00, which is 2,993 s after the start: one each 10 s from the second sample on, 298, less the 90 of the stop.
fn pieces(rig: &Rig) -> (i64, i64) {
    let tally = stored(&rig.store, LATHE, Period::new(START, at(2_993)));
    (tally.get(Column::Good), tally.get(Column::Reject))
}

fn reason(rig: &Rig) -> String {
    let spans = rig.store.spans.of(LATHE);
    let holds = |span: &&SpanRow| span.period.contains(at(700));
    spans.iter().find(holds).unwrap().reason.to_string()
}

fn again(rig: &mut Rig) {
    let at: Timestamp = rig.now.plus(10_000);
    rig.crash(true, at);
    settle(rig);
}

#[test]
fn scrap_for_a_locked_period_counts_from_when_it_is_accepted_also_after_a_restart() {
    let mut rig = rig();
    take(&mut rig, late(entry("a", at(1_800), scrap(7), room(208))));
    assert_eq!((pieces(&rig), rig.live.late_entries), ((208, 0), 1));
    again(&mut rig);
    assert_eq!((pieces(&rig), rig.live.late_entries), ((208, 0), 1), "it still waits");
    take(&mut rig, entry("b", at(1_800), accept("a"), room(208)));
    assert_eq!((pieces(&rig), rig.live.late_entries), ((201, 7), 0));
    again(&mut rig);
    assert_eq!(pieces(&rig), (201, 7));
    take(&mut rig, entry("c", at(1_800), undo("a"), None));
    assert_eq!(pieces(&rig), (208, 0), "it is taken back as any other entry");
}

#[test]
fn a_reason_for_a_locked_period_stands_in_its_place_among_the_others_once_it_is_accepted() {
    let mut rig = rig();
    take(&mut rig, late(entry("a", at(600), jam("jam"), None)));
    take(&mut rig, late(entry("b", at(600), jam("material"), None)));
    assert_eq!(reason(&rig), "");
    take(&mut rig, entry("c", at(600), accept("b"), None));
    assert_eq!(reason(&rig), "material");
    take(&mut rig, entry("d", at(600), accept("a"), None));
    assert_eq!(reason(&rig), "material", "it was said after the other");
}

#[test]
fn what_was_taken_back_before_anybody_accepted_it_is_in_no_number_and_cannot_be_accepted() {
    let mut rig = rig();
    take(&mut rig, late(entry("a", at(1_800), scrap(7), room(208))));
    take(&mut rig, late(entry("b", at(1_800), undo("a"), None)));
    assert_eq!((pieces(&rig), rig.live.late_entries), ((208, 0), 0));
    let why = refused(outcome(&mut rig, entry("c", at(1_800), accept("a"), room(208))));
    assert!(why.contains("was taken back"), "{why}");
    again(&mut rig);
    assert_eq!((pieces(&rig), rig.live.late_entries), ((208, 0), 0));
}

#[test]
fn an_entry_is_accepted_once_and_what_was_accepted_is_taken_back_by_its_own_key() {
    let mut rig = rig();
    take(&mut rig, late(entry("a", at(1_800), scrap(7), room(208))));
    take(&mut rig, entry("b", at(1_800), accept("a"), room(208)));
    let mut refusal = |key: &str, says: Says| refused(outcome(&mut rig, entry(key, at(1_800), says, room(208))));
    assert!(refusal("c", accept("a")).contains("counts already"));
    assert!(refusal("d", accept("z")).contains("no entry \"z\""));
    assert!(refusal("e", undo("b")).contains("take back the entry \"a\" itself"));
}

#[test]
fn pieces_that_are_no_longer_there_when_it_is_accepted_are_refused_with_the_number_left() {
    let mut rig = rig();
    take(&mut rig, late(entry("a", at(1_800), scrap(150), room(208))));
    take(&mut rig, entry("b", at(1_800), scrap(100), room(208)));
    let why = refused(outcome(&mut rig, entry("c", at(1_800), accept("a"), room(208))));
    // 208 - 100: those that wait took none.
    assert!(why.contains("Only 108 good pieces"), "{why}");
    assert_eq!(pieces(&rig), (108, 100));
}

#[test]
fn an_undo_for_a_locked_period_takes_back_once_it_is_accepted() {
    let mut rig = rig();
    take(&mut rig, entry("a", at(1_800), scrap(7), room(208)));
    take(&mut rig, late(entry("b", at(1_800), undo("a"), None)));
    assert_eq!(pieces(&rig), (201, 7));
    take(&mut rig, entry("c", at(1_800), accept("b"), room(208)));
    assert_eq!(pieces(&rig), (208, 0));
}

#[test]
fn what_nobody_accepted_is_taken_back_without_working_out_anything_again_also_an_undo() {
    let mut rig = rig();
    take(&mut rig, entry("a", at(1_800), scrap(7), room(208)));
    take(&mut rig, late(entry("b", at(1_800), undo("a"), None)));
    take(&mut rig, entry("c", at(1_800), undo("a"), room(208)));
    let loads = rig.loads.len();
    let why = refused(outcome(&mut rig, entry("d", at(1_800), accept("b"), room(208))));
    assert!(why.contains("taken back already"), "{why}");
    take(&mut rig, late(entry("e", at(1_800), undo("b"), None)));
    assert_eq!((rig.loads.len(), rig.live.late_entries), (loads, 0));
    assert_eq!(pieces(&rig), (208, 0));
}

#[test]
fn an_undo_that_comes_after_its_entry_was_accepted_waits_itself() {
    let mut rig = rig();
    take(&mut rig, late(entry("a", at(1_800), scrap(7), room(208))));
    take(&mut rig, entry("b", at(1_800), accept("a"), room(208)));
    take(&mut rig, late(entry("c", at(1_800), undo("a"), None)));
    assert_eq!((pieces(&rig), rig.live.late_entries), ((201, 7), 1));
}

#[test]
fn late_words_that_belong_together_are_all_kept_and_accepted_one_after_the_other() {
    let mut rig = rig();
    // More than there are: that is looked at when they are accepted.
    take(&mut rig, late(entry("a", at(1_800), scrap(208), room(208))));
    take(&mut rig, late(entry("b", at(1_800), scrap(-8), room(208))));
    let why = refused(outcome(&mut rig, entry("c", at(1_800), accept("b"), room(208))));
    assert!(why.contains("Only 0 pieces were entered"), "{why}");
    take(&mut rig, entry("d", at(1_800), accept("a"), room(208)));
    take(&mut rig, entry("e", at(1_800), accept("b"), room(208)));
    assert_eq!(pieces(&rig), (8, 200), "208 - (208 - 8)");
}
