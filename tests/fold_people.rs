//! The people of a line are shared by its machines in service.

#[path = "support/timeline.rs"]
mod timeline;

use gemba::model::entry::Says;
use gemba::model::ids::MachineId;
use gemba::model::settings::{MachineSetting, Setting};
use gemba::model::tally::Column;
use timeline::{Timeline, press};

/// Eight hours of the press, one of three machines of a line of six people; the third one waits to be put in service.
fn line() -> Timeline {
    let mut line = Timeline::new(press(10.0));
    let commissioning = MachineSetting {
        commissioning: true,
        ..press(10.0)
    };
    let people = Says::Headcount {
        milli: 6_000,
        line: "moulding".into(),
    };
    line.set(0.0, Setting::Machine(MachineId(1), press(10.0)))
        .set(0.0, Setting::Machine(MachineId(2), commissioning))
        .first(0.0, 1)
        .told(0.0, 0.0, people);
    line.known
        .iter_mut()
        .last()
        .into_iter()
        .for_each(|fact| fact.machine = None);
    line
}

fn man_hours(line: &Timeline) -> f64 {
    line.fold(8.0 * 3_600.0).sum().get(Column::ManMs) as f64 / 3_600_000.0
}

#[test]
fn a_machine_that_is_not_in_service_takes_no_share_of_the_people_of_its_line() {
    let mut line = line();
    // 6 / 2 x 8 h. Of three it would be 16 h, and 16 h would belong to nothing that is told.
    assert_eq!(man_hours(&line), 24.0);
    // From 04:00 on it has its share: 3 x 4 h + 2 x 4 h.
    line.told(4.0 * 3_600.0, 4.0 * 3_600.0, Says::Service { on: true });
    line.known
        .iter_mut()
        .last()
        .into_iter()
        .for_each(|fact| fact.machine = Some(MachineId(2)));
    assert_eq!(man_hours(&line), 20.0);
}
