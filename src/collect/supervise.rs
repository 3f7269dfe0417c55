//! I/O. Keeps one source going: runs it, tells why it ended, backs off and runs it again, whatever it does.

use super::{Batch, Outbox};
use crate::clock::Clock;
use crate::model::ids::SourceId;
use crate::model::live::Link;
use crate::model::time::MINUTE_MS;
use crate::retry::Backoff;
use std::any::Any;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinSet;

/// First pause after a loss, in milliseconds: a broker or PLC that restarts is back about then.
const BASE_MS: u64 = 1_000;
/// Longest pause, in milliseconds: half a minute after a device is back, its source is live again.
const CAP_MS: u64 = 30_000;
/// A connection that lasted this long, in milliseconds, was a good one: the next loss starts with the first pause. It is
/// above the longest pause, so that two clients that push each other out do back off.
const LASTED_MS: u64 = MINUTE_MS.unsigned_abs();
/// While a source stays down its text is renewed at most this often, in milliseconds: people read no faster.
const TELL_EVERY_MS: u64 = MINUTE_MS.unsigned_abs();
/// Time to take leave, when asked to stop.
const LEAVE_WITHIN: Duration = Duration::from_millis(500);

/// What is known of the source to keep going.
#[derive(Debug)]
pub(super) struct Ward {
    /// Its number.
    pub id: SourceId,
    /// Its name as configured.
    pub name: String,
    /// Its own door: shows whether it went up.
    pub outbox: Outbox,
    /// The agent's clock.
    pub clock: Arc<Clock>,
    /// Turns true, or closes, when all is to end.
    pub stopping: watch::Receiver<bool>,
}

/// Keeps a source going until it is to stop; `attempt` makes one run of it, `leave` asks a running one to take leave and
/// tells whether there is any.
pub(super) async fn run<F>(mut ward: Ward, attempt: impl Fn() -> F, leave: impl Fn() -> bool)
where
    F: Future<Output = String> + Send + 'static,
{
    let mut backoff = Backoff::new(BASE_MS, CAP_MS);
    let mut told_mono_ms = None;
    loop {
        let started = ward.clock.now().mono_ms;
        let mut running = JoinSet::new();
        running.spawn(attempt());
        let ended = tokio::select! {
            ended = running.join_next() => ended,
            () = stop(&mut ward.stopping) => {
                if leave() && tokio::time::timeout(LEAVE_WITHIN, running.join_next()).await.is_err() {
                    tracing::debug!(source = ward.name, "no time to take leave");
                }
                return;
            }
        };
        let why = match ended {
            Some(Ok(why)) => why,
            Some(Err(error)) => broke_down(&ward.name, error),
            None => "it did not run".to_owned(),
        };
        let now = ward.clock.now();
        let was_up = ward.outbox.take_up();
        if was_up && now.mono_ms.saturating_sub(started) >= LASTED_MS {
            backoff.succeeded();
        }
        let pause_ms = backoff.failed(random());
        let due = told_mono_ms.is_none_or(|told: u64| now.mono_ms.saturating_sub(told) >= TELL_EVERY_MS);
        if was_up || due {
            told_mono_ms = Some(now.mono_ms);
            // The core writes the line of the log, together with what the source itself tells of its link.
            tracing::debug!(
                source = ward.name,
                tries = backoff.tries(),
                pause_ms,
                why,
                "a run ended"
            );
            if !tell_down(&mut ward, why).await {
                return;
            }
        }
        tokio::select! {
            () = tokio::time::sleep_until(ward.clock.deadline(now.mono_ms.saturating_add(pause_ms))) => {}
            () = stop(&mut ward.stopping) => return,
        }
    }
}

/// False when the agent is stopping.
async fn tell_down(ward: &mut Ward, why: String) -> bool {
    let link = Link {
        source: ward.id,
        up: false,
        at: ward.clock.now().at,
        why,
    };
    let batch = Batch {
        links: vec![link],
        ..Batch::default()
    };
    tokio::select! {
        sent = ward.outbox.send(batch) => sent,
        () = stop(&mut ward.stopping) => false,
    }
}

/// Resolves when all is to end.
async fn stop(stopping: &mut watch::Receiver<bool>) {
    if stopping.wait_for(|stop| *stop).await.is_err() {
        tracing::debug!("nobody holds the sources any more: they end");
    }
}

/// A panic in a source is that source's loss only.
fn broke_down(name: &str, error: tokio::task::JoinError) -> String {
    let what = match error.try_into_panic() {
        Ok(panic) => panic_text(panic.as_ref()),
        Err(error) => error.to_string(),
    };
    tracing::error!(
        source = name,
        "the source broke down by a fault in gemba, please report it: {what}"
    );
    format!("it broke down by a fault in gemba, please report it: {what}")
}

fn panic_text(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("no message").to_owned()
}

/// Without randomness the pause is half its ceiling: no worse than a fixed one.
fn random() -> u64 {
    getrandom::u64().unwrap_or(u64::MAX / 2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU32, Ordering};
    use tokio::sync::mpsc;

    fn ward() -> (Ward, mpsc::Receiver<Batch>, watch::Sender<bool>) {
        let (outbox, batches) = Outbox::new(8);
        let (stop, stopping) = watch::channel(false);
        let ward = Ward {
            id: SourceId(3),
            name: "test".to_owned(),
            outbox,
            clock: Arc::new(Clock::start(None)),
            stopping,
        };
        (ward, batches, stop)
    }

    fn up() -> Batch {
        let link = Link {
            source: SourceId(3),
            up: true,
            at: crate::model::time::Timestamp(0),
            why: "connected".to_owned(),
        };
        Batch {
            links: vec![link],
            ..Batch::default()
        }
    }

    async fn next_link(batches: &mut mpsc::Receiver<Batch>) -> Link {
        let batch = tokio::time::timeout(Duration::from_secs(10), batches.recv()).await;
        batch.unwrap().unwrap().links.pop().unwrap()
    }

    #[tokio::test]
    async fn a_panic_is_told_as_a_loss_and_the_source_runs_again() {
        let (ward, mut batches, _stop) = ward();
        let outbox = ward.outbox.clone();
        let runs = Arc::new(AtomicU32::new(0));
        let attempt = move || {
            let (run, outbox) = (runs.fetch_add(1, Ordering::SeqCst), outbox.clone());
            async move {
                assert!(run > 0, "register map on fire");
                outbox.send(up()).await;
                std::future::pending().await
            }
        };
        let task = tokio::spawn(super::run(ward, attempt, || false));
        let link = next_link(&mut batches).await;
        assert!(!link.up && link.source == SourceId(3));
        assert!(link.why.contains("register map on fire"), "{}", link.why);
        assert!(next_link(&mut batches).await.up, "the second run");
        task.abort();
    }

    #[tokio::test]
    async fn every_loss_is_told_but_a_source_that_stays_down_is_told_once_a_minute() {
        let (ward, mut batches, _stop) = ward();
        let outbox = ward.outbox.clone();
        let runs = Arc::new(AtomicU32::new(0));
        let attempt = move || {
            let (run, outbox) = (runs.fetch_add(1, Ordering::SeqCst), outbox.clone());
            async move {
                if run == 2 {
                    outbox.send(up()).await;
                }
                format!("loss {run}")
            }
        };
        let task = tokio::spawn(super::run(ward, attempt, || false));
        assert_eq!(next_link(&mut batches).await.why, "loss 0");
        assert!(
            next_link(&mut batches).await.up,
            "loss 1 was within the minute and nothing had changed"
        );
        assert_eq!(
            next_link(&mut batches).await.why,
            "loss 2",
            "a change of state is told at once"
        );
        task.abort();
    }

    #[tokio::test]
    async fn a_source_ends_at_once_when_told_to_even_while_the_door_is_full() {
        let (mut ward, _batches, stop) = ward();
        let (outbox, _full) = Outbox::new(1);
        outbox.send(Batch::default()).await;
        ward.outbox = outbox;
        let task = tokio::spawn(super::run(ward, || async { "lost".to_owned() }, || false));
        stop.send_replace(true);
        tokio::time::timeout(Duration::from_secs(1), task)
            .await
            .unwrap()
            .unwrap();
    }

    #[tokio::test]
    async fn a_source_ends_when_nobody_holds_it_any_more() {
        let (ward, _batches, stop) = ward();
        let task = tokio::spawn(super::run(ward, std::future::pending::<String>, || false));
        drop(stop);
        tokio::time::timeout(Duration::from_secs(1), task)
            .await
            .unwrap()
            .unwrap();
    }
}
