//! Pure. The shifts, breaks, crews and planned stops of seven days, in the plant's local time.

use crate::model::calendar::{PlannedStopSetting, end_min, weekday};
use crate::model::ids::Roster;
use crate::model::time::{HOUR_MS, MINUTE_MS, Period, Timestamp};
use crate::oee::calendar::{Calendar, Occurrence};
use jiff::civil::Date;
use jiff::tz::TimeZone;

const DAYS: usize = 7;
const NAMES: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/// The seven days from `first` on; empty where the calendar has neither shifts nor planned stops.
pub fn told(calendar: &Calendar, roster: &Roster, first: Date) -> String {
    let setting = calendar.setting();
    if setting.shifts.is_empty() && setting.planned_stops.is_empty() {
        return String::new();
    }
    let mut text = format!("  the next seven days, in {}\n", setting.timezone);
    let dates = std::iter::successors(Some(first), |date| date.tomorrow().ok());
    for date in dates.take(DAYS) {
        text.push_str(&format!(
            "    {} {date}{}\n",
            NAMES[weekday(date)],
            mark(calendar, date)
        ));
        for line in day(calendar, roster, date) {
            text.push_str(&format!("      {line}\n"));
        }
    }
    text
}

/// Why a day is not as its weekday has it, or has no shift.
fn mark(calendar: &Calendar, date: Date) -> String {
    let setting = calendar.setting();
    let own = setting
        .exceptions
        .iter()
        .any(|exception| exception.dates.contains(date));
    let marks = [
        (setting.is_holiday(date), ", holiday"),
        (own, ", exception"),
        (
            !setting.shifts.is_empty() && setting.turns(date).next().is_none(),
            ", no shift",
        ),
    ];
    marks
        .into_iter()
        .filter(|(holds, _)| *holds)
        .map(|(_, text)| text)
        .collect()
}

fn day(calendar: &Calendar, roster: &Roster, date: Date) -> Vec<String> {
    let zone = TimeZone::get(&calendar.setting().timezone).unwrap_or(TimeZone::UTC);
    let shifts = calendar
        .shifts(date, date)
        .map(|shift| shift_line(calendar, &zone, &shift));
    let stops = calendar.setting().planned_stops.iter();
    let stops = stops
        .filter(|stop| stop.days[weekday(date)])
        .map(|stop| stop_line(stop, roster));
    shifts.chain(stops).collect()
}

/// `2 (Late) 14:00-22:00, break 18:00-18:30, crew B`.
fn shift_line(calendar: &Calendar, zone: &TimeZone, shift: &Occurrence) -> String {
    let turn = &shift.turn;
    let mut line = named(turn.id, turn.name);
    line.push(' ');
    line.push_str(&times(zone, shift.period));
    if shift.period.ms() != i64::from(turn.end_min.saturating_sub(turn.from_min)) * MINUTE_MS {
        let hours = shift.period.ms() as f64 / HOUR_MS as f64;
        line.push_str(&format!(" ({hours} h, the clocks change)"));
    }
    let mut breaks = calendar.breaks(shift);
    breaks.sort_unstable();
    for pause in breaks {
        line.push_str(&format!(", break {}", times(zone, pause)));
    }
    if let Some(crew) = turn.crew {
        line.push_str(&format!(", crew {crew}"));
    }
    line
}

/// `planned stop cleaning 05:00-06:00: press-01, line moulding`.
fn stop_line(stop: &PlannedStopSetting, roster: &Roster) -> String {
    let machines = stop.machines.iter().map(|machine| roster.name(*machine).to_owned());
    let lines = stop.lines.iter().map(|line| format!("line {line}"));
    let mut whose: Vec<String> = machines.chain(lines).collect();
    if whose.is_empty() {
        whose.push("all machines".to_owned());
    }
    let clock = |minute: u32| format!("{:02}:{:02}", minute / 60 % 24, minute % 60);
    let until = end_min(stop.from_min, stop.to_min);
    format!(
        "planned stop {} {}-{}: {}",
        named(&stop.id, &stop.name),
        clock(stop.from_min),
        clock(until),
        whose.join(", ")
    )
}

fn named(id: &str, name: &str) -> String {
    if id == name {
        id.to_owned()
    } else {
        format!("{id} ({name})")
    }
}

fn times(zone: &TimeZone, period: Period) -> String {
    format!("{}-{}", clock(zone, period.start), clock(zone, period.end))
}

fn clock(zone: &TimeZone, at: Timestamp) -> String {
    let Ok(at) = jiff::Timestamp::from_millisecond(at.0) else {
        return "?".to_owned();
    };
    let time = zone.to_datetime(at).time();
    format!("{:02}:{:02}", time.hour(), time.minute())
}

#[cfg(test)]
mod tests;
