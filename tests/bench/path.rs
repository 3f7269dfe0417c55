//! Modbus to sink under load: processor time per million values, memory, bytes written: `cargo bench --bench path`.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a benchmark reads the clock and prints"
)]

mod plant;

use plant::device::Devices;
use plant::procfs::Usage;
use plant::sink::{Sink, Taken};
use plant::wal::Wal;
use plant::{Load, tuned};
use std::time::Duration;

/// What was measured over the window.
struct Measured {
    seconds: f64,
    values: u64,
    requests: u64,
    taken: Taken,
    before: Usage,
    after: Usage,
    most_rss_kb: u64,
    empty: (Usage, Usage),
    wal: Wal,
}

fn main() {
    let count = |name, default| usize::try_from(tuned(name, default)).unwrap();
    let load = Load {
        machines: count("MACHINES", 200),
        values: count("VALUES", 50),
        connections: count("CONNECTIONS", 8),
        poll_ms: tuned("POLL_MS", 1_000),
    };
    let window = Duration::from_secs(tuned("SECONDS", 120));
    let warm = Duration::from_secs(tuned("WARM_SECONDS", 75));
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let (devices, sink) = (Devices::start(load.connections), Sink::start());
    // The same binary with next to nothing to do, beside the one under load.
    let idle = Load {
        machines: 1,
        values: 0,
        connections: 1,
        poll_ms: 1_000,
    };
    let (quiet, aside) = (Devices::start(1), Sink::start());
    let mut empty = plant::start(&folder.path().join("empty"), idle, &quiet, &aside);
    let mut agent = plant::start(&folder.path().join("loaded"), load, &devices, &sink);
    println!(
        "path: {} machines x {} values every {} ms over {} connections; agent {}; {} s from the middle of a minute on, {} s after the start or later",
        load.machines,
        load.values,
        load.poll_ms,
        load.connections,
        agent.id(),
        window.as_secs(),
        warm.as_secs()
    );
    plant::warm_up(warm);

    let mut wal = Wal::watch(&agent.data);
    let (before, empty_before) = (agent.usage(), empty.usage());
    let (served, taken) = (devices.served(), sink.taken());
    let mut most_rss_kb = before.rss_kb;
    let seconds = plant::watch(window, Duration::from_millis(100), || {
        wal.look();
        most_rss_kb = most_rss_kb.max(agent.usage().rss_kb);
    });
    let (after, now) = (agent.usage(), devices.served());
    let measured = Measured {
        seconds,
        values: now.0 - served.0,
        requests: now.1 - served.1,
        taken: sink.taken().since(taken),
        before,
        after,
        most_rss_kb,
        empty: (empty_before, empty.usage()),
        wal,
    };
    measured.print();
    for complaint in agent.complaints() {
        println!("  the agent complains: {complaint}");
    }
}

impl Measured {
    fn print(&self) {
        let rate = |count: u64| count as f64 / self.seconds;
        let mb = |bytes: u64| bytes as f64 / 1e6;
        let mib = |kb: u64| kb as f64 / 1024.0;
        let (before, after) = (&self.before, &self.after);
        let cpu = after.cpu_s - before.cpu_s;
        let millions = self.values as f64 / 1e6;
        println!(
            "  served by the PLCs      {:9.0} values/s in {:.0} requests/s",
            rate(self.values),
            rate(self.requests)
        );
        println!(
            "  arrived at the sink     {:9.0} values/s as {:.0} points/s, {} writes, {:.1} MB gzip of {:.1} MB",
            rate(self.taken.values),
            rate(self.taken.lines),
            self.taken.requests,
            mb(self.taken.sent_bytes),
            mb(self.taken.text_bytes)
        );
        println!(
            "  CPU                     {:9.2} s per million values ({cpu:.2} s, {:.1} % of one core, {:.0} % of it in the system)",
            cpu / millions,
            cpu / self.seconds * 100.0,
            (after.system_s - before.system_s) / cpu * 100.0
        );
        for (name, cpu_s) in &after.threads {
            let used = cpu_s - before.threads.get(name).copied().unwrap_or_default();
            println!(
                "    {name:<21} {:9.2} s per million values ({:.0} %)",
                used / millions,
                used / cpu * 100.0
            );
        }
        let (idle_before, idle) = &self.empty;
        println!(
            "  RSS above the empty one {:9.1} MiB at most ({:.1} now, {:.1} most in the window, {:.1} peak; empty {:.1}, peak {:.1})",
            mib(self.most_rss_kb) - mib(idle.rss_kb),
            mib(after.rss_kb),
            mib(self.most_rss_kb),
            mib(after.peak_kb),
            mib(idle.rss_kb),
            mib(idle.peak_kb)
        );
        println!("  RSS before the window   {:9.1} MiB", mib(before.rss_kb));
        let written = after.written - before.written;
        println!(
            "  written to storage      {:9.0} MB/h in {} commits ({:.1} MB: {:.1} log, {:.1} database and head)",
            mb(written) / self.seconds * 3600.0,
            self.wal.commits,
            mb(written),
            mb(self.wal.bytes()),
            mb(written.saturating_sub(self.wal.bytes()))
        );
        let idle_cpu = idle.cpu_s - idle_before.cpu_s;
        println!(
            "  the empty agent         {:9.2} % of one core",
            idle_cpu / self.seconds * 100.0
        );
    }
}
