//! An MQTT source against a real mosquitto: values come, and none is lost or counted as new when it is not.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

#[path = "support/mosquitto.rs"]
mod mosquitto;
#[path = "support/mqtt_bench.rs"]
mod mqtt_bench;

use gemba::model::reading::{AckId, Quality, Raw, Value};
use mqtt_bench::{Plant, Publisher, broker, config, field, int, point};
use std::time::Duration;
use tokio::time::Instant;

/// The whole numbers of a point that come before `last` does, and their acknowledgements.
async fn numbers_until(plant: &mut Plant, number: u32, last: i128) -> (Vec<i128>, Vec<AckId>) {
    let (mut values, mut acks) = (Vec::new(), Vec::new());
    while values.last() != Some(&last) {
        let (reading, ack) = plant.reading(number).await;
        let Ok(Raw::Value(Value::Int(value))) = reading.raw else {
            panic!("{reading:?}");
        };
        values.push(value);
        acks.extend(ack);
    }
    (values, acks)
}

#[tokio::test]
async fn bare_and_json_values_arrive_with_their_times() {
    let (broker, _folder) = broker();
    let points = [
        point(0, "plant/a"),
        field(1, "plant/b", "/good", Some("/ts")),
        field(2, "plant/b", "/scrap", None),
    ];
    let mut plant = Plant::start(config(broker.port, &points));
    let mut publisher = Publisher::start(broker.port);
    assert!(plant.link(true).await.contains("connected to 127.0.0.1"));
    plant.subscribed(&publisher).await;
    publisher.publish("plant/a", "running").await;
    assert_eq!(plant.value(0).await, Ok(Value::Text("running".into())));
    let payload = r#"{"good":18446744073709551615,"scrap":2.5,"ts":"2026-01-31T06:00:00.250Z"}"#;
    publisher.publish("plant/b", payload).await;
    let batch = plant.until("both fields", |batch| {
        (batch.readings.len() == 2).then(|| batch.readings.clone())
    });
    let readings = batch.await;
    // 2026-01-31T06:00:00Z is 20,484 days and 6 h after 1970: 20,484 * 86,400 + 21,600 = 1,769,839,200 s.
    assert_eq!(readings[0].at.0, 1_769_839_200_250);
    assert_eq!(readings[1].at, readings[1].received_at);
    assert!(readings[0].received_at > readings[0].at);
    let values: Vec<_> = readings.into_iter().map(|reading| reading.raw.unwrap()).collect();
    let expected = [Value::Int(18_446_744_073_709_551_615), Value::Float(2.5)];
    assert_eq!(values, expected.map(Raw::Value));
}

#[tokio::test]
async fn a_message_comes_again_until_it_is_acknowledged_and_never_after() {
    let (broker, _folder) = broker();
    let config = config(broker.port, &[point(0, "plant/a")]);
    let mut publisher = Publisher::start(broker.port);
    let mut plant = Plant::start(config.clone());
    plant.subscribed(&publisher).await;
    for payload in ["1", "2", "3"] {
        publisher.publish("plant/a", payload).await;
    }
    let (values, old_acks) = numbers_until(&mut plant, 0, 3).await;
    assert_eq!((values, old_acks.len()), (vec![1, 2, 3], 3));
    plant.collectors.stop().await;

    let mut plant = Plant::start(config.clone());
    let (values, acks) = numbers_until(&mut plant, 0, 3).await;
    assert_eq!(values, [1, 2, 3], "none was acknowledged");
    for ack in acks {
        plant.collectors.acks().ack(ack);
    }
    plant.collectors.stop().await;

    publisher.publish("plant/a", "4").await;
    let mut plant = Plant::start(config);
    let (values, _) = numbers_until(&mut plant, 0, 4).await;
    assert_eq!(values, [4], "the rest was acknowledged");
}

#[tokio::test]
async fn acknowledgements_let_more_through_than_the_broker_sends_at_once() {
    let (broker, _folder) = broker();
    let mut publisher = Publisher::start(broker.port);
    let mut plant = Plant::start(config(broker.port, &[point(0, "plant/a")]));
    plant.subscribed(&publisher).await;
    for number in 1..=100 {
        publisher.publish("plant/a", number.to_string()).await;
    }
    // mosquitto sends 20 messages before it waits for acknowledgements.
    for number in 1..=100 {
        let (reading, ack) = plant.reading(0).await;
        assert_eq!(reading.raw, Ok(Raw::Value(Value::Int(number))));
        plant.collectors.acks().ack(ack.unwrap());
    }
}

#[tokio::test]
async fn a_broker_that_restarts_loses_no_message_and_finds_us_subscribed_again() {
    let (mut broker, _folder) = broker();
    let mut publisher = Publisher::start(broker.port);
    let mut plant = Plant::start(config(broker.port, &[point(0, "plant/a")]));
    plant.subscribed(&publisher).await;
    for number in 1..=5 {
        publisher.publish("plant/a", number.to_string()).await;
    }
    let (_, old_acks) = numbers_until(&mut plant, 0, 5).await;
    broker.restart();
    assert!(plant.link(false).await.contains("closed the connection"));
    for ack in old_acks {
        plant.collectors.acks().ack(ack);
    }
    for number in 6..=10 {
        publisher.publish("plant/a", number.to_string()).await;
    }
    let (values, _) = numbers_until(&mut plant, 0, 10).await;
    assert_eq!(
        values,
        (1..=10).collect::<Vec<_>>(),
        "1 to 5 were not acknowledged in time: they come again"
    );
}

#[tokio::test]
async fn a_broker_that_forgot_everything_is_subscribed_again() {
    let (mut broker, folder) = broker();
    let mut publisher = Publisher::start(broker.port);
    let mut plant = Plant::start(config(broker.port, &[point(0, "plant/a")]));
    plant.subscribed(&publisher).await;
    broker.kill();
    plant.link(false).await;
    let state = folder.path().join("mosquitto.db");
    if state.exists() {
        std::fs::remove_file(state).unwrap();
    }
    broker.run();
    plant.link(true).await;
    let connected = Instant::now();
    plant.subscribed(&publisher).await;
    assert!(connected.elapsed() < Duration::from_secs(5));
    publisher.publish("plant/a", "7").await;
    assert_eq!(plant.value(0).await, int(7));
}

#[tokio::test]
async fn a_retained_value_is_stale_until_a_new_one_comes() {
    let (broker, _folder) = broker();
    let mut publisher = Publisher::start(broker.port);
    publisher.retain("plant/a", "running").await;
    publisher
        .retain("plant/b", r#"{"good":7,"ts":"2026-01-31T06:00:00Z"}"#)
        .await;
    let points = [point(0, "plant/a"), field(1, "plant/b", "/good", Some("/ts"))];
    let mut plant = Plant::start(config(broker.port, &points));
    assert_eq!(plant.value(0).await, Err(Quality::Stale));
    let (reading, _) = plant.reading(1).await;
    assert_eq!(reading.at.0, 1_769_839_200_000, "it carries its own time");
    plant.subscribed(&publisher).await;
    publisher.publish("plant/a", "running").await;
    assert_eq!(plant.value(0).await, Ok(Value::Text("running".into())));
}

#[tokio::test]
async fn a_retained_copy_of_what_we_last_received_makes_no_good_value_stale() {
    let (mut broker, _folder) = broker();
    let mut points = [point(0, "plant/a")];
    points[0].qos = 0;
    let mut publisher = Publisher::start(broker.port);
    let mut plant = Plant::start(config(broker.port, &points));
    plant.subscribed(&publisher).await;
    publisher.retain("plant/a", "running").await;
    assert_eq!(plant.value(0).await, Ok(Value::Text("running".into())));
    broker.restart();
    plant.link(true).await;
    let stale = |batch: &gemba::collect::Batch| {
        assert!(batch.readings.iter().all(|reading| reading.raw.is_ok()), "{batch:?}");
        batch.readings.iter().any(|reading| reading.point.0 == 0).then_some(())
    };
    publisher.publish("plant/a", "stopped").await;
    plant.until("the next one", stale).await;
}

#[tokio::test]
async fn a_topic_left_over_in_the_brokers_memory_is_acknowledged_and_unsubscribed() {
    let (broker, _folder) = broker();
    let mut publisher = Publisher::start(broker.port);
    let mut plant = Plant::start(config(broker.port, &[point(0, "plant/old")]));
    plant.subscribed(&publisher).await;
    plant.collectors.stop().await;

    publisher.publish("plant/old", "1").await;
    let mut plant = Plant::start(config(broker.port, &[]));
    let left = plant.until("the left-over", |batch| {
        let note = batch.notes.first()?;
        Some((note.what.clone(), batch.readings.len(), batch.ack))
    });
    let (what, readings, ack) = left.await;
    assert!(what.contains("\"plant/old\"") && readings == 0, "{what}");
    plant.collectors.acks().ack(ack.unwrap());
    plant.subscribed(&publisher).await;
    publisher.publish("plant/old", "2").await;
    plant.subscribed(&publisher).await;
    plant.collectors.stop().await;
    let rest = std::iter::from_fn(|| plant.batches.try_recv().ok());
    assert!(
        rest.into_iter().all(|batch| batch.ack.is_none()),
        "nothing comes from it any more"
    );
}
