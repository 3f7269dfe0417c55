//! Pure. When work is planned: shifts over the week and on single dates, their breaks and crews, and planned stops.

mod crew;
mod dates;
mod exception;
mod overlap;
mod planned_stop;
mod times;

use super::checker::Checker;
use super::finding::KeyPath;
use super::raw;
use crate::model::calendar::{CalendarSetting, ShiftSetting};
use crate::model::ids::Roster;
use times::Hours;

/// The calendar as written: machines of planned stops are named, not numbered yet.
#[derive(Debug, Clone, Default)]
pub struct Calendar {
    setting: CalendarSetting,
    /// The machines of each planned stop.
    machines: Vec<Vec<String>>,
}

impl Calendar {
    /// IANA zone.
    pub fn timezone(&self) -> &str {
        &self.setting.timezone
    }

    /// The setting, with the numbers that `roster` has for machines, or gives them.
    pub fn bind(&self, roster: &mut Roster) -> CalendarSetting {
        let mut setting = self.setting.clone();
        for (stop, machines) in setting.planned_stops.iter_mut().zip(&self.machines) {
            stop.machines = machines.iter().map(|machine| roster.add(machine)).collect();
        }
        setting
    }
}

/// Reads `[calendar]`. Without it all time is planned.
pub fn build(checker: &mut Checker, timezone: &str) -> Calendar {
    let path = KeyPath::of(&["calendar"]);
    let children = ["shift", "exception", "crews", "crew", "planned"];
    let calendar: Option<raw::Calendar> = checker.read(&path, &children);
    let section = path.join("shift");
    let mut shifts = Vec::new();
    for id in checker.ids(&section) {
        shifts.extend(shift(checker, &section.join(&id), &id));
    }
    overlap::of_week(checker, &section, &shifts);
    let start_at = path.join("production_day_start");
    let written = calendar
        .as_ref()
        .and_then(|calendar| calendar.production_day_start.as_ref());
    let day_start_min = match written {
        Some(text) => times::clock(checker, &start_at, text),
        None => shifts.iter().map(|shift| shift.from_min).min(),
    };
    let holidays = calendar.map(|calendar| calendar.holidays).unwrap_or_default();
    let exceptions = exception::all(checker, &path.join("exception"), &shifts);
    let (planned_stops, machines) = planned_stop::all(checker, &path.join("planned")).into_iter().unzip();
    let setting = CalendarSetting {
        timezone: timezone.into(),
        day_start_min: day_start_min.unwrap_or(0),
        shifts,
        holidays: dates::holidays(checker, &path.join("holidays"), &holidays),
        exceptions: exceptions.iter().map(|(_, exception)| exception.clone()).collect(),
        crews: crew::all(checker, &path),
        planned_stops,
    };
    overlap::of_crews(checker, &section, &setting);
    overlap::holes_of_week(checker, &section, &setting);
    for (at, exception) in &exceptions {
        overlap::of_exception(checker, at, &setting, exception.dates);
        overlap::hole_of_exception(checker, at, &setting, exception.dates);
    }
    never_worked(checker, &section, &setting);
    Calendar { setting, machines }
}

fn shift(checker: &mut Checker, path: &KeyPath, id: &str) -> Option<ShiftSetting> {
    let shift: raw::Shift = checker.read(path, &[])?;
    let days = times::days(checker, &path.join("days"), &shift.days);
    let from = times::clock(checker, &path.join("from"), &shift.from);
    let to = times::clock(checker, &path.join("to"), &shift.to);
    let hours = Hours {
        from_min: from?,
        to_min: to?,
    };
    let breaks = times::breaks(checker, &path.join("breaks"), &shift.breaks, hours);
    Some(ShiftSetting {
        id: id.into(),
        name: shift.name.as_deref().unwrap_or(id).into(),
        days: days?,
        from_min: hours.from_min,
        to_min: hours.to_min,
        breaks,
    })
}

/// Ids of all shifts that are written, whether they can be used or not.
fn shift_ids(checker: &Checker) -> Vec<String> {
    let shifts = checker.tree.table(&KeyPath::of(&["calendar", "shift"]));
    shifts
        .map(|shifts| shifts.keys().cloned().collect())
        .unwrap_or_default()
}

/// Notes shifts that no weekday, crew or exception brings about.
fn never_worked(checker: &mut Checker, section: &KeyPath, setting: &CalendarSetting) {
    for shift in setting.shifts.iter().filter(|shift| shift.days == [false; 7]) {
        let by_crew = setting.crews.iter().any(|crew| crew.pattern.contains(&shift.id));
        let mut own = setting.exceptions.iter().flat_map(|exception| &exception.shifts);
        if !by_crew && !own.any(|own| own.id == shift.id) {
            checker.unused(
                &section.join(&shift.id),
                "no day, crew or exception has this shift",
                "write its days, or leave it out",
            );
        }
    }
}
