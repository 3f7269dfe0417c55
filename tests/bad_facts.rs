//! Facts that cannot be: from 1970, from 2040, or a million of one minute. The fold goes on, and what was
//! good stays as it was.
#![allow(clippy::unwrap_used, reason = "a test ends where something is missing")]

#[path = "support/timeline.rs"]
mod timeline;

use gemba::model::entry::{Says, Scope};
use gemba::model::fact::{Body, Fact, Role};
use gemba::model::reading::Value;
use gemba::model::tally::{Column, Tally};
use gemba::model::time::{DAY_MS, MINUTE_MS, Timestamp};
use gemba::oee::rows::Rows;
use gemba::pipeline::fold::{Fold, Inbox};
use std::sync::Arc;
use timeline::{MACHINE, Timeline, at, press};

/// 2040-01-01T00:00:00Z.
const YEAR_2040: Timestamp = Timestamp(2_208_988_800_000);
const HOUR_S: f64 = 3_600.0;

/// A machine that makes a piece every ten seconds for an hour.
fn hour() -> Timeline {
    let mut line = Timeline::new(press(10.0));
    line.first(0.0, 1);
    for piece in 1..=360 {
        let now = f64::from(piece) * 10.0;
        line.sample(Role::Total, now - 10.0, now, i128::from(piece));
    }
    line
}

fn sum(line: &Timeline) -> Tally {
    line.fold(HOUR_S).sum()
}

/// The newest sample of a role, moved to another instant.
fn moved(line: &Timeline, role: Role, to: Timestamp) -> Fact {
    let of_role = |fact: &&Fact| matches!(&fact.body, Body::Signal(signal) if signal.role == role);
    let mut fact = line.facts.iter().rfind(of_role).unwrap().clone();
    if let Body::Signal(signal) = &mut fact.body {
        (signal.taken_at, signal.seen) = (to, None);
    }
    fact.at = to;
    fact
}

#[test]
fn a_fact_from_1970_is_kept_as_too_late_and_changes_nothing() {
    let before = sum(&hour());
    // 359 of 360: the last is counted at 3,600 s, when the hour is over.
    assert_eq!(
        (before.get(Column::RunningMs), before.get(Column::Total)),
        (3_600_000, 359)
    );
    for role in [Role::State, Role::Total, Role::Reject] {
        let mut line = hour();
        let old = moved(&line, role, Timestamp(0));
        assert!(old.is_too_late(), "{role:?}");
        line.facts.push(old);
        assert_eq!(sum(&line), before, "{role:?}");
    }
}

#[test]
fn a_fact_from_2040_waits_for_its_time_and_changes_nothing_before() {
    let before = sum(&hour());
    for role in [Role::State, Role::Total, Role::Reject] {
        let mut line = hour();
        let early = moved(&line, role, YEAR_2040);
        line.facts.push(early);
        assert_eq!(sum(&line), before, "{role:?}");
    }
}

#[test]
fn words_about_2040_change_nothing_before() {
    let before = sum(&hour());
    let words = [
        Says::Product { product: "".into() },
        Says::Scrap {
            pieces: 5,
            reason: "".into(),
            scope: Scope::Now,
        },
        Says::Cavities { active: 0 },
        Says::PlannedStop {
            until: YEAR_2040.plus(DAY_MS),
            reason: "".into(),
        },
        Says::Reason {
            reason: "nobody configured it".into(),
            anchor: YEAR_2040,
            part: None,
            leads: true,
        },
    ];
    for says in words {
        let mut line = hour();
        line.entry(YEAR_2040.since(at(0.0)) as f64 / 1000.0, says.clone());
        assert_eq!(sum(&line), before, "{says:?}");
    }
}

#[test]
fn a_planned_stop_that_ends_before_it_begins_is_none() {
    let before = sum(&hour());
    let mut line = hour();
    let until = at(600.0);
    line.entry(
        1_200.0,
        Says::PlannedStop {
            until,
            reason: "".into(),
        },
    );
    assert_eq!(sum(&line), before);
}

#[test]
fn a_million_facts_of_one_minute_are_told_to_the_millisecond() {
    const COPIES: i64 = 17;
    let mut line = Timeline::new(press(10.0));
    line.first(0.0, 1);
    let minute = at(60.0);
    let last = |role: Role| moved(&line, role, minute);
    let (state, total) = (last(Role::State), last(Role::Total));
    let plan = line.plan();
    let mut inbox = Inbox::default();
    line.facts.iter().for_each(|fact| inbox.add(Arc::new(fact.clone())));
    let mut count = 0;
    let mut add = |fact: &Fact, seen: Timestamp, value: i64| {
        let mut fact = fact.clone();
        if let Body::Signal(signal) = &mut fact.body {
            signal.value = Some(Value::Int(value.into()));
            (signal.taken_at, signal.seen) = (seen.plus(1), Some(seen));
        }
        fact.at = seen;
        let fact = Arc::new(fact);
        for _ in 0..COPIES {
            inbox.add(Arc::clone(&fact));
            count += 1;
        }
    };
    // It runs in the even milliseconds of the minute and stands in the odd ones; one piece is counted in its middle.
    for ms in 0..=MINUTE_MS {
        let seen = minute.plus(ms - 1);
        add(&state, if ms == 0 { at(0.0) } else { seen }, (ms + 1) % 2);
        if ms == MINUTE_MS / 2 {
            add(&total, seen, 1);
        }
    }
    assert!(count > 1_000_000, "{count} facts");
    let mut fold = Fold::new(MACHINE, at(0.0));
    let (mut rows, mut passed) = (Rows::default(), Vec::new());
    fold.advance(at(121.0), &mut inbox, &plan, &mut rows, &mut passed);
    let told = rows.finish(MACHINE, fold.settled());
    let of_minute = told.tallies.iter().find(|row| row.period.start == minute).unwrap();
    let get = |column| of_minute.tally.get(column);
    assert_eq!((get(Column::RunningMs), get(Column::MinorStopMs)), (30_000, 30_000));
    assert_eq!((get(Column::MinorStops), get(Column::SpanMs)), (30_000, MINUTE_MS));
    assert_eq!(get(Column::Total), 1);
}
