//! What is sent again after its answer was lost is known, also when it would no longer be taken.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "helpers of tests fail their test"
)]

#[path = "support/plant_desk.rs"]
mod plant_desk;
#[path = "support/web.rs"]
mod web;

use gemba::model::entry::{Outcome, Told};
use gemba::model::fact::{Body, Fact};
use gemba::model::settings::{Setting, SettingKind};
use gemba::model::state::Class;
use gemba::model::time::Timestamp;
use plant_desk::{Put, change, delete, take};
use serde_json::{Value as Json, json};
use std::sync::Arc;
use web::{ADMIN, OPERATOR, Site};

const BOX: &str = "/api/v1/products/VT-2077";

#[tokio::test]
async fn a_removal_sent_again_is_known_though_the_item_is_gone() {
    let mut site = Site::without_stops().await;
    let etag = site.etag(BOX).await;
    let sent = delete(&site, BOX, ADMIN, Some(&etag));
    let now = site.now;
    let removed = change(&take(&mut site, now).await);
    assert_eq!(
        removed.setting,
        Setting::Removed(SettingKind::Product, "VT-2077".into())
    );
    assert_eq!(sent.await.unwrap().0, 201);
    let again = delete(&site, BOX, ADMIN, Some(&etag));
    let draft = site.answer(Outcome::Known).await;
    assert_eq!(change(&draft).setting, removed.setting);
    assert_eq!(again.await.unwrap().0, 200);
}

#[tokio::test]
async fn a_change_sent_again_after_the_instant_it_was_to_hold_from_is_known() {
    let mut site = Site::without_stops().await;
    let etag = site.etag(BOX).await;
    let put = Put {
        path: BOX,
        token: ADMIN,
        etag: Some(&etag),
        item: json!({"ideal_cycle_s": 12.5}),
    };
    let from = site.now.plus(3_000);
    let sent = put.send_at(&site, "1", Some(from));
    let now = site.now;
    let first = take(&mut site, now).await;
    assert_eq!((first.at, sent.await.unwrap().0), (from, 201));
    let passed = async {
        while site.json(BOX).await["ideal_cycle_s"] != 12.5 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(10), passed)
        .await
        .unwrap();
    let again = put.send_at(&site, "1", Some(from));
    let draft = site.answer(Outcome::Known).await;
    assert_eq!(
        (draft.at, change(&draft).setting.clone()),
        (from, change(&first).setting.clone())
    );
    assert_eq!(again.await.unwrap().0, 200);
}

/// Sends an entry that is taken; what it says goes into the plan.
async fn enter(site: &mut Site, entry: &Json) -> Fact {
    let posted = site.post(OPERATOR, &entry.to_string());
    let draft = site.answer(Outcome::Booked(3)).await;
    assert_eq!(posted.await.unwrap().0, 201);
    let Told::Entry(said) = draft.told else {
        panic!("an entry")
    };
    let fact = Fact {
        at: draft.at,
        received_at: site.now,
        mono_ms: 0,
        epoch: 0,
        machine: draft.machine,
        author: draft.author,
        body: Body::Entry(said),
    };
    site.plan.send_modify(|plan| Arc::make_mut(plan).apply(&fact));
    fact
}

fn runs(site: &Site, since: Timestamp) {
    site.change(|live| {
        (live.machines[0].class, live.machines[0].since) = (Class::Running, since);
    });
}

#[tokio::test]
async fn a_reason_and_a_first_piece_without_an_instant_are_known_once_the_machine_runs() {
    let mut site = Site::without_stops().await;
    site.change(|live| live.machines[0].class = Class::Setup);
    let reason = json!({"key": "r", "machine": "press-01", "kind": "reason", "reason": {"reason": "jam"}});
    let first_off = json!({"key": "f", "machine": "press-01", "kind": "first_off", "first_off": {}});
    let mut taken = Vec::new();
    for entry in [&reason, &first_off] {
        taken.push(enter(&mut site, entry).await);
    }
    let since = site.now.plus(-1);
    runs(&site, since);
    for (entry, first) in [&reason, &first_off].into_iter().zip(taken) {
        let again = site.post(OPERATOR, &entry.to_string());
        let draft = site.answer(Outcome::Known).await;
        let Told::Entry(said) = draft.told else {
            panic!("an entry")
        };
        assert_eq!((draft.at, Body::Entry(said)), (first.at, first.body));
        let (status, body) = again.await.unwrap();
        assert_eq!((status, &body["known"]), (200, &json!(true)), "{body}");
    }
    // Another reason under that key is another entry, and does not fit.
    let other = json!({"key": "r", "machine": "press-01", "kind": "reason", "reason": {"reason": "scratch"}});
    assert_eq!(site.post(OPERATOR, &other.to_string()).await.unwrap().0, 422);
}
