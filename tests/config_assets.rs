//! The asset register, counts that are no whole piece, and family moulds, from the file to the settings.
#![allow(clippy::unwrap_used)] // clippy's own exception ends at helper functions

use gemba::config::load;
use gemba::model::entry::Source;
use gemba::model::fact::Role;
use gemba::model::ids::Roster;
use gemba::model::settings::{MachineSetting, Meter, Setting};
use gemba::signal::Tells;

#[test]
fn the_asset_register_knows_machines_that_nothing_is_read_from() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("gemba.toml");
    let text = r#"
[site]
id = "shop-1"
org = "example-co"
timezone = "UTC"

[source.modbus.plc]
url = "tcp://192.0.2.1:502"

[machine.press]
state = { run = "run" }
count = { total = "made" }
reject_source = "none"
ideal_cycle_s = 10.0
pieces_per_count = "1/3"
modbus = { source = "plc", unit = 1 }
points.run = { modbus = "coil:0", type = "bool" }
points.made = { modbus = "holding:0", type = "u32", counter = { bits = 32 } }
model = { maker = "Yushin", type = "Y-2", year = 2014 }

[machine.oven]
line = "moulding"
connected = false
planned_hours = 40.5
counted = "person"

[product.box]
parts = [{ id = "lid", per_shot = 2 }, { id = "base", per_shot = 1 }]
"#;
    std::fs::write(&file, text).unwrap();
    let plant = load(&[file], std::iter::empty()).unwrap();
    let mut roster = Roster::default();
    let bound = plant.bind(&mut roster);
    let machine = |id: &str| -> MachineSetting {
        let id = roster.find(id).unwrap();
        let mut machines = bound.settings.iter();
        let found = machines.find(|setting| matches!(setting, Setting::Machine(of, _) if *of == id));
        let Some(Setting::Machine(_, machine)) = found else {
            panic!("{id:?} is configured")
        };
        machine.clone()
    };
    let press = machine("press");
    assert_eq!(press.per_count, (1, 3));
    assert_eq!(
        (&*press.asset.maker, &*press.asset.model, press.asset.year),
        ("Yushin", "Y-2", Some(2014))
    );
    let oven = machine("oven");
    assert!(!oven.asset.connected && oven.signals.is_empty());
    assert_eq!(
        (oven.asset.planned_milli_hours, &*oven.asset.counted),
        (Some(40_500), "person")
    );
    let mut settings = bound.settings.iter();
    let found = settings.find(|setting| matches!(setting, Setting::Product(..)));
    let Some(Setting::Product(_, product)) = found else {
        panic!("the box is configured")
    };
    assert_eq!(product.parts, [("lid".into(), 2), ("base".into(), 1)]);
}

/// A press whose rejects are counted at a station; with what `check` says of it.
fn trimmed(shots: &str, reject: &str) -> (Vec<String>, Vec<String>) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("gemba.toml");
    let text = format!(
        r#"
[site]
id = "shop-1"
org = "example-co"
timezone = "UTC"

[source.modbus.plc]
url = "tcp://192.0.2.1:502"

[machine.press]
state = {{ run = "run" }}
count = {{ total = "made", reject = "bad" }}
reject_source = "counter"
ideal_cycle_s = 10.0
modbus = {{ source = "plc", unit = 1 }}
points.run = {{ modbus = "coil:0", type = "bool" }}
points.made = {{ modbus = "holding:0", type = "u32"{shots} }}
points.bad = {{ modbus = "holding:2", type = "u32"{reject} }}
"#
    );
    std::fs::write(&file, text).unwrap();
    let plant = load(&[file], std::iter::empty()).unwrap();
    let warnings = plant.warnings.iter().map(|finding| finding.to_string()).collect();
    let bound = plant.bind(&mut Roster::default());
    let mut settings = bound.settings.iter();
    let machine = settings.find(|setting| matches!(setting, Setting::Machine(..)));
    let Some(Setting::Machine(_, machine)) = machine else {
        panic!("the press is configured")
    };
    let stations = machine.signals.iter().map(|signal| signal.station.to_string());
    (stations.collect(), warnings)
}

#[test]
fn counters_say_at_which_station_they_count_and_two_stations_are_told() {
    let station = ", station = \"trim\"";
    let (stations, warnings) = trimmed(station, station);
    assert_eq!(stations, ["", "trim", "trim"], "the state has none");
    assert!(warnings.is_empty(), "{warnings:?}");
    let (stations, warnings) = trimmed("", station);
    assert_eq!(stations, ["", "", "trim"]);
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(
        warnings[0].contains("counts at two stations, `bad` of trim and `made`, which names none"),
        "{warnings:?}"
    );
}

#[test]
fn a_meter_is_read_in_its_unit_and_shared_with_machines_by_their_numbers() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("gemba.toml");
    let text = r#"
[site]
id = "shop-1"
org = "example-co"
timezone = "UTC"

[source.modbus.plc]
url = "tcp://192.0.2.1:502"

[template.saw]
state = { run = "run", told_by = "person" }
count = { total = "made", told_by = "scan" }
reject_source = "none"
ideal_cycle_s = 10.0
points.run = { modbus = "coil:0", type = "bool" }
points.made = { modbus = "holding:0", type = "u32" }
points.kwh = { modbus = "input:10", type = "u32", scale = 0.01 }

[machine.saw-1]
template = "saw"
line = "saws"
modbus = { source = "plc", unit = 1 }
energy = { point = "kwh", unit = "kWh", max_kw = 7.5, shared_with = ["saw-2"] }
values = ["kwh"]

[machine.saw-2]
template = "saw"
line = "saws"
modbus = { source = "plc", unit = 2 }
"#;
    std::fs::write(&file, text).unwrap();
    let plant = load(&[file], std::iter::empty()).unwrap_or_else(|findings| panic!("{findings}"));
    let mut roster = Roster::default();
    let bound = plant.bind(&mut roster);
    let (saw, other) = (roster.find("saw-1").unwrap(), roster.find("saw-2").unwrap());
    let setting = bound.settings.iter().find_map(|setting| {
        let Setting::Machine(id, machine) = setting else {
            return None;
        };
        (*id == saw).then_some(machine)
    });
    let setting = setting.unwrap();
    let meter = Meter {
        milli_wh: 1_000_000,
        max_w: 7_500,
        shared_with: vec![other],
    };
    assert_eq!(setting.meter.as_deref(), Some(&meter));
    assert_eq!((setting.state_by, setting.count_by), (Source::Manual, Source::Scan));
    let register = setting
        .signals
        .iter()
        .find(|signal| signal.role == Role::Energy)
        .unwrap();
    // Polled every second it is silent after 30 s; its facts are a minute apart besides.
    assert_eq!(register.limit_ms, 30_000 + 60_000);
    // 2^32 counts of 0.01 kWh, in thousandths of a watt hour: 4,294,967,296 x 10 Wh x 1,000.
    assert_eq!(register.counter.unwrap().modulus, Some(42_949_672_960_000));
    let point = bound.points.iter().find(|point| point.roles == [Role::Energy]).unwrap();
    assert!(point.is_value && point.tells == Tells::Minutes);
}
