//! Pure. Bounded exponential back-off with full jitter; the random number is an argument.

/// How long to wait between tries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    base_ms: u64,
    cap_ms: u64,
    tries: u32,
}

impl Backoff {
    /// Waits up to `base_ms` after the first failure, up to twice that after each further one, never more than `cap_ms`.
    pub fn new(base_ms: u64, cap_ms: u64) -> Backoff {
        Backoff {
            base_ms: base_ms.max(1),
            cap_ms: cap_ms.max(1),
            tries: 0,
        }
    }

    /// Notes a failure and gives the wait before the next try: full jitter over the present ceiling, but at least a
    /// quarter of the base, so that a chance of zeros is no hot loop. `random` is uniform over all of u64.
    pub fn failed(&mut self, random: u64) -> u64 {
        let ceiling = self.ceiling_ms();
        self.tries = self.tries.saturating_add(1);
        let floor = (self.base_ms / 4).clamp(1, ceiling);
        floor + random % (ceiling - floor + 1)
    }

    /// The longest wait the next failure can lead to.
    pub fn ceiling_ms(&self) -> u64 {
        let factor = 1u64.checked_shl(self.tries.min(32)).unwrap_or(u64::MAX);
        self.base_ms.saturating_mul(factor).min(self.cap_ms)
    }

    /// Failures since the last success.
    pub fn tries(&self) -> u32 {
        self.tries
    }

    /// Notes a success: the next failure waits the base again.
    pub fn succeeded(&mut self) {
        self.tries = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ceiling_doubles_up_to_the_cap_and_starts_again_after_a_success() {
        let mut backoff = Backoff::new(1_000, 5_000);
        assert!(backoff.failed(u64::MAX) <= 1_000);
        assert_eq!(backoff.ceiling_ms(), 2_000);
        backoff.failed(0);
        assert_eq!(backoff.ceiling_ms(), 4_000);
        backoff.failed(0);
        assert_eq!(backoff.ceiling_ms(), 5_000, "8,000 is above the cap");
        backoff.succeeded();
        assert_eq!(backoff.ceiling_ms(), 1_000);
    }

    #[test]
    fn no_wait_is_shorter_than_a_quarter_of_the_base_nor_longer_than_the_ceiling() {
        let mut backoff = Backoff::new(1_000, 300_000);
        for random in [0, 1, 749, 750, u64::MAX / 2, u64::MAX] {
            let ceiling = backoff.ceiling_ms();
            let wait = backoff.failed(random);
            assert!((250..=ceiling).contains(&wait), "{wait} of {ceiling}");
        }
    }
}
