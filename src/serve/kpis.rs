//! Pure. The KPIs of merged sums as every answer tells them: all of them by name, and the cause of each that is undefined.

use crate::model::ids::MachineId;
use crate::model::live::MachineLive;
use crate::model::settings::RejectSource;
use crate::model::time::Timestamp;
use crate::oee::basis::Basis;
use crate::oee::indicators::Kpi;
use crate::oee::kpi::Kpis;
use crate::oee::plan::Plan;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Milliseconds between two polls of the counter that times each machine's cycles, where the configuration knows it.
pub type Polls = Arc<BTreeMap<MachineId, i64>>;

/// All KPIs of some sums.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Table {
    /// Each by its name; `None` where it is undefined ...
    pub kpis: BTreeMap<&'static str, Option<f64>>,
    /// ... and why it is.
    pub why: BTreeMap<&'static str, &'static str>,
}

/// Works all of them out.
pub(super) fn table(basis: &Basis) -> Table {
    let all = Kpi::ALL.map(|(kpi, name)| (name, basis.get(kpi)));
    let causes = all.iter().filter_map(|(name, value)| Some((*name, value.err()?)));
    Table {
        why: causes.map(|(name, missing)| (name, missing.sentence())).collect(),
        kpis: all.into_iter().map(|(name, value)| (name, value.ok())).collect(),
    }
}

/// How the pieces of one machine are counted, as far as its KPIs rest on it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Counting {
    /// Milliseconds between two polls of the counter that times its cycles, where that is known.
    pub poll_ms: Option<i64>,
    /// Pieces that a count stands for, as a fraction.
    pub per_count: (u32, u32),
    /// Where its rejects come from.
    pub rejects: RejectSource,
}

impl Default for Counting {
    fn default() -> Self {
        Counting {
            poll_ms: None,
            per_count: (1, 1),
            rejects: RejectSource::Counter,
        }
    }
}

impl Counting {
    /// That of a machine at an instant; `None` where it is not configured then.
    pub(super) fn of(plan: &Plan, polls: &Polls, machine: MachineId, at: Timestamp) -> Option<Counting> {
        let setting = plan.machine(machine, at)?;
        Some(Counting {
            poll_ms: polls.get(&machine).copied(),
            per_count: setting.per_count,
            rejects: setting.reject_source,
        })
    }

    /// What the machine's KPIs are worked out from: its cycles are told no finer than its polls, and quality not without rejects.
    pub(super) fn basis<'a>(&self, basis: Basis<'a>) -> Basis<'a> {
        let basis = basis.counted(self.per_count);
        let basis = match self.poll_ms {
            Some(poll_ms) => basis.timed(poll_ms),
            None => basis,
        };
        match self.rejects {
            RejectSource::None => basis.without_rejects(),
            RejectSource::Counter | RejectSource::Manual => basis,
        }
    }
}

/// The first KPIs of a machine's shift so far, under the policy in force.
pub(super) fn first_of(live: &MachineLive) -> Kpis {
    let sums = live.sums();
    let basis = Basis::under(&live.policy, &sums);
    match live.reject_source {
        RejectSource::None => Kpis::from(&basis.without_rejects()),
        RejectSource::Counter | RejectSource::Manual => Kpis::from(&basis),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::settings::PolicySetting;
    use crate::model::tally::{Column, Sums};
    use crate::oee::indicators::Missing;

    #[test]
    fn percentiles_are_told_no_finer_than_the_polls_and_quality_not_without_rejects() {
        // 60 pieces of 10 s in 10 min.
        let mut sums = Sums::default();
        for (column, amount) in [
            (Column::RunningMs, 600_000),
            (Column::Total, 60),
            (Column::EarnedTotalNs, 600_000_000_000),
        ] {
            sums.tally.add(column, amount);
        }
        sums.detail.cycles.add(10_000_000, 60);
        let policy = PolicySetting::default();
        let told = |poll_ms, rejects, kpi| {
            let counting = Counting {
                poll_ms,
                rejects,
                ..Counting::default()
            };
            counting.basis(Basis::under(&policy, &sums)).get(kpi)
        };
        let counter = RejectSource::Counter;
        assert!(
            told(Some(1_000), counter, Kpi::CycleMedian).is_ok(),
            "1 s is a tenth of 10 s"
        );
        assert_eq!(told(Some(1_001), counter, Kpi::CycleMedian), Err(Missing::Resolution));
        assert!(told(None, counter, Kpi::CycleMedian).is_ok());
        assert_eq!(told(None, RejectSource::None, Kpi::Oee), Err(Missing::Rejects));
        assert_eq!(told(None, RejectSource::None, Kpi::Availability), Ok(1.0));
    }
}
