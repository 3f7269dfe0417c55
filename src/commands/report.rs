//! I/O. `gemba report`: a shift, a day or a week from the data folder, read beside a running agent or without one.

use crate::model::ids::{MachineId, Roster};
use crate::model::line::LineSetting;
use crate::model::tally::{Column, Tally};
use crate::model::time::{DAY_MS, Period, Timestamp};
use crate::oee::meters::{Meters, shift_of};
use crate::oee::plan::Plan;
use crate::report::gather::{self, Known, Report, Row, Whose};
use crate::report::scope::is_told;
use crate::report::stretch::Stretch;
use crate::report::{csv, text};
use crate::store::{ReadError, Reader};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

pub use crate::report::stretch::Kind;
pub use crate::report::words::Lang;

/// The sums an order's progress is worked out from.
const DELIVERED: [Column; 4] = [Column::Good, Column::GapGood, Column::Reworked, Column::Total];

/// What the command line asks for.
#[derive(Debug, Clone)]
pub struct Options {
    /// How long a time.
    pub kind: Kind,
    /// The business date, of a shift with its id as in `2026-11-21.1`; the last one that is over where it is left out.
    pub of: Option<String>,
    /// The one machine.
    pub machine: Option<String>,
    /// The one line.
    pub line: Option<String>,
    /// As CSV.
    pub csv: bool,
    /// The language; that of the plant where it is left out.
    pub lang: Option<Lang>,
}

/// Why there is no report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refused {
    /// What was asked for is not there: what to ask for instead.
    Asked(String),
    /// The data folder cannot be read.
    Folder(String),
}

/// Loads the configuration to find the data folder and prints the report; exit code 0, 1 when the folder cannot be read, 2
/// when the configuration cannot be used or what is asked for is not there.
pub fn run(files: &[PathBuf], options: &Options) -> ExitCode {
    let plant = match super::load(files, &mut io::stderr().lock()) {
        Ok(plant) => plant,
        Err(code) => return code,
    };
    let lang = options
        .lang
        .or_else(|| Lang::parse(&plant.language))
        .unwrap_or(Lang::En);
    let made = make(&plant.store.path, options, &|roster| plant.polls(roster));
    let (written, code) = match made {
        Ok(report) => {
            let told = if options.csv {
                csv::write(&report)
            } else {
                text::write(&report, lang)
            };
            (io::stdout().lock().write_all(told.as_bytes()), ExitCode::SUCCESS)
        }
        Err(Refused::Asked(what)) => (
            writeln!(io::stderr().lock(), "{what}"),
            ExitCode::from(super::BAD_CONFIGURATION),
        ),
        Err(Refused::Folder(why)) => {
            let folder = plant.store.path.display();
            let told = writeln!(io::stderr().lock(), "the data folder {folder} cannot be read: {why}");
            (told, ExitCode::FAILURE)
        }
    };
    written.map_or(ExitCode::FAILURE, |()| code)
}

/// The report of a data folder as it is at one moment: an agent may go on writing. `polls` gives the time between two polls of
/// each machine's counter.
///
/// # Errors
/// What was asked for is not there, or the folder cannot be read.
pub fn make(
    folder: &Path,
    options: &Options,
    polls: &dyn Fn(&Roster) -> BTreeMap<MachineId, i64>,
) -> Result<Report, Refused> {
    let reader = Reader::open(folder)?.hold()?;
    let standing = reader.standing()?;
    let roster = reader.roster()?;
    let sealed_until: BTreeMap<_, _> = standing.sealed_until.into_iter().collect();
    // As far as the data goes: a folder of last month tells of last month.
    let newest = sealed_until.values().copied().chain(standing.alive).max();
    let now = newest.ok_or_else(|| {
        Refused::Asked("no agent has ever run in this data folder: there is nothing to report".to_owned())
    })?;
    let mut plan = Plan::default();
    reader.said(|_, fact| plan.apply(&fact))?;
    let stretch = match &options.of {
        Some(asked) => Stretch::asked(&plan, options.kind, asked, now),
        None => Stretch::last(&plan, options.kind, now),
    };
    let stretch = stretch.map_err(Refused::Asked)?;
    let mut rows = rows(&reader, &stretch)?;
    // A shift that was on the dates may lie outside their time now.
    let meters = Meters::of(&plan, around(&stretch));
    let tallies = rows.iter_mut();
    meters.split(
        |key| shift_of(&plan, key),
        tallies.map(|row| (&row.key, row.machine, &mut row.sums.tally)),
    );
    let whose = whose(options, &roster, &plan, &rows, now)?;
    let period = stretch.period;
    let mut spans = Vec::new();
    // A machine after the other: of a week's spans only the stops are kept.
    for (machine, _) in roster.iter() {
        let of_machine = reader.spans(Some(machine), period)?.into_iter();
        spans.extend(of_machine.filter(|span| is_told(span.class)));
    }
    let known = Known {
        of_orders: of_orders(&reader, &plan, &rows, period.end)?,
        spans,
        flags: reader.flags(None, period)?,
        restating: standing.restating.iter().map(|(machine, _)| *machine).collect(),
        kept_since: standing.kept_since,
        meters,
        polls: polls(&roster),
        plan: &plan,
        roster: &roster,
        stretch,
        now,
        rows,
        revised: reader.revised(period)?,
        sealed_until,
    };
    Ok(gather::report(&known, &whose))
}

impl From<ReadError> for Refused {
    fn from(error: ReadError) -> Self {
        Refused::Folder(error.to_string())
    }
}

/// The shift tallies of a time. Those between shifts have the start of their production day, and a calendar that was edited
/// since may have begun a shift elsewhere: they are looked for a day around.
fn rows(reader: &Reader, stretch: &Stretch) -> Result<Vec<Row>, ReadError> {
    let mut rows = Vec::new();
    reader.each_shift(
        (None, around(stretch)),
        &Column::ALL.map(|(column, _)| column),
        true,
        |machine, key, sums, engines| {
            if stretch.has(key) {
                rows.push(Row {
                    machine,
                    key: key.clone(),
                    sums: sums.clone(),
                    engines: engines.to_vec(),
                });
            }
        },
    )?;
    Ok(rows)
}

fn around(stretch: &Stretch) -> Period {
    Period::new(stretch.period.start.plus(-DAY_MS), stretch.period.end.plus(DAY_MS))
}

/// The pieces of all time of the orders among the rows, and on serial lines those of no order, which may be theirs, from the first
/// instant one of them was on a machine up to `end`.
fn of_orders(reader: &Reader, plan: &Plan, rows: &[Row], end: Timestamp) -> Result<Vec<Row>, ReadError> {
    let orders: BTreeSet<&Arc<str>> = rows
        .iter()
        .map(|row| &row.key.order)
        .filter(|order| !order.is_empty())
        .collect();
    let mut found = Vec::new();
    let roster = reader.roster()?;
    let began = |order: &Arc<str>| {
        let machines = roster.iter().map(|(machine, _)| machine);
        machines.filter_map(|machine| plan.first_of_order(machine, order)).min()
    };
    let Some(first) = orders.iter().filter_map(|order| began(order)).min() else {
        return Ok(found);
    };
    let kinds = plan.kinds();
    // No shift and no time between shifts is longer than two days.
    reader.each_shift(
        (None, Period::new(first.plus(-2 * DAY_MS), end)),
        &DELIVERED,
        false,
        |machine, key, sums, engines| {
            let may_be_its = key.order.is_empty() && kinds.of(&key.line, key.shift_start) != LineSetting::Parallel;
            if sums.tally != Tally::default() && (may_be_its || orders.contains(&key.order)) {
                found.push(Row {
                    machine,
                    key: key.clone(),
                    sums: sums.clone(),
                    engines: engines.to_vec(),
                });
            }
        },
    )?;
    Ok(found)
}

fn whose(options: &Options, roster: &Roster, plan: &Plan, rows: &[Row], now: Timestamp) -> Result<Whose, Refused> {
    if let Some(name) = &options.machine {
        let machines: Vec<&str> = roster.iter().map(|(_, name)| name).collect();
        let unknown = || no_such("--machine", name, "machine", &machines);
        let machine = roster.find(name).ok_or_else(unknown)?;
        let has_data = rows.iter().any(|row| row.machine == machine);
        let setting = plan.machine(machine, now).filter(|_| !has_data);
        return match setting.is_some_and(|setting| !setting.asset.connected) {
            true => Err(Refused::Asked(format!(
                "--machine {name}: is only registered and not connected: nothing is read from it, so there is nothing to report"
            ))),
            false => Ok(Whose::Machine(machine)),
        };
    }
    let Some(name) = &options.line else {
        return Ok(Whose::Plant);
    };
    let now = roster.iter().filter_map(|(machine, _)| plan.segment(machine, now));
    let lines: BTreeSet<Arc<str>> = now
        .map(|segment| Arc::clone(&segment.key.line))
        .chain(rows.iter().map(|row| Arc::clone(&row.key.line)))
        .filter(|line| !line.is_empty())
        .collect();
    match lines.get(name.as_str()) {
        Some(line) => Ok(Whose::Line(Arc::clone(line))),
        None => Err(no_such(
            "--line",
            name,
            "line",
            &lines.iter().map(|line| &**line).collect::<Vec<_>>(),
        )),
    }
}

fn no_such(option: &str, asked: &str, noun: &str, known: &[&str]) -> Refused {
    let known = if known.is_empty() {
        "none".to_owned()
    } else {
        known.join(", ")
    };
    Refused::Asked(format!(
        "{option} {asked}: there is no such {noun}; those there are: {known}"
    ))
}
