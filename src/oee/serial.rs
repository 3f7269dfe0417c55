//! Pure. The sums of a line whose pieces pass one machine after the other.

use super::cascade::scaled;
use crate::model::ids::MachineId;
use crate::model::tally::{Column, Sums, Tally};

/// Sums that follow the pieces through the whole line: they are added over all machines.
const OF_ALL: [Column; 6] = [
    Column::Reworked,
    Column::ManualReject,
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
    /// Of all machines but the bottleneck.
    others: Sums,
    /// True where the output machine is the bottleneck.
    is_one: bool,
    /// The output machine.
    end: Option<MachineId>,
}

impl Parts {
    /// Adds the sums of a machine; one machine may be both, `(bottleneck, output)`.
    pub fn give(&mut self, machine: MachineId, (bottleneck, output): (MachineId, MachineId), sums: &Sums) {
        if machine == output {
            self.output.merge(sums);
        }
        if machine == bottleneck {
            self.bottleneck.merge(sums);
        } else {
            self.others.merge(sums);
        }
        self.is_one = bottleneck == output;
        self.end = Some(output);
    }

    /// The output machine, and its planned milliseconds; `None` where it did nothing.
    pub fn end(&self) -> Option<(MachineId, i64)> {
        let planned = self.output.tally.get(Column::PlannedMs);
        self.end.filter(|_| planned != 0).map(|end| (end, planned))
    }

    /// What the bottleneck gave.
    pub fn bottleneck(&self) -> &Sums {
        &self.bottleneck
    }

    /// Pieces of the output machine, and of all that are neither this nor the bottleneck.
    pub fn passed(&self) -> [i64; 2] {
        let [output, others] = [&self.output, &self.others].map(|sums| made(&sums.tally));
        if self.is_one {
            [0, others]
        } else {
            [output, others - output]
        }
    }

    /// Takes out what all but the bottleneck gave.
    pub fn take_others(&mut self) -> Parts {
        let output = if self.is_one {
            Sums::default()
        } else {
            std::mem::take(&mut self.output)
        };
        Parts {
            output,
            others: std::mem::take(&mut self.others),
            is_one: self.is_one,
            end: self.end,
            ..Parts::default()
        }
    }

    /// Adds what `other` was given.
    pub fn merge(&mut self, other: &Parts) {
        self.bottleneck.merge(&other.bottleneck);
        self.output.merge(&other.output);
        self.others.merge(&other.others);
        self.is_one |= other.is_one;
        self.end = self.end.or(other.end);
    }
}

/// The line: time and ideal cycle of the bottleneck, good pieces of the output machine, rejects of all. Its pieces (PQ) are
/// those good ones and those rejects, all at the bottleneck's ideal cycle, so that availability x effectiveness x quality is
/// OEE here too. Where the bottleneck has no ideal cycle the pieces have no standard. Where it made nothing of them in this
/// time (they passed it before a change of product, or of shift), the ideal cycle is the output machine's.
///
/// Time and pieces are those of two machines, each of which may fall silent alone. OEE is told of the time in which both are
/// known, and coverage says how much that is:
/// - Where the output machine was silent longer, by `blind` ms, the pieces are those of its known time, which is that much
///   shorter than the bottleneck's. [`Column::KnownMs`] has it taken off, and `Basis` leaves it out of what holds pieces against
///   time; time by class, stops and availability are the bottleneck's, as it told them.
/// - Where the bottleneck was silent longer, the pieces of that time go to those of gaps: of all that came out, the share that
///   the bottleneck made in its silence (see [`Share`]).
///
/// Both hold wherever the shorter silence lies, as long as the line works as steadily in what is left; where one silence lies
/// in the other, they hold without that. A merge adds both up: a silent shift takes itself out of a month, and nothing else.
/// No piece is lost: known ones and those of gaps are the good ones of the output machine. With every gap closed bridged OEE is
/// exact, since all pieces stand against all planned time; where one is not closed, less of the unknown time is bridged than
/// there is. A machine that is neither may fall silent unseen: it has no part in OEE, but its rejects are those of gaps.
pub fn line(parts: &Parts) -> Sums {
    let mut whole = parts.others.clone();
    whole.merge(&parts.bottleneck);
    let (time, out, all) = (&parts.bottleneck.tally, &parts.output.tally, &whole.tally);
    let share = Share::of(time, out);
    let mut line = parts.bottleneck.clone();
    let mut set = |column, amount: i64| {
        let before = time.get(column);
        line.tally.add(column, amount - before);
    };
    for column in OF_ALL {
        set(column, all.get(column));
    }
    // The bottleneck's own rejects are of its own known time already.
    let known = |column| time.get(column) + share.known(all.get(column) - time.get(column));
    let [reject, rework, startup] = [Column::Reject, Column::Rework, Column::Startup].map(known);
    let rejects = |tally: &Tally| tally.get(Column::Reject) + tally.get(Column::Rework);
    let gap_reject = all.get(Column::GapReject) + rejects(all) - reject - rework;
    let unjudged = out.get(Column::Total) - out.get(Column::Judged);
    // A reject that nobody knows of on the way leaves the quality of the line unknown, also where every piece is judged at its end.
    let unknown = all.get(Column::Total) - all.get(Column::Judged);
    let all_good = out.get(Column::Good) + out.get(Column::GapGood);
    let good = share.known(if share.has_gaps {
        all_good
    } else {
        out.get(Column::Good)
    });
    let (gap_good, total) = (all_good - good, good + reject + rework + unjudged);
    let gap_unjudged = out.get(Column::GapTotal) - out.get(Column::GapGood) - out.get(Column::GapReject);
    for (column, amount) in [
        (Column::Reject, reject),
        (Column::Rework, rework),
        (Column::Startup, startup),
        // Who counted a piece is who counted it where it came out.
        (Column::ManualTotal, share.known(out.get(Column::ManualTotal))),
        (Column::Good, good),
        (Column::Total, total),
        (Column::Judged, total - unknown.min(total.max(0))),
        (Column::GapGood, gap_good),
        (Column::GapReject, gap_reject),
        (Column::GapTotal, gap_good + gap_reject + gap_unjudged),
        (Column::KnownMs, time.get(Column::KnownMs) - share.blind_ms),
        (Column::BridgedMs, time.get(Column::BridgedMs) - open_ms(out)),
    ] {
        set(column, amount);
    }
    let passed = [Column::Total, Column::GapTotal, Column::NoStandardMs];
    let is_past = passed.into_iter().all(|column| time.get(column) == 0);
    let reference = if is_past { out } else { time };
    let ideal = ideal(reference);
    let earned = |pieces: i64| ideal.map_or(0, |(ns, of)| scaled(ns, pieces, of));
    let bare = reference.get(Column::NoStandardPieces);
    let no_standard = ideal.map_or(total, |_| scaled(total, bare, reference.get(Column::Total).max(1)));
    set(Column::EarnedTotalNs, earned(total));
    set(Column::EarnedGoodNs, earned(good));
    set(Column::EarnedStartupNs, earned(startup));
    set(Column::GapEarnedGoodNs, earned(gap_good));
    set(Column::NoStandardPieces, no_standard);
    line.detail.set_pieces_of(&whole.detail);
    line
}

/// Which of the pieces that came out were made in the bottleneck's known time.
struct Share {
    part: i64,
    whole: i64,
    /// Of the output machine's good pieces of closed gaps too.
    has_gaps: bool,
    /// By how much longer than the bottleneck the output machine was silent.
    blind_ms: i64,
}

impl Share {
    /// A bottleneck that stood in its silence made nothing in it: its counter tells that, and the clock does not. Where that
    /// counter did not come back in order, what came out beyond what it made in known time was made in the silence. Where
    /// nobody knows all that came out, or the bottleneck counts nothing, the known time of both machines has to tell.
    fn of(time: &Tally, out: &Tally) -> Share {
        let longer = time.get(Column::UnknownMs) - out.get(Column::UnknownMs);
        let part = time.get(Column::Total);
        let all = made(time).max(if open_ms(time) > 0 { made(out) } else { part });
        let (part, whole, has_gaps) = if longer <= 0 {
            (1, 1, false)
        } else if open_ms(out) == 0 && part >= 0 && made(time) > 0 {
            (part, all, true)
        } else {
            let known = time.get(Column::PbtMs).max(0);
            (known, known + longer, false)
        };
        Share {
            part,
            whole,
            has_gaps,
            blind_ms: longer.saturating_neg().max(0),
        }
    }

    fn known(&self, pieces: i64) -> i64 {
        scaled(pieces, self.part, self.whole)
    }
}

/// All pieces of a machine, those of closed gaps among them.
fn made(tally: &Tally) -> i64 {
    tally.get(Column::Total).saturating_add(tally.get(Column::GapTotal))
}

/// Unknown planned time that no counter closed.
fn open_ms(tally: &Tally) -> i64 {
    (tally.get(Column::UnknownMs) - tally.get(Column::BridgedMs)).max(0)
}

/// Planned time that is neither known nor unknown: that of a bottleneck which tells its class while the output machine is silent,
/// so that nobody knows its pieces. A machine alone has none.
pub(super) fn blind_ms(tally: &Tally) -> i64 {
    let told = tally.get(Column::KnownMs) + tally.get(Column::UnknownMs);
    (tally.get(Column::PlannedMs) - told).max(0)
}

/// Ideal nanoseconds that so many pieces earned: all those of known time, or else the good ones of closed gaps; `None` where they
/// earned nothing. Pieces without a standard earned nothing among them, so that they take as much from those of the line.
fn ideal(tally: &Tally) -> Option<(i64, i64)> {
    let total = tally.get(Column::Total);
    let has_standard = total > tally.get(Column::NoStandardPieces);
    let of_known = (tally.get(Column::EarnedTotalNs), if has_standard { total } else { 0 });
    let of_gaps = (tally.get(Column::GapEarnedGoodNs), tally.get(Column::GapGood));
    [of_known, of_gaps].into_iter().find(|(ns, of)| *ns > 0 && *of > 0)
}

#[cfg(test)]
#[path = "serial/tests.rs"]
mod tests;
