//! Increases that nobody believes: what is held of them, and where the pieces go that a person says were made.

#[path = "support/timeline.rs"]
mod timeline;

use gemba::model::entry::{OrderAct, Says};
use gemba::model::fact::Role;
use gemba::model::settings::{CounterSetting, MachineSetting, ProductSetting, Resets, Setting};
use gemba::model::tally::{Column, FlagKind, Tally};
use gemba::oee::kpi::Kpis;
use timeline::{Folded, Timeline, press};

/// What the counter of all pieces held, in pieces.
fn held(folded: &Folded) -> Vec<i64> {
    let flags = folded.rows.flags.iter().filter(|flag| flag.what == FlagKind::Held);
    flags.map(|flag| flag.amount).collect()
}

/// A person says at `second` what the counter of all pieces held then was made.
fn release(line: &mut Timeline, second: f64) {
    let says = Says::Held {
        role: Role::Total.name().into(),
        release: true,
    };
    line.entry(second, says);
}

fn totals(tally: &Tally) -> [i64; 2] {
    [tally.get(Column::Total), tally.get(Column::GapTotal)]
}

/// A press that makes a piece every 10 s up to 100 s, falls silent until 400 s, and comes back with more than it can have made:
/// its greatest rate is 60 a minute, 301 in 300 s.
fn back_with_too_many() -> Timeline {
    let mut line = Timeline::new(press(10.0));
    line.first(0.0, 1).sample(Role::Total, 90.0, 100.0, 10);
    line.lost(100.0);
    for (role, value) in [(Role::State, 1), (Role::Total, 1_010), (Role::Reject, 0)] {
        line.sample(role, 100.0, 400.0, value);
    }
    line.sample(Role::Total, 400.0, 410.0, 1_011);
    line
}

#[test]
fn held_pieces_of_a_silence_are_released_into_the_gap_and_leave_the_oee_of_the_known_time() {
    let mut line = back_with_too_many();
    let before = line.fold(600.0);
    assert_eq!(held(&before), [1_000]);
    assert_eq!(totals(&before.sum()), [10 + 1, 0]);
    release(&mut line, 410.0);
    let after = line.fold(600.0).sum();
    assert_eq!(totals(&after), [10 + 1, 1_000]);
    assert_eq!(Kpis::of(&after).oee, Kpis::of(&before.sum()).oee);
}

#[test]
fn shots_that_are_held_are_told_as_the_pieces_they_are_released_as() {
    let mut setting = press(10.0);
    setting.cavities = 2;
    setting.signals[1].role = Role::Shots;
    let mut line = Timeline::new(setting);
    line.sample(Role::State, 0.0, 0.0, 1)
        .sample(Role::Shots, 0.0, 0.0, 0)
        .sample(Role::Reject, 0.0, 0.0, 0)
        .sample(Role::Shots, 0.0, 20.0, 1_000)
        .sample(Role::Shots, 20.0, 25.0, 1_001);
    let before = line.fold(60.0);
    assert_eq!(
        (held(&before), totals(&before.sum())),
        (vec![2_000], [2, 0]),
        "1,000 x 2 and 1 x 2"
    );
    let says = Says::Held {
        role: Role::Shots.name().into(),
        release: true,
    };
    line.entry(25.0, says);
    assert_eq!(totals(&line.fold(60.0).sum()), [2_002, 0]);
}

#[test]
fn held_pieces_of_known_time_are_released_into_it_also_when_the_next_reading_ends_a_silence() {
    let mut line = Timeline::new(press(10.0));
    line.first(0.0, 1).sample(Role::Total, 99.0, 100.0, 1_000);
    line.lost(100.0);
    for (role, value) in [(Role::State, 1), (Role::Total, 1_005), (Role::Reject, 0)] {
        line.sample(role, 100.0, 400.0, value);
    }
    let before = line.fold(600.0);
    assert_eq!((held(&before), totals(&before.sum())), (vec![1_000], [0, 5]));
    release(&mut line, 400.0);
    assert_eq!(totals(&line.fold(600.0).sum()), [1_000, 5]);
}

#[test]
fn held_pieces_of_time_in_which_the_state_was_not_known_are_released_into_the_gap() {
    let mut line = Timeline::new(press(10.0));
    line.first(0.0, 1).lost_all(&[Role::State], 50.0);
    line.sample(Role::Total, 99.0, 100.0, 1_000)
        .sample(Role::Total, 109.0, 110.0, 1_001)
        .sample(Role::State, 50.0, 105.0, 1);
    let before = line.fold(600.0);
    assert_eq!((held(&before), totals(&before.sum())), (vec![1_000], [1, 0]));
    release(&mut line, 110.0);
    assert_eq!(totals(&line.fold(600.0).sum()), [1, 1_000]);
}

/// The press with a 16-bit counter of all pieces that begins again when its device loses power, after 65,530 pieces.
fn near_its_top() -> Timeline {
    let mut setting = press(10.0);
    setting.signals[1].counter = Some(CounterSetting {
        modulus: Some(1 << 16),
        resets: Resets::Power,
    });
    let mut line = Timeline::new(setting);
    line.sample(Role::State, 0.0, 0.0, 1);
    line.sample(Role::Total, 0.0, 0.0, 65_530);
    line.sample(Role::Reject, 0.0, 0.0, 0);
    line.lost(100.0);
    for (role, value) in [(Role::State, 1), (Role::Total, 3), (Role::Reject, 0)] {
        line.sample(role, 100.0, 400.0, value);
    }
    line
}

#[test]
fn a_smaller_reading_that_may_be_a_turn_or_a_reset_is_shown_at_once_and_released_as_the_turn() {
    let mut line = near_its_top();
    let suspected: Vec<i64> = line.fold(500.0).fold.signals.suspected().collect();
    assert_eq!(suspected, [9], "6 up to the modulus and 3 over it");
    line.sample(Role::Total, 500.0, 510.0, 4);
    let before = line.fold(600.0);
    assert_eq!((held(&before), totals(&before.sum())), (vec![9], [1, 0]));
    release(&mut line, 510.0);
    assert_eq!(totals(&line.fold(600.0).sum()), [1, 9]);
}

/// A press of 10 s that makes a piece a second: 4 x 6 a minute would believe 1 + 24 x 20 s / 60 s = 9 of 20.
fn with_fast_product(rate_follows: bool, product: &str) -> Tally {
    let mut line = Timeline::new(MachineSetting {
        max_rate_milli_per_min: 24_000,
        rate_follows,
        ..press(10.0)
    });
    let fast = ProductSetting {
        ideal_ns: Some(1_000_000_000),
        ..ProductSetting::default()
    };
    line.set(0.0, Setting::Product("fast".into(), fast));
    line.set(0.0, Setting::Product("slow".into(), ProductSetting::default()));
    line.first(0.0, 1);
    let says = Says::Product {
        product: product.into(),
    };
    line.entry(20.0, says);
    for poll in 1..=10 {
        let second = f64::from(poll) * 20.0;
        line.sample(Role::Total, second, second + 20.0, i128::from(poll) * 20);
    }
    line.fold(600.0).sum()
}

#[test]
fn a_faster_product_put_on_at_the_desk_is_believed_where_nobody_wrote_a_greatest_rate() {
    assert_eq!(totals(&with_fast_product(true, "fast")), [200, 0]);
    assert_eq!(
        totals(&with_fast_product(true, "slow")),
        [0, 0],
        "held one after the other"
    );
    assert_eq!(
        totals(&with_fast_product(false, "fast")),
        [0, 0],
        "24 a minute is what the plant wrote"
    );
}

#[test]
fn an_increase_no_machine_made_stops_the_sums_where_a_journal_releases_it() {
    // 4,000,000,000 pieces of 12 s are 4.8e19 ns; a sum holds 9.2e18.
    let mut line = Timeline::new(press(12.0));
    line.first(0.0, 1).sample(Role::Total, 99.0, 100.0, 4_000_000_000);
    line.sample(Role::Total, 109.0, 110.0, 4_000_000_001);
    release(&mut line, 110.0);
    let sum = line.fold(600.0).sum();
    assert_eq!(totals(&sum), [4_000_000_001, 0]);
    assert_eq!(sum.get(Column::EarnedTotalNs), i64::MAX);
}

#[test]
fn a_counter_that_begins_again_with_orders_is_reset_by_one_and_a_step_back_without_one_is_held() {
    let resets = |acts: &[(f64, OrderAct)]| {
        let mut setting = press(10.0);
        setting.signals[1].counter = Some(CounterSetting {
            modulus: Some(10_000),
            resets: Resets::Order,
        });
        let mut line = Timeline::new(setting);
        line.first(0.0, 1).sample(Role::Total, 0.0, 20.0, 12);
        for (second, act) in acts {
            let order = "A-17".into();
            let (act, when) = (*act, timeline::at(*second));
            line.entry(*second, Says::Order { order, act, when });
        }
        // Less than a tenth below the last reading.
        line.sample(Role::Total, 20.0, 40.0, 11);
        line.sample(Role::Total, 40.0, 60.0, 13);
        let folded = line.fold(600.0);
        let flags = folded
            .rows
            .flags
            .iter()
            .map(|flag| (flag.what, flag.amount))
            .collect::<Vec<_>>();
        (totals(&folded.sum())[0], flags)
    };
    let reset = vec![(FlagKind::Reset, 11)];
    assert_eq!(resets(&[(30.0, OrderAct::Start)]), (12 + 11 + 2, reset.clone()));
    assert_eq!(
        resets(&[(10.0, OrderAct::Start), (30.0, OrderAct::Finish)]),
        (12 + 11 + 2, reset)
    );
    // Started before: the order is on already, and 13 refutes the 11.
    assert_eq!(resets(&[(10.0, OrderAct::Start)]), (13, vec![]));
    assert_eq!(
        resets(&[(10.0, OrderAct::Start), (30.0, OrderAct::Start)]),
        (13, vec![])
    );
}

#[test]
fn a_counter_of_four_digits_goes_on_at_0_after_9999() {
    let mut setting = press(10.0);
    setting.signals[1].counter = Some(CounterSetting {
        modulus: Some(10_000),
        resets: Resets::Undeclared,
    });
    let mut line = Timeline::new(setting);
    line.first(0.0, 1);
    line.sample(Role::Total, 0.0, 0.0, 9_990);
    line.sample(Role::Total, 0.0, 20.0, 9_998)
        .sample(Role::Total, 20.0, 40.0, 6);
    let folded = line.fold(600.0);
    assert_eq!(
        totals(&folded.sum()),
        [8 + 8, 0],
        "9,998 - 9,990; 2 up to 10,000 and 6 over it"
    );
    let flags: Vec<_> = folded.rows.flags.iter().map(|flag| (flag.what, flag.amount)).collect();
    assert_eq!(flags, [(FlagKind::RollOver, 8)]);
}
