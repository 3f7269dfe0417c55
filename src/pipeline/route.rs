//! Pure. Where a fact goes in a machine: into its live fold, or into its past, which is then worked out again.

use super::machine::Machine;
use crate::model::entry::Says;
use crate::model::fact::{Body, Fact};
use crate::model::time::Timestamp;
use crate::oee::plan::Plan;
use std::sync::Arc;

/// Gives a fact to the fold of a machine it concerns, or has the machine's past worked out again.
pub fn route(machine: &mut Machine, fact: &Arc<Fact>, number: u64, plan: &Plan) {
    let id = machine.fold.machine;
    let at = fact.at.max(plan.born(id).unwrap_or(fact.at));
    let (streams, reached, until) = match &fact.body {
        Body::Signal(_) | Body::Started(_) | Body::Clock(_) => (true, machine.fold.position, at),
        // The live fold has facts ahead that were given up: only the journal knows the present now.
        Body::Loss(_) => (true, Timestamp::MAX, Timestamp::MAX),
        Body::Entry(entry) => match &entry.says {
            Says::Scrap { .. } => (true, machine.fold.position, at),
            // A stop that waits takes its reason when it is decided.
            Says::Reason { anchor, .. } => (false, machine.fold.settled(), *anchor),
            Says::Product { .. } => (
                false,
                machine.fold.position,
                plan.next_product(id, at).unwrap_or(Timestamp::MAX),
            ),
        },
        Body::Values(_) | Body::Setting(_) | Body::Import(_) => return,
    };
    if at < reached {
        machine.remember(number, fact);
        machine.soil(at, until, number);
        return;
    }
    if streams {
        machine.remember(number, fact);
        machine.inbox.add(Arc::clone(fact));
    }
    if !streams && machine.restate.is_some() {
        machine.soil(at, until, number);
    }
}
