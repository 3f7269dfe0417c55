//! Pure. Of which time people at work were told: who counts people tells of what follows, up to the end of the shift.

use super::said::At;
use super::{Plan, Segment};
use crate::model::ids::MachineId;
use crate::model::tally::{Column, Tally, TallyKey};
use crate::model::time::{DAY_MS, Period, Timestamp};
use crate::oee::class::is_unknown_planned;
use std::collections::BTreeMap;

/// What a tally has of planned time and of the time of people, in milliseconds.
#[derive(Debug, Clone, Copy)]
pub struct Hours {
    /// Planned time.
    pub planned_ms: i64,
    /// Man milliseconds.
    pub man_ms: i64,
}

impl Hours {
    /// Those of a tally.
    pub fn of(tally: &Tally) -> Hours {
        Hours {
            planned_ms: tally.get(Column::PlannedMs),
            man_ms: tally.get(Column::ManMs),
        }
    }

    /// Planned time of which people were told, where nothing is known but that they were or not.
    pub fn by_people(self) -> i64 {
        if self.man_ms > 0 { self.planned_ms } else { 0 }
    }
}

impl Plan {
    /// True when people at work on a line, or on the machine on it, were told of an instant of a period.
    pub fn is_manned_in(&self, machine: Option<MachineId>, line: &str, period: Period) -> bool {
        self.first_manned_in(machine, line, period).is_some()
    }

    /// Planned time of a tally of a machine that began at `start` of which people at work were told, were it none. A tally of a shift
    /// may lie anywhere in it: its time is that of its product and order, and where that is not enough to know it, as little as
    /// its man hours take.
    pub fn manned_ms(&self, machine: MachineId, key: &TallyKey, start: Timestamp, hours: Hours) -> i64 {
        // No shift and no time between shifts is longer than two days.
        let end = key.shift_start.plus(2 * DAY_MS);
        let shift = Period::new(key.shift_start, end);
        let Some(first) = self.first_manned_in(Some(machine), &key.line, shift) else {
            return hours.by_people();
        };
        if first <= start && !key.shift.is_empty() {
            return hours.planned_ms;
        }
        let is_of = |segment: &Segment| {
            let of = &segment.key;
            (&of.shift, of.shift_start) == (&key.shift, key.shift_start)
                && (&of.product, &of.order) == (&key.product, &key.order)
        };
        self.manned(machine, Period::new(start, end), hours, is_of)
    }

    /// The same of all that a machine did in a period, within a shift or between two.
    pub fn manned_ms_in(&self, machine: MachineId, period: Period, hours: Hours) -> i64 {
        self.manned(machine, period, hours, |_| true)
    }

    /// The first instant of a period of which they were told.
    fn first_manned_in(&self, machine: Option<MachineId>, line: &str, period: Period) -> Option<Timestamp> {
        let first = |people: &BTreeMap<At, i64>| {
            let mut told = people.range((period.start, 0)..(period.end, 0));
            told.next().map(|((at, _), _)| *at)
        };
        let own = machine.and_then(|id| first(&self.said(id).people));
        let of_line = self.lines.get(line).filter(|_| !line.is_empty()).and_then(first);
        own.into_iter().chain(of_line).min()
    }

    fn manned(&self, machine: MachineId, period: Period, hours: Hours, is_of: impl Fn(&Segment) -> bool) -> i64 {
        let (mut at, mut is_told, mut untold_ms, mut most_milli) = (period.start, false, 0, 0);
        let mut began = None;
        while at < period.end {
            let Some(segment) = self.segment(machine, at) else {
                at = self.configured_after(machine, at).unwrap_or(period.end);
                continue;
            };
            let date = began.get_or_insert_with(|| segment.key.business_date.clone());
            if *date != segment.key.business_date {
                break;
            }
            let part = Period::new(at, segment.period.end.clamp(at.plus(1), period.end));
            at = part.end;
            if !is_of(&segment) {
                continue;
            }
            let first = self.first_manned_in(Some(machine), &segment.key.line, segment.slot.shift_period);
            is_told |= first.is_some();
            most_milli = most_milli.max(segment.people_milli);
            // Between shifts nobody plans, and all time may be work.
            if is_unknown_planned(&segment) || segment.slot.shift.is_empty() {
                untold_ms += Period::new(part.start, first.unwrap_or(part.end).min(part.end)).ms();
            }
        }
        if !is_told {
            return hours.by_people();
        }
        let by_people = i128::from(hours.man_ms) * 1_000 / i128::from(most_milli.max(1));
        let by_people = i64::try_from(by_people).unwrap_or(hours.planned_ms);
        (hours.planned_ms - untold_ms)
            .max(by_people)
            .clamp(0, hours.planned_ms.max(0))
    }
}
