//! The sink, the broker and a PLC go away for a while and come back: nothing is lost, nothing is counted twice, and time nobody
//! saw is unknown.
#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "support/rig/mod.rs"]
mod rig;

use rig::agent::{MINOR_S, Site};
use rig::broker::Broker;
use rig::influx::Influx;
use rig::journal::Journal;
use rig::nginx::Nginx;
use rig::plant::Plant;
use rig::truth::STATE_MAP;
use rig::{eventually, free_port, ledger, let_pass, wall_ms};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::Duration;

const MINUTE_MS: i64 = 60_000;
const POLL_MS: i64 = 200;
/// A polled point is silent after this (3 polls, at least 30 s).
const SILENT_MS: i64 = 30_000;
/// The longest a source that is back may take to be read again: the cap of its back-off.
const BACK_MS: i64 = 35_000;
/// The longest a sink that is back may take to be sent to again (the cap of its back-off, five minutes), and to take it all.
const SINK_BACK: Duration = Duration::from_secs(330);
/// How long each is away, as the promises say; the script of each test goes on for longer.
const SINK_OFF_MS: i64 = 2 * MINUTE_MS;
const BROKER_OFF: Duration = Duration::from_secs(60);
const PLC_OFF: Duration = Duration::from_secs(60);

fn press(plc: u16) -> String {
    format!(
        r#"
[source.modbus.hall]
url = "tcp://127.0.0.1:{plc}"

[machine.press-01]
line = "moulding"
poll_ms = {POLL_MS}
modbus = {{ source = "hall", unit = 1 }}
points.run = {{ modbus = "holding:1", type = "u16", bit = 0 }}
points.made = {{ modbus = "holding:2", type = "u32", order = "CDAB", counter = {{ bits = 32 }} }}
points.rejects = {{ modbus = "holding:4", type = "u16", counter = {{ bits = 16 }} }}
ideal_cycle_s = 0.5
max_rate_per_min = 600
state = {{ run = "run" }}
count = {{ total = "made", reject = "rejects" }}
reject_source = "counter"
"#
    )
}

fn pack(broker: u16) -> String {
    let point = |more: &str| {
        format!(r#"{{ mqtt = "plant/pack/01", source = "floor", {more}, time = "/ts", stale_after_s = 300, qos = 1 }}"#)
    };
    format!(
        r#"
[source.mqtt.floor]
url = "mqtt://127.0.0.1:{broker}"

[machine.pack-01]
line = "packing"
points.state = {}
points.good = {}
points.scrap = {}
ideal_cycle_s = 0.1
max_rate_per_min = 1200
state = {{ from = "state", map = {STATE_MAP} }}
count = {{ good = "good", reject = "scrap" }}
reject_source = "counter"
"#,
        point(r#"json = "/state""#),
        point(r#"json = "/good", counter = {}"#),
        point(r#"json = "/scrap", counter = {}"#),
    )
}

fn one_press(folder: &std::path::Path, port: u16, rounds: i64) -> Plant {
    let segments = json!([{"ms": 14_000, "state": 1, "cycle_ms": 450, "reject_every": 8}, {"ms": 8_000, "state": 0}]);
    let machine = json!({"id": "press-01", "unit": 1, "counter": 4_711, "segments": segments, "repeat": rounds});
    Plant::plcs(folder, &json!({"servers": [{"port": port, "machines": [machine]}]}))
}

/// The first minute that begins at or after `end`, when stops begun by then are longer than the minor limit.
fn minute_after(end: i64) -> i64 {
    ((end + MINOR_S * 1000) / MINUTE_MS + 1) * MINUTE_MS
}

fn wait_until(instant: i64) {
    let_pass(Duration::from_millis(u64::try_from(instant - wall_ms()).unwrap_or(0)));
}

#[test]
fn what_was_booked_while_the_sink_was_off_arrives_once() {
    let folder = tempfile::tempdir().unwrap();
    let influx = Influx::start(folder.path(), rig::agent::BUCKET);
    let mut nginx = Nginx::start(folder.path(), influx.port);
    let port = free_port();
    let mut plcs = one_press(folder.path(), port, 7);
    let site = Site::new(folder.path(), &nginx.url(), &press(port));
    let agent = site.start();
    agent.wait_known("press-01", Duration::from_secs(20));
    plcs.begin();
    let journal = Journal::open(&site.data());
    nginx.pause();
    let off_at = wall_ms();
    let before = influx.points("gemba_tally", "span_ms");
    eventually(
        "two more minutes are booked while the sink is off",
        Duration::from_secs(200),
        || match journal.number("SELECT COUNT(*) FROM booking WHERE line LIKE 'gemba_tally,%'") {
            booked if booked >= before + 2 => Ok(()),
            booked => Err(format!("{booked} bookings")),
        },
    );
    wait_until(off_at + SINK_OFF_MS);
    assert_eq!(influx.points("gemba_tally", "span_ms"), before, "the sink was not off");
    nginx.resume();

    let truth = plcs.truth("press-01");
    let until = minute_after(truth.end);
    wait_until(until);
    ledger::wait_sealed(&journal, &["press-01"], until, Duration::from_secs(60));
    ledger::wait_equal(&influx, &journal, SINK_BACK);
    ledger::wait_identities(&influx, &journal, Duration::from_secs(20));
    agent.stop();
    let rows = ledger::tallies(&journal, "press-01", until);
    ledger::assert_tiled(&rows);
    assert_eq!(ledger::sum(&rows, "total"), i64::try_from(truth.counts.len()).unwrap());
    assert_eq!(ledger::sum(&rows, "gap_total"), 0);
    site.assert_replays();
}

#[test]
fn a_restarted_broker_costs_no_qos_1_message() {
    let folder = tempfile::tempdir().unwrap();
    let influx = Influx::start(folder.path(), rig::agent::BUCKET);
    let nginx = Nginx::start(folder.path(), influx.port);
    let mut broker = Broker::start(folder.path());
    // Every piece is good, so that every message but the beats brings a value nobody else brings.
    let segments = json!([{"ms": 14_000, "state": 1, "cycle_ms": 110}, {"ms": 6_000, "state": 3}]);
    let machine =
        json!({"id": "pack-01", "topic": "plant/pack/01", "counter": 1_000, "segments": segments, "repeat": 5});
    let mut floor = Plant::publisher(folder.path(), &json!({"port": broker.port, "machines": [machine]}));
    let site = Site::new(folder.path(), &nginx.url(), &pack(broker.port));
    let agent = site.start();
    broker.wait_subscribed("plant/pack/01");
    let begun = floor.begin();
    agent.wait_class("pack-01", "running", Duration::from_secs(20));
    let_pass(Duration::from_secs(4));
    broker.pause();
    let_pass(BROKER_OFF);
    broker.resume();

    let truth = floor.truth("pack-01");
    let until = minute_after(truth.end);
    let journal = Journal::open(&site.data());
    wait_until(until);
    ledger::wait_sealed(&journal, &["pack-01"], until, Duration::from_secs(90));
    let facts = journal.rows("SELECT body FROM fact WHERE kind = 'signal' ORDER BY seq");
    let values: BTreeSet<i64> = facts.iter().filter_map(|fact| good_value(fact.text("body"))).collect();
    let expected: BTreeSet<i64> = (1_000..=1_000 + i64::try_from(truth.counts.len()).unwrap()).collect();
    assert!(expected.len() > 300, "the script is no test");
    let missing: Vec<_> = expected.difference(&values).collect();
    assert!(missing.is_empty(), "published but never a fact: {missing:?}");
    assert!(values.is_subset(&expected), "a fact nobody published");

    let rows = ledger::tallies(&journal, "pack-01", until);
    ledger::assert_tiled(&rows);
    assert_eq!(ledger::sum(&rows, "total"), i64::try_from(truth.counts.len()).unwrap());
    assert_eq!(
        ledger::sum(&rows, "gap_total"),
        0,
        "the messages carry their own time: no time is unknown"
    );
    let truly = truth.class_ms(begun, until, MINOR_S * 1000);
    assert_eq!(ledger::sum(&rows, "running_ms"), truly["running_ms"]);
    assert_eq!(ledger::sum(&rows, "breakdown_ms"), truly["breakdown_ms"]);
    floor.ask(&json!({"do": "stop"}));
    ledger::wait_equal(&influx, &journal, Duration::from_secs(60));
    agent.stop();
    site.assert_replays();
}

/// The value of a fact of the good counter.
fn good_value(body: &str) -> Option<i64> {
    let body: Value = serde_json::from_str(body).expect("a fact's body is JSON");
    if body["role"] == "good" {
        body["value"].as_i64()
    } else {
        None
    }
}

#[test]
fn while_a_plc_is_off_its_machine_is_unknown_and_no_piece_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let influx = Influx::start(folder.path(), rig::agent::BUCKET);
    let nginx = Nginx::start(folder.path(), influx.port);
    let port = free_port();
    let mut plcs = one_press(folder.path(), port, 6);
    let site = Site::new(folder.path(), &nginx.url(), &press(port));
    let agent = site.start();
    agent.wait_known("press-01", Duration::from_secs(20));
    plcs.begin();
    agent.wait_class("press-01", "running", Duration::from_secs(5));
    let_pass(Duration::from_secs(9));
    let off = plcs.ask(&json!({"do": "close", "port": port}))["at"].as_i64().unwrap();
    let_pass(PLC_OFF - Duration::from_secs(4));
    agent.wait_class("press-01", "unknown", Duration::from_secs(4));
    let on = plcs.ask(&json!({"do": "open", "port": port}))["at"].as_i64().unwrap();
    agent.wait_known("press-01", Duration::from_millis(BACK_MS as u64));
    assert!(on - off > SILENT_MS);

    let truth = plcs.truth("press-01");
    let until = minute_after(truth.end);
    let journal = Journal::open(&site.data());
    wait_until(until);
    ledger::wait_sealed(&journal, &["press-01"], until, Duration::from_secs(60));
    let rows = ledger::tallies(&journal, "press-01", until);
    ledger::assert_tiled(&rows);
    let (total, gap) = (ledger::sum(&rows, "total"), ledger::sum(&rows, "gap_total"));
    assert_eq!(total + gap, i64::try_from(truth.counts.len()).unwrap());
    assert!(gap > 20, "{gap} pieces in {} ms", on - off); // at most 14 of 22 s at 450 ms a piece
    let (reject, gap_reject) = (ledger::sum(&rows, "reject"), ledger::sum(&rows, "gap_reject"));
    assert_eq!(reject + gap_reject, i64::try_from(truth.rejects.len()).unwrap());
    let unknown = ledger::sum(&rows, "unknown_ms");
    assert!(
        (on - off - 2 * POLL_MS..on - off + BACK_MS).contains(&unknown),
        "unknown {unknown}, off {}",
        on - off
    );
    let bridged = ledger::sum(&rows, "bridged_ms");
    assert!(
        bridged > on - off - 2 * POLL_MS && bridged <= unknown,
        "bridged {bridged} of {unknown}"
    );
    let stood = truth.class_ms(rows[0].number("start"), until, MINOR_S * 1000)["unexplained_ms"];
    assert!(
        ledger::sum(&rows, "unexplained_ms") <= stood + 20 * POLL_MS,
        "down while nobody looked"
    );
    ledger::wait_equal(&influx, &journal, Duration::from_secs(60));
    agent.stop();
    site.assert_replays();
}
