//! The fold where signals fall silent: what is unknown from when on, and which pieces and gaps count as closed.

#[path = "support/timeline.rs"]
mod timeline;

use gemba::model::fact::Role;
use gemba::model::settings::{Setting, SettingKind};
use gemba::model::state::Class;
use gemba::model::tally::Column;
use gemba::oee::kpi::Kpis;
use timeline::{MACHINE, Timeline, counted, press};

#[test]
fn signals_that_changed_in_their_last_sample_are_lost_with_it() {
    let mut line = Timeline::new(press(10.0));
    line.first(0.0, 0);
    for role in [Role::State, Role::Total, Role::Reject] {
        line.sample(role, 99.0, 100.0, 1);
    }
    line.lost(100.0);
    let folded = line.fold(600.0);
    assert_eq!(
        folded.classes(),
        [(Class::MinorStop, 100.0), (Class::Unknown, 500.0)],
        "the state register changed to running in the last sample before the silence"
    );
}

#[test]
fn a_machine_heard_once_and_never_again_is_unknown_from_then_on() {
    let mut line = Timeline::new(press(10.0));
    line.first(0.0, 1).lost(0.0);
    assert_eq!(line.fold(600.0).classes(), [(Class::Unknown, 600.0)]);
}

#[test]
fn a_restart_right_after_a_sample_is_unknown_too() {
    let mut line = Timeline::new(press(10.0));
    line.first(0.0, 0);
    for role in [Role::State, Role::Total, Role::Reject] {
        line.sample(role, 99.0, 100.0, 1);
    }
    line.restarted(100.0);
    for role in [Role::State, Role::Total, Role::Reject] {
        line.sample(role, 100.0, 110.0, 1);
    }
    let folded = line.fold(200.0);
    assert_eq!(
        folded.classes(),
        [
            (Class::MinorStop, 100.0),
            (Class::Unknown, 10.0),
            (Class::Running, 90.0)
        ]
    );
    assert_eq!(folded.sum().get(Column::BridgedMs), 10_000);
}

#[test]
fn pieces_of_a_silence_never_fall_into_time_that_never_passed() {
    let mut line = Timeline::new(press(10.0));
    line.first(0.0, 1).clock_set_forward(600.0, 3_600.0);
    for (role, value) in [(Role::State, 1), (Role::Total, 60), (Role::Reject, 0)] {
        line.sample(role, 600.0, 4_200.0, value);
    }
    let folded = line.fold(4_260.0);
    assert_eq!(
        folded.classes(),
        [
            (Class::Running, 600.0),
            (Class::ClockSkip, 3_000.0),
            (Class::Unknown, 600.0),
            (Class::Running, 60.0)
        ]
    );
    // 60 pieces in the 600 s of the silence that did pass: one every 10 s from 3,600 s on, and none in the next minute.
    let gaps: Vec<i64> = folded.rest.iter().map(|tally| tally.get(Column::GapTotal)).collect();
    assert_eq!(gaps[..60], [0; 60]);
    assert_eq!(gaps[60..], [6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 0]);
}

#[test]
fn the_time_before_the_first_count_is_closed_by_no_counter() {
    let mut line = Timeline::new(press(10.0));
    // Messages with their own time: the first of all tells that nothing was known for as long as the limit before it.
    for (role, value) in [(Role::State, 1), (Role::Total, 500), (Role::Reject, 3)] {
        line.sample(role, 70.0, 100.0, value);
    }
    let sum = line.fold(200.0).sum();
    assert_eq!((sum.get(Column::UnknownMs), sum.get(Column::BridgedMs)), (100_000, 0));
}

#[test]
fn a_silence_that_ends_with_a_count_nobody_believes_is_not_closed() {
    let mut line = Timeline::new(press(10.0));
    line.first(0.0, 1).lost(100.0);
    for (role, value) in [(Role::State, 1), (Role::Total, 1_000_000), (Role::Reject, 0)] {
        line.sample(role, 100.0, 400.0, value);
    }
    let sum = line.fold(600.0).sum();
    assert_eq!((sum.get(Column::UnknownMs), sum.get(Column::BridgedMs)), (300_000, 0));
    assert_eq!(sum.get(Column::GapTotal), 0, "what is held is not booked");
}

#[test]
fn a_silence_in_which_the_reject_counter_began_again_is_not_closed() {
    let mut line = Timeline::new(press(10.0));
    line.first(0.0, 1).sample(Role::Reject, 49.0, 50.0, 4).lost(100.0);
    for (role, value) in [(Role::State, 1), (Role::Total, 30), (Role::Reject, 1)] {
        line.sample(role, 100.0, 400.0, value);
    }
    let sum = line.fold(600.0).sum();
    assert_eq!((sum.get(Column::GapTotal), sum.get(Column::GapReject)), (30, 1));
    assert_eq!(
        sum.get(Column::BridgedMs),
        0,
        "the rejects are a lower bound, so the good ones are not known"
    );
}

#[test]
fn a_late_message_whose_predecessor_was_forgotten_does_not_make_the_silence_before_it_known() {
    let mut line = Timeline::new(press(10.0));
    line.first(0.0, 1).sample(Role::Total, 0.0, 100.0, 10);
    // After a restart a message of 90 s is delivered: which one came before it is known to the journal alone. It tells of the
    // 30 s before it at most, and its fact is placed there; the former sample is 90 s away.
    line.alone(Role::Total, 60.0, 90.0, 9);
    let folded = line.fold(120.0);
    assert_eq!(folded.classes(), [(Class::Unknown, 90.0), (Class::Running, 30.0)]);
    let sum = folded.sum();
    assert_eq!(
        (sum.get(Column::GapTotal), sum.get(Column::Total)),
        (9, 1),
        "9 pieces of the silence, and 10 - 9 between 90 s and 100 s"
    );
}

#[test]
fn pieces_of_a_silence_that_ends_in_a_wild_reading_stay_pieces_of_the_silence() {
    let mut line = Timeline::new(press(10.0));
    line.first(0.0, 1).sample(Role::Total, 99.0, 100.0, 10);
    line.lost(100.0);
    for (role, value) in [(Role::State, 1), (Role::Total, 9_000_000), (Role::Reject, 0)] {
        line.sample(role, 100.0, 400.0, value);
    }
    line.sample(Role::Total, 400.0, 410.0, 41)
        .sample(Role::Total, 410.0, 420.0, 42);
    let sum = line.fold(600.0).sum();
    assert_eq!(
        (sum.get(Column::Total), sum.get(Column::GapTotal)),
        (10 + 1, 31),
        "41 - 10 were made since the last reading before the silence; 42 - 41 after it"
    );
}

#[test]
fn a_stop_ends_where_its_machine_is_taken_out_and_another_begins_where_it_is_put_in_again() {
    let mut line = Timeline::new(press(10.0));
    line.first(0.0, 1).sample(Role::State, 99.0, 100.0, 0);
    line.set(
        160.0,
        Setting::Removed(SettingKind::Machine, MACHINE.0.to_string().into()),
    );
    line.set(1_000.0, Setting::Machine(MACHINE, press(10.0)))
        .first(1_000.0, 0);
    let folded = line.fold(2_000.0);
    assert_eq!(
        folded.classes(),
        [
            (Class::Running, 100.0),
            (Class::MinorStop, 60.0),
            (Class::Unexplained, 1_000.0)
        ],
        "60 s and 1,000 s; the limit of minor stops is 120 s"
    );
    let sum = folded.sum();
    assert_eq!((sum.get(Column::MinorStops), sum.get(Column::Stops)), (1, 1));
}

#[test]
fn of_two_equal_halves_of_a_silence_the_earlier_has_the_odd_piece_and_the_reject_among_two() {
    // Silent for the second and the third minute; 3 pieces are 1.5 for each, and 1 reject is half a one.
    let halves = |pieces: i128, rejects: i128| {
        let mut line = Timeline::new(press(10.0));
        line.first(0.0, 1).lost(60.0);
        for (role, value) in [(Role::State, 1), (Role::Total, pieces), (Role::Reject, rejects)] {
            line.sample(role, 60.0, 180.0, value);
        }
        let folded = line.fold(600.0);
        [1, 2].map(|minute| {
            let tally = &folded.tallies()[minute].tally;
            (tally.get(Column::GapTotal), tally.get(Column::GapReject))
        })
    };
    assert_eq!(halves(1, 0), [(1, 0), (0, 0)]);
    assert_eq!(halves(3, 0), [(2, 0), (1, 0)]);
    assert_eq!(halves(2, 1), [(1, 1), (1, 0)]);
    assert_eq!(halves(4, 1), [(2, 1), (2, 0)]);
}

#[test]
fn time_whose_state_was_never_decided_is_no_gap_that_a_counter_closes() {
    let mut line = Timeline::new(counted());
    line.sample(Role::Total, 0.0, 0.0, 0).lost_all(&[Role::Total], 20.0);
    line.sample(Role::Total, 20.0, 400.0, 5);
    let sum = line.fold(600.0).sum();
    // Without a piece before the silence nobody knows whether it ran: 20 s; then 380 s of silence, and from 400 s on it stands.
    assert_eq!(
        (sum.get(Column::UnknownMs), sum.get(Column::BridgedMs)),
        (400_000, 380_000)
    );
    assert_eq!(sum.get(Column::GapTotal), 5);
}

#[test]
fn a_silence_of_the_state_alone_is_bridged_by_the_counters_that_went_on() {
    let went_on = |reject: &dyn Fn(&mut Timeline)| {
        let mut line = Timeline::new(press(10.0));
        line.first(0.0, 1);
        let mut pieces = (0, 0);
        line.makes(0, 100, 10, &mut pieces, &[]);
        line.lost_all(&[Role::State], 100.0);
        line.makes(100, 400, 10, &mut pieces, &[150, 200]);
        reject(&mut line);
        line.sample(Role::State, 100.0, 400.0, 1);
        line.makes(400, 600, 10, &mut pieces, &[]);
        line.fold(600.0).sum()
    };
    let sum = went_on(&|_| {});
    assert_eq!(
        (sum.get(Column::UnknownMs), sum.get(Column::BridgedMs)),
        (300_000, 300_000)
    );
    assert_eq!((sum.get(Column::GapTotal), sum.get(Column::GapReject)), (30, 2));
    // 10 + 19 pieces of 10 s in 300 s (the one of 600 s comes after it), and 28 good ones more in 600 s.
    let kpis = Kpis::of(&sum);
    assert_eq!((kpis.oee, kpis.bridged_oee), (Some(290.0 / 300.0), Some(570.0 / 600.0)));
    // A counter of rejects that begins again meanwhile, or falls silent for good, does not tell all of them.
    let reset = went_on(&|line| {
        line.sample(Role::Reject, 290.0, 300.0, 0);
    });
    assert!(
        reset.get(Column::BridgedMs) < 300_000,
        "{}",
        reset.get(Column::BridgedMs)
    );
    let silent = went_on(&|line| {
        line.lost_all(&[Role::Reject], 250.0);
    });
    assert_eq!(silent.get(Column::BridgedMs), 150_000, "up to 250 s");
}
