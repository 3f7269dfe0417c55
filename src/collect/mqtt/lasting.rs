//! I/O. What outlasts a session: the way an acknowledgement reaches the running one, and what the next one must know.

use super::flow::Gate;
use super::notes::Notes;
use super::takeover::Takeover;
use crate::model::live::Note;
use rumqttc::{AsyncClient, Publish, QoS};
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// One per source, shared by its sessions and by whoever acknowledges.
#[derive(Debug, Default)]
pub struct Lasting {
    live: Mutex<Live>,
    pub(super) memory: tokio::sync::Mutex<Memory>,
}

#[derive(Debug, Default)]
struct Live {
    /// Counts sessions, so that an acknowledgement of an old one is known.
    session: u64,
    client: Option<AsyncClient>,
}

/// What a session leaves to the next.
#[derive(Debug, Default)]
pub(super) struct Memory {
    /// What is odd and not yet told.
    pub notes: Notes,
    /// Notes that wait for the next batch; at most one per topic and kind.
    pub untold: Vec<Note>,
    /// Digest of the last published message of each configured topic.
    pub published: BTreeMap<String, u64>,
    /// How often the broker closed on us.
    pub takeover: Takeover,
    /// How often in a row a session ended at once at a message too large to read.
    pub too_large: u32,
    /// Room in the door.
    pub gate: Gate,
}

/// The session that may acknowledge; closed when dropped, also by a panic.
pub(super) struct Opened<'a> {
    lasting: &'a Lasting,
    number: u64,
}

impl Lasting {
    /// Passes an acknowledgement to the broker without waiting; one for a session that is gone is dropped, because the
    /// broker sends that message again.
    pub fn ack(&self, number: u64) {
        let live = self.live();
        let (session, qos, pkid) = unpack(number);
        let Some(client) = live.client.as_ref().filter(|_| live.session == session) else {
            tracing::debug!(
                session,
                pkid,
                "acknowledgement of a session that is gone: the message comes again"
            );
            return;
        };
        let mut publish = Publish::new("", qos, Vec::new());
        publish.pkid = pkid;
        if client.try_ack(&publish).is_err() {
            // The queue holds one for every packet id there is, so this is a client that has just ended.
            tracing::debug!(
                session,
                pkid,
                "the session ended before this acknowledgement: the message comes again"
            );
        }
    }

    /// Asks the running session to take leave of the broker; false when there is none.
    pub fn leave(&self) -> bool {
        self.live()
            .client
            .as_ref()
            .is_some_and(|client| client.try_disconnect().is_ok())
    }

    /// Opens a session: from now on acknowledgements go to `client`.
    pub(super) fn open(&self, client: AsyncClient) -> Opened<'_> {
        let mut live = self.live();
        live.session += 1;
        live.client = Some(client);
        Opened {
            lasting: self,
            number: live.session,
        }
    }

    fn live(&self) -> MutexGuard<'_, Live> {
        self.live.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Opened<'_> {
    /// The number that brings the acknowledgement of this message back; `None` when it needs none.
    pub fn number(&self, publish: &Publish) -> Option<u64> {
        let exactly_once = match publish.qos {
            QoS::AtMostOnce => return None,
            QoS::AtLeastOnce => 0,
            QoS::ExactlyOnce => 1,
        };
        Some(self.number << 17 | exactly_once << 16 | u64::from(publish.pkid))
    }
}

impl Drop for Opened<'_> {
    fn drop(&mut self) {
        self.lasting.live().client = None;
    }
}

/// Session, QoS and packet id of an acknowledgement's number. QoS 2 is never asked for, but a session of former days may
/// hold such messages.
fn unpack(number: u64) -> (u64, QoS, u16) {
    let [.., high, low] = number.to_be_bytes();
    let qos = if number >> 16 & 1 == 1 {
        QoS::ExactlyOnce
    } else {
        QoS::AtLeastOnce
    };
    (number >> 17, qos, u16::from_be_bytes([high, low]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rumqttc::{EventLoop, MqttOptions};

    /// The event loop is kept: its end would close the queue of requests.
    fn client() -> (AsyncClient, EventLoop) {
        AsyncClient::new(MqttOptions::new("id", "127.0.0.1", 1), 1)
    }

    fn publish(qos: QoS, pkid: u16) -> Publish {
        let mut publish = Publish::new("t", qos, Vec::new());
        publish.pkid = pkid;
        publish
    }

    #[test]
    fn the_number_brings_back_session_qos_and_packet_id() {
        let lasting = Lasting::default();
        let (client, _events) = client();
        drop(lasting.open(client.clone()));
        let opened = lasting.open(client);
        assert_eq!(opened.number(&publish(QoS::AtMostOnce, 0)), None);
        for (qos, pkid) in [
            (QoS::AtLeastOnce, 1),
            (QoS::AtLeastOnce, 65_535),
            (QoS::ExactlyOnce, 77),
        ] {
            let number = opened.number(&publish(qos, pkid)).unwrap();
            assert_eq!(unpack(number), (2, qos, pkid));
        }
    }

    #[test]
    fn an_acknowledgement_of_an_old_session_never_reaches_the_new_one() {
        let lasting = Lasting::default();
        let (first, _events) = client();
        let opened = lasting.open(first);
        let old = opened.number(&publish(QoS::AtLeastOnce, 5)).unwrap();
        drop(opened);
        lasting.ack(old);
        let (second, _more_events) = client();
        let opened = lasting.open(second.clone());
        lasting.ack(old);
        let new = opened.number(&publish(QoS::AtLeastOnce, 5)).unwrap();
        lasting.ack(new);
        let room = second.try_publish("x", QoS::AtMostOnce, false, Vec::new());
        assert!(
            room.is_err(),
            "the queue of one holds the new session's acknowledgement"
        );
    }

    #[test]
    fn without_a_session_there_is_nothing_to_leave() {
        let lasting = Lasting::default();
        assert!(!lasting.leave());
        let (client, _events) = client();
        let opened = lasting.open(client);
        assert!(lasting.leave());
        drop(opened);
        assert!(!lasting.leave());
    }
}
