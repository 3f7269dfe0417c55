//! Pure. A serial line of which a machine falls silent, worked by hand: what its OEE was, it stays.

use super::*;
use crate::model::settings::PolicySetting;
use crate::model::state::Class;
use crate::model::time::HOUR_MS;
use crate::oee::basis::Basis;
use crate::oee::cascade::{Cascade, Loss};
use crate::oee::indicators::{Kpi, Missing};

const FIRST: MachineId = MachineId(0);
const BOTTLENECK: MachineId = MachineId(1);
const OUTPUT: MachineId = MachineId(2);

/// A shift of eight hours on a machine: hours of silence, and of a breakdown; the good pieces (of 10 s) of known
/// time, and of the silence as a counter in order told them (where none did, the silence is open).
fn shift(silent_h: i64, down_h: i64, made: i64, in_gap: Option<i64>) -> Sums {
    shift_of(silent_h * HOUR_MS, down_h * HOUR_MS, made, in_gap)
}

/// The same in milliseconds.
fn shift_of(silent_ms: i64, down_ms: i64, made: i64, in_gap: Option<i64>) -> Sums {
    let mut sums = Sums::default();
    let (known, gap) = (8 * HOUR_MS - silent_ms, in_gap.unwrap_or(0));
    for (column, amount) in [
        (Column::SpanMs, 8 * HOUR_MS),
        (Column::RunningMs, known - down_ms),
        (Column::BreakdownMs, down_ms),
        (Column::UnknownMs, silent_ms),
        (Column::BridgedMs, if in_gap.is_some() { silent_ms } else { 0 }),
        (Column::PlannedMs, 8 * HOUR_MS),
        (Column::PbtMs, known),
        (Column::KnownMs, known),
        (Column::AptMs, known - down_ms),
        (Column::Total, made),
        (Column::Judged, made),
        (Column::Good, made),
        (Column::EarnedTotalNs, made * 10_000_000_000),
        (Column::EarnedGoodNs, made * 10_000_000_000),
        (Column::GapTotal, gap),
        (Column::GapGood, gap),
        (Column::GapEarnedGoodNs, gap * 10_000_000_000),
    ] {
        sums.tally.add(column, amount);
    }
    sums
}

/// The line of these two, and a first machine that rejects so many in known time.
fn line_of(bottleneck: &Sums, output: &Sums, rejects: i64) -> Sums {
    let mut first = shift(0, 0, 2_400, None);
    first.tally.add(Column::Good, -rejects);
    first.tally.add(Column::Reject, rejects);
    let mut parts = Parts::default();
    for (machine, sums) in [(FIRST, &first), (BOTTLENECK, bottleneck), (OUTPUT, output)] {
        parts.give(machine, (BOTTLENECK, OUTPUT), sums);
    }
    line(&parts)
}

fn get(sums: &Sums, kpi: Kpi) -> Result<f64, Missing> {
    let told = Basis::under(&PolicySetting::default(), sums).get(kpi);
    told.map(|ratio| (ratio * 1e6).round() / 1e6)
}

/// OEE, coverage and bridged OEE.
fn told(sums: &Sums) -> [Result<f64, Missing>; 3] {
    [Kpi::Oee, Kpi::Coverage, Kpi::BridgedOee].map(|kpi| get(sums, kpi))
}

/// All good pieces, whatever is known of their time.
fn good(sums: &Sums) -> i64 {
    sums.tally.get(Column::Good) + sums.tally.get(Column::GapGood)
}

// 288 pieces of 10 s an hour are 80 %: 2,304 in 8 h, 1,728 in 6 h, 576 in 2 h.
#[test]
fn a_bottleneck_that_falls_silent_leaves_the_oee_of_the_line_and_lowers_its_coverage() {
    let line = line_of(&shift(2, 0, 1_728, Some(576)), &shift(0, 0, 2_304, None), 0);
    assert_eq!(told(&line), [Ok(0.8), Ok(0.75), Ok(0.8)]); // 6 h of 8 h
    assert_eq!((line.tally.get(Column::Good), good(&line)), (1_728, 2_304)); // 2,304 x 1,728 / 2,304
    // Its PLC lost power, and the line stood: it made all its pieces in the 6 h that are known.
    let stood = line_of(&shift(2, 0, 1_728, Some(0)), &shift(0, 2, 1_728, None), 0);
    assert_eq!(told(&stood), [Ok(0.8), Ok(0.75), Ok(0.6)]); // 4.8 h of 6 h; of 8 h
    // Its counter began again: what came out beyond what it made in known time, it made in the silence.
    let open = line_of(&shift(2, 0, 1_728, None), &shift(0, 0, 2_304, None), 0);
    assert_eq!(told(&open), [Ok(0.8), Ok(0.75), Err(Missing::Bridge)]);
}

#[test]
fn an_output_machine_that_falls_silent_leaves_the_oee_of_the_line_and_lowers_its_coverage() {
    let bottleneck = shift(0, 2, 2_304, None);
    let line = line_of(&bottleneck, &shift(2, 0, 1_728, Some(576)), 0);
    assert_eq!(told(&line), [Ok(0.8), Ok(0.75), Ok(0.8)]); // 4.8 h of 6 h
    // What the bottleneck says of its own time stands: 6 of 8 h ran. 4.8 h are earned in 6/8 of these 6 h.
    assert_eq!(get(&line, Kpi::Availability), Ok(0.75));
    assert_eq!(get(&line, Kpi::Effectiveness), Ok(1.066667));
    assert_eq!(get(&line, Kpi::Throughput), Ok(288.0));
    assert_eq!((line.tally.get(Column::PbtMs), good(&line)), (8 * HOUR_MS, 2_304));
    let open = line_of(&bottleneck, &shift(2, 0, 1_728, None), 0);
    assert_eq!(told(&open), [Ok(0.8), Ok(0.75), Err(Missing::Bridge)]);
}

#[test]
fn machines_that_fall_silent_together_or_one_after_the_other_leave_the_oee_of_the_line() {
    let both = line_of(&shift(2, 0, 1_728, Some(576)), &shift(2, 0, 1_728, Some(576)), 0);
    assert_eq!(told(&both), [Ok(0.8), Ok(0.75), Ok(0.8)]);
    // 1 h and 3 h of 8 h: 5 h at most are known of both, and 5/8 are told.
    for (bottleneck, output) in [((1, 2_016, 288), (3, 1_440, 864)), ((3, 1_440, 864), (1, 2_016, 288))] {
        let of = |(silent_h, made, in_gap)| shift(silent_h, 0, made, Some(in_gap));
        let line = line_of(&of(bottleneck), &of(output), 0);
        assert_eq!(told(&line), [Ok(0.8), Ok(0.625), Ok(0.8)]);
    }
    let open = line_of(&shift(3, 0, 1_440, None), &shift(1, 0, 2_016, None), 0);
    assert_eq!(told(&open), [Ok(0.8), Ok(0.625), Err(Missing::Bridge)]); // 2,016 x 5 / 7 of 5 h
}

#[test]
fn a_silent_bottleneck_that_counts_nothing_leaves_the_pieces_to_the_clock() {
    let line = line_of(&shift(2, 0, 0, None), &shift(0, 0, 2_304, None), 0);
    let of = [Column::Good, Column::GapGood].map(|column| line.tally.get(column));
    assert_eq!(of, [1_728, 576]); // 2,304 x 6 / 8
}

#[test]
fn rejects_on_the_way_are_of_known_time_as_the_good_pieces_are() {
    // 96 rejects of the first machine in 8 h are 4 % of 2,400; three quarters of them passed in known time.
    let line = line_of(&shift(2, 0, 1_728, Some(576)), &shift(0, 0, 2_304, None), 96);
    let of = |column| line.tally.get(column);
    assert_eq!(
        (of(Column::Reject), of(Column::GapReject), of(Column::Total)),
        (72, 24, 1_800)
    );
    assert_eq!(get(&line, Kpi::Quality), Ok(0.96));
    assert_eq!(told(&line), [Ok(0.8), Ok(0.75), Ok(0.8)]);
}

#[test]
fn a_shift_of_silence_leaves_the_month_as_the_other_shifts_are() {
    // Two shifts of 80 %, and one of 40 % of whose 8 h the output machine was silent for 4.
    let whole = || line_of(&shift(0, 0, 2_304, None), &shift(0, 0, 2_304, None), 0);
    let mut month = line_of(&shift(0, 0, 1_152, None), &shift(4, 0, 576, None), 0);
    month.merge(&whole());
    month.merge(&whole());
    // 6.4 + 6.4 + 1.6 h of 20 h; 20 of 24 h.
    assert_eq!(told(&month), [Ok(0.72), Ok(0.833333), Err(Missing::Bridge)]);
}

#[test]
fn run_time_whose_pieces_nobody_knows_is_lost_to_silence_and_not_to_speed() {
    let line = line_of(&shift(0, 2, 1_728, None), &shift(2, 0, 1_296, Some(432)), 0);
    let cascade = Cascade::of(&PolicySetting::default(), &line, 8 * HOUR_MS);
    let lost = |loss| cascade.losses.iter().find(|lost| lost.loss == loss).map(|lost| lost.ms);
    // 2 of 8 h of busy time, of 6 h of running: 1.5 h. 6 h - 1.5 h - 1,296 x 10 s = 0.9 h.
    assert_eq!(lost(Loss::Class(Class::Unknown)), Some(HOUR_MS * 3 / 2));
    assert_eq!(lost(Loss::Speed), Some(HOUR_MS * 9 / 10));
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(10_000))]

    #[test]
    fn a_steady_line_keeps_its_oee_whoever_is_silent_for_how_long_and_coverage_is_the_lesser_of_the_two(
        [bottleneck, output] in [0i64..192, 0i64..192], [of_bottleneck, of_output] in [proptest::bool::ANY, proptest::bool::ANY],
    ) {
        // 12 pieces of 10 s in each of 192 stretches of two and a half minutes, in the silent ones too, where a counter told them.
        let of = |silent: i64, is_closed: bool| {
            shift_of(silent * 150_000, 0, (192 - silent) * 12, is_closed.then_some(silent * 12))
        };
        let line = line_of(&of(bottleneck, of_bottleneck), &of(output, of_output), 0);
        let coverage = ((192 - bottleneck.max(output)) as f64 / 192.0 * 1e6).round() / 1e6;
        let is_closed = (of_bottleneck || bottleneck == 0) && (of_output || output == 0);
        let bridged = if is_closed { Ok(0.8) } else { Err(Missing::Bridge) };
        proptest::prop_assert_eq!(told(&line), [Ok(0.8), Ok(coverage), bridged]);
        let ratios = [Kpi::Availability, Kpi::Effectiveness, Kpi::Quality].map(|kpi| get(&line, kpi).unwrap());
        proptest::prop_assert!((ratios.iter().product::<f64>() - 0.8).abs() < 1e-5);
    }
}

#[test]
fn pieces_that_people_counted_on_every_machine_are_those_that_came_out_counted_once() {
    let by_hand = |silent_h, made, in_gap| {
        let mut sums = shift(silent_h, 0, made, in_gap);
        sums.tally.add(Column::ManualTotal, made);
        sums
    };
    let of = |bottleneck: &Sums, output: &Sums| {
        let line = line_of(bottleneck, output, 0);
        [Column::ManualTotal, Column::Total].map(|column| line.tally.get(column))
    };
    let made = by_hand(0, 1_000, None);
    assert_eq!(of(&made, &made), [1_000, 1_000]);
    assert_eq!(of(&made, &shift(0, 0, 1_000, None)), [0, 1_000], "a counter told them");
    // 1,000 x 750 / 1,000 are of known time.
    assert_eq!(of(&by_hand(2, 750, Some(250)), &made), [750, 750]);
}

#[test]
fn pieces_of_the_hours_before_a_standard_take_no_part_in_the_oee_of_their_shift() {
    // 450 pieces in 4 h without a standard, and 450 in 4 h at 16 s: 7,200 s of 14,400. The line is as fast as its bottleneck.
    for (pieces, oee) in [(450, 0.5), (720, 0.8)] {
        let mut bottleneck = shift(0, 0, 2 * pieces, None);
        for (column, amount) in [
            (Column::NoStandardMs, 4 * HOUR_MS),
            (Column::NoStandardPieces, pieces),
            (
                Column::EarnedTotalNs,
                pieces * 16_000_000_000 - 2 * pieces * 10_000_000_000,
            ),
            (
                Column::EarnedGoodNs,
                pieces * 16_000_000_000 - 2 * pieces * 10_000_000_000,
            ),
        ] {
            bottleneck.tally.add(column, amount);
        }
        let line = line_of(&bottleneck, &shift(0, 0, 2 * pieces, None), 0);
        assert_eq!([Kpi::Oee, Kpi::Effectiveness].map(|kpi| get(&line, kpi)), [Ok(oee); 2]);
        assert_eq!(line.tally.get(Column::NoStandardPieces), pieces);
        assert_eq!(get(&bottleneck, Kpi::Oee), Ok(oee));
    }
}

#[test]
fn pieces_an_hour_are_those_of_the_hours_in_which_the_output_machine_was_heard() {
    // Nothing has a standard: 8 h, of them 2 h down, and the output machine silent for 1 h. 700 pieces in 7 h; of the 6 h run
    // as many were seen, 6 x 7 / 8 = 5.25 h: 700 / 5.25 = 133.3.
    let mut bottleneck = shift(0, 2, 800, None);
    for (column, amount) in [
        (Column::NoStandardMs, 6 * HOUR_MS),
        (Column::NoStandardPieces, 800),
        (Column::EarnedTotalNs, -8_000_000_000_000),
        (Column::EarnedGoodNs, -8_000_000_000_000),
    ] {
        bottleneck.tally.add(column, amount);
    }
    let mut output = shift(1, 0, 700, None);
    output.tally.add(Column::NoStandardPieces, 700);
    output.tally.add(Column::EarnedTotalNs, -7_000_000_000_000);
    output.tally.add(Column::EarnedGoodNs, -7_000_000_000_000);
    let line = line_of(&bottleneck, &output, 0);
    let told = [Kpi::Throughput, Kpi::Uph, Kpi::RunRate].map(|kpi| get(&line, kpi));
    assert_eq!(told, [Ok(100.0), Ok(100.0), Ok(133.333333)]);
    assert_eq!(get(&line, Kpi::Oee), Err(Missing::Standard));
}
