//! Pure. An ideal cycle to begin with, where nobody said one: a pace the machine keeps in one of ten of its cycles.

use super::{Basis, COARSEST};
use crate::model::tally::Column;
use crate::oee::indicators::Kpi;
use crate::oee::rollup::{MIXED, Merged};

/// From fewer cycles nothing is suggested: three of thirty are a tenth.
const LEAST_CYCLES: i64 = 30;

impl Merged {
    /// The ideal cycle in seconds that its sums suggest: P10 of the cycles with nothing but running between, of a machine and product
    /// of which no piece has a standard. `counts` are those of a cycle, where its counter counts pieces.
    pub fn suggested_ideal_s(&self, basis: &Basis, counts: f64) -> Option<f64> {
        let is_one = self.machines.len() == 1 && ["product", "mould"].iter().all(|word| self.word(word) != MIXED);
        basis.suggested_ideal_s(counts).filter(|_| is_one)
    }
}

impl Basis<'_> {
    fn suggested_ideal_s(&self, counts: f64) -> Option<f64> {
        let get = |column| self.tally.get(column);
        let (without, all) = (get(Column::NoStandardPieces), get(Column::Total));
        let is_known = self.detail?.cycles.cycles() >= LEAST_CYCLES;
        if without <= 0 || without != all || !is_known {
            return None;
        }
        let of_count = self.get(Kpi::CycleP10).ok()?;
        let cycle_s = if get(Column::Shots) == 0 {
            of_count * counts
        } else {
            of_count
        };
        // A cycle that the polls hide would be one of polls.
        let is_fine = self.poll_ms.is_none_or(|ms| ms as f64 / 1e3 <= COARSEST * cycle_s);
        is_fine.then_some(cycle_s)
    }
}
