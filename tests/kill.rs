//! A kill -9, twenty times at random: no piece is lost or counted twice, no tally is missing or doubled.
#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "support/damage.rs"]
mod damage;
#[path = "support/rig/mod.rs"]
mod rig;

use rig::agent::{Agent, MINOR_S, Site};
use rig::broker::Broker;
use rig::influx::Influx;
use rig::journal::{Journal, Row};
use rig::nginx::Nginx;
use rig::plant::Plant;
use rig::random::Random;
use rig::truth::{STATE_MAP, Truth};
use rig::{eventually, free_port, ledger};
use serde_json::json;
use std::time::Duration;

const KILLS: usize = 20;
/// A life lasts from half a second to four.
const LIFE_MS: (u64, u64) = (500, 4_000);
/// Another seed is tried with `GEMBA_SEED`.
const SEED: u64 = 20;
/// Every so many lives somebody corrects the past just before the kill, so that a restatement is cut off in the middle.
const CORRECTED_EVERY: usize = 4;
const POLL_MS: i64 = 200;
const MINUTE_MS: i64 = 60_000;
/// The script goes on for longer than all lives and starts together.
const SCRIPT_ROUNDS: i64 = 5;

fn config(plc: u16, broker: u16) -> String {
    format!(
        r#"
[source.modbus.hall]
url = "tcp://127.0.0.1:{plc}"

[source.mqtt.floor]
url = "mqtt://127.0.0.1:{broker}"

[machine.press-01]
line = "moulding"
poll_ms = {POLL_MS}
modbus = {{ source = "hall", unit = 1 }}
points.status = {{ modbus = "holding:0", type = "u16" }}
points.made = {{ modbus = "holding:5", type = "u16", counter = {{ bits = 16, resets = "never" }} }}
points.rejects = {{ modbus = "holding:4", type = "u16", counter = {{ bits = 16, resets = "never" }} }}
ideal_cycle_s = 0.3
max_rate_per_min = 600
state = {{ from = "status", map = {STATE_MAP} }}
count = {{ total = "made", reject = "rejects" }}
reject_source = "counter"

[machine.pack-01]
line = "packing"
points.run = {{ mqtt = "plant/pack/01", source = "floor", json = "/run", time = "/ts", stale_after_s = 120, qos = 1 }}
points.good = {{ mqtt = "plant/pack/01", source = "floor", json = "/good", time = "/ts", counter = {{}}, stale_after_s = 120, qos = 1 }}
points.scrap = {{ mqtt = "plant/pack/01", source = "floor", json = "/scrap", time = "/ts", counter = {{}}, stale_after_s = 120, qos = 1 }}
ideal_cycle_s = 0.3
max_rate_per_min = 600
state = {{ run = "run" }}
count = {{ good = "good", reject = "scrap" }}
reject_source = "counter"

[product.VT-1]
ideal_cycle_s = 0.25

[product.VT-2]
ideal_cycle_s = 0.28
"#
    )
}

#[test]
fn twenty_times_killed_no_piece_and_no_tally_is_lost_or_doubled() {
    let folder = tempfile::tempdir().unwrap();
    let influx = Influx::start(folder.path(), rig::agent::BUCKET);
    let nginx = Nginx::start(folder.path(), influx.port);
    let broker = Broker::start(folder.path());
    let port = free_port();
    let segments = json!([{"ms": 14_000, "state": 1, "cycle_ms": 330, "reject_every": 9}, {"ms": 6_000, "state": 3}]);
    let press = json!({"id": "press-01", "unit": 1, "bits": 16, "counter": 65_500, "segments": segments, "repeat": SCRIPT_ROUNDS});
    let pack = json!({"id": "pack-01", "topic": "plant/pack/01", "segments": segments, "repeat": SCRIPT_ROUNDS});
    let mut plcs = Plant::plcs(
        folder.path(),
        &json!({"servers": [{"port": port, "machines": [press]}]}),
    );
    let mut floor = Plant::publisher(folder.path(), &json!({"port": broker.port, "machines": [pack]}));
    let site = Site::new(folder.path(), &nginx.url(), &config(port, broker.port));

    // What the counters stood at must be on disk before the first piece: from then on nothing may be lost.
    let agent = site.start();
    let journal = Journal::open(&site.data());
    wait_signals(&journal, 3);
    broker.wait_subscribed("plant/pack/01");
    floor.begin();
    wait_signals(&journal, 6);
    let begun = plcs.begin();

    let agent = live_and_die(&site, agent, begun);

    let truths = [
        ("press-01", plcs.truth("press-01")),
        ("pack-01", floor.truth("pack-01")),
    ];
    let end = truths.iter().map(|(_, truth)| truth.end).max().unwrap() + MINOR_S * 1000;
    let until = (end / MINUTE_MS + 1) * MINUTE_MS;
    rig::let_pass(Duration::from_millis(
        u64::try_from(until - rig::wall_ms()).unwrap_or(0),
    ));
    ledger::wait_sealed(&journal, &["press-01", "pack-01"], until, Duration::from_secs(60));
    let unknown = ledger::sum(&ledger::tallies(&journal, "press-01", until), "unknown_ms");
    assert!(
        unknown > i64::try_from(KILLS).unwrap() * 100,
        "twenty kills left no trace: unknown for {unknown} ms"
    );
    let corrected = journal.number("SELECT COUNT(*) FROM tally WHERE product <> ''");
    assert!(corrected > 0, "no correction reached the tallies");
    for (id, truth) in &truths {
        let rows = ledger::tallies(&journal, id, until);
        ledger::assert_tiled(&rows);
        assert_pieces(id, &rows, truth);
        assert_no_false_time(id, &rows, truth);
    }
    ledger::wait_equal(&influx, &journal, Duration::from_secs(60));
    floor.ask(&json!({"do": "stop"}));
    ledger::wait_identities(&influx, &journal, Duration::from_secs(20));
    agent.stop();
    site.assert_replays();
    lose_tallies_and_find_them(&site, &influx, until);
}

/// A failing disk takes a page of tallies, and the power goes: they are worked out again from the facts, in the same run, and
/// not booked twice.
fn lose_tallies_and_find_them(site: &Site, influx: &Influx, until: i64) {
    let tallies = |journal: &Journal| ["press-01", "pack-01"].map(|id| ledger::tallies(journal, id, until));
    let before = tallies(&Journal::open(&site.data()));
    site.start().kill();
    damage::lose_page(&site.data(), "tally", 0);
    let agent = site.start();
    eventually("the lost tallies are there again", Duration::from_secs(60), || {
        let looked = site.data().join("quarantine/1").exists();
        let journal = Journal::open(&site.data());
        let again = looked && journal.number("SELECT COUNT(*) FROM restating") == 0;
        match first_difference(&before, &tallies(&journal)) {
            None if again => Ok(()),
            differs => Err(format!(
                "damage found: {looked}, all worked out: {again}, {differs:?}: {}",
                agent.said()
            )),
        }
    });
    ledger::wait_equal(influx, &Journal::open(&site.data()), Duration::from_secs(60));
    agent.stop();
    site.assert_replays();
}

/// The first row that is not what it was, but for its revision: none is used twice.
fn first_difference(before: &[Vec<Row>; 2], after: &[Vec<Row>; 2]) -> Option<String> {
    let content = |rows: &[Vec<Row>; 2]| -> Vec<Row> {
        let mut rows: Vec<Row> = rows.iter().flatten().cloned().collect();
        rows.iter_mut()
            .for_each(|row| row.numbers.retain(|column, _| column != "rev"));
        rows
    };
    let (before, after) = (content(before), content(after));
    let differs = before.iter().zip(&after).find(|(before, after)| before != after);
    let differs = differs.map(|(before, after)| format!("{before:?} is now {after:?}"));
    differs.or_else(|| (before.len() != after.len()).then(|| format!("{} rows of {}", after.len(), before.len())))
}

/// Waits until so many facts of signals are on disk.
fn wait_signals(journal: &Journal, wanted: i64) {
    let signals = || journal.number("SELECT COUNT(*) FROM fact WHERE kind = 'signal'");
    eventually(
        "the signals are in the journal",
        Duration::from_secs(20),
        || match signals() {
            n if n >= wanted => Ok(()),
            n => Err(format!("{n} of {wanted}")),
        },
    );
}

/// All lives but the last end by kill -9, some of them while a correction is being worked in.
fn live_and_die(site: &Site, agent: Agent, begun: i64) -> Agent {
    let seed = std::env::var("GEMBA_SEED")
        .ok()
        .and_then(|seed| seed.parse().ok())
        .unwrap_or(SEED);
    let mut random = Random::new(seed);
    let mut agent = Some(agent);
    for life in 1..=KILLS {
        rig::let_pass(Duration::from_millis(random.between(LIFE_MS.0, LIFE_MS.1)));
        let ending = agent.take().unwrap();
        if life % CORRECTED_EVERY == 0 {
            let at = begun + i64::try_from(random.between(0, 8_000)).unwrap();
            let product = if life % (2 * CORRECTED_EVERY) == 0 {
                "VT-1"
            } else {
                "VT-2"
            };
            ending.product(&format!("p{life}"), "press-01", at, product);
        }
        ending.kill();
        agent = Some(site.start());
    }
    agent.unwrap()
}

/// What was counted while the agent was down is booked apart; together it is every piece, once.
fn assert_pieces(id: &str, rows: &[Row], truth: &Truth) {
    let counts = i64::try_from(truth.counts.len()).unwrap();
    let rejects = i64::try_from(truth.rejects.len()).unwrap();
    assert!(counts > 150, "the script is no test");
    let (total, gap) = (ledger::sum(rows, "total"), ledger::sum(rows, "gap_total"));
    assert_eq!(total + gap, counts, "{id}: {total} in known time, {gap} in gaps");
    assert_eq!(
        ledger::sum(rows, "reject") + ledger::sum(rows, "gap_reject"),
        rejects,
        "{id}"
    );
    assert_eq!(
        ledger::sum(rows, "good") + ledger::sum(rows, "gap_good"),
        counts - rejects,
        "{id}"
    );
}

/// Time in which the agent was down is unknown: never more run time or down time than there was.
fn assert_no_false_time(id: &str, rows: &[Row], truth: &Truth) {
    let (from, until) = (rows[0].number("start"), rows[rows.len() - 1].number("end"));
    let truly = truth.class_ms(from, until, MINOR_S * 1000);
    let slack = i64::try_from(truth.changes.len() + KILLS).unwrap() * POLL_MS;
    let run = ledger::sum(rows, "running_ms");
    assert!(
        run <= truly["running_ms"] + slack,
        "{id}: ran {run}, truly {}",
        truly["running_ms"]
    );
    let down: i64 = ["minor_stop_ms", "unexplained_ms", "breakdown_ms"]
        .iter()
        .map(|class| ledger::sum(rows, class))
        .sum();
    let stood = (until - from) - truly["running_ms"];
    assert!(down <= stood + slack, "{id}: down {down}, truly {stood}");
}
