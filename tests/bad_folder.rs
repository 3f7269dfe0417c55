//! A data folder that cannot be written, is used by another agent, fills up or fails while the agent runs: it is told, the
//! screens stay alive, and no piece is lost.
#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "support/bad_device.rs"]
mod device;
#[path = "support/bad_disk.rs"]
mod disk;
#[path = "support/modbus_responder.rs"]
mod responder;
#[path = "support/rig/mod.rs"]
mod rig;
#[path = "support/bad_watch.rs"]
mod watch;

use device::{Device, UNIT, Way};
use disk::Disk;
use rig::agent::{Agent, Site};
use rig::{eventually, free_port, let_pass};
use std::path::Path;
use std::process::{Command, Output};
use std::time::Duration;
use tokio::runtime::Runtime;
use watch::{SOON, START, lines, wait_finding, wait_line, wait_no_finding, wait_pieces};

/// What the README promises for a full disk: told, and over, within this.
const PROMISED: Duration = Duration::from_secs(10);
/// Longer than the back-off of a store that fails takes to reach its longest wait.
const FULL_FOR: u32 = 40;

fn press(port: u16) -> String {
    format!(
        r#"{}
[source.modbus.plc]
url = "tcp://127.0.0.1:{port}"

[machine.press]
line = "hall"
poll_ms = 500
modbus = {{ source = "plc", unit = {UNIT} }}
points.run = {{ modbus = "holding:1", type = "u16" }}
points.made = {{ modbus = "holding:2", type = "u32", order = "CDAB", counter = {{ bits = 32 }} }}
ideal_cycle_s = 0.5
max_rate_per_min = 600
state = {{ run = "run" }}
count = {{ total = "made" }}
reject_source = "none"
"#,
        watch::calendar()
    )
}

/// A plant of one press, and its agent's configuration.
fn plant(folder: &Path) -> (Runtime, Device, Site) {
    let runtime = Runtime::new().unwrap();
    let device = runtime.block_on(Device::start(Way::Silent));
    let sink = format!("http://127.0.0.1:{}", free_port());
    let site = Site::new(folder, &sink, &press(device.address.port()));
    (runtime, device, site)
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn a_read_only_data_folder_ends_the_start_with_a_line_that_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let (_runtime, _device, site) = plant(folder.path());
    let disk = Disk::mount(&site.data(), 16);
    disk.read_only();
    let ended = site.command("run", &[]);
    let said = said(&ended);
    assert_eq!(ended.status.code(), Some(1), "{said}");
    let line = said.lines().find(|line| line.contains("ERROR")).unwrap_or_default();
    for words in [
        site.data().to_str().unwrap(),
        "Read-only file system",
        "check that it is on a writable disk",
    ] {
        assert!(line.contains(words), "{words}: {said}");
    }
}

#[test]
fn the_second_agent_of_a_folder_ends_and_names_the_first() {
    let folder = tempfile::tempdir().unwrap();
    let (_runtime, device, site) = plant(folder.path());
    let agent = site.start();
    agent.wait_class("press", "running", START);
    let second = site.command("run", &[]);
    let said = said(&second);
    assert_eq!(second.status.code(), Some(1), "{said}");
    let line = said.lines().find(|line| line.contains("ERROR")).unwrap_or_default();
    for words in [&format!("pid {}", agent.id()), site.data().to_str().unwrap(), "end it"] {
        assert!(line.contains(words), "{words}: {said}");
    }
    device.count(1);
    wait_pieces(&agent, "press", 1, SOON);
    agent.stop();
    site.assert_replays();
}

/// A piece every half second, with the screens alive at each: they show the press running, now.
fn work(agent: &Agent, device: &Device, made: &mut i64, seconds: u32) {
    for _ in 0..2 * seconds {
        device.count(1);
        *made += 1;
        let_pass(Duration::from_millis(500));
        let wall = agent.get("/api/v1/wall").unwrap();
        assert_eq!(
            (&wall["stale"], &wall["machines"][0]["class"]),
            (&false.into(), &"running".into())
        );
    }
}

#[test]
fn a_full_disk_is_told_and_costs_no_piece() {
    let folder = tempfile::tempdir().unwrap();
    let (_runtime, device, site) = plant(folder.path());
    let mut disk = Disk::mount(&site.data(), 48);
    site.commission();
    let agent = site.start();
    agent.wait_class("press", "running", START);
    let mut made = 0;
    work(&agent, &device, &mut made, 5);

    disk.fill();
    wait_finding(&agent, &["The disk of the data folder is full", "Free space"], PROMISED);
    wait_line(&agent, &["the disk of the data folder is full"], PROMISED);
    assert_eq!(agent.get("/api/v1/health").unwrap()["status"], "failing");
    work(&agent, &device, &mut made, FULL_FOR);
    wait_pieces(&agent, "press", made, SOON);
    let full = [
        "Nothing is written to disk",
        "the disk is full",
        "free space",
        "wait in memory",
    ];
    wait_finding(&agent, &full, Duration::ZERO);
    wait_line(&agent, &["facts cannot be written", "the disk is full"], Duration::ZERO);
    let said = lines(&agent, &[]);
    assert!(said <= 8, "{said} lines: {}", agent.said());

    disk.free();
    wait_no_finding(&agent, &["The disk of the data folder is full"], PROMISED);
    wait_no_finding(&agent, &["Nothing is written to disk"], PROMISED);
    work(&agent, &device, &mut made, 2);
    assert_whole(agent, &site, made);
}

/// A disk that takes nothing, by a limit of the operating system on the size of files: no rights are needed for it.
fn limit_files(agent: &Agent, bytes: &str) {
    let mut command = Command::new("prlimit");
    command.args(["--pid", &agent.id().to_string(), &format!("--fsize={bytes}:")]);
    let status = command.status().unwrap();
    assert!(status.success(), "{command:?}: {status}");
}

#[test]
fn a_disk_that_fails_is_told_and_costs_no_piece() {
    let folder = tempfile::tempdir().unwrap();
    let (_runtime, device, site) = plant(folder.path());
    let program = site.program("run");
    let mut command = Command::new("sh");
    command
        .args(["-c", r#"trap "" XFSZ; exec "$@""#, "sh"])
        .arg(program.get_program())
        .args(program.get_args());
    site.commission();
    let agent = site.start_by(&mut command);
    agent.wait_class("press", "running", START);
    let mut made = 0;
    work(&agent, &device, &mut made, 5);

    // Its log stands on the same disk: nobody reads a line of it now, and that stops nothing either.
    limit_files(&agent, "0");
    wait_finding(
        &agent,
        &["Nothing is written to disk", "check it", "wait in memory"],
        PROMISED,
    );
    work(&agent, &device, &mut made, FULL_FOR);
    wait_pieces(&agent, "press", made, SOON);

    limit_files(&agent, "unlimited");
    wait_no_finding(&agent, &["Nothing is written to disk"], PROMISED);
    eventually("the log goes on", SOON, || match agent.said() {
        said if said.contains("the store writes again") => Ok(()),
        said => Err(said),
    });
    work(&agent, &device, &mut made, 2);
    assert_whole(agent, &site, made);
}

/// Every piece is there, before and after a stop, and nothing was given up.
fn assert_whole(agent: Agent, site: &Site, made: i64) {
    wait_pieces(&agent, "press", made, SOON);
    let health = agent.get("/api/v1/health").unwrap();
    assert_eq!(
        (&health["store"]["ok"], &health["store"]["lost_facts"]),
        (&true.into(), &0.into())
    );
    agent.stop();
    site.assert_replays();
    let agent = site.start();
    wait_pieces(&agent, "press", made, START);
    let seen = agent.on_wall("press").unwrap();
    assert_eq!(seen["counts"]["gap_total"], 0, "no time was unknown: {seen}");
    agent.stop();
}

#[test]
fn a_log_nobody_reads_stops_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (_runtime, device, site) = plant(folder.path());
    // As with a journal that is started again: nobody reads the other end of the pipe any more.
    let program = site.program("run");
    let mut command = Command::new("bash");
    command
        .args(["-c", r#"exec "$@" 2> >(exit 0)"#, "bash"])
        .arg(program.get_program())
        .args(program.get_args());
    site.commission();
    let agent = site.start_by(&mut command);
    agent.wait_class("press", "running", START);
    device.fail(true);
    agent.wait_class("press", "unknown", Duration::from_secs(40));
    agent.stop();
    site.assert_replays();
}
