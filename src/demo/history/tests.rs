//! Tests of the recorded past.

use super::super::calendar::{DAY_MS, HOUR_MS};
use super::super::truth;
use super::*;
use std::collections::BTreeMap;

const BEGIN: i64 = 1_795_146_438_000;

fn rows(until: i64) -> Vec<(i64, String, String, String)> {
    let mut text = Vec::new();
    write(1, BEGIN, until, &mut text).unwrap();
    let text = String::from_utf8(text).unwrap();
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some("time,machine,signal,value"));
    let row = |line: &str| {
        let fields: Vec<&str> = line.split(',').collect();
        assert_eq!(fields.len(), 4, "{line}");
        let [time, machine, signal, value] = [0, 1, 2, 3].map(|index| fields[index].to_owned());
        (time.parse().unwrap(), machine, signal, value)
    };
    lines.map(row).collect()
}

#[test]
fn the_past_is_in_order_and_nothing_in_it_goes_stale_but_what_is_silent() {
    let rows = rows(BEGIN + DAY_MS);
    assert!(rows.is_sorted_by_key(|(at, ..)| *at));
    let mut last: BTreeMap<(&str, &str), i64> = BTreeMap::new();
    let mut silent: BTreeMap<&str, i64> = BTreeMap::new();
    for (at, machine, signal, _) in &rows {
        let before = last.insert((machine, signal), *at).unwrap_or(BEGIN);
        // A value is written at the confirmation after the one that found it fresh, at the latest.
        if at - before > CONFIRM_MS * 3 / 2 {
            *silent.entry(machine).or_default() += 1;
        }
    }
    let silent: Vec<&str> = silent.into_keys().collect();
    assert_eq!(silent, ["press-03", "stamp-01"], "one loses its power, one its network");
}

#[test]
fn counters_of_the_past_count_what_is_true() {
    let until = BEGIN + 5 * HOUR_MS;
    let rows = rows(until);
    let of = |machine: &str, signal: &str| {
        let values = rows.iter().filter(|row| row.1 == machine && row.2 == signal);
        let values: Vec<i64> = values.map(|row| row.3.parse().unwrap()).collect();
        values[values.len() - 1] - values[0]
    };
    let truths = truth::tell(1, BEGIN, BEGIN, until);
    let truly = |machine: &str| {
        let sums = truths[machine].sums.iter();
        sums.fold((0, 0, 0), |sum, one| {
            (sum.0 + one.shots, sum.1 + one.good, sum.2 + one.reject)
        })
    };
    assert_eq!(of("press-01", "shots"), truly("press-01").0);
    assert_eq!(of("press-01", "rejects"), truly("press-01").2);
    assert_eq!(of("pack-01", "good"), truly("pack-01").1);
    assert_eq!(of("pack-01", "scrap"), truly("pack-01").2);
}
