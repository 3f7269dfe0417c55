//! I/O. `/api/v1/events`: server-sent events, one connection a page, ended by whichever side has had enough.

use super::App;
use super::keeper::Event;
use super::listen::{Seen, stopped};
use axum::Extension;
use axum::body::{Body, Bytes, HttpBody};
use axum::extract::State;
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::Response;
use hyper::body::Frame;
use serde::Serialize;
use std::convert::Infallible;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::sync::{broadcast, mpsc};
use tokio::time::timeout;

/// Events written and not yet taken by the connection; what comes after waits in the broadcast.
const AHEAD: usize = 32;
/// A page that takes nothing for so long is gone, or will reconnect: three heartbeats.
const PATIENCE: Duration = Duration::from_secs(15);
/// Pause before a page that lost the connection comes again, in milliseconds.
const RETRY_MS: u32 = 2_000;

/// Event `resync`: so many events were lost on the way to this page; it must fetch everything again.
#[derive(Debug, Serialize)]
struct Resync {
    lost: u64,
}

/// Answers with the plant as it is, then with what changes.
pub(super) async fn get(State(app): State<Arc<App>>, Extension(seen): Extension<Seen>) -> Response {
    let (lines, body) = mpsc::channel(AHEAD);
    tokio::spawn(feed(app, lines, seen));
    let mut response = Response::new(Body::new(Lines(body)));
    for (name, value) in [
        (header::CONTENT_TYPE, "text/event-stream"),
        // A proxy that collects an answer before it passes it on would make a live page a dead one.
        (HeaderName::from_static("x-accel-buffering"), "no"),
    ] {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

async fn feed(app: Arc<App>, lines: mpsc::Sender<Bytes>, seen: Seen) {
    // Subscribed first: nothing falls between the snapshot and the first change.
    let mut events = app.keeper.subscribe();
    let mut stopping = pin!(stopped(app.stop.clone()));
    let snapshot = app.keeper.snapshot().await;
    let mut next = Some(written("snapshot", &*snapshot, Some(RETRY_MS)));
    loop {
        if let Some(line) = next.take()
            && !matches!(timeout(PATIENCE, lines.send(line)).await, Ok(Ok(())))
        {
            return;
        }
        seen.now(&app.clock);
        tokio::select! {
            () = lines.closed() => return,
            () = &mut stopping => return,
            event = events.recv() => next = match event {
                Ok(Event { name, data }) => Some(line(name, &data, None)),
                Err(broadcast::error::RecvError::Lagged(lost)) => Some(written("resync", &Resync { lost }, None)),
                Err(broadcast::error::RecvError::Closed) => return,
            },
        }
    }
}

fn written(name: &str, data: &impl Serialize, retry_ms: Option<u32>) -> Bytes {
    match serde_json::to_string(data) {
        Ok(data) => line(name, &data, retry_ms),
        Err(error) => {
            tracing::error!(%error, name, "an event cannot be written");
            Bytes::new()
        }
    }
}

/// An event as the wire has it (HTML, section 9.2.5); JSON has no line ends of its own.
fn line(name: &str, data: &str, retry_ms: Option<u32>) -> Bytes {
    let retry = retry_ms.map(|ms| format!("retry: {ms}\n")).unwrap_or_default();
    format!("{retry}event: {name}\ndata: {data}\n\n").into()
}

/// The body of the answer: what comes through the channel, as it comes.
struct Lines(mpsc::Receiver<Bytes>);

impl HttpBody for Lines {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.0
            .poll_recv(context)
            .map(|line| line.map(|line| Ok(Frame::data(line))))
    }
}
