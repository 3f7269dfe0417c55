//! Pure. Everything looked up by time: settings, the product on a machine, reasons given; what is valid at an instant.

use super::calendar::{Calendar, Planned, Slot};
use crate::model::entry::Says;
use crate::model::fact::{Body, Fact};
use crate::model::ids::MachineId;
use crate::model::settings::{
    MachineSetting, PolicySetting, ProductSetting, ReasonSetting, Setting, SettingKind, SiteSetting, TargetSetting,
};
use crate::model::tally::TallyKey;
use crate::model::time::{Period, Timestamp};
use std::collections::BTreeMap;
use std::sync::Arc;

type Timeline<T> = BTreeMap<Timestamp, Option<Arc<T>>>;

/// The plan, filled from setting and entry facts in the order of their numbers.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    site: Timeline<SiteSetting>,
    machines: BTreeMap<MachineId, Timeline<MachineSetting>>,
    products: BTreeMap<Arc<str>, Timeline<ProductSetting>>,
    reasons: BTreeMap<Arc<str>, Timeline<ReasonSetting>>,
    calendar: Timeline<Calendar>,
    policy: Timeline<PolicySetting>,
    target: Timeline<TargetSetting>,
    made: BTreeMap<MachineId, BTreeMap<Timestamp, Arc<str>>>,
    given: BTreeMap<MachineId, BTreeMap<(Timestamp, u64), Given>>,
    entries: u64,
    version: u64,
}

/// A reason a person gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given {
    /// Id of the reason.
    pub reason: Arc<str>,
    /// Who gave it.
    pub author: Arc<str>,
}

/// What is valid for a machine at an instant, and how long.
#[derive(Debug, Clone)]
pub struct Segment {
    /// How long all of it stays the same; cut at breaks too.
    pub period: Period,
    /// How long `key` stays the same: a tally never crosses its ends.
    pub key_period: Period,
    /// What tallies belong to.
    pub key: Arc<TallyKey>,
    /// What the calendar says.
    pub slot: Slot,
    /// The machine's setting.
    pub setting: Arc<MachineSetting>,
    /// The loss policy.
    pub policy: Arc<PolicySetting>,
    /// Ideal time per piece (ISO 22400-2, PRI) in nanoseconds: ideal cycle / cavities, rounded once.
    pub ideal_piece_ns: Option<i64>,
    /// Pieces per shot.
    pub cavities: u32,
    /// A stop at least this long is no minor stop, in milliseconds.
    pub minor_limit_ms: i64,
}

impl Plan {
    /// Takes a setting or an entry; other facts change nothing here.
    pub fn apply(&mut self, fact: &Fact) {
        match &fact.body {
            Body::Setting(setting) => self.set(setting, fact),
            Body::Entry(entry) => {
                let Some(machine) = fact.machine else { return };
                self.entries += 1;
                match &entry.says {
                    Says::Reason { reason, anchor } => {
                        let given = Given {
                            reason: Arc::clone(reason),
                            author: Arc::clone(&fact.author),
                        };
                        self.given
                            .entry(machine)
                            .or_default()
                            .insert((*anchor, self.entries), given);
                    }
                    Says::Product { product } => {
                        self.made
                            .entry(machine)
                            .or_default()
                            .insert(fact.at, Arc::clone(product));
                    }
                    Says::Scrap { .. } => return,
                }
            }
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

    /// What is valid for a machine; `None` before it was configured and after it was removed.
    pub fn segment(&self, machine: MachineId, at: Timestamp) -> Option<Segment> {
        let mut span = Validity {
            at,
            period: Period::new(Timestamp::MIN, Timestamp::MAX),
        };
        let setting = span.narrow(self.machines.get(&machine)?)?;
        let site = span.narrow(&self.site).unwrap_or_default();
        let policy = span.narrow(&self.policy).unwrap_or_default();
        let calendar = span.narrow(&self.calendar);
        let product = self.product_in(machine, &mut span);
        let own = self.products.get(&product).and_then(|product| span.narrow(product));
        let slot = calendar
            .unwrap_or_else(|| Arc::new(Calendar::new(Default::default())))
            .slot_of(at, machine, &setting.line);
        let cavities = own
            .as_ref()
            .and_then(|own| own.cavities)
            .unwrap_or(setting.cavities)
            .max(1);
        let of_product = own.as_ref().and_then(|own| own.ideal_ns);
        let ideal_ns = of_product.or(setting.ideal_ns).filter(|ns| *ns > 0);
        let standard: Arc<str> = match (of_product, ideal_ns) {
            (Some(_), Some(_)) => format!("product:{product}").into(),
            (_, Some(_)) => "machine".into(),
            (_, None) => "".into(),
        };
        let key = TallyKey {
            org: Arc::clone(&site.org),
            site: Arc::clone(&site.site),
            line: Arc::clone(&setting.line),
            shift: Arc::clone(&slot.shift),
            shift_start: slot.shift_start,
            business_date: Arc::clone(&slot.business_date),
            product,
            order: "".into(),
            standard,
            policy: Arc::clone(&policy.id),
        };
        Some(Segment {
            period: slot.period.intersect(span.period),
            key_period: slot.shift_period.intersect(span.period),
            key: Arc::new(key),
            slot,
            minor_limit_ms: minor_limit_ms(&policy, ideal_ns),
            setting,
            policy,
            ideal_piece_ns: ideal_ns.map(|ns| (ns + i64::from(cavities) / 2) / i64::from(cavities)),
            cavities,
        })
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

    /// The reason given last among those whose anchor lies in the period.
    pub fn reason_in(&self, machine: MachineId, period: Period) -> Option<&Given> {
        let given = self.given.get(&machine)?.range((period.start, 0)..(period.end, 0));
        given.max_by_key(|((_, entry), _)| *entry).map(|(_, given)| given)
    }

    /// The first anchor of a reason at or after `at`.
    pub fn next_anchor(&self, machine: MachineId, at: Timestamp) -> Option<Timestamp> {
        self.given
            .get(&machine)?
            .range((at, 0)..)
            .next()
            .map(|((anchor, _), _)| *anchor)
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

    /// What the calendar says of an instant.
    pub fn slot(&self, at: Timestamp) -> Slot {
        valid(&self.calendar, at)
            .unwrap_or_else(|| Arc::new(Calendar::new(Default::default())))
            .slot(at)
    }

    /// The first product entry of the machine after `at`.
    pub fn next_product(&self, machine: MachineId, at: Timestamp) -> Option<Timestamp> {
        self.made.get(&machine)?.range(at.plus(1)..).next().map(|(at, _)| *at)
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
        all
    }

    fn product_in(&self, machine: MachineId, span: &mut Validity) -> Arc<str> {
        let Some(made) = self.made.get(&machine) else {
            return "".into();
        };
        if let Some((next, _)) = made.range(span.at.plus(1)..).next() {
            span.period.end = span.period.end.min(*next);
        }
        let Some((from, product)) = made.range(..=span.at).next_back() else {
            return "".into();
        };
        span.period.start = span.period.start.max(*from);
        Arc::clone(product)
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
            Setting::Removed(SettingKind::Target, _) => {
                self.target.insert(at, None);
            }
            // The plant, its calendar and its policy are always there; a configuration without them means the defaults.
            Setting::Removed(SettingKind::Site | SettingKind::Calendar | SettingKind::Policy, _) => {}
        }
    }
}

/// Milliseconds at which a stop is no longer minor: a number of ideal cycles, within bounds.
fn minor_limit_ms(policy: &PolicySetting, ideal_ns: Option<i64>) -> i64 {
    let cycles_ms = i64::from(policy.minor_cycles).saturating_mul(ideal_ns.unwrap_or(0)) / 1_000_000;
    cycles_ms.min(policy.minor_at_most_ms).max(policy.minor_at_least_ms)
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
    fn narrow<T>(&mut self, timeline: &Timeline<T>) -> Option<Arc<T>> {
        if let Some((next, _)) = timeline.range(self.at.plus(1)..).next() {
            self.period.end = self.period.end.min(*next);
        }
        let (from, value) = timeline.range(..=self.at).next_back()?;
        self.period.start = self.period.start.max(*from);
        value.clone()
    }
}

/// True when the calendar plans work.
pub fn is_work(segment: &Segment) -> bool {
    segment.slot.planned == Planned::Work
}
