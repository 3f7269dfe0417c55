//! Pure. Words for what a device refuses, and how often the same thing is said.

use std::collections::BTreeMap;

/// The same thing is said at most this often, in milliseconds: a line of the log a minute is read, a flood is not.
const SAY_EVERY_MS: u64 = 60_000;
/// Most things remembered: several for each request of a large connection. When it is full, all are forgotten, and the
/// worst that happens is that something is said twice in a minute.
const MAX_THINGS: usize = 4_000;

/// What a note is about, for counting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Topic {
    /// An exception.
    Refused,
    /// A block that is read in parts from now on.
    Split,
    /// No answer, or none that can be trusted.
    Failed,
    /// A unit that is dead.
    Dead,
    /// Bytes nobody asked for.
    Unasked,
    /// Polls left out because the line is too slow.
    Overrun,
}

impl Topic {
    /// The word of the health page.
    pub fn name(self) -> &'static str {
        match self {
            Topic::Refused => "refused",
            Topic::Split => "split",
            Topic::Failed => "no_answer",
            Topic::Dead => "dead",
            Topic::Unasked => "unasked",
            Topic::Overrun => "overrun",
        }
    }
}

/// Says each thing at most once a minute and counts the rest.
#[derive(Debug, Default)]
pub struct Throttle {
    said: BTreeMap<(Topic, String), (u64, u64)>,
}

impl Throttle {
    /// Counts `times` more of `topic` about `about`. The number since it was last said when it is to be said now.
    pub fn count(&mut self, topic: Topic, about: &str, times: u64, now_ms: u64) -> Option<u64> {
        if self.said.len() >= MAX_THINGS {
            self.said.clear();
        }
        let key = (topic, about.to_owned());
        match self.said.get_mut(&key) {
            None => {
                self.said.insert(key, (now_ms, 0));
                Some(times)
            }
            Some((said_ms, waiting)) => {
                *waiting = waiting.saturating_add(times);
                if now_ms.saturating_sub(*said_ms) < SAY_EVERY_MS {
                    return None;
                }
                *said_ms = now_ms;
                Some(std::mem::take(waiting))
            }
        }
    }
}

/// What an exception code means and what to do, as the end of a sentence.
pub fn exception(code: u8) -> String {
    let meaning = match code {
        1 => "illegal function: the device has no such table; try input instead of holding, or the reverse",
        2 => {
            "illegal data address: the device has no such address; check it against the register map, it may count from 1"
        }
        3 => "illegal data value: the device does not allow this length; lower max_registers",
        4 => "device failure: look at the device",
        5 => "acknowledge: the device is busy with a long command",
        6 => "device busy: read it less often, or set pause_ms",
        8 => "memory parity error: look at the device",
        10 => "gateway path unavailable: the gateway is not set up for this unit",
        11 => "gateway target failed to respond: the unit behind the gateway is off, or its cable is",
        _ => "a code of the maker's own: look into the device's manual",
    };
    format!("exception {code}, {meaning}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_thing_is_said_once_a_minute_with_the_number_of_times() {
        let mut throttle = Throttle::default();
        assert_eq!(throttle.count(Topic::Failed, "unit 1", 1, 0), Some(1));
        assert_eq!(throttle.count(Topic::Failed, "unit 1", 1, 30_000), None);
        assert_eq!(throttle.count(Topic::Failed, "unit 2", 1, 30_000), Some(1));
        assert_eq!(throttle.count(Topic::Refused, "unit 1", 1, 30_000), Some(1));
        assert_eq!(throttle.count(Topic::Failed, "unit 1", 3, 60_000), Some(4), "1 + 3");
    }

    #[test]
    fn what_is_remembered_has_a_limit() {
        let mut throttle = Throttle::default();
        for number in 0..3 * MAX_THINGS {
            throttle.count(Topic::Failed, &number.to_string(), 1, 0);
        }
        assert!(throttle.said.len() <= MAX_THINGS);
    }

    #[test]
    fn every_exception_has_words() {
        for code in 0..=255 {
            assert!(exception(code).starts_with(&format!("exception {code}, ")));
        }
    }
}
