//! Pure. What admission of entries and the plant desk ask of the plan: one item each, by kind and id.

use super::said::Work;
use super::{Plan, valid};
use crate::model::entry::{OrderAct, Source};
use crate::model::ids::MachineId;
use crate::model::line::LineSetting;
use crate::model::settings::{MachineSetting, OrderSetting, PolicySetting, Setting, SettingKind};
use crate::model::time::{Period, Timestamp};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

impl Plan {
    /// The item in force at an instant; `None` when there is none, and for machines.
    pub fn item(&self, kind: SettingKind, id: &str, at: Timestamp) -> Option<Setting> {
        let id = || Arc::from(id);
        match kind {
            SettingKind::Site => valid(&self.site, at).map(|it| Setting::Site((*it).clone())),
            SettingKind::Product => Some(Setting::Product(
                id(),
                (*valid(self.products.get(&*id())?, at)?).clone(),
            )),
            SettingKind::Reason => Some(Setting::Reason(id(), (*valid(self.reasons.get(&*id())?, at)?).clone())),
            SettingKind::Standard => Some(Setting::Standard(
                id(),
                (*valid(self.standards.get(&*id())?, at)?).clone(),
            )),
            SettingKind::Order => Some(Setting::Order(id(), (*valid(self.orders.get(&id())?, at)?).clone())),
            SettingKind::Calendar => valid(&self.calendar, at).map(|it| Setting::Calendar(it.setting().clone())),
            SettingKind::Policy => valid(&self.policy, at).map(|it| Setting::Policy((*it).clone())),
            SettingKind::Target => valid(&self.target, at).map(|it| Setting::Target(*it)),
            SettingKind::Line => Some(Setting::Line(id(), *valid(self.kinds.get(&*id())?, at)?)),
            SettingKind::Machine => None,
        }
    }

    /// The loss policy in force at an instant; the default one where nobody chose.
    pub fn policy(&self, at: Timestamp) -> Arc<PolicySetting> {
        valid(&self.policy, at).unwrap_or_default()
    }

    /// An order as valid at an instant.
    pub fn order(&self, id: &str, at: Timestamp) -> Option<Arc<OrderSetting>> {
        valid(self.orders.get(id)?, at)
    }

    /// A machine as valid at an instant, in service or not, connected or only registered.
    pub fn machine(&self, id: MachineId, at: Timestamp) -> Option<Arc<MachineSetting>> {
        valid(self.machines.get(&id)?, at)
    }

    /// True when the rejects of a machine are counted or entered, by its setting at an instant, or by its last one where it is
    /// configured no longer.
    pub fn knows_rejects(&self, id: MachineId, at: Timestamp) -> bool {
        let settings = self
            .machines
            .get(&id)
            .into_iter()
            .flat_map(|timeline| timeline.range(..=at).rev());
        let mut settings = settings.filter_map(|(_, setting)| setting.as_ref());
        settings.next().is_none_or(|setting| setting.reject_source.is_known())
    }

    /// True when people make the counters of a machine count at any instant of a period.
    pub fn is_counted_by_people(&self, id: MachineId, period: Period) -> bool {
        let timeline = self.machines.get(&id).into_iter();
        let mut settings = timeline.flat_map(|timeline| {
            let before = timeline.range(..=period.start).next_back();
            before.into_iter().chain(timeline.range(period.start..period.end))
        });
        settings.any(|(_, setting)| setting.as_ref().is_some_and(|it| it.count_by == Source::Manual))
    }

    /// The machines configured at an instant.
    pub fn machines_at(&self, at: Timestamp) -> impl Iterator<Item = (MachineId, Arc<MachineSetting>)> {
        let machines = self.machines.iter();
        machines.filter_map(move |(id, timeline)| Some((*id, valid(timeline, at)?)))
    }

    /// The instants of a period at which the setting of a machine changes.
    pub fn machines_change_in(&self, period: Period) -> BTreeSet<Timestamp> {
        let machines = self.machines.values();
        let changes = machines.flat_map(|timeline| timeline.range(period.start..period.end));
        changes.map(|(at, _)| *at).collect()
    }

    /// The line a machine stands on at an instant; before it was configured the one it came to first, and after it was removed the
    /// one it stood on last.
    pub fn line_of(&self, id: MachineId, at: Timestamp) -> Option<Arc<str>> {
        let timeline = self.machines.get(&id)?;
        let before = timeline.range(..=at).rev().find_map(|(_, setting)| setting.as_ref());
        let setting = before.or_else(|| timeline.range(at..).find_map(|(_, setting)| setting.as_ref()))?;
        Some(Arc::clone(&setting.line))
    }

    /// The instants of a period at which it changes how the machines of a line make one result.
    pub fn lines_change_in(&self, period: Period) -> BTreeSet<Timestamp> {
        let lines = self.kinds.values();
        let changes = lines.flat_map(|timeline| timeline.range(period.start..period.end));
        changes.map(|(at, _)| *at).collect()
    }

    /// True when people were ever told of a line that both machines were ever on: they share them.
    pub fn share_people(&self, one: MachineId, other: MachineId) -> bool {
        let mut lines = self.lines_of(one).filter(|line| self.lines.contains_key(*line));
        lines.any(|line| self.lines_of(other).any(|of| of == line))
    }

    /// True when both machines were ever on a line that was ever serial: the pieces of one may be of the order of the other.
    pub fn share_orders(&self, one: MachineId, other: MachineId) -> bool {
        let is_serial = |line: &&Arc<str>| {
            let kinds = self.kinds.get(*line).into_iter().flat_map(BTreeMap::values);
            kinds.flatten().any(|kind| **kind != LineSetting::Parallel)
        };
        let mut lines = self.lines_of(one).filter(is_serial);
        lines.any(|line| self.lines_of(other).any(|of| of == line))
    }

    /// The lines a machine was ever on.
    fn lines_of(&self, machine: MachineId) -> impl Iterator<Item = &Arc<str>> {
        let settings = self.machines.get(&machine).into_iter().flat_map(BTreeMap::values);
        settings.flatten().map(|setting| &setting.line)
    }

    /// The order that is on a machine at an instant.
    pub fn order_on(&self, machine: MachineId, at: Timestamp) -> Option<Arc<str>> {
        let segment = self.segment(machine, at)?;
        Some(Arc::clone(&segment.key.order)).filter(|order| !order.is_empty())
    }

    /// The last instant up to `now` at which an order was on a machine; `None` when it never was.
    pub fn last_of_order(&self, machine: MachineId, order: &str, now: Timestamp) -> Option<Timestamp> {
        let mut until = now;
        for ((at, _), work) in self.said(machine).work.range(..=(now, u64::MAX)).rev() {
            match work {
                Work::Order(id, OrderAct::Start) if **id == *order => return Some(until),
                // Something else came on then, or this order went off.
                Work::Order(..) | Work::Product(_) => until = at.plus(-1),
            }
        }
        None
    }

    /// What last happened to an order on a machine up to `now`; `None` when it never was on it.
    pub fn last_act(&self, machine: MachineId, order: &str, now: Timestamp) -> Option<OrderAct> {
        let mut work = self.said(machine).work.range(..=(now, u64::MAX)).rev();
        work.find_map(|(_, work)| match work {
            Work::Order(id, act) if **id == *order => Some(*act),
            Work::Order(..) | Work::Product(_) => None,
        })
    }

    /// The first instant an order was on a machine.
    pub fn first_of_order(&self, machine: MachineId, order: &str) -> Option<Timestamp> {
        self.said(machine).starts_of(&order.into()).next()
    }
}
