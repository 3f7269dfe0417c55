//! Pure. One point: what its keys say, whether they fit together, and what the collector and the decoder make of it.

use super::checker::Checker;
use super::counter;
use super::finding::KeyPath;
use super::raw;
use super::suggest;
use crate::collect::modbus::{Area, address};
use crate::collect::mqtt;
use crate::model::ids::PointId;
use crate::model::settings::CounterSetting;
use crate::signal::decode::{Decode, Order, Type};

/// A point as defined once, by a machine or a template, before it is known which machine reads it.
#[derive(Debug, Clone)]
pub struct Shape {
    /// Where it is defined.
    pub path: KeyPath,
    /// How it is reached.
    pub wire: Wire,
    /// How its bytes are read.
    pub decode: Decode,
    /// Source named by the point itself.
    pub source: Option<String>,
    /// How it counts; present when `counter` is written or the type says enough.
    pub counter: Option<CounterSetting>,
    /// Where on the machine it counts; empty where that is not written.
    pub station: String,
}

/// How a point is reached.
#[derive(Debug, Clone)]
pub enum Wire {
    /// A register or bit of a Modbus device.
    Modbus {
        /// Table of the device.
        area: Area,
        /// 0-based address, without the machine's offset.
        address: u16,
        /// Registers it takes.
        words: u16,
        /// Unit named by the point itself.
        unit: Option<u8>,
        /// Milliseconds between two reads, where the point names them.
        poll_ms: Option<u64>,
    },
    /// A value in the messages of a topic.
    Mqtt {
        /// The topic.
        topic: String,
        /// Quality of service asked for.
        qos: u8,
        /// JSON pointer of the value.
        json: Option<String>,
        /// JSON pointer of the message's own time.
        time: Option<String>,
        /// Longest silence in seconds, where the point names it.
        stale_after_s: Option<u64>,
    },
}

/// Fastest and slowest poll. Faster than 20 ms no PLC answers reliably; three polls must fit into the 15 minutes after
/// which a tally is final.
pub const POLL_MS: (u64, u64) = (20, 300_000);
/// Longest silence of a message source: its end must be known before the tally of its start is final (15 minutes).
pub const STALE_S: (u64, u64) = (1, 900);

/// Reads the point at `path` and checks what can be checked without its machine.
pub fn shape(checker: &mut Checker, path: &KeyPath) -> Option<Shape> {
    let counter = checker.child::<raw::Counter>(&path.join("counter"), &[]);
    let point: raw::Point = checker.read(path, &["counter"])?;
    let before = checker.findings.len();
    let (wire, kind) = match (&point.modbus, &point.mqtt) {
        (Some(address), None) => modbus(checker, path, &point, address)?,
        (None, Some(topic)) => message(checker, path, &point, topic)?,
        (Some(_), Some(_)) => {
            checker.error(path, "has both `modbus` and `mqtt`", "keep one of the two");
            return None;
        }
        (None, None) => {
            let instead = "write modbus = \"holding:0\" or mqtt = \"TOPIC\"";
            checker.absent(path, "says nowhere where it is read", instead);
            return None;
        }
    };
    let decode = Decode {
        kind,
        order: order(checker, path, &point, kind),
        bit: point.bit.and_then(|bit| u8::try_from(bit).ok()),
        scale: point.scale,
        offset: point.offset,
        range: point.range,
    };
    numbers(checker, path, &decode);
    let is_modbus = matches!(wire, Wire::Modbus { .. });
    let counter = counter::read(checker, path, &counter, is_modbus.then_some(kind));
    if !point.station.is_empty() {
        checker.id(&path.join("station"), &point.station);
    }
    let is_usable = checker.findings.len() == before;
    if let Wire::Modbus { area, address, .. } = &wire
        && is_usable
    {
        number_of_manual(checker, path, point.modbus.as_deref(), *area, *address);
    }
    is_usable.then_some(Shape {
        path: path.clone(),
        wire,
        decode,
        source: point.source,
        counter,
        station: point.station,
    })
}

fn modbus(checker: &mut Checker, path: &KeyPath, point: &raw::Point, address: &str) -> Option<(Wire, Type)> {
    for (key, written) in [
        ("json", point.json.is_some()),
        ("time", point.time.is_some()),
        ("qos", point.qos.is_some()),
        ("stale_after_s", point.stale_after_s.is_some()),
    ] {
        foreign(checker, path, key, written, "messages", "a Modbus point");
    }
    let (area, address) = match address::parse(address) {
        Ok(parsed) => parsed,
        Err(why) => {
            checker.error(&path.join("modbus"), why, "");
            return None;
        }
    };
    let is_bits = matches!(area, Area::Coil | Area::Discrete);
    let kind = register_type(checker, path, point, is_bits)?;
    if let Some(poll_ms) = point.poll_ms {
        poll(checker, &path.join("poll_ms"), poll_ms);
    }
    let unit = point.unit.and_then(|unit| unit_id(checker, &path.join("unit"), unit));
    let wire = Wire::Modbus {
        area,
        address,
        words: kind.words(),
        unit,
        poll_ms: point.poll_ms,
    };
    Some((wire, kind))
}

/// Warns of `holding:40001`: a 0-based address that looks like the 1-based number of a manual.
fn number_of_manual(checker: &mut Checker, path: &KeyPath, written: Option<&str>, area: Area, address: u16) {
    let (table, first) = match area {
        Area::Coil => return,
        Area::Discrete => ("discrete", 10_001),
        Area::Input => ("input", 30_001),
        Area::Holding => ("holding", 40_001),
    };
    let is_plain = written.is_some_and(|text| text.contains(':'));
    if is_plain && (first..first + 9_999).contains(&address) {
        let what = format!("{table}:{address} is 0-based, and {address} looks like the number in a manual");
        let instead = format!("if it is, write \"{address}\" or \"{table}:{}\"", address - first);
        checker.warning(&path.join("modbus"), what, instead);
    }
}

/// Notes a unit id that no device can have.
pub fn unit_id(checker: &mut Checker, path: &KeyPath, unit: u64) -> Option<u8> {
    let id = u8::try_from(unit).ok().filter(|id| *id <= 247 || *id == 255);
    if id.is_none() {
        let what = format!("{unit} is no unit id");
        checker.error(
            path,
            what,
            "write 1 to 247, or 0 or 255 for the device that holds the connection itself",
        );
    }
    id
}

/// Notes a poll time outside its bounds.
pub fn poll(checker: &mut Checker, path: &KeyPath, poll_ms: u64) -> bool {
    let why = "faster no PLC answers reliably, slower the minute is final before the value is known";
    checker.within(path, poll_ms, POLL_MS.0, POLL_MS.1, why)
}

fn message(checker: &mut Checker, path: &KeyPath, point: &raw::Point, topic: &str) -> Option<(Wire, Type)> {
    for (key, written) in [
        ("type", point.kind.is_some()),
        ("order", point.order.is_some()),
        ("bit", point.bit.is_some()),
        ("unit", point.unit.is_some()),
        ("poll_ms", point.poll_ms.is_some()),
    ] {
        foreign(checker, path, key, written, "registers", "an MQTT point");
    }
    if point.source.is_none() {
        checker.missing(path, "source");
    }
    let read = mqtt::Point {
        point: PointId(0),
        name: String::new(),
        topic: topic.to_owned(),
        qos: point.qos.map_or(1, |qos| u8::try_from(qos).unwrap_or(u8::MAX)),
        json: point.json.clone(),
        time: point.time.clone().filter(|time| time != "arrival"),
    };
    for (key, why) in read.check() {
        checker.error(&path.join(key), why, "");
    }
    if let Some(seconds) = point.stale_after_s {
        let why = "what is silent longer is found out after its minutes are final";
        checker.within(&path.join("stale_after_s"), seconds, STALE_S.0, STALE_S.1, why);
    }
    let wire = Wire::Mqtt {
        topic: read.topic,
        qos: read.qos,
        json: read.json,
        time: read.time,
        stale_after_s: point.stale_after_s,
    };
    Some((wire, Type::Message))
}

fn foreign(checker: &mut Checker, path: &KeyPath, key: &str, written: bool, of: &str, here: &str) {
    if written {
        let what = format!("is about {of} and means nothing on {here}");
        checker.error(&path.join(key), what, "leave it out");
    }
}

fn register_type(checker: &mut Checker, path: &KeyPath, point: &raw::Point, is_bits: bool) -> Option<Type> {
    const TYPES: [Type; 6] = [Type::Bool, Type::U16, Type::I16, Type::U32, Type::I32, Type::F32];
    const LATER: [&str; 10] = [
        "u8", "i8", "u64", "i64", "f16", "f64", "bcd16", "bcd32", "string", "bits",
    ];
    let at = path.join("type");
    let by_area = if is_bits || point.bit.is_some() { "bool" } else { "u16" };
    let word = point.kind.as_deref().unwrap_or(by_area);
    let Some(kind) = TYPES.into_iter().find(|kind| kind.name() == word) else {
        let names = TYPES.map(Type::name);
        let is_later = LATER.iter().any(|later| word.starts_with(later));
        let (what, instead) = if is_later {
            (
                format!("type `{word}` is not built yet"),
                format!("use one of: {}", names.join(", ")),
            )
        } else {
            (format!("there is no type `{word}`"), suggest::or_list(word, &names))
        };
        checker.error(&at, what, instead);
        return None;
    };
    if is_bits && point.bit.is_some() {
        checker.error(
            &path.join("bit"),
            "a coil or discrete input is one bit already",
            "leave `bit` out",
        );
    } else if is_bits && kind != Type::Bool {
        checker.error(
            &at,
            format!("a coil or discrete input is no {word}"),
            "leave `type` out, or write \"bool\"",
        );
    }
    if let Some(bit) = point.bit {
        checker.within(&path.join("bit"), bit, 0, 15, "a register has 16 bits, 0 is the lowest");
        if !matches!(kind, Type::Bool | Type::U16) {
            checker.error(&at, format!("a bit of a register is no {word}"), "leave `type` out");
        }
        return Some(Type::Bool);
    }
    Some(kind)
}

fn order(checker: &mut Checker, path: &KeyPath, point: &raw::Point, kind: Type) -> Order {
    let Some(word) = &point.order else {
        return Order::Abcd;
    };
    let at = path.join("order");
    let order = Order::parse(word).unwrap_or_else(|| {
        let what = format!("there is no byte order `{word}`");
        checker.error(
            &at,
            what,
            "write ABCD (Modbus's own), BADC, CDAB (low word first) or DCBA",
        );
        Order::Abcd
    });
    if kind.words() == 1 && order == Order::Cdab {
        let what = "says the order of two registers, and this point has one";
        checker.error(
            &at,
            what,
            "leave it out, or write the 32-bit type; BADC swaps the bytes of one register",
        );
    }
    order
}

fn numbers(checker: &mut Checker, path: &KeyPath, decode: &Decode) {
    if let Some((low, high)) = decode.range
        && !(low <= high && low.is_finite() && high.is_finite())
    {
        let what = format!("no value lies between {low} and {high}");
        checker.error(&path.join("range"), what, "write the lower end first");
    }
    if let Some(scale) = decode.scale
        && (scale == 0.0 || !scale.is_finite())
    {
        checker.error(
            &path.join("scale"),
            format!("{scale} makes every value the same"),
            "write a factor such as 0.1",
        );
    }
    if let Some(offset) = decode.offset
        && !offset.is_finite()
    {
        checker.error(
            &path.join("offset"),
            format!("{offset} is no number to add"),
            "write a number such as -40.0",
        );
    }
}
