//! What a plant changes at its desk is so from then on: it counts in the numbers, it outlives the agent's restart, and the
//! configuration file does not take it back.
#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "support/bad_watch.rs"]
mod bad_watch;
#[path = "support/rig/mod.rs"]
mod rig;

use bad_watch::{START, calendar};
use rig::agent::{Agent, Site};
use rig::plant::Plant;
use rig::{eventually, free_port, http};
use serde_json::{Value, json};
use std::path::Path;
use std::time::Duration;

/// Who leads the shift, and who plans.
const LEADER: &str = "token-of-the-leader";
const OFFICE: &str = "token-of-the-office";
/// What is entered is in the numbers within this.
const COUNTED: Duration = Duration::from_secs(30);
/// A stop that is over is on disk, and called as somebody said since, within this.
const SEALED: Duration = Duration::from_secs(150);
/// 15.25 s of a piece each half second: at 0.5, 1.0, ... 15.0 s.
const PIECES: i64 = 30;

/// A press that works by orders, whose box takes four seconds by the file.
fn config(folder: &Path, plc: u16) -> String {
    let token = |name: &str, role: &str, secret: &str| {
        let file = folder.join(format!("{name}.token"));
        std::fs::write(&file, secret).unwrap();
        let file = file.display();
        format!("\n[token.{name}]\nrole = \"{role}\"\ntoken_file = \"{file}\"\n")
    };
    format!(
        r#"{}
[source.modbus.hall]
url = "tcp://127.0.0.1:{plc}"

[machine.press-01]
line = "moulding"
orders = true
poll_ms = 200
modbus = {{ source = "hall", unit = 1 }}
points.run = {{ modbus = "holding:1", type = "u16", bit = 0 }}
points.made = {{ modbus = "holding:2", type = "u32", order = "CDAB", counter = {{ bits = 32 }} }}
ideal_cycle_s = 0.5
max_rate_per_min = 600
state = {{ run = "run" }}
count = {{ total = "made" }}
reject_source = "manual"

[product.box]
ideal_cycle_s = 4.0
{}{}"#,
        calendar(),
        token("boss", "leader", LEADER),
        token("office", "admin", OFFICE),
    )
}

/// Changes an item against the one that is there; the status and the body of the answer.
fn put(agent: &Agent, port: u16, token: &str, path: &str, item: &Value) -> (u16, Value) {
    let etag = agent
        .get(path)
        .ok()
        .and_then(|seen| seen["etag"].as_str().map(str::to_owned));
    let bearer = format!("Bearer {token}");
    let mut headers = vec![("Authorization", bearer.as_str()), ("Content-Type", "application/json")];
    headers.extend(etag.as_deref().map(|etag| ("If-Match", etag)));
    let body = json!({"key": path, "why": "trial of the week", "item": item});
    let url = format!("http://127.0.0.1:{port}{path}");
    let answer = http::put(&url, &headers, body.to_string().into_bytes()).expect("gemba answers");
    (answer.status, answer.json())
}

/// An entry about the press; the status and the body of the answer.
fn enter(agent: &Agent, key: &str, kind: &str, says: &Value) -> (u16, Value) {
    let mut entry = json!({"key": key, "machine": "press-01", "kind": kind});
    entry[kind] = says.clone();
    let answer = agent.enter(&entry);
    (answer.status, answer.json())
}

/// Waits until so many pieces of the order are delivered, and gives its progress.
fn wait_done(agent: &Agent, done: i64) -> Value {
    eventually(
        &format!("{done} pieces of the order are delivered"),
        COUNTED,
        || match agent.get("/api/v1/orders/A-17")?["progress"].clone() {
            progress if progress["done"] == done => Ok(progress),
            progress => Err(progress.to_string()),
        },
    )
}

/// The shift of a whole day that the calendar of the file leaves open: it began at the start of the production day.
fn whole_day(agent: &Agent) -> Value {
    let seen = agent.get("/api/v1/calendar").unwrap();
    let start = seen["production_day_start"].as_str().unwrap().to_owned();
    let days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
    json!({"production_day_start": start, "shifts": [{"id": "A", "days": days, "from": start, "to": start}]})
}

/// What the plant told the agent, as it must be now and after every restart.
fn is_as_the_plant_said(agent: &Agent) {
    let product = agent.get("/api/v1/products/box").unwrap();
    assert_eq!(
        (&product["ideal_cycle_s"], &product["changed_by"]),
        (&json!(0.4), &json!("office"))
    );
    assert_eq!(product["why"], "trial of the week");
    assert_eq!(
        product["history"][1]["now"]["ideal_cycle_s"], 4.0,
        "what the file says stands in its history"
    );
    let standard = agent.get("/api/v1/standards/box-on-press").unwrap();
    assert_eq!(
        (&standard["ideal_cycle_s"], &standard["machine"]),
        (&json!(0.25), &json!("press-01"))
    );
    assert_eq!(agent.get("/api/v1/calendar").unwrap()["shifts"][0]["id"], "A");
    let order = agent.get("/api/v1/orders/A-17").unwrap();
    assert_eq!(
        (&order["quantity"], &order["changed_by"]),
        (&json!(100), &json!("boss"))
    );
}

/// The sums of the shift that the entries make: 30 pieces, 10 of them scrapped and 4 given back.
fn wait_sums(agent: &Agent) {
    eventually("the sums of the shift are those of the entries", COUNTED, || {
        let press = agent.on_wall("press-01")?;
        let sum = |name: &str| press["sums"][name].as_i64().unwrap_or(-1);
        let seen = (
            sum("total"),
            sum("good"),
            sum("reject"),
            sum("earned_total_ns"),
            press["shift"]["id"].clone(),
        );
        // Each of the 30 at the 0.25 s of the standard: the product's own 0.4 s and the machine's 0.5 s stand behind it.
        match seen == (PIECES, PIECES - 6, 6, PIECES * 250_000_000, json!("A")) {
            true => Ok(()),
            false => Err(format!("{seen:?}")),
        }
    });
}

/// `gemba check` beside the running agent.
fn check_names_what_is_left_alone(site: &Site) {
    let check = site.command("check", &[]);
    let told = String::from_utf8_lossy(&check.stdout).into_owned();
    assert!(check.status.success(), "{told}");
    for words in [
        "product.box was changed at the plant desk by office (trial of the week)",
        "calendar was changed at the plant desk by office",
    ] {
        assert!(told.contains(words), "{words} is not in\n{told}");
    }
    assert!(!told.contains("order.A-17"), "the file says nothing of it\n{told}");
}

#[test]
fn what_the_plant_changes_at_its_desk_counts_and_outlives_a_restart_beside_a_file_that_says_otherwise() {
    let folder = tempfile::tempdir().unwrap();
    let plc = free_port();
    let segments = json!([{"ms": 15_250, "state": 1, "cycle_ms": 500}]);
    let machine = json!({"id": "press-01", "unit": 1, "counter": 70_000, "segments": segments});
    let script = json!({"servers": [{"port": plc, "machines": [machine]}]});
    let mut plant = Plant::plcs(folder.path(), &script);
    let sink = format!("http://127.0.0.1:{}", free_port());
    let site = Site::new(folder.path(), &sink, &config(folder.path(), plc));
    let agent = site.start();
    agent.wait_known("press-01", START);

    let by = |token: &str, path: &str, item: &Value| put(&agent, site.port, token, path, item).0;
    assert_eq!(by(OFFICE, "/api/v1/products/box", &json!({"ideal_cycle_s": 0.4})), 201);
    let standard = json!({"product": "box", "machine": "press-01", "ideal_cycle_s": 0.25, "source": "engineered"});
    assert_eq!(by(OFFICE, "/api/v1/standards/box-on-press", &standard), 201);
    assert_eq!(by(OFFICE, "/api/v1/calendar", &whole_day(&agent)), 201);
    let order = json!({"product": "box", "quantity": 100, "machine": "press-01", "released": true});
    assert_eq!(
        by(rig::agent::MES_TOKEN, "/api/v1/orders/A-17", &order),
        403,
        "orders are the leader's"
    );
    assert_eq!(by(LEADER, "/api/v1/orders/A-17", &order), 201);
    is_as_the_plant_said(&agent);

    let act = |act: &str| json!({"order": "A-17", "act": act});
    assert_eq!(enter(&agent, "on", "order", &act("start")).0, 201);
    plant.begin();
    let progress = wait_done(&agent, PIECES);
    assert_eq!(progress["left"], 70);
    assert!(progress["expected_finish"].is_string(), "{progress}");

    let pieces = |pieces: i64| json!({"pieces": pieces, "scope": {"order": "A-17"}});
    assert_eq!(enter(&agent, "bad", "scrap", &pieces(10)).0, 201);
    wait_done(&agent, 20);
    assert_eq!(enter(&agent, "fewer", "scrap", &pieces(-4)).0, 201);
    wait_done(&agent, 24);
    assert_eq!(enter(&agent, "rest", "scrap", &pieces(24)).0, 201);
    wait_done(&agent, 0);
    // The four given back are scrapped too by now: they cannot be taken a second time.
    let (status, body) = enter(&agent, "again", "undo", &json!({"entry": "fewer"}));
    assert_eq!(status, 409, "{body}");
    assert!(
        body["detail"].as_str().unwrap().contains("Only 0 good pieces of"),
        "{body}"
    );
    assert_eq!(enter(&agent, "not-so", "undo", &json!({"entry": "rest"})).0, 201);
    wait_done(&agent, 24);
    assert_eq!(enter(&agent, "off", "order", &act("finish")).0, 201);
    let (status, body) = enter(&agent, "off-again", "order", &act("finish"));
    assert_eq!(status, 409, "{body}");
    assert!(
        body["detail"]
            .as_str()
            .unwrap()
            .contains("finished on this machine already"),
        "{body}"
    );
    wait_sums(&agent);

    check_names_what_is_left_alone(&site);

    agent.stop();
    let agent = site.start();
    is_as_the_plant_said(&agent);
    assert_eq!(wait_done(&agent, 24)["left"], 76);
    wait_sums(&agent);
    agent.stop();
    site.assert_replays();
}

/// What was corrected of the press's shift: all that was told before beside what is told now.
fn corrected(agent: &Agent, date: &str) -> Result<Value, String> {
    agent.get(&format!("/api/v1/machines/press-01/revisions?shift={date}.A"))
}

#[test]
fn what_a_stop_was_called_before_its_reason_was_changed_is_still_read_with_who_and_when() {
    let folder = tempfile::tempdir().unwrap();
    let plc = free_port();
    let segments = json!([
        {"ms": 2_000, "state": 1, "cycle_ms": 500}, {"ms": 4_000, "state": 0}, {"ms": 600_000, "state": 1, "cycle_ms": 500},
    ]);
    let machine = json!({"id": "press-01", "unit": 1, "counter": 70_000, "segments": segments});
    let script = json!({"servers": [{"port": plc, "machines": [machine]}]});
    let mut plant = Plant::plcs(folder.path(), &script);
    let sink = format!("http://127.0.0.1:{}", free_port());
    let config = config(folder.path(), plc).replace("orders = true\n", "");
    let reasons = "[reason.jam]\nclass = \"breakdown\"\n[reason.material]\nclass = \"waiting\"\n";
    let site = Site::new(folder.path(), &sink, &format!("{config}{reasons}"));
    let agent = site.start();
    agent.wait_known("press-01", START);
    assert_eq!(
        put(&agent, site.port, OFFICE, "/api/v1/calendar", &whole_day(&agent)).0,
        201
    );
    plant.begin();
    agent.wait_class("press-01", "running", COUNTED);
    agent.wait_class("press-01", "minor_stop", COUNTED);
    let stands = agent.on_wall("press-01").unwrap();
    let date = stands["shift"]["business_date"].as_str().unwrap().to_owned();
    let anchor = stands["since"].clone();
    agent.wait_class("press-01", "running", COUNTED);

    let mut keys = Vec::new();
    for reason in ["jam", "material"] {
        let key = format!("it-was-{reason}");
        eventually(&format!("the reason {reason} is taken"), SEALED, || {
            let says = json!({"reason": reason, "anchor": anchor});
            match enter(&agent, &key, "reason", &says) {
                (201, _) => Ok(()),
                answer => Err(format!("{answer:?}")),
            }
        });
        keys.push(key);
        eventually(&format!("the stop is called {reason}"), SEALED, || {
            let seen = corrected(&agent, &date)?;
            let mut spans = seen["spans"].as_array().into_iter().flatten();
            let is_called = spans.any(|span| span["reason"] == reason && span["stands"] == true);
            if is_called { Ok(()) } else { Err(seen.to_string()) }
        });
    }
    let seen = corrected(&agent, &date).unwrap();
    let of_stop = |span: &&Value| span["start"] == anchor;
    let spans: Vec<&Value> = seen["spans"].as_array().unwrap().iter().filter(of_stop).collect();
    let told: Vec<Value> = spans
        .iter()
        .map(|span| json!([span["class"], span["reason"], span["author"], span["stands"]]))
        .collect();
    assert_eq!(
        json!(told),
        json!([
            ["minor_stop", "", "", false],
            ["breakdown", "jam", "mes", false],
            ["waiting", "material", "mes", true],
        ]),
        "{seen}"
    );
    let said = seen["said"].as_array().unwrap();
    for key in keys {
        let word = said.iter().find(|word| word["id"] == format!("mes/{key}")).unwrap();
        assert_eq!((&word["by"], &word["kind"]), (&json!("mes"), &json!("reason")));
        assert!(word["told_at"].as_str() > anchor.as_str(), "{word}");
    }
    agent.stop();
    site.assert_replays();
}
