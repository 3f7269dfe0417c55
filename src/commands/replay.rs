//! `gemba replay --check`: folds the whole journal again and compares with every stored tally, span, flag and shift.

use crate::config::Plant;
use crate::model::fact::{Body, Fact, Import, Loss};
use crate::model::ids::MachineId;
use crate::model::tally::{ENGINE, Flag, SpanRow, Sums, TallyKey};
use crate::model::time::{Period, QUARTER_MS, Timestamp};
use crate::oee::plan::Plan;
use crate::oee::rows::Final;
use crate::pipeline::replay::{self, Difference, Kind, Replay, Says};
use crate::store::{HistoryCursor, ReadError, Reader, Standing};
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

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
    /// Flags compared.
    pub flags: usize,
    /// Tallies merged per shift compared.
    pub shifts: usize,
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

/// Replays the journal in a data folder, as it is at one moment: an agent may go on writing.
///
/// # Errors
/// When it cannot be read, or the hash chain is broken: the sentence names the first fact that does not fit.
pub fn check(folder: &Path) -> Result<Report, ReadError> {
    check_held(&Reader::open(folder)?.hold()?)
}

/// Replays the journal that `reader` reads, which must hold one moment.
///
/// # Errors
/// As [`check`].
pub fn check_held(reader: &Reader) -> Result<Report, ReadError> {
    let facts = reader.verify_chain()?;
    let Known { plan, losses, imports } = known(reader)?;
    let standing = reader.standing()?;
    let mut report = Report {
        facts,
        tallies: 0,
        spans: 0,
        flags: 0,
        shifts: 0,
        differences: Vec::new(),
        of_other_engines: reader.of_other_engines()?,
        losses,
        imports,
        restating: Vec::new(),
    };
    for (machine, name) in reader.roster()?.iter() {
        if standing.restating.iter().any(|(other, _)| *other == machine) {
            report.restating.push(name.to_owned());
            continue;
        }
        let mut comparison = Comparison {
            reader,
            machine,
            report: &mut report,
            told: standing.kept_since,
            flags: Vec::new(),
            shifts: BTreeMap::new(),
            differences: Vec::new(),
        };
        comparison.run(&plan, &standing)?;
        let differences = comparison.differences.into_iter();
        report.differences.extend(differences.map(|one| (name.to_owned(), one)));
    }
    Ok(report)
}

impl Report {
    /// True when everything is equal and nothing was left out.
    pub fn is_clean(&self) -> bool {
        self.differences.is_empty() && self.restating.is_empty()
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
        restating.chain(differences).chain(lost).chain(engines).collect()
    }
}

struct Comparison<'a> {
    reader: &'a Reader,
    machine: MachineId,
    report: &'a mut Report,
    /// Tallies and spans that start before it are compared, or no longer kept.
    told: Timestamp,
    /// What the journal gives, compared at the end: a flag or a tally may be told later than others of its time.
    flags: Vec<Flag>,
    shifts: BTreeMap<TallyKey, Sums>,
    /// The first of each kind.
    differences: Vec<Difference>,
}

impl Comparison<'_> {
    fn run(&mut self, plan: &Plan, standing: &Standing) -> Result<(), ReadError> {
        let Some(mut replay) = Replay::new(self.machine, plan) else {
            return Ok(());
        };
        let sealed = standing
            .sealed_until
            .iter()
            .find(|(machine, _)| *machine == self.machine);
        let Some((_, end)) = sealed.copied() else {
            return Ok(());
        };
        let alive = standing.alive.unwrap_or(end);
        let mut cursor = HistoryCursor::default();
        loop {
            let page = self.reader.history(self.machine, Timestamp::MIN, &mut cursor)?;
            let horizon = page.facts.last().map_or(Timestamp::MIN, |(_, fact)| fact.at);
            replay.feed(page.facts.into_iter());
            if page.last {
                self.compare(replay.finish(end, alive), end, true)?;
                return self.compare_whole(standing.kept_since, end);
            }
            let rows = replay.advance(horizon.min(end));
            let to = rows.tallies.last().map_or(self.told, |row| row.period.end);
            self.compare(rows, to, false)?;
        }
    }

    /// Compares tallies and spans up to `to`; at the `end` of what is sealed a span that still grew may not be stored yet.
    fn compare(&mut self, journal: Final, to: Timestamp, end: bool) -> Result<(), ReadError> {
        let range = Period::new(self.told, to.max(self.told));
        self.told = range.end;
        self.flags.extend(journal.flags);
        for row in &journal.tallies {
            self.shifts.entry((*row.key).clone()).or_default().give(row);
        }
        let kept = |start: Timestamp| range.contains(start);
        let mut tallies = journal.tallies;
        tallies.retain(|row| kept(row.period.start));
        self.report.tallies += tallies.len();
        let stored = self.reader.tallies(Some(self.machine), range)?;
        self.note(replay::tallies(&tallies, &stored));
        let is_final = |span: &SpanRow| {
            let until = span.period.end;
            kept(span.period.start) && (!end || until < to || (until == to && until.0 % QUARTER_MS == 0))
        };
        let mut spans = journal.spans;
        spans.retain(is_final);
        self.report.spans += spans.len();
        let mut stored = self.reader.spans(Some(self.machine), range)?;
        stored.retain(is_final);
        self.note(replay::spans(&spans, &stored));
        Ok(())
    }

    /// Compares what is not compared stretch by stretch: flags, and the shifts of which all minutes are kept.
    fn compare_whole(&mut self, kept: Timestamp, end: Timestamp) -> Result<(), ReadError> {
        let range = Period::new(kept, end);
        let mut flags = std::mem::take(&mut self.flags);
        flags.retain(|flag| range.contains(flag.at));
        self.report.flags += flags.len();
        self.note(replay::flags(&flags, &self.reader.flags(Some(self.machine), range)?));
        let mut shifts = std::mem::take(&mut self.shifts);
        shifts.retain(|key, _| key.shift_start >= kept);
        self.report.shifts += shifts.len();
        self.note(replay::shifts(&shifts, &self.reader.shifts(self.machine, kept)?));
        Ok(())
    }

    fn note(&mut self, found: Option<Difference>) {
        let kind = |kind| self.differences.iter().any(|known: &Difference| known.kind == kind);
        self.differences.extend(found.filter(|found| !kind(found.kind)));
    }
}

/// What the journal says of all machines at once.
#[derive(Default)]
struct Known {
    plan: Plan,
    /// Which only damage to the disk leaves.
    losses: Vec<(Timestamp, Loss)>,
    imports: Vec<(Arc<str>, Import)>,
}

fn known(reader: &Reader) -> Result<Known, ReadError> {
    let mut known = Known::default();
    let mut after = 0;
    loop {
        let facts: Vec<(u64, Fact)> = reader.facts(after, PAGE)?;
        let Some((last, _)) = facts.last() else {
            return Ok(known);
        };
        after = *last;
        for (_, fact) in facts {
            known.plan.apply(&fact);
            match (fact.machine, fact.body) {
                (None, Body::Loss(loss)) => known.losses.push((fact.at, loss)),
                (_, Body::Import(import)) => note(&mut known.imports, fact.author, import),
                (
                    _,
                    Body::Signal(_)
                    | Body::Values(_)
                    | Body::Setting(_)
                    | Body::Started(_)
                    | Body::Clock(_)
                    | Body::Loss(_)
                    | Body::Entry(_),
                ) => {}
            }
        }
    }
}

/// An import is told twice: when it begins, and when all of it is on disk.
fn note(imports: &mut Vec<(Arc<str>, Import)>, author: Arc<str>, import: Import) {
    let begun = |(_, known): &&mut (Arc<str>, Import)| !known.done && known.imported_at == import.imported_at;
    match imports.iter_mut().find(begun).filter(|_| import.done) {
        Some((_, begun)) => *begun = import,
        None => imports.push((author, import)),
    }
}

fn print(report: &Report, out: &mut impl Write) -> io::Result<()> {
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
