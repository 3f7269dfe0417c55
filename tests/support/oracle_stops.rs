//! Stops as wholes: neighbouring seconds of one kind, their minor limit, the reason a person gave, and the calendar over all.

use super::plan::{Moment, reasons};
use super::signals::Signals;
use super::{Called, History, Rows};
use gemba::model::entry::Says;
use gemba::model::fact::Body;
use gemba::model::state::{Class, State};
use gemba::model::tally::Column;
use gemba::oee::calendar::Planned;

/// Calls every second by its class, and counts the stops.
pub fn call(history: &History, moments: &[Moment], signals: &Signals, rows: &mut Rows) -> Vec<Called> {
    let mut called: Vec<Called> = Vec::with_capacity(history.seconds);
    while called.len() < history.seconds {
        let first = called.len();
        let kind = kind(signals, first);
        let length = (first..history.seconds)
            .take_while(|second| self::kind(signals, *second) == kind)
            .count();
        let whole = first..first + length;
        let minor = kind == Kind::Down && (length as i64) * 1000 < moments[first].place.minor_limit_ms();
        let reason = if kind == Kind::None {
            None
        } else {
            reason(history, whole.clone())
        };
        for second in whole.clone() {
            called.push(one(&moments[second], signals, second, minor, reason.as_ref()));
        }
        if kind != Kind::None {
            count(&called[whole.clone()], first, rows);
        }
    }
    called
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    None,
    Down,
    Waiting,
    Setup,
    Maintenance,
}

fn kind(signals: &Signals, second: usize) -> Kind {
    match &signals.states[second] {
        State::Stopped | State::Idle | State::Fault(_) => Kind::Down,
        State::Waiting(_) => Kind::Waiting,
        State::Setup => Kind::Setup,
        State::Maintenance => Kind::Maintenance,
        State::Running | State::Unknown => Kind::None,
    }
}

/// Of the reasons whose anchor lies in the stop, the one that was said last.
fn reason(history: &History, stop: std::ops::Range<usize>) -> Option<(String, Class)> {
    let mut last = None;
    for fact in &history.known {
        if let Body::Entry(entry) = &fact.body
            && let Says::Reason {
                reason,
                anchor,
                part: None,
                leads: false,
            } = &entry.says
            && stop.contains(&history.second(*anchor))
        {
            last = Some((reason.to_string(), reasons(history)[reason].class));
        }
    }
    last
}

fn one(moment: &Moment, signals: &Signals, second: usize, minor: bool, reason: Option<&(String, Class)>) -> Called {
    let state = &signals.states[second];
    let class = match (state, reason) {
        _ if signals.skipped[second] => Class::ClockSkip,
        (State::Unknown, _) => Class::Unknown,
        (State::Running, _) => Class::Running,
        (_, Some((_, class))) => *class,
        (State::Stopped | State::Idle | State::Fault(_), None) if minor => Class::MinorStop,
        (State::Stopped | State::Idle, None) => Class::Unexplained,
        (State::Fault(_) | State::Maintenance, None) => Class::Breakdown,
        (State::Waiting(_), None) => Class::Waiting,
        (State::Setup, None) => Class::Setup,
    };
    let leave = class != Class::Running && class != Class::ClockSkip;
    let (class, reason) = match moment.planned {
        Planned::Break if leave => (Class::Break, None),
        Planned::Stop if leave => (Class::PlannedStop, None),
        Planned::Nothing if leave => (Class::NotScheduled, None),
        _ => (class, reason),
    };
    let reason = reason.filter(|_| leave && class != Class::Unknown);
    Called {
        class,
        reason: reason.map_or(String::new(), |(id, _)| id.clone()),
    }
}

/// A stop counts once, where its planned time begins; a failure where it is first called a breakdown.
fn count(stop: &[Called], first: usize, rows: &mut Rows) {
    let planned = |called: &Called| !matches!(called.class, Class::Break | Class::PlannedStop | Class::NotScheduled);
    if let Some(place) = stop.iter().position(planned) {
        match stop[place].class {
            Class::MinorStop => rows.add(first + place, Column::MinorStops, 1),
            Class::Unexplained | Class::Breakdown | Class::Waiting => rows.add(first + place, Column::Stops, 1),
            _ => {}
        }
    }
    if let Some(place) = stop.iter().position(|called| called.class == Class::Breakdown) {
        rows.add(first + place, Column::Failures, 1);
    }
}
