//! What counters counted in a period, beside a count by hand: to the piece, in service or not, and nothing where it is not known.

#[path = "support/timeline.rs"]
mod timeline;

use gemba::model::fact::Role;
use gemba::model::settings::MachineSetting;
use gemba::model::time::Period;
use gemba::pipeline::Counting;
use timeline::{MACHINE, Timeline, at, press};

/// A press in commissioning with a piece at 10, 20, ... 120 s, and none in its minute tallies.
fn new_press() -> Timeline {
    let mut line = Timeline::new(MachineSetting {
        commissioning: true,
        ..press(10.0)
    });
    line.first(0.0, 1);
    line.makes(0, 120, 10, &mut (0, 0), &[]);
    line
}

/// The pieces from a second to before another.
fn counted(line: &Timeline, from: f64, until: f64) -> Option<i64> {
    let mut facts = line.facts.clone();
    facts.sort_by(|one, other| one.order().cmp(&other.order()));
    let plan = line.plan();
    let mut counting = Counting::new(MACHINE, Period::new(at(from), at(until)), None, &plan)?;
    counting.feed((1..).zip(facts));
    counting.finish()
}

#[test]
fn pieces_of_a_period_are_counted_to_the_piece_before_the_machine_is_in_service() {
    let line = new_press();
    assert_eq!(
        line.fold(120.0).sum().get(gemba::model::tally::Column::Total),
        0,
        "no number of it"
    );
    // At 30, 40, 50 and 60 s.
    assert_eq!(counted(&line, 25.0, 65.0), Some(4));
    assert_eq!(
        counted(&line, 30.0, 60.0),
        Some(3),
        "the begin belongs to it, the end does not"
    );
    assert_eq!(counted(&line, 60.001, 69.999), Some(0));
}

#[test]
fn a_stop_that_goes_on_hides_no_piece() {
    let mut line = new_press();
    line.sample(Role::State, 124.0, 125.0, 0);
    // At 110 and 120 s; the stop is too short to have a name yet.
    assert_eq!(counted(&line, 105.0, 140.0), Some(2));
}

#[test]
fn what_was_not_seen_to_the_end_is_not_known() {
    let mut line = new_press();
    line.lost_all(&[Role::Total], 125.0);
    assert_eq!(counted(&line, 105.0, 125.0), Some(2), "lost after it");
    assert_eq!(counted(&line, 105.0, 140.0), None);
    let mut again = new_press();
    again
        .lost_all(&[Role::Total], 125.0)
        .sample(Role::Total, 125.0, 170.0, 15);
    assert_eq!(
        counted(&again, 105.0, 180.0),
        None,
        "three more by 170 s, and nobody saw when"
    );
    assert_eq!(counted(&line, -60.0, 20.0), None, "it was not there at the begin");
}
