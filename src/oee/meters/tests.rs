//! Energy of shared meters: split by shift and run time, by the meters of their time, and how much of the time is told.

use super::*;
use crate::model::fact::{Body, Fact};
use crate::model::settings::{CalendarSetting, Change, MachineSetting, Meter, Setting, ShiftSetting};
use crate::model::time::HOUR_MS;

const READER: MachineId = MachineId(1);
const OTHER: MachineId = MachineId(4);
const THIRD: MachineId = MachineId(5);
const ALONE: MachineId = MachineId(9);

/// A day of two machines whose meter is read for the first one, and of one that has its own.
fn meters() -> Meters {
    let wiring = Wiring::from([(READER, vec![OTHER, THIRD]), (ALONE, Vec::new())]);
    Meters(vec![(hours(0, 24), wiring)])
}

fn hours(from: i64, to: i64) -> Period {
    Period::new(Timestamp(from * HOUR_MS), Timestamp(to * HOUR_MS))
}

fn hour_of(key: &TallyKey) -> Period {
    Period::new(key.shift_start, key.shift_start.plus(HOUR_MS))
}

/// Tallies of (shift, that begins so many hours after the start; machine, minutes run, watt hours), of which half the time is
/// metered where there is energy.
fn tallies(rows: &[(i64, MachineId, i64, i64)]) -> Vec<(TallyKey, MachineId, Tally)> {
    let tally = |(shift, machine, minutes, wh): &(i64, MachineId, i64, i64)| {
        let mut tally = Tally::default();
        tally.add(Column::SpanMs, 60 * 60_000);
        tally.add(Column::MeteredMs, if *wh > 0 { 30 * 60_000 } else { 0 });
        tally.add(Column::RunningMs, minutes * 60_000);
        tally.add(Column::Wh, *wh);
        let key = TallyKey {
            shift_start: Timestamp(shift * HOUR_MS),
            shift: shift.to_string().into(),
            ..TallyKey::default()
        };
        (key, *machine, tally)
    };
    rows.iter().map(tally).collect()
}

/// The watt hours they come to, and the minutes whose energy was told.
fn split_by(meters: &Meters, rows: &[(i64, MachineId, i64, i64)]) -> Vec<(i64, i64)> {
    let mut tallies = tallies(rows);
    let each = tallies.iter_mut();
    meters.split(hour_of, each.map(|(key, machine, tally)| (&*key, *machine, tally)));
    let told =
        |(_, _, tally): &(TallyKey, MachineId, Tally)| (tally.get(Column::Wh), tally.get(Column::MeteredMs) / 60_000);
    tallies.iter().map(told).collect()
}

fn split(rows: &[(i64, MachineId, i64, i64)]) -> Vec<i64> {
    split_by(&meters(), rows).into_iter().map(|(wh, _)| wh).collect()
}

#[test]
fn machines_of_a_meter_have_its_energy_by_run_time_shift_by_shift() {
    let rows = [
        (1, READER, 60, 900),
        (1, OTHER, 30, 0),
        (2, READER, 0, 500),
        (2, OTHER, 60, 0),
    ];
    // 900 x 60 / 90 and 900 x 30 / 90; in the second shift the other one ran alone.
    assert_eq!(split(&rows), [600, 300, 0, 500]);
}

#[test]
fn a_product_has_the_share_of_the_time_it_ran_in() {
    let rows = [(1, READER, 40, 700), (1, READER, 20, 200), (1, OTHER, 30, 0)];
    assert_eq!(split(&rows), [400, 200, 300]);
}

#[test]
fn whole_watt_hours_add_up_to_what_the_meter_said() {
    let rows = [(1, READER, 1, 100), (1, OTHER, 1, 0), (1, THIRD, 1, 0)];
    // Up to 33.3, 66.7 and 100.
    assert_eq!(split(&rows), [33, 33, 34]);
}

#[test]
fn energy_of_a_shift_in_which_nothing_ran_stays_where_it_was_read() {
    assert_eq!(split(&[(1, READER, 0, 40), (1, OTHER, 0, 0)]), [40, 0]);
}

#[test]
fn machines_without_a_share_keep_their_own() {
    assert_eq!(split(&[(1, READER, 60, 900), (1, ALONE, 60, 70)]), [900, 70]);
    let (meters, day) = (meters(), hours(0, 24));
    let said = |machine| (meters.measure(machine, day), meters.is_shared(machine, day));
    let nobody = MachineId(7);
    assert_eq!(
        [READER, OTHER, ALONE, nobody].map(said),
        [(true, true), (true, true), (true, false), (false, false)]
    );
    assert!(!meters.are_own());
}

#[test]
fn a_meter_tells_as_much_of_the_others_as_of_the_machine_it_is_read_for() {
    let rows = [(1, READER, 60, 900), (1, OTHER, 30, 0), (2, OTHER, 30, 0)];
    // 30 of 60 min; in the second shift nothing is known of the reader, such as out of service.
    assert_eq!(split_by(&meters(), &rows), [(600, 30), (300, 30), (0, 0)]);
}

#[test]
fn energy_is_told_where_nineteen_twentieths_of_the_time_are() {
    assert!(is_told(57, 60) && !is_told(56, 60) && is_told(0, 0));
}

fn told(hour: i64, setting: Setting) -> Fact {
    Fact {
        at: Timestamp(hour * HOUR_MS),
        received_at: Timestamp(hour * HOUR_MS),
        mono_ms: 0,
        epoch: 0,
        machine: None,
        author: "config".into(),
        body: Body::Setting(Change::new(setting)),
    }
}

fn machine(id: MachineId, shared_with: Option<Vec<MachineId>>) -> Setting {
    let meter = shared_with.map(|shared_with| {
        Box::new(Meter {
            milli_wh: 1_000,
            max_w: 1_000,
            shared_with,
        })
    });
    Setting::Machine(
        id,
        MachineSetting {
            meter,
            ..MachineSetting::default()
        },
    )
}

#[test]
fn a_meter_that_is_shared_from_some_day_on_leaves_the_shifts_before_it_as_they_were() {
    let mut plan = Plan::default();
    let facts = [
        told(0, machine(READER, Some(Vec::new()))),
        told(0, machine(OTHER, None)),
        told(10, machine(READER, Some(vec![OTHER]))),
        told(
            20,
            Setting::Removed(crate::model::settings::SettingKind::Machine, "reader".into()),
        ),
    ];
    for fact in facts {
        let is_removal = matches!(&fact.body, Body::Setting(change) if matches!(change.setting, Setting::Removed(..)));
        plan.apply(&Fact {
            machine: is_removal.then_some(READER),
            ..fact
        });
    }
    let meters = Meters::of(&plan, hours(0, 24));
    let rows = [
        (3, READER, 30, 900),
        (3, OTHER, 30, 0),
        (12, READER, 30, 900),
        (12, OTHER, 30, 0),
    ];
    let wh = |rows| -> Vec<i64> { split_by(&meters, rows).into_iter().map(|(wh, _)| wh).collect() };
    assert_eq!(wh(&rows), [900, 0, 450, 450], "half of 900 each from the tenth hour on");
    assert_eq!(
        [hours(0, 10), hours(9, 11), hours(20, 24)].map(|period| meters.is_shared(OTHER, period)),
        [false, true, false]
    );
}

#[test]
fn the_time_of_a_tally_is_its_shift_or_the_day_that_begins_before_the_shifts() {
    let mut plan = Plan::default();
    plan.apply(&told(
        0,
        Setting::Calendar(CalendarSetting {
            timezone: "UTC".into(),
            shifts: vec![ShiftSetting {
                id: "a".into(),
                name: "a".into(),
                days: [true; 7],
                from_min: 6 * 60,
                to_min: 14 * 60,
                breaks: Vec::new(),
            }],
            day_start_min: 6 * 60,
            ..CalendarSetting::default()
        }),
    ));
    let of = |shift: &str| {
        let key = TallyKey {
            shift_start: Timestamp(6 * HOUR_MS),
            shift: shift.into(),
            ..TallyKey::default()
        };
        shift_of(&plan, &key)
    };
    assert_eq!((of("a"), of("")), (hours(6, 14), hours(6, 30)));
}
