//! Pure. The sums of a line whose pieces pass one machine after the other.

use super::cascade::scaled;
use crate::model::ids::MachineId;
use crate::model::tally::{Column, Sums};

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
/// OEE here too. Where the bottleneck has no ideal cycle the pieces have no standard.
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
    let (good, total) = (out.get(Column::Good), out.get(Column::Good) + bad + unjudged);
    let gap_good = out.get(Column::GapGood);
    let gap_unjudged = out.get(Column::GapTotal) - gap_good - out.get(Column::GapReject);
    set(Column::Good, good);
    set(Column::Total, total);
    set(Column::Judged, total - unjudged);
    set(Column::GapGood, gap_good);
    set(Column::GapTotal, gap_good + all.get(Column::GapReject) + gap_unjudged);
    // Ideal nanoseconds of so many pieces with a standard.
    let ideal = time.get(Column::EarnedTotalNs);
    let of = time.get(Column::Total) - time.get(Column::NoStandardPieces);
    let earned = |pieces: i64| if of > 0 { scaled(ideal, pieces, of) } else { 0 };
    set(Column::EarnedTotalNs, earned(total));
    set(Column::EarnedGoodNs, earned(good));
    set(Column::EarnedStartupNs, earned(all.get(Column::Startup)));
    set(Column::GapEarnedGoodNs, earned(gap_good));
    set(Column::NoStandardPieces, if of > 0 { 0 } else { total });
    line.detail.set_pieces_of(&parts.all.detail);
    line
}
