//! Pure. What is wrong with the agent and the plant's signals, as sentences an operator can act on.

use super::health::{Health, SinkHealth, SourceHealth, Status, StoreHealth};
use super::kpis;
use super::stamp;
use super::wall::STALE_MS;
use crate::model::fact::Role;
use crate::model::live::{MachineLive, PlantLive, SignalLive, StoodCounting};
use crate::model::reading::{Quality, Value};
use crate::model::settings::RejectSource;
use crate::model::state::State;
use crate::model::tally::Column;
use crate::model::time::{MINUTE_MS, Timestamp};

/// A note this old is over: what goes on is told at least once a minute, and a dead unit is tried every ten seconds.
const RECENT_MS: i64 = 2 * MINUTE_MS;

/// From here on a database is told to fill up: with 400 days to fill it, a fifth is weeks to act in.
const FULL_PERCENT: u64 = 80;

/// Performance above this is a wrong ideal cycle or mapping and no good day: the ideal cycle is the best there is.
const TOO_FAST: f64 = 1.2;

/// Run time below this tells nothing: one piece of the time before is a large part of it.
const EARLY_MS: i64 = 10 * MINUTE_MS;

/// The worst of what is wrong, and each thing in one sentence, worst first. What is left to be done once, and may be left so on
/// purpose, is told last and is no trouble.
pub(super) fn all(health: &Health, live: &PlantLive, now: Timestamp) -> (Status, Vec<String>) {
    let failing = failing(health, live, now);
    let degraded = degraded(health, live, now);
    let left = live.machines.iter().filter_map(lacks_rejects).chain(late_entries(live));
    let status = match (failing.is_empty(), degraded.is_empty()) {
        (false, _) => Status::Failing,
        (true, false) => Status::Degraded,
        (true, true) => Status::Ok,
    };
    (status, failing.into_iter().chain(degraded).chain(left).collect())
}

/// Which signals of a machine are not good or say what nobody knows, why, and what to do; `None` when all are good.
pub fn trouble(machine: &MachineLive) -> Option<String> {
    let mut causes: Vec<(&str, Vec<&str>)> = Vec::new();
    for signal in not_good(machine) {
        let cause = cause(signal);
        match causes.iter_mut().find(|(known, _)| *known == cause) {
            Some((_, roles)) => roles.push(signal.role.name()),
            None => causes.push((cause, vec![signal.role.name()])),
        }
    }
    let texts: Vec<String> = causes
        .iter()
        .map(|(cause, roles)| format!("{} not good ({cause})", roles.join(", ")))
        .collect();
    if texts.is_empty() {
        return unmapped(machine);
    }
    Some(texts.join("; "))
}

/// What of a machine's counts is held, why, and what to do; `None` when nothing is.
pub fn held(machine: &MachineLive) -> Option<String> {
    let (pieces, holds) = (machine.held, machine.holds);
    match pieces {
        _ if holds == 0 => None,
        0 => Some(format!(
            "a counter showed less than before, and nobody can tell what was made between ({holds} readings \
             held): compare signals[].value with the PLC; if the counter begins again write `resets` at its point, if it goes \
             over its greatest value write its bits or digits; then say with an entry of kind `held` that it was seen"
        )),
        _ => Some(format!(
            "{pieces} pieces are held because nobody can believe the counter's increase: compare signals[].value with the PLC; \
             if it is absurd try another `order`; if the machine is that fast raise max_rate_per_min; then say with an entry of \
             kind `held` whether they were made"
        )),
    }
}

/// That every signal is good and still nobody knows the state: a code that is in no map, or a value that tells none. A machine
/// that is still worked out may be shown as it was when nobody heard it.
fn unmapped(machine: &MachineLive) -> Option<String> {
    if *machine.state != *State::Unknown.name() || machine.recomputing {
        return None;
    }
    let state = |signal: &&SignalLive| !signal.role.is_cumulative() && signal.value.is_some();
    let signal = machine.signals.iter().find(state)?;
    let said = match signal.value.as_ref()? {
        Value::Bool(bit) => bit.to_string(),
        Value::Int(number) => number.to_string(),
        Value::Float(number) => number.to_string(),
        Value::Text(text) => text.to_string(),
    };
    Some(match signal.role {
        Role::Run => format!("run says {said}, which is neither 0 nor 1: write a state with a map instead"),
        Role::Input(_) => format!(
            "{} says {said}, and no state follows from that: a measured value between `on` and `off` tells nothing before it \
             was outside, and a bit is 0 or 1",
            signal.role.name()
        ),
        Role::State | Role::Shots | Role::Total | Role::Good | Role::Reject | Role::Energy | Role::CycleTime => {
            format!("state says {said}, which is not in its map: add it, or look at the device")
        }
    })
}

/// The signals of a machine that are not good.
pub(super) fn not_good(machine: &MachineLive) -> impl Iterator<Item = &SignalLive> {
    machine.signals.iter().filter(|signal| signal.quality != Quality::Good)
}

fn failing(health: &Health, live: &PlantLive, now: Timestamp) -> Vec<String> {
    let mut found = Vec::new();
    let age_ms = now.since(live.at);
    if age_ms > STALE_MS {
        found.push(format!(
            "The numbers are {} s old: the agent no longer works them out. Keep its log and start it again.",
            age_ms / 1_000
        ));
    }
    if !health.store.ok {
        found.push(format!(
            "Nothing is written to disk: {}. {} facts wait in memory.",
            sentence(&health.store.why, "the store gives no reason"),
            waiting(health, live)
        ));
    }
    if let Some(free) = health.store.free_bytes {
        found.push(format!(
            "The disk of the data folder is full: {} MB are left. Free space; when none is left, facts wait in memory.",
            free / 1_000_000
        ));
    }
    let lost = health.store.lost_facts.max(live.lost_facts);
    if lost > 0 {
        found.push(format!(
            "{lost} facts were given up since the start because nothing could be written to disk: what they said is \
             missing from the numbers of that time."
        ));
    }
    for sink in health.sinks.iter().filter(|sink| sink.lost > 0) {
        found.push(format!(
            "Sink {} never gets {} bookings: they were gone from the disk before it had confirmed them. What they say is \
             missing there; the log and quarantine/ in the data folder say more.",
            sink.name, sink.lost
        ));
    }
    found
}

fn degraded(health: &Health, live: &PlantLive, now: Timestamp) -> Vec<String> {
    let mut found: Vec<String> = health
        .sources
        .iter()
        .flat_map(|source| self::source(source, now))
        .collect();
    if !health.clock.ok {
        found.push(ended(sentence(
            &health.clock.what,
            "The clock of this computer cannot be trusted",
        )));
    }
    found.extend(disk(&health.store));
    for sink in &health.sinks {
        found.extend(self::sink(sink));
    }
    if live.too_late_facts > 0 {
        found.push(format!(
            "{} facts came later than they may; they are kept, but not in the numbers. Look at the clock and the buffer \
             of the device that sent them.",
            live.too_late_facts
        ));
    }
    for machine in &live.machines {
        found.extend(self::machine(machine));
    }
    found
}

/// Entries that a person decides on: the numbers are as they were when the period was locked, so that it is no trouble.
fn late_entries(live: &PlantLive) -> Option<String> {
    (live.late_entries > 0).then(|| {
        format!(
            "{} entries were made after their period was locked; they are kept, but not in the numbers. An admin accepts them, or they \
             are taken back: GET /api/v1/late has them.",
            live.late_entries
        )
    })
}

fn waiting(health: &Health, live: &PlantLive) -> u64 {
    let live = u64::try_from(live.waiting_facts).unwrap_or(u64::MAX);
    health.store.waiting_facts.max(live)
}

/// That it is down, or what goes on at one that is up. (One that is down explains what else happens there.)
fn source(source: &SourceHealth, now: Timestamp) -> Vec<String> {
    let name = &source.name;
    if !source.up {
        let why = sentence(&source.why, "it has not answered yet");
        let text = match source.since.and_then(stamp::text) {
            Some(since) => format!("Source {name} is down since {since}: {why}"),
            None => format!("Source {name} is not up yet: {why}"),
        };
        return vec![ended(text)];
    }
    let recent = source.notes.iter().filter(|note| now.since(note.last_at) < RECENT_MS);
    recent
        .map(|note| {
            ended(format!(
                "Source {name}, {}: {}",
                note.about,
                sentence(&note.what, "something is odd")
            ))
        })
        .collect()
}

fn disk(store: &StoreHealth) -> Option<String> {
    let full = store.max_mb > 0 && store.used_mb.saturating_mul(100) >= store.max_mb.saturating_mul(FULL_PERCENT);
    full.then(|| {
        format!(
            "The database takes {} of {} MB; when it is full nothing more is written. Raise [store] max_disk_mb: facts are \
             not pruned yet.",
            store.used_mb, store.max_mb
        )
    })
}

fn sink(sink: &SinkHealth) -> Vec<String> {
    let mut found = Vec::new();
    if !sink.up {
        let why = ended(sentence(&sink.why, "it has not answered yet"));
        found.push(format!(
            "Sink {} does not take bookings: {why} {} wait on disk{}.{}",
            sink.name,
            sink.backlog,
            if sink.lost == 0 { ", none is lost" } else { "" },
            if sink.act {
                " Somebody must act: it does not pass by itself."
            } else {
                ""
            }
        ));
    }
    if sink.quarantined > 0 {
        found.push(format!(
            "Sink {} refused {} bookings for good; they are in quarantine. The log says why.",
            sink.name, sink.quarantined
        ));
    }
    found
}

fn machine(machine: &MachineLive) -> Vec<String> {
    let bad = trouble(machine).map(|bad| format!("Machine {}: {bad}.", machine.id));
    let mut found = Vec::from_iter(bad);
    let others = [
        held(machine),
        too_fast(machine),
        too_bad(machine),
        stood(machine),
        waits(machine),
    ];
    found.extend(
        others
            .into_iter()
            .flatten()
            .map(|what| format!("Machine {}: {what}.", machine.id)),
    );
    found
}

/// That pieces come faster than the machine can make them.
fn too_fast(machine: &MachineLive) -> Option<String> {
    let performance = kpis::first_of(machine).effectiveness?;
    (timed_ms(machine) >= EARLY_MS && performance > TOO_FAST).then(|| {
        format!(
            "performance is {:.0} %: pieces come faster than ideal_cycle_s says; correct ideal_cycle_s, cavities, or the \
             counter's mapping",
            performance * 100.0
        )
    })
}

/// That more rejects, or good pieces, are known than pieces. A counter of rejects that lags behind is waited for, an entry is not.
fn too_bad(machine: &MachineLive) -> Option<String> {
    let get = |column| machine.tally.get(column);
    let made = get(Column::Total) + get(Column::GapTotal);
    let bad = get(Column::Reject) + get(Column::GapReject) + get(Column::Rework);
    let good = get(Column::Good) + get(Column::GapGood);
    let excess = get(Column::ExcessReject).max(bad - made);
    if machine.reject_source == RejectSource::None || excess <= 0 {
        return None;
    }
    let what = match (bad > made, good > made) {
        (true, _) => format!("more rejects ({bad}) than pieces ({made})"),
        (false, true) => format!("more good pieces ({good}) than pieces in all ({made})"),
        (false, false) => format!("more rejects than pieces of a product ({excess} too many)"),
    };
    let when = within(machine);
    let cause = if get(Column::ManualReject) + get(Column::ScanReject) > 0 {
        "an entry of scrap is wrong; take it back with the same number below zero"
    } else if timed_ms(machine) >= EARLY_MS {
        "the counters of `count` do not fit together; compare signals[].value with the PLC, and correct their points"
    } else {
        return None;
    };
    Some(format!("{what} {when}: {cause}"))
}

/// That pieces come while the state says that the machine stands.
fn stood(machine: &MachineLive) -> Option<String> {
    let StoodCounting { ms, pieces } = machine.stood;
    (pieces > 0).then(|| {
        let when = within(machine);
        format!(
            "{pieces} pieces came {when} in {} minutes in which its state says that it stands: availability is too low and \
             performance too high; see whether the state's signal hangs, correct its map, or take the state from the counter \
             (from_count)",
            ms / MINUTE_MS
        )
    })
}

/// That nobody put the machine in service yet.
fn waits(machine: &MachineLive) -> Option<String> {
    (!machine.in_service).then(|| {
        format!(
            "it is in commissioning: it is shown, but in no number and never forwarded; when its signals and counts are right, \
             put it in service: gemba commission {} --by NAME",
            machine.id
        )
    })
}

/// That a machine in service stays on the list of commissioning since nobody counts its rejects.
fn lacks_rejects(machine: &MachineLive) -> Option<String> {
    (machine.in_service && !machine.reject_source.is_known()).then(|| {
        format!(
            "Machine {}: it stays in commissioning: nobody counts its rejects (reject_source = \"none\"), so its quality and OEE \
             are not known, and its tile shows availability and performance alone; connect a counter of rejects, or of good \
             pieces, in `count`, or write reject_source = \"manual\" and have people enter scrap.",
            machine.id
        )
    })
}

/// The time that the numbers of a machine are of.
fn within(machine: &MachineLive) -> &'static str {
    match machine.shift {
        Some(_) => "in this shift",
        None => "on this production day",
    }
}

/// Run time that has an ideal cycle.
fn timed_ms(machine: &MachineLive) -> i64 {
    machine.tally.get(Column::AptMs) - machine.tally.get(Column::NoStandardMs)
}

fn cause(signal: &SignalLive) -> &'static str {
    match signal.quality {
        Quality::Good => "good",
        Quality::UncertainClock => "counted, but the clock was not trusted when it was read",
        Quality::OutOfRange => {
            "the value is outside what its point declares: look at the sensor, or at type and range of the point"
        }
        Quality::Stale if signal.confirmed.is_none() => "nothing heard yet: is the device on, and does it send?",
        Quality::Stale => "silent for longer than its limit: is the device on, and does it send?",
        Quality::BadComm => "the device does not answer as it should: see what is said of its source",
        Quality::BadConfig => {
            "the device has no such address or the message no such value: compare the point with what the device has"
        }
    }
}

/// `text` as a whole sentence.
fn ended(text: String) -> String {
    if text.ends_with(['.', '?', '!']) {
        text
    } else {
        text + "."
    }
}

/// `text` without its last full stop, or `instead` when there is none.
fn sentence(text: &str, instead: &str) -> String {
    match text.trim().trim_end_matches('.') {
        "" => instead.to_owned(),
        text => text.to_owned(),
    }
}
