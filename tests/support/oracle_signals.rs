//! Signals second by second: what is known, the state, and every single piece at the second it was made in.
#![allow(clippy::unwrap_used, reason = "a test double may fail its test")]
#![allow(clippy::wildcard_enum_match_arm, reason = "it names only the facts it looks for")]

use super::History;
use super::pieces;
use super::plan::Moment;
use super::spread::spread;
use super::words;
use gemba::model::fact::{Body, Role};
use gemba::model::reading::Value;
use gemba::model::settings::{MachineSetting, Resets, SignalSetting};
use gemba::model::state::State;
use gemba::model::state_rule::StateRule;
use gemba::model::tally::{Flag, FlagKind, Standing};
use std::collections::BTreeSet;

/// One piece of one counter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Piece {
    pub role: Role,
    /// The second it is booked in.
    pub second: usize,
    /// True when nobody knows what the machine did when it was made.
    pub gap: bool,
    /// True for the last one of an increase, booked on the sample itself and judged by the time that it ends.
    pub on_sample: bool,
}

/// One increase of one counter, as its samples show it.
pub struct Increase {
    pub role: Role,
    pub from: usize,
    pub at: usize,
    pub pieces: i64,
    /// The counter was silent in between.
    pub gap: bool,
    /// The counter went on, or over its modulus, but did not begin again.
    pub in_order: bool,
}

/// All signals of the machine.
pub struct Signals {
    /// Unknown unless every signal is known.
    pub states: Vec<State>,
    /// Seconds of which the signals tell nothing.
    pub unseen: Vec<bool>,
    pub skipped: Vec<bool>,
    pub increases: Vec<Increase>,
    /// Of each counter, the seconds over which it is known.
    pub heard: Vec<(Role, Vec<bool>)>,
    pub pieces: Vec<Piece>,
    /// Every watt hour that the meter shows.
    pub energy: Vec<Piece>,
    /// The seconds whose energy it told.
    pub metered: Vec<bool>,
    pub flags: Vec<Flag>,
    /// Seconds at which a changeover that waits for its release began.
    pub changeovers: BTreeSet<usize>,
}

struct Sample {
    from: usize,
    at: usize,
    value: i128,
}

/// One signal.
struct Track {
    values: Vec<Option<i128>>,
    increases: Vec<Increase>,
}

pub fn signals(history: &History, moments: &[Moment]) -> Signals {
    let machine = &moments[0].place.machine;
    let skipped = skipped(history);
    // Where nothing but pieces tells the state, a machine runs until it is seen that none come.
    let untold = (machine.state == StateRule::Count).then_some(State::Running);
    let mut states = vec![untold; history.seconds];
    let mut unknown = skipped[..history.seconds].to_vec();
    let mut increases = Vec::new();
    let mut heard = Vec::new();
    let mut flags = Vec::new();
    let mut meter = Track {
        values: vec![None; history.seconds],
        increases: Vec::new(),
    };
    for signal in &machine.signals {
        let track = track(history, signal, moments, &mut flags);
        if signal.role == Role::Energy {
            meter = track;
            continue;
        }
        for (second, value) in track.values.iter().enumerate() {
            match value {
                None => unknown[second] = true,
                Some(value) if !signal.role.is_counter() => {
                    states[second] = Some(meaning(machine, signal.role, *value))
                }
                Some(_) => {}
            }
        }
        increases.extend(track.increases);
        if signal.role.is_counter() {
            heard.push((signal.role, track.values.iter().map(Option::is_some).collect()));
        }
    }
    let states: Vec<State> = states
        .into_iter()
        .zip(unknown)
        .map(|(state, unknown)| state.filter(|_| !unknown).unwrap_or(State::Unknown))
        .collect();
    let mut states = debounced(states, machine.debounce_ms as usize / 1000);
    let seen = states.clone();
    pieces::confirm(&mut states, &skipped, &increases, moments);
    let mut spread_out = Vec::new();
    for increase in &increases {
        let mut others = increases.iter().filter(|other| other.role < increase.role);
        let lead = others.find(|other| (other.from, other.at, other.gap) == (increase.from, increase.at, increase.gap));
        spread(increase, lead, moments, &skipped, &seen, &mut spread_out);
    }
    let mut energy = Vec::new();
    for increase in &meter.increases {
        spread(increase, None, moments, &skipped, &seen, &mut energy);
    }
    // Where it was read, and between two readings of which the later one goes on from the earlier, however far apart.
    let mut metered: Vec<bool> = meter.values.iter().map(Option::is_some).collect();
    for increase in &meter.increases {
        let end = increase.at.min(history.seconds);
        metered[increase.from.min(end)..end].fill(increase.in_order);
    }
    flags.retain(|flag| flag.at < history.end());
    Signals {
        states,
        unseen: seen.iter().map(|state| *state == State::Unknown).collect(),
        skipped,
        increases,
        heard,
        pieces: spread_out,
        energy,
        metered,
        flags,
        changeovers: BTreeSet::new(),
    }
}

fn meaning(machine: &MachineSetting, role: Role, code: i128) -> State {
    match (role, code) {
        (Role::Run, 1) => State::Running,
        (Role::Run, 0) => State::Stopped,
        (Role::Run, _) => State::Unknown,
        (_, code) => machine
            .state_map
            .get(code.to_string().as_str())
            .cloned()
            .unwrap_or(State::Unknown),
    }
}

/// Every stretch of one state that is shorter than `shortest` becomes what was before it; the first known one after a silence
/// stands, and so does none that the end cuts short.
fn debounced(mut states: Vec<State>, shortest: usize) -> Vec<State> {
    let mut second = 0;
    while second < states.len() {
        let state = states[second].clone();
        let length = states[second..].iter().take_while(|other| **other == state).count();
        let before = second.checked_sub(1).map(|before| states[before].clone());
        match before {
            Some(before) if state != State::Unknown && before != State::Unknown && length < shortest => {
                states[second..second + length].fill(before);
            }
            Some(_) | None => {}
        }
        second += length;
    }
    states
}

fn skipped(history: &History) -> Vec<bool> {
    let mut skipped = vec![false; history.horizon()];
    for fact in &history.facts {
        if let Body::Clock(clock) = &fact.body {
            let until = history.second(clock.until).min(history.horizon());
            skipped[history.second(fact.at).min(until)..until].fill(true);
        }
    }
    skipped
}

/// Instants from which nothing is known of the signal: it fell silent, or the agent was away, lost facts, or changed its clock.
fn losses(history: &History, role: Role) -> Vec<usize> {
    let lost = history.facts.iter().filter(|fact| match &fact.body {
        Body::Signal(signal) => signal.role == role && signal.value.is_none(),
        Body::Started(_) | Body::Clock(_) | Body::Loss(_) => true,
        _ => false,
    });
    lost.map(|fact| history.second(fact.at)).collect()
}

fn samples(history: &History, role: Role) -> Vec<Sample> {
    let mut samples: Vec<Sample> = Vec::new();
    for fact in &history.facts {
        if let Body::Signal(signal) = &fact.body
            && let (true, Some(Value::Int(value))) = (signal.role == role, &signal.value)
        {
            let (from, at) = (history.second(fact.at), history.second(signal.taken_at));
            samples.push(Sample {
                from,
                at,
                value: *value,
            });
        }
    }
    samples.sort_by_key(|sample| sample.at);
    samples
}

fn track(history: &History, setting: &SignalSetting, moments: &[Moment], flags: &mut Vec<Flag>) -> Track {
    let mut values = vec![None; history.seconds];
    let mut increases = Vec::new();
    let mut counted = 0;
    let losses = losses(history, setting.role);
    let samples = samples(history, setting.role);
    for (place, sample) in samples.iter().enumerate() {
        let before = place.checked_sub(1).map(|place| &samples[place]);
        let lost = losses
            .iter()
            .copied()
            .filter(|loss| before.is_none_or(|before| before.at <= *loss) && *loss <= sample.from)
            .min();
        let silent = (sample.at - sample.from) as i64 * 1000 > setting.limit_ms;
        let gap = before.is_none() || lost.is_some() || silent;
        if gap {
            let from = lost.unwrap_or(sample.from).min(history.seconds);
            values[from..sample.at.clamp(from, history.seconds)].fill(None);
        }
        let until = samples
            .get(place + 1)
            .map_or(history.seconds, |next| next.at.min(history.seconds));
        values[sample.at.min(until)..until].fill(Some(sample.value));
        if let (Some(before), true) = (before, setting.role.is_cumulative()) {
            let again = gap && begins_again(history, setting, moments, sample);
            let (pieces, flag) = difference(setting, before, sample, moments, again);
            if let Some(what) = flag {
                let of_count = match setting.role {
                    Role::Shots => moments[sample.at].place.cavities(),
                    _ => 1,
                };
                flags.push(Flag {
                    machine: super::MACHINE,
                    at: history.instant(sample.at),
                    role: setting.role.name().into(),
                    what,
                    amount: of_count * made(setting.role, moments, 0, pieces),
                    standing: Standing::Noted,
                    author: "".into(),
                });
            }
            increases.push(Increase {
                role: setting.role,
                from: sample.from,
                at: sample.at,
                pieces: made(setting.role, moments, counted, counted + pieces),
                gap,
                in_order: flag != Some(FlagKind::Reset),
            });
            counted += pieces;
        }
    }
    let last = samples.last().map_or(0, |sample| sample.at);
    if let Some(loss) = losses.iter().copied().filter(|loss| *loss >= last).min() {
        values[loss.min(history.seconds)..].fill(None);
    }
    Track { values, increases }
}

/// Whole pieces made from one number of counts to another; a shot is a shot, and a count of the meter 0.4 Wh.
fn made(role: Role, moments: &[Moment], from: i64, to: i64) -> i64 {
    let (pieces, counts) = match role {
        Role::Shots => (1, 1),
        Role::Energy => (2, 5),
        _ => moments[0].place.machine.per_count,
    };
    let whole = |counted: i64| counted * i64::from(pieces) / i64::from(counts);
    whole(to) - whole(from)
}

/// True when what makes the counter begin again, as was declared, lies in the time before the sample.
fn begins_again(history: &History, setting: &SignalSetting, moments: &[Moment], sample: &Sample) -> bool {
    let seconds = sample.from..sample.at;
    let begins = |shift_start: i64| {
        let since = shift_start * 1000 - history.start.0;
        (seconds.start as i64 * 1000..seconds.end as i64 * 1000).contains(&since)
    };
    let mut days = moments[seconds.clone()].iter().map(|moment| &moment.day);
    match setting.counter.map(|counter| counter.resets) {
        Some(Resets::Power) => true,
        Some(Resets::Shift) => days.any(|day| !day.shift.is_empty() && begins(day.shift_start)),
        Some(Resets::Order) => words::orders_change(history, &words::words(history), &seconds),
        Some(Resets::Undeclared | Resets::Never | Resets::Preset(_)) | None => false,
    }
}

/// More: the difference; a lower bound where the counter was to begin `again` meanwhile and can have made all of it since. Less: over the modulus when that many can have been made unseen, else the counter began again.
fn difference(
    setting: &SignalSetting,
    before: &Sample,
    sample: &Sample,
    moments: &[Moment],
    again: bool,
) -> (i64, Option<FlagKind>) {
    let (old, new) = (before.value, sample.value);
    if setting.role == Role::Energy && new < old {
        // It never begins again, and no silence is long enough for a whole turn.
        return ((new - old) as i64 + (1 << 32), Some(FlagKind::RollOver));
    }
    let place = &moments[sample.from].place;
    let cycle = if setting.role == Role::Shots {
        1
    } else {
        place.nominal()
    };
    // Counts of a device that copies its counter now and then come in bursts of at most ten seconds.
    let unseen_s = (sample.at - sample.from).max(10) as i64;
    let possible = place.machine.max_rate_milli_per_min * unseen_s / 60_000 + cycle;
    if new >= old {
        let is_bound = again && new <= i128::from(possible);
        return ((new - old) as i64, is_bound.then_some(FlagKind::Reset));
    }
    let modulus = setting.counter.and_then(|counter| counter.modulus);
    match modulus.map(|modulus| (modulus - old + new) as i64) {
        Some(over) if over <= possible => (over, Some(FlagKind::RollOver)),
        _ => (new as i64, Some(FlagKind::Reset)),
    }
}
