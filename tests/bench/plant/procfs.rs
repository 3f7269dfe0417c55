//! What Linux says a process used: processor time by thread, memory, bytes written.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// Clock ticks a second in /proc/PID/stat: a constant of the interface on every Linux.
const TICKS: f64 = 100.0;

/// What a process used since its start.
#[derive(Debug, Clone, Default)]
pub struct Usage {
    /// User and system time of all threads, in seconds.
    pub cpu_s: f64,
    /// The system's part of it.
    pub system_s: f64,
    /// The same of living threads, by their name.
    pub threads: BTreeMap<String, f64>,
    /// Memory in use now, in kB.
    pub rss_kb: u64,
    /// The most ever in use, in kB.
    pub peak_kb: u64,
    /// Bytes it caused to be written to storage.
    pub written: u64,
}

/// Reads it all.
pub fn usage(id: u32) -> Usage {
    let folder = format!("/proc/{id}");
    let folder = Path::new(&folder);
    let (user, system, _) = times(&folder.join("stat"));
    let mut threads = BTreeMap::new();
    for task in fs::read_dir(folder.join("task")).unwrap().flatten() {
        let stat = task.path().join("stat");
        if stat.exists() {
            let (user, system, name) = times(&stat);
            *threads.entry(name).or_default() += user + system;
        }
    }
    let status = fs::read_to_string(folder.join("status")).unwrap();
    let io = fs::read_to_string(folder.join("io")).unwrap();
    Usage {
        cpu_s: user + system,
        system_s: system,
        threads,
        rss_kb: field(&status, "VmRSS:"),
        peak_kb: field(&status, "VmHWM:"),
        written: field(&io, "write_bytes:") - field(&io, "cancelled_write_bytes:"),
    }
}

/// User and system seconds, and the name. A thread that ended since it was listed used nothing.
fn times(stat: &Path) -> (f64, f64, String) {
    let text = fs::read_to_string(stat).unwrap_or_default();
    // The name stands in parentheses and may hold anything, so the fields are counted from its end.
    let (Some(from), Some(to)) = (text.find('('), text.rfind(')')) else {
        return (0.0, 0.0, "ended".to_owned());
    };
    let fields: Vec<&str> = text[to + 1..].split_whitespace().collect();
    let ticks = |index: usize| fields[index].parse::<f64>().unwrap() / TICKS;
    (ticks(11), ticks(12), text[from + 1..to].to_owned())
}

fn field(text: &str, name: &str) -> u64 {
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    let number = line.and_then(|rest| rest.split_whitespace().next());
    number.unwrap_or_else(|| panic!("no {name} in {text}")).parse().unwrap()
}
