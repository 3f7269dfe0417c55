//! I/O. Sources: Modbus connections and MQTT brokers, and their addresses.

use super::checker::Checker;
use super::finding::KeyPath;
use super::secret::Secrets;
use super::suggest;
use crate::collect::modbus::{Connection, address};
use crate::collect::mqtt::Broker;

/// A configured source. Broken ones are kept by name, so that what refers to them is not reported as well.
#[derive(Debug, Clone)]
pub struct Source {
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: SourceKind,
    /// How to reach it; `None` when it cannot be used.
    pub reach: Option<Reach>,
}

/// How to reach a source.
#[derive(Debug, Clone)]
pub enum Reach {
    /// A Modbus connection.
    Modbus(Connection),
    /// An MQTT broker.
    Mqtt(Broker),
}

/// The kinds of source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SourceKind {
    /// A Modbus connection.
    Modbus,
    /// An MQTT broker.
    Mqtt,
}

impl SourceKind {
    /// The word in `[source.WORD.NAME]`.
    pub fn word(self) -> &'static str {
        match self {
            SourceKind::Modbus => "modbus",
            SourceKind::Mqtt => "mqtt",
        }
    }
}

/// All sources, Modbus first, in the order of their names.
#[derive(Debug, Clone, Default)]
pub struct Sources(pub Vec<Source>);

impl Sources {
    /// The position of the source `name` of this kind, or a finding at `path`.
    pub fn find(&self, checker: &mut Checker, path: &KeyPath, name: &str, kind: SourceKind) -> Option<usize> {
        let position = self
            .0
            .iter()
            .position(|source| source.kind == kind && source.name == name);
        if position.is_none() {
            let word = kind.word();
            let of_kind = self.0.iter().filter(|source| source.kind == kind);
            let names: Vec<&str> = of_kind.map(|source| source.name.as_str()).collect();
            let instead = if names.is_empty() {
                format!("add [source.{word}.{name}]")
            } else {
                suggest::or_list(name, &names)
            };
            checker.absent(path, format!("there is no [source.{word}.{name}]"), instead);
        }
        position
    }
}

/// Reads `[source.*]`. `site` makes the default client id.
pub fn build(checker: &mut Checker, secrets: &Secrets, site: &str) -> Sources {
    let root = KeyPath::of(&["source"]);
    checker.unknown_keys(&root, &["modbus", "mqtt"]);
    let mut sources = Vec::new();
    for kind in [SourceKind::Modbus, SourceKind::Mqtt] {
        let section = root.join(kind.word());
        for name in checker.ids(&section) {
            let path = section.join(&name);
            if sources.iter().any(|other: &Source| other.name == name) {
                checker.error(
                    &path,
                    "a Modbus source has this name too",
                    "give one of them another name",
                );
            }
            let reach = match kind {
                SourceKind::Modbus => modbus(checker, &path).map(Reach::Modbus),
                SourceKind::Mqtt => mqtt(checker, secrets, &path, site).map(Reach::Mqtt),
            };
            sources.push(Source { name, kind, reach });
        }
    }
    same_client(checker, &sources);
    Sources(sources)
}

/// Notes a URL with a user or password in it, and does not repeat it; true when it holds none.
pub fn no_secret(checker: &mut Checker, path: &KeyPath, url: &str) -> bool {
    let holds = url.contains('@');
    if holds {
        checker.error(
            path,
            "holds a user or a password",
            "write them in keys of their own, secrets by ..._file",
        );
    }
    !holds
}

fn modbus(checker: &mut Checker, path: &KeyPath) -> Option<Connection> {
    let connection: Connection = checker.read(path, &[])?;
    let at = path.join("url");
    if no_secret(checker, &at, &connection.url)
        && let Err(why) = address::endpoint(&connection.url)
    {
        checker.error(&at, why, "");
    }
    let key = |key: &str| path.join(key);
    checker.within(
        &key("timeout_ms"),
        connection.timeout_ms,
        50,
        60_000,
        "milliseconds to wait for an answer",
    );
    let why = "milliseconds between connecting and the first request";
    checker.within(&key("after_connect_ms"), connection.after_connect_ms, 0, 10_000, why);
    checker.within(
        &key("pause_ms"),
        connection.pause_ms,
        0,
        10_000,
        "milliseconds between two requests",
    );
    checker.within(
        &key("max_registers"),
        connection.max_registers,
        2,
        125,
        "the protocol allows no more in a request",
    );
    checker.within(
        &key("max_gap"),
        connection.max_gap,
        0,
        124,
        "a request has at most 125 registers",
    );
    Some(connection)
}

fn mqtt(checker: &mut Checker, secrets: &Secrets, path: &KeyPath, site: &str) -> Option<Broker> {
    let mut broker: Broker = checker.read(path, &[])?;
    let id = || format!("gemba-{site}-{}", path.last());
    broker.client_id.get_or_insert_with(id);
    for (key, why) in broker.check() {
        checker.error(&path.join(key), why, "");
    }
    if broker.username.is_some() && broker.password_file.is_none() {
        let instead = "write password_file if the broker asks for one";
        checker.unused(&path.join("username"), "has no password", instead);
    }
    if let Some(file) = &broker.password_file {
        let (found, password) = secrets.read(checker, &path.join("password_file"), file);
        broker.password_file = Some(found);
        broker.password = password;
    }
    Some(broker)
}

/// Two connections with one client id throw each other off the broker, for ever.
fn same_client(checker: &mut Checker, sources: &[Source]) {
    let brokers = sources.iter().filter_map(|source| match &source.reach {
        Some(Reach::Mqtt(broker)) => Some((source, broker)),
        Some(Reach::Modbus(_)) | None => None,
    });
    let mut seen: Vec<(&str, &Broker)> = Vec::new();
    for (source, broker) in brokers {
        let twin = seen
            .iter()
            .find(|(_, other)| other.url == broker.url && other.client_id == broker.client_id);
        if let Some((name, _)) = twin {
            let what = format!("`{name}` has this client id at this broker too: they would throw each other off");
            let at = KeyPath::of(&["source", "mqtt", &source.name, "client_id"]);
            checker.error(&at, what, "give each a client id of its own");
        }
        seen.push((&source.name, broker));
    }
}
