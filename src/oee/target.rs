//! Pure. The plan: good pieces that should be there, as it was made when a shift began. One definition for tile, hour and shift.

use super::plan::{Asked, Goal, Plan};
use crate::model::ids::MachineId;
use crate::model::time::{Period, Timestamp};

/// The plan of a machine in a shift, added up over what is put on it. Work with a target in pieces a shift brings
/// target x its net planned time / net planned time of the shift; other work its net planned time / ideal time per piece x target
/// OEE. The target is that of the most special standard that has one, the product's, the machine's or the plant's.
///
/// It is frozen: calendar (the end of the shift, its breaks and planned stops), machine, products, standards and targets are those
/// in force when the shift began, or when the machine was first in service, where that was later. A change that holds from an
/// instant after that counts from the next shift on; one that holds from an instant before it, also where it is told later, is a
/// restatement and changes the plan. A planned stop that a person declares takes time out of the plan only where the
/// agent heard of it up to then; one taken back was never declared. A shift that is cut short keeps the plan of all of it, and one
/// that lasts longer has no more. What is put on the machine during the shift is planned by what was known of it at its begin. Time
/// in which no product is on a machine that has no ideal cycle of its own, as between two orders, goes on as what was on it before,
/// at the begin of the shift as what comes first.
#[derive(Debug, Clone, Default)]
pub struct ShiftPlan {
    /// The stretches of planned time in their order, each with its rate where it has one.
    stretches: Vec<(Period, Option<Rate>)>,
}

/// Pieces in a time.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Rate {
    pieces: f64,
    of_ms: f64,
}

impl ShiftPlan {
    /// The plan of a machine in the shift with this id that begins at `start`; the time between shifts has no id.
    pub fn of(plan: &Plan, machine: MachineId, id: &str, start: Timestamp) -> ShiftPlan {
        let (mut stretches, mut bare) = (Vec::new(), Vec::new());
        let Some(frozen) = plan.frozen(machine, id, start) else {
            return ShiftPlan::default();
        };
        let mut at = frozen.period.start;
        while at < frozen.period.end {
            let stretch = plan.stretch(&frozen, at);
            let end = stretch.period.end.min(frozen.period.end).max(at.plus(1));
            if let Some(work) = stretch.work {
                let rate = rate(plan.asked(&frozen, &work), frozen.net_ms);
                if rate.is_none() && work.product.is_empty() {
                    bare.push(stretches.len());
                }
                stretches.push((Period::new(at, end), rate));
            }
            at = end;
        }
        for place in bare {
            let (before, after) = stretches.split_at(place);
            let rates = before.iter().rev().chain(after).map(|(_, rate)| *rate);
            stretches[place].1 = rates.flatten().next();
        }
        ShiftPlan { stretches }
    }

    /// Good pieces that all of the shift should bring. `None`, here and in parts of the shift, without a target, and where planned
    /// time has neither a target in pieces nor an ideal cycle: a plan that leaves a product out is no plan.
    pub fn whole(&self) -> Option<f64> {
        self.until(Timestamp::MAX)
    }

    /// Good pieces that should be there at an instant.
    pub fn until(&self, at: Timestamp) -> Option<f64> {
        self.within(Period::new(Timestamp::MIN, at))
    }

    /// Good pieces that a period of the shift should bring.
    pub fn within(&self, period: Period) -> Option<f64> {
        let mut sum = 0.0;
        // Time of one rate is added up first: what breaks cut is worked out as one, and rounded once.
        let mut of_rate: Option<(Rate, i64)> = None;
        for (stretch, rate) in &self.stretches {
            let ms = stretch.intersect(period).ms();
            if ms == 0 {
                continue;
            }
            let rate = (*rate)?;
            match &mut of_rate {
                Some((last, sum_ms)) if *last == rate => *sum_ms += ms,
                Some(_) | None => sum += of_rate.replace((rate, ms)).map_or(0.0, pieces),
            }
        }
        Some(sum + of_rate.map_or(0.0, pieces))
    }
}

fn pieces((rate, ms): (Rate, i64)) -> f64 {
    ms as f64 * rate.pieces / rate.of_ms
}

fn rate(asked: Asked, net_ms: i64) -> Option<Rate> {
    Some(match asked.goal? {
        Goal::Pieces(pieces) => Rate {
            pieces: f64::from(pieces.get()),
            of_ms: net_ms as f64,
        },
        // ms x 10^6 ns / ideal ns x ppm / 10^6
        Goal::Oee(ppm) => Rate {
            pieces: f64::from(ppm),
            of_ms: asked.ideal_piece_ns? as f64,
        },
    })
}

#[cfg(test)]
mod tests;
