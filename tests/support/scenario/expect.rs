//! What a scenario must come out as, and what differs from it.

use super::clock::{Clock, length, show_length};
use super::configured::policy;
use super::file::Scenario;
use super::told::Told;
use gemba::model::ids::MachineId;
use gemba::model::line::LineSetting;
use gemba::model::state::Class;
use gemba::model::tally::{Column, SpanRow, Sums, TallyRow};
use gemba::model::time::{HOUR_MS, Period, Timestamp};
use gemba::oee::basis::Basis;
use gemba::oee::indicators::Kpi;
use gemba::oee::rollup::{By, Kinds, Over, Part, RollUp};
use std::collections::BTreeMap;
use std::sync::Arc;

type Expect = BTreeMap<String, toml::Value>;
type Lines = BTreeMap<Arc<str>, LineSetting>;

/// Keys that choose tallies.
const CHOOSES: [&str; 11] = [
    "machine", "line", "shift", "day", "hour", "from", "to", "product", "order", "mould", "crew",
];
/// Keys that say how KPIs are worked out: the policy, and the length of the production days.
const ASKS: [&str; 2] = ["policy", "calendar"];
/// What must be zero where an expectation does not name it, beside the time of all classes.
const NAMED: [Column; 10] = [
    Column::Total,
    Column::Good,
    Column::Reject,
    Column::GapTotal,
    Column::Stops,
    Column::MinorStops,
    Column::Failures,
    Column::ExtraMs,
    Column::RecodedMs,
    Column::Startup,
];

/// Every number that is not as expected, each in a sentence.
pub fn differences(scenario: &Scenario, told: &Told) -> Result<Vec<String>, String> {
    let clock = scenario.clock()?;
    let mut wrong = Vec::new();
    for expect in &scenario.expect {
        let chosen = Chosen::new(scenario, &clock, expect)?;
        let found = match expect.get("spans") {
            Some(spans) => chosen.spans(&clock, told, spans.as_str().unwrap_or_default()),
            None => chosen.numbers(told, expect, &scenario.lines()?)?,
        };
        wrong.extend(found.into_iter().map(|what| format!("{}: {what}", chosen.name)));
    }
    Ok(wrong)
}

struct Chosen {
    name: String,
    machine: Option<MachineId>,
    period: Period,
    /// Column of the key and its word.
    words: Vec<(String, String)>,
}

impl Chosen {
    fn new(scenario: &Scenario, clock: &Clock, expect: &Expect) -> Result<Chosen, String> {
        let mut chosen = Chosen {
            name: String::new(),
            machine: None,
            period: Period::new(Timestamp::MIN, Timestamp::MAX),
            words: Vec::new(),
        };
        for key in CHOOSES {
            let Some(value) = expect.get(key) else { continue };
            let text = value.as_str().ok_or(format!("`{key}` is a text"))?;
            chosen.name += &format!("{}{key} {text}", if chosen.name.is_empty() { "" } else { ", " });
            match key {
                "machine" => chosen.machine = Some(scenario.id_of(text)?),
                "hour" => {
                    let from = clock.read(text)?;
                    chosen.period = chosen.period.intersect(Period::new(from, from.plus(HOUR_MS)));
                }
                "from" => chosen.period.start = clock.read(text)?,
                "to" => chosen.period.end = clock.read(text)?,
                _ => chosen.words.push((key.to_owned(), text.to_owned())),
            }
        }
        if chosen.name.is_empty() {
            chosen.name = "all of it".into();
        }
        Ok(chosen)
    }

    fn fits(&self, row: &TallyRow) -> bool {
        let key = &row.key;
        let of_machine = self.machine.is_none_or(|machine| machine == row.machine);
        of_machine
            && self.period.contains(row.period.start)
            && self.words.iter().all(|(what, word)| match what.as_str() {
                // As business date and id; `-` is the time between shifts.
                "line" => **word == *key.line,
                "shift" => *word == format!("{} {}", key.business_date, shift(&key.shift)),
                "day" => **word == *key.business_date,
                "product" => **word == *key.product,
                "order" => **word == *key.order,
                "mould" => **word == *key.mould,
                "crew" => **word == *key.crew,
                _ => false,
            })
    }

    /// What the chosen tallies add up to: those of a line as the line's kind says, others one to the other.
    fn sums(&self, told: &Told, lines: &Lines) -> Option<Sums> {
        let by = match self.words.iter().any(|(key, _)| key == "line") {
            true => By::Line,
            false => By::Plant,
        };
        let kinds = if by == By::Line {
            Kinds::from(lines.clone())
        } else {
            Kinds::default()
        };
        let mut all = RollUp::new(Over::Whole, by, &kinds);
        for row in told.tallies.iter().filter(|row| self.fits(row)) {
            let mut sums = Sums::default();
            sums.give(row);
            all.give(Part {
                machine: row.machine,
                start: row.period.start,
                key: &row.key,
                sums: &sums,
                engines: &[],
            });
        }
        all.finish().into_values().next().map(|merged| merged.sums)
    }

    fn numbers(&self, told: &Told, expect: &Expect, lines: &Lines) -> Result<Vec<String>, String> {
        let Some(sums) = self.sums(told, lines) else {
            return Ok(vec!["there is no tally of it".into()]);
        };
        let tally = &sums.tally;
        let mut wrong = Vec::new();
        let mut left: Vec<Column> = Class::ALL.map(Column::of).into_iter().chain(NAMED).collect();
        let basis = basis(&sums, expect)?;
        let says = |key: &str| !CHOOSES.contains(&key) && !ASKS.contains(&key);
        for (key, value) in expect.iter().filter(|(key, _)| says(key)) {
            let (expected, got) = match column(key) {
                Some(column) => {
                    left.retain(|other| *other != column);
                    let got = show(column, tally.get(column));
                    match value.as_integer() {
                        Some(number) => (number.to_string(), got),
                        None => (shown(column, value.as_str().unwrap_or_default())?, got),
                    }
                }
                None => {
                    let expected = value.as_str().ok_or(format!("`{key}` is a text, as it is printed"))?;
                    (expected.to_owned(), printed(basis.get(kpi(key)?).ok(), expected))
                }
            };
            if expected != got {
                wrong.push(format!("{key}: expected {expected}, got {got}"));
            }
        }
        for column in left.into_iter().filter(|column| tally.get(*column) != 0) {
            let got = show(column, tally.get(column));
            wrong.push(format!("{}: expected none, got {got}", column.name()));
        }
        Ok(wrong)
    }

    /// Spans as lines of `22:00:00 running`, `23:50:00 breakdown jam leader`: what follows each other with the same class, reason
    /// and author is one.
    fn spans(&self, clock: &Clock, told: &Told, expected: &str) -> Vec<String> {
        let machine = self.machine.unwrap_or(MachineId(0));
        let spans = told.spans.get(&machine).map_or(&[][..], |spans| spans);
        let chosen = spans
            .iter()
            .filter(|span| !span.period.intersect(self.period).is_empty());
        let mut got: Vec<String> = Vec::new();
        let mut last: Option<&SpanRow> = None;
        for span in chosen {
            let what = |span: &SpanRow| (span.class, span.reason.clone(), span.author.clone());
            if last.map(what) != Some(what(span)) {
                let start = span.period.start.max(self.period.start);
                let words = [span.class.name(), &span.reason, &span.author].join(" ");
                let at = clock.show(start);
                got.push(format!("{} {}", &at[11..at.len() - 6], words.trim_end()));
            }
            last = Some(span);
        }
        let lines = expected
            .lines()
            .map(|line| line.split('#').next().unwrap_or_default().trim());
        let expected: Vec<&str> = lines.filter(|line| !line.is_empty()).collect();
        match got == expected {
            true => Vec::new(),
            false => vec![format!("spans: expected {expected:#?}, got {got:#?}")],
        }
    }
}

fn shift(id: &str) -> &str {
    if id.is_empty() { "-" } else { id }
}

/// A column by its name, with or without its unit.
fn column(key: &str) -> Option<Column> {
    let all = Column::ALL.iter();
    let named =
        |name: &str| name == key || name.strip_suffix("_ms") == Some(key) || name.strip_suffix("_ns") == Some(key);
    all.filter(|(_, name)| named(name)).map(|(column, _)| *column).next()
}

/// A length as the columns of milliseconds and nanoseconds show it.
fn shown(column: Column, text: &str) -> Result<String, String> {
    let ms = length(text)?;
    match column.name().ends_with("_ns") || column.name().ends_with("_ms") {
        true => Ok(show_length(ms)),
        false => Err(format!("`{}` is a number", column.name())),
    }
}

fn show(column: Column, sum: i64) -> String {
    match column.name() {
        name if name.ends_with("_ms") => show_length(sum),
        name if name.ends_with("_ns") && sum % 1_000_000 == 0 => show_length(sum / 1_000_000),
        _ => sum.to_string(),
    }
}

/// What KPIs are worked out from: the sums as they are, or under a policy that comes with the agent.
fn basis<'a>(sums: &'a Sums, expect: &Expect) -> Result<Basis<'a>, String> {
    let basis = match expect.get("policy").and_then(toml::Value::as_str) {
        None => Basis::of(&sums.tally),
        Some(id) => Basis::under(&policy(id)?, sums),
    };
    match expect.get("calendar").and_then(toml::Value::as_str) {
        Some(days) => Ok(basis.of_days(length(days)?)),
        None => Ok(basis),
    }
}

/// A KPI by its name, or by the letter people write.
fn kpi(key: &str) -> Result<Kpi, String> {
    let name = match key {
        "A" => "availability",
        "P" => "performance",
        "Q" => "quality",
        "OEE" => "oee",
        other => other,
    };
    let found = Kpi::ALL.iter().find(|(_, known)| *known == name);
    found
        .map(|(kpi, _)| *kpi)
        .ok_or(format!("there is no column and no KPI `{key}`"))
}

/// A ratio with as many digits as the expected one.
fn printed(ratio: Option<f64>, expected: &str) -> String {
    let digits = expected.split_once('.').map_or(0, |(_, digits)| digits.len());
    ratio.map_or("none".into(), |ratio| format!("{ratio:.digits$}"))
}
