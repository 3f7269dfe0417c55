//! Pure. The sums of a line whose pieces pass one machine after the other.

use super::cascade::scaled;
use crate::model::ids::MachineId;
use crate::model::tally::{Column, Sums, Tally};

/// Sums that follow the pieces through the whole line: they are added over all machines.
const OF_ALL: [Column; 11] = [
    Column::Reject,
    Column::Rework,
    Column::Startup,
    Column::Reworked,
    Column::ManualTotal,
    Column::ManualReject,
    Column::GapReject,
    Column::ManMs,
    Column::Wh,
    Column::ExcessReject,
    Column::ScanReject,
];

/// The sums of one product on a serial line within a shift.
#[derive(Debug, Clone, Default)]
pub struct Parts {
    bottleneck: Sums,
    output: Sums,
    all: Sums,
}

impl Parts {
    /// Adds the sums of a machine; one machine may be both, `(bottleneck, output)`.
    pub fn give(&mut self, machine: MachineId, (bottleneck, output): (MachineId, MachineId), sums: &Sums) {
        if machine == bottleneck {
            self.bottleneck.merge(sums);
        }
        if machine == output {
            self.output.merge(sums);
        }
        self.all.merge(sums);
    }
}

/// The line: time and ideal cycle of the bottleneck, good pieces of the output machine, rejects of all. Its pieces (PQ) are
/// those good ones and those rejects, all at the bottleneck's ideal cycle, so that availability x effectiveness x quality is
/// OEE here too. Where the bottleneck has no ideal cycle the pieces have no standard. Where it made nothing of them in this
/// time (they passed it before a change of product, or of shift), the ideal cycle is the output machine's.
pub fn line(parts: &Parts) -> Sums {
    let (time, out, all) = (&parts.bottleneck.tally, &parts.output.tally, &parts.all.tally);
    let mut line = parts.bottleneck.clone();
    let mut set = |column, amount: i64| {
        let before = time.get(column);
        line.tally.add(column, amount - before);
    };
    for column in OF_ALL {
        set(column, all.get(column));
    }
    let bad = all.get(Column::Reject) + all.get(Column::Rework);
    let unjudged = out.get(Column::Total) - out.get(Column::Judged);
    // A reject that nobody knows of on the way leaves the quality of the line unknown, also where every piece is judged at its end.
    let unknown = all.get(Column::Total) - all.get(Column::Judged);
    let (good, total) = (out.get(Column::Good), out.get(Column::Good) + bad + unjudged);
    let gap_good = out.get(Column::GapGood);
    let gap_unjudged = out.get(Column::GapTotal) - gap_good - out.get(Column::GapReject);
    set(Column::Good, good);
    set(Column::Total, total);
    set(Column::Judged, total - unknown.min(total.max(0)));
    set(Column::GapGood, gap_good);
    set(Column::GapTotal, gap_good + all.get(Column::GapReject) + gap_unjudged);
    let passed = [Column::Total, Column::GapTotal, Column::NoStandardMs];
    let is_past = passed.into_iter().all(|column| time.get(column) == 0);
    let ideal = ideal(if is_past { out } else { time });
    let earned = |pieces: i64| ideal.map_or(0, |(ns, of)| scaled(ns, pieces, of));
    set(Column::EarnedTotalNs, earned(total));
    set(Column::EarnedGoodNs, earned(good));
    set(Column::EarnedStartupNs, earned(all.get(Column::Startup)));
    set(Column::GapEarnedGoodNs, earned(gap_good));
    set(Column::NoStandardPieces, if ideal.is_some() { 0 } else { total });
    line.detail.set_pieces_of(&parts.all.detail);
    line
}

/// Ideal nanoseconds of so many pieces that have a standard: those of known time, or else the good ones of closed gaps; `None`
/// where there are none.
fn ideal(tally: &Tally) -> Option<(i64, i64)> {
    let known = tally.get(Column::Total) - tally.get(Column::NoStandardPieces);
    let of_known = (tally.get(Column::EarnedTotalNs), known);
    let of_gaps = (tally.get(Column::GapEarnedGoodNs), tally.get(Column::GapGood));
    [of_known, of_gaps].into_iter().find(|(ns, of)| *ns > 0 && *of > 0)
}
