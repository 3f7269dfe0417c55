//! I/O. The days the agent really lived: what is pruned is measured by them, so that a clock that ran ahead deletes nothing.
//!
//! Event time can jump: a gateway without a battery clock, a time server that says 2040. So each time another day of it has
//! passed *and* at least [`LEAST_MS`] of that was lived, as a monotonic clock tells, its instant is noted. What is kept for
//! `n` days is older than the instant noted `n + 1` such days ago. However far the clock jumps, it makes one of these days
//! short and leaves `n` whole ones; the cut never moves on by more than four days in a lived one. Time the agent was off
//! makes no day of its own: what was there before a shutdown of a month is pruned a month later.

use crate::model::time::{DAY_MS, HOUR_MS, Timestamp};
use rusqlite::{Connection, OptionalExtension};
use std::time::Duration;

/// The least that is lived of a day that counts: a gateway that is switched off at night still counts one a day, and a
/// clock that jumps again and again makes at most four of one.
const LEAST_MS: i64 = 6 * HOUR_MS;
/// Days remembered, eleven years: what is kept longer goes after these. They take 60 kB.
const MOST_DAYS: usize = 4_000;
/// Milliseconds lived since the newest day noted, and its instant.
const TODAY: &str = "lived";
/// The instants of the days, in order.
const DAYS: &str = "lived_days";

/// The instants at which another lived day was over, in order.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Days(Vec<Timestamp>);

/// Notes inside a commit's transaction that so much time was lived since the last note, and that the newest arrival is now
/// `newest`.
pub(super) fn note(conn: &Connection, lived: Duration, newest: Option<Timestamp>) -> rusqlite::Result<()> {
    let Some(newest) = newest else { return Ok(()) };
    let (mut ms, mut last) = match today(conn)? {
        Some(today) => today,
        None => {
            let days = seen(conn, newest)?;
            days.write(conn)?;
            (0, days.0.last().copied().unwrap_or(newest))
        }
    };
    ms = i64::try_from(lived.as_millis()).map_or(i64::MAX, |lived| lived.saturating_add(ms));
    if newest.since(last) >= DAY_MS && ms >= LEAST_MS {
        let mut days = Days::load(conn)?;
        days.0.push(newest);
        days.write(conn)?;
        (ms, last) = (0, newest);
    }
    write(conn, TODAY, &format!("{ms} {}", last.0))
}

impl Days {
    /// The days noted so far.
    pub(super) fn load(conn: &Connection) -> rusqlite::Result<Days> {
        let text = read(conn, DAYS)?.unwrap_or_default();
        let days: Option<Vec<_>> = text.split(' ').map(|day| day.parse().ok().map(Timestamp)).collect();
        Ok(Days(days.unwrap_or_default()))
    }

    /// What is kept for `days` days and is older than this may go.
    pub(super) fn cut(&self, newest: Timestamp, days: u32) -> Timestamp {
        let back = usize::try_from(days).unwrap_or(usize::MAX).min(MOST_DAYS - 2);
        let lived = self.0.len().checked_sub(back + 2).and_then(|place| self.0.get(place));
        let by_clock = newest.plus(-i64::from(days).saturating_mul(DAY_MS));
        lived.map_or(Timestamp::MIN, |lived| by_clock.min(*lived))
    }

    fn write(&self, conn: &Connection) -> rusqlite::Result<()> {
        let kept = self.0.len().saturating_sub(MOST_DAYS);
        let days: Vec<_> = self.0.iter().skip(kept).map(|day| day.0.to_string()).collect();
        write(conn, DAYS, &days.join(" "))
    }
}

/// The days of a database that has noted none yet: those in which facts arrived.
fn seen(conn: &Connection, newest: Timestamp) -> rusqlite::Result<Days> {
    let mut days = Vec::new();
    let mut next = Some(Timestamp::MIN);
    while let Some(from) = next {
        let mark: Option<i64> = conn
            .prepare_cached("SELECT newest FROM mark WHERE newest >= ?1 ORDER BY newest LIMIT 1")?
            .query_row([from.0], |row| row.get(0))
            .optional()?;
        days.extend(mark.map(Timestamp));
        next = mark.map(|mark| Timestamp(mark).next(DAY_MS));
    }
    if days.is_empty() {
        days.push(newest);
    }
    Ok(Days(days))
}

fn today(conn: &Connection) -> rusqlite::Result<Option<(i64, Timestamp)>> {
    let text = read(conn, TODAY)?;
    Ok(text.as_deref().and_then(|text| {
        let (ms, last) = text.split_once(' ')?;
        Some((ms.parse().ok()?, Timestamp(last.parse().ok()?)))
    }))
}

fn read(conn: &Connection, key: &str) -> rusqlite::Result<Option<String>> {
    conn.prepare_cached("SELECT value FROM meta WHERE key = ?1")?
        .query_row([key], |row| row.get(0))
        .optional()
}

fn write(conn: &Connection, key: &str, value: &str) -> rusqlite::Result<()> {
    conn.prepare_cached("INSERT OR REPLACE INTO meta (key, value) VALUES (?1, ?2)")?
        .execute([key, value])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::schema::{self, FILE};

    const HOUR: Duration = Duration::from_secs(3_600);

    fn database() -> (tempfile::TempDir, Connection) {
        let folder = tempfile::tempdir().unwrap();
        let conn = schema::connect(&folder.path().join(FILE), 64).unwrap();
        // Years are lived here, and none of them has to survive.
        conn.pragma_update(None, "synchronous", "OFF").unwrap();
        (folder, conn)
    }

    /// Lives hour by hour; gives the instant it is then.
    fn live(conn: &Connection, from: Timestamp, hours: i64) -> Timestamp {
        for hour in 1..=hours {
            note(conn, HOUR, Some(from.plus(hour * HOUR_MS))).unwrap();
        }
        from.plus(hours * HOUR_MS)
    }

    fn cut(conn: &Connection, now: Timestamp, days: u32) -> Timestamp {
        Days::load(conn).unwrap().cut(now, days)
    }

    #[test]
    fn in_a_steady_life_the_cut_follows_a_day_behind() {
        let (_folder, conn) = database();
        let start = Timestamp(0);
        note(&conn, Duration::ZERO, Some(start)).unwrap();
        let now = live(&conn, start, 90 * 24);
        assert_eq!(cut(&conn, now, 90), Timestamp::MIN, "the 91st day is not over");
        let now = live(&conn, now, 24);
        assert_eq!(cut(&conn, now, 90), start);
        let now = live(&conn, now, 10 * 24);
        assert_eq!(cut(&conn, now, 90), start.plus(10 * DAY_MS), "101 - 90 - 1");
    }

    #[test]
    fn whatever_the_clock_jumps_to_ninety_lived_days_are_kept() {
        let (_folder, conn) = database();
        note(&conn, Duration::ZERO, Some(Timestamp(0))).unwrap();
        let stepped = live(&conn, Timestamp(0), 100 * 24);
        let before = cut(&conn, stepped, 90);
        let future = stepped.plus(14 * 365 * DAY_MS);
        note(&conn, HOUR, Some(future)).unwrap();
        assert_eq!(cut(&conn, future, 90), before, "nothing goes at the jump");
        let mut now = future;
        for lived in 1..=100 {
            now = live(&conn, now, 24);
            let kept_ms = stepped.since(cut(&conn, now, 90)) + lived * DAY_MS;
            assert!(kept_ms >= 90 * DAY_MS || lived > 90, "after {lived} days: {kept_ms} ms");
        }
        assert_eq!(
            cut(&conn, now, 90).since(future) / DAY_MS,
            8,
            "and then it follows: 100 - 90 - 1, the day began an hour in"
        );
    }

    #[test]
    fn a_clock_that_jumps_every_hour_makes_four_days_of_one() {
        let (_folder, conn) = database();
        note(&conn, Duration::ZERO, Some(Timestamp(0))).unwrap();
        for hour in 1..=24 * 10 {
            note(&conn, HOUR, Some(Timestamp(hour * 1_000 * DAY_MS))).unwrap();
        }
        assert_eq!(
            Days::load(&conn).unwrap().0.len(),
            1 + 40,
            "the first, and 10 x 24 h / 6 h"
        );
    }

    #[test]
    fn nights_and_months_switched_off_still_prune() {
        let (_folder, conn) = database();
        let mut now = Timestamp(0);
        note(&conn, Duration::ZERO, Some(now)).unwrap();
        for _ in 0..100 {
            now = live(&conn, now, 8).plus(16 * HOUR_MS);
        }
        let kept = now.since(cut(&conn, now, 90)) / DAY_MS;
        assert!((90..=93).contains(&kept), "{kept}: eight hours a day are a day");
        let again = now.plus(30 * DAY_MS);
        let later = live(&conn, again, 92 * 24);
        assert!(
            cut(&conn, later, 90) >= again,
            "what was there before the month off is gone"
        );
    }

    #[test]
    fn a_database_without_a_note_begins_with_the_days_its_facts_arrived_in() {
        let (_folder, conn) = database();
        for hour in 0..24 * 100 {
            conn.execute("INSERT INTO mark VALUES (?1, ?2)", [hour * HOUR_MS, hour])
                .unwrap();
        }
        // And minutes in which the clock said 2040.
        let ahead = Timestamp(14 * 365 * DAY_MS);
        conn.execute("INSERT INTO mark VALUES (?1, 99999)", [ahead.0]).unwrap();
        assert_eq!(cut(&conn, ahead, 90), Timestamp::MIN);
        note(&conn, Duration::ZERO, Some(ahead)).unwrap();
        assert_eq!(
            cut(&conn, ahead, 90),
            Timestamp(9 * DAY_MS),
            "day 100 - 90 - 1, and 2040 is one more"
        );
    }

    #[test]
    fn words_that_cannot_be_read_prune_nothing() {
        let (_folder, conn) = database();
        let days: Vec<_> = (0..200).map(|day| (day * DAY_MS).to_string()).collect();
        write(&conn, DAYS, &days.join(" ").replacen("86400000", "864x", 1)).unwrap();
        assert_eq!(cut(&conn, Timestamp(200 * DAY_MS), 90), Timestamp::MIN);
        write(&conn, DAYS, &days.join(" ")).unwrap();
        assert_eq!(
            cut(&conn, Timestamp(200 * DAY_MS), 90),
            Timestamp(108 * DAY_MS),
            "199 - 91"
        );
        assert_eq!(cut(&conn, Timestamp(200 * DAY_MS), u32::MAX), Timestamp::MIN);
    }
}
