//! A real mosquitto broker on a free loopback port, ended when dropped.

#![allow(dead_code, reason = "each test file uses the part it needs")]

use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tokio::time::Instant;

/// The program, as Debian installs it.
const PROGRAM: &str = "/usr/sbin/mosquitto";
/// A broker that does not listen or end in this time never will.
const WITHIN: Duration = Duration::from_secs(10);

/// A broker with persistence in its folder; anyone may connect unless its settings say otherwise.
#[derive(Debug)]
pub struct Mosquitto {
    /// Where it listens on 127.0.0.1.
    pub port: u16,
    config: PathBuf,
    child: Option<Child>,
}

impl Mosquitto {
    /// Starts a broker that keeps its state in `dir`.
    pub fn start(dir: &Path) -> Mosquitto {
        Mosquitto::start_with(dir, "allow_anonymous true")
    }

    /// The same with settings of its own, as lines of mosquitto.conf.
    pub fn start_with(dir: &Path, settings: &str) -> Mosquitto {
        // Between finding a free port and its use another process may take it: then the next one.
        for _ in 0..5 {
            let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
                .unwrap()
                .local_addr()
                .unwrap();
            let port = port.port();
            let place = dir.display();
            let text = format!(
                "user root\nlistener {port} 127.0.0.1\npersistence true\npersistence_location {place}/\n\
                 autosave_interval 1\nautosave_on_changes true\nset_tcp_nodelay true\n{settings}\n"
            );
            let config = dir.join("mosquitto.conf");
            std::fs::write(&config, text).unwrap();
            let mut broker = Mosquitto {
                port,
                config,
                child: None,
            };
            if broker.try_run() {
                return broker;
            }
        }
        panic!("mosquitto did not start: see its settings in {}", dir.display());
    }

    /// Its address as gemba's configuration writes it.
    pub fn url(&self) -> String {
        format!("mqtt://127.0.0.1:{}", self.port)
    }

    /// Ends it the way a service is ended: it saves its state first.
    pub fn stop(&mut self) {
        let Some(mut child) = self.child.take() else { return };
        let id = child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
        let deadline = Instant::now() + WITHIN;
        while child.try_wait().unwrap().is_none() {
            assert!(Instant::now() < deadline, "mosquitto did not end");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Ends it as a power cut does.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    /// Starts it again on the same port with the state it has on disk.
    pub fn run(&mut self) {
        let deadline = Instant::now() + WITHIN;
        while !self.try_run() {
            assert!(Instant::now() < deadline, "mosquitto did not start again");
        }
    }

    /// Ends it, state saved, and starts it again on the same port.
    pub fn restart(&mut self) {
        self.stop();
        self.run();
    }

    fn try_run(&mut self) -> bool {
        let mut child = Command::new(PROGRAM)
            .arg("-c")
            .arg(&self.config)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("mosquitto is needed for this test: apt-get install mosquitto");
        let deadline = Instant::now() + WITHIN;
        while child.try_wait().unwrap().is_none() && Instant::now() < deadline {
            if TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).is_ok() {
                self.child = Some(child);
                return true;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        child.kill().unwrap();
        child.wait().unwrap();
        false
    }
}

impl Drop for Mosquitto {
    fn drop(&mut self) {
        self.kill();
    }
}
