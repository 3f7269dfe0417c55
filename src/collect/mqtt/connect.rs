//! I/O. Options of a connection, and how it is opened or made to be forgotten.

use super::{Broker, Config, secret};
use rumqttc::{AsyncClient, ConnectionError, Event, EventLoop, MqttOptions, NetworkOptions, Outgoing};
use secrecy::{ExposeSecret, SecretString};
use std::time::Duration;

/// A half-open connection is noticed after at most twice this.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// For the connection itself, and for a broker that takes nothing more, in seconds.
const CONNECT_S: u64 = 5;
/// A broker closes at once after a leave; longer is not worth the wait.
const CLOSE_WITHIN: Duration = Duration::from_secs(1);
/// The client's queue: one acknowledgement for each packet id there is, so that none is ever refused, and some room for
/// subscriptions and the leave. It takes memory only as it fills.
const QUEUE: usize = 65_535 + 256;
/// Largest packet read at all, in bytes, unless `max_packet_bytes` is more. It is above that limit because a QoS 1 message
/// that ends the connection would come again for ever: so it is read, told and acknowledged. The library reads ten packets
/// in one go, which bounds the memory of a flood at 40 MiB.
const READ_BYTES: usize = 4_194_304;
/// What a packet has besides its payload at most: the topic and a few bytes.
const HEADER_BYTES: usize = 65_600;

/// Host and port, unless something in the configuration cannot be used.
pub(super) fn usable(config: &Config) -> Result<(String, u16), String> {
    let broker = config.broker.check().into_iter().map(|(_, why)| why);
    let points = config.points.iter().flat_map(|point| {
        let findings = point.check().into_iter();
        findings.map(|(key, why)| format!("point {}, {key}: {why}", point.name))
    });
    let id = super::client_id_trouble(&config.client_id);
    match broker.chain(points).chain(id).next() {
        Some(why) => Err(why),
        None => super::address(&config.broker.url),
    }
}

/// Options of a persistent session; reads the password anew.
pub(super) async fn options(config: &Config, address: &(String, u16)) -> Result<MqttOptions, String> {
    let broker = &config.broker;
    let mut options = MqttOptions::new(&config.client_id, &address.0, address.1);
    let read_bytes = READ_BYTES.max(broker.max_packet_bytes.saturating_add(HEADER_BYTES));
    options
        .set_keep_alive(KEEP_ALIVE)
        .set_clean_session(false)
        .set_manual_acks(true)
        .set_max_packet_size(read_bytes, read_bytes);
    if let Some(user) = &broker.username {
        let password = password(broker).await?;
        options.set_credentials(user, password.as_ref().map_or("", |password| password.expose_secret()));
    }
    Ok(options)
}

/// What the file says now, so that a changed password needs no restart; what it said at the start when it is unreadable.
async fn password(broker: &Broker) -> Result<Option<SecretString>, String> {
    let Some(path) = &broker.password_file else {
        return Ok(broker.password.clone());
    };
    match (secret::read(path).await, &broker.password) {
        (Ok(password), _) => Ok(Some(password)),
        (Err(why), Some(known)) => {
            tracing::warn!(why, "the password read at the start is used");
            Ok(Some(known.clone()))
        }
        (Err(why), None) => Err(why),
    }
}

/// A fresh client with its event loop, not yet connected.
pub(super) fn connection(options: MqttOptions) -> (AsyncClient, EventLoop) {
    let (client, mut events) = AsyncClient::new(options, QUEUE);
    let mut network = NetworkOptions::new();
    network.set_connection_timeout(CONNECT_S);
    network.set_tcp_nodelay(true);
    events.set_network_options(network);
    (client, events)
}

/// Waits until the broker has closed after our leave. A socket closed with something unread is reset, and the broker then
/// throws away what it has not read itself: the last acknowledgements.
pub(super) async fn left(events: &mut EventLoop) -> String {
    if tokio::time::timeout(CLOSE_WITHIN, async { while events.poll().await.is_ok() {} })
        .await
        .is_err()
    {
        tracing::debug!("the broker did not close the connection after the leave");
    }
    "this agent took leave".to_owned()
}

/// Makes the broker forget what it kept for us: a connection that asks for a clean session, and leaves.
pub(super) async fn forget_session(mut options: MqttOptions) -> Result<(), ConnectionError> {
    options.set_clean_session(true);
    let (client, mut events) = connection(options);
    if client.try_disconnect().is_err() {
        return Err(ConnectionError::RequestsDone);
    }
    while events.poll().await? != Event::Outgoing(Outgoing::Disconnect) {}
    left(&mut events).await;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_changed_password_is_used_at_the_next_connect() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("password");
        let text = r#"{"url":"mqtt://b","username":"gemba"}"#;
        let mut broker: Broker = serde_json::from_str(text).unwrap();
        broker.password = Some(SecretString::from("of the start"));
        broker.password_file = Some(path.clone());
        let now = async || password(&broker).await.unwrap().unwrap().expose_secret().to_owned();
        std::fs::write(&path, "changed\n").unwrap();
        assert_eq!(now().await, "changed");
        std::fs::remove_file(&path).unwrap();
        assert_eq!(now().await, "of the start");
        broker.password = None;
        assert!(password(&broker).await.is_err(), "there is none at all");
    }
}
