//! Pure. Times of day as minutes of the local day, and the days of the week.

use super::DAY_MIN;

/// Names of the days, Monday first.
pub const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// From when to when, as minutes of the local day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hours {
    /// Begin.
    pub from_min: u32,
    /// End; at or before the begin it is on the next day.
    pub to_min: u32,
}

impl Hours {
    /// Minutes from its begin to its end; the same time is a whole day.
    pub fn length(self) -> u32 {
        match (self.to_min + DAY_MIN - self.from_min) % DAY_MIN {
            0 => DAY_MIN,
            minutes => minutes,
        }
    }

    /// True when a break begins and ends in it.
    pub fn hold(self, (start, end): (u32, u32)) -> bool {
        let pause = Hours {
            from_min: start,
            to_min: end,
        };
        self.since_begin(start) + pause.length() <= self.length()
    }

    /// The first break that shares time with one before it, in a shift of these hours.
    pub fn twice(self, breaks: &[(u32, u32)]) -> Option<(u32, u32)> {
        let within = |(from_min, to_min): (u32, u32)| {
            let begin = self.since_begin(from_min);
            (begin, begin + Hours { from_min, to_min }.length())
        };
        let shares = |one, other| within(one).0 < within(other).1 && within(other).0 < within(one).1;
        let mut at = breaks.iter().enumerate();
        let twice = at.find(|(index, pause)| breaks[..*index].iter().any(|other| shares(**pause, *other)));
        twice.map(|(_, pause)| *pause)
    }

    /// Minutes since its begin, so that midnight is nothing special.
    pub fn since_begin(self, minute: u32) -> u32 {
        (minute + DAY_MIN - self.from_min) % DAY_MIN
    }

    /// `06:00 to 14:00`.
    pub fn told(self) -> String {
        format!("{} to {}", clock_text(self.from_min), clock_text(self.to_min))
    }
}

/// A minute of the day as `06:00`.
pub fn clock_text(minute: u32) -> String {
    format!("{:02}:{:02}", minute % DAY_MIN / 60, minute % 60)
}
