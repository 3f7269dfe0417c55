//! I/O. The requests `gemba central` makes itself: those for which the `influxdb2` crate has no call, or none that works.

use super::kind::{Flags, Ping};
use crate::forward::influx::{self, Config, Timeouts};
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::{Method, Url};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use std::time::Duration;

/// Of a look, somebody waits for it.
pub const TIMEOUTS: Timeouts = Timeouts {
    connect: Duration::from_secs(5),
    request: Duration::from_secs(15),
};
/// What is read of an answer: the metrics of a large VictoriaMetrics are a tenth of it.
const BODY_BYTES: usize = 8 * 1024 * 1024;

/// What InfluxDB 2 says of a write without points, after it has looked at token, organisation, bucket and permission.
pub const NO_POINTS: &str = "requires points";

/// Talks to one sink. It follows no redirect and uses no proxy, so that the token reaches nobody but the sink.
pub struct Direct {
    http: reqwest::Client,
    base: Url,
    write: Url,
}

/// An answer.
pub struct Reply {
    /// Status code.
    pub status: u16,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Reply {
    /// The message in it, in one line.
    pub fn said(&self) -> String {
        match influx::said(&self.body) {
            said if said.is_empty() => format!("status {}", self.status),
            said => format!("status {}: {said}", self.status),
        }
    }

    fn header(&self, name: &str) -> Option<String> {
        let value = self.headers.get(name)?.to_str().ok()?;
        (!value.is_empty()).then(|| value.to_owned())
    }

    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
}

impl Direct {
    /// For this sink; opens no connection yet.
    ///
    /// # Errors
    /// A sentence about its address, or about trusted certificates.
    pub fn new(sink: &Config) -> Result<Direct, String> {
        let write = sink.write_url()?;
        let base = Url::parse(&sink.url).map_err(|error| error.to_string())?;
        let http = influx::connection(base.scheme() == "https", TIMEOUTS)?;
        Ok(Direct { http, base, write })
    }

    /// True when the address has a path: the `influxdb2` crate would silently leave it out and talk to something else.
    pub fn has_path(&self) -> bool {
        self.base.path() != "/"
    }

    /// What `/ping` says. (The crate has no call for it, and InfluxDB 3, InfluxDB Cloud and VictoriaMetrics have no `/health`
    /// it can read.)
    ///
    /// # Errors
    /// A sentence: nobody answers.
    pub async fn ping(&self, token: Option<&SecretString>) -> Result<Ping, String> {
        let reply = self.send(Method::GET, &["ping"], token, None).await?;
        Ok(Ping {
            version: reply.header("x-influxdb-version"),
            build: reply.header("x-influxdb-build"),
            victoria: reply.header("x-server-hostname").is_some(),
            body: String::from_utf8_lossy(&reply.body).into_owned(),
        })
    }

    /// How a VictoriaMetrics was started, as far as it tells.
    pub async fn flags(&self) -> Flags {
        match self.send(Method::GET, &["metrics"], None, None).await {
            Ok(reply) if reply.status == 200 => Flags::read(&String::from_utf8_lossy(&reply.body)),
            Ok(_) | Err(_) => Flags::default(),
        }
    }

    /// True when it takes a write without a token. (Nothing is written: there are no points in it.)
    pub async fn takes_from_anybody(&self) -> bool {
        let sent = self.http.post(self.write.clone()).body(String::new()).send().await;
        let Ok(response) = sent else { return false };
        match response.status().as_u16() {
            204 => true,
            400 => response
                .bytes()
                .await
                .is_ok_and(|body| influx::said(&body).contains(NO_POINTS)),
            _ => false,
        }
    }

    /// How many tokens this token may look at; 0 when it may not. (The crate cannot read the answer: it refuses a list in
    /// which one token has a permission it does not know, as the first token of every InfluxDB 2 has.)
    ///
    /// # Errors
    /// A sentence: nobody answers.
    pub async fn tokens_seen(&self, token: &SecretString) -> Result<usize, String> {
        let path = ["api", "v2", "authorizations"];
        let reply = self.send(Method::GET, &path, Some(token), None).await?;
        Ok(reply.json()["authorizations"].as_array().map_or(0, Vec::len))
    }

    /// Makes an organisation and gives its id. (The crate can only list them.)
    ///
    /// # Errors
    /// A sentence with what the store said.
    pub async fn make_org(&self, token: &SecretString, name: &str) -> Result<String, String> {
        let path = ["api", "v2", "orgs"];
        let reply = self
            .send(Method::POST, &path, Some(token), Some(json!({"name": name})))
            .await?;
        let id = reply.json()["id"].as_str().map(str::to_owned);
        id.filter(|_| reply.status == 201).ok_or_else(|| reply.said())
    }

    /// Sets a fresh InfluxDB 2 up and gives the operator's token, which it tells this once. (The crate cannot read the answer,
    /// for the reason [`Direct::tokens_seen`] has: the token would be lost.)
    ///
    /// # Errors
    /// A sentence with what the store said.
    pub async fn onboard(
        &self,
        user: &str,
        password: &SecretString,
        sink: &Config,
        keep_s: u64,
    ) -> Result<SecretString, String> {
        let body = json!({
            "username": user,
            "password": password.expose_secret(),
            "org": sink.org,
            "bucket": sink.bucket,
            "retentionPeriodSeconds": keep_s,
        });
        let reply = self
            .send(Method::POST, &["api", "v2", "setup"], None, Some(body))
            .await?;
        let token = reply.json()["auth"]["token"].as_str().map(SecretString::from);
        token.filter(|_| reply.status == 201).ok_or_else(|| reply.said())
    }

    async fn send(
        &self,
        method: Method,
        path: &[&str],
        token: Option<&SecretString>,
        body: Option<Value>,
    ) -> Result<Reply, String> {
        let mut url = self.base.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(path);
        }
        let mut request = self.http.request(method, url);
        if let Some(token) = token {
            let header = HeaderValue::try_from(format!("Token {}", token.expose_secret()));
            let mut header = header.map_err(|_| "the token holds what no header can carry".to_owned())?;
            header.set_sensitive(true);
            request = request.header("Authorization", header);
        }
        if let Some(body) = body {
            request = request.header(CONTENT_TYPE, "application/json").body(body.to_string());
        }
        let mut response = request.send().await.map_err(|error| influx::root(&error))?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| influx::root(&error))? {
            body.extend_from_slice(&chunk);
            if body.len() > BODY_BYTES {
                return Err(format!("an answer of more than {BODY_BYTES} bytes"));
            }
        }
        Ok(Reply { status, headers, body })
    }
}
