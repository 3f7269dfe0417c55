//! `gemba replay --check`: whatever was changed in a stored row is named, and nothing else, also while an agent writes.
#![allow(clippy::unwrap_used, reason = "a test ends where something is missing")]

#[path = "support/store_fixture.rs"]
mod fixture;
#[path = "support/pipeline_plant.rs"]
mod pipeline_plant;
#[path = "support/pipeline_rig.rs"]
mod pipeline_rig;
#[path = "support/pipeline_store.rs"]
mod pipeline_store;
#[path = "support/pipeline_story.rs"]
mod pipeline_story;
#[path = "support/pipeline_words.rs"]
mod pipeline_words;

use gemba::commands::replay::{check, check_held};
use gemba::model::commit::{Commit, Sealed};
use gemba::model::fact::{Body, Fact, Loss};
use gemba::model::ids::MachineId;
use gemba::model::time::{Period, QUARTER_MS, Timestamp};
use gemba::pipeline::replay::stamp;
use pipeline_plant::{LATHE, LATHE_REJECT, LATHE_RUN, LATHE_TOTAL, PRESS, at};
use pipeline_rig::Rig;
use pipeline_story::{Wild, story, tell};
use proptest::prelude::*;
use std::path::Path;

/// Polls of 10 s in two hours, over the change of shifts at 06:00.
const TWO_HOURS: i64 = 720;
/// So many facts of a machine are compared at once.
const PAGE: usize = 5_000;

/// The lathe stands for 50 s in every 400 s, and its counter begins again after an hour.
fn lathe(polls: i64) -> Rig {
    let mut rig = Rig::new();
    for poll in 0..polls {
        let (now, made) = (at(poll * 10), i128::from(if poll < 400 { poll } else { poll - 400 }));
        rig.tick(now);
        rig.read(&[
            (LATHE_RUN, now, i128::from(poll % 40 >= 5)),
            (LATHE_TOTAL, now, made),
            (LATHE_REJECT, now, 0),
        ]);
    }
    rig.stop();
    rig
}

/// What the core of such a run hands the store: all of it in one commit.
fn commit(rig: &Rig, from_fact: usize) -> Commit {
    let store = &rig.store;
    let sealed = |machine: MachineId| Sealed {
        machine,
        range: None,
        tallies: store.tallies.of(machine),
        spans: store.spans.of(machine),
        flags: store
            .flags
            .iter()
            .filter(|flag| flag.machine == machine)
            .cloned()
            .collect(),
    };
    Commit {
        facts: store.facts[from_fact..].to_vec(),
        sealed: vec![sealed(PRESS), sealed(LATHE)],
        alive: store.alive.clone(),
        ..Commit::default()
    }
}

fn write(rig: &Rig, folder: &Path) {
    let mut open = fixture::open(folder);
    open.commit(commit(rig, 0));
    open.stop();
}

/// What the check says after `sql` was done to a copy of the database.
fn after(folder: &Path, sql: &str) -> Vec<String> {
    let copy = tempfile::tempdir().unwrap();
    fixture::copy(folder, copy.path(), &[fixture::DATABASE]);
    let conn = rusqlite::Connection::open(copy.path().join(fixture::DATABASE)).unwrap();
    assert_eq!(conn.execute(sql, []).unwrap(), 1, "{sql}");
    drop(conn);
    check(copy.path()).unwrap().sentences()
}

/// The start of the row of the lathe that `which` picks.
fn start(folder: &Path, which: &str) -> i64 {
    let conn = rusqlite::Connection::open(folder.join(fixture::DATABASE)).unwrap();
    conn.query_row(which, [], |row| row.get(0)).unwrap()
}

fn iso(ms: i64) -> String {
    stamp(Timestamp(ms))
}

/// The columns of a table, `start` moved by `more`.
fn moved(folder: &Path, table: &str, more: i64, values: &str) -> String {
    let conn = rusqlite::Connection::open(folder.join(fixture::DATABASE)).unwrap();
    let mut statement = conn
        .prepare("SELECT '\"' || name || '\"' FROM pragma_table_info(?1)")
        .unwrap();
    let names = statement.query_map([table], |row| row.get(0)).unwrap();
    let names: Vec<String> = names.map(Result::unwrap).collect();
    let values: Vec<_> = names
        .iter()
        .map(|name| {
            if name == values {
                format!("{name} + {more}")
            } else {
                name.clone()
            }
        })
        .collect();
    format!("INSERT INTO {table} SELECT {} FROM {table}", values.join(", "))
}

#[test]
fn a_journal_that_folds_to_what_is_stored_is_clean() {
    let folder = tempfile::tempdir().unwrap();
    write(&lathe(TWO_HOURS), folder.path());
    let report = check(folder.path()).unwrap();
    assert_eq!(report.sentences(), Vec::<String>::new());
    assert!(report.is_clean());
    assert!(report.tallies > 200 && report.spans > 30, "{report:?}");
    assert_eq!(report.flags, 1, "the counter that began again");
    assert_eq!(report.shifts, 4, "the night and the early shift of both machines");
}

#[test]
fn a_changed_missing_or_added_tally_or_span_is_named_by_machine_instant_and_column() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    write(&lathe(TWO_HOURS), path);
    let tally = start(
        path,
        "SELECT start FROM tally WHERE machine = 1 ORDER BY start LIMIT 1 OFFSET 40",
    );
    let here = format!("WHERE start = {tally} AND machine = 1");
    let good = start(path, &format!("SELECT good FROM tally {here}"));
    let at = iso(tally);
    assert_eq!(
        after(path, &format!("UPDATE tally SET good = good + 3 {here}")),
        [format!(
            "press-02: the tally at {at} has good = '{}' stored, and the journal gives '{good}'",
            good + 3
        )]
    );
    assert_eq!(
        after(path, &format!("UPDATE tally SET product = 'Z' {here}")),
        [format!(
            "press-02: the tally at {at} has product = 'Z' stored, and the journal gives ''"
        )]
    );
    assert_eq!(
        after(path, &format!("DELETE FROM tally {here}")),
        [format!(
            "press-02: no tally at {at} is stored, and the journal gives one"
        )]
    );
    assert_eq!(
        after(path, &format!("{} {here}", moved(path, "tally", 1, "\"start\""))),
        [format!(
            "press-02: a tally at {} is stored, and the journal gives none",
            iso(tally + 1)
        )]
    );
    let span = start(
        path,
        "SELECT start FROM span WHERE machine = 1 AND class = 'running' ORDER BY start LIMIT 1 OFFSET 5",
    );
    let (here, at) = (format!("WHERE start = {span} AND machine = 1"), iso(span));
    let said = after(path, &format!("UPDATE span SET class = 'setup' {here}"));
    assert_eq!(
        said,
        [format!(
            "press-02: the span at {at} has class = 'setup' stored, and the journal gives 'running'"
        )]
    );
    let said = after(path, &format!("UPDATE span SET since = since - 60000 {here}"));
    assert!(
        said.len() == 1 && said[0].contains(&format!("the span at {at} has since = ")),
        "{said:?}"
    );
    assert_eq!(
        after(path, &format!("DELETE FROM span {here}")),
        [format!(
            "press-02: no span at {at} is stored, and the journal gives one"
        )]
    );
}

#[test]
fn a_tally_that_differs_and_may_be_of_another_engine_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    write(&lathe(TWO_HOURS), path);
    let (tally, here) = (
        "SELECT min(start) FROM tally WHERE machine = 1",
        "WHERE machine = 1 AND start =",
    );
    let said = after(
        path,
        &format!("UPDATE tally SET engine = 1, good = good + 1 {here} ({tally})"),
    );
    assert_eq!(said.len(), 2, "{said:?}");
    assert!(
        said[1].starts_with("1 tallies were worked out by another engine than this one"),
        "{said:?}"
    );
    let same = after(path, &format!("UPDATE tally SET engine = 1 {here} ({tally})"));
    assert_eq!(same, Vec::<String>::new(), "it does not differ");
}

#[test]
fn what_damage_took_of_the_facts_is_named_beside_what_differs() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let rig = lathe(TWO_HOURS);
    let mut told = commit(&rig, 0);
    let lost = at(3_000);
    told.facts.push(Fact {
        at: lost,
        received_at: rig.now,
        mono_ms: 0,
        epoch: 0,
        machine: None,
        author: "agent".into(),
        body: Body::Loss(Loss {
            count: 20,
            until: lost.plus(60_000),
        }),
    });
    let mut open = fixture::open(path);
    open.commit(told);
    open.stop();
    let said = check(path).unwrap().sentences();
    let (from, until) = (iso(lost.0), iso(lost.0 + 60_000));
    let why = format!("20 facts between {from} and {until} were lost by damage: ");
    assert!(
        said.iter().any(|said| said.starts_with("press-02: the tally at ")),
        "{said:?}"
    );
    assert!(said.iter().any(|said| said.starts_with(&why)), "{said:?}");
}

#[test]
fn a_span_too_many_at_the_end_of_a_page_of_facts_and_of_all_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let rig = lathe(5_400);
    write(&rig, path);
    let of_lathe = rig.store.facts.iter().filter(|fact| fact.machine == Some(LATHE));
    let of_lathe = of_lathe.filter(|fact| !matches!(fact.body, Body::Setting(_)));
    let mut instants: Vec<_> = of_lathe.map(|fact| fact.at).collect();
    instants.sort();
    assert!(instants.len() > PAGE + 500, "{}", instants.len());
    let page_ends = instants[PAGE - 1].floor(QUARTER_MS).0;
    let last = "SELECT max(start) FROM span WHERE machine = 1";
    for which in [format!("{last} AND start < {page_ends}"), last.to_owned()] {
        let span = start(path, &which);
        let sql = format!(
            "{} WHERE start = {span} AND machine = 1",
            moved(path, "span", 1, "\"start\"")
        );
        assert_eq!(
            after(path, &sql),
            [format!(
                "press-02: a span at {} is stored, and the journal gives none",
                iso(span + 1)
            )]
        );
    }
}

#[test]
fn a_changed_missing_or_added_flag_or_shift_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    write(&lathe(TWO_HOURS), path);
    let flag = start(path, "SELECT at FROM flag WHERE machine = 1");
    let at = iso(flag);
    let said = after(path, "UPDATE flag SET amount = 77");
    let expected =
        format!("press-02: the flag at {at} (reset of total) has amount = '77' stored, and the journal gives '");
    assert!(said.len() == 1 && said[0].starts_with(&expected), "{said:?}");
    let said = after(path, "UPDATE flag SET standing = 'refused'");
    let decided = "(reset of total) has standing = 'refused' stored, and the journal gives ''";
    assert!(said.len() == 1 && said[0].ends_with(decided), "{said:?}");
    assert_eq!(
        after(path, "DELETE FROM flag"),
        [format!(
            "press-02: no flag at {at} (reset of total) is stored, and the journal gives one"
        )]
    );
    assert_eq!(
        after(
            path,
            "INSERT INTO flag SELECT at, 0, role, what, amount, standing, author FROM flag"
        ),
        [format!(
            "press-01: a flag at {at} (reset of total) is stored, and the journal gives none"
        )]
    );
    let early = start(path, "SELECT max(shift_start) FROM tally_shift WHERE machine = 1");
    let here = format!("WHERE machine = 1 AND shift_start = {early}");
    let at = iso(early);
    let said = after(path, &format!("UPDATE tally_shift SET total = total - 1 {here}"));
    let expected = format!("press-02: the shift's tally at {at} (early) has total = '");
    assert!(said.len() == 1 && said[0].starts_with(&expected), "{said:?}");
    assert_eq!(
        after(path, &format!("DELETE FROM tally_shift {here}")),
        [format!(
            "press-02: no shift's tally at {at} (early) is stored, and the journal gives one"
        )]
    );
    let said = after(path, &format!("UPDATE tally_shift SET product = 'Z' {here}"));
    assert_eq!(
        said,
        [format!(
            "press-02: no shift's tally at {at} (early) is stored, and the journal gives one"
        )]
    );
}

#[test]
fn differences_of_several_kinds_are_each_named_once() {
    let folder = tempfile::tempdir().unwrap();
    write(&lathe(TWO_HOURS), folder.path());
    let conn = rusqlite::Connection::open(folder.path().join(fixture::DATABASE)).unwrap();
    conn.execute_batch("UPDATE tally SET wh = 1; UPDATE span SET reason = 'x'; UPDATE flag SET amount = 77; UPDATE tally_shift SET wh = 1")
        .unwrap();
    drop(conn);
    let report = check(folder.path()).unwrap();
    assert_eq!(
        report.sentences().len(),
        3 + 4,
        "the press has no flag: {:?}",
        report.sentences()
    );
    assert!(!report.is_clean());
}

#[test]
fn a_check_beside_a_writer_sees_one_moment_and_stays_clean() {
    let folder = tempfile::tempdir().unwrap();
    let rig = lathe(TWO_HOURS);
    let mut open = fixture::open(folder.path());
    // Of the first commit the facts alone, so that everything that is sealed comes while the check is under way.
    let all = commit(&rig, 0);
    open.commit(Commit {
        facts: all.facts[..300].to_vec(),
        ..Commit::default()
    });
    let before = open.reader().hold().unwrap();
    assert_eq!(before.tallies(None, Period::new(at(0), at(9_999))).unwrap(), []);
    open.commit(commit(&rig, 300));
    let beside = check_held(&before).unwrap();
    assert!(beside.is_clean());
    assert_eq!((beside.facts, beside.tallies), (300, 0), "nothing of the later commit");
    let now = open.reader().hold().unwrap();
    open.commit(Commit {
        sealed: vec![Sealed {
            machine: LATHE,
            range: Some(Period::new(at(0), at(9_999))),
            tallies: Vec::new(),
            spans: Vec::new(),
            flags: Vec::new(),
        }],
        ..Commit::default()
    });
    assert!(check_held(&now).unwrap().is_clean());
    let after = check(folder.path()).unwrap().sentences();
    assert_eq!(after.len(), 4, "all of the lathe is gone: {after:?}");
    open.stop();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, max_shrink_iters: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn after_any_history_the_check_is_clean(story in story(700, Wild { late: true, crashes: true, silence: 120 })) {
        let folder = tempfile::tempdir().unwrap();
        write(&tell(&story).rig, folder.path());
        prop_assert_eq!(check(folder.path()).unwrap().sentences(), Vec::<String>::new());
    }
}
