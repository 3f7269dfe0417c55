//! The Modbus source against a device that misbehaves: no value is ever wrong, nothing else stops, and it recovers.
#![allow(clippy::unwrap_used, reason = "a test may stop at the first thing it did not expect")]

#[path = "support/modbus_responder.rs"]
mod modbus_responder;
#[path = "support/modbus_rig.rs"]
mod modbus_rig;

use gemba::collect::modbus::{Area, Point};
use gemba::model::reading::Quality;
use modbus_responder::{Ask, Responder, Step, ms, well};
use modbus_rig::{Rig, blocks, config, point};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::task::JoinSet;

#[tokio::test]
async fn all_four_tables_are_read_and_only_by_reads() {
    let device = Responder::start(well).await;
    let points = vec![
        point(1, Area::Coil, 3),
        point(1, Area::Discrete, 1_999),
        point(1, Area::Holding, 100),
        point(1, Area::Input, 65_534),
        Point {
            words: 1,
            ..point(9, Area::Holding, 65_535)
        },
    ];
    let mut rig = Rig::start(config(device.address, points));
    rig.until("five points", |rig| (0..5).all(|point| rig.good(point) >= 3))
        .await;
    assert!(rig.links[0].up, "{:?}", rig.links);
    assert_eq!((rig.links.len(), rig.notes.len()), (1, 0));
    assert!((0..5).all(|point| rig.worst_row(point) == 0));
    assert!(device.seen().iter().all(|ask| (1..=4).contains(&ask.function)));
    assert_eq!(device.connections(), 1);
}

#[tokio::test]
async fn a_late_answer_is_never_taken_for_the_next_one() {
    // Every seventh answer comes 50 ms after the timeout of 100 ms; the stream would hold it for the next request.
    let device = Responder::start(|ask| {
        let late = ask.number % 7 == 3;
        vec![ms(if late { 150 } else { 0 }), Step::Send(ask.answer())]
    })
    .await;
    let mut rig = Rig::start(config(device.address, blocks()));
    rig.until("30 values each", |rig| (0..3).all(|point| rig.good(point) >= 30))
        .await;
    let late = rig
        .readings
        .iter()
        .filter(|reading| reading.raw == Err(Quality::BadComm))
        .count();
    assert!(late >= 10, "90 values and more, every seventh request late: {late}");
    for point in 0..3 {
        assert!(
            rig.worst_row(point) <= 2,
            "recovery within two polls: {:?}",
            rig.of(point)
        );
    }
    assert!(
        rig.links.iter().all(|link| link.up),
        "a late answer is no lost connection"
    );
    for two in device.seen().windows(2).filter(|two| two[0].number % 7 == 3) {
        assert!(
            two[1].connection > two[0].connection,
            "the doubtful stream is never used again"
        );
    }
    let met_it = rig.notes.iter().any(|note| note.what.contains("nobody asked for"));
    assert!(
        !met_it,
        "it was dropped at the timeout, and not only when the late answer was found in it"
    );
}

/// Answers that are wrong in one way each; the device gives one to every fifth request.
#[expect(clippy::type_complexity, reason = "a table of cases")]
fn wrong_answers() -> Vec<(&'static str, fn(&Ask) -> Vec<Step>)> {
    vec![
        ("transaction", |ask| {
            vec![Step::Send(ask.with(1, |id| id.wrapping_add(1)))]
        }),
        ("transaction of the request before", |ask| {
            vec![Step::Send(ask.with(1, |id| id.wrapping_sub(1)))]
        }),
        ("protocol", |ask| vec![Step::Send(ask.with(3, |_| 1))]),
        ("unit", |ask| vec![Step::Send(ask.with(6, |unit| unit + 1))]),
        ("function", |ask| vec![Step::Send(ask.with(7, |_| 4))]),
        ("exception of another function", |ask| {
            vec![Step::Send(ask.frame(&[0x84, 2]))]
        }),
        ("write acknowledged", |ask| {
            vec![Step::Send(ask.frame(&[6, 0, 1, 0, 2]))]
        }),
        ("one register for two", |ask| vec![Step::Send(ask.frame(&[3, 2, 0, 1]))]),
        ("three registers for two", |ask| {
            vec![Step::Send(ask.frame(&[3, 6, 0, 1, 0, 2, 0, 3]))]
        }),
        ("byte count above the data", |ask| {
            vec![Step::Send(ask.frame(&[3, 200, 0, 1, 0, 2]))]
        }),
        ("odd byte count", |ask| vec![Step::Send(ask.frame(&[3, 3, 0, 1, 0]))]),
        ("byte count below the data", |ask| vec![Step::Send(ask.with(8, |_| 2))]),
        ("length field too small", |ask| {
            vec![Step::Send(ask.with(5, |length| length - 2))]
        }),
        ("length field too great", |ask| {
            vec![Step::Send(ask.with(5, |length| length + 2))]
        }),
        ("length field of 0", |ask| vec![Step::Send(ask.with(5, |_| 0))]),
        ("length field of 65,287", |ask| vec![Step::Send(ask.with(4, |_| 255))]),
        ("empty PDU", |ask| vec![Step::Send(ask.frame(&[]))]),
        ("exception without a code", |ask| vec![Step::Send(ask.frame(&[0x83]))]),
        ("PDU of 300 bytes", |ask| vec![Step::Send(ask.frame(&[3; 300]))]),
        ("garbage", |_| vec![Step::Send(vec![0xA5; 40])]),
        ("HTTP", |_| {
            vec![Step::Send(b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec())]
        }),
        ("a megabyte", |_| vec![Step::Send(vec![0; 1 << 20])]),
        ("half an answer, then the end", |ask| {
            vec![Step::Send(ask.answer()[..7].to_vec()), Step::Close]
        }),
        ("half an answer, then nothing", |ask| {
            vec![Step::Send(ask.answer()[..10].to_vec()), ms(150)]
        }),
        ("the end", |_| vec![Step::Close]),
    ]
}

#[tokio::test]
async fn a_wrong_answer_costs_one_poll_of_one_block_and_is_never_believed() {
    let mut cases = JoinSet::new();
    for (name, wrong) in wrong_answers() {
        cases.spawn(async move {
            // Every fifth of three blocks in turn: never the same block twice in a row.
            let device = Responder::start(move |ask| if ask.number % 5 == 4 { wrong(ask) } else { well(ask) }).await;
            let slower = |point| Point { poll_ms: 150, ..point };
            let mut rig = Rig::start(config(device.address, blocks().into_iter().map(slower).collect()));
            rig.until(name, |rig| (0..3).all(|point| rig.good(point) >= 8)).await;
            let failed = rig
                .readings
                .iter()
                .filter(|reading| reading.raw == Err(Quality::BadComm))
                .count();
            assert!(
                failed >= 5,
                "{name}: of 30 answers every fifth was wrong, {failed} noticed"
            );
            for point in 0..3 {
                assert_eq!(rig.worst_row(point), 1, "{name}: {:?}", rig.of(point));
            }
            assert!(!rig.notes.is_empty(), "{name} is told");
            assert!(device.seen().iter().all(|ask| (1..=4).contains(&ask.function)));
        });
    }
    while let Some(case) = cases.join_next().await {
        case.unwrap();
    }
}

#[tokio::test]
async fn an_answer_in_single_bytes_is_an_answer() {
    let device = Responder::start(|ask| {
        let bytes = ask.answer().into_iter();
        bytes.flat_map(|byte| [Step::Send(vec![byte]), ms(1)]).collect()
    })
    .await;
    let mut rig = Rig::start(config(device.address, blocks()));
    rig.until("values", |rig| (0..3).all(|point| rig.good(point) >= 5))
        .await;
    assert_eq!(device.connections(), 1);
}

#[tokio::test]
async fn a_device_that_answers_twice_costs_no_value_and_is_told_of() {
    let device = Responder::start(|ask| vec![Step::Send([ask.answer(), ask.answer()].concat())]).await;
    let mut rig = Rig::start(config(device.address, blocks()));
    rig.until("values", |rig| (0..3).all(|point| rig.good(point) >= 5))
        .await;
    assert!((0..3).all(|point| rig.worst_row(point) == 0));
    assert!(rig.notes[0].what.contains("nobody asked for"), "{:?}", rig.notes);
}

#[tokio::test]
async fn a_device_that_closes_the_connection_between_polls_costs_no_value() {
    let device = Responder::start(|ask| vec![Step::Send(ask.answer()), Step::Close]).await;
    let mut rig = Rig::start(config(device.address, vec![point(1, Area::Holding, 0)]));
    rig.until("values", |rig| rig.good(0) >= 10).await;
    assert_eq!(rig.worst_row(0), 0);
    assert!(device.connections() >= 10);
}

#[tokio::test]
async fn a_device_that_accepts_but_never_answers_is_down_and_comes_back_by_itself() {
    let answers = Arc::new(AtomicBool::new(false));
    let script = Arc::clone(&answers);
    let device = Responder::start(move |ask| {
        if script.load(Ordering::SeqCst) {
            well(ask)
        } else {
            Vec::new()
        }
    })
    .await;
    let mut rig = Rig::start(config(device.address, blocks()));
    rig.until("link down", |rig| !rig.links.is_empty()).await;
    assert!(
        !rig.links[0].up && rig.links[0].why.contains("no unit answers"),
        "{:?}",
        rig.links
    );
    assert!((0..3).all(|point| rig.of(point).contains(&Err(Quality::BadComm))));
    answers.store(true, Ordering::SeqCst);
    rig.until("values", |rig| (0..3).all(|point| rig.good(point) >= 2))
        .await;
    assert!(rig.links[1].up);
    assert_eq!(rig.links.len(), 2);
    assert_eq!(rig.stop().await, "the agent is stopping");
}

#[tokio::test]
async fn a_device_that_is_not_there_makes_every_point_bad_and_ends_the_run_with_the_reason() {
    let address = Responder::start(well).await.address;
    let refused = Rig::start(config("127.0.0.1:1".parse().unwrap(), blocks()));
    let (why, rig) = refused.ended().await;
    assert!(why.contains("127.0.0.1:1 refuses the connection"), "{why}");
    assert!((0..3).all(|point| rig.of(point) == [Err(Quality::BadComm)]));
    assert_eq!((rig.links.len(), rig.links[0].up, &rig.links[0].why), (1, false, &why));

    let mut wrong = config(address, blocks());
    wrong.connection.url = "rtu:///dev/ttyUSB0".to_owned();
    let (why, rig) = Rig::start(wrong).ended().await;
    assert!(why.contains("`rtu://` is not built yet"), "{why}");
    assert!((0..3).all(|point| rig.of(point) == [Err(Quality::BadConfig)]));
}

#[tokio::test]
async fn a_device_that_goes_away_ends_the_run_and_says_so() {
    let device = Responder::start(well).await;
    let mut rig = Rig::start(config(device.address, blocks()));
    rig.until("values", |rig| rig.good(0) >= 3).await;
    drop(device);
    let (why, rig) = rig.ended().await;
    assert!(why.contains("refuses the connection"), "{why}");
    assert!(!rig.links.last().unwrap().up);
    assert_eq!(rig.of(0).last(), Some(&Err(Quality::BadComm)));
}
