//! Pure. A message's own time: RFC 3339 or an epoch number in s, ms, us or ns.

use crate::model::time::{SECOND_MS, Timestamp};
use serde_json::Value;

/// A device's clock may run ahead of the agent's by this much; more is a clock nobody set.
pub const AHEAD_MS: i64 = 5 * SECOND_MS;
/// 2020-01-01T00:00:00Z. No agent is older, so an earlier time comes from a clock that lost its battery and began at 1970 or 2000.
const EARLIEST: Timestamp = Timestamp(1_577_836_800_000);

/// Epoch numbers below this are seconds (until the year 5138),
const SECONDS_BELOW: i128 = 100_000_000_000;
/// below this milliseconds,
const MILLISECONDS_BELOW: i128 = SECONDS_BELOW * 1_000;
/// below this microseconds, above it nanoseconds.
const MICROSECONDS_BELOW: i128 = MILLISECONDS_BELOW * 1_000;

/// The instant in a message's time field, or in an operator's words why it does not count and arrival is used instead.
pub fn own_time(field: Option<&Value>, pointer: &str, arrived: Timestamp) -> Result<Timestamp, String> {
    let field = field.ok_or_else(|| format!("the message has no time at {pointer:?}: arrival is used"))?;
    let at = parse(field).ok_or_else(|| {
        format!(
            "the time at {pointer:?} is neither RFC 3339 with a zone (2026-01-31T06:00:00Z) nor a number of s, ms, us or ns \
             since 1970: arrival is used"
        )
    })?;
    let ahead = at.since(arrived);
    if ahead > AHEAD_MS {
        let seconds = ahead / SECOND_MS;
        return Err(format!(
            "the message's time is {seconds} s ahead of this gateway: set the device's clock; arrival is used"
        ));
    }
    if at < EARLIEST {
        return Err("the message's time is before 2020: the device's clock is not set; arrival is used".to_owned());
    }
    Ok(at)
}

fn parse(field: &Value) -> Option<Timestamp> {
    match field {
        Value::String(text) => {
            let at: jiff::Timestamp = text.trim().parse().ok()?;
            Some(Timestamp(at.as_millisecond()))
        }
        Value::Number(number) => match number.as_i128() {
            Some(whole) => epoch(whole),
            None => number.as_f64().and_then(fractional),
        },
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// Whole numbers: the unit follows from the magnitude; part of a millisecond is cut off.
fn epoch(number: i128) -> Option<Timestamp> {
    let size = number.saturating_abs();
    let ms = if size < SECONDS_BELOW {
        number * 1_000
    } else if size < MILLISECONDS_BELOW {
        number
    } else if size < MICROSECONDS_BELOW {
        number.div_euclid(1_000)
    } else {
        number.div_euclid(1_000_000)
    };
    let at = Timestamp(i64::try_from(ms).ok()?);
    (Timestamp::MIN..=Timestamp::MAX).contains(&at).then_some(at)
}

/// Numbers with a fraction, such as Python's `time.time()`. A double holds seconds of this century to a quarter of a
/// microsecond, so seconds are first rounded to whole microseconds: 0.123 must not become 122 ms.
fn fractional(number: f64) -> Option<Timestamp> {
    let whole = number.trunc() as i128;
    if whole.saturating_abs() < SECONDS_BELOW {
        let micros = (number * 1e6).round() as i128;
        return epoch_of_micros(micros);
    }
    epoch(whole)
}

fn epoch_of_micros(micros: i128) -> Option<Timestamp> {
    i64::try_from(micros.div_euclid(1_000)).ok().map(Timestamp)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    /// 2026-11-21T10:00:00.123Z: 1,795,255,200 s and 123 ms.
    const AT: Timestamp = Timestamp(1_795_255_200_123);

    #[test]
    fn the_unit_of_an_epoch_number_follows_from_its_magnitude() {
        for (field, ms) in [
            (json!(1_795_255_200), 1_795_255_200_000),
            (json!(1_795_255_200.123), 1_795_255_200_123),
            (json!(1_795_255_200_123_i64), 1_795_255_200_123),
            (json!(1_795_255_200_123_999_i64), 1_795_255_200_123),
            (json!(1_795_255_200_123_999_999_i64), 1_795_255_200_123),
            (json!(1_795_255_200_123.75), 1_795_255_200_123),
            (json!("2026-11-21T10:00:00.123Z"), 1_795_255_200_123),
            (json!("2026-11-21T17:00:00.1239+07:00"), 1_795_255_200_123),
            (json!("2026-11-21T10:00:00-00:00"), 1_795_255_200_000),
        ] {
            assert_eq!(own_time(Some(&field), "/ts", AT), Ok(Timestamp(ms)), "{field}");
        }
    }

    #[test]
    fn a_time_counts_when_it_is_at_most_five_seconds_ahead() {
        let ahead = |ms: i64| own_time(Some(&json!(AT.0 + ms)), "/ts", AT);
        assert_eq!(ahead(5_000), Ok(AT.plus(5_000)));
        assert!(ahead(5_001).unwrap_err().contains("ahead"));
        assert_eq!(
            ahead(-86_400_000),
            Ok(AT.plus(-86_400_000)),
            "a late message is late, not wrong"
        );
    }

    #[test]
    fn what_is_no_time_or_comes_from_a_clock_never_set_is_told() {
        for field in [
            json!(null),
            json!(true),
            json!({}),
            json!([1]),
            json!("yesterday"),
            json!("2026-11-21T10:00:00"),
            json!("1795255200"),
            json!(12_345),
            json!(-1),
            json!(946_684_800),
            json!(1e300),
            json!(u64::MAX),
        ] {
            let text = own_time(Some(&field), "/ts", AT).unwrap_err();
            assert!(text.contains("arrival is used"), "{field}: {text}");
        }
        assert!(own_time(None, "/ts", AT).unwrap_err().contains("\"/ts\""));
    }

    proptest! {
        #[test]
        fn every_unit_gives_the_same_millisecond(ms in EARLIEST.0..=AT.0) {
            let whole = i128::from(ms);
            prop_assert_eq!(epoch(whole), Some(Timestamp(ms)));
            prop_assert_eq!(epoch(whole * 1_000 + 999), Some(Timestamp(ms)));
            prop_assert_eq!(epoch(whole * 1_000_000 + 999_999), Some(Timestamp(ms)));
            prop_assert_eq!(fractional(ms as f64 / 1_000.0), Some(Timestamp(ms)));
        }

        #[test]
        fn no_number_panics(number in any::<i128>(), float in any::<f64>()) {
            epoch(number);
            fractional(float);
        }
    }
}
