//! What `[calendar]` comes to: holidays, exceptions, crews and planned stops as the setting the agent works with.
#![allow(clippy::unwrap_used, clippy::expect_used)] // clippy's own exception ends at helper functions

use gemba::config::{Findings, Plant, load};
use gemba::model::calendar::CalendarSetting;
use gemba::model::ids::Roster;
use gemba::model::settings::Setting;
use jiff::civil::date;
use std::process::Command;

const PLANT: &str = r#"
[site]
id = "s"
org = "o"
timezone = "Asia/Ho_Chi_Minh"
[source.modbus.plc]
url = "tcp://127.0.0.1:502"
[machine.press-01]
line = "moulding"
ideal_cycle_s = 10
reject_source = "none"
modbus = { source = "plc", unit = 1 }
points.auto = { modbus = "coil:0" }
points.made = { modbus = "holding:0" }
state = { run = "auto" }
count = { total = "made" }
"#;

/// 3 x 8 with two crews on a pattern of six days, Tet, a working Sunday with overtime, and cleaning on Saturdays.
const CALENDAR: &str = r#"
[calendar]
holidays = ["2027-02-05/2027-02-11", "2027-09-02"]
[calendar.shift.1]
days = "mon-sat"
from = "06:00"
to = "14:00"
breaks = ["11:30-12:00"]
[calendar.shift.2]
days = "none"
from = "14:00"
to = "22:00"
[calendar.exception.2026-12-06]
shifts = ["1"]
shift.1 = { to = "16:00", breaks = ["11:00-11:30"] }
[calendar.exception."2026-12-30/2026-12-31"]
shifts = []
[calendar.crews]
start = "2026-01-05"
[calendar.crew.A]
pattern = ["1", "1", "2", "2", "-", "-"]
[calendar.crew.B]
pattern = ["2", "2", "-", "-", "1", "1"]
[calendar.planned.cleaning]
name = "Vệ sinh"
days = "sat"
from = "05:00"
to = "06:30"
machines = ["press-01"]
lines = ["moulding"]
"#;

fn plant(calendar: &str) -> Result<Plant, Findings> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("plant.toml");
    std::fs::write(&file, format!("{PLANT}{calendar}")).unwrap();
    load(&[file], std::iter::empty())
}

fn calendar(text: &str) -> (CalendarSetting, Roster) {
    let mut roster = Roster::default();
    let plant = plant(text).unwrap_or_else(|findings| panic!("{findings}"));
    assert!(plant.warnings.is_empty(), "{}", plant.warnings);
    let bound = plant.bind(&mut roster);
    let found = bound.settings.into_iter().find_map(|setting| {
        let Setting::Calendar(calendar) = setting else {
            return None;
        };
        Some(calendar)
    });
    (found.unwrap(), roster)
}

/// Shift, crew, and local minutes from and to, of each shift that begins on a date.
fn on(calendar: &CalendarSetting, year: i16, month: i8, day: i8) -> Vec<(String, String, u32, u32)> {
    let turns = calendar.turns(date(year, month, day));
    let crew = |crew: Option<&std::sync::Arc<str>>| crew.map(ToString::to_string).unwrap_or_default();
    turns
        .map(|turn| (turn.id.to_string(), crew(turn.crew), turn.from_min, turn.end_min))
        .collect()
}

#[test]
fn holidays_exceptions_and_crews_say_which_shifts_begin_on_a_date() {
    let (calendar, _) = calendar(CALENDAR);
    let row = |id: &str, crew: &str, from, to| (id.to_owned(), crew.to_owned(), from, to);
    // Monday 2026-01-05 is day 0 of the pattern, Wednesday the 7th day 2, Sunday the 11th day 6 = 0.
    assert_eq!(
        on(&calendar, 2026, 1, 5),
        [row("1", "A", 360, 840), row("2", "B", 840, 1_320)]
    );
    assert_eq!(
        on(&calendar, 2026, 1, 7),
        [row("1", "", 360, 840), row("2", "A", 840, 1_320)]
    );
    assert_eq!(
        on(&calendar, 2026, 1, 11),
        [row("1", "A", 360, 840), row("2", "B", 840, 1_320)]
    );
    // 2026-12-06 is 335 days after the 5th of January: 335 = 55 x 6 + 5.
    assert_eq!(on(&calendar, 2026, 12, 6), [row("1", "B", 360, 960)]);
    assert_eq!(calendar.exceptions[0].shifts[0].breaks, [(660, 690)]);
    assert_eq!(on(&calendar, 2026, 12, 30), []);
    assert_eq!(on(&calendar, 2027, 2, 5), []);
    assert_eq!(on(&calendar, 2027, 2, 11), []);
    assert_eq!(on(&calendar, 2027, 2, 12).len(), 2);
    assert_eq!(on(&calendar, 2027, 9, 2), []);
}

#[test]
fn dates_may_stand_without_quotes() {
    let bare = CALENDAR
        .replace("\"2027-09-02\"", "2027-09-02")
        .replace("\"2026-01-05\"", "2026-01-05");
    assert_eq!(calendar(&bare).0, calendar(CALENDAR).0);
}

#[test]
fn a_planned_stop_has_the_numbers_of_its_machines() {
    let (calendar, roster) = calendar(CALENDAR);
    let stop = &calendar.planned_stops[0];
    assert_eq!((&*stop.id, &*stop.name), ("cleaning", "Vệ sinh"));
    assert_eq!((stop.from_min, stop.to_min), (300, 390));
    assert_eq!(stop.days, [false, false, false, false, false, true, false]);
    assert_eq!(stop.machines, [roster.find("press-01").unwrap()]);
    assert_eq!(*stop.lines[0], *"moulding");
}

#[test]
fn a_plant_of_two_twelve_hour_shifts_and_four_crews_has_no_findings() {
    let crews = r#"
[calendar.shift.day]
days = "none"
from = "06:00"
to = "18:00"
[calendar.shift.night]
days = "none"
from = "18:00"
to = "06:00"
[calendar.crews]
start = "2026-01-05"
[calendar.crew.A]
pattern = ["day", "day", "night", "night", "-", "-", "-", "-"]
[calendar.crew.B]
pattern = ["-", "-", "day", "day", "night", "night", "-", "-"]
[calendar.crew.C]
pattern = ["-", "-", "-", "-", "day", "day", "night", "night"]
[calendar.crew.D]
pattern = ["night", "night", "-", "-", "-", "-", "day", "day"]
"#;
    let (calendar, _) = calendar(crews);
    for day in 1..=31 {
        let crews: Vec<String> = on(&calendar, 2026, 1, day).into_iter().map(|row| row.1).collect();
        assert_eq!(crews.len(), 2, "day and night on the {day}th");
        assert!(crews.iter().all(|crew| !crew.is_empty()), "{crews:?}");
    }
}

#[test]
fn crews_without_a_first_day_and_shifts_that_meet_only_on_some_dates_are_found() {
    for (text, found) in [
        (
            CALENDAR.replace("start = \"2026-01-05\"", ""),
            "calendar.crews: `start` is missing",
        ),
        (
            CALENDAR.replace("\"2026-01-05\"", "\"2026-01-00\""),
            "calendar.crews.start: \"2026-01-00\" is no date",
        ),
        (
            CALENDAR.replace("from = \"14:00\"", "from = \"13:00\""),
            "calendar.shift.2: shift `2` begins at 13:00 on 2026-01-05, before shift `1` ends at 14:00",
        ),
        (
            CALENDAR.replace("shifts = [\"1\"]", "shifts = [\"1\", \"2\"]"),
            "calendar.exception.2026-12-06: shift `2` begins at 14:00 on 2026-12-06, before shift `1` ends at 16:00",
        ),
    ] {
        let findings = plant(&text).expect_err(found).to_string();
        assert!(findings.contains(found), "{found}\n{findings}");
    }
}

#[test]
fn a_shift_of_an_exception_that_would_be_taken_for_that_of_the_day_before_is_found_with_what_to_write() {
    let text = r#"
[calendar.shift.A]
days = "mon-sat"
from = "06:00"
to = "14:00"
[calendar.exception."2026-11-19"]
shifts = ["A"]
shift.A = { from = "05:00" }
"#;
    let findings = plant(text).expect_err("2026-11-18.A twice").to_string();
    let found = "calendar.exception.2026-11-19: with the exception from 2026-11-19 on, shift `A` begins at 06:00 on 2026-11-18 and at \
                 05:00 on 2026-11-19, and both would be 2026-11-18.A, since the production day begins at 06:00; write \
                 production_day_start = \"05:00\"";
    assert!(findings.contains(found), "{findings}");
    let (fits, _) = calendar(&format!("[calendar]\nproduction_day_start = \"05:00\"\n{text}"));
    assert_eq!(on(&fits, 2026, 11, 19).len(), 1);
}

#[test]
fn a_shift_nobody_ever_works_is_a_warning() {
    let plant = plant("[calendar.shift.x]\ndays = \"none\"\nfrom = \"06:00\"\nto = \"14:00\"\n").unwrap();
    let warnings = plant.warnings.to_string();
    assert!(
        warnings.contains("no day, crew or exception has this shift"),
        "{warnings}"
    );
}

#[test]
fn time_between_two_shifts_of_a_day_in_which_none_runs_is_a_warning() {
    let shift = |id: &str, days: &str, from: &str, to: &str| {
        format!("[calendar.shift.{id}]\ndays = \"{days}\"\nfrom = \"{from}\"\nto = \"{to}\"\n")
    };
    let (early, night) = (
        shift("early", "mon-sun", "06:00", "14:00"),
        shift("night", "mon-sun", "22:00", "06:00"),
    );
    let late = shift("late", "mon-fri", "14:00", "22:00");
    let warnings = |text: String| plant(&text).unwrap().warnings.to_string();
    let forgotten = warnings(format!("{early}{night}"));
    assert!(
        forgotten.contains(
            "calendar.shift.night: no shift runs from 14:00 to 22:00 every day, between shift `early` and shift `night`: that time \
             is planned for nobody; write the shift that is missing, or end one where the other begins; leave it so if the plant \
             stands still then"
        ),
        "{forgotten}"
    );
    let at_the_weekend = warnings(format!("{early}{night}{late}"));
    assert!(
        at_the_weekend.contains("from 14:00 to 22:00 on sat, sun, between"),
        "{at_the_weekend}"
    );
    let two = shift("two", "mon-sat", "14:00", "22:00");
    assert_eq!(warnings(format!("{early}{two}")), "", "the plant stands at night");
    let closed = format!(
        "{early}{two}[calendar.exception.2026-12-06]\nshifts = [\"early\", \"two\"]\nshift.early = {{ to = \"12:00\" }}\n"
    );
    let closed = warnings(closed);
    assert!(
        closed.contains("calendar.exception.2026-12-06: no shift runs from 12:00 to 14:00 on 2026-12-06, between"),
        "{closed}"
    );
}

#[test]
fn check_prints_the_coming_week_in_the_time_of_the_plant() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("plant.toml");
    std::fs::write(&file, format!("{PLANT}{CALENDAR}")).unwrap();
    let out = Command::new(env!("CARGO_BIN_EXE_gemba"))
        .args(["check", "--config"])
        .arg(&file)
        .output()
        .unwrap();
    let said = String::from_utf8(out.stdout).unwrap();
    assert!(out.status.success(), "{said}");
    let (_, week) = said
        .split_once("  the next seven days, in Asia/Ho_Chi_Minh\n")
        .unwrap_or_else(|| panic!("{said}"));
    let days: Vec<&str> = week
        .lines()
        .filter(|line| line.starts_with("    ") && !line.starts_with("      "))
        .collect();
    assert_eq!(days.len(), 7, "{week}");
    assert!(
        week.contains("planned stop cleaning (Vệ sinh) 05:00-06:30: press-01, line moulding"),
        "{week}"
    );
}
