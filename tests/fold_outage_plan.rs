//! An outage in a break, in a planned stop of the week or a declared one, off shift or over all of them: time nobody saw adds
//! nothing to the OEE of the known time, and what was made in it lies in planned time, under every policy that comes with the
//! agent.

#[path = "support/timeline.rs"]
mod timeline;

use gemba::model::calendar::PlannedStopSetting;
use gemba::model::entry::Says;
use gemba::model::fact::Role;
use gemba::model::policy::SHIPPED;
use gemba::model::settings::{CalendarSetting, PolicySetting, Setting, ShiftSetting};
use gemba::model::tally::{Column, Tally, TallyRow};
use gemba::model::time::MINUTE_MS;
use gemba::oee::kpi::Kpis;
use proptest::prelude::*;
use timeline::{Timeline, at, press};

/// A shift of two hours with a break and a planned stop; then half an hour off shift.
const MINUTES: i64 = 150;
const SHIFT: u32 = 120;
const BREAK: (u32, u32) = (30, 45);
const STOP: (u32, u32) = (70, 85);

/// What OEE is worked out from. Which stops are minor ones, so that performance carries them, may change: of one that began unseen
/// only a part is known.
const KNOWN: [Column; 7] = [
    Column::PbtMs,
    Column::KnownMs,
    Column::RunningMs,
    Column::Total,
    Column::Good,
    Column::EarnedTotalNs,
    Column::EarnedGoodNs,
];

fn calendar() -> Setting {
    Setting::Calendar(CalendarSetting {
        timezone: "UTC".into(),
        day_start_min: 0,
        shifts: vec![ShiftSetting {
            id: "early".into(),
            name: "early".into(),
            days: [true; 7],
            from_min: 0,
            to_min: SHIFT,
            breaks: vec![BREAK],
        }],
        planned_stops: vec![PlannedStopSetting {
            id: "cleaning".into(),
            name: "cleaning".into(),
            days: [true; 7],
            from_min: STOP.0,
            to_min: STOP.1,
            machines: vec![],
            lines: vec![],
        }],
        ..CalendarSetting::default()
    })
}

/// A planned stop that a person declared: its first minute and the one it ends with, and when it was told.
type Declared = (i64, i64, i64);

/// What happens in these minutes.
#[derive(Debug, Clone, Copy)]
struct Day {
    policy: &'static str,
    runs_through: bool,
    declared: Option<Declared>,
    restart: bool,
}

/// A press polled in the middle of each ten seconds, with one piece in each while it runs, a bad one in ten. It runs all the
/// time, or only where it is to work. Nobody hears of it in these minutes.
fn rows(day: Day, outage: Option<(i64, i64)>) -> Vec<TallyRow> {
    let mut line = Timeline::new(press(8.0));
    line.set(
        0.0,
        Setting::Policy(PolicySetting::shipped(day.policy).unwrap_or_default()),
    );
    line.set(0.0, calendar());
    if let Some((from, to, told)) = day.declared {
        let says = Says::PlannedStop {
            until: at(to as f64 * 60.0),
            reason: "".into(),
        };
        line.told(from as f64 * 60.0, told as f64 * 60.0, says);
    }
    line.first(0.0, 1);
    let (mut seen, mut told, mut made) = (0, 1, 0);
    for second in (5..MINUTES * 60).step_by(10) {
        let minute = (second / 60) as u32;
        let is_leave = |(from, to): (u32, u32)| (from..to).contains(&minute);
        let is_declared = day
            .declared
            .is_some_and(|(from, to, _)| is_leave((from as u32, to as u32)));
        let runs = day.runs_through || !(is_leave(BREAK) || is_leave(STOP) || is_declared || minute >= SHIFT);
        made += i128::from(runs);
        if outage.is_some_and(|(from, to)| (from * 60..to * 60).contains(&second)) {
            continue;
        }
        let (before, now) = (f64::from(seen as i32), f64::from(second as i32));
        let silent = second - seen > 30;
        if silent && day.restart {
            line.restarted(before);
        } else if silent {
            line.lost(before);
        }
        if silent || told != i128::from(runs) {
            told = i128::from(runs);
            line.sample(Role::State, before, now, told);
        }
        line.sample(Role::Total, before, now, made);
        line.sample(Role::Reject, before, now, made / 10);
        seen = second;
    }
    line.fold((MINUTES * 60 - 60) as f64).rows.tallies
}

fn sum<'a>(rows: impl Iterator<Item = &'a TallyRow>) -> Tally {
    let mut sum = Tally::default();
    rows.for_each(|row| sum.merge(&row.tally));
    sum
}

fn known(tally: &Tally) -> [i64; 7] {
    KNOWN.map(|column| tally.get(column))
}

fn agrees(day: Day, (from, to): (i64, i64)) -> Result<(), TestCaseError> {
    let quiet = rows(day, None);
    let disturbed = rows(day, Some((from, to)));
    let minute = |row: &TallyRow| row.period.start.since(at(0.0)) / MINUTE_MS;
    // The minutes around the outage are known in part.
    let of =
        |rows: &[TallyRow], wanted: &dyn Fn(i64) -> bool| known(&sum(rows.iter().filter(|row| wanted(minute(row)))));
    let outside = |minute: i64| minute < from - 1 || minute > to;
    prop_assert_eq!(of(&disturbed, &outside), of(&quiet, &outside), "what was seen");
    let inside = |minute: i64| (from..to).contains(&minute);
    let unseen = sum(disturbed.iter().filter(|row| inside(minute(row))));
    prop_assert_eq!(known(&unseen), [0; 7], "what nobody saw is neither made nor lost");
    let whole = sum(disturbed.iter());
    if whole.get(Column::UnknownMs) == 0 {
        let kpis = Kpis::of(&whole);
        prop_assert_eq!(kpis.bridged_oee, kpis.oee, "pieces of excluded time bridge nothing");
    } else {
        let of_all = whole.get(Column::GapGood) * 8_000_000_000;
        prop_assert_eq!(
            whole.get(Column::GapEarnedGoodNs),
            of_all,
            "all of them lie where they earn"
        );
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_outage_anywhere_in_the_plan_adds_nothing_to_the_oee_of_the_known_time(
        policy in prop::sample::select(SHIPPED.to_vec()),
        runs_through in any::<bool>(),
        begin in 3i64..MINUTES - 10,
        lasts in 1i64..80,
        restart in any::<bool>(),
        declared in proptest::option::of((0i64..MINUTES - 1, 1i64..60, -5i64..2_000)),
    ) {
        let declared = declared.map(|(from, lasts, told)| (from, from + lasts, (from + told).max(0)));
        let day = Day { policy, runs_through, declared, restart };
        agrees(day, (begin, (begin + lasts).min(MINUTES - 5)))?;
    }
}

#[test]
fn an_outage_inside_a_break_a_planned_stop_or_off_shift_adds_nothing_under_any_policy() -> Result<(), TestCaseError> {
    for policy in SHIPPED {
        for runs_through in [false, true] {
            for (from, to) in [(33, 40), (73, 80), (125, 135), (25, 50), (60, 100), (20, 140)] {
                let day = Day {
                    policy,
                    runs_through,
                    declared: None,
                    restart: false,
                };
                agrees(day, (from, to))
                    .map_err(|error| TestCaseError::fail(format!("{policy} {runs_through} {from} {to}: {error}")))?;
            }
        }
    }
    Ok(())
}
