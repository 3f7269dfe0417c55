//! What seconds, pieces and people's counts add to the columns of a row, for the oracle.
#![allow(clippy::wildcard_enum_match_arm, reason = "it names only the facts it looks for")]

use super::plan::Moment;
use super::signals::{Increase, Piece, Signals};
use super::stops::leave;
use super::words::words;
use super::{Called, History, Rows};
use gemba::model::entry::{Says, Source};
use gemba::model::fact::Role;
use gemba::model::policy::Charge;
use gemba::model::settings::{PolicySetting, RejectSource};
use gemba::model::state::Class;
use gemba::model::tally::{Column, Flag, FlagKind, Standing};
use gemba::oee::calendar::Planned;
use std::collections::BTreeMap;

/// The counter that stands for production.
pub fn primary(moment: &Moment) -> Option<Role> {
    let has = |role: &Role| moment.place.machine.signals.iter().any(|signal| signal.role == *role);
    [Role::Shots, Role::Total, Role::Good]
        .into_iter()
        .find(|role| has(role))
}

/// A second of a class.
pub fn time(rows: &mut Rows, second: usize, moment: &Moment, called: &Called) {
    const MS: i64 = 1000;
    let (class, place) = (called.class, &moment.place);
    rows.add(second, Column::of(class), MS);
    rows.add(second, Column::SpanMs, MS);
    let charge = charge(&place.policy, called);
    if charge != Charge::Excluded {
        rows.add(second, Column::PbtMs, MS);
        rows.add(second, Column::KnownMs, MS);
    }
    if charge != Charge::Excluded || class == Class::Unknown {
        rows.add(second, Column::PlannedMs, MS);
        rows.add(second, Column::ManMs, moment.people);
    }
    if charge == Charge::Performance {
        rows.add(second, Column::AptMs, MS);
    }
    if class == Class::Running && (place.piece_ns().is_none() || primary(moment).is_none()) {
        rows.add(second, Column::NoStandardMs, MS);
    }
    // It had leave to stand still, and ran all the same.
    let leave = match moment.planned {
        Planned::Break => Some(Column::ExtraBreakMs),
        Planned::Nothing => Some(Column::ExtraOffShiftMs),
        Planned::Stop => Some(Column::ExtraMs),
        Planned::Work if place.declared.is_some() => Some(Column::ExtraMs),
        Planned::Work if place.waiting_order == Some(false) => Some(Column::ExtraNoOrderMs),
        Planned::Work => None,
    };
    if let Some(leave) = leave.filter(|_| class == Class::Running) {
        rows.add(second, Column::ExtraMs, MS);
        if leave != Column::ExtraMs {
            rows.add(second, leave, MS);
        }
    }
    if called.manual {
        rows.add(second, Column::ManualMs, MS);
    }
    if called.recoded {
        rows.add(second, Column::RecodedMs, MS);
    }
}

/// Running, and time that cannot be worked in, are charged as the table says; the rest as the policy says: by the reason, else
/// by the class, else by the table. Where nothing explains a stop there is no reason.
pub fn charge(policy: &PolicySetting, called: &Called) -> Charge {
    match called.class {
        Class::Running => return Charge::Performance,
        Class::NotScheduled | Class::ClockSkip | Class::Unknown => return Charge::Excluded,
        _ => {}
    }
    let explained = called.class != Class::Unexplained;
    let said = policy.charges.reasons.get(called.reason.as_str());
    let said = said
        .filter(|_| explained)
        .or_else(|| policy.charges.classes.get(&called.class));
    said.copied().unwrap_or(match called.class {
        Class::MinorStop => Charge::Performance,
        Class::PlannedStop | Class::Break | Class::NoOrder => Charge::Excluded,
        _ => Charge::Availability,
    })
}

/// Unknown planned seconds of which every counter tells the pieces, of those that have an ideal cycle: it is heard, or comes out of
/// its silence; and in order.
pub fn bridge(rows: &mut Rows, moments: &[Moment], signals: &Signals, called: &[Called]) {
    for (second, called) in called.iter().enumerate() {
        let over = |increase: &&Increase| (increase.from..increase.at).contains(&second);
        let in_order = signals.increases.iter().filter(over).all(|increase| increase.in_order);
        let tells = |(role, heard): &(Role, Vec<bool>)| {
            let mut over = signals.increases.iter().filter(over);
            heard[second] || over.any(|increase| increase.role == *role && increase.gap)
        };
        let told = !signals.heard.is_empty() && signals.heard.iter().all(tells);
        let earns = moments[second].place.piece_ns().is_some();
        if in_order && told && earns && signals.unseen[second] && called.class == Class::Unknown {
            rows.add(second, Column::BridgedMs, 1000);
        }
    }
}

/// True for a second that unseen pieces may fill: the machine had no leave to stand still, or none that is let pass.
pub fn can_be_filled(moment: &Moment) -> bool {
    leave(moment).is_none_or(|leave| charge(&moment.place.policy, &leave) != Charge::Excluded)
}

/// Good pieces that a counter told of a second: of known time, and of a gap.
pub struct Made {
    second: usize,
    known: i64,
    gap: i64,
    /// Of those of a gap, the ones that are worth something: they fill a second, and have an ideal cycle.
    worth: i64,
}

/// One piece of one counter, or one taken back (-1); `startup` when it was made in a changeover that was not released yet.
pub fn book(rows: &mut Rows, piece: &Piece, n: i64, startup: bool, moment: &Moment) -> Made {
    let place = &moment.place;
    let has = |role: Role| place.machine.signals.iter().any(|signal| signal.role == role);
    let cavities = place.cavities();
    // What one count says of pieces made, good ones and rejects. Any two give the third.
    let (total, good, reject) = match piece.role {
        Role::Shots => (cavities, cavities, 0),
        Role::Total if has(Role::Good) => (1, 0, 1),
        Role::Total => (1, 1, 0),
        Role::Good if has(Role::Total) => (0, 1, -1),
        Role::Good => (1, 1, 0),
        Role::Reject if has(Role::Total) || has(Role::Shots) => (0, -1, 1),
        Role::Reject => (1, 0, 1),
        Role::State | Role::Run | Role::Input(_) | Role::Energy | Role::CycleTime => unreachable!("no counter"),
    };
    // All that is made before the release is a reject, whatever else is counted among it.
    let (good, reject) = if startup { (0, total) } else { (good, reject) };
    let (total, good, reject) = (n * total, n * good, n * reject);
    let judged = place.machine.reject_source != RejectSource::None;
    let good = if judged { good } else { 0 };
    let second = piece.second;
    match place.machine.count_by {
        Source::Manual => {
            rows.add(second, Column::ManualReject, reject);
            rows.add(second, Column::ManualTotal, if piece.gap { 0 } else { total });
        }
        Source::Scan => rows.add(second, Column::ScanReject, reject),
        Source::Auto => {}
    }
    if piece.gap {
        rows.add(second, Column::GapTotal, total);
        rows.add(second, Column::GapGood, good);
        rows.add(second, Column::GapReject, reject);
        // In leave to stand still there is no planned time that it could have filled.
        let is_worth = can_be_filled(moment) && place.piece_ns().is_some();
        let worth = if is_worth { good } else { 0 };
        rows.add(second, Column::GapEarnedGoodNs, worth * place.piece_ns().unwrap_or(0));
        return Made {
            second,
            known: 0,
            gap: good,
            worth,
        };
    }
    let shots = n * i64::from(piece.role == Role::Shots);
    rows.add(second, Column::Shots, shots);
    rows.add(second, Column::Total, total);
    rows.add(second, Column::Good, good);
    rows.add(second, Column::Reject, reject);
    if judged {
        rows.add(second, Column::Judged, total);
    }
    let startup = if startup { total } else { 0 };
    rows.add(second, Column::Startup, startup);
    match place.piece_ns() {
        Some(ns) => {
            rows.add(second, Column::EarnedTotalNs, total * ns);
            rows.add(second, Column::EarnedGoodNs, good * ns);
            rows.add(second, Column::EarnedStartupNs, startup * ns);
            rows.add(second, Column::CavityLossNs, shots * place.blocked() * ns);
        }
        None => rows.add(second, Column::NoStandardPieces, total),
    }
    Made {
        second,
        known: good,
        gap: 0,
        worth: 0,
    }
}

/// A cycle is timed from one increase of the production counter to the next of the same product when nothing but running
/// lay between.
pub fn cycles(rows: &mut Rows, moments: &[Moment], signals: &Signals, called: &[Called]) {
    let mut last: Option<usize> = None;
    for increase in &signals.increases {
        if increase.at >= called.len() || increase.pieces == 0 || Some(increase.role) != primary(&moments[increase.at])
        {
            continue;
        }
        if let Some(last) = last {
            let same = moments[last].place.product == moments[increase.at].place.product;
            let ran = called[last..increase.at]
                .iter()
                .all(|called| called.class == Class::Running);
            if same && ran && !increase.gap {
                let ms = (increase.at - last) as i64 * 1000;
                rows.add(increase.at, Column::Cycles, increase.pieces);
                rows.add(increase.at, Column::CycleMs, ms);
                // Each took the mean, to the nearest microsecond.
                let mean_us = (ms as f64 * 1000.0 / increase.pieces as f64 + 0.5).floor() as i64;
                rows.detail(increase.at, |detail| detail.cycles.add(mean_us, increase.pieces));
            }
        }
        last = Some(increase.at);
    }
}

/// Pieces that people counted out of the good ones, or among those that passed rework. They take what known time has up to then of
/// the shift and product, and the rest of what gaps have; they give back to the gaps first.
pub fn counted_by_people(rows: &mut Rows, history: &History, moments: &[Moment], made: &[Made]) {
    let mut words = words(history);
    words.sort_by_key(|word| word.at);
    let judged = moments[0].place.machine.reject_source != RejectSource::None;
    // What people took so far of a shift and product: of known time, of gaps, and of those of gaps what was worth something.
    let mut out_of: BTreeMap<(usize, String), (i64, i64, i64)> = BTreeMap::new();
    for word in words {
        let (column, out) = match word.says {
            Says::Scrap { pieces, .. } => (Column::Reject, *pieces),
            Says::Rework { pieces, .. } => (Column::Rework, *pieces),
            Says::Reworked { pieces } => {
                rows.add(word.at, Column::Reworked, *pieces);
                continue;
            }
            _ => continue,
        };
        // A shift that the calendar takes off and puts on again is another one.
        let mut shift = vec![0];
        for pair in moments.windows(2) {
            shift.push(shift[shift.len() - 1] + usize::from(pair[0].day.since != pair[1].day.since));
        }
        let of = |second: usize| (shift[second], moments[second].place.product.to_string());
        let (mut from_gaps, mut of_worth) = (0, 0);
        if judged && rows.of[word.at].is_some() {
            let here = made.iter().filter(|made| {
                made.second < word.at && rows.of[made.second].is_some() && of(made.second) == of(word.at)
            });
            let (mut known, mut gap, mut worth) = (0, 0, 0);
            for made in here {
                (known, gap, worth) = (known + made.known, gap + made.gap, worth + made.worth);
            }
            let taken = out_of.entry(of(word.at)).or_default();
            let (known, gap) = ((known - taken.0).max(0), (gap - taken.1).max(0));
            from_gaps = match out {
                0.. => gap.min((out - known).max(0)),
                ..0 => -taken.1.min(-out),
            };
            // Out go those first that are worth something, and back come those last.
            of_worth = match out {
                0.. => from_gaps.min((worth - taken.2).max(0)),
                ..0 => from_gaps.min(0) - from_gaps.max(taken.2 - taken.1),
            };
            *taken = (taken.0 + out - from_gaps, taken.1 + from_gaps, taken.2 + of_worth);
        }
        match word.source {
            Source::Manual => rows.add(word.at, Column::ManualReject, out),
            Source::Scan => rows.add(word.at, Column::ScanReject, out),
            Source::Auto => {}
        }
        let ns = moments[word.at].place.piece_ns().unwrap_or(0);
        let known = out - from_gaps;
        rows.add(word.at, column, known);
        rows.add(word.at, Column::Good, -known);
        rows.add(word.at, Column::EarnedGoodNs, -known * ns);
        rows.add(word.at, Column::GapReject, from_gaps);
        rows.add(word.at, Column::GapGood, -from_gaps);
        rows.add(word.at, Column::GapEarnedGoodNs, -of_worth * ns);
        rows.detail(word.at, |detail| match word.says {
            Says::Scrap { pieces, reason, .. } => detail.scrap(reason, *pieces),
            Says::Rework { pieces, reason, .. } => detail.rework(reason, *pieces),
            _ => {}
        });
    }
}

/// In each row, by how much the counted rejects of each product of the shift came to exceed its pieces; flags where a shift ends so.
pub fn balance(rows: &mut Rows, history: &History, moments: &[Moment]) -> Vec<Flag> {
    let mut flags = Vec::new();
    // Good pieces by product, and of all products how many more of them there are than pieces.
    let (mut good, mut surplus): (BTreeMap<String, i64>, i64) = (BTreeMap::new(), 0);
    let over = |good: &BTreeMap<String, i64>, surplus: i64| -> i64 {
        surplus.max(0) + good.values().map(|good| (-good).max(0)).sum::<i64>()
    };
    let judged = moments[0].place.machine.reject_source != RejectSource::None;
    for second in 0..history.seconds {
        let begins = second == 0 || rows.of[second] != rows.of[second - 1];
        if let (Some(row), true) = (rows.of[second].filter(|_| judged), begins) {
            let before = over(&good, surplus);
            let tally = rows.rows[row].tally;
            let product = rows.rows[row].key.product.to_string();
            let made = tally.get(Column::Good) + tally.get(Column::GapGood);
            *good.entry(product).or_default() += made;
            surplus += made - tally.get(Column::Total) - tally.get(Column::GapTotal);
            rows.rows[row]
                .tally
                .add(Column::ExcessReject, over(&good, surplus) - before);
        }
        if moments[second + 1].day.since != moments[second].day.since {
            if over(&good, surplus) > 0 {
                flags.push(Flag {
                    machine: super::MACHINE,
                    at: history.instant(second + 1).plus(-1),
                    role: Role::Reject.name().into(),
                    what: FlagKind::ExcessReject,
                    amount: over(&good, surplus),
                    standing: Standing::Noted,
                    author: "".into(),
                });
            }
            good.clear();
            surplus = 0;
        }
    }
    flags
}
