//! Runs a Modbus source against a responder, and checks every value it hands on against what the device holds.

#![allow(dead_code, reason = "each test uses the part it needs")]

use crate::modbus_responder::{bit, register};
use gemba::clock::Clock;
use gemba::collect::modbus::{Area, Config, Connection, Point, run};
use gemba::collect::{Batch, Outbox};
use gemba::model::ids::{PointId, SourceId};
use gemba::model::live::{Link, Note};
use gemba::model::reading::{Quality, Raw, Reading};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::sync::mpsc::Receiver;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout_at};

/// Longest wait of a test for what it expects.
const PATIENCE: Duration = Duration::from_secs(20);

/// A point to read every 50 ms, two registers where it is one of registers.
pub fn point(unit: u8, area: Area, address: u16) -> Point {
    Point {
        point: PointId(0),
        name: format!("m{unit}.at-{address}"),
        unit,
        area,
        address,
        words: if area.is_bits() { 1 } else { 2 },
        poll_ms: 50,
    }
}

/// Two blocks of unit 1 that differ in nothing but their content, and one of unit 2.
pub fn blocks() -> Vec<Point> {
    vec![
        point(1, Area::Holding, 0),
        point(1, Area::Holding, 1_000),
        point(2, Area::Holding, 0),
    ]
}

/// A connection to `address` with the given points, numbered in order; timeout 100 ms.
pub fn config(address: SocketAddr, points: Vec<Point>) -> Config {
    let points = points.into_iter().zip(0..);
    Config {
        connection: Connection {
            url: format!("tcp://{address}"),
            timeout_ms: 100,
            pause_ms: 0,
            after_connect_ms: 0,
            max_registers: 100,
            max_gap: 10,
            holes: Vec::new(),
        },
        points: points
            .map(|(point, number)| Point {
                point: PointId(number),
                ..point
            })
            .collect(),
    }
}

/// A running source and all it has handed on.
pub struct Rig {
    config: Config,
    batches: Receiver<Batch>,
    task: JoinHandle<String>,
    pub readings: Vec<Reading>,
    pub links: Vec<Link>,
    pub notes: Vec<Note>,
}

impl Rig {
    pub fn start(config: Config) -> Rig {
        let (outbox, batches) = Outbox::new(1_000);
        let running = config.clone();
        let task = tokio::spawn(async move {
            let clock = Clock::start(None);
            run(SourceId(3), "press-plc", &running, &outbox, &clock).await
        });
        Rig {
            config,
            batches,
            task,
            readings: Vec::new(),
            links: Vec::new(),
            notes: Vec::new(),
        }
    }

    /// Takes in what is handed on until `enough`; panics when that lasts too long or a value is not the device's.
    pub async fn until(&mut self, what: &str, mut enough: impl FnMut(&Rig) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !enough(self) {
            let Ok(batch) = timeout_at(deadline, self.batches.recv()).await else {
                panic!(
                    "waited in vain for {what}; notes: {:?}; links: {:?}",
                    self.notes, self.links
                );
            };
            let Some(batch) = batch else {
                panic!("the source ended while waiting for {what}: {:?}", self.links);
            };
            self.take(batch);
        }
    }

    /// The readings of a point so far: true for a value, or why there is none.
    pub fn of(&self, point: u32) -> Vec<Result<(), Quality>> {
        let own = self.readings.iter().filter(|reading| reading.point == PointId(point));
        own.map(|reading| reading.raw.as_ref().map(|_| ()).map_err(|quality| *quality))
            .collect()
    }

    /// How many values a point has given.
    pub fn good(&self, point: u32) -> usize {
        self.of(point).iter().filter(|reading| reading.is_ok()).count()
    }

    /// The longest row of failures of a point.
    pub fn worst_row(&self, point: u32) -> usize {
        let readings = self.of(point);
        readings
            .split(|reading| reading.is_ok())
            .map(<[_]>::len)
            .max()
            .unwrap_or(0)
    }

    /// Waits for the source to end by itself and gives its reason.
    pub async fn ended(mut self) -> (String, Rig) {
        let deadline = Instant::now() + PATIENCE;
        let why = timeout_at(deadline, &mut self.task).await.unwrap().unwrap();
        while let Ok(batch) = self.batches.try_recv() {
            self.take(batch);
        }
        (why, self)
    }

    /// Tells the source that nobody listens any more, and waits for its end.
    pub async fn stop(self) -> String {
        drop(self.batches);
        timeout_at(Instant::now() + PATIENCE, self.task).await.unwrap().unwrap()
    }

    fn take(&mut self, batch: Batch) {
        for reading in &batch.readings {
            let point = &self.config.points[reading.point.0 as usize];
            let next = point.address.wrapping_add(1);
            let expected = if point.area.is_bits() {
                Raw::Bit(bit(point.unit, point.address))
            } else if point.words == 1 {
                Raw::Words([register(point.unit, point.address), 0, 0, 0])
            } else {
                Raw::Words([register(point.unit, point.address), register(point.unit, next), 0, 0])
            };
            if let Ok(raw) = &reading.raw {
                assert_eq!(*raw, expected, "{} holds something else", point.name);
            }
            assert_eq!(reading.at, reading.received_at);
        }
        self.readings.extend(batch.readings);
        self.links.extend(batch.links);
        self.notes.extend(batch.notes);
    }
}
