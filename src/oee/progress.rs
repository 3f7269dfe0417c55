//! Pure. How far orders are. An order has one counting point per operation: of a serial line the good pieces of its output
//! machine alone count, of parallel machines those of all.

use super::rollup::{By, Over, Part, RollUp};
use crate::model::line::LineSetting;
use crate::model::tally::{Column, Tally};
use crate::model::time::{HOUR_MS, MINUTE_MS, Timestamp};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The present pace is that of at most this long ...
pub const PACE_MS: i64 = HOUR_MS;
/// ... and at least this long: of less a single piece more or less moves the finish by hours.
const LEAST_PACE_MS: i64 = MINUTE_MS;

/// Pieces delivered of some sums: good ones, those of closed gaps among them, and reworked ones that passed.
pub fn delivered(tally: &Tally) -> i64 {
    tally.get(Column::Good) + tally.get(Column::GapGood) + tally.get(Column::Reworked)
}

/// Adds up what was delivered for each order.
pub struct Delivered<'a> {
    lines: &'a BTreeMap<Arc<str>, LineSetting>,
    orders: BTreeMap<Arc<str>, RollUp<'a>>,
}

impl<'a> Delivered<'a> {
    /// Nothing yet. A line that `lines` does not name is parallel.
    pub fn new(lines: &'a BTreeMap<Arc<str>, LineSetting>) -> Delivered<'a> {
        Delivered {
            lines,
            orders: BTreeMap::new(),
        }
    }

    /// Adds a tally of a machine; what was made without an order is nobody's.
    pub fn give(&mut self, part: Part) {
        if !part.key.order.is_empty() {
            let lines = self.lines;
            let order = self.orders.entry(Arc::clone(&part.key.order));
            order
                .or_insert_with(|| RollUp::new(Over::Whole, By::Plant, lines))
                .give(part);
        }
    }

    /// The pieces of each order.
    pub fn finish(self) -> BTreeMap<Arc<str>, i64> {
        let pieces = |order: RollUp| {
            order
                .finish()
                .values()
                .map(|merged| delivered(&merged.sums.tally))
                .sum()
        };
        self.orders.into_iter().map(|(id, order)| (id, pieces(order))).collect()
    }
}

/// How far an order is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Pieces delivered.
    pub done: i64,
    /// Pieces to go; `None` where the order has no quantity.
    pub left: Option<i64>,
    /// When nothing is left, if work goes on without a pause as it did of late; `None` where nothing is left or nothing is
    /// being made.
    pub expected_finish: Option<Timestamp>,
}

/// The progress of an order of a quantity of which `done` pieces are delivered, `lately` of them since `since`.
pub fn progress(quantity: Option<i64>, done: i64, lately: i64, since: Timestamp, now: Timestamp) -> Progress {
    let left = quantity.map(|quantity| (quantity - done).max(0));
    let took_ms = now.since(since).clamp(LEAST_PACE_MS, PACE_MS);
    let finish = |left: i64| {
        let ms = i128::from(left) * i128::from(took_ms) / i128::from(lately.max(1));
        now.plus(i64::try_from(ms).unwrap_or(i64::MAX))
    };
    Progress {
        done,
        left,
        expected_finish: left.filter(|left| lately > 0 && *left > 0).map(finish),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ids::MachineId;
    use crate::model::tally::{Sums, TallyKey};

    /// What a machine made for an order in a shift: good, good of a closed gap, reworked, rejected.
    fn made(line: &str, order: &str, [good, gap_good, reworked, reject]: [i64; 4]) -> (TallyKey, Sums) {
        let key = TallyKey {
            site: "ulm".into(),
            line: line.into(),
            order: order.into(),
            ..TallyKey::default()
        };
        let mut sums = Sums::default();
        for (column, pieces) in [
            (Column::Good, good),
            (Column::GapGood, gap_good),
            (Column::GapTotal, gap_good),
            (Column::Reworked, reworked),
            (Column::Reject, reject),
            (Column::Total, good + reject),
            (Column::Judged, good + reject),
        ] {
            sums.tally.add(column, pieces);
        }
        (key, sums)
    }

    fn of(lines: &BTreeMap<Arc<str>, LineSetting>, parts: &[(u32, (TallyKey, Sums))]) -> Vec<(String, i64)> {
        let mut delivered = Delivered::new(lines);
        for (machine, (key, sums)) in parts {
            delivered.give(Part {
                machine: MachineId(*machine),
                start: Timestamp(0),
                key,
                sums,
            });
        }
        let finished = delivered.finish().into_iter();
        finished.map(|(id, pieces)| (id.to_string(), pieces)).collect()
    }

    #[test]
    fn the_pieces_of_parallel_machines_are_added_and_those_of_a_serial_line_counted_once_at_its_end() {
        let cell = [
            (0, made("cell", "A-17", [500, 0, 0, 6])),
            (1, made("cell", "A-17", [480, 10, 4, 8])),
            (2, made("other", "A-17", [30, 0, 0, 0])),
            (2, made("other", "", [99, 0, 0, 0])),
            (0, made("cell", "B-03", [7, 0, 0, 0])),
        ];
        let parallel = BTreeMap::new();
        // 500 + (480 + 10 + 4) + 30; 7.
        assert_eq!(
            of(&parallel, &cell),
            [("A-17".to_owned(), 1_024), ("B-03".to_owned(), 7)]
        );
        let kind = LineSetting::Serial {
            bottleneck: MachineId(0),
            output: MachineId(1),
        };
        let serial = BTreeMap::from([("cell".into(), kind)]);
        // 480 + 10 at the end of the line, 4 reworked anywhere on it, 30 on the other line; of B-03 nothing has come out yet.
        assert_eq!(of(&serial, &cell), [("A-17".to_owned(), 524), ("B-03".to_owned(), 0)]);
    }

    #[test]
    fn an_order_is_finished_as_long_after_now_as_its_last_pieces_took() {
        let now = Timestamp(100 * HOUR_MS);
        let ago = |minutes: i64| now.plus(-minutes * MINUTE_MS);
        let of = |quantity, done, lately, since| progress(quantity, done, lately, since, now);
        // 120 pieces in 60 min; 300 are left: 150 min.
        assert_eq!(
            of(Some(1_000), 700, 120, ago(60)),
            Progress {
                done: 700,
                left: Some(300),
                expected_finish: Some(ago(-150)),
            }
        );
        // Begun 20 min ago: 40 pieces in 20 min are the same pace.
        assert_eq!(of(Some(1_000), 700, 40, ago(20)).expected_finish, Some(ago(-150)));
        let stands = of(Some(1_000), 700, 0, ago(60));
        assert_eq!((stands.left, stands.expected_finish), (Some(300), None));
        let too_many = of(Some(1_000), 1_040, 120, ago(60));
        assert_eq!((too_many.left, too_many.expected_finish), (Some(0), None));
        assert_eq!(
            (of(None, 5, 5, ago(60)).left, of(None, 5, 5, ago(60)).expected_finish),
            (None, None)
        );
        assert_eq!(
            of(Some(i64::MAX), 0, 1, ago(60)).expected_finish.map(|at| at > now),
            Some(true)
        );
    }
}
