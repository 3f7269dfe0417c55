//! Pure. When the pieces of an interval come: piece i of n counted in (seen, at] at seen + i x (at - seen)/n.

use super::head::Head;
use super::signals::Signals;
use crate::model::fact::Role;
use crate::model::time::Timestamp;

/// What the pieces of the interval under way ask of the next step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Beat {
    /// A piece comes at the position itself.
    pub begins: bool,
    /// The step must end at this piece.
    pub next: Option<Timestamp>,
}

impl Signals {
    /// Where a step from `position` must end for the pieces of `role`: at each of them where they come `stop_after_ms` apart,
    /// else at the first one since `since` and at the last but one. The last piece of an interval comes with its sample.
    pub fn beat(&self, role: Role, position: Timestamp, since: Timestamp, stop_after_ms: i64) -> Beat {
        let head = self.tracks.get(&role).and_then(|track| track.head);
        head.filter(|head| !head.gap_counts)
            .map_or_else(Beat::default, |head| head.beat(position, since, stop_after_ms))
    }

    /// When the newest piece of the interval under way came, of those booked so far.
    pub fn last_piece(&self, role: Role) -> Option<Timestamp> {
        let head = self.tracks.get(&role)?.head?;
        (head.done > 0 && !head.gap_counts).then(|| head.instant(head.done))
    }
}

impl Head {
    fn beat(&self, position: Timestamp, since: Timestamp, stop_after_ms: i64) -> Beat {
        let next = self.done + 1;
        if next >= self.n {
            return Beat::default();
        }
        let is_wide = i128::from(self.weight) >= i128::from(stop_after_ms) * i128::from(self.n);
        let has_begun = self.done > 0 && self.instant(self.done) >= since;
        // Whether the machine goes on after the last piece before the sample is open: it is told apart from those before it.
        let last = Some(self.n - 1).filter(|last| self.instant(*last) > position);
        if has_begun && !is_wide {
            return Beat {
                begins: false,
                next: last.map(|piece| self.instant(piece)),
            };
        }
        let at = self.instant(next);
        let begins = at <= position;
        let after = if is_wide {
            Some(next + 1).filter(|piece| *piece < self.n)
        } else {
            last
        };
        Beat {
            begins,
            next: if begins {
                after.map(|piece| self.instant(piece))
            } else {
                Some(at)
            },
        }
    }

    /// When the piece of this number comes, in whole milliseconds.
    fn instant(&self, piece: i64) -> Timestamp {
        let n = i128::from(self.n.max(1));
        let offset = (i128::from(piece) * i128::from(self.weight)).div_euclid(n);
        self.period.start.plus(i64::try_from(offset).unwrap_or(self.weight))
    }
}
