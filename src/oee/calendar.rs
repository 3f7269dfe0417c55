//! Pure. Shifts, breaks and production days of a plant-local calendar as exact instants, over midnight and DST nights.

use crate::model::settings::{CalendarSetting, ShiftSetting};
use crate::model::time::{Period, Timestamp};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use std::sync::Arc;

const DAY_MIN: u32 = 24 * 60;
/// Yesterday, whose shift may begin after midnight's end, and every day of the pattern once, the first one twice.
const DAYS_AHEAD: u32 = 9;

/// A calendar ready to be asked.
#[derive(Debug, Clone)]
pub struct Calendar {
    setting: CalendarSetting,
    zone: TimeZone,
}

/// Whether work is planned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Planned {
    /// Inside a shift and outside its breaks.
    Work,
    /// In a break of a shift.
    Break,
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
    /// Id of the shift; empty between shifts.
    pub shift: Arc<str>,
    /// Its name for people; empty between shifts.
    pub shift_name: Arc<str>,
    /// When the shift began; between shifts, when the production day did.
    pub shift_start: Timestamp,
    /// Plant-local date of (`shift_start` - start of the production day).
    pub business_date: Arc<str>,
}

struct Occurrence<'a> {
    shift: &'a ShiftSetting,
    date: Date,
    period: Period,
}

impl Calendar {
    /// The calendar of a setting. A zone nobody knows is taken for UTC; `gemba check` refuses it before.
    pub fn new(setting: CalendarSetting) -> Calendar {
        let zone = TimeZone::get(&setting.timezone).unwrap_or(TimeZone::UTC);
        Calendar { setting, zone }
    }

    /// The setting it was made of.
    pub fn setting(&self) -> &CalendarSetting {
        &self.setting
    }

    /// What holds at `at`.
    pub fn slot(&self, at: Timestamp) -> Slot {
        let date = self.date(at);
        let mut days: Vec<Date> = vec![date.yesterday().unwrap_or(date), date, date.tomorrow().unwrap_or(date)];
        days.dedup();
        let mut shifts: Vec<Occurrence> = days.iter().flat_map(|date| self.occurrences(*date)).collect();
        shifts.sort_by_key(|shift| shift.period.start);
        let day_start = |date: &Date| self.instant(*date, self.setting.day_start_min);
        let day = days
            .iter()
            .map(day_start)
            .filter(|start| *start <= at)
            .max()
            .unwrap_or(at);
        let next_day = days
            .iter()
            .map(day_start)
            .filter(|start| *start > at)
            .min()
            .unwrap_or(day.plus(86_400_000));
        if let Some(now) = shifts.iter().find(|shift| shift.period.contains(at)) {
            return self.in_shift(now, at);
        }
        let ended = shifts
            .iter()
            .map(|shift| shift.period.end)
            .filter(|end| *end <= at)
            .max();
        let begins = shifts
            .iter()
            .map(|shift| shift.period.start)
            .filter(|start| *start > at)
            .min();
        let begins = begins
            .filter(|_| !self.setting.shifts.is_empty())
            .map_or(next_day, |start| start.min(next_day));
        let period = Period::new(ended.map_or(day, |end| end.max(day)), begins);
        let planned = if self.setting.shifts.is_empty() {
            Planned::Work
        } else {
            Planned::Nothing
        };
        Slot {
            shift_period: period,
            period,
            planned,
            shift: "".into(),
            shift_name: "".into(),
            shift_start: day,
            business_date: self.business_date(day),
        }
    }

    /// The shift that begins next after `at`, looked for over the days of the weekly pattern.
    pub fn next_shift(&self, at: Timestamp) -> Option<Slot> {
        let mut date = self.date(at).yesterday().ok()?;
        for _ in 0..DAYS_AHEAD {
            let starts = self.occurrences(date).map(|shift| shift.period.start);
            if let Some(start) = starts.filter(|start| *start > at).min() {
                return Some(self.slot(start));
            }
            date = date.tomorrow().ok()?;
        }
        None
    }

    /// Milliseconds of planned work in a period.
    pub fn planned_ms(&self, period: Period) -> i64 {
        let mut at = period.start;
        let mut sum = 0;
        while at < period.end {
            let slot = self.slot(at);
            let end = slot.period.end.min(period.end).max(at.plus(1));
            if slot.planned == Planned::Work {
                sum += end.since(at);
            }
            at = end;
        }
        sum
    }

    fn in_shift(&self, now: &Occurrence, at: Timestamp) -> Slot {
        let mut period = now.period;
        let mut planned = Planned::Work;
        for pause in self.breaks(now) {
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
        Slot {
            shift_period: now.period,
            period: period.intersect(now.period),
            planned,
            shift: Arc::clone(&now.shift.id),
            shift_name: Arc::clone(&now.shift.name),
            shift_start: now.period.start,
            business_date: self.business_date(now.period.start),
        }
    }

    fn occurrences(&self, date: Date) -> impl Iterator<Item = Occurrence<'_>> {
        let weekday = usize::try_from(date.weekday().to_monday_zero_offset()).unwrap_or(0);
        self.setting
            .shifts
            .iter()
            .filter(move |shift| shift.days[weekday])
            .map(move |shift| {
                let to = if shift.to_min <= shift.from_min {
                    shift.to_min + DAY_MIN
                } else {
                    shift.to_min
                };
                Occurrence {
                    shift,
                    date,
                    period: Period::new(self.instant(date, shift.from_min), self.instant(date, to)),
                }
            })
    }

    fn breaks(&self, now: &Occurrence) -> Vec<Period> {
        // Local minutes before the shift's own begin belong to its second day.
        let first = now.shift.from_min;
        let of_shift = |minute: u32| if minute < first { minute + DAY_MIN } else { minute };
        let instants = now.shift.breaks.iter().map(|(from, to)| {
            let (from, to) = (of_shift(*from), of_shift(*to));
            Period::new(self.instant(now.date, from), self.instant(now.date, to))
        });
        instants.collect()
    }

    /// The instant of a local minute of `date`; from 1,440 on it is a minute of the next day. A time that the clocks leap
    /// over is the instant after the leap; of a time that comes twice it is the first.
    fn instant(&self, date: Date, minute: u32) -> Timestamp {
        let date = if minute >= DAY_MIN {
            date.tomorrow().unwrap_or(date)
        } else {
            date
        };
        let minute = minute % DAY_MIN;
        let (hour, minute) = (
            i8::try_from(minute / 60).unwrap_or(0),
            i8::try_from(minute % 60).unwrap_or(0),
        );
        let local = date.at(hour, minute, 0, 0).to_zoned(self.zone.clone());
        Timestamp(local.map_or(0, |local| local.timestamp().as_millisecond()))
    }

    fn date(&self, at: Timestamp) -> Date {
        let at = jiff::Timestamp::from_millisecond(at.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
        at.to_zoned(self.zone.clone()).date()
    }

    fn business_date(&self, start: Timestamp) -> Arc<str> {
        // Local clock arithmetic, so that a DST night does not move a date.
        let date = self.date(start);
        let day = self.instant(date, self.setting.day_start_min);
        let date = if start < day {
            date.yesterday().unwrap_or(date)
        } else {
            date
        };
        date.to_string().into()
    }
}

#[cfg(test)]
mod tests;
