//! Pure. How far orders are. An order has one counting point per operation: of a serial line the good pieces of its output
//! machine alone count, of parallel machines those of all.

use super::rollup::{By, Kinds, Over, Part, RollUp};
use crate::model::ids::MachineId;
use crate::model::tally::{Column, Tally};
use crate::model::time::{DAY_MS, HOUR_MS, MINUTE_MS, Period, Timestamp};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The present pace is that of at most this long ...
pub const PACE_MS: i64 = HOUR_MS;
/// ... and at least this long: of less a single piece more or less moves the finish by hours.
const LEAST_PACE_MS: i64 = MINUTE_MS;
/// Nobody plans by a finish that is farther away; calendars rarely reach so far.
const FARTHEST_DAYS: i64 = 366;

/// Pieces delivered of some sums: good ones, those of closed gaps among them, and reworked ones that passed.
pub fn delivered(tally: &Tally) -> i64 {
    tally.get(Column::Good) + tally.get(Column::GapGood) + tally.get(Column::Reworked)
}

/// Adds up what was delivered for each order.
pub struct Delivered<'a> {
    roll_up: RollUp<'a>,
}

impl<'a> Delivered<'a> {
    /// Nothing yet.
    pub fn new(kinds: &'a Kinds) -> Delivered<'a> {
        Delivered {
            roll_up: RollUp::new(Over::Whole, By::Order, kinds),
        }
    }

    /// Adds a tally of a machine. What was made without an order is nobody's, but on a serial line of which only some machines were
    /// told the order it is of that.
    pub fn give(&mut self, part: Part) {
        self.roll_up.give(part);
    }

    /// The pieces of each order.
    pub fn finish(self) -> BTreeMap<Arc<str>, i64> {
        let orders = self.finish_by_machine().into_iter();
        orders.map(|(order, (pieces, _))| (order, pieces)).collect()
    }

    /// The same, with the planned milliseconds of each machine that counted them: of a serial line its output machine, also where
    /// the order was told at another one.
    pub fn finish_by_machine(self) -> BTreeMap<Arc<str>, (i64, BTreeMap<MachineId, i64>)> {
        let groups = self.roll_up.finish().into_iter();
        let orders = groups.filter(|((_, order), _)| !order.is_empty());
        orders
            .map(|((_, order), merged)| (order, (delivered(&merged.sums.tally), merged.counted)))
            .collect()
    }
}

/// What was delivered of late, and the planned time of the machines that count it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// Pieces.
    pub pieces: i64,
    /// Planned time (PBT and unknown) of all these machines in milliseconds.
    pub planned_ms: i64,
}

/// How far an order is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Pieces delivered.
    pub done: i64,
    /// Pieces to go; `None` where the order has no quantity.
    pub left: Option<i64>,
    /// When nothing is left, if work goes on in all planned time as it did of late.
    pub expected_finish: Result<Timestamp, Unexpected>,
}

/// Why no finish is expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unexpected {
    /// Nobody said how many are to be made.
    Quantity,
    /// Nothing is left.
    Done,
    /// Nothing is being made.
    Stands,
    /// Not within a year of planned time from now.
    Far,
}

impl Unexpected {
    /// The cause as a sentence for people.
    pub fn sentence(self) -> &'static str {
        match self {
            Unexpected::Quantity => "the order has no quantity",
            Unexpected::Done => "nothing is left to make",
            Unexpected::Stands => "nothing was made for it in the last hour",
            Unexpected::Far => "at the present pace it takes more than a year of planned time",
        }
    }
}

/// The progress of an order of a quantity of which `done` pieces are delivered, so many of them lately. `planned` tells the
/// planned time of the machines that go on with it: breaks and the time between shifts bring nothing.
pub fn progress(
    quantity: Option<i64>,
    done: i64,
    lately: Pace,
    planned: impl Fn(Period) -> i64,
    now: Timestamp,
) -> Progress {
    let left = quantity.map(|quantity| (quantity - done).max(0));
    let expected_finish = match left {
        None => Err(Unexpected::Quantity),
        Some(0) => Err(Unexpected::Done),
        Some(_) if lately.pieces <= 0 => Err(Unexpected::Stands),
        Some(left) => {
            let took_ms = i128::from(lately.planned_ms.max(LEAST_PACE_MS));
            let ms = (i128::from(left) * took_ms + i128::from(lately.pieces) - 1) / i128::from(lately.pieces);
            let ms = i64::try_from(ms).unwrap_or(i64::MAX);
            finish(ms, planned, now).ok_or(Unexpected::Far)
        }
    };
    Progress {
        done,
        left,
        expected_finish,
    }
}

/// When so much planned time has passed from now on; `None` when it has not within a year.
fn finish(mut ms: i64, planned: impl Fn(Period) -> i64, now: Timestamp) -> Option<Timestamp> {
    for day in 0..FARTHEST_DAYS {
        let start = now.plus(day * DAY_MS);
        let in_day = planned(Period::new(start, start.plus(DAY_MS)));
        if in_day < ms {
            ms -= in_day;
            continue;
        }
        // The first instant of the day by which all of it has passed lies after `before` and not after `by`.
        let (mut before, mut by) = (0, DAY_MS);
        while by - before > 1 {
            let middle = i64::midpoint(before, by);
            match planned(Period::new(start, start.plus(middle))) < ms {
                true => before = middle,
                false => by = middle,
            }
        }
        return Some(start.plus(by));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::line::LineSetting;
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
        let kinds = Kinds::from(lines.clone());
        let mut delivered = Delivered::new(&kinds);
        for (machine, (key, sums)) in parts {
            delivered.give(Part {
                machine: MachineId(*machine),
                start: Timestamp(0),
                key,
                sums,
                engines: &[],
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
        // Nobody told the order at the end of the line: all that came out is of it.
        let untold = [
            (0, made("cell", "A-17", [500, 0, 0, 6])),
            (1, made("cell", "", [480, 10, 4, 8])),
        ];
        assert_eq!(of(&serial, &untold), [("A-17".to_owned(), 494)]);
        assert_eq!(of(&parallel, &untold), [("A-17".to_owned(), 500)]);
    }

    #[test]
    fn the_time_an_order_took_is_that_of_the_machines_that_count_its_pieces_wherever_it_was_told() {
        let kind = LineSetting::Serial {
            bottleneck: MachineId(0),
            output: MachineId(1),
        };
        let kinds = Kinds::from(BTreeMap::from([("cell".into(), kind)]));
        let mut delivered = Delivered::new(&kinds);
        for (machine, order, minutes) in [(0, "A-17", 60), (1, "A-17", 10), (1, "", 50)] {
            let (key, mut sums) = made("cell", order, [minutes * 2, 0, 0, 0]);
            sums.tally.add(Column::PlannedMs, minutes * MINUTE_MS);
            let parts = [(machine, "cell"), (machine + 2, "other")];
            for (machine, line) in parts {
                let line = line.into();
                delivered.give(Part {
                    machine: MachineId(machine),
                    start: Timestamp(0),
                    key: &TallyKey { line, ..key.clone() },
                    sums: &sums,
                    engines: &[],
                });
            }
        }
        // The output machine was told late: 20 + 100 in 10 + 50 min. Of parallel machines what was told: 120 in 60, 20 in 10.
        let counted = [(1, 60), (2, 60), (3, 10)].map(|(id, minutes)| (MachineId(id), minutes * MINUTE_MS));
        assert_eq!(delivered.finish_by_machine()["A-17"], (120 + 120 + 20, counted.into()));
    }

    /// 120 pieces an hour.
    const PACE: Pace = Pace {
        pieces: 120,
        planned_ms: HOUR_MS,
    };

    #[test]
    fn an_order_is_finished_when_the_planned_time_of_its_last_pieces_has_passed() {
        let now = Timestamp(100 * HOUR_MS);
        let of = |quantity, done, lately| progress(quantity, done, lately, Period::ms, now);
        // 120 pieces in 60 min; 300 are left: 150 min.
        assert_eq!(
            of(Some(1_000), 700, PACE),
            Progress {
                done: 700,
                left: Some(300),
                expected_finish: Ok(now.plus(150 * MINUTE_MS)),
            }
        );
        // Begun 20 min ago: 40 pieces in 20 min are the same pace.
        let lately = |pieces, minutes: i64| Pace {
            pieces,
            planned_ms: minutes * MINUTE_MS,
        };
        let finish = |lately| of(Some(1_000), 700, lately).expected_finish;
        assert_eq!(finish(lately(40, 20)), Ok(now.plus(150 * MINUTE_MS)));
        // One piece in a second tells no pace of 60 a minute: 300 min at one a minute.
        assert_eq!(finish(lately(1, 0)), Ok(now.plus(300 * MINUTE_MS)));
        assert_eq!(finish(lately(0, 60)), Err(Unexpected::Stands));
        let too_many = of(Some(1_000), 1_040, PACE);
        assert_eq!(
            (too_many.left, too_many.expected_finish),
            (Some(0), Err(Unexpected::Done))
        );
        let endless = of(None, 5, PACE);
        assert_eq!(
            (endless.left, endless.expected_finish),
            (None, Err(Unexpected::Quantity))
        );
        assert_eq!(
            of(Some(i64::MAX), 0, lately(1, 60)).expected_finish,
            Err(Unexpected::Far)
        );
    }

    #[test]
    fn breaks_and_the_time_between_shifts_bring_an_order_no_nearer() {
        let day = Timestamp(20_000 * DAY_MS);
        let at = |hours: i64| day.plus(hours * HOUR_MS);
        // One shift from 06:00 to 14:00 with a break from 10:00 to 11:00, on each day.
        let shift = |period: Period| {
            let days = -1..=366;
            let work = days.flat_map(|day| [(6, 10), (11, 14)].map(|(from, to)| (24 * day + from, 24 * day + to)));
            work.map(|(from, to)| Period::new(at(from), at(to)).intersect(period).ms())
                .sum()
        };
        let of = |left, lately, planned: &dyn Fn(Period) -> i64, now| {
            progress(Some(left), 0, lately, planned, now).expected_finish
        };
        // At 13:00, 8 h of work are left: 1 h of today, 4 h of tomorrow up to the break, 3 h after it.
        assert_eq!(of(960, PACE, &shift, at(13)), Ok(at(24 + 14)));
        // One hour is what is left of the shift.
        assert_eq!(of(120, PACE, &shift, at(13)), Ok(at(14)));
        // Two machines have 120 pieces together in an hour of each: 960 are 8 h of both, 1 h of today and 7 h of tomorrow.
        let both = |period: Period| 2 * shift(period);
        let of_both = Pace {
            planned_ms: 2 * HOUR_MS,
            ..PACE
        };
        assert_eq!(of(960, of_both, &both, at(13)), Ok(at(24 + 14)));
        assert_eq!(of(960, PACE, &|_| 0, at(13)), Err(Unexpected::Far));
    }
}
