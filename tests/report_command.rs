//! `gemba report` on data folders: one whose sums are known, ones with little in them, and one an agent is writing to.
#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "support/store_fixture.rs"]
mod fixture;
#[path = "support/rig/mod.rs"]
mod rig;

use fixture::{Open, T0, fact, machines, open, sealed, span, tally};
use gemba::commands::report::{Kind, Options, Refused, make};
use gemba::model::fact::Body;
use gemba::model::ids::MachineId;
use gemba::model::settings::{Asset, CalendarSetting, Change, MachineSetting, Setting, ShiftSetting, SiteSetting};
use gemba::model::state::Class;
use gemba::model::tally::Column;
use gemba::report::gather::Report;
use gemba::report::words::Lang;
use gemba::report::{csv, text};
use rig::eventually;
use rig::shop::shop;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Output;
use std::time::Duration;

/// A minute is over and sealed.
const SEALED: Duration = Duration::from_secs(120);

fn asked(kind: Kind, of: Option<&str>) -> Options {
    Options {
        kind,
        of: of.map(str::to_owned),
        machine: None,
        line: None,
        csv: false,
        lang: None,
    }
}

fn told(folder: &Path, options: &Options) -> Result<Report, Refused> {
    make(folder, options, &|_| BTreeMap::new())
}

fn refused(folder: &Path, options: &Options) -> String {
    match told(folder, options).map(|report| text::write(&report, Lang::En)) {
        Err(Refused::Asked(what) | Refused::Folder(what)) => what,
        Ok(text) => panic!("{text}"),
    }
}

/// A folder of two presses in a shift from 06:00 to 14:00 UTC, configured the day before.
fn configured(folder: &Path) -> Open {
    let mut open = open(folder);
    let shift = ShiftSetting {
        id: "early".into(),
        name: "Early".into(),
        days: [true; 7],
        from_min: 360,
        to_min: 840,
        breaks: vec![],
    };
    let calendar = CalendarSetting {
        timezone: "UTC".into(),
        day_start_min: 360,
        shifts: vec![shift],
        ..CalendarSetting::default()
    };
    let site = SiteSetting {
        org: "acme".into(),
        site: "ulm".into(),
    };
    let press = MachineSetting {
        line: "L1".into(),
        ..MachineSetting::default()
    };
    let setting = |machine, setting| {
        let at = T0 - 86_400_000;
        fact(machine, at, at, Body::Setting(Change::new(setting)))
    };
    let mut facts = vec![
        setting(None, Setting::Site(site)),
        setting(None, Setting::Calendar(calendar)),
    ];
    for id in (0..).take(machines().len()) {
        facts.push(setting(Some(id), Setting::Machine(MachineId(id), press.clone())));
    }
    open.facts(facts);
    open
}

#[test]
fn the_sums_are_those_of_the_tallies_and_what_was_corrected_is_counted() {
    let folder = tempfile::tempdir().unwrap();
    let mut open = configured(folder.path());
    for machine in [0, 1] {
        let rows = (0..490).map(|minute| tally(machine, minute, "A", 3)).collect();
        open.seal(vec![sealed(
            machine,
            None,
            rows,
            vec![span(machine, (5, 12), Class::Breakdown, "jam", 5)],
        )]);
    }
    let corrected = vec![tally(0, 7, "A", 5), tally(0, 8, "A", 5)];
    open.seal(vec![sealed(0, Some((7, 9)), corrected, vec![])]);
    // The minutes after 14:00 have the key of the shift too: 490 of them, 3 good and a reject each, 2 + 2 more in two.
    let report = told(folder.path(), &asked(Kind::Shift, Some("2026-11-21.early"))).unwrap();
    let scopes: Vec<_> = report
        .scopes
        .iter()
        .map(|scope| (&*scope.id, scope.merged.sums.tally.get(Column::Good)))
        .collect();
    assert_eq!(
        scopes,
        [("ulm", 2_944), ("L1", 2_944), ("press-01", 1_474), ("press-02", 1_470)]
    );
    let revised: Vec<_> = report.scopes.iter().map(|scope| scope.revised).collect();
    assert_eq!(revised, [2, 2, 2, 0]);
    assert_eq!(report.scopes[3].longest[0].ms, 7 * 60_000);
    // The same by default: it is the shift that ended last.
    let last = told(folder.path(), &asked(Kind::Shift, None)).unwrap();
    assert_eq!(csv::write(&last), csv::write(&report));
    let day = told(folder.path(), &asked(Kind::Day, Some("2026-11-21"))).unwrap();
    assert!(day.stretch.is_on(day.now), "the day ends at 06:00 of the next");
    assert_eq!(day.scopes[0].merged.sums, report.scopes[0].merged.sums);
    let week = told(folder.path(), &asked(Kind::Week, Some("2026-11-17"))).unwrap();
    assert_eq!(week.stretch.name(), "2026-W47");
    assert_eq!(week.scopes[0].merged.sums, report.scopes[0].merged.sums);
    open.stop();
}

#[test]
fn what_is_not_there_is_refused_with_what_there_is() {
    let folder = tempfile::tempdir().unwrap();
    assert!(
        refused(folder.path(), &asked(Kind::Day, None)).contains("gemba.db"),
        "no database"
    );
    let mut open = configured(folder.path());
    open.seal(vec![sealed(0, None, vec![tally(0, 0, "A", 3)], vec![])]);
    let machine = Options {
        machine: Some("press-09".to_owned()),
        ..asked(Kind::Day, Some("2026-11-21"))
    };
    assert_eq!(
        refused(folder.path(), &machine),
        "--machine press-09: there is no such machine; those there are: press-01, press-02"
    );
    let registered = Options {
        machine: Some("press-02".to_owned()),
        ..machine.clone()
    };
    let only_registered = MachineSetting {
        asset: Asset {
            connected: false,
            ..Asset::default()
        },
        ..MachineSetting::default()
    };
    let setting = Setting::Machine(MachineId(1), only_registered);
    open.facts(vec![fact(Some(1), T0, T0, Body::Setting(Change::new(setting)))]);
    assert_eq!(
        refused(folder.path(), &registered),
        "--machine press-02: is only registered and not connected: nothing is read from it, so there is nothing to report"
    );
    let line = Options {
        machine: None,
        line: Some("L9".to_owned()),
        ..machine
    };
    assert_eq!(
        refused(folder.path(), &line),
        "--line L9: there is no such line; those there are: L1"
    );
    for (kind, of, what) in [
        (Kind::Shift, "2026-11-21.late", "those of it are 2026-11-21.early"),
        (Kind::Shift, "2026-11-21", "those of it are 2026-11-21.early"),
        (
            Kind::Day,
            "2026-11-21.early",
            "gemba report shift --of 2026-11-21.early",
        ),
        (Kind::Day, "yesterday", "is no date"),
        (Kind::Day, "2026-11-22", "had not begun"),
        (Kind::Week, "2040-01-01", "had not begun"),
    ] {
        let said = refused(folder.path(), &asked(kind, Some(of)));
        assert!(said.contains(what), "{of}: {said}");
    }
    let day = told(folder.path(), &asked(Kind::Day, None)).unwrap();
    let day = text::write(&day, Lang::En);
    assert!(day.contains("No data in this time"), "the day before: {day}");
    assert!(day.contains("Machines without data: press-01, press-02"), "{day}");
    open.stop();
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn a_running_agent_is_reported_beside_and_once_it_has_stopped_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let press = r#"name = { vi = "Máy ép 01", ko = "프레스 01" }
line = "moulding"
reject_source = "none""#;
    let (_plant, site) = shop(folder.path(), press);
    let agent = site.start();
    let shown = agent.get("/api/v1/snapshot").unwrap();
    let today = shown["shift"]["date"].as_str().unwrap().to_owned();
    // Files are named one after the other: how long a time it is of stands behind another option.
    let report = |more: &[&str]| site.command("report", &[more, &["--of", today.as_str(), "day"]].concat());
    let text = eventually("a minute is in the report", SEALED, || {
        let output = report(&["--lang", "ko"]);
        let text = said(&output);
        if text.contains("프레스 01 (press-01)") {
            Ok(text)
        } else {
            Err(format!("{output:?}"))
        }
    });
    assert!(text.contains("잠정: 현재까지"), "{text}");
    assert!(text.contains("불량을 집계하지 않는 설비: press-01"), "{text}");
    let shift = site.command("report", &["--lang", "en", "shift"]);
    assert_eq!(shift.status.code(), Some(2), "{shift:?}");
    assert!(
        String::from_utf8_lossy(&shift.stderr).contains("no shift ended"),
        "{shift:?}"
    );
    let rolled = agent
        .get(&format!("/api/v1/rollups?by=day&of=machine&from={today}"))
        .unwrap();
    let row = &rolled["rows"][0];
    assert_eq!(
        (row["period"].as_str(), row["id"].as_str()),
        (Some(today.as_str()), Some("press-01")),
        "{rolled}"
    );
    assert!(row["sums"]["total"].as_i64() > Some(0), "{rolled}");
    assert!(row["kpis"]["oee"].is_null(), "nobody counts rejects: {rolled}");
    assert_eq!(row["why"]["oee"], "rejects are not counted on press-01");
    assert_eq!(rolled["policy"], "default");
    agent.stop();
    let csv = said(&report(&["--format", "csv", "--machine", "press-01"]));
    let lines: Vec<&str> = csv.lines().collect();
    assert_eq!(lines.len(), 3, "heads, the machine, its one product: {csv}");
    assert!(lines[1].contains(",machine,press-01,total,"), "{csv}");
}
