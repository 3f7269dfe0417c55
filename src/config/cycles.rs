//! Pure. Machines whose counts stand for other than one piece, and what says what a cycle makes there: a cycle told in two ways.

use super::catalog::Products;
use super::checker::Checker;
use super::finding::KeyPath;
use super::machine::Machine;
use super::seeds::Seeds;
use crate::model::fact::Role;
use crate::model::settings::{ProductSetting, StandardSetting};

/// Notes standards of such a machine or its group that have cavities, and products that would come onto one with theirs.
pub fn told_twice(
    checker: &mut Checker,
    products: &Products,
    standards: &Seeds<StandardSetting>,
    machines: &[Machine],
) {
    // What a shot gives are its cavities alone.
    let has_shots = |machine: &Machine| machine.setting.signals.iter().any(|signal| signal.role == Role::Shots);
    let counted = machines
        .iter()
        .filter(|it| it.setting.per_count != (1, 1) && !has_shots(it));
    let counted: Vec<&Machine> = counted.collect();
    for (id, (standard, of)) in standards {
        let machine = counted.iter().find(|machine| names(standard, of, machine));
        if let (Some(machine), 2..) = (machine, standard.cavities.unwrap_or(1)) {
            let what = format!("says what a cycle makes, and {}", of_machine(machine));
            let instead = "write cavities = 1, and the ideal cycle of one count";
            checker.error(&KeyPath::of(&["standard", id, "cavities"]), what, instead);
        }
    }
    for (id, product) in products {
        let Some((key, pieces)) = of_product(product) else {
            continue;
        };
        let has_own = |machine: &Machine| {
            let mut own = standards.values().filter(|(standard, _)| standard.product == *id);
            own.any(|(standard, of)| standard.cavities.is_some() && names(standard, of, machine))
        };
        if let Some(machine) = counted.iter().find(|machine| !has_own(machine)) {
            let what = format!(
                "{}: a cycle of this product is taken for {pieces} pieces there too",
                of_machine(machine)
            );
            let instead = format!(
                "write a [standard.ID] of this product and machine `{}` with cavities = 1 and the ideal cycle of one count, if it is \
                 made there",
                machine.id
            );
            checker.warning(&KeyPath::of(&["product", id, key]), what, instead);
        }
    }
}

/// True for a standard that is for this machine, or its group, by name.
fn names(standard: &StandardSetting, of: &str, machine: &Machine) -> bool {
    let group = &standard.group;
    let is_named = !of.is_empty() || !group.is_empty();
    is_named && (of.is_empty() || *of == *machine.id) && (group.is_empty() || *group == machine.setting.group)
}

/// The key that says what a cycle of a product makes, and how many pieces; `None` where that is left to the machine.
fn of_product(product: &ProductSetting) -> Option<(&'static str, u32)> {
    let parts: u32 = product.parts.iter().map(|(_, pieces)| *pieces).sum();
    let told = match parts {
        0 => ("cavities", product.cavities?),
        parts => ("parts", parts),
    };
    Some(told).filter(|(_, pieces)| *pieces > 1)
}

fn of_machine(machine: &Machine) -> String {
    let (pieces, counts) = machine.setting.per_count;
    let share = if counts == 1 {
        String::new()
    } else {
        format!("/{counts}")
    };
    format!("pieces_per_count of machine `{}` is {pieces}{share}", machine.id)
}
