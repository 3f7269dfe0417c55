//! Pure. Works out KPIs from merged sums, under the policy of their rows or under another.

mod gaps;
mod people;
mod suggested;

use super::balance::is_void;
use super::indicators::{Kpi, Missing};
use super::pace::{Counting, CycleSource, Pace};
use super::policy::Times;
use crate::model::detail::Detail;
use crate::model::settings::PolicySetting;
use crate::model::tally::{Column, Sums, Tally};
use crate::model::time::HOUR_MS;

/// Above this share of the ideal cycle the time between two polls hides the cycle: a percentile would be one of polls.
const COARSEST: f64 = 0.1;

/// What KPIs are worked out from.
#[derive(Debug, Clone, Copy)]
pub struct Basis<'a> {
    tally: &'a Tally,
    detail: Option<&'a Detail>,
    times: Times,
    calendar_ms: Option<i64>,
    resolution: Option<f64>,
    cycle_source: Option<CycleSource>,
    /// Between two polls of the coarsest machine.
    poll_ms: Option<i64>,
    has_rejects: bool,
    is_metered: bool,
    is_manned: bool,
    /// Pieces that so many counts stand for; `None` where that differs among machines.
    per_count: Option<(u32, u32)>,
}

impl<'a> Basis<'a> {
    /// Sums alone, under the policy of their rows: set-up and delay cannot be told apart, and there are no percentiles.
    pub fn of(tally: &'a Tally) -> Basis<'a> {
        let times = Times {
            pbt: tally.get(Column::PbtMs),
            apt: tally.get(Column::AptMs),
            ..Times::default()
        };
        Basis {
            tally,
            detail: None,
            times,
            calendar_ms: None,
            resolution: None,
            cycle_source: None,
            poll_ms: None,
            has_rejects: true,
            is_metered: true,
            is_manned: true,
            per_count: Some((1, 1)),
        }
    }

    /// Sums with their detail under any policy.
    pub fn under(policy: &PolicySetting, sums: &'a Sums) -> Basis<'a> {
        Basis {
            detail: Some(&sums.detail),
            times: Times::under(policy, sums),
            ..Basis::of(&sums.tally)
        }
    }

    /// With the length of the full production days (23, 24 or 25 h each) that the sums are of, times the machines.
    #[must_use]
    pub fn of_days(self, calendar_ms: i64) -> Basis<'a> {
        Basis {
            calendar_ms: Some(calendar_ms),
            ..self
        }
    }

    /// Of machines whose cycles were timed so: what is told of them together is no finer than the coarsest of them, and a cycle
    /// is that of a count, as its ideal one is, where a count stands for as many pieces on each.
    #[must_use]
    pub fn timed(self, machines: impl Iterator<Item = (Pace, Counting)>) -> Basis<'a> {
        let (mut resolution, mut poll_ms, mut cycle_source, mut units) = (None, None, None, Vec::new());
        for (pace, counting) in machines {
            let own = counting.resolution(&pace);
            resolution = resolution.into_iter().chain(own).reduce(f64::max);
            units.push(pace.unit(counting.per_count));
            poll_ms = poll_ms.max(counting.poll_ms.filter(|_| !counting.is_told));
            let source = CycleSource::of(&counting);
            cycle_source = cycle_source
                .map(|known: CycleSource| known.and(source))
                .or(Some(source));
        }
        let first = units.first().copied().unwrap_or((1, 1));
        let is_same =
            |(pieces, of): &(u32, u32)| u64::from(*pieces) * u64::from(first.1) == u64::from(first.0) * u64::from(*of);
        Basis {
            resolution,
            cycle_source,
            poll_ms,
            per_count: units.iter().all(is_same).then_some(first),
            ..self
        }
    }

    /// Of machines whose rejects are all counted or entered, or not: where nobody counts those of one of them, what rests on
    /// rejects is undefined for all together, also while that machine makes nothing. Quality of some and time of all make no
    /// OEE, and leaving machines out flatters.
    #[must_use]
    pub fn with_rejects(self, are_known: bool) -> Basis<'a> {
        Basis {
            has_rejects: are_known,
            ..self
        }
    }

    /// Of machines whose meters told all of their energy, or not: pieces that no meter saw made would make the others cheap.
    #[must_use]
    pub fn with_meters(self, are_everywhere: bool) -> Basis<'a> {
        Basis {
            is_metered: are_everywhere,
            ..self
        }
    }

    /// Ideal length of the cycles that are timed, a shot's or a count's, in nanoseconds; `None` where some pieces have none.
    pub fn ideal_ns(&self) -> Option<f64> {
        Pace::of(self.tally).ideal_ns(self.per_count?)
    }

    /// The time between two polls / the ideal cycle, of the coarsest machine; `None` where it is known of none.
    pub fn resolution(&self) -> Option<f64> {
        self.resolution
    }

    /// Where the lengths of cycles come from; `None` where no machine is known.
    pub fn cycle_source(&self) -> Option<CycleSource> {
        self.cycle_source
    }

    /// True when more was made than the ideal cycle allows: the standard is too long, or a counter counts too much.
    pub fn is_above_one(&self) -> bool {
        self.get(Kpi::Effectiveness).is_ok_and(|ratio| ratio > 1.0)
    }

    /// The times of ISO 22400-2 the KPIs are worked out from.
    pub fn times(&self) -> &Times {
        &self.times
    }

    /// One KPI.
    ///
    /// # Errors
    /// It is undefined, and why.
    pub fn get(&self, kpi: Kpi) -> Result<f64, Missing> {
        if kpi.needs_rejects() && !self.has_rejects {
            return Err(Missing::Rejects);
        }
        let times = &self.times;
        let sum = |column| self.sum(column);
        let bad = sum(Column::Reject) + sum(Column::Rework);
        match kpi {
            Kpi::Availability => self.availability(),
            Kpi::Effectiveness => self.effectiveness(),
            Kpi::Quality => self.quality(),
            Kpi::Oee => self.oee(),
            Kpi::BridgedOee => self.bridged_oee(),
            Kpi::Nee => self.nee(),
            Kpi::Teep => self.teep(),
            Kpi::CalendarCoverage => self.calendar_coverage(),
            Kpi::AllocationEfficiency => self
                .told_apart()?
                .quotient(times.aubt(), times.pbt, Missing::PlannedTime),
            Kpi::UtilisationEfficiency => self
                .told_apart()?
                .quotient(times.apt, times.aubt(), Missing::PlannedTime),
            Kpi::TechnicalEfficiency => {
                let run = self.told_apart()?;
                run.quotient(times.apt, times.apt + times.adet, Missing::RunTime)
            }
            Kpi::SetupRatio => self.told_apart()?.quotient(times.aust, times.aupt(), Missing::RunTime),
            Kpi::Throughput => self.per_hour(Column::Total, self.seen_ms(times.pbt), Missing::PlannedTime),
            Kpi::RunRate => self.per_hour(Column::Total, self.seen_ms(times.apt), Missing::RunTime),
            Kpi::Uph => {
                let judged = self.judged()?;
                judged.per_hour(Column::Good, self.seen_ms(times.pbt), Missing::PlannedTime)
            }
            Kpi::Upph => self.upph(),
            Kpi::ScrapRatio => self.of_pieces(sum(Column::Reject)),
            Kpi::ReworkRatio => self.of_pieces(sum(Column::Rework)),
            Kpi::FirstRunRatio => self.of_pieces(sum(Column::Total) - bad),
            Kpi::GoodRatio => self.of_pieces(sum(Column::Good)),
            Kpi::DefectRate => self.of_pieces(bad),
            Kpi::Ppm => self.of_pieces(bad).map(|ratio| ratio * 1e6),
            Kpi::ProcessGoodRatio => self.of_process(sum(Column::Good)),
            Kpi::ProcessDefectRate => self.of_process(bad - sum(Column::Startup)),
            Kpi::ProcessPpm => self.of_process(bad - sum(Column::Startup)).map(|ratio| ratio * 1e6),
            Kpi::CycleMean => {
                let of_piece = self.seconds(sum(Column::CycleMs), Column::Cycles, Missing::Cycles)?;
                Ok(of_piece * self.pieces_of_cycle()?)
            }
            Kpi::CycleMedian => self.percentile(50),
            Kpi::CycleP10 => self.percentile(10),
            Kpi::CycleP90 => self.percentile(90),
            Kpi::Mtbf => self.seconds(times.apt, Column::Failures, Missing::Failures),
            Kpi::Mttr => self.seconds(sum(Column::RepairMs), Column::Repairs, Missing::Repairs),
            Kpi::Coverage => self.coverage(),
            Kpi::NoStandardShare => self.quotient(sum(Column::NoStandardMs), sum(Column::RunningMs), Missing::RunTime),
            Kpi::EnergyPerGood if sum(Column::Wh) == 0 => Err(Missing::Energy),
            Kpi::EnergyPerGood if !self.is_metered => Err(Missing::Meter),
            Kpi::EnergyPerGood => {
                let good = sum(Column::Good) + sum(Column::GapGood);
                let told = self.judged()?.told_of_gaps()?;
                told.quotient(sum(Column::Wh), good, Missing::Pieces)
            }
        }
    }

    fn availability(&self) -> Result<f64, Missing> {
        // Where nothing that ran has an ideal cycle there is no effectiveness to agree with: availability stands alone.
        let left_out = if self.has_standard() {
            self.sum(Column::NoStandardMs)
        } else {
            0
        };
        let run = self.times.apt - left_out;
        self.quotient(run, self.times.pbt - left_out, Missing::PlannedTime)
    }

    fn effectiveness(&self) -> Result<f64, Missing> {
        let run = self.with_standard()?.times.apt - self.sum(Column::NoStandardMs);
        ratio(
            self.earned(Column::EarnedTotalNs),
            self.counted_ms(run),
            Missing::RunTime,
        )
    }

    fn quality(&self) -> Result<f64, Missing> {
        let (good, all) = (self.earned(Column::EarnedGoodNs), self.earned(Column::EarnedTotalNs));
        let quality = ratio(good, all, Missing::Pieces).map_err(|missing| self.excess().unwrap_or(missing))?;
        self.judged().map(|_| quality)
    }

    fn oee(&self) -> Result<f64, Missing> {
        let planned = self.with_standard()?.judged()?.times.pbt - self.sum(Column::NoStandardMs);
        let good = self.earned(Column::EarnedGoodNs);
        ratio(good, self.counted_ms(planned), Missing::PlannedTime)
    }

    fn nee(&self) -> Result<f64, Missing> {
        let left_out = self.told_apart()?.sum(Column::NoStandardMs);
        let processing = self.times.aupt() - left_out;
        let of_planned = self.quotient(processing, self.times.pbt - left_out, Missing::PlannedTime)?;
        Ok(of_planned * self.effectiveness()? * self.quality()?)
    }

    fn teep(&self) -> Result<f64, Missing> {
        let productive = self.oee()? * (self.times.pbt - self.blind_ms()) as f64;
        ratio(productive, self.calendar()?, Missing::Calendar)
    }

    fn calendar_coverage(&self) -> Result<f64, Missing> {
        let known = self.sum(Column::SpanMs) - self.sum(Column::UnknownMs) - self.sum(Column::ClockSkipMs);
        ratio((known - self.blind_ms()) as f64, self.calendar()?, Missing::Calendar)
    }

    fn calendar(&self) -> Result<f64, Missing> {
        self.calendar_ms.map(|ms| ms as f64).ok_or(Missing::Calendar)
    }

    /// Only a policy tells set-up, delay and waiting apart.
    fn told_apart(&self) -> Result<&Basis<'a>, Missing> {
        self.detail.is_some().then_some(self).ok_or(Missing::Policy)
    }

    fn with_standard(&self) -> Result<&Basis<'a>, Missing> {
        self.has_standard().then_some(self).ok_or(Missing::Standard)
    }

    fn of_pieces(&self, part: i64) -> Result<f64, Missing> {
        self.judged()?.quotient(part, self.sum(Column::Total), Missing::Pieces)
    }

    /// Of the pieces made after release of their changeover.
    fn of_process(&self, part: i64) -> Result<f64, Missing> {
        let whole = self.sum(Column::Total) - self.sum(Column::Startup);
        self.judged()?.quotient(part, whole, Missing::Pieces)
    }

    fn percentile(&self, percent: u8) -> Result<f64, Missing> {
        if self.resolution.is_some_and(|resolution| resolution > COARSEST) {
            return Err(Missing::Resolution);
        }
        let cycles = self.detail.map(|detail| &detail.cycles).ok_or(Missing::Cycles)?;
        let us = cycles.percentile_us(percent).ok_or(Missing::Cycles)?;
        Ok(us as f64 / 1e6 * self.pieces_of_cycle()?)
    }

    fn pieces_of_cycle(&self) -> Result<f64, Missing> {
        let per_count = self.per_count.ok_or(Missing::Counts)?;
        Ok(Pace::of(self.tally).of_cycle(per_count))
    }

    /// False when something ran, and nothing of it had an ideal cycle.
    fn has_standard(&self) -> bool {
        let running = self.sum(Column::RunningMs);
        running == 0 || running > self.sum(Column::NoStandardMs)
    }

    fn judged(&self) -> Result<&Basis<'a>, Missing> {
        let judged = self.sum(Column::Judged) == self.sum(Column::Total);
        let judged = judged.then_some(self).ok_or(Missing::Judgement)?;
        self.excess().map_or(Ok(judged), Err)
    }

    /// Whatever is worked out from rejects that exceed their pieces is wrong.
    fn excess(&self) -> Option<Missing> {
        // Good pieces of an ideal cycle less than rejects of a longer one earned less than nothing.
        let is_void = is_void(self.tally) || self.sum(Column::EarnedGoodNs) < 0;
        is_void.then_some(Missing::ExcessReject)
    }

    fn per_hour(&self, pieces: Column, ms: f64, missing: Missing) -> Result<f64, Missing> {
        ratio(self.sum(pieces) as f64 * HOUR_MS as f64, ms, missing)
    }

    fn seconds(&self, ms: i64, count: Column, missing: Missing) -> Result<f64, Missing> {
        ratio(ms as f64 / 1e3, self.sum(count) as f64, missing)
    }

    fn quotient(&self, part: i64, whole: i64, missing: Missing) -> Result<f64, Missing> {
        ratio(part as f64, whole as f64, missing)
    }

    /// Ideal time in milliseconds.
    fn earned(&self, column: Column) -> f64 {
        self.sum(column) as f64 / 1e6
    }

    fn sum(&self, column: Column) -> i64 {
        self.tally.get(column)
    }
}

fn ratio(part: f64, whole: f64, missing: Missing) -> Result<f64, Missing> {
    if whole > 0.0 { Ok(part / whole) } else { Err(missing) }
}

#[cfg(test)]
#[path = "basis/tests.rs"]
mod tests;
