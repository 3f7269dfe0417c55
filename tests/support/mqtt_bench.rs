//! One MQTT source under supervision, with what it hands on, and a publisher beside it.

#![allow(dead_code, reason = "each test file uses the part it needs")]

use super::mosquitto::Mosquitto;
use gemba::clock::Clock;
use gemba::collect::mqtt::{Broker, Config, Point};
use gemba::collect::{Batch, Collectors, Kind, Outbox, Source};
use gemba::model::ids::{PointId, SourceId};
use gemba::model::reading::{AckId, Quality, Raw, Reading, Value};
use rumqttc::{AsyncClient, Event, EventLoop, MqttOptions, Packet, QoS};
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout, timeout_at};

/// Whatever a test waits for comes within this time, or never.
pub const WITHIN: Duration = Duration::from_secs(30);
/// The topic a [`Plant`] uses to find out that its subscriptions stand.
const PROBE: &str = "gemba/probe";
const PROBE_POINT: PointId = PointId(1_000);

/// A broker with a folder of its own.
pub fn broker() -> (Mosquitto, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    (Mosquitto::start(folder.path()), folder)
}

/// A whole number, well read.
pub fn int(value: i128) -> Result<Value, Quality> {
    Ok(Value::Int(value))
}

/// A point of a topic: QoS 1, bare payload, arrival time.
pub fn point(number: u32, topic: &str) -> Point {
    Point {
        point: PointId(number),
        name: format!("pack-01.p{number}"),
        topic: topic.to_owned(),
        qos: 1,
        json: None,
        time: None,
    }
}

/// The same by JSON pointer.
pub fn field(number: u32, topic: &str, json: &str, time: Option<&str>) -> Point {
    Point {
        json: Some(json.to_owned()),
        time: time.map(str::to_owned),
        ..point(number, topic)
    }
}

/// A configuration of one broker with the client id `agent`.
pub fn config(port: u16, points: &[Point]) -> Config {
    let text = format!("{{\"url\":\"mqtt://127.0.0.1:{port}\"}}");
    let broker: Broker = serde_json::from_str(&text).unwrap();
    let mut points = points.to_vec();
    points.push(point(PROBE_POINT.0, PROBE));
    Config {
        broker,
        client_id: "agent".to_owned(),
        points,
    }
}

/// A running source and the other end of its door.
pub struct Plant {
    pub collectors: Collectors,
    pub batches: mpsc::Receiver<Batch>,
}

impl Plant {
    pub fn start(config: Config) -> Plant {
        Plant::with_room(config, 1_000)
    }

    pub fn with_room(config: Config, capacity: usize) -> Plant {
        let source = Source {
            id: SourceId(0),
            name: "floor".to_owned(),
            kind: Kind::Mqtt(config),
        };
        let (outbox, batches) = Outbox::new(capacity);
        let clock = Arc::new(Clock::start(None));
        let collectors = gemba::collect::start(vec![source], outbox, clock);
        Plant { collectors, batches }
    }

    /// The next batch that has what is wanted; all before it are dropped.
    pub async fn until<T>(&mut self, what: &str, mut wanted: impl FnMut(&Batch) -> Option<T>) -> T {
        let deadline = Instant::now() + WITHIN;
        loop {
            let batch = timeout_at(deadline, self.batches.recv()).await;
            let batch = batch.unwrap_or_else(|_| panic!("waited in vain for {what}"));
            let batch = batch.expect("the door is open");
            if let Some(found) = wanted(&batch) {
                return found;
            }
        }
    }

    /// The next reading of a point with the acknowledgement it waits for.
    pub async fn reading(&mut self, number: u32) -> (Reading, Option<AckId>) {
        let of_point = |batch: &Batch| {
            let found = batch.readings.iter().find(|reading| reading.point.0 == number);
            found.cloned().map(|reading| (reading, batch.ack))
        };
        self.until(&format!("point {number}"), of_point).await
    }

    /// The next reading of a point; its value or quality.
    pub async fn value(&mut self, number: u32) -> Result<Value, Quality> {
        match self.reading(number).await.0.raw {
            Ok(Raw::Value(value)) => Ok(value),
            Ok(other @ (Raw::Words(_) | Raw::Bit(_))) => panic!("MQTT gave {other:?}"),
            Err(quality) => Err(quality),
        }
    }

    /// The text of the next link that goes up or down.
    pub async fn link(&mut self, up: bool) -> String {
        let wanted = |batch: &Batch| {
            batch
                .links
                .iter()
                .find(|link| link.up == up)
                .map(|link| link.why.clone())
        };
        self.until(if up { "a link up" } else { "a link down" }, wanted).await
    }

    /// The next note that holds these words.
    pub async fn note(&mut self, words: &str) -> String {
        let wanted = |batch: &Batch| {
            let notes = batch.notes.iter().map(|note| format!("{}: {}", note.about, note.what));
            notes.into_iter().find(|note| note.contains(words))
        };
        self.until(words, wanted).await
    }

    /// Waits until the subscriptions stand, by publishing to a topic of its own until something comes back.
    pub async fn subscribed(&mut self, publisher: &Publisher) {
        let deadline = Instant::now() + WITHIN;
        loop {
            publisher.fire(PROBE, "1").await;
            let is_probe = |batch: &Batch| batch.readings.iter().any(|reading| reading.point == PROBE_POINT);
            match timeout(Duration::from_millis(50), self.batches.recv()).await {
                Ok(Some(batch)) if is_probe(&batch) => return,
                Ok(Some(_)) | Err(_) => {}
                Ok(None) => panic!("the source ended"),
            }
            assert!(Instant::now() < deadline, "the subscriptions never stood");
        }
    }
}

/// A client of its own that publishes.
pub struct Publisher {
    client: AsyncClient,
    acks: mpsc::Receiver<()>,
    task: tokio::task::JoinHandle<()>,
}

impl Publisher {
    pub fn start(port: u16) -> Publisher {
        let mut options = MqttOptions::new("publisher", "127.0.0.1", port);
        options.set_max_packet_size(16_000_000, 16_000_000);
        let (client, events) = AsyncClient::new(options, 100);
        let (sender, acks) = mpsc::channel(1_000);
        let task = tokio::spawn(pump(events, sender));
        Publisher { client, acks, task }
    }

    /// QoS 1; returns when the broker has it.
    pub async fn publish(&mut self, topic: &str, payload: impl Into<Vec<u8>>) {
        self.send(topic, payload.into(), false).await;
    }

    /// QoS 1, kept by the broker for those who subscribe later.
    pub async fn retain(&mut self, topic: &str, payload: &str) {
        self.send(topic, payload.into(), true).await;
    }

    /// QoS 0; returns at once.
    pub async fn fire(&self, topic: &str, payload: &str) {
        self.client
            .publish(topic, QoS::AtMostOnce, false, payload)
            .await
            .unwrap();
    }

    async fn send(&mut self, topic: &str, payload: Vec<u8>, retain: bool) {
        self.client
            .publish(topic, QoS::AtLeastOnce, retain, payload)
            .await
            .unwrap();
        timeout(WITHIN, self.acks.recv())
            .await
            .expect("the broker takes a message")
            .unwrap();
    }
}

impl Drop for Publisher {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn pump(mut events: EventLoop, acks: mpsc::Sender<()>) {
    loop {
        match events.poll().await {
            Ok(Event::Incoming(Packet::PubAck(_))) => acks.send(()).await.unwrap(),
            Ok(_) => {}
            Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    }
}
