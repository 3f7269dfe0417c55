//! Which ideal cycle holds, for the oracle: of all that fit the one that says most.

use gemba::model::ids::MachineId;
use gemba::model::settings::{MachineSetting, ProductSetting, StandardSetting};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What is made, and with what.
pub struct Making<'a> {
    pub machine: MachineId,
    pub setting: &'a MachineSetting,
    pub product: &'a str,
    pub made: Option<&'a ProductSetting>,
    pub mould: &'a str,
}

/// Whether product, machine, group and mould are named, and whether it is a standard of its own.
type Rank = (bool, bool, bool, bool, bool);

/// The standard in force.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Standard {
    pub name: String,
    pub cycle_ns: Option<i64>,
    pub nominal: i64,
}

/// Everything that fits, ordered by what it names: a product says more than anything, then a machine, a group, a mould; and a
/// standard of its own says more than the cycle of a product, or of a machine, that names the same.
pub fn standard(making: &Making, standards: &BTreeMap<Arc<str>, StandardSetting>) -> Standard {
    let pieces = making.made.map_or(0, |made| made.parts.iter().map(|(_, n)| *n).sum());
    let of_product = making.made.and_then(|made| made.cavities);
    let of_shot = Some(pieces).filter(|pieces| *pieces > 0).or(of_product);
    let nominal = of_shot.unwrap_or(making.setting.cavities);
    let mut fitting: Vec<(Rank, String, i64, u32)> = Vec::new();
    for (id, told) in standards {
        let is_for = |wanted: &str, is: &str| wanted.is_empty() || wanted == is;
        let fits = is_for(&told.product, making.product)
            && is_for(&told.group, &making.setting.group)
            && is_for(&told.mould, making.mould)
            && told.machine.is_none_or(|machine| machine == making.machine);
        if fits {
            let rank = (
                !told.product.is_empty(),
                told.machine.is_some(),
                !told.group.is_empty(),
                !told.mould.is_empty(),
                true,
            );
            let cavities = told.cavities.unwrap_or(nominal);
            fitting.push((rank, format!("standard:{id}"), told.ideal_ns, cavities));
        }
    }
    if let Some(ns) = making.made.and_then(|made| made.ideal_ns) {
        let name = format!("product:{}", making.product);
        fitting.push(((true, false, false, false, false), name, ns, nominal));
    }
    if let Some(ns) = making.setting.ideal_ns {
        fitting.push(((false, true, false, false, false), "machine".to_owned(), ns, nominal));
    }
    // Of equals the first by name.
    fitting.sort_by(|one, other| other.0.cmp(&one.0).then(one.1.cmp(&other.1)));
    let (name, cycle_ns, nominal) = match fitting.into_iter().next() {
        Some((_, name, ns, nominal)) => (name, Some(ns), nominal),
        None => (String::new(), None, nominal),
    };
    Standard {
        name,
        cycle_ns,
        nominal: i64::from(nominal.max(1)),
    }
}
