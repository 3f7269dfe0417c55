//! What is about time whose minutes are kept no longer, and what is just inside it.

use super::*;
use crate::model::entry::{Entry, OrderAct};

/// What the entry `mes/old` was about, this many milliseconds before minutes are kept no longer.
fn with(spare_ms: i64, says: impl Fn(Timestamp) -> Says) -> Plan {
    let mut plan = plan();
    let at = NOW.plus(spare_ms - OLDEST_MS);
    let before = at.plus(-60_000);
    let told = [("mes/on", before, start(before)), ("mes/old", at, says(at))];
    for (key, at, says) in told {
        let (key, source) = (key.into(), Source::Manual);
        let entry = fact(
            "mes",
            Body::Entry(Entry {
                key,
                source,
                late: false,
                says,
            }),
        );
        plan.apply(&Fact { at, ..entry });
    }
    plan
}

fn start(when: Timestamp) -> Says {
    let (order, act) = ("A-17".into(), OrderAct::Start);
    Says::Order { order, act, when }
}

fn finish(when: Timestamp) -> Says {
    let (order, act) = ("A-17".into(), OrderAct::Finish);
    Says::Order { order, act, when }
}

fn ask(plan: &Plan, kind: &str, says: &str) -> (u16, String) {
    let body = format!(r#"{{"key":"k","machine":"press-01","kind":"{kind}","{kind}":{says}}}"#);
    let machine = machine(Class::Running, NOW.plus(-60_000));
    match checked_against(plan, ("mes", Role::Operator), &body, machine) {
        Ok(_) => (201, String::new()),
        Err(problem) => (problem.status.as_u16(), problem.detail),
    }
}

#[test]
fn an_entry_about_time_that_is_kept_no_longer_is_not_taken_back() {
    let reason = |anchor| Says::Reason {
        reason: "jam".into(),
        anchor,
        part: None,
        leads: false,
    };
    let kinds: [fn(Timestamp) -> Says; 3] = [|_| Says::Cavities { active: 1 }, finish, reason];
    for says in kinds {
        let undo = |spare_ms| ask(&with(spare_ms, says), "undo", r#"{"entry":"old"}"#);
        assert_eq!(undo(0).0, 201, "{}", undo(0).1);
        let (status, why) = undo(-1);
        assert_eq!(status, 422);
        // 2026-11-21T07:05 less 90 days: 21 of November, 31 of October, 30 of September and 8 of August.
        let words =
            "older than 90 days; entries that old are no longer taken: minutes are kept from 2026-08-23T07:05:00";
        assert!(why.contains(words), "{why}");
    }
}

#[test]
fn a_reason_given_in_time_for_a_stop_of_a_hundred_days_can_be_taken_back() {
    let mut plan = plan();
    let says = Says::Reason {
        reason: "jam".into(),
        anchor: NOW.plus(-HOUR_MS),
        part: None,
        leads: false,
    };
    let (key, source) = ("mes/old".into(), Source::Manual);
    let entry = fact(
        "mes",
        Body::Entry(Entry {
            key,
            source,
            late: false,
            says,
        }),
    );
    plan.apply(&Fact {
        at: NOW.plus(-100 * 24 * HOUR_MS),
        ..entry
    });
    assert_eq!(ask(&plan, "undo", r#"{"entry":"old"}"#).0, 201);
}

#[test]
fn scrap_of_an_order_that_ended_before_minutes_are_kept_is_refused() {
    for kind in ["scrap", "rework"] {
        // Its last instant is the one before it was finished.
        let says = r#"{"pieces":1,"scope":{"order":"A-17"}}"#;
        assert_eq!(ask(&with(1, finish), kind, says).0, 201);
        let (status, why) = ask(&with(0, finish), kind, says);
        assert_eq!(status, 422);
        assert!(why.contains("A-17") && why.contains("90 days"), "{why}");
    }
}
