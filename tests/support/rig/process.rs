//! A program of others in its own process, with its output in a file; it ends with the value that holds it.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

/// How much of a log is shown when a test fails, in lines.
const SHOWN: usize = 60;
/// How long a program may take to end in order.
const ORDERLY: Duration = Duration::from_secs(15);

/// A running program.
#[derive(Debug)]
pub struct Process {
    /// What it is, for messages.
    pub name: String,
    /// Where its output goes.
    pub log: PathBuf,
    child: Child,
}

impl Process {
    /// Starts it with stdout and stderr appended to `folder/name.log`.
    pub fn start(name: &str, folder: &Path, command: &mut Command) -> Process {
        let log = folder.join(format!("{name}.log"));
        let out = File::options().create(true).append(true).open(&log).expect("log file");
        let err = out.try_clone().expect("log file twice");
        let child = command.stdin(Stdio::null()).stdout(out).stderr(err).spawn();
        let child = child.unwrap_or_else(|why| panic!("{name} does not start ({why}): tests/run installs it"));
        Process {
            name: name.to_owned(),
            log,
            child,
        }
    }

    /// Takes over a program that was started with pipes.
    pub fn adopt(name: &str, log: PathBuf, child: Child) -> Process {
        Process {
            name: name.to_owned(),
            log,
            child,
        }
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// True while it runs.
    pub fn runs(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// kill -9, and waits for the end.
    pub fn kill(&mut self) {
        self.child.kill().expect("kill a program of our own");
        self.child.wait().expect("wait for a program of our own");
    }

    /// SIGTERM, and waits for the end.
    pub fn stop(&mut self) -> ExitStatus {
        self.signal("TERM");
        let name = self.name.clone();
        super::eventually(&format!("{name} ends after SIGTERM"), ORDERLY, || {
            match self.child.try_wait() {
                Ok(Some(status)) => Ok(status),
                other => Err(format!("{other:?}")),
            }
        })
    }

    /// Sends a signal by name.
    pub fn signal(&self, name: &str) {
        let command = format!("kill -{name} {}", self.child.id());
        let status = Command::new("sh").args(["-c", &command]).status().expect("sh");
        assert!(status.success(), "{command}");
    }

    /// Everything it said so far.
    pub fn said(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// The end of what it said.
    pub fn last_said(&self) -> String {
        let said = self.said();
        let lines: Vec<_> = said.lines().collect();
        lines[lines.len().saturating_sub(SHOWN)..].join("\n")
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("---- {} said last:\n{}\n----", self.name, self.last_said());
        }
        let ended = self.child.kill().and_then(|()| self.child.wait());
        if let Err(why) = ended {
            eprintln!("{} could not be ended: {why}", self.name);
        }
    }
}
