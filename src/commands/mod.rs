//! One file for each subcommand, and what they share: loading the configuration and saying what is wrong with it.

pub mod central;
pub mod check;
pub mod commission;
#[cfg(feature = "demo")]
pub mod demo;
pub mod import;
mod log;
pub mod replay;
pub mod report;
pub mod run;
pub mod status;

use crate::config::{self, Findings, Level, Plant};
use std::future::Future;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

/// Exit code when the configuration cannot be used.
pub const BAD_CONFIGURATION: u8 = 2;

/// Loads the configuration with this process's environment and writes every finding to `out`.
///
/// # Errors
/// The exit code: [`BAD_CONFIGURATION`], or 1 when `out` cannot be written to.
pub fn load(files: &[PathBuf], out: &mut impl Write) -> Result<Plant, ExitCode> {
    let plant = told(config::load(files, environment()), out)?;
    report(&plant.warnings, out).map_err(|_| ExitCode::FAILURE)?;
    Ok(plant)
}

/// This process's environment, as the configuration reads it.
fn environment() -> impl Iterator<Item = (String, String)> {
    let lossy = |text: std::ffi::OsString| text.to_string_lossy().into_owned();
    std::env::vars_os().map(move |(name, value)| (lossy(name), lossy(value)))
}

/// What was loaded; findings that prevent it are written to `out`, and their exit code is the error.
fn told<T>(loaded: Result<T, Findings>, out: &mut impl Write) -> Result<T, ExitCode> {
    loaded.map_err(|findings| match report(&findings, out) {
        Ok(()) => ExitCode::from(BAD_CONFIGURATION),
        Err(_) => ExitCode::FAILURE,
    })
}

/// Runs one conversation over the network to its end, on this thread.
///
/// # Errors
/// When the operating system refuses a runtime: a sentence.
fn block_on<T>(conversation: impl Future<Output = T>) -> Result<T, String> {
    install_tls();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| format!("the operating system refused a runtime: {error}"))?;
    Ok(runtime.block_on(conversation))
}

/// Installs the one TLS provider of the process; the second of two in one test process finds it installed.
fn install_tls() {
    if rustls::crypto::ring::default_provider().install_default().is_err() {
        tracing::debug!("a TLS provider is installed already");
    }
}

/// Writes findings one a line and, where there are errors, how many.
fn report(findings: &Findings, out: &mut impl Write) -> io::Result<()> {
    write!(out, "{findings}")?;
    let errors = findings.errors();
    let warnings = findings
        .iter()
        .filter(|finding| finding.level == Level::Warning)
        .count();
    if errors > 0 {
        writeln!(out, "{}, {}", counted(errors, "error"), counted(warnings, "warning"))?;
    }
    Ok(())
}

/// `1 machine`, `2 machines`.
fn counted(number: usize, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{plural}")
}
