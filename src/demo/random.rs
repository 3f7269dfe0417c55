//! Pure. Random numbers that are the same for the same seed (SplitMix64), so that a plant can be lived once more.

/// A sequence from a seed.
#[derive(Debug, Clone)]
pub struct Random(u64);

impl Random {
    /// The sequence number `stream` of `seed`; no two machines share one.
    pub fn new(seed: u64, stream: u64) -> Random {
        let mut first = Random(seed);
        let mixed = first.next();
        Random(mixed ^ stream.wrapping_mul(0xD134_2543_DE82_EF95))
    }

    /// A number in `[low, high]`; `low` where there is none.
    pub fn between(&mut self, low: i64, high: i64) -> i64 {
        let width = u64::try_from(high.saturating_sub(low)).unwrap_or(0).saturating_add(1);
        let offset = i64::try_from(self.next() % width).unwrap_or(0);
        low.saturating_add(offset)
    }

    /// A length around `mean`: from a fifth of it to nine fifths.
    pub fn around(&mut self, mean: i64) -> i64 {
        self.between(mean / 5, mean.saturating_mul(9) / 5)
    }

    /// True `permille` times in a thousand.
    pub fn chance(&mut self, permille: i64) -> bool {
        self.between(0, 999) < permille
    }

    /// One of `choices`, each as often as its weight says; `None` where no weight is above zero.
    pub fn weighted<T: Copy>(&mut self, choices: &[(T, i64)]) -> Option<T> {
        let sum: i64 = choices.iter().map(|(_, weight)| weight).sum();
        let mut left = self.between(1, sum);
        choices.iter().find_map(|(choice, weight)| {
            left -= weight;
            (left <= 0).then_some(*choice)
        })
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_seed_gives_one_sequence_and_another_stream_another() {
        let ten = |seed, stream| {
            let mut random = Random::new(seed, stream);
            [(); 10].map(|()| random.between(0, 1_000_000))
        };
        assert_eq!(ten(7, 1), ten(7, 1));
        assert_ne!(ten(7, 1), ten(7, 2));
        assert_ne!(ten(7, 1), ten(8, 1));
    }

    #[test]
    fn numbers_stay_in_their_range_and_choices_follow_their_weights() {
        let mut random = Random::new(1, 1);
        assert!((0..1_000).all(|_| (-3..=3).contains(&random.between(-3, 3))));
        assert!((0..1_000).all(|_| (200..=1_800).contains(&random.around(1_000))));
        assert_eq!(random.between(5, 5), 5);
        let often = (0..1_000).filter(|_| random.weighted(&[("a", 9), ("b", 1)]) == Some("a"));
        assert!((850..950).contains(&often.count()));
        assert_eq!(random.weighted::<u8>(&[]), None);
    }
}
