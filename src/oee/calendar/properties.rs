//! Pure. What holds for every calendar, in every zone: slots tile time, and sums of planned time are sums over slots.

use super::*;
use crate::model::calendar::{CrewSetting, Dates, ExceptionSetting, ExceptionShift, PlannedStopSetting, ShiftSetting};
use jiff::civil::date;
use jiff::tz::TimeZone;
use proptest::prelude::*;

/// Hours, half-hours and days of difference, at midnight too, and a day that was left out.
const ZONES: [&str; 9] = [
    "Asia/Ho_Chi_Minh",
    "Europe/Berlin",
    "Australia/Lord_Howe",
    "America/New_York",
    "America/Havana",
    "America/St_Johns",
    "Asia/Beirut",
    "Pacific/Apia",
    "UTC",
];
/// Around these dates something happens: Berlin, Lord Howe, Beirut and Havana, St John's at one minute past midnight, Apia.
const DATES: [(i16, i8, i8); 7] = [
    (2026, 3, 28),
    (2026, 10, 24),
    (2026, 4, 4),
    (2026, 10, 31),
    (2010, 11, 6),
    (2011, 12, 29),
    (2026, 6, 15),
];
const IDS: [&str; 4] = ["1", "2", "3", "4"];
const PRESS: MachineId = MachineId(0);

fn minute() -> impl Strategy<Value = u32> {
    prop_oneof![0..DAY_MIN, (0u32..8).prop_map(|third| third * 180), 55u32..190]
}

fn days() -> impl Strategy<Value = [bool; 7]> {
    prop_oneof![Just([true; 7]), any::<[bool; 7]>()]
}

fn breaks() -> impl Strategy<Value = Vec<(u32, u32)>> {
    prop::collection::vec((minute(), 5u32..60), 0..3).prop_map(|breaks| {
        breaks
            .into_iter()
            .map(|(from, length)| (from, (from + length) % DAY_MIN))
            .collect()
    })
}

fn shifts() -> impl Strategy<Value = Vec<ShiftSetting>> {
    prop::collection::vec((days(), minute(), minute(), breaks()), 0..=IDS.len()).prop_map(|shifts| {
        let shifts = shifts.into_iter().zip(IDS);
        shifts
            .map(|((days, from_min, to_min, breaks), id)| ShiftSetting {
                id: id.into(),
                name: id.into(),
                days,
                from_min,
                to_min,
                breaks,
            })
            .collect()
    })
}

fn dates(origin: Date) -> impl Strategy<Value = Dates> {
    (-5i64..5, 0i64..3).prop_map(move |(after, more)| {
        let plus = |days: i64| origin.checked_add(jiff::Span::new().days(days)).unwrap();
        Dates {
            first: plus(after),
            last: plus(after + more),
        }
    })
}

fn exception(origin: Date) -> impl Strategy<Value = ExceptionSetting> {
    let shift = (prop::sample::select(&IDS[..]), minute(), minute(), breaks());
    (dates(origin), prop::collection::vec(shift, 0..3)).prop_map(|(dates, shifts)| {
        let shift = |(id, from_min, to_min, breaks): (&str, u32, u32, Vec<(u32, u32)>)| ExceptionShift {
            id: id.into(),
            from_min,
            to_min,
            breaks,
        };
        ExceptionSetting {
            dates,
            shifts: shifts.into_iter().map(shift).collect(),
        }
    })
}

fn crew() -> impl Strategy<Value = CrewSetting> {
    let day = prop::sample::select(&["", "1", "2", "3", "4"][..]);
    prop::collection::vec(day, 1..9).prop_map(|pattern| CrewSetting {
        id: "A".into(),
        start: date(2026, 1, 5),
        pattern: pattern.into_iter().map(Arc::from).collect(),
    })
}

fn stop() -> impl Strategy<Value = PlannedStopSetting> {
    (days(), minute(), minute(), any::<bool>()).prop_map(|(days, from_min, to_min, own)| PlannedStopSetting {
        id: "cleaning".into(),
        name: "cleaning".into(),
        days,
        from_min,
        to_min,
        machines: if own { vec![PRESS] } else { vec![] },
        lines: vec![],
    })
}

/// A calendar, however odd, and an instant near which the clocks change in some zone.
fn calendar() -> impl Strategy<Value = (Calendar, Timestamp)> {
    let day = prop::sample::select(&DATES[..]).prop_map(|(year, month, day)| date(year, month, day));
    day.prop_flat_map(|day| {
        let settings = (
            prop::sample::select(&ZONES[..]),
            minute(),
            shifts(),
            prop::collection::vec(dates(day), 0..2),
            prop::collection::vec(exception(day), 0..3),
            prop::collection::vec(crew(), 0..2),
            prop::collection::vec(stop(), 0..3),
        );
        settings.prop_map(
            move |(zone, day_start_min, shifts, holidays, exceptions, crews, planned_stops)| {
                let calendar = Calendar::new(CalendarSetting {
                    timezone: zone.into(),
                    day_start_min,
                    shifts,
                    holidays,
                    exceptions,
                    crews,
                    planned_stops,
                });
                let noon = day.at(12, 0, 0, 0).to_zoned(TimeZone::UTC).unwrap();
                (calendar, Timestamp(noon.timestamp().as_millisecond()))
            },
        )
    })
}

fn slot(plant: &Calendar, at: Timestamp) -> Slot {
    plant.slot_of(at, PRESS, "")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    #[test]
    fn slots_tile_time_and_each_instant_of_a_slot_gives_the_same_one((plant, noon) in calendar(), seed in any::<u16>()) {
        let mut last = slot(&plant, noon.plus(-2 * DAY_MS));
        prop_assert!(last.period.contains(noon.plus(-2 * DAY_MS)));
        while last.period.end < noon.plus(2 * DAY_MS) {
            let within = last.period.start.plus(i64::from(seed) * (last.period.ms() - 1) / i64::from(u16::MAX));
            prop_assert_eq!(&slot(&plant, within), &last);
            prop_assert_eq!(&slot(&plant, last.period.end.plus(-1)), &last);
            let next = slot(&plant, last.period.end);
            prop_assert_eq!(next.period.start, last.period.end, "{:?} then {:?}", last, next);
            prop_assert!(!next.period.is_empty());
            prop_assert!(next.shift_period.start <= next.period.start && next.period.end <= next.shift_period.end);
            let in_one = next.shift_period == last.shift_period;
            prop_assert!(in_one || next.shift_period.start == last.shift_period.end, "{:?} then {:?}", last, next);
            prop_assert!(next.business_date >= last.business_date, "{:?} then {:?}", last, next);
            last = next;
        }
    }

    #[test]
    fn planned_time_is_the_sum_over_slots_and_adds_up_wherever_it_is_split(
        (plant, noon) in calendar(),
        from_min in -2_880i64..2_880,
        lengths in [0i64..4_000_000, 0i64..400_000_000],
    ) {
        let start = noon.plus(from_min * MINUTE_MS);
        let cut = start.plus(lengths[0]);
        let end = cut.plus(lengths[1]);
        let planned = |from, to| plant.planned_ms(Period::new(from, to), PRESS, "");
        let mut sum = 0;
        let mut at = start;
        while at < end {
            let slot = slot(&plant, at);
            let until = slot.period.end.min(end);
            sum += if slot.planned == Planned::Work { until.since(at) } else { 0 };
            at = until;
        }
        prop_assert_eq!(planned(start, end), sum);
        prop_assert_eq!(planned(start, cut) + planned(cut, end), sum);
    }

    #[test]
    fn the_next_shift_is_the_first_slot_with_a_shift_that_begins_later((plant, noon) in calendar()) {
        let next = plant.next_shift(noon);
        let mut at = plant.slot(noon).shift_period.end;
        let reach = next.as_ref().map_or(noon.plus(9 * DAY_MS), |next| next.shift_start);
        while at < reach {
            let slot = plant.slot(at);
            prop_assert_eq!(&*slot.shift, "", "{:?} before {:?}", slot, next);
            at = slot.shift_period.end;
        }
        if let Some(next) = next {
            prop_assert_eq!(at, next.shift_start);
            prop_assert!(!next.shift.is_empty());
        }
    }
}
