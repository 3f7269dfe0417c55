//! Tests of the week that `gemba check` prints.

use super::*;
use crate::model::calendar::{CalendarSetting, CrewSetting, Dates, ExceptionSetting, ExceptionShift, ShiftSetting};
use jiff::civil::date;

fn shift(id: &str, name: &str, from_min: u32, to_min: u32, breaks: &[(u32, u32)]) -> ShiftSetting {
    ShiftSetting {
        id: id.into(),
        name: name.into(),
        days: [true, true, true, true, true, false, false],
        from_min,
        to_min,
        breaks: breaks.to_vec(),
    }
}

fn one(date: Date) -> Dates {
    Dates {
        first: date,
        last: date,
    }
}

fn berlin(roster: &mut Roster) -> Calendar {
    let mut night = shift("3", "3", 1_320, 360, &[(120, 150)]);
    night.days = [false, false, false, false, false, true, false];
    Calendar::new(CalendarSetting {
        timezone: "Europe/Berlin".into(),
        day_start_min: 360,
        shifts: vec![shift("1", "Früh", 360, 840, &[(690, 720), (540, 555)]), night],
        holidays: vec![one(date(2026, 3, 26))],
        exceptions: vec![ExceptionSetting {
            dates: one(date(2026, 3, 29)),
            shifts: vec![ExceptionShift {
                id: "1".into(),
                from_min: 420,
                to_min: 840,
                breaks: vec![],
            }],
        }],
        crews: vec![CrewSetting {
            id: "A".into(),
            start: date(2026, 3, 25),
            pattern: vec!["1".into(), "".into()],
        }],
        planned_stops: vec![PlannedStopSetting {
            id: "cleaning".into(),
            name: "Reinigung".into(),
            days: [false, true, false, false, false, false, false],
            from_min: 780,
            to_min: 840,
            machines: vec![roster.add("press-01")],
            lines: vec!["moulding".into()],
        }],
    })
}

#[test]
fn seven_days_are_told_with_shifts_breaks_crews_stops_holidays_and_the_dst_night() {
    let mut roster = Roster::default();
    let calendar = berlin(&mut roster);
    let expected = "  the next seven days, in Europe/Berlin
    Wed 2026-03-25
      1 (Früh) 06:00-14:00, break 09:00-09:15, break 11:30-12:00, crew A
    Thu 2026-03-26, holiday, no shift
    Fri 2026-03-27
      1 (Früh) 06:00-14:00, break 09:00-09:15, break 11:30-12:00, crew A
    Sat 2026-03-28
      3 22:00-06:00 (7 h, the clocks change), break 03:00-03:30
    Sun 2026-03-29, exception
      1 (Früh) 07:00-14:00, crew A
    Mon 2026-03-30
      1 (Früh) 06:00-14:00, break 09:00-09:15, break 11:30-12:00
    Tue 2026-03-31
      1 (Früh) 06:00-14:00, break 09:00-09:15, break 11:30-12:00, crew A
      planned stop cleaning (Reinigung) 13:00-14:00: press-01, line moulding
";
    assert_eq!(told(&calendar, &roster, date(2026, 3, 25)), expected);
}

#[test]
fn a_calendar_that_plans_all_time_has_no_week_to_tell() {
    let calendar = Calendar::new(CalendarSetting::default());
    assert_eq!(told(&calendar, &Roster::default(), date(2026, 3, 25)), "");
}
