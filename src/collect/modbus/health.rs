//! Pure. Which units of a connection are dead, when they are tried again, and how long an answer is waited for.

use std::collections::BTreeMap;

/// Failures in a row after which a unit or request is no longer tried at every poll: one late answer costs one poll.
const PATIENT_FAILURES: u32 = 2;
/// The first back-off, in milliseconds.
const BASE_MS: u64 = 1_000;
/// The longest, in milliseconds: a unit that comes back is live this much and one poll later. Longer would gain little,
/// as a try costs the line one answer's wait.
const CAP_MS: u64 = 10_000;
/// The shortest wait for an answer of a dead unit, in milliseconds: a slow gateway needs that much.
const LEAST_PATIENCE_MS: u64 = 100;
/// A dead unit gets the whole time every so many tries, so that one that has become slower is found as well.
const WHOLE_PATIENCE_EVERY: u32 = 10;
/// Times its usual answer that a unit is given while it is dead.
const SLOWER: u64 = 3;
/// The usual answer is a running mean over about this many.
const USUAL_OVER: u64 = 8;

/// Counts failures in a row and says when the next try may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Breaker {
    failures: u32,
    until_ms: u64,
}

impl Breaker {
    /// Notes a failure at `now_ms` (monotonic): from the second in a row on the next try waits 1, 2, 4 .. 10 s.
    pub fn failed(&mut self, now_ms: u64) {
        self.failures = self.failures.saturating_add(1);
        if let Some(doublings) = self.failures.checked_sub(PATIENT_FAILURES) {
            let wait = BASE_MS << doublings.min(8);
            self.until_ms = now_ms.saturating_add(wait.min(CAP_MS));
        }
    }

    /// Notes a success.
    pub fn succeeded(&mut self) {
        *self = Breaker::default();
    }

    /// The monotonic millisecond from which on it may be tried.
    pub fn until_ms(&self) -> u64 {
        self.until_ms
    }

    /// True when it no longer is tried at every poll.
    pub fn is_open(&self) -> bool {
        self.failures >= PATIENT_FAILURES
    }
}

/// The units of one connection.
#[derive(Debug)]
pub struct Health {
    units: BTreeMap<u8, Unit>,
    timeout_ms: u64,
    fastest_poll_ms: u64,
}

impl Health {
    /// All of `units` are taken for alive. `fastest_poll_ms` is the shortest pace on the connection.
    pub fn new(units: impl Iterator<Item = u8>, timeout_ms: u64, fastest_poll_ms: u64) -> Health {
        Health {
            units: units.map(|unit| (unit, Unit::default())).collect(),
            timeout_ms: timeout_ms.max(1),
            fastest_poll_ms,
        }
    }

    /// Notes an answer that took `took_ms`. True when the unit was dead until now.
    pub fn answered(&mut self, unit: u8, took_ms: u64) -> bool {
        let unit = self.units.entry(unit).or_default();
        let was_dead = unit.breaker.is_open();
        unit.breaker.succeeded();
        unit.usual_ms = match unit.usual_ms {
            None => Some(took_ms),
            Some(usual) => Some((usual.saturating_mul(USUAL_OVER - 1).saturating_add(took_ms)) / USUAL_OVER),
        };
        was_dead
    }

    /// Notes that a request got no answer of the unit. True when the unit is dead (or still is).
    pub fn failed(&mut self, unit: u8, now_ms: u64) -> bool {
        let unit = self.units.entry(unit).or_default();
        unit.breaker.failed(now_ms);
        unit.breaker.is_open()
    }

    /// The monotonic millisecond from which on the unit may be asked.
    pub fn until_ms(&self, unit: u8) -> u64 {
        self.units.get(&unit).map_or(0, |unit| unit.breaker.until_ms())
    }

    /// True while the unit gives no answers.
    pub fn is_dead(&self, unit: u8) -> bool {
        self.units.get(&unit).is_some_and(|unit| unit.breaker.is_open())
    }

    /// True when no unit gives answers.
    pub fn all_dead(&self) -> bool {
        !self.units.is_empty() && self.units.values().all(|unit| unit.breaker.is_open())
    }

    /// How long to wait for the unit's answer, in milliseconds: the whole timeout, but of a dead unit no longer than the
    /// others can wait without losing a poll, unless it is known to be slow, or is given the whole time now and then.
    pub fn patience_ms(&self, unit: u8) -> u64 {
        let Some(unit) = self.units.get(&unit).filter(|unit| unit.breaker.is_open()) else {
            return self.timeout_ms;
        };
        if unit.breaker.failures.is_multiple_of(WHOLE_PATIENCE_EVERY) {
            return self.timeout_ms;
        }
        self.fastest_poll_ms
            .max(unit.usual_ms.unwrap_or(0).saturating_mul(SLOWER))
            .max(LEAST_PATIENCE_MS)
            .min(self.timeout_ms)
    }
}

#[derive(Debug, Clone, Copy, Default)]
struct Unit {
    breaker: Breaker,
    usual_ms: Option<u64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_failure_costs_no_wait_and_further_ones_wait_1_2_4_8_and_then_10_seconds() {
        let mut breaker = Breaker::default();
        let waits: Vec<_> = (0..7)
            .map(|_| {
                breaker.failed(100_000);
                breaker.until_ms().saturating_sub(100_000)
            })
            .collect();
        assert_eq!(waits, [0, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000]);
        for _ in 0..1_000 {
            breaker.failed(100_000);
        }
        assert_eq!(breaker.until_ms(), 110_000);
        breaker.succeeded();
        assert_eq!((breaker.until_ms(), breaker.is_open()), (0, false));
    }

    #[test]
    fn a_unit_is_dead_after_two_failures_in_a_row_and_alive_after_one_answer() {
        let mut health = Health::new([1, 2].into_iter(), 1_000, 1_000);
        assert!(!health.failed(1, 0));
        assert!(!health.answered(1, 20), "it never was dead");
        assert!(!health.failed(1, 0));
        assert!(health.failed(1, 0));
        assert!(health.is_dead(1) && !health.is_dead(2) && !health.all_dead());
        health.failed(2, 0);
        health.failed(2, 0);
        assert!(health.all_dead());
        assert!(health.answered(2, 20));
        assert!(!health.all_dead());
    }

    #[test]
    fn a_dead_unit_is_not_waited_for_longer_than_the_others_can_wait() {
        let mut health = Health::new([1, 7].into_iter(), 1_000, 200);
        assert_eq!(health.patience_ms(7), 1_000);
        health.failed(7, 0);
        assert_eq!(health.patience_ms(7), 1_000, "one failure may be a late answer");
        health.failed(7, 0);
        assert_eq!(health.patience_ms(7), 200, "the fastest poll");
        for _ in 2..10 {
            health.failed(7, 0);
        }
        assert_eq!(health.patience_ms(7), 1_000, "the tenth try");
        health.answered(7, 150);
        health.answered(7, 310);
        health.failed(7, 0);
        health.failed(7, 0);
        // (7 x 150 + 310) / 8 = 170, and 3 x 170 = 510.
        assert_eq!(
            health.patience_ms(7),
            510,
            "a unit known to be slow gets three times its usual answer"
        );
    }
}
