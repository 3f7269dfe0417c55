//! Pure. How far the ratios of a shift may be believed, and why those that are undefined are.

use crate::model::live::MachineLive;
use crate::model::settings::RejectSource;
use crate::model::tally::{Column, Tally};
use crate::oee::balance::has_excess;
use crate::oee::indicators::Missing;
use crate::oee::kpi::Kpis;
use crate::oee::trust::Trust;
use serde::Serialize;
use std::collections::BTreeMap;

/// How far the ratios of a shift may be believed, and so how a screen writes them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub(super) enum Shown {
    /// As it is.
    Full,
    /// With a sign that it is an approximation.
    Approx,
    /// Not at all.
    None,
}

/// How a screen writes the ratios, and why not in full: `stale`, `too_early` or `low_coverage`.
pub(super) fn shown(tally: &Tally, kpis: &Kpis, stale: bool) -> (Shown, Option<&'static str>) {
    if stale {
        return (Shown::None, Some("stale"));
    }
    match Trust::of(tally, kpis.coverage) {
        Trust::Full => (Shown::Full, None),
        Trust::Approximate => (Shown::Approx, Some("low_coverage")),
        Trust::LowCoverage => (Shown::None, Some("low_coverage")),
        Trust::TooEarly => (Shown::None, Some("too_early")),
    }
}

/// The cause of each KPI that is undefined, in the words of the page.
pub(super) fn why(live: &MachineLive, kpis: &Kpis) -> BTreeMap<&'static str, &'static str> {
    let get = |column| live.tally.get(column);
    let unjudged = match live.reject_source {
        RejectSource::None => Some("rejects are not counted on this machine"),
        RejectSource::Counter | RejectSource::Manual if get(Column::Judged) != get(Column::Total) => {
            Some(Missing::Judgement.sentence())
        }
        RejectSource::Counter | RejectSource::Manual if has_excess(&live.tally) => {
            Some(Missing::ExcessReject.sentence())
        }
        RejectSource::Counter | RejectSource::Manual => None,
    };
    let no_time = "no planned time whose class and ideal cycle are known";
    let no_pieces = "no piece was made in known time";
    let unbridged = (get(Column::UnknownMs) != get(Column::BridgedMs))
        .then_some("time nothing is known of is not closed by a counter that came back in order");
    [
        ("availability", kpis.availability, no_time),
        (
            "performance",
            kpis.effectiveness,
            "no run time with a known ideal cycle",
        ),
        (
            "quality",
            kpis.quality,
            unjudged.unwrap_or("no piece with a known ideal cycle was made"),
        ),
        ("oee", kpis.oee, unjudged.unwrap_or(no_time)),
        (
            "bridged_oee",
            kpis.bridged_oee,
            unjudged.or(unbridged).unwrap_or(no_time),
        ),
        ("coverage", kpis.coverage, "no planned time"),
        ("good_ratio", kpis.good_ratio, unjudged.unwrap_or(no_pieces)),
        ("defect_rate", kpis.defect_rate, unjudged.unwrap_or(no_pieces)),
        ("no_standard_share", kpis.no_standard_share, "no run time"),
        ("mean_cycle_s", kpis.mean_cycle_s, "no cycle was timed"),
    ]
    .into_iter()
    .filter(|(_, kpi, _)| kpi.is_none())
    .map(|(name, _, why)| (name, why))
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::time::MINUTE_MS;

    fn tally(pbt_min: i64, total: i64, known_min: i64, planned_min: i64) -> Tally {
        let mut tally = Tally::default();
        tally.add(Column::PbtMs, pbt_min * MINUTE_MS);
        tally.add(Column::Total, total);
        tally.add(Column::KnownMs, known_min * MINUTE_MS);
        tally.add(Column::PlannedMs, planned_min * MINUTE_MS);
        tally
    }

    fn shown_of(tally: &Tally, stale: bool) -> (Shown, Option<&'static str>) {
        shown(tally, &Kpis::of(tally), stale)
    }

    #[test]
    fn nothing_is_shown_before_ten_minutes_of_planned_time_or_three_cycles() {
        assert_eq!(shown_of(&tally(9, 100, 9, 9), false), (Shown::None, Some("too_early")));
        assert_eq!(shown_of(&tally(10, 2, 10, 10), false), (Shown::None, Some("too_early")));
        assert_eq!(shown_of(&tally(10, 3, 10, 10), false), (Shown::Full, None));
    }

    #[test]
    fn a_machine_that_stands_for_an_hour_shows_its_zero() {
        assert_eq!(shown_of(&tally(59, 0, 59, 59), false), (Shown::None, Some("too_early")));
        assert_eq!(shown_of(&tally(60, 0, 60, 60), false), (Shown::Full, None));
    }

    #[test]
    fn coverage_below_nine_tenths_is_approximate_and_below_a_half_nothing() {
        // 90 of 100 minutes known: 0.90; 89: 0.89; 50: 0.50; 49: 0.49.
        assert_eq!(shown_of(&tally(90, 9, 90, 100), false).0, Shown::Full);
        assert_eq!(shown_of(&tally(89, 9, 89, 100), false).0, Shown::Approx);
        assert_eq!(shown_of(&tally(50, 9, 50, 100), false).0, Shown::Approx);
        assert_eq!(
            shown_of(&tally(49, 9, 49, 100), false),
            (Shown::None, Some("low_coverage"))
        );
    }

    #[test]
    fn a_snapshot_older_than_five_seconds_shows_nothing() {
        assert_eq!(shown_of(&tally(90, 9, 90, 90), true), (Shown::None, Some("stale")));
    }
}
