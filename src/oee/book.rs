//! Pure. What counts and time of a class add to the columns of a tally.

use super::class::{is_busy, is_production};
use super::plan::{Segment, is_work};
use super::rows::{Label, Rows};
use crate::model::fact::Role;
use crate::model::happened::Counted;
use crate::model::ids::MachineId;
use crate::model::settings::RejectSource;
use crate::model::state::Class;
use crate::model::tally::{Column, Tally};
use crate::model::time::Period;

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

/// Adds the counts of one counter: pieces in all, good ones and rejects follow from which other counters there are.
pub fn book(counted: Counted, segment: &Segment, tally: &mut Tally) {
    let first = primary(segment);
    let known = segment.setting.reject_source != RejectSource::None;
    let n = counted.pieces;
    // What the counts add to: pieces in all, good ones, rejects.
    let (total, good, reject) = match counted.role {
        Role::Shots => (n * i64::from(segment.cavities), n * i64::from(segment.cavities), 0),
        Role::Total if has(segment, Role::Good) => (n, 0, n),
        Role::Total => (n, n, 0),
        Role::Good if first == Some(Role::Good) => (n, n, 0),
        Role::Good => (0, n, -n),
        Role::Reject if matches!(first, Some(Role::Good | Role::Reject)) => (n, 0, n),
        Role::Reject => (0, -n, n),
        Role::State | Role::Run | Role::Input(_) => (0, 0, 0),
    };
    let good = if known { good } else { 0 };
    let ideal = segment.ideal_piece_ns;
    if counted.gap {
        tally.add(Column::GapTotal, total);
        tally.add(Column::GapGood, good);
        tally.add(Column::GapReject, reject);
        tally.add(Column::GapEarnedGoodNs, good * ideal.unwrap_or(0));
        return;
    }
    tally.add(Column::Shots, if counted.role == Role::Shots { n } else { 0 });
    tally.add(Column::Total, total);
    tally.add(Column::Good, good);
    tally.add(Column::Reject, reject);
    tally.add(Column::Judged, if known { total } else { 0 });
    match ideal {
        Some(ideal) => {
            tally.add(Column::EarnedTotalNs, total * ideal);
            tally.add(Column::EarnedGoodNs, good * ideal);
        }
        None => tally.add(Column::NoStandardPieces, total),
    }
}

fn has(segment: &Segment, role: Role) -> bool {
    segment.setting.signals.iter().any(|signal| signal.role == role)
}

/// Adds time with everything that follows from its class.
pub fn write(machine: MachineId, period: Period, label: &Label, counts: bool, segment: &Segment, rows: &mut Rows) {
    let busy = is_busy(label.class);
    let production = is_production(label.class);
    let no_standard = production && (segment.ideal_piece_ns.is_none() || primary(segment).is_none());
    let columns = [
        (Column::of(label.class), true),
        (Column::SpanMs, true),
        (Column::PbtMs, busy),
        (Column::KnownMs, busy),
        (Column::PlannedMs, busy || label.class == Class::Unknown),
        (Column::AptMs, production),
        (Column::NoStandardMs, no_standard),
        (Column::ExtraMs, label.class == Class::Running && !is_work(segment)),
        (Column::ManualMs, !label.reason.is_empty()),
    ];
    rows.time(machine, period, label, counts, &columns, segment);
}
