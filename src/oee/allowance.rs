//! Pure. Excluded time that needs no shift leader: so many milliseconds of a reason in each shift, and no more.

use super::engine::Place;
use super::plan::Segment;
use crate::model::time::{Period, Timestamp};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What was taken of the allowances of the shift under way.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Allowance {
    /// When the shift began.
    pub shift: Option<Timestamp>,
    /// Milliseconds taken by each reason.
    pub taken: BTreeMap<Arc<str>, i64>,
}

impl Allowance {
    /// Takes what is left of a reason's allowance for time of the segment's shift: the first part of `wanted`, empty when
    /// nothing is left.
    pub fn take(&mut self, place: Place, segment: &Segment, reason: &Arc<str>, wanted: Period) -> Period {
        if self.shift != Some(segment.slot.shift_start) {
            self.shift = Some(segment.slot.shift_start);
            self.taken.clear();
        }
        let allowed = place
            .plan
            .reason(reason, wanted.start)
            .map_or(0, |reason| reason.allowance_ms);
        let taken = self.taken.get(reason).copied().unwrap_or(0);
        let granted = (allowed - taken).clamp(0, wanted.ms());
        if granted > 0 {
            self.taken.insert(Arc::clone(reason), taken + granted);
        }
        Period::new(wanted.start, wanted.start.plus(granted))
    }
}
