//! Random plants for the stories: which signals a machine has, how fast it is, how wide its counters are, and its calendar.
#![allow(dead_code, reason = "each test file uses a part of it")]

use gemba::model::entry::Source;
use gemba::model::fact::Role;
use gemba::model::settings::*;
use gemba::model::state::State;
use gemba::model::state_rule::{StateRule, StopAfter};
use gemba::model::time::Timestamp;
use proptest::prelude::*;

#[path = "oracle_settings.rs"]
mod settings;

pub use settings::{ORDERS, OTHER, calendar, order, settings};

/// A plant with one machine.
#[derive(Debug, Clone)]
pub struct Plant {
    /// Which of [`STARTS`], and minutes after it.
    pub start: (usize, i64),
    pub calendar: usize,
    pub signals: usize,
    pub poll_s: usize,
    pub shortest_cycle_s: usize,
    pub cavities: u32,
    pub ideal_ns: Option<i64>,
    pub bits: u32,
    /// Counts that the counters begin below their modulus.
    pub below: i128,
    pub asks: Asks,
    pub ways: Ways,
    /// Seconds after a cycle in which the counter beside that of all pieces shows what became of it.
    pub lag_s: usize,
}

/// How the plant works with the machine.
#[derive(Debug, Clone)]
pub struct Ways {
    pub orders: bool,
    pub release: Release,
    pub commissioning: bool,
    /// Pieces of so many counts, where there are no shots.
    pub per_count: (u32, u32),
    /// Which of the standards are told.
    pub standards: u16,
    /// Which loss policy.
    pub policy: usize,
    /// Who tells its state and counts.
    pub by: Source,
    /// When its counters of pieces begin again, where they are wide enough that none turns over in a story.
    pub resets: Resets,
}

fn ways() -> impl Strategy<Value = Ways> {
    let release = prop_oneof![
        3 => Just(Release::Running),
        1 => Just(Release::FirstOff),
        2 => (1u32..8).prop_map(Release::GoodInARow),
    ];
    let per_count = prop_oneof![4 => Just((1, 1)), 1 => Just((2, 1)), 1 => Just((1, 3))];
    let policy = prop_oneof![2 => Just(0usize), 2 => 1usize..4];
    let standards = prop_oneof![1 => Just(0u16), 2 => 0u16..4096];
    let by = prop_oneof![4 => Just(Source::Auto), 1 => Just(Source::Scan), 1 => Just(Source::Manual)];
    let resets = prop_oneof![
        3 => Just(Resets::Undeclared),
        1 => Just(Resets::Power),
        1 => Just(Resets::Shift),
        1 => Just(Resets::Order),
    ];
    (
        any::<bool>(),
        release,
        proptest::bool::weighted(0.1),
        per_count,
        standards,
        policy,
        (by, resets),
    )
        .prop_map(
            |(orders, release, commissioning, per_count, standards, policy, (by, resets))| Ways {
                orders,
                release,
                commissioning,
                per_count,
                standards,
                policy,
                by,
                resets,
            },
        )
}

/// What a state must show before it counts.
#[derive(Debug, Clone, Copy, Default)]
pub struct Asks {
    /// A change must hold so long; 0 for nothing.
    pub debounce_s: usize,
    /// Running must show a piece so often; 0 for none.
    pub stop_after_s: usize,
    /// Running must show pieces as often as follows from the ideal cycle.
    pub derived: bool,
    /// There is no state signal, and pieces alone tell the state.
    pub alone: bool,
}

/// Any plant, with anything asked of its machine's state.
pub fn asking_plants() -> impl Strategy<Value = Plant> {
    let stop_after = prop_oneof![5usize..60, 30usize..900];
    let asked = (stop_after, any::<bool>()).prop_map(|(stop_after_s, alone)| Asks {
        stop_after_s,
        alone,
        ..Asks::default()
    });
    (plants(), asked).prop_map(|(plant, asked)| {
        let has_counter = plant.signals + 1 < SIGNALS.len();
        let debounce_s = if asked.alone { 0 } else { plant.asks.debounce_s };
        let asks = if has_counter {
            Asks { debounce_s, ..asked }
        } else {
            plant.asks
        };
        // What is counted late may be counted under another product.
        let lag_s = 0;
        Plant { asks, lag_s, ..plant }
    })
}

/// Plants whose machines must show pieces, now and then as often as is written, and a third of which tell nothing else, that are polled so seldom, and whose cycles are so
/// long, that nearly all pieces lie at whole seconds.
pub fn confirming_plants() -> impl Strategy<Value = Plant> {
    let stop_after = prop_oneof![1 => 5usize..400, 3 => Just(0usize)];
    let asked = (stop_after, proptest::bool::weighted(0.33)).prop_map(|(stop_after_s, alone)| Asks {
        stop_after_s,
        derived: stop_after_s == 0,
        alone,
        ..Asks::default()
    });
    let pace = (24usize..60, 1u32..5, 0..SIGNALS.len() - 1);
    (plants(), asked, pace).prop_map(|(plant, asks, (shortest_cycle_s, cavities, signals))| Plant {
        asks,
        poll_s: 24,
        shortest_cycle_s,
        cavities,
        signals,
        bits: 32,
        lag_s: 0,
        ..plant
    })
}

/// Instants worth being played over, with a zone: midnights, a night with 25 hours' day and one with 23.
const STARTS: [(i64, &str); 4] = [
    (1_795_219_200, "UTC"),              // 2026-11-21T00:00:00Z, a Saturday
    (1_795_190_400, "Asia/Ho_Chi_Minh"), // 2026-11-20T16:00:00Z: 23:00 on the spot
    (1_792_879_200, "Europe/Berlin"),    // 2026-10-24T22:00:00Z: 00:00 of the night the clocks go back
    (1_806_184_800, "Europe/Berlin"),    // 2027-03-27T22:00:00Z: 23:00 before the night they go forward
];

/// How many calendars there are: none, three shifts, odd hours, over midnights, and days of all kinds.
pub const CALENDARS: usize = 5;

/// Which signals a machine may have, and where its rejects come from.
const SIGNALS: [(&[Role], RejectSource); 9] = [
    (&[Role::State, Role::Total, Role::Reject], RejectSource::Counter),
    (
        &[Role::State, Role::Total, Role::Reject, Role::Energy],
        RejectSource::Counter,
    ),
    (&[Role::Run, Role::Shots, Role::Reject], RejectSource::Counter),
    (&[Role::Run, Role::Shots, Role::Energy], RejectSource::Manual),
    (&[Role::State, Role::Total, Role::Good], RejectSource::Counter),
    (&[Role::State, Role::Good, Role::Reject], RejectSource::Counter),
    (&[Role::State, Role::Good], RejectSource::Manual),
    (&[Role::Run, Role::Total], RejectSource::None),
    (&[Role::State], RejectSource::None),
];

/// Pieces per shot of the product that has most; no machine has more, so that a product never makes its counts incredible.
const MOST_CAVITIES: u32 = 6;

/// Any plant; a changed state may have to hold, and pieces are asked of none. Counters of 8 bits count slowly enough that no silence hides a whole turn.
pub fn plants() -> impl Strategy<Value = Plant> {
    let ideal = prop_oneof![1 => Just(None), 8 => (2_000i64..90_000).prop_map(|ms| Some(ms * 1_000_000))];
    let width = prop_oneof![
        (Just(8u32), 20usize..40, Just(1u32)),
        (Just(16u32), 4usize..30, 1u32..5),
        (Just(32u32), 2usize..30, 1u32..5)
    ];
    let start = (0usize..STARTS.len(), 0i64..240);
    let debounce = prop_oneof![2 => Just(0usize), 1 => 1usize..20, 1 => 20usize..60];
    let lag = prop_oneof![2 => Just(0usize), 1 => 1usize..90];
    (
        (start, debounce, lag),
        0..CALENDARS,
        0usize..SIGNALS.len(),
        1usize..11,
        ideal,
        width,
        0i128..250,
        ways(),
    )
        .prop_map(
            |(
                (start, debounce_s, lag_s),
                calendar,
                signals,
                poll_s,
                ideal_ns,
                (bits, shortest_cycle_s, cavities),
                below,
                ways,
            )| {
                Plant {
                    start,
                    calendar,
                    signals,
                    poll_s,
                    shortest_cycle_s,
                    cavities,
                    ideal_ns,
                    bits,
                    below,
                    asks: Asks {
                        debounce_s,
                        ..Asks::default()
                    },
                    ways,
                    lag_s,
                }
                .before_a_shift()
            },
        )
}

impl Plant {
    pub fn start(&self) -> Timestamp {
        let (second, _) = STARTS[self.start.0];
        Timestamp((second + self.start.1 * 60) * 1000)
    }

    pub fn roles(&self) -> &'static [Role] {
        let roles = SIGNALS[self.signals].0;
        if self.asks.alone { &roles[1..] } else { roles }
    }

    /// The value that a counter never reaches; the meter has 32 bits.
    pub fn modulus(&self, role: Role) -> i128 {
        let bits = if role == Role::Energy { 32 } else { self.bits };
        1 << bits
    }

    pub fn first_count(&self, role: Role) -> i128 {
        if self.resets(role) == Resets::Undeclared {
            self.modulus(role) - 1 - self.below
        } else {
            self.below / 8
        }
    }

    /// A plant whose counters begin again with shifts is met up to ten minutes before one.
    fn before_a_shift(mut self) -> Plant {
        if self.resets(Role::Total) == Resets::Shift {
            self.calendar = 2 + self.calendar % 2;
            self.start.1 = self.first_shift_min() - self.start.1 % 10;
        }
        self
    }

    /// Minutes from its start to the shift at 00:30 or 01:01: every other start is at 23:00 on the spot.
    pub fn first_shift_min(&self) -> i64 {
        [30, 61][self.calendar % 2] + 60 * (self.start.0 as i64 % 2)
    }

    /// A declared reset and a turn are never both plausible: those are held, and the oracle holds nothing.
    pub fn resets(&self, role: Role) -> Resets {
        let is_declared = role.is_counter() && self.bits > 8;
        if is_declared {
            self.ways.resets
        } else {
            Resets::Undeclared
        }
    }

    /// Three polls, at least 30 s; facts of a meter are a minute apart.
    pub fn limit_s(&self, role: Role) -> usize {
        (3 * self.poll_s).max(30) + if role == Role::Energy { 60 } else { 0 }
    }

    /// Counts that are believed to be possible in so many seconds: twice what the machine can do.
    pub fn possible(&self, seconds: usize) -> i128 {
        i128::from(self.rate()) * seconds as i128 / 60_000 + i128::from(MOST_CAVITIES)
    }

    fn rate(&self) -> i64 {
        2 * i64::from(self.cavities) * 60_000 / self.shortest_cycle_s as i64
    }

    pub fn machine(&self) -> MachineSetting {
        let map = [
            ("0", "stopped"),
            ("1", "running"),
            ("2", "setup"),
            ("3", "fault:mould"),
            ("4", "waiting:material"),
            ("5", "idle"),
            ("6", "maintenance"),
        ];
        let state = |(code, name): (&str, &str)| (code.into(), State::parse(name).unwrap_or(State::Unknown));
        let signals = self.roles().iter().map(|role| SignalSetting {
            role: *role,
            point: role.name().into(),
            limit_ms: self.limit_s(*role) as i64 * 1000,
            counter: role.is_cumulative().then(|| CounterSetting {
                // A count of the meter is 400 thousandths of a watt hour.
                modulus: Some(self.modulus(*role) * if *role == Role::Energy { 400 } else { 1 }),
                resets: self.resets(*role),
            }),
            station: "".into(),
        });
        MachineSetting {
            line: "moulding".into(),
            ideal_ns: self.ideal_ns,
            cavities: self.cavities,
            max_rate_milli_per_min: self.rate(),
            state_map: map.map(state).into(),
            signals: signals.collect(),
            reject_source: SIGNALS[self.signals].1,
            group: "presses".into(),
            per_count: match self.roles().contains(&Role::Shots) {
                true => (1, 1),
                false => self.ways.per_count,
            },
            orders: self.ways.orders,
            release: self.ways.release,
            commissioning: self.ways.commissioning,
            state: if self.asks.alone {
                StateRule::Count
            } else {
                StateRule::Signals
            },
            stop_after: (self.asks.stop_after_s > 0 || self.asks.derived).then(|| StopAfter {
                written_ms: (!self.asks.derived).then_some(self.asks.stop_after_s as i64 * 1000),
                polls_ms: 2_000 * self.poll_s as i64,
            }),
            debounce_ms: self.asks.debounce_s as i64 * 1000,
            state_by: self.ways.by,
            count_by: self.ways.by,
            // A count is 0.4 Wh.
            meter: self.roles().contains(&Role::Energy).then(|| {
                Box::new(Meter {
                    milli_wh: 400,
                    max_w: 10_000,
                    shared_with: Vec::new(),
                })
            }),
            ..MachineSetting::default()
        }
    }

    fn calendar(&self) -> CalendarSetting {
        let shift = |id: &str, from: u32, to: u32, breaks: &[(u32, u32)]| ShiftSetting {
            id: id.into(),
            name: id.into(),
            days: [true; 7],
            from_min: from,
            to_min: to,
            breaks: breaks.to_vec(),
        };
        let shifts = match self.calendar {
            0 => vec![],
            1 => vec![
                shift("early", 360, 840, &[(540, 555), (690, 720)]),
                shift("late", 840, 1320, &[(1080, 1110)]),
                shift("night", 1320, 360, &[(1425, 10), (120, 150)]),
            ],
            2 => vec![shift("half", 30, 135, &[(60, 75)]), shift("other", 200, 260, &[])],
            4 => vec![
                shift("early", 360, 840, &[(540, 555)]),
                shift("night", 1320, 360, &[(65, 80), (155, 185)]),
            ],
            _ => vec![
                shift("evening", 1290, 61, &[(1420, 1435)]),
                shift("dawn", 61, 183, &[(150, 163)]),
            ],
        };
        CalendarSetting {
            timezone: STARTS[self.start.0].1.into(),
            day_start_min: [0, 360, 95, 1290, 360][self.calendar],
            shifts,
            ..if self.calendar == 4 {
                settings::odd_days()
            } else {
                CalendarSetting::default()
            }
        }
    }
}
