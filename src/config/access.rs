//! I/O. Who may write to us, and where we write to: tokens and sinks.

use super::checker::Checker;
use super::finding::KeyPath;
use super::raw;
use super::secret::Secrets;
use super::source;
use super::suggest;
use crate::forward::influx;
use crate::serve::{Role, TOKEN_CHARS, Token};
use secrecy::{ExposeSecret, SecretString};
use std::net::IpAddr;

/// Names that stand for the agent itself as an author.
const RESERVED: [&str; 2] = ["agent", "config"];

/// Reads `[token.*]`.
pub fn tokens(checker: &mut Checker, secrets: &Secrets) -> Vec<Token> {
    let section = KeyPath::of(&["token"]);
    let mut tokens: Vec<Token> = Vec::new();
    for name in checker.ids(&section) {
        let path = section.join(&name);
        let Some(raw::Token { role, token_file }) = checker.read(&path, &[]) else {
            continue;
        };
        if RESERVED.contains(&name.as_str()) {
            let what = format!("`{name}` is the name the agent itself signs with");
            checker.error(&path, what, "give the token the name of whoever uses it");
        }
        let known = Role::parse(&role);
        if known.is_none() {
            let instead = suggest::or_list(&role, &Role::ALL.map(Role::name));
            checker.error(&path.join("role"), format!("there is no role `{role}`"), instead);
        }
        let (file, secret) = secrets.read(checker, &path.join("token_file"), &token_file);
        let is_short = |secret: &SecretString| secret.expose_secret().chars().count() < TOKEN_CHARS;
        if secret.as_ref().is_some_and(is_short) {
            let file = file.display();
            let what = format!("{file} holds fewer than {TOKEN_CHARS} characters: a token that short can be guessed");
            let instead = format!("draw one at random, such as by: openssl rand -hex 16 > {file}");
            checker.error(&path.join("token_file"), what, instead);
        }
        let (Some(role), Some(secret)) = (known, secret) else {
            continue;
        };
        let is_same = |other: &&Token| other.secret.expose_secret() == secret.expose_secret();
        if let Some(twin) = tokens.iter().find(is_same) {
            let what = format!(
                "is the same token as that of `{}`: nobody could tell who wrote",
                twin.name
            );
            checker.error(&path.join("token_file"), what, "make a token for each");
        }
        tokens.push(Token {
            name: name.as_str().into(),
            role,
            secret,
        });
    }
    tokens
}

/// Reads `[sink.*]`.
pub fn sinks(checker: &mut Checker, secrets: &Secrets) -> Vec<influx::Config> {
    let root = KeyPath::of(&["sink"]);
    checker.unknown_keys(&root, &["influx"]);
    let section = root.join("influx");
    let mut sinks = Vec::new();
    for name in checker.ids(&section) {
        let path = section.join(&name);
        let Some(mut sink) = checker.read::<influx::Config>(&path, &[]) else {
            continue;
        };
        let at = path.join("url");
        let mut address = sink.clone();
        for (key, text) in [("org", &mut address.org), ("bucket", &mut address.bucket)] {
            if text.trim().is_empty() {
                let at = path.join(key);
                checker.error(&at, "is empty", super::hints::of(&at));
                // Said already; what is wrong with the url is to be said as well.
                *text = key.to_owned();
            }
        }
        if source::no_secret(checker, &at, &sink.url) {
            self::address(checker, &at, &address);
        }
        let why = "more often floods the sink, less often the figures there are old";
        checker.within(&path.join("flush_ms"), sink.flush_ms, 100, 3_600_000, why);
        let why = "with none nothing would ever be sent";
        checker.within(&path.join("max_points_per_s"), sink.max_points_per_s, 1, 1_000_000, why);
        let (token_file, _) = secrets.read(checker, &path.join("token_file"), &sink.token_file);
        sink.name = name;
        sink.token_file = token_file;
        sinks.push(sink);
    }
    sinks
}

/// Checks the address of a sink, which holds no secret.
fn address(checker: &mut Checker, at: &KeyPath, sink: &influx::Config) {
    if let Some((base, _)) = sink.url.split_once("/api/v2") {
        let what = "names the write API itself, which is added to it";
        checker.error(at, what, format!("write url = \"{base}\""));
        return;
    }
    let url = match sink.write_url() {
        Ok(url) => url,
        Err(why) => {
            checker.error(at, why, "");
            return;
        }
    };
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    let is_here = host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
    if url.scheme() == "http" && !is_here {
        let what = "sends the token in clear: everyone on the way can read it";
        checker.warning(at, what, "write https:// where the sink has it");
    }
}
