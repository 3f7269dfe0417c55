//! Pure. KPIs of sums that do not tell all of it: pieces without a standard, silences nobody closed.

use super::*;

#[test]
fn one_piece_without_a_standard_does_not_make_percentiles_of_polls() {
    // 10,000 pieces of 2 s, polled each second: half a cycle. The same with one more piece that has no standard.
    let pieces = |bare: i64| {
        let mut sums = sums(&[
            (Column::Total, 10_000 + bare),
            (Column::NoStandardPieces, bare),
            (Column::EarnedTotalNs, 10_000 * 2_000_000_000),
        ]);
        sums.detail.cycles.add(2_000_000, 10_000);
        sums
    };
    let counting = Counting {
        poll_ms: Some(1_000),
        ..Counting::default()
    };
    let policy = PolicySetting::default();
    for bare in [0, 1, 10_000] {
        let sums = pieces(bare);
        let basis = Basis::under(&policy, &sums).timed([(Pace::of(&sums.tally), counting)].into_iter());
        assert_eq!((basis.ideal_ns(), basis.resolution()), (Some(2e9), Some(0.5)), "{bare}");
        assert_eq!(basis.get(Kpi::CycleMedian), Err(Missing::Resolution), "{bare}");
    }
    let none = sums(&[(Column::Total, 10), (Column::NoStandardPieces, 10)]);
    assert_eq!(Pace::of(&none.tally).ideal_ns((1, 1)), None);
}

#[test]
fn energy_of_a_silence_nobody_closed_is_held_against_no_pieces() {
    // 1,600 Wh an hour and 320 good ones: 5 Wh each. In 2 of 8 h nobody counted, and the meter went on.
    let silent = |unknown_ms: i64, bridged_ms: i64, in_gap: i64| {
        let known = 8 * HOUR - unknown_ms;
        let good = 320 * known / HOUR;
        sums(&[
            (Column::RunningMs, known),
            (Column::UnknownMs, unknown_ms),
            (Column::BridgedMs, bridged_ms),
            (Column::Total, good),
            (Column::Judged, good),
            (Column::Good, good),
            (Column::GapTotal, in_gap),
            (Column::GapGood, in_gap),
            (Column::Wh, 12_800),
        ])
    };
    let energy = |sums: &Sums| get("default", sums, Kpi::EnergyPerGood);
    assert_eq!(energy(&silent(2 * HOUR, 0, 0)), Err(Missing::Bridge));
    assert_eq!(energy(&silent(2 * HOUR, 2 * HOUR, 640)), Ok(5.0));
    // Three minutes of a shift are no more than a meter may miss itself: 12,800 / 2,544.
    let short = energy(&silent(HOUR / 20, 0, 0)).unwrap();
    assert_eq!((short * 1_000.0).round(), 5_031.0);
}

#[test]
fn rejects_of_a_dearer_standard_than_the_good_pieces_leave_no_quality() {
    // 715 of 720 had no ideal cycle, 15 have 16 s, and of these 20 were scrapped: good earned is (15 - 20) x 16 s.
    let scrapped = sums(&[
        (Column::RunningMs, 4 * HOUR),
        (Column::NoStandardMs, 4 * HOUR - 300_000),
        (Column::Total, 735),
        (Column::Judged, 735),
        (Column::Good, 715),
        (Column::Reject, 20),
        (Column::NoStandardPieces, 720),
        (Column::EarnedTotalNs, 15 * 16_000_000_000),
        (Column::EarnedGoodNs, -5 * 16_000_000_000),
    ]);
    for kpi in [Kpi::Quality, Kpi::Oee] {
        assert_eq!(get("default", &scrapped, kpi), Err(Missing::ExcessReject));
    }
}
