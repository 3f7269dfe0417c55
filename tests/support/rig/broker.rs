//! Debian's mosquitto on a fixed port with its sessions on disk, so that it can be restarted under the agent.

use super::process::Process;
use super::{eventually, free_port};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// A running broker.
#[derive(Debug)]
pub struct Broker {
    /// Its port.
    pub port: u16,
    folder: PathBuf,
    process: Option<Process>,
}

impl Broker {
    /// Starts it in `folder`.
    pub fn start(folder: &Path) -> Broker {
        let home = folder.join("mosquitto");
        std::fs::create_dir_all(&home).expect("folder");
        let port = free_port();
        // As root it would change to its own user, who may not write here.
        let text = format!(
            "listener {port} 127.0.0.1\nallow_anonymous true\npersistence true\npersistence_location {}/\nuser root\n\
             max_queued_messages 0\nlog_type error\nlog_type warning\n\
             log_type subscribe\n",
            home.display()
        );
        std::fs::write(home.join("mosquitto.conf"), text).expect("configuration");
        let mut broker = Broker {
            port,
            folder: home,
            process: None,
        };
        broker.resume();
        broker
    }

    /// Waits until somebody has subscribed to `topic`: what is published from now on reaches him.
    pub fn wait_subscribed(&self, topic: &str) {
        eventually(
            &format!("somebody subscribes to {topic}"),
            Duration::from_secs(30),
            || {
                let said = self.process.as_ref().map(Process::said).unwrap_or_default();
                let subscribed = said.lines().any(|line| line.split(' ').next_back() == Some(topic));
                if subscribed { Ok(()) } else { Err(said) }
            },
        );
    }

    /// Stops it where it stands: connections stay open, nothing is answered. Or lets it go on.
    pub fn hang(&self, hangs: bool) {
        let process = self.process.as_ref().expect("it runs");
        process.signal(if hangs { "STOP" } else { "CONT" });
    }

    /// Ends it in order, so that it writes its sessions to disk.
    pub fn pause(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.stop();
        }
    }

    /// Starts it again on the same port with the sessions it had.
    pub fn resume(&mut self) {
        let mut command = Command::new("mosquitto");
        command.arg("-c").arg(self.folder.join("mosquitto.conf"));
        self.process = Some(Process::start("mosquitto", &self.folder, &mut command));
        eventually("mosquitto listens", Duration::from_secs(20), || {
            TcpStream::connect(("127.0.0.1", self.port)).map_err(|why| why.to_string())
        });
    }
}
