//! The plant itself: site, data folder, and the address the API listens at.

use super::checker::Checker;
use super::finding::KeyPath;
use super::raw::{self, Names};
use super::suggest;
use crate::store;
use jiff::tz::TimeZone;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

/// `[site]`, checked.
#[derive(Debug, Clone, Default)]
pub struct Site {
    /// The plant's id.
    pub id: String,
    /// The company's id.
    pub org: String,
    /// IANA zone.
    pub timezone: String,
    /// Language of texts for people.
    pub language: String,
    /// Name for people.
    pub name: BTreeMap<Arc<str>, Arc<str>>,
}

/// Names for people, as the model holds them.
pub fn names(names: &Names) -> BTreeMap<Arc<str>, Arc<str>> {
    let shared = |(language, name): (&String, &String)| (language.as_str().into(), name.as_str().into());
    names.0.iter().map(shared).collect()
}

/// Reads `[site]`.
pub fn site(checker: &mut Checker) -> Option<Site> {
    let path = KeyPath::of(&["site"]);
    if checker.tree.get(&path).is_none() {
        checker.absent(&path, "is missing", super::hints::of(&path));
        return None;
    }
    let site: raw::Site = checker.read(&path, &[])?;
    checker.id(&path.join("id"), &site.id);
    checker.id(&path.join("org"), &site.org);
    if TimeZone::get(&site.timezone).is_err() {
        let known: Vec<String> = jiff::tz::db().available().map(|name| name.to_string()).collect();
        let instead = match suggest::nearest(&site.timezone, known.iter().map(String::as_str)) {
            Some(near) => format!("did you mean \"{near}\"?"),
            None => super::hints::of(&path.join("timezone")).to_owned(),
        };
        checker.error(
            &path.join("timezone"),
            format!("there is no zone {:?}", site.timezone),
            instead,
        );
    }
    let is_language = site.language.len() == 2 && site.language.bytes().all(|byte| byte.is_ascii_lowercase());
    if !is_language {
        let at = path.join("language");
        checker.error(
            &at,
            format!("{:?} is no language code", site.language),
            super::hints::of(&at),
        );
    }
    Some(Site {
        id: site.id,
        org: site.org,
        timezone: site.timezone,
        language: site.language,
        name: names(&site.name),
    })
}

/// Reads `[store]`; the names of the sinks are not known yet.
pub fn store(checker: &mut Checker) -> store::Config {
    let path = KeyPath::of(&["store"]);
    let store: raw::Store = checker.read(&path, &[]).unwrap_or_default();
    let at = |key: &str| path.join(key);
    if store.path == PathBuf::new() {
        checker.error(&at("path"), "is empty", super::hints::of(&at("path")));
    }
    let why = "more often wears the disk, less often loses more at a power cut";
    checker.within(&at("commit_ms"), store.commit_ms, 100, 60_000, why);
    let why = "late data is taken for 3 days and a week is restated, and 100 years is for ever";
    checker.within(&at("fact_days"), store.fact_days, 7, 36_500, why);
    let why = "with less a busy plant loses facts within days";
    checker.within(&at("max_disk_mb"), store.max_disk_mb, 64, 16_000_000, why);
    store::Config {
        path: checker.tree.beside(&at("path"), &store.path),
        commit_ms: store.commit_ms,
        fact_days: store.fact_days,
        max_disk_mb: store.max_disk_mb,
        sinks: Vec::new(),
    }
}

/// Reads `[serve]`.
pub fn serve(checker: &mut Checker) -> Option<SocketAddr> {
    let path = KeyPath::of(&["serve"]);
    let serve: raw::Serve = checker.read(&path, &[])?;
    let at = path.join("viewer");
    match serve.viewer.as_str() {
        "open" => {}
        "login" => checker.error(
            &at,
            "viewer = \"login\" is not built yet",
            "write viewer = \"open\" and keep the port inside the plant network",
        ),
        other => checker.error(&at, format!("there is no viewer = {other:?}"), super::hints::of(&at)),
    }
    let at = path.join("listen");
    let listen = serve.listen.parse();
    if listen.is_err() {
        let what = format!("{:?} is no address with a port", serve.listen);
        checker.error(&at, what, super::hints::of(&at));
    }
    listen.ok()
}
