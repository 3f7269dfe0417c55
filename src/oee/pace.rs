//! Pure. How finely the cycles of the machines in a merge were timed, and what one of them makes: cycles of several machines
//! are told together only as finely as those of the coarsest.

use crate::model::tally::{Column, Tally};

/// How the cycles of a machine are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counting {
    /// Milliseconds between two polls of the counter that times its cycles, where that is known; 0 where they carry time stamps
    /// of their own.
    pub poll_ms: Option<i64>,
    /// Pieces that a count stands for, as a fraction.
    pub per_count: (u32, u32),
    /// True where the machine's controller tells how long its cycles take: no poll makes that any coarser.
    pub is_told: bool,
}

impl Default for Counting {
    fn default() -> Self {
        Counting {
            poll_ms: None,
            per_count: (1, 1),
            is_told: false,
        }
    }
}

impl Counting {
    /// The time between two polls / the ideal cycle; `None` where one of the two is not known, or the polls time nothing.
    pub fn resolution(&self, pace: &Pace) -> Option<f64> {
        if self.is_told {
            return None;
        }
        let ideal_ns = pace.ideal_ns(self.per_count)?;
        let poll_ns = self.poll_ms? as f64 * 1e6;
        Some(poll_ns / ideal_ns)
    }
}

/// Where the lengths of cycles come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CycleSource {
    /// From one piece to the next.
    Pieces,
    /// From the register in which the machine's controller shows them.
    Register,
    /// From the pieces of one machine and the register of another.
    Mixed,
}

impl CycleSource {
    /// That of one machine.
    pub fn of(counting: &Counting) -> CycleSource {
        if counting.is_told {
            CycleSource::Register
        } else {
            CycleSource::Pieces
        }
    }

    /// That of both together.
    #[must_use]
    pub fn and(self, other: CycleSource) -> CycleSource {
        if self == other { self } else { CycleSource::Mixed }
    }

    /// The word in answers and reports.
    pub fn name(self) -> &'static str {
        match self {
            CycleSource::Pieces => "pieces",
            CycleSource::Register => "register",
            CycleSource::Mixed => "mixed",
        }
    }
}

/// What the ideal cycle of a machine follows from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Pace {
    shots: i64,
    total: i64,
    no_standard: i64,
    earned_ns: i64,
    cycles: i64,
}

impl Pace {
    /// That of sums.
    pub fn of(tally: &Tally) -> Pace {
        let get = |column| tally.get(column);
        Pace {
            shots: get(Column::Shots),
            total: get(Column::Total),
            no_standard: get(Column::NoStandardPieces),
            earned_ns: get(Column::EarnedTotalNs).saturating_add(get(Column::CavityLossNs)),
            cycles: get(Column::Cycles),
        }
    }

    /// Pieces that one of its cycles makes, as a fraction: a shot is one shot, whatever a count of it is.
    pub fn unit(&self, per_count: (u32, u32)) -> (u32, u32) {
        if self.shots == 0 { per_count } else { (1, 1) }
    }

    /// Adds another.
    pub fn merge(&mut self, other: &Pace) {
        for (sum, more) in [
            (&mut self.shots, other.shots),
            (&mut self.total, other.total),
            (&mut self.no_standard, other.no_standard),
            (&mut self.earned_ns, other.earned_ns),
            (&mut self.cycles, other.cycles),
        ] {
            *sum = sum.saturating_add(more);
        }
    }

    /// True where some of its cycles were timed.
    pub fn is_timed(&self) -> bool {
        self.cycles != 0
    }

    /// Ideal length of the cycles that are timed, a shot's or a count's, in nanoseconds, of those pieces that have one; `None` where
    /// none has.
    pub fn ideal_ns(&self, per_count: (u32, u32)) -> Option<f64> {
        let with_standard = self.total - self.no_standard;
        if with_standard <= 0 || self.earned_ns <= 0 {
            return None;
        }
        let timed = if self.shots == 0 { self.total } else { self.shots };
        let timed = timed as f64 * (with_standard as f64 / self.total as f64);
        Some(self.earned_ns as f64 / timed * self.of_cycle(per_count))
    }

    /// How many of what tallies time, pieces or shots, one cycle of the counter makes.
    pub fn of_cycle(&self, per_count: (u32, u32)) -> f64 {
        let (pieces, counts) = self.unit(per_count);
        f64::from(pieces) / f64::from(counts.max(1))
    }
}
