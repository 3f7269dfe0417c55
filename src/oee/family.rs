//! Pure. Pieces of each part that family moulds made: one shot gives so many of each, by the product that was on the machine.

use crate::model::settings::ProductSetting;
use crate::model::tally::{Column, Tally};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What was made in known time, by part. Nobody judges a part by itself, so rejects are among it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Made {
    /// Pieces by part.
    pub parts: BTreeMap<Arc<str>, i64>,
    /// Pieces that are not told by part: a cavity was not in use, and nobody knows of which part, or no shots were counted.
    pub untold: i64,
}

impl Made {
    /// True where no product with parts was made.
    pub fn is_empty(&self) -> bool {
        self.parts.is_empty() && self.untold == 0
    }

    /// Adds another.
    pub fn merge(&mut self, other: &Made) {
        for (part, pieces) in &other.parts {
            self.add(part, *pieces);
        }
        self.untold = self.untold.saturating_add(other.untold);
    }

    /// Adds the pieces of a tally that is of this product alone.
    pub fn take(&mut self, product: &ProductSetting, tally: &Tally) {
        let (shots, total) = (tally.get(Column::Shots), tally.get(Column::Total));
        let of_shot: i64 = product.parts.iter().map(|(_, pieces)| i64::from(*pieces)).sum();
        if of_shot == 0 {
            return;
        }
        if shots.saturating_mul(of_shot) != total {
            self.untold = self.untold.saturating_add(total);
            return;
        }
        for (part, pieces) in &product.parts {
            self.add(part, shots.saturating_mul(i64::from(*pieces)));
        }
    }

    fn add(&mut self, part: &Arc<str>, pieces: i64) {
        let sum = self.parts.entry(Arc::clone(part)).or_default();
        *sum = sum.saturating_add(pieces);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(shots: i64, total: i64) -> Made {
        let mut tally = Tally::default();
        tally.add(Column::Shots, shots);
        tally.add(Column::Total, total);
        let product = ProductSetting {
            parts: vec![("lid".into(), 2), ("box".into(), 1)],
            ..ProductSetting::default()
        };
        let mut made = Made::default();
        made.take(&product, &tally);
        made
    }

    #[test]
    fn every_shot_makes_so_many_pieces_of_each_part() {
        // 10 x 2 and 10 x 1 are all 30 pieces.
        let all = made(10, 30);
        assert_eq!((all.parts["lid"], all.parts["box"], all.untold), (20, 10, 0));
        let mut twice = all.clone();
        twice.merge(&made(5, 15));
        assert_eq!((twice.parts["lid"], twice.parts["box"]), (30, 15));
    }

    #[test]
    fn where_a_cavity_was_blocked_or_no_shot_was_counted_no_part_is_made_up() {
        // 10 x 3 would be 30: of two pieces nobody knows which part they were to be.
        assert_eq!((made(10, 28).parts.len(), made(10, 28).untold), (0, 28));
        assert_eq!((made(0, 28).parts.len(), made(0, 28).untold), (0, 28));
    }
}
