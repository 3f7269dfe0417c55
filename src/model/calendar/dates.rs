//! Pure. Dates of a plant as people write them, and the instants around them.

use super::Dates;
use crate::model::time::{DAY_MS, Period, Timestamp};
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// Years a plant can have data of: before the first of them no agent ran, and what lies beyond the last is a slip of the hand.
/// The bounds keep every walk through dates short.
const YEARS: std::ops::Range<i16> = 1970..2200;

/// More dates, and ranges of them, than decades have holidays; each is looked at for every slot of the calendar.
pub const MOST_HOLIDAYS: usize = 1_000;
/// Days of a range at most: a longer one is a slip of the hand, and each of its days is looked at.
const MOST_DAYS: i64 = 366;

/// A text that is no date of a plant, or dates that are no range.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoDate {
    /// What is wrong with it.
    pub what: String,
    /// What to write instead.
    pub instead: String,
}

/// `2027-09-02`, of a year from 1970 to 2199.
///
/// # Errors
/// The text is no such date.
pub fn date(text: &str) -> Result<Date, NoDate> {
    let has_form = text.len() == "2027-09-02".len() && text.split('-').map(str::len).eq([4, 2, 2]);
    let found: Option<Date> = text.parse().ok().filter(|_| has_form);
    let date = found.ok_or_else(|| NoDate {
        what: format!("{text:?} is no date"),
        instead: "write year, month and day, such as \"2027-09-02\"".to_owned(),
    })?;
    match YEARS.contains(&date.year()) {
        true => Ok(date),
        false => Err(NoDate {
            what: format!("{text:?} is no date a plant has data of"),
            instead: format!("write one from {}-01-01 to {}-12-31", YEARS.start, YEARS.end - 1),
        }),
    }
}

/// The dates from the first to the last, both included, at most a year.
///
/// # Errors
/// The last is before the first, or too far after it.
pub fn range(first: Date, last: Date) -> Result<Dates, NoDate> {
    if last < first {
        return Err(NoDate {
            what: format!("{last} is before {first}"),
            instead: "write the first day first, then the last".to_owned(),
        });
    }
    let days = last.duration_since(first).as_hours() / 24 + 1;
    if days > MOST_DAYS {
        return Err(NoDate {
            what: format!("{first}/{last} has {days} days"),
            instead: format!("write at most {MOST_DAYS} days in one range"),
        });
    }
    Ok(Dates { first, last })
}

/// A time that holds all shifts of business dates, in every zone; `None` for dates outside the years that instants have.
pub fn around(first: Date, last: Date) -> Option<Period> {
    let midnight = |date: Date| {
        let utc = TimeZone::UTC.to_ambiguous_timestamp(date.at(0, 0, 0, 0)).compatible();
        utc.ok().map(|instant| Timestamp(instant.as_millisecond()))
    };
    // A business date lies within a day of its UTC midnight, in every zone, and its shifts within another.
    Some(Period::new(
        midnight(first)?.plus(-DAY_MS),
        midnight(last)?.plus(3 * DAY_MS),
    ))
}

impl std::fmt::Display for NoDate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.what, self.instead)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil;

    #[test]
    fn a_date_has_the_form_and_the_years_of_a_plant() {
        assert_eq!(date("1970-01-01"), Ok(civil::date(1970, 1, 1)));
        assert_eq!(date("2199-12-31"), Ok(civil::date(2199, 12, 31)));
        for (wrong, why) in [
            ("1969-12-31", "no date a plant has data of"),
            ("2200-01-01", "write one from 1970-01-01 to 2199-12-31"),
            ("-009999-01-01", "is no date: write year, month and day"),
            ("2027-02-30", "is no date"),
            ("2027-9-02", "is no date"),
            ("20270902", "is no date"),
            ("", "is no date"),
        ] {
            let said = date(wrong).unwrap_err().to_string();
            assert!(said.contains(why), "{wrong}: {said}");
        }
    }

    #[test]
    fn a_range_has_a_day_at_least_and_a_leap_year_at_most() {
        let of_2028 = |first, last| range(civil::date(2028, 1, first), last);
        assert!(of_2028(1, civil::date(2028, 1, 1)).is_ok());
        assert!(of_2028(1, civil::date(2028, 12, 31)).is_ok(), "366 days");
        let long = of_2028(1, civil::date(2029, 1, 1)).unwrap_err();
        assert_eq!(long.what, "2028-01-01/2029-01-01 has 367 days");
        let turned = of_2028(2, civil::date(2028, 1, 1)).unwrap_err().to_string();
        assert_eq!(
            turned,
            "2028-01-01 is before 2028-01-02: write the first day first, then the last"
        );
    }

    #[test]
    fn the_time_around_dates_is_bounded_or_there_is_none() {
        let day = civil::date(2026, 11, 21);
        // A day before, the day itself and two after it.
        assert_eq!(around(day, day).unwrap().ms(), 4 * DAY_MS);
        assert_eq!(
            around(day, day).unwrap().start.plus(DAY_MS),
            Timestamp(1_795_219_200_000)
        );
        assert_eq!(around(Date::MIN, day), None, "before every instant");
    }
}
