//! A machine written down as a timeline of signal facts, for tests of the fold without sockets or disks.
#![allow(clippy::unwrap_used, dead_code, reason = "a helper of several test files")]

use gemba::model::entry::{Entry, Says, Source};
use gemba::model::fact::{Body, Clock, Fact, Role, Signal, Started};
use gemba::model::ids::MachineId;
use gemba::model::reading::{Quality, Value};
use gemba::model::settings::*;
use gemba::model::state::{Class, State};
use gemba::model::state_rule::{StateRule, StopAfter};
use gemba::model::tally::{SpanRow, Tally, TallyRow};
use gemba::model::time::Timestamp;
use gemba::oee::plan::Plan;
use gemba::oee::rows::{Final, Rows};
use gemba::pipeline::fold::{Fold, Inbox, Passed};
use std::sync::Arc;

pub const MACHINE: MachineId = MachineId(0);
/// 2026-11-21T00:00:00Z.
pub const DAY: i64 = 1_795_219_200_000;

pub fn at(second: f64) -> Timestamp {
    Timestamp(DAY + (second * 1000.0).round() as i64)
}

/// A machine with a state register (0 stopped, 1 running, 2 setup, 3 fault, 4 waiting), a counter of all pieces and one of rejects.
pub fn press(ideal_s: f64) -> MachineSetting {
    let map = [
        ("0", "stopped"),
        ("1", "running"),
        ("2", "setup"),
        ("3", "fault:mould"),
        ("4", "waiting:material"),
    ];
    let signal = |role: Role, bits: Option<u32>| SignalSetting {
        role,
        point: "plc unit 1".into(),
        limit_ms: 30_000,
        counter: bits.map(|bits| CounterSetting {
            modulus: Some(1i128 << bits),
            resets: Resets::Undeclared,
        }),
        station: "".into(),
    };
    MachineSetting {
        line: "moulding".into(),
        ideal_ns: Some((ideal_s * 1e9).round() as i64),
        cavities: 1,
        max_rate_milli_per_min: (10.0 * 60_000.0 / ideal_s) as i64,
        state_map: map
            .map(|(code, state)| (code.into(), State::parse(state).unwrap()))
            .into(),
        signals: vec![
            signal(Role::State, None),
            signal(Role::Total, Some(32)),
            signal(Role::Reject, Some(32)),
        ],
        reject_source: RejectSource::Counter,
        ..MachineSetting::default()
    }
}

/// Half a minute without a piece is a stop.
pub const STOP_AFTER: Option<StopAfter> = Some(StopAfter {
    written_ms: Some(30_000),
    polls_ms: 2_000,
});

/// The press with other signals that tell its state, and its counter of all pieces.
pub fn with_inputs(state: StateRule, inputs: u8) -> MachineSetting {
    let press = press(10.0);
    let input = |place: u8| SignalSetting {
        role: Role::Input(place),
        counter: None,
        ..press.signals[0].clone()
    };
    let mut signals: Vec<SignalSetting> = (0..inputs).map(input).collect();
    signals.push(press.signals[1].clone());
    MachineSetting {
        state,
        signals,
        ..press
    }
}

/// A machine of which nothing is known but its counter.
pub fn counted() -> MachineSetting {
    MachineSetting {
        stop_after: STOP_AFTER,
        ..with_inputs(StateRule::Count, 0)
    }
}

/// Facts of one machine in the making.
pub struct Timeline {
    pub facts: Vec<Fact>,
    pub known: Vec<Fact>,
}

impl Timeline {
    /// A machine that is configured from the start of the day, where all time is planned.
    pub fn new(setting: MachineSetting) -> Timeline {
        let mut timeline = Timeline {
            facts: Vec::new(),
            known: Vec::new(),
        };
        timeline.set(
            0.0,
            Setting::Site(SiteSetting {
                org: "org".into(),
                site: "site".into(),
            }),
        );
        timeline.set(0.0, Setting::Policy(PolicySetting::default()));
        timeline.set(
            0.0,
            Setting::Calendar(CalendarSetting {
                timezone: "UTC".into(),
                ..CalendarSetting::default()
            }),
        );
        timeline.set(0.0, Setting::Machine(MACHINE, setting));
        timeline
    }

    pub fn set(&mut self, second: f64, setting: Setting) -> &mut Timeline {
        let fact = fact(at(second), at(second), Body::Setting(Change::new(setting)));
        self.known.push(fact);
        self
    }

    /// A sample taken at `second`, when the former one was last confirmed at `seen`.
    pub fn sample(&mut self, role: Role, seen: f64, second: f64, value: i128) -> &mut Timeline {
        self.value(role, seen, second, Value::Int(value))
    }

    /// The same of any value.
    pub fn value(&mut self, role: Role, seen: f64, second: f64, value: Value) -> &mut Timeline {
        let signal = Signal {
            role,
            value: Some(value),
            quality: Quality::Good,
            taken_at: at(second),
            seen: (seen < second).then(|| at(seen)),
        };
        self.facts.push(fact(at(seen), at(second), Body::Signal(signal)));
        self
    }

    /// A sample of a message with its own time whose predecessor nobody remembers: its fact lies the limit before it.
    pub fn alone(&mut self, role: Role, from: f64, second: f64, value: i128) -> &mut Timeline {
        let signal = Signal {
            role,
            value: Some(Value::Int(value)),
            quality: Quality::Good,
            taken_at: at(second),
            seen: None,
        };
        self.facts.push(fact(at(from), at(second), Body::Signal(signal)));
        self
    }

    /// The first sample of all three signals.
    pub fn first(&mut self, second: f64, state: i128) -> &mut Timeline {
        self.sample(Role::State, second, second, state);
        self.sample(Role::Total, second, second, 0);
        self.sample(Role::Reject, second, second, 0)
    }

    /// One piece every `cycle` seconds from `from` to `until`, the counters of all `pieces` and of rejects read together once a
    /// cycle; the piece at each second of `rejects` is one.
    pub fn makes(&mut self, from: i64, until: i64, cycle: i64, pieces: &mut (i128, i128), rejects: &[i64]) {
        let mut second = from + cycle;
        while second <= until {
            let before = (second - cycle) as f64;
            pieces.0 += 1;
            self.sample(Role::Total, before, second as f64, pieces.0);
            if rejects.contains(&second) {
                pieces.1 += 1;
                self.sample(Role::Reject, before, second as f64, pieces.1);
            }
            second += cycle;
        }
    }

    /// All three signals fell silent after `second`.
    pub fn lost(&mut self, second: f64) -> &mut Timeline {
        self.lost_all(&[Role::State, Role::Total, Role::Reject], second)
    }

    /// These signals fell silent after `second`.
    pub fn lost_all(&mut self, roles: &[Role], second: f64) -> &mut Timeline {
        for role in roles.iter().copied() {
            let signal = Signal {
                role,
                value: None,
                quality: Quality::BadComm,
                taken_at: at(second + 31.0),
                seen: Some(at(second)),
            };
            self.facts
                .push(fact(at(second), at(second + 31.0), Body::Signal(signal)));
        }
        self
    }

    /// The agent was last alive at `second`.
    pub fn restarted(&mut self, second: f64) -> &mut Timeline {
        let started = Started {
            started_at: at(second + 1.0),
            version: "0".into(),
            clean: false,
        };
        let mut fact = fact(at(second), at(second + 1.0), Body::Started(started));
        fact.machine = None;
        self.facts.push(fact);
        self
    }

    /// The agent's clock was set forward at `second`.
    pub fn clock_set_forward(&mut self, second: f64, until: f64) -> &mut Timeline {
        let clock = Clock {
            until: at(until),
            epoch: 1,
        };
        self.facts.push(fact(at(second), at(second), Body::Clock(clock)));
        self
    }

    pub fn entry(&mut self, second: f64, says: Says) -> &mut Timeline {
        self.entry_from(second, says, Source::Manual)
    }

    pub fn entry_from(&mut self, second: f64, says: Says, source: Source) -> &mut Timeline {
        let key = format!("key-{}", self.known.len() + self.facts.len()).into();
        let fact = fact(
            at(second),
            at(second),
            Body::Entry(Entry {
                key,
                source,
                late: false,
                says,
            }),
        );
        self.known.push(fact.clone());
        self.facts.push(fact);
        self
    }

    /// What is said of `second` at `told`, to the plan alone.
    pub fn told(&mut self, second: f64, told: f64, says: Says) -> &mut Timeline {
        let key = format!("key-{}", self.known.len() + self.facts.len()).into();
        let source = Source::Manual;
        let entry = Body::Entry(Entry {
            key,
            source,
            late: false,
            says,
        });
        self.known.push(fact(at(second), at(told), entry));
        self
    }

    /// The plan that the settings and entries make.
    pub fn plan(&self) -> Plan {
        let mut plan = Plan::default();
        self.known.iter().for_each(|fact| plan.apply(fact));
        plan
    }

    /// The spans up to `second` as (class, milliseconds).
    pub fn classes(&self, second: f64) -> Vec<(Class, i64)> {
        let classes = self.fold(second).classes();
        let ms = |(class, seconds): (Class, f64)| (class, (seconds * 1000.0).round() as i64);
        classes.into_iter().map(ms).collect()
    }

    /// Folds everything up to `second`.
    pub fn fold(&self, second: f64) -> Folded {
        self.fold_in_steps(&[second])
    }

    /// Folds everything, stopping at each of the instants.
    pub fn fold_in_steps(&self, seconds: &[f64]) -> Folded {
        let plan = self.plan();
        let mut inbox = Inbox::default();
        self.facts.iter().for_each(|fact| inbox.add(Arc::new(fact.clone())));
        let mut fold = Fold::new(MACHINE, at(0.0));
        let mut rows = Rows::default();
        let mut passed = Vec::new();
        for second in seconds {
            fold.advance(at(*second), &mut inbox, &plan, &mut rows, &mut passed);
        }
        fold.settle_for_view(&plan, &mut rows);
        let rest: Vec<Tally> = rows.open().map(|(_, sums)| sums.tally).collect();
        let spans = rows.last_span().cloned();
        Folded {
            rows: rows.finish(MACHINE, Timestamp::MAX),
            rest,
            last: spans,
            passed,
            fold,
        }
    }
}

/// What a timeline folds to.
pub struct Folded {
    pub rows: Final,
    pub rest: Vec<Tally>,
    pub last: Option<SpanRow>,
    pub passed: Vec<Passed>,
    pub fold: Fold,
}

impl Folded {
    /// The sum of everything.
    pub fn sum(&self) -> Tally {
        let mut sum = Tally::default();
        self.rest.iter().for_each(|tally| sum.merge(tally));
        sum
    }

    /// The spans as (class, seconds) with the last one that still grows.
    pub fn classes(&self) -> Vec<(Class, f64)> {
        let mut classes: Vec<(Class, f64)> = Vec::new();
        let growing = self.last.iter().filter(|last| self.rows.spans.last() != Some(last));
        for span in self.rows.spans.iter().chain(growing) {
            let seconds = span.period.ms() as f64 / 1000.0;
            match classes.last_mut() {
                Some((class, sum)) if *class == span.class => *sum += seconds,
                _ => classes.push((span.class, seconds)),
            }
        }
        classes
    }

    pub fn tallies(&self) -> &[TallyRow] {
        &self.rows.tallies
    }
}

fn fact(at: Timestamp, received_at: Timestamp, body: Body) -> Fact {
    Fact {
        at,
        received_at,
        mono_ms: 0,
        epoch: 0,
        machine: Some(MACHINE),
        author: "test".into(),
        body,
    }
}
