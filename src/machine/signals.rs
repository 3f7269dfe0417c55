//! Pure. All signals of one machine on their way through time: what each says now, and the counts on their way.

use super::counter::{Between, Counter, Rate, Read};
use super::head::Head;
use super::pieces::{cycle_us, flag_of, per_count, pieces_of, reading};
use super::split::{Parts, Split};
use super::state::{Said, said};
use crate::model::fact::{Role, Signal};
use crate::model::happened::{Counted, Remark, Sampled};
use crate::model::reading::Value;
use crate::model::settings::{MachineSetting, Resets, SignalSetting};
use crate::model::state::State;
use crate::model::tally::FlagKind;
use crate::model::time::{Period, Timestamp};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The signals of one machine at the present position of the fold.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Signals {
    /// One track for each role that ever had a fact.
    pub tracks: BTreeMap<Role, Track>,
    /// Facts up to here were given up: a sample of that time tells nothing of what followed it.
    pub blind_until: Option<Timestamp>,
}

/// What is known of one signal.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Track {
    /// The value in force; `None` before the first sample.
    pub value: Option<Value>,
    /// When the sample in force was taken.
    pub last_at: Option<Timestamp>,
    /// The instant from which nothing is known any more, while that is so.
    pub lost: Option<Timestamp>,
    /// The counter as of the sample in force, for counting signals.
    pub counter: Counter,
    /// What is left of counts that make no whole piece yet, in parts of a piece; see `MachineSetting::per_count`.
    pub rest: i64,
    /// Where the counter is read; elsewhere it is another counter.
    pub point: Option<Arc<str>>,
    /// Samples taken after the position whose intervals have begun, by instant.
    pub coming: Vec<Coming>,
    /// The interval that ends with the first of `coming`.
    pub head: Option<Head>,
    /// How its counts are shared out, when it is one of silence.
    pub split: Split,
}

/// A sample that takes effect at `at`.
#[derive(Debug, Clone, PartialEq)]
pub struct Coming {
    /// Its instant.
    pub at: Timestamp,
    /// Its value.
    pub value: Value,
    /// True when it was not known which sample came before it: then silence is measured from the sample in force.
    pub alone: bool,
}

/// What the signals must be told about the time around them.
pub struct Surroundings<'a> {
    /// The machine's setting at the position.
    pub setting: &'a MachineSetting,
    /// Pieces one machine cycle adds at most: those of all its cavities, in use or not.
    pub cavities: u32,
    /// Ideal cycle in force, in nanoseconds.
    pub ideal_ns: Option<i64>,
    /// Planned milliseconds in a period, were it unknown.
    pub planned_ms: &'a dyn Fn(Period) -> i64,
    /// Ends of the parts of a period between changes of what tallies belong to, and planned milliseconds of each.
    pub parts: &'a dyn Fn(Period) -> Parts,
    /// True when a shift began in a period.
    pub shift_began: &'a dyn Fn(Period) -> bool,
    /// True when an order came onto the machine or went off it in a period.
    pub order_changed: &'a dyn Fn(Period) -> bool,
}

impl Surroundings<'_> {
    /// How fast what this signal counts can believably grow.
    fn rate(&self, role: Role) -> Rate {
        if let Some(meter) = self.setting.meter.as_ref().filter(|_| role == Role::Energy) {
            return Rate {
                milli_per_min: meter.max_w.saturating_mul(1_000_000) / 60,
                per_cycle: meter.milli_wh,
            };
        }
        let per_cycle = if role == Role::Shots { 1 } else { self.cavities };
        Rate {
            milli_per_min: self.setting.believed_rate(self.ideal_ns, per_cycle),
            per_cycle: i64::from(per_cycle),
        }
    }
}

impl Signals {
    /// Takes a signal fact whose interval begins at the position.
    pub fn deliver(&mut self, signal: &Signal, position: Timestamp) {
        let track = self.tracks.entry(signal.role).or_default();
        match signal.value.as_ref().filter(|_| signal.quality.is_usable()) {
            Some(value) => track.expect(Coming {
                at: signal.taken_at,
                value: value.clone(),
                alone: signal.seen.is_none(),
            }),
            None => track.lose(position),
        }
    }

    /// Everything is unknown from `position` until each signal's next sample (start of the agent, loss, clock step).
    pub fn lose_all(&mut self, position: Timestamp) {
        for track in self.tracks.values_mut() {
            track.lose(position);
        }
    }

    /// Facts from `position` up to `until` were given up: everything is unknown until each signal's next sample after it.
    pub fn blind(&mut self, position: Timestamp, until: Timestamp) {
        self.lose_all(position);
        self.blind_until = self.blind_until.max(Some(until));
    }

    /// The machine is not configured: nothing is known of it any more, not even what its counters count from; of the samples
    /// on their way only those from `again` on count, when it is configured again.
    pub fn forget(&mut self, again: Option<Timestamp>) {
        for track in self.tracks.values_mut() {
            let mut coming = std::mem::take(&mut track.coming);
            coming.retain(|coming| again.is_some_and(|again| coming.at >= again));
            *track = Track {
                coming,
                ..Track::default()
            };
        }
    }

    /// Begins the intervals that start at the position and end at `until` at the latest; to be called before each step. Gives
    /// the next instant a sample takes effect.
    pub fn begin(&mut self, position: Timestamp, until: Timestamp, around: &Surroundings) -> Option<Timestamp> {
        let of = |role: Role| around.setting.signals.iter().find(|signal| signal.role == role);
        let (mut all_are_configured, mut shares_out) = (true, false);
        let mut next: Option<Timestamp> = None;
        for (role, track) in &mut self.tracks {
            let Some(signal) = of(*role) else {
                all_are_configured = false;
                continue;
            };
            if let Some(coming) = track.coming.first() {
                next = Some(next.map_or(coming.at, |next| next.min(coming.at)));
                if coming.at <= until {
                    track.begin(position, signal, around);
                }
                shares_out |= track.head.is_some_and(|head| head.shares_out());
            }
        }
        // A signal that is no longer configured says nothing more.
        if !all_are_configured {
            self.tracks.retain(|role, _| of(*role).is_some());
        }
        if shares_out {
            self.share_out(around.parts);
        }
        next
    }

    /// The next instant a sample takes effect.
    pub fn next_at(&self) -> Option<Timestamp> {
        self.tracks
            .values()
            .filter_map(|track| track.coming.first())
            .map(|coming| coming.at)
            .min()
    }

    /// What the signals say over the step that begins at the position; unknown unless every signal the machine has is known, but
    /// for those beside it.
    pub fn said(&self, setting: &MachineSetting) -> Said {
        let known = |role: Role| self.tracks.get(&role).and_then(Track::known);
        let mut telling = setting.signals.iter().filter(|signal| !signal.role.is_beside());
        if telling.any(|signal| known(signal.role).is_none()) {
            return Said::State(State::Unknown);
        }
        said(setting, known)
    }

    /// Counts of each increase nobody believes and the next sample decides on.
    pub fn suspected(&self) -> impl Iterator<Item = i64> {
        let counters = self.tracks.iter().filter(|(role, _)| role.is_counter());
        let suspects = counters.filter_map(|(_, track)| track.counter.suspect);
        suspects.map(|suspect| suspect.counts)
    }

    /// The counts that fall into the step `[start, end)`. Counters read together book in step with the first of them, so that
    /// no cut between them leaves more good pieces or rejects on one side than pieces.
    pub fn pass(&mut self, step: Period, planned: bool) -> Vec<Counted> {
        let mut counted = Vec::new();
        let mut lead: Option<Head> = None;
        for (role, track) in self.tracks.iter_mut().filter(|(role, _)| role.is_cumulative()) {
            if let Some(head) = &mut track.head {
                let pieces = head.pass(step, planned, lead.filter(|_| role.is_counter()), &track.split);
                lead = lead.or(Some(*head));
                if pieces != 0 {
                    counted.push(Counted {
                        role: *role,
                        pieces,
                        gap: head.gap_counts,
                    });
                }
            }
        }
        counted
    }

    /// True when counters tell every piece made at the position, whatever is known of the state: each either goes on there or
    /// closes its silence in order. Without a counter nothing is told.
    pub fn tell_pieces(&self, setting: &MachineSetting) -> bool {
        let mut counters = setting
            .signals
            .iter()
            .filter(|signal| signal.role.is_counter())
            .peekable();
        let tells = |signal: &SignalSetting| self.tracks.get(&signal.role).is_some_and(Track::tells_pieces);
        counters.peek().is_some() && counters.all(tells)
    }

    /// True when the meter tells the energy used at the position, now or with the reading that ends its silence.
    pub fn is_metered(&self) -> bool {
        self.tracks.get(&Role::Energy).is_some_and(Track::tells_pieces)
    }

    /// Puts the samples of this instant in force and adds what their counters had left to book to `sampled`. Where nothing is
    /// known of the time before it, neither is it known of a reading that nobody believes.
    pub fn take(&mut self, position: Timestamp, unknown: bool, sampled: &mut Vec<Sampled>) {
        let blind_until = self.blind_until;
        let first = sampled.len();
        for (role, track) in &mut self.tracks {
            while track.coming.first().is_some_and(|coming| coming.at <= position) && track.head.is_some() {
                if let Some(head) = track.arrive()
                    && role.is_cumulative()
                {
                    let rest = Counted {
                        role: *role,
                        pieces: head.n - head.done,
                        gap: head.gap_counts,
                    };
                    sampled.push(Sampled {
                        rest,
                        whole: head.n,
                        since: head.period.start,
                        flag: head.flag,
                        cycle_us: None,
                    });
                }
                if let Some(suspect) = &mut track.counter.suspect {
                    suspect.gap |= unknown;
                }
                track.lost = track.last_at.filter(|at| blind_until >= Some(*at));
            }
        }
        let register = self.tracks.get(&Role::CycleTime).and_then(Track::known);
        let cycle_us = register.and_then(cycle_us);
        sampled[first..]
            .iter_mut()
            .for_each(|sampled| sampled.cycle_us = cycle_us);
    }
}

impl Track {
    /// The value in force, when it is known at the position.
    fn known(&self) -> Option<&Value> {
        let silent = self.lost.is_some() || self.head.is_some_and(|head| head.gap);
        self.value.as_ref().filter(|_| !silent)
    }

    /// True when the counter stands where it is known, or when the interval under way goes from one believed count to another,
    /// with none lost between.
    fn tells_pieces(&self) -> bool {
        let counted_before = self.counter.base.is_some();
        let rolls = |remark: Remark| remark.what == FlagKind::RollOver;
        let closes = |head: Head| head.counter.suspect.is_none() && head.flag.is_none_or(rolls);
        let stands = self.lost.is_none() && self.counter.suspect.is_none();
        counted_before && self.head.map_or(stands, closes)
    }

    fn expect(&mut self, coming: Coming) {
        let at = coming.at;
        if self
            .last_at
            .is_some_and(|last| at < last || (at == last && self.value.as_ref() == Some(&coming.value)))
        {
            return;
        }
        let place = self.coming.partition_point(|other| other.at < at);
        match self.coming.get_mut(place).filter(|other| other.at == at) {
            // Two values for one instant come in the order of their values; the last one stands.
            Some(other) => {
                let copy = other.value == coming.value;
                let alone = other.alone && coming.alone;
                *other = Coming { alone, ..coming };
                if copy {
                    return;
                }
            }
            None => self.coming.insert(place, coming),
        }
        if place == 0
            && let Some(head) = &mut self.head
        {
            // The interval under way ends earlier than thought: what was booked of it is taken off the new one.
            head.period.end = head.period.start;
        }
    }

    fn lose(&mut self, position: Timestamp) {
        // A sample known to come after the one in force bounds the silence itself: its interval is a gap only when it is too
        // long.
        if self.last_at.is_some() && self.lost.is_none() && self.coming.iter().all(|coming| coming.alone) {
            self.lost = Some(position);
        }
    }

    fn begin(&mut self, position: Timestamp, signal: &SignalSetting, around: &Surroundings) {
        let Some(coming) = self.coming.first() else { return };
        // An interval that ends earlier than thought began with the sample in force.
        let since = self.last_at.filter(|_| self.head.is_some()).unwrap_or(position);
        let booked = match self.head {
            Some(head) if head.period.end == coming.at => return,
            Some(head) => head.done,
            None => 0,
        };
        let period = Period::new(position, coming.at);
        let silent_since = self.last_at.filter(|_| coming.alone).unwrap_or(position);
        let silent = coming.at.since(silent_since) > signal.limit_ms;
        let gap = self.last_at.is_none() || self.lost.is_some() || silent;
        if self.point.as_ref() != Some(&signal.point) {
            if self.point.is_some() {
                self.counter = Counter::default();
                self.rest = 0;
            }
            self.point = Some(Arc::clone(&signal.point));
        }
        let mut counter = self.counter;
        let mut rest = self.rest;
        let mut flag = None;
        let mut n = 0;
        let mut gap_counts = gap;
        let value = reading(signal.role, &coming.value, around.setting);
        if let (Some(how), Some(value)) = (signal.counter, value) {
            let rate = around.rate(signal.role);
            let believed = counter.suspect.map_or(since, |suspect| suspect.seen.min(since));
            let unseen = Period::new(believed, coming.at);
            let between = Between {
                silent: gap,
                // Looked up only for the counters it can change: it asks the calendar.
                shift_began: how.resets == Resets::Shift && (around.shift_began)(unseen),
                order_changed: how.resets == Resets::Order && (around.order_changed)(unseen),
                seen: since,
            };
            let increase = counter.take(Read { value, at: coming.at }, how, rate, between);
            let worth = per_count(signal.role, around.setting);
            let pieces;
            (pieces, rest) = pieces_of(increase.pieces, worth, rest);
            (n, flag) = (pieces - booked, flag_of(signal.role, increase.flag, worth));
            gap_counts |= increase.over_silence;
        }
        let planned = if gap { (around.planned_ms)(period) } else { 0 };
        let weight = if planned > 0 { planned } else { period.ms().max(1) };
        self.head = Some(Head {
            period,
            gap,
            gap_counts,
            n,
            done: 0,
            weight,
            passed: 0,
            planned_only: planned > 0,
            flag,
            counter,
            rest,
        });
    }

    fn arrive(&mut self) -> Option<Head> {
        let coming = self.coming.remove(0);
        let head = self.head.take();
        self.split = Split::default();
        if let Some(head) = &head {
            self.counter = head.counter;
            self.rest = head.rest;
        }
        self.value = Some(coming.value);
        self.last_at = Some(coming.at);
        self.lost = None;
        head
    }
}
