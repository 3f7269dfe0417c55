//! I/O. Tells over HTTP what the machines really did: `GET /truth`, with `?from=` and `?until=` in epoch milliseconds.

use super::pace::Pace;
use super::truth;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};
use std::io;
use tokio::net::TcpListener;

/// Which plant is told of.
#[derive(Debug, Clone, Copy)]
pub struct Plant {
    /// Its seed.
    pub seed: u64,
    /// Its first instant, in epoch milliseconds.
    pub begin: i64,
    /// Its time.
    pub pace: Pace,
}

#[derive(Debug, Deserialize)]
struct Asked {
    from: Option<i64>,
    until: Option<i64>,
}

/// Answers until the caller drops it.
///
/// # Errors
/// When the listener breaks.
pub async fn serve(listener: TcpListener, plant: Plant) -> io::Result<()> {
    let router = Router::new().route("/truth", get(tell)).with_state(plant);
    axum::serve(listener, router).await
}

async fn tell(State(plant): State<Plant>, Query(asked): Query<Asked>) -> Result<Json<Value>, (StatusCode, String)> {
    let now = plant.pace.now();
    let from = asked.from.unwrap_or(plant.begin).max(plant.begin);
    let until = asked.until.unwrap_or(now).min(now);
    // A long past is lived again in a moment, but not on a thread that others wait for.
    let lived = tokio::task::spawn_blocking(move || truth::tell(plant.seed, plant.begin, from, until)).await;
    let machines = lived.map_err(|error| (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()))?;
    let answer = json!({"seed": plant.seed, "now": now, "from": from, "until": until, "machines": machines});
    Ok(Json(answer))
}
