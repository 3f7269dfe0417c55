//! Pure. What the plant told us: small, immutable, time-stamped; the only input of the fold.

use super::entry::Entry;
use super::ids::MachineId;
use super::reading::{Quality, Value};
use super::settings::Change;
use super::time::{LATENESS_MS, Timestamp};
use std::sync::Arc;

/// One fact. The store adds its number, the boot id and the hash when it writes it.
#[derive(Debug, Clone, PartialEq)]
pub struct Fact {
    /// The earliest instant the fact can affect: for a signal the last instant its former value was confirmed.
    pub at: Timestamp,
    /// When the agent learned it.
    pub received_at: Timestamp,
    /// Monotonic milliseconds since the agent's start when it was recorded.
    pub mono_ms: u64,
    /// Epoch of the agent's clock when it was recorded.
    pub epoch: u32,
    /// Which machine; `None` when it is about all of them.
    pub machine: Option<MachineId>,
    /// Pseudonym of who said it: `agent`, `config`, or the name of a token.
    pub author: Arc<str>,
    /// What was said.
    pub body: Body,
}

impl Fact {
    /// True when it came too late to be applied: a device's fact by its own time, a person's entry by the lock of its period.
    pub fn is_too_late(&self) -> bool {
        match &self.body {
            Body::Signal(signal) => self.received_at.since(signal.taken_at) > LATENESS_MS,
            Body::Entry(entry) => entry.late,
            Body::Values(_)
            | Body::Setting(_)
            | Body::Started(_)
            | Body::Clock(_)
            | Body::Loss(_)
            | Body::Import(_) => false,
        }
    }

    /// The place of the fact among those of one machine: facts are folded in this order, whatever order they came in.
    /// Equal keys are folded by their numbers in the journal.
    pub fn order(&self) -> FactOrder<'_> {
        let signal = match &self.body {
            Body::Signal(signal) => Some(signal),
            Body::Values(_)
            | Body::Setting(_)
            | Body::Started(_)
            | Body::Clock(_)
            | Body::Loss(_)
            | Body::Entry(_)
            | Body::Import(_) => None,
        };
        FactOrder {
            at: self.at,
            kind: self.body.rank(),
            role: signal.map(|signal| signal.role),
            quality: signal.map(|signal| signal.quality),
            value: signal.and_then(|signal| signal.value.as_ref()).map(ValueOrder::of),
            taken_at: signal.map(|signal| signal.taken_at),
        }
    }
}

/// Sorts facts by (at, kind, role, taken_at, quality, value); see [`Fact::order`]. The instant a value was taken stands
/// before its quality, so that a sample taken before a silence was noticed is met before the notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct FactOrder<'a> {
    at: Timestamp,
    kind: u8,
    role: Option<Role>,
    taken_at: Option<Timestamp>,
    quality: Option<Quality>,
    value: Option<ValueOrder<'a>>,
}

/// A value in a total order; floats by IEEE 754 total order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum ValueOrder<'a> {
    Bool(bool),
    Int(i128),
    Float(i64),
    Text(&'a str),
}

impl ValueOrder<'_> {
    fn of(value: &Value) -> ValueOrder<'_> {
        match value {
            Value::Bool(bit) => ValueOrder::Bool(*bit),
            Value::Int(number) => ValueOrder::Int(*number),
            Value::Float(number) => {
                let bits = number.to_bits().cast_signed();
                let below_zero = bits >> 63;
                ValueOrder::Float(bits ^ ((below_zero.cast_unsigned() >> 1).cast_signed()))
            }
            Value::Text(text) => ValueOrder::Text(text),
        }
    }
}

/// What a fact says.
#[derive(Debug, Clone, PartialEq)]
pub enum Body {
    /// A signal changed, was lost or came back.
    Signal(Signal),
    /// One minute of a machine's process values.
    Values(Vec<PointValue>),
    /// A setting was seen for the first time, changed or removed.
    Setting(Arc<Change>),
    /// The agent started; everything after `Fact::at` until the first new sample is unknown.
    Started(Started),
    /// The agent's clock was set forward at `Fact::at`: the wall time up to `until` never passed.
    Clock(Clock),
    /// Facts of a machine were given up because the store failed for too long, or (of all machines) could not be read any
    /// more; `Fact::at` is the oldest instant they could affect.
    Loss(Loss),
    /// What a person or another system said.
    Entry(Entry),
    /// The samples from `Fact::at` on were brought in from a file by the fact's author; it changes no number.
    Import(Import),
}

impl Body {
    /// The word in the journal's `kind` column.
    pub fn kind(&self) -> &'static str {
        match self {
            Body::Signal(_) => "signal",
            Body::Values(_) => "values",
            Body::Setting(_) => "setting",
            Body::Started(_) => "started",
            Body::Clock(_) => "clock",
            Body::Loss(_) => "loss",
            Body::Entry(_) => "entry",
            Body::Import(_) => "import",
        }
    }

    /// Which kind comes first among facts of the same instant.
    fn rank(&self) -> u8 {
        match self {
            Body::Started(_) => 0,
            Body::Clock(_) => 1,
            Body::Loss(_) => 2,
            Body::Setting(_) => 3,
            Body::Signal(_) => 4,
            Body::Values(_) => 5,
            Body::Entry(_) => 6,
            Body::Import(_) => 7,
        }
    }
}

/// The decoded, uninterpreted value of one signal of one machine.
#[derive(Debug, Clone, PartialEq)]
pub struct Signal {
    /// Which signal.
    pub role: Role,
    /// The value; `None` when the quality is not usable.
    pub value: Option<Value>,
    /// How far it can be trusted.
    pub quality: Quality,
    /// The instant the value was read or sent; for a lost signal, when the loss was noticed.
    pub taken_at: Timestamp,
    /// The last instant the former value was confirmed, where there was one.
    pub seen: Option<Timestamp>,
}

/// Names of [`Role::Input`] by place.
const INPUT_NAMES: [&str; Role::INPUTS as usize] = [
    "input0", "input1", "input2", "input3", "input4", "input5", "input6", "input7", "input8", "input9", "input10",
    "input11", "input12", "input13", "input14", "input15",
];

/// Which of a machine's signals. The order decides between facts of the same instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// A state register, read through a map.
    State,
    /// A bit: 1 is running, 0 is stopped.
    Run,
    /// Counter of machine cycles; times cavities gives pieces.
    Shots,
    /// Counter of all pieces.
    Total,
    /// Counter of good pieces.
    Good,
    /// Counter of rejected pieces.
    Reject,
    /// One of several signals that tell the state together, by its place among them: below [`Role::INPUTS`].
    Input(u8),
    /// The energy register of an electricity meter. It tells nothing of what the machine does.
    Energy,
    /// The register in which the machine's controller shows how long its last cycle took, in seconds. It tells nothing of what
    /// the machine does.
    CycleTime,
}

impl Role {
    /// Most signals that tell a state together; a register has as many bits.
    pub const INPUTS: u8 = 16;

    /// Every role, in order.
    pub fn all() -> impl Iterator<Item = Role> {
        let plain = [
            Role::State,
            Role::Run,
            Role::Shots,
            Role::Total,
            Role::Good,
            Role::Reject,
        ];
        let inputs = (0..Role::INPUTS).map(Role::Input);
        plain.into_iter().chain(inputs).chain([Role::Energy, Role::CycleTime])
    }

    /// The word in configuration, journal and API.
    pub fn name(self) -> &'static str {
        match self {
            Role::State => "state",
            Role::Run => "run",
            Role::Shots => "shots",
            Role::Total => "total",
            Role::Good => "good",
            Role::Reject => "reject",
            Role::Energy => "energy",
            Role::CycleTime => "cycle_time",
            Role::Input(place) => INPUT_NAMES.get(usize::from(place)).copied().unwrap_or("input"),
        }
    }

    /// The role of that name.
    pub fn parse(name: &str) -> Option<Role> {
        Role::all().find(|role| role.name() == name)
    }

    /// True for counters of cycles and pieces.
    pub fn is_counter(self) -> bool {
        matches!(self, Role::Shots | Role::Total | Role::Good | Role::Reject)
    }

    /// True for what tells nothing of what the machine does: nothing waits for it, and no state is unknown without it.
    pub fn is_beside(self) -> bool {
        matches!(self, Role::Energy | Role::CycleTime)
    }

    /// True for what only grows: counters, and the register of a meter.
    pub fn is_cumulative(self) -> bool {
        self.is_counter() || self == Role::Energy
    }
}

/// One process value over (at most) one minute. Raw samples are not kept.
#[derive(Debug, Clone, PartialEq)]
pub struct PointValue {
    /// Name of the point as configured.
    pub point: Arc<str>,
    /// Number of usable samples.
    pub n: u64,
    /// Their mean; 0 when `n` is 0.
    pub mean: f64,
    /// The smallest.
    pub min: f64,
    /// The greatest.
    pub max: f64,
    /// The last.
    pub last: f64,
    /// The worst quality met.
    pub quality: Quality,
}

/// A start of the agent. `Fact::at` is the last instant the agent is known to have been alive (or now, the first time).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Started {
    /// When it started, by its own clock.
    pub started_at: Timestamp,
    /// Version of the program.
    pub version: Arc<str>,
    /// True when the former run ended in order.
    pub clean: bool,
}

/// A forward correction of the agent's clock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clock {
    /// The new agent time at that instant.
    pub until: Timestamp,
    /// The number of the new epoch.
    pub epoch: u32,
}

/// Facts that were given up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loss {
    /// How many.
    pub count: u64,
    /// The newest instant among them.
    pub until: Timestamp,
}

/// History that was brought in from another system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Import {
    /// Instant of the first sample.
    pub from: Timestamp,
    /// Instant of the last one.
    pub until: Timestamp,
    /// How many there are.
    pub samples: u64,
    /// SHA-256 of the file's bytes, as 64 hexadecimal digits.
    pub sha256: Arc<str>,
    /// When it was brought in, by the wall clock.
    pub imported_at: Timestamp,
    /// False in the fact that begins it, true in the one that says that all of it is on disk.
    pub done: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fact(at: i64, body: Body) -> Fact {
        Fact {
            at: Timestamp(at),
            received_at: Timestamp(at),
            mono_ms: 0,
            epoch: 0,
            machine: Some(MachineId(0)),
            author: "agent".into(),
            body,
        }
    }

    fn signal(role: Role, value: Value, taken_at: i64) -> Body {
        Body::Signal(Signal {
            role,
            value: Some(value),
            quality: Quality::Good,
            taken_at: Timestamp(taken_at),
            seen: None,
        })
    }

    #[test]
    fn facts_of_one_instant_are_folded_by_kind_role_instant_taken_and_value() {
        let started = Body::Started(Started {
            started_at: Timestamp(9),
            version: "1".into(),
            clean: true,
        });
        let ordered = [
            fact(1, signal(Role::Reject, Value::Int(9), 1)),
            fact(2, started),
            fact(2, signal(Role::State, Value::Text("a".into()), 2)),
            fact(2, signal(Role::State, Value::Text("b".into()), 2)),
            fact(2, signal(Role::Total, Value::Int(5), 2)),
            fact(2, signal(Role::Total, Value::Int(6), 2)),
            fact(2, signal(Role::Total, Value::Int(5), 3)),
            fact(2, Body::Values(Vec::new())),
        ];
        for pair in ordered.windows(2) {
            assert!(pair[0].order() < pair[1].order(), "{:?} before {:?}", pair[0], pair[1]);
        }
    }

    #[test]
    fn measured_numbers_have_one_order_below_and_above_zero() {
        let sorted = [-1e300, -2.0, -1.0, -0.0, 0.0, 1.0, 2.0, 1e300];
        for pair in sorted.windows(2) {
            assert!(ValueOrder::of(&Value::Float(pair[0])) < ValueOrder::of(&Value::Float(pair[1])));
        }
    }
}
