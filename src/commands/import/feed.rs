//! Drives the core through the past as the agent does through the present: same pipeline, same store, simulated time.

use super::sample::Sample;
use super::{Refused, known_later, unusable};
use crate::agent::driver::{Driver, Taken};
use crate::config::Plant;
use crate::model::fact::Import;
use crate::model::reading::Reading;
use crate::model::time::{Now, Period, QUARTER_MS, Timestamp};
use crate::pipeline::Input;
use crate::pipeline::replay::stamp;
use crate::store::Reader;
use std::path::PathBuf;

/// Time of the past between two commits: what the plant says waits for the disk as little as it can, what a file says can be
/// read from it again. A tally is sealed within as much at the latest.
const COMMIT_MS: i64 = QUARTER_MS;
/// Samples of one instant handed to the core at once; a plant has fewer points.
const MOST_AT_ONCE: usize = 10_000;

/// The core and the store while they are fed.
pub struct Feed {
    folder: PathBuf,
    driver: Driver,
    import: Import,
    now: Timestamp,
    /// When the core wants to wake.
    wake: Timestamp,
    /// Samples of one instant not handed over yet.
    batch: Vec<Reading>,
    first_seq: u64,
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
    /// Takes the data folder, which must know nothing at or after the first sample, and starts the core at that instant. A
    /// machine that only becomes known here is in service: whoever brings its history in says that it counts.
    ///
    /// # Errors
    /// When the folder cannot be used, or knows later time.
    pub fn open(plant: &Plant, author: &str, import: Import) -> Result<Feed, Refused> {
        let folder = plant.store.path.clone();
        let taken = Taken::open(plant).map_err(|error| unusable(&error))?;
        if let Some(refused) = known_later(&taken.opening, import.from, &folder) {
            taken.give_back();
            return Err(refused);
        }
        let now = Now {
            at: import.from,
            mono_ms: 0,
            epoch: 0,
        };
        let brought = (author.into(), import.clone());
        let driver = taken.start(plant, now, |opened| {
            for point in &mut opened.points {
                point.decode = point.decode.of_decoded();
            }
            opened.commissioning = false;
            opened.commit_ms = COMMIT_MS;
            opened.import = Some(brought);
        });
        let driver = driver.map_err(Refused::Folder)?;
        Ok(Feed {
            first_seq: driver.last_seq,
            driver,
            folder,
            now: import.from,
            wake: import.from,
            import,
            batch: Vec::new(),
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
        let (last_seq, tallies) = (self.driver.last_seq, self.driver.tallies);
        self.driver.give_back();
        ended?;
        let imported = Period::new(self.import.from, self.import.until.plus(1));
        let revised = Reader::open(&self.folder).and_then(|reader| reader.revised(imported));
        let revised = revised.map_err(|error| Refused::Failed(error.to_string()))?;
        Ok(Told {
            facts: last_seq - self.first_seq,
            tallies,
            revised: revised.values().sum(),
        })
    }

    fn end(&mut self) -> Result<(), Refused> {
        self.hand_over()?;
        let now = self.clock();
        self.driver.end(now).map_err(|why| self.broken_off(&why))
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
            self.wake = self.driver.wake_at(self.clock());
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

    fn hand(&mut self, input: Input) -> Result<(), Refused> {
        let now = self.clock();
        self.driver.hand(input, now).map_err(|why| self.broken_off(&why))
    }

    fn broken_off(&self, why: &str) -> Refused {
        Refused::Failed(format!(
            "the samples up to {} could not all be written: {why}. When that is mended, begin again with an empty data \
             folder, or with the samples after the last that it tells of",
            stamp(self.now)
        ))
    }
}
