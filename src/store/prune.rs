//! I/O. What is older than it is kept for goes, in small steps. Facts stay: they may go only between two signed heads.

use super::lived::Days;
use super::transaction::pruned_before;
use crate::model::time::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

/// Minute tallies, spans and their histories; shift tallies are kept for ever.
pub const MINUTE_DAYS: u32 = 90;
/// Bookings every sink has confirmed, kept so that a sink that lost days can be served again.
const CONFIRMED_DAYS: u32 = 7;
/// Checkpoints at quarter hours; those at the start of a shift live as long as facts.
const CHECKPOINT_DAYS: u32 = 2;
/// Rows of a table that go in one transaction: a commit never waits longer than for them.
const STEP_ROWS: i64 = 2_000;
/// Pages given back to the disk in one step.
const STEP_PAGES: usize = 500;

/// One step: `newest` is the newest arrival of a fact. Days are days the agent lived. True when there was something to do, so
/// that another step is worth while.
pub(super) fn step(
    conn: &mut Connection,
    newest: Timestamp,
    fact_days: u32,
    sinks: &[String],
) -> rusqlite::Result<bool> {
    let mut gone = 0;
    let tx = conn.transaction()?;
    let lived = Days::load(&tx)?;
    let older_than = |days: u32| lived.cut(newest, days);
    gone += minutes(&tx, older_than(MINUTE_DAYS))?;
    gone += bookings(&tx, older_than(CONFIRMED_DAYS), older_than(fact_days), sinks)?;
    gone += tx.execute(
        "DELETE FROM checkpoint WHERE at < ?1 AND keep = 0",
        [older_than(CHECKPOINT_DAYS).0],
    )?;
    gone += tx.execute("DELETE FROM checkpoint WHERE at < ?1", [older_than(fact_days).0])?;
    tx.commit()?;
    let freed = give_back(conn)?;
    Ok(gone > 0 || freed == STEP_PAGES)
}

fn minutes(tx: &Connection, before: Timestamp) -> rusqlite::Result<usize> {
    let mut gone = 0;
    for (table, column) in [
        ("tally", "start"),
        ("tally_history", "start"),
        ("span", "start"),
        ("span_history", "start"),
        ("flag", "at"),
    ] {
        // All of one instant go together, so the cut is at the instant of the first row that stays.
        let cut = tx
            .query_row(
                &format!("SELECT {column} FROM {table} WHERE {column} < ?1 ORDER BY {column} LIMIT 1 OFFSET ?2"),
                params![before.0, STEP_ROWS],
                |row| row.get::<_, i64>(0),
            )
            .optional()?;
        let cut = cut.map_or(before.0, |cut| cut.saturating_add(1).min(before.0));
        gone += tx.execute(&format!("DELETE FROM {table} WHERE {column} < ?1"), [cut])?;
    }
    if gone > 0 && pruned_before(tx)? < before {
        tx.execute(
            "INSERT OR REPLACE INTO meta (key, value) VALUES ('pruned_before', ?1)",
            [before.0.to_string()],
        )?;
    }
    Ok(gone)
}

/// Bookings all configured sinks are past go first; one the store does not know yet is past none. Where no sink is
/// configured they wait `fact_days`.
/// Those in quarantine stay, and so does the newest one: the numbers go on from it.
fn bookings(tx: &Connection, confirmed: Timestamp, unclaimed: Timestamp, sinks: &[String]) -> rusqlite::Result<usize> {
    let mut done = None;
    for sink in sinks {
        let of_sink = tx
            .prepare_cached("SELECT done FROM sink WHERE name = ?1")?
            .query_row([sink], |row| row.get::<_, i64>(0))
            .optional()?
            .unwrap_or(0);
        done = Some(done.map_or(of_sink, |least: i64| least.min(of_sink)));
    }
    let (up_to, before) = match done {
        Some(done) => (done, confirmed),
        None => (i64::MAX, unclaimed),
    };
    tx.execute(
        "DELETE FROM booking WHERE seq IN (
             SELECT seq FROM booking WHERE seq <= ?1 AND at < ?2
             AND seq < (SELECT max(seq) FROM booking)
             AND NOT EXISTS (SELECT 1 FROM quarantine WHERE booking = booking.seq)
             ORDER BY seq LIMIT ?3)",
        params![up_to, before.0, STEP_ROWS],
    )
}

/// Gives free pages back to the disk; the statement frees one page at each step.
fn give_back(conn: &Connection) -> rusqlite::Result<usize> {
    let mut statement = conn.prepare(&format!("PRAGMA incremental_vacuum({STEP_PAGES})"))?;
    let mut rows = statement.query([])?;
    let mut freed = 0;
    while rows.next()?.is_some() {
        freed += 1;
    }
    Ok(freed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::time::DAY_MS;
    use crate::store::lived;
    use crate::store::schema::{self, FILE};
    use std::time::Duration;

    fn count(conn: &Connection, sql: &str) -> i64 {
        conn.query_row(sql, [], |row| row.get(0)).unwrap()
    }

    fn database() -> (tempfile::TempDir, Connection) {
        let folder = tempfile::tempdir().unwrap();
        let conn = schema::connect(&folder.path().join(FILE), 64).unwrap();
        conn.pragma_update(None, "synchronous", "OFF").unwrap();
        conn.execute("INSERT INTO machine (id, name) VALUES (0, 'm')", [])
            .unwrap();
        (folder, conn)
    }

    /// Lives day by day up to `days` after the beginning of time.
    fn live(conn: &Connection, days: i64) {
        let day = Duration::from_secs(24 * 3_600);
        for at in 0..=days {
            lived::note(conn, day, Some(Timestamp(at * DAY_MS))).unwrap();
        }
    }

    fn book(conn: &Connection, seq: i64, at: i64) {
        conn.execute(
            "INSERT INTO booking (seq, machine, at, line) VALUES (?1, 0, ?2, 'x')",
            [seq, at],
        )
        .unwrap();
    }

    #[test]
    fn bookings_stay_until_every_sink_is_past_them_and_a_week_is_over() {
        let (_folder, mut conn) = database();
        for seq in 1..=10 {
            book(&conn, seq, if seq <= 8 { 0 } else { 9 * DAY_MS });
        }
        live(&conn, 10);
        let now = Timestamp(10 * DAY_MS);
        let both = ["a".to_owned(), "b".to_owned()];
        assert!(
            !step(&mut conn, now, 400, &both).unwrap(),
            "no sink has confirmed anything"
        );
        conn.execute_batch("INSERT INTO sink VALUES ('a', 9, NULL, NULL), ('b', 5, NULL, NULL)")
            .unwrap();
        conn.execute_batch("INSERT INTO quarantine VALUES (3, 'a', 0, 'why')")
            .unwrap();
        assert!(step(&mut conn, now, 400, &both).unwrap());
        let left = "SELECT group_concat(seq) FROM (SELECT seq FROM booking ORDER BY seq)";
        let left: String = conn.query_row(left, [], |row| row.get(0)).unwrap();
        assert_eq!(
            left, "3,6,7,8,9,10",
            "1, 2, 4, 5 are confirmed by both; 3 is in quarantine"
        );
        assert!(!step(&mut conn, now, 400, &both).unwrap());
    }

    #[test]
    fn a_sink_that_is_no_longer_configured_keeps_nothing_and_a_new_one_keeps_all() {
        let (_folder, mut conn) = database();
        for seq in 1..=10 {
            book(&conn, seq, 0);
        }
        live(&conn, 10);
        conn.execute_batch("INSERT INTO sink VALUES ('removed', 2, NULL, NULL), ('a', 8, NULL, NULL)")
            .unwrap();
        let now = Timestamp(10 * DAY_MS);
        let with_new = ["a".to_owned(), "new".to_owned()];
        assert!(
            !step(&mut conn, now, 400, &with_new).unwrap(),
            "new has none of them yet"
        );
        step(&mut conn, now, 400, &["a".to_owned()]).unwrap();
        assert_eq!(count(&conn, "SELECT min(seq) FROM booking"), 9, "a is past 8");
    }

    #[test]
    fn the_newest_booking_stays_so_that_no_number_is_used_twice() {
        let (_folder, mut conn) = database();
        book(&conn, 1, 0);
        book(&conn, 2, 0);
        live(&conn, 100);
        conn.execute_batch("INSERT INTO sink VALUES ('a', 2, NULL, NULL)")
            .unwrap();
        while step(&mut conn, Timestamp(100 * DAY_MS), 400, &["a".to_owned()]).unwrap() {}
        assert_eq!(count(&conn, "SELECT min(seq) FROM booking"), 2);
    }

    #[test]
    fn spans_and_flags_go_after_ninety_days_in_steps_and_the_horizon_is_noted() {
        let (_folder, mut conn) = database();
        let total = STEP_ROWS * 2 + 10;
        for at in 0..total {
            conn.execute(
                "INSERT INTO flag (at, machine, role, what, amount) VALUES (?1, 0, 'good', 'reset', 1)",
                [DAY_MS - total + 5 + at],
            )
            .unwrap();
        }
        live(&conn, 92);
        let now = Timestamp(92 * DAY_MS);
        let mut steps = 0;
        while step(&mut conn, now, 400, &[]).unwrap() {
            steps += 1;
        }
        assert_eq!(
            count(&conn, "SELECT count(*) FROM flag"),
            5,
            "the last five are of the second day: 92 - 90 - 1"
        );
        assert!(steps >= 3, "4,005 rows at 2,000 a step");
        assert_eq!(pruned_before(&conn).unwrap(), Timestamp(DAY_MS));
    }

    #[test]
    fn tallies_of_shifts_stay_when_their_minutes_are_gone_and_as_they_are() {
        let (_folder, mut conn) = database();
        let columns = |table: &str| -> Vec<(String, String)> {
            let mut statement = conn.prepare("SELECT name, type FROM pragma_table_info(?1)").unwrap();
            let columns = statement
                .query_map([table], |row| Ok((row.get(0)?, row.get(1)?)))
                .unwrap();
            columns.map(Result::unwrap).collect()
        };
        // A row of the first day and one of yesterday in each table: so many of everything, of machine 0.
        for table in ["tally", "tally_shift"] {
            let columns = columns(table);
            for at in [5, 499 * DAY_MS] {
                let value = |(name, kind): &(String, String)| match (name.as_str(), kind.as_str()) {
                    ("machine", _) => "0".to_owned(),
                    ("start" | "shift_start", _) => at.to_string(),
                    (_, "TEXT") => "'x'".to_owned(),
                    (_, "BLOB") => "x''".to_owned(),
                    (_, _) => "7".to_owned(),
                };
                let names: Vec<String> = columns.iter().map(|(name, _)| format!("\"{name}\"")).collect();
                let values: Vec<String> = columns.iter().map(value).collect();
                let sql = format!(
                    "INSERT INTO {table} ({}) VALUES ({})",
                    names.join(","),
                    values.join(",")
                );
                conn.execute(&sql, []).unwrap();
            }
        }
        let shifts = "SELECT group_concat(shift_start || ':' || total || ':' || engines) FROM tally_shift";
        let all = |conn: &Connection| -> String { conn.query_row(shifts, [], |row| row.get(0)).unwrap() };
        let before = all(&conn);
        live(&conn, 500);
        // Longer ago than minutes (90 days), and than facts (400 days).
        while step(&mut conn, Timestamp(500 * DAY_MS), 400, &[]).unwrap() {}
        assert_eq!(count(&conn, "SELECT min(start) FROM tally"), 499 * DAY_MS);
        assert_eq!(all(&conn), before, "both of them");
        assert_eq!(count(&conn, "SELECT count(*) FROM tally_shift"), 2);
    }

    #[test]
    fn checkpoints_of_quarter_hours_go_after_two_days_and_those_of_shifts_stay() {
        let (_folder, mut conn) = database();
        conn.execute_batch("INSERT INTO checkpoint VALUES (0, 0, 1, 0, x'00'), (1, 0, 1, 1, x'00')")
            .unwrap();
        live(&conn, 4);
        step(&mut conn, Timestamp(4 * DAY_MS), 400, &[]).unwrap();
        assert_eq!(count(&conn, "SELECT sum(at) FROM checkpoint"), 1);
    }

    #[test]
    fn a_clock_that_says_2040_for_minutes_deletes_nothing() {
        let (_folder, mut conn) = database();
        conn.execute_batch(
            "INSERT INTO flag (at, machine, role, what, amount) VALUES (8640000000, 0, 'good', 'reset', 1);
             INSERT INTO checkpoint VALUES (8640000000, 0, 1, 0, x'00'), (8640000001, 0, 1, 1, x'00');
             INSERT INTO sink VALUES ('a', 2, NULL, NULL);",
        )
        .unwrap();
        book(&conn, 1, 100 * DAY_MS);
        book(&conn, 2, 100 * DAY_MS);
        live(&conn, 100);
        let ahead = Timestamp(14 * 365 * DAY_MS);
        lived::note(&conn, Duration::from_secs(300), Some(ahead)).unwrap();
        assert!(!step(&mut conn, ahead, 400, &["a".to_owned()]).unwrap());
        for table in ["flag", "checkpoint", "booking"] {
            let left = count(&conn, &format!("SELECT count(*) FROM {table}"));
            assert_eq!(left, if table == "flag" { 1 } else { 2 }, "{table}");
        }
        assert_eq!(pruned_before(&conn).unwrap(), Timestamp::MIN);
    }
}
