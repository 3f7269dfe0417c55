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
use crate::model::time::MINUTE_MS;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A target above 100 % is a slip, most often a percentage for a ratio.
const MAX_TARGET_PPM: i64 = 1_000_000;
/// A shift is no longer than a day.
const MAX_ALLOWANCE_MIN: u32 = 1_440;

/// Products by id.
pub type Products = BTreeMap<Arc<str>, ProductSetting>;

/// Reads `[product.*]`.
pub fn products(checker: &mut Checker) -> Products {
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
        if !product.mould.is_empty() {
            checker.id(&path.join("mould"), &product.mould);
        }
        let setting = ProductSetting {
            name: names(&product.name),
            ideal_ns,
            cavities: product.cavities,
            mould: product.mould.as_str().into(),
            parts: parts(checker, &path.join("parts"), &product.parts),
            oee_ppm: ratio_ppm(checker, &path.join("target"), product.target),
            shift_pieces: definition::shift_pieces(checker, &path, product.target_pieces_per_shift),
        };
        products.insert(id.as_str().into(), setting);
    }
    products
}

/// What one shot of a family mould gives.
fn parts(checker: &mut Checker, path: &KeyPath, written: &[raw::Part]) -> Vec<(Arc<str>, u32)> {
    let mut parts: Vec<(Arc<str>, u32)> = Vec::new();
    for (index, part) in written.iter().enumerate() {
        let at = path.join(&index.to_string());
        checker.id(&at.join("id"), &part.id);
        definition::cavities(checker, &at.join("per_shot"), part.per_shot);
        if parts.iter().any(|(id, _)| **id == *part.id) {
            let what = format!("the part `{}` is there twice", part.id);
            checker.error(&at.join("id"), what, "write each part once, with all its pieces");
        }
        parts.push((part.id.as_str().into(), part.per_shot));
    }
    parts
}

/// Reads `[reason.*]`.
pub fn reasons(checker: &mut Checker) -> BTreeMap<Arc<str>, ReasonSetting> {
    const CLASSES: [Class; 8] = [
        Class::Breakdown,
        Class::Waiting,
        Class::Setup,
        Class::Unexplained,
        Class::PlannedStop,
        Class::NotScheduled,
        Class::Break,
        Class::NoOrder,
    ];
    let section = KeyPath::of(&["reason"]);
    let mut reasons = BTreeMap::new();
    for id in checker.ids(&section) {
        let path = section.join(&id);
        let Some(reason) = checker.read::<raw::Reason>(&path, &[]) else {
            continue;
        };
        let class = CLASSES.into_iter().find(|class| class.name() == reason.class);
        let Some(class) = class else {
            let what = format!("a reason cannot have class `{}`", reason.class);
            let instead = suggest::or_list(&reason.class, &CLASSES.map(Class::name));
            checker.error(&path.join("class"), what, instead);
            continue;
        };
        let at = path.join("allowance_min");
        let why = "minutes of one shift";
        checker.within(&at, reason.allowance_min, 0, MAX_ALLOWANCE_MIN, why);
        for (index, group) in reason.groups.iter().enumerate() {
            checker.id(&path.join("groups").join(&index.to_string()), group);
        }
        let setting = ReasonSetting {
            name: names(&reason.name),
            class,
            groups: reason.groups.iter().map(|group| group.as_str().into()).collect(),
            allowance_ms: i64::from(reason.allowance_min) * MINUTE_MS,
        };
        reasons.insert(id.as_str().into(), setting);
    }
    reasons
}

/// Reads `[target]`.
pub fn target(checker: &mut Checker) -> Option<TargetSetting> {
    let path = KeyPath::of(&["target"]);
    checker.tree.get(&path)?;
    let raw: raw::Target = checker.read(&path, &[])?;
    let mut ppm = |key: &str, ratio: Option<Decimal>| ratio_ppm(checker, &path.join(key), ratio);
    Some(TargetSetting {
        oee_ppm: ppm("oee", raw.oee),
        availability_ppm: ppm("availability", raw.availability),
        performance_ppm: ppm("performance", raw.performance),
        quality_ppm: ppm("quality", raw.quality),
    })
}

/// A ratio in parts per million, or a finding at `at`.
pub fn ratio_ppm(checker: &mut Checker, at: &KeyPath, ratio: Option<Decimal>) -> Option<u32> {
    let ratio = ratio?;
    let ppm = ratio.scaled(6).filter(|ppm| (1..=MAX_TARGET_PPM).contains(ppm));
    if ppm.is_none() {
        let what = format!("a target of {ratio} is not possible");
        checker.error(at, what, super::hints::of(at));
    }
    ppm.and_then(|ppm| u32::try_from(ppm).ok())
}
