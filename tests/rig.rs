//! The acceptance rig itself: what it stands on must be true before anything is proven with it.
#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "support/rig/mod.rs"]
mod rig;

use flate2::{Compression, write::GzEncoder};
use rig::broker::Broker;
use rig::influx::Influx;
use rig::nginx::{Mood, Nginx, TOKEN};
use rig::plant::Plant;
use rig::truth::Truth;
use rig::{eventually, free_port, http, let_pass};
use serde_json::json;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

fn write(nginx: &Nginx, token: &str, lines: &str) -> Result<http::Answer, String> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(lines.as_bytes()).unwrap();
    let url = format!("{}/api/v2/write?org=idc&bucket=plant&precision=ms", nginx.url());
    let token = format!("Token {token}");
    http::post(
        &url,
        &[("Authorization", &token), ("Content-Encoding", "gzip")],
        gzip.finish().unwrap(),
    )
}

#[test]
fn influx_behind_nginx_takes_a_version_2_write_and_refuses_without_the_token() {
    let folder = tempfile::tempdir().unwrap();
    let influx = Influx::start(folder.path(), "plant");
    let nginx = Nginx::start(folder.path(), influx.port);
    let lines = "t,machine=a,product=x good=3i,ms=40i 1700000000000\nt,machine=a,product=x,rev=1 good=-1i,ms=0i 1700000000000\n\
                 t,machine=b good=5i,ms=1i 1700000000001\n";
    assert_eq!(write(&nginx, "wrong", lines).unwrap().status, 401);
    assert_eq!(influx.points("t", "good"), 0);
    assert_eq!(write(&nginx, TOKEN, lines).unwrap().status, 204);
    let sums = influx.sums("t", &["machine", "product"], &["good", "ms"]);
    assert_eq!(sums[&vec!["a".to_owned(), "x".to_owned()]]["good"], 3 - 1);
    assert_eq!(sums[&vec!["b".to_owned(), String::new()]]["good"], 5);
    assert_eq!(write(&nginx, TOKEN, "no line protocol").unwrap().status, 400);
}

#[test]
fn the_store_fails_in_every_way_a_store_can() {
    let folder = tempfile::tempdir().unwrap();
    let influx = Influx::start(folder.path(), "plant");
    let mut nginx = Nginx::start(folder.path(), influx.port);
    nginx.set(Mood::Refuse);
    assert_eq!(write(&nginx, TOKEN, "t good=1i 1").unwrap().status, 500);
    nginx.set(Mood::Cut);
    assert!(write(&nginx, TOKEN, "t good=1i 2").is_err());
    assert_eq!(influx.points("t", "good"), 0);
    nginx.set(Mood::LoseAnswer);
    assert_eq!(write(&nginx, TOKEN, "t good=1i 3").unwrap().status, 502);
    eventually(
        "the lost answer's point is there",
        Duration::from_secs(5),
        || match influx.points("t", "good") {
            1 => Ok(()),
            n => Err(format!("{n} points")),
        },
    );
    nginx.set(Mood::Fair);
    assert_eq!(write(&nginx, TOKEN, "t good=1i 4").unwrap().status, 204);
    assert_eq!(
        (nginx.answered(500), nginx.answered(502), nginx.answered(204)),
        (1, 1, 1)
    );
    nginx.pause();
    assert!(write(&nginx, TOKEN, "t good=1i 5").is_err());
    nginx.resume();
    assert_eq!(write(&nginx, TOKEN, "t good=1i 6").unwrap().status, 204);
    assert_eq!(influx.points("t", "good"), 3); // 3, 4 and 6
}

/// Reads holding registers 0..6 of unit 1 in one Modbus TCP request, written out byte by byte.
fn read_registers(port: u16) -> Result<Vec<u16>, String> {
    let mut link = TcpStream::connect(("127.0.0.1", port)).map_err(|why| why.to_string())?;
    link.set_read_timeout(Some(Duration::from_millis(500))).unwrap();
    link.write_all(&[0, 9, 0, 0, 0, 6, 1, 3, 0, 0, 0, 6])
        .map_err(|why| why.to_string())?;
    let mut answer = [0; 9 + 12];
    link.read_exact(&mut answer).map_err(|why| why.to_string())?;
    assert_eq!(answer[..9], [0, 9, 0, 0, 0, 15, 1, 3, 12]);
    Ok(answer[9..]
        .chunks(2)
        .map(|pair| u16::from_be_bytes([pair[0], pair[1]]))
        .collect())
}

#[test]
fn the_plc_counts_what_it_says_and_falls_silent_when_told() {
    let folder = tempfile::tempdir().unwrap();
    let port = free_port();
    let segments = json!([{"ms": 1000, "state": 1, "cycle_ms": 200, "reject_every": 2}, {"ms": 300, "state": 3}]);
    let machine = json!({"id": "press-01", "unit": 1, "bits": 16, "counter": 65_534, "segments": segments});
    let mut plant = Plant::plcs(
        folder.path(),
        &json!({"servers": [{"port": port, "machines": [machine]}]}),
    );
    assert_eq!(read_registers(port).unwrap(), [0, 0, 65_534, 0, 0, 65_534]); // stands, not begun
    let begun = plant.begin();
    // 4 pieces at 200, 400, 600, 800 ms: 65,534 + 4 = 65,538 = 2 after 65,536; every second a reject.
    eventually(
        "the script is over",
        Duration::from_secs(10),
        || match read_registers(port).unwrap() {
            end if end == [0, 0, 2, 0, 2, 2] => Ok(()),
            now => Err(format!("{now:?}")),
        },
    );
    let truth = plant.truth("press-01");
    assert_eq!(truth.changes, [(begun, 1), (begun + 1000, 3), (begun + 1300, 0)]);
    assert_eq!(truth.counts, [begun + 200, begun + 400, begun + 600, begun + 800]);
    assert_eq!(truth.rejects, [begun + 400, begun + 800]);
    assert_eq!(plant.functions(), [3]); // read holding registers
    let classes = truth.class_ms(begun - 100, begun + 2000, 500);
    assert_eq!(classes["running_ms"], 1000);
    assert_eq!(classes["minor_stop_ms"], 100 + 300);
    assert_eq!(classes["unexplained_ms"], 700);

    plant.ask(&json!({"do": "silence", "port": port, "on": true}));
    assert!(read_registers(port).is_err());
    plant.ask(&json!({"do": "silence", "port": port, "on": false}));
    assert!(read_registers(port).is_ok());
    plant.ask(&json!({"do": "close", "port": port}));
    assert!(TcpStream::connect(("127.0.0.1", port)).is_err());
    plant.ask(&json!({"do": "open", "port": port}));
    assert!(read_registers(port).is_ok());
}

#[test]
fn the_broker_tells_when_somebody_has_subscribed() {
    let folder = tempfile::tempdir().unwrap();
    let broker = Broker::start(folder.path());
    let mut link = TcpStream::connect(("127.0.0.1", broker.port)).unwrap();
    // CONNECT (3.1.1, clean, client "me") and SUBSCRIBE (packet 1, topic "a/b", QoS 1), as the standard writes them.
    link.write_all(&[0x10, 14, 0, 4, b'M', b'Q', b'T', b'T', 4, 2, 0, 60, 0, 2, b'm', b'e'])
        .unwrap();
    link.write_all(&[0x82, 8, 0, 1, 0, 3, b'a', b'/', b'b', 1]).unwrap();
    broker.wait_subscribed("a/b");
}

#[test]
fn the_publisher_sends_every_message_at_least_once_through_a_broker_restart() {
    let folder = tempfile::tempdir().unwrap();
    let mut broker = Broker::start(folder.path());
    let segments = json!([{"ms": 1500, "state": 1, "cycle_ms": 100}]);
    let machine = json!({"id": "pack-01", "topic": "plant/01", "every_ms": 200, "window": 10, "segments": segments});
    let mut plant = Plant::publisher(folder.path(), &json!({"port": broker.port, "machines": [machine]}));
    plant.begin();
    let_pass(Duration::from_millis(700));
    broker.pause();
    let_pass(Duration::from_millis(700));
    broker.resume();
    let_pass(Duration::from_millis(700));
    let sent = plant.ask(&json!({"do": "stop"}));
    assert_eq!(sent["sent"], sent["acked"]);
    assert!(sent["sent"].as_i64() > Some(15), "{sent}"); // 14 counts, 2 changes and the beats, one to three times
    let truth: Truth = plant.truth("pack-01");
    assert_eq!(truth.counts.len(), 14); // at 100, 200, .. 1400 ms
}
