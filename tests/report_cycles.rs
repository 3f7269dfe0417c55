//! Cycle times in reports: where they come from, and the ideal cycle they suggest where nobody said one.
#![allow(clippy::unwrap_used, reason = "a test ends where something is missing")]

#[path = "support/report_day.rs"]
mod day;

use day::{PRESS_1, PRESS_2, known, parsed, plan, roster, settings};
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

/// What the report of the second press, which has no standard, suggests after these cycles (seconds and how many).
fn suggested(cycles: &[(i64, i64)], poll_ms: Option<i64>) -> (String, String) {
    let (plan, roster) = (plan(settings()), roster());
    let mut known = known(&plan, &roster, Kind::Shift, "2026-11-21.1");
    for (seconds, n) in cycles {
        known.rows[1].sums.detail.cycles.add(seconds * 1_000_000, *n);
    }
    known.polls.extend(poll_ms.map(|ms| (PRESS_2, ms)));
    let report = gather::report(&known, &Whose::Machine(PRESS_2));
    let row = parsed(&csv::write(&report)).remove(0);
    (text::write(&report, Lang::En), row["suggested_ideal_s"].clone())
}

#[test]
fn a_machine_without_a_standard_is_told_the_pace_it_keeps_in_a_tenth_of_its_cycles() {
    // Rank 3 of 30: 24 s, whose bucket has the middle 23.9.
    let (text, number) = suggested(&[(30, 27), (24, 3)], Some(2_000));
    let seconds: f64 = number.parse().unwrap();
    assert!((seconds - 24.0).abs() <= 0.02 * 24.0, "{number}");
    assert!(
        text.contains("suggested standard cycle (P10 of its cycles) 23.9 s"),
        "{text}"
    );
    for (cycles, poll_ms, why) in [
        (&[(30, 26), (24, 3)][..], None, "29 cycles"),
        (
            &[(30, 27), (24, 3)][..],
            Some(2_500),
            "2.5 s are more than a tenth of a cycle",
        ),
    ] {
        let (text, number) = suggested(cycles, poll_ms);
        assert!(number.is_empty() && !text.contains("suggested"), "{why}: {text}");
    }
    let first = report(|_| {}, |_| {}, |report| parsed(&csv::write(report)).remove(0));
    assert_eq!(first["suggested_ideal_s"], "", "it has one");
}
