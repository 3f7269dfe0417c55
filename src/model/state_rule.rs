//! Pure. How a machine's state follows from its signals, as the machine's setting says it.

use super::fact::Role;
use super::state::State;
use super::time::{DAY_MS, SECOND_MS};

/// Without a time of its own a machine that makes no piece for so many halves of an ideal cycle stands ...
const HALF_CYCLES: i64 = 5;
/// ... but never sooner than this and two polls: one late cycle is no stop.
const LEAST_MS: i64 = 10 * SECOND_MS;
/// Longest time without a piece that a person may ask for before it is called a stop: tallies wait for it to be final.
pub const MOST_STOP_AFTER_MS: i64 = DAY_MS;

/// What tells a machine's state.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum StateRule {
    /// The signal `state` through the machine's map, or the bit `run`: whichever it has.
    #[default]
    Signals,
    /// Its production counter alone: running while pieces come. It needs a [`StopAfter`].
    Count,
    /// The signal `state` through the map, with PackML's unit mode in `input0`: in maintenance mode it is maintained,
    /// whatever the state says.
    Moded,
    /// A measured value in `input0`, with hysteresis.
    Threshold {
        /// At or above it the machine runs.
        on: f64,
        /// At or below it, it stands; between the two the former state goes on.
        off: f64,
    },
    /// Bits `input0`, `input1` and so on: the first that is 1 tells the state.
    Bits {
        /// What each bit stands for.
        lines: Vec<State>,
        /// The state while none is 1.
        otherwise: State,
    },
    /// Lamps `input0`, `input1` and so on: the first line all of whose lamps shine as it says tells the state.
    Lamps {
        /// The lines, in order.
        lines: Vec<LampLine>,
        /// The state while none fits.
        otherwise: State,
    },
}

/// A line of a map of lamps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LampLine {
    /// How lamps must shine; those not named may shine as they like.
    pub lights: Vec<(Role, Light)>,
    /// The state they stand for.
    pub state: State,
}

/// How a lamp shines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Light {
    /// It does not.
    Off,
    /// Steadily.
    On,
    /// It goes on and off: at least three edges within three seconds.
    Flashing,
}

impl Light {
    /// Every way to shine.
    pub const ALL: [Light; 3] = [Light::Off, Light::On, Light::Flashing];

    /// The word in configuration and journal.
    pub fn name(self) -> &'static str {
        match self {
            Light::Off => "off",
            Light::On => "on",
            Light::Flashing => "flashing",
        }
    }

    /// The way to shine of that name.
    pub fn parse(name: &str) -> Option<Light> {
        Light::ALL.into_iter().find(|light| light.name() == name)
    }
}

/// When a machine that should be making pieces and makes none stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StopAfter {
    /// As written, in milliseconds; `None` when it follows from the ideal cycle.
    pub written_ms: Option<i64>,
    /// Two polls of the counter, in milliseconds.
    pub polls_ms: i64,
}

impl StopAfter {
    /// Milliseconds without a piece that are a stop: as written, else max(2.5 x ideal cycle, 10 s + 2 polls). The ideal cycle is in
    /// nanoseconds.
    pub fn ms(self, ideal_ns: Option<i64>) -> i64 {
        let by_cycle = ideal_ns.map_or(0, |ns| (ns.saturating_mul(HALF_CYCLES) + 1_000_000) / 2_000_000);
        let derived = by_cycle.max(LEAST_MS + self.polls_ms);
        self.written_ms.unwrap_or(derived).max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_piece_for_two_and_a_half_cycles_is_a_stop_and_never_sooner_than_ten_seconds_and_two_polls() {
        let after = |ideal_ns| {
            let stop_after = StopAfter {
                written_ms: None,
                polls_ms: 2 * 1_000,
            };
            stop_after.ms(ideal_ns)
        };
        assert_eq!(after(Some(12_500_000_000)), 31_250, "2.5 x 12.5 s");
        assert_eq!(after(Some(3_000_000_000)), 12_000, "2.5 x 3 s = 7.5 s; 10 s + 2 x 1 s");
        assert_eq!(after(None), 12_000);
        assert_eq!(after(Some(1_200_000_000_000)), 3_000_000, "2.5 x 20 min");
    }
}
