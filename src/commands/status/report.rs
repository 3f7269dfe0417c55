//! Pure. What `gemba status` tells: the parts as tables with a column for each thing, and above them what it comes to.

use super::answer::{Clock, Health, Machine, Sink, Source, Store, Wall};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;

/// What it comes to; the numbers are the exit codes monitoring plugins use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// 0: nothing to do.
    Ok,
    /// 1: something is missing, nothing is lost.
    Warning,
    /// 2: data is being lost, the numbers are old, or the agent does not run.
    Critical,
    /// 3: nothing can be said.
    Unknown,
}

/// Where the journal ends.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Chain {
    /// Number of the newest fact; 0 when there is none.
    pub seq: u64,
    /// Its hash, as 64 hexadecimal digits.
    pub hash: String,
}

/// Everything `gemba status` tells.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// What it comes to.
    pub status: Level,
    /// True when an agent answered.
    pub running: bool,
    /// The address that was asked.
    pub asked: String,
    /// Company and plant.
    pub org: String,
    /// The plant's id.
    pub site: String,
    /// Version of the agent that answered.
    pub version: Option<String>,
    /// When the agent started.
    pub started_at: Option<String>,
    /// The instant of all this; for a stopped agent, when it last lived.
    pub at: Option<String>,
    /// What is wrong and what to do.
    pub findings: Vec<String>,
    /// Where readings come from; none when no agent runs.
    pub sources: Vec<Source>,
    /// Where bookings go.
    pub sinks: Vec<Sink>,
    /// The disk.
    pub store: Option<Store>,
    /// The agent's clock.
    pub clock: Option<Clock>,
    /// Where the journal ends; `None` when this user may not read the data folder, or there is none.
    pub chain: Option<Chain>,
    /// The machines now; none when no agent runs.
    pub machines: Vec<Machine>,
}

impl Level {
    /// The exit code.
    pub fn code(self) -> u8 {
        match self {
            Level::Ok => 0,
            Level::Warning => 1,
            Level::Critical => 2,
            Level::Unknown => 3,
        }
    }

    /// This one, or `other` where all seemed well.
    #[must_use]
    pub fn at_least(self, other: Level) -> Level {
        if self == Level::Ok { other } else { self }
    }

    fn word(self) -> &'static str {
        match self {
            Level::Ok => "OK",
            Level::Warning => "WARNING",
            Level::Critical => "CRITICAL",
            Level::Unknown => "UNKNOWN",
        }
    }
}

impl Report {
    /// A report with nothing in it but what was asked for.
    pub fn about(org: &str, site: &str, asked: &str) -> Report {
        Report {
            status: Level::Unknown,
            running: false,
            asked: asked.to_owned(),
            org: org.to_owned(),
            site: site.to_owned(),
            version: None,
            started_at: None,
            at: None,
            findings: Vec::new(),
            sources: Vec::new(),
            sinks: Vec::new(),
            store: None,
            clock: None,
            chain: None,
            machines: Vec::new(),
        }
    }

    /// With what a running agent said.
    pub fn heard(&mut self, health: Health, wall: Wall) {
        self.running = true;
        self.status = match health.status.as_str() {
            "ok" => Level::Ok,
            "degraded" => Level::Warning,
            "failing" => Level::Critical,
            _ => Level::Unknown,
        };
        self.version = Some(health.version);
        self.started_at = health.started_at;
        self.at = health.at;
        self.findings.extend(health.findings);
        self.sources = health.sources;
        self.sinks = health.sinks;
        self.store = Some(health.store);
        self.clock = Some(health.clock);
        self.machines = wall.machines;
    }

    /// The report for people; instants in the plant's own zone.
    pub fn text(&self, zone: &TimeZone) -> String {
        let show = Show {
            zone,
            now: self.at.as_deref().and_then(|at| at.parse().ok()),
        };
        let mut out = vec![self.headline(&show)];
        out.extend(self.findings.iter().map(|finding| format!("  - {finding}")));
        for (head, rows) in [
            (
                ["SOURCE", "KIND", "STATE", "SINCE", "REMARK"].as_slice(),
                self.source_rows(&show),
            ),
            (
                &["SINK", "STATE", "BACKLOG", "DONE", "REFUSED", "LAST SUCCESS", "REMARK"],
                self.sink_rows(&show),
            ),
            (&["PART", "STATE", "REMARK"], self.part_rows(&show)),
            (
                &["MACHINE", "LINE", "STATE", "SINCE", "OEE", "COVERAGE", "REMARK"],
                self.machine_rows(&show),
            ),
        ] {
            if !rows.is_empty() {
                out.push(String::new());
                out.extend(aligned(head, &rows));
            }
        }
        out.join("\n") + "\n"
    }

    fn headline(&self, show: &Show<'_>) -> String {
        let who = format!("{}: gemba at {} of {}", self.status.word(), self.site, self.org);
        match (&self.version, self.running) {
            (Some(version), true) => format!(
                "{who}, version {version}, at {}, started {}",
                self.asked,
                show.since(self.started_at.as_deref())
            ),
            _ => format!("{who} does not answer at {}", self.asked),
        }
    }

    fn source_rows(&self, show: &Show<'_>) -> Vec<Vec<String>> {
        let row = |source: &Source| {
            let since = show.since(source.since.as_deref());
            vec![
                source.name.clone(),
                source.kind.clone(),
                up(Some(source.up)),
                since,
                source.why.clone(),
            ]
        };
        self.sources.iter().map(row).collect()
    }

    fn sink_rows(&self, show: &Show<'_>) -> Vec<Vec<String>> {
        let row = |sink: &Sink| {
            let lost = (sink.lost > 0).then(|| format!("{} lost for this sink", sink.lost));
            let remark = [Some(sink.why.clone()), lost];
            let remark: Vec<_> = remark.into_iter().flatten().filter(|text| !text.is_empty()).collect();
            vec![
                sink.name.clone(),
                up(sink.up),
                sink.backlog.to_string(),
                sink.done.to_string(),
                sink.quarantined.to_string(),
                show.since(sink.last_success.as_deref()),
                remark.join("; "),
            ]
        };
        self.sinks.iter().map(row).collect()
    }

    fn part_rows(&self, show: &Show<'_>) -> Vec<Vec<String>> {
        let mut rows = Vec::new();
        let mut row =
            |part: &str, state: &str, remark: String| rows.push(vec![part.to_owned(), state.to_owned(), remark]);
        if let Some(store) = &self.store {
            let size = format!("{} of {} MB", store.used_mb, store.max_mb);
            let last = format!("last commit {}", show.since(store.last_commit.as_deref()));
            let waiting = format!("{} facts wait", store.waiting_facts);
            match store.ok {
                true => row("store", "ok", format!("{size}, {last}, {waiting}")),
                false => row("store", "down", format!("{}; {size}, {last}, {waiting}", store.why)),
            }
        }
        if let Some(clock) = &self.clock {
            row("clock", if clock.ok { "ok" } else { "wrong" }, clock.what.clone());
        }
        match &self.chain {
            Some(chain) => row(
                "journal",
                "ok",
                format!(
                    "ends at fact {}, hash {}",
                    chain.seq,
                    chain.hash.chars().take(SHORT_HASH).collect::<String>()
                ),
            ),
            None => row(
                "journal",
                "?",
                "cannot be read by this user, or there is none".to_owned(),
            ),
        }
        rows
    }

    fn machine_rows(&self, show: &Show<'_>) -> Vec<Vec<String>> {
        let row = |machine: &Machine| {
            let bad = machine.signals.iter().filter(|signal| signal.quality != "good");
            let bad: Vec<_> = bad
                .map(|signal| format!("{} {}", signal.role, signal.quality))
                .collect();
            let oee = match (machine.shown.as_str(), machine.kpi.oee) {
                ("full", oee) => percent(oee),
                ("approx", Some(oee)) => format!("~{}", percent(Some(oee))),
                _ => UNDEFINED.to_owned(),
            };
            vec![
                machine.id.clone(),
                machine.line.clone().unwrap_or_default(),
                machine.state.clone(),
                show.since(machine.since.as_deref()),
                oee,
                percent(machine.kpi.coverage),
                bad.join(", "),
            ]
        };
        self.machines.iter().map(row).collect()
    }
}

/// What stands where there is no number.
const UNDEFINED: &str = "-";
/// Digits of a hash that people compare.
const SHORT_HASH: usize = 16;

/// How instants are shown.
struct Show<'a> {
    zone: &'a TimeZone,
    now: Option<Timestamp>,
}

impl Show<'_> {
    /// `2026-11-22 11:17:12 (3 min)`; without the age when nobody said what time it is.
    fn since(&self, at: Option<&str>) -> String {
        let Some(at) = at.and_then(|at| at.parse::<Timestamp>().ok()) else {
            return UNDEFINED.to_owned();
        };
        let shown = at.to_zoned(self.zone.clone()).strftime("%Y-%m-%d %H:%M:%S").to_string();
        match self.now {
            Some(now) => format!("{shown} ({})", age(now.as_second() - at.as_second())),
            None => shown,
        }
    }
}

fn age(seconds: i64) -> String {
    let seconds = seconds.max(0);
    match seconds {
        0..=119 => format!("{seconds} s"),
        120..=7_199 => format!("{} min", seconds / 60),
        7_200..=172_799 => format!("{} h", seconds / 3_600),
        _ => format!("{} d", seconds / 86_400),
    }
}

fn up(up: Option<bool>) -> String {
    match up {
        Some(true) => "up",
        Some(false) => "down",
        None => UNDEFINED,
    }
    .to_owned()
}

fn percent(ratio: Option<f64>) -> String {
    ratio.map_or_else(|| UNDEFINED.to_owned(), |ratio| format!("{:.1} %", ratio * 100.0))
}

/// Lines with a heading, each column as wide as its widest cell, two spaces between them.
fn aligned(head: &[&str], rows: &[Vec<String>]) -> Vec<String> {
    let head: Vec<String> = head.iter().map(|cell| (*cell).to_owned()).collect();
    let lines: Vec<&Vec<String>> = [&head].into_iter().chain(rows).collect();
    let width = |column: usize| {
        let cells = lines.iter().filter_map(|line| line.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let line = |cells: &&Vec<String>| {
        let padded = cells.iter().enumerate().map(|(column, cell)| {
            let missing = width(column).saturating_sub(cell.chars().count());
            format!("{cell}{}", " ".repeat(missing))
        });
        padded.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    lines.iter().map(line).collect()
}

#[cfg(test)]
mod tests;
