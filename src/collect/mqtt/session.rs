//! I/O. One session with a broker: connect, subscribe, hand on what comes, until the connection is gone.
//!
//! Each session has a fresh client: after an error the library's own state may hold what blocks it for ever. One task owns
//! the event loop; acknowledgements reach it through the client's queue, so `poll` is never interrupted to send one.

mod publish;

use super::connect::{connection, forget_session, left, options, usable};
use super::failure::{self, Kind};
use super::lasting::{Lasting, Memory, Opened};
use super::message::Oddity;
use super::topic::Topics;
use super::{Broker, Config};
use crate::clock::Clock;
use crate::collect::{Batch, Outbox};
use crate::model::ids::SourceId;
use crate::model::live::{Link, Note};
use crate::model::reading::{Quality, Reading};
use crate::model::time::Now;
use rumqttc::mqttbytes::QoS;
use rumqttc::{
    AsyncClient, ConnectionError, Event, EventLoop, Outgoing, Packet, SubAck, SubscribeFilter, SubscribeReasonCode,
};
use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;
use tokio::time::Instant;

/// A broker that accepts but does not answer a subscription in this time is given up.
const SUBSCRIBE_WITHIN: Duration = Duration::from_secs(10);
/// Topics in one request: the fewest a well-known broker insists on.
const TOPICS_PER_REQUEST: usize = 8;
/// A message too large to read that ends this many sessions in a row at once is one the broker keeps sending.
const TOO_LARGE_TRIES: u32 = 3;
/// A session that ended within this time, in milliseconds, ended at what the broker had kept.
const AT_ONCE_MS: u64 = 2_000;
/// What messages of topics nobody uses are counted under: their number has no limit.
const OTHER_TOPICS: &str = "(other topics)";

/// Runs one session; gives why it ended, in an operator's words.
pub async fn run(
    id: SourceId,
    name: &str,
    config: &Config,
    outbox: &Outbox,
    clock: &Clock,
    lasting: &Lasting,
) -> String {
    let mut memory = lasting.memory.lock().await;
    let prepared = async {
        let address = usable(config)?;
        let options = options(config, &address).await?;
        Ok((format!("{}:{}", address.0, address.1), options))
    };
    let (address, options) = match prepared.await {
        Ok(prepared) => prepared,
        Err(why) => return why,
    };
    if memory.too_large >= TOO_LARGE_TRIES {
        if let Err(error) = forget_session(options.clone()).await {
            return failure::of(&error, &address).why;
        }
        memory.too_large = 0;
        let what = "the broker kept sending a message too large to read: what it had queued for this agent was thrown \
                    away. Find who publishes it";
        tracing::error!(source = name, "{what}");
        memory.notes.add(OTHER_TOPICS, Oddity::Dropped, what.to_owned());
    }
    let (client, mut events) = connection(options);
    let mut session = Session {
        id,
        name,
        broker: &config.broker,
        client_id: &config.client_id,
        address,
        topics: Topics::new(&config.points),
        outbox,
        clock,
        opened: lasting.open(client.clone()),
        client,
        memory: &mut memory,
        to_ask: VecDeque::new(),
        asked: Vec::new(),
        answer_by: None,
        accepted: None,
        unsubscribed: BTreeSet::new(),
    };
    session.run(&mut events).await
}

struct Session<'a> {
    id: SourceId,
    name: &'a str,
    broker: &'a Broker,
    client_id: &'a str,
    /// For people.
    address: String,
    topics: Topics,
    outbox: &'a Outbox,
    clock: &'a Clock,
    opened: Opened<'a>,
    client: AsyncClient,
    memory: &'a mut Memory,
    /// Subscriptions not yet asked for.
    to_ask: VecDeque<Vec<(String, u8)>>,
    /// Subscriptions the broker has not yet answered.
    asked: Vec<(String, u8)>,
    answer_by: Option<Instant>,
    /// When the broker accepted, in monotonic milliseconds.
    accepted: Option<u64>,
    unsubscribed: BTreeSet<String>,
}

/// Why a session ends.
type Ended = String;

/// How long a batch may wait for room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wait {
    /// The broker keeps the message for us, and all that follow.
    Always,
    /// Then it is given up and counted.
    AtMost(Duration),
}

impl Session<'_> {
    async fn run(&mut self, events: &mut EventLoop) -> Ended {
        loop {
            let polled = match self.answer_by {
                // Ending the wait ends the session, so nothing is lost by interrupting `poll`.
                Some(at) => match tokio::time::timeout_at(at, events.poll()).await {
                    Ok(polled) => polled,
                    Err(_) => return format!("the broker {} does not answer subscriptions", self.address),
                },
                None => events.poll().await,
            };
            let handled = match polled {
                Ok(Event::Outgoing(Outgoing::Disconnect)) => return left(events).await,
                Ok(Event::Outgoing(_)) => Ok(()),
                Ok(Event::Incoming(packet)) => self.incoming(packet).await,
                Err(error) => Err(self.lost(&error)),
            };
            if let Err(ended) = handled {
                return ended;
            }
        }
    }

    async fn incoming(&mut self, packet: Packet) -> Result<(), Ended> {
        match packet {
            Packet::ConnAck(_) => self.accepted().await,
            Packet::SubAck(answer) => self.answered(&answer).await,
            Packet::Publish(publish) => self.published(publish).await,
            Packet::UnsubAck(_)
            | Packet::PingResp
            | Packet::Connect(_)
            | Packet::PubAck(_)
            | Packet::PubRec(_)
            | Packet::PubRel(_)
            | Packet::PubComp(_)
            | Packet::Subscribe(_)
            | Packet::Unsubscribe(_)
            | Packet::PingReq
            | Packet::Disconnect => Ok(()),
        }
    }

    /// Subscribes whether or not the broker remembers us: the configuration may have changed since.
    async fn accepted(&mut self) -> Result<(), Ended> {
        let now = self.clock.now();
        self.accepted = Some(now.mono_ms);
        let filters: Vec<_> = self
            .topics
            .filters()
            .map(|(topic, qos)| (topic.to_owned(), qos))
            .collect();
        self.to_ask = filters.chunks(TOPICS_PER_REQUEST).map(<[_]>::to_vec).collect();
        let link = Link {
            source: self.id,
            up: true,
            at: now.at,
            why: format!("connected to {}", self.address),
        };
        let batch = Batch {
            links: vec![link],
            ..Batch::default()
        };
        self.hand_on(batch, now, Wait::Always).await?;
        self.ask_next()
    }

    fn ask_next(&mut self) -> Result<(), Ended> {
        self.asked = self.to_ask.pop_front().unwrap_or_default();
        self.answer_by = None;
        if self.asked.is_empty() {
            return Ok(());
        }
        let filters = self.asked.iter().map(|(topic, qos)| {
            let qos = if *qos == 0 { QoS::AtMostOnce } else { QoS::AtLeastOnce };
            SubscribeFilter::new(topic.clone(), qos)
        });
        self.answer_by = Some(Instant::now() + SUBSCRIBE_WITHIN);
        self.client
            .try_subscribe_many(filters)
            .map_err(|error| format!("the subscriptions could not be sent: {error}"))
    }

    /// A refused topic is told, and its points are bad: nothing will come for them.
    async fn answered(&mut self, answer: &SubAck) -> Result<(), Ended> {
        let now = self.clock.now();
        let asked = std::mem::take(&mut self.asked);
        if answer.return_codes.len() != asked.len() {
            return Err(format!(
                "the broker {} answers subscriptions it was not asked for",
                self.address
            ));
        }
        let mut batch = Batch::default();
        for ((topic, qos), code) in asked.iter().zip(&answer.return_codes) {
            match code {
                SubscribeReasonCode::Failure => {
                    let what =
                        format!("the broker refuses the subscription to {topic:?}: allow this client to read it");
                    tracing::error!(source = self.name, topic, "{what}");
                    self.memory.notes.add(topic, Oddity::Subscription, what);
                    let points = self.topics.find(topic).map(|topic| topic.points.as_slice());
                    batch
                        .readings
                        .extend(points.unwrap_or_default().iter().map(|point| Reading {
                            point: point.point,
                            at: now.at,
                            received_at: now.at,
                            raw: Err(Quality::BadConfig),
                        }));
                }
                SubscribeReasonCode::Success(QoS::AtMostOnce) if *qos > 0 => {
                    let what = format!("the broker grants only QoS 0 for {topic:?}: messages may be lost");
                    self.memory.notes.add(topic, Oddity::Subscription, what);
                }
                SubscribeReasonCode::Success(_) => {}
            }
        }
        self.hand_on(batch, now, Wait::Always).await?;
        self.ask_next()
    }

    /// Hands a batch on with what is to be told; false when it found no room. While it waits nothing is read from the
    /// broker.
    async fn hand_on(&mut self, mut batch: Batch, now: Now, wait: Wait) -> Result<bool, Ended> {
        self.note(now);
        let is_empty = batch.readings.is_empty() && batch.links.is_empty() && self.memory.untold.is_empty();
        if is_empty && batch.ack.is_none() {
            return Ok(true);
        }
        batch.notes = std::mem::take(&mut self.memory.untold);
        let sent = match wait {
            Wait::Always => Ok(self.outbox.send(batch).await),
            Wait::AtMost(time) => self.outbox.send_within(batch, time).await,
        };
        match sent {
            Ok(true) => Ok(true),
            Ok(false) => Err("the agent is stopping".to_owned()),
            Err(refused) => {
                self.memory.untold = refused.notes;
                Ok(false)
            }
        }
    }

    /// Moves what may be told to where the next batch takes it from; while that is not taken, oddities go on counting.
    fn note(&mut self, now: Now) {
        if !self.memory.untold.is_empty() {
            return;
        }
        for told in self.memory.notes.take_due(now.mono_ms) {
            let (about, what, times) = (told.topic, told.what, told.times);
            tracing::warn!(source = self.name, topic = about, times, "{what}");
            self.memory.untold.push(Note {
                source: self.id,
                about,
                kind: told.kind.name(),
                what,
                times,
                at: now.at,
            });
        }
    }

    /// What to say of a lost connection, and what the next session must know of it.
    fn lost(&mut self, error: &ConnectionError) -> Ended {
        let failure = failure::of(error, &self.address);
        let mono_ms = self.clock.now().mono_ms;
        let Some(lasted) = self.accepted.map(|accepted| mono_ms.saturating_sub(accepted)) else {
            return failure.why;
        };
        let too_large_at_once = failure.kind == Kind::TooLarge && lasted < AT_ONCE_MS;
        self.memory.too_large = if too_large_at_once {
            self.memory.too_large + 1
        } else {
            0
        };
        if failure.kind == Kind::Closed && self.memory.takeover.closed(mono_ms, lasted) {
            let why = format!(
                "the broker {} accepts this agent and soon closes the connection, again and again: most likely another \
                 client uses the client id {:?} too. Give each its own client_id",
                self.address, self.client_id
            );
            tracing::error!(source = self.name, "{why}");
            return why;
        }
        failure.why
    }
}
