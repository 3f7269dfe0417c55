//! Pure. The tables as they stand in the file: keys and types only; what they mean together is checked elsewhere.

mod visit;

use super::asset::PerCount;
use super::decimal::Decimal;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// A name for people: one, or one for each language. Key "" when one name serves all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Names(pub BTreeMap<String, String>);

/// `[site]`.
#[derive(Debug, Deserialize)]
pub struct Site {
    pub id: String,
    #[serde(default)]
    pub name: Names,
    pub timezone: String,
    #[serde(default = "language")]
    pub language: String,
    pub org: String,
}

fn language() -> String {
    "en".into()
}

/// `[store]`.
#[derive(Debug, Deserialize)]
#[serde(default)]
pub struct Store {
    pub path: PathBuf,
    pub commit_ms: u64,
    pub fact_days: u32,
    pub max_disk_mb: u64,
}

impl Default for Store {
    fn default() -> Self {
        Store {
            path: "/var/lib/gemba".into(),
            commit_ms: 5_000,
            fact_days: 400,
            max_disk_mb: 4_096,
        }
    }
}

/// `[serve]`.
#[derive(Debug, Deserialize)]
#[serde(default)]
pub struct Serve {
    pub listen: String,
    pub viewer: String,
}

impl Default for Serve {
    fn default() -> Self {
        Serve {
            listen: "127.0.0.1:8080".into(),
            viewer: "open".into(),
        }
    }
}

/// `[token.NAME]`.
#[derive(Debug, Deserialize)]
pub struct Token {
    pub role: String,
    pub token_file: PathBuf,
}

/// What a machine and its template have in common; `state`, `count` and `points` are tables of their own.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Shared {
    pub poll_ms: Option<u64>,
    pub ideal_cycle_s: Option<Decimal>,
    pub cavities: Option<u32>,
    pub max_rate_per_min: Option<Decimal>,
    pub reject_source: Option<String>,
    pub values: Option<Vec<String>>,
}

/// `[machine.ID]` without its tables.
#[derive(Debug, Clone, Deserialize)]
pub struct Machine {
    #[serde(default)]
    pub name: Names,
    #[serde(default)]
    pub line: String,
    pub template: Option<String>,
    pub poll_ms: Option<u64>,
    pub ideal_cycle_s: Option<Decimal>,
    pub cavities: Option<u32>,
    pub max_rate_per_min: Option<Decimal>,
    pub reject_source: Option<String>,
    pub values: Option<Vec<String>>,
    #[serde(default)]
    pub group: String,
    #[serde(default)]
    pub orders: bool,
    pub release: Option<Release>,
    pub pieces_per_count: Option<PerCount>,
    #[serde(default = "yes")]
    pub connected: bool,
    pub planned_hours: Option<Decimal>,
    #[serde(default)]
    pub counted: String,
    pub target_pieces_per_shift: Option<i64>,
}

fn yes() -> bool {
    true
}

/// One of the `parts` of a product.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    pub id: String,
    pub per_shot: u32,
}

/// When a changeover of a machine ends: a word, or `{ good = N }`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged, expecting = "expected \"running\", \"first_off\" or { good = N }")]
pub enum Release {
    /// As written.
    Word(String),
    /// So many good pieces in a row.
    Good { good: u32 },
}

/// `modbus` of a machine.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Wiring {
    pub source: String,
    pub unit: u64,
    #[serde(default)]
    pub offset: i64,
}

/// `count` of a machine.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Count {
    pub shots: Option<String>,
    pub total: Option<String>,
    pub good: Option<String>,
    pub reject: Option<String>,
    pub cycle_time: Option<String>,
    pub told_by: Option<String>,
}

/// One of the `points`, without its counter.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Point {
    pub modbus: Option<String>,
    pub mqtt: Option<String>,
    pub source: Option<String>,
    pub unit: Option<u64>,
    #[serde(rename = "type")]
    pub kind: Option<String>,
    pub order: Option<String>,
    pub bit: Option<u64>,
    pub scale: Option<f64>,
    pub offset: Option<f64>,
    pub range: Option<(f64, f64)>,
    pub poll_ms: Option<u64>,
    pub json: Option<String>,
    pub time: Option<String>,
    pub qos: Option<u64>,
    pub stale_after_s: Option<u64>,
    #[serde(default)]
    pub station: String,
}

/// `counter` of a point.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Counter {
    pub bits: Option<u64>,
    pub digits: Option<u64>,
    pub resets: Option<Resets>,
}

/// `resets` of a counter: a word, or `{ preset = N }`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resets {
    /// As written.
    Word(String),
    /// To this value.
    Preset(i64),
}

/// `[calendar]` without its tables.
#[derive(Debug, Deserialize)]
pub struct Calendar {
    pub production_day_start: Option<String>,
    #[serde(default)]
    pub holidays: Vec<String>,
}

/// `[calendar.exception.DATES]` without `shift`.
#[derive(Debug, Deserialize)]
pub struct Exception {
    pub shifts: Vec<String>,
}

/// `[calendar.exception.DATES.shift.ID]`.
#[derive(Debug, Deserialize)]
pub struct ExceptionShift {
    pub from: Option<String>,
    pub to: Option<String>,
    pub breaks: Option<Vec<String>>,
}

/// `[calendar.crews]`.
#[derive(Debug, Deserialize)]
pub struct Crews {
    pub start: String,
}

/// `[calendar.crew.ID]`.
#[derive(Debug, Deserialize)]
pub struct Crew {
    pub pattern: Vec<String>,
}

/// `[calendar.planned.ID]`.
#[derive(Debug, Deserialize)]
pub struct PlannedStop {
    pub name: Option<String>,
    pub days: String,
    pub from: String,
    pub to: String,
    #[serde(default)]
    pub machines: Vec<String>,
    #[serde(default)]
    pub lines: Vec<String>,
}

/// `[calendar.shift.ID]`.
#[derive(Debug, Deserialize)]
pub struct Shift {
    pub name: Option<String>,
    pub days: String,
    pub from: String,
    pub to: String,
    #[serde(default)]
    pub breaks: Vec<String>,
}

/// `[product.ID]`.
#[derive(Debug, Deserialize)]
pub struct Product {
    #[serde(default)]
    pub name: Names,
    pub ideal_cycle_s: Option<Decimal>,
    pub cavities: Option<u32>,
    #[serde(default)]
    pub mould: String,
    pub target: Option<Decimal>,
    pub target_pieces_per_shift: Option<i64>,
    #[serde(default)]
    pub parts: Vec<Part>,
}

/// `[reason.ID]`.
#[derive(Debug, Deserialize)]
pub struct Reason {
    #[serde(default)]
    pub name: Names,
    pub class: String,
    #[serde(default)]
    pub groups: Vec<String>,
    #[serde(default)]
    pub allowance_min: u32,
}

/// `[standard.ID]`.
#[derive(Debug, Deserialize)]
pub struct Standard {
    #[serde(default)]
    pub product: String,
    #[serde(default)]
    pub machine: String,
    #[serde(default)]
    pub group: String,
    #[serde(default)]
    pub mould: String,
    pub ideal_cycle_s: Option<Decimal>,
    pub rate_per_h: Option<Decimal>,
    pub cavities: Option<u32>,
    #[serde(default = "unsaid")]
    pub source: String,
    #[serde(default)]
    pub approved_by: String,
    pub target: Option<Decimal>,
    pub target_pieces_per_shift: Option<i64>,
}

fn unsaid() -> String {
    "unsaid".into()
}

/// `[order.ID]`.
#[derive(Debug, Deserialize)]
pub struct Order {
    pub product: String,
    #[serde(default)]
    pub mould: String,
    pub quantity: Option<i64>,
    pub due: Option<String>,
    #[serde(default)]
    pub machine: String,
    #[serde(default)]
    pub line: String,
    #[serde(default)]
    pub released: bool,
}

/// `[target]`.
#[derive(Debug, Deserialize)]
pub struct Target {
    pub oee: Option<Decimal>,
    pub availability: Option<Decimal>,
    pub performance: Option<Decimal>,
    pub quality: Option<Decimal>,
}

/// `[loss]` without `minor_stop`.
#[derive(Debug, Default, Deserialize)]
pub struct Loss {
    pub policy: Option<String>,
    #[serde(default)]
    pub class: BTreeMap<String, String>,
    #[serde(default)]
    pub reason: BTreeMap<String, String>,
}

/// `loss.minor_stop`.
#[derive(Debug, Deserialize)]
#[serde(default)]
pub struct MinorStop {
    pub cycles: u32,
    pub at_least_s: u32,
    pub at_most_s: u32,
}

impl Default for MinorStop {
    fn default() -> Self {
        MinorStop {
            cycles: 3,
            at_least_s: 120,
            at_most_s: 300,
        }
    }
}
