//! The plan of a press by hand arithmetic.

use super::*;
use crate::model::entry::{Entry, Says, Source};
use crate::model::fact::{Body, Fact};
use crate::model::settings::{
    CalendarSetting, Change, MachineSetting, ProductSetting, Setting, ShiftSetting, TargetSetting,
};
use crate::model::time::{HOUR_MS, MINUTE_MS};

mod frozen;
mod in_pieces;

const PRESS: MachineId = MachineId(0);

fn fact(at: i64, body: Body) -> Fact {
    Fact {
        at: Timestamp(at),
        received_at: Timestamp(at),
        mono_ms: 0,
        epoch: 0,
        machine: Some(PRESS),
        author: "config".into(),
        body,
    }
}

fn target(ppm: u32) -> Setting {
    Setting::Target(TargetSetting {
        oee_ppm: Some(ppm),
        ..TargetSetting::default()
    })
}

/// A shift on each day with a break, all in minutes of UTC.
fn calendar(id: &str, (from_min, to_min): (u32, u32), pause: (u32, u32)) -> CalendarSetting {
    let shift = ShiftSetting {
        id: id.into(),
        name: id.into(),
        days: [true; 7],
        from_min,
        to_min,
        breaks: vec![pause],
    };
    CalendarSetting {
        timezone: "UTC".into(),
        day_start_min: 0,
        shifts: vec![shift],
        ..CalendarSetting::default()
    }
}

/// A shift from 00:00 to 08:00 UTC on each day with a break from 04:00 to 04:30; shots of 24 s with 2 cavities.
fn plan(ideal_ns: Option<i64>) -> Plan {
    let calendar = calendar("1", (0, 480), (240, 270));
    let press = MachineSetting {
        ideal_ns,
        cavities: 2,
        ..MachineSetting::default()
    };
    let product = ProductSetting {
        ideal_ns: Some(48_000_000_000),
        ..ProductSetting::default()
    };
    let settings = [
        Setting::Calendar(calendar),
        Setting::Machine(PRESS, press),
        Setting::Product("slow".into(), product),
    ];
    let mut plan = Plan::default();
    settings
        .into_iter()
        .for_each(|setting| plan.apply(&fact(0, Body::Setting(Change::new(setting)))));
    plan
}

fn set(plan: &mut Plan, at: i64, setting: Setting) {
    plan.apply(&fact(at, Body::Setting(Change::new(setting))));
}

fn say(plan: &mut Plan, at: i64, says: Says) {
    let key = format!("{says:?} at {at}").into();
    let source = Source::Manual;
    plan.apply(&fact(
        at,
        Body::Entry(Entry {
            key,
            source,
            late: false,
            says,
        }),
    ));
}

fn put_on(plan: &mut Plan, at: i64, product: &str) {
    let product = product.into();
    say(plan, at, Says::Product { product });
}

fn of(plan: &Plan, from_h: i64, to_h: i64) -> Option<f64> {
    let hours = |hours: i64| Timestamp(hours * HOUR_MS);
    ShiftPlan::of(plan, PRESS, "1", Timestamp(0)).within(Period::new(hours(from_h), hours(to_h)))
}

/// 24 s a shot of 2 pieces and a target of 50 %: 150 pieces an hour, 1,125 in the 7.5 h of the shift.
fn half() -> Plan {
    let mut plan = plan(Some(24_000_000_000));
    set(&mut plan, 0, target(500_000));
    plan
}

fn of_day(plan: &Plan, id: &str, start: i64) -> Option<f64> {
    ShiftPlan::of(plan, PRESS, id, Timestamp(start)).whole()
}

fn press(ideal_s: i64) -> MachineSetting {
    MachineSetting {
        ideal_ns: Some(ideal_s * 1_000_000_000),
        cavities: 2,
        ..MachineSetting::default()
    }
}

#[test]
fn the_plan_is_net_planned_time_over_the_ideal_cycle_times_the_target() {
    let mut plan = plan(Some(24_000_000_000));
    set(&mut plan, 0, target(750_000));
    // 12 s a piece: 300 an hour, 225 at 75 %.
    assert_eq!(of(&plan, 0, 1), Some(225.0));
    // The hour of the break has 30 minutes: 112.5.
    assert_eq!(of(&plan, 4, 5), Some(112.5));
    // 7.5 h of the shift: 1,687.5; the hours after it plan nothing.
    assert_eq!(of(&plan, 0, 8), Some(1_687.5));
    assert_eq!(of(&plan, 0, 12), Some(1_687.5));
}

#[test]
fn a_product_with_a_cycle_of_its_own_is_planned_by_it() {
    let mut plan = plan(Some(24_000_000_000));
    set(&mut plan, 0, target(500_000));
    put_on(&mut plan, 30 * MINUTE_MS, "slow");
    // 30 min at 12 s: 150; 30 min at 24 s: 75; half of 225.
    assert_eq!(of(&plan, 0, 1), Some(112.5));
}

#[test]
fn nothing_is_asked_of_a_machine_before_it_is_in_service() {
    let mut plan = plan(Some(24_000_000_000));
    set(&mut plan, 0, target(500_000));
    for (minute, on) in [(0, false), (90, true)] {
        say(&mut plan, minute * MINUTE_MS, Says::Service { on });
    }
    // Half of 300 an hour, from 01:30 on.
    assert_eq!(
        [of(&plan, 0, 1), of(&plan, 0, 2), of(&plan, 2, 3)],
        [Some(0.0), Some(75.0), Some(150.0)]
    );
}

#[test]
fn a_target_changed_during_the_shift_counts_from_the_next_one() {
    let mut plan = plan(Some(24_000_000_000));
    set(&mut plan, 0, target(500_000));
    set(&mut plan, HOUR_MS, target(1_000_000));
    assert_eq!(of(&plan, 2, 3), Some(150.0));
}

#[test]
fn the_target_of_a_product_changed_during_the_shift_counts_from_the_next_one_too() {
    let mut plan = plan(Some(24_000_000_000));
    let product = |ppm| ProductSetting {
        oee_ppm: Some(ppm),
        ..ProductSetting::default()
    };
    set(&mut plan, 0, Setting::Product("own".into(), product(500_000)));
    set(&mut plan, HOUR_MS, Setting::Product("own".into(), product(1_000_000)));
    put_on(&mut plan, 0, "own");
    assert_eq!(of(&plan, 2, 3), Some(150.0));
    // One that is new to the plant has the target it came with.
    set(&mut plan, 3 * HOUR_MS, Setting::Product("new".into(), product(250_000)));
    set(
        &mut plan,
        4 * HOUR_MS,
        Setting::Product("new".into(), product(1_000_000)),
    );
    put_on(&mut plan, 5 * HOUR_MS, "new");
    assert_eq!(of(&plan, 5, 6), Some(75.0));
}

#[test]
fn time_between_two_products_goes_on_as_the_one_before() {
    let mut plan = plan(None);
    set(&mut plan, 0, target(500_000));
    put_on(&mut plan, 30 * MINUTE_MS, "slow");
    put_on(&mut plan, 90 * MINUTE_MS, "");
    set(
        &mut plan,
        0,
        Setting::Product(
            "quick".into(),
            ProductSetting {
                ideal_ns: Some(24_000_000_000),
                ..ProductSetting::default()
            },
        ),
    );
    put_on(&mut plan, 2 * HOUR_MS, "quick");
    // 75 an hour of 24 s a piece up to 02:00, from 00:00 on; then 150 an hour of 12 s.
    let hours = [(0, 1), (1, 2), (2, 3)].map(|(from, to)| of(&plan, from, to));
    assert_eq!(hours, [Some(75.0), Some(75.0), Some(150.0)]);
}

#[test]
fn without_a_target_or_an_ideal_cycle_there_is_no_plan() {
    assert_eq!(of(&plan(Some(24_000_000_000)), 0, 1), None);
    let mut without = plan(None);
    set(&mut without, 0, target(750_000));
    assert_eq!(of(&without, 0, 1), None);
}
