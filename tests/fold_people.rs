//! The people of a line are shared by its machines in service, and pieces are held against the hours of people who were told.
#![allow(clippy::unwrap_used, reason = "a test ends where something is missing")]

#[path = "support/timeline.rs"]
mod timeline;

use gemba::model::entry::Says;
use gemba::model::fact::{Body, Role};
use gemba::model::ids::MachineId;
use gemba::model::settings::{CalendarSetting, MachineSetting, PolicySetting, Setting, ShiftSetting};
use gemba::model::tally::{Column, Sums, TallyKey};
use gemba::model::time::Timestamp;
use gemba::oee::basis::Basis;
use gemba::oee::indicators::{Kpi, Missing};
use gemba::oee::rollup::{By, Kinds, Merged, Over, Part, RollUp};
use jiff::tz::TimeZone;
use std::collections::BTreeMap;
use std::sync::Arc;
use timeline::{MACHINE, Timeline, press};

const HOUR: f64 = 3_600.0;

/// Eight hours of the press, one of three machines of a line of six people; the third one waits to be put in service.
fn line() -> Timeline {
    let mut line = Timeline::new(press(10.0));
    let commissioning = MachineSetting {
        commissioning: true,
        ..press(10.0)
    };
    let people = Says::Headcount {
        milli: 6_000,
        line: "moulding".into(),
    };
    line.set(0.0, Setting::Machine(MachineId(1), press(10.0)))
        .set(0.0, Setting::Machine(MachineId(2), commissioning))
        .first(0.0, 1)
        .told(0.0, 0.0, people);
    line.known
        .iter_mut()
        .last()
        .into_iter()
        .for_each(|fact| fact.machine = None);
    line
}

fn man_hours(line: &Timeline) -> f64 {
    line.fold(8.0 * 3_600.0).sum().get(Column::ManMs) as f64 / 3_600_000.0
}

#[test]
fn a_machine_that_is_not_in_service_takes_no_share_of_the_people_of_its_line() {
    let mut line = line();
    // 6 / 2 x 8 h. Of three it would be 16 h, and 16 h would belong to nothing that is told.
    assert_eq!(man_hours(&line), 24.0);
    // From 04:00 on it has its share: 3 x 4 h + 2 x 4 h.
    line.told(4.0 * 3_600.0, 4.0 * 3_600.0, Says::Service { on: true });
    line.known
        .iter_mut()
        .last()
        .into_iter()
        .for_each(|fact| fact.machine = Some(MachineId(2)));
    assert_eq!(man_hours(&line), 20.0);
}

/// Saturday, on which the press makes a piece every ten seconds from 06:00 to 14:00: a shift where `works` is true.
fn saturday(works: bool) -> Timeline {
    let mut line = Timeline::new(press(10.0));
    let early = ShiftSetting {
        id: "early".into(),
        name: "early".into(),
        days: [true, true, true, true, true, works, true],
        from_min: 360,
        to_min: 840,
        breaks: Vec::new(),
    };
    let calendar = CalendarSetting {
        timezone: "UTC".into(),
        shifts: vec![early],
        ..CalendarSetting::default()
    };
    line.set(0.0, Setting::Calendar(calendar)).first(HOUR * 6.0, 1);
    for piece in 1..=2_880 {
        let second = HOUR * 6.0 + f64::from(piece) * 10.0 - 5.0;
        line.sample(Role::Total, second - 10.0, second, i128::from(piece));
    }
    line.sample(Role::State, 14.0 * HOUR, 14.0 * HOUR, 0);
    line
}

/// So many people at the press from an hour of the day on; gives the key of the entry.
fn people(line: &mut Timeline, hour: f64, people: i64) -> Arc<str> {
    let key: Arc<str> = format!("people-{}", line.known.len()).into();
    let says = Says::Headcount {
        milli: people * 1_000,
        line: "".into(),
    };
    line.told(hour * HOUR, 15.0 * HOUR, says);
    if let Some(Body::Entry(entry)) = line.known.last_mut().map(|fact| &mut fact.body) {
        entry.key = Arc::clone(&key);
    }
    key
}

type Upph = Result<f64, Missing>;

fn upph(merged: &Merged) -> Upph {
    let basis = Basis::under(&PolicySetting::default(), &merged.sums);
    basis.with_people(merged.is_manned()).get(Kpi::Upph)
}

fn part<'a>(start: Timestamp, key: &'a TallyKey, sums: &'a Sums) -> Part<'a> {
    Part {
        machine: MACHINE,
        start,
        key,
        sums,
        engines: &[],
    }
}

/// Good pieces per man hour of each machine or product, by the tallies of shifts that are kept for ever.
fn by_shifts(line: &Timeline, by: By) -> Vec<Upph> {
    let (plan, kinds) = (line.plan(), Kinds::default());
    let mut of_shifts: BTreeMap<Arc<TallyKey>, Sums> = BTreeMap::new();
    for row in line.fold(14.0 * HOUR + 60.0).tallies() {
        of_shifts.entry(Arc::clone(&row.key)).or_default().give(row);
    }
    let mut merged = RollUp::new(Over::Whole, by, &kinds).by_part(&plan);
    for (key, sums) in &of_shifts {
        merged.give(part(key.shift_start, key, sums));
    }
    merged.finish().values().map(upph).collect()
}

/// The same of each hour of the shift, by the minutes.
fn by_hours(line: &Timeline) -> Vec<Upph> {
    let (plan, kinds) = (line.plan(), Kinds::default());
    let mut hours = RollUp::new(Over::Hours(TimeZone::UTC), By::Machine, &kinds).by_part(&plan);
    for row in line.fold(14.0 * HOUR + 60.0).tallies() {
        let mut sums = Sums::default();
        sums.give(row);
        hours.give(part(row.period.start, &row.key, &sums));
    }
    let hours = hours.finish();
    let worked = hours.values().filter(|hour| hour.sums.tally.get(Column::PlannedMs) > 0);
    worked.map(upph).collect()
}

const UNTOLD: Upph = Err(Missing::Headcount);

#[test]
fn pieces_of_a_shift_are_not_held_against_people_who_were_told_of_half_of_it() {
    let mut line = saturday(true);
    people(&mut line, 10.0, 2);
    // 2,880 pieces in 4 h of two people would be 360.
    assert_eq!(by_shifts(&line, By::Machine), [UNTOLD]);
    // 360 in an hour of two.
    let two = Ok(180.0);
    assert_eq!(by_hours(&line), [UNTOLD, UNTOLD, UNTOLD, UNTOLD, two, two, two, two]);
    // Told of the rest: 2,880 / (4 h of one + 4 h of two).
    people(&mut line, 6.0, 1);
    assert_eq!(by_shifts(&line, By::Machine), [Ok(240.0)]);
    let one = Ok(360.0);
    assert_eq!(by_hours(&line), [one, one, one, one, two, two, two, two]);
}

#[test]
fn a_product_made_after_people_were_told_has_all_of_its_hours_told_and_the_one_before_half_of_them() {
    let mut line = saturday(true);
    let product = |id: &str| Says::Product { product: id.into() };
    line.told(0.0, 0.0, product("A"));
    line.told(10.0 * HOUR, 10.0 * HOUR, product("B"));
    people(&mut line, 8.0, 2);
    assert_eq!(by_shifts(&line, By::Product), [UNTOLD, Ok(180.0)]);
}

#[test]
fn hours_whose_headcount_was_taken_back_are_untold_until_somebody_tells_them_again() {
    let mut line = saturday(true);
    let first = people(&mut line, 6.0, 1);
    people(&mut line, 10.0, 2);
    assert_eq!(by_shifts(&line, By::Machine), [Ok(240.0)]);
    line.told(6.0 * HOUR, 15.0 * HOUR, Says::Undo { entry: first });
    assert_eq!(by_shifts(&line, By::Machine), [UNTOLD]);
    assert_eq!(by_hours(&line)[3..5], [UNTOLD, Ok(180.0)]);
    // "No, we were three": 2,880 / (4 h of three + 4 h of two).
    people(&mut line, 6.0, 3);
    assert_eq!(by_shifts(&line, By::Machine), [Ok(144.0)]);
}

#[test]
fn work_outside_shifts_is_held_against_people_who_were_told_when_it_began_and_not_later() {
    let mut line = saturday(false);
    people(&mut line, 6.0, 2);
    assert_eq!(by_shifts(&line, By::Machine), [Ok(180.0)]);
    let mut late = saturday(false);
    people(&mut late, 10.0, 2);
    assert_eq!(by_shifts(&late, By::Machine), [UNTOLD]);
    assert_eq!(by_hours(&late)[3..5], [UNTOLD, Ok(180.0)]);
}
