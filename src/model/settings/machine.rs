//! Pure. A machine as configured: what its signals mean, how it counts, and what is known of it as a thing.

use crate::model::entry::Source;
use crate::model::fact::Role;
use crate::model::ids::MachineId;
use crate::model::reading::Value;
use crate::model::state::State;
use crate::model::state_rule::{StateRule, StopAfter};
use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::sync::Arc;

/// An increase faster than this many times the ideal rate is held where nobody wrote a greatest rate: no machine runs at four
/// times its nameplate, and a glitch in the upper word of a counter is thousands of times as fast.
pub const RATE_MARGIN: i128 = 4;
/// Most thousandths of a count a minute: a thousand counts a second, more than any counter in a PLC follows.
pub const MAX_RATE_MILLI: i64 = 60_000_000;

/// A machine and what its signals mean.
#[derive(Debug, Clone, PartialEq)]
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
    /// True when nobody wrote that rate: a standard in force that is faster raises it.
    pub rate_follows: bool,
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
    /// The group of alike machines it belongs to; empty for none.
    pub group: Arc<str>,
    /// Pieces that one count stands for, as a fraction; (1, 1) when each count is a piece. Not for shots.
    pub per_count: (u32, u32),
    /// True when it works by orders: time without one is `no_order`.
    pub orders: bool,
    /// When a changeover ends.
    pub release: Release,
    /// True when it is in OEE only from a person's word on.
    pub commissioning: bool,
    /// What is known of the machine as a thing.
    pub asset: Asset,
    /// What its energy register means, where it has one.
    pub meter: Option<Box<Meter>>,
    /// Who tells its state.
    pub state_by: Source,
    /// Who makes its counters count.
    pub count_by: Source,
    /// Good pieces it is to make in a shift of what has no target of its own.
    pub shift_pieces: Option<NonZeroU32>,
}

impl Default for MachineSetting {
    fn default() -> Self {
        MachineSetting {
            name: BTreeMap::new(),
            line: "".into(),
            ideal_ns: None,
            cavities: 0,
            max_rate_milli_per_min: 0,
            rate_follows: false,
            state_map: BTreeMap::new(),
            state: StateRule::default(),
            stop_after: None,
            debounce_ms: 0,
            signals: Vec::new(),
            reject_source: RejectSource::default(),
            group: "".into(),
            per_count: (1, 1),
            orders: false,
            release: Release::default(),
            commissioning: false,
            asset: Asset::default(),
            meter: None,
            state_by: Source::Auto,
            count_by: Source::Auto,
            shift_pieces: None,
        }
    }
}

impl MachineSetting {
    /// True where the machine's controller tells how long its cycles take.
    pub fn tells_cycles(&self) -> bool {
        self.signals.iter().any(|signal| signal.role == Role::CycleTime)
    }

    /// Greatest believable rate of a counter in thousandths of a count a minute, while a cycle takes `ideal_ns` and adds
    /// `counts` to it.
    pub fn believed_rate(&self, ideal_ns: Option<i64>, counts: u32) -> i64 {
        let of_standard = ideal_ns.filter(|ns| self.rate_follows && *ns > 0).map(|ns| {
            let rate = rate_milli(ns, counts) * RATE_MARGIN;
            i64::try_from(rate).unwrap_or(MAX_RATE_MILLI).min(MAX_RATE_MILLI)
        });
        self.max_rate_milli_per_min.max(of_standard.unwrap_or(0))
    }
}

/// Thousandths of a count a minute of cycles that take `ideal_ns` each and add `counts`: 60 s = 6e10 ns, in thousandths 6e13.
pub fn rate_milli(ideal_ns: i64, counts: u32) -> i128 {
    60_000_000_000_000 * i128::from(counts.max(1)) / i128::from(ideal_ns.max(1))
}

/// When a changeover ends. Where it is not as soon as the machine runs, a changeover begins not only when the signals say so or
/// no order is on while one waits, but also with another product or mould: until its release what the machine makes are tries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Release {
    /// When the signals say running.
    #[default]
    Running,
    /// When a person approves the first piece.
    FirstOff,
    /// When so many good pieces came in a row, each within 1.2 ideal cycles; or when a person approves one.
    GoodInARow(u32),
}

/// An entry of the asset register.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asset {
    /// False when it is only registered: nothing is read from it, and it is in no figure.
    pub connected: bool,
    /// Who made it; empty when not known.
    pub maker: Arc<str>,
    /// Its type; empty when not known.
    pub model: Arc<str>,
    /// Year it was made.
    pub year: Option<i32>,
    /// Hours a week it is planned to work, in thousandths, where no calendar tells.
    pub planned_milli_hours: Option<i64>,
    /// How its pieces are counted where no signal tells: `person`, `scan`, ...; empty when signals do.
    pub counted: Arc<str>,
}

impl Default for Asset {
    fn default() -> Self {
        Asset {
            connected: true,
            maker: "".into(),
            model: "".into(),
            year: None,
            planned_milli_hours: None,
            counted: "".into(),
        }
    }
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
    /// Where on the machine it counts; empty where that was not told. Pieces, good ones and rejects follow from each other only
    /// at one station.
    pub station: Arc<str>,
}

/// The energy register of an electricity meter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meter {
    /// Thousandths of a watt hour that one of its units is: 1,000,000 of a kWh.
    pub milli_wh: i64,
    /// Greatest believable power in watts.
    pub max_w: i64,
    /// The other machines it measures too: their energy is split by run time.
    pub shared_with: Vec<MachineId>,
}

impl Meter {
    /// A reading in thousandths of a watt hour, rounded once; `None` for what is no reading of a meter.
    pub fn milli_wh(&self, value: &Value) -> Option<i128> {
        let milli_wh = match value {
            Value::Int(units) => units.saturating_mul(i128::from(self.milli_wh)),
            Value::Float(units) if units.is_finite() => (units * self.milli_wh as f64).round() as i128,
            Value::Float(_) | Value::Bool(_) | Value::Text(_) => return None,
        };
        // Beyond it lie registers read in the wrong order, and "not available" of meters that say it with a number.
        Some(milli_wh).filter(|milli_wh| i64::try_from(*milli_wh).is_ok())
    }
}

/// How a cumulative counter behaves. Of a meter `modulus` is in thousandths of a watt hour.
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
    /// When an order comes onto the machine or goes off it.
    Order,
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

impl RejectSource {
    /// True when they are counted or entered.
    pub fn is_known(self) -> bool {
        self != RejectSource::None
    }
}
