//! Pure. Holes: time between two shifts of one business day in which none runs, as where a shift was forgotten. After the last
//! shift of a day there is none: plants of one or two shifts stand at night.

use super::hours::{DAYS, clock_text};
use super::{CalendarSetting, DAY_MIN, Dates, business_date, weekday};
use jiff::civil::{Date, date};
use std::sync::Arc;

/// What to do about a hole.
pub const INSTEAD: &str =
    "write the shift that is missing, or end one where the other begins; leave it so if the plant stands still then";

/// A Monday, for weeks that are all alike.
const MONDAY: Date = date(2026, 1, 5);
/// The pattern of crews and the week come together again after at most so many times the pattern.
const WEEK_DAYS: usize = 7;

/// A hole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hole {
    /// Id of the shift it begins with the end of.
    pub first: Arc<str>,
    /// Id of the shift it ends with the begin of.
    pub second: Arc<str>,
    /// Local minute it begins at, and that it ends at, counted from the midnight before the shifts of the day.
    minutes: (u32, u32),
    on: On,
}

/// When there is a hole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum On {
    /// On these days of the week, Monday first.
    Days([bool; 7]),
    /// On a date of an exception.
    Date(Date),
}

impl Hole {
    /// When, and between which shifts, as a sentence without its full stop.
    pub fn told(&self) -> String {
        let on = match self.on {
            On::Days(days) if days == [true; 7] => "every day".to_owned(),
            On::Days(days) => {
                let names = DAYS.into_iter().zip(days).filter(|(_, is_one)| *is_one);
                format!("on {}", names.map(|(name, _)| name).collect::<Vec<_>>().join(", "))
            }
            On::Date(date) => format!("on {date}"),
        };
        format!(
            "no shift runs from {} to {} {on}, between shift `{}` and shift `{}`: that time is planned for nobody",
            clock_text(self.minutes.0),
            clock_text(self.minutes.1),
            self.first,
            self.second
        )
    }

    fn is_between_the_same(&self, other: &Hole) -> bool {
        self.first == other.first && self.second == other.second && self.minutes == other.minutes
    }
}

/// The holes of the week, with the crews at work, and the first of each exception that is not over before `from`.
pub fn all(setting: &CalendarSetting, from: Date) -> Vec<Hole> {
    let of_week = of_week(setting);
    let ahead = setting.exceptions.iter().filter(|it| it.dates.last >= from);
    let of_exceptions: Vec<Hole> = ahead
        .filter_map(|exception| beside(&of_week, setting, exception.dates))
        .collect();
    of_week.into_iter().chain(of_exceptions).collect()
}

/// The holes of the week, with the crews at work: each once, with all its days.
pub fn of_week(setting: &CalendarSetting) -> Vec<Hole> {
    let rotation = CalendarSetting {
        holidays: Vec::new(),
        exceptions: Vec::new(),
        ..setting.clone()
    };
    let (first, count) = match setting.crews.first() {
        Some(crew) => (crew.start, crew.pattern.len() * WEEK_DAYS),
        None => (MONDAY, WEEK_DAYS),
    };
    let mut found: Vec<(Hole, [bool; 7])> = Vec::new();
    for date in std::iter::successors(Some(first), |date| date.tomorrow().ok()).take(count) {
        for hole in of_day(&rotation, date) {
            let day = weekday(date);
            match found.iter_mut().find(|(known, _)| known.is_between_the_same(&hole)) {
                Some((_, days)) => days[day] = true,
                None => {
                    let mut days = [false; 7];
                    days[day] = true;
                    found.push((hole, days));
                }
            }
        }
    }
    let holes = found.into_iter();
    holes
        .map(|(hole, days)| Hole {
            on: On::Days(days),
            ..hole
        })
        .collect()
}

/// The first hole on the dates of an exception that the week has not on any day.
pub fn of_exception(setting: &CalendarSetting, dates: Dates) -> Option<Hole> {
    beside(&of_week(setting), setting, dates)
}

/// The first hole on some dates that the week has not.
fn beside(of_week: &[Hole], setting: &CalendarSetting, dates: Dates) -> Option<Hole> {
    let days = std::iter::successors(Some(dates.first), |date| date.tomorrow().ok());
    let mut holes = days
        .take_while(|date| *date <= dates.last)
        .flat_map(|date| of_day(setting, date));
    holes.find(|hole| !of_week.iter().any(|known| known.is_between_the_same(hole)))
}

/// The holes of one business day.
fn of_day(setting: &CalendarSetting, date: Date) -> Vec<Hole> {
    let mut shifts: Vec<(u32, u32, &Arc<str>)> = Vec::new();
    let next = date.tomorrow().ok();
    for (begins_on, later) in [(Some(date), 0), (next, DAY_MIN)] {
        let Some(begins_on) = begins_on else { continue };
        let own = setting
            .turns(begins_on)
            .filter(|turn| business_date::of(begins_on, turn.from_min, setting.day_start_min) == date);
        shifts.extend(own.map(|turn| (turn.from_min + later, turn.end_min + later, turn.id)));
    }
    shifts.sort_unstable();
    let mut holes = Vec::new();
    let mut until: Option<(u32, &Arc<str>)> = None;
    for (from, end, id) in shifts {
        if let Some((until, first)) = until.filter(|(until, _)| *until < from) {
            holes.push(Hole {
                first: Arc::clone(first),
                second: Arc::clone(id),
                minutes: (until, from),
                on: On::Date(date),
            });
        }
        until = until.filter(|(until, _)| *until >= end).or(Some((end, id)));
    }
    holes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::calendar::{CrewSetting, ExceptionSetting, ExceptionShift, ShiftSetting};

    /// Shifts from and to whole hours on days of the week, with a day that begins at some hour.
    fn calendar(day_start_h: u32, shifts: &[(&str, u32, u32, [bool; 7])]) -> CalendarSetting {
        let shifts = shifts.iter().map(|(id, from_h, to_h, days)| ShiftSetting {
            id: (*id).into(),
            name: (*id).into(),
            days: *days,
            from_min: from_h * 60,
            to_min: to_h * 60,
            breaks: Vec::new(),
        });
        CalendarSetting {
            day_start_min: day_start_h * 60,
            shifts: shifts.collect(),
            ..CalendarSetting::default()
        }
    }

    fn told(setting: &CalendarSetting) -> Vec<String> {
        all(setting, Date::MIN).iter().map(Hole::told).collect()
    }

    const ALL: [bool; 7] = [true; 7];
    const MON_FRI: [bool; 7] = [true, true, true, true, true, false, false];

    #[test]
    fn a_shift_that_was_forgotten_between_two_is_a_hole() {
        let early_and_night = [("early", 6, 14, ALL), ("night", 22, 6, ALL)];
        assert_eq!(
            told(&calendar(6, &early_and_night)),
            [
                "no shift runs from 14:00 to 22:00 every day, between shift `early` and shift `night`: that time is planned for nobody"
            ]
        );
        // The night is the first shift of its day there, and the early one its last.
        assert_eq!(told(&calendar(22, &early_and_night)), Vec::<String>::new());
    }

    #[test]
    fn a_hole_on_some_days_names_them() {
        let late_from_monday_to_friday = [("early", 6, 14, ALL), ("late", 14, 22, MON_FRI), ("night", 22, 6, ALL)];
        assert_eq!(
            told(&calendar(6, &late_from_monday_to_friday)),
            [
                "no shift runs from 14:00 to 22:00 on sat, sun, between shift `early` and shift `night`: that time is planned for \
              nobody"
            ]
        );
    }

    #[test]
    fn a_night_after_one_or_two_shifts_is_no_hole() {
        for shifts in [
            vec![("day", 8, 17, MON_FRI)],
            vec![("early", 6, 14, MON_FRI), ("late", 14, 22, MON_FRI)],
            vec![("night", 22, 6, MON_FRI)],
            vec![("early", 6, 14, ALL), ("late", 14, 22, ALL), ("night", 22, 6, ALL)],
        ] {
            assert_eq!(told(&calendar(6, &shifts)), Vec::<String>::new(), "{shifts:?}");
        }
    }

    #[test]
    fn a_hole_after_midnight_belongs_to_the_day_before() {
        // Of the day that begins at 06:00: 14:00 to 24:00, and 02:00 to 06:00 the next morning.
        let shifts = [
            ("late", 14, 0, [true, false, false, false, false, false, false]),
            ("dawn", 2, 6, [false, true, false, false, false, false, false]),
        ];
        assert_eq!(
            told(&calendar(6, &shifts)),
            [
                "no shift runs from 00:00 to 02:00 on mon, between shift `late` and shift `dawn`: that time is planned for nobody"
            ]
        );
    }

    #[test]
    fn a_hole_in_the_pattern_of_crews_is_found() {
        let mut crewed = calendar(
            6,
            &[
                ("early", 6, 14, [false; 7]),
                ("late", 14, 22, [false; 7]),
                ("night", 22, 6, ALL),
            ],
        );
        let crew = |id: &str, pattern: [&str; 2]| CrewSetting {
            id: id.into(),
            start: MONDAY,
            pattern: pattern.map(Into::into).into(),
        };
        crewed.crews = vec![crew("A", ["early", "early"]), crew("B", ["late", ""])];
        let found = told(&crewed);
        assert_eq!(found.len(), 1, "{found:?}");
        // Two days and the week come together on each day of the week.
        assert!(
            found[0].contains("from 14:00 to 22:00 every day, between shift `early`"),
            "{found:?}"
        );
    }

    #[test]
    fn a_hole_of_an_exception_names_its_date() {
        let mut setting = calendar(6, &[("early", 6, 14, ALL), ("late", 14, 22, ALL)]);
        let own = |id: &str, from_h: u32, to_h: u32| ExceptionShift {
            id: id.into(),
            from_min: from_h * 60,
            to_min: to_h * 60,
            breaks: Vec::new(),
        };
        setting.exceptions = vec![ExceptionSetting {
            dates: Dates {
                first: date(2026, 12, 6),
                last: date(2026, 12, 7),
            },
            shifts: vec![own("early", 6, 12), own("late", 14, 22)],
        }];
        let on_the_sixth = "no shift runs from 12:00 to 14:00 on 2026-12-06, between shift `early` and shift `late`: that time is planned for nobody";
        assert_eq!(told(&setting), [on_the_sixth]);
        assert_eq!(all(&setting, date(2026, 12, 8)), [], "over");
    }
}
