//! Pure. Readings become samples, and samples that tell something new become facts.

mod accepted;
pub mod decode;
mod lamp;
mod memory;
mod values;

use crate::model::fact::{Fact, Role};
use crate::model::ids::MachineId;
use crate::model::live::SignalLive;
use crate::model::reading::{Quality, Reading, Value};
use crate::model::time::{LATENESS_MS, Now, Timestamp};
use memory::Memory;
use std::collections::BTreeMap;
use std::sync::Arc;
use values::Values;

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
    /// Which of its samples tell something new.
    pub tells: Tells,
}

impl Point {
    /// True for the register of a meter.
    fn is_meter(&self) -> bool {
        self.roles.contains(&Role::Energy)
    }

    /// True for a register that tells nothing of what the machine does.
    fn is_beside(&self) -> bool {
        !self.roles.is_empty() && self.roles.iter().all(|role| role.is_beside())
    }
}

/// Which samples of a point tell something new. One with its own time always does.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum Tells {
    /// One that differs from the one before it.
    #[default]
    Changes,
    /// One of a measured value that lies in another zone: at or above `on`, at or below `off`, or between.
    Zones {
        /// The lower end of the upper zone.
        on: f64,
        /// The upper end of the lower zone.
        off: f64,
    },
    /// Those of a lamp's bit that make it off, on or flashing.
    Lamp,
    /// Of a meter, which shows another reading with every poll: one that differs, once a minute.
    Minutes,
}

/// The signal stage: what is known of each point between two readings.
#[derive(Debug, Default)]
pub struct Stage {
    points: Vec<(Point, Memory)>,
    /// Where each machine's signals are among `points`.
    signals: BTreeMap<MachineId, Vec<usize>>,
    values: Values,
}

impl Stage {
    /// A stage for the configured points, in the order of their ids.
    pub fn new(points: Vec<Point>) -> Stage {
        let mut signals: BTreeMap<MachineId, Vec<usize>> = BTreeMap::new();
        for (place, point) in points.iter().enumerate().filter(|(_, point)| !point.roles.is_empty()) {
            signals.entry(point.machine).or_default().push(place);
        }
        Stage {
            values: Values::new(&points),
            points: points.into_iter().map(|point| (point, Memory::default())).collect(),
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
                memory.recent = [(confirmed, value.clone())].into();
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
        let value = match decoded.and_then(|value| point.signal(value)) {
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
        if point.tells == Tells::Lamp {
            memory.take_lamp(point, reading.at, &value, now, facts);
        } else if point.own_time {
            if !memory.take_own_time(point, reading.at, value, now, facts) {
                // A copy of what is known confirms nothing: the device may long be dead.
                return;
            }
        } else if point.tells == Tells::Minutes {
            memory.take_meter(point, reading.at, value, now, facts);
        } else {
            memory.take_in_order(point, reading.at, value, now, facts);
        }
        memory.heard = Some(reading.received_at);
    }

    /// From `at` on nothing is known any more of a machine (`None`: of any) until each signal's next sample, which is a fact
    /// even when it says the same. Adds the last readings of meters: their energy lies before `at`.
    pub fn interrupt(&mut self, machine: Option<MachineId>, at: Timestamp, now: Now, facts: &mut Vec<Fact>) {
        let concerned = self
            .signals
            .iter()
            .filter(|(id, _)| machine.is_none_or(|of| of == **id));
        for place in concerned.flat_map(|(_, places)| places) {
            let Some((point, memory)) = self.points.get_mut(*place) else {
                continue;
            };
            memory.tell_untold(point, now, facts);
            // A polled value that was not silent yet held until then.
            if !point.own_time && !memory.lost {
                memory.confirmed = memory.confirmed.map(|confirmed| confirmed.max(at));
            }
            memory.lost = true;
            memory.lamp = lamp::Lamp::default();
        }
    }

    /// Adds a fact for each signal that fell silent, and the process values of minutes that are over.
    pub fn tick(&mut self, now: Now, facts: &mut Vec<Fact>) {
        for place in self.signals.values().flatten() {
            let Some((point, memory)) = self.points.get_mut(*place) else {
                continue;
            };
            memory.wait(point, now, facts);
            if memory.is_silent(point, now.at) {
                memory.lose(point, now, facts);
            }
        }
        self.values.flush(now, facts);
    }

    /// Adds the process values of the minute under way and the last readings of meters, at the end of a run.
    pub fn finish(&mut self, now: Now, facts: &mut Vec<Fact>) {
        for (point, memory) in &mut self.points {
            memory.tell_untold(point, now, facts);
        }
        self.values.flush_all(now, facts);
    }

    /// The instant up to which every signal of a machine is confirmed; `None` while one was never heard. Nothing waits for one
    /// beside the state that is silent.
    pub fn confirmed(&self, machine: MachineId) -> Option<Timestamp> {
        let beside = |point: &Point, memory: &Memory| point.is_beside() && (memory.lost || memory.confirmed.is_none());
        let told = self.of(machine).filter(|(point, memory)| !beside(point, memory));
        told.map(|(_, memory)| memory.confirmed).min().flatten()
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
                value: memory
                    .untold
                    .as_ref()
                    .map(|(_, value)| value)
                    .or(memory.value.as_ref())
                    .cloned(),
                quality: if memory.lost && memory.quality.is_usable() {
                    Quality::Stale
                } else {
                    memory.quality
                },
                confirmed: memory.newest(),
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
