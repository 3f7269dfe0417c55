//! Pure. The sums of a tally by name: their order is that of the database and of the central store.

use super::state::Class;

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
    /// Planned time whose class is known: planned - unknown. Of a serial line only that whose pieces are known too.
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
    /// Pieces of known time on counters that people make count.
    ManualTotal,
    /// Rejects a person entered by hand, those of gaps among them.
    ManualReject,
    /// Pieces a counter showed for time nothing is known of.
    GapTotal,
    /// Good pieces of such time.
    GapGood,
    /// Rejected pieces of such time, those among them that people entered and known time could not give.
    GapReject,
    /// Ideal time of the good pieces of such time, as far as it is planned.
    GapEarnedGoodNs,
    /// Unknown planned time whose gap an in-order counter closed with pieces that have an ideal cycle.
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
    /// Time of class `running` without an ideal cycle.
    NoStandardMs,
    /// Pieces without an ideal cycle.
    NoStandardPieces,
    /// Electric energy in watt hours.
    Wh,
    /// Part of `extra_ms`: running through a break.
    ExtraBreakMs,
    /// Part of `extra_ms`: running outside every shift.
    ExtraOffShiftMs,
    /// Part of `extra_ms`: running without a released order.
    ExtraNoOrderMs,
    /// Ideal time lost to blocked cavities: shots x ideal cycle x (1 - active / nominal cavities).
    CavityLossNs,
    /// Clock length of the failures that ended here, each from its first breakdown to the end of its last one.
    RepairMs,
    /// How many failures ended here.
    Repairs,
    /// Reworked pieces that passed; delivered, and never good (GQ is first-pass).
    Reworked,
    /// Ideal time of the rejects made before release of a changeover: sum(PRI x startup).
    EarnedStartupNs,
    /// By how many the counted rejects of a shift and product came to exceed all its pieces here, or the good pieces of a shift
    /// all its pieces, less by how many they ceased to: summed over the shift, what they exceed them by. Quality and OEE are
    /// unknown where it is more than 1 % of all pieces, those of gaps among them, or where good pieces are below 0:
    /// `oee/balance.rs` decides that.
    ExcessReject,
    /// Rejects a person scanned, such as the label of a box; none of them among `manual_reject`.
    ScanReject,
    /// Time whose energy the meter that is read for this machine told, in `wh`.
    MeteredMs,
}

impl Column {
    /// How many columns there are.
    pub const COUNT: usize = 56;

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
        (Column::ExtraBreakMs, "extra_break_ms"),
        (Column::ExtraOffShiftMs, "extra_off_shift_ms"),
        (Column::ExtraNoOrderMs, "extra_no_order_ms"),
        (Column::CavityLossNs, "cavity_loss_ns"),
        (Column::RepairMs, "repair_ms"),
        (Column::Repairs, "repairs"),
        (Column::Reworked, "reworked"),
        (Column::EarnedStartupNs, "earned_startup_ns"),
        (Column::ExcessReject, "excess_reject"),
        (Column::ScanReject, "scan_reject"),
        (Column::MeteredMs, "metered_ms"),
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
