//! What is valid in each second: settings, orders and people's words painted over each other in the order they were said in.
#![allow(clippy::unwrap_used, reason = "a test double may fail its test")]

use super::calendar::{Painted, paint};
use super::standard::{Making, Standard, standard};
use super::words::{self, Declared, On, Word, words};
use super::{History, MACHINE};
use gemba::model::fact::{Body, Fact, Role};
use gemba::model::ids::MachineId;
use gemba::model::line::LineSetting;
use gemba::model::settings::{
    CalendarSetting, MachineSetting, OrderSetting, PolicySetting, ProductSetting, ReasonSetting, Setting, SiteSetting,
    StandardSetting,
};
use gemba::model::tally::TallyKey;
use gemba::model::time::Timestamp;
use gemba::oee::calendar::Planned;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// One second of the plan.
#[derive(Clone)]
pub struct Moment {
    pub planned: Planned,
    /// True when the shift, or outside shifts the production day, begins or ends here.
    pub cut: bool,
    pub place: Arc<Place>,
    pub day: Painted,
    /// Thousandths of people at work on the machine.
    pub people: i64,
}

/// What settings and words say, the same for many seconds.
#[derive(Clone)]
pub struct Place {
    pub site: SiteSetting,
    pub machine: MachineSetting,
    pub policy: PolicySetting,
    pub product: Arc<str>,
    pub order: Arc<str>,
    pub mould: Arc<str>,
    standard: Standard,
    /// Cavities in use.
    in_use: i64,
    /// True when the machine works by orders and has none, although one it could make waits for it or not.
    pub waiting_order: Option<bool>,
    pub declared: Option<Declared>,
    pub in_service: bool,
}

/// A reason with its class.
pub type Reasons = BTreeMap<Arc<str>, ReasonSetting>;

impl Place {
    /// Ideal nanoseconds of a cycle.
    pub fn cycle_ns(&self) -> Option<i64> {
        self.standard.cycle_ns
    }

    /// Pieces a shot gives.
    pub fn cavities(&self) -> i64 {
        self.in_use
    }

    /// Pieces a shot gives with all cavities.
    pub fn nominal(&self) -> i64 {
        self.standard.nominal
    }

    /// Pieces a shot fails to give.
    pub fn blocked(&self) -> i64 {
        self.standard.nominal - self.in_use
    }

    /// Ideal nanoseconds of a piece, to the nearest: a cycle, by its nominal cavities if it has several, else by the pieces of
    /// a count.
    pub fn piece_ns(&self) -> Option<i64> {
        let (a, b) = self.machine.per_count;
        let (mut pieces, mut counts) = (i64::from(a), i64::from(b));
        if self.nominal() > 1 {
            (pieces, counts) = (self.nominal(), 1);
        }
        self.cycle_ns().map(|ns| (ns * counts + pieces / 2) / pieces)
    }

    /// Ideal nanoseconds from one count of the machine's production counter to the next.
    pub fn count_ns(&self) -> Option<i64> {
        let shots = self.machine.signals.iter().any(|signal| signal.role == Role::Shots);
        if shots { self.cycle_ns() } else { self.piece_ns() }
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
        TallyKey {
            org: Arc::clone(&place.site.org),
            site: Arc::clone(&place.site.site),
            line: Arc::clone(&place.machine.line),
            shift: Arc::clone(&self.day.shift),
            shift_start: Timestamp(self.day.shift_start * 1000),
            business_date: Arc::clone(&self.day.business_date),
            product: Arc::clone(&place.product),
            order: Arc::clone(&place.order),
            standard: place.standard.name.as_str().into(),
            policy: Arc::clone(&place.policy.id),
            crew: "".into(),
            mould: Arc::clone(&place.mould),
        }
    }
}

/// Every second of the history.
pub fn moments(history: &History) -> Vec<Moment> {
    let words = words(history);
    let mut edges: BTreeSet<usize> = words::edges(history);
    let settings = |fact: &&Fact| matches!(fact.body, Body::Setting(_));
    edges.extend(
        history
            .known
            .iter()
            .filter(settings)
            .map(|fact| history.second(fact.at)),
    );
    let mut moments: Vec<Moment> = Vec::with_capacity(history.horizon());
    let mut place: Option<Arc<Place>> = None;
    let (mut same_mould_from, mut people) = (0, 0);
    for (second, (day, shift_from)) in days(history).into_iter().enumerate() {
        if edges.contains(&second) || day.cut {
            let mut now = valid(history, &words, second);
            if place.as_ref().is_some_and(|before| before.mould != now.mould) {
                same_mould_from = second;
            }
            let said = words::latest(&words, second, words::cavities).filter(|(at, _)| *at >= same_mould_from);
            now.in_use = said.map_or(now.standard.nominal, |(_, active)| active.min(now.standard.nominal));
            people = self::people(history, &words, &now, second, shift_from);
            place = Some(Arc::new(now));
        }
        moments.push(Moment {
            planned: day.planned,
            cut: day.cut,
            place: Arc::clone(place.as_ref().unwrap()),
            day,
            people,
        });
    }
    moments
}

/// What the calendar in force in each second says of it, and the second its shift began by that calendar.
fn days(history: &History) -> Vec<(Painted, usize)> {
    let told_calendar = |fact: &Fact| {
        let Body::Setting(change) = &fact.body else { return None };
        let Setting::Calendar(calendar) = &change.setting else {
            return None;
        };
        Some((history.second(fact.at), calendar.clone()))
    };
    let mut calendars: Vec<(usize, CalendarSetting)> = history.known.iter().filter_map(told_calendar).collect();
    calendars.sort_by_key(|(from, _)| *from);
    let line = told(history, 0).machines[&MACHINE].line.clone();
    let mut days = Vec::with_capacity(history.horizon());
    for (number, (from, calendar)) in calendars.iter().enumerate() {
        let until = calendars.get(number + 1).map_or(history.horizon(), |(next, _)| *next);
        let mut shift_from = 0;
        let painted = paint(calendar, MACHINE, &line, history.start.0 / 1000, until);
        for (second, day) in painted.into_iter().enumerate() {
            if day.cut {
                shift_from = second;
            }
            if second >= *from {
                days.push((day, shift_from));
            }
        }
    }
    days
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

/// The settings of one second: the latest of each item that was told for it or before.
#[derive(Default)]
struct Told {
    site: SiteSetting,
    policy: PolicySetting,
    machines: BTreeMap<MachineId, MachineSetting>,
    products: BTreeMap<Arc<str>, ProductSetting>,
    orders: BTreeMap<Arc<str>, OrderSetting>,
    lines: BTreeMap<Arc<str>, LineSetting>,
    standards: BTreeMap<Arc<str>, StandardSetting>,
}

fn told(history: &History, second: usize) -> Told {
    let mut told = Told::default();
    let mut said: Vec<_> = history
        .known
        .iter()
        .filter(|fact| history.second(fact.at) <= second)
        .collect();
    said.sort_by_key(|fact| fact.at);
    for fact in said {
        let Body::Setting(change) = &fact.body else { continue };
        match change.setting.clone() {
            Setting::Site(site) => told.site = site,
            Setting::Policy(policy) => told.policy = policy,
            Setting::Machine(id, machine) => drop(told.machines.insert(id, machine)),
            Setting::Product(id, product) => drop(told.products.insert(id, product)),
            Setting::Line(id, line) => drop(told.lines.insert(id, line)),
            Setting::Order(id, order) => drop(told.orders.insert(id, order)),
            Setting::Standard(id, standard) => drop(told.standards.insert(id, standard)),
            Setting::Reason(..) | Setting::Calendar(_) | Setting::Target(_) | Setting::Removed(..) => {}
        }
    }
    told
}

/// Goes through all that was ever said and keeps the latest that holds in this second.
fn valid(history: &History, words: &[Word], second: usize) -> Place {
    let told = told(history, second);
    let machine = told.machines[&MACHINE].clone();
    let (on, finished) = words::work(history, words, MACHINE, second);
    let (order, product, mould): (Arc<str>, Arc<str>, Arc<str>) = match on {
        On::Nothing => ("".into(), "".into(), "".into()),
        On::Product(product) => ("".into(), product, "".into()),
        On::Order(id) => {
            let order = told.orders.get(&id).cloned().unwrap_or_default();
            (id, order.product, order.mould)
        }
    };
    let made = told.products.get(&product);
    let of_product = made.map_or_else(|| "".into(), |made| Arc::clone(&made.mould));
    let mould = if mould.is_empty() { of_product } else { mould };
    let making = Making {
        machine: MACHINE,
        setting: &machine,
        product: &product,
        made,
        mould: &mould,
    };
    let could_make = |(id, order): (&Arc<str>, &OrderSetting)| {
        let meant_for = match order.machine {
            Some(id) => id == MACHINE,
            None => order.line.is_empty() || order.line == machine.line,
        };
        let one_after_another = matches!(told.lines.get(&machine.line), Some(LineSetting::Serial { .. }));
        let aside = |(id, other): (&MachineId, &MachineSetting)| {
            let is_mate = one_after_another && other.line == machine.line;
            (*id != MACHINE && order.machine.is_none() && !is_mate).then_some(*id)
        };
        let others = told.machines.iter().filter_map(aside).collect();
        let is_over = finished.contains(id) || words::taken(history, words, id, second, &others);
        order.released && !order.closed && meant_for && !is_over
    };
    let none_on = machine.orders && order.is_empty();
    Place {
        standard: standard(&making, &told.standards),
        in_use: 0,
        waiting_order: none_on.then(|| told.orders.iter().any(could_make)),
        declared: words::declared(history, words, second),
        in_service: serves(words, second, MACHINE, &machine),
        site: told.site,
        policy: told.policy,
        product,
        order,
        mould,
        machine,
    }
}

/// Whether a machine is in service: what was said last, else whether it waits to be said.
fn serves(words: &[Word], second: usize, id: MachineId, machine: &MachineSetting) -> bool {
    let said = words::latest(words, second, |word| words::service(word, id));
    said.map_or(!machine.commissioning, |(_, on)| on)
}

/// People on the machine: what was said of it in this shift, else its share of those on its line, of whose machines none has any
/// that is not in service. Shares are whole thousandths; what does not divide goes to the later machines.
fn people(history: &History, words: &[Word], place: &Place, second: usize, shift_from: usize) -> i64 {
    if let Some((_, milli)) = words::latest(words, second, words::own_people).filter(|(at, _)| *at >= shift_from) {
        return milli;
    }
    let line = &place.machine.line;
    let of_line = words::latest(words, second, |word| words::line_people(word, line));
    let Some((_, milli)) = of_line.filter(|(at, _)| *at >= shift_from) else {
        return 0;
    };
    let machines = told(history, second).machines;
    let on_line: Vec<MachineId> = machines
        .into_iter()
        .filter_map(|(id, machine)| (machine.line == *line && serves(words, second, id, &machine)).then_some(id))
        .collect();
    let Some(place) = on_line.iter().position(|id| *id == MACHINE) else {
        return 0;
    };
    let (place, n) = (place as i64, on_line.len() as i64);
    (place + 1) * milli / n - place * milli / n
}
