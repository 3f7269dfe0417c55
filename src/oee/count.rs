//! Pure. What counters and people counted, in the tally of its instant, and how long the cycles took.

use super::book::{adjust, book, primary};
use super::changeover::Changeover;
use super::engine::{Engine, Place};
use super::rows::Rows;
use crate::model::entry::Entry;
use crate::model::fact::Role;
use crate::model::happened::{Counted, Sampled};
use crate::model::tally::{Column, Flag, FlagKind};
use crate::model::time::Timestamp;
use std::sync::Arc;

impl Engine {
    /// Books counts of known or unknown time at an instant.
    pub fn count(&mut self, place: Place, at: Timestamp, counted: Counted, unknown: bool, rows: &mut Rows) {
        let Some(segment) = self.segment(place, at) else { return };
        let counted = Counted {
            gap: counted.gap || unknown,
            ..counted
        };
        let waits = self.changeover.is_some_and(|changeover| !changeover.released);
        let startup = waits && !place.plan.said(place.machine).is_approved(at);
        book(counted, startup, &segment, rows.cell(at, &segment));
        let rejects = counted.role == Role::Reject && counted.pieces > 0;
        self.changeover
            .iter_mut()
            .filter(|_| rejects)
            .for_each(Changeover::reject);
    }

    /// Books pieces a person counted out of the good ones, or in.
    pub fn adjust(&mut self, place: Place, at: Timestamp, entry: &Entry, rows: &mut Rows) {
        let Some(segment) = self.segment(place, at) else { return };
        adjust(entry, &segment, rows.sums(at, &segment));
    }

    /// Notes what counters did beside counting.
    pub fn flag(&mut self, place: Place, at: Timestamp, samples: &[Sampled], rows: &mut Rows) {
        if self.segment(place, at).is_none() {
            return;
        }
        for sampled in samples {
            if let Some((what, amount)) = sampled.flag {
                rows.flag(Flag {
                    machine: place.machine,
                    at,
                    role: sampled.rest.role.name().into(),
                    what,
                    amount,
                });
            }
        }
    }

    /// Takes all samples of an instant. What they count is judged by the changeover that held before it; so all of them are
    /// booked before they release the machine, and a reject among them breaks the row of good pieces.
    pub fn take(&mut self, place: Place, at: Timestamp, samples: &[Sampled], unknown: bool, rows: &mut Rows) {
        for sampled in samples {
            self.pace(place, at, sampled, rows);
        }
        for sampled in samples.iter().filter(|sampled| sampled.rest.pieces != 0) {
            self.count(place, at, sampled.rest, unknown, rows);
        }
        if let (Some(segment), Some(changeover)) = (self.segment(place, at), &mut self.changeover) {
            let rejects = |sampled: &Sampled| sampled.rest.role == Role::Reject && sampled.whole > 0;
            if samples.iter().any(rejects) {
                changeover.reject();
            }
            changeover.release(&segment);
        }
    }

    /// Times the cycle that a counter's sample ends.
    pub fn sampled(&mut self, place: Place, at: Timestamp, sampled: &Sampled, rows: &mut Rows) {
        let Some(segment) = self.segment(place, at) else { return };
        if sampled.whole <= 0 || primary(&segment) != Some(sampled.rest.role) {
            return;
        }
        if let (Some((last, product)), Some(running)) = (&self.last_piece, self.running_since)
            && running <= *last
            && *product == segment.key.product
            && !sampled.rest.gap
        {
            let sums = rows.sums(at, &segment);
            let ms = at.since(*last);
            sums.tally.add(Column::Cycles, sampled.whole);
            sums.tally.add(Column::CycleMs, ms);
            // Pieces counted in one sample are alike: each took the mean, rounded to the microsecond.
            let mean_us = (ms.saturating_mul(1_000) + sampled.whole / 2) / sampled.whole;
            sums.detail.cycles.add(mean_us, sampled.whole);
        }
        self.last_piece = Some((at, Arc::clone(&segment.key.product)));
    }

    /// Books pieces that a person released, and tells a changeover at which pace a sample's pieces came.
    fn pace(&mut self, place: Place, at: Timestamp, sampled: &Sampled, rows: &mut Rows) {
        let role = sampled.rest.role;
        let Some(segment) = self.segment(place, at) else { return };
        let held = sampled.flag.filter(|(what, _)| *what == FlagKind::Held);
        if let Some((_, pieces)) = held.filter(|_| place.plan.said(place.machine).is_released(at, role)) {
            let counted = Counted { pieces, ..sampled.rest };
            self.count(place, at, counted, false, rows);
        }
        if sampled.whole <= 0 || primary(&segment) != Some(role) {
            return;
        }
        let of_product = self
            .last_count
            .take()
            .filter(|(_, product)| *product == segment.key.product);
        let took_ms = of_product.filter(|_| !sampled.rest.gap).map(|(last, _)| at.since(last));
        if let Some(changeover) = &mut self.changeover {
            changeover.take(sampled.whole, took_ms, &segment);
        }
        self.last_count = Some((at, Arc::clone(&segment.key.product)));
    }
}
