//! A shift of a press told from its rows, with the arithmetic beside it.

use super::*;
use crate::model::detail::Detail;
use crate::model::entry::Entry;
use crate::model::fact::{Body, Fact};
use crate::model::settings::{Change, MachineSetting, Setting, TargetSetting};
use crate::model::tally::{Source, Tally, TallyKey};
use crate::model::time::{HOUR_MS, MINUTE_MS};

#[path = "border.rs"]
mod border;

const PRESS: MachineId = MachineId(0);

fn minute(minute: i64) -> Timestamp {
    Timestamp(minute * MINUTE_MS)
}

/// A span of whole minutes.
fn span(from: i64, to: i64, class: Class, state: &str, since: i64) -> SpanRow {
    SpanRow {
        machine: PRESS,
        period: Period::new(minute(from), minute(to)),
        class,
        state: state.into(),
        reason: "".into(),
        author: "".into(),
        since: minute(since),
        counts: from == since && class != Class::Running,
        key: Arc::new(TallyKey::default()),
        source: Source::Auto,
    }
}

/// A minute of running with so many cycles of so many milliseconds, each one piece, one in ten of them rejected.
fn running(at: i64, cycles: i64, cycle_ms: i64) -> TallyRow {
    let mut tally = Tally::default();
    for (column, amount) in [
        (Column::SpanMs, MINUTE_MS),
        (Column::of(Class::Running), MINUTE_MS),
        (Column::Cycles, cycles),
        (Column::CycleMs, cycles * cycle_ms),
        (Column::Total, cycles),
        (Column::Judged, cycles),
        (Column::Good, cycles - cycles / 10),
    ] {
        tally.add(column, amount);
    }
    TallyRow {
        machine: PRESS,
        period: Period::new(minute(at), minute(at + 1)),
        key: Arc::new(TallyKey::default()),
        tally,
        detail: Detail::default(),
    }
}

/// A plan of all time, with an ideal cycle of 10 s and a target of 80 %.
fn plan() -> Plan {
    let press = MachineSetting {
        ideal_ns: Some(10_000_000_000),
        cavities: 1,
        ..MachineSetting::default()
    };
    let target = TargetSetting {
        oee_ppm: Some(800_000),
        ..TargetSetting::default()
    };
    let mut plan = Plan::default();
    for setting in [Setting::Machine(PRESS, press), Setting::Target(target)] {
        plan.apply(&Fact {
            at: Timestamp(0),
            received_at: Timestamp(0),
            mono_ms: 0,
            epoch: 0,
            machine: Some(PRESS),
            author: "config".into(),
            body: Body::Setting(Change::new(setting)),
        });
    }
    plan
}

fn looks_of(story: &Story) -> Vec<(i64, i64, Screen)> {
    let segments = story.segments(&story.paces(PRESS, &plan()));
    let minutes = |at: Timestamp| at.0 / MINUTE_MS;
    let looks = segments
        .iter()
        .map(|it| (minutes(it.start), minutes(it.end), it.screen));
    looks.collect()
}

#[test]
fn running_time_is_cut_where_its_pace_changes_and_rows_cut_at_quarter_hours_are_one() {
    let story = Story {
        spans: vec![
            span(0, 15, Class::Running, "running", 0),
            span(15, 20, Class::Running, "running", 0),
        ],
        // 6 cycles of 10 s a minute; from minute 10 to 15 cycles of 12.5 s, which is above 1.2 x 10 s.
        tallies: (0..20)
            .map(|at| match at {
                10..15 => running(at, 4, 12_500),
                _ => running(at, 6, 10_000),
            })
            .collect(),
        ..Story::default()
    };
    let expected = [(0, 10, Screen::Run), (10, 15, Screen::Slow), (15, 20, Screen::Run)];
    assert_eq!(looks_of(&story), expected);
}

#[test]
fn a_cycle_of_just_twelve_tenths_is_not_slow() {
    let story = Story {
        spans: vec![span(0, 2, Class::Running, "running", 0)],
        tallies: vec![running(0, 5, 12_000), running(1, 5, 12_000)],
        ..Story::default()
    };
    assert_eq!(looks_of(&story), [(0, 2, Screen::Run)]);
}

#[test]
fn long_cycles_are_judged_three_at_a_time_over_as_many_minutes_as_they_take() {
    // One cycle of 95 s ends in about two of three minutes: 3 cycles of 95 s are above 1.2 x 10 s each.
    let story = Story {
        spans: vec![span(0, 6, Class::Running, "running", 0)],
        tallies: [0, 1, 0, 1, 1, 0]
            .iter()
            .zip(0..)
            .map(|(n, at)| running(at, *n, 95_000))
            .collect(),
        ..Story::default()
    };
    assert_eq!(looks_of(&story), [(0, 5, Screen::Slow), (5, 6, Screen::Run)]);
}

#[test]
fn what_is_on_its_way_takes_the_place_of_what_is_on_disk_from_its_first_row_on() {
    let stored = Story {
        spans: vec![
            span(0, 10, Class::Running, "running", 0),
            span(10, 12, Class::MinorStop, "stopped", 10),
        ],
        tallies: (0..12).map(|at| running(at, 6, 10_000)).collect(),
        ..Story::default()
    };
    let open = OpenRows {
        spans: vec![
            span(10, 12, Class::MinorStop, "stopped", 10),
            span(12, 14, Class::Running, "running", 12),
        ],
        tallies: (11..14).map(|at| running(at, 6, 10_000)).collect(),
    };
    let story = stored.whole(&open, Period::new(minute(0), minute(480)));
    let expected = [(0, 10, Screen::Run), (10, 12, Screen::Short), (12, 14, Screen::Run)];
    assert_eq!(looks_of(&story), expected);
    assert_eq!(story.tallies.len(), 14);
}

#[test]
fn only_the_part_within_the_shift_is_told() {
    let stored = Story {
        spans: vec![span(-10, 10, Class::Breakdown, "fault:mould", -10)],
        tallies: vec![],
        ..Story::default()
    };
    let story = stored.whole(&OpenRows::default(), Period::new(minute(0), minute(5)));
    let segments = story.segments(&[]);
    assert_eq!((segments[0].start, segments[0].end), (minute(0), minute(5)));
    assert_eq!(segments[0].since, minute(-10), "the stop itself is older");
    assert_eq!(segments[0].cause.as_deref(), Some("mould"));
}

#[test]
fn stops_are_summed_by_class_and_reason_or_cause_and_counted_where_they_began() {
    let mut explained = span(30, 50, Class::Breakdown, "stopped", 30);
    (explained.reason, explained.author) = ("jam".into(), "leader".into());
    let story = Story {
        spans: vec![
            span(0, 5, Class::Waiting, "waiting:material", -3),
            span(5, 15, Class::Running, "running", 5),
            span(15, 22, Class::Waiting, "waiting:material", 15),
            span(22, 30, Class::Unexplained, "stopped", 22),
            explained,
            span(50, 60, Class::Break, "stopped", 50),
        ],
        tallies: vec![],
        ..Story::default()
    };
    let stops = story.stops();
    let told: Vec<_> = stops
        .iter()
        .map(|stop| (stop.class, stop.reason.as_deref(), stop.ms / MINUTE_MS, stop.count))
        .collect();
    // 5 + 7 minutes of waiting, of which the first began before the shift; the break is no stop.
    let expected = [
        ("breakdown", Some("jam"), 20, 1),
        ("waiting", None, 12, 1),
        ("unexplained", None, 8, 1),
    ];
    assert_eq!(told, expected);
    assert_eq!(story.unexplained(), 1);
}

#[test]
fn hours_bring_pieces_and_plan_and_the_one_that_is_on_only_its_part() {
    let story = Story {
        spans: vec![],
        tallies: (0..90).map(|at| running(at, 10, 6_000)).collect(),
        ..Story::default()
    };
    let plan = plan();
    let asked = Asked {
        plan: &plan,
        machine: PRESS,
        shift: "",
        start: minute(0),
    };
    let hour = |hour: i64| Period::new(Timestamp(hour * HOUR_MS), Timestamp((hour + 1) * HOUR_MS));
    let hours = story.hours(&[hour(0), hour(1), hour(2)], minute(90), true, &asked);
    let told: Vec<_> = hours
        .iter()
        .map(|hour| (hour.made, hour.good, hour.plan, hour.plan_so_far, hour.frac))
        .collect();
    // 10 pieces a minute, 9 of them good; the plan: 3,600 s / 10 s x 0.8 = 288 an hour.
    let expected = [
        (600, Some(540), Some(288.0), Some(288.0), 1.0),
        (300, Some(270), Some(288.0), Some(144.0), 0.5),
        (0, Some(0), Some(288.0), Some(0.0), 0.0),
    ];
    assert_eq!(told, expected);
    // Rejects are counted since the 61st minute only: of all hours the pieces made are told.
    let mut story = story;
    for row in &mut story.tallies[..60] {
        row.tally.add(Column::Judged, -10);
    }
    let hours = story.hours(&[hour(0), hour(1)], minute(90), true, &asked);
    let told: Vec<_> = hours.iter().map(|hour| (hour.made, hour.good)).collect();
    assert_eq!(told, [(600, None), (300, None)]);
}

#[test]
fn scrap_of_a_whole_shift_is_in_no_hour_and_told_apart() {
    let mut tallies: Vec<TallyRow> = (0..90).map(|at| running(at, 10, 6_000)).collect();
    let mut plan = plan();
    for (key, at, pieces, scope) in [("a", 80, 300, Scope::Shift), ("b", 85, 7, Scope::Now)] {
        tallies[at as usize].tally.add(Column::Good, -pieces);
        plan.apply(&Fact {
            at: minute(at),
            received_at: minute(at),
            mono_ms: 0,
            epoch: 0,
            machine: Some(PRESS),
            author: "lan".into(),
            body: Body::Entry(Entry {
                key: key.into(),
                source: crate::model::entry::Source::Manual,
                late: false,
                says: Says::Scrap {
                    pieces,
                    reason: "".into(),
                    scope,
                },
            }),
        });
    }
    let story = Story {
        tallies,
        ..Story::default()
    };
    let asked = Asked {
        plan: &plan,
        machine: PRESS,
        shift: "",
        start: minute(0),
    };
    let hour = |hour: i64| Period::new(Timestamp(hour * HOUR_MS), Timestamp((hour + 1) * HOUR_MS));
    let hours = story.hours(&[hour(0), hour(1)], minute(90), true, &asked);
    let told: Vec<_> = hours.iter().map(|hour| (hour.good, hour.adjusted)).collect();
    // 60 x 9 good ones, and 30 x 9 - 7; the 300 are of the whole shift.
    assert_eq!(told, [(Some(540), 0), (Some(263), -300)]);
}

#[test]
fn every_class_has_a_screen_and_times_add_up() {
    let classes = Class::ALL.into_iter().zip(0..);
    let story = Story {
        spans: classes.map(|(class, at)| span(at, at + 1, class, "x", at)).collect(),
        tallies: vec![],
        ..Story::default()
    };
    let times = times(&story.segments(&[]));
    assert_eq!(times.iter().map(|time| time.ms).sum::<i64>(), 12 * MINUTE_MS);
    let planned = times.iter().find(|time| time.screen == Screen::Planned);
    assert_eq!(planned.map(|time| time.ms), Some(4 * MINUTE_MS));
}

#[test]
fn a_stop_is_unexplained_whichever_of_its_parts_counts_it_and_however_long_ago_it_began() {
    let mut part = span(1, 20, Class::Unexplained, "stopped", 0);
    part.counts = false;
    let story = Story {
        // It began as waiting, which counts it; then nobody said why it went on.
        spans: vec![span(0, 1, Class::Waiting, "waiting:material", 0), part.clone(), part],
        tallies: vec![],
        ..Story::default()
    };
    assert_eq!(story.unexplained(), 1, "one stop, however many rows it has");
    let next_shift = story.whole(&OpenRows::default(), Period::new(minute(10), minute(490)));
    assert_eq!(next_shift.unexplained(), 1, "it still needs a reason");
}

#[test]
fn a_stop_that_began_before_the_shift_is_counted_where_it_began() {
    let stored = Story {
        spans: vec![span(-5, 10, Class::Breakdown, "fault:mould", -5)],
        tallies: vec![],
        ..Story::default()
    };
    let story = stored.whole(&OpenRows::default(), Period::new(minute(0), minute(480)));
    let stops = story.stops();
    assert_eq!((stops[0].ms, stops[0].count), (10 * MINUTE_MS, 0));
}

#[test]
fn the_pace_of_another_product_is_not_that_of_this_one() {
    let mut rows: Vec<TallyRow> = (0..3).map(|at| running(at, 6, 10_000)).collect();
    rows[2].key = Arc::new(TallyKey {
        product: "next".into(),
        ..TallyKey::default()
    });
    let paces = screen::paces(PRESS, &rows, &plan());
    let products: Vec<&str> = paces.iter().map(|pace| &*pace.product).collect();
    assert_eq!(products, ["", "", "next"]);
}

#[test]
fn a_machine_with_blocked_cavities_is_slow_by_its_shot_and_one_that_counts_pieces_by_its_piece() {
    use crate::model::entry::{Entry, Says, Source};
    use crate::model::fact::Role;
    use crate::model::settings::SignalSetting;
    let fact = |body| Fact {
        at: Timestamp(0),
        received_at: Timestamp(0),
        mono_ms: 0,
        epoch: 0,
        machine: Some(PRESS),
        author: "config".into(),
        body,
    };
    let of = |role, per_count| {
        let press = MachineSetting {
            ideal_ns: Some(12_000_000_000),
            cavities: 4,
            per_count,
            signals: vec![SignalSetting {
                role,
                point: "made".into(),
                limit_ms: 30_000,
                counter: None,
                station: "".into(),
            }],
            ..MachineSetting::default()
        };
        let blocked = Entry {
            key: "k".into(),
            says: Says::Cavities { active: 1 },
            source: Source::Manual,
            late: false,
        };
        let mut plan = Plan::default();
        plan.apply(&fact(Body::Setting(Change::new(Setting::Machine(PRESS, press)))));
        plan.apply(&fact(Body::Entry(blocked)));
        let slow = |cycle_ms| screen::paces(PRESS, &[running(0, 3, cycle_ms)], &plan)[0].is_slow;
        (
            screen::ideal_ns(PRESS, &plan, minute(0)),
            slow(3_000),
            slow(14_000),
            slow(15_000),
        )
    };
    // 1.2 x 12 s = 14.4 s a shot; 12 s / 4 = 3 s a piece, however many of them a count is.
    assert_eq!(of(Role::Shots, (1, 1)), (Some(12_000_000_000), false, false, true));
    assert_eq!(of(Role::Total, (1, 1)), (Some(3_000_000_000), false, true, true));
    assert_eq!(of(Role::Total, (2, 1)), (Some(3_000_000_000), false, true, true));
}
