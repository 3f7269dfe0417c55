//! Pure. A change of the calendar that only adds time to work on single dates: overtime, which a shift leader confirms.

use crate::model::calendar::{CalendarSetting, ExceptionSetting};
use crate::oee::calendar::{Calendar, Occurrence};
use jiff::civil::Date;
use std::collections::BTreeSet;

/// Dates in one change of a shift leader: a month of overtime is a matter of the calendar.
const MOST_DATES: usize = 31;

/// True where the calendar stays as it `was` but for shifts on single dates, and each shift of these dates keeps the time it had.
pub(super) fn is_all(was: &CalendarSetting, is: &CalendarSetting) -> bool {
    let exceptions = was.exceptions.clone();
    let rest = CalendarSetting {
        exceptions,
        ..is.clone()
    };
    if rest != *was {
        return false;
    }
    let Some(dates) = changed(&was.exceptions, &is.exceptions) else {
        return false;
    };
    let (was, is) = (Calendar::new(was.clone()), Calendar::new(is.clone()));
    dates.into_iter().all(|date| keeps_all(&was, &is, date))
}

/// The dates whose exceptions differ, and those beside them; `None` where they are too many.
fn changed(was: &[ExceptionSetting], is: &[ExceptionSetting]) -> Option<BTreeSet<Date>> {
    let differs = |one: &&ExceptionSetting, others: &[ExceptionSetting]| !others.contains(one);
    let gone = was.iter().filter(|one| differs(one, is));
    let new = is.iter().filter(|one| differs(one, was));
    let mut dates = BTreeSet::new();
    for exception in gone.chain(new) {
        let mut date = exception.dates.first;
        while date <= exception.dates.last {
            dates.insert(date);
            if dates.len() > MOST_DATES {
                return None;
            }
            date = date.tomorrow().ok()?;
        }
    }
    // A shift may reach into the day after, and be in the way of the one that begins there.
    let around = dates
        .iter()
        .flat_map(|date| [date.yesterday().ok(), Some(*date), date.tomorrow().ok()]);
    Some(around.flatten().collect())
}

fn keeps_all(was: &Calendar, is: &Calendar, date: Date) -> bool {
    let shifts: Vec<Occurrence> = is.shifts(date, date).collect();
    was.shifts(date, date).all(|old| {
        let same = shifts.iter().find(|shift| shift.turn.id == old.turn.id);
        same.is_some_and(|shift| {
            let holds = shift.period.start <= old.period.start && old.period.end <= shift.period.end;
            let breaks = was.breaks(&old);
            let new = is.breaks(shift).into_iter().map(|pause| pause.intersect(old.period));
            let mut new = new.filter(|pause| !pause.is_empty());
            holds && new.all(|pause| breaks.iter().any(|old| old.intersect(pause) == pause))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::calendar::{Dates, ExceptionShift, ShiftSetting};
    use jiff::civil::date;

    /// A shift from 06:00 to 14:00 with a break at 10:00 on weekdays, and these exceptions.
    fn calendar(exceptions: Vec<ExceptionSetting>) -> CalendarSetting {
        CalendarSetting {
            timezone: "Asia/Ho_Chi_Minh".into(),
            day_start_min: 360,
            shifts: vec![ShiftSetting {
                id: "1".into(),
                name: "1".into(),
                days: [true, true, true, true, true, false, false],
                from_min: 360,
                to_min: 840,
                breaks: vec![(600, 630)],
            }],
            exceptions,
            ..CalendarSetting::default()
        }
    }

    /// The shift on the dates of November 2026 from `first` to `last`, between these hours, with a break of half an hour.
    fn on(first: i8, last: i8, (from, to): (u32, u32), pause: u32) -> ExceptionSetting {
        ExceptionSetting {
            dates: Dates {
                first: date(2026, 11, first),
                last: date(2026, 11, last),
            },
            shifts: vec![ExceptionShift {
                id: "1".into(),
                from_min: from * 60,
                to_min: to * 60,
                breaks: vec![(pause, pause + 30)],
            }],
        }
    }

    #[test]
    fn a_longer_shift_and_one_on_a_free_day_are_overtime_and_less_time_is_not() {
        let plain = calendar(vec![]);
        // 20 November 2026 is a Friday, the 22nd a Sunday.
        for (exception, is_overtime) in [
            (on(20, 20, (6, 16), 600), true),
            (on(20, 20, (5, 14), 600), true),
            (on(22, 22, (6, 10), 480), true),
            (on(20, 22, (6, 16), 600), true),
            // From 12:00 on nobody works any more.
            (on(20, 20, (6, 12), 600), false),
            // The time of another break is taken away.
            (on(20, 20, (6, 16), 660), false),
            (
                ExceptionSetting {
                    shifts: vec![],
                    ..on(20, 20, (6, 14), 600)
                },
                false,
            ),
        ] {
            assert_eq!(
                is_all(&plain, &calendar(vec![exception.clone()])),
                is_overtime,
                "{exception:?}"
            );
        }
    }

    #[test]
    fn overtime_that_was_confirmed_is_not_taken_back_by_it_and_may_grow() {
        let longer = calendar(vec![on(20, 20, (6, 16), 600)]);
        assert!(!is_all(&longer, &calendar(vec![])));
        assert!(!is_all(&longer, &calendar(vec![on(20, 20, (6, 15), 600)])));
        assert!(is_all(&longer, &calendar(vec![on(20, 20, (6, 17), 600)])));
    }

    #[test]
    fn a_shift_that_reaches_into_the_next_day_takes_nothing_of_the_shift_there() {
        let mut night = calendar(vec![]);
        night.shifts.push(ShiftSetting {
            id: "3".into(),
            from_min: 1_320,
            to_min: 360,
            breaks: vec![],
            ..night.shifts[0].clone()
        });
        let thursday = |to_min, breaks: Vec<(u32, u32)>| {
            let mut with = on(19, 19, (6, 14), 600);
            with.shifts.push(ExceptionShift {
                id: "3".into(),
                from_min: 1_320,
                to_min,
                breaks,
            });
            let exceptions = vec![with];
            CalendarSetting {
                exceptions,
                ..night.clone()
            }
        };
        assert!(is_all(&night, &thursday(360, vec![])), "as it was");
        // The night goes on to 14:00 of Friday, with a break of all the time of Friday's first shift.
        assert!(!is_all(&night, &thursday(840, vec![(360, 840)])));
    }

    #[test]
    fn all_else_of_the_calendar_and_more_than_a_month_is_no_overtime() {
        let plain = calendar(vec![]);
        let mut other = calendar(vec![on(22, 22, (6, 14), 600)]);
        other.day_start_min = 0;
        assert!(!is_all(&plain, &other));
        let mut long = on(1, 30, (6, 16), 600);
        assert!(is_all(&plain, &calendar(vec![long.clone()])), "30 days");
        long.dates.last = date(2026, 12, 2);
        assert!(!is_all(&plain, &calendar(vec![long])), "32 days");
    }
}
