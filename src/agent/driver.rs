//! I/O. Pipeline and store with nobody around them: no sources, sinks or screens. Whoever drives them brings the time.

use super::history::Histories;
use super::{boot_id, opened};
use crate::config::{Bound, Plant};
use crate::forward::line_protocol::encode;
use crate::model::commit::{Commit, Committed};
use crate::model::entry::Outcome;
use crate::model::ids::Roster;
use crate::model::live::PlantLive;
use crate::model::time::{Now, Timestamp};
use crate::oee::plan::Plan;
use crate::pipeline::{Input, Opened, Output, Pipeline};
use crate::store::{self, Answer, OpenError, Opening, Store, Writer};
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::sync::mpsc;

/// A data folder that was taken, so that no agent can, and what it knows.
pub struct Taken {
    /// What was in it.
    pub opening: Opening,
    /// The configuration with the folder's numbers for its machines.
    pub bound: Bound,
    /// The folder's numbers for machines.
    pub roster: Roster,
    folder: PathBuf,
    store: Store,
    writer: Writer,
    answers: mpsc::UnboundedReceiver<Answer>,
}

/// The core and the store while they are driven.
pub struct Driver {
    pipeline: Pipeline,
    histories: Histories,
    store: Store,
    writer: Writer,
    answers: mpsc::UnboundedReceiver<Answer>,
    replies: Vec<(u64, Outcome)>,
    live: Arc<PlantLive>,
    /// Number of the newest fact that was written.
    pub last_seq: u64,
    /// Tallies sealed.
    pub tallies: u64,
}

impl Taken {
    /// Takes the data folder of a plant.
    ///
    /// # Errors
    /// When it cannot be used, such as when an agent runs in it.
    pub fn open(plant: &Plant) -> Result<Taken, OpenError> {
        let folder = plant.store.path.clone();
        if is_of_another(&folder) {
            let why = "it belongs to another user, and what is made in it now could not be used by him: be that user"
                .to_owned();
            return Err(OpenError::Folder { path: folder, why });
        }
        let machines: Vec<String> = plant.machines().map(str::to_owned).collect();
        let boot = boot_id().map_err(OpenError::Thread)?;
        let (answers_out, answers) = mpsc::unbounded_channel();
        let (store, writer, opening) = store::open(&plant.store, &machines, &boot, encode, answers_out)?;
        let mut roster = opening.roster.clone();
        Ok(Taken {
            bound: plant.bind(&mut roster),
            roster,
            folder,
            opening,
            store,
            writer,
            answers,
        })
    }

    /// Gives the folder back, with nothing written.
    pub fn give_back(self) {
        self.store.stop();
    }

    /// Starts the core at an instant, after `adjust` has seen what it starts from.
    ///
    /// # Errors
    /// When the folder cannot be read; it is given back.
    pub fn start(self, plant: &Plant, now: Now, adjust: impl FnOnce(&mut Opened)) -> Result<Driver, String> {
        let last_seq = self.opening.last_seq;
        let mut opened = match opened(plant, &self.bound, &self.roster, self.opening, now) {
            Ok((opened, _)) => opened,
            Err(why) => {
                self.store.stop();
                return Err(format!("the data folder {}: {why}", self.folder.display()));
            }
        };
        adjust(&mut opened);
        Ok(Driver {
            pipeline: Pipeline::start(opened, now),
            histories: Histories::new(self.folder),
            store: self.store,
            writer: self.writer,
            answers: self.answers,
            replies: Vec::new(),
            live: Arc::default(),
            last_seq,
            tallies: 0,
        })
    }
}

/// True when a folder belongs to another user than this process: root may write into it, and its agent then may not.
fn is_of_another(folder: &Path) -> bool {
    let owner = fs::metadata(folder).map(|folder| folder.uid());
    let own = fs::metadata("/proc/self").map(|own| own.uid());
    owner.is_ok_and(|owner| own.is_ok_and(|own| own != owner))
}

impl Driver {
    /// When the core wants to wake.
    pub fn wake_at(&self, now: Now) -> Timestamp {
        self.pipeline.wake_at(now)
    }

    /// What the core knows by time.
    pub fn plan(&self) -> &Plan {
        self.pipeline.plan()
    }

    /// The plant as a screen would show it.
    pub fn live(&self) -> &PlantLive {
        &self.live
    }

    /// What became of the entries handed over, of each by its number.
    pub fn replies(&mut self) -> Vec<(u64, Outcome)> {
        std::mem::take(&mut self.replies)
    }

    /// Tells the core, and does all that it wants before anything else happens.
    ///
    /// # Errors
    /// Why the store failed.
    pub fn hand(&mut self, input: Input, now: Now) -> Result<(), String> {
        self.pipeline.handle(input, now);
        while let Some(output) = self.pipeline.poll() {
            let answer = match output {
                Output::Commit(commit) => Some(Input::Committed(self.commit(*commit)?)),
                Output::Load(machine, from) => self.histories.page((machine, from)).map(|page| match page {
                    Ok(page) => Input::History(page),
                    Err(machine) => Input::HistoryFailed(machine),
                }),
                Output::Reply(number, outcome) => {
                    self.replies.push((number, outcome));
                    None
                }
                Output::Live(live) => {
                    self.live = live;
                    None
                }
                // Nobody sent a message.
                Output::Ack(_) => None,
            };
            if let Some(answer) = answer {
                self.pipeline.handle(answer, now);
            }
        }
        Ok(())
    }

    /// Ends the run in order: all is on disk then.
    ///
    /// # Errors
    /// Why the store failed.
    pub fn end(&mut self, now: Now) -> Result<(), String> {
        self.hand(Input::Stop, now)?;
        // What was too much for one commit goes into the next ones.
        while self.pipeline.last_commit_number().is_none() {
            self.hand(Input::Stop, now)?;
        }
        Ok(())
    }

    /// Gives the folder back.
    pub fn give_back(self) {
        self.store.stop();
    }

    fn commit(&mut self, commit: Commit) -> Result<Committed, String> {
        let sealed = commit.sealed.iter().filter(|sealed| sealed.range.is_none());
        let tallies: usize = sealed.map(|sealed| sealed.tallies.len()).sum();
        if self.writer.commit(commit).is_err() {
            return Err("the store has stopped".to_owned());
        }
        match self.answers.blocking_recv() {
            Some(Answer::Committed(committed)) => {
                self.tallies += tallies as u64;
                self.last_seq = committed.last_seq;
                Ok(committed)
            }
            Some(Answer::Refused { why, .. }) => Err(why),
            None => Err("the store has stopped".to_owned()),
        }
    }
}
