//! A plant for measurements: many machines on simulated PLCs, a sink, and the real agent between them.

#![allow(dead_code, reason = "each benchmark uses the part it needs")]

pub mod agent;
pub mod device;
pub mod procfs;
pub mod sink;
pub mod wal;

use agent::Agent;
use device::Devices;
use sink::Sink;
use std::fmt::Write;
use std::net::TcpListener;
use std::path::Path;
use std::time::{Duration, Instant, SystemTime};

/// What is simulated.
#[derive(Debug, Clone, Copy)]
pub struct Load {
    /// Machines in all, spread over the connections.
    pub machines: usize,
    /// Process values of each machine, alternately f32 and u32, all new at every read.
    pub values: usize,
    /// Modbus TCP connections.
    pub connections: usize,
    /// How often everything is read.
    pub poll_ms: u64,
}

/// A number from the environment, or its default: `GEMBA_BENCH_SECONDS=300 cargo bench --bench path`.
pub fn tuned(name: &str, default: u64) -> u64 {
    let name = format!("GEMBA_BENCH_{name}");
    std::env::var(&name).map_or(default, |text| {
        text.parse()
            .unwrap_or_else(|_| panic!("{name}={text} is not a whole number"))
    })
}

/// Writes the configuration of a plant into `folder` and starts the agent on it.
pub fn start(folder: &Path, load: Load, devices: &Devices, sink: &Sink) -> Agent {
    std::fs::create_dir_all(folder).unwrap();
    let port = free_port();
    std::fs::write(folder.join("influx.token"), "token-of-the-benchmark").unwrap();
    std::fs::write(
        folder.join("gemba.toml"),
        configuration(folder, port, load, devices, sink),
    )
    .unwrap();
    Agent::start(folder, port)
}

/// Sleeps until at least `least` has passed and the wall clock shows the middle of a minute: what the agent does once a
/// minute then lies whole inside a window of whole minutes.
pub fn warm_up(least: Duration) {
    std::thread::sleep(least);
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    let into_minute = Duration::from_millis(u64::try_from(since.as_millis() % 60_000).unwrap());
    let middle = Duration::from_secs(30);
    let wait = (middle + Duration::from_secs(60) - into_minute).as_millis() % 60_000;
    std::thread::sleep(Duration::from_millis(u64::try_from(wait).unwrap()));
}

/// Calls `look` about every `every` for `window`; gives how long it really was, in seconds.
pub fn watch(window: Duration, every: Duration, mut look: impl FnMut()) -> f64 {
    let begin = Instant::now();
    while begin.elapsed() < window {
        std::thread::sleep(every.min(window.saturating_sub(begin.elapsed())));
        look();
    }
    begin.elapsed().as_secs_f64()
}

fn configuration(folder: &Path, port: u16, load: Load, devices: &Devices, sink: &Sink) -> String {
    let mut text = format!(
        r#"[site]
id = "plant-1"
org = "example-co"
timezone = "Asia/Ho_Chi_Minh"

[store]
path = "{}"

[serve]
listen = "127.0.0.1:{port}"

[sink.influx.programme]
url = "http://{}"
org = "idc"
bucket = "plant"
token_file = "{}"

[template.machine]
poll_ms = {}
ideal_cycle_s = {}
reject_source = "counter"
points.status = {{ modbus = "holding:0", type = "u16" }}
points.shots = {{ modbus = "holding:2", type = "u32", counter = {{ bits = 32 }} }}
points.rejects = {{ modbus = "holding:4", type = "u16", counter = {{ bits = 16 }} }}
state = {{ from = "status", map = {{ 0 = "stopped", 1 = "running", 3 = "fault:mould" }} }}
count = {{ shots = "shots", reject = "rejects" }}
"#,
        folder.join("data").display(),
        sink.address,
        folder.join("influx.token").display(),
        load.poll_ms,
        device::CYCLE_MS as f64 / 1000.0,
    );
    let name = |value: usize| format!("value_{value:02}");
    for value in 0..load.values {
        let kind = if device::is_float(value) { "f32" } else { "u32" };
        let (name, register) = (name(value), device::register_of(value));
        writeln!(
            text,
            r#"points.{name} = {{ modbus = "holding:{register}", type = "{kind}" }}"#
        )
        .unwrap();
    }
    let names: Vec<String> = (0..load.values).map(name).collect();
    writeln!(text, "values = {names:?}").unwrap();
    for connection in 0..load.connections {
        let address = devices.addresses[connection];
        writeln!(text, "\n[source.modbus.plc-{connection:02}]\nurl = \"tcp://{address}\"").unwrap();
    }
    for machine in 0..load.machines {
        let (connection, unit) = (machine % load.connections, machine / load.connections + 1);
        writeln!(
            text,
            "\n[machine.machine-{machine:03}]\nline = \"line-{connection:02}\"\ntemplate = \"machine\"\n\
             modbus = {{ source = \"plc-{connection:02}\", unit = {unit} }}"
        )
        .unwrap();
    }
    text
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}
