//! Pure. Settings as the fold sees them: one item each, looked up by time, never read from the configuration file.

use super::fact::Role;
use super::ids::MachineId;
use super::state::{Class, State};
use super::state_rule::{StateRule, StopAfter};
use std::collections::BTreeMap;
use std::sync::Arc;

/// One item of the plant's settings as valid from a fact's instant on.
#[derive(Debug, Clone, PartialEq)]
pub enum Setting {
    /// The plant.
    Site(SiteSetting),
    /// A machine and what its signals mean.
    Machine(MachineId, MachineSetting),
    /// A product.
    Product(Arc<str>, ProductSetting),
    /// A reason for stops or scrap.
    Reason(Arc<str>, ReasonSetting),
    /// When work is planned.
    Calendar(CalendarSetting),
    /// What each class of time is charged to, and the minor limit.
    Policy(PolicySetting),
    /// What the plant wants to reach.
    Target(TargetSetting),
    /// The item is no longer configured.
    Removed(SettingKind, Arc<str>),
}

/// Which kind of item a setting is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SettingKind {
    /// The plant.
    Site,
    /// A machine.
    Machine,
    /// A product.
    Product,
    /// A reason.
    Reason,
    /// The calendar.
    Calendar,
    /// The loss policy.
    Policy,
    /// What the plant wants to reach.
    Target,
}

/// The plant.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SiteSetting {
    /// The company: first tag on every point.
    pub org: Arc<str>,
    /// The plant's id: tag `site` on every point.
    pub site: Arc<str>,
}

/// A machine and what its signals mean.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct MachineSetting {
    /// Name for people, by language; key "" when one name serves all.
    pub name: BTreeMap<Arc<str>, Arc<str>>,
    /// The line it belongs to; empty for none.
    pub line: Arc<str>,
    /// Ideal cycle per shot (per count where there are no shots) in nanoseconds; a product's own wins.
    pub ideal_ns: Option<i64>,
    /// Pieces per shot; at least 1.
    pub cavities: u32,
    /// Greatest believable rate of each counter, in thousandths of a count per minute.
    pub max_rate_milli_per_min: i64,
    /// Which code of the state signal means what, by the code as text; empty for a run bit.
    pub state_map: BTreeMap<Arc<str>, State>,
    /// What tells its state.
    pub state: StateRule,
    /// Where a running machine must make pieces: when it stands without them. `None` where its state alone is believed.
    pub stop_after: Option<StopAfter>,
    /// A changed state counts only when it has held for so many milliseconds, and then from its first sample on.
    pub debounce_ms: i64,
    /// The signals it has; those of state and counts are all needed for the machine to be known.
    pub signals: Vec<SignalSetting>,
    /// Where rejects come from.
    pub reject_source: RejectSource,
}

/// One signal of a machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignalSetting {
    /// Which.
    pub role: Role,
    /// Where it is read, for people and verifiers: `press-plc unit 1 holding:2 u32 CDAB`.
    pub point: Arc<str>,
    /// Silence longer than this makes the signal unknown from its last sample on, in milliseconds.
    pub limit_ms: i64,
    /// How the counter behaves; `None` for state signals.
    pub counter: Option<CounterSetting>,
}

/// How a cumulative counter behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CounterSetting {
    /// The value it never reaches: 2^bits; `None` when it never rolls over.
    pub modulus: Option<i128>,
    /// When it begins again.
    pub resets: Resets,
}

/// When a counter begins again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resets {
    /// Not declared: a smaller value that cannot be a roll-over is taken for a reset.
    Undeclared,
    /// Never: a smaller value that cannot be a roll-over is held.
    Never,
    /// When the device loses power.
    Power,
    /// At a change of shift.
    Shift,
    /// To this value, at any time.
    Preset(i64),
}

/// Where a machine's rejects come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RejectSource {
    /// A counter.
    Counter,
    /// People enter them; quality is provisional until the shift is closed.
    Manual,
    /// Nobody counts them: quality and OEE are unknown.
    #[default]
    None,
}

/// A product.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ProductSetting {
    /// Name for people, by language; key "" when one name serves all.
    pub name: BTreeMap<Arc<str>, Arc<str>>,
    /// Ideal cycle per shot in nanoseconds.
    pub ideal_ns: Option<i64>,
    /// Pieces per shot.
    pub cavities: Option<u32>,
}

/// A reason for stops.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReasonSetting {
    /// Name for people, by language; key "" when one name serves all.
    pub name: BTreeMap<Arc<str>, Arc<str>>,
    /// The class a stop with this reason gets.
    pub class: Class,
}

/// When work is planned.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CalendarSetting {
    /// IANA zone.
    pub timezone: Arc<str>,
    /// Minute of the local day at which the production day begins.
    pub day_start_min: u32,
    /// The shifts. None at all means: all time is planned.
    pub shifts: Vec<ShiftSetting>,
}

/// One shift of a weekly pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShiftSetting {
    /// Its id: tag `shift` on every point.
    pub id: Arc<str>,
    /// Its name for people.
    pub name: Arc<str>,
    /// The days it begins on, Monday first.
    pub days: [bool; 7],
    /// Local minute of the day it begins at.
    pub from_min: u32,
    /// Local minute it ends at; at or before `from_min` it is on the next day.
    pub to_min: u32,
    /// Breaks as local minutes (from, to); before the shift's own `from_min` they are on the next day.
    pub breaks: Vec<(u32, u32)>,
}

/// What each class of time is charged to, and the minor limit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicySetting {
    /// Its id, on every answer and point.
    pub id: Arc<str>,
    /// Minor limit = this many ideal cycles ...
    pub minor_cycles: u32,
    /// ... but at least this, in milliseconds ...
    pub minor_at_least_ms: i64,
    /// ... and at most this.
    pub minor_at_most_ms: i64,
}

impl Default for PolicySetting {
    fn default() -> Self {
        PolicySetting {
            id: "default".into(),
            minor_cycles: 3,
            minor_at_least_ms: 120_000,
            minor_at_most_ms: 300_000,
        }
    }
}

/// What the plant wants to reach, in parts per million; `None` where nobody said. It draws marks and makes plans, and is in no
/// sum: a change leaves every tally as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TargetSetting {
    /// Of OEE.
    pub oee_ppm: Option<u32>,
    /// Of availability.
    pub availability_ppm: Option<u32>,
    /// Of effectiveness ("performance" on screens).
    pub performance_ppm: Option<u32>,
    /// Of quality.
    pub quality_ppm: Option<u32>,
}
