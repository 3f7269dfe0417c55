//! Lines in reports of a week in which a machine moves from one to another.
#![allow(clippy::unwrap_used)] // Helpers outside #[test] unwrap too.

#[path = "support/report_day.rs"]
mod day;

use day::{PRESS_1, SIX, calendar, roster, row};
use gemba::model::fact::{Body, Fact};
use gemba::model::settings::{Change, MachineSetting, RejectSource, Setting, StandardSetting, shift_pieces};
use gemba::model::state::Class;
use gemba::model::tally::Column;
use gemba::model::time::{DAY_MS, HOUR_MS, Timestamp};
use gemba::oee::plan::Plan;
use gemba::report::gather::{self, Known, Report, Row, Whose};
use gemba::report::stretch::Kind;

/// 06:00 of a day of the week that begins on Monday, 16 November; Saturday is the sixth.
fn six(day: i64) -> Timestamp {
    SIX.plus((day - 5) * DAY_MS)
}

fn tell(plan: &mut Plan, at: Timestamp, setting: Setting) {
    let machine = if let Setting::Machine(id, _) = &setting {
        Some(*id)
    } else {
        None
    };
    plan.apply(&Fact {
        at,
        received_at: at,
        mono_ms: 0,
        epoch: 0,
        machine,
        author: "config".into(),
        body: Body::Setting(Change::new(setting)),
    });
}

fn on(line: &str) -> MachineSetting {
    MachineSetting {
        line: line.into(),
        reject_source: RejectSource::Counter,
        ..MachineSetting::default()
    }
}

/// One shift a day, from 06:00 to 14:00 with a break from 11:30 to 12:00, of 1,000 pieces; the press stands on line A, and on B
/// from an instant on.
fn moved(at: Timestamp) -> Plan {
    let mut plan = Plan::default();
    let mut calendar = calendar("Asia/Ho_Chi_Minh");
    calendar.shifts.truncate(1);
    let standard = StandardSetting {
        machine: Some(PRESS_1),
        ideal_ns: 24_000_000_000,
        shift_pieces: shift_pieces(1_000),
        ..StandardSetting::default()
    };
    let begun = six(0).plus(-HOUR_MS);
    tell(&mut plan, begun, Setting::Calendar(calendar));
    tell(&mut plan, begun, Setting::Standard("press".into(), standard));
    tell(&mut plan, begun, Setting::Machine(PRESS_1, on("A")));
    tell(&mut plan, at, Setting::Machine(PRESS_1, on("B")));
    plan
}

/// A shift of a day on a line: so many good pieces.
fn made(line: &str, day: i64, good: i64) -> Row {
    let sums = [(Column::Total, good), (Column::Judged, good), (Column::Good, good)];
    let mut row = row(
        PRESS_1,
        line,
        ("", ""),
        &[(Class::Running, 450), (Class::Break, 30)],
        &sums,
    );
    row.key.shift_start = six(day);
    row.key.business_date = format!("2026-11-{}", 16 + day).into();
    row
}

fn week(plan: &Plan, rows: Vec<Row>) -> Report {
    let roster = roster();
    let mut known: Known = day::known(plan, &roster, Kind::Week, "2026-11-21");
    (known.rows, known.now) = (rows, six(7));
    gather::report(&known, &Whose::Plant)
}

/// Id, plan (all of it, and what should be there), attainment, hours of calendar time.
type Told<'a> = (&'a str, Option<(f64, f64)>, Option<f64>, i64);

fn told(report: &Report) -> Vec<Told<'_>> {
    let scopes = report.scopes.iter();
    let told = scopes.map(|scope| {
        let hours = scope.calendar_ms / HOUR_MS;
        (&*scope.id, scope.plan, scope.attainment(), hours)
    });
    told.collect()
}

#[test]
fn a_machine_that_moved_is_planned_on_each_line_for_the_days_it_stood_there() {
    // On A from Monday to Wednesday, on B from Thursday 06:00 on: 3 and 4 days of 1,000 pieces and 24 h.
    let plan = moved(six(3));
    let rows = (0..7).map(|day| made(if day < 3 { "A" } else { "B" }, day, 1_000));
    let report = week(&plan, rows.collect());
    let all = |pieces| Some((pieces, pieces));
    assert_eq!(
        told(&report),
        [
            ("xuong-1", all(7_000.0), Some(1.0), 168),
            ("A", all(3_000.0), Some(1.0), 72),
            ("press-01", all(7_000.0), Some(1.0), 168),
            ("B", all(4_000.0), Some(1.0), 96),
        ]
    );
}

#[test]
fn a_machine_that_moved_within_a_shift_is_planned_on_each_line_for_the_hours_it_stood_there() {
    // At 09:00 of Thursday, 3 h of 7.5 h without the break: 1,000 x 3 / 7.5 = 400 on A, 600 on B; 3 days and 3 h are 75 h.
    let plan = moved(six(3).plus(3 * HOUR_MS));
    let days = (0..7).filter(|day| *day != 3);
    let rows = days.map(|day| made(if day < 3 { "A" } else { "B" }, day, 1_000));
    let cut = [made("A", 3, 400), made("B", 3, 600)];
    let report = week(&plan, rows.chain(cut).collect());
    let of = |id: &str| *told(&report).iter().find(|told| told.0 == id).unwrap();
    assert_eq!(of("A"), ("A", Some((3_400.0, 3_400.0)), Some(1.0), 75));
    assert_eq!(of("B"), ("B", Some((3_600.0, 3_600.0)), Some(1.0), 93));
}
