//! Command line of gemba: parses, and calls `commands`.

use clap::{Args, Parser, Subcommand};
use gemba::commands;
use std::path::PathBuf;
use std::process::ExitCode;

/// Reads machines over Modbus and MQTT, works out OEE on the spot, forwards it as a ledger.
#[derive(Debug, Parser)]
#[command(name = "gemba", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Checks a configuration and prints everything that is wrong with it; exit code 0 when it can be used, else 2.
    Check(Configured),
    /// Runs the agent until it is told to stop.
    Run(Configured),
    /// Shows how the running agent is: sources, sinks and their backlog, store, clock, head of the journal, machines.
    ///
    /// Where no agent answers, what its data folder knows. Exit codes are those of monitoring plugins: 0 all is well; 1
    /// something is missing, nothing is lost; 2 data is being lost, the numbers are old, or the agent does not run; 3 nothing
    /// can be said: the configuration cannot be used, or what answers is not its agent.
    Status {
        /// Print one JSON object instead of tables.
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        configured: Configured,
    },
    /// Folds the whole journal again; exit code 0 when every stored number equals it.
    Replay {
        /// Compare with what is stored, and name the first difference of each machine.
        #[arg(long, required = true)]
        check: bool,
        #[command(flatten)]
        configured: Configured,
    },
}

#[derive(Debug, Args)]
struct Configured {
    /// Files to read in order, or folders of *.toml; a conf.d next to a file is read after it, GEMBA__... variables last.
    #[arg(long, value_name = "FILE", required = true, num_args = 1..)]
    config: Vec<PathBuf>,
}

fn main() -> ExitCode {
    match Cli::parse().command {
        Command::Check(Configured { config }) => commands::check::run(&config),
        Command::Run(Configured { config }) => commands::run::run(&config),
        Command::Status { json, configured } => commands::status::run(&configured.config, json),
        Command::Replay { configured, .. } => commands::replay::run(&configured.config),
    }
}
