//! Pure. What happened to each order on every machine: an order that no machine is named for waits nowhere while one makes it.

use super::Validity;
use super::said::At;
use crate::model::entry::OrderAct;
use crate::model::ids::MachineId;
use crate::model::time::Timestamp;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Starts, pauses and finishes of all orders, by the order; none that was taken back.
#[derive(Debug, Clone, Default)]
pub(super) struct Acts(BTreeMap<(Arc<str>, At), (MachineId, OrderAct)>);

impl Acts {
    /// Takes what happened to an order.
    pub(super) fn put(&mut self, order: &Arc<str>, at: At, machine: MachineId, act: OrderAct) {
        self.0.insert((Arc::clone(order), at), (machine, act));
    }

    /// Forgets it.
    pub(super) fn take_back(&mut self, order: &Arc<str>, at: At) {
        self.0.remove(&(Arc::clone(order), at));
    }

    /// True when the last start or finish of an order, on whatever machine, is a finish. The span ends where anything happens to it.
    pub(super) fn is_finished(&self, order: &Arc<str>, span: &mut Validity) -> bool {
        if let Some((at, ..)) = self.range(order, span.at.plus(1), Timestamp::MAX).next() {
            span.period.end = span.period.end.min(at.0);
        }
        let mut before = self.range(order, Timestamp::MIN, span.at).rev();
        let last = before.next();
        if let Some((at, ..)) = last {
            span.period.start = span.period.start.max(at.0);
        }
        let mut acts = last.into_iter().chain(before).map(|(.., act)| act);
        acts.find(|act| *act != OrderAct::Pause) == Some(OrderAct::Finish)
    }

    /// The machines on which an order was started last, and not paused or finished since; with the start.
    pub(super) fn started(&self, order: &Arc<str>, at: Timestamp) -> impl Iterator<Item = (MachineId, At)> {
        let acts = self.range(order, Timestamp::MIN, at);
        let last: BTreeMap<_, _> = acts.map(|(at, machine, act)| (machine, (at, act))).collect();
        let started = last.into_iter().filter(|(_, (_, act))| *act == OrderAct::Start);
        started.map(|(machine, (at, _))| (machine, at))
    }

    fn range(
        &self,
        order: &Arc<str>,
        first: Timestamp,
        last: Timestamp,
    ) -> impl DoubleEndedIterator<Item = (At, MachineId, OrderAct)> {
        let key = |at: At| (Arc::clone(order), at);
        let acts = self.0.range(key((first, 0))..=key((last, u64::MAX)));
        acts.map(|((_, at), (machine, act))| (*at, *machine, *act))
    }
}
