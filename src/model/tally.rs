//! Pure. The only aggregate: sums of time and pieces for one machine and (at most) one minute, and what they belong to.

use super::ids::MachineId;
use super::state::Class;
use super::time::{Period, Timestamp};
use std::sync::Arc;

/// The version of the fold, raised whenever its result can change. A new engine never rewrites the past by itself.
///
/// 1: the first. 2: an own-time sample whose predecessor is not known no longer makes the time before it known, and pieces
/// counted when a doubted reading after a silence is refuted belong to that silence. 3: a machine heard once and never again
/// is unknown from then on. 4: a state may need pieces, or time, before it counts.
pub const ENGINE: u32 = 4;
/// The oldest engine whose snapshots this one reads, to go on from them.
pub const OLDEST_ENGINE: u32 = 1;

/// One sum of a [`Tally`]. Units are in the name: `Ms` milliseconds, `Ns` nanoseconds, `Wh` watt hours, else pieces or counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Column {
    /// Time of class `running`.
    RunningMs,
    /// Time of class `minor_stop`.
    MinorStopMs,
    /// Time of class `unexplained`.
    UnexplainedMs,
    /// Time of class `breakdown`.
    BreakdownMs,
    /// Time of class `waiting`.
    WaitingMs,
    /// Time of class `setup`.
    SetupMs,
    /// Time of class `not_scheduled`.
    NotScheduledMs,
    /// Time of class `planned_stop`.
    PlannedStopMs,
    /// Time of class `break`.
    BreakMs,
    /// Time of class `no_order`.
    NoOrderMs,
    /// Time of class `unknown`.
    UnknownMs,
    /// Time of class `clock_skip`.
    ClockSkipMs,
    /// Wall time covered: the sum of the twelve classes.
    SpanMs,
    /// Planned time: PBT + unknown.
    PlannedMs,
    /// Planned time whose class is known: planned - unknown.
    KnownMs,
    /// Running time outside planned work (through a break, outside the shift).
    ExtraMs,
    /// Planned stops declared after their start.
    RecodedMs,
    /// Time whose class a person gave.
    ManualMs,
    /// Planned busy time (ISO 22400-2, PBT) under the row's policy.
    PbtMs,
    /// Actual production time (ISO 22400-2, APT) under the row's policy: run time, with what performance carries.
    AptMs,
    /// Machine cycles counted in known time.
    Shots,
    /// Pieces produced in known time (PQ).
    Total,
    /// Good pieces in known time (GQ); below zero where only an adjustment was booked.
    Good,
    /// Rejected pieces in known time (SQ).
    Reject,
    /// Pieces sent to rework (RQ).
    Rework,
    /// Rejects made before release of a changeover.
    Startup,
    /// Pieces of known quality; less than `total` where rejects are not counted.
    Judged,
    /// Pieces a person counted.
    ManualTotal,
    /// Rejects a person entered.
    ManualReject,
    /// Pieces a counter showed for time nothing is known of.
    GapTotal,
    /// Good pieces of such time.
    GapGood,
    /// Rejected pieces of such time.
    GapReject,
    /// Ideal time of the good pieces of such time.
    GapEarnedGoodNs,
    /// Unknown planned time whose gap an in-order counter closed.
    BridgedMs,
    /// Ideal time of all pieces: sum(PRI x PQ).
    EarnedTotalNs,
    /// Ideal time of the good pieces: sum(PRI x GQ).
    EarnedGoodNs,
    /// Stops of class unexplained, breakdown or waiting that began here.
    Stops,
    /// Minor stops that began here.
    MinorStops,
    /// Stops of class breakdown that began here.
    Failures,
    /// Cycles timed between pieces with nothing but running between.
    Cycles,
    /// The length of those cycles.
    CycleMs,
    /// Headcount x time.
    ManMs,
    /// Run time (in APT) without an ideal cycle.
    NoStandardMs,
    /// Pieces without an ideal cycle.
    NoStandardPieces,
    /// Electric energy in watt hours.
    Wh,
}

impl Column {
    /// How many columns there are.
    pub const COUNT: usize = 45;

    /// Every column with the name of its field in the database and in the central store, in the order both keep for ever.
    /// New columns are added at the end.
    pub const ALL: [(Column, &str); Column::COUNT] = [
        (Column::RunningMs, "running_ms"),
        (Column::MinorStopMs, "minor_stop_ms"),
        (Column::UnexplainedMs, "unexplained_ms"),
        (Column::BreakdownMs, "breakdown_ms"),
        (Column::WaitingMs, "waiting_ms"),
        (Column::SetupMs, "setup_ms"),
        (Column::NotScheduledMs, "not_scheduled_ms"),
        (Column::PlannedStopMs, "planned_stop_ms"),
        (Column::BreakMs, "break_ms"),
        (Column::NoOrderMs, "no_order_ms"),
        (Column::UnknownMs, "unknown_ms"),
        (Column::ClockSkipMs, "clock_skip_ms"),
        (Column::SpanMs, "span_ms"),
        (Column::PlannedMs, "planned_ms"),
        (Column::KnownMs, "known_ms"),
        (Column::ExtraMs, "extra_ms"),
        (Column::RecodedMs, "recoded_ms"),
        (Column::ManualMs, "manual_ms"),
        (Column::PbtMs, "pbt_ms"),
        (Column::AptMs, "apt_ms"),
        (Column::Shots, "shots"),
        (Column::Total, "total"),
        (Column::Good, "good"),
        (Column::Reject, "reject"),
        (Column::Rework, "rework"),
        (Column::Startup, "startup"),
        (Column::Judged, "judged"),
        (Column::ManualTotal, "manual_total"),
        (Column::ManualReject, "manual_reject"),
        (Column::GapTotal, "gap_total"),
        (Column::GapGood, "gap_good"),
        (Column::GapReject, "gap_reject"),
        (Column::GapEarnedGoodNs, "gap_earned_good_ns"),
        (Column::BridgedMs, "bridged_ms"),
        (Column::EarnedTotalNs, "earned_total_ns"),
        (Column::EarnedGoodNs, "earned_good_ns"),
        (Column::Stops, "stops"),
        (Column::MinorStops, "minor_stops"),
        (Column::Failures, "failures"),
        (Column::Cycles, "cycles"),
        (Column::CycleMs, "cycle_ms"),
        (Column::ManMs, "man_ms"),
        (Column::NoStandardMs, "no_standard_ms"),
        (Column::NoStandardPieces, "no_standard_pieces"),
        (Column::Wh, "wh"),
    ];

    /// Its field name.
    pub fn name(self) -> &'static str {
        Column::ALL[self as usize].1
    }

    /// The column that sums the time of `class`.
    pub fn of(class: Class) -> Column {
        match class {
            Class::Running => Column::RunningMs,
            Class::MinorStop => Column::MinorStopMs,
            Class::Unexplained => Column::UnexplainedMs,
            Class::Breakdown => Column::BreakdownMs,
            Class::Waiting => Column::WaitingMs,
            Class::Setup => Column::SetupMs,
            Class::NotScheduled => Column::NotScheduledMs,
            Class::PlannedStop => Column::PlannedStopMs,
            Class::Break => Column::BreakMs,
            Class::NoOrder => Column::NoOrderMs,
            Class::Unknown => Column::UnknownMs,
            Class::ClockSkip => Column::ClockSkipMs,
        }
    }
}

/// Sums only, so that an hour, a shift, a line or a year is `a + b`; ratios are worked out last, by `oee/kpi.rs`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tally {
    sums: [i64; Column::COUNT],
}

impl Default for Tally {
    fn default() -> Self {
        Tally {
            sums: [0; Column::COUNT],
        }
    }
}

impl Tally {
    /// A tally from its sums in the order of [`Column::ALL`].
    pub fn from_sums(sums: [i64; Column::COUNT]) -> Tally {
        Tally { sums }
    }

    /// All sums in the order of [`Column::ALL`].
    pub fn sums(&self) -> &[i64; Column::COUNT] {
        &self.sums
    }

    /// One sum.
    pub fn get(&self, column: Column) -> i64 {
        self.sums[column as usize]
    }

    /// Adds to one sum.
    pub fn add(&mut self, column: Column, amount: i64) {
        self.sums[column as usize] += amount;
    }

    /// Adds every sum of `other`.
    pub fn merge(&mut self, other: &Tally) {
        for (sum, more) in self.sums.iter_mut().zip(other.sums) {
            *sum += more;
        }
    }

    /// What must be added to `former` to get this tally.
    #[must_use]
    pub fn minus(&self, former: &Tally) -> Tally {
        let mut difference = *self;
        for (sum, less) in difference.sums.iter_mut().zip(former.sums) {
            *sum -= less;
        }
        difference
    }

    /// True when every sum is zero.
    pub fn is_zero(&self) -> bool {
        self.sums.iter().all(|sum| *sum == 0)
    }
}

/// What a tally belongs to, as valid at its start. Empty text where there is none.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct TallyKey {
    /// The company.
    pub org: Arc<str>,
    /// The plant.
    pub site: Arc<str>,
    /// The line.
    pub line: Arc<str>,
    /// Id of the shift.
    pub shift: Arc<str>,
    /// When that shift began; outside shifts, when the production day began.
    pub shift_start: Timestamp,
    /// Plant-local date of the shift's start, as `2026-11-21`.
    pub business_date: Arc<str>,
    /// Id of the product.
    pub product: Arc<str>,
    /// Id of the order.
    pub order: Arc<str>,
    /// Which standard (ideal cycle) was valid, as `product:VT-2077` or `machine`.
    pub standard: Arc<str>,
    /// Id of the loss policy that `pbt_ms` and `apt_ms` follow.
    pub policy: Arc<str>,
}

impl TallyKey {
    /// True when both lie in the same shift, or in the same time between shifts of one production day.
    pub fn is_same_shift(&self, other: &TallyKey) -> bool {
        self.shift_start == other.shift_start && self.shift == other.shift
    }
}

/// The tally of one machine for one minute, or for the part of it between two cuts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TallyRow {
    /// Whose.
    pub machine: MachineId,
    /// The time it covers; with the machine, `start` names it for ever.
    pub period: Period,
    /// What it belongs to.
    pub key: Arc<TallyKey>,
    /// The sums.
    pub tally: Tally,
}

/// A stretch of one class on a machine's timeline, cut at quarter hours: the spans of a machine tile its time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpanRow {
    /// Whose.
    pub machine: MachineId,
    /// The time it covers.
    pub period: Period,
    /// The class of all of it.
    pub class: Class,
    /// What the signals said, as `State::name` writes it.
    pub state: Arc<str>,
    /// Id of the reason a person gave, or empty.
    pub reason: Arc<str>,
    /// Who gave it, or empty.
    pub author: Arc<str>,
    /// When the whole stop (or the whole stretch of this class) began; before `period.start` on a continued row.
    pub since: Timestamp,
    /// True on the row that counts the stop: the first of its planned time.
    pub counts: bool,
    /// What it belongs to, as valid at its start.
    pub key: Arc<TallyKey>,
}

/// Something a counter did that a person should know of.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Flag {
    /// Whose counter.
    pub machine: MachineId,
    /// When.
    pub at: Timestamp,
    /// Which counter, as `Role::name` writes it.
    pub role: Arc<str>,
    /// What happened.
    pub what: FlagKind,
    /// The pieces it is about: held, lost below the lower bound is unknown and 0.
    pub amount: i64,
}

/// What a [`Flag`] says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FlagKind {
    /// The counter passed its modulus; the increase was booked whole.
    RollOver,
    /// The counter began again; the increase booked is a lower bound.
    Reset,
    /// An increase nobody can believe is held until a person releases it.
    Held,
}

impl FlagKind {
    /// Every kind.
    pub const ALL: [FlagKind; 3] = [FlagKind::RollOver, FlagKind::Reset, FlagKind::Held];

    /// The word in the database and the API.
    pub fn name(self) -> &'static str {
        match self {
            FlagKind::RollOver => "roll_over",
            FlagKind::Reset => "reset",
            FlagKind::Held => "held",
        }
    }

    /// The kind of that name.
    pub fn parse(name: &str) -> Option<FlagKind> {
        FlagKind::ALL.into_iter().find(|kind| kind.name() == name)
    }
}
