//! Time that nobody saw, within a shift and over a change of shifts.

use super::*;
use crate::model::settings::{CalendarSetting, ShiftSetting};

#[test]
fn planned_time_nobody_saw_for_more_than_five_minutes_asks_for_a_reason_too() {
    let unseen = |from, to, since| span(from, to, Class::Unknown, "unknown", since);
    let story = Story {
        spans: vec![
            unseen(0, 5, 0),
            span(5, 6, Class::Running, "running", 5),
            // Cut at a quarter hour: 4 and 2 minutes of one silence.
            unseen(11, 15, 11),
            unseen(15, 17, 11),
            span(17, 20, Class::Unexplained, "stopped", 17),
            // Off since before the shift began: what lies in the shift is five minutes.
            span(20, 25, Class::NotScheduled, "unknown", -10),
            unseen(25, 30, -10),
        ],
        tallies: vec![],
        ..Story::default()
    };
    assert_eq!(story.unexplained(), 2, "a stop and a silence");
    let asks: Vec<bool> = story.segments(&[]).iter().map(|segment| segment.unexplained).collect();
    assert_eq!(
        asks,
        [false, false, true, true, false, false],
        "of five minutes and not more none is asked for"
    );
}

#[test]
fn time_nobody_saw_over_a_change_of_shifts_is_asked_for_by_its_whole_length_in_the_shift_it_ends_in() {
    let unseen = |from, to, since| Story {
        spans: vec![span(from, to, Class::Unknown, "unknown", since)],
        ..Story::default()
    };
    let late = |since| {
        unseen(480, 484, since)
            .carried_over(PRESS, &plan(), minute(480))
            .unexplained()
    };
    assert_eq!(late(476), 1, "4 min before the change and 4 after it are above 5");
    assert_eq!(late(479), 0, "1 min and 4 are not");
    let early = unseen(476, 480, 476).carried_over(PRESS, &plan(), minute(0));
    assert_eq!(early.unexplained(), 0, "it is asked for once");
    // Shifts of 00:00 to 07:56 and from 08:00 on: what lies between them is planned for nobody.
    let shift = |id: &str, from_min, to_min| ShiftSetting {
        id: id.into(),
        name: id.into(),
        days: [true; 7],
        from_min,
        to_min,
        breaks: Vec::new(),
    };
    let calendar = CalendarSetting {
        timezone: "UTC".into(),
        shifts: vec![shift("early", 0, 476), shift("late", 480, 960)],
        ..CalendarSetting::default()
    };
    let mut plan = plan();
    plan.apply(&Fact {
        at: Timestamp(0),
        received_at: Timestamp(0),
        mono_ms: 0,
        epoch: 0,
        machine: None,
        author: "config".into(),
        body: Body::Setting(Change::new(Setting::Calendar(calendar))),
    });
    let late = |since| {
        unseen(480, 484, since)
            .carried_over(PRESS, &plan, minute(480))
            .unexplained()
    };
    assert_eq!(late(476), 0);
    // 07:54 to 07:56 and 08:00 to 08:04 are 2 + 4 planned minutes.
    assert_eq!(late(474), 1);
}
