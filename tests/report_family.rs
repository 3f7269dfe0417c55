//! A product of a family mould in reports: below it the pieces made of each of its parts.
#![allow(clippy::unwrap_used, reason = "a test ends where something is missing")]

#[path = "support/report_day.rs"]
mod day;

use day::{PRESS_1, SIX, known, parsed, plan, roster, settings};
use gemba::model::settings::Setting;
use gemba::model::tally::Column;
use gemba::model::time::HOUR_MS;
use gemba::report::form::width;
use gemba::report::gather::{self, Known, Report, Whose};
use gemba::report::stretch::Kind;
use gemba::report::words::Lang;
use gemba::report::{csv, text};

/// The day's first press makes a box and its lid, one of each with a shot: 900 shots are 1,800 pieces.
fn report<A>(kind: Kind, of: &str, change: impl FnOnce(&mut Known), read: impl Fn(&Report) -> A) -> A {
    let mut settings = settings();
    for setting in &mut settings {
        if let Setting::Product(_, product) = setting {
            product.parts = vec![("lid".into(), 1), ("box".into(), 1)];
        }
    }
    let (plan, roster) = (plan(settings), roster());
    let mut known = known(&plan, &roster, kind, of);
    change(&mut known);
    read(&gather::report(&known, &Whose::Machine(PRESS_1)))
}

fn of_shift(change: impl FnOnce(&mut Known), lang: Lang) -> String {
    report(Kind::Shift, "2026-11-21.1", change, |report| text::write(report, lang))
}

/// The number in the row of a part.
fn row(text: &str, part: &str) -> Option<String> {
    let mut rows = text.lines().map(str::split_whitespace);
    let row = rows.find_map(|mut row| (row.next() == Some(part)).then_some(row))?;
    Some(row.collect::<Vec<_>>().join(" "))
}

#[test]
fn below_its_product_each_part_is_told_by_the_shots_in_three_languages() {
    for (lang, made, note) in [
        (Lang::En, "900", "Each part: pieces made in known time"),
        (Lang::Vi, "900", "Từng chi tiết: số đã làm"),
        (Lang::Ko, "900", "부품별: 데이터가 있는 시간의 생산 수량"),
    ] {
        let text = of_shift(|_| {}, lang);
        assert_eq!(
            (row(&text, "box").as_deref(), row(&text, "lid").as_deref()),
            (Some(made), Some(made)),
            "{text}"
        );
        assert!(text.contains(note), "{text}");
        assert!(text.lines().all(|line| width(line) <= 100), "{text}");
    }
}

#[test]
fn of_shots_with_a_blocked_cavity_the_pieces_are_told_together_and_why() {
    // 10 pieces short of 900 shots: 890 of them were whole, and 1,790 - 2 x 890 are of nobody knows which part.
    let blocked = |known: &mut Known| known.rows[0].sums.tally.add(Column::Total, -10);
    for (lang, why) in [
        (
            Lang::En,
            "Pieces not told by part (a cavity was not in use, or no shots were counted): 10",
        ),
        (
            Lang::Vi,
            "Số chưa chia được theo chi tiết (có lòng khuôn bị bịt, hoặc không đếm shot): 10",
        ),
        (
            Lang::Ko,
            "부품별로 나눌 수 없는 수량 (막힌 캐비티가 있거나 쇼트를 세지 않음): 10",
        ),
    ] {
        let text = of_shift(blocked, lang);
        assert_eq!(row(&text, "lid").as_deref(), Some("890"), "{text}");
        assert!(text.contains(why), "{text}");
    }
}

#[test]
fn the_csv_has_a_row_for_each_part_and_its_product_adds_up_without_them() {
    // The next shift 100 more shots, with a cavity blocked in ten of them: 190 pieces, of which 90 whole shots made 180.
    let late = |known: &mut Known| {
        let mut late = known.rows[0].clone();
        late.key.shift = "2".into();
        late.key.shift_start = SIX.plus(8 * HOUR_MS);
        late.sums.tally.add(Column::Shots, 100 - 900);
        late.sums.tally.add(Column::Total, 190 - 1_800);
        known.rows.push(late);
    };
    let rows = report(Kind::Day, "2026-11-21", late, |report| parsed(&csv::write(report)));
    let kinds: Vec<[&str; 5]> = rows
        .iter()
        .map(|row| ["part", "total", "family_part", "family_made", "family_untold"].map(|head| row[head].as_str()))
        .collect();
    assert_eq!(
        kinds,
        [
            ["total", "1990", "", "", ""],
            ["product_order", "1990", "", "", "10"],
            ["family_part", "", "box", "990", ""],
            ["family_part", "", "lid", "990", ""],
        ]
    );
    assert!(rows[2]["product"] == "VT-2077" && rows[2]["order"] == "A-100");
}
