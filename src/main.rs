//! Command line of gemba: parses, and calls `commands`.

use clap::{Args, Parser, Subcommand, ValueEnum};
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
    /// Prints every key of the configuration with its type, default and meaning, as Markdown.
    Reference,
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
    /// Looks at the stores the ledger goes to, and makes what is missing there.
    Central {
        #[command(subcommand)]
        action: Central,
    },
    /// Runs the agent on a simulated plant, to see it work: a day of it lies behind, and the wall is at the address it prints.
    #[cfg(feature = "demo")]
    Demo(Demo),
    /// Puts machines in service: before, what they do is shown, but is in no number and never forwarded.
    ///
    /// An agent may be running or not. Exit code 0 when all of it is on disk, 2 when a machine is not in the configuration,
    /// else 1.
    #[command(
        override_usage = "gemba commission <MACHINE>... --by <NAME> --config <FILE>...\n       gemba commission --all --by \
        <NAME> --config <FILE>..."
    )]
    Commission(Commission),
    /// Brings in history of another system.
    #[command(subcommand)]
    Import(Import),
    /// Prints production, OEE, losses, stops and rejects of a shift, a business day or a week, from the data folder: an agent
    /// may be running or not. Exit code 0; 1 when the folder cannot be read, 2 when what is asked for is not there.
    #[command(
        override_usage = "gemba report <shift|day|week> --config <FILE>... [--of <DATE[.SHIFT]>] [--machine <ID> | --line <ID>] \
        [--format <text|csv>] [--lang <vi|en|ko>]"
    )]
    Report(Report),
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
enum Central {
    /// Tells which store each sink is, what its token may do, how long the bucket keeps points, and what "exactly once" rests
    /// on there. Changes nothing; exit code 0 when all is well, 1 when someone should look, 2 when nothing reaches a sink.
    Check {
        #[command(flatten)]
        scope: Scope,
        #[command(flatten)]
        configured: Configured,
    },
    /// Makes what is missing in an InfluxDB 2 (organisation, bucket, a token that may only write it, in the sink's token
    /// file), then checks. Run twice it changes nothing the second time.
    Setup {
        #[command(flatten)]
        scope: Scope,
        /// For an InfluxDB 2 that nobody has set up yet: makes this first user, and the operator's token in
        /// --admin-token-file.
        #[arg(long, value_name = "USER", requires = "password_file")]
        onboard: Option<String>,
        /// The first user's password.
        #[arg(long, value_name = "FILE", requires = "onboard")]
        password_file: Option<PathBuf>,
        /// Days a new bucket keeps points, at most 24855; 0 for ever.
        #[arg(long, value_name = "DAYS", default_value_t = 0, value_parser = clap::value_parser!(u32).range(0..=24_855))]
        keep_days: u32,
        #[command(flatten)]
        configured: Configured,
    },
}

#[derive(Debug, Args)]
struct Scope {
    /// The one sink it is about; without it, all.
    #[arg(long, value_name = "NAME")]
    sink: Option<String>,
    /// File of a token that may make buckets and tokens: `setup` needs it (and makes it with --onboard), `check` sees more.
    #[arg(long, value_name = "FILE")]
    admin_token_file: Option<PathBuf>,
}

impl From<Scope> for commands::central::Scope {
    fn from(scope: Scope) -> Self {
        commands::central::Scope {
            sink: scope.sink,
            admin_token_file: scope.admin_token_file,
        }
    }
}

#[derive(Debug, Subcommand)]
enum Import {
    /// Folds the samples of a CSV file (time,machine,signal,value) as if the plant had just said them; exit code 2 when the
    /// file or the configuration cannot be used, 1 when the data folder cannot.
    #[command(override_usage = "gemba import samples <CSV> --config <FILE>... [--author <NAME>]")]
    Samples {
        /// The file, in the order of time; - for standard input.
        #[arg(value_name = "CSV")]
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

#[derive(Debug, Args)]
struct Report {
    /// How long a time it is of.
    #[arg(value_enum, value_name = "LENGTH")]
    of_a: Length,
    /// The business date, of a shift with its id, such as 2026-11-21.1; of a week any date in it. The last one that is over
    /// where it is left out.
    #[arg(long, value_name = "DATE[.SHIFT]")]
    of: Option<String>,
    /// One machine alone.
    #[arg(long, value_name = "ID", conflicts_with = "line")]
    machine: Option<String>,
    /// One line and its machines alone.
    #[arg(long, value_name = "ID")]
    line: Option<String>,
    /// A page of text, or CSV with all sums.
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    /// Language of the text; that of the plant where it is left out.
    #[arg(long, value_name = "vi|en|ko", value_parser = language)]
    lang: Option<commands::report::Lang>,
    #[command(flatten)]
    configured: Configured,
}

#[derive(Debug, Args)]
struct Commission {
    /// Ids of the machines.
    #[arg(value_name = "MACHINE", required_unless_present = "all", conflicts_with = "all")]
    machines: Vec<String>,
    /// All machines of the configuration that are connected.
    #[arg(long)]
    all: bool,
    /// Whose word it is: it stands in the journal for ever.
    #[arg(long, value_name = "NAME")]
    by: String,
    /// Take them out of service instead.
    #[arg(long)]
    out: bool,
    #[command(flatten)]
    configured: Configured,
}

impl Commission {
    fn run(self) -> ExitCode {
        let options = commands::commission::Options {
            machines: self.machines,
            by: self.by,
            on: !self.out,
        };
        commands::commission::run(&self.configured.config, &options)
    }
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Length {
    Shift,
    Day,
    Week,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Csv,
}

fn language(code: &str) -> Result<commands::report::Lang, String> {
    commands::report::Lang::parse(code).ok_or_else(|| "reports are written in vi, en and ko".to_owned())
}

impl Report {
    fn run(self) -> ExitCode {
        let options = commands::report::Options {
            kind: match self.of_a {
                Length::Shift => commands::report::Kind::Shift,
                Length::Day => commands::report::Kind::Day,
                Length::Week => commands::report::Kind::Week,
            },
            of: self.of,
            machine: self.machine,
            line: self.line,
            csv: self.format == Format::Csv,
            lang: self.lang,
        };
        commands::report::run(&self.configured.config, &options)
    }
}

#[cfg(feature = "demo")]
#[derive(Debug, Args)]
struct Demo {
    /// Number of the plant: the same number and the same --now, the same events; 1 where it is left out.
    #[arg(long, value_name = "N")]
    seed: Option<u32>,
    /// How many times as fast as real time the plant lives, 1 to 60.
    #[arg(long, value_name = "TIMES", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=60))]
    speed: u32,
    /// Time in a new plant at the start, such as 2026-11-21T10:47:18+07:00; this computer's where it is left out. A plant kept
    /// with --data goes on after its newest instant.
    #[arg(long, value_name = "T")]
    now: Option<String>,
    /// Folder that keeps the data for the next demo; without it, all is removed at the end.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Port of the wall on 127.0.0.1; the first free one from 8080 on where it is left out.
    #[arg(long, value_name = "P", value_parser = clap::value_parser!(u16).range(1..))]
    port: Option<u16>,
}

fn main() -> ExitCode {
    match Cli::parse().command {
        Command::Check(Configured { config }) => commands::check::run(&config),
        Command::Reference => commands::check::reference(),
        Command::Run(Configured { config }) => commands::run::run(&config),
        Command::Status { json, configured } => commands::status::run(&configured.config, json),
        Command::Central { action } => central(action),
        #[cfg(feature = "demo")]
        Command::Demo(demo) => commands::demo::run(&commands::demo::Options {
            seed: demo.seed,
            speed: demo.speed,
            now: demo.now,
            data: demo.data,
            port: demo.port,
        }),
        Command::Import(Import::Samples {
            file,
            configured,
            author,
        }) => commands::import::run(&file, &configured.config, &author),
        Command::Commission(commission) => commission.run(),
        Command::Report(report) => report.run(),
        Command::Replay { configured, .. } => commands::replay::run(&configured.config),
    }
}

fn central(action: Central) -> ExitCode {
    match action {
        Central::Check { scope, configured } => commands::central::check(&configured.config, &scope.into()),
        Central::Setup {
            scope,
            onboard,
            password_file,
            keep_days,
            configured,
        } => {
            let onboard = onboard.zip(password_file);
            let setup = commands::central::Setup { onboard, keep_days };
            commands::central::setup(&configured.config, &scope.into(), &setup)
        }
    }
}
