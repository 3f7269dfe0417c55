//! Pure. Standards and orders: what configuration seeds and the plant owns later.

use super::catalog;
use super::checker::Checker;
use super::definition;
use super::finding::KeyPath;
use super::machine::Machine;
use super::rates::Pace;
use super::raw;
use super::suggest;
use crate::model::settings::{OrderSetting, ReasonSetting, StandardSetting, StandardSource};
use crate::model::time::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Nanoseconds of an hour, for a rate in billionths of a piece an hour.
const HOUR_NS_BY_NANO: i128 = 3_600_000_000_000 * 1_000_000_000;
/// Most pieces of one order.
const MAX_QUANTITY: i64 = 1_000_000_000;

/// Items by id, each with the name of the machine it is for, or an empty one.
pub type Seeds<T> = BTreeMap<Arc<str>, (T, String)>;

/// What standards, orders and reasons refer to.
#[derive(Debug)]
pub struct Names<'a> {
    products: Vec<&'a str>,
    machines: Vec<&'a str>,
    lines: Vec<&'a str>,
    groups: Vec<&'a str>,
}

impl Names<'_> {
    /// The names of products and machines, and of what the machines belong to.
    pub fn of<'a>(products: &'a catalog::Products, machines: &'a [Machine]) -> Names<'a> {
        let all = |of: &dyn Fn(&'a Machine) -> &'a str| {
            let names: BTreeSet<&str> = machines.iter().map(of).filter(|name| !name.is_empty()).collect();
            names.into_iter().collect()
        };
        Names {
            products: products.keys().map(|id| &**id).collect(),
            machines: all(&|machine| &machine.id),
            lines: all(&|machine| &machine.setting.line),
            groups: all(&|machine| &machine.setting.group),
        }
    }

    /// Checks what standards are for.
    pub fn check_standards(&self, checker: &mut Checker, standards: &Seeds<StandardSetting>) {
        for (id, (standard, machine)) in standards {
            let path = KeyPath::of(&["standard", id]);
            known(checker, &path.join("product"), &standard.product, &self.products);
            known(checker, &path.join("machine"), machine, &self.machines);
            known(checker, &path.join("group"), &standard.group, &self.groups);
        }
        let mut first = BTreeMap::new();
        for (id, (standard, machine)) in standards {
            let is_for = (&standard.product, machine, &standard.group, &standard.mould);
            if let Some(other) = first.get(&is_for) {
                let what = format!("is for the same as standard `{other}`: only one ideal cycle can hold");
                let instead = "take one out, or name what the other is not for (product, machine, group, mould)";
                checker.error(&KeyPath::of(&["standard", id]), what, instead);
            } else {
                first.insert(is_for, id);
            }
        }
    }

    /// Checks where reasons are offered.
    pub fn check_reasons(&self, checker: &mut Checker, reasons: &BTreeMap<Arc<str>, ReasonSetting>) {
        for (id, reason) in reasons {
            let path = KeyPath::of(&["reason", id, "groups"]);
            for (index, group) in reason.groups.iter().enumerate() {
                if !self.groups.contains(&&**group) && !self.lines.contains(&&**group) {
                    let known: Vec<&str> = self.groups.iter().chain(&self.lines).copied().collect();
                    let what =
                        format!("no machine is of a group or on a line `{group}`: nobody is offered this reason there");
                    checker.unused(&path.join(&index.to_string()), what, suggest::or_list(group, &known));
                }
            }
        }
    }
}

/// Notes a name at a key of that kind of thing that nobody knows; an empty one names nothing.
fn known(checker: &mut Checker, at: &KeyPath, name: &str, known: &[&str]) {
    if !name.is_empty() && !known.contains(&name) {
        let what = format!("there is no {} `{name}`", at.last());
        checker.absent(at, what, suggest::or_list(name, known));
    }
}

/// The ideal cycles of products and standards.
pub fn paces(products: &catalog::Products, standards: &Seeds<StandardSetting>) -> Vec<Pace> {
    let of_products = products.values().filter_map(|product| {
        Some(Pace {
            machine: String::new(),
            group: "".into(),
            ideal_ns: product.ideal_ns?,
            cavities: product.cavities,
        })
    });
    let of_standards = standards.values().map(|(standard, machine)| Pace {
        machine: machine.clone(),
        group: Arc::clone(&standard.group),
        ideal_ns: standard.ideal_ns,
        cavities: standard.cavities,
    });
    of_products.chain(of_standards).collect()
}

/// Reads `[standard.*]`.
pub fn standards(checker: &mut Checker) -> Seeds<StandardSetting> {
    let section = KeyPath::of(&["standard"]);
    let mut standards = Seeds::new();
    for id in checker.ids(&section) {
        let path = section.join(&id);
        let Some(raw) = checker.read::<raw::Standard>(&path, &[]) else {
            continue;
        };
        let is_for = [&raw.product, &raw.machine, &raw.group, &raw.mould];
        if is_for.iter().all(|name| name.is_empty()) {
            let instead = "write product, machine, group or mould";
            checker.error(&path, "is for everything", instead);
        }
        if let Some(pieces) = raw.cavities {
            definition::cavities(checker, &path.join("cavities"), pieces);
        }
        let sources = StandardSource::ALL.map(StandardSource::name);
        let source = StandardSource::parse(&raw.source);
        if source.is_none() {
            let what = format!("a standard does not come from {:?}", raw.source);
            checker.error(&path.join("source"), what, suggest::or_list(&raw.source, &sources));
        }
        let Some(ideal_ns) = ideal(checker, &path, &raw) else {
            continue;
        };
        let oee_ppm = catalog::ratio_ppm(checker, &path.join("target"), raw.target);
        let setting = StandardSetting {
            product: raw.product.as_str().into(),
            machine: None,
            group: raw.group.as_str().into(),
            mould: raw.mould.as_str().into(),
            ideal_ns,
            cavities: raw.cavities,
            source: source.unwrap_or_default(),
            approved_by: raw.approved_by.as_str().into(),
            oee_ppm,
            shift_pieces: definition::shift_pieces(checker, &path, raw.target_pieces_per_shift),
        };
        standards.insert(id.as_str().into(), (setting, raw.machine));
    }
    standards
}

/// Nanoseconds of a cycle, written as seconds or as a rate; rounded once.
fn ideal(checker: &mut Checker, path: &KeyPath, raw: &raw::Standard) -> Option<i64> {
    match (&raw.ideal_cycle_s, &raw.rate_per_h) {
        (Some(seconds), None) => definition::ideal_ns(checker, &path.join("ideal_cycle_s"), seconds),
        (None, Some(rate)) => {
            let ns = rate.scaled(9).filter(|rate| *rate > 0).map(|rate| {
                let rate = i128::from(rate);
                (HOUR_NS_BY_NANO + rate / 2) / rate
            });
            let ns = ns
                .and_then(|ns| i64::try_from(ns).ok())
                .filter(|ns| (1..=definition::MAX_CYCLE_NS).contains(ns));
            if ns.is_none() {
                let what = format!("a rate of {rate} an hour is not possible");
                checker.error(
                    &path.join("rate_per_h"),
                    what,
                    "write pieces an hour, such as rate_per_h = 360",
                );
            }
            ns
        }
        (Some(_), Some(_)) | (None, None) => {
            let instead = "write ideal_cycle_s or rate_per_h, not both";
            checker.absent(path, "needs one ideal cycle", instead);
            None
        }
    }
}

/// Reads `[order.*]`.
pub fn orders(checker: &mut Checker, names: &Names) -> Seeds<OrderSetting> {
    let section = KeyPath::of(&["order"]);
    let mut orders = Seeds::new();
    for id in checker.ids(&section) {
        let path = section.join(&id);
        let Some(raw) = checker.read::<raw::Order>(&path, &[]) else {
            continue;
        };
        known(checker, &path.join("product"), &raw.product, &names.products);
        known(checker, &path.join("machine"), &raw.machine, &names.machines);
        known(checker, &path.join("line"), &raw.line, &names.lines);
        if let Some(quantity) = raw.quantity {
            checker.within(&path.join("quantity"), quantity, 1, MAX_QUANTITY, "pieces to deliver");
        }
        let due = raw
            .due
            .as_deref()
            .and_then(|text| due(checker, &path.join("due"), text));
        let setting = OrderSetting {
            product: raw.product.as_str().into(),
            mould: raw.mould.as_str().into(),
            quantity: raw.quantity,
            due,
            machine: None,
            line: raw.line.as_str().into(),
            released: raw.released,
            closed: false,
        };
        orders.insert(id.as_str().into(), (setting, raw.machine));
    }
    orders
}

fn due(checker: &mut Checker, at: &KeyPath, text: &str) -> Option<Timestamp> {
    let instant: Option<jiff::Timestamp> = text.parse().ok();
    if instant.is_none() {
        checker.error(at, format!("{text:?} is no instant"), super::hints::of(at));
    }
    instant.map(|instant| Timestamp(instant.as_millisecond()))
}
