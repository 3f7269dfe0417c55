//! Pure. What the agent will do one day and does not do yet: refused by name, with what to do until then.

use super::finding::KeyPath;

/// Keys, with `*` for an id, and what to write until they are built.
const KEYS: [(&[&str], &str); 8] = [
    (
        &["site", "industry"],
        "leave it out and write the reasons you need as [reason.ID]",
    ),
    (&["source", "*", "*", "ca_file"], TLS),
    (&["source", "*", "*", "cert_file"], TLS),
    (&["source", "*", "*", "key_file"], TLS),
    (&["sink", "mqtt"], "use [sink.influx.NAME]"),
    (
        &["machine", "*", "count", "rework"],
        "leave it out: rework is not counted",
    ),
    (&["user"], "leave it out: access is by [token.NAME]"),
    (&["alert"], "leave it out: watch /metrics"),
];

const TLS: &str = "use mqtt:// inside the plant network, without TLS";

/// What to do about a key that is not built yet; `None` when it is no such key.
pub fn key(path: &KeyPath) -> Option<&'static str> {
    let fits = |pattern: &[&str]| {
        pattern.len() == path.0.len()
            && pattern
                .iter()
                .zip(&path.0)
                .all(|(want, have)| *want == "*" || want == have)
    };
    KEYS.iter().find(|(pattern, _)| fits(pattern)).map(|(_, text)| *text)
}

/// What to write instead of a secret in clear; `None` when the key does not sound like one.
pub fn secret(key: &str, known: &[&str]) -> Option<String> {
    if !is_secret_like(key) || key.ends_with("_file") {
        return None;
    }
    let file = known
        .iter()
        .find(|known| known.ends_with("_file"))
        .unwrap_or(&"..._file");
    Some(format!(
        "put it into a file only the agent can read and write {file} = \"/etc/gemba/NAME\" (and change the secret: it was readable here)"
    ))
}

/// True when the value of this key must not be repeated in a message.
pub fn is_secret_like(key: &str) -> bool {
    let key = key.to_lowercase();
    ["token", "password", "passwd", "secret", "api_key", "apikey"]
        .iter()
        .any(|word| key.contains(word))
}
