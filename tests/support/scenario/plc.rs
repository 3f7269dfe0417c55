//! The machine behind its registers: what a poll of it reads at each instant, and the facts the signal stage makes of it.

use super::file::Machine;
use super::lines::{Event, What};
use gemba::model::fact::{Fact, Role};
use gemba::model::ids::{MachineId, PointId};
use gemba::model::reading::{Raw, Reading, Value};
use gemba::model::state::State;
use gemba::model::time::{Now, Timestamp};
use gemba::signal::decode::{Decode, Order, Type};
use gemba::signal::{Point, Stage, Tells};
use std::collections::BTreeMap;

/// A machine is read at least this often, in milliseconds.
const POLL_MS: i64 = 10_000;
/// And so long before each change of what it shows.
const BEFORE_MS: i64 = 1_000;

/// What the registers show from an instant on.
#[derive(Debug, Clone, PartialEq)]
struct Shown {
    state: State,
    counters: BTreeMap<Role, i128>,
}

/// What one poll of a machine reads.
#[derive(Debug, Clone, PartialEq)]
pub struct Poll {
    pub at: Timestamp,
    /// The value of each role, in the order of [`roles`]; none where the machine could not be read.
    pub values: Vec<Value>,
    /// True when it is the first of an agent that starts.
    pub starts: bool,
}

/// Every poll of a machine by an agent that lives and dies with the events.
pub fn polls(id: MachineId, machine: &Machine, begin: Timestamp, events: &[Event]) -> Result<Vec<Poll>, String> {
    let shown = shown(id, machine, begin, events)?;
    let mut instants: Vec<Timestamp> = shown.keys().flat_map(|at| [at.plus(-BEFORE_MS), *at]).collect();
    let end = events.last().map_or(begin, |event| event.at);
    let mut at = begin;
    while at <= end {
        instants.push(at);
        at = at.plus(POLL_MS);
    }
    let cuts: Vec<&Event> = events.iter().filter(|event| cut(event, id).is_some()).collect();
    instants.extend(cuts.iter().map(|event| event.at));
    instants.retain(|at| *at >= begin && *at <= end);
    instants.sort_unstable();
    instants.dedup();
    let roles = roles(machine)?;
    let mut polls = Vec::new();
    for at in instants {
        // A machine is still read at the instant at which reading ends.
        let before = || cuts.iter().filter(|event| event.at < at);
        let comes = || {
            cuts.iter()
                .filter(|event| event.at == at && cut(event, id) == Some(true))
        };
        let link = |event: &Event| cut(event, id).filter(|_| agent(event).is_none());
        let starts = comes().any(|event| agent(event).is_some());
        let agent_up = before().filter_map(|event| agent(event)).next_back().unwrap_or(true);
        let link_up = before().filter_map(|event| link(event)).next_back().unwrap_or(true);
        let link_up = link_up || comes().any(|event| agent(event).is_none());
        if !(agent_up || starts) {
            continue;
        }
        let read = shown.range(..=at).next_back().filter(|_| link_up);
        let value = |role: &Role, shown: &Shown| match shown.counters.get(role) {
            Some(count) => Value::Int(*count),
            None => Value::Text(shown.state.name().into()),
        };
        let values = |(_, shown): (_, &Shown)| roles.iter().map(|role| value(role, shown)).collect();
        polls.push(Poll {
            at,
            values: read.map(values).unwrap_or_default(),
            starts,
        });
    }
    Ok(polls)
}

/// Facts of one machine's signals, as the signal stage makes them of the polls.
pub fn facts(id: MachineId, machine: &Machine, begin: Timestamp, events: &[Event]) -> Result<Vec<Fact>, String> {
    let roles = roles(machine)?;
    let mut stage = Stage::new(points(id, &roles, false));
    let mut facts = Vec::new();
    // What each signal showed last, since when, and when that was last confirmed.
    let mut held: BTreeMap<Role, (Value, Timestamp, Timestamp)> = BTreeMap::new();
    for poll in polls(id, machine, begin, events)? {
        let now = Now {
            at: poll.at,
            mono_ms: 0,
            epoch: 0,
        };
        if poll.starts {
            stage = Stage::new(points(id, &roles, false));
            for (role, (value, since, held)) in &held {
                stage.remember(id, *role, value, *since, *held);
            }
        }
        for ((place, role), value) in (0..).zip(&roles).zip(poll.values) {
            let since = match held.get(role) {
                Some((held, since, _)) if *held == value => *since,
                Some(_) | None => poll.at,
            };
            held.insert(*role, (value.clone(), since, poll.at));
            stage.take(&reading(place, poll.at, poll.at, value), now, &mut facts);
        }
        stage.tick(now, &mut facts);
    }
    Ok(facts)
}

/// A value read at an instant, and when it arrived.
pub fn reading(point: u32, at: Timestamp, received_at: Timestamp, value: Value) -> Reading {
    Reading {
        point: PointId(point),
        at,
        received_at,
        raw: Ok(Raw::Value(value)),
    }
}

/// True when the event brings reading back, false when it ends it.
fn cut(event: &Event, id: MachineId) -> Option<bool> {
    match event.what {
        What::Agent(up) => Some(up),
        What::Link(up) if event.machine == id => Some(up),
        What::Link(_) | What::Shows { .. } | What::Counts(..) | What::Reads(..) | What::Said { .. } | What::End => None,
    }
}

/// What an event does to the agent.
pub fn agent(event: &Event) -> Option<bool> {
    match event.what {
        What::Agent(up) => Some(up),
        What::Link(_) | What::Shows { .. } | What::Counts(..) | What::Reads(..) | What::Said { .. } | What::End => None,
    }
}

/// The signals of a machine, in the order of its points.
pub fn roles(machine: &Machine) -> Result<Vec<Role>, String> {
    let counters = machine.roles()?.into_iter().map(|(role, _)| role);
    let state = machine.stop_after_s.is_none().then_some(Role::State);
    let mut roles: Vec<Role> = counters.chain(state).collect();
    roles.sort_unstable();
    Ok(roles)
}

/// The points of a machine; `own_time` when its values carry their instant, so that they may come late.
pub fn points(machine: MachineId, roles: &[Role], own_time: bool) -> Vec<Point> {
    let point = |role: &Role| Point {
        machine,
        name: role.name().into(),
        roles: vec![*role],
        is_value: false,
        decode: Decode {
            kind: Type::Message,
            order: Order::Abcd,
            bit: None,
            scale: None,
            offset: None,
            range: None,
        },
        limit_ms: 30_000,
        own_time,
        tells: match *role == Role::Energy {
            true => Tells::Minutes,
            false => Tells::Changes,
        },
    };
    roles.iter().map(point).collect()
}

/// What the registers show, by the instant from which they show it.
fn shown(
    id: MachineId,
    machine: &Machine,
    begin: Timestamp,
    events: &[Event],
) -> Result<BTreeMap<Timestamp, Shown>, String> {
    let widths: BTreeMap<Role, u32> = machine.roles()?.into_iter().collect();
    let start = |role: &Role| machine.starts_at.get(role.name()).copied().unwrap_or(0);
    let mut now = Shown {
        state: State::Stopped,
        counters: widths.keys().map(|role| (*role, start(role))).collect(),
    };
    let mut all = BTreeMap::from([(begin, now.clone())]);
    let mut steps: Vec<(Timestamp, What)> = Vec::new();
    let mut pace_ms = machine
        .ideal_s
        .map_or(10_000, |seconds| (seconds * 1000.0).round() as i64);
    let own: Vec<&Event> = events
        .iter()
        .filter(|event| event.machine == id || event.what == What::End)
        .collect();
    for event in &own {
        steps.push((event.at, event.what.clone()));
        if let What::Shows {
            state,
            pace_ms: said,
            reject_every,
        } = &event.what
        {
            pace_ms = said.unwrap_or(pace_ms);
            let later = |other: &&&Event| other.at > event.at && matches!(other.what, What::Shows { .. } | What::End);
            let end = own.iter().find(later).map_or(event.at, |other| other.at);
            let runs = *state == State::Running || said.is_some();
            let mut at = event.at.plus(pace_ms / 2);
            let mut n = 1;
            while runs && pace_ms > 0 && at < end {
                let bad = reject_every.is_some_and(|every| n % every == 0);
                for role in widths.keys() {
                    let counts = (*role != Role::Reject || bad) && (*role != Role::Good || !bad);
                    if counts {
                        steps.push((at, What::Counts(*role, 1)));
                    }
                }
                at = at.plus(pace_ms);
                n += 1;
            }
        }
    }
    steps.sort_by_key(|(at, _)| *at);
    for (at, what) in steps {
        match what {
            What::Shows { state, .. } => now.state = state,
            What::Counts(role, n) => {
                let modulus = widths.get(&role).map_or(i128::MAX, |bits| 1i128 << bits);
                let value = now.counters.entry(role).or_default();
                *value = (*value + n).rem_euclid(modulus);
            }
            What::Reads(role, value) => {
                now.counters.insert(role, value);
            }
            What::Agent(_) | What::Link(_) | What::Said { .. } | What::End => continue,
        }
        all.insert(at, now.clone());
    }
    Ok(all)
}
