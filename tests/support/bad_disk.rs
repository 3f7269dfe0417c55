//! A small disk of its own that can be filled to the last byte, and be made read-only.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

/// What fills the disk.
const FILLER: &str = "somebody-elses.log";
/// Bytes written at once, and the last ones one by one.
const CHUNKS: [usize; 3] = [64 * 1024, 4 * 1024, 1];

/// A disk in memory; it is gone when this is dropped.
pub struct Disk {
    /// Where it is mounted.
    pub path: PathBuf,
    filler: Option<(Arc<AtomicBool>, JoinHandle<()>)>,
}

impl Disk {
    /// Mounts a disk of so many megabytes at `path`. That takes the rights of root.
    pub fn mount(path: &Path, megabytes: u32) -> Disk {
        std::fs::create_dir_all(path).unwrap();
        let size = format!("size={megabytes}m");
        run(Command::new("mount")
            .args(["-t", "tmpfs", "-o", &size, "tmpfs"])
            .arg(path));
        Disk {
            path: path.to_owned(),
            filler: None,
        }
    }

    /// Nothing can be written to it from now on.
    pub fn read_only(&self) {
        run(Command::new("mount").args(["-o", "remount,ro"]).arg(&self.path));
    }

    /// Takes every free byte, and goes on taking what becomes free.
    pub fn fill(&mut self) {
        let over = Arc::new(AtomicBool::new(false));
        let (ending, path) = (Arc::clone(&over), self.path.join(FILLER));
        let mut file = OpenOptions::new().create(true).append(true).open(path).unwrap();
        take(&mut file);
        let thread = std::thread::spawn(move || {
            while !ending.load(Ordering::Acquire) {
                take(&mut file);
                std::thread::sleep(Duration::from_millis(20));
            }
        });
        self.filler = Some((over, thread));
    }

    /// Gives back what was taken.
    pub fn free(&mut self) {
        if let Some((over, thread)) = self.filler.take() {
            over.store(true, Ordering::Release);
            thread.join().unwrap();
            std::fs::remove_file(self.path.join(FILLER)).unwrap();
        }
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        self.free();
        // Lazily: the agent that uses it may end a moment later.
        let ended = Command::new("umount").arg("-l").arg(&self.path).status();
        if !ended.is_ok_and(|status| status.success()) && !std::thread::panicking() {
            panic!("{} is still mounted", self.path.display());
        }
    }
}

fn take(file: &mut File) {
    for size in CHUNKS {
        let zeros = vec![0; size];
        while file.write(&zeros).is_ok_and(|written| written > 0) {}
    }
}

fn run(command: &mut Command) {
    let status = command.status().unwrap();
    assert!(
        status.success(),
        "{command:?}: {status}; a disk of its own takes the rights of root"
    );
}
