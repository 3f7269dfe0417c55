//! The only place that reads a clock. Agent time = wall time at the epoch's start + monotonic time since.

use crate::model::time::{Now, SECOND_MS, Timestamp};
use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// A difference between wall and agent time below this is noise of the wall clock's discipline.
const STEP_MS: i64 = 2 * SECOND_MS;
/// A difference must last this long before the agent believes it.
const STEP_LASTS_MS: u64 = 60_000;

/// The agent's clock; one per process, shared.
#[derive(Debug)]
pub struct Clock {
    started: Instant,
    /// Agent time minus monotonic time.
    origin: AtomicI64,
    epoch: AtomicU32,
    watch: Mutex<Watch>,
}

/// What a look at the wall clock showed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Wall and agent time agree.
    None,
    /// They have begun to differ by this many milliseconds (positive: the wall is ahead); not believed yet.
    Suspected(i64),
    /// The agent followed the wall clock forward: agent time jumped from `from` to `until`, a new epoch began.
    Skipped {
        /// Agent time before the jump.
        from: Timestamp,
        /// Agent time after it.
        until: Timestamp,
        /// The new epoch.
        epoch: u32,
    },
    /// The wall clock is behind by this many milliseconds: agent time goes on, so that no instant is used twice.
    Ahead(i64),
}

impl Clock {
    /// A clock that starts at wall time, but after `not_before` (the newest instant the journal knows), so that a wall
    /// clock set back while the agent was down makes no instant come twice.
    #[allow(clippy::disallowed_methods)]
    pub fn start(not_before: Option<Timestamp>) -> Clock {
        let wall = Clock::wall();
        let origin = not_before.map_or(wall, |last| wall.max(last.plus(1)));
        Clock {
            started: Instant::now(),
            origin: AtomicI64::new(origin.0),
            epoch: AtomicU32::new(0),
            watch: Mutex::new(Watch::default()),
        }
    }

    /// Agent time.
    pub fn now(&self) -> Now {
        let mono_ms = self.mono_ms();
        let origin = self.origin.load(Ordering::Acquire);
        let at = Timestamp(origin.saturating_add(i64::try_from(mono_ms).unwrap_or(i64::MAX)));
        Now {
            at,
            mono_ms,
            epoch: self.epoch.load(Ordering::Acquire),
        }
    }

    /// The operating system's wall clock.
    #[allow(clippy::disallowed_methods)]
    pub fn wall() -> Timestamp {
        let ms = |duration: Duration| i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
        match SystemTime::now().duration_since(UNIX_EPOCH) {
            Ok(after) => Timestamp(ms(after)),
            Err(before) => Timestamp(-ms(before.duration())),
        }
    }

    /// The tokio instant at which monotonic milliseconds will be `mono_ms`, for sleeping until then.
    pub fn deadline(&self, mono_ms: u64) -> tokio::time::Instant {
        tokio::time::Instant::from_std(self.started + Duration::from_millis(mono_ms))
    }

    /// Compares with the wall clock; to be called about once a second.
    pub fn look(&self) -> Step {
        let now = self.now();
        let mut watch = self.watch.lock().unwrap_or_else(PoisonError::into_inner);
        let step = watch.look(Clock::wall().since(now.at), now);
        if let Step::Skipped { from, until, epoch } = step {
            self.origin.fetch_add(until.since(from), Ordering::AcqRel);
            self.epoch.store(epoch, Ordering::Release);
        }
        step
    }

    fn mono_ms(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

/// Pure part of [`Clock::look`]: when a difference is believed.
#[derive(Debug, Default)]
struct Watch {
    differs_since_mono_ms: Option<u64>,
}

impl Watch {
    fn look(&mut self, wall_minus_agent: i64, now: Now) -> Step {
        if wall_minus_agent.abs() <= STEP_MS {
            self.differs_since_mono_ms = None;
            return Step::None;
        }
        let since = *self.differs_since_mono_ms.get_or_insert(now.mono_ms);
        if now.mono_ms.saturating_sub(since) < STEP_LASTS_MS {
            return Step::Suspected(wall_minus_agent);
        }
        if wall_minus_agent < 0 {
            return Step::Ahead(-wall_minus_agent);
        }
        self.differs_since_mono_ms = None;
        Step::Skipped {
            from: now.at,
            until: now.at.plus(wall_minus_agent),
            epoch: now.epoch + 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now(mono_ms: u64) -> Now {
        Now {
            at: Timestamp(1_000_000 + mono_ms as i64),
            mono_ms,
            epoch: 0,
        }
    }

    #[test]
    fn a_wall_clock_an_hour_ahead_is_followed_after_a_minute_and_not_before() {
        let mut watch = Watch::default();
        assert_eq!(watch.look(3_600_000, now(0)), Step::Suspected(3_600_000));
        assert_eq!(watch.look(3_600_000, now(59_999)), Step::Suspected(3_600_000));
        let step = watch.look(3_600_000, now(60_000));
        assert_eq!(
            step,
            Step::Skipped {
                from: Timestamp(1_060_000),
                until: Timestamp(4_660_000),
                epoch: 1
            }
        );
        assert_eq!(watch.look(0, now(61_000)), Step::None);
    }

    #[test]
    fn a_wall_clock_set_back_never_moves_agent_time() {
        let mut watch = Watch::default();
        assert_eq!(watch.look(-3_600_000, now(0)), Step::Suspected(-3_600_000));
        assert_eq!(watch.look(-3_600_000, now(60_000)), Step::Ahead(3_600_000));
    }

    #[test]
    fn a_difference_that_goes_away_within_the_minute_is_forgotten() {
        let mut watch = Watch::default();
        watch.look(5_000, now(0));
        assert_eq!(watch.look(100, now(30_000)), Step::None);
        assert_eq!(
            watch.look(5_000, now(61_000)),
            Step::Suspected(5_000),
            "a new minute has begun"
        );
    }

    #[test]
    fn a_clock_starts_after_the_newest_instant_of_the_journal() {
        let ahead = Clock::wall().plus(3_600_000);
        assert!(Clock::start(Some(ahead)).now().at > ahead);
        assert!(Clock::start(None).now().at >= Clock::wall().plus(-1_000));
    }
}
