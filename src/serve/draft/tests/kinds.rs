//! What each kind of entry comes to, and what of it is refused.

use super::*;
use crate::model::entry::OrderAct;
use crate::model::settings::{CalendarSetting, ShiftSetting};

fn body(kind: &str, says: &str) -> String {
    format!(r#"{{"key":"k","machine":"press-01","kind":"{kind}","{kind}":{says}}}"#)
}

fn led(kind: &str, says: &str, class: Class) -> Result<Checked, String> {
    let machine = machine(class, NOW.plus(-60_000));
    checked_by("boss", Role::Leader, &body(kind, says), machine).map_err(|problem| problem.detail)
}

#[test]
fn every_kind_says_what_its_object_says() {
    let ms = |ago: i64| NOW.plus(-ago).0;
    let part = format!(r#"{{"reason":"jam","from":{},"to":{}}}"#, ms(50_000), ms(20_000));
    let part_says = Says::Reason {
        reason: "jam".into(),
        anchor: NOW.plus(-50_000),
        part: Some(Period::new(NOW.plus(-50_000), NOW.plus(-20_000))),
        leads: true,
    };
    let hand = format!(r#"{{"from":{},"pieces":12}}"#, ms(60_000));
    let held = format!(r#"{{"role":"good","at":{},"release":true}}"#, ms(9_000));
    let start = NOW.plus(-60_000);
    let order = Says::Order {
        order: "A-17".into(),
        act: OrderAct::Start,
        when: NOW,
    };
    let by_hand = Says::HandCount {
        until: NOW,
        pieces: 12,
        counted: None,
    };
    for (kind, says, at, expected) in [
        ("reason", part.as_str(), start, part_says),
        ("reworked", r#"{"pieces":2}"#, NOW, Says::Reworked { pieces: 2 }),
        ("cavities", r#"{"active":3}"#, NOW, Says::Cavities { active: 3 }),
        ("order", r#"{"order":"A-17","act":"start"}"#, start, order),
        (
            "planned_stop",
            &format!(r#"{{"until":{},"reason":"meeting"}}"#, ms(-3_600_000)),
            NOW,
            Says::PlannedStop {
                until: NOW.plus(3_600_000),
                reason: "meeting".into(),
            },
        ),
        (
            "headcount",
            r#"{"people":2.5}"#,
            NOW,
            Says::Headcount {
                milli: 2_500,
                line: "".into(),
            },
        ),
        ("hand_count", &hand, start, by_hand),
        (
            "held",
            &held,
            NOW.plus(-9_000),
            Says::Held {
                role: "good".into(),
                release: true,
            },
        ),
        ("service", r#"{"on":true}"#, NOW, Says::Service { on: true }),
    ] {
        let checked = led(kind, says, Class::Unexplained).unwrap();
        assert_eq!((checked.earliest, checked.says), (Earliest::At(at), expected), "{kind}");
        assert_eq!(checked.machine, Some(MachineId(3)));
    }
}

#[test]
fn a_count_by_hand_ends_when_it_happened_where_no_other_end_is_named() {
    let until = |fields: &str, more: &str| {
        let from = NOW.plus(-240_000).0;
        let body = format!(
            r#"{{"key":"k","machine":"press-01","kind":"hand_count"{fields},"hand_count":{{"from":{from},"pieces":12{more}}}}}"#
        );
        running(&body).map(|checked| {
            let Says::HandCount { until, .. } = checked.says else {
                panic!("{checked:?}")
            };
            NOW.since(until)
        })
    };
    assert_eq!(until("", ""), Ok(0));
    assert_eq!(until(r#","age_ms":120000"#, ""), Ok(120_000));
    let named = format!(r#","until":{}"#, NOW.plus(-60_000).0);
    assert_eq!(until(r#","age_ms":120000"#, &named), Ok(60_000));
    // It began 240 s ago.
    assert!(until(r#","age_ms":240000"#, "").unwrap_err().contains("or else `at`"));
}

#[test]
fn the_first_piece_an_order_and_what_came_too_late_are_booked_where_they_begin() {
    let start = NOW.plus(-60_000);
    let first_off = led("first_off", "{}", Class::Setup).unwrap();
    assert_eq!(
        first_off.earliest,
        Earliest::At(start),
        "the changeover began a minute ago"
    );
    assert!(
        led("first_off", "{}", Class::Running)
            .unwrap_err()
            .contains("changed over")
    );
    assert_eq!(
        led("accept", r#"{"seq":9}"#, Class::Running).unwrap().earliest,
        Earliest::OfFact(9)
    );
    let order = led("order", r#"{"order":"A-17","act":"finish"}"#, Class::Running).unwrap();
    assert_eq!(
        order.earliest,
        Earliest::At(NOW),
        "a machine that runs stands in no stop"
    );
}

#[test]
fn time_nobody_saw_can_be_given_a_reason_too() {
    let checked = led("reason", r#"{"reason":"jam"}"#, Class::Unknown).unwrap();
    assert_eq!(checked.earliest, Earliest::At(NOW.plus(-60_000)));
}

#[test]
fn a_part_that_is_none_and_numbers_that_cannot_be_are_refused_by_name() {
    let at = NOW.0;
    for (kind, says, word) in [
        ("reason", format!(r#"{{"reason":"jam","from":{at}}}"#), "reason.to"),
        (
            "reason",
            format!(r#"{{"reason":"jam","from":{at},"to":{}}}"#, at - 1),
            "after",
        ),
        (
            "reason",
            format!(r#"{{"reason":"jam","from":{},"to":{at},"anchor":{at}}}"#, at - 9),
            "anchor",
        ),
        ("cavities", r#"{"active":0}"#.to_owned(), "cavities.active"),
        ("headcount", r#"{"people":-1}"#.to_owned(), "headcount.people"),
        ("headcount", r#"{"people":1e9}"#.to_owned(), "headcount.people"),
        ("order", r#"{"order":"A-18","act":"start"}"#.to_owned(), "A-18"),
        ("order", r#"{"order":"A-17","act":"eat"}"#.to_owned(), "order.act"),
        ("planned_stop", format!(r#"{{"until":{at}}}"#), "planned_stop.until"),
        (
            "planned_stop",
            format!(r#"{{"from":{at},"until":{}}}"#, at + 32 * 86_400_000),
            "31 days",
        ),
        ("hand_count", format!(r#"{{"from":{at},"pieces":3}}"#), "hand_count"),
        ("hand_count", r#"{"from":0,"pieces":3}"#.to_owned(), "90 days"),
        (
            "hand_count",
            r#"{"from":2208988800000,"pieces":3}"#.to_owned(),
            "future",
        ),
        (
            "held",
            format!(r#"{{"role":"state","at":{at},"release":true}}"#),
            "held.role",
        ),
        ("undo", r#"{"entry":"9"}"#.to_owned(), "no entry"),
        (
            "scrap",
            r#"{"pieces":1,"scope":{"shift":"2026-11-21.9"}}"#.to_owned(),
            "no shift",
        ),
        ("scrap", r#"{"pieces":1,"scope":{"order":"A-17"}}"#.to_owned(), "never"),
        ("scrap", r#"{"pieces":1,"scope":"week"}"#.to_owned(), "scrap.scope"),
    ] {
        let why = led(kind, &says, Class::Unexplained).unwrap_err();
        assert!(why.contains(word), "{kind} {says}: {why}");
    }
}

#[test]
fn what_takes_time_out_of_oee_or_undoes_what_another_entered_needs_a_leader() {
    let status = |name: &str, role, kind: &str, says: &str| {
        let checked = checked_by(
            name,
            role,
            &body(kind, says),
            machine(Class::Unexplained, NOW.plus(-60_000)),
        );
        checked.map_or_else(|problem| problem.status.as_u16(), |_| 200)
    };
    let until = format!(r#"{{"until":{}}}"#, NOW.plus(60_000).0);
    let held = format!(r#"{{"role":"good","at":{},"release":true}}"#, NOW.0);
    for (kind, says) in [
        ("planned_stop", until.as_str()),
        ("held", &held),
        ("service", r#"{"on":false}"#),
        ("accept", r#"{"seq":9}"#),
        ("reason", r#"{"reason":"meeting"}"#),
    ] {
        assert_eq!(status("mes", Role::Operator, kind, says), 403, "{kind}");
        assert_eq!(status("boss", Role::Leader, kind, says), 200, "{kind}");
    }
    assert_eq!(
        status("mes", Role::Operator, "reason", r#"{"reason":"5s"}"#),
        200,
        "it has an allowance"
    );
    assert_eq!(
        status("mes", Role::Operator, "reason", r#"{"reason":"no-material"}"#),
        403
    );
    assert_eq!(
        status("boss", Role::Leader, "reason", r#"{"reason":"no-material"}"#),
        200
    );
    // mes/1 is an entry of `mes`: its author names it by its own key.
    assert_eq!(status("mes", Role::Operator, "undo", r#"{"entry":"1"}"#), 200);
    assert_eq!(status("other", Role::Operator, "undo", r#"{"entry":"mes/1"}"#), 403);
    assert_eq!(status("other", Role::Leader, "undo", r#"{"entry":"mes/1"}"#), 200);
}

#[test]
fn an_entry_taken_back_is_booked_where_it_was() {
    let checked = led("undo", r#"{"entry":"mes/1"}"#, Class::Running).unwrap();
    assert_eq!(checked.earliest, Earliest::At(NOW.plus(-24 * HOUR_MS)));
    assert_eq!(checked.says, Says::Undo { entry: "mes/1".into() });
}

#[test]
fn people_of_a_line_are_about_no_one_machine() {
    let of_line = r#"{"key":"k","kind":"headcount","headcount":{"people":3,"line":"L1"}}"#;
    assert_eq!(running(of_line).unwrap().machine, None);
    let other = of_line.replace("L1", "L2");
    assert!(running(&other).unwrap_err().contains("L2"));
}

#[test]
fn the_first_headcount_of_a_shift_counts_from_its_start_and_a_later_one_from_its_own_instant() {
    let early = ShiftSetting {
        id: "early".into(),
        name: "early".into(),
        days: [true; 7],
        from_min: 360,
        to_min: 840,
        breaks: Vec::new(),
    };
    let calendar = CalendarSetting {
        timezone: "UTC".into(),
        shifts: vec![early],
        ..CalendarSetting::default()
    };
    let mut plan = plan();
    plan.apply(&fact("config", Body::Setting(Change::new(Setting::Calendar(calendar)))));
    let at = |plan: &Plan, fields: &str, people: &str| {
        let body = format!(r#"{{"key":"k","kind":"headcount"{fields},"headcount":{{"people":3{people}}}}}"#);
        let press = MachineLive {
            line: "L1".into(),
            ..machine(Class::Running, NOW.plus(-60_000))
        };
        let checked = checked_against(plan, ("mes", Role::Operator), &body, press);
        checked.map_err(|problem| problem.detail).unwrap().earliest
    };
    let (of_line, of_press) = (r#","line":"L1""#, r#","machine":"press-01""#);
    let named = format!(r#","at":{}"#, NOW.plus(-60_000).0);
    // 07:05, in the shift that began at 06:00.
    let start = Earliest::At(NOW.plus(-65 * 60_000));
    assert_eq!(at(&plan, "", of_line), start);
    assert_eq!(at(&plan, of_press, ""), start);
    assert_eq!(at(&plan, &named, of_line), Earliest::At(NOW.plus(-60_000)));
    assert_eq!(
        at(&plan, r#","age_ms":60000"#, of_line),
        Earliest::At(NOW.plus(-60_000))
    );
    let entry = |key: String, says: Says| {
        let body = Body::Entry(Entry {
            key: key.into(),
            source: Source::Manual,
            late: false,
            says,
        });
        Fact {
            machine: None,
            ..fact("mes", body)
        }
    };
    let told = |plan: &Plan, before_ms: i64| {
        let says = Says::Headcount {
            milli: 3_000,
            line: "L1".into(),
        };
        let mut plan = plan.clone();
        plan.apply(&Fact {
            at: NOW.plus(-before_ms),
            ..entry(format!("mes/{before_ms}"), says)
        });
        plan
    };
    // Of the shift before nothing holds on.
    assert_eq!(at(&told(&plan, 66 * 60_000), "", of_line), start);
    for told in [told(&plan, 65 * 60_000), told(&plan, 0)] {
        assert_eq!(at(&told, "", of_line), Earliest::At(NOW));
        assert_eq!(at(&told, of_press, ""), Earliest::At(NOW));
    }
    // One that was taken back told of nothing.
    let mut undone = told(&plan, 65 * 60_000);
    let first = format!("mes/{}", 65 * 60_000).into();
    undone.apply(&entry("mes/undo".to_owned(), Says::Undo { entry: first }));
    assert_eq!(at(&undone, "", of_line), start);
}

#[test]
fn rework_that_is_taken_back_is_held_against_what_passed_it() {
    let from_rework = |kind: &str, says: &str| {
        let scoped = led(kind, says, Class::Running).unwrap().from_rework;
        scoped.map(|scoped| (scoped.pool, scoped.period.end))
    };
    let passes = Some((Pool::Rejected, Timestamp::MAX));
    assert_eq!(from_rework("undo", r#"{"entry":"mes/2"}"#), passes);
    assert_eq!(from_rework("rework", r#"{"pieces":-3}"#), passes);
    assert_eq!(from_rework("rework", r#"{"pieces":3}"#), None);
    assert_eq!(from_rework("scrap", r#"{"pieces":-3}"#), None);
    assert_eq!(from_rework("undo", r#"{"entry":"mes/1"}"#), None);
}

#[test]
fn an_entry_for_a_shift_that_is_over_is_booked_at_its_last_instant() {
    // Without shifts every production day is one of its own, here the UTC day 2026-11-20.
    let slot = plan().slot(NOW.plus(-24 * HOUR_MS));
    let scope = format!(
        r#"{{"pieces":5,"scope":{{"shift":"{}.{}"}}}}"#,
        slot.business_date, slot.shift
    );
    let checked = led("scrap", &scope, Class::Running).unwrap();
    assert_eq!(checked.earliest, Earliest::At(slot.shift_period.end.plus(-1)));
    let takes_from = Scoped {
        pool: Pool::Good,
        period: slot.shift_period,
        order: None,
    };
    assert_eq!(checked.takes_from, Some(takes_from));
    let Says::Scrap { scope, .. } = checked.says else {
        panic!("scrap")
    };
    assert!(matches!(scope, Scope::Former(_)));
}
