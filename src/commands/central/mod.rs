//! I/O. `gemba central`: whether the stores the ledger goes to are what it needs, and making what is missing there.

mod check;
mod direct;
mod kind;
mod manage;
mod setup;
mod token_file;
mod verdict;

use super::BAD_CONFIGURATION;
use crate::config::{self, Central};
use crate::forward::influx;
use secrecy::SecretString;
use setup::Order;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use verdict::{Level, Verdicts};

/// What `setup` is told beside what `check` is.
#[derive(Debug)]
pub struct Setup {
    /// Name of the first user of a store that nobody has set up yet, and the file with the password.
    pub onboard: Option<(String, PathBuf)>,
    /// Days a new bucket keeps points; 0 for ever.
    pub keep_days: u32,
}

/// Which sinks, and with what.
#[derive(Debug)]
pub struct Scope {
    /// The one sink to look at; `None` for all.
    pub sink: Option<String>,
    /// File of an administrator's token.
    pub admin_token_file: Option<PathBuf>,
}

/// Looks at the sinks and prints what it finds; exit code 0 when all is well, 1 when someone should look, 2 when nothing
/// reaches one of them or the configuration cannot be used.
pub fn check(files: &[PathBuf], scope: &Scope) -> ExitCode {
    run(files, scope, None)
}

/// Makes what is missing, then does as [`check`] does.
pub fn setup(files: &[PathBuf], scope: &Scope, setup: &Setup) -> ExitCode {
    run(files, scope, Some(setup))
}

fn run(files: &[PathBuf], scope: &Scope, setup: Option<&Setup>) -> ExitCode {
    let loaded = config::central(files, super::environment());
    let central = match super::told(loaded, &mut io::stderr().lock()) {
        Ok(central) => central,
        Err(code) => return code,
    };
    let done = super::block_on(conversation(&central, scope, setup)).and_then(|done| done);
    let mut out = io::stdout().lock();
    let written = match done {
        Ok((text, level)) => write!(out, "{}{text}", central.warnings).map(|()| ExitCode::from(level.code())),
        Err(why) => writeln!(out, "{why}").map(|()| ExitCode::from(BAD_CONFIGURATION)),
    };
    written.unwrap_or(ExitCode::FAILURE)
}

async fn conversation(central: &Central, scope: &Scope, setup: Option<&Setup>) -> Result<(String, Level), String> {
    let chosen = |sink: &&influx::Config| scope.sink.as_ref().is_none_or(|name| *name == sink.name);
    let sinks: Vec<&influx::Config> = central.sinks.iter().filter(chosen).collect();
    if sinks.is_empty() {
        let names: Vec<&str> = central.sinks.iter().map(|sink| sink.name.as_str()).collect();
        return Err(match (&scope.sink, names.is_empty()) {
            (Some(name), false) => format!("there is no [sink.influx.{name}]; there are: {}", names.join(", ")),
            (Some(_) | None, _) => "there is no [sink.influx.NAME] in this configuration".to_owned(),
        });
    }
    let (mut text, mut worst) = (String::new(), Level::Ok);
    for sink in sinks {
        let verdicts = match setup {
            Some(setup) => set_up(central, sink, scope, setup).await?,
            None => {
                let admin = scope.admin_token_file.as_deref().map(secret).transpose()?;
                check::check(sink, central.fact_days, admin.as_ref()).await
            }
        };
        worst = worst.max(verdicts.worst());
        let (name, url) = (&sink.name, &sink.url);
        text.push_str(&format!(
            "sink {name}: organisation {}, bucket {} at {url}\n{verdicts}",
            sink.org, sink.bucket
        ));
    }
    Ok((text, worst))
}

async fn set_up(central: &Central, sink: &influx::Config, scope: &Scope, setup: &Setup) -> Result<Verdicts, String> {
    let Some(admin_token_file) = scope.admin_token_file.as_deref() else {
        return Err("setup needs --admin-token-file: the file of a token that may make buckets and tokens".to_owned());
    };
    let onboard = setup.onboard.as_ref();
    let onboard = onboard
        .map(|(user, file)| Ok::<_, String>((user.as_str(), secret(file)?)))
        .transpose()?;
    let (org, site) = &central.site;
    let mut verdicts = Verdicts::default();
    let order = Order {
        admin_token_file,
        onboard: onboard.as_ref().map(|(user, password)| (*user, password)),
        keep_days: setup.keep_days,
        description: &format!("gemba {org}/{site}: writes {}", sink.bucket),
    };
    let admin = setup::setup(sink, &order, &mut verdicts).await;
    if verdicts.worst() < Level::Error {
        if !verdicts
            .0
            .iter()
            .any(|verdict| matches!(verdict.level, Level::Made | Level::Note))
        {
            verdicts.add(Level::Ok, "nothing was missing, nothing was changed");
        }
        let look = check::check(sink, central.fact_days, admin.as_ref()).await;
        verdicts.0.extend(look.0);
    }
    Ok(verdicts)
}

fn secret(file: &Path) -> Result<SecretString, String> {
    token_file::read(file)?.ok_or_else(|| format!("{} is not there", file.display()))
}
