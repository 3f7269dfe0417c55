//! The fold on small timelines whose numbers can be worked out by hand.

#[path = "support/timeline.rs"]
mod timeline;

use gemba::model::entry::{Says, Scope};
use gemba::model::fact::{Body, Role};
use gemba::model::settings::{MachineSetting, ProductSetting, ReasonSetting, Setting};
use gemba::model::state::Class;
use gemba::model::tally::{Column, Standing};
use gemba::oee::kpi::Kpis;
use timeline::{Timeline, at, press};

fn ms(seconds: i64) -> i64 {
    seconds * 1000
}

#[test]
fn a_short_stop_is_minor_as_a_whole_and_a_long_one_unexplained_from_its_begin() {
    let mut line = Timeline::new(press(10.0));
    line.first(0.0, 1)
        .sample(Role::State, 599.0, 600.0, 0)
        .sample(Role::State, 689.0, 690.0, 1);
    line.sample(Role::State, 999.0, 1000.0, 0)
        .sample(Role::State, 1199.0, 1200.0, 1);
    let folded = line.fold(1800.0);
    assert_eq!(
        folded.classes(),
        [
            (Class::Running, 600.0),
            (Class::MinorStop, 90.0),
            (Class::Running, 310.0),
            (Class::Unexplained, 200.0),
            (Class::Running, 600.0)
        ],
        "the limit is clamp(3 x 10 s, 120 s, 300 s) = 120 s"
    );
    let sum = folded.sum();
    assert_eq!(sum.get(Column::SpanMs), ms(1800));
    assert_eq!((sum.get(Column::MinorStops), sum.get(Column::Stops)), (1, 1));
    assert_eq!(sum.get(Column::AptMs), ms(1600), "performance carries the minor stop");
}

#[test]
fn a_fault_is_a_breakdown_and_waiting_setup_have_their_own_class_at_any_length() {
    let mut line = Timeline::new(press(10.0));
    line.first(0.0, 3)
        .sample(Role::State, 300.0, 300.0, 4)
        .sample(Role::State, 310.0, 310.0, 2);
    line.sample(Role::State, 330.0, 330.0, 1);
    let folded = line.fold(400.0);
    assert_eq!(
        folded.classes(),
        [
            (Class::Breakdown, 300.0),
            (Class::Waiting, 10.0),
            (Class::Setup, 20.0),
            (Class::Running, 70.0)
        ]
    );
    assert_eq!(folded.sum().get(Column::Failures), 1);
    assert_eq!(folded.sum().get(Column::Stops), 2, "the breakdown and the waiting");
}

#[test]
fn pieces_lie_evenly_in_the_interval_that_they_were_counted_in() {
    let mut line = Timeline::new(press(10.0));
    // 4 pieces in (50 s, 70 s]: at 55, 60, 65 and 70 s. The minute from 60 s on holds three of them.
    line.first(0.0, 1).sample(Role::Total, 50.0, 70.0, 4);
    let folded = line.fold(120.0);
    let totals: Vec<i64> = folded.rest.iter().map(|tally| tally.get(Column::Total)).collect();
    assert_eq!(totals, [1, 3]);
}

#[test]
fn a_lost_plc_is_unknown_from_its_last_sample_and_its_pieces_count_as_gap_pieces() {
    let mut line = Timeline::new(press(10.0));
    line.first(0.0, 1).sample(Role::Total, 99.0, 100.0, 10);
    line.lost(100.0);
    for (role, value) in [(Role::State, 1), (Role::Total, 40), (Role::Reject, 3)] {
        line.sample(role, 100.0, 400.0, value);
    }
    let folded = line.fold(600.0);
    assert_eq!(
        folded.classes(),
        [
            (Class::Running, 100.0),
            (Class::Unknown, 300.0),
            (Class::Running, 200.0)
        ]
    );
    let sum = folded.sum();
    assert_eq!((sum.get(Column::Total), sum.get(Column::GapTotal)), (10, 30));
    assert_eq!((sum.get(Column::GapReject), sum.get(Column::GapGood)), (3, 27));
    assert_eq!((sum.get(Column::PbtMs), sum.get(Column::BridgedMs)), (ms(300), ms(300)));
    let kpis = Kpis::of(&sum);
    assert_eq!(kpis.oee, Some(100.0 / 300.0), "10 pieces x 10 s in 300 s of known time");
    assert_eq!(kpis.bridged_oee, Some(370.0 / 600.0), "(10 + 27) x 10 s in 600 s");
}

#[test]
fn a_restart_of_the_agent_is_unknown_until_the_next_sample_and_loses_no_piece() {
    let mut line = Timeline::new(press(10.0));
    line.first(0.0, 1).sample(Role::Total, 99.0, 100.0, 10).restarted(110.0);
    for (role, value) in [(Role::State, 1), (Role::Total, 12), (Role::Reject, 0)] {
        line.sample(role, 110.0, 115.0, value);
    }
    let folded = line.fold(200.0);
    assert_eq!(
        folded.classes(),
        [(Class::Running, 110.0), (Class::Unknown, 5.0), (Class::Running, 85.0)]
    );
    assert_eq!(
        (folded.sum().get(Column::Total), folded.sum().get(Column::GapTotal)),
        (10, 2)
    );
}

#[test]
fn a_reason_covers_the_whole_stop_that_holds_its_anchor_and_the_last_one_given_stands() {
    let mut line = Timeline::new(press(10.0));
    let jam = ReasonSetting {
        name: Default::default(),
        class: Class::Breakdown,
        groups: Vec::new(),
        allowance_ms: 0,
    };
    let material = ReasonSetting {
        name: Default::default(),
        class: Class::Waiting,
        groups: Vec::new(),
        allowance_ms: 0,
    };
    line.set(0.0, Setting::Reason("jam".into(), jam))
        .set(0.0, Setting::Reason("material".into(), material));
    line.first(0.0, 1)
        .sample(Role::State, 100.0, 100.0, 0)
        .sample(Role::State, 500.0, 500.0, 1);
    line.entry(
        100.0,
        Says::Reason {
            reason: "jam".into(),
            anchor: at(450.0),
            part: None,
            leads: false,
        },
    );
    line.entry(
        100.0,
        Says::Reason {
            reason: "material".into(),
            anchor: at(200.0),
            part: None,
            leads: false,
        },
    );
    let folded = line.fold(600.0);
    assert_eq!(
        folded.classes(),
        [
            (Class::Running, 100.0),
            (Class::Waiting, 400.0),
            (Class::Running, 100.0)
        ]
    );
    assert_eq!(folded.sum().get(Column::ManualMs), ms(400));
}

#[test]
fn scrap_takes_good_pieces_and_a_product_brings_its_own_ideal_time() {
    let mut line = Timeline::new(press(10.0));
    let product = ProductSetting {
        ideal_ns: Some(30_000_000_000),
        cavities: Some(2),
        ..ProductSetting::default()
    };
    line.set(0.0, Setting::Product("VT".into(), product));
    line.first(0.0, 1)
        .sample(Role::Total, 99.0, 100.0, 5)
        .sample(Role::Total, 199.0, 200.0, 9);
    line.entry(150.0, Says::Product { product: "VT".into() });
    line.entry(
        160.0,
        Says::Scrap {
            pieces: 3,
            reason: "".into(),
            scope: Scope::Now,
        },
    );
    let folded = line.fold(300.0);
    let sum = folded.sum();
    assert_eq!(
        (sum.get(Column::Total), sum.get(Column::Good), sum.get(Column::Reject)),
        (9, 6, 3)
    );
    // 5 x 10 s on the machine's standard, 4 x 30 s / 2 cavities on the product's; the scrap is of the product: 3 x 15 s.
    assert_eq!(sum.get(Column::EarnedTotalNs), 110_000_000_000);
    assert_eq!(sum.get(Column::EarnedGoodNs), 65_000_000_000);
    let cut: Vec<i64> = folded
        .tallies()
        .iter()
        .map(|row| row.period.start.since(at(0.0)) / 1000)
        .collect();
    assert_eq!(cut, [0, 60, 120, 150, 180, 240], "the product change cuts its minute");
}

#[test]
fn the_same_facts_give_the_same_rows_whether_folded_at_once_or_in_steps_or_from_a_snapshot() {
    let mut line = Timeline::new(press(10.0));
    line.first(0.0, 1);
    for piece in 1..360 {
        line.sample(
            Role::Total,
            f64::from(piece) * 10.0 - 1.0,
            f64::from(piece) * 10.0,
            i128::from(piece),
        );
    }
    line.sample(Role::State, 850.0, 850.0, 0)
        .sample(Role::State, 950.0, 950.0, 1);
    line.sample(Role::State, 2000.0, 2000.0, 3)
        .sample(Role::State, 2600.0, 2600.0, 1);
    let whole = line.fold(3600.0);
    let steps: Vec<f64> = (1..=7200).map(|half| f64::from(half) / 2.0).collect();
    let stepped = line.fold_in_steps(&steps);
    assert_eq!(whole.rows, stepped.rows);
    assert_eq!(whole.passed, stepped.passed);
    assert_eq!(whole.passed[1].bytes, None, "at 900 s a stop was waiting to be decided");
}

#[test]
fn a_held_jump_of_a_counter_whose_counts_are_two_pieces_each_is_released_as_pieces() {
    let setting = MachineSetting {
        per_count: (2, 1),
        ..press(10.0)
    };
    let mut line = Timeline::new(setting);
    line.first(0.0, 1)
        .sample(Role::Total, 10.0, 20.0, 1)
        .sample(Role::Total, 20.0, 30.0, 100_001)
        .sample(Role::Total, 30.0, 40.0, 100_002);
    let held = line.fold(60.0);
    assert_eq!(held.sum().get(Column::Total), 2 * 2, "the first count and the last one");
    let standing = |folded: &timeline::Folded| {
        let flags = folded.rows.flags.iter();
        flags
            .map(|flag| (flag.amount, flag.standing, flag.author.to_string()))
            .collect::<Vec<_>>()
    };
    assert_eq!(standing(&held), [(200_000, Standing::Open, String::new())]);
    let release = Says::Held {
        role: "total".into(),
        release: true,
    };
    line.entry(40.0, release);
    let released = line.fold(60.0);
    assert_eq!(standing(&released), [(200_000, Standing::Released, "test".to_owned())]);
    assert_eq!(released.sum().get(Column::Total), 2 * 100_002);
    let refuse = Says::Held {
        role: "total".into(),
        release: false,
    };
    line.entry(40.0, refuse);
    let refused = line.fold(60.0);
    assert_eq!(
        standing(&refused),
        [(200_000, Standing::Refused, "test".to_owned())],
        "the last word stands"
    );
    assert_eq!(refused.sum().get(Column::Total), 2 * 2);
    for entry in line.known.clone() {
        if let Body::Entry(entry) = entry.body {
            line.entry(40.0, Says::Undo { entry: entry.key });
        }
    }
    assert_eq!(
        standing(&line.fold(60.0)),
        standing(&held),
        "both words were taken back"
    );
}
