//! Roll-ups over HTTP say up to when they are final, and what they are mixed of.
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
use gemba::model::calendar::{CalendarSetting, ShiftSetting};
use gemba::model::entry::{Entry, Says, Source};
use gemba::model::fact::{Body, Fact};
use gemba::model::ids::MachineId;
use gemba::model::settings::{Change, MachineSetting, Setting};
use gemba::model::time::{DAY_MS, MINUTE_MS, Timestamp};
use gemba::serve::books_in;
use serde_json::{Value as Json, json};
use std::sync::Arc;
use web::Site;

fn fact(minute: i64, machine: Option<u32>, body: Body) -> Fact {
    let at = Timestamp(T0).plus(minute * MINUTE_MS);
    Fact {
        at,
        received_at: at,
        mono_ms: 0,
        epoch: 0,
        machine: machine.map(MachineId),
        author: "test".into(),
        body,
    }
}

fn setting(machine: Option<u32>, setting: Setting) -> Fact {
    fact(-24 * 60, machine, Body::Setting(Change::new(setting)))
}

/// A person puts a machine in service, or takes it out.
fn service(minute: i64, machine: u32, on: bool) -> Fact {
    let entry = Entry {
        key: format!("{machine} at {minute}").into(),
        says: Says::Service { on },
        source: Source::Manual,
        late: false,
    };
    fact(minute, Some(machine), Body::Entry(entry))
}

fn tell(site: &Site, facts: impl IntoIterator<Item = Fact>) {
    site.plan.send_modify(|plan| {
        let plan = Arc::make_mut(plan);
        facts.into_iter().for_each(|fact| plan.apply(&fact));
    });
}

/// `sealed_until` of each row.
async fn told(site: &Site, query: &str) -> Vec<Json> {
    let answer = site.json(&format!("/api/v1/rollups?{query}&from=2026-11-21")).await;
    let rows = answer["rows"].as_array().unwrap();
    rows.iter().map(|row| row["sealed_until"].clone()).collect()
}

#[tokio::test]
async fn a_row_is_final_when_all_its_machines_are_sealed_as_long_as_they_are_in_service_in_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_owned();
    tokio::task::spawn_blocking(move || {
        let mut open = open(&path);
        // Two machines, sealed for two hours and for one.
        for (machine, minutes) in [(0, 120), (1, 60)] {
            let rows = (0..minutes).map(|minute| tally(machine, minute, "A", 2)).collect();
            open.seal(vec![sealed(machine, None, rows, vec![])]);
        }
        open.stop();
    })
    .await
    .unwrap();
    let site = Site::reading(Arc::new(|_, _| Ok(None)), books_in(folder.path().to_owned())).await;
    let calendar = CalendarSetting {
        timezone: "UTC".into(),
        ..CalendarSetting::default()
    };
    let on_line = || MachineSetting {
        line: "L1".into(),
        ..MachineSetting::default()
    };
    let machine = |id| setting(Some(id), Setting::Machine(MachineId(id), on_line()));
    tell(
        &site,
        [setting(None, Setting::Calendar(calendar)), machine(0), machine(1)],
    );
    site.change(|live| live.at = Timestamp(T0).plus(2 * DAY_MS));
    let at = |minute: i64| json!(T0 + minute * MINUTE_MS);
    assert_eq!(told(&site, "by=day&of=machine").await, [at(120), at(60)]);
    assert_eq!(told(&site, "by=shift&of=machine").await, [at(120), at(60)]);
    assert_eq!(
        told(&site, "by=month&of=plant").await,
        [at(60)],
        "the one that is behind"
    );
    // The first hour is sealed of both; to the second the one that is behind may add yet, also to what it has not made before.
    for of in ["plant", "line", "product"] {
        let hours = told(&site, &format!("by=hour&of={of}")).await;
        assert_eq!(hours, [Json::Null, at(60)], "{of}");
    }
    site.change(|live| live.machines[0].machine = MachineId(0));
    let alone = told(&site, "by=hour&of=plant&machine=press-01").await;
    assert_eq!(alone, [Json::Null, Json::Null], "one machine is asked for");
    tell(&site, [service(60, 1, false)]);
    assert_eq!(told(&site, "by=day&of=machine").await, [at(120), Json::Null]);
    assert_eq!(told(&site, "by=day&of=plant").await, [at(120)]);
    tell(&site, [service(120, 0, false), service(36 * 60, 1, true)]);
    assert_eq!(
        told(&site, "by=day&of=plant").await,
        [Json::Null],
        "in service again the day after"
    );
    tell(&site, [service(180, 1, true)]);
    assert_eq!(
        told(&site, "by=day&of=plant").await,
        [at(60)],
        "for the rest of the day"
    );
}

#[tokio::test]
async fn a_row_lists_what_it_is_mixed_of_and_says_where_there_is_more() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_owned();
    tokio::task::spawn_blocking(move || {
        let mut open = open(&path);
        // 51 products on the first machine, two on the second.
        let many = (0..51).map(|minute| tally(0, minute, &format!("P{minute:02}"), 2));
        open.seal(vec![sealed(0, None, many.collect(), vec![])]);
        let two = (0..51).map(|minute| tally(1, minute, if minute < 20 { "A" } else { "B" }, 2));
        open.seal(vec![sealed(1, None, two.collect(), vec![])]);
        open.stop();
    })
    .await
    .unwrap();
    let site = Site::reading(Arc::new(|_, _| Ok(None)), books_in(folder.path().to_owned())).await;
    let day = site.json("/api/v1/rollups?by=day&of=machine&from=2026-11-21").await;
    let (many, two) = (&day["rows"][0], &day["rows"][1]);
    assert_eq!(
        (&many["key"]["product"], &two["key"]["product"]),
        (&json!("mixed"), &json!("mixed"))
    );
    assert_eq!(
        (&two["mixed"], &two["mixed_cut"]),
        (&json!({"product": ["A", "B"]}), &json!([]))
    );
    let listed = many["mixed"]["product"].as_array().unwrap();
    assert_eq!(
        (listed.len(), &listed[49], &many["mixed_cut"]),
        (50, &json!("P49"), &json!(["product"]))
    );
}

#[tokio::test]
async fn time_between_shifts_is_final_when_its_production_day_is_over() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_owned();
    // Shifts from 6:00 to 14:00 and to 22:00; then a machine runs on until 22:40.
    tokio::task::spawn_blocking(move || {
        let mut open = open(&path);
        let late = (16 * 60..16 * 60 + 40).map(|minute| {
            let mut row = tally(0, minute, "A", 2);
            Arc::make_mut(&mut row.key).shift = "".into();
            row
        });
        open.seal(vec![sealed(0, None, late.collect(), vec![])]);
        open.stop();
    })
    .await
    .unwrap();
    let site = Site::reading(Arc::new(|_, _| Ok(None)), books_in(folder.path().to_owned())).await;
    let shift = |id: &str, from: u32| ShiftSetting {
        id: id.into(),
        name: id.into(),
        days: [true; 7],
        from_min: from * 60,
        to_min: (from + 8) * 60,
        breaks: vec![],
    };
    let calendar = CalendarSetting {
        timezone: "UTC".into(),
        day_start_min: 6 * 60,
        shifts: vec![shift("early", 6), shift("late", 14)],
        ..CalendarSetting::default()
    };
    let on_line = MachineSetting {
        line: "L1".into(),
        ..MachineSetting::default()
    };
    tell(
        &site,
        [
            setting(None, Setting::Calendar(calendar)),
            setting(Some(0), Setting::Machine(MachineId(0), on_line)),
        ],
    );
    site.change(|live| live.at = Timestamp(T0).plus(17 * 60 * MINUTE_MS));
    let sealed_to = json!(T0 + (16 * 60 + 40) * MINUTE_MS);
    assert_eq!(told(&site, "by=shift&of=machine").await, [sealed_to]);
}
