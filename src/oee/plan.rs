//! Pure. Everything looked up by time: settings, the product on a machine, reasons given; what is valid at an instant.

mod acts;
mod asked;
mod changes;
pub mod closing;
mod days;
mod entries;
mod frozen;
mod heard;
mod instants;
mod job;
mod keys;
mod manned;
mod orders;
mod packed;
mod said;
mod segment;
mod standard;
mod stretches;

pub use changes::{CONFIGURATION, Changed};
pub use frozen::{Asked, Frozen};
pub use heard::Heard;
pub use job::Between;
pub use manned::Hours;
pub use said::{Decided, Declared, Given, Said, Work, next};
pub use segment::{LONGEST_SILENCE_MS, Segment};
pub use standard::Goal;

use super::calendar::{Calendar, Planned, Slot};
use super::rollup::Kinds;
use crate::model::fact::{Body, Fact};
use crate::model::ids::MachineId;
use crate::model::line::LineSetting;
use crate::model::settings::{
    Change, MachineSetting, PolicySetting, ProductSetting, ReasonSetting, Setting, SettingKind, SiteSetting,
    StandardSetting, TargetSetting,
};
use crate::model::time::{Period, Timestamp};
use acts::Acts;
use heard::AllHeard;
use keys::Digest;
use orders::Orders;
use said::At;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

type Timeline<T> = BTreeMap<Timestamp, Option<Arc<T>>>;
type Changes = BTreeMap<(SettingKind, Arc<str>), Vec<Changed>>;

/// The plan, filled from setting and entry facts in the order of their numbers. What grows over the years is shared with its
/// copies: each change makes one for the readers.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    site: Timeline<SiteSetting>,
    machines: BTreeMap<MachineId, Timeline<MachineSetting>>,
    products: BTreeMap<Arc<str>, Timeline<ProductSetting>>,
    reasons: BTreeMap<Arc<str>, Timeline<ReasonSetting>>,
    calendar: Timeline<Calendar>,
    policy: Timeline<PolicySetting>,
    target: Timeline<TargetSetting>,
    standards: BTreeMap<Arc<str>, Timeline<StandardSetting>>,
    orders: Arc<Orders>,
    acts: Arc<Acts>,
    kinds: BTreeMap<Arc<str>, Timeline<LineSetting>>,
    said: BTreeMap<MachineId, Arc<Said>>,
    /// Thousandths of people at work on each line.
    lines: Arc<BTreeMap<Arc<str>, BTreeMap<At, i64>>>,
    /// Every entry.
    entries: AllHeard,
    /// Keys of entries that were taken back.
    undone: Arc<BTreeSet<Digest>>,
    /// Keys of counts by hand, which are shown.
    hand_counts: Arc<BTreeMap<At, Arc<str>>>,
    /// The changes of every item.
    changes: Arc<Changes>,
    /// The changes that somebody sent, by their keys.
    sent: Arc<BTreeMap<Digest, Arc<Change>>>,
    /// Numbers of facts that count though they came too late, and of the entries that say so.
    accepted: BTreeMap<u64, u64>,
    /// Keys of entries for a locked period that nobody accepted.
    waiting: Arc<BTreeSet<Digest>>,
    /// Instants in shifts that may be told of though their period is locked, and from when to when.
    unlocked: Arc<BTreeMap<At, Period>>,
    nothing_said: Said,
    version: u64,
}

impl Plan {
    /// Takes a setting or an entry; other facts change nothing here.
    pub fn apply(&mut self, fact: &Fact) {
        match &fact.body {
            Body::Setting(change) => {
                self.set(&change.setting, fact);
                self.remember(change, fact);
            }
            Body::Entry(entry) => self.hear(entry, fact),
            Body::Signal(_) | Body::Values(_) | Body::Started(_) | Body::Clock(_) | Body::Loss(_) | Body::Import(_) => {
                return;
            }
        }
        self.version += 1;
    }

    /// Changes whenever an answer may.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// Milliseconds of planned work of a machine in a period.
    pub fn planned_ms(&self, machine: MachineId, period: Period) -> i64 {
        let mut at = period.start;
        let mut sum = 0;
        while at < period.end {
            let mut span = Validity { at, period };
            let calendar = span.narrow(&self.calendar);
            let setting = self.machines.get(&machine).and_then(|machine| span.narrow(machine));
            let line = setting.map(|setting| Arc::clone(&setting.line)).unwrap_or_default();
            let end = span.period.end.min(period.end).max(at.plus(1));
            let stretch = Period::new(at, end);
            sum += calendar.map_or(stretch.ms(), |calendar| calendar.planned_ms(stretch, machine, &line));
            at = end;
        }
        sum
    }

    /// When the machine was first configured.
    pub fn born(&self, machine: MachineId) -> Option<Timestamp> {
        self.machines.get(&machine)?.keys().next().copied()
    }

    /// The parts of a period in which a machine is configured.
    pub fn configured_in(&self, machine: MachineId, period: Period) -> Vec<Period> {
        let mut parts: Vec<Period> = Vec::new();
        let Some(timeline) = self.machines.get(&machine) else {
            return parts;
        };
        let mut at = period.start;
        while at < period.end {
            let next = timeline
                .range(at.plus(1)..)
                .next()
                .map_or(period.end, |(next, _)| *next);
            let part = Period::new(at, next.min(period.end));
            if valid(timeline, at).is_some() {
                match parts.last_mut().filter(|last| last.end == at) {
                    Some(last) => last.end = part.end,
                    None => parts.push(part),
                }
            }
            at = part.end;
        }
        parts
    }

    /// When a machine that is not configured at `at` is configured next.
    pub fn configured_after(&self, machine: MachineId, at: Timestamp) -> Option<Timestamp> {
        let mut later = self.machines.get(&machine)?.range(at.plus(1)..);
        later.find(|(_, setting)| setting.is_some()).map(|(at, _)| *at)
    }

    /// What the plant wants to reach at an instant; nothing where nobody said.
    pub fn target(&self, at: Timestamp) -> TargetSetting {
        valid(&self.target, at).map_or_else(TargetSetting::default, |target| *target)
    }

    /// The shift that begins next after `at`, within sixty days; `None` where there is none.
    pub fn next_shift(&self, at: Timestamp) -> Option<Slot> {
        valid(&self.calendar, at)?.next_shift(at)
    }

    /// The IANA zone of the plant at an instant.
    pub fn zone(&self, at: Timestamp) -> Arc<str> {
        valid(&self.calendar, at).map_or_else(|| "UTC".into(), |calendar| Arc::clone(&calendar.setting().timezone))
    }

    /// The first calendar of the plant, and since when it is in force.
    pub fn first_calendar(&self) -> Option<(Timestamp, Arc<Calendar>)> {
        let (since, calendar) = self.calendar.iter().next()?;
        Some((*since, calendar.clone()?))
    }

    /// What the calendar says of an instant.
    pub fn slot(&self, at: Timestamp) -> Slot {
        self.calendar_at(at).slot(at)
    }

    /// A reason as valid at an instant; one that was first configured later counts as of then, since a reason is often
    /// added only when its stop has shown that it is missing.
    pub fn reason(&self, id: &str, at: Timestamp) -> Option<Arc<ReasonSetting>> {
        let reason = self.reasons.get(id)?;
        let before = reason.range(..=at).next_back();
        before.or_else(|| reason.range(at..).next())?.1.clone()
    }

    /// A product's name for people, by language.
    pub fn product_name(&self, id: &str, at: Timestamp) -> Option<BTreeMap<Arc<str>, Arc<str>>> {
        Some(valid(self.products.get(id)?, at)?.name.clone())
    }

    /// A product as it was at an instant; one that is newer, as it was first.
    pub fn product(&self, id: &str, at: Timestamp) -> Option<&Arc<ProductSetting>> {
        let product = self.products.get(id)?;
        let before = product.range(..=at).next_back();
        before.or_else(|| product.range(at..).next())?.1.as_ref()
    }

    /// Counts of pieces that a cycle of a machine makes of a product with all cavities, as a fraction, but for what a standard says.
    pub fn counts_of_cycle(&self, machine: MachineId, product: &str, at: Timestamp) -> f64 {
        let setting = self.machine(machine, at);
        let own = setting.as_ref().map_or(1, |setting| setting.cavities);
        let nominal = self.product(product, at).and_then(|product| product.of_shot());
        let (a, b) = setting.map_or((1, 1), |setting| setting.per_count);
        match nominal.unwrap_or(own) {
            0 | 1 => 1.0,
            nominal => f64::from(nominal) * f64::from(b.max(1)) / f64::from(a.max(1)),
        }
    }

    /// The reasons in force at an instant.
    pub fn reasons_at(&self, at: Timestamp) -> impl Iterator<Item = (&Arc<str>, Arc<ReasonSetting>)> {
        self.reasons
            .iter()
            .filter_map(move |(id, timeline)| Some((id, valid(timeline, at)?)))
    }

    /// True when the product is configured at an instant.
    pub fn knows_product(&self, id: &str, at: Timestamp) -> bool {
        self.products
            .get(id)
            .is_some_and(|product| product.range(..=at).next_back().is_some_and(|(_, it)| it.is_some()))
    }

    /// The settings in force at an instant, to compare a configuration with.
    pub fn in_force(&self, at: Timestamp) -> Vec<Setting> {
        let mut all = Vec::new();
        all.extend(valid(&self.site, at).map(|site| Setting::Site((*site).clone())));
        for (id, timeline) in &self.machines {
            all.extend(valid(timeline, at).map(|it| Setting::Machine(*id, (*it).clone())));
        }
        for (id, timeline) in &self.products {
            all.extend(valid(timeline, at).map(|it| Setting::Product(Arc::clone(id), (*it).clone())));
        }
        for (id, timeline) in &self.reasons {
            all.extend(valid(timeline, at).map(|it| Setting::Reason(Arc::clone(id), (*it).clone())));
        }
        all.extend(valid(&self.calendar, at).map(|it| Setting::Calendar(it.setting().clone())));
        all.extend(valid(&self.policy, at).map(|it| Setting::Policy((*it).clone())));
        all.extend(valid(&self.target, at).map(|it| Setting::Target(*it)));
        for (id, timeline) in &self.standards {
            all.extend(valid(timeline, at).map(|it| Setting::Standard(Arc::clone(id), (*it).clone())));
        }
        for (id, timeline) in &self.kinds {
            all.extend(valid(timeline, at).map(|it| Setting::Line(Arc::clone(id), *it)));
        }
        for (id, timeline) in self.orders.iter() {
            all.extend(valid(timeline, at).map(|it| Setting::Order(Arc::clone(id), (*it).clone())));
        }
        all
    }

    /// How the machines of each line make one result at an instant; lines nobody described are parallel.
    pub fn lines(&self, at: Timestamp) -> BTreeMap<Arc<str>, LineSetting> {
        let lines = self.kinds.iter();
        lines
            .filter_map(|(id, timeline)| Some((Arc::clone(id), *valid(timeline, at)?)))
            .collect()
    }

    /// The same at any time. What was said last of a line in a shift holds for all of that shift.
    pub fn kinds(&self) -> Kinds {
        let mut kinds = Kinds::default();
        for (line, timeline) in &self.kinds {
            for (from, kind) in timeline {
                let slot = self.slot(*from);
                let is_off = slot.planned == Planned::Nothing;
                let from = if is_off { *from } else { slot.shift_start };
                kinds.put(line, from, kind.as_deref().copied().unwrap_or_default());
            }
        }
        kinds
    }

    /// What was said of a machine.
    pub fn said(&self, machine: MachineId) -> &Said {
        self.said.get(&machine).map_or(&self.nothing_said, Arc::as_ref)
    }

    /// True when a person said that the fact of this number counts, though it came too late.
    pub fn is_accepted(&self, seq: u64) -> bool {
        self.accepted.contains_key(&seq)
    }

    /// True for an entry that was made after its period was locked, as long as nobody accepted it or took it back.
    pub fn is_waiting(&self, key: &str) -> bool {
        !self.waiting.is_empty() && self.waiting.contains(&keys::digest(key))
    }

    /// How many entries wait to be accepted.
    pub fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// True when the machine works by orders at an instant.
    pub fn uses_orders(&self, machine: MachineId, at: Timestamp) -> bool {
        let setting = self.machines.get(&machine).and_then(|timeline| valid(timeline, at));
        setting.is_some_and(|setting| setting.orders)
    }

    /// True when the machine works by orders at any time.
    pub fn works_by_orders(&self, machine: MachineId) -> bool {
        let settings = self.machines.get(&machine).into_iter().flat_map(BTreeMap::values);
        settings.flatten().any(|setting| setting.orders)
    }

    /// The first instant at or after `at` that a word about a stop of the machine names.
    pub fn next_anchor(&self, machine: MachineId, at: Timestamp) -> Option<Timestamp> {
        self.said(machine).next_anchor(at, self.uses_orders(machine, at))
    }

    /// The calendar in force at an instant; without one all time is planned.
    fn calendar_at(&self, at: Timestamp) -> Arc<Calendar> {
        valid(&self.calendar, at).unwrap_or_else(|| Arc::new(Calendar::new(Default::default())))
    }

    fn set(&mut self, setting: &Setting, fact: &Fact) {
        let at = fact.at;
        match setting {
            Setting::Site(site) => put(&mut self.site, at, site),
            Setting::Machine(id, machine) => put(self.machines.entry(*id).or_default(), at, machine),
            Setting::Product(id, product) => put(self.products.entry(Arc::clone(id)).or_default(), at, product),
            Setting::Reason(id, reason) => put(self.reasons.entry(Arc::clone(id)).or_default(), at, reason),
            Setting::Calendar(calendar) => put(&mut self.calendar, at, &Calendar::new(calendar.clone())),
            Setting::Policy(policy) => put(&mut self.policy, at, policy),
            Setting::Target(target) => put(&mut self.target, at, target),
            Setting::Standard(id, standard) => put(self.standards.entry(Arc::clone(id)).or_default(), at, standard),
            Setting::Line(id, line) => put(self.kinds.entry(Arc::clone(id)).or_default(), at, line),
            Setting::Order(id, order) => Arc::make_mut(&mut self.orders).set(id, at, Some(Arc::new(order.clone()))),
            Setting::Removed(SettingKind::Machine, _) => {
                if let Some(timeline) = fact.machine.and_then(|id| self.machines.get_mut(&id)) {
                    timeline.insert(at, None);
                }
            }
            Setting::Removed(SettingKind::Product, id) => {
                self.products.entry(Arc::clone(id)).or_default().insert(at, None);
            }
            Setting::Removed(SettingKind::Reason, id) => {
                self.reasons.entry(Arc::clone(id)).or_default().insert(at, None);
            }
            Setting::Removed(SettingKind::Standard, id) => {
                self.standards.entry(Arc::clone(id)).or_default().insert(at, None);
            }
            Setting::Removed(SettingKind::Line, id) => {
                self.kinds.entry(Arc::clone(id)).or_default().insert(at, None);
            }
            Setting::Removed(SettingKind::Order, id) => {
                Arc::make_mut(&mut self.orders).set(id, at, None);
            }
            Setting::Removed(SettingKind::Target, _) => {
                self.target.insert(at, None);
            }
            // The plant, its calendar and its policy are always there; a configuration without them means the defaults.
            Setting::Removed(SettingKind::Site | SettingKind::Calendar | SettingKind::Policy, _) => {}
        }
    }
}

fn put<T: Clone>(timeline: &mut Timeline<T>, at: Timestamp, value: &T) {
    timeline.insert(at, Some(Arc::new(value.clone())));
}

fn valid<T>(timeline: &Timeline<T>, at: Timestamp) -> Option<Arc<T>> {
    timeline.range(..=at).next_back()?.1.clone()
}

/// The stretch around an instant in which every timeline asked so far stays the same.
struct Validity {
    at: Timestamp,
    period: Period,
}

impl Validity {
    fn at(at: Timestamp) -> Validity {
        Validity {
            at,
            period: Period::new(Timestamp::MIN, Timestamp::MAX),
        }
    }

    fn narrow<T>(&mut self, timeline: &Timeline<T>) -> Option<Arc<T>> {
        if let Some((next, _)) = timeline.range(self.at.plus(1)..).next() {
            self.period.end = self.period.end.min(*next);
        }
        let (from, value) = timeline.range(..=self.at).next_back()?;
        self.period.start = self.period.start.max(*from);
        value.clone()
    }
}
