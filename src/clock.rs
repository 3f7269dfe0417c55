//! The only place that reads a clock. Agent time = the time at the epoch's start + monotonic time since, at its rate.

use crate::model::time::{Now, SECOND_MS, Timestamp};
use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// A difference between wall and agent time below this is noise of the wall clock's discipline.
const STEP_MS: i64 = 2 * SECOND_MS;
/// A difference must last this long before the agent believes it.
const STEP_LASTS_MS: u64 = 60_000;
const NS_IN_MS: u128 = 1_000_000;

/// The agent's clock; one per process, shared.
#[derive(Debug)]
pub struct Clock {
    started: Instant,
    pace: Pace,
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
            pace: Pace::Wall,
            origin: AtomicI64::new(origin.0),
            epoch: AtomicU32::new(0),
            watch: Mutex::new(Watch::default()),
        }
    }

    /// A clock for a plant that is simulated: agent time was `origin` at `started` and runs `rate` times as fast as real
    /// time since; monotonic milliseconds too, so that all that waits on this clock keeps step. A rate of 0 counts as 1.
    pub fn paced(started: Instant, origin: Timestamp, rate: u32) -> Clock {
        Clock {
            started,
            pace: Pace::Simulated(rate.max(1)),
            origin: AtomicI64::new(origin.0),
            epoch: AtomicU32::new(0),
            watch: Mutex::new(Watch::default()),
        }
    }

    /// The same clock, set forward where it would not be after `last` (the newest instant the journal knows) by now.
    #[must_use]
    pub fn after(self, last: Option<Timestamp>) -> Clock {
        let behind = last.map_or(0, |last| last.plus(1).since(self.now().at));
        self.origin.fetch_add(behind.max(0), Ordering::AcqRel);
        self
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

    /// Real milliseconds since an instant of agent time: how old a person finds what was true then.
    pub fn age_ms(&self, at: Timestamp) -> i64 {
        self.now().at.since(at) / i64::from(self.pace.rate())
    }

    /// How many milliseconds of agent time a real one has: 1, but for a plant that is simulated.
    pub fn rate(&self) -> u32 {
        self.pace.rate()
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
        tokio::time::Instant::from_std(self.started + self.pace.real(mono_ms))
    }

    /// Compares with the wall clock; to be called about once a second. Simulated time has no wall to compare with.
    pub fn look(&self) -> Step {
        if self.pace != Pace::Wall {
            return Step::None;
        }
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
        self.pace.agent_ms(self.started.elapsed())
    }
}

/// How agent time runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pace {
    /// As the wall clock does.
    Wall,
    /// Simulated, this many times as fast; at least 1.
    Simulated(u32),
}

impl Pace {
    fn rate(self) -> u32 {
        match self {
            Pace::Wall => 1,
            Pace::Simulated(rate) => rate,
        }
    }

    /// Whole milliseconds of agent time in `real` time.
    fn agent_ms(self, real: Duration) -> u64 {
        let agent_ns = real.as_nanos().saturating_mul(u128::from(self.rate()));
        u64::try_from(agent_ns / NS_IN_MS).unwrap_or(u64::MAX)
    }

    /// The shortest real time in which `agent_ms` have passed: rounded up, so that who waits for it wakes after it.
    fn real(self, agent_ms: u64) -> Duration {
        let agent_ns = u128::from(agent_ms) * NS_IN_MS;
        let real_ns = agent_ns.div_ceil(u128::from(self.rate()));
        Duration::from_nanos(u64::try_from(real_ns).unwrap_or(u64::MAX))
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
#[allow(clippy::disallowed_methods)] // Tests of the clock read it.
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

    #[test]
    fn at_sixty_times_the_pace_a_second_is_a_minute_and_a_wait_of_a_minute_takes_a_second() {
        let pace = Pace::Simulated(60);
        assert_eq!(pace.agent_ms(Duration::from_secs(1)), 60_000);
        assert_eq!(
            pace.agent_ms(Duration::from_micros(16_667)),
            1_000,
            "1,000.02 ms, whole ones"
        );
        assert_eq!(pace.real(60_000), Duration::from_secs(1));
        assert_eq!(Pace::Wall.agent_ms(Duration::from_micros(1_999)), 1);
        assert_eq!(Pace::Wall.real(1_999), Duration::from_millis(1_999));
    }

    #[test]
    fn who_wakes_when_a_wait_is_over_finds_its_time_come_at_every_pace() {
        for rate in [1, 7, 60, 3_600, u32::MAX] {
            let pace = Pace::Simulated(rate);
            for agent_ms in [0, 1, 999, 1_000, 86_400_001] {
                let woken = pace.agent_ms(pace.real(agent_ms));
                // A nanosecond is the finest real time there is, and lasts rate / 1,000,000 milliseconds.
                let late_ms = u64::from(rate).div_ceil(1_000_000);
                assert!(
                    (agent_ms..=agent_ms + late_ms).contains(&woken),
                    "{agent_ms} ms at {rate}: {woken} ms"
                );
            }
        }
    }

    #[test]
    fn simulated_time_runs_from_its_origin_at_its_rate_and_knows_no_wall() {
        let an_hour_ago = Instant::now().checked_sub(Duration::from_secs(3_600)).unwrap();
        let clock = Clock::paced(an_hour_ago, Timestamp(1_000_000), 60);
        let now = clock.now();
        // 3,600 s x 60 = 216,000 s; half a day is more than any test waits.
        assert!((216_000_000..259_200_000).contains(&now.mono_ms), "{now:?}");
        assert_eq!(now.at, Timestamp(1_000_000).plus(now.mono_ms as i64));
        assert_eq!(clock.look(), Step::None, "though it is decades behind the wall clock");
        assert_eq!(
            clock.deadline(216_000_000),
            tokio::time::Instant::from_std(an_hour_ago + Duration::from_secs(3_600))
        );
    }

    #[test]
    fn what_happened_a_simulated_minute_ago_is_a_second_old() {
        let clock = Clock::paced(Instant::now(), Timestamp(1_000_000), 60);
        let age_ms = clock.age_ms(Timestamp(1_000_000 - 60_000));
        // What the test itself takes comes on top.
        assert!((1_000..60_000).contains(&age_ms), "{age_ms}");
    }

    #[test]
    fn simulated_time_goes_on_after_the_newest_instant_of_the_journal() {
        let clock = |last| Clock::paced(Instant::now(), Timestamp(1_000_000), 60).after(last);
        assert!(clock(Some(Timestamp(9_000_000))).now().at > Timestamp(9_000_000));
        let soon = clock(Some(Timestamp(500_000))).now().at;
        assert!(
            (1_000_000..9_000_000).contains(&soon.0),
            "what is past already moves nothing: {soon:?}"
        );
    }

    #[test]
    fn a_rate_of_zero_does_not_stop_time() {
        let a_second_ago = Instant::now().checked_sub(Duration::from_secs(1)).unwrap();
        assert!(Clock::paced(a_second_ago, Timestamp(0), 0).now().mono_ms >= 1_000);
    }
}
