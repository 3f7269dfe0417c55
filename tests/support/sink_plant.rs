//! A plant of the tests: a ledger in memory, delivered to one sink with waits short enough for a test.

use crate::sink_server::TOKEN;
use gemba::clock::Clock;
use gemba::forward::batch::{Cut, Verdict};
use gemba::forward::delivery::{Delivery, Limits, Next};
use gemba::forward::influx::{Client, Config, Start, Timeouts};
use gemba::forward::line_protocol;
use gemba::model::booking::{Booking, Field};
use gemba::model::ids::MachineId;
use gemba::model::time::Timestamp;
use gemba::store::Booked;
use std::collections::BTreeSet;
use std::io::Write;
use std::time::Duration;
use tempfile::NamedTempFile;

/// The limits of a plant with times a thousand times shorter or so.
pub const QUICK: Limits = Limits {
    cut: Cut {
        rows: 500,
        bytes: 512 * 1024,
    },
    flush_ms: 10,
    backlog_batches: 4,
    points_per_s: 10_000_000,
    gap_ms: 0,
    retry_ms: (4, 40),
    hold_ms: (10, 60),
    busy_max_ms: 100,
};

/// Half a second for everything.
pub const IMPATIENT: Timeouts = Timeouts {
    connect: Duration::from_millis(500),
    request: Duration::from_millis(500),
};

/// A ledger, its delivery to one sink, and what came to quarantine.
pub struct Plant {
    /// What is booked.
    pub ledger: Vec<Booked>,
    /// Under test.
    pub delivery: Delivery,
    /// Under test.
    pub client: Client,
    /// What the sink refused for good.
    pub quarantine: Vec<Verdict>,
    /// Its clock.
    pub clock: Clock,
    /// Where the token is.
    pub token: NamedTempFile,
    random: u64,
}

impl Plant {
    /// A plant with an empty ledger that forwards to this address.
    pub fn new(url: &str, limits: Limits) -> Plant {
        let token = token_file(TOKEN);
        Plant {
            ledger: Vec::new(),
            delivery: Delivery::resume(limits, 0, None, &[]),
            client: Client::new(&config(url, &token), IMPATIENT).unwrap(),
            quarantine: Vec::new(),
            clock: Clock::start(None),
            token,
            random: 0,
        }
    }

    /// Books `count` tallies of one minute each, with as many good pieces as their number.
    pub fn book(&mut self, count: u64) {
        for _ in 0..count {
            let seq = self.newest() + 1;
            self.push(Booking {
                measurement: "gemba_tally",
                tags: vec![("machine", format!("M {}", seq % 7)), ("rev", "0".to_owned())],
                fields: vec![("good", Field::Int(i64::try_from(seq).unwrap()))],
                at: Timestamp(1_795_000_000_000 + i64::try_from(seq).unwrap() * 60_000),
            });
        }
    }

    fn push(&mut self, booking: Booking) {
        self.ledger.push(Booked {
            seq: self.newest() + 1,
            machine: Some(MachineId(1)),
            at: booking.at,
            line: line_protocol::encode(&booking),
        });
    }

    /// The number of the newest booking.
    pub fn newest(&self) -> u64 {
        u64::try_from(self.ledger.len()).unwrap()
    }

    /// Runs until the condition holds, within a minute at most.
    pub async fn run_until(&mut self, what: &str, reached: impl Fn(&Delivery) -> bool) {
        let run = async {
            while !reached(&self.delivery) {
                self.turn().await;
            }
        };
        assert!(
            tokio::time::timeout(Duration::from_secs(60), run).await.is_ok(),
            "never: {what}"
        );
    }

    /// Runs until every booking is confirmed or in quarantine.
    pub async fn run_until_done(&mut self) {
        let newest = self.newest();
        self.run_until("everything is done", |delivery| delivery.position() == (newest, None))
            .await;
    }

    async fn turn(&mut self) {
        self.random = self.random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        match self.delivery.next(self.clock.now(), self.newest()) {
            Next::Wait(until) => {
                let until = until.unwrap_or(self.clock.now().mono_ms + 5);
                tokio::time::sleep_until(self.clock.deadline(until)).await;
            }
            Next::Read { first, last } => {
                let out: BTreeSet<u64> = self.quarantine.iter().map(|verdict| verdict.booking).collect();
                let fits = |row: &&Booked| (first..=last).contains(&row.seq) && !out.contains(&row.seq);
                let rows = self.ledger.iter().filter(fits).cloned().collect();
                let set_aside: Vec<u64> = out.into_iter().collect();
                self.delivery.loaded(1, rows, &set_aside);
            }
            Next::Send { body, .. } => {
                let answer = self.client.write(&body).await;
                self.delivery.answered(&answer, self.clock.now(), self.random);
            }
        }
        self.quarantine.extend(self.delivery.take_verdicts());
    }

    /// What came to quarantine.
    pub fn quarantined(&self) -> Vec<u64> {
        self.quarantine.iter().map(|verdict| verdict.booking).collect()
    }
}

/// A file that holds a token.
pub fn token_file(token: &str) -> NamedTempFile {
    let mut file = NamedTempFile::new().unwrap();
    writeln!(file, "{token}").unwrap();
    file
}

/// What a sink at this address is configured as.
pub fn config(url: &str, token: &NamedTempFile) -> Config {
    Config {
        name: "programme".to_owned(),
        url: url.to_owned(),
        org: "idc".to_owned(),
        bucket: "example-co".to_owned(),
        token_file: token.path().to_owned(),
        flush_ms: 10,
        max_points_per_s: 5_000,
        start: Start::Oldest,
    }
}
