//! `gemba check`: everything that is wrong with a configuration, or what it comes to.

use super::counted;
use crate::clock::Clock;
use crate::config::{Plant, REFERENCE};
use crate::model::ids::Roster;
use crate::oee::calendar::Calendar;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

mod owned;
mod week;

/// Checks the configuration; exit code 0 when it can be used, else 2.
pub fn run(files: &[PathBuf]) -> ExitCode {
    let mut out = io::stdout().lock();
    match super::load(files, &mut out) {
        Ok(plant) => match summary(&plant, &mut out) {
            Ok(()) => ExitCode::SUCCESS,
            Err(_) => ExitCode::FAILURE,
        },
        Err(code) => code,
    }
}

/// Prints every key a configuration may have.
pub fn reference() -> ExitCode {
    match io::stdout().lock().write_all(REFERENCE.as_bytes()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

fn summary(plant: &Plant, out: &mut impl Write) -> io::Result<()> {
    let machines: Vec<_> = plant.machines().collect();
    let sinks: Vec<_> = plant.sinks.iter().map(|sink| sink.name.as_str()).collect();
    let tokens: Vec<_> = plant.tokens.iter().map(|token| &*token.name).collect();
    let mut roster = Roster::default();
    let calendar = Calendar::new(plant.calendar(&mut roster));
    let shifts: Vec<_> = calendar.setting().shifts.iter().map(|shift| &*shift.id).collect();
    writeln!(
        out,
        "{} of {}: the configuration can be used",
        plant.site.site, plant.site.org
    )?;
    list(out, "machine", &machines)?;
    for is_modbus in [true, false] {
        let names = plant.source_names(is_modbus);
        if !names.is_empty() {
            let kind = if is_modbus { "Modbus" } else { "MQTT" };
            let points = counted(plant.point_count(is_modbus), "point");
            list(out, &format!("{kind} source"), &names)?;
            writeln!(out, "    {points}")?;
        }
    }
    if shifts.is_empty() {
        writeln!(out, "  no shifts: all time is planned")?;
    } else {
        list(out, "shift", &shifts)?;
    }
    if let Some(today) = calendar.date(Clock::start(None).now().at) {
        out.write_all(week::told(&calendar, &roster, today).as_bytes())?;
    }
    for line in owned::told(plant) {
        writeln!(out, "  {line}")?;
    }
    list(out, "sink", &sinks)?;
    list(out, "token", &tokens)?;
    writeln!(out, "  data in {}, API at {}", plant.store.path.display(), plant.listen)
}

fn list(out: &mut impl Write, noun: &str, names: &[&str]) -> io::Result<()> {
    let colon = if names.is_empty() { "" } else { ": " };
    writeln!(out, "  {}{colon}{}", counted(names.len(), noun), names.join(", "))
}
