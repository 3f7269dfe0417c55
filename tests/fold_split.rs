//! Pieces of a long silence over shifts, orders and products: whole ones by largest remainder, of equal ones to the earlier part.
#![allow(clippy::unwrap_used, reason = "a test ends where something is missing")]

#[path = "support/timeline.rs"]
mod timeline;

use gemba::model::entry::Says;
use gemba::model::fact::Role;
use gemba::model::settings::{CalendarSetting, Setting, ShiftSetting};
use gemba::model::tally::{Column, ENGINE, Tally};
use gemba::model::time::Timestamp;
use gemba::oee::rows::Rows;
use gemba::pipeline::fold::{Fold, Inbox};
use std::collections::BTreeMap;
use std::sync::Arc;
use timeline::{Folded, MACHINE, Timeline, at, press};

const HOUR: f64 = 3_600.0;

/// Four shifts of an hour, the second with a break of half an hour.
fn calendar() -> Setting {
    let shift = |number: u32| ShiftSetting {
        id: number.to_string().as_str().into(),
        name: number.to_string().as_str().into(),
        days: [true; 7],
        from_min: (number - 1) * 60,
        to_min: number * 60,
        breaks: if number == 2 { vec![(80, 110)] } else { vec![] },
    };
    Setting::Calendar(CalendarSetting {
        timezone: "UTC".into(),
        shifts: (1..=4).map(shift).collect(),
        ..CalendarSetting::default()
    })
}

/// Nobody heard of the press from `from` to `until`; its counters came back with so many more pieces and rejects.
fn away(from: f64, until: f64, pieces: i128, rejects: i128) -> Timeline {
    let mut line = Timeline::new(press(10.0));
    line.set(0.0, calendar());
    if from > 0.0 {
        line.first(0.0, 1);
        line.lost(from);
    } else {
        line.first(0.0, 1).restarted(0.0);
    }
    line.sample(Role::State, from, until, 1)
        .sample(Role::Total, from, until, pieces)
        .sample(Role::Reject, from, until, rejects);
    line
}

/// Pieces of gaps by what they belong to, in the order of time, and rejects of gaps.
fn by_part(folded: &Folded, part: impl Fn(&gemba::model::tally::TallyKey) -> String) -> Vec<(String, i64, i64)> {
    let mut parts: Vec<(String, i64, i64)> = Vec::new();
    for row in folded.tallies() {
        let (name, tally) = (part(&row.key), &row.tally);
        let (total, reject) = (tally.get(Column::GapTotal), tally.get(Column::GapReject));
        match parts.last_mut().filter(|last| last.0 == name) {
            Some(last) => (last.1, last.2) = (last.1 + total, last.2 + reject),
            None => parts.push((name, total, reject)),
        }
    }
    parts
}

fn by_shift(line: &Timeline) -> Vec<i64> {
    let parts = by_part(&line.fold(4.5 * HOUR), |key| key.shift.to_string());
    parts.into_iter().take(4).map(|part| part.1).collect()
}

#[test]
fn the_pieces_of_a_silence_over_three_equal_parts_go_to_the_earlier_ones_first() {
    let no_break = |line: &mut Timeline, until: f64| {
        // Product b is on in the second hour and c in the third: three parts of an hour in one shift.
        let day = CalendarSetting {
            timezone: "UTC".into(),
            ..CalendarSetting::default()
        };
        line.set(0.0, Setting::Calendar(day));
        line.entry(HOUR, Says::Product { product: "b".into() });
        line.entry(2.0 * HOUR, Says::Product { product: "c".into() });
        let parts = by_part(&line.fold(until + 60.0), |key| key.product.to_string());
        parts.into_iter().map(|part| (part.1, part.2)).collect::<Vec<_>>()
    };
    // 4/3 each: 1 1 1, and of the equal remainders the first part's. The rejects follow the pieces: 1 x 2/4, 1/4, 1/4.
    let mut line = away(0.0, 3.0 * HOUR, 4, 1);
    assert_eq!(no_break(&mut line, 3.0 * HOUR), [(2, 1), (1, 0), (1, 0)]);
    // 5/3 each: 1 1 1, and two are left.
    let mut line = away(0.0, 3.0 * HOUR, 5, 5);
    assert_eq!(no_break(&mut line, 3.0 * HOUR), [(2, 2), (2, 2), (1, 1)]);
}

#[test]
fn the_pieces_of_a_silence_over_shifts_go_by_their_planned_time() {
    // From 00:15 on 45 min, 30 min (60 less the break), 60 min and up to 03:30 half an hour: 165 min.
    // 7 x 45/165 = 1.91, 7 x 30/165 = 1.27 twice, 7 x 60/165 = 2.55: 1 1 2 1, and the first and the third have most left.
    assert_eq!(by_shift(&away(0.25 * HOUR, 3.5 * HOUR, 7, 0)), [2, 1, 3, 1]);
    // 0.27, 0.18, 0.36, 0.18: the third.
    assert_eq!(by_shift(&away(0.25 * HOUR, 3.5 * HOUR, 1, 0)), [0, 0, 1, 0]);
}

#[test]
fn in_its_part_each_piece_lies_in_the_middle_of_its_time() {
    let line = away(0.0, 2.0 * HOUR, 6, 0);
    let folded = line.fold(2.5 * HOUR);
    let rows = folded.tallies().iter();
    let with: Vec<i64> = rows
        .filter(|row| row.tally.get(Column::GapTotal) > 0)
        .map(|row| row.period.start.since(at(0.0)) / 60_000)
        .collect();
    // 60 and 30 planned minutes: 4 and 2 pieces. 7.5, 22.5, 37.5, 52.5 min; then 7.5 min into the half hour, and 22.5, which is
    // 2.5 min after its break of 30.
    assert_eq!(with, [7, 22, 37, 52, 67, 112]);
}

#[test]
fn a_fold_that_goes_on_from_a_snapshot_splits_a_silence_the_same() {
    let mut line = away(0.25 * HOUR, 3.5 * HOUR, 7, 3);
    line.clock_set_forward(0.25 * HOUR, 0.6 * HOUR);
    let (plan, whole) = (line.plan(), line.fold(4.5 * HOUR));
    let sums = |mut rows: Rows| -> BTreeMap<Timestamp, Tally> {
        let done = rows.finish(MACHINE, Timestamp::MAX);
        done.tallies
            .into_iter()
            .map(|row| (row.period.start, row.tally))
            .collect()
    };
    let told: BTreeMap<Timestamp, Tally> = whole
        .rows
        .tallies
        .iter()
        .map(|row| (row.period.start, row.tally))
        .collect();
    let mut met = 0;
    for passed in whole.passed.iter().filter(|passed| passed.bytes.is_some()) {
        let mut fold = Fold::decode(MACHINE, passed.bytes.as_ref().unwrap(), ENGINE).unwrap();
        let mut inbox = Inbox::default();
        let later = line.facts.iter().filter(|fact| fact.at >= passed.at);
        later.for_each(|fact| inbox.add(Arc::new(fact.clone())));
        let mut rows = Rows::since(passed.at);
        met += usize::from(fold.signals.tracks.values().any(|track| track.head.is_some()));
        fold.advance(at(4.5 * HOUR), &mut inbox, &plan, &mut rows, &mut Vec::new());
        fold.settle_for_view(&plan, &mut rows);
        let rest: BTreeMap<_, _> = told.range(passed.at..).map(|(at, tally)| (*at, *tally)).collect();
        assert_eq!(sums(rows), rest, "from {:?}", passed.at);
    }
    assert_eq!(met, 13, "every quarter hour after 00:15 up to 03:30");
}
