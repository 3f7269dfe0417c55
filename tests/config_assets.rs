//! The asset register, counts that are no whole piece, and family moulds, from the file to the settings.
#![allow(clippy::unwrap_used)] // clippy's own exception ends at helper functions

use gemba::config::load;
use gemba::model::ids::Roster;
use gemba::model::settings::{MachineSetting, Setting};

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
