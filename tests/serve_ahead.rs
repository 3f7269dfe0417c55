//! Changes of the plant desk that hold only from an instant ahead: everybody sees them, and nobody overwrites them unseen.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "helpers of tests fail their test"
)]

#[path = "support/plant_desk.rs"]
mod plant_desk;
#[path = "support/web.rs"]
mod web;

use gemba::model::entry::Outcome;
use gemba::model::settings::Setting;
use gemba::model::time::{DAY_MS, Timestamp};
use plant_desk::{Put, take};
use serde_json::{Value as Json, json};
use web::{ADMIN, Site, client};

const BOX: &str = "/api/v1/products/VT-2077";

fn cycle(seconds: f64, etag: Option<&str>) -> Put<'_> {
    Put {
        path: BOX,
        token: ADMIN,
        etag,
        item: json!({"ideal_cycle_s": seconds}),
    }
}

/// Changes the cycle from an instant on; it is taken.
async fn change(site: &mut Site, key: &str, seconds: f64, from: Option<Timestamp>) {
    let etag = site.etag(BOX).await;
    let sent = cycle(seconds, Some(&etag)).send_at(site, key, from);
    let now = site.now;
    take(site, now).await;
    assert_eq!(sent.await.unwrap().0, 201);
}

fn text(at: Timestamp) -> Json {
    json!(format!("{:.3}", jiff::Timestamp::from_millisecond(at.0).unwrap()))
}

#[tokio::test]
async fn what_lies_ahead_is_shown_and_a_change_by_who_did_not_see_it_is_refused() {
    let mut site = Site::without_stops().await;
    let before = site.etag(BOX).await;
    let tomorrow = site.now.plus(DAY_MS);
    change(&mut site, "b", 9.0, Some(tomorrow)).await;
    let seen = site.json(BOX).await;
    assert_eq!(seen["ideal_cycle_s"], Json::Null, "not yet: {seen}");
    let ahead = seen["ahead"].as_array().unwrap();
    assert_eq!((ahead.len(), &ahead[0]["valid_from"]), (1, &text(tomorrow)));
    assert_eq!(
        (&ahead[0]["now"]["ideal_cycle_s"], &ahead[0]["by"]),
        (&json!(9.0), &json!("office"))
    );
    // Neither now nor for the same instant.
    for (key, from) in [("c", None), ("d", Some(tomorrow))] {
        let sent = cycle(8.0, Some(&before)).send_at(&site, key, from);
        assert_eq!(sent.await.unwrap().0, 412, "{key}");
    }
    change(&mut site, "e", 7.0, Some(tomorrow)).await;
    let seen = site.json(BOX).await;
    assert_eq!(
        seen["ahead"].as_array().unwrap().len(),
        1,
        "the last one told for an instant holds"
    );
    assert_eq!(seen["ahead"][0]["now"]["ideal_cycle_s"], 7.0);
}

#[tokio::test]
async fn what_is_new_from_tomorrow_on_is_there_to_be_seen_and_not_to_be_made_again() {
    let mut site = Site::without_stops().await;
    let lid = Put {
        path: "/api/v1/products/lid",
        ..cycle(3.0, None)
    };
    let (now, tomorrow) = (site.now, site.now.plus(DAY_MS));
    let sent = lid.send_at(&site, "1", Some(tomorrow));
    take(&mut site, now).await;
    assert_eq!(sent.await.unwrap().0, 201);
    assert_eq!(
        lid.send_at(&site, "2", Some(tomorrow)).await.unwrap().0,
        428,
        "it is there already"
    );
    let seen = site.json("/api/v1/products/lid").await;
    assert_eq!(
        (&seen["changed_by"], &seen["ahead"][0]["now"]["ideal_cycle_s"]),
        (&Json::Null, &json!(3.0))
    );
    let list = site.json("/api/v1/products").await;
    assert_eq!(
        list.as_array().unwrap().len(),
        1,
        "the list has what is in force: {list}"
    );
    let none = client().get(site.url("/api/v1/products/cap")).send().await.unwrap();
    assert_eq!(none.status(), 404);
}

#[tokio::test]
async fn who_changed_it_is_who_told_what_holds_and_not_who_told_last() {
    let mut site = Site::without_stops().await;
    let soon = site.now.plus(3_000);
    change(&mut site, "b", 9.0, Some(soon)).await;
    change(&mut site, "c", 8.0, None).await;
    let holds = async {
        loop {
            let seen = site.json(BOX).await;
            if seen["ideal_cycle_s"] == 9.0 {
                return seen;
            }
            tokio::task::yield_now().await;
        }
    };
    let seen = tokio::time::timeout(std::time::Duration::from_secs(10), holds)
        .await
        .unwrap();
    let history = seen["history"].as_array().unwrap();
    let of_b = history.iter().find(|told| told["now"]["ideal_cycle_s"] == 9.0).unwrap();
    assert_eq!(of_b["valid_from"], text(soon));
    assert_eq!(seen["why"], "b", "{seen}");
}

#[tokio::test]
async fn a_change_for_the_past_is_handed_on_with_its_instant_and_nothing_is_removed_from_the_past() {
    let mut site = Site::without_stops().await;
    let now = site.now;
    change(&mut site, "b", 9.0, None).await;
    let etag = site.etag(BOX).await;
    let yesterday = now.plus(-DAY_MS);
    let sent = cycle(8.0, Some(&etag)).send_at(&site, "c", Some(yesterday));
    let draft = site.answer(Outcome::Booked(8)).await;
    assert_eq!(draft.at, yesterday);
    let change = plant_desk::change(&draft);
    let Setting::Product(_, product) = &change.setting else {
        panic!("{change:?}")
    };
    assert_eq!(product.ideal_ns, Some(8_000_000_000));
    assert_eq!(sent.await.unwrap().0, 201);
    let removed = json!({"key": "d", "why": "d", "valid_from": yesterday.0});
    let path = client().delete(site.url(BOX));
    let (status, body) = plant_desk::send(path, ADMIN, Some(&etag), &removed).await.unwrap();
    assert_eq!(status, 422, "{body}");
    assert!(
        body["detail"].as_str().unwrap().contains("what is removed was there"),
        "{body}"
    );
}
