//! The file itself: its tables, and the settings they stand for.

use super::clock::{Clock, date, minutes};
use gemba::model::calendar::{CrewSetting, Dates};
use gemba::model::fact::Role;
use gemba::model::ids::MachineId;
use gemba::model::line::LineSetting;
use gemba::model::settings::*;
use gemba::model::state::{Class, State};
use gemba::model::time::Timestamp;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::Arc;

type Table<T> = BTreeMap<String, T>;

/// A scenario as written.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// What it shows.
    pub about: String,
    pub plant: Plant,
    #[serde(default)]
    pub shift: Table<Shift>,
    pub machine: Table<Machine>,
    #[serde(default)]
    pub crew: Table<Crew>,
    #[serde(default)]
    pub line: Table<Line>,
    #[serde(default)]
    pub product: Table<Product>,
    #[serde(default)]
    pub reason: Table<Reason>,
    #[serde(default)]
    pub standard: Table<Standard>,
    #[serde(default)]
    pub order: Table<Order>,
    #[serde(default)]
    pub change: Vec<Change>,
    pub happened: Happened,
    pub expect: Vec<Table<toml::Value>>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Happened {
    /// The timeline.
    pub lines: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plant {
    pub zone: String,
    /// When everything is configured; nothing is known before.
    pub begin: String,
    /// Begin of the production day.
    #[serde(default = "midnight")]
    pub day_start: String,
    /// The minor limit in seconds: at least and at most.
    #[serde(default = "two_to_five_minutes")]
    minor_s: (i64, i64),
    /// Dates without a shift: `2026-02-14 2026-02-22`, the first and the last.
    #[serde(default)]
    holidays: Vec<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shift {
    from: String,
    to: String,
    #[serde(default)]
    breaks: Vec<String>,
    #[serde(default = "every_day")]
    days: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Crew {
    /// A date that is the first day of its pattern.
    start: String,
    /// The shift it works on each day, empty for a day off.
    pattern: Vec<String>,
}

/// A line whose pieces pass one machine after the other; one that is not named is parallel.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    bottleneck: String,
    output: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Machine {
    pub ideal_s: Option<f64>,
    #[serde(default = "one")]
    pub cavities: u32,
    /// Its counters, and how many bits each has.
    #[serde(default = "total_and_reject")]
    pub counters: BTreeMap<String, u32>,
    /// What the counters show at the begin.
    #[serde(default)]
    pub starts_at: BTreeMap<String, i128>,
    #[serde(default = "counter")]
    rejects: String,
    #[serde(default)]
    orders: bool,
    /// `running`, `first_off`, or `5 in a row`.
    #[serde(default = "running")]
    release: String,
    #[serde(default)]
    line: String,
    #[serde(default)]
    group: String,
    /// Counts a minute that can be believed; ten times the ideal rate where nothing is said.
    max_per_min: Option<f64>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Product {
    ideal_s: Option<f64>,
    cavities: Option<u32>,
    #[serde(default)]
    mould: String,
    #[serde(default)]
    parts: BTreeMap<String, u32>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reason {
    class: String,
    #[serde(default)]
    allowance_min: i64,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Standard {
    #[serde(default)]
    product: String,
    #[serde(default)]
    mould: String,
    ideal_s: f64,
    cavities: Option<u32>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Order {
    product: String,
    machine: Option<String>,
}

/// What is configured anew at an instant; the tables it names replace those of before.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// From when on it holds.
    pub at: String,
    #[serde(default)]
    shift: Table<Shift>,
    #[serde(default)]
    product: Table<Product>,
    #[serde(default)]
    machine: Table<Machine>,
    #[serde(default)]
    standard: Table<Standard>,
    #[serde(default)]
    order: Table<Order>,
}

fn midnight() -> String {
    "00:00".into()
}

fn two_to_five_minutes() -> (i64, i64) {
    (120, 300)
}

fn every_day() -> String {
    "1111111".into()
}

fn one() -> u32 {
    1
}

fn counter() -> String {
    "counter".into()
}

fn running() -> String {
    "running".into()
}

fn total_and_reject() -> BTreeMap<String, u32> {
    BTreeMap::from([("total".into(), 32), ("reject".into(), 32)])
}

impl Scenario {
    pub fn read(text: &str) -> Result<Scenario, String> {
        toml::from_str(text).map_err(|error| error.to_string())
    }

    pub fn clock(&self) -> Result<Clock, String> {
        Clock::new(&self.plant.zone)
    }

    /// The machines in the order of their ids.
    pub fn machines(&self) -> Vec<(MachineId, &str, &Machine)> {
        let ids = (0..).map(MachineId);
        let named = ids.zip(&self.machine);
        named
            .map(|(id, (name, machine))| (id, name.as_str(), machine))
            .collect()
    }

    pub fn id_of(&self, machine: &str) -> Result<MachineId, String> {
        let found = self.machines().into_iter().find(|(_, name, _)| *name == machine);
        found
            .map(|(id, ..)| id)
            .ok_or(format!("there is no machine `{machine}`"))
    }

    /// The lines whose pieces pass one machine after the other.
    pub fn lines(&self) -> Result<BTreeMap<Arc<str>, LineSetting>, String> {
        let mut lines = BTreeMap::new();
        for (id, line) in &self.line {
            let setting = LineSetting::Serial {
                bottleneck: self.id_of(&line.bottleneck)?,
                output: self.id_of(&line.output)?,
            };
            lines.insert(id.as_str().into(), setting);
        }
        Ok(lines)
    }

    /// Every setting with the instant it holds from, in that order.
    pub fn settings(&self) -> Result<Vec<(Timestamp, Setting)>, String> {
        let clock = self.clock()?;
        let begin = clock.read(&self.plant.begin)?;
        let mut all = vec![
            Setting::Site(SiteSetting {
                org: "org".into(),
                site: "site".into(),
            }),
            Setting::Policy(PolicySetting {
                minor_at_least_ms: self.plant.minor_s.0 * 1000,
                minor_at_most_ms: self.plant.minor_s.1 * 1000,
                ..PolicySetting::default()
            }),
            self.calendar(&self.shift)?,
        ];
        for (id, reason) in &self.reason {
            let setting = ReasonSetting {
                name: BTreeMap::new(),
                class: Class::parse(&reason.class).ok_or(format!("there is no class `{}`", reason.class))?,
                groups: Vec::new(),
                allowance_ms: reason.allowance_min * 60_000,
            };
            all.push(Setting::Reason(id.as_str().into(), setting));
        }
        all.extend(self.things(&self.machine, &self.product, &self.standard, &self.order)?);
        let mut settings: Vec<_> = all.into_iter().map(|setting| (begin, setting)).collect();
        for change in &self.change {
            let at = clock.read(&change.at)?;
            let mut new = self.things(&change.machine, &change.product, &change.standard, &change.order)?;
            if !change.shift.is_empty() {
                new.push(self.calendar(&change.shift)?);
            }
            settings.extend(new.into_iter().map(|setting| (at, setting)));
        }
        Ok(settings)
    }

    fn things(
        &self,
        machines: &Table<Machine>,
        products: &Table<Product>,
        standards: &Table<Standard>,
        orders: &Table<Order>,
    ) -> Result<Vec<Setting>, String> {
        let mut all = Vec::new();
        for (name, machine) in machines {
            all.push(Setting::Machine(self.id_of(name)?, machine.setting()?));
        }
        for (id, product) in products {
            all.push(Setting::Product(id.as_str().into(), product.setting()));
        }
        for (id, standard) in standards {
            let setting = StandardSetting {
                product: standard.product.as_str().into(),
                mould: standard.mould.as_str().into(),
                ideal_ns: ns(standard.ideal_s),
                cavities: standard.cavities,
                ..StandardSetting::default()
            };
            all.push(Setting::Standard(id.as_str().into(), setting));
        }
        for (id, order) in orders {
            let machine = order.machine.as_ref().map(|name| self.id_of(name)).transpose()?;
            let setting = OrderSetting {
                product: order.product.as_str().into(),
                machine,
                released: true,
                ..OrderSetting::default()
            };
            all.push(Setting::Order(id.as_str().into(), setting));
        }
        Ok(all)
    }

    fn calendar(&self, shifts: &Table<Shift>) -> Result<Setting, String> {
        let mut calendar = CalendarSetting {
            timezone: self.plant.zone.as_str().into(),
            day_start_min: minute(&self.plant.day_start)?,
            ..CalendarSetting::default()
        };
        for (id, shift) in shifts {
            let mut breaks = Vec::new();
            for stretch in &shift.breaks {
                let (from, to) = stretch.split_once('-').ok_or(format!("`{stretch}`: as 09:00-09:30"))?;
                breaks.push((minute(from)?, minute(to)?));
            }
            let days: Vec<bool> = shift.days.chars().map(|day| day == '1').collect();
            calendar.shifts.push(ShiftSetting {
                id: id.as_str().into(),
                name: id.as_str().into(),
                days: days.try_into().map_err(|_| "`days` has seven digits, Monday first")?,
                from_min: minute(&shift.from)?,
                to_min: minute(&shift.to)?,
                breaks,
            });
        }
        for dates in &self.plant.holidays {
            let (first, last) = dates.split_once(' ').unwrap_or((dates, dates));
            calendar.holidays.push(Dates {
                first: date(first)?,
                last: date(last)?,
            });
        }
        for (id, crew) in &self.crew {
            calendar.crews.push(CrewSetting {
                id: id.as_str().into(),
                start: date(&crew.start)?,
                pattern: crew.pattern.iter().map(|shift| shift.as_str().into()).collect(),
            });
        }
        Ok(Setting::Calendar(calendar))
    }
}

impl Machine {
    /// Its counters, each with its width.
    pub fn roles(&self) -> Result<Vec<(Role, u32)>, String> {
        let role = |(name, bits): (&String, &u32)| Some((Role::parse(name)?, *bits));
        let roles: Option<Vec<_>> = self.counters.iter().map(role).collect();
        roles.ok_or(format!("{:?}: counters are shots, total, good, reject", self.counters))
    }

    fn setting(&self) -> Result<MachineSetting, String> {
        let signal = |role: Role, bits: Option<u32>| SignalSetting {
            role,
            point: role.name().into(),
            limit_ms: 30_000,
            counter: bits.map(|bits| CounterSetting {
                modulus: Some(1i128 << bits),
                resets: Resets::Undeclared,
            }),
        };
        let mut signals = vec![signal(Role::State, None)];
        signals.extend(self.roles()?.into_iter().map(|(role, bits)| signal(role, Some(bits))));
        let per_min = self.max_per_min.unwrap_or(10.0 * 60.0 / self.ideal_s.unwrap_or(1.0));
        Ok(MachineSetting {
            line: self.line.as_str().into(),
            group: self.group.as_str().into(),
            ideal_ns: self.ideal_s.map(ns),
            cavities: self.cavities,
            max_rate_milli_per_min: (per_min * 1000.0) as i64,
            state_map: states().into_iter().map(|state| (state.name().into(), state)).collect(),
            signals,
            reject_source: match self.rejects.as_str() {
                "counter" => RejectSource::Counter,
                "manual" => RejectSource::Manual,
                "none" => RejectSource::None,
                other => return Err(format!("rejects = `{other}`: counter, manual or none")),
            },
            orders: self.orders,
            release: match self.release.split_once(' ') {
                Some((n, "in a row")) => Release::GoodInARow(n.parse().map_err(|_| format!("`{n}` in a row"))?),
                None if self.release == "first_off" => Release::FirstOff,
                None if self.release == "running" => Release::Running,
                Some(_) | None => return Err(format!("release = `{}`", self.release)),
            },
            ..MachineSetting::default()
        })
    }
}

impl Product {
    fn setting(&self) -> ProductSetting {
        let parts = self
            .parts
            .iter()
            .map(|(part, pieces)| (Arc::from(part.as_str()), *pieces));
        ProductSetting {
            ideal_ns: self.ideal_s.map(ns),
            cavities: self.cavities,
            mould: self.mould.as_str().into(),
            parts: parts.collect(),
            ..ProductSetting::default()
        }
    }
}

/// The states a machine of a scenario can show, by name in its register.
pub fn states() -> Vec<State> {
    let names = [
        "running",
        "idle",
        "stopped",
        "fault",
        "fault:mould",
        "setup",
        "maintenance",
        "waiting",
        "waiting:material",
    ];
    names.iter().filter_map(|name| State::parse(name)).collect()
}

fn ns(seconds: f64) -> i64 {
    (seconds * 1e9).round() as i64
}

fn minute(text: &str) -> Result<u32, String> {
    let minute = minutes(text)?;
    // 24:00 is how people write the end of the day.
    u32::try_from(minute % 1_440).map_err(|_| format!("`{text}`"))
}
