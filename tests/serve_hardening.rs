//! What the web side does with clients that are slow, silent, greedy or broken: the others do not notice.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "helpers of tests fail their test"
)]

#[path = "support/web.rs"]
mod web;

use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::{Instant, interval, timeout};
use web::{OPERATOR, Site};

async fn connect(site: &Site) -> TcpStream {
    TcpStream::connect(site.address).await.unwrap()
}

/// All the server says until it closes the connection, which it must do within `wait`.
async fn rest(stream: &mut TcpStream, wait: Duration) -> String {
    let mut bytes = Vec::new();
    let ended = timeout(wait, stream.read_to_end(&mut bytes)).await;
    // A reset is a close too: the server does not read what it has refused.
    assert!(
        ended.is_ok(),
        "still open after {wait:?}: {}",
        String::from_utf8_lossy(&bytes)
    );
    String::from_utf8_lossy(&bytes).into_owned()
}

fn head(length: &str) -> String {
    format!(
        "POST /api/v1/entries HTTP/1.1\r\nHost: gw\r\nConnection: close\r\nAuthorization: {OPERATOR}\r\nContent-Type: application/json\r\n{length}\r\n\r\n"
    )
}

#[tokio::test]
async fn two_hundred_silent_connections_delay_nobody_and_are_closed_within_ten_seconds() {
    let site = Site::without_stops().await;
    let mut silent = Vec::new();
    for _ in 0..200 {
        silent.push(connect(&site).await);
    }
    let wall = timeout(Duration::from_secs(2), site.json("/api/v1/wall")).await;
    assert_eq!(wall.unwrap()["machines"][0]["id"], "press-01");
    let until = Instant::now() + Duration::from_secs(10);
    for stream in &mut silent {
        rest(stream, until.duration_since(Instant::now())).await;
    }
}

#[tokio::test]
async fn a_header_that_comes_byte_by_byte_is_cut() {
    let site = Site::without_stops().await;
    let mut stream = connect(&site).await;
    stream
        .write_all(b"GET /api/v1/wall HTTP/1.1\r\nHost: gw\r\nX: ")
        .await
        .unwrap();
    let mut tick = interval(Duration::from_millis(100));
    let dribble = async {
        while stream.write_all(b"x").await.is_ok() {
            tick.tick().await;
        }
    };
    timeout(Duration::from_secs(10), dribble)
        .await
        .expect("the server hangs up within 10 s");
}

#[tokio::test]
async fn a_connection_that_is_kept_for_nothing_is_closed_after_its_answer() {
    let site = Site::without_stops().await;
    let mut stream = connect(&site).await;
    stream
        .write_all(b"GET /api/v1/wall HTTP/1.1\r\nHost: gw\r\n\r\n")
        .await
        .unwrap();
    let answer = rest(&mut stream, Duration::from_secs(10)).await;
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
}

#[tokio::test]
async fn ten_megabytes_are_refused_before_they_are_read() {
    let site = Site::without_stops().await;
    let mut stream = connect(&site).await;
    stream
        .write_all(head("Content-Length: 10000000").as_bytes())
        .await
        .unwrap();
    stream.write_all(&[b' '; 4096]).await.unwrap();
    let answer = rest(&mut stream, Duration::from_secs(10)).await;
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
    assert!(answer.contains("65536 bytes"), "{answer}");
}

#[tokio::test]
async fn a_body_without_a_length_is_refused_when_it_is_too_long() {
    let site = Site::without_stops().await;
    let mut stream = connect(&site).await;
    stream
        .write_all(head("Transfer-Encoding: chunked").as_bytes())
        .await
        .unwrap();
    let mut chunk = b"1000\r\n".to_vec();
    chunk.extend([b' '; 0x1000]);
    chunk.extend(b"\r\n");
    // 17 x 4 KiB is 4 KiB above the limit of 64 KiB.
    for _ in 0..17 {
        stream.write_all(&chunk).await.unwrap();
    }
    let answer = rest(&mut stream, Duration::from_secs(10)).await;
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
}

#[tokio::test]
async fn a_body_that_does_not_come_is_not_waited_for_longer_than_ten_seconds() {
    let mut site = Site::without_stops().await;
    let mut stream = connect(&site).await;
    stream.write_all(head("Content-Length: 100").as_bytes()).await.unwrap();
    stream.write_all(b"{").await.unwrap();
    let answer = rest(&mut stream, Duration::from_secs(20)).await;
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    assert!(site.desk.try_recv().is_err());
}

#[tokio::test]
async fn what_is_no_http_is_answered_with_an_error_or_nothing_and_stops_nothing() {
    let site = Site::without_stops().await;
    let long = format!(
        "GET /api/v1/wall HTTP/1.1\r\nHost: gw\r\nX: {}\r\n\r\n",
        "x".repeat(1_000_000)
    );
    let many = format!("GET / HTTP/1.1\r\nHost: gw\r\n{}\r\n", "X: y\r\n".repeat(2_000));
    let chunk = head("Transfer-Encoding: chunked") + "zz\r\n{}\r\n0\r\n\r\n";
    let twice = head("Content-Length: 2\r\nContent-Length: 3") + "{}";
    let gzip = head("Content-Length: 4\r\nContent-Encoding: gzip") + "\u{1f}\u{7f}\u{8}\u{0}";
    let all = [
        b"\x00\xff\x16\x03\x01\x02\x00\x01".as_slice(),
        b"GET /api/v1/wall\x00 HTTP/1.1\r\nHost: gw\r\n\r\n",
        b"GET /api/v1/wall HTTP/9.9\r\nHost: gw\r\n\r\n",
        b"GET /a b c HTTP/1.1\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example\r\n\r\n",
        long.as_bytes(),
        many.as_bytes(),
        chunk.as_bytes(),
        twice.as_bytes(),
        gzip.as_bytes(),
    ];
    let mut tries = JoinSet::new();
    for bytes in all.map(<[u8]>::to_vec) {
        let mut stream = connect(&site).await;
        tries.spawn(async move {
            // The server may hang up before it has read a megabyte it refuses.
            let written = stream.write_all(&bytes).await;
            assert!(written.is_ok() || bytes.len() > 100_000);
            let answer = rest(&mut stream, Duration::from_secs(12)).await;
            let sent = String::from_utf8_lossy(&bytes[..bytes.len().min(60)]).into_owned();
            assert!(
                answer.is_empty() || answer.starts_with("HTTP/1.1 4"),
                "{sent}: {answer}"
            );
        });
    }
    tries.join_all().await;
    assert_eq!(site.json("/api/v1/wall").await["machines"][0]["id"], "press-01");
}

#[tokio::test]
async fn a_length_and_chunks_together_smuggle_no_second_request() {
    let mut site = Site::without_stops().await;
    let mut stream = connect(&site).await;
    let inner = "POST /api/v1/entries HTTP/1.1\r\nHost: gw\r\n\r\n";
    let smuggled = head("Content-Length: 4\r\nTransfer-Encoding: chunked") + "0\r\n\r\n" + inner;
    stream.write_all(smuggled.as_bytes()).await.unwrap();
    let answer = rest(&mut stream, Duration::from_secs(10)).await;
    assert!(answer.starts_with("HTTP/1.1 4"), "{answer}");
    assert!(answer.matches("HTTP/1.1 ").count() <= 2, "{answer}");
    assert!(site.desk.try_recv().is_err());
}
