//! Pure. Over which time tallies are merged: hours, shifts, business days, weeks, months.

use super::Part;
use crate::model::ids::MachineId;
use crate::model::time::{HOUR_MS, Timestamp};
use jiff::civil::{Date, ISOWeekDate};
use jiff::tz::TimeZone;
use std::collections::BTreeMap;
use std::sync::Arc;

/// How long tallies are merged over.
#[derive(Debug, Clone, PartialEq)]
pub enum Over {
    /// The hours of the plant's clock; of minute tallies only.
    Hours(TimeZone),
    /// Shifts, and the time between them.
    Shifts,
    /// Business days.
    Days,
    /// ISO 8601 weeks of business days.
    Weeks,
    /// Months of business days.
    Months,
    /// All of it.
    Whole,
}

/// When the tallies of a group are of.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum When {
    /// From then on for an hour.
    Hour(Timestamp),
    /// The shift of this start and id; without id the time between shifts.
    Shift(Timestamp, Arc<str>),
    /// The business day, as `2026-11-21`.
    Day(Arc<str>),
    /// The ISO week: its year and number.
    Week(i16, i8),
    /// The month, as `2026-11`.
    Month(Arc<str>),
    /// All of it.
    Whole,
}

/// The start of the hour of the plant's clock that holds an instant.
pub fn hour(at: Timestamp, zone: &TimeZone) -> Timestamp {
    let instant = jiff::Timestamp::from_millisecond(at.0);
    let offset_ms = instant.map_or(0, |instant| i64::from(zone.to_offset(instant).seconds()) * 1_000);
    at.plus(offset_ms).floor(HOUR_MS).plus(-offset_ms)
}

/// Words worked out once, since rows of one day follow each other.
#[derive(Default)]
pub(super) struct Names {
    machines: BTreeMap<MachineId, Arc<str>>,
    date: Option<(Arc<str>, When)>,
}

impl Names {
    pub(super) fn machine(&mut self, machine: MachineId) -> Arc<str> {
        let name = self.machines.entry(machine);
        Arc::clone(name.or_insert_with(|| machine.0.to_string().into()))
    }

    pub(super) fn when(&mut self, over: &Over, part: &Part) -> When {
        let date = &part.key.business_date;
        match over {
            Over::Hours(zone) => When::Hour(hour(part.start, zone)),
            Over::Shifts => When::Shift(part.key.shift_start, Arc::clone(&part.key.shift)),
            Over::Days => When::Day(Arc::clone(date)),
            Over::Weeks | Over::Months => {
                if let Some((known, when)) = &self.date
                    && known == date
                {
                    return when.clone();
                }
                let when = if *over == Over::Weeks { week(date) } else { month(date) };
                self.date = Some((Arc::clone(date), when.clone()));
                when
            }
            Over::Whole => When::Whole,
        }
    }
}

/// A date nobody can read stays a group of its own.
fn week(date: &Arc<str>) -> When {
    date.parse::<Date>().map_or_else(
        |_| When::Day(Arc::clone(date)),
        |date| {
            let week: ISOWeekDate = date.iso_week_date();
            When::Week(week.year(), week.week())
        },
    )
}

fn month(date: &Arc<str>) -> When {
    When::Month(date.get(..7).unwrap_or(date).into())
}
