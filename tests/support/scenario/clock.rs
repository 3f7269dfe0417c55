//! Instants and lengths as people write them: `2026-11-20 22:00` on the plant's clock, `7:10:00`, `10s`.

use gemba::model::time::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{Offset, TimeZone};

/// The plant's clock.
#[derive(Debug, Clone)]
pub struct Clock {
    zone: TimeZone,
}

impl Clock {
    pub fn new(zone: &str) -> Result<Clock, String> {
        let zone = TimeZone::get(zone).map_err(|error| error.to_string())?;
        Ok(Clock { zone })
    }

    /// The instant of a date and a time of the day; a time that comes twice says which it means: `02:30+01:00`.
    pub fn at(&self, date: Date, time: &str) -> Result<Timestamp, String> {
        let (time, offset) = match time.find(['+', '-']) {
            Some(place) => (&time[..place], Some(&time[place..])),
            None => (time, None),
        };
        let local = DateTime::from_parts(date, self::time(time)?);
        let zoned = match offset {
            Some(offset) => {
                let minutes = minutes(&offset[1..])? * if offset.starts_with('-') { -1 } else { 1 };
                let offset = Offset::from_seconds(minutes * 60).map_err(|error| error.to_string())?;
                offset.to_timestamp(local)
            }
            None => local.to_zoned(self.zone.clone()).map(|zoned| zoned.timestamp()),
        };
        Ok(Timestamp(
            zoned
                .map_err(|error| format!("{date} {time}: {error}"))?
                .as_millisecond(),
        ))
    }

    /// The instant of `2026-11-20 22:00`.
    pub fn read(&self, text: &str) -> Result<Timestamp, String> {
        let (date, time) = text.split_once(' ').ok_or(format!("`{text}`: a date and a time"))?;
        self.at(self::date(date)?, time)
    }

    /// The instant as the plant's clock shows it.
    pub fn show(&self, at: Timestamp) -> String {
        let at = jiff::Timestamp::from_millisecond(at.0).unwrap_or_default();
        at.to_zoned(self.zone.clone())
            .strftime("%Y-%m-%d %H:%M:%S%.f%:z")
            .to_string()
    }
}

pub fn date(text: &str) -> Result<Date, String> {
    text.parse().map_err(|error| format!("`{text}`: {error}"))
}

fn time(text: &str) -> Result<Time, String> {
    let full = if text.matches(':').count() == 1 {
        format!("{text}:00")
    } else {
        text.to_owned()
    };
    full.parse().map_err(|error| format!("`{text}`: {error}"))
}

/// Minutes of `06:30`.
pub fn minutes(text: &str) -> Result<i32, String> {
    let parts = text.split_once(':').and_then(|(hours, minutes)| {
        let (hours, minutes): (i32, i32) = (hours.parse().ok()?, minutes.parse().ok()?);
        Some(hours * 60 + minutes)
    });
    parts.ok_or(format!("`{text}`: hours and minutes, as 06:30"))
}

/// Milliseconds of `7:10:00`, `0:00:12.345`, or `-0:01:00`.
pub fn length(text: &str) -> Result<i64, String> {
    let (sign, digits) = text.strip_prefix('-').map_or((1, text), |digits| (-1, digits));
    let wrong = || format!("`{text}`: hours, minutes and seconds, as 7:10:00");
    let mut parts = digits.split(':');
    let mut part = || parts.next().ok_or_else(wrong);
    let (hours, minutes, seconds) = (part()?, part()?, part()?);
    let whole = |text: &str| text.parse::<i64>().map_err(|_| wrong());
    let ms = milliseconds(seconds).ok_or_else(wrong)?;
    Ok(sign * ((whole(hours)? * 60 + whole(minutes)?) * 60_000 + ms))
}

/// Milliseconds of `10s`, `0.36s`, `5min`.
pub fn span(text: &str) -> Result<i64, String> {
    let wrong = || format!("`{text}`: a number of seconds or minutes, as 10s or 5min");
    let seconds = text.strip_suffix('s').and_then(milliseconds);
    let minutes = || text.strip_suffix("min").and_then(milliseconds).map(|ms| ms * 60);
    seconds.or_else(minutes).ok_or_else(wrong)
}

/// Milliseconds of decimal seconds, exactly.
fn milliseconds(text: &str) -> Option<i64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let thousandths: i64 = format!("{fraction:0<3}").parse().ok()?;
    (fraction.len() <= 3).then_some(())?;
    Some(whole.parse::<i64>().ok()? * 1000 + thousandths)
}

/// Milliseconds as `7:10:00.000`.
pub fn show_length(ms: i64) -> String {
    let sign = if ms < 0 { "-" } else { "" };
    let ms = ms.abs();
    let (hours, minutes, seconds) = (ms / 3_600_000, ms / 60_000 % 60, ms / 1000 % 60);
    format!("{sign}{hours}:{minutes:02}:{seconds:02}.{:03}", ms % 1000)
}
