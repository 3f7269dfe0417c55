//! Changeovers that last until their release, and what people's words may take out of OEE, on timelines worked out by hand.

#[path = "support/timeline.rs"]
mod timeline;

use gemba::model::entry::{OrderAct, Says};
use gemba::model::fact::Role;
use gemba::model::policy::Charge;
use gemba::model::settings::{
    CalendarSetting, MachineSetting, OrderSetting, PolicySetting, ReasonSetting, Release, Setting, ShiftSetting,
};
use gemba::model::state::Class;
use gemba::model::tally::Column;
use timeline::{Folded, MACHINE, Timeline, at, press};

/// A press of 10 s a cycle that waits for a release after each changeover.
fn waiting(release: Release) -> MachineSetting {
    MachineSetting { release, ..press(10.0) }
}

fn first_off(from: f64, when: f64, line: &mut Timeline) {
    line.entry(from, Says::FirstOff { when: at(when) });
}

fn counts(folded: &Folded) -> [i64; 4] {
    let sum = folded.sum();
    [Column::Total, Column::Good, Column::Reject, Column::Startup].map(|column| sum.get(column))
}

#[test]
fn a_first_piece_approved_while_the_register_still_says_setup_releases_the_machine_however_the_fold_is_cut() {
    let mut line = Timeline::new(waiting(Release::FirstOff));
    // Setup from 100 s, approved at 200 s, the register says running from 300 s on.
    line.first(0.0, 1)
        .sample(Role::State, 100.0, 100.0, 2)
        .sample(Role::State, 300.0, 300.0, 1);
    first_off(100.0, 200.0, &mut line);
    let classes = [(Class::Running, 100.0), (Class::Setup, 200.0), (Class::Running, 300.0)];
    assert_eq!(line.fold(600.0).classes(), classes);
    assert_eq!(line.fold_in_steps(&[200.0, 200.5, 240.0, 600.0]).classes(), classes);
}

#[test]
fn a_changeover_approved_seconds_after_it_began_ends_at_that_second() {
    let mut line = Timeline::new(waiting(Release::FirstOff));
    line.first(0.0, 1)
        .sample(Role::State, 100.0, 100.0, 2)
        .sample(Role::State, 103.0, 103.0, 1);
    first_off(100.0, 107.0, &mut line);
    assert_eq!(
        line.fold(119.0).classes(),
        [(Class::Running, 100.0), (Class::Setup, 7.0), (Class::Running, 12.0)]
    );
}

#[test]
fn an_approval_is_of_its_own_changeover_and_leaves_the_startup_rejects_of_an_earlier_one() {
    let mut line = Timeline::new(waiting(Release::GoodInARow(2)));
    let mut pieces = (0, 0);
    line.first(0.0, 1).sample(Role::State, 100.0, 100.0, 2);
    line.sample(Role::State, 110.0, 110.0, 1);
    // 120 and 130 release it; 140 to 200 are good.
    line.makes(110, 200, 10, &mut pieces, &[]);
    line.sample(Role::State, 300.0, 300.0, 2)
        .sample(Role::State, 310.0, 310.0, 1);
    // Approved at 315 s, before its first piece: none of its pieces is a startup reject.
    line.makes(310, 400, 10, &mut pieces, &[]);
    first_off(300.0, 315.0, &mut line);
    assert_eq!(
        counts(&line.fold(500.0)),
        [18, 16, 2, 2],
        "9 + 9 pieces, 2 of them before a release"
    );
}

#[test]
fn a_reject_read_together_with_the_last_piece_of_the_row_breaks_it_and_is_rejected_once() {
    let mut line = Timeline::new(waiting(Release::GoodInARow(3)));
    let mut pieces = (0, 0);
    line.first(0.0, 2).sample(Role::State, 100.0, 100.0, 1);
    // 110, 120, 130 (a reject: the row begins again), 140, 150, 160: released; 170 is good.
    line.makes(100, 170, 10, &mut pieces, &[130]);
    let folded = line.fold(200.0);
    assert_eq!(counts(&folded), [7, 1, 6, 6]);
    assert_eq!(
        folded.classes(),
        [(Class::Setup, 160.0), (Class::Running, 40.0)],
        "released by the third good piece after the reject"
    );
}

#[test]
fn a_counter_of_pieces_is_held_to_the_pace_of_pieces_and_not_of_shots() {
    // Two cavities and 10 s a shot: a piece every 5 s, 6 s at the most. One every 10 s releases nothing.
    let setting = MachineSetting {
        cavities: 2,
        ..waiting(Release::GoodInARow(3))
    };
    let mut line = Timeline::new(setting);
    line.first(0.0, 2).sample(Role::State, 100.0, 100.0, 1);
    line.makes(100, 200, 10, &mut (0, 0), &[]);
    assert_eq!(line.fold(300.0).classes(), [(Class::Setup, 300.0)]);
}

#[test]
fn a_machine_that_no_longer_waits_for_a_release_is_released() {
    let mut line = Timeline::new(waiting(Release::FirstOff));
    line.first(0.0, 2).sample(Role::State, 100.0, 100.0, 1);
    line.set(200.0, Setting::Machine(MACHINE, press(10.0)));
    assert_eq!(
        line.fold(300.0).classes(),
        [(Class::Setup, 200.0), (Class::Running, 100.0)]
    );
}

#[test]
fn a_silence_between_the_approval_and_running_begins_no_other_changeover() {
    let mut line = Timeline::new(waiting(Release::FirstOff));
    line.first(0.0, 2).lost(200.0).first(300.0, 2);
    line.sample(Role::State, 400.0, 400.0, 1);
    first_off(0.0, 100.0, &mut line);
    assert_eq!(
        line.fold(500.0).classes(),
        [
            (Class::Setup, 200.0),
            (Class::Unknown, 100.0),
            (Class::Setup, 100.0),
            (Class::Running, 100.0)
        ]
    );
}

#[test]
fn an_order_that_changes_while_a_fault_is_mended_makes_no_setup_of_the_fault() {
    let mut line = Timeline::new(MachineSetting {
        orders: true,
        ..press(10.0)
    });
    let act = |order: &str, act, second| Says::Order {
        order: order.into(),
        act,
        when: at(second),
    };
    for order in ["A", "B"] {
        let released = OrderSetting {
            released: true,
            ..OrderSetting::default()
        };
        line.set(0.0, Setting::Order(order.into(), released));
    }
    line.entry(0.0, act("A", OrderAct::Start, 0.0));
    line.entry(3_600.0, act("A", OrderAct::Finish, 3_600.0));
    line.entry(3_600.0, act("B", OrderAct::Start, 3_600.0));
    line.first(0.0, 1)
        .sample(Role::State, 600.0, 600.0, 3)
        .sample(Role::State, 9_000.0, 9_000.0, 0)
        .sample(Role::State, 9_600.0, 9_600.0, 1);
    let folded = line.fold(10_000.0);
    // What it stood after the fault is of the stop that the order changed in.
    assert_eq!(
        folded.classes(),
        [
            (Class::Running, 600.0),
            (Class::Breakdown, 8_400.0),
            (Class::Setup, 600.0),
            (Class::Running, 400.0)
        ]
    );
    assert_eq!(folded.sum().get(Column::Failures), 1);
}

/// A policy of the plant's own that leaves the time of these reasons out of OEE.
fn left_out(line: &mut Timeline, ids: &[&str]) {
    let mut policy = PolicySetting {
        id: "ours".into(),
        ..PolicySetting::default()
    };
    for id in ids {
        policy.charges.reasons.insert((*id).into(), Charge::Excluded);
    }
    line.set(0.0, Setting::Policy(policy));
}

#[test]
fn what_only_the_policy_leaves_out_of_oee_needs_a_leader_or_an_allowance_too() {
    // One hour of standing; minutes of the allowance, whether the leader said so, and minutes that leave PBT.
    for (allowance, leads, out) in [(0, false, 0), (0, true, 60), (10, false, 10)] {
        let mut line = Timeline::new(press(10.0));
        left_out(&mut line, &["no_material"]);
        let setting = ReasonSetting {
            name: Default::default(),
            class: Class::Waiting,
            groups: Vec::new(),
            allowance_ms: allowance * 60_000,
        };
        line.set(0.0, Setting::Reason("no_material".into(), setting));
        line.first(0.0, 0).sample(Role::State, 3_600.0, 3_600.0, 1);
        let says = Says::Reason {
            reason: "no_material".into(),
            anchor: at(60.0),
            part: None,
            leads,
        };
        line.entry(60.0, says);
        let sum = line.fold(3_600.0).sum();
        assert_eq!(sum.get(Column::PbtMs), (60 - out) * 60_000, "{allowance} {leads}");
        assert_eq!(sum.get(Column::RecodedMs), out * 60_000, "{allowance} {leads}");
        assert_eq!(sum.get(Column::WaitingMs), out * 60_000, "{allowance} {leads}");
    }
}

#[test]
fn what_exceeds_an_allowance_stays_in_oee_under_a_policy_that_leaves_its_reason_out() {
    let mut line = Timeline::new(press(10.0));
    left_out(&mut line, &["5s"]);
    let setting = ReasonSetting {
        name: Default::default(),
        class: Class::PlannedStop,
        groups: Vec::new(),
        allowance_ms: 600_000,
    };
    line.set(0.0, Setting::Reason("5s".into(), setting));
    line.first(0.0, 0).sample(Role::State, 1_800.0, 1_800.0, 1);
    reason(&mut line, "5s", 60.0);
    let sum = line.fold(1_800.0).sum();
    // 10 of 30 minutes are allowed.
    let minutes = [Column::PlannedStopMs, Column::UnexplainedMs, Column::PbtMs].map(|column| sum.get(column) / 60_000);
    assert_eq!(minutes, [10, 20, 20]);
}

/// Reason `sweep` of a planned stop with no allowance, and `lunch` of a break.
fn reasons(line: &mut Timeline) {
    for (id, class) in [("sweep", Class::PlannedStop), ("lunch", Class::Break)] {
        let reason = ReasonSetting {
            name: Default::default(),
            class,
            groups: Vec::new(),
            allowance_ms: 0,
        };
        line.set(0.0, Setting::Reason(id.into(), reason));
    }
}

fn reason(line: &mut Timeline, reason: &str, anchor: f64) {
    let says = Says::Reason {
        reason: reason.into(),
        anchor: at(anchor),
        part: None,
        leads: false,
    };
    line.entry(anchor, says);
}

#[test]
fn a_reason_an_operator_gives_takes_nothing_back_from_a_break_or_a_planned_stop() {
    let mut line = Timeline::new(press(10.0));
    reasons(&mut line);
    // A shift from 00:00 to 08:00 with a break from 00:05 to 00:10.
    let shift = ShiftSetting {
        id: "early".into(),
        name: "early".into(),
        days: [true; 7],
        from_min: 0,
        to_min: 480,
        breaks: vec![(5, 10)],
    };
    let calendar = CalendarSetting {
        timezone: "UTC".into(),
        shifts: vec![shift],
        ..CalendarSetting::default()
    };
    line.set(0.0, Setting::Calendar(calendar));
    line.first(0.0, 1)
        .sample(Role::State, 300.0, 300.0, 0)
        .sample(Role::State, 600.0, 600.0, 1)
        .sample(Role::State, 900.0, 900.0, 0)
        .sample(Role::State, 1200.0, 1200.0, 1);
    let declared = Says::PlannedStop {
        until: at(1200.0),
        reason: "sweep".into(),
    };
    line.entry(900.0, declared);
    reason(&mut line, "lunch", 400.0);
    reason(&mut line, "sweep", 1000.0);
    let folded = line.fold(1500.0);
    assert_eq!(
        folded.classes(),
        [
            (Class::Running, 300.0),
            (Class::Break, 300.0),
            (Class::Running, 300.0),
            (Class::PlannedStop, 300.0),
            (Class::Running, 300.0)
        ]
    );
    assert_eq!(folded.sum().get(Column::RecodedMs), 0, "it was declared as it began");
}

#[test]
fn a_planned_stop_declared_from_now_is_late_only_when_it_is_known_more_than_a_minute_later() {
    for (later_ms, late_s) in [(0, 0), (40, 0), (60_000, 0), (60_001, 600)] {
        let mut line = Timeline::new(press(10.0));
        line.first(0.0, 0);
        let declared = Says::PlannedStop {
            until: at(700.0),
            reason: "".into(),
        };
        line.entry(100.0, declared);
        line.known
            .iter_mut()
            .filter(|fact| fact.at == at(100.0))
            .for_each(|fact| {
                fact.received_at = fact.at.plus(later_ms);
            });
        let recoded_ms = line.fold(700.0).sum().get(Column::RecodedMs);
        assert_eq!(recoded_ms, late_s * 1_000, "{later_ms} ms later");
    }
}

#[test]
fn a_breakdown_whose_end_a_jump_of_the_clock_hides_was_not_repaired() {
    let mut line = Timeline::new(press(10.0));
    line.first(0.0, 3).clock_set_forward(300.0, 400.0);
    line.first(410.0, 1);
    let sum = line.fold(500.0).sum();
    assert_eq!((sum.get(Column::Failures), sum.get(Column::Repairs)), (1, 0));
    let mut line = Timeline::new(press(10.0));
    line.first(0.0, 3).sample(Role::State, 300.0, 300.0, 1);
    let sum = line.fold(500.0).sum();
    assert_eq!(
        (sum.get(Column::Repairs), sum.get(Column::RepairMs)),
        (1, 300_000),
        "one that was seen to end"
    );
}

/// A press of 4 cavities that counts shots.
fn shots() -> MachineSetting {
    let mut setting = press(10.0);
    setting.cavities = 4;
    for signal in &mut setting.signals {
        if signal.role == Role::Total {
            signal.role = Role::Shots;
        }
    }
    setting
}

#[test]
fn blocked_cavities_lose_their_share_of_each_shot_from_the_word_on() {
    let mut line = Timeline::new(shots());
    line.sample(Role::State, 0.0, 0.0, 1)
        .sample(Role::Shots, 0.0, 0.0, 0)
        .sample(Role::Reject, 0.0, 0.0, 0);
    for shot in 1..=10 {
        let second = f64::from(shot) * 10.0;
        line.sample(Role::Shots, second - 10.0, second, i128::from(shot));
    }
    line.entry(55.0, Says::Cavities { active: 3 });
    let sum = line.fold(200.0).sum();
    assert_eq!(sum.get(Column::Total), 5 * 4 + 5 * 3);
    assert_eq!(
        sum.get(Column::CavityLossNs),
        5 * 10_000_000_000 / 4,
        "a quarter of 5 shots"
    );
    assert_eq!(sum.get(Column::EarnedTotalNs), (5 * 4 + 5 * 3) * 2_500_000_000);
}

#[test]
fn a_count_of_all_cavities_is_believed_where_a_person_says_that_some_are_blocked() {
    // A shot of 60 s gives 8 pieces at once.
    let setting = MachineSetting {
        cavities: 8,
        max_rate_milli_per_min: 8_000,
        ..press(60.0)
    };
    let mut line = Timeline::new(setting);
    line.first(0.0, 1);
    line.entry(0.0, Says::Cavities { active: 1 });
    // 8 pieces in the poll from 59 to 60 s: 8 a minute are 1.3 in 10 s, and a cycle more of 8.
    line.sample(Role::Total, 59.0, 60.0, 8);
    let folded = line.fold(61.0);
    assert_eq!(folded.sum().get(Column::Total), 8);
}
