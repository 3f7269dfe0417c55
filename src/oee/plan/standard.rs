//! Pure. Which ideal cycle holds: the most special standard that fits, then the product's own, then the machine's.

use super::job::Job;
use super::{Plan, Validity, valid};
use crate::model::ids::MachineId;
use crate::model::settings::{MachineSetting, StandardSetting};
use crate::model::time::Timestamp;
use std::num::NonZeroU32;
use std::sync::Arc;

/// The ideal cycle in force.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Standard {
    /// Its name in tallies: `standard:ID`, `product:ID`, `machine`, or empty for none.
    pub id: Arc<str>,
    /// Ideal cycle per shot in nanoseconds; `None` for none.
    pub ideal_ns: Option<i64>,
    /// Nominal cavities, at least 1.
    pub cavities: u32,
    /// True when it is for the product, or the product's own cycle.
    pub is_of_product: bool,
}

/// What is asked of planned time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Goal {
    /// Good pieces in a shift.
    Pieces(NonZeroU32),
    /// OEE in parts per million.
    Oee(u32),
}

impl Goal {
    /// Of one that says both, the pieces.
    pub(super) fn new(pieces: Option<NonZeroU32>, oee_ppm: Option<u32>) -> Option<Goal> {
        pieces.map(Goal::Pieces).or(oee_ppm.map(Goal::Oee))
    }
}

/// How special the own cycles of a product and of a machine are.
const OF_PRODUCT: u32 = 8;
const OF_MACHINE: u32 = 4;

impl Plan {
    /// The standard for a job on a machine. The order is that of (product, machine, mould), (product, machine), (product,
    /// group of machines), (product, mould), product, (machine, mould), machine, group, mould; a standard of its own comes
    /// before the plain cycle of product or machine.
    pub(super) fn standard(
        &self,
        machine: MachineId,
        setting: &MachineSetting,
        job: &Job,
        span: &mut Validity,
    ) -> Standard {
        let mut best: Option<(u32, &Arc<str>, Arc<StandardSetting>)> = None;
        for (id, timeline) in &self.standards {
            let Some(standard) = span.narrow(timeline).filter(|standard| standard.ideal_ns > 0) else {
                continue;
            };
            let fit = fit(&standard, machine, setting, job);
            if let Some(fit) = fit.filter(|fit| best.as_ref().is_none_or(|(known, ..)| known < fit)) {
                best = Some((fit, id, standard));
            }
        }
        let made = job.made.as_ref();
        let nominal = made.and_then(|made| made.of_shot()).unwrap_or(setting.cavities);
        let of_product = made.and_then(|made| made.ideal_ns).filter(|ns| *ns > 0);
        let of_machine = setting.ideal_ns.filter(|ns| *ns > 0);
        let score = best.as_ref().map_or(0, |(score, ..)| *score);
        let (id, ideal_ns, cavities): (Arc<str>, _, _) = match (best, of_product, of_machine) {
            (Some((_, id, standard)), product, machine)
                if score >= OF_PRODUCT || product.is_none() && (score >= OF_MACHINE || machine.is_none()) =>
            {
                let cavities = standard.cavities.unwrap_or(nominal);
                (format!("standard:{id}").into(), Some(standard.ideal_ns), cavities)
            }
            (_, Some(ns), _) => (format!("product:{}", job.product).into(), Some(ns), nominal),
            (_, None, Some(ns)) => ("machine".into(), Some(ns), nominal),
            (_, None, None) => ("".into(), None, nominal),
        };
        Standard {
            id,
            ideal_ns,
            cavities: cavities.max(1),
            is_of_product: score >= OF_PRODUCT || of_product.is_some(),
        }
    }

    /// The goal for a job on a machine at an instant: the one of the most special among standards, product and machine that has
    /// one, in the order of [`Plan::standard`].
    pub(super) fn goal(&self, machine: MachineId, setting: &MachineSetting, job: &Job, at: Timestamp) -> Option<Goal> {
        let standards = self.standards.values().filter_map(|timeline| valid(timeline, at));
        let of_standards = standards.filter_map(|standard| {
            let goal = Goal::new(standard.shift_pieces, standard.oee_ppm)?;
            Some((fit(&standard, machine, setting, job)?, goal))
        });
        let of_product = job.made.as_ref();
        let of_product = of_product.and_then(|made| Goal::new(made.shift_pieces, made.oee_ppm));
        let of_product = of_product.map(|goal| (OF_PRODUCT, goal));
        let of_machine = setting.shift_pieces.map(|pieces| (OF_MACHINE, Goal::Pieces(pieces)));
        let goals = of_standards.chain(of_product).chain(of_machine);
        // Of two that are as special the first one stands.
        let best = goals.reduce(|best, goal| if goal.0 > best.0 { goal } else { best });
        best.map(|(_, goal)| goal)
    }
}

/// How special a standard is that fits; `None` when it is for something else.
fn fit(standard: &StandardSetting, machine: MachineId, setting: &MachineSetting, job: &Job) -> Option<u32> {
    let mut fit = 0;
    let named = [
        (&standard.product, &job.product, OF_PRODUCT),
        (&standard.group, &setting.group, 2),
        (&standard.mould, &job.mould, 1),
    ];
    for (wanted, is, weight) in named.into_iter().filter(|(wanted, ..)| !wanted.is_empty()) {
        if wanted != is {
            return None;
        }
        fit += weight;
    }
    match standard.machine {
        None => {}
        Some(of) if of == machine => fit += OF_MACHINE,
        Some(_) => return None,
    }
    Some(fit)
}
