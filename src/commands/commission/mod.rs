//! I/O. `gemba commission`: puts machines in service, or takes them out, in a person's name; an agent may run or not.

mod alone;
mod running;

use crate::agent;
use crate::config::Plant;
use crate::model::ids::Roster;
use crate::model::settings::Setting;
use crate::serve::control;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

/// What the command line says.
#[derive(Debug, Clone)]
pub struct Options {
    /// Ids of the machines; none for all of the configuration that are connected.
    pub machines: Vec<String>,
    /// Who says it.
    pub by: String,
    /// True to put in service, false to take out.
    pub on: bool,
}

/// Why it was not done.
#[derive(Debug)]
enum Failed {
    /// What was asked for is not there.
    Asked(String),
    /// It could not be done.
    Refused(String),
}

/// What became of a machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Done {
    /// It is so from now on.
    Now,
    /// It was so before; nothing was written.
    Before,
}

/// What to write of one machine: its id, and a key that no other entry has.
struct Word {
    machine: String,
    key: String,
}

/// Does it; exit code 0 when all of it is on disk, 2 when a machine or the name cannot be, else 1.
pub fn run(files: &[PathBuf], options: &Options) -> ExitCode {
    let plant = match super::load(files, &mut super::log::Lenient(io::stderr())) {
        Ok(plant) => plant,
        Err(code) => return code,
    };
    super::log::start();
    let mut out = io::stdout().lock();
    let told = match words(&plant, options).and_then(|words| commission(&plant, options, &words)) {
        Ok(done) => done
            .iter()
            .try_for_each(|(machine, done)| writeln!(out, "{machine} {}", said(*done, options)))
            .map(|()| ExitCode::SUCCESS),
        Err(Failed::Asked(why)) => writeln!(io::stderr(), "{why}").map(|()| ExitCode::from(super::BAD_CONFIGURATION)),
        Err(Failed::Refused(why)) => writeln!(io::stderr(), "{why}").map(|()| ExitCode::FAILURE),
    };
    told.unwrap_or(ExitCode::FAILURE)
}

fn said(done: Done, options: &Options) -> String {
    let by = &options.by;
    match (done, options.on) {
        (Done::Now, true) => format!("is in service from now on, by {by}"),
        (Done::Now, false) => format!("is out of service from now on, by {by}"),
        (Done::Before, true) => "was in service already".to_owned(),
        (Done::Before, false) => "was out of service already".to_owned(),
    }
}

/// The machines that are meant.
fn words(plant: &Plant, options: &Options) -> Result<Vec<Word>, Failed> {
    if !control::is_name(&options.by) {
        return Err(Failed::Asked(format!(
            "--by names who says it: {}",
            control::name_rule()
        )));
    }
    let connected = connected(plant);
    let lacking = options.machines.iter().find(|wanted| !connected.contains(wanted));
    if let Some(wanted) = lacking {
        return Err(Failed::Asked(format!(
            "there is no connected machine {wanted:?} in the configuration; it has {}",
            connected.join(", ")
        )));
    }
    let wanted = match options.machines.is_empty() {
        true => connected,
        false => options.machines.clone(),
    };
    let run = agent::boot_id().map_err(|why| Failed::Refused(format!("the operating system refused {why}")))?;
    let word = |machine: String| Word {
        key: format!("commission-{run}-{machine}"),
        machine,
    };
    Ok(wanted.into_iter().map(word).collect())
}

fn connected(plant: &Plant) -> Vec<String> {
    let mut roster = Roster::default();
    let bound = plant.bind(&mut roster);
    let connected = |name: &str| {
        let is_it = |setting: &Setting| matches!(setting, Setting::Machine(id, machine) if machine.asset.connected && roster.name(*id) == name);
        bound.settings.iter().any(is_it)
    };
    plant
        .machines()
        .filter(|name| connected(name))
        .map(str::to_owned)
        .collect()
}

fn commission(plant: &Plant, options: &Options, words: &[Word]) -> Result<Vec<(String, Done)>, Failed> {
    match running::commission(plant, options, words)? {
        Some(done) => Ok(done),
        None => alone::commission(plant, options, words),
    }
}
