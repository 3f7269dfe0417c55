//! Pure. The KPIs of merged sums as every answer tells them: all of them by name, and the cause of each that is undefined.

use crate::model::ids::MachineId;
use crate::model::live::MachineLive;
use crate::model::time::Timestamp;
use crate::oee::basis::Basis;
use crate::oee::indicators::{Kpi, Missing};
use crate::oee::kpi::Kpis;
use crate::oee::pace::Counting;
use crate::oee::plan::Plan;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Machines named in a cause; a sentence with more of them is read by nobody.
const MOST_NAMED: usize = 10;

/// Milliseconds between two polls of the counter that times each machine's cycles, where the configuration knows it.
pub type Polls = Arc<BTreeMap<MachineId, i64>>;

/// All KPIs of some sums.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Table {
    /// Each by its name; `None` where it is undefined ...
    pub kpis: BTreeMap<&'static str, Option<f64>>,
    /// ... and why it is.
    pub why: Causes,
}

/// Why KPIs are undefined, by their names.
pub(super) type Causes = BTreeMap<&'static str, Cow<'static, str>>;

/// Works all of them out, of machines of which nobody counts the rejects of those named.
pub(super) fn table(basis: Basis, uncounted: &[Arc<str>]) -> Table {
    let basis = basis.with_rejects(uncounted.is_empty());
    let all = Kpi::ALL.map(|(kpi, name)| (name, basis.get(kpi)));
    let causes = all.iter().filter_map(|(name, value)| Some((*name, value.err()?)));
    let sentence = |missing: Missing| {
        if missing == Missing::Rejects {
            return Cow::Owned(format!("{} on {}", missing.sentence(), listed(uncounted)));
        }
        Cow::Borrowed(missing.sentence())
    };
    Table {
        why: causes.map(|(name, missing)| (name, sentence(missing))).collect(),
        kpis: all.into_iter().map(|(name, value)| (name, value.ok())).collect(),
    }
}

fn listed(machines: &[Arc<str>]) -> String {
    let (named, others) = machines.split_at(machines.len().min(MOST_NAMED));
    match others.len() {
        0 => named.join(", "),
        more => format!("{} and {more} more", named.join(", ")),
    }
}

/// How the cycles of a machine are counted at an instant.
pub(super) fn counting(plan: &Plan, polls: &Polls, machine: MachineId, at: Timestamp) -> Counting {
    let setting = plan.machine(machine, at);
    setting.map_or_else(Counting::default, |setting| Counting {
        poll_ms: polls.get(&machine).copied(),
        per_count: setting.per_count,
        is_told: setting.tells_cycles(),
    })
}

/// The first KPIs of a machine's shift so far, under the policy in force.
pub(super) fn first_of(live: &MachineLive) -> Kpis {
    let sums = live.sums();
    Kpis::from(&Basis::under(&live.policy, &sums).with_rejects(live.reject_source.is_known()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::settings::PolicySetting;
    use crate::model::tally::{Column, Sums};
    use crate::oee::pace::Pace;

    #[test]
    fn percentiles_are_told_no_finer_than_the_polls_and_quality_not_without_the_rejects_of_all() {
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
        let told = |poll_ms, kpi| {
            let counting = Counting {
                poll_ms,
                ..Counting::default()
            };
            let pace = Pace::of(&sums.tally);
            Basis::under(&policy, &sums)
                .timed([(pace, counting)].into_iter())
                .get(kpi)
        };
        assert!(told(Some(1_000), Kpi::CycleMedian).is_ok(), "1 s is a tenth of 10 s");
        assert_eq!(told(Some(1_001), Kpi::CycleMedian), Err(Missing::Resolution));
        assert!(told(None, Kpi::CycleMedian).is_ok());
        let basis = Basis::under(&policy, &sums);
        let names: Vec<Arc<str>> = (1..=12).map(|number| format!("oven-{number}").into()).collect();
        let Table { kpis, why } = table(basis, &names[..2]);
        assert_eq!((kpis["oee"], kpis["availability"]), (None, Some(1.0)));
        assert_eq!(why["oee"], "rejects are not counted on oven-1, oven-2");
        let many = &table(basis, &names).why["quality"];
        assert!(many.ends_with(", oven-10 and 2 more"), "{many}");
        assert!(!table(basis, &[]).why.contains_key("throughput_per_h"));
    }
}
