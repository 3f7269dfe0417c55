//! I/O. The page's files, inside the binary: compressed once, under an address that changes with them.

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;
use flate2::Compression;
use flate2::write::GzEncoder;
use rust_embed::RustEmbed;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::io::Write;
use std::sync::LazyLock;

/// A year: the address of a file that changed is another one.
const FOR_EVER: &str = "public, max-age=31536000";
/// Nothing is loaded from elsewhere, nothing may frame the page. Styles of elements are how bars get their lengths.
const POLICY: &str = "default-src 'self'; style-src 'self' 'unsafe-inline'; frame-ancestors 'none'; base-uri 'self'";
/// What belongs to the page; the rest lies there for those who work on it.
const SERVED: [&str; 5] = [".js", ".mjs", ".css", ".svg", ".woff2"];

#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/src/serve/ui"]
struct Files;

/// One file as it is sent.
struct Asset {
    kind: &'static str,
    plain: Vec<u8>,
    gzip: Option<Vec<u8>>,
}

/// All files, and the short digest of them that is part of their address.
struct Page {
    build: String,
    index: Vec<u8>,
    files: BTreeMap<String, Asset>,
}

static PAGE: LazyLock<Page> = LazyLock::new(Page::load);

/// Tells one state of the page's files from another.
pub(super) fn build() -> &'static str {
    &PAGE.build
}

/// `/`: the page itself, asked for at each visit.
pub(super) fn index() -> Response {
    let mut response = Response::new(Body::from(PAGE.index.clone()));
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("text/html; charset=utf-8"),
    );
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    response
}

/// `/a/{build}/{path}`: one of its files. A page of an older build gets none of a newer one.
pub(super) fn file(build: &str, path: &str, asked: &HeaderMap) -> Option<Response> {
    let asset = PAGE.files.get(path).filter(|_| build == PAGE.build)?;
    let accepts = asked.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok());
    let gzip = asset
        .gzip
        .as_ref()
        .filter(|_| accepts.is_some_and(|accepts| accepts.contains("gzip")));
    let mut response = Response::new(Body::from(gzip.unwrap_or(&asset.plain).clone()));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(asset.kind));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(FOR_EVER));
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    if gzip.is_some() {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    Some(response)
}

impl Page {
    fn load() -> Page {
        let mut digest = Sha256::new();
        let mut files = BTreeMap::new();
        let mut index = String::new();
        let mut names: Vec<_> = Files::iter().collect();
        names.sort();
        for name in names {
            let Some(file) = Files::get(&name) else { continue };
            let is_page = name == "index.html" || SERVED.iter().any(|end| name.ends_with(end));
            if !is_page {
                continue;
            }
            digest.update(name.as_bytes());
            digest.update(&file.data);
            if name == "index.html" {
                index = String::from_utf8_lossy(&file.data).into_owned();
                continue;
            }
            files.insert(name.to_string(), Asset::new(&name, file.data.into_owned()));
        }
        let digest = digest.finalize();
        let build: String = digest.iter().take(6).map(|byte| format!("{byte:02x}")).collect();
        let based = format!("<head>\n<base href=\"/a/{build}/\">");
        Page {
            index: index.replacen("<head>", &based, 1).into_bytes(),
            build,
            files,
        }
    }
}

impl Asset {
    fn new(name: &str, plain: Vec<u8>) -> Asset {
        let kind = kind(name);
        // Fonts are compressed already.
        let gzip = (!name.ends_with(".woff2")).then(|| squeeze(&plain)).flatten();
        Asset { kind, plain, gzip }
    }
}

fn squeeze(plain: &[u8]) -> Option<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(plain).ok()?;
    encoder.finish().ok()
}

fn kind(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("woff2") => "font/woff2",
        Some(_) | None => "application/octet-stream",
    }
}
