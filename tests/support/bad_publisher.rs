//! A device that publishes whatever it is told to, without asking whether that makes sense.

use rumqttc::{AsyncClient, MqttOptions, QoS};
use std::time::Duration;
use tokio::runtime::Runtime;

/// Largest message it can send.
const LARGEST: usize = 16_000_000;
/// Messages that wait while the broker hangs.
const QUEUE: usize = 10_000;

/// A client of a broker; it is gone when this is dropped.
pub struct Publisher {
    client: AsyncClient,
    runtime: Runtime,
}

impl Publisher {
    /// Connects to a broker of this computer, again and again when it must.
    pub fn start(port: u16) -> Publisher {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let mut options = MqttOptions::new("plant", "127.0.0.1", port);
        options.set_max_packet_size(LARGEST, LARGEST);
        let (client, mut events) = AsyncClient::new(options, QUEUE);
        runtime.spawn(async move {
            loop {
                if events.poll().await.is_err() {
                    tokio::time::sleep(Duration::from_millis(200)).await;
                }
            }
        });
        Publisher { client, runtime }
    }

    /// Publishes with QoS 1; does not wait for the broker.
    pub fn publish(&self, topic: &str, payload: impl Into<Vec<u8>>) {
        let sent = self.client.publish(topic, QoS::AtLeastOnce, false, payload);
        self.runtime.block_on(sent).unwrap();
    }
}
