//! The ledger: whatever is corrected, repeated or shuffled, and however the sink behaves, the store sums to what the journal says.
#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "support/rig/mod.rs"]
mod rig;

use rig::agent::{Agent, BUCKET, MINOR_S, Site};
use rig::broker::Broker;
use rig::influx::Influx;
use rig::journal::{Journal, Row};
use rig::nginx::{Mood, Nginx, TOKEN};
use rig::plant::Plant;
use rig::random::Random;
use rig::{eventually, free_port, http, ledger, let_pass, wall_ms};
use serde_json::json;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

const MINUTE_MS: i64 = 60_000;
const DAY_MIN: i64 = 1_440;
/// Asia/Ho_Chi_Minh is UTC+7 all year.
const ZONE_MIN: i64 = 7 * 60;
const SEED: u64 = 4;
/// Stops of 14 s begin after 16 s of every half minute.
const ROUND_MS: i64 = 30_000;
const RUN_MS: i64 = 16_000;

/// Two shifts of twelve hours; the second begins with the UTC minute `change`.
fn shifts(change: i64) -> String {
    let clock = |minute: i64| {
        format!(
            "{:02}:{:02}",
            minute.rem_euclid(DAY_MIN) / 60,
            minute.rem_euclid(DAY_MIN) % 60
        )
    };
    let second = change / MINUTE_MS + ZONE_MIN;
    let first = second - DAY_MIN / 2;
    let shift = |id: &str, from: i64, to: i64| {
        let (from, to) = (clock(from), clock(to));
        format!("[calendar.shift.{id}]\nname = \"Ca {id}\"\ndays = \"mon-sun\"\nfrom = \"{from}\"\nto = \"{to}\"\n")
    };
    format!("[calendar]\nproduction_day_start = \"{}\"\n", clock(first))
        + &shift("1", first, second)
        + &shift("2", second, first)
}

fn presses(plc: u16) -> String {
    let press = |unit: i64| {
        format!(
            r#"
[machine.press-0{unit}]
line = "moulding"
poll_ms = 200
modbus = {{ source = "hall", unit = {unit} }}
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
    };
    format!(
        "[source.modbus.hall]\nurl = \"tcp://127.0.0.1:{plc}\"\n{}{}",
        press(1),
        press(2)
    )
}

const PRODUCTS_AND_REASONS: &str = r#"
[product.VT-1]
ideal_cycle_s = 0.4

[product.VT-2]
ideal_cycle_s = 0.45

[reason.jam]
name = { vi = "Kẹt", en = "Jam" }
class = "breakdown"

[reason.no-material]
name = { vi = "Hết liệu", en = "No material" }
class = "waiting"
"#;

/// Ends the flapping also when the test fails.
struct Flapping<'a>(&'a AtomicBool);

impl Drop for Flapping<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Refuses, cuts the connection, loses an answer, takes one batch, and again, until told to stop.
fn flap(nginx: &Nginx, stop: &AtomicBool) {
    // Refusals come before the lost answer: a batch taken for confirmed too early must be one that was not written.
    let moods = [
        (Mood::Refuse, 500),
        (Mood::Cut, 444),
        (Mood::LoseAnswer, 502),
        (Mood::Fair, 204),
    ];
    for (mood, answer) in moods.into_iter().cycle() {
        nginx.set(mood);
        let before = nginx.answered(answer);
        while nginx.answered(answer) == before {
            if stop.load(Ordering::Relaxed) {
                return nginx.set(Mood::Fair);
            }
            let_pass(Duration::from_millis(50));
        }
    }
}

#[test]
fn corrections_and_a_flapping_sink_leave_the_store_equal_to_the_journal() {
    let folder = tempfile::tempdir().unwrap();
    let influx = Influx::start(folder.path(), BUCKET);
    let nginx = Nginx::start(folder.path(), influx.port);
    let port = free_port();
    let segments =
        json!([{"ms": RUN_MS, "state": 1, "cycle_ms": 600, "reject_every": 9}, {"ms": ROUND_MS - RUN_MS, "state": 0}]);
    let machine = |unit: i64| json!({"id": format!("press-0{unit}"), "unit": unit, "segments": segments, "repeat": 5});
    let mut plcs = Plant::plcs(
        folder.path(),
        &json!({"servers": [{"port": port, "machines": [machine(1), machine(2)]}]}),
    );
    let change = (wall_ms() / MINUTE_MS + 2) * MINUTE_MS;
    let body = presses(port) + PRODUCTS_AND_REASONS + &shifts(change);
    let site = Site::new(folder.path(), &nginx.url(), &body);
    let agent = site.start();
    agent.wait_known("press-01", Duration::from_secs(20));
    agent.wait_known("press-02", Duration::from_secs(20));
    let begun = plcs.begin();
    let journal = Journal::open(&site.data());
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| flap(&nginx, &stop));
        let _until_here = Flapping(&stop);
        correct(&agent, &journal, begun, change);
    });

    let until = (plcs.truth("press-01").end + MINOR_S * 1000) / MINUTE_MS * MINUTE_MS + MINUTE_MS;
    ledger::wait_sealed(&journal, &["press-01", "press-02"], until, Duration::from_secs(180));
    ledger::wait_retold(&journal, Duration::from_secs(60));
    ledger::wait_equal(&influx, &journal, Duration::from_secs(120));
    assert_corrected(
        &influx,
        &ledger::tallies(&journal, "press-01", until),
        &ledger::tallies(&journal, "press-02", until),
    );
    let failed = [500, 502, 444].map(|status| nginx.answered(status));
    assert!(
        failed.iter().all(|times| *times > 0),
        "the sink did not flap: {failed:?}"
    );
    ledger::wait_identities(&influx, &journal, Duration::from_secs(20));
    agent.stop();
    resend(&nginx, &ledger::lines(&journal));
    ledger::wait_equal(&influx, &journal, Duration::from_secs(1));
    ledger::wait_identities(&influx, &journal, Duration::from_secs(1));
    site.assert_replays();
}

/// What people enter, most of it about minutes that are booked already.
fn correct(agent: &Agent, journal: &Journal, begun: i64, change: i64) {
    let stop = |round: i64| begun + round * ROUND_MS + RUN_MS + 5_000;
    // Scrap is of a shift's pieces, and a shift that has just begun has none.
    let made = [begun + RUN_MS, begun + ROUND_MS + RUN_MS];
    let made = made.into_iter().find(|end| !(end - 10_000..=*end).contains(&change));
    ledger::wait_sealed(
        journal,
        &["press-01", "press-02"],
        begun + 2 * ROUND_MS,
        Duration::from_secs(120),
    );
    agent.product("p1", "press-01", begun + 2_000, "VT-1");
    agent.reason("r1", "press-01", stop(0), "jam");
    agent.scrap("s1", "press-01", made.expect("one change of shift"), 2);
    agent.scrap("s2", "press-02", begun + 12_000, 1);
    agent.reason("r2", "press-01", stop(0), "no-material");
    agent.product("p2", "press-01", begun + 25_000, "VT-2");
    ledger::wait_sealed(
        journal,
        &["press-01", "press-02"],
        begun + 4 * ROUND_MS,
        Duration::from_secs(120),
    );
    agent.reason("r3", "press-01", stop(0), "jam");
    agent.reason("r4", "press-02", stop(1), "no-material");
    // The same entry once more changes nothing.
    agent.reason("r4", "press-02", stop(1), "no-material");
    agent.product("p3", "press-01", begun + 26_000, "VT-1");
}

fn assert_corrected(influx: &Influx, press_01: &[Row], press_02: &[Row]) {
    ledger::assert_tiled(press_01);
    ledger::assert_tiled(press_02);
    // 5 rounds of 26 counts (600 ms .. 15.6 s) = 130; every 9th a reject: 14. Scrap 2 and 1 more.
    for (rows, scrap) in [(press_01, 2), (press_02, 1)] {
        assert_eq!(ledger::sum(rows, "total"), 130);
        assert_eq!(ledger::sum(rows, "reject"), 14 + scrap);
        assert_eq!(ledger::sum(rows, "good"), 130 - 14 - scrap);
    }
    let stopped = ROUND_MS - RUN_MS;
    let near = |is: i64| (is - stopped).abs() <= 2 * 300;
    assert!(
        near(ledger::sum(press_01, "breakdown_ms")),
        "{}",
        ledger::sum(press_01, "breakdown_ms")
    );
    assert_eq!(ledger::sum(press_01, "waiting_ms"), 0);
    assert!(
        near(ledger::sum(press_02, "waiting_ms")),
        "{}",
        ledger::sum(press_02, "waiting_ms")
    );
    // VT-2 was made for one second, of the stop; before the first entry and on the other press nothing is known.
    let products = |rows: &[Row]| {
        rows.iter()
            .map(|row| row.text("product").to_owned())
            .collect::<std::collections::BTreeSet<_>>()
    };
    assert!(
        products(press_01).is_superset(&["VT-1", "VT-2"].map(str::to_owned).into()),
        "{:?}",
        products(press_01)
    );
    assert_eq!(products(press_02), [String::new()].into());
    let shifts: std::collections::BTreeSet<_> = press_01.iter().map(|row| row.text("shift")).collect();
    assert_eq!(shifts, ["1", "2"].into(), "the shift did not change");
    let revisions = influx.sums("gemba_tally", &["rev"], &["span_ms"]);
    assert!(revisions.len() > 2, "nothing was restated twice: {revisions:?}");
    let stops = influx.sums("gemba_stop", &["machine", "reason"], &["stops", "ms"]);
    let of = |machine: &str, reason: &str| {
        stops
            .get(&vec![machine.to_owned(), reason.to_owned()])
            .map(|sums| sums["stops"])
    };
    assert_eq!(of("press-01", "jam"), Some(1));
    assert_eq!(of("press-01", "no-material"), Some(0)); // booked once and taken back
    assert_eq!(of("press-02", "no-material"), Some(1));
}

/// Every booking again, one to three times, in random order and batches.
fn resend(nginx: &Nginx, lines: &[String]) {
    let mut random = Random::new(SEED);
    let mut again: Vec<&String> = lines
        .iter()
        .flat_map(|line| (0..random.between(1, 4)).map(move |_| line))
        .collect();
    random.shuffle(&mut again);
    let url = format!("{}/api/v2/write?org=idc&bucket={BUCKET}&precision=ms", nginx.url());
    let token = format!("Token {TOKEN}");
    for batch in again.chunks(7) {
        let body = batch.iter().map(|line| line.as_str()).collect::<Vec<_>>().join("\n");
        let answer = http::post(&url, &[("Authorization", &token)], body.into_bytes()).unwrap();
        assert_eq!(answer.status, 204, "{answer:?}");
    }
}

fn twins(broker: u16) -> String {
    let twin = |id: &str| {
        let point = |more: &str| {
            format!(
                r#"{{ mqtt = "plant/{id}", source = "floor", {more}, time = "/ts", stale_after_s = 120, qos = 1 }}"#
            )
        };
        format!(
            "\n[machine.{id}]\nline = \"packing\"\npoints.run = {}\npoints.good = {}\npoints.scrap = {}\nideal_cycle_s = 0.3\n\
             max_rate_per_min = 600\nstate = {{ run = \"run\" }}\ncount = {{ good = \"good\", reject = \"scrap\" }}\n\
             reject_source = \"counter\"\n",
            point(r#"json = "/run""#),
            point(r#"json = "/good", counter = {}"#),
            point(r#"json = "/scrap", counter = {}"#),
        )
    };
    format!(
        "[source.mqtt.floor]\nurl = \"mqtt://127.0.0.1:{broker}\"\n{}{}",
        twin("clean"),
        twin("shuffled")
    )
}

fn publish_twins(folder: &Path, broker: u16) -> Plant {
    let segments = json!([
        {"ms": 17_000, "state": 1, "cycle_ms": 310, "reject_every": 7}, {"ms": 3_000, "state": 0},
        {"ms": 12_000, "state": 1, "cycle_ms": 370, "reject_every": 5}, {"ms": 9_000, "state": 0}
    ]);
    let machine = |id: &str, window: i64| {
        json!({"id": id, "topic": format!("plant/{id}"), "every_ms": 250, "window": window, "seed": SEED,
               "counter": 100, "segments": segments, "repeat": 3})
    };
    Plant::publisher(
        folder,
        &json!({"port": broker, "machines": [machine("clean", 0), machine("shuffled", 50)]}),
    )
}

#[test]
fn counters_delivered_up_to_three_times_and_shuffled_give_the_tallies_of_the_clean_run() {
    let folder = tempfile::tempdir().unwrap();
    let influx = Influx::start(folder.path(), BUCKET);
    let nginx = Nginx::start(folder.path(), influx.port);
    let broker = Broker::start(folder.path());
    let mut floor = publish_twins(folder.path(), broker.port);
    let site = Site::new(folder.path(), &nginx.url(), &twins(broker.port));
    let agent = site.start();
    broker.wait_subscribed("plant/clean");
    broker.wait_subscribed("plant/shuffled");
    floor.begin();
    let truth = floor.truth("clean");
    let until = (truth.end + MINOR_S * 1000) / MINUTE_MS * MINUTE_MS + MINUTE_MS;
    let_pass(Duration::from_millis(
        u64::try_from(until + 2_000 - wall_ms()).unwrap_or(0),
    ));
    let sent = floor.ask(&json!({"do": "stop"}));
    assert_eq!(sent["sent"], sent["acked"]);

    let journal = Journal::open(&site.data());
    ledger::wait_sealed(&journal, &["clean", "shuffled"], until, Duration::from_secs(60));
    let rows = |id: &str| {
        ledger::tallies(&journal, id, until)
            .into_iter()
            .map(without_machine)
            .collect::<Vec<_>>()
    };
    eventually("both machines have the same tallies", Duration::from_secs(60), || {
        let (clean, shuffled) = (rows("clean"), rows("shuffled"));
        let differs: Vec<_> = clean
            .iter()
            .zip(&shuffled)
            .filter(|(one, other)| one != other)
            .collect();
        if clean.len() == shuffled.len() && differs.is_empty() {
            Ok(())
        } else {
            Err(format!("{differs:#?}"))
        }
    });
    let clean = rows("clean");
    ledger::assert_tiled(&clean);
    assert_eq!(ledger::sum(&clean, "total"), i64::try_from(truth.counts.len()).unwrap());
    assert_eq!(
        ledger::sum(&clean, "reject"),
        i64::try_from(truth.rejects.len()).unwrap()
    );
    assert_eq!(ledger::sum(&clean, "gap_total"), 0);
    ledger::wait_equal(&influx, &journal, Duration::from_secs(60));
    ledger::wait_identities(&influx, &journal, Duration::from_secs(20));
    agent.stop();
    site.assert_replays();
}

/// The row without what tells the twins apart; how often it was restated is no part of what it says.
fn without_machine(mut row: Row) -> Row {
    for name in ["machine", "rev"] {
        row.numbers.remove(name);
    }
    row
}
