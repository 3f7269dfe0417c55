//! Pure. Shifts, breaks, planned stops and production days of a plant-local calendar as exact instants, over midnight and DST
//! nights.
//!
//! Shifts and planned stops run from clock to clock, so those of a DST night are shorter or longer; a break lasts as long as
//! it is written.
//!
//! Where shifts overlap, which `gemba check` refuses, the one that began first (of two that begin together, the one listed
//! first) holds until its end, and the other one begins there.

use crate::model::calendar::{CalendarSetting, DAY_MIN, Turn, business_date, end_min, weekday};
use crate::model::ids::MachineId;
use crate::model::time::{DAY_MS, MINUTE_MS, Period, Timestamp};
use jiff::civil::Date;
use local_clock::{LocalClock, dates, days_before, next};
use std::sync::Arc;

mod local_clock;

/// The next shift is looked for over so many days: more than the longest holidays of a plant.
const NEXT_SHIFT_DAYS: u32 = 60;

/// A calendar ready to be asked.
#[derive(Debug, Clone)]
pub struct Calendar {
    setting: CalendarSetting,
    clock: LocalClock,
}

/// Whether work is planned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Planned {
    /// Inside a shift, outside its breaks and planned stops.
    Work,
    /// In a break of a shift.
    Break,
    /// In a planned stop of the week, inside a shift and outside its breaks.
    Stop,
    /// Outside every shift.
    Nothing,
}

/// What the calendar says of an instant, and how long it says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slot {
    /// How long the shift (or the time between shifts, within one production day) lasts.
    pub shift_period: Period,
    /// How long `planned` lasts, within that.
    pub period: Period,
    /// Whether work is planned.
    pub planned: Planned,
    /// Id of the planned stop; empty outside one.
    pub planned_stop: Arc<str>,
    /// Id of the shift; empty between shifts.
    pub shift: Arc<str>,
    /// Its name for people; empty between shifts.
    pub shift_name: Arc<str>,
    /// Id of the crew that works the shift; empty where the calendar names none.
    pub crew: Arc<str>,
    /// When the shift began; between shifts, when the production day did.
    pub shift_start: Timestamp,
    /// Plant-local date of (the shift's `from` - start of the production day): the whole shift belongs to it.
    pub business_date: Arc<str>,
}

/// A shift as it runs on a date.
#[derive(Debug, Clone)]
pub struct Occurrence<'a> {
    /// Which, with its times on the local clock.
    pub turn: Turn<'a>,
    /// The plant-local date it begins on.
    pub date: Date,
    /// From when to when.
    pub period: Period,
}

impl Calendar {
    /// The calendar of a setting. A zone nobody knows is taken for UTC; `gemba check` refuses it before.
    pub fn new(setting: CalendarSetting) -> Calendar {
        let clock = LocalClock::new(&setting.timezone);
        Calendar { setting, clock }
    }

    /// The setting it was made of.
    pub fn setting(&self) -> &CalendarSetting {
        &self.setting
    }

    /// What holds at `at` for the plant; planned stops of machines are not in it.
    pub fn slot(&self, at: Timestamp) -> Slot {
        let Some(date) = self.date(at) else { return beyond(at) };
        let (first, last) = around(date);
        let mut open = Period::new(Timestamp::MIN, Timestamp::MAX);
        for shift in self.shifts(first, last) {
            if shift.period.contains(at) {
                return self.in_shift(&shift, at);
            }
            if shift.period.start > at {
                open.end = shift.period.start;
                break;
            }
            open.start = shift.period.end;
        }
        self.between(at, date, open)
    }

    /// What holds at `at` for a machine of a line, with the stops planned for it.
    pub fn slot_of(&self, at: Timestamp, machine: MachineId, line: &str) -> Slot {
        let mut slot = self.slot(at);
        if slot.planned != Planned::Work {
            return slot;
        }
        let Some(date) = self.date(at) else { return slot };
        let (first, last) = around(date);
        for (id, stop) in self.stops(first, last, machine, line) {
            // Each edge cuts, so that every instant of the slot gives the same slot, whichever stops overlap.
            for edge in [stop.start, stop.end] {
                if edge <= at {
                    slot.period.start = slot.period.start.max(edge);
                } else {
                    slot.period.end = slot.period.end.min(edge);
                }
            }
            if stop.contains(at) && slot.planned == Planned::Work {
                slot.planned = Planned::Stop;
                slot.planned_stop = Arc::clone(id);
            }
        }
        slot
    }

    /// The shift that begins next after `at`; `None` where there is none for sixty days.
    pub fn next_shift(&self, at: Timestamp) -> Option<Slot> {
        let today = self.date(at)?;
        let last = (0..NEXT_SHIFT_DAYS).fold(today, |date, _| next(date));
        let start = self
            .shifts(around(today).0, last)
            .map(|shift| shift.period.start)
            .find(|start| *start > at)?;
        Some(self.slot(start))
    }

    /// Milliseconds of planned work in a period, for a machine of a line.
    pub fn planned_ms(&self, period: Period, machine: MachineId, line: &str) -> i64 {
        let (Some(start), Some(end)) = (self.date(period.start), self.date(period.end)) else {
            return 0;
        };
        let (first, last) = (around(start).0, around(end).1);
        let mut stops: Vec<Period> = self.stops(first, last, machine, line).map(|(_, stop)| stop).collect();
        stops.sort_unstable();
        if self.setting.shifts.is_empty() {
            return without(period, &stops);
        }
        let mut over = 0;
        let mut sum = 0;
        for shift in self.shifts(first, last) {
            let work = shift.period.intersect(period);
            over += stops[over..].iter().take_while(|stop| stop.end <= work.start).count();
            let mut idle = self.breaks(&shift);
            idle.extend(stops[over..].iter().take_while(|stop| stop.start < work.end));
            idle.sort_unstable();
            sum += without(work, &idle);
        }
        sum
    }

    /// The shifts that begin on the dates from `first` to `last`, in the order they begin; none is empty, none overlaps.
    pub fn shifts(&self, first: Date, last: Date) -> impl Iterator<Item = Occurrence<'_>> {
        let mut taken = Timestamp::MIN;
        // A shift lasts a day at most: one that began on the day before may still be on.
        dates(days_before(first, 1), last).flat_map(move |date| {
            let mut shifts: Vec<_> = self
                .setting
                .turns(date)
                .map(|turn| self.occurrence(date, turn))
                .collect();
            shifts.sort_by_key(|shift| shift.turn.from_min);
            for shift in &mut shifts {
                shift.period = Period::new(shift.period.start.max(taken), shift.period.end);
                taken = taken.max(shift.period.end);
            }
            shifts.retain(|shift| date >= first && !shift.period.is_empty());
            shifts
        })
    }

    /// The breaks of a shift, in no order, as far as they lie in it.
    pub fn breaks(&self, shift: &Occurrence) -> Vec<Period> {
        let turn = &shift.turn;
        // Local minutes before the shift's own begin belong to its second day.
        let of_shift = |minute: u32| {
            if minute < turn.from_min {
                minute.saturating_add(DAY_MIN)
            } else {
                minute
            }
        };
        let instants = turn.breaks.iter().map(|(from, to)| {
            let start = self.clock.instant(shift.date, of_shift(*from));
            let length = i64::from(end_min(*from, *to).saturating_sub(*from)) * MINUTE_MS;
            Period::new(start, start.plus(length)).intersect(shift.period)
        });
        instants.filter(|pause| !pause.is_empty()).collect()
    }

    /// The plant-local date of an instant; `None` for one that no calendar reaches.
    pub fn date(&self, at: Timestamp) -> Option<Date> {
        self.clock.date(at)
    }

    /// The production days from `first` to `last`: 23, 24 or 25 hours each. Shifts that begin in them may end later.
    pub fn production_days(&self, first: Date, last: Date) -> Period {
        let start_of = |date| self.clock.instant(date, self.setting.day_start_min);
        Period::new(start_of(first), start_of(next(last)))
    }

    fn in_shift(&self, now: &Occurrence, at: Timestamp) -> Slot {
        let mut period = now.period;
        let mut planned = Planned::Work;
        for pause in joined(self.breaks(now)) {
            if pause.contains(at) {
                (period, planned) = (pause, Planned::Break);
                break;
            }
            if pause.end <= at {
                period.start = period.start.max(pause.end);
            } else {
                period.end = period.end.min(pause.start);
            }
        }
        let business_date = business_date::of(now.date, now.turn.from_min, self.setting.day_start_min);
        Slot {
            shift_period: now.period,
            period,
            planned,
            planned_stop: Arc::default(),
            shift: Arc::clone(now.turn.id),
            shift_name: Arc::clone(now.turn.name),
            crew: now.turn.crew.map(Arc::clone).unwrap_or_default(),
            shift_start: now.period.start,
            business_date: business_date.to_string().into(),
        }
    }

    /// The part of the time between two shifts that lies in one production day.
    fn between(&self, at: Timestamp, date: Date, open: Period) -> Slot {
        let (first, last) = around(date);
        let mut day = (date, at);
        let mut day_end = at.plus(DAY_MS);
        for date in dates(first, last) {
            let start = self.clock.instant(date, self.setting.day_start_min);
            if start > at {
                day_end = start;
                break;
            }
            day = (date, start);
        }
        let period = Period::new(open.start.max(day.1), open.end.min(day_end));
        let is_open = self.setting.shifts.is_empty();
        Slot {
            shift_period: period,
            period,
            planned: if is_open { Planned::Work } else { Planned::Nothing },
            planned_stop: Arc::default(),
            shift: Arc::default(),
            shift_name: Arc::default(),
            crew: Arc::default(),
            shift_start: day.1,
            business_date: day.0.to_string().into(),
        }
    }

    /// The planned stops of a machine of a line that begin on the dates from `first` to `last`, by date.
    fn stops(
        &self,
        first: Date,
        last: Date,
        machine: MachineId,
        line: &str,
    ) -> impl Iterator<Item = (&Arc<str>, Period)> {
        let own = self
            .setting
            .planned_stops
            .iter()
            .filter(move |stop| stop.is_for(machine, line));
        own.flat_map(move |stop| {
            let on = dates(first, last).filter(|date| stop.days[weekday(*date)]);
            on.map(|date| {
                let end = self.clock.instant(date, end_min(stop.from_min, stop.to_min));
                (&stop.id, Period::new(self.clock.instant(date, stop.from_min), end))
            })
        })
    }

    fn occurrence<'a>(&self, date: Date, turn: Turn<'a>) -> Occurrence<'a> {
        let period = Period::new(
            self.clock.instant(date, turn.from_min),
            self.clock.instant(date, turn.end_min),
        );
        Occurrence { turn, date, period }
    }
}

/// The dates whose shifts, stops and production days may meet an instant of `date`. The production day may have begun
/// yesterday, with a shift on from the day before; and clocks set back over midnight return to a date when the next one has
/// begun already.
fn around(date: Date) -> (Date, Date) {
    (days_before(date, 2), next(next(date)))
}

/// An instant no calendar reaches: nothing is planned there.
fn beyond(at: Timestamp) -> Slot {
    let first = Timestamp(jiff::Timestamp::MIN.as_millisecond());
    let last = Timestamp(jiff::Timestamp::MAX.as_millisecond());
    let period = if at < first {
        Period::new(at.min(Timestamp::MIN), first)
    } else {
        Period::new(last.plus(1), at.plus(1).max(Timestamp::MAX))
    };
    Slot {
        shift_period: period,
        period,
        planned: Planned::Nothing,
        planned_stop: Arc::default(),
        shift: Arc::default(),
        shift_name: Arc::default(),
        crew: Arc::default(),
        shift_start: period.start,
        business_date: Arc::default(),
    }
}

/// What is left of a period without idle stretches, which stand in the order they begin, in milliseconds.
fn without(period: Period, idle: &[Period]) -> i64 {
    let mut from = period.start;
    let mut left = 0;
    for idle in idle {
        left += Period::new(from, idle.start.min(period.end)).ms();
        from = from.max(idle.end);
    }
    left + Period::new(from, period.end).ms()
}

/// The stretches by begin, those that meet as one.
fn joined(mut stretches: Vec<Period>) -> Vec<Period> {
    stretches.sort_unstable();
    stretches.dedup_by(|next, last| {
        let meet = next.start <= last.end;
        if meet {
            last.end = last.end.max(next.end);
        }
        meet
    });
    stretches
}

#[cfg(test)]
mod dst;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
