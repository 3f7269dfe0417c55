//! I/O. Writes line protocol to an InfluxDB v2 API over HTTP, and tells what came back.

use super::answer::Answer;
use flate2::Compression;
use flate2::write::GzEncoder;
use reqwest::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use reqwest::{Response, StatusCode, Url};
use serde::Deserialize;
use std::error::Error;
use std::ffi::OsString;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::io::AsyncReadExt;

/// What is read of an answer's body: enough for any error message, little for whatever a captive portal sends.
const BODY_BYTES: usize = 64 * 1024;
/// What is kept of an error message: a sentence or two for the health page and the quarantine.
const SAID_CHARS: usize = 300;
/// No token is longer; a file that is must be another one.
const TOKEN_BYTES: u64 = 4 * 1024;

/// `[sink.influx.NAME]`: a bucket of an InfluxDB v2 write API.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Its name in the configuration, under which the store keeps what it has confirmed.
    #[serde(skip)]
    pub name: String,
    /// Where the API is, such as `https://tsdb.example.com` or `http://host:8086/prefix`.
    pub url: String,
    /// The database's organisation.
    pub org: String,
    /// The bucket to write to.
    pub bucket: String,
    /// File that holds the token; a relative path is looked up among the service's systemd credentials.
    pub token_file: PathBuf,
    /// Time between two flushes in milliseconds.
    #[serde(default = "default_flush_ms")]
    pub flush_ms: u64,
    /// Points a second at most.
    #[serde(default = "default_max_points_per_s")]
    pub max_points_per_s: u64,
    /// Where a sink the store does not know yet begins.
    #[serde(default)]
    pub start: Start,
}

/// Where a new sink begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Start {
    /// At the oldest booking kept.
    #[default]
    Oldest,
    /// After the newest booking there is when the agent first sees the sink.
    Now,
}

/// How long a sink may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// To accept a connection.
    pub connect: Duration,
    /// For everything from connecting to the last byte of the answer.
    pub request: Duration,
}

impl Default for Timeouts {
    fn default() -> Timeouts {
        Timeouts {
            connect: Duration::from_secs(10),
            request: Duration::from_secs(30),
        }
    }
}

/// One sink's connection. It follows no redirect and uses no proxy, so that the token reaches nobody but the sink.
#[derive(Debug)]
pub struct Client {
    write_url: Url,
    token_file: PathBuf,
    timeouts: Timeouts,
    /// Forgotten when a secure connection fails: the next one looks at the trusted certificates again.
    http: Option<reqwest::Client>,
    /// Marked sensitive, so that it never prints. Forgotten when it is refused: the next write reads the file again.
    token: Option<HeaderValue>,
}

impl Config {
    /// The address bookings are posted to.
    ///
    /// # Errors
    /// A sentence that names the key to change.
    pub fn write_url(&self) -> Result<Url, String> {
        let mut url = Url::parse(&self.url).map_err(|error| format!("`url` is no address ({error}): {EXAMPLE}"))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(format!("`url` must begin with http:// or https://: {EXAMPLE}"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err("`url` must hold no user or password: put the token into `token_file`".to_owned());
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(format!("`url` must end before any ? or #: {EXAMPLE}"));
        }
        if let Some((key, _)) = [("org", &self.org), ("bucket", &self.bucket)]
            .iter()
            .find(|(_, text)| text.is_empty())
        {
            return Err(format!("`{key}` is empty: write the name the database knows"));
        }
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(["api", "v2", "write"]);
        }
        url.query_pairs_mut()
            .append_pair("org", &self.org)
            .append_pair("bucket", &self.bucket)
            .append_pair("precision", "ms");
        Ok(url)
    }
}

const EXAMPLE: &str = "write one such as \"http://tsdb.plant.lan:8086\"";

impl Client {
    /// A client for the sink; opens no connection yet.
    ///
    /// # Errors
    /// A sentence that names the key of the configuration to change.
    pub fn new(config: &Config, timeouts: Timeouts) -> Result<Client, String> {
        Ok(Client {
            write_url: config.write_url()?,
            token_file: credential(&config.token_file, std::env::var_os("CREDENTIALS_DIRECTORY")),
            timeouts,
            http: None,
            token: None,
        })
    }

    /// Posts lines of line protocol, compressed, and gives the answer; never later than the request timeout.
    pub async fn write(&mut self, lines: &str) -> Answer {
        let request = match self.prepare(lines).await {
            Ok(request) => request,
            Err(what) => return Answer::NotSent(what),
        };
        match request.send().await {
            Ok(response) => {
                if matches!(response.status(), StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) {
                    self.token = None;
                }
                answer(response).await
            }
            Err(error) if is_tls(&error) => {
                self.http = None;
                Answer::Untrusted(root(&error))
            }
            Err(error) if error.is_timeout() => {
                Answer::Lost(format!("nothing within {} s", self.timeouts.request.as_secs_f32()))
            }
            Err(error) => Answer::Lost(root(&error)),
        }
    }

    async fn prepare(&mut self, lines: &str) -> Result<reqwest::RequestBuilder, String> {
        let token = match &self.token {
            Some(token) => token.clone(),
            None => read_token(&self.token_file).await?,
        };
        self.token = Some(token.clone());
        let http = match &self.http {
            Some(http) => http.clone(),
            None => connection(self.write_url.scheme() == "https", self.timeouts)?,
        };
        self.http = Some(http.clone());
        Ok(http
            .post(self.write_url.clone())
            .header("Authorization", token)
            .header(CONTENT_ENCODING, "gzip")
            .header(CONTENT_TYPE, "text/plain; charset=utf-8")
            .body(gzip(lines).map_err(|error| format!("Compressing failed ({error}); it is tried again."))?))
    }
}

fn default_flush_ms() -> u64 {
    10_000
}

fn default_max_points_per_s() -> u64 {
    5_000
}

/// systemd hands credentials to a service in a folder only it can read.
fn credential(file: &Path, folder: Option<OsString>) -> PathBuf {
    match folder {
        // Joining an absolute path gives that path.
        Some(folder) => PathBuf::from(folder).join(file),
        None => file.to_owned(),
    }
}

async fn read_token(path: &Path) -> Result<HeaderValue, String> {
    let advice = "put the token of the sink there, readable for the service";
    let cannot =
        |error: std::io::Error| format!("The token file {} cannot be read ({error}): {advice}.", path.display());
    let file = tokio::fs::File::open(path).await.map_err(cannot)?;
    let mut text = String::new();
    file.take(TOKEN_BYTES).read_to_string(&mut text).await.map_err(cannot)?;
    let token = text.trim();
    if token.is_empty() {
        return Err(format!("The token file {} is empty: {advice}.", path.display()));
    }
    let mut header = HeaderValue::try_from(format!("Token {token}"))
        .map_err(|_| format!("The token file {} holds more than one line: {advice}.", path.display()))?;
    header.set_sensitive(true);
    Ok(header)
}

/// A connection that follows no redirect and uses no proxy; `secure` for https.
///
/// # Errors
/// A sentence: there are no trusted certificates.
pub fn connection(secure: bool, timeouts: Timeouts) -> Result<reqwest::Client, String> {
    let provider = rustls::crypto::ring::default_provider;
    // The program chooses the provider at its start; where it did not, this is the one there is.
    if rustls::crypto::CryptoProvider::get_default().is_none() && provider().install_default().is_err() {
        tracing::debug!("another thread has installed the TLS provider");
    }
    let mut builder = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .no_proxy()
        .connect_timeout(timeouts.connect)
        .timeout(timeouts.request)
        .pool_max_idle_per_host(1)
        .user_agent(concat!("gemba/", env!("CARGO_PKG_VERSION")));
    if !secure {
        // A gateway that speaks plain HTTP to its sink needs no trusted certificates, and may have none.
        builder = builder.tls_certs_only([]);
    }
    builder.build().map_err(|error| {
        format!(
            "No connection can be set up ({}): install the system's CA certificates.",
            root(&error)
        )
    })
}

fn gzip(lines: &str) -> std::io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(lines.len() / 8), Compression::fast());
    encoder.write_all(lines.as_bytes())?;
    encoder.finish()
}

async fn answer(mut response: Response) -> Answer {
    let retry_after = response
        .headers()
        .get(RETRY_AFTER)
        .and_then(|value| value.to_str().ok());
    let retry_after = retry_after.map(str::to_owned);
    let code = response.status().as_u16();
    let mut body = Vec::new();
    // A body that breaks off changes nothing about the status: what came of it is what the server said.
    while let Ok(Some(chunk)) = response.chunk().await {
        body.extend_from_slice(&chunk);
        if body.len() >= BODY_BYTES {
            body.truncate(BODY_BYTES);
            break;
        }
    }
    Answer::Status {
        code,
        retry_after,
        said: said(&body),
    }
}

/// The message of an error as InfluxDB writes it (JSON with `message` or `error`), or the text there is, in one line.
pub fn said(body: &[u8]) -> String {
    let json: Option<serde_json::Value> = serde_json::from_slice(body).ok();
    let message = json
        .as_ref()
        .and_then(|json| json.get("message").or_else(|| json.get("error"))?.as_str());
    let text = message.map_or_else(|| String::from_utf8_lossy(body), Into::into);
    let words: Vec<&str> = text
        .split(|c: char| c.is_control() || c.is_whitespace())
        .filter(|word| !word.is_empty())
        .collect();
    words.join(" ").chars().take(SAID_CHARS).collect()
}

/// The innermost cause, which is what an operator can act on.
pub fn root(error: &dyn Error) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}

fn is_tls(error: &(dyn Error + 'static)) -> bool {
    let inner = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
    error.is::<rustls::Error>() || inner.is_some_and(|inner| is_tls(inner)) || error.source().is_some_and(is_tls)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(url: &str) -> Config {
        Config {
            name: "programme".to_owned(),
            url: url.to_owned(),
            org: "id&c".to_owned(),
            bucket: "example co".to_owned(),
            token_file: "influx.token".into(),
            flush_ms: 10_000,
            max_points_per_s: 5_000,
            start: Start::Oldest,
        }
    }

    #[test]
    fn a_prefix_is_kept_and_names_are_encoded() {
        let query = "org=id%26c&bucket=example+co&precision=ms";
        for (url, address) in [
            ("http://host:8086", "http://host:8086/api/v2/write"),
            ("http://host:8086/", "http://host:8086/api/v2/write"),
            ("https://host/tsdb/one", "https://host/tsdb/one/api/v2/write"),
            ("https://host/tsdb/one/", "https://host/tsdb/one/api/v2/write"),
        ] {
            assert_eq!(config(url).write_url().unwrap().as_str(), format!("{address}?{query}"));
        }
    }

    #[test]
    fn an_address_that_cannot_work_is_refused_by_name_of_its_key() {
        for url in [
            "",
            "host:8086",
            "/path",
            "ftp://host",
            "http://u:p@host",
            "http://host?org=x",
            "http://",
        ] {
            assert!(config(url).write_url().unwrap_err().contains("`url`"), "{url}");
        }
        let nameless = Config {
            bucket: String::new(),
            ..config("http://host")
        };
        assert!(nameless.write_url().unwrap_err().contains("`bucket`"));
    }

    #[test]
    fn a_relative_token_file_is_a_credential_of_the_service() {
        let folder = Some(OsString::from("/run/credentials/gemba"));
        let path = credential(Path::new("influx.token"), folder.clone());
        assert_eq!(path, Path::new("/run/credentials/gemba/influx.token"));
        assert_eq!(credential(Path::new("/etc/token"), folder), Path::new("/etc/token"));
        assert_eq!(credential(Path::new("influx.token"), None), Path::new("influx.token"));
    }

    #[test]
    fn what_the_server_said_is_one_short_line() {
        assert_eq!(
            said(br#"{"code":"invalid","message":"unable to\n parse"}"#),
            "unable to parse"
        );
        assert_eq!(said(br#"{"error":"partial write"}"#), "partial write");
        assert_eq!(said(b"<html>\r\n busy </html>"), "<html> busy </html>");
        assert_eq!(said(&[0xff, 0xfe]), "\u{fffd}\u{fffd}");
        assert_eq!(said(&vec![b'x'; BODY_BYTES]).len(), SAID_CHARS);
        assert_eq!(said(b""), "");
    }
}
