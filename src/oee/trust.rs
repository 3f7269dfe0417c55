//! Pure. How far the ratios of merged sums may be believed: one rule for screens, reports and answers.

use super::kpi::is_enough;
use crate::model::tally::Tally;

/// Below this share of known time a ratio is an approximation ...
const APPROXIMATE: f64 = 0.9;
/// ... and below this one it is none.
const UNKNOWN: f64 = 0.5;

/// How far ratios may be believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trust {
    /// As they are.
    Full,
    /// Less than nine tenths of planned time is known: with a sign that they are approximations.
    Approximate,
    /// Less than half of planned time is known: not at all.
    LowCoverage,
    /// Less than ten minutes of planned busy time, or hardly a cycle in it: not yet.
    TooEarly,
}

impl Trust {
    /// Of sums with this coverage (known / planned time); `None` where nothing was planned.
    pub fn of(tally: &Tally, coverage: Option<f64>) -> Trust {
        let coverage = coverage.unwrap_or(1.0);
        if coverage < UNKNOWN {
            Trust::LowCoverage
        } else if !is_enough(tally) {
            Trust::TooEarly
        } else if coverage < APPROXIMATE {
            Trust::Approximate
        } else {
            Trust::Full
        }
    }

    /// True when ratios are shown, if with a sign.
    pub fn is_shown(self) -> bool {
        matches!(self, Trust::Full | Trust::Approximate)
    }

    /// The word in answers and reports.
    pub fn name(self) -> &'static str {
        match self {
            Trust::Full => "full",
            Trust::Approximate => "approx",
            Trust::LowCoverage => "low_coverage",
            Trust::TooEarly => "too_early",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::tally::Column;
    use crate::model::time::MINUTE_MS;

    #[test]
    fn a_ratio_is_marked_below_nine_tenths_and_hidden_below_one_half_of_known_time() {
        let mut hour = Tally::default();
        hour.add(Column::PbtMs, 60 * MINUTE_MS);
        let of = |coverage| Trust::of(&hour, Some(coverage));
        assert_eq!(
            [of(1.0), of(0.9), of(0.899)],
            [Trust::Full, Trust::Full, Trust::Approximate]
        );
        assert_eq!([of(0.5), of(0.499)], [Trust::Approximate, Trust::LowCoverage]);
        assert_eq!(Trust::of(&Tally::default(), None), Trust::TooEarly);
    }
}
