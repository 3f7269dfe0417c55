//! Pure. What counters and people counted, in the tally of its instant, and how long the cycles took.

use super::book::{adjust, book, primary};
use super::changeover::{self, Changeover};
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
        let startup = self.changeover.is_some() && !changeover::is_approved(place.plan, place.machine, at);
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

    /// Notes what a counter did, and times the cycle its sample ends.
    pub fn sampled(&mut self, place: Place, at: Timestamp, sampled: &Sampled, rows: &mut Rows) {
        let role = sampled.rest.role;
        if let Some((what, amount)) = sampled.flag {
            rows.flag(Flag {
                machine: place.machine,
                at,
                role: role.name().into(),
                what,
                amount,
            });
        }
        let Some(segment) = self.segment(place, at) else { return };
        let held = sampled.flag.filter(|(what, _)| *what == FlagKind::Held);
        if let Some((_, pieces)) = held.filter(|_| place.plan.said(place.machine).is_released(at, role)) {
            let counted = Counted { pieces, ..sampled.rest };
            self.count(place, at, counted, false, rows);
        }
        if sampled.whole <= 0 || primary(&segment) != Some(role) {
            return;
        }
        let since = self
            .last_piece
            .as_ref()
            .map(|(last, product)| (*last, *product == segment.key.product));
        let since = since
            .filter(|(_, same)| *same && !sampled.rest.gap)
            .map(|(last, _)| last);
        if let (Some(last), Some(running)) = (since, self.running_since)
            && running <= last
        {
            let sums = rows.sums(at, &segment);
            let ms = at.since(last);
            sums.tally.add(Column::Cycles, sampled.whole);
            sums.tally.add(Column::CycleMs, ms);
            // Pieces counted in one sample are alike: each took the mean, rounded to the microsecond.
            let mean_us = (ms.saturating_mul(1_000) + sampled.whole / 2) / sampled.whole;
            sums.detail.cycles.add(mean_us, sampled.whole);
        }
        let took_ms = since.map(|last| at.since(last));
        if self
            .changeover
            .as_mut()
            .is_some_and(|now| now.take(sampled.whole, took_ms, &segment))
        {
            self.changeover = None;
        }
        self.last_piece = Some((at, Arc::clone(&segment.key.product)));
    }
}
