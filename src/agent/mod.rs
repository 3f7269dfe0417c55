//! Builds every stage, joins them, and stops everything in order.

mod board;
mod check;
mod core;
mod counting;
pub mod driver;
pub(crate) mod history;
mod troubles;

use crate::clock::Clock;
use crate::collect::{self, Collectors, Outbox};
use crate::config::Plant;
use crate::forward::line_protocol::encode;
use crate::forward::{self, health::SinkHealth};
use crate::model::ids::MachineId;
use crate::model::live::PlantLive;
use crate::model::time::{DAY_MS, Now, Timestamp};
use crate::oee::plan::Plan;
use crate::pipeline::{self, Opened, Pipeline, Resumed};
use crate::serve::control::{self, Control};
use crate::serve::{self, Desk, Views, health::Health};
use crate::store::{self, Opening, Reader, Store, Writer};
use board::{Board, Disk};
use core::{Core, Doors};
use std::collections::BTreeMap;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;

/// Batches a source may be ahead of the core: a second of a plant with a thousand requests a second.
const OUTBOX_BATCHES: usize = 1_024;
/// Held increases nobody decided on that are read at the start, the newest: more of them are a counter that is read wrongly.
const MOST_HELD: usize = 10_000;
/// Longest wait for the last commit at a stop; a supervisor kills after 90 s by default, and a commit takes far less.
const LAST_COMMIT: Duration = Duration::from_secs(10);
/// Longest wait for sinks and web at a stop.
const OTHERS: Duration = Duration::from_secs(8);

/// Why the agent could not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The data folder cannot be used: which, what is wrong and what to do.
    #[error("{0}")]
    Store(String),
    /// The address of the web side cannot be listened on.
    #[error("listen address {address}: {why}: is another program using it? Change [serve] listen")]
    Listen {
        /// The address.
        address: String,
        /// The system's words.
        why: String,
    },
    /// A thread or a random number was refused by the system.
    #[error("the operating system refused {0}")]
    System(String),
}

/// Which time the agent lives in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Time {
    /// That of the operating system's clock.
    Wall,
    /// That of a simulated plant: `origin` at `started`, and `rate` times as fast as real time since.
    Paced {
        /// The real instant.
        started: Instant,
        /// Plant time at that instant.
        origin: Timestamp,
        /// Plant time per real time.
        rate: u32,
    },
}

impl Time {
    /// The agent's clock in this time, after the newest instant the data folder knows.
    fn clock(self, newest: Option<Timestamp>) -> Clock {
        match self {
            Time::Wall => Clock::start(newest),
            Time::Paced { started, origin, rate } => Clock::paced(started, origin, rate).after(newest),
        }
    }
}

/// Runs the agent in `time` until `stop` is ready, then ends everything in order: sources, core, sinks, web, store.
///
/// # Errors
/// When it cannot start; once it runs, nothing ends it but `stop`.
pub async fn run(plant: Plant, time: Time, stop: impl Future<Output = ()>) -> Result<(), StartError> {
    let running = Running::start(plant, time).await?;
    stop.await;
    tracing::info!("stopping: sources, core, sinks, web, store");
    running.stop().await;
    Ok(())
}

/// Every stage while the agent runs.
struct Running {
    collectors: Collectors,
    core: oneshot::Receiver<()>,
    control: mpsc::Sender<()>,
    others: Vec<JoinHandle<()>>,
    stop: watch::Sender<bool>,
    store: Store,
}

/// The ends of the agent's channels that sinks and web hold.
struct Ends {
    live: watch::Receiver<Arc<PlantLive>>,
    plan: watch::Receiver<Arc<Plan>>,
    health: watch::Receiver<Arc<Health>>,
    newest_booking: watch::Receiver<u64>,
    stop: watch::Receiver<bool>,
    writer: Writer,
    clock: Arc<Clock>,
    names: Arc<BTreeMap<MachineId, Arc<str>>>,
    polls: serve::Polls,
}

impl Running {
    async fn start(plant: Plant, time: Time) -> Result<Running, StartError> {
        let machines: Vec<String> = plant.machines().map(str::to_owned).collect();
        let folder = plant.store.path.clone();
        let (answers, answers_in) = mpsc::unbounded_channel();
        let boot = boot_id().map_err(StartError::System)?;
        let (store, writer, opening) = store::open(&plant.store, &machines, &boot, encode, answers)
            .map_err(|error| StartError::Store(error.to_string()))?;
        // After the folder: who starts a second agent by mistake is told of the first, not of an address.
        let (listener, store) = listen_or_stop(plant.listen, store).await?;
        let clock = Arc::new(time.clock(newest(&opening)));
        let mut roster = opening.roster.clone();
        let bound = plant.bind(&mut roster);
        let unclean = opening.alive.as_ref().is_some_and(|alive| !alive.clean);
        warn_if_long_off(&opening, clock.now());
        let (opened, findings) = opened(&plant, &bound, &roster, opening, clock.now())
            .map_err(|why| StartError::Store(format!("the data folder {}: {why}", folder.display())))?;
        check::start_if(unclean, &folder, &writer);
        let (live_out, live) = watch::channel(Arc::new(PlantLive::default()));
        let (plan_out, plan) = watch::channel(Arc::new(Plan::default()));
        let (health_out, health) = watch::channel(Arc::new(Health::default()));
        let (newest_booking_out, newest_booking) = watch::channel(0);
        let (stop_out, stop) = watch::channel(false);
        let (desk, asks) = Desk::new();
        let ends = Ends {
            live,
            plan,
            health,
            newest_booking,
            stop,
            writer: writer.clone(),
            clock: Arc::clone(&clock),
            names: names(&roster),
            polls: Arc::new(plant.polls(&roster)),
        };
        let (mut others, sinks) = ends.start_sinks(&plant);
        let (outbox, batches) = Outbox::new(OUTBOX_BATCHES);
        let sources: Vec<(String, &'static str)> = bound.sources.iter().map(board::describe).collect();
        let collectors = collect::start(bound.sources, outbox, Arc::clone(&clock));
        let (history, pages) = history::start(folder);
        let (control, control_in) = mpsc::channel(1);
        let doors = Doors {
            batches,
            asks,
            answers: answers_in,
            pages,
            control: control_in,
            writer,
            history,
            acks: collectors.acks(),
            live: live_out,
            plan: plan_out,
            health: health_out,
            newest_booking: newest_booking_out,
        };
        let board = Board::new(clock.now().at, sources, sinks, findings, Disk::of(&plant.store));
        let pipeline = begin(opened, clock.now());
        doors.plan.send_replace(Arc::new(pipeline.plan().clone()));
        let core = Core::new(pipeline, clock, doors, board).start();
        let core = core.map_err(StartError::System)?;
        tracing::info!(listen = %plant.listen, machines = machines.len(), "gemba runs");
        others.push(ends.start_web(plant, listener, desk));
        Ok(Running {
            collectors,
            core,
            control,
            others,
            stop: stop_out,
            store,
        })
    }

    async fn stop(self) {
        self.collectors.stop().await;
        let asked = self.control.send(()).await.is_ok();
        if !asked || tokio::time::timeout(LAST_COMMIT, self.core).await.is_err() {
            tracing::error!("the last commit was not written in time: what it held is unknown after the next start");
        }
        self.stop.send_replace(true);
        end(self.others).await;
        let store = self.store;
        if let Err(error) = tokio::task::spawn_blocking(move || store.stop()).await {
            tracing::error!(%error, "the store's thread broke down");
        }
    }
}

impl Ends {
    fn start_sinks(&self, plant: &Plant) -> (Vec<JoinHandle<()>>, Vec<watch::Receiver<SinkHealth>>) {
        let start = |sink: &forward::influx::Config| {
            let (health_out, health) = watch::channel(SinkHealth::default());
            let run = forward::run(
                sink.clone(),
                plant.store.path.clone(),
                self.writer.clone(),
                self.newest_booking.clone(),
                Arc::clone(&self.clock),
                health_out,
                self.stop.clone(),
            );
            (tokio::spawn(run), health)
        };
        plant.sinks.iter().map(start).unzip()
    }

    fn start_web(self, plant: Plant, listener: TcpListener, desk: Desk) -> JoinHandle<()> {
        let control = Control::bind(&plant.store.path).inspect_err(|error| {
            let path = control::path(&plant.store.path);
            tracing::warn!(path = %path.display(), %error, "commands of this computer cannot reach the agent while it runs");
        });
        let standings = serve::standings_in(plant.store.path.clone());
        let books = serve::books_in(plant.store.path.clone());
        let past = serve::past_in(plant.store.path.clone());
        let counts = counting::counts_in(plant.store.path, self.plan.clone());
        let views = Views {
            live: self.live,
            plan: self.plan,
            health: self.health,
            names: self.names,
            standings,
            books,
            past,
            counts,
            polls: self.polls,
            site: Arc::new(serve::Site {
                org: plant.site.org,
                id: plant.site.site,
                name: plant.name,
                language: plant.language.into(),
            }),
        };
        tokio::spawn(serve::serve(
            listener,
            control.ok(),
            views,
            desk,
            plant.tokens,
            self.clock,
            self.stop,
        ))
    }
}

/// Listens for the web side; the store is stopped in order where that fails.
async fn listen_or_stop(address: SocketAddr, store: Store) -> Result<(TcpListener, Store), StartError> {
    match listen(address).await {
        Ok(listener) => Ok((listener, store)),
        Err(error) => {
            store.stop();
            Err(error)
        }
    }
}

async fn listen(address: SocketAddr) -> Result<TcpListener, StartError> {
    let listener = TcpListener::bind(address).await;
    listener.map_err(|error| StartError::Listen {
        address: address.to_string(),
        why: error.to_string(),
    })
}

async fn end(tasks: Vec<JoinHandle<()>>) {
    let deadline = tokio::time::Instant::now() + OTHERS;
    for mut task in tasks {
        if tokio::time::timeout_at(deadline, &mut task).await.is_err() {
            task.abort();
        }
    }
}

/// The newest instant the agent has lived through: none is lived twice, whatever the wall clock says.
pub(crate) fn newest(opening: &Opening) -> Option<Timestamp> {
    let alive = opening.alive.as_ref().map(|alive| alive.at);
    let sealed = opening.sealed_until.iter().map(|(_, until)| *until).max();
    opening.newest.into_iter().chain(alive).chain(sealed).max()
}

fn warn_if_long_off(opening: &Opening, now: Now) {
    let off_ms = opening.alive.as_ref().map_or(0, |alive| now.at.since(alive.at));
    if off_ms > pipeline::LONGEST_OFF_MS {
        tracing::warn!(
            off_days = off_ms / DAY_MS,
            "by this computer's clock the agent was off for longer than ninety days: nothing is told of that time. If the \
             clock is wrong, set it and start gemba again"
        );
    }
}

/// The ids of all machines the data folder knows.
fn names(roster: &crate::model::ids::Roster) -> Arc<BTreeMap<MachineId, Arc<str>>> {
    Arc::new(roster.iter().map(|(id, name)| (id, name.into())).collect())
}

/// A pipeline that goes on where the journal ends; what of the configuration it does not follow is logged.
fn begin(opened: Opened, now: Now) -> Pipeline {
    let pipeline = Pipeline::start(opened, now);
    for (kind, id) in pipeline.left_alone() {
        tracing::warn!(
            table = kind.table(),
            id = &**id,
            "a person changed this item at the plant desk: what the configuration says of it is ignored. Write the same there, \
             or take it out"
        );
    }
    pipeline
}

/// What the pipeline starts from: the configuration, and what the journal knows of it; and what the folder's opening found.
pub(crate) fn opened(
    plant: &Plant,
    bound: &crate::config::Bound,
    roster: &crate::model::ids::Roster,
    opening: Opening,
    now: Now,
) -> Result<(Opened, Vec<String>), String> {
    let reader = Reader::open(&plant.store.path).map_err(|error| error.to_string())?;
    let mut plan = Plan::default();
    let unreadable = reader.said(|_, fact| plan.apply(&fact));
    let mut findings = opening.findings;
    findings.extend(unreadable.map_err(|error| error.to_string())?);
    let mut resumed = std::collections::BTreeMap::new();
    for machine in pipeline::wanted(&plan, &bound.settings, &opening.restating, now.at) {
        let mut checkpoints = opening.checkpoints.iter();
        let checkpoint = checkpoints.find(|checkpoint| checkpoint.machine == machine);
        let mut sealed = opening.sealed_until.iter();
        let sealed = sealed.find(|(id, _)| *id == machine).map(|(_, until)| *until);
        let Some(mut begun) = Resumed::new(machine, checkpoint, sealed, &plan) else {
            continue;
        };
        history::resume(&reader, machine, &mut begun, &plan).map_err(|error| error.to_string())?;
        resumed.insert(machine, begun);
    }
    let opened = Opened {
        points: bound.points.clone(),
        settings: bound.settings.clone(),
        names: Arc::unwrap_or_clone(names(roster)),
        plan,
        resumed,
        shifts: opening.shifts,
        engines: opening.engines,
        held: reader.open_flags(MOST_HELD).map_err(|error| error.to_string())?,
        restating: opening.restating,
        alive: opening.alive,
        last_seq: opening.last_seq,
        commit_ms: i64::try_from(plant.store.commit_ms).unwrap_or(i64::MAX),
        version: env!("CARGO_PKG_VERSION").into(),
        import: None,
        commissioning: true,
    };
    Ok((opened, findings))
}

/// A random id of this run, written beside every fact.
pub(crate) fn boot_id() -> Result<String, String> {
    let mut bytes = [0u8; 8];
    getrandom::fill(&mut bytes).map_err(|error| format!("a random number: {error}"))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
