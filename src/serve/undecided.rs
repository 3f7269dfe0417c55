//! I/O. `/api/v1/held` and `/api/v1/late`: what counts only when a person says so, as an entry about it must name it.

use super::answer::json;
use super::{App, lookup, stamp};
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

/// A reading that came too late.
#[derive(Debug, Serialize)]
struct Late {
    seq: u64,
    machine: Arc<str>,
    role: Arc<str>,
    #[serde(serialize_with = "stamp::one")]
    taken_at: Timestamp,
    #[serde(serialize_with = "stamp::one")]
    received_at: Timestamp,
    value: Option<String>,
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

/// Answers with the readings that came too late and that nobody accepted.
pub(super) async fn late(State(app): State<Arc<App>>) -> Response {
    let plan = Arc::clone(&app.views.plan.borrow());
    let late = Arc::clone(&app.views.books.late);
    let (facts, is_cut) = match lookup::ask(move || late((plan, MOST))).await {
        Ok(found) => found,
        Err(problem) => return problem.into_response(),
    };
    let row = |(seq, fact): (u64, Fact)| {
        let Body::Signal(signal) = fact.body else { return None };
        Some(Late {
            seq,
            machine: name(&app, fact.machine),
            role: signal.role.name().into(),
            taken_at: signal.taken_at,
            received_at: fact.received_at,
            value: signal.value.map(|value| text(&value)),
        })
    };
    let rows = facts.into_iter().filter_map(row).collect();
    json(StatusCode::OK, &Rows { rows, is_cut })
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
