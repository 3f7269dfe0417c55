//! The Modbus source with dead units, refused addresses and a slow line: each costs its own points and nothing else.
#![allow(clippy::unwrap_used, reason = "a test may stop at the first thing it did not expect")]

#[path = "support/modbus_responder.rs"]
mod modbus_responder;
#[path = "support/modbus_rig.rs"]
mod modbus_rig;

use gemba::collect::modbus::{Area, Point};
use gemba::model::reading::Quality;
use modbus_responder::{Responder, Step, ms, well};
use modbus_rig::{Rig, blocks, config, point};
use tokio::task::JoinSet;

#[tokio::test]
async fn an_exception_marks_only_its_own_points_and_keeps_the_connection() {
    let mut cases = JoinSet::new();
    for code in 1..=11 {
        cases.spawn(async move {
            let device = Responder::start(move |ask| {
                let bytes = if ask.reads(1_000) {
                    ask.exception(code)
                } else {
                    ask.answer()
                };
                vec![Step::Send(bytes)]
            })
            .await;
            let mut rig = Rig::start(config(device.address, blocks()));
            let is_told = |rig: &Rig| {
                rig.notes
                    .iter()
                    .any(|note| note.what.contains(&format!("exception {code},")))
            };
            rig.until("values and failures", |rig| {
                rig.good(0) >= 10 && rig.good(2) >= 10 && !rig.of(1).is_empty() && is_told(rig)
            })
            .await;
            let expected = if code <= 3 {
                Quality::BadConfig
            } else {
                Quality::BadComm
            };
            assert!(
                rig.of(1).iter().all(|reading| *reading == Err(expected)),
                "exception {code}: {:?}",
                rig.of(1)
            );
            assert_eq!((rig.worst_row(0), rig.worst_row(2)), (0, 0), "exception {code}");
            assert_eq!(device.connections(), 1, "exception {code} is an answer");
            assert!(rig.links.iter().all(|link| link.up));
        });
    }
    while let Some(case) = cases.join_next().await {
        case.unwrap();
    }
}

#[tokio::test]
async fn a_hole_in_a_merged_block_is_found_and_only_its_own_point_is_bad() {
    let device =
        Responder::start(|ask| vec![Step::Send(if ask.reads(41) { ask.exception(2) } else { ask.answer() })]).await;
    let points = (0..30).map(|n| point(1, Area::Holding, n * 2)).collect();
    let mut rig = Rig::start(config(device.address, points));
    // Point 20 is 40-41.
    rig.until("all points", |rig| {
        (0..30).all(|point| {
            if point == 20 {
                !rig.of(20).is_empty()
            } else {
                rig.good(point) >= 5
            }
        })
    })
    .await;
    assert!(rig.of(20).iter().all(|reading| *reading == Err(Quality::BadConfig)));
    assert!(
        (0..30)
            .filter(|point| *point != 20)
            .all(|point| rig.worst_row(point) == 0)
    );
    let blocks: Vec<_> = device
        .seen()
        .iter()
        .rev()
        .filter(|ask| ask.count > 2)
        .take(2)
        .map(|ask| ask.count)
        .collect();
    assert_eq!(
        blocks.iter().sum::<u16>(),
        58,
        "0-39 and 42-59 again in one request each: {blocks:?}"
    );
    assert_eq!(device.connections(), 1);
}

#[tokio::test]
async fn one_dead_unit_of_ten_leaves_the_others_their_values() {
    let device = Responder::start(|ask| if ask.unit == 7 { Vec::new() } else { well(ask) }).await;
    let points = (0..10).map(|unit| Point {
        poll_ms: 200,
        ..point(unit, Area::Holding, 0)
    });
    let mut plan = config(device.address, points.collect());
    plan.connection.timeout_ms = 200;
    let mut rig = Rig::start(plan);
    rig.until("25 values each", |rig| {
        (0..10).filter(|unit| *unit != 7).all(|unit| rig.good(unit) >= 25)
    })
    .await;
    assert_eq!(rig.good(7), 0);
    // After 0.2, 0.4, 1.4 and 3.4 s and more.
    let tries = device.seen().iter().filter(|ask| ask.unit == 7).count();
    assert!((3..=6).contains(&tries), "{tries} tries in 5 s, backing off");
    for unit in (0..10).filter(|unit| *unit != 7) {
        let own: Vec<_> = rig.readings.iter().filter(|reading| reading.point.0 == unit).collect();
        let span = own.last().unwrap().at.since(own[0].at);
        let slots = usize::try_from(span / 200).unwrap();
        assert_eq!(rig.worst_row(unit), 0);
        assert!(own.len() >= slots, "unit {unit}: {} values in {slots} polls", own.len());
    }
    assert!(rig.notes.iter().any(|note| note.about == "unit 7"), "{:?}", rig.notes);
    assert!(rig.links.iter().all(|link| link.up));
}

#[tokio::test]
async fn a_request_that_is_never_answered_does_not_slow_the_rest_of_its_unit() {
    let device = Responder::start(|ask| if ask.reads(1_000) { Vec::new() } else { well(ask) }).await;
    let mut rig = Rig::start(config(device.address, blocks()));
    rig.until("50 values", |rig| rig.good(0) >= 50 && rig.good(2) >= 50)
        .await;
    assert_eq!((rig.worst_row(0), rig.worst_row(2), rig.good(1)), (0, 0, 0));
    let tries = device.seen().iter().filter(|ask| ask.reads(1_000)).count();
    assert!((2..=5).contains(&tries), "{tries} tries in 2.5 s: it backs off alone");
}

#[tokio::test]
async fn a_point_past_the_last_register_is_bad_and_the_others_are_read() {
    let device = Responder::start(well).await;
    let points = vec![point(1, Area::Holding, 65_535), point(1, Area::Holding, 0)];
    let mut rig = Rig::start(config(device.address, points));
    rig.until("values", |rig| rig.good(1) >= 3).await;
    assert_eq!(rig.of(0), [Err(Quality::BadConfig)]);
    assert!(
        rig.notes[0].what.contains("m1.at-65535 cannot be read"),
        "{:?}",
        rig.notes
    );
}

#[tokio::test]
async fn requests_never_overlap_and_the_pause_between_them_is_kept() {
    let device = Responder::start(|ask| vec![ms(5), Step::Send(ask.answer())]).await;
    let mut slow = config(device.address, blocks());
    slow.connection.pause_ms = 30;
    let mut rig = Rig::start(slow);
    rig.until("an overrun is told", |rig| {
        rig.notes.iter().any(|note| note.what.contains("polls left out"))
    })
    .await;
    // One round of three requests lasts at least 3 x (5 + 30) = 105 ms, twice poll_ms = 50; each point has its share.
    let of = |point: usize| rig.good(point as u32);
    assert!(of(0).abs_diff(of(1)) <= 1 && of(1).abs_diff(of(2)) <= 1);
    let good: Vec<_> = rig.readings.iter().map(|reading| reading.at).collect();
    assert!(
        good.windows(2).all(|two| two[1].since(two[0]) >= 34),
        "5 + 30 ms, less 1 ms of rounding"
    );
}
