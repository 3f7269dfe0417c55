//! An MQTT source against a real mosquitto: what brokers, publishers and rivals do wrong is told and stops nothing.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

#[path = "support/mosquitto.rs"]
mod mosquitto;
#[path = "support/mqtt_bench.rs"]
mod mqtt_bench;

use gemba::model::reading::Quality;
use mosquitto::Mosquitto;
use mqtt_bench::{Plant, Publisher, broker, config, field, int, point};
use std::time::Duration;
use tokio::time::{Instant, timeout};

#[tokio::test]
async fn two_clients_with_one_id_are_told_and_make_no_hot_loop() {
    let (broker, _folder) = broker();
    let rival = tokio::spawn(async move {
        let options = rumqttc::MqttOptions::new("agent", "127.0.0.1", broker.port);
        let (_client, mut events) = rumqttc::AsyncClient::new(options, 10);
        let mut pace = tokio::time::interval(Duration::from_millis(50));
        loop {
            if events.poll().await.is_err() {
                pace.tick().await;
            }
        }
    });
    let mut plant = Plant::start(config(broker.port, &[]));
    let mut ups = 0;
    let why = plant.until("the rival to be named", |batch| {
        ups += batch.links.iter().filter(|link| link.up).count();
        let down = batch
            .links
            .iter()
            .find(|link| !link.up && link.why.contains("client id"));
        down.map(|link| link.why.clone())
    });
    let why = why.await;
    assert!(
        why.contains("\"agent\"") && why.contains("Give each its own client_id"),
        "{why}"
    );
    assert_eq!(ups, 3, "told at the third connection, with a pause before each");
    rival.abort();
}

#[tokio::test]
async fn a_payload_of_a_megabyte_is_told_and_acknowledged_and_stops_nothing() {
    let (broker, _folder) = broker();
    let mut publisher = Publisher::start(broker.port);
    let mut plant = Plant::start(config(broker.port, &[point(0, "plant/a")]));
    plant.subscribed(&publisher).await;
    publisher.publish("plant/a", vec![b'1'; 1_000_000]).await;
    publisher.publish("plant/a", "7").await;
    let what = plant.until("the large one", |batch| {
        assert_eq!(batch.links, [], "the connection holds");
        let note = batch.notes.iter().find(|note| note.about == "plant/a")?;
        assert_eq!(batch.readings[0].raw, Err(Quality::BadConfig));
        Some((note.what.clone(), batch.ack))
    });
    let (what, ack) = what.await;
    assert!(what.contains("1000000 bytes, more than the 262144"), "{what}");
    assert!(what.len() < 300, "a sample, not the payload");
    assert!(ack.is_some());
    assert_eq!(plant.value(0).await, int(7));
}

#[tokio::test]
async fn a_message_too_large_to_read_does_not_come_again_for_ever() {
    let (broker, _folder) = broker();
    let mut publisher = Publisher::start(broker.port);
    let mut plant = Plant::start(config(broker.port, &[point(0, "plant/a")]));
    plant.subscribed(&publisher).await;
    publisher.publish("plant/a", vec![b'1'; 5_000_000]).await;
    assert!(plant.link(false).await.contains("more than this agent reads"));
    let note = plant.note("too large to read").await;
    assert!(note.contains("thrown away"), "{note}");
    plant.subscribed(&publisher).await;
    publisher.publish("plant/a", "7").await;
    assert_eq!(plant.value(0).await, int(7));
}

#[tokio::test]
async fn malformed_payloads_are_told_once_a_minute_and_the_next_good_one_counts() {
    let (broker, _folder) = broker();
    let mut publisher = Publisher::start(broker.port);
    let mut plant = Plant::start(config(broker.port, &[field(0, "plant/a", "/good", None)]));
    plant.subscribed(&publisher).await;
    for payload in [&b"{\"good\":"[..], b"\xff\xfe", b"{\"good\":\"7\"}", b"{}", b""] {
        publisher.publish("plant/a", payload).await;
    }
    publisher.publish("plant/a", "{\"good\":7}").await;
    let (mut bad, mut notes) = (0, Vec::new());
    plant
        .until("the good one", |batch| {
            notes.extend(batch.notes.clone());
            let reading = batch.readings.iter().find(|reading| reading.point.0 == 0)?;
            assert!(batch.ack.is_some(), "the malformed are acknowledged too");
            bad += usize::from(reading.raw == Err(Quality::BadConfig));
            reading.raw.is_ok().then_some(())
        })
        .await;
    assert_eq!(bad, 5);
    assert_eq!(notes.len(), 1, "{notes:?}");
    assert!(
        notes[0].about == "plant/a" && notes[0].what.contains("{\\\"good\\\":"),
        "{notes:?}"
    );
}

#[tokio::test]
async fn a_subscription_the_broker_refuses_is_told_by_topic_and_the_others_work() {
    let folder = tempfile::tempdir().unwrap();
    let rules = folder.path().join("rules.json");
    let text = r#"{"defaultACLAccess":{"publishClientSend":true,"publishClientReceive":true,"subscribe":true,
        "unsubscribe":true},"anonymousGroup":"all","groups":[{"groupname":"all","roles":[{"rolename":"fenced"}]}],
        "roles":[{"rolename":"fenced","acls":[{"acltype":"subscribeLiteral","topic":"plant/secret","allow":false}]}]}"#;
    std::fs::write(&rules, text).unwrap();
    let plugin = "/usr/lib/x86_64-linux-gnu/mosquitto_dynamic_security.so";
    let rules = rules.display();
    let settings = format!("allow_anonymous true\nplugin {plugin}\nplugin_opt_config_file {rules}");
    let broker = Mosquitto::start_with(folder.path(), &settings);
    let publisher = Publisher::start(broker.port);
    let mut plant = Plant::start(config(broker.port, &[point(0, "plant/a"), point(1, "plant/secret")]));
    let refused = plant.until("the refusal", |batch| {
        let note = batch.notes.first()?;
        assert_eq!(batch.readings.len(), 1);
        assert_eq!(batch.readings[0].raw, Err(Quality::BadConfig));
        Some((note.about.clone(), note.what.clone(), batch.readings[0].point.0))
    });
    let (about, what, number) = refused.await;
    assert_eq!((about.as_str(), number), ("plant/secret", 1));
    assert!(what.contains("refuses the subscription to \"plant/secret\""), "{what}");
    plant.subscribed(&publisher).await;
}

#[tokio::test]
async fn the_password_file_is_read_at_each_connect_and_a_wrong_one_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let users = folder.path().join("users");
    let made = std::process::Command::new("mosquitto_passwd")
        .args(["-b", "-c", users.to_str().unwrap(), "gemba", "right"])
        .status();
    assert!(made.unwrap().success());
    let settings = format!("allow_anonymous false\npassword_file {}", users.display());
    let broker = Mosquitto::start_with(folder.path(), &settings);
    let secret = folder.path().join("secret");
    std::fs::write(&secret, "wrong\n").unwrap();
    let mut config = config(broker.port, &[]);
    config.broker.username = Some("gemba".to_owned());
    config.broker.password_file = Some(secret.clone());
    let mut plant = Plant::start(config);
    let why = plant.link(false).await;
    assert!(
        why.contains("check username and password_file") && !why.contains("wrong"),
        "{why}"
    );
    std::fs::write(&secret, "right\n").unwrap();
    plant.link(true).await;
}

#[tokio::test]
async fn a_flood_of_qos_0_is_given_up_and_counted_when_nobody_takes_it() {
    let (broker, _folder) = broker();
    let mut points = [point(0, "plant/a")];
    points[0].qos = 0;
    let publisher = Publisher::start(broker.port);
    let mut plant = Plant::with_room(config(broker.port, &points), 4);
    plant.subscribed(&publisher).await;
    // The door of four is full after four messages and stays so for longer than the second a burst may wait.
    let flood = async {
        let mut pace = tokio::time::interval(Duration::from_millis(1));
        loop {
            publisher.fire("plant/a", "1").await;
            pace.tick().await;
        }
    };
    assert!(timeout(Duration::from_millis(1_500), flood).await.is_err());
    plant.value(0).await.unwrap();
    let draining = async {
        let mut pace = tokio::time::interval(Duration::from_millis(5));
        loop {
            publisher.fire("plant/a", "1").await;
            pace.tick().await;
        }
    };
    tokio::select! {
        note = plant.note("cannot keep up") => assert!(note.contains("plant/a"), "{note}"),
        () = draining => {}
    }
}

#[tokio::test]
async fn a_broker_that_is_not_there_or_does_not_answer_is_told_and_stopping_takes_no_time() {
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut plant = Plant::start(config(silent.local_addr().unwrap().port(), &[]));
    assert!(plant.link(false).await.contains("does not answer"));
    drop(silent);
    let begun = Instant::now();
    plant.collectors.stop().await;
    assert!(begun.elapsed() < Duration::from_secs(2));

    let closed = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let mut plant = Plant::start(config(closed, &[]));
    assert!(plant.link(false).await.contains("nothing listens at"));
}
