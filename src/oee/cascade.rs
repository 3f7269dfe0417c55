//! Pure. From calendar time down to fully productive time, with what was lost on each step: the six big losses (Nakajima) and
//! what a plant never meant to use.
//!
//! All of it is whole milliseconds that add up exactly: times by class are milliseconds already; ideal time is rounded to
//! milliseconds once for all pieces, once for the good ones, once for blocked cavities and once for startup rejects, and what
//! is left over on a step is its last loss (`speed`, `process`).

use super::policy::{Times, charged};
use super::serial;
use crate::model::policy::Charge;
use crate::model::settings::PolicySetting;
use crate::model::state::Class;
use crate::model::tally::{Column, Sums, Tally};

/// A step of the cascade, from the top.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// All hours of the production days.
    Calendar,
    /// Inside shifts, and running outside them.
    Scheduled,
    /// Planned busy time (PBT).
    Busy,
    /// Actual production time (APT).
    Production,
    /// Ideal time of all pieces: sum(PRI x PQ).
    Net,
    /// Ideal time of the good pieces: sum(PRI x GQ).
    Productive,
}

impl Level {
    /// Its name in the API and in reports.
    pub fn name(self) -> &'static str {
        match self {
            Level::Calendar => "calendar",
            Level::Scheduled => "scheduled",
            Level::Busy => "pbt",
            Level::Production => "apt",
            Level::Net => "net",
            Level::Productive => "productive",
        }
    }
}

/// What time is lost to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Loss {
    /// Time of a class, at the level its charge puts it.
    Class(Class),
    /// Hours of the production days that no tally covers.
    NotRecorded,
    /// Run time without an ideal cycle: what was earned in it is not known.
    NoStandard,
    /// Ideal time of shots with blocked cavities.
    Cavities,
    /// What is left of run time; below zero where the machine is faster than its ideal cycle.
    Speed,
    /// Rejects before release of a changeover.
    Startup,
    /// Other rejects.
    Process,
    /// Pieces sent to rework.
    Rework,
    /// Pieces nobody judged.
    NotJudged,
}

impl Loss {
    /// Its name in the API and in reports.
    pub fn name(self) -> &'static str {
        match self {
            Loss::Class(class) => class.name(),
            Loss::NotRecorded => "not_recorded",
            Loss::NoStandard => "no_standard",
            Loss::Cavities => "cavities",
            Loss::Speed => "speed",
            Loss::Startup => "startup_rejects",
            Loss::Process => "process_rejects",
            Loss::Rework => "rework",
            Loss::NotJudged => "not_judged",
        }
    }
}

/// What is lost between a level and the next one below it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lost {
    /// Between this level and the next.
    pub from: Level,
    /// To what.
    pub loss: Loss,
    /// Milliseconds.
    pub ms: i64,
    /// Pieces: counted ones below [`Level::Net`], above it those the time would have made at the mean ideal cycle; `None`
    /// where nothing has an ideal cycle.
    pub pieces: Option<i64>,
}

/// The cascade of merged sums.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cascade {
    /// Milliseconds of each level, from the top.
    pub levels: [(Level, i64); 6],
    /// What is lost, from the top; losses of nothing are left out.
    pub losses: Vec<Lost>,
}

impl Cascade {
    /// The cascade of sums over full production days of `calendar_ms` in all, under a policy.
    pub fn of(policy: &PolicySetting, sums: &Sums, calendar_ms: i64) -> Cascade {
        let get = |column| sums.tally.get(column);
        let times = Times::under(policy, sums);
        let net = as_ms(get(Column::EarnedTotalNs));
        let productive = as_ms(get(Column::EarnedGoodNs));
        let mut lost: Vec<(Level, Loss, i64)> = Vec::new();
        lost.push((Level::Calendar, Loss::NotRecorded, calendar_ms - get(Column::SpanMs)));
        for (class, _, charge, ms) in charged(policy, sums) {
            let from = match (charge, class) {
                (Charge::Excluded, Class::NotScheduled | Class::ClockSkip) => Level::Calendar,
                (Charge::Excluded, _) => Level::Scheduled,
                (Charge::Availability, _) => Level::Busy,
                (Charge::Performance, Class::Running) => continue,
                (Charge::Performance, _) => Level::Production,
            };
            match lost
                .iter_mut()
                .find(|(at, loss, _)| (*at, *loss) == (from, Loss::Class(class)))
            {
                Some((_, _, sum)) => *sum += ms,
                None => lost.push((from, Loss::Class(class), ms)),
            }
        }
        let not_running: i64 = of_level(&lost, Level::Production);
        let (no_standard, cavities) = (get(Column::NoStandardMs), as_ms(get(Column::CavityLossNs)));
        let blind = blind_run(&sums.tally, &times);
        let speed = times.apt - not_running - no_standard - blind - cavities - net;
        lost.push((Level::Production, Loss::Class(Class::Unknown), blind));
        lost.push((Level::Production, Loss::NoStandard, no_standard));
        lost.push((Level::Production, Loss::Cavities, cavities));
        lost.push((Level::Production, Loss::Speed, speed));
        lost.sort_by_key(|(level, _, _)| *level);
        let scheduled = calendar_ms - of_level(&lost, Level::Calendar);
        let to_pieces = pieces_of(sums);
        let mut losses: Vec<Lost> = lost
            .into_iter()
            .map(|(from, loss, ms)| Lost {
                from,
                loss,
                ms,
                pieces: to_pieces.map(|(pieces, ns)| scaled(ms, pieces.saturating_mul(1_000_000), ns)),
            })
            .collect();
        losses.extend(of_quality(sums, net - productive));
        losses.retain(|lost| lost.ms != 0 || (lost.from == Level::Net && lost.pieces != Some(0)));
        Cascade {
            levels: [
                (Level::Calendar, calendar_ms),
                (Level::Scheduled, scheduled),
                (Level::Busy, times.pbt),
                (Level::Production, times.apt),
                (Level::Net, net),
                (Level::Productive, productive),
            ],
            losses,
        }
    }
}

/// Run time of a serial line whose pieces nobody knows, since its output machine was silent.
fn blind_run(tally: &Tally, times: &Times) -> i64 {
    let blind = serial::blind_ms(tally).min(times.pbt.max(0));
    let no_standard = tally.get(Column::NoStandardMs);
    match times.pbt - no_standard {
        busy if busy > 0 => scaled(times.apt - no_standard, blind, busy),
        _ => 0,
    }
}

/// Rejects by kind. What is not startup is shared by pieces among the other kinds: they have no ideal time of their own.
fn of_quality(sums: &Sums, ms: i64) -> [Lost; 4] {
    let get = |column| sums.tally.get(column);
    let startup = as_ms(get(Column::EarnedStartupNs));
    let rest = ms - startup;
    let kinds = [
        get(Column::Reject) - get(Column::Startup),
        get(Column::Rework),
        get(Column::Total) - get(Column::Judged),
    ];
    let all: i64 = kinds.iter().sum();
    let share = |pieces| if all > 0 { scaled(rest, pieces, all) } else { 0 };
    let (rework, not_judged) = (share(kinds[1]), share(kinds[2]));
    let of = |loss, ms, pieces| Lost {
        from: Level::Net,
        loss,
        ms,
        pieces: Some(pieces),
    };
    [
        of(Loss::Startup, startup, get(Column::Startup)),
        of(Loss::Process, rest - rework - not_judged, kinds[0]),
        of(Loss::Rework, rework, kinds[1]),
        of(Loss::NotJudged, not_judged, kinds[2]),
    ]
}

/// Pieces with an ideal cycle, and their ideal time.
fn pieces_of(sums: &Sums) -> Option<(i64, i64)> {
    let pieces = sums.tally.get(Column::Total) - sums.tally.get(Column::NoStandardPieces);
    let earned = sums.tally.get(Column::EarnedTotalNs);
    (pieces > 0 && earned > 0).then_some((pieces, earned))
}

fn of_level(lost: &[(Level, Loss, i64)], level: Level) -> i64 {
    let of_level = lost.iter().filter(|(from, _, _)| *from == level);
    of_level.map(|(_, _, ms)| ms).sum()
}

/// Rounded to the nearest millisecond, halves up.
fn as_ms(ns: i64) -> i64 {
    (ns + 500_000).div_euclid(1_000_000)
}

/// `amount x part / whole`, rounded to the nearest, halves up.
pub(super) fn scaled(amount: i64, part: i64, whole: i64) -> i64 {
    let whole = i128::from(whole);
    let product = i128::from(amount) * i128::from(part);
    i64::try_from((2 * product + whole).div_euclid(2 * whole)).unwrap_or(i64::MAX)
}

#[cfg(test)]
#[path = "cascade/tests.rs"]
mod tests;
