//! Pure. The interval under way before a sample, and where in it the counts lie that the sample shows.

use super::counter::Counter;
use super::split::Split;
use crate::model::happened::Remark;
use crate::model::time::Period;

/// The interval under way and its `n` counts: count i lies where i/n of the weight has passed; those of a silence as its [`Split`]
/// says.
///
/// Counts of a silence are split over its planned time (over all of it where none is planned), also where another source told
/// that the machine ran: how long in all is known only at the end, and the first counts are booked before. All of it is unknown
/// time, so no ratio of known time depends on the split: it says which shift and order have the counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// The interval.
    pub period: Period,
    /// True when the signal was silent over it.
    pub gap: bool,
    /// True when its counts were made in a silence: over it, or before it.
    pub gap_counts: bool,
    /// Counts in all.
    pub n: i64,
    /// Counts booked so far.
    pub done: i64,
    /// Weight in all, in milliseconds; at least 1.
    pub weight: i64,
    /// Weight that has passed.
    pub passed: i64,
    /// True when only planned time weighs: in a silence with any, so that a night's pieces fall into no break.
    pub planned_only: bool,
    /// What the counter does beside counting.
    pub flag: Option<Remark>,
    /// The counter as of the interval's end.
    pub counter: Counter,
    /// What is left then of counts that make no whole piece.
    pub rest: i64,
}

impl Head {
    /// The counts that fall into a step of the interval; `lead` is the interval of the machine's first counter.
    pub fn pass(&mut self, step: Period, planned: bool, lead: Option<Head>, split: &Split) -> i64 {
        if planned || !self.planned_only {
            self.passed += step.ms();
        }
        let (n, passed, weight) = (i128::from(self.n), i128::from(self.passed), i128::from(self.weight));
        // Counts up to this instant.
        let lead = lead.filter(|lead| self.follows(lead));
        let due = match lead {
            // What a snapshot of an engine that split them otherwise has booked stays booked.
            _ if self.gap => {
                let due = split.due(step.start, lead.map_or(self.passed, |lead| lead.done));
                i128::from(due.max(self.done.min(self.n)))
            }
            Some(lead) => (n * i128::from(lead.done)).div_euclid(i128::from(lead.n)),
            // The last count falls on the sample itself.
            None => -(-n * passed).div_euclid(weight) - 1,
        };
        let due = i64::try_from(due).unwrap_or(self.n).clamp(self.n.min(0), self.n.max(0));
        let pieces = due - self.done;
        self.done = due;
        pieces
    }

    /// True when its counts are those of a silence, which are shared out among its parts.
    pub fn shares_out(&self) -> bool {
        self.gap && self.n != 0
    }

    /// True when its counts come in step with those of the interval of the machine's first counter.
    pub fn follows(&self, lead: &Head) -> bool {
        lead.period == self.period && lead.gap == self.gap && lead.n > 0
    }
}
