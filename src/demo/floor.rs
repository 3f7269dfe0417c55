//! I/O. The machines that speak MQTT: each publishes when its state changes, and every few seconds what it counted.

use super::device::{Device, Shown};
use super::life::What;
use super::pace::Pace;
use super::plant::{MACHINES, Machine, Wire};
use rumqttc::{AsyncClient, EventLoop, MqttOptions, QoS};
use serde_json::{Map, Value};
use std::net::Ipv4Addr;
use std::time::Duration;
use tokio::time::{sleep, sleep_until};

/// Simulated time between two messages of a machine whose state does not change.
const EVERY_MS: i64 = 5_000;
/// Requests the client keeps: more than a second's messages at the fastest pace (2 machines, 12 beats, a few changes).
const KEPT: usize = 64;
/// Pause after a lost connection: the client itself has none.
const AGAIN: Duration = Duration::from_millis(500);

/// A message as it goes out.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    /// The simulated instant it tells of, in epoch milliseconds.
    pub at: i64,
    /// Where to.
    pub topic: &'static str,
    /// JSON.
    pub payload: String,
}

/// A machine that speaks by itself.
#[derive(Debug)]
pub struct Speaker {
    device: Device,
    topic: &'static str,
    beat: i64,
}

impl Speaker {
    /// Those among the machines of the plant that began at `begin`; they speak from `now` on.
    pub fn all(seed: u64, begin: i64, now: i64) -> Vec<Speaker> {
        let speaks = |(index, machine): (usize, &Machine)| match machine.wire {
            Wire::Mqtt { topic, .. } => {
                let mut device = Device::new(seed, index, begin);
                device.live(now);
                let beat = now - now.rem_euclid(EVERY_MS) + EVERY_MS;
                Some(Speaker { device, topic, beat })
            }
            Wire::Modbus { .. } => None,
        };
        MACHINES.iter().enumerate().filter_map(speaks).collect()
    }

    /// The next message, where it is due by `now`.
    pub fn next(&mut self, now: i64) -> Option<Message> {
        while let Some(event) = self.device.step(now.min(self.beat).saturating_add(1)) {
            if matches!(event.what, What::Turns(_)) {
                return Some(self.message(event.at));
            }
        }
        let at = self.beat;
        (at <= now).then(|| {
            self.beat += EVERY_MS;
            self.message(at)
        })
    }

    /// When there may be a message next, in epoch milliseconds.
    pub fn due(&mut self) -> i64 {
        self.device.next_at().min(self.beat)
    }

    fn message(&self, at: i64) -> Message {
        let json = |shown: Shown| match shown {
            Shown::Int(number) => Value::from(number),
            Shown::Float(number) => Value::from(number),
            Shown::Bit(bit) => Value::from(bit),
            Shown::Word(word) => Value::from(word),
        };
        let points = self.device.points(at).into_iter();
        let mut fields: Map<String, Value> = points.map(|(name, shown)| (name.to_owned(), json(shown))).collect();
        fields.insert("ts".to_owned(), Value::from(at));
        Message {
            at,
            topic: self.topic,
            payload: Value::Object(fields).to_string(),
        }
    }
}

/// Publishes at `port` of 127.0.0.1 until the caller drops it.
pub async fn publish(mut speakers: Vec<Speaker>, port: u16, pace: Pace) {
    let mut options = MqttOptions::new("machines", Ipv4Addr::LOCALHOST.to_string(), port);
    options.set_keep_alive(Duration::from_secs(15));
    let (client, events) = AsyncClient::new(options, KEPT);
    let speak = async {
        loop {
            let now = pace.now();
            for speaker in &mut speakers {
                while let Some(message) = speaker.next(now) {
                    let sent = client.publish(message.topic, QoS::AtLeastOnce, false, message.payload);
                    if let Err(error) = sent.await {
                        tracing::debug!(%error, "a message of a simulated machine was not sent");
                    }
                }
            }
            let due = speakers.iter_mut().map(Speaker::due).min().unwrap_or(i64::MAX);
            sleep_until(pace.deadline(due.min(now + EVERY_MS))).await;
        }
    };
    tokio::join!(speak, carry(events));
}

async fn carry(mut events: EventLoop) {
    loop {
        if let Err(error) = events.poll().await {
            tracing::debug!(%error, "the simulated machines lost their broker");
            sleep(AGAIN).await;
        }
    }
}
