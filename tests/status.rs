//! `gemba status` on the real program: all well, a sink that is down, an agent that does not run, a stranger at its port, and a
//! configuration that cannot be used.
#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "support/rig/mod.rs"]
mod rig;

use rig::agent::{Agent, Site};
use rig::eventually;
use rig::journal::Journal;
use rig::shop::{press, shop};
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::TcpListener;
use std::process::Output;
use std::time::Duration;

const SOON: Duration = Duration::from_secs(30);
/// A minute is over, sealed, booked, and was tried to be sent.
const TRIED: Duration = Duration::from_secs(120);

/// The press of a line whose rejects people enter.
const PRESS: &str = "line = \"moulding\"\nreject_source = \"manual\"";

fn code(output: &Output) -> i32 {
    output.status.code().expect("it ended by itself")
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Exit code and JSON.
fn told(site: &Site) -> (i32, Value) {
    let output = site.command("status", &["--json"]);
    let json = serde_json::from_slice(&output.stdout).unwrap_or_else(|why| panic!("{why}: {output:?}"));
    (code(&output), json)
}

fn wait_told(site: &Site, within: Duration, what: &str, is_so: impl Fn(&Value) -> bool) -> (i32, Value) {
    eventually(what, within, || match told(site) {
        (code, told) if is_so(&told) => Ok((code, told)),
        (code, told) => Err(format!("{code} {told}")),
    })
}

/// The hash of a fact as any SQLite tool reads it.
fn hash(site: &Site, seq: u64) -> String {
    let query = format!("SELECT lower(hex(hash)) AS hash FROM fact WHERE seq = {seq}");
    Journal::open(&site.data()).rows(&query)[0].text("hash").to_owned()
}

#[test]
fn an_agent_that_runs_well_then_lacks_its_sink_then_is_stopped_is_told_with_its_backlog() {
    let folder = tempfile::tempdir().unwrap();
    let (_plant, site) = shop(folder.path(), PRESS);
    let agent: Agent = site.start();
    let (code, well) = wait_told(&site, SOON, "all is well", |told| {
        told["status"] == "ok" && told["machines"][0]["state"] == "running" && told["chain"]["seq"].as_u64() > Some(0)
    });
    assert_eq!(code, 0, "{well}");
    assert_eq!(well["sources"][0]["name"], "hall");
    let seq = well["chain"]["seq"].as_u64().unwrap();
    assert_eq!(well["chain"]["hash"], hash(&site, seq));

    let output = site.command("status", &[]);
    let shown = text(&output);
    for line in [
        "OK: gemba at xuong-1 of example-co",
        "hall    modbus  up",
        "press-01  moulding  running",
    ] {
        assert!(shown.contains(line), "{line:?} is not in {shown}");
    }

    let (code, lacks) = wait_told(&site, TRIED, "the sink is down", |told| told["sinks"][0]["up"] == false);
    assert_eq!((code, &lacks["status"]), (1, &json!("warning")), "{lacks}");
    assert!(lacks["sinks"][0]["backlog"].as_u64() > Some(0), "{lacks}");
    assert!(lacks["findings"].to_string().contains("programme"), "{lacks}");

    agent.stop();
    let (code, stopped) = told(&site);
    assert_eq!((code, &stopped["status"]), (2, &json!("critical")), "{stopped}");
    assert_eq!(stopped["running"], false);
    let newest = Journal::open(&site.data()).number("SELECT max(seq) FROM booking");
    // nothing was ever confirmed: all of it waits
    assert_eq!(stopped["sinks"][0]["backlog"].as_i64(), Some(newest));
    let seq = stopped["chain"]["seq"].as_u64().unwrap();
    assert_eq!(stopped["chain"]["hash"], hash(&site, seq));
    assert!(stopped["at"].is_string(), "when it last lived: {stopped}");
    let shown = text(&site.command("status", &[]));
    assert!(
        shown.starts_with("CRITICAL: gemba at xuong-1 of example-co does not answer"),
        "{shown}"
    );
    assert!(shown.contains("It was last alive at "), "{shown}");
}

#[test]
fn where_no_agent_ever_ran_that_is_told_too() {
    let folder = tempfile::tempdir().unwrap();
    let site = Site::new(folder.path(), "http://127.0.0.1:1", &press(1, PRESS));
    let (code, told) = told(&site);
    assert_eq!(code, 2, "{told}");
    assert!(
        told["findings"]
            .to_string()
            .contains("The data folder tells nothing either"),
        "{told}"
    );
    assert!(!site.data().exists(), "nothing was made by looking");
}

#[test]
fn a_stranger_at_the_port_is_not_taken_for_the_agent() {
    let folder = tempfile::tempdir().unwrap();
    let site = Site::new(folder.path(), "http://127.0.0.1:1", &press(1, PRESS));
    let stranger = TcpListener::bind(("127.0.0.1", site.port)).unwrap();
    std::thread::spawn(move || {
        for link in stranger.incoming() {
            let mut link = link.unwrap();
            assert!(link.read(&mut [0; 4096]).unwrap() > 0);
            link.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")
                .unwrap();
        }
    });
    let (code, told) = told(&site);
    assert_eq!((code, &told["status"]), (3, &json!("unknown")), "{told}");
    assert!(told["findings"].to_string().contains("is no agent"), "{told}");
}

#[test]
fn a_configuration_that_cannot_be_used_is_unknown_and_says_where() {
    let folder = tempfile::tempdir().unwrap();
    let site = Site::new(folder.path(), "http://127.0.0.1:1", &press(1, PRESS));
    let file = folder.path().join("gemba.toml");
    let good = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, good.replace("poll_ms = 200", "pol_ms = 200")).unwrap();
    let output = site.command("status", &["--json"]);
    assert_eq!(code(&output), 3);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("did you mean `poll_ms`?"), "{said}");
    assert!(output.stdout.is_empty(), "no JSON that says nothing");
}
