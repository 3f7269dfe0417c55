//! Pure. Which time a report is of: a shift, a business day or an ISO week of them, by the calendar in force then.

use crate::model::calendar::{dates, weekday};
use crate::model::tally::TallyKey;
use crate::model::time::{Period, QUARTER_MS, Timestamp};
use crate::oee::calendar::Slot;
use crate::oee::plan::Plan;
use jiff::Span;
use jiff::civil::Date;
use std::sync::Arc;

/// The last shift is looked for over so many days: more than the longest holidays of a plant.
const LOOK_BACK_DAYS: i64 = 60;

/// How long a report is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// One shift.
    Shift,
    /// One business day.
    Day,
    /// An ISO 8601 week of business days.
    Week,
}

impl Kind {
    /// The word on the command line and in files.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Shift => "shift",
            Kind::Day => "day",
            Kind::Week => "week",
        }
    }
}

/// The time a report is of.
#[derive(Debug, Clone)]
pub struct Stretch {
    /// How long.
    pub kind: Kind,
    /// The first business date ...
    pub first: Date,
    /// ... and the last.
    pub last: Date,
    /// From when to when.
    pub period: Period,
    /// The shifts and the times between them that make it up, in their order; of a shift that one alone.
    pub slots: Vec<Slot>,
}

impl Stretch {
    /// The last one that was over at `now`.
    ///
    /// # Errors
    /// There is none: a sentence.
    pub fn last(plan: &Plan, kind: Kind, now: Timestamp) -> Result<Stretch, String> {
        let today = date_of(&plan.slot(now)).ok_or("no calendar reaches the time of this data folder")?;
        match kind {
            Kind::Shift => {
                let slots = slots(plan, moved(today, -LOOK_BACK_DAYS), today);
                let over = |slot: &&Slot| !slot.shift.is_empty() && slot.shift_period.end <= now;
                let slot = slots.iter().rfind(over).ok_or_else(|| {
                    format!(
                        "no shift ended in the {LOOK_BACK_DAYS} days before {today}; look at the shifts by `gemba check`, or ask \
                         for the day: gemba report day"
                    )
                })?;
                Stretch::of_slots(kind, vec![slot.clone()])
            }
            Kind::Day => Stretch::of_dates(plan, kind, moved(today, -1), moved(today, -1)),
            Kind::Week => {
                let sunday = moved(monday(today), -1);
                Stretch::of_dates(plan, kind, monday(sunday), sunday)
            }
        }
    }

    /// The one that was asked for, as `2026-11-21` or, of a shift, `2026-11-21.1`; that may be the one that is on.
    ///
    /// # Errors
    /// There is none, or it had not begun at `now`: a sentence.
    pub fn asked(plan: &Plan, kind: Kind, asked: &str, now: Timestamp) -> Result<Stretch, String> {
        let (date, shift) = match asked.split_once('.') {
            Some((date, shift)) => (date, Some(shift)),
            None => (asked, None),
        };
        let date = dates::date(date).map_err(|wrong| {
            format!(
                "--of {asked}: {}; write it as 2026-11-21, and a shift of it as 2026-11-21.1",
                wrong.what
            )
        })?;
        let stretch = match (kind, shift) {
            (Kind::Shift, shift) => of_shift(plan, date, shift.unwrap_or_default(), asked)?,
            (Kind::Day | Kind::Week, Some(_)) => {
                return Err(format!(
                    "--of {asked}: names a shift; ask for it by: gemba report shift --of {asked}"
                ));
            }
            (Kind::Day, None) => Stretch::of_dates(plan, kind, date, date)?,
            (Kind::Week, None) => {
                let monday = monday(date);
                Stretch::of_dates(plan, kind, monday, moved(monday, 6))?
            }
        };
        if stretch.period.start >= now {
            return Err(format!("--of {asked}: had not begun when the newest data was written"));
        }
        Ok(stretch)
    }

    /// `2026-11-21.1`, `2026-11-21` or `2026-W47`.
    pub fn name(&self) -> String {
        match self.kind {
            Kind::Shift => format!("{}.{}", self.first, self.shift().map_or("", |slot| &*slot.shift)),
            Kind::Day => self.first.to_string(),
            Kind::Week => {
                let week = self.first.iso_week_date();
                format!("{}-W{:02}", week.year(), week.week())
            }
        }
    }

    /// The shift, where it is of one.
    pub fn shift(&self) -> Option<&Slot> {
        self.slots.first().filter(|_| self.kind == Kind::Shift)
    }

    /// True when a tally belongs to it. Dates stand as 2026-11-21: their order is that of the text.
    pub fn has(&self, key: &TallyKey) -> bool {
        let (first, last) = (self.first.to_string(), self.last.to_string());
        let in_dates = *first <= *key.business_date && *key.business_date <= *last;
        in_dates && self.shift().is_none_or(|slot| slot.shift == key.shift)
    }

    /// True when it was still going on at `now`.
    pub fn is_on(&self, now: Timestamp) -> bool {
        now < self.period.end
    }

    /// What of it is over at `now`.
    pub fn so_far(&self, now: Timestamp) -> Period {
        Period::new(self.period.start, self.period.end.min(now))
    }

    fn of_dates(plan: &Plan, kind: Kind, first: Date, last: Date) -> Result<Stretch, String> {
        let mut slots = slots(plan, first, last);
        slots.retain(|slot| date_of(slot).is_some_and(|date| first <= date && date <= last));
        let whole = Stretch::of_slots(kind, slots)?;
        Ok(Stretch {
            first,
            last,
            period: plan.business_days(first, last).unwrap_or(whole.period),
            ..whole
        })
    }

    fn of_slots(kind: Kind, slots: Vec<Slot>) -> Result<Stretch, String> {
        let (Some(first), Some(last)) = (slots.first(), slots.last()) else {
            return Err("the calendar has no such time; look at it by `gemba check`".to_owned());
        };
        let (Some(first_date), Some(last_date)) = (date_of(first), date_of(last)) else {
            return Err("no calendar reaches that time".to_owned());
        };
        Ok(Stretch {
            kind,
            first: first_date,
            last: last_date,
            period: Period::new(first.shift_period.start, last.shift_period.end),
            slots,
        })
    }
}

fn of_shift(plan: &Plan, date: Date, id: &str, asked: &str) -> Result<Stretch, String> {
    let mut slots = slots(plan, date, date);
    slots.retain(|slot| !slot.shift.is_empty() && date_of(slot) == Some(date));
    let ids: Vec<String> = slots.iter().map(|slot| format!("{date}.{}", slot.shift)).collect();
    match slots.into_iter().find(|slot| *slot.shift == *id) {
        Some(slot) => Stretch::of_slots(Kind::Shift, vec![slot]),
        None if ids.is_empty() => Err(format!("--of {asked}: no shift begins on business date {date}")),
        None => Err(format!(
            "--of {asked}: is no shift of that date; those of it are {}",
            ids.join(", ")
        )),
    }
}

/// The shifts and the times between them around business dates, in their order. One that an edit of the calendar changed
/// while it was on is as it was at its end.
fn slots(plan: &Plan, first: Date, last: Date) -> Vec<Slot> {
    let mut slots: Vec<Slot> = Vec::new();
    let Some(Period { start: mut at, end }) = dates::around(first, last) else {
        return slots;
    };
    while at < end {
        let slot = plan.slot_then(at);
        // Settings may begin inside what a slot says: no shift is shorter than a quarter hour.
        at = slot.shift_period.end.min(at.plus(QUARTER_MS)).max(at.plus(1));
        match slots.last_mut() {
            Some(known) if (known.shift_start, &known.shift) == (slot.shift_start, &slot.shift) => *known = slot,
            Some(_) | None => slots.push(slot),
        }
    }
    slots
}

fn date_of(slot: &Slot) -> Option<Date> {
    let date: &Arc<str> = &slot.business_date;
    date.parse().ok()
}

fn monday(date: Date) -> Date {
    let days = i64::try_from(weekday(date)).unwrap_or(0);
    moved(date, -days)
}

fn moved(date: Date, days: i64) -> Date {
    date.saturating_add(Span::new().days(days))
}

#[cfg(test)]
#[path = "stretch/tests.rs"]
mod tests;
