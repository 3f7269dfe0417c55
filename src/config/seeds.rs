//! Pure. Standards and orders: what configuration seeds and the plant owns later.

use super::catalog;
use super::checker::Checker;
use super::definition;
use super::finding::KeyPath;
use super::machine::Machine;
use super::raw;
use super::suggest;
use crate::model::settings::{OrderSetting, StandardSetting, StandardSource};
use crate::model::time::Timestamp;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Nanoseconds of an hour, for a rate in billionths of a piece an hour.
const HOUR_NS_BY_NANO: i128 = 3_600_000_000_000 * 1_000_000_000;
/// Most pieces of one order.
const MAX_QUANTITY: i64 = 1_000_000_000;

/// Items by id, each with the name of the machine it is for, or an empty one.
pub type Seeds<T> = BTreeMap<Arc<str>, (T, String)>;

/// What standards and orders refer to.
#[derive(Debug)]
pub struct Names<'a> {
    /// Products.
    pub products: Vec<&'a str>,
    /// Machines.
    pub machines: Vec<&'a str>,
}

impl Names<'_> {
    /// The names of products and machines.
    pub fn of<'a>(products: &'a catalog::Products, machines: &'a [Machine]) -> Names<'a> {
        Names {
            products: products.keys().map(|id| &**id).collect(),
            machines: machines.iter().map(|machine| &*machine.id).collect(),
        }
    }

    fn check(&self, checker: &mut Checker, path: &KeyPath, product: &str, machine: &str) {
        for (key, name, known) in [
            ("product", product, &self.products),
            ("machine", machine, &self.machines),
        ] {
            if !name.is_empty() && !known.contains(&name) {
                let instead = suggest::or_list(name, known);
                checker.absent(&path.join(key), format!("there is no {key} `{name}`"), instead);
            }
        }
    }
}

/// Reads `[standard.*]`.
pub fn standards(checker: &mut Checker, names: &Names) -> Seeds<StandardSetting> {
    let section = KeyPath::of(&["standard"]);
    let mut standards = Seeds::new();
    for id in checker.ids(&section) {
        let path = section.join(&id);
        let Some(raw) = checker.read::<raw::Standard>(&path, &[]) else {
            continue;
        };
        names.check(checker, &path, &raw.product, &raw.machine);
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
        let setting = StandardSetting {
            product: raw.product.as_str().into(),
            machine: None,
            group: raw.group.as_str().into(),
            mould: raw.mould.as_str().into(),
            ideal_ns,
            cavities: raw.cavities,
            source: source.unwrap_or_default(),
            approved_by: raw.approved_by.as_str().into(),
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
        names.check(checker, &path, &raw.product, &raw.machine);
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
