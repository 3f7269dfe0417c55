//! Pure. Instants and half-open periods in integer milliseconds of UTC.

/// Milliseconds in a second.
pub const SECOND_MS: i64 = 1_000;
/// Milliseconds in a minute: the length of a tally.
pub const MINUTE_MS: i64 = 60 * SECOND_MS;
/// Milliseconds in a quarter hour: the distance of checkpoints, and the unit a restatement commits.
pub const QUARTER_MS: i64 = 15 * MINUTE_MS;
/// Milliseconds in an hour.
pub const HOUR_MS: i64 = 60 * MINUTE_MS;

/// Milliseconds in a day.
pub const DAY_MS: i64 = 24 * HOUR_MS;
/// A device's sample that comes later than this is kept, counted and not applied. Judged from the fact itself, so that a
/// replay decides the same.
pub const LATENESS_MS: i64 = 72 * HOUR_MS;

/// An instant: milliseconds since 1970-01-01T00:00:00Z, leap seconds not counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// Before every instant the agent can meet.
    pub const MIN: Timestamp = Timestamp(i64::MIN / 4);
    /// After every instant the agent can meet.
    pub const MAX: Timestamp = Timestamp(i64::MAX / 4);

    /// This instant moved by `ms`, which may be negative.
    #[must_use]
    pub fn plus(self, ms: i64) -> Timestamp {
        Timestamp(self.0.saturating_add(ms))
    }

    /// Milliseconds from `earlier` to this instant; negative when `earlier` is later.
    pub fn since(self, earlier: Timestamp) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// The last multiple of `step_ms` at or before this instant.
    #[must_use]
    pub fn floor(self, step_ms: i64) -> Timestamp {
        Timestamp(self.0 - self.0.rem_euclid(step_ms))
    }

    /// The first multiple of `step_ms` after this instant.
    #[must_use]
    pub fn next(self, step_ms: i64) -> Timestamp {
        self.floor(step_ms).plus(step_ms)
    }
}

/// A half-open period `[start, end)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Period {
    /// First instant that belongs to the period.
    pub start: Timestamp,
    /// First instant that no longer does.
    pub end: Timestamp,
}

impl Period {
    /// The period from `start` to `end`; empty when `end` is not after `start`.
    pub fn new(start: Timestamp, end: Timestamp) -> Period {
        Period {
            start,
            end: end.max(start),
        }
    }

    /// Its length in milliseconds, never negative.
    pub fn ms(self) -> i64 {
        self.end.since(self.start).max(0)
    }

    /// True when no instant belongs to it.
    pub fn is_empty(self) -> bool {
        self.end <= self.start
    }

    /// True when `at` belongs to it.
    pub fn contains(self, at: Timestamp) -> bool {
        self.start <= at && at < self.end
    }

    /// What belongs to both; may be empty.
    #[must_use]
    pub fn intersect(self, other: Period) -> Period {
        Period::new(self.start.max(other.start), self.end.min(other.end))
    }
}

/// The three readings of the agent's clock taken together (`clock.rs` makes them).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Now {
    /// Agent time: wall time at the epoch's start plus monotonic time since. Never runs backwards.
    pub at: Timestamp,
    /// Monotonic milliseconds since the agent started.
    pub mono_ms: u64,
    /// Counts the stretches between two corrections of the clock, from 0 at each start.
    pub epoch: u32,
}
