//! I/O. Sinks: each sends the ledger on, at its own pace, until the far side has confirmed every booking.

pub mod answer;
pub mod batch;
pub mod delivery;
pub mod health;
pub mod influx;
pub mod lanes;
pub mod ledger;
pub mod line_protocol;

use crate::clock::Clock;
use crate::retry::Backoff;
use crate::store::Writer;
use answer::Answer;
use delivery::{Delivery, Limits, Next};
use health::{Report, SinkHealth};
use influx::{Client, Config, Timeouts};
use ledger::Ledger;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::Instant;

/// How long a request under way may take once the agent stops; with the last flush, a stop takes 5 s at most.
const FINISH: Duration = Duration::from_secs(3);
/// How long the last flush may take. What it cannot deliver is delivered after the next start.
const LAST_FLUSH: Duration = Duration::from_secs(2);
/// How long to sleep when only a new booking can change anything; the sleep is cut short by one.
const IDLE: Duration = Duration::from_secs(60);

/// Sends the ledger in `folder` to the sink until `stop` turns true, or its sender or that of `newest_booking` is gone.
///
/// `newest_booking` is the number of the newest booking on disk; `health` gets a report whenever something changed. For a
/// last flush to hold the last bookings, tell `newest_booking` of them before `stop`. Ends within 5 s of a stop.
pub async fn run(
    config: Config,
    folder: PathBuf,
    writer: Writer,
    newest_booking: watch::Receiver<u64>,
    clock: Arc<Clock>,
    health: watch::Sender<SinkHealth>,
    mut stop: watch::Receiver<bool>,
) {
    let limits = Limits {
        flush_ms: config.flush_ms,
        points_per_s: config.max_points_per_s,
        ..Limits::default()
    };
    let mut report = Report::new(&config.name, clock.now().at, health);
    let client = match Client::new(&config, Timeouts::default()) {
        Ok(client) => client,
        // The configuration was checked before; without an address there is nothing to try.
        Err(what) => return report.broken(&what, true, clock.now().at),
    };
    let mut ledger = Ledger::new(folder, config.name.clone(), writer);
    let mut back_off = Backoff::new(limits.retry_ms.0, limits.retry_ms.1);
    let resume = loop {
        match ledger.resume(config.start).await {
            Ok(resume) => break resume,
            Err(what) => report.broken(&what, false, clock.now().at),
        }
        tokio::select! {
            () = tokio::time::sleep(Duration::from_millis(back_off.failed(random()))) => {}
            () = stopped(&mut stop) => return,
        }
    };
    let mut delivery = Delivery::resume(limits, resume.done, resume.ahead, &resume.held);
    // What was booked before this start is due now, not at the next booking.
    delivery.reaches(resume.newest);
    report.start(resume.quarantined);
    let mut sink = Sink {
        noted: delivery.position(),
        ledger,
        delivery,
        client,
        clock,
        report,
        newest: newest_booking,
    };
    sink.forward(&mut stop).await;
}

/// One sink at work.
struct Sink {
    ledger: Ledger,
    delivery: Delivery,
    client: Client,
    clock: Arc<Clock>,
    report: Report,
    newest: watch::Receiver<u64>,
    /// The position the store was told last.
    noted: (u64, Option<(u64, u64)>),
}

impl Sink {
    async fn forward(&mut self, stop: &mut watch::Receiver<bool>) {
        loop {
            let newest = *self.newest.borrow_and_update();
            let next = self.delivery.next(self.clock.now(), newest);
            self.tell();
            match next {
                Next::Wait(until) => {
                    let until = until.map_or_else(|| Instant::now() + IDLE, |ms| self.clock.deadline(ms));
                    tokio::select! {
                        () = tokio::time::sleep_until(until) => {}
                        changed = self.newest.changed() => if changed.is_err() { break },
                        () = stopped(stop) => break,
                    }
                }
                Next::Read { first, last } => self.read(first, last).await,
                Next::Send { body, .. } => {
                    let answer = tokio::select! {
                        answer = self.client.write(&body) => answer,
                        () = after_stop(stop) => Answer::Lost("the agent stopped".to_owned()),
                    };
                    self.answered(&answer);
                }
            }
            if *stop.borrow() {
                break;
            }
        }
        self.last_flush(Instant::now() + LAST_FLUSH).await;
    }

    /// One more request with what was booked last, unless the sink is in trouble.
    async fn last_flush(&mut self, deadline: Instant) {
        self.delivery.flush_now();
        while self.delivery.trouble().is_none() && Instant::now() < deadline {
            let newest = *self.newest.borrow_and_update();
            match self.delivery.next(self.clock.now(), newest) {
                Next::Wait(Some(until)) => tokio::time::sleep_until(self.clock.deadline(until).min(deadline)).await,
                Next::Wait(None) => break,
                Next::Read { first, last } => self.read(first, last).await,
                Next::Send { body, .. } => {
                    let answer = tokio::time::timeout_at(deadline, self.client.write(&body)).await;
                    self.answered(&answer.unwrap_or_else(|_| Answer::Lost("the agent stopped".to_owned())));
                    break;
                }
            }
        }
        self.tell();
    }

    async fn read(&mut self, first: u64, last: u64) {
        match self.ledger.page(first, last).await {
            Ok(page) => self.delivery.loaded(page.oldest, page.rows, &page.set_aside),
            Err(what) => {
                self.report.broken(&what, false, self.clock.now().at);
                self.delivery.not_loaded(self.clock.now(), random());
            }
        }
    }

    fn answered(&mut self, answer: &Answer) {
        self.delivery.answered(answer, self.clock.now(), random());
    }

    /// Tells store, log and health what is new: the quarantine before the position that passes it.
    fn tell(&mut self) {
        let at = self.clock.now().at;
        let verdicts = self.delivery.take_verdicts();
        if !verdicts.is_empty() {
            self.ledger.quarantine(&verdicts, at);
        }
        let position = self.delivery.position();
        if position != self.noted {
            self.noted = position;
            self.ledger.note(position.0, position.1);
        }
        self.report.tell(&self.delivery, &verdicts, at);
    }
}

/// Resolves when the agent stops.
async fn stopped(stop: &mut watch::Receiver<bool>) {
    // An error means that its sender is gone, which is a stop as well.
    if stop.wait_for(|stop| *stop).await.is_err() {
        tracing::debug!("the agent is gone");
    }
}

/// Resolves when a stop has lasted as long as a request under way may.
async fn after_stop(stop: &mut watch::Receiver<bool>) {
    stopped(stop).await;
    tokio::time::sleep(FINISH).await;
}

/// For jitter; without random numbers of the operating system all waits are of middle length.
fn random() -> u64 {
    getrandom::u64().unwrap_or(u64::MAX / 2)
}
