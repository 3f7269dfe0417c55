//! I/O. An MQTT broker in this process, on loopback; nothing of it is kept.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::thread;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep};

/// A broker that does not answer after this long will not.
const UP_WITHIN: Duration = Duration::from_secs(5);
/// How often it is looked for.
const LOOK: Duration = Duration::from_millis(20);

/// Starts a broker on a port of 127.0.0.1 and waits until it takes connections. It has no end of its own: it ends with the
/// process.
///
/// # Errors
/// When it refuses its settings, or does not take connections.
pub async fn start(port: u16) -> io::Result<()> {
    let config = toml::from_str(&settings(port)).map_err(io::Error::other)?;
    let mut broker = rumqttd::Broker::new(config);
    thread::Builder::new().name("broker".into()).spawn(move || {
        if let Err(error) = broker.start() {
            tracing::error!(%error, "the simulated plant's MQTT broker ended");
        }
    })?;
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let deadline = Instant::now() + UP_WITHIN;
    loop {
        match TcpStream::connect(address).await {
            Ok(_) => return Ok(()),
            Err(error) if Instant::now() > deadline => return Err(error),
            Err(_) => sleep(LOOK).await,
        }
    }
}

/// Small segments: what nobody fetched within minutes is of no use to anybody.
fn settings(port: u16) -> String {
    format!(
        r#"
id = 0

[router]
id = 0
max_connections = 32
max_outgoing_packet_count = 200
max_segment_size = 131072
max_segment_count = 4

[v4.plant]
name = "plant"
listen = "127.0.0.1:{port}"
next_connection_delay_ms = 1

[v4.plant.connections]
connection_timeout_ms = 5000
max_payload_size = 20480
max_inflight_count = 100
dynamic_filters = true
"#
    )
}
