//! Pure. Shifts over midnight, breaks and DST nights, with the arithmetic beside the expected instants.

use super::*;

fn shift(id: &str, from: u32, to: u32, breaks: &[(u32, u32)]) -> ShiftSetting {
    ShiftSetting {
        id: id.into(),
        name: id.into(),
        days: [true; 7],
        from_min: from,
        to_min: to,
        breaks: breaks.to_vec(),
    }
}

fn plant(zone: &str, shifts: Vec<ShiftSetting>) -> Calendar {
    Calendar::new(CalendarSetting {
        timezone: zone.into(),
        day_start_min: 360,
        shifts,
    })
}

fn at(text: &str) -> Timestamp {
    Timestamp(text.parse::<jiff::Timestamp>().unwrap().as_millisecond())
}

fn hours(period: Period) -> f64 {
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
    assert_eq!(plant.planned_ms(day), (14.75 * 3_600_000.0) as i64);
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
