//! Pure. The bytes of a calendar with all it may say.

use super::*;
use crate::model::calendar::{
    CalendarSetting, CrewSetting, Dates, ExceptionSetting, ExceptionShift, PlannedStopSetting, ShiftSetting,
};
use crate::model::settings::{Change, Setting};
use jiff::civil::date;

fn roster() -> Roster {
    let mut roster = Roster::default();
    roster.add("press-01");
    roster.add("press-02");
    roster
}

fn calendar() -> CalendarSetting {
    CalendarSetting {
        timezone: "Asia/Ho_Chi_Minh".into(),
        day_start_min: 360,
        shifts: vec![ShiftSetting {
            id: "1".into(),
            name: "Ca 1".into(),
            days: [false; 7],
            from_min: 360,
            to_min: 840,
            breaks: vec![],
        }],
        holidays: vec![Dates {
            first: date(2027, 2, 5),
            last: date(2027, 2, 11),
        }],
        exceptions: vec![ExceptionSetting {
            dates: Dates {
                first: date(2026, 12, 6),
                last: date(2026, 12, 6),
            },
            shifts: vec![ExceptionShift {
                id: "1".into(),
                from_min: 360,
                to_min: 960,
                breaks: vec![(540, 555)],
            }],
        }],
        crews: vec![CrewSetting {
            id: "A".into(),
            start: date(2026, 1, 5),
            pattern: vec!["1".into(), "".into()],
        }],
        planned_stops: vec![PlannedStopSetting {
            id: "cleaning".into(),
            name: "Vệ sinh".into(),
            days: [false, false, false, false, false, true, false],
            from_min: 300,
            to_min: 360,
            machines: vec![MachineId(1)],
            lines: vec!["moulding".into()],
        }],
    }
}

const BYTES: &str = concat!(
    r#"{"item":"calendar","id":"","timezone":"Asia/Ho_Chi_Minh","day_start_min":360,"#,
    r#""shifts":[{"id":"1","name":"Ca 1","days":[false,false,false,false,false,false,false],"#,
    r#""from_min":360,"to_min":840,"breaks":[]}],"#,
    r#""holidays":[["2027-02-05","2027-02-11"]],"#,
    r#""exceptions":[{"dates":["2026-12-06","2026-12-06"],"#,
    r#""shifts":[{"id":"1","from_min":360,"to_min":960,"breaks":[[540,555]]}]}],"#,
    r#""crews":[{"id":"A","start":"2026-01-05","pattern":["1",""]}],"#,
    r#""planned_stops":[{"id":"cleaning","name":"Vệ sinh","days":[false,false,false,false,false,true,false],"#,
    r#""from_min":300,"to_min":360,"machines":["press-02"],"lines":["moulding"]}]}"#,
);

/// A calendar of shifts alone, as it was written before there was anything else to say.
const SHIFTS_ALONE: &str = r#"{"item":"calendar","id":"","timezone":"Europe/Berlin","day_start_min":360,"shifts":[{"id":"early","name":"Früh","days":[true,true,true,true,true,false,false],"from_min":360,"to_min":840,"breaks":[[540,555]]}]}"#;

fn shifts_alone() -> CalendarSetting {
    CalendarSetting {
        timezone: "Europe/Berlin".into(),
        day_start_min: 360,
        shifts: vec![ShiftSetting {
            id: "early".into(),
            name: "Früh".into(),
            days: [true, true, true, true, true, false, false],
            from_min: 360,
            to_min: 840,
            breaks: vec![(540, 555)],
        }],
        ..CalendarSetting::default()
    }
}

#[test]
fn the_bytes_of_a_calendar_never_change_and_name_machines() {
    for (calendar, bytes) in [(shifts_alone(), SHIFTS_ALONE), (calendar(), BYTES)] {
        let body = Body::Setting(Change::new(Setting::Calendar(calendar)));
        assert_eq!(encode(&body, &roster()).unwrap(), bytes);
        assert_eq!(decode("setting", bytes, &roster()).unwrap(), body);
    }
}

#[test]
fn a_date_or_a_machine_of_a_calendar_that_is_none_is_a_sentence() {
    for (right, wrong, says) in [
        ("2027-02-11", "2027-02-31", "'2027-02-31' is no date"),
        ("2026-01-05", "monday", "'monday' is no date"),
        ("press-02", "press-09", "no machine is called 'press-09'"),
    ] {
        let error = decode("setting", &BYTES.replace(right, wrong), &roster()).unwrap_err();
        assert!(error.contains(says), "{error}");
    }
    let mut unknown = calendar();
    unknown.planned_stops[0].machines.push(MachineId(7));
    let body = Body::Setting(Change::new(Setting::Calendar(unknown)));
    assert!(encode(&body, &roster()).unwrap_err().contains("number 7"));
}
