//! I/O. `/api/v1/held` and `/api/v1/late`: what counts only when a person says so, as an entry about it must name it.

use super::answer::json;
use super::{App, lookup, stamp};
use crate::model::entry::Says;
use crate::model::fact::{Body, Fact};
use crate::model::ids::MachineId;
use crate::model::reading::Value;
use crate::model::tally::Flag;
use crate::model::time::Timestamp;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use std::sync::Arc;

/// Rows of one answer, the newest: more than people decide on in a week.
pub(super) const MOST: usize = 500;

/// Rows of an answer.
#[derive(Debug, Serialize)]
struct Rows<T> {
    rows: Vec<T>,
    /// True where there are older ones, which are not among them.
    is_cut: bool,
}

/// An increase that is held.
#[derive(Debug, Serialize)]
struct Held {
    machine: Arc<str>,
    role: Arc<str>,
    #[serde(serialize_with = "stamp::one")]
    at: Timestamp,
    pieces: i64,
}

/// What came too late: a reading by its own time, an entry by the lock of its period.
#[derive(Debug, Serialize)]
struct Late {
    seq: u64,
    machine: Arc<str>,
    #[serde(flatten)]
    what: What,
    #[serde(serialize_with = "stamp::one")]
    received_at: Timestamp,
    value: Option<String>,
}

/// Its part that readings and entries do not share.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum What {
    Reading {
        role: Arc<str>,
        #[serde(serialize_with = "stamp::one")]
        taken_at: Timestamp,
    },
    Entry {
        entry: Arc<str>,
        kind: &'static str,
        by: Arc<str>,
        #[serde(serialize_with = "stamp::one")]
        at: Timestamp,
    },
}

/// Answers with the increases that are held and that nobody decided on.
pub(super) async fn held(State(app): State<Arc<App>>) -> Response {
    let open = Arc::clone(&app.views.books.open_flags);
    let mut flags = match lookup::ask(move || open(MOST + 1)).await {
        Ok(flags) => flags,
        Err(problem) => return problem.into_response(),
    };
    let is_cut = flags.len() > MOST;
    flags.reverse();
    flags.truncate(MOST);
    let row = |flag: Flag| Held {
        machine: name(&app, Some(flag.machine)),
        role: flag.role,
        at: flag.at,
        pieces: flag.amount,
    };
    let rows = flags.into_iter().map(row).collect();
    json(StatusCode::OK, &Rows { rows, is_cut })
}

/// Answers with the readings and entries that came too late and that nobody decided on.
pub(super) async fn late(State(app): State<Arc<App>>) -> Response {
    let plan = Arc::clone(&app.views.plan.borrow());
    let late = Arc::clone(&app.views.books.late);
    let (facts, is_cut) = match lookup::ask(move || late((plan, MOST))).await {
        Ok(found) => found,
        Err(problem) => return problem.into_response(),
    };
    let rows = facts.into_iter().filter_map(|(seq, fact)| {
        let machine = name(&app, fact.machine);
        late_row(seq, machine, fact)
    });
    let rows = rows.collect();
    json(StatusCode::OK, &Rows { rows, is_cut })
}

fn late_row(seq: u64, machine: Arc<str>, fact: Fact) -> Option<Late> {
    let (what, value) = match fact.body {
        Body::Signal(signal) => {
            let what = What::Reading {
                role: signal.role.name().into(),
                taken_at: signal.taken_at,
            };
            (what, signal.value.map(|value| text(&value)))
        }
        Body::Entry(entry) => {
            let what = What::Entry {
                kind: entry.says.kind(),
                by: fact.author,
                at: fact.at,
                entry: entry.key,
            };
            (what, told(&entry.says))
        }
        Body::Values(_) | Body::Setting(_) | Body::Started(_) | Body::Clock(_) | Body::Loss(_) | Body::Import(_) => {
            return None;
        }
    };
    Some(Late {
        seq,
        machine,
        what,
        received_at: fact.received_at,
        value,
    })
}

/// What an entry says beside its kind and instant, in a word or number.
fn told(says: &Says) -> Option<String> {
    let pieces = |pieces: i64, reason: &str| match reason {
        "" => pieces.to_string(),
        reason => format!("{pieces} {reason}"),
    };
    Some(match says {
        Says::Reason { reason, .. } | Says::PlannedStop { reason, .. } => reason.to_string(),
        Says::Scrap { pieces: n, reason, .. } | Says::Rework { pieces: n, reason, .. } => pieces(*n, reason),
        Says::Reworked { pieces } | Says::HandCount { pieces, .. } => pieces.to_string(),
        Says::Product { product } => product.to_string(),
        Says::Order { order, act, .. } => format!("{} {order}", act.name()),
        Says::Cavities { active } => active.to_string(),
        Says::Headcount { milli, .. } => (*milli as f64 / 1e3).to_string(),
        Says::Held { role, release } => format!("{} {role}", if *release { "release" } else { "refuse" }),
        Says::Close { shift } => shift.to_string(),
        Says::Undo { entry } => entry.to_string(),
        Says::FirstOff { .. } | Says::Service { .. } | Says::Accept { .. } | Says::Unlock { .. } => return None,
    })
}

fn name(app: &App, machine: Option<MachineId>) -> Arc<str> {
    let name = machine.and_then(|machine| app.views.names.get(&machine));
    name.cloned().unwrap_or_default()
}

fn text(value: &Value) -> String {
    match value {
        Value::Bool(bit) => bit.to_string(),
        Value::Int(number) => number.to_string(),
        Value::Float(number) => number.to_string(),
        Value::Text(text) => text.to_string(),
    }
}
