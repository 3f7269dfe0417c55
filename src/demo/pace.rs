//! Simulated time: how fast it runs beside real time.

use std::time::{Duration, Instant};

/// Simulated time was `origin` at a real instant, and runs `rate` times as fast since.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// The real instant.
    pub started: Instant,
    /// Simulated time at that instant, in epoch milliseconds.
    pub origin: i64,
    /// Simulated per real time; 1 or more.
    pub rate: u32,
}

impl Pace {
    /// Simulated time now, in epoch milliseconds.
    pub fn now(&self) -> i64 {
        let ns = self.started.elapsed().as_nanos().saturating_mul(u128::from(self.rate));
        self.origin
            .saturating_add(i64::try_from(ns / 1_000_000).unwrap_or(i64::MAX))
    }

    /// The real instant at which simulated time will be `at`; `started` for what was before.
    pub fn deadline(&self, at: i64) -> tokio::time::Instant {
        let ms = u64::try_from(at.saturating_sub(self.origin)).unwrap_or(0);
        let real = Duration::from_nanos(ms.saturating_mul(1_000_000).div_ceil(u64::from(self.rate.max(1))));
        tokio::time::Instant::from_std(self.started + real)
    }
}
