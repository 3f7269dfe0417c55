//! A simulated plant behind real sockets on loopback: PLCs over Modbus TCP, machines over MQTT through a broker in this
//! process, an operator over HTTP. It is the same for the same seed, and tells on request what its machines really did.
//!
//! Nobody here shares anything: who needs to know what a machine does at an instant lives its life ([`life`]) on their own
//! up to there.

mod broker;
mod calendar;
mod device;
mod floor;
mod history;
mod life;
mod operator;
mod pace;
mod plant;
mod plant_file;
mod plc;
mod random;
mod silence;
mod telling;
mod truth;

pub use history::write as write_past;
pub use operator::Desk;
pub use pace::Pace;
pub use plant_file::{Ports, text as plant_file};

use calendar::DAY_MS;
use std::future::Future;
use std::io;
use std::net::Ipv4Addr;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

/// How long the plant has lived when somebody first looks at it, in milliseconds.
pub const PAST_MS: i64 = DAY_MS;

/// Which plant: the same seed and beginning give the same lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Story {
    /// Any number.
    pub seed: u64,
    /// Its first instant, in epoch milliseconds.
    pub begin: i64,
}

/// The plant's listening sockets, all on free ports of 127.0.0.1.
#[derive(Debug)]
pub struct Sockets {
    plcs: [TcpListener; plant::PLCS],
    truth: TcpListener,
    broker: u16,
}

impl Sockets {
    /// Takes the ports.
    ///
    /// # Errors
    /// When the system has none.
    pub async fn bind() -> io::Result<Sockets> {
        let free = || TcpListener::bind((Ipv4Addr::LOCALHOST, 0));
        // The broker binds its port by itself, a moment after this one let it go.
        let broker = free().await?.local_addr()?.port();
        Ok(Sockets {
            plcs: [free().await?, free().await?, free().await?],
            truth: free().await?,
            broker,
        })
    }

    /// What the agent's configuration names, with the agent's own port `web`.
    ///
    /// # Errors
    /// When the system does not know the ports it gave.
    pub fn ports(&self, web: u16) -> io::Result<Ports> {
        let [press, cnc, stamp] = &self.plcs;
        let port = |listener: &TcpListener| listener.local_addr().map(|address| address.port());
        Ok(Ports {
            web,
            plcs: [port(press)?, port(cnc)?, port(stamp)?],
            broker: self.broker,
        })
    }

    /// Where the truth is told.
    ///
    /// # Errors
    /// When the system does not know the port it gave.
    pub fn truth_url(&self) -> io::Result<String> {
        Ok(format!("http://{}/truth", self.truth.local_addr()?))
    }
}

/// The plant while it works.
#[derive(Debug)]
pub struct Plant {
    tasks: JoinSet<()>,
}

impl Plant {
    /// Starts all of it. The operator makes the entries of the past day too, which nobody could make before.
    ///
    /// # Errors
    /// When the broker does not start.
    pub async fn start(story: Story, pace: Pace, sockets: Sockets, desk: Desk) -> io::Result<Plant> {
        let Story { seed, begin } = story;
        broker::start(sockets.broker).await?;
        let mut tasks = JoinSet::new();
        for (index, listener) in sockets.plcs.into_iter().enumerate() {
            let plc = plc::Plc::new(seed, index, begin, pace);
            tasks.spawn(until_broken("PLC", plc.serve(listener)));
        }
        let speakers = floor::Speaker::all(seed, begin, pace.now());
        tasks.spawn(floor::publish(speakers, sockets.broker, pace));
        let entries = operator::Entries::new(seed, begin, pace.now() - PAST_MS);
        tasks.spawn(operator::work(entries, desk, pace));
        let told = telling::Plant { seed, begin, pace };
        tasks.spawn(until_broken("teller of the truth", telling::serve(sockets.truth, told)));
        Ok(Plant { tasks })
    }

    /// Ends all of it but the broker, which ends with the process.
    pub async fn stop(mut self) {
        self.tasks.shutdown().await;
    }
}

async fn until_broken(who: &'static str, serves: impl Future<Output = io::Result<()>>) {
    if let Err(error) = serves.await {
        tracing::error!(%error, "the simulated {who} does not listen any more");
    }
}
