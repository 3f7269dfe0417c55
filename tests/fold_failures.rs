//! Failures, and how long their repair takes, on timelines whose numbers can be worked out by hand.

#[path = "support/timeline.rs"]
mod timeline;

use gemba::model::entry::Says;
use gemba::model::fact::Role;
use gemba::model::settings::{ReasonSetting, Setting};
use gemba::model::state::{Class, State};
use gemba::model::tally::Column;
use gemba::model::time::Period;
use timeline::{Timeline, at, press};

/// Failures, repairs, and seconds of repair of a machine whose state register tells these codes from these minutes on (5:
/// maintenance), and stands from the first on.
fn repaired(line: &mut Timeline, states: &[(i32, i128)]) -> [i64; 3] {
    line.first(0.0, states[0].1);
    for (minute, code) in &states[1..] {
        let second = f64::from(*minute) * 60.0;
        line.sample(Role::State, second, second, *code);
    }
    let last = states[states.len() - 1].0;
    let sum = line.fold(f64::from(last + 10) * 60.0).sum();
    let repair_ms = sum.get(Column::RepairMs);
    [sum.get(Column::Failures), sum.get(Column::Repairs), repair_ms / 1_000]
}

fn of(states: &[(i32, i128)]) -> [i64; 3] {
    let mut setting = press(10.0);
    setting.state_map.insert("5".into(), State::Maintenance);
    repaired(&mut Timeline::new(setting), states)
}

#[test]
fn a_technician_who_switches_a_failed_machine_to_maintenance_mends_the_same_failure() {
    // Fault for 5 min, maintenance for 25: one failure of 30 min; and the other way round.
    assert_eq!(of(&[(0, 3), (5, 5), (30, 1)]), [1, 1, 1_800]);
    assert_eq!(of(&[(0, 5), (25, 3), (30, 1)]), [1, 1, 1_800]);
    // The same while it waits for the technician from the 5th to the 20th minute: nothing ran between.
    assert_eq!(of(&[(0, 3), (5, 4), (20, 5), (30, 1)]), [1, 1, 1_800]);
}

#[test]
fn a_machine_that_ran_between_or_made_tries_failed_twice() {
    // 5 and 20 min.
    assert_eq!(of(&[(0, 3), (5, 1), (10, 5), (30, 1)]), [2, 2, 1_500]);
    assert_eq!(of(&[(0, 3), (5, 2), (10, 5), (30, 1)]), [2, 2, 1_500]);
}

#[test]
fn a_failure_is_as_long_as_its_breakdown_and_not_as_the_stop_around_it() {
    // A fault of 10 min, and then the machine waits for 20.
    assert_eq!(of(&[(0, 3), (10, 4), (30, 1)]), [1, 1, 600]);
    // A stop of 120 min of which people say that 20 were a breakdown and the rest waited for material.
    let mut line = Timeline::new(press(10.0));
    for (id, class) in [("jam", Class::Breakdown), ("material", Class::Waiting)] {
        let reason = ReasonSetting {
            name: Default::default(),
            class,
            groups: Vec::new(),
            allowance_ms: 0,
        };
        line.set(0.0, Setting::Reason(id.into(), reason));
    }
    for (reason, from, to) in [("jam", 0.0, 1_200.0), ("material", 1_200.0, 7_200.0)] {
        line.entry(
            7_200.0,
            Says::Reason {
                reason: reason.into(),
                anchor: at(from),
                part: Some(Period::new(at(from), at(to))),
                leads: false,
            },
        );
    }
    assert_eq!(repaired(&mut line, &[(0, 0), (120, 1)]), [1, 1, 1_200]);
}
