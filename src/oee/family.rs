//! Pure. Pieces of each part that family moulds made: one shot gives so many of each, by the product that was on the machine.
//!
//! Sums of shots and pieces do not say how many shots had a cavity blocked, nor which one it was. But a shot that is not whole
//! lacks a piece at least: of as many shots as there are pieces short nothing is told by part, and all others were whole. Where
//! shots lack more than one piece each, the sums of an hour tell more than those of its shift.

use crate::model::settings::ProductSetting;
use crate::model::tally::{Column, Tally};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What was made in known time, by part. Nobody judges a part by itself, so rejects are among it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Made {
    /// Pieces by part.
    pub parts: BTreeMap<Arc<str>, i64>,
    /// Pieces that are not told by part: of shots that may have had a blocked cavity, since nobody knows of which part, or where no
    /// shots were counted.
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
        let short = shots.saturating_mul(of_shot).saturating_sub(total);
        // More pieces than the shots can give are of shots that nobody counted.
        let whole = if short < 0 {
            0
        } else {
            shots.saturating_sub(short).max(0)
        };
        self.untold = self.untold.saturating_add(total - whole.saturating_mul(of_shot));
        for (part, pieces) in product.parts.iter().filter(|_| whole > 0) {
            self.add(part, whole.saturating_mul(i64::from(*pieces)));
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
    fn of_as_many_shots_as_pieces_are_short_no_part_is_made_up_and_all_others_are_told() {
        let told = |made: Made| (made.parts.into_values().collect::<Vec<_>>(), made.untold);
        // 10 x 3 would be 30. Two shots at most were not whole: 8 x 1 boxes and 8 x 2 lids, 28 - 24 of nobody knows which.
        assert_eq!(told(made(10, 28)), (vec![8, 16], 4));
        // One blocked cavity in all shots, and pieces short in more than there are shots: none may have been whole.
        assert_eq!(told(made(10, 20)), (vec![], 20));
        assert_eq!(told(made(10, 12)), (vec![], 12));
        // No shot was counted, or fewer than made the pieces.
        assert_eq!(told(made(0, 28)), (vec![], 28));
        assert_eq!(told(made(9, 28)), (vec![], 28));
    }

    #[test]
    fn a_shift_tells_as_much_as_its_hours_where_no_shot_lacks_more_than_one_piece() {
        // Seven hours of 100 whole shots, and one in which ten of 100 had a blocked cavity.
        let mut by_hour = Made::default();
        (0..7).for_each(|_| by_hour.merge(&made(100, 300)));
        by_hour.merge(&made(100, 290));
        assert_eq!(made(800, 2_390), by_hour);
        assert_eq!((by_hour.parts["lid"], by_hour.untold), (1_580, 20)); // 790 x 2; 10 x 2
    }
}
