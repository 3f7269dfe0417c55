//! Which stop a reason is for, and what is answered where there is none.

use super::*;
use crate::model::tally::SpanRow;

#[test]
fn a_reason_for_the_running_stop_is_booked_from_its_start() {
    let body = r#"{"key":"k","machine":"press-01","kind":"reason","reason":{"reason":"jam"},"age_ms":1000}"#;
    let checked = stopped(body).unwrap();
    assert_eq!(checked.earliest, Earliest::At(NOW.plus(-60_000)));
    assert_eq!(
        checked.says,
        Says::Reason {
            reason: "jam".into(),
            anchor: NOW.plus(-1_000),
            part: None,
            leads: false
        }
    );
    assert!(running(body).unwrap_err().contains("no stop"));
}

#[test]
fn a_reason_for_an_earlier_stop_asks_the_journal_and_knows_whether_it_may_come_there_yet() {
    let earliest = |since_ms: i64, settled_ms: i64| {
        let mut machine = machine(Class::Running, NOW.plus(since_ms));
        machine.settled = NOW.plus(settled_ms);
        let anchor = NOW.plus(-200_000).0;
        let body = format!(
            r#"{{"key":"k","machine":"press-01","kind":"reason","reason":{{"reason":"jam","anchor":{anchor}}}}}"#
        );
        checked(&body, machine).unwrap().earliest
    };
    let asked = |open| Earliest::StoredStop {
        anchor: NOW.plus(-200_000),
        open,
    };
    // It runs for 90 s and was settled after the anchor by 90 s and more: what is not on disk will not come.
    assert_eq!(earliest(-90_000, 0), asked(false));
    assert_eq!(earliest(-90_000, -109_999), asked(false));
    // The anchor was 200 s ago; settled 110 s ago is 90 s after it.
    assert_eq!(earliest(-90_000, -110_000), asked(true));
    // The stop before this run ended 89.999 s ago.
    assert_eq!(earliest(-89_999, 0), asked(true));
}

#[test]
fn a_first_piece_approved_late_asks_the_journal_only_while_its_changeover_may_come_there_yet() {
    let earliest = |ago_ms: i64| {
        let mut machine = machine(Class::Running, NOW.plus(-600_000));
        machine.settled = NOW.plus(-600_000);
        let body =
            format!(r#"{{"key":"k","machine":"press-01","kind":"first_off","first_off":{{}},"age_ms":{ago_ms}}}"#);
        checked(&body, machine).unwrap().earliest
    };
    let asked = |ago_ms: i64, open| {
        let anchor = NOW.plus(-ago_ms);
        Earliest::StoredStop { anchor, open }
    };
    assert_eq!(earliest(601_000), asked(601_000, true));
    assert_eq!(
        earliest(7_200_000),
        asked(7_200_000, false),
        "that time is long on disk"
    );
}

#[test]
fn a_reason_for_time_that_the_view_tells_is_answered_by_it() {
    let row = |from_ms: i64, to_ms: i64, class| SpanRow {
        machine: MachineId(3),
        period: Period::new(NOW.plus(from_ms), NOW.plus(to_ms)),
        class,
        state: "".into(),
        reason: "".into(),
        author: "".into(),
        since: NOW.plus(from_ms),
        counts: true,
        key: Default::default(),
        source: Default::default(),
    };
    // It stands for a minute now, ran for three before, and stood before that; what is older is on disk.
    let earliest = |ago_ms: i64, recomputing: bool| {
        let mut machine = machine(Class::Unexplained, NOW.plus(-60_000));
        machine.settled = NOW.plus(-600_000);
        machine.recomputing = recomputing;
        machine.open.spans = vec![
            row(-300_000, -240_000, Class::MinorStop),
            row(-240_000, -60_000, Class::Running),
            row(-60_000, 0, Class::Unexplained),
        ];
        let anchor = NOW.plus(-ago_ms).0;
        let body = format!(
            r#"{{"key":"k","machine":"press-01","kind":"reason","reason":{{"reason":"jam","anchor":{anchor}}}}}"#
        );
        checked(&body, machine).map(|checked| checked.earliest)
    };
    let asked = |ago_ms: i64, open| {
        let anchor = NOW.plus(-ago_ms);
        Ok(Earliest::StoredStop { anchor, open })
    };
    let refused = earliest(100_000, false).unwrap_err();
    assert!(
        refused.contains("had no stop at 2026-11-21T07:03:20.000Z") && refused.ends_with("it was running then"),
        "{refused}"
    );
    assert_eq!(
        earliest(270_000, false),
        asked(270_000, true),
        "the stop comes to the disk yet"
    );
    assert_eq!(earliest(300_001, false), asked(300_001, false), "all of it is on disk");
    assert_eq!(earliest(59_000, false), Ok(Earliest::At(NOW.plus(-60_000))));
    // What is worked out again may have been a stop.
    assert_eq!(earliest(100_000, true), asked(100_000, true));
}
