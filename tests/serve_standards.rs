//! Standards and targets at the plant desk over HTTP: what they say, and what they cannot.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail their test")]

#[path = "support/plant_desk.rs"]
mod plant_desk;
#[path = "support/web.rs"]
mod web;

use gemba::model::settings::{Setting, StandardSetting};
use plant_desk::{Put, take};
use serde_json::{Value as Json, json};
use web::{ADMIN, Site};

#[tokio::test]
async fn a_second_standard_for_the_same_is_refused_by_the_name_of_the_first() {
    let site = Site::without_stops().await;
    let first = StandardSetting {
        product: "VT-2077".into(),
        ideal_ns: 5_000_000_000,
        ..StandardSetting::default()
    };
    site.tell(Setting::Standard("first".into(), first));
    let second = Put {
        path: "/api/v1/standards/second",
        token: ADMIN,
        etag: None,
        item: json!({"product": "VT-2077", "ideal_cycle_s": 9}),
    };
    let (status, body) = second.send(&site).await.unwrap();
    assert_eq!(status, 422, "{body}");
    let detail = body["detail"].as_str().unwrap();
    assert!(detail.contains("standard first is for the same"), "{detail}");
}

#[tokio::test]
async fn targets_that_nobody_can_want_are_refused_by_name() {
    let site = Site::without_stops().await;
    for (path, item, words) in [
        (
            "/api/v1/products/X",
            json!({"target_pieces_per_shift": 0}),
            "`item.target_pieces_per_shift` must be 1 to 86400000",
        ),
        (
            "/api/v1/products/X",
            json!({"target_pieces_per_shift": 800.5}),
            "`item.target_pieces_per_shift`",
        ),
        (
            "/api/v1/standards/S",
            json!({"product": "VT-2077", "rate_per_h": 60, "target_pieces_per_shift": 86_400_001}),
            "`item.target_pieces_per_shift` must be 1 to 86400000",
        ),
        (
            "/api/v1/standards/S",
            json!({"product": "VT-2077", "rate_per_h": 60, "target": 85}),
            "`item.target` must be a ratio above 0 and at most 1",
        ),
    ] {
        let put = Put {
            path,
            token: ADMIN,
            etag: None,
            item,
        };
        let (status, body) = put.send(&site).await.unwrap();
        assert_eq!(status, 422, "{path}: {body}");
        assert!(body["detail"].as_str().unwrap().contains(words), "{path}: {body}");
    }
}

#[tokio::test]
async fn a_standard_has_targets_of_its_own_in_pieces_and_oee() {
    let mut site = Site::without_stops().await;
    let item = json!({"product": "VT-2077", "ideal_cycle_s": 9, "target": 0.855, "target_pieces_per_shift": 800});
    let put = Put {
        path: "/api/v1/standards/fast",
        token: ADMIN,
        etag: None,
        item,
    };
    let sent = put.send(&site);
    let at = site.now;
    take(&mut site, at).await;
    assert_eq!(sent.await.unwrap().0, 201);
    let seen = site.json("/api/v1/standards/fast").await;
    assert_eq!(seen["target"], json!(0.855), "{seen}");
    assert_eq!(seen["target_pieces_per_shift"], json!(800), "{seen}");
    let product = site.json("/api/v1/products/VT-2077").await;
    assert_eq!(product["target_pieces_per_shift"], Json::Null, "{product}");
}
