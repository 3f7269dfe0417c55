//! A database that the first schema made: its rows read as they were, its ledger stays byte for byte, and work goes on.
#![allow(clippy::unwrap_used)] // Helpers outside #[test] unwrap too.

#[path = "support/store_fixture.rs"]
mod fixture;

use fixture::*;
use gemba::model::detail::Detail;
use gemba::model::ids::MachineId;
use gemba::model::state::Class;
use gemba::model::tally::{Column, ENGINE, Source, Sums, TallyKey};
use gemba::model::time::{MINUTE_MS, Period, Timestamp};
use gemba::store::Reader;
use rusqlite::Connection;
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

const FIRST: &str = include_str!("../src/store/migrations/0001_first.sql");
/// A line as it was booked before there were crews and moulds.
const LINE: &str =
    "gemba_tally,org=acme,site=ulm,line=L1,machine=press-01,product=A,shift=early,rev=0 good=5i,total=6i 1795240800000";

/// Two minutes of a machine, the second corrected once, a stop with a reason and one without, their shift and a booking.
fn first_schema(folder: &Path) {
    let conn = Connection::open(folder.join(DATABASE)).unwrap();
    conn.pragma_update(None, "auto_vacuum", "INCREMENTAL").unwrap();
    conn.execute_batch(FIRST).unwrap();
    conn.execute_batch(
        "INSERT INTO machine VALUES (0, 'press-01');
         INSERT INTO meta VALUES ('schema', '1');
         PRAGMA user_version = 1;",
    )
    .unwrap();
    let key = "'acme', 'ulm', 'L1', 'early', 1795240800000, '2026-11-21', 'A', '', 'machine', 'default'";
    // 45 sums: running_ms, 11 other classes, span_ms, 8 others up to shots, total, good, 22 others.
    let sums = |good: i64, minutes: i64| {
        let ms = minutes * MINUTE_MS;
        let zeros = |count| vec!["0"; count].join(", ");
        let total = good + minutes;
        format!(
            "{ms}, {}, {ms}, {}, {total}, {good}, {}",
            zeros(11),
            zeros(8),
            zeros(22)
        )
    };
    let minute = |minute: i64| (T0 + minute * MINUTE_MS, T0 + (minute + 1) * MINUTE_MS);
    for (n, good, rev) in [(0, 5, 0), (1, 7, 1)] {
        let (start, end) = minute(n);
        let row = format!("{start}, 0, {end}, {key}, {rev}, 3, {}", sums(good, 1));
        conn.execute_batch(&format!("INSERT INTO tally VALUES ({row})"))
            .unwrap();
    }
    let (start, end) = minute(1);
    let former = format!("{start}, 0, {end}, {key}, 0, 3, {}, 1", sums(9, 1));
    conn.execute_batch(&format!("INSERT INTO tally_history VALUES ({former})"))
        .unwrap();
    let place = "1795240800000, 0, 'early', 'A', 'L1', '', 'machine', 'default', '2026-11-21', 'ulm', 'acme'";
    conn.execute_batch(&format!("INSERT INTO tally_shift VALUES ({place}, {})", sums(12, 2)))
        .unwrap();
    for (n, reason, author) in [(0, "jam", "leader"), (1, "", "")] {
        let (start, end) = minute(n);
        let what = format!("'breakdown', 'fault', '{reason}', '{author}', {start}, 1");
        let row = format!("{start}, 0, {end}, {what}, {key}, 0");
        conn.execute_batch(&format!("INSERT INTO span VALUES ({row})")).unwrap();
    }
    conn.execute_batch(&format!(
        "INSERT INTO booking VALUES (1, 0, {T0}, '{LINE}');
         INSERT INTO sealed VALUES (0, {}, {T0}, 'early');",
        minute(1).1
    ))
    .unwrap();
}

#[test]
fn rows_of_the_first_schema_read_as_they_were_and_work_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    first_schema(folder.path());
    let mut open = open(folder.path());
    assert!(open.opening.findings.is_empty(), "{:?}", open.opening.findings);
    let reader = open.reader();
    let stored = reader.tallies(Some(MachineId(0)), whole()).unwrap();
    assert_eq!(stored, [tally(0, 0, "A", 5), tally(0, 1, "A", 7)]);
    let spans = reader.spans(None, whole()).unwrap();
    assert_eq!((spans[0].source, spans[1].source), (Source::Manual, Source::Auto));
    assert_eq!(&*spans[0].reason, "jam");
    let mut sums = Sums::default();
    stored.iter().for_each(|row| sums.give(row));
    let shifts = reader.shifts(MachineId(0), Timestamp(0)).unwrap();
    assert_eq!(shifts.into_iter().collect::<Vec<_>>(), [((*key("A")).clone(), sums)]);
    assert_eq!(open.lines(), [LINE]);

    // The same again books nothing; one more minute, and one corrected, book what is new and what is different.
    open.seal(vec![sealed(0, Some((0, 2)), stored.clone(), spans)]);
    assert_eq!(open.lines(), [LINE]);
    let mut corrected = stored[1].clone();
    corrected.tally.add(Column::Good, -3);
    corrected.detail.scrap(&"flash".into(), 3);
    let mut by_crew = tally(0, 2, "A", 4);
    Arc::make_mut(&mut by_crew.key).crew = "red".into();
    let rows = vec![stored[0].clone(), corrected.clone(), by_crew.clone()];
    open.seal(vec![sealed(0, Some((0, 3)), rows.clone(), vec![])]);
    let lines = open.lines();
    assert_eq!(lines[0], LINE);
    let good = |line: &String| (point(line).tags["rev"].clone(), point(line).ints["good"]);
    assert_eq!(
        lines[1..3].iter().map(good).collect::<Vec<_>>(),
        [("2".to_owned(), -3), ("0".to_owned(), 4)]
    );
    assert!(lines[2].contains("crew:red,mould:,engine"), "{}", lines[2]);
    let reader = open.reader();
    assert_eq!(reader.tallies(None, whole()).unwrap(), rows);
    let shifts = reader.shifts(MachineId(0), Timestamp(0)).unwrap();
    let of_crew = |crew: &str| shifts.iter().find(|(key, _)| &*key.crew == crew).unwrap().1.clone();
    assert_eq!(of_crew("red").tally, by_crew.tally);
    assert_eq!(
        (of_crew("").tally.get(Column::Good), of_crew("").detail),
        (9, corrected.detail)
    );
}

/// The same after the programs of the next three schemas.
fn fourth_schema(folder: &Path) {
    first_schema(folder);
    let conn = Connection::open(folder.join(DATABASE)).unwrap();
    for sql in [
        include_str!("../src/store/migrations/0002_detail.sql"),
        include_str!("../src/store/migrations/0003_excess.sql"),
        include_str!("../src/store/migrations/0004_metered.sql"),
    ] {
        conn.execute_batch(sql).unwrap();
    }
    conn.execute_batch("UPDATE meta SET value = '4' WHERE key = 'schema'; PRAGMA user_version = 4;")
        .unwrap();
}

/// The shifts of a reader by their start, each with the good pieces and the engines that worked them out.
fn engines(reader: &Reader) -> Vec<(i64, i64, Vec<u32>)> {
    let mut told = Vec::new();
    let everything = Period::new(Timestamp(0), Timestamp::MAX);
    let each = |_, key: &TallyKey, sums: &Sums, engines: &[u32]| {
        told.push((key.shift_start.0, sums.tally.get(Column::Good), engines.to_vec()));
    };
    reader
        .each_shift((None, everything), &[Column::Good], false, each)
        .unwrap();
    told
}

#[test]
fn shifts_of_the_fourth_schema_tell_the_engines_of_the_minutes_that_are_kept() {
    let folder = tempfile::tempdir().unwrap();
    fourth_schema(folder.path());
    let conn = Connection::open(folder.path().join(DATABASE)).unwrap();
    // Two hours earlier a shift of which no minute is kept, and one hour earlier another of which only the last is.
    let columns = "machine, shift, product, line, \"order\", standard, policy, business_date, site, org, crew, mould";
    let mut sums = Column::ALL.map(|(_, name)| name).join(", ");
    sums.push_str(", detail");
    let earlier = |table: &str, set: &str, more: &str, limit: &str| {
        format!(
            "INSERT INTO {table} (shift_start, {set} {columns}, {sums}) SELECT {more} {columns}, {sums} FROM {table} {limit}"
        )
    };
    let hour = 3_600_000;
    for sql in [
        earlier("tally_shift", "", &format!("shift_start - {},", 2 * hour), ""),
        earlier(
            "tally_shift",
            "",
            &format!("shift_start - {hour},"),
            &format!("WHERE shift_start = {T0}"),
        ),
        earlier(
            "tally",
            "start, \"end\", rev, engine,",
            &format!("shift_start - {hour}, start - {hour}, \"end\" - {hour}, 0, 2,"),
            &format!("WHERE start = {T0}"),
        ),
        format!("INSERT INTO meta VALUES ('pruned_before', '{}')", T0 - hour + 1),
        // The second minute was corrected by a newer program.
        format!("UPDATE tally SET engine = 7 WHERE start > {T0}"),
    ] {
        conn.execute_batch(&sql).unwrap();
    }
    drop(conn);
    let mut open = open(folder.path());
    assert!(open.opening.findings.is_empty(), "{:?}", open.opening.findings);
    let newest: Vec<_> = open
        .opening
        .engines
        .iter()
        .map(|of| (&*of.shift, &*of.engines))
        .collect();
    assert_eq!(newest, [("early", &[3, 7][..])], "what the wall begins with");
    let before = [(T0 - 2 * hour, 12, vec![0]), (T0 - hour, 12, vec![0, 2])];
    let told = engines(&open.reader());
    assert_eq!(told[..2], before);
    assert_eq!(told[2], (T0, 12, vec![3, 7]), "5 + 7 pieces");
    assert_eq!(open.lines(), [LINE], "the ledger is as it was");
    let minutes = open.reader().worked_out(Some(MachineId(0)), whole()).unwrap();
    assert_eq!(minutes.iter().map(|(_, engine)| *engine).collect::<Vec<_>>(), [3, 7]);

    // Corrected, the first minute is of the engine that corrected it, and no longer of its former one.
    let mut corrected = tally(0, 0, "A", 5);
    corrected.tally.add(Column::Good, 1);
    open.seal(vec![sealed(0, Some((0, 1)), vec![corrected], vec![])]);
    let told = engines(&open.reader());
    assert_eq!(
        told[2],
        (T0, 13, BTreeSet::from([7, ENGINE]).into_iter().collect()),
        "6 + 7 pieces"
    );
}

#[test]
fn a_database_of_the_first_schema_has_the_tables_of_a_new_one() {
    let (old, new) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    first_schema(old.path());
    open(old.path()).stop();
    open(new.path()).stop();
    let tables = |folder: &Path| -> Vec<(String, String)> {
        let conn = Connection::open(folder.join(DATABASE)).unwrap();
        let check: String = conn.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
        assert_eq!(check, "ok");
        let mut statement = conn
            .prepare("SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL")
            .unwrap();
        let tables = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        tables.map(Result::unwrap).collect()
    };
    assert_eq!(tables(old.path()), tables(new.path()));
}

#[test]
fn a_detail_nobody_can_read_is_worked_out_again_and_an_old_shift_keeps_its_sums() {
    let folder = tempfile::tempdir().unwrap();
    let mut first = open(folder.path());
    let mut row = tally(0, 0, "A", 5);
    row.detail.stand(Class::Breakdown, &"jam".into(), 1_000, 1);
    first.seal(vec![sealed(0, None, vec![row.clone(), tally(0, 1, "A", 6)], vec![])]);
    first.stop();
    let conn = Connection::open(folder.path().join(DATABASE)).unwrap();
    conn.execute_batch(&format!("UPDATE tally SET detail = x'02ff' WHERE start = {T0}"))
        .unwrap();
    conn.execute_batch("UPDATE tally_shift SET detail = x'02ff'").unwrap();
    let found: Vec<u8> = conn
        .query_row("SELECT detail FROM tally_shift", [], |row| row.get(0))
        .unwrap();
    assert_eq!(Detail::read(&found), None);
    drop(conn);
    let mut again = open(folder.path());
    assert!(!again.opening.findings.is_empty());
    let stored = again.reader().tallies(None, whole()).unwrap();
    assert_eq!(
        stored,
        [tally(0, 1, "A", 6)],
        "the other is missing until its facts are folded again"
    );
    assert_eq!(again.opening.restating, [(MachineId(0), Timestamp(T0))]);
    again.seal(vec![sealed(
        0,
        Some((0, 2)),
        vec![row.clone(), tally(0, 1, "A", 6)],
        vec![],
    )]);
    assert_eq!(again.reader().tallies(None, whole()).unwrap()[0], row);
    let shifts = again.reader().shifts(MachineId(0), Timestamp(0)).unwrap();
    assert_eq!(shifts[&*key("A")].tally.get(Column::Good), 11, "5 + 6");
    assert_eq!(again.lines().len(), 2, "nothing is booked twice");
}
