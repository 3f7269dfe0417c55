//! The rules of the tree: what lies at the top, how folders are called, and what no file may name.

use std::fs;
use std::path::Path;

/// What lies at the top, beside dot-files and what git ignores.
const TOP: [&str; 7] = [
    "Cargo.toml",
    "Cargo.lock",
    "README.md",
    "src",
    "configs",
    "deploy",
    "tests",
];
/// Folders that hold everything hold nothing.
const NO_FOLDERS: [&str; 8] = ["util", "utils", "misc", "common", "helper", "helpers", "shared", "lib"];

/// All files of the project as (path, text), in order of their paths; those that are no text are left out.
pub fn files(root: &Path) -> Vec<(String, String)> {
    let mut files = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for path in entries(&folder) {
            let name = relative(root, &path);
            if name == ".git" || is_ignored(root, &name) {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
            } else if let Ok(text) = fs::read_to_string(&path) {
                files.push((name, text));
            }
        }
    }
    files.sort();
    files
}

/// Names at the top.
pub fn top(root: &Path) -> Vec<String> {
    let names = entries(root).into_iter().map(|path| relative(root, &path));
    names.filter(|name| !is_ignored(root, name)).collect()
}

/// Entries that do not belong at the top.
pub fn strangers(top: &[String]) -> Vec<String> {
    let is_strange = |name: &&String| !name.starts_with('.') && !TOP.contains(&name.as_str());
    top.iter()
        .filter(is_strange)
        .map(|name| format!("{name}: does not belong at the top"))
        .collect()
}

/// What is wrong with a path as a path.
pub fn path(path: &str) -> Vec<String> {
    let folders = path.split('/').rev().skip(1);
    let bad = folders.filter(|folder| NO_FOLDERS.contains(folder));
    bad.map(|folder| format!("{path}: a folder `{folder}` says nothing: name what it holds"))
        .collect()
}

/// What is wrong with any file's text: places of one computer, and registries other than the public one.
pub fn text(path: &str, text: &str) -> Vec<String> {
    // Put together here so that this file does not break its own rule.
    let words = [
        ["/wo", "rk/"],
        ["/tmp", "/wt"],
        ["../sha", "red"],
        ["/ro", "ot/"],
        ["/ho", "me/"],
        ["[regis", "tries"],
        ["replace-", "with"],
        ["index-", "url"],
    ];
    let mut broken = Vec::new();
    for (line, number) in text.lines().zip(1..) {
        for word in words.map(|parts| parts.concat()) {
            if line.contains(&word) {
                broken.push(format!("{path}:{number}: names `{word}`, a place of one computer"));
            }
        }
        let is_source = path == "Cargo.lock" && line.starts_with("source = ");
        if is_source && !line.contains("github.com/rust-lang/crates.io-index\"") {
            broken.push(format!("{path}:{number}: a crate from another registry than crates.io"));
        }
    }
    broken
}

fn entries(folder: &Path) -> Vec<std::path::PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).collect()
}

fn relative(root: &Path, path: &Path) -> String {
    let below = path.strip_prefix(root).unwrap_or(path);
    below.to_string_lossy().replace('\\', "/")
}

fn is_ignored(root: &Path, name: &str) -> bool {
    let ignored = fs::read_to_string(root.join(".gitignore")).unwrap_or_default();
    ignored.lines().any(|line| line.trim_matches('/') == name)
}
