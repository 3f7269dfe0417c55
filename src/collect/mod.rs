//! I/O. Sources: each runs, backs off and runs again under supervision here. A new source is two files: its own, and its
//! lines in this one.

pub mod modbus;
pub mod mqtt;
mod supervise;

use crate::clock::Clock;
use crate::model::ids::SourceId;
use crate::model::live::{Link, Note};
use crate::model::reading::{AckId, Reading};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::mpsc::error::SendTimeoutError;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

/// All sources together have this long to end; what hangs is cut off.
const STOP_WITHIN: Duration = Duration::from_millis(1_500);

/// What a source hands on in one go.
#[derive(Debug, Default)]
pub struct Batch {
    /// Values, or why there are none, in the order they were read.
    pub readings: Vec<Reading>,
    /// The source went up or down.
    pub links: Vec<Link>,
    /// Things to count and show.
    pub notes: Vec<Note>,
    /// The message behind it, to be acknowledged when its facts are on disk.
    pub ack: Option<AckId>,
}

/// The door of this stage; the agent drains the other end.
#[derive(Debug, Clone)]
pub struct Outbox {
    sender: mpsc::Sender<Batch>,
    /// True once a link went up through this door; each source has its own.
    up: Arc<AtomicBool>,
}

impl Outbox {
    /// A door that holds at most `capacity` batches: a source waits when the core is that far behind.
    pub fn new(capacity: usize) -> (Outbox, mpsc::Receiver<Batch>) {
        let (sender, receiver) = mpsc::channel(capacity);
        let up = Arc::default();
        (Outbox { sender, up }, receiver)
    }

    /// Hands a batch on; waits while the door is full. False when the agent is stopping.
    pub async fn send(&self, batch: Batch) -> bool {
        if batch.links.iter().any(|link| link.up) {
            self.up.store(true, Ordering::Release);
        }
        self.sender.send(batch).await.is_ok()
    }

    /// The same, but waits at most `time`; an error gives the batch back.
    async fn send_within(&self, batch: Batch, time: Duration) -> Result<bool, Batch> {
        match self.sender.send_timeout(batch, time).await {
            Ok(()) => Ok(true),
            Err(SendTimeoutError::Closed(_)) => Ok(false),
            Err(SendTimeoutError::Timeout(batch)) => Err(batch),
        }
    }

    /// Free places and all places.
    fn room(&self) -> (usize, usize) {
        (self.sender.capacity(), self.sender.max_capacity())
    }

    /// The same door for one source.
    fn for_source(&self) -> Outbox {
        Outbox {
            sender: self.sender.clone(),
            up: Arc::default(),
        }
    }

    /// Whether a link went up since the last call.
    fn take_up(&self) -> bool {
        self.up.swap(false, Ordering::AcqRel)
    }
}

/// One configured source with the points to read from it.
#[derive(Debug, Clone)]
pub struct Source {
    /// Its number.
    pub id: SourceId,
    /// Its name as configured, such as `press-plc`.
    pub name: String,
    /// How to reach it and what to read.
    pub kind: Kind,
}

/// The kinds of source.
#[derive(Debug, Clone)]
pub enum Kind {
    /// A Modbus TCP connection with one or more units.
    Modbus(modbus::Config),
    /// An MQTT broker.
    Mqtt(mqtt::Config),
}

/// The running sources; they end when this is dropped.
#[derive(Debug)]
pub struct Collectors {
    tasks: BTreeMap<SourceId, JoinHandle<()>>,
    acks: Acks,
    stop: watch::Sender<bool>,
}

/// The way of acknowledgements back to the sources.
#[derive(Debug, Clone, Default)]
pub struct Acks {
    sessions: BTreeMap<SourceId, Arc<mqtt::Lasting>>,
}

/// Starts every source under supervision of its own; must be called inside a tokio runtime.
pub fn start(sources: Vec<Source>, outbox: Outbox, clock: Arc<Clock>) -> Collectors {
    let (stop, stopping) = watch::channel(false);
    let mut acks = Acks::default();
    let mut tasks = BTreeMap::new();
    for source in sources {
        let lasting = Arc::new(mqtt::Lasting::default());
        acks.sessions.insert(source.id, Arc::clone(&lasting));
        let ward = supervise::Ward {
            id: source.id,
            name: source.name.clone(),
            outbox: outbox.for_source(),
            clock: Arc::clone(&clock),
            stopping: stopping.clone(),
        };
        let id = source.id;
        let (source, held) = (Arc::new(source), Arc::clone(&lasting));
        let (outbox, clock) = (ward.outbox.clone(), Arc::clone(&clock));
        let run = move || {
            run(
                Arc::clone(&source),
                outbox.clone(),
                Arc::clone(&clock),
                Arc::clone(&held),
            )
        };
        tasks.insert(id, tokio::spawn(supervise::run(ward, run, move || lasting.leave())));
    }
    Collectors { tasks, acks, stop }
}

impl Acks {
    /// Acknowledges a message to where it came from, without waiting. One of a connection that is gone is dropped: the
    /// broker sends that message again.
    pub fn ack(&self, ack: AckId) {
        match self.sessions.get(&ack.source) {
            Some(session) => session.ack(ack.number),
            None => tracing::warn!(
                source = ack.source.0,
                "acknowledgement for a source that does not exist"
            ),
        }
    }
}

impl Collectors {
    /// The way of acknowledgements back to the sources.
    pub fn acks(&self) -> Acks {
        self.acks.clone()
    }

    /// Ends all sources within two seconds; acknowledgements given before still go out.
    pub async fn stop(self) {
        self.stop.send_replace(true);
        let deadline = tokio::time::Instant::now() + STOP_WITHIN;
        for (id, mut task) in self.tasks {
            match tokio::time::timeout_at(deadline, &mut task).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => tracing::error!(source = id.0, %error, "a source's supervisor broke down"),
                Err(_) => {
                    tracing::warn!(source = id.0, "a source did not end in time and was cut off");
                    task.abort();
                }
            }
        }
    }
}

/// One attempt of a source; gives why it ended, in an operator's words.
async fn run(source: Arc<Source>, outbox: Outbox, clock: Arc<Clock>, lasting: Arc<mqtt::Lasting>) -> String {
    match &source.kind {
        Kind::Modbus(config) => modbus::run(source.id, &source.name, config, &outbox, &clock).await,
        Kind::Mqtt(config) => mqtt::run(source.id, &source.name, config, &outbox, &clock, &lasting).await,
    }
}
