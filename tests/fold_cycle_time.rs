//! Cycle times from the register of the machine's controller: each is that of the count it was read with, and nothing else follows
//! from it.
#![allow(clippy::unwrap_used, reason = "a test ends where something is missing")]

#[path = "support/timeline.rs"]
mod timeline;

use gemba::model::fact::Role;
use gemba::model::reading::Value;
use gemba::model::settings::{MachineSetting, SignalSetting};
use gemba::model::tally::{Column, ENGINE, Sums};
use gemba::model::time::Timestamp;
use gemba::oee::basis::Basis;
use gemba::oee::indicators::{Kpi, Missing};
use gemba::oee::pace::{Counting, CycleSource, Pace};
use gemba::oee::rows::Rows;
use gemba::pipeline::fold::{Fold, Inbox};
use std::sync::Arc;
use timeline::{Folded, MACHINE, Timeline, at, press};

fn told(mut machine: MachineSetting) -> MachineSetting {
    machine.signals.push(SignalSetting {
        role: Role::CycleTime,
        point: "plc unit 1 cycle".into(),
        limit_ms: 30_000,
        counter: None,
        station: "".into(),
    });
    machine
}

/// Polls ten seconds apart, each with so many counts and what the register says; it runs all the time.
fn polled(setting: MachineSetting, polls: &[(i128, Option<f64>)]) -> Timeline {
    let has_register = setting.tells_cycles();
    let mut line = Timeline::new(setting);
    line.first(0.0, 1);
    let mut made = 0;
    for (poll, (counts, cycle)) in polls.iter().enumerate() {
        let (seen, second) = (poll as f64 * 10.0, (poll + 1) as f64 * 10.0);
        made += counts;
        line.sample(Role::Total, seen, second, made);
        if let Some(cycle) = cycle.filter(|_| has_register) {
            line.value(Role::CycleTime, seen, second, Value::Float(cycle));
        }
    }
    line
}

fn sums(folded: &Folded) -> Sums {
    let mut all = Sums::default();
    for row in folded.tallies() {
        all.tally.merge(&row.tally);
        all.detail.merge(&row.detail);
    }
    all
}

/// How many cycles, their length in milliseconds, and the middles of their buckets in tenths of a second.
fn cycles(line: &Timeline) -> (i64, i64, Vec<(i64, i64)>) {
    let sums = sums(&line.fold(600.0));
    let buckets = sums.detail.cycles.buckets();
    let tenths = buckets.map(|((from, to), n)| (((from + to) / 2 + 50_000) / 100_000, n));
    (
        sums.tally.get(Column::Cycles),
        sums.tally.get(Column::CycleMs),
        tenths.collect(),
    )
}

#[test]
fn a_count_takes_as_long_as_the_register_read_with_it_says_and_not_from_poll_to_poll() {
    let polls = [(1, None), (1, Some(8.1)), (1, Some(9.9)), (1, Some(8.1))];
    // Of the first count nobody knows when it began. 9.9 and 10 s lie in buckets with the middles 9.83 and 10.09 s.
    assert_eq!(
        cycles(&polled(told(press(8.0)), &polls)),
        (3, 26_100, vec![(81, 2), (98, 1)])
    );
    assert_eq!(
        cycles(&polled(press(8.0), &polls)),
        (3, 30_000, vec![(101, 3)]),
        "without it"
    );
}

#[test]
fn a_register_that_stays_as_it_is_tells_each_count_the_same() {
    let polls = [(1, Some(8.1)), (1, None), (1, None)];
    assert_eq!(cycles(&polled(told(press(8.0)), &polls)), (2, 16_200, vec![(81, 2)]));
}

#[test]
fn of_several_counts_in_one_poll_the_register_tells_the_last_one_alone() {
    // Three pieces in ten seconds, the last of them in 2.5 s: how long the other two took the register no longer shows.
    let polls = [(1, None), (3, Some(2.5)), (2, Some(5.0))];
    assert_eq!(
        cycles(&polled(told(press(3.0)), &polls)),
        (2, 7_500, vec![(25, 1), (50, 1)])
    );
}

#[test]
fn what_is_no_length_of_a_cycle_times_none() {
    for nonsense in [0.0, -3.0, f64::NAN, f64::INFINITY, 86_401.0] {
        let polls = [(1, None), (1, Some(nonsense)), (1, Some(8.1))];
        let found = cycles(&polled(told(press(8.0)), &polls));
        assert_eq!((found.0, found.1), (1, 8_100), "{nonsense}: 8.1 s alone");
    }
}

#[test]
fn a_register_that_is_silent_changes_no_state_and_times_no_cycle() {
    let polls = [(1, Some(8.1)), (1, None), (1, None)];
    let mut line = polled(told(press(8.0)), &polls);
    line.lost_all(&[Role::CycleTime], 10.0);
    assert_eq!((cycles(&line).0, cycles(&line).1), (0, 0));
    let sum = sums(&line.fold(600.0)).tally;
    assert_eq!(
        (sum.get(Column::UnknownMs), sum.get(Column::RunningMs)),
        (0, 600_000),
        "{sum:?}"
    );
}

#[test]
fn where_a_count_is_two_pieces_the_cycle_is_that_of_the_count() {
    let mut setting = told(press(8.0));
    setting.per_count = (2, 1);
    let polls = [(1, None), (1, Some(8.0)), (1, Some(8.0))];
    let line = polled(setting, &polls);
    let sums = sums(&line.fold(600.0));
    let counting = Counting {
        per_count: (2, 1),
        is_told: true,
        ..Counting::default()
    };
    let policy = Default::default();
    let basis = Basis::under(&policy, &sums).timed([(Pace::of(&sums.tally), counting)].into_iter());
    assert_eq!(basis.get(Kpi::CycleMean), Ok(8.0));
    let median = basis.get(Kpi::CycleMedian).unwrap();
    assert!((median - 8.0).abs() <= 0.02 * 8.0, "{median}");
}

#[test]
fn a_machine_without_a_standard_times_its_cycles_all_the_same() {
    let without = MachineSetting {
        ideal_ns: None,
        ..press(8.0)
    };
    let line = polled(without, &[(1, None), (1, None), (1, None)]);
    let tally = sums(&line.fold(600.0)).tally;
    assert_eq!((tally.get(Column::NoStandardPieces), tally.get(Column::Total)), (3, 3));
    assert_eq!(cycles(&line), (2, 20_000, vec![(101, 2)]));
}

#[test]
fn percentiles_of_a_register_are_told_however_coarse_the_polls_are_and_its_source_is_named() {
    let polls: Vec<_> = (0..20).map(|poll| (1, Some(8.0 + f64::from(poll % 2)))).collect();
    let sums = sums(&polled(told(press(8.0)), &polls).fold(600.0));
    let policy = Default::default();
    let of = |is_told: &[bool]| {
        let counting = |is_told: &bool| Counting {
            poll_ms: Some(10_000),
            is_told: *is_told,
            ..Counting::default()
        };
        let pace = Pace::of(&sums.tally);
        Basis::under(&policy, &sums).timed(is_told.iter().map(|is_told| (pace, counting(is_told))))
    };
    let basis = of(&[true]);
    assert_eq!(
        (basis.resolution(), basis.cycle_source()),
        (None, Some(CycleSource::Register))
    );
    let p90 = basis.get(Kpi::CycleP90).unwrap();
    assert!((p90 - 9.0).abs() <= 0.02 * 9.0, "{p90}");
    let mixed = of(&[true, false]);
    assert_eq!(mixed.cycle_source(), Some(CycleSource::Mixed));
    assert_eq!(mixed.get(Kpi::CycleP90), Err(Missing::Resolution), "10 s of 8 s");
    assert_eq!(of(&[false]).cycle_source(), Some(CycleSource::Pieces));
}

#[test]
fn with_or_without_the_register_all_but_the_cycles_is_the_same() {
    // It waits until its state is decided: a stop is told by the pieces that do not come.
    for setting in [press(8.0), timeline::counted()] {
        let polls: Vec<(i128, Option<f64>)> = (0..40)
            .map(|poll| {
                (
                    i128::from(poll % 7 != 3) * (1 + poll % 2),
                    Some(7.0 + poll as f64 / 10.0),
                )
            })
            .collect();
        let of = |setting: MachineSetting| {
            let mut sums = sums(&polled(setting, &polls).fold(900.0));
            for column in [Column::Cycles, Column::CycleMs] {
                let amount = sums.tally.get(column);
                sums.tally.add(column, -amount);
            }
            sums.detail.cycles = Default::default();
            sums
        };
        assert_eq!(of(told(setting.clone())), of(setting));
    }
}

#[test]
fn a_snapshot_keeps_what_the_register_said_of_a_count_that_waits() {
    // A minute and more without a piece over 00:15:00 is no stop yet: the count before it waits with its cycle.
    let setting = MachineSetting {
        debounce_ms: 120_000,
        ..told(press(8.0))
    };
    let mut line = Timeline::new(setting);
    line.first(0.0, 1);
    for (poll, second) in (1..=100).map(|poll| (poll, f64::from(poll) * 10.0)) {
        line.sample(Role::Total, second - 10.0, second, i128::from(poll));
        line.value(
            Role::CycleTime,
            second - 10.0,
            second,
            Value::Float(7.0 + f64::from(poll) / 100.0),
        );
    }
    line.sample(Role::State, 860.0, 870.0, 0);
    line.sample(Role::State, 920.0, 930.0, 1);
    let (plan, whole) = (line.plan(), line.fold(1_200.0));
    let passed = whole.passed.iter().find(|passed| passed.at == at(900.0)).unwrap();
    let bytes = passed.bytes.as_ref().unwrap();
    let text = String::from_utf8_lossy(bytes);
    assert!(text.contains("total:7"), "{text}");
    let mut fold = Fold::decode(MACHINE, bytes, ENGINE).unwrap();
    assert_eq!(fold.encode().as_ref(), Some(bytes));
    let mut inbox = Inbox::default();
    let later = line.facts.iter().filter(|fact| fact.at >= passed.at);
    later.for_each(|fact| inbox.add(Arc::new(fact.clone())));
    let mut rows = Rows::since(passed.at);
    fold.advance(at(1_200.0), &mut inbox, &plan, &mut rows, &mut Vec::new());
    fold.settle_for_view(&plan, &mut rows);
    let told = rows.finish(MACHINE, Timestamp::MAX).tallies;
    let known: Vec<_> = whole
        .tallies()
        .iter()
        .filter(|row| row.period.start >= passed.at)
        .cloned()
        .collect();
    let of_minutes = |rows: &[gemba::model::tally::TallyRow]| -> Vec<_> {
        rows.iter()
            .map(|row| (row.period.start, row.tally, row.detail.clone()))
            .collect()
    };
    assert_eq!(of_minutes(&told), of_minutes(&known));
}

#[test]
fn the_roles_that_journals_know_keep_their_names_and_their_order() {
    let plain = ["state", "run", "shots", "total", "good", "reject"].map(str::to_owned);
    let inputs = (0..16).map(|place| format!("input{place}"));
    let rest = ["energy", "cycle_time"].map(str::to_owned);
    let names: Vec<String> = plain.into_iter().chain(inputs).chain(rest).collect();
    let roles: Vec<Role> = names.iter().map(|name| Role::parse(name).unwrap()).collect();
    assert!(roles.is_sorted() && Role::all().eq(roles.into_iter()));
}
