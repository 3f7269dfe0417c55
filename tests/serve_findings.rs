//! What health says of numbers that cannot be: what, where, and what to correct.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "helpers of tests fail their test"
)]

#[path = "support/web.rs"]
mod web;

use gemba::model::fact::Role;
use gemba::model::live::StoodCounting;
use gemba::model::reading::Value;
use gemba::model::settings::RejectSource;
use gemba::model::tally::Column;
use serde_json::json;
use web::Site;

#[tokio::test]
async fn numbers_no_machine_can_make_are_findings_and_stay_as_they_are() {
    let site = Site::without_stops().await;
    let findings = async || site.json("/api/v1/health").await["findings"].clone();
    let add = |column, amount| site.change(move |live| live.machines[0].tally.add(column, amount));
    // 4,800 s + 2,400 s earned in 6,000 s of run time are 120 %, and one more piece of 10 s is too many.
    add(Column::EarnedTotalNs, 2_400_000_000_000);
    assert_eq!(findings().await, json!([]));
    add(Column::EarnedTotalNs, 4_800_000_000_000);
    assert_eq!(
        findings().await,
        json!([
            "Machine press-01: performance is 200 %: pieces come faster than ideal_cycle_s says; correct ideal_cycle_s, \
             cavities, or the counter's mapping."
        ])
    );
    let wall = site.json("/api/v1/wall").await;
    assert_eq!(wall["machines"][0]["kpi"]["performance"], 2.0, "nothing is capped");
    // 6,000 s - 5,401 s are 599 s of run time: too early to tell.
    add(Column::AptMs, -5_401_000);
    assert_eq!(findings().await, json!([]));
}

#[tokio::test]
async fn more_rejects_than_pieces_is_a_finding_that_says_where_they_come_from() {
    let site = Site::without_stops().await;
    let findings = async || site.json("/api/v1/health").await["findings"].clone();
    let reject = |entered: Column, pieces: i64| {
        site.change(move |live| {
            for (column, pieces) in [(entered, pieces), (Column::Reject, pieces), (Column::Good, -pieces)] {
                live.machines[0].tally.add(column, pieces);
            }
        });
    };
    // 12 of 480 pieces are rejects; 468 more leave no good piece, and one more would leave less than none.
    reject(Column::ManualReject, 468);
    assert_eq!(findings().await, json!([]));
    reject(Column::ManualReject, 1);
    assert_eq!(
        findings().await,
        json!([
            "Machine press-01: more rejects (481) than pieces (480) in this shift: an entry of scrap is wrong; take it back \
             with the same number below zero."
        ])
    );
    site.change(|live| live.machines[0].tally.add(Column::GapTotal, 1));
    assert_eq!(
        findings().await,
        json!([]),
        "a piece made while nobody looked is one too"
    );
    site.change(|live| live.machines[0].tally.add(Column::ExcessReject, 5));
    let said = findings().await.to_string();
    assert!(
        said.contains("more rejects than pieces of a product (5 too many) in this shift: an entry of scrap is wrong"),
        "{said}"
    );
    site.change(|live| live.machines[0].tally.add(Column::ExcessReject, -5));
    site.change(|live| {
        live.machines[0].tally.add(Column::ManualReject, -469);
        live.machines[0].tally.add(Column::GapTotal, -1);
        live.machines[0].shift = None;
    });
    let said = findings().await.to_string();
    assert!(
        said.contains("on this production day: the counters of `count`"),
        "{said}"
    );
    site.change(|live| live.machines[0].reject_source = RejectSource::None);
    let said = findings().await.to_string();
    assert!(!said.contains("more rejects"), "nobody counts rejects here: {said}");
}

#[tokio::test]
async fn pieces_that_come_while_the_state_says_that_the_machine_stands_are_a_finding() {
    let site = Site::without_stops().await;
    site.change(|live| {
        live.machines[0].stood = StoodCounting {
            ms: 3_600_000,
            pieces: 288,
        };
    });
    assert_eq!(
        site.json("/api/v1/health").await["findings"],
        json!([
            "Machine press-01: 288 pieces came in this shift in 60 minutes in which its state says that it stands: availability \
             is too low and performance too high; see whether the state's signal hangs, correct its map, or take the state from \
             the counter (from_count)."
        ])
    );
}

#[tokio::test]
async fn a_machine_whose_rejects_nobody_counts_stays_on_the_list_of_commissioning() {
    let site = Site::without_stops().await;
    site.change(|live| live.machines[0].reject_source = RejectSource::None);
    let health = site.json("/api/v1/health").await;
    assert_eq!(
        health["findings"],
        json!([
            "Machine press-01: it stays in commissioning: nobody counts its rejects (reject_source = \"none\"), so its quality \
             and OEE are not known, and its tile shows availability and performance alone; connect a counter of rejects, or of \
             good pieces, in `count`, or write reject_source = \"manual\" and have people enter scrap."
        ])
    );
    assert_eq!(health["status"], "ok", "a gauge may have no rejects on purpose");
    site.change(|live| live.machines[0].in_service = false);
    let said = site.json("/api/v1/health").await["findings"].to_string();
    assert!(
        said.contains("it is in commissioning") && !said.contains("it stays"),
        "{said}"
    );
    site.change(|live| {
        live.machines[0].in_service = true;
        live.machines[0].reject_source = RejectSource::Manual;
    });
    assert_eq!(site.json("/api/v1/health").await["findings"], json!([]));
}

#[tokio::test]
async fn rejects_beyond_the_pieces_leave_no_ratio_that_could_be_wrong_and_the_counts_as_they_are() {
    let site = Site::without_stops().await;
    // Of 480 pieces 4 rejects may be late: 1 in 100.
    site.change(|live| live.machines[0].tally.add(Column::ExcessReject, 5));
    let press = site.json("/api/v1/wall").await["machines"][0].clone();
    for name in ["quality", "oee", "bridged_oee", "good_ratio", "defect_rate"] {
        assert_eq!(press["kpi"][name], json!(null), "{name}");
        assert_eq!(
            press["why"][name], "more rejects, or good pieces, than pieces in all were counted or entered",
            "{name}"
        );
    }
    assert!(press["kpi"]["availability"].is_f64() && press["kpi"]["performance"].is_f64());
    assert_eq!(
        (&press["counts"]["good"], &press["counts"]["excess_reject"]),
        (&json!(468), &json!(5))
    );
    let health = site.json("/api/v1/health").await;
    assert_eq!(health["machines"][0]["excess_reject"], 5);
    let plant = site.json("/api/v1/snapshot").await["plant"].clone();
    assert_eq!(
        (&plant["why"], &plant["lacking"], &plant["ratios"]["oee"]),
        (&json!("missing_excess_reject"), &json!(["press-01"]), &json!(null)),
        "{plant}"
    );
}

#[tokio::test]
async fn a_measured_value_that_tells_no_state_yet_is_a_finding() {
    let site = Site::without_stops().await;
    site.change(|live| {
        let machine = &mut live.machines[0];
        machine.state = "unknown".into();
        let mut amps = machine.signals[0].clone();
        (amps.role, amps.value) = (Role::Input(0), Some(Value::Float(3.25)));
        machine.signals.push(amps);
    });
    let said = site.json("/api/v1/health").await["findings"].to_string();
    assert!(
        said.contains("input0 says 3.25, and no state follows from that"),
        "{said}"
    );
}
