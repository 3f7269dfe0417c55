//! Pure. Which request of a connection is next, and when: by deadline, on the monotonic clock, without drift.

use super::health::{Breaker, Health};
use super::plan::Request;

/// The shortest pace, in milliseconds: below it a connection would do nothing else.
const LEAST_POLL_MS: u64 = 10;
/// How far requests of failing units stand back behind others that are due, in milliseconds: further than any
/// back-off, and yet on a line that is always busy their turn comes.
const STAND_BACK_MS: u64 = 10_000;

/// The requests of one connection.
#[derive(Debug, Default)]
pub struct Schedule {
    tasks: Vec<Task>,
}

/// One request with its place in time.
#[derive(Debug, Clone)]
pub struct Task {
    /// What to ask.
    pub request: Request,
    /// Back-off of this request alone.
    pub breaker: Breaker,
    due_ms: u64,
}

impl Task {
    fn period_ms(&self) -> u64 {
        self.request.poll_ms.max(LEAST_POLL_MS)
    }

    fn ready_ms(&self, health: &Health) -> u64 {
        self.due_ms
            .max(self.breaker.until_ms())
            .max(health.until_ms(self.request.unit))
    }
}

impl Schedule {
    /// Follows a plan: requests it knows keep their place, new ones are due at once (in step with the others).
    pub fn follow(&mut self, requests: Vec<Request>, now_ms: u64) {
        let mut known = std::mem::take(&mut self.tasks);
        self.tasks = requests
            .into_iter()
            .map(|request| match known.iter().position(|task| task.request == request) {
                Some(index) => known.swap_remove(index),
                None => {
                    let period = request.poll_ms.max(LEAST_POLL_MS);
                    Task {
                        request,
                        breaker: Breaker::default(),
                        due_ms: now_ms - now_ms % period,
                    }
                }
            })
            .collect();
    }

    /// The next request and the monotonic millisecond from which on it may be sent; at or before `now_ms` when it is
    /// due. The most overdue goes first, those of failing units after all others. `None` without requests.
    pub fn next(&self, health: &Health, now_ms: u64) -> Option<(usize, u64)> {
        let rank = |task: &Task| {
            let ready = task.ready_ms(health);
            if ready > now_ms {
                return (true, ready);
            }
            let is_failing = task.breaker.is_open() || health.is_dead(task.request.unit);
            (false, task.due_ms + if is_failing { STAND_BACK_MS } else { 0 })
        };
        self.tasks
            .iter()
            .enumerate()
            .min_by_key(|(_, task)| rank(task))
            .map(|(index, task)| (index, task.ready_ms(health)))
    }

    /// One of the tasks.
    pub fn task(&self, index: usize) -> Option<&Task> {
        self.tasks.get(index)
    }

    /// Notes the fate of the request: its breaker takes `failed`. It is next due one period after it was due; of
    /// instants that passed by more than a period the last is kept, and the number of the others is given.
    pub fn done(&mut self, index: usize, failed: bool, now_ms: u64) -> u64 {
        let Some(task) = self.tasks.get_mut(index) else {
            return 0;
        };
        let period = task.period_ms();
        let was_failing = task.breaker.is_open();
        let next = task.due_ms + period;
        let passed = now_ms.saturating_sub(next) / period;
        task.due_ms = next + passed * period;
        if failed {
            task.breaker.failed(now_ms);
        } else {
            task.breaker.succeeded();
        }
        if failed || was_failing { 0 } else { passed }
    }

    /// Lets every request of a unit that came back go at once; polls missed while it was dead are no overruns.
    pub fn revive(&mut self, unit: u8, now_ms: u64) {
        for task in self.tasks.iter_mut().filter(|task| task.request.unit == unit) {
            task.breaker.succeeded();
            let period = task.period_ms();
            task.due_ms += now_ms.saturating_sub(task.due_ms) / period * period;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Area;
    use super::*;

    fn request(unit: u8, poll_ms: u64) -> Request {
        Request {
            unit,
            area: Area::Holding,
            poll_ms,
            start: 0,
            count: 1,
            points: vec![usize::from(unit)],
        }
    }

    fn schedule(requests: &[(u8, u64)], now_ms: u64) -> (Schedule, Health) {
        let mut schedule = Schedule::default();
        schedule.follow(
            requests.iter().map(|(unit, poll)| request(*unit, *poll)).collect(),
            now_ms,
        );
        let health = Health::new(requests.iter().map(|(unit, _)| *unit), 1_000, 1_000);
        (schedule, health)
    }

    #[test]
    fn polls_stay_in_step_with_the_clock_however_long_a_request_takes() {
        let (mut schedule, health) = schedule(&[(1, 1_000)], 500);
        assert_eq!(schedule.next(&health, 500), Some((0, 0)), "due at once");
        assert_eq!(schedule.done(0, false, 537), 0);
        assert_eq!(schedule.next(&health, 537), Some((0, 1_000)));
        assert_eq!(schedule.done(0, false, 1_420), 0);
        assert_eq!(schedule.next(&health, 1_420), Some((0, 2_000)), "and not 2,420");
    }

    #[test]
    fn a_poll_that_is_late_by_less_than_a_period_is_done_and_others_are_counted() {
        let (mut schedule, health) = schedule(&[(1, 100)], 0);
        assert_eq!(schedule.done(0, false, 190), 0);
        assert_eq!(schedule.next(&health, 190), Some((0, 100)), "late, but not lost");
        // Due at 100, done at 450: 200 and 300 are lost, 400 is late by 50.
        assert_eq!(schedule.done(0, false, 450), 2);
        assert_eq!(schedule.next(&health, 450), Some((0, 400)));
    }

    #[test]
    fn the_most_overdue_request_goes_first_and_failing_units_stand_back() {
        let (mut schedule, mut health) = schedule(&[(1, 1_000), (2, 1_000), (3, 100)], 0);
        schedule.done(0, false, 10);
        schedule.done(1, false, 20);
        schedule.done(2, false, 30);
        // At 1,050: unit 3 is due since 100, the others since 1,000.
        assert_eq!(schedule.next(&health, 1_050), Some((2, 100)));
        schedule.done(2, false, 1_060);
        assert_eq!(schedule.next(&health, 1_060), Some((0, 1_000)));
        health.failed(1, 0);
        health.failed(1, 0);
        assert_eq!(schedule.next(&health, 1_060), Some((1, 1_000)));
        schedule.done(1, false, 1_070);
        assert_eq!(schedule.next(&health, 1_070), Some((2, 1_000)));
        schedule.done(2, false, 1_080);
        assert_eq!(schedule.next(&health, 1_080), Some((0, 1_000)), "nothing else is due");
    }

    #[test]
    fn a_dead_unit_is_asked_when_its_back_off_ends_and_its_missed_polls_are_no_overruns() {
        let (mut schedule, mut health) = schedule(&[(1, 1_000)], 0);
        for now in [1_000, 2_000, 3_500] {
            health.failed(1, now);
            assert_eq!(schedule.done(0, true, now), 0);
        }
        assert_eq!(schedule.next(&health, 3_600), Some((0, 5_500)), "3,500 + 2,000");
        assert!(health.answered(1, 10));
        schedule.revive(1, 9_999);
        assert_eq!(schedule.done(0, false, 9_999), 0);
        assert_eq!(schedule.next(&health, 9_999), Some((0, 10_000)));
    }

    #[test]
    fn a_new_plan_keeps_the_place_of_requests_it_shares_with_the_old_one() {
        let (mut schedule, health) = schedule(&[(1, 1_000), (2, 1_000)], 0);
        schedule.done(0, false, 10);
        schedule.done(1, false, 20);
        schedule.follow(vec![request(2, 1_000), request(3, 1_000)], 1_500);
        assert_eq!(schedule.next(&health, 1_500), Some((0, 1_000)));
        schedule.done(0, false, 1_510);
        assert_eq!(
            schedule.next(&health, 1_510),
            Some((1, 1_000)),
            "the new one is due at once"
        );
    }
}
