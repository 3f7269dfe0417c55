//! Lines in reports of a week in which a machine moves from one to another, and in which one becomes serial.
#![allow(clippy::unwrap_used)] // Helpers outside #[test] unwrap too.

#[path = "support/report_day.rs"]
mod day;

use day::{PRESS_1, PRESS_2, SIX, calendar, roster, row};
use gemba::model::fact::{Body, Fact};
use gemba::model::ids::MachineId;
use gemba::model::line::LineSetting;
use gemba::model::settings::{Change, MachineSetting, RejectSource, Setting, StandardSetting, shift_pieces};
use gemba::model::state::Class;
use gemba::model::tally::Column;
use gemba::model::time::{DAY_MS, HOUR_MS, Timestamp};
use gemba::oee::plan::Plan;
use gemba::report::gather::{self, Known, Report, Row, Whose};
use gemba::report::stretch::{Kind, Stretch};

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

/// One shift a day, from 06:00 to 14:00 with a break from 11:30 to 12:00, since before the week; machines on line A and the pieces
/// of their shifts.
fn plant(machines: &[(MachineId, i64)]) -> Plan {
    let mut plan = Plan::default();
    let mut calendar = calendar("Asia/Ho_Chi_Minh");
    calendar.shifts.truncate(1);
    let begun = six(0).plus(-HOUR_MS);
    tell(&mut plan, begun, Setting::Calendar(calendar));
    for (machine, pieces) in machines {
        let standard = StandardSetting {
            machine: Some(*machine),
            ideal_ns: 24_000_000_000,
            shift_pieces: shift_pieces(*pieces),
            ..StandardSetting::default()
        };
        let id = machine.0.to_string().into();
        tell(&mut plan, begun, Setting::Standard(id, standard));
        tell(&mut plan, begun, Setting::Machine(*machine, on("A")));
    }
    plan
}

/// The press is to make 1,000 pieces a shift on line A, and from an instant on on line B.
fn moved(at: Timestamp) -> Plan {
    let mut plan = plant(&[(PRESS_1, 1_000)]);
    tell(&mut plan, at, Setting::Machine(PRESS_1, on("B")));
    plan
}

/// A shift of a day on a line: so many good pieces of a machine.
fn of(machine: MachineId, line: &str, day: i64, good: i64) -> Row {
    let sums = [(Column::Total, good), (Column::Judged, good), (Column::Good, good)];
    let minutes = [(Class::Running, 450), (Class::Break, 30)];
    let mut row = row(machine, line, ("", ""), &minutes, &sums);
    row.key.shift_start = six(day);
    row.key.business_date = format!("2026-11-{}", 16 + day).into();
    row
}

/// The same of the press.
fn made(line: &str, day: i64, good: i64) -> Row {
    of(PRESS_1, line, day, good)
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

/// Calendar hours of line A in a time, its plan, and all of its sums.
fn line_in(plan: &Plan, rows: &[Row], kind: Kind, of: &str) -> (i64, f64, Vec<i64>) {
    let roster = roster();
    let mut known: Known = day::known(plan, &roster, Kind::Week, "2026-11-21");
    known.now = six(7);
    known.stretch = Stretch::asked(plan, kind, of, known.now).unwrap();
    let here = rows.iter().filter(|row| known.stretch.has(&row.key));
    known.rows = here.cloned().collect();
    let report = gather::report(&known, &Whose::Line("A".into()));
    let line = &report.scopes[0];
    let sums = line.merged.sums.tally.sums().to_vec();
    (line.calendar_ms / HOUR_MS, line.plan.unwrap().0, sums)
}

#[test]
fn the_week_in_which_a_line_becomes_serial_is_the_sum_of_its_days() {
    // Two presses side by side until Wednesday; on Thursday at 06:00 the first becomes the bottleneck and the second the output.
    let mut plan = plant(&[(PRESS_1, 1_000), (PRESS_2, 800)]);
    let serial = LineSetting::Serial {
        bottleneck: PRESS_1,
        output: PRESS_2,
    };
    tell(&mut plan, six(3), Setting::Line("A".into(), serial));
    let rows: Vec<Row> = (0..7)
        .flat_map(|day| [of(PRESS_1, "A", day, 100), of(PRESS_2, "A", day, 80)])
        .collect();
    let (hours, pieces, sums) = line_in(&plan, &rows, Kind::Week, "2026-11-16");
    let good = Column::ALL
        .iter()
        .position(|(column, _)| *column == Column::Good)
        .unwrap();
    // 3 days of 2 x 24 h and 4 of 24 h; 3 x 1,800 + 4 x 1,000 planned; 3 x 180 + 4 x 80 good.
    assert_eq!((hours, pieces, sums[good]), (240, 9_400.0, 860));
    let mut days = (0, 0.0, vec![0; sums.len()]);
    for day in 16..=22 {
        let of = line_in(&plan, &rows, Kind::Day, &format!("2026-11-{day}"));
        days.0 += of.0;
        days.1 += of.1;
        days.2.iter_mut().zip(of.2).for_each(|(sum, more)| *sum += more);
    }
    assert_eq!((hours, pieces, sums), days);
}

#[test]
fn the_first_day_of_a_serial_line_is_that_of_its_bottleneck_from_its_begin() {
    // The plant is configured at 09:00 of Saturday, in its first shift.
    let mut plan = Plan::default();
    let mut calendar = calendar("Asia/Ho_Chi_Minh");
    calendar.shifts.truncate(1);
    let serial = LineSetting::Serial {
        bottleneck: PRESS_1,
        output: PRESS_2,
    };
    let begun = six(5).plus(3 * HOUR_MS);
    for setting in [
        Setting::Calendar(calendar),
        Setting::Line("A".into(), serial),
        Setting::Machine(PRESS_1, on("A")),
        Setting::Machine(PRESS_2, on("A")),
    ] {
        tell(&mut plan, begun, setting);
    }
    let roster = roster();
    let mut known: Known = day::known(&plan, &roster, Kind::Day, "2026-11-21");
    known.now = six(7);
    known.rows = vec![of(PRESS_1, "A", 5, 100), of(PRESS_2, "A", 5, 80)];
    let report = gather::report(&known, &Whose::Line("A".into()));
    assert_eq!(report.scopes[0].calendar_ms / HOUR_MS, 24);
}

#[test]
fn what_came_out_of_a_line_is_of_the_product_and_order_that_only_its_press_was_told() {
    let mut plan = plant(&[(PRESS_1, 1_000), (PRESS_2, 800)]);
    let serial = LineSetting::Serial {
        bottleneck: PRESS_1,
        output: PRESS_2,
    };
    tell(&mut plan, six(0).plus(-HOUR_MS), Setting::Line("A".into(), serial));
    let mut pressed = of(PRESS_1, "A", 5, 100);
    (pressed.key.product, pressed.key.order) = ("VT-1".into(), "A-17".into());
    let rows = vec![pressed, of(PRESS_2, "A", 5, 80)];
    let roster = roster();
    let mut known: Known = day::known(&plan, &roster, Kind::Day, "2026-11-21");
    (known.rows, known.of_orders, known.now) = (rows.clone(), rows, six(7));
    let report = gather::report(&known, &Whose::Line("A".into()));
    let line = &report.scopes[0];
    let good = |merged: &gemba::oee::rollup::Merged| merged.sums.tally.get(Column::Good);
    let products: Vec<_> = line.products.iter().map(|(id, merged)| (&**id, good(merged))).collect();
    assert_eq!(products, [("VT-1", 80)]);
    let orders = line
        .orders
        .iter()
        .map(|order| (&*order.id, order.good, order.delivered));
    assert_eq!(orders.collect::<Vec<_>>(), [("A-17", 80, 80)]);
}
