//! Registers that two points read: what counts twice, and numbers that reach into each other, are warned of by name.
#![allow(clippy::unwrap_used)] // clippy's own exception ends at helper functions

#[path = "support/config_shop.rs"]
mod shop;

use shop::written;

const PLANT: &str = r#"
[site]
id = "s"
org = "o"
timezone = "UTC"
[source.modbus.plc]
url = "tcp://127.0.0.1:502"
[template.press]
ideal_cycle_s = 12.0
reject_source = "counter"
points.running = { modbus = "holding:0", bit = 0 }
points.fault = { modbus = "holding:0", bit = 1 }
points.status = { modbus = "holding:0" }
points.shots = { modbus = "holding:2", type = "u32" }
points.bad = { modbus = "holding:4" }
state = { run = "running" }
count = { shots = "shots", reject = "bad" }
values = ["status"]
[machine.a]
template = "press"
modbus = { source = "plc", unit = 1 }
"#;

/// The warnings of a plant with these machines more, without their places.
fn warnings(more: &str) -> Vec<String> {
    let found = written(&format!("{PLANT}{more}")).unwrap().warnings.to_string();
    let lines = found.lines();
    lines
        .map(|line| line.split_once("warning: ").unwrap().1.to_owned())
        .collect()
}

#[test]
fn registers_side_by_side_bits_of_one_register_and_other_units_are_nothing_odd() {
    let other = "[machine.b]\ntemplate = \"press\"\nmodbus = { source = \"plc\", unit = 2 }\n";
    assert_eq!(warnings(other), [""; 0]);
    let further = "[machine.b]\ntemplate = \"press\"\nmodbus = { source = \"plc\", unit = 1, offset = 5 }\n";
    assert_eq!(warnings(further), [""; 0], "4 + 1 registers from 0, and 5 + 0 to 5 + 4");
}

#[test]
fn a_number_that_begins_in_the_second_register_of_another_is_named_with_it() {
    // Shots are in the registers 2 and 3 of the first machine, and 2 + 1 and 3 + 1 of the second.
    let near = "[machine.b]\ntemplate = \"press\"\nmodbus = { source = \"plc\", unit = 1, offset = 1 }\n";
    assert_eq!(
        warnings(near),
        [
            "machine.a: `shots` of `b` (plc unit 1 holding:3 u32 ABCD) and `bad` (plc unit 1 holding:4 u16) take the same \
             register: one of them is read in the wrong place; check both addresses, and which of them has 32 bits (two \
             registers)",
            "machine.b: `shots` of `a` (plc unit 1 holding:2 u32 ABCD) and `shots` (plc unit 1 holding:3 u32 ABCD) take the \
             same register: one of them is read in the wrong place; check both addresses, and which of them has 32 bits (two \
             registers)",
        ]
    );
    let own = "[machine.b]\ntemplate = \"press\"\nmodbus = { source = \"plc\", unit = 2 }\npoints.bad = { modbus = \"holding:3\" }\n";
    let found = warnings(own);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].contains("`bad` (plc unit 2 holding:3 u16)"), "{found:?}");
}

#[test]
fn one_register_that_counts_two_things_or_for_two_machines_is_named() {
    let twice = "[machine.b]\ntemplate = \"press\"\nmodbus = { source = \"plc\", unit = 1 }\n";
    let found = warnings(twice);
    let twice = ["holding:2", "holding:4"].map(|register| {
        format!("machine.b: plc unit 1 {register} also counts for `a`: its pieces are counted twice; check unit and offset of both")
    });
    assert_eq!(found, twice);
    let same = r#"
[machine.b]
template = "press"
modbus = { source = "plc", unit = 2 }
points.made = { modbus = "holding:4" }
count = { total = "made", good = "bad" }
"#;
    let found = warnings(same);
    assert_eq!(
        found,
        [
            "machine.b: plc unit 2 holding:4 counts as good and as total; check both addresses: one counter counts one thing"
        ]
    );
}
