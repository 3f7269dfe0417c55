//! What an integrator looks at when something is wrong: the wall, the health page and the log, with the words they must hold.

#![allow(dead_code, reason = "each test file uses the part it needs")]

use super::rig::agent::Agent;
use super::rig::{eventually, wall_ms};
use serde_json::Value;
use std::time::Duration;

/// Everything works within this.
pub const START: Duration = Duration::from_secs(30);
/// A reading, or that there is none, is on the wall within this.
pub const SOON: Duration = Duration::from_secs(8);
/// Minutes by which the zone of the tests is ahead of UTC.
const ZONE_MIN: i64 = 7 * 60;

/// `[calendar]` whose production day begins twelve hours from now, so that no sum on the wall begins anew within a test.
pub fn calendar() -> String {
    let local_h = (wall_ms() / 60_000 + ZONE_MIN) / 60 % 24;
    format!(
        "\n[calendar]\nproduction_day_start = \"{:02}:00\"\n",
        (local_h + 12) % 24
    )
}

/// Waits until no signal of a machine is good on the wall, and gives their qualities.
pub fn wait_not_good(agent: &Agent, machine: &str, within: Duration) -> Vec<String> {
    eventually(&format!("no signal of {machine} is good"), within, || {
        let seen = agent.on_wall(machine)?;
        let qualities = qualities(&seen);
        if qualities.is_empty() || qualities.iter().any(|quality| quality == "good") {
            Err(seen["signals"].to_string())
        } else {
            Ok(qualities)
        }
    })
}

/// Waits until every signal of a machine is good again.
pub fn wait_good(agent: &Agent, machine: &str, within: Duration) {
    eventually(&format!("every signal of {machine} is good"), within, || {
        let seen = agent.on_wall(machine)?;
        match qualities(&seen).iter().all(|quality| quality == "good") {
            true => Ok(()),
            false => Err(seen["signals"].to_string()),
        }
    });
}

/// Waits until `/api/v1/health` has one finding that holds all these words, and gives it.
pub fn wait_finding(agent: &Agent, words: &[&str], within: Duration) -> String {
    eventually(&format!("a finding says {words:?}"), within, || {
        let findings = findings(agent)?;
        let found = findings.iter().find(|finding| holds(finding, words));
        found.cloned().ok_or_else(|| format!("{findings:#?}"))
    })
}

/// Waits until no finding holds these words any more.
pub fn wait_no_finding(agent: &Agent, words: &[&str], within: Duration) {
    eventually(&format!("no finding says {words:?}"), within, || {
        let found = findings(agent)?.into_iter().find(|finding| holds(finding, words));
        found.map_or(Ok(()), Err)
    });
}

/// Waits until the log has a WARN or ERROR line that holds all these words.
pub fn wait_line(agent: &Agent, words: &[&str], within: Duration) {
    eventually(&format!("the log has a line with {words:?}"), within, || {
        match lines(agent, words) {
            0 => Err(agent.said()),
            _ => Ok(()),
        }
    });
}

/// How many WARN and ERROR lines of the log hold all these words.
pub fn lines(agent: &Agent, words: &[&str]) -> usize {
    let said = agent.said();
    let loud = |line: &&str| line.contains(" WARN ") || line.contains("ERROR ");
    said.lines().filter(loud).filter(|line| holds(line, words)).count()
}

/// Pieces of a machine on the wall, in known time and in gaps.
pub fn pieces(agent: &Agent, machine: &str) -> Result<i64, String> {
    let seen = agent.on_wall(machine)?;
    let count = |name: &str| seen["counts"][name].as_i64().ok_or_else(|| seen.to_string());
    Ok(count("total")? + count("gap_total")?)
}

/// Waits until a machine has so many pieces on the wall.
pub fn wait_pieces(agent: &Agent, machine: &str, pieces: i64, within: Duration) {
    eventually(
        &format!("{machine} has {pieces} pieces"),
        within,
        || match self::pieces(agent, machine)? {
            seen if seen == pieces => Ok(()),
            seen => Err(seen.to_string()),
        },
    );
}

fn findings(agent: &Agent) -> Result<Vec<String>, String> {
    let health = agent.get("/api/v1/health")?;
    let findings = health["findings"].as_array().ok_or_else(|| health.to_string())?;
    Ok(findings
        .iter()
        .map(|one| one.as_str().unwrap_or_default().to_owned())
        .collect())
}

fn qualities(seen: &Value) -> Vec<String> {
    let signals = seen["signals"].as_array().into_iter().flatten();
    signals
        .map(|signal| signal["quality"].as_str().unwrap_or_default().to_owned())
        .collect()
}

fn holds(text: &str, words: &[&str]) -> bool {
    words.iter().all(|word| text.contains(word))
}
