//! Counters at one station give what neither of them counts; at two stations each tells of itself alone.

#[path = "support/timeline.rs"]
mod timeline;

use gemba::model::fact::Role;
use gemba::model::tally::{Column, Tally};
use gemba::oee::basis::Basis;
use gemba::oee::indicators::{Kpi, Missing};
use timeline::{Timeline, press};

/// A press with two counters that showed `(of the first, of the second)`, at one station or at two.
fn made(roles: [Role; 2], counts: [i128; 2], stations: [&str; 2]) -> Tally {
    let mut setting = press(10.0);
    setting.signals.truncate(1);
    let counters = press(10.0).signals.into_iter().skip(1);
    for ((mut signal, role), station) in counters.zip(roles).zip(stations) {
        (signal.role, signal.station) = (role, station.into());
        setting.signals.push(signal);
    }
    let mut line = Timeline::new(setting);
    line.sample(Role::State, 0.0, 0.0, 1);
    for (role, counted) in roles.into_iter().zip(counts) {
        line.sample(role, 0.0, 0.0, 0).sample(role, 0.0, 20.0, counted);
    }
    line.fold(60.0).sum()
}

fn sums(tally: &Tally) -> [i64; 4] {
    [Column::Total, Column::Good, Column::Reject, Column::Judged].map(|column| tally.get(column))
}

#[test]
fn any_two_of_pieces_good_ones_and_rejects_give_the_third_at_one_station() {
    for stations in [["", ""], ["trim", "trim"]] {
        let of = |roles, counts| sums(&made(roles, counts, stations));
        assert_eq!(of([Role::Total, Role::Reject], [10, 3]), [10, 7, 3, 10], "10 - 3");
        assert_eq!(of([Role::Total, Role::Good], [10, 7]), [10, 7, 3, 10], "10 - 7");
        assert_eq!(of([Role::Good, Role::Reject], [7, 3]), [10, 7, 3, 10], "7 + 3");
        assert_eq!(of([Role::Shots, Role::Reject], [10, 3]), [10, 7, 3, 10], "10 x 1 - 3");
    }
}

#[test]
fn counters_at_two_stations_give_no_third_and_no_quality() {
    for stations in [["press", "trim"], ["", "trim"]] {
        for (roles, counts, expected) in [
            ([Role::Total, Role::Reject], [10, 3], [10, 0, 3, 0]),
            ([Role::Total, Role::Good], [10, 7], [10, 7, 0, 0]),
            ([Role::Good, Role::Reject], [7, 3], [7, 7, 3, 0]),
            ([Role::Shots, Role::Reject], [10, 3], [10, 0, 3, 0]),
        ] {
            let tally = made(roles, counts, stations);
            assert_eq!(sums(&tally), expected, "{roles:?}");
            for kpi in [Kpi::Quality, Kpi::Oee, Kpi::GoodRatio] {
                assert_eq!(
                    Basis::of(&tally).get(kpi),
                    Err(Missing::Judgement),
                    "{roles:?}, {kpi:?}"
                );
            }
            assert!(Basis::of(&tally).get(Kpi::Effectiveness).is_ok(), "{roles:?}");
            assert_eq!(tally.get(Column::ExcessReject), 0, "{roles:?}");
        }
    }
}
