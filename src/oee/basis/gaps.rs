//! Pure. KPIs and silences: how much of planned time is known, and what pieces made in the rest are worth.

use super::{Basis, ratio};
use crate::model::tally::Column;
use crate::oee::indicators::Missing;
use crate::oee::{meters, serial};

impl<'a> Basis<'a> {
    pub(super) fn bridged_oee(&self) -> Result<f64, Missing> {
        let unknown = self.with_standard()?.sum(Column::UnknownMs);
        if unknown == 0 && self.blind_ms() == 0 {
            return self.oee();
        }
        self.closed()?;
        let planned = self.judged()?.times.pbt - self.sum(Column::NoStandardMs) + unknown;
        let good = self.earned(Column::EarnedGoodNs) + self.earned(Column::GapEarnedGoodNs);
        ratio(good, planned as f64, Missing::PlannedTime)
    }

    /// Planned time is PBT and what is unknown, under any policy.
    pub(super) fn coverage(&self) -> Result<f64, Missing> {
        if self.detail.is_none() {
            let planned = self.sum(Column::PlannedMs);
            return self.quotient(self.sum(Column::KnownMs), planned, Missing::PlannedTime);
        }
        let (known, unknown) = (self.times.pbt - self.blind_ms(), self.sum(Column::UnknownMs));
        self.quotient(known, self.times.pbt + unknown, Missing::PlannedTime)
    }

    pub(super) fn blind_ms(&self) -> i64 {
        serial::blind_ms(self.tally).min(self.times.pbt.max(0))
    }

    /// The part of some busy time with a standard whose pieces are known, as many of its hours as of all such ones.
    pub(super) fn counted_ms(&self, ms: i64) -> f64 {
        self.seen_of(ms, self.times.pbt - self.sum(Column::NoStandardMs))
    }

    /// The same of any busy time.
    pub(super) fn seen_ms(&self, ms: i64) -> f64 {
        self.seen_of(ms, self.times.pbt)
    }

    fn seen_of(&self, ms: i64, busy: i64) -> f64 {
        match self.blind_ms() {
            0 => ms as f64,
            blind if busy > 0 => ms as f64 * (1.0 - blind as f64 / busy as f64),
            _ => 0.0,
        }
    }

    /// Every gap was closed by a counter that came back in order, and the quality of its pieces is known.
    pub(super) fn closed(&self) -> Result<&Basis<'a>, Missing> {
        let gap_judged = self.sum(Column::GapGood) + self.sum(Column::GapReject);
        let is_bridged = self.sum(Column::UnknownMs) == self.sum(Column::BridgedMs);
        let is_closed = is_bridged && gap_judged == self.sum(Column::GapTotal);
        is_closed.then_some(self).ok_or(Missing::Bridge)
    }

    /// A meter goes on while nobody counts: its energy is that of all pieces where counters told those of all time but a little.
    pub(super) fn told_of_gaps(&self) -> Result<&Basis<'a>, Missing> {
        let planned = self.times.pbt + self.sum(Column::UnknownMs);
        let open = self.sum(Column::UnknownMs) - self.sum(Column::BridgedMs);
        let is_told = meters::is_told(planned - open, planned);
        is_told.then_some(self).ok_or(Missing::Bridge)
    }
}
