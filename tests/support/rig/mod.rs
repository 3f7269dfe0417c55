//! The plant around the agent in acceptance tests: real PLCs, a real broker, a real time-series store, and the agent itself.
#![allow(dead_code, clippy::unwrap_used, clippy::expect_used, clippy::print_stderr)]

pub mod agent;
pub mod broker;
pub mod http;
pub mod influx;
pub mod journal;
pub mod ledger;
pub mod nginx;
pub mod plant;
pub mod process;
pub mod random;
pub mod shop;
pub mod truth;

use std::net::TcpListener;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// Ports are taken from below the range the system gives to outgoing connections, so that a server that is down for a
/// moment gets its port back.
const FIRST_PORT: u32 = 15_000;
const PORTS: u32 = 17_000;
/// How often a condition is looked at.
const LOOK: Duration = Duration::from_millis(100);

/// A port of 127.0.0.1 nobody listens on.
pub fn free_port() -> u16 {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let base = std::process::id().wrapping_mul(61);
    for _ in 0..PORTS {
        let step = NEXT.fetch_add(1, Ordering::Relaxed);
        let port = u16::try_from(FIRST_PORT + base.wrapping_add(step) % PORTS).expect("below 65,536");
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
    panic!(
        "no free port on 127.0.0.1 between {FIRST_PORT} and {}",
        FIRST_PORT + PORTS
    );
}

/// Waits until `look` finds something; fails with `what` and what it saw last.
pub fn eventually<T>(what: &str, within: Duration, mut look: impl FnMut() -> Result<T, String>) -> T {
    let mut left = within;
    loop {
        match look() {
            Ok(found) => return found,
            Err(seen) if left.is_zero() => panic!("after {within:?} still not so: {what}; last seen: {seen}"),
            Err(_) => {
                std::thread::sleep(LOOK.min(left));
                left = left.saturating_sub(LOOK);
            }
        }
    }
}

/// Lets real time pass: the plant goes on by the wall clock.
pub fn let_pass(time: Duration) {
    std::thread::sleep(time);
}

/// The wall clock in epoch milliseconds.
#[allow(clippy::disallowed_methods)] // The truth of the plant is told in wall time; nothing of the agent reads this.
pub fn wall_ms() -> i64 {
    let since = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .expect("after 1970");
    i64::try_from(since.as_millis()).expect("before the year 292 million")
}
