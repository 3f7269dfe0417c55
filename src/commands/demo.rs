//! `gemba demo`: the agent, unchanged, on a simulated plant behind real sockets on loopback.

#[path = "demo/folder.rs"]
mod folder;

use crate::agent::{self, Time};
use crate::clock::Clock;
use crate::config::{self, Plant};
use crate::demo::{self, Desk, Pace, Sockets, Story};
use crate::model::time::Timestamp;
use folder::Folder;
use std::io::{self, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

/// What the log says unless `GEMBA_LOG` says otherwise: the broker is no part of what is shown.
const LOG: &str = "warn,rumqttd=off";
/// The web port, where nobody asked for another.
const PORT: u16 = 8080;
/// How many ports after it are tried when it is taken.
const NEXT_PORTS: u16 = 20;
/// Simulated time between two commits at the pace of the wall clock: entries are answered within it. Faster, it grows with
/// the speed: a disk can write only so often.
const COMMIT_MS: u32 = 1_000;
/// The longest that can be configured.
const COMMIT_MOST_MS: u32 = 60_000;
/// 2001-01-01T00:00:00Z: an import takes no times before 2000.
const EARLIEST: Timestamp = Timestamp(978_307_200_000);
/// Threads for the agent and the plant; the agent's core and store, and the broker, have threads of their own.
const WORKERS: usize = 2;

/// What the command line says.
#[derive(Debug, Clone)]
pub struct Options {
    /// Which plant; 1 where it is not given.
    pub seed: Option<u32>,
    /// How many times as fast as real time it lives.
    pub speed: u32,
    /// Its time at the start, as an instant with its offset; the wall clock's where it is not given.
    pub now: Option<String>,
    /// Where its data stays; nowhere where it is not given.
    pub data: Option<PathBuf>,
    /// The web port.
    pub port: Option<u16>,
}

/// Runs the demo until SIGTERM or SIGINT; exit code 2 when an option cannot be used, 1 when something cannot start.
pub fn run(options: &Options) -> ExitCode {
    super::log::start_at(LOG);
    let now = match options.now.as_deref().map(instant).transpose() {
        Ok(now) => now.unwrap_or_else(Clock::wall),
        Err(why) => return said(&why, super::BAD_CONFIGURATION),
    };
    match start(options, now) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => said(&why, 1),
    }
}

/// An instant as people write it: `2026-11-21T10:47:18+07:00`.
fn instant(text: &str) -> Result<Timestamp, String> {
    let instant: Result<jiff::Timestamp, _> = text.parse();
    let instant = instant.map_err(|error| {
        format!("--now {text:?} is no instant ({error}): write one with its offset, such as 2026-11-21T10:47:18+07:00")
    })?;
    let instant = Timestamp(instant.as_millisecond());
    if instant < EARLIEST {
        return Err(format!(
            "--now {text:?} is before 2001: the past day must lie in times that can be brought in"
        ));
    }
    Ok(instant)
}

fn said(why: &str, code: u8) -> ExitCode {
    match writeln!(io::stderr(), "gemba demo cannot run: {why}") {
        Ok(()) => ExitCode::from(code),
        Err(_) => ExitCode::FAILURE,
    }
}

fn start(options: &Options, now: Timestamp) -> Result<(), String> {
    let folder = Folder::open(options.data.as_deref(), options.seed, now)?;
    let web = port(options.port)?;
    super::run::on_runtime(WORKERS, |stop| live(options, folder, web, now, stop))
}

/// The port of the web side: the one asked for, or the first free one from 8080 on.
fn port(asked: Option<u16>) -> Result<u16, String> {
    let is_free = |port: &u16| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok();
    match asked {
        Some(port) if is_free(&port) => Ok(port),
        Some(port) => Err(format!(
            "port {port} is taken by another program: choose another, such as --port {}",
            port.checked_add(1).unwrap_or(PORT)
        )),
        None => (PORT..PORT + NEXT_PORTS).find(is_free).ok_or_else(|| {
            format!(
                "ports {PORT} to {} are all taken: choose another with --port",
                PORT + NEXT_PORTS - 1
            )
        }),
    }
}

async fn live(
    options: &Options,
    folder: Folder,
    web: u16,
    now: Timestamp,
    stop: impl Future<Output = ()>,
) -> Result<(), String> {
    let sockets = Sockets::bind()
        .await
        .map_err(|error| format!("no free ports: {error}"))?;
    let ports = sockets.ports(web).map_err(|error| error.to_string())?;
    let commit_ms = COMMIT_MS.saturating_mul(options.speed).min(COMMIT_MOST_MS);
    let token = folder.write_settings(&demo::plant_file(ports, commit_ms))?;
    let plant = load(&folder)?;
    let told = sockets.truth_url().map_err(|error| error.to_string())?;
    writeln!(
        io::stdout(),
        "A simulated plant is made ready; its past day takes a few seconds."
    )
    .map_err(|error| error.to_string())?;
    let begin = move || folder.begin(&plant, now).map(|from| (folder, plant, from));
    let begun = tokio::task::spawn_blocking(begin).await;
    let (folder, plant, from) = begun.map_err(|error| error.to_string())??;
    let story = folder.story();
    let pace = Pace {
        started: started(),
        origin: from.0,
        rate: options.speed,
    };
    let desk = Desk {
        url: format!("http://127.0.0.1:{web}/api/v1/entries"),
        token,
    };
    let floor = demo::Plant::start(story, pace, sockets, desk);
    let floor = floor
        .await
        .map_err(|error| format!("the simulated plant does not start: {error}"))?;
    introduce(&folder, web, &told, options.speed).map_err(|error| error.to_string())?;
    let time = Time::Paced {
        started: pace.started,
        origin: from,
        rate: pace.rate,
    };
    let ended = agent::run(plant, time, stop).await.map_err(|error| error.to_string());
    floor.stop().await;
    ended.and_then(|()| folder.close())
}

/// Now, as the runtime counts.
fn started() -> Instant {
    tokio::time::Instant::now().into_std()
}

/// The configuration that was written, by the way every other takes. Variables of this computer do not belong to it, but for
/// sinks: a store of one's own can be watched as it fills.
fn load(folder: &Folder) -> Result<Plant, String> {
    let sinks = super::environment().filter(|(name, _)| name.starts_with("GEMBA__SINK__"));
    config::load(&[folder.settings()], sinks).map_err(|findings| findings.to_string())
}

fn introduce(folder: &Folder, web: u16, truth: &str, speed: u32) -> io::Result<()> {
    let mut out = io::stdout();
    writeln!(
        out,
        "A plant of eight machines runs. It is simulated; the agent that watches it is not."
    )?;
    writeln!(out, "\n    http://127.0.0.1:{web}/\n")?;
    if speed > 1 {
        writeln!(out, "Its time runs {speed} times as fast as yours.")?;
    }
    writeln!(out, "What its machines really did:  {truth}")?;
    writeln!(out, "How it is configured:          {}", folder.settings().display())?;
    writeln!(out, "Who enters reasons needs:      {}", folder.token().display())?;
    writeln!(out, "{}", folder.fate())?;
    writeln!(out, "Ctrl-C stops it.")?;
    out.flush()
}
