//! Running that must show pieces, for the oracle: what is a stop between two of them, second by second.

use super::booking::primary;
use super::plan::{Moment, Place};
use super::signals::Increase;
use gemba::model::fact::Role;
use gemba::model::state::State;
use gemba::model::state_rule::StateRule;

/// Ten seconds and two polls are waited for a piece at least.
const LEAST_MS: i64 = 10_000;

/// Milliseconds without a piece from which on a machine stands; `None` where it need not show any. Where nobody wrote them they
/// are two and a half times what passes between two increases of its counter at best: one cycle, or as many as make a piece; of
/// several cavities each cycle makes some.
fn stop_after_ms(place: &Place) -> Option<i64> {
    let asked = place.machine.stop_after?;
    let shots = place.machine.signals.iter().any(|signal| signal.role == Role::Shots);
    let (pieces, counts) = place.machine.per_count;
    let cycles = match i64::from(counts) {
        counts if shots || place.nominal() > 1 || counts <= i64::from(pieces) => 1,
        counts => (1..).find(|cycles| cycles * i64::from(pieces) >= counts).unwrap_or(1),
    };
    let two_and_a_half_ms = place.cycle_ns().unwrap_or(0) * cycles * 5 / 2 / 1_000_000;
    let derived = two_and_a_half_ms.max(LEAST_MS + asked.polls_ms);
    Some(asked.written_ms.unwrap_or(derived))
}

/// Seconds at which the machine's first counter shows a piece while it is known: piece i of n lies i/n of the way.
fn shown(increases: &[Increase], moments: &[Moment]) -> Vec<usize> {
    let mut shown = Vec::new();
    for increase in increases.iter().filter(|increase| !increase.gap) {
        if Some(increase.role) == primary(&moments[0]) {
            let length = increase.at - increase.from;
            let pieces = 1..=increase.pieces as usize;
            shown.extend(pieces.map(|piece| increase.from + piece * length / increase.pieces as usize));
        }
    }
    shown.sort_unstable();
    shown
}

/// True when all pieces lie at whole seconds, so that a stop between them is one of whole seconds.
pub fn lie_at_whole_seconds(increases: &[Increase]) -> bool {
    let mut known = increases.iter().filter(|increase| !increase.gap && increase.pieces > 0);
    known.all(|increase| (increase.at - increase.from).is_multiple_of(increase.pieces as usize))
}

/// Takes back running that shows no piece: from the last one on, or from where it began, it stands. Where nothing but pieces tells
/// the state, time in which none came, and which ended too early to be a stop, is what was last known of the machine.
pub fn confirm(states: &mut [State], skipped: &[bool], increases: &[Increase], moments: &[Moment]) {
    let shown = shown(increases, moments);
    let alone = moments[0].place.machine.state == StateRule::Count;
    let mut known = State::Unknown;
    let mut second = 0;
    while second < states.len() {
        let run = states[second..].iter().take_while(|state| **state == State::Running);
        let end = second + run.count();
        // One that ends the run proves it too, unless nobody knows whether time passed.
        let ends = end < states.len() && !skipped[end];
        let lies_in = |at: &usize| (second..end).contains(at) || ends && *at == end;
        let (mut from, mut made) = (second, false);
        let pieces = shown.iter().copied().filter(lies_in).map(|at| (at, true));
        for (to, is_piece) in pieces.chain([(end, false)]) {
            let stands = |ms| (to - from) as i64 * 1_000 >= ms;
            if stop_after_ms(&moments[from].place).is_some_and(stands) {
                states[from..to].fill(State::Stopped);
                known = State::Stopped;
            } else if alone && !made && !is_piece {
                states[from..to].fill(known.clone());
            }
            if is_piece {
                (known, made) = (State::Running, true);
            }
            from = to;
        }
        second = end.max(second + 1);
    }
}
