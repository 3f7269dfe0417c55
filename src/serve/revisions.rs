//! I/O. `/api/v1/machines/{id}/revisions`: what a shift said before it was corrected, beside what it says now, and who said
//! what since.

use super::answer::{Problem, json};
use super::{App, shift, stamp};
use crate::model::entry::Entry;
use crate::model::fact::{Body, Fact};
use crate::model::live::MachineLive;
use crate::model::settings::Change;
use crate::model::tally::{Column, SpanRow, TallyRow};
use crate::model::time::{Period, Timestamp};
use crate::store::{Version, Versions};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What may be asked.
#[derive(Debug, Deserialize)]
pub(super) struct Question {
    shift: Option<String>,
}

/// The answer. Of each row that was corrected all contents, the first one first.
#[derive(Debug, Serialize)]
struct Revisions {
    machine: Arc<str>,
    #[serde(serialize_with = "stamp::one")]
    from: Timestamp,
    #[serde(serialize_with = "stamp::one")]
    to: Timestamp,
    tallies: Vec<OfTally>,
    spans: Vec<OfSpan>,
    /// Entries and changes that can bear upon the shift and were told after its begin, in the order they were told.
    said: Vec<Word>,
    /// True where more was told before that: only the newest is among it.
    said_is_cut: bool,
}

#[derive(Debug, Serialize)]
struct OfTally {
    #[serde(serialize_with = "stamp::one")]
    start: Timestamp,
    #[serde(serialize_with = "stamp::one")]
    end: Timestamp,
    rev: u32,
    stands: bool,
    shift: Arc<str>,
    product: Arc<str>,
    order: Arc<str>,
    standard: Arc<str>,
    policy: Arc<str>,
    /// The sums that are not 0.
    sums: BTreeMap<&'static str, i64>,
}

#[derive(Debug, Serialize)]
struct OfSpan {
    #[serde(serialize_with = "stamp::one")]
    start: Timestamp,
    #[serde(serialize_with = "stamp::one")]
    end: Timestamp,
    rev: u32,
    stands: bool,
    class: &'static str,
    reason: Arc<str>,
    author: Arc<str>,
    source: &'static str,
}

#[derive(Debug, Serialize)]
struct Word {
    seq: u64,
    /// The earliest instant it can bear upon.
    #[serde(serialize_with = "stamp::one")]
    at: Timestamp,
    #[serde(serialize_with = "stamp::one")]
    told_at: Timestamp,
    by: Arc<str>,
    /// The kind of the entry, or the table of the setting.
    kind: &'static str,
    /// Key of the entry, or id of the setting.
    id: Arc<str>,
    /// True for an entry that was made after the period was locked: it counts from the `accept` that names it on.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    late: bool,
    /// Why a setting was changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<Arc<str>>,
}

/// Answers for the shift that is on, or for `?shift=2026-11-21.1`.
pub(super) async fn get(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    Query(question): Query<Question>,
) -> Response {
    match revisions(&app, &id, question.shift.as_deref()).await {
        Ok(revisions) => json(StatusCode::OK, &revisions),
        Err(problem) => problem.into_response(),
    }
}

async fn revisions(app: &App, id: &str, asked: Option<&str>) -> Result<Revisions, Problem> {
    let live = Arc::clone(&app.views.live.borrow());
    let plan = Arc::clone(&app.views.plan.borrow());
    let machine = live.machines.iter().find(|machine| *machine.id == *id);
    let machine = machine.ok_or_else(|| shift::unknown_machine(id))?;
    let period = match asked {
        None => machine.covers,
        Some(asked) => {
            let slot = shift::find(&plan, asked, live.at).ok_or_else(|| shift::unknown_shift(asked))?;
            slot.shift_period
        }
    };
    let read = Arc::clone(&app.views.books.versions);
    let wanted = (machine.machine, period);
    let failed = |why: String| {
        let detail = format!("the revisions cannot be read: {why}; look at /api/v1/health");
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, detail).retry_after(5)
    };
    let versions = tokio::task::spawn_blocking(move || read(wanted)).await;
    let versions = versions.map_err(|error| failed(error.to_string()))?.map_err(failed)?;
    Ok(answer(machine, period, versions))
}

fn answer(machine: &MachineLive, period: Period, versions: Versions) -> Revisions {
    Revisions {
        machine: Arc::clone(&machine.id),
        from: period.start,
        to: period.end,
        tallies: versions.tallies.iter().map(of_tally).collect(),
        spans: versions.spans.iter().map(of_span).collect(),
        said: versions.words.iter().filter_map(word).collect(),
        said_is_cut: versions.is_cut,
    }
}

fn of_tally(version: &Version<TallyRow>) -> OfTally {
    let row = &version.row;
    let sums = Column::ALL
        .into_iter()
        .map(|(column, name)| (name, row.tally.get(column)));
    OfTally {
        start: row.period.start,
        end: row.period.end,
        rev: version.rev,
        stands: version.stands,
        shift: Arc::clone(&row.key.shift),
        product: Arc::clone(&row.key.product),
        order: Arc::clone(&row.key.order),
        standard: Arc::clone(&row.key.standard),
        policy: Arc::clone(&row.key.policy),
        sums: sums.filter(|(_, sum)| *sum != 0).collect(),
    }
}

fn of_span(version: &Version<SpanRow>) -> OfSpan {
    let row = &version.row;
    OfSpan {
        start: row.period.start,
        end: row.period.end,
        rev: version.rev,
        stands: version.stands,
        class: row.class.name(),
        reason: Arc::clone(&row.reason),
        author: Arc::clone(&row.author),
        source: row.source.name(),
    }
}

fn word((seq, fact): &(u64, Fact)) -> Option<Word> {
    let (kind, id, why) = match &fact.body {
        Body::Entry(Entry { key, says, .. }) => (says.kind(), Arc::clone(key), None),
        Body::Setting(change) => {
            let Change { setting, why, .. } = change.as_ref();
            let (kind, id) = setting.item();
            (kind.table(), id, Some(Arc::clone(why)))
        }
        Body::Signal(_) | Body::Values(_) | Body::Started(_) | Body::Clock(_) | Body::Loss(_) | Body::Import(_) => {
            return None;
        }
    };
    Some(Word {
        seq: *seq,
        at: fact.at,
        told_at: fact.received_at,
        by: Arc::clone(&fact.author),
        kind,
        id,
        late: fact.is_too_late(),
        why,
    })
}
