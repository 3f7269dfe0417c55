//! Every way to get a machine's state from its signals, on timelines whose numbers can be worked out by hand.

#[path = "support/timeline.rs"]
mod timeline;

use gemba::model::fact::Role;
use gemba::model::reading::Value;
use gemba::model::settings::MachineSetting;
use gemba::model::state::{Class, State};
use gemba::model::state_rule::{LampLine, Light, StateRule};
use gemba::model::tally::Column;
use timeline::{STOP_AFTER, Timeline, press, with_inputs};

/// A press with a state register whose changes must hold for 2 s.
fn debounced() -> MachineSetting {
    MachineSetting {
        debounce_ms: 2_000,
        ..press(10.0)
    }
}

#[test]
fn a_change_that_holds_counts_from_its_first_sample() {
    let mut line = Timeline::new(debounced());
    line.first(0.0, 1)
        .sample(Role::State, 99.5, 100.0, 3)
        .sample(Role::State, 159.5, 160.0, 1);
    assert_eq!(
        line.classes(200.0),
        [
            (Class::Running, 100_000),
            (Class::MinorStop, 60_000),
            (Class::Running, 40_000)
        ]
    );
}

#[test]
fn a_bounce_shorter_than_the_debounce_leaves_no_trace() {
    let mut clean = Timeline::new(debounced());
    clean.first(0.0, 1);
    let mut bouncing = Timeline::new(debounced());
    bouncing.first(0.0, 1);
    for second in [61.0, 100.0, 899.0] {
        bouncing.sample(Role::State, second - 0.5, second, 0);
        bouncing.sample(Role::State, second + 0.5, second + 1.0, 3);
        bouncing.sample(Role::State, second + 1.5, second + 2.5, 1);
    }
    for line in [&mut clean, &mut bouncing] {
        for piece in 1..100 {
            let second = f64::from(piece) * 10.0;
            line.sample(Role::Total, second - 1.0, second, i128::from(piece));
        }
    }
    let (clean, bouncing) = (clean.fold(1_000.0), bouncing.fold(1_000.0));
    assert_eq!(bouncing.rows, clean.rows);
    assert_eq!(bouncing.rest, clean.rest);
    assert_eq!(
        clean.sum().get(Column::Cycles),
        98,
        "the first of 99 pieces ends no known cycle"
    );
}

#[test]
fn a_change_under_way_when_the_signal_is_lost_never_happened() {
    let mut line = Timeline::new(debounced());
    line.first(0.0, 1).sample(Role::State, 99.5, 100.0, 0).lost(101.0);
    for role in [Role::State, Role::Total, Role::Reject] {
        line.sample(role, 101.0, 140.0, 0);
    }
    assert_eq!(
        line.classes(150.0),
        [
            (Class::Running, 101_000),
            (Class::Unknown, 39_000),
            (Class::MinorStop, 10_000)
        ],
        "the first state after a silence counts at once"
    );
}

#[test]
fn a_measured_value_between_on_and_off_keeps_the_state_and_must_hold_to_change_it() {
    let mut setting = with_inputs(StateRule::Threshold { on: 4.0, off: 2.5 }, 1);
    setting.debounce_ms = 5_000;
    let mut line = Timeline::new(setting);
    line.sample(Role::Total, 0.0, 0.0, 0);
    let amps = [
        (0.0, 3.0),    // between, and nothing was known before
        (10.0, 4.0),   // runs
        (20.0, 3.9),   // goes on
        (30.0, 1.0),   // too short
        (34.0, 3.0),   // goes on
        (40.0, 2.5),   // stands
        (100.0, 3.9),  // goes on standing
        (110.0, 12.0), // runs
    ];
    for (second, amps) in amps {
        let seen: f64 = if second > 0.0 { second - 1.0 } else { 0.0 };
        line.value(Role::Input(0), seen, second, Value::Float(amps));
    }
    assert_eq!(
        line.classes(130.0),
        [
            (Class::Unknown, 10_000),
            (Class::Running, 30_000),
            (Class::MinorStop, 70_000),
            (Class::Running, 20_000)
        ]
    );
}

#[test]
fn a_measured_value_out_of_its_range_is_unknown_and_between_the_limits_after_that_it_is_as_before() {
    let mut line = Timeline::new(with_inputs(StateRule::Threshold { on: 4.0, off: 2.5 }, 1));
    line.sample(Role::Total, 0.0, 0.0, 0)
        .value(Role::Input(0), 0.0, 0.0, Value::Float(5.0));
    line.lost_all(&[Role::Input(0)], 50.0)
        .value(Role::Input(0), 50.0, 90.0, Value::Float(3.0));
    assert_eq!(
        line.classes(100.0),
        [
            (Class::Running, 50_000),
            (Class::Unknown, 40_000),
            (Class::Running, 10_000)
        ]
    );
}

#[test]
fn of_several_bits_the_first_that_is_one_wins() {
    let rule = StateRule::Bits {
        lines: vec![State::Fault(None), State::Setup, State::Running],
        otherwise: State::Stopped,
    };
    let mut line = Timeline::new(with_inputs(rule, 3));
    line.sample(Role::Total, 0.0, 0.0, 0);
    for place in 0..3 {
        line.sample(Role::Input(place), 0.0, 0.0, i128::from(place == 2));
    }
    line.sample(Role::Input(1), 99.0, 100.0, 1); // setup beside auto
    line.sample(Role::Input(0), 109.0, 110.0, 1); // a fault above both
    line.sample(Role::Input(1), 129.0, 130.0, 0);
    line.sample(Role::Input(0), 259.0, 260.0, 0);
    line.sample(Role::Input(2), 299.0, 300.0, 0);
    assert_eq!(
        line.classes(310.0),
        [
            (Class::Running, 100_000),
            (Class::Setup, 10_000),
            (Class::Breakdown, 150_000),
            (Class::Running, 40_000),
            (Class::MinorStop, 10_000)
        ]
    );
}

#[test]
fn a_flashing_red_lamp_is_one_fault() {
    let red = |light, state| LampLine {
        lights: vec![(Role::Input(0), light)],
        state,
    };
    let rule = StateRule::Lamps {
        lines: vec![
            red(Light::Flashing, State::Fault(None)),
            red(Light::On, State::Waiting(None)),
        ],
        otherwise: State::Running,
    };
    let mut line = Timeline::new(with_inputs(rule, 1));
    line.sample(Role::Total, 0.0, 0.0, 0);
    for (seen, second, light) in [(0.0, 0.0, "off"), (99.8, 100.0, "flashing"), (399.8, 400.0, "off")] {
        line.value(Role::Input(0), seen, second, Value::Text(light.into()));
    }
    let folded = line.fold(500.0);
    assert_eq!(
        folded.classes(),
        [
            (Class::Running, 100.0),
            (Class::Breakdown, 300.0),
            (Class::Running, 100.0)
        ]
    );
    assert_eq!(folded.sum().get(Column::Failures), 1);
}

#[test]
fn words_of_a_message_are_states_by_their_map() {
    let mut setting = press(10.0);
    setting.state_map = [("RUN", State::Running), ("JAM", State::Fault(Some("jam".into())))]
        .map(|(word, state)| (word.into(), state))
        .into();
    let mut line = Timeline::new(setting);
    line.first(0.0, 1);
    line.facts.remove(0);
    for (second, word) in [(0.0, "RUN"), (100.0, "JAM"), (300.0, "lunch")] {
        line.value(Role::State, second, second, Value::Text(word.into()));
    }
    let folded = line.fold(400.0);
    assert_eq!(
        folded.classes(),
        [
            (Class::Running, 100.0),
            (Class::Breakdown, 200.0),
            (Class::Unknown, 100.0)
        ]
    );
    let states: Vec<&str> = folded.rows.spans.iter().map(|span| &*span.state).collect();
    assert!(states.contains(&"fault:jam"), "{states:?}");
}

#[test]
fn in_packmls_maintenance_mode_a_machine_is_maintained_while_it_executes() {
    let mut setting = with_inputs(StateRule::Moded, 1);
    setting.signals.insert(0, press(10.0).signals[0].clone());
    setting.state_map = [("6".into(), State::Running)].into();
    let mut line = Timeline::new(setting);
    line.sample(Role::Total, 0.0, 0.0, 0).sample(Role::State, 0.0, 0.0, 6);
    for (second, mode) in [(0.0, 1), (100.0, 2), (200.0, 3)] {
        line.sample(Role::Input(0), second, second, mode);
    }
    assert_eq!(
        line.classes(300.0),
        [
            (Class::Running, 100_000),
            (Class::Breakdown, 100_000),
            (Class::Running, 100_000)
        ],
        "maintenance outside a planned stop: something had to be mended"
    );
}

#[test]
fn a_bit_may_be_debounced_and_confirmed_by_pieces_at_once() {
    let mut setting = debounced();
    setting.stop_after = STOP_AFTER;
    let mut line = Timeline::new(setting);
    line.first(0.0, 1);
    // The bit drops for a second every 20 s, and the last piece is that of 40 s.
    for second in [20.0, 40.0, 60.0, 80.0] {
        line.sample(Role::State, second + 4.5, second + 5.0, 0)
            .sample(Role::State, second + 5.5, second + 6.0, 1);
    }
    line.sample(Role::Total, 9.0, 10.0, 1)
        .sample(Role::Total, 24.9, 25.5, 2)
        .sample(Role::Total, 39.0, 40.0, 3);
    assert_eq!(
        line.classes(100.0),
        [(Class::Running, 40_000), (Class::MinorStop, 60_000)],
        "a bounce does not begin the 30 s anew"
    );
}
