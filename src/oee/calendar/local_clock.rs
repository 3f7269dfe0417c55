//! Pure. The local clock of a plant: dates and minutes of its zone as instants, exact on the nights the clocks change.

use crate::model::calendar::DAY_MIN;
use crate::model::time::Timestamp;
use jiff::civil::Date;
use jiff::tz::{AmbiguousOffset, TimeZone};

/// The clock on the wall of a plant.
#[derive(Debug, Clone)]
pub struct LocalClock {
    zone: TimeZone,
}

impl LocalClock {
    /// The clock of an IANA zone. A zone nobody knows is taken for UTC.
    pub fn new(zone: &str) -> LocalClock {
        let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
        LocalClock { zone }
    }

    /// The date at an instant; `None` for one that no calendar reaches.
    pub fn date(&self, at: Timestamp) -> Option<Date> {
        let at = jiff::Timestamp::from_millisecond(at.0).ok()?;
        Some(self.zone.to_datetime(at).date())
    }

    /// The instant of a local minute of `date`; from 1,440 on it is a minute of the next day. A time that the clocks leap
    /// over is the leap itself, and of a time that comes twice it is the first: a later time is never an earlier instant.
    pub fn instant(&self, date: Date, minute: u32) -> Timestamp {
        let date = if minute >= DAY_MIN { next(date) } else { date };
        let minute = i8::try_from(minute % DAY_MIN / 60)
            .ok()
            .zip(i8::try_from(minute % 60).ok());
        let (hour, minute) = minute.unwrap_or_default();
        let local = self.zone.to_ambiguous_timestamp(date.at(hour, minute, 0, 0));
        let instant = match local.offset() {
            AmbiguousOffset::Unambiguous { .. } | AmbiguousOffset::Fold { .. } => local.earlier().ok(),
            AmbiguousOffset::Gap { .. } => local.later().ok().and_then(|after| self.leap_before(after)),
        };
        Timestamp(instant.map_or(0, jiff::Timestamp::as_millisecond))
    }

    /// The last change of the clocks at or before an instant.
    fn leap_before(&self, after: jiff::Timestamp) -> Option<jiff::Timestamp> {
        let later = after.checked_add(jiff::SignedDuration::from_millis(1)).ok()?;
        self.zone.preceding(later).next().map(|change| change.timestamp())
    }
}

/// The dates from `first` to `last`.
pub fn dates(first: Date, last: Date) -> impl Iterator<Item = Date> {
    let following = std::iter::successors(Some(first), |date| date.tomorrow().ok());
    following.take_while(move |date| *date <= last)
}

/// The next date.
pub fn next(date: Date) -> Date {
    date.tomorrow().unwrap_or(date)
}

/// The date so many days before.
pub fn days_before(date: Date, days: u32) -> Date {
    (0..days).fold(date, |date, _| date.yesterday().unwrap_or(date))
}
