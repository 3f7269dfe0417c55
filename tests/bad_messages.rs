//! Messages that are no JSON, miss a field, say numbers as text or are far too large, all over one broker: each is told, its
//! machine is unknown, its messages are acknowledged, and the next machine's count.
#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "support/bad_publisher.rs"]
mod publisher;
#[path = "support/rig/mod.rs"]
mod rig;
#[path = "support/bad_watch.rs"]
mod watch;

use publisher::Publisher;
use rig::agent::{Agent, Site};
use rig::broker::Broker;
use rig::truth::STATE_MAP;
use rig::{free_port, let_pass};
use std::time::Duration;
use watch::{SOON, lines, wait_finding, wait_good, wait_line, wait_not_good, wait_pieces};

/// Silence after which these machines are unknown, in seconds.
const STALE_S: u64 = 8;
/// It shows on the wall a tick or two later.
const SILENT: Duration = Duration::from_secs(STALE_S + 4);
/// A line about a machine comes after ten seconds of trouble.
const TOLD: Duration = Duration::from_secs(20);
/// Time between two messages of a machine.
const EVERY: Duration = Duration::from_millis(300);
/// Messages of the good time and of the bad one: three and fifteen seconds.
const ROUNDS: (i64, i64) = (10, 50);
/// Machines beside those of the cases: one that works all the time, one whose state nobody mapped.
const OTHERS: [&str; 2] = ["good", "unmapped"];
const ONE_MB: usize = 1_000_000;

/// A machine whose messages go bad.
struct Case {
    name: &'static str,
    payload: fn(i64) -> Vec<u8>,
    quality: &'static str,
    /// What health and log must say; nothing for values that are wrong only for a counter.
    words: &'static str,
}

fn text(text: &str) -> Vec<u8> {
    text.as_bytes().to_vec()
}

fn good(made: i64) -> Vec<u8> {
    format!(r#"{{"state": 1, "made": {made}}}"#).into_bytes()
}

fn cases() -> [Case; 12] {
    let case = |name, payload, words| Case {
        name,
        payload,
        quality: "bad_config",
        words,
    };
    [
        case(
            "no-json",
            |made| text(&format!(r#"{{"state": 1, "made": {made}"#)),
            "not valid JSON",
        ),
        case("words", |_| text("running, thank you"), "not JSON"),
        case("binary", |_| vec![0xFF, 0xFE, 0, 1, 2], "not UTF-8"),
        case("empty", |_| Vec::new(), "the payload is empty"),
        case(
            "quoted",
            |made| text(&format!(r#"{{"state": "1", "made": "{made}"}}"#)),
            "publish it without the quotes",
        ),
        case("missing", |_| text(r#"{"status": 1, "count": 7}"#), "has no field"),
        case("null", |_| text(r#"{"state": null, "made": null}"#), "is null"),
        case("nested", |_| vec![b'['; 100_000], "not valid JSON"),
        case(
            "too-great",
            |_| text(r#"{"state": 1e30, "made": 1e30}"#),
            "does not fit 64 bits",
        ),
        case(
            "large",
            |made| {
                let pad = "x".repeat(ONE_MB);
                text(&format!(r#"{{"state": 1, "made": {made}, "pad": "{pad}"}}"#))
            },
            "more than the 262144 of max_packet_bytes",
        ),
        Case {
            quality: "out_of_range",
            ..case("negative", |_| text(r#"{"state": -1, "made": -5}"#), "")
        },
        Case {
            quality: "out_of_range",
            ..case(
                "fraction",
                |made| text(&format!(r#"{{"state": -1, "made": {made}.5}}"#)),
                "",
            )
        },
    ]
}

fn machine(name: &str) -> String {
    let topic = topic(name);
    format!(
        r#"
[machine.m-{name}]
line = "hall"
points.state = {{ mqtt = "{topic}", source = "floor", json = "/state", range = [0, 9], stale_after_s = {STALE_S} }}
points.made = {{ mqtt = "{topic}", source = "floor", json = "/made", counter = {{}}, stale_after_s = {STALE_S} }}
ideal_cycle_s = 0.3
max_rate_per_min = 1200
state = {{ from = "state", map = {STATE_MAP} }}
count = {{ total = "made" }}
reject_source = "none"
"#
    )
}

fn topic(name: &str) -> String {
    format!("plant/{name}/counts")
}

#[test]
fn bad_messages_are_told_and_unknown_and_stop_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let broker = Broker::start(folder.path());
    let cases = cases();
    let mut config = format!(
        "{}\n[source.mqtt.floor]\nurl = \"mqtt://127.0.0.1:{}\"\n",
        watch::calendar(),
        broker.port
    );
    for name in cases.iter().map(|case| case.name).chain(OTHERS) {
        config += &machine(name);
    }
    let sink = format!("http://127.0.0.1:{}", free_port());
    let site = Site::new(folder.path(), &sink, &config);
    let agent = site.start();
    for name in cases.iter().map(|case| case.name).chain(OTHERS) {
        broker.wait_subscribed(&topic(name));
    }
    let publisher = Publisher::start(broker.port);
    for made in 0..=ROUNDS.0 {
        for name in cases.iter().map(|case| case.name).chain(OTHERS) {
            publisher.publish(&topic(name), good(made));
        }
        let_pass(EVERY);
    }
    for case in &cases {
        agent.wait_class(&format!("m-{}", case.name), "running", SOON);
    }
    for made in ROUNDS.0 + 1..=ROUNDS.0 + ROUNDS.1 {
        publisher.publish(&topic("unmapped"), br#"{"state": 9, "made": 0}"#);
        for case in &cases {
            publisher.publish(&topic(case.name), (case.payload)(made));
        }
        publisher.publish(&topic("good"), good(made));
        let_pass(EVERY);
    }
    cases.iter().for_each(|case| assert_told(&agent, case));
    agent.wait_class("m-unmapped", "unknown", Duration::ZERO);
    wait_finding(&agent, &["Machine m-unmapped:", "state says 9", "not in its map"], SOON);
    wait_line(&agent, &["machine=m-unmapped", "state says 9"], TOLD);
    agent.wait_class("m-good", "running", Duration::ZERO);
    wait_pieces(&agent, "m-good", ROUNDS.0 + ROUNDS.1, SOON);

    let made = ROUNDS.0 + ROUNDS.1 + 1;
    for name in cases.iter().map(|case| case.name).chain(OTHERS) {
        publisher.publish(&topic(name), good(made));
    }
    for case in &cases {
        let machine = format!("m-{}", case.name);
        wait_good(&agent, &machine, SOON);
        wait_pieces(&agent, &machine, made, SOON);
    }
    agent.stop();
    site.assert_replays();
}

fn assert_told(agent: &Agent, case: &Case) {
    let machine = format!("m-{}", case.name);
    let qualities = wait_not_good(agent, &machine, SOON);
    assert!(
        qualities.iter().all(|quality| quality == case.quality),
        "{machine}: {qualities:?}"
    );
    agent.wait_class(&machine, "unknown", SILENT);
    wait_finding(
        agent,
        &[&format!("Machine {machine}:"), "total", "state", "not good"],
        SOON,
    );
    wait_line(agent, &[&format!("machine={machine}"), "not good"], TOLD);
    if !case.words.is_empty() {
        let topic = topic(case.name);
        wait_finding(agent, &["Source floor", &topic, &machine, case.words], SOON);
        let line = ["source=\"floor\"", &topic, &machine, case.words];
        wait_line(agent, &line, SOON);
        assert_eq!(lines(agent, &line), 1, "told once a minute at most: {}", agent.said());
    }
}
