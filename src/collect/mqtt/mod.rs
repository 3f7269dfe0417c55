//! I/O. MQTT 3.1.1: brokers, what to take from them, and what of a configuration cannot be built.

mod connect;
mod failure;
mod flow;
mod json;
mod lasting;
mod message;
mod notes;
mod secret;
mod session;
mod takeover;
mod time;
mod topic;

pub use lasting::Lasting;
pub use session::run;

use crate::model::ids::PointId;
use secrecy::SecretString;
use serde::Deserialize;
use std::path::PathBuf;

/// Port of a broker whose URL names none: the one registered for MQTT without TLS.
const DEFAULT_PORT: u16 = 1_883;
/// Limits of `max_packet_bytes`. A value needs little; more than the upper one is a picture or a firmware, not a signal.
const PACKET_BYTES: std::ops::RangeInclusive<usize> = 256..=16_777_216;

/// `[source.mqtt.NAME]`: one broker.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Broker {
    /// `mqtt://host:port`.
    pub url: String,
    /// 4 for 3.1.1.
    #[serde(default = "default_version")]
    pub version: u8,
    /// Client id; must be stable and unique at the broker. Default: `gemba-` + site + `-` + source.
    pub client_id: Option<String>,
    /// User name.
    pub username: Option<String>,
    /// File that holds the password; read at each connect. A relative path names a systemd credential.
    pub password_file: Option<PathBuf>,
    /// Largest payload read for values, in bytes; larger ones are counted and told.
    #[serde(default = "default_max_packet_bytes")]
    pub max_packet_bytes: usize,
    /// The password as it was read at the start; used when there is no file, or it cannot be read any more.
    #[serde(skip)]
    pub password: Option<SecretString>,
}

fn default_version() -> u8 {
    4
}

fn default_max_packet_bytes() -> usize {
    262_144
}

/// A broker with the points to take from its messages.
#[derive(Debug, Clone)]
pub struct Config {
    /// How to reach it.
    pub broker: Broker,
    /// The client id in force: the broker's own, or the default made of site and source.
    pub client_id: String,
    /// What to take.
    pub points: Vec<Point>,
}

/// One point in the messages of a topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Point {
    /// Which point the readings are of.
    pub point: PointId,
    /// Machine and name, for messages: `pack-01.made`.
    pub name: String,
    /// The topic (no wildcards).
    pub topic: String,
    /// QoS asked for: 0 or 1.
    pub qos: u8,
    /// JSON pointer (RFC 6901) of the value; `None` when the payload is the bare value.
    pub json: Option<String>,
    /// JSON pointer of the message's own time; `None` to use arrival.
    pub time: Option<String>,
}

impl Broker {
    /// What cannot be used, as (key, text in an operator's words); empty when all is well.
    pub fn check(&self) -> Vec<(&'static str, String)> {
        let mut findings = Vec::new();
        if let Err(why) = address(&self.url) {
            findings.push(("url", why));
        }
        if self.version == 5 {
            findings.push(("version", "version = 5 is not built yet: use 4".to_owned()));
        } else if self.version != 4 {
            let version = self.version;
            findings.push(("version", format!("version = {version} is not MQTT: use 4 (for 3.1.1)")));
        }
        if let Some(why) = self.client_id.as_deref().and_then(client_id_trouble) {
            findings.push(("client_id", why));
        }
        if self.username.is_none() && self.password_file.is_some() {
            let why = "a password needs a user name: set username too";
            findings.push(("username", why.to_owned()));
        }
        if !PACKET_BYTES.contains(&self.max_packet_bytes) {
            let (least, most) = (PACKET_BYTES.start(), PACKET_BYTES.end());
            findings.push((
                "max_packet_bytes",
                format!("max_packet_bytes must be {least} to {most}"),
            ));
        }
        findings
    }
}

impl Point {
    /// What cannot be used, as (key, text in an operator's words); empty when all is well.
    pub fn check(&self) -> Vec<(&'static str, String)> {
        let qos = match self.qos {
            0 | 1 => Ok(()),
            2 => Err("qos = 2 is not built: use 1, which loses nothing either and counts nothing twice".to_owned()),
            qos => Err(format!("qos = {qos} is not MQTT: use 0 or 1")),
        };
        let pointer = |pointer: &Option<String>| pointer.as_deref().map_or(Ok(()), json::check_pointer);
        [
            ("mqtt", topic::check(&self.topic)),
            ("qos", qos),
            ("json", pointer(&self.json)),
            ("time", pointer(&self.time)),
        ]
        .into_iter()
        .filter_map(|(key, result)| result.err().map(|why| (key, why)))
        .collect()
    }
}

/// Host and port of a broker's URL. The text never repeats the URL: somebody may have put a password into it.
fn address(url: &str) -> Result<(String, u16), String> {
    let (scheme, rest) = url.split_once("://").ok_or("write the url as \"mqtt://host:1883\"")?;
    match scheme {
        "mqtt" => {}
        "mqtts" | "ssl" | "tls" => {
            return Err(format!(
                "{scheme}:// (TLS) is not built yet: use \"mqtt://host:1883\" inside a network you trust"
            ));
        }
        "ws" | "wss" => {
            return Err(format!(
                "{scheme}:// (web sockets) is not built: use \"mqtt://host:1883\""
            ));
        }
        _ => return Err("write the url as \"mqtt://host:1883\"".to_owned()),
    }
    if rest.contains('@') {
        return Err("leave user and password out of the url: use username and password_file".to_owned());
    }
    let rest = rest.strip_suffix('/').unwrap_or(rest);
    let (host, port) = match rest.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, port_number(port)?),
        Some(_) | None => (rest, DEFAULT_PORT),
    };
    let is_v6 = host.starts_with('[') && host.ends_with(']');
    let is_name = !host.contains([':', '/', '?', '#', '[', ']']) && !host.contains(char::is_whitespace);
    if host.is_empty() || !(is_v6 || is_name) {
        return Err(
            "the url needs a host name or address and nothing behind the port: \"mqtt://host:1883\"".to_owned(),
        );
    }
    Ok((host.to_owned(), port))
}

fn port_number(text: &str) -> Result<u16, String> {
    let port = text.parse().ok().filter(|port| *port > 0);
    port.ok_or_else(|| "the port in the url must be a number from 1 to 65535".to_owned())
}

/// A persistent session hangs on the client id, so it may not be empty.
fn client_id_trouble(client_id: &str) -> Option<String> {
    if client_id.is_empty() || client_id.chars().any(char::is_control) {
        return Some("client_id must be a name without control characters, unique at the broker".to_owned());
    }
    (client_id.len() > 128).then(|| "client_id may have at most 128 bytes".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn broker(text: &str) -> Broker {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn urls_name_host_and_port_in_the_usual_ways() {
        for (url, host, port) in [
            ("mqtt://broker.plant.lan:1884", "broker.plant.lan", 1_884),
            ("mqtt://10.0.0.5", "10.0.0.5", 1_883),
            ("mqtt://10.0.0.5:1/", "10.0.0.5", 1),
            ("mqtt://[::1]:1883", "[::1]", 1_883),
            ("mqtt://[fe80::1]", "[fe80::1]", 1_883),
        ] {
            assert_eq!(address(url), Ok((host.to_owned(), port)), "{url}");
        }
    }

    #[test]
    fn urls_that_cannot_be_used_are_refused_without_repeating_a_password() {
        for (url, word) in [
            ("mqtts://b:8883", "TLS"),
            ("ws://b", "web sockets"),
            ("http://b", "mqtt://host:1883"),
            ("b:1883", "mqtt://host:1883"),
            ("mqtt://", "host name"),
            ("mqtt://:1883", "host name"),
            ("mqtt://b:1883/plant", "port in the url"),
            ("mqtt://b/plant", "nothing behind"),
            ("mqtt://::1", "host name"),
            ("mqtt://b:0", "1 to 65535"),
            ("mqtt://b:65536", "1 to 65535"),
            ("mqtt://me:hunter2@b:1883", "password_file"),
        ] {
            let why = address(url).unwrap_err();
            assert!(why.contains(word) && !why.contains("hunter2"), "{url}: {why}");
        }
    }

    #[test]
    fn every_finding_of_a_broker_comes_in_one_go() {
        let text = r#"{"url":"mqtts://b","version":5,"client_id":"","password_file":"p","max_packet_bytes":1}"#;
        let findings = broker(text).check();
        let keys: Vec<_> = findings.iter().map(|(key, _)| *key).collect();
        assert_eq!(keys, ["url", "version", "client_id", "username", "max_packet_bytes"]);
        assert_eq!(findings[1].1, "version = 5 is not built yet: use 4");
        assert_eq!(broker(r#"{"url":"mqtt://b"}"#).check(), []);
    }

    #[test]
    fn every_finding_of_a_point_comes_in_one_go() {
        let mut point = Point {
            point: PointId(0),
            name: "m.p".to_owned(),
            topic: "plant/#".to_owned(),
            qos: 2,
            json: Some("good".to_owned()),
            time: Some("ts".to_owned()),
        };
        let keys: Vec<_> = point.check().iter().map(|(key, _)| *key).collect();
        assert_eq!(keys, ["mqtt", "qos", "json", "time"]);
        point.topic = "plant/a".to_owned();
        (point.qos, point.json, point.time) = (1, Some("/good".to_owned()), None);
        assert_eq!(point.check(), []);
    }

    #[test]
    fn a_password_is_never_printed() {
        let mut broker = broker(r#"{"url":"mqtt://b"}"#);
        broker.password = Some(SecretString::from("hunter2"));
        assert!(!format!("{broker:?}").contains("hunter2"));
    }
}
