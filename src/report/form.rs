//! Pure. Numbers, times and dates in a language's form, and how many columns a text takes on a terminal.

use super::words::Lang;
use crate::model::time::{HOUR_MS, MINUTE_MS, Timestamp};
use jiff::tz::TimeZone;

/// What stands where there is no number.
pub const NOTHING: &str = "–";

impl Lang {
    /// `1,234`; `1.234` in Vietnamese.
    pub fn integer(self, number: i64) -> String {
        let digits = number.unsigned_abs().to_string();
        let mut grouped = String::new();
        for (place, digit) in digits.chars().enumerate() {
            if place > 0 && (digits.len() - place).is_multiple_of(3) {
                grouped.push(if self == Lang::Vi { '.' } else { ',' });
            }
            grouped.push(digit);
        }
        if number < 0 { format!("-{grouped}") } else { grouped }
    }

    /// With so many digits behind the point, or the comma of Vietnamese.
    pub fn decimal(self, number: f64, digits: usize) -> String {
        let text = format!("{number:.digits$}");
        let (whole, part) = text.split_once('.').unwrap_or((&text, ""));
        // Below zero and rounded to zero is zero.
        let is_zero = text.chars().all(|c| matches!(c, '-' | '0' | '.'));
        let sign = if whole.starts_with('-') && !is_zero { "-" } else { "" };
        let whole = whole
            .trim_start_matches('-')
            .parse()
            .map_or_else(|_| whole.to_owned(), |n| self.integer(n));
        match part {
            "" => format!("{sign}{whole}"),
            part => format!("{sign}{whole}{}{part}", if self == Lang::Vi { ',' } else { '.' }),
        }
    }

    /// A ratio as `67.2%`.
    pub fn percent(self, ratio: f64) -> String {
        format!("{}%", self.decimal(ratio * 100.0, 1))
    }

    /// Milliseconds as hours and minutes, rounded to the nearest minute: `7:30`, `-0:12`.
    pub fn hours(self, ms: i64) -> String {
        let minutes = (ms.unsigned_abs() + MINUTE_MS.unsigned_abs() / 2) / MINUTE_MS.unsigned_abs();
        let sign = if ms < 0 && minutes > 0 { "-" } else { "" };
        let hours = i64::try_from(minutes / 60).unwrap_or(i64::MAX);
        format!("{sign}{}:{:02}", self.integer(hours), minutes % 60)
    }

    /// Man hours, to a tenth.
    pub fn man_hours(self, ms: i64) -> String {
        self.decimal(ms as f64 / HOUR_MS as f64, 1)
    }

    /// A date as people write it; one that is none stands as it is.
    pub fn date(self, date: jiff::civil::Date) -> String {
        match self {
            Lang::Vi => format!("{:02}/{:02}/{}", date.day(), date.month(), date.year()),
            Lang::En | Lang::Ko => date.to_string(),
        }
    }

    /// An instant on the plant's clock: date and time.
    pub fn instant(self, at: Timestamp, zone: &TimeZone) -> String {
        let Ok(at) = jiff::Timestamp::from_millisecond(at.0) else {
            return NOTHING.to_owned();
        };
        let local = zone.to_datetime(at);
        format!("{} {:02}:{:02}", self.date(local.date()), local.hour(), local.minute())
    }
}

/// Columns of a terminal that a text takes: Hangul and the signs of Chinese and Japanese take two, marks set upon the letter
/// before them none (Unicode Standard Annex 11, East Asian Width, as terminals use it).
pub fn width(text: &str) -> usize {
    text.chars().map(columns).sum()
}

/// A text in at most so many columns, cut with an ellipsis; what would move a terminal's cursor is left out.
pub fn fit(text: &str, most: usize) -> String {
    let text: String = text.chars().filter(|c| !c.is_control()).collect();
    if width(&text) <= most {
        return text;
    }
    let mut cut = String::new();
    for c in text.chars() {
        if width(&cut) + columns(c) >= most {
            break;
        }
        cut.push(c);
    }
    cut.push('…');
    cut
}

/// A text with spaces behind it, so many columns wide at least.
pub fn left(text: &str, columns: usize) -> String {
    format!("{text}{}", " ".repeat(columns.saturating_sub(width(text))))
}

/// A text with spaces before it, so many columns wide at least.
pub fn right(text: &str, columns: usize) -> String {
    format!("{}{text}", " ".repeat(columns.saturating_sub(width(text))))
}

fn columns(c: char) -> usize {
    match u32::from(c) {
        0x0300..=0x036f | 0x200b..=0x200f | 0xfe00..=0xfe0f => 0,
        0x1100..=0x115f
        | 0x2e80..=0x303e
        | 0x3041..=0xa4cf
        | 0xa960..=0xa97f
        | 0xac00..=0xd7a3
        | 0xf900..=0xfaff
        | 0xfe30..=0xfe6f
        | 0xff00..=0xff60
        | 0xffe0..=0xffe6
        | 0x1f300..=0x1f64f
        | 0x1f900..=0x1f9ff
        | 0x20000..=0x3fffd => 2,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stand_in_the_form_of_the_language() {
        let of = |number| [Lang::En.integer(number), Lang::Vi.integer(number)];
        assert_eq!(of(7_978), ["7,978", "7.978"]);
        assert_eq!(of(-1_234_567), ["-1,234,567", "-1.234.567"]);
        assert_eq!(of(999), ["999", "999"]);
        assert_eq!(Lang::Vi.percent(0.6724), "67,2%");
        assert_eq!(Lang::Ko.percent(1.4286), "142.9%");
        assert_eq!(Lang::Vi.decimal(-1_687.5, 1), "-1.687,5");
        assert_eq!(Lang::En.decimal(-0.04, 1), "0.0");
    }

    #[test]
    fn times_are_hours_and_minutes_with_their_sign() {
        let of = |minutes: f64| Lang::En.hours((minutes * 60_000.0) as i64);
        assert_eq!(
            [of(450.0), of(0.5), of(0.4), of(-12.0), of(-0.4)],
            ["7:30", "0:01", "0:00", "-0:12", "0:00"]
        );
        assert_eq!(of(100_020.0), "1,667:00"); // 100,020 / 60
    }

    #[test]
    fn hangul_takes_two_columns_and_a_mark_on_a_letter_none() {
        assert_eq!(width("설비 01"), 7); // 2 + 2 + 1 + 2
        assert_eq!(width("Máy ép"), 6);
        assert_eq!(width("Ma\u{301}y"), 3);
        assert_eq!(fit("설비종합효율", 7), "설비종…"); // 6 + 1
        assert_eq!(fit("Press\u{1b}[2J 01", 20), "Press[2J 01");
        assert_eq!(left("설비", 6), "설비  ");
        assert_eq!(right("설비", 6), "  설비");
    }
}
