//! Pure. What a machine does from an instant on: the same for the same seed, however often and in whatever steps it is asked.

use super::calendar::{self, MINUTE_MS};
use super::plant::{Cause, MACHINES, Machine, Product};
use super::random::Random;
use std::collections::VecDeque;

/// What the machine is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Doing {
    /// Producing.
    Running,
    /// Standing, and nobody says why.
    Stopped,
    /// Being changed over.
    Setup,
    /// Broken.
    Fault,
    /// Waiting for material.
    Material,
    /// Without power.
    Off,
}

/// Something that happens to a machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Event {
    /// When, in epoch milliseconds.
    pub at: i64,
    /// What.
    pub what: What,
}

/// What happens to a machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// It does something else now.
    Turns(Doing),
    /// It makes this product from now on: an index into its products.
    Makes(usize),
    /// A cycle is over.
    Shot {
        /// Bad ones among its pieces.
        rejects: i64,
        /// How long it took.
        cycle_ms: i64,
    },
    /// An operator gives a reason for the stop that holds `anchor`.
    Reason {
        /// Its id in the configuration.
        reason: &'static str,
        /// An instant inside the stop.
        anchor: i64,
    },
}

/// A machine's life, event by event, without end.
#[derive(Debug, Clone)]
pub struct Life {
    machine: &'static Machine,
    random: Random,
    /// Up to here all is planned.
    now: i64,
    doing: Doing,
    product: usize,
    /// Planned after `now`: what it does, and for how long.
    next: VecDeque<(Doing, i64)>,
    happens: VecDeque<Event>,
    /// Reasons that will be given; a stop is over before the next one gets its own.
    given: VecDeque<Event>,
}

/// A fault or a stop without a cause lasts about this long.
const STOP: i64 = 8 * MINUTE_MS;
/// A setup lasts about this long.
const SETUP: i64 = 18 * MINUTE_MS;
/// The power stays away about this long.
const POWER: i64 = 4 * MINUTE_MS;
/// An operator needs at most this long to leave for a break, and to come back.
const LEAVES: i64 = 45_000;
/// Around a power cut the machine stands for this long, so that its counters were read for the last time.
const STANDS: i64 = 20_000;
/// Of a thousand long stops, this many get a reason where the PLC gives none, and where it does.
const UNSAID_PERMILLE: i64 = 600;
const SAID_PERMILLE: i64 = 250;

impl Life {
    /// The life of `MACHINES[index]` from `begin` on.
    pub fn new(seed: u64, index: usize, begin: i64) -> Life {
        let stream = u64::try_from(index).unwrap_or(0) + 1;
        let mut random = Random::new(seed, stream);
        let machine = &MACHINES[index.min(MACHINES.len() - 1)];
        let product = random.between(0, i64::try_from(machine.products.len()).unwrap_or(1) - 1);
        let product = usize::try_from(product).unwrap_or(0);
        let makes = Event {
            at: begin,
            what: What::Makes(product),
        };
        Life {
            machine,
            random,
            now: begin,
            doing: Doing::Stopped,
            product,
            next: VecDeque::new(),
            happens: VecDeque::from([makes]),
            given: VecDeque::new(),
        }
    }

    fn product(&self) -> &'static Product {
        &self.machine.products[self.product]
    }

    /// Plans what it does next and writes down what happens meanwhile.
    fn plan(&mut self) {
        if self.next.is_empty() {
            self.choose();
        }
        let Some((doing, lasts)) = self.next.pop_front() else {
            return;
        };
        let (start, end) = (self.now, self.now + lasts);
        if self.doing == Doing::Setup && doing != Doing::Setup {
            self.product = (self.product + 1) % self.machine.products.len();
            self.happens(start, What::Makes(self.product));
        }
        if doing != self.doing {
            self.happens(start, What::Turns(doing));
        }
        self.doing = doing;
        if doing == Doing::Running {
            self.run(start, end);
        }
        self.now = end;
    }

    fn choose(&mut self) {
        let (pause, resume) = calendar::pause(self.now);
        let nature = &self.machine.nature;
        if pause <= self.now && !nature.through_breaks {
            let late = self.random.between(0, LEAVES);
            self.next.push_back((Doing::Stopped, resume - self.now + late));
        } else if self.doing == Doing::Running {
            self.stop();
        } else {
            let until_short = self.random.around(nature.short_every);
            let early = self.random.between(0, LEAVES);
            let lasts = until_short.max(self.product().ideal_ms * 2);
            let left = pause - early - self.now;
            if nature.through_breaks || lasts < left {
                self.next.push_back((Doing::Running, lasts));
                return;
            }
            if left > 0 {
                self.next.push_back((Doing::Running, left));
            }
            let late = self.random.between(0, LEAVES);
            self.next
                .push_back((Doing::Stopped, resume + late - self.now - left.max(0)));
        }
    }

    /// After a stretch of running: a moment, or long.
    fn stop(&mut self) {
        let nature = &self.machine.nature;
        let is_long = self.random.chance(1_000 * nature.short_every / nature.long_every);
        let cause = is_long.then(|| self.random.weighted(nature.causes)).flatten();
        match cause {
            None => self.stands(Doing::Stopped, nature.short),
            Some(Cause::Fault) => {
                self.stands(Doing::Fault, STOP);
                self.gives(SAID_PERMILLE);
            }
            Some(Cause::Material) => {
                self.stands(Doing::Material, STOP);
            }
            Some(Cause::Setup) => self.stands(Doing::Setup, SETUP),
            Some(Cause::Unsaid) => {
                self.stands(Doing::Stopped, STOP);
                self.gives(UNSAID_PERMILLE);
            }
            Some(Cause::Power) => {
                self.next.push_back((Doing::Stopped, STANDS));
                self.stands(Doing::Off, POWER);
                self.next.push_back((Doing::Stopped, STANDS));
            }
        }
    }

    fn stands(&mut self, doing: Doing, mean: i64) {
        let lasts = self.random.around(mean);
        self.next.push_back((doing, lasts));
    }

    /// An operator may give a reason for the stop that begins now, early or late.
    fn gives(&mut self, permille: i64) {
        let is_given = self.random.chance(permille);
        let after = self.random.between(3 * MINUTE_MS, 20 * MINUTE_MS);
        let reason = self.random.weighted(self.machine.nature.reasons);
        let at = self.given.back().map_or(0, |last| last.at).max(self.now + after);
        if let (true, Some(reason)) = (is_given, reason) {
            let anchor = self.now + 1_000;
            self.given.push_back(Event {
                at,
                what: What::Reason { reason, anchor },
            });
        }
    }

    fn run(&mut self, start: i64, end: i64) {
        let nature = &self.machine.nature;
        let slower = if self.random.chance(nature.slow_permille) {
            133
        } else {
            100
        };
        let pieces = self.product().cavities;
        let cycle = self.product().ideal_ms * nature.pace_percent * slower / 10_000;
        let mut at = start;
        loop {
            let cycle_ms = cycle + self.random.between(-cycle / 50, cycle / 50);
            at += cycle_ms;
            if at >= end {
                return;
            }
            let bad = (0..pieces).filter(|_| self.random.chance(nature.scrap_permille));
            let rejects = i64::try_from(bad.count()).unwrap_or(0);
            self.happens(at, What::Shot { rejects, cycle_ms });
        }
    }

    fn happens(&mut self, at: i64, what: What) {
        self.happens.push_back(Event { at, what });
    }

    /// The next event, without taking it.
    pub fn peek(&mut self) -> Event {
        loop {
            match (self.happens.front(), self.given.front()) {
                (Some(first), Some(given)) if given.at < first.at => return *given,
                (Some(first), _) => return *first,
                (None, _) => self.plan(),
            }
        }
    }

    /// The next event, where it lies before `until`.
    pub fn before(&mut self, until: i64) -> Option<Event> {
        let next = self.peek();
        if next.at >= until {
            return None;
        }
        let is_given = self.given.front() == Some(&next);
        let queue = if is_given { &mut self.given } else { &mut self.happens };
        queue.pop_front()
    }
}

#[cfg(test)]
#[path = "life/tests.rs"]
mod tests;
