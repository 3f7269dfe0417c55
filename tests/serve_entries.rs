//! What the web side does with entries: whom it believes, what it hands to the core, and when it says yes.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "helpers of tests fail their test"
)]

#[path = "support/store_fixture.rs"]
mod fixture;
#[path = "support/web.rs"]
mod web;

use fixture::{T0, open, sealed, span};
use gemba::model::entry::{Draft, Outcome, Says, Scope, Told};
use gemba::model::ids::MachineId;
use gemba::model::state::Class;
use gemba::model::tally::SpanRow;
use gemba::model::time::{MINUTE_MS, Timestamp};
use gemba::serve::standings_in;
use serde_json::{Value as Json, json};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::time::Instant;
use web::{OPERATOR, Site, VIEWER, client};

fn scrap(key: &str, pieces: i64) -> String {
    json!({"key": key, "machine": "press-01", "kind": "scrap", "scrap": {"pieces": pieces, "reason": "scratch"}})
        .to_string()
}

fn reason(anchor: Timestamp) -> String {
    let reason = json!({"reason": "jam", "anchor": anchor.0});
    json!({"key": "r", "machine": "press-01", "kind": "reason", "reason": reason}).to_string()
}

/// What an entry says.
fn says(draft: &Draft) -> &Says {
    match &draft.told {
        Told::Entry(entry) => &entry.says,
        Told::Change(_) => panic!("a setting came where an entry was sent"),
    }
}

async fn status(site: &Site, headers: &[(&str, &str)], body: Vec<u8>) -> (u16, Option<String>) {
    let mut request = client().post(site.url("/api/v1/entries")).body(body);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let answer = request.send().await.unwrap();
    let retry = answer.headers().get("retry-after");
    let retry = retry.map(|seconds| seconds.to_str().unwrap().to_owned());
    (answer.status().as_u16(), retry)
}

#[tokio::test]
async fn an_entry_is_answered_when_it_is_on_disk_and_not_before() {
    let mut site = Site::without_stops().await;
    let posted = site.post(OPERATOR, &scrap("42", 3));
    let ask = site.asked().await;
    assert!(!posted.is_finished(), "the core has not answered yet");
    assert_eq!(ask.draft.machine, Some(MachineId(4)));
    assert_eq!(&*ask.draft.author, "mes", "the token's name, whatever the body says");
    assert_eq!(&**ask.draft.told.key(), "mes/42", "another sender may count from 1 too");
    assert_eq!(
        *says(&ask.draft),
        Says::Scrap {
            pieces: 3,
            reason: "scratch".into(),
            scope: Scope::Now
        }
    );
    ask.reply.send(Outcome::Booked(1_017)).unwrap();
    let answer = posted.await.unwrap();
    assert_eq!(answer, (201, json!({"key": "42", "status": 201, "seq": 1_017})));
}

#[tokio::test]
async fn an_entry_that_is_on_disk_already_is_known_and_one_the_core_refuses_says_why() {
    let mut site = Site::without_stops().await;
    let posted = site.post(OPERATOR, &scrap("42", 3));
    site.answer(Outcome::Known).await;
    let (status, body) = posted.await.unwrap();
    assert_eq!((status, &body["known"]), (200, &json!(true)));
    let posted = site.post(OPERATOR, &scrap("43", 3));
    site.answer(Outcome::Refused("only 2 good pieces are left".into()))
        .await;
    let (status, body) = posted.await.unwrap();
    assert_eq!((status, &body["detail"]), (409, &json!("only 2 good pieces are left")));
}

#[tokio::test]
async fn a_product_is_set_from_the_instant_the_sender_gives() {
    let mut site = Site::without_stops().await;
    let at = site.now.plus(-7_200_000);
    let body =
        json!({"key": "p", "machine": "press-01", "kind": "product", "at": at.0, "product": {"product": "VT-2077"}});
    let posted = site.post(OPERATOR, &body.to_string());
    let draft = site.answer(Outcome::Booked(5)).await;
    assert_eq!(draft.at, at);
    let product = "VT-2077".into();
    assert_eq!(*says(&draft), Says::Product { product });
    assert_eq!(posted.await.unwrap().0, 201);
}

#[tokio::test]
async fn a_reason_is_booked_from_the_start_of_its_stop_running_or_over() {
    let asked = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&asked);
    let mut site = Site::start(Arc::new(move |machine, anchor: Timestamp| {
        seen.lock().unwrap().push((machine, anchor));
        Ok(Some(anchor.plus(-300_000)))
    }))
    .await;
    let running = site.now.plus(-1_000);
    let posted = site.post(OPERATOR, &reason(running));
    let draft = site.answer(Outcome::Booked(1)).await;
    assert_eq!(
        draft.at,
        site.now.plus(-600_000),
        "the stop that is on began 10 min ago"
    );
    assert_eq!(posted.await.unwrap().0, 201);
    assert_eq!(*asked.lock().unwrap(), []);

    let over = site.now.plus(-3_600_000);
    let posted = site.post(OPERATOR, &reason(over));
    let draft = site.answer(Outcome::Booked(2)).await;
    assert_eq!(draft.at, over.plus(-300_000), "the journal's stop began 5 min before");
    let (reason, anchor) = ("jam".into(), over);
    assert_eq!(
        *says(&draft),
        Says::Reason {
            reason,
            anchor,
            part: None,
            leads: false
        }
    );
    assert_eq!(posted.await.unwrap().0, 201);
    assert_eq!(*asked.lock().unwrap(), [(MachineId(4), over)]);
}

#[tokio::test]
async fn a_reason_without_a_stop_is_refused_and_one_for_a_stop_just_over_may_come_again() {
    let site = Site::without_stops().await;
    let posted = site.post(OPERATOR, &reason(site.now.plus(-3_600_000)));
    let (status, body) = posted.await.unwrap();
    assert_eq!(status, 422);
    assert!(body["detail"].as_str().unwrap().contains("had no stop"), "{body}");
    let now = site.now;
    site.change(|live| {
        live.machines[0].class = Class::Running;
        live.machines[0].since = now.plus(-2_000);
    });
    let (status, body) = site.post(OPERATOR, &reason(now.plus(-60_000))).await.unwrap();
    assert_eq!(status, 503);
    assert!(body["detail"].as_str().unwrap().contains("only just ended"), "{body}");
}

#[tokio::test]
async fn a_change_of_state_hides_no_answer_about_time_long_on_disk() {
    let site = Site::without_stops().await;
    let now = site.now;
    site.change(|live| {
        live.machines[0].class = Class::Running;
        live.machines[0].since = now.plus(-2_000);
        live.machines[0].settled = now.plus(-2_000);
    });
    // A minor stop lasts 15 min at most, and what was settled 90 s ago is on disk: 2 s + 15 min + 90 s.
    for (ago_ms, expected) in [(991_999, 503), (992_001, 422), (7_200_000, 422)] {
        let (status, body) = site.post(OPERATOR, &reason(now.plus(-ago_ms))).await.unwrap();
        assert_eq!(status, expected, "{ago_ms}: {body}");
    }
}

#[tokio::test]
async fn a_reason_for_time_nobody_saw_is_booked_from_its_start() {
    let mut site = Site::start(Arc::new(|_, anchor: Timestamp| Ok(Some(anchor.plus(-300_000))))).await;
    let over = site.now.plus(-3_600_000);
    let posted = site.post(OPERATOR, &reason(over));
    assert_eq!(site.answer(Outcome::Booked(1)).await.at, over.plus(-300_000));
    assert_eq!(posted.await.unwrap().0, 201);

    site.change(|live| live.machines[0].class = Class::Unknown);
    let posted = site.post(OPERATOR, &reason(site.now.plus(-1_000)));
    assert_eq!(
        site.answer(Outcome::Booked(2)).await.at,
        site.now.plus(-600_000),
        "nobody has seen it for ten minutes"
    );
    assert_eq!(posted.await.unwrap().0, 201);
}

#[tokio::test]
async fn a_reason_for_time_that_is_still_worked_out_may_come_again() {
    let site = Site::without_stops().await;
    site.change(|live| {
        live.machines[0].class = Class::Unknown;
        live.machines[0].recomputing = true;
    });
    let posted = site.post(OPERATOR, &reason(site.now.plus(-1_000)));
    assert_eq!(posted.await.unwrap().0, 503);
}

#[test]
fn the_journal_tells_stops_and_time_nobody_saw_from_running() {
    let folder = tempfile::tempdir().unwrap();
    let mut open = open(folder.path());
    let unseen = |minutes, class| SpanRow {
        state: "unknown".into(),
        ..span(0, minutes, class, "", minutes.0)
    };
    let running = span(0, (0, 10), Class::Running, "", 0);
    let spans = [(10, 13), (13, 15)].map(|minutes| span(0, minutes, Class::Unexplained, "", 10));
    let unseen = [unseen((15, 20), Class::Unknown), unseen((20, 25), Class::Break)];
    let spans = [running].into_iter().chain(spans).chain(unseen).collect();
    open.seal(vec![sealed(0, None, vec![], spans)]);
    let standings = standings_in(folder.path().to_owned());
    let at = |minute: i64| standings(MachineId(0), Timestamp(T0 + minute * MINUTE_MS)).unwrap();
    let since = |minute: i64| Some(Timestamp(T0 + minute * MINUTE_MS));
    assert_eq!((at(5), at(10), at(14), at(25)), (None, since(10), since(10), None));
    assert_eq!((at(15), at(22)), (since(15), since(20)), "time nobody saw stands too");
    let nowhere = standings_in(folder.path().join("nowhere"));
    assert!(nowhere(MachineId(0), Timestamp(T0)).is_err());
}

#[tokio::test]
async fn a_journal_that_cannot_be_read_refuses_the_reason_for_now() {
    let site = Site::start(Arc::new(|_, _| Err("disk I/O error".into()))).await;
    let posted = site.post(OPERATOR, &reason(site.now.plus(-3_600_000)));
    let (status, body) = posted.await.unwrap();
    assert_eq!(status, 503);
    assert!(body["detail"].as_str().unwrap().contains("disk I/O error"), "{body}");
    let site = Site::start(Arc::new(|_, _| panic!("a broken reader"))).await;
    let posted = site.post(OPERATOR, &reason(site.now.plus(-3_600_000)));
    assert_eq!(posted.await.unwrap().0, 503);
}

#[tokio::test]
async fn an_array_goes_to_the_core_whole_and_is_answered_in_its_order() {
    let mut site = Site::without_stops().await;
    let body = format!("[{},{},{}]", scrap("a", 1), scrap("b", 0), scrap("c", 3));
    let posted = site.post(OPERATOR, &body);
    let (first, second) = (site.asked().await, site.asked().await);
    assert_eq!(&**first.draft.told.key(), "mes/a");
    assert_eq!(&**second.draft.told.key(), "mes/c");
    second.reply.send(Outcome::Known).unwrap();
    first.reply.send(Outcome::Booked(9)).unwrap();
    let (status, body) = posted.await.unwrap();
    assert_eq!(status, 207, "one of them was refused");
    let part = |index: usize| (body[index]["key"].clone(), body[index]["status"].clone());
    assert_eq!(part(0), (json!("a"), json!(201)));
    assert_eq!(part(1), (json!("b"), json!(422)));
    assert_eq!(part(2), (json!("c"), json!(200)));

    let posted = site.post(OPERATOR, &format!("[{}]", scrap("d", 1)));
    site.answer(Outcome::Booked(10)).await;
    assert_eq!(
        posted.await.unwrap(),
        (201, json!([{"key": "d", "status": 201, "seq": 10}]))
    );
    let (status, body) = site.post(OPERATOR, "[{}]").await.unwrap();
    assert_eq!((status, body["status"].clone()), (400, json!(400)));
}

#[tokio::test]
async fn only_a_token_with_the_role_may_write_and_only_json() {
    let mut site = Site::without_stops().await;
    let json = ("content-type", "application/json");
    let token = ("authorization", OPERATOR);
    for (headers, expected) in [
        (vec![json], 401),
        (vec![json, ("authorization", "Bearer wrong")], 401),
        (vec![json, ("authorization", "Basic bWVzOm1lcw==")], 401),
        (vec![json, ("authorization", VIEWER)], 403),
        (vec![json, token, ("origin", "http://evil.example")], 403),
        (vec![json, token, ("origin", "null")], 403),
        (vec![token], 415),
        (vec![token, ("content-type", "application/x-www-form-urlencoded")], 415),
        (vec![token, ("content-type", "text/plain")], 415),
    ] {
        let got = status(&site, &headers, scrap("k", 1).into_bytes()).await.0;
        assert_eq!(got, expected, "{headers:?}");
    }
    assert!(site.desk.try_recv().is_err(), "none of them reached the core");
    let own = format!("http://{}", site.address);
    let posted = client().post(site.url("/api/v1/entries"));
    let posted = posted
        .header("origin", own)
        .header(json.0, json.1)
        .header(token.0, token.1);
    let posted = tokio::spawn(posted.body(scrap("k", 1)).send());
    site.answer(Outcome::Booked(1)).await;
    assert_eq!(
        posted.await.unwrap().unwrap().status(),
        201,
        "a page of this site itself"
    );
}

#[tokio::test]
async fn a_guesser_is_slowed_down_and_locks_nobody_out() {
    let site = Site::without_stops().await;
    let send = async |token: &str| {
        let headers = [("content-type", "application/json"), ("authorization", token)];
        let asked = Instant::now();
        (status(&site, &headers, Vec::new()).await, asked.elapsed())
    };
    for _ in 0..10 {
        assert_eq!(send("Bearer guess").await.0, (401, None));
    }
    // The wait tells nobody whether its token was right, and sending many at once saves nobody the wait.
    let pause = Duration::from_secs(2);
    let (wrong, also_wrong, right) = tokio::join!(send("Bearer guess"), send("Bearer again"), send(OPERATOR));
    for ((got, retry), took) in [wrong, also_wrong] {
        assert_eq!(got, 429);
        assert!((1..=60).contains(&retry.unwrap().parse::<u64>().unwrap()));
        assert!(took >= pause, "{took:?}");
    }
    let ((got, _), took) = right;
    assert_eq!(got, 400, "let in, and told that the body is empty");
    assert!(took >= pause, "{took:?}");
    assert_eq!(
        site.json("/api/v1/wall").await["stale"],
        Json::Bool(false),
        "looking is free"
    );
}

#[tokio::test]
async fn a_body_that_is_too_large_or_no_entry_is_refused_with_its_status() {
    let mut site = Site::without_stops().await;
    let headers = [("content-type", "application/json"), ("authorization", OPERATOR)];
    for (body, expected) in [
        (vec![b' '; 64 * 1024 + 1], 413),
        (b"\xff\xfe\x00".to_vec(), 400),
        (b"{\"key\":\"\\ud800\"}".to_vec(), 400),
        (b"{}".to_vec(), 400),
        (Vec::new(), 400),
    ] {
        assert_eq!(status(&site, &headers, body).await.0, expected);
    }
    assert!(site.desk.try_recv().is_err());
}

#[tokio::test]
async fn a_core_that_is_behind_or_gone_makes_the_sender_keep_its_entry() {
    let mut site = Site::without_stops().await;
    let ours = OPERATOR;
    let hundred = |from: usize| {
        let entries: Vec<String> = (from..from + 100).map(|key| scrap(&key.to_string(), 1)).collect();
        format!("[{}]", entries.join(","))
    };
    let waiting: Vec<_> = (0..3).map(|batch| site.post(ours, &hundred(100 * batch))).collect();
    while site.desk.len() < gemba::serve::DESK_CAPACITY {
        tokio::task::yield_now().await;
    }
    let (status, body) = site.post(ours, &scrap("one more", 1)).await.unwrap();
    assert_eq!(status, 503);
    assert!(body["detail"].as_str().unwrap().contains("behind"), "{body}");
    waiting.iter().for_each(|posted| posted.abort());

    site.desk.close();
    let (status, body) = site.post(ours, &scrap("after", 1)).await.unwrap();
    assert_eq!(status, 503);
    assert!(body["detail"].as_str().unwrap().contains("stopping"), "{body}");
}

#[tokio::test]
async fn an_entry_whose_fate_is_unknown_is_said_to_be_so() {
    let mut site = Site::without_stops().await;
    let posted = site.post(OPERATOR, &scrap("k", 1));
    drop(site.asked().await);
    let (status, body) = posted.await.unwrap();
    assert_eq!(status, 503);
    assert!(body["detail"].as_str().unwrap().contains("same key"), "{body}");
}
