//! Pure. Readings become samples, and samples that tell something new become facts.

pub mod decode;
mod values;

use crate::model::fact::{Body, Fact, Role, Signal};
use crate::model::ids::MachineId;
use crate::model::live::SignalLive;
use crate::model::reading::{Quality, Reading, Value};
use crate::model::time::{LATENESS_MS, Now, Timestamp};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use values::Values;

/// Samples of a point with its own time that are remembered to know repeats and predecessors by. Brokers redeliver at
/// most their in-flight window; several times that is enough.
const RECENT: usize = 256;

/// What one configured point is for.
#[derive(Debug, Clone, PartialEq)]
pub struct Point {
    /// Whose.
    pub machine: MachineId,
    /// Its name as configured.
    pub name: Arc<str>,
    /// The signals it feeds; empty for a point that is only a process value.
    pub roles: Vec<Role>,
    /// True when it is summed per minute as a process value.
    pub is_value: bool,
    /// How its bytes are read.
    pub decode: decode::Decode,
    /// Silence longer than this makes it unknown from its last sample on, in milliseconds.
    pub limit_ms: i64,
    /// True when its readings carry the message's own time, so that they may arrive late, out of order and repeatedly.
    pub own_time: bool,
}

/// The signal stage: what is known of each point between two readings.
#[derive(Debug, Default)]
pub struct Stage {
    points: Vec<(Point, Memory)>,
    /// Where each machine's signals are among `points`.
    signals: BTreeMap<MachineId, Vec<usize>>,
    values: Values,
}

#[derive(Debug)]
struct Memory {
    /// The last usable value.
    value: Option<Value>,
    /// The newest instant it was confirmed for.
    confirmed: Option<Timestamp>,
    /// When a usable sample last arrived.
    heard: Option<Timestamp>,
    /// True once a fact said that it is lost.
    lost: bool,
    /// Quality of the last reading.
    quality: Quality,
    /// Recent samples of a point with its own time, oldest first.
    recent: VecDeque<(Timestamp, Value)>,
}

impl Stage {
    /// A stage for the configured points, in the order of their ids.
    pub fn new(points: Vec<Point>) -> Stage {
        let memory = || Memory {
            value: None,
            confirmed: None,
            heard: None,
            lost: false,
            quality: Quality::Stale,
            recent: VecDeque::new(),
        };
        let mut signals: BTreeMap<MachineId, Vec<usize>> = BTreeMap::new();
        for (place, point) in points.iter().enumerate().filter(|(_, point)| !point.roles.is_empty()) {
            signals.entry(point.machine).or_default().push(place);
        }
        Stage {
            values: Values::new(&points),
            points: points.into_iter().map(|point| (point, memory())).collect(),
            signals,
        }
    }

    /// Tells what the journal knows of a signal, at the start: its last value, when that was taken, and up to when it held.
    pub fn remember(&mut self, machine: MachineId, role: Role, value: &Value, taken_at: Timestamp, held: Timestamp) {
        for place in self.signals.get(&machine).into_iter().flatten() {
            let Some((point, memory)) = self.points.get_mut(*place) else {
                continue;
            };
            if point.roles.contains(&role) {
                let confirmed = if point.own_time { taken_at } else { held };
                memory.value = Some(value.clone());
                memory.confirmed = Some(memory.confirmed.map_or(confirmed, |other| other.min(confirmed)));
                memory.lost = true;
                memory.recent = VecDeque::from([(confirmed, value.clone())]);
            }
        }
    }

    /// Takes a reading and adds the facts it makes.
    pub fn take(&mut self, reading: &Reading, now: Now, facts: &mut Vec<Fact>) {
        let Some((point, memory)) = self.points.get_mut(reading.point.0 as usize) else {
            return;
        };
        let decoded = reading
            .raw
            .as_ref()
            .map_err(|quality| *quality)
            .and_then(|raw| decode::decode(&point.decode, raw));
        let sample = decoded.as_ref().ok().filter(|_| point.own_time);
        let is_copy = sample.is_some_and(|value| memory.knows(reading.at, value));
        if point.is_value && !is_copy {
            self.values.add(point, reading, &decoded);
        }
        if point.roles.is_empty() {
            if let Some(value) = sample.filter(|_| !is_copy) {
                memory.note(reading.at, value.clone());
            }
            memory.quality = decoded.as_ref().err().copied().unwrap_or(Quality::Good);
            return;
        }
        let value = match decoded.and_then(|value| as_signal(point, value)) {
            Ok(value) => value,
            Err(quality) => {
                memory.quality = quality;
                return;
            }
        };
        if memory.is_silent(point, reading.received_at) {
            memory.lose(point, now, facts);
        }
        if reading.received_at.since(reading.at) > LATENESS_MS {
            // Kept as a fact and not applied, so it confirms nothing either: a device whose clock is lost falls silent.
            memory.tell(point, reading.at, None, reading.at, &value, now, facts);
            return;
        }
        memory.quality = Quality::Good;
        if point.own_time {
            if !memory.take_own_time(point, reading.at, value, now, facts) {
                // A copy of what is known confirms nothing: the device may long be dead.
                return;
            }
        } else {
            memory.take_in_order(point, reading.at, value, now, facts);
        }
        memory.heard = Some(reading.received_at);
    }

    /// From `at` on nothing is known any more of a machine (`None`: of any) until each signal's next sample, which is a fact
    /// even when it says the same.
    pub fn interrupt(&mut self, machine: Option<MachineId>, at: Timestamp) {
        let concerned = self
            .signals
            .iter()
            .filter(|(id, _)| machine.is_none_or(|of| of == **id));
        for place in concerned.flat_map(|(_, places)| places) {
            let Some((point, memory)) = self.points.get_mut(*place) else {
                continue;
            };
            // A polled value that was not silent yet held until then.
            if !point.own_time && !memory.lost {
                memory.confirmed = memory.confirmed.map(|confirmed| confirmed.max(at));
            }
            memory.lost = true;
        }
    }

    /// Adds a fact for each signal that fell silent, and the process values of minutes that are over.
    pub fn tick(&mut self, now: Now, facts: &mut Vec<Fact>) {
        for place in self.signals.values().flatten() {
            let Some((point, memory)) = self.points.get_mut(*place) else {
                continue;
            };
            if memory.is_silent(point, now.at) {
                memory.lose(point, now, facts);
            }
        }
        self.values.flush(now, facts);
    }

    /// Adds the process values of the minute under way, at the end of a run.
    pub fn finish(&mut self, now: Now, facts: &mut Vec<Fact>) {
        self.values.flush_all(now, facts);
    }

    /// The instant up to which every signal of a machine is confirmed; `None` while one was never heard.
    pub fn confirmed(&self, machine: MachineId) -> Option<Timestamp> {
        let instants = self.of(machine).map(|(_, memory)| memory.confirmed);
        instants.min().flatten()
    }

    /// Signals that were not confirmed within `ms` before `now` and are not known as lost, with the last instant each was.
    pub fn overdue(&self, now: Now, ms: i64) -> Vec<(MachineId, Role, Timestamp)> {
        let mut overdue = Vec::new();
        for (point, memory) in self
            .signals
            .values()
            .flatten()
            .filter_map(|place| self.points.get(*place))
        {
            let late = memory.confirmed.filter(|at| !memory.lost && now.at.since(*at) > ms);
            overdue.extend(
                late.into_iter()
                    .flat_map(|at| point.roles.iter().map(move |role| (point.machine, *role, at))),
            );
        }
        overdue
    }

    /// A machine's signals as last read.
    pub fn live(&self, machine: MachineId) -> Vec<SignalLive> {
        let signals = self.of(machine).flat_map(|(point, memory)| {
            point.roles.iter().map(|role| SignalLive {
                role: *role,
                value: memory.value.clone(),
                quality: if memory.lost && memory.quality.is_usable() {
                    Quality::Stale
                } else {
                    memory.quality
                },
                confirmed: memory.confirmed,
            })
        });
        signals.collect()
    }

    fn of(&self, machine: MachineId) -> impl Iterator<Item = &(Point, Memory)> {
        self.signals
            .get(&machine)
            .into_iter()
            .flatten()
            .filter_map(|place| self.points.get(*place))
    }
}

/// A counter must be a whole number: 12.0 in a message is 12, 12.5 is a wrong mapping.
fn as_signal(point: &Point, value: Value) -> Result<Value, Quality> {
    if !point.roles.iter().any(|role| role.is_counter()) {
        return Ok(value);
    }
    /// Above this a float no longer tells whole numbers apart.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    match value {
        Value::Int(number) if number >= 0 => Ok(Value::Int(number)),
        Value::Float(number) if number.fract() == 0.0 && (0.0..=EXACT).contains(&number) => {
            Ok(Value::Int(number as i128))
        }
        Value::Int(_) | Value::Float(_) => Err(Quality::OutOfRange),
        Value::Bool(_) | Value::Text(_) => Err(Quality::BadConfig),
    }
}

impl Memory {
    fn is_silent(&self, point: &Point, at: Timestamp) -> bool {
        let heard = self.heard.filter(|_| !self.lost && !point.roles.is_empty());
        heard.is_some_and(|heard| at.since(heard) > point.limit_ms)
    }

    fn lose(&mut self, point: &Point, now: Now, facts: &mut Vec<Fact>) {
        self.lost = true;
        let Some(confirmed) = self.confirmed else { return };
        let quality = if self.quality.is_usable() {
            Quality::Stale
        } else {
            self.quality
        };
        for role in &point.roles {
            let signal = Signal {
                role: *role,
                value: None,
                quality,
                taken_at: now.at,
                seen: Some(confirmed),
            };
            facts.push(fact(point, confirmed, signal, now));
        }
    }

    /// A sample that cannot be older than the last one: it is a fact only when it differs or ends a silence.
    fn take_in_order(&mut self, point: &Point, at: Timestamp, value: Value, now: Now, facts: &mut Vec<Fact>) {
        let at = self.confirmed.map_or(at, |confirmed| at.max(confirmed));
        if self.lost || self.confirmed.is_none() || self.value.as_ref() != Some(&value) {
            self.tell(
                point,
                at,
                self.confirmed,
                self.confirmed.unwrap_or(at),
                &value,
                now,
                facts,
            );
        }
        self.value = Some(value);
        self.confirmed = Some(at);
        self.lost = false;
    }

    /// A sample with its own time is a fact whatever came before it, so that any order of arrival tells the same.
    /// False for a copy of a sample that is known.
    fn take_own_time(&mut self, point: &Point, at: Timestamp, value: Value, now: Now, facts: &mut Vec<Fact>) -> bool {
        if self.knows(at, &value) {
            return false;
        }
        let place = self.recent.partition_point(|(other, _)| *other < at);
        let seen = place
            .checked_sub(1)
            .and_then(|before| self.recent.get(before))
            .map(|(before, _)| *before);
        let from = seen.unwrap_or(at.plus(-point.limit_ms));
        self.tell(point, at, seen, from, &value, now, facts);
        // A successor that came first and knew of no sample before it: only now is the silence between the two known.
        let in_time = now.at.since(at) <= LATENESS_MS;
        let next = self.recent.get(place).filter(|_| place == 0 && in_time);
        if let Some((next, value)) = next.filter(|(next, _)| next.since(at) > point.limit_ms) {
            self.tell(point, *next, Some(at), at, value, now, facts);
        }
        self.note(at, value.clone());
        if self.confirmed.is_none_or(|confirmed| at >= confirmed) {
            self.confirmed = Some(at);
            self.value = Some(value);
        }
        self.lost = false;
        true
    }

    /// True for a sample with its own time that came before.
    fn knows(&self, at: Timestamp, value: &Value) -> bool {
        let place = self.recent.partition_point(|(other, _)| *other < at);
        let mut same_instant = self.recent.range(place..).take_while(|(other, _)| *other == at);
        same_instant.any(|(_, other)| other == value)
    }

    fn note(&mut self, at: Timestamp, value: Value) {
        let place = self.recent.partition_point(|(other, _)| *other < at);
        self.recent.insert(place, (at, value));
        if self.recent.len() > RECENT {
            self.recent.pop_front();
        }
    }

    #[allow(clippy::too_many_arguments)]
    fn tell(
        &self,
        point: &Point,
        at: Timestamp,
        seen: Option<Timestamp>,
        from: Timestamp,
        value: &Value,
        now: Now,
        facts: &mut Vec<Fact>,
    ) {
        for role in &point.roles {
            let signal = Signal {
                role: *role,
                value: Some(value.clone()),
                quality: Quality::Good,
                taken_at: at,
                seen,
            };
            facts.push(fact(point, from, signal, now));
        }
    }
}

fn fact(point: &Point, at: Timestamp, signal: Signal, now: Now) -> Fact {
    Fact {
        at,
        received_at: now.at,
        mono_ms: now.mono_ms,
        epoch: now.epoch,
        machine: Some(point.machine),
        author: "agent".into(),
        body: Body::Signal(signal),
    }
}
