//! What 20 machines do and say, minute by minute: the same each time it is played.
#![allow(clippy::unwrap_used, dead_code, reason = "a helper of a test file")]

use super::month_plant::{KINDS, Kind, ideal_s};
use super::month_run::Said;
use gemba::model::fact::Role;
use gemba::model::time::{HOUR_MS, MINUTE_MS, SECOND_MS, Timestamp};

/// Numbers that look random and are the same in each run (splitmix64).
#[derive(Debug, Clone)]
pub struct Random(pub u64);

impl Random {
    /// Any number below `end`.
    pub fn below(&mut self, end: i64) -> i64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((mixed ^ (mixed >> 31)) % end.unsigned_abs()) as i64
    }

    /// True one time in so many.
    pub fn one_in(&mut self, times: i64) -> bool {
        self.below(times) == 0
    }
}

/// A machine, its counters, and its wire.
#[derive(Debug)]
pub struct Life {
    machine: usize,
    kind: Kind,
    random: Random,
    /// What its state register holds, and for how many seconds more.
    code: i128,
    left_s: i64,
    /// Milliseconds of work since its last piece.
    worked_ms: i64,
    made: i128,
    bad: i128,
    /// Its PLC or broker cannot be reached before.
    deaf_until: Timestamp,
    /// Messages on their way, and when they come.
    mail: Vec<(Timestamp, Said)>,
    silent: bool,
}

impl Life {
    /// A machine at the begin of the month; a press's counter is near the end of its 16 bits.
    pub fn new(machine: usize) -> Life {
        let kind = KINDS[machine];
        Life {
            machine,
            kind,
            random: Random(machine as u64 * 7_919 + 1),
            code: 1,
            left_s: 3_600,
            worked_ms: 0,
            made: if kind == Kind::Press { 64_000 } else { 40 },
            bad: 0,
            deaf_until: Timestamp::MIN,
            mail: Vec::new(),
            silent: true,
        }
    }

    /// Lives the minute that ends at `now`, the month's minute of this number; gives what comes to the agent when it is
    /// `there`. People `work` or are at home.
    pub fn minute(&mut self, now: Timestamp, number: i64, works: bool, there: bool) -> Vec<Said> {
        let mut said = self.work(now.plus(-MINUTE_MS), works);
        if self.random.one_in(6_000) {
            self.deaf_until = now.plus((16 + self.random.below(100)) * MINUTE_MS);
        }
        let reached = there && now >= self.deaf_until;
        let counts = (number + self.machine as i64) % 5 == 0;
        match self.kind {
            Kind::Press => {
                said.push(self.said(Role::State, now, self.code));
                if counts {
                    said.push(self.said(Role::Shots, now, self.made % 65_536));
                    said.push(self.said(Role::Reject, now, self.bad % 65_536));
                }
            }
            Kind::Counter if counts => said.push(self.said(Role::Total, now, self.made)),
            Kind::Counter => {}
            Kind::Packer | Kind::Cell => {
                if self.silent || number % 10 == 0 {
                    said.push(self.said(Role::Run, now, i128::from(self.code == 1)));
                }
                if counts {
                    self.post(now);
                }
            }
        }
        self.silent = !reached;
        if !reached {
            return Vec::new();
        }
        said.extend(self.mail.extract_if(.., |(due, _)| *due <= now).map(|(_, said)| said));
        said
    }

    /// Sixty seconds of its life; gives changes of the run bit as they are sent.
    fn work(&mut self, from: Timestamp, works: bool) -> Vec<Said> {
        let mut said = Vec::new();
        let mut second = 0;
        while second < 60 {
            let lasts = self.left_s.min(60 - second);
            if self.code == 1 {
                self.make(lasts * SECOND_MS);
            }
            second += lasts;
            self.left_s -= lasts;
            if self.left_s == 0 {
                self.turn(works);
                if matches!(self.kind, Kind::Packer | Kind::Cell) {
                    let at = from.plus(second * SECOND_MS);
                    said.push(self.said(Role::Run, at, i128::from(self.code == 1)));
                }
            }
        }
        said
    }

    /// Cycles take a tenth longer than the ideal one; one piece in forty is bad.
    fn make(&mut self, ms: i64) {
        self.worked_ms += ms;
        let cycle_ms = ideal_s(self.machine) * 1_100;
        let cycles = self.worked_ms / cycle_ms;
        self.worked_ms %= cycle_ms;
        for _ in 0..cycles {
            let bad = self.random.one_in(40);
            self.bad += i128::from(bad);
            self.made += i128::from(!bad || self.kind == Kind::Press || self.kind == Kind::Counter);
        }
    }

    /// The next thing it does.
    fn turn(&mut self, works: bool) {
        let minutes = |random: &mut Random, from: i64, to: i64| (from * 60) + random.below((to - from) * 60);
        let random = &mut self.random;
        (self.code, self.left_s) = match (works, self.code) {
            (false, _) => (0, minutes(random, 10, 30)),
            (true, 1) => match random.below(10) {
                0..5 => (0, minutes(random, 0, 4) + 5),
                5..7 => (3, minutes(random, 6, 60)),
                7..9 => (4, minutes(random, 3, 30)),
                _ => (2, minutes(random, 15, 40)),
            },
            (true, _) => (1, minutes(random, 15, 150)),
        };
        // A power cut clears what the PLC counts.
        if self.code == 3 && self.random.one_in(30) {
            (self.made, self.bad) = (0, 0);
        }
    }

    /// Sends its counts; one message in 1,500 is late by up to ten hours, one in 300 comes twice, one in 3,000 comes after 80 hours.
    fn post(&mut self, now: Timestamp) {
        let counts = [
            self.said(Role::Good, now, self.made),
            self.said(Role::Reject, now, self.bad),
        ];
        let due = match self.random.below(3_000) {
            0 => now.plus(80 * HOUR_MS),
            1..3 => now.plus((1 + self.random.below(600)) * MINUTE_MS),
            _ => now,
        };
        self.mail.extend(counts.map(|said| (due, said)));
        if self.random.one_in(300) {
            self.mail.extend(counts.map(|said| (due.plus(MINUTE_MS), said)));
        }
    }

    fn said(&self, role: Role, at: Timestamp, value: i128) -> Said {
        Said {
            machine: self.machine,
            role,
            at,
            value,
        }
    }
}
