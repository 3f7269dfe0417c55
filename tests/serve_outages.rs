//! A power cut: after a start that followed no orderly end, the agent itself offers what nobody saw, for all machines at once.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "helpers of tests fail their test"
)]

use gemba::agent::{self, Time};
use gemba::config;
use gemba::model::time::{MINUTE_MS, Timestamp};
use serde_json::{Value as Json, json};
use std::net::TcpListener;
use std::path::Path;
use std::time::{Duration, Instant};

/// Saturday, 2026-11-21T06:00:00Z.
const T0: Timestamp = Timestamp(1_795_240_800_000);
/// The power is gone for twenty minutes.
const CUT_MS: i64 = 20 * MINUTE_MS;
/// What the agent says is waited for at most so long.
const PATIENCE: Duration = Duration::from_secs(60);

/// Two presses whose PLC nobody reaches, and reasons of each kind.
fn config(folder: &Path, port: u16) -> String {
    let at = folder.display();
    let press = |id: &str, unit: u8| {
        format!(
            r#"
[machine.{id}]
modbus = {{ source = "hall", unit = {unit} }}
points.run = {{ modbus = "holding:0", type = "u16" }}
points.made = {{ modbus = "holding:1", type = "u32", counter = {{}} }}
ideal_cycle_s = 10.0
state = {{ run = "run" }}
count = {{ total = "made" }}
reject_source = "none"
"#
        )
    };
    format!(
        r#"
[site]
id = "shop-1"
org = "acme"
timezone = "UTC"

[store]
path = "{at}/data"
commit_ms = 1000

[serve]
listen = "127.0.0.1:{port}"

[token.boss]
role = "leader"
token_file = "{at}/boss.token"

[source.modbus.hall]
url = "tcp://127.0.0.1:9"
{}{}
[reason.jam]
class = "breakdown"

[reason.power]
class = "waiting"

[reason.tools]
class = "setup"
"#,
        press("press-01", 1),
        press("press-02", 2)
    )
}

struct Shop<'a> {
    folder: &'a Path,
    port: u16,
    client: reqwest::Client,
}

impl Shop<'_> {
    /// Runs the agent from an instant of the plant on, at the pace of the wall clock, until `visit` is over.
    async fn run(&self, origin: Timestamp, visit: impl Future<Output = ()>) {
        let file = self.folder.join("gemba.toml");
        let plant = config::load(&[file], std::iter::empty()).unwrap_or_else(|findings| panic!("{findings}"));
        let time = Time::Paced {
            started: started(),
            origin,
            rate: 1,
        };
        agent::run(plant, time, visit).await.unwrap();
    }

    async fn get(&self, path: &str) -> Option<Json> {
        let url = format!("http://127.0.0.1:{}{path}", self.port);
        let answer = self.client.get(url).send().await.ok()?;
        serde_json::from_str(&answer.text().await.ok()?).ok()
    }

    async fn post(&self, path: &str, body: &Json) -> (u16, Json) {
        let url = format!("http://127.0.0.1:{}{path}", self.port);
        let request = self
            .client
            .post(url)
            .header("authorization", "Bearer secret-of-the-boss-1234");
        let request = request
            .header("content-type", "application/json")
            .body(body.to_string());
        let answer = request.send().await.unwrap();
        (
            answer.status().as_u16(),
            serde_json::from_str(&answer.text().await.unwrap()).unwrap(),
        )
    }

    /// The offers, once they are as they should be.
    async fn offers(&self, what: &str, are_so: impl Fn(&[Json]) -> bool) -> Json {
        let deadline = started() + PATIENCE;
        loop {
            let told = self.get("/api/v1/outages").await;
            if let Some(told) = &told
                && told["rows"].as_array().is_some_and(|rows| are_so(rows))
            {
                return told.clone();
            }
            assert!(started() < deadline, "{what}: {told:?}");
            tokio::task::yield_now().await;
        }
    }
}

#[allow(clippy::disallowed_methods)] // The test's own patience, and where the simulated time begins.
fn started() -> Instant {
    Instant::now()
}

fn instant(json: &Json) -> i64 {
    let at: jiff::Timestamp = json.as_str().unwrap().parse().unwrap();
    at.as_millisecond()
}

#[test]
fn a_power_cut_is_offered_for_all_machines_and_declared_by_one_word() {
    let folder = tempfile::tempdir().unwrap();
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = free.local_addr().unwrap().port();
    drop(free);
    std::fs::write(folder.path().join("boss.token"), "secret-of-the-boss-1234").unwrap();
    std::fs::write(folder.path().join("gemba.toml"), config(folder.path(), port)).unwrap();
    let is_first = rustls::crypto::ring::default_provider().install_default().is_ok();
    assert!(is_first, "nobody else in this process speaks TLS");
    let shop = Shop {
        folder: folder.path(),
        port,
        client: reqwest::Client::new(),
    };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(shop.run(T0, is_put_in_service(&shop)));
    // A power cut leaves no word of an orderly end.
    let conn = rusqlite::Connection::open(folder.path().join("data/gemba.db")).unwrap();
    let alive: i64 = conn.query_row("SELECT at FROM alive", [], |row| row.get(0)).unwrap();
    conn.execute("UPDATE alive SET clean = 0", []).unwrap();
    drop(conn);
    runtime.block_on(shop.run(T0.plus(CUT_MS), is_declared(&shop, alive)));
    runtime.shutdown_background();
}

async fn is_put_in_service(shop: &Shop<'_>) {
    let told = shop.offers("no offer before any cut", <[Json]>::is_empty).await;
    // What takes less to say comes first; to set up is none of what a plant stands for as a whole.
    assert_eq!(
        told["reasons"],
        json!([{"id": "power", "class": "waiting"}, {"id": "jam", "class": "breakdown"}])
    );
    let service = |id: &str| json!({"key": id, "machine": id, "kind": "service", "service": {"on": true}});
    let (status, body) = shop
        .post("/api/v1/entries", &json!([service("press-01"), service("press-02")]))
        .await;
    assert_eq!(status, 201, "{body}");
}

async fn is_declared(shop: &Shop<'_>, alive: i64) {
    let both = |rows: &[Json]| rows.iter().any(|row| row["machines"].as_array().unwrap().len() == 2);
    let told = shop.offers("both machines are offered", both).await;
    let offer = &told["rows"][0];
    assert_eq!(told["rows"].as_array().unwrap().len(), 1, "{told}");
    assert_eq!(instant(&offer["from"]), alive, "the last sign of life");
    let start = instant(&offer["to"]);
    assert!(start - T0.plus(CUT_MS).0 < 60_000, "{offer}");
    for (unseen, id) in offer["machines"]
        .as_array()
        .unwrap()
        .iter()
        .zip(["press-01", "press-02"])
    {
        assert_eq!(
            (&unseen["machine"], instant(&unseen["from"]), instant(&unseen["to"])),
            (&json!(id), alive, start),
            "{offer}"
        );
    }
    let path = format!("/api/v1/outages/{}", offer["seq"]);
    let (status, refused) = shop.post(&path, &json!({"reason": "flood"})).await;
    assert_eq!(
        (status, &refused[0]["status"]),
        (207, &json!(422)),
        "no such reason: {refused}"
    );
    let (status, body) = shop.post(&path, &json!({"reason": "power"})).await;
    assert_eq!(status, 201, "{body}");
    let booked: Vec<i64> = body
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|one| one["seq"].as_i64())
        .collect();
    assert_eq!(booked.len(), 2, "{body}");
    // Sent again it counts once: its keys are known, or there is nothing left to declare.
    let (status, again) = shop.post(&path, &json!({"reason": "power"})).await;
    assert_eq!(status, 201, "{again}");
    assert!(
        again.as_array().unwrap().iter().all(|one| one["known"] == true),
        "{again}"
    );
    shop.offers("declared, it is offered no longer", <[Json]>::is_empty)
        .await;
    let shift = shop.get("/api/v1/machines/press-02/shift").await.unwrap();
    let waits = |segment: &&Json| segment["class"] == "waiting" && segment["reason"] == "power";
    let segments = shift["segments"].as_array().unwrap();
    let declared: Vec<_> = segments.iter().filter(waits).collect();
    assert_eq!(declared.len(), 1, "{shift}");
    let ends = ["start", "end"].map(|end| declared[0][end].as_i64().unwrap());
    assert_eq!(ends, [alive, start], "what was offered and no more: {shift}");
    // Taken back it is offered again, and may be declared again.
    for (one, id) in body.as_array().unwrap().iter().zip(["press-01", "press-02"]) {
        let undo = json!({"key": format!("undo {id}"), "machine": id, "kind": "undo", "undo": {"entry": one["key"]}});
        let (status, body) = shop.post("/api/v1/entries", &undo).await;
        assert_eq!(status, 201, "{body}");
    }
    shop.offers("taken back, it is offered again", both).await;
    let (status, body) = shop.post(&path, &json!({"reason": "jam"})).await;
    assert!(status == 201 && body[0]["known"] != true, "{body}");
    shop.offers("declared again, it is offered no longer", <[Json]>::is_empty)
        .await;
    let (status, none) = shop.post("/api/v1/outages/1", &json!({"reason": "power"})).await;
    assert_eq!(status, 404, "{none}");
}
