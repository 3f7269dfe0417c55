//! What people say beside reasons, scrap and products, told to a pipeline at any time about any time; and plants that heed it.
#![allow(dead_code, reason = "a helper of several test files")]

use super::pipeline_plant::{Asks, LATHE, PRESS, asking};
use super::pipeline_rig::Rig;
use gemba::model::entry::{OrderAct, Says, Scope};
use gemba::model::ids::MachineId;
use gemba::model::settings::{OrderSetting, ReasonSetting, Release, Setting};
use gemba::model::state::Class;
use gemba::model::time::{Period, Timestamp};
use proptest::prelude::*;
use std::sync::Arc;

/// How a plant works with its machines.
#[derive(Debug, Clone, Copy)]
pub struct Ways {
    pub orders: bool,
    /// True when orders are released, so that they wait.
    pub waiting: bool,
    pub release: Release,
}

impl Default for Ways {
    fn default() -> Self {
        Ways {
            orders: false,
            waiting: false,
            release: Release::Running,
        }
    }
}

/// A word about a time.
#[derive(Debug, Clone, Copy)]
pub enum Word {
    /// A part of a stop, beginning so many seconds after the instant.
    Part {
        after: i64,
        lasts: i64,
        jam: bool,
    },
    /// A planned stop that nobody declared: the whole of it, or what the allowance gives.
    Sweep {
        leads: bool,
    },
    Order {
        second: bool,
        act: OrderAct,
    },
    PlannedStop {
        lasts: i64,
    },
    FirstOff,
    Cavities(u32),
    People(i64),
    Service(bool),
    Rework(i64),
    /// The entry before the last so many is taken back.
    Undo(usize),
}

/// Entries that were made, to be taken back.
pub type Made = Vec<(Arc<str>, MachineId, Timestamp)>;

pub fn ways() -> impl Strategy<Value = Ways> {
    let release = prop_oneof![
        2 => Just(Release::Running),
        1 => Just(Release::FirstOff),
        2 => (1u32..6).prop_map(Release::GoodInARow),
    ];
    (any::<bool>(), any::<bool>(), release).prop_map(|(orders, waiting, release)| Ways {
        orders,
        waiting,
        release,
    })
}

pub fn word() -> impl Strategy<Value = Word> {
    let act = prop_oneof![3 => Just(OrderAct::Start), 1 => Just(OrderAct::Pause), 1 => Just(OrderAct::Finish)];
    prop_oneof![
        2 => (-300i64..300, 1i64..600, any::<bool>()).prop_map(|(after, lasts, jam)| Word::Part { after, lasts, jam }),
        2 => any::<bool>().prop_map(|leads| Word::Sweep { leads }),
        3 => (any::<bool>(), act).prop_map(|(second, act)| Word::Order { second, act }),
        2 => (1i64..1_800).prop_map(|lasts| Word::PlannedStop { lasts }),
        2 => Just(Word::FirstOff),
        1 => (0u32..3).prop_map(Word::Cavities),
        1 => (0i64..3_000).prop_map(Word::People),
        1 => any::<bool>().prop_map(Word::Service),
        1 => (-3i64..6).prop_map(Word::Rework),
        2 => (0usize..3).prop_map(Word::Undo),
    ]
}

/// The settings of such a plant: two orders that wait, and a reason that takes two minutes a shift out of OEE.
pub fn settings_of(ways: Ways, asks: [Asks; 2]) -> Vec<Setting> {
    let mut all = asking(asks);
    for setting in &mut all {
        if let Setting::Machine(_, machine) = setting {
            machine.orders = ways.orders;
            machine.release = ways.release;
        }
    }
    let sweep = ReasonSetting {
        name: Default::default(),
        class: Class::PlannedStop,
        groups: Vec::new(),
        allowance_ms: 120_000,
    };
    all.push(Setting::Reason("sweep".into(), sweep));
    for (id, product) in [("O1", "A"), ("O2", "B")] {
        let order = OrderSetting {
            product: product.into(),
            released: ways.waiting,
            ..OrderSetting::default()
        };
        all.push(Setting::Order(id.into(), order));
    }
    all
}

/// Since when the machine stands at an instant, whatever that time is called: also without an order, or through a break.
fn stood_since(rig: &Rig, machine: MachineId, instant: Timestamp) -> Option<Timestamp> {
    let live = rig.machine(machine)?;
    let stands = |class| !matches!(class, Class::Running | Class::ClockSkip);
    if instant >= live.since {
        return stands(live.class).then_some(live.since);
    }
    let spans = rig.store.spans.of(machine);
    let span = spans.iter().find(|span| span.period.contains(instant))?;
    stands(span.class).then_some(span.since)
}

/// Says a word about an instant; what it can affect begins with the stop that holds the instant.
pub fn say(rig: &mut Rig, word: Word, lathe: bool, instant: Timestamp, made: &mut Made) {
    let machine = if lathe { LATHE } else { PRESS };
    let stop = stood_since(rig, machine, instant);
    let reason = |reason: &str, part, leads| Says::Reason {
        reason: reason.into(),
        anchor: instant,
        part,
        leads,
    };
    let (at, says) = match word {
        Word::Part { after, lasts, jam } => {
            let Some(at) = stop else { return };
            let from = instant.plus(after * 1000);
            let part = Period::new(from, from.plus(lasts * 1000));
            (at, reason(if jam { "jam" } else { "material" }, Some(part), false))
        }
        Word::Sweep { leads } => {
            let Some(at) = stop else { return };
            (at, reason("sweep", None, leads))
        }
        Word::Order { second, act } => {
            let order = if second { "O2" } else { "O1" }.into();
            let says = Says::Order {
                order,
                act,
                when: instant,
            };
            (stop.unwrap_or(instant), says)
        }
        Word::PlannedStop { lasts } => {
            let until = instant.plus(lasts * 1000);
            let reason = "sweep".into();
            (instant, Says::PlannedStop { until, reason })
        }
        Word::FirstOff => (stop.unwrap_or(instant), Says::FirstOff { when: instant }),
        Word::Cavities(active) => (instant, Says::Cavities { active }),
        Word::People(milli) => {
            let line = "".into();
            (instant, Says::Headcount { milli, line })
        }
        Word::Service(on) => (instant, Says::Service { on }),
        Word::Rework(pieces) => {
            let (reason, scope) = ("".into(), Scope::Now);
            (instant, Says::Rework { pieces, reason, scope })
        }
        Word::Undo(before) => {
            let Some(place) = made.len().checked_sub(before + 1) else {
                return;
            };
            let (entry, machine, at) = made.remove(place);
            rig.enter(machine, at, Says::Undo { entry });
            return;
        }
    };
    let key: Arc<str> = format!("word-{}-{}", rig.now.0, made.len()).into();
    rig.enter_as(&key, machine, at, says);
    made.push((key, machine, at));
}
