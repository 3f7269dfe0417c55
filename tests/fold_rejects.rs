//! More rejects than pieces: summed apart from what can be true, flagged when the shift ends, and in no ratio.
#![allow(clippy::unwrap_used, reason = "a test ends where something is missing")]

#[path = "support/timeline.rs"]
mod timeline;

use gemba::model::entry::{Says, Scope, Source};
use gemba::model::fact::Role;
use gemba::model::settings::{CalendarSetting, RejectSource, Release, Setting, ShiftSetting};
use gemba::model::tally::{Column, FlagKind, Tally};
use gemba::model::time::Timestamp;
use gemba::oee::basis::Basis;
use gemba::oee::indicators::{Kpi, Missing};
use gemba::oee::rows::Rows;
use gemba::pipeline::fold::{Fold, Inbox};
use std::sync::Arc;
use timeline::{Folded, MACHINE, Timeline, at, press};

/// Shifts from 00:00 to 01:00 and from 01:00 to 02:00.
fn shifts() -> Setting {
    let shift = |id: &str, from_min| ShiftSetting {
        id: id.into(),
        name: id.into(),
        days: [true; 7],
        from_min,
        to_min: from_min + 60,
        breaks: vec![],
    };
    Setting::Calendar(CalendarSetting {
        timezone: "UTC".into(),
        day_start_min: 0,
        shifts: vec![shift("1", 0), shift("2", 60)],
        ..CalendarSetting::default()
    })
}

/// A running press with those shifts, whose signals may be silent for an hour.
fn line() -> Timeline {
    let mut setting = press(10.0);
    setting
        .signals
        .iter_mut()
        .for_each(|signal| signal.limit_ms = 3_600_000);
    let mut line = Timeline::new(setting);
    line.set(0.0, shifts()).first(0.0, 1);
    line
}

/// Product A has 10 pieces and 13 rejects, then B 200 pieces and none; the second shift 20 of B, 2 of them rejects.
fn two_shifts() -> Timeline {
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

fn of_shift(folded: &Folded, shift: &str) -> Tally {
    let mut sum = Tally::default();
    let rows = folded.tallies().iter().filter(|row| &*row.key.shift == shift);
    rows.for_each(|row| sum.merge(&row.tally));
    sum
}

#[test]
fn rejects_of_a_product_beyond_its_pieces_are_not_hidden_by_the_good_pieces_of_another() {
    let folded = two_shifts().fold(7_200.0);
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
    let folded = two_shifts().fold(7_200.0);
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
    let line = two_shifts();
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

fn scrap(pieces: i64) -> Says {
    Says::Scrap {
        pieces,
        reason: "".into(),
        scope: Scope::Former("2026-11-21.1".into()),
    }
}

/// Nothing is known of the first shift but that its counter came back with 500 more, 360 of them within it.
fn away() -> Timeline {
    let mut line = line();
    line.restarted(0.0)
        .sample(Role::State, 0.0, 5_000.0, 1)
        .sample(Role::Total, 0.0, 5_000.0, 500)
        .sample(Role::Reject, 0.0, 5_000.0, 0);
    line
}

const GOOD: [Column; 5] = [
    Column::Good,
    Column::Reject,
    Column::GapGood,
    Column::GapReject,
    Column::ManualReject,
];

#[test]
fn scrap_that_known_time_cannot_give_is_taken_from_the_pieces_of_the_gap() {
    let mut line = away();
    let before = of_shift(&line.fold(7_200.0), "1");
    assert_eq!(GOOD.map(|column| before.get(column)), [0, 0, 360, 0, 0]);
    line.entry(3_599.0, scrap(20));
    let shift = of_shift(&line.fold(7_200.0), "1");
    assert_eq!(GOOD.map(|column| shift.get(column)), [0, 0, 340, 20, 20]);
    // 340 x 10 s.
    let earned = [Column::EarnedGoodNs, Column::GapEarnedGoodNs].map(|column| shift.get(column));
    assert_eq!(earned, [0, 3_400_000_000_000]);
    // What is given back goes where it came from, and no further.
    line.entry(3_599.0, scrap(-20));
    assert_eq!(of_shift(&line.fold(7_200.0), "1"), before);
}

#[test]
fn what_known_time_can_give_is_taken_there_and_only_the_rest_from_the_gap() {
    let mut line = line();
    // 5 known pieces up to 50 s, 300 of the gap up to 3,050 s, and no more in this shift.
    line.sample(Role::Total, 0.0, 50.0, 5)
        .restarted(50.0)
        .sample(Role::State, 50.0, 3_050.0, 0)
        .sample(Role::Total, 50.0, 3_050.0, 305)
        .sample(Role::Reject, 50.0, 3_050.0, 0)
        .entry(3_100.0, scrap(8))
        .entry(3_200.0, scrap(2))
        .entry(3_300.0, scrap(-6));
    let of = |second: f64| GOOD.map(|column| line.fold(second).sum().get(column));
    assert_eq!(of(3_160.0), [0, 5, 297, 3, 8], "5 and 3 of 8");
    assert_eq!(of(3_260.0), [0, 5, 295, 5, 10]);
    assert_eq!(of(3_360.0), [1, 4, 300, 0, 4], "5 to the gap, then 1 to known time");
}

#[test]
fn a_snapshot_knows_what_was_taken_from_the_pieces_of_a_gap() {
    let mut line = away();
    line.entry(1_900.0, scrap(20)).entry(3_599.0, scrap(-5));
    let (plan, whole) = (line.plan(), line.fold(7_200.0));
    let passed = whole.passed.iter().find(|passed| passed.at == at(2_700.0)).unwrap();
    let bytes = passed.bytes.as_ref().unwrap();
    let mut fold = Fold::decode(MACHINE, bytes, gemba::model::tally::ENGINE).unwrap();
    let mut inbox = Inbox::default();
    let later = line.facts.iter().filter(|fact| fact.at >= passed.at);
    later.for_each(|fact| inbox.add(Arc::new(fact.clone())));
    let mut rows = Rows::since(passed.at);
    fold.advance(at(7_200.0), &mut inbox, &plan, &mut rows, &mut Vec::new());
    let again = rows.finish(MACHINE, at(7_200.0)).tallies;
    let same = whole.rows.tallies.iter().filter(|row| row.period.start >= passed.at);
    assert_eq!(again, same.cloned().collect::<Vec<_>>());
    let shift = of_shift(&whole, "1");
    assert_eq!(GOOD.map(|column| shift.get(column)), [0, 0, 345, 15, 15]);
}

/// The machine of [`line`] comes back with 300 pieces of a gap, says that it waits for material, which must hold for 30 s,
/// makes two pieces in that time, and a person takes three.
fn taken_while_two_wait() -> Timeline {
    let mut setting = press(10.0);
    setting.debounce_ms = 30_000;
    setting.release = Release::FirstOff;
    setting
        .signals
        .iter_mut()
        .for_each(|signal| signal.limit_ms = 3_600_000);
    let mut line = Timeline::new(setting);
    line.set(0.0, shifts())
        .first(0.0, 1)
        .sample(Role::Total, 0.0, 50.0, 0)
        .restarted(50.0)
        .sample(Role::State, 50.0, 3_050.0, 1)
        .sample(Role::Total, 50.0, 3_050.0, 300)
        .sample(Role::Reject, 50.0, 3_050.0, 0)
        .sample(Role::State, 3_050.0, 3_060.0, 4)
        .sample(Role::Total, 3_060.0, 3_070.0, 301)
        .sample(Role::Total, 3_070.0, 3_080.0, 302)
        .entry(3_081.0, scrap(3));
    line
}

#[test]
fn scrap_takes_pieces_that_wait_with_their_time_before_those_of_the_gap() {
    let sum = taken_while_two_wait().fold(3_160.0).sum();
    let taken = GOOD.map(|column| sum.get(column));
    assert_eq!(taken, [0, 2, 299, 1, 3], "2 known pieces, and 1 of 300");
}

#[test]
fn a_snapshot_knows_what_was_taken_while_pieces_wait() {
    let line = taken_while_two_wait();
    let plan = line.plan();
    let mut inbox = Inbox::default();
    line.facts.iter().for_each(|fact| inbox.add(Arc::new(fact.clone())));
    let mut fold = Fold::new(MACHINE, at(0.0));
    let mut rows = Rows::default();
    fold.advance(at(3_085.0), &mut inbox, &plan, &mut rows, &mut Vec::new());
    assert!(fold.resolver.has_counts());
    let bytes = fold.encode().unwrap();
    let mut again = Fold::decode(MACHINE, &bytes, gemba::model::tally::ENGINE).unwrap();
    assert_eq!(again.encode(), Some(bytes));
    again.advance(at(3_160.0), &mut inbox, &plan, &mut rows, &mut Vec::new());
    let whole = line.fold(3_160.0);
    assert_eq!(rows.finish(MACHINE, Timestamp::MAX).tallies, whole.rows.tallies);
}
