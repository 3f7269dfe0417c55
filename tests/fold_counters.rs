//! Counters of any width: what they show is counted whole, and where they hide something, never too much and never in silence.

use gemba::machine::counter::{Between, Counter, Increase, Rate, Read};
use gemba::model::settings::{CounterSetting, Resets};
use gemba::model::tally::FlagKind;
use gemba::model::time::{MINUTE_MS, Timestamp};
use proptest::prelude::*;

/// A counter between two readings.
#[derive(Debug, Clone, Copy)]
struct Step {
    /// Milliseconds until the next reading.
    ms: i64,
    /// Share of the greatest possible number of counts that it makes, in thousandths.
    share: i64,
    /// It begins again at once.
    resets: bool,
}

/// What came of a story.
struct Told {
    increases: Vec<Increase>,
    /// All counts, except those before a reset that no reading saw.
    truth: i64,
    rolled: usize,
    reset: usize,
    pending: bool,
}

/// From the narrowest on: of 8 to 64 bits, and of three to nine digits.
const MODULI: [i128; 11] = [
    1 << 8,
    1_000,
    10_000,
    1 << 16,
    1_000_000,
    1 << 24,
    1_000_000_000,
    1 << 32,
    1 << 48,
    1 << 63,
    1 << 64,
];

fn steps(longest_ms: i64) -> impl Strategy<Value = Vec<Step>> {
    let step = (1_000..longest_ms, 0i64..1_000, prop::bool::weighted(0.1));
    proptest::collection::vec(step.prop_map(|(ms, share, resets)| Step { ms, share, resets }), 1..80)
}

/// Feeds a true counter of this modulus; resets happen only where the next reading shows them.
fn tell(modulus: i128, below: i128, milli_per_min: i64, steps: &[Step]) -> Told {
    let how = CounterSetting {
        modulus: Some(modulus),
        resets: Resets::Undeclared,
    };
    let rate = Rate {
        milli_per_min,
        per_cycle: 1,
    };
    let (mut at, mut raw) = (Timestamp(0), modulus - 1 - below);
    let mut counter = Counter::default();
    counter.take(Read { value: raw, at }, how, rate, between(at));
    let mut told = Told {
        increases: Vec::new(),
        truth: 0,
        rolled: 0,
        reset: 0,
        pending: false,
    };
    for step in steps {
        let possible = |ms: i64| i128::from(milli_per_min) * i128::from(ms) / i128::from(MINUTE_MS * 1000);
        let most = possible(step.ms);
        // Bursts of ten seconds are believed.
        let believed = possible(step.ms.max(10_000)) + 1;
        let made = most * i128::from(step.share) / 1000;
        let shows = made * 10 < raw * 9 && modulus - raw + made > believed && made < modulus;
        let before = if step.resets && shows { 0 } else { raw };
        told.reset += usize::from(before < raw);
        told.rolled += usize::from(before + made >= modulus);
        raw = (before + made) % modulus;
        at = at.plus(step.ms);
        told.truth += made as i64;
        told.increases
            .push(counter.take(Read { value: raw, at }, how, rate, between(at.plus(-step.ms))));
    }
    told.pending = counter.suspect.is_some();
    told
}

fn between(seen: Timestamp) -> Between {
    Between {
        silent: false,
        shift_began: false,
        order_changed: false,
        seen,
    }
}

fn flags(told: &Told, kind: FlagKind) -> usize {
    let flags = told.increases.iter().filter_map(|increase| increase.flag);
    flags.filter(|flag| flag.what == kind).count()
}

/// A counter with declared resets between two readings.
#[derive(Debug, Clone, Copy)]
struct Stretch {
    ms: i64,
    /// Share of the greatest possible number of counts that it makes, and of those made before the first reset, in thousandths.
    shares: (i64, i64),
    /// How often it begins again: in a silence as often as it likes, else once where the next reading shows it.
    resets: usize,
    silent: bool,
    /// What makes it begin again lies in the time, whether it did or not.
    declared: bool,
}

fn stretches() -> impl Strategy<Value = Vec<Stretch>> {
    let shares = (0i64..1_000, 0i64..1_001);
    let silent = (
        30_000..300 * MINUTE_MS,
        shares.clone(),
        0usize..3,
        Just(true),
        any::<bool>(),
    );
    let heard = (
        1_000..5 * MINUTE_MS,
        shares,
        prop_oneof![9 => Just(0usize), 1 => Just(1)],
        Just(false),
        any::<bool>(),
    );
    let one = prop_oneof![2 => silent, 3 => heard];
    let one = one.prop_map(|(ms, shares, resets, silent, declared)| Stretch {
        ms,
        shares,
        resets,
        silent,
        declared: declared || silent && resets > 0,
    });
    proptest::collection::vec(one, 1..40)
}

/// What came of each stretch: what was made in it, and the increase.
struct Shown {
    stretches: Vec<(i64, Increase)>,
    /// A reading was doubted at some time.
    doubted: bool,
    pending: bool,
}

/// Feeds a counter that begins again as declared.
fn show(how: CounterSetting, begins: i128, milli_per_min: i64, stretches: &[Stretch]) -> Shown {
    let rate = Rate {
        milli_per_min,
        per_cycle: 1,
    };
    let modulus = how.modulus.unwrap_or(i128::MAX);
    let from = match how.resets {
        Resets::Preset(value) => i128::from(value),
        Resets::Never | Resets::Undeclared | Resets::Power | Resets::Shift | Resets::Order => 0,
    };
    let (mut at, mut raw) = (Timestamp(0), begins);
    let mut counter = Counter::default();
    counter.take(Read { value: raw, at }, how, rate, between(at));
    let mut shown = Shown {
        stretches: Vec::new(),
        doubted: false,
        pending: false,
    };
    for stretch in stretches {
        let possible = |ms: i64| i128::from(milli_per_min) * i128::from(ms) / i128::from(MINUTE_MS * 1000);
        let mut made = possible(stretch.ms) * i128::from(stretch.shares.0) / 1000;
        let before = made * i128::from(stretch.shares.1) / 1000;
        let after = from + made;
        let believed = possible(stretch.ms.max(10_000)) + 1;
        let shows = after * 10 < raw * 9 && modulus - raw + after > believed && after < modulus;
        raw = match (stretch.resets, stretch.silent) {
            (0, _) => raw + made,
            (1, true) => from + made - before,
            // Twice: all that is left was made between the two.
            (_, true) => from,
            (_, false) if shows => after,
            (_, false) => {
                made = 0;
                raw
            }
        } % modulus;
        let (seen, declared) = (at, stretch.declared);
        at = at.plus(stretch.ms);
        let between = Between {
            silent: stretch.silent,
            shift_began: declared,
            order_changed: declared,
            seen,
        };
        let increase = counter.take(Read { value: raw, at }, how, rate, between);
        shown.doubted |= counter.suspect.is_some();
        shown.stretches.push((made as i64, increase));
    }
    shown.pending = counter.suspect.is_some();
    shown
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn roll_overs_and_resets_that_show_are_counted_to_the_piece(
        width in 0usize..MODULI.len(),
        below in 0i128..256,
        // At most 200 counts between two readings: less than a turn of 8 bits.
        milli_per_min in 1_000i64..12_000,
        steps in steps(16 * MINUTE_MS),
    ) {
        let told = tell(MODULI[width], below, milli_per_min, &steps);
        let booked: i64 = told.increases.iter().map(|increase| increase.pieces).sum();
        prop_assert_eq!(booked, told.truth);
        prop_assert_eq!(flags(&told, FlagKind::RollOver), told.rolled);
        prop_assert_eq!(flags(&told, FlagKind::Reset), told.reset);
        prop_assert_eq!(flags(&told, FlagKind::Held), 0);
    }

    #[test]
    fn silences_that_may_hide_whole_turns_are_never_counted_too_high_and_never_unnoticed(
        width in 0usize..6,
        below in 0i128..256,
        milli_per_min in 1_000i64..2_000_000,
        steps in steps(600 * MINUTE_MS),
    ) {
        let told = tell(MODULI[width], below, milli_per_min, &steps);
        let booked: i64 = told.increases.iter().map(|increase| increase.pieces).sum();
        prop_assert!(booked <= told.truth, "{} booked, {} made", booked, told.truth);
        prop_assert!(booked == told.truth || told.pending || flags(&told, FlagKind::Held) > 0);
    }

    #[test]
    fn silences_with_declared_resets_are_never_counted_too_high_and_flagged_where_they_are_too_low(
        width in 0usize..=MODULI.len(),
        resets in prop_oneof![
            Just(Resets::Power),
            Just(Resets::Shift),
            Just(Resets::Order),
            (0i64..50).prop_map(Resets::Preset),
        ],
        begins in 0i128..250,
        milli_per_min in 1_000i64..12_000,
        stretches in stretches(),
    ) {
        let how = CounterSetting { modulus: MODULI.get(width).copied(), resets };
        let shown = show(how, begins, milli_per_min, &stretches);
        let made: i64 = shown.stretches.iter().map(|(made, _)| made).sum();
        let booked: i64 = shown.stretches.iter().map(|(_, increase)| increase.pieces).sum();
        prop_assert!(booked <= made, "{} booked, {} made", booked, made);
        let flags = shown.stretches.iter().filter_map(|(_, increase)| increase.flag);
        let lower = flags.filter(|flag| matches!(flag.what, FlagKind::Reset | FlagKind::Held)).count();
        prop_assert!(booked == made || shown.pending || lower > 0);
        if !shown.doubted {
            for (made, increase) in shown.stretches {
                prop_assert!(increase.pieces <= made, "{:?} of {}", increase, made);
                prop_assert!(increase.pieces == made || increase.flag.is_some(), "{:?} of {}", increase, made);
            }
        }
    }

    #[test]
    fn a_counter_that_jumps_after_any_idle_time_books_no_more_than_the_time_since_it_was_confirmed_allows(
        idle_ms in 0i64..3_000 * MINUTE_MS,
        milli_per_min in 1_000i64..2_000_000,
        // Ten times what the intervals allow, up to all that the idle time would.
        share in 0i64..1_000,
        polls in proptest::collection::vec((100i64..5_000, 0i128..3), 1..10),
    ) {
        let rate = Rate { milli_per_min, per_cycle: 1 };
        let how = CounterSetting { modulus: Some(1 << 32), resets: Resets::Undeclared };
        let possible = |ms: i64| i128::from(milli_per_min) * i128::from(ms) / i128::from(MINUTE_MS * 1000);
        // Bursts of ten seconds are believed, and so is what was made while one poll after another was doubted.
        let doubted_ms = 1_000 + polls.iter().map(|(ms, _)| ms).sum::<i64>();
        let most = possible(doubted_ms.max(10_000)) + 1;
        let jump = most + 1 + possible(idle_ms) * i128::from(share) / 1_000;
        let mut counter = Counter::default();
        counter.take(Read { value: 1_000, at: Timestamp(0) }, how, rate, between(Timestamp(0)));
        let mut at = Timestamp(idle_ms + 1_000);
        let mut value = 1_000 + jump;
        let mut increases = vec![counter.take(Read { value, at }, how, rate, between(at.plus(-1_000)))];
        for (ms, made) in &polls {
            let seen = at;
            at = at.plus(*ms);
            value += (*made).min(possible(*ms));
            increases.push(counter.take(Read { value, at }, how, rate, between(seen)));
        }
        let booked: i64 = increases.iter().map(|increase| increase.pieces).sum();
        prop_assert_eq!(i128::from(booked), value - 1_000 - jump);
        let flags: Vec<_> = increases.iter().filter_map(|increase| increase.flag).map(|flag| (flag.what, flag.amount)).collect();
        prop_assert_eq!(flags, [(FlagKind::Held, jump as i64)]);
    }
}
