//! The calendar of the oracle: shifts, breaks and production days painted onto seconds, by local clocks written down here.
#![allow(clippy::unwrap_used, reason = "a test double may fail its test")]

use gemba::model::calendar::{CalendarSetting, Dates, ShiftSetting};
use gemba::model::ids::MachineId;
use gemba::oee::calendar::Planned;
use jiff::civil::Date;
use std::ops::RangeInclusive;
use std::sync::Arc;

const DAY_S: i64 = 86_400;
/// The Sunday of 2026 on which Berlin's clocks go back at 01:00 UTC, and the one of 2027 on which they go forward.
const BERLIN: [(i64, i64); 3] = [(i64::MIN / 2, 7_200), (1_792_890_000, 3_600), (1_806_195_600, 7_200)];

/// The offsets of a zone, and the second of the history of an instant.
type Clock<'a> = (&'a [(i64, i64)], &'a dyn Fn(i64) -> usize);

/// What the calendar says of one second.
#[derive(Clone)]
pub struct Painted {
    pub planned: Planned,
    /// Id of the planned stop of the week it lies in.
    pub planned_stop: Arc<str>,
    pub shift: Arc<str>,
    /// Seconds since 1970 at which the shift, or outside shifts the production day, began.
    pub shift_start: i64,
    pub business_date: Arc<str>,
    /// Seconds since 1970 at which the shift began, or outside shifts the last shift ended or the production day began.
    pub since: i64,
    /// True when a shift, or outside shifts a production day, begins or ends here.
    pub cut: bool,
}

/// The seconds from `from` (seconds since 1970) on.
pub fn paint(setting: &CalendarSetting, machine: MachineId, line: &str, from: i64, seconds: usize) -> Vec<Painted> {
    let zone = zone(&setting.timezone);
    let nothing = if setting.shifts.is_empty() {
        Planned::Work
    } else {
        Planned::Nothing
    };
    let blank = Painted {
        planned: nothing,
        planned_stop: "".into(),
        shift: "".into(),
        shift_start: 0,
        since: 0,
        business_date: "".into(),
        cut: false,
    };
    let mut painted = vec![blank; seconds];
    let place = |instant: i64| usize::try_from((instant - from).max(0)).unwrap().min(seconds);
    let first = from.div_euclid(DAY_S) - 2;
    let days = first..=(from + seconds as i64).div_euclid(DAY_S) + 2;
    for day in days.clone() {
        let begins = instant(&zone, day, i64::from(setting.day_start_min));
        let date: Arc<str> = business_date(&zone, begins, setting).into();
        for second in &mut painted[place(begins)..] {
            (second.shift_start, second.since) = (begins, begins);
            second.business_date = Arc::clone(&date);
        }
        cut(&mut painted, begins - from);
    }
    for day in days.clone() {
        for shift in of_day(setting, day) {
            let (begins, ends) = bounds(&zone, day, &shift);
            let date: Arc<str> = business_date(&zone, begins, setting).into();
            for second in &mut painted[place(begins)..place(ends)] {
                *second = Painted {
                    planned: Planned::Work,
                    planned_stop: "".into(),
                    shift: Arc::clone(&shift.id),
                    shift_start: begins,
                    since: begins,
                    business_date: Arc::clone(&date),
                    cut: false,
                };
            }
            cut(&mut painted, begins - from);
            cut(&mut painted, ends - from);
            for second in painted[place(ends)..]
                .iter_mut()
                .filter(|second| second.shift.is_empty())
            {
                second.since = second.since.max(ends);
            }
            rest(&mut painted, &shift, day, ends, (&zone, &place));
        }
    }
    plan_stops(&mut painted, setting, machine, line, days, (&zone, &place));
    painted
}

/// Paints the breaks of a shift of a day.
fn rest(painted: &mut [Painted], shift: &ShiftSetting, day: i64, ends: i64, (zone, place): Clock) {
    for (pause, until) in &shift.breaks {
        let next_day = i64::from(*pause < shift.from_min);
        let first = instant(zone, day + next_day, i64::from(*pause)).min(ends);
        let length = (i64::from(*until) - i64::from(*pause)).rem_euclid(1_440) * 60;
        for second in &mut painted[place(first)..place((first + length).min(ends))] {
            second.planned = Planned::Break;
        }
    }
}

/// Paints the planned stops of each week.
fn plan_stops(
    painted: &mut [Painted],
    setting: &CalendarSetting,
    machine: MachineId,
    line: &str,
    days: RangeInclusive<i64>,
    (zone, place): Clock,
) {
    for stop in &setting.planned_stops {
        let everywhere = stop.machines.is_empty() && stop.lines.is_empty();
        if !everywhere && !stop.machines.contains(&machine) && !stop.lines.iter().any(|of| **of == *line) {
            continue;
        }
        for day in days.clone().filter(|day| stop.days[weekday(*day)]) {
            let over_midnight = i64::from(stop.to_min <= stop.from_min);
            let begins = instant(zone, day, i64::from(stop.from_min));
            let ends = instant(zone, day + over_midnight, i64::from(stop.to_min));
            let seconds = &mut painted[place(begins)..place(ends)];
            for second in seconds.iter_mut().filter(|second| second.planned == Planned::Work) {
                second.planned = Planned::Stop;
                second.planned_stop = Arc::clone(&stop.id);
            }
        }
    }
}

/// The shifts that begin on a day (counted from 1970-01-01), with the times they have on it.
fn of_day(setting: &CalendarSetting, day: i64) -> Vec<ShiftSetting> {
    let holds = |dates: &Dates| (number(dates.first)..=number(dates.last)).contains(&day);
    if let Some(exception) = setting.exceptions.iter().find(|exception| holds(&exception.dates)) {
        let own = exception.shifts.iter().map(|own| ShiftSetting {
            id: Arc::clone(&own.id),
            name: Arc::clone(&own.id),
            days: [true; 7],
            from_min: own.from_min,
            to_min: own.to_min,
            breaks: own.breaks.clone(),
        });
        return own.collect();
    }
    if setting.holidays.iter().any(holds) {
        return Vec::new();
    }
    let on = |shift: &&ShiftSetting| shift.days[weekday(day)];
    setting.shifts.iter().filter(on).cloned().collect()
}

fn number(date: Date) -> i64 {
    date.duration_since(jiff::civil::date(1970, 1, 1)).as_hours() / 24
}

/// 1970-01-01 was a Thursday.
fn weekday(day: i64) -> usize {
    usize::try_from((day + 3).rem_euclid(7)).unwrap()
}

fn cut(painted: &mut [Painted], second: i64) {
    if let Some(painted) = usize::try_from(second).ok().and_then(|second| painted.get_mut(second)) {
        painted.cut = true;
    }
}

fn bounds(zone: &[(i64, i64)], day: i64, shift: &ShiftSetting) -> (i64, i64) {
    let over_midnight = i64::from(shift.to_min <= shift.from_min);
    let begins = instant(zone, day, i64::from(shift.from_min));
    (begins, instant(zone, day + over_midnight, i64::from(shift.to_min)))
}

/// Offsets from UTC in seconds, each with the instant it begins at.
fn zone(name: &str) -> Vec<(i64, i64)> {
    match name {
        "Asia/Ho_Chi_Minh" => vec![(i64::MIN / 2, 7 * 3_600)],
        "Europe/Berlin" => BERLIN.to_vec(),
        _ => vec![(i64::MIN / 2, 0)],
    }
}

/// A local minute of a day (counted from 1970-01-01). One that comes twice is the first; one that the clocks leap over is the
/// leap.
fn instant(zone: &[(i64, i64)], day: i64, minute: i64) -> i64 {
    let local = day * DAY_S + minute * 60;
    for (place, (begins, offset)) in zone.iter().enumerate() {
        let ends = zone.get(place + 1).map_or(i64::MAX, |next| next.0);
        if local - offset < ends {
            return (local - offset).max(*begins);
        }
    }
    i64::MAX
}

fn business_date(zone: &[(i64, i64)], begins: i64, setting: &CalendarSetting) -> String {
    let offset = zone.iter().rev().find(|(from, _)| *from <= begins).unwrap().1;
    let mut day = (begins + offset).div_euclid(DAY_S);
    if begins < instant(zone, day, i64::from(setting.day_start_min)) {
        day -= 1;
    }
    let first = jiff::civil::date(1970, 1, 1);
    first.checked_add(jiff::Span::new().days(day)).unwrap().to_string()
}
