//! Pure. What a machine works on: its order, product and mould at an instant, and whether an order waits for it.

use super::acts::Last;
use super::said::{At, Said, Work as PutOn, in_force};
use super::{Plan, Validity};
use crate::model::ids::MachineId;
use crate::model::line::LineSetting;
use crate::model::settings::{MachineSetting, OrderSetting, ProductSetting};
use std::sync::Arc;

/// What was put on a machine.
#[derive(Debug, Clone, Default)]
pub struct Work {
    /// Id of the order, or empty.
    pub order: Arc<str>,
    /// Id of the product, or empty.
    pub product: Arc<str>,
    /// The mould the order names; empty for the product's.
    pub mould: Arc<str>,
}

/// What a machine works on.
#[derive(Debug, Clone, Default)]
pub struct Job {
    /// Id of the order, or empty.
    pub order: Arc<str>,
    /// Id of the product, or empty.
    pub product: Arc<str>,
    /// The mould, or empty.
    pub mould: Arc<str>,
    /// The product as configured.
    pub made: Option<Arc<ProductSetting>>,
}

/// What stands between two orders of a machine that works by orders.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Between {
    /// Nothing: an order is on, or the machine does not work by orders.
    Ordered,
    /// No order is on, and none that it could make waits.
    NoOrder,
    /// No order is on, and a released one waits: the machine is changed over.
    Changeover,
}

impl Job {
    /// Work on a product as configured.
    pub(super) fn new(work: Work, made: Option<Arc<ProductSetting>>) -> Job {
        let of_product = || made.as_ref().map(|made| Arc::clone(&made.mould));
        let of_order = Some(work.mould).filter(|mould| !mould.is_empty());
        Job {
            order: work.order,
            mould: of_order.or_else(of_product).unwrap_or_default(),
            product: work.product,
            made,
        }
    }
}

impl Plan {
    /// What the machine works on at the instant of `span`.
    pub(super) fn job(&self, said: &Said, span: &mut Validity) -> Job {
        let work = self.work(said, span);
        let made = self
            .products
            .get(&work.product)
            .and_then(|product| span.narrow(product));
        Job::new(work, made)
    }

    /// What was put on the machine at the instant of `span`.
    pub(super) fn work(&self, said: &Said, span: &mut Validity) -> Work {
        // The span ends where the next word about work begins to hold.
        let put_on = in_force(&said.work, span.at, &mut span.period).and_then(|_| said.on_at(span.at));
        match put_on.cloned() {
            Some(PutOn::Product(product)) => Work {
                product,
                ..Work::default()
            },
            Some(PutOn::Order(id, _)) => {
                let order = self.orders.get(&id).and_then(|order| span.narrow(order));
                Work {
                    product: order
                        .as_ref()
                        .map(|order| Arc::clone(&order.product))
                        .unwrap_or_default(),
                    mould: order.map(|order| Arc::clone(&order.mould)).unwrap_or_default(),
                    order: id,
                }
            }
            None => Work::default(),
        }
    }

    /// Whether an order is on, and if not, whether one waits.
    pub(super) fn between(
        &self,
        machine: MachineId,
        setting: &MachineSetting,
        job: &Job,
        span: &mut Validity,
    ) -> Between {
        if !setting.orders || !job.order.is_empty() {
            return Between::Ordered;
        }
        self.orders.narrow(span);
        let mut open = self.orders.open_at(span.at);
        let waits = open.any(|(id, order)| {
            is_for(&order, machine, &setting.line) && self.waits(id, &order, machine, setting, span)
        });
        if waits { Between::Changeover } else { Between::NoOrder }
    }

    /// Whether an order that is open waits for a machine that may make it: the machine has not finished it, and where any of
    /// several machines may make it, no other one makes it, and what happened to it last is not that it was finished. In a serial
    /// line each machine has its own part of an order.
    fn waits(
        &self,
        id: &Arc<str>,
        order: &OrderSetting,
        machine: MachineId,
        setting: &MachineSetting,
        span: &mut Validity,
    ) -> bool {
        if self.said(machine).is_finished(id, span.at) {
            return false;
        }
        if order.machine.is_some() {
            return true;
        }
        let kind = self.kinds.get(&setting.line).and_then(|line| span.narrow(line));
        let has_parts = matches!(kind.as_deref(), Some(LineSetting::Serial { .. }));
        // When what happened last to it changed anything, and whether that was a finish.
        let mut newest: Option<(At, bool)> = None;
        for last in self.acts.last(id, span) {
            let other = self.machines.get(&last.machine).filter(|_| last.machine != machine);
            let other = other.and_then(|timeline| span.narrow(timeline));
            let other = other.filter(|other| other.asset.connected);
            if has_parts && other.as_ref().is_some_and(|other| other.line == setting.line) {
                continue;
            }
            // Displaced it is on no more, and a pause changes nothing then.
            let displaced = self.displaced(id, &last, span);
            let is_on = !last.is_finished && last.paused.is_none() && !displaced;
            // What was on a machine that is there no more, is on it no more.
            if is_on && other.is_some() {
                return false;
            }
            let at = last.paused.filter(|_| !displaced).unwrap_or(last.ended);
            newest = newest.max(Some((at, last.is_finished)));
        }
        newest.is_none_or(|(_, is_finished)| !is_finished)
    }

    /// True when something else was put on a machine in place of an order that was started there.
    fn displaced(&self, id: &Arc<str>, last: &Last, span: &mut Validity) -> bool {
        let displaced = self.said(last.machine).displaced_after(id, last.ended);
        match displaced.filter(|_| !last.is_finished) {
            Some(at) if at <= span.at => {
                span.period.start = span.period.start.max(at);
                true
            }
            Some(at) => {
                span.period.end = span.period.end.min(at);
                false
            }
            None => false,
        }
    }

    /// True for an order that was ever told without the one machine that is to make it.
    pub fn is_shared(&self, order: &str) -> bool {
        self.orders.is_shared(order)
    }

    /// Cavities in use: what a person said last, as long as the mould stays.
    pub(super) fn cavities_in_use(&self, said: &Said, job: &Job, nominal: u32, span: &mut Validity) -> u32 {
        let Some((from, active)) = in_force(&said.cavities, span.at, &mut span.period) else {
            return nominal;
        };
        let mould_at = |at| self.job(said, &mut Validity::at(at)).mould;
        // The last word first: whatever was put on since, what matters is where another mould is met.
        let changes = said.work.range((from, 0)..=(span.at, u64::MAX)).rev();
        let changes = changes.map(|((at, _), _)| *at).filter(|at| *at > from);
        let mut changes = changes.chain([from]);
        let stays = changes.all(|at| mould_at(at) == job.mould);
        if stays { (*active).min(nominal) } else { nominal }
    }
}

/// True when a machine may make an order.
fn is_for(order: &OrderSetting, machine: MachineId, line: &str) -> bool {
    order
        .machine
        .map_or(order.line.is_empty() || *order.line == *line, |of| of == machine)
}

#[cfg(test)]
mod tests;
