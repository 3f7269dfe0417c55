//! Pure. What an entry says as JSON, and back: one flat row, in which each sort of entry has its own fields.

use super::body::{read, text};
use crate::model::entry::{Entry, OrderAct, Says, Scope, Source};
use crate::model::time::{Period, Timestamp};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The entry's bytes.
pub(super) fn encode(entry: &Entry) -> Result<String, String> {
    text(&EntryRow::from(entry))
}

/// What the bytes of an entry say.
pub(super) fn decode(body: &str) -> Result<Entry, String> {
    read::<EntryRow>(body)?.entry()
}

#[derive(Default, Serialize, Deserialize)]
struct EntryRow {
    key: String,
    says: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    product: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pieces: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    anchor: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    part: Option<(i64, i64)>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    leads: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    when: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    scope: Option<ScopeRow>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    order: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    act: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    until: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    active: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    milli: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    line: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    role: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    release: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    on: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    seq: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    entry: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    source: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum ScopeRow {
    Shift,
    Former(String),
    Order(String),
}

impl From<&Entry> for EntryRow {
    fn from(entry: &Entry) -> Self {
        let mut row = EntryRow::of(&entry.says);
        row.key = entry.key.to_string();
        row.source = (entry.source != Source::Manual).then(|| entry.source.name().to_owned());
        row
    }
}

impl EntryRow {
    fn of(says: &Says) -> EntryRow {
        let row = |says: &str| EntryRow {
            says: says.to_owned(),
            ..EntryRow::default()
        };
        match says {
            Says::Reason {
                reason,
                anchor,
                part,
                leads,
            } => EntryRow::reason(reason, *anchor, *part, *leads),
            Says::Scrap { pieces, reason, scope } => EntryRow::bad("scrap", *pieces, reason, scope),
            Says::Rework { pieces, reason, scope } => EntryRow::bad("rework", *pieces, reason, scope),
            Says::Reworked { pieces } => EntryRow {
                pieces: Some(*pieces),
                ..row("reworked")
            },
            Says::Product { product } => EntryRow {
                product: Some(product.to_string()),
                ..row("product")
            },
            Says::Order { order, act, when } => EntryRow {
                when: Some(when.0),
                order: Some(order.to_string()),
                act: Some(act.name().to_owned()),
                ..row("order")
            },
            Says::PlannedStop { until, reason } => EntryRow {
                until: Some(until.0),
                reason: Some(reason.to_string()),
                ..row("planned_stop")
            },
            Says::FirstOff { when } => EntryRow {
                when: Some(when.0),
                ..row("first_off")
            },
            Says::Cavities { active } => EntryRow {
                active: Some(*active),
                ..row("cavities")
            },
            Says::Headcount { milli, line } => EntryRow {
                milli: Some(*milli),
                line: Some(line.to_string()),
                ..row("headcount")
            },
            Says::HandCount { until, pieces } => EntryRow {
                until: Some(until.0),
                pieces: Some(*pieces),
                ..row("hand_count")
            },
            Says::Held { role, release } => EntryRow {
                role: Some(role.to_string()),
                release: Some(*release),
                ..row("held")
            },
            Says::Service { on } => EntryRow {
                on: Some(*on),
                ..row("service")
            },
            Says::Accept { seq } => EntryRow {
                seq: Some(*seq),
                ..row("accept")
            },
            Says::Undo { entry } => EntryRow {
                entry: Some(entry.to_string()),
                ..row("undo")
            },
        }
    }

    fn reason(reason: &str, anchor: Timestamp, part: Option<Period>, leads: bool) -> EntryRow {
        EntryRow {
            says: "reason".to_owned(),
            leads,
            reason: Some(reason.to_owned()),
            anchor: Some(anchor.0),
            part: part.map(|part| (part.start.0, part.end.0)),
            ..EntryRow::default()
        }
    }

    fn bad(says: &str, pieces: i64, reason: &str, scope: &Scope) -> EntryRow {
        EntryRow {
            says: says.to_owned(),
            pieces: Some(pieces),
            reason: Some(reason.to_owned()),
            scope: match scope {
                Scope::Now => None,
                Scope::Shift => Some(ScopeRow::Shift),
                Scope::Former(shift) => Some(ScopeRow::Former(shift.to_string())),
                Scope::Order(order) => Some(ScopeRow::Order(order.to_string())),
            },
            ..EntryRow::default()
        }
    }

    fn entry(mut self) -> Result<Entry, String> {
        let source = match &self.source {
            None => Source::Manual,
            Some(name) => Source::parse(name).ok_or_else(|| format!("no source is called '{name}'"))?,
        };
        Ok(Entry {
            key: std::mem::take(&mut self.key).into(),
            source,
            says: self.says()?,
        })
    }

    fn says(self) -> Result<Says, String> {
        let reason = || Arc::from(self.reason.as_deref().unwrap_or_default());
        Ok(match self.says.as_str() {
            "reason" => Says::Reason {
                reason: had(self.reason, "reason")?.into(),
                anchor: Timestamp(had(self.anchor, "anchor")?),
                part: self
                    .part
                    .map(|(start, end)| Period::new(Timestamp(start), Timestamp(end))),
                leads: self.leads,
            },
            "scrap" => Says::Scrap {
                pieces: had(self.pieces, "pieces")?,
                reason: reason(),
                scope: scope(self.scope),
            },
            "rework" => Says::Rework {
                pieces: had(self.pieces, "pieces")?,
                reason: reason(),
                scope: scope(self.scope),
            },
            "reworked" => Says::Reworked {
                pieces: had(self.pieces, "pieces")?,
            },
            "product" => Says::Product {
                product: had(self.product, "product")?.into(),
            },
            "order" => {
                let act = had(self.act, "act")?;
                Says::Order {
                    order: had(self.order, "order")?.into(),
                    act: OrderAct::parse(&act).ok_or_else(|| format!("an order does not '{act}'"))?,
                    when: Timestamp(had(self.when, "when")?),
                }
            }
            "planned_stop" => Says::PlannedStop {
                until: Timestamp(had(self.until, "until")?),
                reason: reason(),
            },
            "first_off" => Says::FirstOff {
                when: Timestamp(had(self.when, "when")?),
            },
            "cavities" => Says::Cavities {
                active: had(self.active, "active")?,
            },
            "headcount" => Says::Headcount {
                milli: had(self.milli, "milli")?,
                line: self.line.unwrap_or_default().into(),
            },
            "hand_count" => Says::HandCount {
                until: Timestamp(had(self.until, "until")?),
                pieces: had(self.pieces, "pieces")?,
            },
            "held" => Says::Held {
                role: had(self.role, "role")?.into(),
                release: had(self.release, "release")?,
            },
            "service" => Says::Service {
                on: had(self.on, "on")?,
            },
            "accept" => Says::Accept {
                seq: had(self.seq, "seq")?,
            },
            "undo" => Says::Undo {
                entry: had(self.entry, "entry")?.into(),
            },
            other => return Err(format!("no entry says '{other}'")),
        })
    }
}

fn had<T>(value: Option<T>, field: &str) -> Result<T, String> {
    value.ok_or_else(|| format!("the entry has no '{field}'"))
}

fn scope(row: Option<ScopeRow>) -> Scope {
    match row {
        None => Scope::Now,
        Some(ScopeRow::Shift) => Scope::Shift,
        Some(ScopeRow::Former(shift)) => Scope::Former(shift.into()),
        Some(ScopeRow::Order(order)) => Scope::Order(order.into()),
    }
}
