//! A pipeline with a store in memory beside it, driven step by step: no threads, no clock, no sleep.
#![allow(clippy::unwrap_used, dead_code, reason = "a helper of several test files")]

use super::pipeline_plant::{LATHE_REJECT, LATHE_RUN, LATHE_TOTAL, START, points, settings};
use super::pipeline_store::{Store, name};
use gemba::model::booking;
use gemba::model::commit::Commit;
use gemba::model::entry::{Draft, Entry, Outcome, Says, Source, Told};
use gemba::model::ids::{MachineId, PointId, SourceId};
use gemba::model::live::{MachineLive, PlantLive};
use gemba::model::reading::{AckId, Quality, Raw, Reading, Value};
use gemba::model::settings::Setting;
use gemba::model::state::Class;
use gemba::model::time::{Now, Timestamp};
use gemba::pipeline::{Input, Opened, Output, Pipeline};
use gemba::signal::Point;
use std::collections::VecDeque;
use std::sync::Arc;

/// Something on its way to the store thread or to the reader of history.
#[derive(Debug)]
enum Mail {
    Commit(Box<Commit>),
    Load(MachineId, Option<Timestamp>),
}

/// The pipeline, its store, and the mail between them.
pub struct Rig {
    pub settings: Vec<Setting>,
    points: Vec<Point>,
    pub store: Store,
    pub pipeline: Pipeline,
    pub now: Timestamp,
    run_began: Timestamp,
    mail: VecDeque<(Timestamp, Mail)>,
    /// How long the store takes for a commit, and for a page of history; `None`: for ever.
    pub commit_ms: Option<i64>,
    pub load_ms: Option<i64>,
    /// So many of the next commits are refused.
    pub refuse: u32,
    /// Loads that fail.
    pub fail_loads: u32,
    /// Every commit that was handed to the store, and when; refused ones again each time.
    pub commits: Vec<(Timestamp, Commit)>,
    pub loads: Vec<(MachineId, Option<Timestamp>)>,
    pub acks: Vec<u64>,
    pub replies: Vec<(u64, Outcome)>,
    pub live: Arc<PlantLive>,
    next_ack: u64,
    next_entry: u64,
}

impl Rig {
    /// A first start at [`START`] on an empty store that answers at once.
    pub fn new() -> Rig {
        Rig::with(settings())
    }

    pub fn with(settings: Vec<Setting>) -> Rig {
        Rig::of(settings, points(), START)
    }

    /// A first start of another plant.
    pub fn of(settings: Vec<Setting>, points: Vec<Point>, now: Timestamp) -> Rig {
        let store = Store::default();
        let pipeline = start(&store, &settings, &points, now);
        Rig {
            settings,
            points,
            store,
            pipeline,
            now,
            run_began: now,
            mail: VecDeque::new(),
            commit_ms: Some(0),
            load_ms: Some(0),
            refuse: 0,
            fail_loads: 0,
            commits: Vec::new(),
            loads: Vec::new(),
            acks: Vec::new(),
            replies: Vec::new(),
            live: Arc::default(),
            next_ack: 0,
            next_entry: 0,
        }
    }

    /// The agent dies; what the store was given is written first when it is `applied`. It starts again at `again`.
    pub fn crash(&mut self, applied: bool, again: Timestamp) {
        if applied {
            for (_, mail) in std::mem::take(&mut self.mail) {
                if let Mail::Commit(commit) = mail
                    && self.refuse == 0
                {
                    self.store.apply(&commit);
                }
            }
        }
        self.mail.clear();
        self.replies.clear();
        self.now = again.max(self.now.plus(1));
        self.run_began = self.now;
        self.pipeline = start(&self.store, &self.settings, &self.points, self.now);
    }

    pub fn clock(&self) -> Now {
        Now {
            at: self.now,
            mono_ms: u64::try_from(self.now.since(self.run_began)).unwrap(),
            epoch: 0,
        }
    }

    /// Time passes up to `to` without a tick.
    pub fn wait(&mut self, to: Timestamp) {
        self.now = self.now.max(to);
        self.deliver();
    }

    /// Time passes up to `to`, and the core wakes.
    pub fn tick(&mut self, to: Timestamp) {
        self.wait(to);
        self.hand(Input::Tick);
    }

    /// The core wakes each second up to `to`.
    pub fn tick_each_second(&mut self, to: Timestamp) {
        while self.now < to {
            self.tick(self.pipeline.wake_at(self.clock()).min(to));
        }
    }

    pub fn hand(&mut self, input: Input) {
        self.pipeline.handle(input, self.clock());
        self.drain();
        self.deliver();
    }

    /// Values read in one request, each with the instant it was true.
    pub fn read(&mut self, values: &[(u32, Timestamp, i128)]) {
        let readings = values.iter().map(|value| self.reading(*value)).collect();
        self.hand(Input::Readings(readings, None));
    }

    /// The same out of a message; gives its number.
    pub fn message(&mut self, values: &[(u32, Timestamp, i128)]) -> u64 {
        let readings = values.iter().map(|value| self.reading(*value)).collect();
        self.next_ack += 1;
        let number = self.next_ack;
        let source = SourceId(0);
        self.hand(Input::Readings(readings, Some(AckId { source, number })));
        number
    }

    pub fn reading(&self, (point, at, value): (u32, Timestamp, i128)) -> Reading {
        Reading {
            point: PointId(point),
            at,
            received_at: self.now,
            raw: Ok(Raw::Value(Value::Int(value))),
        }
    }

    /// Points that could not be read.
    pub fn fail(&mut self, points: &[u32]) {
        let readings = points.iter().map(|point| Reading {
            point: PointId(*point),
            at: self.now,
            received_at: self.now,
            raw: Err(Quality::BadComm),
        });
        let readings = readings.collect();
        self.hand(Input::Readings(readings, None));
    }

    /// An entry with a key of its own, about a machine or about none; gives the number its answer will have.
    pub fn enter(&mut self, machine: impl Into<Option<MachineId>>, at: Timestamp, says: Says) -> u64 {
        let key = format!("entry-{}", self.next_entry + 1);
        self.enter_as(&key, machine, at, says)
    }

    pub fn enter_as(&mut self, key: &str, machine: impl Into<Option<MachineId>>, at: Timestamp, says: Says) -> u64 {
        self.next_entry += 1;
        let number = self.next_entry;
        let entry = Entry {
            key: key.into(),
            says,
            source: Source::Manual,
            late: false,
        };
        let author = "leader".into();
        self.hand(Input::Entry(
            Draft {
                machine: machine.into(),
                at,
                author,
                told: Told::Entry(entry),
                room: None,
                rework: None,
                seen: None,
            },
            number,
        ));
        number
    }

    /// A reason for the stop that holds `anchor`; false when there is none, or none on disk yet.
    pub fn reason(&mut self, machine: MachineId, anchor: Timestamp, reason: &str) -> bool {
        let Some(at) = self.stop_start(machine, anchor) else {
            return false;
        };
        let reason = reason.into();
        self.enter(
            machine,
            at,
            Says::Reason {
                reason,
                anchor,
                part: None,
                leads: false,
            },
        );
        true
    }

    /// The start of the stop that holds `anchor`, as the web side finds it: on the screen, or on disk.
    pub fn stop_start(&self, machine: MachineId, anchor: Timestamp) -> Option<Timestamp> {
        let live = self.machine(machine)?;
        if anchor >= live.since {
            return booking::is_stop(live.class).then_some(live.since);
        }
        let spans = self.store.spans.of(machine);
        let found = spans.iter().find(|span| span.period.contains(anchor))?;
        let stands = !matches!(found.class, Class::Running | Class::ClockSkip);
        stands.then_some(found.since)
    }

    /// A machine as the screens show it.
    pub fn machine(&self, machine: MachineId) -> Option<&MachineLive> {
        self.live.machines.iter().find(|live| live.machine == machine)
    }

    /// The agent stops in order.
    pub fn stop(&mut self) {
        self.hand(Input::Stop);
        self.deliver();
    }

    /// The reader of history answers again, and what it was asked for at once.
    pub fn release_loads(&mut self) {
        self.load_ms = Some(0);
        self.release(|mail| matches!(mail, Mail::Load(..)));
    }

    /// The store answers again, and what it was given at once.
    pub fn release_commits(&mut self) {
        self.commit_ms = Some(0);
        self.answer_commit();
    }

    /// The store answers the commit it has, and no later one.
    pub fn answer_commit(&mut self) {
        self.release(|mail| matches!(mail, Mail::Commit(_)));
    }

    fn release(&mut self, which: fn(&Mail) -> bool) {
        for (due, _) in self.mail.iter_mut().filter(|(_, mail)| which(mail)) {
            *due = self.now;
        }
        self.deliver();
    }

    /// True when nothing is on its way between core and store.
    pub fn is_calm(&self) -> bool {
        self.mail.is_empty() && self.store.restating.is_empty()
    }

    /// Answers what is due.
    pub fn deliver(&mut self) {
        while let Some(place) = self.mail.iter().position(|(due, _)| *due <= self.now) {
            let Some((_, mail)) = self.mail.remove(place) else {
                return;
            };
            let answer = match mail {
                Mail::Commit(commit) if self.refuse > 0 => {
                    self.refuse -= 1;
                    Input::Refused(commit)
                }
                Mail::Commit(commit) => Input::Committed(self.store.apply(&commit)),
                Mail::Load(machine, _) if self.fail_loads > 0 => {
                    self.fail_loads -= 1;
                    Input::HistoryFailed(machine)
                }
                Mail::Load(machine, from) => Input::History(self.store.history(machine, from)),
            };
            self.pipeline.handle(answer, self.clock());
            self.drain();
        }
    }

    fn drain(&mut self) {
        let due = |ms: Option<i64>| ms.map_or(Timestamp::MAX, |ms| self.now.plus(ms));
        let (commit_due, load_due) = (due(self.commit_ms), due(self.load_ms));
        while let Some(output) = self.pipeline.poll() {
            match output {
                Output::Commit(commit) => {
                    self.commits.push((self.now, (*commit).clone()));
                    self.mail.push_back((commit_due, Mail::Commit(commit)));
                    let waiting = self.mail.iter().filter(|(_, mail)| matches!(mail, Mail::Commit(_)));
                    assert_eq!(waiting.count(), 1, "a commit waits for the answer to the one before");
                }
                Output::Ack(ack) => self.acks.push(ack.number),
                Output::Reply(reply, outcome) => self.replies.push((reply, outcome)),
                Output::Live(live) => self.live = live,
                Output::Load(machine, from) => {
                    self.loads.push((machine, from));
                    self.mail.push_back((load_due, Mail::Load(machine, from)));
                }
            }
        }
    }
}

/// Polls the lathe each ten seconds up to `to`: running or not, one piece each ten seconds while it runs.
pub fn run(rig: &mut Rig, made: &mut i128, running: bool, to: Timestamp) {
    while rig.now < to {
        rig.tick(rig.now.plus(10_000).min(to));
        *made += i128::from(running);
        let now = rig.now;
        let run = i128::from(running);
        rig.read(&[(LATHE_RUN, now, run), (LATHE_TOTAL, now, *made), (LATHE_REJECT, now, 0)]);
    }
}

fn start(store: &Store, settings: &[Setting], points: &[Point], now: Timestamp) -> Pipeline {
    let mut machines: Vec<MachineId> = points.iter().map(|point| point.machine).collect();
    machines.sort_unstable();
    machines.dedup();
    let mut points = points.to_vec();
    for point in &mut points {
        let is_configured = |setting: &Setting| matches!(setting, Setting::Machine(id, _) if *id == point.machine);
        if !settings.iter().any(is_configured) {
            point.roles.clear();
            point.is_value = false;
        }
    }
    let opened = Opened {
        points,
        settings: settings.to_vec(),
        names: machines
            .iter()
            .map(|machine| (*machine, name(*machine).into()))
            .collect(),
        commit_ms: 5_000,
        version: "1".into(),
        ..store.opened(&machines)
    };
    Pipeline::start(
        opened,
        Now {
            at: now,
            mono_ms: 0,
            epoch: 0,
        },
    )
}
