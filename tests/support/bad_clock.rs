//! The wall clock of one process, set by hand while its monotonic clock runs on: Debian's libfaketime.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Where Debian puts the library, by architecture.
const LIBRARIES: [&str; 2] = [
    "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1",
    "/usr/lib/aarch64-linux-gnu/faketime/libfaketimeMT.so.1",
];

/// A wall clock.
pub struct WallClock {
    offset: PathBuf,
}

impl WallClock {
    /// One that is right.
    pub fn new(folder: &Path) -> WallClock {
        let clock = WallClock {
            offset: folder.join("wall-clock"),
        };
        clock.set("+0");
        clock
    }

    /// Puts it so far from the right time: `+1h`, `-1h`, `+0`.
    pub fn set(&self, offset: &str) {
        // Renamed, so that nobody reads half a file.
        let new = self.offset.with_extension("new");
        std::fs::write(&new, offset).unwrap();
        std::fs::rename(&new, &self.offset).unwrap();
    }

    /// Has a program live by it.
    pub fn rule(&self, program: &mut Command) {
        let library = LIBRARIES.iter().find(|path| Path::new(path).exists());
        let library = library.expect("libfaketime is needed for this test: apt-get install faketime");
        program
            .env("LD_PRELOAD", library)
            .env("FAKETIME_TIMESTAMP_FILE", &self.offset)
            .env("FAKETIME_DONT_FAKE_MONOTONIC", "1")
            .env("FAKETIME_NO_CACHE", "1")
            .env("NO_FAKE_STAT", "1");
    }
}
