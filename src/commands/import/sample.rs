//! Pure. A line of the file: `time,machine,signal,value`, and what of the plant it speaks of.

use crate::model::ids::{MachineId, PointId, Roster};
use crate::model::reading::{Quality, Raw, Reading, Value};
use crate::model::time::Timestamp;
use crate::signal::Point;
use crate::signal::decode::{Decode, decode};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// The first line.
pub const HEADER: [&str; 4] = ["time", "machine", "signal", "value"];
/// 2000-01-01: what is before it was written in seconds where milliseconds are meant.
const OLDEST: Timestamp = Timestamp(946_684_800_000);

/// One sample.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// Of which machine, as the configuration alone numbers it.
    pub machine: MachineId,
    /// What the pipeline is told.
    pub reading: Reading,
    /// True when the value lies outside what its point declares.
    pub is_out_of_range: bool,
}

/// The points of the plant by machine and name.
#[derive(Debug)]
pub struct Table {
    machines: BTreeMap<String, BTreeMap<String, Known>>,
}

#[derive(Debug)]
struct Known {
    id: PointId,
    /// Its `decode` reads what was decoded before.
    point: Point,
}

impl Table {
    /// The points, in the order of their ids. A role goes before a point that has its name.
    pub fn new(points: &[Point], roster: &Roster) -> Table {
        let mut machines: BTreeMap<String, BTreeMap<String, Known>> = BTreeMap::new();
        for (point, number) in points.iter().zip(0u32..) {
            let known = || Known {
                id: PointId(number),
                point: Point {
                    decode: point.decode.of_decoded(),
                    ..point.clone()
                },
            };
            let of_machine = machines.entry(roster.name(point.machine).to_owned()).or_default();
            of_machine.entry(point.name.to_string()).or_insert_with(known);
            of_machine.extend(point.roles.iter().map(|role| (role.name().to_owned(), known())));
        }
        Table { machines }
    }

    /// The sample of a line.
    ///
    /// # Errors
    /// What is wrong with the line and what to write.
    pub fn sample(&self, line: &str) -> Result<Sample, String> {
        let [time, machine, signal, value] = fields(line)?;
        let at = instant(&time)?;
        let Some(points) = self.machines.get(machine.as_ref()) else {
            let names: Vec<_> = self.machines.keys().map(String::as_str).collect();
            return Err(format!("no machine is called `{machine}`: {}", among(&names)));
        };
        let Some(known) = points.get(signal.as_ref()) else {
            let names: Vec<_> = points.keys().map(String::as_str).collect();
            return Err(format!(
                "{machine} has no signal or point `{signal}`: {}",
                among(&names)
            ));
        };
        let raw = Raw::Value(self::value(&value)?);
        let decoded = decode(&known.point.decode, &raw);
        let is_out_of_range = decoded.is_err();
        known
            .possible(decoded, &raw)
            .map_err(|instead| format!("`{value}` can never be a value of {machine} {signal}: write {instead}"))?;
        Ok(Sample {
            machine: known.point.machine,
            is_out_of_range,
            reading: Reading {
                point: known.id,
                at,
                received_at: at,
                raw: Ok(raw),
            },
        })
    }
}

impl Known {
    /// Says what to write where the value can never be one of the point, which is more than that it lies outside its range.
    fn possible(&self, decoded: Result<Value, Quality>, raw: &Raw) -> Result<(), String> {
        let how = self.point.decode;
        let whole_scale = Decode { range: None, ..how };
        let decoded = match decoded {
            Err(Quality::OutOfRange) => decode(&whole_scale, raw),
            other => other,
        };
        let instead = match decoded {
            Ok(value) => self.point.instead_of(&value).map(str::to_owned),
            Err(_) => Some(how.kind.written()),
        };
        instead.map_or(Ok(()), Err)
    }
}

/// True for the first line of a file of samples.
pub fn is_header(line: &str) -> bool {
    let line = line.strip_prefix('\u{feff}').unwrap_or(line);
    fields(line).is_ok_and(|fields| fields.iter().map(AsRef::as_ref).eq(HEADER))
}

/// The four fields of a line. Spaces around a field are not part of it; in quotes everything is, and `""` is a quote.
fn fields(line: &str) -> Result<[Cow<'_, str>; 4], String> {
    let mut fields: Vec<Cow<'_, str>> = Vec::with_capacity(4);
    let mut rest = Some(line);
    while let Some(text) = rest {
        let (field, after) = match text.trim_start().strip_prefix('"') {
            Some(quoted) => unquoted(quoted)?,
            None => match text.split_once(',') {
                Some((field, after)) => (Cow::Borrowed(field.trim()), Some(after)),
                None => (Cow::Borrowed(text.trim()), None),
            },
        };
        fields.push(field);
        rest = after;
    }
    let count = fields.len();
    <[Cow<'_, str>; 4]>::try_from(fields)
        .map_err(|_| format!("{count} fields where there are four: {}", HEADER.join(",")))
}

/// A field after its first quote, and what comes after the comma behind it.
fn unquoted(text: &str) -> Result<(Cow<'_, str>, Option<&str>), String> {
    let mut field = String::new();
    let mut rest = text;
    loop {
        let Some((before, after)) = rest.split_once('"') else {
            return Err("a quote is not closed on its line".to_owned());
        };
        field.push_str(before);
        if let Some(after) = after.strip_prefix('"') {
            field.push('"');
            rest = after;
            continue;
        }
        let after = after.trim_start();
        return match after.strip_prefix(',') {
            Some(next) => Ok((field.into(), Some(next))),
            None if after.is_empty() => Ok((field.into(), None)),
            None => Err("something stands between a closing quote and the comma".to_owned()),
        };
    }
}

/// RFC 3339 with its offset, or whole milliseconds since 1970.
fn instant(text: &str) -> Result<Timestamp, String> {
    let at = match text.parse::<i64>() {
        Ok(ms) => Timestamp(ms),
        Err(_) => match text.parse::<jiff::Timestamp>() {
            Ok(at) => Timestamp(at.as_millisecond()),
            Err(_) => {
                return Err(format!(
                    "`{text}` is no time: write 2026-11-21T05:00:00+07:00, or milliseconds since 1970"
                ));
            }
        },
    };
    if at < OLDEST {
        return Err(format!(
            "`{text}` is before the year 2000: times are written in milliseconds since 1970, not in seconds"
        ));
    }
    Ok(at)
}

/// A bit, a number or a word.
fn value(text: &str) -> Result<Value, String> {
    let number = || text.parse().ok().filter(|number: &f64| number.is_finite());
    match text {
        "" => Err("the value is missing: leave the line out where nothing was read".to_owned()),
        "true" => Ok(Value::Bool(true)),
        "false" => Ok(Value::Bool(false)),
        _ => Ok(match text.parse() {
            Ok(whole) => Value::Int(whole),
            Err(_) => number().map_or_else(|| Value::Text(text.into()), Value::Float),
        }),
    }
}

/// Names to choose from, the first few.
fn among(names: &[&str]) -> String {
    const SHOWN: usize = 10;
    let shown = names.iter().take(SHOWN).copied().collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(SHOWN) {
        0 => format!("there are {shown}"),
        more => format!("there are {shown} and {more} more"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::fact::Role;
    use crate::signal::Tells;
    use crate::signal::decode::{Order, Type};

    fn table() -> Table {
        let mut roster = Roster::default();
        let machine = roster.add("press-01");
        let point = |name: &str, roles: &[Role], kind, scale| Point {
            machine,
            name: name.into(),
            roles: roles.to_vec(),
            is_value: roles.is_empty(),
            decode: Decode {
                kind,
                order: Order::Cdab,
                bit: None,
                scale,
                offset: None,
                range: Some((0.0, 1_000_000.0)),
            },
            limit_ms: 30_000,
            own_time: false,
            tells: Tells::Changes,
        };
        let told = |name: &str, roles: &[Role]| {
            let point = point(name, roles, Type::Message, None);
            Point {
                tells: match roles {
                    [Role::Input(_)] => Tells::Zones { on: 5.0, off: 2.0 },
                    _ => Tells::Changes,
                },
                decode: Decode {
                    range: None,
                    ..point.decode
                },
                ..point
            }
        };
        let points = [
            point("total", &[], Type::U16, Some(0.1)),
            point("made", &[Role::Total], Type::U32, None),
            told("ok", &[Role::Good]),
            told("on", &[Role::Run]),
            told("kwh", &[Role::Energy]),
            told("mode", &[Role::State]),
            told("speed", &[]),
            told("amps_zones", &[Role::Input(0)]),
            point("amps", &[], Type::F32, None),
        ];
        Table::new(&points, &roster)
    }

    fn wrong(line: &str) -> String {
        table().sample(line).unwrap_err()
    }

    #[test]
    fn a_line_is_an_instant_a_point_and_a_value_however_it_is_written() {
        let reading = Reading {
            point: PointId(1),
            at: Timestamp(1_763_676_000_000),
            received_at: Timestamp(1_763_676_000_000),
            raw: Ok(Raw::Value(Value::Int(7))),
        };
        for line in [
            "1763676000000,press-01,made,7",
            "2025-11-21T05:00:00+07:00, press-01 ,made,7",
            "2025-11-20T22:00:00Z,\"press-01\",\"made\" ,\"7\"",
        ] {
            assert_eq!(table().sample(line).unwrap().reading, reading, "{line}");
        }
    }

    #[test]
    fn a_role_goes_before_a_point_that_has_its_name() {
        assert_eq!(
            table().sample("1763676000000,press-01,total,7").unwrap().reading.point,
            PointId(1)
        );
    }

    #[test]
    fn a_value_outside_its_range_is_no_fault_of_the_file() {
        for (value, is_out_of_range) in [("1000001", true), ("1000000", false)] {
            let sample = table().sample(&format!("1763676000000,press-01,made,{value}")).unwrap();
            assert_eq!(sample.is_out_of_range, is_out_of_range, "{value}");
        }
    }

    #[test]
    fn what_a_signal_can_never_say_is_a_fault_of_the_file() {
        const COUNT: &str = "a whole number, 0 or more";
        const BIT: &str = "true or false, or 1 or 0";
        let wrong_values = [
            ("made", "-1", "a whole number, 0 to 4294967295"),
            ("made", "1.5", "a whole number, 0 to 4294967295"),
            ("made", "4294967296", "a whole number, 0 to 4294967295"),
            ("made", "true", "a whole number, 0 to 4294967295"),
            ("good", "-5", COUNT),
            ("good", "1.5", COUNT),
            ("good", "NaN", COUNT),
            ("good", "true", COUNT),
            ("run", "NaN", BIT),
            ("run", "2", BIT),
            ("run", "0.5", BIT),
            ("energy", "inf", "a number, 0 or more"),
            ("energy", "hello", "a number, 0 or more"),
            ("energy", "-0.5", "a number, 0 or more"),
            ("speed", "hello", "a number, or true or false"),
            ("amps", "fast", "a number"),
            ("amps_zones", "fast", "a number"),
        ];
        for (signal, value, instead) in wrong_values {
            let said = wrong(&format!("1763676000000,press-01,{signal},{value}"));
            let expected = format!("`{value}` can never be a value of press-01 {signal}: write {instead}");
            assert_eq!(said, expected);
        }
        for (signal, value) in [
            ("good", "12.0"),
            ("run", "1"),
            ("run", "false"),
            ("energy", "0.25"),
            ("state", "RUN"),
            ("state", "99"),
            ("speed", "-3.5"),
            ("amps_zones", "-3.5"),
        ] {
            let sample = table().sample(&format!("1763676000000,press-01,{signal},{value}"));
            assert!(sample.is_ok_and(|sample| !sample.is_out_of_range), "{signal} {value}");
        }
    }

    #[test]
    fn what_is_wrong_with_a_line_is_said_with_what_to_write() {
        assert!(
            wrong("1763676000000,press-01,made").contains("3 fields where there are four: time,machine,signal,value")
        );
        assert!(wrong("yesterday,press-01,made,7").contains("`yesterday` is no time: write 2026-"));
        assert!(
            wrong("2025-11-21T05:00:00,press-01,made,7").contains("is no time"),
            "without an offset"
        );
        assert!(wrong("1763676000,press-01,made,7").contains("in milliseconds since 1970, not in seconds"));
        assert!(wrong("1763676000000,press-1,made,7").contains("no machine is called `press-1`: there are press-01"));
        assert!(wrong("1763676000000,press-01,colour,7").contains("has no signal or point `colour`: there are amps, "));
        assert!(wrong("1763676000000,press-01,made,many").contains("`many` can never be a value of press-01 made"));
        assert!(wrong("1763676000000,press-01,made,true").contains("can never be"));
        assert!(wrong("1763676000000,press-01,made,").contains("the value is missing"));
        assert!(wrong("1763676000000,\"press-01,made,7").contains("a quote is not closed"));
        assert!(wrong("1763676000000,\"press-01\"x,made,7").contains("between a closing quote and the comma"));
    }

    #[test]
    fn the_header_is_known_with_the_mark_some_spreadsheets_put_before_it() {
        assert!(is_header("time,machine,signal,value"));
        assert!(is_header("\u{feff}\"time\",machine, signal,value"));
        assert!(!is_header("time;machine;signal;value"));
        assert_eq!(fields("\"a \"\"b\"\"\",c,d,").unwrap(), ["a \"b\"", "c", "d", ""]);
    }
}
