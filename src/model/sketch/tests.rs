//! Pure. What the histogram of cycle times promises, on cycles of any length.

use super::*;
use proptest::prelude::*;

fn sketch(cycles: &[(i64, i64)]) -> Sketch {
    let mut sketch = Sketch::default();
    cycles.iter().for_each(|(us, n)| sketch.add(*us, *n));
    sketch
}

#[test]
fn buckets_are_whole_numbers_that_follow_each_other_without_a_hole() {
    assert_eq!([0, 31, 32, 63, 64, 65, 66].map(bucket), [0, 31, 32, 63, 64, 64, 65]);
    // 10 s = 10,000,000 us: 2^23 <= it, shift 18, 10,000,000 >> 18 = 38, (18 + 1) x 32 + 38 - 32 = 614.
    assert_eq!(bucket(10_000_000), 614);
    // 38 << 18 = 9,961,472; 39 << 18 = 10,223,616.
    assert_eq!(bounds(614), (9_961_472, 10_223_616));
    for bucket in 0..u16::try_from(BUCKETS - 1).unwrap() {
        assert_eq!(bounds(bucket).1, bounds(bucket + 1).0, "after {bucket}");
    }
    assert_eq!(i64::from(bucket(i64::MAX)), BUCKETS - 1);
}

#[test]
fn percentiles_are_of_the_nearest_rank() {
    // 20 cycles: 1 of 8 s, 18 of 10 s, 1 of 60 s. P10 is the second, the median the tenth, P96 the last (ceil 19.2 = 20).
    let sketch = sketch(&[(8_000_000, 1), (10_000_000, 18), (60_000_000, 1)]);
    assert_eq!(sketch.cycles(), 20);
    let s = |percent| (sketch.percentile_us(percent).unwrap() as f64 / 1e6 * 10.0).round() / 10.0;
    assert_eq!([5, 10, 50, 95, 96].map(s), [8.1, 10.1, 10.1, 10.1, 60.3]);
    assert_eq!(Sketch::default().percentile_us(50), None);
}

#[test]
fn the_shortest_and_the_longest_are_known_to_their_bucket() {
    let (from, to) = sketch(&[(8_000_000, 1), (10_000_000, 18)]).range_us().unwrap();
    assert!(from <= 8_000_000 && 8_000_000 - from <= 8_000_000 / 32, "{from}");
    assert_eq!(to, 10_223_616);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    #[test]
    fn a_percentile_is_at_most_two_percent_off(
        mut cycles in proptest::collection::vec(1i64..100_000_000_000, 1..60), percent in 1u8..=100,
    ) {
        let mut sketch = Sketch::default();
        cycles.iter().for_each(|us| sketch.add(*us, 1));
        cycles.sort_unstable();
        let rank = (cycles.len() * usize::from(percent)).div_ceil(100);
        let exact = cycles[rank - 1] as f64;
        let found = sketch.percentile_us(percent).unwrap() as f64;
        prop_assert!((found - exact).abs() <= 0.02 * exact, "{found} for {exact}");
    }

    #[test]
    fn every_length_lies_in_its_bucket(us in 0i64..=i64::MAX) {
        let (from, to) = bounds(bucket(us));
        prop_assert!(from <= us && (us < to || to == i64::MAX));
    }
}
