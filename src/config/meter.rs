//! Pure. The electricity meter of a machine: the table `energy`.

use super::checker::{Checker, Child};
use super::decimal::Decimal;
use super::finding::KeyPath;
use super::machine::Machine;
use super::point::{Shape, Wire};
use super::roles::Use;
use super::suggest;
use super::wiring::Wired;
use crate::model::fact::Role;
use crate::model::ids::Roster;
use crate::model::settings::{CounterSetting, Meter, Resets};
use crate::signal::decode::Type;
use serde::Deserialize;
use std::collections::BTreeMap;

/// Units of energy, and the thousandths of a watt hour that each is.
const UNITS: [(&str, i64); 3] = [("Wh", 1_000), ("kWh", 1_000_000), ("MWh", 1_000_000_000)];
/// The greatest power believed where nobody writes one, in kW: more than any machine of a small plant draws.
const DEFAULT_MAX_KW: i64 = 1_000;
/// The greatest that may be written, in kW.
const MOST_KW: i64 = 1_000_000;
/// A register of 16 bits with the least scale turns over at 65 Wh; what counts finer is no energy meter.
const LEAST_SCALE: f64 = 0.001;
/// Energy is told to the minute: a meter read less often holds the machine's minutes up.
const SLOWEST_POLL_MS: u64 = 60_000;

/// `energy` of a machine or a template.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Energy {
    point: Option<String>,
    unit: Option<String>,
    max_kw: Option<Decimal>,
    #[serde(default)]
    shared_with: Vec<String>,
}

/// The meter of a machine, as far as it can be made out.
#[derive(Debug, Clone, Default)]
pub struct Metered {
    /// What its register means; the machines it is shared with stand in `shared_with` until they have numbers.
    pub meter: Option<Meter>,
    /// The point it is read from.
    pub uses: Vec<Use>,
    /// Ids of the other machines it measures too, and the key that names them.
    pub shared_with: Vec<(KeyPath, String)>,
}

/// Reads the table, which stands at `path`.
pub fn read(checker: &mut Checker, path: &KeyPath, table: &Child<Energy>) -> Metered {
    let Child::Good(energy) = table else {
        return Metered::default();
    };
    for (key, is_missing) in [("point", energy.point.is_none()), ("unit", energy.unit.is_none())] {
        if is_missing {
            checker.missing(path, key);
        }
    }
    let unit = energy.unit.as_deref().unwrap_or("kWh");
    let found = UNITS.iter().find(|(name, _)| *name == unit);
    if found.is_none() {
        let instead = suggest::or_list(unit, &UNITS.map(|(name, _)| name));
        checker.error(&path.join("unit"), format!("no meter here counts in {unit}"), instead);
    }
    let at = path.join("shared_with");
    let names = energy.shared_with.iter().enumerate();
    Metered {
        meter: found.map(|(_, milli_wh)| Meter {
            milli_wh: *milli_wh,
            max_w: max_w(checker, &path.join("max_kw"), energy.max_kw.as_ref()),
            shared_with: Vec::new(),
        }),
        uses: energy.point.iter().map(|point| of_point(path, point)).collect(),
        shared_with: names
            .map(|(place, id)| (at.join(&place.to_string()), id.clone()))
            .collect(),
    }
}

/// Notes when a point cannot be the register of a meter.
pub fn fits(checker: &mut Checker, one: &Use, shape: &Shape) {
    let name = &one.point;
    if shape.decode.kind == Type::Bool || shape.decode.bit.is_some() {
        let what = format!("`{name}` is a bit, and a meter has a register");
        checker.error(&one.path, what, "name the point of its energy register");
    }
    if shape.decode.scale.is_some_and(|scale| scale < LEAST_SCALE) {
        let what = format!("`{name}` is the register of a meter, which counts up");
        let instead = format!("write what one count is in the unit of its energy, {LEAST_SCALE} or more");
        checker.error(&shape.path.join("scale"), what, instead);
    }
    if let Wire::Modbus {
        poll_ms: Some(poll_ms), ..
    } = shape.wire
        && poll_ms > SLOWEST_POLL_MS
    {
        let what = format!("`{name}` is read every {poll_ms} ms, and no minute of the machine is final before it was");
        checker.warning(&shape.path.join("poll_ms"), what, "write poll_ms = 60000 or less");
    }
}

/// How the register of a meter counts, in thousandths of a watt hour.
pub fn register(point: &Wired, meter: &Meter) -> CounterSetting {
    let scale = point.decode.scale.unwrap_or(1.0) * meter.milli_wh as f64;
    let modulus = point.counter.and_then(|counter| counter.modulus);
    CounterSetting {
        modulus: modulus.map(|modulus| (modulus as f64 * scale).round().max(1.0) as i128),
        resets: point.counter.map_or(Resets::Undeclared, |counter| counter.resets),
    }
}

/// Checks that the machines a meter is shared with can share it, and that no register is the meter of two machines.
pub fn shared(checker: &mut Checker, machines: &[Machine]) {
    let mut measured: BTreeMap<&str, &str> = BTreeMap::new();
    let mut registers: BTreeMap<&str, &str> = BTreeMap::new();
    for machine in machines.iter().filter(|machine| machine.setting.meter.is_some()) {
        measured.insert(&machine.id, &machine.id);
    }
    for machine in machines {
        for (at, id) in &machine.shares_meter_with {
            let other = machines.iter().find(|other| *other.id == **id);
            let on_line = |other: &&Machine| other.setting.line == machine.setting.line && other.id != machine.id;
            match other.filter(on_line) {
                None => {
                    let near = machines.iter().filter(on_line).map(|other| &*other.id);
                    let instead = suggest::or_list(id, &near.collect::<Vec<_>>());
                    checker.error(at, format!("`{id}` is no other machine of its line"), instead);
                }
                Some(other) if !other.setting.asset.connected => {
                    let what = format!("`{id}` is not connected, so nobody knows when it runs");
                    checker.error(at, what, "leave it out");
                }
                Some(_) => {
                    if let Some(owner) = measured.insert(id, &machine.id) {
                        let what = format!("the energy of `{id}` is measured already, by the meter of `{owner}`");
                        checker.error(at, what, "leave it out here, or there");
                    }
                }
            }
        }
        let meters = machine
            .points
            .iter()
            .filter(|point| point.roles.contains(&Role::Energy));
        for point in meters {
            if let Some(other) = registers.insert(&point.register, &machine.id) {
                let what = format!(
                    "{} is also the meter of `{other}`: its energy is counted twice",
                    point.register
                );
                let instead = format!("write shared_with = [\"{}\"] in the energy of `{other}`", machine.id);
                checker.error(&KeyPath::of(&["machine", &machine.id, "energy"]), what, instead);
            }
        }
    }
}

/// The meter with the numbers of the machines it is shared with.
pub fn bind(machine: &Machine, roster: &mut Roster) -> Option<Box<Meter>> {
    let names = machine.shares_meter_with.iter().map(|(_, id)| roster.add(id));
    let shared_with = names.collect();
    let meter = *machine.setting.meter.clone()?;
    Some(Box::new(Meter { shared_with, ..meter }))
}

fn of_point(path: &KeyPath, point: &str) -> Use {
    Use {
        role: Some(Role::Energy),
        point: point.to_owned(),
        path: path.join("point"),
    }
}

/// The greatest believable power in watts.
fn max_w(checker: &mut Checker, path: &KeyPath, written: Option<&Decimal>) -> i64 {
    let Some(kw) = written else {
        return DEFAULT_MAX_KW * 1_000;
    };
    let found = kw.scaled(3).filter(|watts| (1..=MOST_KW * 1_000).contains(watts));
    if found.is_none() {
        let what = format!("{kw} kW are not possible");
        checker.error(
            path,
            what,
            "write the greatest power it can draw, above 0 and at most 1000000",
        );
    }
    found.unwrap_or(DEFAULT_MAX_KW * 1_000)
}
