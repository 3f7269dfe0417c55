//! Stops as wholes, for the oracle: neighbouring seconds of one kind, what people called them, and leave to stand still over all.
#![allow(clippy::unwrap_used, reason = "a test double may fail its test")]

use super::booking::charge;
use super::plan::{Moment, Reasons, reasons};
use super::signals::Signals;
use super::words::{Word, orders_change, words};
use super::{Called, History, Rows};
use gemba::model::entry::Says;
use gemba::model::policy::Charge;
use gemba::model::state::{Class, State};
use gemba::model::tally::Column;
use gemba::oee::calendar::Planned;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

/// Calls every second by its class, and counts the stops.
pub fn call(history: &History, moments: &[Moment], signals: &Signals, rows: &mut Rows) -> Vec<Called> {
    let mut caller = Caller {
        history,
        moments,
        signals,
        words: words(history),
        reasons: reasons(history),
        taken_ms: BTreeMap::new(),
    };
    let mut called: Vec<Called> = Vec::with_capacity(history.seconds);
    // The kind of the time before, and the first and last second of the breakdown that nothing ended yet.
    let mut before = Kind::None;
    let mut failure: Option<(usize, usize)> = None;
    while called.len() < history.seconds {
        let first = called.len();
        let kind = kind(signals, first);
        // It lasts while the machine stands, failed, waiting or in the hands of whoever mends it.
        let stands = |kind| matches!(kind, Kind::Down | Kind::Waiting | Kind::Maintenance);
        if !(stands(before) && stands(kind))
            && let Some((begin, last)) = failure.take()
            && !signals.skipped[first]
            && signals.states[first] != State::Unknown
        {
            rows.add(first, Column::Repairs, 1);
            rows.add(first, Column::RepairMs, (last + 1 - begin) as i64 * 1000);
        }
        before = kind;
        let length = (first..history.seconds)
            .take_while(|second| self::kind(signals, *second) == kind)
            .count();
        let whole = first..first + length;
        if kind == Kind::None {
            called.extend(whole.map(|second| Called {
                class: match signals.skipped[second] {
                    true => Class::ClockSkip,
                    false => Class::Running,
                },
                reason: "".into(),
                manual: false,
                recoded: false,
            }));
            continue;
        }
        called.extend(caller.stop(kind, whole.clone()));
        count(&called[whole.clone()], first, rows);
        for second in whole.filter(|second| called[*second].class == Class::Breakdown) {
            if failure.is_none() {
                rows.add(second, Column::Failures, 1);
            }
            failure = Some((failure.map_or(second, |(begin, _)| begin), second));
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
    Unseen,
}

fn kind(signals: &Signals, second: usize) -> Kind {
    match &signals.states[second] {
        _ if signals.skipped[second] => Kind::None,
        State::Stopped | State::Idle | State::Fault(_) => Kind::Down,
        State::Waiting(_) => Kind::Waiting,
        State::Setup => Kind::Setup,
        State::Maintenance => Kind::Maintenance,
        State::Unknown => Kind::Unseen,
        State::Running => Kind::None,
    }
}

/// What a person called a second.
#[derive(Clone)]
struct Named {
    reason: Arc<str>,
    class: Class,
    leads: bool,
}

struct Caller<'a> {
    history: &'a History,
    moments: &'a [Moment],
    signals: &'a Signals,
    words: Vec<Word<'a>>,
    reasons: Reasons,
    /// Milliseconds that reasons took without a leader, by the begin of the shift.
    taken_ms: BTreeMap<(i64, Arc<str>), i64>,
}

impl Caller<'_> {
    fn stop(&mut self, kind: Kind, whole: Range<usize>) -> Vec<Called> {
        let place = &self.moments[whole.start].place;
        let minor = kind == Kind::Down && (whole.len() as i64) * 1000 < place.minor_limit_ms();
        // A changeover that the orders begin begins with the stop before it.
        let end = whole.end + usize::from(self.signals.changeovers.contains(&whole.end));
        let changes = orders_change(self.history, &self.words, &(whole.start..end));
        let changeover = kind == Kind::Down && place.machine.orders && changes;
        let named = self.named(&whole);
        let seconds = whole.zip(named);
        seconds
            .map(|(second, named)| self.one(second, minor, changeover, named))
            .collect()
    }

    /// Every second of the stop is called what was said of it last: of the whole stop, or of a part that holds it.
    fn named(&self, stop: &Range<usize>) -> Vec<Option<Named>> {
        let mut named = vec![None; stop.len()];
        for word in &self.words {
            let Says::Reason {
                reason,
                anchor,
                part,
                leads,
            } = word.says
            else {
                continue;
            };
            if !stop.contains(&self.history.second(*anchor)) {
                continue;
            }
            for (second, named) in stop.clone().zip(&mut named) {
                if part.is_none_or(|part| part.contains(self.history.instant(second))) {
                    *named = Some(Named {
                        reason: Arc::clone(reason),
                        class: self.reasons[reason].class,
                        leads: *leads,
                    });
                }
            }
        }
        named
    }

    fn one(&mut self, second: usize, minor: bool, changeover: bool, named: Option<Named>) -> Called {
        let moment = &self.moments[second];
        let state = &self.signals.states[second];
        let auto = |class| Called {
            class,
            reason: "".into(),
            manual: false,
            recoded: false,
        };
        if let Some(leave) = leave(moment) {
            // Whether a machine that nobody saw took its leave, nobody knows; it matters where leave is charged.
            let is_charged = charge(&moment.place.policy, &leave) != Charge::Excluded;
            let is_unseen = *state == State::Unknown && named.is_none();
            return if is_charged && is_unseen {
                auto(Class::Unknown)
            } else {
                leave
            };
        }
        let waiting_order = moment.place.waiting_order;
        if waiting_order == Some(false) && (*state != State::Unknown || says_more(named.as_ref())) {
            return auto(Class::NoOrder);
        }
        let unnamed = auto(match state {
            State::Unknown => Class::Unknown,
            State::Stopped | State::Idle if changeover => Class::Setup,
            State::Stopped | State::Idle | State::Fault(_) if minor => match waiting_order {
                Some(true) => Class::Setup,
                _ => Class::MinorStop,
            },
            State::Stopped | State::Idle if waiting_order == Some(true) => Class::Setup,
            State::Stopped | State::Idle => Class::Unexplained,
            State::Fault(_) | State::Maintenance => Class::Breakdown,
            State::Waiting(_) => Class::Waiting,
            State::Setup => Class::Setup,
            State::Running => unreachable!("no stop"),
        });
        let Some(named) = named else { return unnamed };
        let by_class = matches!(
            named.class,
            Class::NotScheduled | Class::PlannedStop | Class::Break | Class::NoOrder
        );
        // The plant's policy may leave more out of OEE: a reason that puts time there which was in it takes it out.
        let policy = &moment.place.policy;
        let as_named = Called {
            reason: named.reason.to_string(),
            ..auto(named.class)
        };
        let was_in = unnamed.class == Class::Unknown || charge(policy, &unnamed) != Charge::Excluded;
        let excluded = by_class || was_in && charge(policy, &as_named) == Charge::Excluded;
        let granted = excluded && (named.leads || self.allows(moment, &named.reason));
        Called {
            class: if excluded && !granted {
                Class::Unexplained
            } else {
                named.class
            },
            reason: named.reason.to_string(),
            manual: true,
            recoded: granted,
        }
    }

    /// Takes one more second of what a reason may take in this shift without a leader.
    fn allows(&mut self, moment: &Moment, reason: &Arc<str>) -> bool {
        let taken = self
            .taken_ms
            .entry((moment.day.shift_start, Arc::clone(reason)))
            .or_default();
        let allowed = *taken < self.reasons[reason].allowance_ms;
        *taken += i64::from(allowed) * 1000;
        allowed
    }
}

/// What calendar or declared stop call time in which a machine need not run.
pub fn leave(moment: &Moment) -> Option<Called> {
    let calendar = |class, reason: &str| Called {
        class,
        reason: reason.to_owned(),
        manual: false,
        recoded: false,
    };
    let declared = moment.place.declared.as_ref();
    match moment.planned {
        Planned::Nothing => Some(calendar(Class::NotScheduled, "")),
        Planned::Break => Some(calendar(Class::Break, "")),
        Planned::Stop => Some(calendar(Class::PlannedStop, &moment.day.planned_stop)),
        Planned::Work => declared.map(|declared| Called {
            manual: true,
            recoded: declared.late,
            ..calendar(Class::PlannedStop, &declared.reason)
        }),
    }
}

/// True when a person called time nobody saw anything but unknown.
fn says_more(named: Option<&Named>) -> bool {
    named.is_some_and(|named| named.class != Class::Unknown)
}

/// True for a class that the machine's state tells in time it was to work in.
pub fn is_busy(class: Class) -> bool {
    let stands = matches!(
        class,
        Class::MinorStop | Class::Unexplained | Class::Breakdown | Class::Waiting | Class::Setup
    );
    stands || class == Class::Running
}

/// A stop counts once, where its planned time begins.
fn count(stop: &[Called], first: usize, rows: &mut Rows) {
    let busy = |called: &Called| is_busy(called.class) && called.class != Class::Running;
    let counts = stop.iter().position(busy);
    match counts.map(|place| stop[place].class) {
        Some(Class::MinorStop) => rows.add(first + counts.unwrap(), Column::MinorStops, 1),
        Some(Class::Unexplained | Class::Breakdown | Class::Waiting) => {
            rows.add(first + counts.unwrap(), Column::Stops, 1)
        }
        _ => {}
    }
    for (place, called) in stop.iter().enumerate() {
        if busy(called) || !called.reason.is_empty() {
            let reason = called.reason.as_str().into();
            rows.detail(first + place, |detail| {
                detail.stand(called.class, &reason, 1000, i64::from(counts == Some(place)))
            });
        }
    }
}
