//! Pure. The calendar of the plant desk as JSON, and back: shifts, holidays, exceptions, crews and planned stops, written as in
//! the configuration. What a change does not name stays as it is.

use super::view::MachineNames;
use crate::model::calendar::hours::clock_text;
use crate::model::calendar::{
    CalendarSetting, CrewSetting, Dates, ExceptionSetting, ExceptionShift, PlannedStopSetting, ShiftSetting, dates,
};
use crate::model::ids::MachineId;
use crate::serve::shifts::{self, clock, days, days_text, pauses, pauses_text};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// In a pattern: a day off.
const OFF: &str = "-";

/// The calendar.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Calendar {
    production_day_start: Option<String>,
    shifts: Vec<shifts::Wire>,
    /// Dates, and ranges of them as `2027-02-05/2027-02-11`.
    holidays: Option<Vec<String>>,
    /// The shifts that run on dates of their own, by date or range.
    exceptions: Option<BTreeMap<String, Vec<OnDates>>>,
    crews: Option<BTreeMap<Arc<str>, Crew>>,
    planned: Option<BTreeMap<Arc<str>, Planned>>,
}

/// A shift as it runs on the dates of an exception; at its usual times where they are left out.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct OnDates {
    id: Arc<str>,
    from: Option<String>,
    to: Option<String>,
    breaks: Option<Vec<String>>,
}

/// A crew and the shift it works on each day of its pattern.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Crew {
    start: String,
    pattern: Vec<Arc<str>>,
}

/// A stop planned every week.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Planned {
    name: Option<Arc<str>>,
    days: Vec<String>,
    from: String,
    to: String,
    #[serde(default)]
    machines: Vec<Arc<str>>,
    #[serde(default)]
    lines: Vec<Arc<str>>,
}

impl Calendar {
    /// The calendar as it is shown.
    pub(super) fn of(calendar: &CalendarSetting, names: &MachineNames) -> Calendar {
        let exceptions = calendar.exceptions.iter();
        let crews = calendar.crews.iter();
        let stops = calendar.planned_stops.iter();
        Calendar {
            production_day_start: Some(clock_text(calendar.day_start_min)),
            shifts: calendar.shifts.iter().map(shifts::Wire::of).collect(),
            holidays: Some(calendar.holidays.iter().map(dates_text).collect()),
            exceptions: Some(
                exceptions
                    .map(|it| (dates_text(&it.dates), it.shifts.iter().map(OnDates::of).collect()))
                    .collect(),
            ),
            crews: Some(crews.map(|crew| (Arc::clone(&crew.id), Crew::of(crew))).collect()),
            planned: Some(
                stops
                    .map(|stop| (Arc::clone(&stop.id), Planned::of(stop, names)))
                    .collect(),
            ),
        }
    }

    /// The calendar as it is kept, in place of what it `was`; the error is a sentence.
    pub(super) fn setting(self, was: CalendarSetting, names: &MachineNames) -> Result<CalendarSetting, String> {
        let shifts: Result<Vec<_>, String> = self.shifts.into_iter().map(shifts::Wire::setting).collect();
        let shifts = shifts?;
        let earliest = shifts.iter().map(|shift| shift.from_min).min();
        Ok(CalendarSetting {
            day_start_min: match self.production_day_start {
                Some(text) => clock(&text)?,
                None => earliest.unwrap_or(0),
            },
            holidays: match self.holidays {
                Some(texts) => texts.iter().map(|text| dates(text)).collect::<Result<_, _>>()?,
                None => was.holidays,
            },
            exceptions: match self.exceptions {
                Some(exceptions) => exceptions
                    .into_iter()
                    .map(|(text, own)| exception(&text, own, &shifts))
                    .collect::<Result<_, _>>()?,
                None => was.exceptions,
            },
            crews: match self.crews {
                Some(crews) => crews
                    .into_iter()
                    .map(|(id, crew)| crew.setting(id))
                    .collect::<Result<_, _>>()?,
                None => was.crews,
            },
            planned_stops: match self.planned {
                Some(stops) => stops
                    .into_iter()
                    .map(|(id, stop)| stop.setting(id, names))
                    .collect::<Result<_, _>>()?,
                None => was.planned_stops,
            },
            timezone: was.timezone,
            shifts,
        })
    }
}

impl OnDates {
    fn of(shift: &ExceptionShift) -> OnDates {
        OnDates {
            id: Arc::clone(&shift.id),
            from: Some(clock_text(shift.from_min)),
            to: Some(clock_text(shift.to_min)),
            breaks: Some(pauses_text(&shift.breaks)),
        }
    }
}

fn exception(text: &str, own: Vec<OnDates>, shifts: &[ShiftSetting]) -> Result<ExceptionSetting, String> {
    let on_dates = |own: OnDates| {
        let usual = shifts.iter().find(|shift| shift.id == own.id);
        let usual = usual.ok_or_else(|| format!("there is no shift `{}`, and the exception {text} has it", own.id))?;
        let minute = |text: Option<String>, usual| text.map_or(Ok(usual), |text| clock(&text));
        Ok(ExceptionShift {
            from_min: minute(own.from, usual.from_min)?,
            to_min: minute(own.to, usual.to_min)?,
            breaks: own
                .breaks
                .map_or_else(|| Ok(usual.breaks.clone()), |breaks| pauses(&breaks))?,
            id: own.id,
        })
    };
    let shifts: Result<Vec<_>, String> = own.into_iter().map(on_dates).collect();
    Ok(ExceptionSetting {
        dates: dates(text)?,
        shifts: shifts?,
    })
}

impl Crew {
    fn of(crew: &CrewSetting) -> Crew {
        let day = |id: &Arc<str>| if id.is_empty() { OFF.into() } else { Arc::clone(id) };
        Crew {
            start: crew.start.to_string(),
            pattern: crew.pattern.iter().map(day).collect(),
        }
    }

    fn setting(self, id: Arc<str>) -> Result<CrewSetting, String> {
        let day = |id: Arc<str>| if *id == *OFF { Arc::default() } else { id };
        Ok(CrewSetting {
            id,
            start: date(&self.start)?,
            pattern: self.pattern.into_iter().map(day).collect(),
        })
    }
}

impl Planned {
    fn of(stop: &PlannedStopSetting, names: &MachineNames) -> Planned {
        let machines = stop.machines.iter().filter_map(|id| names.get(id).cloned());
        Planned {
            name: Some(Arc::clone(&stop.name)),
            days: days_text(&stop.days),
            from: clock_text(stop.from_min),
            to: clock_text(stop.to_min),
            machines: machines.collect(),
            lines: stop.lines.clone(),
        }
    }

    fn setting(self, id: Arc<str>, names: &MachineNames) -> Result<PlannedStopSetting, String> {
        let number = |name: &Arc<str>| -> Result<MachineId, String> {
            let found = names.iter().find(|(_, known)| *known == name);
            found
                .map(|(id, _)| *id)
                .ok_or_else(|| format!("there is no machine `{name}`, and the planned stop `{id}` is for it"))
        };
        let machines: Result<Vec<_>, String> = self.machines.iter().map(number).collect();
        Ok(PlannedStopSetting {
            name: self.name.unwrap_or_else(|| Arc::clone(&id)),
            days: days(&self.days)?,
            from_min: clock(&self.from)?,
            to_min: clock(&self.to)?,
            machines: machines?,
            lines: self.lines,
            id,
        })
    }
}

/// `2027-09-02` or `2027-02-05/2027-02-11`.
fn dates(text: &str) -> Result<Dates, String> {
    let (first, last) = text.split_once('/').unwrap_or((text, text));
    dates::range(date(first)?, date(last)?).map_err(|wrong| wrong.to_string())
}

fn dates_text(dates: &Dates) -> String {
    match dates.first == dates.last {
        true => dates.first.to_string(),
        false => format!("{}/{}", dates.first, dates.last),
    }
}

fn date(text: &str) -> Result<Date, String> {
    dates::date(text.trim()).map_err(|wrong| wrong.to_string())
}
