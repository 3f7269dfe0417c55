//! How long business days are, where the production day begins inside a shift: the same in roll-ups and reports.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail their test")]

#[path = "support/store_fixture.rs"]
mod fixture;
#[path = "support/web.rs"]
mod web;

use fixture::{T0, fact, open, sealed, tally};
use gemba::commands::report::{Kind, Options, make};
use gemba::model::calendar::{CalendarSetting, ShiftSetting};
use gemba::model::fact::{Body, Fact};
use gemba::model::ids::MachineId;
use gemba::model::settings::{Change, MachineSetting, RejectSource, Setting};
use gemba::model::tally::{Column, TallyRow};
use gemba::model::time::{DAY_MS, HOUR_MS, MINUTE_MS, Timestamp};
use gemba::report::csv;
use gemba::serve::books_in;
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use web::{Site, client};

/// 06:00 UTC of Saturday, 21 November 2026.
const SIX: i64 = T0;
/// Minutes from there to Monday, 23 November, 06:00.
const MONDAY_SIX: i64 = 2 * 24 * 60;

/// The production day begins at midnight; three shifts of eight hours from 06:00 on, but none in the night to Monday.
fn settings() -> Vec<Fact> {
    let shift = |id: &str, from_h: u32, to_h: u32, on_sunday| ShiftSetting {
        id: id.into(),
        name: id.into(),
        days: [true, true, true, true, true, true, on_sunday],
        from_min: from_h * 60,
        to_min: to_h * 60,
        breaks: vec![],
    };
    let calendar = CalendarSetting {
        timezone: "UTC".into(),
        shifts: vec![
            shift("1", 6, 14, true),
            shift("2", 14, 22, true),
            shift("3", 22, 6, false),
        ],
        ..CalendarSetting::default()
    };
    let press = MachineSetting {
        line: "L1".into(),
        reject_source: RejectSource::Counter,
        ..MachineSetting::default()
    };
    let told = |machine, setting| {
        let at = SIX - 10 * DAY_MS;
        fact(machine, at, at, Body::Setting(Change::new(setting)))
    };
    vec![
        told(None, Setting::Calendar(calendar)),
        told(Some(0), Setting::Machine(MachineId(0), press)),
    ]
}

/// Hours of a shift of Monday (or of the time before it), planned or not; four fifths of planned ones were earned.
fn hours((id, start_h): (&str, i64), hours: i64, is_planned: bool) -> TallyRow {
    let mut row = tally(0, MONDAY_SIX + start_h * 60, "A", 1);
    let ms = hours * HOUR_MS;
    let of_plan = |ms| if is_planned { ms } else { 0 };
    for (column, amount) in [
        (Column::SpanMs, ms - MINUTE_MS),
        (Column::RunningMs, of_plan(ms) - MINUTE_MS),
        (Column::NotScheduledMs, ms - of_plan(ms)),
        (Column::PbtMs, of_plan(ms)),
        (Column::AptMs, of_plan(ms)),
        (Column::PlannedMs, of_plan(ms)),
        (Column::KnownMs, of_plan(ms)),
        (Column::Judged, 2),
        (Column::Reject, 1),
        (Column::EarnedTotalNs, of_plan(ms) * 1_000_000),
        (Column::EarnedGoodNs, of_plan(ms) * 800_000),
    ] {
        row.tally.add(column, amount);
    }
    let key = Arc::make_mut(&mut row.key);
    key.shift = id.into();
    key.business_date = "2026-11-23".into();
    key.shift_start = Timestamp(SIX + MONDAY_SIX * MINUTE_MS + start_h * HOUR_MS);
    row
}

fn reported(folder: &Path) -> BTreeMap<String, String> {
    let asked = Options {
        kind: Kind::Day,
        of: Some("2026-11-23".to_owned()),
        machine: Some("press-01".to_owned()),
        line: None,
        csv: true,
        lang: None,
    };
    let report = make(folder, &asked, &|_| BTreeMap::new());
    let text = csv::write(&report.unwrap_or_else(|_| panic!("no report")));
    let mut lines = text.lines().map(|line| line.split(','));
    let heads = lines.next().unwrap().map(str::to_owned);
    heads.zip(lines.next().unwrap().map(str::to_owned)).collect()
}

#[tokio::test]
async fn a_monday_whose_night_shift_ends_on_tuesday_is_as_long_in_a_roll_up_as_in_a_report() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_owned();
    tokio::task::spawn_blocking(move || {
        let mut open = open(&path);
        open.facts(settings());
        let rows = vec![
            hours(("", -6), 6, false),
            hours(("1", 0), 8, true),
            hours(("2", 8), 8, true),
            hours(("3", 16), 8, true),
            // The data reaches to Wednesday.
            tally(0, MONDAY_SIX + 40 * 60, "A", 1),
        ];
        open.seal(vec![sealed(0, None, rows, vec![])]);
        open.stop();
    })
    .await
    .unwrap();
    let site = Site::reading(Arc::new(|_, _| Ok(None)), books_in(folder.path().to_owned())).await;
    site.plan.send_modify(|plan| {
        let plan = Arc::make_mut(plan);
        settings().iter().for_each(|fact| plan.apply(fact));
    });
    site.change(|live| live.at = Timestamp(SIX + 5 * DAY_MS));
    let url = site.url("/api/v1/rollups?by=day&of=machine&from=2026-11-23");
    let text = client().get(url).send().await.unwrap().text().await.unwrap();
    let rolled: Json = serde_json::from_str(&text).unwrap();
    let kpis = &rolled["rows"][0]["kpis"];
    let folder = folder.path().to_owned();
    let reported = tokio::task::spawn_blocking(move || reported(&folder)).await.unwrap();
    // 00:00 to 06:00 without a shift, and 24 h of shifts of which 80 % were earned: 0.8 x 24 h / 30 h, all of it told.
    for (name, expected) in [("oee", 0.8), ("teep", 0.64), ("calendar_coverage", 1.0)] {
        let of_roll_up = kpis[name].as_f64().unwrap();
        let of_report: f64 = reported[name].parse().unwrap();
        assert!(
            (of_roll_up - expected).abs() < 1e-9,
            "{name} of the roll-up: {of_roll_up}"
        );
        assert!((of_report - expected).abs() < 1e-6, "{name} of the report: {of_report}");
    }
}
