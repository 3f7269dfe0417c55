//! Pure. Items of the plant desk as JSON: products, standards, orders, reasons, the calendar and the policy.

use super::calendar::Calendar;
use super::view::MachineNames;
use crate::model::ids::MachineId;
use crate::model::policy::SHIPPED;
use crate::model::settings::{
    self, CalendarSetting, MAX_SHIFT_PIECES, OrderSetting, PolicySetting, ProductSetting, ReasonSetting, Setting,
    SettingKind, StandardSetting, StandardSource,
};
use crate::model::state::Class;
use crate::serve::stamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::sync::Arc;

const SECOND_NS: f64 = 1e9;
const HOUR_S: f64 = 3_600.0;
const MINUTE_MS: f64 = 60_000.0;
const PPM: f64 = 1e6;

/// An item.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(super) enum Item {
    Product(Product),
    Standard(Standard),
    Order(Order),
    Reason(Reason),
    Calendar(Box<Calendar>),
    Policy(Policy),
}

/// A name for people: one, or one for each language.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(untagged, expecting = "expected a name, or one for each language")]
enum Names {
    One(Arc<str>),
    Many(BTreeMap<Arc<str>, Arc<str>>),
}

impl Default for Names {
    fn default() -> Self {
        Names::Many(BTreeMap::new())
    }
}

impl Names {
    fn of(names: &BTreeMap<Arc<str>, Arc<str>>) -> Names {
        match names.get("") {
            Some(name) if names.len() == 1 => Names::One(Arc::clone(name)),
            Some(_) | None => Names::Many(names.clone()),
        }
    }

    fn read(self) -> BTreeMap<Arc<str>, Arc<str>> {
        match self {
            Names::One(name) => BTreeMap::from([("".into(), name)]),
            Names::Many(names) => names,
        }
    }
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Product {
    #[serde(default)]
    name: Names,
    ideal_cycle_s: Option<f64>,
    cavities: Option<u32>,
    #[serde(default)]
    mould: Arc<str>,
    /// What a shot of a family mould gives.
    #[serde(default)]
    parts: BTreeMap<Arc<str>, u32>,
    /// The OEE to reach with it.
    target: Option<f64>,
    /// Good pieces of one machine in a shift, in place of that.
    target_pieces_per_shift: Option<i64>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Standard {
    #[serde(default)]
    product: Arc<str>,
    machine: Option<Arc<str>>,
    #[serde(default)]
    group: Arc<str>,
    #[serde(default)]
    mould: Arc<str>,
    ideal_cycle_s: Option<f64>,
    /// Read in place of the cycle.
    #[serde(skip_serializing)]
    rate_per_h: Option<f64>,
    cavities: Option<u32>,
    source: Option<Arc<str>>,
    #[serde(default)]
    approved_by: Arc<str>,
    /// As those of a product, in place of them.
    target: Option<f64>,
    target_pieces_per_shift: Option<i64>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Order {
    product: Arc<str>,
    #[serde(default)]
    mould: Arc<str>,
    quantity: Option<i64>,
    due: Option<String>,
    machine: Option<Arc<str>>,
    #[serde(default)]
    line: Arc<str>,
    #[serde(default)]
    released: bool,
    #[serde(default)]
    closed: bool,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Reason {
    #[serde(default)]
    name: Names,
    class: Arc<str>,
    #[serde(default)]
    groups: Vec<Arc<str>>,
    #[serde(default)]
    allowance_min: f64,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Policy {
    policy: Option<Arc<str>>,
    minor_stop: MinorStop,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct MinorStop {
    cycles: u32,
    at_least_s: i64,
    at_most_s: i64,
}

/// The item of a setting; `None` for a removed one, and for what the plant desk does not change.
pub(super) fn of(setting: &Setting, names: &MachineNames) -> Option<Item> {
    let seconds = |ns: i64| ns as f64 / SECOND_NS;
    let machine = |id: Option<MachineId>| id.and_then(|id| names.get(&id).cloned());
    Some(match setting {
        Setting::Product(_, product) => Item::Product(Product {
            name: Names::of(&product.name),
            ideal_cycle_s: product.ideal_ns.map(seconds),
            cavities: product.cavities,
            mould: Arc::clone(&product.mould),
            parts: product.parts.iter().cloned().collect(),
            target: product.oee_ppm.map(ratio),
            target_pieces_per_shift: product.shift_pieces.map(|pieces| i64::from(pieces.get())),
        }),
        Setting::Standard(_, standard) => Item::Standard(Standard {
            product: Arc::clone(&standard.product),
            machine: machine(standard.machine),
            group: Arc::clone(&standard.group),
            mould: Arc::clone(&standard.mould),
            ideal_cycle_s: Some(seconds(standard.ideal_ns)),
            rate_per_h: None,
            cavities: standard.cavities,
            source: Some(standard.source.name().into()),
            approved_by: Arc::clone(&standard.approved_by),
            target: standard.oee_ppm.map(ratio),
            target_pieces_per_shift: standard.shift_pieces.map(|pieces| i64::from(pieces.get())),
        }),
        Setting::Order(_, order) => Item::Order(Order {
            product: Arc::clone(&order.product),
            mould: Arc::clone(&order.mould),
            quantity: order.quantity,
            due: order.due.and_then(stamp::text),
            machine: machine(order.machine),
            line: Arc::clone(&order.line),
            released: order.released,
            closed: order.closed,
        }),
        Setting::Reason(_, reason) => Item::Reason(Reason {
            name: Names::of(&reason.name),
            class: reason.class.name().into(),
            groups: reason.groups.clone(),
            allowance_min: reason.allowance_ms as f64 / MINUTE_MS,
        }),
        Setting::Calendar(calendar) => Item::Calendar(Box::new(Calendar::of(calendar, names))),
        Setting::Policy(policy) => Item::Policy(Policy {
            policy: Some(Arc::clone(&policy.id)),
            minor_stop: MinorStop {
                cycles: policy.minor_cycles,
                at_least_s: policy.minor_at_least_ms / 1_000,
                at_most_s: policy.minor_at_most_ms / 1_000,
            },
        }),
        Setting::Site(_) | Setting::Machine(..) | Setting::Target(_) | Setting::Line(..) | Setting::Removed(..) => {
            return None;
        }
    })
}

/// The setting that an item says; `was` is what is in force. The error is a sentence.
pub(super) fn read(
    kind: SettingKind,
    id: &str,
    item: &serde_json::Value,
    was: Option<&Setting>,
    names: &MachineNames,
) -> Result<Setting, String> {
    let key = Arc::from(id);
    match kind {
        SettingKind::Product => parse::<Product>(item)?.setting().map(|it| Setting::Product(key, it)),
        SettingKind::Standard => parse::<Standard>(item)?
            .setting(names)
            .map(|it| Setting::Standard(key, it)),
        SettingKind::Order => parse::<Order>(item)?.setting(names).map(|it| Setting::Order(key, it)),
        SettingKind::Reason => parse::<Reason>(item)?.setting().map(|it| Setting::Reason(key, it)),
        SettingKind::Calendar => {
            let was = match was {
                Some(Setting::Calendar(calendar)) => calendar.clone(),
                Some(_) | None => CalendarSetting::default(),
            };
            parse::<Calendar>(item)?.setting(was, names).map(Setting::Calendar)
        }
        SettingKind::Policy => parse::<Policy>(item)?.setting(was).map(Setting::Policy),
        SettingKind::Site | SettingKind::Machine | SettingKind::Target | SettingKind::Line => {
            Err("this is changed in the configuration".to_owned())
        }
    }
}

fn parse<T: serde::de::DeserializeOwned>(item: &serde_json::Value) -> Result<T, String> {
    serde_path_to_error::deserialize(item).map_err(|error| format!("`item.{}`: {}", error.path(), error.inner()))
}

/// Nanoseconds of a cycle; what is no number of nanoseconds above 0 becomes 0, which is refused with all other cycles.
fn cycle_ns(seconds: f64) -> i64 {
    (seconds * SECOND_NS).round() as i64
}

fn ratio(ppm: u32) -> f64 {
    f64::from(ppm) / PPM
}

fn ratio_ppm(target: Option<f64>) -> Result<Option<u32>, String> {
    let ppm = target.map(|target| (target * PPM).round());
    match ppm.is_none_or(|ppm| (1.0..=PPM).contains(&ppm)) {
        true => Ok(ppm.map(|ppm| ppm as u32)),
        false => Err("`item.target` must be a ratio above 0 and at most 1".to_owned()),
    }
}

fn shift_pieces(written: Option<i64>) -> Result<Option<NonZeroU32>, String> {
    let pieces = written.and_then(settings::shift_pieces);
    match pieces.is_some() == written.is_some() {
        true => Ok(pieces),
        false => Err(format!(
            "`item.target_pieces_per_shift` must be 1 to {MAX_SHIFT_PIECES}"
        )),
    }
}

fn machine(name: Option<&Arc<str>>, names: &MachineNames) -> Result<Option<MachineId>, String> {
    let Some(name) = name else { return Ok(None) };
    let found = names.iter().find(|(_, known)| *known == name);
    found
        .map(|(id, _)| Some(*id))
        .ok_or_else(|| format!("`item.machine`: there is no machine `{name}`"))
}

impl Product {
    fn setting(self) -> Result<ProductSetting, String> {
        Ok(ProductSetting {
            name: self.name.read(),
            ideal_ns: self.ideal_cycle_s.map(cycle_ns),
            cavities: self.cavities,
            mould: self.mould,
            parts: self.parts.into_iter().collect(),
            oee_ppm: ratio_ppm(self.target)?,
            shift_pieces: shift_pieces(self.target_pieces_per_shift)?,
        })
    }
}

impl Standard {
    fn setting(self, names: &MachineNames) -> Result<StandardSetting, String> {
        let ideal_ns = match (self.ideal_cycle_s, self.rate_per_h) {
            (Some(seconds), None) => cycle_ns(seconds),
            (None, Some(rate)) if rate > 0.0 => cycle_ns(HOUR_S / rate),
            (None, Some(_)) => return Err("`item.rate_per_h` must be above 0".to_owned()),
            (Some(_), Some(_)) | (None, None) => {
                return Err("give `item.ideal_cycle_s` or `item.rate_per_h`".to_owned());
            }
        };
        let source = self
            .source
            .as_deref()
            .map_or(Some(StandardSource::Unsaid), StandardSource::parse);
        Ok(StandardSetting {
            product: self.product,
            machine: machine(self.machine.as_ref(), names)?,
            group: self.group,
            mould: self.mould,
            ideal_ns,
            cavities: self.cavities,
            source: source
                .ok_or("`item.source` must be nameplate, engineered, best_demonstrated, customer or unsaid")?,
            approved_by: self.approved_by,
            oee_ppm: ratio_ppm(self.target)?,
            shift_pieces: shift_pieces(self.target_pieces_per_shift)?,
        })
    }
}

impl Order {
    fn setting(self, names: &MachineNames) -> Result<OrderSetting, String> {
        let due = self.due.as_deref().map(stamp::read).transpose();
        Ok(OrderSetting {
            product: self.product,
            mould: self.mould,
            quantity: self.quantity,
            due: due.map_err(|why| format!("`item.due`: {why}"))?,
            machine: machine(self.machine.as_ref(), names)?,
            line: self.line,
            released: self.released,
            closed: self.closed,
        })
    }
}

impl Reason {
    fn setting(self) -> Result<ReasonSetting, String> {
        let class =
            Class::parse(&self.class).ok_or_else(|| format!("`item.class`: no class is called `{}`", self.class))?;
        Ok(ReasonSetting {
            name: self.name.read(),
            class,
            groups: self.groups,
            allowance_ms: (self.allowance_min * MINUTE_MS).round() as i64,
        })
    }
}

impl Policy {
    /// One of the policies that come with the agent, or the one in force with another minor limit.
    fn setting(self, was: Option<&Setting>) -> Result<PolicySetting, String> {
        let was = was.and_then(|was| match was {
            Setting::Policy(policy) => Some(policy),
            Setting::Site(_)
            | Setting::Machine(..)
            | Setting::Product(..)
            | Setting::Reason(..)
            | Setting::Standard(..)
            | Setting::Order(..)
            | Setting::Line(..)
            | Setting::Calendar(_)
            | Setting::Target(_)
            | Setting::Removed(..) => None,
        });
        let id = self.policy.or_else(|| was.map(|was| Arc::clone(&was.id)));
        let id = id.unwrap_or_else(|| PolicySetting::default().id);
        let in_force = was.filter(|was| was.id == id).cloned();
        let policy = in_force.or_else(|| PolicySetting::shipped(&id)).ok_or_else(|| {
            let shipped = SHIPPED.join(", ");
            format!("`item.policy`: there is no policy `{id}`; write {shipped}, or the one in force")
        })?;
        let ms = |seconds: i64| seconds.saturating_mul(1_000);
        Ok(PolicySetting {
            minor_cycles: self.minor_stop.cycles,
            minor_at_least_ms: ms(self.minor_stop.at_least_s),
            minor_at_most_ms: ms(self.minor_stop.at_most_s),
            ..policy
        })
    }
}
