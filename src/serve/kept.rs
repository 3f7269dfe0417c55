//! Pure. What is kept of each machine's shift for the page, so that a second later only what is new is read.

use super::past::{PastRows, Wanted};
use super::story::Story;
use crate::model::ids::MachineId;
use crate::model::live::{MachineLive, PlantLive};
use crate::model::time::{Period, SECOND_MS, Timestamp};
use std::collections::BTreeMap;

/// A past that is being worked out again is read anew at most so often.
const REREAD_MS: i64 = 5 * SECOND_MS;

/// The shifts that are on, as far as they are on disk.
#[derive(Debug, Default)]
pub(super) struct Kept {
    shifts: BTreeMap<MachineId, Shift>,
}

#[derive(Debug)]
struct Shift {
    covers: Period,
    /// Up to here spans were read ...
    spans: Timestamp,
    /// ... and up to here tallies.
    tallies: Timestamp,
    retold: u64,
    /// True when its past was being worked out again at the last look: what was read then may be old.
    unsure: bool,
    /// When the shift was read from its start.
    read_at: Timestamp,
    story: Story,
}

impl Kept {
    /// What must be read for these machines; nothing where all that is new is still on its way to disk.
    pub(super) fn missing(&self, plant: &PlantLive) -> Vec<Wanted> {
        let missing = plant.machines.iter().filter_map(|live| self.missing_of(live, plant.at));
        missing.collect()
    }

    /// Takes what was read for [`Kept::missing`] of the same machines.
    pub(super) fn take(&mut self, plant: &PlantLive, wanted: &[Wanted], read: Vec<PastRows>) {
        let machines = &plant.machines;
        self.shifts
            .retain(|machine, _| machines.iter().any(|live| live.machine == *machine));
        for (wanted, (spans, tallies)) in wanted.iter().zip(read) {
            let Some(live) = machines.iter().find(|live| live.machine == wanted.machine) else {
                continue;
            };
            let from_start = self.known(live, plant.at).is_none();
            let shift = self
                .shifts
                .entry(live.machine)
                .or_insert_with(|| Shift::new(live, plant.at));
            if from_start {
                *shift = Shift::new(live, plant.at);
            }
            // A span that reaches into the time asked for is known already, unless that is the begin of the shift.
            let is_new = |start: Timestamp| from_start || start >= wanted.spans.start;
            let spans = spans.into_iter().filter(|row| is_new(row.period.start));
            shift.story.spans.extend(spans);
            shift.story.tallies.extend(tallies);
            (shift.spans, shift.tallies) = (wanted.spans.end, wanted.tallies.end);
        }
    }

    /// The shift of a machine so far.
    pub(super) fn story(&self, live: &MachineLive) -> Story {
        let kept = self
            .shifts
            .get(&live.machine)
            .filter(|shift| shift.covers == live.covers);
        let story = kept.map(|shift| shift.story.clone()).unwrap_or_default();
        story.whole(&live.open, live.covers)
    }

    fn missing_of(&self, live: &MachineLive, now: Timestamp) -> Option<Wanted> {
        let known = self.known(live, now);
        let from = |known: Option<Timestamp>| known.unwrap_or(live.covers.start);
        // Where nothing is on its way, everything is on disk.
        let spans = live.open.spans.first().map_or(live.covers.end, |row| row.period.start);
        let tallies = live
            .open
            .tallies
            .first()
            .map_or(live.covers.end, |row| row.period.start);
        let wanted = Wanted {
            machine: live.machine,
            spans: Period::new(from(known.map(|shift| shift.spans)), spans),
            tallies: Period::new(from(known.map(|shift| shift.tallies)), tallies),
        };
        let is_new = !wanted.spans.is_empty() || !wanted.tallies.is_empty();
        (known.is_none() || is_new).then_some(wanted)
    }

    /// What is kept of the machine's shift, unless it may have become another one since.
    fn known(&self, live: &MachineLive, now: Timestamp) -> Option<&Shift> {
        let shift = self
            .shifts
            .get(&live.machine)
            .filter(|shift| shift.covers == live.covers)?;
        let is_sound = shift.retold == live.retold && !shift.unsure && !live.recomputing;
        // Until it is worked out, what was read a moment ago is as good as what would be read now.
        let is_fresh = live.recomputing && shift.unsure && now.since(shift.read_at) < REREAD_MS;
        (is_sound || is_fresh).then_some(shift)
    }
}

impl Shift {
    fn new(live: &MachineLive, now: Timestamp) -> Shift {
        Shift {
            covers: live.covers,
            spans: live.covers.start,
            tallies: live.covers.start,
            retold: live.retold,
            unsure: live.recomputing,
            read_at: now,
            story: Story::default(),
        }
    }
}

#[cfg(test)]
#[path = "kept/tests.rs"]
mod tests;
