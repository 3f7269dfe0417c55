//! Changes on their way to the plant desk, and what of them reaches the core.
#![allow(dead_code, reason = "each test file uses a part of it")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test double may fail its test")]

use super::web::{Site, client};
use gemba::model::entry::{Draft, Outcome, Told};
use gemba::model::fact::{Body, Fact};
use gemba::model::settings::Change;
use gemba::model::time::Timestamp;
use serde_json::{Value as Json, json};
use std::sync::Arc;

/// An item as it is put on the plant desk.
pub struct Put<'a> {
    pub path: &'a str,
    pub token: &'a str,
    pub etag: Option<&'a str>,
    pub item: Json,
}

/// An item that is removed.
pub fn delete(site: &Site, path: &str, token: &str, etag: Option<&str>) -> tokio::task::JoinHandle<(u16, Json)> {
    let request = client().delete(site.url(path));
    send(request, token, etag, &json!({"key": "1", "why": "over"}))
}

/// A request on its way.
pub fn send(
    request: reqwest::RequestBuilder,
    token: &str,
    etag: Option<&str>,
    body: &Json,
) -> tokio::task::JoinHandle<(u16, Json)> {
    let mut request = request
        .header("authorization", token)
        .header("content-type", "application/json")
        .body(body.to_string());
    if let Some(etag) = etag {
        request = request.header("if-match", etag);
    }
    tokio::spawn(async move {
        let answer = request.send().await.unwrap();
        let status = answer.status().as_u16();
        (status, serde_json::from_str(&answer.text().await.unwrap()).unwrap())
    })
}

impl Put<'_> {
    /// On its way: status and body once it is answered.
    pub fn send(&self, site: &Site) -> tokio::task::JoinHandle<(u16, Json)> {
        self.send_at(site, "1", None)
    }

    /// The same under a key, valid from an instant.
    pub fn send_at(&self, site: &Site, key: &str, from: Option<Timestamp>) -> tokio::task::JoinHandle<(u16, Json)> {
        let why = if key == "1" { "rush" } else { key };
        let mut body = json!({"key": key, "why": why, "item": self.item});
        if let Some(from) = from {
            body["valid_from"] = json!(from.0);
        }
        send(client().put(site.url(self.path)), self.token, self.etag, &body)
    }
}

/// The change that reaches the core.
pub async fn told(site: &mut Site) -> Arc<Change> {
    change(&site.answer(Outcome::Booked(7)).await)
}

/// The change of a draft.
pub fn change(draft: &Draft) -> Arc<Change> {
    match &draft.told {
        Told::Change(change) => Arc::clone(change),
        Told::Entry(entry) => panic!("{entry:?}"),
    }
}

/// The next change reaches the core, which takes it at an instant.
pub async fn take(site: &mut Site, at: Timestamp) -> Draft {
    let ask = site.asked().await;
    let fact = Fact {
        at: ask.draft.at,
        received_at: at,
        mono_ms: 0,
        epoch: 0,
        machine: None,
        author: Arc::clone(&ask.draft.author),
        body: Body::Setting(change(&ask.draft)),
    };
    site.plan.send_modify(|plan| Arc::make_mut(plan).apply(&fact));
    ask.reply.send(Outcome::Booked(7)).unwrap();
    ask.draft
}
