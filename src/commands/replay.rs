//! `gemba replay --check`: folds the whole journal again and compares with every stored tally and span.

use crate::config::Plant;
use crate::model::fact::{Body, Fact};
use crate::model::ids::MachineId;
use crate::model::time::{Period, Timestamp};
use crate::oee::plan::Plan;
use crate::oee::rows::Final;
use crate::pipeline::replay::{Difference, Replay, first_difference, first_span_difference};
use crate::store::{HistoryCursor, ReadError, Reader, Standing};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Facts read at once.
const PAGE: usize = 5_000;

/// What a replay found.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// Facts whose chain was checked.
    pub facts: u64,
    /// Tallies compared.
    pub tallies: usize,
    /// Spans compared.
    pub spans: usize,
    /// The first difference of each machine.
    pub differences: Vec<(String, Difference)>,
    /// Machines whose past is still being worked out again.
    pub restating: Vec<String>,
}

/// Loads the configuration to find the data folder, replays its journal, and prints what it found; exit code 0 when the
/// chain holds and everything is equal, 1 when not, 2 when the configuration cannot be used.
pub fn run(files: &[PathBuf]) -> ExitCode {
    let plant: Plant = match super::load(files, &mut io::stderr().lock()) {
        Ok(plant) => plant,
        Err(code) => return code,
    };
    let mut out = io::stdout().lock();
    let written = match check(&plant.store.path) {
        Ok(report) => print(&report, &mut out).map(|()| report.is_clean()),
        Err(error) => writeln!(
            out,
            "the data folder {} cannot be replayed: {error}",
            plant.store.path.display()
        )
        .map(|()| false),
    };
    match written {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) | Err(_) => ExitCode::FAILURE,
    }
}

/// Replays the journal in a data folder.
///
/// # Errors
/// When it cannot be read, or the hash chain is broken: the sentence names the first fact that does not fit.
pub fn check(folder: &Path) -> Result<Report, ReadError> {
    let reader = Reader::open(folder)?;
    let facts = reader.verify_chain()?;
    let plan = plan(&reader)?;
    let standing = reader.standing()?;
    let mut report = Report {
        facts,
        tallies: 0,
        spans: 0,
        differences: Vec::new(),
        restating: Vec::new(),
    };
    for (machine, name) in reader.roster()?.iter() {
        if standing.restating.iter().any(|(other, _)| *other == machine) {
            report.restating.push(name.to_owned());
            continue;
        }
        let mut comparison = Comparison {
            reader: &reader,
            machine,
            report: &mut report,
            told: standing.kept_since,
        };
        if let Some(difference) = comparison.run(&plan, &standing)? {
            report.differences.push((name.to_owned(), difference));
        }
    }
    Ok(report)
}

impl Report {
    /// True when everything is equal and nothing was left out.
    pub fn is_clean(&self) -> bool {
        self.differences.is_empty() && self.restating.is_empty()
    }
}

struct Comparison<'a> {
    reader: &'a Reader,
    machine: MachineId,
    report: &'a mut Report,
    told: Timestamp,
}

impl Comparison<'_> {
    fn run(&mut self, plan: &Plan, standing: &Standing) -> Result<Option<Difference>, ReadError> {
        let Some(mut replay) = Replay::new(self.machine, plan) else {
            return Ok(None);
        };
        let sealed = standing
            .sealed_until
            .iter()
            .find(|(machine, _)| *machine == self.machine);
        let Some((_, end)) = sealed.copied() else {
            return Ok(None);
        };
        let alive = standing.alive.unwrap_or(end);
        let mut cursor = HistoryCursor::default();
        loop {
            let page = self.reader.history(self.machine, Timestamp::MIN, &mut cursor)?;
            let horizon = page.facts.last().map_or(Timestamp::MIN, |(_, fact)| fact.at);
            replay.feed(page.facts.into_iter().map(|(_, fact)| fact));
            if page.last {
                return self.compare(replay.finish(end, alive), end);
            }
            let rows = replay.advance(horizon.min(end));
            let Some(to) = rows.tallies.last().map(|row| row.period.end) else {
                continue;
            };
            if let Some(difference) = self.compare(rows, to)? {
                return Ok(Some(difference));
            }
        }
    }

    fn compare(&mut self, journal: Final, to: Timestamp) -> Result<Option<Difference>, ReadError> {
        let range = Period::new(self.told, to);
        self.told = to;
        let kept = |start: Timestamp| range.contains(start);
        let tallies: Vec<_> = journal
            .tallies
            .into_iter()
            .filter(|row| kept(row.period.start))
            .collect();
        let stored = self.reader.tallies(Some(self.machine), range)?;
        self.report.tallies += tallies.len();
        if let Some(difference) = first_difference(&tallies, &stored) {
            return Ok(Some(difference));
        }
        let spans: Vec<_> = journal.spans.into_iter().filter(|row| kept(row.period.start)).collect();
        self.report.spans += spans.len();
        Ok(first_span_difference(
            &spans,
            &self.reader.spans(Some(self.machine), range)?,
        ))
    }
}

fn plan(reader: &Reader) -> Result<Plan, ReadError> {
    let mut plan = Plan::default();
    let mut after = 0;
    loop {
        let facts: Vec<(u64, Fact)> = reader.facts(after, PAGE)?;
        let Some((last, _)) = facts.last() else { return Ok(plan) };
        after = *last;
        let settled = facts
            .iter()
            .filter(|(_, fact)| matches!(fact.body, Body::Setting(_) | Body::Entry(_)));
        settled.for_each(|(_, fact)| plan.apply(fact));
    }
}

fn print(report: &Report, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "chain: {} facts, every hash fits", report.facts)?;
    for name in &report.restating {
        writeln!(
            out,
            "{name}: its past is being worked out again; run the agent until it is done, then replay"
        )?;
    }
    for (name, difference) in &report.differences {
        writeln!(out, "{name}: {}", sentence(difference))?;
    }
    let verdict = if report.is_clean() {
        "equal to the journal"
    } else {
        "NOT equal to the journal"
    };
    writeln!(
        out,
        "{} tallies and {} spans compared: {verdict}",
        report.tallies, report.spans
    )
}

fn sentence(difference: &Difference) -> String {
    match difference {
        Difference::Missing(at) => format!("no tally is stored at {}, and the journal gives one", stamp(*at)),
        Difference::Extra(at) => format!("a tally is stored at {}, and the journal gives none", stamp(*at)),
        Difference::Key(at) => format!(
            "the tally at {} belongs to another shift, product, line or time than the journal says",
            stamp(*at)
        ),
        Difference::Sum(at, column, stored, journal) => {
            format!(
                "the tally at {} has {column} = {stored} stored, and the journal gives {journal}",
                stamp(*at)
            )
        }
        Difference::Span(at) => format!("the span at {} is not as the journal gives it", stamp(*at)),
    }
}

fn stamp(at: Timestamp) -> String {
    jiff::Timestamp::from_millisecond(at.0).map_or_else(|_| at.0.to_string(), |at| at.to_string())
}
