//! Roll-ups over HTTP: what is merged from the data folder, and what is refused.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "helpers of tests fail their test"
)]

#[path = "support/store_fixture.rs"]
mod fixture;
#[path = "support/web.rs"]
mod web;

use fixture::{T0, open, sealed, tally};
use gemba::model::ids::MachineId;
use gemba::model::line::LineSetting;
use gemba::model::tally::Column;
use gemba::oee::rollup::{By, Groups, Over, When};
use gemba::serve::{Rolling, books_in};
use jiff::civil::date;
use jiff::tz::TimeZone;
use serde_json::Value as Json;
use std::collections::BTreeMap;
use web::{Site, client};

fn rolling(over: Over, by: By) -> Rolling {
    Rolling {
        over,
        by,
        first: date(2026, 11, 21),
        last: date(2026, 11, 21),
        lines: BTreeMap::new(),
        machine: None,
        line: None,
    }
}

fn good(groups: &Groups) -> Vec<i64> {
    groups
        .values()
        .map(|merged| merged.sums.tally.get(Column::Good))
        .collect()
}

#[test]
fn hours_come_from_minutes_and_longer_times_from_shifts_and_both_have_the_same_sums() {
    let folder = tempfile::tempdir().unwrap();
    let mut open = open(folder.path());
    for machine in [0, 1] {
        let rows = (0..150).map(|minute| tally(machine, minute, "A", 2)).collect();
        open.seal(vec![sealed(machine, None, rows, vec![])]);
    }
    open.seal(vec![sealed(0, Some((7, 8)), vec![tally(0, 7, "A", 5)], vec![])]);
    let books = books_in(folder.path().to_owned());
    let ask = |rolling: Rolling| (books.rolled)(rolling).unwrap();
    let hours = ask(rolling(Over::Hours(TimeZone::UTC), By::Plant));
    // Two machines with 2 a minute: 240, 240, 120, and 3 more in the minute that was corrected.
    assert_eq!(good(&hours.groups), [243, 240, 120]);
    assert!(hours.groups.keys().next() == Some(&(When::Hour(gemba::model::time::Timestamp(T0)), "ulm".into())));
    assert_eq!((hours.corrected, hours.is_cut), (1, false));
    for over in [Over::Shifts, Over::Days, Over::Weeks, Over::Months] {
        assert_eq!(good(&ask(rolling(over, By::Line)).groups), [603]);
    }
    assert_eq!(good(&ask(rolling(Over::Days, By::Machine)).groups), [303, 300]);
    let one = Rolling {
        machine: Some(MachineId(1)),
        ..rolling(Over::Days, By::Product)
    };
    assert_eq!(good(&ask(one).groups), [300]);
    let other = Rolling {
        first: date(2026, 11, 22),
        last: date(2026, 11, 30),
        ..rolling(Over::Days, By::Machine)
    };
    assert!(ask(other).groups.is_empty());
    let serial = LineSetting::Serial {
        bottleneck: MachineId(0),
        output: MachineId(1),
    };
    let line = Rolling {
        lines: BTreeMap::from([("L1".into(), serial)]),
        ..rolling(Over::Days, By::Line)
    };
    assert_eq!(good(&ask(line).groups), [300], "those of its last machine");
    open.stop();
}

async fn asked(site: &Site, query: &str) -> (u16, Json) {
    let answer = client()
        .get(site.url(&format!("/api/v1/rollups?{query}")))
        .send()
        .await
        .unwrap();
    let status = answer.status().as_u16();
    (status, serde_json::from_str(&answer.text().await.unwrap()).unwrap())
}

#[tokio::test]
async fn a_question_that_cannot_be_answered_is_refused_with_what_to_ask() {
    let site = Site::without_stops().await;
    for (query, status, what) in [
        (
            "of=machine&from=2026-11-21",
            400,
            "by is hour, shift, day, week or month",
        ),
        (
            "by=day&of=crew&from=2026-11-21",
            400,
            "of is machine, line, plant, product or order",
        ),
        ("by=day&of=machine", 400, "from is missing"),
        ("by=day&of=machine&from=21.11.2026", 400, "is no date"),
        ("by=day&of=machine&from=2026-11-21&to=2026-11-20", 400, "are 0 dates"),
        (
            "by=hour&of=machine&from=2026-10-01&to=2026-11-01",
            400,
            "1 to 31 of them",
        ),
        (
            "by=week&of=plant&from=1900-01-01&to=2026-11-01",
            400,
            "1 to 3660 of them",
        ),
        (
            "by=day&of=machine&from=2026-11-21&machine=press-99",
            404,
            "there is no machine press-99",
        ),
    ] {
        let (code, body) = asked(&site, query).await;
        assert_eq!(code, status, "{query}: {body}");
        assert!(body["detail"].as_str().unwrap().contains(what), "{query}: {body}");
    }
    let (code, body) = asked(&site, "by=day&of=machine&from=2026-11-21&to=2026-11-22").await;
    assert_eq!(code, 200, "{body}");
    assert_eq!(
        (&body["rows"], body["engine"].as_u64().is_some()),
        (&Json::Array(vec![]), true)
    );
}
