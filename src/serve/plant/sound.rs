//! Pure. What cannot be: a cycle of nothing, parts of nothing, names nobody configured, shifts that overlap.

use crate::model::ids::wrong_id;
use crate::model::policy;
use crate::model::settings::{
    CalendarSetting, OrderSetting, PolicySetting, ProductSetting, ReasonSetting, Setting, SettingKind, StandardSetting,
};
use crate::model::state::Class;
use crate::model::time::{DAY_MS, Timestamp};
use crate::oee::calendar::Calendar;
use crate::oee::plan::Plan;
use crate::serve::shifts;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Longest believable cycle in nanoseconds: a day.
const CYCLE_NS: i64 = 86_400_000_000_000;
/// Most pieces of one cycle.
const CAVITIES: u32 = 10_000;
/// Most pieces of one order.
const QUANTITY: i64 = 1_000_000_000;
/// Longest minor stop: a tally is final 15 minutes after its end, and a stop must be known to be minor before.
const MINOR_MS: i64 = 900_000;

/// Why a setting cannot be in place of what it `was`; the error is a sentence.
pub(super) fn check(setting: &Setting, was: Option<&Setting>, plan: &Plan, now: Timestamp) -> Result<(), String> {
    ids(setting, was)?;
    match setting {
        Setting::Product(_, product) => self::product(product),
        Setting::Standard(id, standard) => self::standard((id, standard), plan, now),
        Setting::Order(_, order) => self::order(order, plan, now),
        Setting::Reason(_, reason) => self::reason(reason, plan, now),
        Setting::Calendar(calendar) => {
            let today = Calendar::new(calendar.clone()).date(now).unwrap_or_default();
            shifts::fault(calendar, today).map_or(Ok(()), Err)?;
            known_lines(calendar, plan, now)
        }
        Setting::Policy(policy) => self::policy(policy),
        Setting::Site(_) | Setting::Machine(..) | Setting::Target(_) | Setting::Line(..) | Setting::Removed(..) => {
            Ok(())
        }
    }
}

/// What should be looked at in a setting that can be, each as a sentence.
pub(super) fn doubts(setting: &Setting, now: Timestamp) -> Vec<String> {
    match setting {
        Setting::Calendar(calendar) => {
            let today = Calendar::new(calendar.clone()).date(now).unwrap_or_default();
            shifts::doubts(calendar, today)
        }
        Setting::Policy(policy) => {
            let told = policy.charges.moved_by_the_limit();
            told.into_iter()
                .map(|told| format!("{told}; {}", policy::INSTEAD))
                .collect()
        }
        Setting::Product(..)
        | Setting::Standard(..)
        | Setting::Order(..)
        | Setting::Reason(..)
        | Setting::Site(_)
        | Setting::Machine(..)
        | Setting::Target(_)
        | Setting::Line(..)
        | Setting::Removed(..) => Vec::new(),
    }
}

/// Why an item cannot be removed now.
pub(super) fn may_go(kind: SettingKind, id: &str, plan: &Plan, now: Timestamp) -> Result<(), String> {
    if kind == SettingKind::Product {
        let orders = plan.ids(SettingKind::Order);
        let mut open = orders.filter(|order| {
            plan.order(order, now)
                .is_some_and(|it| !it.closed && *it.product == *id)
        });
        if let Some(order) = open.next() {
            return Err(format!("order {order} is for this product: close or remove it first"));
        }
    }
    if kind == SettingKind::Order {
        let mut machines = plan.machines_at(now);
        if machines.any(|(machine, _)| plan.order_on(machine, now).is_some_and(|on| *on == *id)) {
            return Err("the order is on a machine: finish it there first".to_owned());
        }
    }
    match plan.item(kind, id, now) {
        Some(_) => Ok(()),
        None => Err(format!("there is no {} {id:?}", kind.table())),
    }
}

/// The ids that a setting says, by the rule of the configuration and in its words. What was there before may stay: it is on points
/// that were sent.
fn ids(setting: &Setting, was: Option<&Setting>) -> Result<(), String> {
    if was.is_none() && !matches!(setting, Setting::Calendar(_) | Setting::Policy(_)) {
        let (_, id) = setting.item();
        wrong_id(&id).map_or(Ok(()), |(what, instead)| Err(format!("{what}; {instead}")))?;
    }
    let known = was.map(inner_ids).unwrap_or_default();
    for (key, id) in inner_ids(setting) {
        if let Some((what, instead)) = wrong_id(id).filter(|_| !known.contains(&(key, id))) {
            return Err(format!("`{key}`: {what}; {instead}"));
        }
    }
    Ok(())
}

/// The ids inside an item, each with its key; an empty mould is none.
fn inner_ids(setting: &Setting) -> Vec<(&'static str, &Arc<str>)> {
    let mould = |id| Some(("item.mould", id)).filter(|(_, id): &(_, &Arc<str>)| !id.is_empty());
    match setting {
        Setting::Product(_, product) => {
            let parts = product.parts.iter().map(|(part, _)| ("item.parts", part));
            mould(&product.mould).into_iter().chain(parts).collect()
        }
        Setting::Standard(_, standard) => mould(&standard.mould).into_iter().collect(),
        Setting::Order(_, order) => mould(&order.mould).into_iter().collect(),
        Setting::Calendar(calendar) => {
            let crews = calendar.crews.iter().map(|crew| ("item.crews", &crew.id));
            let stops = calendar.planned_stops.iter().map(|stop| ("item.planned", &stop.id));
            crews.chain(stops).collect()
        }
        Setting::Reason(..)
        | Setting::Policy(_)
        | Setting::Site(_)
        | Setting::Machine(..)
        | Setting::Target(_)
        | Setting::Line(..)
        | Setting::Removed(..) => Vec::new(),
    }
}

fn cycle(ideal_ns: Option<i64>) -> Result<(), String> {
    match ideal_ns.is_none_or(|ns| (1..=CYCLE_NS).contains(&ns)) {
        true => Ok(()),
        false => Err("the ideal cycle must be above 0 and at most 86400 s".to_owned()),
    }
}

fn cavities(cavities: Option<u32>) -> Result<(), String> {
    match cavities.is_none_or(|pieces| (1..=CAVITIES).contains(&pieces)) {
        true => Ok(()),
        false => Err(format!("`item.cavities` must be 1 to {CAVITIES}")),
    }
}

fn product(product: &ProductSetting) -> Result<(), String> {
    cycle(product.ideal_ns)?;
    cavities(product.cavities)?;
    match product
        .parts
        .iter()
        .find(|(_, pieces)| !(1..=CAVITIES).contains(pieces))
    {
        Some((part, pieces)) => Err(format!(
            "a shot cannot give {pieces} pieces of the part {part}: write 1 to {CAVITIES}"
        )),
        None => Ok(()),
    }
}

/// Planned stops name lines that machines are on; one that was named before its last machine left may stay.
fn known_lines(calendar: &CalendarSetting, plan: &Plan, now: Timestamp) -> Result<(), String> {
    let of_machines = plan.machines_at(now).map(|(_, machine)| Arc::clone(&machine.line));
    let mut known: BTreeSet<Arc<str>> = of_machines.collect();
    if let Some(Setting::Calendar(was)) = plan.item(SettingKind::Calendar, "", now) {
        known.extend(was.planned_stops.iter().flat_map(|stop| stop.lines.clone()));
    }
    for stop in &calendar.planned_stops {
        if let Some(line) = stop.lines.iter().find(|line| !known.contains(*line)) {
            return Err(format!(
                "no machine is on a line `{line}`, and the planned stop `{}` is for it",
                stop.id
            ));
        }
    }
    Ok(())
}

fn known_product(id: &str, plan: &Plan, now: Timestamp) -> Result<(), String> {
    match id.is_empty() || plan.knows_product(id, now) {
        true => Ok(()),
        false => Err(format!(
            "`item.product`: there is no product `{id}`; make it with PUT /api/v1/products/{id}"
        )),
    }
}

/// A group of machines; an empty one is none.
fn known_group(id: &str, plan: &Plan, now: Timestamp) -> Result<(), String> {
    match id.is_empty() || plan.machines_at(now).any(|(_, machine)| *machine.group == *id) {
        true => Ok(()),
        false => Err(format!("`item.group`: no machine is of a group `{id}`")),
    }
}

fn standard((id, standard): (&Arc<str>, &StandardSetting), plan: &Plan, now: Timestamp) -> Result<(), String> {
    cycle(Some(standard.ideal_ns))?;
    cavities(standard.cavities)?;
    known_product(&standard.product, plan, now)?;
    known_group(&standard.group, plan, now)?;
    let of_any = standard.product.is_empty() && standard.group.is_empty() && standard.mould.is_empty();
    if of_any && standard.machine.is_none() {
        return Err("a standard is for a product, a machine, a group or a mould: name one of them".to_owned());
    }
    let is_its = |id, group: &Arc<str>| {
        let is_named = standard.machine.is_some() || !standard.group.is_empty();
        let fits =
            standard.machine.is_none_or(|of| of == id) && (standard.group.is_empty() || standard.group == *group);
        is_named && fits
    };
    let mut its = plan
        .machines_at(now)
        .filter(|(id, machine)| is_its(*id, &machine.group));
    if standard.cavities.is_some_and(|pieces| pieces > 1) && its.any(|(_, machine)| machine.per_count != (1, 1)) {
        return Err(
            "`item.cavities` says what a cycle makes, and a count of its machine is not one piece (pieces_per_count): write 1, and \
             the ideal cycle of one count"
                .to_owned(),
        );
    }
    let is_for = |it: &StandardSetting| (it.product.clone(), it.machine, it.group.clone(), it.mould.clone());
    let is_same = |other: &&Arc<str>| match plan.item(SettingKind::Standard, other, now) {
        Some(Setting::Standard(_, other)) => is_for(&other) == is_for(standard),
        Some(_) | None => false,
    };
    let mut others = plan.ids(SettingKind::Standard).filter(|other| *other != id);
    others.find(is_same).map_or(Ok(()), |other| {
        Err(format!(
            "standard {other} is for the same, and only one ideal cycle can hold: change or remove that one"
        ))
    })
}

fn order(order: &OrderSetting, plan: &Plan, now: Timestamp) -> Result<(), String> {
    if order.product.is_empty() {
        return Err("`item.product` is empty: an order is for a product".to_owned());
    }
    known_product(&order.product, plan, now)?;
    if order.quantity.is_some_and(|pieces| !(1..=QUANTITY).contains(&pieces)) {
        return Err(format!("`item.quantity` must be 1 to {QUANTITY}"));
    }
    let mut lines = plan.machines_at(now).map(|(_, machine)| machine.line.clone());
    if !order.line.is_empty() && !lines.any(|line| line == order.line) {
        return Err(format!("`item.line`: no machine is on a line `{}`", order.line));
    }
    Ok(())
}

fn reason(reason: &ReasonSetting, plan: &Plan, now: Timestamp) -> Result<(), String> {
    let is_no_reason = matches!(
        reason.class,
        Class::Running | Class::MinorStop | Class::Unknown | Class::ClockSkip
    );
    if is_no_reason {
        return Err(format!(
            "`item.class`: a reason cannot be of class {}",
            reason.class.name()
        ));
    }
    let is_there = |id: &Arc<str>| {
        let mut machines = plan.machines_at(now);
        machines.any(|(_, machine)| machine.group == *id || machine.line == *id)
    };
    if let Some(id) = reason.groups.iter().find(|id| !is_there(id)) {
        return Err(format!("`item.groups`: no machine is of a group or on a line `{id}`"));
    }
    match (0..=DAY_MS).contains(&reason.allowance_ms) {
        true => Ok(()),
        false => Err("`item.allowance_min` must be 0 to 1440".to_owned()),
    }
}

fn policy(policy: &PolicySetting) -> Result<(), String> {
    let (least, most) = (policy.minor_at_least_ms, policy.minor_at_most_ms);
    if !(1..=1_000).contains(&policy.minor_cycles) || least < 0 || least > most || !(1_000..=MINOR_MS).contains(&most) {
        return Err(
            "`item.minor_stop` needs cycles of 1 to 1000, and at_least_s up to at_most_s, at most 900 s".to_owned(),
        );
    }
    Ok(())
}
