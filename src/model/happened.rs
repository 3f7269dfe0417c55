//! Pure. What the signals of a machine say happened: counts at their instants, and what a counter did beside counting.

use super::fact::Role;
use super::tally::FlagKind;
use super::time::Timestamp;

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
}

/// What counters showed at an instant, until it is known what the machine did around it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Shown {
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
    /// True when the counters showed nothing.
    pub fn is_empty(&self) -> bool {
        self.samples.is_empty() && self.counts.is_empty()
    }
}
