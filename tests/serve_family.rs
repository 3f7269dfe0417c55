//! Roll-ups by product over HTTP: below a product of a family mould the pieces made of each of its parts.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail their test")]

#[path = "support/store_fixture.rs"]
mod fixture;
#[path = "support/web.rs"]
mod web;

use fixture::{T0, open, sealed, tally};
use gemba::model::calendar::CalendarSetting;
use gemba::model::fact::{Body, Fact};
use gemba::model::settings::{Change, ProductSetting, Setting};
use gemba::model::tally::{Column, TallyRow};
use gemba::model::time::{HOUR_MS, Timestamp};
use gemba::serve::books_in;
use serde_json::{Value as Json, json};
use std::sync::Arc;
use web::{Site, client};

const HOURS: i64 = 8;

/// A minute of so many shots and pieces, in the shift that began so many times eight hours after the first one.
fn minute(machine: u32, minute: i64, product: &str, shift: i64, (shots, total): (i64, i64)) -> TallyRow {
    let mut row = tally(machine, minute + shift * HOURS * 60, product, total - 1);
    row.tally.add(Column::Shots, shots);
    let key = Arc::make_mut(&mut row.key);
    key.shift_start = Timestamp(T0 + shift * HOURS * HOUR_MS);
    key.shift = shift.to_string().into();
    row
}

fn product(id: &str, at: i64, parts: &[(&str, u32)]) -> Fact {
    let product = ProductSetting {
        parts: parts.iter().map(|(id, pieces)| ((*id).into(), *pieces)).collect(),
        ..ProductSetting::default()
    };
    told(Setting::Product(id.into(), product), at)
}

fn told(setting: Setting, at: i64) -> Fact {
    let at = Timestamp(T0 + at);
    Fact {
        at,
        received_at: at,
        mono_ms: 0,
        epoch: 0,
        machine: None,
        author: "config".into(),
        body: Body::Setting(Change::new(setting)),
    }
}

async fn rows(site: &Site, query: &str) -> Vec<Json> {
    let url = site.url(&format!("/api/v1/rollups?from=2026-11-21&{query}"));
    let answer = client().get(url).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    let body: Json = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
    body["rows"].as_array().unwrap().clone()
}

fn parts(rows: &[Json]) -> Vec<(Json, Json, Json)> {
    let of = |row: &Json| (row["id"].clone(), row["parts"].clone(), row["parts_untold"].clone());
    rows.iter().map(of).collect()
}

#[tokio::test]
async fn a_product_with_parts_tells_the_pieces_of_each_by_its_shots_as_it_was_when_the_shift_began() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_owned();
    tokio::task::spawn_blocking(move || {
        let mut open = open(&path);
        let first: Vec<TallyRow> = vec![
            // 10 and 20 shots of two lids and a box: 30 and 60 pieces.
            minute(0, 0, "F", 0, (10, 30)),
            minute(0, 1, "F", 0, (20, 60)),
            // 5 shots of a left and a right one; and 7 pieces of what has no parts.
            minute(0, 2, "G", 0, (5, 10)),
            minute(0, 3, "H", 0, (7, 7)),
            // The next shift a lid and two boxes, 4 shots.
            minute(0, 0, "F", 1, (4, 12)),
            // In two of 6 shots one cavity was not in use: 10 pieces instead of 12.
            minute(0, 1, "G", 1, (6, 10)),
        ];
        let other = vec![minute(1, 0, "F", 0, (3, 9))];
        open.seal(vec![sealed(0, None, first, vec![]), sealed(1, None, other, vec![])]);
        open.stop();
    })
    .await
    .unwrap();
    let site = Site::reading(Arc::new(|_, _| Ok(None)), books_in(folder.path().to_owned())).await;
    site.plan.send_modify(|plan| {
        let plan = Arc::make_mut(plan);
        let calendar = CalendarSetting {
            timezone: "UTC".into(),
            ..CalendarSetting::default()
        };
        plan.apply(&told(Setting::Calendar(calendar), 0));
        plan.apply(&product("F", 0, &[("lid", 2), ("box", 1)]));
        // Two hours into the first shift: it holds for the shifts that begin later.
        plan.apply(&product("F", 2 * HOUR_MS, &[("lid", 1), ("box", 2)]));
        plan.apply(&product("G", 0, &[("left", 1), ("right", 1)]));
        plan.apply(&product("H", 0, &[]));
    });
    let none = || (json!({}), json!(0));
    let row = |id: &str, (parts, untold): (Json, Json)| (json!(id), parts, untold);
    assert_eq!(
        parts(&rows(&site, "by=day&of=product").await),
        [
            // 2 x 33 + 1 x 4 lids, 1 x 33 + 2 x 4 boxes; all 111 pieces.
            row("F", (json!({"lid": 70, "box": 41}), json!(0))),
            // 5 whole shots, and of the other 6 two at most were not: 10 - 2 x 4 pieces.
            row("G", (json!({"left": 9, "right": 9}), json!(2))),
            row("H", none()),
        ]
    );
    assert_eq!(
        parts(&rows(&site, "by=shift&of=product").await),
        [
            row("F", (json!({"lid": 66, "box": 33}), json!(0))),
            row("G", (json!({"left": 5, "right": 5}), json!(0))),
            row("H", none()),
            row("F", (json!({"lid": 4, "box": 8}), json!(0))),
            row("G", (json!({"left": 4, "right": 4}), json!(2))),
        ]
    );
    // Parts of several products are no parts of a machine.
    for of in ["machine", "plant"] {
        let rows = rows(&site, &format!("by=day&of={of}")).await;
        assert!(rows.iter().all(|row| row["parts"] == json!({})), "{rows:?}");
    }
}
