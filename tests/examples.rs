//! Published examples of OEE from raw registers, through readings, facts and the fold, to A, E, Q and OEE as printed.
#![allow(clippy::unwrap_used, reason = "a helper of tests may fail its test")]

#[path = "support/timeline.rs"]
mod timeline;

use gemba::model::entry::Says;
use gemba::model::fact::{Fact, Role};
use gemba::model::ids::PointId;
use gemba::model::reading::{Raw, Reading};
use gemba::model::settings::{CalendarSetting, ProductSetting, Setting, ShiftSetting};
use gemba::model::tally::{Column, Tally};
use gemba::model::time::Now;
use gemba::oee::kpi::Kpis;
use gemba::signal::decode::{Decode, Order, Type};
use gemba::signal::{Point, Stage};
use serde_json::Value as Json;
use timeline::{MACHINE, Timeline, at, press};

/// Every stretch of the examples is a multiple of it, except that of days, which are polled less often.
const POLL_S: i64 = 10;
/// Codes of the state register.
const STOPPED: u16 = 0;
const RUNNING: u16 = 1;
const SETUP: u16 = 2;
const FAULT: u16 = 3;
const WAITING: u16 = 4;

struct Run {
    ict_s: f64,
    total: i64,
    good: i64,
}

struct Example {
    ppt_s: i64,
    stop_s: i64,
    break_s: i64,
    days: i64,
    runs: Vec<Run>,
    printed: Json,
}

/// So many seconds of one state, with what is made in them.
struct Stretch {
    seconds: i64,
    code: u16,
    total: i64,
    reject: i64,
}

fn example(id: &str) -> Example {
    let all: Json = serde_json::from_str(include_str!("examples/published.json")).unwrap();
    let examples = all["examples"].as_array().unwrap();
    let printed = examples.iter().find(|example| example["id"] == id).unwrap().clone();
    let run = |run: &Json| Run {
        ict_s: run["ict_s"].as_f64().unwrap(),
        total: run["total"].as_i64().unwrap(),
        good: run["good"].as_i64().unwrap(),
    };
    let number = |key: &str, otherwise| printed[key].as_i64().unwrap_or(otherwise);
    Example {
        ppt_s: number("ppt_s", 0),
        stop_s: number("stop_s", 0),
        break_s: number("break_s", 0),
        days: number("days", 1),
        runs: printed["runs"].as_array().unwrap().iter().map(run).collect(),
        printed,
    }
}

fn stand(seconds: i64, code: u16) -> Stretch {
    Stretch {
        seconds,
        code,
        total: 0,
        reject: 0,
    }
}

impl Example {
    fn run(&self, seconds: i64, total: i64, reject: i64) -> Stretch {
        Stretch {
            seconds,
            code: RUNNING,
            total,
            reject,
        }
    }

    /// Registers of the machine over these stretches, polled and folded, all of it planned by `calendar`.
    fn fold(&self, stretches: &[Stretch], poll_s: i64, calendar: CalendarSetting, entries: &[(i64, &str)]) -> Tally {
        let mut line = Timeline::new(press(self.runs[0].ict_s));
        line.set(0.0, Setting::Calendar(calendar));
        for (number, run) in self.runs.iter().enumerate() {
            let product = ProductSetting {
                ideal_ns: Some((run.ict_s * 1e9).round() as i64),
                ..ProductSetting::default()
            };
            line.set(0.0, Setting::Product(format!("P{number}").into(), product));
        }
        for (second, product) in entries {
            let product = (*product).into();
            line.entry(*second as f64, Says::Product { product });
        }
        line.facts.extend(poll(stretches, poll_s));
        let seconds: i64 = stretches.iter().map(|stretch| stretch.seconds).sum();
        let sum = line.fold(seconds as f64).sum();
        assert_eq!(sum.get(Column::PbtMs), self.ppt_s * 1000);
        assert_eq!(sum.get(Column::UnknownMs), 0);
        assert_eq!(
            sum.get(Column::Total),
            self.runs.iter().map(|run| run.total).sum::<i64>()
        );
        assert_eq!(sum.get(Column::Good), self.runs.iter().map(|run| run.good).sum::<i64>());
        sum
    }

    /// Compares every ratio that the source prints, to its last digit.
    fn is_printed_as(&self, tally: &Tally) {
        let kpis = Kpis::of(tally);
        let ratios = [
            ("A", kpis.availability),
            ("P", kpis.effectiveness),
            ("Q", kpis.quality),
            ("OEE", kpis.oee),
        ];
        for (key, ratio) in ratios {
            if let Some(printed) = self.printed[key].as_str() {
                let digits = printed.len() - "0.".len();
                assert_eq!(format!("{:.digits$}", ratio.unwrap()), printed, "{key}");
            }
        }
        assert!(self.printed["OEE"].is_string());
    }
}

/// What the registers hold at each poll, as facts: status (u16), pieces (u32, low word first), rejects (u16).
fn poll(stretches: &[Stretch], poll_s: i64) -> Vec<Fact> {
    let point = |(role, kind): (Role, Type)| Point {
        machine: MACHINE,
        name: role.name().into(),
        roles: vec![role],
        is_value: false,
        decode: Decode {
            kind,
            order: Order::Cdab,
            bit: None,
            scale: None,
            offset: None,
            range: None,
        },
        limit_ms: 3 * poll_s * 1000,
        own_time: false,
        tells: gemba::signal::Tells::Changes,
    };
    let points = [
        (Role::State, Type::U16),
        (Role::Total, Type::U32),
        (Role::Reject, Type::U16),
    ];
    let mut stage = Stage::new(points.map(point).to_vec());
    let mut facts = Vec::new();
    let (mut begin, mut total, mut reject) = (0, 4_000_000_000, 0);
    for stretch in stretches {
        assert_eq!(stretch.seconds % poll_s, 0);
        for passed in (0..stretch.seconds).step_by(poll_s as usize) {
            let made = total + stretch.total * passed / stretch.seconds;
            let bad = reject + stretch.reject * passed / stretch.seconds;
            let low = |number: i64, shift: u32| (number >> shift & 0xFFFF) as u16;
            let words = [
                [stretch.code, 0, 0, 0],
                [low(made, 0), low(made, 16), 0, 0],
                [low(bad, 0), 0, 0, 0],
            ];
            let at = at((begin + passed) as f64);
            let now = Now {
                at,
                mono_ms: 0,
                epoch: 0,
            };
            for (point, words) in (0u32..).zip(words) {
                let reading = Reading {
                    point: PointId(point),
                    at,
                    received_at: at,
                    raw: Ok(Raw::Words(words)),
                };
                stage.take(&reading, now, &mut facts);
            }
            stage.tick(now, &mut facts);
        }
        begin += stretch.seconds;
        total += stretch.total;
        reject += stretch.reject;
    }
    facts
}

/// One shift a day from 05:00 on, with a break at 09:00; the rest is not scheduled.
fn shift(seconds: i64, break_s: i64) -> CalendarSetting {
    const FIVE: u32 = 5 * 60;
    const NINE: u32 = 9 * 60;
    let minutes = |seconds: i64| u32::try_from(seconds / 60).unwrap();
    let breaks = if break_s == 0 {
        vec![]
    } else {
        vec![(NINE, NINE + minutes(break_s))]
    };
    CalendarSetting {
        timezone: "UTC".into(),
        day_start_min: FIVE,
        shifts: vec![ShiftSetting {
            id: "1".into(),
            name: "1".into(),
            days: [true; 7],
            from_min: FIVE,
            to_min: (FIVE + minutes(seconds)) % (24 * 60),
            breaks,
        }],
        ..CalendarSetting::default()
    }
}

fn no_shifts() -> CalendarSetting {
    CalendarSetting {
        timezone: "UTC".into(),
        ..CalendarSetting::default()
    }
}

const NIGHT_S: i64 = 5 * 3_600;

/// A shift that runs, then stands failed.
fn plain(id: &str) -> (Example, Tally) {
    let example = example(id);
    let run = &example.runs[0];
    let stretches = [
        stand(NIGHT_S, STOPPED),
        example.run(example.ppt_s - example.stop_s, run.total, run.total - run.good),
        stand(example.stop_s, FAULT),
        stand(3_600, STOPPED),
    ];
    let tally = example.fold(&stretches, POLL_S, shift(example.ppt_s, 0), &[]);
    (example, tally)
}

#[test]
fn a_shift_of_eight_hours_with_a_break() {
    let example = example("vorne");
    // 05:00 to 09:00 run, an hour of break, then 22,380 - 14,400 = 7,980 s run and 2,820 s failed until 13:00.
    let morning = 4 * 3_600;
    let (total, reject) = (19_271, 19_271 - 18_848);
    let stretches = [
        stand(NIGHT_S, STOPPED),
        example.run(morning, 12_000, 200),
        stand(example.break_s, STOPPED),
        example.run(7_980, total - 12_000, reject - 200),
        stand(example.stop_s, FAULT),
        stand(3_600, STOPPED),
    ];
    let calendar = shift(example.ppt_s + example.break_s, example.break_s);
    let tally = example.fold(&stretches, POLL_S, calendar, &[]);
    assert_eq!((tally.get(Column::BreakMs), tally.get(Column::ExtraMs)), (3_600_000, 0));
    assert_eq!((tally.get(Column::Stops), tally.get(Column::Failures)), (1, 1));
    example.is_printed_as(&tally);
}

#[test]
fn a_shift_at_half_its_speed() {
    let (example, tally) = plain("nakajima");
    example.is_printed_as(&tally);
}

#[test]
fn a_machine_with_three_pieces_a_second() {
    let (example, tally) = plain("sysoee");
    example.is_printed_as(&tally);
}

#[test]
fn eight_days_of_a_machine() {
    let example = example("reliamag");
    let run = &example.runs[0];
    // Each day 66,600 s planned: 56,250 s run, 10,350 s failed; 1,650 pieces, 82.5 rejects: 82 and 83 in turn.
    let (planned, stop) = (example.ppt_s / example.days, example.stop_s / example.days);
    let mut stretches = vec![stand(NIGHT_S, STOPPED)];
    for day in 0..example.days {
        let reject = (run.total - run.good) * (day + 1) / example.days - (run.total - run.good) * day / example.days;
        stretches.push(example.run(planned - stop, run.total / example.days, reject));
        stretches.push(stand(stop, FAULT));
        stretches.push(stand(24 * 3_600 - planned, STOPPED));
    }
    let tally = example.fold(&stretches, 30, shift(planned, 0), &[]);
    assert_eq!(tally.get(Column::Failures), example.days);
    example.is_printed_as(&tally);
}

#[test]
fn two_periods_are_added_and_not_averaged() {
    let mut sum = Tally::default();
    for id in ["rollup-1", "rollup-2"] {
        let example = example(id);
        let run = &example.runs[0];
        // Waiting is no minor stop however short.
        let stretches = [
            example.run(example.ppt_s - example.stop_s, run.total, run.total - run.good),
            stand(example.stop_s, WAITING),
        ];
        let tally = example.fold(&stretches, POLL_S, no_shifts(), &[]);
        example.is_printed_as(&tally);
        sum.merge(&tally);
    }
    // (80 + 135) x 1 s / 400 s; the mean of 0.8 and 0.45 is 0.625, and wrong.
    assert_eq!(Kpis::of(&sum).oee, Some(0.5375));
}

#[test]
fn two_products_weigh_in_quality_by_their_earned_time() {
    let example = example("mix");
    let (one, other) = (&example.runs[0], &example.runs[1]);
    let stretches = [
        stand(NIGHT_S, STOPPED),
        example.run(12_500, one.total, one.total - one.good),
        stand(example.stop_s, SETUP),
        example.run(7_500, other.total, other.total - other.good),
        stand(3_600, STOPPED),
    ];
    let changed = NIGHT_S + 12_500 + 2_000;
    let tally = example.fold(
        &stretches,
        POLL_S,
        shift(example.ppt_s, 0),
        &[(0, "P0"), (changed, "P1")],
    );
    assert_eq!(tally.get(Column::SetupMs), example.stop_s * 1000);
    example.is_printed_as(&tally);
    let kpis = Kpis::of(&tally);
    assert_eq!(
        kpis.good_ratio,
        Some(1_000.0 / 1_100.0),
        "in pieces; it would give 0.606"
    );
}
