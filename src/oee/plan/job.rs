//! Pure. What a machine works on: its order, product and mould at an instant, and whether an order waits for it.

use super::said::{Said, Work, in_force};
use super::{Plan, Validity};
use crate::model::ids::MachineId;
use crate::model::settings::{MachineSetting, OrderSetting, ProductSetting};
use std::sync::Arc;

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

impl Plan {
    /// What the machine works on at the instant of `span`.
    pub(super) fn job(&self, said: &Said, span: &mut Validity) -> Job {
        // The span ends where the next word about work begins to hold.
        let work = in_force(&said.work, span.at, &mut span.period).and_then(|_| said.on_at(span.at));
        let (order, product) = match work.cloned() {
            Some(Work::Product(product)) => (None, product),
            Some(Work::Order(id, _)) => {
                let order = self.orders.get(&id).and_then(|order| span.narrow(order));
                let product = order.as_ref().map(|order| Arc::clone(&order.product));
                (Some((id, order)), product.unwrap_or_default())
            }
            None => (None, "".into()),
        };
        let made = self.products.get(&product).and_then(|product| span.narrow(product));
        let (order, ordered) = order.map_or_else(Default::default, |(id, order)| (id, order));
        let of_order = ordered
            .map(|order| Arc::clone(&order.mould))
            .filter(|mould| !mould.is_empty());
        let of_product = || made.as_ref().map(|made| Arc::clone(&made.mould));
        Job {
            order,
            mould: of_order.or_else(of_product).unwrap_or_default(),
            product,
            made,
        }
    }

    /// Whether an order is on, and if not, whether one waits.
    pub(super) fn between(
        &self,
        machine: MachineId,
        setting: &MachineSetting,
        job: &Job,
        said: &Said,
        span: &mut Validity,
    ) -> Between {
        if !setting.orders || !job.order.is_empty() {
            return Between::Ordered;
        }
        let at = span.at;
        let mut open = self.orders.open_at(span);
        let waits = open.any(|(id, order)| is_for(&order, machine, &setting.line) && !said.is_finished(id, at));
        if waits { Between::Changeover } else { Between::NoOrder }
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

/// True when a machine may make the order, which is open.
fn is_for(order: &OrderSetting, machine: MachineId, line: &str) -> bool {
    order
        .machine
        .map_or(order.line.is_empty() || *order.line == *line, |of| of == machine)
}
