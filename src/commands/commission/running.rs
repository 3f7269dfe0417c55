//! I/O. By the agent that runs: over its control socket, as any other entry.

use super::{Done, Failed, Options, Word};
use crate::config::Plant;
use crate::serve::control;
use reqwest::{Client, Response};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::json;
use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

/// How long an answer may take: an entry waits for its commit, and the agent gives that 15 s.
const WITHIN: Duration = Duration::from_secs(20);
/// The agent takes so many entries in one request.
const AT_ONCE: usize = 100;

/// A machine of `/api/v1/assets`.
#[derive(Debug, Deserialize)]
struct Asset {
    id: String,
    in_service: bool,
}

/// What became of an entry, or of the whole request.
#[derive(Debug, Deserialize)]
struct Answer {
    #[serde(default)]
    status: u16,
    detail: Option<String>,
}

/// Tells the agent of the plant's data folder; `None` when none runs there.
pub(super) fn commission(
    plant: &Plant,
    options: &Options,
    words: &[Word],
) -> Result<Option<Vec<(String, Done)>>, Failed> {
    let socket = control::path(&plant.store.path);
    match UnixStream::connect(&socket) {
        Ok(_) => {}
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::ConnectionRefused) => return Ok(None),
        Err(error) => {
            return Err(Failed::Refused(format!(
                "the agent cannot be reached at {} ({error}): run this as the agent's user, or as root",
                socket.display()
            )));
        }
    }
    let told = crate::commands::block_on(tell(&socket, options, words));
    told.and_then(|told| told).map(Some).map_err(Failed::Refused)
}

async fn tell(socket: &Path, options: &Options, words: &[Word]) -> Result<Vec<(String, Done)>, String> {
    let http = Client::builder()
        .unix_socket(socket)
        .timeout(WITHIN)
        // The agent speaks plain HTTP: no certificate is looked at.
        .tls_certs_only([])
        .build()
        .map_err(|error| format!("no connection can be set up: {error}"))?;
    let assets: Vec<Asset> = read(http.get("http://gemba/api/v1/assets").send().await).await?;
    let as_wanted = assets.into_iter().filter(|asset| asset.in_service == options.on);
    let as_wanted: BTreeSet<String> = as_wanted.map(|asset| asset.id).collect();
    let to_say: Vec<&Word> = words.iter().filter(|word| !as_wanted.contains(&word.machine)).collect();
    for words in to_say.chunks(AT_ONCE) {
        let entry = |word: &&Word| json!({"key": word.key, "machine": word.machine, "kind": "service", "service": {"on": options.on}});
        let body = serde_json::Value::Array(words.iter().map(entry).collect());
        let sent = http
            .post("http://gemba/api/v1/entries")
            .header(control::BY, options.by.as_bytes())
            .header(reqwest::header::CONTENT_TYPE, "application/json")
            .body(body.to_string());
        let answers: Vec<Answer> = read(sent.send().await).await?;
        for (word, answer) in words.iter().zip(&answers) {
            if !(200..300).contains(&answer.status) {
                let why = answer.detail.as_deref().unwrap_or("it gives no reason");
                return Err(format!("machine {}: the agent says no: {why}", word.machine));
            }
        }
    }
    let done = |word: &Word| match as_wanted.contains(&word.machine) {
        true => (word.machine.clone(), Done::Before),
        false => (word.machine.clone(), Done::Now),
    };
    Ok(words.iter().map(done).collect())
}

async fn read<T: DeserializeOwned>(answer: reqwest::Result<Response>) -> Result<T, String> {
    let odd =
        |error: &dyn std::fmt::Display| format!("the agent did not answer as it should ({error}): look at its log");
    let answer = answer.map_err(|error| odd(&error))?;
    let is_good = answer.status().is_success();
    let body = answer.bytes().await.map_err(|error| odd(&error))?;
    if is_good {
        return serde_json::from_slice(&body).map_err(|error| odd(&error));
    }
    let problem: Answer = serde_json::from_slice(&body).map_err(|error| odd(&error))?;
    Err(format!("the agent says no: {}", problem.detail.unwrap_or_default()))
}
