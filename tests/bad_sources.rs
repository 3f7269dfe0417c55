//! Devices and brokers that are away, hang or speak nonsense, all in one plant: each is told, its time is unknown, and
//! everything else goes on.
#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "support/bad_device.rs"]
mod device;
#[path = "support/bad_publisher.rs"]
mod publisher;
#[path = "support/modbus_responder.rs"]
mod responder;
#[path = "support/rig/mod.rs"]
mod rig;
#[path = "support/bad_watch.rs"]
mod watch;

use device::{Device, TIMEOUT_MS, UNIT, Way};
use publisher::Publisher;
use rig::agent::{Agent, Site};
use rig::broker::Broker;
use rig::truth::STATE_MAP;
use rig::{free_port, let_pass};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::runtime::Runtime;
use watch::{SOON, START, lines, pieces, wait_finding, wait_good, wait_line, wait_not_good, wait_pieces};

/// A polled point is silent after this (3 polls, at least 30 s), and the class follows within a second or two.
const SILENT: Duration = Duration::from_secs(36);
/// The longest pause of a source that comes back, and one poll.
const BACK: Duration = Duration::from_secs(40);
/// Everything is told at once, or at the latest after a connection that timed out.
const TOLD: Duration = Duration::from_secs(10);

/// A broker that hangs is noticed at the second missed sign of life (15 s each).
const HUNG: Duration = Duration::from_secs(40);
/// The first minute is sealed and booked, and the sink refused.
const FIRST_BOOKING: Duration = Duration::from_secs(90);

/// A device that fails after it worked: the source and the machine have its name.
struct Case {
    name: &'static str,
    way: Way,
    /// What its signals must say.
    quality: &'static str,
    /// What health and log must say about the source.
    words: &'static [&'static str],
}

const CASES: [Case; 9] = [
    Case {
        name: "silent",
        way: Way::Silent,
        quality: "bad_comm",
        words: &["no answer within", "is the device on"],
    },
    Case {
        name: "wrong-unit",
        way: Way::WrongUnit,
        quality: "bad_comm",
        words: &["unit 2 answered instead of unit 1"],
    },
    Case {
        name: "short",
        way: Way::Short,
        quality: "bad_comm",
        words: &["bytes of the answer came within", "look at the device"],
    },
    Case {
        name: "cut",
        way: Way::Cut,
        quality: "bad_comm",
        words: &["closed before the answer was whole"],
    },
    Case {
        name: "garbage",
        way: Way::Garbage,
        quality: "bad_comm",
        words: &["an answer to another request"],
    },
    Case {
        name: "late",
        way: Way::Late,
        quality: "bad_comm",
        words: &["no answer within"],
    },
    Case {
        name: "exception",
        way: Way::Exception,
        quality: "bad_comm",
        words: &["exception 4", "look at the device"],
    },
    Case {
        name: "no-address",
        way: Way::NoAddress,
        quality: "bad_config",
        words: &["exception 2", "register map"],
    },
    Case {
        name: "out-of-range",
        way: Way::OutOfRange,
        quality: "out_of_range",
        words: &[],
    },
];

fn source(name: &str, port: u16) -> String {
    format!("\n[source.modbus.{name}]\nurl = \"tcp://127.0.0.1:{port}\"\ntimeout_ms = {TIMEOUT_MS}\n")
}

fn machine(name: &str, source: &str, unit: u8) -> String {
    format!(
        r#"
[machine.m-{name}]
line = "hall"
poll_ms = 500
modbus = {{ source = "{source}", unit = {unit} }}
points.status = {{ modbus = "holding:0", type = "u16", range = [0, 9] }}
points.made = {{ modbus = "holding:2", type = "u32", order = "CDAB", range = [0, 1000000000], counter = {{ bits = 32, resets = "never" }} }}
ideal_cycle_s = 0.5
max_rate_per_min = 600
state = {{ from = "status", map = {STATE_MAP} }}
count = {{ total = "made" }}
reject_source = "none"
"#
    )
}

fn by_message(name: &str, source: &str, port: u16) -> String {
    format!(
        r#"
[source.mqtt.{source}]
url = "mqtt://127.0.0.1:{port}"

[machine.m-{name}]
line = "hall"
points.state = {{ mqtt = "plant/{name}", source = "{source}", json = "/state", stale_after_s = 5 }}
ideal_cycle_s = 1
state = {{ from = "state", map = {STATE_MAP} }}
count = {{ total = "made" }}
points.made = {{ mqtt = "plant/{name}", source = "{source}", json = "/made", counter = {{}}, stale_after_s = 5 }}
reject_source = "none"
"#
    )
}

/// The plant, and how many pieces every device has made.
struct Plant {
    devices: Vec<Device>,
    /// Listen, and neither accept nor answer.
    mute: Vec<TcpListener>,
    broker: Broker,
    nobody: u16,
}

impl Plant {
    async fn start(folder: &std::path::Path) -> Plant {
        let mut devices = Vec::new();
        for case in &CASES {
            devices.push(Device::start(case.way).await);
        }
        let mute = (0..2).map(|_| TcpListener::bind(("127.0.0.1", 0)).unwrap()).collect();
        Plant {
            devices,
            mute,
            broker: Broker::start(folder),
            nobody: free_port(),
        }
    }

    fn config(&self) -> String {
        let mut text = watch::calendar();
        for (case, device) in CASES.iter().zip(&self.devices) {
            text += &source(case.name, device.address.port());
            text += &machine(case.name, case.name, UNIT);
            text += &machine(&format!("beside-{}", case.name), case.name, UNIT + 1);
        }
        let mute = |index: usize| self.mute[index].local_addr().unwrap().port();
        text += &source("nobody", self.nobody);
        text += &machine("nobody", "nobody", UNIT);
        text += &source("mute", mute(0));
        text += &machine("mute", "mute", UNIT);
        text += &by_message("no-broker", "no-broker", self.nobody);
        text += &by_message("mute-broker", "mute-broker", mute(1));
        text + &by_message("hung-broker", "hung-broker", self.broker.port)
    }

    fn fail(&self, fails: bool) {
        self.devices.iter().for_each(|device| device.fail(fails));
    }

    /// A piece on every device.
    fn count(&self, pieces: i64) {
        self.devices.iter().for_each(|device| device.count(pieces));
    }
}

/// Makes a piece on every device every 300 ms, and a message to the broker, until it is dropped; gives how many.
struct Shift {
    over: Arc<AtomicBool>,
    thread: JoinHandle<i64>,
}

impl Shift {
    fn begin(plant: Arc<Plant>) -> Shift {
        let over = Arc::new(AtomicBool::new(false));
        let ending = Arc::clone(&over);
        let thread = std::thread::spawn(move || {
            let publisher = Publisher::start(plant.broker.port);
            let mut made = 0;
            while !ending.load(Ordering::Acquire) {
                plant.count(1);
                made += 1;
                publisher.publish("plant/hung-broker", format!(r#"{{"state": 1, "made": {made}}}"#));
                let_pass(Duration::from_millis(300));
            }
            made
        });
        Shift { over, thread }
    }

    fn end(self) -> i64 {
        self.over.store(true, Ordering::Release);
        self.thread.join().unwrap()
    }
}

fn beside(name: &str) -> String {
    format!("m-beside-{name}")
}

#[test]
fn bad_sources_are_told_and_unknown_and_stop_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let runtime = Runtime::new().unwrap();
    let plant = Arc::new(runtime.block_on(Plant::start(folder.path())));
    let sink = format!("http://127.0.0.1:{}", plant.nobody);
    let site = Site::new(folder.path(), &sink, &plant.config());
    let agent = site.start();
    for case in &CASES {
        agent.wait_class(&format!("m-{}", case.name), "running", START);
        agent.wait_class(&beside(case.name), "running", START);
    }
    let shift = Shift::begin(Arc::clone(&plant));
    agent.wait_class("m-hung-broker", "running", START);

    let before: Vec<i64> = CASES
        .iter()
        .map(|case| pieces(&agent, &beside(case.name)).unwrap())
        .collect();
    plant.fail(true);
    plant.broker.hang(true);
    for case in &CASES {
        let machine = format!("m-{}", case.name);
        let qualities = wait_not_good(&agent, &machine, SOON);
        assert!(
            qualities.iter().all(|quality| quality == case.quality),
            "{machine}: {qualities:?}"
        );
        assert_told(&agent, case);
    }
    assert_never_reached_is_told(&agent);
    agent.wait_class("m-hung-broker", "unknown", SILENT);
    for case in &CASES {
        agent.wait_class(&format!("m-{}", case.name), "unknown", SILENT);
    }
    let down = "Source hung-broker is down";
    wait_finding(&agent, &[down, "no longer answers"], HUNG);
    wait_line(&agent, &["source is down", "hung-broker"], TOLD);
    for (case, before) in CASES.iter().zip(before) {
        let seen = agent.on_wall(&beside(case.name)).unwrap();
        assert_eq!(seen["class"], "running", "beside {}", case.name);
        let now = pieces(&agent, &beside(case.name)).unwrap();
        assert!(
            now > before + 20,
            "beside {}: {before} pieces, then {now}: {seen}",
            case.name
        );
    }
    assert_quiet(&agent);

    plant.fail(false);
    plant.broker.hang(false);
    for case in &CASES {
        wait_good(&agent, &format!("m-{}", case.name), BACK);
    }
    wait_good(&agent, "m-hung-broker", BACK);
    let made = shift.end();
    for case in &CASES {
        wait_pieces(&agent, &format!("m-{}", case.name), made, SOON);
        wait_pieces(&agent, &beside(case.name), made, SOON);
    }
    agent.stop();
    site.assert_replays();
}

/// Health and log name the source, what is wrong and what to do, and the machine it concerns.
fn assert_told(agent: &Agent, case: &Case) {
    let source = format!("Source {},", case.name);
    let mut words = case.words.to_vec();
    if !words.is_empty() {
        words.push(&source);
        wait_finding(agent, &words, TOLD);
        let source = format!("source=\"{}\"", case.name);
        words.pop();
        words.push(&source);
        wait_line(agent, &words, TOLD);
    }
    let machine = format!("Machine m-{}:", case.name);
    wait_finding(agent, &[&machine, "state", "total", "not good"], TOLD);
    let machine = format!("machine=m-{}", case.name);
    wait_line(agent, &[&machine, "not good"], TOLD + SOON);
}

/// What was bad from the start.
fn assert_never_reached_is_told(agent: &Agent) {
    for (name, words) in [
        ("nobody", ["refuses the connection", "is the port right"]),
        ("mute", ["no unit answers", "is the device on"]),
        ("no-broker", ["nothing listens", "is the broker running"]),
        ("mute-broker", ["does not answer", "check the address"]),
    ] {
        let down = format!("Source {name} is down since");
        wait_finding(agent, &[&down, words[0], words[1]], TOLD);
        let source = format!("source=\"{name}\"");
        wait_line(agent, &["source is down", &source, words[0]], TOLD);
        let machine = format!("m-{name}");
        wait_not_good(agent, &machine, SOON);
        assert_eq!(agent.on_wall(&machine).unwrap()["class"], "unknown", "{name}");
        wait_finding(agent, &[&format!("Machine {machine}:"), "not good"], TOLD);
    }
    wait_finding(
        agent,
        &["Sink programme", "does not answer", "none is lost"],
        FIRST_BOOKING,
    );
}

/// The same thing is said once, not at every poll: in a minute and a half a source gets a few lines, a machine one.
fn assert_quiet(agent: &Agent) {
    let sources = CASES.iter().map(|case| case.name);
    for name in sources.chain(["nobody", "mute", "no-broker", "mute-broker", "hung-broker"]) {
        let of_source = lines(agent, &[&format!("source=\"{name}\"")]);
        assert!(
            of_source <= 5,
            "{of_source} lines about source {name}: {}",
            agent.said()
        );
        let of_machine =
            lines(agent, &[&format!("machine=m-{name} ")]) + lines(agent, &[&format!("machine=m-{name}\n")]);
        assert!(
            of_machine <= 1,
            "{of_machine} lines about machine m-{name}: {}",
            agent.said()
        );
    }
}
