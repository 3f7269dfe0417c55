//! The file itself: its tables as people write them.

use super::clock::Clock;
use gemba::model::ids::MachineId;
use gemba::model::line::LineSetting;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::Arc;

pub type Table<T> = BTreeMap<String, T>;

/// A scenario as written.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// What it shows.
    pub about: String,
    pub plant: Plant,
    #[serde(default)]
    pub shift: Table<Shift>,
    pub machine: Table<Machine>,
    #[serde(default)]
    pub crew: Table<Crew>,
    #[serde(default)]
    pub line: Table<Line>,
    #[serde(default)]
    pub product: Table<Product>,
    #[serde(default)]
    pub reason: Table<Reason>,
    #[serde(default)]
    pub standard: Table<Standard>,
    #[serde(default)]
    pub order: Table<Order>,
    #[serde(default)]
    pub change: Vec<Change>,
    pub happened: Happened,
    pub expect: Vec<Table<toml::Value>>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Happened {
    /// The timeline.
    pub lines: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plant {
    pub zone: String,
    /// When everything is configured; nothing is known before.
    pub begin: String,
    /// Begin of the production day.
    #[serde(default = "midnight")]
    pub day_start: String,
    /// The minor limit in seconds: at least and at most.
    #[serde(default = "two_to_five_minutes")]
    pub minor_s: (i64, i64),
    /// The policy in force; `default` where none is named.
    #[serde(default)]
    pub policy: Option<String>,
    /// Dates without a shift: `2026-02-14 2026-02-22`, the first and the last.
    #[serde(default)]
    pub holidays: Vec<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shift {
    pub from: String,
    pub to: String,
    #[serde(default)]
    pub breaks: Vec<String>,
    #[serde(default = "every_day")]
    pub days: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Crew {
    /// A date that is the first day of its pattern.
    pub start: String,
    /// The shift it works on each day, empty for a day off.
    pub pattern: Vec<String>,
}

/// A line whose pieces pass one machine after the other; one that is not named is parallel.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    pub bottleneck: String,
    pub output: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Machine {
    pub ideal_s: Option<f64>,
    #[serde(default = "one")]
    pub cavities: u32,
    /// Its counters, and how many bits each has; of `energy` a count is 10 Wh, and each cycle takes one.
    #[serde(default = "total_and_reject")]
    pub counters: BTreeMap<String, u32>,
    /// What the counters show at the begin.
    #[serde(default)]
    pub starts_at: BTreeMap<String, i128>,
    #[serde(default = "counter")]
    pub rejects: String,
    #[serde(default)]
    pub orders: bool,
    /// `running`, `first_off`, or `5 in a row`.
    #[serde(default = "running")]
    pub release: String,
    /// Seconds without a piece after which it is stopped: nothing but its pieces tells its state then.
    pub stop_after_s: Option<i64>,
    #[serde(default)]
    pub line: String,
    #[serde(default)]
    pub group: String,
    /// Counts a minute that can be believed; ten times the ideal rate where nothing is said.
    pub max_per_min: Option<f64>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Product {
    pub ideal_s: Option<f64>,
    pub cavities: Option<u32>,
    #[serde(default)]
    pub mould: String,
    #[serde(default)]
    pub parts: BTreeMap<String, u32>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reason {
    pub class: String,
    #[serde(default)]
    pub allowance_min: i64,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Standard {
    #[serde(default)]
    pub product: String,
    #[serde(default)]
    pub mould: String,
    pub ideal_s: f64,
    pub cavities: Option<u32>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Order {
    pub product: String,
    pub machine: Option<String>,
}

/// What is configured anew at an instant; the tables it names replace those of before.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// From when on it holds.
    pub at: String,
    #[serde(default)]
    pub shift: Table<Shift>,
    #[serde(default)]
    pub product: Table<Product>,
    #[serde(default)]
    pub machine: Table<Machine>,
    #[serde(default)]
    pub standard: Table<Standard>,
    #[serde(default)]
    pub order: Table<Order>,
}

fn midnight() -> String {
    "00:00".into()
}

fn two_to_five_minutes() -> (i64, i64) {
    (120, 300)
}

fn every_day() -> String {
    "1111111".into()
}

fn one() -> u32 {
    1
}

fn counter() -> String {
    "counter".into()
}

fn running() -> String {
    "running".into()
}

fn total_and_reject() -> BTreeMap<String, u32> {
    BTreeMap::from([("total".into(), 32), ("reject".into(), 32)])
}

impl Scenario {
    pub fn read(text: &str) -> Result<Scenario, String> {
        toml::from_str(text).map_err(|error| error.to_string())
    }

    pub fn clock(&self) -> Result<Clock, String> {
        Clock::new(&self.plant.zone)
    }

    /// The machines in the order of their ids.
    pub fn machines(&self) -> Vec<(MachineId, &str, &Machine)> {
        let ids = (0..).map(MachineId);
        let named = ids.zip(&self.machine);
        named
            .map(|(id, (name, machine))| (id, name.as_str(), machine))
            .collect()
    }

    pub fn id_of(&self, machine: &str) -> Result<MachineId, String> {
        let found = self.machines().into_iter().find(|(_, name, _)| *name == machine);
        found
            .map(|(id, ..)| id)
            .ok_or(format!("there is no machine `{machine}`"))
    }

    /// The lines whose pieces pass one machine after the other.
    pub fn lines(&self) -> Result<BTreeMap<Arc<str>, LineSetting>, String> {
        let mut lines = BTreeMap::new();
        for (id, line) in &self.line {
            let setting = LineSetting::Serial {
                bottleneck: self.id_of(&line.bottleneck)?,
                output: self.id_of(&line.output)?,
            };
            lines.insert(id.as_str().into(), setting);
        }
        Ok(lines)
    }
}
