//! Pure. What an entry says as JSON, and back: one flat row, in which each sort of entry has its own fields.

use super::body::{read, text};
use crate::model::entry::{Entry, Late, OrderAct, Says, Scope, Source};
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
    #[serde(default, skip_serializing_if = "Option::is_none")]
    counted: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    shift: Option<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    late: bool,
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
        row.late = entry.late;
        row.source = (entry.source != Source::Manual).then(|| entry.source.name().to_owned());
        row
    }
}

impl EntryRow {
    fn of(says: &Says) -> EntryRow {
        let mut row = EntryRow {
            says: says.kind().to_owned(),
            ..EntryRow::default()
        };
        match says {
            Says::Reason {
                reason,
                anchor,
                part,
                leads,
            } => {
                row.reason = Some(reason.to_string());
                row.anchor = Some(anchor.0);
                row.part = part.map(|part| (part.start.0, part.end.0));
                row.leads = *leads;
            }
            Says::Scrap { pieces, reason, scope } | Says::Rework { pieces, reason, scope } => {
                row.pieces = Some(*pieces);
                row.reason = Some(reason.to_string());
                row.scope = ScopeRow::of(scope);
            }
            Says::Reworked { pieces } => row.pieces = Some(*pieces),
            Says::Product { product } => row.product = Some(product.to_string()),
            Says::Order { order, act, when } => {
                row.order = Some(order.to_string());
                row.act = Some(act.name().to_owned());
                row.when = Some(when.0);
            }
            Says::PlannedStop { until, reason } => {
                row.until = Some(until.0);
                row.reason = Some(reason.to_string());
            }
            Says::FirstOff { when } => row.when = Some(when.0),
            Says::Cavities { active } => row.active = Some(*active),
            Says::Headcount { milli, line } => {
                row.milli = Some(*milli);
                row.line = Some(line.to_string());
            }
            Says::HandCount { until, pieces, counted } => {
                row.until = Some(until.0);
                row.counted = *counted;
                row.pieces = Some(*pieces);
            }
            Says::Held { role, release } => {
                row.role = Some(role.to_string());
                row.release = Some(*release);
            }
            Says::Service { on } => row.on = Some(*on),
            Says::Close { shift } => row.shift = Some(shift.to_string()),
            Says::Accept { late: Late::Fact(seq) } => row.seq = Some(*seq),
            Says::Accept { late: Late::Entry(key) } => row.entry = Some(key.to_string()),
            Says::Unlock { until } => row.until = Some(until.0),
            Says::Undo { entry } => row.entry = Some(entry.to_string()),
        }
        row
    }

    fn entry(mut self) -> Result<Entry, String> {
        let source = match &self.source {
            None => Source::Manual,
            Some(name) => Source::parse(name).ok_or_else(|| format!("no source is called '{name}'"))?,
        };
        Ok(Entry {
            key: std::mem::take(&mut self.key).into(),
            source,
            late: self.late,
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
            "scrap" | "rework" => {
                let (pieces, reason, scope) = (had(self.pieces, "pieces")?, reason(), scope(self.scope));
                match self.says.as_str() {
                    "scrap" => Says::Scrap { pieces, reason, scope },
                    _ => Says::Rework { pieces, reason, scope },
                }
            }
            "reworked" => Says::Reworked {
                pieces: had(self.pieces, "pieces")?,
            },
            "product" => Says::Product {
                product: had(self.product, "product")?.into(),
            },
            "order" => Says::Order {
                order: had(self.order, "order")?.into(),
                act: act(&had(self.act, "act")?)?,
                when: Timestamp(had(self.when, "when")?),
            },
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
                counted: self.counted,
            },
            "held" => Says::Held {
                role: had(self.role, "role")?.into(),
                release: had(self.release, "release")?,
            },
            "service" => Says::Service {
                on: had(self.on, "on")?,
            },
            "close" => Says::Close {
                shift: had(self.shift, "shift")?.into(),
            },
            "accept" => Says::Accept {
                late: late(self.entry, self.seq)?,
            },
            "unlock" => Says::Unlock {
                until: Timestamp(had(self.until, "until")?),
            },
            "undo" => Says::Undo {
                entry: had(self.entry, "entry")?.into(),
            },
            other => return Err(format!("no entry says '{other}'")),
        })
    }
}

impl ScopeRow {
    fn of(scope: &Scope) -> Option<ScopeRow> {
        match scope {
            Scope::Now => None,
            Scope::Shift => Some(ScopeRow::Shift),
            Scope::Former(shift) => Some(ScopeRow::Former(shift.to_string())),
            Scope::Order(order) => Some(ScopeRow::Order(order.to_string())),
        }
    }
}

fn had<T>(value: Option<T>, field: &str) -> Result<T, String> {
    value.ok_or_else(|| format!("the entry has no '{field}'"))
}

fn late(entry: Option<String>, seq: Option<u64>) -> Result<Late, String> {
    match entry {
        Some(key) => Ok(Late::Entry(key.into())),
        None => had(seq, "seq").map(Late::Fact),
    }
}

fn act(name: &str) -> Result<OrderAct, String> {
    OrderAct::parse(name).ok_or_else(|| format!("an order does not '{name}'"))
}

fn scope(row: Option<ScopeRow>) -> Scope {
    match row {
        None => Scope::Now,
        Some(ScopeRow::Shift) => Scope::Shift,
        Some(ScopeRow::Former(shift)) => Scope::Former(shift.into()),
        Some(ScopeRow::Order(order)) => Scope::Order(order.into()),
    }
}
