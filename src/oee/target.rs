//! Pure. The plan: good pieces that should be there, from planned time, ideal cycle and the target of OEE. One definition for
//! tile, hour and shift.

use super::plan::Plan;
use crate::model::ids::MachineId;
use crate::model::time::{Period, Timestamp};

/// Good pieces a machine should make in a period of a shift: net planned time / ideal time per piece x target OEE, added up
/// over products, as the calendar plans it. The target is the product's own, or the plant's, as it was at `frozen_at`, the start
/// of the shift, or when the machine was first configured, where that was later.
///
/// `None` without a target, and where planned time has no ideal cycle: a plan that leaves a product out is no plan.
pub fn pieces(plan: &Plan, machine: MachineId, period: Period, frozen_at: Timestamp) -> Option<f64> {
    // In the shift a machine was first configured in, the target it began with.
    let frozen_at = plan.born(machine).map_or(frozen_at, |born| frozen_at.max(born));
    let of_plant = plan.target(frozen_at).oee_ppm;
    let mut sum = 0.0;
    let mut at = period.start;
    while at < period.end {
        let Some(segment) = plan.segment(machine, at) else {
            // Not configured yet, or no longer: nothing is asked of it, as before it is in service.
            at = plan.configured_after(machine, at).unwrap_or(period.end);
            continue;
        };
        let end = segment.period.end.min(period.end).max(at.plus(1));
        if segment.is_work() && segment.in_service {
            let ppm = plan.product_target(&segment.key.product, frozen_at).or(of_plant)?;
            let ideal_ns = segment.ideal_piece_ns?;
            // ms x 10^6 ns / ideal ns x ppm / 10^6
            sum += end.since(at) as f64 * f64::from(ppm) / ideal_ns as f64;
        }
        at = end;
    }
    Some(sum)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::entry::{Entry, Says, Source};
    use crate::model::fact::{Body, Fact};
    use crate::model::settings::{
        CalendarSetting, Change, MachineSetting, ProductSetting, Setting, ShiftSetting, TargetSetting,
    };
    use crate::model::time::{HOUR_MS, MINUTE_MS};

    const PRESS: MachineId = MachineId(0);

    fn fact(at: i64, body: Body) -> Fact {
        Fact {
            at: Timestamp(at),
            received_at: Timestamp(at),
            mono_ms: 0,
            epoch: 0,
            machine: Some(PRESS),
            author: "config".into(),
            body,
        }
    }

    fn target(ppm: u32) -> Setting {
        Setting::Target(TargetSetting {
            oee_ppm: Some(ppm),
            ..TargetSetting::default()
        })
    }

    /// A shift from 00:00 to 08:00 UTC on each day with a break from 04:00 to 04:30; shots of 24 s with 2 cavities.
    fn plan(ideal_ns: Option<i64>) -> Plan {
        let shift = ShiftSetting {
            id: "1".into(),
            name: "1".into(),
            days: [true; 7],
            from_min: 0,
            to_min: 480,
            breaks: vec![(240, 270)],
        };
        let calendar = CalendarSetting {
            timezone: "UTC".into(),
            day_start_min: 0,
            shifts: vec![shift],
            ..CalendarSetting::default()
        };
        let press = MachineSetting {
            ideal_ns,
            cavities: 2,
            ..MachineSetting::default()
        };
        let product = ProductSetting {
            ideal_ns: Some(48_000_000_000),
            ..ProductSetting::default()
        };
        let settings = [
            Setting::Calendar(calendar),
            Setting::Machine(PRESS, press),
            Setting::Product("slow".into(), product),
        ];
        let mut plan = Plan::default();
        settings
            .into_iter()
            .for_each(|setting| plan.apply(&fact(0, Body::Setting(Change::new(setting)))));
        plan
    }

    fn set(plan: &mut Plan, at: i64, setting: Setting) {
        plan.apply(&fact(at, Body::Setting(Change::new(setting))));
    }

    fn of(plan: &Plan, from_h: i64, to_h: i64) -> Option<f64> {
        let hours = |hours: i64| Timestamp(hours * HOUR_MS);
        pieces(plan, PRESS, Period::new(hours(from_h), hours(to_h)), Timestamp(0))
    }

    #[test]
    fn the_plan_is_net_planned_time_over_the_ideal_cycle_times_the_target() {
        let mut plan = plan(Some(24_000_000_000));
        set(&mut plan, 0, target(750_000));
        // 12 s a piece: 300 an hour, 225 at 75 %.
        assert_eq!(of(&plan, 0, 1), Some(225.0));
        // The hour of the break has 30 minutes: 112.5.
        assert_eq!(of(&plan, 4, 5), Some(112.5));
        // 7.5 h of the shift: 1,687.5; the hours after it plan nothing.
        assert_eq!(of(&plan, 0, 8), Some(1_687.5));
        assert_eq!(of(&plan, 0, 12), Some(1_687.5));
    }

    #[test]
    fn a_product_with_a_cycle_of_its_own_is_planned_by_it() {
        let mut plan = plan(Some(24_000_000_000));
        set(&mut plan, 0, target(500_000));
        let slow = Body::Entry(Entry {
            key: "k".into(),
            says: Says::Product { product: "slow".into() },
            source: Source::Manual,
        });
        plan.apply(&fact(30 * MINUTE_MS, slow));
        // 30 min at 12 s: 150; 30 min at 24 s: 75; half of 225.
        assert_eq!(of(&plan, 0, 1), Some(112.5));
    }

    #[test]
    fn nothing_is_asked_of_a_machine_before_it_is_in_service() {
        let mut plan = plan(Some(24_000_000_000));
        set(&mut plan, 0, target(500_000));
        for (minute, on) in [(0, false), (90, true)] {
            let service = Entry {
                key: format!("from minute {minute}").into(),
                says: Says::Service { on },
                source: Source::Manual,
            };
            plan.apply(&fact(minute * MINUTE_MS, Body::Entry(service)));
        }
        // Half of 300 an hour, from 01:30 on.
        assert_eq!(
            [of(&plan, 0, 1), of(&plan, 0, 2), of(&plan, 2, 3)],
            [Some(0.0), Some(75.0), Some(150.0)]
        );
    }

    #[test]
    fn a_target_changed_during_the_shift_counts_from_the_next_one() {
        let mut plan = plan(Some(24_000_000_000));
        set(&mut plan, 0, target(500_000));
        set(&mut plan, HOUR_MS, target(1_000_000));
        assert_eq!(of(&plan, 2, 3), Some(150.0));
    }

    #[test]
    fn the_target_of_a_product_changed_during_the_shift_counts_from_the_next_one_too() {
        let mut plan = plan(Some(24_000_000_000));
        let product = |ppm| ProductSetting {
            oee_ppm: Some(ppm),
            ..ProductSetting::default()
        };
        set(&mut plan, 0, Setting::Product("own".into(), product(500_000)));
        set(&mut plan, HOUR_MS, Setting::Product("own".into(), product(1_000_000)));
        let put_on = |product: &str| {
            Body::Entry(Entry {
                key: product.into(),
                says: Says::Product {
                    product: product.into(),
                },
                source: Source::Manual,
            })
        };
        plan.apply(&fact(0, put_on("own")));
        assert_eq!(of(&plan, 2, 3), Some(150.0));
        // One that is new to the plant has the target it came with.
        set(&mut plan, 3 * HOUR_MS, Setting::Product("new".into(), product(250_000)));
        set(
            &mut plan,
            4 * HOUR_MS,
            Setting::Product("new".into(), product(1_000_000)),
        );
        plan.apply(&fact(5 * HOUR_MS, put_on("new")));
        assert_eq!(of(&plan, 5, 6), Some(75.0));
    }

    #[test]
    fn without_a_target_or_an_ideal_cycle_there_is_no_plan() {
        assert_eq!(of(&plan(Some(24_000_000_000)), 0, 1), None);
        let mut without = plan(None);
        set(&mut without, 0, target(750_000));
        assert_eq!(of(&without, 0, 1), None);
    }
}
