//! Pure. The start of a run: what the journal knows becomes folds at the point where the last run stopped.

use super::entries::Taken;
use super::fold::{Fold, Inbox};
use super::machine::Machine;
use super::outbox::Outbox;
use super::{Output, Pipeline};
use crate::model::commit::{Alive, Checkpoint, Sealed};
use crate::model::fact::{Body, Fact, Signal, Started};
use crate::model::ids::MachineId;
use crate::model::reading::Quality;
use crate::model::settings::{Setting, SettingKind};
use crate::model::tally::TallyRow;
use crate::model::time::{Now, Timestamp};
use crate::oee::plan::Plan;
use crate::oee::rows::{Final, Rows};
use crate::signal::{Point, Stage};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

/// What the agent knows when it starts.
#[derive(Debug, Default)]
pub struct Opened {
    /// The configured points, in the order of their ids.
    pub points: Vec<Point>,
    /// The configured settings.
    pub settings: Vec<Setting>,
    /// Names of all machines.
    pub names: BTreeMap<MachineId, Arc<str>>,
    /// Setting and entry facts of the journal, in the order of their numbers.
    pub known: Vec<Fact>,
    /// Newest snapshot of each machine.
    pub checkpoints: Vec<Checkpoint>,
    /// Facts of each machine from its snapshot on.
    pub facts: BTreeMap<MachineId, Vec<Fact>>,
    /// End of the newest tally of each machine.
    pub sealed_until: BTreeMap<MachineId, Timestamp>,
    /// Sums of the newest shifts.
    pub shifts: Vec<TallyRow>,
    /// Restatements that were under way.
    pub restating: Vec<(MachineId, Timestamp)>,
    /// The last proof of life.
    pub alive: Option<Alive>,
    /// Number of the newest fact.
    pub last_seq: u64,
    /// Longest time a fact waits for its commit, in milliseconds.
    pub commit_ms: i64,
    /// Version of the program.
    pub version: Arc<str>,
}

impl Pipeline {
    /// A pipeline that goes on where the journal ends. Its first outputs are the facts of this start.
    pub fn start(opened: Opened, now: Now) -> Pipeline {
        let mut plan = Plan::default();
        opened.known.iter().for_each(|fact| plan.apply(fact));
        let entries = opened.known.iter().filter_map(|fact| match &fact.body {
            Body::Entry(entry) => Some((Arc::clone(&entry.key), Taken::new(fact, entry, None))),
            Body::Signal(_)
            | Body::Values(_)
            | Body::Setting(_)
            | Body::Started(_)
            | Body::Clock(_)
            | Body::Loss(_) => None,
        });
        let mut pipeline = Pipeline {
            stage: Stage::new(opened.points),
            keys: entries.collect(),
            plan,
            machines: BTreeMap::new(),
            names: opened.names,
            outbox: Outbox::default(),
            told: BTreeMap::new(),
            outputs: VecDeque::<Output>::new(),
            refused: None,
            refused_wait_ms: super::REFUSED_MS.0,
            commit_ms: opened.commit_ms,
            started: now.at,
            last_commit: now.at,
            last_seq: opened.last_seq,
            too_late: 0,
            stopping: false,
            last: None,
        };
        pipeline.apply_settings(&opened.settings, now);
        let mut facts = opened.facts;
        for setting in &opened.settings {
            let Setting::Machine(id, _) = setting else { continue };
            let checkpoint = opened.checkpoints.iter().find(|checkpoint| checkpoint.machine == *id);
            let sealed = opened.sealed_until.get(id).copied();
            let machine = pipeline.recover(*id, checkpoint, facts.remove(id).unwrap_or_default(), sealed, now);
            pipeline.machines.insert(*id, machine);
        }
        for machine in pipeline.machines.values_mut() {
            machine.committed(0, &opened.shifts);
        }
        pipeline.begin_run(opened.alive.as_ref(), opened.version, now);
        for (id, from) in opened.restating {
            if let Some(machine) = pipeline.machines.get_mut(&id) {
                machine.soil(from, Timestamp::MAX, 0);
            }
        }
        pipeline
    }

    /// Appends one fact for each setting that differs from the one in force.
    fn apply_settings(&mut self, settings: &[Setting], now: Now) {
        let in_force = self.plan.in_force(now.at);
        for setting in settings {
            if !in_force.contains(setting) {
                self.record(
                    now.at,
                    machine_of(setting),
                    "config",
                    Body::Setting(Arc::new(setting.clone())),
                    now,
                );
            }
        }
        for gone in in_force
            .iter()
            .filter(|old| !settings.iter().any(|new| name(new) == name(old)))
        {
            let (kind, id) = name(gone);
            let machine = machine_of(gone);
            let id = machine.and_then(|id| self.names.get(&id).cloned()).unwrap_or(id);
            self.record(
                now.at,
                machine,
                "config",
                Body::Setting(Arc::new(Setting::Removed(kind, id))),
                now,
            );
        }
    }

    fn recover(
        &mut self,
        id: MachineId,
        checkpoint: Option<&Checkpoint>,
        facts: Vec<Fact>,
        sealed: Option<Timestamp>,
        now: Now,
    ) -> Machine {
        let usable = checkpoint.filter(|checkpoint| checkpoint.is_readable());
        let born = self.plan.born(id).unwrap_or(now.at);
        let mut machine = Machine::new(Fold::resume(id, usable, born));
        facts.into_iter().for_each(|fact| machine.inbox.add(Arc::new(fact)));
        if let Some(sealed) = sealed {
            // What was sealed is worked out again and found equal by the store; for the screens it is on disk.
            machine.advance(sealed.max(machine.fold.position), &self.plan);
            machine.sealed_until = sealed;
            let Final { tallies, spans, flags } = machine.rows.finish(id, sealed.min(machine.fold.settled()));
            let again = Sealed {
                machine: id,
                range: None,
                tallies,
                spans,
                flags,
            };
            machine.restated.push((again, Vec::new()));
        }
        machine
    }

    /// Tells that the agent was away, which signals had been silent before, and what the others last said.
    fn begin_run(&mut self, alive: Option<&Alive>, version: Arc<str>, now: Now) {
        let at = alive.map_or(now.at, |alive| alive.at.min(now.at));
        for (machine, role, seen) in alive.map_or(&[][..], |alive| &alive.silent) {
            let signal = Signal {
                role: *role,
                value: None,
                quality: Quality::Stale,
                taken_at: now.at,
                seen: Some(*seen),
            };
            self.record(*seen, Some(*machine), "agent", Body::Signal(signal), now);
        }
        let clean = alive.is_none_or(|alive| alive.clean);
        self.record(
            at,
            None,
            "agent",
            Body::Started(Started {
                started_at: now.at,
                version,
                clean,
            }),
            now,
        );
        for (id, machine) in &self.machines {
            let mut fold = machine.fold.clone();
            let mut inbox: Inbox = machine.inbox.clone();
            fold.advance(
                at.plus(1),
                &mut inbox,
                &self.plan,
                &mut Rows::default(),
                &mut Vec::new(),
            );
            for (role, track) in &fold.signals.tracks {
                let newest = track.coming.last().map(|coming| (coming.at, &coming.value));
                let (taken_at, value) = match (newest, track.last_at, &track.value) {
                    (Some(newest), ..) => newest,
                    (None, Some(last), Some(value)) => (last, value),
                    (None, ..) => continue,
                };
                self.stage
                    .remember(*id, *role, value, taken_at, track.lost.unwrap_or(at).max(taken_at));
            }
        }
    }
}

/// The kind and id of a setting, to tell items apart; a machine is told apart by its number.
fn name(setting: &Setting) -> (SettingKind, Arc<str>) {
    match setting {
        Setting::Site(_) => (SettingKind::Site, "".into()),
        Setting::Machine(id, _) => (SettingKind::Machine, id.0.to_string().into()),
        Setting::Product(id, _) => (SettingKind::Product, Arc::clone(id)),
        Setting::Reason(id, _) => (SettingKind::Reason, Arc::clone(id)),
        Setting::Calendar(_) => (SettingKind::Calendar, "".into()),
        Setting::Policy(_) => (SettingKind::Policy, "".into()),
        Setting::Removed(kind, id) => (*kind, Arc::clone(id)),
    }
}

fn machine_of(setting: &Setting) -> Option<MachineId> {
    match setting {
        Setting::Machine(id, _) => Some(*id),
        Setting::Site(_)
        | Setting::Product(..)
        | Setting::Reason(..)
        | Setting::Calendar(_)
        | Setting::Policy(_)
        | Setting::Removed(..) => None,
    }
}
