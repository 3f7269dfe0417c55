//! Pure. Every KPI of ISO 22400-2 and of the shop floor by name, and why one may be undefined; `basis.rs` works them out.

/// A KPI. Names in brackets are those of ISO 22400-2. Time and pieces without an ideal cycle are left out of availability,
/// effectiveness, quality, OEE and NEE, so that availability x effectiveness x quality = OEE for every merge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kpi {
    /// APT / PBT (Availability).
    Availability,
    /// sum(PRI x PQ) / APT (Effectiveness; "performance" on screens). May pass 1; never capped.
    Effectiveness,
    /// sum(PRI x GQ) / sum(PRI x PQ) (Quality ratio, weighted by earned time).
    Quality,
    /// sum(PRI x GQ) / PBT (OEE index).
    Oee,
    /// (earned good + gap earned good) / (PBT + unknown planned time), where every gap was closed by an in-order counter.
    BridgedOee,
    /// AUPT / PBT x effectiveness x quality (NEE index).
    Nee,
    /// OEE x PBT / the full production days (Total effective equipment performance).
    Teep,
    /// Time whose class is known / the full production days: stands beside TEEP.
    CalendarCoverage,
    /// AUBT / PBT (Allocation efficiency).
    AllocationEfficiency,
    /// APT / AUBT (Utilization efficiency).
    UtilisationEfficiency,
    /// APT / (APT + ADET) (Technical efficiency).
    TechnicalEfficiency,
    /// AUST / AUPT (Setup ratio).
    SetupRatio,
    /// PQ per hour of PBT (Throughput rate).
    Throughput,
    /// PQ per hour of APT.
    RunRate,
    /// GQ per hour of PBT (units per hour, UPH).
    Uph,
    /// GQ and the good pieces of closed gaps per man hour, where every gap was closed: man hours go on through a silence (UPPH;
    /// Worker efficiency's counterpart in pieces).
    Upph,
    /// SQ / PQ (Scrap ratio).
    ScrapRatio,
    /// RQ / PQ (Rework ratio).
    ReworkRatio,
    /// Pieces never entered as scrap or rework / PQ (First pass yield).
    FirstRunRatio,
    /// GQ / PQ in pieces; never multiplied into OEE.
    GoodRatio,
    /// (SQ + RQ) / PQ in pieces.
    DefectRate,
    /// (SQ + RQ) / PQ x 10^6.
    Ppm,
    /// The good ratio without the pieces made before release of a changeover, startup rejects all of them.
    ProcessGoodRatio,
    /// The defect rate without them.
    ProcessDefectRate,
    /// The ppm without them.
    ProcessPpm,
    /// Mean cycle in seconds.
    CycleMean,
    /// Median cycle in seconds, at most 1.6 % off.
    CycleMedian,
    /// The cycle that one in ten does not pass, in seconds: the best demonstrated one.
    CycleP10,
    /// The cycle that nine in ten do not pass, in seconds.
    CycleP90,
    /// APT / failures in seconds (Mean time between failures). A failure is a whole stop whose class is breakdown.
    Mtbf,
    /// Clock length of ended breakdowns / their number, in seconds (Mean time to restoration).
    Mttr,
    /// Known / planned time.
    Coverage,
    /// Time of class `running` without an ideal cycle / time of class `running`.
    NoStandardShare,
    /// Watt hours / (GQ and the good pieces of closed gaps), since a meter counts through a silence too (Comprehensive energy
    /// consumption, electric part).
    EnergyPerGood,
}

impl Kpi {
    /// Every KPI with its name in the API and in reports.
    pub const ALL: [(Kpi, &str); 34] = [
        (Kpi::Availability, "availability"),
        (Kpi::Effectiveness, "performance"),
        (Kpi::Quality, "quality"),
        (Kpi::Oee, "oee"),
        (Kpi::BridgedOee, "bridged_oee"),
        (Kpi::Nee, "nee"),
        (Kpi::Teep, "teep"),
        (Kpi::CalendarCoverage, "calendar_coverage"),
        (Kpi::AllocationEfficiency, "allocation_efficiency"),
        (Kpi::UtilisationEfficiency, "utilisation_efficiency"),
        (Kpi::TechnicalEfficiency, "technical_efficiency"),
        (Kpi::SetupRatio, "setup_ratio"),
        (Kpi::Throughput, "throughput_per_h"),
        (Kpi::RunRate, "run_rate_per_h"),
        (Kpi::Uph, "uph"),
        (Kpi::Upph, "upph"),
        (Kpi::ScrapRatio, "scrap_ratio"),
        (Kpi::ReworkRatio, "rework_ratio"),
        (Kpi::FirstRunRatio, "first_run_ratio"),
        (Kpi::GoodRatio, "good_ratio"),
        (Kpi::DefectRate, "defect_rate"),
        (Kpi::Ppm, "ppm"),
        (Kpi::ProcessGoodRatio, "process_good_ratio"),
        (Kpi::ProcessDefectRate, "process_defect_rate"),
        (Kpi::ProcessPpm, "process_ppm"),
        (Kpi::CycleMean, "mean_cycle_s"),
        (Kpi::CycleMedian, "median_cycle_s"),
        (Kpi::CycleP10, "p10_cycle_s"),
        (Kpi::CycleP90, "p90_cycle_s"),
        (Kpi::Mtbf, "mtbf_s"),
        (Kpi::Mttr, "mttr_s"),
        (Kpi::Coverage, "coverage"),
        (Kpi::NoStandardShare, "no_standard_share"),
        (Kpi::EnergyPerGood, "wh_per_good"),
    ];
}

impl Kpi {
    /// True when it cannot be told without knowing which pieces were rejected.
    pub fn needs_rejects(self) -> bool {
        match self {
            Kpi::Quality
            | Kpi::Oee
            | Kpi::BridgedOee
            | Kpi::Nee
            | Kpi::Teep
            | Kpi::Uph
            | Kpi::Upph
            | Kpi::ScrapRatio
            | Kpi::ReworkRatio
            | Kpi::FirstRunRatio
            | Kpi::GoodRatio
            | Kpi::DefectRate
            | Kpi::Ppm
            | Kpi::ProcessGoodRatio
            | Kpi::ProcessDefectRate
            | Kpi::ProcessPpm
            | Kpi::EnergyPerGood => true,
            Kpi::Availability
            | Kpi::Effectiveness
            | Kpi::CalendarCoverage
            | Kpi::AllocationEfficiency
            | Kpi::UtilisationEfficiency
            | Kpi::TechnicalEfficiency
            | Kpi::SetupRatio
            | Kpi::Throughput
            | Kpi::RunRate
            | Kpi::CycleMean
            | Kpi::CycleMedian
            | Kpi::CycleP10
            | Kpi::CycleP90
            | Kpi::Mtbf
            | Kpi::Mttr
            | Kpi::Coverage
            | Kpi::NoStandardShare => false,
        }
    }
}

/// Why a KPI is undefined.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Missing {
    /// No planned busy time, or no planned time at all.
    PlannedTime,
    /// No run time.
    RunTime,
    /// Nothing ran with a known ideal cycle.
    Standard,
    /// No piece was made in known time.
    Pieces,
    /// Nobody counts the rejects of the machine, or of one of those that are told together.
    Rejects,
    /// The quality of some pieces is not known.
    Judgement,
    /// Rejects exceed the pieces of their shift and product: one of the two is wrong, and nobody knows which.
    ExcessReject,
    /// Time nothing is known of is not closed by a counter that came back in order, or its pieces have no ideal cycle.
    Bridge,
    /// Asked without a loss policy: only the sums under the policy of the rows are there.
    Policy,
    /// Asked without the length of the production days.
    Calendar,
    /// No headcount was told, or of a part only.
    Headcount,
    /// No cycle was timed.
    Cycles,
    /// Polled too seldom for the length of the cycle.
    Resolution,
    /// A count of one machine stands for more pieces than one of another.
    Counts,
    /// Nothing failed.
    Failures,
    /// No breakdown ended.
    Repairs,
    /// No energy was measured.
    Energy,
    /// One of the machines has no meter.
    Meter,
}

impl Missing {
    /// The cause as a sentence for people.
    pub fn sentence(self) -> &'static str {
        match self {
            Missing::PlannedTime => "no planned time whose class and ideal cycle are known",
            Missing::RunTime => "no run time with a known ideal cycle",
            Missing::Standard => "nothing ran with a known ideal cycle",
            Missing::Pieces => "no piece was made in known time",
            Missing::Rejects => "rejects are not counted",
            Missing::Judgement => "the quality of some pieces is not known",
            Missing::ExcessReject => "more rejects, or good pieces, than pieces in all were counted or entered",
            Missing::Bridge => "time nothing is known of is not closed by a counter that came back in order",
            Missing::Policy => "no loss policy was given",
            Missing::Calendar => "the length of the production days was not given",
            Missing::Headcount => "the headcount of all of it was not told",
            Missing::Cycles => "no cycle was timed",
            Missing::Resolution => "polled too seldom for cycles of this length",
            Missing::Counts => "a count of one machine stands for more pieces than one of another",
            Missing::Failures => "nothing failed",
            Missing::Repairs => "no breakdown ended",
            Missing::Energy => "no energy was measured",
            Missing::Meter => "no meter told all of the energy",
        }
    }
}
