//! Pure. Roll-ups over time and place, a serial line worked by hand, and that merging has no order.

use super::*;
use crate::model::settings::PolicySetting;
use crate::model::tally::Column;
use crate::model::time::MINUTE_MS;
use crate::oee::basis::Basis;
use crate::oee::indicators::{Kpi, Missing};
use jiff::tz::TimeZone;
use proptest::prelude::*;

#[derive(Debug)]
struct Row {
    machine: MachineId,
    key: TallyKey,
    sums: Sums,
}

/// A shift's tally: minutes run and stopped, pieces of so many seconds, good and rejected.
fn row(machine: u32, line: &str, date: &str, [run, stop]: [i64; 2], ideal_s: i64, [good, reject]: [i64; 2]) -> Row {
    let mut sums = Sums::default();
    for (column, amount) in [
        (Column::SpanMs, (run + stop) * MINUTE_MS),
        (Column::RunningMs, run * MINUTE_MS),
        (Column::BreakdownMs, stop * MINUTE_MS),
        (Column::Total, good + reject),
        (Column::Judged, good + reject),
        (Column::Good, good),
        (Column::Reject, reject),
        (Column::EarnedTotalNs, (good + reject) * ideal_s * 1_000_000_000),
        (Column::EarnedGoodNs, good * ideal_s * 1_000_000_000),
    ] {
        sums.tally.add(column, amount);
    }
    let key = TallyKey {
        site: "ulm".into(),
        line: line.into(),
        shift: "early".into(),
        business_date: date.into(),
        product: "A".into(),
        policy: "default".into(),
        ..TallyKey::default()
    };
    Row {
        machine: MachineId(machine),
        key,
        sums,
    }
}

fn parts(rows: &[Row]) -> impl Iterator<Item = Part<'_>> {
    rows.iter().map(|row| Part {
        machine: row.machine,
        start: row.key.shift_start,
        key: &row.key,
        sums: &row.sums,
        engines: &[7],
    })
}

fn roll_up<'a>(
    parts: impl Iterator<Item = Part<'a>>,
    over: &Over,
    by: By,
    lines: &BTreeMap<Arc<str>, LineSetting>,
) -> Groups {
    let kinds = Kinds::from(lines.clone());
    let mut merged = RollUp::new(over.clone(), by, &kinds);
    parts.for_each(|part| merged.give(part));
    merged.finish()
}

fn kpi(sums: &Sums, kpi: Kpi) -> f64 {
    Basis::under(&PolicySetting::default(), sums).get(kpi).unwrap()
}

/// Three machines in a row: the second is the slowest, the third is the last.
fn series() -> (Vec<Row>, BTreeMap<Arc<str>, LineSetting>) {
    let rows = vec![
        row(0, "L1", "2026-11-21", [400, 80], 20, [1_000, 20]),
        row(1, "L1", "2026-11-21", [420, 60], 25, [960, 10]),
        row(2, "L1", "2026-11-21", [300, 180], 15, [900, 30]),
        row(7, "L2", "2026-11-21", [480, 0], 60, [400, 0]),
    ];
    let serial = LineSetting::Serial {
        bottleneck: MachineId(1),
        output: MachineId(2),
    };
    (rows, BTreeMap::from([("L1".into(), serial)]))
}

#[test]
fn a_serial_line_has_the_time_of_its_bottleneck_the_good_of_its_output_and_the_rejects_of_all() {
    let (rows, lines) = series();
    let groups = roll_up(parts(&rows), &Over::Days, By::Line, &lines);
    let line = &groups[&(When::Day("2026-11-21".into()), "L1".into())];
    let get = |column| line.sums.tally.get(column);
    assert_eq!(
        (get(Column::Good), get(Column::Reject), get(Column::Total)),
        (900, 60, 960)
    ); // 20 + 10 + 30
    // A 420 / 480; E 960 x 25 s / 420 min = 400 / 420; Q 900 / 960; OEE 900 x 25 s / 480 min = 375 / 480.
    assert_eq!(kpi(&line.sums, Kpi::Availability), 0.875);
    assert_eq!(format!("{:.10}", kpi(&line.sums, Kpi::Effectiveness)), "0.9523809524");
    assert_eq!(kpi(&line.sums, Kpi::Quality), 0.9375);
    assert_eq!(kpi(&line.sums, Kpi::Oee), 0.78125);
    assert_eq!(line.machines.len(), 3);
    let other = &groups[&(When::Day("2026-11-21".into()), "L2".into())];
    assert_eq!(other.sums, rows[3].sums);
}

#[test]
fn pieces_of_planned_time_whose_headcount_nobody_told_leave_pieces_per_man_hour_unknown() {
    let of = |people: [i64; 2], by| {
        let mut rows = [0, 1].map(|machine| row(machine, "L1", "2026-11-21", [480, 0], 30, [800, 0]));
        for (row, people) in rows.iter_mut().zip(people) {
            row.sums.tally.add(Column::PlannedMs, 480 * MINUTE_MS);
            row.sums.tally.add(Column::ManMs, people * 480 * MINUTE_MS);
        }
        let groups = roll_up(parts(&rows), &Over::Whole, by, &BTreeMap::new());
        let upph = |merged: &Merged| {
            let basis = Basis::under(&PolicySetting::default(), &merged.sums);
            basis.with_people(merged.is_manned()).get(Kpi::Upph)
        };
        groups.values().map(upph).collect::<Vec<_>>()
    };
    // 800 in 16 hours, and 1,600 in 24.
    assert_eq!(of([2, 1], By::Machine), [Ok(50.0), Ok(100.0)]);
    assert_eq!(of([2, 1], By::Plant), [Ok(1_600.0 / 24.0)]);
    // 1,600 in 16 hours would be 100.
    assert_eq!(of([2, 0], By::Machine), [Ok(50.0), Err(Missing::Headcount)]);
    assert_eq!(of([2, 0], By::Plant), [Err(Missing::Headcount)]);
    let serial = LineSetting::Serial {
        bottleneck: MachineId(0),
        output: MachineId(0),
    };
    let mut alone = row(0, "L1", "2026-11-21", [480, 0], 30, [800, 0]);
    alone.sums.tally.add(Column::PlannedMs, 480 * MINUTE_MS);
    let groups = roll_up(
        parts(&[alone]),
        &Over::Whole,
        By::Line,
        &BTreeMap::from([("L1".into(), serial)]),
    );
    assert!(groups.values().all(|line| !line.is_manned()));
}

#[test]
fn a_serial_line_has_no_quality_while_that_of_pieces_on_the_way_is_unknown() {
    let (mut rows, lines) = series();
    // The first machine counted no rejects at the time of 300 of its pieces; later 960 came out or were rejected.
    rows[0].sums.tally.add(Column::Judged, -300);
    let groups = roll_up(parts(&rows), &Over::Whole, By::Line, &lines);
    let line = &groups[&(When::Whole, "L1".into())].sums;
    assert_eq!(
        (line.tally.get(Column::Total), line.tally.get(Column::Judged)),
        (960, 660)
    );
    let told = |kpi| Basis::under(&PolicySetting::default(), line).get(kpi);
    assert_eq!(told(Kpi::Quality), Err(Missing::Judgement));
    assert_eq!(told(Kpi::Oee), Err(Missing::Judgement));
    assert_eq!(told(Kpi::Availability), Ok(0.875));
    // More of them than came to the end: none of these is known.
    rows[0].sums.tally.add(Column::Total, 5_000);
    let groups = roll_up(parts(&rows), &Over::Whole, By::Line, &lines);
    let line = &groups[&(When::Whole, "L1".into())].sums;
    assert_eq!(line.tally.get(Column::Judged), 0);
}

#[test]
fn a_plant_adds_its_lines_each_by_its_kind() {
    let (rows, lines) = series();
    let groups = roll_up(parts(&rows), &Over::Whole, By::Plant, &lines);
    let plant = &groups[&(When::Whole, "ulm".into())];
    // L1 375 of 480, L2 400 of 480 min: (375 + 400) / 960.
    assert_eq!(format!("{:.10}", kpi(&plant.sums, Kpi::Oee)), "0.8072916667");
    assert_eq!((plant.word("line"), plant.word("product")), (MIXED, "A"));
    let mixed: Vec<_> = plant.mixed().map(|(name, words)| (name, words.len())).collect();
    assert_eq!(mixed, [("line", 2)]);
    let all = roll_up(parts(&rows), &Over::Whole, By::Plant, &BTreeMap::new());
    assert_eq!(
        all[&(When::Whole, "ulm".into())].sums.tally.get(Column::Good),
        3_260,
        "parallel adds all"
    );
}

#[test]
fn a_piece_of_a_serial_line_is_counted_once_for_its_product_and_its_order() {
    // Three machines in a row that made 1,000 pieces, and 400 more of the same order on a line of its own.
    let (mut rows, lines) = series();
    for (row, pieces) in rows.iter_mut().zip([1_000, 1_000, 1_000, 400]) {
        row.sums = self::row(0, "", "", [480, 0], 25, [pieces, 0]).sums;
        row.key.order = "A-17".into();
    }
    for (by, id) in [(By::Product, "A"), (By::Order, "A-17"), (By::Plant, "ulm")] {
        let groups = roll_up(parts(&rows), &Over::Days, by, &lines);
        let merged = &groups[&(When::Day("2026-11-21".into()), id.into())];
        let get = |column| merged.sums.tally.get(column);
        // Once over the time of the bottleneck, and once on the other line.
        assert_eq!(
            (get(Column::Total), get(Column::Good), get(Column::SpanMs)),
            (1_400, 1_400, 960 * MINUTE_MS)
        );
        assert_eq!((groups.len(), merged.machines.len()), (1, 4));
    }
}

#[test]
fn a_bottleneck_without_an_ideal_cycle_leaves_the_pieces_without_a_standard() {
    let (mut rows, lines) = series();
    let made = rows[1].sums.tally.get(Column::Total);
    rows[1].sums.tally.add(Column::NoStandardPieces, made);
    let groups = roll_up(parts(&rows), &Over::Shifts, By::Line, &lines);
    let line = &groups[&(When::Shift(Timestamp(0), "early".into()), "L1".into())];
    let get = |column| line.sums.tally.get(column);
    assert_eq!((get(Column::NoStandardPieces), get(Column::EarnedGoodNs)), (960, 0));
}

#[test]
fn pieces_that_have_left_the_bottleneck_when_its_product_changes_keep_their_ideal_time() {
    let (mut rows, lines) = series();
    // Product B is on the bottleneck; 30 pieces of A (15 s at the output machine) still lie between it and the end of the line.
    rows.truncate(3);
    rows.remove(0);
    rows[0].key.product = "B".into();
    rows[1].sums = row(2, "", "", [10, 0], 15, [30, 0]).sums;
    let of = |rows: &[Row]| {
        let groups = roll_up(parts(rows), &Over::Shifts, By::Product, &lines);
        let line = &groups[&(When::Shift(Timestamp(0), "early".into()), "A".into())];
        [Column::NoStandardPieces, Column::EarnedTotalNs, Column::EarnedGoodNs]
            .map(|column| line.sums.tally.get(column))
    };
    assert_eq!(of(&rows), [0, 450 * 1_000_000_000, 450 * 1_000_000_000]); // 30 x 15 s
    // The bottleneck made 4 of them in a gap that a counter closed, at its own 25 s.
    let mut gap = row(1, "L1", "2026-11-21", [0, 0], 25, [0, 0]);
    for (column, amount) in [
        (Column::GapTotal, 4),
        (Column::GapGood, 4),
        (Column::GapEarnedGoodNs, 100_000_000_000),
    ] {
        gap.sums.tally.add(column, amount);
    }
    rows.push(gap);
    assert_eq!(of(&rows), [0, 750 * 1_000_000_000, 750 * 1_000_000_000]); // 30 x 25 s
}

#[test]
fn weeks_are_those_of_iso_8601_and_hours_those_of_the_plants_clock() {
    let rows =
        ["2026-12-31", "2027-01-01", "2027-01-03", "2027-01-04"].map(|date| row(0, "", date, [60, 0], 60, [60, 0]));
    let weeks = roll_up(parts(&rows), &Over::Weeks, By::Machine, &BTreeMap::new());
    let good: Vec<_> = weeks
        .iter()
        .map(|((when, _), merged)| (when.clone(), merged.sums.tally.get(Column::Good)))
        .collect();
    // 1 January 2027 is a Friday: it is in week 53 of 2026.
    assert_eq!(good, [(When::Week(2026, 53), 180), (When::Week(2027, 1), 60)]);
    let months = roll_up(parts(&rows), &Over::Months, By::Product, &BTreeMap::new());
    let names: Vec<_> = months.keys().map(|(when, _)| when.clone()).collect();
    assert_eq!(names, [When::Month("2026-12".into()), When::Month("2027-01".into())]);
    // Kathmandu is 5:45 ahead: 06:20 UTC is 12:05 there, and its hour began at 06:15 UTC.
    let zone = TimeZone::get("Asia/Kathmandu").unwrap();
    let six = Timestamp(1_795_240_800_000); // 2026-11-21T06:00:00Z
    let began = |minute| hour(six.plus(minute * MINUTE_MS), &zone).since(six) / MINUTE_MS;
    assert_eq!([began(20), began(15), began(14)], [15, 15, -45]);
}

prop_compose! {
    fn any_row()(
        machine in 0u32..4, line in "L[12]", day in 1u32..28, run in 0i64..480, stop in 0i64..480, ideal_s in 1i64..90,
        good in 0i64..900, reject in 0i64..90, product in "[AB]",
    ) -> Row {
        let mut row = row(machine, &line, &format!("2026-11-{day:02}"), [run, stop], ideal_s, [good, reject]);
        row.key.product = product.as_str().into();
        row
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    #[test]
    fn merging_days_is_merging_all_in_any_order_and_a_e_q_is_oee(
        mut rows in proptest::collection::vec(any_row(), 1..12), cut in 0usize..12,
    ) {
        let (_, lines) = series();
        let all = [
            (By::Plant, BTreeMap::new()),
            (By::Product, BTreeMap::new()),
            (By::Product, lines.clone()),
            (By::Plant, lines),
        ];
        for (by, lines) in all {
            let serial = !lines.is_empty();
            let whole = roll_up(parts(&rows), &Over::Whole, by, &lines);
            for merged in whole.values() {
                let basis = Basis::under(&PolicySetting::default(), &merged.sums);
                let get = |kpi| basis.get(kpi).ok();
                if let (Some(a), Some(e), Some(q)) = (get(Kpi::Availability), get(Kpi::Effectiveness), get(Kpi::Quality)) {
                    let oee = get(Kpi::Oee).unwrap();
                    prop_assert!((a * e * q - oee).abs() <= 1e-9 * oee.max(1.0));
                }
            }
            if serial {
                continue; // Its machines meet within a shift: a cut through one is no cut.
            }
            let mut joined = Groups::new();
            let (one, other) = rows.split_at(cut.min(rows.len()));
            for half in [other, one] {
                for (group, merged) in roll_up(parts(half), &Over::Days, by, &lines) {
                    joined.entry((When::Whole, group.1)).or_default().merge(&merged);
                }
            }
            prop_assert_eq!(&joined, &whole);
        }
        rows.reverse();
        let (_, lines) = series();
        let turned = roll_up(parts(&rows), &Over::Whole, By::Plant, &lines);
        rows.reverse();
        prop_assert_eq!(turned, roll_up(parts(&rows), &Over::Whole, By::Plant, &lines));
    }
}
