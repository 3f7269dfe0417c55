//! Examples from sums, published and worked by hand, to the printed digit: every KPI, policies, and the cascade of losses.
#![allow(clippy::unwrap_used, reason = "a helper of tests may fail its test")]

use gemba::model::policy::Charge;
use gemba::model::settings::PolicySetting;
use gemba::model::state::Class;
use gemba::model::tally::{Column, Sums, Tally};
use gemba::model::time::{MINUTE_MS, SECOND_MS};
use gemba::oee::basis::Basis;
use gemba::oee::cascade::Cascade;
use gemba::oee::indicators::Kpi;
use gemba::oee::pace::{Counting, Pace};
use serde_json::Value as Json;

fn examples() -> Vec<Json> {
    let all: Json = serde_json::from_str(include_str!("examples/worked.json")).unwrap();
    all["examples"].as_array().unwrap().clone()
}

fn column(name: &str) -> Option<Column> {
    let found = Column::ALL.iter().find(|(_, column)| *column == name);
    found.map(|(column, _)| *column)
}

/// `running_min` of 6 is 360,000 of `running_ms`; `earned_good_s` of 1 is a billion of `earned_good_ns`.
fn amount(name: &str, number: i64) -> (Column, i64) {
    let units = [("_min", MINUTE_MS), ("_s", SECOND_MS)];
    let unit = units
        .into_iter()
        .find_map(|(unit, ms)| Some((name.strip_suffix(unit)?, ms)));
    let Some((stem, ms)) = unit else {
        return (column(name).unwrap(), number);
    };
    if let Some(column) = column(&format!("{stem}_ms")) {
        return (column, number * ms);
    }
    (column(&format!("{stem}_ns")).unwrap(), number * ms * 1_000_000)
}

fn sums(example: &Json) -> Sums {
    let mut sums = Sums::default();
    for (name, number) in example["sums"].as_object().unwrap() {
        let (column, amount) = amount(name, number.as_i64().unwrap());
        sums.tally.add(column, amount);
    }
    for cycle in example["cycles"].as_array().into_iter().flatten() {
        let us = (cycle[0].as_f64().unwrap() * 1e6).round() as i64;
        sums.detail.cycles.add(us, cycle[1].as_i64().unwrap());
    }
    for given in example["reasons"].as_array().into_iter().flatten() {
        let class = Class::parse(given[0].as_str().unwrap()).unwrap();
        let reason = given[1].as_str().unwrap().into();
        sums.detail
            .stand(class, &reason, given[2].as_i64().unwrap() * MINUTE_MS, 1);
    }
    sums
}

fn policy(example: &Json) -> PolicySetting {
    let id = example["policy"].as_str().unwrap_or("default");
    let mut policy = PolicySetting::shipped(id).unwrap_or_default();
    for (reason, charge) in example["charges"].as_object().into_iter().flatten() {
        let charge = Charge::parse(charge.as_str().unwrap()).unwrap();
        policy.charges.reasons.insert(reason.as_str().into(), charge);
    }
    policy
}

#[test]
fn every_kpi_of_every_example_is_the_printed_one() {
    let mut checked = 0;
    for example in examples() {
        let (sums, policy) = (sums(&example), policy(&example));
        let mut basis = Basis::under(&policy, &sums);
        if let Some(minutes) = example["calendar_min"].as_i64() {
            basis = basis.of_days(minutes * MINUTE_MS);
        }
        if let (Some(poll_s), Some(ideal_s)) = (example["poll_s"].as_i64(), example["ideal_s"].as_i64()) {
            let mut piece = Tally::default();
            piece.add(Column::Total, 1);
            piece.add(Column::EarnedTotalNs, ideal_s * 1_000_000_000);
            let counting = Counting {
                poll_ms: Some(poll_s * SECOND_MS),
                ..Counting::default()
            };
            basis = basis.timed([(Pace::of(&piece), counting)].into_iter());
        }
        for (name, printed) in example["kpis"].as_object().unwrap() {
            let (kpi, _) = Kpi::ALL.into_iter().find(|(_, kpi)| kpi == name).unwrap();
            let found = basis.get(kpi);
            let what = format!("{} {name}", example["id"]);
            match printed.as_str() {
                Some(printed) => {
                    let digits = printed.split_once('.').unwrap().1.len();
                    assert_eq!(format!("{:.digits$}", found.unwrap()), printed, "{what}");
                }
                None => assert!(found.is_err(), "{what}"),
            }
            checked += 1;
        }
    }
    assert!(checked > 60, "{checked}");
}

#[test]
fn every_loss_of_every_cascade_is_the_printed_one_and_no_other_is_there() {
    let mut checked = 0;
    for example in examples() {
        let Some(printed) = example["losses_min"].as_object() else {
            continue;
        };
        let calendar = example["calendar_min"].as_i64().unwrap() * MINUTE_MS;
        let cascade = Cascade::of(&policy(&example), &sums(&example), calendar);
        let found: Vec<_> = cascade.losses.iter().map(|lost| (lost.loss.name(), lost.ms)).collect();
        for (name, minutes) in printed {
            let ms = minutes.as_i64().unwrap() * MINUTE_MS;
            assert!(
                found.contains(&(name.as_str(), ms)),
                "{} {name}: {found:?}",
                example["id"]
            );
            checked += 1;
        }
        assert_eq!(found.len(), printed.len(), "{}: {found:?}", example["id"]);
        for pair in cascade.levels.windows(2) {
            let losses = cascade.losses.iter().filter(|lost| lost.from == pair[0].0);
            assert_eq!(pair[0].1 - losses.map(|lost| lost.ms).sum::<i64>(), pair[1].1);
        }
    }
    assert!(checked > 15, "{checked}");
}
