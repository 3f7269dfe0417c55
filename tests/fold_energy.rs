//! The energy of a machine's meter: to the minute and the order it was used in, whatever else is known of the machine.
#![allow(clippy::unwrap_used, reason = "a test ends where something is missing")]

#[path = "support/timeline.rs"]
mod timeline;

use gemba::model::entry::{OrderAct, Says, Source};
use gemba::model::fact::Role;
use gemba::model::reading::Value;
use gemba::model::settings::{
    CounterSetting, MachineSetting, Meter, OrderSetting, Release, Resets, Setting, SignalSetting,
};
use gemba::model::state::Class;
use gemba::model::tally::{self, Column, FlagKind};
use gemba::oee::rows::Rows;
use gemba::pipeline::fold::{Fold, Inbox};
use std::sync::Arc;
use timeline::{Folded, MACHINE, Timeline, press};

/// The press with a meter of so many digits in kWh and at most 100 kW.
fn metered(digits: u32) -> MachineSetting {
    let press = press(10.0);
    let mut signals = press.signals.clone();
    signals.push(SignalSetting {
        role: Role::Energy,
        counter: Some(CounterSetting {
            modulus: Some(10i128.pow(digits) * 1_000_000),
            resets: Resets::Undeclared,
        }),
        limit_ms: 90_000,
        ..signals[1].clone()
    });
    MachineSetting {
        signals,
        meter: Some(Box::new(Meter {
            milli_wh: 1_000_000,
            max_w: 100_000,
            shared_with: Vec::new(),
        })),
        ..press
    }
}

/// A press that runs, with a meter that shows `kwh` at the start.
fn running(digits: u32, kwh: f64) -> Timeline {
    let mut line = Timeline::new(metered(digits));
    line.first(0.0, 1).value(Role::Energy, 0.0, 0.0, Value::Float(kwh));
    line
}

fn wh(folded: &Folded) -> i64 {
    folded.sum().get(Column::Wh)
}

/// Watt hours by minute of the day.
fn by_minute(folded: &Folded) -> Vec<(i64, i64)> {
    let rows = folded.tallies().iter().map(|row| {
        let minute = (row.period.start.0 - timeline::DAY) / 60_000;
        (minute, row.tally.get(Column::Wh))
    });
    rows.filter(|(_, wh)| *wh != 0).collect()
}

#[test]
fn energy_between_two_readings_lies_evenly_between_them() {
    let mut line = running(8, 1_000.0);
    line.value(Role::Energy, 90.0, 150.0, Value::Float(1_000.6));
    // 600 Wh in 60 s: number i at 90 s + i x 0.1 s. Number 300 lies on 120 s, which is of the next minute.
    assert_eq!(by_minute(&line.fold(300.0)), [(1, 299), (2, 301)]);
}

#[test]
fn parts_of_a_watt_hour_wait_for_the_rest_of_it() {
    let mut line = running(8, 1_000.0);
    for reading in 1..=10 {
        let second = f64::from(reading) * 60.0;
        let kwh = 1_000.0 + f64::from(reading) * 0.0003;
        line.value(Role::Energy, second - 60.0, second, Value::Float(kwh));
    }
    assert_eq!(wh(&line.fold(660.0)), 3, "ten times 0.3 Wh");
}

#[test]
fn a_silent_meter_leaves_the_machine_known_and_tells_its_energy_when_it_is_back() {
    let mut line = running(8, 1_000.0);
    line.value(Role::Energy, 0.0, 60.0, Value::Float(1_001.0));
    line.lost_all(&[Role::Energy], 60.0);
    line.value(Role::Energy, 60.0, 660.0, Value::Float(1_011.0));
    let folded = line.fold(720.0);
    assert_eq!(folded.classes(), [(Class::Running, 720.0)]);
    assert_eq!(wh(&folded), 11_000);
    // 10 kWh over the ten minutes of the silence.
    let rows = by_minute(&folded);
    assert!(
        rows.iter()
            .filter(|(minute, _)| (2..=10).contains(minute))
            .all(|(_, wh)| *wh == 1_000),
        "{rows:?}"
    );
}

#[test]
fn energy_of_time_nobody_knows_is_summed_and_the_machine_stays_unknown() {
    let mut line = running(8, 1_000.0);
    line.lost_all(&[Role::State, Role::Total, Role::Reject], 60.0);
    line.value(Role::Energy, 60.0, 120.0, Value::Float(1_000.5));
    let folded = line.fold(180.0);
    assert_eq!(folded.classes(), [(Class::Running, 60.0), (Class::Unknown, 120.0)]);
    assert_eq!(wh(&folded), 500);
    assert_eq!(folded.sum().get(Column::BridgedMs), 0);
}

#[test]
fn a_meter_of_few_digits_turns_over() {
    let mut line = running(4, 9_999.5);
    line.value(Role::Energy, 0.0, 60.0, Value::Float(0.25));
    let folded = line.fold(120.0);
    assert_eq!(wh(&folded), 750, "10,000 - 9,999.5 + 0.25 kWh");
    assert_eq!(folded.rows.flags[0].what, FlagKind::RollOver);
}

#[test]
fn a_reading_that_takes_more_power_than_there_is_waits_for_the_next_one() {
    let mut line = running(8, 1_000.0);
    line.value(Role::Energy, 0.0, 60.0, Value::Float(900_000.0));
    line.value(Role::Energy, 60.0, 120.0, Value::Float(1_001.0));
    let folded = line.fold(180.0);
    assert_eq!(wh(&folded), 1_000);
    assert!(folded.rows.flags.is_empty());
}

#[test]
fn another_meter_goes_on_from_its_own_reading_and_is_flagged_and_not_held() {
    let mut line = running(8, 1_000.0);
    line.value(Role::Energy, 0.0, 60.0, Value::Float(52_000.0));
    line.value(Role::Energy, 60.0, 120.0, Value::Float(52_000.4));
    line.value(Role::Energy, 120.0, 180.0, Value::Float(52_001.0));
    let folded = line.fold(240.0);
    assert_eq!(wh(&folded), 1_000, "0.4 and 0.6 kWh");
    let [flag] = &folded.rows.flags[..] else {
        panic!("{:?}", folded.rows.flags)
    };
    assert_eq!((&*flag.role, flag.what, flag.amount), ("energy", FlagKind::Reset, 0));
}

#[test]
fn time_is_metered_while_readings_follow_each_other_and_not_up_to_another_meter() {
    let metered = |folded: &Folded| folded.sum().get(Column::MeteredMs) / 1_000;
    let mut line = running(8, 1_000.0);
    line.value(Role::Energy, 0.0, 60.0, Value::Float(1_001.0));
    assert_eq!(metered(&line.fold(90.0)), 90, "it stands at what it was read at");
    line.lost_all(&[Role::Energy], 60.0);
    assert_eq!(metered(&line.fold(660.0)), 60);
    let mut back = running(8, 1_000.0);
    back.facts.clone_from(&line.facts);
    back.value(Role::Energy, 60.0, 660.0, Value::Float(1_011.0));
    assert_eq!(metered(&back.fold(720.0)), 720, "its reading tells of the silence too");
    // 52,000 kWh were not used in ten minutes: another meter, from which on it is told again.
    line.value(Role::Energy, 60.0, 660.0, Value::Float(52_000.0))
        .value(Role::Energy, 660.0, 720.0, Value::Float(52_000.4))
        .value(Role::Energy, 720.0, 780.0, Value::Float(52_001.0));
    let folded = line.fold(840.0);
    assert_eq!(
        (wh(&folded), metered(&folded)),
        (2_000, 180),
        "1, 0.4 and 0.6 kWh; up to 60 s and from 720 s on"
    );
}

#[test]
fn a_machine_without_a_meter_is_not_metered() {
    let mut line = Timeline::new(press(10.0));
    line.first(0.0, 1);
    assert_eq!(line.fold(20.0).sum().get(Column::MeteredMs), 0);
}

#[test]
fn energy_does_not_wait_for_what_the_machine_did() {
    let mut line = Timeline::new(MachineSetting {
        debounce_ms: 30_000,
        release: Release::FirstOff,
        ..metered(8)
    });
    line.first(0.0, 1).value(Role::Energy, 0.0, 0.0, Value::Float(1_000.0));
    line.sample(Role::State, 50.0, 60.0, 0)
        .value(Role::Energy, 0.0, 80.0, Value::Float(1_000.08));
    let known = line.fold_in_steps(&[60.0, 75.5]);
    // 80 Wh in 80 s: number i at i seconds. What the machine did from 60 s on is open until 90 s.
    assert_eq!(by_minute(&known), [(0, 59), (1, 16)]);
    assert_eq!(by_minute(&line.fold(120.0)), [(0, 59), (1, 21)]);
    // What waits is the same, wherever a fold of these facts stopped on its way.
    let plan = line.plan();
    let snapshot = |steps: &[f64]| {
        let mut inbox = Inbox::default();
        line.facts.iter().for_each(|fact| inbox.add(Arc::new(fact.clone())));
        let mut fold = Fold::new(MACHINE, timeline::at(0.0));
        for step in steps {
            let to = timeline::at(*step);
            fold.advance(to, &mut inbox, &plan, &mut Rows::default(), &mut Vec::new());
        }
        fold.encode().unwrap()
    };
    assert_eq!(snapshot(&[70.5, 75.5]), snapshot(&[75.5]));
}

#[test]
fn readings_that_no_meter_has_change_nothing() {
    let mut line = running(8, 1_000.0);
    for (seen, second) in [(0.0, 60.0), (60.0, 120.0)] {
        line.value(Role::Energy, seen, second, Value::Float(f64::from(f32::MAX)));
    }
    line.value(Role::Energy, 120.0, 180.0, Value::Float(1_000.3));
    let folded = line.fold(240.0);
    assert_eq!((wh(&folded), folded.rows.flags.len()), (300, 0));
}

#[test]
fn energy_goes_to_the_order_it_was_used_for() {
    let mut line = running(8, 1_000.0);
    for id in ["a", "b"] {
        line.set(
            0.0,
            Setting::Order(
                id.into(),
                OrderSetting {
                    machine: Some(MACHINE),
                    ..OrderSetting::default()
                },
            ),
        );
    }
    for (id, when) in [("a", 0.0), ("b", 90.0)] {
        let says = Says::Order {
            order: id.into(),
            act: OrderAct::Start,
            when: timeline::at(when),
        };
        line.entry(when, says);
    }
    line.value(Role::Energy, 60.0, 120.0, Value::Float(1_001.0));
    let folded = line.fold(180.0);
    let of = |id: &str| {
        let rows = folded.tallies().iter().filter(|row| *row.key.order == *id);
        rows.map(|row| row.tally.get(Column::Wh)).sum::<i64>()
    };
    // Number i at 60 s + i x 0.06 s: number 500 lies on 90 s.
    assert_eq!((of("a"), of("b")), (499, 501));
}

#[test]
fn what_people_count_and_tell_is_summed_as_manual() {
    let mut line = Timeline::new(MachineSetting {
        count_by: Source::Manual,
        state_by: Source::Manual,
        ..press(10.0)
    });
    line.first(0.0, 1)
        .sample(Role::Total, 90.0, 100.0, 10)
        .sample(Role::Reject, 90.0, 100.0, 2);
    line.lost_all(&[Role::State, Role::Total, Role::Reject], 100.0);
    let folded = line.fold(160.0);
    let columns = [
        Column::Total,
        Column::ManualTotal,
        Column::Reject,
        Column::ManualReject,
        Column::ManualMs,
    ];
    // The minute in which nobody tells anything is nobody's.
    assert_eq!(columns.map(|column| folded.sum().get(column)), [10, 10, 2, 2, 100_000]);
    assert_eq!(folded.rows.spans[0].source, tally::Source::Manual);
}

#[test]
fn what_people_scan_is_no_manual_sum() {
    let mut line = Timeline::new(MachineSetting {
        count_by: Source::Scan,
        ..press(10.0)
    });
    line.first(0.0, 1)
        .sample(Role::Total, 90.0, 100.0, 10)
        .sample(Role::Reject, 90.0, 100.0, 2);
    let sum = line.fold(160.0).sum();
    let columns = [
        Column::ManualTotal,
        Column::ManualReject,
        Column::ScanReject,
        Column::ManualMs,
    ];
    assert_eq!(columns.map(|column| sum.get(column)), [0, 0, 2, 0]);
}
