//! A plant of 20 machines: eight presses and four counters behind PLCs, six packers and two cells that send messages.
#![allow(clippy::unwrap_used, dead_code, reason = "a helper of a test file")]

use gemba::config::{Plant, load};
use std::fmt::Write;
use std::path::Path;

/// How a machine is wired, and what its people tell of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A PLC with a state register, shots in 16 bits and rejects; a state that must hold for 20 s; two cavities.
    Press,
    /// A broker's messages with their own time: a run bit, good pieces, rejects; works by orders.
    Packer,
    /// A PLC with nothing but a counter.
    Counter,
    /// As a packer; a changeover ends with three good pieces in a row.
    Cell,
}

/// The machines, in the order of their numbers.
pub const KINDS: [Kind; 20] = {
    let mut kinds = [Kind::Press; 20];
    let mut place = 8;
    while place < 20 {
        kinds[place] = match place {
            8..14 => Kind::Packer,
            14..18 => Kind::Counter,
            _ => Kind::Cell,
        };
        place += 1;
    }
    kinds
};

/// Seconds of an ideal cycle of the machine of this number.
pub fn ideal_s(machine: usize) -> i64 {
    [12, 15, 20, 30, 40][machine % 5]
}

/// The id of the machine of this number; in their order machines get their numbers.
pub fn id(machine: usize) -> String {
    let kind = match KINDS[machine] {
        Kind::Press => "press",
        Kind::Packer => "pack",
        Kind::Counter => "saw",
        Kind::Cell => "cell",
    };
    format!("{:02}-{kind}", machine + 1)
}

/// What does not change: three shifts in a zone with summer time, products, reasons, orders, and what alike machines share.
const COMMON: &str = r#"
[site]
id = "werk-2"
org = "example"
timezone = "Europe/Berlin"
[serve]
listen = "127.0.0.1:0"
[source.modbus.plc]
url = "tcp://127.0.0.1:502"
[source.mqtt.floor]
url = "mqtt://127.0.0.1:1883"

[template.press]
poll_ms = 300000
reject_source = "counter"
points.status = { modbus = "holding:0", poll_ms = 60000 }
points.shots = { modbus = "holding:1", counter = { bits = 16 } }
points.rejects = { modbus = "holding:2", counter = { bits = 16 } }
state = { from = "status", debounce_ms = 20000, map = { 0 = "stopped", 1 = "running", 2 = "setup", 3 = "fault:mould", 4 = "waiting:material" } }
count = { shots = "shots", reject = "rejects" }
cavities = 2

[template.saw]
poll_ms = 300000
reject_source = "manual"
points.made = { modbus = "holding:0", type = "u32", counter = { bits = 32 } }
state = { from_count = "made", stop_after_s = 900 }
count = { total = "made" }

[calendar]
production_day_start = "06:00"
holidays = ["2026-10-31"]
[calendar.shift.1]
days = "mon-sat"
from = "06:00"
to = "14:00"
breaks = ["09:00-09:15", "11:30-12:00"]
[calendar.shift.2]
days = "mon-sat"
from = "14:00"
to = "22:00"
breaks = ["18:00-18:30"]
[calendar.shift.3]
days = "mon-fri"
from = "22:00"
to = "06:00"
breaks = ["02:00-02:30"]
[calendar.planned.audit]
name = "audit"
days = "wed"
from = "13:00"
to = "13:30"
lines = ["press"]

[product.lid]
ideal_cycle_s = 18
cavities = 2
[product.cup]
ideal_cycle_s = 25
cavities = 2
[order.A1]
product = "lid"
released = true
[order.A2]
product = "cup"
released = true
[reason.jam]
class = "breakdown"
[reason.material]
class = "waiting"
[reason.cleaning]
class = "planned_stop"
allowance_min = 10
[target]
oee = 0.7
"#;

/// Writes the configuration into `folder`, in which the data lies too; once `changed`, a standard and a break are other ones.
pub fn plant(folder: &Path, changed: bool) -> Plant {
    let mut text = COMMON.to_owned();
    if changed {
        text = text.replace("18:00-18:30", "18:15-18:45");
        text.push_str("[standard.lids]\nproduct = \"lid\"\nideal_cycle_s = 16.5\n");
    }
    for machine in 0..KINDS.len() {
        machine_table(&mut text, machine);
    }
    let file = folder.join("plant.toml");
    std::fs::write(&file, text).unwrap();
    let mut plant = load(&[file], std::iter::empty()).unwrap_or_else(|findings| panic!("{findings}"));
    plant.store.path = folder.join("data");
    // A test of a month is not a test of the disk.
    plant.store.commit_ms = 3_600_000;
    plant.store.max_disk_mb = 16_000;
    plant
}

fn machine_table(text: &mut String, machine: usize) {
    let (id, ideal_s, unit) = (id(machine), ideal_s(machine), machine + 1);
    writeln!(text, "[machine.{id}]\nideal_cycle_s = {ideal_s}").unwrap();
    let messages = format!(
        "line = \"pack\"\norders = true\nreject_source = \"counter\"\n\
         points.run = {{ mqtt = \"floor/{id}/run\", source = \"floor\", stale_after_s = 900 }}\n\
         points.good = {{ mqtt = \"floor/{id}/n\", source = \"floor\", json = \"/good\", time = \"/ts\", counter = {{}}, stale_after_s = 900 }}\n\
         points.bad = {{ mqtt = \"floor/{id}/n\", source = \"floor\", json = \"/bad\", time = \"/ts\", counter = {{}}, stale_after_s = 900 }}\n\
         state = {{ run = \"run\" }}\ncount = {{ good = \"good\", reject = \"bad\" }}\n"
    );
    match KINDS[machine] {
        Kind::Press => writeln!(
            text,
            "line = \"press\"\ntemplate = \"press\"\nmodbus = {{ source = \"plc\", unit = {unit} }}"
        ),
        Kind::Counter => writeln!(
            text,
            "line = \"saw\"\ntemplate = \"saw\"\nmodbus = {{ source = \"plc\", unit = {unit} }}"
        ),
        Kind::Packer => writeln!(text, "{messages}"),
        Kind::Cell => writeln!(text, "{messages}release = {{ good = 3 }}"),
    }
    .unwrap();
}
