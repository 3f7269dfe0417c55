//! The fold where a counter begins again by declaration: with a shift, an order or its power, seen or in a silence.

#[path = "support/timeline.rs"]
mod timeline;

use gemba::model::entry::{OrderAct, Says};
use gemba::model::fact::Role;
use gemba::model::settings::{CalendarSetting, CounterSetting, Resets, Setting, ShiftSetting};
use gemba::model::tally::{Column, FlagKind, Tally};
use gemba::oee::basis::Basis;
use gemba::oee::indicators::{Kpi, Missing};
use timeline::{Timeline, at, press};

const HOUR: f64 = 3_600.0;

/// A press of 10 s whose counter of all pieces begins again as declared, in shifts of eight hours.
fn line(resets: Resets, shifts: &[(&str, u32)]) -> Timeline {
    let mut setting = press(10.0);
    setting.signals[1].counter = Some(CounterSetting {
        modulus: Some(1 << 32),
        resets,
    });
    let mut line = Timeline::new(setting);
    let shift = |(id, from_min): &(&str, u32)| ShiftSetting {
        id: (*id).into(),
        name: (*id).into(),
        days: [true; 7],
        from_min: *from_min,
        to_min: (from_min + 480) % 1_440,
        breaks: vec![],
    };
    line.set(
        0.0,
        Setting::Calendar(CalendarSetting {
            timezone: "UTC".into(),
            day_start_min: 360,
            shifts: shifts.iter().map(shift).collect(),
            ..CalendarSetting::default()
        }),
    );
    line
}

/// Two readings of the counter, nothing known between them, and ten minutes without a piece after the second one.
fn silent(
    mut line: Timeline,
    (from, before): (f64, i128),
    (until, after): (f64, i128),
) -> (Tally, Vec<(FlagKind, i64)>) {
    for (role, value) in [(Role::State, 1), (Role::Total, before), (Role::Reject, 0)] {
        line.sample(role, from, from, value);
    }
    line.lost(from);
    for (role, value) in [(Role::State, 1), (Role::Total, after), (Role::Reject, 0)] {
        line.sample(role, from, until, value);
    }
    let folded = line.fold(until + 600.0);
    let flags = folded.rows.flags.iter().filter(|flag| flag.at <= at(until));
    let flags = flags.map(|flag| (flag.what, flag.amount)).collect();
    (folded.sum(), flags)
}

fn sums(tally: &Tally) -> [i64; 3] {
    [Column::GapTotal, Column::UnknownMs, Column::BridgedMs].map(|column| tally.get(column))
}

const EARLY_AND_LATE: [(&str, u32); 2] = [("early", 360), ("late", 840)];

#[test]
fn a_shift_that_resets_its_counter_in_a_silence_leaves_a_lower_bound_and_an_open_gap() {
    // 360 an hour: 2,520 from 07:00 to 14:00, where the counter begins again, and 2,160 from there to 20:00. The reading of
    // 2,160 shows 1,800 more than the 360 before, and nobody can tell that it is not so.
    let shift = line(Resets::Shift, &EARLY_AND_LATE);
    let (sum, flags) = silent(shift, (7.0 * HOUR, 360), (20.0 * HOUR, 2_160));
    assert_eq!(flags, [(FlagKind::Reset, 1_800)]);
    // From 06:00 to 20:00; nothing of it is closed.
    assert_eq!(sums(&sum), [1_800, 14 * 3_600_000, 0]);
    assert_eq!(Basis::of(&sum).get(Kpi::BridgedOee), Err(Missing::Bridge));
}

#[test]
fn a_silence_within_a_shift_is_closed_by_the_counter_that_begins_again_with_shifts() {
    let shift = line(Resets::Shift, &EARLY_AND_LATE);
    let (sum, flags) = silent(shift, (7.0 * HOUR, 360), (13.0 * HOUR, 2_520));
    assert_eq!((sums(&sum)[0], flags), (2_160, vec![]));
    // From 07:00 to 13:00; the hour before the first reading is not.
    assert_eq!(sums(&sum)[2], 6 * 3_600_000);
}

#[test]
fn a_shift_that_began_and_ended_in_a_silence_counts_as_much_as_one_that_goes_on() {
    // The early shift lasts from 06:00 to 14:00, and no other follows it.
    for until in [13.0 * HOUR, 15.0 * HOUR] {
        let shift = line(Resets::Shift, &[("early", 360)]);
        let (sum, flags) = silent(shift, (5.0 * HOUR, 360), (until, 2_160));
        assert_eq!((sums(&sum)[0], flags), (1_800, vec![(FlagKind::Reset, 1_800)]));
        assert_eq!(sums(&sum)[2], 0, "until {until}");
    }
}

#[test]
fn an_order_that_came_in_a_silence_and_a_power_cut_leave_a_lower_bound_too() {
    let mut order = line(Resets::Order, &EARLY_AND_LATE);
    order.entry(
        10.0 * HOUR,
        Says::Order {
            order: "A-17".into(),
            act: OrderAct::Start,
            when: at(10.0 * HOUR),
        },
    );
    let without = line(Resets::Order, &EARLY_AND_LATE);
    let power = line(Resets::Power, &EARLY_AND_LATE);
    for (line, is_bound) in [(order, true), (without, false), (power, true)] {
        let (sum, flags) = silent(line, (7.0 * HOUR, 360), (13.0 * HOUR, 2_160));
        let expected = if is_bound {
            vec![(FlagKind::Reset, 1_800)]
        } else {
            vec![]
        };
        assert_eq!((sums(&sum)[0], flags), (1_800, expected));
        assert_eq!(sums(&sum)[2], if is_bound { 0 } else { 6 * 3_600_000 });
    }
}

#[test]
fn a_counter_that_stands_far_above_what_a_silence_can_make_was_not_reset_in_it() {
    // Ten minutes at no more than 60 a minute are 600 pieces, and the counter stood at 50,000.
    let power = line(Resets::Power, &EARLY_AND_LATE);
    let (sum, flags) = silent(power, (7.0 * HOUR, 50_000), (7.0 * HOUR + 600.0, 50_048));
    assert_eq!((sums(&sum)[0], flags), (48, vec![]));
    assert_eq!(sums(&sum)[2], 600_000);
}
