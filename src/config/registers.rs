//! Pure. Registers that two points read: one counter that counts for two, and numbers that reach into each other.

use super::checker::Checker;
use super::finding::KeyPath;
use super::machine::Machine;
use super::point::Wire;
use super::wiring::Wired;
use crate::collect::modbus::Area;
use crate::model::fact::Role;
use std::collections::BTreeMap;

/// A point that takes registers: from the first to the last address.
struct Taken<'a> {
    first: u16,
    last: u16,
    machine: &'a Machine,
    point: &'a Wired,
}

/// Warns where a register counts twice, and where one number ends in the midst of another.
pub fn shared(checker: &mut Checker, machines: &[Machine]) {
    let mut tables: BTreeMap<(&str, Option<u8>, Area), Vec<Taken<'_>>> = BTreeMap::new();
    for machine in machines {
        for point in &machine.points {
            if let Wire::Modbus {
                area,
                address,
                words,
                unit,
                ..
            } = point.wire
            {
                let last = address.saturating_add(words.saturating_sub(1));
                let table = tables.entry((&point.source, unit, area)).or_default();
                table.push(Taken {
                    first: address,
                    last,
                    machine,
                    point,
                });
            }
        }
    }
    for taken in tables.values_mut() {
        // A number takes two registers at most: it reaches into none but its neighbours.
        taken.sort_by_key(|taken| (taken.first, taken.last));
        for (place, one) in taken.iter().enumerate() {
            let after = taken[place + 1..].iter().take_while(|other| other.first <= one.last);
            after.for_each(|other| compare(checker, one, other));
        }
    }
}

fn compare(checker: &mut Checker, one: &Taken, other: &Taken) {
    let counts = |taken: &Taken| taken.point.roles.iter().any(|role| role.is_counter());
    let at = KeyPath::of(&["machine", &other.machine.id]);
    let is_same_machine = one.machine.id == other.machine.id;
    if (one.first, one.last) != (other.first, other.last) {
        let what = format!(
            "`{}` of `{}` ({}) and `{}` ({}) take the same register: one of them is read in the wrong place",
            one.point.name, one.machine.id, one.point.described, other.point.name, other.point.described
        );
        let instead = "check both addresses, and which of them has 32 bits (two registers)";
        checker.warning(&at, what, instead);
    } else if counts(one) && counts(other) {
        let register = &other.point.register;
        if is_same_machine {
            let what = format!(
                "{register} counts as {} and as {}",
                roles(one.point),
                roles(other.point)
            );
            checker.warning(&at, what, "check both addresses: one counter counts one thing");
        } else {
            let what = format!(
                "{register} also counts for `{}`: its pieces are counted twice",
                one.machine.id
            );
            checker.warning(&at, what, "check unit and offset of both");
        }
    }
}

fn roles(point: &Wired) -> String {
    let names: Vec<_> = point
        .roles
        .iter()
        .copied()
        .filter(|role| role.is_counter())
        .map(Role::name)
        .collect();
    names.join(" and ")
}
