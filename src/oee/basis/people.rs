//! Pure. Good pieces held against the hours of the people who made them.

use super::{Basis, ratio};
use crate::model::tally::Column;
use crate::model::time::HOUR_MS;
use crate::oee::indicators::Missing;

impl<'a> Basis<'a> {
    /// Of machines of all of whose planned time people were told, or not: pieces of hours that nobody told would make the others
    /// quick.
    #[must_use]
    pub fn with_people(self, are_told: bool) -> Basis<'a> {
        Basis {
            is_manned: are_told,
            ..self
        }
    }

    /// People are at work in unknown time too: their hours stand against all that they made.
    pub(super) fn upph(&self) -> Result<f64, Missing> {
        let good = self.judged()?.sum(Column::Good) + self.sum(Column::GapGood);
        let man_ms = if self.is_manned { self.sum(Column::ManMs) } else { 0 };
        let pieces = ratio(good as f64 * HOUR_MS as f64, man_ms as f64, Missing::Headcount)?;
        self.closed().map(|_| pieces)
    }
}
