//! I/O. `gemba status`: asks the running agent how it is; where none answers, tells what its data folder knows.

mod answer;
mod disk;
mod report;

use crate::config::Plant;
use answer::{Health, Wall};
use jiff::tz::TimeZone;
use report::{Level, Report};
use serde::de::DeserializeOwned;
use std::io::{self, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

/// How long an answer may take: the agent is on this computer, and monitors give up after ten seconds.
const WITHIN: Duration = Duration::from_secs(5);
/// What is read of an answer: a thousand machines with their signals are a tenth of it.
const BODY_BYTES: usize = 16 * 1024 * 1024;

/// Why an agent could not be heard.
enum Unheard {
    /// Nobody answers.
    Silent(String),
    /// Somebody answers who is not this agent.
    Stranger(String),
}

/// Prints how the agent is, as tables or as one JSON object; the exit code is that of a monitoring plugin.
pub fn run(files: &[PathBuf], json: bool) -> ExitCode {
    let plant = match super::load(files, &mut io::stderr().lock()) {
        Ok(plant) => plant,
        Err(_) => return ExitCode::from(Level::Unknown.code()),
    };
    let report = match super::block_on(report(&plant)) {
        Ok(report) => report,
        Err(why) => {
            let mut report = about(&plant);
            report.findings.push(why);
            report
        }
    };
    let text = if json {
        match serde_json::to_string_pretty(&report) {
            Ok(text) => text + "\n",
            Err(_) => return ExitCode::from(Level::Unknown.code()),
        }
    } else {
        report.text(&TimeZone::get(plant.timezone()).unwrap_or(TimeZone::UTC))
    };
    match io::stdout().lock().write_all(text.as_bytes()) {
        Ok(()) => ExitCode::from(report.status.code()),
        Err(_) => ExitCode::from(Level::Unknown.code()),
    }
}

fn about(plant: &Plant) -> Report {
    Report::about(&plant.site.org, &plant.site.site, &address(plant.listen))
}

async fn report(plant: &Plant) -> Report {
    let mut report = about(plant);
    let folder = &plant.store.path;
    match hear(&report).await {
        Ok((health, wall)) => {
            report.heard(health, wall);
            match disk::chain(folder) {
                Ok(chain) => report.chain = Some(chain),
                // A monitor need not be the agent's user.
                Err(_) if disk::is_forbidden(folder) => {}
                Err(why) => {
                    report.status = report.status.at_least(Level::Warning);
                    let what =
                        format!("The end of the journal cannot be read ({why}): look at the disk of the data folder.");
                    report.findings.push(what);
                }
            }
        }
        Err(Unheard::Stranger(what)) => report.findings.push(what),
        Err(Unheard::Silent(why)) => {
            report.status = Level::Critical;
            report.findings.push(format!(
                "Nobody answers at {} ({why}): the agent does not run, or listens elsewhere. Look at its log, such as by: \
                 journalctl -u gemba.",
                report.asked
            ));
            let sinks: Vec<&str> = plant.sinks.iter().map(|sink| sink.name.as_str()).collect();
            match disk::add(&mut report, folder, &sinks) {
                Ok(()) => report.findings.push(last_alive(&report)),
                Err(why) => report
                    .findings
                    .push(format!("The data folder tells nothing either: {why}.")),
            }
        }
    }
    report
}

fn last_alive(report: &Report) -> String {
    match &report.at {
        Some(at) => format!("It was last alive at {at}."),
        None => "No agent has ever run in this data folder.".to_owned(),
    }
}

async fn hear(report: &Report) -> Result<(Health, Wall), Unheard> {
    let http = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .timeout(WITHIN)
        // The agent speaks plain HTTP: no certificate is looked at.
        .tls_certs_only([])
        .build()
        .map_err(|error| Unheard::Stranger(format!("No connection can be set up: {error}.")))?;
    let health: Health = ask(&http, &format!("{}/api/v1/health", report.asked)).await?;
    let wall: Wall = ask(&http, &format!("{}/api/v1/wall", report.asked)).await?;
    if health.version.is_empty() || (wall.site.org.as_str(), wall.site.id.as_str()) != (&report.org, &report.site) {
        return Err(Unheard::Stranger(format!(
            "What answers at {} is not the agent of this configuration, but {:?} of {:?}: look at serve.listen, and at what \
             else listens there.",
            report.asked, wall.site.id, wall.site.org
        )));
    }
    Ok((health, wall))
}

async fn ask<T: DeserializeOwned>(http: &reqwest::Client, url: &str) -> Result<T, Unheard> {
    let silent = |error: reqwest::Error| Unheard::Silent(cause(&error));
    let stranger = |what: String| {
        Unheard::Stranger(format!(
            "What answers at {url} is no agent ({what}): look at serve.listen, and at what else listens there."
        ))
    };
    let mut response = http.get(url).send().await.map_err(silent)?;
    if !response.status().is_success() {
        return Err(stranger(response.status().to_string()));
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(silent)? {
        body.extend_from_slice(&chunk);
        if body.len() > BODY_BYTES {
            return Err(stranger("an endless answer".to_owned()));
        }
    }
    serde_json::from_slice(&body).map_err(|error| stranger(error.to_string()))
}

fn cause(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return format!("nothing within {} s", WITHIN.as_secs());
    }
    let mut cause: &dyn std::error::Error = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}

/// Where an agent that listens at `listen` is reached from its own computer: every address is also the loopback's.
fn address(listen: SocketAddr) -> String {
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip @ (IpAddr::V4(_) | IpAddr::V6(_)) => ip,
    };
    format!("http://{}", SocketAddr::new(ip, listen.port()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_agent_that_listens_everywhere_is_asked_on_the_loopback() {
        for (listen, asked) in [
            ("0.0.0.0:8080", "http://127.0.0.1:8080"),
            ("[::]:8080", "http://[::1]:8080"),
            ("192.168.1.7:80", "http://192.168.1.7:80"),
        ] {
            assert_eq!(address(listen.parse().unwrap()), asked);
        }
    }
}
