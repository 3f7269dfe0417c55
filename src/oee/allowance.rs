//! Pure. Excluded time that needs no shift leader: so many milliseconds of a reason in each shift, and no more.

use super::engine::Place;
use super::plan::Segment;
use crate::model::time::{Period, Timestamp};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What was taken of the allowances of shifts that are not over. (A calendar that is changed and changed back brings a shift back.)
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Allowance {
    /// Milliseconds taken by each reason in the shift of that begin, and when the shift ends.
    pub taken: BTreeMap<(Timestamp, Arc<str>), (i64, Timestamp)>,
}

impl Allowance {
    /// Takes what is left of a reason's allowance for time of the segment's shift: the first part of `wanted`, empty when
    /// nothing is left.
    pub fn take(&mut self, place: Place, segment: &Segment, reason: &Arc<str>, wanted: Period) -> Period {
        let shift = segment.slot.shift_start;
        let allowed = place
            .plan
            .reason(reason, wanted.start)
            .map_or(0, |reason| reason.allowance_ms);
        let taken = self
            .taken
            .get(&(shift, Arc::clone(reason)))
            .map_or(0, |(taken, _)| *taken);
        let granted = (allowed - taken).clamp(0, wanted.ms());
        if granted > 0 {
            let taken = (taken + granted, segment.slot.shift_period.end);
            self.taken.insert((shift, Arc::clone(reason)), taken);
        }
        Period::new(wanted.start, wanted.start.plus(granted))
    }

    /// All time before `settled` is called: of shifts that ended by then nothing is taken any more.
    pub fn forget(&mut self, settled: Timestamp) {
        self.taken.retain(|_, (_, end)| *end > settled);
    }
}
