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

/// Facts of one machine's signals, as an agent that lives and dies with the events learns them.
pub fn facts(id: MachineId, machine: &Machine, begin: Timestamp, events: &[Event]) -> Result<Vec<Fact>, String> {
    let shown = shown(id, machine, begin, events)?;
    let mut polls: Vec<Timestamp> = shown.keys().flat_map(|at| [at.plus(-BEFORE_MS), *at]).collect();
    let end = events.last().map_or(begin, |event| event.at);
    let mut at = begin;
    while at <= end {
        polls.push(at);
        at = at.plus(POLL_MS);
    }
    let cuts = events.iter().filter(|event| cut(event, id).is_some());
    polls.extend(cuts.map(|event| event.at));
    polls.retain(|at| *at >= begin && *at <= end);
    polls.sort_unstable();
    polls.dedup();
    let roles = roles(machine)?;
    let mut poller = Poller {
        id,
        stage: Stage::new(points(id, &roles)),
        roles,
        held: BTreeMap::new(),
        facts: Vec::new(),
    };
    for at in polls {
        poller.poll(at, &shown, events);
    }
    Ok(poller.facts)
}

/// True when the event brings reading back, false when it ends it.
fn cut(event: &Event, id: MachineId) -> Option<bool> {
    match event.what {
        What::Agent(up) => Some(up),
        What::Link(up) if event.machine == id => Some(up),
        What::Link(_) | What::Shows { .. } | What::Counts(..) | What::Reads(..) | What::Said { .. } | What::End => None,
    }
}

struct Poller {
    id: MachineId,
    roles: Vec<Role>,
    stage: Stage,
    /// What each signal showed last, since when, and when that was last confirmed.
    held: BTreeMap<Role, (Value, Timestamp, Timestamp)>,
    facts: Vec<Fact>,
}

impl Poller {
    fn poll(&mut self, at: Timestamp, shown: &BTreeMap<Timestamp, Shown>, events: &[Event]) {
        let now = Now {
            at,
            mono_ms: 0,
            epoch: 0,
        };
        let before =
            |event: &&Event| event.at < at && event.machine == self.id || event.at < at && agent(event).is_some();
        let agent_up = events
            .iter()
            .filter(before)
            .filter_map(agent)
            .next_back()
            .unwrap_or(true);
        let link = |event: &Event| cut(event, self.id).filter(|_| agent(event).is_none());
        let link_up = events
            .iter()
            .filter(before)
            .filter_map(link)
            .next_back()
            .unwrap_or(true);
        // A machine is still read at the instant at which reading ends.
        let comes = |event: &Event| event.at == at && cut(event, self.id) == Some(true);
        let agent_starts = events.iter().any(|event| comes(event) && agent(event).is_some());
        if agent_starts {
            self.stage = Stage::new(points(self.id, &self.roles));
            for (role, (value, since, held)) in &self.held {
                self.stage.remember(self.id, *role, value, *since, *held);
            }
        }
        let link_up = link_up || events.iter().any(|event| comes(event) && agent(event).is_none());
        if !(agent_up || agent_starts) {
            return;
        }
        if let Some((_, shown)) = shown.range(..=at).next_back().filter(|_| link_up) {
            for (place, role) in (0..).zip(&self.roles) {
                let value = match role {
                    Role::State => Value::Text(shown.state.name().into()),
                    role => Value::Int(shown.counters.get(role).copied().unwrap_or(0)),
                };
                let since = match self.held.get(role) {
                    Some((held, since, _)) if *held == value => *since,
                    Some(_) | None => at,
                };
                self.held.insert(*role, (value.clone(), since, at));
                let reading = Reading {
                    point: PointId(place),
                    at,
                    received_at: at,
                    raw: Ok(Raw::Value(value)),
                };
                self.stage.take(&reading, now, &mut self.facts);
            }
        }
        self.stage.tick(now, &mut self.facts);
    }
}

/// What an event does to the agent.
pub fn agent(event: &Event) -> Option<bool> {
    match event.what {
        What::Agent(up) => Some(up),
        What::Link(_) | What::Shows { .. } | What::Counts(..) | What::Reads(..) | What::Said { .. } | What::End => None,
    }
}

fn roles(machine: &Machine) -> Result<Vec<Role>, String> {
    let counters = machine.roles()?.into_iter().map(|(role, _)| role);
    let mut roles: Vec<Role> = counters.chain([Role::State]).collect();
    roles.sort_unstable();
    Ok(roles)
}

fn points(machine: MachineId, roles: &[Role]) -> Vec<Point> {
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
        own_time: false,
        tells: Tells::default(),
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
                    let counts = match role {
                        Role::Reject => bad,
                        Role::Good => !bad,
                        _ => true,
                    };
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
