//! Pure. The business date of a shift, and shifts that would have the same one under one id: they would be taken for one shift.

use super::hours::clock_text;
use super::{CalendarSetting, Dates};
use jiff::civil::Date;
use std::sync::Arc;

/// Two shifts of one id and one business date.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shared {
    /// Which, as a sentence without its full stop.
    pub told: String,
    /// What to write instead.
    pub instead: String,
}

/// The business date of a shift that begins at a local minute of a date: before the production day does, the day before.
pub fn of(date: Date, from_min: u32, day_start_min: u32) -> Date {
    match from_min < day_start_min {
        true => date.yesterday().unwrap_or(date),
        false => date,
    }
}

/// The first such shifts on the dates of an exception, or with those of the day before or after. Without exceptions a shift
/// begins at one time of day, once.
pub fn of_exception(setting: &CalendarSetting, dates: Dates) -> Option<Shared> {
    let first = dates.first.yesterday().unwrap_or(dates.first);
    let days = std::iter::successors(Some(first), |date| date.tomorrow().ok());
    let days = days.take_while(|date| date.yesterday().is_ok_and(|before| before <= dates.last));
    let mut before: Vec<Begun> = Vec::new();
    for date in days {
        let mut own: Vec<Begun> = Vec::new();
        for turn in setting.turns(date) {
            let begun = Begun {
                id: turn.id,
                date,
                from_min: turn.from_min,
                business_date: of(date, turn.from_min, setting.day_start_min),
            };
            let is_twin = |other: &&Begun| {
                let is_of_exception = dates.contains(date) || dates.contains(other.date);
                is_of_exception && (other.id, other.business_date) == (begun.id, begun.business_date)
            };
            if let Some(twin) = before.iter().chain(&own).find(is_twin) {
                return Some(shared(twin, &begun, dates, setting.day_start_min));
            }
            own.push(begun);
        }
        before = own;
    }
    None
}

/// The same on the dates of any exception that is not over before `from`.
pub fn first(setting: &CalendarSetting, from: Date) -> Option<Shared> {
    let ahead = setting.exceptions.iter().filter(|it| it.dates.last >= from);
    ahead
        .filter_map(|exception| of_exception(setting, exception.dates))
        .next()
}

/// A shift that begins on a date.
struct Begun<'a> {
    id: &'a Arc<str>,
    date: Date,
    from_min: u32,
    business_date: Date,
}

fn shared(one: &Begun, other: &Begun, dates: Dates, day_start_min: u32) -> Shared {
    let Begun { id, business_date, .. } = one;
    let told = |begun: &Begun| format!("at {} on {}", clock_text(begun.from_min), begun.date);
    let day_start = clock_text(day_start_min);
    Shared {
        told: format!(
            "with the exception from {} on, shift `{id}` begins {} and {}, and both would be {business_date}.{id}, since the \
             production day begins at {day_start}",
            dates.first,
            told(one),
            told(other),
        ),
        instead: match one.date == other.date {
            true => "write it once on a date".to_owned(),
            false => format!(
                "write production_day_start = \"{}\"",
                clock_text(one.from_min.min(other.from_min))
            ),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::calendar::{ExceptionSetting, ExceptionShift, ShiftSetting};
    use jiff::civil::date;

    const EVER: Date = date(2026, 1, 1);

    /// Shift A from 06:00 to 14:00 every day, at other hours on the dates of an exception, with a day that begins at some hour.
    fn calendar(day_start_h: u32, (first, last): (i8, i8), own: &[(u32, u32)]) -> CalendarSetting {
        let own = own.iter().map(|(from_h, to_h)| ExceptionShift {
            id: "A".into(),
            from_min: from_h * 60,
            to_min: to_h * 60,
            breaks: Vec::new(),
        });
        CalendarSetting {
            day_start_min: day_start_h * 60,
            shifts: vec![ShiftSetting {
                id: "A".into(),
                name: "A".into(),
                days: [true; 7],
                from_min: 6 * 60,
                to_min: 14 * 60,
                breaks: Vec::new(),
            }],
            exceptions: vec![ExceptionSetting {
                dates: Dates {
                    first: date(2026, 11, first),
                    last: date(2026, 11, last),
                },
                shifts: own.collect(),
            }],
            ..CalendarSetting::default()
        }
    }

    #[test]
    fn a_shift_of_an_exception_that_begins_before_the_day_would_be_that_of_the_day_before() {
        let shared = first(&calendar(6, (19, 19), &[(5, 14)]), EVER).unwrap();
        assert_eq!(
            shared.told,
            "with the exception from 2026-11-19 on, shift `A` begins at 06:00 on 2026-11-18 and at 05:00 on 2026-11-19, and both \
             would be 2026-11-18.A, since the production day begins at 06:00"
        );
        assert_eq!(shared.instead, "write production_day_start = \"05:00\"");
        assert_eq!(first(&calendar(5, (19, 19), &[(5, 14)]), EVER), None, "as it says");
        assert_eq!(first(&calendar(6, (19, 19), &[(6, 15)]), EVER), None);
        assert_eq!(
            first(&calendar(6, (19, 19), &[(5, 14)]), date(2026, 11, 20)),
            None,
            "over"
        );
    }

    #[test]
    fn a_shift_of_an_exception_that_begins_after_the_day_would_be_that_of_the_day_after() {
        // The day begins at 07:00, so that A of 06:00 on the 20th belongs to the 19th.
        let shared = first(&calendar(7, (19, 19), &[(8, 14)]), EVER).unwrap();
        assert!(
            shared
                .told
                .contains("at 08:00 on 2026-11-19 and at 06:00 on 2026-11-20")
        );
        assert!(shared.told.contains("both would be 2026-11-19.A,"));
        assert_eq!(shared.instead, "write production_day_start = \"06:00\"");
    }

    #[test]
    fn the_days_of_a_long_exception_do_not_meet_and_its_first_meets_the_day_before() {
        let shared = first(&calendar(6, (19, 22), &[(5, 14)]), EVER).unwrap();
        assert!(shared.told.contains("2026-11-18.A"), "{}", shared.told);
        let mut alone = calendar(6, (19, 22), &[(5, 14)]);
        // 2026-11-18 is a Wednesday.
        alone.shifts[0].days[2] = false;
        assert_eq!(
            first(&alone, EVER),
            None,
            "five days from the 18th to the 22nd, a shift each"
        );
    }

    #[test]
    fn a_shift_runs_once_on_a_date() {
        let shared = first(&calendar(5, (19, 19), &[(5, 9), (14, 18)]), EVER).unwrap();
        assert_eq!(shared.instead, "write it once on a date");
    }
}
