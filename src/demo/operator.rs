//! I/O. The operator of the plant: says over HTTP which product a machine makes, and why it stood, where they find the time.

use super::life::{Event, Life, What};
use super::pace::Pace;
use super::plant::{MACHINES, Machine};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::time::{sleep, sleep_until};

/// An entry the agent could not take is tried so often; a start takes seconds.
const TRIES: u32 = 20;
/// Real time between two tries.
const AGAIN: Duration = Duration::from_millis(500);
/// Longest wait for an answer.
const WITHIN: Duration = Duration::from_secs(20);

/// Where entries go, and who makes them.
#[derive(Debug, Clone)]
pub struct Desk {
    /// `http://127.0.0.1:PORT/api/v1/entries`.
    pub url: String,
    /// The token of `[token.operator-demo]`.
    pub token: String,
}

/// All that the operator says, in the order of time.
#[derive(Debug)]
pub struct Entries {
    lives: Vec<(&'static Machine, Life)>,
}

impl Entries {
    /// Of the plant that began at `begin`, from `from` on.
    pub fn new(seed: u64, begin: i64, from: i64) -> Entries {
        let live = |(index, machine)| {
            let mut life = Life::new(seed, index, begin);
            while life.before(from).is_some() {}
            (machine, life)
        };
        Entries {
            lives: MACHINES.iter().enumerate().map(live).collect(),
        }
    }

    /// The next entry: the simulated instant it is made at, and its body.
    pub fn next(&mut self) -> Option<(i64, Value)> {
        loop {
            let lives = self.lives.iter_mut();
            let by_time = lives.map(|(machine, life)| (life.peek().at, *machine, life));
            let (_, machine, life) = by_time.min_by_key(|(at, ..)| *at)?;
            let event = life.before(i64::MAX)?;
            if let Some(body) = body(machine, event) {
                return Some((event.at, body));
            }
        }
    }
}

fn body(machine: &Machine, event: Event) -> Option<Value> {
    let id = machine.id;
    let key = format!("operator-demo {id} {}", event.at);
    match event.what {
        What::Reason { reason, anchor } => {
            let reason = json!({"reason": reason, "anchor": anchor});
            Some(json!({"key": key, "machine": id, "kind": "reason", "reason": reason}))
        }
        What::Makes(product) => {
            let product = json!({"product": machine.products.get(product)?.id?});
            Some(json!({"key": key, "machine": id, "kind": "product", "at": event.at, "product": product}))
        }
        What::Turns(_) | What::Shot { .. } => None,
    }
}

/// Makes each entry when its time has come, those that are late one after another, until the caller drops it.
pub async fn work(mut entries: Entries, desk: Desk, pace: Pace) {
    let client = match reqwest::Client::builder().timeout(WITHIN).build() {
        Ok(client) => client,
        Err(error) => {
            tracing::warn!(%error, "the simulated operator has no HTTP client, and gives no reasons");
            return;
        }
    };
    while let Some((at, body)) = entries.next() {
        sleep_until(pace.deadline(at)).await;
        enter(&client, &desk, &body).await;
    }
}

async fn enter(client: &reqwest::Client, desk: &Desk, body: &Value) {
    for _ in 0..TRIES {
        let request = client.post(&desk.url).bearer_auth(&desk.token);
        let request = request
            .header("Content-Type", "application/json")
            .body(body.to_string());
        match request.send().await {
            Ok(answer) if answer.status().is_success() => return,
            Ok(answer) if answer.status().is_client_error() => {
                let why = answer.text().await.unwrap_or_default();
                tracing::debug!(%body, why, "an entry of the simulated operator was refused");
                return;
            }
            Ok(answer) => tracing::debug!(status = %answer.status(), "the simulated operator tries again"),
            Err(error) => tracing::debug!(%error, "the simulated operator tries again"),
        }
        sleep(AGAIN).await;
    }
    tracing::warn!(%body, "the simulated operator gave up an entry");
}
