//! Pure. Shifts over midnight, breaks and DST nights, with the arithmetic beside the expected instants.

use super::*;
use crate::model::calendar::{CrewSetting, Dates, ExceptionSetting, ExceptionShift, PlannedStopSetting, ShiftSetting};
use jiff::civil::date;

pub(super) fn shift(id: &str, from: u32, to: u32, breaks: &[(u32, u32)]) -> ShiftSetting {
    ShiftSetting {
        id: id.into(),
        name: id.into(),
        days: [true; 7],
        from_min: from,
        to_min: to,
        breaks: breaks.to_vec(),
    }
}

pub(super) fn plant(zone: &str, shifts: Vec<ShiftSetting>) -> Calendar {
    Calendar::new(CalendarSetting {
        timezone: zone.into(),
        day_start_min: 360,
        shifts,
        ..CalendarSetting::default()
    })
}

pub(super) fn at(text: &str) -> Timestamp {
    Timestamp(text.parse::<jiff::Timestamp>().unwrap().as_millisecond())
}

pub(super) fn hours(period: Period) -> f64 {
    period.ms() as f64 / 3_600_000.0
}

#[test]
fn a_night_shift_belongs_whole_to_the_date_it_begins_on() {
    let plant = plant("Asia/Ho_Chi_Minh", vec![shift("3", 1320, 360, &[(120, 150)])]);
    // 22:00 to 06:00 local is 15:00 to 23:00 UTC; 02:00 local on the 22nd is 19:00 UTC on the 21st.
    let before = plant.slot(at("2026-11-21T15:00:00Z"));
    assert_eq!(
        (before.shift.as_ref(), before.business_date.as_ref()),
        ("3", "2026-11-21")
    );
    assert_eq!(
        before.period,
        Period::new(at("2026-11-21T15:00:00Z"), at("2026-11-21T19:00:00Z"))
    );
    let pause = plant.slot(at("2026-11-21T19:10:00Z"));
    assert_eq!(pause.planned, Planned::Break);
    assert_eq!(
        pause.period,
        Period::new(at("2026-11-21T19:00:00Z"), at("2026-11-21T19:30:00Z"))
    );
    let after = plant.slot(at("2026-11-21T22:59:59Z"));
    assert_eq!(
        (after.planned, after.business_date.as_ref()),
        (Planned::Work, "2026-11-21")
    );
    assert_eq!(
        after.shift_period,
        Period::new(at("2026-11-21T15:00:00Z"), at("2026-11-21T23:00:00Z"))
    );
}

#[test]
fn between_shifts_nothing_is_planned_and_the_production_day_cuts() {
    let plant = plant("Asia/Ho_Chi_Minh", vec![shift("1", 480, 960, &[])]);
    // 08:00 to 16:00 local is 01:00 to 09:00 UTC; the production day begins at 06:00 local, 23:00 UTC.
    let evening = plant.slot(at("2026-11-21T12:00:00Z"));
    assert_eq!(evening.planned, Planned::Nothing);
    assert_eq!(
        evening.period,
        Period::new(at("2026-11-21T09:00:00Z"), at("2026-11-21T23:00:00Z"))
    );
    assert_eq!(evening.business_date.as_ref(), "2026-11-21");
    let morning = plant.slot(at("2026-11-21T23:30:00Z"));
    assert_eq!(
        morning.period,
        Period::new(at("2026-11-21T23:00:00Z"), at("2026-11-22T01:00:00Z"))
    );
    assert_eq!(morning.business_date.as_ref(), "2026-11-22");
}

#[test]
fn a_night_shift_is_an_hour_shorter_or_longer_on_dst_nights_where_there_are_any() {
    let shifts = || vec![shift("3", 1320, 360, &[])];
    let night = |zone: &str, date: &str| hours(plant(zone, shifts()).slot(at(date)).shift_period);
    assert_eq!(
        night("Europe/Berlin", "2026-03-28T22:00:00Z"),
        7.0,
        "02:00 becomes 03:00"
    );
    assert_eq!(
        night("Europe/Berlin", "2026-10-24T22:00:00Z"),
        9.0,
        "03:00 becomes 02:00"
    );
    assert_eq!(
        night("Australia/Lord_Howe", "2026-04-04T14:00:00Z"),
        8.5,
        "half an hour back"
    );
    assert_eq!(night("Asia/Ho_Chi_Minh", "2026-03-28T18:00:00Z"), 8.0);
}

#[test]
fn without_shifts_all_time_is_planned_and_cut_at_the_production_day() {
    let slot = plant("UTC", vec![]).slot(at("2026-11-21T05:00:00Z"));
    assert_eq!(
        (slot.planned, slot.business_date.as_ref()),
        (Planned::Work, "2026-11-20")
    );
    assert_eq!(
        slot.period,
        Period::new(at("2026-11-20T06:00:00Z"), at("2026-11-21T06:00:00Z"))
    );
}

#[test]
fn planned_time_is_shifts_without_breaks() {
    let plant = plant(
        "UTC",
        vec![
            shift("1", 360, 840, &[(540, 555), (690, 720)]),
            shift("2", 840, 1320, &[(1080, 1110)]),
        ],
    );
    let day = Period::new(at("2026-11-21T00:00:00Z"), at("2026-11-22T00:00:00Z"));
    // 8 h - 15 min - 30 min, and 8 h - 30 min: 7.25 h + 7.5 h.
    assert_eq!(plant.planned_ms(day, MachineId(0), ""), (14.75 * 3_600_000.0) as i64);
}

#[test]
fn the_slots_of_a_year_tile_it_in_every_zone() {
    for zone in [
        "Asia/Ho_Chi_Minh",
        "Europe/Berlin",
        "Australia/Lord_Howe",
        "America/New_York",
    ] {
        let plant = plant(
            zone,
            vec![
                shift("1", 360, 840, &[(540, 555)]),
                shift("3", 1320, 360, &[(120, 150)]),
            ],
        );
        let mut position = at("2026-01-01T00:00:00Z");
        let first = plant.slot(position).period.start;
        position = first;
        while position < at("2027-01-01T00:00:00Z") {
            let slot = plant.slot(position);
            assert_eq!(slot.period.start, position, "{zone} at {position:?}: {slot:?}");
            assert!(slot.period.end > position, "{zone} at {position:?}: {slot:?}");
            assert!(slot.shift_period.start <= slot.period.start && slot.period.end <= slot.shift_period.end);
            position = slot.period.end;
        }
    }
}

#[test]
fn the_next_shift_is_found_over_days_without_any_and_none_where_there_are_none() {
    let mut early = shift("early", 360, 840, &[]);
    early.days[6] = false;
    let plant = plant("Asia/Ho_Chi_Minh", vec![early]);
    // 2026-11-21 is a Saturday; 06:00 local is 23:00 UTC of the day before. Sunday has no shift.
    let next = |from: &str| plant.next_shift(at(from)).map(|slot| slot.shift_period.start);
    assert_eq!(next("2026-11-20T22:59:59Z"), Some(at("2026-11-20T23:00:00Z")));
    assert_eq!(next("2026-11-20T23:00:00Z"), Some(at("2026-11-22T23:00:00Z")));
    assert_eq!(next("2026-11-21T07:00:00Z"), Some(at("2026-11-22T23:00:00Z")));
    let open = self::plant("UTC", vec![]);
    assert_eq!(open.next_shift(at("2026-11-20T23:00:00Z")), None);
}

/// Shift 1 from 06:00 to 14:00 UTC from Monday to Saturday; changed by `more`.
fn early(more: CalendarSetting) -> Calendar {
    let mut early = shift("1", 360, 840, &[(540, 555)]);
    early.days[6] = false;
    Calendar::new(CalendarSetting {
        timezone: "UTC".into(),
        day_start_min: 360,
        shifts: vec![early, shift("3", 1_320, 360, &[])],
        ..more
    })
}

fn on(date: Date) -> Dates {
    Dates {
        first: date,
        last: date,
    }
}

#[test]
fn a_holiday_has_no_shift_but_the_night_before_it_ends_on_it() {
    let plant = early(CalendarSetting {
        holidays: vec![on(date(2026, 12, 24))],
        ..CalendarSetting::default()
    });
    let night = plant.slot(at("2026-12-24T05:59:00Z"));
    assert_eq!((&*night.shift, &*night.business_date), ("3", "2026-12-23"));
    let day = plant.slot(at("2026-12-24T06:00:00Z"));
    assert_eq!((day.planned, &*day.shift), (Planned::Nothing, ""));
    assert_eq!(
        day.period,
        Period::new(at("2026-12-24T06:00:00Z"), at("2026-12-25T06:00:00Z"))
    );
}

#[test]
fn the_shift_after_nine_days_of_tet_is_found_and_none_after_sixty_days_without() {
    let tet = Dates {
        first: date(2027, 2, 4),
        last: date(2027, 2, 12),
    };
    let plant = early(CalendarSetting {
        holidays: vec![tet],
        ..CalendarSetting::default()
    });
    // The night of Wednesday the 3rd ends on Thursday 06:00; the 4th to the 12th are nine days; the 13th is a Saturday.
    let next = plant.next_shift(at("2027-02-04T12:00:00Z")).unwrap();
    assert_eq!((next.shift_start, &*next.shift), (at("2027-02-13T06:00:00Z"), "1"));
    let closed = early(CalendarSetting {
        holidays: vec![Dates {
            first: date(2027, 1, 1),
            last: date(2027, 3, 31),
        }],
        ..CalendarSetting::default()
    });
    assert_eq!(closed.next_shift(at("2027-01-05T00:00:00Z")), None);
    assert!(closed.next_shift(at("2027-02-15T00:00:00Z")).is_some());
}

#[test]
fn a_working_sunday_has_its_own_shifts_with_its_own_times_and_breaks() {
    let sunday = ExceptionShift {
        id: "1".into(),
        from_min: 420,
        to_min: 960,
        breaks: vec![(720, 750)],
    };
    let plant = early(CalendarSetting {
        exceptions: vec![ExceptionSetting {
            dates: on(date(2026, 12, 6)),
            shifts: vec![sunday],
        }],
        ..CalendarSetting::default()
    });
    let slot = plant.slot(at("2026-12-06T07:00:00Z"));
    assert_eq!(
        slot.shift_period,
        Period::new(at("2026-12-06T07:00:00Z"), at("2026-12-06T16:00:00Z"))
    );
    assert_eq!(plant.slot(at("2026-12-06T12:00:00Z")).planned, Planned::Break);
    assert_eq!(
        plant.slot(at("2026-12-06T23:00:00Z")).planned,
        Planned::Nothing,
        "no night shift"
    );
    // 9 h - 30 min, and the hours of Saturday's night shift up to 06:00.
    let day = Period::new(at("2026-12-06T00:00:00Z"), at("2026-12-07T00:00:00Z"));
    assert_eq!(
        plant.planned_ms(day, MachineId(0), ""),
        (6.0 * 3_600_000.0 + 8.5 * 3_600_000.0) as i64
    );
}

#[test]
fn the_slot_names_the_crew_of_the_shift() {
    let crew = |id: &str, pattern: [&str; 2]| CrewSetting {
        id: id.into(),
        start: date(2026, 11, 23),
        pattern: pattern.map(Arc::from).to_vec(),
    };
    let plant = early(CalendarSetting {
        crews: vec![crew("A", ["1", ""]), crew("B", ["3", "1"])],
        ..CalendarSetting::default()
    });
    let crew = |text: &str| plant.slot(at(text)).crew;
    assert_eq!(&*crew("2026-11-23T08:00:00Z"), "A");
    assert_eq!(&*crew("2026-11-24T02:00:00Z"), "B", "the night that began on the 23rd");
    assert_eq!(&*crew("2026-11-24T08:00:00Z"), "B");
    assert_eq!(
        &*crew("2026-11-24T23:00:00Z"),
        "",
        "nobody's pattern names it: its weekday does"
    );
    assert_eq!(
        &*crew("2026-11-29T08:00:00Z"),
        "A",
        "a Sunday: day 6 = 0 of the pattern"
    );
}

fn stop(id: &str, from_min: u32, to_min: u32, machines: &[u32]) -> PlannedStopSetting {
    PlannedStopSetting {
        id: id.into(),
        name: id.into(),
        days: [false, false, false, false, false, true, false],
        from_min,
        to_min,
        machines: machines.iter().map(|id| MachineId(*id)).collect(),
        lines: vec![],
    }
}

#[test]
fn a_planned_stop_takes_the_work_time_of_its_machines_and_leaves_breaks_and_idle_hours() {
    let plant = early(CalendarSetting {
        planned_stops: vec![stop("cleaning", 530, 600, &[7]), stop("fumigation", 1_200, 1_330, &[])],
        ..CalendarSetting::default()
    });
    // Saturday 2026-11-28: 08:50 to 10:00 over the break from 09:00 to 09:15; 20:00 to 22:10 over the begin of the night.
    let of = |machine, text: &str| plant.slot_of(at(text), MachineId(machine), "");
    let first = of(7, "2026-11-28T08:55:00Z");
    assert_eq!((first.planned, &*first.planned_stop), (Planned::Stop, "cleaning"));
    assert_eq!(
        first.period,
        Period::new(at("2026-11-28T08:50:00Z"), at("2026-11-28T09:00:00Z"))
    );
    assert_eq!(first.shift_period.ms(), 8 * 3_600_000, "the shift is not cut");
    assert_eq!(of(7, "2026-11-28T09:05:00Z").planned, Planned::Break);
    assert_eq!(of(7, "2026-11-28T09:15:00Z").planned, Planned::Stop);
    assert_eq!(of(8, "2026-11-28T08:55:00Z").planned, Planned::Work, "another machine");
    assert_eq!(of(7, "2026-11-27T08:55:00Z").planned, Planned::Work, "another day");
    assert_eq!(of(8, "2026-11-28T21:00:00Z").planned, Planned::Nothing);
    assert_eq!(&*of(8, "2026-11-28T22:05:00Z").planned_stop, "fumigation");
    // 24 h - 8 h between the shifts - 15 min break - 10 min of the night; less 55 min where cleaning is planned.
    let day = Period::new(at("2026-11-28T00:00:00Z"), at("2026-11-29T00:00:00Z"));
    let minutes = |machine| plant.planned_ms(day, MachineId(machine), "") / MINUTE_MS;
    assert_eq!(minutes(8), 24 * 60 - 8 * 60 - 15 - 10);
    assert_eq!(minutes(7), minutes(8) - 55);
}

#[test]
fn of_shifts_that_overlap_the_one_that_began_first_holds_until_its_end() {
    let long = |id: &str, from_min, to_min| ExceptionShift {
        id: id.into(),
        from_min,
        to_min,
        breaks: vec![],
    };
    let plant = early(CalendarSetting {
        exceptions: vec![ExceptionSetting {
            dates: on(date(2026, 11, 24)),
            shifts: vec![long("3", 780, 1_000), long("1", 300, 840)],
        }],
        ..CalendarSetting::default()
    });
    // The night of the 23rd holds until 06:00, then 1 (from 05:00) until 14:00, then 3 (from 13:00) until 16:40.
    let shift = |text: &str| {
        let slot = plant.slot(at(text));
        (slot.shift.to_string(), slot.shift_period)
    };
    let period = |from: &str, to: &str| {
        let instant = |clock: &str| at(&format!("2026-11-24T{clock}:00Z"));
        Period::new(instant(from), instant(to))
    };
    assert_eq!(shift("2026-11-24T05:30:00Z").0, "3");
    assert_eq!(shift("2026-11-24T06:00:00Z"), ("1".into(), period("06:00", "14:00")));
    assert_eq!(shift("2026-11-24T13:30:00Z"), ("1".into(), period("06:00", "14:00")));
    assert_eq!(shift("2026-11-24T14:00:00Z"), ("3".into(), period("14:00", "16:40")));
    // 05:00 is before the production day's begin at 06:00: the shift belongs to the 23rd, though the night shift held it up.
    assert_eq!(&*plant.slot(at("2026-11-24T07:00:00Z")).business_date, "2026-11-23");
}

#[test]
fn instants_no_calendar_reaches_have_a_slot_and_no_work() {
    let plant = early(CalendarSetting::default());
    for at in [
        Timestamp::MIN,
        Timestamp(i64::MIN),
        Timestamp::MAX,
        Timestamp(i64::MAX - 1),
    ] {
        let slot = plant.slot_of(at, MachineId(0), "");
        assert!(slot.period.contains(at), "{at:?}: {slot:?}");
        assert_eq!(slot.planned, Planned::Nothing);
        assert_eq!(plant.next_shift(at), None);
    }
}
