//! Cycle times in reports: where they come from.
#![allow(clippy::unwrap_used, reason = "a test ends where something is missing")]

#[path = "support/report_day.rs"]
mod day;

use day::{PRESS_1, known, parsed, plan, roster, settings};
use gemba::model::fact::Role;
use gemba::model::settings::{MachineSetting, Setting, SignalSetting};
use gemba::report::gather::{self, Known, Report, Whose};
use gemba::report::stretch::Kind;
use gemba::report::words::Lang;
use gemba::report::{csv, text};

/// The report of one machine of the hand-made day, with its settings and what is known changed.
fn report<A>(set: impl Fn(&mut MachineSetting), change: impl FnOnce(&mut Known), read: impl Fn(&Report) -> A) -> A {
    let mut settings = settings();
    for setting in &mut settings {
        if let Setting::Machine(PRESS_1, machine) = setting {
            set(machine);
        }
    }
    let (plan, roster) = (plan(settings), roster());
    let mut known = known(&plan, &roster, Kind::Shift, "2026-11-21.1");
    // A poll each minute hides a cycle of 24 s.
    known.polls.insert(PRESS_1, 60_000);
    change(&mut known);
    read(&gather::report(&known, &Whose::Machine(PRESS_1)))
}

fn with_register(machine: &mut MachineSetting) {
    machine.signals.push(SignalSetting {
        role: Role::CycleTime,
        point: "plc unit 1 holding:4".into(),
        limit_ms: 30_000,
        counter: None,
        station: "".into(),
    });
}

#[test]
fn cycles_of_the_controllers_register_are_told_as_such_however_coarse_the_polls_are() {
    for (lang, words) in [
        (Lang::En, "P10, P90; as the machine's controller tells"),
        (Lang::Vi, "P10, P90; theo bộ điều khiển của máy"),
        (Lang::Ko, "P10, P90; 설비 제어기 값"),
    ] {
        let text = report(with_register, |_| {}, |report| text::write(report, lang));
        assert!(text.contains(words), "{text}");
    }
    let rows = |set: fn(&mut MachineSetting)| report(set, |_| {}, |report| parsed(&csv::write(report)));
    let told = |row: &std::collections::BTreeMap<String, String>| {
        ["cycle_source", "resolution", "median_cycle_s"].map(|head| row[head].clone())
    };
    let of_register = told(&rows(with_register)[0]);
    assert_eq!((of_register[0].as_str(), of_register[1].as_str()), ("register", ""));
    let median: f64 = of_register[2].parse().unwrap();
    assert!((median - 24.0).abs() <= 0.02 * 24.0, "{median}");
    // 60 s of 24 s.
    assert_eq!(told(&rows(|_| {})[0]), ["pieces", "2.500000", ""]);
}
