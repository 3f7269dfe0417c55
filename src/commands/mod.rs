//! One file for each subcommand, and what they share: loading the configuration and saying what is wrong with it.

pub mod check;
pub mod import;
mod log;
pub mod replay;
pub mod run;

use crate::config::{self, Findings, Level, Plant};
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
    let lossy = |text: std::ffi::OsString| text.to_string_lossy().into_owned();
    let env = std::env::vars_os().map(|(name, value)| (lossy(name), lossy(value)));
    match config::load(files, env) {
        Ok(plant) => {
            report(&plant.warnings, out).map_err(|_| ExitCode::FAILURE)?;
            Ok(plant)
        }
        Err(findings) => Err(match report(&findings, out) {
            Ok(()) => ExitCode::from(BAD_CONFIGURATION),
            Err(_) => ExitCode::FAILURE,
        }),
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
