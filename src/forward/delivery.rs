//! Pure. What a sink gets next and when: what an answer leads to, waits, pace, quarantine, and what is confirmed.

use super::answer::{Answer, Meaning, advice, meaning};
use super::batch::{Batch, Cut, LedgerKey, Step, Verdict, held_back, ledger_key};
use super::lanes::{Lanes, Rhythm, Stretch};
use crate::model::time::{Now, Timestamp};
use crate::retry::Backoff;
use crate::store::Booked;
use std::collections::{BTreeMap, BTreeSet};

/// Keys in quarantine that are remembered so that their corrections wait too: some 1 MB. Beyond it the oldest are
/// forgotten, whose time for corrections is over first.
pub const HELD_MAX: usize = 10_000;

/// The numbers delivery goes by; [`Limits::default`] is what a plant runs with.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Size of a request: 500 rows are a minute of 500 machines, 512 KiB stays below the default limit of common proxies.
    pub cut: Cut,
    /// Time between two flushes while less than a batch waits, in milliseconds.
    pub flush_ms: u64,
    /// Batches of backlog after each batch of what is newest.
    pub backlog_batches: u32,
    /// Points a second at most, so that catching up does not flatten the sink.
    pub points_per_s: u64,
    /// Least time between two requests in milliseconds, which bounds a search for bad rows.
    pub gap_ms: u64,
    /// First and longest wait after an answer that did not come, in milliseconds.
    pub retry_ms: (u64, u64),
    /// First and longest wait while somebody must act, in milliseconds.
    pub hold_ms: (u64, u64),
    /// The longest wait a sink can ask for, in milliseconds.
    pub busy_max_ms: u64,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            cut: Cut {
                rows: 500,
                bytes: 512 * 1024,
            },
            flush_ms: 10_000,
            backlog_batches: 4,
            points_per_s: 5_000,
            gap_ms: 20,
            retry_ms: (1_000, 300_000),
            hold_ms: (30_000, 900_000),
            busy_max_ms: 900_000,
        }
    }
}

/// What the caller does next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// Nothing before this monotonic millisecond, or before a new booking; `None`: not before a new booking or an answer.
    Wait(Option<u64>),
    /// Read these bookings and call [`Delivery::loaded`].
    Read {
        /// First number.
        first: u64,
        /// Last number.
        last: u64,
    },
    /// Send this and call [`Delivery::answered`].
    Send {
        /// Lines of line protocol.
        body: String,
        /// How many they are.
        points: usize,
    },
}

/// What is wrong with a sink.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// A sentence: what, and what to do.
    pub what: String,
    /// True when it does not pass by itself.
    pub act: bool,
    /// Since when.
    pub since: Timestamp,
}

/// Requests since the start, by how they ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Requests {
    /// Confirmed.
    pub confirmed: u64,
    /// Refused because of what was in them, or too large.
    pub refused: u64,
    /// Not answered, or put off.
    pub retried: u64,
    /// Answered so that somebody must act.
    pub held: u64,
}

/// The way of the ledger to one sink: one request at a time.
#[derive(Debug)]
pub struct Delivery {
    limits: Limits,
    lanes: Lanes,
    /// What is being sent, and how many bookings of its stretch are gone.
    batch: Option<(Batch, Stretch, u64)>,
    reading: Option<Stretch>,
    in_flight: bool,
    not_before: u64,
    pace_at: u64,
    retry: Backoff,
    hold: Backoff,
    holds: usize,
    witness: Option<String>,
    held: BTreeMap<LedgerKey, u64>,
    verdicts: Vec<Verdict>,
    lost: u64,
    trouble: Option<Trouble>,
    requests: Requests,
}

impl Delivery {
    /// Goes on after `done`, with the range `ahead` confirmed too. `quarantined` are the bookings already in quarantine
    /// whose corrections have to wait.
    pub fn resume(limits: Limits, done: u64, ahead: Option<(u64, u64)>, quarantined: &[Booked]) -> Delivery {
        let rhythm = Rhythm {
            rows: u64::try_from(limits.cut.rows).unwrap_or(u64::MAX).max(1),
            flush_ms: limits.flush_ms,
            backlog: limits.backlog_batches,
        };
        let mut delivery = Delivery {
            limits,
            lanes: Lanes::new(rhythm, done, ahead),
            batch: None,
            reading: None,
            in_flight: false,
            not_before: 0,
            pace_at: 0,
            retry: Backoff::new(limits.retry_ms.0, limits.retry_ms.1),
            hold: Backoff::new(limits.hold_ms.0, limits.hold_ms.1),
            holds: 0,
            witness: None,
            held: BTreeMap::new(),
            verdicts: Vec::new(),
            lost: 0,
            trouble: None,
            requests: Requests::default(),
        };
        for row in quarantined {
            if let Some(key) = ledger_key(row) {
                delivery.hold_key(key, row.seq);
            }
        }
        delivery
    }

    /// The ledger reaches to booking `newest`.
    pub fn reaches(&mut self, newest: u64) {
        self.lanes.reaches(newest);
    }

    /// What to do at `now`, when the ledger reaches to booking `newest`.
    pub fn next(&mut self, now: Now, newest: u64) -> Next {
        self.lanes.reaches(newest);
        if self.in_flight {
            return Next::Wait(None);
        }
        if now.mono_ms < self.not_before {
            return Next::Wait(Some(self.not_before));
        }
        if let Some((batch, ..)) = &self.batch {
            if now.mono_ms < self.pace_at {
                return Next::Wait(Some(self.pace_at));
            }
            let points = batch.points();
            let pace =
                u64::try_from(points).unwrap_or(u64::MAX).saturating_mul(1_000) / self.limits.points_per_s.max(1);
            self.pace_at = now.mono_ms.saturating_add(pace.max(self.limits.gap_ms));
            self.in_flight = true;
            return Next::Send {
                body: batch.body(),
                points,
            };
        }
        if self.reading.is_none() {
            self.reading = self.lanes.plan(now.mono_ms);
        }
        match self.reading {
            Some(Stretch { first, last, .. }) => Next::Read { first, last },
            None => Next::Wait(self.lanes.due_at()),
        }
    }

    /// Takes the rows [`Next::Read`] asked for. `oldest` is the oldest booking still kept: what is older is gone, and so is
    /// what was asked for and is neither a row nor `set_aside`, the numbers in the sink's quarantine: numbers have no holes.
    pub fn loaded(&mut self, oldest: u64, rows: Vec<Booked>, set_aside: &[u64]) {
        let Some(mut stretch) = self.reading.take() else {
            return;
        };
        let gone = oldest.clamp(stretch.first, self.lanes.newest() + 1) - stretch.first;
        // A long stretch that is gone is passed in one step, not batch by batch.
        stretch.last = stretch.last.max((stretch.first + gone).saturating_sub(1));
        let kept: BTreeSet<u64> = rows
            .iter()
            .map(|row| row.seq)
            .chain(set_aside.iter().copied())
            .collect();
        let kept = u64::try_from(kept.len()).unwrap_or(u64::MAX);
        let lost = (stretch.last - stretch.first + 1).saturating_sub(kept);
        let mut open = Vec::with_capacity(rows.len());
        for row in rows {
            match ledger_key(&row).and_then(|key| self.held.get(&key)) {
                Some(before) if *before < row.seq => self.verdicts.push(held_back(&row, *before)),
                Some(_) | None => open.push(row),
            }
        }
        let mut batch = Batch::new(open, self.holds);
        if let Step::Finished(_) = batch.step(self.limits.cut, None) {
            self.pass(stretch, lost);
        } else {
            self.batch = Some((batch, stretch, lost));
        }
    }

    /// The rows could not be read; they are asked for again after a wait.
    pub fn not_loaded(&mut self, now: Now, random: u64) {
        self.not_before = now.mono_ms.saturating_add(self.retry.failed(random));
    }

    /// Takes the answer to what [`Next::Send`] gave. `random` is uniform over all of u64.
    pub fn answered(&mut self, answer: &Answer, now: Now, random: u64) {
        self.in_flight = false;
        let Some((batch, ..)) = &mut self.batch else {
            return;
        };
        let said = match answer {
            Answer::Status { code, said, .. } => format!("HTTP {code}: {said}"),
            Answer::Lost(what) | Answer::Untrusted(what) | Answer::NotSent(what) => what.clone(),
        };
        match meaning(answer, now.at) {
            Meaning::Confirmed => {
                self.requests.confirmed += 1;
                self.witness = batch.accepted().or(self.witness.take());
                self.retry.succeeded();
                self.hold.succeeded();
                self.trouble = None;
            }
            Meaning::Refused => {
                self.requests.refused += 1;
                batch.refused(&said);
                self.retry.succeeded();
            }
            Meaning::TooLarge => {
                self.requests.refused += 1;
                if let Some(bytes) = batch.too_large(&said) {
                    self.limits.cut.bytes = (bytes / 2).max(1);
                }
                self.retry.succeeded();
            }
            Meaning::Retry => return self.put_off(answer, 0, now, random),
            Meaning::Busy(asked) => {
                let asked = asked.and_then(|ms| u64::try_from(ms).ok()).unwrap_or(0);
                return self.put_off(answer, asked.max(self.limits.retry_ms.0), now, random);
            }
            Meaning::Hold => return self.hold(advice(answer), now, random),
        }
        self.settle(answer, now, random);
    }

    /// Makes what waits due at once.
    pub fn flush_now(&mut self) {
        self.lanes.flush_now();
    }

    /// Everything up to this booking is confirmed or in quarantine, and so is the range.
    pub fn position(&self) -> (u64, Option<(u64, u64)>) {
        self.lanes.position()
    }

    /// Bookings that wait to be sent.
    pub fn backlog(&self) -> u64 {
        self.lanes.backlog()
    }

    /// Takes the bookings to put into quarantine since the last call. Note them before the position.
    pub fn take_verdicts(&mut self) -> Vec<Verdict> {
        std::mem::take(&mut self.verdicts)
    }

    /// Bookings passed over because they were gone from the disk before they could be sent: pruned, or lost in damage.
    pub fn lost(&self) -> u64 {
        self.lost
    }

    /// What is wrong, if anything.
    pub fn trouble(&self) -> Option<&Trouble> {
        self.trouble.as_ref()
    }

    /// How requests ended.
    pub fn requests(&self) -> Requests {
        self.requests
    }

    /// Sees whether the batch has come to its end.
    fn settle(&mut self, answer: &Answer, now: Now, random: u64) {
        let Some((mut batch, stretch, lost)) = self.batch.take() else {
            return;
        };
        match batch.step(self.limits.cut, self.witness.as_deref()) {
            Step::Send => self.batch = Some((batch, stretch, lost)),
            Step::Finished(verdicts) => {
                for verdict in &verdicts {
                    if let Some(key) = verdict.key.clone() {
                        self.hold_key(key, verdict.booking);
                    }
                }
                self.verdicts.extend(verdicts);
                self.pass(stretch, lost);
            }
            Step::AllRefused(_) => self.hold(advice(answer), now, random),
        }
    }

    /// The stretch is behind us; `lost` of its bookings never came to be sent.
    fn pass(&mut self, stretch: Stretch, lost: u64) {
        self.lost += lost;
        self.lanes.confirm(stretch);
    }

    fn put_off(&mut self, answer: &Answer, at_least_ms: u64, now: Now, random: u64) {
        self.requests.retried += 1;
        let back_off = self.retry.failed(random);
        let wait = if at_least_ms > back_off {
            // Not all gateways a sink has turned away may come back in the same instant.
            at_least_ms.saturating_add(random % self.limits.retry_ms.0.max(1))
        } else {
            back_off
        };
        self.not_before = now.mono_ms.saturating_add(wait.min(self.limits.busy_max_ms));
        self.note_trouble(advice(answer), false, now);
    }

    /// Nothing moves until somebody acts; the rows are read anew for the next try, together with later ones.
    fn hold(&mut self, what: String, now: Now, random: u64) {
        self.requests.held += 1;
        self.holds = self.holds.wrapping_add(1);
        self.batch = None;
        self.lanes.abandon();
        let wait = self.hold.failed(random).max(self.limits.hold_ms.0);
        self.not_before = now.mono_ms.saturating_add(wait);
        self.note_trouble(what, true, now);
    }

    fn note_trouble(&mut self, what: String, act: bool, now: Now) {
        let since = self.trouble.as_ref().map_or(now.at, |trouble| trouble.since);
        self.trouble = Some(Trouble { what, act, since });
    }

    fn hold_key(&mut self, key: LedgerKey, booking: u64) {
        let first = self.held.entry(key).or_insert(booking);
        *first = booking.min(*first);
        if self.held.len() > HELD_MAX
            && let Some(oldest) = self
                .held
                .iter()
                .min_by_key(|(_, booking)| **booking)
                .map(|(key, _)| key.clone())
        {
            self.held.remove(&oldest);
        }
    }
}

#[cfg(test)]
mod any_order;
#[cfg(test)]
mod tests;
