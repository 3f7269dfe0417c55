//! A plant in Python in its own process (tests/plant), steered line by line over its stdin and stdout.

use super::process::Process;
use super::truth::Truth;
use serde_json::{Value, json};
use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{ChildStdin, ChildStdout, Command, Stdio};

/// A running plant.
#[derive(Debug)]
pub struct Plant {
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    process: Process,
}

impl Plant {
    /// PLCs: `tests/plant/plc.py` with this script; they listen when this returns.
    pub fn plcs(folder: &Path, script: &Value) -> Plant {
        Plant::start("plc", folder, script)
    }

    /// A publisher: `tests/plant/mqtt_plant.py` with this script; it is connected when this returns.
    pub fn publisher(folder: &Path, script: &Value) -> Plant {
        Plant::start("mqtt_plant", folder, script)
    }

    /// The script begins; the wall instant it began at.
    pub fn begin(&mut self) -> i64 {
        self.ask(&json!({"do": "start"}))["started"]
            .as_i64()
            .expect("an instant")
    }

    /// One command, one answer.
    pub fn ask(&mut self, command: &Value) -> Value {
        writeln!(self.input, "{command}").expect("the plant listens");
        self.input.flush().expect("the plant listens");
        let answer = self.line();
        assert!(answer.get("error").is_none(), "{command}: {answer}");
        answer
    }

    /// What a machine really did.
    pub fn truth(&mut self, machine: &str) -> Truth {
        let told = self.ask(&json!({"do": "truth"}));
        Truth::of(&told[machine]).unwrap_or_else(|| panic!("no machine {machine} in {told}"))
    }

    /// Every Modbus function code the PLCs were ever asked for.
    pub fn functions(&mut self) -> Vec<i64> {
        let told = self.ask(&json!({"do": "truth"}));
        told["functions"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_i64)
            .collect()
    }

    fn start(name: &str, folder: &Path, script: &Value) -> Plant {
        let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/plant");
        let file = folder.join(format!("{name}.json"));
        std::fs::write(&file, script.to_string()).expect("script");
        let log = folder.join(format!("{name}.log"));
        let python = std::env::var("GEMBA_PYTHON").unwrap_or_else(|_| "python3".to_owned());
        let mut command = Command::new(python);
        command.arg("-B").arg(here.join(format!("{name}.py"))).arg(&file);
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(File::create(&log).expect("log file"));
        let mut child = command.spawn().expect("python3 starts");
        let input = child.stdin.take().expect("a pipe");
        let output = BufReader::new(child.stdout.take().expect("a pipe"));
        let mut plant = Plant {
            input,
            output,
            process: Process::adopt(name, log, child),
        };
        let ready = plant.line();
        assert_eq!(ready, json!({"ready": true}), "{}", plant.process.last_said());
        plant
    }

    fn line(&mut self) -> Value {
        let mut line = String::new();
        self.output.read_line(&mut line).expect("the plant answers");
        serde_json::from_str(&line)
            .unwrap_or_else(|why| panic!("no answer from the plant ({why}): {}", self.process.last_said()))
    }
}
