//! Pure. What is remembered of a point between two readings, and which of its samples are facts.

use super::lamp::{Lamp, Shone};
use super::{Point, Tells};
use crate::model::fact::{Body, Fact, Signal};
use crate::model::reading::{Quality, Value};
use crate::model::time::{LATENESS_MS, MINUTE_MS, Now, Timestamp};
use std::collections::VecDeque;

/// Samples of a point with its own time that are remembered to know repeats and predecessors by. Brokers redeliver at
/// most their in-flight window; several times that is enough.
const RECENT: usize = 256;

/// What is remembered of a point.
#[derive(Debug)]
pub(super) struct Memory {
    /// The last usable value.
    pub(super) value: Option<Value>,
    /// The newest instant it was confirmed for.
    pub(super) confirmed: Option<Timestamp>,
    /// When a usable sample last arrived.
    pub(super) heard: Option<Timestamp>,
    /// True once a fact said that it is lost.
    pub(super) lost: bool,
    /// Quality of the last reading.
    pub(super) quality: Quality,
    /// Recent samples of a point with its own time, oldest first.
    pub(super) recent: VecDeque<(Timestamp, Value)>,
    /// How it shines, for a lamp.
    pub(super) lamp: Lamp,
    /// The newest reading of a meter, when it is another than the last one told.
    pub(super) untold: Option<(Timestamp, Value)>,
}

impl Default for Memory {
    fn default() -> Self {
        Memory {
            value: None,
            confirmed: None,
            heard: None,
            lost: false,
            quality: Quality::Stale,
            recent: VecDeque::new(),
            lamp: Lamp::default(),
            untold: None,
        }
    }
}

impl Tells {
    /// True when a value tells something that the one before it did not.
    fn anew(self, before: Option<&Value>, value: &Value) -> bool {
        match self {
            Tells::Changes | Tells::Lamp | Tells::Minutes => before != Some(value),
            Tells::Zones { on, off } => {
                let zone = |value: &Value| {
                    let number = match value {
                        Value::Int(number) => *number as f64,
                        Value::Float(number) => *number,
                        Value::Bool(_) | Value::Text(_) => return None,
                    };
                    Some((number >= on, number <= off))
                };
                before.and_then(zone) != zone(value) || zone(value).is_none()
            }
        }
    }
}

impl Memory {
    /// The newest instant it was read for.
    pub(super) fn newest(&self) -> Option<Timestamp> {
        self.confirmed.max(self.untold.as_ref().map(|(at, _)| *at))
    }

    /// True when it was heard and is not any more.
    pub(super) fn is_silent(&self, point: &Point, at: Timestamp) -> bool {
        let heard = self.heard.filter(|_| !self.lost && !point.roles.is_empty());
        heard.is_some_and(|heard| at.since(heard) > point.limit_ms)
    }

    /// Tells that nothing is known of it any more.
    pub(super) fn lose(&mut self, point: &Point, now: Now, facts: &mut Vec<Fact>) {
        self.tell_untold(point, now, facts);
        let sampled = self.lamp.sampled();
        let mut decided = Vec::new();
        self.lamp.lose(&mut decided);
        self.shine(point, decided, now, facts);
        if !self.lost {
            self.confirmed = self.confirmed.max(sampled);
        }
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

    /// A sample of a lamp's bit.
    pub(super) fn take_lamp(&mut self, point: &Point, at: Timestamp, bit: &Value, now: Now, facts: &mut Vec<Fact>) {
        let at = self.confirmed.max(self.lamp.sampled()).map_or(at, |last| at.max(last));
        let mut decided = Vec::new();
        let is_on = *bit == Value::Bool(true);
        self.lamp.take(is_on, at, self.confirmed, &mut decided);
        self.shine(point, decided, now, facts);
    }

    /// Time has passed: it may decide how a lamp shines.
    pub(super) fn wait(&mut self, point: &Point, now: Now, facts: &mut Vec<Fact>) {
        let mut decided = Vec::new();
        self.lamp.wait(now.at, &mut decided);
        self.shine(point, decided, now, facts);
    }

    fn shine(&mut self, point: &Point, decided: Vec<Shone>, now: Now, facts: &mut Vec<Fact>) {
        for Shone { light, at, seen } in decided {
            let value = Value::Text(light.name().into());
            self.tell(point, at, seen, seen.unwrap_or(at), &value, now, facts);
            self.value = Some(value);
            self.lost = false;
        }
        if !self.lost && self.value.is_some() {
            self.confirmed = self.confirmed.max(self.lamp.confirmed());
        }
    }

    /// A sample that cannot be older than the last one: it is a fact only when it tells something new or ends a silence.
    pub(super) fn take_in_order(
        &mut self,
        point: &Point,
        at: Timestamp,
        value: Value,
        now: Now,
        facts: &mut Vec<Fact>,
    ) {
        let at = self.confirmed.map_or(at, |confirmed| at.max(confirmed));
        if self.lost || self.confirmed.is_none() || point.tells.anew(self.value.as_ref(), &value) {
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

    /// A sample of a meter, which cannot be older than the last one. Energy is known to the minute: another reading is a fact in
    /// a later minute than the last equal one, and tells of all that was used since then.
    pub(super) fn take_meter(&mut self, point: &Point, at: Timestamp, value: Value, now: Now, facts: &mut Vec<Fact>) {
        let newest = self.untold.as_ref().map(|(at, _)| *at);
        let at = self.confirmed.max(newest).map_or(at, |last| at.max(last));
        let told = self.confirmed.filter(|_| !self.lost);
        let in_minute = told.is_some_and(|told| at < told.next(MINUTE_MS));
        if in_minute && self.value.as_ref() != Some(&value) {
            self.untold = Some((at, value));
            return;
        }
        self.untold = None;
        self.take_in_order(point, at, value, now, facts);
    }

    /// Tells the newest reading of a meter, before nothing more is read.
    pub(super) fn tell_untold(&mut self, point: &Point, now: Now, facts: &mut Vec<Fact>) {
        if let Some((at, value)) = self.untold.take() {
            self.take_in_order(point, at, value, now, facts);
        }
    }

    /// A sample with its own time is a fact whatever came before it, so that any order of arrival tells the same.
    /// False for a copy of a sample that is known.
    pub(super) fn take_own_time(
        &mut self,
        point: &Point,
        at: Timestamp,
        value: Value,
        now: Now,
        facts: &mut Vec<Fact>,
    ) -> bool {
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
    pub(super) fn knows(&self, at: Timestamp, value: &Value) -> bool {
        let place = self.recent.partition_point(|(other, _)| *other < at);
        let mut same_instant = self.recent.range(place..).take_while(|(other, _)| *other == at);
        same_instant.any(|(_, other)| other == value)
    }

    /// Remembers a sample with its own time.
    pub(super) fn note(&mut self, at: Timestamp, value: Value) {
        let place = self.recent.partition_point(|(other, _)| *other < at);
        self.recent.insert(place, (at, value));
        if self.recent.len() > RECENT {
            self.recent.pop_front();
        }
    }

    /// Adds the fact of a sample.
    #[allow(clippy::too_many_arguments)]
    pub(super) fn tell(
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
