//! Pure. Ratios of merged sums with how far they may be believed: one definition for text, CSV and answers.

use crate::model::settings::PolicySetting;
use crate::model::tally::Sums;
use crate::oee::basis::Basis;
use crate::oee::indicators::{Kpi, Missing};
use crate::oee::trust::Trust;

/// Sums under a policy, ready to be asked for ratios.
#[derive(Debug, Clone, Copy)]
pub struct Figures<'a> {
    /// What the ratios are worked out from.
    pub basis: Basis<'a>,
    /// How far they may be believed.
    pub trust: Trust,
}

impl<'a> Figures<'a> {
    /// Those of sums.
    pub fn of(policy: &PolicySetting, sums: &'a Sums) -> Figures<'a> {
        let basis = Basis::under(policy, sums);
        let coverage = basis.get(Kpi::Coverage).ok();
        Figures {
            basis,
            trust: Trust::of(&sums.tally, coverage),
        }
    }

    /// A KPI as far as it may be shown: coverage always, the others as the trust allows.
    ///
    /// # Errors
    /// It is undefined, and why; `None` where it is defined and not to be shown.
    pub fn shown(&self, kpi: Kpi) -> Result<f64, Option<Missing>> {
        let value = self.basis.get(kpi).map_err(Some)?;
        let is_about_data = matches!(kpi, Kpi::Coverage | Kpi::CalendarCoverage);
        if is_about_data || self.trust.is_shown() {
            Ok(value)
        } else {
            Err(None)
        }
    }
}

/// The name of a cause in the table of words, and in answers.
pub fn cause(missing: Missing) -> &'static str {
    match missing {
        Missing::PlannedTime => "missing_planned_time",
        Missing::RunTime => "missing_run_time",
        Missing::Standard => "missing_standard",
        Missing::Pieces => "missing_pieces",
        Missing::Rejects => "missing_rejects",
        Missing::Judgement => "missing_judgement",
        Missing::ExcessReject => "missing_excess_reject",
        Missing::Bridge => "missing_bridge",
        Missing::Policy => "missing_policy",
        Missing::Calendar => "missing_calendar",
        Missing::Headcount => "missing_headcount",
        Missing::Cycles => "missing_cycles",
        Missing::Resolution => "missing_resolution",
        Missing::Counts => "missing_counts",
        Missing::Failures => "missing_failures",
        Missing::Repairs => "missing_repairs",
        Missing::Energy => "missing_energy",
        Missing::Meter => "missing_meter",
    }
}
