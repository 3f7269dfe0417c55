//! What the live pages say, checked against a plant made by hand.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "helpers of tests fail their test"
)]

#[path = "support/web.rs"]
mod web;

use gemba::model::fact::Role as Signal;
use gemba::model::reading::Quality;
use gemba::model::settings::RejectSource;
use gemba::model::tally::Column;
use gemba::model::time::Timestamp;
use gemba::serve::health::NoteHealth;
use serde_json::{Value as Json, json};
use std::time::Duration;
use web::{Site, client, two_hours};

#[tokio::test]
async fn the_wall_gives_every_sum_exactly_and_the_ratios_of_their_quotients() {
    let site = Site::without_stops().await;
    let wall = site.json("/api/v1/wall").await;
    let press = &wall["machines"][0];
    let sums = press["sums"].as_object().unwrap();
    assert_eq!(sums.len(), Column::COUNT);
    for (column, name) in Column::ALL {
        assert_eq!(sums[name], two_hours().get(column), "{name}");
    }
    assert_eq!(press["counts"]["good"], 468);
    assert_eq!(press["time_ms"]["breakdown"], 1_200_000);
    let kpi = |name: &str| press["kpi"][name].as_f64().unwrap();
    // 100 of 120 min; 480 x 10 s of 6,000 s; 468 of 480; 468 x 10 s of 7,200 s; 12 of 480; 5,000 s over 400 cycles.
    assert_eq!(kpi("availability"), 6_000.0 / 7_200.0);
    assert_eq!(kpi("performance"), 4_800.0 / 6_000.0);
    assert_eq!(kpi("quality"), 4_680.0 / 4_800.0);
    assert_eq!(kpi("oee"), 4_680.0 / 7_200.0);
    assert_eq!(kpi("bridged_oee"), kpi("oee"));
    assert_eq!(kpi("defect_rate"), 12.0 / 480.0);
    assert_eq!(kpi("coverage"), 1.0);
    assert_eq!(kpi("mean_cycle_s"), 12.5);
    assert_eq!(press["shown"], "full");
}

#[tokio::test]
async fn a_code_in_no_map_is_a_finding_unless_the_machine_is_still_worked_out() {
    let site = Site::without_stops().await;
    let about_press = async |site: &Site| {
        let health = site.json("/api/v1/health").await;
        let findings = health["findings"].as_array().unwrap().clone();
        findings
            .iter()
            .filter(|one| one.as_str().unwrap().contains("Machine press-01"))
            .count()
    };
    site.change(|live| {
        live.machines[0].state = "unknown".into();
        live.machines[0].signals[0].role = Signal::State;
    });
    assert_eq!(
        about_press(&site).await,
        1,
        "the state is known to the device, not to us"
    );
    site.change(|live| live.machines[0].recomputing = true);
    assert_eq!(
        about_press(&site).await,
        0,
        "what is shown is an instant at which nobody heard it"
    );
}

#[tokio::test]
async fn the_wall_says_what_each_machine_does_and_since_when() {
    let site = Site::without_stops().await;
    let text = client().get(site.url("/api/v1/wall")).send().await.unwrap();
    let text = text.text().await.unwrap();
    assert!(text.contains("18446744073709551615"), "a 64-bit counter is not rounded");
    let wall: Json = serde_json::from_str(&text).unwrap();
    let press = &wall["machines"][0];
    let instant = |value: &Json| {
        value
            .as_str()
            .unwrap()
            .parse::<jiff::Timestamp>()
            .unwrap()
            .as_millisecond()
    };
    assert_eq!(instant(&wall["at"]), site.now.0);
    assert_eq!(instant(&press["since"]), site.now.plus(-600_000).0);
    assert_eq!(instant(&press["shift"]["end"]), site.now.plus(6 * 3_600_000).0);
    for (key, expected) in [
        ("id", json!("press-01")),
        ("name", json!({"en": "Press 01", "vi": "Máy ép 01"})),
        ("line", json!("moulding")),
        ("state", json!("fault:mould")),
        ("class", json!("breakdown")),
        ("reason", Json::Null),
        ("product", json!("VT-2077")),
        ("policy", json!("default")),
        ("provisional", json!(false)),
        ("recomputing", json!(false)),
        ("held", json!(0)),
    ] {
        assert_eq!(press[key], expected, "{key}");
    }
    assert_eq!(press["shift"]["business_date"], "2026-11-21");
    assert_eq!(press["signals"][0]["quality"], "good");
}

#[tokio::test]
async fn without_a_reject_signal_quality_is_unknown_and_says_why() {
    let site = Site::without_stops().await;
    site.change(|live| live.machines[0].reject_source = RejectSource::None);
    let press = site.json("/api/v1/wall").await["machines"][0].clone();
    for name in ["quality", "oee", "bridged_oee", "good_ratio", "defect_rate"] {
        assert_eq!(press["kpi"][name], Json::Null, "{name}");
        assert_eq!(press["why"][name], "rejects are not counted on press-01", "{name}");
    }
    assert!(press["kpi"]["availability"].is_f64());
    site.change(|live| live.machines[0].reject_source = RejectSource::Manual);
    let press = site.json("/api/v1/wall").await["machines"][0].clone();
    assert!(press["kpi"]["oee"].is_f64());
}

#[tokio::test]
async fn numbers_of_a_core_that_has_stopped_are_shown_as_old_everywhere() {
    let site = Site::without_stops().await;
    site.change(|live| live.at = live.at.plus(-60_000));
    let wall = site.json("/api/v1/wall").await;
    assert_eq!(wall["stale"], true);
    assert!(wall["age_ms"].as_i64().unwrap() >= 60_000);
    assert_eq!(wall["machines"][0]["shown"], "none");
    assert_eq!(wall["machines"][0]["shown_why"], "stale");
    let health = site.json("/api/v1/health").await;
    assert_eq!(health["status"], "failing");
    assert!(health["findings"][0].as_str().unwrap().contains("s old"));
}

#[tokio::test]
async fn health_is_ok_degraded_or_failing_and_says_what_to_do() {
    let site = Site::without_stops().await;
    let health = site.json("/api/v1/health").await;
    assert_eq!((&health["status"], &health["findings"]), (&json!("ok"), &json!([])));
    assert_eq!(health["sinks"][0]["done"], 1_234);

    site.sicken(|health| {
        health.sources[0].up = false;
        health.sources[0].why = "192.168.1.10:502 refuses the connection; is the PLC on?".into();
        health.sources[0].notes.push(NoteHealth {
            about: "unit 1 holding:2".into(),
            kind: "refused".into(),
            what: "the device answered exception 2".into(),
            count: 7,
            last_at: Timestamp(0),
        });
        health.sinks[0].quarantined = 2;
        health.clock.ok = false;
    });
    site.change(|live| {
        live.machines[0].signals[0].quality = Quality::BadComm;
        live.machines[0].held = 900;
        live.machines[0].holds = 1;
    });
    let health = site.json("/api/v1/health").await;
    assert_eq!(health["status"], "degraded");
    let findings: Vec<&str> = health["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|text| text.as_str().unwrap())
        .collect();
    for part in [
        "press-plc",
        "2 bookings",
        "clock",
        "total not good (the device does not answer",
        "900 pieces",
    ] {
        assert_eq!(
            findings.iter().filter(|text| text.contains(part)).count(),
            1,
            "{part}: {findings:?}"
        );
    }
    assert_eq!(health["sources"][0]["notes"][0]["last_at"], "1970-01-01T00:00:00.000Z");
    assert_eq!(health["machines"][0]["signals"][0]["role"], "total");

    site.sicken(|health| health.store.ok = false);
    site.change(|live| live.lost_facts = 31);
    let health = site.json("/api/v1/health").await;
    assert_eq!(health["status"], "failing");
    assert!(
        health["findings"][0]
            .as_str()
            .unwrap()
            .contains("Nothing is written to disk")
    );
    assert!(
        health["findings"][1]
            .as_str()
            .unwrap()
            .starts_with("31 facts were given up")
    );
}

#[tokio::test]
async fn metrics_are_open_metrics_text_with_the_same_numbers() {
    let site = Site::without_stops().await;
    site.sicken(|health| health.sinks[0].name = "pro\"gram\\me\n".into());
    let answer = client().get(site.url("/metrics")).send().await.unwrap();
    let kind = answer.headers()["content-type"].to_str().unwrap().to_owned();
    assert!(kind.starts_with("application/openmetrics-text"));
    let text = answer.text().await.unwrap();
    assert!(text.ends_with("# EOF\n"));
    for line in [
        r#"gemba_build_info{version="0.1.0",engine="9"} 1"#,
        r#"gemba_shift_pieces{machine="press-01",kind="total"} 480"#,
        r#"gemba_shift_pieces{machine="press-01",kind="good"} 468"#,
        r#"gemba_shift_pieces{machine="press-01",kind="reject"} 12"#,
        r#"gemba_shift_kpi_ratio{machine="press-01",kpi="oee",policy="default"} 0.65"#,
        r#"gemba_machine_class{machine="press-01",class="breakdown"} 1"#,
        r#"gemba_machine_class{machine="press-01",class="running"} 0"#,
        r#"gemba_machine_state_info{machine="press-01",state="fault:mould"} 1"#,
        r#"gemba_signal_quality{machine="press-01",signal="total",quality="good"} 1"#,
        r#"gemba_signal_quality{machine="press-01",signal="total",quality="stale"} 0"#,
        r#"gemba_source_up{source="press-plc",kind="modbus"} 1"#,
        r#"gemba_sink_backlog_bookings{sink="pro\"gram\\me\n"} 0"#,
        r#"gemba_sink_quarantined_bookings{sink="pro\"gram\\me\n"} 0"#,
        "gemba_store_ok 1",
        "gemba_store_facts_lost_total 0",
        "gemba_store_facts_waiting 0",
    ] {
        assert!(text.lines().any(|written| written == line), "{line} is not in\n{text}");
    }
    let age = text
        .lines()
        .find_map(|line| line.strip_prefix("gemba_store_last_commit_age_seconds "));
    assert!((2.0..60.0).contains(&age.unwrap().parse::<f64>().unwrap()));
}

#[tokio::test]
async fn metrics_tell_how_full_the_disk_is_and_what_was_lost() {
    let site = Site::without_stops().await;
    site.sicken(|health| {
        (health.store.used_mb, health.store.max_mb) = (812, 1_000);
        health.store.lost_facts = 7;
        health.sinks[0].lost = 3;
    });
    let text = client().get(site.url("/metrics")).send().await.unwrap();
    let text = text.text().await.unwrap();
    for line in [
        "# TYPE gemba_store_used_bytes gauge",
        "gemba_store_used_bytes 812000000",
        "# TYPE gemba_store_max_bytes gauge",
        "gemba_store_max_bytes 1000000000",
        "# TYPE gemba_store_facts_lost counter",
        "gemba_store_facts_lost_total 7",
        "# TYPE gemba_sink_bookings_lost counter",
    ] {
        assert!(text.lines().any(|written| written == line), "{line} is not in\n{text}");
        let name = line.trim_start_matches("# TYPE ").split(' ').next().unwrap();
        let help = format!("# HELP {} ", name.trim_end_matches("_total"));
        assert!(text.contains(&help), "{help} is not in\n{text}");
    }
    let lost = |line: &str| line.starts_with("gemba_sink_bookings_lost_total{sink=") && line.ends_with("} 3");
    assert!(text.lines().any(lost), "{text}");
}

#[tokio::test]
async fn a_page_that_is_not_there_and_a_method_nobody_knows_are_problems_in_json() {
    let site = Site::without_stops().await;
    for (method, path, status) in [
        ("GET", "/a/0/js/main.js", 404),
        ("GET", "/a/..%2f..%2fetc/passwd", 404),
        ("GET", "/api/v1/wall/../../../etc/passwd", 404),
        ("GET", "/..%2f..%2fetc/passwd", 404),
        ("GET", "/api/v1/wall%00", 404),
        ("GET", "/api/v1/entries", 405),
        ("DELETE", "/api/v1/wall", 405),
    ] {
        let answer = client()
            .request(method.parse().unwrap(), site.url(path))
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), status, "{method} {path}");
        assert_eq!(answer.headers()["content-type"], "application/problem+json");
        assert_eq!(answer.headers().contains_key("allow"), status == 405, "{method} {path}");
        let problem: Json = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
        assert_eq!(problem["status"], status);
    }
}

#[tokio::test]
async fn every_answer_forbids_caches_sniffing_and_scripts() {
    let site = Site::without_stops().await;
    for path in ["/api/v1/wall", "/api/v1/health", "/metrics", "/nowhere"] {
        let answer = client().get(site.url(path)).send().await.unwrap();
        assert_eq!(answer.headers()["cache-control"], "no-store", "{path}");
        assert_eq!(answer.headers()["x-content-type-options"], "nosniff", "{path}");
        assert!(
            answer.headers()["content-security-policy"]
                .to_str()
                .unwrap()
                .starts_with("default-src 'none'")
        );
        assert!(!answer.headers().contains_key("access-control-allow-origin"), "{path}");
    }
}

#[tokio::test]
async fn a_stop_ends_within_three_seconds_though_a_client_holds_its_connection() {
    let site = Site::without_stops().await;
    let silent = tokio::net::TcpStream::connect(site.address).await.unwrap();
    let busy = site.post(
        web::OPERATOR,
        r#"{"key":"k","machine":"press-01","kind":"scrap","scrap":{"pieces":1}}"#,
    );
    let mut site = site;
    let unanswered = site.asked().await;
    site.stop.send(true).unwrap();
    let ended = tokio::time::timeout(Duration::from_secs(3), site.task).await;
    assert!(ended.is_ok(), "it ends although an entry is unanswered");
    busy.abort();
    drop((silent, unanswered));
}

#[tokio::test]
async fn a_sink_that_waits_for_a_person_or_lost_bookings_says_so() {
    let site = Site::without_stops().await;
    let findings = async || site.json("/api/v1/health").await;
    site.sicken(|health| {
        health.sinks[0].up = false;
        health.sinks[0].why = "It refuses the token: look at token_file.".into();
        health.sinks[0].backlog = 7;
    });
    let health = findings().await;
    assert_eq!(
        health["findings"],
        json!([
            "Sink programme does not take bookings: It refuses the token: look at token_file. 7 wait on disk, none is lost."
        ])
    );
    site.sicken(|health| {
        health.sinks[0].act = true;
        health.sinks[0].lost = 3;
    });
    let health = findings().await;
    assert_eq!(
        (&health["status"], &health["sinks"][0]["lost"]),
        (&json!("failing"), &json!(3))
    );
    let said = health["findings"].to_string();
    assert!(
        said.contains("never gets 3 bookings") && said.contains("Somebody must act"),
        "{said}"
    );
    assert!(!said.contains("none is lost"), "{said}");
}

#[tokio::test]
async fn a_disk_that_fills_up_is_told_from_80_percent_on() {
    let site = Site::without_stops().await;
    let fill = |used_mb| site.sicken(move |health| (health.store.used_mb, health.store.max_mb) = (used_mb, 1_000));
    fill(799);
    assert_eq!(site.json("/api/v1/health").await["status"], "ok");
    fill(800);
    let health = site.json("/api/v1/health").await;
    assert_eq!(
        (&health["status"], &health["store"]["used_mb"]),
        (&json!("degraded"), &json!(800))
    );
    let said = health["findings"][0].as_str().unwrap();
    assert!(
        said.contains("800 of 1000 MB") && said.contains("max_disk_mb"),
        "{said}"
    );
}

#[tokio::test]
async fn the_wall_names_the_site() {
    let site = Site::without_stops().await;
    assert_eq!(
        site.json("/api/v1/wall").await["site"],
        json!({"org": "example-co", "id": "plant-1", "name": {"vi": "Xưởng 1"}, "language": "vi"})
    );
}
