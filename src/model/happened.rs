//! Pure. What the signals of a machine say happened: counts at their instants, and what a counter did beside counting.

use super::entry::{Entry, Says, Source};
use super::fact::Role;
use super::tally::FlagKind;
use super::time::Timestamp;
use std::sync::Arc;

/// Counts one counter showed for a stretch of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counted {
    /// Which counter.
    pub role: Role,
    /// How many.
    pub pieces: i64,
    /// True when they belong to time the counter was silent in.
    pub gap: bool,
}

/// What a counter did beside counting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Remark {
    /// What it did.
    pub what: FlagKind,
    /// How many pieces that is about.
    pub amount: i64,
    /// True when these are held, and belong to time nobody knows of.
    pub gap: bool,
}

/// A counter's sample that took effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sampled {
    /// The counts of its interval that fall on its own instant.
    pub rest: Counted,
    /// All counts of its interval.
    pub whole: i64,
    /// When the interval began.
    pub since: Timestamp,
    /// What the counter did beside counting.
    pub flag: Option<Remark>,
    /// How long the machine's controller says the last cycle took, in microseconds.
    pub cycle_us: Option<i64>,
}

/// Pieces that a person moved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moved {
    /// How many; below zero back.
    pub pieces: i64,
    /// Where to.
    pub to: Move,
    /// Id of the reason, or empty.
    pub reason: Arc<str>,
    /// How it was entered.
    pub source: Source,
}

/// Where a person moved pieces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Move {
    /// Out of the good ones: they are scrap.
    Scrap,
    /// Out of the good ones: they are sent to rework.
    Rework,
    /// Among those that passed rework.
    Reworked,
}

impl Move {
    /// All of them.
    pub const ALL: [Move; 3] = [Move::Scrap, Move::Rework, Move::Reworked];

    /// The word in a snapshot.
    pub fn name(self) -> &'static str {
        match self {
            Move::Scrap => "scrap",
            Move::Rework => "rework",
            Move::Reworked => "reworked",
        }
    }
}

impl Moved {
    /// What an entry moves; `None` for one that moves no pieces.
    pub fn of(entry: &Entry) -> Option<Moved> {
        let (pieces, to, reason) = match &entry.says {
            Says::Scrap { pieces, reason, .. } => (*pieces, Move::Scrap, Arc::clone(reason)),
            Says::Rework { pieces, reason, .. } => (*pieces, Move::Rework, Arc::clone(reason)),
            Says::Reworked { pieces } => (*pieces, Move::Reworked, "".into()),
            Says::Reason { .. }
            | Says::Product { .. }
            | Says::Order { .. }
            | Says::PlannedStop { .. }
            | Says::FirstOff { .. }
            | Says::Cavities { .. }
            | Says::Headcount { .. }
            | Says::HandCount { .. }
            | Says::Held { .. }
            | Says::Service { .. }
            | Says::Close { .. }
            | Says::Accept { .. }
            | Says::Unlock { .. }
            | Says::Undo { .. } => return None,
        };
        let source = entry.source;
        Some(Moved {
            pieces,
            to,
            reason,
            source,
        })
    }
}

/// What counters showed at an instant, until it is known what the machine did around it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Shown {
    /// What people moved then: they could take only what was counted before.
    pub moved: Vec<Moved>,
    /// Samples taken at the instant: they end the time before it.
    pub samples: Vec<Sampled>,
    /// True when they end time nobody knows anything of.
    pub was_unknown: bool,
    /// Counts of the time that begins at the instant.
    pub counts: Vec<Counted>,
    /// True when nobody knows anything of that time.
    pub unknown: bool,
}

impl Shown {
    /// True when the counters showed nothing, and nobody moved any pieces.
    pub fn is_empty(&self) -> bool {
        self.samples.is_empty() && self.counts.is_empty() && self.moved.is_empty()
    }

    /// Puts what was shown at an instant behind what is there.
    pub fn add(all: &mut Vec<(Timestamp, Shown)>, at: Timestamp, mut shown: Shown) {
        if let Some((_, last)) = all.last_mut().filter(|(last, _)| *last == at) {
            last.moved.append(&mut shown.moved);
            last.samples.append(&mut shown.samples);
            last.counts.append(&mut shown.counts);
            (last.was_unknown, last.unknown) = (shown.was_unknown, shown.unknown);
            return;
        }
        all.push((at, shown));
    }
}
