//! Pure. Instants as the API writes and reads them: RFC 3339, written in UTC with milliseconds.

use crate::model::time::Timestamp;
use serde::Serializer;

/// The instant as text, such as `2026-11-21T07:05:00.000Z`; `None` for one no calendar has (the fold's MIN and MAX).
pub(super) fn text(at: Timestamp) -> Option<String> {
    let at = jiff::Timestamp::from_millisecond(at.0).ok()?;
    Some(format!("{at:.3}"))
}

/// Reads an instant with its offset; the error is a sentence.
pub(super) fn read(text: &str) -> Result<Timestamp, String> {
    text.parse::<jiff::Timestamp>()
        .map(|at| Timestamp(at.as_millisecond()))
        .map_err(|_| {
            "an instant is written with its offset, such as 2026-11-21T14:05:00+07:00, or as whole milliseconds since \
             1970"
                .to_owned()
        })
}

/// For serde: an instant as text, null where no calendar has it.
pub(super) fn one<S: Serializer>(at: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    match text(*at) {
        Some(text) => serializer.serialize_str(&text),
        None => serializer.serialize_none(),
    }
}

/// For serde: an instant as text, null where there is none.
pub(super) fn maybe<S: Serializer>(at: &Option<Timestamp>, serializer: S) -> Result<S::Ok, S::Error> {
    one(&at.unwrap_or(Timestamp::MIN), serializer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_is_written_in_utc_with_milliseconds_and_read_back() {
        // 1,795,244,700 s = 2026-11-21T07:05:00Z; Ho Chi Minh is 7 h ahead.
        let at = Timestamp(1_795_244_700_007);
        assert_eq!(text(at).as_deref(), Some("2026-11-21T07:05:00.007Z"));
        assert_eq!(read("2026-11-21T14:05:00.007+07:00"), Ok(at));
    }

    #[test]
    fn what_no_calendar_has_is_null_and_a_time_without_offset_is_refused() {
        assert_eq!(text(Timestamp::MAX), None);
        assert_eq!(text(Timestamp::MIN), None);
        assert!(read("2026-11-21 14:05").is_err());
        assert!(read("now").is_err());
    }
}
