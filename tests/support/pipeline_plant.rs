//! The plant of the pipeline's tests: a press and a lathe, what is configured of them, and their points.
#![allow(clippy::unwrap_used, dead_code, reason = "a helper of several test files")]

use gemba::model::fact::Role;
use gemba::model::ids::MachineId;
use gemba::model::settings::*;
use gemba::model::state::{Class, State};
use gemba::model::state_rule::{StateRule, StopAfter};
use gemba::model::time::{HOUR_MS, Timestamp};
use gemba::signal::Point;
use gemba::signal::decode::{Decode, Order, Type};

/// A press whose counter comes in messages with their own time.
pub const PRESS: MachineId = MachineId(0);
/// A lathe that is polled; its run bit, its counters of all pieces and of rejects.
pub const LATHE: MachineId = MachineId(1);

pub const PRESS_STATE: u32 = 0;
pub const PRESS_TOTAL: u32 = 1;
pub const LATHE_RUN: u32 = 2;
pub const LATHE_TOTAL: u32 = 3;
pub const LATHE_REJECT: u32 = 4;
pub const PRESS_TEMPERATURE: u32 = 5;

/// 2026-11-21T05:00:07Z, a Saturday: an hour before the early shift.
pub const START: Timestamp = Timestamp(1_795_219_200_000 + 5 * HOUR_MS + 7_000);

/// The instant `seconds` after [`START`].
pub fn at(seconds: i64) -> Timestamp {
    START.plus(seconds * 1000)
}

fn signal(role: Role, limit_ms: i64) -> SignalSetting {
    SignalSetting {
        role,
        point: role.name().into(),
        limit_ms,
        counter: role.is_counter().then_some(CounterSetting {
            modulus: Some(1 << 32),
            resets: Resets::Undeclared,
        }),
        station: "".into(),
    }
}

fn machine(signals: Vec<SignalSetting>, reject_source: RejectSource) -> MachineSetting {
    let map = [
        ("0", "stopped"),
        ("1", "running"),
        ("2", "setup"),
        ("3", "fault:mould"),
        ("4", "waiting:material"),
    ];
    MachineSetting {
        line: "line".into(),
        ideal_ns: Some(10_000_000_000),
        cavities: 1,
        max_rate_milli_per_min: 60_000,
        state_map: map
            .map(|(code, state)| (code.into(), State::parse(state).unwrap()))
            .into(),
        signals,
        reject_source,
        ..MachineSetting::default()
    }
}

/// What is configured: both machines, two products, two reasons, two shifts with a break.
pub fn settings() -> Vec<Setting> {
    let shift = |id: &str, from_min, to_min, breaks: &[(u32, u32)]| ShiftSetting {
        id: id.into(),
        name: id.into(),
        days: [true; 7],
        from_min,
        to_min,
        breaks: breaks.to_vec(),
    };
    let calendar = CalendarSetting {
        timezone: "UTC".into(),
        day_start_min: 360,
        shifts: vec![
            shift("early", 360, 840, &[(420, 435)]),
            shift("late", 840, 1320, &[]),
            shift("night", 1320, 360, &[]),
        ],
        ..CalendarSetting::default()
    };
    let product = |ideal_s: i64| ProductSetting {
        ideal_ns: Some(ideal_s * 1_000_000_000),
        ..ProductSetting::default()
    };
    let reason = |class| ReasonSetting {
        name: Default::default(),
        class,
        groups: Vec::new(),
        allowance_ms: 0,
    };
    let press = vec![signal(Role::State, 30_000), signal(Role::Total, 60_000)];
    let lathe = vec![
        signal(Role::Run, 30_000),
        signal(Role::Total, 30_000),
        signal(Role::Reject, 30_000),
    ];
    vec![
        Setting::Site(SiteSetting {
            org: "org".into(),
            site: "site".into(),
        }),
        Setting::Machine(PRESS, machine(press, RejectSource::Manual)),
        Setting::Machine(LATHE, machine(lathe, RejectSource::Counter)),
        Setting::Product("A".into(), product(8)),
        Setting::Product("B".into(), product(20)),
        Setting::Reason("jam".into(), reason(Class::Breakdown)),
        Setting::Reason("material".into(), reason(Class::Waiting)),
        Setting::Calendar(calendar),
        Setting::Policy(PolicySetting::default()),
    ]
}

/// What the states of both machines must show before they count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asks {
    /// Nothing.
    Nothing,
    /// To hold for 25 s.
    Debounce,
    /// Pieces, every 35 s at least.
    Pieces,
    /// The same, and nothing but pieces tells the state.
    Alone,
    /// Pieces every 15 minutes at least, and nothing else tells the state.
    AloneAndSlow,
    /// To hold for 25 s, and pieces every 10 minutes.
    Both,
}

/// The settings with machines that ask this of their states.
pub fn asking(asks: [Asks; 2]) -> Vec<Setting> {
    let mut settings = settings();
    for setting in &mut settings {
        let Setting::Machine(id, machine) = setting else {
            continue;
        };
        let asks = asks[id.0 as usize];
        let after = |seconds: i64| StopAfter {
            written_ms: Some(seconds * 1000),
            polls_ms: 0,
        };
        machine.debounce_ms = match asks {
            Asks::Debounce | Asks::Both => 25_000,
            Asks::Nothing | Asks::Pieces | Asks::Alone | Asks::AloneAndSlow => 0,
        };
        machine.stop_after = match asks {
            Asks::Nothing | Asks::Debounce => None,
            Asks::Pieces | Asks::Alone => Some(after(35)),
            Asks::AloneAndSlow => Some(after(900)),
            Asks::Both => Some(after(600)),
        };
        if matches!(asks, Asks::Alone | Asks::AloneAndSlow) {
            machine.state = StateRule::Count;
            machine.signals.retain(|signal| signal.role.is_counter());
        }
    }
    settings
}

const MESSAGE: Decode = Decode {
    kind: Type::Message,
    order: Order::Abcd,
    bit: None,
    scale: None,
    offset: None,
    range: None,
};

pub fn points() -> Vec<Point> {
    let point = |machine: MachineId, name: &str, roles: &[Role], limit_ms, own_time| Point {
        machine,
        name: name.into(),
        roles: roles.to_vec(),
        is_value: roles.is_empty(),
        decode: MESSAGE,
        limit_ms,
        own_time,
        tells: gemba::signal::Tells::Changes,
    };
    vec![
        point(PRESS, "state", &[Role::State], 30_000, false),
        point(PRESS, "total", &[Role::Total], 60_000, true),
        point(LATHE, "run", &[Role::Run], 30_000, false),
        point(LATHE, "total", &[Role::Total], 30_000, false),
        point(LATHE, "reject", &[Role::Reject], 30_000, false),
        point(PRESS, "temperature", &[], 30_000, false),
    ]
}
