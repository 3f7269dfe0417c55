//! Tests of the truth.

use super::super::calendar::{DAY_MS, HOUR_MS};
use super::*;

const BEGIN: i64 = 1_795_146_438_000;

#[test]
fn truth_tiles_the_time_of_every_machine() {
    for (id, truth) in tell(1, BEGIN, BEGIN, BEGIN + DAY_MS) {
        let ms: i64 = truth.sums.iter().flat_map(|sums| sums.ms.values()).sum();
        assert_eq!(ms, DAY_MS, "{id}");
        for sums in &truth.sums {
            let ms: i64 = sums.ms.values().sum();
            assert!(ms <= sums.end - sums.start && ms > 0, "{id}: {sums:?}");
        }
    }
}

#[test]
fn truth_of_two_halves_is_the_truth_of_the_whole() {
    let half = BEGIN + 11 * HOUR_MS + 17;
    let sum = |from, until| {
        let of = |truth: Truth| {
            let sums = truth.sums.iter();
            sums.fold((0, 0, 0, 0), |sum, one| {
                let running = one.ms.get("running").copied().unwrap_or(0);
                (sum.0 + running, sum.1 + one.shots, sum.2 + one.good, sum.3 + one.reject)
            })
        };
        tell(3, BEGIN, from, until).into_values().map(of).collect::<Vec<_>>()
    };
    let added = sum(BEGIN, half).into_iter().zip(sum(half, BEGIN + DAY_MS));
    let added: Vec<_> = added
        .map(|(a, b)| (a.0 + b.0, a.1 + b.1, a.2 + b.2, a.3 + b.3))
        .collect();
    assert_eq!(added, sum(BEGIN, BEGIN + DAY_MS));
}

#[test]
fn oee_of_a_day_spreads_as_in_a_plant() {
    let oee = |(id, truth): (&'static str, Truth)| {
        let machine = MACHINES.iter().find(|machine| machine.id == id).unwrap();
        let earned = truth.sums.iter().map(|sums| {
            let product = machine.products.iter().find(|one| one.id == sums.product).unwrap();
            sums.good * product.ideal_ms / product.cavities
        });
        // Breaks are 30 + 15 + 30 + 30 minutes a day; who runs through them earns more for it.
        let planned = DAY_MS - 105 * calendar::MINUTE_MS;
        (id, earned.sum::<i64>() * 100 / planned)
    };
    for seed in 1..5 {
        let day: Vec<_> = tell(seed, BEGIN, BEGIN, BEGIN + DAY_MS).into_iter().map(oee).collect();
        assert!(day.iter().all(|(_, oee)| (45..=97).contains(oee)), "{seed}: {day:?}");
        let (least, most) = day
            .iter()
            .fold((100, 0), |(low, high), (_, oee)| (low.min(*oee), high.max(*oee)));
        assert!(least < 68 && most > 84, "{seed}: {day:?}");
    }
}
