//! Pure. When work is planned, as settings say it, and which shifts begin on a plant-local date.

pub mod business_date;
pub mod dates;
pub mod hole;
pub mod hours;
pub mod overlap;

use super::ids::MachineId;
use jiff::civil::Date;
use std::sync::Arc;

/// Minutes of a local day without a change of the clocks.
pub const DAY_MIN: u32 = 24 * 60;

/// When work is planned.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CalendarSetting {
    /// IANA zone.
    pub timezone: Arc<str>,
    /// Minute of the local day at which the production day begins.
    pub day_start_min: u32,
    /// The shifts. None at all means: all time is planned.
    pub shifts: Vec<ShiftSetting>,
    /// Dates on which no shift begins.
    pub holidays: Vec<Dates>,
    /// Dates that have shifts of their own, whatever the weekday, the crews and the holidays say.
    pub exceptions: Vec<ExceptionSetting>,
    /// Who works when.
    pub crews: Vec<CrewSetting>,
    /// Stops that are planned every week.
    pub planned_stops: Vec<PlannedStopSetting>,
}

/// One shift of a weekly pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShiftSetting {
    /// Its id: tag `shift` on every point.
    pub id: Arc<str>,
    /// Its name for people.
    pub name: Arc<str>,
    /// The days it begins on, Monday first; none where only crews and exceptions bring it about.
    pub days: [bool; 7],
    /// Local minute of the day it begins at.
    pub from_min: u32,
    /// Local minute it ends at; at or before `from_min` it is on the next day.
    pub to_min: u32,
    /// Breaks as local minutes (from, to); before the shift's own `from_min` they are on the next day.
    pub breaks: Vec<(u32, u32)>,
}

/// Plant-local dates from the first to the last, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dates {
    /// The first of them.
    pub first: Date,
    /// The last of them; the first again for a single date.
    pub last: Date,
}

/// Dates with shifts of their own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExceptionSetting {
    /// On which dates.
    pub dates: Dates,
    /// The shifts that begin on each of them, and no other; empty for none.
    pub shifts: Vec<ExceptionShift>,
}

/// A shift as it runs on the dates of an exception.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExceptionShift {
    /// Id of the shift.
    pub id: Arc<str>,
    /// Local minute of the day it begins at.
    pub from_min: u32,
    /// Local minute it ends at; at or before `from_min` it is on the next day.
    pub to_min: u32,
    /// Breaks as local minutes (from, to), as those of a [`ShiftSetting`].
    pub breaks: Vec<(u32, u32)>,
}

/// A crew that rotates over the shifts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CrewSetting {
    /// Its id: tag `crew` on every point.
    pub id: Arc<str>,
    /// A date that is the first day of the pattern, which goes on before and after it without end.
    pub start: Date,
    /// The id of the shift it works on each day of the pattern; empty for a day off.
    pub pattern: Vec<Arc<str>>,
}

/// A stop that is planned every week.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedStopSetting {
    /// Its id: the cause of the stop.
    pub id: Arc<str>,
    /// Its name for people.
    pub name: Arc<str>,
    /// The days it begins on, Monday first.
    pub days: [bool; 7],
    /// Local minute of the day it begins at.
    pub from_min: u32,
    /// Local minute it ends at; at or before `from_min` it is on the next day.
    pub to_min: u32,
    /// The machines it is planned for ...
    pub machines: Vec<MachineId>,
    /// ... and the lines. Every machine where both are empty.
    pub lines: Vec<Arc<str>>,
}

/// A shift as it runs on one date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Turn<'a> {
    /// Id of the shift.
    pub id: &'a Arc<str>,
    /// Its name for people.
    pub name: &'a Arc<str>,
    /// The crew whose pattern names it on the date.
    pub crew: Option<&'a Arc<str>>,
    /// Local minute of the date it begins at.
    pub from_min: u32,
    /// Local minute it ends at, counted from the date's midnight: from 1,440 on it is on the next day.
    pub end_min: u32,
    /// Breaks as local minutes (from, to); before `from_min` they are on the next day.
    pub breaks: &'a [(u32, u32)],
}

impl CalendarSetting {
    /// The shifts that begin on a date, in the order they are listed: an exception says which; else none on a holiday; else
    /// those a crew works and those whose weekday it is.
    pub fn turns(&self, date: Date) -> impl Iterator<Item = Turn<'_>> {
        let exception = self.exceptions.iter().find(|exception| exception.dates.contains(date));
        let is_ordinary = exception.is_none() && !self.is_holiday(date);
        let ordinary: &[ShiftSetting] = if is_ordinary { &self.shifts } else { &[] };
        let own: &[ExceptionShift] = exception.map_or(&[], |exception| &exception.shifts);
        let ordinary = ordinary.iter().filter_map(move |shift| {
            let crew = self.crew(&shift.id, date);
            (crew.is_some() || shift.days[weekday(date)]).then(|| Turn {
                id: &shift.id,
                name: &shift.name,
                crew,
                from_min: shift.from_min,
                end_min: end_min(shift.from_min, shift.to_min),
                breaks: &shift.breaks,
            })
        });
        ordinary.chain(own.iter().filter_map(move |own| {
            // One that is not listed does not run.
            let shift = self.shifts.iter().find(|shift| shift.id == own.id)?;
            Some(Turn {
                id: &shift.id,
                name: &shift.name,
                crew: self.crew(&shift.id, date),
                from_min: own.from_min,
                end_min: end_min(own.from_min, own.to_min),
                breaks: &own.breaks,
            })
        }))
    }

    /// True when the date is a holiday; an exception may have shifts on it all the same.
    pub fn is_holiday(&self, date: Date) -> bool {
        self.holidays.iter().any(|holiday| holiday.contains(date))
    }

    fn crew(&self, shift: &str, date: Date) -> Option<&Arc<str>> {
        let works = |crew: &&CrewSetting| crew.shift_on(date) == shift;
        self.crews.iter().find(works).map(|crew| &crew.id)
    }
}

impl Dates {
    /// True when the date is one of them.
    pub fn contains(&self, date: Date) -> bool {
        self.first <= date && date <= self.last
    }
}

impl CrewSetting {
    /// Id of the shift the crew works on a date; empty for a day off.
    pub fn shift_on(&self, date: Date) -> &str {
        let days = date.duration_since(self.start).as_hours() / 24;
        let length = i64::try_from(self.pattern.len()).unwrap_or(i64::MAX).max(1);
        let day = usize::try_from(days.rem_euclid(length)).unwrap_or(0);
        self.pattern.get(day).map_or("", |shift| shift)
    }
}

impl PlannedStopSetting {
    /// True when it is planned for this machine.
    pub fn is_for(&self, machine: MachineId, line: &str) -> bool {
        let is_for_all = self.machines.is_empty() && self.lines.is_empty();
        is_for_all || self.machines.contains(&machine) || self.lines.iter().any(|its| **its == *line)
    }
}

/// The local minute something ends at, counted from midnight of the day it begins on.
pub fn end_min(from_min: u32, to_min: u32) -> u32 {
    if to_min <= from_min {
        to_min.saturating_add(DAY_MIN)
    } else {
        to_min
    }
}

/// The day of the week of a date, Monday is 0.
pub fn weekday(date: Date) -> usize {
    usize::from(date.weekday().to_monday_zero_offset().unsigned_abs())
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn shift(id: &str, from_min: u32, to_min: u32, days: [bool; 7]) -> ShiftSetting {
        ShiftSetting {
            id: id.into(),
            name: format!("shift {id}").into(),
            days,
            from_min,
            to_min,
            breaks: vec![],
        }
    }

    const MON_SAT: [bool; 7] = [true, true, true, true, true, true, false];

    fn one(date: Date) -> Dates {
        Dates {
            first: date,
            last: date,
        }
    }

    fn ids(setting: &CalendarSetting, date: Date) -> Vec<(&str, &str)> {
        let turns = setting.turns(date);
        turns
            .map(|turn| (&**turn.id, turn.crew.map_or("", |crew| crew)))
            .collect()
    }

    #[test]
    fn an_exception_wins_over_a_holiday_and_a_holiday_over_the_week() {
        // 2026-12-06 is a Sunday, 2026-12-24 a Thursday.
        let sunday = ExceptionShift {
            id: "1".into(),
            from_min: 420,
            to_min: 840,
            breaks: vec![(600, 615)],
        };
        let setting = CalendarSetting {
            shifts: vec![shift("1", 360, 840, MON_SAT), shift("3", 1_320, 360, MON_SAT)],
            holidays: vec![
                Dates {
                    first: date(2026, 12, 24),
                    last: date(2026, 12, 26),
                },
                one(date(2026, 12, 6)),
            ],
            exceptions: vec![
                ExceptionSetting {
                    dates: one(date(2026, 12, 6)),
                    shifts: vec![sunday],
                },
                ExceptionSetting {
                    dates: one(date(2026, 12, 7)),
                    shifts: vec![],
                },
            ],
            ..CalendarSetting::default()
        };
        let turns: Vec<Turn> = setting.turns(date(2026, 12, 6)).collect();
        assert_eq!(turns.len(), 1);
        assert_eq!(
            (turns[0].from_min, turns[0].end_min, turns[0].breaks),
            (420, 840, &[(600, 615)][..])
        );
        assert_eq!(**turns[0].name, *"shift 1");
        assert!(
            ids(&setting, date(2026, 12, 7)).is_empty(),
            "an exception without shifts"
        );
        assert_eq!(ids(&setting, date(2026, 12, 8)), [("1", ""), ("3", "")]);
        assert_eq!(
            setting.turns(date(2026, 12, 8)).nth(1).map(|turn| turn.end_min),
            Some(1_800),
            "06:00 of the next day: 360 + 1,440"
        );
        for day in 24..=26 {
            assert!(ids(&setting, date(2026, 12, day)).is_empty(), "holiday on {day}");
        }
        assert_eq!(ids(&setting, date(2026, 12, 28)).len(), 2);
    }

    #[test]
    fn crews_rotate_over_the_shifts_from_a_date_on_and_back() {
        let crew = |id: &str, pattern: [&str; 6]| CrewSetting {
            id: id.into(),
            start: date(2026, 1, 5),
            pattern: pattern.map(Arc::from).to_vec(),
        };
        let setting = CalendarSetting {
            shifts: vec![
                shift("day", 360, 1_080, [false; 7]),
                shift("night", 1_080, 360, [false; 7]),
                shift("office", 480, 960, MON_SAT),
            ],
            crews: vec![
                crew("A", ["day", "day", "night", "night", "", ""]),
                crew("B", ["night", "night", "", "", "day", "day"]),
                crew("C", ["", "", "day", "day", "night", "night"]),
            ],
            ..CalendarSetting::default()
        };
        // Day 0 of the pattern is Monday 2026-01-05; 2027-01-04 is 364 days later: 364 = 60 x 6 + 4.
        let on = |date: Date| ids(&setting, date);
        assert_eq!(on(date(2026, 1, 5)), [("day", "A"), ("night", "B"), ("office", "")]);
        assert_eq!(on(date(2026, 1, 7)), [("day", "C"), ("night", "A"), ("office", "")]);
        assert_eq!(on(date(2027, 1, 4)), [("day", "B"), ("night", "C"), ("office", "")]);
        assert_eq!(
            on(date(2026, 1, 4)),
            [("day", "B"), ("night", "C")],
            "the day before, a Sunday: day 5"
        );
        for day in 5..=31 {
            let crews: Vec<_> = on(date(2026, 1, day))
                .into_iter()
                .filter(|(_, crew)| !crew.is_empty())
                .collect();
            assert_eq!(crews.len(), 2, "2 x 12 runs around the clock on {day}");
        }
    }

    #[test]
    fn a_planned_stop_is_for_its_machines_and_lines_or_for_all() {
        let stop = |machines: &[u32], lines: &[&str]| PlannedStopSetting {
            id: "cleaning".into(),
            name: "cleaning".into(),
            days: [true; 7],
            from_min: 300,
            to_min: 360,
            machines: machines.iter().map(|id| MachineId(*id)).collect(),
            lines: lines.iter().map(|line| Arc::from(*line)).collect(),
        };
        let is_for = |stop: PlannedStopSetting, machine, line| stop.is_for(MachineId(machine), line);
        assert!(is_for(stop(&[], &[]), 3, ""));
        assert!(is_for(stop(&[3], &[]), 3, "moulding"));
        assert!(!is_for(stop(&[3], &[]), 4, "moulding"));
        assert!(is_for(stop(&[3], &["moulding"]), 4, "moulding"));
        assert!(!is_for(stop(&[], &["moulding"]), 4, ""));
    }
}
