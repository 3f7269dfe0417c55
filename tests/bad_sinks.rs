//! Sinks that refuse the connection, lock the agent out or hang, beside one that works; and a counter that jumps: bookings and
//! pieces are held, told, and everything else goes on.
#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "support/bad_device.rs"]
mod device;
#[path = "support/modbus_responder.rs"]
mod responder;
#[path = "support/rig/mod.rs"]
mod rig;
#[path = "support/bad_watch.rs"]
mod watch;

use device::{Device, UNIT, Way};
use rig::agent::{Agent, Site};
use rig::influx::Influx;
use rig::journal::Journal;
use rig::nginx::{Nginx, TOKEN};
use rig::{eventually, free_port, ledger, let_pass};
use serde_json::Value;
use std::net::TcpListener;
use std::path::Path;
use std::time::Duration;
use watch::{SOON, START, lines, wait_finding, wait_line, wait_no_finding, wait_pieces};

/// A minute is over, sealed, booked and sent.
const SEALED: Duration = Duration::from_secs(100);
/// A sink that locks the agent out is tried again after half a minute at least, one minute at most.
const TRIED_AGAIN: Duration = Duration::from_secs(80);
/// A sink that takes the request and does not answer is given up after half a minute.
const HANGS: Duration = Duration::from_secs(60);
/// More than any machine makes between two polls.
const JUMP: i64 = 1_000_000;

fn sink(name: &str, url: &str, token: &Path) -> String {
    let token = token.display();
    format!(
        "\n[sink.influx.{name}]\nurl = \"{url}\"\norg = \"idc\"\nbucket = \"{}\"\ntoken_file = \"{token}\"\nflush_ms = 1000\n",
        rig::agent::BUCKET
    )
}

fn machine(name: &str, source: &str, port: u16) -> String {
    format!(
        r#"
[source.modbus.{source}]
url = "tcp://127.0.0.1:{port}"

[machine.{name}]
line = "hall"
poll_ms = 500
modbus = {{ source = "{source}", unit = {UNIT} }}
points.run = {{ modbus = "holding:1", type = "u16" }}
points.made = {{ modbus = "holding:2", type = "u32", order = "CDAB", counter = {{ bits = 32 }} }}
ideal_cycle_s = 0.5
max_rate_per_min = 600
state = {{ run = "run" }}
count = {{ total = "made" }}
reject_source = "none"
"#
    )
}

/// Makes pieces, one after the other, slowly enough for `max_rate_per_min`.
fn make(devices: &[&Device], pieces: i64) {
    for _ in 0..pieces {
        devices.iter().for_each(|device| device.count(1));
        let_pass(Duration::from_millis(150));
    }
}

/// What `/api/v1/health` says of a sink.
fn of_sink(agent: &Agent, name: &str) -> Result<Value, String> {
    let health = agent.get("/api/v1/health")?;
    let sinks = health["sinks"].as_array().into_iter().flatten();
    let found = sinks.into_iter().find(|sink| sink["name"] == name);
    found.cloned().ok_or_else(|| health.to_string())
}

/// A jump is not booked, is shown as held, and later counts go on.
fn assert_jump_is_held(agent: &Agent, steady: &Device, jumpy: &Device) {
    jumpy.count(JUMP);
    let held = "1000000 pieces are held";
    wait_finding(agent, &["Machine jumpy:", held, "max_rate_per_min"], SOON);
    wait_line(agent, &["jumpy", held], SOON);
    make(&[steady, jumpy], 20);
    for machine in ["steady", "jumpy"] {
        wait_pieces(agent, machine, 40, SOON);
    }
    assert_eq!(agent.on_wall("jumpy").unwrap()["held"], JUMP);
    assert_eq!(agent.on_wall("steady").unwrap()["held"], 0);
}

#[test]
fn bad_sinks_hold_their_bookings_and_a_jump_its_pieces_and_nothing_else_stops() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let influx = Influx::start(at, rig::agent::BUCKET);
    let nginx = Nginx::start(at, influx.port);
    let mute = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let steady = runtime.block_on(Device::start(Way::Silent));
    let jumpy = runtime.block_on(Device::start(Way::Silent));
    let wrong = at.join("wrong.token");
    std::fs::write(&wrong, "not-the-token").unwrap();
    let mut config = watch::calendar() + &machine("steady", "steady-plc", steady.address.port());
    config += &machine("jumpy", "jumpy-plc", jumpy.address.port());
    config += &sink("refused", &format!("http://127.0.0.1:{}", free_port()), &wrong);
    config += &sink("locked-out", &nginx.url(), &wrong);
    config += &sink("mute", &format!("http://{}", mute.local_addr().unwrap()), &wrong);
    let site = Site::new(at, &nginx.url(), &config);
    let agent = site.start();
    for machine in ["steady", "jumpy"] {
        agent.wait_class(machine, "running", START);
    }

    make(&[&steady, &jumpy], 20);
    wait_pieces(&agent, "jumpy", 20, SOON);
    assert_jump_is_held(&agent, &steady, &jumpy);

    let taken = "Sink programme does not take bookings";
    eventually("the sink that works has confirmed", SEALED, || {
        match of_sink(&agent, "programme")? {
            sink if sink["up"] == true && sink["done"].as_i64() > Some(0) => Ok(()),
            sink => Err(sink.to_string()),
        }
    });
    wait_no_finding(&agent, &[taken], SOON);
    assert_told(&agent);
    assert_held(&agent, &["refused", "locked-out", "mute"]);
    let said = lines(&agent, &["sink="]);
    assert!(said <= 6, "{said} lines about three sinks: {}", agent.said());

    std::fs::write(&wrong, TOKEN).unwrap();
    eventually("the right token opens the sink", TRIED_AGAIN, || {
        match of_sink(&agent, "locked-out")? {
            sink if sink["up"] == true && sink["backlog"] == 0 => Ok(()),
            sink => Err(sink.to_string()),
        }
    });
    agent.stop();
    let journal = Journal::open(&site.data());
    ledger::wait_equal(&influx, &journal, SOON);
    assert!(ledger::flags(&journal).contains(&("jumpy".into(), "total".into(), "held".into())));
    site.assert_replays();
}

/// Each bad sink is told with what is wrong, confirms nothing and loses nothing.
fn assert_told(agent: &Agent) {
    for (name, within, words) in [
        ("refused", SOON, "does not answer"),
        ("locked-out", SOON, "put a valid one into the token file"),
        ("mute", HANGS, "does not answer"),
    ] {
        let sink = format!("Sink {name} does not take bookings");
        wait_finding(agent, &[&sink, words, "none is lost"], within);
        wait_line(agent, &[&format!("sink={name}"), words], within);
        let seen = of_sink(agent, name).unwrap();
        assert_eq!(
            (
                seen["up"].as_bool(),
                seen["done"].as_i64(),
                seen["quarantined"].as_i64()
            ),
            (Some(false), Some(0), Some(0))
        );
    }
}

/// What a sink has not confirmed waits, all of it.
fn assert_held(agent: &Agent, sinks: &[&str]) {
    let done = of_sink(agent, "programme").unwrap()["done"].as_i64().unwrap();
    for name in sinks {
        let backlog = of_sink(agent, name).unwrap()["backlog"].as_i64().unwrap();
        assert!(backlog >= done, "{name}: {backlog} wait of at least {done} booked");
    }
}
