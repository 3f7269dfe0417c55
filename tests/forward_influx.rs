//! Forwarding against a central store that misbehaves: what is confirmed is there, once, and nothing else is passed over.

#![allow(clippy::unwrap_used, reason = "a helper of a test fails the test")]

#[path = "support/sink_plant.rs"]
mod sink_plant;
#[path = "support/sink_server.rs"]
mod sink_server;
#[path = "support/sink_tls.rs"]
mod sink_tls;

use gemba::forward::answer::Answer;
use gemba::forward::delivery::{Delivery, Next};
use gemba::forward::influx::Client;
use sink_plant::{IMPATIENT, Plant, QUICK, config, token_file};
use sink_server::{Reply, SinkServer, TOKEN};
use std::collections::BTreeSet;
use std::sync::atomic::Ordering;
use std::time::Duration;

const NOBODY: [u64; 0] = [];

fn say(code: u16) -> Reply {
    Reply::Say(code, String::new(), r#"{"message":"not now"}"#.to_owned())
}

/// The sum of a field over all points of the sink.
fn sum_of_good(sink: &SinkServer) -> u64 {
    let good = |fields: &String| fields.strip_prefix("good=")?.strip_suffix('i')?.parse::<u64>().ok();
    sink.state().points.values().filter_map(good).sum()
}

#[tokio::test]
async fn a_ledger_arrives_whole_compressed_and_with_every_parameter() {
    let sink = SinkServer::start().await;
    let mut plant = Plant::new(&format!("{}/behind/a/proxy", sink.url), QUICK);
    plant.book(1_234);
    plant.run_until_done().await;
    // 1 + 2 + ... + 1,234
    assert_eq!(sum_of_good(&sink), 1_234 * 1_235 / 2);
    let state = sink.state();
    assert_eq!(state.points.len(), 1_234);
    assert!(state.requests[0].target.starts_with("/behind/a/proxy/api/v2/write?"));
    assert!(state.requests.iter().all(|request| request.body.lines().count() <= 500));
    assert_eq!(state.busy.1, 1, "one request under way");
    assert_eq!(plant.delivery.requests().confirmed, 3);
}

#[tokio::test]
async fn whatever_a_sink_answers_instead_of_204_nothing_moves_and_nothing_is_lost() {
    for code in [
        400, 401, 403, 404, 405, 407, 408, 413, 415, 422, 429, 499, 500, 502, 503, 504, 200, 202, 301, 302,
    ] {
        let sink = SinkServer::start().await;
        let mut plant = Plant::new(&sink.url, QUICK);
        plant.book(8);
        sink.then(9, &say(code));
        let answered = |delivery: &Delivery| {
            let requests = delivery.requests();
            requests.refused + requests.retried + requests.held >= 9
        };
        plant.run_until("nine answers", answered).await;
        assert_eq!(plant.delivery.position(), (0, None), "{code}");
        assert_eq!(plant.quarantined(), NOBODY, "{code}");
        plant.run_until_done().await;
        assert_eq!(plant.quarantined(), NOBODY, "{code}");
        assert_eq!(sum_of_good(&sink), 36, "{code}: 1 + ... + 8");
        assert!(plant.delivery.trouble().is_none(), "{code}");
    }
}

#[tokio::test]
async fn one_bad_point_in_500_goes_to_quarantine_with_the_reason_and_499_land() {
    for (bad, partial) in [(1, false), (250, true), (251, false), (500, true)] {
        let sink = SinkServer::start().await;
        sink.state().bad = vec![format!("good={bad}i")];
        sink.state().partial = partial;
        let mut plant = Plant::new(&sink.url, QUICK);
        plant.book(500);
        plant.run_until_done().await;
        assert_eq!(plant.quarantined(), [bad]);
        assert_eq!(plant.quarantine[0].why, "HTTP 422: field type conflict");
        assert_eq!(sink.state().points.len(), 499);
        let requests = sink.state().requests.len();
        assert!(
            requests <= 1 + 17,
            "{requests} requests: at most 2 x log2(500) = 17.9 more than one"
        );
    }
}

#[tokio::test]
async fn a_line_the_sink_cannot_even_read_blocks_nobody() {
    let sink = SinkServer::start().await;
    let mut plant = Plant::new(&sink.url, QUICK);
    plant.book(20);
    plant.ledger[9].line = "this is no line protocol".to_owned();
    plant.run_until_done().await;
    assert_eq!(plant.quarantined(), [10]);
    assert!(
        plant.quarantine[0].why.starts_with("HTTP 400: unable to parse"),
        "{}",
        plant.quarantine[0].why
    );
    assert_eq!(sum_of_good(&sink), 210 - 10);
}

#[tokio::test]
async fn a_sink_that_refuses_every_point_is_held_and_nothing_is_given_up() {
    let sink = SinkServer::start().await;
    sink.state().bad = vec!["gemba_tally".to_owned()];
    let mut plant = Plant::new(&sink.url, QUICK);
    plant.book(500);
    plant
        .run_until("three holds", |delivery| delivery.requests().held == 3)
        .await;
    assert_eq!(plant.quarantined(), NOBODY);
    assert_eq!(plant.delivery.position(), (0, None));
    let trouble = plant.delivery.trouble().unwrap();
    assert!(
        trouble.act && trouble.what.contains("`bucket`") && trouble.what.contains("field type conflict"),
        "{trouble:?}"
    );
    sink.state().bad.clear();
    plant.run_until_done().await;
    assert_eq!(plant.quarantined(), NOBODY);
    assert_eq!(sum_of_good(&sink), 500 * 501 / 2);
}

#[tokio::test]
async fn answers_lost_after_the_points_were_written_count_nothing_twice() {
    let sink = SinkServer::start().await;
    let mut plant = Plant::new(&sink.url, QUICK);
    let mut expected = 0;
    for reply in [
        Reply::WriteAndCut,
        Reply::Cut,
        Reply::WriteHalf,
        Reply::CutInBody(500),
        Reply::WriteAndCut,
    ] {
        sink.then(2, &reply);
        plant.book(40);
        plant.run_until_done().await;
        expected = plant.newest() * (plant.newest() + 1) / 2;
        assert_eq!(sum_of_good(&sink), expected, "{reply:?}");
    }
    // 200 bookings: 200 x 201 / 2
    assert_eq!(expected, 20_100);
    let bodies: BTreeSet<String> = sink
        .state()
        .requests
        .iter()
        .map(|request| request.body.clone())
        .collect();
    assert_eq!(bodies.len(), 5, "every retry sent the same bytes");
}

#[tokio::test]
async fn a_sink_that_asks_for_time_in_any_way_is_obeyed_within_limits() {
    let long = "9".repeat(10_000);
    let wishes = [
        "0",
        "1",
        "86400",
        "-1",
        "Sat, 01 Jan 2000 00:00:00 GMT",
        "Fri, 01 Jan 2100 00:00:00 GMT",
        "soon",
        &long,
    ];
    for wish in wishes {
        let sink = SinkServer::start().await;
        let mut plant = Plant::new(&sink.url, QUICK);
        plant.book(3);
        sink.then(1, &Reply::Say(503, format!("Retry-After: {wish}\r\n"), String::new()));
        plant
            .run_until("it asked", |delivery| delivery.requests().retried == 1)
            .await;
        let now = plant.clock.now();
        let Next::Wait(Some(until)) = plant.delivery.next(now, 3) else {
            panic!("no wait after {wish:.30}")
        };
        assert!(until <= now.mono_ms + QUICK.busy_max_ms, "{wish:.30}");
        plant.run_until_done().await;
        assert_eq!(sum_of_good(&sink), 6);
    }
}

#[tokio::test]
async fn a_sink_that_hangs_or_dribbles_is_given_up_after_the_timeout_and_taken_up_again() {
    for reply in [Reply::Silence, Reply::Dribble] {
        let sink = SinkServer::start().await;
        let mut plant = Plant::new(&sink.url, QUICK);
        plant.book(3);
        sink.then(1, &reply);
        let began = plant.clock.now().mono_ms;
        plant
            .run_until("it was given up", |delivery| delivery.requests().retried == 1)
            .await;
        let took = plant.clock.now().mono_ms - began;
        assert!((400..5_000).contains(&took), "{took} ms at a timeout of 500");
        assert!(plant.delivery.trouble().unwrap().what.contains("nothing within 0.5 s"));
        plant.run_until_done().await;
        assert_eq!(sum_of_good(&sink), 6);
    }
}

#[tokio::test]
async fn no_redirect_takes_the_token_to_another_host() {
    let (sink, other) = (SinkServer::start().await, SinkServer::start().await);
    let mut plant = Plant::new(&sink.url, QUICK);
    plant.book(3);
    for code in [301, 302, 303, 307, 308] {
        sink.then(
            1,
            &Reply::Say(code, format!("Location: {}/api/v2/write\r\n", other.url), String::new()),
        );
    }
    plant
        .run_until("five redirects", |delivery| delivery.requests().held == 5)
        .await;
    let trouble = plant.delivery.trouble().unwrap();
    assert!(trouble.act && trouble.what.contains("another address"), "{trouble:?}");
    plant.run_until_done().await;
    assert_eq!(other.state().requests.len(), 0);
}

#[tokio::test]
async fn a_token_that_was_replaced_is_read_again_without_a_restart_and_never_printed() {
    let sink = SinkServer::start().await;
    let mut plant = Plant::new(&sink.url, QUICK);
    std::fs::write(plant.token.path(), "an old token\n").unwrap();
    plant.book(3);
    plant
        .run_until("it was refused", |delivery| delivery.requests().held == 2)
        .await;
    let trouble = plant.delivery.trouble().unwrap();
    assert!(trouble.act && trouble.what.contains("token file"), "{trouble:?}");
    std::fs::write(plant.token.path(), TOKEN).unwrap();
    plant.run_until_done().await;
    assert_eq!(sum_of_good(&sink), 6);
    assert!(!format!("{:?}", plant.client).contains(TOKEN));
}

#[tokio::test]
async fn without_a_token_nothing_is_sent_and_the_file_is_named() {
    let sink = SinkServer::start().await;
    let mut plant = Plant::new(&sink.url, QUICK);
    plant.book(1);
    for content in ["", "\n", "two\nlines"] {
        std::fs::write(plant.token.path(), content).unwrap();
        let held = plant.delivery.requests().held;
        plant
            .run_until("it was held", |delivery| delivery.requests().held > held)
            .await;
        let what = plant.delivery.trouble().unwrap().what.clone();
        assert!(what.contains(plant.token.path().to_str().unwrap()), "{what}");
    }
    assert_eq!(sink.state().requests.len(), 0);
    std::fs::write(plant.token.path(), TOKEN).unwrap();
    plant.run_until_done().await;
}

#[tokio::test]
async fn a_request_too_large_is_made_smaller_and_stays_smaller() {
    let sink = SinkServer::start().await;
    sink.state().max_bytes = Some(4_000);
    let mut plant = Plant::new(&sink.url, QUICK);
    plant.book(400);
    plant.run_until_done().await;
    assert_eq!(sink.state().points.len(), 400);
    let refused = plant.delivery.requests().refused;
    assert!(
        refused <= 4,
        "{refused}: 20 kB is halved to less than 4 kB in three steps"
    );
    plant.book(400);
    plant.run_until_done().await;
    assert_eq!(plant.delivery.requests().refused, refused, "it is remembered");
    assert_eq!(plant.quarantined(), NOBODY);
}

#[tokio::test]
async fn after_an_outage_the_newest_comes_first() {
    let sink = SinkServer::start().await;
    let mut plant = Plant::new(&sink.url, QUICK);
    plant.book(5_000);
    plant.run_until_done().await;
    let state = sink.state();
    assert!(state.requests[0].body.contains("good=5000i"));
    assert!(state.requests[1].body.contains("good=1i"));
    assert_eq!(state.points.len(), 5_000);
    assert_eq!(state.requests.len(), 10, "nothing was sent twice");
}

#[tokio::test]
async fn a_sink_no_one_can_trust_gets_nothing_not_even_in_the_open() {
    let (url, seen) = sink_tls::start();
    let mut plant = Plant::new(&url, QUICK);
    plant.book(1);
    plant
        .run_until("it was held", |delivery| delivery.requests().held == 2)
        .await;
    let trouble = plant.delivery.trouble().unwrap();
    assert!(
        trouble.act && trouble.what.starts_with("No secure connection"),
        "{trouble:?}"
    );
    assert!(seen.connections.load(Ordering::SeqCst) >= 2);
    assert_eq!(seen.bytes.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_sink_that_is_not_there_is_an_answer_lost() {
    let url = SinkServer::start().await.url.clone();
    let token = token_file(TOKEN);
    let mut client = Client::new(&config(&url, &token), IMPATIENT).unwrap();
    let deadline = tokio::time::Instant::now() + Duration::from_secs(10);
    loop {
        let answer = client.write("gemba_tally n=1i 0").await;
        if matches!(&answer, Answer::Lost(why) if why.contains("refused")) {
            break;
        }
        assert!(tokio::time::Instant::now() < deadline, "{answer:?}");
    }
}
