//! Pure. An entry as it is sent: keys and types only.

use serde::Deserialize;

/// Entries in one request: what a device gathers in a shift offline; with 64 KiB there are 650 bytes for each.
pub(in crate::serve) const ENTRIES: usize = 100;

/// An entry as sent: its kind, and the object of that name.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::serve) struct Wire {
    /// Unique among the sender's entries.
    pub key: String,
    /// Id of the machine; empty where the entry is about a line.
    #[serde(default)]
    pub machine: String,
    pub kind: Kind,
    pub source: Option<String>,
    pub at: Option<When>,
    pub age_ms: Option<i64>,
    pub reason: Option<Reason>,
    pub scrap: Option<Pieces>,
    pub rework: Option<Pieces>,
    pub reworked: Option<Reworked>,
    pub product: Option<Product>,
    pub order: Option<Order>,
    pub planned_stop: Option<PlannedStop>,
    pub first_off: Option<FirstOff>,
    pub cavities: Option<Cavities>,
    pub headcount: Option<Headcount>,
    pub hand_count: Option<HandCount>,
    pub held: Option<Held>,
    pub service: Option<Service>,
    pub close: Option<Close>,
    pub accept: Option<Accept>,
    pub unlock: Option<Unlock>,
    pub undo: Option<Undo>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::serve) enum Kind {
    Reason,
    Scrap,
    Rework,
    Reworked,
    Product,
    Order,
    PlannedStop,
    FirstOff,
    Cavities,
    Headcount,
    HandCount,
    Held,
    Service,
    Close,
    Accept,
    Unlock,
    Undo,
}

impl Kind {
    /// The name of its object.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Reason => "reason",
            Kind::Scrap => "scrap",
            Kind::Rework => "rework",
            Kind::Reworked => "reworked",
            Kind::Product => "product",
            Kind::Order => "order",
            Kind::PlannedStop => "planned_stop",
            Kind::FirstOff => "first_off",
            Kind::Cavities => "cavities",
            Kind::Headcount => "headcount",
            Kind::HandCount => "hand_count",
            Kind::Held => "held",
            Kind::Service => "service",
            Kind::Close => "close",
            Kind::Accept => "accept",
            Kind::Unlock => "unlock",
            Kind::Undo => "undo",
        }
    }
}

/// An instant with its offset, or milliseconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(
    untagged,
    expecting = "expected an instant with its offset, such as \"2026-11-21T14:05:00+07:00\", or whole milliseconds since 1970"
)]
pub(in crate::serve) enum When {
    Ms(i64),
    Text(String),
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::serve) struct Reason {
    pub reason: String,
    pub anchor: Option<When>,
    pub from: Option<When>,
    pub to: Option<When>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::serve) struct Pieces {
    pub pieces: i64,
    #[serde(default)]
    pub reason: String,
    pub scope: Option<Scope>,
}

/// What the time of a count means.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(
    untagged,
    expecting = "expected \"now\", \"shift\", {\"shift\": \"2026-11-21.2\"} or {\"order\": \"ID\"}"
)]
pub(in crate::serve) enum Scope {
    Word(Word),
    Shift { shift: String },
    Order { order: String },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::serve) enum Word {
    Now,
    Shift,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::serve) struct Reworked {
    pub pieces: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::serve) struct Product {
    pub product: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::serve) struct Order {
    pub order: String,
    pub act: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::serve) struct PlannedStop {
    pub from: Option<When>,
    pub until: When,
    #[serde(default)]
    pub reason: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::serve) struct FirstOff {}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::serve) struct Cavities {
    pub active: u32,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::serve) struct Headcount {
    pub people: f64,
    #[serde(default)]
    pub line: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::serve) struct HandCount {
    pub from: When,
    pub until: Option<When>,
    pub pieces: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::serve) struct Held {
    pub role: String,
    pub at: When,
    pub release: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::serve) struct Service {
    pub on: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::serve) struct Close {
    pub shift: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::serve) struct Accept {
    pub seq: Option<u64>,
    pub entry: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::serve) struct Unlock {
    pub shift: String,
    pub until: Option<When>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::serve) struct Undo {
    pub entry: String,
}

impl Wire {
    /// The names of the objects it has.
    pub fn objects(&self) -> Vec<&'static str> {
        let there = [
            (Kind::Reason, self.reason.is_some()),
            (Kind::Scrap, self.scrap.is_some()),
            (Kind::Rework, self.rework.is_some()),
            (Kind::Reworked, self.reworked.is_some()),
            (Kind::Product, self.product.is_some()),
            (Kind::Order, self.order.is_some()),
            (Kind::PlannedStop, self.planned_stop.is_some()),
            (Kind::FirstOff, self.first_off.is_some()),
            (Kind::Cavities, self.cavities.is_some()),
            (Kind::Headcount, self.headcount.is_some()),
            (Kind::HandCount, self.hand_count.is_some()),
            (Kind::Held, self.held.is_some()),
            (Kind::Service, self.service.is_some()),
            (Kind::Close, self.close.is_some()),
            (Kind::Accept, self.accept.is_some()),
            (Kind::Unlock, self.unlock.is_some()),
            (Kind::Undo, self.undo.is_some()),
        ];
        let there = there.into_iter().filter(|(_, is_there)| *is_there);
        there.map(|(kind, _)| kind.name()).collect()
    }
}

/// The entries of a body, and whether they came as an array; the error is a sentence.
pub(in crate::serve) fn read(body: &[u8]) -> Result<(Vec<Wire>, bool), String> {
    let many = body.trim_ascii_start().first() == Some(&b'[');
    let mut json = serde_json::Deserializer::from_slice(body);
    let wires = if many {
        serde_path_to_error::deserialize(&mut json)
    } else {
        serde_path_to_error::deserialize(&mut json).map(|wire| vec![wire])
    };
    let wires: Vec<Wire> = wires.map_err(|error| match error.path().to_string().as_str() {
        "." | "?" => format!("the body is not an entry: {}", error.inner()),
        path => format!("`{}`: {}", short(path), error.inner()),
    })?;
    json.end()
        .map_err(|error| format!("there is more after the entry: {error}"))?;
    match wires.len() {
        0 => Err("the array is empty: send one entry at least".to_owned()),
        count if count > ENTRIES => Err(format!(
            "{count} entries came in one request: send at most {ENTRIES}, and the others in the next"
        )),
        _ => Ok((wires, many)),
    }
}

/// What a sender wrote, short enough for a sentence.
pub(in crate::serve) fn short(text: &str) -> String {
    text.chars().take(64).collect()
}
