//! Pure. Time under a loss policy: ISO 22400-2's planned busy, production, set-up, delay and waiting time, from time by class and
//! reason, whatever policy the rows were written under.

use crate::model::policy::Charge;
use crate::model::settings::PolicySetting;
use crate::model::state::Class;
use crate::model::tally::{Column, Sums};
use std::sync::Arc;

/// What time of a class, with the reason a person gave or an empty one, is charged to.
pub fn charge(policy: &PolicySetting, class: Class, reason: &str) -> Charge {
    policy.charges.of(class, reason)
}

/// All time by class and charge, in milliseconds: what a class has without the reasons that are charged otherwise, and those
/// with their id.
pub fn charged<'a>(
    policy: &PolicySetting,
    sums: &'a Sums,
) -> impl Iterator<Item = (Class, Option<&'a Arc<str>>, Charge, i64)> {
    let mut by_class = Class::ALL.map(|class| sums.tally.get(Column::of(class)));
    let mut by_reason = Vec::new();
    for (class, reason, stood) in sums.detail.stops() {
        let own = charge(policy, class, reason);
        if own != charge(policy, class, "") {
            by_class[class as usize] -= stood.ms;
            by_reason.push((class, Some(reason), own, stood.ms));
        }
    }
    let plain = Class::ALL.map(|class| (class, None, charge(policy, class, ""), by_class[class as usize]));
    plain.into_iter().chain(by_reason)
}

/// The times of ISO 22400-2 in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Times {
    /// Planned busy time: all whose class is not excluded.
    pub pbt: i64,
    /// Actual production time: what effectiveness carries.
    pub apt: i64,
    /// Actual unit set-up time: setup charged to availability.
    pub aust: i64,
    /// Actual unit delay time: minor stops, unexplained stops, breakdowns and waiting charged to availability.
    pub adet: i64,
    /// Planned, and not to run: no order, planned stops and breaks charged to availability.
    pub adot: i64,
}

impl Times {
    /// The times under a policy. A reason is known only as far as the detail goes: rows written before there was one are
    /// charged by class.
    pub fn under(policy: &PolicySetting, sums: &Sums) -> Times {
        let mut times = Times::default();
        for (class, _, charge, ms) in charged(policy, sums) {
            times.add(charge, class, ms);
        }
        times
    }

    /// Actual unit processing time: AUPT = APT + AUST.
    pub fn aupt(&self) -> i64 {
        self.apt + self.aust
    }

    /// Actual unit busy time: AUBT = AUPT + ADET.
    pub fn aubt(&self) -> i64 {
        self.aupt() + self.adet
    }

    fn add(&mut self, charge: Charge, class: Class, ms: i64) {
        match charge {
            Charge::Excluded => return,
            Charge::Performance => self.apt += ms,
            Charge::Availability => match class {
                Class::Setup => self.aust += ms,
                Class::Running | Class::MinorStop | Class::Unexplained | Class::Breakdown | Class::Waiting => {
                    self.adet += ms;
                }
                Class::NotScheduled
                | Class::PlannedStop
                | Class::Break
                | Class::NoOrder
                | Class::Unknown
                | Class::ClockSkip => self.adot += ms,
            },
        }
        self.pbt += ms;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::policy::SHIPPED;

    fn sums(times: &[(Class, i64)]) -> Sums {
        let mut sums = Sums::default();
        times
            .iter()
            .for_each(|(class, ms)| sums.tally.add(Column::of(*class), *ms));
        sums
    }

    #[test]
    fn each_shipped_policy_puts_a_shift_where_its_table_says() {
        let shift = sums(&[
            (Class::Running, 300),
            (Class::MinorStop, 20),
            (Class::Breakdown, 40),
            (Class::Setup, 30),
            (Class::PlannedStop, 25),
            (Class::Break, 35),
            (Class::NoOrder, 10),
            (Class::Unknown, 7),
        ]);
        let of = |id: &str| {
            let it = Times::under(&PolicySetting::shipped(id).unwrap(), &shift);
            [it.pbt, it.apt, it.aust, it.adet, it.adot]
        };
        assert_eq!(of("default"), [390, 320, 30, 40, 0]); // 300 + 20 + 40 + 30
        assert_eq!(of("iso-strict"), [400, 300, 30, 60, 10]); // + 10; 40 + 20
        assert_eq!(of("oee-com"), [415, 320, 30, 40, 25]); // 390 + 25
        assert_eq!(SHIPPED.len(), 3);
    }

    #[test]
    fn a_reason_of_a_policy_of_ones_own_moves_its_time_alone() {
        let mut shift = sums(&[(Class::Running, 300), (Class::Setup, 30), (Class::Waiting, 50)]);
        shift.detail.stand(Class::Setup, &"cleaning".into(), 12, 1);
        shift.detail.stand(Class::Setup, &"".into(), 18, 1);
        let mut ours = PolicySetting::default();
        ours.charges.reasons.insert("cleaning".into(), Charge::Excluded);
        ours.charges.classes.insert(Class::Waiting, Charge::Performance);
        let times = Times::under(&ours, &shift);
        assert_eq!((times.pbt, times.apt, times.aust), (368, 350, 18)); // 380 - 12; 300 + 50; 30 - 12
        assert_eq!((times.aupt(), times.aubt()), (368, 368));
    }
}
