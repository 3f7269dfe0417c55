//! Pure. Minutes of the shift that is on in which a machine only stood, and the pieces that came in them: a state that is stuck, or
//! wrongly mapped, shows there.

use crate::model::commit::Sealed;
use crate::model::live::StoodCounting;
use crate::model::state::Class;
use crate::model::tally::{Column, TallyKey, TallyRow};
use crate::model::time::{MINUTE_MS, Timestamp};
use std::collections::BTreeMap;
use std::sync::Arc;

/// So many minutes of one stand must have pieces ...
const LEAST_MINUTES: usize = 3;
/// ... and so much time must lie between the first of them and the end of the last one: a piece that was on the way out when the
/// machine stopped comes in one minute, or two.
const LEAST_MS: i64 = 5 * MINUTE_MS;

/// Minutes of one shift in which the machine only stood; no shift and no time between shifts has more than 2,880 of them.
#[derive(Debug, Clone, Default)]
pub struct Standing {
    shift: (Timestamp, Arc<str>),
    /// End and pieces of each, by start.
    minutes: BTreeMap<Timestamp, (Timestamp, i64)>,
}

/// A stand under way.
#[derive(Default)]
struct Stand {
    start: Timestamp,
    end: Timestamp,
    pieces: i64,
    /// How many of its minutes have pieces, the start of the first of them and the end of the last one.
    with_pieces: usize,
    between: Option<(Timestamp, Timestamp)>,
}

impl Standing {
    /// Takes rows that became final, in place of what was known of their time.
    pub fn take(&mut self, sealed: &[Sealed]) {
        for rows in sealed {
            if let Some(range) = rows.range {
                self.minutes.retain(|start, _| !range.contains(*start));
            }
            rows.tallies.iter().for_each(|row| self.add(row));
        }
    }

    /// The stands of the shift of a key in which pieces came that no stop explains.
    pub fn of(&self, key: &TallyKey) -> StoodCounting {
        let mut stood = StoodCounting::default();
        if self.shift != (key.shift_start, Arc::clone(&key.shift)) {
            return stood;
        }
        let mut stand = Stand::default();
        for (start, (end, pieces)) in &self.minutes {
            if stand.end != *start {
                stand.end_in(&mut stood);
                stand = Stand {
                    start: *start,
                    ..Stand::default()
                };
            }
            stand.end = *end;
            if *pieces > 0 {
                stand.pieces += pieces;
                stand.with_pieces += 1;
                stand.between = Some((stand.between.map_or(*start, |(first, _)| first), *end));
            }
        }
        stand.end_in(&mut stood);
        stood
    }

    fn add(&mut self, row: &TallyRow) {
        let shift = (row.key.shift_start, Arc::clone(&row.key.shift));
        if shift.0 < self.shift.0 {
            return;
        }
        if shift != self.shift {
            self.minutes.clear();
            self.shift = shift;
        }
        if only_stood(row) {
            let get = |column| row.tally.get(column);
            // What people counted by hand says nothing of the state.
            let pieces = (get(Column::Total) - get(Column::ManualTotal)).max(0);
            self.minutes.insert(row.period.start, (row.period.end, pieces));
        }
    }
}

impl Stand {
    fn end_in(&self, stood: &mut StoodCounting) {
        let is_long = self.between.is_some_and(|(first, last)| last.since(first) >= LEAST_MS);
        if is_long && self.with_pieces >= LEAST_MINUTES {
            stood.ms += self.end.since(self.start);
            stood.pieces += self.pieces;
        }
    }
}

/// True when all of a minute is time in which the signals say that the machine stands, or waits. In a changeover pieces are tried.
fn only_stood(row: &TallyRow) -> bool {
    let stands = [
        Class::MinorStop,
        Class::Unexplained,
        Class::Breakdown,
        Class::Waiting,
        Class::NoOrder,
    ];
    let stood: i64 = stands.iter().map(|class| row.tally.get(Column::of(*class))).sum();
    stood > 0 && stood == row.period.ms()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::detail::Detail;
    use crate::model::ids::MachineId;
    use crate::model::tally::Tally;
    use crate::model::time::Period;

    fn minute(minute: i64) -> Timestamp {
        Timestamp(minute * MINUTE_MS)
    }

    fn key(shift_start: i64) -> TallyKey {
        TallyKey {
            shift: "A".into(),
            shift_start: minute(shift_start),
            ..TallyKey::default()
        }
    }

    /// A minute of a shift, of one class, with pieces.
    fn row(at: i64, shift_start: i64, class: Class, pieces: i64) -> TallyRow {
        let mut tally = Tally::default();
        tally.add(Column::of(class), MINUTE_MS);
        tally.add(Column::Total, pieces);
        TallyRow {
            machine: MachineId(0),
            period: Period::new(minute(at), minute(at + 1)),
            key: Arc::new(key(shift_start)),
            tally,
            detail: Detail::default(),
        }
    }

    fn sealed(range: Option<(i64, i64)>, tallies: Vec<TallyRow>) -> Sealed {
        Sealed {
            machine: MachineId(0),
            range: range.map(|(from, to)| Period::new(minute(from), minute(to))),
            tallies,
            spans: Vec::new(),
            flags: Vec::new(),
        }
    }

    fn stood(standing: &Standing, shift_start: i64) -> (i64, i64) {
        let StoodCounting { ms, pieces } = standing.of(&key(shift_start));
        (ms / MINUTE_MS, pieces)
    }

    #[test]
    fn a_last_piece_after_each_of_many_stops_is_none_of_them() {
        let mut standing = Standing::default();
        let stops = (0..40).flat_map(|stop| {
            let at = stop * 10;
            let stands = (0..8).map(move |minute| row(at + minute, 0, Class::Unexplained, i64::from(minute < 2)));
            stands.chain([8, 9].map(|minute| row(at + minute, 0, Class::Running, 5)))
        });
        standing.take(&[sealed(None, stops.collect())]);
        assert_eq!(stood(&standing, 0), (0, 0));
    }

    #[test]
    fn three_pieces_within_five_minutes_of_one_stand_are_told_with_all_of_it() {
        let pieces_at = |minutes: &'static [i64], class| {
            let mut standing = Standing::default();
            let rows = (0..10).map(|at| row(at, 0, class, i64::from(minutes.contains(&at))));
            standing.take(&[sealed(None, rows.collect())]);
            stood(&standing, 0)
        };
        assert_eq!(pieces_at(&[1, 3, 5], Class::Unexplained), (10, 3), "01:00 to 06:00");
        assert_eq!(pieces_at(&[1, 3, 4], Class::Unexplained), (0, 0), "four minutes");
        assert_eq!(pieces_at(&[1, 8], Class::Unexplained), (0, 0), "two pieces");
        assert_eq!(pieces_at(&[1, 3, 5], Class::Setup), (0, 0), "pieces are tried");
        assert_eq!(pieces_at(&[1, 3, 5], Class::Unknown), (0, 0));
    }

    #[test]
    fn what_is_worked_out_again_and_the_next_shift_take_the_place_of_what_was() {
        let mut standing = Standing::default();
        let stands = |from: i64, to: i64, class| (from..to).map(move |at| row(at, 0, class, 5)).collect();
        standing.take(&[sealed(None, stands(0, 60, Class::Unexplained))]);
        assert_eq!(stood(&standing, 0), (60, 300), "5 pieces in each of 60 minutes");
        standing.take(&[sealed(Some((0, 50)), stands(0, 50, Class::Running))]);
        assert_eq!(stood(&standing, 0), (10, 50));
        standing.take(&[sealed(None, vec![row(480, 480, Class::Running, 5)])]);
        assert_eq!((stood(&standing, 0), stood(&standing, 480)), ((0, 0), (0, 0)));
        standing.take(&[sealed(None, stands(60, 70, Class::Unexplained))]);
        assert_eq!(stood(&standing, 480), (0, 0), "of the shift before");
        assert!(standing.minutes.is_empty());
    }
}
