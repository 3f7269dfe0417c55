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

const BITS: [u32; 7] = [8, 16, 24, 32, 48, 63, 64];

fn steps(longest_ms: i64) -> impl Strategy<Value = Vec<Step>> {
    let step = (1_000..longest_ms, 0i64..1_000, prop::bool::weighted(0.1));
    proptest::collection::vec(step.prop_map(|(ms, share, resets)| Step { ms, share, resets }), 1..80)
}

/// Feeds a true counter of so many bits; resets happen only where the next reading shows them.
fn tell(bits: u32, below: i128, milli_per_min: i64, steps: &[Step]) -> Told {
    let modulus = 1i128 << bits;
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

proptest! {
    #![proptest_config(ProptestConfig { cases: 10_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn roll_overs_and_resets_that_show_are_counted_to_the_piece(
        width in 0usize..BITS.len(),
        below in 0i128..256,
        // At most 200 counts between two readings: less than a turn of 8 bits.
        milli_per_min in 1_000i64..12_000,
        steps in steps(16 * MINUTE_MS),
    ) {
        let told = tell(BITS[width], below, milli_per_min, &steps);
        let booked: i64 = told.increases.iter().map(|increase| increase.pieces).sum();
        prop_assert_eq!(booked, told.truth);
        prop_assert_eq!(flags(&told, FlagKind::RollOver), told.rolled);
        prop_assert_eq!(flags(&told, FlagKind::Reset), told.reset);
        prop_assert_eq!(flags(&told, FlagKind::Held), 0);
    }

    #[test]
    fn silences_that_may_hide_whole_turns_are_never_counted_too_high_and_never_unnoticed(
        width in 0usize..3,
        below in 0i128..256,
        milli_per_min in 1_000i64..2_000_000,
        steps in steps(600 * MINUTE_MS),
    ) {
        let told = tell(BITS[width], below, milli_per_min, &steps);
        let booked: i64 = told.increases.iter().map(|increase| increase.pieces).sum();
        prop_assert!(booked <= told.truth, "{} booked, {} made", booked, told.truth);
        prop_assert!(booked == told.truth || told.pending || flags(&told, FlagKind::Held) > 0);
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
