//! Pure. What was found of a sink, one sentence each, and what it all comes to.

use std::fmt;

/// How much a sentence matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// As it should be.
    Ok,
    /// Good to know.
    Note,
    /// This run made it.
    Made,
    /// It works, but someone should look.
    Warning,
    /// Nothing reaches this sink as it is.
    Error,
}

/// One sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// How much it matters.
    pub level: Level,
    /// What was found, and where it is not good, what to do.
    pub text: String,
}

/// What was found, in the order of finding.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Verdicts(pub Vec<Verdict>);

impl Verdicts {
    /// Adds a sentence.
    pub fn add(&mut self, level: Level, text: impl Into<String>) {
        let text = text.into();
        self.0.push(Verdict { level, text });
    }

    /// The worst of it; [`Level::Ok`] when nothing was found.
    pub fn worst(&self) -> Level {
        self.0.iter().map(|verdict| verdict.level).max().unwrap_or(Level::Ok)
    }
}

impl Level {
    /// 0 where nothing is to do, 1 where someone should look, 2 where nothing arrives.
    pub fn code(self) -> u8 {
        match self {
            Level::Ok | Level::Note | Level::Made => 0,
            Level::Warning => 1,
            Level::Error => 2,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Level::Ok => "ok",
            Level::Note => "note",
            Level::Made => "made",
            Level::Warning => "warning",
            Level::Error => "error",
        }
    }
}

impl fmt::Display for Verdicts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for verdict in &self.0 {
            writeln!(f, "  {:<8}{}", verdict.level.word(), verdict.text)?;
        }
        Ok(())
    }
}
