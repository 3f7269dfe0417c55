//! What people, other systems and the configuration say in a random story, as entries and settings.
#![allow(clippy::wildcard_enum_match_arm, reason = "what is no setting is an entry")]
#![allow(dead_code, reason = "each test file uses a part of it")]

use super::history::{Story, fact};
use super::oracle::MACHINE;
use super::plants::{CALENDARS, ORDERS, OTHER, calendar, order};
use gemba::model::entry::{Entry, OrderAct, Says, Scope, Source};
use gemba::model::fact::{Body, Fact, Role};
use gemba::model::settings::{Change, Resets, Setting};
use gemba::model::time::{Period, Timestamp};
use proptest::prelude::*;

/// What is said at a second. Instants and lengths are in seconds.
#[derive(Debug, Clone, Copy)]
pub enum Said {
    Reason {
        reason: usize,
        anchor: usize,
        part: Option<(usize, usize)>,
        leads: bool,
    },
    Scrap(i64),
    Rework(i64),
    Reworked(i64),
    Product(usize),
    Order(usize, OrderAct),
    /// The same of the other machine.
    ProductElsewhere(usize),
    OrderElsewhere(usize, OrderAct),
    /// It was told so many seconds after its start.
    PlannedStop {
        lasts: usize,
        reason: usize,
        late: i64,
    },
    /// Of a changeover that began at most so many seconds before.
    FirstOff(usize),
    Cavities(u32),
    People {
        milli: i64,
        line: bool,
    },
    Service(bool),
    ServiceElsewhere(bool),
    /// The word so many words before is taken back.
    Undo(usize),
    Ideal(i64),
    /// From here on another one of the calendars holds.
    Calendar(usize),
    OrderSetting {
        order: usize,
        released: bool,
        closed: bool,
    },
}

const PRODUCTS: [&str; 4] = ["", "A", "B", "C"];
const REASONS: [&str; 8] = [
    "jam",
    "material",
    "die-change",
    "looked-at",
    "tidy-up",
    "meeting",
    "lunch",
    "no-work",
];
/// Longer than any story: instants are taken modulo its length.
const ANY: std::ops::Range<usize> = 0..20_000;

pub fn said() -> impl Strategy<Value = Said> {
    let part = proptest::option::of((ANY, 1usize..900));
    let reason = (0..REASONS.len(), ANY, part, any::<bool>()).prop_map(|(reason, anchor, part, leads)| Said::Reason {
        reason,
        anchor,
        part,
        leads,
    });
    let act = prop_oneof![4 => Just(OrderAct::Start), 1 => Just(OrderAct::Pause), 2 => Just(OrderAct::Finish)];
    let elsewhere = (0usize..ORDERS.len(), act.clone()).prop_map(|(order, act)| Said::OrderElsewhere(order, act));
    let planned = (1usize..2_000, 0..REASONS.len(), -200i64..200).prop_map(|(lasts, reason, late)| Said::PlannedStop {
        lasts,
        reason,
        late,
    });
    let setting = (0..ORDERS.len(), any::<bool>(), any::<bool>());
    prop_oneof![
        8 => reason,
        2 => (-3i64..9).prop_map(Said::Scrap),
        1 => (-3i64..9).prop_map(Said::Rework),
        1 => (-3i64..9).prop_map(Said::Reworked),
        2 => (0usize..PRODUCTS.len()).prop_map(Said::Product),
        1 => (0usize..PRODUCTS.len()).prop_map(Said::ProductElsewhere),
        2 => elsewhere,
        4 => (0usize..ORDERS.len(), act).prop_map(|(order, act)| Said::Order(order, act)),
        2 => planned,
        2 => (0usize..1_200).prop_map(Said::FirstOff),
        1 => (0u32..7).prop_map(Said::Cavities),
        2 => (0i64..4_000, any::<bool>()).prop_map(|(milli, line)| Said::People { milli, line }),
        1 => any::<bool>().prop_map(Said::Service),
        1 => any::<bool>().prop_map(Said::ServiceElsewhere),
        1 => (1usize..6).prop_map(Said::Undo),
        1 => (4i64..120).prop_map(Said::Ideal),
        1 => (0..CALENDARS).prop_map(Said::Calendar),
        1 => setting.prop_map(|(order, released, closed)| Said::OrderSetting { order, released, closed }),
    ]
}

/// The entries and settings of a story, in the order of their numbers.
pub fn words(story: &Story, start: Timestamp) -> Vec<Fact> {
    let instant = |second: usize| start.plus((second % story.seconds) as i64 * 1000);
    let numbered = story.said.iter().enumerate();
    numbered
        .map(|(number, (second, said))| {
            let at = instant(*second);
            let mut received = at;
            let body = match said {
                Said::Ideal(seconds) => {
                    let mut machine = story.plant.machine();
                    machine.ideal_ns = Some(seconds * 1_000_000_000);
                    Body::Setting(Change::new(Setting::Machine(MACHINE, machine)))
                }
                Said::Calendar(number) => Body::Setting(Change::new(calendar(&story.plant, *number))),
                Said::OrderSetting {
                    order: number,
                    released,
                    closed,
                } => Body::Setting(Change::new(order(*number, *released, *closed))),
                said => {
                    if let Said::PlannedStop { late, .. } = said {
                        received = at.plus(late * 1000);
                    }
                    Body::Entry(Entry {
                        key: key(number),
                        says: says(*said, number, at, instant),
                        source: Source::ALL[second % Source::ALL.len()],
                        late: false,
                    })
                }
            };
            let mut fact = fact(at, received, body);
            if let Said::FirstOff(before) = said {
                // It can affect the changeover from its begin on.
                fact.at = start.max(at.plus(-(*before as i64) * 1000));
            }
            if matches!(said, Said::People { line: true, .. }) {
                fact.machine = None;
            }
            if matches!(
                said,
                Said::ProductElsewhere(_) | Said::OrderElsewhere(..) | Said::ServiceElsewhere(_)
            ) {
                fact.machine = Some(OTHER);
            }
            fact
        })
        .collect()
}

fn key(number: usize) -> std::sync::Arc<str> {
    format!("key-{number}").into()
}

fn says(said: Said, number: usize, at: Timestamp, instant: impl Fn(usize) -> Timestamp) -> Says {
    match said {
        Said::Reason {
            reason,
            anchor,
            part,
            leads,
        } => Says::Reason {
            reason: REASONS[reason].into(),
            anchor: instant(anchor),
            part: part.map(|(from, lasts)| Period::new(instant(from), instant(from).plus(lasts as i64 * 1000))),
            leads,
        },
        Said::Scrap(pieces) => Says::Scrap {
            pieces,
            reason: "burr".into(),
            scope: Scope::Now,
        },
        Said::Rework(pieces) => Says::Rework {
            pieces,
            reason: "".into(),
            scope: Scope::Now,
        },
        Said::Reworked(pieces) => Says::Reworked { pieces },
        Said::Product(product) | Said::ProductElsewhere(product) => Says::Product {
            product: PRODUCTS[product].into(),
        },
        Said::Order(order, act) | Said::OrderElsewhere(order, act) => Says::Order {
            order: ORDERS[order].into(),
            act,
            when: at,
        },
        Said::PlannedStop { lasts, reason, .. } => Says::PlannedStop {
            until: at.plus(lasts as i64 * 1000),
            reason: REASONS[reason].into(),
        },
        Said::FirstOff(_) => Says::FirstOff { when: at },
        Said::Cavities(active) => Says::Cavities { active },
        Said::People { milli, line } => Says::Headcount {
            milli,
            line: if line { "moulding".into() } else { "".into() },
        },
        Said::Service(on) | Said::ServiceElsewhere(on) => Says::Service { on },
        Said::Undo(before) => Says::Undo {
            entry: key(number.wrapping_sub(before)),
        },
        Said::Ideal(_) | Said::Calendar(_) | Said::OrderSetting { .. } => unreachable!("settings"),
    }
}

/// The seconds in which counters were declared to begin again.
pub fn begins_again(story: &Story) -> Vec<usize> {
    let plant = &story.plant;
    let is_order = |said: &Said| matches!(said, Said::Order(..));
    let orders = story.said.iter().filter(|(_, said)| is_order(said));
    match plant.resets(Role::Total) {
        Resets::Shift => {
            let after_min = usize::try_from(plant.first_shift_min() - plant.start.1);
            after_min.iter().map(|min| min * 60).collect()
        }
        Resets::Order => orders.map(|(second, _)| second % story.seconds).collect(),
        Resets::Undeclared | Resets::Power | Resets::Never | Resets::Preset(_) => Vec::new(),
    }
}
