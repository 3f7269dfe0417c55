//! The folder of a demo: which plant it holds, its configuration, and its past.

use super::{Plant, Story, Timestamp, demo};
use crate::commands::import;
use crate::store::Reader;
use serde::Deserialize;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// The plant a folder holds; written when its past is.
const STORY: &str = "demo.toml";
const SETTINGS: &str = "plant.toml";
const TOKEN: &str = "operator.token";
const PAST: &str = "past.csv";
/// Author of the past.
const AUTHOR: &str = "demo";
/// A plant is lived again from its beginning at each start, which takes a second a month.
const OLDEST_MS: i64 = 400 * demo::PAST_MS;

/// A folder, kept or not.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    temporary: Option<TempDir>,
    story: Story,
    is_new: bool,
}

/// [`STORY`] as it stands in the file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    seed: u32,
    begin_ms: i64,
}

impl Folder {
    /// The folder asked for, or one that goes with the demo; a new plant begins a day before `now`.
    ///
    /// # Errors
    /// When it cannot be made or read, or holds something else.
    pub fn open(asked: Option<&Path>, seed: Option<u32>, now: Timestamp) -> Result<Folder, String> {
        let (path, temporary) = match asked {
            Some(path) => (path.to_owned(), None),
            None => {
                let made = tempfile::Builder::new().prefix("gemba-demo-").tempdir();
                let made = made.map_err(|error| format!("no temporary folder: {error}: choose one with --data DIR"))?;
                (made.path().to_owned(), Some(made))
            }
        };
        let unusable = |error: &dyn std::fmt::Display| format!("the folder {}: {error}", path.display());
        fs::create_dir_all(&path).map_err(|error| unusable(&error))?;
        let path = path.canonicalize().map_err(|error| unusable(&error))?;
        let begun = match fs::read_to_string(path.join(STORY)) {
            Ok(text) => Some(toml::from_str::<Kept>(&text).map_err(|error| unusable(&error))?),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
            Err(error) => return Err(unusable(&error)),
        };
        if begun.is_none() && (path.join("data").exists() || path.join(SETTINGS).exists()) {
            let what =
                format!("it holds a plant, but no whole demo ({STORY} is missing): choose a new folder with --data");
            return Err(unusable(&what));
        }
        let mut entries = fs::read_dir(&path).map_err(|error| unusable(&error))?;
        if begun.is_none() && entries.next().is_some() {
            return Err(unusable(
                &"it holds files of others: choose a new or an empty folder with --data",
            ));
        }
        if let (Some(kept), Some(seed)) = (&begun, seed)
            && kept.seed != seed
        {
            let what = format!(
                "its plant has the seed {}: leave --seed out, or choose a new folder",
                kept.seed
            );
            return Err(unusable(&what));
        }
        let is_new = begun.is_none();
        let story = begun.map_or_else(
            || Story {
                seed: seed.unwrap_or(1).into(),
                begin: now.0 - demo::PAST_MS,
            },
            |kept| Story {
                seed: kept.seed.into(),
                begin: kept.begin_ms,
            },
        );
        Ok(Folder {
            path,
            temporary,
            story,
            is_new,
        })
    }

    /// Which plant it holds.
    pub fn story(&self) -> Story {
        self.story
    }

    /// Its configuration file.
    pub fn settings(&self) -> PathBuf {
        self.path.join(SETTINGS)
    }

    /// The file of the token that entries are made with.
    pub fn token(&self) -> PathBuf {
        self.path.join(TOKEN)
    }

    /// What becomes of it, as a sentence.
    pub fn fate(&self) -> String {
        let path = self.path.display();
        match self.temporary {
            Some(_) => format!("Its data, removed at the end:  {path}"),
            None => format!("Its data stays:                {path}"),
        }
    }

    /// Writes the configuration and a token nobody else knows; the token.
    ///
    /// # Errors
    /// When they cannot be written.
    pub fn write_settings(&self, text: &str) -> Result<String, String> {
        let mut bytes = [0u8; 16];
        getrandom::fill(&mut bytes)
            .map_err(|error| format!("the operating system refused a random number: {error}"))?;
        let token: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        // A file that is there would keep its own rights.
        let removed = match fs::remove_file(self.token()) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            Ok(()) | Err(_) => Ok(()),
        };
        let mut owner_only = File::options();
        owner_only.write(true).create_new(true).mode(0o600);
        let written = removed
            .and_then(|()| owner_only.open(self.token()))
            .and_then(|mut file| writeln!(file, "{token}"))
            .and_then(|()| fs::write(self.settings(), text));
        written.map_err(|error| format!("{} cannot be written: {error}", self.path.display()))?;
        Ok(token)
    }

    /// Makes the folder ready: a new one gets its past. The instant from which on the plant lives: `now`, or after the newest
    /// instant the folder knows.
    ///
    /// # Errors
    /// When the past cannot be written, or is too long.
    pub fn begin(&self, plant: &Plant, now: Timestamp) -> Result<Timestamp, String> {
        if self.is_new {
            self.write_past(plant, now)?;
        }
        let newest = Reader::open(&plant.store.path).and_then(|reader| reader.standing());
        let newest = newest.map_err(|error| format!("the folder {}: {error}", self.path.display()))?;
        let sealed = newest.sealed_until.iter().map(|(_, until)| *until);
        let newest = sealed.chain(newest.alive).max();
        let from = newest.map_or(now, |newest| now.max(newest.plus(1)));
        if from.0 - self.story.begin > OLDEST_MS {
            let path = self.path.display();
            return Err(format!(
                "the plant in {path} began more than a year ago: choose a new folder with --data"
            ));
        }
        Ok(from)
    }

    fn write_past(&self, plant: &Plant, now: Timestamp) -> Result<(), String> {
        let path = self.path.join(PAST);
        let Story { seed, begin } = self.story;
        let written =
            File::create(&path).and_then(|file| demo::write_past(seed, begin, now.0, &mut BufWriter::new(file)));
        let file = written.and_then(|()| File::open(&path));
        let file = file.map_err(|error| format!("{} cannot be written: {error}", path.display()))?;
        import::samples(plant, file, AUTHOR, now).map_err(|refused| refused.to_string())?;
        let kept = format!(
            "# The plant of this folder: the same numbers, the same events.\nseed = {seed}\nbegin_ms = {begin}\n"
        );
        fs::write(self.path.join(STORY), kept).map_err(|error| format!("{STORY} cannot be written: {error}"))
    }

    /// Removes what nobody asked to keep.
    ///
    /// # Errors
    /// When it cannot be removed.
    pub fn close(self) -> Result<(), String> {
        let path = self.path;
        let removed = self.temporary.map_or(Ok(()), TempDir::close);
        removed.map_err(|error| format!("{} cannot be removed: {error}", path.display()))
    }
}
