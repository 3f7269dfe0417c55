//! Pure. Which time-series store answers, told from what it says of itself, and what "exactly once" rests on there.

use super::verdict::{Level, Verdicts};

/// The stores that are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// InfluxDB 1; with the version 2 write API from 1.8 on.
    Influx1,
    /// InfluxDB 2 on a computer of one's own.
    Influx2,
    /// InfluxDB Cloud.
    Cloud,
    /// InfluxDB 3.
    Influx3,
    /// VictoriaMetrics.
    Victoria,
    /// One that does not say.
    Other,
}

/// A store as it describes itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// Which it is.
    pub kind: Kind,
    /// Its version; empty when it does not say.
    pub version: String,
}

/// What `/ping` said.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Ping {
    /// `X-Influxdb-Version`.
    pub version: Option<String>,
    /// `X-Influxdb-Build`.
    pub build: Option<String>,
    /// True when VictoriaMetrics' own header was there.
    pub victoria: bool,
    /// The body.
    pub body: String,
}

/// What VictoriaMetrics says in `/metrics` of how it was started.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Flags {
    /// Its version; Debian's build leaves it empty.
    pub version: String,
    /// `-dedup.minScrapeInterval` in milliseconds.
    pub dedup_ms: Option<f64>,
    /// `-retentionPeriod` as written.
    pub retention: Option<String>,
}

impl Server {
    /// The store that answers like this; `health` is the version in `/health`, where that is InfluxDB's.
    pub fn tell(ping: &Ping, health: Option<&str>) -> Server {
        let body: Option<serde_json::Value> = serde_json::from_str(&ping.body).ok();
        let of_body = body.as_ref().and_then(|body| body.get("version")?.as_str());
        let said = ping.version.as_deref().or(of_body).or(health).unwrap_or_default();
        let version = said.trim_start_matches('v').to_owned();
        let build = ping.build.as_deref().unwrap_or_default().to_lowercase();
        let kind = match version.split('.').next() {
            _ if build.starts_with("cloud") => Kind::Cloud,
            Some("1") => Kind::Influx1,
            Some("2") => Kind::Influx2,
            Some("3") => Kind::Influx3,
            _ if ping.victoria => Kind::Victoria,
            _ => Kind::Other,
        };
        Server { kind, version }
    }

    /// Name and version for people.
    pub fn name(&self) -> String {
        let name = match self.kind {
            Kind::Influx1 => "InfluxDB 1",
            Kind::Influx2 => "InfluxDB 2",
            Kind::Cloud => "InfluxDB Cloud",
            Kind::Influx3 => "InfluxDB 3",
            Kind::Victoria => "VictoriaMetrics",
            Kind::Other => return "a store that does not say what it is".to_owned(),
        };
        match self.version.as_str() {
            "" => format!("{name}, version not told"),
            version => format!("{name}, version {version}"),
        }
    }

    /// True for InfluxDB 1 before 1.8, which has no version 2 write API.
    pub fn is_too_old(&self) -> bool {
        let minor = self
            .version
            .split('.')
            .nth(1)
            .and_then(|minor| minor.parse::<u32>().ok());
        self.kind == Kind::Influx1 && minor.is_some_and(|minor| minor < 8)
    }

    /// True when organisations, buckets and tokens are managed by the version 2 API.
    pub fn is_managed(&self) -> bool {
        matches!(self.kind, Kind::Influx2 | Kind::Cloud)
    }

    /// Adds what "exactly once" rests on at this store.
    pub fn promise(&self, flags: &Flags, verdicts: &mut Verdicts) {
        match self.kind {
            Kind::Influx1 | Kind::Influx2 | Kind::Cloud => verdicts.add(
                Level::Ok,
                "exactly once: a point with the measurement, tags (rev among them) and time of one it has replaces it, and the \
                 agent never changes the bytes of a point, so one that is sent twice counts once",
            ),
            Kind::Influx3 => verdicts.add(
                Level::Ok,
                "exactly once: it keeps one row for a measurement, tags (rev among them) and time; which of two it does not \
                 promise, but a point sent again has the same bytes, so either counts once",
            ),
            Kind::Victoria => victoria(flags, verdicts),
            Kind::Other => verdicts.add(
                Level::Warning,
                "exactly once: not known. It holds where a point with the measurement, tags and time of another replaces it; \
                 where both are kept, every point whose answer was lost counts twice",
            ),
        }
    }
}

/// Finest time VictoriaMetrics keeps, and so the only interval that takes away copies and nothing else.
const ONE_MS: f64 = 1.0;

fn victoria(flags: &Flags, verdicts: &mut Verdicts) {
    const ADVICE: &str = "start it with -dedup.minScrapeInterval=1ms (in a cluster: vmstorage and vmselect)";
    let (level, text) = match flags.dedup_ms {
        None => (
            Level::Warning,
            format!("exactly once: rests on a setting it does not show; {ADVICE}, or every point that is sent again counts twice"),
        ),
        Some(ms) if ms <= 0.0 => (
            Level::Warning,
            format!("exactly once: does not hold, every point whose answer was lost counts twice; {ADVICE}"),
        ),
        Some(ms) if ms <= ONE_MS => (
            Level::Ok,
            "exactly once: rests on -dedup.minScrapeInterval=1ms, with which it counts one of several samples with the same \
             name, labels (rev among them) and time"
                .to_owned(),
        ),
        Some(ms) => (
            Level::Error,
            format!("drops points: of those less than {ms} ms apart it keeps one, and two stops of a reason may be; {ADVICE}"),
        ),
    };
    verdicts.add(level, text);
    verdicts.add(
        Level::Note,
        "it keeps numbers as floating point (exact to 9,007,199,254,740,992) and drops text fields: order, policy and the like",
    );
}

impl Flags {
    /// What the text of `/metrics` says; nothing where it says nothing.
    pub fn read(metrics: &str) -> Flags {
        let flag = |name: &str| {
            let start = format!("flag{{name=\"{name}\", value=\"");
            let line = metrics.lines().find_map(|line| line.strip_prefix(&start))?;
            line.split('"').next().map(str::to_owned)
        };
        let version = metrics.lines().find(|line| line.starts_with("vm_app_version{"));
        let version = version.and_then(|line| line.split("short_version=\"").nth(1)?.split('"').next());
        Flags {
            version: version.unwrap_or_default().trim_start_matches('v').to_owned(),
            dedup_ms: flag("dedup.minScrapeInterval").as_deref().and_then(milliseconds),
            retention: flag("retentionPeriod"),
        }
    }

    /// Days points are kept: a number is months of 31 days, as VictoriaMetrics counts them.
    pub fn retention_days(&self) -> Option<f64> {
        let text = self.retention.as_deref()?;
        let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        let number: f64 = digits.parse().ok()?;
        let days = match &text[digits.len()..] {
            "" | "M" => 31.0,
            "h" => 1.0 / 24.0,
            "d" => 1.0,
            "w" => 7.0,
            "y" => 365.0,
            _ => return None,
        };
        Some(number * days)
    }
}

/// Milliseconds of a duration as Go writes it, such as `0s`, `1ms` or `1m30s`.
fn milliseconds(text: &str) -> Option<f64> {
    let mut rest = text;
    let mut total = 0.0;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !(c.is_ascii_digit() || c == '.'))?;
        let number: f64 = rest[..digits].parse().ok()?;
        let unit = &rest[digits..];
        let end = unit.find(|c: char| c.is_ascii_digit()).unwrap_or(unit.len());
        total += number
            * match &unit[..end] {
                "ns" => 1e-6,
                "us" | "µs" => 1e-3,
                "ms" => 1.0,
                "s" => 1e3,
                "m" => 6e4,
                "h" => 3.6e6,
                _ => return None,
            };
        rest = &unit[end..];
    }
    Some(total)
}

#[cfg(test)]
mod tests;
