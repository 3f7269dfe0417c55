//! Pure. Meters that several machines share: the energy of each machine is its share by run time.
//!
//! A meter is read for one machine, and its tallies hold all of it. Whoever asks for less than the line splits it: among
//! what ran in the same shift, or in the same hour of it where hours are asked for. Sums over all of them stay what the meter
//! said.

use super::cascade::scaled;
use super::plan::Plan;
use crate::model::ids::MachineId;
use crate::model::tally::{Column, Tally, TallyKey};
use crate::model::time::{DAY_MS, Period, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

/// Energy per piece is at most a twentieth too low where a meter was silent, or it is not told.
const TOLD_LEAST: i128 = 19;
const TOLD_OF: i128 = 20;

/// The machines that each meter measures beside the one it is read for, as it changed over some time.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Meters(Vec<(Period, Wiring)>);

/// Meters by the machine that each is read for, with the other machines that it measures.
type Wiring = BTreeMap<MachineId, Vec<MachineId>>;

impl Meters {
    /// Those of a period, as they were configured in each part of it.
    pub fn of(plan: &Plan, period: Period) -> Meters {
        let changes = plan.machines_change_in(period);
        let starts: BTreeSet<Timestamp> = changes.into_iter().chain([period.start]).collect();
        let ends = starts.iter().copied().skip(1).chain([period.end]);
        let parts = starts.iter().zip(ends).map(|(start, end)| {
            let machines = plan.machines_at(*start);
            let meters = machines.filter_map(|(id, setting)| Some((id, setting.meter.as_ref()?.shared_with.clone())));
            (Period::new(*start, end), meters.collect())
        });
        Meters(parts.collect())
    }

    /// True when each meter measures one machine.
    pub fn are_own(&self) -> bool {
        let mut others = self.0.iter().flat_map(|(_, wiring)| wiring.values());
        others.all(Vec::is_empty)
    }

    /// True when the energy of a machine is a share in some part of a period.
    pub fn is_shared(&self, machine: MachineId, period: Period) -> bool {
        let others = |wiring| with(wiring, machine).any(|(_, others)| !others.is_empty());
        self.parts(period).any(|(_, wiring)| others(wiring))
    }

    /// True when the energy of a machine is measured, alone or with others, in some part of a period.
    pub fn measure(&self, machine: MachineId, period: Period) -> bool {
        self.parts(period)
            .any(|(_, wiring)| with(wiring, machine).next().is_some())
    }

    /// Splits the energy of each shared meter among tallies of one shift, by the meters of all the time that `within` tells of
    /// it: each has told of the machine that it is read for what it has told of the others. Where none of the machines ran the
    /// energy stays with that one.
    pub fn split<'a>(
        &self,
        within: impl Fn(&TallyKey) -> Period,
        tallies: impl Iterator<Item = (&'a TallyKey, MachineId, &'a mut Tally)>,
    ) {
        let mut shifts: BTreeMap<_, (Period, Vec<_>)> = BTreeMap::new();
        for (key, machine, tally) in tallies {
            let shift = shifts.entry((key.shift_start, &key.shift));
            let (_, tallies) = shift.or_insert_with(|| (within(key), Vec::new()));
            tallies.push((machine, tally));
        }
        for (period, tallies) in shifts.values_mut() {
            self.split_within(*period, tallies);
        }
    }

    /// The same of tallies of a period.
    pub fn split_within(&self, period: Period, tallies: &mut [(MachineId, &mut Tally)]) {
        for (reader, others) in self.shared_in(period) {
            let of_reader = tallies.iter().filter(|(machine, _)| *machine == reader);
            let sum = |column| -> i64 { of_reader.clone().map(|(_, tally)| tally.get(column)).sum() };
            let (metered, of) = (sum(Column::MeteredMs), sum(Column::SpanMs));
            for (_, tally) in tallies.iter_mut().filter(|(machine, _)| others.contains(machine)) {
                let span = tally.get(Column::SpanMs);
                let told = if of == 0 { 0 } else { scaled(span, metered, of) };
                tally.add(Column::MeteredMs, told - tally.get(Column::MeteredMs));
            }
            let is_of = |machine: MachineId| machine == reader || others.contains(&machine);
            let of_meter = tallies.iter_mut().filter(|(machine, _)| is_of(*machine));
            share(of_meter.map(|(_, tally)| &mut **tally).collect());
        }
    }

    /// The shared meters of a period, each with all machines that it measured in some part of it.
    fn shared_in(&self, period: Period) -> BTreeMap<MachineId, BTreeSet<MachineId>> {
        let mut shared: BTreeMap<MachineId, BTreeSet<MachineId>> = BTreeMap::new();
        for (reader, others) in self.parts(period).flat_map(|(_, wiring)| wiring) {
            if !others.is_empty() {
                shared.entry(*reader).or_default().extend(others);
            }
        }
        shared
    }

    fn parts(&self, period: Period) -> impl Iterator<Item = (Period, &Wiring)> {
        let parts = self
            .0
            .iter()
            .map(move |(part, wiring)| (part.intersect(period), wiring));
        parts.filter(|(part, _)| part.ms() > 0)
    }
}

/// The shift of a tally, or for one between shifts the day from the start of its production day.
pub fn shift_of(plan: &Plan, key: &TallyKey) -> Period {
    let start = key.shift_start;
    let shift = plan.slot(start).shift_period;
    if !key.shift.is_empty() && shift.contains(start) {
        return shift;
    }
    Period::new(start, start.plus(DAY_MS))
}

/// True when of time so long (`of_ms`) a meter told enough for its energy to be that of all pieces made in it: of a silence that
/// no reading closed nothing is known.
pub fn is_told(metered_ms: i64, of_ms: i64) -> bool {
    i128::from(metered_ms) * TOLD_OF >= i128::from(of_ms) * TOLD_LEAST
}

fn with(wiring: &Wiring, machine: MachineId) -> impl Iterator<Item = (&MachineId, &Vec<MachineId>)> {
    let meters = wiring.iter();
    meters.filter(move |(reader, others)| **reader == machine || others.contains(&machine))
}

/// Splits the energy of tallies by their run time, in whole watt hours: each has what the run time up to its end comes to, less
/// what the run time before it does.
fn share(mut tallies: Vec<&mut Tally>) {
    let sum = |column| -> i128 { tallies.iter().map(|tally| i128::from(tally.get(column))).sum() };
    let (energy, run_ms) = (sum(Column::Wh), sum(Column::RunningMs));
    if run_ms == 0 {
        return;
    }
    let mut before = 0;
    for tally in &mut tallies {
        let after = before + i128::from(tally.get(Column::RunningMs));
        let own = energy * after / run_ms - energy * before / run_ms;
        let own = i64::try_from(own).unwrap_or(i64::MAX);
        tally.add(Column::Wh, own - tally.get(Column::Wh));
        before = after;
    }
}

#[cfg(test)]
#[path = "meters/tests.rs"]
mod tests;
