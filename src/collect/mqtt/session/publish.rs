//! I/O. What a session does with a message: read it for its points, hand it on, or count why not.

use super::{Ended, OTHER_TOPICS, Session, Wait};
use crate::collect::Batch;
use crate::collect::mqtt::lasting::Memory;
use crate::collect::mqtt::message::{self, Message, Oddity, Origin};
use crate::model::reading::AckId;
use rumqttc::Publish;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;

/// Topics nobody uses that one session unsubscribes from.
const MAX_UNSUBSCRIBED: usize = 100;

impl Session<'_> {
    /// Takes one message; it waits while the door is full.
    pub(super) async fn published(&mut self, publish: Publish) -> Result<(), Ended> {
        let now = self.clock.now();
        let number = self.opened.number(&publish);
        let (free, capacity) = self.outbox.room();
        let patience_ms = self.memory.gate.patience_ms(free, capacity, now.mono_ms);
        let wait = match number {
            Some(_) => Wait::Always,
            None => Wait::AtMost(Duration::from_millis(patience_ms)),
        };
        if wait == Wait::AtMost(Duration::ZERO) {
            self.given_up(&publish.topic);
            return Ok(());
        }
        let mut batch = Batch {
            ack: number.map(|number| AckId {
                source: self.id,
                number,
            }),
            ..Batch::default()
        };
        if let Some(topic) = self.topics.find(&publish.topic) {
            let message = Message {
                payload: &publish.payload,
                origin: origin(self.memory, &publish),
                arrived: now.at,
            };
            let given = message::read(topic, message, self.broker.max_packet_bytes);
            for (kind, what) in given.oddities {
                self.memory.notes.add(&publish.topic, kind, what);
            }
            batch.readings = given.readings;
        } else {
            self.unknown(&publish.topic);
        }
        if !self.hand_on(batch, now, wait).await? {
            self.given_up(&publish.topic);
        }
        Ok(())
    }

    /// Counts a message that found no room. What was last published on its topic is now unknown.
    fn given_up(&mut self, topic: &str) {
        self.memory.published.remove(topic);
        let topic = self.topics.find(topic).map_or(OTHER_TOPICS, |_| topic);
        let what = "messages were given up because this agent cannot keep up: publish less often, or with QoS 1";
        self.memory.notes.add(topic, Oddity::Dropped, what.to_owned());
    }

    /// A topic left over in the broker's memory of us, from a configuration of former days.
    fn unknown(&mut self, topic: &str) {
        let what = format!("no point uses the topic {topic:.80?}: unsubscribed from it");
        self.memory.notes.add(OTHER_TOPICS, Oddity::Unknown, what);
        let is_new = self.unsubscribed.len() < MAX_UNSUBSCRIBED && self.unsubscribed.insert(topic.to_owned());
        if is_new && let Err(error) = self.client.try_unsubscribe(topic) {
            tracing::debug!(source = self.name, topic, %error, "not unsubscribed; the next session tries again");
        }
    }
}

/// How the broker came to send this message; remembers it when it was published.
fn origin(memory: &mut Memory, publish: &Publish) -> Origin {
    let mut hasher = DefaultHasher::new();
    publish.payload.hash(&mut hasher);
    let digest = hasher.finish();
    if !publish.retain {
        memory.published.insert(publish.topic.clone(), digest);
        return Origin::Published;
    }
    if memory.published.get(&publish.topic) == Some(&digest) {
        Origin::RetainedKnown
    } else {
        Origin::Retained
    }
}
