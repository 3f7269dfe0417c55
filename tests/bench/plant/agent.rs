//! The agent as a child process, with what the operating system says of it.

use super::procfs::{self, Usage};
use std::fs::File;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// A running agent; it ends when this is dropped.
#[derive(Debug)]
pub struct Agent {
    /// Its data folder.
    pub data: PathBuf,
    folder: PathBuf,
    port: u16,
    child: Child,
}

impl Agent {
    /// Starts `gemba run` on `folder/gemba.toml`; what it says goes to `folder/gemba.log`. The variable
    /// `GEMBA_BENCH_BINARY` names another build to measure than the one made for the benchmark.
    pub fn start(folder: &Path, port: u16) -> Agent {
        let log = File::create(folder.join("gemba.log")).unwrap();
        let binary = std::env::var("GEMBA_BENCH_BINARY").unwrap_or(env!("CARGO_BIN_EXE_gemba").to_owned());
        let child = Command::new(binary)
            .args(["run", "--config"])
            .arg(folder.join("gemba.toml"))
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        Agent {
            data: folder.join("data"),
            folder: folder.to_owned(),
            port,
            child,
        }
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// What it used so far.
    pub fn usage(&mut self) -> Usage {
        if let Ok(Some(status)) = self.child.try_wait() {
            let log = std::fs::read_to_string(self.folder.join("gemba.log")).unwrap_or_default();
            panic!("gemba ended with {status}:\n{log}");
        }
        procfs::usage(self.child.id())
    }

    /// What its health page complains about: notes of sources, and sinks that are down.
    pub fn complaints(&self) -> Vec<String> {
        let health: serde_json::Value = serde_json::from_str(&self.get("/api/v1/health")).unwrap();
        let list = |what: &serde_json::Value| what.as_array().cloned().unwrap_or_default();
        let notes = list(&health["sources"])
            .into_iter()
            .flat_map(|source| list(&source["notes"]));
        let sinks = list(&health["sinks"]).into_iter().filter(|sink| sink["up"] != true);
        notes.chain(sinks).map(|what| what.to_string()).collect()
    }

    fn get(&self, path: &str) -> String {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        write!(
            stream,
            "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (_, body) = answer.split_once("\r\n\r\n").unwrap();
        body.to_owned()
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
