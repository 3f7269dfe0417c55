//! The demo: the real agent on a plant that knows the truth, and what the wall says equals it.
#![cfg(feature = "demo")]
#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "support/rig/mod.rs"]
mod rig;

use rig::influx::Influx;
use rig::journal::Journal;
use rig::nginx::{Nginx, TOKEN};
use rig::process::Process;
use rig::{eventually, free_port, http, ledger};
use serde_json::Value;
use std::collections::BTreeMap;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Output};
use std::time::Duration;

/// Plant time at the start: three quarters of an hour before the break of the first shift.
const NOW: &str = "2026-11-21T10:47:18+07:00";
const MINUTE_MS: i64 = 60_000;
/// The start of that shift, 06:00, and of the one before it, 22:00, in Ho Chi Minh City.
const SHIFT: i64 = 1_795_215_600_000;
const NIGHT: i64 = SHIFT - 480 * MINUTE_MS;
/// Plant time at the start, to the minute after it.
const LIVE: i64 = SHIFT + 288 * MINUTE_MS;
/// The break, 11:30 to 12:00, from when on the last operator has left until the first one may be back.
const PAUSE: i64 = SHIFT + 331 * MINUTE_MS;
const PAUSE_END: i64 = SHIFT + 360 * MINUTE_MS;
/// The one machine that runs through the breaks.
const RUNS_ON: &str = "press-01";
/// What a machine made within this time may still be on its way: a poll of a second, and at sixty times the pace half a
/// second of ours.
const ON_ITS_WAY_MS: i64 = 30_000;
/// A turn is seen at the next poll, in plant time late by as much as the polls of a busy computer.
const TURN_MS: i64 = 5_000;
/// A build without optimisation brings in the past day ten times as slowly as one for use, and other tests run beside.
const UP: Duration = Duration::from_secs(300);
const SOON: Duration = Duration::from_secs(60);

fn demo(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gemba"));
    command.arg("demo").args(arguments);
    command
}

/// A demo that runs.
struct Demo {
    process: Process,
    port: u16,
}

impl Demo {
    fn start(logs: &Path, port: u16, arguments: &[&str], sink: &[(String, String)]) -> Demo {
        let port_text = port.to_string();
        let mut command = demo(arguments);
        command.args(["--port", &port_text]).envs(sink.iter().cloned());
        let process = Process::start("demo", logs, &mut command);
        Demo { process, port }
    }

    fn wall(&self) -> Result<Value, String> {
        let answer = http::get(&format!("http://127.0.0.1:{}/api/v1/wall", self.port))?;
        Ok(answer.json())
    }

    /// Waits for a wall on which so many machines have an OEE that is shown.
    fn wait_wall(&mut self, machines: usize) -> Value {
        eventually("the wall shows OEE", UP, || {
            assert!(self.process.runs(), "the demo ended: {}", self.process.last_said());
            let wall = self.wall()?;
            let shows = |machine: &&Value| machine["kpi"]["oee"].is_f64() && machine["shown"] != "none";
            let shown = each(&wall).filter(shows).count();
            if shown >= machines {
                Ok(wall)
            } else {
                Err(format!("{shown} machines: {wall}"))
            }
        })
    }

    /// What the machines really did in `[from, until)`: for each machine the sums of one shift.
    fn truth(&self, shift: i64, from: i64, until: i64) -> Result<BTreeMap<String, Truth>, String> {
        let said = self.process.said();
        let url = said.split_whitespace().rfind(|word| word.ends_with("/truth"));
        let url = url.ok_or("the demo did not say yet where the truth is")?;
        let told = http::get(&format!("{url}?from={from}&until={until}"))?.json();
        let machines = told["machines"].as_object().ok_or("no machines")?;
        let sums = machines.iter().map(|(id, told)| (id.clone(), Truth::of(told, shift)));
        Ok(sums.collect())
    }

    fn stop(mut self) {
        let status = self.process.stop();
        assert!(status.success(), "{status}: {}", self.process.last_said());
    }
}

/// What one machine really did within a shift, all its products together.
#[derive(Debug, Default, PartialEq, Eq)]
struct Truth {
    pieces: (i64, i64),
    running_ms: i64,
    changes: i64,
}

impl Truth {
    fn of(told: &Value, shift: i64) -> Truth {
        let mut truth = Truth::default();
        for sums in told["sums"]
            .as_array()
            .expect("sums")
            .iter()
            .filter(|sums| sums["start"] == shift)
        {
            let number = |name: &str| sums[name].as_i64().expect("a number");
            truth.pieces.0 += number("good");
            truth.pieces.1 += number("reject");
            truth.changes += number("changes");
            truth.running_ms += sums["ms"]["running"].as_i64().unwrap_or(0);
        }
        truth
    }
}

fn each(wall: &Value) -> impl Iterator<Item = &Value> {
    wall["machines"].as_array().into_iter().flatten()
}

fn id(machine: &Value) -> &str {
    machine["id"].as_str().expect("an id")
}

/// Good and bad pieces of the shift on the wall, those of time nobody saw among them.
fn pieces(machine: &Value) -> (i64, i64) {
    let count = |name: &str| machine["counts"][name].as_i64().expect("a count");
    (count("good") + count("gap_good"), count("reject") + count("gap_reject"))
}

fn instant(text: &Value) -> i64 {
    let text = text.as_str().expect("an instant");
    text.parse::<jiff::Timestamp>().expect("an instant").as_millisecond()
}

fn output(arguments: &[&str]) -> Output {
    demo(arguments).output().expect("gemba runs")
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn the_wall_and_the_store_say_what_the_simulated_machines_really_did() {
    let logs = tempfile::tempdir().unwrap();
    let data = logs.path().join("kept");
    let (folder, port) = (data.to_str().unwrap(), free_port());
    let arguments = ["--speed", "60", "--seed", "1", "--now", NOW, "--data", folder];
    let influx = Influx::start(logs.path(), "demo");
    let nginx = Nginx::start(logs.path(), influx.port);
    let sink = sink(logs.path(), &nginx);
    let mut demo = Demo::start(logs.path(), port, &arguments, &sink);
    let wall = demo.wait_wall(6);
    assert_eq!(each(&wall).count(), 8);

    assert_night_is_true(&demo, &data);
    wait_break_is_true(&demo);
    assert_running_is_true(&demo, &data);
    demo.stop();
    assert_replays(&data);

    // The same folder once more: the plant goes on where it was, and its counters without a jump.
    let again = ["--now", NOW, "--data", folder];
    let mut demo = Demo::start(logs.path(), port, &again, &sink);
    demo.wait_wall(6);
    wait_break_is_true(&demo);
    assert_told(&demo, &influx, NIGHT, SHIFT);
    assert_told(&demo, &influx, SHIFT, PAUSE);
    demo.stop();
    assert_replays(&data);
}

/// A bucket for the demo's ledger, as variables of its environment.
fn sink(folder: &Path, nginx: &Nginx) -> Vec<(String, String)> {
    let token = folder.join("influx.token");
    std::fs::write(&token, TOKEN).unwrap();
    let keys = [
        ("URL", nginx.url()),
        ("ORG", "idc".to_owned()),
        ("BUCKET", "demo".to_owned()),
        ("TOKEN_FILE", token.display().to_string()),
        ("FLUSH_MS", "1000".to_owned()),
    ];
    keys.map(|(key, value)| (format!("GEMBA__SINK__INFLUX__PROGRAMME__{key}"), value))
        .into()
}

/// What anybody adds up in the central store of a shift, up to an instant at which all but one machine stand, is what the
/// machines did, and so what the wall says.
fn assert_told(demo: &Demo, influx: &Influx, shift: i64, until: i64) {
    let truths = demo.truth(shift, shift, until).unwrap();
    let truths = truths.into_iter().filter(|(machine, _)| machine != RUNS_ON);
    let truths: BTreeMap<String, (i64, i64)> = truths.map(|(machine, truth)| (machine, truth.pieces)).collect();
    let end = if until == PAUSE { until + ON_ITS_WAY_MS } else { until };
    let time = format!("WHERE time >= {shift}ms AND time < {end}ms AND machine <> '{RUNS_ON}'");
    let fields = ["good", "gap_good", "reject", "gap_reject"];
    eventually("the central store tells the truth", SOON, || {
        let told = influx.sums_where("gemba_tally", &["machine"], &fields, &time);
        let told = told.iter().map(|(machine, sums)| {
            let good = sums["good"] + sums["gap_good"];
            (machine[0].clone(), (good, sums["reject"] + sums["gap_reject"]))
        });
        let told: BTreeMap<String, (i64, i64)> = told.collect();
        let is_so = told == truths;
        is_so.then_some(()).ok_or(format!("{told:?}, truly {truths:?}"))
    });
}

/// The shift before this one, which was brought in: what is on disk is the truth.
fn assert_night_is_true(demo: &Demo, data: &Path) {
    let truths = demo.truth(NIGHT, NIGHT, SHIFT).unwrap();
    let journal = Journal::open(&data.join("data"));
    for (machine, truth) in &truths {
        let what = format!("{machine} of the night");
        eventually(&what, SOON, || {
            let sums = sums(&journal, machine, NIGHT, SHIFT);
            let made = (sums("good") + sums("gap_good"), sums("reject") + sums("gap_reject"));
            // Who runs when nobody sees it is told by its counter alone.
            let unseen_ms = truth.running_ms - sums("running_ms");
            let is_so = made == truth.pieces && (0..=sums("unknown_ms")).contains(&unseen_ms);
            is_so
                .then_some(())
                .ok_or(format!("{made:?}, {unseen_ms} ms unseen; truly {truth:?}"))
        });
        assert!(truth.pieces.0 > 100, "{what}: {truth:?}");
    }
}

/// In the break all but one machine stand: nothing is on its way, and the wall says what the machines made.
fn wait_break_is_true(demo: &Demo) {
    eventually("the wall tells the truth in the break", SOON, || {
        let wall = demo.wall()?;
        let at = instant(&wall["at"]);
        assert!(
            at < PAUSE_END,
            "the break is over, and the wall was not true in it: {wall}"
        );
        if at < PAUSE {
            return Err(format!("the break begins in {} ms", PAUSE - at));
        }
        let (truths, before) = (
            demo.truth(SHIFT, SHIFT, at)?,
            demo.truth(SHIFT, SHIFT, at - ON_ITS_WAY_MS)?,
        );
        for machine in each(&wall) {
            let (id, made) = (id(machine), pieces(machine));
            let is_true = if id == RUNS_ON {
                let range = before[id].pieces.0..=truths[id].pieces.0;
                range.contains(&made.0)
            } else {
                made == truths[id].pieces
            };
            if !is_true || machine["held"] != 0 {
                return Err(format!("{id} made {made:?}, truly {:?}: {machine}", truths[id].pieces));
            }
        }
        Ok(())
    });
}

/// From the start to the break everything came through sockets: run time is true but for a moment at each turn.
fn assert_running_is_true(demo: &Demo, data: &Path) {
    let truths = demo.truth(SHIFT, LIVE, PAUSE).unwrap();
    let journal = Journal::open(&data.join("data"));
    for (machine, truth) in &truths {
        ledger::wait_sealed(&journal, &[machine], PAUSE, SOON);
        let sums = sums(&journal, machine, LIVE, PAUSE);
        assert_eq!(sums("span_ms"), PAUSE - LIVE, "{machine}");
        let (is, should) = (sums("running_ms"), truth.running_ms);
        let most = truth.changes * TURN_MS + sums("unknown_ms");
        assert!(
            (is - should).abs() <= most,
            "{machine} ran {is} ms, truly {should} ± {most}"
        );
    }
}

/// Sums of a machine's tallies that start in `[from, until)`, by column.
fn sums(journal: &Journal, machine: &str, from: i64, until: i64) -> impl Fn(&str) -> i64 {
    let rows = ledger::tallies(journal, machine, until);
    let rows: Vec<_> = rows.into_iter().filter(|row| row.number("start") >= from).collect();
    move |column| rows.iter().map(|row| row.number(column)).sum()
}

fn assert_replays(data: &Path) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gemba"));
    let command = command
        .args(["replay", "--check", "--config"])
        .arg(data.join("plant.toml"));
    let output = command.output().unwrap();
    assert!(
        output.status.success(),
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        said(&output)
    );
}

#[test]
fn a_demo_that_keeps_nothing_leaves_nothing() {
    let logs = tempfile::tempdir().unwrap();
    let temporary = logs.path().join("tmp");
    std::fs::create_dir(&temporary).unwrap();
    let port = free_port().to_string();
    let mut command = demo(&["--port", &port]);
    let mut process = Process::start("demo", logs.path(), command.env("TMPDIR", &temporary));
    let folders = || std::fs::read_dir(&temporary).unwrap().count();
    eventually("it has a folder", SOON, || {
        if folders() == 1 { Ok(()) } else { Err(process.said()) }
    });
    // It may be told to stop while it still writes the past.
    let answers = format!("http://127.0.0.1:{port}/api/v1/wall");
    eventually("it answers", UP, || http::get(&answers).map(drop));
    let status = process.stop();
    assert!(status.success(), "{status}: {}", process.last_said());
    assert_eq!(folders(), 0, "{}", process.last_said());
}

#[test]
fn options_that_cannot_be_are_refused_with_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().to_str().unwrap();
    let taken = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let refused = output(&["--port", &port, "--data", data]);
    assert_eq!(refused.status.code(), Some(1));
    let what = format!("port {port} is taken by another program: choose another, such as --port ");
    assert!(said(&refused).contains(&what), "{}", said(&refused));

    let refused = output(&["--now", "10:47"]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(said(&refused).contains("write one with its offset, such as 2026-11-21T10:47:18+07:00"));

    std::fs::write(folder.path().join("demo.toml"), "seed = 7\nbegin_ms = 0\n").unwrap();
    let refused = output(&["--seed", "8", "--data", data]);
    assert!(said(&refused).contains("its plant has the seed 7: leave --seed out, or choose a new folder"));
    std::fs::remove_file(folder.path().join("demo.toml")).unwrap();
    std::fs::write(folder.path().join("plant.toml"), "").unwrap();
    let refused = output(&["--data", data]);
    assert!(said(&refused).contains("demo.toml is missing"), "{}", said(&refused));
    std::fs::rename(folder.path().join("plant.toml"), folder.path().join("letters.txt")).unwrap();
    let refused = output(&["--data", data]);
    assert!(said(&refused).contains("holds files of others"), "{}", said(&refused));
    let refused = output(&["--now", "1990-01-01T00:00:00Z"]);
    assert!(said(&refused).contains("is before 2001"), "{}", said(&refused));
}
