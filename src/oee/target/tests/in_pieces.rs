//! Pure. Tests: targets in pieces a shift.

use super::*;
use crate::model::settings::StandardSetting;
use std::num::NonZeroU32;

/// 800 pieces of "box" in a shift of 00:00 to 08:00 with a break from 04:00 to 04:30, net 7.5 h; no ideal cycle anywhere.
fn of_800() -> Plan {
    let mut plan = plan(None);
    set(&mut plan, 0, product("box", Some(800), None));
    put_on(&mut plan, 0, "box");
    plan
}

fn product(id: &str, pieces: Option<u32>, oee_ppm: Option<u32>) -> Setting {
    let product = ProductSetting {
        shift_pieces: pieces.and_then(NonZeroU32::new),
        oee_ppm,
        ..ProductSetting::default()
    };
    Setting::Product(id.into(), product)
}

/// A standard of 24 s for a product, for any where it is empty.
fn standard(product: &str, machine: Option<MachineId>, goals: (Option<u32>, Option<u32>)) -> Setting {
    let standard = StandardSetting {
        product: product.into(),
        machine,
        ideal_ns: 24_000_000_000,
        shift_pieces: goals.0.and_then(NonZeroU32::new),
        oee_ppm: goals.1,
        ..StandardSetting::default()
    };
    Setting::Standard(format!("{product} {machine:?}").into(), standard)
}

#[test]
fn a_target_of_800_pieces_is_spread_over_the_net_time_of_the_shift_and_needs_no_ideal_cycle() {
    let plan = of_800();
    // 800 x 4 h / 7.5 h; the break adds nothing; then 800 x 4.5 h / 7.5 h.
    let after = |minutes: i64| {
        let of_shift = ShiftPlan::of(&plan, PRESS, "1", Timestamp(0));
        of_shift.until(Timestamp(minutes * MINUTE_MS))
    };
    assert_eq!(after(240), Some(800.0 * 4.0 / 7.5));
    assert_eq!(after(270), after(240));
    assert_eq!(after(300), Some(480.0));
    assert_eq!(after(330), Some(800.0 * 5.0 / 7.5));
    assert_eq!([after(480), after(600)], [Some(800.0), Some(800.0)]);
    assert_eq!(of(&plan, 4, 5), Some(800.0 * 0.5 / 7.5));
}

#[test]
fn each_product_of_a_shift_brings_its_own_target_for_its_share_of_the_time() {
    let mut plan = of_800();
    set(&mut plan, 0, product("lid", Some(1_500), None));
    put_on(&mut plan, 3 * HOUR_MS, "lid");
    // 3 of 7.5 h at 800, and 4.5 of 7.5 h at 1,500.
    assert_eq!(of_day(&plan, "1", 0), Some(320.0 + 900.0));
    // With a target of OEE alone, by its cycle: 48 s a shot of 2, 150 an hour, half of them in the last 2 h.
    set(&mut plan, 0, target(500_000));
    put_on(&mut plan, 6 * HOUR_MS, "slow");
    assert_eq!(of_day(&plan, "1", 0), Some(320.0 + 500.0 + 150.0));
}

#[test]
fn a_machine_in_service_for_a_part_of_the_shift_is_asked_for_that_part_of_its_target() {
    let mut plan = of_800();
    say(&mut plan, 0, Says::Service { on: false });
    say(&mut plan, 3 * HOUR_MS, Says::Service { on: true });
    // 03:00 to 08:00 without the break: 4.5 of 7.5 h.
    assert_eq!(of_day(&plan, "1", 0), Some(480.0));
}

#[test]
fn a_planned_stop_known_before_the_shift_takes_its_share_of_the_target() {
    let mut plan = of_800();
    let until = Timestamp(3 * HOUR_MS);
    let says = Says::PlannedStop {
        until,
        reason: "".into(),
    };
    let (key, source) = ("stop".into(), Source::Manual);
    let told = Fact {
        received_at: Timestamp(-1),
        ..fact(
            0,
            Body::Entry(Entry {
                key,
                source,
                late: false,
                says,
            }),
        )
    };
    plan.apply(&told);
    // 4.5 of 7.5 h: the target is of a shift without it.
    assert_eq!(of_day(&plan, "1", 0), Some(480.0));
}

#[test]
fn the_target_is_that_of_the_most_special_that_has_one() {
    // 24 s a shot of 2: 300 pieces an hour; at 50 % 1,125 in the shift, at 80 % 1,800, at 100 % 2,250.
    let mut plan = half();
    put_on(&mut plan, 0, "box");
    let steps = [
        (standard("", Some(PRESS), (None, None)), 1_125.0),
        (
            Setting::Machine(
                PRESS,
                MachineSetting {
                    shift_pieces: NonZeroU32::new(700),
                    ..press(24)
                },
            ),
            700.0,
        ),
        (standard("", Some(PRESS), (Some(720), None)), 720.0),
        (product("box", None, Some(800_000)), 1_800.0),
        (product("box", Some(800), Some(800_000)), 800.0),
        (standard("box", None, (None, Some(1_000_000))), 2_250.0),
        (standard("box", Some(PRESS), (Some(900), None)), 900.0),
    ];
    for (setting, pieces) in steps {
        set(&mut plan, 0, setting.clone());
        assert_eq!(of_day(&plan, "1", 0), Some(pieces), "with {setting:?}");
    }
}

#[test]
fn a_target_in_pieces_changed_in_the_middle_of_the_shift_counts_from_the_next_one() {
    let mut plan = of_800();
    set(&mut plan, HOUR_MS, product("box", Some(900), None));
    assert_eq!(of_day(&plan, "1", 0), Some(800.0));
    assert_eq!(of_day(&plan, "1", 24 * HOUR_MS), Some(900.0));
}
