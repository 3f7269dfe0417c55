//! A month of 20 machines on the real core and a real store: replayed it is clean, and one wrong byte in the database is named.
//!
//! Of the machines eight have a state register, a 16-bit counter that rolls over and rejects, four nothing but a counter, and
//! eight send messages with their own time, some of which come late, twice, or after 80 hours. They stand, fail, wait for
//! material and lose power; PLCs and the broker fall silent; summer time ends; a holiday and weekends pass. The agent stops
//! twice and dies three times, once for nine hours; its clock is set forward; the configuration changes. People give reasons,
//! also for parts of stops, enter scrap and rework, also of a shift three weeks ago, take entries back, change products and
//! orders, block cavities, declare planned stops a day later, and change the calendar from two days before on.
//!
//! That is some 250,000 facts and 864,000 minutes. Without optimisation they are lived and replayed twice within minutes of a
//! processor, so `tests/run` has them among the long tests, side by side; `cargo test --release` is six times as fast.
#![allow(clippy::unwrap_used, reason = "a test ends where something is missing")]

#[path = "support/month_lives.rs"]
mod month_lives;
#[path = "support/month_plant.rs"]
mod month_plant;
#[path = "support/month_run.rs"]
mod month_run;
#[path = "support/month_story.rs"]
mod month_story;

use gemba::commands::replay::{Report, check};
use gemba::model::state::Class;
use gemba::model::tally::FlagKind;
use gemba::model::time::{DAY_MS, Timestamp};
use gemba::pipeline::replay::stamp;
use month_story::{Lived, START, live};
use rusqlite::Connection;
use std::fs::{self, File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;

/// SQLite counts its writes in the file's header, and names its version there.
const HEADER: usize = 100;
/// Bytes of a page.
const PAGE: usize = 4_096;

/// One byte of the database, and what it says then.
struct Flip {
    at: usize,
    byte: u8,
}

/// The byte in which a database would differ if a column of one row said one more.
fn flip(data: &Path, sql: &str) -> Flip {
    let (file, copy) = (data.join("gemba.db"), data.join("copy.db"));
    fs::copy(&file, &copy).unwrap();
    let conn = Connection::open(&copy).unwrap();
    assert_eq!(conn.execute(sql, []).unwrap(), 1, "{sql}");
    // Everything into the file itself.
    conn.pragma_update(None, "journal_mode", "DELETE").unwrap();
    drop(conn);
    let (mut one, mut other) = (File::open(&file).unwrap(), File::open(&copy).unwrap());
    let (mut old, mut new) = ([0; PAGE], [0; PAGE]);
    let mut flips = Vec::new();
    for page in 0..fs::metadata(&file).unwrap().len() as usize / PAGE {
        one.read_exact(&mut old).unwrap();
        other.read_exact(&mut new).unwrap();
        if old == new {
            continue;
        }
        let differing = (0..PAGE).filter(|place| old[*place] != new[*place]);
        let of_content = differing.filter(|place| page > 0 || *place >= HEADER);
        flips.extend(of_content.map(|place| Flip {
            at: page * PAGE + place,
            byte: new[place],
        }));
    }
    fs::remove_file(&copy).unwrap();
    assert_eq!(
        flips.len(),
        1,
        "one more is one other byte where the number is no round one"
    );
    flips.remove(0)
}

fn apply(data: &Path, flip: &Flip) {
    let mut file = OpenOptions::new().write(true).open(data.join("gemba.db")).unwrap();
    file.seek(SeekFrom::Start(flip.at as u64)).unwrap();
    file.write_all(&[flip.byte]).unwrap();
    file.sync_all().unwrap();
}

/// What the month must contain, so that a clean check says something.
fn is_a_month(lived: &Lived, report: &Report) {
    // 20 machines and 30 days of 1,440 minutes, but for the last quarter hour and the minutes that never were; a change of
    // shift, order or product cuts a minute in two.
    assert!((860_000..880_000).contains(&report.tallies), "{report:?}");
    assert!(report.facts > 200_000 && report.spans > 20_000, "{report:?}");
    assert!(report.flags > 20 && report.shifts > 1_500, "{report:?}");
    let conn = Connection::open(lived.data.join("gemba.db")).unwrap();
    let count = |sql: &str| conn.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
    for class in Class::ALL {
        let spans = count(&format!("SELECT count(*) FROM span WHERE class = '{}'", class.name()));
        assert!(spans > 0, "no span is {}", class.name());
    }
    for flag in [FlagKind::RollOver, FlagKind::Reset] {
        let flags = count(&format!("SELECT count(*) FROM flag WHERE what = '{}'", flag.name()));
        assert!(flags > 2, "{flags} of {}", flag.name());
    }
    assert!(
        count("SELECT count(*) FROM tally WHERE rev > 0") > 3_000,
        "late facts and people change the past"
    );
    assert!(count("SELECT count(*) FROM fact WHERE kind = 'started'") == 6);
    let said = [
        "reason",
        "scrap",
        "rework",
        "product",
        "order",
        "planned_stop",
        "cavities",
        "headcount",
        "undo",
        "calendar",
    ];
    for kind in said {
        assert!(lived.taken.contains_key(kind), "no {kind} in {:?}", lived.taken);
    }
    let taken: u64 = lived.taken.values().sum();
    assert!(
        taken > 600 && lived.refused.len() < 50,
        "{taken} taken, {:?}",
        lived.refused
    );
}

#[test]
fn a_month_of_twenty_machines_is_clean_and_one_wrong_byte_in_a_stored_tally_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let lived = live(folder.path());
    let report = check(&lived.data).unwrap();
    assert_eq!(report.sentences(), Vec::<String>::new());
    assert!(report.is_clean());
    is_a_month(&lived, &report);

    // A minute of a press in the middle of the month, in which it made some pieces.
    let conn = Connection::open(lived.data.join("gemba.db")).unwrap();
    let middle = START.plus(14 * DAY_MS).0;
    let (start, good): (i64, i64) = conn
        .query_row(
            "SELECT start, good FROM tally WHERE machine = 3 AND start > ?1 AND good BETWEEN 2 AND 100 LIMIT 1",
            [middle],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .unwrap();
    drop(conn);
    let sql = format!("UPDATE tally SET good = good + 1 WHERE machine = 3 AND start = {start}");
    apply(&lived.data, &flip(&lived.data, &sql));
    assert_eq!(
        check(&lived.data).unwrap().sentences(),
        [format!(
            "04-press: the tally at {} has good = '{}' stored, and the journal gives '{good}'",
            stamp(Timestamp(start)),
            good + 1
        )]
    );
}
