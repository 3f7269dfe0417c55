//! The agent as a plant runs it: the program, a configuration file, signals and its HTTP API.

use super::process::Process;
use super::{eventually, free_port, http};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Duration;

/// The token of `[token.mes]` in [`Site::config`].
pub const MES_TOKEN: &str = "mes-token-of-the-test";
/// The longest a start may take: recovery, folding what was not sealed, listening.
const READY: Duration = Duration::from_secs(30);

/// A data folder with a configuration file.
#[derive(Debug)]
pub struct Site {
    folder: PathBuf,
    /// Port of the HTTP API.
    pub port: u16,
}

/// A running agent.
#[derive(Debug)]
pub struct Agent {
    port: u16,
    process: Process,
}

impl Site {
    /// Writes the configuration: `body` behind the tables every test needs (site, store, serve, a token, the sink).
    pub fn new(folder: &Path, sink: &str, body: &str) -> Site {
        let port = free_port();
        let at = folder.display();
        let head = format!(
            r#"[site]
id = "xuong-1"
name = {{ vi = "Xưởng 1", en = "Shop 1" }}
timezone = "Asia/Ho_Chi_Minh"
org = "example-co"

[store]
path = "{at}/data"
commit_ms = 1000

[serve]
listen = "127.0.0.1:{port}"

[token.mes]
role = "operator"
token_file = "{at}/mes.token"

[loss]
minor_stop = {{ cycles = 3, at_least_s = {MINOR_S}, at_most_s = {MINOR_S} }}

[sink.influx.programme]
url = "{sink}"
org = "idc"
bucket = "{BUCKET}"
token_file = "{at}/influx.token"
flush_ms = 1000

"#
        );
        std::fs::write(folder.join("mes.token"), MES_TOKEN).expect("token file");
        std::fs::write(folder.join("influx.token"), super::nginx::TOKEN).expect("token file");
        std::fs::write(folder.join("gemba.toml"), format!("{head}{body}")).expect("configuration");
        let site = Site {
            folder: folder.to_owned(),
            port,
        };
        let check = site.command("check", &[]);
        assert!(check.status.success(), "gemba check: {}", said(&check));
        site
    }

    /// The data folder.
    pub fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// Starts the agent and waits until it answers; in a new data folder a person puts the machines in service before.
    pub fn start(&self) -> Agent {
        if !self.data().exists() {
            self.commission();
        }
        self.start_by(&mut self.program("run"))
    }

    /// Puts all machines in service, in nobody's presence.
    pub fn commission(&self) {
        let said = self.command("commission", &["--all", "--by", "integrator"]);
        assert!(said.status.success(), "gemba commission: {}", self::said(&said));
    }

    /// The same by a command that runs [`Site::program`] in its own way.
    pub fn start_by(&self, command: &mut Command) -> Agent {
        let mut agent = Agent {
            port: self.port,
            process: Process::start("gemba", &self.folder, command),
        };
        eventually("gemba answers on /api/v1/health", READY, || {
            assert!(agent.process.runs(), "gemba ended: {}", agent.process.last_said());
            agent.get("/api/v1/health")
        });
        agent
    }

    /// Runs a subcommand to its end.
    pub fn command(&self, name: &str, more: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_gemba"));
        // What takes several files ends the line.
        command.arg(name).args(more).arg("--config").arg(self.settings());
        command.output().expect("gemba runs")
    }

    /// `gemba replay --check` says that the journal folds to the stored tallies.
    pub fn assert_replays(&self) {
        let output = self.command("replay", &["--check"]);
        assert!(output.status.success(), "gemba replay --check: {}", said(&output));
    }

    /// The program with a subcommand and its configuration.
    pub fn program(&self, name: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_gemba"));
        command.arg(name).arg("--config").arg(self.settings());
        command
    }

    fn settings(&self) -> PathBuf {
        self.folder.join("gemba.toml")
    }
}

/// Minor limit of the tests in seconds: short, so that a minute is sealed soon after a stop began.
pub const MINOR_S: i64 = 5;
/// The bucket, and so the database.
pub const BUCKET: &str = "plant";

impl Agent {
    /// kill -9.
    pub fn kill(mut self) {
        self.process.kill();
    }

    /// SIGTERM; fails unless it ends in order.
    pub fn stop(mut self) {
        let status = self.process.stop();
        assert!(
            status.success(),
            "gemba ended with {status}: {}",
            self.process.last_said()
        );
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// GET that must answer 200.
    pub fn get(&self, path: &str) -> Result<Value, String> {
        let answer = http::get(&format!("http://127.0.0.1:{}{path}", self.port))?;
        if answer.status == 200 {
            Ok(answer.json())
        } else {
            Err(format!("{answer:?}"))
        }
    }

    /// A machine on the wall.
    pub fn on_wall(&self, machine: &str) -> Result<Value, String> {
        let wall = self.get("/api/v1/wall")?;
        let found = wall["machines"]
            .as_array()
            .into_iter()
            .flatten()
            .find(|one| one["id"] == machine);
        found
            .cloned()
            .ok_or_else(|| format!("no machine {machine} on the wall: {wall}"))
    }

    /// Waits until a machine on the wall is in this class.
    pub fn wait_class(&self, machine: &str, class: &str, within: Duration) {
        eventually(&format!("{machine} is {class} on the wall"), within, || {
            let seen = self.on_wall(machine)?;
            if seen["class"] == class {
                Ok(())
            } else {
                Err(seen["class"].to_string())
            }
        });
    }

    /// Waits until a machine's signals say something.
    pub fn wait_known(&self, machine: &str, within: Duration) {
        eventually(&format!("{machine} is known on the wall"), within, || {
            match self.on_wall(machine)? {
                seen if seen["class"] != "unknown" => Ok(()),
                seen => Err(seen.to_string()),
            }
        });
    }

    /// Makes an entry; the status of the answer and its body.
    pub fn enter(&self, entry: &Value) -> http::Answer {
        let bearer = format!("Bearer {MES_TOKEN}");
        let headers = [("Authorization", bearer.as_str()), ("Content-Type", "application/json")];
        let url = format!("http://127.0.0.1:{}/api/v1/entries", self.port);
        http::post(&url, &headers, entry.to_string().into_bytes()).expect("gemba answers")
    }

    /// The stop that holds `anchor` had this reason.
    pub fn reason(&self, key: &str, machine: &str, anchor: i64, reason: &str) {
        let says = json!({"reason": reason, "anchor": anchor});
        self.book(&json!({"key": key, "machine": machine, "kind": "reason", "reason": says}));
    }

    /// Pieces counted as good were scrap.
    pub fn scrap(&self, key: &str, machine: &str, at: i64, pieces: i64) {
        let says = json!({"pieces": pieces});
        self.book(&json!({"key": key, "machine": machine, "kind": "scrap", "at": at, "scrap": says}));
    }

    /// From `at` on the machine makes this product.
    pub fn product(&self, key: &str, machine: &str, at: i64, product: &str) {
        let says = json!({"product": product});
        self.book(&json!({"key": key, "machine": machine, "kind": "product", "at": at, "product": says}));
    }

    fn book(&self, entry: &Value) {
        let answer = self.enter(entry);
        assert!((200..300).contains(&answer.status), "{entry}: {answer:?}");
    }

    /// Everything it logged.
    pub fn said(&self) -> String {
        self.process.said()
    }
}

fn said(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}
