//! Entries that are answered with more than a number, or only to some: counts by hand, held pieces.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "helpers of tests fail their test"
)]

#[path = "support/web.rs"]
mod web;

use gemba::clock::Clock;
use gemba::model::detail::Detail;
use gemba::model::entry::{Entry, Outcome, Says, Source, Told};
use gemba::model::fact::{Body, Fact, Role, Signal};
use gemba::model::ids::MachineId;
use gemba::model::reading::{Quality, Value};
use gemba::model::settings::{MachineSetting, Setting};
use gemba::model::tally::{Column, Flag, FlagKind, Standing, Tally, TallyRow};
use gemba::model::time::{MINUTE_MS, Period};
use gemba::serve::Books;
use serde_json::{Value as Json, json};
use std::sync::Arc;
use web::{ADMIN, LEADER, OPERATOR, Site, client, no_books};

fn said(key: &str, kind: &str, says: &Json) -> String {
    json!({"key": key, "machine": "press-01", "kind": kind, kind: says}).to_string()
}

#[tokio::test]
async fn a_count_by_hand_is_answered_with_the_agents_own_count_and_stands_in_the_list() {
    let mut site = Site::without_stops().await;
    let from = site.now.plus(-3 * MINUTE_MS);
    let says = json!({"from": from.0, "until": site.now.0, "pieces": 12});
    let posted = site.post(OPERATOR, &said("h", "hand_count", &says));
    let draft = site.answer(Outcome::Booked(3)).await;
    let (status, body) = posted.await.unwrap();
    // The agent counted a piece in each of the three minutes: 12 - 3 = 9.
    assert_eq!(
        (status, &body["agent"], &body["difference"]),
        (201, &json!(3), &json!(9))
    );
    let Told::Entry(entry) = draft.told else {
        panic!("an entry")
    };
    let Says::HandCount { counted, .. } = entry.says else {
        panic!("{entry:?}")
    };
    assert_eq!(counted, Some(3), "it stands in the entry");
    let fact = Fact {
        at: draft.at,
        received_at: site.now,
        mono_ms: 0,
        epoch: 0,
        machine: draft.machine,
        author: draft.author,
        body: Body::Entry(entry),
    };
    // Of a machine that is no longer shown, whose counters did not tell all of the time.
    let older = Fact {
        at: fact.at.plus(-MINUTE_MS),
        machine: Some(MachineId(5)),
        body: Body::Entry(Entry {
            key: "mes/g".into(),
            source: Source::Manual,
            late: false,
            says: Says::HandCount {
                until: fact.at,
                pieces: 2,
                counted: None,
            },
        }),
        ..fact.clone()
    };
    site.plan.send_modify(|plan| {
        Arc::make_mut(plan).apply(&older);
        Arc::make_mut(plan).apply(&fact);
    });
    let checks = site.json("/api/v1/checks").await;
    let check = |key: &str| checks[0][key].clone();
    assert_eq!(
        (check("by"), check("by_hand"), check("difference")),
        (json!("mes"), json!(12), json!(9))
    );
    assert_eq!(
        (&checks[1]["machine"], &checks[1]["agent"], &checks[1]["difference"]),
        (&json!("oven-01"), &Json::Null, &Json::Null)
    );
}

#[tokio::test]
async fn a_list_of_counts_by_hand_says_whether_there_are_older_ones() {
    let site = Site::without_stops().await;
    let count = |n: i64| Fact {
        at: site.now.plus(-n * MINUTE_MS),
        received_at: site.now,
        mono_ms: 0,
        epoch: 0,
        machine: Some(MachineId(4)),
        author: "mes".into(),
        body: Body::Entry(Entry {
            key: format!("mes/{n}").into(),
            source: Source::Manual,
            late: false,
            says: Says::HandCount {
                until: site.now,
                pieces: n,
                counted: None,
            },
        }),
    };
    for (more, is_cut) in [(1..=250, "false"), (251..=251, "true")] {
        site.plan
            .send_modify(|plan| more.clone().for_each(|n| Arc::make_mut(plan).apply(&count(n))));
        let answer = client().get(site.url("/api/v1/checks")).send().await.unwrap();
        assert_eq!(answer.headers()["gemba-is-cut"], is_cut);
        let rows: Vec<Json> = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
        assert_eq!((rows.len(), &rows[249]["by_hand"]), (250, &json!(250)), "the newest");
    }
}

#[tokio::test]
async fn a_decision_on_pieces_nobody_holds_and_a_fact_nobody_knows_are_not_found() {
    let site = Site::without_stops().await;
    let held = json!({"role": "total", "at": site.now.0, "release": true});
    for (kind, says) in [("held", held), ("accept", json!({"seq": 99}))] {
        assert_eq!(
            site.post(LEADER, &said("k", kind, &says)).await.unwrap().0,
            404,
            "{kind}"
        );
        assert_eq!(
            site.post(OPERATOR, &said("k", kind, &says)).await.unwrap().0,
            403,
            "{kind}"
        );
    }
}

#[tokio::test]
async fn a_reading_of_time_that_is_kept_no_longer_is_not_accepted() {
    let minutes_of_90_days = 90 * 24 * 60;
    for (minutes, status) in [(minutes_of_90_days - 1, 201), (minutes_of_90_days + 1, 422)] {
        let books = Books {
            fact: Arc::new(move |_| {
                let now = Clock::start(None).now().at;
                let at = now.plus(-minutes * MINUTE_MS);
                let signal = Signal {
                    role: Role::Total,
                    value: Some(Value::Int(7)),
                    quality: Quality::Good,
                    taken_at: at,
                    seen: None,
                };
                Ok(Some(Fact {
                    at,
                    received_at: now,
                    mono_ms: 0,
                    epoch: 0,
                    machine: Some(MachineId(4)),
                    author: "".into(),
                    body: Body::Signal(signal),
                }))
            }),
            ..no_books()
        };
        let mut site = Site::reading(Arc::new(|_, _| Ok(None)), books).await;
        let posted = site.post(ADMIN, &said("a", "accept", &json!({"seq": 9})));
        if status == 201 {
            site.answer(Outcome::Booked(3)).await;
        }
        let (is, body) = posted.await.unwrap();
        assert_eq!(is, status, "{body}");
        if status == 422 {
            let detail = body["detail"].as_str().unwrap();
            assert!(detail.contains("fact 9 is older than 90 days"), "{detail}");
        }
    }
}

#[tokio::test]
async fn an_increase_that_no_machine_can_have_made_is_refused_to_be_released_and_may_be_refused() {
    let flag = |(machine, period): (MachineId, Period), amount: i64| Flag {
        machine,
        at: period.start,
        role: "total".into(),
        what: FlagKind::Held,
        amount,
        standing: Standing::Open,
        author: "".into(),
    };
    // 5 a minute x 4 x 31 days of 1,440 min.
    let most = 5 * 4 * 31 * 1_440;
    for (amount, release, status) in [(most + 1, true, 422), (most + 1, false, 201), (most, true, 201)] {
        let books = Books {
            flags: Arc::new(move |asked| Ok(vec![flag(asked, amount)])),
            ..no_books()
        };
        let mut site = Site::reading(Arc::new(|_, _| Ok(None)), books).await;
        let press = MachineSetting {
            ideal_ns: Some(12_000_000_000),
            cavities: 1,
            max_rate_milli_per_min: 60_000_000,
            ..MachineSetting::default()
        };
        let at = site.tell(Setting::Machine(MachineId(4), press));
        let posted = site.post(
            LEADER,
            &said("k", "held", &json!({"role": "total", "at": at.0, "release": release})),
        );
        if status == 201 {
            site.answer(Outcome::Booked(3)).await;
        }
        let (is, body) = posted.await.unwrap();
        assert_eq!(is, status, "{body}");
        if status == 422 {
            let detail = body["detail"].as_str().unwrap();
            let words =
                "press-01 cannot have made 892801 pieces at once: at its greatest rate it makes 892800 in 31 days";
            assert!(detail.contains(words), "{detail}");
        }
    }
}

#[tokio::test]
async fn rework_that_is_taken_back_comes_to_the_core_with_what_may_have_passed_it() {
    let mut site = Site::without_stops().await;
    site.tell(Setting::Machine(MachineId(4), MachineSetting::default()));
    for (key, pieces, is_back) in [("r", 3, false), ("s", -3, true)] {
        let posted = site.post(OPERATOR, &said(key, "rework", &json!({"pieces": pieces})));
        let draft = site.answer(Outcome::Booked(3)).await;
        assert_eq!(posted.await.unwrap().0, 201);
        assert!(draft.room.is_some(), "{draft:?}");
        assert_eq!(draft.rework.is_some(), is_back, "{draft:?}");
    }
}

#[tokio::test]
async fn rejects_that_people_count_at_a_counter_are_not_taken_for_scrap_they_entered() {
    for by in [Source::Manual, Source::Auto] {
        let mut site = Site::without_stops().await;
        let press = MachineSetting {
            count_by: by,
            ..MachineSetting::default()
        };
        site.tell(Setting::Machine(MachineId(4), press));
        let (mut tally, mut detail) = (Tally::default(), Detail::default());
        // 102 counted, 10 of them rejects; then 3 of the good ones were entered as scrap.
        let counted = if by == Source::Manual { 10 } else { 0 };
        for (column, pieces) in [
            (Column::Total, 102),
            (Column::Good, 89),
            (Column::Reject, 13),
            (Column::ManualReject, counted + 3),
        ] {
            tally.add(column, pieces);
        }
        detail.scrap(&"scratch".into(), 3);
        let row = TallyRow {
            machine: MachineId(4),
            period: Period::new(site.now.plus(-500), site.now),
            key: Arc::default(),
            tally,
            detail,
        };
        site.change(|live| live.machines[0].open.tallies = vec![row]);
        // 89 + 3 good ones before anybody took any; 13 - 3 that the counter rejected.
        for (kind, room) in [("scrap", 92), ("reworked", 10)] {
            let posted = site.post(OPERATOR, &said(kind, kind, &json!({"pieces": 1})));
            let draft = site.answer(Outcome::Booked(3)).await;
            assert_eq!(posted.await.unwrap().0, 201);
            assert_eq!(draft.room.unwrap().gross, room, "{kind}, counted by {by:?}");
        }
    }
}
