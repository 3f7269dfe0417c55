//! Pure. Decimal numbers as people write them, turned into whole units once and exactly.

use serde::de::{Deserialize, Deserializer, Error, Visitor};
use std::fmt;

/// A finite decimal number by its digits, such as `0.36`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decimal {
    negative: bool,
    whole: String,
    fraction: String,
}

impl Decimal {
    /// From text such as `12.5`; `None` when it is not a plain decimal number.
    pub fn parse(text: &str) -> Option<Decimal> {
        let (negative, digits) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || !all_digits(whole) || !all_digits(fraction) {
            return None;
        }
        Some(Decimal {
            negative,
            whole: whole.to_owned(),
            fraction: fraction.to_owned(),
        })
    }

    /// The number times 10^`places`, rounded half away from zero; `None` when it does not fit.
    pub fn scaled(&self, places: usize) -> Option<i64> {
        let kept = format!("{:0<places$.places$}", self.fraction);
        let digits: i64 = format!("{}{kept}", self.whole).parse().ok()?;
        let up = self.fraction.as_bytes().get(places).is_some_and(|digit| *digit >= b'5');
        let size = digits.checked_add(i64::from(up))?;
        Some(if self.negative { -size } else { size })
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.negative { "-" } else { "" };
        let dot = if self.fraction.is_empty() { "" } else { "." };
        write!(f, "{sign}{}{dot}{}", self.whole, self.fraction)
    }
}

impl<'de> Deserialize<'de> for Decimal {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(DecimalVisitor)
    }
}

struct DecimalVisitor;

impl Visitor<'_> for DecimalVisitor {
    type Value = Decimal;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number")
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Decimal, E> {
        self.visit_f64_text(&value.to_string())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Decimal, E> {
        self.visit_f64_text(&value.to_string())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Decimal, E> {
        // The shortest text that reads back as this float: the digits the file had, up to 15 of them.
        self.visit_f64_text(&value.to_string())
    }
}

impl DecimalVisitor {
    fn visit_f64_text<E: Error>(self, text: &str) -> Result<Decimal, E> {
        Decimal::parse(text).ok_or_else(|| E::custom("invalid value: not a finite number, expected a number"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(toml: &str) -> Option<Decimal> {
        let table: toml::Table = format!("x = {toml}").parse().unwrap();
        Decimal::deserialize(table["x"].clone()).ok()
    }

    #[test]
    fn cycles_as_people_write_them_become_exact_nanoseconds() {
        for (text, ns) in [
            ("0.36", 360_000_000),
            ("12.5", 12_500_000_000),
            ("95", 95_000_000_000),
            ("95.0", 95_000_000_000),
            ("1e-3", 1_000_000),
            ("0.1", 100_000_000),
            ("0.0000000014", 1),
            ("0.0000000015", 2),
            ("-1.5", -1_500_000_000),
        ] {
            assert_eq!(read(text).unwrap().scaled(9), Some(ns), "{text}");
        }
    }

    #[test]
    fn what_is_no_number_or_does_not_fit_is_refused_not_rounded() {
        assert_eq!(read("nan"), None);
        assert_eq!(read("inf"), None);
        assert_eq!(read("\"12.5\""), None);
        assert_eq!(read("1e300").unwrap().scaled(9), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(10_000))]

        // 10^15 ns (11 days) has 15 digits, all of which a float keeps.
        #[test]
        fn every_whole_nanosecond_survives_the_way_through_the_file(ns in 0i64..1_000_000_000_000_000) {
            let text = format!("{}.{:09}", ns / 1_000_000_000, ns % 1_000_000_000);
            prop_assert_eq!(read(&text).unwrap().scaled(9), Some(ns));
        }
    }
}
