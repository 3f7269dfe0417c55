//! What is valid in each second: settings and products painted over each other in the order in which they were said.
#![allow(clippy::unwrap_used, reason = "a test double may fail its test")]

use super::History;
use super::calendar::{Painted, paint};
use gemba::model::entry::Says;
use gemba::model::fact::Body;
use gemba::model::settings::{
    CalendarSetting, MachineSetting, PolicySetting, ProductSetting, ReasonSetting, Setting, SiteSetting,
};
use gemba::model::tally::TallyKey;
use gemba::model::time::Timestamp;
use gemba::oee::calendar::Planned;
use std::collections::BTreeMap;
use std::sync::Arc;

/// One second of the plan.
#[derive(Clone)]
pub struct Moment {
    pub planned: Planned,
    /// True when a row begins here whatever the minute.
    pub cut: bool,
    pub place: Arc<Place>,
    pub day: Painted,
}

/// What settings and product say, the same for many seconds.
pub struct Place {
    pub site: SiteSetting,
    pub machine: MachineSetting,
    pub policy: PolicySetting,
    pub product: Arc<str>,
    own: Option<ProductSetting>,
}

/// A reason with its class.
pub type Reasons = BTreeMap<Arc<str>, ReasonSetting>;

impl Place {
    /// Ideal nanoseconds of a cycle: the product's own, else the machine's.
    fn cycle_ns(&self) -> Option<i64> {
        self.own.as_ref().and_then(|own| own.ideal_ns).or(self.machine.ideal_ns)
    }

    pub fn cavities(&self) -> i64 {
        let own = self.own.as_ref().and_then(|own| own.cavities);
        i64::from(own.unwrap_or(self.machine.cavities))
    }

    /// Ideal nanoseconds of a piece, to the nearest.
    pub fn piece_ns(&self) -> Option<i64> {
        let half = self.cavities() / 2;
        self.cycle_ns().map(|ns| (ns + half) / self.cavities())
    }

    /// clamp(n x ideal cycle, least, most).
    pub fn minor_limit_ms(&self) -> i64 {
        let cycles_ms = i64::from(self.policy.minor_cycles) * self.cycle_ns().unwrap_or(0) / 1_000_000;
        cycles_ms.clamp(self.policy.minor_at_least_ms, self.policy.minor_at_most_ms)
    }
}

impl Moment {
    pub fn key(&self) -> TallyKey {
        let place = &self.place;
        let own = place.own.as_ref().and_then(|own| own.ideal_ns);
        let standard = match (own, place.machine.ideal_ns) {
            (Some(_), _) => format!("product:{}", place.product),
            (None, Some(_)) => "machine".to_owned(),
            (None, None) => String::new(),
        };
        TallyKey {
            org: Arc::clone(&place.site.org),
            site: Arc::clone(&place.site.site),
            line: Arc::clone(&place.machine.line),
            shift: Arc::clone(&self.day.shift),
            shift_start: Timestamp(self.day.shift_start * 1000),
            business_date: Arc::clone(&self.day.business_date),
            product: Arc::clone(&place.product),
            order: "".into(),
            standard: standard.into(),
            policy: Arc::clone(&place.policy.id),
            crew: "".into(),
            mould: "".into(),
        }
    }
}

/// Every second of the history. The calendar is the one that was told first.
pub fn moments(history: &History) -> Vec<Moment> {
    let mut calendar = CalendarSetting::default();
    let mut cuts: BTreeMap<usize, ()> = BTreeMap::new();
    for fact in &history.known {
        let at = history.second(fact.at);
        match &fact.body {
            Body::Setting(change) => match &change.setting {
                Setting::Calendar(told) => calendar = told.clone(),
                Setting::Reason(..) | Setting::Product(..) => {}
                _ => {
                    cuts.insert(at, ());
                }
            },
            Body::Entry(entry) if matches!(entry.says, Says::Product { .. }) => {
                cuts.insert(at, ());
            }
            _ => {}
        }
    }
    let painted = paint(&calendar, history.start.0 / 1000, history.horizon());
    let mut moments = Vec::with_capacity(history.horizon());
    let mut place = Arc::new(valid(history, 0));
    for (second, day) in painted.into_iter().enumerate() {
        let said = cuts.contains_key(&second);
        if said {
            place = Arc::new(valid(history, second));
        }
        moments.push(Moment {
            planned: day.planned,
            cut: said || day.cut,
            place: Arc::clone(&place),
            day,
        });
    }
    moments
}

/// The reasons; they do not change within a history.
pub fn reasons(history: &History) -> Reasons {
    let mut reasons = Reasons::new();
    for fact in &history.known {
        if let Body::Setting(change) = &fact.body
            && let Setting::Reason(id, reason) = &change.setting
        {
            reasons.insert(Arc::clone(id), reason.clone());
        }
    }
    reasons
}

/// Goes through all that was ever said and keeps the latest that holds in this second; products are told at the start.
fn valid(history: &History, second: usize) -> Place {
    let mut place = Place {
        site: SiteSetting::default(),
        machine: MachineSetting::default(),
        policy: PolicySetting::default(),
        product: "".into(),
        own: None,
    };
    let mut products = BTreeMap::new();
    let mut said: Vec<_> = history
        .known
        .iter()
        .filter(|fact| history.second(fact.at) <= second)
        .collect();
    said.sort_by_key(|fact| fact.at);
    for fact in said {
        match &fact.body {
            Body::Setting(change) => match &change.setting {
                Setting::Site(site) => place.site = site.clone(),
                Setting::Machine(_, machine) => place.machine = machine.clone(),
                Setting::Policy(policy) => place.policy = policy.clone(),
                Setting::Product(id, product) => {
                    products.insert(Arc::clone(id), product.clone());
                }
                _ => {}
            },
            Body::Entry(entry) => {
                if let Says::Product { product } = &entry.says {
                    place.product = Arc::clone(product);
                }
            }
            _ => {}
        }
    }
    place.own = products.get(&place.product).cloned();
    place
}
