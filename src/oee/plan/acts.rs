//! Pure. What happened to each order on every machine: an order that no machine is named for waits nowhere while one makes it.

use super::Validity;
use super::said::At;
use crate::model::entry::OrderAct;
use crate::model::ids::MachineId;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Starts, pauses and finishes of all orders, by order and machine; none that was taken back.
#[derive(Debug, Clone, Default)]
pub(super) struct Acts(BTreeMap<Arc<str>, BTreeMap<MachineId, BTreeMap<At, OrderAct>>>);

/// What happened last to an order on a machine.
#[derive(Debug, Clone, Copy)]
pub(super) struct Last {
    pub machine: MachineId,
    /// When, and with which word.
    pub at: At,
    pub act: OrderAct,
    /// True when it is finished there: to pause it then changes nothing.
    pub is_finished: bool,
}

impl Acts {
    /// Takes what happened to an order.
    pub(super) fn put(&mut self, order: &Arc<str>, at: At, machine: MachineId, act: OrderAct) {
        let machines = self.0.entry(Arc::clone(order)).or_default();
        machines.entry(machine).or_default().insert(at, act);
    }

    /// Forgets it.
    pub(super) fn take_back(&mut self, order: &Arc<str>, at: At, machine: MachineId) {
        let machines = self.0.get_mut(order).and_then(|machines| machines.get_mut(&machine));
        if let Some(acts) = machines {
            acts.remove(&at);
        }
    }

    /// What happened last to an order on each machine up to the instant of `span`, which ends where anything else happens to it.
    pub(super) fn last(&self, order: &str, span: &mut Validity) -> Vec<Last> {
        let mut all = Vec::new();
        for (machine, acts) in self.0.get(order).into_iter().flatten() {
            if let Some(((next, _), _)) = acts.range((span.at.plus(1), 0)..).next() {
                span.period.end = span.period.end.min(*next);
            }
            let mut before = acts.range(..=(span.at, u64::MAX)).rev();
            let Some((at, act)) = before.clone().next() else {
                continue;
            };
            span.period.start = span.period.start.max(at.0);
            let ended = before.find(|(_, act)| **act != OrderAct::Pause);
            all.push(Last {
                machine: *machine,
                at: *at,
                act: *act,
                is_finished: ended.is_some_and(|(_, act)| *act == OrderAct::Finish),
            });
        }
        all
    }
}
