//! Tests of the tables of `gemba status`.

use super::*;
use serde_json::json;

fn running() -> Report {
    let health = json!({
        "status": "degraded",
        "findings": ["Source floor is down since 04:00: connection refused."],
        "at": "2026-11-22T04:17:12.000Z",
        "started_at": "2026-11-22T02:00:12.000Z",
        "version": "0.1.0",
        "sources": [
            {"name": "press-plc", "kind": "modbus", "up": true, "since": "2026-11-22T02:00:13.000Z", "why": "", "notes": []},
            {"name": "floor", "kind": "mqtt", "up": false, "since": "2026-11-22T04:00:00.000Z", "why": "connection refused"}
        ],
        "sinks": [{"name": "programme", "up": true, "why": "", "backlog": 7, "done": 120, "quarantined": 1,
                   "last_success": "2026-11-22T04:17:10.000Z", "lost": 2, "act": false}],
        "store": {"ok": true, "why": "", "last_commit": "2026-11-22T04:17:11.000Z", "waiting_facts": 3, "used_mb": 12,
                  "max_mb": 4096, "findings": []},
        "clock": {"ok": true, "what": ""},
        "of_a_later_agent": {"new": 1}
    });
    let wall = json!({
        "site": {"org": "example-co", "id": "xuong-1"},
        "machines": [
            {"id": "press-01", "line": "moulding", "state": "running", "class": "running", "since": "2026-11-22T04:10:12.000Z",
             "kpi": {"oee": 0.8125, "coverage": 1.0}, "shown": "full", "signals": [{"role": "state", "quality": "good"}]},
            {"id": "pack-01", "line": null, "state": "unknown", "class": "unknown", "since": null,
             "kpi": {"oee": 0.5, "coverage": 0.25}, "shown": "none", "signals": [{"role": "run", "quality": "stale"}]}
        ]
    });
    let mut report = Report::about("example-co", "xuong-1", "http://127.0.0.1:8080");
    report.heard(
        serde_json::from_value(health).unwrap(),
        serde_json::from_value(wall).unwrap(),
    );
    report.chain = Some(Chain {
        seq: 1_234,
        hash: "0123456789abcdef".repeat(4),
    });
    report
}

fn zone() -> TimeZone {
    TimeZone::get("Asia/Ho_Chi_Minh").unwrap()
}

#[test]
fn every_part_has_its_line_and_columns_stand_below_one_another() {
    let report = running();
    assert_eq!(report.status, Level::Warning);
    // Ho Chi Minh is 7 h ahead: 02:00:12Z is 09:00:12, 2 h before 04:17:12Z.
    let expected = "\
WARNING: gemba at xuong-1 of example-co, version 0.1.0, at http://127.0.0.1:8080, started 2026-11-22 09:00:12 (2 h)
  - Source floor is down since 04:00: connection refused.

SOURCE     KIND    STATE  SINCE                         REMARK
press-plc  modbus  up     2026-11-22 09:00:13 (2 h)
floor      mqtt    down   2026-11-22 11:00:00 (17 min)  connection refused

SINK       STATE  BACKLOG  DONE  REFUSED  LAST SUCCESS               REMARK
programme  up     7        120   1        2026-11-22 11:17:10 (2 s)  2 lost for this sink

PART     STATE  REMARK
store    ok     12 of 4096 MB, last commit 2026-11-22 11:17:11 (1 s), 3 facts wait
clock    ok
journal  ok     ends at fact 1234, hash 0123456789abcdef

MACHINE   LINE      STATE    SINCE                        OEE     COVERAGE  REMARK
press-01  moulding  running  2026-11-22 11:10:12 (7 min)  81.2 %  100.0 %
pack-01             unknown  -                            -       25.0 %    run stale
";
    assert_eq!(report.text(&zone()), expected);
}

#[test]
fn an_agent_that_does_not_run_has_no_sources_and_no_machines() {
    let mut report = Report::about("example-co", "xuong-1", "http://127.0.0.1:8080");
    report.status = Level::Critical;
    report.at = Some("2026-11-22T04:17:12.000Z".to_owned());
    report.sinks.push(Sink {
        name: "programme".to_owned(),
        backlog: 9,
        ..Sink::default()
    });
    let expected = "\
CRITICAL: gemba at xuong-1 of example-co does not answer at http://127.0.0.1:8080

SINK       STATE  BACKLOG  DONE  REFUSED  LAST SUCCESS  REMARK
programme  -      9        0     0        -

PART     STATE  REMARK
journal  ?      cannot be read by this user, or there is none
";
    assert_eq!(report.text(&zone()), expected);
}

#[test]
fn the_whole_hash_stands_in_the_json_and_the_codes_are_those_of_monitoring_plugins() {
    let json = serde_json::to_value(running()).unwrap();
    assert_eq!(json["status"], "warning");
    assert_eq!(json["chain"]["hash"], "0123456789abcdef".repeat(4));
    assert_eq!(json["sinks"][0]["backlog"], 7);
    let codes = [Level::Ok, Level::Warning, Level::Critical, Level::Unknown].map(Level::code);
    assert_eq!(codes, [0, 1, 2, 3]);
}

#[test]
fn a_status_no_version_knows_is_unknown_and_not_well() {
    let mut report = Report::about("example-co", "xuong-1", "http://127.0.0.1:8080");
    report.heard(Health::default(), Wall::default());
    assert_eq!(report.status, Level::Unknown);
}

#[test]
fn an_age_has_one_unit_and_is_never_negative() {
    let ages = [-5, 119, 120, 7_199, 7_200, 172_799, 172_800].map(age);
    // 7,199 / 60 = 119.98; 172,799 / 3,600 = 47.99; 172,800 / 86,400 = 2
    assert_eq!(ages, ["0 s", "119 s", "2 min", "119 min", "2 h", "47 h", "2 d"]);
}
