//! Pure. KPIs of ISO 22400-2 from a merged tally; `None` where undefined. Ratios are worked out here and nowhere else.

use crate::model::tally::{Column, Tally};

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
    /// Run time without an ideal cycle / run time.
    pub no_standard_share: Option<f64>,
    /// Mean of the cycles timed, in seconds.
    pub mean_cycle_s: Option<f64>,
}

impl Kpis {
    /// The KPIs of a merged tally.
    pub fn of(tally: &Tally) -> Kpis {
        let get = |column| tally.get(column);
        let judged = get(Column::Judged) == get(Column::Total);
        let no_standard = get(Column::NoStandardMs);
        let pbt = get(Column::PbtMs) - no_standard;
        let apt = get(Column::AptMs) - no_standard;
        // Where nothing at all has an ideal cycle there is no effectiveness to agree with, and availability stands alone.
        let (time_run, time_busy) = if apt > 0 {
            (apt, pbt)
        } else {
            (get(Column::AptMs), get(Column::PbtMs))
        };
        let earned = ns_as_ms(get(Column::EarnedTotalNs));
        let earned_good = ns_as_ms(get(Column::EarnedGoodNs));
        let unknown = get(Column::UnknownMs);
        let gaps_judged = get(Column::GapGood) + get(Column::GapReject) == get(Column::GapTotal);
        let bridged = unknown == get(Column::BridgedMs) && gaps_judged;
        let gap_earned = ns_as_ms(get(Column::GapEarnedGoodNs));
        let bad = get(Column::Reject) + get(Column::Rework);
        let total = get(Column::Total) as f64;
        Kpis {
            availability: ratio(time_run as f64, time_busy as f64),
            effectiveness: ratio(earned, apt as f64),
            quality: ratio(earned_good, earned).filter(|_| judged),
            oee: ratio(earned_good, pbt as f64).filter(|_| judged && (apt > 0 || get(Column::AptMs) == 0)),
            bridged_oee: ratio(earned_good + gap_earned, (pbt + unknown) as f64).filter(|_| judged && bridged),
            good_ratio: ratio(get(Column::Good) as f64, total).filter(|_| judged),
            defect_rate: ratio(bad as f64, total).filter(|_| judged),
            coverage: ratio(get(Column::KnownMs) as f64, get(Column::PlannedMs) as f64),
            no_standard_share: ratio(no_standard as f64, get(Column::AptMs) as f64),
            mean_cycle_s: ratio(get(Column::CycleMs) as f64 / 1e3, get(Column::Cycles) as f64),
        }
    }
}

fn ratio(part: f64, whole: f64) -> Option<f64> {
    (whole > 0.0).then(|| part / whole)
}

fn ns_as_ms(ns: i64) -> f64 {
    ns as f64 / 1e6
}

#[cfg(test)]
#[path = "kpi/tests.rs"]
mod tests;
