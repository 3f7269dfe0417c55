//! What waits for a person's word over HTTP: each row has what the entry about it must name.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "helpers of tests fail their test"
)]

#[path = "support/store_fixture.rs"]
mod fixture;
#[path = "support/web.rs"]
mod web;

use fixture::{body, fact, open, sealed};
use gemba::model::entry::{Entry, Late, Outcome, Says, Source, Told};
use gemba::model::fact::{Body, Role};
use gemba::model::ids::MachineId;
use gemba::model::tally::{Flag, FlagKind, Standing};
use gemba::model::time::{DAY_MS, LATENESS_MS, MINUTE_MS, Timestamp};
use gemba::serve::books_in;
use serde_json::{Value as Json, json};
use std::path::PathBuf;
use std::sync::Arc;
use web::{LEADER, Site};

/// An increase of the press that is held, so many minutes ago.
fn held(now: Timestamp, minutes: i64, standing: Standing) -> Flag {
    Flag {
        machine: MachineId(0),
        at: now.plus(-minutes * MINUTE_MS),
        role: "total".into(),
        what: FlagKind::Held,
        amount: minutes,
        standing,
        author: "".into(),
    }
}

/// A journal with flags, and with readings of the press that came so many milliseconds after they were taken.
async fn journal(folder: PathBuf, flags: Vec<Flag>, late_ms: &'static [i64], now: Timestamp) {
    let write = move || {
        let mut open = open(&folder);
        let mut rows = sealed(0, None, vec![], vec![]);
        rows.flags = flags;
        open.seal(vec![rows]);
        let facts = late_ms.iter().map(|late_ms| {
            let taken = now.0 - late_ms;
            fact(Some(0), taken, now.0, body(Role::Total, 7, taken))
        });
        open.facts(facts.collect());
        open.stop();
    };
    tokio::task::spawn_blocking(write).await.unwrap();
}

async fn site(folder: PathBuf) -> Site {
    let site = Site::reading(Arc::new(|_, _| Ok(None)), books_in(folder)).await;
    site.change(|live| {
        let press = &mut live.machines[0];
        (press.machine, press.id) = (MachineId(0), "press-00".into());
    });
    site
}

/// What reaches the core of an entry by the leader.
async fn says(site: &mut Site, kind: &str, says: &Json) -> Says {
    let entry = json!({"key": kind, "machine": "press-00", "kind": kind, kind: says});
    let posted = site.post(LEADER, &entry.to_string());
    let draft = site.answer(Outcome::Booked(9)).await;
    let (status, body) = posted.await.unwrap();
    assert_eq!(status, 201, "{body}");
    match draft.told {
        Told::Entry(entry) => entry.says,
        Told::Change(change) => panic!("{change:?}"),
    }
}

#[tokio::test]
async fn what_is_held_and_what_came_too_late_can_be_decided_on_by_what_the_lists_say() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_owned();
    let mut site = site(path.clone()).await;
    let now = site.now;
    let flags = vec![
        held(now, 30, Standing::Open),
        held(now, 20, Standing::Refused),
        held(now, 10, Standing::Open),
    ];
    journal(
        path,
        flags,
        &[DAY_MS, LATENESS_MS, LATENESS_MS + 1, LATENESS_MS + DAY_MS],
        now,
    )
    .await;

    let held = site.json("/api/v1/held").await;
    let pieces: Vec<_> = held["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| &row["pieces"])
        .collect();
    assert_eq!(
        pieces,
        [&json!(10), &json!(30)],
        "the newest first, and none that was decided on"
    );
    let row = &held["rows"][1];
    assert_eq!((&row["machine"], &held["is_cut"]), (&json!("press-00"), &json!(false)));
    let decided = json!({"role": row["role"], "at": row["at"], "release": true});
    let said = says(&mut site, "held", &decided).await;
    assert_eq!(
        said,
        Says::Held {
            role: "total".into(),
            release: true
        }
    );

    let late = site.json("/api/v1/late").await;
    // 72 hours are in time, a millisecond more is not.
    let numbers: Vec<_> = late["rows"].as_array().unwrap().iter().map(|row| &row["seq"]).collect();
    assert_eq!(numbers, [&json!(3), &json!(4)]);
    let row = &late["rows"][0];
    assert_eq!((&row["role"], &row["value"]), (&json!("total"), &json!("7")));
    let said = says(&mut site, "accept", &json!({"seq": row["seq"]})).await;
    assert_eq!(said, Says::Accept { late: Late::Fact(3) });
}

#[tokio::test]
async fn a_list_that_is_cut_has_the_newest_and_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_owned();
    let site = site(path.clone()).await;
    let now = site.now;
    let flags = (1..=501).map(|minutes| held(now, minutes, Standing::Open)).collect();
    journal(path, flags, &[LATENESS_MS + 1; 501], now).await;
    for (path, newest) in [("/api/v1/held", json!(1)), ("/api/v1/late", json!("7"))] {
        let list = site.json(path).await;
        assert_eq!(list["rows"].as_array().unwrap().len(), 500, "{path}");
        assert_eq!(list["is_cut"], true, "{path}");
        let first = &list["rows"][0];
        assert!(first["pieces"] == newest || first["value"] == newest, "{first}");
    }
}

#[tokio::test]
async fn an_entry_for_a_locked_period_stands_before_all_the_readings_that_came_too_late() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_owned();
    let site = site(path.clone()).await;
    let now = site.now;
    let entry = |key: &str, late: bool| {
        let body = Body::Entry(Entry {
            key: key.into(),
            source: Source::Manual,
            late,
            says: Says::Cavities { active: 3 },
        });
        fact(Some(0), now.0 - 20 * DAY_MS, now.0, body)
    };
    let (waits, counts) = (entry("mes/1", true), entry("mes/2", false));
    site.plan.send_modify(|plan| {
        let plan = Arc::make_mut(plan);
        [&waits, &counts].into_iter().for_each(|entry| plan.apply(entry));
    });
    let write = move || {
        let mut open = open(&path);
        let readings = (0..501).map(|_| {
            fact(
                Some(0),
                now.0 - LATENESS_MS - 1,
                now.0,
                body(Role::Total, 7, now.0 - LATENESS_MS - 1),
            )
        });
        open.facts(readings.chain([waits, counts]).collect());
        open.stop();
    };
    tokio::task::spawn_blocking(write).await.unwrap();
    let late = site.json("/api/v1/late").await;
    let rows = late["rows"].as_array().unwrap();
    assert_eq!((&rows[0]["entry"], &rows[0]["value"]), (&json!("mes/1"), &json!("3")));
    assert_eq!((&rows[1]["value"], rows.len()), (&json!("7"), 500));
}
