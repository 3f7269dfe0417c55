//! Pure. A serial line of which not all machines were told what they make, worked by hand.

use crate::model::ids::MachineId;
use crate::model::line::LineSetting;
use crate::model::settings::PolicySetting;
use crate::model::tally::{Column, Sums, TallyKey};
use crate::model::time::MINUTE_MS;
use crate::oee::basis::Basis;
use crate::oee::indicators::{Kpi, Missing};
use crate::oee::rollup::{By, Kinds, Over, Part, RollUp};
use std::collections::BTreeMap;
use std::sync::Arc;

const FIRST: u32 = 0;
const BOTTLENECK: u32 = 1;
const OUTPUT: u32 = 2;

/// A machine of the line, what it was told (product and order), and its sums.
type Row = (u32, [&'static str; 2], Sums);

/// Minutes run and stopped, pieces of so many seconds (0 for no standard), good and rejected.
fn row(machine: u32, words: [&'static str; 2], [run, stop]: [i64; 2], ideal_s: i64, [good, reject]: [i64; 2]) -> Row {
    let (total, bare) = (good + reject, ideal_s == 0);
    let mut sums = Sums::default();
    for (column, amount) in [
        (Column::SpanMs, (run + stop) * MINUTE_MS),
        (Column::RunningMs, run * MINUTE_MS),
        (Column::BreakdownMs, stop * MINUTE_MS),
        (Column::Total, total),
        (Column::Judged, total),
        (Column::Good, good),
        (Column::Reject, reject),
        (Column::EarnedTotalNs, total * ideal_s * 1_000_000_000),
        (Column::EarnedGoodNs, good * ideal_s * 1_000_000_000),
        (Column::NoStandardMs, if bare { run * MINUTE_MS } else { 0 }),
        (Column::NoStandardPieces, if bare { total } else { 0 }),
    ] {
        sums.tally.add(column, amount);
    }
    (machine, words, sums)
}

/// Good pieces and OEE of each group of the shift.
fn told(rows: &[Row], by: By) -> Vec<(String, i64, Result<String, Missing>)> {
    let serial = LineSetting::Serial {
        bottleneck: MachineId(BOTTLENECK),
        output: MachineId(OUTPUT),
    };
    told_by(serial, rows, by)
}

fn told_by(serial: LineSetting, rows: &[Row], by: By) -> Vec<(String, i64, Result<String, Missing>)> {
    let kinds = Kinds::from(BTreeMap::from([(Arc::from("L1"), serial)]));
    let mut merged = RollUp::new(Over::Shifts, by, &kinds);
    for (machine, [product, order], sums) in rows {
        let key = TallyKey {
            site: "ulm".into(),
            line: "L1".into(),
            shift: "early".into(),
            product: (*product).into(),
            order: (*order).into(),
            ..TallyKey::default()
        };
        merged.give(Part {
            machine: MachineId(*machine),
            start: key.shift_start,
            key: &key,
            sums,
            engines: &[9],
        });
    }
    let groups = merged.finish().into_iter();
    let policy = PolicySetting::default();
    groups
        .map(|((_, id), merged)| {
            let oee = Basis::under(&policy, &merged.sums).get(Kpi::Oee);
            let oee = oee.map(|oee| format!("{:.3}", 100.0 * oee));
            (id.to_string(), merged.sums.tally.get(Column::Good), oee)
        })
        .collect()
}

fn is(id: &str, good: i64, oee: &str) -> (String, i64, Result<String, Missing>) {
    (id.to_owned(), good, Ok(oee.to_owned()))
}

/// 900 good ones of 25 s in 480 min: 375 of 480.
const OEE: &str = "78.125";

/// A shift of the line: 960 pieces pass the bottleneck (25 s each), 900 good ones come out, 60 are rejected on the way.
fn shift(first: [&'static str; 2], bottleneck: [&'static str; 2], output: [&'static str; 2], out_s: i64) -> [Row; 3] {
    [
        row(FIRST, first, [400, 80], 20, [1_000, 20]),
        row(BOTTLENECK, bottleneck, [420, 60], 25, [960, 10]),
        row(OUTPUT, output, [300, 180], out_s, [900, 30]),
    ]
}

#[test]
fn a_line_has_one_oee_whichever_of_its_machines_were_told_what_it_makes() {
    let (none, a, order, a_17) = (["", ""], ["A", ""], ["", "A-17"], ["A", "A-17"]);
    for (first, bottleneck, output) in [
        (a, a, a),
        (none, a, none),
        (a, a, none),
        (none, a, a),
        (none, none, a),
        (a, none, a),
        (none, a_17, a),
        (a, a, a_17),
        (order, a_17, none),
        (none, order, a_17),
    ] {
        for out_s in [15, 0] {
            let shift = shift(first, bottleneck, output, out_s);
            let case = format!("{first:?} {bottleneck:?} {output:?} {out_s} s");
            assert_eq!(told(&shift, By::Line), [is("L1", 900, OEE)], "{case}");
            assert_eq!(told(&shift, By::Product), [is("A", 900, OEE)], "{case}");
        }
    }
    let shift = shift(none, a_17, a, 15);
    assert_eq!(told(&shift, By::Order), [is("A-17", 900, OEE)]);
}

/// The bottleneck makes A for 240 min (480 of 25 s) and B for 240 min (300 of 40 s).
fn two_products(of_output: &[Row]) -> Vec<Row> {
    let mut rows = vec![
        row(BOTTLENECK, ["A", ""], [210, 30], 25, [480, 0]),
        row(BOTTLENECK, ["B", ""], [220, 20], 40, [300, 0]),
    ];
    rows.extend_from_slice(of_output);
    rows
}

#[test]
fn where_nobody_told_the_end_of_a_line_which_of_two_products_came_out_the_pieces_are_of_neither() {
    let rows = two_products(&[row(OUTPUT, ["", ""], [480, 0], 15, [780, 0])]);
    // 480 x 25 s + 300 x 40 s = 400 min of 480, for 780 pieces.
    assert_eq!(told(&rows, By::Line), [is("L1", 780, "83.333")]);
    assert_eq!(told(&rows, By::Product), [is("", 780, "83.333")]);
}

#[test]
fn the_bottleneck_may_stand_without_an_order_while_the_end_of_the_line_was_told_none_at_all() {
    // A-17 for 420 min and B-3 for 20, 40 min between them; nobody told the packer. 10 of its pieces passed in that time.
    let rows = |of_b| {
        [
            row(BOTTLENECK, ["A", "A-17"], [400, 20], 25, [960, 0]),
            row(BOTTLENECK, ["", ""], [1, 39], 25, [2, 0]),
            row(BOTTLENECK, ["A", "B-3"], [20, 0], 25, [of_b, 0]),
            row(OUTPUT, ["", ""], [480, 0], 15, [900, 0]),
        ]
    };
    // 900 x 25 s of 480 min in all. Of which order the 900 are nobody knows; of the product they are.
    assert_eq!(told(&rows(40), By::Line), [is("L1", 900, OEE)]);
    let products = told(&rows(40), By::Product);
    assert_eq!((&*products[1].0, products[1].1), ("A", 900));
    // Without B-3 they are of A-17: 375 of 420 min.
    let [a_17, none, _, packed] = rows(0);
    let alone = told(&[a_17, none, packed], By::Order);
    assert_eq!(alone[1], is("A-17", 900, "89.286"));
}

#[test]
fn of_a_bottleneck_that_is_the_end_of_the_line_too_no_piece_moves() {
    let mut first = row(FIRST, ["", ""], [480, 0], 10, [0, 20]);
    first.2.tally.add(Column::Good, 960);
    first.2.tally.add(Column::Total, 960);
    first.2.tally.add(Column::Judged, 960);
    let press = row(OUTPUT, ["A", ""], [480, 0], 25, [900, 60]);
    let serial = LineSetting::Serial {
        bottleneck: MachineId(OUTPUT),
        output: MachineId(OUTPUT),
    };
    // 900 x 25 s of 480 min; 20 and 60 rejects.
    let line = told_by(serial, &[first, press], By::Line);
    assert_eq!(line, [is("L1", 900, OEE)]);
}

#[test]
fn a_first_machine_that_was_told_nothing_leaves_two_products_apart() {
    let rows = two_products(&[
        row(FIRST, ["", ""], [480, 0], 10, [780, 0]),
        row(OUTPUT, ["A", ""], [240, 0], 15, [480, 0]),
        row(OUTPUT, ["B", ""], [240, 0], 15, [150, 150]),
    ]);
    // 480 x 25 s and 150 x 40 s of 480 min.
    assert_eq!(told(&rows, By::Line), [is("L1", 630, "62.500")]);
    let products = told(&rows, By::Product);
    // 150 x 40 s of 240 min.
    assert_eq!(products[1..], [is("A", 480, "83.333"), is("B", 150, "41.667")]);
}

#[test]
fn what_a_machine_made_before_it_was_told_is_of_what_it_made_most_of() {
    let rows = two_products(&[
        row(OUTPUT, ["", ""], [5, 0], 15, [6, 0]),
        row(OUTPUT, ["A", ""], [235, 0], 15, [474, 0]),
        row(OUTPUT, ["B", ""], [240, 0], 15, [300, 0]),
    ]);
    // 480 x 25 s of 240 min, 300 x 40 s of 240 min.
    let each = [is("A", 480, "83.333"), is("B", 300, "83.333")];
    assert_eq!(told(&rows, By::Product), each);
    assert_eq!(told(&rows, By::Line), [is("L1", 780, "83.333")]);
}

#[test]
fn pieces_of_the_product_before_pass_the_end_of_a_line_by_themselves() {
    let rows = [
        row(BOTTLENECK, ["B", ""], [480, 0], 40, [600, 0]),
        row(OUTPUT, ["A", ""], [10, 0], 15, [20, 0]),
        row(OUTPUT, ["B", ""], [470, 0], 15, [580, 0]),
    ];
    let told = told(&rows, By::Product);
    // 580 x 40 s of 480 min; A has no time of the bottleneck in this shift.
    assert_eq!(told[1], is("B", 580, "80.556"));
    assert_eq!((&*told[0].0, told[0].1), ("A", 20));
    assert_eq!(told[0].2, Err(Missing::PlannedTime));
}
