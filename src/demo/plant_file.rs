//! Pure. The configuration of the simulated plant, as an integrator would write it.

use super::plant::PLCS;

/// The text with the places that a start fills in.
const TEXT: &str = include_str!("plant.toml");

/// Ports of 127.0.0.1 everybody in the demo speaks through.
#[derive(Debug, Clone, Copy)]
pub struct Ports {
    /// The agent's web side.
    pub web: u16,
    /// The PLCs: `press-plc`, `cnc-plc`, `stamp-plc`.
    pub plcs: [u16; PLCS],
    /// The MQTT broker.
    pub broker: u16,
}

/// `plant.toml` for these ports; the agent commits every `commit_ms` of simulated time.
pub fn text(ports: Ports, commit_ms: u32) -> String {
    let [press, cnc, stamp] = ports.plcs;
    let filled = [
        ("@WEB@", ports.web.to_string()),
        ("@PRESS_PLC@", press.to_string()),
        ("@CNC_PLC@", cnc.to_string()),
        ("@STAMP_PLC@", stamp.to_string()),
        ("@BROKER@", ports.broker.to_string()),
        ("@COMMIT_MS@", commit_ms.to_string()),
    ];
    let fill = |text: String, (place, value): &(&str, String)| text.replace(place, value);
    filled.iter().fold(TEXT.to_owned(), fill)
}

#[cfg(test)]
mod tests {
    use super::super::plant::{MACHINES, Wire};
    use super::*;
    use toml::{Table, Value};

    fn file() -> Table {
        let ports = Ports {
            web: 8080,
            plcs: [1, 2, 3],
            broker: 4,
        };
        let text = text(ports, 5_000);
        assert!(!text.contains('@'), "every place is filled in");
        text.parse().unwrap()
    }

    fn ms(table: &Value) -> i64 {
        (table["ideal_cycle_s"].as_float().unwrap() * 1_000.0).round() as i64
    }

    fn cavities(table: &Value) -> i64 {
        table
            .get("cavities")
            .map_or(1, |cavities| cavities.as_integer().unwrap())
    }

    #[test]
    fn the_file_says_of_the_machines_what_they_are() {
        let file = file();
        assert_eq!(file["machine"].as_table().unwrap().len(), MACHINES.len());
        for machine in &MACHINES {
            let written = &file["machine"][machine.id];
            for product in machine.products {
                let standard = product.id.map_or(written, |id| &file["product"][id]);
                let said = (ms(standard), cavities(standard));
                assert_eq!(said, (product.ideal_ms, product.cavities), "{}", machine.id);
            }
            for (reason, _) in machine.nature.reasons {
                assert!(file["reason"].get(reason).is_some(), "{reason}");
            }
            match machine.wire {
                Wire::Modbus { plc, unit, offset, .. } => {
                    let modbus = &written["modbus"];
                    let source = ["press-plc", "cnc-plc", "stamp-plc"][plc];
                    assert_eq!(modbus["source"].as_str(), Some(source), "{}", machine.id);
                    assert_eq!(modbus["unit"].as_integer(), Some(unit.into()), "{}", machine.id);
                    let written = modbus.get("offset").map_or(0, |offset| offset.as_integer().unwrap());
                    assert_eq!(written, i64::from(offset), "{}", machine.id);
                }
                Wire::Mqtt { topic, .. } => {
                    assert_eq!(
                        written["points"]["good"]["mqtt"].as_str(),
                        Some(topic),
                        "{}",
                        machine.id
                    );
                }
            }
        }
    }
}
