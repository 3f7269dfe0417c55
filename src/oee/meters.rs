//! Pure. Meters that several machines share: the energy of each machine is its share by run time.
//!
//! A meter is read for one machine, and its tallies hold all of it. Whoever asks for less than the line splits it: among
//! what ran in the same shift, or in the same hour where hours are asked for. Sums over all of them stay what the meter said.

use super::plan::Plan;
use crate::model::ids::MachineId;
use crate::model::tally::{Column, Tally};
use crate::model::time::Timestamp;
use std::collections::BTreeMap;

/// The machines that each meter measures beside the one it is read for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Meters(BTreeMap<MachineId, Vec<MachineId>>);

impl Meters {
    /// Meters by the machine that each is read for, with the other machines that it measures.
    pub fn new(meters: BTreeMap<MachineId, Vec<MachineId>>) -> Meters {
        Meters(meters)
    }

    /// Those that are configured at an instant.
    pub fn of(plan: &Plan, at: Timestamp) -> Meters {
        let machines = plan.machines_at(at);
        let meters = machines.filter_map(|(id, setting)| Some((id, setting.meter.as_ref()?.shared_with.clone())));
        Meters::new(meters.collect())
    }

    /// True when each meter measures one machine.
    pub fn are_own(&self) -> bool {
        self.0.values().all(Vec::is_empty)
    }

    /// True when the energy of a machine is a share.
    pub fn is_shared(&self, machine: MachineId) -> bool {
        self.of_machine(machine).any(|(_, others)| !others.is_empty())
    }

    /// True when the energy of a machine is measured, alone or with others.
    pub fn measure(&self, machine: MachineId) -> bool {
        self.of_machine(machine).next().is_some()
    }

    /// Splits the energy of each shared meter among tallies, each with what it was at the same time as: a shift, or an hour.
    /// Where none of the machines ran it stays with the one that the meter is read for.
    pub fn split<'a, S: Ord>(&self, tallies: impl Iterator<Item = (S, MachineId, &'a mut Tally)>) {
        let mut times: BTreeMap<S, Vec<(MachineId, &mut Tally)>> = BTreeMap::new();
        for (time, machine, tally) in tallies {
            times.entry(time).or_default().push((machine, tally));
        }
        for tallies in times.values_mut() {
            for (reader, others) in self.0.iter().filter(|(_, others)| !others.is_empty()) {
                let is_of = |machine: MachineId| machine == *reader || others.contains(&machine);
                let of_meter = tallies.iter_mut().filter(|(machine, _)| is_of(*machine));
                share(of_meter.map(|(_, tally)| &mut **tally).collect());
            }
        }
    }

    fn of_machine(&self, machine: MachineId) -> impl Iterator<Item = (&MachineId, &Vec<MachineId>)> {
        let meters = self.0.iter();
        meters.filter(move |(reader, others)| **reader == machine || others.contains(&machine))
    }
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
mod tests {
    use super::*;

    const READER: MachineId = MachineId(1);
    const OTHER: MachineId = MachineId(4);

    fn meters() -> Meters {
        Meters::new(BTreeMap::from([(READER, vec![OTHER, MachineId(5)])]))
    }

    /// Tallies of (shift, machine, minutes run, watt hours), and the watt hours they come to.
    fn split(rows: &[(u8, MachineId, i64, i64)]) -> Vec<i64> {
        let mut tallies: Vec<Tally> = Vec::new();
        for (_, _, minutes, wh) in rows {
            let mut tally = Tally::default();
            tally.add(Column::RunningMs, minutes * 60_000);
            tally.add(Column::Wh, *wh);
            tallies.push(tally);
        }
        let numbered = rows.iter().zip(&mut tallies);
        meters().split(numbered.map(|((shift, machine, ..), tally)| (*shift, *machine, tally)));
        tallies.iter().map(|tally| tally.get(Column::Wh)).collect()
    }

    #[test]
    fn machines_of_a_meter_have_its_energy_by_run_time_shift_by_shift() {
        let rows = [
            (1, READER, 60, 900),
            (1, OTHER, 30, 0),
            (2, READER, 0, 500),
            (2, OTHER, 120, 0),
        ];
        // 900 x 60 / 90 and 900 x 30 / 90; in the second shift the other one ran alone.
        assert_eq!(split(&rows), [600, 300, 0, 500]);
    }

    #[test]
    fn a_product_has_the_share_of_the_time_it_ran_in() {
        let rows = [(1, READER, 40, 700), (1, READER, 20, 200), (1, OTHER, 30, 0)];
        assert_eq!(split(&rows), [400, 200, 300]);
    }

    #[test]
    fn whole_watt_hours_add_up_to_what_the_meter_said() {
        let rows = [(1, READER, 1, 100), (1, OTHER, 1, 0), (1, MachineId(5), 1, 0)];
        // Up to 33.3, 66.7 and 100.
        assert_eq!(split(&rows), [33, 33, 34]);
    }

    #[test]
    fn energy_of_a_shift_in_which_nothing_ran_stays_where_it_was_read() {
        assert_eq!(split(&[(1, READER, 0, 40), (1, OTHER, 0, 0)]), [40, 0]);
    }

    #[test]
    fn machines_without_a_share_keep_their_own() {
        const ALONE: MachineId = MachineId(9);
        let rows = [(1, READER, 60, 900), (1, ALONE, 60, 70)];
        assert_eq!(split(&rows), [900, 70]);
        assert!(meters().is_shared(OTHER) && meters().measure(OTHER) && !meters().measure(ALONE));
        let own = Meters::new(BTreeMap::from([(ALONE, Vec::new())]));
        assert!(own.measure(ALONE) && !own.is_shared(ALONE) && own.are_own() && !meters().are_own());
    }
}
