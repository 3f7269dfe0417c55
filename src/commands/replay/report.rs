//! What a replay found, in sentences.

use super::shifts::Aside;
use crate::model::fact::{Import, Loss};
use crate::model::tally::ENGINE;
use crate::model::time::Timestamp;
use crate::pipeline::replay::{self, Difference, Kind, Says};
use std::io::{self, Write};
use std::sync::Arc;

/// What a replay found.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// Facts whose chain was checked.
    pub facts: u64,
    /// Tallies compared.
    pub tallies: usize,
    /// Spans compared.
    pub spans: usize,
    /// Flags compared.
    pub flags: usize,
    /// Tallies merged per shift compared.
    pub shifts: usize,
    /// Machines of which is not stored, or not rightly, up to when they are sealed.
    pub ends: Vec<(String, End)>,
    /// Of each machine how many tallies merged per shift were not compared, and why.
    pub set_aside: Vec<(String, Aside, usize)>,
    /// The first difference of each machine and kind of row.
    pub differences: Vec<(String, Difference)>,
    /// Facts that damage took, with the earliest instant they could affect.
    pub losses: Vec<(Timestamp, Loss)>,
    /// Stretches that were brought in from files, and by whom.
    pub imports: Vec<(Arc<str>, Import)>,
    /// How many of the stored tallies another engine worked out.
    pub of_other_engines: u64,
    /// Machines whose past is still being worked out again.
    pub restating: Vec<String>,
}

/// What is wrong with the instant up to which a machine is stored to be sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// None is stored, and there are tallies from this instant on.
    Missing(Timestamp),
    /// It is the first one, and a tally that ends at the second is stored.
    Early(Timestamp, Timestamp),
    /// Tallies are stored, and the journal never configured the machine.
    OfNoMachine,
}

impl Report {
    /// True when everything that can be compared is equal and no machine was left out.
    pub fn is_clean(&self) -> bool {
        self.differences.is_empty() && self.restating.is_empty() && self.ends.is_empty()
    }

    /// One sentence for each stretch that was brought in from a file.
    pub fn imported(&self) -> Vec<String> {
        let imported = self.imports.iter().map(|(author, import)| {
            format!(
                "{} samples between {} and {} {} from a file by {author} on {}: its SHA-256 is {}",
                import.samples,
                replay::stamp(import.from),
                replay::stamp(import.until),
                match import.done {
                    true => "were brought in",
                    false => "were begun to be brought in, and not to the end,",
                },
                replay::stamp(import.imported_at),
                import.sha256
            )
        });
        imported.collect()
    }

    /// One sentence for each machine that differs or is left out, and one for each thing that may be why.
    pub fn sentences(&self) -> Vec<String> {
        let restating = self.restating.iter().map(|name| {
            format!("{name}: its past is being worked out again; run the agent until it is done, then replay")
        });
        let ends = self
            .ends
            .iter()
            .map(|(name, end)| format!("{name}: {}", end.sentence()));
        let differences = self.differences.iter();
        let differences = differences.map(|(name, difference)| format!("{name}: {}", sentence(difference)));
        let engines = (self.of_other_engines > 0 && !self.differences.is_empty()).then(|| {
            format!(
                "{} tallies were worked out by another engine than this one ({ENGINE}); where it is one of them that differs, the \
                 version of gemba that made it tells whether it was right",
                self.of_other_engines
            )
        });
        let lost = self.losses.iter().filter(|_| !self.differences.is_empty());
        let lost = lost.map(|(at, loss)| {
            format!(
                "{} facts between {} and {} were lost by damage: what was sealed of that time cannot be worked out again",
                loss.count,
                replay::stamp(*at),
                replay::stamp(loss.until)
            )
        });
        let set_aside = self.set_aside.iter().map(|(name, why, count)| {
            let why = why.sentence();
            format!("{name}: {count} shift tallies were not compared: {why}")
        });
        restating
            .chain(ends)
            .chain(differences)
            .chain(lost)
            .chain(engines)
            .chain(set_aside)
            .collect()
    }
}

impl End {
    fn sentence(&self) -> String {
        match self {
            End::Missing(first) => format!(
                "up to when it is sealed is not stored, and the journal gives tallies from {} on",
                replay::stamp(*first)
            ),
            End::Early(stored, newest) => format!(
                "it is said to be sealed up to {}, and a tally that ends at {} is stored",
                replay::stamp(*stored),
                replay::stamp(*newest)
            ),
            End::OfNoMachine => "tallies of it are stored, and the journal never configured it".to_owned(),
        }
    }
}

/// Prints what was found, and whether all is well.
pub(super) fn print(report: &Report, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "chain: {} facts, every hash fits", report.facts)?;
    for sentence in report.imported().into_iter().chain(report.sentences()) {
        writeln!(out, "{sentence}")?;
    }
    let verdict = if report.is_clean() {
        "equal to the journal"
    } else {
        "NOT equal to the journal"
    };
    writeln!(
        out,
        "{} tallies, {} spans, {} flags and {} shifts compared: {verdict}",
        report.tallies, report.spans, report.flags, report.shifts
    )
}

fn sentence(difference: &Difference) -> String {
    let Difference { kind, at, of, says } = difference;
    let kind = match kind {
        Kind::Tally => "tally",
        Kind::Span => "span",
        Kind::Flag => "flag",
        Kind::Shift => "shift's tally",
    };
    let of = if of.is_empty() {
        String::new()
    } else {
        format!(" ({of})")
    };
    let row = format!("{kind} at {}{of}", replay::stamp(*at));
    match says {
        Says::Missing => format!("no {row} is stored, and the journal gives one"),
        Says::Extra => format!("a {row} is stored, and the journal gives none"),
        Says::Column(column, stored, journal) => {
            format!("the {row} has {column} = '{stored}' stored, and the journal gives '{journal}'")
        }
    }
}
