//! `gemba replay --check`: folds the whole journal again and compares with every stored tally, span, flag and shift.

mod report;
mod shifts;

pub use report::{End, Report};
pub use shifts::Aside;

use crate::config::Plant;
use crate::model::fact::{Body, Fact, Import, Loss};
use crate::model::ids::MachineId;
use crate::model::tally::{Flag, SpanRow};
use crate::model::time::{HOUR_MS, Period, QUARTER_MS, Timestamp};
use crate::oee::plan::Plan;
use crate::oee::rows::Final;
use crate::pipeline::replay::{self, Difference, Replay};
use crate::store::{HistoryCursor, ReadError, Reader, Standing};
use report::print;
use shifts::{Gone, Merged};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

/// Facts read at once.
const PAGE: usize = 5_000;
/// Of a machine of which no tally is stored, those are missed that were final so long before the agent was last alive: none
/// is sealed later.
const SEALED_BY_MS: i64 = HOUR_MS;

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
    let known = known(reader)?;
    let standing = reader.standing()?;
    let mut report = Report {
        facts,
        tallies: 0,
        spans: 0,
        flags: 0,
        shifts: 0,
        ends: Vec::new(),
        set_aside: Vec::new(),
        differences: Vec::new(),
        of_other_engines: reader.of_other_engines()?,
        losses: Vec::new(),
        imports: Vec::new(),
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
            name,
            report: &mut report,
            told: standing.kept_since,
            flags: Vec::new(),
            first: None,
            shifts: Merged::default(),
            differences: Vec::new(),
        };
        comparison.run(&known, &standing)?;
        let differences = comparison.differences.into_iter();
        report.differences.extend(differences.map(|one| (name.to_owned(), one)));
    }
    (report.losses, report.imports) = (known.losses, known.imports);
    Ok(report)
}

struct Comparison<'a> {
    reader: &'a Reader,
    machine: MachineId,
    name: &'a str,
    report: &'a mut Report,
    /// Tallies and spans that start before it are compared, or no longer kept.
    told: Timestamp,
    /// What the journal gives, compared at the end: a flag or a tally may be told later than others of its time.
    flags: Vec<Flag>,
    /// The start of the first tally it gives.
    first: Option<Timestamp>,
    shifts: Merged,
    /// The first of each kind.
    differences: Vec<Difference>,
}

impl Comparison<'_> {
    fn run(&mut self, known: &Known, standing: &Standing) -> Result<(), ReadError> {
        let newest = self.reader.tallies_end(self.machine)?;
        let Some(mut replay) = Replay::new(self.machine, &known.plan) else {
            self.tell(newest.map(|_| End::OfNoMachine));
            return Ok(());
        };
        let sealed = standing
            .sealed_until
            .iter()
            .find(|(machine, _)| *machine == self.machine)
            .map(|(_, until)| *until);
        let alive = standing.alive.unwrap_or(known.newest);
        let stored = sealed.max(newest);
        let end = stored.unwrap_or(alive.plus(-SEALED_BY_MS));
        if let Some((sealed, newest)) = sealed.zip(newest) {
            self.tell((sealed < newest).then_some(End::Early(sealed, newest)));
        }
        let mut cursor = HistoryCursor::default();
        loop {
            let page = self.reader.history(self.machine, Timestamp::MIN, &mut cursor)?;
            let horizon = page.facts.last().map_or(Timestamp::MIN, |(_, fact)| fact.at);
            replay.feed(page.facts.into_iter());
            if page.last {
                let rows = match stored {
                    Some(end) => replay.finish(end, alive),
                    // What waits is no tally that is missing.
                    None => up_to(end, replay.advance(alive)),
                };
                self.compare(rows, end, true)?;
                self.tell(self.first.filter(|_| sealed.is_none()).map(End::Missing));
                return self.compare_whole(known, standing.kept_since, end);
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
        self.first = self.first.or(journal.tallies.first().map(|row| row.period.start));
        journal.tallies.iter().for_each(|row| self.shifts.give(row));
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

    /// Compares what is not compared stretch by stretch: flags, and shifts.
    fn compare_whole(&mut self, known: &Known, kept: Timestamp, end: Timestamp) -> Result<(), ReadError> {
        let range = Period::new(kept, end.max(kept));
        let mut flags = std::mem::take(&mut self.flags);
        flags.retain(|flag| range.contains(flag.at));
        self.report.flags += flags.len();
        self.note(replay::flags(&flags, &self.reader.flags(Some(self.machine), range)?));
        let stored = self.reader.worked_out_shifts(self.machine)?;
        let gone = Gone::before(kept, self.machine, known);
        let compared = std::mem::take(&mut self.shifts).compare(stored, &gone);
        self.report.shifts += compared.rows;
        let set_aside = compared.set_aside.into_iter();
        let set_aside = set_aside.map(|(why, rows)| (self.name.to_owned(), why, rows));
        self.report.set_aside.extend(set_aside);
        self.note(compared.difference);
        Ok(())
    }

    fn note(&mut self, found: Option<Difference>) {
        let kind = |kind| self.differences.iter().any(|known: &Difference| known.kind == kind);
        self.differences.extend(found.filter(|found| !kind(found.kind)));
    }

    fn tell(&mut self, end: Option<End>) {
        self.report.ends.extend(end.map(|end| (self.name.to_owned(), end)));
    }
}

/// What the journal says of all machines at once.
struct Known {
    plan: Plan,
    /// Which only damage to the disk leaves.
    losses: Vec<(Timestamp, Loss)>,
    imports: Vec<(Arc<str>, Import)>,
    /// Time of which something was said when its minutes were no longer kept, of a machine or of all of them.
    late: Vec<(Option<MachineId>, Period)>,
    /// When the newest fact arrived.
    newest: Timestamp,
}

fn known(reader: &Reader) -> Result<Known, ReadError> {
    let mut known = Known {
        plan: Plan::default(),
        losses: Vec::new(),
        imports: Vec::new(),
        late: Vec::new(),
        newest: Timestamp::MIN,
    };
    let mut after = 0;
    loop {
        let facts: Vec<(u64, Fact)> = reader.facts(after, PAGE)?;
        let Some((last, _)) = facts.last() else {
            return Ok(known);
        };
        after = *last;
        for (_, fact) in facts {
            known.plan.apply(&fact);
            known.newest = known.newest.max(fact.received_at);
            known.late.extend(shifts::late(&fact));
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

/// Tallies that end at `end` at the latest, with what belongs to them.
fn up_to(end: Timestamp, mut rows: Final) -> Final {
    rows.tallies.retain(|row| row.period.end <= end);
    rows
}

/// An import is told twice: when it begins, and when all of it is on disk.
fn note(imports: &mut Vec<(Arc<str>, Import)>, author: Arc<str>, import: Import) {
    let begun = |(_, known): &&mut (Arc<str>, Import)| !known.done && known.imported_at == import.imported_at;
    match imports.iter_mut().find(begun).filter(|_| import.done) {
        Some((_, begun)) => *begun = import,
        None => imports.push((author, import)),
    }
}
