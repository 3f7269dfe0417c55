//! The settings that the tables of a scenario stand for.

use super::clock::{date, minutes};
use super::file::{Machine, Order, Product, Scenario, Shift, Standard, Table};
use gemba::model::calendar::{CrewSetting, Dates};
use gemba::model::fact::Role;
use gemba::model::settings::*;
use gemba::model::state::{Class, State};
use gemba::model::state_rule::{StateRule, StopAfter};
use gemba::model::time::Timestamp;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A count of a meter: 10 Wh.
const MILLI_WH: i64 = 10_000;

/// A policy that comes with the agent.
pub fn policy(id: &str) -> Result<PolicySetting, String> {
    PolicySetting::shipped(id).ok_or(format!("there is no policy `{id}`"))
}

impl Scenario {
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
                ..policy(self.plant.policy.as_deref().unwrap_or("default"))?
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
        roles.ok_or(format!(
            "{:?}: counters are shots, total, good, reject, energy",
            self.counters
        ))
    }

    fn setting(&self) -> Result<MachineSetting, String> {
        let signal = |role: Role, bits: Option<u32>| SignalSetting {
            role,
            point: role.name().into(),
            // Facts of a meter are a minute apart.
            limit_ms: 30_000 + if role == Role::Energy { 60_000 } else { 0 },
            counter: bits.map(|bits| CounterSetting {
                modulus: Some((1i128 << bits) * if role == Role::Energy { MILLI_WH.into() } else { 1 }),
                resets: Resets::Undeclared,
            }),
            station: "".into(),
        };
        let mut signals = Vec::new();
        signals.extend(self.stop_after_s.is_none().then(|| signal(Role::State, None)));
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
            state: match self.stop_after_s {
                Some(_) => StateRule::Count,
                None => StateRule::Signals,
            },
            stop_after: self.stop_after_s.map(|seconds| StopAfter {
                written_ms: Some(seconds * 1000),
                polls_ms: 0,
            }),
            reject_source: match self.rejects.as_str() {
                "counter" => RejectSource::Counter,
                "manual" => RejectSource::Manual,
                "none" => RejectSource::None,
                other => return Err(format!("rejects = `{other}`: counter, manual or none")),
            },
            meter: self.counters.contains_key(Role::Energy.name()).then(|| {
                Box::new(Meter {
                    milli_wh: MILLI_WH,
                    max_w: 100_000,
                    shared_with: Vec::new(),
                })
            }),
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
