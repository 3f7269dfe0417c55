//! `gemba import samples`: history of another system, brought in through the same core and store as the present.

mod feed;
mod file;
mod sample;

use crate::agent;
use crate::clock::Clock;
use crate::config::Plant;
use crate::model::fact;
use crate::model::ids::Roster;
use crate::model::time::Timestamp;
use crate::pipeline::replay::stamp;
use crate::store::{OpenError, Opening};
use feed::Feed;
use file::{Samples, Scan};
use sample::Table;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

/// Findings that are told of one file: who has mended so many knows what is wrong with the others.
const MOST_FINDINGS: usize = 50;
/// Longest name of who brings a file in: it stands in the journal for ever.
const LONGEST_AUTHOR: usize = 100;

/// What was brought in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// Samples of the file.
    pub samples: u64,
    /// Samples outside the range of their point: of no use, as if the plant had said them.
    pub out_of_range: u64,
    /// Machines that have samples in it.
    pub machines: usize,
    /// Instant of the first sample.
    pub from: Timestamp,
    /// Instant of the last one.
    pub until: Timestamp,
    /// Facts written to the journal.
    pub facts: u64,
    /// Tallies sealed.
    pub tallies: u64,
    /// Tallies that are not the first of their minute: samples after a long silence tell of the time before.
    pub revised: u64,
}

/// Why nothing, or not all, was brought in.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// The file is wrong: one sentence a line, and how many more there are. Nothing was written.
    #[error("{}", findings(.0, *.1))]
    File(Vec<String>, u64),
    /// The data folder cannot take it. Nothing was written.
    #[error("{0}")]
    Folder(String),
    /// It broke off.
    #[error("{0}")]
    Failed(String),
}

/// Brings the samples of `path` (`-`: of standard input) into the data folder of the configuration; exit code 0 when they
/// are in it, 2 when file or configuration cannot be used, else 1.
pub fn run(path: &Path, files: &[PathBuf], author: &str) -> ExitCode {
    let plant = match super::load(files, &mut super::log::Lenient(io::stderr())) {
        Ok(plant) => plant,
        Err(code) => return code,
    };
    super::log::start();
    let mut out = io::stdout().lock();
    let begun = Clock::start(None);
    let told = open(path, &plant).and_then(|file| samples(&plant, file, author, Clock::wall()));
    let took = Duration::from_millis(begun.now().mono_ms);
    let (said, code) = match &told {
        Ok(summary) => (print(summary, took, &mut out), ExitCode::SUCCESS),
        Err(refused @ Refused::File(..)) => (
            writeln!(out, "{refused}\nnothing was brought in"),
            ExitCode::from(super::BAD_CONFIGURATION),
        ),
        Err(refused) => (writeln!(out, "{refused}"), ExitCode::FAILURE),
    };
    said.map_or(ExitCode::FAILURE, |()| code)
}

/// Brings the samples of a file into the plant's data folder, in which no agent may run, in the name of `author`. The file is
/// read twice: nothing is written before all of it is known to be good. A sample later than `latest` is refused: a plant's
/// own clock would go on after it.
///
/// # Errors
/// See [`Refused`].
pub fn samples(plant: &Plant, file: File, author: &str, latest: Timestamp) -> Result<Summary, Refused> {
    if author.is_empty() || author.len() > LONGEST_AUTHOR || author.chars().any(char::is_control) {
        return Err(Refused::File(
            vec![format!(
                "the author's name has 1 to {LONGEST_AUTHOR} bytes and is written on one line"
            )],
            0,
        ));
    }
    let mut roster = Roster::default();
    let table = Table::new(&plant.bind(&mut roster).points, &roster);
    let mut file = Samples::new(file);
    let scan = scan(&mut file, &table, latest)?;
    let import = fact::Import {
        from: scan.from,
        until: scan.until,
        samples: scan.samples,
        sha256: scan.sha256.as_str().into(),
        imported_at: Clock::wall(),
        done: false,
    };
    let mut feed = Feed::open(plant, author, import)?;
    let fed = file
        .read(&mut |_, line| table.sample(line).map_or(Ok(()), |sample| feed.take(sample)))
        .map_err(unreadable)
        .and_then(|(sha256, outcome)| outcome.map(|()| sha256));
    // The journal calls an import done only when it brought what was looked at before.
    let told = feed.finish(fed.as_ref().is_ok_and(|sha256| *sha256 == scan.sha256));
    if fed? != scan.sha256 {
        return Err(Refused::Failed(
            "the file was changed while it was read: what is in the data folder is not what the journal says of it. Begin \
             again with an empty data folder"
                .to_owned(),
        ));
    }
    let told = told?;
    Ok(Summary {
        samples: scan.samples,
        out_of_range: scan.out_of_range,
        machines: scan.machines.len(),
        from: scan.from,
        until: scan.until,
        facts: told.facts,
        tallies: told.tallies,
        revised: told.revised,
    })
}

/// Reads the whole file without writing anything.
fn scan(file: &mut Samples, table: &Table, latest: Timestamp) -> Result<Scan, Refused> {
    let mut scan = Scan::new(latest);
    let read = file.read(&mut |number, line| {
        scan.take(number, table, line);
        Ok(())
    });
    let (sha256, outcome) = read.map_err(unreadable)?;
    outcome?;
    scan.finish(sha256)
}

fn unreadable(error: io::Error) -> Refused {
    Refused::File(vec![format!("the file cannot be read: {error}")], 0)
}

fn findings(findings: &[String], more: u64) -> String {
    let mut text = findings.join("\n");
    if more > 0 {
        text.push_str(&format!("\nand {more} more"));
    }
    text
}

/// The file, or standard input as a file: it is read twice.
fn open(path: &Path, plant: &Plant) -> Result<File, Refused> {
    if path.as_os_str() != "-" {
        return File::open(path)
            .map_err(|error| Refused::File(vec![format!("{} cannot be read: {error}", path.display())], 0));
    }
    let folder = &plant.store.path;
    spooled(folder).map_err(|error| {
        Refused::Folder(format!(
            "standard input could not be kept in the data folder {} while it is read: {error}",
            folder.display()
        ))
    })
}

/// Standard input in a file of the data folder that has no name any more: it is gone with the process.
fn spooled(folder: &Path) -> io::Result<File> {
    std::fs::create_dir_all(folder)?;
    let path = folder.join(format!("import-{}.csv", std::process::id()));
    let mut file = OpenOptions::new().read(true).write(true).create_new(true).open(&path)?;
    std::fs::remove_file(&path)?;
    io::copy(&mut io::stdin().lock(), &mut file)?;
    Ok(file)
}

/// Why the folder cannot take samples from `from` on, when it cannot.
fn known_later(opening: &Opening, from: Timestamp, folder: &Path) -> Option<Refused> {
    let newest = agent::newest(opening).filter(|newest| *newest >= from)?;
    Some(Refused::Folder(format!(
        "the data folder {} tells of the time up to {} already, and the first sample is of {}: history can only be brought in \
         after everything that is known. Leave out the samples up to then, or name an empty folder in store.path",
        folder.display(),
        stamp(newest),
        stamp(from)
    )))
}

fn unusable(error: &OpenError) -> Refused {
    Refused::Folder(error.to_string())
}

fn print(summary: &Summary, took: Duration, out: &mut impl Write) -> io::Result<()> {
    let took_ms = took.as_millis().max(1);
    writeln!(
        out,
        "{} of {} from {} until {} were brought in",
        super::counted(usize::try_from(summary.samples).unwrap_or(usize::MAX), "sample"),
        super::counted(summary.machines, "machine"),
        stamp(summary.from),
        stamp(summary.until)
    )?;
    if summary.out_of_range > 0 {
        writeln!(
            out,
            "{} of them are outside the range of their point: taken for no value, as from the plant",
            summary.out_of_range
        )?;
    }
    writeln!(
        out,
        "{} facts written, {} tallies sealed, {} revised; it took {}.{:03} s, {} samples a second",
        summary.facts,
        summary.tallies,
        summary.revised,
        took_ms / 1_000,
        took_ms % 1_000,
        u128::from(summary.samples) * 1_000 / took_ms
    )
}
