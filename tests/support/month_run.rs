//! The agent's core over a real store on disk, step by step: it runs, is told things, dies, and starts again.
#![allow(clippy::unwrap_used, dead_code, reason = "a helper of a test file")]

use gemba::agent::driver::{Driver, Taken};
use gemba::config::Plant;
use gemba::model::entry::{Draft, Entry, Outcome, Says, Source, Told};
use gemba::model::fact::{Clock, Role};
use gemba::model::ids::{MachineId, PointId};
use gemba::model::reading::{Raw, Reading, Value};
use gemba::model::state::Class;
use gemba::model::time::{Now, Timestamp};
use gemba::pipeline::Input;
use gemba::signal::Point;
use std::collections::BTreeMap;
use std::path::PathBuf;

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
    pub driver: Driver,
    pub now: Timestamp,
    /// What became of what people said, by its kind: taken, and why the others were not.
    pub taken: BTreeMap<&'static str, u64>,
    pub refused: Vec<String>,
    points: BTreeMap<(MachineId, Role), PointId>,
    asked: BTreeMap<u64, &'static str>,
    began: Timestamp,
    epoch: u32,
    runs: u64,
}

impl Run {
    /// Starts the agent at an instant on what its folder holds.
    pub fn start(plant: &Plant, now: Timestamp, runs: u64) -> Run {
        let taken = Taken::open(plant).unwrap();
        assert_eq!(taken.opening.findings, Vec::<String>::new());
        let at = Now {
            at: now,
            mono_ms: 0,
            epoch: 0,
        };
        let mut points = BTreeMap::new();
        let driver = taken.start(plant, at, |opened| {
            // What a register holds is said as a number here, and all machines are in service from their first day on.
            for point in &mut opened.points {
                point.decode = point.decode.of_decoded();
            }
            opened.commissioning = false;
            points = numbers(&opened.points);
        });
        Run {
            folder: plant.store.path.clone(),
            driver: driver.unwrap(),
            now,
            taken: BTreeMap::new(),
            refused: Vec::new(),
            points,
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
            if self.driver.live().machines.iter().all(|live| !live.recomputing) {
                return;
            }
        }
        panic!("two hours later the past is still being worked out");
    }

    /// Stops in order.
    pub fn stop(mut self) {
        let now = self.clock();
        self.driver.end(now).unwrap();
        self.driver.give_back();
    }

    /// Dies: what was not handed to the store is lost.
    pub fn die(self) {
        self.driver.give_back();
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
        let live = self
            .driver
            .live()
            .machines
            .iter()
            .find(|live| live.machine == machine)?;
        (!matches!(live.class, Class::Running | Class::ClockSkip)).then_some(live.since)
    }

    /// A person says something about a machine; `at` is the earliest instant it can affect.
    pub fn enter(&mut self, machine: Option<MachineId>, at: Timestamp, key: &str, says: Says) {
        let kind = says.kind();
        let entry = Entry {
            key: key.into(),
            says,
            source: Source::Manual,
            late: false,
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
            rework: None,
            seen: None,
        };
        self.hand(Input::Entry(draft, number));
    }

    /// Tells the core, and does all that it wants before anything else happens.
    pub fn hand(&mut self, input: Input) {
        let now = self.clock();
        self.driver.hand(input, now).unwrap();
        for (number, outcome) in self.driver.replies() {
            self.answered(number, outcome);
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

fn numbers(points: &[Point]) -> BTreeMap<(MachineId, Role), PointId> {
    let numbered = (0..).zip(points);
    let roles = numbered.flat_map(|(number, point)| point.roles.iter().map(move |role| (number, point.machine, role)));
    roles
        .map(|(number, machine, role)| ((machine, *role), PointId(number)))
        .collect()
}
