//! The plant as configured, checked and complete, and how it is bound to the numbers the agent runs on.

use super::calendar::Calendar;
use super::finding::Findings;
use super::lines::Line;
use super::machine::Machine;
use super::meter;
use super::point::Wire;
use super::seeds::Seeds;
use super::source::{Reach, SourceKind, Sources};
use super::wiring::Wired;
use crate::collect::{self, modbus, mqtt};
use crate::model::fact::Role;
use crate::model::ids::{MachineId, PointId, Roster, SourceId};
use crate::model::settings::{
    CalendarSetting, MachineSetting, OrderSetting, PolicySetting, ProductSetting, ReasonSetting, Setting, SiteSetting,
    StandardSetting, TargetSetting,
};
use crate::model::state_rule::StateRule;
use crate::signal::{self, Tells};
use crate::store;
use crate::{forward, serve};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

/// Everything the files and the environment said.
#[derive(Debug, Clone)]
pub struct Plant {
    /// Site and company.
    pub site: SiteSetting,
    /// The plant's name for people, by language; key "" when one name serves all.
    pub name: BTreeMap<Arc<str>, Arc<str>>,
    /// Language of texts for people, such as `vi`.
    pub language: String,
    /// The data folder and its limits.
    pub store: store::Config,
    /// Where the API listens.
    pub listen: SocketAddr,
    /// Who may write.
    pub tokens: Vec<serve::Token>,
    /// Where the ledger goes.
    pub sinks: Vec<forward::influx::Config>,
    /// Odd things that do not stop the agent.
    pub warnings: Findings,
    /// Products by id.
    pub products: BTreeMap<Arc<str>, ProductSetting>,
    /// Reasons by id.
    pub reasons: BTreeMap<Arc<str>, ReasonSetting>,
    pub(super) standards: Seeds<StandardSetting>,
    pub(super) orders: Seeds<OrderSetting>,
    pub(super) sources: Sources,
    pub(super) machines: Vec<Machine>,
    pub(super) calendar: Calendar,
    pub(super) policy: PolicySetting,
    pub(super) target: Option<TargetSetting>,
    pub(super) lines: Vec<Line>,
}

/// The plant by numbers.
#[derive(Debug, Clone)]
pub struct Bound {
    /// Every point that is read, by [`PointId`].
    pub points: Vec<signal::Point>,
    /// Every source, by [`SourceId`].
    pub sources: Vec<collect::Source>,
    /// The settings as facts want them: site, calendar, policy, products, reasons, machines.
    pub settings: Vec<Setting>,
}

impl Plant {
    /// Ids of the machines, in order.
    pub fn machines(&self) -> impl Iterator<Item = &str> {
        self.machines.iter().map(|machine| &*machine.id)
    }

    /// IANA zone of the plant.
    pub fn timezone(&self) -> &str {
        self.calendar.timezone()
    }

    /// When work is planned, with the numbers `roster` has for machines or gives them.
    pub fn calendar(&self, roster: &mut Roster) -> CalendarSetting {
        self.calendar.bind(roster)
    }

    /// Gives machines, points and sources their numbers; machines keep those `roster` has for them.
    pub fn bind(&self, roster: &mut Roster) -> Bound {
        let mut sources: Vec<collect::Source> = self.empty_sources();
        let mut points = Vec::new();
        let mut settings = vec![
            Setting::Site(self.site.clone()),
            Setting::Calendar(self.calendar.bind(roster)),
            Setting::Policy(self.policy.clone()),
        ];
        settings.extend(self.target.map(Setting::Target));
        settings.extend(self.lines.iter().map(|line| line.bind(roster)));
        let products = self.products.iter();
        settings.extend(products.map(|(id, product)| Setting::Product(Arc::clone(id), product.clone())));
        let reasons = self.reasons.iter();
        settings.extend(reasons.map(|(id, reason)| Setting::Reason(Arc::clone(id), reason.clone())));
        for machine in &self.machines {
            let id = roster.add(&machine.id);
            let setting = MachineSetting {
                meter: meter::bind(machine, roster),
                ..machine.setting.clone()
            };
            settings.push(Setting::Machine(id, setting));
            for wired in &machine.points {
                let number = PointId(u32::try_from(points.len()).unwrap_or(u32::MAX));
                read_from(&mut sources, wired, number, &machine.id);
                points.push(signal::Point {
                    machine: id,
                    name: wired.name.as_str().into(),
                    roles: wired.roles.clone(),
                    is_value: wired.is_value,
                    decode: wired.decode,
                    limit_ms: wired.limit_ms,
                    own_time: matches!(&wired.wire, Wire::Mqtt { time: Some(_), .. }),
                    tells: tells(&machine.setting.state, &wired.roles),
                });
            }
        }
        self.bind_seeds(roster, &mut settings);
        Bound {
            points,
            sources,
            settings,
        }
    }

    /// Standards and orders, for the machines by their numbers.
    fn bind_seeds(&self, roster: &Roster, settings: &mut Vec<Setting>) {
        for (id, (standard, machine)) in &self.standards {
            let machine = roster.find(machine);
            let standard = standard.clone();
            settings.push(Setting::Standard(
                Arc::clone(id),
                StandardSetting { machine, ..standard },
            ));
        }
        for (id, (order, machine)) in &self.orders {
            let machine = roster.find(machine);
            let order = order.clone();
            settings.push(Setting::Order(Arc::clone(id), OrderSetting { machine, ..order }));
        }
    }

    fn empty_sources(&self) -> Vec<collect::Source> {
        let reached = self
            .sources
            .0
            .iter()
            .filter_map(|source| Some((source, source.reach.as_ref()?)));
        reached
            .zip(0u32..)
            .map(|((source, reach), number)| collect::Source {
                id: SourceId(number),
                name: source.name.clone(),
                kind: match reach {
                    Reach::Modbus(connection) => collect::Kind::Modbus(modbus::Config {
                        connection: connection.clone(),
                        points: Vec::new(),
                    }),
                    Reach::Mqtt(broker) => collect::Kind::Mqtt(mqtt::Config {
                        client_id: broker.client_id.clone().unwrap_or_default(),
                        broker: broker.clone(),
                        points: Vec::new(),
                    }),
                },
            })
            .collect()
    }

    /// Milliseconds between two polls of the counter that times a machine's cycles; 0 where its messages carry their own time,
    /// nothing where they do not.
    pub fn polls(&self, roster: &Roster) -> BTreeMap<MachineId, i64> {
        let counter = |machine: &Machine| {
            let points = machine.points.iter();
            let of_role = points.flat_map(|point| point.roles.iter().map(move |role| (*role, point)));
            let (_, point) = of_role
                .filter(|(role, _)| role.is_counter())
                .min_by_key(|(role, _)| *role)?;
            match &point.wire {
                Wire::Modbus { poll_ms, .. } => poll_ms.and_then(|ms| i64::try_from(ms).ok()),
                Wire::Mqtt { time, .. } => time.as_ref().map(|_| 0),
            }
        };
        let polled = self.machines.iter();
        polled
            .filter_map(|machine| Some((roster.find(&machine.id)?, counter(machine)?)))
            .collect()
    }

    /// Points to be read, by kind of source: for the summary of `check`.
    pub fn point_count(&self, modbus: bool) -> usize {
        let points = self.machines.iter().flat_map(|machine| &machine.points);
        points
            .filter(|point| matches!(point.wire, Wire::Modbus { .. }) == modbus)
            .count()
    }

    /// Names of the sources of one kind.
    pub fn source_names(&self, modbus: bool) -> Vec<&str> {
        let of_kind = self
            .sources
            .0
            .iter()
            .filter(|source| (source.kind == SourceKind::Modbus) == modbus);
        of_kind.map(|source| source.name.as_str()).collect()
    }
}

/// Which samples of a point with these roles tell something new, by the rule of its machine's state.
fn tells(rule: &StateRule, roles: &[Role]) -> Tells {
    if roles.contains(&Role::Energy) {
        return Tells::Minutes;
    }
    if !roles.iter().any(|role| matches!(role, Role::Input(_))) {
        return Tells::Changes;
    }
    match rule {
        StateRule::Threshold { on, off } => Tells::Zones { on: *on, off: *off },
        StateRule::Lamps { .. } => Tells::Lamp,
        StateRule::Signals | StateRule::Count | StateRule::Moded | StateRule::Bits { .. } => Tells::Changes,
    }
}

/// Hands a point to the source it is read from.
fn read_from(sources: &mut [collect::Source], wired: &Wired, point: PointId, machine: &str) {
    let name = format!("{machine}.{}", wired.name);
    for source in sources.iter_mut().filter(|source| source.name == wired.source) {
        match (&mut source.kind, &wired.wire) {
            (
                collect::Kind::Modbus(config),
                Wire::Modbus {
                    area,
                    address,
                    words,
                    unit,
                    poll_ms,
                },
            ) => config.points.push(modbus::Point {
                point,
                name: name.clone(),
                unit: unit.unwrap_or_default(),
                area: *area,
                address: *address,
                words: *words,
                poll_ms: poll_ms.unwrap_or_default(),
            }),
            (
                collect::Kind::Mqtt(config),
                Wire::Mqtt {
                    topic, qos, json, time, ..
                },
            ) => config.points.push(mqtt::Point {
                point,
                name: name.clone(),
                topic: topic.clone(),
                qos: *qos,
                json: json.clone(),
                time: time.clone(),
            }),
            (collect::Kind::Modbus(_), Wire::Mqtt { .. }) | (collect::Kind::Mqtt(_), Wire::Modbus { .. }) => {}
        }
    }
}
