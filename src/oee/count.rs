//! Pure. What counters and people counted, in the tally of its instant, and how long the cycles took.

use super::balance::{self, FromGaps};
use super::book::{adjust, book, has, primary};
use super::changeover::{Changeover, Tries};
use super::engine::{Engine, Place};
use super::plan::{Decided, Segment};
use super::rows::Rows;
use crate::model::fact::Role;
use crate::model::happened::{Counted, Move, Moved, Remark, Sampled};
use crate::model::tally::{Column, Flag, FlagKind, Standing};
use crate::model::time::{Period, Timestamp};
use std::sync::Arc;

impl Engine {
    /// Books counts of known or unknown time at an instant.
    pub fn count(
        &mut self,
        place: Place,
        segment: &Segment,
        at: Timestamp,
        counted: Counted,
        unknown: bool,
        rows: &mut Rows,
    ) {
        if counted.role == Role::Energy {
            // What was used is used, whatever is known of the machine.
            rows.cell(at, segment).add(Column::Wh, counted.pieces);
            return;
        }
        let counted = Counted {
            gap: counted.gap || unknown,
            ..counted
        };
        let waits = self.changeover.filter(|changeover| !changeover.released);
        let said = place.plan.said(place.machine);
        let startup = waits.is_some_and(|changeover| !said.is_approved(changeover.since, at));
        self.tell_tries(counted, startup, segment);
        self.book(counted, startup, segment, at, rows);
        let rejects = counted.role == Role::Reject && counted.pieces > 0;
        self.changeover
            .iter_mut()
            .filter(|_| rejects)
            .for_each(Changeover::reject);
    }

    /// The energy of a step is told, or will be.
    pub fn metered(&self, segment: &Segment, step: Period, rows: &mut Rows) {
        rows.cell(step.start, segment).add(Column::MeteredMs, step.ms());
    }

    /// Books pieces a person counted out of the good ones, or in.
    pub fn adjust(&mut self, place: Place, at: Timestamp, moved: &Moved, rows: &mut Rows) {
        let Some(segment) = self.segment(place, at) else { return };
        let from_gaps = match moved.to {
            Move::Scrap | Move::Rework => {
                self.shift_is_on(&segment, at);
                self.balance.from_gaps(&segment, at, moved.pieces)
            }
            Move::Reworked => FromGaps::default(),
        };
        adjust(moved, from_gaps, &segment, rows.sums(at, &segment));
    }

    /// The shift of this segment is on at an instant.
    pub fn shift_is_on(&mut self, segment: &Segment, at: Timestamp) {
        self.balance.shift_is_on(segment.slot.shift_period, at);
    }

    /// Time was told up to `told.end`: what the rejects of a shift, or of the time between two shifts, that ended in it exceed its
    /// pieces by is flagged at its last instant.
    pub fn end_shifts(&mut self, place: Place, told: Period, rows: &mut Rows) {
        for (end, amount) in self.balance.end(told.end) {
            // Of a shift that ended in time nobody told nothing is known.
            if amount > 0 && end >= told.start {
                rows.flag(Flag {
                    machine: place.machine,
                    at: end.plus(-1),
                    role: Role::Reject.name().into(),
                    what: FlagKind::ExcessReject,
                    amount,
                    standing: Standing::Noted,
                    author: "".into(),
                });
            }
        }
    }

    /// Notes what counters did beside counting, and what a person made of it.
    pub fn flag(&self, place: Place, segment: &Segment, at: Timestamp, samples: &[Sampled], rows: &mut Rows) {
        for sampled in samples {
            let role = sampled.rest.role;
            if let Some(Remark { what, amount, .. }) = sampled.flag {
                let decided = place.plan.said(place.machine).decided(at, role);
                // Released pieces are booked; those of a machine that is not in service are not.
                let decided = decided.filter(|decided| segment.in_service || !decided.release);
                let (standing, author) = standing(what, decided);
                // A shot is a piece of every cavity in use, as when it is booked.
                let of_count = if role == Role::Shots { segment.cavities } else { 1 };
                let amount = amount.saturating_mul(i64::from(of_count));
                rows.flag(Flag {
                    machine: place.machine,
                    at,
                    role: role.name().into(),
                    what,
                    amount,
                    standing,
                    author,
                });
            }
        }
    }

    /// Takes all samples of an instant. What they count is judged by the changeover that held before it; so all of them are
    /// booked before they release the machine, and a reject among them breaks the row of good pieces.
    pub fn take(
        &mut self,
        place: Place,
        segment: &Segment,
        at: Timestamp,
        samples: &[Sampled],
        unknown: bool,
        rows: &mut Rows,
    ) {
        for sampled in samples {
            self.pace(place, segment, at, sampled, rows);
        }
        for sampled in samples.iter().filter(|sampled| sampled.rest.pieces != 0) {
            self.count(place, segment, at, sampled.rest, unknown, rows);
        }
        self.take_back(segment, at, samples, unknown, rows);
        if let Some(changeover) = &mut self.changeover {
            let rejects = |sampled: &Sampled| sampled.rest.role == Role::Reject && sampled.whole > 0;
            if samples.iter().any(rejects) {
                changeover.reject();
            }
            prove(changeover, at, samples, segment);
            changeover.release(segment);
        }
    }

    /// Times the cycle that a counter's sample ends.
    pub fn sampled(&mut self, segment: &Segment, at: Timestamp, sampled: &Sampled, rows: &mut Rows) {
        if sampled.whole <= 0 || primary(segment) != Some(sampled.rest.role) {
            return;
        }
        if let (Some((last, product)), Some(running)) = (&self.last_piece, self.running_since)
            && running <= *last
            && *product == segment.key.product
            && !sampled.rest.gap
        {
            let sums = rows.sums(at, segment);
            // Pieces counted in one sample are alike: each took the mean. What the controller tells is of its last cycle alone.
            let (cycles, us) = match sampled.cycle_us {
                Some(us) => {
                    let (pieces, cycles) = segment.of_cycle();
                    (i64::from(pieces.max(1)), us.saturating_mul(i64::from(cycles.max(1))))
                }
                // Of a controller that tells no length the cycle is not known; the polls may be too far apart to time it.
                None if segment.setting.tells_cycles() => (0, 0),
                None => (sampled.whole, at.since(*last).saturating_mul(1_000)),
            };
            sums.tally.add(Column::Cycles, cycles);
            sums.tally.add(Column::CycleMs, (us + 500) / 1_000);
            if cycles > 0 {
                sums.detail.cycles.add((us + cycles / 2) / cycles, cycles);
            }
        }
        self.last_piece = Some((at, Arc::clone(&segment.key.product)));
    }

    /// Books pieces that a person released, and tells a changeover at which pace a sample's pieces came.
    fn pace(&mut self, place: Place, segment: &Segment, at: Timestamp, sampled: &Sampled, rows: &mut Rows) {
        let role = sampled.rest.role;
        let held = sampled.flag.filter(|remark| remark.what == FlagKind::Held);
        let decided = place.plan.said(place.machine).decided(at, role);
        if let Some(held) = held.filter(|_| decided.is_some_and(|decided| decided.release)) {
            // Whether they were made in known time is told by the reading that was held, and not by the one after it.
            let counted = Counted {
                pieces: held.amount,
                gap: held.gap,
                role,
            };
            self.count(place, segment, at, counted, false, rows);
        }
        if sampled.whole <= 0 || primary(segment) != Some(role) {
            return;
        }
        let of_product = self
            .last_count
            .take()
            .filter(|(_, product)| *product == segment.key.product);
        let took_ms = of_product.filter(|_| !sampled.rest.gap).map(|(last, _)| at.since(last));
        if let Some(changeover) = &mut self.changeover {
            let counts = counts_from(changeover.since, at, sampled);
            changeover.take((sampled.whole, counts), took_ms, segment);
        }
        self.last_count = Some((at, Arc::clone(&segment.key.product)));
    }

    /// Tells the startup pieces what was made, or what a second counter tells of it.
    fn tell_tries(&mut self, counted: Counted, startup: bool, segment: &Segment) {
        let pieces = match counted.role {
            Role::Shots => counted.pieces.saturating_mul(i64::from(segment.cavities)),
            Role::Total => counted.pieces,
            role if second(segment) == Some(role) => -counted.pieces,
            Role::Good | Role::Reject | Role::State | Role::Run | Role::Input(_) | Role::Energy | Role::CycleTime => {
                return;
            }
        };
        if startup || self.tries.is_some() {
            self.tries.get_or_insert_default().take(pieces, startup);
        }
    }

    /// Takes back what a second counter told of startup pieces, once it was read.
    fn take_back(&mut self, segment: &Segment, at: Timestamp, samples: &[Sampled], unknown: bool, rows: &mut Rows) {
        let read = |sampled: &&Sampled| second(segment) == Some(sampled.rest.role) && sampled.whole > 0;
        let Some(sampled) = samples.iter().find(read) else {
            return;
        };
        let late = self.tries.as_mut().map_or(0, Tries::late);
        if late > 0 {
            let counted = Counted {
                pieces: -late,
                gap: sampled.rest.gap || unknown,
                ..sampled.rest
            };
            self.book(counted, false, segment, at, rows);
        }
    }

    /// Books counts, and holds them against the pieces of their shift.
    fn book(&mut self, counted: Counted, startup: bool, segment: &Segment, at: Timestamp, rows: &mut Rows) {
        let tally = rows.cell(at, segment);
        let before = balance::counted(tally);
        let earned = tally.get(Column::GapEarnedGoodNs);
        book(counted, startup, segment, tally);
        let after = balance::counted(tally);
        let more = std::array::from_fn(|place| after[place].saturating_sub(before[place]));
        let idle = tally.get(Column::GapEarnedGoodNs) == earned;
        self.balance.take(segment, at, more, idle, tally);
    }
}

/// The counter that stands beside that of all pieces.
fn second(segment: &Segment) -> Option<Role> {
    let first = primary(segment);
    let beside = matches!(first, Some(Role::Shots | Role::Total));
    let mut others = [Role::Good, Role::Reject].into_iter();
    others.find(|role| has(segment, *role)).filter(|_| beside)
}

/// What the samples of an instant prove of a row of pieces, where a counter of good ones stands beside that of all.
fn prove(changeover: &mut Changeover, at: Timestamp, samples: &[Sampled], segment: &Segment) {
    if second(segment) != Some(Role::Good) {
        return;
    }
    let first = primary(segment);
    let of = |role: Role| samples.iter().filter(move |sampled| sampled.rest.role == role);
    let sum = |role: Role| of(role).map(|sampled| counts_from(changeover.since, at, sampled)).sum();
    let counts: i64 = first.map_or(0, sum);
    let pieces = match first {
        Some(Role::Shots) => counts.saturating_mul(i64::from(segment.cavities)),
        Some(_) | None => counts,
    };
    let good = of(Role::Good).next().map(|_| sum(Role::Good));
    changeover.prove((counts, pieces), good);
}

/// Counts of a sample taken at `at` that do not lie before `from`: count i of n in (seen, at] lies at seen + i x (at - seen)/n.
fn counts_from(from: Timestamp, at: Timestamp, sampled: &Sampled) -> i64 {
    let length = i128::from(at.since(sampled.since).max(1));
    let before = i128::from(from.since(sampled.since).max(0)) * i128::from(sampled.whole.max(0));
    let before = (before + length - 1).div_euclid(length) - 1;
    sampled.whole - i64::try_from(before.max(0)).unwrap_or(0)
}

/// What stands of a flag: what a person made of a held increase, and who.
fn standing(what: FlagKind, decided: Option<&Decided>) -> (Standing, Arc<str>) {
    match (what, decided) {
        (FlagKind::RollOver | FlagKind::Reset | FlagKind::ExcessReject, _) => (Standing::Noted, "".into()),
        (FlagKind::Held, None) => (Standing::Open, "".into()),
        (FlagKind::Held, Some(decided)) if decided.release => (Standing::Released, Arc::clone(&decided.author)),
        (FlagKind::Held, Some(decided)) => (Standing::Refused, Arc::clone(&decided.author)),
    }
}
