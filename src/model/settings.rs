//! Pure. Settings as the fold sees them: one item each, looked up by time, never read from the configuration file.

mod machine;
mod product;

pub use super::calendar::{CalendarSetting, ShiftSetting};
pub use machine::{
    Asset, CounterSetting, MAX_RATE_MILLI, MachineSetting, Meter, RATE_MARGIN, RejectSource, Release, Resets,
    SignalSetting, rate_milli,
};
pub use product::{MAX_SHIFT_PIECES, OrderSetting, ProductSetting, StandardSetting, StandardSource, shift_pieces};

use super::ids::MachineId;
use super::line::LineSetting;
use super::policy::{self, Charges};
use super::state::Class;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A setting as a fact says it: what it is now, what it was, and why.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// The item as it is from now on.
    pub setting: Setting,
    /// What it was before; `None` for a new item, and in journals of the first version.
    pub was: Option<Setting>,
    /// Why, in the author's words; empty where nobody said.
    pub why: Arc<str>,
    /// The key its sender gave it; empty for the configuration's own.
    pub key: Arc<str>,
}

impl Change {
    /// An item seen for the first time.
    pub fn new(setting: Setting) -> Arc<Change> {
        Arc::new(Change {
            setting,
            was: None,
            why: "".into(),
            key: "".into(),
        })
    }
}

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
    /// An ideal cycle and where it comes from.
    Standard(Arc<str>, StandardSetting),
    /// An order to make something.
    Order(Arc<str>, OrderSetting),
    /// How the machines of a line make one result.
    Line(Arc<str>, LineSetting),
    /// When work is planned.
    Calendar(CalendarSetting),
    /// What each class of time is charged to, and the minor limit.
    Policy(PolicySetting),
    /// What the plant wants to reach.
    Target(TargetSetting),
    /// The item is no longer configured.
    Removed(SettingKind, Arc<str>),
}

impl Setting {
    /// What tells an item from all others: its kind and id; a machine is told apart by its number.
    pub fn item(&self) -> (SettingKind, Arc<str>) {
        match self {
            Setting::Site(_) => (SettingKind::Site, "".into()),
            Setting::Machine(id, _) => (SettingKind::Machine, id.0.to_string().into()),
            Setting::Product(id, _) => (SettingKind::Product, Arc::clone(id)),
            Setting::Reason(id, _) => (SettingKind::Reason, Arc::clone(id)),
            Setting::Calendar(_) => (SettingKind::Calendar, "".into()),
            Setting::Policy(_) => (SettingKind::Policy, "".into()),
            Setting::Target(_) => (SettingKind::Target, "".into()),
            Setting::Standard(id, _) => (SettingKind::Standard, Arc::clone(id)),
            Setting::Order(id, _) => (SettingKind::Order, Arc::clone(id)),
            Setting::Line(id, _) => (SettingKind::Line, Arc::clone(id)),
            Setting::Removed(kind, id) => (*kind, Arc::clone(id)),
        }
    }
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
    /// A standard.
    Standard,
    /// An order.
    Order,
    /// A line.
    Line,
}

impl SettingKind {
    /// Its table in the configuration.
    pub fn table(self) -> &'static str {
        match self {
            SettingKind::Site => "site",
            SettingKind::Machine => "machine",
            SettingKind::Product => "product",
            SettingKind::Reason => "reason",
            SettingKind::Calendar => "calendar",
            SettingKind::Policy => "loss",
            SettingKind::Target => "target",
            SettingKind::Standard => "standard",
            SettingKind::Order => "order",
            SettingKind::Line => "line",
        }
    }
}

/// The plant.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SiteSetting {
    /// The company: first tag on every point.
    pub org: Arc<str>,
    /// The plant's id: tag `site` on every point.
    pub site: Arc<str>,
}

/// A reason for stops.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReasonSetting {
    /// Name for people, by language; key "" when one name serves all.
    pub name: BTreeMap<Arc<str>, Arc<str>>,
    /// The class a stop with this reason gets.
    pub class: Class,
    /// The groups or lines of machines it is offered for; empty for all.
    pub groups: Vec<Arc<str>>,
    /// Of a reason that leads to an excluded class: milliseconds a shift that need no leader; what exceeds them stays
    /// unexplained.
    pub allowance_ms: i64,
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
    /// What time is charged to where it is not what [`super::policy::Charge::of`] says.
    pub charges: Charges,
}

impl PolicySetting {
    /// A policy that comes with the agent; `None` when none has this id.
    pub fn shipped(id: &str) -> Option<PolicySetting> {
        let classes = policy::shipped(id)?;
        let reasons = BTreeMap::new();
        Some(PolicySetting {
            id: id.into(),
            charges: Charges { classes, reasons },
            ..PolicySetting::default()
        })
    }
}

impl Default for PolicySetting {
    fn default() -> Self {
        PolicySetting {
            id: "default".into(),
            minor_cycles: 3,
            minor_at_least_ms: 120_000,
            minor_at_most_ms: 300_000,
            charges: Charges::default(),
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
