//! Pure. What counts stand for: pieces, where a count is several pieces or a piece several counts, or watt hours.

use crate::model::fact::Role;
use crate::model::happened::Remark;
use crate::model::reading::Value;
use crate::model::settings::MachineSetting;
use crate::model::tally::FlagKind;

/// No cycle takes longer: a register that says so is wrong.
const LONGEST_CYCLE_S: f64 = 86_400.0;

/// What a signal's value is as a reading of a counter: of a meter in thousandths of a watt hour; `None` for what is none.
pub fn reading(role: Role, value: &Value, setting: &MachineSetting) -> Option<i128> {
    match (role, value) {
        (Role::Energy, _) => setting.meter.as_ref()?.milli_wh(value),
        (_, Value::Int(counts)) => Some(*counts),
        (_, Value::Bool(_) | Value::Float(_) | Value::Text(_)) => None,
    }
}

/// Pieces that counts of this role stand for, as a fraction: those of shots follow from the cavities. Of a meter watt hours.
pub fn per_count(role: Role, setting: &MachineSetting) -> (u32, u32) {
    match role {
        Role::Shots => (1, 1),
        Role::Energy => (1, 1_000),
        Role::State | Role::Run | Role::Total | Role::Good | Role::Reject | Role::Input(_) | Role::CycleTime => {
            setting.per_count
        }
    }
}

/// The whole pieces that counts stand for, with what was left before, and what is left of them.
pub fn pieces_of(counts: i64, (pieces, of_counts): (u32, u32), rest: i64) -> (i64, i64) {
    let parts = i128::from(counts) * i128::from(pieces) + i128::from(rest);
    let whole = i128::from(of_counts.max(1));
    let (made, left) = (parts.div_euclid(whole), parts.rem_euclid(whole));
    (
        i64::try_from(made).unwrap_or(i64::MAX),
        i64::try_from(left).unwrap_or(0),
    )
}

/// A flag of a counter in pieces, as tallies count them; parts of a piece in it are left out. A meter that goes on from a
/// reading nobody can believe was changed for another, or set anew: that is no energy, and nothing for a person to release.
pub fn flag_of(role: Role, flag: Option<Remark>, per_count: (u32, u32)) -> Option<Remark> {
    let is_anew = |remark: Remark| role == Role::Energy && remark.what == FlagKind::Held;
    flag.map(|remark| match is_anew(remark) {
        true => Remark {
            what: FlagKind::Reset,
            amount: 0,
            ..remark
        },
        false => Remark {
            amount: pieces_of(remark.amount, per_count, 0).0,
            ..remark
        },
    })
}

/// A cycle that the machine's controller tells in seconds, in microseconds; `None` for what is no length of a cycle: nothing,
/// below nothing, or more than a day.
pub fn cycle_us(value: &Value) -> Option<i64> {
    let seconds = match value {
        Value::Int(number) => *number as f64,
        Value::Float(number) => *number,
        Value::Bool(_) | Value::Text(_) => return None,
    };
    let us = (seconds * 1e6).round();
    (us >= 1.0 && seconds <= LONGEST_CYCLE_S).then_some(us as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_that_make_no_whole_piece_wait_for_those_that_do() {
        // Three counts to a piece: 7 counts are 2 pieces and a third; with 2 more that is a whole one.
        assert_eq!(pieces_of(7, (1, 3), 0), (2, 1));
        assert_eq!(pieces_of(2, (1, 3), 1), (1, 0));
        // Two pieces to three counts: 4 counts are 8 thirds.
        assert_eq!(pieces_of(4, (2, 3), 0), (2, 2));
        assert_eq!(pieces_of(5, (4, 1), 0), (20, 0));
    }
}
