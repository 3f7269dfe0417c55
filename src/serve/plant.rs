//! I/O. The plant desk: `/api/v1/products`, `standards`, `orders`, `reasons`, `calendar` and `policy`, each change a fact.

mod calendar;
mod item;
mod overtime;
mod progress;
mod sound;
mod view;

use super::answer::{self, Problem, json};
use super::auth::{self, Holder};
use super::draft::{self, When};
use super::entries::{self, Booked, COMMIT_WAIT};
use super::listen::Peer;
use super::{App, Role};
use crate::model::entry::{Draft, Told};
use crate::model::settings::{Change, Setting, SettingKind};
use crate::model::time::{Period, Timestamp};
use axum::extract::{Path, Query, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Extension, Router};
use serde::Deserialize;
use std::cmp::Reverse;
use std::sync::Arc;
use tokio::time::Instant;

/// Characters of a `why`: two sentences.
const WHY_CHARS: usize = 500;

/// Tables of many items, by their path.
const MANY: [(&str, SettingKind); 4] = [
    ("products", SettingKind::Product),
    ("standards", SettingKind::Standard),
    ("orders", SettingKind::Order),
    ("reasons", SettingKind::Reason),
];
/// Items there is one of.
const ONE: [(&str, SettingKind); 2] = [("calendar", SettingKind::Calendar), ("policy", SettingKind::Policy)];

/// The pages of the plant desk.
pub(super) fn routes() -> Router<Arc<App>> {
    let mut all = Router::new();
    for (path, kind) in MANY {
        let items = Router::new()
            .route(&format!("/api/v1/{path}"), get(list))
            .route(&format!("/api/v1/{path}/{{id}}"), get(one).put(put).delete(delete));
        all = all.merge(items.layer(Extension(kind)));
    }
    for (path, kind) in ONE {
        let item = Router::new().route(&format!("/api/v1/{path}"), get(only).put(put_only));
        all = all.merge(item.layer(Extension(kind)));
    }
    all
}

/// Orders of one list, those changed last: a plant has some dozens open, and reads of each what was made for it.
const ORDERS: usize = 500;

/// Which items are listed.
#[derive(Debug, Deserialize)]
struct Listed {
    /// Closed orders too.
    #[serde(default)]
    all: bool,
}

async fn list(
    State(app): State<Arc<App>>,
    Extension(kind): Extension<SettingKind>,
    Query(listed): Query<Listed>,
) -> Response {
    let plan = Arc::clone(&app.views.plan.borrow());
    let now = app.clock.now().at;
    let ids: Vec<Arc<str>> = plan.ids(kind).cloned().collect();
    let mut views: Vec<_> = ids
        .iter()
        .filter_map(|id| view::of(&plan, kind, id, now, &app.views.names))
        .filter(|view| view.item.is_some())
        .collect();
    if kind != SettingKind::Order {
        return json(StatusCode::OK, &views);
    }
    views.retain(|view| listed.all || plan.order(&view.id, now).is_some_and(|order| !order.closed));
    let is_cut = views.len() > ORDERS;
    if is_cut {
        views.sort_by_key(|view| Reverse(view.changed_at));
        views.truncate(ORDERS);
        views.sort_by(|one, other| one.id.cmp(&other.id));
    }
    if let Err(problem) = progress::add(&app, &plan, &mut views).await {
        return problem.into_response();
    }
    answer::list(&views, is_cut)
}

async fn one(State(app): State<Arc<App>>, Extension(kind): Extension<SettingKind>, Path(id): Path<String>) -> Response {
    match look(&app, kind, &id).await {
        Ok(response) => response,
        Err(problem) => problem.into_response(),
    }
}

async fn only(State(app): State<Arc<App>>, Extension(kind): Extension<SettingKind>) -> Response {
    one(State(app), Extension(kind), Path(String::new())).await
}

/// One item with its ETag and its history.
async fn look(app: &App, kind: SettingKind, id: &str) -> Result<Response, Problem> {
    let plan = Arc::clone(&app.views.plan.borrow());
    let found = view::of(&plan, kind, id, app.clock.now().at, &app.views.names);
    let mut view = found.ok_or_else(|| {
        let table = kind.table();
        Problem::new(StatusCode::NOT_FOUND, format!("there is no {table} {id:?}"))
    })?;
    view.history = view::history(&plan, kind, id, &app.views.names);
    let mut views = [view];
    if kind == SettingKind::Order {
        progress::add(app, &plan, &mut views).await?;
    }
    let [view] = views;
    let mut response = json(StatusCode::OK, &view);
    if let Ok(tag) = HeaderValue::from_str(&view.etag) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    Ok(response)
}

/// A change as sent.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire {
    key: String,
    why: String,
    valid_from: Option<When>,
    item: Option<serde_json::Value>,
}

async fn put(
    State(app): State<Arc<App>>,
    Extension(peer): Extension<Peer>,
    Extension(kind): Extension<SettingKind>,
    Path(id): Path<String>,
    request: Request,
) -> Response {
    respond(change(&app, peer, kind, &id, request, false).await)
}

async fn put_only(
    State(app): State<Arc<App>>,
    peer: Extension<Peer>,
    kind: Extension<SettingKind>,
    request: Request,
) -> Response {
    put(State(app), peer, kind, Path(String::new()), request).await
}

async fn delete(
    State(app): State<Arc<App>>,
    Extension(peer): Extension<Peer>,
    Extension(kind): Extension<SettingKind>,
    Path(id): Path<String>,
    request: Request,
) -> Response {
    respond(change(&app, peer, kind, &id, request, true).await)
}

fn respond(changed: Result<Response, Problem>) -> Response {
    changed.unwrap_or_else(IntoResponse::into_response)
}

async fn change(
    app: &App,
    peer: Peer,
    kind: SettingKind,
    id: &str,
    request: Request,
    removes: bool,
) -> Result<Response, Problem> {
    let headers = request.headers().clone();
    auth::same_origin(&headers)?;
    let least = match kind {
        // Of the calendar a leader confirms overtime.
        SettingKind::Order | SettingKind::Calendar => Role::Leader,
        SettingKind::Site
        | SettingKind::Machine
        | SettingKind::Product
        | SettingKind::Reason
        | SettingKind::Standard
        | SettingKind::Line
        | SettingKind::Policy
        | SettingKind::Target => Role::Admin,
    };
    let by = app.gate.admit(peer, &headers, least, &app.clock).await?;
    entries::is_json(&headers)?;
    let body = entries::body(request).await?;
    let wire: Wire = entries::parse(&body)?;
    let draft = self::draft(app, &by, kind, id, &headers, &wire, removes)?;
    let warnings = match &draft.told {
        Told::Change(change) => sound::doubts(&change.setting, app.clock.now().at),
        Told::Entry(_) => Vec::new(),
    };
    let reply = entries::hand(app, draft).await?;
    let booked = entries::outcome(reply, Instant::now() + COMMIT_WAIT).await?;
    let (status, seq) = match booked {
        Booked::Now(seq) => (StatusCode::CREATED, Some(seq)),
        Booked::Before => (StatusCode::OK, None),
    };
    let plan = Arc::clone(&app.views.plan.borrow());
    let view = view::of(&plan, kind, id, app.clock.now().at, &app.views.names);
    Ok(json(status, &view::Booked { seq, view, warnings }))
}

/// The change on its way to the core, once its content and its ETag are in order.
fn draft(
    app: &App,
    by: &Holder,
    kind: SettingKind,
    id: &str,
    headers: &HeaderMap,
    wire: &Wire,
    removes: bool,
) -> Result<Draft, Problem> {
    let plan = Arc::clone(&app.views.plan.borrow());
    let now = app.clock.now().at;
    let refused = |why: String| Problem::new(StatusCode::UNPROCESSABLE_ENTITY, format!("nothing was changed: {why}"));
    draft::key(&wire.key).map_err(refused)?;
    let why = wire.why.trim();
    if why.is_empty() || why.chars().count() > WHY_CHARS {
        return Err(refused(format!(
            "`why` must say in 1 to {WHY_CHARS} characters why it changes"
        )));
    }
    let key: Arc<str> = format!("{}/{}", by.name, wire.key).into();
    // Sent again after it was taken: what it was held against then is over, and the core compares what it says.
    let before = plan.changes(kind, id).iter().find(|told| told.change.key == key);
    let at = match before {
        Some(told) => told.at,
        None => valid_from(wire, removes, now).map_err(refused)?,
    };
    if before.is_none() && at < now && plan.is_locked_in(Period::new(at, now), now) {
        let change = "a change from a shift on that ended more than seven working days ago";
        by.needs(Role::Admin, change)?;
    }
    let base = match before {
        Some(told) => told.change.was.clone(),
        None => plan.item(kind, id, at),
    };
    let setting = match (&wire.item, removes) {
        (Some(item), false) => item::read(kind, id, item, base.as_ref(), &app.views.names).map_err(refused)?,
        (None, true) => Setting::Removed(kind, id.into()),
        (None, false) => return Err(refused("`item` is missing: write what it is to be".to_owned())),
        (Some(_), true) => return Err(refused("what is removed has no `item`".to_owned())),
    };
    if let Setting::Calendar(is) = &setting {
        let is_overtime = matches!(&base, Some(Setting::Calendar(was)) if overtime::is_all(was, is));
        let more = "a change of the calendar that does more than give single dates (exceptions) more time to work";
        by.needs(if is_overtime { Role::Leader } else { Role::Admin }, more)?;
    }
    let was = plan.item(kind, id, now);
    if before.is_none() {
        let may_be = match removes {
            true => sound::may_go(kind, id, &plan, now),
            false => sound::check(&setting, base.as_ref(), &plan, now),
        };
        may_be.map_err(refused)?;
        let tag = view::etag(&plan, kind, id, now, &app.views.names);
        matches(headers, tag.as_deref())?;
    }
    let change = Change {
        setting,
        was,
        why: why.into(),
        key,
    };
    Ok(Draft {
        machine: None,
        at,
        author: Arc::clone(&by.name),
        told: Told::Change(Arc::new(change)),
        room: None,
        rework: None,
        seen: Some(plan.changes(kind, id).len()),
    })
}

/// Now, an instant ahead, or one whose tallies are worked out again: what is removed was there.
fn valid_from(wire: &Wire, removes: bool, now: Timestamp) -> Result<Timestamp, String> {
    let Some(when) = &wire.valid_from else { return Ok(now) };
    let at = draft::instant_ahead("valid_from", when, now)?;
    match removes && at < now {
        true => Err("`valid_from` lies in the past, and what is removed was there: leave it out for now".to_owned()),
        false => Ok(at),
    }
}

/// Refuses a change of something else than its sender saw.
fn matches(headers: &HeaderMap, tag: Option<&str>) -> Result<(), Problem> {
    let sent = headers.get(header::IF_MATCH).and_then(|tag| tag.to_str().ok());
    let changed = || {
        let detail =
            "nothing was changed: it is not what `If-Match` says; get it again, and send the change with its new ETag";
        Problem::new(StatusCode::PRECONDITION_FAILED, detail)
    };
    match (tag, sent) {
        (None, None) => Ok(()),
        (Some(tag), Some(sent)) if tag == sent => Ok(()),
        (Some(_), None) => Err(Problem::new(
            StatusCode::PRECONDITION_REQUIRED,
            "nothing was changed: it is there already; get it, and send its ETag as `If-Match`",
        )),
        (Some(_) | None, Some(_)) => Err(changed()),
    }
}
