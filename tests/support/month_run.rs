//! The agent's core over a real store on disk, step by step: it runs, is told things, dies, and starts again.
#![allow(clippy::unwrap_used, dead_code, reason = "a helper of a test file")]

use gemba::config::Plant;
use gemba::model::booking::Booking;
use gemba::model::entry::{Draft, Entry, Outcome, Says, Source, Told};
use gemba::model::fact::{Clock, Role};
use gemba::model::ids::{MachineId, PointId};
use gemba::model::live::PlantLive;
use gemba::model::reading::{Raw, Reading, Value};
use gemba::model::state::Class;
use gemba::model::time::{Now, Timestamp};
use gemba::oee::plan::Plan;
use gemba::pipeline::{Input, Opened, Output, Pipeline, Resumed, wanted};
use gemba::signal::Point;
use gemba::store::{self, Answer, HistoryCursor, Opening, Reader, Store, Writer};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

/// A value that a device says: whose, what it is, when it was true.
#[derive(Debug, Clone, Copy)]
pub struct Said {
    pub machine: usize,
    pub role: Role,
    pub at: Timestamp,
    pub value: i128,
}

/// The agent while it runs.
pub struct Run {
    pub folder: PathBuf,
    pub pipeline: Pipeline,
    pub now: Timestamp,
    /// What became of what people said, by its kind: taken, and why the others were not.
    pub taken: BTreeMap<&'static str, u64>,
    pub refused: Vec<String>,
    live: Arc<PlantLive>,
    store: Store,
    writer: Writer,
    answers: UnboundedReceiver<Answer>,
    points: BTreeMap<(MachineId, Role), PointId>,
    histories: BTreeMap<MachineId, (Timestamp, HistoryCursor)>,
    asked: BTreeMap<u64, &'static str>,
    began: Timestamp,
    epoch: u32,
    runs: u64,
}

impl Run {
    /// Starts the agent at an instant on what its folder holds.
    pub fn start(plant: &Plant, now: Timestamp, runs: u64) -> Run {
        let machines: Vec<String> = plant.machines().map(str::to_owned).collect();
        let (out, answers) = unbounded_channel();
        let boot = format!("run-{runs}");
        let (store, writer, opening) = store::open(&plant.store, &machines, &boot, encode, out).unwrap();
        assert_eq!(opening.findings, Vec::<String>::new());
        let mut opened = opened(plant, opening, now);
        // What a register holds is said as a number here.
        for point in &mut opened.points {
            point.decode = point.decode.of_decoded();
        }
        let points = numbers(&opened.points);
        let at = Now {
            at: now,
            mono_ms: 0,
            epoch: 0,
        };
        Run {
            folder: plant.store.path.clone(),
            pipeline: Pipeline::start(opened, at),
            now,
            taken: BTreeMap::new(),
            refused: Vec::new(),
            live: Arc::default(),
            store,
            writer,
            answers,
            points,
            histories: BTreeMap::new(),
            asked: BTreeMap::new(),
            began: now,
            epoch: 0,
            runs,
        }
    }

    /// Seconds pass until nothing of the past is being worked out any more.
    pub fn tell_all(&mut self) {
        for _ in 0..7_200 {
            self.now = self.now.plus(1_000);
            self.hand(Input::Tick);
            if self.live.machines.iter().all(|live| !live.recomputing) {
                return;
            }
        }
        panic!("two hours later the past is still being worked out");
    }

    /// Stops in order.
    pub fn stop(mut self) {
        while self.pipeline.last_commit_number().is_none() {
            self.hand(Input::Stop);
        }
        self.store.stop();
    }

    /// Dies: what was not handed to the store is lost.
    pub fn die(self) {
        self.store.stop();
    }

    /// What devices said is read now.
    pub fn read(&mut self, said: &[Said]) {
        let reading = |said: &Said| {
            let machine = MachineId(u32::try_from(said.machine).unwrap());
            Reading {
                point: self.points[&(machine, said.role)],
                at: said.at,
                received_at: self.now,
                raw: Ok(Raw::Value(Value::Int(said.value))),
            }
        };
        let readings = said.iter().map(reading).collect();
        self.hand(Input::Readings(readings, None));
    }

    /// The clock is set forward to an instant.
    pub fn set_clock(&mut self, until: Timestamp) {
        self.epoch += 1;
        let epoch = self.epoch;
        self.hand(Input::Clock(self.now, Clock { until, epoch }));
        self.now = until;
    }

    /// Since when a machine stands, whatever that time is called; `None` while it runs.
    pub fn stands_since(&self, machine: MachineId) -> Option<Timestamp> {
        let live = self.live.machines.iter().find(|live| live.machine == machine)?;
        (!matches!(live.class, Class::Running | Class::ClockSkip)).then_some(live.since)
    }

    /// A person says something about a machine; `at` is the earliest instant it can affect.
    pub fn enter(&mut self, machine: Option<MachineId>, at: Timestamp, key: &str, says: Says) {
        let kind = says.kind();
        let entry = Entry {
            key: key.into(),
            says,
            source: Source::Manual,
        };
        self.tell(machine, at, kind, Told::Entry(entry));
    }

    /// A person tells something, or changes a setting.
    pub fn tell(&mut self, machine: Option<MachineId>, at: Timestamp, kind: &'static str, told: Told) {
        let number = self.runs * 1_000_000 + self.asked.len() as u64;
        self.asked.insert(number, kind);
        let draft = Draft {
            machine,
            at,
            author: "leader".into(),
            told,
            room: None,
            seen: None,
        };
        self.hand(Input::Entry(draft, number));
    }

    /// Tells the core, and does all that it wants before anything else happens.
    pub fn hand(&mut self, input: Input) {
        self.pipeline.handle(input, self.clock());
        while let Some(output) = self.pipeline.poll() {
            let answer = match output {
                Output::Commit(commit) => {
                    self.writer.commit(*commit).unwrap();
                    match self.answers.blocking_recv().unwrap() {
                        Answer::Committed(committed) => Input::Committed(committed),
                        Answer::Refused { why, .. } => panic!("{why}"),
                    }
                }
                Output::Load(machine, from) => {
                    if let Some(from) = from {
                        self.histories.insert(machine, (from, HistoryCursor::default()));
                    }
                    let (from, cursor) = self.histories.get_mut(&machine).unwrap();
                    let page = Reader::open(&self.folder).unwrap().history(machine, *from, cursor);
                    Input::History(page.unwrap())
                }
                Output::Reply(number, outcome) => {
                    self.answered(number, outcome);
                    continue;
                }
                Output::Live(live) => {
                    self.live = live;
                    continue;
                }
                Output::Ack(_) => continue,
            };
            self.pipeline.handle(answer, self.clock());
        }
    }

    fn answered(&mut self, number: u64, outcome: Outcome) {
        let kind = self.asked[&number];
        match outcome {
            Outcome::Booked(_) => *self.taken.entry(kind).or_default() += 1,
            Outcome::Known | Outcome::Refused(_) | Outcome::Changed => {
                self.refused.push(format!("{kind}: {outcome:?}"));
            }
        }
    }

    fn clock(&self) -> Now {
        Now {
            at: self.now,
            mono_ms: self.now.since(self.began).unsigned_abs(),
            epoch: self.epoch,
        }
    }
}

/// The ledger is not what the month is about: its lines are short.
fn encode(booking: &Booking) -> String {
    format!("{} {}", booking.measurement, booking.at.0)
}

fn numbers(points: &[Point]) -> BTreeMap<(MachineId, Role), PointId> {
    let numbered = (0..).zip(points);
    let roles = numbered.flat_map(|(number, point)| point.roles.iter().map(move |role| (number, point.machine, role)));
    roles
        .map(|(number, machine, role)| ((machine, *role), PointId(number)))
        .collect()
}

/// What the agent makes of what it finds in its folder.
fn opened(plant: &Plant, opening: Opening, now: Timestamp) -> Opened {
    let mut roster = opening.roster;
    let bound = plant.bind(&mut roster);
    let mut known = opening.settings;
    known.extend(opening.entries);
    known.sort_by_key(|(seq, _)| *seq);
    let known: Vec<_> = known.into_iter().map(|(_, fact)| fact).collect();
    let mut plan = Plan::default();
    known.iter().for_each(|fact| plan.apply(fact));
    let reader = Reader::open(&plant.store.path).unwrap();
    let mut resumed = BTreeMap::new();
    for machine in wanted(&plan, &bound.settings, &opening.restating, now) {
        let checkpoint = opening.checkpoints.iter().find(|one| one.machine == machine);
        let sealed = opening.sealed_until.iter().find(|(id, _)| *id == machine);
        let Some(mut begun) = Resumed::new(machine, checkpoint, sealed.map(|(_, until)| *until), &plan) else {
            continue;
        };
        let (from, mut cursor) = (begun.from(), HistoryCursor::default());
        loop {
            let page = reader.history(machine, from, &mut cursor).unwrap();
            begun.feed(page.facts.into_iter(), page.last, &plan);
            if page.last {
                break;
            }
        }
        resumed.insert(machine, begun);
    }
    Opened {
        points: bound.points,
        settings: bound.settings,
        names: roster.iter().map(|(id, name)| (id, name.into())).collect(),
        known,
        resumed,
        shifts: opening.shifts,
        restating: opening.restating,
        alive: opening.alive,
        last_seq: opening.last_seq,
        commit_ms: i64::try_from(plant.store.commit_ms).unwrap(),
        version: env!("CARGO_PKG_VERSION").into(),
        held: reader.open_flags(1_000).unwrap(),
        ..Opened::default()
    }
}
