//! The rules of the page's own files and of its tests: what each says first, and how long it may be.

use super::rules::MAX_LINES;

/// Files these rules are for.
const ENDS: [&str; 4] = [".js", ".mjs", ".css", ".html"];

/// What is wrong with one file of the page, as `path:line: what`; vendored files are as their makers wrote them.
pub fn page(path: &str, text: &str) -> Vec<String> {
    if !ENDS.iter().any(|end| path.ends_with(end)) || path.contains("/vendor/") {
        return Vec::new();
    }
    let mut broken = Vec::new();
    // A type checker's mark or a document type may stand before it.
    if !text.lines().take(2).any(says) {
        broken.push(format!(
            "{path}:1: the first comment says in a sentence what the file holds"
        ));
    }
    let lines = text.lines().count();
    if lines > MAX_LINES {
        broken.push(format!("{path}:{lines}: {lines} lines: at most {MAX_LINES}"));
    }
    broken
}

fn says(line: &str) -> bool {
    let said = ["// ", "/* ", "<!-- "].iter().find_map(|mark| line.strip_prefix(mark));
    said.is_some_and(|said| said.starts_with(char::is_uppercase) && said.contains('.'))
}
