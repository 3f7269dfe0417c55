//! Drives the core through the past as the agent does through the present: same pipeline, same store, simulated time.

use super::sample::Sample;
use super::{Refused, known_later, unusable};
use crate::agent;
use crate::agent::history::Histories;
use crate::config::Plant;
use crate::forward::line_protocol::encode;
use crate::model::commit::Commit;
use crate::model::fact::Import;
use crate::model::reading::Reading;
use crate::model::time::{Now, Period, QUARTER_MS, Timestamp};
use crate::pipeline::replay::stamp;
use crate::pipeline::{Input, Output, Pipeline};
use crate::store::{self, Answer, Reader, Store, Writer};
use std::path::PathBuf;
use tokio::sync::mpsc;

/// Time of the past between two commits: what the plant says waits for the disk as little as it can, what a file says can be
/// read from it again. A tally is sealed within as much at the latest.
const COMMIT_MS: i64 = QUARTER_MS;
/// Samples of one instant handed to the core at once; a plant has fewer points.
const MOST_AT_ONCE: usize = 10_000;

/// The core and the store while they are fed.
pub struct Feed {
    folder: PathBuf,
    pipeline: Pipeline,
    histories: Histories,
    store: Store,
    writer: Writer,
    answers: mpsc::UnboundedReceiver<Answer>,
    import: Import,
    now: Timestamp,
    /// When the core wants to wake.
    wake: Timestamp,
    /// Samples of one instant not handed over yet.
    batch: Vec<Reading>,
    first_seq: u64,
    last_seq: u64,
    tallies: u64,
}

/// What was written.
#[derive(Debug)]
pub struct Told {
    /// Facts.
    pub facts: u64,
    /// Tallies sealed.
    pub tallies: u64,
    /// Tallies that are not the first of their minute.
    pub revised: u64,
}

impl Feed {
    /// Takes the data folder, which must know nothing at or after the first sample, and starts the core at that instant.
    ///
    /// # Errors
    /// When the folder cannot be used, or knows later time.
    pub fn open(plant: &Plant, author: &str, import: Import) -> Result<Feed, Refused> {
        let machines: Vec<String> = plant.machines().map(str::to_owned).collect();
        let folder = plant.store.path.clone();
        let boot = agent::boot_id().map_err(|why| Refused::Failed(format!("the operating system refused {why}")))?;
        let (answers_out, answers) = mpsc::unbounded_channel();
        let (store, writer, opening) =
            store::open(&plant.store, &machines, &boot, encode, answers_out).map_err(|error| unusable(&error))?;
        let now = Now {
            at: import.from,
            mono_ms: 0,
            epoch: 0,
        };
        let last_seq = opening.last_seq;
        let mut roster = opening.roster.clone();
        let bound = plant.bind(&mut roster);
        let opened = match known_later(&opening, import.from, &folder) {
            Some(refused) => Err(refused),
            None => agent::opened(plant, &bound, &roster, opening, now)
                .map_err(|why| Refused::Folder(format!("the data folder {}: {why}", folder.display()))),
        };
        let mut opened = match opened {
            Ok(opened) => opened,
            Err(refused) => {
                store.stop();
                return Err(refused);
            }
        };
        for point in &mut opened.points {
            point.decode = point.decode.of_decoded();
        }
        opened.commit_ms = COMMIT_MS;
        opened.import = Some((author.into(), import.clone()));
        Ok(Feed {
            pipeline: Pipeline::start(opened, now),
            histories: Histories::new(folder.clone()),
            folder,
            store,
            writer,
            answers,
            now: import.from,
            wake: import.from,
            import,
            batch: Vec::new(),
            first_seq: last_seq,
            last_seq,
            tallies: 0,
        })
    }

    /// Takes the next sample; time passes up to it.
    ///
    /// # Errors
    /// When the store fails.
    pub fn take(&mut self, sample: Sample) -> Result<(), Refused> {
        let at = sample.reading.at.max(self.now);
        if at > self.now || self.batch.len() >= MOST_AT_ONCE {
            self.hand_over()?;
            self.pass(at)?;
        }
        self.batch.push(sample.reading);
        Ok(())
    }

    /// Ends the run in order when all was taken; gives what was written.
    ///
    /// # Errors
    /// When the store fails.
    pub fn finish(mut self, all: bool) -> Result<Told, Refused> {
        let ended = if all { self.end() } else { Ok(()) };
        self.store.stop();
        ended?;
        let imported = Period::new(self.import.from, self.import.until.plus(1));
        let revised = Reader::open(&self.folder).and_then(|reader| reader.revised(imported));
        let revised = revised.map_err(|error| Refused::Failed(error.to_string()))?;
        Ok(Told {
            facts: self.last_seq - self.first_seq,
            tallies: self.tallies,
            revised: revised.values().sum(),
        })
    }

    fn end(&mut self) -> Result<(), Refused> {
        self.hand_over()?;
        self.hand(Input::Stop)?;
        // What was too much for one commit goes into the next ones.
        while self.pipeline.last_commit_number().is_none() {
            self.hand(Input::Stop)?;
        }
        Ok(())
    }

    fn hand_over(&mut self) -> Result<(), Refused> {
        if self.batch.is_empty() {
            return Ok(());
        }
        let batch = std::mem::take(&mut self.batch);
        self.hand(Input::Readings(batch, None))
    }

    /// The core wakes each time it wants to, up to `to`.
    fn pass(&mut self, to: Timestamp) -> Result<(), Refused> {
        while self.wake <= to {
            self.now = self.wake;
            self.hand(Input::Tick)?;
            self.wake = self.pipeline.wake_at(self.clock());
        }
        self.now = to;
        Ok(())
    }

    fn clock(&self) -> Now {
        Now {
            at: self.now,
            mono_ms: self.now.since(self.import.from).unsigned_abs(),
            epoch: 0,
        }
    }

    /// Tells the core, and does all that it wants before anything else happens.
    fn hand(&mut self, input: Input) -> Result<(), Refused> {
        self.pipeline.handle(input, self.clock());
        while let Some(output) = self.pipeline.poll() {
            let answer = match output {
                Output::Commit(commit) => Some(Input::Committed(self.commit(*commit)?)),
                Output::Load(machine, from) => self.histories.page((machine, from)).map(|page| match page {
                    Ok(page) => Input::History(page),
                    Err(machine) => Input::HistoryFailed(machine),
                }),
                // Nobody sent a message or an entry, and nobody looks.
                Output::Ack(_) | Output::Reply(..) | Output::Live(_) => None,
            };
            if let Some(answer) = answer {
                self.pipeline.handle(answer, self.clock());
            }
        }
        Ok(())
    }

    fn commit(&mut self, commit: Commit) -> Result<crate::model::commit::Committed, Refused> {
        let sealed = commit.sealed.iter().filter(|sealed| sealed.range.is_none());
        let tallies: usize = sealed.map(|sealed| sealed.tallies.len()).sum();
        let why = match self.writer.commit(commit) {
            Err(_) => "the store has stopped".to_owned(),
            Ok(()) => match self.answers.blocking_recv() {
                Some(Answer::Committed(committed)) => {
                    self.tallies += tallies as u64;
                    self.last_seq = committed.last_seq;
                    return Ok(committed);
                }
                Some(Answer::Refused { why, .. }) => why,
                None => "the store has stopped".to_owned(),
            },
        };
        Err(Refused::Failed(format!(
            "the samples up to {} could not all be written: {why}. When that is mended, begin again with an empty data \
             folder, or with the samples after the last that it tells of",
            stamp(self.now)
        )))
    }
}
