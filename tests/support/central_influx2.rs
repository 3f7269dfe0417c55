//! The management API of an InfluxDB 2 as its documentation tells it: set-up, organisations, buckets, tokens, and who may what.
#![allow(dead_code)] // Each test file uses its own part.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use flate2::read::GzDecoder;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard};

/// What a token may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum May {
    /// Everything.
    Operate,
    /// Write the bucket with this id.
    Write(String),
    /// Read and write the bucket with this id.
    ReadWrite(String),
    /// Read every bucket, write the one with this id.
    ReadAll(String),
}

/// A bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bucket {
    /// Its organisation.
    pub org: String,
    /// Its name.
    pub name: String,
    /// Seconds points are kept; 0 for ever.
    pub keep_s: u64,
}

/// What it holds.
#[derive(Debug, Default)]
pub struct State {
    /// Names of organisations by id.
    pub orgs: BTreeMap<String, String>,
    /// Buckets by id.
    pub buckets: BTreeMap<String, Bucket>,
    /// What each token may do.
    pub tokens: BTreeMap<String, May>,
    /// Requests that could change something, as `METHOD path`.
    pub changes: Vec<String>,
    made: u64,
}

/// The server; it goes on until the process ends.
pub struct Influx2 {
    /// `http://127.0.0.1:PORT`.
    pub url: String,
    state: Arc<Mutex<State>>,
}

struct Request {
    method: String,
    path: String,
    query: BTreeMap<String, String>,
    token: String,
    body: Vec<u8>,
}

type Reply = (u16, Value);

impl Influx2 {
    /// One that nobody has set up yet.
    pub fn fresh() -> Influx2 {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let state = Arc::new(Mutex::new(State::default()));
        let shared = Arc::clone(&state);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let shared = Arc::clone(&shared);
                std::thread::spawn(move || serve(stream.unwrap(), &shared));
            }
        });
        Influx2 { url, state }
    }

    /// One with an organisation and an operator's token.
    pub fn set_up(org: &str, operator: &str) -> Influx2 {
        let influx = Influx2::fresh();
        influx.state().org(org);
        influx.state().tokens.insert(operator.to_owned(), May::Operate);
        influx
    }

    /// What it holds now.
    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }
}

impl State {
    fn id(&mut self) -> String {
        self.made += 1;
        format!("{:016x}", 0x0a00_0000_0000_0000 + self.made)
    }

    /// Makes an organisation; its id.
    pub fn org(&mut self, name: &str) -> String {
        let id = self.id();
        self.orgs.insert(id.clone(), name.to_owned());
        id
    }

    /// Makes a bucket; its id.
    pub fn bucket(&mut self, org: &str, name: &str, keep_s: u64) -> String {
        let id = self.id();
        let bucket = Bucket {
            org: org.to_owned(),
            name: name.to_owned(),
            keep_s,
        };
        self.buckets.insert(id.clone(), bucket);
        id
    }

    fn answer(&mut self, request: &Request) -> Reply {
        if request.method == "POST" && request.path != "/api/v2/write" {
            self.changes.push(format!("{} {}", request.method, request.path));
        }
        let is_fresh = self.tokens.is_empty();
        match (request.method.as_str(), request.path.as_str()) {
            ("GET", "/ping") => return (204, Value::Null),
            ("GET", "/health") => {
                let said = json!({"name": "influxdb", "message": "ready for queries and writes", "status": "pass",
                    "checks": [], "version": "v2.7.10", "commit": "f302d9730c"});
                return (200, said);
            }
            ("GET", "/api/v2/setup") => return (200, json!({"allowed": is_fresh})),
            ("POST", "/api/v2/setup") if is_fresh => return self.onboard(&request.json()),
            ("POST", "/api/v2/setup") => return refused(422, "conflict", "onboarding has already been completed"),
            _ => (),
        }
        let Some(may) = self.tokens.get(&request.token).cloned() else {
            return refused(401, "unauthorized", "unauthorized access");
        };
        match (request.method.as_str(), request.path.as_str()) {
            ("GET", "/api/v2/orgs") => self.orgs_named(request, &may),
            ("GET", "/api/v2/buckets") => self.buckets_named(request, &may),
            ("GET", "/api/v2/authorizations") => {
                let seen = if may == May::Operate { self.tokens.len() } else { 0 };
                let operator = json!({"token": "redacted", "orgID": "", "permissions": [
                    {"action": "read", "resource": {"type": "instance"}}]});
                (200, json!({"authorizations": vec![operator; seen]}))
            }
            ("POST", "/api/v2/write") => self.write(request, &may),
            ("POST", _) if may != May::Operate => refused(403, "forbidden", "insufficient permissions"),
            ("POST", "/api/v2/orgs") => {
                let name = text(&request.json(), "name");
                let id = self.org(&name);
                (201, json!({"id": id, "name": name}))
            }
            ("POST", "/api/v2/buckets") => {
                let body = request.json();
                let org = self
                    .orgs
                    .get(&text(&body, "orgID"))
                    .cloned()
                    .expect("an organisation by id");
                let keep_s = body["retentionRules"][0]["everySeconds"].as_u64().unwrap_or(0);
                let id = self.bucket(&org, &text(&body, "name"), keep_s);
                (201, self.described(&id))
            }
            ("POST", "/api/v2/authorizations") => self.authorize(&request.json()),
            _ => refused(404, "not found", "path not found"),
        }
    }

    fn onboard(&mut self, body: &Value) -> Reply {
        let (org, bucket) = (text(body, "org"), text(body, "bucket"));
        if text(body, "password").len() < 8 {
            return refused(400, "invalid", "passwords must be at least 8 characters long");
        }
        let org_id = self.org(&org);
        let id = self.bucket(&org, &bucket, body["retentionPeriodSeconds"].as_u64().unwrap_or(0));
        let token = "operator-token-of-the-first-user";
        self.tokens.insert(token.to_owned(), May::Operate);
        let permissions = json!([{"action": "write", "resource": {"type": "instance"}}]);
        let auth = json!({"token": token, "orgID": org_id, "permissions": permissions});
        (
            201,
            json!({"user": {"name": body["username"]}, "org": {"id": org_id, "name": org}, "bucket": self.described(&id), "auth": auth}),
        )
    }

    fn orgs_named(&self, request: &Request, may: &May) -> Reply {
        let wanted = request.query.get("org");
        let is_seen = |name: &String| *may == May::Operate && wanted.is_none_or(|wanted| wanted == name);
        let orgs: Vec<Value> = self
            .orgs
            .iter()
            .filter(|(_, name)| is_seen(name))
            .map(|(id, name)| json!({"id": id, "name": name, "links": {}}))
            .collect();
        match wanted {
            Some(name) if orgs.is_empty() => {
                refused(404, "not found", &format!("organization name \"{name}\" not found"))
            }
            _ => (200, json!({"links": {"self": "/api/v2/orgs"}, "orgs": orgs})),
        }
    }

    fn buckets_named(&self, request: &Request, may: &May) -> Reply {
        let wanted = request.query.get("name");
        let is_seen = |id: &String| match may {
            May::Operate | May::ReadAll(_) => true,
            May::ReadWrite(own) => own == id,
            May::Write(_) => false,
        };
        let fits = |name: &String| wanted.is_none_or(|wanted| wanted == name);
        let seen = self
            .buckets
            .iter()
            .filter(|(id, bucket)| is_seen(id) && fits(&bucket.name));
        let mut buckets: Vec<Value> = seen.map(|(id, _)| self.described(id)).collect();
        if let Some(name) = wanted.filter(|_| buckets.is_empty()) {
            return refused(404, "not found", &format!("bucket \"{name}\" not found"));
        }
        if *may == May::Operate && wanted.is_none() {
            buckets.push(json!({"id": "0b", "type": "system", "name": "_tasks", "retentionRules": []}));
        }
        (200, json!({"links": {"self": "/api/v2/buckets"}, "buckets": buckets}))
    }

    fn described(&self, id: &str) -> Value {
        let bucket = &self.buckets[id];
        json!({"id": id, "orgID": "", "type": "user", "name": bucket.name, "labels": [],
            "retentionRules": [{"type": "expire", "everySeconds": bucket.keep_s, "shardGroupDurationSeconds": 604_800}]})
    }

    fn authorize(&mut self, body: &Value) -> Reply {
        let permissions = body["permissions"].as_array().expect("permissions");
        assert_eq!(permissions.len(), 1, "{body}");
        assert_eq!(
            (&permissions[0]["action"], &permissions[0]["resource"]["type"]),
            (&json!("write"), &json!("buckets"))
        );
        let bucket = text(&permissions[0]["resource"], "id");
        assert!(self.buckets.contains_key(&bucket), "{body}");
        let token = format!("write-token-{}", self.id());
        self.tokens.insert(token.clone(), May::Write(bucket));
        let mut answer = body.clone();
        answer["token"] = json!(token);
        (201, answer)
    }

    /// Token, organisation, bucket and permission are looked at before the points, as the real one does.
    fn write(&self, request: &Request, may: &May) -> Reply {
        let (org, name) = (&request.query["org"], &request.query["bucket"]);
        if !self.orgs.values().any(|known| known == org) {
            return refused(404, "not found", &format!("organization name \"{org}\" not found"));
        }
        let found = self
            .buckets
            .iter()
            .find(|(_, bucket)| bucket.org == *org && bucket.name == *name);
        let Some((id, _)) = found else {
            return refused(404, "not found", &format!("bucket \"{name}\" not found"));
        };
        let allowed = match may {
            May::Operate => true,
            May::Write(own) | May::ReadWrite(own) | May::ReadAll(own) => own == id,
        };
        if !allowed {
            return refused(403, "forbidden", "insufficient permissions for write");
        }
        let mut lines = String::new();
        GzDecoder::new(request.body.as_slice())
            .read_to_string(&mut lines)
            .expect("gzip");
        assert!(lines.is_empty(), "central writes no points: {lines}");
        refused(400, "invalid", "writing requires points")
    }
}

fn text(body: &Value, key: &str) -> String {
    body[key]
        .as_str()
        .unwrap_or_else(|| panic!("no {key} in {body}"))
        .to_owned()
}

fn refused(status: u16, code: &str, message: &str) -> Reply {
    (status, json!({"code": code, "message": message}))
}

impl Request {
    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("a body of JSON")
    }

    fn read(stream: &mut BufReader<TcpStream>) -> Option<Request> {
        let mut line = String::new();
        stream.read_line(&mut line).ok().filter(|bytes| *bytes > 0)?;
        let mut words = line.split(' ');
        let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
        let (path, query) = target.split_once('?').unwrap_or((&target, ""));
        let plain = |text: &str| text.replace('+', " ");
        let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        let query = pairs.map(|(key, value)| (key.to_owned(), plain(value))).collect();
        let (mut length, mut token) = (0, String::new());
        loop {
            line.clear();
            stream.read_line(&mut line).ok()?;
            let Some((name, value)) = line.trim_end().split_once(": ") else {
                break;
            };
            match name.to_lowercase().as_str() {
                "content-length" => length = value.parse().ok()?,
                "authorization" => value.trim_start_matches("Token ").clone_into(&mut token),
                _ => (),
            }
        }
        let mut body = vec![0; length];
        stream.read_exact(&mut body).ok()?;
        Some(Request {
            method,
            path: path.to_owned(),
            query,
            token,
            body,
        })
    }
}

fn serve(stream: TcpStream, state: &Mutex<State>) {
    let mut stream = BufReader::new(stream);
    while let Some(request) = Request::read(&mut stream) {
        let (status, body) = state.lock().unwrap().answer(&request);
        let body = if status == 204 { String::new() } else { body.to_string() };
        let length = if status == 204 {
            String::new()
        } else {
            format!("Content-Length: {}\r\n", body.len())
        };
        let head = "Content-Type: application/json\r\nX-Influxdb-Build: OSS\r\nX-Influxdb-Version: v2.7.10\r\n";
        let answer = format!("HTTP/1.1 {status} X\r\n{head}{length}\r\n{body}");
        if stream.get_mut().write_all(answer.as_bytes()).is_err() {
            return;
        }
    }
}
