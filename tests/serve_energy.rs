//! Energy of meters over HTTP: split among the machines that share one, the same on the wall and in roll-ups, and told for a piece
//! only where a meter told it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "helpers of tests fail their test"
)]

#[path = "support/store_fixture.rs"]
mod fixture;
#[path = "support/web.rs"]
mod web;

use fixture::{T0, open, sealed, tally};
use gemba::model::calendar::CalendarSetting;
use gemba::model::fact::{Body, Fact};
use gemba::model::ids::MachineId;
use gemba::model::settings::{Change, MachineSetting, Meter, RejectSource, Setting};
use gemba::model::tally::{Column, Sums, TallyRow};
use gemba::model::time::{DAY_MS, MINUTE_MS, Period, Timestamp};
use gemba::oee::plan::Plan;
use gemba::oee::rollup::{By, Kinds, Over};
use gemba::serve::{Rolling, books_in};
use jiff::civil::date;
use jiff::tz::TimeZone;
use serde_json::{Value as Json, json};
use std::path::Path;
use std::sync::Arc;
use web::Site;

/// A setting that holds from a day before the tallies on.
fn told(setting: Setting) -> Fact {
    let machine = if let Setting::Machine(id, _) = &setting {
        Some(*id)
    } else {
        None
    };
    Fact {
        at: Timestamp(T0).plus(-DAY_MS),
        received_at: Timestamp(T0),
        mono_ms: 0,
        epoch: 0,
        machine,
        author: "config".into(),
        body: Body::Setting(Change::new(setting)),
    }
}

/// Two machines in a zone whose meter is read for the first one.
fn plan(timezone: &str) -> Plan {
    let machine = |meter| MachineSetting {
        line: "L1".into(),
        reject_source: RejectSource::Counter,
        meter,
        ..MachineSetting::default()
    };
    let meter = Meter {
        milli_wh: 1_000,
        max_w: 100_000,
        shared_with: vec![MachineId(1)],
    };
    let calendar = CalendarSetting {
        timezone: timezone.into(),
        ..CalendarSetting::default()
    };
    let mut plan = Plan::default();
    for setting in [
        Setting::Calendar(calendar),
        Setting::Machine(MachineId(0), machine(Some(Box::new(meter)))),
        Setting::Machine(MachineId(1), machine(None)),
    ] {
        plan.apply(&told(setting));
    }
    plan
}

/// A minute in which 2 of 2 pieces are good and the machine runs; 100 Wh are read for the first machine.
fn minute(machine: u32, minute: i64) -> TallyRow {
    let mut row = tally(machine, minute, "A", 2);
    for (column, amount) in [
        (Column::Total, -1),
        (Column::Judged, 2),
        (Column::PbtMs, MINUTE_MS),
        (Column::AptMs, MINUTE_MS),
        (Column::PlannedMs, MINUTE_MS),
        (Column::KnownMs, MINUTE_MS),
    ] {
        row.tally.add(column, amount);
    }
    if machine == 0 {
        row.tally.add(Column::Wh, 100);
        row.tally.add(Column::MeteredMs, MINUTE_MS);
    }
    row
}

/// The first machine runs for 150 minutes, the second for the first 30 of them.
fn two_machines(folder: &Path, change: impl Fn(&mut TallyRow)) {
    let mut open = open(folder);
    for (machine, minutes) in [(0, 150), (1, 30)] {
        let mut rows: Vec<TallyRow> = (0..minutes).map(|number| minute(machine, number)).collect();
        rows.iter_mut().for_each(&change);
        open.seal(vec![sealed(machine, None, rows, vec![])]);
    }
    open.stop();
}

/// Watt hours of each row of a roll-up.
fn energy(folder: &Path, timezone: &str, (over, by): (Over, By), machine: Option<u32>) -> Vec<i64> {
    let asked = Rolling {
        over,
        by,
        first: date(2026, 11, 21),
        last: date(2026, 11, 21),
        kinds: Kinds::default(),
        plan: Arc::new(plan(timezone)),
        machine: machine.map(MachineId),
        line: None,
    };
    let groups = (books_in(folder.to_owned()).rolled)(asked).unwrap().groups;
    let wh = groups.values().map(|merged| merged.sums.tally.get(Column::Wh));
    wh.collect()
}

#[test]
fn energy_of_a_shared_meter_is_split_by_run_time_whether_all_or_one_of_its_machines_are_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    two_machines(folder.path(), |_| {});
    let wh = |over: &Over, by, machine| energy(folder.path(), "UTC", (over.clone(), by), machine);
    // 15,000 Wh in the shift, by 150 and 30 minutes.
    for over in [Over::Shifts, Over::Days, Over::Months] {
        assert_eq!(wh(&over, By::Machine, None), [12_500, 2_500]);
        assert_eq!(wh(&over, By::Machine, Some(1)), [2_500]);
        assert_eq!(wh(&over, By::Plant, None), [15_000]);
    }
    // 6,000 Wh in the first hour, by 60 and 30 minutes; then the first machine ran alone.
    let hours = Over::Hours(TimeZone::UTC);
    assert_eq!(wh(&hours, By::Machine, None), [4_000, 2_000, 6_000, 3_000]);
    assert_eq!(wh(&hours, By::Machine, Some(1)), [2_000]);
    assert_eq!(wh(&hours, By::Line, None), [6_000, 6_000, 3_000]);
}

#[test]
fn hours_are_those_of_the_plants_clock_also_where_energy_is_split() {
    let folder = tempfile::tempdir().unwrap();
    // Nothing runs in the second half hour.
    two_machines(folder.path(), |row| {
        if (30..60).contains(&((row.period.start.0 - T0) / MINUTE_MS)) {
            row.tally.add(Column::RunningMs, -MINUTE_MS);
        }
    });
    let zone = TimeZone::get("Asia/Kolkata").unwrap();
    // 06:00 UTC is 11:30 there: 3,000 Wh up to 12:00 by 30 and 30 minutes, then 6,000 an hour and the rest of the first machine.
    let wh = energy(folder.path(), "Asia/Kolkata", (Over::Hours(zone), By::Machine), None);
    assert_eq!(wh, [1_500, 1_500, 6_000, 6_000]);
}

/// A plant with these two machines at the end of their 150 minutes, in a shift that began with them.
async fn site(folder: &Path, change: impl Fn(&mut TallyRow) + Copy + Send + 'static) -> Site {
    let path = folder.to_owned();
    tokio::task::spawn_blocking(move || two_machines(&path, change))
        .await
        .unwrap();
    let site = Site::reading(Arc::new(|_, _| Ok(None)), books_in(folder.to_owned())).await;
    site.plan.send_modify(|told| *told = Arc::new(plan("UTC")));
    let end = Timestamp(T0).plus(150 * MINUTE_MS);
    site.change(|live| {
        live.at = end;
        live.machines.push(live.machines[0].clone());
        let names = [(0, "press-01", 150), (1, "press-02", 30)];
        for (machine, (number, id, minutes)) in live.machines.iter_mut().zip(names) {
            (machine.machine, machine.id) = (MachineId(number), id.into());
            let mut sums = Sums::default();
            for number in 0..minutes {
                let mut row = minute(machine.machine.0, number);
                change(&mut row);
                sums.give(&row);
            }
            machine.tally = sums.tally;
            machine.covers = Period::new(Timestamp(T0), Timestamp(T0).plus(8 * 60 * MINUTE_MS));
        }
    });
    site
}

async fn rows(site: &Site, query: &str) -> Vec<Json> {
    let answer = site.json(&format!("/api/v1/rollups?{query}&from=2026-11-21")).await;
    answer["rows"].as_array().unwrap().clone()
}

#[tokio::test]
async fn the_wall_and_a_roll_up_of_the_shift_tell_the_same_energy_and_that_it_is_a_share() {
    let folder = tempfile::tempdir().unwrap();
    let site = site(folder.path(), |_| {}).await;
    let wall = site.json("/api/v1/wall").await;
    let shifts = rows(&site, "by=shift&of=machine").await;
    // 12,500 Wh / 300 good pieces and 2,500 / 60.
    for (place, (wh, of_piece)) in [(12_500, 12_500.0 / 300.0), (2_500, 2_500.0 / 60.0)]
        .into_iter()
        .enumerate()
    {
        let (shown, row) = (&wall["machines"][place], &shifts[place]);
        assert_eq!((&shown["sums"]["wh"], &row["sums"]["wh"]), (&json!(wh), &json!(wh)));
        assert_eq!(shown["kpi"]["wh_per_good"], row["kpis"]["wh_per_good"]);
        assert!(
            (row["kpis"]["wh_per_good"].as_f64().unwrap() - of_piece).abs() < 1e-9,
            "{row}"
        );
        assert_eq!(
            (&shown["energy_is_share"], &row["energy_is_share"]),
            (&json!(true), &json!(true))
        );
    }
}

#[tokio::test]
async fn energy_that_no_meter_told_is_not_that_of_the_pieces() {
    let folder = tempfile::tempdir().unwrap();
    // The meter is silent from minute 120 on: 120 of 150 minutes are not 19 of 20.
    let silent = |row: &mut TallyRow| {
        if row.period.start >= Timestamp(T0).plus(120 * MINUTE_MS) {
            row.tally.add(Column::Wh, -row.tally.get(Column::Wh));
            row.tally.add(Column::MeteredMs, -row.tally.get(Column::MeteredMs));
        }
    };
    let site = site(folder.path(), silent).await;
    let wall = site.json("/api/v1/wall").await;
    let cause = json!("no meter told all of the energy");
    for row in rows(&site, "by=day&of=machine")
        .await
        .iter()
        .chain(&rows(&site, "by=day&of=plant").await)
    {
        assert_eq!(row["kpis"]["wh_per_good"], Json::Null, "{row}");
        assert_eq!(row["why"]["wh_per_good"], cause);
    }
    assert_eq!(wall["machines"][1]["why"]["wh_per_good"], cause);
    // The first two hours are told whole.
    let hours = rows(&site, "by=hour&of=plant").await;
    let of_piece = |hour: usize| hours[hour]["kpis"]["wh_per_good"].as_f64();
    assert_eq!(of_piece(0), Some(6_000.0 / 180.0), "(60 + 30) x 2 pieces");
    assert_eq!((of_piece(1), of_piece(2)), (Some(50.0), None), "6,000 / 120");
}
