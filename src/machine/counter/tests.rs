//! Increases, roll-overs, resets, and readings that nobody believes.

use super::*;

/// 12 counts a minute, one at a time.
const RATE: Rate = Rate {
    milli_per_min: 12_000,
    per_cycle: 1,
};
/// What lay between two readings, the former of which was confirmed at the epoch.
const CALM: Between = Between {
    silent: false,
    shift_began: false,
    order_changed: false,
    seen: Timestamp(0),
};
const SILENT: Between = Between { silent: true, ..CALM };

fn how(bits: Option<u32>, resets: Resets) -> CounterSetting {
    CounterSetting {
        modulus: bits.map(|bits| 1i128 << bits),
        resets,
    }
}

/// Feeds values one minute apart and gives all increases.
fn feed(how: CounterSetting, between: Between, values: &[i128]) -> Vec<Increase> {
    let mut counter = Counter::default();
    let read = |(minute, value): (i64, &i128)| Read {
        value: *value,
        at: Timestamp(minute * MINUTE_MS),
    };
    let seen = |read: Read| Between {
        seen: read.at.plus(-MINUTE_MS),
        ..between
    };
    (0..)
        .zip(values)
        .map(read)
        .map(|read| counter.take(read, how, RATE, seen(read)))
        .collect()
}

fn pieces(increases: &[Increase]) -> i64 {
    increases.iter().map(|increase| increase.pieces).sum()
}

#[test]
fn the_first_sample_counts_nothing_and_later_ones_their_difference() {
    let increases = feed(how(Some(32), Resets::Undeclared), CALM, &[1_000, 1_005, 1_005, 1_012]);
    assert_eq!(
        increases.iter().map(|increase| increase.pieces).collect::<Vec<_>>(),
        [0, 5, 0, 7]
    );
}

#[test]
fn counters_of_every_width_roll_over_whole() {
    for bits in [8, 16, 24, 32, 48, 63, 64] {
        let top = 1i128 << bits;
        let increases = feed(how(Some(bits), Resets::Undeclared), CALM, &[top - 4, top - 1, 6]);
        assert_eq!(
            pieces(&increases),
            3 + 7,
            "{bits} bits: 3 up to the top, then 1 + 6 over it"
        );
        assert_eq!(increases[2].flag, Some(remark(FlagKind::RollOver, 7)));
    }
}

#[test]
fn a_smaller_value_far_from_the_modulus_is_a_reset_and_counts_as_a_lower_bound() {
    let increases = feed(how(Some(16), Resets::Undeclared), CALM, &[500, 4, 9]);
    assert_eq!(pieces(&increases), 4 + 5);
    assert_eq!(increases[1].flag, Some(remark(FlagKind::Reset, 4)));
}

#[test]
fn a_step_that_could_be_roll_over_or_a_declared_reset_is_held() {
    let increases = feed(how(Some(16), Resets::Power), SILENT, &[65_530, 3, 5]);
    assert_eq!(
        pieces(&increases),
        2,
        "only what was counted after the doubtful step: 5 - 3"
    );
    assert_eq!(
        increases[2].flag,
        Some(Remark {
            gap: true,
            ..remark(FlagKind::Held, 9)
        }),
        "6 + 3 over the modulus"
    );
    let calm = feed(how(Some(16), Resets::Power), CALM, &[65_530, 3]);
    assert_eq!(
        pieces(&calm),
        9,
        "without a silence no power was lost: 6 + 3 over the modulus"
    );
}

#[test]
fn a_counter_that_never_resets_holds_a_smaller_value() {
    let increases = feed(how(Some(16), Resets::Never), CALM, &[500, 4, 9]);
    assert_eq!(
        (pieces(&increases), increases[2].flag),
        (5, Some(remark(FlagKind::Held, 0)))
    );
}

#[test]
fn a_preset_counter_counts_from_its_preset() {
    let increases = feed(how(Some(16), Resets::Preset(100)), CALM, &[500, 104]);
    assert_eq!(
        (pieces(&increases), increases[1].flag),
        (4, Some(remark(FlagKind::Reset, 4)))
    );
}

#[test]
fn a_single_wild_reading_is_forgotten() {
    let increases = feed(how(Some(32), Resets::Undeclared), CALM, &[100, 5_000_000, 110]);
    assert_eq!(pieces(&increases), 10, "110 - 100: within 2 minutes at 12 a minute");
    assert!(increases.iter().all(|increase| increase.flag.is_none()));
}

#[test]
fn a_jump_that_lasts_is_held_and_shown_and_counting_goes_on_from_it() {
    let increases = feed(how(Some(32), Resets::Undeclared), CALM, &[100, 1_000_100, 1_000_105]);
    assert_eq!(pieces(&increases), 5);
    assert_eq!(increases[2].flag, Some(remark(FlagKind::Held, 1_000_000)));
}

#[test]
fn a_machine_faster_than_its_greatest_rate_is_held_step_by_step_and_never_in_silence() {
    let increases = feed(how(Some(32), Resets::Undeclared), CALM, &[0, 100, 200, 300]);
    assert_eq!(pieces(&increases), 0);
    let held: Vec<_> = increases.iter().filter_map(|increase| increase.flag).collect();
    assert_eq!(held, [remark(FlagKind::Held, 100), remark(FlagKind::Held, 100)]);
}

#[test]
fn a_small_step_back_is_a_wild_reading_and_not_a_reset() {
    let increases = feed(how(Some(16), Resets::Undeclared), CALM, &[1_000, 995, 1_010]);
    assert_eq!(
        pieces(&increases),
        10,
        "995 is less than 10 % below 1,000: forgotten; 1,010 - 1,000"
    );
}

#[test]
fn a_jump_after_an_idle_time_is_held_to_the_time_since_its_last_confirmation() {
    // 24 a minute. The counter stood at 1,000 for ten hours and was confirmed every second; 24 x 600 min = 14,400 would be
    // believable since it changed last, and 24 x 6 s / 60 s + 1 = 3 are since it was confirmed last.
    let rate = Rate {
        milli_per_min: 24_000,
        per_cycle: 1,
    };
    let idle_end = 600 * MINUTE_MS;
    let mut counter = Counter::default();
    let mut take = |ms: i64, seen: i64, value: i128| {
        let between = Between {
            seen: Timestamp(seen),
            ..CALM
        };
        let at = Timestamp(ms);
        counter.take(Read { value, at }, how(Some(32), Resets::Undeclared), rate, between)
    };
    take(0, 0, 1_000);
    assert_eq!(take(idle_end, idle_end - 1_000, 6_000), Increase::default());
    let next = take(idle_end + 5_000, idle_end + 4_000, 6_001);
    assert_eq!((next.pieces, next.flag), (1, Some(remark(FlagKind::Held, 5_000))));
}

#[test]
fn a_smaller_reading_after_which_several_turns_are_possible_is_held_with_the_least_of_them() {
    // 1,000 a minute for 200 minutes are 200,000: 5,536 up to the modulus and 5,000 over it, with up to two turns more.
    let rate = Rate {
        milli_per_min: 1_000_000,
        per_cycle: 1,
    };
    let mut counter = Counter::default();
    let mut take = |minute: i64, seen: i64, value: i128| {
        let between = Between {
            seen: Timestamp(seen * MINUTE_MS),
            ..SILENT
        };
        let at = Timestamp(minute * MINUTE_MS);
        counter.take(Read { value, at }, how(Some(16), Resets::Undeclared), rate, between)
    };
    take(0, 0, 60_000);
    assert_eq!(take(200, 0, 5_000), Increase::default());
    let next = take(201, 200, 5_500);
    let flag = next.flag.map(|flag| (flag.what, flag.amount, flag.gap));
    assert_eq!((next.pieces, flag), (500, Some((FlagKind::Held, 5_536 + 5_000, true))));
}

/// A step that a declaration of resets expects, and the declaration.
fn declared() -> [(Resets, Between); 4] {
    [
        (Resets::Power, SILENT),
        (
            Resets::Shift,
            Between {
                shift_began: true,
                ..SILENT
            },
        ),
        (
            Resets::Order,
            Between {
                order_changed: true,
                ..SILENT
            },
        ),
        (Resets::Preset(5), SILENT),
    ]
}

#[test]
fn a_small_step_back_is_a_reset_where_one_was_declared_for_just_then_and_wild_elsewhere() {
    for (resets, between) in declared() {
        // 11 is less than 10 % below 12, and no more than a minute of 12 counts can make again.
        let increases = feed(how(Some(32), resets), between, &[12, 11]);
        let made = if resets == Resets::Preset(5) { 11 - 5 } else { 11 };
        assert_eq!(
            (pieces(&increases), increases[1].flag),
            (made, Some(remark(FlagKind::Reset, made))),
            "{resets:?}"
        );
    }
    for resets in [Resets::Power, Resets::Shift, Resets::Order] {
        let increases = feed(how(Some(32), resets), CALM, &[100, 95, 105]);
        assert_eq!(pieces(&increases), 5, "{resets:?}: 105 - 100, and 95 is forgotten");
        assert!(increases.iter().all(|increase| increase.flag.is_none()));
    }
}

#[test]
fn a_reset_declared_for_a_silence_that_the_reading_hides_leaves_the_difference_as_a_lower_bound() {
    for (resets, between) in declared() {
        // Twelve minutes of 12 counts: the 110 may have been made since a reset, or 10 since the 100.
        let unseen = Between {
            seen: Timestamp(0),
            ..between
        };
        let mut counter = Counter::default();
        let mut take = |minute: i64, value: i128, between: Between| {
            let at = Timestamp(minute * MINUTE_MS);
            counter.take(Read { value, at }, how(Some(32), resets), RATE, between)
        };
        take(0, 100, CALM);
        let increase = take(12, 110, unseen);
        assert_eq!(
            (increase.pieces, increase.flag),
            (10, Some(remark(FlagKind::Reset, 10))),
            "{resets:?}"
        );
    }
}

#[test]
fn a_reading_that_no_counter_reaches_again_within_its_silence_goes_on_from_the_last() {
    for (resets, between) in declared() {
        // A minute of 12 counts and one more cannot have made 1,010 from 0, nor 1,005 from 5.
        let increases = feed(how(Some(32), resets), between, &[1_000, 1_010]);
        assert_eq!((pieces(&increases), increases[1].flag), (10, None), "{resets:?}");
        // Between two ordinary samples the difference stands: the button may be pressed before the boundary, or after it.
        let ordinary = Between {
            silent: false,
            ..between
        };
        let increases = feed(how(Some(32), resets), ordinary, &[6, 12]);
        assert_eq!((pieces(&increases), increases[1].flag), (6, None), "{resets:?}");
    }
}

#[test]
fn of_a_preset_that_lies_above_the_last_reading_only_what_was_counted_from_it_is_sure() {
    let increases = feed(how(Some(32), Resets::Preset(8)), SILENT, &[3, 10]);
    assert_eq!(
        (pieces(&increases), increases[1].flag),
        (2, Some(remark(FlagKind::Reset, 2))),
        "10 - 8 since the preset, or 10 - 3 without one"
    );
}

#[test]
fn a_wild_reading_after_a_silence_does_not_hide_the_reset_that_was_declared_for_it() {
    let shift = Between {
        shift_began: true,
        ..SILENT
    };
    let mut counter = Counter::default();
    let mut take = |minute: i64, value: i128, between: Between| {
        let at = Timestamp(minute * MINUTE_MS);
        counter.take(Read { value, at }, how(Some(32), Resets::Shift), RATE, between)
    };
    take(0, 100, CALM);
    assert_eq!(take(60, 9_000_000, shift), Increase::default());
    // The signals ask for the shifts since the believed reading was confirmed last.
    let since = Between {
        seen: Timestamp(60 * MINUTE_MS),
        silent: false,
        ..shift
    };
    let next = take(61, 400, since);
    assert_eq!(
        (next.pieces, next.flag, next.over_silence),
        (300, Some(remark(FlagKind::Reset, 300)), true)
    );
}
