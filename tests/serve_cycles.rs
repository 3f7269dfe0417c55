//! Cycle times in roll-ups over HTTP: where they come from, and the ideal cycle they suggest where nobody said one.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail their test")]

#[path = "support/store_fixture.rs"]
mod fixture;
#[path = "support/web.rs"]
mod web;

use fixture::{T0, open, sealed, tally};
use gemba::model::calendar::CalendarSetting;
use gemba::model::fact::{Body, Fact, Role};
use gemba::model::ids::MachineId;
use gemba::model::settings::{Change, MachineSetting, Setting, SignalSetting};
use gemba::model::tally::{Column, TallyRow};
use gemba::model::time::{DAY_MS, Timestamp};
use gemba::serve::books_in;
use serde_json::{Value as Json, json};
use std::sync::Arc;
use web::{Site, client};

/// A minute of 15 pieces without a standard, three of them in 4 s and the others in 5 s.
fn minute(machine: u32, minute: i64, product: &str) -> TallyRow {
    let mut row = tally(machine, minute, product, 14);
    row.tally.add(Column::NoStandardPieces, 15);
    row.tally.add(Column::NoStandardMs, 60_000);
    row.tally.add(Column::Cycles, 15);
    row.tally.add(Column::CycleMs, 72_000);
    row.detail.cycles.add(4_000_000, 3);
    row.detail.cycles.add(5_000_000, 12);
    row
}

fn told(machine: Option<u32>, setting: Setting) -> Fact {
    Fact {
        at: Timestamp(T0),
        received_at: Timestamp(T0),
        mono_ms: 0,
        epoch: 0,
        machine: machine.map(MachineId),
        author: "config".into(),
        body: Body::Setting(Change::new(setting)),
    }
}

async fn rows(site: &Site, of: &str) -> Vec<Json> {
    let url = site.url(&format!("/api/v1/rollups?by=day&from=2026-11-21&of={of}"));
    let answer = client().get(url).send().await.unwrap();
    let body: Json = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
    body["rows"].as_array().unwrap().clone()
}

#[tokio::test]
async fn a_machine_and_product_without_a_standard_has_one_suggested_and_several_of_them_have_not() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_owned();
    tokio::task::spawn_blocking(move || {
        let mut open = open(&path);
        // 30 cycles of A, then of the second machine 30 of B and 15 of C.
        let first = vec![minute(0, 0, "A"), minute(0, 1, "A")];
        let second = vec![minute(1, 0, "B"), minute(1, 1, "B"), minute(1, 2, "C")];
        open.seal(vec![sealed(0, None, first, vec![]), sealed(1, None, second, vec![])]);
        open.stop();
    })
    .await
    .unwrap();
    let site = Site::reading(Arc::new(|_, _| Ok(None)), books_in(folder.path().to_owned())).await;
    let machine = |id: u32, cavities, roles: &[Role]| {
        let signal = |role: &Role| SignalSetting {
            role: *role,
            point: "p".into(),
            limit_ms: 30_000,
            counter: None,
            station: "".into(),
        };
        let setting = MachineSetting {
            line: "L1".into(),
            cavities,
            signals: roles.iter().map(signal).collect(),
            ..MachineSetting::default()
        };
        told(Some(id), Setting::Machine(MachineId(id), setting))
    };
    site.plan.send_modify(|plan| {
        let plan = Arc::make_mut(plan);
        let calendar = CalendarSetting {
            timezone: "UTC".into(),
            ..CalendarSetting::default()
        };
        plan.apply(&told(None, Setting::Calendar(calendar)));
        plan.apply(&machine(0, 1, &[Role::Total, Role::CycleTime]));
        // Two pieces with each cycle: its counter counts pieces.
        plan.apply(&machine(1, 2, &[Role::Total]));
    });
    let told = |rows: &[Json]| -> Vec<(Json, Json, Option<f64>)> {
        let of = |row: &Json| {
            let seconds = row["suggested_ideal_s"].as_f64().map(f64::round);
            (row["id"].clone(), row["cycle_source"].clone(), seconds)
        };
        rows.iter().map(of).collect()
    };
    assert_eq!(
        told(&rows(&site, "product").await),
        [
            // Rank 3 of 30.
            (json!("A"), json!("register"), Some(4.0)),
            (json!("B"), json!("pieces"), Some(8.0)),
            (json!("C"), json!("pieces"), None),
        ],
        "of B two pieces of 4 s; of C there are 15 cycles"
    );
    let machines = told(&rows(&site, "machine").await);
    assert_eq!(
        (machines[0].2, machines[1].2),
        (Some(4.0), None),
        "two products on the second"
    );
    assert_eq!(told(&rows(&site, "plant").await)[0].1, json!("mixed"));
}

#[tokio::test]
async fn a_count_of_another_number_of_pieces_leaves_the_cycles_of_the_days_before_as_they_were() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_owned();
    tokio::task::spawn_blocking(move || {
        let mut open = open(&path);
        let minutes = (0..10).map(|at| minute(0, at, "A")).collect();
        open.seal(vec![sealed(0, None, minutes, vec![])]);
        open.stop();
    })
    .await
    .unwrap();
    let site = Site::reading(Arc::new(|_, _| Ok(None)), books_in(folder.path().to_owned())).await;
    let counts = |days: i64, per_count| {
        let setting = MachineSetting {
            line: "L1".into(),
            per_count,
            ..MachineSetting::default()
        };
        let mut fact = told(Some(0), Setting::Machine(MachineId(0), setting));
        fact.at = Timestamp(T0).plus(days * DAY_MS);
        fact
    };
    site.plan.send_modify(|plan| {
        let plan = Arc::make_mut(plan);
        let calendar = CalendarSetting {
            timezone: "UTC".into(),
            ..CalendarSetting::default()
        };
        let mut calendar = told(None, Setting::Calendar(calendar));
        calendar.at = Timestamp(T0).plus(-DAY_MS);
        plan.apply(&calendar);
        plan.apply(&counts(-1, (1, 1)));
        plan.apply(&counts(2, (12, 1)));
    });
    site.change(|live| live.at = Timestamp(T0).plus(5 * DAY_MS));
    // 72 s for 15 pieces: 4.8 s each, and a count was a piece then.
    for to in ["2026-11-21", "2026-11-25"] {
        let rows = rows(&site, &format!("machine&to={to}")).await;
        assert_eq!(rows[0]["kpis"]["mean_cycle_s"].as_f64(), Some(4.8), "{rows:?}");
    }
}
