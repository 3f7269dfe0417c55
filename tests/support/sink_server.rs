//! A central store of the tests: an InfluxDB v2 write API that keeps points by identity, and misbehaves as it is told.
#![allow(dead_code)] // Each test file uses its own part.
#![allow(clippy::unwrap_used)] // Helpers outside #[test] unwrap too.

use flate2::read::GzDecoder;
use influxdb_line_protocol::parse_lines;
use std::collections::{BTreeMap, VecDeque};
use std::io::Read;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// The token it takes.
pub const TOKEN: &str = "secret-of-the-sink";

/// What it does with one request.
#[derive(Debug, Clone)]
pub enum Reply {
    /// Stores the points and answers 204, or 400 when one of them is bad.
    Write,
    /// Answers with this status, these header lines and this body, and stores nothing.
    Say(u16, String, String),
    /// Stores the points, and cuts the connection before the answer.
    WriteAndCut,
    /// Cuts the connection and stores nothing.
    Cut,
    /// Stores the first half of the points and answers 500.
    WriteHalf,
    /// Takes the request and says nothing for ever.
    Silence,
    /// Begins an answer and goes on at 10 bytes a second.
    Dribble,
    /// Answers with this status, and resets the connection within the body.
    CutInBody(u16),
}

/// A request as it came.
#[derive(Debug, Clone)]
pub struct Request {
    /// Path and query.
    pub target: String,
    /// Header names in lower case.
    pub headers: BTreeMap<String, String>,
    /// The body, unpacked.
    pub body: String,
}

/// What it holds.
#[derive(Default)]
pub struct State {
    /// Fields by measurement, tags and time: the same identity overwrites.
    pub points: BTreeMap<String, String>,
    /// All requests.
    pub requests: Vec<Request>,
    /// What it does with the next requests; then it writes.
    pub script: VecDeque<Reply>,
    /// Lines that hold one of these texts are refused.
    pub bad: Vec<String>,
    /// True when good points of a refused request are stored all the same.
    pub partial: bool,
    /// Larger bodies (unpacked) get 413.
    pub max_bytes: Option<usize>,
    /// Requests being worked on, and the most there were.
    pub busy: (usize, usize),
}

/// The server; it stops when this is dropped.
pub struct SinkServer {
    /// `http://127.0.0.1:PORT`.
    pub url: String,
    state: Arc<Mutex<State>>,
    task: tokio::task::JoinHandle<()>,
}

impl SinkServer {
    /// Listens on a free port.
    pub async fn start() -> SinkServer {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let state = Arc::new(Mutex::new(State::default()));
        let shared = Arc::clone(&state);
        let task = tokio::spawn(async move {
            let mut connections = tokio::task::JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                connections.spawn(serve(stream, Arc::clone(&shared)));
            }
        });
        SinkServer { url, state, task }
    }

    /// What it holds now.
    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// Does this with the next `times` requests.
    pub fn then(&self, times: usize, reply: &Reply) {
        self.state().script.extend(vec![reply.clone(); times]);
    }
}

impl Drop for SinkServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl State {
    fn write(&mut self, body: &str, all: bool) {
        for line in parse_lines(body) {
            let line = line.unwrap();
            let fields: Vec<String> = line
                .field_set
                .iter()
                .map(|(key, value)| format!("{key}={value}"))
                .collect();
            let identity = format!("{} {}", line.series, line.timestamp.unwrap());
            if all || !self.is_bad(&identity, &fields.join(",")) {
                self.points.insert(identity, fields.join(","));
            }
        }
    }

    fn is_bad(&self, identity: &str, fields: &str) -> bool {
        self.bad
            .iter()
            .any(|bad| identity.contains(bad) || fields.contains(bad))
    }

    fn judge(&mut self, body: &str) -> (u16, String) {
        if self.max_bytes.is_some_and(|max| body.len() > max) {
            return (
                413,
                r#"{"code":"request too large","message":"body too large"}"#.to_owned(),
            );
        }
        if let Some(error) = parse_lines(body).find_map(Result::err) {
            return (
                400,
                format!(r#"{{"code":"invalid","message":"unable to parse: {error}"}}"#),
            );
        }
        if self.bad.iter().any(|bad| body.contains(bad)) {
            if self.partial {
                self.write(body, false);
            }
            return (
                422,
                r#"{"code":"unprocessable entity","message":"field type conflict"}"#.to_owned(),
            );
        }
        self.write(body, true);
        (204, String::new())
    }
}

async fn serve(stream: TcpStream, state: Arc<Mutex<State>>) {
    let mut stream = BufReader::new(stream);
    while let Some(request) = read(&mut stream).await {
        let reply = {
            let mut state = state.lock().unwrap();
            state.busy.0 += 1;
            state.busy.1 = state.busy.1.max(state.busy.0);
            state.requests.push(request.clone());
            state.script.pop_front().unwrap_or(Reply::Write)
        };
        let goes_on = answer(&mut stream, &request, reply, &state).await;
        state.lock().unwrap().busy.0 -= 1;
        if !goes_on {
            return;
        }
    }
}

async fn read(stream: &mut BufReader<TcpStream>) -> Option<Request> {
    let mut line = String::new();
    stream.read_line(&mut line).await.ok().filter(|bytes| *bytes > 0)?;
    let target = line.split(' ').nth(1)?.to_owned();
    let mut headers = BTreeMap::new();
    loop {
        line.clear();
        stream.read_line(&mut line).await.ok()?;
        let Some((name, value)) = line.trim_end().split_once(": ") else {
            break;
        };
        headers.insert(name.to_lowercase(), value.to_owned());
    }
    let mut packed = vec![0; headers.get("content-length")?.parse().ok()?];
    stream.read_exact(&mut packed).await.ok()?;
    let mut body = String::new();
    GzDecoder::new(packed.as_slice()).read_to_string(&mut body).ok()?;
    Some(Request { target, headers, body })
}

/// True when the connection may be used again.
async fn answer(stream: &mut BufReader<TcpStream>, request: &Request, reply: Reply, state: &Arc<Mutex<State>>) -> bool {
    let (code, headers, body) = match reply {
        Reply::Write => {
            let (code, body) = match refusal(request) {
                Some(refusal) => refusal,
                None => state.lock().unwrap().judge(&request.body),
            };
            (code, String::new(), body)
        }
        Reply::Say(code, headers, body) => (code, headers, body),
        Reply::WriteAndCut => {
            state.lock().unwrap().judge(&request.body);
            return false;
        }
        Reply::Cut => return false,
        Reply::WriteHalf => {
            let half: Vec<&str> = request.body.lines().take(request.body.lines().count() / 2).collect();
            state.lock().unwrap().judge(&half.join("\n"));
            (500, String::new(), "half of it".to_owned())
        }
        Reply::Silence => {
            // Ends when the client gives up and closes.
            assert_eq!(stream.read(&mut [0; 1]).await.unwrap_or(0), 0);
            return false;
        }
        Reply::Dribble => {
            let answer = format!("HTTP/1.1 204 No Content\r\nX-Slow: {}\r\n\r\n", "x".repeat(1_000));
            for byte in answer.as_bytes() {
                if stream.write_all(&[*byte]).await.is_err() {
                    return false;
                }
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
            return true;
        }
        Reply::CutInBody(code) => {
            let head = format!("HTTP/1.1 {code} X\r\nContent-Length: 1000\r\n\r\nthe first half");
            stream.write_all(head.as_bytes()).await.unwrap();
            return false;
        }
    };
    let length = if code == 204 {
        String::new()
    } else {
        format!("Content-Length: {}\r\n", body.len())
    };
    let text = format!("HTTP/1.1 {code} X\r\n{length}{headers}\r\n{body}");
    stream.write_all(text.as_bytes()).await.is_ok()
}

/// What a strict server finds wrong with a request before it looks at the points.
fn refusal(request: &Request) -> Option<(u16, String)> {
    let (path, query) = request.target.split_once('?').unwrap_or((&request.target, ""));
    let header = |name: &str| request.headers.get(name).map_or("", String::as_str);
    if header("authorization") != format!("Token {TOKEN}") {
        return Some((
            401,
            r#"{"code":"unauthorized","message":"unauthorized access"}"#.to_owned(),
        ));
    }
    if !path.ends_with("/api/v2/write") || query != "org=idc&bucket=example-co&precision=ms" {
        return Some((404, format!("no such thing as {path} {query}")));
    }
    if header("content-encoding") != "gzip" {
        return Some((415, "gzip is missing".to_owned()));
    }
    None
}
