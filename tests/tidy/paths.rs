//! The paths a file names: `use` trees with braces expanded, and paths written in place.

use super::lexer::Token;

/// One path: its segments, whether it stands in a `use`, and its line. A leading `::` is a segment of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Path {
    pub segments: Vec<String>,
    pub is_use: bool,
    pub line: usize,
}

impl Path {
    pub fn starts_with(&self, segments: &[&str]) -> bool {
        self.segments.len() >= segments.len() && self.segments.iter().zip(segments).all(|(have, want)| have == want)
    }
}

/// All paths of two segments or more, and every path of a `use`.
pub fn all(tokens: &[Token]) -> Vec<Path> {
    let mut paths = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let is_use = tokens[at].text == "use";
        let start = if is_use { at + 1 } else { at };
        let end = tree(tokens, start, &[], is_use, &mut paths);
        at = end.max(at + 1);
    }
    paths.retain(|path| path.is_use || path.segments.len() > 1);
    paths
}

/// Reads the path that begins at `at`, with braces only in a `use`; gives the position after it.
fn tree(tokens: &[Token], mut at: usize, prefix: &[String], is_use: bool, paths: &mut Vec<Path>) -> usize {
    let mut segments = prefix.to_vec();
    let line = tokens.get(at).map_or(0, |token| token.line);
    let text = |at: usize| tokens.get(at).map_or("", |token| token.text.as_str());
    if text(at) == "::" && is_root(tokens, at) {
        segments.push("::".to_owned());
        at += 1;
    }
    loop {
        if is_word(text(at)) || (is_use && text(at) == "*") {
            segments.push(text(at).to_owned());
            at += 1;
        } else if is_use && text(at) == "{" {
            at += 1;
            while at < tokens.len() && text(at) != "}" {
                let end = tree(tokens, at, &segments, true, paths);
                at = if text(end) == "," { end + 1 } else { end.max(at + 1) };
            }
            return at + 1;
        }
        if text(at) == "::" {
            at += 1;
        } else {
            break;
        }
    }
    if segments.len() > prefix.len() {
        paths.push(Path { segments, is_use, line });
    }
    if is_use && text(at) == "as" {
        at += 2;
    }
    at
}

/// True when the `::` at `at` begins a path instead of going on after a type.
fn is_root(tokens: &[Token], at: usize) -> bool {
    at.checked_sub(1).is_none_or(|before| {
        let before = tokens[before].text.as_str();
        before == "use" || !(is_word(before) || before == ">" || before == "]" || before == ")")
    })
}

fn is_word(text: &str) -> bool {
    text.starts_with(|c: char| c.is_alphabetic() || c == '_')
}
