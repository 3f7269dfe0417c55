//! Pure. What an integrator writes for a place in a device: `holding:100`, `40101`, `tcp://host:port`, holes.

use super::Area;
use serde::Deserialize;

/// The port Modbus TCP has when none is written.
const DEFAULT_PORT: u16 = 502;

/// Where a device or gateway listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// Name or address, without brackets.
    pub host: String,
    /// TCP port.
    pub port: u16,
}

impl std::fmt::Display for Endpoint {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.host.contains(':') {
            write!(out, "[{}]:{}", self.host, self.port)
        } else {
            write!(out, "{}:{}", self.host, self.port)
        }
    }
}

/// Addresses that must never be read, because the device refuses a block that holds one: `holding:110-119`, or
/// `3/holding:110-119` for unit 3 alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Hole {
    /// The unit it is in; `None` for every unit of the connection.
    pub unit: Option<u8>,
    /// Which table.
    pub area: Area,
    /// The first address of it, 0-based.
    pub first: u16,
    /// The last, which belongs to it.
    pub last: u16,
}

impl TryFrom<String> for Hole {
    type Error = String;

    fn try_from(text: String) -> Result<Hole, String> {
        hole(&text)
    }
}

/// The table and 0-based address of `holding:100`, `input:10`, `coil:3`, `discrete:0`, or of the 1-based notation of many
/// manuals: `40101` and `400101` are `holding:100`, `30011` is `input:10`, `10001` is `discrete:0`, `00004` is `coil:3`.
///
/// # Errors
/// A sentence that says what is wrong with the text and what to write instead.
pub fn parse(text: &str) -> Result<(Area, u16), String> {
    let text = text.trim();
    match text.split_once(':') {
        Some((table, number)) => Ok((area(table, text)?, number_of(number, text)?)),
        None => from_manual(text),
    }
}

/// The host and port of `tcp://host:port`; the port is 502 when none is written.
///
/// # Errors
/// A sentence that says what is wrong with the text and what to write instead.
pub fn endpoint(url: &str) -> Result<Endpoint, String> {
    let Some((scheme, rest)) = url.split_once("://") else {
        return Err(format!(
            "`{url}` is no address of a device; write `tcp://192.168.1.10:502`"
        ));
    };
    match scheme {
        "tcp" => {}
        "rtu" | "rtu+tcp" => {
            return Err(format!(
                "`{scheme}://` is not built yet; only Modbus TCP is: write `tcp://host:502`, where a gateway to the serial line speaks it"
            ));
        }
        other => {
            return Err(format!(
                "`{other}://` is no way to reach a Modbus device; write `tcp://host:502`"
            ));
        }
    }
    let rest = rest.strip_suffix('/').unwrap_or(rest);
    let (host, port) = host_and_port(rest, url)?;
    let port = match port {
        None => DEFAULT_PORT,
        Some(port) => match port.parse() {
            Ok(0) | Err(_) => {
                return Err(format!(
                    "`{port}` in `{url}` is no port; write a number from 1 to 65535"
                ));
            }
            Ok(number) => number,
        },
    };
    let is_host = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ':' | '%');
    if host.is_empty() || !host.chars().all(is_host) {
        return Err(format!(
            "`{url}` names no host; write `tcp://192.168.1.10:502` or `tcp://press-plc.plant.lan`"
        ));
    }
    Ok(Endpoint {
        host: host.to_owned(),
        port,
    })
}

/// The addresses of `holding:110-119`, `input:7`, `3/holding:110-119`.
///
/// # Errors
/// A sentence that says what is wrong with the text and what to write instead.
pub fn hole(text: &str) -> Result<Hole, String> {
    let wrong = |why: &str| {
        format!("`{text}` is no hole: {why}; write `holding:110-119`, or `3/holding:110-119` for unit 3 alone")
    };
    let (unit, place) = match text.trim().split_once('/') {
        None => (None, text.trim()),
        Some((unit, place)) => match unit.parse() {
            Ok(unit) => (Some(unit), place),
            Err(_) => return Err(wrong("a unit is a number from 0 to 255")),
        },
    };
    let (first, last) = place.split_once('-').unwrap_or((place, ""));
    let (area, first) = parse(first).map_err(|why| wrong(&why))?;
    let last = if last.is_empty() {
        first
    } else {
        number_of(last, text).map_err(|why| wrong(&why))?
    };
    if last < first {
        return Err(wrong("it ends before it begins"));
    }
    Ok(Hole {
        unit,
        area,
        first,
        last,
    })
}

fn area(table: &str, text: &str) -> Result<Area, String> {
    match table.trim() {
        "holding" => Ok(Area::Holding),
        "input" => Ok(Area::Input),
        "coil" => Ok(Area::Coil),
        "discrete" => Ok(Area::Discrete),
        other => Err(format!(
            "`{other}` in `{text}` is no table of a Modbus device; write holding, input, coil or discrete, as in `holding:100`"
        )),
    }
}

fn number_of(number: &str, text: &str) -> Result<u16, String> {
    let digits = number.trim();
    let all_digits = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    match digits.parse() {
        Ok(address) if all_digits => Ok(address),
        Ok(_) | Err(_) => Err(format!(
            "`{digits}` in `{text}` is no address; write a whole number from 0 to 65535, counted from 0"
        )),
    }
}

/// The notation of manuals: the first of five or six digits is the table, the rest counts from 1.
fn from_manual(text: &str) -> Result<(Area, u16), String> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits || !matches!(text.len(), 5 | 6) {
        return Err(format!(
            "`{text}` does not say which table of the device it is in; write `holding:100` (counted from 0), or the manual's five or six digits, such as 40101"
        ));
    }
    let (table, number) = text.split_at(1);
    let (area, name) = match table {
        "0" => (Area::Coil, "coil"),
        "1" => (Area::Discrete, "discrete"),
        "3" => (Area::Input, "input"),
        "4" => (Area::Holding, "holding"),
        other => {
            return Err(format!(
                "`{text}` begins with {other}, and only 0 (coil), 1 (discrete), 3 (input) and 4 (holding) name a table; for address {text} counted from 0 write `holding:{text}`"
            ));
        }
    };
    let counted_from_1: u32 = number.parse().unwrap_or(u32::MAX);
    match counted_from_1.checked_sub(1).map(u16::try_from) {
        Some(Ok(address)) => Ok((area, address)),
        None => Err(format!(
            "`{text}` is before the first address: this notation counts from 1, so {table}{:0>width$} is `{name}:0`",
            1,
            width = number.len()
        )),
        Some(Err(_)) => Err(format!(
            "`{text}` is past the last address: six digits end at {table}65536, which is `{name}:65535`"
        )),
    }
}

/// `host`, `host:port`, `[v6]`, `[v6]:port`.
fn host_and_port<'a>(text: &'a str, url: &str) -> Result<(&'a str, Option<&'a str>), String> {
    if let Some(rest) = text.strip_prefix('[') {
        return match rest.split_once(']') {
            Some((host, "")) => Ok((host, None)),
            Some((host, port)) if port.starts_with(':') => Ok((host, Some(&port[1..]))),
            Some(_) | None => Err(format!(
                "`{url}` has a bracket without its end; write `tcp://[fe80::1]:502`"
            )),
        };
    }
    match text.split_once(':') {
        Some((_, port)) if port.contains(':') => Err(format!(
            "`{url}` holds an IPv6 address without brackets; write `tcp://[fe80::1]:502`"
        )),
        Some((host, port)) => Ok((host, Some(port))),
        None => Ok((text, None)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_four_tables_are_named_and_counted_from_0() {
        assert_eq!(parse("holding:100"), Ok((Area::Holding, 100)));
        assert_eq!(parse("input:10"), Ok((Area::Input, 10)));
        assert_eq!(parse("coil:3"), Ok((Area::Coil, 3)));
        assert_eq!(parse("discrete:0"), Ok((Area::Discrete, 0)));
        assert_eq!(parse(" holding: 65535 "), Ok((Area::Holding, 65_535)));
    }

    #[test]
    fn the_notation_of_manuals_counts_from_1() {
        assert_eq!(parse("40001"), Ok((Area::Holding, 0)));
        assert_eq!(parse("400001"), Ok((Area::Holding, 0)));
        assert_eq!(parse("49999"), Ok((Area::Holding, 9_998)));
        assert_eq!(parse("465536"), Ok((Area::Holding, 65_535)));
        assert_eq!(parse("30011"), Ok((Area::Input, 10)));
        assert_eq!(parse("10001"), Ok((Area::Discrete, 0)));
        assert_eq!(parse("00004"), Ok((Area::Coil, 3)));
    }

    #[test]
    fn an_error_says_what_to_write_instead() {
        for (text, hint) in [
            ("100", "write `holding:100`"),
            ("4001", "write `holding:100`"),
            ("register:5", "write holding, input, coil or discrete"),
            ("holding:65536", "from 0 to 65535"),
            ("holding:+5", "from 0 to 65535"),
            ("holding:", "from 0 to 65535"),
            ("holding:0x10", "from 0 to 65535"),
            ("40000", "40001 is `holding:0`"),
            ("300000", "300001 is `input:0`"),
            ("465537", "465536, which is `holding:65535`"),
            ("20001", "0 (coil), 1 (discrete), 3 (input) and 4 (holding)"),
            ("", "write `holding:100`"),
        ] {
            let why = parse(text).unwrap_err();
            assert!(why.contains(hint), "{text}: {why}");
        }
    }

    #[test]
    fn a_url_is_a_host_and_a_port_that_is_502_when_none_is_written() {
        let at = |host: &str, port| {
            Ok(Endpoint {
                host: host.to_owned(),
                port,
            })
        };
        assert_eq!(endpoint("tcp://192.168.1.10:1502"), at("192.168.1.10", 1_502));
        assert_eq!(endpoint("tcp://press-plc.plant.lan"), at("press-plc.plant.lan", 502));
        assert_eq!(endpoint("tcp://[fe80::1]:503/"), at("fe80::1", 503));
        assert_eq!(endpoint("tcp://[::1]"), at("::1", 502));
        assert_eq!(endpoint("tcp://[::1]").unwrap().to_string(), "[::1]:502");
    }

    #[test]
    fn a_url_that_is_not_built_yet_or_not_understood_is_refused_by_name() {
        for (url, hint) in [
            ("rtu:///dev/ttyUSB0?baud=9600", "`rtu://` is not built yet"),
            ("rtu+tcp://10.0.0.1:4001", "`rtu+tcp://` is not built yet"),
            ("http://10.0.0.1", "`http://` is no way to reach"),
            ("10.0.0.1:502", "write `tcp://192.168.1.10:502`"),
            ("tcp://", "names no host"),
            ("tcp://:502", "names no host"),
            ("tcp://a b", "names no host"),
            ("tcp://host:0", "from 1 to 65535"),
            ("tcp://host:70000", "from 1 to 65535"),
            ("tcp://fe80::1:502", "brackets"),
            ("tcp://[fe80::1", "bracket"),
        ] {
            let why = endpoint(url).unwrap_err();
            assert!(why.contains(hint), "{url}: {why}");
        }
    }

    #[test]
    fn a_hole_is_a_range_of_addresses_of_one_unit_or_of_all() {
        let all = Hole {
            unit: None,
            area: Area::Holding,
            first: 110,
            last: 119,
        };
        assert_eq!(hole("holding:110-119"), Ok(all));
        assert_eq!(hole("3/holding:110-119"), Ok(Hole { unit: Some(3), ..all }));
        assert_eq!(hole("holding:110"), Ok(Hole { last: 110, ..all }));
        for text in ["holding:9-3", "x/holding:1", "300/holding:1", "110-119", "holding:1-x"] {
            let why = hole(text).unwrap_err();
            assert!(why.contains("write `holding:110-119`"), "{text}: {why}");
        }
    }

    proptest! {
        #[test]
        fn no_text_panics(text in ".*") {
            let answers = (parse(&text).is_ok(), endpoint(&text).is_ok(), hole(&text).is_ok());
            prop_assert!(!(answers.0 && answers.1), "an address of a register is no url");
        }
    }
}
