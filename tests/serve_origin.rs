//! What rows of a roll-up, and the wall, say of where their numbers come from: the engine that worked them out, and whether
//! rejects may be missing.
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
use gemba::model::entry::{Entry, Says, Source};
use gemba::model::fact::{Body, Fact};
use gemba::model::ids::MachineId;
use gemba::model::settings::{Change, MachineSetting, RejectSource, Setting};
use gemba::model::tally::ENGINE;
use gemba::model::time::{DAY_MS, MINUTE_MS, Timestamp};
use gemba::serve::books_in;
use serde_json::{Value as Json, json};
use std::sync::Arc;
use web::{Site, client};

/// A setting that holds from a day before the tallies on.
fn told(setting: Setting) -> Fact {
    let id = |setting: &Setting| matches!(setting, Setting::Machine(..)).then(|| setting.item().1.parse().unwrap());
    Fact {
        at: Timestamp(T0).plus(-DAY_MS),
        received_at: Timestamp(T0),
        mono_ms: 0,
        epoch: 0,
        machine: id(&setting).map(MachineId),
        author: "config".into(),
        body: Body::Setting(Change::new(setting)),
    }
}

async fn asked(site: &Site, query: &str) -> (u16, Json) {
    let answer = client()
        .get(site.url(&format!("/api/v1/rollups?{query}")))
        .send()
        .await
        .unwrap();
    let status = answer.status().as_u16();
    (status, serde_json::from_str(&answer.text().await.unwrap()).unwrap())
}

/// A calendar of whole days in UTC.
fn calendar() -> Fact {
    told(Setting::Calendar(CalendarSetting {
        timezone: "UTC".into(),
        ..CalendarSetting::default()
    }))
}

#[tokio::test]
async fn rows_tell_the_engine_that_worked_them_out_and_not_the_one_that_answers() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_owned();
    tokio::task::spawn_blocking(move || {
        let mut open = open(&path);
        open.seal(vec![sealed(
            0,
            None,
            (0..120).map(|minute| tally(0, minute, "A", 2)).collect(),
            vec![],
        )]);
        open.seal(vec![sealed(1, None, vec![tally(1, 0, "A", 2)], vec![])]);
        open.stop();
        // The first hour of the first machine is of an older program, and of the second machine nobody knows.
        let conn = rusqlite::Connection::open(path.join("gemba.db")).unwrap();
        conn.execute_batch(&format!(
            "UPDATE tally SET engine = 2 WHERE machine = 0 AND start < {};
             UPDATE tally SET engine = 3 WHERE machine = 0 AND start >= {0};
             UPDATE tally_shift SET engines = iif(machine = 0, '2:60 3:60', '0:1')",
            T0 + 60 * MINUTE_MS
        ))
        .unwrap();
    })
    .await
    .unwrap();
    let site = Site::reading(Arc::new(|_, _| Ok(None)), books_in(folder.path().to_owned())).await;
    site.plan.send_modify(|plan| Arc::make_mut(plan).apply(&calendar()));
    let (_, hours) = asked(&site, "by=hour&of=machine&from=2026-11-21").await;
    let told = |row: &Json| (row["key"]["engine"].clone(), row["mixed"]["engine"].clone());
    let one = |engine: &str| (Json::from(engine), Json::Null);
    let rows = hours["rows"].as_array().unwrap();
    assert_eq!(
        rows.iter().map(told).collect::<Vec<_>>(),
        [one("2"), one(&ENGINE.to_string()), one("3")]
    );
    assert_eq!(hours["engine"], "mixed");
    let (_, days) = asked(&site, "by=day&of=machine&from=2026-11-21").await;
    assert_eq!(told(&days["rows"][0]), ("mixed".into(), json!(["2", "3"])));
    assert_eq!(told(&days["rows"][1]), one("unknown"));
    assert_eq!(days["engine"], "mixed");
}

#[tokio::test]
async fn the_wall_tells_the_engines_that_worked_its_sums_out() {
    let site = Site::without_stops().await;
    let told = async || {
        let wall = site.json("/api/v1/wall").await;
        (wall["engine"].clone(), wall["machines"][0]["engines"].clone())
    };
    site.change(|live| live.machines[0].engines = [6].into());
    assert_eq!(told().await, (json!(6), json!([6])));
    site.change(|live| live.machines[0].engines = [6, 7].into());
    assert_eq!(told().await, (json!("mixed"), json!([6, 7])));
}

#[tokio::test]
async fn a_row_is_provisional_while_a_shift_of_a_machine_whose_rejects_people_enter_is_open() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_owned();
    tokio::task::spawn_blocking(move || {
        let mut open = open(&path);
        for machine in [0, 1] {
            open.seal(vec![sealed(machine, None, vec![tally(machine, 0, "A", 2)], vec![])]);
        }
        open.stop();
    })
    .await
    .unwrap();
    let site = Site::reading(Arc::new(|_, _| Ok(None)), books_in(folder.path().to_owned())).await;
    let source = |machine, reject_source| {
        let setting = MachineSetting {
            line: "L1".into(),
            reject_source,
            ..MachineSetting::default()
        };
        told(Setting::Machine(MachineId(machine), setting))
    };
    let facts = [
        calendar(),
        source(0, RejectSource::Manual),
        source(1, RejectSource::Counter),
    ];
    site.plan
        .send_modify(|plan| facts.iter().for_each(|fact| Arc::make_mut(plan).apply(fact)));
    // Without shifts the production day stands for one: it is over, and a day has passed.
    site.change(|live| live.at = Timestamp(T0).plus(2 * DAY_MS));
    let provisional = async || {
        let mut told = Vec::new();
        for query in ["by=day&of=machine", "by=hour&of=plant", "by=day&of=product"] {
            let (_, rolled) = asked(&site, &format!("{query}&from=2026-11-21")).await;
            let rows = rolled["rows"].as_array().unwrap().clone();
            told.extend(rows.iter().map(|row| row["provisional"].as_bool().unwrap()));
        }
        told
    };
    assert_eq!(
        provisional().await,
        [true, false, true, true],
        "the second machine counts"
    );
    let closing = Fact {
        at: Timestamp(T0).plus(MINUTE_MS),
        // The day was over then.
        received_at: Timestamp(T0).plus(DAY_MS),
        machine: Some(MachineId(0)),
        author: "boss".into(),
        body: Body::Entry(Entry {
            key: "k".into(),
            source: Source::Manual,
            late: false,
            says: Says::Close {
                shift: "2026-11-21.".into(),
            },
        }),
        ..calendar()
    };
    site.plan.send_modify(|plan| Arc::make_mut(plan).apply(&closing));
    assert_eq!(provisional().await, [false; 4]);
}
