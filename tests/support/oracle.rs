//! A naive oracle: a machine's whole history worked out second by second from the rules, to compare the fold with.
#![allow(dead_code, reason = "each test file uses a part of it")]
#![allow(clippy::unwrap_used, reason = "a test double may fail its test")]

#[path = "oracle_booking.rs"]
mod booking;
#[path = "oracle_calendar.rs"]
mod calendar;
#[path = "oracle_changeover.rs"]
mod changeover;
#[path = "oracle_pieces.rs"]
mod pieces;
#[path = "oracle_plan.rs"]
mod plan;
#[path = "oracle_signals.rs"]
mod signals;
#[path = "oracle_spread.rs"]
mod spread;
#[path = "oracle_standard.rs"]
mod standard;
#[path = "oracle_stops.rs"]
mod stops;
#[path = "oracle_words.rs"]
mod words;

use gemba::model::detail::Detail;
use gemba::model::entry::Source;
use gemba::model::fact::Fact;
use gemba::model::ids::MachineId;
use gemba::model::state::Class;
use gemba::model::tally::{Column, Flag, Tally, TallyKey};
use gemba::model::time::Timestamp;
use plan::Moment;

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
    /// True when a person said so.
    pub manual: bool,
    /// True when a person took it out of OEE after it had begun.
    pub recoded: bool,
}

/// One row.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    pub start: Timestamp,
    pub key: TallyKey,
    pub tally: Tally,
    pub detail: Detail,
}

/// What a history comes to.
pub struct Told {
    pub rows: Vec<Row>,
    /// By second; `None` where the machine was not in service.
    pub called: Vec<Option<Called>>,
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
    let mut signals = signals::signals(history, &moments);
    let judged = changeover::change_over(history, &moments, &mut signals);
    let mut rows = Rows::new(history, &moments);
    let mut called = stops::call(history, &moments, &signals, &mut rows);
    for (called, moment) in called.iter_mut().zip(&moments) {
        let by_person = moment.place.machine.state_by == Source::Manual;
        called.manual |= by_person && stops::is_busy(called.class);
    }
    for (second, called) in called.iter().enumerate() {
        booking::time(&mut rows, second, &moments[second], called);
    }
    booking::bridge(&mut rows, &moments, &signals, &called);
    for watt_hour in &signals.energy {
        rows.add(watt_hour.second, Column::Wh, 1);
    }
    let metered = signals.metered.iter().enumerate().filter(|(_, told)| **told);
    metered.for_each(|(second, _)| rows.add(second, Column::MeteredMs, 1_000));
    let mut made = Vec::new();
    for (piece, startup) in signals.pieces.iter().zip(judged.startup) {
        made.push(booking::book(&mut rows, piece, 1, startup, &moments[piece.second]));
    }
    for piece in &judged.late {
        made.push(booking::book(&mut rows, piece, -1, false, &moments[piece.second]));
    }
    booking::cycles(&mut rows, &moments, &signals, &called);
    signals.flags.extend(booking::balance(&mut rows, history, &moments));
    booking::counted_by_people(&mut rows, history, &moments, &made);
    let shown = called.into_iter().enumerate();
    Told {
        called: shown.map(|(second, called)| rows.of[second].map(|_| called)).collect(),
        rows: rows.rows,
        flags: signals.flags,
    }
}

/// True when every piece of a history lies at a whole second.
pub fn pieces_lie_at_whole_seconds(history: &History) -> bool {
    let moments = plan::moments(history);
    pieces::lie_at_whole_seconds(&signals::signals(history, &moments).increases)
}

/// Rows by the seconds that belong to them; none belongs to a machine that is not in service.
pub struct Rows {
    rows: Vec<Row>,
    of: Vec<Option<usize>>,
}

impl Rows {
    /// A row lasts while its minute and what it belongs to do.
    fn new(history: &History, moments: &[Moment]) -> Rows {
        let mut rows: Vec<Row> = Vec::new();
        let mut of = Vec::new();
        for (second, moment) in moments.iter().enumerate().take(history.seconds) {
            if !moment.place.in_service {
                of.push(None);
                continue;
            }
            let key = moment.key();
            let goes_on = second % 60 != 0 && of.last().is_some_and(Option::is_some);
            if !goes_on || rows.last().is_none_or(|last| last.key != key) {
                rows.push(Row {
                    start: history.instant(second),
                    key,
                    tally: Tally::default(),
                    detail: Detail::default(),
                });
            }
            of.push(Some(rows.len() - 1));
        }
        Rows { rows, of }
    }

    pub fn add(&mut self, second: usize, column: Column, amount: i64) {
        if let Some(row) = self.of[second] {
            self.rows[row].tally.add(column, amount);
        }
    }

    pub fn detail(&mut self, second: usize, adds: impl FnOnce(&mut Detail)) {
        if let Some(row) = self.of[second] {
            adds(&mut self.rows[row].detail);
        }
    }
}
