//! I/O. The HTTP side: live numbers, health and metrics for everyone on the plant network, entries for those with a token.

mod answer;
mod assets;
mod auth;
mod books;
mod bootstrap;
mod contract;
pub mod control;
mod draft;
mod entries;
mod events;
mod evidence;
mod findings;
pub mod health;
mod keeper;
mod kept;
mod kpis;
mod listen;
mod lookup;
mod metrics;
mod outages;
mod past;
mod plant;
mod revisions;
mod rollups;
mod screen;
mod shift;
mod shifts;
mod shown;
mod stamp;
mod standing;
mod story;
mod tile;
mod total;
mod undecided;
mod wall;

pub use books::{Books, BySums, Count, Counts, Rolled, Rolling, books_in};
pub use findings::{held, trouble};
pub use kpis::Polls;
pub use past::{Past, PastRows, Wanted, past_in};
pub use standing::{Standings, standings_in};

use crate::clock::Clock;
use crate::model::entry::{Draft, Outcome};
use crate::model::ids::MachineId;
use crate::model::live::PlantLive;
use crate::model::time::Timestamp;
use crate::oee::plan::Plan;
use answer::Problem;
use axum::Router;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::map_response;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use control::Control;
use health::Health;
use keeper::Keeper;
use secrecy::SecretString;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot, watch};

/// Entries that may wait for the core: two and a half of the largest requests. More would only wait longer than the
/// senders do.
pub const DESK_CAPACITY: usize = 256;
/// Characters of a token at least. Sixteen drawn at random from 0-9 and a-f are 64 bits: at the 256 tokens a second that can
/// be tried here, half of them take a thousand million years. A shorter one opens nothing.
pub const TOKEN_CHARS: usize = 16;

/// `[serve]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// Address and port to listen on.
    pub listen: SocketAddr,
}

/// What a token may do; each role may also do what those before it may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Look.
    Viewer,
    /// Make entries.
    Operator,
    /// Lead a shift.
    Leader,
    /// Change settings.
    Admin,
}

impl Role {
    /// Every role, from the least to the most.
    pub const ALL: [Role; 4] = [Role::Viewer, Role::Operator, Role::Leader, Role::Admin];

    /// The word in configuration and answers.
    pub fn name(self) -> &'static str {
        match self {
            Role::Viewer => "viewer",
            Role::Operator => "operator",
            Role::Leader => "leader",
            Role::Admin => "admin",
        }
    }

    /// The role of that name.
    pub fn parse(name: &str) -> Option<Role> {
        Role::ALL.into_iter().find(|role| role.name() == name)
    }
}

/// Who may write by HTTP: `[token.NAME]`.
#[derive(Debug, Clone)]
pub struct Token {
    /// Its name, the author of its entries.
    pub name: Arc<str>,
    /// What it may do.
    pub role: Role,
    /// What its holder sends as `Authorization: Bearer SECRET`.
    pub secret: SecretString,
}

/// An entry on its way to the core, and where the core answers when it is on disk.
#[derive(Debug)]
pub struct Ask {
    /// The entry.
    pub draft: Draft,
    /// To be used after the commit.
    pub reply: oneshot::Sender<Outcome>,
}

/// The door of this stage; the agent drains the other end.
#[derive(Debug, Clone)]
pub struct Desk {
    /// Where entries go.
    pub sender: mpsc::Sender<Ask>,
}

impl Desk {
    /// A door that holds at most [`DESK_CAPACITY`] entries, and its other end.
    pub fn new() -> (Desk, mpsc::Receiver<Ask>) {
        let (sender, receiver) = mpsc::channel(DESK_CAPACITY);
        (Desk { sender }, receiver)
    }
}

/// Which plant this is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Site {
    /// The company's id.
    pub org: Arc<str>,
    /// The plant's id.
    pub id: Arc<str>,
    /// Its name for people, by language; key "" when one name serves all.
    pub name: BTreeMap<Arc<str>, Arc<str>>,
    /// Language of texts for people, such as `vi`.
    pub language: Arc<str>,
}

/// What this stage shows and looks up.
#[derive(Clone)]
pub struct Views {
    /// The newest snapshot of the plant.
    pub live: watch::Receiver<Arc<PlantLive>>,
    /// What is configured and entered, by time.
    pub plan: watch::Receiver<Arc<Plan>>,
    /// The newest snapshot of the agent itself.
    pub health: watch::Receiver<Arc<Health>>,
    /// The ids of all machines that were ever configured.
    pub names: Arc<BTreeMap<MachineId, Arc<str>>>,
    /// Where stops that are over are looked up; [`standings_in`] makes it.
    pub standings: Standings,
    /// Where single facts, flags and sums of shifts are looked up; [`books_in`] makes it.
    pub books: Books,
    /// Where timelines and hours are looked up; [`past_in`] makes it.
    pub past: Past,
    /// Where what counters counted in a period is looked up, beside a count by hand.
    pub counts: Counts,
    /// How often counters are polled.
    pub polls: Polls,
    /// Which plant this is.
    pub site: Arc<Site>,
}

/// Serves, on the network and by the control socket where there is one, until `stop` turns true (or its sender is gone), then ends within 3 s: requests under way get 2 s.
pub async fn serve(
    listener: TcpListener,
    control: Option<Control>,
    views: Views,
    desk: Desk,
    tokens: Vec<Token>,
    clock: Arc<Clock>,
    stop: watch::Receiver<bool>,
) {
    let keeper = Keeper::new(views.clone(), Arc::clone(&clock), assets::build());
    let app = Arc::new(App {
        views,
        keeper,
        stop: stop.clone(),
        desk,
        gate: auth::Gate::new(&tokens),
        clock: Arc::clone(&clock),
    });
    let page = {
        let (app, stop) = (Arc::clone(&app), stop.clone());
        tokio::spawn(async move { app.keeper.run(stop).await })
    };
    let router = router(app);
    let own = control.map(|control| {
        let (router, clock, stop) = (router.clone(), Arc::clone(&clock), stop.clone());
        tokio::spawn(listen::run(control, router, clock, stop))
    });
    listen::run(listener, router, clock, stop).await;
    if let Some(own) = own
        && let Err(error) = own.await
    {
        tracing::error!(%error, "the control socket ended by a failure inside the agent");
    }
    page.abort();
}

/// What every handler has.
struct App {
    views: Views,
    keeper: Keeper,
    stop: watch::Receiver<bool>,
    desk: Desk,
    gate: auth::Gate,
    clock: Arc<Clock>,
}

impl App {
    /// When somebody looks at a snapshot: its instant and its age as a person has it, also where plant time runs faster.
    fn seen_at(&self, live: &PlantLive) -> Timestamp {
        live.at.plus(self.clock.age_ms(live.at))
    }
}

fn router(app: Arc<App>) -> Router {
    Router::new()
        .route("/", get(async || assets::index()))
        .route("/a/{build}/{*path}", get(asset))
        .route("/api/v1/bootstrap", get(bootstrap))
        .route("/api/v1/snapshot", get(snapshot))
        .route("/api/v1/events", get(events::get))
        .route("/api/v1/machines/{id}/shift", get(shift::get))
        .route("/api/v1/machines/{id}/revisions", get(revisions::get))
        .route("/api/v1/rollups", get(rollups::get))
        .route("/api/v1/wall", get(wall))
        .route("/api/v1/health", get(health))
        .route("/api/v1/entries", post(entries::post))
        .route("/api/v1/held", get(undecided::held))
        .route("/api/v1/late", get(undecided::late))
        .route("/api/v1/outages", get(outages::get))
        .route("/api/v1/outages/{seq}", post(outages::post))
        .route("/api/v1/assets", get(evidence::assets))
        .route("/api/v1/checks", get(evidence::checks))
        .merge(plant::routes())
        .route("/metrics", get(metrics))
        .fallback(no_such_page)
        .method_not_allowed_fallback(no_such_method)
        .layer(DefaultBodyLimit::max(entries::BODY_BYTES))
        .layer(map_response(secured))
        .with_state(app)
}

async fn asset(Path((build, path)): Path<(String, String)>, asked: HeaderMap) -> Response {
    match assets::file(&build, &path, &asked) {
        Some(file) => file,
        None => no_such_page().await.into_response(),
    }
}

async fn bootstrap(State(app): State<Arc<App>>) -> Response {
    let plan = Arc::clone(&app.views.plan.borrow());
    let view = bootstrap::view(&app.views.site, &plan, assets::build(), app.clock.now().at);
    answer::json(StatusCode::OK, &view)
}

async fn snapshot(State(app): State<Arc<App>>) -> Response {
    answer::json(StatusCode::OK, &*app.keeper.snapshot().await)
}

async fn wall(State(app): State<Arc<App>>) -> Response {
    let live = Arc::clone(&app.views.live.borrow());
    let plan = Arc::clone(&app.views.plan.borrow());
    let views = &app.views;
    let wall = wall::view(&views.site, &live, &plan, &views.polls, app.seen_at(&live));
    answer::json(StatusCode::OK, &wall)
}

/// Always 200: the answer is there, what it says is in `status`. (A 503 would make a load balancer or a monitor throw the
/// body away, which is the part that tells what to do.)
async fn health(State(app): State<Arc<App>>) -> Response {
    let live = Arc::clone(&app.views.live.borrow());
    let health = Arc::clone(&app.views.health.borrow());
    answer::json(StatusCode::OK, &health::view(&health, &live, app.seen_at(&live)))
}

async fn metrics(State(app): State<Arc<App>>) -> Response {
    let live = Arc::clone(&app.views.live.borrow());
    let health = Arc::clone(&app.views.health.borrow());
    let seen_at = app.seen_at(&live);
    match metrics::text(live, health, seen_at) {
        Ok(text) => ([(header::CONTENT_TYPE, metrics::CONTENT_TYPE)], text).into_response(),
        Err(error) => Problem::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            format!("metrics cannot be written: {error}"),
        )
        .into_response(),
    }
}

async fn no_such_page() -> Problem {
    Problem::new(
        StatusCode::NOT_FOUND,
        "there is no such page; the screens are at /, the numbers at /metrics and under /api/v1/ at wall, snapshot, events, \
         machines/ID/shift, rollups, health, held, late, outages, assets and checks, what the plant itself changes at products, standards, orders, \
         reasons, calendar and policy, and entries go to /api/v1/entries",
    )
}

async fn no_such_method() -> Problem {
    Problem::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "this page does not know that method; the header `allow` says which it knows",
    )
}

/// Live numbers must not come from a cache, nor be taken for a page or a script.
async fn secured(mut response: Response) -> Response {
    for (name, value) in [
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; frame-ancestors 'none'",
        ),
    ] {
        let value = HeaderValue::from_static(value);
        // The page and its files say themselves how long they keep and what they may load.
        response.headers_mut().entry(name).or_insert(value);
    }
    response
}
