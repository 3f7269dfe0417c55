//! I/O. `POST /api/v1/entries`: what people and other systems say, answered when it is on disk.

use super::answer::{Problem, json};
use super::auth::Holder;
use super::draft::{self, Against, Wire};
use super::listen::Peer;
use super::{App, Ask, Role, auth, lookup};
use crate::model::entry::{Draft, Entry, Outcome, Says, Told};
use crate::model::time::Timestamp;
use crate::oee::plan::Plan;
use axum::Extension;
use axum::body::Bytes;
use axum::extract::{FromRequest, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::time::{Instant, timeout, timeout_at};

/// Bytes of one request: a hundred entries with room to spare.
pub(super) const BODY_BYTES: usize = 64 * 1024;
/// A body of 64 KiB takes half a second on the slowest radio link of a plant.
const BODY_WAIT: Duration = Duration::from_secs(10);
/// How long a full desk is waited for; a core this far behind has fallen over, and the sender keeps its entries.
const DESK_WAIT: Duration = Duration::from_secs(2);
/// Three commits of the default 5 s. What is not on disk by then may be so later, so the answer says neither yes nor no.
pub(super) const COMMIT_WAIT: Duration = Duration::from_secs(15);
/// What the maker of an entry for a locked period reads.
const WAITS: &str = "the shift ended more than seven working days ago and its period is locked: the entry is kept, and counts once an admin accepts it";
/// When to try again: after the next commit.
const RETRY_S: u64 = 5;

/// Takes one entry, or up to a hundred in an array. One answers 201 with the fact's number, 202 where its period is locked and it
/// waits to be accepted, 200 when its key is on disk already, else a problem. An array answers an array in its order, with 201
/// when all of it is on disk and 207 otherwise.
pub(super) async fn post(State(app): State<Arc<App>>, Extension(peer): Extension<Peer>, request: Request) -> Response {
    let headers = request.headers();
    let admitted = match auth::same_origin(headers) {
        Ok(()) => app.gate.admit(peer, headers, Role::Operator, &app.clock).await,
        Err(problem) => Err(problem),
    };
    let admitted = admitted.and_then(|by| is_json(headers).map(|()| by));
    let by = match admitted {
        Ok(by) => by,
        Err(problem) => return problem.into_response(),
    };
    match wires(request).await {
        Ok((wires, true)) => many(&app, &by, &wires).await,
        Ok((wires, false)) => match book(&app, &by, &wires).await.into_iter().next() {
            Some((_, Err(problem), _)) => problem.into_response(),
            Some(answer) => one(&answer),
            None => Problem::new(StatusCode::BAD_REQUEST, "there is no entry in the body").into_response(),
        },
        Err(problem) => problem.into_response(),
    }
}

/// What became of a draft that is on disk.
#[derive(Debug, Clone, Copy)]
pub(super) enum Booked {
    /// As the fact of this number.
    Now(u64),
    /// Its key was there already.
    Before,
}

/// What is told of an entry beside what became of it.
#[derive(Debug, Clone, Copy)]
struct Beside {
    /// What the agent itself counted, where it is a count by hand.
    counted: Option<lookup::Counted>,
    /// True where it counts only once it is accepted.
    is_late: bool,
}

/// The key, and what became of the entry.
type Answer = (String, Result<Booked, Problem>, Option<Beside>);

fn one(answer: &Answer) -> Response {
    let view = view(answer);
    let status = StatusCode::from_u16(view.status).unwrap_or(StatusCode::OK);
    json(status, &view)
}

/// Books entries and answers as an array of them is answered.
pub(super) async fn many(app: &App, by: &Holder, wires: &[Wire]) -> Response {
    let answers = book(app, by, wires).await;
    let status = match answers.iter().all(|(_, answer, _)| answer.is_ok()) {
        true => StatusCode::CREATED,
        false => StatusCode::MULTI_STATUS,
    };
    json(status, &answers.iter().map(view).collect::<Vec<_>>())
}

#[derive(Debug, Serialize)]
struct View {
    key: String,
    status: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    seq: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    known: Option<bool>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    late: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
    #[serde(flatten)]
    counted: Option<lookup::Counted>,
}

fn view((key, answer, beside): &Answer) -> View {
    let late = beside.is_some_and(|beside| beside.is_late);
    let (status, seq, known, detail) = match answer {
        Ok(Booked::Now(seq)) if late => (StatusCode::ACCEPTED, Some(*seq), None, Some(WAITS.to_owned())),
        Ok(Booked::Now(seq)) => (StatusCode::CREATED, Some(*seq), None, None),
        Ok(Booked::Before) => (StatusCode::OK, None, Some(true), late.then(|| WAITS.to_owned())),
        Err(problem) => (problem.status, None, None, Some(problem.detail.clone())),
    };
    View {
        key: key.clone(),
        status: status.as_u16(),
        seq,
        known,
        late,
        detail,
        counted: beside.and_then(|beside| beside.counted),
    }
}

/// Hands all of them to the core in their order, so that they share a commit, and only then waits for the answers.
async fn book(app: &App, by: &Holder, wires: &[Wire]) -> Vec<Answer> {
    let mut asked = Vec::with_capacity(wires.len());
    for wire in wires {
        asked.push((wire, ask(app, by, wire).await));
    }
    let until = Instant::now() + COMMIT_WAIT;
    let mut answers = Vec::with_capacity(asked.len());
    for (wire, asked) in asked {
        let (answer, beside) = match asked {
            Ok((reply, beside)) => (outcome(reply, until).await, Some(beside)),
            Err(problem) => (Err(problem), None),
        };
        let beside = beside.filter(|_| answer.is_ok());
        answers.push((wire.key.clone(), answer, beside));
    }
    answers
}

/// An entry on its way to the core.
type Asked = (oneshot::Receiver<Outcome>, Beside);

async fn ask(app: &App, by: &Holder, wire: &Wire) -> Result<Asked, Problem> {
    let fresh = fresh(app, by, wire).await;
    let Err(problem) = fresh else { return fresh };
    // Sent again after it was taken, it may fit the plant no longer: the stop it was for is over.
    let plan = Arc::clone(&app.views.plan.borrow());
    match draft::again(wire, &key(by, wire), &plan, &app.views.names) {
        Some((heard, source)) => {
            let beside = Beside {
                counted: lookup::Counted::of(&heard.says),
                is_late: plan.is_waiting(&key(by, wire)),
            };
            let draft = Draft {
                machine: heard.machine,
                at: heard.at,
                author: Arc::clone(&by.name),
                told: Told::Entry(Entry {
                    key: key(by, wire),
                    source,
                    late: beside.is_late,
                    says: heard.says,
                }),
                room: None,
                rework: None,
                seen: None,
            };
            Ok((hand(app, draft).await?, beside))
        }
        None => Err(problem),
    }
}

/// The key of an entry: two senders may both count from 1.
fn key(by: &Holder, wire: &Wire) -> Arc<str> {
    format!("{}/{}", by.name, wire.key).into()
}

/// The same, of an entry that fits the plant as it is.
async fn fresh(app: &App, by: &Holder, wire: &Wire) -> Result<Asked, Problem> {
    let live = Arc::clone(&app.views.live.borrow());
    let plan = Arc::clone(&app.views.plan.borrow());
    let now = app.clock.now().at;
    let against = Against {
        live: &live,
        plan: &plan,
        names: &app.views.names,
        by,
        now,
    };
    let checked = draft::check(wire, against)?;
    let at = lookup::earliest(app, &plan, &wire.machine, &checked).await?;
    let key = key(by, wire);
    let is_late = is_late(&plan, by, &key, &checked.says, at, now)?;
    let room = lookup::room(app, &live, &plan, (checked.machine, at), checked.takes_from.as_ref()).await?;
    let rework = lookup::room(app, &live, &plan, (checked.machine, at), checked.from_rework.as_ref()).await?;
    let (says, counted) = match plan.entry(&key) {
        Some(heard) => (checked.says, lookup::Counted::of(&heard.says)),
        None => {
            let says = lookup::with_count(app, checked.machine, at, checked.says).await?;
            let counted = lookup::Counted::of(&says);
            (says, counted)
        }
    };
    // What nobody accepted may always be taken back: the core takes such a word at once.
    let is_withdrawn = matches!(&says, Says::Undo { entry } if plan.is_waiting(entry));
    let draft = Draft {
        machine: checked.machine,
        at,
        author: Arc::clone(&by.name),
        told: Told::Entry(Entry {
            source: checked.source,
            key,
            late: is_late,
            says,
        }),
        room,
        rework,
        seen: None,
    };
    let beside = Beside {
        counted,
        is_late: is_late && !is_withdrawn,
    };
    Ok((hand(app, draft).await?, beside))
}

/// True for an entry that its author may no longer make by himself: it is kept, and counts once an admin accepts it.
fn is_late(plan: &Plan, by: &Holder, key: &str, says: &Says, at: Timestamp, now: Timestamp) -> Result<bool, Problem> {
    if plan.entry(key).is_some() {
        return Ok(plan.is_waiting(key));
    }
    if !plan.is_locked_in(draft::changes(plan, says, at), now) {
        return Ok(false);
    }
    let admin = by.needs(
        Role::Admin,
        "to accept what is about a shift that ended more than seven working days ago",
    );
    match matches!(says, Says::Accept { .. }) {
        true => admin.map(|()| false),
        false => Ok(admin.is_err()),
    }
}

/// Hands a draft to the core; the receiver gets what became of it.
pub(super) async fn hand(app: &App, draft: Draft) -> Result<oneshot::Receiver<Outcome>, Problem> {
    let (reply, receiver) = oneshot::channel();
    match timeout(DESK_WAIT, app.desk.sender.send(Ask { draft, reply })).await {
        Ok(Ok(())) => Ok(receiver),
        Ok(Err(_)) => Err(unavailable(
            "the agent is stopping and took nothing; send the same entry again",
        )),
        Err(_) => Err(unavailable(
            "the agent is behind and took nothing; send the same entry again",
        )),
    }
}

/// Waits until the draft is on disk.
pub(super) async fn outcome(reply: oneshot::Receiver<Outcome>, until: Instant) -> Result<Booked, Problem> {
    let unsure = "it is not known yet whether the entry is on disk; send it again with the same key, it counts once";
    match timeout_at(until, reply).await {
        Ok(Ok(Outcome::Booked(seq))) => Ok(Booked::Now(seq)),
        Ok(Ok(Outcome::Known)) => Ok(Booked::Before),
        Ok(Ok(Outcome::Refused(why))) => Err(Problem::new(StatusCode::CONFLICT, why)),
        Ok(Ok(Outcome::Changed)) => Err(Problem::new(
            StatusCode::PRECONDITION_FAILED,
            "somebody changed it meanwhile: get it again, and send the change with its new ETag",
        )),
        Ok(Err(_)) | Err(_) => Err(unavailable(unsure)),
    }
}

/// Nothing was booked, and sending the same again may succeed.
pub(super) fn unavailable(detail: &str) -> Problem {
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, detail).retry_after(RETRY_S)
}

/// Refuses a body that is not said to be JSON.
pub(super) fn is_json(headers: &HeaderMap) -> Result<(), Problem> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let kind = kind.and_then(|kind| kind.split(';').next()).unwrap_or_default();
    match kind.trim().eq_ignore_ascii_case("application/json") {
        true => Ok(()),
        false => Err(Problem::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "entries are JSON: send the header `Content-Type: application/json`",
        )),
    }
}

async fn wires(request: Request) -> Result<(Vec<Wire>, bool), Problem> {
    let body = body(request).await?;
    draft::read(&body).map_err(|why| Problem::new(StatusCode::BAD_REQUEST, format!("nothing was booked: {why}")))
}

/// One JSON object of a body.
pub(super) fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    let mut json = serde_json::Deserializer::from_slice(body);
    serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let path = error.path().to_string();
        let detail = format!("nothing was changed: `{path}`: {}", error.inner());
        Problem::new(StatusCode::BAD_REQUEST, detail)
    })
}

/// The body of a request, within its bounds of size and time.
pub(super) async fn body(request: Request) -> Result<Bytes, Problem> {
    let too_large = || {
        Problem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            format!("the body is larger than {BODY_BYTES} bytes; send fewer entries at once"),
        )
    };
    let announced = request.headers().get(header::CONTENT_LENGTH);
    let announced = announced.and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|length| length > BODY_BYTES as u64) {
        return Err(too_large());
    }
    match timeout(BODY_WAIT, Bytes::from_request(request, &())).await {
        Ok(Ok(body)) => Ok(body),
        Ok(Err(refused)) if refused.status() == StatusCode::PAYLOAD_TOO_LARGE => Err(too_large()),
        Ok(Err(refused)) => Err(Problem::new(StatusCode::BAD_REQUEST, refused.body_text())),
        Err(_) => Err(Problem::new(
            StatusCode::REQUEST_TIMEOUT,
            "the body did not come within 10 s; send it again",
        )),
    }
}
