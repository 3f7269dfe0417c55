//! A person closes a shift whose rejects people enter: quality is provisional until then, on the wall and in a shift.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "helpers of tests fail their test"
)]

#[path = "support/web.rs"]
mod web;

use gemba::model::calendar::{CalendarSetting, ShiftSetting};
use gemba::model::entry::{Draft, Outcome, Says, Told};
use gemba::model::fact::{Body, Fact};
use gemba::model::ids::MachineId;
use gemba::model::settings::{Change, MachineSetting, RejectSource, Setting};
use gemba::model::time::{DAY_MS, Timestamp};
use gemba::oee::calendar::Slot;
use serde_json::{Value as Json, json};
use std::sync::Arc;
use web::{LEADER, OPERATOR, Site};

const PRESS: MachineId = MachineId(4);

/// Three shifts of eight hours on every day; where the rejects of the press come from.
async fn site(source: RejectSource) -> Site {
    let site = Site::without_stops().await;
    let shift = |id: &str, from: u32| ShiftSetting {
        id: id.into(),
        name: id.into(),
        days: [true; 7],
        from_min: from * 60,
        to_min: (from + 8) % 24 * 60,
        breaks: vec![],
    };
    let calendar = CalendarSetting {
        timezone: "UTC".into(),
        day_start_min: 0,
        shifts: vec![shift("1", 0), shift("2", 8), shift("3", 16)],
        ..CalendarSetting::default()
    };
    let press = MachineSetting {
        reject_source: source,
        ..MachineSetting::default()
    };
    for setting in [Setting::Calendar(calendar), Setting::Machine(PRESS, press)] {
        apply(
            &site,
            site.now.plus(-5 * DAY_MS),
            "config",
            Body::Setting(Change::new(setting)),
        );
    }
    let on = slot(&site, site.now);
    site.change(|live| live.machines[0].covers = on.shift_period);
    site
}

fn apply(site: &Site, at: Timestamp, author: &str, body: Body) {
    let fact = Fact {
        at,
        received_at: site.now,
        mono_ms: 0,
        epoch: 0,
        machine: Some(PRESS),
        author: author.into(),
        body,
    };
    site.plan.send_modify(|plan| Arc::make_mut(plan).apply(&fact));
}

fn slot(site: &Site, at: Timestamp) -> Slot {
    site.plan.borrow().slot(at)
}

fn id(slot: &Slot) -> String {
    format!("{}.{}", slot.business_date, slot.shift)
}

fn entry(key: &str, kind: &str, says: &Json) -> String {
    json!({"key": key, "machine": "press-01", "kind": kind, kind: says}).to_string()
}

/// An entry of the leader that is taken, as the core hears it and the plan learns it.
async fn said(site: &mut Site, key: &str, kind: &str, says: Json) -> Draft {
    let posted = site.post(LEADER, &entry(key, kind, &says));
    let draft = site.answer(Outcome::Booked(3)).await;
    let (status, body) = posted.await.unwrap();
    assert_eq!(status, 201, "{body}");
    let Told::Entry(entry) = draft.told.clone() else {
        panic!("{draft:?}")
    };
    apply(site, draft.at, "boss", Body::Entry(entry));
    draft
}

async fn provisional(site: &Site, shift: &str) -> Json {
    let detail = site
        .json(&format!("/api/v1/machines/press-01/shift?shift={shift}"))
        .await;
    detail["provisional"].clone()
}

#[tokio::test]
async fn a_shift_is_provisional_until_it_is_closed_and_again_when_that_is_taken_back() {
    let mut site = site(RejectSource::Manual).await;
    let on = slot(&site, site.now);
    let former = slot(&site, on.shift_start.plus(-1));
    let shift = id(&former);
    assert_eq!(provisional(&site, &shift).await, true);
    let draft = said(&mut site, "k", "close", json!({"shift": shift})).await;
    assert_eq!(
        (draft.machine, draft.at),
        (Some(PRESS), former.shift_period.end.plus(-1))
    );
    let Told::Entry(closing) = draft.told else { panic!() };
    assert_eq!(
        closing.says,
        Says::Close {
            shift: shift.as_str().into()
        }
    );
    assert_eq!(provisional(&site, &shift).await, false);
    let wall = site.json("/api/v1/wall").await;
    assert_eq!(wall["machines"][0]["provisional"], true, "the shift that runs is open");

    // Scrap for it is still taken, and it stays closed.
    said(
        &mut site,
        "s",
        "scrap",
        json!({"pieces": -2, "scope": {"shift": shift}}),
    )
    .await;
    assert_eq!(provisional(&site, &shift).await, false);

    let (status, again) = site
        .post(LEADER, &entry("l", "close", &json!({"shift": shift})))
        .await
        .unwrap();
    assert_eq!(status, 422, "{again}");
    assert!(
        again["detail"].as_str().unwrap().contains("is closed already"),
        "{again}"
    );
    let sent_again = site.post(LEADER, &entry("k", "close", &json!({"shift": shift})));
    site.answer(Outcome::Known).await;
    assert_eq!(sent_again.await.unwrap().0, 200, "the same entry sent again is known");

    said(&mut site, "u", "undo", json!({"entry": "k"})).await;
    assert_eq!(provisional(&site, &shift).await, true);
}

#[tokio::test]
async fn what_cannot_be_closed_says_why() {
    let site = site(RejectSource::Manual).await;
    let on = slot(&site, site.now);
    let running = id(&on);
    let end = jiff::Timestamp::from_millisecond(on.shift_period.end.0)
        .unwrap()
        .to_string();
    let ended = id(&slot(&site, on.shift_start.plus(-1)));
    for (token, shift, status, why) in [
        (
            LEADER,
            running.as_str(),
            422,
            "still runs: it can be closed when it ends, at ",
        ),
        (LEADER, &running, 422, &end[..13]),
        (LEADER, "2026-01-01.9", 422, "there is no shift `2026-01-01.9`"),
        (OPERATOR, &ended, 403, "to close a shift"),
    ] {
        let (code, body) = site
            .post(token, &entry("k", "close", &json!({"shift": shift})))
            .await
            .unwrap();
        assert_eq!(code, status, "{body}");
        assert!(body["detail"].as_str().unwrap().contains(why), "{why}: {body}");
    }
    let counted = self::site(RejectSource::Counter).await;
    let (code, body) = counted
        .post(LEADER, &entry("k", "close", &json!({"shift": ended})))
        .await
        .unwrap();
    assert_eq!(code, 422, "{body}");
    assert!(
        body["detail"].as_str().unwrap().contains("there is nothing to close"),
        "{body}"
    );
    assert_eq!(provisional(&counted, &ended).await, false);
}
