//! Pure. Where a machine's point is read: source, unit and address, found from the point itself and its machine.

use super::checker::{Checker, Child};
use super::finding::KeyPath;
use super::point::{self, Shape, Wire};
use super::raw;
use super::roles::Use;
use super::source::{SourceKind, Sources};
use crate::collect::modbus::Area;
use crate::model::fact::Role;
use crate::model::settings::CounterSetting;
use crate::signal::decode::{Decode, Order, Type};

/// Milliseconds between two reads where nobody says otherwise.
const DEFAULT_POLL_MS: u64 = 1_000;
/// A polled value is stale after this many polls ...
const STALE_POLLS: i64 = 3;
/// ... but never sooner than this: one lost answer and a reconnect are no standstill.
const MIN_LIMIT_MS: i64 = 30_000;
/// A process value or a meter by message without `stale_after_s` is stale after this; it tells no time, so no one need decide.
const DEFAULT_VALUE_STALE_S: u64 = 300;

/// How a machine's registers are reached.
#[derive(Debug, Clone)]
pub struct Wiring {
    machine: KeyPath,
    modbus: Child<raw::Wiring>,
    poll_ms: u64,
}

impl Wiring {
    /// The same with this time between two reads, where one is written.
    pub fn polled_every(mut self, poll_ms: Option<u64>) -> Wiring {
        self.poll_ms = poll_ms.unwrap_or(DEFAULT_POLL_MS);
        self
    }
}

/// A point of a machine with everything needed to read it.
#[derive(Debug, Clone)]
pub struct Wired {
    /// Its name.
    pub name: String,
    /// The signals it feeds.
    pub roles: Vec<Role>,
    /// True when it is a process value.
    pub is_value: bool,
    /// How its bytes are read.
    pub decode: Decode,
    /// How it counts, where it counts.
    pub counter: Option<CounterSetting>,
    /// Where on the machine it counts.
    pub station: String,
    /// Silence longer than this makes it unknown.
    pub limit_ms: i64,
    /// Name of its source.
    pub source: String,
    /// How it is reached, with unit, address and poll time filled in.
    pub wire: Wire,
    /// The register alone, such as `press-plc unit 1 holding:2`, or topic and pointer.
    pub register: String,
    /// The register with its type, for people and verifiers.
    pub described: String,
}

/// Reads `modbus` of a machine; `path` is where it stands.
pub fn of_machine(checker: &mut Checker, path: &KeyPath, sources: &Sources) -> Wiring {
    let mut modbus = checker.child::<raw::Wiring>(path, &[]);
    if let Child::Good(wiring) = &modbus {
        let source = sources.find(checker, &path.join("source"), &wiring.source, SourceKind::Modbus);
        let unit = point::unit_id(checker, &path.join("unit"), wiring.unit);
        let why = "addresses are 0 to 65535";
        let is_near = checker.within(&path.join("offset"), wiring.offset, -65_535, 65_535, why);
        if source.is_none() || unit.is_none() || !is_near {
            modbus = Child::Broken;
        }
    }
    Wiring {
        machine: KeyPath(path.0[..path.0.len().saturating_sub(1)].to_vec()),
        modbus,
        poll_ms: DEFAULT_POLL_MS,
    }
}

/// The point `name` as this machine reads it; `None` when a finding says why it cannot be read.
pub fn wire(
    checker: &mut Checker,
    name: &str,
    shape: &Shape,
    uses: &[&Use],
    wiring: &Wiring,
    sources: &Sources,
) -> Option<Wired> {
    let roles: Vec<Role> = uses.iter().filter_map(|one| one.role).collect();
    let found = match &shape.wire {
        Wire::Modbus { .. } => registers(checker, name, shape, wiring, sources)?,
        Wire::Mqtt { .. } => message(checker, name, shape, &roles, sources)?,
    };
    let counts = roles.iter().any(|role| role.is_cumulative());
    Some(Wired {
        name: name.to_owned(),
        is_value: uses.iter().any(|one| one.role.is_none()),
        decode: shape.decode,
        counter: shape.counter.filter(|_| counts),
        station: shape.station.clone(),
        roles,
        limit_ms: found.limit_ms,
        source: found.source,
        described: format!("{}{}", found.register, found.kind),
        register: found.register,
        wire: found.wire,
    })
}

struct Found {
    source: String,
    wire: Wire,
    limit_ms: i64,
    register: String,
    kind: String,
}

fn registers(checker: &mut Checker, name: &str, shape: &Shape, wiring: &Wiring, sources: &Sources) -> Option<Found> {
    let Wire::Modbus {
        area,
        address,
        words,
        unit,
        poll_ms,
    } = shape.wire
    else {
        return None;
    };
    if let Some(source) = &shape.source {
        sources.find(checker, &shape.path.join("source"), source, SourceKind::Modbus)?;
    }
    let machine = match &wiring.modbus {
        Child::Broken => return None,
        Child::Absent => None,
        Child::Good(modbus) => Some(modbus),
    };
    let source = shape.source.clone().or(machine.map(|modbus| modbus.source.clone()));
    let id = unit.or(machine.and_then(|modbus| u8::try_from(modbus.unit).ok()));
    let (Some(source), Some(id)) = (source, id) else {
        let what = format!("point `{name}` is read over Modbus, and it is not said from which source and unit");
        let instead = "write modbus = { source = \"NAME\", unit = 1 } in the machine, or source and unit in the point";
        checker.absent(&wiring.machine, what, instead);
        return None;
    };
    // The offset shifts a register map inside the machine's own device; a point with a device of its own is as written.
    let is_elsewhere = shape.source.is_some() || unit.is_some();
    let offset = machine.filter(|_| !is_elsewhere).map_or(0, |modbus| modbus.offset);
    let first = i64::from(address) + offset;
    let last = first + i64::from(words) - 1;
    let Some(address) = u16::try_from(first).ok().filter(|_| last <= 65_535) else {
        let what = format!("point `{name}` would take the addresses {first} to {last}");
        let at = if offset == 0 {
            shape.path.join("modbus")
        } else {
            wiring.machine.join("modbus").join("offset")
        };
        checker.error(&at, what, "a device has the addresses 0 to 65535");
        return None;
    };
    let poll_ms = poll_ms.unwrap_or(wiring.poll_ms);
    Some(Found {
        limit_ms: MIN_LIMIT_MS.max(STALE_POLLS * i64::try_from(poll_ms).unwrap_or(0)),
        register: register(&source, id, area, address, &shape.decode),
        kind: kind(&shape.decode, area),
        source,
        wire: Wire::Modbus {
            area,
            address,
            words,
            unit: Some(id),
            poll_ms: Some(poll_ms),
        },
    })
}

fn message(checker: &mut Checker, name: &str, shape: &Shape, roles: &[Role], sources: &Sources) -> Option<Found> {
    let Wire::Mqtt {
        topic,
        json,
        stale_after_s,
        ..
    } = &shape.wire
    else {
        return None;
    };
    let source = shape.source.clone()?;
    let is_found = sources
        .find(checker, &shape.path.join("source"), &source, SourceKind::Mqtt)
        .is_some();
    if stale_after_s.is_none() && roles.iter().any(|role| !role.is_beside()) {
        let what = format!(
            "`stale_after_s` is missing: `{name}` tells state or counts, and a device that sends only on change looks the same as one that died"
        );
        let instead = "write the seconds of silence after which it is unknown, such as stale_after_s = 120";
        checker.absent(&shape.path, what, instead);
    }
    let pointer = json.as_ref().map_or(String::new(), |json| format!(" {json}"));
    is_found.then(|| Found {
        limit_ms: i64::try_from(stale_after_s.unwrap_or(DEFAULT_VALUE_STALE_S)).unwrap_or(0) * 1_000,
        register: format!("{source} {topic}{pointer}"),
        kind: String::new(),
        source,
        wire: shape.wire.clone(),
    })
}

fn register(source: &str, unit: u8, area: Area, address: u16, decode: &Decode) -> String {
    let bit = decode.bit.map_or(String::new(), |bit| format!(" bit {bit}"));
    format!("{source} unit {unit} {}:{address}{bit}", area.name())
}

fn kind(decode: &Decode, area: Area) -> String {
    let (kind, order) = (decode.kind, decode.order);
    if area.is_bits() || kind == Type::Bool {
        String::new()
    } else if kind.words() > 1 || order != Order::Abcd {
        format!(" {} {}", kind.name(), order.name())
    } else {
        format!(" {}", kind.name())
    }
}
