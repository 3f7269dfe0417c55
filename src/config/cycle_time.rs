//! Pure. The register in which a machine's controller shows how long its last cycle took: `cycle_time` beside its counters.

use super::checker::{Checker, Child};
use super::finding::KeyPath;
use super::meter::Metered;
use super::point::{Shape, Wire};
use super::raw;
use super::roles::Use;
use super::wiring::Wired;
use crate::model::fact::Role;
use crate::signal::decode::Type;

/// Registers so near are read by one request, unless the source's `max_gap` is below its default.
const NEAR: u16 = 10;

/// The uses of points that tell nothing of what the machine does: its own, and those of the meter. `path` is where the counters are
/// named.
pub fn beside(path: &KeyPath, count: &Child<raw::Count>, metered: &Metered) -> Vec<Use> {
    let written = count.good().and_then(|count| count.cycle_time.clone());
    let own = written.map(|point| Use {
        role: Some(Role::CycleTime),
        point,
        path: path.join(Role::CycleTime.name()),
    });
    metered.uses.iter().cloned().chain(own).collect()
}

/// Notes when a point cannot be a length of time.
pub fn fits(checker: &mut Checker, one: &Use, shape: &Shape) {
    let is_register = matches!(shape.wire, Wire::Modbus { .. });
    if is_register && shape.decode.kind == Type::Bool {
        let what = format!("`{}` is a bit, and a bit is no time", one.point);
        checker.error(&one.path, what, "name the register of the seconds the last cycle took");
    }
}

/// Notes when it is not read with the counter whose cycles it times: its value would be that of another cycle.
pub fn is_read_together(checker: &mut Checker, path: &KeyPath, points: &[Wired]) {
    let of = |is: &dyn Fn(&Role) -> bool| {
        let points = points
            .iter()
            .flat_map(|point| point.roles.iter().map(move |role| (role, point)));
        points.filter(|(role, _)| is(role)).min_by_key(|(role, _)| **role)
    };
    let time = of(&|role| *role == Role::CycleTime);
    let (Some((_, time)), Some((_, counter))) = (time, of(&|role| role.is_counter())) else {
        return;
    };
    let at = path.join(Role::CycleTime.name());
    if time.roles.iter().any(|role| !role.is_beside()) {
        let what = format!("`{}` counts or tells the state, and is no time", time.name);
        checker.error(&at, what, "name the register of the seconds the last cycle took");
        return;
    }
    let is_together = time.source == counter.source
        && match (&time.wire, &counter.wire) {
            (
                Wire::Modbus {
                    area, unit, poll_ms, ..
                },
                Wire::Modbus {
                    area: of_area,
                    unit: of_unit,
                    poll_ms: of_poll,
                    ..
                },
            ) => (area, unit, poll_ms) == (of_area, of_unit, of_poll),
            (
                Wire::Mqtt { topic, time, .. },
                Wire::Mqtt {
                    topic: of_topic,
                    time: of_time,
                    ..
                },
            ) => (topic, time) == (of_topic, of_time),
            (Wire::Modbus { .. }, Wire::Mqtt { .. }) | (Wire::Mqtt { .. }, Wire::Modbus { .. }) => false,
        };
    if !is_together {
        let what = format!(
            "`{}` is not read together with `{}`: its time would be that of another cycle",
            time.name, counter.name
        );
        let instead = "read both from one device, table and poll_ms, or from one message";
        checker.error(&at, what, instead);
    } else if let (
        Wire::Modbus { address, .. },
        Wire::Modbus {
            address: of_counter, ..
        },
    ) = (&time.wire, &counter.wire)
        && address.abs_diff(*of_counter) > NEAR
    {
        let what = format!(
            "`{}` lies {} registers from `{}`: read by two requests, it may tell the cycle before",
            time.name,
            address.abs_diff(*of_counter),
            counter.name
        );
        checker.warning(
            &at,
            what,
            "name a register near the counter, or raise the source's max_gap",
        );
    }
}
