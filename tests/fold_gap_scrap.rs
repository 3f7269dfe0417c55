//! Pieces that people take out of the good ones: which of them are those of gaps, also where pieces wait to be told.
#![allow(clippy::unwrap_used, reason = "a test ends where something is missing")]

#[path = "support/timeline.rs"]
mod timeline;
#[path = "support/two_shifts.rs"]
mod two_shifts;

use gemba::model::entry::{Says, Scope};
use gemba::model::fact::Role;
use gemba::model::settings::Release;
use gemba::model::tally::{Column, ENGINE};
use gemba::model::time::Timestamp;
use gemba::oee::rows::Rows;
use gemba::pipeline::fold::{Fold, Inbox};
use std::sync::Arc;
use timeline::{MACHINE, Timeline, at, press};
use two_shifts::{line, of_shift, scrap, shifts};

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
    let mut fold = Fold::decode(MACHINE, bytes, ENGINE).unwrap();
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

/// Nothing was seen but that the counter came back with 150 more in a declared stop of half an hour, and after it with 100 more.
fn away_in_a_stop_too() -> Timeline {
    let mut line = line();
    let stop = Says::PlannedStop {
        until: at(1_800.0),
        reason: "".into(),
    };
    line.told(0.0, 0.0, stop)
        .restarted(50.0)
        .sample(Role::State, 50.0, 1_550.0, 1)
        .sample(Role::Total, 50.0, 1_550.0, 150)
        .sample(Role::Reject, 50.0, 1_550.0, 0)
        .restarted(2_000.0)
        .sample(Role::State, 2_000.0, 3_000.0, 1)
        .sample(Role::Total, 2_000.0, 3_000.0, 250)
        .sample(Role::Reject, 2_000.0, 3_000.0, 0);
    line
}

#[test]
fn scrap_takes_no_more_from_the_pieces_of_gaps_than_they_earned() {
    let mut line = away_in_a_stop_too();
    let gaps = |line: &Timeline, second: f64| {
        let sum = line.fold(second).sum();
        let earned_s = sum.get(Column::GapEarnedGoodNs) / 1_000_000_000;
        [sum.get(Column::GapGood), sum.get(Column::GapReject), earned_s]
    };
    // 150 that earned nothing in the stop, and 100 x 10 s.
    assert_eq!(gaps(&line, 3_100.0), [250, 0, 1_000]);
    // The 100, and 20 of the 150.
    line.entry(3_110.0, scrap(120));
    assert_eq!(gaps(&line, 3_160.0), [130, 120, 0]);
    // The 20, and then 10 of the 100.
    line.entry(3_170.0, scrap(-30));
    assert_eq!(gaps(&line, 3_220.0), [160, 90, 100]);
    line.entry(3_230.0, scrap(-90));
    assert_eq!(gaps(&line, 3_280.0), [250, 0, 1_000]);
}

#[test]
fn a_snapshot_knows_which_pieces_of_gaps_earned_nothing() {
    let mut line = away_in_a_stop_too();
    line.entry(2_690.0, scrap(40)).entry(3_110.0, scrap(120));
    let (plan, whole) = (line.plan(), line.fold(3_600.0));
    for minute in [45.0, 60.0] {
        let Some(passed) = whole.passed.iter().find(|passed| passed.at == at(minute * 60.0)) else {
            continue;
        };
        let bytes = passed.bytes.as_ref().unwrap();
        let mut fold = Fold::decode(MACHINE, bytes, ENGINE).unwrap();
        assert_eq!(fold.encode().as_ref(), Some(bytes));
        let mut inbox = Inbox::default();
        let later = line.facts.iter().filter(|fact| fact.at >= passed.at);
        later.for_each(|fact| inbox.add(Arc::new(fact.clone())));
        let mut rows = Rows::since(passed.at);
        fold.advance(at(3_600.0), &mut inbox, &plan, &mut rows, &mut Vec::new());
        let again = rows.finish(MACHINE, at(3_600.0)).tallies;
        let same = whole.rows.tallies.iter().filter(|row| row.period.start >= passed.at);
        assert_eq!(again, same.cloned().collect::<Vec<_>>());
    }
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
fn scrap_of_a_shift_that_is_told_when_the_next_one_is_on_is_weighed_against_its_own_pieces() {
    let mut line = taken_while_two_wait();
    // Waiting for material again, undecided from 3,590 s to 3,620 s, with two pieces in each shift; 300 + 4 - 3 are left.
    line.sample(Role::State, 3_500.0, 3_510.0, 1)
        .sample(Role::State, 3_580.0, 3_590.0, 4)
        .sample(Role::Total, 3_590.0, 3_594.0, 304)
        .sample(Role::Total, 3_604.0, 3_608.0, 306)
        .entry(3_599.0, scrap(10));
    let folded = line.fold(7_200.0);
    let first = GOOD.map(|column| of_shift(&folded, "1").get(column));
    // Known are 2 + 2, of which 2 are taken; so 2 of 10 are, and 8 of the gap's 299.
    assert_eq!(first, [0, 4, 291, 9, 13]);
    let second = GOOD.map(|column| of_shift(&folded, "2").get(column));
    assert_eq!(second, [2, 0, 0, 0, 0]);
    line.entry(
        7_199.0,
        Says::Scrap {
            pieces: 2,
            reason: "".into(),
            scope: Scope::Now,
        },
    );
    let later = GOOD.map(|column| of_shift(&line.fold(7_260.0), "2").get(column));
    assert_eq!(later, [0, 2, 0, 0, 2], "the second shift has its own pieces still");
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
    let mut again = Fold::decode(MACHINE, &bytes, ENGINE).unwrap();
    assert_eq!(again.encode(), Some(bytes));
    again.advance(at(3_160.0), &mut inbox, &plan, &mut rows, &mut Vec::new());
    let whole = line.fold(3_160.0);
    assert_eq!(rows.finish(MACHINE, Timestamp::MAX).tallies, whole.rows.tallies);
}
