//! Pure. What a running agent says of itself, as far as `gemba status` shows it; keys of an older or newer agent are passed over.

use serde::{Deserialize, Serialize};

/// `/api/v1/health`. Instants are RFC 3339 in UTC.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(default)]
pub struct Health {
    /// `ok`, `degraded` or `failing`.
    pub status: String,
    /// What is wrong and what to do, worst first.
    pub findings: Vec<String>,
    /// When it said so.
    pub at: Option<String>,
    /// When the agent started.
    pub started_at: Option<String>,
    /// Version of the program.
    pub version: String,
    /// Where readings come from.
    pub sources: Vec<Source>,
    /// Where bookings go.
    pub sinks: Vec<Sink>,
    /// The disk.
    pub store: Store,
    /// The agent's clock.
    pub clock: Clock,
}

/// One source.
#[derive(Debug, Clone, PartialEq, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct Source {
    /// As configured.
    pub name: String,
    /// `modbus` or `mqtt`.
    pub kind: String,
    /// True when it works.
    pub up: bool,
    /// Since when it is up or down.
    pub since: Option<String>,
    /// Why it is down.
    pub why: String,
}

/// One sink.
#[derive(Debug, Clone, PartialEq, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct Sink {
    /// As configured.
    pub name: String,
    /// False while it is down; `None` when no agent runs to try it.
    pub up: Option<bool>,
    /// Why it is down, or that it was not tried.
    pub why: String,
    /// Bookings it has not confirmed.
    pub backlog: u64,
    /// Every booking up to this number is confirmed or in quarantine.
    pub done: u64,
    /// When it last confirmed any.
    pub last_success: Option<String>,
    /// Bookings it refused for good.
    pub quarantined: u64,
    /// Bookings it never gets.
    pub lost: u64,
}

/// The disk.
#[derive(Debug, Clone, PartialEq, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct Store {
    /// True when the last commit was written.
    pub ok: bool,
    /// Why not.
    pub why: String,
    /// When the last commit was written.
    pub last_commit: Option<String>,
    /// Facts waiting to be written.
    pub waiting_facts: u64,
    /// What the database takes, in megabytes of 1,000,000 bytes.
    pub used_mb: u64,
    /// The most it may take.
    pub max_mb: u64,
}

/// The agent's clock.
#[derive(Debug, Clone, PartialEq, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct Clock {
    /// True when it agrees with the operating system's.
    pub ok: bool,
    /// What is wrong.
    pub what: String,
}

/// `/api/v1/wall`.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(default)]
pub struct Wall {
    /// Which plant answers.
    pub site: Site,
    /// All machines.
    pub machines: Vec<Machine>,
}

/// The plant that answers.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(default)]
pub struct Site {
    /// The company's id.
    pub org: String,
    /// The plant's id.
    pub id: String,
}

/// A machine now.
#[derive(Debug, Clone, PartialEq, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct Machine {
    /// As configured.
    pub id: String,
    /// Its line, where it has one.
    pub line: Option<String>,
    /// What it does.
    pub state: String,
    /// What its time is charged to.
    pub class: String,
    /// Since when.
    pub since: Option<String>,
    /// What it makes.
    pub product: Option<String>,
    /// Ratios since the shift began.
    pub kpi: Kpi,
    /// `full`, `approx` or `none`: how far the ratios may be believed.
    pub shown: String,
    /// Signals and how good they are.
    pub signals: Vec<Signal>,
}

/// The ratios shown; `None` where undefined.
#[derive(Debug, Clone, PartialEq, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct Kpi {
    /// The OEE index.
    pub oee: Option<f64>,
    /// Known / planned time.
    pub coverage: Option<f64>,
}

/// A signal of a machine.
#[derive(Debug, Clone, PartialEq, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct Signal {
    /// What it tells.
    pub role: String,
    /// `good`, or what is wrong with it.
    pub quality: String,
}
