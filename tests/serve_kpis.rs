//! The KPIs in every answer: all of them, beside their policy and their coverage, and a serial line as one.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "helpers of tests fail their test"
)]

#[path = "support/web.rs"]
mod web;

use gemba::model::detail::Detail;
use gemba::model::entry::{Entry, Says, Source};
use gemba::model::fact::{Body, Fact};
use gemba::model::ids::MachineId;
use gemba::model::line::LineSetting;
use gemba::model::settings::{Change, MachineSetting, PolicySetting, RejectSource, Setting};
use gemba::model::tally::{Column, Tally, TallyKey, TallyRow};
use gemba::model::time::Period;
use gemba::oee::indicators::Kpi;
use serde_json::{Value as Json, json};
use std::sync::Arc;
use web::{Site, client, two_hours};

#[tokio::test]
async fn the_wall_gives_the_whole_table_of_kpis_and_the_cause_of_each_that_is_undefined() {
    let site = Site::without_stops().await;
    site.change(|live| {
        let press = &mut live.machines[0];
        for (column, amount) in [
            // 20 of the 120 minutes become 24: 4 min of changeover beside the breakdown.
            (Column::SetupMs, 240_000),
            (Column::PbtMs, 240_000),
            (Column::Failures, 1),
            (Column::Repairs, 1),
            (Column::RepairMs, 1_200_000),
            (Column::ManMs, 14_400_000),
            (Column::Wh, 936),
            (Column::MeteredMs, 7_200_000),
        ] {
            press.tally.add(column, amount);
        }
        press.detail.cycles.add(12_000_000, 300);
        press.detail.cycles.add(14_000_000, 100);
    });
    let press = site.json("/api/v1/wall").await["machines"][0].clone();
    let table = press["kpi"].as_object().unwrap();
    assert_eq!(table.len(), Kpi::ALL.len());
    // In minutes: PBT 124, APT 100, AUST 4, ADET 20, AUPT 104, AUBT 124. Earned 80, good 78. 480 pieces, 468 of them good.
    for (name, expected) in [
        ("availability", 100.0 / 124.0),
        ("performance", 80.0 / 100.0),
        ("quality", 78.0 / 80.0),
        ("oee", 78.0 / 124.0),
        ("bridged_oee", 78.0 / 124.0),
        ("nee", 104.0 / 124.0 * 0.8 * 0.975),
        ("allocation_efficiency", 1.0),
        ("utilisation_efficiency", 100.0 / 124.0),
        ("technical_efficiency", 100.0 / 120.0),
        ("setup_ratio", 4.0 / 104.0),
        ("throughput_per_h", 480.0 / (124.0 / 60.0)),
        ("run_rate_per_h", 288.0),
        ("uph", 468.0 / (124.0 / 60.0)),
        ("upph", 117.0), // 468 / 4 man hours
        ("scrap_ratio", 0.025),
        ("rework_ratio", 0.0),
        ("first_run_ratio", 0.975),
        ("good_ratio", 0.975),
        ("defect_rate", 0.025),
        ("ppm", 25_000.0),
        ("process_good_ratio", 0.975),
        ("process_defect_rate", 0.025),
        ("process_ppm", 25_000.0),
        ("mean_cycle_s", 12.5),
        ("mtbf_s", 6_000.0),
        ("mttr_s", 1_200.0),
        ("coverage", 1.0),
        ("no_standard_share", 0.0),
        ("wh_per_good", 2.0),
    ] {
        let is = table[name].as_f64().unwrap_or_else(|| panic!("{name} is null"));
        assert!((is - expected).abs() < 1e-9, "{name}: {is}, not {expected}");
    }
    // 300 cycles of 12 s and 100 of 14 s; the sketch is at most 2 % off.
    for (name, expected) in [("median_cycle_s", 12.0), ("p10_cycle_s", 12.0), ("p90_cycle_s", 14.0)] {
        let is = table[name].as_f64().unwrap();
        assert!((is / expected - 1.0).abs() < 0.02, "{name}: {is}");
    }
    let cause = "the length of the production days was not given";
    assert_eq!(press["why"], json!({"teep": cause, "calendar_coverage": cause}));
}

#[tokio::test]
async fn the_wall_holds_no_pieces_against_people_who_were_told_of_half_of_the_shift() {
    let site = Site::without_stops().await;
    let shift = site.plan.borrow().slot(site.now).shift_period;
    let so_far_ms = site.now.since(shift.start);
    let middle = shift.start.plus(so_far_ms / 2);
    site.change(|live| {
        let press = &mut live.machines[0];
        press.covers = shift;
        press.tally.add(Column::PlannedMs, so_far_ms - 7_200_000);
        // Two people.
        press.tally.add(Column::ManMs, 2 * site.now.since(middle));
    });
    let tell = |at, body| {
        let fact = Fact {
            at,
            received_at: site.now,
            mono_ms: 0,
            epoch: 0,
            machine: Some(MachineId(4)),
            author: "boss".into(),
            body,
        };
        site.plan.send_modify(|plan| Arc::make_mut(plan).apply(&fact));
    };
    let press = Setting::Machine(MachineId(4), MachineSetting::default());
    tell(shift.start, Body::Setting(Change::new(press)));
    let two = |key: &str| {
        let (line, source) = ("".into(), Source::Manual);
        let says = Says::Headcount { milli: 2_000, line };
        let key = key.into();
        Body::Entry(Entry {
            key,
            source,
            late: false,
            says,
        })
    };
    tell(middle, two("boss/1"));
    let press = site.json("/api/v1/wall").await["machines"][0].clone();
    assert_eq!(press["kpi"]["upph"], Json::Null);
    assert_eq!(press["why"]["upph"], "the headcount of all of it was not told");
    tell(shift.start, two("boss/2"));
    assert!(site.json("/api/v1/wall").await["machines"][0]["kpi"]["upph"].is_f64());
}

#[tokio::test]
async fn every_ratio_stands_beside_its_policy_and_its_coverage() {
    let site = Site::without_stops().await;
    site.change(|live| {
        let press = &mut live.machines[0];
        // Ten minutes of minor stops, and 30 nothing is known of: 130 of 160 planned minutes are known.
        press.tally.add(Column::MinorStopMs, 600_000);
        press.tally.add(Column::UnknownMs, 1_800_000);
        press.policy = Arc::new(PolicySetting::shipped("iso-strict").unwrap());
    });
    let coverage = 130.0 / 160.0;
    let press = site.json("/api/v1/wall").await["machines"][0].clone();
    assert_eq!(
        (&press["policy"], &press["kpi"]["coverage"]),
        (&json!("iso-strict"), &json!(coverage))
    );
    // Minor stops are delay there: 100 of 130 min, and 80 earned of 100.
    assert_eq!(press["kpi"]["availability"], json!(100.0 / 130.0));
    assert_eq!(press["kpi"]["performance"], json!(0.8));
    let tile = site.json("/api/v1/snapshot").await["machines"][0]["ratios"].clone();
    assert_eq!(
        (&tile["policy"], &tile["coverage"]),
        (&json!("iso-strict"), &json!(coverage))
    );
    assert_eq!(tile["availability"], json!(100.0 / 130.0));
    let snapshot = site.json("/api/v1/snapshot").await;
    let plant = &snapshot["plant"]["ratios"];
    // Nobody told the plan of another one: run and minor stops, 110 of 130 min.
    assert_eq!(
        (&plant["policy"], &plant["coverage"]),
        (&json!("default"), &json!(coverage))
    );
    assert_eq!(plant["availability"], json!(110.0 / 130.0));
    let shift = site.json("/api/v1/machines/press-01/shift").await;
    assert_eq!((&shift["policy"], &shift["coverage"]), (&json!("default"), &Json::Null));
    assert_eq!(shift["tile"]["ratios"]["policy"], "iso-strict");
    let metrics = client()
        .get(site.url("/metrics"))
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    for kpi in ["oee", "coverage"] {
        let head = format!(r#"gemba_shift_kpi_ratio{{machine="press-01",kpi="{kpi}",policy="iso-strict"}}"#);
        assert!(
            metrics.lines().any(|line| line.starts_with(&head)),
            "{head} is not in\n{metrics}"
        );
    }
}

/// The tally of a machine on the line `moulding`, on its way to disk.
fn on_its_way(live: &mut gemba::model::live::MachineLive, tally: Tally) {
    let key = TallyKey {
        line: "moulding".into(),
        product: "VT-2077".into(),
        shift: "1".into(),
        shift_start: live.covers.start,
        ..TallyKey::default()
    };
    live.tally = tally;
    live.open.tallies = vec![TallyRow {
        machine: live.machine,
        period: Period::new(live.covers.start, live.covers.start.plus(60_000)),
        key: Arc::new(key),
        tally,
        detail: Detail::default(),
    }];
}

/// The press has made the one, and a packer beside it the other.
fn with_packer(site: &Site, pressed: Tally, packed: Tally) {
    site.change(|live| {
        let mut packer = live.machines[0].clone();
        (packer.machine, packer.id) = (MachineId(5), "pack-01".into());
        on_its_way(&mut packer, packed);
        on_its_way(&mut live.machines[0], pressed);
        live.machines.push(packer);
    });
}

/// What the press makes, the packer packs.
fn one_behind_the_other(site: &Site) {
    let kind = LineSetting::Serial {
        bottleneck: MachineId(4),
        output: MachineId(5),
    };
    site.tell(Setting::Line("moulding".into(), kind));
}

#[tokio::test]
async fn the_plant_counts_a_serial_line_once_at_its_output_machine() {
    let site = Site::without_stops().await;
    // Of the 468 good pieces of the press 460 came to the packer, who rejected 5.
    let mut packed = two_hours();
    for (column, amount) in [
        (Column::Total, 460 - 480),
        (Column::Judged, 460 - 480),
        (Column::Good, 455 - 468),
        (Column::Reject, 5 - 12),
    ] {
        packed.add(column, amount);
    }
    with_packer(&site, two_hours(), packed);
    let plant = site.json("/api/v1/snapshot").await["plant"].clone();
    // Side by side: 468 + 455 good of 480 + 460.
    assert_eq!((&plant["good"], &plant["made"]), (&json!(923), &json!(940)));
    one_behind_the_other(&site);
    site.change(|live| live.at = live.at.plus(1));
    let plant = site.json("/api/v1/snapshot").await["plant"].clone();
    // One behind the other: 455 good at the end, 12 + 5 rejects.
    assert_eq!((&plant["good"], &plant["made"]), (&json!(455), &json!(472)));
    assert_eq!((&plant["why"], &plant["machines"]), (&json!(null), &json!(2)));
    // 100 of 120 min of the press; 472 pieces of its 10 s in 6,000 s; 455 of them good.
    let ratio = |name: &str| plant["ratios"][name].as_f64().unwrap();
    for (name, expected) in [
        ("availability", 100.0 / 120.0),
        ("performance", 4_720.0 / 6_000.0),
        ("quality", 455.0 / 472.0),
        ("oee", 4_550.0 / 7_200.0),
        ("coverage", 1.0),
    ] {
        assert!((ratio(name) - expected).abs() < 1e-9, "{name}: {}", ratio(name));
    }
}

#[tokio::test]
async fn a_plant_tells_the_silence_of_the_output_machine_of_a_serial_line_as_coverage() {
    let site = Site::without_stops().await;
    one_behind_the_other(&site);
    // Silent for 30 of the 120 minutes; 360 of the 468 good pieces of the press were counted in the others.
    let mut packed = two_hours();
    for (column, amount) in [
        (Column::RunningMs, -1_800_000),
        (Column::UnknownMs, 1_800_000),
        (Column::PbtMs, -1_800_000),
        (Column::KnownMs, -1_800_000),
        (Column::Total, 360 - 480),
        (Column::Judged, 360 - 480),
        (Column::Good, 360 - 468),
        (Column::Reject, -12),
    ] {
        packed.add(column, amount);
    }
    with_packer(&site, two_hours(), packed);
    let ratios = site.json("/api/v1/snapshot").await["plant"]["ratios"].clone();
    // 360 pieces of 10 s in 90 of 120 minutes.
    assert_eq!(
        (&ratios["coverage"], &ratios["shown"]),
        (&json!(0.75), &json!("approx"))
    );
    assert!(
        (ratios["oee"].as_f64().unwrap() - 3_600.0 / 5_400.0).abs() < 1e-9,
        "{ratios}"
    );
}

#[tokio::test]
async fn a_plant_has_no_quality_and_no_oee_while_nobody_counts_the_rejects_of_one_machine() {
    let site = Site::without_stops().await;
    site.change(|live| {
        let mut oven = live.machines[0].clone();
        (oven.machine, oven.id, oven.reject_source) = (MachineId(5), "oven-01".into(), RejectSource::None);
        for (column, amount) in [(Column::Judged, -480), (Column::Good, -468), (Column::Reject, -12)] {
            oven.tally.add(column, amount);
        }
        oven.tally.add(Column::EarnedGoodNs, -4_680_000_000_000);
        live.machines.push(oven);
    });
    let plant = site.json("/api/v1/snapshot").await["plant"].clone();
    let ratios = &plant["ratios"];
    for name in ["oee", "quality", "defect_rate"] {
        assert_eq!(ratios[name], json!(null), "{name}: {plant}");
    }
    assert_eq!(
        (&plant["why"], &plant["lacking"], &plant["machines"]),
        (&json!("missing_rejects"), &json!(["oven-01"]), &json!(2))
    );
    // Both: 200 of 240 min; 960 pieces of 10 s in 12,000 s.
    assert_eq!(
        (&ratios["availability"], &ratios["performance"]),
        (&json!(200.0 / 240.0), &json!(0.8))
    );
    // 468 pieces are known to be good, and 480 + 480 were made.
    assert_eq!((&plant["good"], &plant["made"]), (&json!(468), &json!(960)));
    let why = site.json("/api/v1/wall").await["machines"][1]["why"]["oee"].clone();
    assert_eq!(why, "rejects are not counted on oven-01");
    // Nor does one that stands all the time leave them known.
    site.change(|live| {
        live.at = live.at.plus(1);
        let stood = &mut live.machines[1].tally;
        *stood = Tally::default();
        stood.add(Column::BreakdownMs, 7_200_000);
        stood.add(Column::PbtMs, 7_200_000);
    });
    let plant = site.json("/api/v1/snapshot").await["plant"].clone();
    assert_eq!(
        (&plant["ratios"]["oee"], &plant["lacking"]),
        (&json!(null), &json!(["oven-01"]))
    );
    assert_eq!(plant["ratios"]["availability"], json!(100.0 / 240.0));
}

#[tokio::test]
async fn more_rejects_on_a_line_than_its_output_name_its_machines_where_none_of_them_has_too_many_alone() {
    let site = Site::without_stops().await;
    one_behind_the_other(&site);
    // Four of 480 may be late; 4 + 4 of the 468 + 12 + 12 that came through are more than 1 in 100.
    let mut counted = two_hours();
    counted.add(Column::ExcessReject, 4);
    with_packer(&site, counted, counted);
    let snapshot = site.json("/api/v1/snapshot").await;
    assert!(snapshot["machines"][0]["ratios"]["oee"].is_f64(), "{snapshot}");
    let plant = &snapshot["plant"];
    assert_eq!(
        (&plant["why"], &plant["lacking"]),
        (&json!("missing_excess_reject"), &json!(["press-01", "pack-01"])),
        "{plant}"
    );
}

#[tokio::test]
async fn pieces_from_before_their_rejects_were_counted_are_taken_for_neither_good_nor_bad() {
    let site = Site::without_stops().await;
    site.change(|live| {
        // Of 480 pieces 100 were made while nobody counted rejects.
        for (column, amount) in [(Column::Judged, -100), (Column::Good, -100)] {
            live.machines[0].tally.add(column, amount);
        }
    });
    let snapshot = site.json("/api/v1/snapshot").await;
    let (tile, plant) = (&snapshot["machines"][0], &snapshot["plant"]);
    assert_eq!((&tile["good"], &tile["made"]), (&json!(null), &json!(480)));
    assert_eq!(
        (&tile["ratios"]["oee"], &plant["ratios"]["oee"]),
        (&json!(null), &json!(null))
    );
    assert_eq!(
        (&plant["why"], &plant["lacking"], &plant["good"]),
        (&json!("missing_judgement"), &json!(["press-01"]), &json!(0))
    );
}
