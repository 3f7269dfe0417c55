//! I/O. `/api/v1/outages`: after a start that followed no orderly end, what nobody saw of the plant since the last sign of life, to
//! be declared for all machines by one word.

use super::answer::{Problem, json};
use super::draft::{OLDEST_MS, Wire};
use super::listen::Peer;
use super::past::Wanted;
use super::story::{Story, UNSEEN_MS};
use super::{App, Role, auth, entries, lookup, stamp};
use crate::model::live::MachineLive;
use crate::model::state::Class;
use crate::model::time::{Period, Timestamp};
use crate::oee::plan::Plan;
use axum::Extension;
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Starts that are looked at, the newest: an agent that ends in disorder more often than that needs another remedy.
const MOST: usize = 50;

/// The answer.
#[derive(Debug, Serialize)]
struct Offers {
    rows: Vec<Offer>,
    /// Reasons that an outage can have, as the plant has configured them.
    reasons: Vec<Reason>,
}

/// One start.
#[derive(Debug, Serialize)]
struct Offer {
    /// Number of its fact: what names it.
    seq: u64,
    /// The last sign of life.
    #[serde(serialize_with = "stamp::one")]
    from: Timestamp,
    /// The start.
    #[serde(serialize_with = "stamp::one")]
    to: Timestamp,
    /// What of it was planned time of machines that nobody saw, and that nobody has declared.
    machines: Vec<Unseen>,
}

/// A stretch of planned time of a machine that nobody saw.
#[derive(Debug, Serialize)]
struct Unseen {
    machine: Arc<str>,
    #[serde(serialize_with = "stamp::one")]
    from: Timestamp,
    #[serde(serialize_with = "stamp::one")]
    to: Timestamp,
}

#[derive(Debug, Serialize)]
struct Reason {
    id: Arc<str>,
    #[serde(serialize_with = "class")]
    class: Class,
}

/// What declares an outage.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Declared {
    /// Id of the reason.
    reason: String,
}

/// Answers with what can be declared: until it is, or its period is locked.
pub(super) async fn get(State(app): State<Arc<App>>) -> Response {
    match offers(&app).await {
        Ok(mut rows) => {
            rows.retain(|offer| !offer.machines.is_empty());
            let reasons = reasons(&app);
            json(StatusCode::OK, &Offers { rows, reasons })
        }
        Err(problem) => problem.into_response(),
    }
}

/// Declares an outage for all its machines: an entry of kind `reason` for each stretch of it, under keys that follow from what they
/// are about, so that it counts once however often it is sent. Answers as an array of entries does.
pub(super) async fn post(
    State(app): State<Arc<App>>,
    Extension(peer): Extension<Peer>,
    Path(seq): Path<u64>,
    request: Request,
) -> Response {
    let headers = request.headers();
    let admitted = match auth::same_origin(headers) {
        Ok(()) => app.gate.admit(peer, headers, Role::Operator, &app.clock).await,
        Err(problem) => Err(problem),
    };
    let by = match admitted.and_then(|by| entries::is_json(headers).map(|()| by)) {
        Ok(by) => by,
        Err(problem) => return problem.into_response(),
    };
    let wires = async {
        let offer = offered(&app, seq).await?;
        let plan = Arc::clone(&app.views.plan.borrow());
        wires(&offer, &declared(request).await?.reason, &by.name, &plan)
    };
    match wires.await {
        Ok(wires) => entries::many(&app, &by, &wires).await,
        Err(problem) => problem.into_response(),
    }
}

/// The offer of a start; one that was declared has no machines.
async fn offered(app: &App, seq: u64) -> Result<Offer, Problem> {
    let found = offers(app).await?.into_iter().find(|offer| offer.seq == seq);
    found.ok_or_else(|| {
        let detail = format!("there is no outage {seq} to declare; GET /api/v1/outages has those there are");
        Problem::new(StatusCode::NOT_FOUND, detail)
    })
}

async fn declared(request: Request) -> Result<Declared, Problem> {
    let body = entries::body(request).await?;
    entries::parse(&body)
}

fn wires(offer: &Offer, reason: &str, author: &str, plan: &Plan) -> Result<Vec<Wire>, Problem> {
    let wire = |unseen: &Unseen| {
        let key = |times: usize| format!("outage-{}-{}-{}-{times}", offer.seq, unseen.machine, unseen.from.0);
        // What was said and taken back may be said anew.
        let is_undone = |times: &usize| plan.is_undone(&format!("{author}/{}", key(*times)));
        let times = (0..).find(|times| !is_undone(times)).unwrap_or(0);
        let (from, to) = (unseen.from.0, unseen.to.0);
        serde_json::from_value(serde_json::json!({
            "key": key(times),
            "machine": unseen.machine,
            "kind": "reason",
            "reason": {"reason": reason, "anchor": from, "from": from, "to": to},
        }))
    };
    let wires: Result<Vec<Wire>, _> = offer.machines.iter().map(wire).collect();
    wires.map_err(|error| Problem::new(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()))
}

/// The starts whose periods are not locked, the newest first, each with what is left to declare.
async fn offers(app: &App) -> Result<Vec<Offer>, Problem> {
    let live = Arc::clone(&app.views.live.borrow());
    let plan = Arc::clone(&app.views.plan.borrow());
    let now = app.clock.now().at;
    let starts = Arc::clone(&app.views.books.starts);
    let starts = lookup::ask(move || starts((now.plus(-OLDEST_MS), UNSEEN_MS, MOST))).await?;
    let is_open = |period: &Period| !plan.is_locked(period.start, now);
    let mut offers = Vec::new();
    for (seq, period) in starts.into_iter().filter(|(_, period)| is_open(period)) {
        let mut machines = Vec::new();
        let wanted: Vec<Wanted> = live.machines.iter().map(|machine| wanted(machine, period)).collect();
        let past = Arc::clone(&app.views.past);
        let read = lookup::ask(move || past(&wanted)).await?;
        for (machine, (spans, tallies)) in live.machines.iter().zip(read) {
            let stored = Story {
                spans,
                tallies,
                ..Story::default()
            };
            let story = stored.whole(&machine.open, period);
            let serves = plan.serves_in(machine.machine, period);
            machines.extend(unseen(machine, &story).filter(|_| serves));
        }
        let (from, to) = (period.start, period.end);
        offers.push(Offer {
            seq,
            from,
            to,
            machines,
        });
    }
    Ok(offers)
}

fn wanted(machine: &MachineLive, period: Period) -> Wanted {
    Wanted {
        machine: machine.machine,
        spans: period,
        tallies: Period::new(period.start, period.start),
    }
}

/// The stretches of a machine that nobody declared, where they are long enough together to be asked for. A machine that is worked out
/// anew may be told otherwise in a moment, and its time is still asked for.
fn unseen<'a>(machine: &'a MachineLive, story: &Story) -> impl Iterator<Item = Unseen> + 'a {
    let asked = story.unseen();
    let mut stretches: Vec<Period> = Vec::new();
    let rows = story.spans.iter().filter(|row| row.class == Class::Unknown);
    for row in rows.filter(|row| asked.contains_key(&row.since)) {
        match stretches.last_mut().filter(|last| last.end == row.period.start) {
            Some(last) => last.end = row.period.end,
            None => stretches.push(row.period),
        }
    }
    stretches.into_iter().map(|stretch| Unseen {
        machine: Arc::clone(&machine.id),
        from: stretch.start,
        to: stretch.end,
    })
}

/// What a plant stands for as a whole: it waits, for power or people, or was planned to stand; what takes less to say comes first.
fn reasons(app: &App) -> Vec<Reason> {
    let plan = Arc::clone(&app.views.plan.borrow());
    let reasons = plan.reasons_at(app.clock.now().at);
    let reasons = reasons.map(|(id, reason)| Reason {
        id: Arc::clone(id),
        class: reason.class,
    });
    let mut fitting: Vec<Reason> = reasons.filter(|reason| rank(reason.class).is_some()).collect();
    fitting.sort_by_key(|reason| (rank(reason.class), Arc::clone(&reason.id)));
    fitting
}

fn rank(class: Class) -> Option<u8> {
    match class {
        Class::Waiting => Some(0),
        Class::PlannedStop | Class::NotScheduled | Class::Break | Class::NoOrder => Some(1),
        Class::Breakdown => Some(2),
        Class::Running | Class::MinorStop | Class::Unexplained | Class::Setup | Class::Unknown | Class::ClockSkip => {
            None
        }
    }
}

fn class<S: serde::Serializer>(class: &Class, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(class.name())
}
