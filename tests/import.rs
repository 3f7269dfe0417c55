//! `gemba import samples`: history from a file gives what the plant itself would have told, is marked, and is never mixed up.
#![allow(clippy::unwrap_used, reason = "a test ends where something is missing")]

#[path = "support/live_run.rs"]
mod live_run;
#[path = "support/shop_day.rs"]
mod shop_day;

use gemba::agent::{self, Time};
use gemba::commands::import::{Refused, Summary, samples};
use gemba::commands::replay;
use gemba::model::fact::{Body, Fact};
use gemba::model::state::Class;
use gemba::model::time::{HOUR_MS, Period, SECOND_MS, Timestamp};
use gemba::store::Reader;
use shop_day::{START, Said, csv, day, file, plant};
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

/// A run of the agent is waited for at most so long.
const PATIENCE: Duration = Duration::from_secs(60);
const ALWAYS: Period = Period {
    start: Timestamp::MIN,
    end: Timestamp::MAX,
};

fn import(folder: &Path, text: &str) -> Result<Summary, Refused> {
    samples(&plant(folder), file(text), "planner", Timestamp::MAX)
}

fn reader(folder: &Path) -> Reader {
    Reader::open(folder).unwrap()
}

fn facts(folder: &Path) -> Vec<Fact> {
    let facts = reader(folder).facts(0, 1_000_000).unwrap();
    facts.into_iter().map(|(_, fact)| fact).collect()
}

/// Everything that is told of the plant, row by row.
fn same(imported: &Path, live: &Path) {
    let (imported_rows, live_rows) = (reader(imported), reader(live));
    let tallies = live_rows.tallies(None, ALWAYS).unwrap();
    assert!(!tallies.is_empty());
    assert_eq!(imported_rows.tallies(None, ALWAYS).unwrap(), tallies);
    assert_eq!(
        imported_rows.spans(None, ALWAYS).unwrap(),
        live_rows.spans(None, ALWAYS).unwrap()
    );
    assert_eq!(
        imported_rows.flags(None, ALWAYS).unwrap(),
        live_rows.flags(None, ALWAYS).unwrap()
    );
    let plants_own = |mut facts: Vec<Fact>| {
        facts.retain(|fact| !matches!(fact.body, Body::Import(_)));
        facts
    };
    assert_eq!(plants_own(facts(imported)), plants_own(facts(live)));
}

/// Imports and lives through the same samples, and compares.
fn imported_as_lived(said: &[Said]) -> Summary {
    let (imported, live) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let summary = import(imported.path(), &csv(said)).unwrap();
    live_run::live(live.path(), said);
    same(imported.path(), live.path());
    if summary.revised == 0 {
        let booked = |folder| reader(folder).booking_range().unwrap();
        assert_eq!(booked(imported.path()), booked(live.path()));
    }
    assert_clean(imported.path());
    summary
}

fn assert_clean(folder: &Path) -> replay::Report {
    let report = replay::check(folder).unwrap();
    assert!(report.is_clean(), "{:?}", report.sentences());
    report
}

/// Nothing but what a folder that was opened has: no fact, no row.
fn assert_nothing_written(folder: &Path) {
    assert_eq!(
        std::fs::read_dir(folder).unwrap().count(),
        0,
        "the data folder is not even opened"
    );
}

#[test]
fn a_day_from_a_file_is_tally_by_tally_what_the_plant_would_have_told() {
    let said = day(24 * 3_600, 0..0);
    let summary = imported_as_lived(&said);
    assert_eq!(summary.samples, 8_640 * 11, "8,640 polls of 2 x 4 + 3 signals");
    assert_eq!((summary.from, summary.until), (START, said.last().unwrap().at));
    assert_eq!((summary.machines, summary.revised, summary.out_of_range), (3, 0, 0));
    // Three machines, 1,440 minutes, of which the last ones are not final when the file ends.
    assert!((4_200..=4_330).contains(&summary.tallies), "{summary:?}");
}

#[test]
fn a_silence_longer_than_the_limit_is_unknown_and_the_rest_is_not() {
    // Nothing is said in the ten minutes after the first hour; the last sample before it is ten seconds older.
    let said = day(3 * 3_600, 3_600..4_200);
    let summary = imported_as_lived(&said);
    assert_eq!(summary.revised, 0);
    let folder = tempfile::tempdir().unwrap();
    import(folder.path(), &csv(&said)).unwrap();
    let reader = reader(folder.path());
    let press = reader.roster().unwrap().find("press-01");
    let spans = reader.spans(press, ALWAYS).unwrap();
    let unknown = spans.iter().filter(|span| span.class == Class::Unknown);
    let unknown: Vec<_> = unknown.map(|span| span.period.ms()).collect();
    assert_eq!(unknown.iter().sum::<i64>(), 610 * SECOND_MS, "{unknown:?}");
}

#[test]
fn a_silence_so_long_that_its_time_was_sealed_is_told_again_as_the_plant_would() {
    let said = day(4 * 3_600, 3_600..7_200);
    let summary = imported_as_lived(&said);
    assert!(
        summary.revised > 0,
        "pieces made in the silence were booked when it was over"
    );
}

#[test]
fn the_journal_says_what_was_brought_in_by_whom_and_from_which_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let said = day(7_200, 0..0);
    let summary = import(folder.path(), &csv(&said)).unwrap();
    let told = facts(folder.path());
    let marks = told.iter().filter_map(|fact| {
        let Body::Import(import) = &fact.body else { return None };
        Some((&*fact.author, fact.at, import))
    });
    let marks: Vec<_> = marks.collect();
    let [(author, at, import), (_, _, done)] = marks[..] else {
        panic!("{marks:?}")
    };
    assert!(
        !import.done && done.done,
        "said when it begins, and when all of it is on disk"
    );
    assert_eq!((author, at), ("planner", START));
    assert_eq!(
        (import.from, import.until, import.samples),
        (summary.from, summary.until, summary.samples)
    );
    assert_eq!(import.sha256.len(), 64);
    assert!(import.imported_at > summary.until, "the wall clock of the import");
    assert_eq!(summary.facts, told.len() as u64);
    let imported = assert_clean(folder.path()).imported();
    let said = format!("{} samples between 2026-11-20T22:30:00.4Z and ", summary.samples);
    assert!(imported.len() == 1 && imported[0].starts_with(&said), "{imported:?}");
    assert!(imported[0].contains("by planner on ") && imported[0].ends_with(&*import.sha256));
}

#[test]
fn time_the_folder_knows_is_not_brought_in_again_and_later_history_is() {
    let folder = tempfile::tempdir().unwrap();
    let said = day(7_200, 0..0);
    let (earlier, later) = said.split_at(said.iter().position(|said| said.at.since(START) >= HOUR_MS).unwrap());
    import(folder.path(), &csv(earlier)).unwrap();
    let known = facts(folder.path());
    let Err(Refused::Folder(why)) = import(folder.path(), &csv(&said)) else {
        panic!("it was brought in twice")
    };
    // The last of the first hour's polls is at 22:30:00.4 + 3,590 s.
    assert!(
        why.contains("tells of the time up to 2026-11-20T23:29:50.4Z already"),
        "{why}"
    );
    assert_eq!(facts(folder.path()), known);
    import(folder.path(), &csv(later)).unwrap();
    assert_eq!(assert_clean(folder.path()).imports.len(), 2);
}

#[test]
fn every_bad_line_is_named_by_its_number_and_nothing_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let at = START.0;
    let text = format!(
        "time,machine,signal,value\n{at},press-01,state,1\n{at},press-09,state,1\nnoon,press-01,state,1\n{},press-01,state,1\n{},press-01,state,1\n",
        at - 1,
        at + 91 * 24 * HOUR_MS,
    );
    let Err(Refused::File(findings, 0)) = import(folder.path(), &text) else {
        panic!("it was brought in")
    };
    let begins = [
        "line 3: no machine is called `press-09`",
        "line 4: `noon` is no time",
        "line 5: 2026-",
        "line 6: nothing is told of the 91 days",
    ];
    assert_eq!(findings.len(), begins.len(), "{findings:?}");
    for (finding, begin) in findings.iter().zip(begins) {
        assert!(finding.starts_with(begin), "{finding}");
    }
    assert_nothing_written(folder.path());
}

#[test]
fn of_a_file_that_is_wrong_from_beginning_to_end_the_first_fifty_lines_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let text = format!("time,machine,signal,value\n{}", "nothing\n".repeat(130));
    let Err(refused @ Refused::File(..)) = import(folder.path(), &text) else {
        panic!("it was brought in")
    };
    let said = refused.to_string();
    assert_eq!(said.lines().count(), 51, "{said}");
    assert!(said.ends_with("\nand 80 more"), "{said}");
    for (text, why) in [
        ("", "the file holds no sample"),
        ("time,machine,signal,value\n", "the file holds no sample"),
        (
            "time;machine;signal;value\n",
            "line 1: the first line must be time,machine,signal,value",
        ),
        (&"x".repeat(100_000), "line 1: the first line must be"),
    ] {
        let said = import(folder.path(), text).unwrap_err().to_string();
        assert!(said.starts_with(why), "{said}");
    }
    assert_nothing_written(folder.path());
}

#[test]
fn a_sample_of_the_future_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let said = csv(&day(60, 0..0));
    let refused = samples(
        &plant(folder.path()),
        file(&said),
        "planner",
        START.plus(30 * SECOND_MS),
    );
    let said = refused.unwrap_err().to_string();
    assert!(said.contains("is later than now, 2026-11-20T22:30:30.4Z"), "{said}");
    assert_nothing_written(folder.path());
}

#[test]
fn an_agent_started_on_the_folder_goes_on_and_revises_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let summary = import(folder.path(), &csv(&day(7_200, 0..0))).unwrap();
    let before = reader(folder.path()).tallies(None, ALWAYS).unwrap();
    // An hour of the plant a second, from five minutes after the file's end on; its devices cannot be reached.
    let time = Time::Paced {
        started: started(),
        origin: summary.until.plus(300 * SECOND_MS),
        rate: 3_600,
    };
    let goes_on = || {
        let sealed = reader(folder.path()).standing().unwrap().sealed_until;
        sealed.iter().all(|(_, until)| until.since(summary.until) > HOUR_MS)
    };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let deadline = started() + PATIENCE;
    runtime.block_on(async {
        let until_it_goes_on = async {
            while !goes_on() {
                assert!(started() < deadline, "nothing more is sealed");
                tokio::task::yield_now().await;
            }
        };
        agent::run(plant(folder.path()), time, until_it_goes_on).await.unwrap();
    });
    runtime.shutdown_background();
    let after = reader(folder.path());
    assert_eq!(after.revised(ALWAYS).unwrap().len(), 0);
    let tallies = after.tallies(None, ALWAYS).unwrap();
    assert!(tallies.len() > before.len());
    assert_eq!(
        tallies[..before.len() - 30],
        before[..before.len() - 30],
        "the past is what it was"
    );
    assert_clean(folder.path());
}

#[allow(clippy::disallowed_methods)] // The test's own patience, and where the simulated time begins.
fn started() -> Instant {
    Instant::now()
}

/// `gemba import samples - ...` with this on its standard input.
fn gemba(folder: &Path, text: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gemba"));
    command.args([
        "import",
        "samples",
        "-",
        "--config",
        "configs/press-shop.toml",
        "--author",
        "planner",
    ]);
    command.env("GEMBA__STORE__PATH", folder);
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

#[test]
fn the_command_reads_standard_input_and_its_exit_code_says_what_is_wrong() {
    let folder = tempfile::tempdir().unwrap();
    // A year ago, whatever year it is.
    let mut said = day(600, 0..0);
    let year_ms = 366 * 24 * HOUR_MS;
    said.iter_mut().for_each(|said| said.at = said.at.plus(-2 * year_ms));
    let good = csv(&said);
    let bad = gemba(folder.path(), &good.replace("press-02", "press-22"));
    let told = String::from_utf8(bad.stdout).unwrap();
    assert_eq!(bad.status.code(), Some(2), "{told}");
    assert!(
        told.starts_with("line 6: no machine is called `press-22`: there are pack-01, press-01, press-02"),
        "{told}"
    );
    assert!(told.ends_with("nothing was brought in\n"), "{told}");
    assert_nothing_written(folder.path());
    let done = gemba(folder.path(), &good);
    let told = String::from_utf8(done.stdout).unwrap();
    assert_eq!(done.status.code(), Some(0), "{told}");
    assert!(
        told.starts_with("660 samples of 3 machines from "),
        "60 polls of 11 signals: {told}"
    );
    let again = gemba(folder.path(), &good);
    assert_eq!(
        again.status.code(),
        Some(1),
        "{}",
        String::from_utf8_lossy(&again.stdout)
    );
}
