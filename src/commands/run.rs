//! `gemba run`: the agent, from a configuration that can be used until it is told to stop.

use crate::agent::{self, Time};
use crate::config::Plant;
use std::io;
use std::path::PathBuf;
use std::pin::Pin;
use std::process::ExitCode;
use tokio::signal::unix::{SignalKind, signal};

/// Threads for sources, sinks and web; the core and the store have one of their own each.
const WORKERS: usize = 2;

/// Is ready when the process is told to stop.
pub type Stop = Pin<Box<dyn Future<Output = ()>>>;

/// Loads the configuration, reports findings as `check` does, and runs the plant until SIGTERM or SIGINT; exit code 2 when
/// the configuration cannot be used, 1 when the agent cannot start.
pub fn run(files: &[PathBuf]) -> ExitCode {
    let plant = match super::load(files, &mut super::log::Lenient(io::stderr())) {
        Ok(plant) => plant,
        Err(code) => return code,
    };
    super::log::start();
    match start(plant) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            tracing::error!("gemba cannot run: {why}");
            ExitCode::FAILURE
        }
    }
}

fn start(plant: Plant) -> Result<(), String> {
    on_runtime(WORKERS, |stop| async {
        agent::run(plant, Time::Wall, stop)
            .await
            .map_err(|error| error.to_string())
    })
}

/// Runs what `begin` makes to its end on a runtime of `workers` threads; it is given what is ready at SIGTERM or SIGINT.
///
/// # Errors
/// What it ends with, or when the operating system refuses a runtime or a signal.
pub fn on_runtime<T: Future<Output = Result<(), String>>>(
    workers: usize,
    begin: impl FnOnce(Stop) -> T,
) -> Result<(), String> {
    super::install_tls();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(workers)
        .enable_all()
        .build()
        .map_err(|error| format!("the operating system refused a runtime: {error}"))?;
    let ended = runtime.block_on(async {
        let mut terminate = signal(SignalKind::terminate()).map_err(|error| error.to_string())?;
        let mut interrupt = signal(SignalKind::interrupt()).map_err(|error| error.to_string())?;
        let stop: Stop = Box::pin(async move {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
        });
        begin(stop).await
    });
    // What still blocks in a read of the data folder ends with the process.
    runtime.shutdown_background();
    ended
}
