//! What 50 machines at a 10 s cycle write to the disk with default settings: `cargo bench --bench wear`.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a benchmark reads the clock and prints"
)]

mod plant;

use plant::device::Devices;
use plant::sink::Sink;
use plant::wal::Wal;
use plant::{Load, tuned};
use rusqlite::{Connection, OpenFlags};
use std::path::Path;
use std::time::Duration;

/// What grows, with the statement that counts it.
const TABLES: [(&str, &str); 6] = [
    ("facts of signals", "SELECT count(*) FROM fact WHERE kind = 'signal'"),
    ("facts of values", "SELECT count(*) FROM fact WHERE kind = 'values'"),
    ("tallies", "SELECT count(*) FROM tally"),
    ("spans", "SELECT count(*) FROM span"),
    ("bookings", "SELECT count(*) FROM booking"),
    ("checkpoints", "SELECT count(*) FROM checkpoint"),
];

fn main() {
    let count = |name, default| usize::try_from(tuned(name, default)).unwrap();
    let load = Load {
        machines: count("MACHINES", 50),
        values: count("VALUES", 2),
        connections: count("CONNECTIONS", 5),
        poll_ms: tuned("POLL_MS", 1_000),
    };
    let window = Duration::from_secs(tuned("SECONDS", 300));
    let warm = Duration::from_secs(tuned("WARM_SECONDS", 75));
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let (devices, sink) = (Devices::start(load.connections), Sink::start());
    let mut agent = plant::start(&folder.path().join("agent"), load, &devices, &sink);
    println!(
        "wear: {} machines, {} values each, polled every {} ms; agent {}; {} s from the middle of a minute on",
        load.machines,
        load.values,
        load.poll_ms,
        agent.id(),
        window.as_secs()
    );
    plant::warm_up(warm);

    let mut wal = Wal::watch(&agent.data);
    let (before, rows) = (agent.usage(), rows(&agent.data));
    let seconds = plant::watch(window, Duration::from_millis(100), || wal.look());
    let after = agent.usage();
    let written = after.written - before.written;
    let (mb, hours) = (|bytes: f64| bytes / 1e6, seconds / 3600.0);
    let of_log = wal.bytes();
    let rest = written.saturating_sub(of_log);
    let per = |bytes: u64| (mb(bytes as f64) / hours, mb(bytes as f64) / hours * 24.0);
    for (what, bytes) in [
        ("written to storage", written),
        ("  write-ahead log", of_log),
        ("  database and head", rest),
    ] {
        let (hour, day) = per(bytes);
        println!("  {what:<22} {hour:8.1} MB/h {day:9.0} MB/day");
    }
    let commits = wal.commits.max(1);
    println!(
        "  commits                {:8.0} /h, {:.1} pages in the log and {:.0} kB written for each",
        wal.commits as f64 / hours,
        wal.frames as f64 / commits as f64,
        written as f64 / commits as f64 / 1000.0
    );
    for ((what, later), (_, earlier)) in self::rows(&agent.data).into_iter().zip(rows) {
        println!("  {what:<22} {:8.0} /h", (later - earlier) as f64 / hours);
    }
    println!(
        "  CPU                    {:8.2} % of one core",
        (after.cpu_s - before.cpu_s) / seconds * 100.0
    );
    for complaint in agent.complaints() {
        println!("  the agent complains: {complaint}");
    }
}

fn rows(data: &Path) -> Vec<(&'static str, i64)> {
    let database = Connection::open_with_flags(data.join("gemba.db"), OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    let count = |sql: &str| database.query_row(sql, [], |row| row.get(0)).unwrap();
    TABLES.map(|(what, sql)| (what, count(sql))).to_vec()
}
