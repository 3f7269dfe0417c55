//! Pure. When the PLC with the bad network answers nobody.

use super::plant::{SILENCE, SILENCE_EVERY, SILENT_PLC};
use super::random::Random;

/// The silences of a PLC, to be asked in the order of time.
#[derive(Debug, Clone)]
pub struct Silences {
    random: Random,
    is_good: bool,
    next: (i64, i64),
}

impl Silences {
    /// Of the PLC number `plc`, from `begin` on.
    pub fn new(seed: u64, plc: usize, begin: i64) -> Silences {
        let mut silences = Silences {
            random: Random::new(seed, 200),
            is_good: plc != SILENT_PLC,
            next: (begin, begin),
        };
        silences.follow();
        silences
    }

    /// When the PLC answers again, where it is silent at `at`.
    pub fn until(&mut self, at: i64) -> Option<i64> {
        while !self.is_good && self.next.1 <= at {
            self.follow();
        }
        let (from, until) = self.next;
        (!self.is_good && from <= at).then_some(until)
    }

    fn follow(&mut self) {
        let from = self.next.1 + self.random.around(SILENCE_EVERY);
        self.next = (from, from + self.random.around(SILENCE));
    }
}

#[cfg(test)]
mod tests {
    use super::super::calendar::{DAY_MS, MINUTE_MS};
    use super::*;

    #[test]
    fn one_plc_is_silent_for_minutes_some_times_a_day_and_the_others_never() {
        let silent = |plc| {
            let mut silences = Silences::new(1, plc, 0);
            let minutes = (0..DAY_MS / MINUTE_MS).filter(|minute| silences.until(minute * MINUTE_MS).is_some());
            minutes.count()
        };
        assert_eq!((silent(0), silent(1)), (0, 0));
        // 24 h / 2.5 h x 4 min = 38 min, give or take what chance does.
        assert!((15..80).contains(&silent(SILENT_PLC)), "{}", silent(SILENT_PLC));
    }
}
