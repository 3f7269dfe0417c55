//! A new machine is shown and journaled, but in no number, until a person puts it in service; who says so stands in the
//! journal, and the command works whether the agent runs or not.
#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "support/rig/mod.rs"]
mod rig;

use rig::agent::{Agent, Site};
use rig::journal::Journal;
use rig::plant::Plant;
use rig::shop::shop;
use rig::{eventually, ledger, wall_ms};
use serde_json::{Value, json};
use std::os::unix::fs::PermissionsExt;
use std::process::Output;
use std::time::Duration;

const SOON: Duration = Duration::from_secs(30);
/// A minute is over and sealed.
const SEALED: Duration = Duration::from_secs(120);

/// A press whose counter is a process value too, and a drill that is only registered.
const MACHINES: &str = r#"values = ["made"]
reject_source = "manual"

[machine.drill-01]
connected = false
counted = "person"
reject_source = "none"
"#;

fn said(output: &Output) -> (Option<i32>, String) {
    let text = match output.status.success() {
        true => &output.stdout,
        false => &output.stderr,
    };
    (output.status.code(), String::from_utf8_lossy(text).into_owned())
}

fn commission(site: &Site, more: &[&str]) -> (Option<i32>, String) {
    said(&site.command("commission", more))
}

fn wait_wall(agent: &Agent, what: &str, is_so: impl Fn(&Value) -> bool) -> Value {
    eventually(what, SOON, || match agent.on_wall("press-01")? {
        seen if is_so(&seen) => Ok(seen),
        seen => Err(seen.to_string()),
    })
}

/// A count by hand of a machine in commissioning is answered with what its counter did.
fn is_checked_by_hand(agent: &Agent, plant: &mut Plant) {
    let from = wall_ms();
    let until = eventually("five pieces are made", SOON, || {
        // The whole script is told, with what is still to come.
        let made = plant.truth("press-01").counts;
        let fifth = made.iter().filter(|at| **at >= from).nth(4).copied();
        fifth
            .filter(|at| *at < wall_ms())
            .ok_or_else(|| format!("the fifth comes at {fifth:?}"))
    });
    // The fifth piece belongs to the time, and was seen at the next of five polls a second.
    let says = json!({"from": from, "until": until + 1, "pieces": 5});
    let answer = agent.enter(&json!({"key": "h", "machine": "press-01", "kind": "hand_count", "hand_count": says}));
    let (status, body) = (answer.status, answer.json());
    assert_eq!(status, 201, "{body}");
    let counted = body["agent"].as_i64().unwrap();
    assert!(
        (4..=6).contains(&counted),
        "the first and the last a poll later: {body}"
    );
    assert_eq!(body["difference"], 5 - counted);
    let checks = agent.get("/api/v1/checks").unwrap();
    assert_eq!(
        (&checks[0]["machine"], &checks[0]["agent"]),
        (&json!("press-01"), &body["agent"])
    );
}

/// Process values of the time before an instant were not forwarded, and those after it were.
fn values_are_forwarded_from(journal: &Journal, put_in: i64) {
    let values = |when: &str| {
        let of_values = "SELECT count(*) FROM booking WHERE line LIKE 'gemba_value%' AND at";
        journal.number(&format!("{of_values} {when} {put_in}"))
    };
    assert_eq!(values("<"), 0, "and none of them was forwarded");
    assert!(values(">=") > 0, "those of a machine in service are");
}

/// A machine in commissioning is on the screens, and in none of their numbers.
fn is_shown_in_no_number(agent: &Agent, new: &Value) {
    assert_eq!(new["in_service"], false);
    assert_eq!(
        (&new["shown"], &new["shown_why"]),
        (&json!("none"), &json!("commissioning"))
    );
    assert_eq!(new["sums"]["span_ms"], 0, "in no number: {new}");
    let health = agent.get("/api/v1/health").unwrap().to_string();
    assert!(health.contains("gemba commission press-01 --by NAME"), "{health}");
    let tile = &agent.get("/api/v1/snapshot").unwrap()["machines"][0];
    assert_eq!(
        (&tile["in_service"], &tile["good"], &tile["plan"]),
        (&json!(false), &Value::Null, &Value::Null)
    );
}

#[test]
fn a_new_machine_counts_from_a_persons_word_on_and_no_longer_when_it_is_taken_out() {
    let folder = tempfile::tempdir().unwrap();
    let (mut plant, site) = shop(folder.path(), MACHINES);
    let agent = site.start_by(&mut site.program("run"));
    let new = wait_wall(&agent, "the press runs", |seen| seen["class"] == "running");
    is_shown_in_no_number(&agent, &new);
    is_checked_by_hand(&agent, &mut plant);

    // By the agent that runs, over its socket, which nobody else may open.
    let socket = site.data().join("control.sock");
    assert_eq!(std::fs::metadata(&socket).unwrap().permissions().mode() & 0o777, 0o600);
    let put_in = wall_ms();
    let by_an = commission(&site, &["press-01", "--by", "Nguyễn Văn An"]);
    assert_eq!(
        by_an,
        (
            Some(0),
            "press-01 is in service from now on, by Nguyễn Văn An\n".to_owned()
        )
    );
    let again = commission(&site, &["--all", "--by", "Bình"]);
    assert_eq!(again, (Some(0), "press-01 was in service already\n".to_owned()));
    wait_wall(&agent, "its time is counted", |seen| {
        seen["in_service"] == true && seen["sums"]["running_ms"].as_i64() > Some(0)
    });
    let journal = Journal::open(&site.data());
    let minute = put_in - put_in % 60_000;
    ledger::wait_sealed(&journal, &["press-01"], minute + 60_000, SEALED);
    let first = journal.number("SELECT min(start) FROM tally");
    assert!(first >= minute, "nothing is told of the time before {put_in}: {first}");
    let counted = journal.number(&format!("SELECT span_ms FROM tally WHERE start = {first}"));
    let left = first - first % 60_000 + 60_000 - put_in;
    assert!(counted <= left, "{counted} ms of the {left} left of its minute");
    let heard = journal.number("SELECT min(received_at) FROM fact WHERE kind = 'signal'");
    assert!(
        heard < put_in,
        "what the machine said before is in the journal all the same"
    );
    let told = journal.number(&format!(
        "SELECT count(*) FROM fact WHERE kind = 'values' AND at < {put_in}"
    ));
    assert!(told > 0, "so are its process values");
    agent.stop();
    values_are_forwarded_from(&journal, put_in);
    assert!(!socket.exists());
    site.assert_replays();

    // The next start knows it, and a person takes it out with no agent there.
    let out = commission(&site, &["press-01", "--out", "--by", "An"]);
    assert_eq!(
        out,
        (Some(0), "press-01 is out of service from now on, by An\n".to_owned())
    );
    let taken_out = wall_ms();
    let agent = site.start();
    wait_wall(&agent, "it is out of service", |seen| {
        seen["in_service"] == false && seen["class"] == "running"
    });
    agent.stop();
    let later = journal.number(&format!("SELECT count(*) FROM span WHERE start > {taken_out}"));
    assert_eq!(later, 0);
    site.assert_replays();
}

#[test]
fn who_names_no_machine_of_the_plant_or_nobody_is_told_so() {
    let folder = tempfile::tempdir().unwrap();
    let (_plant, site) = shop(folder.path(), MACHINES);
    let (code, why) = commission(&site, &["press-02", "--by", "An"]);
    assert_eq!(code, Some(2), "{why}");
    assert!(
        why.contains("no connected machine \"press-02\"") && why.contains("press-01"),
        "{why}"
    );
    let (code, why) = commission(&site, &["drill-01", "--by", "An"]);
    assert_eq!(code, Some(2), "only registered: {why}");
    for by in [" ", "config", "agent", "An/Binh"] {
        let (code, why) = commission(&site, &["press-01", "--by", by]);
        assert_eq!(code, Some(2), "{why}");
        assert!(why.contains("--by"), "{why}");
    }
    assert_eq!(
        commission(&site, &["--by", "An"]).0,
        Some(2),
        "neither machines nor --all"
    );
    assert!(!site.data().exists(), "nothing was made");
    // Nobody was ever there: the machine is known from this word on.
    let first = commission(&site, &["press-01", "--by", "An"]);
    assert_eq!(
        first,
        (Some(0), "press-01 is in service from now on, by An\n".to_owned())
    );
    let again = commission(&site, &["press-01", "--by", "Bình"]);
    assert_eq!(again.1, "press-01 was in service already\n");
}
