//! The KPIs of published examples, to the printed digit, and what holds for every merge.

use super::*;
use proptest::prelude::*;

/// Sums of known time under the default policy: planned and stopped seconds, and runs of (ideal cycle in ms, total, good).
fn tally(pbt_s: i64, stop_s: i64, runs: &[(i64, i64, i64)]) -> Tally {
    let mut tally = Tally::default();
    for (column, seconds) in [
        (Column::PbtMs, pbt_s),
        (Column::PlannedMs, pbt_s),
        (Column::KnownMs, pbt_s),
        (Column::AptMs, pbt_s - stop_s),
        (Column::RunningMs, pbt_s - stop_s),
        (Column::BreakdownMs, stop_s),
    ] {
        tally.add(column, 1_000 * seconds);
    }
    for (ideal_ms, total, good) in runs {
        tally.add(Column::Total, *total);
        tally.add(Column::Judged, *total);
        tally.add(Column::Good, *good);
        tally.add(Column::Reject, total - good);
        tally.add(Column::EarnedTotalNs, 1_000_000 * ideal_ms * total);
        tally.add(Column::EarnedGoodNs, 1_000_000 * ideal_ms * good);
    }
    tally
}

/// A ratio as printed with ten digits.
fn printed(ratio: Option<f64>) -> String {
    format!("{:.10}", ratio.unwrap())
}

#[test]
fn a_shift_of_seven_hours_with_a_second_a_piece() {
    // Vorne: 420 min planned, 47 stopped, 19,271 pieces, 423 rejected.
    let kpis = Kpis::of(&tally(25_200, 2_820, &[(1_000, 19_271, 18_848)]));
    assert_eq!(printed(kpis.availability), "0.8880952381"); // 22,380 / 25,200
    assert_eq!(printed(kpis.effectiveness), "0.8610813226"); // 19,271 / 22,380
    assert_eq!(printed(kpis.quality), "0.9780499196"); // 18,848 / 19,271
    assert_eq!(printed(kpis.oee), "0.7479365079"); // 18,848 / 25,200
    assert_eq!(printed(kpis.bridged_oee), "0.7479365079", "nothing is unknown");
    assert_eq!(printed(kpis.defect_rate), "0.0219500804"); // 423 / 19,271
}

#[test]
fn the_examples_of_the_literature_to_the_printed_digit() {
    // Nakajima: 460 min planned, 60 stopped, 400 pieces of 30 s, 392 good.
    let kpis = Kpis::of(&tally(27_600, 3_600, &[(30_000, 400, 392)]));
    assert_eq!(printed(kpis.availability), "0.8695652174");
    assert_eq!(printed(kpis.effectiveness), "0.5000000000");
    assert_eq!(printed(kpis.quality), "0.9800000000");
    assert_eq!(printed(kpis.oee), "0.4260869565"); // 392 x 30 / 27,600
    // ReliaMag: 12,540 x 30 / 532,800.
    let kpis = Kpis::of(&tally(532_800, 82_800, &[(30_000, 13_200, 12_540)]));
    assert_eq!(printed(kpis.oee), "0.7060810811");
    // SysOEE: 90,000 x 0.36 / 43,200.
    let kpis = Kpis::of(&tally(43_200, 7_200, &[(360, 95_000, 90_000)]));
    assert_eq!(printed(kpis.oee), "0.7500000000");
}

#[test]
fn two_periods_are_added_and_never_averaged() {
    // 80 / 100 and 135 / 300: the mean of the two, 0.625, is wrong; (80 + 135) / (100 + 300) is right.
    let mut day = tally(100, 10, &[(1_000, 80, 80)]);
    day.merge(&tally(300, 150, &[(1_000, 150, 135)]));
    assert_eq!(printed(Kpis::of(&day).oee), "0.5375000000");
}

#[test]
fn quality_is_weighted_by_earned_time() {
    let kpis = Kpis::of(&tally(24_000, 4_000, &[(10_000, 1_000, 900), (60_000, 100, 100)]));
    assert_eq!(printed(kpis.availability), "0.8333333333"); // 20,000 / 24,000
    assert_eq!(printed(kpis.effectiveness), "0.8000000000"); // (10,000 + 6,000) / 20,000
    assert_eq!(printed(kpis.quality), "0.9375000000"); // (9,000 + 6,000) / 16,000, not 1,000 / 1,100
    assert_eq!(printed(kpis.oee), "0.6250000000"); // 15,000 / 24,000
    assert_eq!(printed(kpis.good_ratio), "0.9090909091"); // 1,000 / 1,100, in pieces
}

#[test]
fn performance_above_one_is_shown_as_it_is() {
    let kpis = Kpis::of(&tally(3_600, 0, &[(1_000, 4_500, 4_500)]));
    assert_eq!(kpis.effectiveness, Some(1.25));
    assert_eq!(kpis.oee, Some(1.25));
}

#[test]
fn pieces_nobody_judged_leave_quality_and_oee_unknown() {
    let mut shift = tally(3_600, 0, &[(1_000, 1_800, 1_800)]);
    shift.add(Column::Total, 1);
    let kpis = Kpis::of(&shift);
    assert_eq!((kpis.quality, kpis.oee, kpis.bridged_oee), (None, None, None));
    assert_eq!((kpis.good_ratio, kpis.defect_rate), (None, None));
    assert_eq!(kpis.availability, Some(1.0));
    assert_eq!(kpis.effectiveness, Some(0.5));
}

#[test]
fn a_piece_nobody_judged_in_a_minute_that_stood_leaves_oee_unknown_too() {
    // The last piece of a cycle may fall on the first instant of the stop.
    let mut minute = tally(60, 60, &[]);
    minute.add(Column::Total, 1);
    assert_eq!(
        (Kpis::of(&minute).oee, Kpis::of(&minute).availability),
        (None, Some(0.0))
    );
}

#[test]
fn nothing_at_all_gives_no_ratio_and_a_shift_that_stood_gives_zero() {
    assert_eq!(Kpis::of(&Tally::default()), Kpis::default());
    let kpis = Kpis::of(&tally(3_600, 3_600, &[]));
    assert_eq!((kpis.availability, kpis.oee), (Some(0.0), Some(0.0)));
    assert_eq!((kpis.effectiveness, kpis.quality), (None, None));
}

#[test]
fn an_outage_neither_raises_nor_lowers_oee_and_a_closed_gap_is_bridged() {
    // An hour known at 80 %: 2,880 pieces of a second. An hour unknown in which 2,700 good ones were made.
    let mut shift = tally(3_600, 0, &[(1_000, 2_880, 2_880)]);
    shift.add(Column::UnknownMs, 3_600_000);
    shift.add(Column::PlannedMs, 3_600_000);
    shift.add(Column::GapTotal, 2_700);
    shift.add(Column::GapGood, 2_700);
    shift.add(Column::GapEarnedGoodNs, 2_700_000_000_000);
    let open = Kpis::of(&shift);
    assert_eq!(
        (open.oee, open.coverage, open.bridged_oee),
        (Some(0.8), Some(0.5), None)
    );
    shift.add(Column::BridgedMs, 3_600_000);
    let closed = Kpis::of(&shift);
    assert_eq!(closed.oee, Some(0.8));
    assert_eq!(closed.bridged_oee, Some(0.775)); // (2,880 + 2,700) / 7,200
}

#[test]
fn run_time_and_pieces_without_a_standard_are_left_out_and_their_share_is_shown() {
    // 6,000 of 7,200 s run; 1,500 s of it without an ideal cycle, in which 700 pieces were made.
    let mut shift = tally(7_200, 1_200, &[(1_000, 3_600, 3_600)]);
    shift.add(Column::NoStandardMs, 1_500_000);
    shift.add(Column::NoStandardPieces, 700);
    for column in [Column::Total, Column::Judged, Column::Good] {
        shift.add(column, 700);
    }
    let kpis = Kpis::of(&shift);
    assert_eq!(kpis.no_standard_share, Some(0.25)); // 1,500 / 6,000
    assert_eq!(printed(kpis.availability), "0.7894736842"); // 4,500 / 5,700
    assert_eq!(kpis.effectiveness, Some(0.8)); // 3,600 / 4,500
    assert_eq!(printed(kpis.oee), "0.6315789474"); // 3,600 / 5,700
}

#[test]
fn the_mean_cycle_is_in_seconds() {
    let mut shift = Tally::default();
    shift.add(Column::Cycles, 8);
    shift.add(Column::CycleMs, 100_000);
    assert_eq!(Kpis::of(&shift).mean_cycle_s, Some(12.5));
}

prop_compose! {
    fn part()(run_s in 0i64..4_000, stop_s in 0i64..4_000, ideal_ms in 1i64..60_000, good in 0i64..2_000, bad in 0i64..200)
        -> Tally { tally(run_s + stop_s, stop_s, &[(ideal_ms, good + bad, good)]) }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    #[test]
    fn the_product_of_the_three_is_oee_for_every_merge(parts in proptest::collection::vec(part(), 1..20)) {
        let mut whole = Tally::default();
        parts.iter().for_each(|part| whole.merge(part));
        let kpis = Kpis::of(&whole);
        if let (Some(a), Some(e), Some(q)) = (kpis.availability, kpis.effectiveness, kpis.quality) {
            let oee = kpis.oee.unwrap();
            prop_assert!((a * e * q - oee).abs() <= 1e-12 * oee.max(1.0));
        }
        let mut reversed = Tally::default();
        parts.iter().rev().for_each(|part| reversed.merge(part));
        prop_assert_eq!(whole, reversed);
        prop_assert_eq!(kpis.bridged_oee, kpis.oee);
    }
}
