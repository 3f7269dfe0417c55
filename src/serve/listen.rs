//! I/O. The accept loop: many connections, none for ever, and always room for one more.

use super::control::Control;
use crate::clock::Clock;
use axum::Router;
use axum::body::Body;
use axum::http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use std::io;
use std::net::IpAddr;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio::sync::watch;
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::{sleep, sleep_until, timeout};

/// Connections at once: half the file descriptors a process has by default, ten times the screens of a large plant.
const CONNECTIONS: usize = 512;
/// A request's header fits one packet; this is also how long an idle connection is kept for the next request.
const HEADER_WAIT: Duration = Duration::from_secs(5);
/// Bytes of a header: as browsers and proxies have it.
const HEADER_BYTES: usize = 16 * 1024;
/// A connection of no use for so long ends after its request, so that one whose reader has stopped reading ends at all.
const SILENT: Duration = Duration::from_secs(300);
/// How long a request under way may go on after that, and after `stop`; `serve` promises 3 s.
const DRAIN: Duration = Duration::from_secs(2);
/// Pause after a failed accept (no file descriptors left), so that it is no hot loop.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Where a request came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Peer {
    /// An address of the plant network.
    Network(IpAddr),
    /// This computer's own commands.
    Control,
}

/// Where connections come in.
pub(super) trait Door {
    /// One of them.
    type Stream: AsyncRead + AsyncWrite + Unpin + Send + 'static;

    /// The next one.
    fn accept(&self) -> impl Future<Output = io::Result<(Self::Stream, Peer)>> + Send;
}

impl Door for TcpListener {
    type Stream = TcpStream;

    async fn accept(&self) -> io::Result<(TcpStream, Peer)> {
        let (stream, peer) = TcpListener::accept(self).await?;
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "a connection ended before it began");
        }
        Ok((stream, Peer::Network(peer.ip())))
    }
}

impl Door for Control {
    type Stream = UnixStream;

    async fn accept(&self) -> io::Result<(UnixStream, Peer)> {
        Ok((Control::accept(self).await?, Peer::Control))
    }
}

/// When a connection was last of use, so that one that still tells something is not taken for silent.
#[derive(Debug, Clone)]
pub(super) struct Seen(Arc<AtomicU64>);

impl Seen {
    /// It is of use now.
    pub(super) fn now(&self, clock: &Clock) {
        self.0.store(clock.now().mono_ms, Ordering::Relaxed);
    }
}

/// Accepts until `stop`, then ends within [`DRAIN`].
pub(super) async fn run(door: impl Door, router: Router, clock: Arc<Clock>, stop: watch::Receiver<bool>) {
    let mut open = JoinSet::new();
    let mut guests: Vec<Guest> = Vec::new();
    let mut stopping = pin!(stopped(stop.clone()));
    loop {
        tokio::select! {
            () = &mut stopping => break,
            Some(ended) = open.join_next() => note(ended),
            accepted = door.accept() => match accepted {
                Ok((stream, peer)) => {
                    make_room(&mut guests);
                    let last = Arc::new(AtomicU64::new(clock.now().mono_ms));
                    let visit = Visit {
                        peer,
                        router: router.clone(),
                        clock: Arc::clone(&clock),
                        last: Arc::clone(&last),
                    };
                    let handle = open.spawn(visit.serve(stream, stop.clone()));
                    guests.push(Guest { handle, last });
                }
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted; the others go on");
                    sleep(ACCEPT_PAUSE).await;
                }
            },
        }
    }
    drop(door);
    let all_ended = async { while open.join_next().await.is_some() {} };
    if timeout(DRAIN + Duration::from_millis(500), all_ended).await.is_err() {
        tracing::warn!("some requests were cut at the stop of the agent");
    }
}

/// A connection as the accept loop knows it.
struct Guest {
    handle: AbortHandle,
    /// Monotonic milliseconds when its last request began, or its last event was taken.
    last: Arc<AtomicU64>,
}

/// When all places are taken, the connection whose last request began longest ago gives its place up: silent ones and
/// those that no longer read go before any that works.
fn make_room(guests: &mut Vec<Guest>) {
    guests.retain(|guest| !guest.handle.is_finished());
    while guests.len() >= CONNECTIONS {
        let oldest = (0..guests.len()).min_by_key(|index| guests[*index].last.load(Ordering::Relaxed));
        if let Some(index) = oldest {
            guests.swap_remove(index).handle.abort();
        }
    }
}

/// What one connection needs.
struct Visit {
    peer: Peer,
    router: Router,
    clock: Arc<Clock>,
    last: Arc<AtomicU64>,
}

impl Visit {
    async fn serve<S>(self, stream: S, stop: watch::Receiver<bool>)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let Visit {
            peer,
            router,
            clock,
            last,
        } = self;
        let service = TowerToHyperService::new(router.into_service::<Body>());
        let seen = Seen(Arc::clone(&last));
        let now = Arc::clone(&clock);
        let service = service_fn(move |request: Request<Incoming>| {
            seen.now(&now);
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(peer);
            request.extensions_mut().insert(seen.clone());
            hyper::service::Service::call(&service, request)
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEADER_WAIT)
            .max_header_size(HEADER_BYTES)
            .serve_connection(TokioIo::new(stream), service);
        let mut connection = pin!(connection);
        let ended = tokio::select! {
            ended = connection.as_mut() => Some(ended),
            () = stopped(stop) => None,
            () = silent(&last, &clock) => None,
        };
        if let Some(Err(error)) = &ended {
            tracing::debug!(?peer, %error, "a connection broke off");
        }
        if ended.is_none() {
            connection.as_mut().graceful_shutdown();
            if timeout(DRAIN, connection).await.is_err() {
                tracing::debug!(?peer, "a connection was cut: it did not end by itself");
            }
        }
    }
}

/// Resolves when a connection was of no use for [`SILENT`].
async fn silent(last: &AtomicU64, clock: &Clock) {
    let silent_ms = u64::try_from(SILENT.as_millis()).unwrap_or(u64::MAX);
    let silent_ms = silent_ms.saturating_mul(u64::from(clock.rate()));
    loop {
        let ends = last.load(Ordering::Relaxed).saturating_add(silent_ms);
        if clock.now().mono_ms >= ends {
            return;
        }
        sleep_until(clock.deadline(ends)).await;
    }
}

/// Resolves when `stop` turns true or nobody is left to turn it.
pub(super) async fn stopped(mut stop: watch::Receiver<bool>) {
    if stop.wait_for(|stop| *stop).await.is_err() {
        tracing::debug!("nobody is left to stop the web side; it stops by itself");
    }
}

/// A connection that panicked takes nothing with it but itself, and is told of.
fn note(ended: Result<(), tokio::task::JoinError>) {
    if let Err(error) = ended
        && error.is_panic()
    {
        tracing::error!(%error, "a request failed inside the agent; please report it with the log");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn when_all_places_are_taken_the_one_idle_longest_goes() {
        let mut open = JoinSet::new();
        let mut guests: Vec<Guest> = (0..CONNECTIONS as u64)
            .map(|index| Guest {
                handle: open.spawn(std::future::pending()),
                // The 77th began its last request before all others.
                last: Arc::new(AtomicU64::new(if index == 77 { 5 } else { 1_000 + index })),
            })
            .collect();
        let oldest = guests[77].handle.clone();
        make_room(&mut guests);
        assert_eq!(guests.len(), CONNECTIONS - 1);
        let ended: Result<(), _> = open.join_next().await.unwrap();
        assert!(ended.unwrap_err().is_cancelled());
        assert!(oldest.is_finished());
        make_room(&mut guests);
        assert_eq!(guests.len(), CONNECTIONS - 1, "there is room already");
    }

    #[tokio::test]
    async fn a_connection_that_has_ended_takes_no_place() {
        let mut open = JoinSet::new();
        let mut guests: Vec<Guest> = (0..CONNECTIONS)
            .map(|_| Guest {
                handle: open.spawn(async {}),
                last: Arc::new(AtomicU64::new(0)),
            })
            .collect();
        while open.join_next().await.is_some() {}
        make_room(&mut guests);
        assert!(guests.is_empty());
    }
}
