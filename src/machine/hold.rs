//! Pure. Debounce: a changed state counts only when it has held long enough, and then from its first sample on.

use super::resolve::{Pieces, Stretch};
use super::state::Said;
use crate::model::happened::{Sampled, Shown};
use crate::model::state::State;
use crate::model::time::{Period, Timestamp};
use std::collections::BTreeMap;

/// The state that counts, and a changed one that may come to count.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Hold {
    /// The state that counts, or counted before the silence under way.
    pub former: Option<State>,
    /// True while the state is known: the first one after a silence counts at once.
    pub is_known: bool,
    /// The changed state.
    pub waiting: Option<Waiting>,
}

/// A changed state that has not held long enough, with what happened in its time.
#[derive(Debug, Clone, PartialEq)]
pub struct Waiting {
    /// Its first sample.
    pub since: Timestamp,
    /// What it is.
    pub state: State,
    /// Runs of pieces with no stop between them, first and last of each.
    pub runs: Vec<(Timestamp, Timestamp)>,
    /// Samples that ended cycles.
    pub samples: Vec<(Timestamp, Sampled)>,
    /// What the counters showed.
    pub shown: Vec<(Timestamp, Shown)>,
}

impl Hold {
    /// The state that what is said stands for.
    pub fn state_of(&self, said: Said) -> State {
        match said {
            Said::State(state) => state,
            // Nothing was known before, so nothing is known now.
            Said::AsBefore => self.former.clone().unwrap_or(State::Unknown),
        }
    }

    /// Takes a stretch as the signals tell it, and gives on what is decided.
    pub fn pass(&mut self, stretch: Stretch, debounce_ms: i64, on: &mut dyn FnMut(Stretch)) {
        let start = stretch.period.start;
        let is_change = self.is_known && debounce_ms > 0 && self.former.as_ref() != Some(&stretch.state);
        if stretch.state == State::Unknown || !is_change {
            self.cut(start, on);
            self.is_known = stretch.state != State::Unknown;
            if self.is_known {
                self.former = Some(stretch.state.clone());
            }
            on(stretch);
            return;
        }
        if self
            .waiting
            .as_ref()
            .is_some_and(|waiting| waiting.state != stretch.state)
        {
            self.cut(start, on);
        }
        let waiting = self.waiting.get_or_insert_with(|| Waiting {
            since: start,
            state: stretch.state.clone(),
            runs: Vec::new(),
            samples: Vec::new(),
            shown: Vec::new(),
        });
        let end = stretch.period.end;
        waiting.add(stretch);
        if end.since(waiting.since) >= debounce_ms
            && let Some(waiting) = self.waiting.take()
        {
            self.former = Some(waiting.state.clone());
            let state = waiting.state.clone();
            waiting.give(end, &state, on);
        }
    }

    /// The changed state ends at `end` without having counted: it never happened.
    pub fn cut(&mut self, end: Timestamp, on: &mut dyn FnMut(Stretch)) {
        if let Some(waiting) = self.waiting.take() {
            let former = self.state_of(Said::AsBefore);
            waiting.give(end, &former, on);
        }
    }
}

impl Waiting {
    fn add(&mut self, stretch: Stretch) {
        let start = stretch.period.start;
        if let Some(pieces) = stretch.pieces {
            match self.runs.last_mut().filter(|_| !pieces.begins) {
                Some((_, last)) => *last = pieces.last,
                None => self.runs.push((start, pieces.last)),
            }
        }
        self.samples
            .extend(stretch.samples.into_iter().map(|sampled| (start, sampled)));
        if !stretch.shown.is_empty() {
            Shown::add(&mut self.shown, start, stretch.shown);
        }
    }

    /// Its time up to `end` as stretches of `state`, cut where a run of pieces begins or a counter showed something.
    fn give(self, end: Timestamp, state: &State, on: &mut dyn FnMut(Stretch)) {
        let runs = self.runs;
        let mut cuts: BTreeMap<Timestamp, (Vec<Sampled>, Shown)> = BTreeMap::new();
        cuts.entry(self.since).or_default();
        for (first, _) in &runs {
            cuts.entry(*first).or_default();
        }
        for (at, sampled) in self.samples {
            cuts.entry(at).or_default().0.push(sampled);
        }
        for (at, shown) in self.shown {
            cuts.entry(at).or_default().1 = shown;
        }
        let ends: Vec<Timestamp> = cuts.keys().skip(1).copied().chain([end]).collect();
        for ((start, (samples, shown)), end) in cuts.into_iter().zip(ends) {
            let begun = runs.iter().rfind(|(first, _)| *first <= start);
            let run = begun.filter(|(_, last)| *last >= start);
            on(Stretch {
                period: Period::new(start, end),
                state: state.clone(),
                // A run goes on over a cut.
                pieces: run.map(|(first, last)| Pieces {
                    begins: *first == start,
                    last: (*last).min(end),
                }),
                samples,
                shown,
            });
        }
    }
}
