//! More rejects than pieces, or more good ones: summed apart from what can be true, flagged when the shift ends, and in no ratio.
#![allow(clippy::unwrap_used, reason = "a test ends where something is missing")]

#[path = "support/timeline.rs"]
mod timeline;
#[path = "support/two_shifts.rs"]
mod two_shifts;

use gemba::model::entry::{Says, Scope, Source};
use gemba::model::fact::Role;
use gemba::model::settings::RejectSource;
use gemba::model::tally::{Column, FlagKind};
use gemba::oee::basis::Basis;
use gemba::oee::indicators::{Kpi, Missing};
use gemba::oee::rows::Rows;
use gemba::pipeline::fold::{Fold, Inbox};
use std::sync::Arc;
use timeline::{MACHINE, Timeline, at, press};
use two_shifts::{line, of_shift, shifts};

/// Product A has 10 pieces and 13 rejects, then B 200 pieces and none; the second shift 20 of B, 2 of them rejects.
fn two_products() -> Timeline {
    let mut line = line();
    let product = |id: &str| Says::Product { product: id.into() };
    line.entry(1.0, product("A"))
        .sample(Role::Total, 0.0, 100.0, 10)
        .sample(Role::Reject, 0.0, 101.0, 13)
        .entry(200.0, product("B"))
        .sample(Role::Total, 200.0, 2_200.0, 210)
        .sample(Role::Total, 3_700.0, 3_900.0, 230)
        .sample(Role::Reject, 3_700.0, 3_901.0, 15);
    line
}

#[test]
fn rejects_of_a_product_beyond_its_pieces_are_not_hidden_by_the_good_pieces_of_another() {
    let folded = two_products().fold(7_200.0);
    let first = of_shift(&folded, "1");
    let sums = [Column::Total, Column::Reject, Column::Good, Column::ExcessReject].map(|column| first.get(column));
    assert_eq!(
        sums,
        [210, 13, 197, 3],
        "13 - 10 of A are too many, though B has 200 good ones"
    );
    for kpi in [
        Kpi::Quality,
        Kpi::Oee,
        Kpi::BridgedOee,
        Kpi::GoodRatio,
        Kpi::DefectRate,
        Kpi::Uph,
    ] {
        assert_eq!(Basis::of(&first).get(kpi), Err(Missing::ExcessReject), "{kpi:?}");
    }
    assert!(Basis::of(&first).get(Kpi::Availability).is_ok());
    let second = of_shift(&folded, "2");
    assert_eq!(second.get(Column::ExcessReject), 0);
    assert_eq!(Basis::of(&second).get(Kpi::Quality), Ok(0.9), "18 of 20");
    let mut day = first;
    day.merge(&second);
    assert_eq!(Basis::of(&day).get(Kpi::Oee), Err(Missing::ExcessReject));
}

#[test]
fn the_shift_that_ended_with_more_rejects_than_pieces_is_flagged_at_its_last_instant() {
    let folded = two_products().fold(7_200.0);
    let flags: Vec<_> = folded.rows.flags.iter().collect();
    assert_eq!(flags.len(), 1);
    assert_eq!((flags[0].what, flags[0].amount), (FlagKind::ExcessReject, 3));
    assert_eq!((flags[0].at, &*flags[0].role), (at(3_599.999), "reject"));
}

#[test]
fn a_reject_that_is_read_before_its_piece_is_none_too_many() {
    let mut line = line();
    line.sample(Role::Reject, 30.0, 50.0, 1)
        .sample(Role::Total, 0.0, 130.0, 13);
    let folded = line.fold(3_700.0);
    let excess: Vec<i64> = folded
        .tallies()
        .iter()
        .take(3)
        .map(|row| row.tally.get(Column::ExcessReject))
        .collect();
    // 13 pieces at 10, 20, ... 130 s: five of them by 50 s, when the reject is read.
    assert_eq!(excess, [0, 0, 0]);
    let mut line = self::line();
    line.sample(Role::Reject, 1.0, 5.0, 2)
        .sample(Role::Total, 0.0, 60.0, 1)
        .sample(Role::Total, 60.0, 120.0, 5);
    let folded = line.fold(3_700.0);
    let minutes = folded.tallies().iter().take(3);
    let excess: Vec<i64> = minutes.map(|row| row.tally.get(Column::ExcessReject)).collect();
    // Two rejects at 5 s; pieces at 60, 75, 90, 105 and 120 s: with the second of them none is too many.
    assert_eq!(
        excess,
        [2, -2, 0],
        "2 - 0 in the first minute, 2 - 2 from the second on"
    );
    assert_eq!(of_shift(&folded, "1").get(Column::ExcessReject), 0);
    assert!(folded.rows.flags.is_empty());
}

#[test]
fn scrap_that_leaves_less_than_no_good_piece_leaves_no_quality_either() {
    let mut line = line();
    line.sample(Role::Total, 0.0, 100.0, 10);
    let scrap = |pieces| Says::Scrap {
        pieces,
        reason: "".into(),
        scope: Scope::Now,
    };
    line.entry(600.0, scrap(14));
    let shift = of_shift(&line.fold(3_700.0), "1");
    let sums = [Column::Good, Column::ExcessReject].map(|column| shift.get(column));
    assert_eq!(sums, [-4, 0], "10 - 14; the counters fit together");
    assert_eq!(Basis::of(&shift).get(Kpi::Oee), Err(Missing::ExcessReject));
    line.entry(700.0, scrap(-14));
    let mended = of_shift(&line.fold(3_700.0), "1");
    assert_eq!(Basis::of(&mended).get(Kpi::Quality), Ok(1.0), "10 of 10");
}

#[test]
fn where_nobody_counts_rejects_there_are_none_too_many() {
    let mut setting = press(10.0);
    setting.reject_source = RejectSource::None;
    let mut line = Timeline::new(setting);
    line.set(0.0, shifts()).first(0.0, 1).sample(Role::Reject, 0.0, 50.0, 4);
    let folded = line.fold(3_700.0);
    assert_eq!(folded.sum().get(Column::ExcessReject), 0);
    assert!(folded.rows.flags.is_empty());
}

#[test]
fn a_snapshot_in_the_middle_of_the_shift_knows_what_was_made_before_it() {
    let line = two_products();
    let plan = line.plan();
    let whole = line.fold(3_700.0);
    for passed in &whole.passed {
        let Some(bytes) = &passed.bytes else { continue };
        let mut fold = Fold::decode(MACHINE, bytes, gemba::model::tally::ENGINE).unwrap();
        let mut inbox = Inbox::default();
        let later = line.facts.iter().filter(|fact| fact.at >= passed.at);
        later.for_each(|fact| inbox.add(Arc::new(fact.clone())));
        let mut rows = Rows::since(passed.at);
        fold.advance(at(3_700.0), &mut inbox, &plan, &mut rows, &mut Vec::new());
        let again = rows.finish(MACHINE, at(3_600.0));
        let same = whole.rows.tallies.iter().filter(|row| row.period.start >= passed.at);
        let same: Vec<_> = same.filter(|row| row.period.end <= at(3_600.0)).cloned().collect();
        assert_eq!(again.tallies, same);
        let flags = whole.rows.flags.iter().filter(|flag| flag.at >= passed.at);
        assert_eq!(
            again.flags,
            flags.cloned().collect::<Vec<_>>(),
            "from {:?} on",
            passed.at
        );
    }
    assert!(whole.passed.iter().filter(|passed| passed.bytes.is_some()).count() > 2);
}

#[test]
fn rejects_that_are_scanned_stand_beside_those_entered_by_hand() {
    let mut line = line();
    line.sample(Role::Total, 0.0, 500.0, 50);
    let scrap = |pieces| Says::Scrap {
        pieces,
        reason: "".into(),
        scope: Scope::Now,
    };
    line.entry_from(600.0, scrap(3), Source::Manual)
        .entry_from(601.0, scrap(5), Source::Scan)
        .entry_from(602.0, scrap(7), Source::Auto);
    let sum = line.fold(3_700.0).sum();
    let columns = [Column::Reject, Column::ManualReject, Column::ScanReject, Column::Good];
    let sums = columns.map(|column| sum.get(column));
    assert_eq!(sums, [15, 3, 5, 35], "3 + 5 + 7; 50 - 15");
}

/// A press with a counter of all pieces and one of good ones, whose register counts double.
fn doubled() -> Timeline {
    let mut setting = press(10.0);
    for signal in &mut setting.signals {
        signal.limit_ms = 3_600_000;
        if signal.role == Role::Reject {
            signal.role = Role::Good;
        }
    }
    let mut line = Timeline::new(setting);
    let product = |id: &str| Says::Product { product: id.into() };
    line.set(0.0, shifts())
        .sample(Role::State, 0.0, 0.0, 1)
        .sample(Role::Total, 0.0, 0.0, 0)
        .sample(Role::Good, 0.0, 0.0, 0)
        .entry(0.5, product("A"))
        .sample(Role::Total, 0.0, 500.0, 50)
        .sample(Role::Good, 0.0, 500.0, 100)
        .sample(Role::Total, 4_000.0, 4_100.0, 60)
        .sample(Role::Good, 4_000.0, 4_100.0, 110);
    line
}

#[test]
fn more_good_pieces_than_pieces_are_no_quality_of_two_hundred_percent() {
    let folded = doubled().fold(7_200.0);
    let first = of_shift(&folded, "1");
    let sums = [Column::Total, Column::Good, Column::Reject, Column::ExcessReject].map(|column| first.get(column));
    assert_eq!(sums, [50, 100, -50, 50], "told raw; 100 - 50 good ones are too many");
    assert_eq!(Basis::of(&first).get(Kpi::Quality), Err(Missing::ExcessReject));
    let second = of_shift(&folded, "2");
    assert_eq!(Basis::of(&second).get(Kpi::Quality), Ok(1.0), "10 of 10");
    let flags: Vec<_> = folded.rows.flags.iter().map(|flag| (flag.at, flag.amount)).collect();
    assert_eq!(flags, [(at(3_599.999), 50)]);
}

#[test]
fn a_good_piece_read_after_a_change_of_product_is_none_too_many() {
    let mut line = doubled();
    line.facts.truncate(3);
    let product = |id: &str| Says::Product { product: id.into() };
    line.known.pop();
    line.entry(0.5, product("A"))
        .sample(Role::Total, 90.0, 100.0, 10)
        .sample(Role::Good, 90.0, 102.0, 10)
        .entry(101.0, product("B"))
        .sample(Role::Total, 100.0, 130.0, 13)
        .sample(Role::Good, 102.0, 132.0, 13);
    let first = of_shift(&line.fold(3_700.0), "1");
    let sums = [Column::Total, Column::Good, Column::ExcessReject].map(|column| first.get(column));
    assert_eq!(sums, [13, 13, 0], "what A lacks, B has too many");
}
