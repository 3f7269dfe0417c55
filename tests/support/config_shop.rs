//! Configurations written down in a test: loaded, bound, and the settings of their machines.
#![allow(dead_code, reason = "each test file uses a part of it")]
#![allow(clippy::unwrap_used, reason = "a test double may fail its test")]

use gemba::config::{Bound, Findings, Plant, load};
use gemba::model::ids::Roster;
use gemba::model::settings::{MachineSetting, Setting};

/// Loads a configuration from its text.
pub fn written(text: &str) -> Result<Plant, Findings> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("gemba.toml");
    std::fs::write(&file, text).unwrap();
    load(&[file], std::iter::empty())
}

/// The plant with numbers for its machines.
pub fn bound(plant: Plant) -> (Bound, Roster) {
    let mut roster = Roster::default();
    (plant.bind(&mut roster), roster)
}

/// The setting of a machine.
pub fn setting(bound: &Bound, roster: &Roster, name: &str) -> MachineSetting {
    let id = roster.find(name).unwrap();
    let found = bound.settings.iter().find_map(|setting| {
        let Setting::Machine(machine, setting) = setting else {
            return None;
        };
        (*machine == id).then(|| setting.clone())
    });
    found.unwrap()
}
