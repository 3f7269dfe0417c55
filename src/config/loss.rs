//! Pure. The loss policy: which of those that come with the agent, or one of the plant's own, and the limit of minor stops.

use super::checker::Checker;
use super::finding::KeyPath;
use super::raw;
use super::suggest;
use crate::model::policy::{Charge, Charges, INSTEAD, SHIPPED};
use crate::model::settings::{PolicySetting, ReasonSetting};
use crate::model::state::Class;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Longest minor stop: a tally is final 15 minutes after its end, and a stop must be known to be minor before.
const MAX_MINOR_S: u32 = 900;

/// Reads `[loss]`; a charge can be given to the reasons there are.
pub fn policy(checker: &mut Checker, reasons: &BTreeMap<Arc<str>, ReasonSetting>) -> PolicySetting {
    let path = KeyPath::of(&["loss"]);
    let loss: raw::Loss = checker.read(&path, &["minor_stop"]).unwrap_or_default();
    let policy = charged(checker, &path, &loss, reasons);
    allowances(checker, &policy.charges, reasons);
    if let Some(told) = policy.charges.moved_by_the_limit() {
        checker.warning(&path.join("class"), told, INSTEAD);
    }
    let at = path.join("minor_stop");
    let minor: raw::MinorStop = checker.read(&at, &[]).unwrap_or_default();
    checker.within(&at.join("cycles"), minor.cycles, 1, 1_000, "so many ideal cycles");
    let why = "a tally is final 15 minutes after its end, and must know by then";
    let is_possible = checker.within(&at.join("at_most_s"), minor.at_most_s, 1, MAX_MINOR_S, why);
    if is_possible && minor.at_least_s > minor.at_most_s {
        let what = format!("{} s is above at_most_s = {}", minor.at_least_s, minor.at_most_s);
        checker.error(&at.join("at_least_s"), what, "write the smaller one here");
    }
    PolicySetting {
        minor_cycles: minor.cycles,
        minor_at_least_ms: i64::from(minor.at_least_s) * 1_000,
        minor_at_most_ms: i64::from(minor.at_most_s) * 1_000,
        ..policy
    }
}

/// Notes allowances of reasons whose time stays in OEE whatever they are given for.
fn allowances(checker: &mut Checker, charges: &Charges, reasons: &BTreeMap<Arc<str>, ReasonSetting>) {
    let allowed = reasons.iter().filter(|(_, reason)| reason.allowance_ms > 0);
    for (id, reason) in allowed.filter(|(id, reason)| !charges.takes_out(reason.class, id)) {
        checker.error(
            &KeyPath::of(&["reason", id, "allowance_min"]),
            format!(
                "time of class `{}` needs no allowance: it stays in OEE",
                reason.class.name()
            ),
            format!("leave it out, or write {id} = \"excluded\" in [loss.reason] of a policy of your own"),
        );
    }
}

/// The policy by its id and its two tables.
fn charged(
    checker: &mut Checker,
    path: &KeyPath,
    loss: &raw::Loss,
    reasons: &BTreeMap<Arc<str>, ReasonSetting>,
) -> PolicySetting {
    let at = path.join("policy");
    let id = loss.policy.as_deref().unwrap_or("default");
    let is_own = !loss.class.is_empty() || !loss.reason.is_empty();
    if let Some(shipped) = PolicySetting::shipped(id) {
        if is_own {
            let what = format!("`{id}` comes with the agent and means the same in every plant");
            let instead = "give a policy of your own a name of its own, such as policy = \"ours\"";
            checker.error(&at, what, instead);
        }
        return shipped;
    }
    if !is_own {
        let what = format!("there is no policy {id:?}, and [loss.class] and [loss.reason] make none");
        checker.error(&at, what, suggest::or_list(id, &SHIPPED));
        return PolicySetting::default();
    }
    checker.id(&at, id);
    PolicySetting {
        id: id.into(),
        charges: Charges {
            classes: classes(checker, &path.join("class"), &loss.class),
            reasons: by_reason(checker, &path.join("reason"), &loss.reason, reasons),
        },
        ..PolicySetting::default()
    }
}

/// `[loss.class]`. A charge under which availability x performance x quality would not be OEE is refused.
fn classes(checker: &mut Checker, path: &KeyPath, written: &BTreeMap<String, String>) -> BTreeMap<Class, Charge> {
    let mut classes = BTreeMap::new();
    for (name, word) in written {
        let at = path.join(name);
        let Some(class) = Class::parse(name) else {
            let what = "there is no such class of time";
            checker.error(&at, what, suggest::or_list(name, &Class::ALL.map(Class::name)));
            continue;
        };
        let Some(charge) = self::charge(checker, &at, word) else {
            continue;
        };
        match Charge::fixed(class) {
            Some((only, why)) if only != charge => {
                let what = format!("`{name}` cannot be charged to `{word}`: {why}");
                checker.error(&at, what, format!("leave it out: it is always `{}`", only.name()));
            }
            Some(_) | None => {
                classes.insert(class, charge);
            }
        }
    }
    classes
}

/// `[loss.reason]`.
fn by_reason(
    checker: &mut Checker,
    path: &KeyPath,
    written: &BTreeMap<String, String>,
    reasons: &BTreeMap<Arc<str>, ReasonSetting>,
) -> BTreeMap<Arc<str>, Charge> {
    let mut charges = BTreeMap::new();
    for (id, word) in written {
        let at = path.join(id);
        if !reasons.contains_key(id.as_str()) {
            let known: Vec<&str> = reasons.keys().map(|id| &**id).collect();
            let instead = suggest::nearest(id, known).map_or_else(
                || format!("write [reason.{id}], or leave it out here"),
                |near| format!("did you mean `{near}`?"),
            );
            checker.error(&at, "no reason has this id", instead);
            continue;
        }
        if let Some(charge) = self::charge(checker, &at, word) {
            charges.insert(id.as_str().into(), charge);
        }
    }
    charges
}

fn charge(checker: &mut Checker, at: &KeyPath, word: &str) -> Option<Charge> {
    let charge = Charge::parse(word);
    if charge.is_none() {
        let what = format!("time is not charged to {word:?}");
        let names = Charge::ALL.map(Charge::name);
        let instead = if word == "quality" {
            "pieces alone are charged to quality: write excluded, availability or performance".to_owned()
        } else {
            suggest::or_list(word, &names)
        };
        checker.error(at, what, instead);
    }
    charge
}
