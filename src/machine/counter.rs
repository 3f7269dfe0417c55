//! Pure. Cumulative counters: increase, roll-over, reset, and increases nobody can believe.

use crate::model::happened::Remark;
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
    pub suspect: Option<Suspect>,
}

/// A reading that could not be believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Suspect {
    /// What it says.
    pub read: Read,
    /// When the believed reading was confirmed last: all of the increase was made since.
    pub seen: Timestamp,
    /// True when the counter was silent between the two, or nobody knew what the machine did: its pieces are those of a gap.
    pub gap: bool,
    /// The increase to it: the difference, or of a smaller reading that over the modulus; 0 where neither can have been made.
    pub counts: i64,
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
    /// An order came onto the machine, or went off it.
    pub order_changed: bool,
    /// When the former value was confirmed last.
    pub seen: Timestamp,
}

/// The increase a sample shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Increase {
    /// Counts to book; never more than the machine made.
    pub pieces: i64,
    /// What else a person should know, in counts.
    pub flag: Option<Remark>,
    /// True when some of the counts were made in a silence before the former sample: that one was not to be believed.
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
        let doubted = Between {
            seen: self
                .suspect
                .map_or(between.seen, |suspect| suspect.seen.min(between.seen)),
            silent: between.silent || self.suspect.is_some_and(|suspect| suspect.gap),
            ..between
        };
        let refutes = self.suspect.is_none() || read.value >= base.value;
        if let Some(increase) = believable(base, read, how, rate, doubted).filter(|_| refutes) {
            let over_silence = self.suspect.is_some_and(|suspect| suspect.gap);
            *self = Counter::at(read);
            return Increase {
                over_silence,
                ..increase
            };
        }
        let Some(former) = self.suspect else {
            self.suspect = Some(Suspect::new(base, read, how, rate, between));
            return Increase::default();
        };
        // The reading nobody believed is not refuted either: the counter goes on from it, and what lies between is held.
        let calm = Between {
            silent: false,
            shift_began: false,
            order_changed: false,
            ..between
        };
        let from = former.read;
        let increase = believable(from, read, how, rate, calm).filter(|_| read.value >= from.value);
        *self = match increase {
            Some(_) => Counter::at(read),
            None => Counter {
                base: Some(from),
                suspect: Some(Suspect::new(from, read, how, rate, between)),
            },
        };
        Increase {
            flag: Some(Remark {
                gap: former.gap,
                ..remark(FlagKind::Held, former.counts)
            }),
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
}

impl Suspect {
    fn new(base: Read, read: Read, how: CounterSetting, rate: Rate, between: Between) -> Suspect {
        let ahead = read.value - base.value;
        let limit = rate.limit(read.at.since(between.seen).max(BURST_MS));
        // Of the turns that a counter may have made, one is the least.
        let wrapped = how
            .modulus
            .map(|modulus| ahead + modulus)
            .filter(|wrapped| *wrapped <= limit);
        Suspect {
            read,
            seen: between.seen,
            gap: between.silent,
            counts: clamp(if ahead < 0 { wrapped.unwrap_or(0) } else { ahead }),
        }
    }
}

fn believable(base: Read, read: Read, how: CounterSetting, rate: Rate, between: Between) -> Option<Increase> {
    let unseen_ms = read.at.since(between.seen);
    let limit = rate.limit(unseen_ms.max(BURST_MS));
    // A narrow counter may have turned more than once in a long silence; nobody can tell how often.
    let least = (read.value - base.value).rem_euclid(how.modulus.unwrap_or(i128::MAX).max(1));
    if how
        .modulus
        .is_some_and(|modulus| least + modulus <= rate.limit(unseen_ms))
    {
        return None;
    }
    if read.value >= base.value {
        let again = hidden_reset(base, read, how, between).filter(|again| *again <= limit);
        let on = Some(read.value - base.value).filter(|on| *on <= limit);
        return again.into_iter().chain(on).min().map(|least| Increase {
            pieces: clamp(least),
            flag: again.map(|_| remark(FlagKind::Reset, clamp(least))),
            over_silence: false,
        });
    }
    let wrapped = how.modulus.map(|modulus| modulus - base.value + read.value);
    let rolled = wrapped.filter(|wrapped| (0..=limit).contains(wrapped));
    let reset = reset_increase(base, read, how, between);
    match (rolled, reset) {
        (Some(_), Some((_, true))) => None,
        (Some(wrapped), Some((_, false)) | None) => Some(Increase {
            pieces: clamp(wrapped),
            flag: Some(remark(FlagKind::RollOver, clamp(wrapped))),
            over_silence: false,
        }),
        (None, Some((pieces, _))) if pieces <= limit => Some(Increase {
            pieces: clamp(pieces),
            flag: Some(remark(FlagKind::Reset, clamp(pieces))),
            over_silence: false,
        }),
        (None, Some(_) | None) => None,
    }
}

/// The increase if the counter began again in a silence, as was declared, and has passed its last reading since. Nobody can tell
/// whether it did: the lesser of this and the difference is never more than was made, in either case.
fn hidden_reset(base: Read, read: Read, how: CounterSetting, between: Between) -> Option<i128> {
    let reset = reset_increase(base, read, how, between).filter(|_| between.silent);
    reset.filter(|(_, declared)| *declared).map(|(pieces, _)| pieces)
}

/// The increase if the counter began again, and whether that was declared to happen just then.
fn reset_increase(base: Read, read: Read, how: CounterSetting, between: Between) -> Option<(i128, bool)> {
    let small_step_back = (base.value - read.value) * SMALL_STEP_BACK < base.value;
    let (from, declared) = match how.resets {
        Resets::Never => return None,
        Resets::Undeclared => (0, false),
        Resets::Power => (0, between.silent),
        Resets::Shift => (0, between.shift_began),
        Resets::Order => (0, between.order_changed),
        Resets::Preset(value) => (i128::from(value), true),
    };
    if read.value < from || (small_step_back && !declared) {
        return None;
    }
    Some((read.value - from, declared))
}

fn remark(what: FlagKind, amount: i64) -> Remark {
    Remark {
        what,
        amount,
        gap: false,
    }
}

fn clamp(pieces: i128) -> i64 {
    i64::try_from(pieces).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests;
