//! A naive oracle: a machine's whole history worked out second by second from the rules, to compare the fold with.
#![allow(dead_code, reason = "each test file uses a part of it")]
#![allow(clippy::unwrap_used, reason = "a test double may fail its test")]
#![allow(clippy::wildcard_enum_match_arm, reason = "it names only the facts it looks for")]

#[path = "oracle_calendar.rs"]
mod calendar;
#[path = "oracle_plan.rs"]
mod plan;
#[path = "oracle_signals.rs"]
mod signals;
#[path = "oracle_stops.rs"]
mod stops;

use gemba::model::entry::Says;
use gemba::model::fact::{Body, Fact, Role};
use gemba::model::ids::MachineId;
use gemba::model::settings::RejectSource;
use gemba::model::state::{Class, State};
use gemba::model::tally::{Column, Flag, Tally, TallyKey};
use gemba::model::time::Timestamp;
use gemba::oee::calendar::Planned;
use plan::Moment;
use signals::{Piece, Signals};

pub const MACHINE: MachineId = MachineId(0);

/// A history with everything at whole seconds.
#[derive(Debug, Clone)]
pub struct History {
    /// A whole minute.
    pub start: Timestamp,
    pub seconds: usize,
    /// Settings and entries in the order of their numbers.
    pub known: Vec<Fact>,
    /// Signals, marks and entries.
    pub facts: Vec<Fact>,
}

/// What one second is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Called {
    pub class: Class,
    pub reason: String,
}

/// One row.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    pub start: Timestamp,
    pub key: TallyKey,
    pub tally: Tally,
}

/// What a history comes to.
pub struct Told {
    pub rows: Vec<Row>,
    pub called: Vec<Called>,
    pub flags: Vec<Flag>,
}

impl History {
    pub fn second(&self, at: Timestamp) -> usize {
        assert_eq!((at.0 - self.start.0) % 1000, 0, "the oracle knows whole seconds only");
        usize::try_from((at.0 - self.start.0) / 1000).unwrap()
    }

    pub fn instant(&self, second: usize) -> Timestamp {
        self.start.plus(second as i64 * 1000)
    }

    /// Seconds that are planned for: silences may end after the last second.
    pub fn horizon(&self) -> usize {
        self.seconds + 7_200
    }

    pub fn end(&self) -> Timestamp {
        self.instant(self.seconds)
    }
}

/// Works everything out.
pub fn work_out(history: &History) -> Told {
    let moments = plan::moments(history);
    let signals = signals::signals(history, &moments);
    let mut rows = Rows::new(history, &moments);
    let called = stops::call(history, &moments, &signals, &mut rows);
    for second in 0..history.seconds {
        time(&mut rows, second, &moments[second], &called[second]);
    }
    bridge(&mut rows, history, &moments, &signals);
    for piece in &signals.pieces {
        book(&mut rows, piece, &moments[piece.second]);
    }
    cycles(&mut rows, &moments, &signals, &called);
    scrap(&mut rows, history, &moments);
    Told {
        rows: rows.rows,
        called,
        flags: signals.flags,
    }
}

/// Rows by the seconds that belong to them.
pub struct Rows {
    rows: Vec<Row>,
    of: Vec<usize>,
}

impl Rows {
    fn new(history: &History, moments: &[Moment]) -> Rows {
        let mut rows = Rows {
            rows: Vec::new(),
            of: Vec::new(),
        };
        for (second, moment) in moments.iter().enumerate().take(history.seconds) {
            if second % 60 == 0 || moment.cut {
                rows.rows.push(Row {
                    start: history.instant(second),
                    key: moment.key(),
                    tally: Tally::default(),
                });
            }
            rows.of.push(rows.rows.len() - 1);
        }
        rows
    }

    pub fn add(&mut self, second: usize, column: Column, amount: i64) {
        self.rows[self.of[second]].tally.add(column, amount);
    }
}

/// The counter that stands for production.
fn primary(moment: &Moment) -> Option<Role> {
    let has = |role: &Role| moment.place.machine.signals.iter().any(|signal| signal.role == *role);
    [Role::Shots, Role::Total, Role::Good]
        .into_iter()
        .find(|role| has(role))
}

fn time(rows: &mut Rows, second: usize, moment: &Moment, called: &Called) {
    const MS: i64 = 1000;
    let class = called.class;
    rows.add(second, Column::of(class), MS);
    rows.add(second, Column::SpanMs, MS);
    let idle_by_plan = matches!(
        class,
        Class::NotScheduled | Class::Break | Class::PlannedStop | Class::ClockSkip
    );
    let busy = !idle_by_plan && class != Class::Unknown;
    if busy {
        rows.add(second, Column::PbtMs, MS);
        rows.add(second, Column::KnownMs, MS);
    }
    if !idle_by_plan {
        rows.add(second, Column::PlannedMs, MS);
    }
    if matches!(class, Class::Running | Class::MinorStop) {
        rows.add(second, Column::AptMs, MS);
    }
    if class == Class::Running && (moment.place.piece_ns().is_none() || primary(moment).is_none()) {
        rows.add(second, Column::NoStandardMs, MS);
    }
    if class == Class::Running && moment.planned != Planned::Work {
        rows.add(second, Column::ExtraMs, MS);
        let cause = match moment.planned {
            Planned::Break => Column::ExtraBreakMs,
            Planned::Nothing => Column::ExtraOffShiftMs,
            Planned::Work | Planned::Stop => return,
        };
        rows.add(second, cause, MS);
    }
    if !called.reason.is_empty() {
        rows.add(second, Column::ManualMs, MS);
    }
}

/// Unknown planned seconds inside a silence of the production counter that it, and every other counter that was silent,
/// came out of in order.
fn bridge(rows: &mut Rows, history: &History, moments: &[Moment], signals: &Signals) {
    let silent = || signals.increases.iter().filter(|increase| increase.gap);
    let disorder: Vec<&signals::Increase> = silent().filter(|increase| !increase.in_order).collect();
    for increase in silent() {
        if Some(increase.role) != primary(&moments[0]) {
            continue;
        }
        let until = increase.at.min(history.seconds);
        for (second, moment) in moments.iter().enumerate().take(until).skip(increase.from) {
            let unknown = signals.states[second] == State::Unknown && !signals.skipped[second];
            let closed = disorder.iter().all(|other| !(other.from..other.at).contains(&second));
            if closed && unknown && moment.planned == Planned::Work {
                rows.add(second, Column::BridgedMs, 1000);
            }
        }
    }
}

fn book(rows: &mut Rows, piece: &Piece, moment: &Moment) {
    let place = &moment.place;
    let has = |role: Role| place.machine.signals.iter().any(|signal| signal.role == role);
    let cavities = place.cavities();
    // What one count says of pieces made, good ones and rejects. Any two give the third.
    let (total, good, reject) = match piece.role {
        Role::Shots => (cavities, cavities, 0),
        Role::Total if has(Role::Good) => (1, 0, 1),
        Role::Total => (1, 1, 0),
        Role::Good if has(Role::Total) => (0, 1, -1),
        Role::Good => (1, 1, 0),
        Role::Reject if has(Role::Total) || has(Role::Shots) => (0, -1, 1),
        Role::Reject => (1, 0, 1),
        Role::State | Role::Run => unreachable!("no counter"),
    };
    let judged = place.machine.reject_source != RejectSource::None;
    let good = if judged { good } else { 0 };
    let second = piece.second;
    if piece.gap {
        rows.add(second, Column::GapTotal, total);
        rows.add(second, Column::GapGood, good);
        rows.add(second, Column::GapReject, reject);
        rows.add(second, Column::GapEarnedGoodNs, good * place.piece_ns().unwrap_or(0));
        return;
    }
    rows.add(second, Column::Shots, i64::from(piece.role == Role::Shots));
    rows.add(second, Column::Total, total);
    rows.add(second, Column::Good, good);
    rows.add(second, Column::Reject, reject);
    if judged {
        rows.add(second, Column::Judged, total);
    }
    match place.piece_ns() {
        Some(ns) => {
            rows.add(second, Column::EarnedTotalNs, total * ns);
            rows.add(second, Column::EarnedGoodNs, good * ns);
        }
        None => rows.add(second, Column::NoStandardPieces, total),
    }
}

/// A cycle is timed from one increase of the production counter to the next of the same product when nothing but running
/// lay between.
fn cycles(rows: &mut Rows, moments: &[Moment], signals: &Signals, called: &[Called]) {
    let mut last: Option<usize> = None;
    for increase in &signals.increases {
        if increase.at >= called.len() || increase.pieces == 0 || Some(increase.role) != primary(&moments[increase.at])
        {
            continue;
        }
        if let Some(last) = last {
            let same = moments[last].place.product == moments[increase.at].place.product;
            let ran = called[last..increase.at]
                .iter()
                .all(|called| called.class == Class::Running);
            if same && ran && !increase.gap {
                rows.add(increase.at, Column::Cycles, increase.pieces);
                rows.add(increase.at, Column::CycleMs, (increase.at - last) as i64 * 1000);
            }
        }
        last = Some(increase.at);
    }
}

fn scrap(rows: &mut Rows, history: &History, moments: &[Moment]) {
    for fact in &history.facts {
        if let Body::Entry(entry) = &fact.body
            && let Says::Scrap { pieces, .. } = entry.says
        {
            let second = history.second(fact.at);
            if second < history.seconds {
                let ns = moments[second].place.piece_ns().unwrap_or(0);
                rows.add(second, Column::Reject, pieces);
                rows.add(second, Column::ManualReject, pieces);
                rows.add(second, Column::Good, -pieces);
                rows.add(second, Column::EarnedGoodNs, -pieces * ns);
            }
        }
    }
}
