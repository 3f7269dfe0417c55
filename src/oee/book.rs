//! Pure. What counts and time of a class add to the columns of a tally.

use super::balance::FromGaps;
use super::calendar::Planned;
use super::class::is_unknown_planned;
use super::plan::{Between, Segment};
use super::policy;
use super::rows::{Label, Rows};
use crate::model::entry::Source;
use crate::model::fact::Role;
use crate::model::happened::{Counted, Move, Moved};
use crate::model::ids::MachineId;
use crate::model::policy::Charge;
use crate::model::settings::RejectSource;
use crate::model::state::Class;
use crate::model::tally::{self, Column, Sums, Tally};
use crate::model::time::{MINUTE_MS, Period, Timestamp};

/// The counter that stands for production: the first of shots, total, good that the machine has.
pub fn primary(segment: &Segment) -> Option<Role> {
    segment
        .setting
        .signals
        .iter()
        .map(|signal| signal.role)
        .filter(|role| role.is_counter())
        .min()
}

/// Adds the counts of one counter: pieces in all, good ones and rejects follow from which other counters there are. Pieces of
/// a changeover before its release are `startup` rejects, all of them.
pub fn book(counted: Counted, startup: bool, segment: &Segment, tally: &mut Tally) {
    let (total, good, reject) = worth(counted, segment);
    // A reject among startup rejects was rejected with all the others already.
    let (good, reject) = if startup { (0, total) } else { (good, reject) };
    let good = if segment.setting.reject_source == RejectSource::None {
        0
    } else {
        good
    };
    let n = counted.pieces;
    let ideal = segment.ideal_piece_ns;
    match segment.setting.count_by {
        Source::Manual => {
            tally.add(Column::ManualTotal, if counted.gap { 0 } else { total });
            tally.add(Column::ManualReject, reject);
        }
        Source::Scan => tally.add(Column::ScanReject, reject),
        Source::Auto => {}
    }
    if counted.gap {
        tally.add(Column::GapTotal, total);
        tally.add(Column::GapGood, good);
        tally.add(Column::GapReject, reject);
        // In a break that nobody saw there is no planned time that its pieces could be held against.
        if is_unknown_planned(segment) {
            tally.add(Column::GapEarnedGoodNs, good.saturating_mul(ideal.unwrap_or(0)));
        }
        return;
    }
    tally.add(Column::Shots, if counted.role == Role::Shots { n } else { 0 });
    tally.add(Column::Total, total);
    tally.add(Column::Good, good);
    tally.add(Column::Reject, reject);
    tally.add(Column::Judged, if segment.is_judged() { total } else { 0 });
    tally.add(Column::Startup, if startup { total } else { 0 });
    match ideal {
        Some(ideal) => {
            let earned = total.saturating_mul(ideal);
            tally.add(Column::EarnedTotalNs, earned);
            tally.add(Column::EarnedGoodNs, good.saturating_mul(ideal));
            tally.add(Column::EarnedStartupNs, if startup { earned } else { 0 });
            let blocked = i64::from(segment.nominal) - i64::from(segment.cavities);
            let shots = if counted.role == Role::Shots { n } else { 0 };
            tally.add(
                Column::CavityLossNs,
                shots.saturating_mul(blocked).saturating_mul(ideal),
            );
        }
        None => tally.add(Column::NoStandardPieces, total),
    }
}

/// What counts of a counter are: pieces in all, good ones, rejects. At one station two counters give the third of these; where
/// they count at different ones each tells of itself alone, since what lies between them is neither.
fn worth(counted: Counted, segment: &Segment) -> (i64, i64, i64) {
    let (first, n) = (primary(segment), counted.pieces);
    let shots = n.saturating_mul(i64::from(segment.cavities));
    if !segment.is_one_station() {
        return match counted.role {
            Role::Shots => (shots, 0, 0),
            Role::Total => (n, 0, 0),
            Role::Good if first == Some(Role::Good) => (n, n, 0),
            Role::Good => (0, n, 0),
            Role::Reject => (0, 0, n),
            Role::State | Role::Run | Role::Input(_) | Role::Energy | Role::CycleTime => (0, 0, 0),
        };
    }
    match counted.role {
        Role::Shots => (shots, shots, 0),
        Role::Total if has(segment, Role::Good) => (n, 0, n),
        Role::Total => (n, n, 0),
        Role::Good if first == Some(Role::Good) => (n, n, 0),
        Role::Good => (0, n, -n),
        Role::Reject if matches!(first, Some(Role::Good | Role::Reject)) => (n, 0, n),
        Role::Reject => (0, -n, n),
        Role::State | Role::Run | Role::Input(_) | Role::Energy | Role::CycleTime => (0, 0, 0),
    }
}

/// True when the machine has a signal of this role.
pub fn has(segment: &Segment, role: Role) -> bool {
    segment.setting.signals.iter().any(|signal| signal.role == role)
}

/// Moves pieces that a person counted: out of the good ones, so many of them out of those of gaps, or among those that passed
/// rework. Of gaps rejects are one sum, whatever becomes of them; and only what pieces of gaps earned is taken with them.
pub fn adjust(moved: &Moved, from_gaps: FromGaps, segment: &Segment, sums: &mut Sums) {
    let pieces = moved.pieces;
    let column = match moved.to {
        Move::Scrap => {
            sums.detail.scrap(&moved.reason, pieces);
            Column::Reject
        }
        Move::Rework => {
            sums.detail.rework(&moved.reason, pieces);
            Column::Rework
        }
        Move::Reworked => {
            sums.tally.add(Column::Reworked, pieces);
            return;
        }
    };
    let ideal = segment.ideal_piece_ns.unwrap_or(0);
    let tally = &mut sums.tally;
    match moved.source {
        Source::Manual => tally.add(Column::ManualReject, pieces),
        Source::Scan => tally.add(Column::ScanReject, pieces),
        Source::Auto => {}
    }
    let known = pieces - from_gaps.pieces;
    tally.add(column, known);
    tally.add(Column::Good, -known);
    tally.add(Column::EarnedGoodNs, (-known).saturating_mul(ideal));
    tally.add(Column::GapReject, from_gaps.pieces);
    tally.add(Column::GapGood, -from_gaps.pieces);
    tally.add(Column::GapEarnedGoodNs, (-from_gaps.earned).saturating_mul(ideal));
}

/// What time is beside its class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Mark {
    /// True when it begins the planned time of a stop, and so counts it.
    pub counts: bool,
    /// True when a person took it out of OEE after it had begun.
    pub recoded: bool,
    /// True when an in-order counter closes the gap it lies in.
    pub bridged: bool,
}

/// Adds time with everything that follows from its class.
pub fn write(machine: MachineId, period: Period, label: &Label, mark: Mark, segment: &Segment, rows: &mut Rows) {
    let charge = policy::charge(&segment.policy, label.class, &label.reason);
    let busy = charge != Charge::Excluded;
    let production = charge == Charge::Performance;
    let running = label.class == Class::Running;
    let no_order = segment.between == Between::NoOrder;
    // Pieces without an ideal cycle would make it time in which nothing was earned.
    let is_bridged = mark.bridged && label.class == Class::Unknown && segment.ideal_piece_ns.is_some();
    let no_standard = running && (segment.ideal_piece_ns.is_none() || primary(segment).is_none());
    let columns = [
        (Column::of(label.class), true),
        (Column::SpanMs, true),
        (Column::PbtMs, busy),
        (Column::KnownMs, busy),
        (Column::PlannedMs, busy || label.class == Class::Unknown),
        (Column::AptMs, production),
        (Column::NoStandardMs, no_standard),
        // It had leave to stand still and ran all the same.
        (Column::ExtraMs, running && segment.is_leave()),
        (Column::ExtraBreakMs, running && segment.slot.planned == Planned::Break),
        (
            Column::ExtraOffShiftMs,
            running && segment.slot.planned == Planned::Nothing,
        ),
        (
            Column::ExtraNoOrderMs,
            running && segment.is_work() && segment.declared.is_none() && no_order,
        ),
        (Column::ManualMs, label.source == tally::Source::Manual),
        (Column::RecodedMs, mark.recoded),
        (Column::BridgedMs, is_bridged),
    ];
    rows.time(machine, period, label, mark.counts, &columns, segment);
    if segment.people_milli != 0 && (busy || label.class == Class::Unknown) {
        people(period, segment, rows);
    }
}

/// Adds the time of the people at work, minute by minute; whole milliseconds that add up however the time is cut.
fn people(period: Period, segment: &Segment, rows: &mut Rows) {
    let man_ms = |at: Timestamp| (i128::from(at.0) * i128::from(segment.people_milli)).div_euclid(1_000);
    let mut at = period.start;
    while at < period.end {
        let end = period.end.min(at.next(MINUTE_MS));
        let ms = i64::try_from(man_ms(end) - man_ms(at)).unwrap_or(0);
        rows.cell(at, segment).add(Column::ManMs, ms);
        at = end;
    }
}
