//! Pure. The time of a fold that waits until its state is decided, on its way to the engine.

use super::fold::Fold;
use crate::machine::beat::Beat;
use crate::machine::resolve::{Demands, Resolved, Resolver, Stretch};
use crate::machine::signals::Signals;
use crate::model::happened::Sampled;
use crate::model::settings::Release;
use crate::model::state::State;
use crate::model::state_rule::StateRule;
use crate::model::time::{Period, Timestamp};
use crate::oee::book::primary;
use crate::oee::engine::{Engine, Passing, Place};
use crate::oee::plan::{Plan, Segment};
use crate::oee::rows::Rows;

impl Fold {
    /// Where the time before the position that waits begins, and from when on nothing changes how it is decided; `None` when
    /// none waits.
    pub fn waits(&self, plan: &Plan) -> Option<(Timestamp, Timestamp)> {
        let since = self.resolver.since()?;
        let segment = plan.segment(self.machine, self.position);
        let demands = segment.map_or_else(Demands::default, |segment| demands(&segment));
        Some((since, self.resolver.decided_by(self.position, demands)?))
    }

    /// The time under way whose counts a change of the plan anywhere in it may change.
    pub fn counts_by_plan(&self, plan: &Plan) -> Option<Period> {
        let segment = plan.segment(self.machine, self.position)?;
        self.signals.counts_by_plan(&segment.setting)
    }

    /// Takes the time that waits as it stands, for a look at the present that is thrown away.
    pub fn settle_for_view(&mut self, plan: &Plan, rows: &mut Rows) {
        let place = Place {
            machine: self.machine,
            plan,
        };
        let segment = self.engine.segment(place, self.position);
        self.cut(place, segment.as_deref(), rows);
        self.engine.settle_for_view(place, self.position, rows);
    }

    /// True when the state of now needs no time and no pieces to count.
    pub(super) fn counts_at_once(&self, segment: &Segment) -> bool {
        demands(segment).are_none() && self.resolver.is_settled()
    }

    /// True when what counters show is judged with its time: a changeover may wait for its release then.
    pub(super) fn is_changed_over(&self, segment: &Segment) -> bool {
        let may_be = segment.setting.release != Release::Running || self.engine.changeover.is_some();
        may_be || self.resolver.has_counts()
    }

    /// Hands the engine what is decided of the time so far.
    pub(super) fn resolve(
        &mut self,
        stretch: Stretch,
        bridged: bool,
        place: Place,
        segment: &Segment,
        rows: &mut Rows,
    ) {
        let demands = demands(segment);
        let engine = &mut self.engine;
        let bridged = bridged.then_some(stretch.period.start);
        self.resolver.pass(stretch, demands, &mut |resolved| {
            tell(engine, place, resolved, bridged, rows)
        });
    }

    /// What waits ends at the position undecided.
    pub(super) fn cut(&mut self, place: Place, segment: Option<&Segment>, rows: &mut Rows) {
        let demands = segment.map_or_else(Demands::default, demands);
        let engine = &mut self.engine;
        self.resolver.cut(self.position, demands, &mut |resolved| {
            tell(engine, place, resolved, None, rows)
        });
    }

    /// Ends whatever is under way, with the samples of the position: what follows has nothing to do with it.
    pub(super) fn interrupt(&mut self, place: Place, samples: &[Sampled], rows: &mut Rows) {
        self.cut(place, None, rows);
        self.resolver = Resolver::default();
        if let Some(segment) = self.engine.segment(place, self.position) {
            self.engine
                .take(place, &segment, self.position, samples, self.was_unknown, rows);
            for sampled in samples.iter().filter_map(|sampled| ends_cycle(sampled, &segment)) {
                self.engine.sampled(&segment, self.position, &sampled, rows);
            }
        }
        self.engine.interrupt(place, self.position, rows);
    }
}

/// What the machine's setting asks of a state before it counts.
pub(super) fn demands(segment: &Segment) -> Demands {
    let setting = &segment.setting;
    Demands {
        debounce_ms: setting.debounce_ms,
        stop_after_ms: setting
            .stop_after
            .map(|stop_after| stop_after.ms(segment.ideal_increase_ns())),
        pieces_alone: setting.state == StateRule::Count,
        has_between: matches!(setting.state, StateRule::Threshold { .. }),
    }
}

/// Where the step from `position` must end for the pieces that a state is confirmed with.
pub(super) fn beat(signals: &Signals, position: Timestamp, segment: &Segment) -> Beat {
    let stop_after_ms = demands(segment).stop_after_ms;
    let found = stop_after_ms.and_then(|stop_after_ms| Some((primary(segment)?, stop_after_ms)));
    found.map_or_else(Beat::default, |(role, stop_after_ms)| {
        signals.beat(role, position, segment.period.start, stop_after_ms)
    })
}

/// The sample when it ends a cycle: the production counter showed a piece. What the counter did beside that is told already.
pub(super) fn ends_cycle(sampled: &Sampled, segment: &Segment) -> Option<Sampled> {
    let is_cycle = sampled.whole > 0 && primary(segment) == Some(sampled.rest.role);
    is_cycle.then_some(Sampled { flag: None, ..*sampled })
}

/// Tells the engine, in steps that each lie within a segment. Time nobody saw never waits: it is `bridged` from there on, and
/// what waited before it and stays undecided is no gap.
fn tell(engine: &mut Engine, place: Place, resolved: Resolved, bridged: Option<Timestamp>, rows: &mut Rows) {
    let (period, state) = match resolved {
        Resolved::Time(period, state) => (period, state),
        Resolved::Sample(at, sampled) => {
            if let Some(segment) = engine.segment(place, at) {
                engine.sampled(&segment, at, &sampled, rows);
            }
            return;
        }
        Resolved::Samples(at, samples, unknown) => {
            if let Some(segment) = engine.segment(place, at) {
                engine.take(place, &segment, at, &samples, unknown, rows);
            }
            return;
        }
        Resolved::Moved(at, moved) => {
            engine.adjust(place, at, &moved, rows);
            return;
        }
        Resolved::Counts(at, state, counts, unknown) => {
            if let Some(segment) = engine.segment(place, at) {
                engine.enter(place, &segment, at, state);
                for counted in counts {
                    engine.count(place, &segment, at, counted, unknown, rows);
                }
            }
            return;
        }
    };
    let mut at = period.start;
    while at < period.end {
        let Some(segment) = engine.segment(place, at) else {
            return;
        };
        let state = engine.enter(place, &segment, at, state.clone());
        let released = engine.released_at(place, at).unwrap_or(period.end);
        let step = Period::new(at, period.end.min(segment.period.end).min(released));
        let passing = Passing {
            skipped: false,
            bridged: state == State::Unknown && bridged.is_some_and(|from| from <= at),
        };
        engine.step(place, &segment, step, &state, passing, rows);
        at = step.end;
    }
}
