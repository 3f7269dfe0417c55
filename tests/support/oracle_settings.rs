//! What a random plant is told beside its machine and calendar: products, orders, standards, reasons, policies, and odd days.
#![allow(dead_code, reason = "each test file uses a part of it")]

use super::super::oracle::MACHINE;
use super::{MOST_CAVITIES, Plant};
use gemba::model::calendar::{Dates, ExceptionSetting, ExceptionShift, PlannedStopSetting};
use gemba::model::fact::{Body, Fact};
use gemba::model::ids::MachineId;
use gemba::model::line::LineSetting;
use gemba::model::policy::{Charge, Charges, SHIPPED};
use gemba::model::settings::*;
use gemba::model::state::Class;
use gemba::model::time::Timestamp;
use jiff::civil::date;

/// Product, machine, group, mould, seconds of a cycle, cavities.
type OfStandard = (&'static str, Option<u32>, &'static str, &'static str, i64, Option<u32>);

/// Standards of every kind, and some for other machines.
const STANDARDS: [OfStandard; 12] = [
    ("A", Some(0), "", "M1", 11, None),
    ("A", Some(0), "", "", 13, Some(2)),
    ("A", None, "presses", "", 17, None),
    ("A", None, "", "M1", 19, Some(6)),
    ("B", None, "", "", 23, None),
    ("", Some(0), "", "M2", 29, Some(3)),
    ("", Some(0), "", "", 31, None),
    ("", None, "presses", "M2", 37, None),
    ("", None, "presses", "", 41, None),
    ("", None, "", "M1", 43, Some(1)),
    ("B", Some(1), "", "", 47, None),
    ("", None, "lathes", "", 53, None),
];

/// An order as it is told: of product A, B or C, meant for anybody, for the machine, for its line or for another.
pub fn order(number: usize, released: bool, closed: bool) -> Setting {
    let setting = OrderSetting {
        product: ["A", "B", "C", "A"][number].into(),
        mould: ["", "M2", "", ""][number].into(),
        machine: [None, Some(MACHINE), None, Some(OTHER)][number],
        line: ["", "", "moulding", ""][number].into(),
        released,
        closed,
        ..OrderSetting::default()
    };
    Setting::Order(ORDERS[number].into(), setting)
}

/// Another of the plant's calendars.
pub fn calendar(plant: &Plant, number: usize) -> Setting {
    let other = Plant {
        calendar: number,
        ..plant.clone()
    };
    Setting::Calendar(other.calendar())
}

/// Ids of the orders.
pub const ORDERS: [&str; 4] = ["O0", "O1", "O2", "O3"];
/// Another machine on the same line.
pub const OTHER: MachineId = MachineId(1);

/// The policies that come with the agent, and one of the plant's own that charges single reasons.
fn policy(number: usize) -> PolicySetting {
    let shipped = SHIPPED.get(number).and_then(|id| PolicySetting::shipped(id));
    shipped.unwrap_or_else(|| PolicySetting {
        id: "own".into(),
        charges: Charges {
            classes: [(Class::Waiting, Charge::Excluded)].into(),
            reasons: [
                ("material".into(), Charge::Excluded),
                ("tidy-up".into(), Charge::Availability),
                ("jam".into(), Charge::Performance),
                ("looked-at".into(), Charge::Performance),
                ("lunch".into(), Charge::Excluded),
            ]
            .into(),
        },
        ..PolicySetting::default()
    })
}

fn standards(plant: &Plant) -> impl Iterator<Item = Setting> {
    let told = (0..STANDARDS.len()).filter(|place| plant.ways.standards >> place & 1 == 1);
    told.map(|place| {
        let (product, machine, group, mould, seconds, cavities) = STANDARDS[place];
        let setting = StandardSetting {
            product: product.into(),
            machine: machine.map(MachineId),
            group: group.into(),
            mould: mould.into(),
            ideal_ns: seconds * 1_000_000_000,
            cavities,
            ..StandardSetting::default()
        };
        Setting::Standard(format!("S{place}").into(), setting)
    })
}

/// The settings of the plant as facts at `at`.
pub fn settings(plant: &Plant, at: Timestamp) -> Vec<Fact> {
    let product = |ideal_s: Option<i64>, cavities, mould: &str, parts: &[(&str, u32)]| ProductSetting {
        ideal_ns: ideal_s.map(|seconds| seconds * 1_000_000_000),
        cavities,
        mould: mould.into(),
        parts: parts.iter().map(|(part, pieces)| ((*part).into(), *pieces)).collect(),
        ..ProductSetting::default()
    };
    let reason = |id: &str, class, allowance_s: i64| {
        let setting = ReasonSetting {
            name: Default::default(),
            class,
            groups: Vec::new(),
            allowance_ms: allowance_s * 1000,
        };
        Setting::Reason(id.into(), setting)
    };
    let site = SiteSetting {
        org: "org".into(),
        site: "site".into(),
    };
    let mut settings = vec![
        Setting::Site(site),
        Setting::Policy(policy(plant.ways.policy)),
        Setting::Calendar(plant.calendar()),
        Setting::Product("A".into(), product(Some(15), None, "M1", &[])),
        Setting::Product("B".into(), product(None, Some(MOST_CAVITIES), "M2", &[])),
        Setting::Product("C".into(), product(Some(55), Some(5), "", &[("left", 2), ("right", 1)])),
        reason("jam", Class::Breakdown, 0),
        reason("material", Class::Waiting, 120),
        reason("die-change", Class::Setup, 0),
        reason("looked-at", Class::Unexplained, 0),
        reason("tidy-up", Class::PlannedStop, 240),
        reason("meeting", Class::PlannedStop, 0),
        reason("lunch", Class::Break, 90),
        reason("no-work", Class::NoOrder, 60),
        Setting::Machine(MACHINE, plant.machine()),
        Setting::Machine(OTHER, plant.machine()),
        order(0, true, false),
        order(1, plant.ways.standards % 3 == 1, false),
        order(3, true, false),
    ];
    settings.extend(standards(plant));
    if plant.ways.standards % 2 == 1 {
        let kind = LineSetting::Serial {
            bottleneck: MACHINE,
            output: OTHER,
        };
        settings.push(Setting::Line("moulding".into(), kind));
    }
    let fact = |setting| Fact {
        at,
        received_at: at,
        mono_ms: 0,
        epoch: 0,
        machine: Some(MACHINE),
        author: "config".into(),
        body: Body::Setting(Change::new(setting)),
    };
    settings.into_iter().map(fact).collect()
}

/// On the starts: a holiday, days with shifts of their own, and planned stops over the changes of the clocks.
pub fn odd_days() -> CalendarSetting {
    let on = |year, month, day| Dates {
        first: date(year, month, day),
        last: date(year, month, day),
    };
    let stop = |id: &str, from_min, to_min, machines: &[_]| PlannedStopSetting {
        id: id.into(),
        name: id.into(),
        days: [true; 7],
        from_min,
        to_min,
        machines: machines.to_vec(),
        lines: match id {
            "test" => vec!["moulding".into()],
            _ => vec![],
        },
    };
    let shift = |id: &str, from_min, to_min, pause| ExceptionShift {
        id: id.into(),
        from_min,
        to_min,
        breaks: vec![pause],
    };
    CalendarSetting {
        holidays: vec![on(2026, 11, 20), on(2027, 3, 28)],
        exceptions: vec![
            ExceptionSetting {
                dates: on(2026, 11, 21),
                shifts: vec![shift("early", 30, 300, (60, 75)), shift("night", 1_300, 20, (1_430, 5))],
            },
            ExceptionSetting {
                dates: on(2026, 10, 24),
                shifts: vec![shift("night", 1_320, 125, (30, 40))],
            },
            ExceptionSetting {
                dates: on(2026, 10, 25),
                shifts: vec![shift("early", 125, 250, (170, 190))],
            },
        ],
        planned_stops: vec![
            stop("cleaning", 1_425, 15, &[MACHINE]),
            stop("test", 140, 215, &[OTHER]),
            stop("audit", 300, 340, &[]),
            stop("elsewhere", 0, 1_439, &[OTHER]),
        ],
        ..CalendarSetting::default()
    }
}
