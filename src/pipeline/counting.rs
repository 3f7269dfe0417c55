//! Pure. What the counters of a machine counted in a period, in service or not: its history folded for that period alone.

use super::fold::{Fold, Inbox, is_applied};
use crate::model::commit::Checkpoint;
use crate::model::fact::Fact;
use crate::model::ids::MachineId;
use crate::model::state::State;
use crate::model::tally::{Column, SpanRow, Standing, TallyRow};
use crate::model::time::{Period, Timestamp};
use crate::oee::plan::Plan;
use crate::oee::rows::Rows;
use std::sync::Arc;

/// The history of a machine on its way to the end of a period.
#[derive(Debug)]
pub struct Counting<'a> {
    plan: &'a Plan,
    period: Period,
    fold: Fold,
    inbox: Inbox,
    rows: Rows,
}

impl<'a> Counting<'a> {
    /// A machine at the newest snapshot before the period, or at its birth where there is none that can be read; `None` when it
    /// was never configured.
    pub fn new(
        machine: MachineId,
        period: Period,
        snapshot: Option<&Checkpoint>,
        plan: &'a Plan,
    ) -> Option<Counting<'a>> {
        let fold = match snapshot.and_then(Fold::resume) {
            Some(fold) => fold,
            None => Fold::new(machine, plan.born(machine)?),
        };
        Some(Counting {
            plan,
            period,
            fold,
            inbox: Inbox::default(),
            rows: Rows::of_period(period),
        })
    }

    /// Adds facts with their numbers, which must not be older than those added before; false once all of the period were there.
    pub fn feed(&mut self, facts: impl Iterator<Item = (u64, Fact)>) -> bool {
        for (seq, fact) in facts {
            if fact.at >= self.period.end {
                return false;
            }
            let reached = fact.at;
            if is_applied(self.plan, seq, &fact) {
                self.inbox.add(Arc::new(fact));
            }
            self.advance(reached);
        }
        true
    }

    /// The pieces by its counters in the period; `None` where they do not tell: it has no counter, a signal was unknown in the
    /// period, or an increase of it is held that nobody decided on.
    pub fn finish(mut self) -> Option<i64> {
        self.advance(self.period.end);
        self.fold.settle_for_view(self.plan, &mut self.rows);
        let (machine, period) = (self.fold.machine, self.period);
        let done = self.rows.finish(machine, Timestamp::MAX);
        let setting = self.plan.machine(machine, period.start)?;
        let is_counted = setting.signals.iter().any(|signal| signal.role.is_counter());
        let mut flags = done.flags.iter().filter(|flag| period.contains(flag.at));
        let is_open = flags.any(|flag| flag.standing == Standing::Open);
        let pieces = |row: &TallyRow| row.tally.get(Column::Total) + row.tally.get(Column::GapTotal);
        let is_known = is_counted && !is_open && is_seen(&done.spans, period);
        is_known.then(|| done.tallies.iter().map(pieces).sum())
    }

    fn advance(&mut self, to: Timestamp) {
        self.fold
            .advance(to, &mut self.inbox, self.plan, &mut self.rows, &mut Vec::new());
    }
}

/// True when spans leave nothing of a period untold or unknown.
fn is_seen(spans: &[SpanRow], period: Period) -> bool {
    let mut told = period.start;
    for span in spans {
        if span.period.start > told || *span.state == *State::Unknown.name() {
            return false;
        }
        told = told.max(span.period.end);
    }
    told >= period.end
}
