//! Pure. Tests: what is changed while a shift is on, and what its plan makes of it.

use super::*;
use crate::model::settings::StandardSetting;
use crate::model::time::DAY_MS;

fn standard(product: &str, ideal_s: i64) -> Setting {
    let standard = StandardSetting {
        product: product.into(),
        ideal_ns: ideal_s * 1_000_000_000,
        ..StandardSetting::default()
    };
    Setting::Standard(format!("of {product}").into(), standard)
}

#[test]
fn an_ideal_cycle_changed_in_the_middle_of_a_shift_counts_from_the_next_one() {
    let mut plan = half();
    set(&mut plan, 4 * HOUR_MS, Setting::Machine(PRESS, press(12)));
    assert_eq!(of_day(&plan, "1", 0), Some(1_125.0));
    // 6 s a piece: 600 an hour, half of them 300, in 7.5 h 2,250.
    assert_eq!(of_day(&plan, "1", DAY_MS), Some(2_250.0));
    // The product's own cycle, and then a standard that is more special than that.
    put_on(&mut plan, 0, "slow");
    let faster = ProductSetting {
        ideal_ns: Some(12_000_000_000),
        cavities: Some(1),
        ..ProductSetting::default()
    };
    set(&mut plan, HOUR_MS, Setting::Product("slow".into(), faster));
    set(&mut plan, 2 * HOUR_MS, standard("slow", 6));
    // 48 s a shot of 2: 150 an hour, half of them 75, in 7.5 h 562.5; then 6 s a shot of one: 600, 300, 2,250.
    assert_eq!(of_day(&plan, "1", 0), Some(562.5));
    assert_eq!(of_day(&plan, "1", DAY_MS), Some(2_250.0));
}

#[test]
fn another_product_is_planned_by_what_was_known_of_it_when_the_shift_began() {
    let mut plan = half();
    set(&mut plan, 0, standard("box", 36));
    set(&mut plan, HOUR_MS, standard("box", 12));
    put_on(&mut plan, 4 * HOUR_MS, "box");
    // 4 h of 150; then 3.5 h of 36 s a shot: 200 an hour, half of them 100.
    assert_eq!(of_day(&plan, "1", 0), Some(950.0));
    // The whole next day: 12 s a shot, 600, 300 an hour.
    assert_eq!(of_day(&plan, "1", DAY_MS), Some(2_250.0));
}

#[test]
fn a_product_first_configured_during_the_shift_is_planned_by_its_first_standard() {
    let mut plan = half();
    let name = ProductSetting::default;
    set(&mut plan, HOUR_MS, Setting::Product("lid".into(), name()));
    put_on(&mut plan, 4 * HOUR_MS, "lid");
    // Until it has one of its own, the machine's: 4 h and 3.5 h of 150.
    assert_eq!(of_day(&plan, "1", 0), Some(1_125.0));
    set(&mut plan, 5 * HOUR_MS, standard("lid", 36));
    set(&mut plan, 6 * HOUR_MS, standard("lid", 12));
    // 600 and 3.5 h of 100.
    assert_eq!(of_day(&plan, "1", 0), Some(950.0));
}

#[test]
fn work_for_which_there_was_no_ideal_cycle_is_planned_by_the_first_one_told_in_the_shift() {
    let mut plan = plan(None);
    set(&mut plan, 0, target(500_000));
    assert_eq!(of_day(&plan, "1", 0), None);
    set(&mut plan, 2 * HOUR_MS, Setting::Machine(PRESS, press(24)));
    set(&mut plan, 3 * HOUR_MS, Setting::Machine(PRESS, press(12)));
    assert_eq!(of_day(&plan, "1", 0), Some(1_125.0));
    let mut later = super::plan(None);
    set(&mut later, 0, target(500_000));
    set(&mut later, 9 * HOUR_MS, Setting::Machine(PRESS, press(24)));
    assert_eq!(of_day(&later, "1", 0), None, "after the shift it makes no plan of it");
}

#[test]
fn a_calendar_edited_in_the_middle_of_a_shift_leaves_its_plan_and_changes_the_next_one() {
    for (to_min, pause, next) in [
        // 10 h with a break of an hour: 9 h of 150.
        (600, (300, 360), 1_350.0),
        // 6 h with a break of an hour: 5 h of 150.
        (360, (300, 360), 750.0),
    ] {
        let mut plan = half();
        let edited = calendar("1", (0, to_min), pause);
        set(&mut plan, 3 * HOUR_MS, Setting::Calendar(edited));
        assert_eq!(of_day(&plan, "1", 0), Some(1_125.0));
        // The break stays where it was: from 04:00 to 04:30.
        assert_eq!([of(&plan, 4, 5), of(&plan, 5, 6)], [Some(75.0), Some(150.0)]);
        assert_eq!(of(&plan, 8, 10), Some(0.0), "the hours it lasts longer bring no plan");
        assert_eq!(of_day(&plan, "1", DAY_MS), Some(next));
    }
}

#[test]
fn what_holds_from_before_the_shift_changes_its_plan_whenever_it_is_told() {
    let mut plan = half();
    let edited = Fact {
        received_at: Timestamp(DAY_MS + 5 * HOUR_MS),
        ..fact(
            DAY_MS - 1,
            Body::Setting(Change::new(Setting::Calendar(calendar("1", (0, 600), (300, 360))))),
        )
    };
    plan.apply(&edited);
    assert_eq!(of_day(&plan, "1", DAY_MS), Some(1_350.0));
    assert_eq!(of_day(&plan, "1", 0), Some(1_125.0), "the day before stays");
}

#[test]
fn a_shift_that_an_edit_makes_of_one_that_is_on_is_planned_from_the_edit_on() {
    let mut plan = half();
    // From 03:00 on it is shift A from 02:00 to 10:00.
    set(
        &mut plan,
        3 * HOUR_MS,
        Setting::Calendar(calendar("A", (120, 600), (240, 270))),
    );
    // 03:00 to 10:00 without half an hour: 6.5 h of 150.
    assert_eq!(of_day(&plan, "A", 2 * HOUR_MS), Some(975.0));
    assert_eq!(of_day(&plan, "1", 0), Some(1_125.0));
}

#[test]
fn a_machine_put_in_service_during_the_shift_is_planned_by_what_was_known_then() {
    let mut plan = half();
    let waiting = |ideal_s| MachineSetting {
        commissioning: true,
        ..press(ideal_s)
    };
    set(&mut plan, 0, Setting::Machine(PRESS, waiting(60)));
    set(&mut plan, HOUR_MS, Setting::Machine(PRESS, waiting(24)));
    set(&mut plan, HOUR_MS, target(1_000_000));
    assert_eq!(of_day(&plan, "1", 0), Some(0.0), "nobody has said that it works");
    say(&mut plan, 2 * HOUR_MS, Says::Service { on: true });
    set(&mut plan, 3 * HOUR_MS, Setting::Machine(PRESS, waiting(12)));
    // 02:00 to 08:00 without the break: 5.5 h of 300.
    assert_eq!(of_day(&plan, "1", 0), Some(1_650.0));
}

#[test]
fn a_planned_stop_takes_time_out_of_the_plan_only_where_it_was_told_before_the_shift() {
    let stop = |told: i64| {
        let says = Says::PlannedStop {
            until: Timestamp(DAY_MS + 3 * HOUR_MS),
            reason: "".into(),
        };
        let key = "stop".into();
        let source = Source::Manual;
        Fact {
            received_at: Timestamp(told),
            ..fact(
                DAY_MS + HOUR_MS,
                Body::Entry(Entry {
                    key,
                    source,
                    late: false,
                    says,
                }),
            )
        }
    };
    let mut plan = half();
    plan.apply(&stop(DAY_MS + 30 * MINUTE_MS));
    assert_eq!(of_day(&plan, "1", DAY_MS), Some(1_125.0));
    let mut plan = half();
    plan.apply(&stop(DAY_MS - MINUTE_MS));
    // 01:00 to 03:00 is planned to stand: 5.5 h of 150.
    assert_eq!(of_day(&plan, "1", DAY_MS), Some(825.0));
    let undo = Says::Undo { entry: "stop".into() };
    say(&mut plan, DAY_MS + 30 * MINUTE_MS, undo);
    assert_eq!(
        of_day(&plan, "1", DAY_MS),
        Some(1_125.0),
        "one taken back was never told"
    );
}
