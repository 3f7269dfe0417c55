//! Pure. How far the ratios of a shift may be believed.

use crate::model::live::MachineLive;
use crate::model::tally::Tally;
use crate::oee::trust::Trust;
use serde::Serialize;

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

/// How a screen writes the ratios of a machine, and why not in full: `commissioning`, or what [`shown`] says.
pub(super) fn shown_of(live: &MachineLive, coverage: Option<f64>, stale: bool) -> (Shown, Option<&'static str>) {
    if !live.in_service {
        return (Shown::None, Some("commissioning"));
    }
    shown(&live.tally, coverage, stale)
}

/// How a screen writes the ratios of sums with this coverage, and why not in full: `stale`, `too_early` or `low_coverage`.
pub(super) fn shown(tally: &Tally, coverage: Option<f64>, stale: bool) -> (Shown, Option<&'static str>) {
    if stale {
        return (Shown::None, Some("stale"));
    }
    match Trust::of(tally, coverage) {
        Trust::Full => (Shown::Full, None),
        Trust::Approximate => (Shown::Approx, Some("low_coverage")),
        Trust::LowCoverage => (Shown::None, Some("low_coverage")),
        Trust::TooEarly => (Shown::None, Some("too_early")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::tally::Column;
    use crate::model::time::MINUTE_MS;
    use crate::oee::kpi::Kpis;

    fn tally(pbt_min: i64, total: i64, known_min: i64, planned_min: i64) -> Tally {
        let mut tally = Tally::default();
        tally.add(Column::PbtMs, pbt_min * MINUTE_MS);
        tally.add(Column::Total, total);
        tally.add(Column::KnownMs, known_min * MINUTE_MS);
        tally.add(Column::PlannedMs, planned_min * MINUTE_MS);
        tally
    }

    fn shown_of(tally: &Tally, stale: bool) -> (Shown, Option<&'static str>) {
        shown(tally, Kpis::of(tally).coverage, stale)
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
