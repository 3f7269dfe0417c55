//! A scenario file: a plant, what happened to it by the plant's own clock, and what must come out, with the arithmetic.
//!
//! A file has four parts. `[plant]`, `[shift.ID]`, `[machine.ID]`, `[product.ID]`, ... say what is configured, `[[change]]`
//! what is configured anew at an instant. `[happened]` tells it, one line for each event (`lines.rs`), the
//! last `end`. `[[expect]]` names tallies and says what they add up to: all time by class, and all pieces; what it does not
//! name must be zero.
#![allow(clippy::unwrap_used, dead_code, reason = "a helper of tests may fail its test")]

mod clock;
mod configured;
pub mod expect;
mod file;
pub mod lines;
pub mod plc;
mod told;

pub use file::Scenario;
#[allow(unused_imports, reason = "some tests only play files")]
pub use told::Told;

use std::path::Path;

/// Plays a scenario and holds it against what the file expects; the error names every number that differs.
pub fn play(path: &Path) -> Result<(), String> {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let text = std::fs::read_to_string(path).map_err(|error| format!("{name}: {error}"))?;
    let scenario = Scenario::read(&text).map_err(|why| format!("{name}: {why}"))?;
    let wrong = expect::differences(&scenario, &scenario.told()?)?;
    match wrong.is_empty() {
        true => Ok(()),
        false => Err(wrong.iter().map(|what| format!("\n{name}: {what}")).collect()),
    }
}
