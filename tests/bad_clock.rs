//! A wall clock that is set forward or back by an hour: agent time follows or goes on, no instant is used twice, no piece is
//! lost, and the skipped hour is in no number.
#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "support/bad_clock.rs"]
mod clock;
#[path = "support/bad_device.rs"]
mod device;
#[path = "support/modbus_responder.rs"]
mod responder;
#[path = "support/rig/mod.rs"]
mod rig;
#[path = "support/bad_watch.rs"]
mod watch;

use clock::WallClock;
use device::{Device, UNIT, Way};
use rig::agent::{Agent, Site};
use rig::journal::Journal;
use rig::{eventually, free_port, ledger, let_pass, wall_ms};
use serde_json::Value;
use std::path::Path;
use std::time::Duration;
use tokio::runtime::Runtime;
use watch::{SOON, START, lines, wait_finding, wait_line, wait_no_finding, wait_pieces};

const HOUR_MS: i64 = 3_600_000;
const MINUTE_MS: i64 = 60_000;
/// The clock is read by two parties, one after the other.
const SLACK_MS: i64 = 3_000;
/// A step is believed when it has lasted a minute.
const BELIEVED: Duration = Duration::from_secs(75);
/// A minute is over and sealed.
const SEALED: Duration = Duration::from_secs(90);
/// Said once when it is over.
const AGREES: &str = "the wall clock and the agent's agree again";
/// Lines in the log about one step: that it is seen, and a minute later what is made of it.
const WARNINGS: usize = 2;
/// Machines of the tests: one that counts, and one whose signals never change.
const MACHINES: [(&str, u16); 2] = [("press", 2), ("still", 6)];

struct Hall {
    _runtime: Runtime,
    device: Device,
    clock: WallClock,
    site: Site,
    made: i64,
}

impl Hall {
    fn new(folder: &Path) -> Hall {
        let runtime = Runtime::new().unwrap();
        let device = runtime.block_on(Device::start(Way::Silent));
        let port = device.address.port();
        let mut config = format!(
            "{}\n[source.modbus.plc]\nurl = \"tcp://127.0.0.1:{port}\"\n",
            watch::calendar()
        );
        for (machine, register) in MACHINES {
            config += &format!(
                r#"
[machine.{machine}]
line = "hall"
poll_ms = 500
modbus = {{ source = "plc", unit = {UNIT} }}
points.run = {{ modbus = "holding:1", type = "u16" }}
points.made = {{ modbus = "holding:{register}", type = "u32", order = "CDAB", counter = {{ bits = 32 }} }}
ideal_cycle_s = 0.5
max_rate_per_min = 600
state = {{ run = "run" }}
count = {{ total = "made" }}
reject_source = "none"
"#
            );
        }
        let sink = format!("http://127.0.0.1:{}", free_port());
        let site = Site::new(folder, &sink, &config);
        site.commission();
        Hall {
            _runtime: runtime,
            device,
            clock: WallClock::new(folder),
            site,
            made: 0,
        }
    }

    fn start(&self) -> Agent {
        let mut program = self.site.program("run");
        self.clock.rule(&mut program);
        let agent = self.site.start_by(&mut program);
        for (machine, _) in MACHINES {
            agent.wait_class(machine, "running", START);
        }
        agent
    }

    /// A piece every half second.
    fn work(&mut self, seconds: u32) {
        for _ in 0..2 * seconds {
            self.device.count(1);
            self.made += 1;
            let_pass(Duration::from_millis(500));
        }
    }

    /// The same until something has come to be so.
    fn work_until(&mut self, what: &str, within: Duration, mut is_so: impl FnMut() -> Result<(), String>) {
        let mut seen = String::new();
        for _ in 0..within.as_secs() {
            self.work(1);
            match is_so() {
                Ok(()) => return,
                Err(why) => seen = why,
            }
        }
        panic!("after {within:?} still not so: {what}; last seen: {seen}");
    }
}

/// Milliseconds by which the agent's time is ahead of the real one.
fn ahead(agent: &Agent) -> Result<i64, String> {
    let health = agent.get("/api/v1/health")?;
    let at = health["at"].as_str().ok_or_else(|| health.to_string())?;
    let at: jiff::Timestamp = at.parse().map_err(|why| format!("{at}: {why}"))?;
    Ok(at.as_millisecond() - wall_ms())
}

fn is_about(seen: i64, expected: i64) -> Result<(), String> {
    match (seen - expected).abs() <= SLACK_MS {
        true => Ok(()),
        false => Err(format!("{seen} ms, not {expected}")),
    }
}

fn wait_said(agent: &Agent, words: &str, times: usize) {
    eventually(&format!("the log says {words:?} {times} times"), SOON, || {
        match agent.said().matches(words).count() {
            seen if seen == times => Ok(()),
            seen => Err(format!("{seen} times: {}", agent.said())),
        }
    });
}

fn sum(seen: &Value, column: &str) -> i64 {
    seen["sums"][column]
        .as_i64()
        .unwrap_or_else(|| panic!("{column}: {seen}"))
}

/// Every tally was booked once, in one go, and they follow one another.
fn assert_no_instant_twice(site: &Site) {
    let journal = Journal::open(&site.data());
    for (machine, _) in MACHINES {
        let rows = ledger::tallies(&journal, machine, i64::MAX);
        assert!(rows.len() > 1, "{machine}: {rows:?}");
        ledger::assert_tiled(&rows);
        let restated = journal.rows("SELECT * FROM tally WHERE rev > 0");
        let former = journal.rows("SELECT * FROM tally_history");
        assert_eq!(restated, [], "an instant was told twice, formerly as {former:#?}");
    }
    let back = "SELECT COUNT(*) FROM fact a JOIN fact b ON b.seq = a.seq + 1 WHERE b.received_at < a.received_at";
    assert_eq!(journal.number(back), 0, "agent time went back");
}

#[test]
fn a_clock_set_forward_is_followed_and_the_skipped_hour_is_in_no_number() {
    let folder = tempfile::tempdir().unwrap();
    let mut hall = Hall::new(folder.path());
    let agent = hall.start();
    hall.work(5);
    assert_eq!(is_about(ahead(&agent).unwrap(), 0), Ok(()));

    hall.clock.set("+1h");
    wait_finding(&agent, &["clock", "3600 s ahead", "waiting"], SOON);
    assert_eq!(is_about(ahead(&agent).unwrap(), 0), Ok(()), "not believed yet");
    hall.work_until("agent time follows", BELIEVED, || is_about(ahead(&agent)?, HOUR_MS));
    wait_no_finding(&agent, &["clock"], SOON);
    wait_line(&agent, &["the clock was set forward"], SOON);
    wait_said(&agent, AGREES, 1);
    assert_eq!(lines(&agent, &["clock"]), WARNINGS, "{}", agent.said());

    let skipped_at = wall_ms() + HOUR_MS;
    let until = (skipped_at / MINUTE_MS + 1) * MINUTE_MS;
    let data = hall.site.data();
    let journal = Journal::open(&data);
    hall.work_until("the minute of the skip is sealed", SEALED, || {
        MACHINES
            .iter()
            .try_for_each(|(machine, _)| match ledger::sealed_until(&journal, machine) {
                end if end >= until => Ok(()),
                end => Err(format!("{machine}: {} ms short", until - end)),
            })
    });
    wait_pieces(&agent, "press", hall.made, SOON);
    for (machine, _) in MACHINES {
        let seen = agent.on_wall(machine).unwrap();
        assert_eq!(is_about(sum(&seen, "clock_skip_ms"), HOUR_MS), Ok(()), "{seen}");
        assert!(sum(&seen, "unknown_ms") < SLACK_MS, "{seen}");
        // What was made between the last poll before the step and the first after it, half a second later.
        assert!(sum(&seen, "gap_total") <= 2, "{seen}");
        let shown = sum(&seen, "pbt_ms") + sum(&seen, "unknown_ms") + sum(&seen, "clock_skip_ms");
        assert_eq!(shown, sum(&seen, "span_ms"), "{seen}");
        assert_eq!(
            sum(&seen, "planned_ms"),
            sum(&seen, "pbt_ms") + sum(&seen, "unknown_ms"),
            "{seen}"
        );
    }
    agent.stop();
    assert_no_instant_twice(&hall.site);
    hall.site.assert_replays();
}

#[test]
fn a_clock_set_back_moves_no_instant_and_a_restart_uses_none_twice() {
    let folder = tempfile::tempdir().unwrap();
    let mut hall = Hall::new(folder.path());
    let agent = hall.start();
    hall.work(5);
    hall.clock.set("-1h");
    let finding = ["set back", " s ahead of it", "Set the clock right"];
    hall.work_until("health says what to do", BELIEVED, || {
        let health = agent.get("/api/v1/health")?;
        let found = finding.iter().all(|words| {
            health["clock"]["what"]
                .as_str()
                .is_some_and(|what| what.contains(words))
        });
        if found {
            Ok(())
        } else {
            Err(health["clock"].to_string())
        }
    });
    wait_finding(&agent, &finding, SOON);
    wait_line(&agent, &["set back"], SOON);
    hall.work(5);
    assert_eq!(lines(&agent, &["clock"]), WARNINGS, "{}", agent.said());
    assert_eq!(is_about(ahead(&agent).unwrap(), 0), Ok(()), "agent time goes on");
    wait_pieces(&agent, "press", hall.made, SOON);
    agent.stop();

    // The machine whose signals never change has tallies, but no fact, up to here.
    let agent = hall.start();
    assert_eq!(
        is_about(ahead(&agent).unwrap(), 0),
        Ok(()),
        "it starts after the newest instant it has told"
    );
    let journal = Journal::open(&folder.path().join("data"));
    let again = wall_ms();
    hall.work_until(
        "a minute that ends after the restart is sealed",
        SEALED,
        || match ledger::sealed_until(&journal, "still") {
            end if end > again => Ok(()),
            end => Err(format!("{} ms before the restart", again - end)),
        },
    );
    wait_pieces(&agent, "press", hall.made, SOON);
    assert!(!agent.said().contains(AGREES), "{}", agent.said());
    hall.clock.set("+0");
    wait_no_finding(&agent, &["clock"], SOON);
    wait_said(&agent, AGREES, 1);
    agent.stop();
    assert_no_instant_twice(&hall.site);
    hall.site.assert_replays();
}
