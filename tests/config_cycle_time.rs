//! The register of the last cycle's length in a configuration: what it may be, and what is refused.
#![allow(clippy::unwrap_used)] // clippy's own exception ends at helper functions

#[path = "support/config_shop.rs"]
mod shop;

use gemba::model::fact::Role;
use shop::{bound, written};

const PLANT: &str = r#"
[site]
id = "s"
org = "o"
timezone = "UTC"
[source.modbus.plc]
url = "tcp://127.0.0.1:502"
[machine.a]
ideal_cycle_s = 12.0
reject_source = "none"
modbus = { source = "plc", unit = 1 }
state = { run = "running" }
points.running = { modbus = "holding:0", bit = 0 }
points.shots = { modbus = "holding:2", type = "u32" }
"#;

/// The findings of a plant with these keys of the machine more.
fn findings(more: &str) -> String {
    written(&format!("{PLANT}{more}")).map_or_else(|found| found.to_string(), |_| String::new())
}

#[test]
fn a_scaled_register_read_with_the_counter_is_taken() {
    let more = "count = { shots = \"shots\", cycle_time = \"cycle\" }\npoints.cycle = { modbus = \"holding:4\", scale = 0.1 }\n";
    let plant = written(&format!("{PLANT}{more}")).unwrap();
    assert_eq!(plant.warnings.to_string(), "");
    let (bound, _) = bound(plant);
    let point = bound.points.iter().find(|point| *point.name == *"cycle").unwrap();
    assert_eq!(point.roles, [Role::CycleTime]);
}

#[test]
fn what_is_no_time_or_is_not_read_with_the_counter_is_refused() {
    for (more, why) in [
        (
            "count = { cycle_time = \"cycle\" }\npoints.cycle = { modbus = \"holding:4\" }\n",
            "names no counter",
        ),
        (
            "count = { shots = \"shots\", cycle_time = \"cycle\" }\npoints.cycle = { modbus = \"holding:4\", bit = 1 }\n",
            "`cycle` is a bit, and a bit is no time",
        ),
        (
            "count = { shots = \"shots\", cycle_time = \"shots\" }\n",
            "`shots` counts or tells the state, and is no time",
        ),
        (
            "count = { shots = \"shots\", cycle_time = \"cycle\" }\npoints.cycle = { modbus = \"holding:4\", poll_ms = 5000 }\n",
            "`cycle` is not read together with `shots`",
        ),
        (
            "count = { shots = \"shots\", cycle_time = \"cycle\" }\npoints.cycle = { source = \"broker\", mqtt = \"a/b\" }\n[source.mqtt.broker]\nurl = \"mqtt://127.0.0.1:1883\"\n",
            "`cycle` is not read together with `shots`",
        ),
        (
            "count = { shots = \"shots\", cycle_time = \"cycel\" }\npoints.cycle = { modbus = \"holding:4\" }\n",
            "there is no point `cycel`",
        ),
    ] {
        let found = findings(more);
        assert!(found.contains(why), "{more}: {found}");
    }
}
