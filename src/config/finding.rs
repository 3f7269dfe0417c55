//! Pure. A finding: where in which file, which key, what is wrong, and what to write instead.

use std::fmt;
use std::path::PathBuf;

/// Where a setting was written. The order is the order findings are printed in.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// In a file; `rank` is the file's position among the layers, line and column count from 1 (0: the file as a whole).
    File {
        /// Position among the files, in the order they are merged.
        rank: usize,
        /// The file as it was named.
        file: PathBuf,
        /// Line, from 1.
        line: usize,
        /// Column in characters, from 1.
        column: usize,
    },
    /// In this environment variable.
    Environment(String),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::File { file, line: 0, .. } => write!(f, "{}", file.display()),
            Place::File { file, line, column, .. } => write!(f, "{}:{line}:{column}", file.display()),
            Place::Environment(name) => write!(f, "environment {name}"),
        }
    }
}

/// The way to a key from the root, such as `machine.press-01.poll_ms`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct KeyPath(pub Vec<String>);

impl KeyPath {
    /// The path of these segments.
    pub fn of(segments: &[&str]) -> KeyPath {
        KeyPath(segments.iter().map(|segment| (*segment).to_owned()).collect())
    }

    /// The path of a key below this one.
    #[must_use]
    pub fn join(&self, key: &str) -> KeyPath {
        let mut segments = self.0.clone();
        segments.push(key.to_owned());
        KeyPath(segments)
    }

    /// The last segment; empty at the root.
    pub fn last(&self) -> &str {
        self.0.last().map_or("", String::as_str)
    }
}

impl fmt::Display for KeyPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, segment) in self.0.iter().enumerate() {
            let dot = if index == 0 { "" } else { "." };
            let bare = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
            if !segment.is_empty() && segment.chars().all(bare) {
                write!(f, "{dot}{segment}")?;
            } else {
                write!(f, "{dot}{segment:?}")?;
            }
        }
        Ok(())
    }
}

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// The configuration cannot be used.
    Error,
    /// It can be used, but someone should look.
    Warning,
}

/// One thing that is wrong. The order is by place.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// Where it was written.
    pub place: Place,
    /// Which key it is about; the root when it is about a whole file.
    pub key: KeyPath,
    /// Error or warning.
    pub level: Level,
    /// What is wrong; never holds a secret.
    pub what: String,
    /// What to write instead.
    pub instead: String,
    /// True when it is about something that is not there: an error that the unreadable part of a file may answer, or a
    /// warning that any error may have led to.
    pub about_absence: bool,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.place)?;
        if self.level == Level::Warning {
            f.write_str("warning: ")?;
        }
        if !self.key.0.is_empty() {
            write!(f, "{}: ", self.key)?;
        }
        f.write_str(&self.what)?;
        if !self.instead.is_empty() {
            write!(f, "; {}", self.instead)?;
        }
        Ok(())
    }
}

/// All findings of one load, by file and line, each once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Findings(Vec<Finding>);

impl Findings {
    /// Sorts them and drops repetitions and what may only follow from others: where a file could not be parsed, what is
    /// missing; where there are errors, warnings about what is not used.
    pub fn new(mut findings: Vec<Finding>, syntax_errors: &[Place]) -> Findings {
        let line_of = |place: &Place| match place {
            Place::File { rank, line, .. } => Some((*rank, *line)),
            Place::Environment(_) => None,
        };
        let broken: Vec<_> = syntax_errors.iter().filter_map(line_of).collect();
        let has_errors = findings.iter().any(|finding| finding.level == Level::Error);
        findings.retain(|finding| {
            if finding.level == Level::Warning && finding.about_absence && has_errors {
                return false;
            }
            let is_syntax = finding.key.0.is_empty();
            let on_broken_line = line_of(&finding.place).is_some_and(|line| broken.contains(&line));
            is_syntax || broken.is_empty() || !(finding.about_absence || on_broken_line)
        });
        findings.sort();
        findings.dedup();
        Findings(findings)
    }

    /// True when one of them is an error.
    pub fn has_errors(&self) -> bool {
        self.errors() > 0
    }

    /// How many are errors.
    pub fn errors(&self) -> usize {
        self.0.iter().filter(|finding| finding.level == Level::Error).count()
    }

    /// In the order of files and lines.
    pub fn iter(&self) -> impl Iterator<Item = &Finding> {
        self.0.iter()
    }

    /// True when there is nothing to say.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for Findings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for finding in &self.0 {
            writeln!(f, "{finding}")?;
        }
        Ok(())
    }
}
