//! The reference of the configuration names every key the agent takes, once, with the default and the bounds it has; and the
//! README holds that reference. `GEMBA_WRITE_README=1 cargo test --test config_reference` puts it there.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use gemba::config::{Findings, Level, Plant, REFERENCE, load};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// A plant with one of everything; each key on a line of its own, so that it can be left out.
const BASE: &str = r#"
[site]
id = "s"
org = "o"
timezone = "UTC"
[token.t]
role = "operator"
token_file = "token"
[source.modbus.plc]
url = "tcp://127.0.0.1:502"
[source.mqtt.floor]
url = "mqtt://127.0.0.1:1883"
[template.t]
ideal_cycle_s = 10.0
reject_source = "none"
points.kwh = { modbus = "holding:2" }
[template.t.points.code]
modbus = "holding:0"
[template.t.points.made]
modbus = "holding:1"
[template.t.state]
from = "code"
map = { 1 = "running" }
[template.t.count]
total = "made"
[template.t.energy]
point = "kwh"
unit = "kWh"
[machine.m]
template = "t"
[machine.m.model]
[machine.m.modbus]
source = "plc"
unit = 1
[machine.n]
ideal_cycle_s = 10.0
reject_source = "none"
points.kwh = { mqtt = "n", source = "floor", json = "/kwh" }
[machine.n.points.run]
mqtt = "n"
source = "floor"
json = "/run"
stale_after_s = 60
[machine.n.points.made]
mqtt = "n"
source = "floor"
json = "/made"
stale_after_s = 60
[machine.n.points.made.counter]
[machine.n.state]
run = "run"
[machine.n.count]
total = "made"
[machine.n.energy]
point = "kwh"
unit = "kWh"
[calendar.shift.s]
days = "daily"
from = "06:00"
to = "14:00"
[calendar.exception.2026-12-06]
shifts = ["s"]
[calendar.exception.2026-12-06.shift.s]
[calendar.crews]
start = "2026-01-05"
[calendar.crew.c]
pattern = ["s", "-"]
[calendar.planned.w]
days = "sat"
from = "05:00"
to = "06:00"
[product.p]
[line.l]
[standard.s]
product = "p"
ideal_cycle_s = 10.0
[order.o]
product = "p"
[reason.r]
class = "planned_stop"
[sink.influx.x]
url = "http://127.0.0.1:8086"
org = "o"
bucket = "b"
token_file = "token"
"#;

/// Where in [`BASE`] the tables of a heading stand.
const PLACES: &[(&str, &[&str])] = &[
    ("site", &["site"]),
    ("store", &["store"]),
    ("serve", &["serve"]),
    ("token.NAME", &["token.t"]),
    ("source.modbus.NAME", &["source.modbus.plc"]),
    ("source.mqtt.NAME", &["source.mqtt.floor"]),
    ("machine.ID", &["machine.m"]),
    ("template.NAME", &["template.t"]),
    ("machine.ID.modbus", &["machine.m.modbus"]),
    ("machine.ID.model", &["machine.m.model"]),
    ("line.ID", &["line.l"]),
    ("machine.ID.state", &["machine.n.state"]),
    ("template.NAME.state", &["template.t.state"]),
    ("machine.ID.state.threshold", &["machine.n.state.threshold"]),
    ("template.NAME.state.threshold", &["template.t.state.threshold"]),
    ("machine.ID.state.lamps", &["machine.n.state.lamps"]),
    ("template.NAME.state.lamps", &["template.t.state.lamps"]),
    ("machine.ID.count", &["machine.n.count"]),
    ("template.NAME.count", &["template.t.count"]),
    ("machine.ID.energy", &["machine.n.energy"]),
    ("template.NAME.energy", &["template.t.energy"]),
    ("machine.ID.points.NAME", &["machine.n.points.made"]),
    (
        "template.NAME.points.NAME",
        &["template.t.points.code", "template.t.points.made"],
    ),
    ("machine.ID.points.NAME.counter", &["machine.n.points.made.counter"]),
    ("template.NAME.points.NAME.counter", &["template.t.points.made.counter"]),
    ("calendar", &["calendar"]),
    ("calendar.shift.ID", &["calendar.shift.s"]),
    ("calendar.exception.DATES", &["calendar.exception.2026-12-06"]),
    (
        "calendar.exception.DATES.shift.ID",
        &["calendar.exception.2026-12-06.shift.s"],
    ),
    ("calendar.crews", &["calendar.crews"]),
    ("calendar.crew.ID", &["calendar.crew.c"]),
    ("calendar.planned.ID", &["calendar.planned.w"]),
    ("product.ID", &["product.p"]),
    ("standard.ID", &["standard.s"]),
    ("order.ID", &["order.o"]),
    ("reason.ID", &["reason.r"]),
    ("loss", &["loss"]),
    ("loss.minor_stop", &["loss.minor_stop"]),
    ("target", &["target"]),
    ("sink.influx.NAME", &["sink.influx.x"]),
];

/// A row of the reference.
#[derive(Debug, Clone)]
struct Row {
    /// The tables it is about.
    tables: Vec<String>,
    key: String,
    kind: String,
    default: String,
}

fn rows() -> Vec<Row> {
    let mut tables: Vec<String> = Vec::new();
    let mut rows = Vec::new();
    for line in REFERENCE.lines() {
        if line.starts_with("**`[") {
            let named = line
                .split("**`[")
                .skip(1)
                .map(|rest| rest.split("]`**").next().unwrap());
            tables = named.map(str::to_owned).collect();
        } else if line.starts_with("| `") {
            let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
            assert_eq!(cells.len(), 4, "{line}");
            assert!(!cells.iter().any(|cell| cell.is_empty()), "{line}");
            rows.push(Row {
                tables: tables.clone(),
                key: cells[0].trim_matches('`').to_owned(),
                kind: cells[1].to_owned(),
                default: cells[2].to_owned(),
            });
        }
    }
    rows
}

fn places(table: &str) -> &'static [&'static str] {
    let found = PLACES.iter().find(|(heading, _)| *heading == table);
    found
        .unwrap_or_else(|| panic!("this test has no [{table}] in its plant"))
        .1
}

/// The plant of `base`, with `more` in a file read after it.
fn plant(base: &str, more: &str) -> Result<Plant, Findings> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("config_reference");
    std::fs::create_dir_all(&folder).unwrap();
    let folder = tempfile::tempdir_in(folder).unwrap();
    std::fs::write(folder.path().join("token"), "a-token-long-enough\n").unwrap();
    let base = base.replace("\"token\"", &format!("\"{}\"", folder.path().join("token").display()));
    std::fs::write(folder.path().join("base.toml"), base).unwrap();
    std::fs::write(folder.path().join("more.toml"), more).unwrap();
    let files = ["base.toml", "more.toml"].map(|name| folder.path().join(name));
    load(&files, std::iter::empty())
}

/// What the agent works with, without the paths of this test's folder.
fn debug(plant: &Plant) -> String {
    let mut plant = plant.clone();
    plant.warnings = Findings::default();
    let text = format!("{plant:?}");
    let mut rest = text.as_str();
    let mut out = String::new();
    while let Some((before, after)) = rest.split_once("/config_reference/") {
        out.push_str(before);
        rest = after.split_once('/').map_or("", |(_, file)| file);
    }
    out + rest
}

const STRANGER: &str = "zzzzzzzzzzzz";

/// The keys the agent says it takes in the table at `place` (the root for an empty one).
fn taken(place: &str) -> BTreeSet<String> {
    let more = if place.is_empty() {
        format!("{STRANGER} = 1\n")
    } else {
        format!("[{place}]\n{STRANGER} = 1\n")
    };
    let findings = plant(BASE, &more).expect_err("a key that is none is refused");
    let said = findings.iter().find(|finding| finding.key.last() == STRANGER);
    let said = said.unwrap_or_else(|| panic!("no finding about {place}.{STRANGER}: {findings}"));
    let listed = said.instead.strip_prefix("write one of: ");
    let listed = listed.unwrap_or_else(|| panic!("{place}: {said}"));
    listed.split(", ").map(str::to_owned).collect()
}

/// Each table named in a heading, with its keys.
fn tables() -> BTreeMap<String, Vec<String>> {
    let mut tables: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for row in rows() {
        for table in row.tables {
            tables.entry(table).or_default().push(row.key.clone());
        }
    }
    tables
}

/// What stands right below `table` in the headings: the child tables.
fn children(table: &str, headings: &BTreeMap<String, Vec<String>>) -> BTreeSet<String> {
    let prefix = if table.is_empty() {
        String::new()
    } else {
        format!("{table}.")
    };
    let below = headings.keys().filter_map(|heading| heading.strip_prefix(&prefix));
    below.map(|rest| rest.split('.').next().unwrap().to_owned()).collect()
}

#[test]
fn every_key_the_agent_takes_stands_in_the_reference_once_and_no_other() {
    plant(BASE, "").unwrap_or_else(|findings| panic!("{findings}"));
    let headings = tables();
    for (table, keys) in &headings {
        let once: BTreeSet<String> = keys.iter().cloned().collect();
        assert_eq!(once.len(), keys.len(), "[{table}] names a key twice: {keys:?}");
        let own: BTreeSet<String> = once.union(&children(table, &headings)).cloned().collect();
        for place in places(table) {
            assert_eq!(taken(place), own, "[{table}]");
        }
    }
    for kinds in ["", "source", "sink"] {
        assert_eq!(
            taken(kinds),
            children(kinds, &headings),
            "tables of the root, or kinds of [{kinds}]"
        );
    }
}

/// The TOML in a cell that begins with it.
fn literal(cell: &str) -> Option<&str> {
    cell.strip_prefix('`')?.split('`').next()
}

#[test]
fn every_default_in_the_reference_is_the_one_the_agent_has() {
    let without = debug(&plant(BASE, "").unwrap());
    let mut tried = 0;
    for row in rows() {
        let Some(default) = literal(&row.default).filter(|text| text.parse::<toml::Value>().is_ok()) else {
            continue;
        };
        for place in row.tables.iter().flat_map(|table| places(table)) {
            let more = format!("[{place}]\n{} = {default}\n", row.key);
            // Some keys are about registers only, and some about messages.
            match plant(BASE, &more) {
                Ok(plant) => assert_eq!(debug(&plant), without, "{more}"),
                Err(findings) => assert!(findings.to_string().contains("means nothing on"), "{more}{findings}"),
            }
            tried += 1;
        }
    }
    assert!(tried > 25, "{tried} defaults were tried");
}

#[test]
fn what_the_reference_calls_required_cannot_be_left_out() {
    for row in rows().into_iter().filter(|row| row.default == "required") {
        for place in row.tables.iter().flat_map(|table| places(table)) {
            let (before, section) = BASE.split_once(&format!("[{place}]\n")).unwrap();
            let line = section
                .lines()
                .find(|line| line.starts_with(&format!("{} = ", row.key)));
            let line = line.unwrap_or_else(|| panic!("no {} in [{place}]", row.key));
            let base = format!("{before}[{place}]\n{}", section.replacen(&format!("{line}\n"), "", 1));
            let findings = plant(&base, "").expect_err(&row.key);
            assert!(
                findings.to_string().contains(&format!("`{}` is missing", row.key)),
                "{place}: {findings}"
            );
        }
    }
}

/// `20 to 300,000` in a cell.
fn bounds(kind: &str) -> Option<(i64, i64)> {
    let words: Vec<&str> = kind.split(' ').collect();
    let at = words.iter().position(|word| *word == "to")?;
    let number = |word: &str| word.replace(',', "").parse::<i64>().ok();
    Some((number(words.get(at.checked_sub(1)?)?)?, number(words.get(at + 1)?)?))
}

/// What is wrong with this very value; the rest of the plant may not fit it.
fn refusals(place: &str, key: &str, value: i64) -> Vec<String> {
    let found = match plant(BASE, &format!("[{place}]\n{key} = {value}\n")) {
        Ok(_) => return Vec::new(),
        Err(findings) => findings,
    };
    let is_about = |path: &str| path == format!("{place}.{key}");
    let errors = found
        .iter()
        .filter(|finding| finding.level == Level::Error && is_about(&finding.key.to_string()));
    errors.map(ToString::to_string).collect()
}

#[test]
fn every_bound_in_the_reference_is_the_one_the_agent_has() {
    let mut tried = 0;
    // Unit ids have a hole in them, and a counter may not be wider than its register.
    for row in rows()
        .into_iter()
        .filter(|row| !["unit", "bits", "digits"].contains(&row.key.as_str()))
    {
        let Some((low, high)) = bounds(&row.kind) else { continue };
        for place in row.tables.iter().flat_map(|table| places(table)) {
            let refused = [low, high, low - 1, high + 1].map(|value| refusals(place, &row.key, value));
            if refused[0].iter().any(|text| text.contains("means nothing on")) {
                continue;
            }
            assert!(
                refused[0].is_empty() && refused[1].is_empty(),
                "{place}.{}: {refused:?}",
                row.key
            );
            assert!(
                !refused[2].is_empty() && !refused[3].is_empty(),
                "{place}.{} takes more",
                row.key
            );
            tried += 1;
        }
    }
    assert!(tried > 15, "{tried} bounds were tried");
}

const BEGIN: &str = "<!-- configuration reference: begin -->\n";
const END: &str = "<!-- configuration reference: end -->\n";

#[test]
fn the_readme_holds_the_reference_the_program_prints() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let readme = std::fs::read_to_string(&file).unwrap();
    let (before, rest) = readme
        .split_once(BEGIN)
        .expect("the README says where the reference begins");
    let (held, after) = rest.split_once(END).expect("the README says where it ends");
    let held = held.trim();
    if std::env::var_os("GEMBA_WRITE_README").is_some() {
        std::fs::write(&file, format!("{before}{BEGIN}\n{}\n\n{END}{after}", REFERENCE.trim())).unwrap();
        return;
    }
    let help = "run: GEMBA_WRITE_README=1 cargo test --test config_reference";
    assert!(
        held == REFERENCE.trim(),
        "the README's reference is not that of src/config/reference.md; {help}"
    );
    let gemba = std::process::Command::new(env!("CARGO_BIN_EXE_gemba"))
        .arg("reference")
        .output()
        .unwrap();
    assert!(gemba.status.success());
    assert_eq!(String::from_utf8_lossy(&gemba.stdout), REFERENCE);
}
