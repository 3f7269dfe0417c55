//! Releases of machines whose state waits to be decided, and of changeovers that orders begin, worked out by hand.

#[path = "support/timeline.rs"]
mod timeline;

use gemba::model::entry::{OrderAct, Says};
use gemba::model::fact::Role;
use gemba::model::settings::{MachineSetting, OrderSetting, ProductSetting, Release, Setting};
use gemba::model::state::Class;
use gemba::model::tally::{Column, Standing};
use timeline::{Folded, STOP_AFTER, Timeline, at, counted, press};

fn counts(folded: &Folded) -> [i64; 4] {
    let sum = folded.sum();
    [Column::Total, Column::Good, Column::Reject, Column::Startup].map(|column| sum.get(column))
}

/// A machine that works by orders: O1 and O3 of product A, O2 of B, O4 of A in another mould; O1 is on from the begin.
fn ordered(setting: MachineSetting) -> Timeline {
    let mut line = Timeline::new(MachineSetting {
        orders: true,
        ..setting
    });
    for product in ["A", "B"] {
        line.set(0.0, Setting::Product(product.into(), ProductSetting::default()));
    }
    for (id, product, mould) in [("O1", "A", ""), ("O2", "B", ""), ("O3", "A", ""), ("O4", "A", "M2")] {
        let order = OrderSetting {
            product: product.into(),
            mould: mould.into(),
            released: true,
            ..OrderSetting::default()
        };
        line.set(0.0, Setting::Order(id.into(), order));
    }
    act(&mut line, 0.0, "O1", OrderAct::Start);
    line
}

fn act(line: &mut Timeline, second: f64, order: &str, act: OrderAct) {
    let says = Says::Order {
        order: order.into(),
        act,
        when: at(second),
    };
    line.entry(second, says);
}

/// One order right after the other.
fn then(line: &mut Timeline, second: f64, order: &str) {
    act(line, second, "O1", OrderAct::Finish);
    act(line, second, order, OrderAct::Start);
}

fn in_a_row(n: u32, setting: MachineSetting) -> MachineSetting {
    MachineSetting {
        release: Release::GoodInARow(n),
        ..setting
    }
}

#[test]
fn a_counter_alone_releases_the_next_order_with_its_third_piece_in_a_row() {
    let mut line = ordered(in_a_row(3, counted()));
    line.sample(Role::Total, 0.0, 0.0, 0);
    // 10 pieces of O1 up to 100 s; O2 from 105 s on. 110, 120 and 130 s release it; 7 more follow up to 200 s.
    line.makes(0, 200, 10, &mut (0, 0), &[]);
    then(&mut line, 105.0, "O2");
    let folded = line.fold(215.0);
    let classes = [(Class::Running, 105.0), (Class::Setup, 25.0), (Class::Running, 85.0)];
    assert_eq!(folded.classes(), classes);
    assert_eq!(counts(&folded), [20, 17, 3, 3]);
    let in_steps = line.fold_in_steps(&[104.0, 112.5, 130.0, 131.0, 215.0]);
    assert_eq!(
        (in_steps.classes(), counts(&in_steps)),
        (classes.to_vec(), [20, 17, 3, 3])
    );
}

#[test]
fn a_machine_that_stood_when_the_order_changed_is_changed_over_from_its_last_piece_on() {
    let mut line = ordered(in_a_row(3, counted()));
    line.sample(Role::Total, 0.0, 0.0, 0);
    let mut pieces = (0, 0);
    // The last piece of O1 at 100 s; O2 from 150 s on. Its first piece comes at 200 s, the third at 220 s.
    line.makes(0, 100, 10, &mut pieces, &[]);
    line.makes(190, 250, 10, &mut pieces, &[]);
    then(&mut line, 150.0, "O2");
    let folded = line.fold(255.0);
    assert_eq!(
        folded.classes(),
        [(Class::Running, 100.0), (Class::Setup, 120.0), (Class::Running, 35.0)]
    );
    assert_eq!(counts(&folded), [16, 13, 3, 3], "10 + 6 pieces, 3 before the release");
}

#[test]
fn a_poll_over_the_change_counts_towards_the_release_only_what_was_made_after_it() {
    let mut line = ordered(in_a_row(4, press(5.0)));
    line.first(0.0, 1);
    // 6 pieces of (0 s, 30 s] lie at 5, 10, ... 30 s: those at 20, 25 and 30 s after the change at 18 s. The fourth is at 35 s.
    line.sample(Role::Total, 0.0, 30.0, 6)
        .sample(Role::Total, 30.0, 35.0, 7)
        .sample(Role::Total, 35.0, 40.0, 8);
    then(&mut line, 18.0, "O2");
    let folded = line.fold(50.0);
    assert_eq!(
        folded.classes(),
        [(Class::Running, 18.0), (Class::Setup, 17.0), (Class::Running, 15.0)]
    );
    assert_eq!(
        counts(&folded),
        [8, 4, 4, 4],
        "3 before the change, 1 after the release"
    );
}

#[test]
fn what_was_approved_when_a_changeover_began_is_none_of_its_pieces() {
    let mut line = ordered(MachineSetting {
        release: Release::FirstOff,
        ..press(5.0)
    });
    line.first(0.0, 1);
    // 6 pieces of (0 s, 30 s] lie at 5, 10, ... 30 s: those at 20, 25 and 30 s after the change at 18 s.
    line.sample(Role::Total, 0.0, 30.0, 6);
    then(&mut line, 18.0, "O2");
    line.entry(18.0, Says::FirstOff { when: at(18.0) });
    let folded = line.fold(50.0);
    assert_eq!(folded.classes(), [(Class::Running, 18.0), (Class::Setup, 32.0)]);
    assert_eq!(counts(&folded), [6, 3, 3, 3]);
}

#[test]
fn an_order_of_the_same_product_and_mould_needs_no_setup_and_one_with_another_mould_does() {
    for (order, setup) in [("O3", 0), ("O4", 400_000), ("O2", 400_000)] {
        let mut line = ordered(MachineSetting {
            release: Release::FirstOff,
            ..press(10.0)
        });
        line.first(0.0, 1);
        then(&mut line, 100.0, order);
        assert_eq!(line.fold(500.0).sum().get(Column::SetupMs), setup, "{order}");
    }
}

#[test]
fn an_order_that_goes_on_after_a_pause_needs_no_release_and_another_one_does() {
    for (order, setup) in [("O1", 50_000), ("O3", 50_000), ("O2", 400_000)] {
        let mut line = ordered(MachineSetting {
            release: Release::FirstOff,
            ..press(10.0)
        });
        line.first(0.0, 1);
        // Others wait from 100 s to 150 s: until one is put on, it is changed over.
        act(&mut line, 100.0, "O1", OrderAct::Pause);
        act(&mut line, 150.0, order, OrderAct::Start);
        assert_eq!(line.fold(500.0).sum().get(Column::SetupMs), setup, "{order}");
    }
}

#[test]
fn a_debounced_setup_makes_startup_pieces_from_its_first_sample_on_and_a_bounce_none() {
    let mut line = Timeline::new(MachineSetting {
        debounce_ms: 20_000,
        ..in_a_row(3, press(10.0))
    });
    line.first(0.0, 1);
    let mut pieces = (0, 0);
    // Setup from 42 to 47 s is a bounce. From 102 s on it holds: the pieces at 110 and 120 s were made before that is known.
    line.sample(Role::State, 42.0, 42.0, 2)
        .sample(Role::State, 47.0, 47.0, 1)
        .sample(Role::State, 102.0, 102.0, 2)
        .sample(Role::State, 125.0, 125.0, 1);
    // 10 good ones, 110 (a reject), 120, 130 and 140: released; 6 more.
    line.makes(0, 200, 10, &mut pieces, &[110]);
    let folded = line.fold(230.0);
    assert_eq!(
        folded.classes(),
        [(Class::Running, 102.0), (Class::Setup, 38.0), (Class::Running, 90.0)]
    );
    assert_eq!(counts(&folded), [20, 16, 4, 4]);
}

#[test]
fn a_machine_that_shows_no_piece_before_its_release_is_changed_over_and_then_stands() {
    let mut line = Timeline::new(MachineSetting {
        release: Release::FirstOff,
        stop_after: STOP_AFTER,
        ..press(10.0)
    });
    // Setup from 100 s to 150 s, then one piece at 160 s and no more: 30 s later that is a stop from 160 s on. It is approved
    // at 250 s.
    line.first(0.0, 1);
    let mut pieces = (0, 0);
    line.makes(0, 100, 10, &mut pieces, &[]);
    line.sample(Role::State, 100.0, 100.0, 2)
        .sample(Role::State, 150.0, 150.0, 1);
    line.makes(150, 160, 10, &mut pieces, &[]);
    line.entry(240.0, Says::FirstOff { when: at(250.0) });
    let folded = line.fold(400.0);
    assert_eq!(
        folded.classes(),
        [
            (Class::Running, 100.0),
            (Class::Setup, 150.0),
            (Class::Unexplained, 150.0)
        ]
    );
    assert_eq!(counts(&folded), [11, 10, 1, 1]);
}

/// A press whose second counter is of good pieces.
fn with_good() -> Timeline {
    let mut setting = in_a_row(3, press(10.0));
    for signal in &mut setting.signals {
        if signal.role == Role::Reject {
            signal.role = Role::Good;
        }
    }
    let mut line = Timeline::new(setting);
    line.sample(Role::State, 0.0, 0.0, 2)
        .sample(Role::State, 100.0, 100.0, 1)
        .sample(Role::Total, 0.0, 0.0, 0)
        .sample(Role::Good, 0.0, 0.0, 0);
    line
}

#[test]
fn a_piece_that_the_good_counter_does_not_count_breaks_the_row() {
    for lag in [0.0, 2.0] {
        let mut line = with_good();
        let mut good = 0;
        for piece in 1..=8 {
            let second = 100.0 + f64::from(piece) * 10.0;
            line.sample(Role::Total, second - 10.0, second, i128::from(piece));
            // The second piece is a reject.
            if piece != 2 {
                good += 1;
                line.sample(Role::Good, second + lag - 10.0, second + lag, good);
            }
        }
        let folded = line.fold(200.0);
        // Read together, the pieces at 130, 140 and 150 s release it. Read later, the reject shows with the good one at 132 s
        // and may be after it: so 140, 150 and 160 do, when the last of them is known to be good.
        let released = if lag > 0.0 { 160.0 + lag } else { 150.0 };
        assert_eq!(
            folded.classes(),
            [(Class::Setup, released), (Class::Running, 200.0 - released)]
        );
        let startup = if lag > 0.0 { 6 } else { 5 };
        assert_eq!(counts(&folded), [8, 8 - startup, startup, startup]);
    }
}

#[test]
fn a_reject_that_shows_after_the_release_and_before_any_other_piece_is_not_rejected_twice() {
    let mut line = Timeline::new(in_a_row(3, press(10.0)));
    line.first(0.0, 2).sample(Role::State, 100.0, 100.0, 1);
    // 110, 120 and 130 s release it: three startup rejects. At 134 s the third turns out to be bad.
    line.makes(100, 130, 10, &mut (0, 0), &[]);
    line.sample(Role::Reject, 133.0, 134.0, 1);
    assert_eq!(counts(&line.fold(139.0)), [3, 0, 3, 3]);
    // The piece at 140 s is made after the release: the reject at 144 s is that one, and the one at 148 s a startup piece.
    line.sample(Role::Total, 130.0, 140.0, 4);
    assert_eq!(counts(&line.fold(143.0)), [4, 1, 3, 3]);
    line.sample(Role::Reject, 143.0, 144.0, 2);
    assert_eq!(counts(&line.fold(146.0)), [4, 0, 4, 3]);
    line.sample(Role::Reject, 147.0, 148.0, 3);
    assert_eq!(counts(&line.fold(150.0)), [4, 0, 4, 3]);
}

#[test]
fn more_rejects_than_all_startup_pieces_are_counted_and_not_hidden() {
    let mut line = Timeline::new(in_a_row(3, press(10.0)));
    line.first(0.0, 2).sample(Role::State, 100.0, 100.0, 1);
    line.makes(100, 130, 10, &mut (0, 0), &[]);
    // Five rejects after three startup pieces and no other one: two of nothing that was made.
    line.sample(Role::Reject, 133.0, 134.0, 5);
    assert_eq!(counts(&line.fold(139.0)), [3, -2, 5, 3]);
}

#[test]
fn an_order_that_is_started_or_finished_again_changes_nothing() {
    let mut line = ordered(press(10.0));
    line.first(0.0, 1);
    then(&mut line, 50.0, "O2");
    // A stop from 100 to 400 s, in which O1 is finished once more, O2 started once more, and O3, which never was on, paused.
    line.sample(Role::State, 100.0, 100.0, 0)
        .sample(Role::State, 400.0, 400.0, 1);
    act(&mut line, 150.0, "O1", OrderAct::Finish);
    act(&mut line, 200.0, "O2", OrderAct::Start);
    act(&mut line, 250.0, "O3", OrderAct::Pause);
    let classes = [
        (Class::Running, 100.0),
        (Class::Unexplained, 300.0),
        (Class::Running, 100.0),
    ];
    assert_eq!(line.fold(500.0).classes(), classes);
    // When O2 does go off in it, it is a changeover.
    act(&mut line, 300.0, "O2", OrderAct::Finish);
    assert_eq!(line.fold(500.0).classes()[1], (Class::Setup, 300.0));
}

#[test]
fn a_finished_order_that_is_paused_waits_no_more() {
    let mut line = Timeline::new(MachineSetting {
        orders: true,
        ..press(10.0)
    });
    let order = OrderSetting {
        released: true,
        ..OrderSetting::default()
    };
    line.set(0.0, Setting::Order("O1".into(), order));
    line.first(0.0, 1).sample(Role::State, 100.0, 100.0, 0);
    for (second, said) in [
        (0.0, OrderAct::Start),
        (100.0, OrderAct::Finish),
        (200.0, OrderAct::Finish),
        (300.0, OrderAct::Pause),
    ] {
        act(&mut line, second, "O1", said);
    }
    let classes = [(Class::Running, 100.0), (Class::NoOrder, 400.0)];
    assert_eq!(line.fold(500.0).classes(), classes);
    // Started again and paused, it waits.
    act(&mut line, 400.0, "O1", OrderAct::Start);
    act(&mut line, 450.0, "O1", OrderAct::Pause);
    assert_eq!(line.fold(500.0).sum().get(Column::NoOrderMs), 300_000);
}

#[test]
fn an_increase_held_before_the_machine_was_in_service_is_released_by_nobody() {
    let mut line = Timeline::new(press(10.0));
    line.entry(0.0, Says::Service { on: false })
        .first(0.0, 1)
        .sample(Role::Total, 10.0, 20.0, 100_000)
        .sample(Role::Total, 20.0, 30.0, 100_001)
        .entry(60.0, Says::Service { on: true })
        .sample(Role::Total, 60.0, 70.0, 100_002);
    let standing = |line: &Timeline| {
        let folded = line.fold(120.0);
        let flags: Vec<_> = folded.rows.flags.iter().map(|flag| flag.standing).collect();
        (flags, folded.sum().get(Column::Total))
    };
    assert_eq!(standing(&line), (vec![Standing::Open], 1));
    let says = |release| Says::Held {
        role: "total".into(),
        release,
    };
    // Released would say that its pieces are booked.
    line.entry(30.0, says(true));
    assert_eq!(standing(&line), (vec![Standing::Open], 1));
    line.entry(30.0, says(false));
    assert_eq!(standing(&line), (vec![Standing::Refused], 1));
}
