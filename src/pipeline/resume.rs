//! Pure. A machine at the start of a run: its newest snapshot, folded on to the end of what is sealed.

use super::fold::{Fold, Inbox, Passed, is_applied};
use super::machine::Machine;
use crate::model::commit::Checkpoint;
use crate::model::fact::Fact;
use crate::model::ids::MachineId;
use crate::model::settings::Setting;
use crate::model::time::Timestamp;
use crate::oee::plan::Plan;
use crate::oee::rows::Rows;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Snapshots passed on the way that are kept: two days of quarter hours, as many as the store keeps.
const MOST_PASSED: usize = 192;

/// A machine on its way to where the last run had sealed it. What was sealed is worked out again for what follows from it
/// and told to nobody: only a fact changes the past, never a start.
#[derive(Debug)]
pub struct Resumed {
    fold: Fold,
    inbox: Inbox,
    rows: Rows,
    passed: Vec<Passed>,
    sealed: Option<Timestamp>,
    from: Timestamp,
}

/// The machines a run begins with: those configured, those that were until now, and those whose past is unfinished.
pub fn wanted(
    plan: &Plan,
    settings: &[Setting],
    restating: &[(MachineId, Timestamp)],
    now: Timestamp,
) -> BTreeSet<MachineId> {
    let before = plan.in_force(now);
    let configured = settings.iter().chain(&before).filter_map(machine_of);
    configured.chain(restating.iter().map(|(id, _)| *id)).collect()
}

/// The machine a setting is about, when it is about one.
pub fn machine_of(setting: &Setting) -> Option<MachineId> {
    match setting {
        Setting::Machine(id, _) => Some(*id),
        Setting::Site(_)
        | Setting::Product(..)
        | Setting::Reason(..)
        | Setting::Standard(..)
        | Setting::Order(..)
        | Setting::Line(..)
        | Setting::Calendar(_)
        | Setting::Policy(_)
        | Setting::Target(_)
        | Setting::Removed(..) => None,
    }
}

impl Resumed {
    /// A machine at its newest snapshot, or at its birth where that cannot be read; `sealed` is the end of its newest tally.
    /// `None` when it was never configured.
    pub fn new(
        machine: MachineId,
        checkpoint: Option<&Checkpoint>,
        sealed: Option<Timestamp>,
        plan: &Plan,
    ) -> Option<Resumed> {
        let resumed = checkpoint.and_then(|checkpoint| Some((checkpoint.at, Fold::resume(checkpoint)?)));
        let born = plan.born(machine)?;
        let (from, fold) = resumed.unwrap_or_else(|| (Timestamp::MIN, Fold::new(machine, born)));
        Some(Resumed {
            from,
            // All before the snapshot is on disk.
            rows: Rows::since(fold.position),
            fold,
            inbox: Inbox::default(),
            passed: Vec::new(),
            sealed,
        })
    }

    /// From here on its facts are needed.
    pub fn from(&self) -> Timestamp {
        self.from
    }

    /// Takes a page of its facts, none older than those before, and folds as far as they allow.
    pub fn feed(&mut self, facts: impl Iterator<Item = (u64, Fact)>, last: bool, plan: &Plan) {
        let mut known = if last { Timestamp::MAX } else { Timestamp::MIN };
        for (seq, fact) in facts {
            known = known.max(fact.at);
            if is_applied(plan, seq, &fact) {
                self.inbox.add(Arc::new(fact));
            }
        }
        let Some(sealed) = self.sealed else { return };
        self.fold.advance(
            sealed.min(known),
            &mut self.inbox,
            plan,
            &mut self.rows,
            &mut self.passed,
        );
        self.rows.finish(self.fold.machine, sealed.min(self.fold.settled()));
        let old = self.passed.len().saturating_sub(MOST_PASSED);
        self.passed.drain(..old);
    }

    /// The machine, once all its facts are in.
    pub fn into_machine(self) -> Machine {
        let sealed = self.sealed.unwrap_or(self.fold.position);
        Machine {
            inbox: self.inbox,
            rows: self.rows,
            sealed_until: sealed,
            passed: self.passed,
            ..Machine::new(self.fold)
        }
    }
}
