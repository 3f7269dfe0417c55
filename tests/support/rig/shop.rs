//! The smallest plant: a press that makes a piece a second for ten minutes, on a PLC of its own, and a sink nobody listens at.

use super::agent::Site;
use super::free_port;
use super::plant::Plant;
use serde_json::json;
use std::path::Path;

/// The press at work, and the folder of its agent, which does not run yet. `more` ends the table of the press; other tables may
/// follow in it.
pub fn shop(folder: &Path, more: &str) -> (Plant, Site) {
    let port = free_port();
    let segments = json!([{"ms": 600_000, "state": 1, "cycle_ms": 1_000}]);
    let machine = json!({"id": "press-01", "unit": 1, "bits": 32, "counter": 7, "segments": segments});
    let mut plant = Plant::plcs(folder, &json!({"servers": [{"port": port, "machines": [machine]}]}));
    plant.begin();
    let site = Site::new(folder, &format!("http://127.0.0.1:{}", free_port()), &press(port, more));
    (plant, site)
}

/// The press on a PLC at a port.
pub fn press(plc: u16, more: &str) -> String {
    format!(
        r#"
[source.modbus.hall]
url = "tcp://127.0.0.1:{plc}"

[machine.press-01]
poll_ms = 200
modbus = {{ source = "hall", unit = 1 }}
points.run = {{ modbus = "holding:1", type = "u16", bit = 0 }}
points.made = {{ modbus = "holding:2", type = "u32", order = "CDAB", counter = {{ bits = 32 }} }}
ideal_cycle_s = 1.0
state = {{ run = "run" }}
count = {{ total = "made" }}
{more}
"#
    )
}
