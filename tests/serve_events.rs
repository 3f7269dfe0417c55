//! A page is told the plant as it is, then what changes, and never waits in silence.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "helpers of tests fail their test"
)]

#[path = "support/web.rs"]
mod web;

use gemba::model::calendar::PlannedStopSetting;
use gemba::model::fact::{Body, Fact, Role};
use gemba::model::ids::MachineId;
use gemba::model::settings::{CalendarSetting, Change, MachineSetting, Setting, ShiftSetting, TargetSetting};
use gemba::model::state::Class;
use gemba::model::tally::Column;
use gemba::model::time::{MINUTE_MS, Timestamp};
use gemba::oee::plan::Plan;
use reqwest::Response;
use serde_json::Value as Json;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;
use web::{Site, client};

/// Longer than the pause between two heartbeats.
const SOON: Duration = Duration::from_secs(8);

/// A page's end of the stream.
struct Page {
    answer: Response,
    unread: String,
}

impl Page {
    async fn open(site: &Site) -> Page {
        let answer = client().get(site.url("/api/v1/events")).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.headers()["content-type"], "text/event-stream");
        assert_eq!(answer.headers()["cache-control"], "no-store");
        Page {
            answer,
            unread: String::new(),
        }
    }

    /// The next event of that name; others before it are passed over.
    async fn next(&mut self, name: &str) -> Json {
        let found = timeout(SOON, async {
            loop {
                if let Some((event, rest)) = self.unread.split_once("\n\n") {
                    let (event, rest) = (event.to_owned(), rest.to_owned());
                    self.unread = rest;
                    let field = |field: &str| event.lines().find_map(|line| line.strip_prefix(field));
                    if field("event: ") == Some(name) {
                        return serde_json::from_str(field("data: ").unwrap()).unwrap();
                    }
                    continue;
                }
                let more = self.answer.chunk().await.unwrap().expect("the stream goes on");
                self.unread.push_str(std::str::from_utf8(&more).unwrap());
            }
        });
        found.await.unwrap_or_else(|_| panic!("no event {name:?} came"))
    }
}

fn set(site: &Site, settings: impl IntoIterator<Item = Setting>) {
    let mut plan = Plan::clone(&site.plan.borrow());
    for setting in settings {
        plan.apply(&Fact {
            at: Timestamp(0),
            received_at: Timestamp(0),
            mono_ms: 0,
            epoch: 0,
            machine: None,
            author: "config".into(),
            body: Body::Setting(Change::new(setting)),
        });
    }
    site.plan.send_replace(Arc::new(plan));
}

fn calendar(shifts: Vec<ShiftSetting>) -> Setting {
    Setting::Calendar(CalendarSetting {
        timezone: "Asia/Ho_Chi_Minh".into(),
        day_start_min: 360,
        shifts,
        ..CalendarSetting::default()
    })
}

#[tokio::test]
async fn a_page_is_told_the_plant_then_the_machine_that_changes_and_the_plant_with_it() {
    let site = Site::without_stops().await;
    let mut page = Page::open(&site).await;
    let snapshot = page.next("snapshot").await;
    let press = &snapshot["machines"][0];
    assert_eq!(press["id"], "press-01");
    assert_eq!((&press["screen"], &press["cause"]), (&"down".into(), &"mould".into()));
    assert_eq!((&press["made"], &press["good"]), (&480.into(), &468.into()));
    assert!(press["strip"].is_array());
    site.change(|live| {
        live.at = live.at.plus(1_000);
        live.machines[0].class = Class::Running;
        live.machines[0].state = "running".into();
        live.machines[0].tally.add(Column::Total, 1);
        live.machines[0].tally.add(Column::Judged, 1);
        live.machines[0].tally.add(Column::Good, 1);
    });
    let press = page.next("m").await;
    assert_eq!((&press["screen"], &press["made"]), (&"run".into(), &481.into()));
    assert!(press.get("strip").is_none(), "its shift so far looks as before");
    assert_eq!(page.next("plant").await["good"], 469);
}

#[tokio::test]
async fn every_page_hears_a_heartbeat_also_when_nothing_changes() {
    let site = Site::without_stops().await;
    let mut page = Page::open(&site).await;
    let boot = site.json("/api/v1/bootstrap").await;
    // As the core would have it by then.
    site.change(|live| live.at = live.at.plus(5_000));
    let beat = page.next("hb").await;
    assert_eq!(beat["build"], boot["build"]);
    assert_eq!(beat["stale"], false);
}

#[tokio::test]
async fn a_core_that_stopped_is_told_as_stale() {
    let site = Site::without_stops().await;
    site.change(|live| live.at = live.at.plus(-60_000));
    let mut page = Page::open(&site).await;
    let snapshot = page.next("snapshot").await;
    assert_eq!(snapshot["stale"], true);
    assert_eq!(snapshot["machines"][0]["ratios"]["shown"], "none");
    assert_eq!(page.next("hb").await["stale"], true);
}

/// The core says nothing more; five seconds on, its numbers are old.
async fn wait_stale(site: &Site) -> Json {
    let turned = timeout(SOON, async {
        loop {
            let snapshot = site.json("/api/v1/snapshot").await;
            if snapshot["stale"] == true {
                return snapshot;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    });
    turned.await.expect("stale after five seconds")
}

#[tokio::test]
async fn a_snapshot_made_while_the_core_lived_is_not_kept_for_fresh() {
    let site = Site::without_stops().await;
    assert_eq!(site.json("/api/v1/snapshot").await["stale"], false);
    let snapshot = wait_stale(&site).await;
    assert_eq!(snapshot["machines"][0]["ratios"]["shown_why"], "stale");
}

#[tokio::test]
async fn the_numbers_of_the_page_are_those_of_the_wall() {
    let site = Site::without_stops().await;
    let wall = site.json("/api/v1/wall").await;
    let snapshot = site.json("/api/v1/snapshot").await;
    let (kpi, ratios) = (&wall["machines"][0]["kpi"], &snapshot["machines"][0]["ratios"]);
    for name in [
        "oee",
        "availability",
        "performance",
        "quality",
        "coverage",
        "defect_rate",
    ] {
        assert!(kpi[name].is_f64(), "{name}");
        assert_eq!(kpi[name], ratios[name], "{name}");
        assert_eq!(
            snapshot["plant"]["ratios"][name], ratios[name],
            "one machine is the plant: {name}"
        );
    }
    assert_eq!(
        (&snapshot["plant"]["why"], &snapshot["plant"]["machines"]),
        (&Json::Null, &1.into())
    );
}

#[tokio::test]
async fn a_new_shift_is_told_whole() {
    let site = Site::without_stops().await;
    set(&site, [calendar(vec![])]);
    let mut page = Page::open(&site).await;
    let before = page.next("snapshot").await;
    assert_eq!(
        (&before["shift"]["planned"], &before["next"]),
        (&false.into(), &Json::Null)
    );
    let all_day = ShiftSetting {
        id: "1".into(),
        name: "Ca 1".into(),
        days: [true; 7],
        from_min: 360,
        to_min: 360,
        breaks: vec![],
    };
    set(&site, [calendar(vec![all_day])]);
    site.change(|live| live.at = live.at.plus(1_000));
    let after = page.next("snapshot").await;
    assert_eq!(
        (&after["shift"]["id"], &after["shift"]["name"]),
        (&"1".into(), &"Ca 1".into())
    );
    assert_eq!(after["next"]["start"], after["shift"]["end"]);
}

#[tokio::test]
async fn a_page_learns_targets_and_zone_once() {
    let site = Site::without_stops().await;
    let target = TargetSetting {
        oee_ppm: Some(725_000),
        ..TargetSetting::default()
    };
    set(&site, [calendar(vec![]), Setting::Target(target)]);
    let boot = site.json("/api/v1/bootstrap").await;
    assert_eq!(
        (&boot["targets"]["oee"], &boot["targets"]["quality"]),
        (&0.725.into(), &Json::Null)
    );
    assert_eq!(boot["timezone"], "Asia/Ho_Chi_Minh");
    assert_eq!(boot["plant"]["name"]["vi"], "Xưởng 1");
}

#[tokio::test]
async fn the_web_side_ends_in_time_with_pages_open() {
    let site = Site::without_stops().await;
    let mut page = Page::open(&site).await;
    page.next("snapshot").await;
    site.stop.send_replace(true);
    timeout(Duration::from_secs(4), site.task)
        .await
        .expect("within 4 s")
        .unwrap();
}

#[tokio::test]
async fn the_shift_of_a_machine_has_the_tile_of_the_wall_and_every_hour() {
    let site = Site::without_stops().await;
    set(&site, [calendar(vec![])]);
    let detail = site.json("/api/v1/machines/press-01/shift").await;
    let snapshot = site.json("/api/v1/snapshot").await;
    for field in ["id", "screen", "ratios", "made", "good", "reject", "since"] {
        assert_eq!(detail["tile"][field], snapshot["machines"][0][field], "{field}");
    }
    // Without shifts it is the production day: 24 hours.
    assert_eq!(detail["hours"].as_array().unwrap().len(), 24);
}

#[tokio::test]
async fn a_meter_that_fell_silent_makes_no_machine_look_unseen() {
    let site = Site::without_stops().await;
    let last_data = async |site: &Site| site.json("/api/v1/snapshot").await["machines"][0]["last_data"].clone();
    let before = last_data(&site).await;
    let Some(seen) = before.as_i64() else {
        panic!("{before}")
    };
    site.change(|live| {
        let mut meter = live.machines[0].signals[0].clone();
        (meter.role, meter.confirmed) = (Role::Energy, Some(Timestamp(seen - 86_400_000)));
        live.machines[0].signals.push(meter);
        live.at = live.at.plus(1);
    });
    assert_eq!(last_data(&site).await, before);
}

#[tokio::test]
async fn a_machine_and_a_shift_nobody_knows_are_problems_that_say_what_to_ask() {
    let site = Site::without_stops().await;
    for (path, says) in [
        ("/api/v1/machines/press-77/shift", "/api/v1/wall lists them"),
        ("/api/v1/machines/press-01/shift?shift=yesterday", "?shift=2026-11-21.1"),
        (
            "/api/v1/machines/press-01/shift?shift=2026-11-21.9",
            "?shift=2026-11-21.1",
        ),
        (
            "/api/v1/machines/press-01/shift?shift=9999-99-99.1",
            "?shift=2026-11-21.1",
        ),
    ] {
        let answer = client().get(site.url(path)).send().await.unwrap();
        assert_eq!(answer.status(), 404, "{path}");
        let text = answer.text().await.unwrap();
        assert!(text.contains(says), "{path} gave {text}");
    }
}

#[tokio::test]
async fn the_page_and_its_files_say_what_they_may_load_and_how_long_they_keep() {
    let site = Site::without_stops().await;
    let answer = client().get(site.url("/")).send().await.unwrap();
    assert_eq!(answer.headers()["cache-control"], "no-cache");
    let policy = answer.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.starts_with("default-src 'self'"), "{policy}");
    let build = site.json("/api/v1/bootstrap").await["build"]
        .as_str()
        .unwrap()
        .to_owned();
    let page = answer.text().await.unwrap();
    assert!(page.contains(&format!("<base href=\"/a/{build}/\">")), "{page}");
}

#[tokio::test]
async fn a_machine_with_a_planned_stop_all_shift_adds_nothing_to_the_plan_of_the_plant() {
    let site = Site::without_stops().await;
    let oven = MachineId(5);
    let stop = PlannedStopSetting {
        id: "overhaul".into(),
        name: "overhaul".into(),
        days: [true; 7],
        from_min: 0,
        to_min: 0,
        machines: vec![oven],
        lines: Vec::new(),
    };
    let machine = MachineSetting {
        ideal_ns: Some(12_000_000_000),
        ..MachineSetting::default()
    };
    // The production day began two hours ago, give or take a minute.
    let day_start_min = (site.now.0 / MINUTE_MS - 120).rem_euclid(1_440) as u32;
    site.tell(Setting::Calendar(CalendarSetting {
        timezone: "UTC".into(),
        day_start_min,
        planned_stops: vec![stop],
        ..CalendarSetting::default()
    }));
    let day = site.plan.borrow().slot(site.now).shift_period;
    site.tell(Setting::Target(TargetSetting {
        oee_ppm: Some(600_000),
        ..TargetSetting::default()
    }));
    site.tell(Setting::Machine(MachineId(4), machine.clone()));
    site.tell(Setting::Machine(oven, machine));
    site.change(|live| {
        (live.machines[0].shift, live.machines[0].covers) = (None, day);
        let mut second = live.machines[0].clone();
        (second.machine, second.id) = (oven, "oven-01".into());
        live.machines.push(second);
    });
    let mut page = Page::open(&site).await;
    let wall = page.next("snapshot").await;
    let [press, oven] = [&wall["machines"][0], &wall["machines"][1]];
    assert!(
        press["plan_shift"].as_f64().unwrap() > 1_000.0,
        "22 h of 12 s at 60 %: {press}"
    );
    assert_eq!(oven["plan_shift"], Json::Null, "there is nothing to be ahead of");
    assert_eq!(wall["plant"]["plan"], press["plan"]);
    let shift = site.json("/api/v1/machines/press-01/shift").await;
    let hours = shift["hours"].as_array().unwrap().iter();
    let of_hours: f64 = hours.map(|hour| hour["plan"].as_f64().unwrap()).sum();
    let of_tile = press["plan_shift"].as_f64().unwrap();
    assert!((of_hours - of_tile).abs() < 1e-6, "{of_hours} of {of_tile}");
}
