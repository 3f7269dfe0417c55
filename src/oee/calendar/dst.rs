//! Pure. Days on which the clocks change: Berlin by an hour, Lord Howe by half an hour, Ho Chi Minh City never.

use super::tests::{at, hours, plant, shift};
use super::*;
use crate::model::calendar::PlannedStopSetting;

/// Three shifts of 8 h, the last one over the night, without breaks.
fn three_shifts(zone: &str) -> Calendar {
    plant(
        zone,
        vec![
            shift("1", 360, 840, &[]),
            shift("2", 840, 1_320, &[]),
            shift("3", 1_320, 360, &[]),
        ],
    )
}

fn night(breaks: &[(u32, u32)]) -> Calendar {
    plant("Europe/Berlin", vec![shift("3", 1_320, 360, breaks)])
}

/// The production day that holds an instant, by its shifts.
fn day_hours(plant: &Calendar, text: &str) -> Vec<f64> {
    let date = plant.slot(at(text)).business_date;
    let mut slot = plant.slot(at(text).plus(-DAY_MS));
    let mut lengths = Vec::new();
    while slot.business_date <= date {
        if slot.business_date == date {
            lengths.push(hours(slot.shift_period));
        }
        slot = plant.slot(slot.shift_period.end);
    }
    lengths
}

#[test]
fn a_production_day_has_23_or_25_hours_and_its_night_shift_7_or_9() {
    let berlin = three_shifts("Europe/Berlin");
    // The night of the 28th of March: 02:00 becomes 03:00. That of the 24th of October: 03:00 becomes 02:00.
    assert_eq!(day_hours(&berlin, "2026-03-28T12:00:00Z"), [8.0, 8.0, 7.0]);
    assert_eq!(day_hours(&berlin, "2026-03-29T12:00:00Z"), [8.0, 8.0, 8.0]);
    assert_eq!(day_hours(&berlin, "2026-10-24T12:00:00Z"), [8.0, 8.0, 9.0]);
    let lord_howe = three_shifts("Australia/Lord_Howe");
    // On Sunday the 5th of April 02:00 becomes 01:30; on the 4th of October 02:00 becomes 02:30.
    assert_eq!(day_hours(&lord_howe, "2026-04-04T02:00:00Z"), [8.0, 8.0, 8.5]);
    assert_eq!(day_hours(&lord_howe, "2026-10-03T02:00:00Z"), [8.0, 8.0, 7.5]);
    let ho_chi_minh = three_shifts("Asia/Ho_Chi_Minh");
    for day in ["2026-03-28T12:00:00Z", "2026-04-04T12:00:00Z", "2026-10-24T12:00:00Z"] {
        assert_eq!(day_hours(&ho_chi_minh, day), [8.0, 8.0, 8.0]);
    }
}

#[test]
fn planned_time_of_a_dst_day_is_its_length() {
    let berlin = three_shifts("Europe/Berlin");
    let planned = |from: &str, to: &str| berlin.planned_ms(Period::new(at(from), at(to)), MachineId(0), "") / 3_600_000;
    // Midnight to midnight: CET is UTC + 1, CEST is UTC + 2.
    assert_eq!(planned("2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z"), 23);
    assert_eq!(planned("2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z"), 25);
}

#[test]
fn a_break_in_the_doubled_hour_comes_once_and_lasts_as_long_as_it_is_written() {
    // 02:30 to 03:00 on the 25th of October: the first 02:30 is 00:30 UTC; 03:00 would be 02:00 UTC, 90 minutes later.
    let plant = night(&[(150, 180)]);
    let pause = plant.slot(at("2026-10-25T00:45:00Z"));
    assert_eq!(pause.planned, Planned::Break);
    assert_eq!(
        pause.period,
        Period::new(at("2026-10-25T00:30:00Z"), at("2026-10-25T01:00:00Z"))
    );
    assert_eq!(
        plant.slot(at("2026-10-25T01:45:00Z")).planned,
        Planned::Work,
        "the second 02:45"
    );
    // 9 h - 30 min.
    let night = plant.slot(at("2026-10-24T20:00:00Z")).shift_period;
    assert_eq!(plant.planned_ms(night, MachineId(0), "") / MINUTE_MS, 510);
}

#[test]
fn a_break_in_the_missing_hour_begins_after_the_leap() {
    // 02:15 to 02:45 on the 29th of March does not exist: half an hour from 03:00, which is 01:00 UTC.
    let plant = night(&[(135, 165)]);
    let pause = plant.slot(at("2026-03-29T01:10:00Z"));
    assert_eq!(
        (pause.planned, pause.period),
        (
            Planned::Break,
            Period::new(at("2026-03-29T01:00:00Z"), at("2026-03-29T01:30:00Z"))
        )
    );
    // 7 h - 30 min.
    let night = plant.slot(at("2026-03-28T21:00:00Z")).shift_period;
    assert_eq!(plant.planned_ms(night, MachineId(0), "") / MINUTE_MS, 390);
}

#[test]
fn shifts_that_meet_in_the_missing_hour_meet_at_the_leap() {
    // 02:30 does not exist on the 29th of March: one shift ends and the next begins at 01:00 UTC.
    let plant = plant(
        "Europe/Berlin",
        vec![shift("a", 1_110, 150, &[]), shift("b", 150, 1_110, &[])],
    );
    let leap = at("2026-03-29T01:00:00Z");
    assert_eq!(plant.slot(leap.plus(-1)).shift_period.end, leap);
    let next = plant.slot(leap);
    assert_eq!((&*next.shift, next.shift_start), ("b", leap));
    assert_eq!(&*next.business_date, "2026-03-28", "02:30 is before 06:00");
    // A shift inside the missing hour is not worked at all.
    let short = self::plant("Europe/Berlin", vec![shift("x", 125, 170, &[])]);
    assert_eq!(short.slot(leap).planned, Planned::Nothing);
    assert_eq!(hours(short.slot(at("2026-03-30T00:10:00Z")).shift_period), 0.75);
}

#[test]
fn a_planned_stop_runs_from_clock_to_clock() {
    let stop = PlannedStopSetting {
        id: "5s".into(),
        name: "5S".into(),
        days: [false, false, false, false, false, false, true],
        from_min: 60,
        to_min: 240,
        machines: vec![],
        lines: vec![],
    };
    let mut setting = night(&[]).setting().clone();
    setting.planned_stops.push(stop);
    let plant = Calendar::new(setting);
    let stopped = |text: &str| hours(plant.slot_of(at(text), MachineId(0), "").period);
    // 01:00 to 04:00 local on Sundays.
    assert_eq!(stopped("2026-03-22T01:00:00Z"), 3.0);
    assert_eq!(stopped("2026-03-29T01:30:00Z"), 2.0, "without the missing hour");
    assert_eq!(stopped("2026-10-25T00:30:00Z"), 4.0, "with the doubled hour");
}
