//! Pure. Products, reasons and targets: what configuration seeds and the plant owns later.

use super::checker::Checker;
use super::decimal::Decimal;
use super::definition;
use super::finding::KeyPath;
use super::raw;
use super::site::names;
use super::suggest;
use crate::model::settings::{ProductSetting, ReasonSetting, TargetSetting};
use crate::model::state::Class;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A target above 100 % is a slip, most often a percentage for a ratio.
const MAX_TARGET_PPM: i64 = 1_000_000;

/// Reads `[product.*]`.
pub fn products(checker: &mut Checker) -> BTreeMap<Arc<str>, ProductSetting> {
    let section = KeyPath::of(&["product"]);
    let mut products = BTreeMap::new();
    for id in checker.ids(&section) {
        let path = section.join(&id);
        let Some(product) = checker.read::<raw::Product>(&path, &[]) else {
            continue;
        };
        let seconds = product.ideal_cycle_s.as_ref();
        let ideal_ns = seconds.and_then(|seconds| definition::ideal_ns(checker, &path.join("ideal_cycle_s"), seconds));
        if let Some(pieces) = product.cavities {
            definition::cavities(checker, &path.join("cavities"), pieces);
        }
        let setting = ProductSetting {
            name: names(&product.name),
            ideal_ns,
            cavities: product.cavities,
            ..ProductSetting::default()
        };
        products.insert(id.as_str().into(), setting);
    }
    products
}

/// Reads `[reason.*]`.
pub fn reasons(checker: &mut Checker) -> BTreeMap<Arc<str>, ReasonSetting> {
    const CLASSES: [Class; 4] = [Class::Breakdown, Class::Waiting, Class::Setup, Class::Unexplained];
    let section = KeyPath::of(&["reason"]);
    let mut reasons = BTreeMap::new();
    for id in checker.ids(&section) {
        let path = section.join(&id);
        let Some(reason) = checker.read::<raw::Reason>(&path, &[]) else {
            continue;
        };
        let class = CLASSES.into_iter().find(|class| class.name() == reason.class);
        let Some(class) = class else {
            let names = CLASSES.map(Class::name);
            let is_later = matches!(
                Class::parse(&reason.class),
                Some(Class::PlannedStop | Class::NotScheduled | Class::Break | Class::NoOrder)
            );
            let (what, instead) = if is_later {
                let what = format!("a reason of class `{}` is not built yet", reason.class);
                (
                    what,
                    "it takes time out of OEE and needs a shift leader; plan breaks in the shift".to_owned(),
                )
            } else {
                let what = format!("a reason cannot have class `{}`", reason.class);
                (what, suggest::or_list(&reason.class, &names))
            };
            checker.error(&path.join("class"), what, instead);
            continue;
        };
        let name = names(&reason.name);
        reasons.insert(
            id.as_str().into(),
            ReasonSetting {
                name,
                class,
                groups: Vec::new(),
                allowance_ms: 0,
            },
        );
    }
    reasons
}

/// Reads `[target]`.
pub fn target(checker: &mut Checker) -> Option<TargetSetting> {
    let path = KeyPath::of(&["target"]);
    checker.tree.get(&path)?;
    let raw: raw::Target = checker.read(&path, &[])?;
    let mut ppm = |key: &str, ratio: Option<Decimal>| {
        let ratio = ratio?;
        let at = path.join(key);
        let ppm = ratio.scaled(6).filter(|ppm| (1..=MAX_TARGET_PPM).contains(ppm));
        if ppm.is_none() {
            checker.error(
                &at,
                format!("a target of {ratio} is not possible"),
                super::hints::of(&at),
            );
        }
        ppm.and_then(|ppm| u32::try_from(ppm).ok())
    };
    Some(TargetSetting {
        oee_ppm: ppm("oee", raw.oee),
        availability_ppm: ppm("availability", raw.availability),
        performance_ppm: ppm("performance", raw.performance),
        quality_ppm: ppm("quality", raw.quality),
    })
}
