//! Pure. A booking as one line of InfluxDB line protocol, read the same by every store: frozen once it is booked.

use crate::model::booking::{Booking, Field};
use std::fmt::Write;

/// What stands for a backslash where parsers disagree about it: it looks the same and has no meaning to them.
const HARMLESS_BACKSLASH: char = '\u{29f5}';

/// The line of a booking, without line end; timestamps are milliseconds, for `precision=ms`.
///
/// Tags and fields are written in the booking's own order, because the bytes are kept and never made again. Tags with an
/// empty value are left out, and so are floats that are not finite. A booking left without any field gives an empty
/// string: there is nothing to send, and forwarding takes it as delivered.
///
/// Text reads back as it was, but for two things no store reads alike. Control characters, line ends among them, become
/// their visible pictures (line feed: U+240A), so that a value can never begin a line of its own. In names and tags a
/// backslash in front of another one, of a comma, space or equals sign, or at the end becomes U+29F5, which looks like it.
pub fn encode(booking: &Booking) -> String {
    let mut line = String::with_capacity(1024);
    push_name(&mut line, booking.measurement);
    for (key, value) in booking.tags.iter().filter(|(_, value)| !value.is_empty()) {
        line.push(',');
        push_name(&mut line, key);
        line.push('=');
        push_name(&mut line, value);
    }
    let mut separator = ' ';
    for (key, field) in &booking.fields {
        if matches!(field, Field::Float(number) if !number.is_finite()) {
            continue;
        }
        line.push(separator);
        push_name(&mut line, key);
        line.push('=');
        push_field(&mut line, field);
        separator = ',';
    }
    if separator == ' ' {
        return String::new();
    }
    push_number(&mut line, format_args!(" {}", booking.at.0));
    line
}

/// The measurement of a line whose points can be corrected by later ones, that is, one with a `rev` tag; else `None`.
pub fn restated_measurement(line: &str) -> Option<&str> {
    let mut escaped = false;
    let end = line.find(|c: char| {
        let ends = c == ' ' && !escaped;
        escaped = c == '\\' && !escaped;
        ends
    })?;
    let series = line.get(..end)?;
    // A comma within a name is escaped, and so is an equals sign: this text can only be the tag.
    if series.contains(",rev=") {
        series.split(',').next()
    } else {
        None
    }
}

fn push_name(line: &mut String, name: &str) {
    let mut rest = name.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            ',' | ' ' | '=' => {
                line.push('\\');
                line.push(c);
            }
            '\\' if matches!(rest.peek(), None | Some('\\' | ',' | ' ' | '=')) => line.push(HARMLESS_BACKSLASH),
            other => line.push(visible(other)),
        }
    }
}

fn push_field(line: &mut String, field: &Field) {
    match field {
        Field::Int(number) => push_number(line, format_args!("{number}i")),
        // Debug writes the shortest digits that read back as the same number, with an exponent where it is long.
        Field::Float(number) => push_number(line, format_args!("{number:?}")),
        Field::Text(text) => {
            line.push('"');
            for c in text.chars() {
                if matches!(c, '"' | '\\') {
                    line.push('\\');
                }
                line.push(visible(c));
            }
            line.push('"');
        }
    }
}

fn push_number(line: &mut String, number: std::fmt::Arguments<'_>) {
    // Writing into a String cannot fail; a formatter that did would leave a line the sink refuses, never a wrong number.
    if line.write_fmt(number).is_err() {
        line.push('?');
    }
}

fn visible(c: char) -> char {
    match u32::from(c) {
        code @ 0..=0x1f => char::from_u32(0x2400 + code).unwrap_or(char::REPLACEMENT_CHARACTER),
        0x7f => '\u{2421}',
        0x80..=0x9f => char::REPLACEMENT_CHARACTER,
        _ => c,
    }
}

#[cfg(test)]
mod tests;
