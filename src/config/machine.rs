//! Pure. A machine put together from its own tables, its template and the sources: what is read where, and what it means.

use super::asset;
use super::checker::{Checker, Child};
use super::cycle_time;
use super::definition::{self, Definition};
use super::finding::KeyPath;
use super::merged::Merged;
use super::meter;
use super::point::Wire;
use super::rates::{Pace, Rates};
use super::raw;
use super::registers;
use super::roles::{self, Use};
use super::source::{Reach, Sources};
use super::state::{self, Told};
use super::state_fits;
use super::suggest;
use super::wiring::{self, Wired, Wiring};
use crate::collect::modbus::Area;
use crate::model::fact::Role;
use crate::model::settings::{Asset, MachineSetting, Meter, Release, SignalSetting};
use crate::model::time::MINUTE_MS;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Good pieces in a row that a release may wait for.
const MAX_GOOD: u32 = 1_000;

/// A machine ready to be bound to numbers.
#[derive(Debug, Clone)]
pub struct Machine {
    /// Its id.
    pub id: Arc<str>,
    /// What the fold is told of it.
    pub setting: MachineSetting,
    /// Its points that are read, by name.
    pub points: Vec<Wired>,
    /// The other machines that its meter measures too, and the keys that name them.
    pub shares_meter_with: Vec<(KeyPath, String)>,
}

/// What machines refer to.
#[derive(Debug)]
pub struct Surroundings {
    /// Templates by name.
    pub templates: BTreeMap<String, Definition>,
    /// Sources by name.
    pub sources: Sources,
    /// The ideal cycles of products and standards.
    pub paces: Vec<Pace>,
}

/// Reads and checks `[machine.*]`, and what they do to one another.
pub fn all(checker: &mut Checker, around: &Surroundings) -> Vec<Machine> {
    let section = KeyPath::of(&["machine"]);
    let ids = checker.ids(&section);
    if ids.is_empty() && checker.tree.get(&section).is_none() {
        checker.absent(&section, "there is no machine", super::hints::of(&section.join("ID")));
    }
    let machines: Vec<_> = ids.iter().filter_map(|id| build(checker, id, around)).collect();
    registers::shared(checker, &machines);
    meter::shared(checker, &machines);
    busy_lines(checker, &machines, &around.sources);
    machines
}

/// Reads and checks `[machine.ID]`. `None` when its own keys cannot be read: then nothing can be said of the rest. What
/// comes back while there are findings is not to be used.
fn build(checker: &mut Checker, id: &str, around: &Surroundings) -> Option<Machine> {
    let (own, mine) = definition::machine(checker, id);
    let path = mine.path.clone();
    let wiring = wiring::of_machine(checker, &path.join("modbus"), &around.sources);
    let own = own?;
    let hours = own.planned_hours.as_ref();
    let asset = asset::asset(checker, &path, own.connected, hours, &own.counted);
    for (key, id) in [("line", &own.line), ("group", &own.group)] {
        if !id.is_empty() {
            checker.id(&path.join(key), id);
        }
    }
    if !own.connected {
        return Some(registered(checker, id, &own, asset));
    }
    let merged = Merged {
        mine: &mine,
        template: template(checker, &path, own.template.as_deref(), around)?,
    };
    let (state_at, table) = merged.table("state", |definition| &definition.state);
    let told = state::read(checker, &state_at, table);
    let state_by = table.good().and_then(|state| state.told_by.as_ref());
    let (count_at, count) = merged.table("count", |definition| &definition.count);
    let count_by = count.good().and_then(|count| count.told_by.as_ref());
    let counts = roles::counts(checker, &count_at, count);
    let written = merged.key("reject_source", |shared| shared.reject_source.clone());
    let reject_source = match count {
        Child::Broken => None,
        Child::Absent | Child::Good(_) => Some(roles::rejects(checker, &path, written, &counts)),
    };
    let (energy_at, energy) = merged.table("energy", |definition| &definition.energy);
    let metered = meter::read(checker, &energy_at, energy);
    let beside = cycle_time::beside(&count_at, count, &metered);
    let uses = uses(checker, &merged, (&told, &state_at), &counts, &beside);
    let poll_ms = merged.key("poll_ms", |shared| shared.poll_ms).map(|(_, ms)| ms);
    let points = points(checker, &merged, &uses, &wiring.polled_every(poll_ms), around);
    roles::stations(checker, &count_at, &points);
    cycle_time::is_read_together(checker, &count_at, &points);
    let paces = around.paces.iter().filter(|pace| pace.is_for(id, &own.group));
    let rates = Rates::read(checker, &merged, &counts, &paces.collect::<Vec<_>>());
    let stop_after = state_fits::stop_after(checker, &told, &count_at, &counts, &points, &rates);
    state_fits::lamps_are_seen(checker, &told, &points);
    Some(Machine {
        id: id.into(),
        setting: MachineSetting {
            name: super::site::names(&own.name),
            line: own.line.as_str().into(),
            ideal_ns: rates.ideal_ns,
            cavities: rates.cavities,
            max_rate_milli_per_min: rates.max_milli_per_min,
            rate_follows: rates.follows,
            state_map: told.codes,
            state: told.rule,
            stop_after,
            debounce_ms: told.debounce_ms,
            signals: signals(&points, metered.meter.as_ref()),
            reject_source: reject_source.unwrap_or_default(),
            group: own.group.as_str().into(),
            orders: own.orders,
            release: release(checker, &path.join("release"), own.release.as_ref()),
            per_count: asset::per_count(checker, &path, own.pieces_per_count.as_ref(), &counts, rates.cavities),
            asset,
            meter: metered.meter.map(Box::new),
            state_by: roles::told_by(checker, &state_at, state_by),
            count_by: roles::told_by(checker, &count_at, count_by),
            shift_pieces: definition::shift_pieces(checker, &path, own.target_pieces_per_shift),
            ..MachineSetting::default()
        },
        points,
        shares_meter_with: metered.shared_with,
    })
}

/// What its points are used for, each use with a point that can be that.
fn uses(
    checker: &mut Checker,
    merged: &Merged<'_>,
    (told, state_at): (&Told, &KeyPath),
    counts: &[Use],
    beside: &[Use],
) -> Vec<Use> {
    let mut uses = told.uses.clone();
    uses.extend(counts.iter().chain(beside).cloned());
    if let Some((at, values)) = merged.key("values", |shared| shared.values.clone()) {
        uses.extend(roles::values(&at, &values));
    }
    for one in &uses {
        if let Some(Some(shape)) = merged.point(&one.point) {
            roles::fits(checker, one, shape, told, &state_at.join("map"));
        }
    }
    uses
}

/// A machine of the asset register that nothing is read from.
fn registered(checker: &mut Checker, id: &str, own: &raw::Machine, asset: Asset) -> Machine {
    let path = KeyPath::of(&["machine", id]);
    for key in ["state", "count", "points", "energy", "modbus", "template"] {
        if checker.tree.get(&path.join(key)).is_some() {
            let what = "is not used: the machine is not connected";
            checker.unused(&path.join(key), what, "take it out, or write connected = true");
        }
    }
    Machine {
        id: id.into(),
        setting: MachineSetting {
            name: super::site::names(&own.name),
            line: own.line.as_str().into(),
            cavities: 1,
            group: own.group.as_str().into(),
            shift_pieces: definition::shift_pieces(checker, &path, own.target_pieces_per_shift),
            asset,
            ..MachineSetting::default()
        },
        points: Vec::new(),
        shares_meter_with: Vec::new(),
    }
}

/// When a changeover ends.
fn release(checker: &mut Checker, path: &KeyPath, written: Option<&raw::Release>) -> Release {
    match written {
        None => Release::Running,
        Some(raw::Release::Word(word)) if word == "running" => Release::Running,
        Some(raw::Release::Word(word)) if word == "first_off" => Release::FirstOff,
        Some(raw::Release::Word(word)) => {
            let instead = suggest::or_list(word, &["running", "first_off"]);
            checker.error(path, format!("there is no release {word:?}"), instead);
            Release::Running
        }
        Some(raw::Release::Good { good }) => {
            let why = "good pieces in a row";
            checker.within(&path.join("good"), *good, 1, MAX_GOOD, why);
            Release::GoodInARow(*good)
        }
    }
}

/// The template named, `Some(None)` when none is; `None` when it does not exist.
fn template<'a>(
    checker: &mut Checker,
    path: &KeyPath,
    name: Option<&str>,
    around: &'a Surroundings,
) -> Option<Option<&'a Definition>> {
    let Some(name) = name else {
        return Some(None);
    };
    let found = around.templates.get(name);
    if found.is_none() {
        let known: Vec<&str> = around.templates.keys().map(String::as_str).collect();
        let instead = suggest::or_list(name, &known);
        checker.absent(
            &path.join("template"),
            format!("there is no [template.{name}]"),
            instead,
        );
    }
    found.map(Some)
}

/// The points in use, by name, each with all its uses.
fn points(
    checker: &mut Checker,
    merged: &Merged<'_>,
    uses: &[Use],
    wiring: &Wiring,
    around: &Surroundings,
) -> Vec<Wired> {
    let mut by_point: BTreeMap<&str, Vec<&Use>> = BTreeMap::new();
    for one in uses {
        by_point.entry(&one.point).or_default().push(one);
    }
    for name in merged.mine.points.keys() {
        if !by_point.contains_key(name.as_str()) {
            let at = merged.mine.path.join("points").join(name);
            checker.unused(
                &at,
                "is used nowhere and not read",
                "name it in state, count, energy or values, or take it out",
            );
        }
    }
    let mut points = Vec::new();
    for (name, uses) in by_point {
        let Some(shape) = merged.point(name) else {
            let instead = suggest::or_list(name, &merged.point_names());
            for one in uses {
                checker.absent(&one.path, format!("there is no point `{name}`"), instead.clone());
            }
            continue;
        };
        let counters: Vec<_> = uses
            .iter()
            .filter(|one| one.role.is_some_and(Role::is_cumulative))
            .collect();
        if let [first, second, ..] = counters.as_slice() {
            let what = format!("`{name}` is counted as {} already", first.path.last());
            checker.error(&second.path, what, "name another point: one counter counts one thing");
        }
        let wired = shape
            .as_ref()
            .and_then(|shape| wiring::wire(checker, name, shape, &uses, wiring, &around.sources));
        points.extend(wired);
    }
    points
}

fn signals(points: &[Wired], meter: Option<&Meter>) -> Vec<SignalSetting> {
    let of_point = |point: &Wired| -> Vec<SignalSetting> {
        let roles = point.roles.iter();
        roles.map(|role| signal(point, *role, meter)).collect()
    };
    let mut signals: Vec<_> = points.iter().flat_map(of_point).collect();
    signals.sort_by_key(|signal| signal.role);
    signals
}

fn signal(point: &Wired, role: Role, meter: Option<&Meter>) -> SignalSetting {
    let counts = role.is_counter();
    let signal = SignalSetting {
        role,
        point: point.described.as_str().into(),
        limit_ms: point.limit_ms,
        counter: point.counter.filter(|_| counts),
        station: if counts { point.station.as_str() } else { "" }.into(),
    };
    match meter.filter(|_| role == Role::Energy) {
        // Its facts are a minute apart while it is read all the time.
        Some(meter) => SignalSetting {
            limit_ms: point.limit_ms + MINUTE_MS,
            counter: Some(meter::register(point, meter)),
            ..signal
        },
        None => signal,
    }
}

/// Warns where a source is read by nobody, or its pauses alone take all its time.
fn busy_lines(checker: &mut Checker, machines: &[Machine], sources: &Sources) {
    for source in &sources.0 {
        let points = machines.iter().flat_map(|machine| &machine.points);
        let mut requests: Vec<(Option<u8>, Area, u64)> = Vec::new();
        let mut is_read = false;
        for point in points.filter(|point| point.source == source.name) {
            is_read = true;
            if let Wire::Modbus {
                area, unit, poll_ms, ..
            } = point.wire
            {
                requests.push((unit, area, poll_ms.unwrap_or(1)));
            }
        }
        let at = KeyPath::of(&["source", source.kind.word(), &source.name]);
        if !is_read && !machines.is_empty() {
            checker.unused(&at, "nothing is read from it", "use it in a machine, or take it out");
        }
        // At least one request for each unit and table and time, however well points are merged.
        requests.sort_unstable();
        requests.dedup();
        let pause_ms = match &source.reach {
            Some(Reach::Modbus(connection)) => connection.pause_ms,
            Some(Reach::Mqtt(_)) | None => 0,
        };
        let share: f64 = requests
            .iter()
            .map(|(_, _, poll_ms)| pause_ms as f64 / *poll_ms as f64)
            .sum();
        if share >= 1.0 {
            let what = format!(
                "the pauses between its {} requests are longer than the time to poll them",
                requests.len()
            );
            checker.warning(
                &at.join("pause_ms"),
                what,
                "poll less often, or write a shorter pause_ms",
            );
        }
    }
}
