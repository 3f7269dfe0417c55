//! Real PLCs and a real broker in front, a real store behind: its sums are what the machines really did.
#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "support/rig/mod.rs"]
mod rig;

use rig::agent::{MINOR_S, Site};
use rig::broker::Broker;
use rig::influx::Influx;
use rig::journal::Journal;
use rig::nginx::Nginx;
use rig::plant::Plant;
use rig::truth::{STATE_MAP, Truth};
use rig::{eventually, free_port, ledger};
use serde_json::json;
use std::collections::BTreeMap;
use std::time::Duration;

/// How often the PLCs are read.
const POLL_MS: i64 = 200;
/// How long a poll may be late on a busy machine.
const LATE_MS: i64 = 100;
const MINUTE_MS: i64 = 60_000;

/// One machine of the test: what to expect of its counts.
struct Machine {
    id: &'static str,
    pieces_per_count: i64,
    ideal_ns_per_piece: i64,
    /// How far an instant may be from the truth.
    step_ms: i64,
}

const MACHINES: [Machine; 3] = [
    Machine {
        id: "press-01",
        pieces_per_count: 2,
        ideal_ns_per_piece: 300_000_000,
        step_ms: POLL_MS + LATE_MS,
    },
    Machine {
        id: "press-02",
        pieces_per_count: 1,
        ideal_ns_per_piece: 450_000_000,
        step_ms: POLL_MS + LATE_MS,
    },
    Machine {
        id: "pack-01",
        pieces_per_count: 1,
        ideal_ns_per_piece: 400_000_000,
        step_ms: 0,
    },
];

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
points.shots = {{ modbus = "holding:5", type = "u16", counter = {{ bits = 16, resets = "never" }} }}
points.rejects = {{ modbus = "holding:4", type = "u16", counter = {{ bits = 16, resets = "never" }} }}
ideal_cycle_s = 0.6
cavities = 2
max_rate_per_min = 600
state = {{ from = "status", map = {STATE_MAP} }}
count = {{ shots = "shots", reject = "rejects" }}
reject_source = "counter"

[machine.press-02]
line = "moulding"
poll_ms = {POLL_MS}
modbus = {{ source = "hall", unit = 2 }}
points.status = {{ modbus = "holding:0", type = "u16" }}
points.made = {{ modbus = "holding:2", type = "u32", order = "CDAB", counter = {{ bits = 32, resets = "power" }} }}
points.rejects = {{ modbus = "holding:4", type = "u16", counter = {{ bits = 16 }} }}
ideal_cycle_s = 0.45
max_rate_per_min = 600
state = {{ from = "status", map = {STATE_MAP} }}
count = {{ total = "made", reject = "rejects" }}
reject_source = "counter"

[machine.pack-01]
line = "packing"
points.run = {{ mqtt = "plant/pack/01", source = "floor", json = "/run", time = "/ts", stale_after_s = 120, qos = 1 }}
points.good = {{ mqtt = "plant/pack/01", source = "floor", json = "/good", time = "/ts", counter = {{}}, stale_after_s = 120, qos = 1 }}
points.scrap = {{ mqtt = "plant/pack/01", source = "floor", json = "/scrap", time = "/ts", counter = {{}}, stale_after_s = 120, qos = 1 }}
ideal_cycle_s = 0.4
max_rate_per_min = 600
state = {{ run = "run" }}
count = {{ good = "good", reject = "scrap" }}
reject_source = "counter"
"#
    )
}

/// Rolls over from 65,530: 16-bit shots, and every class a state register can give.
fn press_01() -> serde_json::Value {
    let run = |ms| json!({"ms": ms, "state": 1, "cycle_ms": 700, "reject_every": 5});
    let stop = |ms, state| json!({"ms": ms, "state": state});
    let segments = [
        run(12_000),
        stop(3_000, 0),
        run(15_000),
        stop(8_000, 3),
        run(10_000),
        stop(6_500, 2),
        run(10_000),
        stop(7_000, 4),
        run(4_000),
    ];
    json!({"id": "press-01", "unit": 1, "bits": 16, "counter": 65_530, "segments": segments})
}

/// Its counter begins again at 0 while it stands.
fn press_02() -> serde_json::Value {
    let run = |ms| json!({"ms": ms, "state": 1, "cycle_ms": 500, "reject_every": 7});
    let segments = [
        run(20_000),
        json!({"ms": 8_000, "state": 0, "set": 0}),
        run(20_000),
        json!({"ms": 3_000, "state": 0}),
        run(18_000),
    ];
    json!({"id": "press-02", "unit": 2, "counter": 71_234, "rejects": 9, "segments": segments})
}

fn pack_01() -> serde_json::Value {
    let run = |ms| json!({"ms": ms, "state": 1, "cycle_ms": 430, "reject_every": 6});
    let segments = [
        run(25_000),
        json!({"ms": 9_000, "state": 0}),
        run(25_000),
        json!({"ms": 3_000, "state": 0}),
        run(9_000),
    ];
    json!({"id": "pack-01", "topic": "plant/pack/01", "every_ms": 400, "counter": 500, "rejects": 20, "segments": segments})
}

#[test]
fn the_store_sums_to_what_the_machines_really_did() {
    let folder = tempfile::tempdir().unwrap();
    let influx = Influx::start(folder.path(), rig::agent::BUCKET);
    let nginx = Nginx::start(folder.path(), influx.port);
    let broker = Broker::start(folder.path());
    let port = free_port();
    let mut plcs = Plant::plcs(
        folder.path(),
        &json!({"servers": [{"port": port, "machines": [press_01(), press_02()]}]}),
    );
    let mut floor = Plant::publisher(folder.path(), &json!({"port": broker.port, "machines": [pack_01()]}));
    let site = Site::new(folder.path(), &nginx.url(), &config(port, broker.port));
    let agent = site.start();
    broker.wait_subscribed("plant/pack/01");
    for press in ["press-01", "press-02"] {
        agent.wait_known(press, Duration::from_secs(20));
    }
    plcs.begin();
    floor.begin();

    let truths = [plcs.truth("press-01"), plcs.truth("press-02"), floor.truth("pack-01")];
    let end = truths.iter().map(|truth| truth.end).max().unwrap() + MINOR_S * 1000;
    let until = (end / MINUTE_MS + 1) * MINUTE_MS;
    let journal = Journal::open(&site.data());
    let ids = MACHINES.map(|machine| machine.id);
    rig::let_pass(Duration::from_millis(
        u64::try_from(until - rig::wall_ms()).unwrap_or(0),
    ));
    ledger::wait_sealed(&journal, &ids, until, Duration::from_secs(60));
    // A query beside a write may see some fields of a point before the others.
    ledger::wait_equal(&influx, &journal, Duration::from_secs(60));
    for (machine, truth) in MACHINES.iter().zip(&truths) {
        assert_is_truth(&influx, &journal, machine, truth, until);
    }
    // What a counter did that looks odd is flagged, and nothing else is; nobody corrected anything.
    let flag = |machine: &str, role: &str, what: &str| (machine.to_owned(), role.to_owned(), what.to_owned());
    let expected = [
        flag("press-01", "shots", "roll_over"),
        flag("press-02", "total", "reset"),
    ];
    assert_eq!(ledger::flags(&journal), expected.into());
    assert_eq!(
        journal.number("SELECT MAX(rev) FROM tally"),
        0,
        "a number was corrected though nothing came late"
    );
    ledger::wait_identities(&influx, &journal, Duration::from_secs(20));
    assert!(
        plcs.functions().iter().all(|code| (1..=4).contains(code)),
        "a PLC was asked for more than reads"
    );
    floor.ask(&json!({"do": "stop"}));
    agent.stop();
    site.assert_replays();
}

fn assert_is_truth(influx: &Influx, journal: &Journal, machine: &Machine, truth: &Truth, until: i64) {
    let id = machine.id;
    let rows = ledger::tallies(journal, id, until);
    ledger::assert_tiled(&rows);
    let from = rows[0].number("start");
    let sums = eventually(&format!("{id} is whole in the store"), Duration::from_secs(30), || {
        let condition = format!("WHERE machine = '{id}' AND time < {until}ms");
        let found = influx.sums_where("gemba_tally", &[], &ledger::columns(), &condition);
        let sums = found.get(&Vec::new()).cloned().unwrap_or_default();
        match sums.get("span_ms") {
            Some(span) if *span == until - from => Ok(sums),
            other => Err(format!("span_ms {other:?} of {}", until - from)),
        }
    });

    let counts = i64::try_from(truth.counts.len()).unwrap();
    let rejects = i64::try_from(truth.rejects.len()).unwrap();
    let pieces = counts * machine.pieces_per_count;
    assert!(counts > 60 && rejects > 5, "the script is no test");
    assert_eq!(
        (sums["total"], sums["good"], sums["reject"]),
        (pieces, pieces - rejects, rejects),
        "{id}: {sums:?}"
    );
    assert_eq!((sums["gap_total"], sums["judged"]), (0, pieces), "{id}");

    // Before its first sample the machine is unknown; from then on every instant is.
    let known = from + sums["unknown_ms"];
    assert!(
        known <= truth.changes[0].0,
        "{id}: unknown for {} ms",
        sums["unknown_ms"]
    );
    let expected = truth.class_ms(known, until, MINOR_S * 1000);
    let changes = i64::try_from(truth.changes.len()).unwrap();
    for class in [
        "running_ms",
        "minor_stop_ms",
        "unexplained_ms",
        "breakdown_ms",
        "waiting_ms",
        "setup_ms",
    ] {
        let (is, should) = (sums[class], expected.get(class).copied().unwrap_or(0));
        assert!(
            (is - should).abs() <= changes * machine.step_ms,
            "{id} {class}: {is}, truly {should}"
        );
    }
    assert_oee(machine, &sums, until - known, (pieces, pieces - rejects), &expected);
    let shown = influx.rows(&readme_query(id, until))[0].1["oee"].as_f64().unwrap();
    let truly = ((pieces - rejects) * machine.ideal_ns_per_piece) as f64 / 1e6 / (until - known) as f64;
    assert!(
        (shown - truly).abs() < 1e-9,
        "{id}: the README's query says {shown}, truly {truly}"
    );
}

/// From the store's sums alone: OEE is exact, A and E as near as the times are, and A x E x Q = OEE.
fn assert_oee(
    machine: &Machine,
    sums: &BTreeMap<String, i64>,
    known: i64,
    (total, good): (i64, i64),
    expected: &BTreeMap<&str, i64>,
) {
    let id = machine.id;
    assert_eq!(sums["pbt_ms"], known, "{id}");
    assert_eq!(sums["earned_good_ns"], good * machine.ideal_ns_per_piece, "{id}");
    assert_eq!(sums["earned_total_ns"], total * machine.ideal_ns_per_piece, "{id}");
    let run = expected["running_ms"] + expected.get("minor_stop_ms").copied().unwrap_or(0); // performance carries short stops
    let sum = |column: &str| sums[column] as f64;
    let oee = sum("earned_good_ns") / 1e6 / sum("pbt_ms");
    let availability = sum("apt_ms") / sum("pbt_ms");
    let effectiveness = sum("earned_total_ns") / 1e6 / sum("apt_ms");
    let quality = sum("earned_good_ns") / sum("earned_total_ns");
    assert!(
        (availability - run as f64 / known as f64).abs() < 0.02,
        "{id}: A {availability}"
    );
    assert!(
        (quality - good as f64 / total as f64).abs() < 1e-12,
        "{id}: Q {quality}"
    );
    assert!(
        (availability * effectiveness * quality - oee).abs() < 1e-12,
        "{id}: OEE {oee}"
    );
    let true_oee = (good * machine.ideal_ns_per_piece) as f64 / 1e6 / known as f64;
    assert!(
        (oee - true_oee).abs() < 1e-12 && oee > 0.2,
        "{id}: OEE {oee}, truly {true_oee}"
    );
}

/// The InfluxQL of the README, for one machine up to an instant.
fn readme_query(id: &str, until: i64) -> String {
    let text = include_str!("../README.md");
    let block = text
        .split("```influxql\n")
        .nth(1)
        .and_then(|rest| rest.split("```").next())
        .expect("a block of InfluxQL");
    assert!(block.contains("WHERE time >= now() - 8h"), "{block}");
    let until = format!("WHERE machine = '{id}' AND time < {until}ms");
    block.replace("WHERE time >= now() - 8h", &until).replace('\n', " ")
}
