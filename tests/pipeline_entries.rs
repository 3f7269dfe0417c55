//! People's entries and changes in the core: what is taken, what is refused, and what the configuration leaves alone afterwards.
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

use gemba::model::entry::{Draft, OrderAct, Outcome, Room, Says, Scope};
use gemba::model::fact::Body;
use gemba::model::settings::{OrderSetting, ProductSetting, Setting, SettingKind, StandardSetting};
use gemba::model::tally::Column;
use gemba::model::time::{DAY_MS, Period};
use pipeline_asked::*;
use pipeline_plant::*;
use pipeline_proof::{prove, stored};
use pipeline_rig::Rig;

fn scrap(pieces: i64) -> Says {
    Says::Scrap {
        pieces,
        reason: "".into(),
        scope: Scope::Shift,
    }
}

fn undo(key: &str) -> Says {
    Says::Undo { entry: key.into() }
}

#[test]
fn nobody_takes_more_pieces_than_were_made_and_an_undone_entry_gives_its_pieces_back() {
    let mut rig = ran(600, 0..0);
    let now = rig.now;
    let room = || {
        Some(Room {
            gross: 60,
            period: Period::new(at(-3_600), at(3_600)),
            order: None,
        })
    };
    assert!(is_booked(&outcome(&mut rig, entry("a", now, scrap(40), room()))));
    // 60 made, 40 taken: 20 are left, though the tallies on disk do not know it yet.
    assert!(refused(outcome(&mut rig, entry("b", now, scrap(21), room()))).contains("Only 20 good pieces"));
    assert!(is_booked(&outcome(&mut rig, entry("c", now, scrap(20), room()))));
    assert!(refused(outcome(&mut rig, entry("d", now, scrap(1), room()))).contains("Only 0 good pieces"));
    assert!(refused(outcome(&mut rig, entry("e", now, scrap(-61), room()))).contains("Only 60 pieces were entered"));
    assert!(is_booked(&outcome(&mut rig, entry("f", now, undo("a"), None))));
    assert!(is_booked(&outcome(&mut rig, entry("g", now, scrap(40), room()))));
}

/// The hours around the start, with so many pieces to take.
fn room(gross: i64) -> Option<Room> {
    Some(Room {
        gross,
        period: Period::new(at(-3_600), at(3_600)),
        order: None,
    })
}

#[test]
fn no_more_pieces_pass_rework_than_were_rejected_or_sent_there() {
    let mut rig = ran(600, 0..0);
    let now = rig.now;
    // Counters rejected 6 pieces.
    let passed = |pieces| Says::Reworked { pieces };
    let sent = Says::Rework {
        pieces: 10,
        reason: "".into(),
        scope: Scope::Now,
    };
    let none = refused(outcome(&mut rig, entry("a", now, passed(500), room(0))));
    assert!(
        none.contains("Only 0 pieces that were rejected or sent to rework"),
        "{none}"
    );
    assert!(is_booked(&outcome(&mut rig, entry("b", now, sent, room(60)))));
    assert!(is_booked(&outcome(&mut rig, entry("c", now, passed(9), room(6)))));
    // 6 + 10 - 9 = 7 are left.
    let more = refused(outcome(&mut rig, entry("d", now, passed(8), room(6))));
    assert!(
        more.contains("Only 7 pieces that were rejected or sent to rework"),
        "{more}"
    );
    let below = refused(outcome(&mut rig, entry("e", now, passed(-10), room(6))));
    assert!(below.contains("Only 9 pieces were entered there"), "{below}");
    assert!(is_booked(&outcome(&mut rig, entry("f", now, passed(-4), room(6)))));
    assert!(is_booked(&outcome(&mut rig, entry("g", now, passed(11), room(6)))));
    // All 16 have passed: what was given back cannot be taken again.
    let taken = refused(outcome(&mut rig, entry("h", now, undo("f"), room(6))));
    assert!(taken.contains("Only 0 pieces that were rejected"), "{taken}");
    assert!(is_booked(&outcome(&mut rig, entry("i", now, undo("g"), room(6)))));
}

#[test]
fn pieces_sent_to_rework_are_not_taken_back_once_they_passed_it() {
    let mut rig = ran(600, 0..0);
    let now = rig.now;
    // 60 good pieces were made, and counters rejected 2.
    let sent = |pieces| Says::Rework {
        pieces,
        reason: "".into(),
        scope: Scope::Now,
    };
    let back = |key: &str, says| Draft {
        rework: room(2),
        ..entry(key, now, says, room(60))
    };
    assert!(is_booked(&outcome(&mut rig, entry("a", now, sent(10), room(60)))));
    assert!(is_booked(&outcome(&mut rig, entry("b", now, sent(4), room(60)))));
    let passed = Says::Reworked { pieces: 9 };
    assert!(is_booked(&outcome(&mut rig, entry("c", now, passed, room(2)))));
    // 2 + 10 + 4 - 9 = 7 wait for rework: the ten are not all among them.
    let undone = refused(outcome(&mut rig, back("d", undo("a"))));
    assert!(
        undone.contains(
            "Only 7 pieces that were rejected or sent to rework have not passed it: 10 cannot be taken back."
        ) && undone.contains("Take back first"),
        "{undone}"
    );
    let below = refused(outcome(&mut rig, back("e", sent(-8))));
    assert!(below.contains("Only 7 pieces"), "{below}");
    assert!(is_booked(&outcome(&mut rig, back("f", sent(-7)))));
    // None waits now; a correction that is taken back brings its seven again.
    assert!(refused(outcome(&mut rig, back("g", undo("b")))).contains("Only 0 pieces"));
    assert!(is_booked(&outcome(&mut rig, back("h", undo("f")))));
    assert!(is_booked(&outcome(&mut rig, back("i", undo("b")))));
    // 2 + 10 - 9 = 3 wait, and all ten once the nine did not pass after all.
    assert!(refused(outcome(&mut rig, back("j", undo("a")))).contains("Only 3 pieces"));
    assert!(is_booked(&outcome(&mut rig, entry("k", now, undo("c"), room(2)))));
    assert!(is_booked(&outcome(&mut rig, back("l", undo("a")))));
}

#[test]
fn pieces_of_an_order_are_those_entered_while_it_was_on() {
    let mut rig = ran(600, 0..0);
    assert!(is_booked(&outcome(&mut rig, change("o1", order(false), None, at(100)))));
    let Setting::Order(_, other) = order(false) else {
        panic!()
    };
    let other = Setting::Order("A-18".into(), other);
    assert!(is_booked(&outcome(&mut rig, change("o2", other, None, at(100)))));
    let acts = [
        ("A-17", OrderAct::Start, 110),
        ("A-17", OrderAct::Pause, 200),
        ("A-18", OrderAct::Start, 210),
        ("A-18", OrderAct::Pause, 300),
        ("A-17", OrderAct::Start, 310),
    ];
    for (order, act, second) in acts {
        let order = order.into();
        let when = at(second);
        let key = format!("act-{second}");
        assert!(is_booked(&outcome(
            &mut rig,
            entry(&key, when, Says::Order { order, act, when }, None)
        )));
    }
    // 3 before the order, 5 and 7 while it was on, 11 of the other one.
    for (second, pieces) in [(105, 3), (150, 5), (250, 11), (350, 7)] {
        let key = format!("scrap-{second}");
        assert!(is_booked(&outcome(
            &mut rig,
            entry(&key, at(second), scrap(pieces), None)
        )));
    }
    let room = Some(Room {
        gross: 40,
        period: Period::new(at(110), at(3_600)),
        order: Some("A-17".into()),
    });
    // 40 - 5 - 7 = 28.
    let none = refused(outcome(&mut rig, entry("more", at(360), scrap(29), room.clone())));
    assert!(
        none.contains("Only 28 good pieces of the product \"A\" for the order \"A-17\" are left there"),
        "{none}"
    );
    assert!(is_booked(&outcome(&mut rig, entry("all", at(360), scrap(28), room))));
}

#[test]
fn a_correction_below_zero_is_taken_back_only_while_its_pieces_are_there() {
    let mut rig = ran(600, 0..0);
    let now = rig.now;
    let room = || {
        Some(Room {
            gross: 60,
            period: Period::new(at(-3_600), at(3_600)),
            order: None,
        })
    };
    for (key, pieces) in [("a", 40), ("b", -10), ("c", 27)] {
        assert!(is_booked(&outcome(&mut rig, entry(key, now, scrap(pieces), room()))));
    }
    // 60 - 40 + 10 - 27 = 3 are left: the ten that were given back are not there to be taken again.
    let taken = refused(outcome(&mut rig, entry("d", now, undo("b"), room())));
    assert!(
        taken.contains("Only 3 good pieces of no product in that shift are left there: 10 cannot be taken"),
        "{taken}"
    );
    assert!(is_booked(&outcome(&mut rig, entry("e", now, undo("c"), room()))));
    assert!(is_booked(&outcome(&mut rig, entry("f", now, undo("b"), room()))));
    // 40 stand: with more of them given back than the entry that is left took, it would be below zero.
    assert!(is_booked(&outcome(&mut rig, entry("g", now, scrap(-40), room()))));
    let below = refused(outcome(&mut rig, entry("h", now, undo("a"), room())));
    assert!(below.contains("Only 0 pieces were entered there"), "{below}");
}

#[test]
fn an_entry_is_taken_back_once_and_what_was_taken_back_stays_so() {
    let mut rig = ran(600, 0..0);
    let booked = at(300);
    assert!(is_booked(&outcome(&mut rig, entry("a", booked, scrap(7), None))));
    go_on(&mut rig, at(900), 0..0);
    let rejects = |rig: &Rig| stored(&rig.store, LATHE, Period::new(at(0), at(720))).get(Column::Reject);
    assert_eq!(rejects(&rig), 7);
    assert!(refused(outcome(&mut rig, entry("u0", booked, undo("nobody"), None))).contains("no entry"));
    assert!(is_booked(&outcome(&mut rig, entry("u1", booked, undo("a"), None))));
    assert!(refused(outcome(&mut rig, entry("u2", booked, undo("a"), None))).contains("already"));
    assert!(refused(outcome(&mut rig, entry("u3", booked, undo("u1"), None))).contains("stays so"));
    go_on(&mut rig, at(1_200), 0..0);
    assert_eq!(rejects(&rig), 0);
    assert_eq!(
        outcome(&mut rig, entry("u1", booked, undo("a"), None)),
        Outcome::Known,
        "sent again with its key"
    );
    let other = outcome(&mut rig, entry("u1", booked, undo("b"), None));
    assert!(refused(other).contains("key"));
}

fn order(closed: bool) -> Setting {
    let order = OrderSetting {
        product: "A".into(),
        quantity: Some(100),
        released: true,
        closed,
        ..OrderSetting::default()
    };
    Setting::Order("A-17".into(), order)
}

#[test]
fn an_order_starts_once_and_only_where_no_other_is() {
    let mut rig = ran(100, 0..0);
    let now = rig.now;
    let says = |order: &str, act| Says::Order {
        order: order.into(),
        act,
        when: now,
    };
    let start = |order: &str| says(order, OrderAct::Start);
    assert!(refused(outcome(&mut rig, entry("a", now, start("A-17"), None))).contains("no order"));
    assert!(is_booked(&outcome(&mut rig, change("o1", order(false), None, now))));
    let Setting::Order(_, other) = order(false) else {
        panic!()
    };
    let other = Setting::Order("A-18".into(), other);
    assert!(is_booked(&outcome(&mut rig, change("o2", other, None, now))));
    let finish = says("A-17", OrderAct::Finish);
    assert!(refused(outcome(&mut rig, entry("b", now, finish.clone(), None))).contains("not on this machine"));
    assert!(is_booked(&outcome(&mut rig, entry("c", now, start("A-17"), None))));
    assert!(refused(outcome(&mut rig, entry("d", now, start("A-17"), None))).contains("already"));
    assert!(refused(outcome(&mut rig, entry("e", now, start("A-18"), None))).contains("pause or finish it first"));
    assert!(is_booked(&outcome(&mut rig, entry("f", now, finish.clone(), None))));
    assert!(refused(outcome(&mut rig, entry("f2", now, finish, None))).contains("finished on this machine already"));
    assert!(is_booked(&outcome(&mut rig, entry("g", now, start("A-18"), None))));
}

#[test]
fn a_change_for_an_instant_ahead_is_not_taken_from_who_did_not_see_another_one() {
    let mut rig = ran(100, 0..0);
    let now = rig.now;
    let ahead = Draft {
        seen: Some(0),
        ..change("ahead", order(true), None, now.plus(DAY_MS))
    };
    assert!(is_booked(&outcome(&mut rig, ahead.clone())));
    assert_eq!(outcome(&mut rig, ahead.clone()), Outcome::Known);
    let unseen = Draft {
        seen: Some(0),
        ..change("unseen", order(true), None, now.plus(DAY_MS))
    };
    assert_eq!(
        outcome(&mut rig, unseen),
        Outcome::Changed,
        "of the same instant, by who did not see it"
    );
}

#[test]
fn a_change_of_what_is_no_longer_as_its_author_saw_it_is_not_taken() {
    let mut rig = ran(100, 0..0);
    let now = rig.now;
    assert!(is_booked(&outcome(&mut rig, change("o1", order(false), None, now))));
    let again = outcome(&mut rig, change("o2", order(true), None, now));
    assert_eq!(again, Outcome::Changed, "it was not there when its author looked");
    assert_eq!(
        outcome(&mut rig, change("o1", order(false), None, now)),
        Outcome::Known,
        "the same key again"
    );
    let closed = change("o3", order(true), Some(order(false)), now);
    assert!(is_booked(&outcome(&mut rig, closed)));
    let told = rig.pipeline.plan().changes(SettingKind::Order, "A-17");
    let told: Vec<_> = told
        .iter()
        .map(|told| (told.change.was.clone(), &*told.author))
        .collect();
    assert_eq!(told, [(None, "office"), (Some(order(false)), "office")]);
}

#[test]
fn the_configuration_leaves_alone_what_people_changed_or_made() {
    let product = |seconds: i64| ProductSetting {
        ideal_ns: Some(seconds * 1_000_000_000),
        ..ProductSetting::default()
    };
    let mut rig = ran(100, 0..0);
    let now = rig.now;
    let (a, mine) = (
        Setting::Product("A".into(), product(8)),
        Setting::Product("A".into(), product(9)),
    );
    assert!(is_booked(&outcome(&mut rig, change("p", mine.clone(), Some(a), now))));
    assert!(is_booked(&outcome(&mut rig, change("o", order(false), None, now))));
    // B is written otherwise now, and the reason `jam` is no longer written.
    let b = Setting::Product("B".into(), product(30));
    rig.settings
        .retain(|setting| setting.item() != b.item() && setting.item().1 != "jam".into());
    rig.settings.push(b.clone());
    let facts = rig.store.facts.len();
    rig.crash(true, at(200));
    rig.tick(at(210));
    assert_eq!(rig.pipeline.left_alone(), [(SettingKind::Product, "A".into())]);
    let plan = rig.pipeline.plan();
    assert_eq!(plan.item(SettingKind::Product, "A", rig.now), Some(mine));
    assert_eq!(plan.item(SettingKind::Order, "A-17", rig.now), Some(order(false)));
    assert_eq!(plan.item(SettingKind::Product, "B", rig.now), Some(b));
    assert_eq!(plan.item(SettingKind::Reason, "jam", rig.now), None);
    let settings = rig.store.facts[facts..].iter().filter_map(|fact| match &fact.body {
        Body::Setting(change) => Some((&*fact.author, &*change.why, change.was.is_some())),
        Body::Signal(_)
        | Body::Values(_)
        | Body::Started(_)
        | Body::Clock(_)
        | Body::Loss(_)
        | Body::Entry(_)
        | Body::Import(_) => None,
    });
    let told = ("config", "configuration", true);
    assert_eq!(
        settings.collect::<Vec<_>>(),
        [told, told],
        "B and the removed reason, with what was"
    );
}

#[test]
fn a_standard_told_for_an_hour_ago_is_worked_into_that_hour_up_to_the_next_change_of_it() {
    let standard = |seconds: i64| {
        let standard = StandardSetting {
            machine: Some(LATHE),
            ideal_ns: seconds * 1_000_000_000,
            ..StandardSetting::default()
        };
        Setting::Standard("lathe".into(), standard)
    };
    let mut rig = ran(4_000, 0..0);
    let earned =
        |rig: &Rig, from, to| stored(&rig.store, LATHE, Period::new(at(from), at(to))).get(Column::EarnedGoodNs);
    assert!(is_booked(&outcome(
        &mut rig,
        change("now", standard(6), None, at(4_000))
    )));
    let was = earned(&rig, 0, 1_740);
    let corrected = change("then", standard(5), Some(standard(6)), at(1_800));
    assert!(is_booked(&outcome(&mut rig, corrected)));
    go_on(&mut rig, at(6_000), 0..0);
    // The minute of the change is cut there. A piece each 10 s: 120 of them at 5 s, and later 60 of them at 6 s.
    assert_eq!(earned(&rig, 0, 1_740), was);
    assert_eq!(earned(&rig, 1_860, 3_060), 120 * 5_000_000_000);
    assert_eq!(earned(&rig, 4_200, 4_800), 60 * 6_000_000_000);
    let told = rig.pipeline.plan().changes(SettingKind::Standard, "lathe");
    let told: Vec<_> = told.iter().map(|told| (told.at, told.change.was.clone())).collect();
    assert_eq!(told, [(at(4_000), None), (at(1_800), None)], "nothing held then");
    prove(&rig.store, rig.now).unwrap();
}
