//! Pure. What the client library's errors mean, in an operator's words.

use rumqttc::mqttbytes::Error as Wire;
use rumqttc::{ConnectReturnCode, ConnectionError, StateError};
use std::io;

/// Why a session ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// For people.
    pub why: String,
    /// For the session's own decisions.
    pub kind: Kind,
}

/// The endings that call for more than another try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The broker closed the connection.
    Closed,
    /// A message was too large to be read at all.
    TooLarge,
    /// Anything else.
    Other,
}

/// What to make of an error on the way to or from the broker at `address`.
pub fn of(error: &ConnectionError, address: &str) -> Failure {
    match error {
        ConnectionError::MqttState(state) => of_state(state, address),
        ConnectionError::Io(error) => of_io(error, address),
        ConnectionError::NetworkTimeout => other(format!(
            "the broker {address} does not answer: check the address, the network and the firewall"
        )),
        ConnectionError::FlushTimeout => other(format!("the broker {address} takes nothing more: it hangs")),
        ConnectionError::ConnectionRefused(code) => other(refused(*code, address)),
        ConnectionError::NotConnAck(_) => other(format!(
            "what listens at {address} does not speak MQTT 3.1.1: check the port"
        )),
        ConnectionError::RequestsDone => other("the session was ended".to_owned()),
    }
}

fn of_state(error: &StateError, address: &str) -> Failure {
    match error {
        StateError::ConnectionAborted => closed(address),
        // The codec's own word for an end in the middle of a packet.
        StateError::Deserialization(Wire::Io(error)) if error.kind() == io::ErrorKind::Other => closed(address),
        StateError::Io(error) | StateError::Deserialization(Wire::Io(error)) => of_io(error, address),
        StateError::Deserialization(Wire::PayloadSizeLimitExceeded(bytes)) => Failure {
            why: format!(
                "the broker {address} sent a message of {bytes} bytes, more than this agent reads: find who publishes it"
            ),
            kind: Kind::TooLarge,
        },
        StateError::AwaitPingResp => other(format!(
            "the broker {address} no longer answers: is its computer on, and the network up?"
        )),
        StateError::Deserialization(error) => other(format!(
            "what came from {address} is not MQTT 3.1.1 ({error}): check the port"
        )),
        StateError::InvalidState
        | StateError::Unsolicited(_)
        | StateError::WrongPacket
        | StateError::CollisionTimeout
        | StateError::EmptySubscription => other(format!("the broker {address} broke the protocol ({error})")),
    }
}

fn of_io(error: &io::Error, address: &str) -> Failure {
    use io::ErrorKind as Io;
    let kind = error.kind();
    if matches!(
        kind,
        Io::ConnectionReset | Io::ConnectionAborted | Io::BrokenPipe | Io::UnexpectedEof
    ) {
        return closed(address);
    }
    if kind == Io::ConnectionRefused {
        return other(format!(
            "nothing listens at {address}: is the broker running, is the port right?"
        ));
    }
    other(format!("no connection to the broker {address}: {error}"))
}

fn refused(code: ConnectReturnCode, address: &str) -> String {
    let why = match code {
        ConnectReturnCode::BadUserNamePassword | ConnectReturnCode::NotAuthorized => {
            "does not let this agent in: check username and password_file"
        }
        ConnectReturnCode::BadClientId => "refuses the client id: set client_id",
        ConnectReturnCode::RefusedProtocolVersion => "does not speak MQTT 3.1.1",
        ConnectReturnCode::ServiceUnavailable => "says it is not available now",
        ConnectReturnCode::Success => "answered the connection in a way that makes no sense",
    };
    format!("the broker {address} {why}")
}

fn closed(address: &str) -> Failure {
    Failure {
        why: format!("the broker {address} closed the connection"),
        kind: Kind::Closed,
    }
}

fn other(why: String) -> Failure {
    Failure { why, kind: Kind::Other }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_a_broker_hangs_up_is_one_kind() {
        let reset = || io::Error::from(io::ErrorKind::ConnectionReset);
        for error in [
            ConnectionError::MqttState(StateError::ConnectionAborted),
            ConnectionError::MqttState(StateError::Io(reset())),
            ConnectionError::MqttState(StateError::Deserialization(Wire::Io(reset()))),
            ConnectionError::Io(reset()),
        ] {
            assert_eq!(of(&error, "h:1").kind, Kind::Closed, "{error}");
        }
    }

    #[test]
    fn the_words_say_where_and_what_to_do() {
        let password = ConnectionError::ConnectionRefused(ConnectReturnCode::BadUserNamePassword);
        assert!(of(&password, "h:1").why.contains("password_file"));
        let off = ConnectionError::Io(io::Error::from(io::ErrorKind::ConnectionRefused));
        assert!(of(&off, "h:1").why.contains("nothing listens at h:1"));
        let large = StateError::Deserialization(Wire::PayloadSizeLimitExceeded(9));
        let large = of(&ConnectionError::MqttState(large), "h:1");
        assert_eq!(large.kind, Kind::TooLarge);
        assert!(large.why.contains("9 bytes"));
    }
}
