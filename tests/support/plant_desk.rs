//! Changes on their way to the plant desk, and what of them reaches the core.
#![allow(dead_code, reason = "each test file uses a part of it")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test double may fail its test")]

use super::web::{Site, client};
use gemba::model::entry::{Outcome, Told};
use gemba::model::settings::Change;
use serde_json::{Value as Json, json};
use std::sync::Arc;

/// An item as it is put on the plant desk.
pub struct Put<'a> {
    pub path: &'a str,
    pub token: &'a str,
    pub etag: Option<&'a str>,
    pub item: Json,
}

impl Put<'_> {
    /// On its way: status and body once it is answered.
    pub fn send(&self, site: &Site) -> tokio::task::JoinHandle<(u16, Json)> {
        let body = json!({"key": "1", "why": "rush", "item": self.item});
        let mut request = client()
            .put(site.url(self.path))
            .header("authorization", self.token)
            .header("content-type", "application/json")
            .body(body.to_string());
        if let Some(etag) = self.etag {
            request = request.header("if-match", etag);
        }
        tokio::spawn(async move {
            let answer = request.send().await.unwrap();
            let status = answer.status().as_u16();
            (status, serde_json::from_str(&answer.text().await.unwrap()).unwrap())
        })
    }
}

/// The change that reaches the core.
pub async fn told(site: &mut Site) -> Arc<Change> {
    match site.answer(Outcome::Booked(7)).await.told {
        Told::Change(change) => change,
        Told::Entry(entry) => panic!("{entry:?}"),
    }
}
