//! Pure. The whole journal of a machine folded again, to compare with what is stored.

use super::fold::{Fold, Inbox};
use crate::model::fact::Fact;
use crate::model::ids::MachineId;
use crate::model::tally::{SpanRow, TallyRow};
use crate::model::time::{QUARTER_MS, Timestamp};
use crate::oee::plan::Plan;
use crate::oee::rows::{Final, Rows};
use std::sync::Arc;

/// A machine being folded from its first fact on.
#[derive(Debug)]
pub struct Replay<'a> {
    plan: &'a Plan,
    fold: Fold,
    inbox: Inbox,
    rows: Rows,
}

/// The first row of which the journal and the store say different things.
#[derive(Debug, Clone, PartialEq)]
pub enum Difference {
    /// The journal gives a tally that is not stored.
    Missing(Timestamp),
    /// A tally is stored that the journal does not give.
    Extra(Timestamp),
    /// A tally belongs to something else, or covers another time.
    Key(Timestamp),
    /// A sum differs: the column, what is stored, what the journal gives.
    Sum(Timestamp, &'static str, i64, i64),
    /// A span differs from the journal's.
    Span(Timestamp),
}

impl<'a> Replay<'a> {
    /// A machine before its first fact; `None` when it was never configured.
    pub fn new(machine: MachineId, plan: &'a Plan) -> Option<Replay<'a>> {
        let fold = Fold::new(machine, plan.born(machine)?);
        Some(Replay {
            plan,
            fold,
            inbox: Inbox::default(),
            rows: Rows::default(),
        })
    }

    /// Adds facts, which must not be older than those added before.
    pub fn feed(&mut self, facts: impl Iterator<Item = Fact>) {
        facts.for_each(|fact| self.inbox.add(Arc::new(fact)));
    }

    /// Folds up to `to` and gives the rows of whole quarter hours that are final.
    pub fn advance(&mut self, to: Timestamp) -> Final {
        self.fold
            .advance(to, &mut self.inbox, self.plan, &mut self.rows, &mut Vec::new());
        self.rows
            .finish(self.fold.machine, self.fold.settled().floor(QUARTER_MS))
    }

    /// Folds up to `alive`, the last instant the agent is known to have been alive, so that every stop it had decided is
    /// decided here too; gives every row that ends at `to`, the end of the newest stored tally, at the latest.
    pub fn finish(mut self, to: Timestamp, alive: Timestamp) -> Final {
        let until = to.max(alive);
        self.fold
            .advance(until, &mut self.inbox, self.plan, &mut self.rows, &mut Vec::new());
        self.rows.finish(self.fold.machine, to)
    }
}

/// The first difference between the tallies of the journal and the stored ones, both of the same range.
pub fn first_difference(journal: &[TallyRow], stored: &[TallyRow]) -> Option<Difference> {
    let mut stored = stored.iter().peekable();
    for row in journal {
        let start = row.period.start;
        match stored.next() {
            None => return Some(Difference::Missing(start)),
            Some(other) if other.period.start < start => return Some(Difference::Extra(other.period.start)),
            Some(other) if other.period.start > start => return Some(Difference::Missing(start)),
            Some(other) if other.period != row.period || other.key != row.key => return Some(Difference::Key(start)),
            Some(other) => {
                let sums = row.tally.sums().iter().zip(other.tally.sums());
                let columns = crate::model::tally::Column::ALL.iter().zip(sums);
                if let Some(((_, name), (new, old))) = columns.into_iter().find(|(_, (new, old))| new != old) {
                    return Some(Difference::Sum(start, name, *old, *new));
                }
            }
        }
    }
    stored.next().map(|other| Difference::Extra(other.period.start))
}

/// The first span of the journal that is not stored as such.
pub fn first_span_difference(journal: &[SpanRow], stored: &[SpanRow]) -> Option<Difference> {
    let differs = journal
        .iter()
        .zip(stored)
        .find(|(new, old)| new != old)
        .map(|(new, _)| new.period.start);
    let differs = differs.or_else(|| journal.get(stored.len()).map(|new| new.period.start));
    differs.map(Difference::Span)
}
