//! Pure. What the plan says of a silence, looked up once for all signals that were silent over it.

use crate::machine::split::Parts;
use crate::model::time::Period;
use crate::oee::engine::Place;
use std::cell::RefCell;
use std::rc::Rc;

/// The silences of a machine that begin at an instant.
pub(super) struct Silence<'a> {
    place: Place<'a>,
    skip: Period,
    /// Counters read together ask for the same parts, of which weeks have many.
    last: RefCell<Option<(Period, Parts)>>,
}

impl<'a> Silence<'a> {
    /// Nothing looked up yet; nothing was made in `skip`.
    pub(super) fn new(place: Place<'a>, skip: Period) -> Silence<'a> {
        Silence {
            place,
            skip,
            last: RefCell::new(None),
        }
    }

    /// The parts of a period between changes of what tallies belong to.
    pub(super) fn parts(&self, period: Period) -> Parts {
        let mut last = self.last.borrow_mut();
        if let Some((of, parts)) = &*last
            && *of == period
        {
            return Rc::clone(parts);
        }
        let parts: Parts = self.place.plan.parts(self.place.machine, period).into();
        *last = Some((period, Rc::clone(&parts)));
        parts
    }

    /// Planned milliseconds of a period, were it unknown, without those in which nothing was made.
    pub(super) fn planned_ms(&self, period: Period) -> i64 {
        let planned = |parts: &Parts| parts.iter().map(|(_, ms)| ms).sum::<i64>();
        let skipped = period.intersect(self.skip);
        let parts = self.parts(period);
        if skipped.is_empty() {
            return planned(&parts);
        }
        planned(&parts) - planned(&self.place.plan.parts(self.place.machine, skipped).into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ids::MachineId;
    use crate::model::time::Timestamp;
    use crate::oee::plan::Plan;

    #[test]
    fn signals_that_were_silent_together_share_one_look_at_the_plan() {
        let plan = Plan::default();
        let place = Place {
            machine: MachineId(0),
            plan: &plan,
        };
        let period = |start, end| Period::new(Timestamp(start), Timestamp(end));
        let silence = Silence::new(place, period(100, 130));
        let once = silence.parts(period(100, 190));
        // 90 ms, of which 30 never passed; without a calendar all time is planned.
        assert_eq!(
            (&*once, silence.planned_ms(period(100, 190))),
            (&[(Timestamp(190), 90)][..], 60)
        );
        assert!(Rc::ptr_eq(&once, &silence.parts(period(100, 190))));
        assert_eq!(*silence.parts(period(100, 150)), [(Timestamp(150), 50)]);
        assert_eq!(Silence::new(place, period(100, 100)).planned_ms(period(100, 190)), 90);
    }
}
