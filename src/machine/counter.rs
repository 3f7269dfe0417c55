//! Pure. Cumulative counters: increase, roll-over, reset, and increases nobody can believe.

use crate::model::settings::{CounterSetting, Resets};
use crate::model::tally::FlagKind;
use crate::model::time::{MINUTE_MS, Timestamp};

/// Counts may come in bursts: a device that copies its counter every few seconds is no faster for it.
const BURST_MS: i64 = 10_000;
/// A step back by less than this share of the last value is neither roll-over nor reset.
const SMALL_STEP_BACK: i128 = 10;

/// The last value of a counter that is believed, and one that is not yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counter {
    /// The believed reading that increases are measured from.
    pub base: Option<Read>,
    /// A reading that could not be believed; the next one decides between the two.
    pub suspect: Option<Read>,
    /// True when the counter was silent before that reading.
    pub suspect_silent: bool,
}

/// A raw value at its instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Read {
    /// The raw counter.
    pub value: i128,
    /// When it was true.
    pub at: Timestamp,
}

/// How fast this counter can believably count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// Thousandths of a count per minute.
    pub milli_per_min: i64,
    /// Counts that one machine cycle adds at once.
    pub per_cycle: i64,
}

/// What lay between the former sample and this one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Between {
    /// The counter was silent longer than its limit.
    pub silent: bool,
    /// A shift began.
    pub shift_began: bool,
    /// Milliseconds in which nothing confirmed the former value.
    pub unseen_ms: i64,
}

/// The increase a sample shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Increase {
    /// Counts to book; never more than the machine made.
    pub pieces: i64,
    /// What else a person should know, and how many pieces it is about.
    pub flag: Option<(FlagKind, i64)>,
    /// True when some of the pieces were made in a silence before the former sample: that one was not to be believed.
    pub over_silence: bool,
}

impl Rate {
    /// The greatest believable increase within `ms`: the rate, and one cycle for the edges of the interval.
    fn limit(self, ms: i64) -> i128 {
        let by_rate = i128::from(self.milli_per_min) * i128::from(ms.max(0)) / (i128::from(MINUTE_MS) * 1000);
        by_rate + i128::from(self.per_cycle.max(1))
    }
}

impl Counter {
    /// Takes the next sample. The first one ever is the base and counts nothing.
    pub fn take(&mut self, read: Read, how: CounterSetting, rate: Rate, between: Between) -> Increase {
        let Some(base) = self.base else {
            self.base = Some(read);
            return Increase::default();
        };
        // While a reading is doubted, nothing confirms the one before it, and only counting on from there refutes it.
        let unseen_ms = between.unseen_ms;
        let (doubted_ms, refutes) = match self.suspect {
            Some(_) => (between.unseen_ms.max(read.at.since(base.at)), read.value >= base.value),
            None => (between.unseen_ms, true),
        };
        let between = Between {
            unseen_ms: doubted_ms,
            ..between
        };
        if let Some(increase) = believable(base, read, how, rate, between).filter(|_| refutes) {
            let over_silence = self.suspect.is_some() && self.suspect_silent;
            *self = Counter::at(read);
            return Increase {
                over_silence,
                ..increase
            };
        }
        let suspect = self.suspect.replace(read);
        self.suspect_silent = between.silent;
        let Some(suspect) = suspect else {
            return Increase::default();
        };
        // The reading nobody believed is not refuted either: the counter goes on from it, and what lies between is held.
        let held = increase_to(base, suspect);
        self.base = Some(suspect);
        let calm = Between {
            silent: false,
            shift_began: false,
            unseen_ms,
        };
        let increase = believable(suspect, read, how, rate, calm).filter(|_| read.value >= suspect.value);
        if increase.is_some() {
            *self = Counter::at(read);
        }
        Increase {
            flag: Some((FlagKind::Held, held)),
            over_silence: false,
            pieces: increase.map_or(0, |increase| increase.pieces),
        }
    }

    /// A counter that stands at a believed reading.
    fn at(read: Read) -> Counter {
        Counter {
            base: Some(read),
            ..Counter::default()
        }
    }

    /// The increase to a reading that nobody believes yet; 0 when there is none, or it went back.
    pub fn suspected(self) -> i64 {
        let both = self.base.zip(self.suspect);
        both.map_or(0, |(base, suspect)| increase_to(base, suspect))
    }
}

fn increase_to(base: Read, suspect: Read) -> i64 {
    clamp(suspect.value - base.value).max(0)
}

fn believable(base: Read, read: Read, how: CounterSetting, rate: Rate, between: Between) -> Option<Increase> {
    let limit = rate.limit(between.unseen_ms.max(BURST_MS));
    // A narrow counter may have turned more than once in a long silence; nobody can tell how often.
    let least = (read.value - base.value).rem_euclid(how.modulus.unwrap_or(i128::MAX));
    if how
        .modulus
        .is_some_and(|modulus| least + modulus <= rate.limit(between.unseen_ms))
    {
        return None;
    }
    if read.value >= base.value {
        let increase = read.value - base.value;
        return (increase <= limit).then(|| Increase {
            pieces: clamp(increase),
            ..Increase::default()
        });
    }
    let wrapped = how.modulus.map(|modulus| modulus - base.value + read.value);
    let rolled = wrapped.filter(|wrapped| (0..=limit).contains(wrapped));
    let reset = reset_increase(base, read, how, between);
    match (rolled, reset) {
        (Some(_), Some((_, true))) => None,
        (Some(wrapped), Some((_, false)) | None) => Some(Increase {
            pieces: clamp(wrapped),
            flag: Some((FlagKind::RollOver, clamp(wrapped))),
            over_silence: false,
        }),
        (None, Some((pieces, _))) if pieces <= limit => Some(Increase {
            pieces: clamp(pieces),
            flag: Some((FlagKind::Reset, clamp(pieces))),
            over_silence: false,
        }),
        (None, Some(_) | None) => None,
    }
}

/// The increase if the counter began again, and whether that was declared to happen just then.
fn reset_increase(base: Read, read: Read, how: CounterSetting, between: Between) -> Option<(i128, bool)> {
    let small_step_back = (base.value - read.value) * SMALL_STEP_BACK < base.value;
    let (from, declared) = match how.resets {
        Resets::Never => return None,
        Resets::Undeclared => (0, false),
        Resets::Power => (0, between.silent),
        Resets::Shift => (0, between.shift_began),
        Resets::Preset(value) => (i128::from(value), true),
    };
    if read.value < from || (small_step_back && !declared) {
        return None;
    }
    Some((read.value - from, declared))
}

fn clamp(pieces: i128) -> i64 {
    i64::try_from(pieces).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 12 counts a minute, one at a time.
    const RATE: Rate = Rate {
        milli_per_min: 12_000,
        per_cycle: 1,
    };
    const CALM: Between = Between {
        silent: false,
        shift_began: false,
        unseen_ms: MINUTE_MS,
    };
    const SILENT: Between = Between {
        silent: true,
        shift_began: false,
        unseen_ms: MINUTE_MS,
    };

    fn how(bits: Option<u32>, resets: Resets) -> CounterSetting {
        CounterSetting {
            modulus: bits.map(|bits| 1i128 << bits),
            resets,
        }
    }

    /// Feeds values one minute apart and gives all increases.
    fn feed(how: CounterSetting, between: Between, values: &[i128]) -> Vec<Increase> {
        let mut counter = Counter::default();
        let read = |(minute, value): (i64, &i128)| Read {
            value: *value,
            at: Timestamp(minute * MINUTE_MS),
        };
        (0..)
            .zip(values)
            .map(read)
            .map(|read| counter.take(read, how, RATE, between))
            .collect()
    }

    fn pieces(increases: &[Increase]) -> i64 {
        increases.iter().map(|increase| increase.pieces).sum()
    }

    #[test]
    fn the_first_sample_counts_nothing_and_later_ones_their_difference() {
        let increases = feed(how(Some(32), Resets::Undeclared), CALM, &[1_000, 1_005, 1_005, 1_012]);
        assert_eq!(
            increases.iter().map(|increase| increase.pieces).collect::<Vec<_>>(),
            [0, 5, 0, 7]
        );
    }

    #[test]
    fn counters_of_every_width_roll_over_whole() {
        for bits in [8, 16, 24, 32, 48, 63, 64] {
            let top = 1i128 << bits;
            let increases = feed(how(Some(bits), Resets::Undeclared), CALM, &[top - 4, top - 1, 6]);
            assert_eq!(
                pieces(&increases),
                3 + 7,
                "{bits} bits: 3 up to the top, then 1 + 6 over it"
            );
            assert_eq!(increases[2].flag, Some((FlagKind::RollOver, 7)));
        }
    }

    #[test]
    fn a_smaller_value_far_from_the_modulus_is_a_reset_and_counts_as_a_lower_bound() {
        let increases = feed(how(Some(16), Resets::Undeclared), CALM, &[500, 4, 9]);
        assert_eq!(pieces(&increases), 4 + 5);
        assert_eq!(increases[1].flag, Some((FlagKind::Reset, 4)));
    }

    #[test]
    fn a_step_that_could_be_roll_over_or_a_declared_reset_is_held() {
        let increases = feed(how(Some(16), Resets::Power), SILENT, &[65_530, 3, 5]);
        assert_eq!(
            pieces(&increases),
            2,
            "only what was counted after the doubtful step: 5 - 3"
        );
        assert_eq!(increases[2].flag, Some((FlagKind::Held, 0)));
        let calm = feed(how(Some(16), Resets::Power), CALM, &[65_530, 3]);
        assert_eq!(
            pieces(&calm),
            9,
            "without a silence no power was lost: 6 + 3 over the modulus"
        );
    }

    #[test]
    fn a_counter_that_never_resets_holds_a_smaller_value() {
        let increases = feed(how(Some(16), Resets::Never), CALM, &[500, 4, 9]);
        assert_eq!((pieces(&increases), increases[2].flag), (5, Some((FlagKind::Held, 0))));
    }

    #[test]
    fn a_preset_counter_counts_from_its_preset() {
        let increases = feed(how(Some(16), Resets::Preset(100)), CALM, &[500, 104]);
        assert_eq!((pieces(&increases), increases[1].flag), (4, Some((FlagKind::Reset, 4))));
    }

    #[test]
    fn a_single_wild_reading_is_forgotten() {
        let increases = feed(how(Some(32), Resets::Undeclared), CALM, &[100, 5_000_000, 110]);
        assert_eq!(pieces(&increases), 10, "110 - 100: within 2 minutes at 12 a minute");
        assert!(increases.iter().all(|increase| increase.flag.is_none()));
    }

    #[test]
    fn a_jump_that_lasts_is_held_and_shown_and_counting_goes_on_from_it() {
        let increases = feed(how(Some(32), Resets::Undeclared), CALM, &[100, 1_000_100, 1_000_105]);
        assert_eq!(pieces(&increases), 5);
        assert_eq!(increases[2].flag, Some((FlagKind::Held, 1_000_000)));
    }

    #[test]
    fn a_machine_faster_than_its_greatest_rate_is_held_step_by_step_and_never_in_silence() {
        let increases = feed(how(Some(32), Resets::Undeclared), CALM, &[0, 100, 200, 300]);
        assert_eq!(pieces(&increases), 0);
        let held: Vec<_> = increases.iter().filter_map(|increase| increase.flag).collect();
        assert_eq!(held, [(FlagKind::Held, 100), (FlagKind::Held, 100)]);
    }

    #[test]
    fn a_small_step_back_is_a_wild_reading_and_not_a_reset() {
        let increases = feed(how(Some(16), Resets::Undeclared), CALM, &[1_000, 995, 1_010]);
        assert_eq!(
            pieces(&increases),
            10,
            "995 is less than 10 % below 1,000: forgotten; 1,010 - 1,000"
        );
    }
}
