//! HTTP as any client speaks it, blocking, for tests.

use serde_json::Value;
use std::sync::OnceLock;
use std::time::Duration;
use tokio::runtime::Runtime;

/// An answer.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Status code.
    pub status: u16,
    /// Body as text.
    pub text: String,
}

impl Answer {
    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|why| panic!("not JSON ({why}): {}", self.text))
    }
}

/// GET.
pub fn get(url: &str) -> Result<Answer, String> {
    send(client().get(url))
}

/// POST with headers.
pub fn post(url: &str, headers: &[(&str, &str)], body: Vec<u8>) -> Result<Answer, String> {
    send_with(client().post(url), headers, body)
}

/// PUT with headers.
pub fn put(url: &str, headers: &[(&str, &str)], body: Vec<u8>) -> Result<Answer, String> {
    send_with(client().put(url), headers, body)
}

fn send_with(request: reqwest::RequestBuilder, headers: &[(&str, &str)], body: Vec<u8>) -> Result<Answer, String> {
    let mut request = request.body(body);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    send(request)
}

/// Text as part of a query string.
pub fn escaped(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    text.bytes()
        .map(|byte| {
            if plain(byte) {
                char::from(byte).to_string()
            } else {
                format!("%{byte:02X}")
            }
        })
        .collect()
}

fn send(request: reqwest::RequestBuilder) -> Result<Answer, String> {
    runtime().block_on(async {
        let response = request.send().await.map_err(|why| format!("{why:?}"))?;
        let status = response.status().as_u16();
        let text = response.text().await.map_err(|why| format!("{why:?}"))?;
        Ok(Answer { status, text })
    })
}

fn client() -> &'static reqwest::Client {
    static CLIENT: OnceLock<reqwest::Client> = OnceLock::new();
    CLIENT.get_or_init(|| {
        // The first caller wins; a second provider is the same one.
        drop(rustls::crypto::ring::default_provider().install_default());
        let _inside = runtime().enter();
        let builder = reqwest::Client::builder()
            .timeout(Duration::from_secs(10))
            .pool_max_idle_per_host(0);
        builder.build().expect("an HTTP client")
    })
}

fn runtime() -> &'static Runtime {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| {
        let mut builder = tokio::runtime::Builder::new_multi_thread();
        builder.worker_threads(1).enable_all().build().expect("a runtime")
    })
}
