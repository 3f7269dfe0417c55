//! Reports of time that is not all there: still on, no longer kept, before all data; and when the stops in it began.
#![allow(clippy::unwrap_used)]

#[path = "support/report_day.rs"]
mod day;

use day::{PRESS_1, SIX, known, plan, roster, settings};
use gemba::model::time::HOUR_MS;
use gemba::report::gather::{self, Known, Whose};
use gemba::report::stretch::Kind;
use gemba::report::words::Lang;
use gemba::report::{csv, text};

const SHIFT: &str = "2026-11-21.1";

fn of_shift(change: impl FnOnce(&mut Known), lang: Lang) -> String {
    let (plan, roster) = (plan(settings()), roster());
    let mut known = known(&plan, &roster, Kind::Shift, SHIFT);
    change(&mut known);
    text::write(&gather::report(&known, &Whose::Plant), lang)
}

#[test]
fn the_shift_that_is_on_is_marked_and_its_plan_ends_now() {
    let (plan, roster) = (plan(settings()), roster());
    let mut known = known(&plan, &roster, Kind::Shift, SHIFT);
    known.now = SIX.plus(4 * HOUR_MS);
    known.sealed_until.insert(PRESS_1, SIX.plus(3 * HOUR_MS));
    let report = gather::report(&known, &Whose::Machine(PRESS_1));
    // 4 h / 12 s x 0.75 = 900 of 1,687.5
    assert_eq!(report.scopes[0].plan, Some((1_687.5, 900.0)));
    assert_eq!(report.scopes[0].calendar_ms, 4 * HOUR_MS);
    let text = text::write(&report, Lang::En);
    assert!(text.contains("! Provisional: so far 2026-11-21 10:00"), "{text}");
    assert!(text.contains("not final yet: press-01"), "{text}");
    assert!(csv::write(&report).contains(",false,Asia/Ho_Chi_Minh,"), "is_over");
}

#[test]
fn minutes_that_are_no_longer_kept_are_said_to_be_gone() {
    let text = of_shift(
        |known| {
            known.kept_since = SIX.plus(24 * HOUR_MS);
            known.spans.clear();
        },
        Lang::En,
    );
    assert!(
        text.contains("! Minutes and single stops are no longer kept before 2026-11-22 06:00"),
        "{text}"
    );
    assert!(!text.contains("Longest stops"), "{text}");
    assert!(
        text.contains("jam Part stuck"),
        "reasons stand in the shift's tally: {text}"
    );
}

#[test]
fn a_time_before_all_data_is_told_in_the_zone_of_the_plant() {
    let (plan, roster) = (plan(settings()), roster());
    let mut known = known(&plan, &roster, Kind::Day, "2026-11-18");
    known.rows.clear();
    let text = text::write(&gather::report(&known, &Whose::Plant), Lang::En);
    assert!(
        text.contains("2026-11-18 06:00 – 2026-11-19 06:00, Asia/Ho_Chi_Minh"),
        "{text}"
    );
}

#[test]
fn a_time_without_data_says_so_and_names_the_machines() {
    let text = of_shift(|known| known.rows.clear(), Lang::Ko);
    assert!(text.contains("이 기간의 데이터 없음"), "{text}");
    assert!(text.contains("데이터 없는 설비: press-01, press-02, pack-01"), "{text}");
}
