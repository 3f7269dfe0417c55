//! Changeovers that last until their release, for the oracle: what the machine makes in one are tries, and it stands still for it.
#![allow(clippy::unwrap_used, reason = "a test double may fail its test")]

use super::History;
use super::booking::primary;
use super::plan::{Moment, Place};
use super::signals::{Increase, Piece, Signals};
use super::words::first_offs;
use gemba::model::fact::Role;
use gemba::model::settings::Release;
use gemba::model::state::State;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What becomes of the pieces.
pub struct Judged {
    /// For each piece whether it is a startup reject.
    pub startup: Vec<bool>,
    /// Pieces that a second counter told of only after the release of the changeover they were made in.
    pub late: Vec<Piece>,
}

/// Seconds of a machine that is changed over become setup, unless it failed, waits for something, or nobody knows.
pub fn change_over(history: &History, moments: &[Moment], signals: &mut Signals) -> Judged {
    let approved = first_offs(history);
    let mut made: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (place, piece) in signals.pieces.iter().enumerate() {
        made.entry(piece.second).or_default().push(place);
    }
    let sampled: BTreeSet<usize> = signals.increases.iter().map(|increase| increase.at).collect();
    let mut startup = vec![false; signals.pieces.len()];
    let mut late = Vec::new();
    let mut tries = Tries::default();
    let (mut row, mut unproven, mut began) = (0, 0, 0);
    let mut changing = Changing::No;
    let mut work = Work::default();
    // True while nothing says changeover but that an order was missing.
    let mut of_gap = false;
    for second in 0..history.seconds {
        let release = moments[second].place.machine.release;
        // Of what was made at this second in a changeover that began at another.
        let is_approved = |began: usize| is_approved(&approved, began, second);
        let made = made.get(&second).map_or(&[][..], Vec::as_slice);
        // Samples end the time before this second, and are judged by it.
        for piece in made.iter().filter(|piece| signals.pieces[**piece].on_sample) {
            startup[*piece] = changing == Changing::Waits && !is_approved(began);
            tries.take(&signals.pieces[*piece], startup[*piece], &moments[second]);
        }
        late.extend(tries.late(second, moments, signals));
        if changing == Changing::Waits && sampled.contains(&second) {
            (row, unproven) = in_a_row((row, unproven), began, second, moments, signals);
            if matches!(release, Release::GoodInARow(wanted) if row >= i64::from(wanted) && unproven == 0) {
                changing = Changing::Released;
            }
        }
        // The second itself.
        let state = signals.states[second].clone();
        let gap = moments[second].place.waiting_order == Some(true);
        let changes = state == State::Setup || gap;
        let put_on = work.put_on(&moments[second].place);
        // Without a release, when the machine goes on with what it made before the gap, or nothing waits for it any more.
        let is_off = moments[second].place.waiting_order == Some(false);
        if release == Release::Running || (of_gap && !changes && (put_on == Some(PutOn::Same) || is_off)) {
            changing = Changing::No;
        }
        let another = put_on == Some(PutOn::Another);
        of_gap = match changing {
            Changing::No => state != State::Setup && !another,
            Changing::Waits | Changing::Released => {
                of_gap && state != State::Setup && !another && put_on != Some(PutOn::First)
            }
        };
        if changing == Changing::No && (changes || another) && release != Release::Running {
            (changing, row, unproven, began) = (Changing::Waits, 0, 0, second);
            signals.changeovers.insert(second);
            tries = Tries::default();
        } else if changing == Changing::Waits && approved.iter().any(|(_, when)| *when == second) {
            changing = Changing::Released;
        }
        if another {
            row = 0;
        }
        // Time nobody saw neither ends nor begins what a release was for.
        if changing == Changing::Released && !changes && state != State::Unknown {
            changing = Changing::No;
        }
        for piece in made.iter().filter(|piece| !signals.pieces[**piece].on_sample) {
            startup[*piece] = changing == Changing::Waits && !is_approved(began);
            tries.take(&signals.pieces[*piece], startup[*piece], &moments[second]);
            if signals.pieces[*piece].role == Role::Reject {
                row = 0;
            }
        }
        if changing == Changing::Waits && matches!(state, State::Running | State::Stopped | State::Idle) {
            signals.states[second] = State::Setup;
        }
    }
    Judged { startup, late }
}

/// True when the first piece of a changeover that began at one second was approved at another or later.
fn is_approved(approved: &[(usize, usize)], began: usize, second: usize) -> bool {
    let mut approved = approved.iter();
    approved.any(|(from, when)| *from <= second && second <= *when && began < *when)
}

/// Startup pieces, and pieces made after them, that the counter of rejects or of good ones has not told of.
#[derive(Default)]
struct Tries {
    startup: i64,
    later: i64,
}

impl Tries {
    fn take(&mut self, piece: &Piece, startup: bool, moment: &Moment) {
        let counts = [Role::Shots, Role::Total];
        if !primary(moment).is_some_and(|first| counts.contains(&first)) {
            return;
        }
        let pieces = match piece.role {
            Role::Shots => moment.place.cavities(),
            Role::Total => 1,
            Role::Good | Role::Reject => -1,
            Role::State | Role::Run | Role::Input(_) | Role::Energy | Role::CycleTime => unreachable!("no counter"),
        };
        match startup {
            true => (self.startup, self.later) = (self.startup + pieces, 0),
            false => self.later += pieces,
        }
    }

    /// When it was read: what it told of more pieces than were made since is of startup pieces.
    fn late(&mut self, second: usize, moments: &[Moment], signals: &Signals) -> Vec<Piece> {
        let first = primary(&moments[second]);
        let mut beside = signals.increases.iter().filter(|increase| Some(increase.role) != first);
        let Some(read) = beside.find(|increase| increase.at == second && increase.pieces > 0) else {
            return Vec::new();
        };
        let unknown = second > 0 && signals.states[second - 1] == State::Unknown;
        let late = (-self.later).min(self.startup).max(0);
        self.later += late;
        self.startup -= late;
        let piece = Piece {
            role: read.role,
            second,
            gap: read.gap || unknown,
            on_sample: true,
        };
        vec![piece; late as usize]
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Changing {
    No,
    Waits,
    Released,
}

/// What the machine made last.
#[derive(Default)]
struct Work {
    order: Arc<str>,
    product: Arc<str>,
    mould: Arc<str>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum PutOn {
    First,
    Same,
    /// Another product; or another order with another mould.
    Another,
}

impl Work {
    /// What is on the machine, beside what it made last; `None` while no product is.
    fn put_on(&mut self, place: &Place) -> Option<PutOn> {
        let (order, product, mould) = (&place.order, &place.product, &place.mould);
        if product.is_empty() {
            return None;
        }
        let another = self.product != *product || (self.order != *order && self.mould != *mould);
        let first = self.product.is_empty();
        *self = Work {
            order: Arc::clone(order),
            product: Arc::clone(product),
            mould: Arc::clone(mould),
        };
        Some(match another {
            _ if first => PutOn::First,
            true => PutOn::Another,
            false => PutOn::Same,
        })
    }
}

/// Good pieces in a row after the samples of a second, and pieces that no counter of good ones told of yet. In the row are
/// those that came in 1.2 ideal cycles each since the changeover began, none of them a reject.
fn in_a_row(
    (row, unproven): (i64, i64),
    began: usize,
    second: usize,
    moments: &[Moment],
    signals: &Signals,
) -> (i64, i64) {
    let at = |role: Role| {
        let mut of_role = signals.increases.iter().filter(move |increase| increase.role == role);
        of_role.find(move |increase| increase.at == second)
    };
    // Piece i of n lies i/n of the way from the sample before.
    let since = |increase: &Increase| {
        let n = increase.pieces as usize;
        let length = increase.at - increase.from;
        let lie = (1..=n).filter(|i| increase.from + i * length / n >= began);
        lie.count() as i64
    };
    let first = primary(&moments[second]);
    let mut row = row;
    let mut made = 0;
    if let Some(increase) = first.and_then(at).filter(|increase| increase.pieces > 0) {
        let took_s = last_before(increase, moments, signals).map(|last| (second - last) as i64);
        let most_ns = moments[second]
            .place
            .count_ns()
            .map(|ns| ns * increase.pieces * 12 / 10);
        let in_time = match (took_s, most_ns) {
            (Some(took_s), Some(most_ns)) => took_s * 1_000_000_000 <= most_ns,
            _ => true,
        };
        made = since(increase);
        row = if in_time { row + made } else { 0 };
    }
    if at(Role::Reject).is_some_and(|rejects| rejects.pieces > 0) {
        row = 0;
    }
    let counts_good = moments[second]
        .place
        .machine
        .signals
        .iter()
        .any(|signal| signal.role == Role::Good);
    if first == Some(Role::Good) || !counts_good {
        return (row, 0);
    }
    // What the counter of all pieces shows more than that of the good ones is rejects, once both were read.
    let unproven = unproven + made;
    match at(Role::Good).map(since) {
        None => (row, unproven),
        Some(good) if good >= unproven => (row, 0),
        Some(good) if good >= made => (row.min(made), 0),
        Some(_) => (0, 0),
    }
}

/// The increase before, of the same product and with no silence between.
fn last_before(increase: &Increase, moments: &[Moment], signals: &Signals) -> Option<usize> {
    let before = signals
        .increases
        .iter()
        .rfind(|other| other.role == increase.role && other.at < increase.at && other.pieces > 0)?;
    let same = moments[before.at].place.product == moments[increase.at].place.product;
    (same && !increase.gap).then_some(before.at)
}
