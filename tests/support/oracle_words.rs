//! What people and other systems said, for the oracle: the entries that were not taken back, in the order of their numbers.
#![allow(clippy::unwrap_used, reason = "a test double may fail its test")]
#![allow(clippy::wildcard_enum_match_arm, reason = "it names only the entries it looks for")]

use super::{History, MACHINE};
use gemba::model::entry::{Entry, OrderAct, Says, Source};
use gemba::model::fact::Body;
use gemba::model::ids::MachineId;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// One entry that stands.
pub struct Word<'a> {
    /// The second of `Fact::at`.
    pub at: usize,
    /// True when it was told more than a minute after that.
    pub late: bool,
    pub machine: Option<MachineId>,
    pub source: Source,
    pub says: &'a Says,
}

/// What a machine works on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum On {
    #[default]
    Nothing,
    Product(Arc<str>),
    Order(Arc<str>),
}

/// A planned stop that somebody declared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Declared {
    pub reason: Arc<str>,
    pub late: bool,
}

/// All entries that nobody took back.
pub fn words(history: &History) -> Vec<Word<'_>> {
    let entries = || {
        history.known.iter().filter_map(|fact| match &fact.body {
            Body::Entry(entry) => Some((fact, entry)),
            _ => None,
        })
    };
    let undone = |(_, entry): (_, &Entry)| match &entry.says {
        Says::Undo { entry } => Some(Arc::clone(entry)),
        _ => None,
    };
    let undone: BTreeSet<Arc<str>> = entries().filter_map(undone).collect();
    let stands = entries().filter(|(_, entry)| !undone.contains(&entry.key));
    let word = stands.map(|(fact, entry)| Word {
        at: history.second(fact.at),
        late: fact.received_at.since(fact.at) > 60_000,
        machine: fact.machine,
        source: entry.source,
        says: &entry.says,
    });
    word.collect()
}

/// The seconds at which what somebody said begins or ends to hold.
pub fn edges(history: &History) -> BTreeSet<usize> {
    let mut edges = BTreeSet::new();
    for word in words(history) {
        edges.insert(word.at);
        match word.says {
            Says::Order { when, .. } => edges.insert(history.second(*when)),
            Says::PlannedStop { until, .. } => edges.insert(history.second(*until)),
            _ => false,
        };
    }
    edges
}

/// Orders and products one after the other: what is on a machine in this second, and which orders are finished on it.
pub fn work(history: &History, words: &[Word], machine: MachineId, second: usize) -> (On, BTreeSet<Arc<str>>) {
    let mut on = On::Nothing;
    let mut last: BTreeMap<Arc<str>, OrderAct> = BTreeMap::new();
    for (when, _, says) in acts(history, words, |of| of == machine) {
        if when > second {
            break;
        }
        match says {
            Says::Product { product } => on = On::Product(Arc::clone(product)),
            Says::Order { order, act, .. } => {
                // A pause ends nothing for good, and takes back no end.
                if *act != OrderAct::Pause {
                    last.insert(Arc::clone(order), *act);
                }
                if *act == OrderAct::Start {
                    on = On::Order(Arc::clone(order));
                } else if on == On::Order(Arc::clone(order)) {
                    on = On::Nothing;
                }
            }
            _ => {}
        }
    }
    last.retain(|_, act| *act == OrderAct::Finish);
    (on, last.into_keys().collect())
}

/// True when any of these other machines makes an order in this second, or what last changed anything of it on them or on this one,
/// was that it was finished.
pub fn taken(history: &History, words: &[Word], order: &Arc<str>, second: usize, others: &BTreeSet<MachineId>) -> bool {
    let this = On::Order(Arc::clone(order));
    let is_one = |machine: MachineId| machine == MACHINE || others.contains(&machine);
    let mut on: BTreeMap<MachineId, On> = BTreeMap::new();
    let mut ended = false;
    for (_, machine, says) in acts(history, words, is_one)
        .into_iter()
        .filter(|(when, ..)| *when <= second)
    {
        let now = on.entry(machine).or_default();
        match says {
            Says::Order { order: of, act, .. } if of == order => match act {
                OrderAct::Start => (*now, ended) = (this.clone(), false),
                OrderAct::Finish => (*now, ended) = (On::Nothing, true),
                OrderAct::Pause if *now == this => (*now, ended) = (On::Nothing, false),
                OrderAct::Pause => {}
            },
            Says::Order { order: of, act, .. } => match act {
                OrderAct::Start => *now = On::Order(Arc::clone(of)),
                OrderAct::Pause | OrderAct::Finish if *now == On::Order(Arc::clone(of)) => *now = On::Nothing,
                OrderAct::Pause | OrderAct::Finish => {}
            },
            Says::Product { product } => *now = On::Product(Arc::clone(product)),
            _ => {}
        }
    }
    let makes = |machine: &MachineId| on.get(machine) == Some(&this);
    others.iter().any(makes) || ended
}

/// The planned stop in force: of several the one declared last.
pub fn declared(history: &History, words: &[Word], second: usize) -> Option<Declared> {
    words.iter().rev().find_map(|word| match word.says {
        Says::PlannedStop { until, reason } if word.at <= second && second < history.second(*until) => Some(Declared {
            reason: Arc::clone(reason),
            late: word.late,
        }),
        _ => None,
    })
}

/// The latest of the words about one thing, up to this second, and when it was said.
pub fn latest<T>(words: &[Word], second: usize, thing: impl Fn(&Word) -> Option<T>) -> Option<(usize, T)> {
    let mut latest: Option<(usize, T)> = None;
    for word in words.iter().filter(|word| word.at <= second) {
        if let Some(it) = thing(word)
            && latest.as_ref().is_none_or(|(at, _)| *at <= word.at)
        {
            latest = Some((word.at, it));
        }
    }
    latest
}

/// Cavities a person says are in use.
pub fn cavities(word: &Word) -> Option<i64> {
    match word.says {
        Says::Cavities { active } => Some(i64::from(*active)),
        _ => None,
    }
}

/// Whether a machine is in service.
pub fn service(word: &Word, of: MachineId) -> Option<bool> {
    match word.says {
        Says::Service { on } if word.machine == Some(of) => Some(*on),
        _ => None,
    }
}

/// Thousandths of people on the machine itself.
pub fn own_people(word: &Word) -> Option<i64> {
    match word.says {
        Says::Headcount { milli, .. } if word.machine == Some(MACHINE) => Some(*milli),
        _ => None,
    }
}

/// Thousandths of people on a whole line.
pub fn line_people(word: &Word, of: &str) -> Option<i64> {
    match word.says {
        Says::Headcount { milli, line } if word.machine.is_none() && **line == *of => Some(*milli),
        _ => None,
    }
}

/// First pieces that were approved: of a changeover that began at the one at the earliest, at the other.
pub fn first_offs(history: &History) -> Vec<(usize, usize)> {
    let words = words(history);
    let first_off = words.iter().filter_map(|word| match word.says {
        Says::FirstOff { when } => Some((word.at, history.second(*when))),
        _ => None,
    });
    first_off.collect()
}

/// True when an order came onto the machine or went off it in one of these seconds.
pub fn orders_change(history: &History, words: &[Word], seconds: &std::ops::Range<usize>) -> bool {
    changes(history, words)
        .into_iter()
        .any(|(when, changes)| changes && seconds.contains(&when))
}

/// What was said of the work of these machines, in the order of its seconds.
fn acts<'a>(
    history: &History,
    words: &[Word<'a>],
    of: impl Fn(MachineId) -> bool,
) -> Vec<(usize, MachineId, &'a Says)> {
    let mut acts = Vec::new();
    for word in words {
        let Some(machine) = word.machine.filter(|machine| of(*machine)) else {
            continue;
        };
        match word.says {
            Says::Product { .. } => acts.push((word.at, machine, word.says)),
            Says::Order { when, .. } => acts.push((history.second(*when), machine, word.says)),
            _ => {}
        }
    }
    acts.sort_by_key(|(when, ..)| *when);
    acts
}

/// When something was said of an order, and whether that changed what is on the machine.
fn changes(history: &History, words: &[Word]) -> Vec<(usize, bool)> {
    let mut on = On::Nothing;
    let mut changes = Vec::new();
    for (when, _, says) in acts(history, words, |of| of == MACHINE) {
        let before = on.clone();
        match says {
            Says::Product { product } => on = On::Product(Arc::clone(product)),
            Says::Order { order, act, .. } => {
                let this = On::Order(Arc::clone(order));
                match act {
                    OrderAct::Start => on = this,
                    OrderAct::Pause | OrderAct::Finish if on == this => on = On::Nothing,
                    OrderAct::Pause | OrderAct::Finish => {}
                }
                changes.push((when, before != on));
            }
            _ => {}
        }
    }
    changes
}
