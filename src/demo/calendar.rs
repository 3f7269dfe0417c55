//! Pure. When this plant works: three shifts every day, each with its breaks, in the time of Ho Chi Minh City.

/// A minute in milliseconds.
pub const MINUTE_MS: i64 = 60_000;
/// An hour in milliseconds.
pub const HOUR_MS: i64 = 60 * MINUTE_MS;
/// A day in milliseconds.
pub const DAY_MS: i64 = 24 * HOUR_MS;
/// Local time is seven hours ahead of UTC all year round.
const AHEAD_MS: i64 = 7 * HOUR_MS;
/// The first shift begins at six.
const FIRST_MS: i64 = 6 * HOUR_MS;
/// Each of the three shifts.
const SHIFT_MS: i64 = 8 * HOUR_MS;
/// Their ids in the configuration.
const SHIFTS: [&str; 3] = ["1", "2", "3"];
/// Breaks as minutes since local midnight; none reaches over it.
const BREAKS: [(i64, i64); 4] = [(120, 150), (540, 555), (690, 720), (1080, 1110)];

/// A shift of one day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shift {
    /// Its id in the configuration.
    pub id: &'static str,
    /// Its first instant, in epoch milliseconds.
    pub start: i64,
    /// The first instant of the next one.
    pub end: i64,
}

/// The shift an instant lies in.
pub fn shift(at: i64) -> Shift {
    let day = at + AHEAD_MS - FIRST_MS;
    let start = at - day.rem_euclid(SHIFT_MS);
    let number = usize::try_from(day.rem_euclid(DAY_MS) / SHIFT_MS).unwrap_or(0);
    Shift {
        id: SHIFTS.get(number).copied().unwrap_or_default(),
        start,
        end: start + SHIFT_MS,
    }
}

/// The break an instant lies in, or the next one: `[start, end)`.
pub fn pause(at: i64) -> (i64, i64) {
    let midnight = at - (at + AHEAD_MS).rem_euclid(DAY_MS);
    let of_two_days = [midnight, midnight + DAY_MS].into_iter().flat_map(|midnight| {
        let instant = move |minute: i64| midnight + minute * MINUTE_MS;
        BREAKS.into_iter().map(move |(from, to)| (instant(from), instant(to)))
    });
    let mut ending_later = of_two_days.filter(|(_, end)| *end > at);
    ending_later.next().unwrap_or((at + DAY_MS, at + DAY_MS))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-11-21 00:00 in Ho Chi Minh City.
    const MIDNIGHT: i64 = 1_795_194_000_000;

    fn at(hour: i64, minute: i64) -> i64 {
        MIDNIGHT + hour * HOUR_MS + minute * MINUTE_MS
    }

    #[test]
    fn every_instant_has_its_shift_over_midnight_too() {
        let shift_at = |hour, minute| {
            let shift = shift(at(hour, minute));
            (
                shift.id,
                (shift.start - MIDNIGHT) / HOUR_MS,
                (shift.end - MIDNIGHT) / HOUR_MS,
            )
        };
        assert_eq!(shift_at(5, 59), ("3", -2, 6));
        assert_eq!(shift_at(6, 0), ("1", 6, 14));
        assert_eq!(shift_at(13, 59), ("1", 6, 14));
        assert_eq!(shift_at(14, 0), ("2", 14, 22));
        assert_eq!(shift_at(23, 30), ("3", 22, 30));
    }

    #[test]
    fn a_break_is_found_before_it_and_in_it_and_not_at_its_end() {
        assert_eq!(pause(at(10, 47)), (at(11, 30), at(12, 0)));
        assert_eq!(pause(at(11, 45)), (at(11, 30), at(12, 0)));
        assert_eq!(pause(at(12, 0)), (at(18, 0), at(18, 30)));
        assert_eq!(pause(at(20, 0)), (at(26, 0), at(26, 30)), "of the next day");
    }
}
