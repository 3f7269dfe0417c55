//! Pure. Cascades worked by hand, and that every one adds up to the millisecond.

use super::*;
use crate::model::policy::SHIPPED;
use crate::model::time::MINUTE_MS;
use proptest::prelude::*;

fn sums(columns: &[(Column, i64)]) -> Sums {
    let mut sums = Sums::default();
    columns
        .iter()
        .for_each(|(column, amount)| sums.tally.add(*column, *amount));
    sums
}

fn lost(cascade: &Cascade, loss: Loss) -> Option<(i64, Option<i64>)> {
    let found = cascade.losses.iter().find(|lost| lost.loss == loss)?;
    Some((found.ms / MINUTE_MS, found.pieces))
}

/// A day: a shift of 480 min with a break of 30, 50 of breakdown, 30 of setup, 20 of minor stops; 700 pieces of 30 s, of which
/// 600 are good, 40 startup rejects, 50 other rejects, 10 rework.
fn day() -> Sums {
    let piece_ns = 30_000_000_000;
    sums(&[
        (Column::SpanMs, 1_440 * MINUTE_MS),
        (Column::NotScheduledMs, 960 * MINUTE_MS),
        (Column::BreakMs, 30 * MINUTE_MS),
        (Column::BreakdownMs, 50 * MINUTE_MS),
        (Column::SetupMs, 30 * MINUTE_MS),
        (Column::MinorStopMs, 20 * MINUTE_MS),
        (Column::RunningMs, 350 * MINUTE_MS),
        (Column::Total, 700),
        (Column::Judged, 700),
        (Column::Good, 600),
        (Column::Reject, 90),
        (Column::Rework, 10),
        (Column::Startup, 40),
        (Column::EarnedTotalNs, 700 * piece_ns),
        (Column::EarnedGoodNs, 600 * piece_ns),
        (Column::EarnedStartupNs, 40 * piece_ns),
    ])
}

#[test]
fn the_six_losses_of_a_day_worked_by_hand() {
    let cascade = Cascade::of(&PolicySetting::default(), &day(), 1_440 * MINUTE_MS);
    let minutes = cascade.levels.map(|(_, ms)| ms / MINUTE_MS);
    // 1,440 - 960 = 480; - 30 = 450; - 50 - 30 = 370; 700 x 0.5 = 350; 600 x 0.5 = 300.
    assert_eq!(minutes, [1_440, 480, 450, 370, 350, 300]);
    let of = |loss| lost(&cascade, loss);
    assert_eq!(of(Loss::Class(Class::NotScheduled)), Some((960, Some(1_920)))); // 960 min / 30 s
    assert_eq!(of(Loss::Class(Class::Breakdown)), Some((50, Some(100))));
    assert_eq!(of(Loss::Class(Class::Setup)), Some((30, Some(60))));
    assert_eq!(of(Loss::Class(Class::MinorStop)), Some((20, Some(40))));
    assert_eq!(of(Loss::Speed), None, "350 run - 350 earned");
    assert_eq!(of(Loss::Startup), Some((20, Some(40))));
    assert_eq!(of(Loss::Process), Some((25, Some(50)))); // (50 - 20) min x 50 / 60
    assert_eq!(of(Loss::Rework), Some((5, Some(10)))); // 30 min x 10 / 60
}

#[test]
fn a_machine_faster_than_its_standard_shows_a_speed_loss_below_zero() {
    let mut fast = day();
    fast.tally.add(Column::RunningMs, -30 * MINUTE_MS);
    fast.tally.add(Column::NotScheduledMs, 30 * MINUTE_MS);
    let cascade = Cascade::of(&PolicySetting::default(), &fast, 1_440 * MINUTE_MS);
    assert_eq!(lost(&cascade, Loss::Speed), Some((-30, Some(-60)))); // 320 run - 350 earned
}

#[test]
fn a_blocked_cavity_is_told_apart_from_speed() {
    // 100 shots of 60 s on a mould of four, one of them blocked: 300 pieces of 15 s; 100 x 60 s x (1 - 3/4) = 25 min.
    let press = sums(&[
        (Column::SpanMs, 110 * MINUTE_MS),
        (Column::RunningMs, 110 * MINUTE_MS),
        (Column::Total, 300),
        (Column::Judged, 300),
        (Column::Good, 300),
        (Column::EarnedTotalNs, 300 * 15_000_000_000),
        (Column::EarnedGoodNs, 300 * 15_000_000_000),
        (Column::CavityLossNs, 100 * 60_000_000_000 / 4),
    ]);
    let cascade = Cascade::of(&PolicySetting::default(), &press, 120 * MINUTE_MS);
    assert_eq!(lost(&cascade, Loss::Cavities), Some((25, Some(100))));
    assert_eq!(lost(&cascade, Loss::Speed), Some((10, Some(40)))); // 110 - 25 - 75
    assert_eq!(lost(&cascade, Loss::NotRecorded), Some((10, Some(40))));
}

#[test]
fn a_policy_moves_a_loss_to_its_level() {
    let strict = PolicySetting::shipped("iso-strict").unwrap();
    let cascade = Cascade::of(&strict, &day(), 1_440 * MINUTE_MS);
    assert_eq!(cascade.levels[3], (Level::Production, 350 * MINUTE_MS));
    let minor = cascade
        .losses
        .iter()
        .find(|lost| lost.loss == Loss::Class(Class::MinorStop));
    assert_eq!(minor.unwrap().from, Level::Busy);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    #[test]
    fn every_level_less_its_losses_is_the_next_to_the_millisecond(
        ms in proptest::array::uniform12(0i64..4_000_000), reason in 0i64..1_000, more in 0i64..9_000_000,
        ideal_ns in 1i64..60_000_000_000, [good, reject, rework, startup, unjudged] in proptest::array::uniform5(0i64..500),
        cavity_ns in 0i64..9_000_000_000_000,
    ) {
        let mut whole = Sums::default();
        for (class, ms) in Class::ALL.into_iter().zip(ms) {
            whole.tally.add(Column::of(class), ms);
            whole.tally.add(Column::SpanMs, ms);
        }
        whole.detail.stand(Class::Setup, &"cleaning".into(), whole.tally.get(Column::SetupMs) * reason / 1_000, 1);
        let startup = startup.min(reject);
        let pieces = good + reject + rework + unjudged;
        for (column, amount) in [
            (Column::Total, pieces), (Column::Judged, pieces - unjudged), (Column::Good, good), (Column::Reject, reject),
            (Column::Rework, rework), (Column::Startup, startup), (Column::EarnedTotalNs, pieces * ideal_ns),
            (Column::EarnedGoodNs, good * ideal_ns), (Column::EarnedStartupNs, startup * ideal_ns),
            (Column::CavityLossNs, cavity_ns),
        ] {
            whole.tally.add(column, amount);
        }
        let mut policies: Vec<_> = SHIPPED.iter().map(|id| PolicySetting::shipped(id).unwrap()).collect();
        let mut ours = PolicySetting::default();
        ours.charges.reasons.insert("cleaning".into(), Charge::Excluded);
        policies.push(ours);
        for policy in policies {
            let cascade = Cascade::of(&policy, &whole, whole.tally.get(Column::SpanMs) + more);
            for pair in cascade.levels.windows(2) {
                let losses = cascade.losses.iter().filter(|lost| lost.from == pair[0].0);
                let lost: i64 = losses.map(|lost| lost.ms).sum();
                prop_assert_eq!(pair[0].1 - lost, pair[1].1, "below {:?}", pair[0].0);
            }
        }
    }
}
