//! Debian's VictoriaMetrics, a real one, on a free port of 127.0.0.1.

use crate::rig::process::Process;
use crate::rig::{eventually, free_port, http};
use serde_json::Value;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// A running VictoriaMetrics.
#[derive(Debug)]
pub struct Victoria {
    /// Its port.
    pub port: u16,
    _process: Process,
}

impl Victoria {
    /// Starts it in `folder` with these flags.
    pub fn start(folder: &Path, flags: &[&str]) -> Victoria {
        let port = free_port();
        let mut command = Command::new("victoria-metrics");
        command
            .arg(format!("-storageDataPath={}", folder.join("victoria").display()))
            .arg(format!("-httpListenAddr=127.0.0.1:{port}"))
            // A sample is found as soon as it is written.
            .arg("-search.latencyOffset=0s")
            .args(flags);
        let victoria = Victoria {
            port,
            _process: Process::start("victoria-metrics", folder, &mut command),
        };
        eventually("victoria-metrics answers", Duration::from_secs(30), || {
            http::get(&format!("{}/health", victoria.url()))
        });
        victoria
    }

    /// Its address as a sink's `url`.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Writes lines with times in milliseconds, and makes them readable.
    pub fn write(&self, lines: &str) {
        let url = format!("{}/api/v2/write?org=idc&bucket=plant&precision=ms", self.url());
        assert_eq!(http::post(&url, &[], lines.into()).expect("it answers").status, 204);
        http::get(&format!("{}/internal/force_flush", self.url())).expect("it flushes");
    }

    /// The one number of an instant query at `at`, in epoch seconds.
    pub fn number(&self, query: &str, at: i64) -> Option<f64> {
        let query = http::escaped(query);
        let answer = http::get(&format!(
            "{}/api/v1/query?query={query}&time={at}&nocache=1",
            self.url()
        ));
        let answer: Value = answer.expect("it answers").json();
        answer["data"]["result"][0]["value"][1].as_str()?.parse().ok()
    }
}
