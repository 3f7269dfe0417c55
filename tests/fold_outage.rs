//! An outage never raises or lowers OEE of the known time: a steady machine shows the same numbers with and without it.

#[path = "support/timeline.rs"]
mod timeline;

use gemba::model::entry::Says;
use gemba::model::fact::Role;
use gemba::model::settings::{ProductSetting, RejectSource, Setting};
use gemba::model::tally::{Column, Tally};
use gemba::oee::basis::Basis;
use gemba::oee::indicators::{Kpi, Missing};
use gemba::oee::kpi::Kpis;
use proptest::prelude::*;
use timeline::{Timeline, at, press};

/// A machine that makes the same in every poll, and what happens to it.
#[derive(Debug, Clone)]
struct Steady {
    poll_s: u32,
    made: i128,
    bad: i128,
    ideal_s: f64,
    /// Polls before the outage, in it and after it.
    polls: (u32, u32, u32),
    /// The agent is away; otherwise its PLC is silent.
    restart: bool,
}

fn steady() -> impl Strategy<Value = Steady> {
    let polls = prop::sample::select(vec![1u32, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30]);
    let counts = (1i128..8).prop_flat_map(|made| (Just(made), 0..=made));
    let lengths = (60u32..90, 1u32..90, 60u32..90);
    (polls, counts, 1u32..40, lengths, any::<bool>()).prop_map(|(poll_s, (made, bad), ideal_s, polls, restart)| {
        Steady {
            poll_s,
            made,
            bad,
            ideal_s: f64::from(ideal_s),
            polls,
            restart,
        }
    })
}

impl Steady {
    fn outage(&self) -> (u32, u32) {
        let begin = self.polls.0 * self.poll_s;
        (begin, begin + self.polls.1 * self.poll_s)
    }

    /// Whole minutes after the first, in which counting is as steady as the machine.
    fn tally(&self, with_outage: bool) -> Tally {
        let mut machine = press(self.ideal_s);
        machine.max_rate_milli_per_min = 1_000_000_000;
        machine.reject_source = RejectSource::Counter;
        let mut line = Timeline::new(machine);
        line.first(0.0, 1);
        let (begin, end) = self.outage();
        let silence = f64::from(end - begin);
        let last = (self.polls.0 + self.polls.1 + self.polls.2) * self.poll_s;
        let mut seen = 0;
        let mut poll = self.poll_s;
        while poll <= last + self.poll_s {
            let deaf = with_outage && begin < poll && poll < end;
            if !deaf {
                let back = with_outage && poll == end;
                if back && self.restart {
                    line.restarted(f64::from(begin));
                } else if back && silence > 30.0 {
                    line.lost(f64::from(begin));
                }
                if back && (self.restart || silence > 30.0) {
                    line.sample(Role::State, f64::from(begin), f64::from(end), 1);
                }
                let polls = i128::from(poll / self.poll_s);
                line.sample(Role::Total, f64::from(seen), f64::from(poll), polls * self.made);
                line.sample(Role::Reject, f64::from(seen), f64::from(poll), polls * self.bad);
                seen = poll;
            }
            poll += self.poll_s;
        }
        let folded = line.fold(f64::from(last / 60 * 60));
        let mut sum = Tally::default();
        let whole = folded.tallies().iter().filter(|row| row.period.start >= at(60.0));
        whole.for_each(|row| sum.merge(&row.tally));
        sum
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_outage_neither_raises_nor_lowers_the_oee_of_the_known_time(steady in steady()) {
        let (quiet, disturbed) = (steady.tally(false), steady.tally(true));
        let pieces = |tally: &Tally| tally.get(Column::Total) + tally.get(Column::GapTotal);
        prop_assert_eq!(pieces(&disturbed), pieces(&quiet), "the counter closes the gap");
        let (begin, end) = steady.outage();
        let noticed = steady.restart || end - begin > 30;
        prop_assert_eq!(disturbed.get(Column::UnknownMs), i64::from(noticed) * i64::from(end - begin) * 1000);
        let (one, other) = (Kpis::of(&quiet), Kpis::of(&disturbed));
        if disturbed.get(Column::PbtMs) > 0 {
            prop_assert_eq!(
                (other.availability, other.effectiveness, other.quality, other.oee),
                (one.availability, one.effectiveness, one.quality, one.oee)
            );
        }
        prop_assert_eq!(other.bridged_oee.map(|oee| (oee * 1e9).round()), one.oee.map(|oee| (oee * 1e9).round()));
    }
}

#[test]
fn a_gap_whose_product_has_no_ideal_cycle_bridges_nothing() {
    let of = |second: &str| {
        let mut machine = press(10.0);
        machine.ideal_ns = None;
        machine
            .signals
            .iter_mut()
            .for_each(|signal| signal.limit_ms = 3_600_000);
        let mut line = Timeline::new(machine);
        let product = ProductSetting {
            ideal_ns: Some(10_000_000_000),
            ..ProductSetting::default()
        };
        let on = |product: &str| Says::Product {
            product: product.into(),
        };
        line.set(0.0, Setting::Product("A".into(), product))
            .first(0.0, 1)
            .entry(0.0, on("A"))
            .sample(Role::Total, 0.0, 300.0, 30)
            .entry(300.0, on(second))
            .restarted(300.0)
            .sample(Role::State, 300.0, 600.0, 1)
            .sample(Role::Total, 300.0, 600.0, 57)
            .sample(Role::Reject, 300.0, 600.0, 0);
        line.fold(600.0).sum()
    };
    let sums = |tally: &Tally| [Column::GapTotal, Column::UnknownMs, Column::BridgedMs].map(|column| tally.get(column));
    let known = of("A");
    assert_eq!(sums(&known)[1..], [300_000, 300_000]);
    assert!(Basis::of(&known).get(Kpi::BridgedOee).is_ok());
    // Five minutes with pieces that earned nothing would halve it.
    let unknown = of("B");
    assert_eq!(sums(&unknown), [sums(&known)[0], 300_000, 0]);
    assert_eq!(Basis::of(&unknown).get(Kpi::BridgedOee), Err(Missing::Bridge));
}
