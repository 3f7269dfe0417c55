//! Reports of a hand-made day: in three languages to the letter, as CSV to the last sum, and where there is little to tell.
#![allow(clippy::unwrap_used)]

#[path = "support/report_day.rs"]
mod day;

use day::{PACK, PRESS_1, SIX, known, parsed, plan, roster, row, settings};
use gemba::model::entry::{Entry, Says, Source};
use gemba::model::fact::{Body, Fact};
use gemba::model::ids::MachineId;
use gemba::model::line::LineSetting;
use gemba::model::settings::{RejectSource, Setting};
use gemba::model::state::Class;
use gemba::model::tally::Column;
use gemba::model::time::{HOUR_MS, MINUTE_MS};
use gemba::oee::indicators::{Kpi, Missing};
use gemba::oee::plan::Plan;
use gemba::report::form::width;
use gemba::report::gather::{self, Known, Whose};
use gemba::report::stretch::Kind;
use gemba::report::words::Lang;
use gemba::report::{csv, text};
use std::collections::BTreeMap;

const SHIFT: &str = "2026-11-21.1";

fn of_shift(change: impl FnOnce(&mut Known), whose: &Whose, lang: Lang) -> String {
    let (plan, roster) = (plan(settings()), roster());
    let mut known = known(&plan, &roster, Kind::Shift, SHIFT);
    change(&mut known);
    text::write(&gather::report(&known, whose), lang)
}

// The arithmetic of press-01, in minutes: A 375 / 440 = 85.2 %, E 360 / 375 = 96.0 %, Q 342 / 360 = 95.0 %, OEE 342 / 440 =
// 77.7 %; bridged (342 + 7.6) / (440 + 10) = 77.7 %; NEE (375 + 20) / 440 x 0.96 x 0.95 = 81.9 %; coverage 440 / 450 = 97.8 %.
// Plan: 450 min of net planned time / 12 s x 0.75 = 1,687.5; (1,710 + 38) / 1,687.5 = 103.6 %. Order: 1,000 before and 1,710 +
// 38 + 4 now, 2,752 of 5,000 = 55.0 %. MTBF 375 / 2 = 187.5 min; MTTR 30 / 2 = 15 min. UPPH (1,710 + 38) / 12 = 145.7. Energy
// 26,220 / (1,710 + 38) = 15.0 Wh. Cycles: mean
// 24.6 s; six in eight are of 24 s, whose bucket has the middle 24.1. Speed loss 375 - 15 - 360 = 0.
#[test]
fn the_report_of_a_shift_reads_so_in_three_languages() {
    for lang in Lang::ALL {
        let text = of_shift(|_| {}, &Whose::Plant, lang);
        let longest = text.lines().map(width).max();
        assert!(longest <= Some(100), "{longest:?} columns in {}: {text}", lang.code());
        let text = text.replace(env!("CARGO_PKG_VERSION"), "VERSION");
        insta::assert_snapshot!(format!("shift_{}", lang.code()), text);
    }
}

#[test]
fn one_machine_or_one_line_is_told_alone() {
    let machine = of_shift(|_| {}, &Whose::Machine(PACK), Lang::En);
    assert!(
        machine.contains("Machine: pack-01") && !machine.contains("press-01"),
        "{machine}"
    );
    // 12,012 x 3 s / 420 min = 143.0 %: flagged, never capped; the standard gives the speed loss its sign.
    assert!(machine.contains("Performance 143.0%"), "{machine}");
    assert!(machine.contains("the standard cycle is too long?"), "{machine}");
    assert!(machine.contains("-3:01"), "-180.6 min: {machine}");
    let line = of_shift(|_| {}, &Whose::Line("moulding".into()), Lang::En);
    assert!(
        line.contains("Production line: moulding") && !line.contains("Whole plant"),
        "{line}"
    );
    assert!(
        line.contains("press-01") && line.contains("press-02") && !line.contains("pack-01"),
        "{line}"
    );
}

#[test]
fn a_machine_without_a_standard_has_no_performance_and_says_why() {
    let text = of_shift(|_| {}, &Whose::Machine(gemba::model::ids::MachineId(1)), Lang::En);
    assert!(text.contains("OEE –"), "{text}");
    assert!(
        text.contains("OEE, Performance, Quality, Bridged OEE, NEE: no standard cycle"),
        "{text}"
    );
    assert!(
        text.contains("no OEE target, or planned time without a standard cycle"),
        "{text}"
    );
    assert!(text.contains("Availability 100.0%"), "{text}");
}

#[test]
fn a_machine_with_more_rejects_than_pieces_is_named_and_leaves_no_oee_that_could_be_wrong() {
    let exceed = |known: &mut Known| {
        let row = known.rows.iter_mut().find(|row| row.machine == PRESS_1);
        // Of 1,800 pieces 18 rejects may be late: 1 in 100.
        row.unwrap().sums.tally.add(Column::ExcessReject, 19);
    };
    let text = of_shift(exceed, &Whose::Plant, Lang::En);
    assert!(
        text.contains("! more rejects or good pieces than pieces in all on: press-01"),
        "{text}"
    );
    let press = of_shift(exceed, &Whose::Machine(PRESS_1), Lang::En);
    assert!(
        press.contains("OEE –") && press.contains("Performance 96.0%"),
        "{press}"
    );
    assert!(press.contains(": more rejects or good pieces than pieces"), "{press}");
    let pack = of_shift(exceed, &Whose::Machine(PACK), Lang::En);
    assert!(!pack.contains("more rejects or good pieces"), "{pack}");
}

#[test]
fn a_machine_whose_rejects_nobody_counts_has_no_oee_also_where_it_made_nothing() {
    let mut settings = settings();
    for setting in &mut settings {
        if let Setting::Machine(PACK, machine) = setting {
            machine.reject_source = RejectSource::None;
        }
    }
    let (plan, roster) = (plan(settings), roster());
    let mut known = known(&plan, &roster, Kind::Shift, SHIFT);
    let stood = [(Class::Unexplained, 450), (Class::Break, 30)];
    known.rows[2] = row(PACK, "packing", ("", ""), &stood, &[]);
    for whose in [Whose::Machine(PACK), Whose::Plant] {
        let report = gather::report(&known, &whose);
        let text = text::write(&report, Lang::En);
        assert!(text.contains("OEE –"), "{text}");
        assert!(text.contains(": rejects are not counted"), "{text}");
        let whole = &parsed(&csv::write(&report))[0];
        assert_eq!(
            (whole["oee"].as_str(), whole["attainment"].as_str()),
            ("", ""),
            "{whole:?}"
        );
        // Nothing of 450 min of planned time was run: that is known all the same.
        let availability: f64 = whole["availability"].parse().unwrap();
        assert_eq!(availability == 0.0, matches!(whose, Whose::Machine(_)), "{whole:?}");
    }
}

#[test]
fn a_product_has_its_oee_where_the_rejects_of_the_machines_that_made_it_are_counted() {
    let mut settings = settings();
    for setting in &mut settings {
        if let Setting::Machine(PACK, machine) = setting {
            machine.reject_source = RejectSource::None;
        }
    }
    let (plan, roster) = (plan(settings), roster());
    let known = known(&plan, &roster, Kind::Shift, SHIFT);
    let report = gather::report(&known, &Whose::Plant);
    let plant = &report.scopes[0];
    assert_eq!(plant.figures(&report.policy).basis.get(Kpi::Oee), Err(Missing::Rejects));
    let of = |product: &str| {
        let (_, merged) = plant.products.iter().find(|(id, _)| **id == *product).unwrap();
        plant.figures_of(&report.policy, merged).basis.get(Kpi::Oee)
    };
    assert_eq!(of("VT-2077"), Ok(342.0 / 440.0), "the first press alone made it");
    assert_eq!(of(""), Err(Missing::Rejects), "press-02 and pack-01");
}

#[test]
fn ratios_are_marked_when_little_of_the_time_is_known_and_left_out_when_less_than_half_is() {
    let unknown = |minutes: i64| {
        of_shift(
            |known| {
                let tally = &mut known.rows[0].sums.tally;
                for (column, sign) in [
                    (Column::RunningMs, -1),
                    (Column::PbtMs, -1),
                    (Column::AptMs, -1),
                    (Column::UnknownMs, 1),
                ] {
                    tally.add(column, sign * minutes * MINUTE_MS);
                }
            },
            &Whose::Machine(PRESS_1),
            Lang::En,
        )
    };
    // (440 - 60) / 450 = 84.4 %; (440 - 240) / 450 = 44.4 %.
    let some = unknown(60);
    assert!(
        some.contains("OEE ~90.0%") && some.contains("Data coverage ~84.4%"),
        "342 / 380: {some}"
    );
    let most = unknown(240);
    assert!(
        most.contains("OEE –") && most.contains("less than half of planned time is known"),
        "{most}"
    );
    assert!(most.contains("Data coverage 44.4%"), "{most}");
    assert!(most.contains("Good 1,748"), "pieces stand: {most}");
}

/// A person puts the first press in service, or takes it out, so many minutes after six.
fn say_service(plan: &mut Plan, minute: i64, on: bool) {
    say(
        plan,
        &format!("service at {minute}"),
        (PRESS_1, minute),
        Says::Service { on },
    );
}

/// A person says something of a machine, so many minutes after six.
fn say(plan: &mut Plan, key: &str, (machine, minute): (MachineId, i64), says: Says) {
    let at = SIX.plus(minute * MINUTE_MS);
    let entry = Entry {
        key: key.into(),
        says,
        source: Source::Manual,
        late: false,
    };
    plan.apply(&Fact {
        at,
        received_at: at,
        mono_ms: 0,
        epoch: 0,
        machine: Some(machine),
        author: "test".into(),
        body: Body::Entry(entry),
    });
}

#[test]
fn quality_is_told_to_be_provisional_until_the_shift_of_a_machine_whose_rejects_people_enter_is_closed() {
    let mut settings = settings();
    for setting in &mut settings {
        if let Setting::Machine(PRESS_1, machine) = setting {
            machine.reject_source = RejectSource::Manual;
        }
    }
    let (mut plan, roster) = (plan(settings), roster());
    let told = |plan: &Plan| {
        let report = gather::report(&known(plan, &roster, Kind::Shift, SHIFT), &Whose::Plant);
        let rows = parsed(&csv::write(&report));
        let of = |id: &str| rows.iter().find(|row| row["id"] == id).unwrap()["provisional"].clone();
        let text = text::write(&report, Lang::En);
        (
            of("press-01"),
            of("press-02"),
            of("pack-01"),
            text.contains("provisional until the shift is closed"),
        )
    };
    let is = |first: &str, pack: &str, noted| (first.into(), "0".into(), pack.into(), noted);
    assert_eq!(told(&plan), is("1", "1", true));
    let close = || Says::Close { shift: SHIFT.into() };
    say(&mut plan, "first", (PRESS_1, 480), close());
    assert_eq!(
        told(&plan),
        is("0", "1", true),
        "people enter the rejects of packing too"
    );
    say(&mut plan, "pack", (PACK, 480), close());
    assert_eq!(told(&plan), is("0", "0", false));
}

#[test]
fn what_counters_did_before_a_machine_was_in_service_is_in_no_report() {
    let of = |service_min: i64| {
        let mut plan = plan(settings());
        for (minute, on) in [(-60, false), (service_min, true)] {
            say_service(&mut plan, minute, on);
        }
        let roster = roster();
        let known = known(&plan, &roster, Kind::Shift, SHIFT);
        let report = gather::report(&known, &Whose::Machine(PRESS_1));
        let counters = report.scopes[0].counters;
        (counters.held, counters.held_pieces, counters.resets)
    };
    // An increase of 5,000 is held at 07:40; a counter began again at 08:22.
    assert_eq!([of(30), of(120), of(200)], [(1, 5_000, 1), (0, 0, 1), (0, 0, 0)]);
}

#[test]
fn a_machine_taken_out_of_service_is_final_when_its_last_time_in_service_is_sealed() {
    let open = |sealed_min: i64, back_min: Option<i64>| {
        let mut plan = plan(settings());
        let words = [(120, false)].into_iter().chain(back_min.map(|minute| (minute, true)));
        words.for_each(|(minute, on)| say_service(&mut plan, minute, on));
        let roster = roster();
        let mut known = known(&plan, &roster, Kind::Shift, SHIFT);
        known.sealed_until.insert(PRESS_1, SIX.plus(sealed_min * MINUTE_MS));
        let report = gather::report(&known, &Whose::Machine(PRESS_1));
        report.scopes[0].open.len()
    };
    assert_eq!([open(119, None), open(120, None)], [1, 0], "08:00");
    assert_eq!(
        [open(120, Some(470)), open(480, Some(470))],
        [1, 0],
        "put in again at 13:50, until 14:00"
    );
    assert_eq!(open(120, Some(480)), 0, "the next shift is none of this report's");
}

#[test]
fn a_serial_line_has_the_time_of_its_bottleneck_alone() {
    let mut settings = settings();
    let serial = LineSetting::Serial {
        bottleneck: PRESS_1,
        output: gemba::model::ids::MachineId(1),
    };
    settings.push(Setting::Line("moulding".into(), serial));
    let (plan, roster) = (plan(settings), roster());
    let mut known = known(&plan, &roster, Kind::Shift, SHIFT);
    // Pieces meet in one product and order.
    known.rows[1].key = known.rows[0].key.clone();
    let report = gather::report(&known, &Whose::Line("moulding".into()));
    let line = &report.scopes[0];
    let get = |column| line.merged.sums.tally.get(column);
    assert_eq!(
        (get(Column::Good), get(Column::Reject), get(Column::PbtMs)),
        (871, 90, 440 * MINUTE_MS)
    ); // 890 x 1,800 / 1,840, what the press made in known time; 80 + 10
    assert_eq!((get(Column::GapGood), get(Column::KnownMs)), (19, 440 * MINUTE_MS));
    assert_eq!(line.calendar_ms, 8 * HOUR_MS);
    assert_eq!(line.plan, Some((1_687.5, 1_687.5)), "that of the bottleneck");
}

#[test]
fn the_csv_has_every_sum_and_its_parts_add_up_to_the_whole() {
    let (plan, roster) = (plan(settings()), roster());
    let mut known = known(&plan, &roster, Kind::Shift, SHIFT);
    let mut other = day::press_1();
    other.key.order = "A-101, \"rush\"".into();
    known.rows.push(other);
    let rows = parsed(&csv::write(&gather::report(&known, &Whose::Plant)));
    let mut places = 0;
    for total in rows.iter().filter(|row| row["part"] == "total") {
        places += 1;
        let of_place = |row: &&BTreeMap<String, String>| {
            row["part"] == "product_order" && (&row["scope"], &row["id"]) == (&total["scope"], &total["id"])
        };
        for (_, column) in Column::ALL {
            let parts: i64 = rows
                .iter()
                .filter(of_place)
                .map(|row| row[column].parse::<i64>().unwrap())
                .sum();
            assert_eq!(parts.to_string(), total[column], "{column} of {}", total["id"]);
        }
    }
    assert_eq!(places, 6, "the plant, two lines, three machines");
    let press = rows
        .iter()
        .find(|row| row["id"] == "press-01" && row["order"] == "A-100")
        .unwrap();
    assert_eq!((press["total"].as_str(), press["good"].as_str()), ("1800", "1710"));
    assert_eq!((press["oee"].as_str(), press["shown"].as_str()), ("0.777273", "full")); // 342 / 440
    assert_eq!(
        (press["quantity"].as_str(), press["delivered"].as_str()),
        ("5000", "2752")
    );
    assert_eq!(press["start"], "2026-11-20T23:00:00Z");
    assert!(rows.iter().any(|row| row["order"] == "A-101, \"rush\""), "quoted");
    let second = rows.iter().find(|row| row["id"] == "press-02").unwrap();
    assert_eq!(
        (second["oee"].as_str(), second["availability"].as_str()),
        ("", "1.000000")
    );
}

#[test]
fn a_report_tells_the_engines_that_worked_its_tallies_out() {
    let head = |engines: &[&[u32]], lang| {
        let change = |known: &mut Known| {
            for (row, engines) in known.rows.iter_mut().zip(engines) {
                row.engines = engines.to_vec();
            }
        };
        let text = of_shift(change, &Whose::Machine(PRESS_1), lang);
        text.lines().nth(2).unwrap().to_owned()
    };
    assert!(
        head(&[&[6]], Lang::En).contains(", engine 6; "),
        "{}",
        head(&[&[6]], Lang::En)
    );
    let mixed = head(&[&[6, 7]], Lang::En);
    assert!(mixed.contains(", engine 6, 7; "), "{mixed}");
    let unknown = head(&[&[0, 7]], Lang::Vi);
    assert!(unknown.contains(", bộ tính không rõ, 7; "), "{unknown}");
    let (plan, roster) = (plan(settings()), roster());
    let mut known = known(&plan, &roster, Kind::Shift, SHIFT);
    known.rows[0].engines = vec![6, 7];
    let rows = parsed(&csv::write(&gather::report(&known, &Whose::Plant)));
    let engine = |id: &str| rows.iter().find(|row| row["id"] == id).unwrap()["engine"].clone();
    assert_eq!((&*engine("press-01"), &*engine("press-02")), ("mixed", "7"));
}
