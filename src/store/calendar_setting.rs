//! Pure. When work is planned, as JSON inside its setting, and back. Dates are `2026-12-06`; machines stand by name.

use super::body::machine_name;
use crate::model::calendar::{
    CalendarSetting, CrewSetting, Dates, ExceptionSetting, ExceptionShift, PlannedStopSetting, ShiftSetting,
};
use crate::model::ids::Roster;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

#[derive(Serialize, Deserialize)]
pub(super) struct CalendarRow {
    timezone: String,
    day_start_min: u32,
    shifts: Vec<ShiftRow>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    holidays: Vec<(String, String)>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    exceptions: Vec<ExceptionRow>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    crews: Vec<CrewRow>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    planned_stops: Vec<PlannedStopRow>,
}

#[derive(Serialize, Deserialize)]
struct ShiftRow {
    id: String,
    name: String,
    days: [bool; 7],
    from_min: u32,
    to_min: u32,
    breaks: Vec<(u32, u32)>,
}

#[derive(Serialize, Deserialize)]
struct ExceptionRow {
    dates: (String, String),
    shifts: Vec<ExceptionShiftRow>,
}

#[derive(Serialize, Deserialize)]
struct ExceptionShiftRow {
    id: String,
    from_min: u32,
    to_min: u32,
    breaks: Vec<(u32, u32)>,
}

#[derive(Serialize, Deserialize)]
struct CrewRow {
    id: String,
    start: String,
    pattern: Vec<String>,
}

#[derive(Serialize, Deserialize)]
struct PlannedStopRow {
    id: String,
    name: String,
    days: [bool; 7],
    from_min: u32,
    to_min: u32,
    machines: Vec<String>,
    lines: Vec<String>,
}

impl CalendarRow {
    /// The row of a setting. An error names a machine the roster does not know.
    pub(super) fn of(setting: &CalendarSetting, roster: &Roster) -> Result<CalendarRow, String> {
        let stops = setting.planned_stops.iter();
        let planned_stops: Result<Vec<_>, _> = stops.map(|stop| PlannedStopRow::of(stop, roster)).collect();
        Ok(CalendarRow {
            timezone: setting.timezone.to_string(),
            day_start_min: setting.day_start_min,
            shifts: setting.shifts.iter().map(ShiftRow::from).collect(),
            holidays: setting.holidays.iter().map(dates_row).collect(),
            exceptions: setting.exceptions.iter().map(ExceptionRow::from).collect(),
            crews: setting.crews.iter().map(CrewRow::from).collect(),
            planned_stops: planned_stops?,
        })
    }

    /// What the row says. An error names a date that is none, or a machine the roster does not know.
    pub(super) fn setting(self, roster: &Roster) -> Result<CalendarSetting, String> {
        let holidays: Result<Vec<_>, _> = self.holidays.iter().map(dates).collect();
        let exceptions: Result<Vec<_>, _> = self.exceptions.into_iter().map(ExceptionRow::setting).collect();
        let crews: Result<Vec<_>, _> = self.crews.into_iter().map(CrewRow::setting).collect();
        let stops = self.planned_stops.into_iter();
        let planned_stops: Result<Vec<_>, _> = stops.map(|stop| stop.setting(roster)).collect();
        Ok(CalendarSetting {
            timezone: self.timezone.into(),
            day_start_min: self.day_start_min,
            shifts: self.shifts.into_iter().map(ShiftRow::setting).collect(),
            holidays: holidays?,
            exceptions: exceptions?,
            crews: crews?,
            planned_stops: planned_stops?,
        })
    }
}

impl From<&ShiftSetting> for ShiftRow {
    fn from(shift: &ShiftSetting) -> Self {
        ShiftRow {
            id: shift.id.to_string(),
            name: shift.name.to_string(),
            days: shift.days,
            from_min: shift.from_min,
            to_min: shift.to_min,
            breaks: shift.breaks.clone(),
        }
    }
}

impl ShiftRow {
    fn setting(self) -> ShiftSetting {
        ShiftSetting {
            id: self.id.into(),
            name: self.name.into(),
            days: self.days,
            from_min: self.from_min,
            to_min: self.to_min,
            breaks: self.breaks,
        }
    }
}

impl From<&ExceptionSetting> for ExceptionRow {
    fn from(exception: &ExceptionSetting) -> Self {
        let shift = |shift: &ExceptionShift| ExceptionShiftRow {
            id: shift.id.to_string(),
            from_min: shift.from_min,
            to_min: shift.to_min,
            breaks: shift.breaks.clone(),
        };
        ExceptionRow {
            dates: dates_row(&exception.dates),
            shifts: exception.shifts.iter().map(shift).collect(),
        }
    }
}

impl ExceptionRow {
    fn setting(self) -> Result<ExceptionSetting, String> {
        let shift = |row: ExceptionShiftRow| ExceptionShift {
            id: row.id.into(),
            from_min: row.from_min,
            to_min: row.to_min,
            breaks: row.breaks,
        };
        Ok(ExceptionSetting {
            dates: dates(&self.dates)?,
            shifts: self.shifts.into_iter().map(shift).collect(),
        })
    }
}

impl From<&CrewSetting> for CrewRow {
    fn from(crew: &CrewSetting) -> Self {
        CrewRow {
            id: crew.id.to_string(),
            start: crew.start.to_string(),
            pattern: crew.pattern.iter().map(ToString::to_string).collect(),
        }
    }
}

impl CrewRow {
    fn setting(self) -> Result<CrewSetting, String> {
        Ok(CrewSetting {
            id: self.id.into(),
            start: date(&self.start)?,
            pattern: self.pattern.into_iter().map(Arc::from).collect(),
        })
    }
}

impl PlannedStopRow {
    fn of(stop: &PlannedStopSetting, roster: &Roster) -> Result<PlannedStopRow, String> {
        let names = stop.machines.iter().map(|machine| machine_name(*machine, roster));
        let machines: Result<Vec<_>, _> = names.map(|name| name.map(str::to_owned)).collect();
        Ok(PlannedStopRow {
            id: stop.id.to_string(),
            name: stop.name.to_string(),
            days: stop.days,
            from_min: stop.from_min,
            to_min: stop.to_min,
            machines: machines?,
            lines: stop.lines.iter().map(ToString::to_string).collect(),
        })
    }

    fn setting(self, roster: &Roster) -> Result<PlannedStopSetting, String> {
        let find = |name: &String| {
            let machine = roster.find(name);
            machine.ok_or_else(|| format!("no machine is called '{name}'"))
        };
        let machines: Result<Vec<_>, _> = self.machines.iter().map(find).collect();
        Ok(PlannedStopSetting {
            id: self.id.into(),
            name: self.name.into(),
            days: self.days,
            from_min: self.from_min,
            to_min: self.to_min,
            machines: machines?,
            lines: self.lines.into_iter().map(Arc::from).collect(),
        })
    }
}

fn dates_row(dates: &Dates) -> (String, String) {
    (dates.first.to_string(), dates.last.to_string())
}

fn dates((first, last): &(String, String)) -> Result<Dates, String> {
    Ok(Dates {
        first: date(first)?,
        last: date(last)?,
    })
}

fn date(text: &str) -> Result<Date, String> {
    text.parse().map_err(|_| format!("'{text}' is no date"))
}
