//! What the central store sums to, beside what the journal's own tables say: they must be the same, always.

use super::eventually;
use super::influx::{Influx, Sums};
use super::journal::{Journal, Row};
use gemba::model::tally::Column;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// Tags and columns everything is compared by.
const BY: [&str; 3] = ["machine", "product", "shift"];
/// Classes whose spans are booked as stops.
const STOP_CLASSES: &str = "('minor_stop', 'unexplained', 'breakdown', 'waiting', 'setup')";

/// All columns of a tally.
pub fn columns() -> Vec<&'static str> {
    Column::ALL.iter().map(|(_, name)| *name).collect()
}

/// Tallies of one machine that start before `until`, in the order of their starts.
pub fn tallies(journal: &Journal, machine: &str, until: i64) -> Vec<Row> {
    journal.rows(&format!(
        "SELECT t.* FROM tally t JOIN machine m ON m.id = t.machine WHERE m.name = '{machine}' AND t.start < {until} \
         ORDER BY t.start"
    ))
}

/// End of a machine's newest tally; 0 when it has none.
pub fn sealed_until(journal: &Journal, machine: &str) -> i64 {
    let newest = "SELECT COALESCE(MAX(t.\"end\"), 0) FROM tally t JOIN machine m ON m.id = t.machine";
    journal.number(&format!("{newest} WHERE m.name = '{machine}'"))
}

/// Waits until everything of `machines` that starts before `until` is final on disk.
pub fn wait_sealed(journal: &Journal, machines: &[&str], until: i64, within: Duration) {
    for machine in machines {
        eventually(
            &format!("{machine} is sealed up to {until}"),
            within,
            || match sealed_until(journal, machine) {
                end if end >= until => Ok(()),
                end => Err(format!("{end}, {} ms short", until - end)),
            },
        );
    }
}

/// Waits until no machine's past is being worked out again.
pub fn wait_retold(journal: &Journal, within: Duration) {
    eventually("all pasts are worked out", within, || {
        match journal.number("SELECT count(*) FROM restating") {
            0 => Ok(()),
            machines => Err(format!("{machines} machines are not")),
        }
    });
}

/// Waits until the store's sums by machine, product and shift (and its stops by class and reason) are the journal's.
pub fn wait_equal(influx: &Influx, journal: &Journal, within: Duration) {
    eventually("the store's sums are the journal's", within, || {
        let wrong = differences(&central(influx), &local(journal));
        let more = differences(&central_stops(influx), &local_stops(journal));
        if wrong.is_empty() && more.is_empty() {
            Ok(())
        } else {
            Err(format!("{wrong:#?} {more:#?}"))
        }
    });
}

/// No booking has the identity of another, and the store comes to hold as many points as there are identities.
pub fn wait_identities(influx: &Influx, journal: &Journal, within: Duration) {
    assert_eq!(
        journal.number("SELECT COUNT(*) FROM quarantine"),
        0,
        "the store refused bookings for good"
    );
    eventually("the store holds each booking once", within, || {
        let lines = lines(journal);
        let identities: BTreeSet<_> = lines.iter().map(|line| identity(line)).collect();
        assert_eq!(
            identities.len(),
            lines.len(),
            "two bookings with the same measurement, tags and time"
        );
        let booked = |measurement: &str| lines.iter().filter(|line| line.starts_with(measurement)).count();
        let booked = (booked("gemba_tally,"), booked("gemba_stop,"));
        let stored = (
            influx.points("gemba_tally", "span_ms"),
            influx.points("gemba_stop", "ms"),
        );
        let equal = i64::try_from(booked.0) == Ok(stored.0) && i64::try_from(booked.1) == Ok(stored.1);
        if equal && booked.0 > 0 {
            Ok(())
        } else {
            Err(format!("booked {booked:?}, stored {stored:?}"))
        }
    });
}

/// Every booking's bytes, oldest first.
pub fn lines(journal: &Journal) -> Vec<String> {
    let rows = journal.rows("SELECT line FROM booking ORDER BY seq");
    rows.iter().map(|row| row.text("line").to_owned()).collect()
}

/// A machine's tallies follow one another without gap or overlap, and each one's classes fill it.
pub fn assert_tiled(rows: &[Row]) {
    let classes: Vec<_> = columns().into_iter().take(12).collect(); // the twelve classes stand first
    for row in rows {
        let length = row.number("end") - row.number("start");
        assert_eq!(row.number("span_ms"), length, "{row:?}");
        assert_eq!(
            classes.iter().map(|class| row.number(class)).sum::<i64>(),
            length,
            "{row:?}"
        );
    }
    for pair in rows.windows(2) {
        assert_eq!(
            pair[0].number("end"),
            pair[1].number("start"),
            "a gap or an overlap: {pair:?}"
        );
    }
}

/// What counters did, as (machine, role, what).
pub fn flags(journal: &Journal) -> BTreeSet<(String, String, String)> {
    let query =
        "SELECT m.name AS machine, f.role AS role, f.what AS what FROM flag f JOIN machine m ON m.id = f.machine";
    let text = |row: &Row, name: &str| row.text(name).to_owned();
    let rows = journal.rows(query);
    rows.iter()
        .map(|row| (text(row, "machine"), text(row, "role"), text(row, "what")))
        .collect()
}

/// Sum of a column over rows.
pub fn sum(rows: &[Row], column: &str) -> i64 {
    rows.iter().map(|row| row.number(column)).sum()
}

fn central(influx: &Influx) -> Sums {
    influx.sums("gemba_tally", &BY, &columns())
}

fn local(journal: &Journal) -> Sums {
    let sums: Vec<_> = columns()
        .iter()
        .map(|column| format!("SUM(t.{column}) AS {column}"))
        .collect();
    let query = format!(
        "SELECT m.name AS machine, t.product AS product, t.shift AS shift, {} FROM tally t \
         JOIN machine m ON m.id = t.machine GROUP BY 1, 2, 3",
        sums.join(", ")
    );
    by(&journal.rows(&query), &BY)
}

fn central_stops(influx: &Influx) -> Sums {
    influx.sums("gemba_stop", &["machine", "class", "reason"], &["stops", "ms"])
}

fn local_stops(journal: &Journal) -> Sums {
    let query = format!(
        "SELECT m.name AS machine, s.class AS class, s.reason AS reason, SUM(s.since = s.start) AS stops, \
         SUM(s.\"end\" - s.start) AS ms FROM span s JOIN machine m ON m.id = s.machine \
         WHERE s.class IN {STOP_CLASSES} GROUP BY 1, 2, 3"
    );
    by(&journal.rows(&query), &["machine", "class", "reason"])
}

fn by(rows: &[Row], tags: &[&str]) -> Sums {
    let key = |row: &Row| tags.iter().map(|tag| row.text(tag).to_owned()).collect::<Vec<_>>();
    rows.iter().map(|row| (key(row), row.numbers.clone())).collect()
}

/// (group, column, central, local) where they differ; a group whose sums are all zero is no group.
fn differences(central: &Sums, local: &Sums) -> Vec<(Vec<String>, String, i64, i64)> {
    let groups: BTreeSet<_> = central.keys().chain(local.keys()).collect();
    let empty = BTreeMap::new();
    let mut wrong = Vec::new();
    for group in groups {
        let (left, right) = (central.get(group).unwrap_or(&empty), local.get(group).unwrap_or(&empty));
        for column in left.keys().chain(right.keys()).collect::<BTreeSet<_>>() {
            let value = |sums: &BTreeMap<String, i64>| sums.get(column).copied().unwrap_or(0);
            if value(left) != value(right) {
                wrong.push((group.clone(), column.clone(), value(left), value(right)));
            }
        }
    }
    wrong
}

/// Measurement, tags and time of a line of line protocol.
fn identity(line: &str) -> (String, String) {
    let mut escaped = false;
    let end = line.find(|sign| {
        let ends = sign == ' ' && !escaped;
        escaped = sign == '\\' && !escaped;
        ends
    });
    let time = line.rsplit(' ').next().unwrap_or_default();
    (line[..end.unwrap_or(line.len())].to_owned(), time.to_owned())
}
