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
    /// Brings in history of another system.
    #[command(subcommand)]
    Import(Import),
    /// Folds the whole journal again; exit code 0 when every stored number equals it.
    Replay {
        /// Compare with what is stored, and name the first difference of each machine.
        #[arg(long, required = true)]
        check: bool,
        #[command(flatten)]
        configured: Configured,
    },
}

#[derive(Debug, Subcommand)]
enum Import {
    /// Folds the samples of a CSV file (time,machine,signal,value) as if the plant had just said them; exit code 2 when the
    /// file or the configuration cannot be used, 1 when the data folder cannot.
    Samples {
        /// The file, in the order of time; - for standard input.
        file: PathBuf,
        #[command(flatten)]
        configured: Configured,
        /// Who brings it in, for the journal.
        #[arg(long, value_name = "NAME", default_value = "import")]
        author: String,
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
        Command::Import(Import::Samples {
            file,
            configured,
            author,
        }) => commands::import::run(&file, &configured.config, &author),
        Command::Replay { configured, .. } => commands::replay::run(&configured.config),
    }
}
