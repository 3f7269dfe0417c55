//! Random stories of a machine, played second by second into the facts that an agent polling it would record.
#![allow(dead_code, reason = "each test file uses a part of it")]
#![allow(clippy::unwrap_used, reason = "a test double may fail its test")]

use super::oracle::{History, MACHINE};
use super::plants::{Plant, settings};
use super::said::{Said, begins_again, said, words};
use gemba::model::fact::{Body, Clock, Fact, Role, Signal, Started};
use gemba::model::reading::{Quality, Value};
use gemba::model::settings::Resets;
use gemba::model::time::Timestamp;
use proptest::prelude::*;
use std::collections::{BTreeMap, VecDeque};

/// What is told of a machine.
#[derive(Debug, Clone)]
pub struct Story {
    pub plant: Plant,
    pub seconds: usize,
    pub phases: Vec<Phase>,
    pub said: Vec<(usize, Said)>,
}

/// A stretch in which the machine does one thing.
#[derive(Debug, Clone)]
pub struct Phase {
    pub seconds: usize,
    /// Code of the state register.
    pub code: i128,
    /// Cycles are this many times as long as the shortest one.
    pub slow: usize,
    /// Every how manieth cycle makes a reject.
    pub reject_every: usize,
    pub event: Event,
}

/// What happens around the machine at the begin of a phase.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Event {
    Nothing,
    /// The device does not answer for so many seconds.
    Outage(usize),
    /// The agent is away for so many seconds.
    Restart(usize),
    /// The agent's clock is set forward by so many seconds.
    Skip(usize),
    /// The device's counters begin again.
    Reset,
}

const CODES: [i128; 8] = [0, 1, 2, 3, 4, 5, 6, 9];

fn phase() -> impl Strategy<Value = Phase> {
    let event = prop_oneof![
        8 => Just(Event::Nothing),
        2 => (5usize..60).prop_map(Event::Outage),
        2 => (60usize..600).prop_map(Event::Outage),
        1 => (1usize..300).prop_map(Event::Restart),
        1 => (3usize..400).prop_map(Event::Skip),
        1 => Just(Event::Reset),
    ];
    let code = prop_oneof![5 => Just(1i128), 4 => (0usize..CODES.len()).prop_map(|place| CODES[place])];
    let seconds = prop_oneof![2 => 1usize..200, 2 => 100usize..1500];
    (seconds, code, 1usize..3, 2usize..20, event).prop_map(|(seconds, code, slow, reject_every, event)| Phase {
        seconds,
        code,
        slow,
        reject_every,
        event,
    })
}

/// So many seconds of a random plant.
pub fn stories(seconds: std::ops::Range<usize>) -> impl Strategy<Value = Story> {
    stories_of(super::plants::plants(), seconds)
}

/// The same of these plants.
pub fn stories_of(
    plants: impl Strategy<Value = Plant>,
    seconds: std::ops::Range<usize>,
) -> impl Strategy<Value = Story> {
    let phases = proptest::collection::vec(phase(), 4..24);
    let said = proptest::collection::vec((0usize..20_000, said()), 0..16);
    (plants, seconds, phases, said).prop_map(|(plant, seconds, phases, said)| Story {
        plant,
        seconds,
        phases,
        said,
    })
}

/// A story as facts, with the counts that the machine made by role.
pub fn play(story: &Story) -> History {
    let start = story.plant.start();
    let mut player = Player::new(story, start);
    let mut second = 0;
    let mut phases = story.phases.iter().cycle();
    while second < story.seconds {
        let phase = phases.next().unwrap();
        second = player.begin(phase, second);
        for _ in 0..phase.seconds {
            player.second(phase, second);
            second += 1;
        }
    }
    let mut known = settings(&story.plant, start);
    for fact in words(story, start) {
        if matches!(&fact.body, Body::Entry(_)) && fact.machine.is_some() {
            player.facts.push(fact.clone());
        }
        known.push(fact);
    }
    History {
        start,
        seconds: story.seconds,
        known,
        facts: player.facts,
    }
}

/// So long before and after the instant at which counters begin again the device does not answer, where it does not.
const DEAF_S: usize = 60;

#[derive(Default)]
struct Memory {
    value: Option<i128>,
    changed: usize,
    confirmed: Option<usize>,
    heard: Option<usize>,
    lost: bool,
}

/// The machine, its counters, and the agent that polls them.
struct Player<'a> {
    plant: &'a Plant,
    start: Timestamp,
    facts: Vec<Fact>,
    raw: BTreeMap<Role, i128>,
    memory: BTreeMap<Role, Memory>,
    cycles: usize,
    /// When it is known how many good ones and rejects a cycle made.
    judged: VecDeque<(usize, i128, i128)>,
    /// The device does not answer before.
    deaf_until: usize,
    /// Nor in the minute around what makes the counters begin again, in half of the plants where something is to.
    deaf_at: Vec<usize>,
    /// The agent is away until then; it was last alive at the other.
    away: Option<(usize, usize)>,
}

impl<'a> Player<'a> {
    fn new(story: &'a Story, start: Timestamp) -> Player<'a> {
        let plant = &story.plant;
        let first = |role: &Role| match role.is_cumulative() {
            true => plant.first_count(*role),
            false => 0,
        };
        Player {
            plant,
            start,
            facts: Vec::new(),
            raw: plant.roles().iter().map(|role| (*role, first(role))).collect(),
            memory: plant.roles().iter().map(|role| (*role, Memory::default())).collect(),
            cycles: 0,
            judged: VecDeque::new(),
            deaf_until: 0,
            deaf_at: if plant.below % 2 == 0 {
                begins_again(story)
            } else {
                Vec::new()
            },
            away: None,
        }
    }

    /// Events do not overlap, so that no silence is longer than the counters can bear.
    fn begin(&mut self, phase: &Phase, second: usize) -> usize {
        let lasts = match phase.event {
            Event::Outage(seconds) | Event::Restart(seconds) | Event::Skip(seconds) => seconds,
            Event::Nothing | Event::Reset => 0,
        };
        let apart = DEAF_S + 2 * self.plant.poll_s;
        let meets = |at: &usize| (second.saturating_sub(apart)..second + lasts + apart).contains(at);
        if second < self.deaf_until + 2 * self.plant.poll_s || self.away.is_some() || self.deaf_at.iter().any(meets) {
            return second;
        }
        match phase.event {
            Event::Nothing => {}
            Event::Outage(seconds) => {
                self.deaf_until = second + seconds;
                if seconds > self.plant.limit_s(Role::State) && seconds % 2 == 1 {
                    self.lose_power();
                }
            }
            Event::Restart(seconds) => self.away = Some((second + seconds, second.saturating_sub(1))),
            Event::Skip(seconds) => {
                // Set right after a poll, as the last thing that the old clock saw.
                let last = second.saturating_sub(1);
                if second > 0 && last.is_multiple_of(self.plant.poll_s) {
                    self.tell_energy(last);
                    let until = self.start.plus((last + seconds) as i64 * 1000);
                    self.tell(last, last, Body::Clock(Clock { until, epoch: 1 }));
                    self.memory.values_mut().for_each(|memory| memory.lost = true);
                    return last + seconds;
                }
            }
            Event::Reset => self.reset(second),
        }
        second
    }

    /// Counters that begin again with their power do, also where the next reading hides it.
    fn lose_power(&mut self) {
        for (role, raw) in &mut self.raw {
            if role.is_counter() && self.plant.resets(*role) == Resets::Power {
                *raw = 0;
            }
        }
    }

    /// Only where the next reading shows it: well below the last one, and too far from the modulus for a roll-over.
    fn reset(&mut self, second: usize) {
        let plant = self.plant;
        let shows = |role: Role, memory: &Memory| {
            let most = plant.possible(second + 2 * plant.poll_s + 10 - memory.changed);
            memory
                .value
                .is_some_and(|value| value * 9 / 10 > most && plant.modulus(role) - value > 2 * most)
        };
        for (role, memory) in self.memory.iter().filter(|(role, _)| role.is_counter()) {
            if shows(*role, memory) {
                self.raw.insert(*role, 0);
            }
        }
    }

    fn second(&mut self, phase: &Phase, second: usize) {
        let cycle = self.plant.shortest_cycle_s * phase.slow;
        if phase.code == 1 && second.is_multiple_of(cycle) {
            self.cycles += 1;
            let reject = i128::from(self.cycles.is_multiple_of(phase.reject_every));
            let made = i128::from(self.plant.cavities);
            self.count(Role::Shots, 1);
            self.count(Role::Total, made);
            self.judged.push_back((second + self.lag_s(), made - reject, reject));
        }
        while let Some((_, good, reject)) = self.judged.pop_front_if(|(when, ..)| *when <= second) {
            self.count(Role::Good, good);
            self.count(Role::Reject, reject);
        }
        if phase.code == 1 || second.is_multiple_of(5) {
            self.count(Role::Energy, 1);
        }
        let run = if phase.code > 1 { phase.code / 9 * 9 } else { phase.code };
        for (role, code) in [(Role::State, phase.code), (Role::Run, run)] {
            if let Some(raw) = self.raw.get_mut(&role) {
                *raw = code;
            }
        }
        if let Some((until, alive)) = self.away {
            if second < until {
                return;
            }
            self.away = None;
            self.come_back(second, alive);
        }
        self.fall_silent(second);
        let answers = second >= self.deaf_until && !self.deaf_at.iter().any(|at| second.abs_diff(*at) < DEAF_S);
        if second.is_multiple_of(self.plant.poll_s) && answers {
            self.poll(second);
        }
    }

    /// None where the good ones are all that is counted of production.
    fn lag_s(&self) -> usize {
        let roles = self.plant.roles();
        let lags = roles.contains(&Role::Shots) || roles.contains(&Role::Total);
        if lags { self.plant.lag_s } else { 0 }
    }

    fn count(&mut self, role: Role, counts: i128) {
        let modulus = self.plant.modulus(role);
        if let Some(raw) = self.raw.get_mut(&role) {
            *raw = (*raw + counts) % modulus;
        }
    }

    fn poll(&mut self, second: usize) {
        for role in self.plant.roles() {
            let value = self.raw[role];
            let memory = self.memory.get_mut(role).unwrap();
            let (known, seen) = (memory.value == Some(value) && !memory.lost, memory.confirmed);
            memory.heard = Some(second);
            // Of a meter the first other reading of a minute is told.
            let is_told = !memory.lost && seen.is_some_and(|seen| seen / 60 == second / 60);
            if *role == Role::Energy && !known && is_told {
                continue;
            }
            if !known {
                if memory.value != Some(value) {
                    memory.changed = second;
                }
                (memory.value, memory.lost) = (Some(value), false);
            }
            memory.confirmed = Some(second);
            if !known {
                let signal = self.signal(*role, Some(value), second, seen);
                self.tell(seen.unwrap_or(second), second, signal);
            }
        }
    }

    /// The last reading of the meter, before nothing more is read.
    fn tell_energy(&mut self, second: usize) {
        let Some(memory) = self.memory.get_mut(&Role::Energy) else {
            return;
        };
        let value = self.raw[&Role::Energy];
        let seen = memory.confirmed;
        if memory.heard == Some(second) && memory.value != Some(value) && !memory.lost {
            (memory.value, memory.confirmed) = (Some(value), Some(second));
            let signal = self.signal(Role::Energy, Some(value), second, seen);
            self.tell(seen.unwrap_or(second), second, signal);
        }
    }

    /// Tells each signal that was not confirmed for longer than its limit.
    fn fall_silent(&mut self, second: usize) {
        for role in self.plant.roles() {
            let limit = self.plant.limit_s(*role);
            let memory = self.memory.get_mut(role).unwrap();
            let is_silent = memory.heard.is_some_and(|heard| second - heard > limit);
            if let Some(confirmed) = memory.confirmed.filter(|_| !memory.lost && is_silent) {
                memory.lost = true;
                let signal = self.signal(*role, None, second, Some(confirmed));
                self.tell(confirmed, second, signal);
            }
        }
    }

    /// The agent starts again: signals that were overdue when it was last alive are lost from their last sample on.
    fn come_back(&mut self, second: usize, alive: usize) {
        for role in self.plant.roles() {
            let memory = self.memory.get_mut(role).unwrap();
            let Some(confirmed) = memory.confirmed else { continue };
            let overdue = !memory.lost && alive.saturating_sub(confirmed) > 5;
            if !memory.lost && !overdue {
                memory.confirmed = Some(confirmed.max(alive));
            }
            memory.lost = true;
            if overdue {
                let signal = self.signal(*role, None, alive, Some(confirmed));
                self.tell(confirmed, second, signal);
            }
        }
        let started = Started {
            started_at: self.start.plus(second as i64 * 1000),
            version: "0".into(),
            clean: false,
        };
        self.tell(alive, second, Body::Started(started));
    }

    fn signal(&self, role: Role, value: Option<i128>, second: usize, seen: Option<usize>) -> Body {
        let instant = |second: usize| self.start.plus(second as i64 * 1000);
        let quality = if value.is_some() { Quality::Good } else { Quality::Stale };
        Body::Signal(Signal {
            role,
            value: value.map(Value::Int),
            quality,
            taken_at: instant(second),
            seen: seen.map(instant),
        })
    }

    fn tell(&mut self, at: usize, received: usize, body: Body) {
        let instant = |second: usize| self.start.plus(second as i64 * 1000);
        self.facts.push(fact(instant(at), instant(received), body));
    }
}

pub fn fact(at: Timestamp, received_at: Timestamp, body: Body) -> Fact {
    Fact {
        at,
        received_at,
        mono_ms: 0,
        epoch: 0,
        machine: Some(MACHINE),
        author: "test".into(),
        body,
    }
}
