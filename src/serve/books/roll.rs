//! I/O. Tallies merged as they are read: shift tallies, or for hours the minutes of one hour after the other.

use super::{MOST_GROUPS, Rolled, Rolling};
use crate::model::calendar::dates::around;
use crate::model::ids::MachineId;
use crate::model::tally::{Column, Sums, TallyKey};
use crate::model::time::{DAY_MS, HOUR_MS, Period};
use crate::oee::meters::{Meters, shift_of};
use crate::oee::rollup::{Kinds, Over, Part, RollUp, hour};
use crate::store::{ReadError, Reader};
use jiff::tz::TimeZone;
use std::path::Path;
use std::thread;

/// From so long a time on two threads read one half each; a year of fifty machines takes some hundred milliseconds of a processor.
const HALVED_FROM_MS: i64 = 60 * DAY_MS;

/// Merges what is asked for, all of it as of one moment.
pub(super) fn roll(folder: &Path, rolling: &Rolling) -> Result<Rolled, ReadError> {
    let (first, last) = (rolling.first, rolling.last);
    let no_such = || ReadError(format!("there is no time from {first} to {last}"));
    let around = around(first, last).ok_or_else(no_such)?;
    let dates = (&*first.to_string(), &*last.to_string());
    // What one machine of a line did is no passage through the line.
    let apart = Kinds::default();
    let kinds = rolling.machine.map_or(&rolling.kinds, |_| &apart);
    let merging = Merging {
        rolling,
        dates,
        meters: &Meters::of(&rolling.plan, around),
        around,
    };
    let begun = || RollUp::new(rolling.over.clone(), rolling.by, kinds).by_part(&rolling.plan);
    let is_long = !matches!(rolling.over, Over::Hours(_)) && around.ms() >= HALVED_FROM_MS;
    let (reader, beside) = if is_long {
        Reader::hold_two(folder)?
    } else {
        (Reader::open(folder)?.hold()?, None)
    };
    let roll_up = match beside {
        Some(beside) => merging.halves((&reader, beside), [begun(), begun()])?,
        None => merging.give(&reader, around, begun())?,
    };
    let corrected = reader.corrected(around, dates, rolling.machine, rolling.line.as_deref())?;
    let standing = reader.standing()?;
    Ok(Rolled {
        is_cut: roll_up.groups() > MOST_GROUPS,
        groups: roll_up.finish(),
        roster: reader.roster()?,
        corrected,
        kept_since: standing.kept_since,
        sealed_until: standing.sealed_until.into_iter().collect(),
    })
}

/// What is merged, and how it is read.
struct Merging<'a> {
    rolling: &'a Rolling,
    /// The first and the last.
    dates: (&'a str, &'a str),
    meters: &'a Meters,
    /// All that the dates may touch.
    around: Period,
}

impl Merging<'_> {
    /// Merges the former half of the time on a thread of its own.
    fn halves<'b>(
        &self,
        (reader, beside): (&Reader, Reader),
        [former, latter]: [RollUp<'b>; 2],
    ) -> Result<RollUp<'b>, ReadError> {
        let middle = self.around.start.plus(self.around.ms() / 2);
        thread::scope(|scope| {
            let half = scope.spawn(move || self.give(&beside, Period::new(self.around.start, middle), former));
            let latter = self.give(reader, Period::new(middle, self.around.end), latter);
            let ended = |_| ReadError("the thread that reads the former half of them ended".to_owned());
            let mut whole = half.join().map_err(ended)??;
            whole.join(latter?);
            Ok(whole)
        })
    }

    /// Adds what lies in `period` to what was merged.
    fn give<'b>(&self, reader: &Reader, period: Period, mut roll_up: RollUp<'b>) -> Result<RollUp<'b>, ReadError> {
        let (first, last) = self.dates;
        let mut give = |part: Part| {
            let in_dates = *first <= *part.key.business_date && *part.key.business_date <= *last;
            let of_machine = self.rolling.machine.is_none_or(|machine| machine == part.machine);
            let of_line = self.rolling.line.as_ref().is_none_or(|line| *line == part.key.line);
            if in_dates && of_machine && of_line && roll_up.groups() <= MOST_GROUPS {
                roll_up.give(part);
            }
        };
        match &self.rolling.over {
            Over::Hours(zone) => self.each_minute(reader, period, zone, &mut give)?,
            Over::Shifts | Over::Days | Over::Weeks | Over::Months | Over::Whole => {
                self.each_shift(reader, period, &mut give)?;
            }
        }
        Ok(roll_up)
    }

    /// The one machine that is to be read: a share of a meter takes all its machines to work out.
    fn machine(&self) -> Option<MachineId> {
        let machine = self.rolling.machine;
        machine.filter(|machine| !self.meters.is_shared(*machine, self.around))
    }

    /// Hands over minute tallies, an hour of the plant's clock after the other; the energy of shared meters is split within the
    /// hour of each shift.
    fn each_minute(
        &self,
        reader: &Reader,
        all: Period,
        zone: &TimeZone,
        give: &mut impl FnMut(Part),
    ) -> Result<(), ReadError> {
        let mut at = all.start;
        while at < all.end {
            let period = Period::new(at, hour(at, zone).plus(HOUR_MS));
            let mut rows = reader.worked_out(self.machine(), period)?;
            let tallies = rows.iter_mut();
            self.meters.split(
                |_| period,
                tallies.map(|(row, _)| (&*row.key, row.machine, &mut row.tally)),
            );
            for (row, engine) in rows {
                let sums = Sums {
                    tally: row.tally,
                    detail: row.detail,
                };
                give(Part {
                    machine: row.machine,
                    start: row.period.start,
                    key: &row.key,
                    sums: &sums,
                    engines: &[engine],
                });
            }
            at = period.end;
        }
        Ok(())
    }

    /// Hands over shift tallies; where meters are shared, all those of a shift together, with the energy split among them.
    fn each_shift(&self, reader: &Reader, period: Period, give: &mut impl FnMut(Part)) -> Result<(), ReadError> {
        let columns = Column::ALL.map(|(column, _)| column);
        let mut give = |machine, key: &TallyKey, sums: &Sums, engines: &[u32]| {
            let start = key.shift_start;
            give(Part {
                machine,
                start,
                key,
                sums,
                engines,
            });
        };
        if self.meters.are_own() {
            return reader.each_shift((self.machine(), period), &columns, true, give);
        }
        let mut shift: Vec<Whole> = Vec::new();
        let mut end = |shift: &mut Vec<Whole>| {
            let tallies = shift.iter_mut();
            self.meters.split(
                |key| shift_of(&self.rolling.plan, key),
                tallies.map(|(machine, key, sums, _)| (&*key, *machine, &mut sums.tally)),
            );
            shift
                .drain(..)
                .for_each(|(machine, key, sums, engines)| give(machine, &key, &sums, &engines));
        };
        reader.each_shift(
            (self.machine(), period),
            &columns,
            true,
            |machine, key, sums, engines| {
                if shift
                    .last()
                    .is_some_and(|(_, last, ..)| last.shift_start != key.shift_start)
                {
                    end(&mut shift);
                }
                shift.push((machine, key.clone(), sums.clone(), engines.to_vec()));
            },
        )?;
        end(&mut shift);
        Ok(())
    }
}

/// A shift tally, and the engines that worked it out.
type Whole = (MachineId, TallyKey, Sums, Vec<u32>);
