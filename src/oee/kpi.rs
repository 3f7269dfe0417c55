//! Pure. The KPIs a screen shows first, from a merged tally; `None` where undefined. Ratios are worked out here and in
//! `basis.rs`, and nowhere else.

use super::basis::Basis;
use super::indicators::Kpi;
use crate::model::settings::PolicySetting;
use crate::model::tally::{Column, Sums, Tally};
use crate::model::time::{HOUR_MS, MINUTE_MS};

/// Ratios of less planned time than this jump with every piece.
const EARLY_PBT_MS: i64 = 10 * MINUTE_MS;
/// Fewer cycles than this say nothing of speed ...
const EARLY_CYCLES: i64 = 3;
/// ... but after this much planned time their absence does: a machine that stands all shift shows its zero.
const EARLY_AT_MOST_MS: i64 = HOUR_MS;

/// The KPIs of one machine, line or plant over any time.
///
/// Time and pieces without an ideal cycle are left out of all four ratios, so that `availability x effectiveness x
/// quality = oee` holds for every merge; `no_standard_share` says how much that is.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Kpis {
    /// APT / PBT (ISO 22400-2, Availability).
    pub availability: Option<f64>,
    /// sum(PRI x PQ) / APT (ISO 22400-2, Effectiveness; "performance" on screens). May pass 1; never capped.
    pub effectiveness: Option<f64>,
    /// sum(PRI x GQ) / sum(PRI x PQ): weighted by earned time, so that the product of the three is OEE.
    pub quality: Option<f64>,
    /// sum(PRI x GQ) / PBT (ISO 22400-2, OEE index).
    pub oee: Option<f64>,
    /// (earned good + gap earned good) / (PBT + unknown planned time); `None` unless every gap was closed by an
    /// in-order counter.
    pub bridged_oee: Option<f64>,
    /// GQ / PQ in pieces; never multiplied into OEE.
    pub good_ratio: Option<f64>,
    /// (SQ + RQ) / PQ in pieces.
    pub defect_rate: Option<f64>,
    /// Known / planned time.
    pub coverage: Option<f64>,
    /// Time of class `running` without an ideal cycle / time of class `running`.
    pub no_standard_share: Option<f64>,
    /// Mean of the cycles timed, in seconds.
    pub mean_cycle_s: Option<f64>,
}

impl Kpis {
    /// The KPIs of a merged tally under the policy its rows were written under.
    pub fn of(tally: &Tally) -> Kpis {
        Kpis::from(&Basis::of(tally))
    }

    /// The KPIs of merged sums under any policy.
    pub fn under(policy: &PolicySetting, sums: &Sums) -> Kpis {
        Kpis::from(&Basis::under(policy, sums))
    }
}

impl From<&Basis<'_>> for Kpis {
    fn from(basis: &Basis) -> Kpis {
        let get = |kpi| basis.get(kpi).ok();
        Kpis {
            availability: get(Kpi::Availability),
            effectiveness: get(Kpi::Effectiveness),
            quality: get(Kpi::Quality),
            oee: get(Kpi::Oee),
            bridged_oee: get(Kpi::BridgedOee),
            good_ratio: get(Kpi::GoodRatio),
            defect_rate: get(Kpi::DefectRate),
            coverage: get(Kpi::Coverage),
            no_standard_share: get(Kpi::NoStandardShare),
            mean_cycle_s: get(Kpi::CycleMean),
        }
    }
}

/// True when there is enough planned time, and enough was made in it, for ratios to be shown.
pub fn is_enough(tally: &Tally) -> bool {
    let pbt = tally.get(Column::PbtMs);
    let cycles = tally.get(Column::Shots).max(tally.get(Column::Total));
    pbt >= EARLY_PBT_MS && (cycles >= EARLY_CYCLES || pbt >= EARLY_AT_MOST_MS)
}

#[cfg(test)]
#[path = "kpi/tests.rs"]
mod tests;
