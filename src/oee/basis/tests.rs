//! Pure. KPIs worked by hand, and what holds for every merge under every shipped policy.

#[path = "tests/untold.rs"]
mod untold;

use super::*;
use crate::model::policy::SHIPPED;
use crate::model::state::Class;
use proptest::prelude::*;

const HOUR: i64 = HOUR_MS;

/// Sums with these columns.
fn sums(columns: &[(Column, i64)]) -> Sums {
    let mut sums = Sums::default();
    columns
        .iter()
        .for_each(|(column, amount)| sums.tally.add(*column, *amount));
    sums
}

/// Eight hours: 6 h run, 10 min of minor stops, 50 min of two breakdowns, 40 min of setup, 20 min of break; 600 pieces of 30 s.
fn shift() -> Sums {
    sums(&[
        (Column::SpanMs, 8 * HOUR),
        (Column::RunningMs, 6 * HOUR),
        (Column::MinorStopMs, HOUR / 6),
        (Column::BreakdownMs, HOUR * 5 / 6),
        (Column::SetupMs, HOUR * 2 / 3),
        (Column::BreakMs, HOUR / 3),
        (Column::Total, 600),
        (Column::Judged, 600),
        (Column::Good, 570),
        (Column::Reject, 20),
        (Column::Rework, 10),
        (Column::Startup, 5),
        (Column::EarnedTotalNs, 600 * 30_000_000_000),
        (Column::EarnedGoodNs, 570 * 30_000_000_000),
        (Column::Failures, 2),
        (Column::RepairMs, HOUR * 5 / 6),
        (Column::Repairs, 2),
        (Column::ManMs, 16 * HOUR),
        (Column::Wh, 2_850),
        (Column::Cycles, 500),
        (Column::CycleMs, 18_000_000),
    ])
}

fn get(policy: &str, sums: &Sums, kpi: Kpi) -> Result<f64, Missing> {
    let policy = PolicySetting::shipped(policy).unwrap();
    Basis::under(&policy, sums).of_days(24 * HOUR).get(kpi)
}

/// With six digits.
fn printed(policy: &str, kpi: Kpi) -> String {
    format!("{:.6}", get(policy, &shift(), kpi).unwrap())
}

#[test]
fn every_kpi_of_a_shift_worked_by_hand() {
    // In minutes: PBT 360 + 10 + 50 + 40 = 460; APT 370; AUST 40; ADET 50; AUPT 410; AUBT 460. Earned 300, good 285.
    for (kpi, expected) in [
        (Kpi::Availability, "0.804348"),          // 370 / 460
        (Kpi::Effectiveness, "0.810811"),         // 300 / 370
        (Kpi::Quality, "0.950000"),               // 285 / 300
        (Kpi::Oee, "0.619565"),                   // 285 / 460
        (Kpi::Nee, "0.686545"),                   // 410 / 460 x 300 / 370 x 0.95
        (Kpi::Teep, "0.197917"),                  // 285 / 1,440
        (Kpi::CalendarCoverage, "0.333333"),      // 8 / 24
        (Kpi::AllocationEfficiency, "1.000000"),  // 460 / 460
        (Kpi::UtilisationEfficiency, "0.804348"), // 370 / 460
        (Kpi::TechnicalEfficiency, "0.880952"),   // 370 / 420
        (Kpi::SetupRatio, "0.097561"),            // 40 / 410
        (Kpi::Throughput, "78.260870"),           // 600 / 460 min
        (Kpi::RunRate, "97.297297"),              // 600 / 370 min
        (Kpi::Uph, "74.347826"),                  // 570 / 460 min
        (Kpi::Upph, "35.625000"),                 // 570 / 16 man hours
        (Kpi::ScrapRatio, "0.033333"),            // 20 / 600
        (Kpi::ReworkRatio, "0.016667"),           // 10 / 600
        (Kpi::FirstRunRatio, "0.950000"),         // (600 - 20 - 10) / 600
        (Kpi::GoodRatio, "0.950000"),             // 570 / 600
        (Kpi::DefectRate, "0.050000"),            // 30 / 600
        (Kpi::Ppm, "50000.000000"),               // 30 / 600 x 10^6
        (Kpi::ProcessGoodRatio, "0.957983"),      // 570 / (600 - 5)
        (Kpi::ProcessDefectRate, "0.042017"),     // (30 - 5) / (600 - 5)
        (Kpi::ProcessPpm, "42016.806723"),        // (30 - 5) / (600 - 5) x 10^6
        (Kpi::CycleMean, "36.000000"),            // 18,000 s / 500
        (Kpi::Mtbf, "11100.000000"),              // 370 min x 60 / 2
        (Kpi::Mttr, "1500.000000"),               // 50 min x 60 / 2
        (Kpi::Coverage, "1.000000"),
        (Kpi::EnergyPerGood, "5.000000"), // 2,850 / 570
    ] {
        assert_eq!(printed("default", kpi), expected, "{kpi:?}");
    }
}

#[test]
fn energy_that_was_used_in_a_gap_made_the_good_pieces_of_the_gap() {
    let mut sums = shift();
    sums.tally.add(Column::GapTotal, 200);
    sums.tally.add(Column::GapGood, 190);
    sums.tally.add(Column::Wh, 950);
    // (2,850 + 950) / (570 + 190)
    assert_eq!(get("default", &sums, Kpi::EnergyPerGood), Ok(5.0));
}

#[test]
fn people_are_held_against_all_that_they_made_where_a_gap_is_closed_and_against_nothing_where_it_is_not() {
    // Two people, 8 h, 2,560 good pieces: 160 an hour of each. Of 2 h nothing was heard, and 640 pieces are of that gap.
    let mut shift = sums(&[
        (Column::RunningMs, 6 * HOUR),
        (Column::UnknownMs, 2 * HOUR),
        (Column::BridgedMs, 2 * HOUR),
        (Column::Total, 1_920),
        (Column::Judged, 1_920),
        (Column::Good, 1_920),
        (Column::GapTotal, 640),
        (Column::GapGood, 640),
        (Column::ManMs, 16 * HOUR),
    ]);
    assert_eq!(get("default", &shift, Kpi::Upph), Ok(160.0));
    shift.tally.add(Column::BridgedMs, -1);
    assert_eq!(get("default", &shift, Kpi::Upph), Err(Missing::Bridge));
    shift.tally.add(Column::ManMs, -16 * HOUR);
    assert_eq!(get("default", &shift, Kpi::Upph), Err(Missing::Headcount));
}

#[test]
fn under_iso_strict_availability_carries_the_minor_stops_and_oee_is_the_same() {
    assert_eq!(printed("iso-strict", Kpi::Availability), "0.782609"); // 360 / 460
    assert_eq!(printed("iso-strict", Kpi::Effectiveness), "0.833333"); // 300 / 360
    assert_eq!(printed("iso-strict", Kpi::Oee), "0.619565");
    assert_eq!(printed("iso-strict", Kpi::TechnicalEfficiency), "0.857143"); // 360 / (360 + 60)
}

#[test]
fn what_is_undefined_says_why() {
    let nothing = Sums::default();
    for (kpi, name) in Kpi::ALL {
        let why = get("default", &nothing, kpi);
        let zero = matches!(kpi, Kpi::CalendarCoverage);
        assert_eq!(why.is_err(), !zero, "{name}");
    }
    assert_eq!(get("default", &nothing, Kpi::Oee), Err(Missing::PlannedTime));
    assert_eq!(get("default", &nothing, Kpi::Mtbf), Err(Missing::Failures));
    let shift = shift();
    assert_eq!(Basis::of(&shift.tally).get(Kpi::Nee), Err(Missing::Policy));
    let undated = Basis::under(&PolicySetting::default(), &shift).get(Kpi::Teep);
    assert_eq!(undated, Err(Missing::Calendar));
    assert_eq!(get("default", &shift, Kpi::CycleMedian), Err(Missing::Cycles));
    let mut unjudged = shift.clone();
    unjudged.tally.add(Column::Total, 1);
    assert_eq!(get("default", &unjudged, Kpi::Quality), Err(Missing::Judgement));
    assert_eq!(get("default", &unjudged, Kpi::Upph), Err(Missing::Judgement));
    let mut good = shift.clone();
    good.tally.add(Column::Good, -571);
    assert_eq!(get("default", &good, Kpi::Oee), Err(Missing::ExcessReject), "570 - 571");
    let mut excess = shift.clone();
    // Of 600 pieces 6 may be rejects of the shift before, read late; 7 are no lag.
    excess.tally.add(Column::ExcessReject, 6);
    assert_eq!(get("default", &excess, Kpi::Oee), get("default", &shift, Kpi::Oee));
    excess.tally.add(Column::ExcessReject, 1);
    for kpi in [
        Kpi::Quality,
        Kpi::Oee,
        Kpi::Nee,
        Kpi::Teep,
        Kpi::Upph,
        Kpi::ScrapRatio,
        Kpi::ProcessGoodRatio,
        Kpi::ProcessDefectRate,
        Kpi::ProcessPpm,
        Kpi::EnergyPerGood,
    ] {
        assert_eq!(get("default", &excess, kpi), Err(Missing::ExcessReject), "{kpi:?}");
    }
    assert!(get("default", &excess, Kpi::Effectiveness).is_ok());
    let only_rejects = sums(&[(Column::Good, -3), (Column::Reject, 3)]);
    assert_eq!(
        get("default", &only_rejects, Kpi::Quality),
        Err(Missing::ExcessReject),
        "and no piece"
    );
    let mut blind = shift;
    blind.tally.add(Column::UnknownMs, 1);
    assert_eq!(get("default", &blind, Kpi::BridgedOee), Err(Missing::Bridge));
}

#[test]
fn a_machine_that_only_ran_without_a_standard_has_availability_alone() {
    let alone = sums(&[
        (Column::RunningMs, 6 * HOUR),
        (Column::NoStandardMs, 6 * HOUR),
        (Column::MinorStopMs, HOUR),
        (Column::BreakdownMs, HOUR),
    ]);
    assert_eq!(get("default", &alone, Kpi::Availability), Ok(0.875)); // 7 / 8
    assert_eq!(get("default", &alone, Kpi::Oee), Err(Missing::Standard));
    assert_eq!(get("default", &alone, Kpi::Effectiveness), Err(Missing::Standard));
}

#[test]
fn percentiles_are_told_only_where_the_polls_are_close_enough() {
    let mut shift = shift();
    shift.detail.cycles.add(36_000_000, 500);
    let policy = PolicySetting::default();
    let basis = Basis::under(&policy, &shift);
    let polled = |poll_ms: &[i64]| {
        let counting = |poll_ms: &i64| Counting {
            poll_ms: Some(*poll_ms),
            ..Counting::default()
        };
        basis.timed(
            poll_ms
                .iter()
                .map(|poll_ms| (Pace::of(&shift.tally), counting(poll_ms))),
        )
    };
    // 30 s ideal: a poll each 3 s is 10 %, each 3.1 s more.
    let median = polled(&[3_000]).get(Kpi::CycleMedian).unwrap();
    assert!((median - 36.0).abs() <= 0.02 * 36.0, "{median}");
    assert_eq!(
        polled(&[3_100, 3_000]).get(Kpi::CycleMedian),
        Err(Missing::Resolution),
        "one of two"
    );
    let coarse = polled(&[3_100]);
    assert_eq!(coarse.get(Kpi::CycleP90), Err(Missing::Resolution));
    assert!((coarse.resolution().unwrap() - 0.103_333).abs() < 1e-5);
    assert_eq!(coarse.get(Kpi::CycleMean), Ok(36.0), "a mean needs no resolution");
}

#[test]
fn where_a_count_is_twelve_pieces_its_cycle_is_as_long_as_its_ideal_one() {
    // One count a minute, ideal a minute too: tallies time 12 pieces of 5 s each.
    let mut hour = sums(&[
        (Column::RunningMs, HOUR),
        (Column::Total, 60 * 12),
        (Column::EarnedTotalNs, 60 * 60_000_000_000),
        (Column::Cycles, 60 * 12),
        (Column::CycleMs, 60 * 60_000),
    ]);
    hour.detail.cycles.add(5_000_000, 60 * 12);
    let policy = PolicySetting::default();
    let counting = Counting {
        poll_ms: Some(6_000),
        per_count: (12, 1),
        ..Counting::default()
    };
    let basis = Basis::under(&policy, &hour).timed([(Pace::of(&hour.tally), counting)].into_iter());
    assert_eq!((basis.ideal_ns(), basis.get(Kpi::CycleMean)), (Some(60e9), Ok(60.0)));
    assert_eq!(basis.resolution(), Some(0.1), "6 s of 60 s");
    for kpi in [Kpi::CycleMedian, Kpi::CycleP10, Kpi::CycleP90] {
        let cycle = basis.get(kpi).unwrap();
        assert!((cycle - 60.0).abs() <= 0.02 * 60.0, "{cycle}");
    }
    // Of another machine that counts boxes of 24 in twos a count is as many pieces, and of one that counts pieces it is not.
    let pace = Pace::of(&hour.tally);
    let with = |per_count| {
        let other = Counting {
            per_count,
            ..Counting::default()
        };
        let basis = Basis::under(&policy, &hour).timed([(pace, counting), (pace, other)].into_iter());
        [Kpi::CycleMean, Kpi::CycleMedian].map(|kpi| basis.get(kpi))
    };
    assert_eq!(
        with((24, 2)),
        [Kpi::CycleMean, Kpi::CycleMedian].map(|kpi| basis.get(kpi))
    );
    assert_eq!(with((1, 1)), [Err(Missing::Counts); 2]);
    hour.tally.add(Column::Shots, 720);
    let pace = Pace::of(&hour.tally);
    let shots = Basis::under(&policy, &hour).timed([(pace, counting)].into_iter());
    assert_eq!(
        (shots.ideal_ns(), shots.get(Kpi::CycleMean)),
        (Some(5e9), Ok(5.0)),
        "a shot is a shot"
    );
}

prop_compose! {
    /// A stretch of any classes, some of it with reasons, with pieces that are not more than can be judged.
    fn stretch()(
        ms in proptest::array::uniform12(0i64..4_000_000), reasons in proptest::array::uniform12(0i64..1_000),
        ideal_ms in 1i64..60_000, good in 0i64..2_000, bad in 0i64..200, rework in 0i64..50, no_standard in 0i64..4_000,
    ) -> Sums {
        let mut sums = Sums::default();
        for (class, ms) in Class::ALL.into_iter().zip(ms) {
            sums.tally.add(Column::of(class), ms);
            sums.tally.add(Column::SpanMs, ms);
        }
        for (class, part) in Class::ALL.into_iter().zip(reasons).skip(1) {
            let ms = sums.tally.get(Column::of(class)) * part / 1_000;
            sums.detail.stand(class, &"cleaning".into(), ms, 1);
        }
        let running = sums.tally.get(Column::RunningMs);
        let pieces = good + bad + rework;
        for (column, amount) in [
            (Column::NoStandardMs, running * no_standard / 4_000),
            (Column::Total, pieces), (Column::Judged, pieces), (Column::Good, good), (Column::Reject, bad),
            (Column::Rework, rework),
            (Column::EarnedTotalNs, 1_000_000 * ideal_ms * pieces), (Column::EarnedGoodNs, 1_000_000 * ideal_ms * good),
        ] {
            sums.tally.add(column, amount);
        }
        sums
    }
}

/// The shipped policies, and one of a plant's own that charges a reason otherwise.
fn policies() -> Vec<PolicySetting> {
    use crate::model::policy::Charge;
    let mut all: Vec<_> = SHIPPED.iter().map(|id| PolicySetting::shipped(id).unwrap()).collect();
    let mut ours = PolicySetting::default();
    ours.charges.reasons.insert("cleaning".into(), Charge::Excluded);
    ours.charges.classes.insert(Class::Waiting, Charge::Performance);
    all.push(ours);
    all
}

fn near(one: f64, other: f64) -> bool {
    (one - other).abs() <= 1e-9 * one.abs().max(other.abs()).max(1.0)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    #[test]
    fn what_must_hold_holds_for_every_merge_under_every_policy(parts in proptest::collection::vec(stretch(), 1..5)) {
        let mut whole = Sums::default();
        parts.iter().for_each(|part| whole.merge(part));
        for policy in policies() {
            let basis = Basis::under(&policy, &whole);
            let times = *basis.times();
            let calendar = whole.tally.get(Column::SpanMs);
            let planned = times.pbt + whole.tally.get(Column::UnknownMs);
            prop_assert!(times.apt <= times.aupt() && times.aupt() <= times.aubt());
            prop_assert!(times.aubt() <= times.pbt && times.pbt <= planned && planned <= calendar);
            prop_assert_eq!(times.aubt() + times.adot, times.pbt);
            let get = |kpi| basis.get(kpi);
            let (Ok(a), Ok(e), Ok(q)) = (get(Kpi::Availability), get(Kpi::Effectiveness), get(Kpi::Quality)) else {
                continue;
            };
            let oee = get(Kpi::Oee).unwrap();
            prop_assert!(near(a * e * q, oee), "{} {oee}", a * e * q);
            let no_standard = whole.tally.get(Column::NoStandardMs);
            let [pbt, apt, aupt] = [times.pbt, times.apt, times.aupt()].map(|ms| (ms - no_standard) as f64);
            let good = whole.tally.get(Column::EarnedGoodNs) as f64 / 1e6;
            // NEE = sum(PRI x GQ) x AUPT / (PBT x APT).
            prop_assert!(near(get(Kpi::Nee).unwrap(), good * aupt / (pbt * apt)));
            if whole.tally.get(Column::UnknownMs) == 0 {
                prop_assert_eq!(get(Kpi::BridgedOee), Ok(oee));
            }
        }
    }

    #[test]
    fn default_and_strict_give_one_oee_where_no_order_is_never_missing(mut whole in stretch()) {
        let none = whole.tally.get(Column::NoOrderMs);
        whole.tally.add(Column::NoOrderMs, -none);
        let of = |id: &str| {
            let policy = PolicySetting::shipped(id).unwrap();
            let mut plain = whole.clone();
            plain.detail = Detail::default();
            Basis::under(&policy, &plain).get(Kpi::Oee)
        };
        prop_assert_eq!(of("default"), of("iso-strict"));
    }

    #[test]
    fn a_split_anywhere_is_the_whole(parts in proptest::collection::vec(stretch(), 2..6), cut in 0usize..6) {
        let cut = cut.min(parts.len());
        let merge = |parts: &[Sums]| {
            let mut sum = Sums::default();
            parts.iter().for_each(|part| sum.merge(part));
            sum
        };
        let (mut one, other) = (merge(&parts[..cut]), merge(&parts[cut..]));
        one.merge(&other);
        prop_assert_eq!(&one, &merge(&parts));
        let mut turned = parts.clone();
        turned.reverse();
        prop_assert_eq!(one, merge(&turned));
    }
}
