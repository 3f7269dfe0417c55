//! Pure. What happened to each order on every machine: an order that no machine is named for waits nowhere while one makes it.

use super::Validity;
use super::said::At;
use crate::model::entry::OrderAct;
use crate::model::ids::MachineId;
use crate::model::time::Timestamp;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Starts, pauses and finishes of all orders, by order and machine; none that was taken back.
#[derive(Debug, Clone, Default)]
pub(super) struct Acts(BTreeMap<(Arc<str>, MachineId, At), OrderAct>);

/// What happened last to an order on a machine.
#[derive(Debug, Clone, Copy)]
pub(super) struct Last {
    pub machine: MachineId,
    /// The last start or finish, and the pause after it if there is one: a second pause changes nothing, nor does one of an order
    /// that is finished or was never begun.
    pub ended: At,
    pub paused: Option<At>,
    /// True for a finish.
    pub is_finished: bool,
}

impl Acts {
    /// Takes what happened to an order.
    pub(super) fn put(&mut self, order: &Arc<str>, at: At, machine: MachineId, act: OrderAct) {
        self.0.insert((Arc::clone(order), machine, at), act);
    }

    /// Forgets it.
    pub(super) fn take_back(&mut self, order: &Arc<str>, at: At, machine: MachineId) {
        self.0.remove(&(Arc::clone(order), machine, at));
    }

    /// What happened last to an order on each machine up to the instant of `span`, which ends where anything else happens to it.
    pub(super) fn last(&self, order: &Arc<str>, span: &mut Validity) -> Vec<Last> {
        let mut all = Vec::new();
        let mut next = Some(MachineId(0));
        while let Some(machine) = next.and_then(|first| self.machine_from(order, first)) {
            next = machine.0.checked_add(1).map(MachineId);
            let key = |at: At| (Arc::clone(order), machine, at);
            let after = key((span.at.plus(1), 0))..=key((Timestamp::MAX, u64::MAX));
            if let Some(((.., (at, _)), _)) = self.0.range(after).next() {
                span.period.end = span.period.end.min(*at);
            }
            let before = self.0.range(key((Timestamp::MIN, 0))..=key((span.at, u64::MAX))).rev();
            let mut paused = None;
            for ((.., at), act) in before {
                span.period.start = span.period.start.max(at.0);
                if *act == OrderAct::Pause {
                    paused = Some(*at);
                    continue;
                }
                let is_finished = *act == OrderAct::Finish;
                all.push(Last {
                    machine,
                    ended: *at,
                    paused: paused.filter(|_| !is_finished),
                    is_finished,
                });
                break;
            }
        }
        all
    }

    /// The first machine from `first` on to which anything happened with an order.
    fn machine_from(&self, order: &Arc<str>, first: MachineId) -> Option<MachineId> {
        let first = (Arc::clone(order), first, (Timestamp::MIN, 0));
        let ((of, machine, _), _) = self.0.range(first..).next()?;
        (of == order).then_some(*machine)
    }
}
