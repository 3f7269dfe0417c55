//! Pure. What the far side said to a write, and what that means for the bookings in it.

use crate::model::time::{SECOND_MS, Timestamp};

/// Longer texts are no `Retry-After` anyone meant.
const RETRY_AFTER_CHARS: usize = 64;

/// How a write ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// The far side answered with this status.
    Status {
        /// HTTP status.
        code: u16,
        /// The header `Retry-After`, as it came.
        retry_after: Option<String>,
        /// What the server said, shortened; empty when it said nothing.
        said: String,
    },
    /// No answer: refused connection, reset, timeout. The points may have been written all the same.
    Lost(String),
    /// No secure connection could be made, so nothing was sent.
    Untrusted(String),
    /// Nothing was sent because something is missing on this side, such as the token.
    NotSent(String),
}

/// What an [`Answer`] means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meaning {
    /// All points are stored.
    Confirmed,
    /// At least one point is refused for good; others may have been stored.
    Refused,
    /// The request is too large.
    TooLarge,
    /// The far side is away or busy: the same bytes again later.
    Retry,
    /// It asks to be left alone, for the milliseconds it names if it names any: the same bytes again after that.
    Busy(Option<i64>),
    /// Somebody must act: nothing is dropped, few tries until then.
    Hold,
}

/// What an answer that came at `at` means.
pub fn meaning(answer: &Answer, at: Timestamp) -> Meaning {
    let (code, retry_after) = match answer {
        Answer::Status { code, retry_after, .. } => (*code, retry_after.as_deref()),
        Answer::Lost(_) => return Meaning::Retry,
        Answer::Untrusted(_) | Answer::NotSent(_) => return Meaning::Hold,
    };
    let asked = retry_after.and_then(|text| retry_after_ms(text, at));
    match code {
        204 => Meaning::Confirmed,
        400 | 422 => Meaning::Refused,
        413 => Meaning::TooLarge,
        429 | 503 => Meaning::Busy(asked),
        408 | 499 | 500..=599 => asked.map_or(Meaning::Retry, |ms| Meaning::Busy(Some(ms))),
        _ => Meaning::Hold,
    }
}

/// The milliseconds a `Retry-After` header asks for at `at`: whole seconds, or a date in one of the three forms of
/// RFC 9110; 0 for a date that is past, `None` for anything else.
pub fn retry_after_ms(text: &str, at: Timestamp) -> Option<i64> {
    let text = text.trim();
    if text.is_empty() || text.len() > RETRY_AFTER_CHARS {
        return None;
    }
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        // Digits that do not fit are a very long time, which the caller caps.
        return Some(text.parse::<i64>().unwrap_or(i64::MAX).saturating_mul(SECOND_MS));
    }
    http_date(text).map(|date| date.since(at).max(0))
}

/// One sentence for an operator: what is wrong with the sink, and what to do.
pub fn advice(answer: &Answer) -> String {
    let (code, said) = match answer {
        Answer::Status { code, said, .. } => (*code, said.as_str()),
        Answer::Lost(what) => {
            return format!("The sink does not answer ({what}): check that it runs and can be reached.");
        }
        Answer::Untrusted(what) => {
            return format!(
                "No secure connection to the sink ({what}): check its certificate, its host name in `url`, the \
                 certificates this gateway trusts, and the clock. Nothing is sent unprotected instead."
            );
        }
        Answer::NotSent(what) => return what.clone(),
    };
    let what = match code {
        204 => return "The sink stores what it is sent.".to_owned(),
        200..=299 => {
            "Something answers that is no InfluxDB write API (a portal or proxy?): check `url` and the way there"
        }
        300..=399 => {
            "The sink sends us to another address, where the token must not go: put the final address into `url`"
        }
        400 | 422 => {
            "The sink refuses every point: check that `bucket` takes the measurements gemba_* with integer fields"
        }
        401 => "The sink refuses the token: put a valid one into the token file, it is read again at the next try",
        403 => "The token may not write to the bucket: give it that right, or put another into the token file",
        404 => "The sink knows no such organisation, bucket or path: check `org`, `bucket` and `url`",
        407 => "A proxy wants a password: the sink must be reachable without it",
        413 => "The sink takes no request that large: raise the limit of the sink or of the proxy before it",
        429 => "The sink is busy and asks to wait",
        400..=499 => "The sink does not accept the request: check `url` and what stands before the sink",
        _ => "The sink is in trouble: look at its own log",
    };
    let colon = if said.is_empty() { "" } else { ": " };
    format!("{what} (HTTP {code}{colon}{said}).")
}

/// IMF-fixdate, or the two obsolete forms a recipient must still accept.
fn http_date(text: &str) -> Option<Timestamp> {
    let fixdate = jiff::fmt::rfc2822::DateTimeParser::new().relaxed_weekday(true);
    if let Ok(date) = fixdate.parse_timestamp(text) {
        return Some(Timestamp(date.as_millisecond()));
    }
    let without_weekday = text.split_once(' ').map_or("", |(_, rest)| rest).trim();
    ["%d-%b-%y %H:%M:%S GMT", "%b %d %H:%M:%S %Y"]
        .into_iter()
        .find_map(|form| jiff::civil::DateTime::strptime(form, without_weekday).ok())
        .and_then(|date| date.to_zoned(jiff::tz::TimeZone::UTC).ok())
        .map(|date| Timestamp(date.timestamp().as_millisecond()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// 1994-11-06T08:49:37Z.
    const THEN: Timestamp = Timestamp(784_111_777_000);

    fn said(code: u16, retry_after: Option<&str>) -> Answer {
        Answer::Status {
            code,
            retry_after: retry_after.map(str::to_owned),
            said: "why".to_owned(),
        }
    }

    #[test]
    fn only_204_confirms_and_only_400_and_422_accuse_a_point() {
        for code in 100..=999 {
            let meaning = meaning(&said(code, None), THEN);
            assert_eq!(meaning == Meaning::Confirmed, code == 204, "{code}");
            assert_eq!(meaning == Meaning::Refused, [400, 422].contains(&code), "{code}");
        }
    }

    #[test]
    fn what_passes_by_itself_is_retried_and_what_needs_a_person_is_held() {
        for code in [408, 499, 500, 502, 504, 507, 599] {
            assert_eq!(meaning(&said(code, None), THEN), Meaning::Retry, "{code}");
        }
        for code in [429, 503] {
            assert_eq!(meaning(&said(code, None), THEN), Meaning::Busy(None), "{code}");
        }
        for code in [
            100, 200, 202, 206, 301, 302, 307, 401, 403, 404, 405, 407, 411, 415, 418, 431, 600,
        ] {
            assert_eq!(meaning(&said(code, None), THEN), Meaning::Hold, "{code}");
        }
        assert_eq!(meaning(&said(413, None), THEN), Meaning::TooLarge);
        assert_eq!(meaning(&Answer::Lost("timeout".into()), THEN), Meaning::Retry);
        assert_eq!(meaning(&Answer::Untrusted("expired".into()), THEN), Meaning::Hold);
        assert_eq!(meaning(&Answer::NotSent("no token".into()), THEN), Meaning::Hold);
    }

    #[test]
    fn a_wish_to_be_left_alone_is_read_in_seconds_or_as_a_date_in_any_of_the_three_forms() {
        let asked = |text: &str| retry_after_ms(text, THEN);
        assert_eq!(asked("0"), Some(0));
        assert_eq!(asked(" 17 "), Some(17_000));
        assert_eq!(asked("99999999999999999999999"), Some(i64::MAX));
        assert_eq!(asked("Sun, 06 Nov 1994 08:50:37 GMT"), Some(60_000));
        assert_eq!(asked("Sunday, 06-Nov-94 08:50:37 GMT"), Some(60_000));
        assert_eq!(asked("Sun Nov  6 08:50:37 1994"), Some(60_000));
        assert_eq!(asked("Sun, 06 Nov 1994 08:49:00 GMT"), Some(0), "past");
        for garbage in ["", "-1", "1.5", "soon", "+3", "\u{0661}", &"9".repeat(10_000)] {
            assert_eq!(asked(garbage), None, "{garbage:.20}");
        }
        assert_eq!(meaning(&said(503, Some("5")), THEN), Meaning::Busy(Some(5_000)));
        assert_eq!(meaning(&said(500, Some("5")), THEN), Meaning::Busy(Some(5_000)));
        assert_eq!(meaning(&said(429, Some("-1")), THEN), Meaning::Busy(None));
    }

    #[test]
    fn every_trouble_has_a_sentence_with_the_status_and_the_words_of_the_server() {
        for code in (100..=599).filter(|code| *code != 204) {
            let sentence = advice(&said(code, None));
            assert!(sentence.contains(&format!("HTTP {code}: why")), "{sentence}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn no_header_makes_it_fail(text in "\\PC{0,40}|[A-Za-z]{3},? [0-9a-zA-Z:, -]{0,40}", at in any::<i64>()) {
            if let Some(ms) = retry_after_ms(&text, Timestamp(at)) {
                prop_assert!(ms >= 0);
            }
        }
    }
}
