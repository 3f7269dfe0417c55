//! Machines whose pieces tell their state, or confirm it: no piece for long enough is a stop from the last piece on.

#[path = "support/timeline.rs"]
mod timeline;

use gemba::model::entry::Says;
use gemba::model::fact::Role;
use gemba::model::settings::{MachineSetting, ProductSetting, Setting};
use gemba::model::state::Class;
use gemba::model::state_rule::StopAfter;
use gemba::model::tally::Column;
use timeline::{MACHINE, STOP_AFTER, Timeline, at, counted, press};

#[test]
fn a_machine_with_a_counter_alone_stands_from_the_millisecond_of_its_last_piece() {
    let mut line = Timeline::new(counted());
    line.sample(Role::Total, 0.0, 0.0, 100);
    // 3 pieces in (10 s, 20 s]: at 13,333, 16,666 and 20,000 ms. 4 in (50 s, 60.5 s]: 52,625 is the first; 20 + 30 s are over.
    line.sample(Role::Total, 10.0, 20.0, 103)
        .sample(Role::Total, 50.0, 60.5, 107);
    assert_eq!(
        line.classes(300.0),
        [
            (Class::Running, 20_000),
            (Class::MinorStop, 32_625),
            // 55.25, 57.875 and 60.5 s follow; nothing comes after that.
            (Class::Running, 7_875),
            (Class::Unexplained, 239_500)
        ]
    );
}

#[test]
fn pieces_of_one_interval_that_come_farther_apart_than_stop_after_stand_between_each_other() {
    let mut line = Timeline::new(counted());
    line.sample(Role::Total, 0.0, 0.0, 0);
    // Two pieces in (0 s, 80 s]: at 40 and 80 s. Each is 30 s late.
    line.sample(Role::Total, 0.0, 20.0, 1)
        .sample(Role::Total, 20.0, 100.0, 3);
    let mut machine = counted();
    machine.signals[0].limit_ms = 120_000;
    line.set(0.0, Setting::Machine(MACHINE, machine));
    assert_eq!(
        line.classes(110.0),
        // Pieces at 20, 60 and 100 s: a piece shows a cycle, and no cycle of 40 s is one that takes 30 s at most.
        [
            (Class::Running, 20_000),
            (Class::MinorStop, 80_000),
            (Class::Running, 10_000)
        ]
    );
}

#[test]
fn a_piece_at_the_last_moment_is_no_stop_and_one_a_millisecond_later_ends_one() {
    for (second, stood) in [(49.999, 0), (50.0, 30_000), (50.001, 30_001)] {
        let mut line = Timeline::new(counted());
        line.sample(Role::Total, 0.0, 0.0, 0)
            .sample(Role::Total, 19.0, 20.0, 1)
            .sample(Role::Total, second - 1.0, second, 2);
        let sum = line.fold(61.0).sum();
        assert_eq!(sum.get(Column::MinorStopMs), stood, "{second}");
        assert_eq!(sum.get(Column::Total), 2);
    }
}

#[test]
fn a_cycle_is_timed_from_piece_to_piece_and_not_over_a_stop() {
    let mut line = Timeline::new(counted());
    line.sample(Role::Total, 0.0, 0.0, 0);
    for (piece, second) in [(1, 10.0), (2, 22.0), (3, 100.0), (4, 109.0)] {
        line.sample(Role::Total, second - 1.0, second, piece);
    }
    let sum = line.fold(120.0).sum();
    assert_eq!(
        (sum.get(Column::Cycles), sum.get(Column::CycleMs)),
        (2, 12_000 + 9_000),
        "10 to 22 s and 100 to 109 s; the stop lies between 22 and 100 s"
    );
}

#[test]
fn unknown_begins_at_the_last_good_sample_whatever_is_pending() {
    let mut line = Timeline::new(counted());
    line.sample(Role::Total, 0.0, 0.0, 0).sample(Role::Total, 9.0, 10.0, 1);
    line.lost_all(&[Role::Total], 25.0).sample(Role::Total, 25.0, 70.0, 1);
    assert_eq!(
        line.classes(200.0),
        [
            (Class::Running, 25_000),
            (Class::Unknown, 45_000),
            // Heard again at 70 s, and no piece for 30 s from then on.
            (Class::Unexplained, 130_000)
        ],
        "15 s without a piece are no stop"
    );
}

#[test]
fn a_piece_with_the_last_sample_before_a_silence_is_the_last_that_is_known_of_the_machine() {
    let mut line = Timeline::new(counted());
    line.sample(Role::Total, 0.0, 0.0, 0).sample(Role::Total, 49.0, 50.0, 1);
    line.lost_all(&[Role::Total], 50.0).sample(Role::Total, 50.0, 100.0, 1);
    line.lost_all(&[Role::Total], 115.0)
        .sample(Role::Total, 115.0, 160.0, 1);
    assert_eq!(
        line.classes(150.0),
        [
            (Class::MinorStop, 50_000),
            (Class::Unknown, 50_000),
            // Heard for 15 s, in which no piece came, and none had to.
            (Class::Running, 15_000),
            (Class::Unknown, 35_000)
        ]
    );
}

#[test]
fn a_counter_that_shows_nothing_yet_tells_nothing_until_a_piece_comes_or_stop_after_is_over() {
    let mut line = Timeline::new(counted());
    line.sample(Role::Total, 0.0, 0.0, 7);
    assert_eq!(line.classes(20.0), [(Class::Unknown, 20_000)]);
    assert_eq!(line.classes(40.0), [(Class::MinorStop, 40_000)]);
    line.sample(Role::Total, 11.0, 12.0, 8);
    assert_eq!(line.classes(20.0), [(Class::Running, 20_000)]);
}

#[test]
fn without_a_time_of_its_own_a_stop_begins_after_two_and_a_half_cycles_of_the_product_on_it() {
    let mut setting = counted();
    setting.stop_after = Some(StopAfter {
        written_ms: None,
        polls_ms: 2_000,
    });
    let mut line = Timeline::new(setting);
    let product = ProductSetting {
        ideal_ns: Some(40_000_000_000),
        ..Default::default()
    };
    line.set(0.0, Setting::Product("slow".into(), product));
    line.sample(Role::Total, 0.0, 0.0, 0).sample(Role::Total, 9.0, 10.0, 1);
    let slow = Says::Product { product: "slow".into() };
    line.entry(100.0, slow);
    line.sample(Role::Total, 109.0, 110.0, 2)
        .sample(Role::Total, 199.0, 200.0, 3);
    assert_eq!(
        line.classes(310.0),
        [
            (Class::Running, 10_000),
            // 25 s (2.5 x 10 s) without a piece.
            (Class::MinorStop, 100_000),
            // 90 s from piece to piece, and 100 s (2.5 x 40 s) are a stop.
            (Class::Running, 90_000),
            (Class::MinorStop, 110_000)
        ]
    );
}

/// A machine that tells pieces alone and stands after two and a half of its ideal cycles of 30 s; `counts` made 30 s apart.
fn cycles_of_30_s(setting: MachineSetting, role: Role, counts: i128) -> Timeline {
    let mut signal = setting.signals[0].clone();
    signal.role = role;
    let mut line = Timeline::new(MachineSetting {
        ideal_ns: Some(30_000_000_000),
        stop_after: Some(StopAfter {
            written_ms: None,
            polls_ms: 2_000,
        }),
        signals: vec![signal],
        ..setting
    });
    line.sample(role, 0.0, 0.0, 0);
    for count in 1..=counts {
        let second = count as f64 * 30.0;
        line.sample(role, second - 1.0, second, count);
    }
    line
}

#[test]
fn blocked_cavities_make_no_shot_longer_so_a_machine_with_one_of_eight_in_use_stands_no_sooner() {
    let setting = MachineSetting {
        cavities: 8,
        ..counted()
    };
    let mut line = cycles_of_30_s(setting, Role::Shots, 10);
    line.entry(0.0, Says::Cavities { active: 1 });
    // 300 s of shots 30 s apart; 75 s (2.5 x 30 s) after the last one it stands from 300 s on.
    assert_eq!(line.classes(374.0), [(Class::Running, 374_000)]);
    assert_eq!(
        line.classes(376.0),
        [(Class::Running, 300_000), (Class::MinorStop, 76_000)]
    );
}

#[test]
fn a_count_of_twelve_pieces_takes_the_ideal_time_of_a_count_and_three_counts_a_piece_that_of_three() {
    let per_count = |pieces, counts| MachineSetting {
        per_count: (pieces, counts),
        cavities: 1,
        ..counted()
    };
    // 30 s a count: 2.5 x 30 s, as where a count is a piece.
    let twelve = cycles_of_30_s(per_count(12, 1), Role::Total, 4);
    assert_eq!(twelve.classes(194.0), [(Class::Running, 194_000)]);
    assert_eq!(
        twelve.classes(196.0),
        [(Class::Running, 120_000), (Class::MinorStop, 76_000)]
    );
    // A piece shows every third count, 90 s apart: 2.5 x 90 s.
    let third = cycles_of_30_s(per_count(1, 3), Role::Total, 6);
    assert_eq!(third.classes(404.0), [(Class::Running, 404_000)]);
    assert_eq!(
        third.classes(406.0),
        [(Class::Running, 180_000), (Class::Unexplained, 226_000)]
    );
    // A cycle of 30 s that makes two pieces, three counts each, shows them within it: those at 90 and 180 s are late by more
    // than 2.5 x 30 s, and no time between them ran.
    let mut setting = per_count(1, 3);
    setting.cavities = 2;
    let late = cycles_of_30_s(setting, Role::Total, 6);
    assert_eq!(late.classes(180.0)[0], (Class::Unexplained, 180_000));
}

#[test]
fn a_cycle_makes_its_cavities_and_only_without_them_what_a_count_stands_for() {
    let made = |per_count, cavities, product: Option<ProductSetting>| {
        let mut line = Timeline::new(MachineSetting {
            per_count,
            cavities,
            ..press(10.0)
        });
        line.first(0.0, 1);
        if let Some(product) = product {
            line.set(0.0, Setting::Product("pair".into(), product));
            line.entry(0.0, Says::Product { product: "pair".into() });
        }
        for count in 1..=6 {
            let to = 10.0 * f64::from(count);
            line.sample(Role::Total, to - 10.0, to, i128::from(count));
        }
        let sum = line.fold(61.0).sum();
        (sum.get(Column::Total), sum.get(Column::EarnedTotalNs) / 1_000_000_000)
    };
    let pair = |cavities, parts: &[(&str, u32)]| ProductSetting {
        cavities,
        parts: parts.iter().map(|(part, pieces)| ((*part).into(), *pieces)).collect(),
        ..ProductSetting::default()
    };
    // Six counts, one every ideal cycle of 10 s: 60 s, however many pieces each stands for.
    assert_eq!(made((2, 1), 1, None), (12, 60));
    assert_eq!(made((2, 1), 2, None), (12, 60));
    assert_eq!(made((2, 1), 1, Some(pair(Some(2), &[]))), (12, 60));
    assert_eq!(
        made((2, 1), 1, Some(pair(None, &[("left", 1), ("right", 1)]))),
        (12, 60)
    );
    // Three counts to a piece, and a cycle that makes two: 2 pieces of 5 s; where a cycle is a count, 2 of 30 s.
    assert_eq!(made((1, 3), 2, None), (2, 10));
    assert_eq!(made((1, 3), 1, None), (2, 60));
}

#[test]
fn an_auto_bit_without_a_piece_is_stopped_from_its_last_piece_and_other_states_pass_at_once() {
    let mut setting = press(10.0);
    setting.stop_after = STOP_AFTER;
    let mut line = Timeline::new(setting);
    line.first(0.0, 1).sample(Role::Total, 9.0, 10.0, 1);
    line.sample(Role::State, 99.0, 100.0, 2)
        .sample(Role::State, 119.0, 120.0, 1);
    line.sample(Role::Total, 129.0, 130.0, 2)
        .sample(Role::State, 139.0, 140.0, 4);
    assert_eq!(
        line.classes(150.0),
        [
            (Class::Running, 10_000),
            (Class::MinorStop, 90_000),
            (Class::Setup, 20_000),
            (Class::Running, 20_000),
            (Class::Waiting, 10_000)
        ]
    );
}

#[test]
fn a_restart_of_the_agent_leaves_a_machine_that_stood_standing() {
    let mut line = Timeline::new(counted());
    line.sample(Role::Total, 0.0, 0.0, 5)
        .restarted(600.0)
        .sample(Role::Total, 600.0, 605.0, 5);
    let folded = line.fold(620.0);
    let last = folded.last.as_ref().map(|span| (&*span.state, span.period.end));
    assert_eq!(
        last,
        Some(("stopped", at(620.0))),
        "15 s after it, 30 s are not over yet"
    );
}

#[test]
fn a_machine_of_twenty_minutes_a_cycle_runs_from_piece_to_piece() {
    let mut line = Timeline::new(MachineSetting {
        ideal_ns: Some(1_200_000_000_000),
        stop_after: Some(StopAfter {
            written_ms: None,
            polls_ms: 2_000,
        }),
        ..counted()
    });
    line.sample(Role::Total, 0.0, 0.0, 0);
    for piece in 1..=5 {
        let second = 1_200.0 * f64::from(piece);
        line.sample(Role::Total, second - 1.0, second, i128::from(piece));
    }
    line.sample(Role::Total, 9_099.0, 9_100.0, 6);
    assert_eq!(
        line.classes(9_200.0),
        [
            (Class::Running, 6_000_000),
            // 3,100 s to the sixth piece, which is more than 2.5 x 1,200 s.
            (Class::Unexplained, 3_100_000),
            (Class::Running, 100_000)
        ]
    );
}
